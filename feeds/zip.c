/*
 * The directory is walked here and not by a library: of those that are packaged, libarchive and libzip hold all of it in memory
 * (50 and 89 MiB for 300,000 members; the SEC's largest archive has three times as many), and minizip 1.1, which does not,
 * cannot read the sizes of zip64. Unpacking is zlib's.
 */
#define ZLIB_CONST

#include "aimarket/zip.h"

#include <stdlib.h>
#include <zlib.h>

#include "aimarket/arena.h"
#include "aimarket/text.h"
#include "intern.h"

enum {
	END_SIZE = 22, /* record at the end of the archive */
	END_FAR = 0xffff, /* bytes of comment that may follow it */
	LOCATOR_SIZE = 20, /* of zip64's end, which stands before the other */
	END64_SIZE = 56,
	ROW_SIZE = 46, /* of a member in the directory, without its texts */
	HEAD_SIZE = 30, /* the same before its bytes */
	EXTRA_ZIP64 = 1,
	MEMBER_NAME_MAX = 1000,
	BLOCK = 64 * 1024,
	RATIO_FLOOR = 1 << 20, /* a member that unpacks to less harms nobody, however well it was packed */
	TOUCHES = 64, /* places of a mapped body that are in memory at a time; the kernel brings some pages for each */
};

#define END_MAGIC "PK\5\6"
#define LOCATOR_MAGIC "PK\6\7"
#define END64_MAGIC "PK\6\6"
#define ROW_MAGIC "PK\1\2"
#define HEAD_MAGIC "PK\3\4"
#define FULL16 0xffffu /* the true value stands in zip64's fields */
#define FULL32 0xffffffffu

enum flag { FLAG_ENCRYPTED = 1, FLAG_DESCRIPTOR = 8 /* sizes stand behind the bytes; the directory has them as well */ };
enum method { METHOD_STORED = 0, METHOD_DEFLATED = 8 };

struct zip {
	struct body *body;
	const struct limits *limits;
	uint64_t directory, end; /* where it begins and ends */
	size_t n;
	uint64_t *places; /* of each member's row */
	z_stream inflate;
	bool inflating; /* inflate was started */
	unsigned touches;
	char name[MEMBER_NAME_MAX + 1]; /* of the member that was asked for last */
};

/* A member as its row in the directory has it. */
struct row {
	unsigned flags, method;
	uint32_t crc;
	uint64_t packed, size, head;
	const char *name; /* name_len bytes */
	size_t name_len, extra_len, len; /* len: of the row with all its texts */
};

/* ---------------------------------------------------------------- bytes */

static const unsigned char *bytes_at(const struct zip *z, uint64_t at)
{
	return (const unsigned char *)z->body->data + at;
}

