/* The inside of the description, shared by openapi.c (paths) and openapi_schema.c (what comes back). */
#ifndef AIMARKET_OPENAPI_INSIDE_H
#define AIMARKET_OPENAPI_INSIDE_H

#include <jansson.h>

#include "aimarket/pg.h"
#include "aimarket/resource.h"

/* A JSON text of ours; aborts when it is none. New. */
json_t *spec_json(const char *text);
json_t *spec_ref(const char *kind, const char *name); /* {"$ref": "#/components/KIND/NAME"} */
/* "deal_parts" -> "DealParts": what the schema of a resource's rows is called. In mem. */
const char *spec_name(const char *name, struct arena *mem);
/* The schemas of all answers, by name. */
int spec_schemas(struct pg *db, json_t **out, struct arena *mem, struct err *e) must_check;
/* A real answer of a resource's list, envelope and all: its first row. */
int spec_example(struct pg *db, const struct resource *r, json_t **out, struct arena *mem, struct err *e) must_check;

#endif
