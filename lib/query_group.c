/* query_group: aggregates. Rows become groups by columns and buckets of time, and each group is measured. */
#include "query_inside.h"

#include "aimarket/decimal.h"
#include "aimarket/measure.h"
#include "aimarket/text.h"

enum { HAVING_MAX = 12, UNITS_MAX = 8, NAMES_MAX = 256, EXPRESSION_MAX = 1024 };

/* What a measure can be of. */
enum operand { OF_ROWS, OF_ANY, OF_ORDERED, OF_NUMBERS };

static const struct measure {
	const char *name, *sql;
	enum operand of;
} measures[] = {
	{ "sum", MEASURE_SUM, OF_NUMBERS },
	{ "avg", MEASURE_MEAN, OF_NUMBERS },
	{ "mean", MEASURE_MEAN, OF_NUMBERS },
	{ "median", MEASURE_MEDIAN, OF_NUMBERS },
	{ "min", MEASURE_MIN, OF_ORDERED },
	{ "max", MEASURE_MAX, OF_ORDERED },
	{ "count", "count(@)", OF_ANY },
	{ "count_distinct", "count(DISTINCT @)", OF_ANY },
	{ "p90", MEASURE_PERCENTILE, OF_NUMBERS }, /* and all from p0 to p100 */
	{ 0 },
};
static const struct measure count_rows = { "count", "count(*)", OF_ROWS };
enum { N_MEASURES = sizeof(measures) / sizeof(*measures) - 1 };

static const char *const buckets[] = { "month", "quarter", "year" };
enum { N_BUCKETS = sizeof(buckets) / sizeof(*buckets) };

/* A column of the answer: its name there, and what it is in SQL. */
struct item {
	const char *name, *sql;
};

struct group {
	struct item item;
	const char *column;
};

struct condition {
	const char *left, *op, *right; /* right: the number of its parameter */
};

struct groups {
	struct group by[ASK_GROUPS_MAX + UNITS_MAX];
	int n_by;
	struct item measures[ASK_MEASURES_MAX];
	int n_measures;
	struct condition having[HAVING_MAX];
	int n_having;
};

/* ---- names */

/* sum:amount_usd is a column called sum_amount_usd: a name that any reader of JSON and CSV can use. */
static const char *column_name(const char *typed, struct arena *mem)
{
	char *name = arena_strdup(mem, typed);

	for (char *p = name; (p = strchr(p, ':')); p++)
		*p = '_';
	return name;
}

static bool has_group(const struct groups *g, const char *name)
{
	for (int i = 0; i < g->n_by; i++) {
		if (strcmp(g->by[i].item.name, name) == 0)
			return true;
	}
	return false;
}

static void add_group(struct groups *g, const char *name, const char *column, const char *sql)
{
	if (!has_group(g, name))
		g->by[g->n_by++] = (struct group){ { name, sql }, column };
}

/* ---- what groups are made by */

static const char *bucket_word(const char *word, size_t n)
{
	for (int i = 0; i < N_BUCKETS; i++) {
		if (strlen(buckets[i]) == n && strncmp(buckets[i], word, n) == 0)
			return buckets[i];
	}
	return NULL;
}

static const struct day *find_day(const struct build *b, const char *name, struct err *e)
{
	const char *names[NAMES_MAX];
	size_t n = 0;

	for (const struct day *d = b->resource->days; d && d->name; d++) {
		if (!name || strcmp(d->name, name) == 0)
			return d;
		names[n++] = d->name;
	}
	if (n == 0)
		err_set(e, ERR_USAGE, "%s tells no days to make buckets of", b->resource->name);
	else
		query_unknown(b->resource->name, "day", name, names, n, e);
	return NULL;
}

/* A day that is not known so exactly lies in no bucket: it is counted under NULL, not guessed. */
static int read_bucket(struct build *b, struct groups *g, const char *by, const char *typed, const char *day, struct err *e)
{
	const struct day *d = find_day(b, day, e);

	if (!d)
		return -1;
	add_group(g, column_name(typed, b->mem), d->name,
		arena_printf(b->mem, "CASE WHEN api.bucket_fits(%s, '%s') THEN api.bucket_text(api.bucket(%s, '%s'), '%s') END",
			d->precision, by, d->sql, by, by));
	return 0;
}

