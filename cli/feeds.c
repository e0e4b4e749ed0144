/* aimarket feeds: what runs, when, how it went; and what an operator says to it. */
#include "aimarket/cmd.h"
#include "aimarket/conf.h"
#include "aimarket/ingest.h"

static int run_feeds(struct cmd *c, struct err *e)
{
	static const char sql[] = "SELECT feed, state, date_trunc('second', last_run) AS last_run, date_trunc('second', next_run) AS next_run,"
	                          " date_trunc('second', last_change) AS last_change, documents, records, rejects, errors, error FROM api.feeds ORDER BY feed";
	struct pg *db;
	PGresult *res;

	if (cmd_store(c, &db, e) || pg_exec(db, sql, 0, NULL, &res, e))
		return -1;
	int rc = cmd_print(c, res, e);
	PQclear(res);
	return rc;
}

static int say(struct cmd *c, struct pg *db, const struct feed_set *feeds, const char *what, struct err *e)
{
	for (int i = 0; i < cmd_n_args(c); i++)
		if (!feed_find(feeds, cmd_arg(c, i)))
			return feed_unknown(feeds, cmd_arg(c, i), e);
	if (ingest_register(db, feeds, e))
		return -1;
	for (int i = 0; i < cmd_n_args(c); i++)
		if (pg_exec(db, "SELECT load.feed_said($1, $2)", 2, (const char *const[]){ cmd_arg(c, i), what }, NULL, e))
			return -1;
	return 0;
}

/* Every subcommand is a word of load.feed_said. */
static int run_said(struct cmd *c, const char *what, struct err *e)
{
	const struct conf *conf;
	struct feed_set feeds;
	struct pg *db;

	if (cmd_conf(c, &conf, e) || cmd_store(c, &db, e) || feed_load(conf->feeds ? conf->feeds : feed_dir(cmd_mem(c)), cmd_mem(c), &feeds, e))
		return -1;
	int rc = say(c, db, &feeds, what, e);
	feed_release(&feeds);
	return rc;
}

static int run_enable(struct cmd *c, struct err *e) { return run_said(c, "enable", e); }
static int run_disable(struct cmd *c, struct err *e) { return run_said(c, "disable", e); }
static int run_run(struct cmd *c, struct err *e) { return run_said(c, "run", e); }
static int run_reset(struct cmd *c, struct err *e) { return run_said(c, "reset", e); }

static const struct command feeds_enable = {
	.name = "enable", .args = "FEED…", .summary = "run it on its schedule, whatever its definition says", .min_args = 1, .max_args = -1, .run = run_enable,
};
static const struct command feeds_disable = {
	.name = "disable", .args = "FEED…", .summary = "run it no more, whatever its definition says", .min_args = 1, .max_args = -1, .run = run_disable,
};
static const struct command feeds_run = {
	.name = "run", .args = "FEED…", .summary = "have the daemon run it now", .min_args = 1, .max_args = -1, .run = run_run,
};
static const struct command feeds_reset = {
	.name = "reset", .args = "FEED…", .summary = "forget its failures and what is known of its addresses: all is asked for anew, now",
	.min_args = 1, .max_args = -1, .run = run_reset,
};

extern const struct command cmd_feeds;
const struct command cmd_feeds = {
	.name = "feeds",
	.summary = "what runs, when, how it went; enable, disable, run, reset",
	.text = "A feed is fine; quiet when it has brought nothing new for longer than it is used to; failing after several failures in a row; broken\n"
		"when somebody has to look at it; disabled. What is said here holds for all daemons on the store.",
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.children = (const struct command *const[]){ &feeds_enable, &feeds_disable, &feeds_run, &feeds_reset, NULL },
	.run = run_feeds,
};
