/*
 * unpack: undoes a Content-Encoding as the bytes come. libcurl could, but takes a packed body that breaks off for a whole one
 * and does not show how much went in.
 */
#ifndef AIMARKET_UNPACK_H
#define AIMARKET_UNPACK_H

#include <stddef.h>

#include "aimarket/err.h"

#define UNPACK_CODINGS "gzip, br, zstd"		/* for Accept-Encoding */

struct unpack;

/* Takes what came out; returns -1 to stop (with an error noted elsewhere). */
typedef int unpack_out(void *arg, const char *data, size_t n);

/* coding as in the header; NULL, "" and "identity" pass bytes on as they are. ERR_PARSE for any other than the known ones. */
int unpack_new(const char *coding, struct unpack **out, struct err *e) must_check;
void unpack_free(struct unpack *u);	/* NULL is fine */
/* ERR_PARSE: not such a stream. Out comes in pieces of at most 16 KiB, so that out can hold it to a limit. */
int unpack_feed(struct unpack *u, const char *data, size_t n, unpack_out *out, void *arg, struct err *e) must_check;
/* Whether the stream has come to its end: nothing was cut off. */
bool unpack_whole(const struct unpack *u);

#endif
