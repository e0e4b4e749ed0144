/* api_tell: what is said about one thing, why a figure is what it is, and what a word may mean: rows of functions in sql/api. */
#include "api_inside.h"

#include <jansson.h>

#include "aimarket/date.h"
#include "aimarket/text.h"

const char *const why_words[] = { "ref", "metric", "when", NULL };
const char *const search_words[] = { "q", "kind", "limit", NULL };

enum { SEARCH_USUAL = 20, SEARCH_MOST = 100 };

static void end_with_command(struct inquiry *q, const char *command)
{
	json_t *meta = rows_meta(q);

	json_object_set_new(meta, "command", json_string(command));
	rows_done(q, meta);
}

static void begin_rows(struct inquiry *q, const PGresult *res, int rows)
{
	q->rows = rows;
	if (q->format == OUT_JSON)
		buf_adds(&q->body, "{\"data\":");
	rows_write(q, res, rows, rows_shown(res));
}

/* ---- claims: pages are counted off, all of one snapshot */

static long rows_before(const struct inquiry *q)
{
	return q->cursor.n ? strtol(q->cursor.values[0], NULL, 10) : 0;
}

static void end_claims(struct inquiry *q)
{
	end_with_command(q, words_command(q, "aimarket show", (const char *const[]){ q->words[1], NULL },
				    (const char *const[]){ "limit", "cursor", NULL }));
}

static void on_claims(struct inquiry *q, const PGresult *res)
{
	int rows = PQntuples(res);
	bool more = rows > q->ask.limit;
	struct cursor c = { .question = words_digest(q), .n = 1, .snapshot = q->ask.snapshot ? q->ask.snapshot : "0" };

	if (rows == 0 && !rows_before(q)) {
		one_trace(q, "/claims");
		return;
	}
	begin_rows(q, res, more ? (int)q->ask.limit : rows);
	if (more) {
		c.values[0] = arena_printf(q->mem, "%ld", rows_before(q) + q->ask.limit);
		q->next_cursor = cursor_text(&c, q->mem);
	}
	if (q->tx >= 0)
		inquiry_label(q, end_claims);
	else
		end_claims(q);
}

int claims_begin(struct inquiry *q, struct err *e)
{
	if (words_resource(q, e) || words_read(q, e))
		return -1;
	if (q->ask.limit < 1 || q->ask.limit > q->api->conf->api.rows)
		return err_set(e, ERR_USAGE, "limit: it is a number from 1 to %lld", q->api->conf->api.rows);
	if (q->cursor_typed)
		q->ask.snapshot = q->cursor.snapshot;
	else if (!q->ask.snapshot && q->tx >= 0)
		q->ask.snapshot = arena_printf(q->mem, "%lld", q->tx);
	const struct query query = {
		.sql = "SELECT * FROM api.claims_about($1, $2, $3::date, $4::bigint) LIMIT $5::bigint OFFSET $6::bigint",
		.n = 6,
		.params = { q->ask.resource->name, q->words[1], q->ask.as_of, q->ask.snapshot,
			arena_printf(q->mem, "%ld", q->ask.limit + 1), arena_printf(q->mem, "%ld", rows_before(q)) }
	};

	return inquiry_ask(q, &query, on_claims, e);
}

/* ---- why */

static void end_why(struct inquiry *q)
{
	const char *const args[] = { inquiry_param(q, "ref"), inquiry_param(q, "metric"), inquiry_param(q, "when"), NULL };

	end_with_command(q, words_command(q, "aimarket why", args, why_words));
}

/* Each row is an object already. */
static void on_why(struct inquiry *q, const PGresult *res)
{
	q->rows = PQntuples(res);
	if (q->format == OUT_JSON)
		buf_adds(&q->body, "{\"data\":[");
	for (int i = 0; i < q->rows; i++)
		buf_printf(&q->body, "%s%s%s", q->format == OUT_JSON && i ? ",\n" : "", PQgetvalue(res, i, 0),
			q->format == OUT_JSON ? "" : "\n");
	if (q->format == OUT_JSON)
		buf_adds(&q->body, "]");
	inquiry_label(q, end_why);
}

static int read_when(struct inquiry *q, char first[11], char last[11], struct err *e)
{
	const char *when = inquiry_param(q, "when");
	struct date_span span;
	struct err why = { 0 };

	if (date_read_human(when, date_today(), &span, &why)) {
		err_set(e, ERR_USAGE, "when: %s", why.text);
		return err_hint(e, "Dates look like 2024, 2024-08, 2024-Q3, 2024-08-02, today or -90d.");
	}
	date_iso(span.first, first);
	date_iso(span.last, last);
	return 0;
}

int why_begin(struct inquiry *q, struct err *e)
{
	char first[11], last[11];
	const char *when = inquiry_param(q, "when");

	if (words_read(q, e))
		return -1;
	if (!inquiry_param(q, "ref")) {
		err_set(e, ERR_USAGE, "ref: it is missing: an entity, a deal or a claim");
		return err_hint(e, "As in /v1/why?ref=nvidia&metric=revenue&when=2024.");
	}
	if (when && read_when(q, first, last, e))
		return -1;
	const struct query query = { .sql = "SELECT api.why($1, $2, $3::date, $4::date, $5::date, $6::bigint)",
		.n = 6,
		.params = { inquiry_param(q, "ref"), inquiry_param(q, "metric"), when ? first : NULL, when ? last : NULL, q->ask.as_of,
			q->ask.snapshot } };

	return inquiry_ask(q, &query, on_why, e);
}

/* ---- search */

static void end_search(struct inquiry *q)
{
	end_with_command(q, words_command(q, "aimarket search", (const char *const[]){ inquiry_param(q, "q"), NULL },
				    (const char *const[]){ "q", NULL }));
}

static void on_found(struct inquiry *q, const PGresult *res)
{
	begin_rows(q, res, PQntuples(res));
	inquiry_label(q, end_search);
}

int search_begin(struct inquiry *q, struct err *e)
{
	const char *word = inquiry_param(q, "q"), *limit = inquiry_param(q, "limit");
	char *end = NULL;
	long most = limit ? strtol(limit, &end, 10) : SEARCH_USUAL;

	if (words_read(q, e))
		return -1;
	if (!word || !*word)
		return err_set(e, ERR_USAGE, "q: it is missing: a name, or a part of one");
	if (limit && (*end || most < 1 || most > SEARCH_MOST))
		return err_set(e, ERR_USAGE, "limit: it is a number from 1 to %d", SEARCH_MOST);
	const struct query query = { .sql = "SELECT * FROM api.search($1, string_to_array($2, ','), $3::int)",
		.n = 3,
		.params = { word, inquiry_param(q, "kind"), arena_printf(q->mem, "%ld", most) } };

	return inquiry_ask(q, &query, on_found, e);
}
