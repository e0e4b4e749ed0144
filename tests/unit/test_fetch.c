/* Fetches from tests/httpd over loopback. */
#include "unit.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <zstd.h>

#include "aimarket/arena.h"
#include "aimarket/fetch.h"

/* The cases' rules; see tests/httpd/httpd.c for the words. */
static const char rules[] = "/ok body=\"hello {n}\" header=\"Content-Type: text/plain\"\n"
                            "/etag body=x etag=\"W/\\\"v 1\\\"\" modified=\"Mon, 02 Nov 2026 10:00:00 GMT\" \n"
                            "/modified body=x modified=\"Mon, 2 Nov 2026 10:00:00 GMT, as we write it\"\n"
                            "/changing times=1 body=one etag=\"\\\"1\\\"\"\n"
                            "/changing body=two etag=\"\\\"2\\\"\"\n"
                            "/304 status=304\n"
                            "/empty\n"
                            "/204 status=204\n"
                            "/206 status=206 body=part\n"
                            "/slow delay=300 body=late\n"
                            "/hang delay=20000 body=late\n"
                            "/drip drip=5 body=\"byte by byte\"\n"
                            "/crawl drip=400 body=\"so slow that it is given up\"\n"
                            "/cut size=10000 cut=4000 etag=\"\\\"cut\\\"\"\n"
                            "/cut-chunks size=10000 cut=4000 chunked etag=\"\\\"cut\\\"\"\n"
                            "/cut-gzip size=400000 gzip cut=300 etag=\"\\\"cut\\\"\"\n"
                            "/short-gzip size=400000 gzip cut=300 length=none etag=\"\\\"cut\\\"\"\n"
                            "/long-claim size=100 length=200\n"
                            "/short-claim size=200 length=100\n"
                            "/open-end size=300 length=none etag=\"\\\"open\\\"\"\n"
                            "/chunked size=30000 chunked etag=\"\\\"c\\\"\"\n"
                            "/gzip size=30000 gzip\n"
                            "/bomb bomb=200000000\n"
                            "/bomb-chunked bomb=200000000 chunked\n"
                            "/hollow hollow=3000000\n"
                            "/large size=2000000\n"
                            "/large-chunked size=2000000 chunked\n"
                            "/large-error status=500 size=3000000\n"
                            "/429 status=429 retry=120\n"
                            "/429-past status=429 retry-date=-300000000\n"
                            "/429-date status=429 retry-date=90\n"
                            "/429-never status=429 retry=99999999\n"
                            "/429-junk status=429 header=\"Retry-After: soon\"\n"
                            "/503 status=503\n"
                            "/500 status=500 body=sorry\n"
                            "/404 status=404\n"
                            "/410 status=410\n"
                            "/401 status=401\n"
                            "/403 status=403 body=no\n"
                            "/block-1 status=403 gzip body=\"<title>SEC.gov | Request Rate Threshold Exceeded</title>\"\n"
                            "/block-2 status=403 body=\"until action is taken to declare your traffic.\"\n"
                            "/block-3 status=403 body=\"<h1>Your Request Originates from an Undeclared Automated Tool</h1>\"\n"
                            "/to-ok status=302 location=/ok\n"
                            "/moved status=301 location=/moved-too\n"
                            "/moved-too status=308 location=/to-ok\n"
                            "/circle-a status=302 location=/circle-b\n"
                            "/circle-b status=302 location=/circle-a\n"
                            "/self status=302 location=/self\n"
                            "/far-1 status=302 location=/far-2\n/far-2 status=302 location=/far-3\n/far-3 status=302 "
                            "location=/far-4\n/far-4 status=302 location=/far-5\n"
                            "/far-5 status=302 location=/far-6\n/far-6 status=302 location=/ok\n"
                            "/nowhere status=302\n"
                            "/to-other-port status=302 location=http://127.0.0.1:1/\n"
                            "/to-localhost status=302 location=http://localhost:{port}/ok\n"
                            "/to-private status=302 location=http://169.254.169.254/latest/meta-data/\n"
                            "/to-mapped status=302 location=http://[::ffff:127.0.0.1]:{port}/ok\n"
                            "/to-file status=302 location=file:///etc/hostname\n"
                            "/to-user status=302 location=http://user:pw@127.0.0.1:{port}/ok\n"
                            "/to-name status=302 location=http://rebound.example:{port}/ok\n"
                            "/to-sec status=302 location=http://www.sec.gov:{port}/ok\n"
                            "/to-http status=301 location=http://127.0.0.1:{port}/ok\n"
                            "/echo echo\n"
                            "/to-echo status=302 location=http://aimarket.example:{port}/echo\n"
                            "http://aimarket.example* echo\n"
                            "/to-own-echo status=302 location=/echo\n"
                            "/links body=x header=\"Link: </p2>; rel=next\" header=\"Link: </p9>; rel=last\"\n"
                            "/drop drop\n"
                            "/reset reset\n"
                            "/bad-status raw=\"HTTP/1.1 twohundred\\r\\n\\r\\n\"\n"
                            "/http-09 raw=\"hello\"\n"
                            "/bad-chunk raw=\"HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nzz\\r\\nhello\"\n"
                            "/bad-gzip raw=\"HTTP/1.1 200 OK\\r\\nContent-Encoding: gzip\\r\\nContent-Length: 5\\r\\n\\r\\nhello\"\n"
                            "/odd-coding raw=\"HTTP/1.1 200 OK\\r\\nContent-Encoding: lzma\\r\\nContent-Length: 5\\r\\n\\r\\nhello\"\n"
                            "/two-lengths raw=\"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\nContent-Length: 3\\r\\n\\r\\nhello\"\n"
                            "/many-*  size=20000\n";

