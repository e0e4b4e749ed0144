#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "spool_text.h"

static const struct limits plenty = { .field = 1 << 20, .rejects = 100, .spool_memory = 1 << 20, .columns = 2000, .group_size = 64 << 20, .name_length = LIMIT_NAME, .number_digits = LIMIT_DIGITS, .dimensions = 16,
	.claims = LIMIT_CLAIMS, .reject_text = 1000 };

enum { DAY_2024_06_18 = 8935 }; /* days since 2000-01-01 */

/* One field of a record in a test; ends with a NULL value. */
struct set {
	int field;
	const char *value;
};

static int put(struct sink *s, enum record_kind kind, const struct set *f)
{
	sink_record(s, kind);
	for (; f->value; f++)
		sink_setz(s, f->field, f->value);
	return sink_end(s);
}
#define PUT(s, kind, ...) put(s, kind, (const struct set[]){ __VA_ARGS__, { 0 } })

static void expect_text(struct sink *s, const char *text)
{
	struct err e = { 0 };
	struct buf out;

	buf_init(&out, 1 << 20);
	assert_int_equal(sink_finish(s, &e), 0);
	assert_int_equal(spool_text(s, &out, &e), 0);
	assert_string_equal(buf_str(&out), text);
	buf_release(&out);
	sink_free(s);
}

static struct sink *open_group(void)
{
	struct sink *s = sink_new(&plenty, DATE_NONE);

	sink_group(s, 7, "line ", 2);
	return s;
}

static void test_rows_of_every_kind(void **state)
{
	struct sink *s = open_group();

	assert_int_equal(PUT(s, REC_SOURCE, { SOURCE_REF, "a" }, { SOURCE_KIND, "article" }, { SOURCE_DATE, "2024-06" },
	                         { SOURCE_TITLE, "tab\there\\" }),
	        0);
	assert_int_equal(PUT(s, REC_ENTITY, { ENTITY_REF, "NVIDIA" }, { ENTITY_KIND, "company" }, { ENTITY_NAME, "NVIDIA" }), 0);
	assert_int_equal(
	        PUT(s, REC_KEY, { KEY_ENTITY, "NVIDIA" }, { KEY_SCHEME, "cik" }, { KEY_VALUE, "1045810" }, { KEY_FROM, "1999" }), 0);
	assert_int_equal(PUT(s, REC_METRIC, { METRIC_NAME, "m" }, { METRIC_PERIOD_KIND, "instant" }, { METRIC_DIMS, "b=part;a=key" }), 0);
	assert_int_equal(PUT(s, REC_STATEMENT, { STATEMENT_ENTITY, "cik:1045810" }, { STATEMENT_PROPERTY, "parent" },
	                         { STATEMENT_OBJECT, "X" }, { STATEMENT_START, "2018-10-26" }, { STATEMENT_SOURCE, "a" }),
	        0);
	assert_int_equal(PUT(s, REC_OBSERVATION, { OBS_ENTITY, "NVIDIA" }, { OBS_METRIC, "m" }, { OBS_UNIT, "USD" },
	                         { OBS_END, "2024-06-18" }, { OBS_VALUE, "83.830" }, { OBS_SOURCE, "a" }, { OBS_NOTE, "note" }),
	        0);
	expect_text(s, "entity 7\tname:NVIDIA\tcompany\tNVIDIA\t\\N\n"
	               "key 7\tname:NVIDIA\tcik\t1045810\t1999-01-01\t\\N\t\\N\n"
	               "source 7\ta\t\\N\t\\N\t\\N\tarticle\ttab\\there\\\\\t\\N\t\\N\t2024-06-30\t\\N\t\\N\t\\N\t\\N\n"
	               "metric 7\tm\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\ti\ta=key;b=part\t\\N\n"
	               "statement 7\tcik:1045810\tparent\t\\N\t\\N\tname:X\t\\N\t2018-10-26\t\\N\td\tr\t2024-06-30\ta\t\\N\n"
	               "observation 7\tname:NVIDIA\tm\t\tUSD\ti 2024-06-18..2024-06-18 d\t=83.830\t\\N\t3\tvr\t2024-06-30\ta\tnote\n");
}

