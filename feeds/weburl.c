#include "aimarket/weburl.h"

#include <ctype.h>
#include <strings.h>

#include <curl/curl.h>

#include "aimarket/buf.h"

enum { URL_MAX = 64 * 1024 };

static int open_url(const char *url, CURLU **out, struct err *e)
{
	CURLU *u = curl_url();
	CURLUcode rc = u ? curl_url_set(u, CURLUPART_URL, url, 0) : CURLUE_OUT_OF_MEMORY;

	if (rc != CURLUE_OK) {
		curl_url_cleanup(u);
		return err_set(e, ERR_CONFIG, "\"%s\" is not an address: %s", url, curl_url_strerror(rc));
	}
	*out = u;
	return 0;
}

/* A part in mem; "" when the URL has none. */
static const char *part(CURLU *u, CURLUPart which, unsigned flags, struct arena *mem)
{
	char *text = NULL;

	(void)curl_url_get(u, which, &text, flags);
	const char *copy = arena_strdup(mem, text ? text : "");
	curl_free(text);
	return copy;
}

const char *weburl_host(const char *url, struct arena *mem)
{
	struct err ignored = { 0 };
	CURLU *u;

	if (open_url(url, &u, &ignored))
		return NULL;
	char *host = arena_strdup(mem, part(u, CURLUPART_HOST, CURLU_PUNYCODE, mem));
	curl_url_cleanup(u);
	for (char *p = host; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return *host ? host : NULL;
}

static const char *unescaped(const char *s, size_t n, struct arena *mem)
{
	int len = 0;
	char *plain = n > 0 ? curl_easy_unescape(NULL, s, (int)n, &len) : NULL;
	const char *copy = arena_strndup(mem, plain ? plain : "", (size_t)len);

	curl_free(plain);
	return copy;
}

static const char *escaped(const char *s, struct arena *mem)
{
	char *text = *s ? curl_easy_escape(NULL, s, 0) : NULL;
	const char *copy = arena_strdup(mem, text ? text : "");

	curl_free(text);
	return copy;
}

/* One name=value of a query; length of both together. */
struct pair {
	const char *text, *name;
	size_t n, value;
};

static bool next_pair(const char **query, struct pair *out, struct arena *mem)
{
	if (!**query)
		return false;
	out->text = *query;
	out->n = strcspn(*query, "&");
	out->value = strcspn(*query, "&=");
	out->name = unescaped(*query, out->value, mem);
	out->value += (*query)[out->value] == '=';
	*query += out->n + ((*query)[out->n] == '&');
	return true;
}

int weburl_get(const char *url, const char *name, struct arena *mem, const char **value, struct err *e)
{
	struct pair pair;
	CURLU *u = NULL;

	*value = NULL;
	if (open_url(url, &u, e))
		return -1;
	const char *query = part(u, CURLUPART_QUERY, 0, mem);
	while (!*value && next_pair(&query, &pair, mem))
		if (strcmp(pair.name, name) == 0)
			*value = unescaped(pair.text + pair.value, pair.n - pair.value, mem);
	curl_url_cleanup(u);
	return 0;
}

static void add_pair(struct buf *out, const char *text, size_t n)
{
	if (out->len > 0)
		(void)buf_addc(out, '&');
	(void)buf_add(out, text, n);
}

static void replace(const char *query, const char *name, const char *value, struct arena *mem, struct buf *out)
{
	const char *ours = value ? arena_printf(mem, "%s=%s", escaped(name, mem), escaped(value, mem)) : NULL;
	struct pair pair;

	while (next_pair(&query, &pair, mem)) {
		if (strcmp(pair.name, name) != 0) {
			add_pair(out, pair.text, pair.n);
		} else if (ours) {
			add_pair(out, ours, strlen(ours));
			ours = NULL;
		}
	}
	if (ours)
		add_pair(out, ours, strlen(ours));
}

int weburl_set(const char *url, const char *name, const char *value, struct arena *mem, const char **out, struct err *e)
{
	struct buf query;
	CURLU *u = NULL;
	int rc = 0;

	if (open_url(url, &u, e))
		return -1;
	buf_init(&query, URL_MAX);
	replace(part(u, CURLUPART_QUERY, 0, mem), name, value, mem, &query);
	if (query.overflow)
		rc = err_set(e, ERR_LIMIT, "an address of over %d bytes", URL_MAX);
	else if (curl_url_set(u, CURLUPART_QUERY, query.len ? buf_str(&query) : NULL, 0) != CURLUE_OK)
		rc = err_set(e, ERR_CONFIG, "\"%s\" does not take the parameter %s", url, name);
	else
		*out = part(u, CURLUPART_URL, 0, mem);
	buf_release(&query);
	curl_url_cleanup(u);
	return rc;
}

static const char *origin(CURLU *u, struct arena *mem)
{
	const char *scheme = part(u, CURLUPART_SCHEME, 0, mem), *host = part(u, CURLUPART_HOST, 0, mem);

	return arena_printf(mem, "%s %s %s", scheme, host, part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, mem));
}

int weburl_join(const char *url, const char *to, struct arena *mem, const char **out, struct err *e)
{
	CURLU *u = NULL;
	int rc = 0;

	if (open_url(url, &u, e))
		return -1;
	const char *home = origin(u, mem);
	if (curl_url_set(u, CURLUPART_URL, to, CURLU_DISALLOW_USER) != CURLUE_OK)
		rc = err_set(e, ERR_PARSE, "\"%s\" is not an address", to);
	else if (strcasecmp(origin(u, mem), home) != 0)
		rc = err_set(e, ERR_PARSE, "\"%s\" leads to another place than \"%s\"", to, url);
	else
		*out = part(u, CURLUPART_URL, 0, mem);
	curl_url_cleanup(u);
	return rc;
}
