/* trend: builds one statement out of sql/query/trend*.sql; their {marks} become parameters or texts of the tables below. */
#include "aimarket/trend.h"

#include "aimarket/measure.h"
#include "aimarket/store.h"
#include "aimarket/text.h"

enum { SQL_MAX = 128 << 10, MARKS_MAX = 40, WORDS_MAX = 32, VALUES_MAX = 14 /* of the marks that are values */ };

/* ---- what each resource has */

/* A column that can be measured, and where the range, the claims and the unit of its figure stand. */
struct figure {
	const char *name, *low, *high, *claims, *disputed, *unit;
};

struct split {
	const char *name, *sql;
};

struct shape {
	const char *resource, *text; /* the query that makes its rows alike */
	const char *day, *precision, *key, *asserted;
	const char *usual; /* measure */
	struct figure figures[10]; /* the first is the one that counts tell about */
	struct split splits[12];
	bool series; /* gaps are unknown, not zero */
};

#define COLUMN_SPLIT(name) { name, "coalesce(" name "::text, '')" }
#define PARTIES "CASE WHEN jsonb_array_length(party_ids) = 0 THEN '[\"\"]' ELSE party_ids END"
#define DEAL_FIGURES \
	{ \
		{ "amount", "amount_low", "amount_high", "claims", "disputed", "coalesce(currency, '')" }, \
		{ "amount_usd", "CASE WHEN currency = 'USD' THEN amount_low END", "CASE WHEN currency = 'USD' THEN amount_high END", "claims", "disputed", "'USD'" }, \
		{ "valuation_usd", "valuation_usd", "valuation_usd", "1", "false", "'USD'" }, \
		{ "people", "people", "people", "1", "false", "'people'" }, \
		{ "people_share", "people_share", "people_share", "1", "false", "'percent'" }, \
	}
#define DEAL_SPLITS \
	{ \
		COLUMN_SPLIT("type"), COLUMN_SPLIT("family"), COLUMN_SPLIT("status"), { "party", "jsonb_array_elements_text(" PARTIES ")" }, \
			COLUMN_SPLIT("acquirer"), COLUMN_SPLIT("target"), COLUMN_SPLIT("currency"), COLUMN_SPLIT("round"), COLUMN_SPLIT("tier"), \
			COLUMN_SPLIT("component"), \
	}
#define SERIES_FIGURES { { "value", "t.value_low", "t.value_high", "t.claims", "t.disputed", NULL } }
#define SERIES_SPLITS { { "tier", "t.tier" }, { "publisher", "t.publisher" }, { "nature", "t.nature" }, { "period", "t.period" } }

static const struct shape shapes[] = {
	{ "deals", "trend_deals", "announced_first", "date_precision", "id", "asserted_on", "count", DEAL_FIGURES, DEAL_SPLITS, false },
	{ "funding", "trend_deals", "announced_first", "date_precision", "id", "asserted_on", "count", DEAL_FIGURES, DEAL_SPLITS, false },
	{ "filings", "trend_deals", "filed_on", "'day'", "accession", "filed_on", "count", { { 0 } },
		{ COLUMN_SPLIT("form"), COLUMN_SPLIT("entity"), COLUMN_SPLIT("cik") }, false },
	{ "observations", "trend_observations", NULL, NULL, NULL, NULL, "last", SERIES_FIGURES, SERIES_SPLITS, true },
	{ "revenue", "trend_observations", NULL, NULL, NULL, NULL, "last", SERIES_FIGURES, SERIES_SPLITS, true },
	{ 0 },
};
static const struct figure no_figure = { "NULL", "NULL", "NULL", "1", "false", "''" };

static const struct shape *shape_find(const char *resource)
{
	for (const struct shape *s = shapes; s->resource; s++) {
		if (strcmp(s->resource, resource) == 0)
			return s;
	}
	return NULL;
}

const char *trend_splits(const char *resource)
{
	const struct shape *s = shape_find(resource);

	if (!s)
		return NULL;
	if (s->series)
		return "tier publisher nature period";
	return strcmp(resource, "filings") == 0 ? "form entity cik" : "type family status party acquirer target currency round tier component";
}