/* A record as every test of one rule needs it; what f says goes over it. */
static struct sink *observe(const struct set *f)
{
	struct sink *s = open_group();

	sink_raw(s, "raw", 3);
	sink_record(s, REC_OBSERVATION);
	sink_setz(s, OBS_ENTITY, "cik:1");
	sink_setz(s, OBS_METRIC, "m");
	sink_setz(s, OBS_UNIT, "1");
	sink_setz(s, OBS_ASSERTED, "2024-06-18");
	for (; f->value; f++)
		sink_setz(s, f->field, f->value);
	(void)sink_end(s);
	return s;
}
#define KEPT(text, ...)                                                                                                                    \
	expect_text(observe((const struct set[]){ __VA_ARGS__, { 0 } }), "observation 7\tcik:1\tm\t" text "\t2024-06-18\t\t\\N\n")
#define REFUSED(rule, reason, ...)                                                                                                         \
	expect_text(observe((const struct set[]){ __VA_ARGS__, { 0 } }), "reject 7\tline 2\t" rule "\t" reason "\traw\n")

static void test_periods(void **state)
{
	KEPT("\t1\tt .. d\t=1\t\\N\t0\tvr", { OBS_VALUE, "1" });
	KEPT("\t1\ti 2024-12-31..2024-12-31 y\t=1\t\\N\t0\tvr", { OBS_VALUE, "1" }, { OBS_END, "2024" });
	KEPT("\t1\td 2024-01-01..2024-03-31 q\t=1\t\\N\t0\tvr", { OBS_VALUE, "1" }, { OBS_START, "2024-Q1" }, { OBS_END, "2024-Q1" });
	KEPT("\t1\td 2024-06-18..2024-06-18 d\t=1\t\\N\t0\tvr", { OBS_VALUE, "1" }, { OBS_START, "2024-06-18" }, { OBS_END, "2024-06-18" });
	KEPT("\t1\ti 2024-06-18..2024-06-18 u\t=1\t\\N\t0\tvr", { OBS_VALUE, "1" }, { OBS_END, "2024-06-18" }, { OBS_PREC, "unknown" });
	REFUSED("period", "end \"2024-01-01\" is before start \"2024-01-02\"", { OBS_VALUE, "1" }, { OBS_START, "2024-01-02" },
	        { OBS_END, "2024-01-01" });
	REFUSED("period", "start without end", { OBS_VALUE, "1" }, { OBS_START, "2024-01-02" });
	REFUSED("date", "field \"end\": no such day: \"2023-02-29\"", { OBS_VALUE, "1" }, { OBS_END, "2023-02-29" });
	REFUSED("code", "field \"prec\": unknown word \"weekly\"", { OBS_VALUE, "1" }, { OBS_PREC, "weekly" });
}

static void test_figures(void **state)
{
	KEPT("\t1\tt .. d\tg16000\t\\N\t-3\tvr", { OBS_VALUE, "16000" }, { OBS_COMPARATOR, ">=" });
	KEPT("\t1\tt .. d\t~38000000000000000000000000\t\\N\t-24\tve", { OBS_VALUE, "3.8e25" }, { OBS_COMPARATOR, "about" },
	        { OBS_NATURE, "estimated" });
	KEPT("\t1\tt .. d\tr80\t90\t-1\tvr", { OBS_VALUE, "80" }, { OBS_HIGH, "90" });
	KEPT("\t1\tt .. d\t=0.00001\t\\N\t32767\tvr", { OBS_VALUE, "1e-05" }, { OBS_DECIMALS, "INF" });
	KEPT("\t1\tt .. d\t=123456789012345678.90\t\\N\t2\tvr", { OBS_VALUE, "123456789012345678.90" }, { OBS_DECIMALS, "2" });
	KEPT("\t1\tt .. d\t=\\N\t\\N\t32767\tur", { OBS_STATE, "undisclosed" });
	REFUSED("state", "a figure that is undisclosed has no value", { OBS_STATE, "undisclosed" }, { OBS_VALUE, "1" });
	REFUSED("required", "observation without \"value\"", { OBS_NATURE, "reported" });
	REFUSED("range", "high 9 is below value 80", { OBS_VALUE, "80" }, { OBS_HIGH, "9" });
	REFUSED("range", "a range without \"high\"", { OBS_VALUE, "80" }, { OBS_COMPARATOR, ".." });
	REFUSED("decimals", "\"few\" is not a rounding: an integer from -400 to 400, or inf", { OBS_VALUE, "8" }, { OBS_DECIMALS, "few" });
}

