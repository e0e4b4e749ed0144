#include "unit.h"

#include "aimarket/date.h"

static void counts_days_as_postgresql_does(void **state)
{
	static const struct {
		int y, m, d;
		int32_t day;
	} rows[] = {
		{ 2000, 1, 1, 0 },
		{ 1999, 12, 31, -1 },
		{ 1970, 1, 1, -10957 },
		{ 2024, 2, 29, 8825 },
		{ 2024, 6, 18, 8935 },
		{ 1800, 1, 1, -73048 },
		{ 2200, 12, 31, 73413 },
		{ 1900, 3, 1, -36465 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int y, m, d;

		assert_int_equal(date_make(rows[i].y, rows[i].m, rows[i].d), rows[i].day);
		date_split(rows[i].day, &y, &m, &d);
		assert_true(y == rows[i].y && m == rows[i].m && d == rows[i].d);
	}
}

static void every_day_makes_the_round_trip(void **state)
{
	int32_t first = date_make(1, 1, 1), last = date_make(9999, 12, 31);

	assert_int_equal(last - first, 3652058);
	for (int32_t day = first; day <= last; day++) {
		int y, m, d;

		date_split(day, &y, &m, &d);
		if (date_make(y, m, d) != day)
			fail_msg("day %d became %d-%d-%d", day, y, m, d);
	}
}

static void knows_days_that_are_not(void **state)
{
	static const int bad[][3] = { { 2023, 2, 29 }, { 1900, 2, 29 }, { 2024, 2, 30 }, { 2024, 4, 31 }, { 2024, 13, 1 }, { 2024, 0, 1 },
		{ 2024, 1, 0 }, { 2024, 1, -1 }, { 0, 1, 1 }, { 10000, 1, 1 } };

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(date_make(bad[i][0], bad[i][1], bad[i][2]), DATE_NONE);
	assert_int_not_equal(date_make(2000, 2, 29), DATE_NONE);
}

static void writes_iso(void **state)
{
	char s[11];

	date_iso(date_make(2024, 6, 18), s);
	assert_string_equal(s, "2024-06-18");
	date_iso(date_make(7, 1, 2), s);
	assert_string_equal(s, "0007-01-02");
	date_iso(DATE_NONE, s);
	assert_string_equal(s, "");
	date_iso(DATE_OPEN, s);
	assert_string_equal(s, "infinity");
	date_iso(INT32_MAX - 1, s);
	assert_string_equal(s, "");
}

/* want: the span as "first last" with its precision before it, or the beginning of the reason why not. */
static const struct {
	enum date_order order;
	const char *in, *want;
} rows[] = {
	{ DATE_YMD, "2024-06-18", "d 2024-06-18 2024-06-18" },
	{ DATE_YMD, "2015/10/28", "d 2015-10-28 2015-10-28" },
	{ DATE_YMD, "2015.1.2", "d 2015-01-02 2015-01-02" },
	{ DATE_YMD, "20240930", "d 2024-09-30 2024-09-30" },
	{ DATE_YMD, "2024-06-18T13:30:00Z", "d 2024-06-18 2024-06-18" },
	{ DATE_YMD, "2024-06-18 00:00:00", "d 2024-06-18 2024-06-18" },
	{ DATE_YMD, "2012-05-30-04:00", "d 2012-05-30 2012-05-30" },
	{ DATE_YMD, "2012-05-30Z", "d 2012-05-30 2012-05-30" },
	{ DATE_YMD, " 2024-06-18\xc2\xa0", "d 2024-06-18 2024-06-18" },
	{ DATE_YMD, "69-01-02", "d 1969-01-02 1969-01-02" },
	{ DATE_YMD, "68-01-02", "d 2068-01-02 2068-01-02" },
	{ DATE_YMD, "2024-02-29", "d 2024-02-29 2024-02-29" },
	{ DATE_YMD, "2024", "y 2024-01-01 2024-12-31" },
	{ DATE_YMD, "2024-02", "m 2024-02-01 2024-02-29" },
	{ DATE_YMD, "2024-12", "m 2024-12-01 2024-12-31" },
	{ DATE_YMD, "2024-Q3", "q 2024-07-01 2024-09-30" },
	{ DATE_YMD, "2024q4", "q 2024-10-01 2024-12-31" },
	{ DATE_YMD, "Q1 2024", "q 2024-01-01 2024-03-31" },
	{ DATE_YMD, "2024-H1", "h 2024-01-01 2024-06-30" },
	{ DATE_YMD, "2024 h2", "h 2024-07-01 2024-12-31" },
	{ DATE_MDY, "12/31/2022", "d 2022-12-31 2022-12-31" },
	{ DATE_MDY, "1/2/14", "d 2014-01-02 2014-01-02" },
	{ DATE_MDY, "1/2/99", "d 1999-01-02 1999-01-02" },
	{ DATE_MDY, "12312022", "d 2022-12-31 2022-12-31" },
	{ DATE_MDY, "08/2024", "m 2024-08-01 2024-08-31" },
	{ DATE_MDY, "2024-08", "m 2024-08-01 2024-08-31" },
	{ DATE_MDY, "2024", "y 2024-01-01 2024-12-31" },
	{ DATE_DMY, "16/07/2020", "d 2020-07-16 2020-07-16" },
	{ DATE_DMY, "30-06-2012", "d 2012-06-30 2012-06-30" },
	{ DATE_DMY, "28.06.1905 10:00", "d 1905-06-28 1905-06-28" },
	{ DATE_DMY, "02/01/2020", "d 2020-01-02 2020-01-02" },
	{ DATE_DMY, "2024-Q3", "q 2024-07-01 2024-09-30" },
	{ DATE_TEXT, "27 October 2016", "d 2016-10-27 2016-10-27" },
	{ DATE_TEXT, "October 26, 2018", "d 2018-10-26 2018-10-26" },
	{ DATE_TEXT, "Oct 26, 2018", "d 2018-10-26 2018-10-26" },
	{ DATE_TEXT, "Sept. 3, 2018", "d 2018-09-03 2018-09-03" },
	{ DATE_TEXT, "04 Jan 1999", "d 1999-01-04 1999-01-04" },
	{ DATE_TEXT, "31 dec 99", "d 1999-12-31 1999-12-31" },
	{ DATE_TEXT, "26-FEB-1987 15:01:01.79", "d 1987-02-26 1987-02-26" },
	{ DATE_TEXT, "Mon, 24 Sep 2018 19:42:40 +0000", "d 2018-09-24 2018-09-24" },
	{ DATE_TEXT, "Wednesday, May 1, 2024", "d 2024-05-01 2024-05-01" },
	{ DATE_TEXT, "August 2024", "m 2024-08-01 2024-08-31" },
	{ DATE_TEXT, "2024-06-18", "d 2024-06-18 2024-06-18" },
	{ DATE_TEXT, "20240618", "d 2024-06-18 2024-06-18" },
	{ DATE_TEXT, "2030", "y 2030-01-01 2030-12-31" },
	{ DATE_EPOCH, "0", "d 1970-01-01 1970-01-01" },
	{ DATE_EPOCH, "1718717400", "d 2024-06-18 2024-06-18" },
	{ DATE_EPOCH, "1718717400.5", "d 2024-06-18 2024-06-18" },
	{ DATE_EPOCH, "-1", "d 1969-12-31 1969-12-31" },
	{ DATE_EPOCH, "-86400", "d 1969-12-31 1969-12-31" },
	{ DATE_EPOCH, "-86401", "d 1969-12-30 1969-12-30" },

	{ DATE_YMD, "2023-02-29", "no such day: \"2023-02-29\"" },
	{ DATE_YMD, "2023-13-01", "no such day" },
	{ DATE_YMD, "2023-13", "no such day" },
	{ DATE_YMD, "2023-00", "no such day" },
	{ DATE_YMD, "2023-01-00", "no such day" },
	{ DATE_YMD, "1201-11-03", "the year is outside 1800..2200 (limit date-years): \"1201-11-03\"" },
	{ DATE_YMD, "3201-10-21", "the year is outside" },
	{ DATE_YMD, "1201-11-03 00:00:00", "the year is outside" },
	{ DATE_YMD, "0026-11-14", "the year is outside" },
	{ DATE_YMD, "1799-12-31", "the year is outside" },
	{ DATE_YMD, "2201", "the year is outside" },
	{ DATE_YMD, "", "not a date in ymd order: \"\"" },
	{ DATE_YMD, "12/31/2022", "not a date in ymd order" },
	{ DATE_YMD, "2024-06-", "not a date" },
	{ DATE_YMD, "2024-06-18x", "not a date" },
	{ DATE_YMD, "2024-06-18T", "not a date" },
	{ DATE_YMD, "2024-06-18 Monday", "not a date" },
	{ DATE_YMD, "2024-06-18-01", "not a date" },
	{ DATE_YMD, "2024-06/18", "not a date" },
	{ DATE_YMD, "2024-006-18", "not a date" },
	{ DATE_YMD, "202406", "not a date" },
	{ DATE_YMD, "2024-Q5", "not a date" },
	{ DATE_YMD, "2024-H3", "not a date" },
	{ DATE_YMD, "Q2 FY26", "not a date" },
	{ DATE_YMD, "FY23Q1", "not a date" },
	{ DATE_YMD, "Planned 2030", "not a date" },
	{ DATE_YMD, "-", "not a date" },
	{ DATE_YMD, "9-01-02", "the year is outside" },
	{ DATE_YMD, "99999999999999999999", "not a date" },
	{ DATE_MDY, "16/07/2020", "no such day" },
	{ DATE_MDY, "2015-10-28", "not a date in mdy order" },
	{ DATE_MDY, "20240930", "the year is outside" },
	{ DATE_DMY, "05/072018", "not a date in dmy order" },
	{ DATE_DMY, "12/05.2015", "not a date" },
	{ DATE_DMY, "22/01//2015", "not a date" },
	{ DATE_DMY, "01/07/015", "not a date" },
	{ DATE_DMY, "99/99.9999", "not a date" },
	{ DATE_TEXT, "December 17", "not a date in words" },
	{ DATE_TEXT, "31 February 2024", "no such day" },
	{ DATE_TEXT, "24 Set 2018", "not a date" },
	{ DATE_TEXT, "October 26, 2018, perhaps", "not a date" },
	{ DATE_TEXT, "12/31/2022", "not a date" },
	{ DATE_EPOCH, "", "not seconds since 1970" },
	{ DATE_EPOCH, "2024-06-18", "not seconds" },
	{ DATE_EPOCH, "1718717400000", "the year is outside" },
	{ DATE_EPOCH, "99999999999999999999999", "the year is outside" },
};

static void put_span(struct date_span span, char *out, size_t size)
{
	char first[11], last[11];

	date_iso(span.first, first);
	date_iso(span.last, last);
	snprintf(out, size, "%c %s %s", (char)span.prec, first, last);
}

static void reads_what_sources_write(void **state)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct date_span span;
		struct err e = { 0 };
		char got[sizeof e.text];

		if (date_read(rows[i].in, strlen(rows[i].in), rows[i].order, &span, &e) == 0)
			put_span(span, got, sizeof got);
		else
			snprintf(got, sizeof got, "%s", e.text);
		if (strncmp(got, rows[i].want, strlen(rows[i].want)) != 0)
			fail_msg("\"%s\" in %s order gave %s, not %s", rows[i].in, date_order_names[rows[i].order], got, rows[i].want);
		assert_true(e.kind == ERR_NONE || e.kind == ERR_PARSE);
	}
}

