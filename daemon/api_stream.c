/* api_stream: an answer of any length, row by row as the database brings it. What is held is a row and what waits for the client. */
#include "api_inside.h"

#include <jansson.h>

struct stream {
	struct inquiry *q;
	struct http_request *r; /* NULL: gone */
	struct writer *w; /* NULL: no row came yet */
	struct packer *packer; /* NULL: as it is */
	const char **values;
	int *lengths, n;
	bool gone;
};

static int out(void *arg, const char *data, size_t n)
{
	struct stream *s = arg;

	if (s->packer)
		return packer_out(s->packer, data, n);
	return n > 0 ? http_stream_out(s->r, data, n) : 0;
}

static void stream_free(struct stream *s)
{
	writer_free(s->w);
	packer_free(s->packer);
}

static void on_gone(void *arg)
{
	struct stream *s = arg;

	stream_free(s);
	inquiry_end(s->q);
}

static void on_room(void *arg)
{
	struct stream *s = arg;

	if (s->q->asked)
		pgpipe_resume(s->q->asked);
}

static void begin(struct stream *s, const PGresult *res)
{
	struct inquiry *q = s->q;
	const struct writer_options o = { .format = q->format, .numbers_as_strings = q->numbers_as_strings };
	int n = s->n = rows_shown(res), seen = PQfnumber(res, SEEN_QUOTED);
	struct column *cols = arena_alloc(q->mem, (size_t)(n + 1) * sizeof *cols);

	s->values = arena_alloc(q->mem, (size_t)(n + 1) * sizeof *s->values);
	s->lengths = arena_alloc(q->mem, (size_t)(n + 1) * sizeof *s->lengths);
	for (int i = 0; i < n; i++)
		cols[i] = (struct column){ PQfname(res, i), writer_kind_of(PQftype(res, i)) };
	q->seen = seen >= 0 && PQntuples(res) ? strtoll(PQgetvalue(res, 0, seen), NULL, 10) : -1;
	http_header(s->r, "Vary", "Accept, Accept-Encoding, Accept-Datetime");
	http_header(s->r, "Cache-Control", "no-store");
	if (pack_choose(s->r, true) == PACK_GZIP) {
		http_header(s->r, "Content-Encoding", "gzip");
		s->packer = packer_new(http_stream_out, s->r);
	}
	http_stream(s->r, 200, format_media[q->format]);
	if (q->format == OUT_JSON)
		s->gone = out(s, "{\"data\":", 8) != 0;
	s->w = writer_new(&o, cols, n, out, s);
}

static void on_row(void *arg, const PGresult *res)
{
	struct stream *s = ((struct inquiry *)arg)->stream;

	if (s->gone)
		return;
	if (!s->w)
		begin(s, res);
	for (int i = 0; i < s->n; i++) {
		s->values[i] = rows_cell(res, 0, i);
		s->lengths[i] = PQgetlength(res, 0, i);
	}
	s->q->rows++;
	s->gone = s->gone || writer_row(s->w, s->values, s->lengths) != 0;
	if (!s->gone && http_stream_full(s->r))
		pgpipe_pause(s->q->asked);
}

static void end_envelope(struct stream *s)
{
	json_t *meta = rows_meta(s->q);
	char *text;

	json_object_set_new(meta, "command", json_string(ask_command(&s->q->ask, "json", s->q->mem)));
	text = json_dumps(meta, JSON_COMPACT);
	const char *end = arena_printf(s->q->mem, ",\"next\":null,\"meta\":%s}\n", text);
	s->gone = s->gone || out(s, end, strlen(end)) != 0;
	free(text);
	json_decref(meta);
}

static void finish(struct inquiry *q, const PGresult *res)
{
	struct stream *s = q->stream;

	if (!s->gone && !s->w)
		begin(s, res);
	s->gone = s->gone || writer_end(s->w) != 0;
	if (q->format == OUT_JSON)
		end_envelope(s);
	if (s->packer && !s->gone)
		s->gone = packer_end(s->packer) != 0;
	if (s->gone) /* on_gone is on its way, and frees */
		return;
	http_watch(s->r, NULL, NULL, NULL);
	http_stream_end(s->r);
	stream_free(s);
	inquiry_end(q);
}

/* Nothing was sent yet: the error can still be told. Else the client must see that something is missing. */
static void fail(struct inquiry *q, int status, const struct err *e)
{
	struct stream *s = q->stream;

	if (s->gone)
		return;
	http_watch(s->r, NULL, NULL, NULL);
	if (http_stream_sent(s->r))
		http_cut(s->r);
	else if (status)
		problem_status(s->r, status, e);
	else
		problem_send(s->r, e);
	stream_free(s);
	inquiry_end(q);
}

void stream_begin(struct inquiry *q, const struct query *query)
{
	struct stream *s = arena_zalloc(q->mem, sizeof *s);

	*s = (struct stream){ .q = q, .r = inquiry_waiter(q) };
	q->stream = s;
	http_watch(s->r, on_gone, on_room, s);
	inquiry_pour(q, query, on_row, finish, fail);
}