static void test_dimensions_have_one_spelling(void **state)
{
	KEPT("a=1;b=2 %3B%3D%25;c%25=d\t1\tt .. d\t=1\t\\N\t0\tvr", { OBS_VALUE, "1" }, { OBS_DIMS, " b = 2 %3b%3D% ;a=1; empty= ;c%=d" });
}

static int put_claim(struct sink *s, const char *entity, const char *source, const char *value)
{
	return PUT(s, REC_OBSERVATION, { OBS_ENTITY, entity }, { OBS_METRIC, "m" }, { OBS_UNIT, "1" }, { OBS_VALUE, value },
	        { OBS_SOURCE, source });
}

static int put_source(struct sink *s, const char *ref, const char *publisher, const char *date)
{
	return PUT(s, REC_SOURCE, { SOURCE_REF, ref }, { SOURCE_KIND, "page" }, { SOURCE_PUBLISHER, publisher }, { SOURCE_DATE, date });
}

static void test_a_group_is_kept_whole_or_not_at_all(void **state)
{
	struct sink *s = open_group();
	struct sink_counts c;

	assert_int_equal(put_source(s, "a", "p", "2024-01-01"), 0);
	assert_int_equal(put_claim(s, "A", "a", "1"), 0);
	sink_group(s, 20, "line ", 3);
	assert_int_equal(put_source(s, "b", "q", "2024-01-02"), 0);
	assert_int_equal(put_claim(s, "B", "b", "2"), 0);
	assert_int_equal(put_claim(s, "B", "b", "x"), -1);
	assert_int_equal(put_claim(s, "B", "b", "3"), -1); /* too late: the group is gone */
	assert_false(sink_knows(s, REC_SOURCE, "b", 1));
	sink_group(s, 30, "line ", 4);
	assert_int_equal(put_claim(s, "B", "b", "4"), -1); /* its source went with the group: no day is known */
	sink_group(s, 40, "line ", 5);
	assert_true(sink_knows(s, REC_SOURCE, "a", 1));
	assert_int_equal(put_claim(s, "B", "a", "5"), 0);
	sink_counts(s, &c);
	assert_int_equal(c.groups, 1);
	assert_int_equal(c.records, 3);
	assert_int_equal(c.observations, 2);
	assert_int_equal(c.sources, 1);
	assert_int_equal(c.rejects, 2);
	expect_text(s,
	        "source 7\ta\tp\t\\N\t\\N\tpage\t\\N\t\\N\t\\N\t2024-01-01\t\\N\t\\N\t\\N\t\\N\n"
	        "observation 7\tname:A\tm\t\t1\tt .. d\t=1\t\\N\t0\tvr\t2024-01-01\ta\t\\N\n"
	        "observation 40\tname:B\tm\t\t1\tt .. d\t=5\t\\N\t0\tvr\t2024-01-01\ta\t\\N\n"
	        "reject 20\tline 3\tnumber\tfield \"value\": not a number in plain style: \"x\"\t\\N\n"
	        "reject 30\tline 4\tasserted\tno day on which it was said: neither the record nor its source nor the feed tells\t\\N\n");
}

