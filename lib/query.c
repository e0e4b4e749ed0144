/* query: builds the one statement that answers a question. What users type becomes a parameter or is checked against a list. */
#include "query_inside.h"

#include <strings.h>

#include "aimarket/date.h"
#include "aimarket/decimal.h"
#include "aimarket/text.h"

enum { SQL_MAX = 64 << 10, VALUE_MAX = 64 << 10, NAMES_MAX = 256 };

#define ASK_WORD(name, letter, api, member, arg, help) { name, api, offsetof(struct ask, member), arg, help },
const struct ask_word ask_words[] = { ASK_LIST_WORDS(ASK_WORD) ASK_TIME_WORDS(ASK_WORD){ 0 } };

/* ---- filters: a value as typed becomes a value as SQL takes it */

typedef int value_reader(const struct param *p, const char *value, int32_t today, struct buf *out, struct err *e);

static int read_text(const struct param *p, const char *value, int32_t today, struct buf *out, struct err *e)
{
	if (!*value)
		return err_set(e, ERR_USAGE, "--%s needs a value", p->name);
	if (buf_adds(out, value))
		return err_set(e, ERR_USAGE, "the value of --%s is too long", p->name);
	return 0;
}

/* The word as the blank separated words spell it (case does not count), or NULL. */
static const char *known_word(const char *word, size_t n, const char *words)
{
	while (*words) {
		size_t len = strcspn(words, " ");

		if (len == n && strncasecmp(words, word, n) == 0)
			return words;
		words += len + (words[len] == ' ');
	}
	return NULL;
}

size_t query_words(const char *words, struct arena *mem, const char **list, size_t max)
{
	size_t n = 0;

	while (*words && n < max) {
		size_t len = strcspn(words, " ");

		list[n++] = arena_strndup(mem, words, len);
		words += len + (words[len] == ' ');
	}
	return n;
}

static int unknown_word(const struct param *p, const char *word, size_t n, struct err *e)
{
	struct arena *mem = arena_new();
	const char *list[NAMES_MAX], *near = text_nearest(arena_strndup(mem, word, n), list, query_words(p->values, mem, list, NAMES_MAX));

	err_set(e, ERR_USAGE, near ? "--%s does not know \"%.*s\", did you mean \"%s\"?" : "--%s does not know \"%.*s\"", p->name, (int)n,
		word, near);
	err_hint(e, "It takes: %s.", p->values);
	arena_free(mem);
	return -1;
}

/* One element of a PostgreSQL array, quoted. */
static void add_element(struct buf *out, const char *s, size_t n)
{
	buf_addc(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"' || s[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, s[i]);
	}
	buf_addc(out, '"');
}

static int read_code(const struct param *p, const char *value, int32_t today, struct buf *out, struct err *e)
{
	buf_addc(out, '{');
	while (*value) {
		size_t n = strcspn(value, ",");
		const char *word = p->values ? known_word(value, n, p->values) : value;

		if (!word)
			return unknown_word(p, value, n, e);
		if (out->len > 1)
			buf_addc(out, ',');
		add_element(out, word, n);
		value += n + (value[n] == ',');
	}
	if (out->len == 1)
		return err_set(e, ERR_USAGE, "--%s needs a value", p->name);
	return buf_addc(out, '}') ? err_set(e, ERR_USAGE, "the value of --%s is too long", p->name) : 0;
}

static int read_date(const struct param *p, const char *value, int32_t today, struct buf *out, struct err *e)
{
	struct date_span span;
	struct err why = { 0 };
	char iso[11];

	if (date_read_human(value, today, &span, &why)) {
		err_set(e, ERR_USAGE, "--%s: %s", p->name, why.text);
		return err_hint(e, "Dates look like 2024, 2024-08, 2024-Q3, 2024-08-02, today or -90d.");
	}
	date_iso(p->type == PARAM_DATE_FROM ? span.first : span.last, iso);
	return buf_adds(out, iso);
}

