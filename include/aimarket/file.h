/* file: whole bodies in and out of files, with limits; gzip is undone on the way in. */
#ifndef AIMARKET_FILE_H
#define AIMARKET_FILE_H

#include "aimarket/arena.h"
#include "aimarket/buf.h"

/*
 * Reads path ("-" is standard input) and hands it over a block at a time. A body that begins with the gzip magic is inflated
 * when inflate is set: all members of it; zeros may follow the last one, other bytes may not. Both the packed and the plain
 * size are held to max, so a gzip bomb stops there. fn returns non-zero to stop (handed on).
 * Errors: ERR_FAIL with errno's text, ERR_NOT_FOUND, ERR_LIMIT (names the limit), ERR_PARSE (broken gzip, with the byte).
 */
typedef int file_block(void *arg, const void *data, size_t n, struct err *e);
int file_stream(const char *path, bool inflate, size_t max, file_block *fn, void *arg, struct err *e) must_check;
/* The same, appended to out, which has its largest size already. After an error out may hold a part. */
int file_read(const char *path, bool inflate, struct buf *out, struct err *e) must_check;
/*
 * The files path stands for: itself ("-" and pipes too), the regular files of a folder (not hidden, not recursive), or of
 * a glob when no file has that very name. Sorted by bytes, a point before all others: a.json before its part a-1.json.
 * Names live in mem. ERR_NOT_FOUND when there are none.
 */
int file_list(const char *path, struct arena *mem, char ***names, size_t *n, struct err *e) must_check;
/* SHA-256 of a body, 32 raw bytes. */
void file_sha256(const void *data, size_t n, unsigned char out[32]);
/* Bytes as lower-case hex digits and a NUL: out has 2 * n + 1 bytes. */
void file_hex(const unsigned char *p, size_t n, char *out);

#endif