const char *trend_columns(const char *resource)
{
	const struct shape *s = shape_find(resource);

	if (!s || !s->figures[0].name)
		return s ? "" : NULL;
	return s->series ? "value" : "amount amount_usd valuation_usd people people_share";
}

/* ---- measures */

static const struct measure {
	const char *name, *sql;
	bool adds; /* nothing comes to zero, and shares make sense */
} measures[] = {
	{ "count", "count(p.key)::numeric", true },
	{ "sum", MEASURE_SUM, true },
	{ "mean", MEASURE_MEAN, false },
	{ "median", MEASURE_MEDIAN, false },
	{ "min", MEASURE_MIN, false },
	{ "max", MEASURE_MAX, false },
	{ "last", "(array_agg(@ ORDER BY p.day DESC, p.asserted_on DESC, p.key DESC) FILTER (WHERE p.v IS NOT NULL))[1]", false },
	{ "first", "(array_agg(@ ORDER BY p.day, p.asserted_on DESC, p.key DESC) FILTER (WHERE p.v IS NOT NULL))[1]", false },
	{ "p", MEASURE_PERCENTILE, false },
};

/* A measure as asked: function, column, percent. */
struct wish {
	const struct measure *measure;
	const struct figure *figure;
	const char *percent;
};

static int unknown_word(const char *option, const char *word, const char *const *list, size_t n, struct err *e)
{
	const char *near = text_nearest(word, list, n);
	struct buf words;

	err_set(e, ERR_USAGE, near ? "--%s does not know \"%s\", did you mean \"%s\"?" : "--%s does not know \"%s\"", option, word, near);
	buf_init(&words, sizeof e->hint - 16);
	for (size_t i = 0; i < n; i++)
		buf_printf(&words, "%s%s", i ? ", " : "", list[i]);
	err_hint(e, "It takes: %s.", buf_str(&words));
	buf_release(&words);
	return -1;
}

static bool is_percent(const char *name, size_t n)
{
	return n >= 2 && n <= 3 && name[0] == 'p' && strspn(name + 1, "0123456789") >= n - 1;
}

static int find_measure(const char *name, size_t n, struct arena *mem, struct wish *out, struct err *e)
{
	const char *names[WORDS_MAX];
	size_t count = sizeof measures / sizeof *measures - 1;

	for (size_t i = 0; i < count; i++) {
		names[i] = measures[i].name;
		if (strlen(names[i]) == n && strncmp(names[i], name, n) == 0)
			out->measure = &measures[i];
	}
	if (is_percent(name, n)) {
		out->measure = &measures[count];
		out->percent = arena_strndup(mem, name + 1, n - 1);
	}
	names[count] = "p90";
	return out->measure ? 0 : unknown_word("measure", arena_strndup(mem, name, n), names, count + 1, e);
}

static int find_figure(const struct shape *s, const char *column, struct wish *out, struct err *e)
{
	const char *names[WORDS_MAX];
	size_t n = 0;

	for (const struct figure *f = s->figures; f->name; f++) {
		names[n++] = f->name;
		if (!column || strcmp(f->name, column) == 0) {
			out->figure = f;
			return 0;
		}
	}
	if (!column) {
		out->figure = &no_figure;
		return out->measure->sql == measures[0].sql ? 0 : err_set(e, ERR_USAGE, "%s have no figure: they can only be counted", s->resource);
	}
	return unknown_word("measure", column, names, n, e);
}

static int read_measure(const struct trend *t, const struct shape *s, struct arena *mem, struct wish *out, struct err *e)
{
	const char *text = t->measure ? t->measure : s->usual, *column = strchr(text, ':');
	size_t n = column ? (size_t)(column - text) : strlen(text);

	*out = (struct wish){ 0 };
	return find_measure(text, n, mem, out, e) || find_figure(s, column ? column + 1 : NULL, out, e) ? -1 : 0;
}

/* ---- do the wishes go together? */

static int check_word(const char *option, const char *word, const char *const *list, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (!word || strcmp(word, list[i]) == 0)
			return 0;
	}
	return unknown_word(option, word, list, n, e);
}

