/* openapi: what can be asked and written, path by path. */
#include "aimarket/openapi.h"

#include "aimarket/keyset.h"
#include "aimarket/query.h"
#include "aimarket/trend.h"
#include "aimarket/writes.h"
#include "openapi_inside.h"

#define TEXT "{\"type\":\"string\"}"
#define FLAG "{\"type\":\"boolean\"}"
#define COUNT "{\"type\":\"integer\",\"minimum\":0}"
#define DAY "{\"type\":\"string\",\"examples\":[\"2024-08-02\",\"2024-Q3\",\"today\",\"-90d\"]}"

/* ---- parameters */

/* Values that are several words, with commas between them. */
static void as_list(json_t *param, json_t *items)
{
	json_object_set_new(param, "schema", json_pack("{s:s, s:o}", "type", "array", "items", items));
	json_object_set_new(param, "style", json_string("form"));
	json_object_set_new(param, "explode", json_false());
}

static json_t *parameter(const char *name, const char *in, const char *schema, const char *help)
{
	json_t *p = json_pack("{s:s, s:s, s:s}", "name", name, "in", in, "description", help);

	if (schema)
		json_object_set_new(p, "schema", spec_json(schema));
	if (strcmp(in, "path") == 0)
		json_object_set_new(p, "required", json_true());
	return p;
}

static json_t *words_of(const char *words)
{
	json_t *list = json_array();

	while (*words) {
		size_t n = strcspn(words, " ");

		json_array_append_new(list, json_stringn(words, n));
		words += n + (words[n] == ' ');
	}
	return list;
}

static const char *const param_schemas[PARAM_TYPES] = {
	[PARAM_TEXT] = TEXT,
	[PARAM_ENTITY] = "{\"type\":\"string\",\"examples\":[\"nvidia\",\"NVIDIA Corporation\",\"cik:1045810\",\"ticker:NVDA\",\"openai,anthropic\"]}",
	[PARAM_DATE_FROM] = DAY,
	[PARAM_DATE_TO] = DAY,
	[PARAM_AMOUNT] = "{\"type\":\"string\",\"examples\":[\"100M\",\"2.5B\",\"1,000,000\"]}",
	[PARAM_INT] = COUNT,
	[PARAM_FLAG] = FLAG,
	[PARAM_VIEW] = FLAG,
};

static char *with_underscores(const char *name, struct arena *mem)
{
	char *made = arena_strdup(mem, name);

	for (char *p = made; (p = strchr(p, '-')); p++)
		*p = '_';
	return made;
}

static json_t *filter(const struct param *p, bool negated, struct arena *mem)
{
	const char *name = with_underscores(p->name, mem);
	json_t *one = parameter(negated ? arena_printf(mem, "not_%s", name) : name, "query", param_schemas[p->type],
		negated ? arena_printf(mem, "leaves out what %s would find", name) : p->help);

	if (p->type == PARAM_CODE || p->type == PARAM_METRIC)
		as_list(one, p->values ? json_pack("{s:s, s:o}", "type", "string", "enum", words_of(p->values)) : spec_json(TEXT));
	return one;
}

/* What is being made. */
struct spec {
	json_t *paths, *params; /* params: those that operations refer to */
	struct arena *mem;
};

/* Several operations have the filters of one resource: they refer to them, by "deals.type". */
static void add_filter(struct spec *s, json_t *list, const struct resource *r, const struct param *p, bool negated)
{
	const char *name = arena_printf(s->mem, "%s.%s%s", r->name, negated ? "not_" : "", with_underscores(p->name, s->mem));

	if (!json_object_get(s->params, name))
		json_object_set_new(s->params, name, filter(p, negated, s->mem));
	json_array_append_new(list, spec_ref("parameters", name));
}

static void add_filters(struct spec *s, json_t *list, const struct resource *r)
{
	for (const struct param *p = r->params; p->name; p++) {
		add_filter(s, list, r, p, false);
		if (p->type != PARAM_VIEW && p->type != PARAM_FLAG)
			add_filter(s, list, r, p, true);
	}
}

/* Those that several operations have, by name. */
static const struct shared {
	const char *name, *schema, *help;
} shared[] = {
	{ "limit", "{\"type\":\"integer\",\"minimum\":0,\"default\":100}", "at most so many rows; 0 streams all of them, in no order unless sort is said" },
	{ "cursor", TEXT, "the next page: next of the one before" },
	{ "count", "{\"type\":\"string\",\"enum\":[\"exact\",\"estimate\"]}", "how many rows there are in all, told in meta" },
	{ "numbers", "{\"type\":\"string\",\"enum\":[\"number\",\"string\"],\"default\":\"number\"}",
		"exact decimals as JSON numbers digit by digit, or as strings for readers whose parser is binary" },
	{ "format", "{\"type\":\"string\",\"enum\":[\"json\",\"ndjson\",\"csv\"]}", "in place of the header Accept" },
	{ 0 },
};

