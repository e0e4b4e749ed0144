/* api_inquiry: a question under way, and everybody who waits for its answer. Equal questions are asked once. */
#include "api_inside.h"

#include <assert.h>
#include <inttypes.h>
#include <time.h>

#include "aimarket/file.h"
#include "aimarket/log.h"
#include "aimarket/store.h"

enum { BODY_MAX = 256 << 20, KEY_MAX = 64 << 10 };

/* ---- the table of those under way */

long long api_usec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static struct inquiry **place(struct api *api, const char *key)
{
	struct inquiry **at = &api->under_way[api_hash(key) % API_BUCKETS];

	while (*at && strcmp((*at)->key, key) != 0)
		at = &(*at)->next;
	return at;
}

void inquiry_hide(struct inquiry *q)
{
	struct inquiry **at = &q->api->under_way[api_hash(q->key) % API_BUCKETS];

	while (*at && *at != q)
		at = &(*at)->next;
	if (*at)
		*at = q->next;
}

void inquiry_end(struct inquiry *q)
{
	inquiry_hide(q);
	if (q->asked)
		pgpipe_cancel(q->asked);
	buf_release(&q->body);
	arena_free(q->mem);
}

/* ---- who waits */

/* The client is gone; with the last one the question is of no interest any more. */
static void on_gone(void *arg)
{
	struct waiter *w = arg;
	struct inquiry *q = w->q;

	TAILQ_REMOVE(&q->waiters, w, link);
	if (TAILQ_EMPTY(&q->waiters))
		inquiry_end(q);
}

static void wait_for(struct inquiry *q, struct http_request *r)
{
	struct waiter *w = arena_alloc(r->mem, sizeof *w);

	*w = (struct waiter){ .q = q, .r = r };
	TAILQ_INSERT_TAIL(&q->waiters, w, link);
	http_watch(r, on_gone, NULL, w);
}

/* The next one to be answered, who waits no longer; NULL: that was all of them. */
struct http_request *inquiry_waiter(struct inquiry *q)
{
	struct waiter *w = TAILQ_FIRST(&q->waiters);

	if (!w)
		return NULL;
	TAILQ_REMOVE(&q->waiters, w, link);
	http_watch(w->r, NULL, NULL, NULL);
	return w->r;
}

/* ---- the end */

static void etag_of_bytes(struct answer *a)
{
	unsigned char sum[32];

	file_sha256(a->packed[PACK_NONE].bytes, a->packed[PACK_NONE].n, sum);
	file_hex(sum, 16, a->etag);
}

/* The same data, asked the same in the same program, come to the same bytes. */
static void set_etag(struct answer *a)
{
	if (a->tx >= 0)
		snprintf(a->etag, sizeof a->etag, "%llx-%lx-%016" PRIx64, (unsigned long long)a->tx, (unsigned long)a->day,
			api_hash(a->key) ^ api_hash(sql_code_sha256));
	else
		etag_of_bytes(a);
}

/* The page behind this one; for what was asked about the past, where the present is (RFC 7089). */
static const char *links(const struct inquiry *q, struct arena *mem)
{
	const char *next = q->next_cursor ? arena_printf(mem, "<%s>; rel=\"next\"", words_url(q, q->path, q->next_cursor)) : NULL;

	if (!q->ask.as_of)
		return next;
	return arena_printf(mem, "%s%s<%s>; rel=\"original timegate\"", next ? next : "", next ? ", " : "", q->path);
}

/* The last moment of the day it was asked about. */
static const char *memento(const struct inquiry *q, struct arena *mem)
{
	struct tm tm = { 0 };
	char text[40];

	if (!q->ask.as_of || !strptime(q->ask.as_of, "%Y-%m-%d", &tm))
		return NULL;
	tm.tm_hour = 23;
	tm.tm_min = tm.tm_sec = 59;
	timegm(&tm);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return arena_strdup(mem, text);
}

