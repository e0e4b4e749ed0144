/*
 * trend: rows of a resource by buckets of time, and entities beside each other: one statement around the filtered rows that
 * query.h builds. The command line and the API use the same builder; values never enter the text.
 */
#ifndef AIMARKET_TREND_H
#define AIMARKET_TREND_H

#include <libpq-fe.h>

#include "aimarket/query.h"

enum { TREND_ENTITIES_MAX = 24 };

/* What the user asked for; strings are borrowed, NULL = not asked. */
struct trend {
	struct ask ask;			/* resource and filters; as_of and snapshot too */
	const char *by;			/* month, quarter or year; NULL: year */
	const char *measure;		/* "count", "sum:amount", "p90:amount", "last"; NULL: the resource's usual one */
	const char *split;		/* one of trend_splits */
	const char *growth;		/* yoy or qoq */
	const char *index;		/* YYYY-MM-DD: figures as percent of the one in force that day */
	const char *on;			/* YYYY-MM-DD: no buckets, but what held that day */
	long rolling;			/* over so many buckets; 0: each by itself */
	long top;			/* with on: the largest so many; 0: all */
	bool cumulative, share, cagr, ratio;
	bool basis;			/* a last column more, "basis": jsonb that says what the row stands on */
	const char *entities[TREND_ENTITIES_MAX];	/* as typed; trend_resolved puts slugs in their place */
	const char *ratio_names[2];	/* the first two as typed, once slugs are in their place */
	int n_entities;
};

/* Blank separated words for help and completion; NULL when the resource has no trends. */
const char *trend_splits(const char *resource);
const char *trend_columns(const char *resource);	/* what can be measured; "" when rows are only counted */
/* Checks that the wishes go together; ERR_USAGE says which do not. */
int trend_check(const struct trend *t, struct err *e) must_check;
/* The statement that resolves t->entities: one row, a column each; its texts go to trend_resolved. Returns how many. */
int trend_resolve(const struct trend *t, struct arena *mem, struct query *out);
/* Puts in the slugs of one entity; behind the last, all of them become a filter. */
int trend_resolved(struct trend *t, int column, const char *slugs, struct arena *mem, struct err *e) must_check;
/* True when the answer sets figures in relation, which only like ones allow. */
bool trend_relates(const struct trend *t);
/* The statement that finds unlike ends: rows of subject, what, said ("A against B"); none: all are alike. */
int trend_build_unlike(const struct trend *t, struct arena *mem, struct query *out, struct err *e) must_check;
/* Fills *e with what that statement found; -1. */
int trend_unlike(const char *subject, const char *what, const char *said, struct err *e);
/* A ratio of nothing, an index to a day before all figures: said (ERR_NOT_FOUND), rather than shown as an empty column. */
int trend_refuse_empty(const struct trend *t, const PGresult *res, struct err *e) must_check;
/* Who says so: source, url, rows; the six that say most. */
int trend_build_sources(const struct trend *t, struct arena *mem, struct query *out, struct err *e) must_check;
/* The answer. Columns: bucket, those of the group, value, low, high, what was derived, claims, disputed, basis. */
int trend_build(const struct trend *t, struct arena *mem, struct query *out, struct err *e) must_check;

#endif
