/* api_one: one row of a resource by its key; or where it went, when it is not there any more. */
#include "api_inside.h"

#include <jansson.h>

static void end_found(struct inquiry *q)
{
	json_t *meta = rows_meta(q);

	json_object_del(meta, "rows");
	rows_done(q, meta);
}

/* ---- not there: was it ever, or is it written otherwise? */

static void on_traced(struct inquiry *q, const PGresult *res)
{
	const char *into = rows_cell(res, 0, 0), *why = rows_cell(res, 0, 1), *near = rows_cell(res, 0, 2);
	struct err e = { 0 };

	if (into) {
		q->location = words_url(q, arena_printf(q->mem, "/v1/%s/%s%s", q->ask.resource->name, into, q->behind), NULL);
		inquiry_done(q, 308, NULL);
		return;
	}
	if (why)
		err_set(&e, ERR_NOT_FOUND, "%s \"%s\" %s", q->ask.resource->name, q->words[1], why);
	else if (near)
		err_set(&e, ERR_NOT_FOUND, "%s has no \"%s\", did you mean \"%s\"?", q->ask.resource->name, q->words[1], near);
	else
		err_set(&e, ERR_NOT_FOUND, *q->behind ? "nothing of %s is said about \"%s\"" : "%s has no \"%s\"", q->ask.resource->name, q->words[1]);
	inquiry_fail_as(q, why ? 410 : 404, &e);
}

void one_trace(struct inquiry *q, const char *behind)
{
	const struct query query = {
		.sql = "SELECT moved_to, gone, nearest FROM api.trace($1, $2)", .n = 2, .params = { q->ask.resource->name, q->words[1] }
	};

	q->behind = behind;
	inquiry_go(q, &query, on_traced);
}

/* ---- the row */

static void on_row(struct inquiry *q, const PGresult *res)
{
	if (PQntuples(res) == 0) {
		one_trace(q, "");
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