static int check_split(const struct trend *t, const struct shape *s, const struct split **out, struct err *e)
{
	const char *names[WORDS_MAX];
	size_t n = 0;

	*out = NULL;
	for (const struct split *p = s->splits; p->name; p++) {
		names[n++] = p->name;
		if (t->split && strcmp(p->name, t->split) == 0)
			*out = p;
	}
	return !t->split || *out ? 0 : unknown_word("split", t->split, names, n, e);
}

bool trend_relates(const struct trend *t)
{
	const struct shape *s = shape_find(t->ask.resource->name);

	return s->series && (t->growth || t->cagr || t->index || (t->ratio && !t->on));
}

static int check_derived(const struct trend *t, const struct shape *s, const struct wish *w, struct err *e)
{
	if ((t->growth != NULL) + t->cagr + (t->index != NULL) + t->share + t->ratio > 1)
		return err_set(e, ERR_USAGE, "--growth, --cagr, --index, --share and --ratio are asked one at a time");
	if (t->cumulative && t->rolling)
		return err_set(e, ERR_USAGE, "--cumulative and --rolling are asked one at a time");
	if (t->growth && strcmp(t->growth, "qoq") == 0 && t->by && strcmp(t->by, "year") == 0)
		return err_set(e, ERR_USAGE, "--growth qoq needs --by quarter or month");
	if (t->share && (!w->measure->adds || s->series))
		return err_set(e, ERR_USAGE, "--share needs a count or a sum of deals or filings: other measures do not add up to a whole");
	if (t->ratio && t->n_entities != 2)
		return err_set(e, ERR_USAGE, "--ratio needs two entities, not %d", t->n_entities);
	return 0;
}

int trend_check(const struct trend *t, struct err *e)
{
	static const char *const bys[] = { "month", "quarter", "year" }, *const growths[] = { "yoy", "qoq" };
	const struct shape *s = shape_find(t->ask.resource->name);
	const struct split *split;
	struct arena *mem = arena_new();
	struct wish w;
	int rc = -1;

	if (!s)
		err_set(e, ERR_USAGE, "%s have no trends: deals, funding, filings, observations and revenue have", t->ask.resource->name);
	else if (!check_word("by", t->by, bys, 3, e) && !check_word("growth", t->growth, growths, 2, e) && !read_measure(t, s, mem, &w, e) &&
		!check_split(t, s, &split, e))
		rc = check_derived(t, s, &w, e);
	arena_free(mem);
	return rc;
}

/* ---- names */

int trend_resolve(const struct trend *t, struct arena *mem, struct query *out)
{
	struct buf sql;

	*out = (struct query){ .resource = t->ask.resource };
	buf_init(&sql, SQL_MAX);
	for (int i = 0; i < t->n_entities; i++) {
		buf_adds(&sql, i ? ", " : "SELECT ");
		query_bearers(&sql, &t->ask, "api.entity_slugs", t->entities[i], out);
	}
	out->sql = arena_strdup(mem, buf_str(&sql));
	buf_release(&sql);
	return t->n_entities;
}

/* All slugs in one array: {a,b} and {c} come to {a,b,c}. */
static const char *all_slugs(const struct trend *t, struct arena *mem)
{
	const char *all = "";

	for (int i = 0; i < t->n_entities; i++)
		all = arena_printf(mem, "%s%s%.*s", all, i ? "," : "", (int)strlen(t->entities[i]) - 2, t->entities[i] + 1);
	return arena_printf(mem, "{%s}", all);
}

int trend_resolved(struct trend *t, int column, const char *slugs, struct arena *mem, struct err *e)
{
	struct ask *a = &t->ask;

	if (column < 2)
		t->ratio_names[column] = t->entities[column];
	t->entities[column] = slugs;
	if (column + 1 < t->n_entities)
		return 0;
	if (a->n_filters == QUERY_PARAMS_MAX - 4)
		return err_set(e, ERR_USAGE, "more than %d filters", a->n_filters);
	a->filters[a->n_filters].param = resource_param(a->resource, "entity");
	a->filters[a->n_filters].negate = false;
	a->filters[a->n_filters++].value = all_slugs(t, mem);
	return 0;
}

/* ---- the statement */

/* What a {mark} stands for: a text of our own, or a value, which becomes a parameter where it is first met. */
struct mark {
	const char *name, *text, *value;
	bool is_value;
	int n;
};

