/* api_trend: a resource by buckets of time, and entities beside each other: lib/trend.c, a step at a time. */
#include "aimarket/trend.h"

#include <jansson.h>

#include "aimarket/date.h"
#include "api_inside.h"

#define BUCKET_WORDS "by", "measure", "split", "growth", "cagr", "index", "ttm", "rolling", "cumulative", "share"
const char *const trend_words[] = { BUCKET_WORDS, NULL };
const char *const compare_words[] = { BUCKET_WORDS, "entities", "on", "top", "ratio", NULL };

struct trending {
	struct trend t;
	const char *typed[TREND_ENTITIES_MAX + 1]; /* the entities, as they were typed */
	bool compares;
};

static struct trend *trend_of(struct inquiry *q)
{
	return &q->trending->t;
}

/* ---- the answer */

static void end_trend(struct inquiry *q)
{
	json_t *meta = rows_meta(q);
	const char *command;

	if (q->trending->compares)
		command = words_command(q, "aimarket compare", q->trending->typed, (const char *const[]){ "entities", NULL });
	else
		command = words_command(q, "aimarket trend", (const char *const[]){ q->words[0], NULL }, NULL);
	json_object_set_new(meta, "command", json_string(command));
	rows_done(q, meta);
}

static void on_buckets(struct inquiry *q, const PGresult *res)
{
	struct err e = { 0 };

	if (trend_refuse_empty(trend_of(q), res, &e)) {
		inquiry_fail(q, &e);
		return;
	}
	q->rows = PQntuples(res);
	if (q->format == OUT_JSON)
		buf_adds(&q->body, "{\"data\":");
	rows_write(q, res, (int)q->rows, PQnfields(res) - (q->format == OUT_CSV)); /* the basis nests, and stands last */
	inquiry_label(q, end_trend);
}

/* ---- the steps before it */

static void build(struct inquiry *q)
{
	struct err e = { 0 };

	if (trend_build(trend_of(q), q->mem, &q->query, &e))
		inquiry_fail(q, &e);
	else
		inquiry_go(q, &q->query, on_buckets);
}

static void on_unlike(struct inquiry *q, const PGresult *res)
{
	struct err e = { 0 };

	if (PQntuples(res) == 0) {
		build(q);
		return;
	}
	(void)trend_unlike(PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1), PQgetvalue(res, 0, 2), &e);
	inquiry_fail_as(q, 422, &e);
}

/* Growth, an index or a ratio is only told of like figures. */
static void look_for_unlike(struct inquiry *q)
{
	struct query query;
	struct err e = { 0 };

	if (!trend_relates(trend_of(q)))
		build(q);
	else if (trend_build_unlike(trend_of(q), q->mem, &query, &e))
		inquiry_fail(q, &e);
	else
		inquiry_go(q, &query, on_unlike);
}

static void on_entities(struct inquiry *q, const PGresult *res)
{
	struct err e = { 0 };

	for (int i = 0; i < PQnfields(res); i++) {
		if (trend_resolved(trend_of(q), i, arena_strdup(q->mem, PQgetvalue(res, 0, i)), q->mem, &e)) {
			inquiry_fail(q, &e);
			return;
		}
	}
	look_for_unlike(q);
}

static void resolve_entities(struct inquiry *q)
{
	struct query query;

	if (trend_resolve(trend_of(q), q->mem, &query) == 0)
		look_for_unlike(q);
	else
		inquiry_go(q, &query, on_entities);
}

static int set_out(struct inquiry *q)
{
	resolve_names(q, &trend_of(q)->ask, resolve_entities);
	return 0;
}

/* ---- what is wished */

static int read_day(const struct inquiry *q, const char *name, const char **out, struct err *e)
{
	const char *typed = inquiry_param(q, name);
	struct date_span span;
	struct err why = { 0 };
	char iso[11];

	if (!typed)
		return 0;
	if (date_read_human(typed, date_today(), &span, &why)) {
		err_set(e, ERR_USAGE, "%s: %s", name, why.text);
		return err_hint(e, "Dates look like 2024, 2024-08, 2024-Q3, 2024-08-02, today or -90d.");
	}
	date_iso(span.last, iso);
	*out = arena_strdup(q->mem, iso);
	return 0;
}

