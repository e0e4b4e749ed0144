#include "unit.h"

#include <ftw.h>
#include <stdbool.h>
#include <time.h>

#include "aimarket/zone.h"

static const char root[] = "/usr/share/zoneinfo";
static int zones, instants;

/* The C library reads the same files: both must say the same at every change, around it, and in between, up to 2199. */
static void compare(const char *name)
{
	struct zone *z;
	struct err e = { 0 };

	if (zone_new(name, &z, &e))
		fail_msg("%s: %s", name, e.text);
	setenv("TZ", name, 1);
	tzset();
	for (int64_t t = -3000000000; t < 7258118400 /* 2200-01-01 */;) {
		struct zone_span s = zone_span(z, t);
		const int64_t probes[] = { t, s.end - 1, t / 2 + s.end / 2 };

		for (size_t i = 0; i < COUNT(probes) && s.end != INT64_MAX; i++, instants++) {
			time_t at = probes[i];
			struct tm tm;

			localtime_r(&at, &tm);
			if (tm.tm_gmtoff != s.offset)
				fail_msg("%s at %lld: %d, not %ld", name, (long long)at, s.offset, tm.tm_gmtoff);
		}
		assert_true(s.start <= t && t < s.end);
		t = s.end;
	}
	zones++;
	zone_free(z);
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *where)
{
	const char *name = path + sizeof root;
	char head[4] = "";
	FILE *f = type == FTW_F ? fopen(path, "r") : NULL;

	if (f && fread(head, 1, 4, f) == 4 && memcmp(head, "TZif", 4) == 0 && strncmp(name, "right/", 6) != 0)
		compare(name);
	if (f)
		fclose(f);
	return 0;
}

static void every_zone_is_as_the_c_library_has_it(void **state)
{
	assert_int_equal(nftw(root, visit, 16, FTW_PHYS), 0);
	print_message("# %d zones, %d instants\n", zones, instants);
	assert_true(zones > 100);
}

static void spans(void **state)
{
	struct zone *z;
	struct err e = { 0 };

	assert_int_equal(zone_new("America/New_York", &z, &e), 0);
	assert_string_equal(zone_name(z), "America/New_York");
	struct zone_span s = zone_span(z, 1772953199); /* 2026-03-08 06:59:59 UTC */
	assert_int_equal(s.offset, -5 * 3600);
	assert_int_equal(s.end, 1772953200);
	s = zone_span(z, s.end);
	assert_int_equal(s.start, 1772953200);
	assert_int_equal(s.offset, -4 * 3600);
	assert_int_equal(s.before, -5 * 3600);
	s = zone_span(z, INT64_MIN);
	assert_int_equal(s.start, INT64_MIN);
	assert_int_equal(s.before, s.offset);
	assert_int_equal(zone_span(z, INT64_MAX).end, INT64_MAX);
	zone_free(z);
}

static void no_zone_is_utc(void **state)
{
	struct zone_span s = zone_span(NULL, 1234567890);

	assert_int_equal(s.start, INT64_MIN);
	assert_int_equal(s.end, INT64_MAX);
	assert_int_equal(s.offset, 0);
	assert_string_equal(zone_name(NULL), "UTC");
	zone_free(NULL);
}

static void bad_names_are_refused(void **state)
{
	static const char *const names[] = { "", "Europe/Frankfurt", "../../etc/passwd", "/etc/localtime", "America", "zone.tab",
		"Mars/Base" };

	for (size_t i = 0; i < COUNT(names); i++) {
		struct zone *z;
		struct err e = { 0 };

		assert_int_equal(zone_new(names[i], &z, &e), -1);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_true(e.hint[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_zone_is_as_the_c_library_has_it),
		cmocka_unit_test(spans),
		cmocka_unit_test(no_zone_is_utc),
		cmocka_unit_test(bad_names_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
