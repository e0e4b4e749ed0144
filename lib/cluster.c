#include "aimarket/cluster.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "aimarket/file.h"
#include "aimarket/log.h"
#include "aimarket/pg.h"
#include "aimarket/run.h"

enum {
	START_SECONDS = 120, /* pg_ctl waits so long for crash recovery */
	RETRY_MS = 250,
	PATIENCE = 8, /* retries before what keeps us out is ended */
	RETRIES = 40, /* of a start that met the remains of a killed server */
	TEXT_MAX = 64 * 1024,
	NO_PID = 4194305, /* one more than the kernel ever gives */
};

struct cluster {
	struct arena *mem;
	const char *dir; /* state folder */
	const char *data; /* dir/pgdata */
	const char *socket; /* folder, absolute */
	bool short_socket; /* it lies outside of pgdata */
	const char *conninfo;
	struct run_user user; /* who runs the server */
};

/* ---------------------------------------------------------------- where and whose */

static const char *home_dir(void)
{
	const char *home = getenv("HOME");
	const struct passwd *pw;

	if (home && *home)
		return home;
	pw = getpwuid(geteuid());
	return pw ? pw->pw_dir : "/";
}

static const char *env_dir(const char *name)
{
	const char *dir = getenv(name);

	return dir && *dir ? dir : NULL;
}

static const char *find_dir(struct arena *mem, const char *named)
{
	const char *state = named ? named : env_dir("AIMARKET_STATE"), *xdg = env_dir("XDG_STATE_HOME");
	char cwd[4096];

	if (!state && xdg)
		state = arena_printf(mem, "%s/aimarket", xdg);
	if (!state)
		state = arena_printf(mem, "%s/.local/state/aimarket", home_dir());
	if (*state != '/' && getcwd(cwd, sizeof cwd))
		state = arena_printf(mem, "%s/%s", cwd, state);
	return state;
}

static int name_user(struct cluster *c, const struct passwd *pw, const char *what, struct err *e)
{
	if (!pw) {
		err_set(e, ERR_CONFIG, "user %s, who should run the private PostgreSQL, does not exist", what);
		return err_hint(e, "Install PostgreSQL's server package, which makes user postgres, or name a user in AIMARKET_PGUSER.");
	}
	if (pw->pw_uid == 0) {
		err_set(e, ERR_CONFIG, "PostgreSQL cannot run as root");
		return err_hint(e, "Name an unprivileged user in AIMARKET_PGUSER.");
	}
	c->user = (struct run_user){ .uid = pw->pw_uid, .gid = pw->pw_gid, .name = arena_strdup(c->mem, pw->pw_name) };
	return 0;
}

static int name_owner(struct cluster *c, uid_t uid, struct err *e)
{
	return name_user(c, getpwuid(uid), arena_printf(c->mem, "%u", (unsigned)uid), e);
}

/* Root serves a cluster as its owner; a new one in a folder of somebody's as that one, else as user postgres. */
static int find_user(struct cluster *c, struct err *e)
{
	const char *pguser = env_dir("AIMARKET_PGUSER");
	struct stat st;
	bool made = stat(c->data, &st) == 0;

	if (!made && errno == EACCES)
		return err_set(e, ERR_CONFIG, "could not look into \"%s\": %s", c->dir, strerror(errno));
	if (geteuid() != 0) {
		if (!made || st.st_uid == geteuid())
			return name_owner(c, geteuid(), e);
		err_set(e, ERR_CONFIG, "the private PostgreSQL in \"%s\" belongs to another user", c->dir);
		return err_hint(e, "Run this as that user or as root, or name a folder of your own in AIMARKET_STATE.");
	}
	if ((made || stat(c->dir, &st) == 0) && st.st_uid != 0)
		return name_owner(c, st.st_uid, e);
	return name_user(c, getpwnam(pguser ? pguser : "postgres"), pguser ? pguser : "postgres", e);
}

/* A socket's whole path must fit sun_path: from too deep a folder it moves to a short one, the same for every caller. */
static void find_socket(struct cluster *c)
{
	unsigned char sum[32];
	char hex[65];
	size_t fits = sizeof((struct sockaddr_un *)0)->sun_path - sizeof "/.s.PGSQL.5432";

	c->socket = arena_printf(c->mem, "%s/socket", c->data);
	c->short_socket = strlen(c->socket) > fits;
	if (!c->short_socket)
		return;
	file_sha256(c->dir, strlen(c->dir), sum);
	file_hex(sum, 8, hex);
	c->socket = arena_printf(c->mem, "/tmp/aimarket-%u-%s", (unsigned)c->user.uid, hex);
}

