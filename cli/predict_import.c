/* aimarket predict import, export: questions and forecasts of other places. What a form means is SQL (sql/load/94_import.sql). */
#include "predict.h"

#include <csv.h>

#include "aimarket/file.h"
#include "aimarket/pg.h"
#include "aimarket/text.h"
#include "change.h"

enum { INPUT_MAX = 256 * 1024 * 1024, COLUMNS_MAX = 64 };

static const char *const forms[] = { "manifold", "metaculus", "polymarket", "kalshi", "fatebook", "predictionbook", "infer",
	"forecastbench", "csv", "aimarket", "ledger" };
enum { FORMS = sizeof forms / sizeof forms[0] };

static int check_form(const char *form, struct err *e)
{
	const char *near;

	for (int i = 0; i < FORMS; i++)
		if (strcmp(form, forms[i]) == 0)
			return 0;
	near = text_nearest(form, forms, FORMS);
	err_set(e, ERR_USAGE, "unknown form \"%s\"", form);
	return near ? err_hint(e, "Did you mean \"%s\"?", near) : err_hint(e, "`aimarket help predict import` lists the forms.");
}

/* ---- a table: an array of objects, named by the first row */

struct table {
	json_t *rows, *row;
	char *names[COLUMNS_MAX];
	int n_names, at;
	bool head_read, too_wide;
};

static void on_cell(void *cell, size_t n, void *arg)
{
	struct table *t = arg;

	if (t->at >= COLUMNS_MAX) {
		t->too_wide = true;
	} else if (!t->head_read) {
		t->names[t->n_names++] = strndup(cell ? cell : "", n);
	} else if (t->at < t->n_names && n) {
		json_t *text = json_stringn(cell, n); /* NULL: not UTF-8 */

		json_object_set_new(t->row, t->names[t->at], text ? text : json_null());
	}
	t->at++;
}

static void on_line(int sign, void *arg)
{
	struct table *t = arg;

	if (t->head_read) {
		json_array_append_new(t->rows, t->row);
		t->row = json_object();
	}
	t->head_read = true;
	t->at = 0;
}

static int parse_table(const struct buf *text, struct table *t, struct err *e)
{
	struct csv_parser p;
	int rc = 0;

	if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL))
		return err_set(e, ERR_FAIL, "no memory for the table");
	if (csv_parse(&p, buf_str(text), text->len, on_cell, on_line, t) != text->len || csv_fini(&p, on_cell, on_line, t))
		rc = err_set(e, ERR_USAGE, "the table is no CSV: %s", csv_strerror(csv_error(&p)));
	csv_free(&p);
	if (!rc && t->too_wide)
		rc = err_set(e, ERR_USAGE, "the table has more than %d columns", COLUMNS_MAX);
	return rc;
}

static int table_text(const struct buf *text, char **out, struct err *e)
{
	struct table t = { .rows = json_array(), .row = json_object() };
	int rc = parse_table(text, &t, e);

	for (int i = 0; i < t.n_names; i++)
		free(t.names[i]);
	*out = rc ? NULL : json_dumps(t.rows, JSON_COMPACT);
	json_decref(t.row);
	json_decref(t.rows);
	return rc;
}

/* ---- in and out */

/* The document itself, once it is known to be JSON: its numbers stay as they are written. */
static int json_text(const struct buf *text, char **out, struct err *e)
{
	json_error_t error;
	json_t *doc = json_loadb(buf_str(text), text->len, JSON_REJECT_DUPLICATES, &error);

	if (!doc)
		return err_set(e, ERR_USAGE, "the document is no JSON: %s (line %d, column %d)", error.text, error.line, error.column);
	json_decref(doc);
	*out = strdup(buf_str(text));
	return 0;
}

/* What is handed to SQL, as JSON. *out is yours. */
static int read_form(const char *form, const char *path, char **out, struct err *e)
{
	struct buf text;
	int rc;

	if (strcmp(form, "ledger") == 0) {
		*out = strdup("{}");
		return 0;
	}
	if (!path)
		return err_set(e, ERR_USAGE, "missing FILE");
	buf_init(&text, INPUT_MAX);
	rc = file_read(path, true, &text, e) || (strcmp(form, "csv") == 0 ? table_text : json_text)(&text, out, e) ? -1 : 0;
	buf_release(&text);
	return rc;
}

