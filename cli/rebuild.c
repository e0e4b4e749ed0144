/* aimarket rebuild: the archived documents parsed again, into a fresh store that takes the place of the old one at the commit. */
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "aimarket/archive.h"
#include "aimarket/cmd.h"
#include "aimarket/conf.h"
#include "aimarket/date.h"
#include "aimarket/ingest.h"
#include "aimarket/log.h"
#include "aimarket/store.h"
#include "change.h"

enum {
	WRITERS = 60, /* seconds that writers under way have to end */
	READERS = 600, /* seconds that readers have to let go of the old tables */
	TOGETHER = 1000, /* batches that are carried over at a time */
};

struct rebuild {
	struct cmd *c;
	const struct conf *conf;
	struct feed_set feeds;
	struct pg *db; /* in whose transaction all of it happens */
	struct pg *old; /* sees the standing store as everybody does; reads the archive */
	PGresult *steps;
	PGresult *before; /* fingerprint */
	long long parsed, failed, carried, rejects, records;
	struct timespec begun;
	bool terminal, shown;
	bool dry_run;
};

/* Columns of rebuild_step as they are read here. */
enum { STEP, HOW, BATCH, RUN, FEED, DOCUMENT, STATE, ADDRESS, FETCHED };
static const char steps_sql[] =
	"SELECT step, how, batch, run, feed, document, state, coalesce(address, ''), fetched FROM pg_temp.rebuild_step ORDER BY step";

static const char *cell(const struct rebuild *r, int row, int column)
{
	return PQgetvalue(r->steps, row, column);
}

static bool is_step(const struct rebuild *r, int row, const char *how)
{
	return !strcmp(cell(r, row, HOW), how);
}

/* ---------------------------------------------------------------- what is told */

static void hide_progress(struct rebuild *r)
{
	if (r->shown)
		fputs("\r\033[K", stderr);
	r->shown = false;
}

static void show_progress(struct rebuild *r, int i)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!r->terminal || now.tv_sec <= r->begun.tv_sec)
		return;
	fprintf(stderr, "\r\033[K%d of %d: %s", i + 1, PQntuples(r->steps), PQgetisnull(r->steps, i, FEED) ? "what people did" : cell(r, i, ADDRESS));
	r->shown = true;
}

/* ---------------------------------------------------------------- setting out */

/* Whoever writes at this moment may end; who comes later is refused by the database. */
static int hold_writers_off(struct rebuild *r, struct err *e)
{
	struct buf got;

	for (int i = 0;; i++) {
		buf_init(&got, 8);
		int rc = pg_value(r->db, "SELECT pg_try_advisory_lock(hashtext('aimarket rebuild'))", 0, NULL, &got, e);
		bool ours = !rc && *buf_str(&got) == 't';

		buf_release(&got);
		if (rc || ours)
			return rc;
		if (i == 0)
			log_at(LOG_LEVEL_NOTICE, NULL, "waits for what is being taken in");
		if (i == WRITERS * 10)
			break;
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	}
	err_set(e, ERR_DB, "the store is still being written to, or rebuilt by somebody else, after %d s", WRITERS);
	return err_hint(e, "Try again when that has ended; `aimarket status` shows what is under way.");
}

/* What each feed is read by now: {feed: parser}. */
static const char *parsers(struct rebuild *r)
{
	json_t *all = json_object();

	for (size_t i = 0; i < r->feeds.n; i++)
		json_object_set_new(all, r->feeds.feeds[i]->name, json_string(feed_parser(r->feeds.feeds[i], cmd_mem(r->c))));
	char *text = json_dumps(all, JSON_COMPACT);
	const char *out = arena_strdup(cmd_mem(r->c), text);
	free(text);
	json_decref(all);
	return out;
}

/* --feed, as an array of PostgreSQL; NULL: all. Names of feeds hold nothing that would have to be quoted. */
static int wanted_feeds(struct rebuild *r, const char **out, struct err *e)
{
	const char *const *names;
	const char *list = "{";
	int n = cmd_many(r->c, "feed", &names);

	for (int i = 0; i < n; i++) {
		if (!feed_find(&r->feeds, names[i]))
			return feed_unknown(&r->feeds, names[i], e);
		list = arena_printf(cmd_mem(r->c), "%s%s\"%s\"", list, i ? "," : "", names[i]);
	}
	*out = n ? arena_printf(cmd_mem(r->c), "%s}", list) : NULL;
	return 0;
}

static int plan(struct rebuild *r, struct err *e)
{
	const char *feeds = NULL, *since;

	if (wanted_feeds(r, &feeds, e) || change_day(r->c, "since", false, &since, e))
		return -1;
	return pg_exec(r->db, "SELECT load.rebuild_begin($1, $2, $3)", 3, (const char *const[]){ feeds, since, parsers(r) }, NULL, e) ||
	       pg_exec(r->db, steps_sql, 0, NULL, &r->steps, e) ? -1 : 0;
}

