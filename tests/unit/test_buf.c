#include "unit.h"

#include "aimarket/buf.h"

static void adds(void **state)
{
	struct buf b;

	buf_init(&b, 1000);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(buf_adds(&b, "one"), 0);
	assert_int_equal(buf_addc(&b, ' '), 0);
	assert_int_equal(buf_printf(&b, "%d %s", 2, "three"), 0);
	assert_int_equal(buf_add(&b, "\0x", 2), 0);
	assert_int_equal(b.len, 13);
	assert_memory_equal(b.data, "one 2 three\0x", 14);
	buf_release(&b);
	assert_int_equal(b.max, 1000);
}

static void never_passes_its_largest_size(void **state)
{
	struct buf b;

	buf_init(&b, 10);
	assert_int_equal(buf_adds(&b, "12345678"), 0);
	assert_int_equal(buf_adds(&b, "90a"), -1);
	assert_int_equal(buf_printf(&b, "%d", 901), -1);
	assert_true(b.overflow);
	assert_string_equal(b.data, "12345678");
	assert_int_equal(buf_printf(&b, "%d", 90), 0);
	assert_true(b.overflow);
	assert_int_equal(buf_addc(&b, 'a'), -1);
	assert_int_equal(b.len, 10);
	assert_true(b.cap <= 11);
	buf_reset(&b);
	assert_false(b.overflow);
	assert_string_equal(buf_str(&b), "");
	buf_release(&b);
}

static void a_buf_of_nothing_takes_nothing(void **state)
{
	struct buf b;

	buf_init(&b, 0);
	assert_int_equal(buf_addc(&b, 'x'), -1);
	assert_int_equal(buf_add(&b, NULL, 0), 0);
	assert_string_equal(buf_str(&b), "");
	buf_release(&b);
}

static void grows_in_few_steps(void **state)
{
	struct buf b;
	size_t cap = 0;
	int steps = 0;

	buf_init(&b, SIZE_MAX - 1);
	for (int i = 0; i < 1000000; i++) {
		buf_addc(&b, 'x');
		if (b.cap != cap)
			steps++;
		cap = b.cap;
	}
	assert_true(steps < 20);
	assert_int_equal(buf_add(&b, "x", SIZE_MAX - 10), -1);
	buf_release(&b);
}

static void big_endian(void **state)
{
	static const unsigned char want[] = { 1, 2, 0xff, 0xee, 0xdd, 0xcc, 1, 2, 3, 4, 5, 6, 7, 8 };
	struct buf b;

	buf_init(&b, 100);
	buf_add_be16(&b, 0x0102);
	buf_add_be32(&b, 0xffeeddcc);
	buf_add_be64(&b, 0x0102030405060708);
	assert_int_equal(b.len, sizeof want);
	assert_memory_equal(b.data, want, sizeof want);
	buf_release(&b);
}

static void take_hands_over(void **state)
{
	struct buf b;

	buf_init(&b, 100);
	char *empty = buf_take(&b);
	assert_string_equal(empty, "");
	free(empty);
	buf_adds(&b, "mine");
	char *s = buf_take(&b);
	assert_string_equal(s, "mine");
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_adds(&b, "again"), 0);
	free(s);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds),
		cmocka_unit_test(never_passes_its_largest_size),
		cmocka_unit_test(a_buf_of_nothing_takes_nothing),
		cmocka_unit_test(grows_in_few_steps),
		cmocka_unit_test(big_endian),
		cmocka_unit_test(take_hands_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
