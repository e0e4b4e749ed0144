#include "aimarket/pgpipe.h"

#include <assert.h>
#include <inttypes.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <time.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "aimarket/arena.h"
#include "aimarket/backoff.h"
#include "aimarket/buf.h"
#include "aimarket/log.h"
#include "aimarket/pg.h"
#include "pgstmt.h"

enum {
	SETTLED_MS = 1000, /* a connection that was lost sooner than this counts as a failure to connect */
	AGAIN_MS = 50, /* until a statement that is still there is cancelled again */
	LOOK_MS = 1000, /* how often a connection is looked at whether it still answers */
	BEAT_MS = 15000, /* how long one may be silent before it is asked for a sign of life */
	GRACE_MS = 5000, /* how long after the statement's own timeout it is given up */
	SETUP_MAX = 64 << 10,
	PARAMS_MAX = 1000,
};

const struct pgpipe_options pgpipe_options = {
	.application = "aimarketd",
	.slow_conns = 2,
	.depth = 64,
	.depth_here = 3,
	.queue = 512,
	.prepared = 200,
	.timeout_ms = { [PGPIPE_FAST] = 5000, [PGPIPE_SLOW] = 300000 },
	.stream_ms = 3600000,
	.connect_ms = 5000,
};

static const struct backoff backoff = { .first = 200, .most = 5000 };
static const char *const lane_names[PGPIPE_LANES] = { "fast", "slow" };

enum conn_state {
	CONN_CONNECTING, /* waits for what PQconnectPoll asked; its socket may change, so the events are made anew */
	CONN_PREPARING, /* waits for the settings of the session and the LISTENs */
	CONN_SERVING, /* pipeline mode; statements queue in send order, answers come back in it */
	CONN_BACKOFF, /* lost; waits for its timer, statements are refused meanwhile */
};

/* What of a statement is awaited next. */
enum query_step { STEP_PREPARE, STEP_RUN, STEP_SYNC };

struct pgpipe_query {
	struct pgpipe *pool;
	enum pgpipe_lane lane;
	struct conn *conn; /* NULL: waits */
	TAILQ_ENTRY(pgpipe_query) link;
	const char *sql; /* like the parameters behind this struct, in one piece of memory */
	int n;
	const char **params;
	bool writes;
	pgpipe_row *row;
	pgpipe_done *done; /* NULL: nobody wants to know */
	void *arg;

	enum query_step step;
	bool prepared; /* sent as one that was prepared before */
	bool again; /* was sent a second time */
	bool streams; /* single-row mode was asked for */
	bool paused;
	bool dropped; /* cancelled: what still comes of it is thrown away */
	PGresult *res;
	struct err e;
};
TAILQ_HEAD(query_list, pgpipe_query);

struct conn {
	struct pgpipe *pool;
	enum pgpipe_lane lane;
	enum conn_state state;
	PGconn *pg; /* NULL in CONN_BACKOFF */
	struct event readable, writable, timer;
	struct event kick; /* active when there is something to do that no event of the socket will tell */
	bool watching; /* readable and writable are assigned */
	struct query_list under_way;
	unsigned n_under_way;
	unsigned cancelling; /* cancel requests for it that are not answered yet: one that came late would hit the next statement */
	struct pgstmts stmts;
	char pid[16]; /* of its process in the server */
	int timeout; /* what the session's statement_timeout is set to; ms */
	unsigned failures; /* to connect, in a row */
	long long since; /* it serves; ms */
	long long heard; /* something of it while an answer was due; ms */
	bool advancing;
	bool broken; /* to be given up, for the reason in e */
	struct err e;
};

struct pgpipe {
	struct event_base *base;
	struct pgpipe_options o;
	struct arena *mem; /* of the options' strings */
	struct pgpipe_stats stats;
	struct query_list waiting[PGPIPE_LANES];
	unsigned n_waiting[PGPIPE_LANES];
	struct conn *conns; /* the fast one first */
	unsigned n_conns;
};

static void conn_advance(struct conn *c);

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* ---- queries */

static size_t text_size(const char *s)
{
	return s ? strlen(s) + 1 : 0;
}

