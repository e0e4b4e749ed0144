#include "unit.h"

#include "aimarket/decimal.h"

static struct buf out;

static int make_out(void **state)
{
	buf_init(&out, 4096);
	return 0;
}

static int release_out(void **state)
{
	buf_release(&out);
	return 0;
}

/* want NULL: refused as no number. */
struct row {
	enum decimal_style style;
	const char *in;
	int shift;
	const char *want;
	int decimals;
};

static const struct row rows[] = {
	{ DECIMAL_PLAIN, "83.83", 0, "83.83", 2 },
	{ DECIMAL_PLAIN, "83.830", 0, "83.830", 3 },
	{ DECIMAL_PLAIN, "123456789012345678.90", 0, "123456789012345678.90", 2 },
	{ DECIMAL_PLAIN, "3.8e25", 0, "38000000000000000000000000", -24 },
	{ DECIMAL_PLAIN, "8.44323E+18", 0, "8443230000000000000", -13 },
	{ DECIMAL_PLAIN, "0.000003", 0, "0.000003", 6 },
	{ DECIMAL_PLAIN, "3e-06", 0, "0.000003", 6 },
	{ DECIMAL_PLAIN, "1e-05", 0, "0.00001", 5 },
	{ DECIMAL_PLAIN, "1.50e1", 0, "15.0", 1 },
	{ DECIMAL_PLAIN, "15e-1", 0, "1.5", 1 },
	{ DECIMAL_PLAIN, "16000", 0, "16000", -3 },
	{ DECIMAL_PLAIN, "16000.0", 0, "16000.0", 1 },
	{ DECIMAL_PLAIN, "160e3", 0, "160000", -4 },
	{ DECIMAL_PLAIN, "0", 0, "0", 0 },
	{ DECIMAL_PLAIN, "0.00", 0, "0.00", 2 },
	{ DECIMAL_PLAIN, "0e5", 0, "0", -5 },
	{ DECIMAL_PLAIN, "0e-3", 0, "0.000", 3 },
	{ DECIMAL_PLAIN, "-0", 0, "0", 0 },
	{ DECIMAL_PLAIN, "-0.0", 0, "0.0", 1 },
	{ DECIMAL_PLAIN, "-3", 0, "-3", 0 },
	{ DECIMAL_PLAIN, "007", 0, "7", 0 },
	{ DECIMAL_PLAIN, "00.50", 0, "0.50", 2 },
	{ DECIMAL_PLAIN, ".5", 0, "0.5", 1 },
	{ DECIMAL_PLAIN, "5.", 0, "5", 0 },
	{ DECIMAL_PLAIN, " 200000 ", 0, "200000", -5 },
	{ DECIMAL_PLAIN,
	        "\xc2\xa0"
	        "7\n",
	        0, "7", 0 },
	{ DECIMAL_PLAIN, "1752", 6, "1752000000", -6 },
	{ DECIMAL_PLAIN, "412.39", 6, "412390000", -4 },
	{ DECIMAL_PLAIN, "0.5", 6, "500000", -5 },
	{ DECIMAL_PLAIN, "1.5", 1, "15", 0 },
	{ DECIMAL_PLAIN, "30", -2, "0.30", 1 },
	{ DECIMAL_PLAIN, "5.55", -2, "0.0555", 4 },
	{ DECIMAL_PLAIN, "0", 6, "0", -6 },
	{ DECIMAL_COMMA, "17,50,000", 0, "1750000", -4 },
	{ DECIMAL_COMMA, "3,50,00,000", 0, "35000000", -6 },
	{ DECIMAL_COMMA, "5,20,00,000 ", 0, "52000000", -6 },
	{ DECIMAL_COMMA, "1,234.50", 0, "1234.50", 2 },
	{ DECIMAL_COMMA, "2E+11", 0, "200000000000", -11 },
	{ DECIMAL_COMMA, "$191.38", 0, "191.38", 2 },
	{ DECIMAL_COMMA, "-$5", 0, "-5", 0 },
	{ DECIMAL_COMMA, "$-5", 0, "-5", 0 },
	{ DECIMAL_COMMA, "\xe2\x82\xac 5", 0, "5", 0 },
	{ DECIMAL_COMMA, "5\xc2\xa0\xe2\x82\xac", 0, "5", 0 },
	{ DECIMAL_COMMA,
	        "\xc2\xa3"
	        "1,000",
	        0, "1000", -3 },
	{ DECIMAL_COMMA, "-5.55%", 0, "-5.55", 2 },
	{ DECIMAL_COMMA, "+1.2 %", 0, "1.2", 1 },
	{ DECIMAL_EURO, "1.000.000", 0, "1000000", -6 },
	{ DECIMAL_EURO, "262.144", 0, "262144", 0 },
	{ DECIMAL_EURO, "1.234,50", 0, "1234.50", 2 },
	{ DECIMAL_EURO, "$0,35", 0, "0.35", 2 },
	{ DECIMAL_EURO, "1234,5", 0, "1234.5", 1 },
	{ DECIMAL_EURO, "$1", 0, "1", 0 },
	{ DECIMAL_PLAIN, "" },
	{ DECIMAL_PLAIN, " " },
	{ DECIMAL_PLAIN, "-" },
	{ DECIMAL_PLAIN, "." },
	{ DECIMAL_PLAIN, "NaN" },
	{ DECIMAL_PLAIN, "inf" },
	{ DECIMAL_PLAIN, "-Infinity" },
	{ DECIMAL_PLAIN, "1,000" },
	{ DECIMAL_PLAIN, "$1" },
	{ DECIMAL_PLAIN, "+5" },
	{ DECIMAL_PLAIN, "5%" },
	{ DECIMAL_PLAIN, "1e" },
	{ DECIMAL_PLAIN, "1e+" },
	{ DECIMAL_PLAIN, "e5" },
	{ DECIMAL_PLAIN, "1.2.3" },
	{ DECIMAL_PLAIN, "0x10" },
	{ DECIMAL_PLAIN, "1 000" },
	{ DECIMAL_PLAIN, "--1" },
	{ DECIMAL_PLAIN, "7.5\xc3\x97"
	                 "109" },
	{ DECIMAL_COMMA, "7.5\xc3\x97"
	                 "109" },
	{ DECIMAL_COMMA, "14,342,000+" },
	{ DECIMAL_COMMA, "9,9,9," },
	{ DECIMAL_COMMA, "1,,000" },
	{ DECIMAL_COMMA, ",5" },
	{ DECIMAL_COMMA, "0,35" },
	{ DECIMAL_COMMA, "1.000,5" },
	{ DECIMAL_COMMA, "$" },
	{ DECIMAL_COMMA, "%" },
	{ DECIMAL_COMMA, "+-5" },
	{ DECIMAL_COMMA, "-$-5" },
	{ DECIMAL_COMMA, "$$5" },
	{ DECIMAL_COMMA, "C$0.35" },
	{ DECIMAL_COMMA, "$13.6B" },
	{ DECIMAL_COMMA, "+5/-4" },
	{ DECIMAL_COMMA, " -   " },
	{ DECIMAL_COMMA, "N/A" },
	{ DECIMAL_COMMA, "19.00-21.00" },
	{ DECIMAL_EURO, "1.5" },
	{ DECIMAL_EURO, "0.350" },
	{ DECIMAL_EURO, "1234.567" },
	{ DECIMAL_EURO, "1.234.56" },
	{ DECIMAL_EURO, "1,234.5" },
	{ DECIMAL_EURO, "1.000." },
};

