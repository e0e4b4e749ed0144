/* aimarket entity: who is who: two that are one, other names, identifiers, and who belongs to whom. */
#include "aimarket/cmd.h"

#include "aimarket/pg.h"
#include "change.h"

/* Runs sql, which gives the number of the transaction (0: it was so already), and tells what was done. */
static int change(struct cmd *c, const char *sql, int n, const char *const *params, const char *done, struct err *e)
{
	PGresult *res = NULL;
	struct pg *db;
	bool nothing;

	if (cmd_store(c, &db, e) || pg_exec(db, sql, n, params, &res, e))
		return -1;
	nothing = !strcmp(PQgetvalue(res, 0, 0), "0");
	printf(nothing ? "%s already%s\n" : "%s, transaction %s\n", done, nothing ? "" : PQgetvalue(res, 0, 0));
	PQclear(res);
	return 0;
}

static int merge_run(struct cmd *c, struct err *e)
{
	const char *why;

	if (change_why(c, &why, e))
		return -1;
	const char *params[] = { cmd_arg(c, 0), cmd_arg(c, 1), cmd_flag(c, "force") ? "t" : "f", why, change_author(c), CHANGE_TOOL };
	return change(c, "SELECT load.merge($1, $2, $3, $4, $5, $6)", 6, params,
		arena_printf(cmd_mem(c), "%s reads as %s", cmd_arg(c, 0), cmd_arg(c, 1)), e);
}

static int unmerge_run(struct cmd *c, struct err *e)
{
	const char *why;

	if (change_why(c, &why, e))
		return -1;
	const char *params[] = { cmd_arg(c, 0), why, change_author(c), CHANGE_TOOL };
	return change(c, "SELECT load.unmerge($1, $2, $3, $4)", 4, params, arena_printf(cmd_mem(c), "%s is itself again", cmd_arg(c, 0)),
		e);
}

static int add_key(struct cmd *c, const char *scheme, const char *value, struct err *e)
{
	const char *from, *to;

	if (change_day(c, "from", false, &from, e) || change_day(c, "to", true, &to, e))
		return -1;
	const char *params[] = { cmd_arg(c, 0), scheme, value, from, to, cmd_opt(c, "why"), change_author(c), CHANGE_TOOL };
	return change(c, "SELECT load.add_key($1, $2, $3, $4, $5, $6, $7, $8)", 8, params,
		arena_printf(cmd_mem(c), "%s has the %s \"%s\"", cmd_arg(c, 0), scheme, value), e);
}

/* A name that has ended is a former name. */
static int alias_run(struct cmd *c, struct err *e)
{
	return add_key(c, cmd_opt(c, "to") ? "former-name" : "alias", cmd_arg(c, 1), e);
}

static int key_run(struct cmd *c, struct err *e)
{
	const char *word = cmd_arg(c, 1), *colon = strchr(word, ':');

	if (colon && colon != word && colon[1])
		return add_key(c, arena_printf(cmd_mem(c), "%.*s", (int)(colon - word), word), colon + 1, e);
	err_set(e, ERR_USAGE, "\"%s\" is no identifier", word);
	return err_hint(e, "Write scheme:value, as in cik:1045810, lei:549300S4KLFTLO7GSQ80 or ticker:NVDA@NASDAQ.");
}

static int tree_run(struct cmd *c, struct err *e)
{
	const char *params[4] = { cmd_arg(c, 0) };
	PGresult *res = NULL;
	enum format_kind format;
	struct pg *db;
	int rc;

	if (cmd_format(c, &format, e) || change_day(c, "on", true, &params[1], e) || cmd_as_of(c, &params[2], &params[3], e) ||
		cmd_store(c, &db, e))
		return -1;
	const char *columns = format == OUT_TABLE || format == OUT_MARKDOWN
				      ? "name, id, kind, relation, since, until"
				      : "ltrim(name) AS name, id, kind, relation, since, until, depth, claim";
	if (pg_exec(db, arena_printf(cmd_mem(c), "SELECT %s FROM api.entity_tree($1, $2, $3, $4)", columns), 4, params, &res, e))
		return -1;
	rc = cmd_print(c, res, e);
	PQclear(res);
	return rc;
}