static int unknown_bucket(const char *word, struct err *e)
{
	const char *near = text_nearest(word, buckets, N_BUCKETS);

	err_set(e, ERR_USAGE, near ? "no bucket of time is called \"%s\", did you mean \"%s\"?" : "no bucket of time is called \"%s\"",
		word, near);
	return err_hint(e, "Buckets: month, quarter, year, of a day as in quarter:announced_on.");
}

static int read_group(struct build *b, struct groups *g, const char *typed, struct err *e)
{
	const char *colon = strchr(typed, ':');
	size_t n = colon ? (size_t)(colon - typed) : strlen(typed);
	const char *by = bucket_word(typed, n);

	if (g->n_by == ASK_GROUPS_MAX)
		return err_set(e, ERR_USAGE, "groups by more than %d columns", ASK_GROUPS_MAX);
	if (by)
		return read_bucket(b, g, by, typed, colon ? colon + 1 : NULL, e);
	if (colon)
		return unknown_bucket(arena_strndup(b->mem, typed, n), e);
	if (!query_column(b, typed, e))
		return -1;
	add_group(g, typed, typed, arena_printf(b->mem, "\"%s\"", typed));
	return 0;
}

/* Figures of different units do not add up: the groups are made by the unit, too. */
static void group_by_unit(struct build *b, struct groups *g, const char *figure)
{
	const char *units[UNITS_MAX];

	for (const struct unit *u = b->resource->units; u && u->name; u++) {
		size_t n = strcmp(u->name, figure) == 0 ? query_words(u->of, b->mem, units, UNITS_MAX) : 0;

		for (size_t i = 0; i < n && g->n_by < ASK_GROUPS_MAX + UNITS_MAX; i++)
			add_group(g, units[i], units[i], arena_printf(b->mem, "\"%s\"", units[i]));
	}
}

/* ---- measures */

/* p90 -> "90" */
static const char *percentile(const char *word, size_t n, struct arena *mem)
{
	const char *digits = arena_strndup(mem, word + (n > 0), n - (n > 0));

	if (n < 2 || n > 4 || *word != 'p' || strspn(digits, "0123456789") != n - 1 || strtol(digits, NULL, 10) > 100)
		return NULL;
	return digits;
}

static const struct measure *find_measure(const char *word, size_t n, bool is_percentile)
{
	for (const struct measure *m = measures; m->name; m++) {
		if ((strlen(m->name) == n && strncmp(m->name, word, n) == 0) || (is_percentile && strstr(m->sql, "{percent}")))
			return m;
	}
	return NULL;
}

static int unknown_measure(const char *word, struct err *e)
{
	const char *names[N_MEASURES], *near;

	for (int i = 0; i < N_MEASURES; i++)
		names[i] = measures[i].name;
	near = text_nearest(word, names, N_MEASURES);
	err_set(e, ERR_USAGE, near ? "no measure is called \"%s\", did you mean \"%s\"?" : "no measure is called \"%s\"", word, near);
	return err_hint(e,
		"Measures: count, and sum, avg, mean, median, p90, min, max, count, count_distinct of a column, as in sum:amount_usd.");
}

static int check_operand(const struct build *b, const struct measure *m, const struct column *c, struct err *e)
{
	bool fits = m->of == OF_ANY || c->kind == COL_NUMBER || (m->of == OF_ORDERED && c->kind == COL_TEXT);
	const char *names[NAMES_MAX];
	size_t n = 0;

	if (fits)
		return 0;
	for (size_t i = 0; i < b->n_view && n < NAMES_MAX; i++) {
		if (b->view[i].kind == COL_NUMBER)
			names[n++] = b->view[i].name;
	}
	err_set(e, ERR_USAGE, "%s needs figures: %s of %s is none", m->name, c->name, b->resource->name);
	return n ? err_hint(e, "Figures of it: %s%s%s …", names[0], n > 1 ? ", " : "", n > 1 ? names[1] : "") : -1;
}

