#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>
#include <jansson.h>

#include "aimarket/buf.h"
#include "aimarket/http.h"
#include "aimarket/httpchunk.h"
#include "http_shapes.h"

enum { PATIENCE_MS = 5000, LATER_MAX = 16 };

/* ---- a server in this process, and what its handler was told */

static struct event_base *base;
static struct http *server;
static struct http_request *later[LATER_MAX]; /* kept to be answered by the test */
static int n_later, n_gone, n_room, n_released, n_drained, n_seen;
static struct http_answer seen; /* by the observer, the last one */

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void count(void *arg)
{
	++*(int *)arg;
}

static void keep(struct http_request *r)
{
	assert_true(n_later < LATER_MAX);
	later[n_later++] = r;
	http_watch(r, count, NULL, &n_gone);
}

/* "/" tells the body it got; "/later…" waits for the test. */
static void handle(void *arg, struct http_request *r)
{
	if (!strncmp(r->head->path, "/later", 6))
		keep(r);
	else
		http_reply(r, 200, "text/plain", r->body, r->n_body);
}

static void observe(void *arg, const struct http_answer *answer)
{
	n_seen++;
	seen = *answer;
}

static struct http_options options(http_handler *handler)
{
	static const char *const hosts[] = { "data.example.org", NULL };

	return (struct http_options){
		.limits = {
			.head = { .bytes = SHAPE_HEAD_MAX, .target = SHAPE_URI_MAX, .fields = SHAPE_HEADERS_MAX, .params = SHAPE_PARAMS_MAX },
			.body = SHAPE_BODY_MAX,
			.output = 128 << 10,
			.conns = 64,
			.conns_per_address = 8,
			.idle_ms = 2000,
			.request_ms = 100,
			.answer_ms = 2000,
			.write_ms = 2000,
			.beat_ms = 2000,
		},
		.hosts = hosts,
		.handler = handler,
		.observer = observe,
	};
}

static void start(const struct http_options *o)
{
	base = event_base_new();
	server = http_new(base, o);
	n_later = n_gone = n_room = n_released = n_drained = n_seen = 0;
}

static void start_plain(http_handler *handler)
{
	struct http_options o = options(handler);

	start(&o);
}

static void stop(void)
{
	http_free(server);
	event_base_free(base);
}

static void turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

#define turn_until(condition)                                                                                                              \
	do {                                                                                                                               \
		for (long long end_ = now_ms() + PATIENCE_MS; !(condition);) {                                                             \
			turn();                                                                                                            \
			if (now_ms() > end_)                                                                                               \
				fail_msg("never came true: %s", #condition);                                                               \
			usleep(500);                                                                                                       \
		}                                                                                                                          \
	} while (0)

/* ---- a client */

struct client {
	int fd;
	struct buf in;
	bool closed, reset;
};

static void client_init(struct client *c, int fd)
{
	*c = (struct client){ .fd = fd };
	buf_init(&c->in, 64 << 20);
	fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void client_open(struct client *c)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	http_serve(server, pair[0]);
	client_init(c, pair[1]);
}

static void client_close(struct client *c)
{
	close(c->fd);
	buf_release(&c->in);
}

static void client_send(struct client *c, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(c->fd, data, n, MSG_NOSIGNAL);

		turn();
		if (sent < 0 && errno != EAGAIN)
			return;
		data += sent > 0 ? sent : 0;
		n -= sent > 0 ? (size_t)sent : 0;
	}
}

static void client_ask(struct client *c, const char *text)
{
	client_send(c, text, strlen(text));
}

static void client_read(struct client *c)
{
	static char bytes[65536];

	for (;;) {
		ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);

		if (n < 0 && errno == EAGAIN)
			return;
		c->closed |= n <= 0;
		c->reset |= n < 0;
		if (n <= 0)
			return;
		buf_add(&c->in, bytes, (size_t)n);
	}
}

static bool is_closed(struct client *c)
{
	client_read(c);
	return c->closed;
}

static bool has_got(struct client *c, const char *text)
{
	client_read(c);
	return memmem(buf_str(&c->in), c->in.len, text, strlen(text));
}

/* ---- an answer taken apart */

struct answer {
	int status;
	const char *head; /* with the empty line at its end */
	size_t n_head;
	struct buf body;
};

static const char *field(const struct answer *a, const char *name)
{
	static char value[1000];
	char line[100];

	snprintf(line, sizeof line, "\r\n%s: ", name);
	const char *at = memmem(a->head, a->n_head, line, strlen(line));
	if (!at)
		return NULL;
	at += strlen(line);
	snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "\r"), at);
	return value;
}

/* Its body, off the text at *at; false when it is not all there. */
static bool take_body(const char **at, const char *end, struct answer *a)
{
	const char *length = field(a, "Content-Length");
	struct http_chunk_reader r;
	size_t used = length ? strtoul(length, NULL, 10) : (size_t)(end - *at);

	if (field(a, "Transfer-Encoding")) {
		http_chunk_begin(&r);
		if (http_chunk_read(&r, *at, (size_t)(end - *at), &used, &a->body) != HTTP_DONE)
			return false;
	} else if (used > (size_t)(end - *at) || buf_add(&a->body, *at, used)) {
		return false;
	}
	*at += used;
	return true;
}