static void reads_what_sources_write(void **state)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct err e = { 0 };
		int decimals = 99;

		buf_reset(&out);
		int rc = decimal_read(row->in, strlen(row->in), row->style, row->shift, &out, &decimals, &e);
		if (rc != (row->want ? 0 : -1))
			fail_msg("\"%s\" (%s): %s", row->in, decimal_style_names[row->style], rc ? e.text : buf_str(&out));
		assert_string_equal(buf_str(&out), row->want ? row->want : "");
		assert_int_equal(decimals, row->want ? row->decimals : 99);
		assert_int_equal(e.kind, row->want ? ERR_NONE : ERR_PARSE);
	}
}

static void says_what_was_wrong(void **state)
{
	struct err e = { 0 };

	assert_int_equal(decimal_read("14,342,000+", 11, DECIMAL_COMMA, 0, &out, NULL, &e), -1);
	assert_string_equal(e.text, "not a number in comma style: \"14,342,000+\"");
}

/* -1 and the kind of the error for a number of n digits before, and m behind the point. */
static enum err_kind read_long(size_t n, size_t m)
{
	static char text[20010];
	struct err e = { 0 };

	memset(text, '7', n + m + 1);
	text[n] = '.';
	buf_reset(&out);
	int rc = decimal_read(text, n + (m ? m + 1 : 0), DECIMAL_PLAIN, 0, &out, NULL, &e);
	assert_int_equal(rc, e.kind ? -1 : 0);
	assert_true(rc || (out.len == n + m + (m > 0) && memcmp(out.data, text, out.len) == 0));
	return e.kind;
}

