/* fuzz_format: what must hold of every format, whatever the bytes: no crash, rows or a reason, a sink that ends. */
#ifndef AIMARKET_TESTS_FUZZ_FORMAT_H
#define AIMARKET_TESTS_FUZZ_FORMAT_H

#include "aimarket/date.h"
#include "aimarket/format.h"
#include "fuzz.h"

static const struct limits fuzz_limits = {
	.body = 1 << 20, .field = 1 << 12, .line = 1 << 16, .depth = 16, .rejects = 20, .spool_memory = 1 << 14
};

static void fuzz_format(const struct format *format, const struct mapping *map, const char *name, const uint8_t *data, size_t size)
{
	struct sink *sink = sink_new(&fuzz_limits, DATE_NONE);
	struct input in = { .data = (const char *)data, .len = size, .name = name };
	struct sink_counts counts;
	struct err e = { 0 };

	if (format->parse(&in, map, &fuzz_limits, sink, &e))
		FUZZ_CHECK(e.kind == ERR_PARSE || e.kind == ERR_LIMIT);
	else
		FUZZ_CHECK(e.kind == ERR_NONE);
	err_clear(&e);
	if (sink_finish(sink, &e))
		FUZZ_CHECK(e.kind == ERR_LIMIT);
	sink_counts(sink, &counts);
	FUZZ_CHECK(counts.groups <= (long long)size + 8 && counts.rejects <= fuzz_limits.rejects + 1);
	sink_free(sink);
}

#endif