/* From here to the commit the names of the standing schemas are store_old, load_old, api_old, for this session alone. */
static int make_fresh(struct rebuild *r, struct err *e)
{
	static const char rename[] = "ALTER SCHEMA store RENAME TO store_old; ALTER SCHEMA load RENAME TO load_old; ALTER SCHEMA api RENAME TO api_old";
	int steps;

	return pg_script(r->db, rename, e) || store_migrate(r->db, &steps, e) || plan(r, e) || pg_script(r->db, "SELECT load.stage()", e) ? -1 : 0;
}

/* ---------------------------------------------------------------- documents */

struct wanted {
	struct pg *db;
	long long document;
};

static int fill(void *from, body_block *put, void *arg, struct err *e)
{
	const struct wanted *w = from;

	return archive_get(w->db, w->document, put, arg, e);
}

/* Documents that were one load, rows first to last of the steps. */
struct group {
	int first, last;
	struct ingest_again *docs;
	struct body *bodies;
	int n_bodies;
};

static int call_group(struct rebuild *r, const struct group *g, const char *sql, struct err *e)
{
	const char *params[] = { cell(r, g->first, STEP), cell(r, g->last, STEP), "aimarket " AIMARKET_VERSION };

	return pg_exec(r->db, sql, strstr(sql, "$3") ? 3 : 2, params, NULL, e);
}

static int read_bodies(struct rebuild *r, struct group *g, struct err *e)
{
	for (int row = g->first; row <= g->last; row++) {
		struct wanted w = { .db = r->old, .document = strtoll(cell(r, row, DOCUMENT), NULL, 10) };

		if (body_make(fill, &w, &g->bodies[g->n_bodies], e))
			return err_prefix(e, "%s", cell(r, row, ADDRESS));
		g->docs[g->n_bodies] = (struct ingest_again){
			.feed = feed_find(&r->feeds, cell(r, row, FEED)),
			.body = &g->bodies[g->n_bodies],
			.from = { .address = cell(r, row, ADDRESS), .fetched = *cell(r, row, FETCHED) ? cell(r, row, FETCHED) : NULL },
			.run = strtoll(cell(r, row, RUN), NULL, 10),
			.document = w.document,
		};
		g->n_bodies++;
	}
	return 0;
}

static int parse_again(struct rebuild *r, struct group *g, struct err *e)
{
	if (read_bodies(r, g, e) || ingest_again(r->db, g->docs, (size_t)g->n_bodies, &r->conf->limits, e))
		return -1;
	for (int i = 0; i < g->n_bodies; i++) {
		r->records += g->docs[i].records;
		r->rejects += g->docs[i].rejects;
	}
	r->parsed += g->n_bodies;
	return 0;
}

/* What cannot be read any more is carried over as it stands. What never could be read is told only to those who want to know more. */
static int give_up(struct rebuild *r, const struct group *g, const struct err *why, struct err *e)
{
	bool stood = !strcmp(cell(r, g->first, STATE), "loaded");

	hide_progress(r);
	log_at(stood ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, arena_printf(cmd_mem(r->c), "feed=%s", cell(r, g->first, FEED)), "%s%s", why->text,
	        stood ? "; what it said is carried over" : "");
	r->failed += stood ? g->last - g->first + 1 : 0;
	return call_group(r, g, "SELECT load.rebuild_give_up($1, $2)", e);
}

static int take_group(struct rebuild *r, struct group *g, struct err *e)
{
	struct err why = { 0 };

	if (call_group(r, g, "SELECT load.rebuild_open($1, $2)", e))
		return -1;
	if (!parse_again(r, g, &why))
		return call_group(r, g, "SELECT load.rebuild_close($1, $2, $3)", e);
	if (why.kind != ERR_DB_DOWN)
		return give_up(r, g, &why, e);
	*e = why;
	return -1;
}

/* *row is moved behind the last document of its load. */
static int take_documents(struct rebuild *r, int *row, struct err *e)
{
	struct group g = { .first = *row, .last = *row };

	while (g.last + 1 < PQntuples(r->steps) && is_step(r, g.last + 1, "parse") && *cell(r, *row, BATCH) && !strcmp(cell(r, g.last + 1, BATCH), cell(r, *row, BATCH)))
		g.last++;
	*row = g.last + 1;
	g.docs = xzalloc((size_t)(g.last - g.first + 1) * sizeof *g.docs);
	g.bodies = xzalloc((size_t)(g.last - g.first + 1) * sizeof *g.bodies);
	int rc = take_group(r, &g, e);
	for (int i = 0; i < g.n_bodies; i++)
		body_release(&g.bodies[i]);
	free(g.docs);
	free(g.bodies);
	return rc;
}

