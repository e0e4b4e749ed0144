/* Bodies of requests to write: whatever comes, a table of two lines or a reason. */
#include "fuzz.h"

#include "aimarket/byhand.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (const struct byhand *b = byhands; b->name; b++) {
		struct arena *mem = arena_new();
		struct err e = { 0 };
		struct buf out;

		buf_init(&out, 4 << 20);
		if (byhand_table_of_json(b, (const char *)data, size, mem, &out, &e) == 0)
			FUZZ_CHECK(out.len > 4 && out.data[out.len - 1] == '\n');
		else
			FUZZ_CHECK(e.kind != ERR_NONE && e.text[0]);
		buf_release(&out);
		arena_free(mem);
	}
	return 0;
}
