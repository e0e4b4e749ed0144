/* json, ndjson: limits, and bodies too large for a case. What records come to is told by tests/feeds. */
#include "mapped.h"

static const struct limits tight = { .field = 4000, .line = 10000, .depth = 8, .rejects = 100, .spool_memory = 1 << 20, .columns = 2000, .group_size = 64 << 20, .name_length = LIMIT_NAME, .number_digits = LIMIT_DIGITS, .dimensions = 16,
	.claims = LIMIT_CLAIMS, .reject_text = 1000 };
static const struct mapped_key names_and_values[] = { OBSERVE("{/name}", "{/value}"), { 0 } };
static const struct mapped_key many_values[] = {
	{ "observation", "each", "{/values/*}" },
	OBSERVE("{/name}", "{$item}"),
	{ 0 },
};

/* {"name":"n","values":[1,1,…]} in an array of times of them. */
static struct buf arrays(int times, int values)
{
	struct buf b;

	buf_init(&b, 64 << 20);
	for (int i = 0; i < times; i++) {
		buf_adds(&b, i ? "," : "[");
		buf_adds(&b, "{\"name\":\"n\",\"other\":[");
		for (int v = 0; v < values; v++)
			buf_adds(&b, v ? ",1" : "1");
		buf_adds(&b, "],\"value\":1,\"values\":[");
		for (int v = 0; v < values; v++)
			buf_adds(&b, v ? ",1" : "1");
		buf_adds(&b, "]}");
	}
	buf_adds(&b, "]");
	return b;
}

static void test_what_is_kept_of_a_record_is_limited(void **state)
{
	struct buf few = arrays(3, 100), many = arrays(3, 1000);

	mapped_expect_counts(mapped_run("json", many_values, &tight, few.data, few.len), 300, 0);
	mapped_expect_counts(mapped_run("json", many_values, &tight, many.data, many.len), 0, 3);
	/* what the mapping does not ask for does not count */
	mapped_expect_counts(mapped_run("json", names_and_values, &tight, many.data, many.len), 3, 0);
	buf_release(&few);
	buf_release(&many);
}

static void test_many_records(void **state)
{
	struct buf b = arrays(20000, 3);

	mapped_expect_counts(mapped_run("json", many_values, &tight, b.data, b.len), 60000, 0);
	buf_release(&b);
}

static void test_a_line_has_a_largest_size(void **state)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_printf(&b, "{\"name\":\"n\",\"value\":1}\n{\"name\":\"%020000d\"}\n", 1);
	mapped_expect_error(
	        mapped_run("ndjson", names_and_values, &tight, b.data, b.len), ERR_LIMIT, "line 2 is longer than 10000 bytes (limit line)");
	buf_release(&b);
}

static void test_a_deep_line_is_rejected_alone(void **state)
{
	static const char body[] = "{\"name\":\"n\",\"value\":1}\n[[[[[[[[[[[[1]]]]]]]]]]]]\n{\"name\":\"n\",\"value\":2}";

	mapped_expect_counts(mapped_run("ndjson", names_and_values, &tight, body, sizeof body - 1), 2, 1);
}

static void test_reading_ends_when_the_sink_is_full(void **state)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	for (int i = 0; i < 1000; i++)
		buf_adds(&b, i ? ",{}" : "[{}");
	buf_adds(&b, "]");
	mapped_expect_error(mapped_run("json", names_and_values, &tight, b.data, b.len), ERR_LIMIT,
	        "more than 100 rejected records (limit rejects), the last one at /100: observation without \"entity\"");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_kept_of_a_record_is_limited),
		cmocka_unit_test(test_many_records),
		cmocka_unit_test(test_a_line_has_a_largest_size),
		cmocka_unit_test(test_a_deep_line_is_rejected_alone),
		cmocka_unit_test(test_reading_ends_when_the_sink_is_full),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
