/*
 * lease: which feed is whose to run, kept in PostgreSQL for all workers of all machines (sql/load/90_schedule.sql). A lease holds
 * while its time lasts and its worker's session lives.
 */
#ifndef AIMARKET_DAEMON_LEASE_H
#define AIMARKET_DAEMON_LEASE_H

#include "aimarket/conf.h"
#include "aimarket/feed.h"
#include "aimarket/pg.h"

struct leases {			/* of one session; all strings borrowed */
	struct pg *db;
	const struct conf *conf;
	const char *worker;	/* its number */
	const char *names;	/* of the feeds it knows, as an array of PostgreSQL */
};

struct lease {
	const struct feed *feed;
	char token[24];
	int64_t due, now;	/* the slot it was leased for, and the database's clock then: seconds since 1970 */
	struct schedule_pace pace;
	unsigned errors;	/* in a row before this run */
	const char *resume;	/* where a run that was broken off goes on, or NULL */
};

/*
 * Writes the feeds down (store.feed and when each is due), and enrols the session as a worker. What is made lives in mem. Only
 * feeds that have an address or a path are known.
 */
int leases_open(struct pg *db, const struct conf *conf, const struct feed_set *feeds, struct arena *mem, struct leases *out, struct err *e) must_check;

/* At most `most` feeds that are due, theirs to run from now on. *n of out are filled; texts live in mem. */
int lease_take(const struct leases *l, const struct feed_set *feeds, int most, struct arena *mem, struct lease *out, int *n, struct err *e) must_check;
/* Milliseconds until a feed is due; -1: none is. */
int lease_next(const struct leases *l, int64_t *ms, struct err *e) must_check;
/* It goes on from here: resume as above. ERR_STALE: it is somebody else's by now. */
int lease_go_on(const struct leases *l, const struct lease *lease, const char *resume, struct err *e) must_check;
/* Given back unused. */
int lease_give_back(const struct leases *l, const struct lease *lease, struct err *e) must_check;

struct lease_end {		/* how a run went */
	bool changed;		/* it brought something new */
	const char *error;	/* NULL: well */
	bool hopeless;		/* somebody has to look at it */
	int64_t retry_after;	/* seconds, as the server asked; 0 = it did not */
	const char *resume;
};
/* Ends the run, and says when the feed is due next. ERR_STALE as above. */
int lease_done(const struct leases *l, struct lease *lease, const struct lease_end *end, struct err *e) must_check;
/* The same for n runs of n feeds at once; ours: which of them were. */
int leases_done(const struct leases *l, struct lease *const *leases, const struct lease_end *ends, size_t n, bool *ours, struct err *e) must_check;

#endif