/* Copies s to *at and moves it on; NULL stays NULL. */
static const char *put_text(char **at, const char *s)
{
	size_t size = text_size(s);
	const char *copy = s ? memcpy(*at, s, size) : NULL;

	*at += size;
	return copy;
}

static struct pgpipe_query *query_new(struct pgpipe *p, const struct pgpipe_ask *ask)
{
	const int n = ask->n;
	size_t size = sizeof(struct pgpipe_query) + (size_t)n * sizeof(char *) + text_size(ask->sql);

	assert(n <= PARAMS_MAX && (n == 0 || ask->params) && (!ask->row || ask->lane == PGPIPE_SLOW));
	for (int i = 0; i < n; i++)
		size += text_size(ask->params[i]);
	struct pgpipe_query *q = xmalloc(size);
	*q = (struct pgpipe_query){
		.pool = p, .lane = ask->lane, .n = n, .writes = ask->writes, .row = ask->row, .done = ask->done, .arg = ask->arg
	};
	q->params = (const char **)(q + 1);
	char *text = (char *)(q->params + n);
	q->sql = put_text(&text, ask->sql);
	for (int i = 0; i < n; i++)
		q->params[i] = put_text(&text, ask->params[i]);
	return q;
}

static void query_free(struct pgpipe_query *q)
{
	PQclear(q->res);
	free(q);
}

/* The end of it: tells who wants to know. */
static void query_end(struct pgpipe_query *q)
{
	bool failed = q->e.kind != ERR_NONE;

	q->pool->stats.failed += failed;
	if (q->done)
		q->done(q->arg, failed ? NULL : q->res, failed ? &q->e : NULL);
	query_free(q);
}

static void wait_in_line(struct pgpipe_query *q, bool first)
{
	struct pgpipe *p = q->pool;

	q->conn = NULL;
	if (first)
		TAILQ_INSERT_HEAD(&p->waiting[q->lane], q, link);
	else
		TAILQ_INSERT_TAIL(&p->waiting[q->lane], q, link);
	p->n_waiting[q->lane]++;
	p->stats.waiting++;
}

static void leave_line(struct pgpipe_query *q)
{
	struct pgpipe *p = q->pool;

	TAILQ_REMOVE(&p->waiting[q->lane], q, link);
	p->n_waiting[q->lane]--;
	p->stats.waiting--;
}

static void join(struct conn *c, struct pgpipe_query *q)
{
	if (TAILQ_EMPTY(&c->under_way))
		c->heard = now_ms();
	q->conn = c;
	TAILQ_INSERT_TAIL(&c->under_way, q, link);
	c->n_under_way++;
	c->pool->stats.under_way++;
}

static void leave(struct conn *c, struct pgpipe_query *q)
{
	TAILQ_REMOVE(&c->under_way, q, link);
	c->n_under_way--;
	c->pool->stats.under_way--;
}

/* ---- sending */

/* The connection is of no more use; conn_advance sees to it. */
static void give_up(struct conn *c, const char *why)
{
	if (!c->broken && why)
		err_set(&c->e, ERR_DB_DOWN, "%s", why);
	else if (!c->broken)
		pg_result_error(c->pg, NULL, &c->e);
	c->broken = true;
	event_active(&c->kick, EV_TIMEOUT, 0);
}

/* A statement of our own, beside those that were asked. */
static void send_own(struct conn *c, const char *sql)
{
	const struct pgpipe_ask ask = { .lane = c->lane, .sql = sql };

	if (!PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, 0) || !PQpipelineSync(c->pg)) {
		give_up(c, NULL);
		return;
	}
	struct pgpipe_query *q = query_new(c->pool, &ask);
	q->step = STEP_RUN;
	join(c, q);
}

static void forget(struct conn *c, struct pgstmt *stmt)
{
	char sql[sizeof "DEALLOCATE " + sizeof stmt->name];

	snprintf(sql, sizeof sql, "DEALLOCATE %s", stmt->name);
	pgstmts_remove(&c->stmts, stmt);
	send_own(c, sql);
}

/* The statement to prepare before q is run; NULL: it is prepared already (q says so), or will have to be sent as it is. */
static struct pgstmt *to_prepare(struct conn *c, struct pgpipe_query *q, struct pgstmt **ready)
{
	struct pgstmt *stmt = pgstmts_find(&c->stmts, q->sql), *oldest;

