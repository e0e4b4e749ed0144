#include "aimarket/run.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/close_range.h>

/* The server's words are read by us too: they come in English. */
static void clean_env(void)
{
	setenv("LC_ALL", "C", 1);

	char **kept = environ;

	for (char **p = environ; *p; p++)
		if (strncmp(*p, "PG", 2) != 0)
			*kept++ = *p;
	*kept = NULL;
}

static int become(const struct run_user *u)
{
	clean_env();
	if (u->uid == geteuid())
		return 0;
	return setgroups(1, &u->gid) || setgid(u->gid) || setuid(u->uid) ? -1 : 0;
}

static int wire(const struct run *r)
{
	int in = r->in ? r->in : open("/dev/null", O_RDONLY);

	if (in < 0 || dup2(in, STDIN_FILENO) < 0)
		return -1;
	if (r->out && (dup2(r->out, STDOUT_FILENO) < 0 || (r->err_too && dup2(r->out, STDERR_FILENO) < 0)))
		return -1;
	/* a server must not inherit the locks and pipes of whoever called us */
	(void)!close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
	if (!r->dir)
		return 0;
	int dir = open(r->dir, O_PATH | O_DIRECTORY);
	return dir < 0 || dup2(dir, RUN_DIR_FD) < 0 || chdir("/") ? -1 : 0;
}

/* In the child: only what may be called after fork. Never returns; a failure's errno goes up the pipe. */
static void __attribute__((noreturn)) exec_child(const struct run *r, int report)
{
	sigset_t none;

	report = fcntl(report, F_DUPFD_CLOEXEC, RUN_DIR_FD + 1); /* out of the way */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (!wire(r) && (!r->as || !become(r->as)))
		execvp(r->argv[0], (char *const *)(uintptr_t)r->argv);
	int why = errno;
	(void)!write(report, &why, sizeof why);
	_exit(127);
}

int run_start(const struct run *r, pid_t *pid, struct err *e)
{
	int report[2], why = 0;

	if (pipe2(report, O_CLOEXEC))
		return err_set(e, ERR_FAIL, "could not make a pipe: %s", strerror(errno));
	*pid = fork();
	if (*pid == 0)
		exec_child(r, report[1]);
	why = *pid < 0 ? errno : 0;
	close(report[1]);
	if (*pid > 0) /* the pipe closes itself at exec */
		while (read(report[0], &why, sizeof why) < 0 && errno == EINTR)
			;
	close(report[0]);
	if (why == 0)
		return 0;
	if (*pid > 0)
		run_wait(*pid);
	return err_set(e, ERR_FAIL, "could not run \"%s\"%s%s: %s", r->argv[0], r->as ? " as " : "", r->as ? r->as->name : "",
		strerror(why));
}

int run_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void read_all(int fd, struct buf *output)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			buf_add(output, chunk, (size_t)n);
}

int run_collect(struct run *r, struct buf *output, int *status, struct err *e)
{
	int ends[2];
	pid_t pid = 0;

	if (pipe2(ends, O_CLOEXEC))
		return err_set(e, ERR_FAIL, "could not make a pipe: %s", strerror(errno));
	r->out = ends[1];
	r->err_too = true;
	int rc = run_start(r, &pid, e);
	close(ends[1]);
	if (!rc) {
		read_all(ends[0], output);
		*status = run_wait(pid);
	}
	close(ends[0]);
	return rc;
}