struct server {
	pid_t pid;
	int port;
	char cert[PATH_MAX];
};
static struct server plain, tls;
static char folder[] = "/tmp/aimarket-test-fetch-XXXXXX";
static struct arena *mem;
static struct fetcher *fetcher;

static const char *beside(const char *path)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	assert_true(n > 0);
	self[n] = '\0';
	return arena_printf(mem, "%s/%s", dirname(self), path);
}

static const char *write_file(const char *name, const char *text)
{
	const char *path = arena_printf(mem, "%s/%s", folder, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return path;
}

static void write_zstd(const char *path)
{
	static char text[100000];
	static char out[ZSTD_COMPRESSBOUND(sizeof text)];
	FILE *f = fopen(path, "w");

	assert_int_equal(fwrite(out, 1, ZSTD_compress(out, sizeof out, text, sizeof text, 3), f) > 0, 1);
	fclose(f);
}

static void start_server(struct server *s, const char *script, bool with_tls)
{
	const char *program = beside("../tests/httpd");
	char line[16] = "";
	int out[2];

	snprintf(s->cert, sizeof s->cert, "%s/cert.pem", folder);
	assert_int_equal(pipe(out), 0);
	s->pid = fork();
	if (s->pid == 0) {
		dup2(out[1], 1);
		close(out[0]);
		execl(program, program, "-s", script, with_tls ? "-t" : NULL, s->cert, NULL);
		_exit(127);
	}
	close(out[1]);
	assert_true(read(out[0], line, sizeof line - 1) > 0);
	close(out[0]);
	s->port = (int)strtol(line, NULL, 10);
}

static void stop_server(const struct server *s)
{
	kill(s->pid, SIGTERM);
	waitpid(s->pid, NULL, 0);
}

static const char *url(const char *path)
{
	return arena_printf(mem, "http://127.0.0.1:%d%s", plain.port, path);
}

static const char *tls_url(const char *path)
{
	return arena_printf(mem, "https://localhost:%d%s", tls.port, path);
}

static struct fetcher *make(const struct fetch_options *o)
{
	struct fetcher *f;
	struct err e = { 0 };

	if (fetcher_new(o, &f, &e))
		fail_msg("%s", e.text);
	return f;
}

static int begin(void **state)
{
	mem = arena_new();
	assert_non_null(mkdtemp(folder));
	const char *packed = write_file("zstd", "");
	write_zstd(packed);
	const char *more = arena_printf(mem, "/zstd file=%s header=\"Content-Encoding: zstd\"\n", packed);
	const char *script = write_file("rules", arena_printf(mem, "%s%s", rules, more));
	start_server(&plain, script, false);
	start_server(&tls, script, true);
	const char *const resolve[] = { arena_printf(mem, "rebound.example:%d:127.0.0.1", plain.port),
		arena_printf(mem, "aimarket.example:%d:127.0.0.1", plain.port), arena_printf(mem, "www.sec.gov:%d:127.0.0.1", plain.port),
		NULL };
	fetcher = make(&(struct fetch_options){ .ca_file = tls.cert, .resolve = resolve, .user_agent = "aimarket-test" });
	return 0;
}

static int end(void **state)
{
	fetcher_free(fetcher);
	stop_server(&plain);
	stop_server(&tls);
	unlink(arena_printf(mem, "%s/rules", folder));
	unlink(arena_printf(mem, "%s/zstd", folder));
	unlink(arena_printf(mem, "%s/secret", folder));
	unlink(tls.cert);
	rmdir(folder);
	arena_free(mem);
	return 0;
}

/* One fetch from our own server, which is private; the result lives until the next. */
static struct fetch_result *last;
static struct fetch_result *get(struct fetch_request rq)
{
	fetch_result_free(last);
	last = fetch_one(fetcher, &rq);
	return last;
}
#define GET(path, ...) get((struct fetch_request){ .url = url(path), .allow_private = true, __VA_ARGS__ })

static void expect(const struct fetch_result *r, enum fetch_outcome want, const char *words)
{
	if (r->outcome != want)
		fail_msg("%s: %s (%s), not %s", r->url, fetch_outcomes[r->outcome].name, r->why.text, fetch_outcomes[want].name);
	assert_int_equal(r->why.kind, fetch_outcomes[want].kind);
	if (words && !strstr(r->why.text, words))
		fail_msg("%s: \"%s\" does not say \"%s\"", r->url, r->why.text, words);
	if (want != FETCH_OK) {
		assert_int_equal(r->len, 0);
		assert_null(r->etag);
		assert_null(r->last_modified);
	}
}

/* ---- bodies */

static void a_body(void **state)
{
	struct fetch_result *r = GET("/ok", .arg = &plain);

	expect(r, FETCH_OK, NULL);
	assert_int_equal(r->status, 200);
	assert_int_equal(r->len, 7);
	assert_memory_equal(r->data, "hello ", 6);
	assert_string_equal(r->media, "text/plain");
	assert_string_equal(r->url, url("/ok"));
	assert_int_equal(r->n_chain, 1);
	assert_int_equal(r->wire, 7);
	assert_int_equal(r->body, 7);
	assert_int_equal(r->http, 11);
	assert_true(r->times.total > 0 && r->times.first_byte > 0);
	assert_null(r->moved);
	assert_ptr_equal(r->arg, &plain);
	expect(GET("/empty"), FETCH_OK, NULL);
	assert_int_equal(last->len, 0);
}

static void packed_bodies_are_unpacked(void **state)
{
	struct fetch_result *r = GET("/gzip");

	expect(r, FETCH_OK, NULL);
	assert_int_equal(r->len, 30000);
	assert_int_equal(r->body, 30000);
	assert_true(r->wire > 0 && r->wire < 1000);
	expect(GET("/zstd"), FETCH_OK, NULL);
	assert_int_equal(last->len, 100000);
	expect(GET("/chunked"), FETCH_OK, NULL);
	assert_int_equal(last->len, 30000);
	assert_string_equal(last->etag, "\"c\"");
	expect(GET("/drip"), FETCH_OK, NULL);
	assert_memory_equal(last->data, "byte by byte", 12);
}

static void large_bodies_go_to_a_file(void **state)
{
	struct fetch_limits limits = fetch_limits_default;

	limits.memory = 1000;
	struct fetch_result *r = GET("/large", .limits = &limits);
	expect(r, FETCH_OK, NULL);
	assert_int_equal(r->len, 2000000);
	assert_memory_equal(r->data + (size_t)64 * 31000, "The quick brown fox", 19);
}

static void validators_come_and_go_as_received(void **state)
{
	struct fetch_result *r = GET("/etag");
	const char *etag, *modified;

	expect(r, FETCH_OK, NULL);
	assert_string_equal(r->etag, "W/\"v 1\"");
	assert_string_equal(r->last_modified, "Mon, 02 Nov 2026 10:00:00 GMT");
	etag = arena_strdup(mem, r->etag);
	modified = arena_strdup(mem, r->last_modified);
	expect(GET("/etag", .etag = etag, .last_modified = modified), FETCH_SAME, NULL);
	assert_int_equal(last->status, 304);
	expect(GET("/etag", .etag = "W/\"v 2\""), FETCH_OK, NULL);
	expect(GET("/etag", .etag = ""), FETCH_OK, NULL);
	modified = arena_strdup(mem, GET("/modified")->last_modified);
	assert_string_equal(modified, "Mon, 2 Nov 2026 10:00:00 GMT, as we write it");
	expect(GET("/modified", .last_modified = modified), FETCH_SAME, NULL);
}

static void content_that_changes_comes_anew(void **state)
{
	const char *etag = arena_strdup(mem, GET("/changing")->etag);

	assert_memory_equal(last->data, "one", 3);
	expect(GET("/changing", .etag = etag), FETCH_OK, NULL);
	assert_memory_equal(last->data, "two", 3);
	etag = arena_strdup(mem, last->etag);
	expect(GET("/changing", .etag = etag), FETCH_SAME, NULL);
}

static void a_304_nobody_asked_for_is_no_answer(void **state)
{
	expect(GET("/304"), FETCH_STATUS, "304");
}

static void no_validator_without_an_announced_end(void **state)
{
	struct fetch_result *r = GET("/open-end");

	expect(r, FETCH_OK, NULL);
	assert_int_equal(r->len, 300);
	assert_null(r->etag);
}

static void cut_bodies_are_errors(void **state)
{
	expect(GET("/cut"), FETCH_CUT, "remaining");
	expect(GET("/cut-chunks"), FETCH_CUT, NULL);
	expect(GET("/cut-gzip"), FETCH_CUT, NULL);
	expect(GET("/long-claim"), FETCH_CUT, NULL);
	expect(GET("/short-gzip"), FETCH_CUT, NULL);
	expect(GET("/bad-gzip"), FETCH_CUT, NULL);
	expect(GET("/odd-coding"), FETCH_CUT, NULL);
	expect(GET("/206"), FETCH_STATUS, "206");
	expect(GET("/204"), FETCH_STATUS, "204");
}

static void a_body_longer_than_it_says_ends_where_it_says(void **state)
{
	expect(GET("/short-claim"), FETCH_OK, NULL);
	assert_int_equal(last->len, 100);
	GET("/ok"); /* the rest may spoil the next answer on this connection, but is not taken for it */
	if (last->outcome == FETCH_OK)
		assert_memory_equal(last->data, "hello", 5);
	else
		expect(last, FETCH_DOWN, NULL);
}

/* ---- limits */

static void bombs_do_not_go_off(void **state)
{
	struct fetch_limits limits = fetch_limits_default;

	expect(GET("/bomb"), FETCH_TOO_LARGE, "limit ratio = 200");
	assert_true(last->body <= 4 << 20);
	limits.ratio = 100000;
	limits.body = 1000000;
	expect(GET("/bomb", .limits = &limits), FETCH_TOO_LARGE, "limit body = 1000000");
	assert_true(last->body <= 1000000);
	expect(GET("/bomb-chunked", .limits = &limits), FETCH_TOO_LARGE, "limit body");
	assert_true(last->body <= 1000000);
}

static void sizes_on_the_wire_are_held(void **state)
{
	struct fetch_limits limits = fetch_limits_default;

	limits.wire = 1000000;
	expect(GET("/large", .limits = &limits), FETCH_TOO_LARGE, NULL);
	expect(GET("/large-chunked", .limits = &limits), FETCH_TOO_LARGE, "limit wire");
	expect(GET("/hollow", .limits = &limits), FETCH_TOO_LARGE, NULL);
	limits.wire = 2000000;
	expect(GET("/large-chunked", .limits = &limits), FETCH_OK, NULL);
	expect(GET("/large-error", .limits = &limits), FETCH_TOO_LARGE, NULL);
	expect(GET("/large-error"), FETCH_STATUS, "500");
}

static void what_hangs_is_given_up(void **state)
{
	struct fetch_limits limits = fetch_limits_default;

	limits.total_ms = 500;
	expect(GET("/hang", .limits = &limits), FETCH_DOWN, NULL);
	assert_true(last->times.total >= 450000 && last->times.total < 3000000);
	expect(GET("/slow"), FETCH_OK, NULL);
	limits = fetch_limits_default;
	limits.low_speed_s = 1;
	expect(GET("/crawl", .limits = &limits), FETCH_DOWN, NULL);
}

/* ---- answers that bring nothing */

static void statuses(void **state)
{
	expect(GET("/404"), FETCH_MISSING, "404");
	expect(GET("/410"), FETCH_MISSING, "410");
	expect(GET("/401"), FETCH_DENIED, "401");
	expect(GET("/403"), FETCH_DENIED, "403");
	expect(GET("/500"), FETCH_STATUS, "500");
	expect(GET("/nothing-here"), FETCH_MISSING, NULL);
}

static void retry_after(void **state)
{
	expect(GET("/429"), FETCH_BUSY, "429");
	assert_int_equal(last->retry_after, 120);
	expect(GET("/429-past"), FETCH_BUSY, NULL);
	assert_int_equal(last->retry_after, 1);
	expect(GET("/429-date"), FETCH_BUSY, NULL);
	assert_int_equal(last->retry_after, 90);
	expect(GET("/429-never"), FETCH_BUSY, NULL);
	assert_int_equal(last->retry_after, 3600);
	expect(GET("/429-junk"), FETCH_BUSY, NULL);
	assert_int_equal(last->retry_after, 0);
	expect(GET("/503"), FETCH_BUSY, "503");
	assert_int_equal(last->retry_after, 0);
}

static void edgar_blocks_stop_the_host(void **state)
{
	static const char *const paths[] = { "/block-1", "/block-2", "/block-3" };

	for (size_t i = 0; i < COUNT(paths); i++) {
		expect(GET(paths[i]), FETCH_BLOCKED, "its page says");
		assert_int_equal(last->retry_after, 600);
	}
	assert_true(fetch_outcomes[FETCH_BLOCKED].whole_host);
}

static void no_http(void **state)
{
	static const char *const paths[] = { "/drop", "/reset", "/bad-status", "/http-09", "/bad-chunk" };

	for (size_t i = 0; i < COUNT(paths); i++)
		expect(GET(paths[i]), FETCH_DOWN, NULL);
	expect(get((struct fetch_request){ .url = "http://127.0.0.1:1/", .allow_private = true }), FETCH_DOWN, NULL);
	expect(GET("/two-lengths"), FETCH_CUT, "one length");
}

/* ---- redirects */

static void redirects_are_followed(void **state)
{
	struct fetch_result *r = GET("/to-ok");

	expect(r, FETCH_OK, NULL);
	assert_string_equal(r->url, url("/ok"));
	assert_string_equal(r->chain[0], url("/to-ok"));
	assert_int_equal(r->n_chain, 2);
	assert_null(r->moved);
	expect(GET("/far-2"), FETCH_OK, NULL);
	assert_int_equal(last->n_chain, 6);
}

static void moves_for_good_are_reported(void **state)
{
	struct fetch_result *r = GET("/moved");

	expect(r, FETCH_OK, NULL);
	assert_int_equal(r->n_chain, 4);
	assert_string_equal(r->moved, url("/to-ok")); /* the last step is not for good */
	assert_string_equal(r->url, url("/ok"));
}

static void redirects_end(void **state)
{
	expect(GET("/circle-a"), FETCH_REFUSED, "circle");
	expect(GET("/self"), FETCH_REFUSED, "circle");
	expect(GET("/far-1"), FETCH_REFUSED, "over 5 redirects");
	expect(GET("/nowhere"), FETCH_STATUS, "leads nowhere");
}

static void redirects_pass_the_same_checks(void **state)
{
	expect(GET("/to-other-port"), FETCH_REFUSED, "not a public address");
	expect(GET("/to-localhost"), FETCH_REFUSED, "not a public address");
	expect(GET("/to-private"), FETCH_REFUSED, "169.254.169.254");
	expect(GET("/to-mapped"), FETCH_REFUSED, "not a public address");
	expect(GET("/to-name"), FETCH_REFUSED, "rebound.example leads to 127.0.0.1");
	expect(GET("/to-file"), FETCH_REFUSED, "only http and https");
	expect(GET("/to-user"), FETCH_REFUSED, "not a good address");
	expect(GET("/to-sec"), FETCH_REFUSED, "contact");
}

/* ---- addresses */

static void private_addresses_are_refused_however_written(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost", "LOCALHOST", "localhost.", "x.localhost", "0x7f.1", "0x7f000001",
		"2130706433", "0177.0.0.1", "0", "0.0.0.0", "127.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
		"[64:ff9b::7f00:1]", "[::]", "[0:0:0:0:0:0:0:1]", "rebound.example", "①②⑦.⓪.⓪.①" };

	for (size_t i = 0; i < COUNT(hosts); i++) {
		expect(get((struct fetch_request){ .url = arena_printf(mem, "http://%s:%d/ok", hosts[i], plain.port) }), FETCH_REFUSED,
		        NULL);
		assert_int_equal(last->status, 0);
	}
}

