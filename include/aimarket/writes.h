/*
 * writes: what can be written through the API beside facts by hand (byhand.h): questions, forecasts, how they came out. The
 * bodies are JSON objects; the rows below say which members they have. The API's routes and its description come from them.
 */
#ifndef AIMARKET_WRITES_H
#define AIMARKET_WRITES_H

#include "aimarket/arena.h"

struct write_member {
	const char *name;
	const char *schema;	/* JSON Schema of its value */
	const char *help;
	bool required;
	bool is_time, begins;	/* a time, of which a date alone is the last second; begins: the first */
};

struct write {
	const char *path;	/* "/v1/predictions/{id}/forecasts" */
	const char *what;	/* "forecast": as load.write_prediction calls it */
	const char *help;
	const char *place;	/* what is made can be asked for here, with its id behind; NULL: not by itself */
	const struct write_member *members;	/* end with NULL name */
};
extern const struct write writes[];	/* end with NULL path */

/*
 * Checks the body of such a request and makes of it what api.post takes, in mem: members are known, those that must be there are,
 * a criterion (when) can be read, and so can dates. Numbers stay as they are written. ERR_USAGE.
 */
int write_body(const struct write *w, const char *json, size_t n, struct arena *mem, const char **out, struct err *e) must_check;

#endif
