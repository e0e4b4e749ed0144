/*
 * byhand: facts typed in by hand, on the command line or in the body of a request. What was said becomes a table of one row, which
 * goes the way of every other document: kept, parsed by a feed (by-hand-deal …), loaded; so it is traceable and replayed like the rest.
 */
#ifndef AIMARKET_BYHAND_H
#define AIMARKET_BYHAND_H

#include "aimarket/arena.h"
#include "aimarket/buf.h"
#include "aimarket/feed.h"
#include "aimarket/option.h"

struct row;

struct byhand {		/* a kind of fact */
	const char *name;	/* "deal": `aimarket add deal` */
	const char *resource;	/* "deals": POST /v1/deals */
	const char *feed;
	const char *help;
	const struct option_row *options;	/* beside these byhand_source, and byhand_figure where it has figures */
	const char *const *required;	/* ends with NULL */
	bool figures;
	int (*more)(const struct row *row, struct err *e);	/* columns that are no option by themselves; may be NULL */
};
extern const struct byhand byhands[];	/* ends with NULL name */
extern const struct option_row byhand_source[], byhand_figure[];
extern const struct option_row byhand_entity[], byhand_deal[], byhand_observation[], byhand_statement[], byhand_no[];
#define BYHAND_ENTITY "a company, product, model, chip, person …"
#define BYHAND_DEAL "a deal, or what another source says about one"
#define BYHAND_OBSERVATION "a figure"
#define BYHAND_STATEMENT "something said that is no figure: a parent, a party, a stage …"
#define BYHAND_SOURCE "a source, for claims that come later"
const struct byhand *byhand_find(const char *name);	/* by name or resource; NULL when there is none */

struct byhand_given {	/* what was said */
	void *of;
	const char *(*text)(void *of, const char *option);	/* NULL: it was not */
	bool (*flag)(void *of, const char *option);
	int (*many)(void *of, const char *option, const char *const **values);	/* how many times */
};

/* Appends the table: a line of names, a line of values. ERR_USAGE names the option that is missing or wrong. */
int byhand_table(const struct byhand *b, const struct byhand_given *g, struct arena *mem, struct buf *out, struct err *e) must_check;
/* The same of the body of a request, a JSON object whose members are named like the options, with _ for -; numbers digit by digit. */
int byhand_table_of_json(const struct byhand *b, const char *json, size_t n, struct arena *mem, struct buf *out, struct err *e) must_check;
/*
 * Does the feed that reads the table know all the columns of its first row? A misspelt one would be passed over in silence. ERR_USAGE
 * names the first it does not know, and the nearest that it does. A table in UTF-16 or -32 is not looked at.
 */
int byhand_check_columns(const struct feed *feed, const char *table, size_t n, struct err *e) must_check;

#endif
