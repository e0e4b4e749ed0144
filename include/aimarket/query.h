/* query: from a resource, filters and an order to one SQL statement with parameters. The CLI and the API use the same builder. */
#ifndef AIMARKET_QUERY_H
#define AIMARKET_QUERY_H

#include <stdint.h>

#include "aimarket/arena.h"
#include "aimarket/buf.h"
#include "aimarket/resource.h"

enum { QUERY_PARAMS_MAX = 64 };
#define QUERY_STRICT "strict!"

struct query {
	const struct resource *resource;
	const char *sql;
	const char *params[QUERY_PARAMS_MAX];	/* text, borrowed from the arena */
	int n;
};

/* What the user asked for; strings are borrowed. */
struct ask {
	const struct resource *resource;
	struct { const struct param *param; const char *value; bool negate; } filters[QUERY_PARAMS_MAX];
	int n_filters;
	const char *columns;	/* "a,b"; NULL = for tables the resource's own, else all */
	bool all_columns;	/* machine formats: every column of the view when columns is NULL */
	bool strict;		/* a last column more, QUERY_STRICT, true in rows that are disputed (when the resource can tell) */
	bool nested;		/* the format nests, so a PARAM_VIEW changes nothing: its rows are a column already */
	const char *sort;	/* "[-]COL,…"; NULL = the resource's order */
	bool any_order;		/* rows in no order, for a statement around this one */
	long limit;		/* 0 = all */
	long offset;
	const char *as_of;	/* YYYY-MM-DD; NULL = today */
	const char *snapshot;	/* tx number; NULL = all */
};

/*
 * Adds a filter, with the value's syntax checked (ERR_USAGE names the parameter, and the nearest one when it is unknown).
 * "not-NAME" asks for the rows the filter would leave out. The value as SQL gets it lives in mem.
 */
int ask_filter(struct ask *a, const char *name, const char *value, int32_t today, struct arena *mem, struct err *e) must_check;
/*
 * Names only the database can resolve (entities, metrics): builds the statement that does, with one row and as many columns
 * as are returned; 0: there are none. It raises no_data_found, naming the nearest, for a name nobody bears.
 * Each column's text then goes to ask_resolved; it must live as long as *a.
 */
int ask_resolve(const struct ask *a, struct arena *mem, struct query *out);
void ask_resolved(struct ask *a, int column, const char *value);
/* True when the answer depends on names the user typed, which only the view's column list can check. */
bool ask_names_columns(const struct ask *a);
/*
 * Builds the statement. columns and sort name columns of the view: the caller gives the view's column list (from the
 * catalog; NULL when ask_names_columns says no), and an unknown one is an ERR_USAGE that names the nearest right one.
 */
int query_build(const struct ask *a, const char *const *view_columns, size_t n_columns, struct arena *mem, struct query *out, struct err *e) must_check;
/* The statement as one would type it into psql, its values quoted in place. For people to read, never to run from here. */
const char *query_text(const struct query *q, struct arena *mem);

#endif
