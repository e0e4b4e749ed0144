/* markup: the words of an HTML page or a plain text, as one reads them. */
#ifndef AIMARKET_MARKUP_H
#define AIMARKET_MARKUP_H

#include <libxml/HTMLparser.h>

#include "aimarket/buf.h"
#include "aimarket/sink.h"

/*
 * Appends the text of the page to out, until that is full: runs of blanks (no-break spaces too) become one, blocks end in a line
 * feed, scripts and styles are left out. What holds no tag is taken as it is. Nothing is fetched, no entity but characters known.
 */
void markup_text(const char *data, size_t n, struct buf *out);

/*
 * Reads the page for handlers of one's own, piece by piece: of sax are taken startElement, endElement and characters, each with arg.
 * *ctxt is the parser while they are called; xmlStopParser ends the reading.
 */
void markup_read(const char *data, size_t n, const htmlSAXHandler *sax, void *arg, htmlParserCtxtPtr *ctxt);

/*
 * A reader of pages takes whatever comes, so what is missing is looked for here: a page that ends inside of a table, or is broken by a NUL,
 * behind which nothing was read. That is noted as a reject at its end.
 */
void markup_tell_fault(const char *data, size_t n, struct sink *out);

#endif