static void add_shared_parameters(json_t *all)
{
	for (const struct shared *s = shared; s->name; s++)
		json_object_set_new(all, s->name, parameter(s->name, "query", s->schema, s->help));
	for (const struct ask_word *w = ask_words; w->name; w++)
		json_object_set_new(all, w->api,
			parameter(w->api, "query",
				strcmp(w->api, "as_of") == 0      ? DAY
				: strcmp(w->api, "snapshot") == 0 ? COUNT
								  : TEXT,
				w->help));
	json_object_set_new(all, "id", parameter("id", "path", TEXT, "its key, as the list tells it; another spelling of it, or an identifier like cik:320193, is led there (308)"));
	json_object_set_new(all, "Idempotency-Key",
		parameter("Idempotency-Key", "header", "{\"type\":\"string\",\"minLength\":1,\"maxLength\":255}",
			"a word of your own for this request: sent again with it, it is done once and answered the same, for a day at least "
			"unless the server is set otherwise (keep_writes)"));
}

/* Names with blanks between them. */
static void add_shared(json_t *list, const char *names)
{
	while (*names) {
		size_t n = strcspn(names, " ");

		json_array_append_new(list, json_pack("{s:o}", "$ref", json_sprintf("#/components/parameters/%.*s", (int)n, names)));
		names += n + (names[n] == ' ');
	}
}

/* ---- answers */

static json_t *json_answer(const char *schema, const char *description, json_t *example)
{
	json_t *media = json_pack("{s:o}", "schema", spec_ref("schemas", schema));

	if (example)
		json_object_set(media, "example", example);
	return json_pack("{s:s, s:{s:o}}", "description", description, "content", "application/json", media);
}

static void add_rows_media(json_t *answer)
{
	json_t *content = json_object_get(answer, "content");

	json_object_set_new(content, "application/x-ndjson",
		spec_json("{\"schema\":{\"type\":\"string\",\"description\":\"an object a line\"}}"));
	json_object_set_new(content, "text/csv",
		spec_json("{\"schema\":{\"type\":\"string\",\"description\":\"RFC 4180, with a header\"}}"));
}

static void add_problems(json_t *answers, const char *statuses)
{
	while (*statuses) {
		size_t n = strcspn(statuses, " ");

		json_object_setn_new(answers, statuses, n, spec_ref("responses", "Problem"));
		statuses += n + (statuses[n] == ' ');
	}
}

static json_t *operation(const char *id, const char *tag, const char *summary, json_t *params, json_t *answers, bool token)
{
	json_t *op = json_pack("{s:s, s:[s], s:s, s:o}", "operationId", id, "tags", tag, "summary", summary, "responses", answers);

	json_object_set_new(op, "description", json_string(summary));

	if (json_array_size(params))
		json_object_set(op, "parameters", params);
	json_decref(params);
	json_object_set_new(op, "security", token ? spec_json("[{\"token\":[]}]") : spec_json("[{},{\"token\":[]}]"));
	return op;
}

static json_t *path_of(json_t *paths, const char *path)
{
	json_t *item = json_object_get(paths, path);

	if (!item) {
		item = json_object();
		json_object_set_new(paths, path, item);
	}
	return item;
}

static void add_get(json_t *paths, const char *path, json_t *op)
{
	json_object_set_new(path_of(paths, path), "get", op);
}

/* ---- resources */

static json_t *rows_answers(const char *schema, const char *description, json_t *example, const char *problems)
{
	json_t *ok = json_answer(schema, description, example),
	       *answers = json_pack("{s:o, s:o}", "200", ok, "304", spec_ref("responses", "NotModified"));

	add_rows_media(ok);
	add_problems(answers, problems);
	return answers;
}

#define READ_PROBLEMS "400 401 404 406 422 429 503"

