/* aimarket trend, compare: a resource by buckets of time, entities beside each other, with what each answer stands on. */
#include "aimarket/trend.h"

#include <unistd.h>

#include "aimarket/chart.h"
#include "aimarket/cmd.h"
#include "aimarket/date.h"
#include "aimarket/pg.h"
#include "aimarket/text.h"

/* ---- the question */

static const char *iso_day(struct cmd *c, const char *option, struct err *e)
{
	const char *typed = cmd_opt(c, option);
	struct date_span span;
	struct err why = { 0 };
	char iso[11];

	if (!typed)
		return NULL;
	if (date_read_human(typed, date_today(), &span, &why)) {
		err_set(e, ERR_USAGE, "--%s: %s", option, why.text);
		err_hint(e, "Dates look like 2024, 2024-08, 2024-Q3, 2024-08-02, today or -90d.");
		return NULL;
	}
	date_iso(span.last, iso);
	return arena_strdup(cmd_mem(c), iso);
}

static int read_wishes(struct cmd *c, struct trend *t, struct err *e)
{
	t->by = cmd_opt(c, "by");
	t->measure = cmd_opt(c, "measure");
	t->split = cmd_opt(c, "split");
	t->growth = cmd_opt(c, "growth");
	t->index = iso_day(c, "index", e);
	t->cumulative = cmd_flag(c, "cumulative");
	t->share = cmd_flag(c, "share");
	t->cagr = cmd_flag(c, "cagr");
	if (e->kind || cmd_int(c, "rolling", 0, &t->rolling, e) || cmd_as_of(c, &t->ask.as_of, &t->ask.snapshot, e) || cmd_filters(c, &t->ask, e))
		return -1;
	if (cmd_flag(c, "ttm") && ask_filter(&t->ask, "period", "ttm", date_today(), cmd_mem(c), e))
		return -1;
	return trend_check(t, e);
}

static int resolve_entities(struct cmd *c, struct trend *t, struct err *e)
{
	PGresult *res = NULL;
	struct query q;
	struct pg *db;
	int n = trend_resolve(t, cmd_mem(c), &q), rc = 0;

	if (n == 0)
		return 0;
	if (cmd_store(c, &db, e) || pg_exec(db, q.sql, q.n, q.params, &res, e))
		return -1;
	for (int i = 0; i < n && rc == 0; i++)
		rc = trend_resolved(t, i, arena_strdup(cmd_mem(c), PQgetvalue(res, 0, i)), cmd_mem(c), e);
	PQclear(res);
	return rc;
}

/* Growth, an index or a ratio is only told of like figures. */
static int refuse_unlike(struct cmd *c, const struct trend *t, struct err *e)
{
	PGresult *res = NULL;
	struct query q;
	struct pg *db;
	int rc = 0;

	if (!trend_relates(t))
		return 0;
	if (trend_build_unlike(t, cmd_mem(c), &q, e) || cmd_store(c, &db, e) || pg_exec(db, q.sql, q.n, q.params, &res, e))
		return -1;
	if (PQntuples(res) > 0)
		rc = trend_unlike(PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1), PQgetvalue(res, 0, 2), e);
	PQclear(res);
	return rc;
}

/* ---- the answer */

static void print_basis(const char *told)
{
	fprintf(stderr, "%s\n", told);
}

/* One line for each basis there is, in words. */
static int tell_basis(struct pg *db, const PGresult *res, struct err *e)
{
	static const char words[] =
		"SELECT concat_ws('; ', 'basis: ' || concat_ws(', ', b ->> 'measure', b ->> 'unit'), b ->> 'definition', (b ->> 'rows') || ' rows', "
		"(b ->> 'without_figure') || ' of them without a figure', (b ->> 'claims') || ' claims', (b ->> 'disputed') || ' disputed', "
		"(b ->> 'left_out') || ' left out, their day not known well enough', 'as of ' || (b ->> 'as_of'), 'at transaction ' || (b ->> 'snapshot')) "
		"FROM (SELECT $1::jsonb AS b) AS one";
	int k = PQfnumber(res, "basis");
	PGresult *told = NULL;

	for (int row = 0, last = -1; k >= 0 && row < PQntuples(res); row++) {
		const char *basis = PQgetvalue(res, row, k);
		bool seen = false;

		for (int i = 0; i < row && !seen; i++)
			seen = strcmp(PQgetvalue(res, i, k), basis) == 0;
		if (seen || row == last)
			continue;
		if (pg_exec(db, words, 1, &basis, &told, e))
			return -1;
		print_basis(PQgetvalue(told, 0, 0));
		PQclear(told);
		last = row;
	}
	return 0;
}

