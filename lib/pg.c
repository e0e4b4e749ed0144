#include "aimarket/pg.h"

#include "aimarket/log.h"

enum { SERVER_MIN = 150000, CONNINFO_MAX = 64 * 1024 };

struct pg {
	PGconn *conn;
	int depth; /* savepoints open by pg_begin inside a transaction */
	bool sent; /* by pg_send: nobody has waited for its end yet */
};

static void on_notice(void *arg, const PGresult *res)
{
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	log_at(LOG_LEVEL_DEBUG, "postgresql", "%s", text ? text : PQresultErrorMessage(res));
}

/* libpq puts several lines into one message: the first says what happened, the next one often what to do. */
static int set_from_message(struct err *e, enum err_kind kind, const char *message)
{
	size_t line = strcspn(message, "\n");
	const char *rest = message + line;

	if (e->kind != ERR_NONE)
		return -1;
	err_set(e, kind, "%.*s", (int)line, line ? message : "connection to the database lost");
	rest += strspn(rest, "\n\t ");
	if (*rest)
		err_hint(e, "%.*s", (int)strcspn(rest, "\n"), rest);
	return -1;
}

/* The class of a SQLSTATE where it is not the statement that is at fault: the user's words (as our own functions tell), or the server. */
static enum err_kind kind_of(PGconn *conn, const char *state)
{
	static const struct {
		const char *state; /* or how it begins */
		enum err_kind kind;
	} known[] = {
		{ "P0002", ERR_NOT_FOUND }, /* no_data_found: what was asked about is not there */
		{ "22023", ERR_USAGE }, /* invalid_parameter_value */
		{ "57P", ERR_DB_DOWN }, /* it is going down, or not up yet */
		{ "53300", ERR_DB_DOWN }, /* too_many_connections */
		{ "08", ERR_DB_DOWN }, /* the connection */
	};

	if (PQstatus(conn) != CONNECTION_OK)
		return ERR_DB_DOWN;
	for (size_t i = 0; state && i < sizeof known / sizeof *known; i++)
		if (strncmp(state, known[i].state, strlen(known[i].state)) == 0)
			return known[i].kind;
	return ERR_DB;
}

int pg_result_error(PGconn *conn, const PGresult *res, struct err *e)
{
	const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
	const char *text = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	const char *detail = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL) : NULL;
	const char *hint = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_HINT) : NULL;
	enum err_kind kind = kind_of(conn, state);

	if (e->kind != ERR_NONE)
		return -1;
	if (!text) /* the connection broke under the statement: no SQLSTATE, no fields */
		return set_from_message(e, kind, PQerrorMessage(conn));
	err_set(e, kind, "%s%s%s", text, detail ? ": " : "", detail ? detail : "");
	if (hint)
		err_hint(e, "%s", hint);
	snprintf(e->sqlstate, sizeof e->sqlstate, "%s", state ? state : "");
	return -1;
}

int pg_error(struct pg *db, const PGresult *res, struct err *e)
{
	return pg_result_error(db->conn, res, e);
}

static bool is_conninfo(const char *s)
{
	return strchr(s, '=') || strncmp(s, "postgresql://", 13) == 0 || strncmp(s, "postgres://", 11) == 0;
}

/* NULL with *e filled when it is malformed. libpq's own message would quote what it did not understand: half a password. */
static PQconninfoOption *parse_conninfo(const char *conninfo, struct err *e)
{
	PQconninfoOption *parsed = PQconninfoParse(conninfo, NULL);

	if (parsed)
		return parsed;
	err_set(e, ERR_CONFIG, "the database's connection string is malformed");
	err_hint(e, "Write it as key=value pairs (host=/run/postgresql dbname=aimarket) or as postgresql://user@host/dbname.");
	return NULL;
}

void pg_conninfo_add(struct buf *conninfo, const char *keyword, const char *value)
{
	buf_printf(conninfo, "%s%s='", conninfo->len ? " " : "", keyword);
	for (; *value; value++) {
		if (*value == '\'' || *value == '\\')
			buf_addc(conninfo, '\\');
		buf_addc(conninfo, *value);
	}
	buf_addc(conninfo, '\'');
}

int pg_conninfo_public(const char *conninfo, struct arena *mem, const char **shown, const char **password, struct err *e)
{
	struct buf b;

	*password = NULL;
	buf_init(&b, CONNINFO_MAX);
	if (is_conninfo(conninfo)) {
		PQconninfoOption *parsed = parse_conninfo(conninfo, e);

		if (!parsed)
			return -1;
		for (PQconninfoOption *o = parsed; o->keyword; o++) {
			if (o->val && strcmp(o->keyword, "password") == 0)
				*password = arena_strdup(mem, o->val);
			else if (o->val)
				pg_conninfo_add(&b, o->keyword, o->val);
		}
		PQconninfoFree(parsed);
	} else {
		pg_conninfo_add(&b, "dbname", conninfo);
	}
	*shown = arena_strdup(mem, buf_str(&b));
	buf_release(&b);
	return 0;
}

