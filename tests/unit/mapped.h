/* mapped: a body run through a format by a mapping that is given as its keys. */
#ifndef AIMARKET_TESTS_MAPPED_H
#define AIMARKET_TESTS_MAPPED_H

#include "aimarket/mapping.h"
#include "unit.h"

struct mapped_key {
	const char *section, *key, *value;
};

/* An observation of the column or pointer value, for the tests that are about the reading. The last key has no section. */
#define OBSERVE(entity_of, value_of)                                                                                                       \
	{ "observation", "entity", entity_of }, { "observation", "metric", "m" }, { "observation", "unit", "1" },                          \
	{                                                                                                                                  \
		"observation", "value", value_of                                                                                           \
	}

struct mapped {
	struct sink *sink;
	struct err e;
	int rc;
};

static struct mapped mapped_run(const char *format, const struct mapped_key *keys, const struct limits *limits, const char *data, size_t n)
{
	struct mapped r = { .sink = sink_new(limits, 0) };
	struct mapping *m = mapping_new();
	struct input in = { .data = data, .len = n, .name = "folder/test.txt" };

	for (; keys->section; keys++)
		if (mapping_add(m, keys->section, keys->key, keys->value, &r.e))
			fail_msg("%s", r.e.text);
	assert_int_equal(mapping_check(m, format_find(format), &r.e), 0);
	r.rc = format_find(format)->parse(&in, m, limits, r.sink, &r.e) || sink_finish(r.sink, &r.e) ? -1 : 0;
	mapping_free(m);
	return r;
}

static void mapped_expect_error(struct mapped r, enum err_kind kind, const char *text)
{
	assert_int_equal(r.rc, -1);
	assert_int_equal(r.e.kind, kind);
	assert_string_equal(r.e.text, text);
	sink_free(r.sink);
}

static void mapped_expect_counts(struct mapped r, long long observations, long long rejects)
{
	struct sink_counts c;

	if (r.rc)
		fail_msg("%s", r.e.text);
	sink_counts(r.sink, &c);
	assert_int_equal(c.observations, observations);
	assert_int_equal(c.rejects, rejects);
	sink_free(r.sink);
}

#endif
