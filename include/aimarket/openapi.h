/*
 * openapi: the API's description (OpenAPI 3.1). What can be asked comes from the registry, what comes back from the views and
 * their comments, what can be written from the tables of byhand.h and writes.h; the examples are answers of the store at hand.
 * etc/openapi.json is that of the starter set, and what /openapi.json serves.
 */
#ifndef AIMARKET_OPENAPI_H
#define AIMARKET_OPENAPI_H

#include <jansson.h>

#include "aimarket/pg.h"

/* What the description says of facts by hand; the tables are those of feeds/, which lib/ does not link. Yours to free. */
struct openapi_post {
	const char *path, *what, *help;
	json_t *schema;		/* taken */
};
/* *out is yours. */
int openapi_make(struct pg *db, const struct openapi_post *facts, size_t n_facts, json_t **out, struct err *e) must_check;

#endif