static void writes_what_is_known(void **state)
{
	static const char *const texts[] = { "2024", "2024-08", "2024-Q3", "2024-H2", "2024-06-18" };

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct date_span span;
		struct err e = { 0 };
		char out[11];

		assert_int_equal(date_read(texts[i], strlen(texts[i]), DATE_YMD, &span, &e), 0);
		date_iso_prec(span, out);
		assert_string_equal(out, texts[i]);
	}
}

static void reads_what_people_type(void **state)
{
	static const char *const typed[][2] = {
		{ "today", "d 2024-03-31 2024-03-31" },
		{ "Yesterday", "d 2024-03-30 2024-03-30" },
		{ "tomorrow", "d 2024-04-01 2024-04-01" },
		{ "-90d", "d 2024-01-01 2024-01-01" },
		{ "-2w", "d 2024-03-17 2024-03-17" },
		{ "-1m", "d 2024-02-29 2024-02-29" },
		{ "-6m", "d 2023-09-30 2023-09-30" },
		{ "-1y", "d 2023-03-31 2023-03-31" },
		{ "+1y", "d 2025-03-31 2025-03-31" },
		{ "-15m", "d 2022-12-31 2022-12-31" },
		{ "2024-08", "m 2024-08-01 2024-08-31" },
		{ "2024-Q3", "q 2024-07-01 2024-09-30" },
		{ "2024", "y 2024-01-01 2024-12-31" },
		{ "-90", NULL },
		{ "-d", NULL },
		{ "-90x", NULL },
		{ "-90dd", NULL },
		{ "-99999y", NULL },
		{ "-99999m", NULL },
		{ "+999y", NULL },
		{ "-500y", NULL },
		{ "soon", NULL },
		{ "", NULL },
		{ "-", NULL },
		{ "12/31/2022", NULL },
	};

	for (size_t i = 0; i < COUNT(typed); i++) {
		struct date_span span;
		struct err e = { 0 };
		char got[64] = "";

		int rc = date_read_human(typed[i][0], date_make(2024, 3, 31), &span, &e);
		assert_int_equal(rc, typed[i][1] ? 0 : -1);
		if (rc == 0)
			put_span(span, got, sizeof got);
		assert_string_equal(got, typed[i][1] ? typed[i][1] : "");
		assert_int_equal(e.kind, rc ? ERR_USAGE : ERR_NONE);
		assert_int_equal(rc ? strlen(e.hint) > 0 : 1, 1);
	}
}

static void today_can_be_fixed(void **state)
{
	setenv("AIMARKET_TODAY", "2024-02-29", 1);
	assert_int_equal(date_today(), date_make(2024, 2, 29));
	setenv("AIMARKET_TODAY", "nonsense", 1);
	assert_true(date_today() > date_make(2025, 1, 1));
	unsetenv("AIMARKET_TODAY");
	assert_true(date_today() > date_make(2025, 1, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_days_as_postgresql_does),
		cmocka_unit_test(every_day_makes_the_round_trip),
		cmocka_unit_test(knows_days_that_are_not),
		cmocka_unit_test(writes_iso),
		cmocka_unit_test(reads_what_sources_write),
		cmocka_unit_test(writes_what_is_known),
		cmocka_unit_test(reads_what_people_type),
		cmocka_unit_test(today_can_be_fixed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
