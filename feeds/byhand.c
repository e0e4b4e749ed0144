#include "aimarket/byhand.h"

#include <csv.h>
#include <stdio.h>

#include <yajl/yajl_parse.h>

#include "aimarket/date.h"
#include "aimarket/text.h"

enum { ROW_MAX = 1 << 20, SLUG_MAX = 60, GIVEN_MAX = 256 };

/* The table that is being made: two lines of CSV. */
struct row {
	const struct byhand_given *g;
	struct arena *mem;
	struct buf *names, *values;
};

static const char *text_of(const struct row *row, const char *option)
{
	return row->g->text(row->g->of, option);
}

static bool flag_of(const struct row *row, const char *option)
{
	return row->g->flag(row->g->of, option);
}

/* ---- the row */

static void add_cell(struct buf *line, const char *text)
{
	if (line->len)
		buf_addc(line, ',');
	buf_addc(line, '"');
	for (; *text; text++) {
		if (*text == '"')
			buf_addc(line, '"');
		buf_addc(line, *text);
	}
	buf_addc(line, '"');
}

/* Columns are named like the options, with _ for -. */
static char *underscored(const char *option, struct arena *mem)
{
	char *word = arena_strdup(mem, option);

	for (char *dash = word; (dash = strchr(dash, '-'));)
		*dash = '_';
	return word;
}

static void add_column(const struct row *row, const char *name, const char *value)
{
	add_cell(row->names, underscored(name, row->mem));
	add_cell(row->values, value);
}

/* Items that are told apart by ; must not have one. */
static int add_item(struct buf *list, const char *option, const char *prefix, const char *item, struct err *e)
{
	if (strchr(item, ';'))
		return err_set(e, ERR_USAGE, "--%s: \"%s\" has a ;", option, item);
	buf_printf(list, "%s%s%s", list->len ? ";" : "", prefix, item);
	return 0;
}

static int add_many(const struct row *row, const struct option_row *o, struct err *e)
{
	const char *const *values;
	int n = row->g->many(row->g->of, o->name, &values), rc = 0;
	struct buf list;

	buf_init(&list, ROW_MAX);
	for (int i = 0; i < n && !rc; i++)
		rc = add_item(&list, o->name, "", values[i], e);
	if (n && !rc)
		add_column(row, o->name, buf_str(&list));
	buf_release(&list);
	return rc;
}

static int add_options(const struct row *row, const struct option_row *options, struct err *e)
{
	for (const struct option_row *o = options; o->name; o++) {
		if (o->type == OPT_MANY && add_many(row, o, e))
			return -1;
		if (o->type == OPT_TEXT && text_of(row, o->name))
			add_column(row, o->name, text_of(row, o->name));
	}
	return 0;
}