static int show_run(struct cmd *c, struct err *e)
{
	extern const struct command cmd_show;

	return cmd_show.run(c, e);
}

/* ---------------------------------------------------------------- the tree of commands */

static const struct option_row merge_options[] = {
	{ "force", 0, OPT_FLAG, NULL, "also when kinds differ, or when both have an identifier of which one has only one" },
	{ 0 },
};

static const struct option_row key_options[] = {
	{ "from", 0, OPT_TEXT, "DATE", "first day on which it held" },
	{ "to", 0, OPT_TEXT, "DATE", "last day on which it held" },
	{ 0 },
};

static const struct option_row tree_options[] = {
	{ "on", 0, OPT_TEXT, "DATE", "who belonged to whom on this day; that of --as-of, else today, unless given" },
	{ 0 },
};

static const struct command entity_merge = {
	.name = "merge",
	.args = "ENTITY INTO",
	.summary = "two are one: from now on the first reads as the second",
	.text = "Nothing is moved: claims stay with the entity they were made about and are read as the other's, so that `entity unmerge` leaves nothing behind. "
		"Deals are merged in the same way.\n"
		"Refused by name: merge-itself, merge-cycle, merge-twice, merge-kinds (a company is no chip), merge-identifiers (two CIKs are two filers).",
	.options = merge_options,
	.shared = (const struct option_row *const[]){ change_options, NULL },
	.min_args = 2,
	.max_args = 2,
	.run = merge_run,
};

static const struct command entity_unmerge = {
	.name = "unmerge",
	.args = "ENTITY",
	.summary = "undo a merge: the entity is itself again, with all that was claimed about it",
	.shared = (const struct option_row *const[]){ change_options, NULL },
	.min_args = 1,
	.max_args = 1,
	.run = unmerge_run,
};

static const struct command entity_alias = {
	.name = "alias",
	.args = "ENTITY NAME",
	.summary = "another name of an entity; with --to a former name",
	.options = key_options,
	.shared = (const struct option_row *const[]){ change_options, NULL },
	.min_args = 2,
	.max_args = 2,
	.run = alias_run,
};

static const struct command entity_key = {
	.name = "key",
	.args = "ENTITY SCHEME:VALUE",
	.summary = "an identifier of an entity: cik, lei, isin, figi, ticker, accession, wikidata, domain …",
	.text = "Its check digit must come out right (check-digit), and nobody else may have it at that time (identifier-taken). A ticker or a domain that "
		"has passed to it from another is given with --from: the other's ends there.",
	.options = key_options,
	.shared = (const struct option_row *const[]){ change_options, NULL },
	.min_args = 2,
	.max_args = 2,
	.run = key_run,
};

static const struct command entity_show = {
	.name = "show",
	.args = "ENTITY",
	.summary = "an entity with its figures, names, identifiers, deals and filings, as `aimarket show` has it",
	.shared = (const struct option_row *const[]){ time_options, format_options, NULL },
	.min_args = 1,
	.max_args = 1,
	.run = show_run,
};

static const struct command entity_tree = {
	.name = "tree",
	.args = "ENTITY",
	.summary = "whom it belongs to, and what belongs to it, on a day",
	.text = "--on is the day that is asked about, --as-of the day by which it must have been said.",
	.options = tree_options,
	.shared = (const struct option_row *const[]){ time_options, format_options, NULL },
	.min_args = 1,
	.max_args = 1,
	.run = tree_run,
};

extern const struct command cmd_entity;
const struct command cmd_entity = {
	.name = "entity",
	.summary = "who is who: merge and unmerge, names, identifiers, who belongs to whom",
	.children = (const struct command *const[]){ &entity_show, &entity_tree, &entity_merge, &entity_unmerge, &entity_alias, &entity_key,
		NULL },
};
