/* aimarket why: from a figure down to who said it, where, when, and what others say. What it comes to is SQL (sql/api/65_why.sql). */
#include "aimarket/cmd.h"
#include "aimarket/date.h"
#include "aimarket/pg.h"

/* What stands below a figure: rows of SQL, shown as one or several tables of some of its columns. */
struct part {
	const char *sql;	/* $1 the figure's claim (of_inputs: its inputs), $2 as_of, $3 snapshot */
	bool of_inputs;
	struct view { const char *title, *columns; } views[2];
};
static const struct part parts[] = {
	{ "SELECT *, '[' || low || ', ' || high || ']' AS interval, left(document, 16) AS bytes_of, "
	  "to_char(fetched_at, 'YYYY-MM-DD HH24:MI') AS fetched FROM api.why_claims($1, $2::date, $3::bigint)",
	  false,
	  { { "claims", " claim verdict value value_to comparator unit interval dimensions period_start period_end nature asserted_on tier witness origin " },
	    { "evidence", " claim source source_url locator quote note bytes_of at fetched fetched_from judgement tx " } } },
	{ "SELECT * FROM api.why_inputs($1::jsonb)", true, { { "computed from", " role sign value unit metric period_start period_end claim source source_url " } } },
	{ "SELECT * FROM api.why_elsewhere($1, $2::date, $3::bigint)", false,
	  { { "the same number elsewhere", " entity relation metric period_end value unit asserted_on tier claim source " } } },
};

enum { COLUMNS_MAX = 32, NAMEDATALEN = 64 };

struct why {
	struct cmd *c;
	struct pg *db;
	const char *params[6];	/* word, metric, first, last, as_of, snapshot */
};

/* The third argument, a day or a partial date, as its first and last day. */
static int when(struct why *w, struct err *e)
{
	const char *given = cmd_arg(w->c, 2);
	struct date_span span;
	char *first, *last;

	if (!given)
		return 0;
	if (date_read_human(given, date_today(), &span, e))
		return -1;
	first = arena_alloc(cmd_mem(w->c), 11);
	last = arena_alloc(cmd_mem(w->c), 11);
	date_iso(span.first, first);
	date_iso(span.last, last);
	w->params[2] = first;
	w->params[3] = last;
	return 0;
}

static bool filled(const PGresult *res, int column)
{
	for (int i = 0; i < PQntuples(res); i++)
		if (!PQgetisnull(res, i, column) && *PQgetvalue(res, i, column) && strcmp(PQgetvalue(res, i, column), "{}") != 0)
			return true;
	return false;
}

/* The view's columns, without those that are empty in every row: they would drown the others. */
static int pick(const PGresult *res, const char *columns, int *keep, struct column *cols)
{
	int n = 0;

	for (int k = 0; k < PQnfields(res) && n < COLUMNS_MAX; k++) {
		char word[NAMEDATALEN + 2];

		snprintf(word, sizeof word, " %s ", PQfname(res, k));
		if (!strstr(columns, word) || !filled(res, k))
			continue;
		cols[n] = (struct column){ PQfname(res, k), writer_kind_of(PQftype(res, k)) };
		keep[n++] = k;
	}
	return n;
}

static int print_view(struct why *w, const struct view *view, const PGresult *res, struct err *e)
{
	struct column cols[COLUMNS_MAX];
	int keep[COLUMNS_MAX], n = pick(res, view->columns, keep, cols), gone = 0;
	struct writer *out;

	printf("\n%s\n", view->title);
	if (cmd_writer(w->c, cols, n, &out, e))
		return -1;
	for (int i = 0; i < PQntuples(res) && !gone; i++) {
		const char *values[COLUMNS_MAX];
		int lengths[COLUMNS_MAX];

		for (int k = 0; k < n; k++) {
			values[k] = PQgetisnull(res, i, keep[k]) ? NULL : PQgetvalue(res, i, keep[k]);
			lengths[k] = PQgetlength(res, i, keep[k]);
		}
		gone = writer_row(out, values, lengths);
	}
	if (!gone)
		writer_end(out);
	writer_free(out);
	return 0;
}

static int print_part(struct why *w, const struct part *part, const char *key, struct err *e)
{
	const char *params[] = { key, w->params[4], w->params[5] };
	PGresult *res = NULL;
	int rc = 0;

	if (!key)
		return 0;
	if (pg_exec(w->db, part->sql, part->of_inputs ? 1 : 3, params, &res, e))
		return -1;
	for (int i = 0; i < 2 && part->views[i].title && PQntuples(res) > 0 && !rc; i++)
		rc = print_view(w, &part->views[i], res, e);
	PQclear(res);
	return rc;
}

static const char *cell(const PGresult *res, int row, const char *column)
{
	int k = PQfnumber(res, column);

	return k < 0 || PQgetisnull(res, row, k) ? NULL : PQgetvalue(res, row, k);
}