static int read_amount(const struct param *p, const char *value, int32_t today, struct buf *out, struct err *e)
{
	struct err why = { 0 };

	if (decimal_read_human(value, out, &why) == 0)
		return 0;
	err_set(e, ERR_USAGE, "--%s: %s", p->name, why.text);
	return err_hint(e, "Amounts look like 100M, 2.5B or 1,000,000.");
}

static int read_int(const struct param *p, const char *value, int32_t today, struct buf *out, struct err *e)
{
	size_t n = strspn(value, "0123456789");

	if (n == 0 || n > 18 || value[n])
		return err_set(e, ERR_USAGE, "--%s needs a whole number, not \"%s\"", p->name, value);
	return buf_adds(out, value);
}

static value_reader *const readers[PARAM_TYPES] = {
	[PARAM_TEXT] = read_text,
	[PARAM_CODE] = read_code,
	[PARAM_ENTITY] = read_text,
	[PARAM_METRIC] = read_code,
	[PARAM_DATE_FROM] = read_date,
	[PARAM_DATE_TO] = read_date,
	[PARAM_AMOUNT] = read_amount,
	[PARAM_INT] = read_int,
};

static int unknown_filter(const struct resource *r, const char *name, struct err *e)
{
	const char *names[NAMES_MAX], *near;
	size_t n = 0;

	for (const struct param *p = r->params; p->name; p++)
		names[n++] = p->name;
	near = text_nearest(name, names, n);
	err_set(e, ERR_USAGE, near ? "%s has no filter \"%s\", did you mean \"%s\"?" : "%s has no filter \"%s\"", r->name, name, near);
	return err_hint(e, "`aimarket help query %s` lists its filters.", r->name);
}

static int read_value(const struct param *p, const char *value, int32_t today, struct arena *mem, const char **out, struct err *e)
{
	struct buf text;
	int rc;

	if (!value)
		return err_set(e, ERR_USAGE, "--%s needs a value: %s", p->name, param_args[p->type]);
	if (text_utf8_check(value, strlen(value)) != strlen(value))
		return err_set(e, ERR_USAGE, "the value of --%s is not UTF-8", p->name);
	buf_init(&text, VALUE_MAX);
	rc = readers[p->type](p, value, today, &text, e);
	*out = arena_strdup(mem, buf_str(&text));
	buf_release(&text);
	return rc;
}

int ask_filter(struct ask *a, const char *name, const char *value, int32_t today, struct arena *mem, struct err *e)
{
	bool negate = strncmp(name, "not-", 4) == 0 || strncmp(name, "not_", 4) == 0;
	const struct param *p = resource_param(a->resource, negate ? name + 4 : name);

	if (!p)
		return unknown_filter(a->resource, negate ? name + 4 : name, e);
	if (p->type == PARAM_VIEW) {
		a->view = p;
		return 0;
	}
	if (a->n_filters == ASK_FILTERS_MAX)
		return err_set(e, ERR_USAGE, "more than %d filters", a->n_filters);
	if (p->type == PARAM_FLAG)
		value = NULL;
	a->filters[a->n_filters].typed = value;
	if (p->type != PARAM_FLAG && read_value(p, value, today, mem, &value, e))
		return -1;
	a->filters[a->n_filters].param = p;
	a->filters[a->n_filters].value = value;
	a->filters[a->n_filters++].negate = negate;
	return 0;
}

/* ---- names that only the database can resolve */

/* What resolves the value of a type; the others stand for themselves. */
static const char *const resolvers[PARAM_TYPES] = {
	[PARAM_ENTITY] = "api.entities_slugs",
	[PARAM_METRIC] = "api.metric_names",
};

static void add_past(struct buf *sql, const char *value, const char *type, struct query *out)
{
	if (!value) {
		buf_adds(sql, ", NULL");
		return;
	}
	out->params[out->n++] = value;
	buf_printf(sql, ", $%d::%s", out->n, type);
}

