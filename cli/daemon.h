/* daemon: the daemon's program, run by a command for what it has and the command line starts faster without: fetching. */
#ifndef AIMARKET_CLI_DAEMON_H
#define AIMARKET_CLI_DAEMON_H

#include "aimarket/err.h"

/*
 * Runs it to its end; argv[0] is filled here: the one beside this program, else wherever PATH has it. What fails it tells itself; its exit
 * codes are ours, and the error says what that comes to.
 */
int daemon_run(const char **argv, const char *failed, struct err *e) must_check;

#endif
