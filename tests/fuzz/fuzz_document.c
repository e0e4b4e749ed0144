/* edgar-document: any bytes as the main document of a filing. */
#include "fuzz_format.h"

extern const struct format format_edgar_document;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_format(&format_edgar_document, NULL, "data/77/000000900026000007/drs.htm", data, size);
	return 0;
}
