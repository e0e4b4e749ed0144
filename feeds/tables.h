/*
 * tables: a set of tables, each lines of fields parted by tabs under a line of column names, as the SEC gives them out: several
 * files in one archive, which come as one document, each under a line ==> NAME <== ([archive] together).
 */
#ifndef AIMARKET_TABLES_H
#define AIMARKET_TABLES_H

#include "formats.h"

enum { TABLE_COLUMNS_MAX = 64 };

struct table_column {
	const char *name;
	bool required;
};

struct table {
	const char *name; /* "num.txt": of places */
	const char *base, *at, *end; /* of the document; of what was not read yet */
	size_t n_columns; /* those that were asked for; a row's fields are in their order */
	int places[TABLE_COLUMNS_MAX]; /* of each among the fields of a line; -1: not there */
	int n_fields; /* of a line */
	long long line; /* of the row that was read last; in the table, from 1 */
	bool ragged; /* it has more or fewer fields than there are columns */
	size_t offset, n; /* of it in the document, without its line end */
	struct record_value fields[TABLE_COLUMNS_MAX]; /* its fields; blanks around them are cut off */
	char title[80]; /* "num.txt line " */
};

/*
 * Finds the part whose file name, without folder and ending and whatever the case, is name, and reads its first line. ERR_PARSE: there
 * is no such part, or it lacks a column. columns ends with a NULL name; the names' case does not matter.
 */
int table_open(struct table *t, const struct input *in, const char *name, const struct table_column *columns, struct err *e) must_check;
/* Is there such a part? */
bool table_is_there(const struct input *in, const char *name);
/* The next row; false at the end. Empty lines are passed over. */
bool table_next(struct table *t);
/* The next row will be the one at offset, as t->offset told it. Lines are not counted then. */
void table_seek(struct table *t, size_t offset);
/* Begins the row's group. False when it has more or fewer fields than there are columns: it has been rejected. */
bool table_group(struct table *t, struct sink *out);

#endif
