#include "fuzz_format.h"

extern const struct format format_edgar_submissions;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* as a page of older filings too, whose owner is told by the name alone */
	fuzz_format(&format_edgar_submissions, NULL, size % 2 ? "CIK0000000001-submissions-001.json" : "submissions.json", data, size);
	return 0;
}
