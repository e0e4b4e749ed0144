#include "fuzz_format.h"

extern const struct format format_edgar_formd;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* under a name that tells its number, too */
	fuzz_format(&format_edgar_formd, NULL, size % 2 ? "0009000001-26-000003_primary_doc.xml" : "primary_doc.xml", data, size);
	return 0;
}