static void a_kept_connection_gives_no_way_in(void **state)
{
	const char *own = arena_printf(mem, "http://rebound.example:%d/ok", plain.port);

	expect(get((struct fetch_request){ .url = own, .allow_private = true }), FETCH_OK, NULL);
	expect(get((struct fetch_request){ .url = own }), FETCH_REFUSED, "rebound.example leads to 127.0.0.1");
	expect(get((struct fetch_request){ .url = own, .allow_private = true }), FETCH_OK, NULL);
}

static void what_is_no_address(void **state)
{
	static const char *const bad[] = { "", "x", "ftp://example.org/", "file:///etc/hostname", "gopher://127.0.0.1/", "http://",
		"http://user@example.org/", "http://example.org/\r\nX: y", "http://exa mple.org/", "http://example.org:99999/",
		"javascript:1", "//example.org/" };

	for (size_t i = 0; i < COUNT(bad); i++)
		expect(get((struct fetch_request){ .url = bad[i] }), FETCH_REFUSED, NULL);
}

/* ---- TLS */

static void tls_is_verified(void **state)
{
	struct fetcher *stranger = make(&(struct fetch_options){ 0 });
	struct fetch_request rq = { .url = tls_url("/ok"), .allow_private = true };
	struct fetch_result *r = fetch_one(stranger, &rq);

	expect(r, FETCH_DOWN, "certificate");
	fetch_result_free(r);
	fetcher_free(stranger);
	expect(get(rq), FETCH_OK, NULL);
	rq.url = arena_printf(mem, "https://127.0.0.2:%d/ok", tls.port);
	expect(get(rq), FETCH_DOWN, NULL);
}

