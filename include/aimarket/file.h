/* file: whole bodies in and out of files, with limits; gzip is undone on the way in. */
#ifndef AIMARKET_FILE_H
#define AIMARKET_FILE_H

#include "aimarket/arena.h"
#include "aimarket/buf.h"

/*
 * Reads path ("-" is standard input) into out, which has its largest size already. A body that begins with the gzip
 * magic is inflated when inflate is set; both the packed and the plain size are held to out->max.
 * Errors: ERR_FAIL with errno's text, ERR_NOT_FOUND, ERR_LIMIT (names the limit), ERR_PARSE (broken gzip).
 */
int file_read(const char *path, bool inflate, struct buf *out, struct err *e) must_check;
/* Every regular file of path: itself, a folder's files (not hidden, sorted, not recursive), or a glob's. Names live in mem. */
int file_list(const char *path, struct arena *mem, char ***names, size_t *n, struct err *e) must_check;
/* SHA-256 of a body, 32 raw bytes, and as 64 lower-case hex digits. */
void file_sha256(const void *data, size_t n, unsigned char out[32]);
void file_hex(const unsigned char *p, size_t n, char *out);

#endif
