#include "fuzz_format.h"

extern const struct format format_edgar_filing_page;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_format(&format_edgar_filing_page, NULL, "0000009000-17-002633-index.htm", data, size);
	return 0;
}
