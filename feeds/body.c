#include "aimarket/body.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "aimarket/file.h"
#include "spill.h"

enum {
	HEAP_MAX = 8 << 20, /* what is larger is mapped */
	BLOCK = 1 << 20,
};

static int collect(void *arg, const void *data, size_t n, struct err *e)
{
	struct spill *sp = arg;

	if (buf_add(&sp->mem, data, n))
		return err_set(e, ERR_LIMIT, "no room for %zu more bytes", n);
	return sp->mem.len > HEAP_MAX ? spill_flush(sp, e) : 0;
}

static int map_file(struct spill *sp, struct body *out, struct err *e)
{
	if (spill_flush(sp, e))
		return -1;
	void *p = mmap(NULL, (size_t)sp->filed, PROT_READ, MAP_PRIVATE, sp->fd, 0);
	if (p == MAP_FAILED)
		return err_set(e, ERR_FAIL, "could not map a temporary file: %s", strerror(errno));
	*out = (struct body){ .data = p, .len = (size_t)sp->filed, .mapped = true };
	return 0;
}

int body_make(body_fill *fill, void *arg, struct body *out, struct err *e)
{
	struct spill sp;
	int rc;

	spill_init(&sp, 2 * HEAP_MAX);
	rc = fill(arg, collect, &sp, e);
	if (!rc && sp.filed) {
		rc = map_file(&sp, out, e);
	} else if (!rc) {
		size_t len = sp.mem.len;
		char *heap = buf_take(&sp.mem);
		*out = (struct body){ .data = heap, .len = len, .heap = heap };
	}
	spill_release(&sp);
	return rc;
}

struct file_source {
	const char *path;
	bool inflate;
	size_t max;
};

static int fill_from_file(void *arg, body_block *add, void *to, struct err *e)
{
	const struct file_source *f = arg;

	return file_stream(f->path, f->inflate, f->max, add, to, e);
}

int body_open(const char *path, bool inflate, size_t max, struct body *out, struct err *e)
{
	struct file_source from = { path, inflate, max };

	return body_make(fill_from_file, &from, out, e);
}

void body_borrow(struct body *out, const char *data, size_t len)
{
	*out = (struct body){ .data = data, .len = len };
}

void body_forget(struct body *b, size_t upto)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	upto = upto / page * page;
	if (!b->mapped || upto <= b->forgotten)
		return;
	/* of a private mapping of a file this drops clean pages only; the kernel reads them again when they are touched */
	madvise((void *)(uintptr_t)(b->data + b->forgotten), upto - b->forgotten, MADV_DONTNEED);
	b->forgotten = upto;
}

int body_each(struct body *b, int (*fn)(void *arg, const char *data, size_t n, struct err *e), void *arg, struct err *e)
{
	int rc = 0;

	for (size_t at = 0; !rc && at < b->len; at += BLOCK) {
		rc = fn(arg, b->data + at, b->len - at < BLOCK ? b->len - at : BLOCK, e);
		body_forget(b, at + BLOCK < b->len ? at + BLOCK : b->len);
	}
	b->forgotten = 0; /* the next reader starts at the front again */
	return rc;
}

void body_release(struct body *b)
{
	if (b->mapped)
		munmap((void *)(uintptr_t)b->data, b->len);
	free(b->heap);
	*b = (struct body){ .data = "" };
}
