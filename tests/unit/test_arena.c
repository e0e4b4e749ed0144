#include "unit.h"

#include "aimarket/arena.h"

static void hands_out_aligned_memory_that_does_not_overlap(void **state)
{
	struct arena *a = arena_new();
	unsigned char *p[200];

	for (size_t i = 0; i < COUNT(p); i++) {
		p[i] = arena_alloc(a, i * 7 + 1);
		assert_int_equal((uintptr_t)p[i] % _Alignof(max_align_t), 0);
		memset(p[i], (int)i, i * 7 + 1);
	}
	for (size_t i = 0; i < COUNT(p); i++) {
		for (size_t k = 0; k <= i * 7; k++)
			assert_int_equal(p[i][k], (unsigned char)i);
	}
	arena_free(a);
}

static void large_things_leave_the_current_block_in_use(void **state)
{
	struct arena *a = arena_new();
	char *before = arena_strdup(a, "before");
	char *large = arena_zalloc(a, 1 << 20);
	char *after = arena_strdup(a, "after");

	assert_int_equal(after - before, 16);
	assert_int_equal(large[(1 << 20) - 1], 0);
	assert_true(arena_used(a) >= 1 << 20);
	arena_free(a);
}

static void copies_and_prints(void **state)
{
	struct arena *a = arena_new();
	char text[] = "hello world";
	char *s = arena_strndup(a, text, 5);

	text[0] = 'j';
	assert_string_equal(s, "hello");
	assert_string_equal(arena_strndup(a, NULL, 0), "");
	assert_string_equal(arena_printf(a, "%s-%d", s, 42), "hello-42");
	assert_int_equal(strlen(arena_printf(a, "%*s", 100000, "x")), 100000);
	arena_free(a);
}

static void reset_forgets_and_can_be_used_again(void **state)
{
	struct arena *a = arena_new();

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 1000; i++)
			assert_non_null(arena_printf(a, "%d", i));
		arena_alloc(a, 500000);
		assert_true(arena_used(a) > 500000);
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(a);
}

static void starting_with_a_large_thing_works(void **state)
{
	struct arena *a = arena_new();

	memset(arena_alloc(a, 300000), 1, 300000);
	assert_string_equal(arena_strdup(a, "x"), "x");
	arena_reset(a);
	assert_string_equal(arena_strdup(a, "y"), "y");
	arena_free(a);
	arena_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hands_out_aligned_memory_that_does_not_overlap),
		cmocka_unit_test(large_things_leave_the_current_block_in_use),
		cmocka_unit_test(copies_and_prints),
		cmocka_unit_test(reset_forgets_and_can_be_used_again),
		cmocka_unit_test(starting_with_a_large_thing_works),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
