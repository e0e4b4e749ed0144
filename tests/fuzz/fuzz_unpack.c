/* Packed bodies: any bytes are refused or give the same, in whatever pieces they come. The first byte chooses coding and pieces. */
#include "fuzz.h"

#include "aimarket/buf.h"
#include "aimarket/unpack.h"

enum { OUT_MAX = 1 << 20 };

static int add(void *arg, const char *data, size_t n)
{
	return buf_add(arg, data, n);
}

static int unpack(const char *coding, const char *data, size_t n, size_t piece, struct buf *out, bool *whole)
{
	struct unpack *u;
	struct err e = { 0 };
	int rc = 0;

	FUZZ_CHECK(unpack_new(coding, &u, &e) == 0);
	for (size_t at = 0; at < n && rc == 0; at += piece)
		rc = unpack_feed(u, data + at, n - at < piece ? n - at : piece, add, out, &e);
	FUZZ_CHECK(rc == 0 || e.kind == ERR_PARSE || out->overflow);
	*whole = unpack_whole(u);
	unpack_free(u);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const codings[] = { "identity", "gzip", "br", "zstd" };
	struct buf once, bits;
	bool whole, whole_bits;

	if (size < 1)
		return 0;
	const char *coding = codings[data[0] % 4], *body = (const char *)data + 1;
	buf_init(&once, OUT_MAX);
	buf_init(&bits, OUT_MAX);
	int rc = unpack(coding, body, size - 1, SIZE_MAX / 2, &once, &whole);
	int rc_bits = unpack(coding, body, size - 1, 1u + data[0] / 4, &bits, &whole_bits);
	if (rc == 0) {
		FUZZ_CHECK(rc_bits == 0 && whole == whole_bits);
		FUZZ_CHECK(once.len == bits.len && memcmp(buf_str(&once), buf_str(&bits), once.len) == 0);
	}
	buf_release(&once);
	buf_release(&bits);
	return 0;
}
