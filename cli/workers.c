#include "workers.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS_MAX = 64, WORKERS_USUAL = 4 };

/* What the processes share. */
struct board {
	atomic_size_t next;
	atomic_bool stop, failed;
	struct err first; /* written by the one that set failed */
};

void *workers_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort(); /* out of memory ends the program */
	return p;
}

int workers_default(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return cores < 1 ? 1 : cores > WORKERS_USUAL ? WORKERS_USUAL : (int)cores;
}

static void note_error(struct board *b, const struct err *e)
{
	bool expected = false;

	if (atomic_compare_exchange_strong(&b->failed, &expected, true))
		b->first = *e;
	if (e->kind == ERR_DB_DOWN)
		atomic_store(&b->stop, true);
}

static void work(struct board *b, size_t n, int (*before)(void *, struct err *), int (*fn)(void *, size_t, struct err *), void *arg)
{
	struct err e = { 0 };

	if (before(arg, &e)) {
		note_error(b, &e);
		return;
	}
	for (size_t i; !atomic_load(&b->stop) && (i = atomic_fetch_add(&b->next, 1)) < n;) {
		struct err one = { 0 };

		if (fn(arg, i, &one))
			note_error(b, &one);
	}
}

/* A worker that was killed had a job in hand: that is a failure too. */
static void wait_for(struct board *b, pid_t pid)
{
	struct err e = { 0 };
	int status;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	err_set(&e, ERR_FAIL, "a worker ended by signal %d", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	err_hint(&e, "Run the same again: what is in the store already is left alone.");
	note_error(b, &e);
}

int workers_run(int n_workers, size_t n, int (*before)(void *arg, struct err *e), int (*fn)(void *arg, size_t i, struct err *e), void *arg,
	struct err *e)
{
	struct board *b = workers_shared(sizeof *b);
	pid_t pids[WORKERS_MAX];
	int started = 0, rc = 0;

	fflush(NULL);
	for (; started < n_workers && started < WORKERS_MAX; started++) {
		pids[started] = fork();
		if (pids[started] < 0)
			break;
		if (pids[started] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			work(b, n, before, fn, arg);
			fflush(NULL);
			_exit(0); /* the caller's connections and exit handlers are not ours */
		}
	}
	for (int i = 0; i < started; i++)
		wait_for(b, pids[i]);
	if (!started)
		rc = err_set(e, ERR_FAIL, "could not start a process: %s", strerror(errno));
	if (atomic_load(&b->failed)) {
		*e = b->first;
		rc = -1;
	}
	munmap(b, sizeof *b);
	return rc;
}