struct build {
	const struct trend *t;
	const struct shape *s;
	const struct split *split;
	struct wish wish;
	struct arena *mem;
	struct query *out;
	struct buf sql;
	struct mark marks[MARKS_MAX];
	int n_marks;
};

static void mark_text(struct build *b, const char *name, const char *text)
{
	b->marks[b->n_marks++] = (struct mark){ .name = name, .text = text };
}

static void mark_value(struct build *b, const char *name, const char *value)
{
	b->marks[b->n_marks++] = (struct mark){ .name = name, .value = value, .is_value = true };
}

static struct mark *mark_find(struct build *b, const char *name, size_t n)
{
	for (int i = 0; i < b->n_marks; i++) {
		if (strlen(b->marks[i].name) == n && strncmp(b->marks[i].name, name, n) == 0)
			return &b->marks[i];
	}
	return NULL;
}

static void add_text(struct build *b, const char *text);

static void add_mark(struct build *b, struct mark *m)
{
	if (!m->is_value) {
		add_text(b, m->text);
		return;
	}
	if (!m->n) {
		b->out->params[b->out->n++] = m->value;
		m->n = b->out->n;
	}
	buf_printf(&b->sql, "$%d::text", m->n);
}

static void add_text(struct build *b, const char *text)
{
	while (*text) {
		size_t n = *text == '{' ? strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_") : 0;
		struct mark *m = n && text[n + 1] == '}' ? mark_find(b, text + 1, n) : NULL;

		if (m) {
			add_mark(b, m);
			text += n + 2;
		} else {
			buf_addc(&b->sql, *text++);
		}
	}
}

/* The measure three times: of the figures chosen, of the lowest and of the highest claimed. */
static const char *measure_text(struct build *b)
{
	static const char *const columns[][2] = { { "p.v", "value" }, { "p.low", "low" }, { "p.high", "high" } };
	const struct measure *m = b->wish.measure;
	const char *out = "";

	for (int i = 0; i < 3; i++) {
		const char *head = m->adds && !b->s->series ? "CASE WHEN count(p.key) = 0 THEN 0 ELSE " : "", *sql = m->sql, *text = head;
		size_t n;

		for (; *sql; sql += n + (sql[n] == '@')) {
			n = strcspn(sql, "@");
			text = arena_printf(b->mem, "%s%.*s%s", text, (int)n, sql, sql[n] ? columns[i][0] : "");
		}
		out = arena_printf(b->mem, "%s%s%s%s AS %s", out, i ? ", " : "", text, *head ? " END" : "", columns[i][1]);
	}
	return out;
}

static void mark_figure(struct build *b)
{
	const struct figure *f = b->wish.figure;
	bool counts = b->wish.measure == &measures[0];

	mark_text(b, "value", f->name);
	mark_text(b, "low", f->low);
	mark_text(b, "high", f->high);
	mark_text(b, "claims", f->claims);
	mark_text(b, "disputed", f->disputed);
	mark_text(b, "unit", counts ? "''" : f->unit ? f->unit : "");
	mark_text(b, "measure", measure_text(b));
	mark_value(b, "percent", b->wish.percent);
}

static void mark_window(struct build *b)
{
	const struct trend *t = b->t;

	mark_text(b, "after", t->rolling ? "(b - {rolling}::int * api.bucket_step({by}))::date" : "NULL::date");
	mark_text(b, "within", t->cumulative ? "p.bucket <= g.bucket" : t->rolling ? "p.bucket <= g.bucket AND p.bucket > g.after" : "p.bucket = g.bucket");
	mark_value(b, "rolling", arena_printf(b->mem, "%ld", t->rolling));
}