static const char *text_or(const PGresult *res, int row, const char *column, const char *otherwise)
{
	const char *s = cell(res, row, column);

	return s ? s : otherwise;
}

/* What it is about: "NVIDIA, revenue, 2024-01-29 to 2025-01-26 (annual)". */
static void print_subject(const PGresult *res, int row)
{
	const char *first = cell(res, row, "period_start"), *last = cell(res, row, "period_end"), *dims = text_or(res, row, "dimensions", "{}");

	printf("%s, %s", cell(res, row, "entity"), cell(res, row, "metric"));
	if (strcmp(dims, "{}") != 0)
		printf(" %s", dims);
	if (last && first && strcmp(first, last) != 0)
		printf(", %s to %s (%s)", first, last, cell(res, row, "period"));
	else if (last)
		printf(", %s", last);
	printf("\n  %s\n", text_or(res, row, "definition", text_or(res, row, "label", "no definition")));
}

/* The figure and the rule that chose it. */
static void print_choice(const PGresult *res, int row)
{
	const char *comparator = text_or(res, row, "comparator", "="), *to = cell(res, row, "value_to");
	const char *formula = cell(res, row, "formula");

	if (cell(res, row, "value"))
		printf("  %s%s%s%s%s %s", strcmp(comparator, "=") ? comparator : "", strcmp(comparator, "=") ? " " : "", cell(res, row, "value"), to ? " to " : "",
		       to ? to : "", cell(res, row, "unit"));
	else
		printf("  %s", cell(res, row, "state"));
	printf(" (%s%s%s)\n  chosen as: %s; claims: %s; ", cell(res, row, "nature"), formula ? ", " : "", formula ? formula : "", cell(res, row, "rule"), cell(res, row, "claims"));
	if (strcmp(cell(res, row, "disputed"), "t") != 0)
		puts("not disputed");
	else
		printf("disputed, from %s to %s\n", text_or(res, row, "value_low", "?"), text_or(res, row, "value_high", "?"));
}

static int print_facts(struct why *w, struct err *e)
{
	PGresult *res = NULL;
	int rc = 0;

	if (pg_exec(w->db, "SELECT * FROM api.why_facts($1, $2, $3::date, $4::date, $5::date, $6::bigint)", 6, w->params, &res, e))
		return -1;
	for (int i = 0; i < PQntuples(res) && !rc; i++) {
		if (i)
			putchar('\n');
		print_subject(res, i);
		print_choice(res, i);
		for (size_t k = 0; k < sizeof parts / sizeof *parts && !rc; k++)
			rc = print_part(w, &parts[k], cell(res, i, parts[k].of_inputs ? "inputs" : "claim"), e);
	}
	PQclear(res);
	return rc;
}

static int print_json(struct why *w, bool lines, struct err *e)
{
	PGresult *res = NULL;

	if (pg_exec(w->db, "SELECT api.why($1, $2, $3::date, $4::date, $5::date, $6::bigint)", 6, w->params, &res, e))
		return -1;
	for (int i = 0; i < PQntuples(res); i++)
		printf("%s%s%s", lines ? "" : i ? ",\n" : "[", PQgetvalue(res, i, 0), lines ? "\n" : "");
	if (!lines)
		puts("]");
	PQclear(res);
	return 0;
}

static int why_run(struct cmd *c, struct err *e)
{
	struct why w = { .c = c, .params = { cmd_arg(c, 0), cmd_arg(c, 1) } };
	enum format_kind format;

	if (when(&w, e) || cmd_format(c, &format, e) || cmd_as_of(c, &w.params[4], &w.params[5], e) || cmd_store(c, &w.db, e))
		return -1;
	if (format == OUT_JSON || format == OUT_NDJSON)
		return print_json(&w, format == OUT_NDJSON, e);
	if (format == OUT_TABLE || format == OUT_MARKDOWN)
		return print_facts(&w, e);
	err_set(e, ERR_USAGE, "why does not fit into CSV");
	return err_hint(e, "Take --format json: claims, inputs and evidence are nested.");
}

extern const struct command cmd_why;
const struct command cmd_why = {
	.name = "why",
	.args = "REF [METRIC [WHEN]]",
	.summary = "why a figure is what it is: rule, claims, sources, bytes, rivals",
	.text = "REF is an entity or a deal (slug, name, alias or scheme:value) or a claim as other answers name it (o:ID, d:ID…). METRIC may be left out for a "
		"deal, whose amount is then meant, and for a claim. WHEN is a day, month, quarter or year; without it the newest period is meant.\n"
		"Every claim near the figure is listed with the interval its rounding stands for and how it stands to the one shown: agrees, differs, or "
		"not comparable, with the reason: component, setting, setting not said, nature, unit, period, undisclosed, same origin. "
		"A claim that only repeats an earlier one is shown, but is no witness.",
	.shared = (const struct option_row *const[]){ time_options, format_options, NULL },
	.min_args = 1,
	.max_args = 3,
	.run = why_run,
};