/* requirepeer: whoever else made a socket there is not talked to. The rest keeps PGHOSTADDR, PGPORT and their like out. */
static const char *make_conninfo(const struct cluster *c, const char *dbname, const char *user)
{
	const char *const pairs[][2] = { { "host", c->socket }, { "hostaddr", "" }, { "port", "5432" }, { "dbname", dbname }, { "user", user },
		{ "requirepeer", c->user.name } };
	struct buf b;

	buf_init(&b, TEXT_MAX);
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		pg_conninfo_add(&b, pairs[i][0], pairs[i][1]);
	const char *made = arena_strdup(c->mem, buf_str(&b));
	buf_release(&b);
	return made;
}

int cluster_open(const char *state_dir, struct cluster **out, struct err *e)
{
	struct arena *mem = arena_new();
	struct cluster *c = arena_zalloc(mem, sizeof *c);

	c->mem = mem;
	c->dir = find_dir(mem, state_dir);
	c->data = arena_printf(mem, "%s/pgdata", c->dir);
	if (find_user(c, e)) {
		cluster_free(c);
		return -1;
	}
	find_socket(c);
	c->conninfo = make_conninfo(c, "aimarket", "aimarket");
	*out = c;
	return 0;
}

void cluster_free(struct cluster *c)
{
	if (c)
		arena_free(c->mem);
}

const char *cluster_dir(const struct cluster *c)
{
	return c->dir;
}

const char *cluster_user(const struct cluster *c)
{
	return c->user.name;
}

const char *cluster_conninfo(const struct cluster *c)
{
	return c->conninfo;
}

const char *cluster_reader_conninfo(const struct cluster *c)
{
	return make_conninfo(c, "aimarket", "aimarket_reader");
}

/* ---------------------------------------------------------------- files of ours */

static int failed(struct err *e, const char *what, const char *path)
{
	return err_set(e, ERR_FAIL, "could not %s \"%s\": %s", what, path, strerror(errno));
}

static bool is_empty(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	bool empty = true;

	while (d && (entry = readdir(d)))
		empty = empty && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
	if (d)
		closedir(d);
	return d && empty;
}

/* Makes the folder and those above it. One that was there keeps its rights, unless it is an empty one given to us. */
static int make_dir(struct cluster *c, const char *dir, struct err *e)
{
	char *path = arena_strdup(c->mem, dir);

	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			return failed(e, "make the folder", path);
		*slash = '/';
	}
	if (mkdir(dir, 0700) == 0)
		return 0;
	if (errno != EEXIST)
		return failed(e, "make the folder", dir);
	if (is_empty(dir) && chmod(dir, 0700))
		return failed(e, "close the folder", dir);
	return 0;
}

static int give(struct cluster *c, int fd, const char *path, struct err *e)
{
	if (geteuid() == 0 && fchown(fd, c->user.uid, c->user.gid))
		return failed(e, "hand over", path);
	return 0;
}

/* A folder for the server alone. One that is there already must be just that: /tmp is open to everybody. */
static int make_private_dir(struct cluster *c, const char *dir, struct err *e)
{
	struct stat st;
	bool made = mkdir(dir, 0700) == 0;

	if (!made && errno != EEXIST)
		return failed(e, "make the folder", dir);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return failed(e, "open the folder", dir);
	int rc = made ? give(c, fd, dir, e) : 0;
	if (!made && (st.st_uid != c->user.uid || (st.st_mode & 077)))
		rc = err_set(e, ERR_FAIL, "the folder \"%s\" is not for user %s alone", dir, c->user.name);
	close(fd);
	return rc;
}

