/* api_one: one row of a resource by its key; or where it went, when it is not there any more. */
#include "api_inside.h"

#include <jansson.h>

static void end_found(struct inquiry *q)
{
	json_t *meta = rows_meta(q);

	json_object_del(meta, "rows");
	rows_done(q, meta);
}

/* ---- not there: was it ever? */

static void on_traced(struct inquiry *q, const PGresult *res)
{
	const char *into = PQntuples(res) ? rows_cell(res, 0, 0) : NULL, *why = PQntuples(res) ? rows_cell(res, 0, 1) : NULL;
	struct err e = { 0 };

	if (into) {
		q->location = arena_printf(q->mem, "/v1/%s/%s", q->ask.resource->name, into);
		inquiry_done(q, 308, NULL);
		return;
	}
	err_set(&e, ERR_NOT_FOUND, why ? "%s \"%s\" %s" : "%s has no \"%s\"", q->ask.resource->name, q->words[1], why);
	inquiry_fail_as(q, why ? 410 : 404, &e);
}

static void trace(struct inquiry *q)
{
	struct query query = {
		.sql = "SELECT moved_to, gone FROM api.trace($1, $2)", .n = 2, .params = { q->ask.resource->name, q->words[1] }
	};
	struct err e = { 0 };

	if (inquiry_ask(q, &query, on_traced, &e))
		inquiry_fail(q, &e);
}

/* ---- the row */

static void on_row(struct inquiry *q, const PGresult *res)
{
	if (PQntuples(res) == 0) {
		trace(q);
		return;
	}
	if (q->format == OUT_JSON)
		buf_adds(&q->body, "{\"data\":");
	size_t at = q->body.len;
	rows_write(q, res, 1, PQnfields(res));
	if (q->format == OUT_JSON) { /* the object without the array around it */
		q->body.data[at] = ' ';
		while (q->body.data[--q->body.len] != ']')
			;
		while (q->body.data[q->body.len - 1] == '\n')
			q->body.len--;
	}
	inquiry_label(q, end_found);
}

static int build(struct inquiry *q, struct err *e)
{
	size_t n;
	const struct column *view = api_columns(q->api, q->ask.resource->view, &n);

	q->ask.key = q->words[1];
	q->ask.limit = 1;
	return query_build(&q->ask, view, n, q->mem, &q->query, e) ? -1 : inquiry_ask(q, &q->query, on_row, e);
}

int one_begin(struct inquiry *q, struct err *e)
{
	return words_resource(q, e) || words_read(q, e) ? -1 : build(q, e);
}
