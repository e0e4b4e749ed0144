/* copy: rows as COPY takes them, text and binary, appended to a buf. */
#ifndef AIMARKET_COPY_H
#define AIMARKET_COPY_H

#include "aimarket/pg.h"

/* Text: the fields of a row one after another (NULL is \N), then copy_text_end. */
void copy_text(struct buf *row, const char *value);
void copy_text_n(struct buf *row, const char *value, size_t n);
void copy_text_int(struct buf *row, long long value);
void copy_text_end(struct buf *row);

/* Binary: the header and the trailer of the stream, the head of a row, and fields. */
int copy_binary_begin(struct pg *db, struct err *e) must_check;
int copy_binary_end(struct pg *db, struct err *e) must_check;
void copy_binary_row(struct buf *row, int fields);
void copy_binary_int4(struct buf *row, int32_t value);
void copy_binary_bool(struct buf *row, bool value);
void copy_binary_text(struct buf *row, const char *text, size_t n);	/* also of a "char" */
void copy_binary_jsonb(struct buf *row, const char *json, size_t n);

#endif
