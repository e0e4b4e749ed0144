/* zip: members as they were packed, by every way ZIP has to say their sizes; whatever lies or leads astray is refused. */
#include "aimarket/zip.h"

#include <zlib.h>

#include "aimarket/arena.h"
#include "aimarket/buf.h"
#include "unit.h"

enum { ARCHIVE_MAX = 8 << 20, DEFLATED = 8, HEAD_SIZE = 30 };

/* What is written of a member; 0: as it is. */
struct lie {
	long long size, packed; /* in the directory and the head */
	unsigned crc_off, flags, method;
	bool descriptor; /* sizes stand behind the bytes; the head has none */
	bool zip64; /* sizes stand in an extra field */
	bool stored;
	bool no_head; /* its directory row leads to the first member */
	size_t shift; /* of its directory row, ahead */
};

struct maker {
	struct buf out, directory;
	unsigned n;
};

static void put16(struct buf *b, unsigned v)
{
	const char le[] = { (char)v, (char)(v >> 8) };

	assert_int_equal(buf_add(b, le, sizeof le), 0);
}

static void put32(struct buf *b, unsigned long v)
{
	put16(b, v & 0xffff);
	put16(b, v >> 16 & 0xffff);
}

static void put64(struct buf *b, unsigned long long v)
{
	put32(b, v & 0xffffffff);
	put32(b, v >> 32);
}

static size_t deflated(const char *data, size_t n, char *out, size_t room)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)data,
		.avail_in = (unsigned)n,
		.next_out = (unsigned char *)out,
		.avail_out = (unsigned)room };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return room - z.avail_out;
}

struct facts {
	unsigned flags, method;
	unsigned long crc;
	unsigned long long size, packed;
};

/* What head and directory row have in common, from the flags on. */
static void put_common(struct buf *b, const struct facts *f, const char *name, bool zip64, bool later)
{
	put16(b, f->flags);
	put16(b, f->method);
	put32(b, 0); /* time */
	put32(b, later ? 0 : f->crc);
	put32(b, later ? 0 : zip64 ? 0xffffffff : (unsigned long)f->packed);
	put32(b, later ? 0 : zip64 ? 0xffffffff : (unsigned long)f->size);
	put16(b, (unsigned)strlen(name));
	put16(b, zip64 ? 20 : 0);
}

static void put_extra(struct buf *b, const struct facts *f)
{
	put16(b, 1);
	put16(b, 16);
	put64(b, f->size);
	put64(b, f->packed);
}

static void put_row(struct maker *m, const struct facts *f, const char *name, const struct lie *lie, size_t head)
{
	struct buf *d = &m->directory;

	put32(d, 0x02014b50);
	put16(d, 45);
	put16(d, 45);
	put_common(d, f, name, lie->zip64, false);
	put16(d, 0); /* comment */
	put16(d, 0);
	put16(d, 0);
	put32(d, 0);
	put32(d, head);
	buf_adds(d, name);
	if (lie->zip64)
		put_extra(d, f);
	m->n++;
}

static void add_as(struct maker *m, const char *name, const char *data, size_t n, const struct lie *lie)
{
	char *packed = xmalloc(n + 1000);
	struct facts f = { .flags = lie->flags | (lie->descriptor ? 8 : 0),
		.method = lie->stored   ? 0
			  : lie->method ? lie->method
					: DEFLATED };
	size_t head = m->out.len, len = lie->stored ? n : deflated(data, n, packed, n + 1000);

	if (lie->stored)
		memcpy(packed, data, n);
	f.crc = crc32(0, (const unsigned char *)data, (unsigned)n) + lie->crc_off;
	f.size = lie->size ? (unsigned long long)lie->size : n;
	f.packed = lie->packed ? (unsigned long long)lie->packed : len;
	if (!lie->no_head) {
		put32(&m->out, 0x04034b50);
		put16(&m->out, 45);
		put_common(&m->out, &f, name, lie->zip64, lie->descriptor);
		buf_adds(&m->out, name);
		if (lie->zip64)
			put_extra(&m->out, &f);
		buf_add(&m->out, packed, len);
	}
	if (lie->descriptor) {
		put32(&m->out, 0x08074b50);
		put32(&m->out, f.crc);
		put32(&m->out, (unsigned long)f.packed);
		put32(&m->out, (unsigned long)f.size);
	}
	put_row(m, &f, name, lie, lie->no_head ? 0 : head + lie->shift);
	free(packed);
}