/* @ becomes the column, {percent} a parameter. */
static const char *expression(struct build *b, const char *sql, const char *column, const char *percent)
{
	int param = percent ? query_param(b, percent) : 0;
	const char *text;
	struct buf out;

	buf_init(&out, EXPRESSION_MAX);
	while (*sql) {
		if (*sql == '@') {
			buf_printf(&out, "\"%s\"", column);
			sql++;
		} else if (strncmp(sql, "{percent}", 9) == 0) {
			buf_printf(&out, "$%d", param);
			sql += 9;
		} else {
			buf_addc(&out, *sql++);
		}
	}
	text = arena_strdup(b->mem, buf_str(&out));
	buf_release(&out);
	return text;
}

static int read_measure(struct build *b, struct groups *g, const char *typed, struct item *out, struct err *e)
{
	const char *colon = strchr(typed, ':');
	size_t n = colon ? (size_t)(colon - typed) : strlen(typed);
	const char *percent = percentile(typed, n, b->mem);
	const struct measure *m = colon ? find_measure(typed, n, percent != NULL) : strcmp(typed, "count") == 0 ? &count_rows : NULL;
	const struct column *c = NULL;

	if (!m && !colon && find_measure(typed, n, percent != NULL))
		return err_set(e, ERR_USAGE, "%s of which column? Say it as in %s:COLUMN", typed, typed);
	if (!m)
		return unknown_measure(arena_strndup(b->mem, typed, n), e);
	if (m->of != OF_ROWS) {
		c = query_column(b, colon + 1, e);
		if (!c || check_operand(b, m, c, e))
			return -1;
	}
	if (c && m->of != OF_ANY)
		group_by_unit(b, g, c->name);
	*out = (struct item){ column_name(typed, b->mem), expression(b, m->sql, c ? c->name : "", percent) };
	return 0;
}

static int read_measures(struct build *b, struct groups *g, struct err *e)
{
	const char *list = b->ask->measure ? b->ask->measure : "count", *typed;

	while ((typed = query_name(&list, b->mem))) {
		if (g->n_measures == ASK_MEASURES_MAX)
			return err_set(e, ERR_USAGE, "more than %d measures", ASK_MEASURES_MAX);
		if (read_measure(b, g, typed, &g->measures[g->n_measures], e))
			return -1;
		g->n_measures++;
	}
	return g->n_measures ? 0 : err_set(e, ERR_USAGE, "--measure names no measure");
}

/* ---- having */

static const char *const operators[] = { ">=", "<=", "<>", "!=", ">", "<", "=", NULL };

static const char *find_operator(const char *text, const char **op)
{
	const char *at = text + strcspn(text, "<>=!");

	for (const char *const *o = operators; *o; o++) {
		if (strncmp(at, *o, strlen(*o)) == 0) {
			*op = *o;
			return at;
		}
	}
	return NULL;
}

static int read_condition(struct build *b, struct groups *g, const char *typed, struct condition *out, struct err *e)
{
	const char *at = find_operator(typed, &out->op), *left = typed;
	size_t n = at ? (size_t)(at - typed) : 0;
	struct err why = { 0 };
	struct item item;
	struct buf number;
	int rc;

	text_trim(&left, &n);
	if (!at || n == 0) {
		err_set(e, ERR_USAGE, "--having: \"%s\" is no condition", typed);
		return err_hint(e, "Conditions look like count>=3 or sum:amount_usd>1B; commas between them mean and.");
	}
	if (read_measure(b, g, arena_strndup(b->mem, left, n), &item, e))
		return -1;
	buf_init(&number, 2 * DECIMAL_DIGITS_MAX);
	rc = decimal_read_human(at + strlen(out->op), &number, &why) ? err_set(e, ERR_USAGE, "--having %s: %s", typed, why.text) : 0;
	out->left = item.sql;
	out->right = arena_printf(b->mem, "%d", rc ? 0 : query_param(b, arena_strdup(b->mem, buf_str(&number))));
	buf_release(&number);
	return rc;
}

