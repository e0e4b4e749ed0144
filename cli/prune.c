/* aimarket db prune: archived bytes that need not be kept. */
#include "aimarket/archive.h"
#include "aimarket/cmd.h"
#include "aimarket/conf.h"
#include "aimarket/pg.h"

enum { DAY = 86400 };

/* In seconds: what was said, else what is configured. */
static int read_keep(struct cmd *c, long long *keep, struct err *e)
{
	const struct conf *conf;
	long days;

	if (cmd_conf(c, &conf, e) || cmd_int(c, "days", -1, &days, e))
		return -1;
	*keep = days >= 0 ? days * DAY : conf->archive.keep;
	if (days >= 0 || *keep > 0)
		return 0;
	err_set(e, ERR_USAGE, "nothing says how long documents are kept");
	return err_hint(e, "Give --days N, or set keep in [archive].");
}

static int list(struct cmd *c, struct pg *db, long long keep, struct err *e)
{
	const char *span = arena_printf(cmd_mem(c), "%lld s", keep);
	PGresult *res;

	if (pg_exec(db, "SELECT document, sha256, bytes FROM load.prunable($1) ORDER BY document", 1, &span, &res, e))
		return -1;
	int rc = cmd_print(c, res, e);
	PQclear(res);
	return rc;
}

static int run_prune(struct cmd *c, struct err *e)
{
	long long keep, n, bytes;
	struct pg *db;

	if (read_keep(c, &keep, e) || cmd_store(c, &db, e))
		return -1;
	if (cmd_flag(c, "dry-run"))
		return list(c, db, keep, e);
	if (archive_prune(db, keep, &n, &bytes, e))
		return -1;
	printf("the bytes of %lld documents were dropped, %lld in all\n", n, bytes);
	return 0;
}

extern const struct command cmd_db_prune;
const struct command cmd_db_prune = {
	.name = "prune",
	.summary = "drop archived bytes from which nothing was claimed",
	.text = "Documents that said only what was known already, older than --days (or keep in [archive], for which the daemon does it each day). A document that a claim or a resolution cites is never "
		"dropped, nor the last one of its address, nor one that nobody could read yet; its row, with hash and size, stays in any case.",
	.options = (const struct option_row[]){
		{ "days", 0, OPT_INT, "N", "documents first seen more than so many days ago" }, { "dry-run", 0, OPT_FLAG, NULL, "only list them" }, { 0 } },
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.run = run_prune,
};
