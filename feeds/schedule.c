#include "aimarket/schedule.h"

#include <ctype.h>
#include <stddef.h>

#include "aimarket/arena.h"

enum { LONGEST = 366 * 86400, LEVELS_MAX = 16 };

void schedule_init(struct schedule *s)
{
	*s = (struct schedule){ 0 };
}

static void drop(struct calendar **c)
{
	if (*c)
		calendar_release(*c);
	free(*c);
	*c = NULL;
}

void schedule_release(struct schedule *s)
{
	drop(&s->calendar);
	drop(&s->hours);
}

/* ---- reading */

static int set_span(void *field, const char *value, struct err *e)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 7 * 86400LL } };
	char *end;
	long n = strtol(value, &end, 10);

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (end == value || end[0] != units[i].letter || end[1] || n < 1 || n > LONGEST / units[i].seconds)
			continue;
		*(int64_t *)field = n * units[i].seconds;
		return 0;
	}
	err_set(e, ERR_CONFIG, "\"%s\" is not a span of time from 1s to 366d", value);
	return err_hint(e, "Write a number and one of s, m, h, d, w: 90s, 15m, 6h.");
}

static int set_calendar(void *field, const char *value, struct err *e)
{
	struct calendar **c = field;

	drop(c);
	*c = xzalloc(sizeof **c);
	if (calendar_read(value, *c, e) == 0)
		return 0;
	drop(c);
	return -1;
}

static const struct key {
	const char *name;
	size_t field;
	int (*set)(void *field, const char *value, struct err *e);
} keys[] = {
	{ "interval", offsetof(struct schedule, interval), set_span },
	{ "fastest", offsetof(struct schedule, fastest), set_span },
	{ "slowest", offsetof(struct schedule, slowest), set_span },
	{ "jitter", offsetof(struct schedule, jitter), set_span },
	{ "calendar", offsetof(struct schedule, calendar), set_calendar },
	{ "hours", offsetof(struct schedule, hours), set_calendar },
};

int schedule_set(struct schedule *s, const char *key, const char *value, struct err *e)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcmp(key, keys[i].name) == 0)
			return keys[i].set((char *)s + keys[i].field, value, e) ? err_prefix(e, "%s", key) : 0;
	err_set(e, ERR_CONFIG, "unknown key \"%s\" of a schedule", key);
	return err_hint(e, "A schedule has interval, fastest, slowest, jitter, calendar and hours.");
}

/* ---- checking */

static int check_calendar(const struct schedule *s, struct err *e)
{
	if (s->interval || s->fastest || s->slowest || s->hours)
		return err_set(e, ERR_CONFIG, "a calendar takes no interval, fastest, slowest or hours");
	return 0;
}

static int check_interval(const struct schedule *s, struct err *e)
{
	int64_t fastest = s->fastest ? s->fastest : s->interval;

	if (!s->interval)
		return err_set(e, ERR_CONFIG, "a schedule needs an interval or a calendar");
	if (fastest > s->interval)
		return err_set(e, ERR_CONFIG, "fastest is slower than interval");
	if (s->slowest && s->slowest < s->interval)
		return err_set(e, ERR_CONFIG, "slowest is faster than interval");
	if (s->slowest / fastest >> LEVELS_MAX)
		return err_set(e, ERR_CONFIG, "slowest is over %d times fastest", 1 << LEVELS_MAX);
	if (s->hours && !s->slowest)
		return err_set(e, ERR_CONFIG, "hours needs slowest, the interval at other times");
	return 0;
}

/*
 * Halves the interval while it stays a whole number of seconds within fastest, and doubles it within slowest: so every slot of a
 * slower pace is one of each faster, too.
 */
static void lay_grid(struct schedule *s)
{
	int64_t longest = s->interval;

	s->base = s->interval;
	for (s->level = 0; s->fastest && s->base % 2 == 0 && s->base / 2 >= s->fastest; s->level++)
		s->base /= 2;
	for (s->levels = s->level + 1; longest * 2 <= s->slowest; s->levels++)
		longest *= 2;
	if (!s->jitter)
		s->jitter = longest;
}

static uint64_t hash(const char *name) /* FNV-1a */
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3;
	return h ^ h >> 32;
}

int schedule_check(struct schedule *s, const char *feed, struct err *e)
{
	if (s->calendar ? check_calendar(s, e) : check_interval(s, e))
		return -1;
	if (!s->calendar)
		lay_grid(s);
	s->offset = s->jitter ? (int64_t)(hash(feed) % (uint64_t)s->jitter) : 0;
	return 0;
}

/* ---- running */

static int64_t step(const struct schedule *s, int level)
{
	return s->base << level;
}

/* The first slot of this level after t. */
static int64_t slot_after(const struct schedule *s, int level, int64_t t)
{
	int64_t width = step(s, level), since = t - s->offset;

	return s->offset + (since < 0 ? 0 : (since / width + 1) * width);
}

static int clamp_level(const struct schedule *s, const struct schedule_pace *pace)
{
	if (pace->level < 0)
		return 0;
	return pace->level < s->levels ? pace->level : s->levels - 1;
}

void schedule_start(const struct schedule *s, struct schedule_pace *pace)
{
	*pace = (struct schedule_pace){ .level = s->level };
}

int64_t schedule_next(const struct schedule *s, const struct schedule_pace *pace, int64_t due, int64_t now)
{
	int64_t after = due > now ? due : now;

	if (s->calendar) {
		int64_t at = calendar_next(s->calendar, after - s->offset);
		return at == CALENDAR_NEVER ? at : at + s->offset;
	}

	int64_t rest = slot_after(s, s->levels - 1, after), at = slot_after(s, clamp_level(s, pace), after);
	while (s->hours && at < rest && !calendar_holds(s->hours, at))
		at = slot_after(s, clamp_level(s, pace), at);
	return at;
}

void schedule_adapt(const struct schedule *s, struct schedule_pace *pace, int64_t at, bool changed)
{
	pace->level = clamp_level(s, pace);
	if (changed) {
		pace->quiet = 0;
		pace->level -= pace->level > 0;
	} else if (!s->hours || calendar_holds(s->hours, at)) {
		if (++pace->quiet % SCHEDULE_QUIET == 0)
			pace->level += pace->level < s->levels - 1;
	}
}

int64_t schedule_interval(const struct schedule *s, const struct schedule_pace *pace)
{
	return s->calendar ? 0 : step(s, clamp_level(s, pace));
}
