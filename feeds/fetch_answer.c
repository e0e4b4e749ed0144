#include "fetch_inside.h"

#include <errno.h>
#include <strings.h>
#include <sys/mman.h>
#include <time.h>

#include "aimarket/backoff.h"

enum { BLOCK_SECONDS = 600 /* EDGAR lifts a block after ten quiet minutes */ };

/* Seconds, or the distance of a date, by the server's clock when it shows it. */
static int64_t retry_after(struct fetch *x)
{
	const char *value = fetch_header(x, "Retry-After", false), *date = fetch_header(x, "Date", false);
	char *end;

	if (!value)
		return 0;
	long long seconds = strtoll(value, &end, 10);
	if (end > value && *end == '\0')
		return backoff_clamp(seconds);
	time_t at = curl_getdate(value, NULL), now = date ? curl_getdate(date, NULL) : -1;
	if (at == -1)
		return 0;
	return backoff_clamp((int64_t)at - (now == -1 ? time(NULL) : now));
}

/* How EDGAR says that it will have no more of us: with a page, under 403 and not 429. */
static const char *block_phrase(const struct buf *page)
{
	static const char *const phrases[] = { "Request Rate Threshold", "declare your traffic", "Undeclared Automated Tool" };

	for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
		if (strcasestr(buf_str(page), phrases[i]))
			return phrases[i];
	return NULL;
}

static void take_status(struct fetch *x, long status)
{
	static const struct {
		long status;
		enum fetch_outcome outcome;
	} rows[] = {
		{ 401, FETCH_DENIED },
		{ 403, FETCH_DENIED },
		{ 407, FETCH_DENIED },
		{ 451, FETCH_DENIED },
		{ 404, FETCH_MISSING },
		{ 410, FETCH_MISSING },
		{ 429, FETCH_BUSY },
		{ 503, FETCH_BUSY },
	};
	const char *phrase = status >= 400 ? block_phrase(&x->page) : NULL;
	enum fetch_outcome outcome = FETCH_STATUS;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (status == rows[i].status)
			outcome = rows[i].outcome;
	x->result.retry_after = retry_after(x);
	if (phrase && x->result.retry_after < BLOCK_SECONDS)
		x->result.retry_after = BLOCK_SECONDS;
	if (phrase)
		fetch_fail(x, FETCH_BLOCKED, "HTTP status %ld, and its page says \"%s\"", status, phrase);
	else
		fetch_fail(x, outcome, "HTTP status %ld", status);
}