static void add(struct maker *m, const char *name, const char *data)
{
	add_as(m, name, data, strlen(data), &(struct lie){ 0 });
}

static void put_end(struct maker *m, size_t start, bool zip64)
{
	struct buf *b = &m->out;
	size_t end64 = b->len;

	if (zip64) {
		put32(b, 0x06064b50);
		put64(b, 44);
		put16(b, 45);
		put16(b, 45);
		put32(b, 0);
		put32(b, 0);
		put64(b, m->n);
		put64(b, m->n);
		put64(b, m->directory.len);
		put64(b, start);
		put32(b, 0x07064b50);
		put32(b, 0);
		put64(b, end64);
		put32(b, 1);
	}
	put32(b, 0x06054b50);
	put32(b, 0);
	put16(b, zip64 ? 0xffff : m->n);
	put16(b, zip64 ? 0xffff : m->n);
	put32(b, zip64 ? 0xffffffff : m->directory.len);
	put32(b, zip64 ? 0xffffffff : start);
	put16(b, 0);
}

static void make(struct maker *m)
{
	*m = (struct maker){ 0 };
	buf_init(&m->out, ARCHIVE_MAX);
	buf_init(&m->directory, ARCHIVE_MAX);
}

static void seal(struct maker *m, bool zip64)
{
	size_t start = m->out.len;

	buf_add(&m->out, m->directory.data, m->directory.len);
	put_end(m, start, zip64);
}

static void unmake(struct maker *m)
{
	buf_release(&m->out);
	buf_release(&m->directory);
}

/* ---------------------------------------------------------------- reading */

static int collect(void *arg, const void *data, size_t n, struct err *e)
{
	return buf_add(arg, data, n) ? err_set(e, ERR_LIMIT, "too much") : 0;
}

/* Reads all members; "name=text;" of each that can be read. */
static int read_all(const char *data, size_t n, const struct limits *limits, struct buf *out, struct err *e)
{
	struct zip_member m;
	struct body body;
	struct zip *z;
	int rc = 0;

	body_borrow(&body, data, n);
	if (zip_open(&body, limits, &z, e))
		return -1;
	for (size_t i = zip_count(z); !rc && i-- > 0;) { /* in any order */
		rc = zip_member(z, i, &m, e);
		buf_printf(out, "%s=", rc ? "" : m.name);
		rc = rc ? rc : zip_read(z, i, collect, out, e);
		buf_addc(out, ';');
	}
	zip_close(z);
	return rc;
}

static void reads(struct maker *m, const char *want)
{
	struct err e = { 0 };
	struct buf out;

	buf_init(&out, ARCHIVE_MAX);
	if (read_all(m->out.data, m->out.len, &limits_default, &out, &e))
		fail_msg("%s", e.text);
	assert_string_equal(buf_str(&out), want);
	buf_release(&out);
	unmake(m);
}

static void refuses_within(struct maker *m, const struct limits *limits, enum err_kind kind, const char *why)
{
	struct err e = { 0 };
	struct buf out;

	buf_init(&out, ARCHIVE_MAX);
	assert_int_equal(read_all(m->out.data, m->out.len, limits, &out, &e), -1);
	if (!strstr(e.text, why))
		fail_msg("\"%s\" is not in: %s", why, e.text);
	assert_int_equal(e.kind, kind);
	buf_release(&out);
	unmake(m);
}