void query_bearers(struct buf *sql, const struct ask *a, const char *function, const char *word, struct query *out)
{
	out->params[out->n++] = word;
	buf_printf(sql, "%s($%d", function, out->n);
	if ((a->snapshot || a->as_of) && out->n < QUERY_PARAMS_MAX - 1) {
		add_past(sql, a->snapshot, "bigint", out); /* who was one with whom, then */
		add_past(sql, a->as_of, "date", out); /* whose a ticker was that day */
	}
	buf_adds(sql, ")");
}

int ask_resolve(const struct ask *a, struct arena *mem, struct query *out)
{
	struct buf sql;
	int columns = 0;

	*out = (struct query){ .resource = a->resource };
	buf_init(&sql, SQL_MAX);
	for (int i = 0; i < a->n_filters; i++) {
		enum param_type type = a->filters[i].param->type;

		if (!resolvers[type])
			continue;
		buf_adds(&sql, columns++ ? ", " : "SELECT ");
		if (type == PARAM_ENTITY) {
			query_bearers(&sql, a, resolvers[type], a->filters[i].value, out);
			continue;
		}
		out->params[out->n++] = a->filters[i].value;
		buf_printf(&sql, "%s($%d)", resolvers[type], out->n);
	}
	out->sql = arena_strdup(mem, buf_str(&sql));
	buf_release(&sql);
	return columns;
}

void ask_resolved(struct ask *a, int column, const char *value)
{
	for (int i = 0; i < a->n_filters; i++) {
		if (resolvers[a->filters[i].param->type] && column-- == 0)
			a->filters[i].value = value;
	}
}

/* ---- the statement */

const struct resource *ask_resource(const struct ask *a)
{
	bool there_anyway = a->nested && !ask_groups(a);

	return a->view && !there_anyway ? resource_find(a->view->sql) : a->resource;
}

bool ask_groups(const struct ask *a)
{
	return a->group_by || a->measure || a->having;
}

bool ask_names_columns(const struct ask *a)
{
	return a->columns || a->sort || ask_groups(a);
}

int query_param(struct build *b, const char *value)
{
	b->out->params[b->out->n++] = value;
	return b->out->n;
}

int query_unknown(const char *what, const char *kind, const char *name, const char *const *names, size_t n, struct err *e)
{
	const char *near = text_nearest(name, names, n);
	struct buf list;

	err_set(e, ERR_USAGE, near ? "%s has no %s \"%s\", did you mean \"%s\"?" : "%s has no %s \"%s\"", what, kind, name, near);
	buf_init(&list, sizeof(e->hint) - 24);
	for (size_t i = 0; i < n; i++)
		buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
	err_hint(e, "It has: %s%s", buf_str(&list), list.overflow ? " …" : ".");
	buf_release(&list);
	return -1;
}

const struct column *query_column(const struct build *b, const char *name, struct err *e)
{
	const char **names = arena_alloc(b->mem, sizeof(*names) * (b->n_view + 1));

	for (size_t i = 0; i < b->n_view; i++) {
		if (strcmp(b->view[i].name, name) == 0)
			return &b->view[i];
		names[i] = b->view[i].name;
	}
	query_unknown(b->resource->name, "column", name, names, b->n_view, e);
	return NULL;
}

const char *query_name(const char **list, struct arena *mem)
{
	const char *start;
	size_t n;

	if (!**list)
		return NULL;
	start = *list;
	n = strcspn(start, ",");
	*list += n + (start[n] == ',');
	text_trim(&start, &n);
	return arena_strndup(mem, start, n);
}

static int add_named_columns(struct build *b, struct err *e)
{
	const char *list = b->ask->columns, *name, *comma = "";

	while ((name = query_name(&list, b->mem))) {
		if (!query_column(b, name, e))
			return -1;
		buf_printf(&b->sql, "%s\"%s\"", comma, name);
		comma = ", ";
	}
	return *comma ? 0 : err_set(e, ERR_USAGE, "--columns names no column");
}

