#include "aimarket/fetch.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <strings.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "aimarket/backoff.h"
#include "aimarket/file.h"
#include "aimarket/netaddr.h"
#include "aimarket/unpack.h"
#include "spill.h"

enum {
	CHAIN_MAX = 21, /* URLs of one fetch */
	HEAD_MAX = 128 * 1024, /* all header lines of an answer */
	PAGE_MAX = 16 * 1024, /* kept of an answer that brings no body, to see what it is about */
	PAGE_WIRE_MAX = 1024 * 1024, /* read of it */
	SECRET_MAX = 8 * 1024,
	PIECE = 16 * 1024, /* largest that unpack hands over */
	RATIO_FROM = 1024 * 1024,
	BLOCK_SECONDS = 600, /* EDGAR lifts a block after ten quiet minutes */
};

const struct fetch_limits fetch_limits_default = {
	.wire = 512LL << 20,
	.body = (1LL << 31) - 1,
	.ratio = 200,
	.memory = 8 << 20,
	.redirects = 5,
	.connect_ms = 10 * 1000,
	.total_ms = 600 * 1000,
	.low_speed = 100,
	.low_speed_s = 30,
};

const struct fetch_outcome_row fetch_outcomes[FETCH_OUTCOMES] = {
	[FETCH_OK] = { .name = "ok", .kind = ERR_NONE },
	[FETCH_SAME] = { .name = "same", .kind = ERR_NONE },
	[FETCH_BUSY] = { .name = "busy", .kind = ERR_NET, .retry = true, .whole_host = true },
	[FETCH_BLOCKED] = { .name = "blocked", .kind = ERR_NET, .retry = true, .whole_host = true },
	[FETCH_MISSING] = { .name = "missing", .kind = ERR_NOT_FOUND },
	[FETCH_DENIED] = { .name = "denied", .kind = ERR_NET },
	[FETCH_STATUS] = { .name = "status", .kind = ERR_NET, .retry = true },
	[FETCH_REFUSED] = { .name = "refused", .kind = ERR_CONFIG },
	[FETCH_TOO_LARGE] = { .name = "too-large", .kind = ERR_LIMIT },
	[FETCH_CUT] = { .name = "cut", .kind = ERR_NET, .retry = true },
	[FETCH_DOWN] = { .name = "down", .kind = ERR_NET, .retry = true, .whole_host = true },
	[FETCH_FAILED] = { .name = "failed", .kind = ERR_FAIL, .retry = true },
};

struct target { /* a URL taken apart; host in lower case, port always there */
	const char *url, *scheme, *host, *port;
};

enum fetch_state {
	FETCH_WAITING, /* for its turn at the gate, until go_at */
	FETCH_RUNNING, /* in libcurl's hands */
	FETCH_DONE, /* waits to be handed out */
};

struct fetch {
	struct fetch_result result; /* first: what the caller holds */
	struct fetcher *owner;
	struct fetch *next;
	enum fetch_state state;
	int64_t started; /* microseconds of the steady clock */
	int64_t go_at; /* milliseconds */

	struct arena *mem;
	struct fetch_request rq; /* our copy; limits never NULL */
	struct target first, now; /* the feed's own, and where we are */
	const char *proxy; /* "" = none */
	bool permanent; /* all redirects so far were */
	const char *chain[CHAIN_MAX];

	CURL *easy;
	struct curl_slist *lines; /* headers to send */
	char curl_error[CURL_ERROR_SIZE];
	char closed[INET6_ADDRSTRLEN]; /* an address that was refused when connecting */
	size_t head_bytes;
	bool page_enough; /* we hung up: enough was read of an answer that brings no body */
	long long wire;
	struct unpack *unpack; /* from the first byte of an answer on */
	struct spill body;
	void *map; /* of its file, once it is whole */
	struct buf page;
};

struct fetcher {
	CURLM *multi;
	struct arena *mem;
	struct fetch_options options;
	struct curl_slist *resolve;
	struct fetch *list, **list_end; /* all that is pending, in the order they were started */
	size_t pending;
};

