#include "unit.h"

#include <stdbool.h>

#include "aimarket/backoff.h"

static const struct backoff b = { .first = 1000, .most = 60000 };

static void doubles_up_to_the_most(void **state)
{
	static const int64_t spans[] = { 0, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };

	for (unsigned i = 0; i < COUNT(spans); i++) {
		assert_int_equal(backoff_delay(&b, i, 0), spans[i] / 2);
		assert_int_equal(backoff_delay(&b, i, (uint64_t)(spans[i] - spans[i] / 2)), spans[i]);
	}
	assert_int_equal(backoff_delay(&b, UINT32_MAX, 30000), 60000);
}

static void any_dice_stay_within(void **state)
{
	uint64_t dice = 88172645463325252u;
	bool low = false, high = false;

	for (int i = 0; i < 100000; i++) {
		dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;
		int64_t d = backoff_delay(&b, 4, dice);
		assert_true(d >= 4000 && d <= 8000);
		low |= d < 4100;
		high |= d > 7900;
	}
	assert_true(low && high);
	assert_true(backoff_delay(&b, 4, UINT64_MAX) <= 8000);
}

static void a_server_may_ask_for_more(void **state)
{
	assert_int_equal(backoff_merge(4000, 0, 7), 4000);
	assert_int_equal(backoff_merge(4000, 2, 7), 4000);
	assert_int_equal(backoff_merge(4000, 120, 0), 120000);
	assert_int_equal(backoff_merge(4000, 120, 12000), 132000);
	assert_true(backoff_merge(4000, 120, UINT64_MAX) <= 132000);
}

static void what_it_asks_is_clamped(void **state)
{
	assert_int_equal(backoff_merge(0, -349995398, 0), 1000);
	assert_int_equal(backoff_merge(0, INT64_MIN, 0), 1000);
	assert_int_equal(backoff_merge(0, INT64_MAX, 0), 3600000);
	assert_int_equal(backoff_clamp(120), 120);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_up_to_the_most),
		cmocka_unit_test(any_dice_stay_within),
		cmocka_unit_test(a_server_may_ask_for_more),
		cmocka_unit_test(what_it_asks_is_clamped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
