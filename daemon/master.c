#include "master.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "aimarket/backoff.h"
#include "aimarket/log.h"
#include "board.h"
#include "worker.h"

enum {
	AGAIN_FIRST = 250, AGAIN_MOST = 60 * 1000, /* milliseconds before a child that ended is started again */
	SOUND = 60 * 1000, /* a child that lived so long ended by chance */
	NEVER = 1 << 30,
};

struct child {
	const struct role *role;
	const struct setup *setup;
	pid_t pid;		/* 0: not running, to be started at start_at */
	int beat_fd, stop_fd;
	int64_t start_at, started, heard, kill_at; /* of worker_clock(); kill_at 0: it is not stopping */
	unsigned failures;	/* in a row */
	bool lost;		/* has no database */
	struct child *next;
};

struct master {
	const char *path, *db;
	struct setup *setup;	/* in force */
	struct child *children;
	sigset_t signals;
	int signal_fd;
	bool open;		/* the database was opened once */
	bool stopping;
	int64_t watchdog;	/* milliseconds between two pings; 0: nobody wants them */
	long long documents;
	struct listen listen;
	struct board *board;
	int exit_code;
};

/* ---------------------------------------------------------------- children */

static void add_child(struct master *m, const struct role *role)
{
	struct child *c = xzalloc(sizeof *c);

	*c = (struct child){ .role = role, .setup = m->setup, .beat_fd = -1, .stop_fd = -1, .next = m->children };
	m->children = c;
}

static void add_workers(struct master *m)
{
	for (const struct role *r = roles; r->name; r++)
		for (int n = r->count(&m->setup->conf); n > 0; n--)
			add_child(m, r);
}

/* In the child. Its group is the master's, but orders from the terminal are the master's to give. */
static void __attribute__((noreturn)) be_child(struct master *m, struct child *self, int beat_fd, int stop_fd)
{
	struct err e = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN);	/* the pipe tells when to stop */
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_UNBLOCK, &m->signals, NULL);
	close(m->signal_fd);
	for (struct child *c = m->children; c; c = c->next) {
		if (c == self || !c->pid)
			continue;
		close(c->beat_fd);
		close(c->stop_fd);
	}
	prctl(PR_SET_NAME, self->role->name); /* for ps and pgrep */
	if (!self->role->listens)
		listen_close(&m->listen);
	const struct duty duty = { self->setup, beat_fd, stop_fd, &m->listen, m->board };
	int rc = self->role->run(&duty, &e);
	if (rc)
		log_at(LOG_LEVEL_ERROR, self->role->name, "%s%s%s", e.text, *e.hint ? "; " : "", e.hint);
	_exit(rc ? err_table[e.kind].exit_code : 0);
}

static void start_again(struct child *c)
{
	const struct backoff b = { AGAIN_FIRST, AGAIN_MOST };

	c->failures++;
	c->start_at = worker_clock() + backoff_delay(&b, c->failures, (uint64_t)worker_clock() * 0x9e3779b97f4a7c15);
}

static void start(struct master *m, struct child *c)
{
	int beat[2] = { -1, -1 }, stop[2] = { -1, -1 };

	if (pipe2(beat, O_CLOEXEC | O_NONBLOCK) || pipe2(stop, O_CLOEXEC) || (c->pid = fork()) < 0) {
		log_at(LOG_LEVEL_ERROR, c->role->name, "could not start: %s", strerror(errno));
		for (int i = 0; i < 2; i++) {
			close(beat[i]);
			close(stop[i]);
		}
		c->pid = 0;
		start_again(c);
		return;
	}
	if (c->pid == 0) {
		close(beat[0]);
		close(stop[1]);
		be_child(m, c, beat[1], stop[0]);
	}
	close(beat[1]);
	close(stop[0]);
	c->beat_fd = beat[0];
	c->stop_fd = stop[1];
	c->started = c->heard = worker_clock();
}

/* Closing the pipe makes its other end readable. */
static void tell_to_stop(struct child *c, int64_t within)
{
	if (c->kill_at)
		return;
	if (c->stop_fd >= 0)
		close(c->stop_fd);
	c->stop_fd = -1;
	c->kill_at = worker_clock() + within;
}

static void drop_child(struct master *m, struct child *c)
{
	struct child **p = &m->children;

	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	free(c);
}

static bool in_use(const struct master *m, const struct setup *s)
{
	for (const struct child *c = m->children; c; c = c->next)
		if (c->setup == s)
			return true;
	return s == m->setup;
}

