/* keyset: orders taken apart, the condition behind a row, cursors there and back and mangled. */
#include "unit.h"

#include "aimarket/keyset.h"

static struct arena *mem;

static int setup(void **state)
{
	mem = arena_new();
	return 0;
}

static int teardown(void **state)
{
	arena_free(mem);
	return 0;
}

static const char *order_of(const char *order)
{
	struct keyset k = { .n = 0 };
	struct buf b;

	buf_init(&b, 4096);
	keyset_add(&k, order, mem);
	keyset_order(&k, &b);
	const char *text = arena_strdup(mem, buf_str(&b));
	buf_release(&b);
	return text;
}

static const char *behind(const char *order, const char *const *values)
{
	struct keyset k = { .n = 0 };
	int place[KEYSET_MAX], n = 0;
	struct buf b;

	buf_init(&b, 4096);
	keyset_add(&k, order, mem);
	for (int i = 0; i < k.n; i++)
		place[i] = values[i] ? ++n : 0;
	keyset_behind(&k, values, place, &b);
	const char *text = arena_strdup(mem, buf_str(&b));
	buf_release(&b);
	return text;
}

static void test_orders(void **state)
{
	assert_string_equal(order_of("id"), "id");
	assert_string_equal(order_of("a DESC NULLS LAST, f(b, c), d desc"), "a DESC NULLS LAST, f(b, c), d DESC");
	assert_string_equal(order_of("a NULLS FIRST,b  NULLS LAST , taxonomy <> 'aimarket'"), "a NULLS FIRST, b, taxonomy <> 'aimarket'");
	assert_string_equal(order_of("adesc, descr"), "adesc, descr");
}

static void test_behind(void **state)
{
	assert_string_equal(behind("id", (const char *const[]){ "x" }), "(((id) > $1 OR (id) IS NULL))");
	assert_string_equal(behind("a DESC, id", (const char *const[]){ "1", "x" }),
		"((a) < $1 OR (a) = $1 AND (((id) > $2 OR (id) IS NULL)))");
	assert_string_equal(behind("a DESC NULLS LAST, id", (const char *const[]){ NULL, "x" }),
		"(false OR (a) IS NULL AND (((id) > $1 OR (id) IS NULL)))");
	assert_string_equal(behind("a NULLS FIRST", (const char *const[]){ NULL }), "((a) IS NOT NULL)");
}

static void test_cursor(void **state)
{
	static const struct cursor c = { .question = 0xfedcba9876543210, .snapshot = "12", .values = { "2024-01-01", NULL, "a\"b\\ü\n" }, .n = 3 };
	const char *text = cursor_text(&c, mem);
	struct cursor back;
	struct err e = { 0 };

	assert_int_equal(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), strlen(text));
	assert_int_equal(cursor_read(text, c.question, mem, &back, &e), 0);
	assert_string_equal(back.snapshot, "12");
	assert_int_equal(back.n, 3);
	assert_string_equal(back.values[0], "2024-01-01");
	assert_null(back.values[1]);
	assert_string_equal(back.values[2], "a\"b\\ü\n");
	assert_int_equal(cursor_read(text, c.question + 1, mem, &back, &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
}

/* Whatever a client makes of one: it is refused, or reads as something of the right shape. */
static void test_mangled(void **state)
{
	static const struct cursor c = { .question = 7, .snapshot = "3", .values = { "x", "y" }, .n = 2 };
	const char *good = cursor_text(&c, mem);
	size_t n = strlen(good);

	for (size_t i = 0; i < n; i++) {
		for (const char *p = "A_9= %"; *p; p++) {
			char *bad = arena_strdup(mem, good);
			struct cursor back;
			struct err e = { 0 };

			bad[i] = *p;
			if (cursor_read(bad, 7, mem, &back, &e) == 0)
				assert_true(back.n >= 1 && back.n <= KEYSET_MAX && back.snapshot);
		}
		struct cursor back;
		struct err e = { 0 };
		char *cut = arena_strndup(mem, good, i);
		assert_int_equal(cursor_read(cut, 7, mem, &back, &e), -1);
	}
}

static void test_shapes(void **state)
{
	/* [], [1,2,3], ["7","x","y"], ["7","3"], ["7","-3","x"], ["7","3",{}] */
	static const char *const none[] = { "", "W10", "WzEsMiwzXQ", "WyI3IiwieCIsInkiXQ", "WyI3IiwiMyJd", "WyI3IiwiLTMiLCJ4Il0", "WyI3IiwiMyIse31d", "ä", "e30" };

	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		struct cursor back;
		struct err e = { 0 };

		assert_int_equal(cursor_read(none[i], 7, mem, &back, &e), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_orders, setup, teardown),
		cmocka_unit_test_setup_teardown(test_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cursor, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mangled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shapes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
