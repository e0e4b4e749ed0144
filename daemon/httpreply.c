#include "http_inside.h"

#include <assert.h>
#include <jansson.h>

static const struct {
	int status;
	const char *phrase;
} phrases[] = {
	{ 200, "OK" },
	{ 304, "Not Modified" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
};

static const char *phrase_of(int status)
{
	for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "";
}

static struct request *request_of(const struct http_request *r)
{
	return (struct request *)(uintptr_t)r;
}

/* ---- the head */

/* What every answer has; the date changes with the second. */
static const char *stamp(struct http *h)
{
	time_t now = time(NULL);
	struct tm tm;
	char date[40];

	if (now != h->stamped) {
		h->stamped = now;
		strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
		snprintf(h->stamp, sizeof h->stamp, "Server: aimarket\r\nX-Content-Type-Options: nosniff\r\nDate: %s\r\n", date);
	}
	return h->stamp;
}

static bool sends_body(const struct request *q, int status)
{
	return status != 204 && status != 304 && q->head.head.method != HTTP_HEAD;
}

static void add_connection(struct buf *b, const struct request *q)
{
	if (!q->conn->keep)
		buf_adds(b, "Connection: close\r\n");
	else if (q->pub.head->minor == 0)
		buf_adds(b, "Connection: keep-alive\r\n");
}

enum { UNKNOWN_LENGTH = -1 };

/* Sends the head of the answer; length is the body's in bytes, or UNKNOWN_LENGTH. */
static void send_head(struct request *q, int status, const char *media, long long length)
{
	struct conn *c = q->conn;
	struct buf *b = &c->http->line;
	bool empty = status == 204 || status == 304;

	q->status = status;
	q->head_sent = true;
	q->chunked = length == UNKNOWN_LENGTH && q->pub.head->minor > 0;
	if (c->http->draining || (length == UNKNOWN_LENGTH && !q->chunked))
		c->keep = false;
	buf_reset(b);
	buf_printf(b, "HTTP/1.1 %d %s\r\n%s", status, phrase_of(status), stamp(c->http));
	if (media && !empty)
		buf_printf(b, "Content-Type: %s\r\n", media);
	if (q->chunked)
		buf_adds(b, "Transfer-Encoding: chunked\r\n");
	else if (length != UNKNOWN_LENGTH && !empty)
		buf_printf(b, "Content-Length: %lld\r\n", length);
	add_connection(b, q);
	buf_add(b, buf_str(&q->fields), q->fields.len);
	buf_adds(b, "\r\n");
	assert(!b->overflow);
	evbuffer_add(c->out, b->data, b->len);
}

void http_header(struct http_request *r, const char *name, const char *fmt, ...)
{
	struct request *q = request_of(r);
	va_list ap;
	char *value;

	assert(!q->head_sent);
	va_start(ap, fmt);
	int n = vasprintf(&value, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	for (char *s = value; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = ' ';
	buf_printf(&q->fields, "%s: %s\r\n", name, value);
	free(value);
}

/* ---- whole answers */

/* The answer is whole; the request is no longer the handler's. */
static void finish(struct request *q)
{
	struct http *h = q->conn->http;
	struct http_answer answer = {
		.request = q->pub.head ? &q->pub : NULL, .status = q->status, .bytes = q->bytes, .usec = http_usec() - q->began
	};

	q->whole = true;
	if (h->o.observer)
		h->o.observer(h->o.arg, &answer);
	conn_advance(q->conn);
}

/* The client is gone (on_gone is on its way), or the answer is whole: nothing more goes out. */
static bool is_over(const struct request *q)
{
	return q->whole || q->conn->state == CONN_DEAD;
}

void http_watch(struct http_request *r, http_call *on_gone, http_call *on_room, void *arg)
{
	struct request *q = request_of(r);

	q->on_gone = on_gone;
	q->on_room = on_room;
	q->arg = arg;
}

void http_reply(struct http_request *r, int status, const char *media, const void *data, size_t n)
{
	struct request *q = request_of(r);

	if (is_over(q)) {
		q->whole = true;
		return;
	}
	assert(!q->head_sent);
	evbuffer_drain(q->held, SIZE_MAX);
	send_head(q, status, media, (long long)n);
	if (n > 0 && sends_body(q, status)) {
		evbuffer_add(q->conn->out, data, n);
		q->bytes = n;
	}
	finish(q);
}

struct share {
	http_call *release;
	void *arg;
};

static void on_released(const void *data, size_t n, void *arg)
{
	struct share *share = arg;

	share->release(share->arg);
	free(share);
}

void http_reply_shared(struct http_request *r, int status, const char *media, const void *data, size_t n, http_call *release, void *arg)
{
	struct request *q = request_of(r);
	struct share *share;

	if (is_over(q) || !sends_body(q, status) || n == 0) {
		http_reply(r, status, media, NULL, n);
		release(arg);
		return;
	}
	assert(!q->head_sent);
	share = xmalloc(sizeof *share);
	*share = (struct share){ release, arg };
	evbuffer_drain(q->held, SIZE_MAX);
	send_head(q, status, media, (long long)n);
	evbuffer_add_reference(q->conn->out, data, n, on_released, share);
	q->bytes = n;
	finish(q);
}

void http_problem(struct http_request *r, int status, const char *type, const char *detail, struct json_t *members)
{
	json_t *problem = json_object();

	json_object_set_new(problem, "type", json_string(type ? type : "about:blank"));
	json_object_set_new(problem, "title", json_string(phrase_of(status)));
	json_object_set_new(problem, "status", json_integer(status));
	if (detail)
		json_object_set_new(problem, "detail", json_string(detail));
	if (members)
		json_object_update_missing(problem, members);
	char *text = json_dumps(problem, JSON_COMPACT);
	http_reply(r, status, "application/problem+json", text, strlen(text));
	free(text);
	json_decref(members);
	json_decref(problem);
}

void reply_refuse(struct request *q, int status, const char *why)
{
	buf_reset(&q->fields);
	http_header(&q->pub, "Cache-Control", "no-store");
	if (status == 503)
		http_header(&q->pub, "Retry-After", "1");
	http_problem(&q->pub, status, NULL, why, NULL);
}

/* ---- streams */

/* What is held back goes out, as one chunk where there are chunks. */
static void send_held(struct request *q)
{
	struct evbuffer *out = q->conn->out;
	size_t n = evbuffer_get_length(q->held);

	if (!sends_body(q, q->status)) {
		evbuffer_drain(q->held, n);
		return;
	}
	q->bytes += n;
	if (!q->chunked || n == 0) {
		evbuffer_add_buffer(out, q->held);
		return;
	}
	evbuffer_add_printf(out, "%zx\r\n", n);
	evbuffer_add_buffer(out, q->held);
	evbuffer_add(out, "\r\n", 2);
}

static void send_end(struct request *q)
{
	if (q->chunked && sends_body(q, q->status))
		evbuffer_add(q->conn->out, "0\r\n\r\n", 5);
}

void http_stream(struct http_request *r, int status, const char *media)
{
	struct request *q = request_of(r);

	q->kind = ANSWER_STREAM;
	q->status = status;
	q->media = media;
}

int http_stream_out(void *request, const char *data, size_t n)
{
	struct request *q = request_of(request);

	if (is_over(q))
		return -1;
	evbuffer_add(q->held, data, n);
	if (q->conn->clock == CLOCK_ANSWER)
		conn_arm(q->conn, CLOCK_ANSWER);
	if (evbuffer_get_length(q->held) < HELD_MAX)
		return 0;
	if (!q->head_sent)
		send_head(q, q->status, q->media, UNKNOWN_LENGTH);
	send_held(q);
	conn_advance(q->conn);
	return q->conn->state == CONN_DEAD ? -1 : 0;
}

bool http_stream_full(struct http_request *r)
{
	struct request *q = request_of(r);
	bool full = !is_over(q) && evbuffer_get_length(q->conn->out) > q->conn->http->o.limits.output;

	q->conn->wants_room |= full;
	return full;
}

bool http_stream_sent(const struct http_request *r)
{
	return request_of(r)->head_sent;
}

void http_stream_end(struct http_request *r)
{
	struct request *q = request_of(r);

	if (is_over(q)) {
		q->whole = true;
		return;
	}
	if (!q->head_sent)
		send_head(q, q->status, q->media, (long long)evbuffer_get_length(q->held));
	send_held(q);
	send_end(q);
	finish(q);
}

void http_cut(struct http_request *r)
{
	struct request *q = request_of(r);

	conn_reset(q->conn);
	q->whole = true;
}

/* ---- events */

void http_events(struct http_request *r, int retry_ms)
{
	struct request *q = request_of(r);

	if (is_over(q))
		return;
	q->kind = ANSWER_EVENTS;
	http_header(r, "Cache-Control", "no-store");
	send_head(q, 200, "text/event-stream", UNKNOWN_LENGTH);
	evbuffer_add_printf(q->held, "retry: %d\n\n", retry_ms);
	send_held(q);
	conn_advance(q->conn);
}

/* One line of an event. */
static void add_line(struct evbuffer *b, const char *name, const char *value, size_t n)
{
	evbuffer_add(b, name, strlen(name));
	evbuffer_add(b, value, n);
	evbuffer_add(b, "\n", 1);
}

/* A client that does not take its events is not worth the memory; it will come back and ask from where it was. */
static void send_event(struct request *q)
{
	struct conn *c = q->conn;

	send_held(q);
	conn_advance(c);
	if (c->state == CONN_DEAD)
		return;
	if (c->clock == CLOCK_BEAT)
		conn_arm(c, CLOCK_BEAT);
	if (evbuffer_get_length(c->out) > 2 * c->http->o.limits.output)
		conn_reset(c);
}

void http_event(struct http_request *r, const char *id, const char *name, const char *data)
{
	struct request *q = request_of(r);

	if (is_over(q))
		return;
	if (id)
		add_line(q->held, "id: ", id, strcspn(id, "\r\n"));
	if (name)
		add_line(q->held, "event: ", name, strcspn(name, "\r\n"));
	for (;;) {
		size_t n = strcspn(data, "\r\n");

		add_line(q->held, "data: ", data, n);
		data += n;
		if (!*data)
			break;
		data += !strncmp(data, "\r\n", 2) ? 2 : 1;
	}
	evbuffer_add(q->held, "\n", 1);
	send_event(q);
}

void reply_beat(struct request *q)
{
	evbuffer_add(q->held, ":\n\n", 3);
	send_event(q);
}

void reply_finish_events(struct request *q)
{
	send_end(q);
	conn_advance(q->conn);
	conn_end(q->conn);
}
