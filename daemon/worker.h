/*
 * worker: takes documents in, in a straight line: lease a due feed, fetch, ingest, write down how it went. Several feeds are fetched
 * at a time; what came is taken in one after the other.
 */
#ifndef AIMARKET_DAEMON_WORKER_H
#define AIMARKET_DAEMON_WORKER_H

#include "aimarket/conf.h"
#include "aimarket/feed.h"
#include "lease.h"

struct fetcher;

struct worker {
	const struct conf *conf;
	const struct feed_set *feeds;
	const char *data_folder;
	bool once;		/* ends when nothing is due */
	bool wanted;		/* with once: its feeds are run whether due or not */
	int beat_fd;		/* a byte goes here when it has moved; -1: nobody listens */
	int stop_fd;		/* readable: take nothing new, and end */

	/* its own */
	struct arena *mem;	/* of the session */
	struct pg *db;
	struct leases leases;
	struct fetcher *fetcher;
	struct job *jobs;	/* under way */
	int n_jobs, n_held;	/* all of them; those that hold what they fetched until it is taken in with that of others */
	size_t held_bytes;
	int64_t held_since;	/* the first of them; steady clock */
	bool sated;		/* the last look for feeds that are due found fewer than there was room for, and no run has ended since */
	int64_t looked;		/* when that was */
	char unbound[256];	/* a host whose pace nothing limits; not asked about again until unbound_until */
	int64_t unbound_until;
	int64_t lost;		/* since when there is no database, in milliseconds of the steady clock; 0: there is one */
	unsigned lost_tries;
	char lost_why[512];	/* as it was told last */
	struct err first;	/* with once: the first failure of a feed */
	long long rejects;
	int64_t settle_at;	/* of worker_clock(): when questions are looked at next */
	int64_t prune_at;	/* of worker_clock(): when the archive is looked through next */
};

enum beat { BEAT_ALIVE = '.', BEAT_DOCUMENT = 'd', BEAT_LOST = 'l', BEAT_BACK = 'b' };

/* Runs until it is told to stop, or (once) all is done: 0, or -1 with the first failure. */
int worker_run(struct worker *w, struct err *e) must_check;
void worker_beat(struct worker *w, enum beat what);
bool worker_stopping(const struct worker *w);
int64_t worker_clock(void);	/* milliseconds of a clock that only goes on */

/* Whether a failure says that the database is in trouble and not the document: then all is put down, and tried again later. */
bool worker_db_trouble(const struct err *e);

#endif
