/* openapi_schema: what comes back, from the views and their comments; and examples, from the store at hand. */
#include "openapi_inside.h"

#include <ctype.h>

#include "aimarket/query.h"
#include "aimarket/store.h"

json_t *spec_json(const char *text)
{
	json_error_t e;
	json_t *made = json_loads(text, JSON_DECODE_ANY, &e);

	if (!made) {
		fprintf(stderr, "%s: %s\n", text, e.text);
		abort();
	}
	return made;
}

json_t *spec_ref(const char *kind, const char *name)
{
	return json_pack("{s:o}", "$ref", json_sprintf("#/components/%s/%s", kind, name));
}

const char *spec_name(const char *name, struct arena *mem)
{
	char *made = arena_strdup(mem, name), *out = made;
	bool up = true;

	for (; *name; name++) {
		if (*name != '_')
			*out++ = up ? (char)toupper((unsigned char)*name) : *name;
		up = *name == '_';
	}
	*out = '\0';
	return made;
}

/* ---- columns */

/* Types of PostgreSQL as those of JSON. Numbers become texts by numbers=string. */
static const struct {
	const char *type, *schema;
} types[] = {
	{ "numeric", "{\"type\":[\"number\",\"string\",\"null\"]}" },
	{ "real", "{\"type\":[\"number\",\"string\",\"null\"]}" },
	{ "integer", "{\"type\":[\"integer\",\"string\",\"null\"]}" },
	{ "bigint", "{\"type\":[\"integer\",\"string\",\"null\"]}" },
	{ "smallint", "{\"type\":[\"integer\",\"string\",\"null\"]}" },
	{ "boolean", "{\"type\":[\"boolean\",\"null\"]}" },
	{ "date", "{\"type\":[\"string\",\"null\"],\"format\":\"date\"}" },
	{ "timestamp with time zone", "{\"type\":[\"string\",\"null\"],\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+[+-][0-9:]+$\"}" },
	{ "jsonb", "{\"type\":[\"object\",\"array\",\"null\"],\"items\":{}}" },
	{ 0 },
};

#define WORDS "{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"string\"}}"
#define PAIRS "{\"type\":[\"object\",\"null\"],\"additionalProperties\":{\"type\":\"string\"}}"
#define OBJECTS "{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"object\"}}"
#define OBJECT "{\"type\":[\"object\",\"null\"]}"
/* What columns of type jsonb hold. */
static const struct {
	const char *column, *schema;
} nested[] = {
	{ "parties",
		"{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},"
		"\"role\":{\"type\":[\"string\",\"null\"]}},\"required\":[\"id\",\"name\",\"role\"]}}" },
	{ "party_ids", WORDS },
	{ "filer_ids", WORDS },
	{ "aliases", WORDS },
	{ "concepts", WORDS },
	{ "tags", WORDS },
	{ "options", WORDS },
	{ "about", WORDS },
	{ "evidence", WORDS },
	{ "evidence_documents", WORDS },
	{ "parts", OBJECTS },
	{ "keys", OBJECTS },
	{ "inputs", OBJECTS },
	{ "said", OBJECT },
	{ "basis", OBJECT },
	{ 0 },
};

static json_t *column_schema(const char *view, const char *column, const char *type)
{
	if (strcmp(type, "jsonb") == 0 && strcmp(column, "dimensions") == 0)
		return spec_json(strcmp(view, "metrics") == 0 ? OBJECTS : PAIRS);
	for (size_t i = 0; strcmp(type, "jsonb") == 0 && nested[i].column; i++)
		if (strcmp(nested[i].column, column) == 0)
			return spec_json(nested[i].schema);
	for (size_t i = 0; types[i].type; i++)
		if (strcmp(types[i].type, type) == 0)
			return spec_json(types[i].schema);
	return spec_json("{\"type\":[\"string\",\"null\"]}");
}

/* The properties of the rows that a view or function has. */
static json_t *properties(const PGresult *res, const char *name)
{
	json_t *all = json_object();

	for (int i = 0; i < PQntuples(res); i++) {
		const char *column = PQgetvalue(res, i, 1);

		if (strcmp(PQgetvalue(res, i, 0), name) != 0)
			continue;
		json_t *one = column_schema(name, column, PQgetvalue(res, i, 2));
		if (!PQgetisnull(res, i, 3))
			json_object_set_new(one, "description", json_string(PQgetvalue(res, i, 3)));
		json_object_set_new(all, column, one);
	}
	return all;
}

