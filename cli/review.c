/* aimarket review: pairs that may be one, and what people decide about them. */
#include "aimarket/cmd.h"

#include "aimarket/pg.h"
#include "change.h"

static int list(struct cmd *c, const char *of, struct err *e)
{
	const char *params[] = { of, cmd_flag(c, "all") ? "t" : "f" };
	enum format_kind format;
	PGresult *res = NULL;
	struct pg *db;
	int rc;

	if (cmd_format(c, &format, e) || cmd_store(c, &db, e))
		return -1;
	const char *columns = format != OUT_TABLE && format != OUT_MARKDOWN ? "*"
			      : cmd_flag(c, "all") ? "id, one, other, likeness, why, verdict, decided_by, decided_at, decided_why"
						   : "id, one, other, likeness, why";
	if (pg_exec(db,
		    arena_printf(cmd_mem(c),
			    "SELECT %s FROM api.reviews WHERE of = $1 AND (verdict IS NULL OR $2::bool) ORDER BY likeness DESC, id",
			    columns),
		    2, params, &res, e))
		return -1;
	rc = cmd_print(c, res, e);
	PQclear(res);
	return rc;
}

static int entities_run(struct cmd *c, struct err *e)
{
	return list(c, "entities", e);
}

static int deals_run(struct cmd *c, struct err *e)
{
	return list(c, "deals", e);
}

static int decide(struct cmd *c, const char *verdict, struct err *e)
{
	const char *why, *id = cmd_arg(c, 0);
	PGresult *res = NULL;
	struct pg *db;

	if (change_why(c, &why, e))
		return -1;
	if (!*id || strlen(id) > 9 || strspn(id, "0123456789") != strlen(id))
		return err_set(e, ERR_USAGE, "\"%s\" is no number of the review", id);
	const char *params[] = { id, verdict, why, change_author(c), CHANGE_TOOL };
	if (cmd_store(c, &db, e) || pg_exec(db, "SELECT load.decide($1, $2, $3, $4, $5)", 5, params, &res, e))
		return -1;
	printf("%s is %s, transaction %s\n", id, verdict, PQgetvalue(res, 0, 0));
	PQclear(res);
	return 0;
}

static int accept_run(struct cmd *c, struct err *e)
{
	return decide(c, "accepted", e);
}

static int reject_run(struct cmd *c, struct err *e)
{
	return decide(c, "rejected", e);
}

/* ---------------------------------------------------------------- the tree of commands */

static const struct option_row list_all[] = {
	{ "all", 0, OPT_FLAG, NULL, "also those that are decided, with who, when and why" },
	{ 0 },
};
static const struct option_row *const list_sets[] = { format_options, NULL };
static const struct option_row *const decide_sets[] = { change_options, NULL };

static const struct command review_entities = {
	.name = "entities",
	.summary = "companies, people and the like whose names look alike",
	.options = list_all,
	.shared = list_sets,
	.run = entities_run,
};
static const struct command review_deals = {
	.name = "deals",
	.summary = "deals that may be one: two sources, one target, and something left open",
	.options = list_all,
	.shared = list_sets,
	.run = deals_run,
};
static const struct command review_accept = {
	.name = "accept",
	.args = "ID",
	.summary = "they are one: the later one is merged into the other",
	.shared = decide_sets,
	.min_args = 1,
	.max_args = 1,
	.run = accept_run,
};
static const struct command review_reject = {
	.name = "reject",
	.args = "ID",
	.summary = "they are two, and are not proposed again",
	.shared = decide_sets,
	.min_args = 1,
	.max_args = 1,
	.run = reject_run,
};

extern const struct command cmd_review;
const struct command cmd_review = {
	.name = "review",
	.summary = "what may be one waits here for a person",
	.text = "When a load brings an entity whose name looks like a known one, or a deal that may be a known one, the pair is kept for review. "
		"Both answers are kept with who gave them, when and why; a pair is proposed one time only.",
	.children = (const struct command *const[]){ &review_entities, &review_deals, &review_accept, &review_reject, NULL },
};
