/*
 * api: a worker that answers over HTTP. Everything that waits is a state: of a connection (http), of a statement (pgpipe), of a
 * question (inquiry, in api_inside.h). It reads as a role that can do no more; what it knows beside that is a cache.
 */
#ifndef AIMARKET_DAEMON_API_H
#define AIMARKET_DAEMON_API_H

#include "master.h"

/* Serves on the sockets of the duty until it is told to stop, then lets answers be finished: a role's run. */
int api_run(const struct duty *d, struct err *e) must_check;

#endif