/* The rows through a writer; the basis is a column of nesting formats, and lines on standard error of the others. */
static int print_rows(struct cmd *c, const PGresult *res, bool with_basis, struct err *e)
{
	int n = PQnfields(res) - (with_basis ? 0 : 1), gone = 0;
	struct column *cols = arena_alloc(cmd_mem(c), sizeof(*cols) * (size_t)(n + 1));
	const char **values = arena_alloc(cmd_mem(c), sizeof(*values) * (size_t)(n + 1));
	struct writer *w;

	for (int i = 0; i < n; i++)
		cols[i] = (struct column){ PQfname(res, i), writer_kind_of(PQftype(res, i)) };
	if (cmd_writer(c, cols, n, &w, e))
		return -1;
	for (int row = 0; row < PQntuples(res) && !gone; row++) {
		for (int i = 0; i < n; i++)
			values[i] = PQgetisnull(res, row, i) ? NULL : PQgetvalue(res, row, i);
		gone = writer_row(w, values, NULL);
	}
	if (!gone)
		(void)writer_end(w);
	writer_free(w);
	return 0;
}

static int show(struct cmd *c, struct pg *db, const PGresult *res, struct err *e)
{
	enum format_kind format;

	if (cmd_format(c, &format, e))
		return -1;
	if (format == OUT_JSON || format == OUT_NDJSON)
		return print_rows(c, res, true, e);
	return print_rows(c, res, false, e) || (format == OUT_TABLE && tell_basis(db, res, e)) ? -1 : 0;
}

/* ---- charts */

enum { NOTES_MAX = 12, CHART_WIDTH = 80, LINES_MAX = 8 };

/* Figures are lines, counts and league tables bars, what would be too many of either sparklines; --chart-as has the last word. */
static int read_kind(struct cmd *c, const struct trend *t, const struct chart *ch, enum chart_kind *out, struct err *e)
{
	const char *as = cmd_opt(c, "chart-as");
	bool series = strcmp(t->ask.resource->name, "observations") == 0 || strcmp(t->ask.resource->name, "revenue") == 0;

	*out = t->on ? CHART_BARS : ch->n_series > (series ? LINES_MAX : 3) ? CHART_SPARKS : series && ch->n_buckets > 1 ? CHART_LINES : CHART_BARS;
	for (int i = 0; as && i < CHART_KINDS; i++) {
		if (strcmp(as, chart_kinds[i]) == 0) {
			*out = (enum chart_kind)i;
			as = NULL;
		}
	}
	return as ? err_set(e, ERR_USAGE, "--chart-as takes bars, lines or sparks, not \"%s\"", as) : 0;
}

/* One source in a line that fits below the picture. */
static const char *source_note(struct cmd *c, const char *head, const char *source, const char *url)
{
	return arena_printf(cmd_mem(c), "%s%.*s %.*s", head, (int)text_fit(source, strlen(source), 70), source, (int)text_fit(url, strlen(url), 60), url);
}

/* What stands below a picture: who says so, and how to get the same answer again. */
static int read_notes(struct cmd *c, const struct trend *t, struct pg *db, const char **notes, int *n, struct err *e)
{
	static const char cite[] = "SELECT format('aimarket, transaction %s, as of %s; made %s', coalesce($1, (SELECT max(tx) FROM store.tx)::text), "
		"coalesce($2, current_date::text), current_date)";
	const char *params[] = { t->ask.snapshot, t->ask.as_of };
	PGresult *res = NULL;
	struct query q;

	*n = 0;
	if (trend_build_sources(t, cmd_mem(c), &q, e) || pg_exec(db, q.sql, q.n, q.params, &res, e))
		return -1;
	for (int i = 0; i < PQntuples(res); i++)
		notes[(*n)++] = source_note(c, i ? "" : "Sources: ", PQgetvalue(res, i, 0), PQgetvalue(res, i, 1));
	PQclear(res);
	if (pg_exec(db, cite, 2, params, &res, e))
		return -1;
	notes[(*n)++] = arena_strdup(cmd_mem(c), PQgetvalue(res, 0, 0));
	PQclear(res);
	return 0;
}