/* ---------------------------------------------------------------- steps */

/* All that stand one after the other: *row is moved behind the last. */
static int carry(struct rebuild *r, int *row, struct err *e)
{
	struct buf list;
	int first = *row;

	buf_init(&list, TOGETHER * 16);
	buf_addc(&list, '{');
	for (; *row < PQntuples(r->steps) && is_step(r, *row, "carry") && *row - first < TOGETHER; ++*row)
		buf_printf(&list, "%s%s", *row > first ? "," : "", cell(r, *row, BATCH));
	buf_addc(&list, '}');
	const char *batches = buf_str(&list);
	int rc = pg_exec(r->db, "SELECT load.rebuild_carry($1)", 1, &batches, NULL, e);
	buf_release(&list);
	r->carried += *row - first;
	return rc;
}

static int skip(struct rebuild *r, int *row, struct err *e)
{
	const char *step = cell(r, (*row)++, STEP);

	return pg_exec(r->db, "SELECT load.rebuild_skip($1)", 1, &step, NULL, e);
}

static int take_steps(struct rebuild *r, struct err *e)
{
	for (int row = 0; row < PQntuples(r->steps);) {
		show_progress(r, row);
		if (is_step(r, row, "carry")) {
			if (carry(r, &row, e))
				return -1;
			continue;
		}
		if (is_step(r, row, "skip") ? skip(r, &row, e) : take_documents(r, &row, e))
			return -1;
	}
	hide_progress(r);
	return 0;
}

/* ---------------------------------------------------------------- the comparison */

static int fingerprint(struct pg *db, PGresult **out, struct err *e)
{
	return pg_exec(db, "SELECT \"table\", rows, hash FROM load.fingerprint()", 0, NULL, out, e);
}

static void tell_difference(const struct rebuild *r, const PGresult *after)
{
	int changed = 0;

	for (int i = 0; i < PQntuples(after); i++) {
		if (!strcmp(PQgetvalue(after, i, 2), PQgetvalue(r->before, i, 2)))
			continue;
		printf("%s changed: %s rows before, %s now\n", PQgetvalue(after, i, 0), PQgetvalue(r->before, i, 1), PQgetvalue(after, i, 1));
		changed++;
	}
	if (!changed)
		puts("the fingerprint is the same");
}

static int compare(struct rebuild *r, struct err *e)
{
	PGresult *after;

	if (fingerprint(r->db, &after, e))
		return -1;
	tell_difference(r, after);
	PQclear(after);
	return 0;
}

/* What was decided about claims that the documents do not make any more. */
static int tell_lost(struct rebuild *r, struct err *e)
{
	PGresult *res;

	if (pg_exec(r->db, "SELECT format('%s of claim %s fell away with it (%s)', what, claim, told) FROM pg_temp.rebuild_lost ORDER BY claim", 0, NULL, &res, e))
		return -1;
	for (int i = 0; i < PQntuples(res); i++)
		log_at(LOG_LEVEL_WARNING, NULL, "%s", PQgetvalue(res, i, 0));
	PQclear(res);
	return 0;
}

/* ---------------------------------------------------------------- taking its place */

/*
 * Readers of what is kept, and of the views over it, end first. Each try is short and lets go of all it had: who waits for one table
 * while holding another makes others wait in a circle.
 */
static int lock_kept(struct rebuild *r, struct err *e)
{
	static const char lock[] = "DO $$ BEGIN EXECUTE 'LOCK TABLE ' || (SELECT string_agg(format('store_old.%I', t.name), ', ')"
	                           " FROM load.rebuild_tables() t WHERE t.part = 'kept') || ' IN ACCESS EXCLUSIVE MODE'; END $$";

	if (pg_script(r->db, "SET LOCAL lock_timeout = '300ms'", e))
		return -1;
	for (int i = 0;; i++) {
		struct err why = { 0 };

		if (pg_begin(r->db, e))
			return -1;
		if (!pg_script(r->db, lock, &why))
			return pg_commit(r->db, e) || pg_script(r->db, "SET LOCAL lock_timeout = 0", e) ? -1 : 0;
		pg_rollback(r->db);
		if (strcmp(why.sqlstate, "55P03") != 0 || i == READERS * 2) {
			*e = why;
			return err_prefix(e, "the rebuilt store could not take its place");
		}
		if (i == 0)
			log_at(LOG_LEVEL_NOTICE, NULL, "waits for readers of the old store");
		nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
	}
}

