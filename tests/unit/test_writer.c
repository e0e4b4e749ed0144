#include "unit.h"

#include "aimarket/arena.h"
#include "aimarket/buf.h"
#include "aimarket/writer.h"

static struct buf out;
static int flushes;
static size_t largest; /* single hand-over */

static int to_buf(void *arg, const char *data, size_t n)
{
	flushes += n == 0;
	largest = n > largest ? n : largest;
	return buf_add(&out, data, n);
}

static int make_out(void **state)
{
	buf_init(&out, 64 << 20);
	flushes = 0;
	largest = 0;
	return 0;
}

static int release_out(void **state)
{
	buf_release(&out);
	return 0;
}

static const struct column columns[] = { { "id", COL_TEXT }, { "amount", COL_NUMBER }, { "disputed", COL_BOOL }, { "parties", COL_JSON } };

static const char *const rows[][4] = {
	{ "characterai-google-2024", "2700000000", "t", "[{\"name\": \"Google\"}]" },
	{ "a \"quoted\", one\nwith | two lines\x01", "123456789012345678.90", "f", "{\"x\":\n 1}" },
	{ "", "-0.000003", NULL, NULL },
	{ NULL, NULL, "t", "[]" },
	{ "=1+1", "NaN", "f", "null" },
};

static const char *write_rows(const struct writer_options *o, size_t n)
{
	struct writer *w = writer_new(o, columns, COUNT(columns), to_buf, NULL);

	buf_reset(&out);
	flushes = 0;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(writer_row(w, rows[i], NULL), 0);
	assert_int_equal(writer_end(w), 0);
	assert_int_equal(flushes, 1);
	writer_free(w);
	return buf_str(&out);
}

static void json(void **state)
{
	assert_string_equal(write_rows(&(struct writer_options){ .format = OUT_JSON }, COUNT(rows)),
	        "[\n"
	        "{\"id\":\"characterai-google-2024\",\"amount\":2700000000,\"disputed\":true,\"parties\":[{\"name\": \"Google\"}]},\n"
	        "{\"id\":\"a \\\"quoted\\\", one\\nwith | two "
	        "lines\\u0001\",\"amount\":123456789012345678.90,\"disputed\":false,\"parties\":{\"x\":  1}},\n"
	        "{\"id\":\"\",\"amount\":-0.000003,\"disputed\":null,\"parties\":null},\n"
	        "{\"id\":null,\"amount\":null,\"disputed\":true,\"parties\":[]},\n"
	        "{\"id\":\"=1+1\",\"amount\":\"NaN\",\"disputed\":false,\"parties\":null}\n"
	        "]\n");
	assert_string_equal(write_rows(&(struct writer_options){ .format = OUT_JSON }, 0), "[]\n");
}

static void ndjson_with_numbers_as_strings(void **state)
{
	assert_string_equal(write_rows(&(struct writer_options){ .format = OUT_NDJSON, .numbers_as_strings = true }, 2),
	        "{\"id\":\"characterai-google-2024\",\"amount\":\"2700000000\",\"disputed\":true,\"parties\":[{\"name\": \"Google\"}]}\n"
	        "{\"id\":\"a \\\"quoted\\\", one\\nwith | two "
	        "lines\\u0001\",\"amount\":\"123456789012345678.90\",\"disputed\":false,\"parties\":{\"x\":  1}}\n");
	assert_string_equal(write_rows(&(struct writer_options){ .format = OUT_NDJSON }, 0), "");
}

static void csv(void **state)
{
	assert_string_equal(write_rows(&(struct writer_options){ .format = OUT_CSV }, COUNT(rows)),
	        "id,amount,disputed,parties\n"
	        "characterai-google-2024,2700000000,true,\"[{\"\"name\"\": \"\"Google\"\"}]\"\n"
	        "\"a \"\"quoted\"\", one\nwith | two lines\x01\",123456789012345678.90,false,\"{\"\"x\"\":\n 1}\"\n"
	        "\"\",-0.000003,,\n"
	        ",,true,[]\n"
	        "=1+1,NaN,false,null\n");
}

static void csv_guards_only_when_asked_and_only_texts(void **state)
{
	static const struct column two[] = { { "t", COL_TEXT }, { "n", COL_NUMBER } };
	static const char *const cells[][2] = { { "=1+1", "-1" }, { "-x", "2" }, { "@a,b", "3" }, { "\tx", "4" }, { "a=b", "5" },
		{ "+1", "6" } };
	struct writer *w = writer_new(&(struct writer_options){ .format = OUT_CSV, .csv_guard = true }, two, 2, to_buf, NULL);

	for (size_t i = 0; i < COUNT(cells); i++)
		writer_row(w, cells[i], NULL);
	writer_end(w);
	writer_free(w);
	assert_string_equal(buf_str(&out), "t,n\n'=1+1,-1\n'-x,2\n\"'@a,b\",3\n'\tx,4\na=b,5\n'+1,6\n");
}