static void add_own_columns(struct build *b)
{
	for (const char *c = b->resource->columns; *c; c++) {
		if (*c == ' ')
			buf_addc(&b->sql, ',');
		buf_addc(&b->sql, *c);
	}
}

static int add_columns(struct build *b, struct err *e)
{
	if (b->ask->columns && add_named_columns(b, e))
		return -1;
	if (!b->ask->columns && b->ask->all_columns)
		buf_addc(&b->sql, '*');
	else if (!b->ask->columns)
		add_own_columns(b);
	if (b->ask->strict && b->resource->flag)
		buf_printf(&b->sql, ", %s AS \"" QUERY_STRICT "\"", b->resource->flag);
	for (int i = 0; b->ask->keyed && i < b->order.n; i++)
		buf_printf(&b->sql, ", %s AS \"" KEYSET_COLUMN "\"", b->order.keys[i].sql, i);
	return 0;
}

/* Rows that are computed when asked are only asked for in a question that is narrow enough. */
static bool is_narrow(const struct ask *a)
{
	int narrows = 0;

	for (int i = 0; i < a->n_filters; i++)
		narrows += a->filters[i].negate ? 0 : a->filters[i].param->narrows;
	return narrows >= WIDE_FROM;
}

static int add_from(struct build *b, struct err *e)
{
	const struct resource *r = b->resource;
	bool wide = r->wide && (b->ask->key || is_narrow(b->ask));

	if (!b->ask->as_of && !b->ask->snapshot)
		return buf_printf(&b->sql, " FROM %s", wide ? r->wide : r->view);
	if (!r->asof)
		return err_set(e, ERR_USAGE, "%s cannot be asked as of an earlier time", r->name);
	buf_printf(&b->sql, " FROM %s($%d::date", wide ? r->wide_asof : r->asof, query_param(b, b->ask->as_of));
	return buf_printf(&b->sql, ", $%d::bigint)", query_param(b, b->ask->snapshot));
}

static void add_condition(struct build *b, const char *condition, const char *value)
{
	int n = value ? query_param(b, value) : 0;

	for (; *condition; condition++) {
		if (*condition == '$')
			buf_printf(&b->sql, "$%d", n);
		else
			buf_addc(&b->sql, *condition);
	}
}

/* Before the first condition WHERE, before the others AND. */
static void add_glue(struct build *b, bool *any)
{
	buf_adds(&b->sql, *any ? " AND " : " WHERE ");
	*any = true;
}

/* In it $1 is the first value of the cursor. */
static void add_ahead(struct build *b, const char *condition, const int place[KEYSET_MAX])
{
	for (; *condition; condition++) {
		if (*condition == '$')
			buf_printf(&b->sql, "$%d", place[*++condition - '1']);
		else
			buf_addc(&b->sql, *condition);
	}
}

static void add_behind(struct build *b, const struct cursor *c, bool *any)
{
	int place[KEYSET_MAX] = { 0 };

	for (int i = 0; i < c->n; i++)
		place[i] = c->values[i] ? query_param(b, c->values[i]) : 0;
	if (b->resource->ahead && !b->ask->sort) {
		add_glue(b, any);
		add_ahead(b, b->resource->ahead, place);
	}
	add_glue(b, any);
	keyset_behind(&b->order, c->values, place, &b->sql);
}

static void add_where(struct build *b)
{
	bool any = false;

	for (int i = 0; i < b->ask->n_filters; i++) {
		bool negate = b->ask->filters[i].negate;

		add_glue(b, &any);
		buf_adds(&b->sql, negate ? "(" : "");
		add_condition(b, b->ask->filters[i].param->sql, b->ask->filters[i].value);
		buf_adds(&b->sql, negate ? ") IS NOT TRUE" : "");
	}
	if (b->ask->behind)
		add_behind(b, b->ask->behind, &any);
	if (b->ask->key) {
		add_glue(b, &any);
		buf_printf(&b->sql, "\"%s\"::text = $%d", b->resource->key, query_param(b, b->ask->key));
	}
	if (b->ask->also) {
		add_glue(b, &any);
		buf_adds(&b->sql, b->ask->also);
	}
}

