/*
 * keyset: pages that go on behind the last row seen, by the values its order was made of, so that a page costs the same
 * wherever it stands and rows that come or go meanwhile shift nothing. A cursor is those values as one word for an address.
 */
#ifndef AIMARKET_KEYSET_H
#define AIMARKET_KEYSET_H

#include <stdint.h>

#include "aimarket/arena.h"
#include "aimarket/buf.h"

enum { KEYSET_MAX = 12 };
#define KEYSET_COLUMN "key!%d" /* what the hidden column of a key is called */

struct keyset {
	struct {
		const char *sql;
		bool down, nulls_first;
	} keys[KEYSET_MAX];
	int n;
};

/* Adds the terms of an ORDER BY; beyond KEYSET_MAX they are left out. What is added lives in mem. */
void keyset_add(struct keyset *k, const char *order, struct arena *mem);
bool keyset_has(const struct keyset *k, const char *sql);
void keyset_order(const struct keyset *k, struct buf *sql);
/*
 * Appends the condition that a row comes behind the one with these values (text, NULL is SQL NULL): place[i] is the number
 * of the parameter that holds the i-th, unused where it is NULL.
 */
void keyset_behind(const struct keyset *k, const char *const *values, const int *place, struct buf *sql);

struct cursor {
	uint64_t question; /* what it belongs to: see ask_digest */
	const char *snapshot; /* transaction that the first page saw */
	const char *values[KEYSET_MAX];
	int n;
};
char *cursor_text(const struct cursor *c, struct arena *mem);
/* ERR_USAGE when it is none, or one of another question. */
int cursor_read(const char *text, uint64_t question, struct arena *mem, struct cursor *out, struct err *e) must_check;

#endif
