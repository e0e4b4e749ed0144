/*
 * aimarket add: facts typed in by hand. What is typed becomes a table of one row, which goes the way of every other document:
 * kept, parsed by a feed (by-hand-deal …), loaded; so it is traceable and is replayed like the rest.
 */
#include "aimarket/cmd.h"
#include "aimarket/conf.h"
#include "aimarket/date.h"
#include "aimarket/ingest.h"
#include "aimarket/pg.h"
#include "aimarket/text.h"
#include "change.h"

enum { ROW_MAX = 1 << 20, SLUG_MAX = 60 };

/* The table that is being made: two lines of CSV. */
struct row {
	struct buf names, values;
};

/* What can be added. */
struct addable {
	const char *feed;
	const struct option_row *options;
	const char *const *required; /* ends with NULL */
	bool figures; /* takes figure_options */
	int (*more)(struct cmd *c, struct row *row, struct err *e); /* columns that are no option by themselves; may be NULL */
};

/* ---------------------------------------------------------------- the row */

static void add_cell(struct buf *line, const char *text, size_t n)
{
	if (line->len)
		buf_addc(line, ',');
	buf_addc(line, '"');
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"')
			buf_addc(line, '"');
		buf_addc(line, text[i]);
	}
	buf_addc(line, '"');
}

/* Columns are named like the options, with _ for -. */
static void underscore(char *word)
{
	for (char *dash = word; (dash = strchr(dash, '-'));)
		*dash = '_';
}

static void add_column(struct row *row, const char *name, const char *value)
{
	char column[64];

	snprintf(column, sizeof column, "%s", name);
	underscore(column);
	add_cell(&row->names, column, strlen(column));
	add_cell(&row->values, value, strlen(value));
}

/* Items that are told apart by ; must not have one. */
static int add_item(struct buf *list, const char *option, const char *prefix, const char *item, struct err *e)
{
	if (strchr(item, ';'))
		return err_set(e, ERR_USAGE, "--%s: \"%s\" has a ;", option, item);
	buf_printf(list, "%s%s%s", list->len ? ";" : "", prefix, item);
	return 0;
}

static int add_many(struct cmd *c, struct row *row, const struct option_row *o, struct err *e)
{
	const char *const *values;
	int n = cmd_many(c, o->name, &values), rc = 0;
	struct buf list;

	buf_init(&list, ROW_MAX);
	for (int i = 0; i < n && !rc; i++)
		rc = add_item(&list, o->name, "", values[i], e);
	if (n && !rc)
		add_column(row, o->name, buf_str(&list));
	buf_release(&list);
	return rc;
}

static int add_options(struct cmd *c, struct row *row, const struct option_row *options, struct err *e)
{
	for (const struct option_row *o = options; o->name; o++) {
		if (o->type == OPT_MANY && add_many(c, row, o, e))
			return -1;
		if (o->type == OPT_TEXT && cmd_opt(c, o->name))
			add_column(row, o->name, cmd_opt(c, o->name));
	}
	return 0;
}