static void markdown(void **state)
{
	assert_string_equal(write_rows(&(struct writer_options){ .format = OUT_MARKDOWN }, 4),
	        "| id | amount | disputed | parties |\n"
	        "| --- | ---: | --- | --- |\n"
	        "| characterai-google-2024 | 2700000000 | true | \\[{\"name\": \"Google\"}] |\n"
	        "| a \"quoted\", one<br>with \\| two lines\x01 | 123456789012345678.90 | false | {\"x\":<br> 1} |\n"
	        "|  | -0.000003 |  |  |\n"
	        "|  |  | true | \\[] |\n");
}

static void table(void **state)
{
	assert_string_equal(write_rows(&(struct writer_options){ .format = OUT_TABLE }, 4),
	        "id                                                amount  disputed  parties\n"
	        "---------------------------------  ---------------------  --------  --------------\n"
	        "characterai-google-2024                       2700000000  true      {name: Google}\n"
	        "a \"quoted\", one with | two lines   123456789012345678.90  false     x:  1\n"
	        "                                               -0.000003\n"
	        "                                                          true\n");
}

static void a_table_fits_the_terminal_without_cutting_numbers(void **state)
{
	assert_string_equal(write_rows(&(struct writer_options){ .format = OUT_TABLE, .width = 60 }, 2),
	        "id                              amount  disputed  parties\n"
	        "---------------  ---------------------  --------  ----------\n"
	        "characterai-go…             2700000000  true      {name: Go…\n"
	        "a \"quoted\", on…  123456789012345678.90  false     x:  1\n");
	/* too narrow for all: numbers keep their digits, columns from the right give way and are named */
	assert_string_equal(write_rows(&(struct writer_options){ .format = OUT_TABLE, .width = 33, .color = true }, 2),
	        "\x1b[1mid                         amount\n\x1b[0m"
	        "----------  ---------------------\n"
	        "character…             2700000000\n"
	        "a \"quoted…  123456789012345678.90\n"
	        "(no room for disputed, parties)\n");
}

static void wide_characters_keep_columns_straight(void **state)
{
	static const struct column two[] = { { "name", COL_TEXT }, { "n", COL_NUMBER } };
	static const char *const cells[][2] = { { "百度在线网络技术", "1" },
		{ "Mo\xcc\x88"
		  "bius",
		        "22" },
		{ "x\x1b[31m\xc2\x9b"
		  "1m",
		        "3" } };
	struct writer *w = writer_new(&(struct writer_options){ .format = OUT_TABLE, .width = 14 }, two, 2, to_buf, NULL);

	for (size_t i = 0; i < COUNT(cells); i++)
		writer_row(w, cells[i], NULL);
	writer_end(w);
	writer_free(w);
	assert_string_equal(buf_str(&out), "name         n\n"
	                                   "----------  --\n"
	                                   "百度在线…    1\n"
	                                   "Mo\xcc\x88"
	                                   "bius      22\n"
	                                   "x [31m  1m   3\n");
}

static void lengths_count_not_nul(void **state)
{
	static const struct column one[] = { { "t", COL_TEXT } };
	struct writer *w = writer_new(&(struct writer_options){ .format = OUT_NDJSON }, one, 1, to_buf, NULL);

	assert_int_equal(writer_row(w, (const char *const[]){ "abcdef" }, (const int[]){ 3 }), 0);
	writer_end(w);
	writer_free(w);
	assert_string_equal(buf_str(&out), "{\"t\":\"abc\"}\n");
}

static void only_json_numbers_are_bare(void **state)
{
	static const struct column one[] = { { "n", COL_NUMBER } };
	static const char *const cells[][2] = {
		{ "0", "0" },
		{ "-1", "-1" },
		{ "1e+20", "1e+20" },
		{ "1.5E-7", "1.5E-7" },
		{ "Infinity", "\"Infinity\"" },
		{ "-Infinity", "\"-Infinity\"" },
		{ "", "\"\"" },
		{ "-", "\"-\"" },
		{ "01", "\"01\"" },
		{ "1.", "\"1.\"" },
		{ ".5", "\".5\"" },
		{ "1e", "\"1e\"" },
		{ "1 ", "\"1 \"" },
	};

	for (size_t i = 0; i < COUNT(cells); i++) {
		struct writer *w = writer_new(&(struct writer_options){ .format = OUT_NDJSON }, one, 1, to_buf, NULL);
		char want[64];

		buf_reset(&out);
		writer_row(w, cells[i], NULL);
		writer_end(w);
		writer_free(w);
		snprintf(want, sizeof want, "{\"n\":%s}\n", cells[i][1]);
		assert_string_equal(buf_str(&out), want);
	}
}

static int count_bytes(void *arg, const char *data, size_t n)
{
	*(size_t *)arg += n;
	largest = n > largest ? n : largest;
	return 0;
}