static void test_equal_rows_are_kept_once(void **state)
{
	struct sink *s = open_group();

	for (int i = 0; i < 3; i++) {
		sink_group(s, 10 * i, "line ", i);
		assert_int_equal(put_source(s, "a", "p", "2024-01-01"), 0);
		assert_int_equal(PUT(s, REC_ENTITY, { ENTITY_REF, "X" }, { ENTITY_KIND, "chip" }, { ENTITY_NAME, i == 2 ? "Y" : "X" }), 0);
	}
	assert_int_equal(put_source(s, "a", "p", "2024-01-02"), -1);
	sink_group(s, 40, "line ", 4);
	assert_int_equal(put_source(s, "a", "q", "2024-01-01"), -1);
	assert_true(sink_knows(s, REC_ENTITY, "X", 1));
	assert_true(sink_knows(s, REC_ENTITY, "name:X", 6));
	/* the third group went with its second source */
	expect_text(s, "entity 0\tname:X\tchip\tX\t\\N\n"
	               "source 0\ta\tp\t\\N\t\\N\tpage\t\\N\t\\N\t\\N\t2024-01-01\t\\N\t\\N\t\\N\t\\N\n"
	               "reject 20\tline 2\tsource\tsource \"a\" was here before with another date\t\\N\n"
	               "reject 40\tline 4\tsource\tsource \"a\" was here before with another publisher\t\\N\n");
}

static void test_deals_are_taken_apart(void **state)
{
	struct sink *s = open_group();

	assert_int_equal(
	        PUT(s, REC_DEAL, { DEAL_REF, "adept-amazon-2024" }, { DEAL_TYPE, "licence_and_hire" }, { DEAL_TARGET, "Adept" },
	                { DEAL_ACQUIRER, "Amazon" }, { DEAL_PARTIES, "Greylock: x:investor; " }, { DEAL_STATUS, "announced" },
	                { DEAL_DATE, "2024-06-01" }, { DEAL_PREC, "month" }, { DEAL_AMOUNT, "330000000" }, { DEAL_CURRENCY, "USD" },
	                { DEAL_COMPONENT, "licence_fee" }, { DEAL_COMPARATOR, "about" }, { DEAL_VALUATION, "1e9" },
	                { DEAL_PEOPLE_SHARE, "66" }, { DEAL_ASSERTED, "2024-06-28" }, { DEAL_NATURE, "estimated" }),
	        0);
	expect_text(s, "entity 7\tdeal:adept-amazon-2024\tdeal\tAdept / Amazon\t\\N\n"
	               "key 7\tdeal:adept-amazon-2024\tdeal\tadept-amazon-2024\t\\N\t\\N\t\\N\n"
#define SAYS(rest) "statement 7\tdeal:adept-amazon-2024\t" rest
#define SAID "\te\t2024-06-28\t\\N\t\\N\n"
	        SAYS("deal_type\tlicence_and_hire\t\\N\t\\N\t\\N\t\\N\t\\N\td" SAID) SAYS(
	                "party\t\\N\t\\N\tname:Adept\trole=target\t\\N\t\\N\td" SAID) SAYS("party\t\\N\t\\N\tname:Amazon\trole="
	                                                                                   "acquirer\t\\N\t\\N\td" SAID)
	                SAYS("party\t\\N\t\\N\tname:Greylock: x\trole=investor\t\\N\t\\N\td" SAID) SAYS(
	                        "stage\tannounced\t\\N\t\\N\t\\N\t2024-06-01\t2024-06-30\tm" SAID)
#define COUNTS(rest) "observation 7\tdeal:adept-amazon-2024\t" rest "\t\\N\t"
	                        COUNTS("deal_amount\tcomponent=licence_fee\tUSD\tt .. d\t~330000000") "-7\tve\t2024-06-28\t\t\\N\n" COUNTS(
	                                "deal_amount\tcomponent=implied_valuation\tUSD\tt .. d\t=1000000000") "-9\tve\t2024-06-"
	                                                                                                      "28\t\t\\N\n" COUNTS(
	                                                                                                              "deal_"
	                                                                                                              "people_"
	                                                                                                              "share\t"
	                                                                                                              "\tperce"
	                                                                                                              "nt\tt "
	                                                                                                              ".. "
	                                                                                                              "d\t=66") "0\tve\t202"
	                                                                                                                        "4-06-"
	                                                                                                                        "28\t\t\\N"
	                                                                                                                        "\n");
}

