/*
 * writer: takes in the facts that were posted, which wait in store.api_write, one after the other and in a straight line, with
 * the very code that takes in documents. API workers have no right to do so, and no time.
 */
#ifndef AIMARKET_DAEMON_WRITER_H
#define AIMARKET_DAEMON_WRITER_H

#include "master.h"

int writer_run(const struct duty *d, struct err *e) must_check; /* a role's run */

#endif
