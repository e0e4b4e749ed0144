/* criterion: a recursive descent over words; nothing of what is typed ever becomes SQL. */
#include "aimarket/criterion.h"

#include <ctype.h>

#include "aimarket/date.h"
#include "aimarket/decimal.h"

enum { WORDS_MAX = 400, DEPTH_MAX = 32, TEXT_MAX = 8000 };

struct word {
	const char *s;
	size_t n;
	bool quoted;
};

struct reader {
	struct word words[WORDS_MAX];
	int n, at, depth;
	struct err *e;
};

static const char *const deal_keys[] = { "type", "status", "target", "acquirer", "party", "currency", "min_amount", "max_amount", NULL };
static const char *const figure_keys[] = { "entity", "metric", "period", NULL };
static const char *const deal_measures[] = { "count", "sum", NULL };
static const char *const figure_measures[] = { "any", "first", "last", "max", "min", "sum", "count", NULL };
static const char *const operators[] = { ">=", "<=", "!=", ">", "<", "=", NULL };	/* the long ones first */
static const char *const plain_words[] = { "and", "or", "not", "since", "by", NULL };

/* ---- words */

static const char *operator_at(const char *s)
{
	for (int i = 0; operators[i]; i++)
		if (strncmp(s, operators[i], strlen(operators[i])) == 0)
			return operators[i];
	return NULL;
}

static size_t word_length(const char *s)
{
	size_t n = 0;

	while (s[n] && !isspace((unsigned char)s[n]) && !strchr("()\"", s[n]) && !operator_at(s + n))
		n++;
	return n;
}

static int split(struct reader *r, const char *s)
{
	while (*(s += strspn(s, " \t\r\n"))) {
		struct word *w = &r->words[r->n];
		const char *op = operator_at(s), *end;

		if (r->n == WORDS_MAX)
			return err_set(r->e, ERR_USAGE, "criterion: more than %d words", WORDS_MAX);
		*w = (struct word){ .s = s, .n = op ? strlen(op) : strchr("()", *s) ? 1 : word_length(s) };
		if (*s == '"') {
			end = strchr(s + 1, '"');
			if (!end)
				return err_set(r->e, ERR_USAGE, "criterion: a quote is not closed: %s", s);
			*w = (struct word){ .s = s + 1, .n = (size_t)(end - s - 1), .quoted = true };
			s = end + 1;
		} else {
			s += w->n;
		}
		r->n++;
	}
	return 0;
}

static bool next_is(const struct reader *r, const char *text)
{
	const struct word *w = &r->words[r->at];

	return r->at < r->n && !w->quoted && w->n == strlen(text) && strncmp(w->s, text, w->n) == 0;
}

static bool take(struct reader *r, const char *text)
{
	bool is = next_is(r, text);

	r->at += is;
	return is;
}

/* The word of the list that comes next, taken; NULL when it is none of them. */
static const char *take_of(struct reader *r, const char *const *list)
{
	for (; *list; list++)
		if (take(r, *list))
			return *list;
	return NULL;
}

static int stop(struct reader *r, const char *wanted)
{
	const struct word *w = &r->words[r->at];

	if (r->at < r->n)
		err_set(r->e, ERR_USAGE, "criterion: %s expected, not \"%.*s\" (word %d)", wanted, (int)w->n, w->s, r->at + 1);
	else
		err_set(r->e, ERR_USAGE, "criterion: %s expected at the end", wanted);
	return err_hint(r->e, "It looks like: deals type=ipo target=cerebras status=priced by 2025-12-31");
}

static json_t *take_text(struct reader *r)
{
	struct word *w = &r->words[r->at];

	if (r->at == r->n || (!w->quoted && (strchr("()", *w->s) || operator_at(w->s))))
		return NULL;
	r->at++;
	return json_stringn(w->s, w->n);
}

/* ---- parts of a condition. Each puts what it reads into the plan and leaves the rest. */