/* Writes a file of the server's folder, whole or not at all, never through a link that stands there. */
static int write_file(struct cluster *c, const char *dir, const char *name, int flags, const char *text, struct err *e)
{
	const char *path = arena_printf(c->mem, "%s/%s", dir, name);
	const char *target = flags & O_APPEND ? path : arena_printf(c->mem, "%s.new", path);

	if (!(flags & O_APPEND))
		unlink(target);
	int fd = open(target, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
	if (fd < 0)
		return failed(e, "write", target);
	size_t len = strlen(text);
	int rc = write(fd, text, len) == (ssize_t)len ? give(c, fd, target, e) : failed(e, "write", target);
	close(fd);
	if (rc == 0 && target != path && rename(target, path))
		rc = failed(e, "rename", target);
	return rc;
}

static int read_file(const struct cluster *c, const char *name, struct buf *out)
{
	struct err ignored = { 0 };

	buf_init(out, TEXT_MAX);
	return file_read(arena_printf(c->mem, "%s/%s", c->data, name), false, out, &ignored);
}

/* ---------------------------------------------------------------- what is there */

static int read_major(const struct cluster *c)
{
	struct buf text;
	int major = read_file(c, "PG_VERSION", &text) ? 0 : (int)strtol(buf_str(&text), NULL, 10);

	buf_release(&text);
	return major;
}

/* The server works in its data folder: a process elsewhere only got the number of one that died. */
static bool is_server(const struct cluster *c, long pid)
{
	struct stat here, there;

	return stat(arena_printf(c->mem, "/proc/%ld/cwd", pid), &there) == 0 && stat(c->data, &here) == 0 && here.st_dev == there.st_dev &&
	       here.st_ino == there.st_ino;
}

static long recorded_pid(const struct cluster *c)
{
	struct buf text;
	long pid = read_file(c, "postmaster.pid", &text) ? 0 : strtol(buf_str(&text), NULL, 10);

	buf_release(&text);
	return pid > 0 ? pid : 0;
}

static long running_pid(const struct cluster *c)
{
	long pid = recorded_pid(c);

	return pid && is_server(c, pid) ? pid : 0;
}

enum cluster_state cluster_state(struct cluster *c, int *major, long *pid)
{
	int made_by = read_major(c);
	long runs = made_by ? running_pid(c) : 0;
	const char *bin;
	struct err ignored = { 0 };

	if (major)
		*major = made_by;
	if (pid)
		*pid = runs;
	if (!made_by)
		return CLUSTER_ABSENT;
	if (runs)
		return CLUSTER_RUNNING;
	return cluster_bindir(made_by, c->mem, &bin, &ignored) ? CLUSTER_FOREIGN : CLUSTER_STOPPED;
}

/* ---------------------------------------------------------------- making it */

/* Whoever makes, starts or stops holds the lock; the others wait. Closing the descriptor lets go, so does dying. */
static int take_lock(struct cluster *c, int *fd, struct err *e)
{
	const char *path = arena_printf(c->mem, "%s/lock", c->dir);

	if (make_dir(c, c->dir, e))
		return -1;
	*fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd < 0)
		return failed(e, "open", path);
	while (flock(*fd, LOCK_EX))
		if (errno != EINTR) {
			close(*fd);
			return failed(e, "lock", path);
		}
	return 0;
}

/* How the server, and what acts for it, calls its folder: by a descriptor when root started it, see struct run. */
static const char *seen_dir(const struct cluster *c, const char *dir)
{
	return c->user.uid == geteuid() ? dir : RUN_DIR;
}

/* The last line that tells of trouble, without time and level in front. */
static const char *last_trouble(struct cluster *c, const char *text)
{
	static const char *const marks[] = { "FATAL:  ", "PANIC:  ", "ERROR:  ", "error: ", "LOG:  could not " };
	const char *best = NULL;

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		for (const char *at = text; (at = strstr(at, marks[i])); at++)
			if (!best || at > best)
				best = at;
	if (!best)
		best = text;
	const char *colon = best == text ? NULL : strchr(best, ':');
	best = colon ? colon + 1 + strspn(colon + 1, " ") : best;
	return arena_strndup(c->mem, best, strcspn(best, "\n"));
}

static int run_tool(struct cluster *c, struct run *r, const char *what, struct err *e)
{
	struct buf output;
	int status = 0;

	buf_init(&output, TEXT_MAX);
	r->as = &c->user;
	int rc = run_collect(r, &output, &status, e);
	if (rc == 0 && status != 0)
		rc = err_set(e, ERR_FAIL, "%s failed: %s", what, last_trouble(c, buf_str(&output)));
	buf_release(&output);
	return rc;
}

