/*
 * api_events: what is new, as server-sent events, for as long as the client listens. Events are rows of the resource changes, in
 * its order, which never gets a row before one that was told; an event's id is its place there. So a client that comes back with
 * the last id it saw (Last-Event-ID) misses nothing and gets nothing twice, whatever happened meanwhile to it, to this worker or
 * to the database. A follower is
 *
 *	named → (looking ⇄ full) → listening → looking …
 *
 * Those who ask the same and stand at the same place look together.
 */
#include "api_inside.h"

#include <jansson.h>

#include "aimarket/date.h"
#include "aimarket/log.h"

enum { ROWS_MAX = 200, RETRY_MS = 3000, PLACE_SIZE = 64 };

struct look;

struct follower {
	struct api *api;
	struct http_request *r;
	struct ask ask;
	const char *question; /* what it asks for, as an address: equal ones are the same */
	char place[PLACE_SIZE]; /* id of the last event sent, "" at the beginning */
	struct look *look; /* it takes part in; NULL: listening, or full */
	struct pgpipe_query *asked; /* what its names stand for */
	bool more; /* there is something behind its place */
	TAILQ_ENTRY(follower) link; /* of all */
	TAILQ_ENTRY(follower) mate; /* of its look */
};

struct look { /* a question under way */
	struct api *api;
	struct arena *mem;
	const char *question;
	char place[PLACE_SIZE];
	struct pgpipe_query *asked;
	struct follower_list followers;
	LIST_ENTRY(look) link;
};

static void go_on(struct follower *f);

/* ---- places */

/* "12.1.5" into the values of the order: transaction, step, number, and itself. False: it is no place. */
static bool place_read(const char *id, struct cursor *out, struct arena *mem)
{
	const char *rest = id;

	*out = (struct cursor){ .n = 4 };
	for (int i = 0; i < 3; i++) {
		size_t n = strspn(rest, "0123456789");

		if (n == 0 || n > 18 || rest[n] != (i < 2 ? '.' : '\0'))
			return false;
		out->values[i] = arena_strndup(mem, rest, n);
		rest += n + 1;
	}
	out->values[3] = arena_strdup(mem, id);
	return true;
}

/* ---- looking */

static void look_free(struct look *l)
{
	struct follower *f;

	LIST_REMOVE(l, link);
	if (l->asked)
		pgpipe_cancel(l->asked);
	while ((f = TAILQ_FIRST(&l->followers))) {
		TAILQ_REMOVE(&l->followers, f, mate);
		f->look = NULL;
	}
	arena_free(l->mem);
}

static int into_buf(void *buf, const char *data, size_t n)
{
	return buf_add(buf, data, n);
}

