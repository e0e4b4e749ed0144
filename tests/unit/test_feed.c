/* feed: folders of definitions. What is wrong in one is told by tests/feeds/feed. */
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aimarket/feed.h"

static char folder[] = "/tmp/aimarket-feeds-XXXXXX";
static struct arena *mem;

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(arena_printf(mem, "%s/%s", folder, name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int make_folder(void **state)
{
	mem = arena_new();
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "b.conf", "a.conf", "c.conf", ".hidden.conf", "notes.txt" };

	for (size_t i = 0; i < COUNT(names); i++)
		unlink(arena_printf(mem, "%s/%s", folder, names[i]));
	arena_free(mem);
	return rmdir(folder);
}

static void test_a_folder_of_definitions(void **state)
{
	struct feed_set set;
	struct err e = { 0 };

	write_file("b.conf",
	        "[feed]\ntitle = Facts\n  of companies\nformat = edgar-companyfacts\naddress = https://data.example/\ninterval = 1h\n"
	        "enabled = no\ntier = regulator\npublisher = sec\n");
	write_file(
	        "a.conf", "[feed]\nformat = csv\npath = a.csv\nasserted_on = 2024-06\n\n[entity]\nref = {A}\nkind = company\nname = {A}\n");
	write_file(".hidden.conf", "what");
	write_file("notes.txt", "what");
	assert_int_equal(feed_load(folder, mem, &set, &e), 0);
	assert_int_equal(set.n, 2);

	const struct feed *a = feed_find(&set, "a"), *b = feed_find(&set, "b");
	assert_ptr_equal(a, set.feeds[0]);
	assert_true(a->enabled && a->mapping && a->schedule.interval == 60 && !a->address);
	assert_string_equal(a->path, "a.csv");
	assert_int_equal(a->asserted_on, date_make(2024, 6, 30));
	assert_string_equal(b->title, "Facts of companies");
	assert_true(!b->enabled && !b->mapping && b->schedule.interval && b->asserted_on == DATE_NONE);
	assert_int_equal(b->schedule.interval, 3600);
	assert_string_equal(b->tier, "regulator");

	assert_null(feed_find(&set, "c"));
	assert_int_equal(feed_unknown(&set, "aa", &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_string_equal(e.text, "unknown feed \"aa\"");
	feed_release(&set);
}

static void test_one_bad_definition_is_named(void **state)
{
	struct feed_set set;
	struct err e = { 0 };

	write_file("c.conf", "[feed]\nformat = csv\n\n[entity]\nnane = {A}\n");
	assert_int_equal(feed_load(folder, mem, &set, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(e.text, arena_printf(mem, "%s/c.conf:5: [entity] nane: unknown field \"nane\"", folder));
	assert_string_equal(e.hint, "Did you mean \"name\"?");
	assert_int_equal(set.n, 0);
}

static void test_a_folder_that_is_not_there(void **state)
{
	struct feed_set set;
	struct err e = { 0 };

	assert_int_equal(feed_load("/nowhere/at/all", mem, &set, &e), -1);
	assert_string_equal(e.text, "could not read the folder of feeds \"/nowhere/at/all\": No such file or directory");
}

static void test_folders_of_the_program(void **state)
{
	char tree[4096];

	unsetenv("AIMARKET_FEEDS");
	unsetenv("AIMARKET_DATA");
	/* unit tests run from build/…/unit of a tree */
	ssize_t n = readlink("/proc/self/exe", tree, sizeof tree - 1);
	assert_true(n > 0);
	tree[n] = '\0';
	*strstr(tree, "/build/") = '\0';
	assert_string_equal(feed_dir(mem), arena_printf(mem, "%s/etc/feeds.d", tree));
	assert_string_equal(feed_data_dir(mem), arena_printf(mem, "%s/data", tree));
	setenv("AIMARKET_FEEDS", "/else/where", 1);
	assert_string_equal(feed_dir(mem), "/else/where");
	unsetenv("AIMARKET_FEEDS");
}

static void test_our_own_definitions(void **state)
{
	struct feed_set set;
	struct err e = { 0 };

	if (feed_load(feed_dir(mem), mem, &set, &e))
		fail_msg("%s", e.text);
	assert_true(set.n > 0);
	for (size_t i = 0; i < set.n; i++)
		assert_non_null(set.feeds[i]->title);
	feed_release(&set);
}

static void test_every_key_is_explained(void **state)
{
	size_t n = 0;

	for (const struct mapping_word *w; (w = feed_word(n)); n++)
		assert_true(w->arg && strlen(w->help) > 5);
	assert_true(n > 10);
}

static void test_the_day_of_a_file(void **state)
{
	static const struct {
		const char *name, *day; /* NULL: when it was changed */
	} names[] = {
		{ "prices_2024-06-07.csv", "2024-06-07" },
		{ "NVDA-20240607.csv", "2024-06-07" },
		{ "20240607T1200.csv", "2024-06-07" },
		{ "from 2020-01-01 to 2024-06-30.csv", "2024-06-30" },
		{ "2024-13-07.csv", NULL },
		{ "2024-02-30_20240301.csv", "2024-03-01" },
		{ "120240607.csv", NULL },
		{ "202406071.csv", NULL },
		{ "2024-06-071.csv", NULL },
		{ "2024-06.csv", NULL },
		{ "prices.csv", NULL },
	};
	struct feed f = { .fetched_on = FETCHED_NAME };
	struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } }; /* 2001-09-09 */
	char day[11];

	for (size_t i = 0; i < COUNT(names); i++) {
		const char *path = arena_printf(mem, "%s/%s", folder, names[i].name);
		const char *want = names[i].day ? names[i].day : "2001-09-09";

		write_file(names[i].name, "x");
		assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
		assert_string_equal(feed_file_day(&f, path, day), want);
		unlink(path);
	}
}

static void test_the_day_of_a_file_by_its_folder(void **state)
{
	const char *path = arena_printf(mem, "%s/2024-06-07.csv", folder);
	struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	struct feed f = { .fetched_on = FETCHED_CHANGED };
	char day[11];

	write_file("2024-06-07.csv", "x");
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_string_equal(feed_file_day(&f, path, day), "2001-09-09");
	f.fetched_on = FETCHED_TAKEN;
	assert_null(feed_file_day(&f, path, day));
	unlink(path);
	f.fetched_on = FETCHED_CHANGED;
	assert_null(feed_file_day(&f, path, day)); /* no such file */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_folder_of_definitions),
		cmocka_unit_test(test_the_day_of_a_file),
		cmocka_unit_test(test_the_day_of_a_file_by_its_folder),
		cmocka_unit_test(test_one_bad_definition_is_named),
		cmocka_unit_test(test_a_folder_that_is_not_there),
		cmocka_unit_test(test_folders_of_the_program),
		cmocka_unit_test(test_our_own_definitions),
		cmocka_unit_test(test_every_key_is_explained),
	};

	return cmocka_run_group_tests_name("feed", tests, make_folder, remove_folder);
}