	*ready = stmt && stmt->ready ? stmt : NULL;
	if (stmt)
		return NULL;
	oldest = pgstmts_oldest(&c->stmts);
	if (oldest)
		forget(c, oldest);
	return pgstmts_add(&c->stmts, q->sql);
}

static bool send_parts(struct conn *c, struct pgpipe_query *q)
{
	struct pgstmt *ready, *fresh = to_prepare(c, q, &ready);
	const struct pgstmt *stmt = fresh ? fresh : ready;

	q->step = fresh ? STEP_PREPARE : STEP_RUN;
	q->prepared = ready;
	c->pool->stats.prepared += fresh != NULL;
	c->pool->stats.reused += ready != NULL;
	if (fresh && !PQsendPrepare(c->pg, fresh->name, q->sql, 0, NULL))
		return false;
	if (stmt)
		return PQsendQueryPrepared(c->pg, stmt->name, q->n, q->params, NULL, NULL, 0) && PQpipelineSync(c->pg);
	return PQsendQueryParams(c->pg, q->sql, q->n, NULL, q->params, NULL, NULL, 0) && PQpipelineSync(c->pg);
}

/* One that streams may take long as a whole, as long as its rows come: see look_at. */
static void send_timeout(struct conn *c, const struct pgpipe_query *q)
{
	int wanted = q->row ? c->pool->o.stream_ms : c->pool->o.timeout_ms[c->lane];
	char sql[64];

	if (wanted == c->timeout)
		return;
	c->timeout = wanted;
	snprintf(sql, sizeof sql, "SET statement_timeout = %d", wanted);
	send_own(c, sql);
}

static void send_query(struct conn *c, struct pgpipe_query *q)
{
	log_at(LOG_LEVEL_SQL, NULL, "%s", q->sql);
	c->pool->stats.sent++;
	send_timeout(c, q);
	if (!c->broken && !send_parts(c, q))
		give_up(c, NULL);
	join(c, q);
}

static void flush_out(struct conn *c)
{
	int left = PQflush(c->pg);

	if (left < 0)
		give_up(c, NULL);
	else if (left > 0)
		event_add(&c->writable, NULL);
	else
		event_del(&c->writable);
}

/* Nobody wants the statement it works on, and the server does not know. */
static bool is_to_be_cancelled(const struct conn *c)
{
	const struct pgpipe_query *first = TAILQ_FIRST(&c->under_way);

	return c->lane == PGPIPE_SLOW && c->state == CONN_SERVING && first && first->dropped && first->step != STEP_SYNC &&
	       c->cancelling == 0;
}

static unsigned depth_of(const struct conn *c)
{
	const char *host = PQhost(c->pg);

	if (c->lane != PGPIPE_FAST)
		return 1;
	return host && *host == '/' ? c->pool->o.depth_here : c->pool->o.depth;
}

static bool has_place(const struct conn *c)
{
	return c->state == CONN_SERVING && !c->broken && c->cancelling == 0 && c->n_under_way < depth_of(c);
}

static void dispatch(struct pgpipe *p, enum pgpipe_lane lane)
{
	for (struct conn *c = p->conns; c < p->conns + p->n_conns; c++) {
		struct pgpipe_query *q;

		if (c->lane != lane)
			continue;
		while (has_place(c) && (q = TAILQ_FIRST(&p->waiting[lane]))) {
			leave_line(q);
			send_query(c, q);
			flush_out(c);
		}
	}
}

/* ---- answers */

/* A statement that was prepared before tables changed, or that is not there: nothing was run, so it may be run anew. */
static bool is_stale(const struct pgpipe_query *q)
{
	return q->prepared && !q->again && (!strcmp(q->e.sqlstate, "0A000") || !strcmp(q->e.sqlstate, "26000"));
}

static void send_again(struct conn *c, struct pgpipe_query *q)
{
	struct pgstmt *stmt = pgstmts_find(&c->stmts, q->sql);

	if (stmt && stmt->ready && !strcmp(q->e.sqlstate, "0A000"))
		forget(c, stmt);
	else if (stmt && stmt->ready)
		pgstmts_remove(&c->stmts, stmt);
	err_clear(&q->e);
	PQclear(q->res);
	q->res = NULL;
	q->again = true;
	q->streams = false;
	wait_in_line(q, true);
}