static int check_server(struct pg *db, struct err *e)
{
	int version = PQserverVersion(db->conn);

	if (version >= SERVER_MIN)
		return 0;
	err_set(e, ERR_DB_DOWN, "the server is PostgreSQL %d.%d, too old for aimarket", version / 10000, version % 10000);
	return err_hint(e, "PostgreSQL 15 or newer is needed.");
}

int pg_open(const char *conninfo, const char *application, struct pg **out, struct err *e)
{
	/* What stands before dbname is a default for what the conninfo leaves out; what stands behind it wins. */
	const char *keys[] = { "connect_timeout", "fallback_application_name", "dbname", "client_encoding", NULL };
	const char *values[] = { "10", application, conninfo, "UTF8", NULL };
	PQconninfoOption *parsed = NULL;

	if (is_conninfo(conninfo) && !(parsed = parse_conninfo(conninfo, e)))
		return -1;
	PQconninfoFree(parsed);

	struct pg *db = xzalloc(sizeof *db);
	db->conn = PQconnectdbParams(keys, values, 1);
	if (PQstatus(db->conn) != CONNECTION_OK) {
		set_from_message(e, ERR_DB_DOWN, PQerrorMessage(db->conn));
		pg_close(db);
		return -1;
	}
	PQsetNoticeReceiver(db->conn, on_notice, NULL);
	if (check_server(db, e)) {
		pg_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

void pg_close(struct pg *db)
{
	if (!db)
		return;
	PQfinish(db->conn);
	free(db);
}

PGconn *pg_conn(struct pg *db)
{
	return db->conn;
}

/* Takes res: hands it on when it is good, else turns it into the error. */
static int finish(struct pg *db, PGresult *res, PGresult **out, struct err *e)
{
	ExecStatusType status = PQresultStatus(res);
	int rc = 0;

	if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT)
		rc = err_set(e, ERR_FAIL, "COPY needs a call of its own");
	else if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
		rc = pg_error(db, res, e);
	if (rc == 0 && out)
		*out = res;
	else
		PQclear(res);
	return rc;
}

static int exec_format(struct pg *db, const char *sql, int n, const char *const *params, int format, PGresult **out, struct err *e)
{
	log_at(LOG_LEVEL_SQL, NULL, "%s", sql);
	return finish(db, PQexecParams(db->conn, sql, n, NULL, params, NULL, NULL, format), out, e);
}

int pg_exec(struct pg *db, const char *sql, int n, const char *const *params, PGresult **out, struct err *e)
{
	return exec_format(db, sql, n, params, 0, out, e);
}

int pg_exec_binary(struct pg *db, const char *sql, int n, const char *const *params, PGresult **out, struct err *e)
{
	return exec_format(db, sql, n, params, 1, out, e);
}

int pg_script(struct pg *db, const char *sql, struct err *e)
{
	log_at(LOG_LEVEL_SQL, NULL, "%s", sql);
	return finish(db, PQexec(db->conn, sql), NULL, e);
}

int pg_value(struct pg *db, const char *sql, int n, const char *const *params, struct buf *out, struct err *e)
{
	PGresult *res;
	int rc = 0;

	if (pg_exec(db, sql, n, params, &res, e))
		return -1;
	if (PQntuples(res) == 0 || PQnfields(res) == 0)
		rc = err_set(e, ERR_NOT_FOUND, "no such row");
	else if (buf_add(out, PQgetvalue(res, 0, 0), (size_t)PQgetlength(res, 0, 0)))
		rc = err_set(e, ERR_LIMIT, "a value of %d bytes is more than the %zu expected", PQgetlength(res, 0, 0), out->max);
	PQclear(res);
	return rc;
}

void pg_array_add(struct buf *array, const char *element)
{
	buf_addc(array, array->len ? ',' : '{');
	if (!element) {
		buf_adds(array, "NULL");
		return;
	}
	buf_addc(array, '"');
	for (; *element; element++) {
		if (*element == '"' || *element == '\\')
			buf_addc(array, '\\');
		buf_addc(array, *element);
	}
	buf_addc(array, '"');
}

void pg_array_addn(struct buf *array, long long element)
{
	buf_printf(array, "%c%lld", array->len ? ',' : '{', element);
}

const char *pg_array(struct buf *array)
{
	buf_adds(array, array->len ? "}" : "{}");
	return buf_str(array);
}

void pg_send(struct pg *db, const char *sql)
{
	log_at(LOG_LEVEL_SQL, NULL, "%s", sql);
	db->sent = PQsendQuery(db->conn, sql) == 1;
}

/* While a statement runs there is no telling. PQexec and the like wait for one that was sent by themselves. */
static PGTransactionStatusType status_of(struct pg *db)
{
	PGresult *res;

	while (db->sent && (res = PQgetResult(db->conn)))
		PQclear(res);
	db->sent = false;
	return PQtransactionStatus(db->conn);
}

bool pg_in_transaction(struct pg *db)
{
	return status_of(db) != PQTRANS_IDLE;
}

int pg_begin(struct pg *db, struct err *e)
{
	bool inside = pg_in_transaction(db);

	if (pg_script(db, inside ? "SAVEPOINT nested" : "BEGIN", e))
		return -1;
	db->depth = inside ? db->depth + 1 : 0;
	return 0;
}

/* Where the answer to COMMIT got lost nobody knows whether it happened. */
static int commit_lost(struct pg *db, struct err *e)
{
	pg_error(db, NULL, e);
	err_prefix(e, "connection lost at the commit");
	return err_hint(e, "It may or may not have been committed: run the same again, what is there already is left alone.");
}

int pg_commit(struct pg *db, struct err *e)
{
	/* Outside a transaction COMMIT succeeds with a mere warning: never let that pass for a commit. */
	PGTransactionStatusType at = status_of(db);
	if (at == PQTRANS_UNKNOWN)
		return pg_error(db, NULL, e);
	if (at != PQTRANS_INTRANS && at != PQTRANS_INERROR)
		return err_set(e, ERR_FAIL, "nothing to commit: no transaction is open");
	if (db->depth > 0)
		return pg_script(db, "RELEASE SAVEPOINT nested", e) ? -1 : (db->depth--, 0);

	log_at(LOG_LEVEL_SQL, NULL, "COMMIT");
	PGresult *res = PQexec(db->conn, "COMMIT");
	int rc = 0;
	if (PQstatus(db->conn) != CONNECTION_OK)
		rc = commit_lost(db, e);
	else if (PQresultStatus(res) != PGRES_COMMAND_OK)
		rc = pg_error(db, res, e);
	else if (strcmp(PQcmdStatus(res), "COMMIT") != 0)
		rc = err_set(e, ERR_DB, "the transaction was rolled back by the server: an earlier statement in it had failed");
	PQclear(res);
	return rc;
}

void pg_rollback(struct pg *db)
{
	/* PQexec ends an open COPY and drops unread results by itself */
	if (PQstatus(db->conn) == CONNECTION_OK && status_of(db) != PQTRANS_IDLE)
		PQclear(PQexec(db->conn, db->depth > 0 ? "ROLLBACK TO SAVEPOINT nested; RELEASE SAVEPOINT nested" : "ROLLBACK"));
	db->depth -= db->depth > 0;
}

int pg_copy_in(struct pg *db, const char *sql, struct err *e)
{
	log_at(LOG_LEVEL_SQL, NULL, "%s", sql);
	PGresult *res = PQexec(db->conn, sql);
	int rc = 0;

	if (PQresultStatus(res) != PGRES_COPY_IN) {
		rc = finish(db, res, NULL, e);
		return rc ? rc : err_set(e, ERR_FAIL, "not a COPY FROM STDIN");
	}
	PQclear(res);
	return 0;
}

int pg_copy_data(struct pg *db, const void *data, size_t n, struct err *e)
{
	enum { SLICE = 1 << 20 }; /* libpq counts in int */
	const char *p = data;

	while (n > 0) {
		int part = n < SLICE ? (int)n : SLICE;

		if (PQputCopyData(db->conn, p, part) != 1)
			return pg_error(db, NULL, e);
		p += part;
		n -= (size_t)part;
	}
	return 0;
}

/* Reads results to the last one: libpq refuses the next command before. The first failure is the one to show. */
static int drain(struct pg *db, long long *rows, struct err *e)
{
	PGresult *res;
	int rc = 0;

	while ((res = PQgetResult(db->conn))) {
		ExecStatusType status = PQresultStatus(res);

		if (status == PGRES_COMMAND_OK && rows)
			*rows = strtoll(PQcmdTuples(res), NULL, 10);
		else if (status != PGRES_COMMAND_OK)
			rc = pg_error(db, res, e);
		PQclear(res);
	}
	return PQstatus(db->conn) == CONNECTION_OK ? rc : pg_error(db, NULL, e);
}

int pg_copy_end(struct pg *db, long long *rows, struct err *e)
{
	if (PQputCopyEnd(db->conn, NULL) != 1)
		return pg_error(db, NULL, e);
	return drain(db, rows, e);
}

void pg_copy_abort(struct pg *db)
{
	struct err ignored = { 0 };

	if (PQputCopyEnd(db->conn, "given up by the client") == 1)
		(void)!drain(db, NULL, &ignored);
}

int pg_copy_out(struct pg *db, const char *sql, pg_copy_row *fn, void *arg, struct err *e)
{
	PGresult *res;
	char *row;
	int n, rc = 0;

	log_at(LOG_LEVEL_SQL, NULL, "%s", sql);
	res = PQexec(db->conn, sql);
	if (PQresultStatus(res) != PGRES_COPY_OUT) {
		rc = finish(db, res, NULL, e);
		return rc ? rc : err_set(e, ERR_FAIL, "not a COPY TO STDOUT");
	}
	PQclear(res);
	while ((n = PQgetCopyData(db->conn, &row, 0)) > 0) {
		if (!rc) /* after a stop the rest is read away: the connection must stay usable */
			rc = fn(arg, row, (size_t)n, e);
		PQfreemem(row);
	}
	if (n == -2)
		rc = pg_error(db, NULL, e);
	int end = drain(db, NULL, e);
	return rc ? rc : end;
}