static int64_t steady_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t steady_ms(void)
{
	return steady_us() / 1000;
}

/* The first failure decides. Returns -1. */
static int printf_like(3, 4) fail(struct fetch *x, enum fetch_outcome outcome, const char *fmt, ...)
{
	char text[sizeof x->result.why.text];
	va_list ap;

	if (x->result.why.kind != ERR_NONE)
		return -1;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	x->result.outcome = outcome;
	return err_set(&x->result.why, fetch_outcomes[outcome].kind, "could not fetch \"%s\": %s", x->now.url, text);
}

/* ---- what may be asked */

/* No line of a request may hold anything that could end it. */
static bool one_line(const char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < ' ' && *s != '\t') || *s == 0x7f)
			return false;
	return true;
}

static bool ends_with_domain(const char *host, const char *domain)
{
	size_t n = strlen(host), len = strlen(domain);

	return n >= len && strcasecmp(host + n - len, domain) == 0 && (n == len || host[n - len - 1] == '.');
}

int fetch_agent_check(const char *user_agent, const char *host, struct err *e)
{
	const char *at = user_agent ? strchr(user_agent, '@') : NULL;

	if (user_agent && !one_line(user_agent))
		return err_set(e, ERR_CONFIG, "the User-Agent is more than one line");
	if (!ends_with_domain(host, "sec.gov") || (at && at > user_agent && at[-1] != ' ' && strcspn(at, ". ") > 1 && strchr(at, '.')))
		return 0;
	err_set(e, ERR_CONFIG, "%s may only be asked with a User-Agent that carries a contact", host);
	return err_hint(e, "Set user_agent to your name and address of electronic mail: \"Example Research contact@example.org\".");
}

static const char *url_part(CURLU *u, CURLUPart part, unsigned flags, struct arena *mem)
{
	char *text = NULL;
	const char *copy = NULL;

	if (curl_url_get(u, part, &text, flags) == CURLUE_OK)
		copy = arena_strdup(mem, text);
	curl_free(text);
	return copy;
}

/* One spelling of a host: lower case, and no dot at the end. */
static const char *plain_host(char *s)
{
	size_t n = strlen(s);

	for (char *p = s; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (n > 0 && s[n - 1] == '.')
		s[n - 1] = '\0';
	return s;
}

static int read_target(struct fetch *x, const char *url, struct target *out)
{
	CURLU *u = curl_url();
	CURLUcode rc = u ? curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) : CURLUE_OUT_OF_MEMORY;

	if (rc == CURLUE_OK) {
		curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
		out->scheme = url_part(u, CURLUPART_SCHEME, 0, x->mem);
		out->port = url_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, x->mem);
		out->url = url_part(u, CURLUPART_URL, 0, x->mem);
		const char *host = url_part(u, CURLUPART_HOST, CURLU_PUNYCODE, x->mem);
		out->host = plain_host(arena_strdup(x->mem, host ? host : ""));
	}
	curl_url_cleanup(u);
	if (rc != CURLUE_OK)
		return fail(x, FETCH_REFUSED, "not a good address: %s", curl_url_strerror(rc));
	if (!out->scheme || (strcmp(out->scheme, "http") != 0 && strcmp(out->scheme, "https") != 0))
		return fail(x, FETCH_REFUSED, "only http and https are fetched");
	return 0;
}

static bool same_place(const struct target *a, const struct target *b)
{
	return strcmp(a->host, b->host) == 0 && strcmp(a->port, b->port) == 0;
}

/* Whether the place we are at may be a private one. */
static bool private_fine(const struct fetch *x)
{
	return x->rq.allow_private && same_place(&x->first, &x->now);
}

static const char *first_env(const char *const *names)
{
	for (; *names; names++) {
		const char *value = getenv(*names);

		if (value && *value)
			return value;
	}
	return NULL;
}

