/*
 * httpd: the server of daemon/http.c with nothing behind it, to be measured by tests/bench/http.
 *
 *	httpd ADDRESS SIZE	answers /cached with the same SIZE bytes, never copied, /copied with a copy of them, and
 *				/stream with a thousand times as many, until it is killed
 */
#include <signal.h>

#include <event2/event.h>

#include "aimarket/buf.h"
#include "aimarket/http.h"

static struct buf body;

static void nothing(void *arg)
{
}

static void pour(void *arg)
{
	struct http_request *r = arg;
	size_t *left = r->data;

	for (; *left > 0; --*left)
		if (http_stream_full(r) || http_stream_out(r, body.data, body.len))
			return;
	http_stream_end(r);
}

static void stream(struct http_request *r)
{
	size_t *left = arena_alloc(r->mem, sizeof *left);

	*left = 1000;
	r->data = left;
	http_watch(r, nothing, pour, r);
	http_stream(r, 200, "application/json");
	pour(r);
}

static void handle(void *arg, struct http_request *r)
{
	if (!strcmp(r->head->path, "/stream"))
		stream(r);
	else if (!strcmp(r->head->path, "/copied"))
		http_reply(r, 200, "application/json", body.data, body.len);
	else
		http_reply_shared(r, 200, "application/json", body.data, body.len, nothing, NULL);
}

int main(int argc, char **argv)
{
	struct http_options o = { .limits = http_limits, .handler = handle };
	struct err e = { 0 };
	int fd;

	if (argc != 3 || http_bind(argv[1], &fd, &e)) {
		fprintf(stderr, "httpd: %s\n", argc == 3 ? e.text : "ADDRESS SIZE");
		return 2;
	}
	buf_init(&body, 1 << 30);
	for (long left = strtol(argv[2], NULL, 10); left > 0; left--)
		buf_addc(&body, (char)('a' + left % 26));
	o.limits.conns = 20000;
	o.limits.conns_per_address = 20000;
	signal(SIGPIPE, SIG_IGN);
	struct event_base *base = event_base_new();
	http_listen(http_new(base, &o), fd);
	return event_base_dispatch(base);
}
