/*
 * api_events: what is new, as server-sent events, for as long as the client listens. Events are rows of the resource changes, in
 * its order, which never gets a row before one that was told; an event's id is its place there. So a client that comes back with
 * the last id it saw (Last-Event-ID) misses nothing and gets nothing twice, whatever happened meanwhile to it, to this worker or
 * to the database. A follower is
 *
 *	named → (looking ⇄ full) → listening → looking …
 *
 * Those who ask the same and stand at the same place look together. A look first asks how large the transactions ahead are: small
 * ones are read together, a large one part by part, so that a step costs the same however large it is.
 */
#include "api_inside.h"

#include <jansson.h>

#include "aimarket/date.h"
#include "aimarket/log.h"

enum { ROWS_MAX = 200, RETRY_MS = 3000, PLACE_SIZE = 64, LARGE = 2000 /* claims */, AHEAD = 100 /* transactions */ };
enum { PART = 2048, PART_REST = 8192 }; /* as sql/api/84_changes.sql has them */

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

struct place { /* in the order of changes */
	long long tx, step, nth;
};

struct look { /* a question under way */
	struct api *api;
	struct arena *mem;
	struct ask ask;
	const char *question;
	char place[PLACE_SIZE];
	struct place until; /* when it brings fewer than ROWS_MAX, nothing is left before this */
	bool more; /* but something may be behind it */
	struct pgpipe_query *asked;
	struct follower_list followers;
	LIST_ENTRY(look) link;
};

static void go_on(struct follower *f);

/* ---- places */

/* "12.1.5"; false: it is no place. */
static bool place_read(const char *id, struct place *out)
{
	long long *const parts[] = { &out->tx, &out->step, &out->nth };

	for (int i = 0; i < 3; i++) {
		size_t n = strspn(id, "0123456789");

		if (n == 0 || n > 18 || id[n] != (i < 2 ? '.' : '\0'))
			return false;
		*parts[i] = strtoll(id, NULL, 10);
		id += n + 1;
	}
	return true;
}

static void place_write(const struct place *p, char out[PLACE_SIZE])
{
	snprintf(out, PLACE_SIZE, "%lld.%lld.%lld", p->tx, p->step, p->nth);
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
			l->api->slot->events++;
		}
	}
	buf_release(&text);
}

/* Everybody goes on from where this look has come to; not when it failed: there is word when the database is back. */
static void end_look(struct look *l, const char *place, bool more, bool failed)
{
	struct follower_list mates;
	struct follower *f;

	TAILQ_INIT(&mates);
	TAILQ_CONCAT(&mates, &l->followers, mate);
	while ((f = TAILQ_FIRST(&mates))) {
		TAILQ_REMOVE(&mates, f, mate);
		f->look = NULL;
		f->more |= more || failed;
		snprintf(f->place, sizeof f->place, "%s", place);
		if (!failed)
			go_on(f);
	}
	look_free(l);
}

static void fail_look(struct look *l, const struct err *e)
{
	log_at(LOG_LEVEL_DEBUG, "module=api", "events: %s", e->text);
	end_look(l, l->place, false, true);
}

static void on_rows(void *arg, const PGresult *res, const struct err *e)
{
	struct look *l = arg;
	char place[PLACE_SIZE];

	l->asked = NULL;
	if (e) {
		fail_look(l, e);
		return;
	}
	int rows = PQntuples(res);
	bool full = rows == ROWS_MAX;
	if (rows > 0)
		tell_all(l, res);
	place_write(&l->until, place);
	if (full)
		snprintf(place, sizeof place, "%s", PQgetvalue(res, rows - 1, PQfnumber(res, "id")));
	end_look(l, place, full || l->more, false);
}

/* The rows behind its place that meet the condition (NULL: all), up to the last transaction that is asked about. */
static void ask_rows(struct look *l, const struct place *p, const char *also)
{
	struct ask ask = l->ask;
	struct query query;
	struct err e = { 0 };
	size_t n;
	const struct column *view = api_columns(l->api, ask.resource->view, &n);
	const struct cursor behind = { .n = 5,
		.values = { arena_printf(l->mem, "%lld", p->tx), arena_printf(l->mem, "%lld", p->step > 1 ? PART_REST : p->nth / PART),
			arena_printf(l->mem, "%lld", p->step), arena_printf(l->mem, "%lld", p->nth),
			arena_printf(l->mem, "%lld.%lld.%lld", p->tx, p->step, p->nth) } };

	ask.behind = &behind;
	ask.also = also;
	ask.limit = ROWS_MAX;
	ask.all_columns = true;
	if (ask_filter(&ask, "until", arena_printf(l->mem, "%lld", l->until.tx), date_today(), l->mem, &e) ||
		query_build(&ask, view, n, l->mem, &query, &e)) {
		fail_look(l, &e);
		return;
	}
	const struct pgpipe_ask question = {
		.lane = PGPIPE_SLOW, .sql = query.sql, .n = query.n, .params = query.params, .done = on_rows, .arg = l
	};
	if (pgpipe_ask(l->api->db, &question, &l->asked, &e))
		fail_look(l, &e);
}

/* ---- a large transaction, part by part */

