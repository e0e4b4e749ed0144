/* store: a database that holds the ledger: which one, is it migrated, open it. */
#ifndef AIMARKET_STORE_H
#define AIMARKET_STORE_H

#include "aimarket/pg.h"

/* One file of sql/, embedded at build time by etc/embed.awk. */
struct sql_file { const char *name; const char *text; };
extern const struct sql_file sql_schema[];	/* sql/schema/NNNN_*.sql in order; ends with NULL name */
extern const struct sql_file sql_code[];	/* sql/load and sql/api files in order: made anew at every migrate */
extern const char sql_code_sha256[65];	/* what sql_code is known by */
/* A fixed statement of sql/query/NAME.sql; aborts on an unknown name (a bug of ours). */
const char *sql_query(const char *name);

enum store_mode {
	STORE_READ,	/* must be migrated; ERR_DB tells to run `aimarket db migrate` otherwise. The private cluster is started, not made */
	STORE_AUTO,	/* the private cluster is made, started and migrated when needed; another server as STORE_READ */
	STORE_RAW,	/* connect only */
};

/* What a session is set to, statements behind each other: time zone UTC, ISO dates, a search_path without surprises. */
extern const char store_session_sql[];

/*
 * Opens the store: conninfo when given (--db, AIMARKET_DB, configuration, in that order, decided by the caller),
 * else the private cluster of AIMARKET_STATE. Sets search_path, time zone UTC, DateStyle ISO.
 * A store newer than this program is refused (ERR_DB with a hint), also for reading.
 */
int store_open(const char *conninfo, enum store_mode mode, struct pg **out, struct err *e) must_check;

struct store_version { int have, want; char code_have[65], code_want[65]; };	/* schema number; SHA-256 of sql_code */
int store_version(struct pg *db, struct store_version *v, struct err *e) must_check;
/* Runs the missing schema files, one transaction each, then remakes sql_code when its hash differs. *steps = files run. Locked against others. */
int store_migrate(struct pg *db, int *steps, struct err *e) must_check;
/* Drops the schemas load and api and makes them anew, whatever they were made from; in the caller's transaction. */
int store_remake_code(struct pg *db, struct err *e) must_check;
/*
 * Fails (ERR_DB) when something outside these schemas, "{load,api}", stands on something in them, and names it: DROP …
 * CASCADE would take it along.
 */
int store_refuse_dependents(struct pg *db, const char *schemas, struct err *e) must_check;

#endif
