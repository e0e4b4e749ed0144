/*
 * aimarket add: facts typed in by hand. What is typed becomes a table of one row, which goes the way of every other document:
 * kept, parsed by a feed (by-hand-deal …), loaded; so it is traceable and is replayed like the rest.
 */
#include "aimarket/byhand.h"
#include "aimarket/cmd.h"
#include "aimarket/conf.h"
#include "aimarket/ingest.h"
#include "aimarket/pg.h"
#include "change.h"

enum { TABLE_MAX = 4 << 20 };

/* ---------------------------------------------------------------- running */

static const struct option_row run_options[] = {
	{ "from", 0, OPT_TEXT, "FILE", "many at once: a CSV table whose columns are named like the options; - is standard input" },
	{ "dry-run", 0, OPT_FLAG, NULL, "print what would be claimed and touch no store" },
	{ 0 },
};

static const char *given_text(void *c, const char *option)
{
	return cmd_opt(c, option);
}

static bool given_flag(void *c, const char *option)
{
	return cmd_flag(c, option);
}

static int given_many(void *c, const char *option, const char *const **values)
{
	return cmd_many(c, option, values);
}

static int tell(const struct ingest_result *r)
{
	if (r->state == INGEST_KNOWN)
		printf("known already: nothing was added\n");
	else if (!r->tx)
		printf("%lld claims, all known already\n", r->known);
	else
		printf("%lld records, %lld claims added, %lld known, transaction %lld\n", r->records, r->added, r->known, r->tx);
	return 0;
}

static int take(struct cmd *c, const struct feed_set *feeds, const struct byhand *b, struct body *body, struct err *e)
{
	const char *why = cmd_opt(c, "why"),
		   *name = arena_printf(cmd_mem(c), "typed in by %s%s%s", change_author(c), why ? ": " : "", why ? why : "");
	const struct ingest_origin from = { .address = name, .media = "text/csv" };
	const struct feed *feed = feed_find(feeds, b->feed);
	const struct conf *conf;
	struct ingest_result r;
	struct pg *db;

	if (!feed)
		return feed_unknown(feeds, b->feed, e);
	if (cmd_conf(c, &conf, e))
		return -1;
	if (cmd_opt(c, "from") && byhand_check_columns(feed, body->data, body->len, e))
		return -1;
	if (cmd_flag(c, "dry-run"))
		return ingest_dry_run(feed, body, &from, &conf->limits, stdout, &r, e) ? -1
		       : r.rejects ? err_set(e, ERR_REJECTS, "%lld records would be refused", r.rejects)
				   : 0;
	if (cmd_store(c, &db, e) || ingest_register(db, feeds, e) || ingest_body(db, feed, body, &from, &conf->limits, &r, e))
		return -1;
	return tell(&r);
}

static int with_feeds(struct cmd *c, const struct byhand *b, struct body *body, struct err *e)
{
	const struct conf *conf;
	struct feed_set feeds;

	if (cmd_conf(c, &conf, e) || feed_load(conf->feeds ? conf->feeds : feed_dir(cmd_mem(c)), cmd_mem(c), &feeds, e))
		return -1;
	int rc = take(c, &feeds, b, body, e);
	feed_release(&feeds);
	return rc;
}

static int from_file(struct cmd *c, const struct byhand *b, struct err *e)
{
	const struct conf *conf;
	struct body body;

	if (cmd_conf(c, &conf, e) || body_open(cmd_opt(c, "from"), true, (size_t)conf->limits.body, &body, e))
		return -1;
	int rc = with_feeds(c, b, &body, e);
	body_release(&body);
	return rc;
}

static int from_options(struct cmd *c, const struct byhand *b, struct err *e)
{
	const struct byhand_given given = { c, given_text, given_flag, given_many };
	struct buf table;
	struct body body;
	int rc;

	buf_init(&table, TABLE_MAX);
	rc = byhand_table(b, &given, cmd_mem(c), &table, e);
	if (!rc) {
		body_borrow(&body, table.data, table.len);
		rc = with_feeds(c, b, &body, e);
	}
	buf_release(&table);
	return rc;
}

static int run(struct cmd *c, const char *what, struct err *e)
{
	const struct byhand *b = byhand_find(what);

	return cmd_opt(c, "from") ? from_file(c, b, e) : from_options(c, b, e);
}

static int entity_run(struct cmd *c, struct err *e)
{
	return run(c, "entity", e);
}

static int deal_run(struct cmd *c, struct err *e)
{
	return run(c, "deal", e);
}

static int observation_run(struct cmd *c, struct err *e)
{
	return run(c, "observation", e);
}

static int statement_run(struct cmd *c, struct err *e)
{
	return run(c, "statement", e);
}

static int source_run(struct cmd *c, struct err *e)
{
	return run(c, "source", e);
}

/* ---------------------------------------------------------------- the tree of commands */

static const struct option_row *const plain_sets[] = { byhand_source, run_options, change_options, NULL };
static const struct option_row *const figure_sets[] = { byhand_figure, byhand_source, run_options, change_options, NULL };

static const struct command cmd_add_entity = {
	.name = "entity",
	.summary = BYHAND_ENTITY,
	.options = byhand_entity,
	.shared = plain_sets,
	.run = entity_run,
};
static const struct command cmd_add_deal = {
	.name = "deal",
	.summary = BYHAND_DEAL,
	.text = "aimarket add deal --type licence_and_hire --target \"Adept AI\" --acquirer Amazon --date 2024-06-28 --licence-fee 330M --about "
		"--source https://… --asserted 2024-06-28\n"
		"Parties must be known; `aimarket add entity` makes them so. A deal that another source has told of under another key meets it "
		"when type, parties and time agree.",
	.options = byhand_deal,
	.shared = figure_sets,
	.run = deal_run,
};
static const struct command cmd_add_observation = {
	.name = "observation",
	.summary = BYHAND_OBSERVATION,
	.text = "aimarket add observation --entity NVIDIA --metric market_cap --value 3.34T --unit USD --on 2024-06-18 --source https://… --asserted 2024-06-18",
	.options = byhand_observation,
	.shared = figure_sets,
	.run = observation_run,
};
static const struct command cmd_add_statement = {
	.name = "statement",
	.summary = BYHAND_STATEMENT,
	.options = byhand_statement,
	.shared = plain_sets,
	.run = statement_run,
};
static const struct command cmd_add_source = {
	.name = "source",
	.summary = BYHAND_SOURCE,
	.options = byhand_no,
	.shared = plain_sets,
	.run = source_run,
};

extern const struct command cmd_add;
const struct command cmd_add = {
	.name = "add",
	.summary = "a fact typed in by hand, with its source",
	.text = "What is typed is kept as a document and loaded like any other, all of it or nothing. What cannot be taken is refused by the name "
		"of a rule (unknown-metric, dimension, unit, period, two-totals, identifier-taken, check-digit, entity …) with exit code 6.\n"
		"--from takes a CSV table; the columns are the options with _ for -, but comparator (about, over, at_least, under, at_most) and state (undisclosed) for the flags, "
		"and parts for the sums of a deal (licence_fee=330M;retention=100M), whose key, deal, has to be there. A column that nobody knows is refused.",
	.children = (const struct command *const[]){ &cmd_add_entity, &cmd_add_deal, &cmd_add_observation, &cmd_add_statement,
		&cmd_add_source, NULL },
};
