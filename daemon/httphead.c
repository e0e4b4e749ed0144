#include "aimarket/httphead.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <strings.h>

#include "aimarket/text.h"
#include "httpline.h"

const struct http_method_row http_methods[HTTP_METHODS] = {
	[HTTP_GET] = { "GET", false },
	[HTTP_HEAD] = { "HEAD", false },
	[HTTP_POST] = { "POST", true },
	[HTTP_PUT] = { "PUT", true },
	[HTTP_PATCH] = { "PATCH", true },
	[HTTP_DELETE] = { "DELETE", false },
	[HTTP_OPTIONS] = { "OPTIONS", false },
	[HTTP_TRACE] = { "TRACE", false },
};

/* Where a character may stand. In a query that is also what browsers leave as it is. */
enum { IN_PATH = 1, IN_QUERY = 2, IN_HOST = 4 };
#define ANYWHERE (IN_PATH | IN_QUERY | IN_HOST)
#define IN_TARGET (IN_PATH | IN_QUERY)
static const unsigned char places[256] = {
	['0' ... '9'] = ANYWHERE,
	['A' ... 'Z'] = ANYWHERE,
	['a' ... 'z'] = ANYWHERE,
	['-'] = ANYWHERE,
	['.'] = ANYWHERE,
	['_'] = ANYWHERE,
	['!'] = IN_TARGET,
	['$'] = IN_TARGET,
	['%'] = IN_TARGET,
	['&'] = IN_TARGET,
	['\''] = IN_TARGET,
	['('] = IN_TARGET,
	[')'] = IN_TARGET,
	['*'] = IN_TARGET,
	['+'] = IN_TARGET,
	[','] = IN_TARGET,
	['/'] = IN_TARGET,
	[':'] = IN_TARGET,
	[';'] = IN_TARGET,
	['='] = IN_TARGET,
	['@'] = IN_TARGET,
	['~'] = IN_TARGET,
	['?'] = IN_QUERY,
	['['] = IN_QUERY,
	[']'] = IN_QUERY,
	['{'] = IN_QUERY,
	['}'] = IN_QUERY,
	['\\'] = IN_QUERY,
	['^'] = IN_QUERY,
	['`'] = IN_QUERY,
	['|'] = IN_QUERY,
};

static int refuse(struct http_head_reader *r, int status, const char *why)
{
	r->why = why;
	return status;
}

/* How many of the first characters may stand there. */
static size_t span(const char *s, int place)
{
	size_t n = 0;

	while (places[(unsigned char)s[n]] & place)
		n++;
	return n;
}

