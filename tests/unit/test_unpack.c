#include "unit.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include "aimarket/arena.h"
#include "aimarket/buf.h"
#include "aimarket/unpack.h"

enum { TEXT = 100000, MAX = 1 << 20 };
static char text[TEXT];

static size_t pack_gzip(char *out)
{
	z_stream z = { .next_in = (unsigned char *)text, .avail_in = TEXT, .next_out = (unsigned char *)out, .avail_out = MAX };

	deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

static size_t pack_br(char *out)
{
	size_t n = MAX;

	assert_true(BrotliEncoderCompress(5, 22, BROTLI_MODE_GENERIC, TEXT, (uint8_t *)text, &n, (uint8_t *)out));
	return n;
}

static size_t pack_zstd(char *out)
{
	return ZSTD_compress(out, MAX, text, TEXT, 3);
}

static size_t pack_identity(char *out)
{
	memcpy(out, text, TEXT);
	return TEXT;
}

static const struct {
	const char *name;
	size_t (*pack)(char *out);
	bool many; /* streams one after the other are one body */
} codings[] = { { "identity", pack_identity, true }, { "GZIP", pack_gzip, true }, { "br", pack_br, false }, { "zstd", pack_zstd, true } };

static char packed[2 * MAX];

static int add(void *arg, const char *data, size_t n)
{
	assert_true(n > 0 && n <= 16384);
	return buf_add(arg, data, n);
}

/* Feeds pieces of this size; *whole is what it says at the end. */
static int unpack(const char *coding, size_t n, size_t piece, struct buf *out, bool *whole)
{
	struct unpack *u;
	struct err e = { 0 };
	int rc = 0;

	buf_reset(out);
	assert_int_equal(unpack_new(coding, &u, &e), 0);
	for (size_t at = 0; at < n && rc == 0; at += piece)
		rc = unpack_feed(u, packed + at, n - at < piece ? n - at : piece, add, out, &e);
	*whole = unpack_whole(u);
	unpack_free(u);
	return rc;
}

static int begin(void **state)
{
	uint64_t x = 88172645463325252u;

	for (size_t i = 0; i < TEXT; i++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		text[i] = "abcdefghijklmnop"[x % 16];
	}
	return 0;
}

static void whole_bodies_in_pieces_of_any_size(void **state)
{
	static const size_t pieces[] = { 1, 7, 1000, 16384, MAX };
	struct buf out;
	bool whole;

	buf_init(&out, MAX);
	for (size_t i = 0; i < COUNT(codings); i++) {
		size_t n = codings[i].pack(packed);
		for (size_t p = 0; p < COUNT(pieces); p++) {
			assert_int_equal(unpack(codings[i].name, n, pieces[p], &out, &whole), 0);
			assert_true(whole);
			assert_int_equal(out.len, TEXT);
			assert_memory_equal(out.data, text, TEXT);
		}
	}
	buf_release(&out);
}

static void cut_anywhere_is_not_whole(void **state)
{
	struct buf out;
	bool whole;

	buf_init(&out, MAX);
	for (size_t i = 1; i < COUNT(codings); i++) {
		size_t n = codings[i].pack(packed);
		for (size_t cut = 1; cut < n; cut += cut < 30 || cut > n - 30 ? 1 : 997) {
			assert_int_equal(unpack(codings[i].name, n - cut, 5000, &out, &whole), 0);
			if (whole)
				fail_msg("%s without its last %zu bytes passed for whole", codings[i].name, cut);
		}
	}
	buf_release(&out);
}

static void streams_one_after_the_other(void **state)
{
	struct buf out;
	bool whole;

	buf_init(&out, MAX);
	for (size_t i = 0; i < COUNT(codings); i++) {
		size_t n = codings[i].pack(packed), more = codings[i].pack(packed + n);
		int rc = unpack(codings[i].name, n + more, 1000, &out, &whole);

		assert_int_equal(rc, codings[i].many ? 0 : -1);
		assert_int_equal(out.len, codings[i].many ? 2 * TEXT : TEXT);
	}
	buf_release(&out);
}

static void other_bytes_are_refused(void **state)
{
	struct buf out;
	bool whole;

	buf_init(&out, MAX);
	for (size_t i = 1; i < COUNT(codings); i++) {
		size_t n = codings[i].pack(packed);

		for (size_t at = 0; at < n; at += 13)
			packed[at] = (char)~packed[at];
		assert_int_equal(unpack(codings[i].name, n, 1000, &out, &whole), -1);
	}
	buf_release(&out);
}

static void out_can_stop_it(void **state)
{
	struct buf out;
	bool whole;

	buf_init(&out, 50000);
	for (size_t i = 0; i < COUNT(codings); i++) {
		size_t n = codings[i].pack(packed);

		assert_int_equal(unpack(codings[i].name, n, MAX, &out, &whole), -1);
		assert_true(out.len <= 50000);
	}
	buf_release(&out);
}

static void unknown_codings(void **state)
{
	static const char *const bad[] = { "lzma", "gzip, gzip", "deflate", "gzip " };
	struct unpack *u;

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct err e = { 0 };

		assert_int_equal(unpack_new(bad[i], &u, &e), -1);
		assert_int_equal(e.kind, ERR_PARSE);
	}
	unpack_free(NULL);
}

static void nothing_at_all(void **state)
{
	struct buf out;
	bool whole;

	buf_init(&out, MAX);
	assert_int_equal(unpack(NULL, 0, 1, &out, &whole), 0);
	assert_true(whole);
	assert_int_equal(unpack("gzip", 0, 1, &out, &whole), 0);
	assert_false(whole);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_bodies_in_pieces_of_any_size),
		cmocka_unit_test(cut_anywhere_is_not_whole),
		cmocka_unit_test(streams_one_after_the_other),
		cmocka_unit_test(other_bytes_are_refused),
		cmocka_unit_test(out_can_stop_it),
		cmocka_unit_test(unknown_codings),
		cmocka_unit_test(nothing_at_all),
	};
	return cmocka_run_group_tests(tests, begin, NULL);
}
