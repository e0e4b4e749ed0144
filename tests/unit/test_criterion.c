/* Criteria: what is read, and what is refused. */
#include "unit.h"

#include "aimarket/criterion.h"

static char *plan_of(const char *text)
{
	struct err e = { 0 };
	json_t *plan;

	if (criterion_parse(text, &plan, &e))
		fail_msg("%s: %s", text, e.text);
	char *dump = json_dumps(plan, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(plan);
	return dump;
}

static void is_plan(const char *text, const char *want)
{
	char *got = plan_of(text);

	assert_string_equal(got, want);
	free(got);
}

static void conditions(void **state)
{
	is_plan("deals type=ipo target=cerebras status=priced by 2025-12-31",
		"{\"by\":\"2025-12-31\",\"filters\":{\"status\":\"priced\",\"target\":\"cerebras\",\"type\":\"ipo\"},\"measure\":\"exists\",\"op\":\"deals\"}");
	is_plan("observation entity=NVIDIA metric=market_cap >= 5e12 USD by 2025-12",
		"{\"by\":\"2025-12-31\",\"cmp\":\">=\",\"filters\":{\"entity\":\"NVIDIA\",\"metric\":\"market_cap\"},\"measure\":\"any\",\"number\":\"5000000000000\","
		"\"op\":\"observation\",\"unit\":\"USD\"}");
	is_plan("count deals type=acquihire >= 3 since 2025 by 2025",
		"{\"by\":\"2025-12-31\",\"cmp\":\">=\",\"filters\":{\"type\":\"acquihire\"},\"measure\":\"count\",\"number\":\"3\",\"op\":\"deals\",\"since\":\"2025-01-01\"}");
	is_plan("last observation entity=\"Character.AI\" metric=revenue > observation entity=a metric=b by 2025-12-31",
		"{\"by\":\"2025-12-31\",\"cmp\":\">\",\"filters\":{\"entity\":\"Character.AI\",\"metric\":\"revenue\"},\"measure\":\"last\",\"op\":\"observation\","
		"\"other\":{\"entity\":\"a\",\"metric\":\"b\"}}");
}

static void joined_by_words(void **state)
{
	is_plan("not question a = yes and (question b = no or question c=yes)",
		"{\"args\":[{\"args\":[{\"id\":\"a\",\"op\":\"question\",\"outcome\":\"yes\"}],\"op\":\"not\"},{\"args\":[{\"id\":\"b\",\"op\":\"question\",\"outcome\":\"no\"},"
		"{\"id\":\"c\",\"op\":\"question\",\"outcome\":\"yes\"}],\"op\":\"or\"}],\"op\":\"and\"}");
}

static void refused(void **state)
{
	static const char *const bad[] = { "", "deals", "deals by 2025", "deals type=ipo", "deals type=ipo by", "deals type=ipo by soon", "deals colour=red by 2025",
		"deals type= by 2025", "deals type=ipo type=ipo by 2025", "observation entity=a > 3 by 2025", "observation entity=a metric=b by 2025",
		"observation entity=a metric=b > x by 2025", "question a", "question a =", "(question a = yes", "question a = yes)", "not", "question a = yes and",
		"deals type=ipo by 2025 by 2026", "deals type=\"ipo by 2025", "count deals type=ipo by 2025", "deals type=ipo; DROP TABLE x by 2025" };
	struct err e;
	json_t *plan;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		e = (struct err){ 0 };
		if (criterion_parse(bad[i], &plan, &e) == 0)
			fail_msg("\"%s\" must be refused", bad[i]);
		assert_int_equal(e.kind, ERR_USAGE);
		assert_non_null(strstr(e.text, "criterion"));
		assert_null(plan);
	}
}

static void too_deep_is_refused(void **state)
{
	char text[4000] = { 0 };
	struct err e = { 0 };
	json_t *plan;

	memset(text, '(', sizeof text - 1);
	assert_int_equal(criterion_parse(text, &plan, &e), -1);
}

static void deadline(void **state)
{
	struct err e = { 0 };
	json_t *plan;

	assert_int_equal(criterion_parse("deals type=ipo by 2025 or not deals type=merger by 2026-03", &plan, &e), 0);
	assert_string_equal(criterion_deadline(plan), "2026-03-31");
	json_decref(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions),
		cmocka_unit_test(joined_by_words),
		cmocka_unit_test(refused),
		cmocka_unit_test(too_deep_is_refused),
		cmocka_unit_test(deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
