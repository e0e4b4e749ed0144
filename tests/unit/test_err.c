#include "unit.h"

#include "aimarket/err.h"

static void first_error_wins(void **state)
{
	struct err e = { 0 };

	assert_int_equal(err_set(&e, ERR_NOT_FOUND, "could not find \"%s\"", "x"), -1);
	assert_int_equal(err_set(&e, ERR_DB, "later"), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_string_equal(e.text, "could not find \"x\"");
	assert_string_equal(e.hint, "");
	err_clear(&e);
	err_set(&e, ERR_DB, "now");
	assert_string_equal(e.text, "now");
}

static void hint_and_prefix(void **state)
{
	struct err e = { 0 };

	err_set(&e, ERR_PARSE, "no such day");
	assert_int_equal(err_hint(&e, "Use %s.", "dmy"), -1);
	assert_int_equal(err_prefix(&e, "line %d", 17), -1);
	assert_string_equal(e.text, "line 17: no such day");
	assert_string_equal(e.hint, "Use dmy.");
}

/* Error texts go into text columns and JSON, whatever they quote. */
static void texts_are_one_line_of_utf8(void **state)
{
	struct err e = { 0 };

	err_set(&e, ERR_PARSE, "a\nb\x1b[1m \xff\xc3 \xc3\xa9\xe2\x82");
	assert_string_equal(e.text, "a b [1m ?? \xc3\xa9??");
}

static void long_texts_are_cut_between_characters(void **state)
{
	struct err e = { 0 };
	char s[2000];

	for (size_t shift = 0; shift < 4; shift++) {
		memset(s, 'x', shift);
		for (size_t i = shift; i + 4 < sizeof s; i += 3)
			memcpy(s + i, "\xe2\x82\xac", 4);
		err_clear(&e);
		err_set(&e, ERR_FAIL, "%s", s);
		assert_int_equal((strlen(e.text) - shift) % 3, 0);
		assert_true(strlen(e.text) > sizeof e.text - 5);
		err_prefix(&e, "%s", "p");
		assert_int_equal((strlen(e.text) - shift - 3) % 3, 0);
	}
}

static void every_kind_has_codes(void **state)
{
	for (int kind = ERR_NONE; kind < ERR_KINDS; kind++) {
		assert_non_null(err_table[kind].name);
		assert_true(err_table[kind].http_status >= 200);
		assert_int_equal(err_table[kind].exit_code == 0, kind == ERR_NONE);
	}
}

static void exit_codes_are_the_documented_ones(void **state)
{
	static const struct {
		enum err_kind kind;
		int exit_code;
	} rows[] = {
		{ ERR_FAIL, 1 },
		{ ERR_USAGE, 2 },
		{ ERR_NOT_FOUND, 3 },
		{ ERR_DB_DOWN, 4 },
		{ ERR_NET, 5 },
		{ ERR_REJECTS, 6 },
		{ ERR_DISPUTED, 7 },
		{ ERR_STALE, 8 },
		{ ERR_PARSE, 1 },
		{ ERR_LIMIT, 1 },
		{ ERR_DB, 1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(err_table[rows[i].kind].exit_code, rows[i].exit_code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_error_wins),
		cmocka_unit_test(hint_and_prefix),
		cmocka_unit_test(texts_are_one_line_of_utf8),
		cmocka_unit_test(long_texts_are_cut_between_characters),
		cmocka_unit_test(every_kind_has_codes),
		cmocka_unit_test(exit_codes_are_the_documented_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
