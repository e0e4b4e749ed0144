/* aimarket db: the store as a whole, and the private PostgreSQL that holds it when no other is named. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aimarket/cluster.h"
#include "aimarket/cmd.h"
#include "aimarket/conf.h"
#include "aimarket/run.h"
#include "aimarket/store.h"

enum { LIST_MAX = 4 << 20 };

/* Which store the command line means. */
struct place {
	struct cluster *cluster; /* NULL: another server */
	const char *conninfo;
};

static int place_open(struct cmd *c, struct place *p, struct err *e)
{
	const struct conf *conf;

	*p = (struct place){ 0 };
	if (cmd_conf(c, &conf, e))
		return -1;
	p->conninfo = conf->database;
	if (p->conninfo)
		return 0;
	if (cluster_open(NULL, &p->cluster, e))
		return -1;
	p->conninfo = cluster_conninfo(p->cluster);
	return 0;
}

static void place_close(struct place *p)
{
	cluster_free(p->cluster);
}

/* Where it is, for people: never with a password. */
static const char *place_name(struct cmd *c, const struct place *p)
{
	struct err ignored = { 0 };
	const char *shown = "?", *password;

	if (p->cluster)
		return arena_printf(cmd_mem(c), "private PostgreSQL in %s", cluster_dir(p->cluster));
	if (pg_conninfo_public(p->conninfo, cmd_mem(c), &shown, &password, &ignored))
		return "?";
	return shown;
}

/* Opens it whatever its schema; the private one is started, and made when may_make. */
static int place_connect(struct place *p, bool may_make, struct pg **db, struct err *e)
{
	if (p->cluster && !may_make && cluster_state(p->cluster, NULL, NULL) == CLUSTER_ABSENT) {
		err_set(e, ERR_NOT_FOUND, "there is no store in \"%s\" yet", cluster_dir(p->cluster));
		return err_hint(e, "Run `aimarket db init`, or name a database with --db or AIMARKET_DB.");
	}
	if (p->cluster && cluster_start(p->cluster, e))
		return -1;
	return store_open(p->conninfo, STORE_RAW, db, e);
}

static int refuse_other_server(const struct place *p, struct err *e)
{
	if (p->cluster)
		return 0;
	err_set(e, ERR_USAGE, "the database named by --db, AIMARKET_DB or the configuration is not ours to start or stop");
	return err_hint(e, "This command is for the private PostgreSQL.");
}

/* ---------------------------------------------------------------- init, migrate, start, stop */

static int migrate(struct cmd *c, struct place *p, struct err *e)
{
	struct store_version before, after;
	struct pg *db = NULL;
	int steps;

	if (place_connect(p, true, &db, e))
		return -1;
	int rc = store_version(db, &before, e) || store_migrate(db, &steps, e) || store_version(db, &after, e) ? -1 : 0;
	pg_close(db);
	if (rc)
		return rc;
	if (steps > 0)
		printf("migrated from schema step %d to %d: %s\n", before.have, after.have, place_name(c, p));
	else if (strcmp(before.code_have, after.code_have) != 0)
		printf("functions and views made anew, schema step %d: %s\n", after.have, place_name(c, p));
	else
		printf("up to date, schema step %d: %s\n", after.have, place_name(c, p));
	return 0;
}

static int do_migrate(struct cmd *c, struct err *e)
{
	struct place p;
	int rc = place_open(c, &p, e) || migrate(c, &p, e) ? -1 : 0;

	place_close(&p);
	return rc;
}

static int do_start(struct cmd *c, struct err *e)
{
	struct place p;
	int rc = place_open(c, &p, e) || refuse_other_server(&p, e) || cluster_start(p.cluster, e) ? -1 : 0;

	if (!rc)
		printf("running: %s\n", place_name(c, &p));
	place_close(&p);
	return rc;
}

static int do_stop(struct cmd *c, struct err *e)
{
	struct place p;
	int rc = place_open(c, &p, e) || refuse_other_server(&p, e) || cluster_stop(p.cluster, e) ? -1 : 0;

	if (!rc)
		printf("stopped: %s\n", place_name(c, &p));
	place_close(&p);
	return rc;
}

/* ---------------------------------------------------------------- status */

