/* aimarket fingerprint: one hash per table, to prove that two stores say the same. */
#include "aimarket/cmd.h"
#include "aimarket/pg.h"

static int run_fingerprint(struct cmd *c, struct err *e)
{
	struct pg *db;
	PGresult *res;

	if (cmd_store(c, &db, e) || pg_exec(db, "SELECT * FROM load.fingerprint()", 0, NULL, &res, e))
		return -1;
	int rc = cmd_print(c, res, e);
	PQclear(res);
	return rc;
}

extern const struct command cmd_fingerprint;
const struct command cmd_fingerprint = {
	.name = "fingerprint",
	.summary = "one hash per table, to compare stores",
	.text = "Covers what is claimed, about what, by whom, from which bytes; not transaction numbers, times of intake or the order of rows.\n"
		"Two stores that took in the same documents, in whatever order, print the same.",
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.run = run_fingerprint,
};
