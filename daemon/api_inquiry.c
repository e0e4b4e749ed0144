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

static struct inquiry **place(struct api *api, const char *key)
{
	struct inquiry **at = &api->under_way[api_hash(key) % API_BUCKETS];

	while (*at && strcmp((*at)->key, key) != 0)
		at = &(*at)->next;
	return at;
}

static void inquiry_free(struct inquiry *q)
{
	struct inquiry **at = &q->api->under_way[api_hash(q->key) % API_BUCKETS];

	while (*at && *at != q)
		at = &(*at)->next;
	if (*at)
		*at = q->next;
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
		inquiry_free(q);
}

static void wait_for(struct inquiry *q, struct http_request *r)
{
	struct waiter *w = arena_alloc(r->mem, sizeof *w);

	*w = (struct waiter){ .q = q, .r = r };
	TAILQ_INSERT_TAIL(&q->waiters, w, link);
	http_watch(r, on_gone, NULL, w);
}

/* The next one to be answered, who waits no longer; NULL: that was all of them. */
static struct http_request *next_waiter(struct inquiry *q)
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

	file_sha256(a->bytes, a->n, sum);
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

static struct answer *make_answer(struct inquiry *q, int status, const char *media)
{
	struct answer *a = answer_new(q->key);

	a->status = status;
	a->media = media;
	a->tx = q->seen;
	a->day = q->day;
	a->n = q->body.len;
	a->bytes = buf_take(&q->body);
	a->lasts = q->ask.snapshot && q->ask.as_of;
	if (q->next_cursor)
		a->link = arena_printf(a->mem, "<%s>; rel=\"next\"", words_url(q, q->next_cursor));
	if (q->location)
		a->location = arena_strdup(a->mem, q->location);
	if (status == 200)
		set_etag(a);
	return a;
}

void inquiry_done(struct inquiry *q, int status, const char *media)
{
	struct answer *a = make_answer(q, status, media);
	struct http_request *r;

	answers_keep(q->api, a);
	while ((r = next_waiter(q)))
		answer_send(q->api, a, r);
	answer_put(a);
	inquiry_free(q);
}

void inquiry_fail_as(struct inquiry *q, int status, const struct err *e)
{
	struct http_request *r;

	while ((r = next_waiter(q))) {
		if (status)
			problem_status(r, status, e);
		else
			problem_send(r, e);
	}
	inquiry_free(q);
}

void inquiry_fail(struct inquiry *q, const struct err *e)
{
	inquiry_fail_as(q, 0, e);
}

/* ---- asking the database */

static void on_done(void *arg, const PGresult *res, const struct err *e)
{
	struct inquiry *q = arg;

	q->asked = NULL;
	if (e)
		inquiry_fail(q, e);
	else
		q->step(q, res);
}

int inquiry_ask(struct inquiry *q, const struct query *query, inquiry_step *step, struct err *e)
{
	const struct pgpipe_ask ask = {
		.lane = PGPIPE_FAST, .sql = query->sql, .n = query->n, .params = query->params, .done = on_done, .arg = q
	};

	q->step = step;
	return pgpipe_ask(q->api->db, &ask, &q->asked, e);
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
	struct err e = { 0 };

	q->labelled = then;
	if (inquiry_ask(q, &query, on_version, &e))
		inquiry_fail(q, &e);
}

/* ---- the beginning */

static int by_name(const void *a, const void *b)
{
	const struct http_field *one = a, *other = b;
	int c = strcmp(one->name, other->name);

	return c ? c : strcmp(one->value, other->value);
}

/* The parameters but for the format, in order: what was asked in another order is the same question. */
static struct http_field *sorted(const struct http_head *head, struct arena *mem, size_t *n)
{
	struct http_field *list = arena_alloc(mem, (head->n_params + 1) * sizeof *list);

	*n = 0;
	for (size_t i = 0; i < head->n_params; i++)
		if (strcmp(head->params[i].name, "format") != 0)
			list[(*n)++] = head->params[i];
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

void inquiry_join(struct api *api, struct http_request *r, const struct route *route, const char *const *words)
{
	enum format_kind format;
	struct err e = { 0 };
	size_t n;
	int status;

	if (accept_format(r, route->formats, &format, &status, &e)) {
		problem_status(r, status, &e);
		return;
	}
	const struct http_field *params = sorted(r->head, r->mem, &n);
	const char *key = make_key(r, params, n, format);
	struct answer *kept = answers_find(api, key);
	if (kept) {
		api->slot->hits++;
		answer_send(api, kept, r);
		return;
	}
	struct inquiry *q = *place(api, key);
	if (q) {
		api->slot->shared++;
		wait_for(q, r);
		return;
	}
	api->slot->misses++;
	q = inquiry_new(api, route, key, words);
	q->format = format;
	q->path = arena_strdup(q->mem, r->head->path);
	q->params = copy_params(params, n, q->mem);
	q->n_params = n;
	wait_for(q, r);
	if (route->begin(q, &e))
		inquiry_fail(q, &e);
}

const char *inquiry_param(const struct inquiry *q, const char *name)
{
	for (size_t i = 0; i < q->n_params; i++)
		if (strcmp(q->params[i].name, name) == 0)
			return q->params[i].value;
	return NULL;
}
