/* Tokens: their form, and what the store keeps of them. */
#include "unit.h"

#include <string.h>

#include "aimarket/token.h"

static void test_made_and_read(void **state)
{
	struct token one, other, read;
	struct err e = { 0 };

	assert_int_equal(token_make(&one, &e), 0);
	assert_int_equal(token_make(&other, &e), 0);
	assert_int_equal(strlen(one.text), TOKEN_SIZE);
	assert_string_not_equal(one.text, other.text);
	assert_string_not_equal(one.handle, other.handle);
	assert_true(token_read(one.text, &read));
	assert_string_equal(read.handle, one.handle);
	assert_string_equal(read.digest, one.digest);
	assert_null(strstr(one.digest, one.text + 4 + TOKEN_HANDLE + 1));
}

/* sha256sum says the same. */
static void test_digest(void **state)
{
	struct token t;

	assert_true(token_read("aim_0123456789_0000000000000000000000000000000000000000000000000000000000000000", &t));
	assert_string_equal(t.handle, "0123456789");
	assert_string_equal(t.digest, "71777d7ea0508f448ff2c709b104546eb15340e5b69aecc80f0d41a2b43b76e6");
}

static void test_not_tokens(void **state)
{
	static const char *const cases[] = {
		"",
		"aim_",
		"aim_0123456789_",
		"AIM_0123456789_0000000000000000000000000000000000000000000000000000000000000000",
		"aim_012345678G_0000000000000000000000000000000000000000000000000000000000000000",
		"aim_0123456789-0000000000000000000000000000000000000000000000000000000000000000",
		"aim_0123456789_000000000000000000000000000000000000000000000000000000000000000",
		"aim_0123456789_00000000000000000000000000000000000000000000000000000000000000000",
		"aim_0123456789_000000000000000000000000000000000000000000000000000000000000000F",
		"aim_01234567890_000000000000000000000000000000000000000000000000000000000000000",
	};
	struct token t;

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_false(token_read(cases[i], &t));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_and_read),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_not_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