static bool in_no_proxy(const char *host, const char *list)
{
	while (list && *list) {
		size_t n = strcspn(list, ", ");
		char name[256];

		snprintf(name, sizeof name, "%.*s", (int)n, list);
		if (strcmp(name, "*") == 0 || (n > 0 && ends_with_domain(host, name + (name[0] == '.'))))
			return true;
		list += n + strspn(list + n, ", ");
	}
	return false;
}

/* We choose, and not libcurl, because we must know whether the address that it connects to is the target's. */
static const char *choose_proxy(const struct target *t)
{
	static const char *const for_http[] = { "http_proxy", "all_proxy", "ALL_PROXY", NULL };
	static const char *const for_https[] = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL };
	static const char *const against[] = { "no_proxy", "NO_PROXY", NULL };
	const char *proxy = first_env(strcmp(t->scheme, "https") == 0 ? for_https : for_http);

	return !proxy || in_no_proxy(t->host, first_env(against)) ? "" : proxy;
}

static int check_target(struct fetch *x)
{
	struct err e = { 0 };

	if (fetch_agent_check(x->owner->options.user_agent, x->now.host, &e)) {
		fail(x, FETCH_REFUSED, "%s", e.text);
		return err_hint(&x->result.why, "%s", e.hint);
	}
	if (!private_fine(x) && netaddr_host_private(x->now.host))
		return fail(x, FETCH_REFUSED, "%s is not a public address", x->now.host);
	return 0;
}

/* ---- the way of one request */

static void pass_gate(struct fetch *x)
{
	const struct fetch_options *o = &x->owner->options;
	struct err e = { 0 };
	long wait = o->gate ? o->gate(o->gate_arg, x->now.host, &e) : 0;

	if (wait < 0) {
		fail(x, FETCH_BUSY, "%s", e.text);
		x->state = FETCH_DONE;
		return;
	}
	x->state = FETCH_WAITING;
	x->go_at = steady_ms() + wait;
	x->result.times.queue += (int64_t)wait * 1000;
}

static void begin_hop(struct fetch *x, const char *url)
{
	x->chain[x->result.n_chain++] = url;
	x->now.url = url;
	x->state = FETCH_DONE;
	if (read_target(x, url, &x->now))
		return;
	if (x->result.n_chain == 1)
		x->first = x->now;
	x->result.url = x->now.url;
	x->proxy = x->owner->options.use_proxy ? choose_proxy(&x->now) : "";
	if (check_target(x) == 0)
		pass_gate(x);
}

/*
 * Judged when the socket is made: by then every name, spelling and redirect has become an address. The name may have others that
 * are fine, so this is an error only when no connection comes about.
 */
static bool address_fine(struct fetch *x, const struct sockaddr *a, socklen_t len)
{
	if (*x->proxy || private_fine(x) || netaddr_public(a))
		return true;
	getnameinfo(a, len, x->closed, sizeof x->closed, NULL, 0, NI_NUMERICHOST);
	return false;
}

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	if (!address_fine(arg, &a->addr, a->addrlen))
		return CURL_SOCKET_BAD;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* The same for a connection that was kept open: it may come from a feed that was allowed more. */
static int on_prereq(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct fetch *x = arg;

	if (*x->proxy || private_fine(x) || netaddr_text_public(ip))
		return CURL_PREREQFUNC_OK;
	snprintf(x->closed, sizeof x->closed, "%s", ip);
	return CURL_PREREQFUNC_ABORT;
}