static json_t *row_schema(json_t *props, const char *description)
{
	return json_pack("{s:s, s:s, s:o, s:b}", "type", "object", "description", description, "properties", props, "additionalProperties",
		0);
}

/* {"data": …, "next": …, "meta": …} around it. */
static json_t *envelope(json_t *data, const char *meta, bool pages)
{
	json_t *s = json_pack("{s:s, s:{s:o, s:o}, s:[s, s], s:b}", "type", "object", "properties", "data", data, "meta",
		spec_ref("schemas", meta), "required", "data", "meta", "additionalProperties", 0);
	json_t *next = spec_json(pages ? "{\"type\":[\"string\",\"null\"],\"description\":\"the next page: the value of cursor\"}"
				       : "{\"type\":\"null\"}");

	json_object_set_new(json_object_get(s, "properties"), "next", next);
	json_array_append_new(json_object_get(s, "required"), json_string("next"));
	return s;
}

static json_t *list_of(json_t *items)
{
	return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

/* ---- those of one resource */

static void add_resource(json_t *all, const PGresult *res, const struct resource *r, struct arena *mem)
{
	const char *name = spec_name(r->name, mem);
	json_t *rows = envelope(list_of(spec_ref("schemas", name)), "Meta", true);
	json_t *groups = spec_ref("schemas", "Groups");

	json_object_set_new(all, name, row_schema(properties(res, r->view + strlen("api.")), r->help));
	json_object_set_new(all, arena_printf(mem, "%sList", name), json_pack("{s:[o, o]}", "anyOf", rows, groups));
	json_object_set_new(all, arena_printf(mem, "%sOne", name), envelope(spec_ref("schemas", name), "Meta", false));
}

/* ---- those of all */

static const struct {
	const char *name, *schema;
} fixed[] = {
	{ "Problem",
		"{\"type\":\"object\",\"description\":\"what was wrong (RFC 9457)\",\"properties\":{"
		"\"type\":{\"type\":\"string\",\"description\":\"kind of problem: urn:aimarket:problem:usage, not-found, limit, db, db-down …\"},"
		"\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},\"instance\":{\"type\":\"string\"},"
		"\"parameter\":{\"type\":\"string\",\"description\":\"the parameter or member at fault\"},"
		"\"nearest\":{\"type\":\"string\",\"description\":\"what may have been meant\"},\"advice\":{\"type\":\"string\"}},"
		"\"required\":[\"type\",\"title\",\"status\"],\"additionalProperties\":false}" },
	{ "Meta",
		"{\"type\":\"object\",\"description\":\"what an answer says of itself\",\"properties\":{"
		"\"resource\":{\"type\":\"string\"},\"rows\":{\"type\":\"integer\",\"description\":\"rows of this page\"},"
		"\"as_of\":{\"type\":[\"string\",\"null\"],\"format\":\"date\",\"description\":\"told with what the public could know that day; null: today\"},"
		"\"snapshot\":{\"type\":[\"integer\",\"null\"],\"description\":\"last transaction it was made from; null: not known to be of one\"},"
		"\"command\":{\"type\":\"string\",\"description\":\"the command line that asks the same\"},"
		"\"count\":{\"type\":\"integer\",\"description\":\"rows in all, with count=exact\"},"
		"\"count_estimate\":{\"type\":\"integer\",\"description\":\"rows in all as the planner guesses, with count=estimate\"}},"
		"\"additionalProperties\":false}" },
	{ "GroupMeta",
		"{\"type\":\"object\",\"properties\":{\"resource\":{\"type\":\"string\"},\"rows\":{\"type\":\"integer\"},\"as_of\":{\"type\":[\"string\",\"null\"]},"
		"\"snapshot\":{\"type\":[\"integer\",\"null\"]},\"command\":{\"type\":\"string\"},\"count\":{\"type\":\"integer\"},\"count_estimate\":{\"type\":\"integer\"},"
		"\"groups\":{\"const\":true}},\"required\":[\"groups\"],\"additionalProperties\":false}" },
	{ "Group",
		"{\"type\":\"object\",\"description\":\"a group: the columns of group_by, the units of what is measured, the measures (sum:amount_usd is called "
		"sum_amount_usd), and how many of its rows are disputed\",\"additionalProperties\":true}" },
	{ "Trend",
		"{\"type\":\"object\",\"description\":\"a bucket of time, or an entity on a day; which columns there are depends on what was asked\",\"properties\":{"
		"\"bucket\":{\"type\":\"string\",\"description\":\"2024-08, 2024-Q3 or 2024\"},\"rank\":{\"type\":[\"integer\",\"string\"]},\"entity\":{\"type\":[\"string\",\"null\"]},"
		"\"metric\":{\"type\":[\"string\",\"null\"]},\"dimensions\":{\"type\":[\"object\",\"null\"]},\"period\":{\"type\":[\"string\",\"null\"]},"
		"\"value\":{\"type\":[\"number\",\"string\",\"null\"],\"description\":\"the measure of the figures shown\"},"
		"\"low\":{\"type\":[\"number\",\"string\",\"null\"],\"description\":\"of the lowest claimed\"},\"high\":{\"type\":[\"number\",\"string\",\"null\"],\"description\":\"of the highest\"},"
		"\"unit\":{\"type\":[\"string\",\"null\"]},\"rows\":{\"type\":[\"integer\",\"string\"]},\"without\":{\"type\":[\"integer\",\"string\"],\"description\":\"rows without a figure\"},"
		"\"claims\":{\"type\":[\"number\",\"string\",\"null\"]},\"disputed\":{\"type\":[\"integer\",\"string\",\"boolean\",\"null\"]},"
		"\"basis\":{\"type\":[\"object\",\"null\"],\"description\":\"what the row stands on: measure, definition, unit, rows, claims, disputed\"}},"
		"\"additionalProperties\":{\"type\":[\"number\",\"string\",\"boolean\",\"object\",\"null\"]}}" },
	{ "Why",
		"{\"type\":\"object\",\"description\":\"a figure, the rule that chose it, every claim with its verdict and evidence, what it was computed from, and the same number elsewhere\"}" },
	{ "Written",
		"{\"type\":\"object\",\"description\":\"what was written\",\"properties\":{\"id\":{\"type\":[\"string\",\"integer\"]},\"tx\":{\"type\":[\"integer\",\"null\"],"
		"\"description\":\"transaction that did it\"},\"outcome\":{\"type\":[\"string\",\"null\"]},\"step\":{\"type\":\"string\"},\"added\":{\"type\":\"integer\",\"description\":\"claims that were new\"},"
		"\"known\":{\"type\":\"integer\",\"description\":\"claims that were there already\"},\"claims\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
		"\"about\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"description\":\"slugs\"},\"state\":{\"const\":\"waiting\"}},\"additionalProperties\":false}" },
	{ "WrittenAnswer",
		"{\"type\":\"object\",\"properties\":{\"data\":{\"$ref\":\"#/components/schemas/Written\"},\"meta\":{\"type\":\"object\",\"properties\":{\"write\":{\"type\":\"integer\","
		"\"description\":\"number of the request: /v1/writes/NUMBER\"}},\"required\":[\"write\"],\"additionalProperties\":false}},\"required\":[\"data\",\"meta\"],\"additionalProperties\":false}" },
	{ "WriteState",
		"{\"type\":\"object\",\"properties\":{\"data\":{\"type\":\"object\",\"properties\":{\"state\":{\"type\":\"string\",\"enum\":[\"waiting\",\"done\"]},"
		"\"status\":{\"type\":[\"integer\",\"null\"]},\"answer\":{\"type\":[\"object\",\"null\"]}},\"required\":[\"state\",\"status\",\"answer\"],\"additionalProperties\":false}},"
		"\"required\":[\"data\"],\"additionalProperties\":false}" },
	{ "Index",
		"{\"type\":\"object\",\"properties\":{\"data\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}},\"required\":[\"data\"]}" },
	{ "Health",
		"{\"type\":\"object\",\"properties\":{\"status\":{\"type\":\"string\",\"enum\":[\"pass\",\"warn\",\"fail\"]}},\"required\":[\"status\"],\"additionalProperties\":true}" },
	{ 0 },
};

static void add_fixed(json_t *all, const PGresult *res)
{
	json_t *groups = envelope(list_of(spec_ref("schemas", "Group")), "GroupMeta", false);

	for (size_t i = 0; fixed[i].name; i++)
		json_object_set_new(all, fixed[i].name, spec_json(fixed[i].schema));
	json_object_set_new(all, "Groups", groups);
	json_object_set_new(all, "Claim", row_schema(properties(res, "claims_about"), "something that was said, once"));
	json_object_set_new(all, "ClaimList", envelope(list_of(spec_ref("schemas", "Claim")), "Meta", true));
	json_object_set_new(all, "Found", row_schema(properties(res, "search"), "an entity or deal that a word may stand for"));
	json_object_set_new(all, "FoundList", envelope(list_of(spec_ref("schemas", "Found")), "Meta", false));
	json_object_set_new(all, "TrendList", envelope(list_of(spec_ref("schemas", "Trend")), "Meta", false));
	json_object_set_new(all, "WhyList", envelope(list_of(spec_ref("schemas", "Why")), "Meta", false));
}

int spec_schemas(struct pg *db, json_t **out, struct arena *mem, struct err *e)
{
	PGresult *res;

	if (pg_exec(db, sql_query("openapi_columns"), 0, NULL, &res, e))
		return -1;
	*out = json_object();
	for (const struct resource *r = resources; r->name; r++)
		if (!r->hidden)
			add_resource(*out, res, r, mem);
	add_fixed(*out, res);
	PQclear(res);
	return 0;
}

/* ---- examples */

static int into_buf(void *buf, const char *data, size_t n)
{
	return buf_add(buf, data, n);
}

/* Files of the starter set lie in one folder or another: it is left out. */
static const char *without_folder(const char *value, struct arena *mem)
{
	const char *data = strstr(value, "/data/"), *start = data;

	while (start && start > value && start[-1] != ' ')
		start--;
	return start && *start == '/' ? arena_printf(mem, "%.*s%s", (int)(start - value), value, data + 1) : value;
}

/* Times of the store's own clock, and how long things took, are of one moment: the same answers make the same example. */
static const char *shown_value(const PGresult *res, int column, struct arena *mem)
{
	enum { TIMESTAMPTZ = 1184 };

	if (PQgetisnull(res, 0, column))
		return NULL;
	if (PQftype(res, column) == TIMESTAMPTZ)
		return "2026-10-06 12:00:00+00";
	return strcmp(PQfname(res, column), "seconds") == 0 ? "0.1" : without_folder(PQgetvalue(res, 0, column), mem);
}

static json_t *first_row(const PGresult *res, int n, struct arena *mem)
{
	const struct writer_options o = { .format = OUT_JSON };
	struct column *cols = arena_alloc(mem, (size_t)(n + 1) * sizeof *cols);
	const char **values = arena_alloc(mem, (size_t)(n + 1) * sizeof *values);
	struct buf text;

	for (int i = 0; i < n; i++) {
		cols[i] = (struct column){ PQfname(res, i), writer_kind_of(PQftype(res, i)) };
		values[i] = PQntuples(res) ? shown_value(res, i, mem) : NULL;
	}
	buf_init(&text, 16 << 20);
	struct writer *w = writer_new(&o, cols, n, into_buf, &text);
	if (PQntuples(res))
		(void)writer_row(w, values, NULL);
	(void)writer_end(w);
	writer_free(w);
	json_t *made = spec_json(buf_str(&text));
	buf_release(&text);
	return made;
}

/* What the API's list says beside the rows; the cursor, where there is more. */
static json_t *answer_of(const struct ask *a, const PGresult *res, struct arena *mem)
{
	int n = 0;
	struct cursor c = { .question = ask_digest(a, mem), .snapshot = PQntuples(res) ? PQgetvalue(res, 0, PQnfields(res) - 1) : "0" };

	while (n < PQnfields(res) && !strchr(PQfname(res, n), '!'))
		n++;
	for (int i = n; i < PQnfields(res) - 1; i++)
		c.values[c.n++] = PQntuples(res) ? shown_value(res, i, mem) : NULL;
	bool more = PQntuples(res) > 1, past = a->resource->asof != NULL;
	return json_pack("{s:o, s:o, s:{s:s, s:i, s:n, s:o, s:s}}", "data", first_row(res, n, mem), "next",
		more ? json_string(cursor_text(&c, mem)) : json_null(), "meta", "resource", a->resource->name, "rows",
		PQntuples(res) ? 1 : 0, "as_of", "snapshot",
		past && PQntuples(res) ? json_integer(strtoll(c.snapshot, NULL, 10)) : json_null(), "command", ask_command(a, "json", mem));
}

int spec_example(struct pg *db, const struct resource *r, json_t **out, struct arena *mem, struct err *e)
{
	struct ask a = { .resource = r, .limit = 1, .all_columns = true, .nested = true, .keyed = true }, two = a;
	struct query q;
	PGresult *res;

	two.limit = 2;
	if (query_build(&two, NULL, 0, mem, &q, e))
		return -1;
	q.sql = arena_printf(mem, "SELECT *, (SELECT max(tx) FROM store.tx) AS \"seen!\" FROM (%s) AS page", q.sql);
	if (pg_exec(db, q.sql, q.n, q.params, &res, e))
		return -1;
	*out = answer_of(&a, res, mem);
	PQclear(res);
	return 0;
}
