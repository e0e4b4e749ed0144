/* query: from a resource, filters and an order to one SQL statement with parameters. The CLI and the API use the same builder. */
#ifndef AIMARKET_QUERY_H
#define AIMARKET_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "aimarket/arena.h"
#include "aimarket/buf.h"
#include "aimarket/keyset.h"
#include "aimarket/resource.h"
#include "aimarket/writer.h"

enum { QUERY_PARAMS_MAX = 96, ASK_FILTERS_MAX = 60, ASK_GROUPS_MAX = 8, ASK_MEASURES_MAX = 16, ASK_LIMIT = 100 /* rows, unless said */ };
#define QUERY_STRICT "strict!"
#define API_LISTEN "127.0.0.1:8377" /* where the API is, unless configured */

struct query {
	const struct resource *resource;
	const char *sql;
	const char *params[QUERY_PARAMS_MAX]; /* text, borrowed from the arena */
	int n;
};

/* What the user asked for; strings are borrowed. */
struct ask {
	const struct resource *resource;
	struct {
		const struct param *param;
		const char *typed, *value;
		bool negate;
	} filters[ASK_FILTERS_MAX];
	int n_filters;
	const struct param *view; /* the PARAM_VIEW that was asked for, or NULL */
	const char *columns; /* "a,b"; NULL = for tables the resource's own, else all */
	bool all_columns; /* machine formats: every column of the view when columns is NULL */
	bool strict; /* a last column more, QUERY_STRICT, true in rows that are disputed (when the resource can tell) */
	bool nested; /* the format nests, so a PARAM_VIEW changes nothing: its rows are a column already */
	/*
	 * Aggregates: any of the three, and a row is a group (see ask_groups). Columns are then those of group_by, the units of
	 * what is measured, the measures, and "disputed": how many rows are, where the resource can tell.
	 */
	const char *
		group_by; /* "type,quarter:announced_on": columns, and month, quarter or year of a day; a bare one: of the resource's first day */
	const char *measure; /* "count,sum:amount_usd,p90:people"; NULL = count. A column is named by its measure, with _ for : */
	const char *having; /* "count>=3,sum:amount_usd>1B": all must hold; measures need not be shown */
	const char *sort; /* "[-]COL,…"; NULL = the resource's order; of groups also "-sum:amount_usd" */
	const char *key; /* only the row with this key; NULL: all */
	bool keyed; /* last columns more, KEYSET_COLUMN: the values of the order, for cursors; not of groups */
	const struct cursor *behind; /* only rows behind this one; NULL: from the first */
	const char *cursor; /* the same as it was typed, for its faces */
	const char *also; /* a condition more, of the program's own making: never with what somebody typed */
	bool any_order; /* rows in no order, for a statement around this one */
	long limit; /* 0 = all */
	long offset;
	const char *as_of; /* YYYY-MM-DD; NULL = today */
	const char *snapshot; /* tx number; NULL = all */
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
/* Adds the call that tells whose the name is, on the day and at the number that are asked for. */
void query_bearers(struct buf *sql, const struct ask *a, const char *function, const char *word, struct query *out);
/*
 * The words of a question beside its filters: name on the command line, its letter, name in the API, member of struct ask (a
 * const char *), what stands for the value in help, help.
 */
#define ASK_LIST_WORDS(X)                                                                                                                  \
	X("columns", 'c', "fields", columns, "A,B", "columns to show, in this order")                                                      \
	X("group-by", 'g', "group_by", group_by, "A,B",                                                                                    \
		"one row a group: columns, or month:, quarter:, year: of a day, as in quarter:announced_on")                               \
	X("measure", 'm', "measure", measure, "M,…",                                                                                       \
		"of each group: count, or sum: median: p90: avg: min: max: count_distinct: of a column, as in sum:amount_usd")             \
	X("having", 0, "having", having, "M>=N,…", "only groups whose measures are so: count>=3,sum:amount_usd>1B")                        \
	X("sort", 's', "sort", sort, "[-]COL,…", "order, - for the largest first")
#define ASK_TIME_WORDS(X)                                                                                                                  \
	X("as-of", 0, "as_of", as_of, "DATE", "answer with what the public could know that day")                                           \
	X("snapshot", 0, "snapshot", snapshot, "TX", "answer with what this store knew after transaction TX")
struct ask_word {
	const char *name, *api;
	size_t at; /* of its member */
	const char *arg, *help;
};
extern const struct ask_word ask_words[]; /* all of them; ends with NULL name */
/* Whose rows are asked: a PARAM_VIEW may have changed that. Known once all of *a is filled. */
const struct resource *ask_resource(const struct ask *a);
/* True when the answer's rows are groups of the resource's. They have no key: no cursor can stand between them. */
bool ask_groups(const struct ask *a);
/* True when the answer depends on names the user typed, which only the view's column list can check. */
bool ask_names_columns(const struct ask *a);
/*
 * Builds the statement. columns, sort and the like name columns of the view: the caller gives the view's columns (from the
 * catalog; NULL when ask_names_columns says no), and an unknown one is an ERR_USAGE that names the nearest right one.
 */
int query_build(const struct ask *a, const struct column *view, size_t n_view, struct arena *mem, struct query *out,
	struct err *e) must_check;

/* ---- one question, three faces (lib/query_face.c) */

/* The statement as one would type it into psql, its values quoted in place. For people to read, never to run from here. */
const char *query_text(const struct query *q, struct arena *mem);
/* The command line that asks the same, quoted for a shell; format may be NULL. What was typed stands there, not what it was resolved to. */
const char *ask_command(const struct ask *a, const char *format, struct arena *mem);
/* Parts of a command line: a word, quoted where it must be; an option by its name there or in the API, value NULL for a flag. */
void face_word(struct buf *out, const char *value);
void face_option(struct buf *out, const char *name, const char *value);
/* Path and query string of the same in the API: "/v1/deals?type=ipo&limit=10". A row to begin with (offset) has no place there. */
const char *ask_url(const struct ask *a, const char *format, struct arena *mem);
/* What a cursor belongs to: filters, order, day and resource; not how many rows and which columns. */
uint64_t ask_digest(const struct ask *a, struct arena *mem);

#endif