/* --about, --over … say how the figure was told. */
static void add_comparator(struct cmd *c, struct row *row)
{
	static const char *const words[] = { "about", "over", "at-least", "under", "at-most" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (cmd_flag(c, words[i])) {
			char word[16];

			snprintf(word, sizeof word, "%s", words[i]);
			underscore(word);
			add_column(row, "comparator", word);
			return;
		}
}

/* ---------------------------------------------------------------- what can be typed */

static const struct option_row source_options[] = {
	{ "source", 0, OPT_TEXT, "URL", "who says so: an address, or words; left out: you" },
	{ "asserted", 0, OPT_TEXT, "DATE", "day it was said; today when it is you who says so" },
	{ "publisher", 0, OPT_TEXT, "NAME", "of the source; left out: the address's host" },
	{ "tier", 0, OPT_TEXT, "WORD", "of a publisher that is new: regulator issuer dataset press relay aggregator analyst social user" },
	{ "source-kind", 0, OPT_TEXT, "WORD", "filing article dataset row call notes page model" },
	{ "title", 0, OPT_TEXT, "TEXT", "title of the source" },
	{ "locator", 0, OPT_TEXT, "TEXT", "where in it: slide 117, page 3" },
	{ "quote", 0, OPT_TEXT, "TEXT", "its words" },
	{ "origin", 0, OPT_TEXT, "URL", "the source it only repeats" },
	{ "lang", 0, OPT_TEXT, "CODE", "its language" },
	{ 0 },
};

static const struct option_row entity_options[] = {
	{ "name", 0, OPT_TEXT, "NAME", "its name" },
	{ "kind", 0, OPT_TEXT, "WORD", "company product model chip system design person benchmark government fund other" },
	{ "slug", 0, OPT_TEXT, "SLUG", "its short name; left out: made from the name" },
	{ "alias", 0, OPT_MANY, "NAME", "another name; may come again" },
	{ "former-name", 0, OPT_MANY, "NAME", "a name it had; `aimarket entity alias` takes the days too" },
	{ "key", 0, OPT_MANY, "SCHEME:VALUE", "an identifier: cik:1045810, lei:…, ticker:NVDA@NASDAQ, domain:nvidia.com" },
	{ "country", 0, OPT_TEXT, "NAME", "its country" },
	{ "parent", 0, OPT_TEXT, "ENTITY", "whom it belongs to" },
	{ "since", 0, OPT_TEXT, "DATE", "since when it does" },
	{ 0 },
};

static const struct option_row figure_options[] = {
	{ "about", 0, OPT_FLAG, NULL, "the figure is approximate" },
	{ "over", 0, OPT_FLAG, NULL, "the figure is a bound: more than that" },
	{ "at-least", 0, OPT_FLAG, NULL, "that or more" },
	{ "under", 0, OPT_FLAG, NULL, "less than that" },
	{ "at-most", 0, OPT_FLAG, NULL, "that or less" },
	{ "nature", 0, OPT_TEXT, "WORD", "reported derived estimated forecast guidance assertion" },
	{ "note", 0, OPT_TEXT, "TEXT", "words beside it" },
	{ 0 },
};

static const struct option_row deal_options[] = {
	{ "type", 0, OPT_TEXT, "WORD",
		"licence_and_hire acquihire acquisition merger licensing ipo funding_round investment debt compute_contract spinoff" },
	{ "target", 0, OPT_TEXT, "ENTITY", "who is bought, funded, listed or hired from" },
	{ "acquirer", 0, OPT_TEXT, "ENTITY", "who buys or hires" },
	{ "party", 0, OPT_MANY, "ENTITY:ROLE", "another party; may come again" },
	{ "deal", 0, OPT_TEXT, "KEY", "key of a deal that is known already, or of the new one; left out: target-acquirer-year" },
	{ "name", 0, OPT_TEXT, "NAME", "of the deal" },
	{ "stage", 0, OPT_TEXT, "WORD", "rumoured draft announced filed range signed priced listed completed withdrawn blocked refiled" },
	{ "date", 0, OPT_TEXT, "DATE", "of that stage; without one, of the announcement" },
	{ "amount", 0, OPT_TEXT, "AMOUNT", "the total: 650M, 2.7B" },
	{ "high", 0, OPT_TEXT, "AMOUNT", "its upper end, for a range" },
	{ "licence-fee", 0, OPT_TEXT, "AMOUNT", "for a licence" },
	{ "retention", 0, OPT_TEXT, "AMOUNT", "to keep the people" },
	{ "waiver", 0, OPT_TEXT, "AMOUNT", "for claims given up" },
	{ "investor-buyout", 0, OPT_TEXT, "AMOUNT", "to the holders of shares" },
	{ "equity", 0, OPT_TEXT, "AMOUNT", "for new shares" },
	{ "loan", 0, OPT_TEXT, "AMOUNT", "borrowed" },
	{ "earn-out", 0, OPT_TEXT, "AMOUNT", "if goals are met" },
	{ "currency", 0, OPT_TEXT, "CODE", "of all sums; USD unless said" },
	{ "undisclosed", 0, OPT_FLAG, NULL, "the parties keep the sum to themselves" },
	{ "valuation", 0, OPT_TEXT, "AMOUNT", "what the target is worth by it" },
	{ "valuation-kind", 0, OPT_TEXT, "WORD", "implied_valuation pre_money post_money" },
	{ "round", 0, OPT_TEXT, "NAME", "of funding: Series B" },
	{ "people", 0, OPT_TEXT, "N", "how many moved" },
	{ "people-share", 0, OPT_TEXT, "PERCENT", "which share of the staff moved" },
	{ "people-text", 0, OPT_TEXT, "TEXT", "who moved" },
	{ 0 },
};

/* Options of `add deal` that are columns under another name, or part of the column "parts". */
static const struct {
	const char *option, *component;
} deal_parts[] = {
	{ "licence-fee", "licence_fee=" },
	{ "retention", "retention=" },
	{ "waiver", "waiver=" },
	{ "investor-buyout", "investor_buyout=" },
	{ "equity", "equity=" },
	{ "loan", "debt=" },
	{ "earn-out", "earn_out=" },
};

static int add_parts(struct cmd *c, struct row *row, struct err *e)
{
	struct buf list;
	int rc = 0;

	buf_init(&list, ROW_MAX);
	for (size_t i = 0; i < sizeof deal_parts / sizeof *deal_parts && !rc; i++)
		if (cmd_opt(c, deal_parts[i].option))
			rc = add_item(&list, deal_parts[i].option, deal_parts[i].component, cmd_opt(c, deal_parts[i].option), e);
	if (list.len && !rc)
		add_column(row, "parts", buf_str(&list));
	buf_release(&list);
	return rc;
}

/* adept-ai-amazon-2024 */
static void add_deal_key(struct cmd *c, struct row *row)
{
	const char *date = cmd_opt(c, "date") ? cmd_opt(c, "date") : cmd_opt(c, "asserted");
	const char *words[] = { cmd_opt(c, "target"), cmd_opt(c, "acquirer"), cmd_opt(c, "acquirer") ? NULL : cmd_opt(c, "type"),
		cmd_opt(c, "acquirer") ? NULL : cmd_opt(c, "round"), date ? arena_strndup(cmd_mem(c), date, 4) : NULL };
	struct buf key;

	buf_init(&key, ROW_MAX);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (key.len && words[i])
			buf_addc(&key, '-');
		if (words[i])
			text_slug(words[i], strlen(words[i]), SLUG_MAX, &key);
	}
	add_column(row, "deal", buf_str(&key));
	buf_release(&key);
}

