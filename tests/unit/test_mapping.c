/* mapping: what readers ask it for, and its words. What the language does is told by tests/feeds. */
#include "unit.h"

#include "aimarket/mapping.h"

static void add(struct mapping *m, const char *section, const char *key, const char *value)
{
	struct err e = { 0 };

	if (mapping_add(m, section, key, value, &e))
		fail_msg("%s", e.text);
}

static void test_references_are_numbered_once(void **state)
{
	struct mapping *m = mapping_new();
	bool optional;
	size_t n;

	assert_true(mapping_is_empty(m));
	add(m, "entity", "ref", "{A|slug}-{B|optional}");
	add(m, "entity", "name", "{A} {B} {C|optional|or:D}");
	add(m, "entity", "slug", "{C|optional}");
	assert_false(mapping_is_empty(m));
	assert_string_equal(mapping_ref(m, 0, &optional), "A");
	assert_false(optional);
	/* one place that needs it is enough */
	assert_string_equal(mapping_ref(m, 1, &optional), "B");
	assert_false(optional);
	assert_string_equal(mapping_ref(m, mapping_find_ref(m, "C", 1), &optional), "C");
	assert_true(optional);
	/* one of these two will do */
	assert_string_equal(mapping_ref(m, mapping_find_ref(m, "D", 1), &optional), "D");
	assert_true(optional);
	const size_t *refs = mapping_one_of(m, 0, &n);
	assert_int_equal(n, 2);
	assert_int_equal(refs[0], mapping_find_ref(m, "C", 1));
	assert_int_equal(refs[1], mapping_find_ref(m, "D", 1));
	assert_null(mapping_one_of(m, 1, &n));
	assert_null(mapping_ref(m, 4, &optional));
	assert_int_equal(mapping_find_ref(m, "AB", 2), -1);
	mapping_free(m);
}

static void test_pointers_that_may_be_asked_for(void **state)
{
	struct mapping *m = mapping_new();

	add(m, "statement", "each", "{/investors/*}");
	add(m, "statement", "text", "{/close/$n/x}{/name}");
	assert_true(mapping_may_ask(m, "/investors/0/name", 17));
	assert_true(mapping_may_ask(m, "/close/7", 8));
	assert_false(mapping_may_ask(m, "/investors", 10));
	assert_false(mapping_may_ask(m, "/name", 5));
	assert_true(mapping_find_ref(m, "/name", 5) >= 0);
	mapping_free(m);
}

static void test_options_and_their_defaults(void **state)
{
	struct mapping *m = mapping_new();
	const struct csv_options *o = mapping_csv(m);

	assert_int_equal(o->delimiter, ',');
	assert_true(o->quotes && o->header && !o->header_has && !o->encoding && !o->skip && !o->skip_after);
	assert_string_equal(mapping_records(m, "/*"), "/*");
	add(m, "csv", "delimiter", "auto");
	add(m, "csv", "header", "has Date");
	add(m, "csv", "skip_after", "2");
	add(m, "json", "records", "");
	assert_int_equal(o->delimiter, 0);
	assert_string_equal(o->header_has, "Date");
	assert_int_equal(o->skip_after, 2);
	assert_string_equal(mapping_records(m, "/*"), "");
	add(m, "csv", "delimiter", "^");
	assert_int_equal(o->delimiter, '^');
	mapping_free(m);
}

/* The manual is made from these. */
static void test_every_word_is_explained(void **state)
{
	for (int topic = 0; topic < TOPICS; topic++) {
		size_t n = 0;

		for (const struct mapping_word *w; (w = mapping_word((enum mapping_topic)topic, n)); n++) {
			assert_true(strlen(w->word) > 0 && strlen(w->help) > 5);
			assert_true(!w->arg || strlen(w->arg) > 0);
		}
		assert_true(n > 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_references_are_numbered_once),
		cmocka_unit_test(test_pointers_that_may_be_asked_for),
		cmocka_unit_test(test_options_and_their_defaults),
		cmocka_unit_test(test_every_word_is_explained),
	};

	return cmocka_run_group_tests_name("mapping", tests, NULL, NULL);
}
