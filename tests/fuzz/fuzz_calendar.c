/* Calendars: one that is taken goes forward, by whole seconds, and ends. */
#include "fuzz.h"

#include "aimarket/arena.h"
#include "aimarket/calendar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_new();
	struct calendar c;
	struct err e = { 0 };

	if (calendar_read(arena_strndup(mem, (const char *)data, size), &c, &e) == 0) {
		for (int64_t t = 1790000000, next, i = 0; i < 100; i++, t = next) {
			next = calendar_next(&c, t);
			if (next == CALENDAR_NEVER)
				break;
			FUZZ_CHECK(next > t);
			FUZZ_CHECK(calendar_next(&c, next - 1) == next);
		}
		calendar_release(&c);
	} else {
		FUZZ_CHECK(e.kind == ERR_CONFIG);
	}
	arena_free(mem);
	return 0;
}
