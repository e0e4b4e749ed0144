/* aimarket show: one thing with all that is claimed about it, section by section. What a section says is SQL (sql/api/60_show.sql). */
#include "aimarket/cmd.h"

#include "aimarket/pg.h"

/* A part of the answer: rows of a function of (key, as_of, snapshot). */
struct section {
	const char *name; /* in JSON */
	const char *title; /* above its table */
	const char *function;
	const char *columns; /* of the table; JSON has them all */
};

/* One kind of thing. The head is its row in a view or function; the first section is what row formats (CSV, NDJSON) get. */
struct thing {
	const char *what;
	const char *view, *asof,
		*key; /* "api.deals", "api.deals_asof", "id"; asof NULL: has no past; key NULL: view is a function like the sections' */
	const struct section *sections; /* ends with NULL name */
};

static const struct section deal_sections[] = {
	{ "claims", "claims", "api.show_amounts",
		"part, amount, amount_to, comparator, unit, standing, asserted_on, tier, claim, source, day" },
	{ "stages", "stages", "api.show_stages", "day, stage, claims, asserted_on, tier, source" },
	{ "parties", "parties", "api.show_parties", "name, role, id, claims, first_said" },
	{ "statements", "also said", "api.show_words", "property, value, claims, first_said, tier, claim, source" },
	{ 0 },
};

static const struct section entity_sections[] = {
	{ "figures", "latest figures", "api.show_figures",
		"metric, dimensions, period, period_end, value, unit, claims, disputed, tier, claim, source" },
	{ "keys", "names and identifiers", "api.show_keys", "scheme, value, valid_from, valid_until" },
	{ "statements", "statements", "api.show_statements", "property, value, detail, period, asserted_on, tier, claim, source" },
	{ "deals", "deals", "api.show_deals", "id, type, status, role, announced_on, amount, currency, disputed" },
	{ "filings", "latest filings", "api.show_filings", "accession, form, filed_on, report_period" },
	{ 0 },
};

static const struct section filing_sections[] = {
	{ "statements", "statements", "api.show_statements", "property, value, period, asserted_on, tier, claim, source" },
	{ 0 },
};

static const struct section source_sections[] = {
	{ "claims", "claims", "api.show_source_claims", "claim, entity_id, what, value, unit, period_end, asserted_on" },
	{ 0 },
};

static const struct section document_sections[] = {
	{ "captures", "captures", "api.show_captures", "at, feed, address, http_status, bytes, archive" },
	{ "runs", "runs", "api.show_runs", "id, feed, parser, state, started_at, records, added, known, rejects, error" },
	{ 0 },
};

static const struct section observation_sections[] = {
	{ "claims", "all claims about this fact", "api.show_observation",
		"claim, standing, value, value_to, comparator, unit, decimals, nature, asserted_on, tier, source" },
	{ "inputs", "computed from", "api.show_inputs", "role, formula, metric, period_start, period_end, value, unit, claim" },
	{ 0 },
};

static const struct section figure_sections[] = {
	{ "inputs", "computed from", "api.show_figure_inputs", "sign, role, metric, period_start, period_end, value, unit, claim, source" },
	{ 0 },
};

static const struct section statement_sections[] = {
	{ "claims", "all statements of this property", "api.show_rivals", "claim, value, detail, period, asserted_on, tier, source" },
	{ 0 },
};

static const struct thing things[] = {
	{ "deal", "api.deals", "api.deals_asof", "id", deal_sections },
	{ "entity", "api.entities", "api.entities_asof", "id", entity_sections },
	{ "filing", "api.filings", "api.filings_asof", "accession", filing_sections },
	{ "source", "api.sources", "api.sources_asof", "id::text", source_sections },
	{ "document", "api.documents", NULL, "id::text", document_sections },
	{ "observation", "api.show_fact", NULL, NULL, observation_sections },
	{ "figure", "api.show_figure", NULL, NULL, figure_sections },
	{ "statement", "api.show_statement", NULL, NULL, statement_sections },
	{ 0 },
};

/* What is shown, as of when, to where. */
struct show {
	struct cmd *c;
	struct pg *db;
	const struct thing *thing;
	const char *params[3]; /* key, as_of, snapshot */
	enum format_kind format;
};

/* ---- which thing */

static const struct thing *thing_find(const char *what)
{
	for (const struct thing *t = things; t->what; t++) {
		if (strcmp(t->what, what) == 0)
			return t;
	}
	return NULL;
}

static int several(const PGresult *res, const char *ref, struct err *e)
{
	char list[200] = "";
	size_t n = 0;

	for (int i = 0; i < PQntuples(res) && n < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "", PQgetvalue(res, i, 1));
	err_set(e, ERR_USAGE, "\"%s\" is the name of %d: %s", ref, PQntuples(res), list);
	return err_hint(e, "Say which one by its slug.");
}

static int find_thing(struct show *s, const char *ref, struct err *e)
{
	PGresult *res = NULL;
	int rc = 0;

	if (pg_exec(s->db, "SELECT what, key FROM api.reference($1, $2)", 2, (const char *[]){ ref, s->params[1] }, &res, e))
		return -1;
	if (PQntuples(res) > 1) {
		rc = several(res, ref, e);
	} else {
		s->thing = thing_find(PQgetvalue(res, 0, 0));
		s->params[0] = arena_strdup(cmd_mem(s->c), PQgetvalue(res, 0, 1));
	}
	PQclear(res);
	return rc;
}