static void the_number_of_digits_is_limited(void **state)
{
	static const char *const long_ones[] = { "1e400", "1e-400", "-1e99999999999999999999", "1e-99999999999999999999", "0e-400" };

	assert_int_equal(read_long(400, 0), ERR_NONE);
	assert_int_equal(read_long(200, 200), ERR_NONE);
	assert_int_equal(read_long(401, 0), ERR_LIMIT);
	assert_int_equal(read_long(200, 201), ERR_LIMIT);
	assert_int_equal(read_long(10000, 0), ERR_LIMIT);
	assert_int_equal(read_long(1, 10000), ERR_LIMIT);
	for (size_t i = 0; i < COUNT(long_ones); i++) {
		struct err e = { 0 };

		assert_int_equal(decimal_read(long_ones[i], strlen(long_ones[i]), DECIMAL_PLAIN, 0, &out, NULL, &e), -1);
		assert_int_equal(e.kind, ERR_LIMIT);
	}
}

static void leading_zeros_are_no_digits(void **state)
{
	struct err e = { 0 };
	char text[5001];

	memset(text, '0', sizeof text);
	text[5000] = '7';
	assert_int_equal(decimal_read(text, sizeof text, DECIMAL_PLAIN, 0, &out, NULL, &e), 0);
	assert_string_equal(buf_str(&out), "7");
	buf_reset(&out);
	assert_int_equal(decimal_read("1e399", 5, DECIMAL_PLAIN, 0, &out, NULL, &e), 0);
	assert_int_equal(out.len, 400);
	buf_reset(&out);
	assert_int_equal(decimal_read("-1e-399", 7, DECIMAL_PLAIN, 0, &out, NULL, &e), 0);
	assert_int_equal(out.len, 402);
}

