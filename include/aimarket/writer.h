/* writer: rows of text to a table, JSON, NDJSON, CSV or Markdown, streamed; numbers pass digit by digit. */
#ifndef AIMARKET_WRITER_H
#define AIMARKET_WRITER_H

#include <stdio.h>

#include "aimarket/err.h"

enum format_kind { OUT_TABLE, OUT_JSON, OUT_NDJSON, OUT_CSV, OUT_MARKDOWN, OUT_KINDS };
extern const char *const out_names[OUT_KINDS];

enum column_kind { COL_TEXT, COL_NUMBER, COL_BOOL, COL_JSON };
struct column { const char *name; enum column_kind kind; };

struct writer_options {
	enum format_kind format;
	int width;		/* columns of the terminal; 0 = do not cut */
	bool color;
	bool csv_guard;		/* put ' before a text cell that a spreadsheet would run */
	bool numbers_as_strings;
};

/* Where finished bytes go: a FILE for the CLI, a buffer for the API. Returns -1 when the reader is gone. */
typedef int writer_out(void *arg, const char *data, size_t n);

struct writer;
struct writer *writer_new(const struct writer_options *o, const struct column *cols, int n, writer_out *out, void *arg);
/* One row; NULL = SQL NULL. -1 when the reader is gone. Tables are held back until writer_end or 1,000 rows to find their widths. */
int writer_row(struct writer *w, const char *const *values, const int *lengths);
int writer_end(struct writer *w);	/* closes brackets, prints a held table */
void writer_free(struct writer *w);
enum column_kind writer_kind_of(unsigned oid);	/* PostgreSQL type to column kind */
int writer_to_file(void *file, const char *data, size_t n);	/* a writer_out for stdio */

#endif
