/*
 * pgpipe: statements to PostgreSQL from an event loop that never waits for them. For one worker; hangs on one event_base.
 *
 * There are two lanes. PGPIPE_FAST is one connection in pipeline mode, which all small statements share: each is a
 * transaction of its own, and answers come in the order of the questions, so a slow one there holds up the others. Its
 * results are held in memory whole: bound them by a LIMIT.
 * PGPIPE_SLOW is a few connections with one statement at a time each, for what takes long or streams.
 *
 * A statement is sent at once, or waits its turn. What was sent when a connection is lost fails with ERR_DB_DOWN: nobody
 * knows how far it got. What was not sent yet goes over the next connection if it only reads, and fails too if it writes.
 * While no connection can be had, everything is refused with ERR_DB_DOWN at once.
 */
#ifndef AIMARKET_PGPIPE_H
#define AIMARKET_PGPIPE_H

#include <libpq-fe.h>

#include "aimarket/err.h"

struct event_base;
struct pgpipe;
struct pgpipe_query; /* a statement on its way */

enum pgpipe_lane { PGPIPE_FAST, PGPIPE_SLOW, PGPIPE_LANES };

/* A notification. channel NULL: connected (again), so that some may have been missed. */
typedef void pgpipe_notified(void *arg, const char *channel, const char *payload);

struct pgpipe_options {
	const char *conninfo; /* as libpq takes it; looking up a host's name would hold up the loop, so give addresses */
	const char *application; /* application_name, unless conninfo has one */
	const char *setup; /* statements for every new connection, or NULL */
	const char *const *channels; /* to LISTEN on; ends with NULL; NULL: none */
	pgpipe_notified *notified; /* may be NULL when there are no channels */
	void *arg; /* of notified */
	unsigned slow_conns; /* of PGPIPE_SLOW */
	/*
	 * Statements under way on PGPIPE_FAST; more wait here. Few where the server is on this machine (a Unix socket): what it answers
	 * beyond what the socket holds stops it, and whoever shares the processors with it.
	 */
	unsigned depth, depth_here;
	unsigned queue; /* statements that may wait in each lane; more are refused */
	unsigned prepared; /* statements kept prepared in each connection; those used longest ago go */
	int timeout_ms[PGPIPE_LANES]; /* statement_timeout; of a statement that streams: until its first row, and from row to row */
	int stream_ms; /* statement_timeout of one that streams */
	int connect_ms; /* for a connection to be ready */
};
extern const struct pgpipe_options pgpipe_options; /* those to begin with, but for conninfo */

/*
 * The end of a statement: its result, or (res NULL) why it failed. Called exactly once unless it was cancelled, and always
 * from the loop. res is borrowed. ERR_DB_DOWN: the database is out of reach, or was lost under way. ERR_DB: it refused;
 * e->sqlstate 57014 is a statement that took too long.
 */
typedef void pgpipe_done(void *arg, const PGresult *res, const struct err *e);
/* One row of a statement that streams (row 0 of res, borrowed). */
typedef void pgpipe_row(void *arg, const PGresult *res);

struct pgpipe_ask {
	enum pgpipe_lane lane;
	const char *sql;
	int n;
	const char *const *params; /* text, NULL is SQL NULL; copied */
	bool writes; /* it may change something: once lost, it is never sent again */
	pgpipe_row *row; /* in PGPIPE_SLOW: rows are handed over as they come, done gets what is left: a result without rows */
	pgpipe_done *done;
	void *arg;
};

/* Copies the options' strings, not their arg. Connects from the loop. */
struct pgpipe *pgpipe_new(struct event_base *base, const struct pgpipe_options *options);
void pgpipe_free(struct pgpipe *p); /* drops what is under way: nobody is called any more */

/*
 * Asks. *out (may be NULL) is yours until done was called. Fails at once, and done is not called, with ERR_DB_DOWN when the
 * database is out of reach or too much is waiting.
 */
int pgpipe_ask(struct pgpipe *p, const struct pgpipe_ask *ask, struct pgpipe_query **out, struct err *e) must_check;
/* Nobody wants to know any more: nothing is called for it. Under way in PGPIPE_SLOW it is cancelled in the server, too. */
void pgpipe_cancel(struct pgpipe_query *q);
/* Stops the rows of a statement that streams, and lets them go on: the server waits then, and memory does not grow. */
void pgpipe_pause(struct pgpipe_query *q);
void pgpipe_resume(struct pgpipe_query *q);

struct pgpipe_stats {
	unsigned serving; /* connections that are ready */
	unsigned waiting, under_way; /* statements */
	unsigned long long sent, failed, refused; /* statements */
	unsigned long long connects, losses; /* connections */
	unsigned long long prepared, reused; /* statements prepared; sent as prepared before */
};
const struct pgpipe_stats *pgpipe_stats(const struct pgpipe *p);
/* Whether a statement would be taken by this lane now, as far as the database is concerned: for /readyz. */
bool pgpipe_ready(const struct pgpipe *p, enum pgpipe_lane lane);

#endif
