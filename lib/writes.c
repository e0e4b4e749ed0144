#include "aimarket/writes.h"

#include <string.h>

#include <jansson.h>

#include "aimarket/criterion.h"
#include "aimarket/date.h"
#include "aimarket/text.h"

enum { MEMBERS_MAX = 64 };

#define TEXT "{\"type\":\"string\"}"
#define FLAG "{\"type\":\"boolean\"}"
#define NUMBER "{\"type\":\"number\"}"
#define WORDS "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"
#define TIME "{\"type\":\"string\",\"examples\":[\"2027-01-01T12:00:00Z\",\"2027-01-01\",\"2027-Q1\"]}"
/* Members that are times, and how a date alone is taken: as on the command line. */
#define UNTIL(name, help)                                                                                                                  \
	{                                                                                                                                  \
		name, TIME, help "; a date alone: its end, in UTC", .is_time = true                                                        \
	}
#define FROM(name, help)                                                                                                                   \
	{                                                                                                                                  \
		name, TIME, help "; a date alone: its beginning, in UTC", .is_time = true, .begins = true                                  \
	}

#define QUESTION_MEMBERS                                                                                                                   \
	{ "kind", "{\"type\":\"string\",\"enum\":[\"binary\",\"choice\",\"numeric\",\"date\"],\"default\":\"binary\"}",                    \
		"what may come out" },                                                                                                     \
		UNTIL("closes_at", "forecasts count until then; left out: the last day of the criterion"),                                 \
		FROM("opens_at", "and from then; left out: now"), UNTIL("resolve_by", "when it is to be settled; left out: at its close"), \
		{ "when", TEXT, "criterion over the ledger that settles it: deals type=ipo target=cerebras status=priced by 2025-12-31" }, \
		{ "vintage", "{\"type\":\"string\",\"enum\":[\"first\",\"known\",\"latest\"]}", "which state of a figure counts" },        \
		{ "criteria", TEXT, "when it counts as come true, in words" }, { "fine_print", TEXT, "what else is to be minded" },        \
		{ "truth", TEXT, "source of truth" }, { "options", WORDS, "of a choice, in order" },                                       \
		{ "low", NUMBER, "lower end of the range; of dates in days since 1970-01-01" }, { "high", NUMBER, "upper end" },           \
		{ "open_low", FLAG, "it may come out below the range" }, { "open_high", FLAG, "it may come out above" },                   \
		{ "zero_point", NUMBER, "of a log scale" }, { "unit", TEXT, "of the figure" }, { "tags", WORDS, "to find it by" },         \
	{                                                                                                                                  \
		"about", WORDS, "entities it is about: slugs, names, aliases or scheme:value"                                              \
	}

static const struct write_member question[] = {
	{ "question", TEXT, "its text", true },
	{ "id", TEXT, "its slug; left out: made from the text" },
	QUESTION_MEMBERS,
	{ 0 },
};
static const struct write_member edit[] = { { "question", TEXT, "its text" }, QUESTION_MEMBERS, { 0 } };
static const struct write_member forecast[] = {
	{ "p", NUMBER, "probability of yes, between 0 and 1, both excluded" },
	{ "said", "{\"type\":\"object\"}",
		"the forecast of any kind of question: {\"p\": 0.7}, {\"p\": {\"option\": 0.7, …}}, {\"quantiles\": {…}}, {\"interval\": [low, high, level]}, {\"sample\": […]}, {\"cdf\": […]}" },
	{ "seal", "{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}", "or only the SHA-256 of it, opened later" },
	{ "withdraw", FLAG, "or that the one before stands no longer" },
	{ "by", TEXT, "who forecasts; left out: the holder of the token" },
	{ "by_kind", "{\"type\":\"string\",\"enum\":[\"person\",\"model\",\"crowd\",\"market\",\"report\"]}",
		"what a forecaster is who is new" },
	FROM("claimed_at", "when it was made, if not now; such forecasts are marked as backfilled"),
	UNTIL("expires_at", "it does not stand after that"),
	{ "why", TEXT, "the reason" },
	{ 0 },
};
static const struct write_member opening[] = { { "text", TEXT, "what was sealed, to the byte", true }, { 0 } };
static const struct write_member resolution[] = {
	{ "outcome", TEXT, "yes, no, an option, a figure or a day; or partial:SHARE, annulled, ambiguous, too_early, source_gone", true },
	{ "why", TEXT, "the reason", true },
	UNTIL("known_at", "when that was there to be known; left out: now"),
	{ "claims", WORDS, "claims that settle it: o:ID or s:ID" },
	{ "wait", TEXT, "time for objections before it is final, as 2 days; left out: none" },
	{ 0 },
};
static const struct write_member dispute[] = { { "why", TEXT, "the reason", true }, { 0 } };
static const struct write_member link_members[] = {
	{ "other", TEXT, "slug of the other question", true },
	{ "relation", "{\"type\":\"string\",\"enum\":[\"same\",\"similar\",\"inverted\"],\"default\":\"same\"}",
		"how the other stands to this one" },
	{ "why", TEXT, "the reason" },
	{ 0 },
};