static int more_of_deal(struct cmd *c, struct row *row, struct err *e)
{
	if (!cmd_opt(c, "deal"))
		add_deal_key(c, row);
	if (cmd_flag(c, "undisclosed"))
		add_column(row, "state", "undisclosed");
	add_comparator(c, row);
	return add_parts(c, row, e);
}

static const struct option_row observation_options[] = {
	{ "entity", 0, OPT_TEXT, "ENTITY", "what is measured" },
	{ "metric", 0, OPT_TEXT, "METRIC", "which measure; `aimarket query metrics` lists them" },
	{ "value", 0, OPT_TEXT, "NUMBER", "the figure: 83.3, 2.5B, 3.8e25" },
	{ "high", 0, OPT_TEXT, "NUMBER", "its upper end, for a range" },
	{ "unit", 0, OPT_TEXT, "UNIT", "USD, percent, people, 1 …" },
	{ "on", 0, OPT_TEXT, "DATE", "the moment it is about" },
	{ "start", 0, OPT_TEXT, "DATE", "or the time it is about: its first day" },
	{ "end", 0, OPT_TEXT, "DATE", "and its last" },
	{ "dims", 0, OPT_TEXT, "K=V;…", "dimensions of the metric" },
	{ "decimals", 0, OPT_TEXT, "N", "rounding: -6 is to the million; left out: as the number is written" },
	{ "undisclosed", 0, OPT_FLAG, NULL, "the figure is kept secret" },
	{ 0 },
};

static int more_of_observation(struct cmd *c, struct row *row, struct err *e)
{
	if (cmd_opt(c, "on") && (cmd_opt(c, "start") || cmd_opt(c, "end")))
		return err_set(e, ERR_USAGE, "--on is a moment, --start and --end are a time: one of them");
	if (cmd_opt(c, "on"))
		add_column(row, "end", cmd_opt(c, "on"));
	if (cmd_flag(c, "undisclosed"))
		add_column(row, "state", "undisclosed");
	add_comparator(c, row);
	return 0;
}