/* last: its last part of claims; behind these is what became of facts through them, and the like. */
static void ask_part(struct look *l, const struct place *p, long long last)
{
	long long part = p->step == 1 ? (p->nth + 1) / PART : 0;

	if (p->step > 1 || part > last) {
		part = PART_REST;
		l->until = (struct place){ p->tx, 9, 0 };
	} else {
		l->until = part < last ? (struct place){ p->tx, 1, (part + 1) * PART - 1 } : (struct place){ p->tx, 2, 0 };
	}
	l->more = true;
	ask_rows(l, p, arena_printf(l->mem, "part = %lld", part));
}

/* ---- what lies ahead */

/* Rows of tx, claims, last_part. The transactions from its own on that are small enough together; or the first, when it is large by itself. */
static void on_sizes(void *arg, const PGresult *res, const struct err *e)
{
	struct look *l = arg;
	long long claims = 0, last = 0;
	struct place p = { 0 };
	int n = 0;

	l->asked = NULL;
	if (e) {
		fail_look(l, e);
		return;
	}
	(void)!place_read(l->place, &p);
	for (; n < PQntuples(res); n++) {
		long long tx = strtoll(PQgetvalue(res, n, 0), NULL, 10), size = strtoll(PQgetvalue(res, n, 1), NULL, 10);

		if (n == 0 && size > LARGE) {
			ask_part(l, p.tx == tx ? &p : &(struct place){ tx, 0, 0 }, strtoll(PQgetvalue(res, n, 2), NULL, 10));
			return;
		}
		if (claims + size > LARGE)
			break;
		claims += size;
		last = tx;
	}
	if (n == 0) {
		end_look(l, l->place, false, false); /* nothing is */
		return;
	}
	l->until = (struct place){ last, 9, 0 };
	l->more = n < PQntuples(res) || n == AHEAD;
	ask_rows(l, &p, NULL);
}

static void look_begin(struct look *l)
{
	struct place p = { 0 };
	struct err e = { 0 };

	(void)!place_read(l->place, &p);
	const char *params[] = { arena_printf(l->mem, "%lld", p.step >= 9 ? p.tx + 1 : p.tx), arena_printf(l->mem, "%d", AHEAD) };
	const struct pgpipe_ask question = { .lane = PGPIPE_FAST,
		.sql = "SELECT tx, claims, last_part FROM api.tx_sizes WHERE tx >= $1::bigint ORDER BY tx LIMIT $2::int",
		.n = 2,
		.params = params,
		.done = on_sizes,
		.arg = l };
	if (pgpipe_ask(l->api->db, &question, &l->asked, &e))
		fail_look(l, &e);
}

static struct look *look_new(const struct follower *f)
{
	struct arena *mem = arena_new();
	struct look *l = arena_zalloc(mem, sizeof *l);

	*l = (struct look){ .api = f->api, .mem = mem, .question = arena_strdup(mem, f->question), .ask = f->ask };
	for (int i = 0; i < l->ask.n_filters; i++) /* the follower may be gone before it */
		l->ask.filters[i].value = f->ask.filters[i].value ? arena_strdup(mem, f->ask.filters[i].value) : NULL;
	snprintf(l->place, sizeof l->place, "%s", f->place);
	TAILQ_INIT(&l->followers);
	LIST_INSERT_HEAD(&f->api->looks, l, link);
	return l;
}

static void look(struct follower *f)
{
	struct look *l;

	LIST_FOREACH(l, &f->api->looks, link)
	if (l->asked && strcmp(l->place, f->place) == 0 && strcmp(l->question, f->question) == 0)
		break;
	f->more = false;
	bool fresh = !l;
	if (fresh)
		l = look_new(f);
	f->look = l;
	TAILQ_INSERT_TAIL(&l->followers, f, mate);
	if (fresh)
		look_begin(l);
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
	f->api->slot->followers--;
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
	f->api->slot->followers--;
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
	struct place ignored;

	if (!place_read(id, &ignored)) {
		err_set(e, ERR_USAGE, "last_event_id: \"%s\" is no id of an event", id);
		return err_hint(e, "It looks like 12.1.5, as the events tell it.");
	}
	snprintf(f->place, sizeof f->place, "%s", id);
	return 0;
}

/* Without a place to go on from: behind the transaction that since names, or from now on. */
static int choose_place(struct follower *f, const char *since, struct err *e)
{
	struct place p = { since ? strtoll(since, NULL, 10) : f->api->tx, 9, 0 };

	if (*f->place)
		return 0;
	if (p.tx < 0)
		return err_set(e, ERR_DB_DOWN, "the database is out of reach; try again in a moment");
	place_write(&p, f->place);
	return 0;
}

static int read_request(struct follower *f, struct err *e)
{
	const char *last = http_head_field(f->r->head, "last-event-id", f->r->mem);
	const char *since = NULL;

	f->ask.resource = resource_find("changes");
	f->ask.limit = ASK_LIMIT;
	for (size_t i = 0; i < f->r->head->n_params; i++) {
		const struct http_field *p = &f->r->head->params[i];
		bool is_place = strcmp(p->name, "last_event_id") == 0;

		since = strcmp(p->name, "since") == 0 ? p->value : since;
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
	api->slot->followers++;
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