static int import_run(struct cmd *c, struct err *e)
{
	const char *form = cmd_arg(c, 0);
	char *text = NULL;
	int rc;

	if (check_form(form, e) || read_form(form, cmd_arg(c, 1), &text, e))
		return -1;
	const char *params[] = { form, text, change_author(c), CHANGE_TOOL, predict_now(c) };
	rc = predict_rows(c, "SELECT * FROM load.import_predictions($1, $2::jsonb, $3, $4, $5)", 5, params, e);
	free(text);
	return rc;
}

/* The forms that are JSON: an array, whatever format was asked for. */
static int export_json(struct cmd *c, const char *form, struct err *e)
{
	const char *params[] = { form };
	PGresult *res = NULL;
	struct pg *db;

	if (cmd_store(c, &db, e) ||
		pg_exec(db,
			strcmp(form, "aimarket") == 0
				? "SELECT api.export_prediction(p.entity) FROM store.prediction p WHERE p.batch_to IS NULL AND $1 <> '' ORDER BY p.entity"
				: "SELECT p.extra -> 'record' FROM store.prediction p WHERE p.venue = $1 AND p.batch_to IS NULL AND p.extra ? 'record' ORDER BY p.entity",
			1, params, &res, e))
		return -1;
	for (int i = 0; i < PQntuples(res); i++)
		printf("%s%s", i ? ",\n" : "[", PQgetvalue(res, i, 0));
	puts(PQntuples(res) ? "]" : "[]");
	PQclear(res);
	return 0;
}

/* CSV unless another format is asked for. */
static int export_table(struct cmd *c, struct err *e)
{
	enum format_kind format;
	PGresult *res = NULL;
	struct pg *db;
	int rc;

	if (cmd_format(c, &format, e) || cmd_store(c, &db, e) || pg_exec(db, "SELECT * FROM api.export_table()", 0, NULL, &res, e))
		return -1;
	rc = cmd_print_as(c, cmd_opt(c, "format") ? format : OUT_CSV, res, e);
	PQclear(res);
	return rc;
}

static int export_run(struct cmd *c, struct err *e)
{
	const char *form = cmd_arg(c, 0);

	if (form && check_form(form, e))
		return -1;
	if (form && strcmp(form, "ledger") == 0)
		return err_set(e, ERR_USAGE, "reports of the ledger are claims, not forecasts: they are asked for like any claim");
	if (form && strcmp(form, "csv") != 0)
		return export_json(c, form, e);
	if (form)
		return export_table(c, e);
	return predict_rows(c,
		"SELECT f.prediction, p.question, p.opens_at, p.closes_at, f.forecaster, f.forecaster_kind, f.claimed_at, f.recorded_at, f.expires_at, f.state, f.p, f.said, f.backfilled, p.outcome, p.known_at "
		"FROM api.forecasts f JOIN api.predictions p ON p.id = f.prediction WHERE f.state <> 'sealed' ORDER BY f.prediction, f.claimed_at, f.id",
		0, NULL, e);
}

static const struct option_row import_options[] = {
	{ "by", 0, OPT_TEXT, "NAME", "who brings them in; the user of this system unless given" },
	{ 0 },
};

const struct command predict_import = {
	.name = "import",
	.args = "FORM [FILE]",
	.summary = "questions, forecasts and resolutions from elsewhere",
	.text = "FORM is manifold, metaculus, polymarket, kalshi, fatebook, predictionbook or infer (records as their APIs give them), forecastbench (a question or a resolution "
		"set), csv (columns as `predict export csv` names them; a row says a question, a forecast, an outcome, or all of it), aimarket (what `predict export aimarket` gave), "
		"or ledger: the predictions of reports that were loaded as claims become questions, each forecast by its report. Importing again adds only what is new; a question that "
		"changed gets a new version. What is imported counts as backfilled: scores let it in with --backfilled. The same forms are read by feeds, with [question] records: "
		"see aimarket-feeds(5).",
	.options = import_options,
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.min_args = 1,
	.max_args = 2,
	.run = import_run,
};
const struct command predict_export = {
	.name = "export",
	.args = "[FORM]",
	.summary = "the forecast log, or with FORM what that form can hold",
	.text = "aimarket gives all there is about every question, as JSON that `predict import aimarket` takes back; csv a table, a row a forecast; a venue's name its records as they came.",
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.max_args = 1,
	.run = export_run,
};
