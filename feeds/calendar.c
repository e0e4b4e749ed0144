#include "aimarket/calendar.h"

#include <ctype.h>
#include <strings.h>

#include "aimarket/arena.h"
#include "aimarket/buf.h"
#include "aimarket/date.h"

enum { DAY = 86400, EPOCH_DAY = 10957 /* 2000-01-01 since 1970 */, SEARCH_DAYS = 8 * 366 /* to the next 29 February, over a century */ };
static const uint32_t every_hour = (1u << 24) - 1;
static const int64_t first_time = 2LL * DAY, end_of_time = 7258118400 /* 2200-01-01: zones are known up to here */;

/* ---- reading */

static const struct {
	const char *name, *text;
} shorthands[] = {
	{ "minutely", "*-*-* *:*:00" },
	{ "hourly", "*-*-* *:00:00" },
	{ "daily", "*-*-* 00:00:00" },
	{ "weekly", "Mon *-*-* 00:00:00" },
	{ "monthly", "*-*-01 00:00:00" },
	{ "quarterly", "*-01,04,07,10-01 00:00:00" },
	{ "yearly", "*-01-01 00:00:00" },
};
static const char *const weekday_names[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday" };

static uint64_t bits(int from, int to, int step)
{
	uint64_t mask = 0;

	for (int i = from; i <= to; i += step)
		mask |= UINT64_C(1) << i;
	return mask;
}

static int read_number(const char **p, int least, int most, int *out)
{
	int v = 0, digits = 0;

	while (isdigit((unsigned char)**p) && ++digits <= 4)
		v = v * 10 + *(*p)++ - '0';
	if (!digits || digits > 4 || v < least || v > most)
		return -1;
	*out = v;
	return 0;
}

/* N, N..M, N/STEP or N..M/STEP */
static int read_item(const char **p, int least, int most, uint64_t *mask)
{
	int from, to, step = 1;

	if (read_number(p, least, most, &from))
		return -1;
	to = **p == '/' ? most : from;
	if ((*p)[0] == '.' && (*p)[1] == '.') {
		*p += 2;
		if (read_number(p, from, most, &to))
			return -1;
	}
	if (**p == '/') {
		++*p;
		if (read_number(p, 1, most, &step))
			return -1;
	}
	*mask |= bits(from, to, step);
	return 0;
}

static int read_list(const char **p, int least, int most, uint64_t *mask)
{
	*mask = 0;
	if (**p == '*') {
		++*p;
		*mask = bits(least, most, 1);
		return 0;
	}
	for (;;) {
		if (read_item(p, least, most, mask))
			return -1;
		if (**p != ',')
			return 0;
		++*p;
	}
}

static int read_weekday(const char **p, int *out)
{
	size_t n = 0;

	while (isalpha((unsigned char)(*p)[n]))
		n++;
	for (int i = 0; i < 7; i++) {
		if ((n == 3 || n == strlen(weekday_names[i])) && strncasecmp(*p, weekday_names[i], n) == 0) {
			*p += n;
			*out = i;
			return 0;
		}
	}
	return -1;
}

/* Mon..Fri, Sat,Sun */
static int read_weekdays(const char *p, struct calendar *c, struct err *e)
{
	c->weekdays = 0;
	for (;;) {
		int from, to;

		if (read_weekday(&p, &from))
			return -1;
		to = from;
		if (p[0] == '.' && p[1] == '.') {
			p += 2;
			if (read_weekday(&p, &to) || to < from)
				return -1;
		}
		c->weekdays |= (uint8_t)bits(from, to, 1);
		if (!*p)
			return 0;
		if (*p++ != ',')
			return -1;
	}
}

static int read_date(const char *p, struct calendar *c, struct err *e)
{
	uint64_t months, days;

	if (*p++ != '*' || *p++ != '-' || read_list(&p, 1, 12, &months) || *p++ != '-' || read_list(&p, 1, 31, &days) || *p)
		return -1;
	c->months = (uint16_t)months;
	c->days = (uint32_t)days;
	return 0;
}

static int read_time(const char *p, struct calendar *c, struct err *e)
{
	uint64_t hours;

	if (read_list(&p, 0, 23, &hours) || *p++ != ':' || read_list(&p, 0, 59, &c->minutes))
		return -1;
	c->hours = (uint32_t)hours;
	c->seconds = 1;
	if (*p == ':') {
		p++;
		if (read_list(&p, 0, 59, &c->seconds))
			return -1;
	}
	return *p ? -1 : 0;
}

static int read_zone(const char *p, struct calendar *c, struct err *e)
{
	return strcmp(p, "UTC") == 0 ? 0 : zone_new(p, &c->zone, e);
}

/* The parts tell themselves apart by their letters; each may come once, in this order. */
enum part { PART_NONE, PART_WEEKDAYS, PART_DATE, PART_TIME, PART_ZONE, PARTS };
static int (*const readers[PARTS])(const char *p, struct calendar *c, struct err *e) = {
	[PART_WEEKDAYS] = read_weekdays,
	[PART_DATE] = read_date,
	[PART_TIME] = read_time,
	[PART_ZONE] = read_zone,
};

static enum part part_of(const char *word)
{
	int ignored;

	if (strchr(word, ':'))
		return PART_TIME;
	if (word[0] == '*' || isdigit((unsigned char)word[0]))
		return PART_DATE;
	return read_weekday(&word, &ignored) ? PART_ZONE : PART_WEEKDAYS;
}

static int read_parts(char *text, struct calendar *c, struct err *e)
{
	enum part last = PART_NONE;

	for (char *word; (word = strsep(&text, " \t"));) {
		enum part part = part_of(word);

		if (!*word)
			continue;
		if (part <= last || readers[part](word, c, e))
			return err_set(e, ERR_CONFIG, "\"%s\" does not belong here", word);
		last = part;
	}
	return last ? 0 : err_set(e, ERR_CONFIG, "it is empty");
}

/* Yours now; a leading shorthand is written out. */
static char *expand(const char *text)
{
	for (size_t i = 0; i < sizeof shorthands / sizeof *shorthands; i++) {
		size_t n = strlen(shorthands[i].name);
		struct buf long_form;

		if (strncasecmp(text, shorthands[i].name, n) != 0 || (text[n] && !isblank((unsigned char)text[n])))
			continue;
		buf_init(&long_form, n + strlen(text) + 64);
		(void)buf_printf(&long_form, "%s%s", shorthands[i].text, text + n);
		return buf_take(&long_form);
	}
	return xstrdup(text);
}

int calendar_read(const char *text, struct calendar *out, struct err *e)
{
	char *copy = expand(text);
	int rc;

	*out = (struct calendar){ .seconds = 1, .minutes = 1, .hours = 1, .weekdays = 127 };
	out->days = (uint32_t)bits(1, 31, 1);
	out->months = (uint16_t)bits(1, 12, 1);
	rc = read_parts(copy, out, e);
	if (!rc && calendar_next(out, 0) == CALENDAR_NEVER)
		rc = err_set(e, ERR_CONFIG, "such a day never comes");
	if (rc) {
		err_prefix(e, "calendar \"%s\"", text);
		calendar_release(out);
	}
	free(copy);
	return rc;
}

void calendar_release(struct calendar *c)
{
	zone_free(c->zone);
	c->zone = NULL;
}

/* ---- searching. A label is what the clocks show, as seconds since 1970 as if they showed UTC. */

static bool has(uint64_t mask, int n)
{
	return mask >> n & 1;
}

/* The lowest member from n on, or -1. */
static int next_bit(uint64_t mask, int n)
{
	mask = n > 63 ? 0 : mask & UINT64_MAX << n;
	return mask ? __builtin_ctzll(mask) : -1;
}

static bool day_matches(const struct calendar *c, int64_t day)
{
	int y, m, d;

	date_split((int32_t)(day - EPOCH_DAY), &y, &m, &d);
	return has(c->months, m) && has(c->days, d) && has(c->weekdays, (int)((day + 3) % 7)); /* 1970-01-01 was a Thursday */
}

/* The first matching second of a day from second on, or -1. */
static int next_second(const struct calendar *c, int second)
{
	int h = second / 3600, m = second / 60 % 60, s = second % 60;

	if (has(c->hours, h)) {
		s = has(c->minutes, m) ? next_bit(c->seconds, s) : -1;
		if (s >= 0)
			return h * 3600 + m * 60 + s;
		m = next_bit(c->minutes, m + 1);
		if (m >= 0)
			return h * 3600 + m * 60 + next_bit(c->seconds, 0);
	}
	h = next_bit(c->hours, h + 1);
	return h < 0 ? -1 : h * 3600 + next_bit(c->minutes, 0) * 60 + next_bit(c->seconds, 0);
}

/* The first matching label from label on; INT64_MAX when there is none in sight. */
static int64_t next_label(const struct calendar *c, int64_t label)
{
	int64_t day = label / DAY;
	int second = (int)(label % DAY);

	for (int64_t last = day + SEARCH_DAYS; day <= last; day++, second = 0) {
		int found = day_matches(c, day) ? next_second(c, second) : -1;

		if (found >= 0)
			return day * DAY + found;
	}
	return INT64_MAX;
}

/* Between two changes of the clocks, labels and time run side by side; so each span is searched by its labels. */
int64_t calendar_next(const struct calendar *c, int64_t t)
{
	bool real_time = c->hours == every_hour;

	for (t = t < first_time ? first_time : t + 1; t < end_of_time;) {
		struct zone_span span = zone_span(c->zone, t);
		int64_t label = t + span.offset, old_label = real_time || span.start == INT64_MIN ? label : span.start + span.before;

		if (old_label < label && t == span.start && next_label(c, old_label) < label)
			return t; /* skipped by the change */
		if (label < old_label)
			label = old_label; /* passed before the change */
		label = next_label(c, label);
		if (label >= end_of_time)
			return CALENDAR_NEVER;
		if (label - span.offset < span.end)
			return label - span.offset;
		t = span.end;
	}
	return CALENDAR_NEVER;
}

bool calendar_holds(const struct calendar *c, int64_t t)
{
	int64_t label = t + zone_span(c->zone, t).offset;
	int minute = (int)(label % DAY / 60);

	return day_matches(c, label / DAY) && has(c->hours, minute / 60) && has(c->minutes, minute % 60);
}
