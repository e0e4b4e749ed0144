#include "unit.h"

#include "aimarket/text.h"

static void finds_the_first_bad_byte(void **state)
{
	static const struct {
		const char *s;
		size_t n, want;
	} rows[] = {
		{ "", 0, 0 },
		{ "plain ascii that is longer than a word", 38, 38 },
		{ "M\xc3\xb6"
		  "bius \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80",
		        19, 19 },
		{ "\xef\xbf\xbd", 3, 3 }, /* U+FFFD itself is fine */
		{ "0123456789\0abcdef", 17, 10 }, /* NUL */
		{ "01234567\xff", 9, 8 },
		{ "abc\xc3", 4, 3 }, /* cut short */
		{ "abc\xe6\x97", 5, 3 },
		{ "\xc0\x80", 2, 0 }, /* overlong */
		{ "a\xed\xa0\x80", 4, 1 }, /* half of a surrogate pair */
		{ "\xf4\x90\x80\x80", 4, 0 }, /* beyond U+10FFFF */
		{ "caf\xe9 latin1", 11, 3 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(text_utf8_check(rows[i].s, rows[i].n), rows[i].want);
}

static void nul_and_high_bytes_are_found_everywhere(void **state)
{
	char s[40];

	for (size_t i = 0; i < sizeof s; i++) {
		memset(s, 'x', sizeof s);
		s[i] = '\0';
		assert_int_equal(text_utf8_check(s, sizeof s), i);
		s[i] = (char)0x80;
		assert_int_equal(text_utf8_check(s, sizeof s), i);
		s[i] = 1;
		assert_int_equal(text_utf8_check(s, sizeof s), sizeof s);
	}
}

static int width(const char *s)
{
	return text_width(s, strlen(s));
}

static void measures_columns(void **state)
{
	assert_int_equal(width(""), 0);
	assert_int_equal(width("abc"), 3);
	assert_int_equal(width("M\xc3\xb6"
	                       "bius"),
	        6);
	assert_int_equal(width("Mo\xcc\x88"
	                       "bius"),
	        6); /* combining */
	assert_int_equal(width("\xe6\x97\xa5\xe6\x9c\xac"), 4);
	assert_int_equal(width("\xf0\x9f\x98\x80"), 2);
	assert_int_equal(width("a\tb"), 2);
	assert_int_equal(width("\xff\xfe"), 2);
}

static void fits_without_cutting_characters(void **state)
{
	const char *s = "a\xe6\x97\xa5"
	                "b";

	assert_int_equal(text_fit(s, 5, 0), 0);
	assert_int_equal(text_fit(s, 5, 1), 1);
	assert_int_equal(text_fit(s, 5, 2), 1);
	assert_int_equal(text_fit(s, 5, 3), 4);
	assert_int_equal(text_fit(s, 5, 9), 5);
	assert_int_equal(text_fit("o\xcc\x88x", 4, 1), 3); /* the mark stays with its letter */
}

static void trims_blanks(void **state)
{
	static const char *const rows[][2] = {
		{ "  a b \n", "a b" }, { "\xc2\xa0 a\xc2\xa0", "a" }, { "\xc2\xa0", "" }, { "", "" }, { " \t\r\n", "" }, { "a", "a" },
		{ "\xc3\xa0", "\xc3\xa0" }, /* ends in A0, but is a letter */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *s = rows[i][0];
		size_t n = strlen(s);

		text_trim(&s, &n);
		assert_int_equal(n, strlen(rows[i][1]));
		assert_memory_equal(s, rows[i][1], n);
	}
}

static void makes_slugs(void **state)
{
	static const struct {
		const char *in;
		size_t max;
		const char *want;
	} rows[] = {
		{ "Character.AI", 80, "character-ai" },
		{ "M\xc3\xb6"
		  "bius",
		        80, "mobius" },
		{ "  NVIDIA  Corporation, Inc. ", 80, "nvidia-corporation-inc" },
		{ "BYJU\xe2\x80\x99S", 80, "byjus" },
		{ "AT&T", 80, "at-t" },
		{ "80/20", 80, "80-20" },
		{ "&TV", 80, "tv" },
		{ "10\xc2\xb0North", 80, "10-north" },
		{ "Stra\xc3\x9f"
		  "e",
		        80, "strasse" },
		{ "\xc5\x81\xc3\xb3"
		  "d\xc5\xba",
		        80, "lodz" },
		{ "S\xc3\xb8ren \xc3\x86gir", 80, "soren-aegir" },
		{ "\xef\xbc\xa1\xef\xbc\xa9", 80, "ai" }, /* full-width AI */
		{ "\xe7\x99\xbe\xe5\xba\xa6", 80, "" },
		{ "\xe6\x99\xba\xe8\xb0\xb1 AI", 80, "ai" },
		{ "bad\xff"
		  "byte",
		        80, "bad-byte" },
		{ "---", 80, "" },
		{ "", 80, "" },
		{ "alpha beta gamma", 16, "alpha-beta-gamma" },
		{ "alpha beta gamma", 15, "alpha-beta" },
		{ "alpha beta gamma", 11, "alpha-beta" },
		{ "alpha beta gamma", 10, "alpha-beta" },
		{ "alpha beta gamma", 9, "alpha" },
		{ "alpha beta", 3, "alp" },
		{ "a", 0, "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;

		buf_init(&b, 1000);
		buf_adds(&b, "deal:");
		text_slug(rows[i].in, strlen(rows[i].in), rows[i].max, &b);
		assert_string_equal(buf_str(&b) + 5, rows[i].want);
		assert_int_equal(b.len, 5 + strlen(rows[i].want));
		buf_release(&b);
	}
}

static void finds_the_nearest_word(void **state)
{
	static const char *const words[] = { "deals", "filings", "funding", "metrics", "observations", "min-amount", "since" };
	static const char *const rows[][2] = {
		{ "deal", "deals" },
		{ "dael", "deals" },
		{ "delas", "deals" },
		{ "DEALS", "deals" },
		{ "fillings", "filings" },
		{ "observation", "observations" },
		{ "min_amount", "min-amount" },
		{ "sicne", "since" },
		{ "x", NULL },
		{ "", NULL },
		{ "quarterly", NULL },
		{ "metrisc", "metrics" },
	};
	char longest[500];

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *found = text_nearest(rows[i][0], words, COUNT(words));

		if (!rows[i][1] || !found)
			assert_ptr_equal(found, rows[i][1]);
		else
			assert_string_equal(found, rows[i][1]);
	}
	memset(longest, 'd', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	assert_null(text_nearest(longest, words, COUNT(words)));
	assert_null(text_nearest("deals", (const char *const[]){ longest }, 1));
	assert_null(text_nearest("deals", NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_first_bad_byte),
		cmocka_unit_test(nul_and_high_bytes_are_found_everywhere),
		cmocka_unit_test(measures_columns),
		cmocka_unit_test(fits_without_cutting_characters),
		cmocka_unit_test(trims_blanks),
		cmocka_unit_test(makes_slugs),
		cmocka_unit_test(finds_the_nearest_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
