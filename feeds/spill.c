#include "spill.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { BLOCK = 256 * 1024 };

void spill_init(struct spill *sp, size_t max)
{
	*sp = (struct spill){ .fd = -1 };
	buf_init(&sp->mem, max);
}

void spill_release(struct spill *sp)
{
	if (sp->fd >= 0)
		close(sp->fd);
	buf_release(&sp->mem);
	spill_init(sp, sp->mem.max);
}

/* A file without a name in TMPDIR, else in /var/tmp: /tmp may be memory. */
static int open_unlinked(struct err *e)
{
	const char *dir = getenv("TMPDIR");
	char name[4096];
	int fd;

	if (!dir || !*dir)
		dir = "/var/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* file systems without O_TMPFILE */
	snprintf(name, sizeof name, "%s/aimarket-XXXXXX", dir);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_FAIL, "could not make a temporary file in \"%s\": %s", dir, strerror(errno));
	unlink(name);
	return fd;
}

int spill_flush(struct spill *sp, struct err *e)
{
	size_t done = 0;

	if (!sp->mem.len)
		return 0;
	if (sp->fd < 0 && (sp->fd = open_unlinked(e)) < 0)
		return -1;
	while (done < sp->mem.len) {
		ssize_t n = pwrite(sp->fd, sp->mem.data + done, sp->mem.len - done, sp->filed + (long long)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_FAIL, "could not write a temporary file: %s", strerror(errno));
		done += (size_t)n;
	}
	sp->filed += (long long)done;
	buf_reset(&sp->mem);
	return 0;
}

/* Fills up b to want bytes, or less when left is less. */
static int read_more(const struct spill *sp, struct buf *b, size_t want, long long *at, struct err *e)
{
	char block[16 * 1024];

	while (b->len < want && *at < sp->filed) {
		size_t n = sp->filed - *at < (long long)sizeof block ? (size_t)(sp->filed - *at) : sizeof block;
		ssize_t got = pread(sp->fd, block, n, *at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_set(e, ERR_FAIL, "could not read a temporary file: %s", got ? strerror(errno) : "it was cut short");
		buf_add(b, block, (size_t)got);
		*at += got;
	}
	return 0;
}

/* The part in the file, in stretches that grow until a row fits. */
static int walk_file(const struct spill *sp, spill_fn *fn, void *arg, struct err *e)
{
	size_t want = BLOCK, used = 0;
	long long at = 0;
	struct buf b;
	int rc = 0;

	buf_init(&b, SIZE_MAX - 1);
	while (!rc && (at < sp->filed || b.len)) {
		rc = read_more(sp, &b, want, &at, e);
		if (!rc)
			rc = fn(arg, b.data, b.len, &used, e);
		if (rc)
			break;
		want = used ? BLOCK : want * 2;
		memmove(b.data, b.data + used, b.len - used);
		b.len -= used;
	}
	buf_release(&b);
	return rc;
}

int spill_walk(const struct spill *sp, spill_fn *fn, void *arg, struct err *e)
{
	int rc = sp->filed ? walk_file(sp, fn, arg, e) : 0;

	for (size_t at = 0, used = 0; !rc && at < sp->mem.len; at += used)
		rc = fn(arg, sp->mem.data + at, sp->mem.len - at, &used, e);
	return rc;
}
