/* ZIP archives: any bytes are refused or give members, which give the same bytes each time, never more than they say. */
#include "fuzz.h"

#include "aimarket/buf.h"
#include "aimarket/text.h"
#include "aimarket/zip.h"

enum { OUT_MAX = 1 << 20 };

static const struct limits limits = {
	.body = OUT_MAX, .field = 1 << 12, .archive = 1 << 20, .members = 50, .unpacked = 4 * OUT_MAX, .ratio = 1000
};

static int add(void *arg, const void *data, size_t n, struct err *e)
{
	return buf_add(arg, data, n) ? err_set(e, ERR_LIMIT, "no room") : 0;
}

static int read_member(struct zip *z, size_t i, struct buf *out)
{
	struct zip_member m;
	struct err e = { 0 };

	buf_reset(out);
	FUZZ_CHECK(zip_member(z, i, &m, &e) == 0 && *m.name && text_utf8_check(m.name, strlen(m.name)) == strlen(m.name));
	long long size = m.size;
	int rc = zip_read(z, i, add, out, &e);
	FUZZ_CHECK(rc ? e.kind == ERR_PARSE || e.kind == ERR_LIMIT : e.kind == ERR_NONE && (long long)out->len == size);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once, again;
	struct body body;
	struct zip *z;
	struct err e = { 0 };

	body_borrow(&body, (const char *)data, size);
	if (zip_open(&body, &limits, &z, &e)) {
		FUZZ_CHECK(e.kind == ERR_PARSE || e.kind == ERR_LIMIT);
		return 0;
	}
	buf_init(&once, OUT_MAX);
	buf_init(&again, OUT_MAX);
	FUZZ_CHECK(zip_count(z) <= (size_t)limits.members);
	for (size_t i = zip_count(z); i-- > 0;) {
		int rc = read_member(z, i, &once);

		FUZZ_CHECK(read_member(z, i, &again) == rc);
		FUZZ_CHECK(once.len == again.len && memcmp(buf_str(&once), buf_str(&again), once.len) == 0);
	}
	zip_close(z);
	buf_release(&once);
	buf_release(&again);
	return 0;
}
