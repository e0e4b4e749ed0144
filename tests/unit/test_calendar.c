#include "unit.h"

#include <stdbool.h>
#include <time.h>

#include "aimarket/calendar.h"

/* "2026-03-08 07:00:00" in UTC */
static int64_t utc(const char *text)
{
	struct tm tm = { 0 };

	if (!strptime(text, "%Y-%m-%d %H:%M:%S", &tm))
		fail_msg("%s", text);
	return timegm(&tm);
}

static void show(int64_t t, char out[32])
{
	time_t at = t;
	struct tm tm;

	strftime(out, 32, "%Y-%m-%d %H:%M:%S", gmtime_r(&at, &tm));
}

static void read_ok(const char *text, struct calendar *c)
{
	struct err e = { 0 };

	if (calendar_read(text, c, &e))
		fail_msg("%s", e.text);
}

/* What comes after from, in order, blank line of the table at the end. */
static void expect(const char *text, const char *from, const char *const *want)
{
	struct calendar c;
	int64_t t = utc(from);
	char got[32];

	read_ok(text, &c);
	for (; *want; want++) {
		t = calendar_next(&c, t);
		show(t, got);
		if (strcmp(got, *want) != 0)
			fail_msg("%s: %s, not %s", text, got, *want);
	}
	calendar_release(&c);
}
#define EXPECT(text, from, ...) expect(text, from, (const char *const[]){ __VA_ARGS__, NULL })

static void fields(void **state)
{
	EXPECT("Mon..Fri 06..07:00/30", "2026-11-20 06:45:00", "2026-11-20 07:00:00", "2026-11-20 07:30:00", "2026-11-23 06:00:00");
	EXPECT("*-*-01,15 03:30", "2026-02-01 03:30:00", "2026-02-15 03:30:00", "2026-03-01 03:30:00");
	EXPECT("Fri *-*-13 12:00", "2026-01-01 00:00:00", "2026-02-13 12:00:00", "2026-03-13 12:00:00", "2026-11-13 12:00:00");
	EXPECT("*-02-29 00:00", "2096-03-01 00:00:00", "2104-02-29 00:00:00");
	EXPECT("*-*-31 23:59:59", "2026-01-31 23:59:59", "2026-03-31 23:59:59", "2026-05-31 23:59:59");
	EXPECT("00:00:05/20", "2026-01-01 00:00:05", "2026-01-01 00:00:25", "2026-01-01 00:00:45", "2026-01-02 00:00:05");
	EXPECT("sun", "2026-11-23 00:00:00", "2026-11-29 00:00:00");
	EXPECT("*:1..10/4,58 UTC", "2026-01-01 23:05:00", "2026-01-01 23:09:00", "2026-01-01 23:58:00", "2026-01-02 00:01:00");
}

static void words(void **state)
{
	EXPECT("minutely", "2026-01-01 00:00:00", "2026-01-01 00:01:00");
	EXPECT("hourly", "2026-01-01 00:00:00", "2026-01-01 01:00:00");
	EXPECT("daily America/New_York", "2026-01-01 00:00:00", "2026-01-01 05:00:00", "2026-01-02 05:00:00");
	EXPECT("Weekly", "2026-11-20 00:00:00", "2026-11-23 00:00:00");
	EXPECT("monthly", "2026-11-20 00:00:00", "2026-12-01 00:00:00");
	EXPECT("quarterly", "2026-11-20 00:00:00", "2027-01-01 00:00:00", "2027-04-01 00:00:00");
	EXPECT("yearly", "2026-11-20 00:00:00", "2027-01-01 00:00:00");
}

static void summer_time_begins(void **state)
{
	/* New York 2026-03-08: 02:00 to 02:59 is not there; 07:00 UTC is 03:00 */
	EXPECT("02:30 America/New_York", "2026-03-07 00:00:00", "2026-03-07 07:30:00", "2026-03-08 07:00:00", "2026-03-09 06:30:00");
	EXPECT("02..03:00/30 America/New_York", "2026-03-08 06:59:59", "2026-03-08 07:00:00", "2026-03-08 07:30:00", "2026-03-09 06:00:00");
	EXPECT("*:0/30 America/New_York", "2026-03-08 06:00:00", "2026-03-08 06:30:00", "2026-03-08 07:00:00", "2026-03-08 07:30:00");
	EXPECT("Sat 02:30 America/New_York", "2026-03-08 00:00:00", "2026-03-14 06:30:00");
	/* Frankfurt keeps Berlin's time; 2026-03-29: 02:00 to 02:59 is not there; 01:00 UTC is 03:00 */
	EXPECT("16:00 Europe/Berlin", "2026-03-28 00:00:00", "2026-03-28 15:00:00", "2026-03-29 14:00:00", "2026-03-30 14:00:00");
	EXPECT("02:00 Europe/Berlin", "2026-03-28 00:00:00", "2026-03-28 01:00:00", "2026-03-29 01:00:00", "2026-03-30 00:00:00");
	EXPECT("02:59:59 Europe/Berlin", "2026-03-29 00:00:00", "2026-03-29 01:00:00", "2026-03-30 00:59:59");
}