static long status_of(const struct fetch *x)
{
	long status = 0;

	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static bool brings_body(long status)
{
	return status == 200 || status == 203;
}

/* A header of the answer, in the fetch's memory, or NULL. Several of one name: the last, or all of them joined by a comma. */
static const char *header(struct fetch *x, const char *name, bool join)
{
	const char *text = NULL;
	struct curl_header *h;

	for (size_t i = 0; curl_easy_header(x->easy, name, i, CURLH_HEADER, -1, &h) == CURLHE_OK; i++)
		text = text && join ? arena_printf(x->mem, "%s, %s", text, h->value) : arena_strdup(x->mem, h->value);
	return text;
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
	struct fetch *x = arg;

	x->head_bytes += size * n;
	if (x->head_bytes <= HEAD_MAX)
		return size * n;
	fail(x, FETCH_TOO_LARGE, "over %d bytes of headers", HEAD_MAX);
	return CURL_WRITEFUNC_ERROR;
}

static long long body_size(const struct fetch *x)
{
	return x->body.filed + (long long)x->body.mem.len;
}

static int add_body(struct fetch *x, const char *data, size_t n)
{
	const struct fetch_limits *limits = x->rq.limits;
	long long size = body_size(x) + (long long)n;
	struct err e = { 0 };

	if (size > limits->body)
		return fail(x, FETCH_TOO_LARGE, "the body is over the limit body = %lld", limits->body);
	if (size > RATIO_FROM && size > limits->ratio * x->wire)
		return fail(x, FETCH_TOO_LARGE, "the body grows over the limit ratio = %ld when unpacked", limits->ratio);
	if (buf_add(&x->body.mem, data, n) && (spill_flush(&x->body, &e) || buf_add(&x->body.mem, data, n)))
		return fail(x, FETCH_FAILED, "%s", e.text);
	return 0;
}

static int add_page(struct fetch *x, const char *data, size_t n)
{
	size_t room = x->page.max - x->page.len;

	return buf_add(&x->page, data, n < room ? n : room);
}

static int on_unpacked(void *arg, const char *data, size_t n)
{
	struct fetch *x = arg;

	return brings_body(status_of(x)) ? add_body(x, data, n) : add_page(x, data, n);
}

static int take_bytes(struct fetch *x, const char *data, size_t n)
{
	struct err e = { 0 };

	x->wire += (long long)n;
	x->page_enough = x->wire > PAGE_WIRE_MAX && !brings_body(status_of(x));
	if (x->page_enough)
		return -1;
	if (x->wire > x->rq.limits->wire)
		return fail(x, FETCH_TOO_LARGE, "the body is over the limit wire = %lld", x->rq.limits->wire);
	if (!x->unpack && unpack_new(header(x, "Content-Encoding", true), &x->unpack, &e))
		return fail(x, FETCH_CUT, "%s", e.text);
	if (unpack_feed(x->unpack, data, n, on_unpacked, x, &e))
		return fail(x, FETCH_CUT, "%s", e.text);
	return 0;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	return take_bytes(arg, data, size * n) ? CURL_WRITEFUNC_ERROR : size * n;
}

static void add_line(struct fetch *x, const char *name, const char *value)
{
	struct curl_slist *lines = curl_slist_append(x->lines, arena_printf(x->mem, "%s: %s", name, value));

	if (!lines)
		fail(x, FETCH_FAILED, "out of memory");
	else
		x->lines = lines;
}

/* The value is the file's text without the end of its last line. */
static void add_secret(struct fetch *x, const struct fetch_secret *s)
{
	struct buf value;
	struct err e = { 0 };

	buf_init(&value, SECRET_MAX);
	if (file_read(s->path, false, &value, &e)) {
		fail(x, FETCH_REFUSED, "the value of header %s: %s", s->name, e.text);
	} else {
		while (value.len > 0 && isspace((unsigned char)value.data[value.len - 1]))
			value.data[--value.len] = '\0';
		if (value.len == 0 || strlen(value.data) != value.len || !one_line(value.data))
			fail(x, FETCH_REFUSED, "the value of header %s in \"%s\" is not one line of text", s->name, s->path);
		else
			add_line(x, s->name, value.data);
	}
	if (value.data)
		explicit_bzero(value.data, value.cap);
	buf_release(&value);
}

static void add_secrets(struct fetch *x)
{
	bool home = same_place(&x->first, &x->now) && strcmp(x->first.scheme, x->now.scheme) == 0;
	const struct fetch_secret *s = x->rq.secrets;

	if (!s || !s->name || !home)
		return;
	if (strcmp(x->now.scheme, "https") != 0 && !x->rq.allow_private) {
		fail(x, FETCH_REFUSED, "header %s is a secret, and http would show it", s->name);
		return;
	}
	for (; s->name; s++)
		add_secret(x, s);
}

static void make_lines(struct fetch *x)
{
	curl_slist_free_all(x->lines);
	x->lines = NULL;
	if (x->rq.etag)
		add_line(x, "If-None-Match", x->rq.etag);
	if (x->rq.last_modified)
		add_line(x, "If-Modified-Since", x->rq.last_modified);
	for (const char *const *h = x->rq.headers; h && *h; h++) {
		size_t n = strcspn(*h, ":");

		add_line(x, arena_strndup(x->mem, *h, n), *h + n + 1 + strspn(*h + n + 1, " "));
	}
	add_secrets(x);
}

static int set_numbers(struct fetch *x)
{
	const struct fetch_limits *l = x->rq.limits;
	const struct {
		CURLoption option;
		long value;
	} rows[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
		{ CURLOPT_UNRESTRICTED_AUTH, 0 },
		{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS },
		{ CURLOPT_PIPEWAIT, strcmp(x->now.scheme, "https") == 0 },
		{ CURLOPT_HTTP09_ALLOWED, 0 },
		{ CURLOPT_HTTP_CONTENT_DECODING, 0 }, /* unpack.h does it */
		{ CURLOPT_CONNECTTIMEOUT_MS, l->connect_ms },
		{ CURLOPT_TIMEOUT_MS, l->total_ms },
		{ CURLOPT_LOW_SPEED_LIMIT, l->low_speed },
		{ CURLOPT_LOW_SPEED_TIME, l->low_speed_s },
	};
	CURLcode rc = curl_easy_setopt(x->easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)l->wire);

	for (size_t i = 0; i < sizeof rows / sizeof *rows && rc == CURLE_OK; i++)
		rc = curl_easy_setopt(x->easy, rows[i].option, rows[i].value);
	return rc;
}