enum { S_PLACE, S_STATE, S_USER, S_PID, S_POSTGRESQL, S_DATABASE, S_SCHEMA, S_SCHEMA_WANTED, S_CODE, S_BYTES, S_ROWS, S_TABLES, S_COUNT };
static const struct column status_columns[S_COUNT] = {
	[S_PLACE] = { "place", COL_TEXT },
	[S_STATE] = { "state", COL_TEXT },
	[S_USER] = { "user", COL_TEXT },
	[S_PID] = { "pid", COL_NUMBER },
	[S_POSTGRESQL] = { "postgresql", COL_TEXT },
	[S_DATABASE] = { "database", COL_TEXT },
	[S_SCHEMA] = { "schema_step", COL_NUMBER },
	[S_SCHEMA_WANTED] = { "schema_step_of_program", COL_NUMBER },
	[S_CODE] = { "code", COL_TEXT },
	[S_BYTES] = { "bytes", COL_NUMBER },
	[S_ROWS] = { "rows_estimated", COL_JSON }, /* for programs … */
	[S_TABLES] = { "rows", COL_TEXT }, /* … and for people */
};

static const char *number(struct cmd *c, long n)
{
	return arena_printf(cmd_mem(c), "%ld", n);
}

static void describe_cluster(struct cmd *c, struct cluster *cluster, const char *values[S_COUNT])
{
	static const char *const names[] = { "absent", "stopped", "running", "needs its PostgreSQL version" };
	int major;
	long pid;

	values[S_STATE] = names[cluster_state(cluster, &major, &pid)];
	values[S_USER] = cluster_user(cluster);
	values[S_PID] = pid ? number(c, pid) : NULL;
	values[S_POSTGRESQL] = major ? number(c, major) : NULL;
}

static int describe_store(struct cmd *c, struct pg *db, const char *values[S_COUNT], struct err *e)
{
	static const int at[] = { S_POSTGRESQL, S_DATABASE, S_BYTES, S_ROWS, S_TABLES };
	struct store_version v;
	PGresult *res;

	if (store_version(db, &v, e) || pg_exec(db, sql_query("store_status"), 0, NULL, &res, e))
		return -1;
	for (int i = 0; i < PQnfields(res); i++)
		values[at[i]] = PQgetisnull(res, 0, i) ? NULL : arena_strdup(cmd_mem(c), PQgetvalue(res, 0, i));
	PQclear(res);
	values[S_SCHEMA] = number(c, v.have);
	values[S_SCHEMA_WANTED] = number(c, v.want);
	values[S_CODE] = !*v.code_have ? "missing" : strcmp(v.code_have, v.code_want) != 0 ? "of another version" : "up to date";
	return 0;
}

static int write_row(struct writer *w, const char *const *values, int n)
{
	int lengths[S_COUNT];

	for (int i = 0; i < n; i++)
		lengths[i] = values[i] ? (int)strlen(values[i]) : 0;
	return writer_row(w, values, lengths);
}

/* JSON for programs: one object. For people a line an item. */
static int print_status(struct cmd *c, const char *const values[S_COUNT], struct err *e)
{
	static const struct column pair[] = { { "item", COL_TEXT }, { "value", COL_TEXT } };
	enum format_kind format;
	struct writer *w;

	if (cmd_format(c, &format, e))
		return -1;
	bool json = format == OUT_JSON || format == OUT_NDJSON;
	if (cmd_writer(c, json ? status_columns : pair, json ? S_TABLES : 2, &w, e))
		return -1;
	int gone = json ? write_row(w, values, S_TABLES) : 0;
	for (int i = 0; !json && !gone && i < S_COUNT; i++)
		if (values[i] && i != S_ROWS)
			gone = write_row(w, (const char *const[]){ status_columns[i].name, values[i] }, 2);
	if (!gone)
		gone = writer_end(w);
	writer_free(w);
	return gone && errno != EPIPE ? err_set(e, ERR_FAIL, "could not write to standard output: %m") : 0;
}

static int status(struct cmd *c, struct place *p, struct err *e)
{
	const char *values[S_COUNT] = { [S_PLACE] = place_name(c, p), [S_STATE] = "running" };
	struct pg *db = NULL;

	if (p->cluster)
		describe_cluster(c, p->cluster, values);
	if (strcmp(values[S_STATE], "running") == 0) {
		if (store_open(p->conninfo, STORE_RAW, &db, e))
			return -1;
		int rc = describe_store(c, db, values, e);
		pg_close(db);
		if (rc)
			return rc;
	}
	return print_status(c, values, e);
}