static int write_svg(struct cmd *c, const struct trend *t, struct pg *db, const struct chart *ch, enum chart_kind kind, struct err *e)
{
	const char *path = cmd_opt(c, "svg"), *notes[NOTES_MAX];
	int n, bad;
	FILE *f;

	if (read_notes(c, t, db, notes, &n, e))
		return -1;
	f = fopen(path, "w");
	if (!f)
		return err_set(e, ERR_FAIL, "could not write file \"%s\": %m", path);
	chart_svg(ch, kind == CHART_SPARKS ? CHART_LINES : kind, notes, n, f);
	bad = ferror(f);
	return fclose(f) || bad ? err_set(e, ERR_FAIL, "could not write file \"%s\": %m", path) : 0;
}

static int draw(struct cmd *c, const struct trend *t, struct pg *db, const PGresult *res, struct err *e)
{
	enum chart_kind kind;
	struct chart ch;
	long width;

	if (chart_read(res, cmd_mem(c), &ch, e) || read_kind(c, t, &ch, &kind, e) || cmd_int(c, "width", CHART_WIDTH, &width, e))
		return -1;
	if (!*ch.title)
		ch.title = arena_printf(cmd_mem(c), "%s, %s", t->ask.resource->name, t->measure ? t->measure : t->on ? t->on : "count");
	if (cmd_flag(c, "svg") && write_svg(c, t, db, &ch, kind, e))
		return -1;
	if (!cmd_flag(c, "chart"))
		return show(c, db, res, e);
	chart_print(&ch, kind, isatty(STDOUT_FILENO), width ? (int)width : CHART_WIDTH, stdout);
	return tell_basis(db, res, e);
}

static int answer(struct cmd *c, struct trend *t, struct err *e)
{
	PGresult *res = NULL;
	struct query q;
	struct pg *db;
	int rc;

	t->basis = true;
	if (cmd_resolve(c, &t->ask, e) || resolve_entities(c, t, e) || trend_build(t, cmd_mem(c), &q, e))
		return -1;
	if (cmd_flag(c, "sql"))
		return printf("%s;\n", query_text(&q, cmd_mem(c))) < 0;
	if (refuse_unlike(c, t, e) || cmd_store(c, &db, e) || pg_exec(db, q.sql, q.n, q.params, &res, e))
		return -1;
	rc = trend_refuse_empty(t, res, e);
	if (rc && !t->ratio)
		err_hint(e, "Take a later --index.");
	if (rc == 0)
		rc = cmd_flag(c, "chart") || cmd_flag(c, "svg") ? draw(c, t, db, res, e) : show(c, db, res, e);
	PQclear(res);
	return rc;
}

static int trend_run(struct cmd *c, struct err *e)
{
	struct trend t = { .ask.resource = resource_find(cmd_arg(c, 0)) };

	if (!t.ask.resource)
		return resource_unknown(cmd_arg(c, 0), e);
	return read_wishes(c, &t, e) || answer(c, &t, e) ? -1 : 0;
}

/* Without --by, what held on a day: --on, else today. */
static int compare_run(struct cmd *c, struct err *e)
{
	struct trend t = { .ask.resource = resource_find("observations"), .ratio = cmd_flag(c, "ratio"), .n_entities = cmd_n_args(c) };
	char today[11];

	if (t.n_entities > TREND_ENTITIES_MAX)
		return err_set(e, ERR_USAGE, "more than %d entities", TREND_ENTITIES_MAX);
	for (int i = 0; i < t.n_entities; i++)
		t.entities[i] = cmd_arg(c, i);
	t.on = iso_day(c, "on", e);
	if (e->kind || cmd_int(c, "top", 0, &t.top, e) || read_wishes(c, &t, e))
		return -1;
	if (!t.on && !t.by && !t.growth && !t.cagr && !t.index) {
		date_iso(date_today(), today);
		t.on = arena_strdup(cmd_mem(c), today);
	}
	if (t.on && (t.by || trend_relates(&t)))
		return err_set(e, ERR_USAGE, "--on asks for one day: leave out --by, --growth, --cagr and --index");
	return answer(c, &t, e);
}

/* ---- help */

static void print_words(const char *resource, FILE *out)
{
	fprintf(out, "\nsplits: %s\n", trend_splits(resource));
	if (*trend_columns(resource))
		fprintf(out, "measured: %s\n", trend_columns(resource));
}

