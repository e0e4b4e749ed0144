/* archive: document bodies in the store: compressed with zstd, in parts, neither side ever holding one whole. */
#ifndef AIMARKET_ARCHIVE_H
#define AIMARKET_ARCHIVE_H

#include "aimarket/body.h"
#include "aimarket/pg.h"

/* SHA-256 of a body of any size, 32 raw bytes. */
int archive_hash(struct body *body, unsigned char sha256[32], struct err *e) must_check;
/*
 * In the open transaction: the document's row and, when its bytes are new, its parts. *document is its number in the store.
 * sha256_hex is the hash as "\\x" and 64 digits, as SQL takes it; media may be NULL.
 */
int archive_put(struct pg *db, struct body *body, const char *sha256_hex, const char *media, long long *document, struct err *e) must_check;
/* Hands the bytes of a document over a block at a time, as they were fetched. ERR_NOT_FOUND when the store has not kept them. */
typedef int archive_block(void *arg, const char *data, size_t n, struct err *e);
int archive_get(struct pg *db, long long document, archive_block *fn, void *arg, struct err *e) must_check;

#endif
