/* api_state: whether the worker lives, whether it can answer, and what it counted. */
#include "api_inside.h"

#include <jansson.h>

#include "aimarket/metrics.h"

void api_count(struct api *api)
{
	const struct http_stats *h = http_stats(api->http);
	const struct pgpipe_stats *p = pgpipe_stats(api->db);
	static struct http_stats old_h;
	static struct pgpipe_stats old_p;
	struct board_slot *s = api->slot;

	s->open = h->open;
	s->accepted += h->accepted - old_h.accepted;
	s->turned_away += h->turned_away - old_h.turned_away;
	s->refused += h->refused - old_h.refused;
	s->cut += h->cut - old_h.cut;
	s->serving = p->serving;
	s->waiting = p->waiting;
	s->under_way = p->under_way;
	s->statements += p->sent - old_p.sent;
	s->failed += p->failed - old_p.failed;
	s->rejected += p->refused - old_p.refused;
	s->losses += p->losses - old_p.losses;
	old_h = *h;
	old_p = *p;
}

void api_healthz(struct api *api, struct http_request *r, const char *const *words)
{
	static const char text[] = "{\"status\":\"pass\"}\n";

	http_header(r, "Cache-Control", "no-store");
	http_reply(r, 200, "application/health+json", text, sizeof text - 1);
}

/* ---- what has to ask the database first */

struct call {
	struct api *api;
	struct http_request *r;
	struct pgpipe_query *asked;
	void (*answer)(struct call *c, const PGresult *res, const struct err *e); /* res NULL: *e says why */
};

static void on_gone(void *arg)
{
	struct call *c = arg;

	if (c->asked)
		pgpipe_cancel(c->asked);
}

static void on_done(void *arg, const PGresult *res, const struct err *e)
{
	struct call *c = arg;

	c->asked = NULL;
	http_watch(c->r, NULL, NULL, NULL);
	c->answer(c, res, e);
}

static void call(struct api *api, struct http_request *r, const char *sql,
	void (*answer)(struct call *, const PGresult *, const struct err *))
{
	struct call *c = arena_zalloc(r->mem, sizeof *c);
	const struct pgpipe_ask ask = { .lane = PGPIPE_FAST, .sql = sql, .done = on_done, .arg = c };
	struct err e = { 0 };

	*c = (struct call){ .api = api, .r = r, .answer = answer };
	http_header(r, "Cache-Control", "no-store");
	http_watch(r, on_gone, NULL, c);
	if (pgpipe_ask(api->db, &ask, &c->asked, &e))
		on_done(c, NULL, &e);
}

static void answer_ready(struct call *c, const PGresult *res, const struct err *e)
{
	static const char text[] = "{\"status\":\"pass\"}\n";
	struct err why = { 0 };

	if (res && c->api->catalog && !c->api->draining) {
		http_reply(c->r, 200, "application/health+json", text, sizeof text - 1);
		return;
	}
	err_set(&why, ERR_DB_DOWN, "the database is out of reach");
	problem_send(c->r, &why);
}

void api_readyz(struct api *api, struct http_request *r, const char *const *words)
{
	call(api, r, "SELECT tx FROM api.data_version", answer_ready);
}

/* Without the database, the workers still tell of themselves. */
static void answer_metrics(struct call *c, const PGresult *res, const struct err *e)
{
	struct buf text;

	buf_init(&text, METRICS_MAX);
	if (res)
		metrics_text(res, &text);
	buf_printf(&text, "# HELP aimarket_up Whether the database could be asked.\n# TYPE aimarket_up gauge\naimarket_up %d\n",
		res != NULL);
	api_count(c->api);
	board_text(c->api->duty->board, &text);
	http_reply(c->r, 200, METRICS_TYPE, buf_str(&text), text.len);
	buf_release(&text);
}

void api_metrics(struct api *api, struct http_request *r, const char *const *words)
{
	call(api, r, METRICS_SQL, answer_metrics);
}

/* ---- what there is */

static json_t *about(const struct resource *r)
{
	json_t *one = json_object();
	char url[64];

	snprintf(url, sizeof url, "/v1/%s", r->name);
	json_object_set_new(one, "name", json_string(r->name));
	json_object_set_new(one, "url", json_string(url));
	json_object_set_new(one, "help", json_string(r->help));
	return one;
}

void api_index(struct api *api, struct http_request *r, const char *const *words)
{
	json_t *all = json_object(), *list = json_array();

	for (const struct resource *one = resources; one->name; one++)
		if (!one->hidden)
			json_array_append_new(list, about(one));
	json_object_set_new(all, "data", list);
	char *text = json_dumps(all, JSON_INDENT(1));
	http_header(r, "Cache-Control", "no-cache");
	http_reply(r, 200, "application/json", text, strlen(text));
	free(text);
	json_decref(all);
}
