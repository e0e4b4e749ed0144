/* workers: one job list, several processes, each with a connection of its own. */
#ifndef AIMARKET_WORKERS_H
#define AIMARKET_WORKERS_H

#include <stddef.h>

#include "aimarket/err.h"

/*
 * Calls fn(arg, i, e) for every i below n, in n_workers processes that take the next i as they get free. before runs once in
 * each of them and makes what cannot be shared. What fn changes in memory is the process's own: only what lies in shared, which
 * workers_shared made, is seen by the caller. Fails with the first error of any; the others run on (ERR_DB_DOWN: they stop).
 */
int workers_run(int n_workers, size_t n, int (*before)(void *arg, struct err *e), int (*fn)(void *arg, size_t i, struct err *e), void *arg,
	struct err *e) must_check;

/* Zeroed memory that processes started later share; released at exit. */
void *workers_shared(size_t size);

/* How many to start unless told: the cores there are, at most four. */
int workers_default(void);

#endif
