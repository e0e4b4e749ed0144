/* api_words: from a request's parameters to a question. Filters bear their names of the command line; the others are the rows below. */
#include "api_inside.h"

#include <time.h>

#include "aimarket/date.h"
#include "aimarket/log.h"
#include "aimarket/text.h"

enum { NAMES_MAX = 128, URL_MAX = 64 << 10 };

typedef int word_reader(struct inquiry *q, const char *value, struct err *e);

static int read_limit(struct inquiry *q, const char *value, struct err *e)
{
	size_t n = strspn(value, "0123456789");

	if (n == 0 || n > 9 || value[n]) {
		err_set(e, ERR_USAGE, "limit: \"%s\" is not a number of rows", value);
		return err_hint(e, "Up to %lld rows are a page; 0 streams all of them, in no order unless sort is said.", q->api->conf->api.rows);
	}
	q->ask.limit = strtol(value, NULL, 10);
	return 0;
}

static int read_cursor(struct inquiry *q, const char *value, struct err *e)
{
	q->cursor_typed = value;
	return 0;
}

static int read_as_of(struct inquiry *q, const char *value, struct err *e)
{
	struct date_span span;
	struct err why = { 0 };
	char iso[11];

	if (date_read_human(value, date_today(), &span, &why)) {
		err_set(e, ERR_USAGE, "as_of: %s", why.text);
		return err_hint(e, "Dates look like 2024, 2024-08, 2024-Q3, 2024-08-02, today or -90d.");
	}
	date_iso(span.last, iso);
	q->ask.as_of = arena_strdup(q->mem, iso);
	return 0;
}

static int read_snapshot(struct inquiry *q, const char *value, struct err *e)
{
	size_t n = strspn(value, "0123456789");

	if (n == 0 || n > 18 || value[n])
		return err_set(e, ERR_USAGE, "snapshot: \"%s\" is not the number of a transaction", value);
	q->ask.snapshot = value;
	return 0;
}

/* One of a few words. */
static int read_choice(const char *name, const char *value, const char *const *choices, size_t n, int *out, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		*out = (int)i;
		if (strcmp(value, choices[i]) == 0)
			return 0;
	}
	const char *near = text_nearest(value, choices, n);
	err_set(e, ERR_USAGE, near ? "%s: it does not know \"%s\", did you mean \"%s\"?" : "%s: it does not know \"%s\"", name, value,
		near);
	return err_hint(e, "It takes: %s or %s.", choices[0], choices[1]);
}

static int read_numbers(struct inquiry *q, const char *value, struct err *e)
{
	static const char *const choices[] = { "number", "string" };
	int i;

	if (read_choice("numbers", value, choices, 2, &i, e))
		return -1;
	q->numbers_as_strings = i == 1;
	return 0;
}

static int read_count(struct inquiry *q, const char *value, struct err *e)
{
	static const char *const choices[] = { "exact", "estimate" };
	int i;

	if (read_choice("count", value, choices, 2, &i, e))
		return -1;
	q->count = i == 0 ? COUNT_EXACT : COUNT_ESTIMATE;
	return 0;
}

static const struct word {
	const char *name;
	enum words_taken of; /* the set it belongs to */
	word_reader *read;
} words[] = {
	{ "limit", WORDS_PAGE, read_limit },
	{ "cursor", WORDS_PAGE, read_cursor },
	{ "as_of", WORDS_TIME, read_as_of },
	{ "snapshot", WORDS_TIME, read_snapshot },
	{ "numbers", WORDS_NUMBERS, read_numbers },
	{ "count", WORDS_ASK, read_count },
	{ 0 },
};

static const struct word *find_word(const struct inquiry *q, const char *name)
{
	for (const struct word *w = words; w->name; w++)
		if (q->route->words & w->of && strcmp(w->name, name) == 0)
			return w;
	return NULL;
}

/* Of these, as_of and snapshot are words of their own above. */
static bool is_asked(const struct inquiry *q, const struct ask_word *w)
{
	return q->route->words & WORDS_ASK || (q->route->words & WORDS_FIELDS && strcmp(w->api, "fields") == 0);
}

static const struct ask_word *find_ask_word(const struct inquiry *q, const char *name)
{
	for (const struct ask_word *w = ask_words; w->name; w++)
		if (is_asked(q, w) && strcmp(w->api, name) == 0)
			return w;
	return NULL;
}

