/* markup: the words of an HTML page or a plain text, as one reads them. */
#ifndef AIMARKET_MARKUP_H
#define AIMARKET_MARKUP_H

#include "aimarket/buf.h"

/*
 * Appends the text of the page to out, until that is full: runs of blanks (no-break spaces too) become one, blocks end in a line
 * feed, scripts and styles are left out. What holds no tag is taken as it is. Nothing is fetched, no entity but characters known.
 */
void markup_text(const char *data, size_t n, struct buf *out);

#endif
