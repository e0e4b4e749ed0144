/* The inside of the builder, shared by query.c (rows) and query_group.c (groups of rows). */
#ifndef AIMARKET_QUERY_INSIDE_H
#define AIMARKET_QUERY_INSIDE_H

#include "aimarket/query.h"

/* What building needs at every step. */
struct build {
	const struct ask *ask;
	const struct resource *resource; /* whose rows they are */
	const struct column *view;
	size_t n_view;
	struct arena *mem;
	struct query *out;
	struct buf sql;
	struct keyset order;
};

int query_param(struct build *b, const char *value); /* the number it has in the text */
/* The view's column of this name; NULL, and *e names the nearest. */
const struct column *query_column(const struct build *b, const char *name, struct err *e);
/* Fills *e with "what has no kind "name", did you mean "…"?"; -1. */
int query_unknown(const char *what, const char *kind, const char *name, const char *const *names, size_t n, struct err *e);
/* The next comma separated name, blanks around it cut off; NULL at the end. */
const char *query_name(const char **list, struct arena *mem);
/* Splits blank separated words into list; the copies live in mem. */
size_t query_words(const char *words, struct arena *mem, const char **list, size_t max);

/* query_group.c */
struct groups;
struct groups *groups_read(struct build *b, struct err *e); /* what was asked, checked; NULL when that cannot be */
void groups_columns(struct build *b, const struct groups *g);
void groups_having(struct build *b, const struct groups *g); /* GROUP BY too */
int groups_order(struct build *b, const struct groups *g, struct err *e) must_check;

#endif