static void tell_state(const struct master *m)
{
	int workers = 0, lost = 0;

	for (const struct child *c = m->children; c; c = c->next) {
		workers += c->pid && c->role != &role_open;
		lost += c->lost;
	}
	if (m->stopping)
		sd_notifyf(0, "STATUS=stopping: %d workers left", workers);
	else if (!m->open || lost)
		sd_notify(0, "STATUS=waiting for the database");
	else
		sd_notifyf(0, "STATUS=%d workers, %lld documents so far", workers, m->documents);
}

static void log_end(const struct child *c, int status)
{
	if (WIFSIGNALED(status))
		log_at(LOG_LEVEL_ERROR, c->role->name, "process %d was ended by signal %d (%s)", c->pid, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		log_at(LOG_LEVEL_ERROR, c->role->name, "process %d ended with exit code %d", c->pid, WEXITSTATUS(status));
}

/* The database that cannot be reached is waited for; whatever else keeps it from being opened, waiting does not change. */
static void opened(struct master *m, struct child *c, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : err_table[ERR_FAIL].exit_code;

	if (code == 0) {
		m->open = true;
		drop_child(m, c);
		add_workers(m);
	} else if (code == err_table[ERR_DB_DOWN].exit_code) {
		start_again(c);
	} else {
		m->exit_code = code;
		m->stopping = true;
	}
}

static void ended(struct master *m, struct child *c, int status)
{
	struct setup *old = (struct setup *)(uintptr_t)c->setup;
	bool stopped = c->kill_at != 0;

	log_end(c, status);
	close(c->beat_fd);
	if (c->stop_fd >= 0)
		close(c->stop_fd);
	c->pid = 0;
	c->beat_fd = c->stop_fd = -1;
	c->lost = false;
	if (worker_clock() - c->started > SOUND)
		c->failures = 0;
	if (stopped || m->stopping || c->role == &role_close)
		drop_child(m, c);
	else if (c->role == &role_open)
		opened(m, c, status);
	else
		start_again(c);
	if (!in_use(m, old))
		setup_free(old);
}

static void reap(struct master *m)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct child *c = m->children;

		while (c && c->pid != pid)
			c = c->next;
		if (c)
			ended(m, c, status);
	}
	tell_state(m);
}

/* ---------------------------------------------------------------- orders */

/* What is wrong with the new configuration is told, and the old one stays. */
static void reload(struct master *m)
{
	struct err e = { 0 };
	struct setup *fresh = NULL;

	sd_notify(0, "RELOADING=1");
	if (setup_load(m->path, m->db, &fresh, &e) || listen_move(&m->listen, &fresh->conf, &e)) {
		setup_free(fresh);
		log_at(LOG_LEVEL_ERROR, "reload", "%s%s%s; the configuration stays as it was", e.text, *e.hint ? "; " : "", e.hint);
	} else {
		struct setup *old = m->setup;

		m->setup = fresh;
		for (struct child *c = m->children, *next; c; c = next) {
			next = c->next;
			if (c->role == &role_open)
				c->setup = fresh;
			else if (c->pid)
				tell_to_stop(c, NEVER);
			else
				drop_child(m, c);
		}
		if (m->open && !m->stopping)
			add_workers(m);
		log_at(LOG_LEVEL_NOTICE, "reload", "the configuration was read again: %zu feeds", fresh->feeds.n);
		if (!in_use(m, old))
			setup_free(old);
	}
	sd_notify(0, "READY=1");
}

static void stop(struct master *m)
{
	m->stopping = true;
	sd_notify(0, "STOPPING=1");
	tell_state(m);
}

static void obey(struct master *m)
{
	struct signalfd_siginfo s;

	while (read(m->signal_fd, &s, sizeof s) == (ssize_t)sizeof s) {
		if (s.ssi_signo == SIGHUP)
			reload(m);
		else if (s.ssi_signo != SIGCHLD)
			stop(m);
	}
	reap(m);
}

/* ---------------------------------------------------------------- the loop */

static void listen_to(struct master *m, struct child *c)
{
	char bytes[256];
	ssize_t n;

	while ((n = read(c->beat_fd, bytes, sizeof bytes)) > 0) {
		c->heard = worker_clock();
		for (ssize_t i = 0; i < n; i++) {
			m->documents += bytes[i] == BEAT_DOCUMENT;
			c->lost = bytes[i] == BEAT_LOST || (c->lost && bytes[i] != BEAT_BACK);
		}
	}
}

