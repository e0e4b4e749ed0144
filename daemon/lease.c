#include "lease.h"

#include <jansson.h>
#include <sys/random.h>

#include "aimarket/backoff.h"
#include "aimarket/ingest.h"
#include "aimarket/weburl.h"

enum { NAMES_MAX = 64 << 20 };

/* ---------------------------------------------------------------- opening */

static bool is_run(const struct feed *f)
{
	return f->address || f->path;
}

/* All that decides when it is due, hashed: a feed whose schedule was changed is planned anew. */
static const char *plan_of(const struct feed *f, struct arena *mem)
{
	const struct schedule *s = &f->schedule;

	return arena_printf(mem, "%lld %lld %lld %lld %lld", (long long)s->base, (long long)s->offset, (long long)s->levels,
	        s->calendar ? (long long)calendar_next(s->calendar, 1000000000) : 0LL, s->hours ? (long long)calendar_next(s->hours, 1000000000) : 0LL);
}

static const char *host_of(const struct feed *f, struct arena *mem)
{
	const char *host = f->address ? weburl_host(f->address, mem) : "file:";

	return host ? host : "";
}

static json_t *plan_feed(const struct feed *f, int64_t now, struct arena *mem)
{
	struct schedule_pace pace;

	schedule_start(&f->schedule, &pace);
	return json_pack("{s:s, s:s, s:s, s:i, s:I}", "feed", f->name, "host", host_of(f, mem), "plan", plan_of(f, mem), "level", pace.level,
	        "next", (json_int_t)schedule_next(&f->schedule, &pace, 0, now));
}

static int plan_feeds(struct pg *db, const struct feed_set *feeds, int64_t now, struct arena *mem, struct err *e)
{
	json_t *plan = json_array();

	for (size_t i = 0; i < feeds->n; i++)
		if (is_run(feeds->feeds[i]))
			json_array_append_new(plan, plan_feed(feeds->feeds[i], now, mem));
	char *text = json_dumps(plan, JSON_COMPACT);
	int rc = pg_exec(db, "SELECT load.plan_feeds($1)", 1, (const char *const[]){ text }, NULL, e);
	free(text);
	json_decref(plan);
	return rc;
}

static const char *array_of(const struct feed_set *feeds, struct arena *mem)
{
	struct buf b;

	buf_init(&b, NAMES_MAX);
	for (size_t i = 0; i < feeds->n; i++)
		if (is_run(feeds->feeds[i]))
			pg_array_add(&b, feeds->feeds[i]->name);
	const char *names = arena_strdup(mem, pg_array(&b));
	buf_release(&b);
	return names;
}

static int read_text(struct pg *db, const char *sql, struct arena *mem, const char **out, struct err *e)
{
	struct buf value;

	buf_init(&value, 64);
	int rc = pg_value(db, sql, 0, NULL, &value, e);
	*out = arena_strdup(mem, buf_str(&value));
	buf_release(&value);
	return rc;
}

int leases_open(struct pg *db, const struct conf *conf, const struct feed_set *feeds, struct arena *mem, struct leases *out, struct err *e)
{
	const char *now;

	*out = (struct leases){ .db = db, .conf = conf };
	if (ingest_register(db, feeds, e) || read_text(db, "SELECT extract(epoch FROM clock_timestamp())::bigint", mem, &now, e))
		return -1;
	if (plan_feeds(db, feeds, strtoll(now, NULL, 10), mem, e) || read_text(db, "SELECT load.enrol()", mem, &out->worker, e))
		return -1;
	out->names = array_of(feeds, mem);
	return pg_script(db, "LISTEN aimarket_feeds", e);
}

/* ---------------------------------------------------------------- taking */

static const char *number(struct arena *mem, long long n)
{
	return arena_printf(mem, "%lld", n);
}

/* Longer than a worker may stand still, so that nobody takes a lease from one that is at work. */
static const char *span_of(const struct leases *l, struct arena *mem)
{
	return number(mem, l->conf->daemon.run_timeout + 60);
}

static long long read_number(const PGresult *res, int row, int column)
{
	return strtoll(PQgetvalue(res, row, column), NULL, 10);
}

static void read_lease(const PGresult *res, int row, const struct feed_set *feeds, struct arena *mem, struct lease *out)
{
	*out = (struct lease){
		.feed = feed_find(feeds, PQgetvalue(res, row, 0)),
		.due = read_number(res, row, 2),
		.now = read_number(res, row, 3),
		.pace = { .level = (int)read_number(res, row, 4), .quiet = (int)read_number(res, row, 5) },
		.errors = (unsigned)read_number(res, row, 6),
		.resume = PQgetisnull(res, row, 7) ? NULL : arena_strdup(mem, PQgetvalue(res, row, 7)),
	};
	snprintf(out->token, sizeof out->token, "%s", PQgetvalue(res, row, 1));
}

int lease_take(const struct leases *l, const struct feed_set *feeds, int most, struct arena *mem, struct lease *out, int *n, struct err *e)
{
	const struct conf_daemon *d = &l->conf->daemon;
	const char *waits[] = { number(mem, d->retry_first), number(mem, d->retry_most) };
	const char *params[] = { l->worker, l->names, number(mem, most), number(mem, l->conf->fetch.feeds), span_of(l, mem) };
	PGresult *res;

	*n = 0;
	if (pg_exec(l->db, "SELECT load.reclaim($1, $2)", 2, waits, NULL, e) ||
	    pg_exec(l->db, "SELECT feed, token, due, now, level, quiet, errors, resume FROM load.lease($1, $2, $3, $4, $5)", 5, params, &res, e))
		return -1;
	for (*n = 0; *n < PQntuples(res); ++*n)
		read_lease(res, *n, feeds, mem, &out[*n]);
	PQclear(res);
	return 0;
}