/* Takes the next answer off the text at *at; false when it is not all there. The caller releases its body. */
static bool take_answer(const char **at, const char *end, bool to_head, struct answer *a)
{
	const char *rest = memmem(*at, (size_t)(end - *at), "\r\n\r\n", 4);

	*a = (struct answer){ .head = *at };
	buf_init(&a->body, 64 << 20);
	if (!rest || sscanf(*at, "HTTP/1.1 %d ", &a->status) != 1)
		return false;
	a->n_head = (size_t)(rest + 4 - *at);
	*at = rest + 4;
	return to_head || a->status < 200 || a->status == 204 || a->status == 304 || take_body(at, end, a);
}

/* The only answer that came. */
static struct answer only_answer(struct client *c, bool to_head)
{
	const char *at = buf_str(&c->in), *end = at + c->in.len;
	struct answer a;

	assert_true(take_answer(&at, end, to_head, &a));
	assert_ptr_equal(at, end);
	return a;
}

/* Asks and waits for the answer in full: the client says that it will ask no more. */
static struct answer ask(struct client *c, const char *text)
{
	client_open(c);
	client_ask(c, text);
	shutdown(c->fd, SHUT_WR);
	turn_until(is_closed(c));
	return only_answer(c, !strncmp(text, "HEAD", 4));
}

static void done(struct client *c, struct answer *a)
{
	buf_release(&a->body);
	client_close(c);
}

/* ---- shapes */

/* What comes back for a shape, until the server closes (or, when it was good, has nothing more to say). */
static void send_shape(const struct http_shape *s, bool good, struct client *c)
{
	client_open(c);
	client_send(c, s->bytes, s->n);
	if (good)
		shutdown(c->fd, SHUT_WR);
	turn_until(is_closed(c));
}

static void check_refusal(const struct http_shape *s, struct client *c)
{
	const char *at = buf_str(&c->in), *end = at + c->in.len;
	struct answer a;
	bool to_head = !strncmp(s->bytes, "HEAD", 4);

	if (!take_answer(&at, end, to_head, &a) || a.status != s->status || at != end)
		fail_msg("%s: not %d alone but: %s", s->name, s->status, buf_str(&c->in));
	assert_string_equal(field(&a, "Connection"), "close");
	assert_string_equal(field(&a, "Content-Type"), "application/problem+json");
	if (!to_head) {
		json_t *problem = json_loads(buf_str(&a.body), 0, NULL);

		assert_int_equal(json_integer_value(json_object_get(problem, "status")), s->status);
		assert_true(json_string_length(json_object_get(problem, "detail")) > 0);
		json_decref(problem);
	}
	buf_release(&a.body);
}

static void malformed_requests_are_refused_once(void **state)
{
	start_plain(handle);
	for (size_t i = 0; i < COUNT(bad_shapes); i++) {
		struct client c;

		send_shape(&bad_shapes[i], false, &c);
		check_refusal(&bad_shapes[i], &c);
		client_close(&c);
	}
	assert_true(COUNT(bad_shapes) > 100);
	assert_int_equal(http_stats(server)->requests, 0);
	assert_int_equal(http_stats(server)->refused, COUNT(bad_shapes));
	stop();
}

static void check_answers(const struct http_shape *s, struct client *c)
{
	const char *at = buf_str(&c->in), *end = at + c->in.len;
	struct answer a = { 0 };
	int n = 0;

	while (at < end && take_answer(&at, end, !strncmp(s->bytes, "HEAD", 4), &a)) {
		n += a.status >= 200;
		buf_release(&a.body);
	}
	if (at != end || n != s->answers || a.status != s->status)
		fail_msg("%s: %d answers, the last %d: %s", s->name, n, a.status, buf_str(&c->in));
}

static void proper_requests_are_served(void **state)
{
	start_plain(handle);
	for (size_t i = 0; i < COUNT(good_shapes); i++) {
		struct client c;

		send_shape(&good_shapes[i], true, &c);
		check_answers(&good_shapes[i], &c);
		client_close(&c);
	}
	assert_int_equal(http_stats(server)->refused, 0);
	stop();
}

static void bytes_may_come_one_by_one(void **state)
{
	static const char text[] = POST "Content-Length: 5\r\n\r\nhello" CHUNKED "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
	struct http_options o = options(handle);
	struct client c;

	o.limits.request_ms = PATIENCE_MS;
	start(&o);
	client_open(&c);
	for (size_t i = 0; i < sizeof text - 1; i++)
		client_send(&c, text + i, 1);
	turn_until(has_got(&c, "abcde"));
	assert_true(has_got(&c, "hello"));
	client_close(&c);
	stop();
}

/* ---- answers */

