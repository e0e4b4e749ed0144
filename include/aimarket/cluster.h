/* cluster: the private PostgreSQL that is used when no database is configured. Unix socket only, one owner. */
#ifndef AIMARKET_CLUSTER_H
#define AIMARKET_CLUSTER_H

#include "aimarket/arena.h"
#include "aimarket/err.h"

struct cluster;		/* where it lives; starting is a call of its own */

enum cluster_state { CLUSTER_ABSENT, CLUSTER_STOPPED, CLUSTER_RUNNING, CLUSTER_FOREIGN /* stopped, and made by a major version that is not installed */ };

/*
 * The cluster of a state folder: state_dir, else ${AIMARKET_STATE:-${XDG_STATE_HOME:-~/.local/state}/aimarket}. Starts and
 * makes nothing. What lies in the folder:
 *
 *	lock			held by whoever makes, starts or stops it
 *	pgdata/			the cluster, 0700; holds also:
 *	pgdata/aimarket.conf	its settings, written anew at every start
 *	pgdata/local.conf	settings of the operator's own, which win; ours to read only
 *	pgdata/start.log, log/	what the server said
 *	pgdata/socket/		its only door, 0700 (/tmp/aimarket-UID-HASH, 0700, when this path is too long for a socket)
 *
 * The server runs as the user that owns pgdata: whoever made it, or, when root did, user postgres (AIMARKET_PGUSER). It
 * then knows its folder by an open descriptor (/proc/self/fd/3), so that it needs no right on the folders above, like /root.
 * ERR_CONFIG when there is no such user, or the cluster belongs to somebody else and we are not root.
 */
int cluster_open(const char *state_dir, struct cluster **out, struct err *e) must_check;
void cluster_free(struct cluster *c);

/* Makes it when absent: initdb, roles, database, whole or not at all. Idempotent, locked against others. */
int cluster_init(struct cluster *c, struct err *e) must_check;
/* Makes and starts it when needed and waits until it answers. Two at once: one works, the other waits. Stale pid files are dealt with. */
int cluster_start(struct cluster *c, struct err *e) must_check;
int cluster_stop(struct cluster *c, struct err *e) must_check;	/* fast shutdown; fine when not running */
/* major and pid (may be NULL): 0 when there is none. */
enum cluster_state cluster_state(struct cluster *c, int *major, long *pid);
const char *cluster_dir(const struct cluster *c);	/* the state folder, absolute */
const char *cluster_user(const struct cluster *c);	/* of the system, who runs the server */
/*
 * Borrowed; database aimarket, user aimarket (who owns the database and is no superuser), over its socket. Only the
 * system users cluster_user and root get in, also as user postgres, the superuser.
 */
const char *cluster_conninfo(const struct cluster *c);
/* The same as user aimarket_reader, who only reads, and only the schema api. */
const char *cluster_reader_conninfo(const struct cluster *c);

/*
 * The folder of PostgreSQL's own programs, in mem: of this major version, or (0) of the newest installed from 15 on.
 * AIMARKET_PGBIN names one folder to look at instead of the usual ones. ERR_CONFIG tells what was found.
 */
int cluster_bindir(int major, struct arena *mem, const char **out, struct err *e) must_check;

#endif
