/* aimarket openapi: the API's description, with examples from the store at hand. */
#include "aimarket/openapi.h"
#include "aimarket/byhand.h"
#include "aimarket/cmd.h"

enum { FACTS_MAX = 16 };

static json_t *value_schema(const struct option_row *o)
{
	if (o->type == OPT_FLAG)
		return json_pack("{s:s, s:s}", "type", "boolean", "description", o->help);
	if (o->type == OPT_MANY)
		return json_pack("{s:s, s:{s:s}, s:s}", "type", "array", "items", "type", "string", "description", o->help);
	return json_pack("{s:[s, s], s:s}", "type", "string", "number", "description", o->help);
}

static void add_members(json_t *props, const struct option_row *rows, struct arena *mem)
{
	for (; rows->name; rows++) {
		char *name = arena_strdup(mem, rows->name);

		for (char *p = name; (p = strchr(p, '-')); p++)
			*p = '_';
		json_object_set_new(props, name, value_schema(rows));
	}
}

/* The body of a request for this kind of fact. */
static json_t *body_schema(const struct byhand *b, struct arena *mem)
{
	json_t *props = json_object(), *required = json_array();

	add_members(props, b->options, mem);
	if (b->figures)
		add_members(props, byhand_figure, mem);
	add_members(props, byhand_source, mem);
	for (const char *const *name = b->required; *name; name++)
		json_array_append_new(required, json_string(*name));
	return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", props, "required", required, "additionalProperties", 0);
}

static int openapi_run(struct cmd *c, struct err *e)
{
	struct openapi_post facts[FACTS_MAX];
	struct pg *db;
	json_t *made;
	size_t n = 0;

	if (cmd_store(c, &db, e))
		return -1;
	for (const struct byhand *b = byhands; b->name && n < FACTS_MAX; b++)
		facts[n++] = (struct openapi_post){ arena_printf(cmd_mem(c), "/v1/%s", b->resource), b->name, b->help,
			body_schema(b, cmd_mem(c)) };
	if (openapi_make(db, facts, n, &made, e))
		return -1;
	int rc = json_dumpf(made, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
	json_decref(made);
	putchar('\n');
	return rc ? err_set(e, ERR_FAIL, "could not write to standard output: %m") : 0;
}

extern const struct command cmd_openapi;
const struct command cmd_openapi = {
	.name = "openapi",
	.summary = "the API's description (OpenAPI 3.1)",
	.text = "Made from the registry of resources, the comments of the views and the tables of what can be written; its examples are answers of the store at hand.",
	.run = openapi_run,
};