static void finish(struct conn *c, struct pgpipe_query *q)
{
	leave(c, q);
	if (is_stale(q) && q->done)
		send_again(c, q);
	else
		query_end(q);
	dispatch(c->pool, c->lane);
}

static void take_prepared(struct conn *c, struct pgpipe_query *q, bool good)
{
	struct pgstmt *stmt = pgstmts_find(&c->stmts, q->sql);

	if (stmt && good)
		stmt->ready = true;
	else if (stmt)
		pgstmts_remove(&c->stmts, stmt);
}

static void keep(struct pgpipe_query *q, PGresult *res)
{
	PQclear(q->res);
	q->res = res;
}

static void take_error(struct conn *c, struct pgpipe_query *q, const PGresult *res)
{
	pg_result_error(c->pg, res, &q->e);
	if (q->step == STEP_PREPARE)
		take_prepared(c, q, false);
}

/* What libpq brings of the statement that is first in line: the results of each step, a NULL at the step's end, at last the sync. */
static void take(struct conn *c, struct pgpipe_query *q, PGresult *res)
{
	if (!res) {
		q->step = q->step == STEP_PREPARE ? STEP_RUN : STEP_SYNC;
		return;
	}
	switch (PQresultStatus(res)) {
	case PGRES_PIPELINE_SYNC:
		PQclear(res);
		finish(c, q);
		return;
	case PGRES_SINGLE_TUPLE:
		if (q->row)
			q->row(q->arg, res);
		break;
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
		if (q->step == STEP_RUN) {
			keep(q, res);
			return;
		}
		take_prepared(c, q, true);
		break;
	case PGRES_PIPELINE_ABORTED:
		break;
	case PGRES_FATAL_ERROR:
		take_error(c, q, res);
		break;
	default:
		err_set(&q->e, ERR_FAIL, "COPY and empty statements are not for a pipeline");
		give_up(c, "a statement left the pipeline in disorder");
	}
	PQclear(res);
}

/* Must be asked for when the statement has become the first in line, and before anything of its answer was looked at. */
static void ask_for_rows(struct conn *c, struct pgpipe_query *q)
{
	if (!q->row || q->streams || q->step != STEP_RUN)
		return;
	q->streams = true;
	if (!PQsetSingleRowMode(c->pg) && q->e.kind == ERR_NONE)
		give_up(c, "rows could not be had one by one");
}

/* What had arrived in full before the connection broke still counts; behind that libpq makes up errors without end. */
static bool is_made_up(const struct conn *c, const struct pgpipe_query *q, const PGresult *res)
{
	return PQstatus(c->pg) == CONNECTION_BAD && (res ? PQresultStatus(res) == PGRES_FATAL_ERROR : q->step == STEP_SYNC);
}

static void take_answers(struct conn *c)
{
	struct pgpipe_query *q;

	while (!c->broken && (q = TAILQ_FIRST(&c->under_way)) && !q->paused) {
		ask_for_rows(c, q);
		if (c->broken || PQisBusy(c->pg))
			return;
		PGresult *res = PQgetResult(c->pg);
		if (is_made_up(c, q, res)) {
			PQclear(res);
			give_up(c, NULL);
			return;
		}
		take(c, q, res);
	}
}

static void take_notifications(struct conn *c)
{
	PGnotify *n;

	while (!c->broken && c->pool->o.channels && c->lane == PGPIPE_FAST && (n = PQnotifies(c->pg))) {
		c->pool->o.notified(c->pool->o.arg, n->relname, n->extra);
		PQfreemem(n);
	}
}

/* ---- connections: coming and going */

static void on_io(int fd, short what, void *arg);