static void refuses(struct maker *m, const char *why)
{
	refuses_within(m, &limits_default, ERR_PARSE, why);
}

static void members(void **state)
{
	struct maker m;

	make(&m);
	add(&m, "a.txt", "first");
	add(&m, "folder/b.txt", "second");
	add(&m, "empty", "");
	add_as(&m, "stored", "as it is", 8, &(struct lie){ .stored = true });
	seal(&m, false);
	reads(&m, "stored=as it is;empty=;folder/b.txt=second;a.txt=first;");
}

static void empty_archive(void **state)
{
	struct maker m;

	make(&m);
	seal(&m, false);
	reads(&m, "");
}

static void sizes_elsewhere(void **state)
{
	struct maker m;

	make(&m);
	add_as(&m, "later", "behind the bytes", 16, &(struct lie){ .descriptor = true });
	add(&m, "plain", "in the head");
	add_as(&m, "large", "in an extra field", 17, &(struct lie){ .zip64 = true });
	seal(&m, true);
	reads(&m, "large=in an extra field;plain=in the head;later=behind the bytes;");
}

static void names(void **state)
{
	static const struct {
		const char *name, *why;
	} bad[] = {
		{ "../x", "leads outside" },
		{ "a/../../x", "leads outside" },
		{ "a/..", "leads outside" },
		{ "/etc/passwd", "leads outside" },
		{ "C:/x", "leads outside" },
		{ "a\\b", "0x5c in its name" },
		{ "a\nb", "0x0a in its name" },
		{ "a\xff", "without a proper name" },
		{ "", "without a proper name" },
	};
	struct maker m;

	for (size_t i = 0; i < COUNT(bad); i++) {
		make(&m);
		add(&m, "good", "text");
		add(&m, bad[i].name, "text");
		seal(&m, false);
		refuses(&m, bad[i].why);
	}
	make(&m);
	add(&m, "..a/b..", "two points are no way up");
	seal(&m, false);
	reads(&m, "..a/b..=two points are no way up;");
}

static void twice(void **state)
{
	struct maker m;

	make(&m);
	add(&m, "a", "one");
	add(&m, "b", "two");
	add(&m, "a", "three");
	seal(&m, false);
	refuses(&m, "have the same name");
}

/* Two rows of the directory for one and the same bytes. */
static void overlap(void **state)
{
	struct maker m;

	make(&m);
	add(&m, "a", "text");
	add_as(&m, "a", "text", 4, &(struct lie){ .no_head = true });
	seal(&m, false);
	refuses(&m, "overlap");
}

/* A whole member in the bytes of another one: a bomb of a few members unpacks the same bytes again and again. */
static void within(void **state)
{
	struct maker m, inner;

	make(&inner);
	add(&inner, "b", "text");
	make(&m);
	add_as(&m, "a", inner.out.data, inner.out.len, &(struct lie){ .stored = true });
	buf_add(&m.directory, inner.directory.data, inner.directory.len);
	m.directory.data[m.directory.len - 5] = HEAD_SIZE + 1; /* where the head of b is now */
	m.n++;
	seal(&m, false);
	unmake(&inner);
	refuses(&m, "overlap");
}

static void lies(void **state)
{
	static const struct {
		struct lie lie;
		const char *why;
	} bad[] = {
		{ { .size = 5 }, "unpacks to more than the 5 bytes it says" },
		{ { .size = 5000 }, "says that it has 5000 bytes, and has 100" },
		{ { .packed = 3 }, "packed bytes are damaged" },
		{ { .crc_off = 1 }, "do not have the checksum" },
		{ { .packed = 100000 }, "beyond the end" },
		{ { .flags = 1 }, "is encrypted" },
		{ { .method = 12 }, "method 12" },
		{ { .shift = 1 }, "does not agree" },
		{ { .shift = 100000 }, "beyond the end" },
	};
	char text[101];
	struct maker m;

	for (int i = 0; i < 100; i++)
		text[i] = (char)('a' + i * 7 % 26);
	text[100] = '\0';
	for (size_t i = 0; i < COUNT(bad); i++) {
		make(&m);
		add_as(&m, "a", text, 100, &bad[i].lie);
		seal(&m, false);
		refuses(&m, bad[i].why);
	}
}

