/*
 * body: the bytes of one document as read-only memory. A small one lies on the heap; a large one in an unlinked file of our own,
 * mapped, so that pages which were read can be given back: a document of any size needs little memory, and nobody can cut
 * the file short under us.
 */
#ifndef AIMARKET_BODY_H
#define AIMARKET_BODY_H

#include <stddef.h>

#include "aimarket/err.h"

struct body {
	const char *data; /* never NULL */
	size_t len;
	char *heap; /* data when it lies there and is ours */
	bool mapped;
	size_t forgotten; /* bytes of a mapped one given back so far */
};

/* Reads path ("-" is standard input), with gzip undone when inflate is set; at most max bytes, packed and plain. Errors as file_stream. */
int body_open(const char *path, bool inflate, size_t max, struct body *out, struct err *e) must_check;
/* The same from what fill hands to add, block by block (with to, and the error of either). */
typedef int body_block(void *arg, const void *data, size_t n, struct err *e);
typedef int body_fill(void *arg, body_block *add, void *to, struct err *e);
int body_make(body_fill *fill, void *arg, struct body *out, struct err *e) must_check;
/* Bytes that lie in memory already; borrowed. */
void body_borrow(struct body *out, const char *data, size_t len);
/* What lies before upto is not needed soon: its memory is given back. It may still be read, at the cost of fetching it again. */
void body_forget(struct body *b, size_t upto);
/* Walks all of it a block at a time, forgetting what lies behind. fn returns non-zero to stop (handed on). */
int body_each(struct body *b, int (*fn)(void *arg, const char *data, size_t n, struct err *e), void *arg, struct err *e) must_check;
void body_release(struct body *b);

#endif
