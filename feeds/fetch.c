#include "fetch_inside.h"

#include <stdarg.h>
#include <sys/mman.h>
#include <time.h>

enum {
	PAGE_MAX = 16 * 1024, /* kept of an answer that brings no body, to see what it is about */
	PIECE = 16 * 1024, /* largest that unpack hands over */
};

const struct fetch_limits fetch_limits_default = {
	.wire = 512LL << 20,
	.body = (1LL << 31) - 1,
	.ratio = 200,
	.memory = 8 << 20,
	.redirects = 5,
	.connect_ms = 10 * 1000L,
	.total_ms = 600 * 1000L,
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

int64_t fetch_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int fetch_fail(struct fetch *x, enum fetch_outcome outcome, const char *fmt, ...)
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

int fetch_too_much(struct fetch *x)
{
	return fetch_fail(x, FETCH_TOO_LARGE, "the body is over the limit wire = %lld", x->rq.limits->wire);
}

bool fetch_one_line(const char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < ' ' && *s != '\t') || *s == 0x7f)
			return false;
	return true;
}

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

	if (options->user_agent && !fetch_one_line(options->user_agent)) {
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

/* The form of all is checked here, once. */
static const char *const *copy_headers(struct fetch *x, const char *const *headers)
{
	size_t n = 0;

	while (headers[n])
		n++;
	const char **copy = arena_zalloc(x->mem, (n + 1) * sizeof *copy);
	for (size_t i = 0; i < n; i++) {
		size_t name = strcspn(headers[i], ":");

		copy[i] = arena_strdup(x->mem, headers[i]);
		if (name == 0 || !headers[i][name] || strcspn(headers[i], " \t") < name || !fetch_one_line(headers[i]))
			fetch_fail(x, FETCH_REFUSED, "header \"%s\" is not \"Name: value\" on one line", headers[i]);
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
		if (!*copy[i].name || strpbrk(copy[i].name, ": \t") || !fetch_one_line(copy[i].name))
			fetch_fail(x, FETCH_REFUSED, "\"%s\" is not the name of a header", copy[i].name);
	}
	return copy;
}

static const char *copy_validator(struct fetch *x, const char *value)
{
	if (!value || !*value)
		return NULL;
	if (!fetch_one_line(value))
		fetch_fail(x, FETCH_REFUSED, "a validator is more than one line");
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
	x->started = fetch_clock();
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
		fetch_begin_hop(x, x->rq.url);
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
		x->result.times.total = fetch_clock() - x->started;
		return &x->result;
	}
	return NULL;
}

/* Sends off what may go now. Returns for how many milliseconds there is nothing else to do, at most wait. */
static int64_t run_due(struct fetcher *f, int64_t wait)
{
	int64_t now = fetch_clock() / 1000;

	for (struct fetch *x = f->list; x; x = x->next) {
		if (x->state != FETCH_WAITING)
			continue;
		if (x->go_at <= now)
			fetch_run_hop(x);
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
		fetch_end_hop(x, rc);
	}
}

struct fetch_result *fetch_wait(struct fetcher *f, int timeout_ms)
{
	int64_t end = fetch_clock() / 1000 + timeout_ms, left;
	int running;

	for (;;) {
		curl_multi_perform(f->multi, &running);
		collect(f);
		struct fetch_result *r = take_done(f);
		left = end - fetch_clock() / 1000;
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