static void to_small_letters(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Replaces escapes where they stand; *n is the length before and after. -1: not an escape, or not UTF-8 without NUL. */
static int unescape(char *s, size_t *n, bool plus_is_blank)
{
	size_t out = 0;

	for (size_t i = 0; i < *n; i++) {
		char c = s[i];

		if (c == '%') {
			int high = i + 2 < *n ? hex_digit(s[i + 1]) : -1, low = i + 2 < *n ? hex_digit(s[i + 2]) : -1;

			if (high < 0 || low < 0)
				return -1;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		s[out++] = c;
	}
	s[out] = '\0';
	*n = out;
	return text_utf8_check(s, out) == out ? 0 : -1;
}

/* ---- the target */

static bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return true;
	return false;
}

/* Dots are for clients to resolve; one that does not is after something. */
static int read_segment(struct http_head_reader *r, char *s, size_t n)
{
	if (unescape(s, &n, false) || has_control(s))
		return refuse(r, 400, "the path has an escape that is none, or is not text");
	if (!strcmp(s, ".") || !strcmp(s, ".."))
		return refuse(r, 400, "the path has dots to be resolved");
	return HTTP_MORE;
}

static int read_path(struct http_head_reader *r, const char *path)
{
	size_t n = 0;
	int rc = HTTP_MORE;

	for (const char *p = path; *p; p++)
		n += *p == '/';
	const char **segments = arena_alloc(r->mem, n * sizeof *segments);
	char *s = arena_strdup(r->mem, path + 1);
	for (size_t i = 0; i < n && rc == HTTP_MORE; i++) {
		size_t len = strcspn(s, "/");

		segments[i] = s;
		s[len] = '\0';
		rc = read_segment(r, s, len);
		s += len + 1;
	}
	r->head.segments = segments;
	r->head.n_segments = n;
	return rc;
}

static int read_param(struct http_head_reader *r, char *s, size_t n, struct http_field *out)
{
	char *equals = memchr(s, '=', n);
	size_t n_name = equals ? (size_t)(equals - s) : n, n_value = equals ? n - n_name - 1 : 0;
	char *value = equals ? equals + 1 : s + n;

	*out = (struct http_field){ s, value };
	if (unescape(value, &n_value, true) || unescape(s, &n_name, true))
		return refuse(r, 400, "the query has an escape that is none, or is not text");
	return HTTP_MORE;
}

static int read_query(struct http_head_reader *r, const char *query)
{
	size_t n = 1, used = 0;
	int rc = HTTP_MORE;

	for (const char *p = query; *p; p++)
		n += *p == '&';
	if (n > r->limits->params)
		return refuse(r, 400, "the query has too many parameters");
	struct http_field *params = arena_alloc(r->mem, n * sizeof *params);
	char *s = arena_strdup(r->mem, query);
	for (size_t i = 0; i < n && rc == HTTP_MORE; i++) {
		size_t len = strcspn(s, "&");

		s[len] = '\0';
		if (len > 0)
			rc = read_param(r, s, len, &params[used++]);
		s += len + 1;
	}
	r->head.params = params;
	r->head.n_params = used;
	return rc;
}

/* From the leading slash on. */
static int read_origin_form(struct http_head_reader *r, const char *target)
{
	size_t n_path = span(target, IN_PATH);
	const char *query = target[n_path] == '?' ? target + n_path + 1 : target + n_path;

	if (query[span(query, IN_QUERY)])
		return refuse(r, 400, "the target has characters that must be escaped");
	r->head.target = target;
	r->head.path = arena_strndup(r->mem, target, n_path);
	r->head.query = query;
	int rc = read_path(r, r->head.path);
	return rc == HTTP_MORE ? read_query(r, query) : rc;
}

/* http://host/path: what a proxy is asked, and every server must understand. */
static int read_absolute_form(struct http_head_reader *r, const char *target)
{
	const char *authority = target + strlen("http://");
	size_t n = strcspn(authority, "/?");

	r->target_authority = arena_strndup(r->mem, authority, n);
	target = authority + n;
	return read_origin_form(r, *target == '/' ? target : arena_printf(r->mem, "/%s", target));
}

static int read_target(struct http_head_reader *r, const char *target)
{
	if (strlen(target) > r->limits->target)
		return refuse(r, 414, "the target is too long");
	if (*target == '/')
		return read_origin_form(r, target);
	if (!strncasecmp(target, "http://", strlen("http://")))
		return read_absolute_form(r, target);
	if (strcmp(target, "*") || r->head.method != HTTP_OPTIONS)
		return refuse(r, 400, "the target does not begin with a slash");
	r->head.target = r->head.path = target;
	r->head.query = "";
	return HTTP_MORE;
}

/* ---- the request line */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int read_version(struct http_head_reader *r, const char *s)
{
	if (strncmp(s, "HTTP/", 5) || !is_digit(s[5]) || s[6] != '.' || !is_digit(s[7]) || s[8])
		return refuse(r, 400, "the request line does not end in a version of HTTP");
	if (s[5] != '1' || s[7] > '1')
		return refuse(r, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
	r->head.minor = s[7] - '0';
	return HTTP_MORE;
}

static int read_method(struct http_head_reader *r, const char *s)
{
	for (int i = 0; i < HTTP_METHODS; i++) {
		if (!strcmp(s, http_methods[i].name)) {
			r->head.method = (enum http_method)i;
			return HTTP_MORE;
		}
	}
	return refuse(r, 501, "the method is not known");
}

static int read_request_line(struct http_head_reader *r, char *line)
{
	size_t n_method = http_token_span(line);
	char *target = line + n_method + 1;
	char *blank = line[n_method] == ' ' ? strchr(target, ' ') : NULL;

	if (n_method == 0 || !blank)
		return refuse(r, 400, "the request line is not method, target and version, with one blank between them");
	line[n_method] = *blank = '\0';
	int rc = read_version(r, blank + 1);
	if (rc == HTTP_MORE)
		rc = read_method(r, line);
	return rc == HTTP_MORE ? read_target(r, target) : rc;
}

/* ---- the header */

static int read_field(struct http_head_reader *r, char *line, size_t n)
{
	size_t n_name = http_field_name(line);
	char *value = line + n_name + 1, *end = line + n;

	if (r->head.n_fields == r->limits->fields)
		return refuse(r, 431, "the header has too many lines");
	if (*line == ' ' || *line == '\t')
		return refuse(r, 400, "the header has a folded line");
	if (n_name == 0)
		return refuse(r, 400, "a header line does not begin with a name and a colon");
	line[n_name] = '\0';
	to_small_letters(line);
	value += strspn(value, " \t");
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	r->fields[r->head.n_fields++] = (struct http_field){ line, value };
	return HTTP_MORE;
}

const char *http_head_field(const struct http_head *head, const char *name, struct arena *mem)
{
	const char *value = NULL;

	for (size_t i = 0; i < head->n_fields; i++)
		if (!strcmp(head->fields[i].name, name))
			value = value ? arena_printf(mem, "%s, %s", value, head->fields[i].value) : head->fields[i].value;
	return value;
}

bool http_list_has(const char *list, const char *word)
{
	size_t n = strlen(word);

	while (*list) {
		list += strspn(list, ", \t");
		size_t len = strcspn(list, ", \t");
		if (len == n && !strncasecmp(list, word, n))
			return true;
		list += len;
	}
	return false;
}

/* ---- the whole head: what depends on several lines of it */

/* Headers that may come once: two of them would mean two things to two readers. */
enum single { ONE_HOST, ONE_LENGTH, ONE_CODING, ONE_EXPECT, ONE_TYPE, ONE_AUTHORIZATION, SINGLES };
static const char *const single_names[SINGLES] = {
	[ONE_HOST] = "host",
	[ONE_LENGTH] = "content-length",
	[ONE_CODING] = "transfer-encoding",
	[ONE_EXPECT] = "expect",
	[ONE_TYPE] = "content-type",
	[ONE_AUTHORIZATION] = "authorization",
};

static int find_singles(struct http_head_reader *r, const char *found[SINGLES])
{
	for (size_t i = 0; i < r->head.n_fields; i++) {
		for (int one = 0; one < SINGLES; one++) {
			if (strcmp(r->fields[i].name, single_names[one]))
				continue;
			if (found[one])
				return refuse(r, 400, "a header that may come once is there twice");
			found[one] = r->fields[i].value;
		}
	}
	return HTTP_MORE;
}

static bool read_port(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n <= 5 && !s[n] && strtol(s, NULL, 10) <= UINT16_MAX;
}

/* name[:port] or [address]:port; true when it is one. */
static bool read_authority(struct http_head *head, char *s)
{
	unsigned char address[sizeof(struct in6_addr)];
	bool six = *s == '[';
	char *host = s + six;
	size_t n = six ? strcspn(host, "]") : span(host, IN_HOST);
	const char *rest = host + n;

	if (n == 0 || (six && *rest++ != ']') || (*rest && *rest != ':'))
		return false;
	if (*rest == ':' && !read_port(rest + 1))
		return false;
	host[n] = '\0';
	to_small_letters(host);
	head->host = host;
	head->host_is_address = inet_pton(six ? AF_INET6 : AF_INET, host, address) == 1;
	return head->host_is_address || !six;
}

static int check_host(struct http_head_reader *r, const char *host)
{
	if (!host)
		return r->head.minor == 0 ? HTTP_MORE : refuse(r, 400, "there is no Host");
	if (!read_authority(&r->head, arena_strdup(r->mem, host)))
		return refuse(r, 400, "Host is not a name or an address with or without a port");
	if (r->target_authority && strcasecmp(r->target_authority, host))
		return refuse(r, 400, "the target names another host than Host does");
	r->head.authority = host;
	return HTTP_MORE;
}

static int check_length(struct http_head_reader *r, const char *s)
{
	size_t digits = strspn(s, "0123456789");

	if (digits == 0 || s[digits])
		return refuse(r, 400, "Content-Length is not a number");
	s += strspn(s, "0");
	r->head.length = strlen(s) > 18 ? UINT64_MAX : strtoull(s, NULL, 10);
	return HTTP_MORE;
}

static int check_coding(struct http_head_reader *r, const char *coding)
{
	if (strcasecmp(coding, "chunked"))
		return refuse(r, 501, "no Transfer-Encoding is known but chunked, once");
	if (r->head.minor == 0)
		return refuse(r, 400, "HTTP/1.0 has no Transfer-Encoding");
	r->head.chunked = true;
	return HTTP_MORE;
}

static int check_body(struct http_head_reader *r, const char *length, const char *coding)
{
	int rc = HTTP_MORE;

	if (length && coding)
		return refuse(r, 400, "Content-Length and Transfer-Encoding exclude each other");
	if (length)
		rc = check_length(r, length);
	else if (coding)
		rc = check_coding(r, coding);
	if (rc == HTTP_MORE && (r->head.length > 0 || r->head.chunked) && !http_methods[r->head.method].body)
		return refuse(r, 400, "a request with this method has no body");
	return rc;
}

static int check_expectation(struct http_head_reader *r, const char *expect)
{
	if (!expect || r->head.minor == 0)
		return HTTP_MORE;
	if (strcasecmp(expect, "100-continue"))
		return refuse(r, 417, "no expectation is known but 100-continue");
	r->head.continues = r->head.length > 0 || r->head.chunked;
	return HTTP_MORE;
}

static void read_connection(struct http_head_reader *r)
{
	const char *options = http_head_field(&r->head, "connection", r->mem);

	r->head.keep = r->head.minor > 0;
	if (options && http_list_has(options, "close"))
		r->head.keep = false;
	else if (options && http_list_has(options, "keep-alive"))
		r->head.keep = true;
}

static int check_head(struct http_head_reader *r)
{
	const char *found[SINGLES] = { NULL };
	int rc = find_singles(r, found);

	if (rc == HTTP_MORE)
		rc = check_host(r, found[ONE_HOST]);
	if (rc == HTTP_MORE)
		rc = check_body(r, found[ONE_LENGTH], found[ONE_CODING]);
	if (rc == HTTP_MORE)
		rc = check_expectation(r, found[ONE_EXPECT]);
	if (rc != HTTP_MORE)
		return rc;
	read_connection(r);
	return HTTP_DONE;
}

/* ---- lines */

void http_head_begin(struct http_head_reader *r, const struct http_head_limits *limits, struct arena *mem)
{
	*r = (struct http_head_reader){ .limits = limits, .mem = mem };
	r->fields = arena_alloc(mem, limits->fields * sizeof *r->fields);
	r->head.fields = r->fields;
}

/* An empty line may precede the request: old clients send one after a body. */
static int read_line(struct http_head_reader *r, const char *line, size_t n)
{
	if (n == 0 && r->bytes == 0)
		return HTTP_MORE;
	if (!r->head.target)
		return read_request_line(r, arena_strndup(r->mem, line, n));
	return n == 0 ? check_head(r) : read_field(r, arena_strndup(r->mem, line, n), n);
}

/* n bytes, perhaps without end yet, are more than may be. */
static int check_size(struct http_head_reader *r, size_t n)
{
	enum { AROUND_TARGET = 32 }; /* method, version and the blanks between */

	if (!r->head.target && n > r->limits->target + AROUND_TARGET)
		return refuse(r, 414, "the target is too long");
	if (n > r->limits->bytes - r->bytes)
		return refuse(r, 431, "the header is too large");
	return HTTP_MORE;
}

int http_head_read(struct http_head_reader *r, const char *data, size_t n, size_t *used)
{
	int rc = HTTP_MORE;

	*used = 0;
	while (rc == HTTP_MORE && *used < n) {
		const char *line = data + *used;
		size_t size;
		int found = http_line_find(line, n - *used, &r->scanned, &size);

		rc = check_size(r, size);
		if (rc == HTTP_MORE && found >= 400)
			rc = refuse(r, found, "the head has " HTTP_LINE_BAD);
		if (rc != HTTP_MORE || found == HTTP_MORE)
			break;
		rc = read_line(r, line, size - 2);
		r->scanned = 0;
		r->bytes += size;
		*used += size;
	}
	return rc;
}