static void https_does_not_become_http(void **state)
{
	struct fetch_request rq = { .url = tls_url("/to-http"), .allow_private = true };

	expect(get(rq), FETCH_REFUSED, "redirected from https");
}

/* ---- headers */

static void headers_are_sent(void **state)
{
	const char *const headers[] = { "Accept: application/json", "X-Two:2", NULL };

	expect(GET("/echo", .headers = headers), FETCH_OK, NULL);
	assert_non_null(strstr(last->data, "\r\nAccept: application/json\r\n"));
	assert_non_null(strstr(last->data, "\r\nX-Two: 2\r\n"));
	assert_non_null(strstr(last->data, "\r\nUser-Agent: aimarket-test\r\n"));
	assert_non_null(strstr(last->data, "\r\nAccept-Encoding: "));
}

static void secrets_stay_at_home(void **state)
{
	const struct fetch_secret secrets[] = { { "Authorization", write_file("secret", "Bearer s3cret\n") }, { 0 } };

	expect(GET("/echo", .secrets = secrets), FETCH_OK, NULL);
	assert_non_null(strstr(last->data, "\r\nAuthorization: Bearer s3cret\r\n"));
	expect(GET("/to-own-echo", .secrets = secrets), FETCH_OK, NULL);
	assert_non_null(strstr(last->data, "s3cret"));
	expect(get((struct fetch_request){ .url = "http://example.invalid/", .secrets = secrets }), FETCH_REFUSED, "http would show it");
	/* a redirect to another place does not carry them: here that place is private, so a proxy that reaches it stands in */
	setenv("http_proxy", arena_printf(mem, "http://127.0.0.1:%d", plain.port), 1);
	setenv("no_proxy", "127.0.0.1", 1);
	struct fetcher *f = make(&(struct fetch_options){ .use_proxy = true });
	struct fetch_request rq = { .url = url("/to-echo"), .allow_private = true, .secrets = secrets };
	struct fetch_result *r = fetch_one(f, &rq);
	unsetenv("http_proxy");
	unsetenv("no_proxy");
	assert_int_equal(r->n_chain, 2);
	assert_string_equal(r->chain[1], arena_printf(mem, "http://aimarket.example:%d/echo", plain.port));
	expect(r, FETCH_OK, NULL);
	assert_non_null(strstr(r->data, "GET http://aimarket.example"));
	assert_null(strstr(r->data, "s3cret"));
	fetch_result_free(r);
	fetcher_free(f);
}

