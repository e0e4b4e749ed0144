#include "aimarket/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { CHUNK = 65536 };

/* An open file, read a chunk at a time, and where its plain bytes go. */
struct source {
	const char *path;
	int fd;
	size_t max, total; /* bytes allowed and read so far */
	size_t n; /* bytes in chunk; 0 at the end */
	unsigned char *chunk;
	size_t given; /* plain bytes handed over so far */
	file_block *fn;
	void *arg;
};

static int too_large(const struct source *src, const char *what, struct err *e)
{
	err_set(e, ERR_LIMIT, "file \"%s\" is larger than %zu bytes%s (limit body)", src->path, src->max, what);
	return err_hint(e, "Raise body under [limits] if files of this size are expected.");
}

static int cannot(const char *verb, const char *path, struct err *e)
{
	return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_FAIL, "could not %s \"%s\": %s", verb, path, strerror(errno));
}

/* Fills the chunk as far as the file goes, also from a pipe that hands out single bytes. */
static int source_fill(struct source *src, struct err *e)
{
	src->n = 0;
	while (src->n < CHUNK) {
		ssize_t n = read(src->fd, src->chunk + src->n, CHUNK - src->n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cannot("read file", src->path, e);
		if (n == 0)
			break;
		src->n += (size_t)n;
	}
	src->total += src->n;
	return src->total > src->max ? too_large(src, "", e) : 0;
}

static int hand_over(struct source *src, const unsigned char *data, size_t n, const char *what, struct err *e)
{
	if (n > src->max - src->given)
		return too_large(src, what, e);
	src->given += n;
	return src->fn(src->arg, data, n, e);
}

static int copy_plain(struct source *src, struct err *e)
{
	while (src->n > 0) {
		if (hand_over(src, src->chunk, src->n, "", e) || source_fill(src, e))
			return -1;
	}
	return 0;
}

static int broken_gzip(const struct source *src, const z_stream *z, const char *why, struct err *e)
{
	size_t at = src->total - z->avail_in;

	return err_set(e, ERR_PARSE, "file \"%s\" is broken gzip at byte %zu: %s", src->path, at, z->msg ? z->msg : why);
}

/*
 * Inflates the chunk at hand. *open tells whether a member is being read: gzip files may be several members one after
 * another, and may be padded with zeros; anything else behind a member is refused by zlib as a bad header.
 */
static int inflate_chunk(struct source *src, z_stream *z, bool *open, unsigned char *plain, struct err *e)
{
	z->next_in = src->chunk;
	z->avail_in = (uInt)src->n;
	while (z->avail_in > 0 || z->avail_out == 0) {
		if (!*open && z->avail_in > 0 && *z->next_in == 0) {
			z->next_in++;
			z->avail_in--;
			continue;
		}
		if (!*open && (z->avail_in == 0 || inflateReset(z) != Z_OK))
			break;
		z->next_out = plain;
		z->avail_out = CHUNK;
		int rc = inflate(z, Z_NO_FLUSH);
		*open = rc != Z_STREAM_END;
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
			return broken_gzip(src, z, "bad data", e);
		if (hand_over(src, plain, CHUNK - z->avail_out, " when unpacked", e))
			return -1;
	}
	return 0;
}

static int copy_inflated(struct source *src, struct err *e)
{
	z_stream z = { 0 };
	bool open = true;
	int rc = -1;

	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return err_set(e, ERR_FAIL, "could not start zlib");
	unsigned char *plain = xmalloc(CHUNK);
	z.avail_out = CHUNK;
	while (src->n > 0) {
		if (inflate_chunk(src, &z, &open, plain, e) || source_fill(src, e))
			goto out;
	}
	rc = open ? broken_gzip(src, &z, "the file ends too early", e) : 0;
out:
	free(plain);
	inflateEnd(&z);
	return rc;
}

static int copy_body(struct source *src, bool inflate_it, struct err *e)
{
	if (source_fill(src, e))
		return -1;
	bool gzip = src->n >= 2 && src->chunk[0] == 0x1f && src->chunk[1] == 0x8b;
	return gzip && inflate_it ? copy_inflated(src, e) : copy_plain(src, e);
}

int file_stream(const char *path, bool inflate_it, size_t max, file_block *fn, void *arg, struct err *e)
{
	bool standard_input = strcmp(path, "-") == 0;
	struct source src = { .path = path, .max = max, .fn = fn, .arg = arg };

	src.fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (src.fd < 0)
		return cannot("open file", path, e);
	src.chunk = xmalloc(CHUNK);
	int rc = copy_body(&src, inflate_it, e);
	free(src.chunk);
	if (!standard_input)
		close(src.fd);
	return rc;
}

static int add_block(void *arg, const void *data, size_t n, struct err *e)
{
	return buf_add(arg, data, n) ? err_set(e, ERR_LIMIT, "no room for %zu more bytes", n) : 0;
}

int file_read(const char *path, bool inflate_it, struct buf *out, struct err *e)
{
	return file_stream(path, inflate_it, out->max - out->len, add_block, out, e);
}

struct names {
	struct arena *mem;
	char **v;
	size_t n, cap;
};

static void names_add(struct names *l, char *name)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 16;
		char **v = arena_alloc(l->mem, cap * sizeof *v);

		if (l->n)
			memcpy(v, l->v, l->n * sizeof *v);
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = name;
}

