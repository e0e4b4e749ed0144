/* claims: what makes a claim the same, in a set that forgets nothing. */
#include "../../feeds/claims.h"
#include "aimarket/date.h"
#include "aimarket/decimal.h"
#include "unit.h"

static struct claim figure(const char *number, struct buf *body)
{
	buf_reset(body);
	decimal_to_pg(number, strlen(number), body);
	return (struct claim){
		.series = 1,
		.source = 2,
		.start = 3,
		.end = 4,
		.decimals = -3,
		.prec = 'd',
		.comparator = '=',
		.state = 'v',
		.nature = 'r',
		.value_len = (uint16_t)body->len,
		.value = (unsigned char *)body->data,
		.high = (const unsigned char *)"",
	};
}

static void same_but_for_zeros(void **state)
{
	struct claim_set s;
	struct buf a, b;

	buf_init(&a, 1000);
	buf_init(&b, 1000);
	claim_set_init(&s);
	struct claim first = figure("83.83", &a), again = figure("83.830", &b);
	assert_true(claim_set_add(&s, &first));
	assert_false(claim_set_add(&s, &again));
	assert_true(claim_same_number(first.value, first.value_len, again.value, again.value_len));
	again = figure("83.831", &b);
	assert_true(claim_set_add(&s, &again));
	assert_false(claim_same_number(first.value, first.value_len, again.value, again.value_len));
	claim_set_clear(&s);
	assert_true(claim_set_add(&s, &first));
	claim_set_release(&s);
	buf_release(&a);
	buf_release(&b);
}

static void every_part_counts(void **state)
{
	struct claim_set s;
	struct buf a;

	buf_init(&a, 1000);
	claim_set_init(&s);
	struct claim c = figure("1", &a), d;
	assert_true(claim_set_add(&s, &c));
#define DIFFERS(change) d = c, change, assert_true(claim_set_add(&s, &d)), assert_false(claim_set_add(&s, &d))
	DIFFERS(d.series++);
	DIFFERS(d.source++);
	DIFFERS(d.start++);
	DIFFERS(d.end++);
	DIFFERS(d.decimals = INT16_MAX);
	DIFFERS(d.prec = 'm');
	DIFFERS(d.comparator = '~');
	DIFFERS(d.state = 'u');
	DIFFERS(d.nature = 'f');
	DIFFERS(d.value_len = 0);
	/* a value is not its own upper end */
	DIFFERS((d.high = c.value, d.high_len = c.value_len, d.value_len = 0));
	claim_set_release(&s);
	buf_release(&a);
}

static void many(void **state)
{
	enum { N = 100000 };
	struct claim_set s;
	struct buf a;
	char number[24];
	unsigned in_part[7] = { 0 };

	buf_init(&a, 1000);
	claim_set_init(&s);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < N; i++) {
			snprintf(number, sizeof number, "%d", i * 1000);
			struct claim c = figure(number, &a);
			c.end = i % 1000;
			assert_int_equal(claim_set_add(&s, &c), round == 0);
			in_part[claim_part((uint32_t)i, &c, 7)]++;
		}
	}
	assert_int_equal(s.n, N);
	for (int i = 0; i < 7; i++)
		assert_in_range(in_part[i], N / 7, 3 * N / 7);
	claim_set_release(&s);
	buf_release(&a);
}

static void a_fact_is_in_one_part(void **state)
{
	struct claim_set s;
	struct buf a;

	buf_init(&a, 1000);
	claim_set_init(&s);
	struct claim c = figure("1", &a), d = figure("2", &a);
	d.source = 99;
	assert_int_equal(claim_part(5, &c, 64), claim_part(5, &d, 64));
	claim_set_release(&s);
	buf_release(&a);
}

static int32_t day(int ymd)
{
	return date_make(ymd / 10000, ymd / 100 % 100, ymd % 100);
}

/* The days of fiscal periods, and what the SEC's statement data sets make of them. */
static void rounded(void **state)
{
	static const struct {
		int start, end, to_start, to_end;
	} rows[] = {
		{ 20090427, 20090726, 20090501, 20090731 },
		{ 20090125, 20090726, 20090201, 20090731 },
		{ 20080928, 20090627, 20081001, 20090630 },
		{ 20070930, 20080927, 20071001, 20080930 },
		{ 20100926, 20111001, 20101001, 20110930 }, /* 53 weeks, and the end moves back */
		{ 20090101, 20091231, 20090101, 20091231 },
		{ 20081120, 20081231, 20081201, 20081231 }, /* less than half a quarter */
		{ 20090726, 20090726, 20090731, 20090731 },
		{ 20090801, 20090801, 20090731, 20090731 },
		{ 20240214, 20240214, 20240131, 20240131 },
		{ 20240215, 20240215, 20240229, 20240229 },
		{ 20231217, 20231217, 20231231, 20231231 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct claim c = { .start = day(rows[i].start), .end = day(rows[i].end), .prec = 'd' }, r;

		assert_true(claim_rounded(&c, &r));
		assert_int_equal(r.prec, 'm');
		assert_int_equal(r.start, day(rows[i].to_start));
		assert_int_equal(r.end, day(rows[i].to_end));
		assert_false(claim_rounded(&r, &c));
	}
	struct claim timeless = { .start = DATE_NONE, .end = DATE_NONE, .prec = 'd' }, r;
	assert_false(claim_rounded(&timeless, &r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_but_for_zeros),
		cmocka_unit_test(every_part_counts),
		cmocka_unit_test(many),
		cmocka_unit_test(a_fact_is_in_one_part),
		cmocka_unit_test(rounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