static void a_full_buffer_is_an_error(void **state)
{
	struct buf small;
	struct err e = { 0 };

	buf_init(&small, 3);
	assert_int_equal(decimal_read("1234", 4, DECIMAL_PLAIN, 0, &small, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_int_equal(small.len, 0);
	buf_release(&small);
}

static void reads_what_people_type(void **state)
{
	static const char *const typed[][2] = {
		{ "100M", "100000000" },
		{ "2.5B", "2500000000" },
		{ "2.5b", "2500000000" },
		{ "1,000,000", "1000000" },
		{ "3.8e25", "38000000000000000000000000" },
		{ "40%", "40" },
		{ "5k", "5000" },
		{ "5K", "5000" },
		{ "1.2T", "1200000000000" },
		{ "$6.6B", "6600000000" },
		{ "0.5M", "500000" },
		{ " 7 ", "7" },
		{ "-1", "-1" },
		{ "B", NULL },
		{ "", NULL },
		{ "10 MB", NULL },
		{ "lots", NULL },
		{ "1e500", NULL },
		{ "$", NULL },
	};

	for (size_t i = 0; i < COUNT(typed); i++) {
		struct err e = { 0 };

		buf_reset(&out);
		assert_int_equal(decimal_read_human(typed[i][0], &out, &e), typed[i][1] ? 0 : -1);
		assert_string_equal(buf_str(&out), typed[i][1] ? typed[i][1] : "");
		assert_int_equal(e.kind, typed[i][1] ? ERR_NONE : ERR_USAGE);
	}
}

static void compares_by_value(void **state)
{
	static const char *const ordered[] = { "-100", "-99.5", "-99", "-0.1", "-0.01", "0", "0.00001", "0.1", "0.12", "9", "10", "10.0001",
		"123456789012345678.90", "123456789012345678.91" };

	for (size_t i = 0; i < COUNT(ordered); i++) {
		for (size_t k = 0; k < COUNT(ordered); k++) {
			int order = decimal_cmp(ordered[i], ordered[k]);

			assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
		}
	}
	assert_int_equal(decimal_cmp("1.5", "1.500"), 0);
	assert_int_equal(decimal_cmp("-2.00", "-2"), 0);
	assert_int_equal(decimal_cmp("0.0", "0"), 0);
}

static void put_hex(const void *data, size_t n, char *hex)
{
	for (size_t i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", ((const unsigned char *)data)[i]);
}

/* As numeric_send of PostgreSQL 15 gave them. */
static const char *const sent[][2] = {
	{ "0", "0000000000000000" },
	{ "1", "00010000000000000001" },
	{ "-1", "00010000400000000001" },
	{ "10", "0001000000000000000a" },
	{ "9999", "0001000000000000270f" },
	{ "10000", "00010001000000000001" },
	{ "10001", "000200010000000000010001" },
	{ "100000000", "00010002000000000001" },
	{ "12345678.9", "000300010000000104d2162e2328" },
	{ "83.83", "00020000000000020053206c" },
	{ "83.830", "00020000000000030053206c" },
	{ "0.00", "0000000000000002" },
	{ "0.1", "0001ffff0000000103e8" },
	{ "0.0001", "0001ffff000000040001" },
	{ "0.00001", "0001fffe0000000503e8" },
	{ "0.00010", "0001ffff000000050001" },
	{ "-0.00000000000000000001", "0001fffb400000140001" },
	{ "0.00000000000000000001", "0001fffb000000140001" },
	{ "38000000000000000000000000", "00010006000000000026" },
	{ "123456789012345678.90", "0006000400000002000c0d801ed204d2162e2328" },
	{ "1752000000.00", "000200020000000200111450" },
	{ "-17.5", "000200004000000100111388" },
	{ "99999999.9999", "0003000100000004270f270f270f" },
	{ "100000000.00000001", "000500020000000800010000000000000001" },
	{ "0.012", "0001ffff000000030078" },
	{ "1200", "000100000000000004b0" },
};

static void speaks_the_servers_numeric(void **state)
{
	for (size_t i = 0; i < COUNT(sent); i++) {
		struct err e = { 0 };
		struct buf back;
		char hex[200];

		buf_init(&back, 100);
		buf_reset(&out);
		decimal_to_pg(sent[i][0], strlen(sent[i][0]), &out);
		put_hex(out.data, out.len, hex);
		assert_string_equal(hex, sent[i][1]);
		assert_int_equal(decimal_from_pg((const unsigned char *)out.data, out.len, &back, &e), 0);
		assert_string_equal(buf_str(&back), sent[i][0]);
		buf_release(&back);
	}
}

static void every_length_makes_the_round_trip(void **state)
{
	char text[60];

	for (size_t whole = 1; whole < 20; whole++) {
		for (size_t fraction = 0; fraction < 20; fraction++) {
			struct err e = { 0 };
			struct buf back;

			for (size_t i = 0; i < whole + fraction + 1; i++)
				text[i] = (char)('1' + i % 9);
			text[whole] = '.';
			text[whole + fraction + (fraction > 0)] = '\0';
			buf_init(&back, 100);
			buf_reset(&out);
			decimal_to_pg(text, strlen(text), &out);
			assert_int_equal(decimal_from_pg((const unsigned char *)out.data, out.len, &back, &e), 0);
			assert_string_equal(buf_str(&back), text);
			buf_release(&back);
		}
	}
}

static size_t from_hex(const char *hex, unsigned char *bytes)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned v;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
		bytes[i] = (unsigned char)v;
	}
	return n;
}

static void refuses_bytes_that_are_no_finite_numeric(void **state)
{
	static const char *const bad[] = {
		"", "00", "00000000000000", "00010000000000000001ff",
		"0002000000000000"
		"0001", /* lengths */
		"00000000c0000000", "00000000d0000000", "00000000f0000000", "0000000012340000", /* NaN, infinities, nonsense */
		"00010000000000002710", "00010000000000000000", "0000000040000000", "0000000500000000",
		"000200000000"
		"0000"
		"00010000", /* digit, zeros, -0 */
		"0001ffff0000000103e9",
		"0001fffe0000000400"
		"01",
		"0000000000004000", /* digits behind the scale, scale */
	};
	unsigned char bytes[40];

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct err e = { 0 };

		assert_int_equal(decimal_from_pg(bytes, from_hex(bad[i], bytes), &out, &e), -1);
		assert_int_equal(e.kind, ERR_PARSE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_what_sources_write, make_out, release_out),
		cmocka_unit_test_setup_teardown(says_what_was_wrong, make_out, release_out),
		cmocka_unit_test_setup_teardown(the_number_of_digits_is_limited, make_out, release_out),
		cmocka_unit_test_setup_teardown(leading_zeros_are_no_digits, make_out, release_out),
		cmocka_unit_test_setup_teardown(a_full_buffer_is_an_error, make_out, release_out),
		cmocka_unit_test_setup_teardown(reads_what_people_type, make_out, release_out),
		cmocka_unit_test_setup_teardown(compares_by_value, make_out, release_out),
		cmocka_unit_test_setup_teardown(speaks_the_servers_numeric, make_out, release_out),
		cmocka_unit_test_setup_teardown(every_length_makes_the_round_trip, make_out, release_out),
		cmocka_unit_test_setup_teardown(refuses_bytes_that_are_no_finite_numeric, make_out, release_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
