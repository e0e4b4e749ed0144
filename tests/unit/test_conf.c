#include "unit.h"

#include <unistd.h>

#include "aimarket/conf.h"

static struct arena *mem;

static int set_up(void **state)
{
	mem = arena_new();
	for (const struct conf_row *r = conf_rows; r->key; r++)
		if (r->env)
			unsetenv(r->env);
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	unsetenv("AIMARKET_CONFIG");
	return 0;
}

static int tear_down(void **state)
{
	arena_free(mem);
	return 0;
}

static char path[] = "/tmp/aimarket-conf-XXXXXX";

static int load(const char *text, struct conf *conf, struct err *e)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	*e = (struct err){ 0 };
	return conf_load(path, mem, conf, e);
}

static void defaults_hold_without_a_file(void **state)
{
	struct conf conf;
	struct err e = { 0 };

	assert_int_equal(conf_load(NULL, mem, &conf, &e), 0);
	assert_null(conf.file);
	assert_null(conf.database);
	assert_memory_equal(&conf.limits, &limits_default, sizeof limits_default);
}

static void file_sets_what_it_names(void **state)
{
	struct conf conf;
	struct err e;

	assert_int_equal(load("database = host=db password='a ;b'\n[limits]\nfield = 2M\nrejects = 1,000\n", &conf, &e), 0);
	assert_string_equal(conf.database, "host=db password='a ;b'");
	assert_int_equal(conf.limits.field, 2 << 20);
	assert_int_equal(conf.limits.rejects, 1000);
	assert_int_equal(conf.limits.depth, limits_default.depth);
}

static void long_lines_stay_whole(void **state)
{
	struct conf conf;
	struct err e;
	char text[1100] = "database = ";

	memset(text + 11, 'x', 1000);
	assert_int_equal(load(text, &conf, &e), 0);
	assert_int_equal(strlen(conf.database), 1000);
}

static void environment_beats_the_file(void **state)
{
	struct conf conf;
	struct err e;

	setenv("AIMARKET_DB", "host=env", 1);
	assert_int_equal(load("database = host=file\n", &conf, &e), 0);
	assert_string_equal(conf.database, "host=env");
}

static void mistakes_are_named(void **state)
{
	static const struct {
		const char *text, *says, *hint;
	} cases[] = {
		{ "databse = x\n", ":1: unknown setting \"databse\"", "Did you mean \"database\"?" },
		{ "[limit]\nbody = 1\n", ":2: unknown section [limit]", "" },
		{ "[limits]\nfield = many\n", ":2: field takes a size (8M), not \"many\"", "" },
		{ "[limits]\ndepth = 5M\n", ":2: depth takes a whole number, not \"5M\"", "" },
		{ "[limits]\ndepth = 0\n", ":2: depth must lie between 1 and 2000, not 0", "" },
		{ "[limits]\nbody = 9999999999999999999999\n", ":2: body takes a size", "" },
		{ "# fine\njust words\n", ":2: neither [section] nor key = value", "" },
	};
	struct conf conf;
	struct err e;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(load(cases[i].text, &conf, &e), -1);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_non_null(strstr(e.text, cases[i].says));
		assert_string_equal(e.hint, cases[i].hint);
	}
}

static void sample_reads_back_as_the_defaults(void **state)
{
	struct conf conf;
	struct err e;
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	conf_sample(f);
	fclose(f);
	for (char *p = text; (p = strstr(p, "\n#")); p++) /* uncomment the settings, not the prose */
		if (p[2] != ' ')
			memmove(p + 1, p + 2, strlen(p + 2) + 1);
	assert_int_equal(load(text, &conf, &e), 0);
	assert_memory_equal(&conf.limits, &limits_default, sizeof limits_default);
	free(text);
}

static void secrets_are_not_shown(void **state)
{
	struct conf conf;
	struct err e;

	assert_int_equal(load("database = password=x\n", &conf, &e), 0);
	assert_string_equal(conf_text(&conf, &conf_rows[0], mem), "(secret)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(defaults_hold_without_a_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(file_sets_what_it_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_lines_stay_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(environment_beats_the_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(mistakes_are_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sample_reads_back_as_the_defaults, set_up, tear_down),
		cmocka_unit_test_setup_teardown(secrets_are_not_shown, set_up, tear_down),
	};
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
