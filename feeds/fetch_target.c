#include "fetch_inside.h"

#include <ctype.h>
#include <strings.h>

#include "aimarket/netaddr.h"

static bool ends_with_domain(const char *host, const char *domain)
{
	size_t n = strlen(host), len = strlen(domain);

	return n >= len && strcasecmp(host + n - len, domain) == 0 && (n == len || host[n - len - 1] == '.');
}

int fetch_agent_check(const char *user_agent, const char *host, struct err *e)
{
	const char *at = user_agent ? strchr(user_agent, '@') : NULL;

	if (user_agent && !fetch_one_line(user_agent))
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
		return fetch_fail(x, FETCH_REFUSED, "not a good address: %s", curl_url_strerror(rc));
	if (!out->scheme || !out->port || (strcmp(out->scheme, "http") != 0 && strcmp(out->scheme, "https") != 0))
		return fetch_fail(x, FETCH_REFUSED, "only http and https are fetched");
	return 0;
}

bool fetch_same_place(const struct target *a, const struct target *b)
{
	return strcmp(a->host, b->host) == 0 && strcmp(a->port, b->port) == 0;
}

bool fetch_private_fine(const struct fetch *x)
{
	return x->rq.allow_private && fetch_same_place(&x->first, &x->now);
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
		fetch_fail(x, FETCH_REFUSED, "%s", e.text);
		return err_hint(&x->result.why, "%s", e.hint);
	}
	if (!fetch_private_fine(x) && netaddr_host_private(x->now.host))
		return fetch_fail(x, FETCH_REFUSED, "%s is not a public address", x->now.host);
	return 0;
}

static void pass_gate(struct fetch *x)
{
	const struct fetch_options *o = &x->owner->options;
	struct err e = { 0 };
	long wait = o->gate ? o->gate(o->gate_arg, x->now.host, &e) : 0;

	if (wait < 0) {
		fetch_fail(x, FETCH_BUSY, "%s", e.text);
		x->state = FETCH_DONE;
		return;
	}
	x->state = FETCH_WAITING;
	x->go_at = fetch_clock() / 1000 + wait;
	x->result.times.queue += (int64_t)wait * 1000;
}

void fetch_begin_hop(struct fetch *x, const char *url)
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