static bool is_regular(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int list_folder(const char *path, struct names *l, struct err *e)
{
	DIR *d = opendir(path);
	const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";

	if (!d)
		return cannot("open folder", path, e);
	for (struct dirent *entry; (entry = readdir(d));) {
		if (entry->d_name[0] == '.')
			continue;
		char *name = arena_printf(l->mem, "%s%s%s", path, slash, entry->d_name);
		if (is_regular(name))
			names_add(l, name);
	}
	closedir(d);
	return 0;
}

static int list_glob(const char *pattern, struct names *l, struct err *e)
{
	glob_t found;
	int rc = glob(pattern, GLOB_NOSORT, NULL, &found);

	for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++) {
		if (is_regular(found.gl_pathv[i]))
			names_add(l, arena_strdup(l->mem, found.gl_pathv[i]));
	}
	globfree(&found);
	return rc == GLOB_NOSPACE ? err_set(e, ERR_FAIL, "could not list \"%s\": out of memory", pattern) : 0;
}

/* A point before all else: a.json stands before a-1.json, so a document before its parts. */
static int place_of(unsigned char c)
{
	return c == '\0' ? 0 : c == '/' ? 1 : c == '.' ? 2 : c + 2;
}

static int by_name(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;

	while (*x && *x == *y)
		x++, y++;
	return place_of((unsigned char)*x) - place_of((unsigned char)*y);
}

int file_list(const char *path, struct arena *mem, char ***names, size_t *n, struct err *e)
{
	struct names l = { .mem = mem };
	struct stat st;
	bool standard_input = strcmp(path, "-") == 0;
	bool there = !standard_input && stat(path, &st) == 0;
	bool folder = there && S_ISDIR(st.st_mode);
	int rc = 0;

	if (folder)
		rc = list_folder(path, &l, e);
	else if (there || standard_input)
		names_add(&l, arena_strdup(mem, path));
	else
		rc = list_glob(path, &l, e);
	if (rc)
		return -1;
	if (l.n == 0)
		return err_set(e, ERR_NOT_FOUND, folder ? "folder \"%s\" has no files" : "could not find file \"%s\"", path);
	qsort(l.v, l.n, sizeof *l.v, by_name);
	*names = l.v;
	*n = l.n;
	return 0;
}

void file_sha256(const void *data, size_t n, unsigned char out[32])
{
	if (EVP_Digest(n ? data : "", n, out, NULL, EVP_sha256(), NULL) != 1)
		abort(); /* SHA-256 is always there; only memory can be lacking */
}

void file_hex(const unsigned char *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}
