/*
 * edgar-companyfacts: every fact of every taxonomy a company has tagged in its filings, as an observation under its
 * concept, said by the filing on the day it was filed. edgar-companyconcept: the same of one concept.
 *
 *	{"cik": …, "entityName": …, "facts": {TAXONOMY: {CONCEPT: {"label": …, "description": …, "units": {UNIT: [row, …]}}}}}
 *	{"cik": …, "taxonomy": …, "tag": …, "label": …, "description": …, "entityName": …, "units": {UNIT: [row, …]}}
 *
 * A row's period is its start and end (an instant has no start). fy and fp describe the filing and frame points to the
 * newest filing of a fact: all three are left alone.
 */
#include "aimarket/arena.h"
#include "aimarket/edgar.h"
#include "aimarket/jsonstream.h"
#include "formats.h"

enum { AT_MEMBER = 1, AT_TAXONOMY, AT_CONCEPT, AT_ABOUT, AT_UNIT, AT_ROW, AT_FIELD }; /* depths; of one concept, units are members */

enum row_field { ROW_START, ROW_END, ROW_VALUE, ROW_ACCESSION, ROW_FILED, ROW_FORM, ROW_FIELDS };
static const struct row_name {
	const char *name;
	bool required;
} row_names[ROW_FIELDS] = {
	[ROW_START] = { "start" },
	[ROW_END] = { "end", true },
	[ROW_VALUE] = { "val", true },
	[ROW_ACCESSION] = { "accn", true },
	[ROW_FILED] = { "filed", true },
	[ROW_FORM] = { "form", true },
};

/* Texts kept while what they belong to is read. PLACE is the pointer to the concept or to the array of rows. */
enum held { COMPANY, METRIC, TAXONOMY, CONCEPT, LABEL, DESCRIPTION, UNIT, PLACE, HELD };

struct reader {
	const struct input *in;
	const struct limits *limits;
	struct sink *out;
	char cik[EDGAR_CIK_SIZE];
	char entity[EDGAR_CIK_SIZE + 4]; /* cik:1045810 */
	int units_at; /* depth of the member "units" */
	bool facts; /* were there any? */
	bool in_units; /* of a concept */
	char decimals[16]; /* of the row before, as text: they come in runs */
	int last_decimals;
	struct buf held[HELD];
	size_t at; /* of the row */
	struct record_value fields[ROW_FIELDS]; /* of the row: in the document, or in mem */
	struct arena *mem;
	long long copied; /* bytes of the row in mem */
	bool per_share; /* the unit is money for a share */
};

static void keep(struct buf *b, const struct json_value *v)
{
	buf_reset(b);
	if (v->n)
		(void)buf_add(b, v->text, v->n);
}

static void set_buf(struct sink *out, int field, const struct buf *b)
{
	sink_set(out, field, buf_str(b), b->len);
}

static int top_member(struct reader *r, struct json_stream *js, const struct json_value *v, struct err *e)
{
	const char *key = json_key(js, AT_MEMBER);

	if (!key || !v->text)
		return 0;
	if (strcmp(key, "entityName") == 0)
		keep(&r->held[COMPANY], v);
	else if (strcmp(key, "cik") == 0 && !edgar_cik(v->text, v->n, r->cik))
		return err_set(e, ERR_PARSE, "\"%.*s\" is no Central Index Key", (int)(v->n < 40 ? v->n : 40), v->text);
	return 0;
}

/* The company is known from here on, which place is about. */
static int begin_facts(struct reader *r, struct json_stream *js, const char *place, struct err *e)
{
	char unnamed[EDGAR_CIK_SIZE + 4];

	if (!*r->cik && !edgar_cik_in_name(r->in->name, r->cik))
		return err_set(e, ERR_PARSE, "whose facts they are is not said before them (cik)");
	r->facts = true;
	snprintf(r->entity, sizeof(r->entity), "cik:%s", r->cik);
	snprintf(unnamed, sizeof(unnamed), "CIK %s", r->cik);
	sink_group(r->out, (long long)json_offset(js), place, -1);
	sink_record(r->out, REC_ENTITY);
	sink_setz(r->out, ENTITY_REF, r->entity);
	sink_setz(r->out, ENTITY_KIND, "company");
	sink_setz(r->out, ENTITY_NAME, r->held[COMPANY].len ? buf_str(&r->held[COMPANY]) : unnamed);
	(void)sink_end(r->out);
	sink_record(r->out, REC_KEY);
	sink_setz(r->out, KEY_ENTITY, r->entity);
	sink_setz(r->out, KEY_SCHEME, "cik");
	sink_setz(r->out, KEY_VALUE, r->cik);
	(void)sink_end(r->out);
	return 0;
}