static const struct option_row statement_options[] = {
	{ "entity", 0, OPT_TEXT, "ENTITY", "what it is about" },
	{ "property", 0, OPT_TEXT, "WORD", "what is said: parent, country, stage, party …" },
	{ "code", 0, OPT_TEXT, "WORD", "the value, when it is a fixed word" },
	{ "text", 0, OPT_TEXT, "TEXT", "the value, when it is free text" },
	{ "object", 0, OPT_TEXT, "ENTITY", "the value, when it is another entity" },
	{ "dims", 0, OPT_TEXT, "K=V;…", "as in role=lead" },
	{ "start", 0, OPT_TEXT, "DATE", "first day of the time it is about" },
	{ "end", 0, OPT_TEXT, "DATE", "last day of it" },
	{ "nature", 0, OPT_TEXT, "WORD", "reported derived estimated forecast guidance assertion" },
	{ "note", 0, OPT_TEXT, "TEXT", "words beside it" },
	{ 0 },
};

static const struct option_row no_options[] = { { 0 } };

static const struct addable add_entity = { "by-hand-entity", entity_options, (const char *const[]){ "name", "kind", NULL }, false, NULL };
static const struct addable add_deal = { "by-hand-deal", deal_options, (const char *const[]){ "type", "target", NULL }, true,
	more_of_deal };
static const struct addable add_observation = { "by-hand-observation", observation_options,
	(const char *const[]){ "entity", "metric", "unit", NULL }, true, more_of_observation };
static const struct addable add_statement = { "by-hand-statement", statement_options, (const char *const[]){ "entity", "property", NULL },
	false, NULL };
static const struct addable add_source = { "by-hand-source", no_options, (const char *const[]){ "source", "asserted", NULL }, false, NULL };

/* ---------------------------------------------------------------- running */

static const struct option_row run_options[] = {
	{ "from", 0, OPT_TEXT, "FILE", "many at once: a CSV table whose columns are named like the options; - is standard input" },
	{ "dry-run", 0, OPT_FLAG, NULL, "print what would be claimed and touch no store" },
	{ 0 },
};

static int check_required(struct cmd *c, const struct addable *a, struct err *e)
{
	for (const char *const *name = a->required; *name; name++)
		if (!cmd_opt(c, *name))
			return err_set(e, ERR_USAGE, "--%s is missing", *name);
	return 0;
}