static int do_status(struct cmd *c, struct err *e)
{
	struct place p;
	int rc = place_open(c, &p, e) || status(c, &p, e) ? -1 : 0;

	place_close(&p);
	return rc;
}

/* ---------------------------------------------------------------- PostgreSQL's own programs */

/* Those of the newest server installed; on a machine with the client only, those of PATH. */
static const char *tool(struct cmd *c, const char *name)
{
	struct err ignored = { 0 };
	const char *bin;

	return cluster_bindir(0, cmd_mem(c), &bin, &ignored) ? name : arena_printf(cmd_mem(c), "%s/%s", bin, name);
}

/* A password goes through the environment: everybody can read a command line. */
static int shown_conninfo(struct cmd *c, const struct place *p, const char **shown, struct err *e)
{
	const char *password;

	if (pg_conninfo_public(p->conninfo, cmd_mem(c), shown, &password, e))
		return -1;
	if (password)
		setenv("PGPASSWORD", password, 1);
	return 0;
}

static int exec_psql(struct cmd *c, const struct place *p, struct err *e)
{
	const char **argv = arena_zalloc(cmd_mem(c), sizeof *argv * (size_t)(cmd_n_args(c) + 4));
	int n = 0;

	argv[n++] = tool(c, "psql");
	argv[n++] = "-d";
	if (shown_conninfo(c, p, &argv[n++], e))
		return -1;
	for (int i = 0; i < cmd_n_args(c); i++)
		argv[n++] = cmd_arg(c, i);
	setenv("PGOPTIONS", "-c search_path=api,store,load,public -c TimeZone=UTC", 0);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	return err_set(e, ERR_FAIL, "could not run \"%s\": %s", argv[0], strerror(errno));
}

static int do_psql(struct cmd *c, struct err *e)
{
	struct place p;
	struct pg *db = NULL;
	int rc = -1;

	if (!place_open(c, &p, e) && !place_connect(&p, false, &db, e)) {
		pg_close(db);
		rc = exec_psql(c, &p, e);
	}
	place_close(&p);
	return rc;
}

static int dump(struct cmd *c, const struct place *p, const char *to, struct err *e)
{
	/* schema store is all there is to keep: load and api are made by migrate */
	const char *argv[] = { tool(c, "pg_dump"), "-d", NULL, "-Fc", "-Z1", "-n", "store", "--no-owner", "--no-acl", "-f", to, NULL };
	pid_t pid;

	if (shown_conninfo(c, p, &argv[2], e) || run_start(&(struct run){ .argv = argv }, &pid, e))
		return -1;
	int status = run_wait(pid);
	return status ? err_set(e, ERR_FAIL, "pg_dump failed with exit code %d", status) : 0;
}

static int backup(struct cmd *c, struct place *p, const char *file, struct err *e)
{
	const char *part = arena_printf(cmd_mem(c), "%s.part", file);
	struct store_version v;
	struct pg *db = NULL;

	if (place_connect(p, false, &db, e))
		return -1;
	int rc = store_version(db, &v, e);
	pg_close(db);
	if (rc)
		return rc;
	if (v.have == 0)
		return err_set(e, ERR_NOT_FOUND, "the database holds no aimarket store yet");
	umask(077);
	rc = dump(c, p, part, e);
	if (rc == 0 && rename(part, file))
		rc = err_set(e, ERR_FAIL, "could not rename \"%s\" to \"%s\": %s", part, file, strerror(errno));
	if (rc)
		unlink(part);
	return rc;
}

static int do_backup(struct cmd *c, struct err *e)
{
	const char *file = cmd_arg(c, 0);
	struct place p;
	int rc = place_open(c, &p, e) || backup(c, &p, file, e) ? -1 : 0;

	if (!rc)
		printf("backed up: %s\n", file);
	place_close(&p);
	return rc;
}

/* ---------------------------------------------------------------- restore */

/* A backup of ours, readable to its table of contents; data behind that is checked while it is restored. */
static int check_backup(struct cmd *c, const char *file, struct err *e)
{
	const char *argv[] = { tool(c, "pg_restore"), "--list", file, NULL };
	struct run r = { .argv = argv };
	struct buf list;
	int status = 0;

	if (access(file, R_OK))
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_FAIL, "could not read \"%s\": %s", file, strerror(errno));
	buf_init(&list, LIST_MAX);
	int rc = run_collect(&r, &list, &status, e);
	if (rc == 0 && (status || !strstr(buf_str(&list), " SCHEMA - store ")))
		rc = err_set(e, ERR_USAGE, "\"%s\" is not a backup of an aimarket store", file);
	buf_release(&list);
	return rc;
}

