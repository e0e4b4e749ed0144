/* aimarket document: the very bytes a figure came from. */
#include <unistd.h>

#include "aimarket/archive.h"
#include "aimarket/cmd.h"
#include "aimarket/pg.h"

static int to_stdout(void *arg, const void *data, size_t n, struct err *e)
{
	return fwrite(data, 1, n, stdout) == n ? 0 : err_set(e, ERR_FAIL, "could not write the document");
}

/* The document a reference names: itself, or the one a claim or a source came in. */
static int find_document(struct pg *db, const char *ref, long long *document, struct err *e)
{
	PGresult *res = NULL;

	if (pg_exec(db, "SELECT document, sha256, bytes FROM api.document_of($1)", 1, &ref, &res, e))
		return -1;
	*document = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
	PQclear(res);
	return 0;
}

static int print_raw(struct pg *db, long long document, struct err *e)
{
	if (isatty(STDOUT_FILENO))
		setvbuf(stdout, NULL, _IOLBF, 0);
	if (archive_get(db, document, to_stdout, NULL, e))
		return -1;
	return fflush(stdout) ? err_set(e, ERR_FAIL, "could not write the document") : 0;
}

static int print_about(struct cmd *c, struct pg *db, const char *ref, struct err *e)
{
	PGresult *res = NULL;
	int rc;

	if (pg_exec(db, "SELECT * FROM api.document_of($1)", 1, &ref, &res, e))
		return -1;
	rc = cmd_print(c, res, e);
	PQclear(res);
	return rc;
}

static int document_run(struct cmd *c, struct err *e)
{
	const char *ref = cmd_arg(c, 0);
	long long document;
	struct pg *db;

	if (cmd_store(c, &db, e))
		return -1;
	if (!cmd_flag(c, "raw"))
		return print_about(c, db, ref, e);
	return find_document(db, ref, &document, e) || print_raw(db, document, e) ? -1 : 0;
}

extern const struct command cmd_document;
const struct command cmd_document = {
	.name = "document",
	.args = "REF",
	.summary = "the bytes a claim came from, as they were fetched",
	.text = "REF is a document (its SHA-256 or the beginning of it, document:N) or a claim (o:ID, s:ID), which means the document it was read from. "
		"Without --raw: what is known of the document and, for a claim, at which byte of it the record begins.",
	.options = (const struct option_row[]){ { "raw", 0, OPT_FLAG, NULL, "print the bytes themselves" }, { 0 } },
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.min_args = 1,
	.max_args = 1,
	.run = document_run,
};