static int run_initdb(struct cluster *c, const char *bin, const char *dir, struct err *e)
{
	/* C.UTF-8 knows upper and lower case of every language; C order never changes with the system's libraries */
	const char *argv[] = { arena_printf(c->mem, "%s/initdb", bin), "-D", seen_dir(c, dir), "-U", "postgres", "-A", "peer", "-E", "UTF8",
		"--locale=C", "--lc-ctype=C.UTF-8", "--data-checksums", "--no-instructions", NULL };
	struct run r = { .argv = argv, .dir = dir };

	return run_tool(c, &r, "initdb", e);
}

/* One statement a line. aimarket is no superuser: a hole in a query must not reach the file system. */
static const char first_sql[] =
	"CREATE ROLE aimarket LOGIN CREATEDB\n"
	"CREATE ROLE aimarket_reader LOGIN\n"
	"GRANT pg_monitor, pg_checkpoint TO aimarket\n"
	"CREATE DATABASE aimarket OWNER aimarket\n";

/* Roles and database are made before the cluster has its name and is ever served: half a one is never seen. */
static int run_first_sql(struct cluster *c, const char *bin, const char *dir, struct err *e)
{
	const char *argv[] = { arena_printf(c->mem, "%s/postgres", bin), "--single", "-D", seen_dir(c, dir), "-c", "exit_on_error=true",
		"postgres", NULL };
	int fd = memfd_create("first.sql", MFD_CLOEXEC);
	struct run r = { .argv = argv, .dir = dir, .in = fd };

	if (fd < 0 || write(fd, first_sql, strlen(first_sql)) < 0 || lseek(fd, 0, SEEK_SET))
		return failed(e, "write", "first.sql");
	int rc = run_tool(c, &r, "setting up the private PostgreSQL", e);
	close(fd);
	return rc;
}

static const char hba[] =
	"# the socket only, for those whom pg_ident.conf names\n"
	"local all all peer map=aimarket\n";
static const char include[] = "\ninclude = 'aimarket.conf'\ninclude_if_exists = 'local.conf'\n";
static const char local[] = "# Settings of your own, which win over those in aimarket.conf. Take effect at the next start.\n";
static const char ident[] =
	"# map, user of the system, user of the database\n"
	"aimarket \"%s\" aimarket\n"
	"aimarket \"%s\" aimarket_reader\n"
	"aimarket \"%s\" postgres\n"
	"aimarket root aimarket\n"
	"aimarket root aimarket_reader\n"
	"aimarket root postgres\n";

static int write_ident(struct cluster *c, const char *dir, struct err *e)
{
	const char *name = c->user.name;

	return write_file(c, dir, "pg_ident.conf", O_CREAT | O_EXCL, arena_printf(c->mem, ident, name, name, name), e);
}

static int write_config(struct cluster *c, const char *dir, struct err *e)
{
	const struct {
		const char *name, *text;
		int flags;
	} files[] = {
		{ "pg_hba.conf", hba, O_CREAT | O_EXCL },
		{ "aimarket.conf", "", O_CREAT | O_EXCL },
		{ "local.conf", local, O_CREAT | O_EXCL },
		{ "postgresql.conf", include, O_APPEND },
	};

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (write_file(c, dir, files[i].name, files[i].flags, files[i].text, e))
			return -1;
	if (write_ident(c, dir, e))
		return -1;
	return make_private_dir(c, arena_printf(c->mem, "%s/socket", dir), e);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
	return remove(path);
}

static int make_cluster(struct cluster *c, const char *bin, const char *dir, struct err *e)
{
	nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT); /* what one that was killed left behind */
	if (make_private_dir(c, dir, e) || run_initdb(c, bin, dir, e) || write_config(c, dir, e) || run_first_sql(c, bin, dir, e))
		return -1;
	return rename(dir, c->data) ? failed(e, "rename", dir) : 0;
}

static int init_locked(struct cluster *c, struct err *e)
{
	const char *bin;

	if (read_major(c))
		return 0;
	if (access(c->data, F_OK) == 0 && !is_empty(c->data)) {
		err_set(e, ERR_FAIL, "\"%s\" is there, but holds no PostgreSQL cluster", c->data);
		return err_hint(e, "Move it away, or name another folder in AIMARKET_STATE.");
	}
	log_at(LOG_LEVEL_INFO, NULL, "making the private PostgreSQL in %s", c->data);
	if (cluster_bindir(0, c->mem, &bin, e))
		return -1;
	return make_cluster(c, bin, arena_printf(c->mem, "%s.new", c->data), e);
}

