/* run: other programs, started without a shell, as ourselves or (by root) as another user. */
#ifndef AIMARKET_RUN_H
#define AIMARKET_RUN_H

#include <sys/types.h>

#include "aimarket/buf.h"

struct run_user {
	uid_t uid;
	gid_t gid;
	const char *name;
};

enum { RUN_DIR_FD = 3 };
#define RUN_DIR "/proc/self/fd/3"

struct run {
	const char *const *argv;	/* argv[0] without a slash is looked up in PATH; ends with NULL */
	/*
	 * Opened before rights are dropped and handed on: the program reaches it as RUN_DIR, also when it may not enter the
	 * folders above. It works in / then. NULL: none, and our working folder.
	 */
	const char *dir;
	const struct run_user *as;	/* NULL: as we are. Also drops every PG… variable: the server is ours, not the caller's */
	int in;				/* becomes standard input; 0: /dev/null */
	int out;			/* becomes standard output, and error too when err_too; 0: ours */
	bool err_too;
};

/* Starts it with no other descriptor open. ERR_FAIL when it could not be executed (or become the user). Then call run_wait. */
int run_start(const struct run *r, pid_t *pid, struct err *e) must_check;
/* Waits; the exit code, or 128 + the signal that ended it. */
int run_wait(pid_t pid);
/* Runs it to its end with its output (and errors) appended to output; what passes output->max is read and dropped. */
int run_collect(struct run *r, struct buf *output, int *status, struct err *e) must_check;

#endif