/* What its time says of a child: start it, stop it, kill it. Returns the time to look again. */
static int64_t look_at(struct master *m, struct child *c, int64_t now)
{
	int64_t silent = c->setup->conf.daemon.run_timeout * 1000;

	if (!c->pid && m->stopping)
		return now;	/* dropped by the caller */
	if (!c->pid && c->start_at <= now)
		start(m, c);
	if (!c->pid)
		return c->start_at;
	if (m->stopping)
		tell_to_stop(c, c->setup->conf.daemon.drain * 1000);
	bool hung = c->role->count && now - c->heard > silent, late = c->kill_at && now >= c->kill_at;
	if (hung || late) {
		log_at(LOG_LEVEL_ERROR, c->role->name, hung ? "process %d has not moved for %lld s: it is killed" : "process %d did not end within %lld s: it is killed", c->pid,
		        hung ? silent / 1000 : (long long)c->setup->conf.daemon.drain);
		kill(c->pid, SIGKILL);
		c->heard = now;
		c->kill_at = c->kill_at ? now + 1000 : 0;
	}
	int64_t look = c->role->count == NULL ? now + NEVER : c->heard + silent + 1;
	return c->kill_at && c->kill_at < look ? c->kill_at : look;
}

static int64_t look_at_all(struct master *m)
{
	int64_t now = worker_clock(), next = now + 60 * 1000;

	for (struct child *c = m->children, *after; c; c = after) {
		after = c->next;
		int64_t at = look_at(m, c, now);

		if (!c->pid && m->stopping)
			drop_child(m, c);
		else if (at < next)
			next = at;
	}
	if (m->watchdog) {
		sd_notify(0, "WATCHDOG=1");
		if (now + m->watchdog < next)
			next = now + m->watchdog;
	}
	if (m->stopping && !m->children)
		return 0;	/* nothing to wait for */
	return next > now ? next - now : 0;
}

static void wait_for_news(struct master *m, int64_t ms)
{
	size_t n = 1, i = 1;

	for (struct child *c = m->children; c; c = c->next)
		n++;
	struct pollfd *p = xzalloc(n * sizeof *p);
	p[0] = (struct pollfd){ .fd = m->signal_fd, .events = POLLIN };
	for (struct child *c = m->children; c; c = c->next)
		p[i++] = (struct pollfd){ .fd = c->beat_fd, .events = POLLIN };
	poll(p, n, (int)ms);
	for (struct child *c = m->children; c; c = c->next)
		if (c->beat_fd >= 0)
			listen_to(m, c);
	free(p);
	obey(m);
}

static void take_signals(struct master *m)
{
	static const int wanted[] = { SIGHUP, SIGTERM, SIGINT, SIGCHLD };
	uint64_t usec = 0;

	sigemptyset(&m->signals);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		sigaddset(&m->signals, wanted[i]);
	sigprocmask(SIG_BLOCK, &m->signals, NULL);
	m->signal_fd = signalfd(-1, &m->signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (sd_watchdog_enabled(0, &usec) > 0)
		m->watchdog = (int64_t)usec / 2000;
}

/* Under a service manager, which would kill what is left of the private database: it is stopped as it should be. */
static void close_database(struct master *m)
{
	if (!getenv("NOTIFY_SOCKET") || !m->open)
		return;
	m->stopping = false;
	add_child(m, &role_close);
	while (m->children)
		wait_for_news(m, look_at_all(m));
}

int master_run(const char *path, const char *db, struct setup *first)
{
	struct master m = { .path = path, .db = db, .setup = first, .board = board_new() };
	struct err e = { 0 };

	if (listen_open(&m.listen, &first->conf, &e)) {
		log_at(LOG_LEVEL_ERROR, "daemon", "%s; %s", e.text, e.hint);
		return err_table[e.kind].exit_code;
	}
	take_signals(&m);
	add_child(&m, &role_open);
	log_at(LOG_LEVEL_NOTICE, "daemon", "aimarketd %s: %zu feeds", AIMARKET_VERSION, first->feeds.n);
	tell_state(&m);
	sd_notify(0, "READY=1");
	while (!m.stopping || m.children)
		wait_for_news(&m, look_at_all(&m));
	close_database(&m);
	log_at(LOG_LEVEL_NOTICE, "daemon", "ended after %lld documents", m.documents);
	listen_close(&m.listen);
	setup_free(m.setup);
	close(m.signal_fd);
	return m.exit_code;
}