static void trend_more_help(const char *topic, FILE *out)
{
	const struct resource *r = topic ? resource_find(topic) : NULL;

	if (r && trend_splits(r->name)) {
		print_words(r->name, out);
		cmd_print_filters(r, out);
		return;
	}
	fputs("\nresources:\n", out);
	for (r = resources; r->name; r++) {
		if (trend_splits(r->name))
			help_word(r->name, r->help, out);
	}
	fputs("\n`aimarket help trend RESOURCE` lists the splits and filters of one.\n", out);
}

static void compare_more_help(const char *topic, FILE *out)
{
	cmd_print_filters(resource_find("observations"), out);
}

#define BUCKET_OPTIONS \
	{ "by", 0, OPT_TEXT, "month|quarter|year", "length of a bucket; a year unless given" }, \
	{ "growth", 0, OPT_TEXT, "yoy|qoq", "growth over a year or a quarter, in percent" }, \
	{ "cagr", 0, OPT_FLAG, NULL, "growth a year from the first to the last bucket" }, \
	{ "index", 0, OPT_TEXT, "DATE", "in percent of the figure that held that day" }, \
	{ "ttm", 0, OPT_FLAG, NULL, "figures of the trailing twelve months" }, \
	{ "rolling", 0, OPT_INT, "N", "over the last N buckets" }, \
	{ "cumulative", 0, OPT_FLAG, NULL, "over all buckets so far" }, \
	{ "chart", 0, OPT_FLAG, NULL, "draw it instead of a table; in a pipe in ASCII" }, \
	{ "chart-as", 0, OPT_TEXT, "bars|lines|sparks", "how it is drawn" }, \
	{ "svg", 0, OPT_TEXT, "FILE", "write a picture, with its sources and citation in it" }, \
	{ "sql", 0, OPT_FLAG, NULL, "print the SQL instead of running it" }

extern const struct command cmd_trend, cmd_compare;
const struct command cmd_trend = {
	.name = "trend",
	.args = "RESOURCE [--FILTER VALUE …]",
	.summary = "deals, filings or figures by month, quarter or year",
	.text = "Filters are those of `aimarket query`. Deals without an amount are counted apart, never as zero; amounts of several currencies are never "
		"added; low and high are the totals if every disputed figure were the lowest or highest one claimed. A bucket without deals is zero, one "
		"without a figure is empty. What is only known to the year is in no month: such rows are left out, and counted.\n"
		"Growth and indices are only told of like figures: one definition, unit, nature and setting.\n"
		"Percentiles are figures that were given (nearest rank); all is computed exactly.",
	.options = (const struct option_row[]){
		{ "measure", 'm', OPT_TEXT, "count|sum:COL|median:COL|mean:COL|pNN:COL|last|first",
			"what a bucket shows, also min:COL and max:COL; count, of figures the last, unless given" },
		{ "split", 0, OPT_TEXT, "type|party|status|form|COL", "a series for each; a deal counts under each of its parties" },
		{ "share", 0, OPT_FLAG, NULL, "share of the bucket's total, in percent" },
		BUCKET_OPTIONS,
		{ 0 },
	},
	.shared = (const struct option_row *const[]){ time_options, format_options, NULL },
	.min_args = 1,
	.max_args = 1,
	.run = trend_run,
	.open_option = cmd_open_filter,
	.more_help = trend_more_help,
};
const struct command cmd_compare = {
	.name = "compare",
	.args = "[ENTITY …] --metric METRIC",
	.summary = "entities beside each other on one metric: on a day, or over time",
	.text = "Without --by, what held on a day: of each series the figure whose period was the last to end by then, of prices the one in force. Together "
		"with --as-of it is the league table as it was known.\n"
		"--ratio sets the first of two entities in relation to the second, figure by figure of one definition, unit and dimensions.",
	.options = (const struct option_row[]){
		{ "on", 0, OPT_TEXT, "DATE", "what held that day; today unless --by is given" },
		{ "top", 0, OPT_INT, "N", "only the N largest" },
		{ "ratio", 0, OPT_FLAG, NULL, "the first of two entities over the second" },
		{ "measure", 'm', OPT_TEXT, "last|first|mean|sum|median|min|max|pNN", "what a bucket shows; the last figure unless given" },
		BUCKET_OPTIONS,
		{ 0 },
	},
	.shared = (const struct option_row *const[]){ time_options, format_options, NULL },
	.max_args = -1,
	.run = compare_run,
	.open_option = cmd_open_filter,
	.of = "observations",
	.more_help = compare_more_help,
};
