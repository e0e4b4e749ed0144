#include "unit.h"

#include <unistd.h>

#include "aimarket/log.h"

static char got[8192];
static int saved, fds[2];

static int catch_stderr(void **state)
{
	saved = dup(STDERR_FILENO);
	if (saved < 0 || pipe(fds))
		return -1;
	return dup2(fds[1], STDERR_FILENO) < 0;
}

static const char *written(void)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	ssize_t n = read(fds[0], got, sizeof got - 1);
	close(fds[0]);
	got[n > 0 ? n : 0] = '\0';
	return got;
}

static void a_line_is_key_value(void **state)
{
	log_at(LOG_LEVEL_WARNING, "feed=formd run=42", "could not fetch \"%s\":\ntimeout", "a\\b");
	log_at(LOG_LEVEL_ERROR, NULL, "stopping");
	assert_string_equal(written(), "level=warning feed=formd run=42 text=\"could not fetch \\\"a\\\\b\\\": timeout\"\n"
	                               "level=error text=\"stopping\"\n");
}

static void what_is_above_the_level_is_not_written(void **state)
{
	log_at(LOG_LEVEL_INFO, NULL, "quiet");
	log_level = LOG_LEVEL_INFO;
	log_at(LOG_LEVEL_INFO, NULL, "loud");
	log_level = LOG_LEVEL_NOTICE;
	assert_string_equal(written(), "level=info text=\"loud\"\n");
}

static void long_texts_are_cut(void **state)
{
	log_at(LOG_LEVEL_ERROR, NULL, "%*s", 100000, "x");
	assert_int_equal(strlen(written()), 2000 + strlen("level=error text=\"\"\n"));
}

static void as_json_the_keys_are_the_same(void **state)
{
	log_json = true;
	log_at(LOG_LEVEL_WARNING, "feed=formd run=42", "could not fetch \"%s\":\ntimeout", "a\\b");
	log_at(LOG_LEVEL_ERROR, "reload", "no");
	log_json = false;
	assert_string_equal(written(), "{\"level\":\"warning\",\"feed\":\"formd\",\"run\":\"42\",\"text\":\"could not fetch \\\"a\\\\b\\\": timeout\"}\n"
	                               "{\"level\":\"error\",\"about\":\"reload\",\"text\":\"no\"}\n");
}

static void for_the_journal_the_level_comes_first(void **state)
{
	log_journal = true;
	log_at(LOG_LEVEL_ERROR, NULL, "stopping");
	log_journal = false;
	assert_string_equal(written(), "<3>level=error text=\"stopping\"\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_line_is_key_value, catch_stderr),
		cmocka_unit_test_setup(what_is_above_the_level_is_not_written, catch_stderr),
		cmocka_unit_test_setup(long_texts_are_cut, catch_stderr),
		cmocka_unit_test_setup(as_json_the_keys_are_the_same, catch_stderr),
		cmocka_unit_test_setup(for_the_journal_the_level_comes_first, catch_stderr),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