static void machine_formats_stream(void **state)
{
	for (int format = OUT_JSON; format < OUT_KINDS; format++) {
		size_t bytes = 0;
		struct writer *w = writer_new(
		        &(struct writer_options){ .format = (enum format_kind)format }, columns, COUNT(columns), count_bytes, &bytes);

		largest = 0;
		for (int i = 0; i < 100000; i++)
			assert_int_equal(writer_row(w, rows[0], NULL), 0);
		assert_true(bytes > 5000000);
		assert_int_equal(writer_end(w), 0);
		writer_free(w);
		assert_true(largest < 70000);
	}
}

static void a_table_holds_back_a_thousand_rows(void **state)
{
	size_t bytes = 0;
	struct writer *w = writer_new(&(struct writer_options){ .format = OUT_TABLE }, columns, COUNT(columns), count_bytes, &bytes);

	for (int i = 0; i < 999; i++)
		writer_row(w, rows[0], NULL);
	assert_int_equal(bytes, 0);
	writer_row(w, rows[0], NULL);
	for (int i = 0; i < 2000; i++)
		writer_row(w, rows[1], NULL);
	assert_true(bytes > 100000);
	writer_end(w);
	writer_free(w);
}

static void a_table_of_huge_cells_holds_back_less(void **state)
{
	size_t bytes = 0, n = 1 << 20;
	struct writer *w = writer_new(&(struct writer_options){ .format = OUT_TABLE }, columns, 1, count_bytes, &bytes);
	char *huge = xmalloc(n + 1);

	memset(huge, 'x', n);
	huge[n] = '\0';
	for (int i = 0; i < 10; i++)
		writer_row(w, (const char *const[]){ huge }, NULL);
	assert_true(bytes > 8 * n);
	writer_end(w);
	writer_free(w);
	free(huge);
}

static int gone(void *arg, const char *data, size_t n)
{
	++*(int *)arg;
	return -1;
}

static void stops_when_the_reader_is_gone(void **state)
{
	for (int format = 0; format < OUT_KINDS; format++) {
		int calls = 0, i = 0;
		struct writer *w =
		        writer_new(&(struct writer_options){ .format = (enum format_kind)format }, columns, COUNT(columns), gone, &calls);

		while (i < 10000 && writer_row(w, rows[0], NULL) == 0)
			i++;
		assert_true(i < 10000);
		assert_int_equal(writer_row(w, rows[0], NULL), -1);
		assert_int_equal(writer_end(w), -1);
		assert_int_equal(calls, 1);
		writer_free(w);
	}
}

static void a_full_disk_is_noticed_at_the_end(void **state)
{
	FILE *f = fopen("/dev/full", "w");

	assert_non_null(f);
	struct writer *w = writer_new(&(struct writer_options){ .format = OUT_CSV }, columns, COUNT(columns), writer_to_file, f);
	assert_int_equal(writer_row(w, rows[0], NULL), 0);
	assert_int_equal(writer_end(w), -1);
	writer_free(w);
	fclose(f);
}

static void types_of_postgresql(void **state)
{
	static const struct {
		unsigned oid;
		enum column_kind kind;
	} types[] = {
		{ 1700, COL_NUMBER },
		{ 20, COL_NUMBER },
		{ 23, COL_NUMBER },
		{ 21, COL_NUMBER },
		{ 701, COL_NUMBER },
		{ 16, COL_BOOL },
		{ 114, COL_JSON },
		{ 3802, COL_JSON },
		{ 25, COL_TEXT },
		{ 1082, COL_TEXT },
		{ 1043, COL_TEXT },
		{ 1184, COL_TEXT },
		{ 1009, COL_TEXT },
	};

	for (size_t i = 0; i < COUNT(types); i++)
		assert_int_equal(writer_kind_of(types[i].oid), types[i].kind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(json, make_out, release_out),
		cmocka_unit_test_setup_teardown(ndjson_with_numbers_as_strings, make_out, release_out),
		cmocka_unit_test_setup_teardown(csv, make_out, release_out),
		cmocka_unit_test_setup_teardown(csv_guards_only_when_asked_and_only_texts, make_out, release_out),
		cmocka_unit_test_setup_teardown(markdown, make_out, release_out),
		cmocka_unit_test_setup_teardown(table, make_out, release_out),
		cmocka_unit_test_setup_teardown(a_table_fits_the_terminal_without_cutting_numbers, make_out, release_out),
		cmocka_unit_test_setup_teardown(wide_characters_keep_columns_straight, make_out, release_out),
		cmocka_unit_test_setup_teardown(lengths_count_not_nul, make_out, release_out),
		cmocka_unit_test_setup_teardown(only_json_numbers_are_bare, make_out, release_out),
		cmocka_unit_test(machine_formats_stream),
		cmocka_unit_test(a_table_holds_back_a_thousand_rows),
		cmocka_unit_test(a_table_of_huge_cells_holds_back_less),
		cmocka_unit_test(stops_when_the_reader_is_gone),
		cmocka_unit_test(a_full_disk_is_noticed_at_the_end),
		cmocka_unit_test(types_of_postgresql),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
