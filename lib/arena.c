#include "aimarket/arena.h"

#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

enum { BLOCK_FIRST = 4096, BLOCK_LARGEST = 65536 };

struct block {
	struct block *next;
	size_t size, used; /* of data */
	max_align_t data[];
};

struct arena {
	struct block *blocks; /* the one being filled first */
	size_t next_size; /* blocks grow, so that small jobs stay small and large ones take few steps */
	size_t used;
};

static void out_of_memory(void)
{
	static const char text[] = "out of memory\n";

	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		abort();
	_exit(1);
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xzalloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

char *xstrdup(const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(xmalloc(size), s, size);
}

struct arena *arena_new(void)
{
	struct arena *a = xzalloc(sizeof *a);

	a->next_size = BLOCK_FIRST;
	return a;
}

static void free_blocks(struct block *b)
{
	while (b) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	free_blocks(a->blocks);
	free(a);
}

/* Keeps the block that was filled last unless it was made for one large thing. */
void arena_reset(struct arena *a)
{
	struct block *kept = a->blocks;

	if (kept && kept->size <= BLOCK_LARGEST) {
		free_blocks(kept->next);
		kept->next = NULL;
		kept->used = 0;
	} else {
		free_blocks(kept);
		a->blocks = NULL;
	}
	a->used = 0;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}

static struct block *block_new(size_t size)
{
	if (size > SIZE_MAX - sizeof(struct block))
		out_of_memory();
	struct block *b = xmalloc(sizeof *b + size);
	b->size = size;
	b->used = 0;
	return b;
}

/* A block with room for size bytes at the head of the list; a large thing gets a block of its own behind the head. */
static struct block *block_for(struct arena *a, size_t size)
{
	struct block *head = a->blocks;

	if (head && head->size - head->used >= size)
		return head;

	bool own = size > a->next_size / 4;
	struct block *b = block_new(own ? size : a->next_size);
	if (own && head) {
		b->next = head->next;
		head->next = b;
	} else {
		b->next = head;
		a->blocks = b;
	}
	if (!own && a->next_size < BLOCK_LARGEST)
		a->next_size *= 2;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = _Alignof(max_align_t);

	if (size > SIZE_MAX - align)
		out_of_memory();
	size = (size + align - 1) / align * align;
	struct block *b = block_for(a, size);
	void *p = (char *)b->data + b->used;
	b->used += size;
	a->used += size;
	return p;
}

void *arena_zalloc(struct arena *a, size_t size)
{
	return memset(arena_alloc(a, size), 0, size);
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	if (n == SIZE_MAX)
		out_of_memory();
	char *copy = arena_alloc(a, n + 1);
	if (n)
		memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	char *text = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}