static void mark_all(struct build *b)
{
	const struct trend *t = b->t;
	bool counts = b->wish.measure == &measures[0];

	mark_value(b, "by", t->by ? t->by : "year");
	mark_text(b, "shape", sql_query(b->s->text));
	mark_text(b, "split", b->split ? b->split->sql : "''");
	if (!b->s->series) {
		mark_text(b, "day", b->s->day);
		mark_text(b, "precision", b->s->precision);
		mark_text(b, "key", b->s->key);
		mark_text(b, "asserted", b->s->asserted);
	}
	mark_figure(b);
	mark_window(b);
	mark_value(b, "asked", t->measure ? t->measure : b->s->usual);
	mark_value(b, "view", b->s->resource);
	mark_value(b, "column", counts ? "" : b->wish.figure->name);
	mark_text(b, "definition", b->s->series ? "(SELECT k.definition FROM api.metrics k WHERE k.metric = t.metric)" :
		"coalesce((SELECT col_description(a.attrelid, a.attnum) FROM pg_attribute a WHERE a.attrelid = ('api.' || {view})::regclass AND a.attname = {column}), "
		"obj_description(('api.' || {view})::regclass))");
	mark_value(b, "as_of", t->ask.as_of);
	mark_value(b, "snapshot", t->ask.snapshot);
	mark_value(b, "index", t->index);
	mark_value(b, "on", t->on);
	mark_value(b, "top", arena_printf(b->mem, "%ld", t->top));
	mark_value(b, "ratio_of", t->n_entities > 0 ? t->entities[0] : NULL);
	mark_value(b, "ratio_to", t->n_entities > 1 ? t->entities[1] : NULL);
	mark_text(b, "without", b->s->figures[0].name ? "t.without" : "NULL::bigint");
	mark_text(b, "shown", counts ? "" : "WHERE a.unit <> '' OR a.n > 0"); /* without an amount, without a unit, and none of it: nothing */
	mark_text(b, "same", t->ratio ? "t.dimensions" : "f.core"); /* a table has one row for all settings, a ratio is of equal ones */
	mark_text(b, "over", t->ratio ? "'the two'" : "name");
}

/* The filtered rows, as query.h builds them: their parameters come first. */
static int start(struct build *b, const struct trend *t, struct arena *mem, struct query *out, struct err *e)
{
	struct ask rows = t->ask;

	*b = (struct build){ .t = t, .s = shape_find(t->ask.resource->name), .mem = mem, .out = out };
	rows.columns = rows.sort = NULL;
	rows.all_columns = rows.any_order = true;
	rows.limit = rows.offset = 0;
	rows.strict = false;
	if (read_measure(t, b->s, mem, &b->wish, e) || check_split(t, b->s, &b->split, e) || query_build(&rows, NULL, 0, mem, out, e))
		return -1;
	if (out->n > QUERY_PARAMS_MAX - VALUES_MAX)
		return err_set(e, ERR_USAGE, "more than %d filters", QUERY_PARAMS_MAX - VALUES_MAX);
	mark_text(b, "rows", out->sql);
	mark_all(b);
	buf_init(&b->sql, SQL_MAX);
	return 0;
}

static int finish(struct build *b, struct err *e)
{
	b->out->sql = arena_strdup(b->mem, buf_str(&b->sql));
	buf_release(&b->sql);
	return b->sql.overflow ? err_set(e, ERR_USAGE, "the question is too long") : 0;
}

int trend_build_sources(const struct trend *t, struct arena *mem, struct query *out, struct err *e)
{
	struct build b;

	if (start(&b, t, mem, out, e))
		return -1;
	add_text(&b, "WITH told AS ({rows}\n)\nSELECT source, min(source_url) AS url, count(*) AS rows FROM told WHERE source IS NOT NULL "
		"GROUP BY source ORDER BY count(*) DESC, source LIMIT 6");
	return finish(&b, e);
}

int trend_build_unlike(const struct trend *t, struct arena *mem, struct query *out, struct err *e)
{
	struct build b;

	if (start(&b, t, mem, out, e))
		return -1;
	add_text(&b, sql_query("trend_head"));
	add_text(&b, sql_query("trend_like"));
	return finish(&b, e);
}

int trend_unlike(const char *subject, const char *what, const char *said, struct err *e)
{
	err_set(e, ERR_USAGE, "unlike figures of %s are not set in relation: %s differs, %s", subject, what, said);
	return err_hint(e, "Narrow the question to one of them: --metric, --unit, --nature or --dimension NAME=VALUE.");
}

static int no_pair(const struct trend *t, struct err *e)
{
	err_set(e, ERR_NOT_FOUND, "no two figures of %s and %s are alike in definition, unit, period and dimensions", t->ratio_names[0], t->ratio_names[1]);
	return err_hint(e, "`aimarket compare` without --ratio shows what there is.");
}

