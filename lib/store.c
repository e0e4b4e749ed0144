#include "aimarket/store.h"

#include <errno.h>

#include "aimarket/cluster.h"

/* In the generated gen/sql.c, like the arrays of store.h. */
extern const struct sql_file sql_queries[];

/* Every statement means the same whatever the server, the role or PGTZ say. Temporary tables come last: they hide nothing. */
const char store_session_sql[] =
	"SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'hex';"
	"SET search_path = public, pg_temp";
static const char lock_sql[] = "SELECT pg_advisory_xact_lock(hashtext('aimarket migrate'))";
/* show_limit loads pg_trgm: before that only a superuser may make a function that sets one of its parameters. */
static const char code_sql[] = "SELECT public.show_limit(); DROP SCHEMA IF EXISTS api, load CASCADE; CREATE SCHEMA load; CREATE SCHEMA api";

const char *sql_query(const char *name)
{
	for (const struct sql_file *f = sql_queries; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f->text;
	fprintf(stderr, "no statement is called %s\n", name);
	abort();
}

static int step_of(const struct sql_file *f)
{
	return (int)strtol(f->name, NULL, 10);
}

static int newest_step(void)
{
	int step = 0;

	for (const struct sql_file *f = sql_schema; f->name; f++)
		step = step_of(f);
	return step;
}

static int read_value(struct pg *db, const char *sql, char *out, size_t size, struct err *e)
{
	struct buf value;

	buf_init(&value, size - 1);
	int rc = pg_value(db, sql, 0, NULL, &value, e);
	snprintf(out, size, "%s", buf_str(&value));
	buf_release(&value);
	return rc;
}

int store_version(struct pg *db, struct store_version *v, struct err *e)
{
	char have[16];

	*v = (struct store_version){ .want = newest_step() };
	memcpy(v->code_want, sql_code_sha256, sizeof v->code_want);
	if (read_value(db, "SELECT to_regclass('store.version')", have, sizeof have, e))
		return -1;
	if (!*have)
		return 0;
	if (read_value(db, "SELECT coalesce(max(step), 0) FROM store.version", have, sizeof have, e) ||
		read_value(db, "SELECT max(sha256) FROM store.code", v->code_have, sizeof v->code_have, e))
		return -1;
	v->have = (int)strtol(have, NULL, 10);
	return 0;
}

static bool up_to_date(const struct store_version *v)
{
	return v->have == v->want && strcmp(v->code_have, v->code_want) == 0;
}

static int refuse_newer(const struct store_version *v, struct err *e)
{
	if (v->have <= v->want)
		return 0;
	err_set(e, ERR_DB, "the store is at schema step %d, this program knows only %d", v->have, v->want);
	return err_hint(e, "Use a newer aimarket; this one leaves the store alone.");
}

static int ready(struct pg *db, bool migrate, struct err *e)
{
	struct store_version v;
	int steps;

	if (store_version(db, &v, e) || refuse_newer(&v, e))
		return -1;
	if (up_to_date(&v))
		return 0;
	if (migrate)
		return store_migrate(db, &steps, e);
	if (v.have == 0)
		err_set(e, ERR_DB, "the database holds no aimarket store yet");
	else
		err_set(e, ERR_DB, "the store was made by another version of aimarket (schema step %d of %d)", v.have, v.want);
	return err_hint(e, "Run `aimarket db migrate`; it keeps all data.");
}

static int start_private(struct cluster *c, enum store_mode mode, struct err *e)
{
	if (mode == STORE_AUTO || cluster_state(c, NULL, NULL) != CLUSTER_ABSENT)
		return cluster_start(c, e);
	err_set(e, ERR_DB_DOWN, "there is no store in \"%s\" yet", cluster_dir(c));
	return err_hint(e, "Run `aimarket db init`, or name a database with --db or AIMARKET_DB.");
}

/* Most often it is running: then one connect tells, and nothing else is looked at. */
static int open_private(enum store_mode mode, struct pg **out, struct err *e)
{
	struct err not_up = { 0 };
	struct cluster *c;

	if (cluster_open(NULL, &c, e))
		return -1;
	int rc = pg_open(cluster_conninfo(c), program_invocation_short_name, out, &not_up);
	if (rc && mode == STORE_RAW) {
		*e = not_up;
		err_hint(e, "Run `aimarket db start`.");
	} else if (rc) {
		rc = start_private(c, mode, e) || pg_open(cluster_conninfo(c), program_invocation_short_name, out, e) ? -1 : 0;
	}
	cluster_free(c);
	return rc;
}

int store_open(const char *conninfo, enum store_mode mode, struct pg **out, struct err *e)
{
	bool private = !conninfo || !*conninfo;
	struct pg *db;

	if (private ? open_private(mode, &db, e) : pg_open(conninfo, program_invocation_short_name, &db, e))
		return -1;
	if (pg_script(db, store_session_sql, e) || (mode != STORE_RAW && ready(db, private && mode == STORE_AUTO, e))) {
		pg_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

/* Whether a step was run, here or by somebody else meanwhile. */
static int has_step(struct pg *db, const char *step, bool *has, struct err *e)
{
	struct buf value;
	char there[16];

	*has = false;
	if (read_value(db, "SELECT to_regclass('store.version')", there, sizeof there, e) || !*there)
		return e->kind == ERR_NONE ? 0 : -1;
	buf_init(&value, 16);
	int rc = pg_value(db, "SELECT count(*) FROM store.version WHERE step = $1", 1, &step, &value, e);
	*has = !rc && *buf_str(&value) == '1';
	buf_release(&value);
	return rc;
}

/* In its transaction, behind the lock: somebody else may have run it since we looked. */
static int apply_step(struct pg *db, const struct sql_file *f, bool *ran, struct err *e)
{
	char step[16];
	bool has;

	snprintf(step, sizeof step, "%d", step_of(f));
	if (pg_script(db, lock_sql, e) || has_step(db, step, &has, e))
		return -1;
	if (has)
		return 0;
	*ran = true;
	if (pg_script(db, f->text, e))
		return -1;
	return pg_exec(db, "INSERT INTO store.version (step, name) VALUES ($1, $2)", 2, (const char *const[]){ step, f->name }, NULL, e);
}

static int run_step(struct pg *db, const struct sql_file *f, bool *ran, struct err *e)
{
	*ran = false;
	if (pg_begin(db, e))
		return -1;
	if (!apply_step(db, f, ran, e))
		return pg_commit(db, e);
	pg_rollback(db);
	return err_prefix(e, "schema step %s", f->name);
}

int store_refuse_dependents(struct pg *db, const char *schemas, struct err *e)
{
	PGresult *res;
	int rc = 0;

	if (pg_exec(db, sql_query("store_dependents"), 1, &schemas, &res, e))
		return -1;
	if (PQntuples(res) > 0) {
		rc = err_set(e, ERR_DB, "%s stands on what is to be made anew", PQgetvalue(res, 0, 0));
		err_hint(e, "Drop it, run this again and make it again (%d such objects).", PQntuples(res));
	}
	PQclear(res);
	return rc;
}

int store_remake_code(struct pg *db, struct err *e)
{
	if (pg_script(db, code_sql, e))
		return -1;
	for (const struct sql_file *f = sql_code; f->name; f++)
		if (pg_script(db, f->text, e))
			return err_prefix(e, "%s.sql", f->name);
	return 0;
}

static int apply_code(struct pg *db, struct err *e)
{
	struct store_version v;

	if (pg_script(db, lock_sql, e) || store_version(db, &v, e))
		return -1;
	if (strcmp(v.code_have, v.code_want) == 0)
		return 0;
	if (store_refuse_dependents(db, "{load,api}", e) || store_remake_code(db, e))
		return -1;
	return pg_exec(db, "INSERT INTO store.code (sha256) VALUES ($1) ON CONFLICT (one) DO UPDATE SET sha256 = EXCLUDED.sha256", 1,
		(const char *const[]){ v.code_want }, NULL, e);
}

static int run_code(struct pg *db, struct err *e)
{
	if (pg_begin(db, e))
		return -1;
	if (!apply_code(db, e))
		return pg_commit(db, e);
	pg_rollback(db);
	return -1;
}

int store_migrate(struct pg *db, int *steps, struct err *e)
{
	struct store_version v;
	bool ran;

	*steps = 0;
	if (store_version(db, &v, e) || refuse_newer(&v, e))
		return -1;
	for (const struct sql_file *f = sql_schema; f->name; f++) {
		if (run_step(db, f, &ran, e))
			return -1;
		*steps += ran;
	}
	return strcmp(v.code_have, v.code_want) != 0 ? run_code(db, e) : 0;
}
