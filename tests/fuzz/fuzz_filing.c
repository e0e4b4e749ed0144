#include "fuzz_format.h"

extern const struct format format_edgar_filing;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_format(&format_edgar_filing, NULL, "0000009000-26-000014.txt", data, size);
	return 0;
}
