/* aimarket query: one resource, filtered, ordered, written as it streams in. */
#include "aimarket/cmd.h"

#include <errno.h>

#include "aimarket/conf.h"
#include "aimarket/pg.h"
#include "aimarket/query.h"
#include "aimarket/store.h"

enum { COLUMNS_MAX = 128 };

/* ---- the question */

/* Known once all else is: it belongs to one question. */
static int read_cursor(struct cmd *c, struct ask *a, struct err *e)
{
	struct cursor *at = arena_zalloc(cmd_mem(c), sizeof *at);

	a->cursor = cmd_opt(c, "cursor");
	if (!a->cursor)
		return 0;
	if (cursor_read(a->cursor, ask_digest(a, cmd_mem(c)), cmd_mem(c), at, e))
		return -1;
	a->behind = at;
	a->snapshot = a->resource->asof ? at->snapshot : NULL;
	return 0;
}

static int read_ask(struct cmd *c, struct ask *a, struct err *e)
{
	enum format_kind format;

	a->resource = resource_find(cmd_arg(c, 0));
	if (!a->resource)
		return resource_unknown(cmd_arg(c, 0), e);
	if (cmd_format(c, &format, e) || cmd_int(c, "limit", ASK_LIMIT, &a->limit, e) || cmd_int(c, "offset", 0, &a->offset, e))
		return -1;
	for (const struct ask_word *w = ask_words; w->name; w++)
		*(const char **)((char *)a + w->at) = cmd_opt(c, w->name);
	a->strict = cmd_flag(c, "strict");
	a->nested = format == OUT_JSON || format == OUT_NDJSON;
	a->all_columns = a->nested || format == OUT_CSV;
	return cmd_as_of(c, &a->as_of, &a->snapshot, e) || cmd_filters(c, a, e) || read_cursor(c, a, e) ? -1 : 0;
}

/* The view's columns, in its order; only asked for when the user named some. */
static int view_columns(struct cmd *c, const struct resource *r, struct column **cols, size_t *n, struct err *e)
{
	PGresult *res = NULL;
	struct pg *db;

	if (cmd_store(c, &db, e) || pg_exec(db, sql_query("view_columns"), 1, &r->view, &res, e))
		return -1;
	*n = (size_t)PQntuples(res);
	*cols = arena_alloc(cmd_mem(c), sizeof(**cols) * (*n + 1));
	for (size_t i = 0; i < *n; i++)
		(*cols)[i] = (struct column){ arena_strdup(cmd_mem(c), PQgetvalue(res, (int)i, 0)),
			writer_kind_of((unsigned)strtoul(PQgetvalue(res, (int)i, 1), NULL, 10)) };
	PQclear(res);
	return 0;
}

/* ---- the answer */

struct answer {
	struct writer *w;
	struct column cols[COLUMNS_MAX];
	int n; /* columns shown */
	int strict; /* column that tells of a dispute, -1 for none */
	bool disputed; /* a row was */
	bool gone; /* nobody reads any more */
};

static int answer_start(struct cmd *c, const PGresult *res, struct answer *a, struct err *e)
{
	a->n = PQnfields(res);
	a->strict = -1;
	if (a->n > 0 && strcmp(PQfname(res, a->n - 1), QUERY_STRICT) == 0)
		a->strict = --a->n;
	if (a->n > COLUMNS_MAX)
		return err_set(e, ERR_USAGE, "more than %d columns", COLUMNS_MAX);
	for (int i = 0; i < a->n; i++)
		a->cols[i] = (struct column){ arena_strdup(cmd_mem(c), PQfname(res, i)), writer_kind_of(PQftype(res, i)) };
	return cmd_writer(c, a->cols, a->n, &a->w, e);
}

static void answer_row(struct answer *a, const PGresult *res, int row)
{
	const char *values[COLUMNS_MAX];
	int lengths[COLUMNS_MAX];

	for (int i = 0; i < a->n; i++) {
		values[i] = PQgetisnull(res, row, i) ? NULL : PQgetvalue(res, row, i);
		lengths[i] = PQgetlength(res, row, i);
	}
	if (a->strict >= 0 && strcmp(PQgetvalue(res, row, a->strict), "t") == 0)
		a->disputed = true;
	a->gone = writer_row(a->w, values, lengths) != 0;
}

static int answer_result(struct cmd *c, struct pg *db, const PGresult *res, struct answer *a, struct err *e)
{
	ExecStatusType status = PQresultStatus(res);

	if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK)
		return pg_error(db, res, e);
	if (!a->w && answer_start(c, res, a, e))
		return -1;
	for (int row = 0; row < PQntuples(res) && !a->gone; row++)
		answer_row(a, res, row);
	return 0;
}

/* Row by row: what is held is one row and what the writer holds back, however many come. */
static int answer_stream(struct cmd *c, struct pg *db, const struct query *q, struct answer *a, struct err *e)
{
	PGconn *conn = pg_conn(db);
	PGresult *res;
	int rc = 0;

	if (!PQsendQueryParams(conn, q->sql, q->n, NULL, q->params, NULL, NULL, 0) || !PQsetSingleRowMode(conn))
		return pg_error(db, NULL, e);
	while (rc == 0 && !a->gone && (res = PQgetResult(conn))) {
		rc = answer_result(c, db, res, a, e);
		PQclear(res);
	}
	return rc;
}