static bool is_among(const char *const *list, const char *word)
{
	for (; list && *list; list++)
		if (strcmp(*list, word) == 0)
			return true;
	return false;
}

/* ---- filters */

static void add_filters(const struct inquiry *q, const char **names, size_t *n)
{
	if (!q->ask.resource || !(q->route->words & WORDS_FILTERS))
		return;
	for (const struct param *p = q->ask.resource->params; p->name && *n < NAMES_MAX; p++) {
		char *here = arena_strdup(q->mem, p->name);

		for (char *c = here; (c = strchr(c, '-')); c++)
			*c = '_';
		names[(*n)++] = here;
	}
}

static int unknown(const struct inquiry *q, const char *name, struct err *e)
{
	const char *names[NAMES_MAX + 64], *near;
	size_t n = 0;
	struct buf list;

	for (const char *const *own = q->route->own; own && *own; own++)
		names[n++] = *own;
	add_filters(q, names, &n);
	for (const struct ask_word *w = ask_words; w->name; w++)
		if (is_asked(q, w))
			names[n++] = w->api;
	for (const struct word *w = words; w->name; w++)
		if (q->route->words & w->of)
			names[n++] = w->name;
	names[n++] = "format";
	near = text_nearest(name, names, n);
	err_set(e, ERR_USAGE, near ? "%s: there is no such parameter here, did you mean \"%s\"?" : "%s: there is no such parameter here",
		name, near);
	buf_init(&list, sizeof e->hint - 16);
	for (size_t i = 0; i < n; i++)
		buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
	err_hint(e, "There are: %s%s", buf_str(&list), list.overflow ? " …" : ".");
	buf_release(&list);
	return -1;
}

/* A flag is there, or true; false asks for the other rows. */
static int read_flag(struct inquiry *q, const char *name, const char *value, struct err *e)
{
	static const char *const said[] = { "true", "yes", "1", "", "false", "no", "0" };

	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		if (strcmp(value, said[i]) == 0)
			return ask_filter(&q->ask, i < 4 ? name : arena_printf(q->mem, "not-%s", name), NULL, 0, q->mem, e);
	err_set(e, ERR_USAGE, "%s: it is true or false, not \"%s\"", name, value);
	return err_hint(e, "Leave it out to see both.");
}

static int read_filter(struct inquiry *q, const struct http_field *f, struct err *e)
{
	bool negated = strncmp(f->name, "not_", 4) == 0 || strncmp(f->name, "not-", 4) == 0;
	bool filters = q->ask.resource && q->route->words & WORDS_FILTERS;
	const struct param *p = filters ? resource_param(q->ask.resource, negated ? f->name + 4 : f->name) : NULL;

	if (!p)
		return unknown(q, f->name, e);
	if (!negated && (p->type == PARAM_FLAG || p->type == PARAM_VIEW))
		return read_flag(q, p->name, f->value, e);
	return ask_filter(&q->ask, f->name, f->value, date_today(), q->mem, e);
}

static int read_one(struct inquiry *q, const struct http_field *f, struct err *e)
{
	const struct word *w = find_word(q, f->name);
	const struct ask_word *asked = w ? NULL : find_ask_word(q, f->name);

	if (text_utf8_check(f->value, strlen(f->value)) != strlen(f->value))
		return err_set(e, ERR_USAGE, "%s: the value is not UTF-8", f->name);
	if (w)
		return w->read(q, f->value, e);
	if (is_among(q->route->own, f->name))
		return 0;
	if (!asked)
		return read_filter(q, f, e);
	*(const char **)(void *)((char *)&q->ask + asked->at) = f->value;
	return 0;
}

/* Filters may come again: all must hold. The kind of question reads its own words itself, by inquiry_param. */
static int refuse_twice(const struct inquiry *q, struct err *e)
{
	for (size_t i = 1; i < q->n_params; i++) {
		const char *name = q->params[i].name;

		if (strcmp(name, q->params[i - 1].name) == 0 &&
			(find_word(q, name) || find_ask_word(q, name) || is_among(q->route->own, name)))
			return err_set(e, ERR_USAGE, "%s: it is said twice", name);
	}
	return 0;
}