static int swap(struct rebuild *r, struct err *e)
{
	if (lock_kept(r, e) || pg_script(r->db, "SELECT load.rebuild_end()", e) || store_remake_code(r->db, e))
		return -1;
	return pg_commit(r->db, e);
}

/* The old store, once nobody looks at it any more. Also what a rebuild that was killed between its commit and this has left. */
static int drop_old(struct rebuild *r, struct err *e)
{
	if (pg_script(r->db, "SET lock_timeout = '2s'", e))
		return -1;
	for (int i = 0;; i++) {
		struct err why = { 0 };

		if (!pg_script(r->db, "DROP SCHEMA IF EXISTS api_old, load_old, store_old CASCADE", &why))
			return pg_script(r->db, "RESET lock_timeout", e);
		if (strcmp(why.sqlstate, "55P03") != 0 || i == READERS / 2) {
			*e = why;
			err_prefix(e, "what an earlier rebuild replaced could not be removed");
			return err_hint(e, "It is in schema store_old; the next rebuild removes it.");
		}
	}
}

/* ---------------------------------------------------------------- all of it */

static int in_transaction(struct rebuild *r, struct err *e)
{
	if (make_fresh(r, e) || take_steps(r, e) || tell_lost(r, e) || compare(r, e))
		return -1;
	if (!r->dry_run)
		return swap(r, e);
	pg_rollback(r->db);
	return 0;
}

static int settle(struct rebuild *r, struct err *e)
{
	printf("%lld documents parsed again, %lld transactions carried over, %lld records, %lld rejected%s\n", r->parsed, r->carried + r->failed, r->records, r->rejects,
	        r->dry_run ? "; nothing was changed (--dry-run)" : "");
	if (!r->dry_run && (drop_old(r, e) || pg_script(r->db, "ANALYZE", e)))
		return -1;
	if (!r->failed)
		return 0;
	err_set(e, ERR_REJECTS, "%lld documents could not be read any more", r->failed);
	return err_hint(e, "What they said is still there, as it was.");
}

static int rebuild(struct rebuild *r, struct err *e)
{
	if (hold_writers_off(r, e) || drop_old(r, e) || store_refuse_dependents(r->db, "{store,load,api}", e) || fingerprint(r->old, &r->before, e) || pg_begin(r->db, e))
		return -1;
	if (!in_transaction(r, e))
		return settle(r, e);
	hide_progress(r);
	pg_rollback(r->db);
	return -1;
}

static int open_both(struct rebuild *r, struct err *e)
{
	const char *conninfo;

	return cmd_conf(r->c, &r->conf, e) || feed_load(r->conf->feeds ? r->conf->feeds : feed_dir(cmd_mem(r->c)), cmd_mem(r->c), &r->feeds, e) ||
	       cmd_store(r->c, &r->db, e) || cmd_conninfo(r->c, &conninfo, e) || store_open(conninfo, STORE_READ, &r->old, e) ? -1 : 0;
}

static int run_rebuild(struct cmd *c, struct err *e)
{
	struct rebuild r = { .c = c, .terminal = isatty(STDERR_FILENO), .dry_run = cmd_flag(c, "dry-run") };

	clock_gettime(CLOCK_MONOTONIC, &r.begun);
	int rc = open_both(&r, e) || rebuild(&r, e) ? -1 : 0;
	PQclear(r.steps);
	PQclear(r.before);
	pg_close(r.old);
	feed_release(&r.feeds);
	return rc;
}

extern const struct command cmd_rebuild;
const struct command cmd_rebuild = {
	.name = "rebuild",
	.summary = "parse the archived documents again into a fresh store",
	.text = "Goes through the ledger's transactions in their order: those of documents by parsing these again with the parsers and feed definitions of today, all others (what people "
		"added, judged, merged and predicted) by carrying them over. Each keeps its number and its time; what a document was read with is in the transaction's tool. "
		"The fresh store takes the place of the old one in one transaction: until then everybody reads the old one, and a rebuild that is broken off changes nothing. "
		"Writers and daemons wait, or are told to come back.\n"
		"With --feed or --since only those documents are parsed again, and all others carried over. Documents that failed before are tried once more. One that cannot be read any more is told, "
		"and what it said is carried over; then the exit code is 6.\n"
		"Says at the end whether the fingerprint is still the same. With --dry-run that is all it does.",
	.options = (const struct option_row[]){
		{ "feed", 0, OPT_MANY, "NAME", "only documents of this feed; may come again" },
		{ "since", 0, OPT_TEXT, "DATE", "only documents taken in on or after this day" },
		{ "dry-run", 0, OPT_FLAG, NULL, "compare, and leave the store as it is" },
		{ 0 } },
	.run = run_rebuild,
};
