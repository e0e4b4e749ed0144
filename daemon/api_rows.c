/* api_rows: rows of the database as bytes of an answer. */
#include "api_inside.h"

#include <jansson.h>

const char *rows_cell(const PGresult *res, int row, int column)
{
	return PQgetisnull(res, row, column) ? NULL : PQgetvalue(res, row, column);
}

int rows_shown(const PGresult *res)
{
	int n = 0;

	while (n < PQnfields(res) && !strchr(PQfname(res, n), '!'))
		n++;
	return n;
}

static int into_body(void *body, const char *data, size_t n)
{
	return buf_add(body, data, n);
}

void rows_write(struct inquiry *q, const PGresult *res, int rows, int n)
{
	const struct writer_options o = { .format = q->format, .numbers_as_strings = q->numbers_as_strings };
	struct column *cols = arena_alloc(q->mem, (size_t)(n + 1) * sizeof *cols);
	const char **values = arena_alloc(q->mem, (size_t)(n + 1) * sizeof *values);
	int *lengths = arena_alloc(q->mem, (size_t)(n + 1) * sizeof *lengths);

	for (int i = 0; i < n; i++)
		cols[i] = (struct column){ PQfname(res, i), writer_kind_of(PQftype(res, i)) };
	struct writer *w = writer_new(&o, cols, n, into_body, &q->body);
	for (int row = 0; row < rows; row++) {
		for (int i = 0; i < n; i++) {
			values[i] = rows_cell(res, row, i);
			lengths[i] = PQgetlength(res, row, i);
		}
		(void)writer_row(w, values, lengths);
	}
	(void)writer_end(w);
	writer_free(w);
	while (q->format == OUT_JSON && q->body.len > 0 && q->body.data[q->body.len - 1] == '\n')
		q->body.len--;
}

json_t *rows_meta(struct inquiry *q)
{
	json_t *meta = json_object();

	if (q->ask.resource)
		json_object_set_new(meta, "resource", json_string(q->ask.resource->name));
	json_object_set_new(meta, "rows", json_integer(q->rows));
	if (q->ask.resource && ask_groups(&q->ask))
		json_object_set_new(meta, "groups", json_true()); /* so that a reader can tell what the rows are */
	json_object_set_new(meta, "as_of", q->ask.as_of ? json_string(q->ask.as_of) : json_null());
	if (q->ask.snapshot)
		json_object_set_new(meta, "snapshot", json_integer(strtoll(q->ask.snapshot, NULL, 10)));
	else
		json_object_set_new(meta, "snapshot", q->seen >= 0 ? json_integer(q->seen) : json_null());
	return meta;
}

static void end_envelope(struct inquiry *q, const json_t *meta)
{
	char *text = json_dumps(meta, JSON_COMPACT);

	if (q->next_cursor)
		buf_printf(&q->body, ",\"next\":\"%s\",\"meta\":%s}\n", q->next_cursor, text);
	else
		buf_printf(&q->body, ",\"next\":null,\"meta\":%s}\n", text);
	free(text);
}

void rows_done(struct inquiry *q, json_t *meta)
{
	struct err e = { 0 };

	if (q->format == OUT_JSON)
		end_envelope(q, meta);
	json_decref(meta);
	if (q->body.overflow) {
		err_set(&e, ERR_LIMIT, "limit: the page is too large, ask for fewer rows or fields");
		inquiry_fail(q, &e);
		return;
	}
	inquiry_done(q, 200, format_media[q->format]);
}
