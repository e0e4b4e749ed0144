/* cluster: the private PostgreSQL that is used when no database is configured. Unix socket only, one owner. */
#ifndef AIMARKET_CLUSTER_H
#define AIMARKET_CLUSTER_H

#include "aimarket/arena.h"
#include "aimarket/err.h"

struct cluster;		/* where it lives; starting is a call of its own */

enum cluster_state { CLUSTER_ABSENT, CLUSTER_STOPPED, CLUSTER_RUNNING, CLUSTER_FOREIGN /* made by another major version */ };

/*
 * Looks at the state folder: ${AIMARKET_STATE:-${XDG_STATE_HOME:-~/.local/state}/aimarket}. Starts nothing.
 * As root the server runs as user postgres (or AIMARKET_PGUSER) and the folder belongs to it.
 */
int cluster_open(const char *state_dir, struct cluster **out, struct err *e) must_check;
void cluster_free(struct cluster *c);

/* Makes it when absent (initdb, socket folder 0700 with a path that fits sun_path, peer authentication mapped to its one user). Idempotent, locked against others. */
int cluster_init(struct cluster *c, struct err *e) must_check;
/* Makes and starts it when needed and waits until it answers. Two at once: one works, the other waits. Stale pid files are dealt with. */
int cluster_start(struct cluster *c, struct err *e) must_check;
int cluster_stop(struct cluster *c, struct err *e) must_check;	/* fast shutdown; fine when not running */
enum cluster_state cluster_state(struct cluster *c, int *major, long *pid);
const char *cluster_dir(const struct cluster *c);
const char *cluster_conninfo(const struct cluster *c);	/* borrowed; database aimarket, user aimarket, over its socket */

/* The bindir of the newest installed PostgreSQL >= 15 that has initdb (AIMARKET_PGBIN overrides), in mem. */
int cluster_bindir(struct arena *mem, const char **out, struct err *e) must_check;

#endif