/* ---- the head: one row, upright in tables */

static int run_head(struct show *s, PGresult **res, struct err *e)
{
	const struct thing *t = s->thing;
	bool past = s->params[1] || s->params[2];
	const char *from = t->key && !(past && t->asof) ? t->view
							: arena_printf(cmd_mem(s->c), "%s(%s$2::date, $3::bigint)",
								  t->key ? t->asof : t->view, t->key ? "" : "$1, ");
	const char *sql = t->key ? arena_printf(cmd_mem(s->c), "SELECT * FROM %s WHERE %s = $1", from, t->key)
				 : arena_printf(cmd_mem(s->c), "SELECT * FROM %s", from);

	return pg_exec(s->db, sql, from == t->view ? 1 : 3, s->params, res, e);
}

static int print_upright(struct show *s, const PGresult *res, struct err *e)
{
	static const struct column columns[] = { { "field", COL_TEXT }, { "value", COL_TEXT } };
	struct writer *w;
	int gone = 0;

	if (cmd_writer(s->c, columns, 2, &w, e))
		return -1;
	for (int i = 0; i < PQnfields(res) && !gone; i++) {
		enum column_kind kind = writer_kind_of(PQftype(res, i));
		const char *value = PQgetvalue(res, 0, i);
		const char *row[] = { PQfname(res, i), kind != COL_BOOL ? value : *value == 't' ? "true" : "false" };
		int lengths[] = { (int)strlen(row[0]), (int)strlen(row[1]) };

		if (!PQgetisnull(res, 0, i) && kind != COL_JSON)
			gone = writer_row(w, row, lengths);
	}
	if (!gone)
		writer_end(w);
	writer_free(w);
	return 0;
}

static int print_head(struct show *s, const PGresult *res, struct err *e)
{
	if (PQntuples(res) == 0)
		return err_set(e, ERR_NOT_FOUND, "nothing was known of it then");
	if (s->format == OUT_TABLE || s->format == OUT_MARKDOWN)
		return print_upright(s, res, e);
	if (s->format != OUT_JSON)
		return 0;
	printf("{\"kind\":\"%s\",\n\"%s\":", s->thing->what, s->thing->what);
	return cmd_print_as(s->c, OUT_NDJSON, res, e);
}

static int show_head(struct show *s, struct err *e)
{
	PGresult *res = NULL;
	int rc;

	if (run_head(s, &res, e))
		return -1;
	rc = print_head(s, res, e);
	PQclear(res);
	return rc;
}

/* ---- the sections */

static int print_section(struct show *s, const struct section *x, const PGresult *res, struct err *e)
{
	if (s->format == OUT_JSON)
		printf(",\"%s\":", x->name);
	else if ((s->format == OUT_TABLE || s->format == OUT_MARKDOWN) && PQntuples(res) > 0)
		printf(s->format == OUT_MARKDOWN ? "\n## %s\n\n" : "\n%s\n", x->title);
	else if (s->format == OUT_TABLE || s->format == OUT_MARKDOWN)
		return 0;
	return cmd_print_as(s->c, s->format, res, e);
}

static int show_section(struct show *s, const struct section *x, struct err *e)
{
	bool narrow = s->format == OUT_TABLE || s->format == OUT_MARKDOWN;
	const char *sql =
		arena_printf(cmd_mem(s->c), "SELECT %s FROM %s($1, $2::date, $3::bigint)", narrow ? x->columns : "*", x->function);
	PGresult *res = NULL;
	int rc;

	if (pg_exec(s->db, sql, 3, s->params, &res, e))
		return -1;
	rc = print_section(s, x, res, e);
	PQclear(res);
	return rc;
}

static int show_sections(struct show *s, struct err *e)
{
	bool rows_only = s->format == OUT_CSV || s->format == OUT_NDJSON;

	for (const struct section *x = s->thing->sections; x->name; x++) {
		if (show_section(s, x, e))
			return -1;
		if (rows_only)
			break;
	}
	if (s->format == OUT_JSON)
		puts("}");
	return 0;
}

static int show_run(struct cmd *c, struct err *e)
{
	struct show s = { .c = c };

	if (cmd_format(c, &s.format, e) || cmd_as_of(c, &s.params[1], &s.params[2], e) || cmd_store(c, &s.db, e))
		return -1;
	return find_thing(&s, cmd_arg(c, 0), e) || show_head(&s, e) || show_sections(&s, e) ? -1 : 0;
}

const struct command cmd_show = {
	.name = "show",
	.args = "REF",
	.summary = "one thing with all its claims: who said what, and which of it is shown",
	.text = "REF is a slug, name, alias or scheme:value of an entity, deal or filing (nvidia, cik:1045810, accession:0001628280-24-041596), "
		"a claim as other answers name it (o:ID for a figure, s:ID for a statement), source:N, document:N or the SHA-256 of a document.\n"
		"Claims that stand beside the one shown agree with it, differ from it, or are not comparable, and say why. "
		"CSV and NDJSON have the claims alone.",
	.shared = (const struct option_row *const[]){ time_options, format_options, NULL },
	.min_args = 1,
	.max_args = 1,
	.run = show_run,
};
