#include "unit.h"

#include "aimarket/weburl.h"

static struct arena *mem;

static int begin(void **state)
{
	mem = arena_new();
	return 0;
}

static int end(void **state)
{
	arena_free(mem);
	return 0;
}

static void get(void **state)
{
	static const struct {
		const char *url, *name, *want;
	} rows[] = {
		{ "http://a.example/x?p=1&q=two", "q", "two" },
		{ "http://a.example/x?p=1&q=two", "p", "1" },
		{ "http://a.example/x?p=1", "q", NULL },
		{ "http://a.example/x", "q", NULL },
		{ "http://a.example/x?q", "q", "" },
		{ "http://a.example/x?q=", "q", "" },
		{ "http://a.example/x?q=a%20b%26c", "q", "a b&c" },
		{ "http://a.example/x?page%5Bafter%5D=z=", "page[after]", "z=" },
		{ "http://a.example/x?q=1&q=2", "q", "1" },
		{ "http://a.example/x?qq=1", "q", NULL },
		{ "http://a.example/x#?q=1", "q", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *value;
		struct err e = { 0 };

		assert_int_equal(weburl_get(rows[i].url, rows[i].name, mem, &value, &e), 0);
		if (!rows[i].want)
			assert_null(value);
		else
			assert_string_equal(value, rows[i].want);
	}
}

static void set(void **state)
{
	static const struct {
		const char *url, *name, *value, *want;
	} rows[] = {
		{ "http://a.example/x", "p", "2", "http://a.example/x?p=2" },
		{ "http://a.example/x?p=1&q=a%20b", "p", "2", "http://a.example/x?p=2&q=a%20b" },
		{ "http://a.example/x?q=1&p=1&p=7&r", "p", "2", "http://a.example/x?q=1&p=2&r" },
		{ "http://a.example/x?q=1", "p", "a&b=c d/\xc3\xa9", "http://a.example/x?q=1&p=a%26b%3dc%20d%2f%c3%a9" },
		{ "http://a.example/x?q=1&p=1", "p", NULL, "http://a.example/x?q=1" },
		{ "http://a.example/x?p=1", "p", NULL, "http://a.example/x" },
		{ "http://a.example/x", "p", NULL, "http://a.example/x" },
		{ "http://a.example/x", "p", "", "http://a.example/x?p=" },
		{ "http://a.example/x", "page[after]", "z", "http://a.example/x?page%5bafter%5d=z" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *out;
		struct err e = { 0 };

		if (weburl_set(rows[i].url, rows[i].name, rows[i].value, mem, &out, &e))
			fail_msg("%s", e.text);
		assert_string_equal(out, rows[i].want);
	}
}

static void join(void **state)
{
	static const char base[] = "https://a.example/v1/x?p=1";
	static const char *const same[][2] = { { "/v1/x?p=2", "https://a.example/v1/x?p=2" }, { "?p=2", "https://a.example/v1/x?p=2" },
		{ "y", "https://a.example/v1/y" }, { "https://A.example:443/z", "https://A.example:443/z" } };
	static const char *const other[] = { "http://a.example/v1/x", "https://b.example/v1/x", "https://a.example:8443/v1/x",
		"//b.example/", "file:///etc/passwd", "https://u:p@a.example/", "https://", "/a\r\nb" };

	for (size_t i = 0; i < COUNT(same); i++) {
		const char *out;
		struct err e = { 0 };

		if (weburl_join(base, same[i][0], mem, &out, &e))
			fail_msg("%s", e.text);
		assert_string_equal(out, same[i][1]);
	}
	for (size_t i = 0; i < COUNT(other); i++) {
		const char *out;
		struct err e = { 0 };

		if (weburl_join(base, other[i], mem, &out, &e) == 0)
			fail_msg("%s was taken as %s", other[i], out);
		assert_int_equal(e.kind, ERR_PARSE);
	}
}

static void what_is_no_address(void **state)
{
	const char *out;
	struct err e = { 0 };

	assert_int_equal(weburl_get("nothing", "p", mem, &out, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_int_equal(weburl_set("", "p", "1", mem, &out, &e), -1);
	assert_int_equal(weburl_join("/x", "/y", mem, &out, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(get),
		cmocka_unit_test(set),
		cmocka_unit_test(join),
		cmocka_unit_test(what_is_no_address),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