static void set_timer(struct conn *c, long long ms)
{
	struct timeval in = { .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	event_add(&c->timer, &in);
}

static void set_state(struct conn *c, enum conn_state state)
{
	static const char *const names[] = { "connecting", "preparing", "serving", "backoff" };
	struct pgpipe_stats *stats = &c->pool->stats;

	log_at(LOG_LEVEL_DEBUG, "module=pgpipe", "%s connection: %s, then %s", lane_names[c->lane], names[c->state], names[state]);
	stats->serving += (state == CONN_SERVING) - (c->state == CONN_SERVING);
	c->state = state;
}

static void unwatch(struct conn *c)
{
	if (!c->watching)
		return;
	event_del(&c->readable);
	event_del(&c->writable);
	c->watching = false;
}

/* The socket may have changed since. */
static void watch(struct conn *c)
{
	unwatch(c);
	event_assign(&c->readable, c->pool->base, PQsocket(c->pg), EV_READ | EV_PERSIST, on_io, c);
	event_assign(&c->writable, c->pool->base, PQsocket(c->pg), EV_WRITE | EV_PERSIST, on_io, c);
	c->watching = true;
}

static void on_notice(void *arg, const PGresult *res)
{
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	log_at(LOG_LEVEL_DEBUG, "postgresql", "%s", text ? text : PQresultErrorMessage(res));
}

static void begin_connecting(struct conn *c)
{
	const struct pgpipe_options *o = &c->pool->o;
	const char *keys[] = { "fallback_application_name", "dbname", "client_encoding", NULL };
	const char *values[] = { o->application, o->conninfo, "UTF8", NULL };

	set_state(c, CONN_CONNECTING);
	set_timer(c, o->connect_ms);
	c->pg = PQconnectStartParams(keys, values, 1);
	if (PQstatus(c->pg) == CONNECTION_BAD) {
		give_up(c, NULL);
		return;
	}
	PQsetNoticeReceiver(c->pg, on_notice, NULL);
	watch(c);
	event_add(&c->writable, NULL);
}

/* There is a connection, or the first try to have one. */
static bool has_hope(const struct pgpipe *p, enum pgpipe_lane lane)
{
	for (const struct conn *c = p->conns; c < p->conns + p->n_conns; c++)
		if (c->lane == lane && (c->state == CONN_SERVING || (c->state != CONN_BACKOFF && c->failures == 0)))
			return true;
	return false;
}

static int out_of_reach(struct err *e, const char *text)
{
	err_set(e, ERR_DB_DOWN, "%s", text);
	return err_hint(e, "Try again in a moment.");
}

static void fail_all(struct query_list *list, const struct err *e)
{
	struct pgpipe_query *q;

	while ((q = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, q, link);
		if (q->e.kind == ERR_NONE)
			q->e = *e;
		query_end(q);
	}
}

/* Those that wait: the readers only when there is no hope. */
static void fail_waiting(struct pgpipe *p, enum pgpipe_lane lane, const struct err *e)
{
	bool hope = has_hope(p, lane);
	struct query_list lost = TAILQ_HEAD_INITIALIZER(lost);

	for (struct pgpipe_query *q = TAILQ_FIRST(&p->waiting[lane]), *next; q; q = next) {
		next = TAILQ_NEXT(q, link);
		if (hope && !q->writes)
			continue;
		leave_line(q);
		TAILQ_INSERT_TAIL(&lost, q, link);
	}
	fail_all(&lost, e);
}

static void forget_connection(struct conn *c)
{
	unwatch(c);
	PQfinish(c->pg);
	c->pg = NULL;
	pgstmts_release(&c->stmts);
	c->broken = false;
	err_clear(&c->e);
}

static void back_off(struct conn *c)
{
	uint64_t dice = 0;

	if (getrandom(&dice, sizeof dice, GRND_NONBLOCK) < 0)
		dice = (uint64_t)now_ms();
	c->failures++;
	set_state(c, CONN_BACKOFF);
	set_timer(c, backoff_delay(&backoff, c->failures, dice));
}

/*
 * A connection that served for a while is sought anew at once, others after a while; then those who had to do with it are
 * told. Not the reason, which may name hosts and paths: that is for the log.
 */
static void lose(struct conn *c)
{
	struct pgpipe *p = c->pool;
	struct query_list lost = TAILQ_HEAD_INITIALIZER(lost);
	struct err e = { 0 };
	bool settled = c->state == CONN_SERVING && now_ms() - c->since >= SETTLED_MS;

	if (settled)
		c->failures = 0;
	log_at(c->failures ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, "module=pgpipe", "%s connection %s: %s", lane_names[c->lane],
		c->state == CONN_SERVING ? "lost" : "could not be made", c->e.text);
	out_of_reach(&e, c->state == CONN_SERVING ? "the connection to the database was lost" : "the database is out of reach");
	p->stats.losses += c->state == CONN_SERVING;
	p->stats.under_way -= c->n_under_way;
	c->n_under_way = 0;
	TAILQ_CONCAT(&lost, &c->under_way, link);
	forget_connection(c);
	if (settled)
		begin_connecting(c);
	else
		back_off(c);
	fail_all(&lost, &e);
	fail_waiting(p, c->lane, &e);
}

/* ---- states. A step goes on to another state (true), or waits (false). */

static void add_listens(struct conn *c, struct buf *sql)
{
	for (const char *const *name = c->pool->o.channels; name && *name && c->lane == PGPIPE_FAST; name++) {
		char *quoted = PQescapeIdentifier(c->pg, *name, strlen(*name));

		/* a standby hears nothing, but answers */
		buf_printf(sql, "DO $$ BEGIN LISTEN %s; EXCEPTION WHEN read_only_sql_transaction THEN NULL; END $$;", quoted ? quoted : "");
		PQfreemem(quoted);
	}
}

/* One round trip for all that a session needs. The check notices in mid-statement that we are gone; not every system can do it. */
static bool send_setup(struct conn *c)
{
	struct buf sql;

	buf_init(&sql, SETUP_MAX);
	buf_printf(&sql, "SET statement_timeout = %d;", c->pool->o.timeout_ms[c->lane]);
	buf_adds(&sql,
		"DO $$ BEGIN PERFORM set_config('client_connection_check_interval', '1s', false);"
		" EXCEPTION WHEN OTHERS THEN NULL; END $$;");
	if (c->pool->o.setup)
		buf_printf(&sql, "%s;", c->pool->o.setup);
	add_listens(c, &sql);
	buf_adds(&sql, "SELECT pg_backend_pid()");
	bool sent = PQsetnonblocking(c->pg, 1) == 0 && PQsendQuery(c->pg, buf_str(&sql));
	buf_release(&sql);
	return sent;
}

static bool step_connecting(struct conn *c)
{
	PostgresPollingStatusType wants = PQconnectPoll(c->pg);

	if (wants == PGRES_POLLING_FAILED) {
		give_up(c, NULL);
		return false;
	}
	watch(c);
	if (wants != PGRES_POLLING_OK) {
		event_add(wants == PGRES_POLLING_WRITING ? &c->writable : &c->readable, NULL);
		return false;
	}
	if (PQserverVersion(c->pg) < 150000) {
		give_up(c, "the server is older than PostgreSQL 15");
		return false;
	}
	event_add(&c->readable, NULL);
	set_state(c, CONN_PREPARING);
	if (!send_setup(c))
		give_up(c, NULL);
	else
		flush_out(c);
	return false;
}

static void take_setup(struct conn *c, PGresult *res)
{
	switch (PQresultStatus(res)) {
	case PGRES_TUPLES_OK:
		if (PQntuples(res) > 0 && PQnfields(res) > 0)
			snprintf(c->pid, sizeof c->pid, "%s", PQgetvalue(res, 0, 0));
		break;
	case PGRES_COMMAND_OK:
		break;
	default:
		pg_result_error(c->pg, res, &c->e);
		c->broken = true;
	}
	PQclear(res);
}

static bool step_preparing(struct conn *c)
{
	PGresult *res;

	if (!PQconsumeInput(c->pg))
		give_up(c, NULL);
	flush_out(c);
	while (!c->broken && !PQisBusy(c->pg)) {
		if ((res = PQgetResult(c->pg))) {
			take_setup(c, res);
			continue;
		}
		if (!PQenterPipelineMode(c->pg))
			give_up(c, NULL);
		c->since = now_ms();
		c->timeout = c->pool->o.timeout_ms[c->lane];
		set_state(c, CONN_SERVING);
		set_timer(c, LOOK_MS);
		c->pool->stats.connects++;
		if (c->pool->o.channels && c->lane == PGPIPE_FAST)
			c->pool->o.notified(c->pool->o.arg, NULL, NULL);
		dispatch(c->pool, c->lane);
		return true;
	}
	return false;
}

/* While the first in line is paused nothing is read, so that what comes stays in the server. */
static bool step_serving(struct conn *c)
{
	const struct pgpipe_query *first = TAILQ_FIRST(&c->under_way);
	bool lost = false;

	if (!first || !first->paused)
		lost = !PQconsumeInput(c->pg);
	take_answers(c);
	take_notifications(c);
	if (lost)
		give_up(c, NULL);
	if (c->broken)
		return false;
	flush_out(c);
	first = TAILQ_FIRST(&c->under_way);
	if (first && first->paused)
		event_del(&c->readable);
	else
		event_add(&c->readable, NULL);
	return false;
}

static bool step_backoff(struct conn *c)
{
	return false;
}

/* The only place where states change; runs until it would have to wait. */
static void conn_advance(struct conn *c)
{
	static bool (*const steps[])(struct conn * c) = {
		[CONN_CONNECTING] = step_connecting,
		[CONN_PREPARING] = step_preparing,
		[CONN_SERVING] = step_serving,
		[CONN_BACKOFF] = step_backoff,
	};

	if (c->advancing)
		return;
	c->advancing = true;
	while (!c->broken && steps[c->state](c))
		;
	if (c->broken)
		lose(c);
	c->advancing = false;
}

static void on_io(int fd, short what, void *arg)
{
	struct conn *c = arg;

	c->heard = now_ms();
	conn_advance(c);
}

static void on_kick(int fd, short what, void *arg)
{
	struct conn *c = arg;

	if (c->broken || c->state == CONN_SERVING)
		conn_advance(c);
}

static void cancel_in_server(struct conn *c);

/* Its rows are awaited in vain: it ends like one that its server has cut off. */
static bool is_stuck(const struct conn *c)
{
	const struct pgpipe_query *first = TAILQ_FIRST(&c->under_way);

	return first && first->row && !first->paused && first->step != STEP_SYNC && c->cancelling == 0 &&
	       now_ms() - c->heard > c->pool->o.timeout_ms[c->lane];
}

static void look_at(struct conn *c)
{
	const struct pgpipe_query *first = TAILQ_FIRST(&c->under_way);

	set_timer(c, LOOK_MS);
	if (is_to_be_cancelled(c) || is_stuck(c))
		cancel_in_server(c);
	if (c->failures > 0 && now_ms() - c->since >= SETTLED_MS) {
		log_at(LOG_LEVEL_NOTICE, "module=pgpipe", "%s connection made again", lane_names[c->lane]);
		c->failures = 0;
	}
	if (!first && now_ms() - c->heard > BEAT_MS) {
		send_own(c, "SELECT 1");
		flush_out(c);
	}
	if (first && !first->paused && now_ms() - c->heard > c->pool->o.timeout_ms[c->lane] + GRACE_MS)
		give_up(c, "the database does not answer");
}

static void on_timer(int fd, short what, void *arg)
{
	struct conn *c = arg;

	if (c->state == CONN_SERVING)
		look_at(c);
	else if (c->state == CONN_BACKOFF)
		begin_connecting(c);
	else
		give_up(c, "the database does not answer");
}

/* ---- asking */

int pgpipe_ask(struct pgpipe *p, const struct pgpipe_ask *ask, struct pgpipe_query **out, struct err *e)
{
	if (!has_hope(p, ask->lane)) {
		p->stats.refused++;
		return out_of_reach(e, "the database is out of reach");
	}
	if (p->n_waiting[ask->lane] >= p->o.queue) {
		p->stats.refused++;
		return out_of_reach(e, "too many questions wait for the database");
	}
	struct pgpipe_query *q = query_new(p, ask);
	wait_in_line(q, false);
	if (out)
		*out = q;
	dispatch(p, ask->lane);
	return 0;
}

/* A cancel that comes before the server has begun with the statement does nothing. */
static void on_cancelled(void *arg, const PGresult *res, const struct err *e)
{
	struct conn *c = arg;

	c->cancelling--;
	if (is_to_be_cancelled(c))
		set_timer(c, AGAIN_MS);
	dispatch(c->pool, c->lane);
}

/* By the fast lane; where that is not to be had, the server notices that the connection is gone. */
static void cancel_in_server(struct conn *c)
{
	const char *const params[] = { c->pid };
	const struct pgpipe_ask ask = {
		.lane = PGPIPE_FAST, .sql = "SELECT pg_cancel_backend($1::int)", .n = 1, .params = params, .done = on_cancelled, .arg = c
	};
	struct err ignored = { 0 };

	if (c->pool->conns[0].state == CONN_SERVING && pgpipe_ask(c->pool, &ask, NULL, &ignored) == 0)
		c->cancelling++;
	else
		give_up(c, "a statement was given up");
}

void pgpipe_cancel(struct pgpipe_query *q)
{
	struct conn *c = q->conn;

	if (!c) {
		leave_line(q);
		query_free(q);
		return;
	}
	q->done = NULL;
	q->row = NULL;
	q->paused = false;
	q->dropped = true;
	event_active(&c->kick, EV_TIMEOUT, 0);
	if (is_to_be_cancelled(c))
		cancel_in_server(c);
}

void pgpipe_pause(struct pgpipe_query *q)
{
	q->paused = true;
}

void pgpipe_resume(struct pgpipe_query *q)
{
	q->paused = false;
	if (!q->conn)
		return;
	q->conn->heard = now_ms();
	event_active(&q->conn->kick, EV_TIMEOUT, 0);
}

/* ---- the pool */

static const char *const *copy_list(struct arena *mem, const char *const *list)
{
	size_t n = 0;

	while (list[n])
		n++;
	const char **copy = arena_zalloc(mem, (n + 1) * sizeof *copy);
	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(mem, list[i]);
	return copy;
}

static void copy_options(struct pgpipe *p, const struct pgpipe_options *o)
{
	p->o = *o;
	p->o.conninfo = arena_strdup(p->mem, o->conninfo);
	p->o.application = arena_strdup(p->mem, o->application);
	p->o.setup = o->setup ? arena_strdup(p->mem, o->setup) : NULL;
	p->o.channels = o->channels ? copy_list(p->mem, o->channels) : NULL;
}

static void conn_init(struct conn *c, struct pgpipe *p, enum pgpipe_lane lane)
{
	*c = (struct conn){ .pool = p, .lane = lane, .state = CONN_CONNECTING };
	TAILQ_INIT(&c->under_way);
	pgstmts_init(&c->stmts, p->o.prepared);
	event_assign(&c->timer, p->base, -1, 0, on_timer, c);
	event_assign(&c->kick, p->base, -1, 0, on_kick, c);
	begin_connecting(c);
}

struct pgpipe *pgpipe_new(struct event_base *base, const struct pgpipe_options *options)
{
	struct pgpipe *p = xzalloc(sizeof *p);

	p->base = base;
	p->mem = arena_new();
	copy_options(p, options);
	for (int lane = 0; lane < PGPIPE_LANES; lane++)
		TAILQ_INIT(&p->waiting[lane]);
	p->n_conns = 1 + p->o.slow_conns;
	p->conns = xzalloc(p->n_conns * sizeof *p->conns);
	for (unsigned i = 0; i < p->n_conns; i++)
		conn_init(&p->conns[i], p, i == 0 ? PGPIPE_FAST : PGPIPE_SLOW);
	return p;
}

static void drop_all(struct query_list *list)
{
	struct pgpipe_query *q;

	while ((q = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, q, link);
		query_free(q);
	}
}

void pgpipe_free(struct pgpipe *p)
{
	for (struct conn *c = p->conns; c < p->conns + p->n_conns; c++) {
		drop_all(&c->under_way);
		forget_connection(c);
		event_del(&c->timer);
		event_del(&c->kick);
	}
	for (int lane = 0; lane < PGPIPE_LANES; lane++)
		drop_all(&p->waiting[lane]);
	arena_free(p->mem);
	free(p->conns);
	free(p);
}

const struct pgpipe_stats *pgpipe_stats(const struct pgpipe *p)
{
	return &p->stats;
}

bool pgpipe_ready(const struct pgpipe *p, enum pgpipe_lane lane)
{
	for (const struct conn *c = p->conns; c < p->conns + p->n_conns; c++)
		if (c->lane == lane && c->state == CONN_SERVING)
			return true;
	return false;
}
