/*
 * resource: something a user can ask for. One registry drives the CLI's `query`, its help and completion, the API's
 * routes and the OpenAPI document. The C row says how to ask; the view and its column comments say what comes back.
 */
#ifndef AIMARKET_RESOURCE_H
#define AIMARKET_RESOURCE_H

#include "aimarket/err.h"

enum param_type {
	PARAM_TEXT,
	PARAM_CODE,	/* one or several words, comma separated; sql gets a text[] */
	PARAM_ENTITY,	/* slug, name, alias or scheme:value, several with commas; resolved first, sql gets the slugs they may stand under as text[] */
	PARAM_METRIC,	/* one or several metrics, comma separated; resolved first, sql gets their names as text[] */
	PARAM_DATE_FROM, PARAM_DATE_TO,	/* a partial date means its first, its last day */
	PARAM_AMOUNT,	/* 100M, 2.5B, 1,000,000; sql gets a numeric as text */
	PARAM_INT,
	PARAM_FLAG,	/* no value; sql stands alone */
	PARAM_VIEW,	/* no value; sql names the resource that is asked instead, with the same parameters */
	PARAM_TYPES
};
extern const char *const param_args[PARAM_TYPES];	/* what stands for the value in help: "WORD,…", "DATE"; NULL: takes none */

struct param {
	const char *name;	/* "min-amount" on the command line, "min_amount" in the API */
	enum param_type type;
	const char *sql;	/* a condition; every $ becomes this value's $n: "amount_usd >= $::numeric" */
	const char *help;
	const char *values;	/* PARAM_CODE: the allowed words, blank separated; NULL = any */
	int narrows;		/* how much it narrows a question: WIDE_FROM of all together, and the wide view is asked */
};

/* A column that tells a day, for buckets of time: as SQL a date, and how exactly it is known ('day' for all, or a column). */
struct day {
	const char *name, *sql, *precision;
};

/* A figure that is only like others of the same unit: groups that measure it are made by these columns too. */
struct unit {
	const char *name, *of;	/* "value", "metric unit period" */
};

struct resource {
	const char *name;	/* "deals" */
	const char *view;	/* "api.deals": today's answer */
	const char *asof;	/* "api.deals_asof": function (as_of date, snapshot bigint) with the same columns; NULL: has no past */
	const char *wide, *wide_asof;	/* the same columns with rows more that are computed when asked; NULL: none */
	const char *key;	/* column that names one row: "id" */
	const char *columns;	/* shown in a table unless --columns says otherwise: "id type target …" */
	const char *order;	/* default ORDER BY, total: "announced_first DESC NULLS LAST, id" */
	const char *ahead;	/* what rows behind a cursor meet by its values, where an index leads to them: "tx >= $1::bigint"; NULL: nothing */
	const char *flag;	/* boolean column that marks a disputed row; NULL: rows are never disputed */
	const struct day *days;	/* the first is what a bare bucket means; end with NULL name; NULL: none */
	const struct unit *units;	/* end with NULL name; NULL: none */
	const char *sort_as;	/* columns that sort by another one, in pairs: "announced_on announced_first"; may be NULL */
	const char *help;
	const struct param *params;	/* ends with NULL name */
	bool hidden;		/* reached through a PARAM_VIEW of another */
};

enum { RESOURCES_MAX = 64, WIDE_FROM = 2 };
extern const struct resource resources[];	/* lib/resources.c; ends with NULL name */
const struct resource *resource_find(const char *name);	/* NULL when there is none */
const struct param *resource_param(const struct resource *r, const char *name);	/* '-' and '_' are the same; NULL when there is none */
/* Fills *e with "unknown resource "x", did you mean "y"?"; returns -1. */
int resource_unknown(const char *name, struct err *e);

#endif