static int set_texts(struct fetch *x)
{
	const struct fetch_options *o = &x->owner->options;
	const struct {
		CURLoption option;
		const void *value;
	} rows[] = {
		{ CURLOPT_URL, x->now.url },
		{ CURLOPT_PROTOCOLS_STR, "http,https" },
		{ CURLOPT_PROXY, x->proxy },
		{ CURLOPT_NOPROXY, "" },
		{ CURLOPT_ACCEPT_ENCODING, UNPACK_CODINGS },
		{ CURLOPT_USERAGENT, o->user_agent ? o->user_agent : "aimarket/" AIMARKET_VERSION },
		{ CURLOPT_HTTPHEADER, x->lines },
		{ CURLOPT_RESOLVE, x->owner->resolve },
		{ CURLOPT_ERRORBUFFER, x->curl_error },
		{ CURLOPT_PRIVATE, x },
		{ CURLOPT_OPENSOCKETDATA, x },
		{ CURLOPT_PREREQDATA, x },
		{ CURLOPT_HEADERDATA, x },
		{ CURLOPT_WRITEDATA, x },
	};
	CURLcode rc = o->ca_file ? curl_easy_setopt(x->easy, CURLOPT_CAINFO, o->ca_file) : CURLE_OK;

	if (rc == CURLE_OK && o->ca_file)
		rc = curl_easy_setopt(x->easy, CURLOPT_CAPATH, NULL);

	for (size_t i = 0; i < sizeof rows / sizeof *rows && rc == CURLE_OK; i++)
		rc = curl_easy_setopt(x->easy, rows[i].option, rows[i].value);
	return rc;
}

static int set_callbacks(struct fetch *x)
{
	CURLcode rc = curl_easy_setopt(x->easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);

	if (rc == CURLE_OK)
		rc = curl_easy_setopt(x->easy, CURLOPT_PREREQFUNCTION, on_prereq);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(x->easy, CURLOPT_HEADERFUNCTION, on_header);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, on_body);
	return rc;
}