int cluster_init(struct cluster *c, struct err *e)
{
	int lock;

	if (take_lock(c, &lock, e))
		return -1;
	int rc = init_locked(c, e);
	close(lock);
	return rc;
}

/* ---------------------------------------------------------------- starting it */

/* For one machine and one owner: no network, no replication, memory for a guest, short queries. %s: the socket's folder. */
static const char settings[] =
	"# Written by aimarket at every start; put settings of your own into local.conf.\n"
	"cluster_name = 'aimarket'\n"
	"listen_addresses = ''\n"
	"port = 5432\n"
	"unix_socket_directories = '%s'\n"
	"unix_socket_permissions = 0700\n"
	"max_connections = 50\n"
	"shared_buffers = 192MB\n"
	"work_mem = 16MB\n"
	"maintenance_work_mem = 128MB\n"
	"random_page_cost = 1.1\n"
	"jit = off\n"
	"wal_level = minimal\n"
	"max_wal_senders = 0\n"
	"wal_compression = on\n"
	"max_wal_size = 2GB\n"
	"checkpoint_timeout = 15min\n"
	"client_connection_check_interval = 10s\n"
	"timezone = 'UTC'\n"
	"log_timezone = 'UTC'\n"
	"logging_collector = on\n"
	"log_directory = 'log'\n"
	"log_filename = 'postgresql-%%a.log'\n"
	"log_truncate_on_rotation = on\n"
	"log_rotation_size = 0\n"
	"log_line_prefix = '%%m [%%p] %%a '\n";

static int write_settings(struct cluster *c, struct err *e)
{
	const char *place = c->short_socket ? c->socket : "socket"; /* in the data folder: never a path with odd characters */

	return write_file(c, c->data, "aimarket.conf", O_CREAT | O_EXCL, arena_printf(c->mem, settings, place), e);
}

/*
 * The pid file of a server that is gone, its number perhaps in use again (or kept by a zombie), stops a start. Only the
 * number is blotted out: from the file's other lines PostgreSQL sees whether backends of the dead server still run.
 */
static int retire_pid(struct cluster *c, struct err *e)
{
	struct buf text;
	int rc = 0;

	if (recorded_pid(c) == 0 || running_pid(c))
		return 0;
	if (!read_file(c, "postmaster.pid", &text)) {
		const char *rest = strchr(buf_str(&text), '\n');
		const char *retired = arena_printf(c->mem, "%d%s", NO_PID, rest ? rest : "\n");
		rc = write_file(c, c->data, "postmaster.pid", O_CREAT | O_EXCL, retired, e);
	}
	buf_release(&text);
	unlink(arena_printf(c->mem, "%s/.s.PGSQL.5432.lock", c->socket));
	return rc;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

/* Backends of a killed server need a moment to notice. */
static bool met_remains(const char *log)
{
	return strstr(log, "lock file \"") || strstr(log, "shared memory block");
}

/* Its exe stays readable, as "…/postgres (deleted)", when a newer package took its place. */
static bool is_postgres(struct cluster *c, const char *pid)
{
	char exe[4096];
	ssize_t n = readlink(arena_printf(c->mem, "/proc/%s/exe", pid), exe, sizeof exe - 1);

	if (n < 0)
		return false;
	exe[n] = '\0';
	const char *base = strrchr(exe, '/');
	return base && strncmp(base, "/postgres", strlen("/postgres")) == 0;
}

/* A backend in the middle of a long computation does not notice that its server was killed, and keeps the next one out. */
static void end_orphans(struct cluster *c)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		long pid = strtol(entry->d_name, NULL, 10);

		if (pid > 0 && is_server(c, pid) && is_postgres(c, entry->d_name))
			kill((pid_t)pid, SIGQUIT);
	}
	if (proc)
		closedir(proc);
}

