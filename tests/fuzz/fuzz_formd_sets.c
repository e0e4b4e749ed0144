#include "fuzz_format.h"

extern const struct format format_edgar_formd_sets;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_format(&format_edgar_formd_sets, NULL, "2026q2_d.zip", data, size);
	return 0;
}