/* Every option is checked: a fetch without one of the walls must not leave. */
static void run_hop(struct fetch *x)
{
	x->head_bytes = 0;
	x->closed[0] = '\0';
	x->page_enough = false;
	x->wire = 0;
	unpack_free(x->unpack);
	x->unpack = NULL;
	buf_reset(&x->page);
	make_lines(x);
	if (x->easy)
		curl_easy_reset(x->easy);
	else
		x->easy = curl_easy_init();
	if (!x->easy || set_numbers(x) || set_texts(x) || set_callbacks(x))
		fail(x, FETCH_FAILED, "libcurl could not be set up");
	if (x->result.why.kind == ERR_NONE && curl_multi_add_handle(x->owner->multi, x->easy) != CURLM_OK)
		fail(x, FETCH_FAILED, "libcurl did not take the request");
	x->state = x->result.why.kind == ERR_NONE ? FETCH_RUNNING : FETCH_DONE;
}

/* ---- answers */

/* Seconds, or the distance of a date, by the server's clock when it shows it. */
static int64_t retry_after(struct fetch *x)
{
	const char *value = header(x, "Retry-After", false), *date = header(x, "Date", false);
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
		fail(x, FETCH_BLOCKED, "HTTP status %ld, and its page says \"%s\"", status, phrase);
	else
		fail(x, outcome, "HTTP status %ld", status);
}

/* Whether the end of the body was announced, so that a cut cannot pass for one. */
static bool end_announced(struct fetch *x)
{
	curl_off_t length = -1;

	curl_easy_getinfo(x->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	return length >= 0 || header(x, "Transfer-Encoding", false) || x->result.http >= 20;
}

/* Two that differ, or one that is no number: libcurl takes what it finds first. */
static bool length_unclear(struct fetch *x)
{
	const char *last = header(x, "Content-Length", false);
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
		fail(x, FETCH_CUT, "the packed body breaks off");
	if (length_unclear(x))
		fail(x, FETCH_CUT, "the answer does not give one length");
	if (map_body(x, &e))
		fail(x, FETCH_FAILED, "%s", e.text);
	if (r->why.kind != ERR_NONE)
		return;
	r->outcome = FETCH_OK;
	r->data = x->map ? x->map : buf_str(&x->body.mem);
	r->len = (size_t)body_size(x);
	r->media = header(x, "Content-Type", false);
	r->link = header(x, "Link", true);
	if (end_announced(x)) {
		r->etag = header(x, "ETag", false);
		r->last_modified = header(x, "Last-Modified", false);
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
		fail(x, FETCH_STATUS, "HTTP status %ld leads nowhere", status);
		return;
	}
	const char *url = arena_strdup(x->mem, to);
	for (int i = 0; i < r->n_chain; i++)
		if (strcmp(x->chain[i], url) == 0)
			fail(x, FETCH_REFUSED, "redirected in a circle, to \"%s\"", url);
	if (r->n_chain > x->rq.limits->redirects || r->n_chain == CHAIN_MAX)
		fail(x, FETCH_REFUSED, "over %d redirects", x->rq.limits->redirects);
	if (strcmp(x->now.scheme, "https") == 0 && strncasecmp(url, "http:", 5) == 0)
		fail(x, FETCH_REFUSED, "redirected from https to \"%s\"", url);
	if (r->why.kind != ERR_NONE)
		return;
	x->permanent = x->permanent && (status == 301 || status == 308);
	if (x->permanent)
		r->moved = url;
	begin_hop(x, url);
}

static void take_answer(struct fetch *x, long status)
{
	if (brings_body(status))
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
	if (x->closed[0])
		fail(x, FETCH_REFUSED, "%s leads to %s, which is not a public address", x->now.host, x->closed);
	enum fetch_outcome outcome = brings_body(x->result.status) && x->wire > 0 ? FETCH_CUT : FETCH_DOWN;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rc == rows[i].code)
			outcome = rows[i].outcome;
	fail(x, outcome, "%s", x->curl_error[0] ? x->curl_error : curl_easy_strerror(rc));
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
	r->status = status_of(x);
	r->wire = x->wire;
	r->body = body_size(x);
}

