/* fuzz_mapped: a format over the bytes with a mapping made of a few keys. */
#ifndef AIMARKET_TESTS_FUZZ_MAPPED_H
#define AIMARKET_TESTS_FUZZ_MAPPED_H

#include "fuzz_format.h"

struct fuzz_key {
	const char *section, *key, *value;
};

/* The last key has no section. */
static void fuzz_mapped(const struct format *format, const struct fuzz_key *keys, const uint8_t *data, size_t size)
{
	struct mapping *m = mapping_new();
	struct err e = { 0 };

	for (; keys->section; keys++)
		FUZZ_CHECK(mapping_add(m, keys->section, keys->key, keys->value, &e) == 0);
	FUZZ_CHECK(mapping_check(m, format, &e) == 0);
	fuzz_format(format, m, "fuzz", data, size);
	mapping_free(m);
}

#endif