static int take_number(struct reader *r, json_t *plan, const char *key)
{
	json_t *text = take_text(r);
	struct buf canon;
	int rc;

	if (!text)
		return stop(r, "a number");
	buf_init(&canon, 2 * DECIMAL_DIGITS_MAX);
	rc = decimal_read_human(json_string_value(text), &canon, r->e) ? err_prefix(r->e, "criterion") : 0;
	if (!rc)
		json_object_set_new(plan, key, json_string(buf_str(&canon)));
	buf_release(&canon);
	json_decref(text);
	return rc;
}

static int take_day(struct reader *r, json_t *plan, const char *key, bool last)
{
	json_t *text = take_text(r);
	struct date_span span;
	char iso[11];
	int rc;

	if (!text)
		return stop(r, "a date");
	rc = date_read_human(json_string_value(text), date_today(), &span, r->e) ? err_prefix(r->e, "criterion") : 0;
	if (!rc) {
		date_iso(last ? span.last : span.first, iso);
		json_object_set_new(plan, key, json_string(iso));
	}
	json_decref(text);
	return rc;
}

static bool is_amount(const char *key)
{
	return strcmp(key, "min_amount") == 0 || strcmp(key, "max_amount") == 0;
}

static bool key_follows(const struct reader *r)
{
	return r->at + 1 < r->n && r->words[r->at + 1].n == 1 && *r->words[r->at + 1].s == '=';
}

static int take_filters(struct reader *r, const char *const *keys, json_t *filters)
{
	const char *key;
	json_t *value;

	while (key_follows(r) && (key = take_of(r, keys))) {
		r->at++;
		if (json_object_get(filters, key))
			return err_set(r->e, ERR_USAGE, "criterion: %s is given twice", key);
		if (is_amount(key)) {
			if (take_number(r, filters, key))
				return -1;
			continue;
		}
		value = take_text(r);
		if (!value)
			return stop(r, "a value");
		json_object_set_new(filters, key, value);
	}
	return key_follows(r) ? stop(r, "a filter of this resource") : 0;
}

static int take_times(struct reader *r, json_t *plan)
{
	if (take(r, "since") && take_day(r, plan, "since", false))
		return -1;
	if (!take(r, "by"))
		return stop(r, "by DATE");
	return take_day(r, plan, "by", true);
}

/* A unit is whatever stands behind the number and is no word of the language. */
static void take_unit(struct reader *r, json_t *plan)
{
	for (int i = 0; plain_words[i]; i++)
		if (next_is(r, plain_words[i]))
			return;
	json_t *unit = take_text(r);
	if (unit)
		json_object_set_new(plan, "unit", unit);
}

static int take_bound(struct reader *r, json_t *plan)
{
	const char *op = take_of(r, operators);

	if (!op)
		return stop(r, "a comparison");
	json_object_set_new(plan, "cmp", json_string(op));
	if (take_number(r, plan, "number"))
		return -1;
	take_unit(r, plan);
	return 0;
}

/* ---- conditions */

static int deals(struct reader *r, json_t *plan, const char *measure)
{
	json_t *filters = json_object();

	json_object_set_new(plan, "op", json_string("deals"));
	json_object_set_new(plan, "filters", filters);
	json_object_set_new(plan, "measure", json_string(measure ? measure : "exists"));
	if (take_filters(r, deal_keys, filters) || (measure && take_bound(r, plan)))
		return -1;
	if (json_object_size(filters) == 0)
		return stop(r, "a filter (type=ipo, target=cerebras …)");
	return take_times(r, plan);
}

static int figure_filters(struct reader *r, json_t *plan, const char *name)
{
	json_t *filters = json_object();

	json_object_set_new(plan, name, filters);
	if (take_filters(r, figure_keys, filters))
		return -1;
	if (!json_object_get(filters, "entity") || !json_object_get(filters, "metric"))
		return stop(r, "entity= and metric=");
	return 0;
}