static void end_hop(struct fetch *x, CURLcode rc)
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

/* ---- the outside */

static struct curl_slist *copy_list(const char *const *texts)
{
	struct curl_slist *list = NULL;

	for (; texts && *texts; texts++)
		list = curl_slist_append(list, *texts);
	return list;
}

int fetcher_new(const struct fetch_options *options, struct fetcher **out, struct err *e)
{
	struct fetcher *f = xzalloc(sizeof *f);

	if (options->user_agent && !one_line(options->user_agent)) {
		free(f);
		return err_set(e, ERR_CONFIG, "the User-Agent is more than one line");
	}
	f->mem = arena_new();
	f->list_end = &f->list;
	f->options = *options;
	f->options.user_agent = options->user_agent ? arena_strdup(f->mem, options->user_agent) : NULL;
	f->options.ca_file = options->ca_file ? arena_strdup(f->mem, options->ca_file) : NULL;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		f->multi = curl_multi_init();
	if (!f->multi) {
		arena_free(f->mem);
		free(f);
		return err_set(e, ERR_FAIL, "libcurl could not be started");
	}
	f->resolve = copy_list(options->resolve);
	*out = f;
	return 0;
}

void fetch_result_free(struct fetch_result *r)
{
	struct fetch *x = (struct fetch *)r;

	if (!x)
		return;
	curl_easy_cleanup(x->easy);
	curl_slist_free_all(x->lines);
	if (x->map)
		munmap(x->map, (size_t)x->body.filed);
	spill_release(&x->body);
	unpack_free(x->unpack);
	buf_release(&x->page);
	arena_free(x->mem);
	free(x);
}

void fetcher_free(struct fetcher *f)
{
	if (!f)
		return;
	for (struct fetch *x = f->list, *next; x; x = next) {
		next = x->next;
		if (x->state == FETCH_RUNNING)
			curl_multi_remove_handle(f->multi, x->easy);
		fetch_result_free(&x->result);
	}
	curl_multi_cleanup(f->multi);
	curl_slist_free_all(f->resolve);
	curl_global_cleanup();
	arena_free(f->mem);
	free(f);
}

/* Headers and secrets in one go: n is how many; check their form. */
static const char *const *copy_headers(struct fetch *x, const char *const *headers)
{
	size_t n = 0;

	while (headers[n])
		n++;
	const char **copy = arena_zalloc(x->mem, (n + 1) * sizeof *copy);
	for (size_t i = 0; i < n; i++) {
		size_t name = strcspn(headers[i], ":");

		copy[i] = arena_strdup(x->mem, headers[i]);
		if (name == 0 || !headers[i][name] || strcspn(headers[i], " \t") < name || !one_line(headers[i]))
			fail(x, FETCH_REFUSED, "header \"%s\" is not \"Name: value\" on one line", headers[i]);
	}
	return copy;
}

static const struct fetch_secret *copy_secrets(struct fetch *x, const struct fetch_secret *secrets)
{
	size_t n = 0;

	while (secrets[n].name)
		n++;
	struct fetch_secret *copy = arena_zalloc(x->mem, (n + 1) * sizeof *copy);
	for (size_t i = 0; i < n; i++) {
		copy[i] = (struct fetch_secret){ arena_strdup(x->mem, secrets[i].name), arena_strdup(x->mem, secrets[i].path) };
		if (!*copy[i].name || strpbrk(copy[i].name, ": \t") || !one_line(copy[i].name))
			fail(x, FETCH_REFUSED, "\"%s\" is not the name of a header", copy[i].name);
	}
	return copy;
}

