#include "aimarket/zip.h"

#include <minizip/unzip.h>
#include <stdlib.h>

#include "aimarket/arena.h"
#include "aimarket/text.h"
#include "intern.h"

enum {
	NAME_MAX_BYTES = 1000,
	BLOCK = 64 * 1024,
	RATIO_FLOOR = 1 << 20, /* a member that unpacks to less harms nobody, however well it was packed */
	DIRECTORY_ROW = 46, /* bytes of a member in the directory, at least */
	ENCRYPTED = 1, /* flag of a member */
	STORED = 0,
	DEFLATED = Z_DEFLATED,
	PAGE = 4096,
	TOUCHES = 256, /* places of a mapped body that may be in memory: the kernel brings 16 pages for each */
};

/* The archive's bytes, as minizip asks for them. */
struct source {
	struct body *body;
	uint64_t at, page;
	unsigned touches;
};

struct zip {
	struct source from;
	const struct limits *limits;
	unzFile unz;
	size_t n;
	uint64_t *places; /* of each member in the directory */
	char name[NAME_MAX_BYTES + 1];
};

/* ---------------------------------------------------------------- bytes */

static void *source_open(void *opaque, const void *name, int mode)
{
	return opaque;
}

static int source_close(void *opaque, void *stream)
{
	return 0;
}

static int source_error(void *opaque, void *stream)
{
	return 0;
}

/* The directory lies at the end and the members before it: reading jumps to and fro, and each time a page of both stays. */
static void source_touch(struct source *s)
{
	if (s->at / PAGE == s->page || ++s->touches < TOUCHES)
		return;
	s->touches = 0;
	s->body->forgotten = 0;
	body_forget(s->body, s->body->len);
}

static uLong source_read(void *opaque, void *stream, void *out, uLong n)
{
	struct source *s = opaque;
	uint64_t left = s->body->len - s->at;

	n = n < left ? n : (uLong)left;
	source_touch(s);
	memcpy(out, s->body->data + s->at, n);
	s->at += n;
	s->page = s->at / PAGE;
	return n;
}

static ZPOS64_T source_tell(void *opaque, void *stream)
{
	return ((struct source *)opaque)->at;
}

static long source_seek(void *opaque, void *stream, ZPOS64_T offset, int origin)
{
	struct source *s = opaque;
	uint64_t from = origin == ZLIB_FILEFUNC_SEEK_CUR ? s->at : origin == ZLIB_FILEFUNC_SEEK_END ? s->body->len : 0;

	if (offset > s->body->len - from)
		return -1;
	s->at = from + offset;
	return 0;
}

/* ---------------------------------------------------------------- the directory */

/* What is looked at across members, for all of them at once. */
struct extent {
	uint64_t start, end; /* of its packed bytes */
	uint64_t name; /* hash */
};

struct survey {
	struct zip *z;
	struct intern names; /* lends its seed: nobody outside can make two names meet */
	struct extent *extents;
	long long total;
};

static int broken(struct err *e, const char *name, const char *why)
{
	return err_set(e, ERR_PARSE, "archive member \"%.200s\": %s", name, why);
}

static int get_info(struct zip *z, unz_file_info64 *info, struct err *e)
{
	if (unzGetCurrentFileInfo64(z->unz, info, z->name, sizeof z->name, NULL, 0, NULL, 0) != UNZ_OK)
		return err_set(e, ERR_PARSE, "the archive's directory is damaged");
	if (info->size_filename > NAME_MAX_BYTES)
		return err_set(e, ERR_PARSE, "the archive has a member whose name has %lu bytes", info->size_filename);
	z->name[info->size_filename] = '\0';
	return 0;
}

/* Nothing is ever written under these names; but who makes such an archive means no good. */
static int check_name(const char *name, size_t n, struct err *e)
{
	if (!n || strlen(name) != n || text_utf8_check(name, n) != n)
		return err_set(e, ERR_PARSE, "the archive has a member without a proper name");
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f || name[i] == '\\')
			return err_set(e, ERR_PARSE, "the archive has a member with character 0x%02x in its name", (unsigned char)name[i]);
	if (*name == '/' || (n > 1 && name[1] == ':'))
		return broken(e, name, "its name leads outside of the archive");
	for (const char *p = name; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (!strncmp(p, "..", 2) && (!p[2] || p[2] == '/'))
			return broken(e, name, "its name leads outside of the archive");
		if (!*p)
			break;
	}
	return 0;
}