uint64_t words_digest(const struct inquiry *q)
{
	return ask_digest(&q->ask, q->mem) ^ (q->words[1] ? api_hash(q->words[1]) : 0);
}

/* What is still to come is nobody's to ask about: its answer would not stay. */
static int refuse_future(const struct inquiry *q, struct err *e)
{
	if (!q->ask.snapshot || q->api->tx < 0 || strtoll(q->ask.snapshot, NULL, 10) <= q->api->tx)
		return 0;
	err_set(e, ERR_USAGE, "snapshot: there is no transaction %s yet", q->ask.snapshot);
	return err_hint(e, "The last one is %lld.", q->api->tx);
}

int words_read(struct inquiry *q, struct err *e)
{
	q->ask.limit = ASK_LIMIT;
	q->ask.nested = q->format == OUT_JSON || q->format == OUT_NDJSON;
	q->ask.all_columns = true;
	if (refuse_twice(q, e))
		return -1;
	for (size_t i = 0; i < q->n_params; i++)
		if (read_one(q, &q->params[i], e))
			return -1;
	if ((q->ask.as_of || q->ask.snapshot) && q->ask.resource && !q->ask.resource->asof)
		return err_set(e, ERR_USAGE, "%s: %s cannot be asked as of an earlier time", q->ask.as_of ? "as_of" : "snapshot",
			q->ask.resource->name);
	if (refuse_future(q, e))
		return -1;
	if (!q->cursor_typed || !q->ask.resource)
		return 0;
	if (cursor_read(q->cursor_typed, words_digest(q), q->mem, &q->cursor, e))
		return -1;
	if (q->ask.snapshot && strcmp(q->ask.snapshot, q->cursor.snapshot) != 0)
		return err_set(e, ERR_USAGE, "snapshot: the cursor belongs to another one");
	q->ask.behind = &q->cursor;
	q->ask.cursor = q->cursor_typed;
	return 0;
}

int words_resource(struct inquiry *q, struct err *e)
{
	q->ask.resource = resource_find(q->words[0]);
	if (q->ask.resource && !q->ask.resource->hidden)
		return 0;
	resource_unknown(q->words[0], e);
	e->kind = ERR_NOT_FOUND;
	return -1;
}

/* ---- and back */

const char *words_command(const struct inquiry *q, const char *begin, const char *const *args, const char *const *skip)
{
	struct buf out;

	buf_init(&out, URL_MAX);
	buf_adds(&out, begin);
	for (; args && *args; args++) {
		buf_addc(&out, ' ');
		face_word(&out, *args);
	}
	for (size_t i = 0; i < q->n_params; i++) {
		const struct http_field *f = &q->params[i];
		const struct param *p = q->ask.resource ? resource_param(q->ask.resource, f->name) : NULL;

		if (!is_among(skip, f->name))
			face_option(&out, f->name, strcmp(f->value, "true") == 0 && (!p || p->type == PARAM_FLAG) ? NULL : f->value);
	}
	buf_adds(&out, " --format json");
	const char *command = arena_strdup(q->mem, buf_str(&out));
	buf_release(&out);
	return command;
}

static void add_encoded(struct buf *out, const char *s)
{
	for (; *s; s++) {
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:,", *s))
			buf_addc(out, *s);
		else
			buf_printf(out, "%%%02X", (unsigned char)*s);
	}
}

static void add_word(struct buf *out, const char *name, const char *value)
{
	buf_addc(out, strchr(buf_str(out), '?') ? '&' : '?');
	add_encoded(out, name);
	buf_addc(out, '=');
	add_encoded(out, value);
}

const char *words_url(const struct inquiry *q, const char *path, const char *cursor)
{
	struct buf out;

	buf_init(&out, URL_MAX);
	buf_adds(&out, path);
	if (cursor)
		add_word(&out, "cursor", cursor);
	for (size_t i = 0; i < q->n_params; i++)
		if (strcmp(q->params[i].name, "cursor") != 0)
			add_word(&out, q->params[i].name, q->params[i].value);
	if (q->format != OUT_JSON)
		add_word(&out, "format", out_names[q->format]);
	const char *url = arena_strdup(q->mem, buf_str(&out));
	buf_release(&out);
	return url;
}
