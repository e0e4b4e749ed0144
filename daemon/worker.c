#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "aimarket/archive.h"
#include "aimarket/backoff.h"
#include "aimarket/fetch.h"
#include "aimarket/log.h"
#include "aimarket/store.h"
#include "job.h"

enum {
	TURN = 500, /* longest wait for a transfer before signs of life and of orders are looked at */
	LATER_FIRST = 500, LATER_MOST = 30 * 1000, /* milliseconds between two tries to reach the database */
	HOUR = 60 * 60 * 1000,
	SETTLE = 2000, /* between two looks for questions that may be settled */
	HELD = 1000, /* look again so soon when what is due is held up by something else */
	TOGETHER = 64, /* documents that are taken in together at most */
	TOGETHER_BYTES = 8 << 20, /* and their bytes, more or less */
	TOGETHER_WAIT = 200, /* the first waits so long for others */
	UNBOUND_MS = 200, /* a stop that others agree on with a host is heard of so late */
};

int64_t worker_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A master that is gone takes its workers along. */
void worker_beat(struct worker *w, enum beat what)
{
	char byte = (char)what;

	if (w->beat_fd >= 0 && write(w->beat_fd, &byte, 1) < 0 && errno == EPIPE)
		_exit(0);
}

bool worker_stopping(const struct worker *w)
{
	struct pollfd p = { .fd = w->stop_fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* Waits for orders, for word from the database, or this long. */
static void rest(struct worker *w, int64_t ms)
{
	long long beat = 1000 * (w->conf->daemon.run_timeout / 3 < w->conf->daemon.idle ? w->conf->daemon.run_timeout / 3 : w->conf->daemon.idle);
	struct pollfd p[] = { { .fd = w->stop_fd, .events = POLLIN }, { .fd = w->db ? PQsocket(pg_conn(w->db)) : -1, .events = POLLIN } };

	if (beat < 300)
		beat = 300;
	worker_beat(w, BEAT_ALIVE);
	poll(p, 2, (int)(ms < 0 || ms > beat ? beat : ms));
}

/* ---------------------------------------------------------------- the database */

bool worker_db_trouble(const struct err *e)
{
	static const char *const classes[] = { "08", "25", "40", "53", "55", "57", "58", "XX" };

	if (e->kind == ERR_DB_DOWN)
		return true;
	for (size_t i = 0; e->kind == ERR_DB && i < sizeof classes / sizeof *classes; i++)
		if (!strncmp(e->sqlstate, classes[i], 2))
			return true;
	return false;
}

static void free_job(struct job *j)
{
	fetch_result_free(j->held);
	arena_free(j->mem);
}

/* All that is under way is dropped: its leases end with the session, and others take them. */
static void put_all_down(struct worker *w)
{
	fetcher_free(w->fetcher);
	w->fetcher = NULL;
	for (struct job *j = w->jobs, *next; j; j = next) {
		struct err ignored = { 0 };

		next = j->next;
		if (w->db)
			(void)!job_put_down(j, &ignored);
		free_job(j);
	}
	w->jobs = NULL;
	w->n_jobs = w->n_held = 0;
	w->held_bytes = 0;
	w->sated = false;
	pg_close(w->db);
	w->db = NULL;
	arena_reset(w->mem);
}

static void lose(struct worker *w, const struct err *why)
{
	put_all_down(w);
	if (strcmp(w->lost_why, why->text)) {	/* each reason once, not each try */
		log_at(LOG_LEVEL_ERROR, "database=lost", "%s; waiting for it", why->text);
		snprintf(w->lost_why, sizeof w->lost_why, "%s", why->text);
	}
	if (!w->lost) {
		worker_beat(w, BEAT_LOST);
		w->lost = worker_clock();
		w->lost_tries = 0;
	}
	w->lost_tries++;
}

static int must_be_writable(struct pg *db, struct err *e)
{
	struct buf value;

	buf_init(&value, 16);
	int rc = pg_value(db, "SELECT current_setting('transaction_read_only')", 0, NULL, &value, e);
	if (!rc && !strcmp(buf_str(&value), "on")) {
		rc = err_set(e, ERR_DB_DOWN, "the database takes no changes at present: it is a standby, or set to read only");
		err_hint(e, "Name the primary, or let libpq find it with target_session_attrs=read-write.");
	}
	buf_release(&value);
	return rc;
}

/* Turns at hosts are drawn in the database, so that all workers of all machines keep the pace together. */
static long gate(void *arg, const char *host, struct err *e)
{
	struct worker *w = arg;
	char rate[24];
	PGresult *res;

	if (!strcmp(host, w->unbound) && worker_clock() < w->unbound_until)
		return 0;
	snprintf(rate, sizeof rate, "%lld", w->conf->fetch.rate);
	if (pg_exec(w->db, "SELECT wait, why, unbound FROM load.host_turn($1, $2)", 2, (const char *const[]){ host, rate }, &res, e))
		return -1;
	long wait = strtol(PQgetvalue(res, 0, 0), NULL, 10);
	if (wait < 0)
		err_set(e, ERR_NET, "%s", PQgetvalue(res, 0, 1));
	if (*PQgetvalue(res, 0, 2) == 't') {
		snprintf(w->unbound, sizeof w->unbound, "%s", host);
		w->unbound_until = worker_clock() + UNBOUND_MS;
	}
	PQclear(res);
	return wait;
}

static int open_fetcher(struct worker *w, struct err *e)
{
	const struct conf_fetch *c = &w->conf->fetch;
	const struct fetch_options options = {
		.user_agent = c->contact ? arena_printf(w->mem, "aimarket/%s (%s)", AIMARKET_VERSION, c->contact) : "aimarket/" AIMARKET_VERSION,
		.ca_file = c->ca_file,
		.use_proxy = c->proxy,
		.gate = gate,
		.gate_arg = w,
	};

	return fetcher_new(&options, &w->fetcher, e);
}

static int want_all(struct worker *w, struct err *e)
{
	for (size_t i = 0; w->wanted && i < w->feeds->n; i++)
		if (pg_exec(w->db, "SELECT load.feed_said($1, 'run')", 1, &w->feeds->feeds[i]->name, NULL, e))
			return -1;
	return 0;
}

static int open_session(struct worker *w, struct err *e)
{
	if (store_open(w->conf->database, STORE_READ, &w->db, e) || must_be_writable(w->db, e) ||
	    leases_open(w->db, w->conf, w->feeds, w->mem, &w->leases, e) || open_fetcher(w, e) || want_all(w, e))
		return -1;
	w->wanted = false;
	if (w->lost) {
		log_at(LOG_LEVEL_NOTICE, "database=back", "the database is back after %lld s", (long long)(worker_clock() - w->lost) / 1000);
		worker_beat(w, BEAT_BACK);
	}
	w->lost = 0;
	*w->lost_why = '\0';
	return 0;
}

static int64_t later(const struct worker *w)
{
	const struct backoff b = { LATER_FIRST, LATER_MOST };

	return backoff_delay(&b, w->lost_tries, (uint64_t)getpid() * 0x9e3779b97f4a7c15);
}

/* ---------------------------------------------------------------- jobs */

static void end_job(struct worker *w, struct job *j)
{
	for (struct job **p = &w->jobs; *p; p = &(*p)->next) {
		if (*p != j)
			continue;
		*p = j->next;
		break;
	}
	w->n_jobs--;
	w->sated = false;
	free_job(j);
}

/* A lease that became somebody else's ends the job here, and nothing else. */
static int settle(struct worker *w, struct job *j, int rc, bool over, struct err *e)
{
	if (rc && e->kind == ERR_STALE) {
		log_at(LOG_LEVEL_WARNING, j->log, "%s", e->text);
		err_clear(e);
		rc = 0;
		over = true;
	}
	if (!rc && over)
		end_job(w, j);
	return rc;
}

static struct job *make_job(struct worker *w, const struct lease *lease)
{
	struct arena *mem = arena_new();
	struct job *j = arena_zalloc(mem, sizeof *j);

	*j = (struct job){ .w = w, .mem = mem, .lease = *lease, .next = w->jobs };
	j->log = arena_printf(mem, "feed=%s", lease->feed->name);
	j->lease.resume = lease->resume ? arena_strdup(mem, lease->resume) : NULL;
	w->jobs = j;
	w->n_jobs++;
	return j;
}

static int start_job(struct worker *w, struct job *j, struct err *e)
{
	size_t waiting = fetch_pending(w->fetcher);

	if (j->lease.feed->path)
		return settle(w, j, job_files(j, e), true, e);
	int rc = job_start(j, e);
	return settle(w, j, rc, fetch_pending(w->fetcher) == waiting, e);
}

static int start_jobs(struct worker *w, const struct lease *leases, int n, struct arena *mem, struct err *e)
{
	struct job **jobs = arena_zalloc(mem, ((size_t)n + 1) * sizeof *jobs);
	int rc;

	for (int i = 0; i < n; i++)
		jobs[i] = make_job(w, &leases[i]);
	rc = job_look_up(jobs, (size_t)n, e);
	for (int i = 0; !rc && i < n; i++)
		rc = start_job(w, jobs[i], e);
	return rc;
}

/* As many as there is room for, once it is worth asking. *n: how many came. */
static int take_more(struct worker *w, int *n, struct err *e)
{
	int most = (int)w->conf->daemon.transfers, room = most - (w->n_jobs - w->n_held), rc;

	*n = 0;
	if (w->n_jobs > 0 && (room * 2 < most || (w->sated && worker_clock() - w->looked < HELD)))
		return 0;
	struct arena *mem = arena_new();
	struct lease *leases = arena_zalloc(mem, ((size_t)room + 1) * sizeof *leases);
	rc = lease_take(&w->leases, w->feeds, room, mem, leases, n, e);
	w->sated = *n < room;
	w->looked = worker_clock();
	if (!rc)
		rc = start_jobs(w, leases, *n, mem, e);
	arena_free(mem);
	return rc;
}

static void hold(struct worker *w, const struct fetch_result *r)
{
	if (!w->n_held++)
		w->held_since = worker_clock();
	w->held_bytes += r->len;
}

static int take_in(struct worker *w, struct fetch_result *r, struct err *e)
{
	struct job *j = r->arg;
	bool over = false;
	int rc = job_fetched(j, r, &over, e);

	if (j->held == r) {
		hold(w, r);
		return 0;
	}
	fetch_result_free(r);
	return settle(w, j, rc, over, e);
}

/* What the archive need not keep goes when nothing else is to be done, once a day. That several workers do it costs a look. */
static int prune(struct worker *w, struct err *e)
{
	long long n, bytes;

	if (!w->conf->archive.keep || w->once || worker_clock() < w->prune_at)
		return 0;
	w->prune_at = worker_clock() + 24LL * HOUR;
	if (archive_prune(w->db, w->conf->archive.keep, &n, &bytes, e))
		return -1;
	if (n)
		log_at(LOG_LEVEL_NOTICE, "archive", "the bytes of %lld documents from which nothing was claimed were dropped, %lld in all", n, bytes);
	return 0;
}

/* Enough has come to be taken in together, or nothing else is on its way, or it has waited long enough. */
static bool held_enough(const struct worker *w)
{
	return w->n_held && (w->n_held >= TOGETHER || w->held_bytes >= TOGETHER_BYTES || !fetch_pending(w->fetcher) ||
	        worker_clock() - w->held_since >= TOGETHER_WAIT);
}

static int take_held(struct worker *w, struct err *e)
{
	struct job **held = xzalloc((size_t)w->n_held * sizeof *held);
	size_t n = 0;

	for (struct job *j = w->jobs; j; j = j->next)
		if (j->held)
			held[n++] = j;
	w->n_held = 0;
	w->held_bytes = 0;
	int rc = job_take_held(held, n, e);
	for (size_t i = 0; !rc && i < n; i++)
		end_job(w, held[i]);
	free(held);
	return rc;
}

/* Questions that what has come in answers, or whose time has come. A failure is told, and keeps nobody from working. */
static int settle_questions(struct worker *w, struct err *e)
{
	static const char *const tool = "aimarket " AIMARKET_VERSION;
	struct err why = { 0 };
	PGresult *res;

	if (worker_clock() < w->settle_at)
		return 0;
	w->settle_at = worker_clock() + SETTLE;
	if (pg_exec(w->db, "SELECT prediction, change, coalesce(outcome, 'open') FROM load.settle_when_due($1)", 1, &tool, &res, &why)) {
		if (worker_db_trouble(&why)) {
			*e = why;
			return -1;
		}
		log_at(LOG_LEVEL_WARNING, "questions", "could not be settled: %s", why.text);
		return 0;
	}
	for (int i = 0; i < PQntuples(res); i++)
		log_at(LOG_LEVEL_NOTICE, "questions", "%s: %s, %s", PQgetvalue(res, i, 0), PQgetvalue(res, i, 1), PQgetvalue(res, i, 2));
	PQclear(res);
	return 0;
}

/* Nothing is under way: until something is due. *over: nothing will be, and there is nothing else to wait for. */
static int wait_for_work(struct worker *w, bool *over, struct err *e)
{
	int64_t ms;
	PGnotify *n;

	if (prune(w, e) || settle_questions(w, e) || lease_next(&w->leases, &ms, e))
		return -1;
	*over = w->once && ms != 0;
	if (*over)
		return 0;
	rest(w, ms == 0 ? HELD : ms);
	if (!PQconsumeInput(pg_conn(w->db)))
		return pg_error(w->db, NULL, e);
	while ((n = PQnotifies(pg_conn(w->db))))
		PQfreemem(n);
	return 0;
}

static int turn(struct worker *w, bool *over, struct err *e)
{
	struct fetch_result *r;
	int n;

	worker_beat(w, BEAT_ALIVE);
	if (take_more(w, &n, e))
		return -1;
	if (w->n_jobs == 0)
		return n ? 0 : wait_for_work(w, over, e);
	if (held_enough(w))
		return take_held(w, e);
	r = fetch_wait(w->fetcher, w->n_held ? TOGETHER_WAIT : TURN);
	return r ? take_in(w, r, e) : 0;
}

int worker_run(struct worker *w, struct err *e)
{
	bool over = false;

	w->mem = arena_new();
	while (!over && !worker_stopping(w)) {
		struct err why = { 0 };

		if ((w->db || !open_session(w, &why)) && !turn(w, &over, &why))
			continue;
		if (!worker_db_trouble(&why) || w->once) {	/* not ours to wait for: whoever started us decides */
			*e = why;
			break;
		}
		lose(w, &why);
		rest(w, later(w));
	}
	put_all_down(w);
	arena_free(w->mem);
	if (e->kind == ERR_NONE && w->first.kind != ERR_NONE && w->once)
		*e = w->first;
	return e->kind == ERR_NONE ? 0 : -1;
}
