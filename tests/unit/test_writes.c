/* Bodies of requests to write: what is handed on, and what is refused. */
#include "unit.h"

#include <string.h>

#include "aimarket/writes.h"

static const struct write *find(const char *what)
{
	for (const struct write *w = writes; w->path; w++)
		if (strcmp(w->what, what) == 0)
			return w;
	return NULL;
}

static void test_handed_on(void **state)
{
	static const struct {
		const char *what, *json, *out;
	} cases[] = {
		{ "forecast", "{\"p\": 0.350}", "{\"request\":{\"p\": 0.350},\"criterion\":{},\"times\":{}}" },
		{ "dispute", "{\"why\":\"\\u00e9\"}", "{\"request\":{\"why\":\"\\u00e9\"},\"criterion\":{},\"times\":{}}" },
		{ "question", "{\"question\":\"Q?\",\"low\":123456789012345678.90}",
			"{\"request\":{\"question\":\"Q?\",\"low\":123456789012345678.90},\"criterion\":{},\"times\":{}}" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *mem = arena_new();
		struct err e = { 0 };
		const char *out;

		assert_int_equal(write_body(find(cases[i].what), cases[i].json, strlen(cases[i].json), mem, &out, &e), 0);
		assert_string_equal(out, cases[i].out);
		arena_free(mem);
	}
}

static void test_times(void **state)
{
	static const char json[] =
		"{\"question\":\"Q?\",\"opens_at\":\"2026\",\"closes_at\":\"2030-Q1\",\"resolve_by\":\"2030-06-01T12:00:00Z\"}";
	struct arena *mem = arena_new();
	struct err e = { 0 };
	const char *out;

	assert_int_equal(write_body(find("question"), json, strlen(json), mem, &out, &e), 0);
	assert_non_null(strstr(out,
		"\"times\":{\"closes_at\":\"2030-03-31 23:59:59+00\",\"opens_at\":\"2026-01-01 00:00:00+00\","
		"\"resolve_by\":\"2030-06-01T12:00:00Z\"}"));
	arena_free(mem);
}

static void test_criterion(void **state)
{
	static const char json[] = "{\"question\":\"Q?\",\"when\":\"count deals type=ipo >= 2 by 2030-06-30\"}";
	struct arena *mem = arena_new();
	struct err e = { 0 };
	const char *out;

	assert_int_equal(write_body(find("question"), json, strlen(json), mem, &out, &e), 0);
	assert_non_null(strstr(out, "\"closes_at\":\"2030-06-30 23:59:59\""));
	assert_non_null(strstr(out, "\"criterion\":\"count deals type=ipo >= 2 by 2030-06-30\""));
	assert_non_null(strstr(out, "\"plan\":{"));
	arena_free(mem);
}

static void test_refused(void **state)
{
	static const struct {
		const char *what, *json, *text;
	} cases[] = {
		{ "question", "", "the body is no JSON: " },
		{ "question", "[]", "the body is no JSON object" },
		{ "question", "{\"question\":\"x\"}}", "the body is no JSON: " },
		{ "question", "{\"question\":\"x\",\"question\":\"y\"}", "the body is no JSON: " },
		{ "question", "{}", "question: it is missing" },
		{ "question", "{\"question\":\"x\",\"plan\":{}}", "plan: no member of a question" },
		{ "question", "{\"question\":\"x\",\"criterion\":\"y\"}",
			"criterion: no member of a question, did you mean \"criteria\"?" },
		{ "question", "{\"question\":\"x\",\"when\":7}", "when: it takes text" },
		{ "question", "{\"question\":\"x\",\"when\":\"sometimes\"}", "when: " },
		{ "forecast", "{\"P\":0.5}", "P: no member of a forecast, did you mean \"p\"?" },
		{ "resolution", "{\"outcome\":\"no\"}", "why: it is missing" },
		{ "question", "{\"question\":\"x\",\"closes_at\":\"soon\"}", "closes_at: " },
		{ "question", "{\"question\":\"x\",\"closes_at\":7}", "closes_at: it takes text" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *mem = arena_new();
		struct err e = { 0 };
		const char *out;

		assert_int_equal(write_body(find(cases[i].what), cases[i].json, strlen(cases[i].json), mem, &out, &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
		if (strncmp(e.text, cases[i].text, strlen(cases[i].text)) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", cases[i].json, e.text, cases[i].text);
		arena_free(mem);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handed_on),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_criterion),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