static int read_number(const struct inquiry *q, const char *name, long *out, struct err *e)
{
	const char *typed = inquiry_param(q, name);
	size_t n = typed ? strspn(typed, "0123456789") : 0;

	if (typed && (n == 0 || n > 6 || typed[n]))
		return err_set(e, ERR_USAGE, "%s: \"%s\" is not a whole number", name, typed);
	*out = typed ? strtol(typed, NULL, 10) : 0;
	return 0;
}

static int read_flag(const struct inquiry *q, const char *name, bool *out, struct err *e)
{
	const char *typed = inquiry_param(q, name);

	*out = typed && (!*typed || strcmp(typed, "true") == 0);
	return !typed || *out || strcmp(typed, "false") == 0 ? 0
							     : err_set(e, ERR_USAGE, "%s: it is true or false, not \"%s\"", name, typed);
}

static int read_wishes(struct inquiry *q, struct err *e)
{
	struct trend *t = trend_of(q);
	bool ttm;

	if (words_read(q, e) || read_day(q, "index", &t->index, e) || read_number(q, "rolling", &t->rolling, e) ||
		read_flag(q, "cumulative", &t->cumulative, e) || read_flag(q, "share", &t->share, e) || read_flag(q, "cagr", &t->cagr, e) ||
		read_flag(q, "ttm", &ttm, e) || (ttm && ask_filter(&q->ask, "period", "ttm", date_today(), q->mem, e)))
		return -1;
	t->ask = q->ask;
	t->by = inquiry_param(q, "by");
	t->measure = inquiry_param(q, "measure");
	t->split = inquiry_param(q, "split");
	t->growth = inquiry_param(q, "growth");
	t->basis = true;
	return 0;
}

static struct trending *trending_new(struct inquiry *q, bool compares)
{
	q->trending = arena_zalloc(q->mem, sizeof *q->trending);
	q->trending->compares = compares;
	return q->trending;
}

int trend_begin(struct inquiry *q, struct err *e)
{
	(void)trending_new(q, false);
	if (words_resource(q, e))
		return -1;
	return read_wishes(q, e) || trend_check(trend_of(q), e) ? -1 : set_out(q);
}

static int read_entities(struct inquiry *q, struct err *e)
{
	const char *typed = inquiry_param(q, "entities");
	char *rest = arena_strdup(q->mem, typed ? typed : ""), *word;
	struct trend *t = trend_of(q);

	while ((word = strsep(&rest, ","))) {
		if (!*word)
			continue;
		if (t->n_entities == TREND_ENTITIES_MAX)
			return err_set(e, ERR_USAGE, "entities: more than %d", TREND_ENTITIES_MAX);
		q->trending->typed[t->n_entities] = word;
		t->entities[t->n_entities++] = word;
	}
	return 0;
}

/* Without by, what held on a day: on, else today. */
static int choose_day(struct inquiry *q, struct err *e)
{
	struct trend *t = trend_of(q);
	char today[11];

	if (!t->on && !t->by && !t->growth && !t->cagr && !t->index) {
		date_iso(date_today(), today);
		t->on = arena_strdup(q->mem, today);
	}
	if (t->on && (t->by || trend_relates(t)))
		return err_set(e, ERR_USAGE, "on: it asks for one day, leave out by, growth, cagr and index");
	return 0;
}

int compare_begin(struct inquiry *q, struct err *e)
{
	struct trend *t = &trending_new(q, true)->t;

	q->ask.resource = resource_find("observations");
	if (read_wishes(q, e) || read_entities(q, e) || read_day(q, "on", &t->on, e) || read_number(q, "top", &t->top, e) ||
		read_flag(q, "ratio", &t->ratio, e))
		return -1;
	return trend_check(t, e) || choose_day(q, e) ? -1 : set_out(q);
}
