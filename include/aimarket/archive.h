/*
 * archive: document bodies, compressed with zstd, neither side ever holding one whole. They are kept in the database, in parts, or,
 * where AIMARKET_ARCHIVE names a folder (conf_export), in a file each: FOLDER/ab/abcd….zst, named by the hash of what is in it.
 */
#ifndef AIMARKET_ARCHIVE_H
#define AIMARKET_ARCHIVE_H

#include "aimarket/body.h"
#include "aimarket/pg.h"

/* SHA-256 of a body of any size, 32 raw bytes. */
int archive_hash(struct body *body, unsigned char sha256[32], struct err *e) must_check;
struct archive_body {
	struct body *body;
	const char *sha256_hex; /* "\\x" and 64 digits, as SQL takes it */
	const char *media; /* may be NULL */
	long long document; /* its number in the store, once it is put there */
};
/* In the open transaction: the documents' rows and, where the bytes are new, their parts or files. Each body is another one. */
int archive_put(struct pg *db, struct archive_body *bodies, size_t n, struct err *e) must_check;
/*
 * Hands the bytes of a document over a block at a time, as they were fetched, wherever they are; at the end their hash is compared.
 * ERR_NOT_FOUND when they are not kept, ERR_FAIL when they are damaged: then what was handed over is not to be believed.
 */
int archive_get(struct pg *db, long long document, body_block *fn, void *arg, struct err *e) must_check;
/* Drops what need not be kept any more (load.prune); keep in seconds. *n documents, *bytes before compression. */
int archive_prune(struct pg *db, long long keep, long long *n, long long *bytes, struct err *e) must_check;

#endif