/* --about, --over … say how the figure was told. */
static void add_comparator(const struct row *row)
{
	static const char *const words[] = { "about", "over", "at-least", "under", "at-most" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (flag_of(row, words[i])) {
			add_column(row, "comparator", underscored(words[i], row->mem));
			return;
		}
}

/* ---- what can be said */

const struct option_row byhand_source[] = {
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

const struct option_row byhand_entity[] = {
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

const struct option_row byhand_figure[] = {
	{ "about", 0, OPT_FLAG, NULL, "the figure is approximate" },
	{ "over", 0, OPT_FLAG, NULL, "the figure is a bound: more than that" },
	{ "at-least", 0, OPT_FLAG, NULL, "that or more" },
	{ "under", 0, OPT_FLAG, NULL, "less than that" },
	{ "at-most", 0, OPT_FLAG, NULL, "that or less" },
	{ "nature", 0, OPT_TEXT, "WORD", "reported derived estimated forecast guidance assertion" },
	{ "note", 0, OPT_TEXT, "TEXT", "words beside it" },
	{ 0 },
};

const struct option_row byhand_deal[] = {
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

static int add_parts(const struct row *row, struct err *e)
{
	struct buf list;
	int rc = 0;

	buf_init(&list, ROW_MAX);
	for (size_t i = 0; i < sizeof deal_parts / sizeof *deal_parts && !rc; i++)
		if (text_of(row, deal_parts[i].option))
			rc = add_item(&list, deal_parts[i].option, deal_parts[i].component, text_of(row, deal_parts[i].option), e);
	if (list.len && !rc)
		add_column(row, "parts", buf_str(&list));
	buf_release(&list);
	return rc;
}

/* adept-ai-amazon-2024 */
static void add_deal_key(const struct row *row)
{
	const char *date = text_of(row, "date") ? text_of(row, "date") : text_of(row, "asserted"), *acquirer = text_of(row, "acquirer");
	const char *words[] = { text_of(row, "target"), acquirer, acquirer ? NULL : text_of(row, "type"),
		acquirer ? NULL : text_of(row, "round"), date ? arena_strndup(row->mem, date, 4) : NULL };
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

static int more_of_deal(const struct row *row, struct err *e)
{
	if (!text_of(row, "deal"))
		add_deal_key(row);
	if (flag_of(row, "undisclosed"))
		add_column(row, "state", "undisclosed");
	add_comparator(row);
	return add_parts(row, e);
}

const struct option_row byhand_observation[] = {
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

static int more_of_observation(const struct row *row, struct err *e)
{
	if (text_of(row, "on") && (text_of(row, "start") || text_of(row, "end")))
		return err_set(e, ERR_USAGE, "--on is a moment, --start and --end are a time: one of them");
	if (text_of(row, "on"))
		add_column(row, "end", text_of(row, "on"));
	if (flag_of(row, "undisclosed"))
		add_column(row, "state", "undisclosed");
	add_comparator(row);
	return 0;
}

const struct option_row byhand_statement[] = {
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

const struct option_row byhand_no[] = { { 0 } };

#define REQUIRED(...)                                                                                                                      \
	(const char *const[])                                                                                                              \
	{                                                                                                                                  \
		__VA_ARGS__, NULL                                                                                                          \
	}
const struct byhand byhands[] = {
	{ "entity", "entities", "by-hand-entity", BYHAND_ENTITY, byhand_entity, REQUIRED("name", "kind"), false, NULL },
	{ "deal", "deals", "by-hand-deal", BYHAND_DEAL, byhand_deal, REQUIRED("type", "target"), true, more_of_deal },
	{ "observation", "observations", "by-hand-observation", BYHAND_OBSERVATION, byhand_observation,
		REQUIRED("entity", "metric", "unit"), true, more_of_observation },
	{ "statement", "statements", "by-hand-statement", BYHAND_STATEMENT, byhand_statement, REQUIRED("entity", "property"), false, NULL },
	{ "source", "sources", "by-hand-source", BYHAND_SOURCE, byhand_no, REQUIRED("source", "asserted"), false, NULL },
	{ 0 },
};

const struct byhand *byhand_find(const char *name)
{
	for (const struct byhand *b = byhands; b->name; b++)
		if (strcmp(b->name, name) == 0 || strcmp(b->resource, name) == 0)
			return b;
	return NULL;
}

/* ---- the table */

static int fill(const struct byhand *b, const struct row *row, struct err *e)
{
	char today[11];

	for (const char *const *name = b->required; *name; name++)
		if (!text_of(row, *name))
			return err_set(e, ERR_USAGE, "--%s is missing", *name);
	if (add_options(row, b->options, e) || add_options(row, byhand_source, e) || (b->figures && add_options(row, byhand_figure, e)))
		return -1;
	if (!text_of(row, "source") && !text_of(row, "asserted")) {
		date_iso(date_today(), today);
		add_column(row, "asserted", today);
	}
	return b->more ? b->more(row, e) : 0;
}

int byhand_table(const struct byhand *b, const struct byhand_given *g, struct arena *mem, struct buf *out, struct err *e)
{
	struct buf names, values;
	const struct row row = { g, mem, &names, &values };

	buf_init(&names, ROW_MAX);
	buf_init(&values, ROW_MAX);
	int rc = fill(b, &row, e);
	if (!rc)
		buf_printf(out, "%s\n%s\n", buf_str(&names), buf_str(&values));
	if (!rc && (names.overflow || values.overflow || out->overflow))
		rc = err_set(e, ERR_LIMIT, "what is said is too long");
	buf_release(&names);
	buf_release(&values);
	return rc;
}

/* ---- a table that is there already */

enum { PIECE = 4096, COLUMNS_MAX = 256 };

struct columns {
	const char *known[COLUMNS_MAX];
	size_t n;
	struct err *e;
	bool done;
};

static void know_columns(struct columns *c, const struct mapping *map)
{
	const char *name;
	bool optional;

	for (size_t i = 0; c->n < COLUMNS_MAX && (name = mapping_ref(map, i, &optional)); i++)
		c->known[c->n++] = name;
}

static bool is_known(const struct columns *c, const char *name, size_t n)
{
	for (size_t i = 0; i < c->n; i++)
		if (strlen(c->known[i]) == n && memcmp(c->known[i], name, n) == 0)
			return true;
	return false;
}

static void on_column(void *text, size_t n, void *arg)
{
	struct columns *c = arg;
	const char *name = text, *near;

	text_trim(&name, &n);
	if (c->done || c->e->kind || !n || is_known(c, name, n))
		return;
	err_set(c->e, ERR_USAGE, "nothing is made of the column \"%.*s\"", (int)n, name);
	near = text_nearest(name, c->known, c->n);
	if (near)
		err_hint(c->e, "Did you mean \"%s\"? What only an option tells is told by comparator, state and parts.", near);
}

static void on_header_end(int sign, void *arg)
{
	((struct columns *)arg)->done = true;
}

int byhand_check_columns(const struct feed *feed, const char *table, size_t n, struct err *e)
{
	struct columns c = { .e = e };
	struct csv_parser lib;
	size_t at = n >= 3 && memcmp(table, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	if (memchr(table, '\0', n < PIECE ? n : PIECE))
		return 0; /* UTF-16 or -32: that it can be read is known to the format alone */
	know_columns(&c, feed->mapping);
	csv_init(&lib, CSV_APPEND_NULL);
	for (size_t piece; at < n && !c.done && !e->kind; at += piece) {
		piece = n - at < PIECE ? n - at : PIECE;
		if (csv_parse(&lib, table + at, piece, on_column, on_header_end, &c) != piece)
			break; /* told better by those who read it whole */
	}
	csv_free(&lib);
	return e->kind ? -1 : 0;
}

/* ---- of JSON */

/* The members of an object, in their order; of a list one each. A flag that is true has the value "". */
struct said {
	struct arena *mem;
	const struct byhand *b;
	struct {
		const struct option_row *row;
		const char *value;
	} given[GIVEN_MAX];
	int n, depth;
	const struct option_row *at; /* the member we are in */
	const char *many[GIVEN_MAX];
	struct err *e;
};

static const struct option_row *row_in(const struct option_row *rows, const char *name)
{
	for (; rows->name; rows++)
		if (strcmp(rows->name, name) == 0)
			return rows;
	return NULL;
}

static const struct option_row *option_of(const struct byhand *b, const char *name)
{
	const struct option_row *row = row_in(b->options, name);

	row = row ? row : row_in(byhand_source, name);
	return row || !b->figures ? row : row_in(byhand_figure, name);
}

static size_t add_names(const struct option_row *rows, const char **names, size_t n)
{
	for (; rows->name; rows++)
		names[n++] = rows->name;
	return n;
}

static int unknown_member(struct said *s, const char *name)
{
	const char *names[GIVEN_MAX];
	size_t n = add_names(byhand_source, names, add_names(s->b->options, names, 0));

	const char *near = text_nearest(name, names, s->b->figures ? add_names(byhand_figure, names, n) : n);
	err_set(s->e, ERR_USAGE, near ? "--%s is nothing one can say of a %s, did you mean \"%s\"?" : "--%s is nothing one can say of a %s",
		name, s->b->name, near ? underscored(near, s->mem) : NULL);
	return 0;
}

static int wrong_value(struct said *s, const char *what)
{
	if (s->at)
		err_set(s->e, ERR_USAGE, "--%s takes no %s", s->at->name, what);
	else
		err_set(s->e, ERR_USAGE, "the body is no JSON object");
	return 0;
}

static int add_value(struct said *s, const char *value, size_t n)
{
	if (s->n == GIVEN_MAX) {
		err_set(s->e, ERR_USAGE, "more than %d values", GIVEN_MAX);
		return 0;
	}
	s->given[s->n].row = s->at;
	s->given[s->n++].value = arena_strndup(s->mem, value, n);
	return 1;
}

static int on_key(void *arg, const unsigned char *key, size_t n)
{
	struct said *s = arg;
	char *name = arena_strndup(s->mem, (const char *)key, n);

	for (char *p = name; (p = strchr(p, '_')); p++)
		*p = '-';
	s->at = option_of(s->b, name);
	for (int i = 0; s->at && i < s->n; i++)
		if (s->given[i].row == s->at) {
			err_set(s->e, ERR_USAGE, "--%s is said twice", name);
			return 0;
		}
	return s->at ? 1 : unknown_member(s, name);
}

static int on_text(struct said *s, const char *text, size_t n, const char *what)
{
	if (!s->at || s->depth == 0 || s->at->type == OPT_FLAG)
		return wrong_value(s, what);
	if (s->at->type == OPT_MANY && s->depth == 1)
		return wrong_value(s, "single value, but a list");
	return add_value(s, text, n);
}

static int on_string(void *arg, const unsigned char *text, size_t n)
{
	struct said *s = arg;

	if (memchr(text, '\0', n))
		return wrong_value(s, "text with a NUL");
	return on_text(s, (const char *)text, n, "text");
}

static int on_number(void *arg, const char *text, size_t n)
{
	return on_text(arg, text, n, "number");
}

static int on_bool(void *arg, int value)
{
	struct said *s = arg;

	if (!s->at || s->depth != 1 || s->at->type != OPT_FLAG)
		return wrong_value(s, value ? "true" : "false");
	return value ? add_value(s, "", 0) : 1;
}

/* null: not said. */
static int on_null(void *arg)
{
	struct said *s = arg;

	return s->at && s->depth == 1 ? 1 : wrong_value(s, "null");
}

static int on_map(void *arg)
{
	struct said *s = arg;

	return s->depth++ == 0 ? 1 : wrong_value(s, "object");
}

static int on_list(void *arg)
{
	struct said *s = arg;

	return s->at && s->at->type == OPT_MANY && s->depth++ == 1 ? 1 : wrong_value(s, "list");
}

static int on_end(void *arg)
{
	struct said *s = arg;

	s->depth--;
	return 1;
}

static const char *said_text(void *of, const char *option)
{
	struct said *s = of;

	for (int i = 0; i < s->n; i++)
		if (strcmp(s->given[i].row->name, option) == 0)
			return s->given[i].value;
	return NULL;
}

static bool said_flag(void *of, const char *option)
{
	return said_text(of, option) != NULL;
}

static int said_many(void *of, const char *option, const char *const **values)
{
	struct said *s = of;
	int n = 0;

	for (int i = 0; i < s->n; i++)
		if (strcmp(s->given[i].row->name, option) == 0)
			s->many[n++] = s->given[i].value;
	*values = s->many;
	return n;
}

static int parse(struct said *s, const char *json, size_t n)
{
	static const yajl_callbacks callbacks = {
		.yajl_null = on_null,
		.yajl_boolean = on_bool,
		.yajl_number = on_number,
		.yajl_string = on_string,
		.yajl_start_map = on_map,
		.yajl_map_key = on_key,
		.yajl_end_map = on_end,
		.yajl_start_array = on_list,
		.yajl_end_array = on_end,
	};
	yajl_handle h = yajl_alloc(&callbacks, NULL, s);
	yajl_status status = yajl_parse(h, (const unsigned char *)json, n);

	if (status == yajl_status_ok)
		status = yajl_complete_parse(h);
	if (status != yajl_status_ok && !s->e->kind)
		err_set(s->e, ERR_USAGE, "the body is no JSON, from byte %zu on", yajl_get_bytes_consumed(h));
	yajl_free(h);
	return status == yajl_status_ok ? 0 : -1;
}

int byhand_table_of_json(const struct byhand *b, const char *json, size_t n, struct arena *mem, struct buf *out, struct err *e)
{
	struct said *s = arena_zalloc(mem, sizeof *s);
	const struct byhand_given given = { s, said_text, said_flag, said_many };

	s->mem = mem;
	s->b = b;
	s->e = e;
	return parse(s, json, n) || byhand_table(b, &given, mem, out, e) ? -1 : 0;
}