static void an_answer_has_what_it_should(void **state)
{
	struct client c;

	start_plain(handle);
	struct answer a = ask(&c, POST "Content-Length: 5\r\n\r\nhello");
	assert_int_equal(a.status, 200);
	assert_string_equal(buf_str(&a.body), "hello");
	assert_string_equal(field(&a, "Content-Type"), "text/plain");
	assert_string_equal(field(&a, "Content-Length"), "5");
	assert_string_equal(field(&a, "X-Content-Type-Options"), "nosniff");
	assert_string_equal(field(&a, "Server"), "aimarket");
	assert_int_equal(strlen(field(&a, "Date")), strlen("Sun, 06 Nov 1994 08:49:37 GMT"));
	assert_null(field(&a, "Connection"));
	assert_int_equal(n_seen, 1);
	assert_int_equal(seen.status, 200);
	assert_int_equal(seen.bytes, 5);
	done(&c, &a);
	stop();
}

static void handle_odd(void *arg, struct http_request *r)
{
	http_header(r, "X-Odd", "a\r\nSet-Cookie: %s\x7f", "b");
	if (!strcmp(r->head->path, "/304"))
		http_reply(r, 304, "text/plain", "unseen", 6);
	else if (!strcmp(r->head->path, "/204"))
		http_reply(r, 204, NULL, NULL, 0);
	else if (!strcmp(r->head->path, "/problem"))
		http_problem(r, 404, "/problems/x", "no \"x\"", json_pack("{s:s, s:i}", "nearest", "y", "status", 1));
	else
		http_reply(r, 200, "text/plain", "body", 4);
}

static void headers_cannot_be_injected(void **state)
{
	struct client c;

	start_plain(handle_odd);
	struct answer a = ask(&c, GET HOST "\r\n");
	assert_string_equal(field(&a, "X-Odd"), "a  Set-Cookie: b ");
	assert_null(field(&a, "Set-Cookie"));
	done(&c, &a);
	stop();
}

static void answers_without_a_body(void **state)
{
	static const struct {
		const char *text, *length;
		int status;
	} rows[] = {
		{ "HEAD / HTTP/1.1\r\n" HOST "\r\n", "4", 200 },
		{ "GET /304 HTTP/1.1\r\n" HOST "\r\n", NULL, 304 },
		{ "GET /204 HTTP/1.1\r\n" HOST "\r\n", NULL, 204 },
	};

	start_plain(handle_odd);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct client c;
		struct answer a = ask(&c, rows[i].text);
		const char *length = field(&a, "Content-Length");

		assert_int_equal(a.status, rows[i].status);
		assert_true(rows[i].length ? length && !strcmp(length, rows[i].length) : !length);
		done(&c, &a);
	}
	stop();
}

