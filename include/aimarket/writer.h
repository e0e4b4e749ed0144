/* writer: rows of text to a table, JSON, NDJSON, CSV or Markdown, streamed; numbers pass digit by digit. */
#ifndef AIMARKET_WRITER_H
#define AIMARKET_WRITER_H

#include <stdio.h>

#include "aimarket/err.h"

enum format_kind { OUT_TABLE, OUT_JSON, OUT_NDJSON, OUT_CSV, OUT_MARKDOWN, OUT_KINDS };
extern const char *const out_names[OUT_KINDS];

enum column_kind { COL_TEXT, COL_NUMBER, COL_BOOL, COL_JSON };
struct column { const char *name; enum column_kind kind; };

/*
 * The formats. Column names are the query's own. Machine formats are written as rows come, in constant memory.
 *   table     header, rule, cells by two blanks; numbers to the right; control characters become blanks; NULL is empty. When
 *             a width is given and lines would pass it, texts (never numbers) are cut with an ellipsis, the widest first.
 *             Up to 1,000 rows (or 8 MiB) are held back to find the widths; later rows follow those, cut only to a given width.
 *   json      an array of objects, one object a line; "[]" for no rows. ndjson: one object a line, nothing around it.
 *             Numbers digit by digit as they came; NaN and infinity as strings; json columns as they are, on one line.
 *   csv       RFC 4180 with header, lines end in LF; NULL is empty, the empty text is "". Exact unless csv_guard is set.
 *   markdown  a GitHub table; what would be markup in a text is escaped, a line end becomes <br>.
 * Booleans are true and false in all of them.
 */
struct writer_options {
	enum format_kind format;
	int width;		/* columns of the terminal: tables cut texts to fit, and name the columns they have no room for; 0 = any */
	bool color;
	bool csv_guard;		/* put ' before a text cell that a spreadsheet would run: it begins with = + - @ or a control */
	bool numbers_as_strings;	/* JSON: for readers whose parser is binary; not inside json columns */
};

/* Where finished bytes go: a FILE for the CLI, a buffer for the API. n == 0 comes once, at the end: flush. Returns -1 when the reader is gone. */
typedef int writer_out(void *arg, const char *data, size_t n);

struct writer;
struct writer *writer_new(const struct writer_options *o, const struct column *cols, int n, writer_out *out, void *arg);	/* cols are copied */
/* One row of text as libpq gives it; NULL = SQL NULL; lengths may be NULL when all end in NUL. -1 when the reader is gone. */
int writer_row(struct writer *w, const char *const *values, const int *lengths);
int writer_end(struct writer *w);	/* closes brackets, prints a held table, flushes; -1 when not all of it arrived */
void writer_free(struct writer *w);
enum column_kind writer_kind_of(unsigned oid);	/* PostgreSQL type to column kind */
int writer_to_file(void *file, const char *data, size_t n);	/* a writer_out for stdio */

#endif
