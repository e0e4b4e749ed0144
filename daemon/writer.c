#include "writer.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <jansson.h>

#include "aimarket/backoff.h"
#include "aimarket/ingest.h"
#include "aimarket/log.h"
#include "aimarket/store.h"
#include "worker.h"

enum { BEAT_MS = 1000, LATER_FIRST = 500, LATER_MOST = 30 * 1000, PRUNE_MS = 60 * 1000, PRUNE_ROWS = 5000 };

struct writer {
	const struct duty *duty;
	struct pg *db; /* NULL: none at present */
	unsigned tries; /* to reach it, in vain */
	int64_t prune_at; /* when it looks for requests to forget */
};

/* A posted fact, as the store tells of it. */
struct posted {
	const char *id, *feed, *document, *who;
};

/* ---- one of them */

/* What the client is told: the status of HTTP, and the words that go with it. */
static int settle(struct writer *w, const struct posted *p, const char *status, const char *answer, struct err *e)
{
	return pg_exec(w->db, "SELECT load.end_write($1, $2, $3)", 3, (const char *const[]){ p->id, status, answer }, NULL, e);
}

static int refuse(struct writer *w, const struct posted *p, const struct err *why, struct err *e)
{
	json_t *answer = json_object();

	json_object_set_new(answer, "detail", json_string(why->text));
	if (*why->hint && !strchr(why->hint, '`'))
		json_object_set_new(answer, "hint", json_string(why->hint));
	char *text = json_dumps(answer, JSON_COMPACT);
	int rc = settle(w, p, why->kind == ERR_CONFIG ? "501" : "422", text, e);
	free(text);
	json_decref(answer);
	return rc;
}

static int accept_facts(struct writer *w, const struct posted *p, const struct ingest_result *r, struct err *e)
{
	struct arena *mem = arena_new();
	const char *run = arena_printf(mem, "%lld", r->run);
	struct buf answer;

	buf_init(&answer, 64 << 20);
	int rc = pg_value(w->db, "SELECT load.written_facts($1)", 1, &run, &answer, e);
	if (!rc)
		rc = settle(w, p, r->state == INGEST_LOADED && r->tx ? "201" : "200", buf_str(&answer), e);
	buf_release(&answer);
	arena_free(mem);
	return rc;
}

static int take_in(struct writer *w, const struct posted *p, struct err *e)
{
	const struct setup *s = w->duty->setup;
	const struct feed *feed = feed_find(&s->feeds, p->feed);
	struct arena *mem = arena_new();
	const struct ingest_origin from = { .address = arena_printf(mem, "posted by %s", p->who), .media = "text/csv" };
	struct ingest_result r;
	struct err why = { 0 };
	struct body body;
	int rc;

	body_borrow(&body, p->document, strlen(p->document));
	if (!feed)
		rc = err_set(&why, ERR_CONFIG, "facts of this kind are not taken in here: there is no feed \"%s\"", p->feed);
	else
		rc = ingest_body(w->db, feed, &body, &from, &s->conf.limits, &r, &why);
	arena_free(mem);
	if (rc && worker_db_trouble(&why)) { /* tried again */
		*e = why;
		return -1;
	}
	log_at(LOG_LEVEL_INFO, "module=writer", "write %s of %s for %s: %s", p->id, p->feed, p->who, rc ? why.text : "taken in");
	return rc ? refuse(w, p, &why, e) : accept_facts(w, p, &r, e);
}

/* *any: there was one. */
static int take_next(struct writer *w, bool *any, struct err *e)
{
	PGresult *res;
	int rc = 0;

	if (pg_exec(w->db, "SELECT id, feed, document, who FROM load.next_write()", 0, NULL, &res, e))
		return -1;
	*any = PQntuples(res) > 0;
	if (*any) {
		const struct posted p = { PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1), PQgetvalue(res, 0, 2), PQgetvalue(res, 0, 3) };

		rc = take_in(w, &p, e);
	}
	PQclear(res);
	return rc;
}

/* Requests that were done long enough ago are forgotten, a few in each look. */
static int prune(struct writer *w, struct err *e)
{
	char keep[32], rows[16];

	if (worker_clock() < w->prune_at)
		return 0;
	w->prune_at = worker_clock() + PRUNE_MS;
	snprintf(keep, sizeof keep, "%lld s", w->duty->setup->conf.api.keep_writes);
	snprintf(rows, sizeof rows, "%d", PRUNE_ROWS);
	return pg_exec(w->db, "SELECT load.prune_writes($1, $2)", 2, (const char *const[]){ keep, rows }, NULL, e);
}

/* ---- the session */

static void beat(const struct writer *w)
{
	char alive = BEAT_ALIVE;

	if (write(w->duty->beat_fd, &alive, 1) < 0 && errno == EPIPE)
		_exit(0);
}

/* Until orders, word from the database, or this long. True: to stop. */
static bool rest(const struct writer *w, int ms)
{
	struct pollfd p[] = { { .fd = w->duty->stop_fd, .events = POLLIN },
		{ .fd = w->db ? PQsocket(pg_conn(w->db)) : -1, .events = POLLIN } };

	beat(w);
	poll(p, 2, ms < BEAT_MS ? ms : BEAT_MS);
	return p[0].revents != 0;
}

static int open_session(struct writer *w, struct err *e)
{
	const struct setup *s = w->duty->setup;

	if (store_open(s->conf.database, STORE_READ, &w->db, e) || pg_script(w->db, "SET application_name = 'aimarketd writer'; LISTEN aimarket_write", e) ||
		ingest_register(w->db, &s->feeds, e))
		return -1;
	w->tries = 0;
	return 0;
}

/* What came meanwhile is not worth counting: all that waits is looked at anyway. */
static int hear(struct writer *w, struct err *e)
{
	PGnotify *n;

	if (!PQconsumeInput(pg_conn(w->db)))
		return pg_error(w->db, NULL, e);
	while ((n = PQnotifies(pg_conn(w->db))))
		PQfreemem(n);
	return 0;
}

/* Until it is told to stop: 0; or something is wrong. */
static int serve(struct writer *w, struct err *e)
{
	bool any;

	if (!w->db && open_session(w, e))
		return -1;
	while (!take_next(w, &any, e)) {
		if (rest(w, any ? 0 : BEAT_MS))
			return 0;
		if (hear(w, e) || prune(w, e))
			return -1;
	}
	return -1;
}

/* The database is lost: again in a while. True: to stop. */
static bool wait_for_database(struct writer *w)
{
	const struct backoff b = { LATER_FIRST, LATER_MOST };
	int64_t until = worker_clock() + backoff_delay(&b, ++w->tries, (uint64_t)getpid() * 0x9e3779b97f4a7c15);

	pg_close(w->db);
	w->db = NULL;
	while (worker_clock() < until)
		if (rest(w, (int)(until - worker_clock())))
			return true;
	return false;
}

int writer_run(const struct duty *d, struct err *e)
{
	struct writer w = { .duty = d };
	struct err why = { 0 };
	bool stop = false;

	while (!stop && serve(&w, &why) != 0) {
		if (!worker_db_trouble(&why)) {
			*e = why;
			break;
		}
		log_at(LOG_LEVEL_INFO, "module=writer", "%s; waiting for the database", why.text);
		err_clear(&why);
		stop = wait_for_database(&w);
	}
	pg_close(w.db);
	return e->kind == ERR_NONE ? 0 : -1;
}