int trend_refuse_empty(const struct trend *t, const PGresult *res, struct err *e)
{
	int k = PQfnumber(res, "index");
	bool any = PQntuples(res) == 0;

	if (t->ratio && any)
		return no_pair(t, e);
	for (int row = 0; row < PQntuples(res) && k >= 0; row++)
		any |= !PQgetisnull(res, row, k);
	return k < 0 || any ? 0 : err_set(e, ERR_NOT_FOUND, "no figure held on %s: there is nothing to index to", t->index);
}

#define GROUP_OF(x) x ".entity, " x ".metric, " x ".dimensions, " x ".period, " x ".nature, " x ".part, " x ".unit"
#define BUCKET_TEXT "api.bucket_text(a.bucket, {by})"
#define SERIES_COLUMNS "a.name AS entity, a.metric, a.dimensions, nullif(a.period, '') AS period, "

/* The columns that name the group a row belongs to. */
static void add_group_columns(struct build *b)
{
	if (b->s->series)
		add_text(b, SERIES_COLUMNS);
	if (b->split)
		buf_printf(&b->sql, "nullif(a.part, '') AS \"%s\", ", b->split->name);
	if (b->wish.measure != &measures[0])
		add_text(b, "nullif(a.unit, '') AS unit, ");
}

static int lag_of(const struct trend *t)
{
	int year = !t->by || strcmp(t->by, "year") == 0 ? 1 : strcmp(t->by, "quarter") == 0 ? 4 : 12;

	return strcmp(t->growth, "yoy") == 0 ? year : year == 12 ? 3 : 1;
}

static void add_derived(struct build *b)
{
	const struct trend *t = b->t;

	if (t->share)
		add_text(b, ", api.short(100 * a.value / nullif(sum(a.value) OVER (PARTITION BY a.bucket, a.unit), 0)) AS share_percent");
	if (t->growth)
		buf_printf(&b->sql,
			", lag(a.value, %d) OVER w AS before, api.short(100 * (a.value - lag(a.value, %d) OVER w) / nullif(abs(lag(a.value, %d) OVER w), 0)) "
			"AS growth_percent",
			lag_of(t), lag_of(t), lag_of(t));
	if (t->index)
		add_text(b, ", api.short(100 * a.value / nullif((SELECT i.value FROM measured i WHERE (" GROUP_OF("i") ") = (" GROUP_OF("a") ") AND i.value IS NOT NULL "
			"AND i.bucket <= api.bucket({index}::date, {by}) ORDER BY i.bucket DESC LIMIT 1), 0)) AS index");
}

static void add_basis(struct build *b, const char *basis)
{
	if (b->t->basis)
		add_text(b, basis);
}

/* A window that is not full yet says nothing. */
static void add_figure(struct build *b, const char *name)
{
	add_text(b, b->t->rolling ? arena_printf(b->mem, "CASE WHEN a.place >= {rolling}::int THEN a.%s END AS %s", name, name) : arena_printf(b->mem, "a.%s", name));
}

static void add_buckets(struct build *b)
{
	add_text(b, "\nSELECT " BUCKET_TEXT " AS bucket, ");
	add_group_columns(b);
	add_figure(b, "value");
	if (b->wish.measure != &measures[0]) {
		add_text(b, ", ");
		add_figure(b, "low");
		add_text(b, ", ");
		add_figure(b, "high");
	}
	add_derived(b);
	if (!b->s->series && b->wish.measure != &measures[0])
		add_text(b, ", a.n AS rows");
	if (b->s->figures[0].name)
		add_text(b, b->s->series ? "" : ", a.without");
	if (b->s->figures[0].name)
		add_text(b, ", coalesce(a.claims, 0) AS claims, a.disputed");
	add_basis(b, ", a.basis");
	add_text(b, "\nFROM answer a {shown} WINDOW w AS (PARTITION BY " GROUP_OF("a") " ORDER BY a.bucket)\nORDER BY a.bucket, a.entity, a.metric, a.dimensions, a.period, a.part, a.unit");
}

