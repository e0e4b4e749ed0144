#include "unit.h"

#include "aimarket/httpchunk.h"
#include "aimarket/httphead.h"
#include "http_shapes.h"

static const struct http_head_limits limits = {
	.bytes = SHAPE_HEAD_MAX, .target = SHAPE_URI_MAX, .fields = SHAPE_HEADERS_MAX, .params = SHAPE_PARAMS_MAX
};

/* What a server holds of one connection: the bytes that came and were not taken yet. */
struct wire {
	struct buf in;
	struct arena *mem;
	struct http_head_reader head;
	struct http_chunk_reader chunks;
	struct buf body;
	bool in_body;
	int answers;
	bool closed;
};

static void wire_open(struct wire *w)
{
	*w = (struct wire){ .mem = arena_new() };
	buf_init(&w->in, 1 << 20);
	buf_init(&w->body, SHAPE_BODY_MAX);
	http_head_begin(&w->head, &limits, w->mem);
}

static void wire_close(struct wire *w)
{
	buf_release(&w->in);
	buf_release(&w->body);
	arena_free(w->mem);
}

static void drop_front(struct buf *b, size_t n)
{
	struct buf rest;

	buf_init(&rest, b->max);
	buf_add(&rest, buf_str(b) + n, b->len - n);
	buf_release(b);
	*b = rest;
}

static int read_body(struct wire *w, size_t *used)
{
	if (w->head.head.chunked)
		return http_chunk_read(&w->chunks, buf_str(&w->in), w->in.len, used, &w->body);
	size_t want = (size_t)w->head.head.length - w->body.len;
	*used = w->in.len < want ? w->in.len : want;
	buf_add(&w->body, buf_str(&w->in), *used);
	return *used == want ? HTTP_DONE : HTTP_MORE;
}

/* What comes next out of the bytes that are there; only answers and refusals end in something else than HTTP_MORE. */
static int read_next(struct wire *w)
{
	size_t used;
	int rc;

	if (!w->in_body) {
		rc = http_head_read(&w->head, buf_str(&w->in), w->in.len, &used);
		drop_front(&w->in, used);
		if (rc != HTTP_DONE)
			return rc;
		if (w->head.head.length > SHAPE_BODY_MAX)
			return 413;
		w->in_body = true;
		http_chunk_begin(&w->chunks);
	}
	rc = read_body(w, &used);
	drop_front(&w->in, used);
	return rc;
}

/* The status that refuses what came, 0 while nothing is wrong. */
static int feed(struct wire *w, const char *data, size_t n)
{
	int rc;

	buf_add(&w->in, data, n);
	while (!w->closed && (rc = read_next(w)) != HTTP_MORE) {
		w->answers++;
		if (rc != HTTP_DONE)
			return rc;
		w->closed = !w->head.head.keep;
		w->in_body = false;
		buf_reset(&w->body);
		http_head_begin(&w->head, &limits, w->mem);
	}
	return 0;
}

static int feed_in_steps(const struct http_shape *s, size_t step, int *answers)
{
	struct wire w;
	int status = 0;

	wire_open(&w);
	for (size_t at = 0; at < s->n && !status; at += step)
		status = feed(&w, s->bytes + at, s->n - at < step ? s->n - at : step);
	*answers = w.answers;
	wire_close(&w);
	return status;
}

/* What the parser is to say of a shape: which host is ours is the server's to know, and that time is over. */
static int expected(const struct http_shape *s)
{
	return s->status == 421 || s->status == 408 ? 0 : s->status;
}

static const size_t steps[] = { 100000, 1, 2, 7 };

static void every_bad_shape_is_refused(void **state)
{
	for (size_t i = 0; i < COUNT(bad_shapes); i++) {
		for (size_t k = 0; k < COUNT(steps); k++) {
			int answers, status = feed_in_steps(&bad_shapes[i], steps[k], &answers);

			if (status != expected(&bad_shapes[i]) || answers > 1)
				fail_msg("%s, %zu bytes at a time: %d after %d", bad_shapes[i].name, steps[k], status, answers);
		}
	}
}

static void every_good_shape_is_taken(void **state)
{
	for (size_t i = 0; i < COUNT(good_shapes); i++) {
		for (size_t k = 0; k < COUNT(steps); k++) {
			int answers, status = feed_in_steps(&good_shapes[i], steps[k], &answers);

			if (status || answers != good_shapes[i].answers)
				fail_msg("%s, %zu bytes at a time: %d, %d answers", good_shapes[i].name, steps[k], status, answers);
		}
	}
}

/* One head read from a text; the caller frees mem. */
static struct http_head read_head(struct arena *mem, const char *text)
{
	struct http_head_reader r;
	size_t used;

	http_head_begin(&r, &limits, mem);
	assert_int_equal(http_head_read(&r, text, strlen(text), &used), HTTP_DONE);
	assert_int_equal(used, strlen(text));
	return r.head;
}