static void test_a_deal_without_a_sum(void **state)
{
	struct sink *s = open_group();

	assert_int_equal(
	        PUT(s, REC_DEAL, { DEAL_REF, "x" }, { DEAL_TYPE, "ipo" }, { DEAL_STATE, "undisclosed" }, { DEAL_ASSERTED, "2024-06-28" }),
	        0);
	sink_group(s, 9, "line ", 3);
	assert_int_equal(
	        PUT(s, REC_DEAL, { DEAL_REF, "y" }, { DEAL_TYPE, "ipo" }, { DEAL_AMOUNT, "5" }, { DEAL_ASSERTED, "2024-06-28" }), -1);
	sink_group(s, 11, "line ", 4);
	assert_int_equal(
	        PUT(s, REC_DEAL, { DEAL_REF, "z" }, { DEAL_TYPE, "ipo" }, { DEAL_PARTIES, "Acme" }, { DEAL_ASSERTED, "2024-06-28" }), -1);
	expect_text(s, "entity 7\tdeal:x\tdeal\tx\t\\N\n"
	               "key 7\tdeal:x\tdeal\tx\t\\N\t\\N\t\\N\n"
	               "statement 7\tdeal:x\tdeal_type\tipo\t\\N\t\\N\t\\N\t\\N\t\\N\td\tr\t2024-06-28\t\\N\t\\N\n"
	               "observation 7\tdeal:x\tdeal_amount\tcomponent=total\tXXX\tt .. d\t=\\N\t\\N\t32767\tur\t2024-06-28\t\t\\N\n"
	               "reject 9\tline 3\trequired\tobservation without \"unit\"\t\\N\n"
	               "reject 11\tline 4\tparties\t\"Acme\" is not Name:role\t\\N\n");
}

static void test_filings_are_taken_apart(void **state)
{
	struct sink *s = open_group();

	assert_int_equal(put_source(s, "sec", "sec", "2024-10-01"), 0);
	assert_int_equal(
	        PUT(s, REC_FILING, { FILING_ACCESSION, "0001628280-24-041596" }, { FILING_FORM, "S-1/A" }, { FILING_FILER, "cik:2021728" },
	                { FILING_FILED, "2024-09-30" }, { FILING_ITEMS, "1.01,\t9.01" }, { FILING_SOURCE, "sec" }),
	        0);
	expect_text(s, "entity 7\taccession:0001628280-24-041596\tfiling\tS-1/A 0001628280-24-041596\t\\N\n"
	               "key 7\taccession:0001628280-24-041596\taccession\t0001628280-24-041596\t\\N\t\\N\tsec\n"
	               "source 7\tsec\tsec\t\\N\t\\N\tpage\t\\N\t\\N\t\\N\t2024-10-01\t\\N\t\\N\t\\N\t\\N\n"
#define FILED(rest) "statement 7\taccession:0001628280-24-041596\t" rest "\td\tr\t2024-10-01\tsec\t\\N\n"
	        FILED("filing_form\tS-1/A\t\\N\t\\N\t\\N\t\\N\t\\N") FILED("filer\t\\N\t\\N\tcik:2021728\t\\N\t\\N\t\\N") FILED(
	                "filed_on\t\\N\t\\N\t\\N\t\\N\t2024-09-30\t2024-09-30") FILED("items\t\\N\t1.01,\\t9.01\t\\N\t\\N\t\\N\t\\N"));
}

static void test_bad_bytes_name_their_place(void **state)
{
	struct sink *s = open_group();

	sink_raw(s, "a\xff\0z", 4);
	sink_record(s, REC_ENTITY);
	sink_set(s, ENTITY_NAME, "ok\xffno", 5);
	sink_setz(s, ENTITY_REF, "x");
	sink_setz(s, ENTITY_KIND, "chip");
	assert_int_equal(sink_end(s), -1);
	sink_group(s, 8, "line ", 3);
	sink_record(s, REC_ENTITY);
	sink_setz(s, ENTITY_REF, "x");
	sink_setz(s, ENTITY_KIND, "chip");
	sink_set(s, ENTITY_NAME, "a\0b", 3);
	assert_int_equal(sink_end(s), -1);
	expect_text(s, "reject 7\tline 2\tutf8\tfield \"name\": invalid UTF-8 at its byte 2\ta\\xff\\x00z\n"
	               "reject 8\tline 3\tutf8\tfield \"name\": a NUL at its byte 1\t\\N\n");
}