static void name_metric(struct reader *r)
{
	buf_reset(&r->held[METRIC]);
	(void)buf_printf(&r->held[METRIC], "%s:%s", buf_str(&r->held[TAXONOMY]), buf_str(&r->held[CONCEPT]));
}

static void begin_concept(struct reader *r, struct json_stream *js)
{
	static const enum held anew[] = { TAXONOMY, CONCEPT, LABEL, DESCRIPTION };

	for (size_t i = 0; i < sizeof(anew) / sizeof(*anew); i++)
		buf_reset(&r->held[anew[i]]);
	(void)buf_adds(&r->held[TAXONOMY], json_key(js, AT_TAXONOMY));
	(void)buf_adds(&r->held[CONCEPT], json_key(js, AT_CONCEPT));
	name_metric(r);
}

static void about_concept(struct reader *r, struct json_stream *js, const struct json_value *v)
{
	const char *key = json_key(js, AT_ABOUT);

	if (strcmp(key, "label") == 0)
		keep(&r->held[LABEL], v);
	else if (strcmp(key, "description") == 0)
		keep(&r->held[DESCRIPTION], v);
}

/* Label and description may stand behind the rows: the concept is told at its end. */
static void end_concept(struct reader *r, struct json_stream *js)
{
	buf_reset(&r->held[PLACE]);
	json_pointer(js, 0, &r->held[PLACE]);
	sink_group(r->out, (long long)json_offset(js), buf_str(&r->held[PLACE]), -1);
	sink_record(r->out, REC_METRIC);
	set_buf(r->out, METRIC_TAXONOMY, &r->held[TAXONOMY]);
	set_buf(r->out, METRIC_NAME, &r->held[CONCEPT]);
	set_buf(r->out, METRIC_LABEL, &r->held[LABEL]);
	set_buf(r->out, METRIC_DEFINITION, &r->held[DESCRIPTION]);
	(void)sink_end(r->out);
}

static void begin_unit(struct reader *r, struct json_stream *js)
{
	buf_reset(&r->held[UNIT]);
	(void)buf_adds(&r->held[UNIT], json_key(js, r->units_at + 1));
	r->per_share = strstr(buf_str(&r->held[UNIT]), "/shares") != NULL;
	buf_reset(&r->held[PLACE]);
	json_pointer(js, 0, &r->held[PLACE]);
	(void)buf_addc(&r->held[PLACE], '/');
}

static void begin_row(struct reader *r, struct json_stream *js)
{
	r->at = json_offset(js);
	if (r->copied)
		arena_reset(r->mem);
	r->copied = 0;
	memset(r->fields, 0, sizeof(r->fields));
}

/* Text that lies in the document as it stands needs no copy; what was unescaped, or put together from two pieces, does. */
static int hold_field(struct reader *r, struct record_value *f, const struct json_value *v, struct err *e)
{
	*f = (struct record_value){ .text = v->text, .n = v->n };
	if (!v->n || (v->text >= r->in->data && v->text < r->in->data + r->in->len))
		return 0;
	r->copied += (long long)v->n;
	if (r->copied > r->limits->line)
		return err_set(e, ERR_LIMIT, "a row is over the limit line = %lld", r->limits->line);
	f->text = arena_strndup(r->mem, v->text, v->n);
	return 0;
}

static int row_field(struct reader *r, struct json_stream *js, const struct json_value *v, struct err *e)
{
	const char *key = json_key(js, r->units_at + 3);

	for (int i = 0; key[0] && i < ROW_FIELDS; i++)
		if (key[0] == row_names[i].name[0] && key[1] == row_names[i].name[1] && strcmp(key, row_names[i].name) == 0)
			return hold_field(r, &r->fields[i], v, e);
	return 0;
}

static void set_field(struct reader *r, int to, enum row_field from)
{
	sink_set(r->out, to, r->fields[from].text, r->fields[from].n);
}