int lease_next(const struct leases *l, int64_t *ms, struct err *e)
{
	PGresult *res;

	if (pg_exec(l->db, "SELECT load.next_due($1)", 1, &l->names, &res, e))
		return -1;
	*ms = PQgetisnull(res, 0, 0) ? -1 : read_number(res, 0, 0);
	PQclear(res);
	return 0;
}

/* ---------------------------------------------------------------- giving back */

static int must_be_ours(const struct leases *l, const char *sql, int n, const char *const *params, struct err *e)
{
	PGresult *res;

	if (pg_exec(l->db, sql, n, params, &res, e))
		return -1;
	bool ours = *PQgetvalue(res, 0, 0) == 't';
	PQclear(res);
	return ours ? 0 : err_set(e, ERR_STALE, "the feed was given to another worker meanwhile");
}

int lease_go_on(const struct leases *l, const struct lease *lease, const char *resume, struct err *e)
{
	struct arena *mem = arena_new();
	const char *params[] = { lease->feed->name, lease->token, span_of(l, mem), resume };
	int rc = must_be_ours(l, "SELECT load.lease_goes_on($1, $2, $3, $4)", 4, params, e);

	arena_free(mem);
	return rc;
}

int lease_give_back(const struct leases *l, const struct lease *lease, struct err *e)
{
	return pg_exec(l->db, "SELECT load.lease_back($1, $2)", 2, (const char *const[]){ lease->feed->name, lease->token }, NULL, e);
}

static uint64_t dice(void)
{
	uint64_t bits = 0;

	(void)!getrandom(&bits, sizeof bits, 0);
	return bits;
}

/* When it is due next: at its next slot, after a failure once its back-off is over; one that hopes for nothing waits for both. */
static int64_t next_of(const struct leases *l, const struct lease *lease, const struct lease_end *end, int64_t now)
{
	const struct conf_daemon *d = &l->conf->daemon;
	const struct backoff wait = { .first = d->retry_first * 1000, .most = d->retry_most * 1000 };
	int64_t slot = schedule_next(&lease->feed->schedule, &lease->pace, lease->due < now ? lease->due : 0, now), retry;

	if (!end->error)
		return slot;
	retry = now + (backoff_merge(backoff_delay(&wait, lease->errors + 1, dice()), end->retry_after, dice()) + 999) / 1000;
	return end->hopeless && slot > retry ? slot : retry;
}

/* The columns of load.feeds_done. */
enum done_column { DONE_FEED, DONE_TOKEN, DONE_NEXT, DONE_LEVEL, DONE_QUIET, DONE_CHANGED, DONE_ERROR, DONE_HOPELESS, DONE_RESUME, DONE_COLUMNS };

static void add_done(struct buf columns[DONE_COLUMNS], const struct leases *l, const struct lease *lease, const struct lease_end *end, int64_t now)
{
	pg_array_add(&columns[DONE_FEED], lease->feed->name);
	pg_array_add(&columns[DONE_TOKEN], lease->token);
	pg_array_addn(&columns[DONE_NEXT], next_of(l, lease, end, now));
	pg_array_addn(&columns[DONE_LEVEL], lease->pace.level);
	pg_array_addn(&columns[DONE_QUIET], lease->pace.quiet);
	pg_array_add(&columns[DONE_CHANGED], end->changed ? "t" : "f");
	pg_array_add(&columns[DONE_ERROR], end->error);
	pg_array_add(&columns[DONE_HOPELESS], end->hopeless ? "t" : "f");
	pg_array_add(&columns[DONE_RESUME], end->resume);
}

static int send_done(const struct leases *l, struct buf columns[DONE_COLUMNS], bool *ours, struct err *e)
{
	const char *params[DONE_COLUMNS + 1];
	char failing[24];
	PGresult *res;

	for (int c = 0; c < DONE_COLUMNS; c++)
		params[c] = pg_array(&columns[c]);
	snprintf(failing, sizeof failing, "%lld", l->conf->daemon.failing);
	params[DONE_COLUMNS] = failing;
	if (pg_exec(l->db, "SELECT ours FROM load.feeds_done($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ORDER BY n", DONE_COLUMNS + 1, params, &res, e))
		return -1;
	for (int i = 0; i < PQntuples(res); i++)
		ours[i] = *PQgetvalue(res, i, 0) == 't';
	PQclear(res);
	return 0;
}

int leases_done(const struct leases *l, struct lease *const *leases, const struct lease_end *ends, size_t n, bool *ours, struct err *e)
{
	struct arena *mem = arena_new();
	struct buf columns[DONE_COLUMNS];
	const char *now;
	int rc = read_text(l->db, "SELECT extract(epoch FROM clock_timestamp())::bigint", mem, &now, e);

	for (int c = 0; c < DONE_COLUMNS; c++)
		buf_init(&columns[c], NAMES_MAX);
	for (size_t i = 0; !rc && i < n; i++) {
		int64_t at = strtoll(now, NULL, 10);

		if (!ends[i].error)
			schedule_adapt(&leases[i]->feed->schedule, &leases[i]->pace, at, ends[i].changed);
		add_done(columns, l, leases[i], &ends[i], at);
	}
	if (!rc)
		rc = send_done(l, columns, ours, e);
	for (int c = 0; c < DONE_COLUMNS; c++)
		buf_release(&columns[c]);
	arena_free(mem);
	return rc;
}

int lease_done(const struct leases *l, struct lease *lease, const struct lease_end *end, struct err *e)
{
	bool ours = false;

	if (leases_done(l, &lease, end, 1, &ours, e))
		return -1;
	return ours ? 0 : err_set(e, ERR_STALE, "the feed was given to another worker meanwhile");
}