static void summer_time_ends(void **state)
{
	/* New York 2026-11-01: 01:00 to 01:59 comes twice, from 05:00 and from 06:00 UTC */
	EXPECT("01:30 America/New_York", "2026-10-31 12:00:00", "2026-11-01 05:30:00", "2026-11-02 06:30:00");
	EXPECT("01..02:00/30 America/New_York", "2026-11-01 04:59:59", "2026-11-01 05:00:00", "2026-11-01 05:30:00", "2026-11-01 07:00:00");
	EXPECT("*:0/30 America/New_York", "2026-11-01 05:00:00", "2026-11-01 05:30:00", "2026-11-01 06:00:00", "2026-11-01 06:30:00",
	        "2026-11-01 07:00:00");
	EXPECT("01:30 America/New_York", "2026-11-01 05:45:00", "2026-11-02 06:30:00");
	EXPECT("01:30 America/New_York", "2026-11-01 06:15:00", "2026-11-02 06:30:00");
	/* Frankfurt 2026-10-25: 02:00 to 02:59 comes twice, from 00:00 and from 01:00 UTC */
	EXPECT("02:15 Europe/Berlin", "2026-10-24 12:00:00", "2026-10-25 00:15:00", "2026-10-26 01:15:00");
	EXPECT("*:15 Europe/Berlin", "2026-10-25 00:00:00", "2026-10-25 00:15:00", "2026-10-25 01:15:00", "2026-10-25 02:15:00");
}

static void a_day_that_is_not_there(void **state)
{
	EXPECT("06:00 Pacific/Apia", "2011-12-29 00:00:00", "2011-12-29 16:00:00", "2011-12-30 10:00:00", "2011-12-30 16:00:00");
}

static void holds(void **state)
{
	struct calendar c;

	read_ok("Mon..Fri 06..21:* America/New_York", &c);
	assert_false(calendar_holds(&c, utc("2026-11-23 10:59:59")));
	assert_true(calendar_holds(&c, utc("2026-11-23 11:00:00")));
	assert_true(calendar_holds(&c, utc("2026-11-24 02:59:59")));
	assert_false(calendar_holds(&c, utc("2026-11-24 03:00:00")));
	assert_false(calendar_holds(&c, utc("2026-11-22 15:00:00")));
	calendar_release(&c);
}

/* Every minute of ten years, asked the C library: what matches by its clocks is what comes, away from the changes. */
static void as_the_c_library_has_it(void **state)
{
	struct calendar c;
	int64_t t = utc("2020-01-01 00:00:00"), n = 0, next;

	read_ok("Mon,Wed..Thu *-03..11-1..31/2 04..22/3:07/20 America/New_York", &c);
	setenv("TZ", "America/New_York", 1);
	tzset();
	next = calendar_next(&c, t);
	for (int64_t end = utc("2030-01-01 00:00:00"); t < end; t += 60) {
		time_t at = t;
		struct tm tm;

		localtime_r(&at, &tm);
		bool match = (tm.tm_wday == 1 || tm.tm_wday == 3 || tm.tm_wday == 4) && tm.tm_mon >= 2 && tm.tm_mon <= 10 &&
		             tm.tm_mday % 2 == 1 && tm.tm_hour >= 4 && tm.tm_hour % 3 == 1 && tm.tm_min % 20 == 7;
		assert_int_equal(match, calendar_holds(&c, t));
		if (!match)
			continue;
		assert_int_equal(t, next);
		next = calendar_next(&c, t);
		n++;
	}
	print_message("# %lld points\n", (long long)n);
	assert_true(n > 10000);
	calendar_release(&c);
}

static void never(void **state)
{
	struct calendar c;

	read_ok("yearly", &c);
	assert_int_equal(calendar_next(&c, utc("2199-06-01 00:00:00")), CALENDAR_NEVER);
	assert_int_equal(calendar_next(&c, INT64_MAX - 1), CALENDAR_NEVER);
	assert_int_equal(calendar_next(&c, INT64_MIN), utc("1971-01-01 00:00:00"));
	calendar_release(&c);
}

static void what_is_no_calendar(void **state)
{
	static const char *const bad[] = { "", "  ", "25:00", "12", "12:60", "12:00:60", "*-13-01", "*-00-01", "*-02-30 12:00",
		"2026-01-01", "Mon..", "Fri..Mon", "Montag", "12:00 Mon", "12:00 13:00", "12:00 Mars/Base", "12:00 UTC UTC", "*:*/5",
		"1..:00", "5..3:00", "0/0:00", "daily 12:00", "99999999999:00", "12:00,", "-1:00", "Mon,:00", "hourlyx", "*-*-1/", "12:" };

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct calendar c;
		struct err e = { 0 };

		if (calendar_read(bad[i], &c, &e) == 0)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_int_equal(e.kind, ERR_CONFIG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(words),
		cmocka_unit_test(summer_time_begins),
		cmocka_unit_test(summer_time_ends),
		cmocka_unit_test(a_day_that_is_not_there),
		cmocka_unit_test(holds),
		cmocka_unit_test(as_the_c_library_has_it),
		cmocka_unit_test(never),
		cmocka_unit_test(what_is_no_calendar),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
