/*
 * master: starts the workers, watches them, and takes orders by signal. It touches neither database nor network itself, so that
 * nothing makes it wait: it only opens the sockets that API workers listen on; the database is opened (made, started, migrated where it is ours) by a child before the first worker starts.
 *
 *	SIGHUP		reads the configuration again: new workers with the new one, the old ones end after what they have in hand
 *	SIGTERM SIGINT	all end after what they have in hand, or when the time for it is over
 */
#ifndef AIMARKET_DAEMON_MASTER_H
#define AIMARKET_DAEMON_MASTER_H

#include "aimarket/conf.h"
#include "aimarket/feed.h"
#include "listen.h"

struct board;

struct setup {			/* what was read of configuration and feeds; in mem */
	struct arena *mem;
	struct conf conf;
	struct feed_set feeds;
};

/* path NULL: the usual places; db NULL: as configured. ERR_CONFIG. Also refuses EDGAR feeds without a contact. */
int setup_load(const char *path, const char *db, struct setup **out, struct err *e) must_check;
void setup_free(struct setup *s);	/* NULL is fine */

struct duty {			/* what a child is given */
	const struct setup *setup;
	int beat_fd;		/* tells here that it moves (enum beat) */
	int stop_fd;		/* readable: take nothing new, and end */
	const struct listen *listen;	/* sockets to serve on, for roles that listen */
	struct board *board;	/* what all workers count on */
};

/*
 * What a child is: how many of it there are, and what it does until stop_fd is readable. Its result becomes the exit code.
 */
struct role {
	const char *name;
	bool listens;		/* serves on the sockets: the others close them */
	int (*count)(const struct conf *conf);
	int (*run)(const struct duty *d, struct err *e);
};
extern const struct role roles[];	/* daemon/main.c; ends with NULL name */
extern const struct role role_open;	/* opens the database and ends */
extern const struct role role_close;	/* stops the private database, when that is what is used, and ends */

/* Runs until it is told to stop. Takes first. The exit code. */
int master_run(const char *path, const char *db, struct setup *first);

#endif
