/* text: UTF-8, names and terminal columns (utf8proc does the work). */
#ifndef AIMARKET_TEXT_H
#define AIMARKET_TEXT_H

#include <stddef.h>

#include "aimarket/buf.h"

/* Offset of the first byte that is not valid UTF-8, or is NUL (which PostgreSQL's text cannot hold); n when all is well. */
size_t text_utf8_check(const char *s, size_t n);
/* Columns a terminal uses for s: wide characters 2, combining marks and controls 0, each byte that is not UTF-8 one. */
int text_width(const char *s, size_t n);
/* Bytes of the longest prefix that fits into columns. */
size_t text_fit(const char *s, size_t n, int columns);
/* Cuts blanks off both ends, U+00A0 included; moves *s and *n. */
void text_trim(const char **s, size_t *n);
/*
 * Appends lower-case ASCII words joined by '-': "Character.AI" -> "character-ai", "Möbius" -> "mobius", "BYJU'S" -> "byjus";
 * cut at max bytes on a word end. Appends nothing for a name without any ASCII letter or digit ("百度").
 */
void text_slug(const char *s, size_t n, size_t max, struct buf *out);
/*
 * The candidate nearest to word by edit distance (insert, delete, replace, swap of neighbours; case does not count), the
 * first of equals, or NULL when none is near: distance over a third of word's length, rounded up. Borrowed.
 */
const char *text_nearest(const char *word, const char *const *candidates, size_t n);

#endif
