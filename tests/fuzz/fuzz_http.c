/*
 * Requests: fed whole or byte by byte they mean the same, and what is taken holds to what its header promises. A server that
 * gets them answers each and closes.
 */
#include "fuzz.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "aimarket/http.h"
#include "aimarket/httpchunk.h"
#include "aimarket/httphead.h"
#include "aimarket/text.h"

enum { BODY_MAX = 4096 };

static const struct http_head_limits limits = { .bytes = 2048, .target = 512, .fields = 16, .params = 8 };

/* Bytes as they arrive: up to step more each time. The outcome, and how many bytes were taken. */
struct feed {
	const char *data;
	size_t n, step, used;
};

static int feed_head(struct feed *f, struct http_head_reader *r)
{
	size_t there = 0, used;
	int rc = HTTP_MORE;

	while (rc == HTTP_MORE && there < f->n) {
		there = f->n - there > f->step ? there + f->step : f->n;
		rc = http_head_read(r, f->data + f->used, there - f->used, &used);
		f->used += used;
		FUZZ_CHECK(f->used <= there);
	}
	return rc;
}

static int feed_chunks(struct feed *f, struct buf *body)
{
	struct http_chunk_reader r;
	size_t there = f->used, used;
	int rc = HTTP_MORE;

	http_chunk_begin(&r);
	while (rc == HTTP_MORE && there < f->n) {
		there = f->n - there > f->step ? there + f->step : f->n;
		rc = http_chunk_read(&r, f->data + f->used, there - f->used, &used, body);
		f->used += used;
		FUZZ_CHECK(f->used <= there);
	}
	FUZZ_CHECK(body->len <= BODY_MAX && !body->overflow);
	FUZZ_CHECK(rc < 400 || r.why);
	return rc;
}

static void check_text(const char *s)
{
	for (; *s; s++)
		FUZZ_CHECK((unsigned char)*s >= ' ' || *s == '\t');
}

static void check_head(const struct http_head *h, struct arena *mem)
{
	check_text(h->target);
	FUZZ_CHECK(h->path[0] == '/' || (h->path[0] == '*' && h->method == HTTP_OPTIONS));
	for (size_t i = 0; i < h->n_segments; i++)
		FUZZ_CHECK(
		        text_utf8_check(h->segments[i], strlen(h->segments[i])) == strlen(h->segments[i]) && strcmp(h->segments[i], ".."));
	FUZZ_CHECK(h->n_params <= limits.params && h->n_fields <= limits.fields);
	for (size_t i = 0; i < h->n_params; i++)
		FUZZ_CHECK(text_utf8_check(h->params[i].value, strlen(h->params[i].value)) == strlen(h->params[i].value));
	for (size_t i = 0; i < h->n_fields; i++) {
		check_text(h->fields[i].name);
		check_text(h->fields[i].value);
		FUZZ_CHECK(http_head_field(h, h->fields[i].name, mem));
	}
	FUZZ_CHECK(h->host || h->minor == 0);
	FUZZ_CHECK(!h->chunked || h->length == 0);
	FUZZ_CHECK(http_methods[h->method].body || (!h->chunked && h->length == 0));
}

/* What a request came to. */
struct outcome {
	int head, body;
	size_t used;
};

static struct outcome run(const char *data, size_t n, size_t step, struct buf *body)
{
	struct arena *mem = arena_new();
	struct http_head_reader r;
	struct feed f = { .data = data, .n = n, .step = step };
	struct outcome out = { 0 };

	buf_init(body, BODY_MAX);
	http_head_begin(&r, &limits, mem);
	out.head = feed_head(&f, &r);
	FUZZ_CHECK(out.head < 400 || r.why);
	if (out.head == HTTP_DONE)
		check_head(&r.head, mem);
	if (out.head == HTTP_DONE && r.head.chunked)
		out.body = feed_chunks(&f, body);
	out.used = f.used;
	arena_free(mem);
	return out;
}

/* ---- a server */

static struct http_request *kept;

static void on_gone(void *arg)
{
	kept = NULL;
}

/* Every kind of answer; the query chooses. */
static void handle(void *arg, struct http_request *r)
{
	switch (r->head->query[0]) {
	case 's':
		http_stream(r, 200, "text/plain");
		for (int i = 0; i < 200 && !http_stream_out(r, r->body, r->n_body); i++)
			;
		http_stream_end(r);
		break;
	case 'k':
		kept = r;
		http_watch(r, on_gone, NULL, NULL);
		break;
	case 'c':
		http_stream(r, 200, "text/plain");
		http_stream_out(r, r->body, r->n_body);
		http_cut(r);
		break;
	case 'p':
		http_problem(r, 404, NULL, r->head->path, NULL);
		break;
	default:
		http_header(r, "X-Path", "%s", r->head->path);
		http_reply(r, 200, "text/plain", r->body, r->n_body);
	}
}

static void answer_kept(void)
{
	struct http_request *r = kept;

	kept = NULL;
	if (r)
		http_reply(r, 200, "text/plain", "kept", 4);
}

/* All of data, then the end; reads until the server closes. */
static void serve(const char *data, size_t n)
{
	static struct event_base *base;
	static struct http *server;
	struct http_options o = { .limits = http_limits, .handler = handle };
	char answer[4096];
	ssize_t got, first;
	int pair[2];

	if (!base) {
		signal(SIGPIPE, SIG_IGN);
		base = event_base_new();
		o.limits.body = BODY_MAX;
		server = http_new(base, &o);
	}
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	http_serve(server, pair[0]);
	FUZZ_CHECK(send(pair[1], data, n, MSG_DONTWAIT) == (ssize_t)n || n == 0);
	shutdown(pair[1], SHUT_WR);
	for (first = 0; (got = recv(pair[1], answer, sizeof answer, MSG_DONTWAIT)) != 0;) {
		if (got < 0 && errno != EAGAIN)
			break;
		FUZZ_CHECK(first || got < 0 || (got >= 9 && !memcmp(answer, "HTTP/1.1 ", 9)));
		first |= got > 0;
		event_base_loop(base, EVLOOP_NONBLOCK);
		answer_kept();
	}
	close(pair[1]);
	event_base_loop(base, EVLOOP_NONBLOCK);
	FUZZ_CHECK(http_stats(server)->open == 0 && !kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, slow;
	struct outcome at_once = run((const char *)data, size, SIZE_MAX, &whole), in_steps = run((const char *)data, size, 1, &slow);

	FUZZ_CHECK(at_once.head == in_steps.head && at_once.body == in_steps.body && at_once.used == in_steps.used);
	FUZZ_CHECK(whole.len == slow.len && !memcmp(buf_str(&whole), buf_str(&slow), whole.len));
	buf_release(&whole);
	buf_release(&slow);
	serve((const char *)data, size);
	return 0;
}