static int make_row(struct cmd *c, const struct addable *a, struct row *row, struct err *e)
{
	char today[11];

	if (check_required(c, a, e) || add_options(c, row, a->options, e) || add_options(c, row, source_options, e))
		return -1;
	if (a->figures && add_options(c, row, figure_options, e))
		return -1;
	if (!cmd_opt(c, "source") && !cmd_opt(c, "asserted")) {
		date_iso(date_today(), today);
		add_column(row, "asserted", today);
	}
	return a->more ? a->more(c, row, e) : 0;
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

static int take(struct cmd *c, const struct feed_set *feeds, const struct addable *a, struct body *body, struct err *e)
{
	const char *why = cmd_opt(c, "why"),
		   *name = arena_printf(cmd_mem(c), "typed in by %s%s%s", change_author(c), why ? ": " : "", why ? why : "");
	const struct ingest_origin from = { .address = name, .media = "text/csv" };
	const struct feed *feed = feed_find(feeds, a->feed);
	const struct conf *conf;
	struct ingest_result r;
	struct pg *db;

	if (!feed)
		return feed_unknown(feeds, a->feed, e);
	if (cmd_conf(c, &conf, e))
		return -1;
	if (cmd_flag(c, "dry-run"))
		return ingest_dry_run(feed, body, &from, &conf->limits, stdout, &r, e) ? -1
		       : r.rejects ? err_set(e, ERR_REJECTS, "%lld records would be refused", r.rejects)
				   : 0;
	if (cmd_store(c, &db, e) || ingest_register(db, feeds, e) || ingest_body(db, feed, body, &from, &conf->limits, &r, e))
		return -1;
	return tell(&r);
}

static int with_feeds(struct cmd *c, const struct addable *a, struct body *body, struct err *e)
{
	const struct conf *conf;
	struct feed_set feeds;

	if (cmd_conf(c, &conf, e) || feed_load(conf->feeds ? conf->feeds : feed_dir(cmd_mem(c)), cmd_mem(c), &feeds, e))
		return -1;
	int rc = take(c, &feeds, a, body, e);
	feed_release(&feeds);
	return rc;
}

static int from_file(struct cmd *c, const struct addable *a, struct err *e)
{
	const struct conf *conf;
	struct body body;

	if (cmd_conf(c, &conf, e) || body_open(cmd_opt(c, "from"), true, (size_t)conf->limits.body, &body, e))
		return -1;
	int rc = with_feeds(c, a, &body, e);
	body_release(&body);
	return rc;
}

static int from_options(struct cmd *c, const struct addable *a, struct err *e)
{
	struct row row;
	struct body body;
	int rc;

	buf_init(&row.names, ROW_MAX);
	buf_init(&row.values, ROW_MAX);
	rc = make_row(c, a, &row, e);
	if (!rc) {
		buf_printf(&row.names, "\n%s\n", buf_str(&row.values));
		body_borrow(&body, row.names.data, row.names.len);
		rc = with_feeds(c, a, &body, e);
	}
	buf_release(&row.names);
	buf_release(&row.values);
	return rc;
}

static int run(struct cmd *c, const struct addable *a, struct err *e)
{
	return cmd_opt(c, "from") ? from_file(c, a, e) : from_options(c, a, e);
}

static int entity_run(struct cmd *c, struct err *e)
{
	return run(c, &add_entity, e);
}

static int deal_run(struct cmd *c, struct err *e)
{
	return run(c, &add_deal, e);
}

static int observation_run(struct cmd *c, struct err *e)
{
	return run(c, &add_observation, e);
}

static int statement_run(struct cmd *c, struct err *e)
{
	return run(c, &add_statement, e);
}

static int source_run(struct cmd *c, struct err *e)
{
	return run(c, &add_source, e);
}

/* ---------------------------------------------------------------- the tree of commands */

static const struct option_row *const plain_sets[] = { source_options, run_options, change_options, NULL };
static const struct option_row *const figure_sets[] = { figure_options, source_options, run_options, change_options, NULL };

static const struct command cmd_add_entity = {
	.name = "entity",
	.summary = "a company, product, model, chip, person …",
	.options = entity_options,
	.shared = plain_sets,
	.run = entity_run,
};
static const struct command cmd_add_deal = {
	.name = "deal",
	.summary = "a deal, or what another source says about one",
	.text = "aimarket add deal --type licence_and_hire --target \"Adept AI\" --acquirer Amazon --date 2024-06-28 --licence-fee 330M --about "
		"--source https://… --asserted 2024-06-28\n"
		"Parties must be known; `aimarket add entity` makes them so. A deal that another source has told of under another key meets it "
		"when type, parties and time agree.",
	.options = deal_options,
	.shared = figure_sets,
	.run = deal_run,
};
static const struct command cmd_add_observation = {
	.name = "observation",
	.summary = "a figure",
	.text = "aimarket add observation --entity NVIDIA --metric market_cap --value 3.34T --unit USD --on 2024-06-18 --source https://… --asserted 2024-06-18",
	.options = observation_options,
	.shared = figure_sets,
	.run = observation_run,
};
static const struct command cmd_add_statement = {
	.name = "statement",
	.summary = "something said that is no figure: a parent, a party, a stage …",
	.options = statement_options,
	.shared = plain_sets,
	.run = statement_run,
};
static const struct command cmd_add_source = {
	.name = "source",
	.summary = "a source, for claims that come later",
	.options = no_options,
	.shared = plain_sets,
	.run = source_run,
};

extern const struct command cmd_add;
const struct command cmd_add = {
	.name = "add",
	.summary = "a fact typed in by hand, with its source",
	.text = "What is typed is kept as a document and loaded like any other, all of it or nothing. What cannot be taken is refused by the name "
		"of a rule (unknown-metric, dimension, unit, period, two-totals, identifier-taken, check-digit, entity …) with exit code 6.\n"
		"--from takes a CSV table; the columns are the options with _ for -, and parts for the sums of a deal (licence_fee=330M;retention=100M).",
	.children = (const struct command *const[]){ &cmd_add_entity, &cmd_add_deal, &cmd_add_observation, &cmd_add_statement,
		&cmd_add_source, NULL },
};
