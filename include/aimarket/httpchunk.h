/* httpchunk: a body that comes in chunks (RFC 9112, 7.1), read strictly. Pure. Extensions and trailers are checked and dropped. */
#ifndef AIMARKET_HTTPCHUNK_H
#define AIMARKET_HTTPCHUNK_H

#include "aimarket/buf.h"
#include "aimarket/httphead.h"

struct http_chunk_reader {
	const char *why; /* what was wrong; a literal, for people */

	/* the reader's own */
	int state;
	unsigned long long left; /* bytes of this chunk that are still to come */
	size_t scanned; /* bytes of the line that is still to end that were looked at */
	size_t extra; /* bytes of extensions and trailers so far */
};

void http_chunk_begin(struct http_chunk_reader *r);
/*
 * Takes data and whole lines between them, adds the data to body; *used says how many bytes that was. HTTP_MORE: come again
 * with the bytes that were left and at least one more. HTTP_DONE: the body is whole, what is behind *used belongs to the
 * next request. Else a status from 400 on: 413 when the data would pass body->max.
 */
int http_chunk_read(struct http_chunk_reader *r, const char *data, size_t n, size_t *used, struct buf *body);

#endif
