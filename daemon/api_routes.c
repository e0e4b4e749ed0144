/* api_routes: which requests there are, and who takes them. A new one is a row. */
#include "api_inside.h"

#include <strings.h>

#include "aimarket/log.h"
#include "aimarket/text.h"

#define GET BIT(HTTP_GET)
#define POST BIT(HTTP_POST)
#define NESTED (BIT(OUT_JSON) | BIT(OUT_NDJSON))
#define ROWS (NESTED | BIT(OUT_CSV))

const struct route api_routes[] = {
	{ GET, "/healthz", "whether the worker answers", .handle = api_healthz },
	{ GET, "/livez", "the same", .handle = api_healthz },
	{ GET, "/readyz", "whether questions will be answered", .handle = api_readyz },
	{ GET, "/metrics", "the state of all for Prometheus", .handle = api_metrics },
	{ GET, "/openapi.json", "what can be asked, for programs", .handle = api_openapi },
	{ POST, "/v1/predictions", "ask a question", .handle = api_post },
	{ POST, "/v1/predictions/{id}/edits", "change it", .handle = api_post },
	{ POST, "/v1/predictions/{id}/forecasts", "say what will come out", .handle = api_post },
	{ POST, "/v1/predictions/{id}/resolutions", "say how it came out", .handle = api_post },
	{ POST, "/v1/predictions/{id}/disputes", "object to that", .handle = api_post },
	{ POST, "/v1/predictions/{id}/links", "tie it to another", .handle = api_post },
	{ POST, "/v1/forecasts/{id}/opening", "tell what was sealed", .handle = api_post },
	{ POST, "/v1/deals", "a fact by hand", .handle = api_post_fact },
	{ POST, "/v1/observations", "a fact by hand", .handle = api_post_fact },
	{ POST, "/v1/entities", "a fact by hand", .handle = api_post_fact },
	{ POST, "/v1/statements", "a fact by hand", .handle = api_post_fact },
	{ POST, "/v1/sources", "a fact by hand", .handle = api_post_fact },
	{ GET, "/v1/events", "what is new, as it comes", .handle = api_events },
	{ GET, "/v1/writes/{id}", "what became of a request to write", .handle = api_written },
	{ GET, "/v1", "what can be asked", .handle = api_index },
	{ GET, "/v1/why", "why a figure is what it is", .begin = why_begin, .formats = NESTED, .words = WORDS_TIME, .own = why_words },
	{ GET, "/v1/search", "entities and deals by whatever they are called", .begin = search_begin, .formats = ROWS,
		.own = search_words },
	{ GET, "/v1/compare", "entities beside each other on one metric", .begin = compare_begin, .formats = ROWS,
		.words = WORDS_FILTERS | WORDS_TIME | WORDS_NUMBERS, .own = compare_words },
	{ GET, "/v1/trends/{resource}", "a resource by buckets of time", .begin = trend_begin, .formats = ROWS,
		.words = WORDS_FILTERS | WORDS_TIME | WORDS_NUMBERS, .own = trend_words },
	{ GET, "/v1/{resource}", "rows of a resource", .begin = list_begin, .formats = ROWS,
		.words = WORDS_FILTERS | WORDS_ASK | WORDS_PAGE | WORDS_TIME | WORDS_NUMBERS },
	{ GET, "/v1/{resource}/{id}", "one of them", .begin = one_begin, .formats = ROWS,
		.words = WORDS_FIELDS | WORDS_TIME | WORDS_NUMBERS },
	{ GET, "/v1/{resource}/{id}/claims", "all that was said about it", .begin = claims_begin, .formats = ROWS,
		.words = WORDS_PAGE | WORDS_TIME | WORDS_NUMBERS },
	{ 0 },
};

/* ---- which row */

bool api_fits(const char *pattern, const struct http_head *head, const char **words)
{
	size_t n = 0, word = 0;

	for (; *pattern == '/'; n++) {
		size_t len = strcspn(++pattern, "/");

		if (n == head->n_segments)
			return false;
		if (*pattern == '{' && words)
			words[word++] = head->segments[n];
		else if (*pattern == '{')
			;
		else if (strlen(head->segments[n]) != len || strncmp(pattern, head->segments[n], len) != 0)
			return false;
		pattern += len;
	}
	return n == head->n_segments;
}