static int read_having(struct build *b, struct groups *g, struct err *e)
{
	const char *list = b->ask->having ? b->ask->having : "", *typed;

	while ((typed = query_name(&list, b->mem))) {
		if (g->n_having == HAVING_MAX)
			return err_set(e, ERR_USAGE, "more than %d conditions in --having", HAVING_MAX);
		if (read_condition(b, g, typed, &g->having[g->n_having], e))
			return -1;
		g->n_having++;
	}
	return 0;
}

/* ---- the statement */

struct groups *groups_read(struct build *b, struct err *e)
{
	struct groups *g = arena_zalloc(b->mem, sizeof(*g));
	const char *list = b->ask->group_by ? b->ask->group_by : "", *typed;

	if (b->ask->columns) {
		err_set(e, ERR_USAGE, "--columns does not go with groups");
		err_hint(e, "Groups have the columns of --group-by and --measure.");
		return NULL;
	}
	while ((typed = query_name(&list, b->mem))) {
		if (read_group(b, g, typed, e))
			return NULL;
	}
	return read_measures(b, g, e) || read_having(b, g, e) ? NULL : g;
}

void groups_columns(struct build *b, const struct groups *g)
{
	const char *flag = b->resource->flag;

	for (int i = 0; i < g->n_by; i++)
		buf_printf(&b->sql, "%s%s AS \"%s\"", i ? ", " : "", g->by[i].item.sql, g->by[i].item.name);
	for (int i = 0; i < g->n_measures; i++)
		buf_printf(&b->sql, "%s%s AS \"%s\"", i || g->n_by ? ", " : "", g->measures[i].sql, g->measures[i].name);
	if (flag && !has_group(g, flag))
		buf_printf(&b->sql, ", count(*) FILTER (WHERE %s) AS \"%s\"", flag, flag);
	if (flag && b->ask->strict)
		buf_printf(&b->sql, ", coalesce(bool_or(%s), false) AS \"" QUERY_STRICT "\"", flag);
}

void groups_having(struct build *b, const struct groups *g)
{
	for (int i = 0; i < g->n_by; i++)
		buf_printf(&b->sql, "%s%d", i ? ", " : " GROUP BY ", i + 1);
	for (int i = 0; i < g->n_having; i++)
		buf_printf(&b->sql, "%s%s %s $%s::numeric", i ? " AND " : " HAVING ", g->having[i].left, g->having[i].op,
			g->having[i].right);
}

static int check_shown(const struct build *b, const struct groups *g, const char *name, struct err *e)
{
	const char *names[NAMES_MAX];
	size_t n = 0;

	for (int i = 0; i < g->n_by; i++)
		names[n++] = g->by[i].item.name;
	for (int i = 0; i < g->n_measures; i++)
		names[n++] = g->measures[i].name;
	if (b->resource->flag)
		names[n++] = b->resource->flag;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], name) == 0)
			return 0;
	}
	return query_unknown("the answer", "column", name, names, n, e);
}

/* The user's columns, then the groups' own order, which is total. */
int groups_order(struct build *b, const struct groups *g, struct err *e)
{
	const char *list = b->ask->sort ? b->ask->sort : "", *typed, *comma = " ORDER BY ";

	while ((typed = query_name(&list, b->mem))) {
		bool down = *typed == '-';
		const char *name = column_name(typed + (down || *typed == '+'), b->mem);

		if (check_shown(b, g, name, e))
			return -1;
		buf_printf(&b->sql, "%s\"%s\"%s NULLS LAST", comma, name, down ? " DESC" : "");
		comma = ", ";
	}
	for (int i = 0; i < g->n_by; i++) {
		buf_printf(&b->sql, "%s%d NULLS LAST", comma, i + 1);
		comma = ", ";
	}
	return 0;
}
