/*
 * mapping: which column or JSON pointer feeds which field of which record kind; the declarative half of a feed
 * file. See aimarket-feeds(5), which is made from the tables in feeds/mapping.c.
 */
#ifndef AIMARKET_MAPPING_H
#define AIMARKET_MAPPING_H

#include "aimarket/format.h"

/* Parses the mapping sections of a feed definition (already split by inih into section, key, value). */
struct mapping *mapping_new(void);
void mapping_free(struct mapping *m);
/* One key of the file; ERR_CONFIG names the key, what was wrong and the nearest right word. */
int mapping_add(struct mapping *m, const char *section, const char *key, const char *value, struct err *e) must_check;
/* Checks the whole: every record has its required fields, every reference of a field to a variable resolves. */
int mapping_check(const struct mapping *m, struct err *e) must_check;

/* What the csv and json formats hand over for one row: a column or pointer name and its text. */
struct mapping_row {
	const char *(*get)(void *arg, const char *name, size_t *n);	/* NULL: no such column in this body */
	void *arg;
};
/* Emits the records of one row into the sink's open group; rejects are the sink's affair. */
void mapping_emit(const struct mapping *m, const struct mapping_row *row, struct sink *out);

#endif
