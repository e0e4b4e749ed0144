/* What EDGAR's formats share: numbers in names, days, the clock of New York. */
#include "unit.h"

#include "aimarket/edgar.h"

static void clock_of_new_york(void **state)
{
	static const struct {
		const char *text, *time; /* NULL: no time */
	} rows[] = {
		{ "20240516153610", "2024-05-16T15:36:10-04:00" },
		{ "2024-01-16 15:36:10", "2024-01-16T15:36:10-05:00" },
		{ "2024-01-16T15:36:10", "2024-01-16T15:36:10-05:00" },
		/* second Sunday of March, first of November */
		{ "20240310015959", "2024-03-10T01:59:59-05:00" },
		{ "20240310030000", "2024-03-10T03:00:00-04:00" },
		{ "20241103015959", "2024-11-03T01:59:59-04:00" },
		{ "20241103020000", "2024-11-03T02:00:00-05:00" },
		{ "20150308030000", "2015-03-08T03:00:00-04:00" },
		{ "20151101030000", "2015-11-01T03:00:00-05:00" },
		/* until 2006: first Sunday of April, last of October */
		{ "20060402015959", "2006-04-02T01:59:59-05:00" },
		{ "20060402030000", "2006-04-02T03:00:00-04:00" },
		{ "20061029015959", "2006-10-29T01:59:59-04:00" },
		{ "20061029020000", "2006-10-29T02:00:00-05:00" },
		{ "20050330120000", "2005-03-30T12:00:00-05:00" },
		{ "19990405000000", "1999-04-05T00:00:00-04:00" },
		{ "20240230153610", NULL },
		{ "20240516243610", NULL },
		{ "2024051615361", NULL },
		{ "202405161536100", NULL },
		{ "00260516153610", NULL },
		{ "2024-05-16T15:36:10Z", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char time[EDGAR_TIME_SIZE] = "";

		assert_int_equal(edgar_time(rows[i].text, strlen(rows[i].text), time), rows[i].time != NULL);
		assert_string_equal(time, rows[i].time ? rows[i].time : "");
	}
}

static void numbers_in_names(void **state)
{
	static const struct {
		const char *name, *accession; /* NULL: none */
	} rows[] = {
		{ "0001213900-24-004875-index.json", "0001213900-24-004875" },
		{ "edgar/data/77/0001213900-24-004875.txt", "0001213900-24-004875" },
		{ "https://www.sec.gov/Archives/edgar/data/1648960/000121390024004875/primary_doc.xml", "0001213900-24-004875" },
		{ "/Archives/edgar/data/1648960/000121390024004875", "0001213900-24-004875" },
		{ "urn:tag:sec.gov,2008:accession-number=0001213900-24-004875", "0001213900-24-004875" },
		{ "10001213900-24-004875", NULL },
		{ "0001213900-24-0048751", NULL },
		{ "0001213900240048751", NULL },
		{ "00012139002400487", NULL },
		{ "CIK0000000077.json", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char accession[EDGAR_ACCESSION_SIZE] = "";

		assert_int_equal(edgar_accession_in_name(rows[i].name, accession), rows[i].accession != NULL);
		assert_string_equal(accession, rows[i].accession ? rows[i].accession : "");
	}
}

static void days(void **state)
{
	static const char *const rows[][2] = {
		{ "20240516", "2024-05-16" },
		{ "2024-05-16", "2024-05-16" },
		{ "20240532", "20240532" },
		{ "2024-05", "2024-05" },
		{ "", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char iso[11];
		struct record_value v = edgar_day((struct record_value){ rows[i][0], strlen(rows[i][0]) }, iso);

		assert_int_equal(v.n, strlen(rows[i][1]));
		assert_memory_equal(v.text, rows[i][1], v.n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clock_of_new_york),
		cmocka_unit_test(numbers_in_names),
		cmocka_unit_test(days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