const struct write writes[] = {
	{ "/v1/predictions", "question", "ask a question", "/v1/predictions/", question },
	{ "/v1/predictions/{id}/edits", "edit", "change a question; the text before is kept", "/v1/predictions/", edit },
	{ "/v1/predictions/{id}/forecasts", "forecast", "say what will come out", "/v1/forecasts/", forecast },
	{ "/v1/forecasts/{id}/opening", "opening", "tell what was sealed; its hash is checked", NULL, opening },
	{ "/v1/predictions/{id}/resolutions", "resolution", "say how it came out", "/v1/predictions/", resolution },
	{ "/v1/predictions/{id}/disputes", "dispute", "object to a resolution that is not final yet", "/v1/predictions/", dispute },
	{ "/v1/predictions/{id}/links", "link", "say that another question asks the same, the like or the opposite", "/v1/predictions/",
		link_members },
	{ 0 },
};

/* ---- the body */

static const struct write_member *find_member(const struct write *w, const char *name)
{
	for (const struct write_member *m = w->members; m->name; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

static int check_members(const struct write *w, json_t *body, struct err *e)
{
	const char *names[MEMBERS_MAX], *name, *near;
	size_t n = 0;
	json_t *value;

	for (const struct write_member *m = w->members; m->name; m++) {
		names[n++] = m->name;
		if (m->required && !json_object_get(body, m->name))
			return err_set(e, ERR_USAGE, "%s: it is missing", m->name);
	}
	json_object_foreach(body, name, value)
	{
		if (find_member(w, name))
			continue;
		near = text_nearest(name, names, n);
		return err_set(e, ERR_USAGE, near ? "%s: no member of a %s, did you mean \"%s\"?" : "%s: no member of a %s", name, w->what,
			near);
	}
	return 0;
}

/* What the criterion says is put beside the request: {"request": …, "criterion": {"criterion": …, "plan": …, …}}. */
static int add_criterion(json_t *body, json_t *beside, struct err *e)
{
	json_t *when = json_object_get(body, "when"), *plan;
	const char *last;

	if (!when)
		return 0;
	if (!json_is_string(when))
		return err_set(e, ERR_USAGE, "when: it takes text");
	if (criterion_parse(json_string_value(when), &plan, e))
		return err_prefix(e, "when");
	last = criterion_deadline(plan);
	if (last)
		json_object_set_new(beside, "closes_at", json_sprintf("%s 23:59:59", last));
	json_object_set(beside, "criterion", when);
	json_object_set_new(beside, "plan", plan);
	json_object_set_new(beside, "vintage", json_string("known"));
	return 0;
}

/* A date alone is a time: {"closes_at": "2030-12-31"} puts {"closes_at": "2030-12-31 23:59:59+00"} beside the request. */
static int add_times(const struct write *w, json_t *body, json_t *beside, struct err *e)
{
	char room[DATE_TIME_SIZE];
	const char *time;

	for (const struct write_member *m = w->members; m->name; m++) {
		json_t *said = m->is_time ? json_object_get(body, m->name) : NULL;

		if (!said || json_is_null(said))
			continue;
		if (!json_is_string(said))
			return err_set(e, ERR_USAGE, "%s: it takes text", m->name);
		if (date_read_time(json_string_value(said), date_today(), m->begins, room, &time, e))
			return err_prefix(e, "%s", m->name);
		json_object_set_new(beside, m->name, json_string(time));
	}
	return 0;
}

static char *take_dump(json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);

	json_decref(json);
	return text;
}

int write_body(const struct write *w, const char *json, size_t n, struct arena *mem, const char **out, struct err *e)
{
	json_t *body, *criterion = json_object(), *times = json_object();
	json_error_t why;
	int rc;

	body = json_loadb(json, n, JSON_REJECT_DUPLICATES, &why);
	if (!body)
		rc = err_set(e, ERR_USAGE, "the body is no JSON: %s at byte %d", why.text, why.position);
	else if (!json_is_object(body))
		rc = err_set(e, ERR_USAGE, "the body is no JSON object");
	else
		rc = check_members(w, body, e) || add_criterion(body, criterion, e) || add_times(w, body, times, e) ? -1 : 0;
	char *first = take_dump(criterion), *second = take_dump(times);
	if (!rc)
		*out = arena_printf(mem, "{\"request\":%.*s,\"criterion\":%s,\"times\":%s}", (int)n, json, first, second);
	free(first);
	free(second);
	json_decref(body);
	return rc;
}