static unsigned le16(const unsigned char *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static uint32_t le32(const unsigned char *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

static uint64_t le64(const unsigned char *p)
{
	return le32(p) | (uint64_t)le32(p + 4) << 32;
}

static bool is_magic(const unsigned char *p, const char *magic)
{
	return !memcmp(p, magic, 4);
}

/* The directory lies at the end and the members before it: reading jumps to and fro, and pages of both would stay in memory. */
static void touch(struct zip *z)
{
	if (++z->touches < TOUCHES)
		return;
	z->touches = 0;
	z->body->forgotten = 0;
	body_forget(z->body, z->body->len);
}

static int damaged(struct err *e, uint64_t at)
{
	return err_set(e, ERR_PARSE, "the archive's directory is damaged at byte %llu", (unsigned long long)at);
}

static int broken(struct err *e, const char *name, const char *why)
{
	return err_set(e, ERR_PARSE, "archive member \"%.100s\": %s", name, why);
}

/* ---------------------------------------------------------------- the directory */

/* The record at the end, with nothing behind its comment. */
static bool find_end(const struct zip *z, uint64_t *at)
{
	uint64_t len = z->body->len, far = len > END_SIZE + END_FAR ? len - END_SIZE - END_FAR : 0;

	if (len < END_SIZE)
		return false;
	for (uint64_t p = len - END_SIZE + 1; p-- > far;) {
		if (is_magic(bytes_at(z, p), END_MAGIC) && p + END_SIZE + le16(bytes_at(z, p) + 20) == len) {
			*at = p;
			return true;
		}
	}
	return false;
}

static int read_end64(struct zip *z, uint64_t end, uint64_t *members, uint64_t *size, struct err *e)
{
	if (end < LOCATOR_SIZE + END64_SIZE || !is_magic(bytes_at(z, end - LOCATOR_SIZE), LOCATOR_MAGIC))
		return damaged(e, end);
	uint64_t at = le64(bytes_at(z, end - LOCATOR_SIZE) + 8);
	if (at > end - LOCATOR_SIZE - END64_SIZE || !is_magic(bytes_at(z, at), END64_MAGIC))
		return damaged(e, end - LOCATOR_SIZE);
	*members = le64(bytes_at(z, at) + 32);
	*size = le64(bytes_at(z, at) + 40);
	z->directory = le64(bytes_at(z, at) + 48);
	z->end = at;
	return 0;
}

static int find_directory(struct zip *z, struct err *e)
{
	uint64_t members, size, end;

	if (!find_end(z, &end))
		return err_set(e, ERR_PARSE, "this is not a whole ZIP archive: it does not end as one does");
	const unsigned char *p = bytes_at(z, end);
	members = le16(p + 10);
	size = le32(p + 12);
	z->directory = le32(p + 16);
	z->end = end;
	if ((members == FULL16 || size == FULL32 || z->directory == FULL32) && read_end64(z, end, &members, &size, e))
		return -1;
	if (members > (uint64_t)z->limits->members)
		return err_set(e, ERR_LIMIT, "the archive has %llu members, more than %lld (limit members)", (unsigned long long)members,
			z->limits->members);
	if (z->directory > z->end || size > z->end - z->directory || members > size / ROW_SIZE)
		return damaged(e, end);
	z->end = z->directory + size;
	z->n = (size_t)members;
	return 0;
}

/* Puts zip64's values in the place of those that are too large for the row; they stand in this order, only those. */
static bool read_extra(struct row *r, const unsigned char *p, const unsigned char *end)
{
	uint64_t *values[] = { &r->size, &r->packed, &r->head };

	while (end - p >= 4 && le16(p) != EXTRA_ZIP64)
		p += 4 + le16(p + 2);
	if (p < end && end - p >= 4 && le16(p + 2) <= end - p - 4) {
		end = p + 4 + le16(p + 2);
		p += 4;
	} else {
		end = p;
	}
	for (int i = 0; i < 3; i++) {
		if (*values[i] != FULL32)
			continue;
		if (end - p < 8)
			return false;
		*values[i] = le64(p);
		p += 8;
	}
	return true;
}

static int read_row(const struct zip *z, uint64_t at, struct row *r, struct err *e)
{
	const unsigned char *p = bytes_at(z, at);

	if (z->end - at < ROW_SIZE || !is_magic(p, ROW_MAGIC))
		return damaged(e, at);
	*r = (struct row){ .flags = le16(p + 8),
		.method = le16(p + 10),
		.crc = le32(p + 16),
		.packed = le32(p + 20),
		.size = le32(p + 24),
		.head = le32(p + 42),
		.name = (const char *)p + ROW_SIZE,
		.name_len = le16(p + 28),
		.extra_len = le16(p + 30) };
	r->len = ROW_SIZE + r->name_len + r->extra_len + le16(p + 32);
	if (r->len > z->end - at)
		return damaged(e, at);
	p += ROW_SIZE + r->name_len;
	return read_extra(r, p, p + r->extra_len) ? 0 : damaged(e, at);
}

/* The member's name as text. Nothing is ever written under it; but who makes such names means no good. */
static int take_name(struct zip *z, const struct row *r, struct err *e)
{
	const char *name = z->name;

	if (!r->name_len || r->name_len > MEMBER_NAME_MAX || text_utf8_check(r->name, r->name_len) != r->name_len)
		return err_set(e, ERR_PARSE, "the archive has a member without a proper name");
	memcpy(z->name, r->name, r->name_len);
	z->name[r->name_len] = '\0';
	for (size_t i = 0; i < r->name_len; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f || name[i] == '\\')
			return err_set(e, ERR_PARSE, "the archive has a member with character 0x%02x in its name", (unsigned char)name[i]);
	if (*name == '/' || name[1] == ':')
		return broken(e, name, "its name leads outside of the archive");
	for (const char *p = name; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (!strncmp(p, "..", 2) && (!p[2] || p[2] == '/'))
			return broken(e, name, "its name leads outside of the archive");
	}
	return 0;
}

/* ---------------------------------------------------------------- all members at once */

struct extent {
	uint64_t start, end; /* of the head and the packed bytes */
	uint64_t name; /* hash */
};

struct survey {
	struct zip *z;
	struct intern names; /* lends its seed: nobody outside can make two names meet */
	struct extent *extents;
	long long total;
};

static int check_size(struct survey *s, const struct row *r, struct err *e)
{
	const struct limits *limits = s->z->limits;
	uint64_t times = r->size / (r->packed ? r->packed : 1);

	if (r->size > RATIO_FLOOR && times > (uint64_t)limits->ratio)
		return err_set(e, ERR_LIMIT, "archive member \"%.100s\" unpacks to %llu times its size, more than %lld (limit ratio)",
			s->z->name, (unsigned long long)times, limits->ratio);
	if (r->size > (uint64_t)(limits->unpacked - s->total))
		return err_set(e, ERR_LIMIT, "the archive unpacks to more than %lld bytes (limit unpacked)", limits->unpacked);
	s->total += (long long)r->size;
	return 0;
}

/* The head says the same as the row, as far as it says anything. */
static bool same_as_head(const struct row *r, const unsigned char *head)
{
	const uint64_t said[] = { le32(head + 14), le32(head + 18), le32(head + 22) }, want[] = { r->crc, r->packed, r->size };

	if (!is_magic(head, HEAD_MAGIC) || le16(head + 8) != r->method ||
		((le16(head + 6) ^ r->flags) & (FLAG_ENCRYPTED | FLAG_DESCRIPTOR)))
		return false;
	for (int i = 0; i < 3 && !(r->flags & FLAG_DESCRIPTOR); i++)
		if (said[i] != want[i] && (i == 0 || said[i] != FULL32))
			return false;
	return le16(head + 26) == r->name_len && !memcmp(head + HEAD_SIZE, r->name, r->name_len);
}

/* Where the packed bytes begin; they end before the directory does. */
static int find_bytes(const struct zip *z, const struct row *r, uint64_t *start, struct err *e)
{
	if (r->head > z->directory || z->directory - r->head < HEAD_SIZE + r->name_len)
		return broken(e, z->name, "it lies beyond the end of the archive");
	const unsigned char *head = bytes_at(z, r->head);
	if (!same_as_head(r, head))
		return broken(e, z->name, "its head does not agree with the archive's directory");
	*start = r->head + HEAD_SIZE + r->name_len + le16(head + 28);
	if (*start > z->directory || r->packed > z->directory - *start)
		return broken(e, z->name, "it lies beyond the end of the archive");
	return 0;
}

static int survey_member(struct survey *s, size_t i, const struct row *r, struct err *e)
{
	struct zip *z = s->z;
	struct extent *x = &s->extents[i];
	unsigned char digest[16];
	uint64_t start;

	touch(z);
	if (take_name(z, r, e) || check_size(s, r, e) || find_bytes(z, r, &start, e))
		return -1;
	intern_digest(&s->names, r->name, r->name_len, digest);
	*x = (struct extent){ .start = r->head, .end = start + r->packed };
	memcpy(&x->name, digest, sizeof x->name);
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static int by_name(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return (x->name > y->name) - (x->name < y->name);
}

static int check_extents(struct extent *x, size_t n, struct err *e)
{
	qsort(x, n, sizeof *x, by_start);
	for (size_t i = 1; i < n; i++)
		if (x[i].start < x[i - 1].end)
			return err_set(e, ERR_PARSE, "two members of the archive overlap at byte %llu", (unsigned long long)x[i].start);
	qsort(x, n, sizeof *x, by_name);
	for (size_t i = 1; i < n; i++)
		if (x[i].name == x[i - 1].name)
			return err_set(e, ERR_PARSE, "two members of the archive have the same name (bytes %llu and %llu)",
				(unsigned long long)x[i - 1].start, (unsigned long long)x[i].start);
	return 0;
}

static int survey_all(struct survey *s, struct err *e)
{
	struct zip *z = s->z;
	uint64_t at = z->directory;
	struct row r;

	for (size_t i = 0; i < z->n; i++, at += r.len) {
		z->places[i] = at;
		if (read_row(z, at, &r, e) || survey_member(s, i, &r, e))
			return -1;
	}
	return check_extents(s->extents, z->n, e);
}

static int survey(struct zip *z, struct err *e)
{
	struct survey s = { .z = z, .extents = xzalloc((z->n + 1) * sizeof *s.extents) };
	int rc;

	z->places = xzalloc((z->n + 1) * sizeof *z->places);
	intern_init(&s.names);
	rc = survey_all(&s, e);
	intern_release(&s.names);
	free(s.extents);
	return rc;
}

/* ---------------------------------------------------------------- open and close */

bool zip_is(const struct body *body)
{
	const unsigned char *p = (const unsigned char *)body->data;

	return body->len >= 4 && (is_magic(p, HEAD_MAGIC) || is_magic(p, END_MAGIC));
}

static int open_archive(struct zip *z, struct err *e)
{
	if (z->body->len > (size_t)z->limits->archive)
		return err_set(e, ERR_LIMIT, "the archive has %zu bytes, more than %lld (limit archive)", z->body->len, z->limits->archive);
	return find_directory(z, e) || survey(z, e) ? -1 : 0;
}

int zip_open(struct body *body, const struct limits *limits, struct zip **out, struct err *e)
{
	struct zip *z = xzalloc(sizeof *z);

	z->body = body;
	z->limits = limits;
	if (open_archive(z, e)) {
		zip_close(z);
		return -1;
	}
	*out = z;
	return 0;
}

void zip_close(struct zip *z)
{
	if (!z)
		return;
	if (z->inflating)
		inflateEnd(&z->inflate);
	free(z->places);
	free(z);
}

size_t zip_count(const struct zip *z)
{
	return z->n;
}

static int go_to(struct zip *z, size_t i, struct row *r, struct err *e)
{
	touch(z);
	return read_row(z, z->places[i], r, e) || take_name(z, r, e) ? -1 : 0;
}

int zip_member(struct zip *z, size_t i, struct zip_member *out, struct err *e)
{
	struct row r;

	if (go_to(z, i, &r, e))
		return -1;
	*out = (struct zip_member){ z->name, (long long)r.size, (long long)r.packed };
	return 0;
}

/* ---------------------------------------------------------------- a member */

struct unpacking {
	struct zip *z;
	const struct row *row;
	uint64_t at, left; /* packed bytes that were not read yet */
	uint64_t done; /* bytes given out */
	uint32_t crc;
	body_block *fn;
	void *arg;
};

static int check_readable(const struct zip *z, const struct row *r, struct err *e)
{
	if (r->flags & FLAG_ENCRYPTED)
		return broken(e, z->name, "it is encrypted");
	if (r->method != METHOD_STORED && r->method != METHOD_DEFLATED)
		return err_set(e, ERR_PARSE, "archive member \"%.100s\": it is packed by method %u; only deflate is read", z->name,
			r->method);
	if (r->size > (uint64_t)z->limits->body)
		return err_set(e, ERR_LIMIT, "archive member \"%.100s\" has %llu bytes, more than %lld (limit body)", z->name,
			(unsigned long long)r->size, z->limits->body);
	return 0;
}

/* Never more than the directory says, whatever the packed bytes come to. */
static int give(struct unpacking *u, const void *data, size_t n, struct err *e)
{
	if (n > u->row->size - u->done)
		return err_set(e, ERR_PARSE, "archive member \"%.100s\": it unpacks to more than the %llu bytes it says", u->z->name,
			(unsigned long long)u->row->size);
	u->done += n;
	u->crc = (uint32_t)crc32(u->crc, data, (unsigned)n);
	return n ? u->fn(u->arg, data, n, e) : 0;
}

/* The next packed bytes. */
static size_t take_block(struct unpacking *u, const unsigned char **data)
{
	size_t n = u->left < BLOCK ? (size_t)u->left : BLOCK;

	touch(u->z);
	*data = bytes_at(u->z, u->at);
	u->at += n;
	u->left -= n;
	return n;
}

static int copy_stored(struct unpacking *u, struct err *e)
{
	const unsigned char *data;

	while (u->left > 0) {
		size_t n = take_block(u, &data);

		if (give(u, data, n, e))
			return -1;
	}
	return 0;
}

static int start_inflate(struct zip *z)
{
	int rc = z->inflating ? inflateReset(&z->inflate) : inflateInit2(&z->inflate, -MAX_WBITS);

	z->inflating = true;
	return rc;
}

static int inflate_into(struct unpacking *u, unsigned char *block, struct err *e)
{
	z_stream *s = &u->z->inflate;
	int rc = start_inflate(u->z);

	s->avail_in = 0;
	while (rc == Z_OK || rc == Z_BUF_ERROR) {
		if (!s->avail_in)
			s->avail_in = (unsigned)take_block(u, &s->next_in);
		s->next_out = block;
		s->avail_out = BLOCK;
		bool last = !s->avail_in;
		rc = inflate(s, Z_NO_FLUSH);
		if ((rc == Z_OK || rc == Z_STREAM_END) && give(u, block, BLOCK - s->avail_out, e))
			return -1;
		if (last && s->avail_out) /* nothing more comes in or out */
			break;
	}
	return rc == Z_STREAM_END && !u->left && !s->avail_in ? 0 : broken(e, u->z->name, "its packed bytes are damaged");
}

static int copy_inflated(struct unpacking *u, struct err *e)
{
	unsigned char *block = xmalloc(BLOCK);
	int rc = inflate_into(u, block, e);

	free(block);
	return rc;
}

static int unpack_all(struct unpacking *u, struct err *e)
{
	const struct row *r = u->row;

	if (r->method == METHOD_STORED ? copy_stored(u, e) : copy_inflated(u, e))
		return -1;
	if (u->done != r->size)
		return err_set(e, ERR_PARSE, "archive member \"%.100s\": it says that it has %llu bytes, and has %llu", u->z->name,
			(unsigned long long)r->size, (unsigned long long)u->done);
	return u->crc == r->crc ? 0 : broken(e, u->z->name, "its bytes do not have the checksum they should");
}

int zip_read(struct zip *z, size_t i, body_block *fn, void *arg, struct err *e)
{
	struct row r;
	struct unpacking u = { .z = z, .row = &r, .fn = fn, .arg = arg };

	if (go_to(z, i, &r, e) || check_readable(z, &r, e) || find_bytes(z, &r, &u.at, e))
		return -1;
	u.left = r.packed;
	return unpack_all(&u, e);
}