static void test_sizes_are_limited(void **state)
{
	struct limits tight = { .field = 2000, .rejects = 100, .spool_memory = 1 << 20, .columns = 2000, .group_size = 64 << 20, .name_length = LIMIT_NAME, .number_digits = LIMIT_DIGITS, .dimensions = 16,
	.claims = LIMIT_CLAIMS, .reject_text = 1000 };
	struct sink *s = sink_new(&tight, 0);
	char text[3000];

	memset(text, 'x', sizeof text);
	sink_group(s, 0, "line ", 1);
	sink_record(s, REC_ENTITY);
	sink_set(s, ENTITY_NAME, text, 2001);
	assert_int_equal(sink_end(s), -1);
	sink_group(s, 1, "line ", 2);
	sink_record(s, REC_ENTITY);
	sink_setz(s, ENTITY_REF, "x");
	sink_setz(s, ENTITY_KIND, "chip");
	sink_set(s, ENTITY_NAME, text, 1001);
	assert_int_equal(sink_end(s), -1);
	expect_text(s, "reject 0\tline 1\tsize\tfield \"name\" has 2001 bytes, more than 2000 (limit field)\t\\N\n"
	               "reject 1\tline 2\tsize\tfield \"name\" has 1001 bytes, more than 1000 (limit name_length)\t\\N\n");
}

