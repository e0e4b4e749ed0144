/* body: small ones in memory, large ones mapped, both read the same, again and again. */
#include "aimarket/body.h"

#include <unistd.h>

#include "aimarket/buf.h"
#include "unit.h"

enum { LARGE = 20 << 20 };

static const char *write_file(size_t n)
{
	static char name[] = "/tmp/test_body.XXXXXX";
	FILE *f;

	snprintf(name, sizeof name, "/tmp/test_body.XXXXXX");
	f = fdopen(mkstemp(name), "w");
	assert_non_null(f);
	for (size_t i = 0; i < n; i += 16)
		fprintf(f, "%015zu\n", i);
	fclose(f);
	return name;
}

static int add_up(void *arg, const char *data, size_t n, struct err *e)
{
	size_t *sum = arg;

	for (size_t i = 0; i < n; i++)
		*sum = *sum * 31 + (unsigned char)data[i];
	return 0;
}

static void reads_the_same(size_t n, bool mapped)
{
	const char *name = write_file(n);
	size_t first = 0, second = 0;
	struct err e = { 0 };
	struct body b;
	char line[17];

	assert_int_equal(body_open(name, true, LARGE, &b, &e), 0);
	unlink(name);
	assert_int_equal(b.len, n);
	assert_int_equal(b.mapped, mapped);
	assert_int_equal(body_each(&b, add_up, &first, &e), 0);
	body_forget(&b, n / 2);
	body_forget(&b, n / 4); /* going back is no harm */
	snprintf(line, sizeof line, "%015zu\n", (size_t)0);
	assert_memory_equal(b.data, line, 16);
	assert_int_equal(body_each(&b, add_up, &second, &e), 0);
	assert_int_equal(first, second);
	body_release(&b);
	assert_int_equal(b.len, 0);
}

static void small(void **state)
{
	reads_the_same(160, false);
}

static void large(void **state)
{
	reads_the_same(LARGE, true);
}

static void empty_and_borrowed(void **state)
{
	const char *name = write_file(0);
	struct err e = { 0 };
	struct body b;

	assert_int_equal(body_open(name, true, LARGE, &b, &e), 0);
	unlink(name);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	body_release(&b);
	body_borrow(&b, "abc", 3);
	body_forget(&b, 3);
	assert_memory_equal(b.data, "abc", 3);
	body_release(&b);
}

static void limits_and_absence(void **state)
{
	const char *name = write_file(LARGE);
	struct err e = { 0 };
	struct body b;

	assert_int_equal(body_open(name, true, LARGE - 1, &b, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	unlink(name);
	err_clear(&e);
	assert_int_equal(body_open(name, true, LARGE, &b, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
}

static int stop_at_once(void *arg, const char *data, size_t n, struct err *e)
{
	++*(int *)arg;
	return err_set(e, ERR_FAIL, "enough");
}

static void a_reader_may_stop(void **state)
{
	struct err e = { 0 };
	struct body b;
	int calls = 0;
	struct buf text;

	buf_init(&text, 4 << 20);
	while (text.len < (3 << 20))
		buf_adds(&text, "0123456789abcdef");
	body_borrow(&b, text.data, text.len);
	assert_int_equal(body_each(&b, stop_at_once, &calls, &e), -1);
	assert_int_equal(calls, 1);
	body_release(&b);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small),
		cmocka_unit_test(large),
		cmocka_unit_test(empty_and_borrowed),
		cmocka_unit_test(limits_and_absence),
		cmocka_unit_test(a_reader_may_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
