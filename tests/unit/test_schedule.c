#include "unit.h"

#include <stdbool.h>

#include "aimarket/schedule.h"

static const int64_t HOUR = 3600, DAY = 86400, WEEK = INT64_C(7) * 86400;
static const int64_t monday = 1793577600; /* 2026-11-02 00:00 UTC, 18 hours after New York's clocks went back */

static uint64_t dice(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13, x ^= x >> 7, x ^= x << 17;
	return x;
}

/* Pairs of key and value, ended by NULL. */
static void make(struct schedule *s, const char *feed, const char *const *pairs)
{
	struct err e = { 0 };

	schedule_init(s);
	for (; *pairs; pairs += 2)
		if (schedule_set(s, pairs[0], pairs[1], &e))
			fail_msg("%s", e.text);
	if (schedule_check(s, feed, &e))
		fail_msg("%s", e.text);
}
#define MAKE(s, feed, ...) make(s, feed, (const char *const[]){ __VA_ARGS__, NULL })

/* A daemon that looks late by up to lateness seconds, writes down what was due, and asks for the next. */
static size_t serve(const struct schedule *s, int64_t from, int64_t until, int64_t lateness, int64_t *slots, size_t max)
{
	struct schedule_pace pace;
	size_t n = 0;

	schedule_start(s, &pace);
	for (int64_t now, due = schedule_next(s, &pace, 0, from); due < until; due = schedule_next(s, &pace, due, now)) {
		now = due + (int64_t)(dice() % (uint64_t)lateness);
		assert_true(n < max);
		slots[n++] = due;
	}
	return n;
}

static void a_week_of_quarter_hours(void **state)
{
	struct schedule s;
	int64_t slots[1000];

	MAKE(&s, "edgar-current", "interval", "15m");
	assert_int_equal(serve(&s, monday, monday + WEEK, INT64_C(15) * 60, slots, COUNT(slots)), (size_t)7 * 96);
	for (size_t i = 1; i < (size_t)7 * 96; i++)
		assert_int_equal(slots[i] - slots[i - 1], 15 * 60);
	schedule_release(&s);
}

static void a_week_of_a_calendar(void **state)
{
	struct schedule s;
	int64_t slots[1000], change = monday - 18 * HOUR;
	size_t n;

	MAKE(&s, "edgar-index", "calendar", "22:30 America/New_York", "jitter", "20m");
	n = serve(&s, monday - 3 * DAY, monday + 4 * DAY, HOUR, slots, COUNT(slots));
	assert_int_equal(n, 7);
	for (size_t i = 1; i < n; i++) {
		bool changed = slots[i - 1] < change && slots[i] > change;
		assert_int_equal(slots[i] - slots[i - 1], changed ? 25 * HOUR : 24 * HOUR);
	}
	schedule_release(&s);
}

static void slots_missed_are_made_up_for_once(void **state)
{
	struct schedule s;
	struct schedule_pace pace;

	MAKE(&s, "x", "interval", "1h", "jitter", "1s");
	schedule_start(&s, &pace);
	int64_t due = schedule_next(&s, &pace, 0, monday);
	assert_int_equal(due, monday + HOUR);
	assert_int_equal(schedule_next(&s, &pace, due, due + 9 * HOUR + 7), monday + 11 * HOUR);
	schedule_release(&s);
}

/* The one who works out the next slot may have a clock that runs behind the one that said it was due. */
static void a_slow_clock_doubles_nothing(void **state)
{
	struct schedule s;
	struct schedule_pace pace;

	MAKE(&s, "x", "interval", "1h");
	schedule_start(&s, &pace);
	int64_t due = schedule_next(&s, &pace, 0, monday);
	assert_int_equal(schedule_next(&s, &pace, due, due - 30), due + HOUR);
	schedule_release(&s);
	MAKE(&s, "x", "calendar", "hourly");
	due = schedule_next(&s, &pace, 0, monday);
	assert_int_equal(schedule_next(&s, &pace, due, due - 30), due + HOUR);
	schedule_release(&s);
}

static void jitter_is_stable_and_spread(void **state)
{
	int per_minute[60] = { 0 };

	for (int i = 0; i < 6000; i++) {
		struct schedule s, again;
		struct schedule_pace pace;
		char name[32];

		snprintf(name, sizeof name, "feed-%d", i);
		MAKE(&s, name, "interval", "1h");
		MAKE(&again, name, "interval", "1h");
		schedule_start(&s, &pace);
		int64_t at = schedule_next(&s, &pace, 0, monday);
		assert_int_equal(at, schedule_next(&again, &pace, 0, monday));
		assert_true(at > monday && at <= monday + HOUR);
		per_minute[(at - monday) / 60 % 60]++;
		schedule_release(&s);
		schedule_release(&again);
	}
	for (int i = 0; i < 60; i++)
		assert_true(per_minute[i] > 50 && per_minute[i] < 160);
}