static char *copy_of(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static struct answer *make_answer(struct inquiry *q, int status, const char *media)
{
	struct answer *a = answer_new(q->key);

	a->status = status;
	a->media = media;
	a->tx = q->seen;
	a->day = q->day;
	answer_take(a, &q->body);
	a->lasts = q->ask.snapshot && q->ask.as_of;
	a->link = copy_of(links(q, q->mem));
	a->memento = copy_of(memento(q, q->mem));
	a->location = copy_of(q->location);
	if (status == 200)
		set_etag(a);
	return a;
}

void inquiry_done(struct inquiry *q, int status, const char *media)
{
	struct answer *a = make_answer(q, status, media);
	struct http_request *r;

	answers_keep(q->api, a);
	while ((r = inquiry_waiter(q)))
		answer_send(q->api, a, r);
	answer_put(a);
	inquiry_end(q);
}

void inquiry_fail_as(struct inquiry *q, int status, const struct err *e)
{
	struct http_request *r;

	if (q->on_fail) {
		q->on_fail(q, status, e);
		return;
	}
	while ((r = inquiry_waiter(q))) {
		if (status)
			problem_status(r, status, e);
		else
			problem_send(r, e);
	}
	inquiry_end(q);
}

void inquiry_fail(struct inquiry *q, const struct err *e)
{
	inquiry_fail_as(q, 0, e);
}

/* ---- asking the database */

static int send_now(struct inquiry *q, struct err *e);

static void end_badly(struct inquiry *q, const struct err *e)
{
	q->api->slot->too_slow += e->kind == ERR_DB && strcmp(e->sqlstate, "57014") == 0;
	inquiry_fail(q, e);
}

/* On the fast lane it was only cut off for the sake of the others. */
static bool goes_on_slowly(struct inquiry *q, const struct err *e)
{
	struct err ignored = { 0 };

	if (q->lane == PGPIPE_SLOW || e->kind != ERR_DB || strcmp(e->sqlstate, "57014") != 0)
		return false;
	lane_is_slow(q->now.sql);
	q->lane = PGPIPE_SLOW;
	return send_now(q, &ignored) == 0;
}

/* On the fast lane a statement's time begins when the one before it is done. */
static void note_time(struct inquiry *q)
{
	long long now = api_usec(), since = q->api->fast_done > q->sent ? q->api->fast_done : q->sent;

	if (q->lane != PGPIPE_FAST)
		return;
	q->api->fast_done = now;
	lane_took(q->now.sql, now - since);
}

static void on_done(void *arg, const PGresult *res, const struct err *e)
{
	struct inquiry *q = arg;

	q->asked = NULL;
	note_time(q);
	if (!e)
		q->step(q, res);
	else if (!goes_on_slowly(q, e))
		end_badly(q, e);
}

/* What the planner expects: "Limit  (cost=0.29..17.32 rows=50 width=100)". */
static void on_weighed(void *arg, const PGresult *res, const struct err *e)
{
	struct inquiry *q = arg;
	const char *said = res && PQntuples(res) ? strstr(PQgetvalue(res, 0, 0), "..") : NULL;
	long long cost = said ? strtoll(said + 2, NULL, 10) : 0;
	struct err why = { 0 };

	q->asked = NULL;
	if (e) {
		end_badly(q, e);
		return;
	}
	q->weighed = true;
	lane_weighed(q->now.sql, cost, q->api->conf->api.max_cost);
	if (cost > q->api->conf->api.max_cost) {
		q->api->slot->too_costly++;
		err_set(&why, ERR_LIMIT, "the question would cost the database too much: %lld of its units, of which %lld are allowed",
			cost, q->api->conf->api.max_cost);
		err_hint(&why, "Narrow it: by entity, metric or time; or ask for fewer rows.");
		inquiry_fail_as(q, 422, &why);
	} else if (send_now(q, &why)) {
		end_badly(q, &why);
	}
}

/* What goes by the slow lane is weighed before. */
static int send_now(struct inquiry *q, struct err *e)
{
	bool weigh = q->lane == PGPIPE_SLOW && !q->weighed && q->api->conf->api.max_cost > 0 && strncmp(q->now.sql, "EXPLAIN", 7) != 0 &&
		     !lane_is_weighed(q->now.sql);
	const struct pgpipe_ask ask = {
		.lane = q->lane,
		.sql = weigh ? arena_printf(q->mem, "EXPLAIN %s", q->now.sql) : q->now.sql,
		.n = q->now.n,
		.params = q->now.params,
		.row = weigh ? NULL : q->on_row,
		.done = weigh ? on_weighed : on_done,
		.arg = q,
	};

	q->sent = api_usec();
	return pgpipe_ask(q->api->db, &ask, &q->asked, e);
}

/* Kept until it is answered: it may have to be asked again. */
static void keep_query(struct inquiry *q, const struct query *query)
{
	q->now = *query;
	for (int i = 0; i < query->n; i++)
		q->now.params[i] = query->params[i] ? arena_strdup(q->mem, query->params[i]) : NULL;
	q->weighed = false;
}

int inquiry_ask(struct inquiry *q, const struct query *query, inquiry_step *step, struct err *e)
{
	keep_query(q, query);
	q->step = step;
	q->lane = lane_of(query->sql);
	return send_now(q, e);
}

void inquiry_pour(struct inquiry *q, const struct query *query, pgpipe_row *row, inquiry_step *step, inquiry_failed *fail)
{
	struct err e = { 0 };

	keep_query(q, query);
	q->step = step;
	q->lane = PGPIPE_SLOW;
	q->on_row = row;
	q->on_fail = fail;
	if (send_now(q, &e))
		inquiry_fail(q, &e);
}

void inquiry_go(struct inquiry *q, const struct query *query, inquiry_step *step)
{
	struct err e = { 0 };

	if (inquiry_ask(q, query, step, &e))
		inquiry_fail(q, &e);
}

static void on_version(struct inquiry *q, const PGresult *res)
{
	long long tx = strtoll(PQgetvalue(res, 0, 0), NULL, 10);

	q->seen = tx == q->tx ? tx : -1;
	api_moved(q->api, tx);
	q->labelled(q);
}

void inquiry_label(struct inquiry *q, void (*then)(struct inquiry *q))
{
	const struct query query = { .sql = "SELECT tx FROM api.data_version" };

	q->labelled = then;
	inquiry_go(q, &query, on_version);
}

/* ---- the beginning */

static int by_name(const void *a, const void *b)
{
	const struct http_field *one = a, *other = b;
	int c = strcmp(one->name, other->name);

	return c ? c : strcmp(one->value, other->value);
}

/* Accept-Datetime asks about the past as as_of does, which comes before it. NULL: it is not there. */
static const char *wanted_day(const struct http_request *r, const struct route *route, struct err *e)
{
	const char *header = route->words & WORDS_TIME ? http_head_field(r->head, "accept-datetime", r->mem) : NULL, *end;
	struct tm tm = { 0 };
	char day[16];

	for (size_t i = 0; i < r->head->n_params && header; i++)
		if (strcmp(r->head->params[i].name, "as_of") == 0)
			header = NULL;
	if (!header)
		return NULL;
	end = strptime(header, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	if (!end || *end) {
		err_set(e, ERR_USAGE, "Accept-Datetime is no date of HTTP: \"%s\"", header);
		err_hint(e, "It looks like Thu, 31 May 2007 20:35:00 GMT.");
		return NULL;
	}
	strftime(day, sizeof day, "%Y-%m-%d", &tm);
	return arena_strdup(r->mem, day);
}

/* The parameters but for the format, in order: what was asked in another order is the same question. */
static struct http_field *sorted(const struct http_head *head, const char *day, struct arena *mem, size_t *n)
{
	struct http_field *list = arena_alloc(mem, (head->n_params + 2) * sizeof *list);

	*n = 0;
	for (size_t i = 0; i < head->n_params; i++)
		if (strcmp(head->params[i].name, "format") != 0)
			list[(*n)++] = head->params[i];
	if (day)
		list[(*n)++] = (struct http_field){ "as_of", day };
	qsort(list, *n, sizeof *list, by_name);
	return list;
}

/* Values may hold any character: lengths keep one apart from the next. */
static const char *make_key(const struct http_request *r, const struct http_field *params, size_t n, enum format_kind format)
{
	struct buf key;

	buf_init(&key, KEY_MAX);
	buf_printf(&key, "%s\n%s", r->head->path, out_names[format]);
	for (size_t i = 0; i < n; i++)
		buf_printf(&key, "\n%zu %zu %s=%s", strlen(params[i].name), strlen(params[i].value), params[i].name, params[i].value);
	const char *made = arena_strdup(r->mem, buf_str(&key));
	buf_release(&key);
	return made;
}

static const struct http_field *copy_params(const struct http_field *params, size_t n, struct arena *mem)
{
	struct http_field *copy = arena_alloc(mem, (n + 1) * sizeof *copy);

	for (size_t i = 0; i < n; i++)
		copy[i] = (struct http_field){ arena_strdup(mem, params[i].name), arena_strdup(mem, params[i].value) };
	return copy;
}

static struct inquiry *inquiry_new(struct api *api, const struct route *route, const char *key, const char *const *words)
{
	struct arena *mem = arena_new();
	struct inquiry *q = arena_zalloc(mem, sizeof *q);

	q->mem = mem;
	q->api = api;
	q->route = route;
	q->key = arena_strdup(mem, key);
	q->seen = -1;
	q->tx = api->tx;
	q->day = time(NULL) / 86400;
	for (int i = 0; i < ROUTE_WORDS_MAX && words[i]; i++)
		q->words[i] = arena_strdup(mem, words[i]);
	TAILQ_INIT(&q->waiters);
	buf_init(&q->body, BODY_MAX);
	q->next = api->under_way[api_hash(key) % API_BUCKETS];
	api->under_way[api_hash(key) % API_BUCKETS] = q;
	return q;
}

/* A question as far as it is the same whoever asks it; lives as long as the request. */
struct asked {
	enum format_kind format;
	const struct http_field *params; /* in the order of their names */
	size_t n;
	const char *key;
};

/* Asks what nobody is asking just now. */
static void begin(struct api *api, struct http_request *r, const struct route *route, const char *const *words, const struct asked *asked)
{
	struct inquiry *q = inquiry_new(api, route, asked->key, words);
	struct err e = { 0 };

	api->slot->misses++;
	q->format = asked->format;
	q->path = arena_strdup(q->mem, r->head->path);
	q->params = copy_params(asked->params, asked->n, q->mem);
	q->n_params = asked->n;
	wait_for(q, r);
	if (route->begin(q, &e))
		inquiry_fail(q, &e);
}

/* What is asked for, whoever asks. False: it was refused. */
static bool understood(struct api *api, struct http_request *r, const struct route *route, struct asked *out)
{
	struct err e = { 0 };
	int status;

	if (!api->catalog) {
		err_set(&e, ERR_DB_DOWN, "the database was not reached yet");
		problem_send(r, &e);
		return false;
	}
	if (accept_format(r, route->formats, &out->format, &status, &e)) {
		problem_status(r, status, &e);
		return false;
	}
	const char *day = wanted_day(r, route, &e);
	if (e.kind != ERR_NONE) {
		problem_send(r, &e);
		return false;
	}
	out->params = sorted(r->head, day, r->mem, &out->n);
	out->key = make_key(r, out->params, out->n, out->format);
	return true;
}

void inquiry_join(struct api *api, struct http_request *r, const struct route *route, const char *const *words)
{
	struct asked asked;

	if (!understood(api, r, route, &asked))
		return;
	struct answer *kept = answers_find(api, asked.key);
	struct inquiry *q = kept ? NULL : *place(api, asked.key);
	if (kept) {
		api->slot->hits++;
		answer_send(api, kept, r);
	} else if (q) {
		api->slot->shared++;
		wait_for(q, r);
	} else {
		begin(api, r, route, words, &asked);
	}
}

const char *inquiry_param(const struct inquiry *q, const char *name)
{
	for (size_t i = 0; i < q->n_params; i++)
		if (strcmp(q->params[i].name, name) == 0)
			return q->params[i].value;
	return NULL;
}
