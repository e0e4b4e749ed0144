#include "fuzz_format.h"

extern const struct format format_edgar_fsds;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_format(&format_edgar_fsds, NULL, "2009q3.zip", data, size);
	return 0;
}