static int refuse_full(struct pg *db, const struct store_version *v, struct err *e)
{
	struct buf empty;

	if (v->have == 0)
		return 0;
	buf_init(&empty, 8);
	int rc = pg_value(db, sql_query("store_is_empty"), 0, NULL, &empty, e);
	if (rc == 0 && strcmp(buf_str(&empty), "t") != 0) {
		rc = err_set(e, ERR_FAIL, "the store is not empty");
		err_hint(e, "Back it up first; --force replaces all of it.");
	}
	buf_release(&empty);
	return rc;
}

/* One transaction around all of it: the old store stands until the new one is whole. */
static const char before_sql[] =
	"SET client_min_messages = warning;\n"
	"BEGIN;\n"
	"DROP SCHEMA IF EXISTS api, load, store CASCADE;\n"
	"CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;\n"
	"CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;\n";
/* load and api are not in the backup: migrate makes them. %d: the newest step this program knows. */
static const char after_sql[] =
	"\nDO $$ BEGIN\n"
	"    IF (SELECT max(step) FROM store.version) > %d THEN RAISE EXCEPTION 'the backup is of a newer aimarket'; END IF;\n"
	"END $$;\n"
	"DELETE FROM store.code;\n"
	"COMMIT;\n";

static int write_all(int fd, const char *data, size_t n, struct err *e)
{
	while (n > 0) {
		ssize_t wrote = write(fd, data, n);

		if (wrote < 0 && errno != EINTR) /* psql has said why it went away */
			return err_set(e, ERR_DB, "the database did not take the backup; nothing was changed");
		data += wrote > 0 ? wrote : 0;
		n -= wrote > 0 ? (size_t)wrote : 0;
	}
	return 0;
}

