#include "fuzz_format.h"

extern const struct format format_edgar_frames;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_format(&format_edgar_frames, NULL, "frames.json", data, size);
	return 0;
}
