/* api_resolve: what names in a question stand for, by the database; kept like answers, for as long as the data stay as they are. */
#include "api_inside.h"

enum { TEXTS_MAX = 1 << 20, KEY_MAX = 64 << 10 };

/* A key that no request has: it begins with no slash. */
static const char *key_of(struct inquiry *q, const struct query *query)
{
	struct buf key;

	buf_init(&key, KEY_MAX);
	buf_adds(&key, query->sql);
	for (int i = 0; i < query->n; i++)
		buf_printf(&key, "\n%zu %s", strlen(query->params[i]), query->params[i]);
	const char *made = key.overflow ? NULL : arena_strdup(q->mem, buf_str(&key));
	buf_release(&key);
	return made;
}

/* The texts stand behind each other, a NUL between them. */
static void put_in(struct inquiry *q, const char *texts, int n)
{
	for (int i = 0; i < n; i++) {
		ask_resolved(q->resolving, i, arena_strdup(q->mem, texts));
		texts += strlen(texts) + 1;
	}
}

static void keep(struct inquiry *q, struct buf *texts)
{
	struct answer *a = answer_new(q->resolving_key);

	a->tx = q->tx;
	a->day = q->day;
	answer_take(a, texts);
	answers_keep(q->api, a);
	answer_put(a);
}

static void on_resolved(struct inquiry *q, const PGresult *res)
{
	struct buf texts;

	buf_init(&texts, TEXTS_MAX);
	for (int i = 0; i < PQnfields(res); i++)
		buf_add(&texts, PQgetvalue(res, 0, i), (size_t)PQgetlength(res, 0, i) + 1);
	if (texts.overflow) {
		struct err e = { 0 };

		err_set(&e, ERR_LIMIT, "the names stand for too many entities");
		buf_release(&texts);
		inquiry_fail(q, &e);
		return;
	}
	put_in(q, buf_str(&texts), PQnfields(res));
	if (q->resolving_key)
		keep(q, &texts);
	buf_release(&texts);
	q->resolved(q);
}

void resolve_names(struct inquiry *q, struct ask *ask, void (*then)(struct inquiry *q))
{
	struct query query;

	if (q->unresolved) { /* once more: what was typed, not what it stood for before */
		memcpy(ask->filters, q->unresolved->filters, sizeof ask->filters);
	} else {
		q->unresolved = arena_alloc(q->mem, sizeof *ask);
		*q->unresolved = *ask;
	}
	int n = ask_resolve(ask, q->mem, &query);
	q->named_at = q->api->tx;
	q->resolving = ask;
	q->resolved = then;
	if (n == 0) {
		then(q);
		return;
	}
	q->resolving_key = key_of(q, &query);
	const struct answer *kept = q->resolving_key ? answers_find(q->api, q->resolving_key) : NULL;
	if (!kept) {
		inquiry_go(q, &query, on_resolved);
		return;
	}
	put_in(q, kept->packed[PACK_NONE].bytes, n);
	then(q);
}
