/* csv: limits, and bodies too large for a case. What rows come to is told by tests/feeds/csv. */
#include "mapped.h"

static const struct limits tight = { .field = 4000, .line = 10000, .depth = 8, .rejects = 100, .spool_memory = 1 << 20, .columns = 2000, .group_size = 64 << 20, .name_length = LIMIT_NAME, .number_digits = LIMIT_DIGITS, .dimensions = 16,
	.claims = LIMIT_CLAIMS, .reject_text = 1000 };
static const struct mapped_key names_and_values[] = { OBSERVE("{Name}", "{Value}"), { 0 } };

static struct buf body_of(const char *head, const char *filler, int times, const char *tail)
{
	struct buf b;

	buf_init(&b, 64 << 20);
	buf_adds(&b, head);
	for (int i = 0; i < times; i++)
		buf_adds(&b, filler);
	buf_adds(&b, tail);
	return b;
}

static void expect_limit(struct buf b, const char *text)
{
	mapped_expect_error(mapped_run("csv", names_and_values, &tight, b.data, b.len), ERR_LIMIT, text);
	buf_release(&b);
}

static void test_a_row_has_a_largest_size(void **state)
{
	expect_limit(body_of("Name,Value\na,1\nb,", "1", 300000, "\n"), "line 3: row is longer than 10000 bytes (limit line)");
	expect_limit(body_of("Name,Value\na,1\nb,", "1\t", 300000, ""), "line 3: row is longer than 10000 bytes (limit line)");
	expect_limit(body_of("", "word ", 300000, ""), "line 1: row is longer than 10000 bytes (limit line)");
}

static void test_a_quote_that_swallows_the_rest_is_named(void **state)
{
	expect_limit(body_of("Name,Value\na,1\n\"b\",2\nc,\"3", "\nd,4", 10000, "\n"),
	        "line 4: a quote opens here and is not closed within 10000 bytes (limit line)");
	expect_limit(body_of("Name,Value\n\"a\nb\",\"1", "\n", 20000, ""),
	        "line 3: a quote opens here and is not closed within 10000 bytes (limit line)");
}

static void test_columns_are_limited(void **state)
{
	expect_limit(body_of("Name,Value", ",x", 3000, "\n"), "line 1: more than 2000 columns (limit columns)");
}

static void test_cells_beyond_the_header_cost_nothing(void **state)
{
	struct buf b = body_of("Name,Value\na,1", ",", 9000, "\nb,2\n");

	mapped_expect_counts(mapped_run("csv", names_and_values, &tight, b.data, b.len), 2, 0);
	buf_release(&b);
}

/* Rows of all lengths, so that every cell lies across the end of a piece at some time. */
static void test_rows_across_pieces(void **state)
{
	enum { ROWS = 40000 };
	struct limits wide = { .field = 1 << 20, .line = 1 << 20, .depth = 8, .rejects = 100, .spool_memory = 1 << 20, .columns = 2000, .group_size = 64 << 20, .name_length = LIMIT_NAME, .number_digits = LIMIT_DIGITS, .dimensions = 16,
	.claims = LIMIT_CLAIMS, .reject_text = 1000 };
	struct buf b;

	buf_init(&b, 64 << 20);
	buf_adds(&b, "Value,Name,Other\r\n");
	for (int i = 0; i < ROWS; i++)
		buf_printf(&b, "%d,\"na\nme\",%*s\r\n", i, i % 97, "x");
	buf_printf(&b, "7,name,\"%0200000d\"\r\n8,name,", 1);
	mapped_expect_counts(mapped_run("csv", names_and_values, &wide, b.data, b.len), ROWS + 2, 0);
	buf_release(&b);
}

/* Characters of two to four bytes, everywhere around the ends of the pieces that iconv gets. */
static void test_encodings_across_pieces(void **state)
{
	static const struct mapped_key utf16[] = { { "csv", "encoding", "utf-16le" }, OBSERVE("{Name}", "{Value}"), { 0 } };
	struct limits wide = { .field = 1 << 20, .line = 1 << 22, .depth = 8, .rejects = 100, .spool_memory = 1 << 20, .columns = 2000, .group_size = 64 << 20, .name_length = LIMIT_NAME, .number_digits = LIMIT_DIGITS, .dimensions = 16,
	.claims = LIMIT_CLAIMS, .reject_text = 1000 };

	for (int shift = 0; shift < 4; shift++) {
		static const char head[] = "N\0a\0m\0e\0,\0V\0a\0l\0u\0e\0,\0x\0\n\0a\0,\0001\0,\0", pair[] = "\x34\xd8\x1e\xdd";
		struct buf b;

		buf_init(&b, 1 << 20);
		buf_add(&b, head, sizeof head - 1);
		for (int i = 0; i < shift; i++)
			buf_add(&b, "x\0", 2);
		for (int i = 0; i < 100000; i++)
			buf_add(&b, pair, 4);
		buf_add(&b, "\n\0b\0,\0002\0", 8);
		mapped_expect_counts(mapped_run("csv", utf16, &wide, b.data, b.len), 2, 0);
		buf_release(&b);
	}
}

static void test_reading_ends_when_the_sink_is_full(void **state)
{
	struct buf b = body_of("Name,Value\n", "a,x\n", 100000, "");

	mapped_expect_error(mapped_run("csv", names_and_values, &tight, b.data, b.len), ERR_LIMIT,
	        "more than 100 rejected records (limit rejects), the last one at line 102: field \"value\": not a number in plain style: "
	        "\"x\"");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_row_has_a_largest_size),
		cmocka_unit_test(test_a_quote_that_swallows_the_rest_is_named),
		cmocka_unit_test(test_columns_are_limited),
		cmocka_unit_test(test_cells_beyond_the_header_cost_nothing),
		cmocka_unit_test(test_rows_across_pieces),
		cmocka_unit_test(test_encodings_across_pieces),
		cmocka_unit_test(test_reading_ends_when_the_sink_is_full),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