/* From pg_restore into psql, between our own first and last words. The last is said only when all of the backup was read. */
static int pump(pid_t reader, int from, int to, const char *last, struct err *e)
{
	char chunk[65536];
	ssize_t n = 0;
	int rc = write_all(to, before_sql, strlen(before_sql), e);

	while (rc == 0 && ((n = read(from, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR)))
		rc = n > 0 ? write_all(to, chunk, (size_t)n, e) : 0;
	close(from); /* so that it ends when we gave up */
	int status = run_wait(reader);
	if (rc == 0 && (n < 0 || status))
		rc = err_set(e, ERR_PARSE, "the backup is damaged; nothing was changed");
	return rc ? rc : write_all(to, last, strlen(last), e);
}

static int start_pair(struct run *reader, struct run *psql, pid_t pids[2], int ends[2], struct err *e)
{
	int out[2], in[2];

	if (pipe2(out, O_CLOEXEC) || pipe2(in, O_CLOEXEC))
		return err_set(e, ERR_FAIL, "could not make a pipe: %s", strerror(errno));
	reader->out = out[1];
	psql->in = in[0];
	ends[0] = out[0];
	ends[1] = in[1];
	int rc = run_start(psql, &pids[1], e) || run_start(reader, &pids[0], e) ? -1 : 0;
	close(out[1]);
	close(in[0]);
	return rc; /* when it failed, our end takes the pipes and with them a psql that waits */
}

static int replay(struct cmd *c, const struct place *p, const char *file, int newest_step, struct err *e)
{
	const char *read_argv[] = { tool(c, "pg_restore"), "--no-owner", "--no-acl", "-f", "-", file, NULL };
	const char *psql_argv[] = { tool(c, "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-d", NULL, NULL };
	struct run reader = { .argv = read_argv }, psql = { .argv = psql_argv };
	pid_t pids[2] = { 0 };
	int ends[2] = { -1, -1 };

	if (shown_conninfo(c, p, &psql_argv[8], e) || start_pair(&reader, &psql, pids, ends, e))
		return -1;
	signal(SIGPIPE, SIG_IGN);
	int rc = pump(pids[0], ends[0], ends[1], arena_printf(cmd_mem(c), after_sql, newest_step), e);
	close(ends[1]);
	int status = run_wait(pids[1]);
	return rc || !status ? rc : err_set(e, ERR_DB, "the database did not take the backup; nothing was changed");
}

static int restore_into(struct cmd *c, const struct place *p, struct pg *db, const char *file, struct err *e)
{
	struct store_version v;
	int steps;

	if (store_version(db, &v, e) || (!cmd_flag(c, "force") && refuse_full(db, &v, e)) ||
		store_refuse_dependents(db, "{load,api,store}", e))
		return -1;
	return replay(c, p, file, v.want, e) || store_migrate(db, &steps, e) || pg_script(db, "ANALYZE", e) ? -1 : 0;
}

static int restore(struct cmd *c, struct place *p, const char *file, struct err *e)
{
	struct pg *db = NULL;

	if (check_backup(c, file, e) || place_connect(p, true, &db, e))
		return -1;
	int rc = restore_into(c, p, db, file, e);
	pg_close(db);
	return rc;
}

static int do_restore(struct cmd *c, struct err *e)
{
	struct place p;
	int rc = place_open(c, &p, e) || restore(c, &p, cmd_arg(c, 0), e) ? -1 : 0;

	if (!rc)
		printf("restored: %s\n", place_name(c, &p));
	place_close(&p);
	return rc;
}

/* ---------------------------------------------------------------- the table of it all */

static const struct command db_init = {
	.name = "init",
	.summary = "make the store: the private PostgreSQL when no other is named, and its tables",
	.text = "Does nothing to a store that is there already.",
	.run = do_migrate,
};
static const struct command db_start = { .name = "start", .summary = "start the private PostgreSQL", .run = do_start };
static const struct command db_stop = {
	.name = "stop",
	.summary = "stop the private PostgreSQL",
	.text = "Open connections are ended, their transactions rolled back. The next command that needs it starts it again.",
	.run = do_stop,
};
static const struct command db_status = {
	.name = "status",
	.summary = "where the store is, whether it runs, its version and size",
	.text = "Starts nothing. Numbers of rows are estimates.",
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.run = do_status,
};
static const struct command db_migrate = {
	.name = "migrate",
	.summary = "bring the store to this program's schema; keeps all data",
	.text = "Each step is one transaction. Several at once are fine: one works, the others wait. A store that is newer\n"
		"than the program is refused.",
	.run = do_migrate,
};
static const struct command db_psql = {
	.name = "psql",
	.args = "[-- ARG…]",
	.max_args = -1,
	.summary = "open PostgreSQL's own shell on the store",
	.text = "Arguments behind -- go to psql: aimarket db psql -- -c 'SELECT count(*) FROM deals'.",
	.run = do_psql,
};
static const struct command db_backup = {
	.name = "backup",
	.args = "FILE",
	.min_args = 1,
	.max_args = 1,
	.summary = "write the whole store into a file",
	.text = "In pg_dump's custom format, as of one moment; others go on working. FILE is replaced only when all is written. "
		"Documents in an archive folder are not in it: copy the folder afterwards.",
	.run = do_backup,
};
static const struct command db_restore = {
	.name = "restore",
	.args = "FILE",
	.min_args = 1,
	.max_args = 1,
	.summary = "read a store from a backup",
	.text = "Into an empty store, or with --force in place of the one that is there. In one transaction: a backup that is\n"
		"damaged changes nothing. A backup of an older aimarket is migrated.",
	.options = (const struct option_row[]){ { "force", 0, OPT_FLAG, NULL, "replace a store that is not empty" }, { 0 } },
	.run = do_restore,
};

extern const struct command cmd_db_prune; /* cli/prune.c */

const struct command cmd_db = {
	.name = "db",
	.summary = "the store: init, start, stop, status, migrate, psql, backup, restore, prune",
	.text = "With --db, AIMARKET_DB or database = in the configuration the store is in that PostgreSQL. Otherwise aimarket\n"
		"keeps a private one in ${AIMARKET_STATE:-${XDG_STATE_HOME:-~/.local/state}/aimarket}: reached by its socket\n"
		"only, by nobody but its owner and root, made and started when it is needed. Root's runs as user postgres\n"
		"(AIMARKET_PGUSER).",
	.children = (const struct command *const[]){ &db_init, &db_start, &db_stop, &db_status, &db_migrate, &db_psql, &db_backup,
		&db_restore, &cmd_db_prune, NULL },
};
