/* api_answer: answers, sent as far as the client does not have them, and kept for as long as the data stay as they are. */
#include "api_inside.h"

#include <time.h>

#include "aimarket/log.h"

uint64_t api_hash(const char *s)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (; *s; s++)
		sum = (sum ^ (unsigned char)*s) * 0x100000001b3;
	return sum ^ sum >> 29;
}

struct answer *answer_new(const char *key)
{
	struct answer *a = xzalloc(sizeof *a);

	a->refs = 1;
	a->key = xstrdup(key);
	a->tx = -1;
	return a;
}

void answer_put(struct answer *a)
{
	if (--a->refs > 0)
		return;
	for (int i = 0; i < PACKINGS; i++)
		free(a->packed[i].bytes);
	free(a->key);
	free(a->link);
	free(a->location);
	free(a->memento);
	free(a);
}

void answer_take(struct answer *a, struct buf *body)
{
	a->packed[PACK_NONE].n = body->len;
	a->packed[PACK_NONE].bytes = xrealloc(buf_take(body), a->packed[PACK_NONE].n + 1);
}

/* What it costs to keep it, with what the allocator needs for each piece. */
static size_t answer_weight(const struct answer *a)
{
	const char *const texts[] = { a->key, a->link, a->location, a->memento };
	const size_t piece = 2 * sizeof(void *);
	size_t sum = sizeof *a + piece;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		sum += texts[i] ? strlen(texts[i]) + 1 + piece : 0;
	for (int i = 0; i < PACKINGS; i++)
		sum += a->packed[i].n ? a->packed[i].n + piece : 0;
	return sum;
}

/* ---- sending */

/* If-None-Match: a list of tags, W/ in front of them does not count, or *. */
static bool has_it(const char *tag, const struct http_request *r)
{
	const char *list = http_head_field(r->head, "if-none-match", r->mem);
	size_t n = strlen(tag);

	for (const char *p = list; p && (p = strstr(p, tag)); p += n)
		if (p > list && p[-1] == '"' && p[n] == '"')
			return true;
	return list && strcmp(list, "*") == 0;
}

static void tell_about(const struct answer *a, struct http_request *r)
{
	http_header(r, "Vary", "Accept, Accept-Encoding, Accept-Datetime");
	http_header(r, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
	http_header(r, "Cache-Control", a->lasts ? "public, max-age=3600" : "no-cache");
	if (a->link)
		http_header(r, "Link", "%s", a->link);
	if (a->location)
		http_header(r, "Location", "%s", a->location);
	if (a->memento)
		http_header(r, "Memento-Datetime", "%s", a->memento);
}

static void on_sent(void *arg)
{
	answer_put(arg);
}

void answer_send(struct api *api, struct answer *a, struct http_request *r)
{
	enum packing how = pack_choose(r, false);
	size_t before = a->kept ? answer_weight(a) : 0;

	how = pack_answer(a, how);
	if (a->kept)
		api->kept_bytes += answer_weight(a) - before;
	tell_about(a, r);
	if (*a->etag) {
		char tag[sizeof a->etag + 8];

		snprintf(tag, sizeof tag, "%s%s", a->etag, packings[how].mark);
		http_header(r, "ETag", "\"%s\"", tag);
		if (has_it(tag, r)) {
			api->slot->not_modified++;
			http_reply(r, 304, NULL, NULL, 0);
			return;
		}
	}
	if (how != PACK_NONE)
		http_header(r, "Content-Encoding", "%s", packings[how].name);
	a->refs++;
	http_reply_shared(r, a->status, a->media, a->packed[how].bytes, a->packed[how].n, on_sent, a);
}

/* ---- keeping */

static struct answer **bucket(struct api *api, const char *key)
{
	return &api->kept[api_hash(key) % API_BUCKETS];
}

static void drop(struct api *api, struct answer *a)
{
	struct answer **at = bucket(api, a->key);

	while (*at && *at != a)
		at = &(*at)->next;
	*at = a->next;
	TAILQ_REMOVE(&api->by_use, a, use);
	api->kept_bytes -= answer_weight(a);
	api->slot->cached--;
	api->slot->cached_bytes = (long long)api->kept_bytes;
	a->kept = false;
	answer_put(a);
}

void answers_drop(struct api *api)
{
	struct answer *a;

	while ((a = TAILQ_FIRST(&api->by_use)))
		drop(api, a);
}

struct answer *answers_find(struct api *api, const char *key)
{
	struct answer *a = *bucket(api, key);

	while (a && strcmp(a->key, key) != 0)
		a = a->next;
	if (!a)
		return NULL;
	if (a->tx != api->tx || a->day != time(NULL) / 86400) {
		drop(api, a);
		return NULL;
	}
	if (a != TAILQ_FIRST(&api->by_use)) {
		TAILQ_REMOVE(&api->by_use, a, use);
		TAILQ_INSERT_HEAD(&api->by_use, a, use);
	}
	return a;
}

/* One that is outdated already, or would push out a quarter of the others, is not kept. */
void answers_keep(struct api *api, struct answer *a)
{
	size_t most = (size_t)api->conf->api.cache, size = answer_weight(a);

	if (a->kept || a->tx < 0 || a->tx != api->tx || size > most / 4 || answers_find(api, a->key))
		return;
	while (api->kept_bytes + size > most) {
		api->slot->evicted++;
		drop(api, TAILQ_LAST(&api->by_use, answer_list));
	}
	struct answer **at = bucket(api, a->key);
	a->next = *at;
	*at = a;
	a->refs++;
	a->kept = true;
	TAILQ_INSERT_HEAD(&api->by_use, a, use);
	api->kept_bytes += size;
	api->slot->cached++;
	api->slot->cached_bytes = (long long)api->kept_bytes;
}
