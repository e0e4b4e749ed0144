#include "unit.h"

#include <ftw.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

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

static size_t read_bytes(const char *path, char *out, size_t max)
{
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	size_t n = fread(out, 1, max, f);
	fclose(f);
	return n;
}

static int try(const char *dir, const char *bytes, size_t n)
{
	char path[64];
	struct zone *z = NULL;
	struct err e = { 0 };
	FILE *f;

	snprintf(path, sizeof path, "%s/X", dir);
	f = fopen(path, "w");
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
	int rc = zone_new("X", &z, &e);
	assert_int_equal(e.kind, rc ? ERR_CONFIG : ERR_NONE);
	for (int64_t t = -3000000000; rc == 0 && t < 7258118400; t += 10000000) {
		struct zone_span s = zone_span(z, t);

		assert_true(s.start <= t && t < s.end);
	}
	zone_free(z);
	return rc;
}

static void spoilt_files(void **state)
{
	static const char *const rules[] = { "EST5EDT,M3.2.0,M11.1.0\n", "<-03>3<-02>,M3.5.0/-2:30,M10.5.0/167:59:59\n", "UTC0\n", "\n" };
	static const char *const bad[] = { "EST5EDT\n", "EST\n", "5\n", "EST5EDT,J60,J300\n", "EST5EDT,M13.2.0,M11.1.0\n",
		"EST5EDT,M3.6.0,M11.1.0\n", "EST5EDT,M3.2.7,M11.1.0\n", "EST5EDT,M3.2.0\n", "EST5EDT,M3.2.0,M11.1.0x\n",
		"EST999EDT,M3.2.0,M11.1.0\n", "EST5EDT,M3.2.0/200,M11.1.0\n", "EST5EDT,M3.2.0,M11.1.0", "<EST\n",
		"EST5EDT,M3.2.0/,M11.1.0\n" };
	char dir[] = "/tmp/aimarket-test-zone-XXXXXX", bytes[8192], path[64];
	size_t n = read_bytes("/usr/share/zoneinfo/America/New_York", bytes, sizeof bytes - 64), body = n - 2;
	int refused = 0;

	assert_non_null(mkdtemp(dir));
	setenv("TZDIR", dir, 1);
	assert_int_equal(try(dir, bytes, n), 0);
	for (size_t cut = 0; cut < n; cut += cut < 100 ? 1 : 37)
		assert_int_equal(try(dir, bytes, cut), -1);
	for (size_t at = 0; at < n; at += 3) {
		bytes[at] = (char)~bytes[at];
		refused += try(dir, bytes, n) != 0;
		bytes[at] = (char)~bytes[at];
	}
	assert_true(refused > 10);
	while (bytes[body] != '\n')
		body--;
	for (size_t i = 0; i < COUNT(rules); i++) {
		memcpy(bytes + body + 1, rules[i], strlen(rules[i]));
		assert_int_equal(try(dir, bytes, body + 1 + strlen(rules[i])), 0);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		memcpy(bytes + body + 1, bad[i], strlen(bad[i]));
		if (try(dir, bytes, body + 1 + strlen(bad[i])) == 0)
			fail_msg("%s", bad[i]);
	}
	unsetenv("TZDIR");
	snprintf(path, sizeof path, "%s/X", dir);
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_zone_is_as_the_c_library_has_it),
		cmocka_unit_test(spans),
		cmocka_unit_test(no_zone_is_utc),
		cmocka_unit_test(bad_names_are_refused),
		cmocka_unit_test(spoilt_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