static int add_resource(struct spec *s, struct pg *db, const struct resource *r, struct err *e)
{
	struct arena *mem = s->mem;
	json_t *paths = s->paths;
	const char *name = spec_name(r->name, mem);
	json_t *list = json_array(), *one = json_array(), *claims = json_array(), *example;

	if (spec_example(db, r, &example, mem, e))
		return -1;
	add_filters(s, list, r);
	add_shared(list, "fields group_by measure having sort limit cursor count numbers format");
	add_shared(one, "id fields numbers format");
	add_shared(claims, "id limit cursor numbers format");
	if (r->asof) {
		add_shared(list, "as_of snapshot");
		add_shared(one, "as_of snapshot");
		add_shared(claims, "as_of snapshot");
	}
	add_get(paths, arena_printf(mem, "/v1/%s", r->name),
		operation(arena_printf(mem, "list_%s", r->name), "resources", r->help, list,
			rows_answers(arena_printf(mem, "%sList", name), "a page of rows, or groups of them", example, READ_PROBLEMS),
			false));
	add_get(paths, arena_printf(mem, "/v1/%s/{id}", r->name),
		operation(arena_printf(mem, "get_%s", r->name), "resources", arena_printf(mem, "one of: %s", r->help), one,
			rows_answers(arena_printf(mem, "%sOne", name), "the row", NULL, "308 400 401 404 406 410 429 503"), false));
	add_get(paths, arena_printf(mem, "/v1/%s/{id}/claims", r->name),
		operation(arena_printf(mem, "claims_%s", r->name), "resources", "all that was said about it", claims,
			rows_answers("ClaimList", "claims, those about figures first", NULL, "308 410 " READ_PROBLEMS), false));
	json_decref(example);
	return 0;
}

/* ---- trends and what else can be asked */

static const struct shared wishes[] = {
	{ "by", "{\"type\":\"string\",\"enum\":[\"month\",\"quarter\",\"year\"],\"default\":\"year\"}", "how long a bucket of time is" },
	{ "growth", "{\"type\":\"string\",\"enum\":[\"yoy\",\"qoq\"]}", "growth over a year or a quarter, in percent" },
	{ "index", DAY, "figures as percent of the one that held that day" },
	{ "rolling", COUNT, "over so many buckets" },
	{ "cumulative", FLAG, "all up to each bucket" },
	{ "share", FLAG, "each group as a share of its bucket" },
	{ "cagr", FLAG, "one rate from the first bucket to the last" },
	{ "ttm", FLAG, "figures of the last twelve months" },
	{ 0 },
};
static const struct shared comparing[] = {
	{ "entities", TEXT, "who is compared: slugs, names or scheme:value, with commas between them" },
	{ "on", DAY, "no buckets, but what held that day" },
	{ "top", COUNT, "only the largest so many" },
	{ "ratio", FLAG, "the first entity's figure by the second's" },
	{ 0 },
};

static void add_wishes(json_t *list, const struct shared *rows)
{
	for (; rows->name; rows++)
		json_array_append_new(list, parameter(rows->name, "query", rows->schema, rows->help));
}

static json_t *split_param(const char *resource)
{
	json_t *p = parameter("split", "query", NULL, "one line a group");

	json_object_set_new(p, "schema", json_pack("{s:s, s:o}", "type", "string", "enum", words_of(trend_splits(resource))));
	return p;
}

static void add_trend(struct spec *s, const char *path, const char *id, const struct resource *r, bool compares)
{
	json_t *list = json_array();

	add_wishes(list, wishes);
	if (compares)
		add_wishes(list, comparing);
	json_array_append_new(list,
		parameter("measure", "query", TEXT, "count, or sum, mean, median, p90, min, max, first, last, as in sum:amount"));
	json_array_append_new(list, split_param(r->name));
	add_filters(s, list, r);
	add_shared(list, "as_of snapshot numbers format");
	add_get(s->paths, path,
		operation(id, "trends",
			compares ? "entities beside each other on one metric" : arena_printf(s->mem, "%s by buckets of time", r->name),
			list, rows_answers("TrendList", "buckets in their order, each with what it stands on", NULL, READ_PROBLEMS),
			false));
}

static void add_trends(struct spec *s)
{
	for (const struct resource *r = resources; r->name; r++)
		if (!r->hidden && trend_splits(r->name))
			add_trend(s, arena_printf(s->mem, "/v1/trends/%s", r->name), arena_printf(s->mem, "trend_%s", r->name), r, false);
	add_trend(s, "/v1/compare", "compare", resource_find("observations"), true);
}