static int observation(struct reader *r, json_t *plan, const char *measure)
{
	int op_at;

	json_object_set_new(plan, "op", json_string("observation"));
	if (figure_filters(r, plan, "filters"))
		return -1;
	op_at = r->at;
	const char *op = take_of(r, operators);
	if (op && take(r, "observation")) {
		json_object_set_new(plan, "cmp", json_string(op));
		json_object_set_new(plan, "measure", json_string(measure && strcmp(measure, "any") != 0 ? measure : "last"));
		return figure_filters(r, plan, "other") || take_times(r, plan) ? -1 : 0;
	}
	r->at = op_at;
	json_object_set_new(plan, "measure", json_string(measure ? measure : "any"));
	return take_bound(r, plan) || take_times(r, plan) ? -1 : 0;
}

static int question(struct reader *r, json_t *plan)
{
	json_t *id = take_text(r), *outcome;

	if (!id)
		return stop(r, "the question's id");
	json_object_set_new(plan, "op", json_string("question"));
	json_object_set_new(plan, "id", id);
	if (!take(r, "=") || !(outcome = take_text(r)))
		return stop(r, "= OUTCOME");
	json_object_set_new(plan, "outcome", outcome);
	return 0;
}

static int condition(struct reader *r, json_t *plan)
{
	int begin = r->at;
	const char *measure = take_of(r, figure_measures);

	if (take(r, "observation"))
		return observation(r, plan, measure);
	r->at = begin;
	measure = take_of(r, deal_measures);
	if (take(r, "deals"))
		return deals(r, plan, measure);
	r->at = begin;
	return take(r, "question") ? question(r, plan) : stop(r, "deals, observation or question");
}

/* ---- expressions */

static json_t *expression(struct reader *r);

static json_t *joined(const char *op, json_t *args)
{
	json_t *plan = json_object();

	json_object_set_new(plan, "op", json_string(op));
	json_object_set_new(plan, "args", args);
	return plan;
}

static json_t *factor(struct reader *r)
{
	json_t *plan;
	bool negated = take(r, "not");

	if (r->depth == DEPTH_MAX) {
		(void)err_set(r->e, ERR_USAGE, "criterion: deeper than %d", DEPTH_MAX);
		return NULL;
	}
	r->depth++;
	if (negated) {
		plan = factor(r);
		if (plan) {
			json_t *args = json_array();
			json_array_append_new(args, plan);
			plan = joined("not", args);
		}
	} else if (take(r, "(")) {
		plan = expression(r);
		if (plan && !take(r, ")")) {
			(void)stop(r, ")");
			json_decref(plan);
			plan = NULL;
		}
	} else {
		plan = json_object();
		if (condition(r, plan)) {
			json_decref(plan);
			plan = NULL;
		}
	}
	r->depth--;
	return plan;
}

/* One or more of what next reads, with op between them. */
static json_t *chain(struct reader *r, const char *op, json_t *(*next)(struct reader *r))
{
	json_t *args = json_array(), *plan;

	do {
		plan = next(r);
		if (!plan) {
			json_decref(args);
			return NULL;
		}
		json_array_append_new(args, plan);
	} while (take(r, op));
	if (json_array_size(args) > 1)
		return joined(op, args);
	plan = json_incref(json_array_get(args, 0));
	json_decref(args);
	return plan;
}

static json_t *term(struct reader *r)
{
	return chain(r, "and", factor);
}

static json_t *expression(struct reader *r)
{
	return chain(r, "or", term);
}

int criterion_parse(const char *text, json_t **plan, struct err *e)
{
	struct reader r = { .e = e };

	*plan = NULL;
	if (strlen(text) > TEXT_MAX)
		return err_set(e, ERR_USAGE, "criterion: longer than %d bytes", TEXT_MAX);
	if (split(&r, text))
		return -1;
	*plan = expression(&r);
	if (*plan && r.at < r.n) {
		json_decref(*plan);
		*plan = NULL;
		return stop(&r, "and, or, or the end");
	}
	return *plan ? 0 : -1;
}

const char *criterion_deadline(const json_t *plan)
{
	const char *last = json_string_value(json_object_get(plan, "by"));
	json_t *args = json_object_get(plan, "args");

	for (size_t i = 0; i < json_array_size(args); i++) {
		const char *day = criterion_deadline(json_array_get(args, i));

		if (day && (!last || strcmp(day, last) > 0))
			last = day;
	}
	return last;
}