/* The row as the resource has it, on one line. */
static void row_text(const PGresult *res, int row, const struct column *cols, int n, struct buf *out)
{
	const struct writer_options o = { .format = OUT_NDJSON };
	const char *values[64];
	struct writer *w = writer_new(&o, cols, n, into_buf, out);

	for (int i = 0; i < n; i++)
		values[i] = rows_cell(res, row, i);
	(void)writer_row(w, values, NULL);
	(void)writer_end(w);
	writer_free(w);
	while (out->len > 0 && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
}

static void tell_all(struct look *l, const PGresult *res)
{
	int n = rows_shown(res), id = PQfnumber(res, "id"), change = PQfnumber(res, "change");
	struct column cols[64];
	struct follower *f, *next;
	struct buf text;

	for (int i = 0; i < n; i++)
		cols[i] = (struct column){ PQfname(res, i), writer_kind_of(PQftype(res, i)) };
	buf_init(&text, 1 << 20);
	for (int row = 0; row < PQntuples(res); row++) {
		buf_reset(&text);
		row_text(res, row, cols, n, &text);
		for (f = TAILQ_FIRST(&l->followers); f; f = next) {
			next = TAILQ_NEXT(f, mate);
			http_event(f->r, PQgetvalue(res, row, id), PQgetvalue(res, row, change), buf_str(&text));
		}
	}
	buf_release(&text);
}

static void on_rows(void *arg, const PGresult *res, const struct err *e)
{
	struct look *l = arg;
	int rows = res ? PQntuples(res) : 0;
	struct follower_list mates;
	struct follower *f;

	l->asked = NULL;
	if (rows > 0)
		tell_all(l, res);
	TAILQ_INIT(&mates);
	TAILQ_CONCAT(&mates, &l->followers, mate);
	while ((f = TAILQ_FIRST(&mates))) {
		TAILQ_REMOVE(&mates, f, mate);
		f->look = NULL;
		f->more |= rows == ROWS_MAX;
		if (rows > 0)
			snprintf(f->place, sizeof f->place, "%s", PQgetvalue(res, rows - 1, PQfnumber(res, "id")));
		if (!e) /* else there is word when the database is back */
			go_on(f);
	}
	look_free(l);
}

/* Only transactions from its own on are looked at: an index leads there. */
static int look_begin(struct look *l, const struct follower *f, struct err *e)
{
	struct ask ask = f->ask;
	struct cursor place;
	struct query query;
	size_t n;
	const struct column *view = api_columns(l->api, ask.resource->view, &n);

	if (place_read(f->place, &place, l->mem)) {
		ask.behind = &place;
		if (ask_filter(&ask, "since", arena_printf(l->mem, "%lld", strtoll(f->place, NULL, 10) - (*f->place != '0')), date_today(),
			    l->mem, e))
			return -1;
	}
	ask.limit = ROWS_MAX;
	ask.all_columns = true;
	if (query_build(&ask, view, n, l->mem, &query, e))
		return -1;
	const struct pgpipe_ask question = {
		.lane = PGPIPE_FAST, .sql = query.sql, .n = query.n, .params = query.params, .done = on_rows, .arg = l
	};
	return pgpipe_ask(l->api->db, &question, &l->asked, e);
}

static struct look *look_new(const struct follower *f)
{
	struct arena *mem = arena_new();
	struct look *l = arena_zalloc(mem, sizeof *l);

	*l = (struct look){ .api = f->api, .mem = mem, .question = arena_strdup(mem, f->question) };
	snprintf(l->place, sizeof l->place, "%s", f->place);
	TAILQ_INIT(&l->followers);
	LIST_INSERT_HEAD(&f->api->looks, l, link);
	return l;
}

static void look(struct follower *f)
{
	struct look *l;
	struct err e = { 0 };

	LIST_FOREACH(l, &f->api->looks, link)
	if (l->asked && strcmp(l->place, f->place) == 0 && strcmp(l->question, f->question) == 0)
		break;
	f->more = false;
	if (!l) {
		l = look_new(f);
		if (look_begin(l, f, &e)) {
			log_at(LOG_LEVEL_DEBUG, "module=api", "events: %s", e.text);
			look_free(l); /* there is word when the database is back */
			f->more = true;
			return;
		}
	}
	f->look = l;
	TAILQ_INSERT_TAIL(&l->followers, f, mate);
}

/* Looks, if there is something to look for and room for it. */
static void go_on(struct follower *f)
{
	if (f->look || f->asked || !f->more || http_stream_full(f->r))
		return;
	look(f);
}

/* ---- who follows */

static void on_gone(void *arg)
{
	struct follower *f = arg;
	struct look *l = f->look;

	TAILQ_REMOVE(&f->api->followers, f, link);
	if (f->asked)
		pgpipe_cancel(f->asked);
	if (!l)
		return;
	TAILQ_REMOVE(&l->followers, f, mate);
	if (TAILQ_EMPTY(&l->followers) && l->asked)
		look_free(l);
}

static void on_room(void *arg)
{
	go_on(arg);
}

void events_news(struct api *api)
{
	struct follower *f, *next;

	for (f = TAILQ_FIRST(&api->followers); f; f = next) {
		next = TAILQ_NEXT(f, link);
		f->more = true;
		go_on(f);
	}
}

static void begin(struct follower *f)
{
	f->question = ask_url(&f->ask, NULL, f->r->mem);
	http_events(f->r, RETRY_MS);
	f->more = true;
	go_on(f);
}

static void give_up(struct follower *f, const struct err *e)
{
	http_watch(f->r, NULL, NULL, NULL);
	TAILQ_REMOVE(&f->api->followers, f, link);
	problem_send(f->r, e);
}

static void on_resolved(void *arg, const PGresult *res, const struct err *e)
{
	struct follower *f = arg;

	f->asked = NULL;
	if (e) {
		give_up(f, e);
		return;
	}
	for (int i = 0; i < PQnfields(res); i++)
		ask_resolved(&f->ask, i, arena_strdup(f->r->mem, PQgetvalue(res, 0, i)));
	begin(f);
}

/* ---- the request */

static int read_place(struct follower *f, const char *id, struct err *e)
{
	struct cursor ignored;

	if (!place_read(id, &ignored, f->r->mem)) {
		err_set(e, ERR_USAGE, "last_event_id: \"%s\" is no id of an event", id);
		return err_hint(e, "It looks like 12.1.5, as the events tell it.");
	}
	snprintf(f->place, sizeof f->place, "%s", id);
	return 0;
}

/* Without a place to go on from: from now on, or from the transaction that since names. */
static int choose_place(struct follower *f, bool since, struct err *e)
{
	if (*f->place || since)
		return 0;
	if (f->api->tx < 0)
		return err_set(e, ERR_DB_DOWN, "the database is out of reach; try again in a moment");
	snprintf(f->place, sizeof f->place, "%lld.9.0", f->api->tx);
	return 0;
}

static int read_request(struct follower *f, struct err *e)
{
	const char *last = http_head_field(f->r->head, "last-event-id", f->r->mem);
	bool since = false;

	f->ask.resource = resource_find("changes");
	f->ask.limit = ASK_LIMIT;
	for (size_t i = 0; i < f->r->head->n_params; i++) {
		const struct http_field *p = &f->r->head->params[i];
		bool is_place = strcmp(p->name, "last_event_id") == 0;

		since |= strcmp(p->name, "since") == 0;
		if (is_place ? read_place(f, p->value, e) : ask_filter(&f->ask, p->name, p->value, date_today(), f->r->mem, e))
			return -1;
	}
	if (last && *last && read_place(f, last, e))
		return -1;
	return choose_place(f, since, e);
}

void api_events(struct api *api, struct http_request *r, const char *const *words)
{
	struct follower *f = arena_zalloc(r->mem, sizeof *f);
	struct query query;
	struct err e = { 0 };

	f->api = api;
	f->r = r;
	if (read_request(f, &e)) {
		problem_send(r, &e);
		return;
	}
	http_watch(r, on_gone, on_room, f);
	TAILQ_INSERT_TAIL(&api->followers, f, link);
	if (ask_resolve(&f->ask, r->mem, &query) == 0) {
		begin(f);
		return;
	}
	const struct pgpipe_ask names = {
		.lane = PGPIPE_FAST, .sql = query.sql, .n = query.n, .params = query.params, .done = on_resolved, .arg = f
	};
	if (pgpipe_ask(api->db, &names, &f->asked, &e))
		give_up(f, &e);
}