static void add_why(json_t *paths)
{
	json_t *list = json_array();

	json_array_append_new(list, parameter("ref", "query", TEXT, "an entity, a deal or a claim (o:ID)"));
	json_object_set_new(json_array_get(list, 0), "required", json_true());
	json_array_append_new(list, parameter("metric", "query", TEXT, "which figure of it"));
	json_array_append_new(list, parameter("when", "query", DAY, "and of which time"));
	add_shared(list, "as_of snapshot format");
	json_t *answers = json_pack("{s:o, s:o}", "200", json_answer("WhyList", "each figure with all that is behind it", NULL), "304",
		spec_ref("responses", "NotModified"));
	json_object_set_new(json_object_get(json_object_get(answers, "200"), "content"), "application/x-ndjson",
		spec_json("{\"schema\":{\"type\":\"string\"}}"));
	add_problems(answers, "400 401 404 406 429 503");
	add_get(paths, "/v1/why", operation("why", "resources", "why a figure is what it is", list, answers, false));
}

static void add_search(json_t *paths)
{
	json_t *list = json_array();

	json_array_append_new(list, parameter("q", "query", TEXT, "a name, or a part of one"));
	json_object_set_new(json_array_get(list, 0), "required", json_true());
	json_array_append_new(list, parameter("kind", "query", TEXT, "only of these kinds, with commas between them"));
	json_array_append_new(list,
		parameter("limit", "query", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":100,\"default\":20}", "at most so many"));
	add_shared(list, "format");
	add_get(paths, "/v1/search",
		operation("search", "resources", "entities and deals by whatever they are called", list,
			rows_answers("FoundList", "the surest first", NULL, "400 401 404 406 429 503"), false));
}

static void add_events(struct spec *s)
{
	json_t *list = json_array(),
	       *answers = spec_json(
		       "{\"200\":{\"description\":\"events without end: their id is a place in the order of changes, their name the "
		       "kind of change, their data the row\",\"content\":{\"text/event-stream\":{\"schema\":{\"type\":\"string\"}}}}}");

	add_filters(s, list, resource_find("changes"));
	json_array_append_new(list, parameter("last_event_id", "query", TEXT, "go on behind this event; for who cannot send the header"));
	json_array_append_new(list, parameter("Last-Event-ID", "header", TEXT, "go on behind this event"));
	add_problems(answers, "400 401 404 429 503");
	add_get(s->paths, "/v1/events", operation("events", "changes", "what is new, as it comes", list, answers, false));
}