/* What a column sorts by: itself, unless the resource says otherwise. */
static const char *sort_column(const struct resource *r, const char *name, struct arena *mem)
{
	const char *list[NAMES_MAX];
	size_t n = r->sort_as ? query_words(r->sort_as, mem, list, NAMES_MAX) : 0;

	for (size_t i = 0; i + 1 < n; i += 2) {
		if (strcmp(list[i], name) == 0)
			return list[i + 1];
	}
	return name;
}

/*
 * The user's columns, and behind them the resource's own order, so that the whole is total and pages do not overlap. Where
 * pages are cut, its key has the last word.
 */
static int read_order(struct build *b, struct err *e)
{
	const struct resource *r = b->resource;
	const char *list = b->ask->sort ? b->ask->sort : "", *name;

	while ((name = query_name(&list, b->mem))) {
		bool down = *name == '-';

		name += down || *name == '+';
		if (!query_column(b, name, e))
			return -1;
		keyset_add(&b->order, arena_printf(b->mem, "\"%s\"%s NULLS LAST", sort_column(r, name, b->mem), down ? " DESC" : ""),
			b->mem);
	}
	keyset_add(&b->order, r->order, b->mem);
	if ((b->ask->keyed || b->ask->behind) && !keyset_has(&b->order, r->key))
		keyset_add(&b->order, r->key, b->mem);
	if (b->order.n == KEYSET_MAX)
		return err_set(e, ERR_USAGE, "--sort names too many columns");
	if (b->ask->behind && b->ask->behind->n != b->order.n)
		return err_set(e, ERR_USAGE, "cursor: it belongs to another order");
	return 0;
}

static void add_page(struct build *b)
{
	if (b->ask->limit)
		buf_printf(&b->sql, " LIMIT $%d::bigint", query_param(b, arena_printf(b->mem, "%ld", b->ask->limit)));
	if (b->ask->offset)
		buf_printf(&b->sql, " OFFSET $%d::bigint", query_param(b, arena_printf(b->mem, "%ld", b->ask->offset)));
}

static int build_rows(struct build *b, struct err *e)
{
	buf_adds(&b->sql, "SELECT ");
	if (read_order(b, e) || add_columns(b, e) || add_from(b, e))
		return -1;
	add_where(b);
	if (!b->ask->any_order) {
		buf_adds(&b->sql, " ORDER BY ");
		keyset_order(&b->order, &b->sql);
	}
	return 0;
}

static int build_groups(struct build *b, struct err *e)
{
	struct groups *g = groups_read(b, e);

	if (!g)
		return -1;
	buf_adds(&b->sql, "SELECT ");
	groups_columns(b, g);
	if (add_from(b, e))
		return -1;
	add_where(b);
	groups_having(b, g);
	return groups_order(b, g, e);
}

int query_build(const struct ask *a, const struct column *view, size_t n_view, struct arena *mem, struct query *out, struct err *e)
{
	struct build b = { .ask = a, .resource = ask_resource(a), .view = view, .n_view = n_view, .mem = mem, .out = out };
	int rc;

	*out = (struct query){ .resource = b.resource };
	if (ask_groups(a) && a->behind)
		return err_set(e, ERR_USAGE, "--cursor goes with rows, not with groups of them");
	buf_init(&b.sql, SQL_MAX);
	rc = ask_groups(a) ? build_groups(&b, e) : build_rows(&b, e);
	if (rc == 0)
		add_page(&b);
	if (rc == 0 && b.sql.overflow)
		rc = err_set(e, ERR_USAGE, "the question is too long");
	out->sql = arena_strdup(mem, buf_str(&b.sql));
	buf_release(&b.sql);
	return rc;
}
