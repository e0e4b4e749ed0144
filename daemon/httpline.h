/* httpline: what the head of a request and the lines between the chunks of its body have in common. */
#ifndef AIMARKET_HTTPLINE_H
#define AIMARKET_HTTPLINE_H

#include <stddef.h>

/* HTTP_MORE, HTTP_DONE and statuses are those of httphead.h. */

/*
 * Finds the CRLF that ends the line at data. *size is how many bytes that makes with it (HTTP_DONE), so far (HTTP_MORE: it is
 * not there yet), or before the one that is wrong (400: a line has no control characters but tabs). *scanned says how far
 * was looked; 0 at the beginning of a line.
 */
int http_line_find(const char *data, size_t n, size_t *scanned, size_t *size);
/* How many of the first characters a token may have; s ends in something else. */
size_t http_token_span(const char *s);
/* "name: value": where the name ends; 0 when it is not that. s ends in NUL or CR. */
size_t http_field_name(const char *s);

#define HTTP_LINE_BAD "a control character, or a line that does not end in CR LF"

#endif