/* *again: it may go better in a moment. */
static int try_start(struct cluster *c, const char *bin, bool *again, struct err *e)
{
	const char *argv[] = { arena_printf(c->mem, "%s/pg_ctl", bin), "start", "-s", "-w", "-t", arena_printf(c->mem, "%d", START_SECONDS),
		"-D", seen_dir(c, c->data), "-l", arena_printf(c->mem, "%s/start.log", seen_dir(c, c->data)), NULL };
	struct run r = { .argv = argv, .dir = c->data, .as = &c->user };
	struct buf output, log;
	int status = 0;

	unlink(arena_printf(c->mem, "%s/start.log", c->data));
	buf_init(&output, TEXT_MAX);
	int rc = run_collect(&r, &output, &status, e);
	(void)!read_file(c, "start.log", &log);
	*again = rc == 0 && status != 0 && met_remains(buf_str(&log));
	if (rc == 0 && status != 0) {
		rc = err_set(e, ERR_DB_DOWN, "could not start the private PostgreSQL: %s",
			last_trouble(c, buf_str(log.len ? &log : &output)));
		err_hint(e, "Its log is in %s, start.log and log/.", c->data);
	}
	buf_release(&output);
	buf_release(&log);
	return rc;
}

/* Clusters that were made before there was a reader; the rights come with the next migrate. */
static int add_reader(struct cluster *c, struct err *e)
{
	static const char sql[] =
		"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aimarket_reader') THEN CREATE ROLE aimarket_reader LOGIN; END IF; END $$";
	struct pg *db;

	if (pg_open(make_conninfo(c, "postgres", "postgres"), "aimarket", &db, e))
		return -1;
	int rc = pg_script(db, sql, e);
	pg_close(db);
	return rc;
}

/* A server that is there but still recovering answers in time. */
static int wait_until_up(struct cluster *c, struct err *e)
{
	for (int i = 0; i < START_SECONDS * 1000 / RETRY_MS; i++) {
		if (PQping(c->conninfo) == PQPING_OK)
			return 0;
		if (!running_pid(c))
			break;
		pause_ms(RETRY_MS);
	}
	err_set(e, ERR_DB_DOWN, "the private PostgreSQL in \"%s\" does not answer", c->dir);
	return err_hint(e, "Its log is in %s/log.", c->data);
}

static const char move_on[] =
	"Install that version, or name it in AIMARKET_PGBIN. To move to another: `aimarket db backup` with the "
	"old one, `aimarket db restore` into a new AIMARKET_STATE.";

static int start_locked(struct cluster *c, struct err *e)
{
	const char *bin;
	bool again = true;
	int rc = -1;

	if (init_locked(c, e))
		return -1;
	if (running_pid(c))
		return wait_until_up(c, e);
	if (cluster_bindir(read_major(c), c->mem, &bin, e)) {
		err_prefix(e, "the private PostgreSQL in \"%s\" was made by version %d", c->dir, read_major(c));
		return err_hint(e, "%s", move_on);
	}
	log_at(LOG_LEVEL_INFO, NULL, "starting the private PostgreSQL in %s", c->data);
	if (make_private_dir(c, c->socket, e) || write_settings(c, e) || write_ident(c, c->data, e) || retire_pid(c, e))
		return -1;
	for (int i = 0; rc && again && i < RETRIES; i++) {
		if (i > 0)
			pause_ms(RETRY_MS);
		if (i >= PATIENCE)
			end_orphans(c);
		err_clear(e);
		rc = try_start(c, bin, &again, e);
	}
	return rc ? rc : add_reader(c, e);
}

int cluster_start(struct cluster *c, struct err *e)
{
	int lock;

	if (take_lock(c, &lock, e))
		return -1;
	int rc = start_locked(c, e);
	close(lock);
	return rc;
}

static int stop_locked(struct cluster *c, struct err *e)
{
	const char *bin;

	if (!running_pid(c))
		return 0;
	if (cluster_bindir(read_major(c), c->mem, &bin, e))
		return -1;
	const char *argv[] = { arena_printf(c->mem, "%s/pg_ctl", bin), "stop", "-s", "-w", "-m", "fast", "-D", seen_dir(c, c->data), NULL };
	struct run r = { .argv = argv, .dir = c->data };
	if (run_tool(c, &r, "stopping the private PostgreSQL", e))
		return -1;
	if (c->short_socket)
		rmdir(c->socket);
	return 0;
}

int cluster_stop(struct cluster *c, struct err *e)
{
	int lock;

	if (!read_major(c))
		return 0;
	if (take_lock(c, &lock, e))
		return -1;
	int rc = stop_locked(c, e);
	close(lock);
	return rc;
}
