#include "fetch_inside.h"

#include <ctype.h>
#include <netdb.h>
#include <strings.h>
#include <unistd.h>

#include "aimarket/file.h"
#include "aimarket/netaddr.h"

enum {
	HEAD_MAX = 128 * 1024, /* all header lines of an answer */
	PAGE_WIRE_MAX = 1024 * 1024, /* read of an answer that brings no body */
	SECRET_MAX = 8 * 1024,
	RATIO_FROM = 1024 * 1024, /* a small body may be packed as well as it likes */
};

/*
 * Judged when the socket is made: by then every name, spelling and redirect has become an address. The name may have others that
 * are fine, so this is an error only when no connection comes about.
 */
static bool address_fine(struct fetch *x, const struct sockaddr *a, socklen_t len)
{
	if (*x->proxy || fetch_private_fine(x) || netaddr_public(a))
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

/* The same for a connection that was kept open: it may come from a feed that was allowed more. Nothing was sent yet. */
static int on_prereq(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct fetch *x = arg;

	if (x->open_secret && (*x->proxy || netaddr_text_public(ip))) {
		fetch_fail(x, FETCH_REFUSED, "it takes a secret header, and http would show it");
		return CURL_PREREQFUNC_ABORT;
	}
	if (*x->proxy || fetch_private_fine(x) || netaddr_text_public(ip))
		return CURL_PREREQFUNC_OK;
	snprintf(x->closed, sizeof x->closed, "%s", ip);
	return CURL_PREREQFUNC_ABORT;
}

bool fetch_brings_body(const struct fetch *x)
{
	long status = 0;

	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	return status == 200 || status == 203;
}

const char *fetch_header(struct fetch *x, const char *name, bool join)
{
	const char *text = NULL;
	struct curl_header *h;

	for (size_t i = 0; curl_easy_header(x->easy, name, i, CURLH_HEADER, -1, &h) == CURLHE_OK; i++)
		text = text && join ? arena_printf(x->mem, "%s, %s", text, h->value) : arena_strdup(x->mem, h->value);
	return text;
}

long long fetch_body_size(const struct fetch *x)
{
	return x->body.filed + (long long)x->body.mem.len;
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
	struct fetch *x = arg;

	x->head_bytes += size * n;
	if (x->head_bytes <= HEAD_MAX)
		return size * n;
	fetch_fail(x, FETCH_TOO_LARGE, "over %d bytes of headers", HEAD_MAX);
	return CURL_WRITEFUNC_ERROR;
}

static int add_body(struct fetch *x, const char *data, size_t n)
{
	const struct fetch_limits *limits = x->rq.limits;
	long long size = fetch_body_size(x) + (long long)n;
	struct err e = { 0 };

	if (size > limits->body)
		return fetch_fail(x, FETCH_TOO_LARGE, "the body is over the limit body = %lld", limits->body);
	if (size > RATIO_FROM && size > limits->ratio * x->wire)
		return fetch_fail(x, FETCH_TOO_LARGE, "the body grows over the limit ratio = %ld when unpacked", limits->ratio);
	if (buf_add(&x->body.mem, data, n) && (spill_flush(&x->body, &e) || buf_add(&x->body.mem, data, n)))
		return fetch_fail(x, FETCH_FAILED, "%s", e.text);
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

	return fetch_brings_body(x) ? add_body(x, data, n) : add_page(x, data, n);
}

/* How the body is packed: as its header says, or as it begins; a file packed by gzip is no different from one packed for the way. */
static const char *coding_of(struct fetch *x, const char *data, size_t n)
{
	const char *said = fetch_header(x, "Content-Encoding", true);
	bool plain = !said || !*said || !strcasecmp(said, "identity");

	return plain && n >= 2 && !memcmp(data, "\x1f\x8b", 2) ? "gzip" : said;
}

static int take_bytes(struct fetch *x, const char *data, size_t n)
{
	struct err e = { 0 };

	x->wire += (long long)n;
	x->page_enough = x->wire > PAGE_WIRE_MAX && !fetch_brings_body(x);
	if (x->page_enough)
		return -1;
	if (x->wire > x->rq.limits->wire)
		return fetch_too_much(x);
	if (!x->unpack && unpack_new(coding_of(x, data, n), &x->unpack, &e))
		return fetch_fail(x, FETCH_CUT, "%s", e.text);
	if (unpack_feed(x->unpack, data, n, on_unpacked, x, &e))
		return fetch_fail(x, FETCH_CUT, "%s", e.text);
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
		fetch_fail(x, FETCH_FAILED, "out of memory");
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
		fetch_fail(x, FETCH_REFUSED, "the value of header %s: %s", s->name, e.text);
	} else {
		while (value.len > 0 && isspace((unsigned char)value.data[value.len - 1]))
			value.data[--value.len] = '\0';
		if (value.len == 0 || strlen(value.data) != value.len || !fetch_one_line(value.data))
			fetch_fail(x, FETCH_REFUSED, "the value of header %s in \"%s\" is not one line of text", s->name, s->path);
		else
			add_line(x, s->name, value.data);
	}
	buf_release(&value);
}

static void add_secrets(struct fetch *x)
{
	bool home = fetch_same_place(&x->first, &x->now) && strcmp(x->first.scheme, x->now.scheme) == 0;
	const struct fetch_secret *s = x->rq.secrets;

	x->open_secret = false;
	if (!s || !s->name || !home)
		return;
	x->open_secret = strcmp(x->now.scheme, "https") != 0;
	if (x->open_secret && !x->rq.allow_private) {
		fetch_fail(x, FETCH_REFUSED, "header %s is a secret, and http would show it", s->name);
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
void fetch_run_hop(struct fetch *x)
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
		fetch_fail(x, FETCH_FAILED, "libcurl could not be set up");
	if (x->result.why.kind == ERR_NONE && curl_multi_add_handle(x->owner->multi, x->easy) != CURLM_OK)
		fetch_fail(x, FETCH_FAILED, "libcurl did not take the request");
	x->state = x->result.why.kind == ERR_NONE ? FETCH_RUNNING : FETCH_DONE;
}
