/* The staging tables of sql/load/20_stage.sql have the columns of the record kinds, in their order. */
#include "aimarket/record.h"
#include "aimarket/store.h"
#include "unit.h"

static const char *staging_sql(void)
{
	for (const struct sql_file *f = sql_code; f->name; f++)
		if (strstr(f->text, "CREATE TEMP TABLE staging_entity"))
			return f->text;
	fail_msg("no file of sql/load makes the staging tables");
	return "";
}

/* Past blanks, comments, brackets, commas and quotes; what stands there is the next word. */
static const char *to_word(const char *p)
{
	while (*p && strchr(" \n\t(,\"", *p))
		p++;
	return p;
}

static void compare(enum record_kind kind)
{
	const struct record_info *info = &record_infos[kind];
	char head[64];
	const char *p;

	snprintf(head, sizeof head, "CREATE TEMP TABLE staging_%s (at bigint", info->name);
	p = strstr(staging_sql(), head);
	assert_non_null(p);
	p += strlen(head);
	for (const struct record_field *f = info->fields; f->name; f++) {
		size_t n = strlen(f->name);

		p = to_word(p);
		if (strncmp(p, f->name, n) || !strchr(" \"", p[n]))
			fail_msg("staging_%s: %s expected at: %.40s", info->name, f->name, p);
		p = strpbrk(p, ",)");
		assert_non_null(p);
	}
}

static void columns_are_fields(void **state)
{
	for (enum record_kind kind = REC_ENTITY; kind < REC_OBSERVATION; kind++)
		compare(kind);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(columns_are_fields) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
