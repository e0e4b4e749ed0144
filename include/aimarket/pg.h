/* pg: the one door to PostgreSQL for straight-line code. Values are always parameters, never part of the SQL. */
#ifndef AIMARKET_PG_H
#define AIMARKET_PG_H

#include <libpq-fe.h>

#include "aimarket/arena.h"
#include "aimarket/buf.h"

struct pg;	/* one connection; not shared between threads */

/* conninfo as libpq takes it (URI or key=value). ERR_DB_DOWN when it cannot be reached or is older than 15. */
int pg_open(const char *conninfo, const char *application, struct pg **out, struct err *e) must_check;
void pg_close(struct pg *db);		/* NULL is fine */
PGconn *pg_conn(struct pg *db);		/* borrowed, for single-row mode and COPY loops */

/*
 * Runs one statement with text parameters (NULL = SQL NULL). When out is NULL the result is thrown away,
 * else it is yours: PQclear it in the function that got it. Errors: ERR_DB with sqlstate, or ERR_DB_DOWN when
 * the connection is gone (then the transaction's fate is unknown: never resume it, run the whole unit again).
 */
int pg_exec(struct pg *db, const char *sql, int n, const char *const *params, PGresult **out, struct err *e) must_check;
/* The same with binary results, for hot paths. */
int pg_exec_binary(struct pg *db, const char *sql, int n, const char *const *params, PGresult **out, struct err *e) must_check;
/*
 * Sends a statement that answers nothing and goes on, while the server works: what is asked next waits for its end. For what only makes
 * ready what comes: a failure is forgotten.
 */
void pg_send(struct pg *db, const char *sql);
/* Several statements in one string, no parameters: migrations and other text that ships with the program. */
int pg_script(struct pg *db, const char *sql, struct err *e) must_check;
/* First column of the only row as text into out (empty when NULL). ERR_NOT_FOUND when there is no row. */
int pg_value(struct pg *db, const char *sql, int n, const char *const *params, struct buf *out, struct err *e) must_check;

/*
 * A transaction; inside one a savepoint, which is committed into and rolled back to: what is a transaction of its own in everyday
 * life can be part of a larger one. Each pg_begin that succeeded is followed by one pg_commit that did, or a pg_rollback.
 */
bool pg_in_transaction(struct pg *db);
int pg_begin(struct pg *db, struct err *e) must_check;
int pg_commit(struct pg *db, struct err *e) must_check;	/* fails when the server answers ROLLBACK */
void pg_rollback(struct pg *db);			/* never fails loudly; the error that led here is the one to show */

/* COPY … FROM STDIN: start, any number of data calls, end. An error in between must be followed by pg_copy_abort. */
int pg_copy_in(struct pg *db, const char *sql, struct err *e) must_check;
int pg_copy_data(struct pg *db, const void *data, size_t n, struct err *e) must_check;
int pg_copy_end(struct pg *db, long long *rows, struct err *e) must_check;
void pg_copy_abort(struct pg *db);
/* COPY … TO STDOUT: fn gets one row at a time (binary: the file header is handed over with the first row). Non-zero stops it, and is handed on. */
typedef int pg_copy_row(void *arg, const char *data, size_t n, struct err *e);
int pg_copy_out(struct pg *db, const char *sql, pg_copy_row *fn, void *arg, struct err *e) must_check;

/* Puts the text of an array parameter together, element by element (NULL = SQL NULL); pg_array is that of what was added, which buf owns. */
void pg_array_add(struct buf *array, const char *element);
void pg_array_addn(struct buf *array, long long element);
const char *pg_array(struct buf *array);

/* Appends keyword='value', quoted as libpq reads it, with a blank between pairs. */
void pg_conninfo_add(struct buf *conninfo, const char *keyword, const char *value);
/*
 * Takes the password out of a conninfo, so that the rest may be shown, logged and given to other programs: both in mem,
 * *password NULL when there is none. ERR_CONFIG when it is malformed.
 */
int pg_conninfo_public(const char *conninfo, struct arena *mem, const char **shown, const char **password, struct err *e) must_check;

/*
 * Turns the failure of a result (or of the connection when res is NULL) into *e; returns -1. SQLSTATE no_data_found is
 * ERR_NOT_FOUND; a server that is going down, or has no place left, is ERR_DB_DOWN.
 */
int pg_error(struct pg *db, const PGresult *res, struct err *e);
int pg_result_error(PGconn *conn, const PGresult *res, struct err *e);	/* the same for a connection made elsewhere */

#endif
