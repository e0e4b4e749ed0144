/* copy: rows as PostgreSQL's COPY reads them. */
#include "aimarket/copy.h"
#include "unit.h"

static void text_rows(void **state)
{
	struct buf row;

	buf_init(&row, 1000);
	copy_text_int(&row, -7);
	copy_text(&row, "a\tb\nc\\d\re");
	copy_text(&row, NULL);
	copy_text(&row, "");
	copy_text_n(&row, "xyz", 2);
	copy_text_end(&row);
	copy_text(&row, "");
	copy_text(&row, "\\N");
	copy_text_end(&row);
	assert_string_equal(buf_str(&row), "-7\ta\\tb\\nc\\\\d\\re\t\\N\t\txy\n\t\\\\N\n");
	buf_release(&row);
}

static void binary_rows(void **state)
{
	static const unsigned char want[] = { 0, 2, 0, 0, 0, 4, 255, 255, 255, 254, 0, 0, 0, 4, 1, 2, 3, 4 };
	struct buf row;

	buf_init(&row, 1000);
	copy_binary_row(&row, 2);
	copy_binary_int4(&row, -2);
	copy_binary_int4(&row, 0x01020304);
	assert_int_equal(row.len, sizeof want);
	assert_memory_equal(row.data, want, sizeof want);
	buf_release(&row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_rows),
		cmocka_unit_test(binary_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