/* The filing that says so, when this is its first fact. */
static int row_filing(struct reader *r)
{
	struct edgar_filing f = {
		.cik = r->cik, .accession = r->fields[ROW_ACCESSION], .form = r->fields[ROW_FORM], .filed = r->fields[ROW_FILED]
	};

	return sink_knows(r->out, REC_SOURCE, f.accession.text, f.accession.n) ? 0 : edgar_filing(r->out, &f);
}

static const char *row_decimals(struct reader *r)
{
	int decimals = edgar_decimals(r->fields[ROW_VALUE].text, r->fields[ROW_VALUE].n, r->per_share);

	if (decimals != r->last_decimals || !*r->decimals)
		snprintf(r->decimals, sizeof(r->decimals), "%d", decimals);
	r->last_decimals = decimals;
	return r->decimals;
}

static void row_observation(struct reader *r)
{
	sink_record(r->out, REC_OBSERVATION);
	sink_setz(r->out, OBS_ENTITY, r->entity);
	set_buf(r->out, OBS_METRIC, &r->held[METRIC]);
	set_buf(r->out, OBS_UNIT, &r->held[UNIT]);
	set_field(r, OBS_START, ROW_START);
	set_field(r, OBS_END, ROW_END);
	set_field(r, OBS_VALUE, ROW_VALUE);
	sink_setz(r->out, OBS_DECIMALS, row_decimals(r));
	set_field(r, OBS_ASSERTED, ROW_FILED);
	set_field(r, OBS_SOURCE, ROW_ACCESSION);
	(void)sink_end(r->out);
}

static void end_row(struct reader *r, struct json_stream *js)
{
	sink_group(r->out, (long long)r->at, buf_str(&r->held[PLACE]), json_index(js, r->units_at + 2));
	sink_raw(r->out, r->in->data + r->at, json_offset(js) + 1 - r->at);
	for (int i = 0; i < ROW_FIELDS; i++) {
		if (row_names[i].required && !r->fields[i].n) {
			sink_reject(r->out, "required", NULL, 0, "a fact without %s", row_names[i].name);
			return;
		}
	}
	if (row_filing(r) == 0)
		row_observation(r);
}

/* What stands down to the units is objects, a unit an array; a body of another shape makes no sense. A single row that is no object is rejected. */
static int check_shape(const struct reader *r, const struct json_value *v, struct err *e)
{
	const enum json_type due = v->depth == r->units_at + 1 ? JSON_ARRAY : JSON_OBJECT;

	if (v->type == due || v->type == due + 1)
		return 0;
	return err_set(
	        e, ERR_PARSE, "this is not how companyfacts are built: an %s was due", due == JSON_ARRAY ? "array" : "object");
}

static void no_row(struct reader *r, struct json_stream *js, const struct json_value *v)
{
	sink_group(r->out, (long long)json_offset(js), buf_str(&r->held[PLACE]), json_index(js, r->units_at + 2));
	sink_reject(r->out, "shape", v->text, v->n, "a fact that is no object");
}

/* The rows of a concept, by unit. */
static int units(struct reader *r, struct json_stream *js, const struct json_value *v, struct err *e)
{
	const int unit = r->units_at + 1, row = unit + 1, field = row + 1;

	if (v->depth == field)
		return json_key(js, field) ? row_field(r, js, v, e) : 0;
	if (v->depth == row && v->type == JSON_OBJECT)
		begin_row(r, js);
	else if (v->depth == row && v->type == JSON_OBJECT_END)
		end_row(r, js);
	else if (v->depth == row && v->type != JSON_ARRAY_END)
		no_row(r, js, v);
	else if (v->depth == unit && v->type == JSON_ARRAY)
		begin_unit(r, js);
	if (v->depth == row && sink_full(r->out))
		return err_set(e, ERR_LIMIT, "nothing more is taken");
	return 0;
}

/* A concept, and what is said about it. */
static int concept(struct reader *r, struct json_stream *js, const struct json_value *v, struct err *e)
{
	if (v->depth == AT_CONCEPT && v->type == JSON_OBJECT)
		begin_concept(r, js);
	else if (v->depth == AT_CONCEPT)
		end_concept(r, js);
	else if (v->depth == AT_ABOUT && strcmp(json_key(js, AT_ABOUT), "units") == 0) {
		r->in_units = v->type == JSON_OBJECT;
		return check_shape(r, v, e);
	} else if (v->depth == AT_ABOUT)
		about_concept(r, js, v);
	return 0;
}