static int answer_end(struct answer *a, struct err *e)
{
	if (!a->gone)
		a->gone = writer_end(a->w) != 0;
	if (a->gone && errno != EPIPE)
		return err_set(e, ERR_FAIL, "could not write to standard output: %m");
	if (a->disputed) {
		err_set(e, ERR_DISPUTED, "a shown figure is disputed");
		return err_hint(e, "`aimarket show` with its id lists the claims.");
	}
	return 0;
}

static int query_answer(struct cmd *c, const struct query *q, struct err *e)
{
	struct answer a = { .strict = -1 };
	struct pg *db;
	int rc;

	if (cmd_store(c, &db, e))
		return -1;
	rc = answer_stream(c, db, q, &a, e);
	if (rc == 0)
		rc = answer_end(&a, e);
	writer_free(a.w);
	return rc;
}

/* Where the API is by configuration: the first of its addresses that is no path. */
static int api_address(struct cmd *c, const char **out, struct err *e)
{
	const struct conf *conf;
	char *rest, *word;

	if (cmd_conf(c, &conf, e))
		return -1;
	rest = arena_strdup(cmd_mem(c), conf->api.listen ? conf->api.listen : API_LISTEN);
	*out = API_LISTEN;
	while ((word = strsep(&rest, " ,")))
		if (*word && !strchr(word, '/')) {
			*out = word;
			break;
		}
	return 0;
}

static int print_url(struct cmd *c, const struct ask *a, struct err *e)
{
	const char *address, *format = cmd_opt(c, "format");

	if (a->offset) {
		err_set(e, ERR_USAGE, "--offset has no place in an address");
		return err_hint(e, "The API pages by cursors: follow \"next\" of each answer.");
	}
	if (api_address(c, &address, e))
		return -1;
	printf("http://%s%s\n", address, ask_url(a, a->all_columns ? format : NULL, cmd_mem(c))); /* tables are not for programs */
	return 0;
}

static int query_run(struct cmd *c, struct err *e)
{
	struct column *view = NULL;
	struct ask a = { 0 };
	struct query q;
	size_t n = 0;

	if (read_ask(c, &a, e))
		return -1;
	if (cmd_flag(c, "url"))
		return print_url(c, &a, e);
	if (cmd_resolve(c, &a, e))
		return -1;
	if (ask_names_columns(&a) && view_columns(c, ask_resource(&a), &view, &n, e))
		return -1;
	if (query_build(&a, view, n, cmd_mem(c), &q, e))
		return -1;
	if (!cmd_flag(c, "sql"))
		return query_answer(c, &q, e);
	printf("%s;\n", query_text(&q, cmd_mem(c)));
	return 0;
}

/* ---- help */

static void print_filter(const struct param *p, FILE *out)
{
	char left[64];

	snprintf(left, sizeof(left), "      --%s%s%s", p->name, param_args[p->type] ? " " : "",
		param_args[p->type] ? param_args[p->type] : "");
	help_row(left, p->help, out);
	if (p->values)
		help_row("", p->values, out);
}

void cmd_print_filters(const struct resource *r, FILE *out)
{
	fprintf(out, "\n%s: %s\n\nfilters:\n", r->name, r->help);
	for (const struct param *p = r->params; p->name; p++)
		print_filter(p, out);
}

static void query_more_help(const char *topic, FILE *out)
{
	const struct resource *r = topic ? resource_find(topic) : NULL;

	if (r) {
		cmd_print_filters(r, out);
		return;
	}
	fputs("\nresources:\n", out);
	for (r = resources; r->name; r++) {
		if (!r->hidden)
			help_word(r->name, r->help, out);
	}
	fputs("\n`aimarket help query RESOURCE` lists the filters of one.\n", out);
}

const struct command cmd_query = {
	.name = "query",
	.args = "RESOURCE [--FILTER VALUE …]",
	.summary = "ask for rows of a resource: deals, filings, observations …",
	.text = "Filters are options named after what they filter; all of them must hold, and --not-FILTER leaves out what FILTER would find. "
		"Entities are given by slug, name, alias or scheme:value (cik:1045810, ticker:NVDA); amounts as 100M, 2.5B or 1,000,000; "
		"dates as 2024, 2024-08, 2024-Q3, 2024-08-02, today or -90d.\n"
		"Several words of one filter, with commas between them, mean any of them. Ranges have two ends that are filters of their own: --min-amount and "
		"--max-amount, --since and --until. Tables show the usual columns, JSON and CSV show all.\n"
		"--group-by, --measure and --having make groups of the rows: how many, their sum, median, 90th percentile (p90) and so on. A figure that is "
		"missing adds nothing, and a total of nothing is empty, not 0; figures of different units, as amounts in several currencies, are never thrown "
		"together but make groups of their own; `disputed` counts the rows whose figure is disputed; a day that is known too roughly for a bucket of "
		"time is counted under none. In JSON and --sort, sum:amount_usd is called sum_amount_usd.",
	.shared = (const struct option_row *const[]){ list_options, time_options, format_options, NULL },
	.min_args = 1,
	.max_args = 1,
	.run = query_run,
	.open_option = cmd_open_filter,
	.more_help = query_more_help,
};