static void test_too_many_rejects_fail_the_run(void **state)
{
	struct limits tight = { .field = 2000, .rejects = 2, .spool_memory = 1 << 20, .columns = 2000, .group_size = 64 << 20, .name_length = LIMIT_NAME, .number_digits = LIMIT_DIGITS, .dimensions = 16,
	.claims = LIMIT_CLAIMS, .reject_text = 1000 };
	struct sink *s = sink_new(&tight, 0);
	struct err e = { 0 };

	for (int i = 1; i <= 5; i++) {
		assert_int_equal(sink_full(s), i > 3);
		sink_group(s, i, "line ", i);
		sink_reject(s, "shape", "abc", 3, "no good");
	}
	assert_int_equal(sink_finish(s, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_string_equal(e.text, "more than 2 rejected records (limit rejects), the last one at line 3: no good");
	sink_free(s);
}

static int add_up(void *arg, const struct packed *row, struct err *e)
{
	long long *sum = arg;
	struct buf text;

	buf_init(&text, 100);
	assert_int_equal(decimal_from_pg(row->value, row->value_len, &text, e), 0);
	assert_int_equal(strtol(text.data, NULL, 10), row->offset);
	*sum += row->offset;
	buf_release(&text);
	return 0;
}

/* More rows than the memory they may take: they come back from the file, in order, with an undone group in the middle. */
static void test_rows_outgrow_memory(void **state)
{
	enum { ROWS = 20000 };
	struct limits tight = { .field = 2000, .rejects = 2, .spool_memory = 4096, .columns = 2000, .group_size = 64 << 20, .name_length = LIMIT_NAME, .number_digits = LIMIT_DIGITS, .dimensions = 16,
	.claims = LIMIT_CLAIMS, .reject_text = 1000 };
	struct sink *s = sink_new(&tight, DAY_2024_06_18);
	struct err e = { 0 };
	long long sum = 0;
	char text[32];

	for (int i = 0; i < ROWS; i++) {
		snprintf(text, sizeof text, "%d", i);
		sink_group(s, i, "row ", i);
		assert_int_equal(put_claim(s, "A", NULL, text), 0);
		assert_int_equal(put_source(s, text, NULL, NULL), 0);
		if (i == ROWS / 2) {
			sink_reject(s, "shape", NULL, 0, "no");
			sum += i;
		}
	}
	assert_int_equal(sink_finish(s, &e), 0);
	assert_int_equal(spool_count(s, REC_OBSERVATION), ROWS - 1);
	assert_int_equal(spool_count(s, REC_SOURCE), ROWS - 1);
	assert_int_equal(spool_each(s, add_up, &sum, &e), 0);
	assert_int_equal(sum, (long long)ROWS * (ROWS - 1) / 2);
	sink_free(s);
}

/* The run fails, loudly, when rows outgrow memory and there is no place for the rest. */
static void test_no_place_for_the_spool(void **state)
{
	struct limits tight = { .field = 2000, .rejects = 2, .spool_memory = 100, .columns = 2000, .group_size = 64 << 20, .name_length = LIMIT_NAME, .number_digits = LIMIT_DIGITS, .dimensions = 16,
	.claims = LIMIT_CLAIMS, .reject_text = 1000 };
	struct sink *s = sink_new(&tight, DAY_2024_06_18);
	struct err e = { 0 };
	char *old = getenv("TMPDIR") ? strdup(getenv("TMPDIR")) : NULL;

	setenv("TMPDIR", "/nowhere/at/all", 1);
	for (int i = 0; i < 10; i++) {
		sink_group(s, i, "row ", i);
		put_claim(s, "A", NULL, "1");
	}
	if (old)
		setenv("TMPDIR", old, 1);
	else
		unsetenv("TMPDIR");
	free(old);
	assert_true(sink_full(s));
	assert_int_equal(sink_finish(s, &e), -1);
	assert_int_equal(e.kind, ERR_FAIL);
	assert_string_equal(e.text, "could not make a temporary file in \"/nowhere/at/all\": No such file or directory");
	sink_free(s);
}

static void note_progress(void *arg, size_t upto)
{
	size_t *last = arg;

	assert_true(upto >= *last);
	*last = upto;
}

static void test_progress_is_told(void **state)
{
	struct sink *s = sink_new(&plenty, DAY_2024_06_18);
	size_t last = 0;

	sink_progress(s, note_progress, &last);
	for (int i = 0; i < 100; i++) {
		sink_group(s, (long long)i << 17, "row ", i);
		assert_int_equal(put_claim(s, "A", NULL, "1"), 0);
	}
	assert_true(last > 10 << 20);
	sink_free(s);
}

/* Every word of the table is one the sink takes, and what it stores is taken again. */
static void test_codes_of_the_table(void **state)
{
	for (int k = 0; k < REC_KINDS; k++) {
		const struct record_field *f = record_infos[k].fields;

		assert_int_equal(record_infos[k].kind, k);
		assert_ptr_equal(record_find(record_infos[k].name), &record_infos[k]);
		for (int i = 0; f[i].name; i++) {
			assert_int_equal(record_field_find(&record_infos[k], f[i].name), i);
			assert_non_null(f[i].help);
			if (f[i].rounding)
				assert_true(record_field_find(&record_infos[k], f[i].rounding) >= 0);
			for (const struct record_code *c = f[i].codes; c && c->word; c++) {
				const char *stored = record_code_find(f[i].codes, c->word, strlen(c->word));
				assert_string_equal(record_code_find(f[i].codes, stored, strlen(stored)), stored);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_of_every_kind),
		cmocka_unit_test(test_periods),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_dimensions_have_one_spelling),
		cmocka_unit_test(test_a_group_is_kept_whole_or_not_at_all),
		cmocka_unit_test(test_equal_rows_are_kept_once),
		cmocka_unit_test(test_deals_are_taken_apart),
		cmocka_unit_test(test_a_deal_without_a_sum),
		cmocka_unit_test(test_filings_are_taken_apart),
		cmocka_unit_test(test_bad_bytes_name_their_place),
		cmocka_unit_test(test_sizes_are_limited),
		cmocka_unit_test(test_too_many_rejects_fail_the_run),
		cmocka_unit_test(test_rows_outgrow_memory),
		cmocka_unit_test(test_no_place_for_the_spool),
		cmocka_unit_test(test_progress_is_told),
		cmocka_unit_test(test_codes_of_the_table),
	};

	return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}