/* A fault of one member costs that one. */
static void one_bad_member(void **state)
{
	struct err e = { 0 };
	struct body body;
	struct maker m;
	struct buf out;
	struct zip *z;

	make(&m);
	add_as(&m, "bad", "text", 4, &(struct lie){ .crc_off = 1 });
	add(&m, "good", "text");
	seal(&m, false);
	body_borrow(&body, m.out.data, m.out.len);
	buf_init(&out, ARCHIVE_MAX);
	assert_int_equal(zip_open(&body, &limits_default, &z, &e), 0);
	assert_int_equal(zip_read(z, 0, collect, &out, &e), -1);
	err_clear(&e);
	buf_reset(&out);
	assert_int_equal(zip_read(z, 1, collect, &out, &e), 0);
	assert_string_equal(buf_str(&out), "text");
	zip_close(z);
	buf_release(&out);
	unmake(&m);
}

static void limits(void **state)
{
	struct limits l = limits_default;
	char *zeros = xzalloc(2 << 20);
	struct maker m;

	make(&m);
	add_as(&m, "bomb", zeros, 2 << 20, &(struct lie){ 0 });
	seal(&m, false);
	refuses_within(&m, &l, ERR_LIMIT, "times its size, more than 200 (limit ratio)");
	l.ratio = 2000;
	l.body = 1 << 20;
	make(&m);
	add_as(&m, "large", zeros, 2 << 20, &(struct lie){ 0 });
	seal(&m, false);
	refuses_within(&m, &l, ERR_LIMIT, "has 2097152 bytes, more than 1048576 (limit body)");
	l.unpacked = 7;
	make(&m);
	add(&m, "a", "1234");
	add(&m, "b", "5678");
	seal(&m, false);
	refuses_within(&m, &l, ERR_LIMIT, "unpacks to more than 7 bytes (limit unpacked)");
	l = limits_default;
	l.members = 1;
	make(&m);
	add(&m, "a", "1234");
	add(&m, "b", "5678");
	seal(&m, false);
	refuses_within(&m, &l, ERR_LIMIT, "has 2 members, more than 1 (limit members)");
	l.archive = 10;
	make(&m);
	add(&m, "a", "1234");
	seal(&m, false);
	refuses_within(&m, &l, ERR_LIMIT, "more than 10 (limit archive)");
	free(zeros);
}

/* Cut anywhere, it is refused or the same; never anything else. */
static void cut(void **state)
{
	struct maker m;
	struct buf out;

	make(&m);
	add(&m, "a", "first");
	add_as(&m, "b", "second", 6, &(struct lie){ .descriptor = true });
	seal(&m, true);
	buf_init(&out, ARCHIVE_MAX);
	for (size_t n = 0; n < m.out.len; n++) {
		struct err e = { 0 };
		char *part = xmalloc(n + 1); /* of just that size, so that the sanitizer sees a step beyond */

		memcpy(part, m.out.data, n);
		if (!read_all(part, n, &limits_default, &out, &e))
			fail_msg("cut at %zu of %zu", n, m.out.len);
		assert_int_equal(e.kind, ERR_PARSE);
		free(part);
	}
	buf_release(&out);
	unmake(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members),
		cmocka_unit_test(empty_archive),
		cmocka_unit_test(sizes_elsewhere),
		cmocka_unit_test(names),
		cmocka_unit_test(twice),
		cmocka_unit_test(overlap),
		cmocka_unit_test(within),
		cmocka_unit_test(lies),
		cmocka_unit_test(one_bad_member),
		cmocka_unit_test(limits),
		cmocka_unit_test(cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