static int on_value(void *arg, struct json_stream *js, const struct json_value *v, struct err *e)
{
	struct reader *r = arg;

	if (r->in_units && v->depth > AT_ABOUT)
		return v->depth == AT_UNIT && check_shape(r, v, e) ? -1 : units(r, js, v, e);
	if (v->depth < AT_MEMBER || !json_key(js, AT_MEMBER))
		return 0;
	if (strcmp(json_key(js, AT_MEMBER), "facts") != 0)
		return v->depth == AT_MEMBER ? top_member(r, js, v, e) : 0;
	if (v->depth < AT_ABOUT && check_shape(r, v, e))
		return -1;
	if (v->depth == AT_MEMBER && v->type == JSON_OBJECT)
		return begin_facts(r, js, "/facts", e);
	return concept(r, js, v, e);
}

/* ---------------------------------------------------------------- one concept */

/* Its taxonomy and name come before its units, by which they are rows of something. */
static int begin_units(struct reader *r, struct json_stream *js, const struct json_value *v, struct err *e)
{
	if (check_shape(r, v, e))
		return -1;
	r->in_units = v->type == JSON_OBJECT;
	if (!r->in_units)
		return 0;
	if (!r->held[TAXONOMY].len || !r->held[CONCEPT].len)
		return err_set(e, ERR_PARSE, "of which concept the figures are is not said before them (taxonomy, tag)");
	name_metric(r);
	return begin_facts(r, js, "/units", e);
}

static int on_member(void *arg, struct json_stream *js, const struct json_value *v, struct err *e)
{
	static const struct {
		const char *name;
		enum held held;
	} texts[] = { { "taxonomy", TAXONOMY }, { "tag", CONCEPT }, { "label", LABEL }, { "description", DESCRIPTION } };
	struct reader *r = arg;

	if (r->in_units && v->depth > AT_MEMBER)
		return v->depth == AT_MEMBER + 1 && check_shape(r, v, e) ? -1 : units(r, js, v, e);
	if (v->depth == 0 && v->type == JSON_OBJECT_END && r->facts)
		end_concept(r, js);
	if (v->depth != AT_MEMBER || !json_key(js, AT_MEMBER))
		return 0;
	if (strcmp(json_key(js, AT_MEMBER), "units") == 0)
		return begin_units(r, js, v, e);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (v->text && strcmp(json_key(js, AT_MEMBER), texts[i].name) == 0)
			keep(&r->held[texts[i].held], v);
	return top_member(r, js, v, e);
}

/* ---------------------------------------------------------------- a document */

static int parse(const struct input *in, const struct limits *limits, struct sink *out, int units_at, json_fn *fn, const char *missing,
	struct err *e)
{
	struct reader r = { .in = in, .limits = limits, .out = out, .units_at = units_at };
	int rc;

	if (format_refuse_others(in, "JSON", e))
		return -1;
	for (int i = 0; i < HELD; i++)
		buf_init(&r.held[i], 4 * (size_t)limits->field); /* each holds a few fields */
	r.mem = arena_new();
	rc = json_stream(in->data, in->len, limits, fn, &r, e);
	if (rc == 0 && !r.facts)
		rc = err_set(e, ERR_PARSE, "%s", missing);
	for (int i = 0; i < HELD; i++)
		buf_release(&r.held[i]);
	arena_free(r.mem);
	if (sink_full(out)) { /* sink_finish says why */
		err_clear(e);
		return 0;
	}
	return rc;
}

static int companyfacts_parse(
	const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	return parse(in, limits, out, AT_ABOUT, on_value, "no member \"facts\": this is not companyfacts", e);
}

static int companyconcept_parse(
	const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	return parse(in, limits, out, AT_MEMBER, on_member, "no member \"units\": this is not companyconcept", e);
}

const struct format format_edgar_companyfacts = {
	.name = "edgar-companyfacts",
	.help = "SEC companyfacts (JSON): every XBRL fact of one company",
	.media = "application/json",
	.version = 1,
	.whole = true,
	.parse = companyfacts_parse,
};

const struct format format_edgar_companyconcept = {
	.name = "edgar-companyconcept",
	.help = "SEC companyconcept (JSON): the facts of one concept of one company",
	.media = "application/json",
	.version = 1,
	.whole = true,
	.parse = companyconcept_parse,
};
