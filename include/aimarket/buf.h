/* buf: a growing string of bytes with a largest size from birth. */
#ifndef AIMARKET_BUF_H
#define AIMARKET_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "aimarket/err.h"

struct buf {
	char *data;	/* always NUL-terminated once anything was added; NULL before */
	size_t len;
	size_t cap;
	size_t max;	/* the most bytes it may ever hold */
	bool overflow;	/* an addition was refused because it would pass max; sticky until buf_reset */
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);	/* memory given back; empty and usable again, with the same max */
void buf_reset(struct buf *b);		/* empty, memory kept */

/* Additions that would pass max add nothing, set overflow and return -1; else 0. */
static inline int buf_add(struct buf *b, const void *data, size_t n);
static inline int buf_adds(struct buf *b, const char *s);
static inline int buf_addc(struct buf *b, char c);
int buf_printf(struct buf *b, const char *fmt, ...) printf_like(2, 3);
int buf_add_be16(struct buf *b, uint16_t v);	/* network byte order, for COPY BINARY */
int buf_add_be32(struct buf *b, uint32_t v);
int buf_add_be64(struct buf *b, uint64_t v);
const char *buf_str(const struct buf *b);	/* "" when empty; borrowed */
char *buf_take(struct buf *b);			/* yours now (never NULL); the buf is empty, with the same max */

/* buf_add where there is no room yet, or much to add. */
int buf_grow_add(struct buf *b, const void *data, size_t n);

/* Inline, for writers add a few bytes at a time, and mostly there is room. */
static inline int buf_add(struct buf *b, const void *data, size_t n)
{
	const size_t few = 1024;

	if (n == 0 || n > few || n >= b->cap - b->len)
		return buf_grow_add(b, data, n);
	memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

static inline int buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

static inline int buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

#endif