/* The row for the request; NULL, and *allowed has the methods that others of the path take. */
static const struct route *find(const struct http_head *head, const char **words, unsigned *allowed)
{
	enum http_method method = head->method == HTTP_HEAD ? HTTP_GET : head->method;

	*allowed = 0;
	for (const struct route *route = api_routes; route->pattern; route++) {
		if (!api_fits(route->pattern, head, words))
			continue;
		if (route->methods & BIT(method))
			return route;
		*allowed |= route->methods;
	}
	return NULL;
}

/* ---- what has no row */

static void tell_allowed(struct http_request *r, unsigned allowed)
{
	char list[96] = "";
	size_t n = 0;

	for (int m = 0; m < HTTP_METHODS; m++) {
		if (!(allowed & BIT(m)) && m != HTTP_OPTIONS && !(m == HTTP_HEAD && allowed & GET))
			continue;
		n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "", http_methods[m].name);
	}
	http_header(r, "Allow", "%s", list);
}

static void nothing_there(struct http_request *r)
{
	const char *patterns[64], *near;
	struct err e = { 0 };
	size_t n = 0;

	for (const struct route *route = api_routes; route->pattern && n < 64; route++)
		if (!strchr(route->pattern, '{'))
			patterns[n++] = route->pattern;
	near = text_nearest(r->head->path, patterns, n);
	err_set(&e, ERR_NOT_FOUND, near ? "nothing is there, did you mean \"%s\"?" : "nothing is there", near);
	problem_send(r, &e);
}

static void wrong_method(struct http_request *r, unsigned allowed)
{
	struct err e = { 0 };

	err_set(&e, ERR_USAGE, "%s is not for this address", http_methods[r->head->method].name);
	tell_allowed(r, allowed);
	problem_status(r, 405, &e);
}

/* A page on another origin asks whether it may. */
static void answer_options(struct http_request *r, unsigned allowed)
{
	tell_allowed(r, allowed);
	http_header(r, "Access-Control-Allow-Methods", "GET, HEAD, POST");
	http_header(r, "Access-Control-Allow-Headers",
		"Accept, Accept-Datetime, Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, traceparent");
	http_header(r, "Access-Control-Max-Age", "3600");
	http_reply(r, 204, NULL, NULL, 0);
}

/* ---- every request */

/* Pages of origins that are not ours get their answer, but their browser keeps it from them. */
static void tell_origin(const struct api *api, struct http_request *r)
{
	const char *origin = *api->origins ? http_head_field(r->head, "origin", r->mem) : NULL;

	if (*api->origins)
		http_header(r, "Vary", "Origin");
	for (const char *const *o = api->origins; origin && *o; o++) {
		if (strcmp(*o, "*") != 0 && strcmp(*o, origin) != 0)
			continue;
		http_header(r, "Access-Control-Allow-Origin", "%s", **o == '*' ? "*" : origin);
		http_header(r, "Access-Control-Expose-Headers",
			"ETag, Link, Location, Memento-Datetime, RateLimit, RateLimit-Policy, Retry-After");
		return;
	}
}

void api_route(struct api *api, struct http_request *r)
{
	const char *words[ROUTE_WORDS_MAX] = { NULL };
	unsigned allowed;

	const struct route *route = find(r->head, words, &allowed);
	if (!route && r->head->method == HTTP_OPTIONS)
		answer_options(r, allowed);
	else if (!route && allowed)
		wrong_method(r, allowed);
	else if (!route)
		nothing_there(r);
	else if (route->handle)
		route->handle(api, r, words);
	else
		inquiry_join(api, r, route, words);
}

void api_handle(void *arg, struct http_request *r)
{
	struct api *api = arg;

	tell_origin(api, r);
	if (!rate_allows(api, r))
		return;
	if (token_needed(api, r))
		token_then_route(api, r);
	else
		api_route(api, r);
}
