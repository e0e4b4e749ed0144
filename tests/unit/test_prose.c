/* Figures in running text: money in any currency, days, and the table a fee is reckoned by. */
#include "unit.h"

#include "../../feeds/edgar_fees.h"

static void money(void **state)
{
	static const struct {
		const char *text, *currency, *number; /* currency NULL: none is found */
	} rows[] = {
		{ "a price of $28.00 per share", "USD", "28.00" },
		{ "US$ 1,250,000,000", "USD", "1250000000" },
		{ "(HK$159.00)", "HKD", "159.00" },
		{ "C$ 7.5", "CAD", "7.5" },
		{ "AU$3", "AUD", "3" },
		{ "RMB1,250.5 million", "CNY", "1250.5" },
		{ "\u20ac14.50", "EUR", "14.50" },
		{ "\u00a3 8", "GBP", "8" },
		{ "NIS 40", "ILS", "40" },
		{ "\u20b9100", "INR", "100" },
		{ "X$3.00", NULL, NULL },
		{ "BUSD 5", NULL, NULL },
		{ "\u00a59", NULL, NULL }, /* of China or of Japan */
		{ "$ and $", NULL, NULL },
		{ "$.", NULL, NULL },
		{ "", NULL, NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *end = rows[i].text + strlen(rows[i].text);
		struct prose_money m;
		bool found = prose_next_money(rows[i].text, end, &m);

		if (found != (rows[i].currency != NULL))
			fail_msg("\"%s\": %s", rows[i].text, found ? m.number : "nothing");
		if (!found)
			continue;
		assert_string_equal(m.currency, rows[i].currency);
		assert_string_equal(m.number, rows[i].number);
	}
}

static void parts(void **state)
{
	assert_int_equal(prose_parts("28"), 280000);
	assert_int_equal(prose_parts("0.0001"), 1);
	assert_int_equal(prose_parts("9999999999999.9999"), 99999999999999999LL);
	assert_int_equal(prose_parts("10000000000000"), -1);
	assert_int_equal(prose_parts("0.00001"), -1);
	assert_int_equal(prose_parts("1.2.3"), -1);
	assert_int_equal(prose_parts(""), -1);
}

static void days(void **state)
{
	static const char text[] = "March 27, 2025 is one; Smarch 13, 2025 is none; May 5";
	const char *end = text + sizeof(text) - 1;
	struct date_span day;

	assert_true(prose_day(text, end, &day));
	assert_int_equal(day.first, date_make(2025, 3, 27));
	assert_false(prose_day(text + 23, end, &day));
	assert_false(prose_day(end - 5, end, &day));
}

static void quotes(void **state)
{
	static const char text[] = "One sentence. The price is $2.50 a share. Another.\nA line";
	const struct prose t = { text, text + sizeof(text) - 1 };
	const char *begin;
	size_t n;

	prose_quote(&t, strchr(text, '$'), &begin, &n);
	assert_int_equal(n, strlen("The price is $2.50 a share."));
	assert_memory_equal(begin, "The price is $2.50 a share.", n);
	prose_quote(&t, text + sizeof(text) - 3, &begin, &n);
	assert_memory_equal(begin, "A line", n);
}

static void fees(void **state)
{
	static const struct {
		bool exhibit;
		const char *text, *aggregate, *count; /* aggregate NULL: no table to be believed */
	} rows[] = {
		{ false, "CALCULATION OF REGISTRATION FEE\nCommon stock, $0.001 par value per share $100,000,000 $10,910\n", "100000000",
			"" },
		{ false,
			"Calculation of Registration\nFee\nClass A 34,500,000 (2) $47.00 $1,621,500,000.00 $210,470.70\n(1) of $9,000,000,000 and $900,000",
			"1621500000.00", "34500000" },
		{ false, "Class A 34,500,000 $47.00 $1,621,500,000.00 $210,470.70\n", NULL, NULL }, /* no heading */
		{ true, "Equity 457(a) 2,000,000 $10.00 $20,000,000 $153.10 per $1,000,000 $3,062.00\nTotal Offering Amounts $20,000,000 $3,062.00",
			"20000000", "2000000" },
		{ true, "Equity 457(a) 2,000,000 $10.00 $25,000,000 0.0001531 $3,827.50\n", "25000000",
			"" }, /* the count is not of that price */
		{ true, "Total Offering Amounts HK$20,000,000 HK$3,062.00", NULL, NULL },
		{ true, "Total Offering Amounts $20,000,000 $3.06", NULL, NULL }, /* no rate of the SEC's */
		{ true, "", NULL, NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct prose t = { rows[i].text, rows[i].text + strlen(rows[i].text) };
		struct edgar_fees f;
		bool found = edgar_fees_read(&t, rows[i].exhibit, &f);

		if (found != (rows[i].aggregate != NULL))
			fail_msg("row %zu: %s", i, found ? f.aggregate.number : "nothing");
		if (!found)
			continue;
		assert_string_equal(f.aggregate.number, rows[i].aggregate);
		assert_string_equal(f.count, rows[i].count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(money),
		cmocka_unit_test(parts),
		cmocka_unit_test(days),
		cmocka_unit_test(quotes),
		cmocka_unit_test(fees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