/* What is about the server itself. */
static void add_state(json_t *paths)
{
	static const struct {
		const char *path, *id, *summary, *answers;
	} rows[] = {
		{ "/v1", "index", "what can be asked",
			"{\"200\":{\"description\":\"the resources\",\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/Index\"}}}}}" },
		{ "/openapi.json", "openapi", "this description",
			"{\"200\":{\"description\":\"OpenAPI 3.1\",\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\"}}}},\"304\":{\"$ref\":\"#/components/responses/NotModified\"}}" },
		{ "/healthz", "healthz", "whether the worker answers",
			"{\"200\":{\"description\":\"it does\",\"content\":{\"application/health+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Health\"}}}}}" },
		{ "/livez", "livez", "the same",
			"{\"200\":{\"description\":\"it does\",\"content\":{\"application/health+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Health\"}}}}}" },
		{ "/readyz", "readyz", "whether questions will be answered",
			"{\"200\":{\"description\":\"they will\",\"content\":{\"application/health+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Health\"}}}}}" },
		{ "/metrics", "metrics", "the state of all workers for Prometheus",
			"{\"200\":{\"description\":\"metrics\",\"content\":{\"text/plain\":{\"schema\":{\"type\":\"string\"}}}}}" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_t *answers = spec_json(rows[i].answers);

		add_problems(answers, "400 503");
		add_get(paths, rows[i].path, operation(rows[i].id, "server", rows[i].summary, json_array(), answers, false));
	}
}

/* ---- writing */

static json_t *members_schema(const struct write_member *m)
{
	json_t *props = json_object(), *required = json_array();

	for (; m->name; m++) {
		json_t *one = spec_json(m->schema);

		json_object_set_new(one, "description", json_string(m->help));
		json_object_set_new(props, m->name, one);
		if (m->required)
			json_array_append_new(required, json_string(m->name));
	}
	json_t *s = json_pack("{s:s, s:o, s:b}", "type", "object", "properties", props, "additionalProperties", 0);
	if (json_array_size(required))
		json_object_set(s, "required", required);
	json_decref(required);
	return s;
}

static void add_post(json_t *paths, const char *path, const char *id, const char *summary, json_t *schema)
{
	json_t *list = json_array(), *answers = json_object();

	if (strstr(path, "{id}"))
		add_shared(list, "id");
	add_shared(list, "Idempotency-Key");
	json_object_set_new(answers, "200", json_answer("WrittenAnswer", "all of it was known already", NULL));
	json_object_set_new(answers, "201", json_answer("WrittenAnswer", "written", NULL));
	json_object_set_new(answers, "202", json_answer("WrittenAnswer", "it takes longer: Location tells where the answer will be", NULL));
	add_problems(answers, "400 401 403 404 413 415 422 429 503");
	json_t *op = operation(id, "writing", summary, list, answers, true);
	json_object_set_new(op, "requestBody",
		json_pack("{s:b, s:{s:{s:o}}}", "required", 1, "content", "application/json", "schema", schema));
	json_object_set_new(path_of(paths, path), "post", op);
}

static void add_writes(json_t *paths, const struct openapi_post *facts, size_t n, struct arena *mem)
{
	for (const struct write *w = writes; w->path; w++)
		add_post(paths, w->path, arena_printf(mem, "post_%s", w->what), w->help, members_schema(w->members));
	for (size_t i = 0; i < n; i++)
		add_post(paths, facts[i].path, arena_printf(mem, "post_%s", facts[i].what), facts[i].help, facts[i].schema);
	json_t *list = json_array(), *answers = json_object();
	add_shared(list, "id");
	json_object_set_new(answers, "200", json_answer("WriteState", "whether it is done, and how it was answered", NULL));
	add_problems(answers, "401 404 503");
	add_get(paths, "/v1/writes/{id}", operation("get_write", "writing", "what became of a request to write", list, answers, true));
}

/* ---- the whole */

static const char frame[] =
	"{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"aimarket\",\"version\":\"" AIMARKET_VERSION
	"\",\"summary\":\"market and deal intelligence for the AI industry\","
	"\"description\":\"Every figure leads to the source that said it; figures that disagree are all kept, ranked by one written rule and shown; any question can be asked as "
	"of an earlier day (as_of), or as this store knew it (snapshot).\\n\\nFilters bear the names of the command line, with _ for -; all of them must hold, several words of one "
	"mean any of them, not_NAME leaves out what NAME would find, and ranges have two ends: min_amount and max_amount, since and until. Money and other exact decimals are JSON "
	"numbers digit by digit as stored. Pages follow each other by next, and are of one snapshot whatever comes meanwhile. Errors are problems (RFC 9457) that name the parameter "
	"at fault and the nearest right one.\",\"contact\":{\"name\":\"the maintainers of aimarket\"}},"
	"\"servers\":[{\"url\":\"/\",\"description\":\"this one\"}],"
	"\"tags\":[{\"name\":\"resources\",\"description\":\"rows, and groups of them\"},{\"name\":\"trends\",\"description\":\"buckets of time\"},"
	"{\"name\":\"changes\",\"description\":\"what is new\"},{\"name\":\"writing\",\"description\":\"with a token\"},{\"name\":\"server\",\"description\":\"its own state\"}],"
	"\"paths\":{},"
	"\"components\":{\"securitySchemes\":{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"aimarket token create; to write, and to read where the server asks for it\"}},"
	"\"responses\":{\"Problem\":{\"description\":\"what was wrong\",\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"},"
	"\"example\":{\"type\":\"urn:aimarket:problem:usage\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\"deals has no filter \\\"tpye\\\", did you mean \\\"type\\\"?\","
	"\"parameter\":\"tpye\",\"nearest\":\"type\"}}}},"
	"\"NotModified\":{\"description\":\"what If-None-Match names is still right\"}}}}";

static int add_paths(struct spec *s, struct pg *db, const struct openapi_post *facts, size_t n_facts, struct err *e)
{
	for (const struct resource *r = resources; r->name; r++)
		if (!r->hidden && add_resource(s, db, r, e))
			return -1;
	add_trends(s);
	add_why(s->paths);
	add_search(s->paths);
	add_events(s);
	add_writes(s->paths, facts, n_facts, s->mem);
	add_state(s->paths);
	add_shared_parameters(s->params);
	return 0;
}

int openapi_make(struct pg *db, const struct openapi_post *facts, size_t n_facts, json_t **out, struct err *e)
{
	json_t *made = spec_json(frame), *components = json_object_get(made, "components"), *schemas = NULL;
	struct spec s = { json_object_get(made, "paths"), json_object(), arena_new() };
	int rc = add_paths(&s, db, facts, n_facts, e) || spec_schemas(db, &schemas, s.mem, e) ? -1 : 0;

	json_object_set_new(components, "parameters", s.params);
	if (schemas)
		json_object_set_new(components, "schemas", schemas);
	arena_free(s.mem);
	*out = made;
	if (rc)
		json_decref(made);
	return rc;
}