static void a_problem_is_json(void **state)
{
	struct client c;

	start_plain(handle_odd);
	struct answer a = ask(&c, "GET /problem HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(a.status, 404);
	assert_string_equal(buf_str(&a.body),
		"{\"type\":\"/problems/x\",\"title\":\"Not Found\",\"status\":404,\"detail\":\"no \\\"x\\\"\",\"nearest\":\"y\"}");
	done(&c, &a);
	stop();
}

static void a_client_may_ask_and_fall_silent(void **state)
{
	struct client c;

	start_plain(handle);
	client_open(&c);
	client_ask(&c, "GET /later HTTP/1.1\r\n" HOST "\r\n");
	shutdown(c.fd, SHUT_WR);
	turn_until(n_later == 1);
	turn();
	http_reply(later[0], 200, "text/plain", "patience", 8);
	turn_until(is_closed(&c));
	assert_true(has_got(&c, "patience"));
	assert_int_equal(n_gone, 0);
	client_close(&c);
	stop();
}

static void pipelined_requests_are_answered_in_order(void **state)
{
	struct client c;

	start_plain(handle);
	client_open(&c);
	client_ask(&c, "GET /later1 HTTP/1.1\r\n" HOST "\r\n" POST
		       "Content-Length: 6\r\n\r\nsecond"
		       "GET /later3 HTTP/1.1\r\n" HOST "\r\n");
	turn_until(n_later == 1);
	turn();
	assert_int_equal(http_stats(server)->requests, 1);
	http_reply(later[0], 200, "text/plain", "first.", 6);
	assert_int_equal(n_later, 2);
	http_reply(later[1], 200, "text/plain", "third.", 6);
	turn_until(has_got(&c, "third."));
	const char *first = strstr(buf_str(&c.in), "first."), *second = strstr(buf_str(&c.in), "second");
	assert_true(first && second && first < second && second < strstr(buf_str(&c.in), "third."));
	client_close(&c);
	stop();
}

static void what_is_sent_ahead_is_bounded(void **state)
{
	struct client c;
	ssize_t sent, all = 0;
	char *bytes = calloc(1, 1 << 20);

	start_plain(handle);
	client_open(&c);
	client_ask(&c, "GET /later HTTP/1.1\r\n" HOST "\r\n");
	turn_until(n_later == 1);
	for (int i = 0; i < 100; i++) {
		while ((sent = send(c.fd, bytes, 1 << 20, MSG_NOSIGNAL)) > 0)
			all += sent;
		turn();
	}
	assert_true(all < 2 << 20);
	http_reply(later[0], 200, "text/plain", "x", 1);
	turn_until(has_got(&c, "HTTP/1.1 400"));
	client_close(&c);
	free(bytes);
	stop();
}

static void a_client_that_waits_is_told_to_go_on(void **state)
{
	struct client c;

	start_plain(handle);
	client_open(&c);
	client_ask(&c, POST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
	turn_until(has_got(&c, "HTTP/1.1 100 Continue\r\n\r\n"));
	client_ask(&c, "hello");
	turn_until(has_got(&c, "\r\n\r\nhello"));
	client_close(&c);

	client_open(&c);
	client_ask(&c, POST "Expect: 100-continue\r\nContent-Length: 999999\r\n\r\n");
	turn_until(has_got(&c, "HTTP/1.1 413"));
	assert_false(has_got(&c, "100 Continue"));
	client_close(&c);
	stop();
}

/* ---- bytes of a cache */

static const char shared_bytes[300000];

static void handle_shared(void *arg, struct http_request *r)
{
	http_reply_shared(r, 200, "text/plain", shared_bytes, sizeof shared_bytes, count, &n_released);
}

static void shared_bytes_are_released_once(void **state)
{
	struct client c;

	start_plain(handle_shared);
	struct answer a = ask(&c, GET HOST "\r\n");
	assert_int_equal(a.body.len, sizeof shared_bytes);
	assert_int_equal(n_released, 1);
	done(&c, &a);

	a = ask(&c, "HEAD / HTTP/1.1\r\n" HOST "\r\n");
	assert_string_equal(field(&a, "Content-Length"), "300000");
	assert_int_equal(n_released, 2);
	done(&c, &a);

	client_open(&c);
	client_ask(&c, GET HOST "\r\n");
	turn();
	client_close(&c);
	turn_until(http_stats(server)->open == 0);
	assert_int_equal(n_released, 3);
	stop();
}

/* ---- streams */

enum { LINE = 1000 };

static struct {
	struct http_request *r;
	int lines, all;
} flow;

static void pour(void *arg)
{
	char line[LINE + 1];

	n_room++;
	for (; flow.lines < flow.all; flow.lines++) {
		if (http_stream_full(flow.r))
			return;
		snprintf(line, sizeof line, "%0*d\n", LINE - 1, flow.lines);
		if (http_stream_out(flow.r, line, LINE))
			return;
	}
	http_stream_end(flow.r);
}

static void handle_stream(void *arg, struct http_request *r)
{
	flow.r = r;
	flow.lines = 0;
	flow.all = (int)strtol(r->head->segments[0], NULL, 10);
	http_watch(r, count, pour, &n_gone);
	http_stream(r, 200, "text/plain");
	pour(NULL);
}

static void check_lines(const struct buf *body, int n)
{
	char line[LINE + 1];

	assert_int_equal(body->len, (size_t)n * LINE);
	for (int i = 0; i < n; i++) {
		snprintf(line, sizeof line, "%0*d\n", LINE - 1, i);
		assert_memory_equal(body->data + i * LINE, line, LINE);
	}
}

static void streams_short_and_long(void **state)
{
	static const struct {
		const char *text;
		int lines;
		bool chunked, length;
	} rows[] = {
		{ "GET /10 HTTP/1.1\r\n" HOST "\r\n", 10, false, true },
		{ "GET /5000 HTTP/1.1\r\n" HOST "\r\n", 5000, true, false },
		{ "GET /10 HTTP/1.0\r\n\r\n", 10, false, true },
		{ "GET /5000 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 5000, false, false },
		{ "HEAD /10 HTTP/1.1\r\n" HOST "\r\n", 0, false, true },
		{ "HEAD /5000 HTTP/1.1\r\n" HOST "\r\n", 0, true, false },
	};

	start_plain(handle_stream);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct client c;
		struct answer a = ask(&c, rows[i].text);

		assert_int_equal(field(&a, "Transfer-Encoding") != NULL, rows[i].chunked);
		assert_int_equal(field(&a, "Content-Length") != NULL, rows[i].length);
		check_lines(&a.body, rows[i].lines);
		done(&c, &a);
	}
	assert_int_equal(n_gone, 0);
	stop();
}

static void a_stream_waits_for_its_reader(void **state)
{
	struct client c;
	int stood = 0;

	start_plain(handle_stream);
	client_open(&c);
	client_ask(&c, "GET /50000 HTTP/1.1\r\n" HOST "\r\n");
	for (int i = 0; i < 20; i++) {
		turn();
		usleep(1000);
	}
	stood = flow.lines;
	assert_in_range(stood, 1, 1500); /* 128 KiB wait here, as much again is underway, the rest in the socket */
	assert_in_range(n_room, 1, 3);
	while (!is_closed(&c) && flow.lines < flow.all)
		turn();
	turn_until(has_got(&c, "\r\n0\r\n\r\n"));
	struct answer a = only_answer(&c, false);
	check_lines(&a.body, 50000);
	assert_true(n_room > 10);
	done(&c, &a);
	stop();
}

static void a_stream_may_turn_into_a_problem(void **state)
{
	struct client c;

	start_plain(handle);
	client_open(&c);
	client_ask(&c, "GET /later HTTP/1.1\r\n" HOST "\r\n");
	turn_until(n_later == 1);
	http_stream(later[0], 200, "text/csv");
	assert_int_equal(http_stream_out(later[0], "a,b\n", 4), 0);
	assert_false(http_stream_sent(later[0]));
	http_problem(later[0], 500, NULL, "it broke", NULL);
	turn_until(has_got(&c, "it broke"));
	struct answer a = only_answer(&c, false);
	assert_int_equal(a.status, 500);
	assert_string_equal(field(&a, "Content-Type"), "application/problem+json");
	done(&c, &a);
	stop();
}

static void a_broken_stream_is_seen_to_be_broken(void **state)
{
	static char bytes[100000];
	struct client c;

	start_plain(handle);
	client_open(&c);
	client_ask(&c, "GET /later HTTP/1.1\r\n" HOST "\r\n");
	turn_until(n_later == 1);
	http_stream(later[0], 200, "text/csv");
	assert_int_equal(http_stream_out(later[0], bytes, sizeof bytes), 0);
	assert_true(http_stream_sent(later[0]));
	http_cut(later[0]);
	turn_until(is_closed(&c));
	assert_false(has_got(&c, "\r\n0\r\n\r\n"));
	assert_int_equal(n_gone, 0);
	client_close(&c);
	stop();
}

/* ---- clients that go */

static struct sockaddr_in loopback(const char *address)
{
	struct sockaddr_in at = { .sin_family = AF_INET };

	at.sin_port = htons((uint16_t)strtol(strrchr(address, ':') + 1, NULL, 10));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return at;
}

static struct client *tcp_client(const char *address, struct client *c)
{
	struct sockaddr_in to = loopback(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	client_init(c, fd);
	return c;
}

/* Listens on a free port of loopback. */
static const char *listen_somewhere(void)
{
	static char address[40];
	struct sockaddr_in at = { 0 };
	socklen_t size = sizeof at;
	struct err e = { 0 };
	int fd;

	assert_int_equal(http_bind("127.0.0.1:0", &fd, &e), 0);
	getsockname(fd, (struct sockaddr *)&at, &size);
	snprintf(address, sizeof address, "127.0.0.1:%d", ntohs(at.sin_port));
	http_listen(server, fd);
	return address;
}

static void reset_client(struct client *c)
{
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
	client_close(c);
}

static void the_handler_learns_that_a_client_is_gone(void **state)
{
	struct client c;

	start_plain(handle);
	const char *address = listen_somewhere();
	client_ask(tcp_client(address, &c), "GET /later HTTP/1.1\r\n" HOST "\r\n");
	turn_until(n_later == 1);
	reset_client(&c);
	turn_until(n_gone == 1);
	assert_int_equal(http_stats(server)->open, 0);
	assert_int_equal(http_stats(server)->cut, 1);
	stop();
}

static void what_is_written_to_the_gone_is_dropped(void **state)
{
	static char bytes[1 << 20];
	struct client c;

	start_plain(handle);
	client_open(&c);
	client_ask(&c, "GET /later HTTP/1.1\r\n" HOST "\r\n");
	turn_until(n_later == 1);
	client_close(&c);
	http_stream(later[0], 200, "text/plain");
	assert_int_equal(http_stream_out(later[0], bytes, sizeof bytes), -1);
	assert_int_equal(http_stream_out(later[0], bytes, sizeof bytes), -1);
	assert_int_equal(n_gone, 0);
	turn_until(n_gone == 1);
	stop();
}

static void the_end_of_the_server_is_the_end_of_its_requests(void **state)
{
	struct client c;

	start_plain(handle);
	client_open(&c);
	client_ask(&c, "GET /later HTTP/1.1\r\n" HOST "\r\n");
	turn_until(n_later == 1);
	stop();
	assert_int_equal(n_gone, 1);
	client_close(&c);
}

/* ---- events */

static void handle_events(void *arg, struct http_request *r)
{
	keep(r);
	http_events(r, 3000);
}

static void events_arrive_as_they_are_sent(void **state)
{
	struct client c;

	start_plain(handle_events);
	client_open(&c);
	client_ask(&c, GET HOST "\r\n");
	turn_until(has_got(&c, "retry: 3000\n\n"));
	http_event(later[0], "17", "claim", "{\"a\":1}");
	http_event(later[0], "18\nx", NULL, "one\ntwo\r\n\rfour");
	turn_until(has_got(&c, "four"));
	assert_true(has_got(&c, "id: 17\nevent: claim\ndata: {\"a\":1}\n\n\r\n"));
	assert_true(has_got(&c, "id: 18\ndata: one\ndata: two\ndata: \ndata: four\n\n\r\n"));
	assert_true(has_got(&c, "\r\nContent-Type: text/event-stream\r\n"));
	http_stream_end(later[0]);
	turn_until(has_got(&c, "\r\n0\r\n\r\n"));
	struct answer a = only_answer(&c, false);
	done(&c, &a);
	assert_int_equal(n_gone, 0);
	stop();
}

static void silent_events_are_kept_open(void **state)
{
	struct http_options o = options(handle_events);
	struct client c;

	o.limits.beat_ms = 40;
	o.limits.answer_ms = 80;
	start(&o);
	client_open(&c);
	client_ask(&c, GET HOST "\r\n");
	turn_until(has_got(&c, ":\n\n\r\n3\r\n:\n\n\r\n3\r\n:\n\n"));
	client_close(&c);
	turn_until(n_gone == 1);
	stop();
}

static void a_client_that_takes_no_events_is_cut(void **state)
{
	static char data[10001];
	struct client c;
	int n = 0;

	memset(data, 'x', sizeof data - 1);
	start_plain(handle_events);
	client_open(&c);
	client_ask(&c, GET HOST "\r\n");
	turn_until(n_later == 1);
	for (; n < 1000 && !n_gone; n++) {
		http_event(later[0], NULL, NULL, data);
		turn();
	}
	assert_int_equal(n_gone, 1);
	assert_in_range(n, 25, 100);
	client_close(&c);
	stop();
}

/* ---- time */

static void an_idle_connection_is_closed(void **state)
{
	struct http_options o = options(handle);
	struct client c;

	o.limits.idle_ms = 50;
	start(&o);
	client_open(&c);
	turn_until(is_closed(&c));
	assert_int_equal(c.in.len, 0);
	client_close(&c);
	stop();
}

/* A byte now and then does not buy time: it is over so long after the first. */
static void a_trickle_does_not_buy_time(void **state)
{
	static const char *const beginnings[] = { GET HOST, POST "Content-Length: 1000\r\n\r\n", CHUNKED "100\r\n" };
	struct http_options o = options(handle);

	o.limits.request_ms = 200;
	start(&o);
	for (size_t i = 0; i < COUNT(beginnings); i++) {
		long long began = now_ms();
		struct client c;

		client_open(&c);
		client_ask(&c, beginnings[i]);
		while (!is_closed(&c) && now_ms() - began < PATIENCE_MS) {
			client_ask(&c, "x");
			usleep(10000);
		}
		assert_in_range(now_ms() - began, 150, 1000);
		assert_true(has_got(&c, "HTTP/1.1 408"));
		client_close(&c);
	}
	stop();
}

static void who_does_not_read_is_cut(void **state)
{
	struct http_options o = options(handle_stream);
	struct client c;

	o.limits.write_ms = 100;
	start(&o);
	client_open(&c);
	client_ask(&c, "GET /100000 HTTP/1.1\r\n" HOST "\r\n");
	turn_until(n_gone == 1);
	assert_int_equal(http_stats(server)->cut, 1);
	client_close(&c);
	stop();
}

static void who_reads_slowly_is_served(void **state)
{
	struct http_options o = options(handle_stream);
	static char bytes[20000];
	struct client c;

	o.limits.write_ms = 200;
	start(&o);
	client_open(&c);
	client_ask(&c, "GET /2000 HTTP/1.1\r\n" HOST "\r\n");
	for (long long began = now_ms(); now_ms() - began < 600;) {
		turn();
		assert_true(recv(c.fd, bytes, sizeof bytes, 0) != 0);
		usleep(10000);
	}
	assert_int_equal(n_gone, 0);
	client_close(&c);
	stop();
}

static void a_late_handler_is_answered_for(void **state)
{
	struct http_options o = options(handle);
	struct client c;

	o.limits.answer_ms = 50;
	start(&o);
	client_open(&c);
	client_ask(&c, "GET /later HTTP/1.1\r\n" HOST "\r\n");
	turn_until(is_closed(&c));
	assert_true(has_got(&c, "HTTP/1.1 503"));
	assert_true(has_got(&c, "Retry-After: 1"));
	assert_int_equal(n_gone, 1);
	client_close(&c);
	stop();
}

/* ---- too many */

static void open_many(const char *address, struct client *clients, int n)
{
	for (int i = 0; i < n; i++)
		tcp_client(address, &clients[i]);
}

static void close_many(struct client *clients, int n)
{
	for (int i = 0; i < n; i++)
		client_close(&clients[i]);
}

static void the_longest_idle_makes_way(void **state)
{
	struct http_options o = options(handle);
	struct client clients[5];

	o.limits.conns = 4;
	start(&o);
	const char *address = listen_somewhere();
	open_many(address, clients, 4);
	turn_until(http_stats(server)->open == 4);
	client_ask(&clients[0], "GET /later HTTP/1.1\r\n" HOST "\r\n");
	turn_until(n_later == 1);
	open_many(address, clients + 4, 1);
	turn_until(is_closed(&clients[1]));
	client_ask(&clients[4], GET HOST "\r\n");
	turn_until(has_got(&clients[4], "200 OK"));
	assert_int_equal(http_stats(server)->open, 4);
	assert_int_equal(n_gone, 0);
	close_many(clients, 5);
	stop();
}

static void at_the_cap_newcomers_wait(void **state)
{
	struct http_options o = options(handle);
	struct client clients[3];

	o.limits.conns = 2;
	start(&o);
	const char *address = listen_somewhere();
	open_many(address, clients, 2);
	client_ask(&clients[0], "GET /later HTTP/1.1\r\n" HOST "\r\n");
	client_ask(&clients[1], "GET /later HTTP/1.1\r\n" HOST "\r\n");
	turn_until(n_later == 2);
	open_many(address, clients + 2, 1);
	client_ask(&clients[2], GET HOST "\r\n");
	for (int i = 0; i < 50; i++)
		turn();
	assert_int_equal(http_stats(server)->accepted, 2);
	assert_false(has_got(&clients[2], "HTTP"));
	reset_client(&clients[0]);
	turn_until(has_got(&clients[2], "200 OK"));
	close_many(clients + 1, 2);
	stop();
}

static void one_address_does_not_take_all(void **state)
{
	struct client clients[10];

	start_plain(handle);
	const char *address = listen_somewhere();
	open_many(address, clients, 10);
	turn_until(http_stats(server)->turned_away == 2);
	turn_until(has_got(&clients[9], "HTTP/1.1 429"));
	struct answer a = only_answer(&clients[9], false);
	assert_string_equal(field(&a, "Retry-After"), "5");
	buf_release(&a.body);
	client_ask(&clients[0], GET HOST "Connection: close\r\n\r\n");
	turn_until(is_closed(&clients[0]));
	client_close(&clients[9]);
	open_many(address, clients + 9, 1);
	client_ask(&clients[9], GET HOST "\r\n");
	turn_until(has_got(&clients[9], "200 OK"));
	close_many(clients, 10);
	stop();
}

static double cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* Runs the loop as a daemon does, waiting where there is nothing to do. */
static void run_for(int ms)
{
	event_base_loopexit(base, &(struct timeval){ .tv_usec = ms * 1000 });
	event_base_dispatch(base);
}

static void without_descriptors_it_neither_spins_nor_dies(void **state)
{
	struct client clients[6];
	struct rlimit old, few;

	start_plain(handle);
	const char *address = listen_somewhere();
	open_many(address, clients, 6);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = (struct rlimit){ .rlim_cur = (rlim_t)clients[5].fd + 1, .rlim_max = old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	double before = cpu_seconds();
	run_for(500);
	assert_true(cpu_seconds() - before < 0.1);
	assert_int_equal(http_stats(server)->accepted, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	client_ask(&clients[5], GET HOST "\r\n");
	turn_until(has_got(&clients[5], "200 OK"));
	close_many(clients, 6);
	stop();
}

/* ---- the end in peace */

static void draining_finishes_what_was_begun(void **state)
{
	struct client idle, busy;

	start_plain(handle);
	client_open(&idle);
	client_open(&busy);
	client_ask(&busy, "GET /later HTTP/1.1\r\n" HOST "\r\n");
	turn_until(n_later == 1);
	http_drain(server, count, &n_drained);
	turn_until(is_closed(&idle));
	assert_int_equal(n_drained, 0);
	http_reply(later[0], 200, "text/plain", "done", 4);
	turn_until(n_drained == 1);
	turn_until(is_closed(&busy));
	assert_true(has_got(&busy, "Connection: close\r\n"));
	assert_true(has_got(&busy, "done"));
	client_close(&idle);
	client_close(&busy);
	stop();
	assert_int_equal(n_drained, 1);
}

static void draining_ends_events(void **state)
{
	struct client c;

	start_plain(handle_events);
	client_open(&c);
	client_ask(&c, GET HOST "\r\n");
	turn_until(n_later == 1);
	http_drain(server, count, &n_drained);
	turn_until(is_closed(&c));
	assert_true(has_got(&c, "\r\n0\r\n\r\n"));
	turn_until(n_drained == 1);
	assert_int_equal(n_gone, 1);
	client_close(&c);
	stop();
}

static void nobody_gets_in_while_it_drains(void **state)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	start_plain(handle);
	struct sockaddr_in to = loopback(listen_somewhere());
	http_drain(server, count, &n_drained);
	turn_until(n_drained == 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), -1);
	close(fd);
	stop();
}

/* ---- where to listen */

static void addresses(void **state)
{
	static const struct {
		const char *address;
		enum err_kind kind;
	} rows[] = {
		{ "127.0.0.1:0", ERR_NONE },
		{ "[::1]:0", ERR_NONE },
		{ "localhost:0", ERR_NONE },
		{ "8377", ERR_CONFIG },
		{ ":8377", ERR_CONFIG },
		{ "127.0.0.1:", ERR_CONFIG },
		{ "127.0.0.1:http", ERR_CONFIG },
		{ "192.0.2.1:0", ERR_NET },
		{ "/nowhere/socket", ERR_NET },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err e = { 0 };
		int fd;
		int rc = http_bind(rows[i].address, &fd, &e);

		if (e.kind != rows[i].kind)
			fail_msg("%s: %s", rows[i].address, e.text);
		if (!rc)
			close(fd);
	}
}

static int connect_unix(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

/* ---- several who accept from one socket */

static bool leaves;
static unsigned told_open;

static bool leave(void *arg)
{
	return leaves;
}

static void tell_open(void *arg, unsigned open)
{
	told_open = open;
}

static void ask_once(const char *address)
{
	struct client c;

	client_ask(tcp_client(address, &c), GET HOST "\r\n");
	turn_until(has_got(&c, "200 OK"));
	assert_int_equal(told_open, 1);
	client_close(&c);
	turn_until(told_open == 0);
}

static void connections_are_left_to_others_for_a_moment(void **state)
{
	struct http_options o = options(handle);
	const char *address;

	o.leaves = leave;
	o.opened = tell_open;
	start(&o);
	address = listen_somewhere();
	ask_once(address);
	leaves = true;
	long long began = now_ms();
	ask_once(address); /* nobody else is there */
	assert_true(now_ms() - began >= 50);
	began = now_ms();
	for (int i = 0; i < 5; i++)
		ask_once(address); /* which is not waited for each time */
	assert_true(now_ms() - began < 5 * 50);
	leaves = false;
	stop();
}

static void unix_sockets(void **state)
{
	char path[] = "/tmp/aimarket-test-http.XXXXXX", name[60];
	struct err e = { 0 };
	struct client c;
	int first, second;

	assert_non_null(mkdtemp(path));
	snprintf(name, sizeof name, "%s/socket", path);
	assert_int_equal(http_bind(name, &first, &e), 0);
	assert_int_equal(http_bind(name, &second, &e), -1);
	assert_int_equal(e.kind, ERR_NET);
	err_clear(&e);
	close(first);
	assert_int_equal(http_bind(name, &second, &e), 0);
	start_plain(handle);
	http_listen(server, second);
	client_init(&c, connect_unix(name));
	client_ask(&c, GET HOST "\r\n");
	turn_until(has_got(&c, "200 OK"));
	client_close(&c);
	stop();
	unlink(name);
	rmdir(path);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(malformed_requests_are_refused_once),
		cmocka_unit_test(proper_requests_are_served),
		cmocka_unit_test(bytes_may_come_one_by_one),
		cmocka_unit_test(an_answer_has_what_it_should),
		cmocka_unit_test(headers_cannot_be_injected),
		cmocka_unit_test(answers_without_a_body),
		cmocka_unit_test(a_problem_is_json),
		cmocka_unit_test(a_client_may_ask_and_fall_silent),
		cmocka_unit_test(pipelined_requests_are_answered_in_order),
		cmocka_unit_test(what_is_sent_ahead_is_bounded),
		cmocka_unit_test(a_client_that_waits_is_told_to_go_on),
		cmocka_unit_test(shared_bytes_are_released_once),
		cmocka_unit_test(streams_short_and_long),
		cmocka_unit_test(a_stream_waits_for_its_reader),
		cmocka_unit_test(a_stream_may_turn_into_a_problem),
		cmocka_unit_test(a_broken_stream_is_seen_to_be_broken),
		cmocka_unit_test(the_handler_learns_that_a_client_is_gone),
		cmocka_unit_test(what_is_written_to_the_gone_is_dropped),
		cmocka_unit_test(the_end_of_the_server_is_the_end_of_its_requests),
		cmocka_unit_test(events_arrive_as_they_are_sent),
		cmocka_unit_test(silent_events_are_kept_open),
		cmocka_unit_test(a_client_that_takes_no_events_is_cut),
		cmocka_unit_test(an_idle_connection_is_closed),
		cmocka_unit_test(a_trickle_does_not_buy_time),
		cmocka_unit_test(who_does_not_read_is_cut),
		cmocka_unit_test(who_reads_slowly_is_served),
		cmocka_unit_test(a_late_handler_is_answered_for),
		cmocka_unit_test(the_longest_idle_makes_way),
		cmocka_unit_test(at_the_cap_newcomers_wait),
		cmocka_unit_test(one_address_does_not_take_all),
		cmocka_unit_test(without_descriptors_it_neither_spins_nor_dies),
		cmocka_unit_test(draining_finishes_what_was_begun),
		cmocka_unit_test(draining_ends_events),
		cmocka_unit_test(nobody_gets_in_while_it_drains),
		cmocka_unit_test(addresses),
		cmocka_unit_test(unix_sockets),
		cmocka_unit_test(connections_are_left_to_others_for_a_moment),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