static int check_size(struct survey *s, const unz_file_info64 *info, struct err *e)
{
	const struct limits *limits = s->z->limits;
	const char *name = s->z->name;
	uint64_t size = info->uncompressed_size, packed = info->compressed_size ? info->compressed_size : 1;

	if (size > RATIO_FLOOR && size / packed > (uint64_t)limits->ratio)
		return err_set(e, ERR_LIMIT, "archive member \"%.200s\" unpacks to %llu times its size, more than %lld (limit ratio)", name,
			(unsigned long long)(size / packed), limits->ratio);
	if (size > (uint64_t)(limits->unpacked - s->total))
		return err_set(e, ERR_LIMIT, "the archive unpacks to more than %lld bytes (limit unpacked)", limits->unpacked);
	s->total += (long long)size;
	return 0;
}

/* Where the packed bytes lie, which minizip tells of an open member; it holds the head before them against the directory, too. */
static int find_extent(struct survey *s, const unz_file_info64 *info, struct extent *out, struct err *e)
{
	struct zip *z = s->z;
	unsigned char digest[16];
	int method, level;

	if (unzOpenCurrentFile2(z->unz, &method, &level, 1) != UNZ_OK)
		return broken(e, z->name, "its head is missing or does not agree with the archive's directory");
	out->start = unzGetCurrentFileZStreamPos64(z->unz);
	(void)unzCloseCurrentFile(z->unz);
	if (info->compressed_size > z->from.body->len - out->start)
		return broken(e, z->name, "its bytes lie beyond the end of the archive");
	out->end = out->start + info->compressed_size;
	intern_digest(&s->names, z->name, strlen(z->name), digest);
	memcpy(&out->name, digest, sizeof out->name);
	return 0;
}