/* From the first bucket with a figure to the last one. */
static void add_cagr(struct build *b)
{
	add_text(b, ", ends AS (SELECT " GROUP_OF("a") ", a.name, min(a.bucket) AS first_bucket, max(a.bucket) AS last_bucket, "
		"(array_agg(a.value ORDER BY a.bucket))[1] AS first, (array_agg(a.value ORDER BY a.bucket DESC))[1] AS last, sum(a.claims) AS claims, "
		"sum(a.disputed) AS disputed, (array_agg(a.basis))[1] AS basis FROM answer a WHERE a.value IS NOT NULL GROUP BY " GROUP_OF("a") ", a.name), "
		"run AS (SELECT e.*, extract(year FROM age(e.last_bucket, e.first_bucket)) + extract(month FROM age(e.last_bucket, e.first_bucket)) / 12 AS years FROM ends e)\n"
		"SELECT api.bucket_text(a.first_bucket, {by}) AS since, api.bucket_text(a.last_bucket, {by}) AS until, ");
	add_group_columns(b);
	add_text(b, "api.short(a.years) AS years, a.first, a.last, api.growth_rate(a.first, a.last, a.years) AS cagr_percent, a.claims, a.disputed");
	add_basis(b, ", a.basis");
	add_text(b, "\nFROM run a WHERE a.years > 0 ORDER BY a.entity, a.metric, a.dimensions, a.period, a.part");
}

static void add_ratio(struct build *b)
{
	add_text(b, "\nSELECT " BUCKET_TEXT " AS bucket, a.name || ' / ' || c.name AS entity, a.metric, a.dimensions, nullif(a.period, '') AS period, "
		"api.quotient(a.value, c.value) AS value, a.value AS of, c.value AS to, coalesce(a.claims, 0) + coalesce(c.claims, 0) AS claims, a.disputed + c.disputed AS disputed");
	add_basis(b, ", a.basis");
	add_text(b, "\nFROM answer a JOIN answer c USING (bucket, metric, dimensions, period, nature, part, unit)\n"
		"WHERE a.entity = ANY ({ratio_of}::text[]) AND c.entity = ANY ({ratio_to}::text[])\nORDER BY a.bucket, a.metric, a.dimensions, a.period");
}

static void add_ratio_on(struct build *b)
{
	add_text(b, "SELECT a.entity || ' / ' || c.entity AS entity, a.metric, a.dimensions, nullif(a.span, '') AS period, api.quotient(a.value, c.value) AS value, "
		"a.value AS of, a.period_start AS of_since, c.value AS to, c.period_start AS to_since, a.unit, a.claims + c.claims AS claims, "
		"a.disputed OR c.disputed AS disputed");
	add_basis(b, ", k.basis");
	add_text(b, "\nFROM held a JOIN held c USING (metric, dimensions, unit, span) JOIN basis k USING (metric, unit)\n"
		"WHERE a.entity_id = ANY ({ratio_of}::text[]) AND c.entity_id = ANY ({ratio_to}::text[])\nORDER BY a.metric, a.dimensions, a.span");
}

static void add_table_on(struct build *b)
{
	add_text(b, "SELECT rank() OVER (PARTITION BY a.metric, a.unit, a.span ORDER BY a.value DESC) AS rank, a.entity, a.metric, a.dimensions, "
		"nullif(a.span, '') AS period, a.value, a.unit, a.value_low AS low, a.value_high AS high, a.period_start, a.period_end, a.claims, a.disputed, a.source");
	add_basis(b, ", k.basis");
	add_text(b, "\nFROM held a JOIN basis k USING (metric, unit)\nORDER BY a.metric, a.unit, a.span, a.value DESC, a.entity");
	if (b->t->top)
		add_text(b, "\nLIMIT {top}::bigint");
}

int trend_build(const struct trend *t, struct arena *mem, struct query *out, struct err *e)
{
	struct build b;

	if (start(&b, t, mem, out, e))
		return -1;
	add_text(&b, sql_query(t->on ? "trend_on" : "trend_head"));
	if (!t->on)
		add_text(&b, sql_query("trend"));
	if (t->on)
		(t->ratio ? add_ratio_on : add_table_on)(&b);
	else
		(t->ratio ? add_ratio : t->cagr ? add_cagr : add_buckets)(&b);
	return finish(&b, e);
}