static void no_line_can_be_smuggled_in(void **state)
{
	const char *const bad_headers[][2] = { { "X: y\r\nZ: z" }, { "X" }, { ": y" }, { "X y: z" }, { "" } };
	const struct fetch_secret two_lines[] = { { "Authorization", write_file("secret", "one\r\nX: two") }, { 0 } };
	const struct fetch_secret empty[] = { { "Authorization", write_file("secret", "\n") }, { 0 } };
	const struct fetch_secret missing[] = { { "Authorization", "/nowhere/secret" }, { 0 } };
	const struct fetch_secret bad_name[] = { { "A: b\r\nC", "/nowhere/secret" }, { 0 } };
	struct fetcher *f;
	struct err e = { 0 };

	for (size_t i = 0; i < COUNT(bad_headers); i++)
		expect(GET("/echo", .headers = bad_headers[i]), FETCH_REFUSED, "header");
	write_file("secret", "one\r\nX: two");
	expect(GET("/echo", .secrets = two_lines), FETCH_REFUSED, "not one line");
	assert_null(strstr(last->why.text, "two"));
	write_file("secret", " \n");
	expect(GET("/echo", .secrets = empty), FETCH_REFUSED, "not one line");
	expect(GET("/echo", .secrets = missing), FETCH_REFUSED, "/nowhere/secret");
	expect(GET("/echo", .secrets = bad_name), FETCH_REFUSED, NULL);
	expect(GET("/echo", .etag = "\"x\"\r\nX: y"), FETCH_REFUSED, "validator");
	assert_int_equal(fetcher_new(&(struct fetch_options){ .user_agent = "a\nb" }, &f, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
}

static void sec_wants_a_contact(void **state)
{
	static const char *const good[] = { "Sample Company contact@example.org", "aimarket/1 (a.b@c.de)" };
	static const char *const bad[] = { NULL, "", "curl/8", "Sample Company", "a@", "@example.org", "x @example.org", "me@localhost",
		"a@b.c\r\nX: y" };
	struct err e = { 0 };

	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(fetch_agent_check(good[i], "data.sec.gov", &e), 0);
	for (size_t i = 0; i < COUNT(bad); i++) {
		err_clear(&e);
		assert_int_equal(fetch_agent_check(bad[i], "www.sec.gov", &e), -1);
		assert_int_equal(e.kind, ERR_CONFIG);
	}
	err_clear(&e);
	assert_int_equal(fetch_agent_check("curl/8", "notsec.gov", &e), 0);
	expect(get((struct fetch_request){ .url = "https://www.sec.gov/cgi-bin/browse-edgar" }), FETCH_REFUSED, "contact");
	assert_true(last->why.hint[0]);
	expect(get((struct fetch_request){ .url = "https://WWW.SEC.GOV./" }), FETCH_REFUSED, "contact");
}

static void link_headers_are_handed_on(void **state)
{
	assert_string_equal(GET("/links")->link, "</p2>; rel=next, </p9>; rel=last");
}

/* ---- proxies */

static void proxies_only_when_asked_for(void **state)
{
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	expect(GET("/ok"), FETCH_OK, NULL);

	struct fetcher *f = make(&(struct fetch_options){ .use_proxy = true });
	const struct fetch_request direct = { .url = url("/ok"), .allow_private = true };
	struct fetch_result *r = fetch_one(f, &direct);
	expect(r, FETCH_DOWN, NULL);
	fetch_result_free(r);
	setenv("NO_PROXY", "example.org, 127.0.0.1", 1);
	r = fetch_one(f, &direct);
	expect(r, FETCH_OK, NULL);
	fetch_result_free(r);
	const struct fetch_request private = { .url = "http://0x7f.1/ok" };
	unsetenv("NO_PROXY");
	r = fetch_one(f, &private);
	expect(r, FETCH_REFUSED, "not a public address");
	fetch_result_free(r);
	fetcher_free(f);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

/* ---- the gate, and many at a time */

static int asked;

static long gate(void *arg, const char *host, struct err *e)
{
	assert_string_equal(host, "127.0.0.1");
	if (asked >= *(int *)arg)
		return err_set(e, ERR_NET, "the gate is closed");
	return 100L * asked++;
}

static void the_gate_is_asked_for_every_hop(void **state)
{
	int open = 3;
	struct fetcher *f = make(&(struct fetch_options){ .gate = gate, .gate_arg = &open });
	struct fetch_request rq = { .url = url("/to-ok"), .allow_private = true };

	struct fetch_result *r = fetch_one(f, &rq);
	expect(r, FETCH_OK, NULL);
	assert_int_equal(asked, 2);
	assert_true(r->times.total >= 100000);
	assert_int_equal(r->times.queue, 100000);
	fetch_result_free(r);
	r = fetch_one(f, &rq);
	expect(r, FETCH_BUSY, "the gate is closed");
	assert_int_equal(r->n_chain, 2);
	fetch_result_free(r);
	fetcher_free(f);
}

static void many_at_a_time(void **state)
{
	enum { N = 200 };
	bool seen[N] = { false };
	struct timespec from, to;
	int n = 0;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (intptr_t i = 0; i < N; i++) {
		struct fetch_request rq = {
			.url = url(i % 20 ? arena_printf(mem, "/many-%d", (int)i) : "/slow"), .allow_private = true, .arg = (void *)i
		};
		fetch_start(fetcher, &rq);
	}
	assert_int_equal(fetch_pending(fetcher), N);
	for (struct fetch_result *r; (r = fetch_wait(fetcher, 10000)); n++) {
		intptr_t i = (intptr_t)r->arg;

		expect(r, FETCH_OK, NULL);
		assert_int_equal(r->len, i % 20 ? 20000 : 4);
		assert_false(seen[i]);
		seen[i] = true;
		fetch_result_free(r);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_int_equal(n, N);
	assert_int_equal(fetch_pending(fetcher), 0);
	double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
	print_message("# %d fetches, ten of them of 0.3 s: %.2f s\n", N, seconds);
	assert_true(seconds < 3);
}

static void waiting_ends_in_time(void **state)
{
	struct fetch_request rq = { .url = url("/slow"), .allow_private = true };
	struct fetcher *f = make(&(struct fetch_options){ 0 });

	assert_null(fetch_wait(f, 1000));
	fetch_start(f, &rq);
	assert_null(fetch_wait(f, 50));
	assert_int_equal(fetch_pending(f), 1);
	fetcher_free(f); /* drops what is under way */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body),
		cmocka_unit_test(packed_bodies_are_unpacked),
		cmocka_unit_test(large_bodies_go_to_a_file),
		cmocka_unit_test(validators_come_and_go_as_received),
		cmocka_unit_test(content_that_changes_comes_anew),
		cmocka_unit_test(a_304_nobody_asked_for_is_no_answer),
		cmocka_unit_test(no_validator_without_an_announced_end),
		cmocka_unit_test(cut_bodies_are_errors),
		cmocka_unit_test(a_body_longer_than_it_says_ends_where_it_says),
		cmocka_unit_test(bombs_do_not_go_off),
		cmocka_unit_test(sizes_on_the_wire_are_held),
		cmocka_unit_test(what_hangs_is_given_up),
		cmocka_unit_test(statuses),
		cmocka_unit_test(retry_after),
		cmocka_unit_test(edgar_blocks_stop_the_host),
		cmocka_unit_test(no_http),
		cmocka_unit_test(redirects_are_followed),
		cmocka_unit_test(moves_for_good_are_reported),
		cmocka_unit_test(redirects_end),
		cmocka_unit_test(redirects_pass_the_same_checks),
		cmocka_unit_test(private_addresses_are_refused_however_written),
		cmocka_unit_test(a_kept_connection_gives_no_way_in),
		cmocka_unit_test(what_is_no_address),
		cmocka_unit_test(tls_is_verified),
		cmocka_unit_test(https_does_not_become_http),
		cmocka_unit_test(headers_are_sent),
		cmocka_unit_test(secrets_stay_at_home),
		cmocka_unit_test(no_line_can_be_smuggled_in),
		cmocka_unit_test(sec_wants_a_contact),
		cmocka_unit_test(link_headers_are_handed_on),
		cmocka_unit_test(proxies_only_when_asked_for),
		cmocka_unit_test(the_gate_is_asked_for_every_hop),
		cmocka_unit_test(many_at_a_time),
		cmocka_unit_test(waiting_ends_in_time),
	};
	int rc = cmocka_run_group_tests(tests, begin, end);

	fetch_result_free(last);
	return rc;
}