/* Whether the end of the body was announced, so that a cut cannot pass for one. */
static bool end_announced(struct fetch *x)
{
	const char *coding = fetch_header(x, "Transfer-Encoding", true);
	curl_off_t length = -1;

	curl_easy_getinfo(x->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	return length >= 0 || (coding && strcasestr(coding, "chunked")) || x->result.http >= 20;
}

/* Two that differ, or one that is no number: libcurl takes what it finds first. */
static bool length_unclear(struct fetch *x)
{
	const char *last = fetch_header(x, "Content-Length", false);
	struct curl_header *h;

	for (size_t i = 0; curl_easy_header(x->easy, "Content-Length", i, CURLH_HEADER, -1, &h) == CURLHE_OK; i++)
		if (strcmp(h->value, last) != 0 || h->value[strspn(h->value, "0123456789")])
			return true;
	return false;
}

/* One piece of it all, when some lies in the file. */
static int map_body(struct fetch *x, struct err *e)
{
	if (!x->body.filed)
		return 0;
	if (spill_flush(&x->body, e))
		return -1;
	void *map = mmap(NULL, (size_t)x->body.filed, PROT_READ, MAP_PRIVATE, x->body.fd, 0);
	if (map == MAP_FAILED)
		return err_set(e, ERR_FAIL, "could not map a temporary file: %s", strerror(errno));
	x->map = map;
	return 0;
}

static void take_body(struct fetch *x)
{
	struct fetch_result *r = &x->result;
	struct err e = { 0 };

	if (x->unpack && !unpack_whole(x->unpack))
		fetch_fail(x, FETCH_CUT, "the packed body breaks off");
	if (length_unclear(x))
		fetch_fail(x, FETCH_CUT, "the answer does not give one length");
	if (map_body(x, &e))
		fetch_fail(x, FETCH_FAILED, "%s", e.text);
	if (r->why.kind != ERR_NONE)
		return;
	r->outcome = FETCH_OK;
	r->data = x->map ? x->map : buf_str(&x->body.mem);
	r->mapped = x->map != NULL;
	r->len = (size_t)fetch_body_size(x);
	r->media = fetch_header(x, "Content-Type", false);
	r->link = fetch_header(x, "Link", true);
	if (end_announced(x)) {
		r->etag = fetch_header(x, "ETag", false);
		r->last_modified = fetch_header(x, "Last-Modified", false);
	}
}

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static void follow(struct fetch *x, long status)
{
	struct fetch_result *r = &x->result;
	char *to = NULL;

	curl_easy_getinfo(x->easy, CURLINFO_REDIRECT_URL, &to);
	if (!to) {
		fetch_fail(x, FETCH_STATUS, "HTTP status %ld leads nowhere", status);
		return;
	}
	const char *url = arena_strdup(x->mem, to);
	for (int i = 0; i < r->n_chain; i++)
		if (strcmp(x->chain[i], url) == 0)
			fetch_fail(x, FETCH_REFUSED, "redirected in a circle, to \"%s\"", url);
	if (r->n_chain > x->rq.limits->redirects || r->n_chain == CHAIN_MAX)
		fetch_fail(x, FETCH_REFUSED, "over %d redirects", x->rq.limits->redirects);
	if (strcmp(x->now.scheme, "https") == 0 && strncasecmp(url, "http:", 5) == 0)
		fetch_fail(x, FETCH_REFUSED, "redirected from https to \"%s\"", url);
	if (r->why.kind != ERR_NONE)
		return;
	x->permanent = x->permanent && (status == 301 || status == 308);
	if (x->permanent)
		r->moved = url;
	fetch_begin_hop(x, url);
}

static void take_answer(struct fetch *x, long status)
{
	if (fetch_brings_body(x))
		take_body(x);
	else if (is_redirect(status))
		follow(x, status);
	else if (status == 304 && (x->rq.etag || x->rq.last_modified))
		x->result.outcome = FETCH_SAME;
	else
		take_status(x, status);
}

static void take_error(struct fetch *x, CURLcode rc)
{
	static const struct {
		CURLcode code;
		enum fetch_outcome outcome;
	} rows[] = {
		{ CURLE_PARTIAL_FILE, FETCH_CUT },
		{ CURLE_BAD_CONTENT_ENCODING, FETCH_CUT },
		{ CURLE_HTTP2_STREAM, FETCH_CUT },
		{ CURLE_FILESIZE_EXCEEDED, FETCH_TOO_LARGE },
		{ CURLE_OUT_OF_MEMORY, FETCH_FAILED },
		{ CURLE_WRITE_ERROR, FETCH_CUT },
	};
	enum fetch_outcome outcome = fetch_brings_body(x) && x->wire > 0 ? FETCH_CUT : FETCH_DOWN;

	if (x->closed[0])
		fetch_fail(x, FETCH_REFUSED, "%s leads to %s, which is not a public address", x->now.host, x->closed);
	if (rc == CURLE_FILESIZE_EXCEEDED) /* told before it came */
		fetch_too_much(x);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rc == rows[i].code)
			outcome = rows[i].outcome;
	fetch_fail(x, outcome, "%s", x->curl_error[0] ? x->curl_error : curl_easy_strerror(rc));
}

static void note_numbers(struct fetch *x)
{
	static const int versions[] = { [CURL_HTTP_VERSION_1_0] = 10, [CURL_HTTP_VERSION_1_1] = 11, [CURL_HTTP_VERSION_2_0] = 20 };
	struct fetch_result *r = &x->result;
	const struct {
		CURLINFO info;
		int64_t *out;
	} rows[] = {
		{ CURLINFO_NAMELOOKUP_TIME_T, &r->times.dns },
		{ CURLINFO_CONNECT_TIME_T, &r->times.connect },
		{ CURLINFO_APPCONNECT_TIME_T, &r->times.tls },
		{ CURLINFO_STARTTRANSFER_TIME_T, &r->times.first_byte },
	};
	long version = 0;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		curl_off_t us = 0;

		curl_easy_getinfo(x->easy, rows[i].info, &us);
		*rows[i].out = us;
	}
	curl_easy_getinfo(x->easy, CURLINFO_HTTP_VERSION, &version);
	r->http = version > 0 && version < (long)(sizeof versions / sizeof *versions) ? versions[version] : 0;
	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &r->status);
	r->wire = x->wire;
	r->body = fetch_body_size(x);
}

void fetch_end_hop(struct fetch *x, CURLcode rc)
{
	x->state = FETCH_DONE;
	note_numbers(x);
	if (x->result.why.kind != ERR_NONE)
		return; /* it was us who broke it off */
	if (rc == CURLE_OK || x->page_enough)
		take_answer(x, x->result.status);
	else
		take_error(x, rc);
}
