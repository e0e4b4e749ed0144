#include "fuzz_format.h"

extern const struct format format_edgar_index;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_format(&format_edgar_index, NULL, "master.20181231.idx", data, size);
	return 0;
}
