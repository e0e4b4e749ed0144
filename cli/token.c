/* aimarket token: who may write through the API. */
#include "aimarket/cmd.h"
#include "aimarket/date.h"
#include "aimarket/pg.h"
#include "aimarket/token.h"
#include "change.h"

static const struct option_row create_options[] = {
	{ "scope", 0, OPT_MANY, "read|predict|add", "what it is good for; give each. add takes facts in, predict questions and forecasts, read is for servers that ask for one" },
	{ "expires", 0, OPT_TEXT, "DATE|never", "last day it is good; a year from now unless given" },
	{ "by", 0, OPT_TEXT, "NAME", "who makes it; the user of this system unless given" },
	{ 0 },
};

/* The words as an array of PostgreSQL; which of them are scopes, the store knows. */
static const char *scope_array(struct cmd *c)
{
	const char *const *words, *list = "";
	int n = cmd_many(c, "scope", &words);

	for (int i = 0; i < n; i++)
		list = arena_printf(cmd_mem(c), "%s%s\"%.*s\"", list, i ? "," : "", (int)strcspn(words[i], "\"\\"), words[i]);
	return arena_printf(cmd_mem(c), "{%s}", list);
}

/* The end of the last day it is good, in UTC. */
static int expiry(struct cmd *c, const char **out, struct err *e)
{
	enum { YEAR = 365 };
	const char *given = cmd_opt(c, "expires"), *day;
	char iso[11];

	*out = NULL;
	if (given && strcmp(given, "never") == 0)
		return 0;
	if (change_day(c, "expires", true, &day, e))
		return -1;
	if (!day) {
		date_iso(date_today() + YEAR, iso);
		day = iso;
	}
	*out = arena_printf(cmd_mem(c), "%s 23:59:59Z", day);
	return 0;
}

static int create_run(struct cmd *c, struct err *e)
{
	struct token token;
	const char *expires;
	struct pg *db;

	if (!cmd_flag(c, "scope")) {
		err_set(e, ERR_USAGE, "--scope is missing");
		return err_hint(e, "Scopes: read, predict, add; give each with --scope.");
	}
	if (expiry(c, &expires, e) || token_make(&token, e) || cmd_store(c, &db, e))
		return -1;
	const char *params[] = { cmd_arg(c, 0), token.handle, token.digest, scope_array(c), expires, change_author(c) };
	if (pg_exec(db, "SELECT load.make_token($1, $2, decode($3, 'hex'), $4, $5, $6)", 6, params, NULL, e))
		return -1;
	puts(token.text);
	fprintf(stderr, "This is shown once: only its hash is kept. It is revoked by `aimarket token revoke %s`.\n", token.handle);
	return 0;
}

static int list_run(struct cmd *c, struct err *e)
{
	PGresult *res = NULL;
	struct pg *db;
	int rc;

	if (cmd_store(c, &db, e) ||
		pg_exec(db,
			"SELECT t.handle, t.name, array_to_string(t.scopes, ' ') AS scopes, CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked' "
			"WHEN t.expires_at <= now() THEN 'expired' ELSE 'good' END AS state, t.expires_at::date AS expires, t.used_on AS used, t.made_at::date AS made, "
			"t.made_by AS by, t.revoked_why AS why FROM store.api_token t ORDER BY t.id",
			0, NULL, &res, e))
		return -1;
	rc = cmd_print(c, res, e);
	PQclear(res);
	return rc;
}

static int revoke_run(struct cmd *c, struct err *e)
{
	const char *params[] = { cmd_arg(c, 0), cmd_opt(c, "why") };
	PGresult *res = NULL;
	struct pg *db;

	if (cmd_store(c, &db, e) || pg_exec(db, "SELECT handle, name FROM load.revoke_token($1, $2)", 2, params, &res, e))
		return -1;
	printf("revoked %s (%s)\n", PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1));
	PQclear(res);
	return 0;
}

static const struct option_row revoke_options[] = {
	{ "why", 0, OPT_TEXT, "TEXT", "the reason; kept with it" },
	{ 0 },
};

static const struct command token_create = {
	.name = "create",
	.args = "NAME",
	.summary = "make one; it is printed once",
	.text = "NAME says whose it is: it stands in the ledger as who did what is written with the token, and forecasts are made in its name.",
	.options = create_options,
	.min_args = 1,
	.max_args = 1,
	.run = create_run,
};
static const struct command token_list = {
	.name = "list",
	.summary = "all there are, and when each was of use last",
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.run = list_run,
};
static const struct command token_revoke = {
	.name = "revoke",
	.args = "HANDLE|NAME",
	.summary = "end one at once",
	.options = revoke_options,
	.min_args = 1,
	.max_args = 1,
	.run = revoke_run,
};

extern const struct command cmd_token;
const struct command cmd_token = {
	.name = "token",
	.summary = "who may write through the API",
	.text = "A program that writes through the API sends a token: Authorization: Bearer aim_…. Only its hash is kept here.",
	.children = (const struct command *const[]){ &token_create, &token_list, &token_revoke, NULL },
};
