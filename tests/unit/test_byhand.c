/* Facts of the body of a request: the table that becomes of them, and what is refused. */
#include "unit.h"

#include "aimarket/byhand.h"

static int table_of(const char *what, const char *json, struct arena *mem, struct buf *out, struct err *e)
{
	return byhand_table_of_json(byhand_find(what), json, strlen(json), mem, out, e);
}

static void test_tables(void **state)
{
	static const struct {
		const char *what, *json, *table;
	} cases[] = {
		{ "entities",
			"{\"name\": \"Acme \\\"AI\\\", Inc.\", \"kind\": \"company\", \"alias\": [\"A\", \"B\"], \"former_name\": [], \"country\": null, \"source\": \"https://x\"}",
			"\"name\",\"kind\",\"alias\",\"source\"\n\"Acme \"\"AI\"\", Inc.\",\"company\",\"A;B\",\"https://x\"\n" },
		{ "observation",
			"{\"entity\":\"acme\",\"metric\":\"revenue\",\"unit\":\"USD\",\"value\":123456789012345678.90,\"on\":\"2024-06-30\",\"about\":true,\"at_most\":false,\"asserted\":\"2024\"}",
			"\"entity\",\"metric\",\"value\",\"unit\",\"on\",\"asserted\",\"end\",\"comparator\"\n"
			"\"acme\",\"revenue\",\"123456789012345678.90\",\"USD\",\"2024-06-30\",\"2024\",\"2024-06-30\",\"about\"\n" },
		{ "deal",
			"{\"type\":\"licence_and_hire\",\"target\":\"Adept AI\",\"acquirer\":\"Amazon\",\"date\":\"2024-06-28\",\"licence_fee\":\"330M\",\"retention\":100000000,\"source\":\"x\"}",
			"\"type\",\"target\",\"acquirer\",\"date\",\"licence_fee\",\"retention\",\"source\",\"deal\",\"parts\"\n"
			"\"licence_and_hire\",\"Adept AI\",\"Amazon\",\"2024-06-28\",\"330M\",\"100000000\",\"x\",\"adept-ai-amazon-2024\",\"licence_fee=330M;retention=100000000\"\n" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *mem = arena_new();
		struct err e = { 0 };
		struct buf out;

		buf_init(&out, 1 << 20);
		assert_int_equal(table_of(cases[i].what, cases[i].json, mem, &out, &e), 0);
		assert_string_equal(buf_str(&out), cases[i].table);
		buf_release(&out);
		arena_free(mem);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *what, *json, *text;
	} cases[] = {
		{ "deal", "", "the body is no JSON" },
		{ "deal", "[]", "the body is no JSON object" },
		{ "deal", "7", "the body is no JSON object" },
		{ "deal", "{", "the body is no JSON, from byte " },
		{ "deal", "{} {}", "the body is no JSON, from byte " },
		{ "deal", "{}", "--type is missing" },
		{ "deal", "{\"typ\":\"ipo\"}", "--typ is nothing one can say of a deal, did you mean \"type\"?" },
		{ "deal", "{\"type\":\"ipo\",\"type\":\"ipo\"}", "--type is said twice" },
		{ "deal", "{\"type\":[\"ipo\"]}", "--type takes no list" },
		{ "deal", "{\"type\":{\"a\":1}}", "--type takes no object" },
		{ "deal", "{\"type\":true}", "--type takes no true" },
		{ "deal", "{\"undisclosed\":\"yes\"}", "--undisclosed takes no text" },
		{ "deal", "{\"party\":\"x:investor\"}", "--party takes no single value, but a list" },
		{ "deal", "{\"party\":[[\"x\"]]}", "--party takes no list" },
		{ "deal", "{\"party\":[null]}", "--party takes no null" },
		{ "deal", "{\"type\":\"ipo\",\"target\":\"x\",\"party\":[\"a;b\"]}", "--party: \"a;b\" has a ;" },
		{ "deal", "{\"type\":\"a\\u0000b\"}", "--type takes no text with a NUL" },
		{ "deal", "{\"type\":\"\xff\"}", "the body is no JSON, from byte " },
		{ "observation", "{\"entity\":\"a\",\"metric\":\"m\",\"unit\":\"u\",\"on\":\"2024\",\"end\":\"2024\"}",
			"--on is a moment" },
		{ "source", "{\"source\":\"x\",\"asserted\":\"2024\",\"value\":1}", "--value is nothing one can say of a source" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *mem = arena_new();
		struct err e = { 0 };
		struct buf out;

		buf_init(&out, 1 << 20);
		assert_int_equal(table_of(cases[i].what, cases[i].json, mem, &out, &e), -1);
		if (strncmp(e.text, cases[i].text, strlen(cases[i].text)) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", cases[i].json, e.text, cases[i].text);
		buf_release(&out);
		arena_free(mem);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
