/* aimarket search: entities and deals by whatever they are called. What is found, and in which order, is SQL: api.search. */
#include "aimarket/cmd.h"
#include "aimarket/pg.h"

enum { USUAL = 20 };

static int search_run(struct cmd *c, struct err *e)
{
	char most[24];
	PGresult *res;
	struct pg *db;
	long limit;

	if (cmd_int(c, "limit", USUAL, &limit, e) || cmd_store(c, &db, e))
		return -1;
	snprintf(most, sizeof most, "%ld", limit);
	const char *params[] = { cmd_arg(c, 0), cmd_opt(c, "kind"), most };
	if (pg_exec(db, "SELECT * FROM api.search($1, string_to_array($2, ','), nullif($3, '0')::int)", 3, params, &res, e))
		return -1;
	int rc = cmd_print(c, res, e);
	PQclear(res);
	return rc;
}

extern const struct command cmd_search;
const struct command cmd_search = {
	.name = "search",
	.args = "WORD",
	.summary = "entities and deals by whatever they are called",
	.text = "First what WORD stands for exactly, by slug, name, alias or scheme:value; then what begins with it, holds it, or looks like it.",
	.options =
		(const struct option_row[]){
			{ "kind", 0, OPT_TEXT, "KIND,…", "only of these kinds: company, product, model, chip, person, deal …" },
			{ "limit", 'n', OPT_INT, "N", "at most N, 0 for all; 20 unless given" },
			{ 0 },
		},
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.min_args = 1,
	.max_args = 1,
	.run = search_run,
};
