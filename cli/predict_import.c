/* aimarket predict import, export: questions and forecasts of other places. What a form means is SQL (sql/load/94_import.sql). */
#include "predict.h"

#include "aimarket/pg.h"
#include "aimarket/text.h"
#include "change.h"

static const char *const forms[] = { "manifold", "metaculus", "polymarket", "predictionbook", "forecastbench", "ledger" };
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

static int import_run(struct cmd *c, struct err *e)
{
	const char *form = cmd_arg(c, 0), *path = cmd_arg(c, 1);
	json_t *doc;
	char *text;
	int rc;

	if (check_form(form, e))
		return -1;
	if (!path && strcmp(form, "ledger") != 0)
		return err_set(e, ERR_USAGE, "missing FILE");
	if (predict_json(!path ? "{}" : strcmp(path, "-") == 0 ? path : arena_printf(cmd_mem(c), "@%s", path), "input", &doc, e))
		return -1;
	text = json_dumps(doc, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	const char *params[] = { form, text, change_author(c), CHANGE_TOOL, predict_now(c) };
	rc = predict_rows(c, "SELECT * FROM load.import_predictions($1, $2::jsonb, $3, $4, $5)", 5, params, e);
	free(text);
	json_decref(doc);
	return rc;
}

static int export_run(struct cmd *c, struct err *e)
{
	const char *params[] = { cmd_arg(c, 0) };

	if (params[0])
		return predict_rows(c, "SELECT p.extra -> 'record' AS record FROM store.prediction p WHERE p.venue = $1 AND p.batch_to IS NULL AND p.extra ? 'record' ORDER BY p.entity", 1, params, e);
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
	.text = "FORM is manifold, metaculus, polymarket or predictionbook (records as their APIs give them), forecastbench (a question or a resolution set), "
		"or ledger: the predictions of reports that were loaded as claims become questions, each forecast by its report. Importing again adds only what is new. "
		"What is imported counts as backfilled: scores let it in with --backfilled.",
	.options = import_options,
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.min_args = 1,
	.max_args = 2,
	.run = import_run,
};
const struct command predict_export = {
	.name = "export",
	.args = "[FORM]",
	.summary = "the forecast log, or with FORM the records of that venue as they came",
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.max_args = 1,
	.run = export_run,
};