static void slows_down_when_quiet_and_hurries_when_it_publishes(void **state)
{
	struct schedule s;
	struct schedule_pace pace;

	MAKE(&s, "x", "interval", "1h", "fastest", "10m", "slowest", "8h");
	schedule_start(&s, &pace);
	assert_int_equal(schedule_interval(&s, &pace), HOUR);
	for (int i = 0; i < 100; i++) {
		schedule_adapt(&s, &pace, monday, false);
		assert_true(schedule_interval(&s, &pace) <= 8 * HOUR);
	}
	assert_int_equal(schedule_interval(&s, &pace), 8 * HOUR);
	for (int i = 0; i < 100; i++) {
		schedule_adapt(&s, &pace, monday, true);
		assert_true(schedule_interval(&s, &pace) >= 600);
	}
	assert_int_equal(schedule_interval(&s, &pace), 15 * 60); /* an hour halved twice; once more would be under ten minutes */
	for (int i = 0; i < SCHEDULE_QUIET; i++)
		schedule_adapt(&s, &pace, monday, false);
	assert_int_equal(schedule_interval(&s, &pace), 30 * 60);
	schedule_release(&s);
}

/* Whatever the pace does, a run never follows another sooner than fastest nor later than slowest. */
static void stays_within_its_bounds(void **state)
{
	struct schedule s;
	struct schedule_pace pace;
	int64_t due;

	MAKE(&s, "x", "interval", "1h", "fastest", "10m", "slowest", "8h", "hours", "Mon..Fri 06..21:* America/New_York");
	schedule_start(&s, &pace);
	due = schedule_next(&s, &pace, 0, monday);
	for (int i = 0; i < 100000; i++) {
		int64_t next;

		schedule_adapt(&s, &pace, due, dice() % 3 == 0);
		next = schedule_next(&s, &pace, due, due + 5);
		assert_true(next - due >= 600 && next - due <= 8 * HOUR);
		due = next;
	}
	schedule_release(&s);
}

static void asks_rarely_outside_the_hours(void **state)
{
	struct schedule s;
	int64_t slots[1000];
	int inside = 0, outside = 0;
	size_t n;

	MAKE(&s, "edgar", "interval", "15m", "slowest", "4h", "hours", "Mon..Fri 06..21:* America/New_York");
	n = serve(&s, monday, monday + WEEK, 60, slots, COUNT(slots));
	for (size_t i = 0; i < n; i++)
		*(calendar_holds(s.hours, slots[i]) ? &inside : &outside) += 1;
	assert_int_equal(inside, 5 * 16 * 4);
	assert_true(outside >= 20 && outside <= 24); /* 88 hours, one in four */
	schedule_release(&s);
}

static void quiet_nights_do_not_slow_it_down(void **state)
{
	struct schedule s;
	struct schedule_pace pace;

	MAKE(&s, "x", "interval", "1h", "slowest", "8h", "hours", "06..21:*");
	schedule_start(&s, &pace);
	for (int i = 0; i < 100; i++)
		schedule_adapt(&s, &pace, monday + HOUR, false);
	assert_int_equal(schedule_interval(&s, &pace), HOUR);
	schedule_release(&s);
}

static void a_pace_from_elsewhere_is_clamped(void **state)
{
	struct schedule s;
	struct schedule_pace high = { .level = 99 }, low = { .level = -3 };

	MAKE(&s, "x", "interval", "1h", "slowest", "8h");
	assert_int_equal(schedule_interval(&s, &high), 8 * HOUR);
	assert_int_equal(schedule_interval(&s, &low), HOUR);
	schedule_release(&s);
}

static void what_is_no_schedule(void **state)
{
	static const char *const sets[][7] = {
		{ NULL },
		{ "interval", "15" },
		{ "interval", "0m" },
		{ "interval", "-5m" },
		{ "interval", "15 m" },
		{ "interval", "500d" },
		{ "interval", "1mm" },
		{ "interval", "99999999999999999999d" },
		{ "intervall", "15m" },
		{ "calendar", "sometimes" },
		{ "fastest", "5m" },
		{ "interval", "15m", "fastest", "20m" },
		{ "interval", "15m", "slowest", "10m" },
		{ "interval", "15m", "hours", "06..21:*" },
		{ "interval", "15m", "calendar", "daily" },
		{ "calendar", "daily", "hours", "06..21:*" },
		{ "interval", "1s", "slowest", "100d" },
	};

	for (size_t i = 0; i < COUNT(sets); i++) {
		struct schedule s;
		struct err e = { 0 };
		int rc = 0;

		schedule_init(&s);
		for (const char *const *p = sets[i]; !rc && *p; p += 2)
			rc = schedule_set(&s, p[0], p[1], &e);
		if (rc == 0 && schedule_check(&s, "x", &e) == 0)
			fail_msg("set %zu was taken", i);
		assert_int_equal(e.kind, ERR_CONFIG);
		schedule_release(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_week_of_quarter_hours),
		cmocka_unit_test(a_week_of_a_calendar),
		cmocka_unit_test(slots_missed_are_made_up_for_once),
		cmocka_unit_test(a_slow_clock_doubles_nothing),
		cmocka_unit_test(jitter_is_stable_and_spread),
		cmocka_unit_test(slows_down_when_quiet_and_hurries_when_it_publishes),
		cmocka_unit_test(stays_within_its_bounds),
		cmocka_unit_test(asks_rarely_outside_the_hours),
		cmocka_unit_test(quiet_nights_do_not_slow_it_down),
		cmocka_unit_test(a_pace_from_elsewhere_is_clamped),
		cmocka_unit_test(what_is_no_schedule),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