static void a_target_is_taken_apart(void **state)
{
	struct arena *mem = arena_new();
	struct http_head h = read_head(mem, "GET /v1/a%2Fb/?type=a%26b+c&x&=y&&z=1=2%0A HTTP/1.1\r\n" HOST "\r\n");

	assert_int_equal(h.method, HTTP_GET);
	assert_int_equal(h.minor, 1);
	assert_string_equal(h.target, "/v1/a%2Fb/?type=a%26b+c&x&=y&&z=1=2%0A");
	assert_string_equal(h.path, "/v1/a%2Fb/");
	assert_string_equal(h.query, "type=a%26b+c&x&=y&&z=1=2%0A");
	assert_int_equal(h.n_segments, 3);
	assert_string_equal(h.segments[0], "v1");
	assert_string_equal(h.segments[1], "a/b");
	assert_string_equal(h.segments[2], "");
	static const char *const params[][2] = { { "type", "a&b c" }, { "x", "" }, { "", "y" }, { "z", "1=2\n" } };
	assert_int_equal(h.n_params, COUNT(params));
	for (size_t i = 0; i < COUNT(params); i++) {
		assert_string_equal(h.params[i].name, params[i][0]);
		assert_string_equal(h.params[i].value, params[i][1]);
	}
	arena_free(mem);
}

static void the_shortest_target(void **state)
{
	struct arena *mem = arena_new();
	struct http_head h = read_head(mem, "GET http://Localhost:80?a HTTP/1.1\r\nHost: localhost:80\r\n\r\n");

	assert_string_equal(h.target, "/?a");
	assert_string_equal(h.path, "/");
	assert_int_equal(h.n_segments, 1);
	assert_string_equal(h.segments[0], "");
	assert_int_equal(h.n_params, 1);
	h = read_head(mem, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n");
	assert_string_equal(h.target, "*");
	assert_int_equal(h.n_segments, 0);
	assert_int_equal(h.n_params, 0);
	arena_free(mem);
}

static void headers_are_found(void **state)
{
	struct arena *mem = arena_new();
	struct http_head h = read_head(mem, GET HOST "Accept: \t text/csv\t \r\nX-Empty:\r\nACCEPT:a;q=0.1\r\n\r\n");

	assert_int_equal(h.n_fields, 4);
	assert_string_equal(h.fields[0].name, "host");
	assert_string_equal(http_head_field(&h, "accept", mem), "text/csv, a;q=0.1");
	assert_string_equal(http_head_field(&h, "x-empty", mem), "");
	assert_null(http_head_field(&h, "cookie", mem));
	arena_free(mem);
}

static void hosts(void **state)
{
	static const struct {
		const char *text, *host;
		bool address;
	} rows[] = {
		{ "Data.Example.org:8377", "data.example.org", false },
		{ "127.0.0.1", "127.0.0.1", true },
		{ "127.1", "127.1", false },
		{ "[::FFFF:1]:80", "::ffff:1", true },
	};
	struct arena *mem = arena_new();

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct http_head h = read_head(mem, arena_printf(mem, "%sHost: %s\r\n\r\n", GET, rows[i].text));

		assert_string_equal(h.authority, rows[i].text);
		assert_string_equal(h.host, rows[i].host);
		assert_int_equal(h.host_is_address, rows[i].address);
	}
	arena_free(mem);
}

static void how_long_a_connection_is_kept(void **state)
{
	static const struct {
		const char *head;
		bool keep;
	} rows[] = {
		{ "GET / HTTP/1.1\r\n" HOST "\r\n", true },
		{ "GET / HTTP/1.1\r\n" HOST "Connection: keep-alive\r\nConnection: CLOSE\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\n" HOST "Connection: closed\r\n\r\n", true },
		{ "GET / HTTP/1.0\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
	};
	struct arena *mem = arena_new();

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(read_head(mem, rows[i].head).keep, rows[i].keep);
	arena_free(mem);
}

static void bodies(void **state)
{
	struct arena *mem = arena_new();
	struct http_head h = read_head(mem, POST "Content-Length: 0012\r\nExpect: 100-Continue\r\n\r\n");

	assert_int_equal(h.length, 12);
	assert_false(h.chunked);
	assert_true(h.continues);
	h = read_head(mem, POST "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n");
	assert_false(h.continues);
	h = read_head(mem, CHUNKED);
	assert_true(h.chunked);
	assert_int_equal(h.length, 0);
	arena_free(mem);
}

static void chunks_are_put_together(void **state)
{
	static const char text[] = "3\r\nabc\r\n0A;x;y=\"\\\"\"\r\n0123\r\n6789\r\n0\r\nX: y\r\n\r\nGET";
	struct http_chunk_reader r;
	struct buf body;
	size_t used;

	buf_init(&body, 13);
	http_chunk_begin(&r);
	assert_int_equal(http_chunk_read(&r, text, sizeof text - 1, &used, &body), HTTP_DONE);
	assert_string_equal(text + used, "GET");
	assert_string_equal(buf_str(&body), "abc0123\r\n6789");
	buf_release(&body);

	buf_init(&body, 12);
	http_chunk_begin(&r);
	assert_int_equal(http_chunk_read(&r, text, sizeof text - 1, &used, &body), 413);
	assert_string_equal(buf_str(&body), "abc");
	buf_release(&body);
}

static void lists(void **state)
{
	assert_true(http_list_has("a, Close", "close"));
	assert_true(http_list_has("close", "close"));
	assert_true(http_list_has(" ,,close ,", "close"));
	assert_false(http_list_has("closed, not-close", "close"));
	assert_false(http_list_has("", "close"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bad_shape_is_refused),
		cmocka_unit_test(every_good_shape_is_taken),
		cmocka_unit_test(a_target_is_taken_apart),
		cmocka_unit_test(the_shortest_target),
		cmocka_unit_test(headers_are_found),
		cmocka_unit_test(hosts),
		cmocka_unit_test(how_long_a_connection_is_kept),
		cmocka_unit_test(bodies),
		cmocka_unit_test(chunks_are_put_together),
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests_name("httphead", tests, NULL, NULL);
}