static int survey_member(struct survey *s, size_t i, struct err *e)
{
	struct zip *z = s->z;
	unz_file_info64 info;
	unz64_file_pos pos;

	if (get_info(z, &info, e) || check_name(z->name, info.size_filename, e) || check_size(s, &info, e) ||
		find_extent(s, &info, &s->extents[i], e))
		return -1;
	if (unzGetFilePos64(z->unz, &pos) != UNZ_OK)
		return err_set(e, ERR_PARSE, "the archive's directory is damaged");
	z->places[i] = pos.pos_in_zip_directory;
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

static int check_extents(struct survey *s, struct err *e)
{
	size_t n = s->z->n;

	qsort(s->extents, n, sizeof *s->extents, by_start);
	for (size_t i = 1; i < n; i++)
		if (s->extents[i].start < s->extents[i - 1].end)
			return err_set(e, ERR_PARSE, "two members of the archive overlap at byte %llu", (unsigned long long)s->extents[i].start);
	qsort(s->extents, n, sizeof *s->extents, by_name);
	for (size_t i = 1; i < n; i++)
		if (s->extents[i].name == s->extents[i - 1].name)
			return err_set(e, ERR_PARSE, "two members of the archive have the same name (bytes %llu and %llu)",
				(unsigned long long)s->extents[i - 1].start, (unsigned long long)s->extents[i].start);
	return 0;
}

static int survey_all(struct survey *s, struct err *e)
{
	struct zip *z = s->z;

	for (size_t i = 0; i < z->n; i++) {
		if ((i ? unzGoToNextFile(z->unz) : unzGoToFirstFile(z->unz)) != UNZ_OK)
			return err_set(e, ERR_PARSE, "the archive's directory ends after %zu of %zu members", i, z->n);
		if (survey_member(s, i, e))
			return -1;
	}
	return check_extents(s, e);
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

static int count_members(struct zip *z, struct err *e)
{
	unz_global_info64 info;

	if (unzGetGlobalInfo64(z->unz, &info) != UNZ_OK)
		return err_set(e, ERR_PARSE, "the archive's directory is damaged");
	if (info.number_entry > (uint64_t)z->limits->members)
		return err_set(e, ERR_LIMIT, "the archive has %llu members, more than %lld (limit members)", (unsigned long long)info.number_entry,
			z->limits->members);
	if (info.number_entry > z->from.body->len / DIRECTORY_ROW)
		return err_set(e, ERR_PARSE, "the archive's directory counts more members than there is room for");
	z->n = (size_t)info.number_entry;
	return 0;
}

static int open_archive(struct zip *z, struct err *e)
{
	zlib_filefunc64_def io = {
		.zopen64_file = source_open,
		.zread_file = source_read,
		.ztell64_file = source_tell,
		.zseek64_file = source_seek,
		.zclose_file = source_close,
		.zerror_file = source_error,
		.opaque = &z->from,
	};

	if (z->from.body->len > (size_t)z->limits->archive)
		return err_set(e, ERR_LIMIT, "the archive has %zu bytes, more than %lld (limit archive)", z->from.body->len, z->limits->archive);
	z->unz = unzOpen2_64("", &io);
	if (!z->unz)
		return err_set(e, ERR_PARSE, "this is not a whole ZIP archive: its directory is not at its end");
	return count_members(z, e) || survey(z, e) ? -1 : 0;
}

/* ---------------------------------------------------------------- */

bool zip_is(const struct body *body)
{
	return body->len >= 4 && (!memcmp(body->data, "PK\3\4", 4) || !memcmp(body->data, "PK\5\6", 4));
}

int zip_open(struct body *body, const struct limits *limits, struct zip **out, struct err *e)
{
	struct zip *z = xzalloc(sizeof *z);

	z->from.body = body;
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
	if (z->unz)
		unzClose(z->unz);
	free(z->places);
	free(z);
}

size_t zip_count(const struct zip *z)
{
	return z->n;
}

static int go_to(struct zip *z, size_t i, unz_file_info64 *info, struct err *e)
{
	const unz64_file_pos pos = { .pos_in_zip_directory = z->places[i], .num_of_file = i };

	if (unzGoToFilePos64(z->unz, &pos) != UNZ_OK)
		return err_set(e, ERR_PARSE, "the archive's directory is damaged");
	return get_info(z, info, e);
}

int zip_member(struct zip *z, size_t i, struct zip_member *out, struct err *e)
{
	unz_file_info64 info;

	if (go_to(z, i, &info, e))
		return -1;
	*out = (struct zip_member){ z->name, (long long)info.uncompressed_size, (long long)info.compressed_size };
	return 0;
}

/* ---------------------------------------------------------------- a member */

static int check_readable(const struct zip *z, const unz_file_info64 *info, struct err *e)
{
	if (info->flag & ENCRYPTED)
		return broken(e, z->name, "it is encrypted");
	if (info->compression_method != STORED && info->compression_method != DEFLATED)
		return err_set(e, ERR_PARSE, "archive member \"%.200s\": it is packed by method %lu; only deflate is read", z->name,
			info->compression_method);
	if (info->uncompressed_size > (uint64_t)z->limits->body)
		return err_set(e, ERR_LIMIT, "archive member \"%.200s\" has %llu bytes, more than %lld (limit body)", z->name,
			(unsigned long long)info->uncompressed_size, z->limits->body);
	return 0;
}

/* minizip never hands out more than the directory says; less, or other bytes than were packed, is told here. */
static int read_blocks(struct zip *z, uint64_t size, body_block *fn, void *arg, struct err *e)
{
	char *block = xmalloc(BLOCK);
	uint64_t done = 0;
	int n, rc = 0;

	while (!rc && (n = unzReadCurrentFile(z->unz, block, BLOCK)) > 0) {
		done += (uint64_t)n;
		rc = fn(arg, block, (size_t)n, e);
	}
	free(block);
	if (!rc && n < 0)
		return broken(e, z->name, "its packed bytes are damaged");
	if (!rc && done != size)
		return err_set(e, ERR_PARSE, "archive member \"%.200s\": it says that it has %llu bytes, and has %llu", z->name,
			(unsigned long long)size, (unsigned long long)done);
	return rc;
}

int zip_read(struct zip *z, size_t i, body_block *fn, void *arg, struct err *e)
{
	unz_file_info64 info;

	if (go_to(z, i, &info, e) || check_readable(z, &info, e))
		return -1;
	if (unzOpenCurrentFile(z->unz) != UNZ_OK)
		return broken(e, z->name, "its head does not agree with the archive's directory");
	int rc = read_blocks(z, info.uncompressed_size, fn, arg, e);
	if (unzCloseCurrentFile(z->unz) == UNZ_CRCERROR && !rc)
		rc = broken(e, z->name, "its bytes do not have the checksum they should (damaged, or not as large as it says)");
	return rc;
}