static const char *copy_validator(struct fetch *x, const char *value)
{
	if (!value || !*value)
		return NULL;
	if (!one_line(value))
		fail(x, FETCH_REFUSED, "a validator is more than one line");
	return arena_strdup(x->mem, value);
}

static void copy_request(struct fetch *x, const struct fetch_request *rq)
{
	struct fetch_limits *limits = arena_alloc(x->mem, sizeof *limits);

	*limits = rq->limits ? *rq->limits : fetch_limits_default;
	x->rq = (struct fetch_request){ .allow_private = rq->allow_private, .arg = rq->arg, .limits = limits };
	x->rq.url = x->now.url = arena_strdup(x->mem, rq->url);
	x->rq.etag = copy_validator(x, rq->etag);
	x->rq.last_modified = copy_validator(x, rq->last_modified);
	x->rq.headers = rq->headers ? copy_headers(x, rq->headers) : NULL;
	x->rq.secrets = rq->secrets ? copy_secrets(x, rq->secrets) : NULL;
}

void fetch_start(struct fetcher *f, const struct fetch_request *rq)
{
	struct fetch *x = xzalloc(sizeof *x);

	x->owner = f;
	x->mem = arena_new();
	x->permanent = true;
	x->state = FETCH_DONE;
	x->started = steady_us();
	copy_request(x, rq);
	x->result.arg = rq->arg;
	x->result.data = "";
	x->result.url = x->rq.url;
	x->result.chain = x->chain;
	spill_init(&x->body, x->rq.limits->memory > PIECE ? (size_t)x->rq.limits->memory : PIECE);
	buf_init(&x->page, PAGE_MAX);
	*f->list_end = x;
	f->list_end = &x->next;
	f->pending++;
	if (x->result.why.kind == ERR_NONE)
		begin_hop(x, x->rq.url);
}

size_t fetch_pending(const struct fetcher *f)
{
	return f->pending;
}

/* Takes the first that is done out of the list. */
static struct fetch_result *take_done(struct fetcher *f)
{
	for (struct fetch **p = &f->list; *p; p = &(*p)->next) {
		struct fetch *x = *p;

		if (x->state != FETCH_DONE)
			continue;
		*p = x->next;
		if (f->list_end == &x->next)
			f->list_end = p;
		f->pending--;
		x->result.times.total = steady_us() - x->started;
		return &x->result;
	}
	return NULL;
}

/* Sends off what may go now. Returns for how many milliseconds there is nothing else to do, at most wait. */
static int64_t run_due(struct fetcher *f, int64_t wait)
{
	int64_t now = steady_ms();

	for (struct fetch *x = f->list; x; x = x->next) {
		if (x->state != FETCH_WAITING)
			continue;
		if (x->go_at <= now)
			run_hop(x);
		int64_t left = x->state == FETCH_WAITING ? x->go_at - now : 0;
		if (left < wait)
			wait = left;
	}
	return wait;
}

static void collect(struct fetcher *f)
{
	struct CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(f->multi, &left))) {
		CURLcode rc = m->data.result;
		void *x = NULL;

		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &x);
		curl_multi_remove_handle(f->multi, m->easy_handle);
		end_hop(x, rc);
	}
}

struct fetch_result *fetch_wait(struct fetcher *f, int timeout_ms)
{
	int64_t end = steady_ms() + timeout_ms, left;
	int running;

	for (;;) {
		curl_multi_perform(f->multi, &running);
		collect(f);
		struct fetch_result *r = take_done(f);
		left = end - steady_ms();
		if (r || f->pending == 0 || left <= 0)
			return r;
		curl_multi_poll(f->multi, NULL, 0, (int)run_due(f, left), NULL);
	}
}

struct fetch_result *fetch_one(struct fetcher *f, const struct fetch_request *rq)
{
	struct fetch_result *r = NULL;

	fetch_start(f, rq);
	while (!r)
		r = fetch_wait(f, 1000);
	return r;
}
