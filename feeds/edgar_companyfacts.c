/*
 * edgar-companyfacts: every fact of every taxonomy a company has tagged in its filings, as an observation under its
 * concept, said by the filing on the day it was filed.
 *
 *	{"cik": …, "entityName": …, "facts": {TAXONOMY: {CONCEPT: {"label": …, "description": …, "units": {UNIT: [row, …]}}}}}
 *
 * A row's period is its start and end (an instant has no start). fy and fp describe the filing and frame points to the
 * newest filing of a fact: all three are left alone.
 */
#include "aimarket/arena.h"
#include "aimarket/edgar.h"
#include "aimarket/jsonstream.h"
#include "formats.h"

enum { AT_MEMBER = 1, AT_TAXONOMY, AT_CONCEPT, AT_ABOUT, AT_UNIT, AT_ROW, AT_FIELD }; /* depths */

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
enum held { COMPANY, METRIC, LABEL, DESCRIPTION, UNIT, PLACE, HELD };

struct reader {
	const struct input *in;
	const struct limits *limits;
	struct sink *out;
	char cik[EDGAR_CIK_SIZE];
	char entity[EDGAR_CIK_SIZE + 4]; /* cik:1045810 */
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

/* The company is known from here on. */
static int begin_facts(struct reader *r, struct json_stream *js, struct err *e)
{
	char unnamed[EDGAR_CIK_SIZE + 4];

	if (!*r->cik && !edgar_cik_in_name(r->in->name, r->cik))
		return err_set(e, ERR_PARSE, "whose facts they are is not said before them (cik)");
	r->facts = true;
	snprintf(r->entity, sizeof(r->entity), "cik:%s", r->cik);
	snprintf(unnamed, sizeof(unnamed), "CIK %s", r->cik);
	sink_group(r->out, (long long)json_offset(js), "/facts", -1);
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

static void begin_concept(struct reader *r, struct json_stream *js)
{
	buf_reset(&r->held[METRIC]);
	buf_reset(&r->held[LABEL]);
	buf_reset(&r->held[DESCRIPTION]);
	(void)buf_printf(&r->held[METRIC], "%s:%s", json_key(js, AT_TAXONOMY), json_key(js, AT_CONCEPT));
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
	sink_setz(r->out, METRIC_TAXONOMY, json_key(js, AT_TAXONOMY));
	sink_setz(r->out, METRIC_NAME, json_key(js, AT_CONCEPT));
	set_buf(r->out, METRIC_LABEL, &r->held[LABEL]);
	set_buf(r->out, METRIC_DEFINITION, &r->held[DESCRIPTION]);
	(void)sink_end(r->out);
}

static void begin_unit(struct reader *r, struct json_stream *js)
{
	buf_reset(&r->held[UNIT]);
	(void)buf_adds(&r->held[UNIT], json_key(js, AT_UNIT));
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
	const char *key = json_key(js, AT_FIELD);

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
	sink_group(r->out, (long long)r->at, buf_str(&r->held[PLACE]), json_index(js, AT_ROW));
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

/* What stands at each depth below "facts"; a body of another shape makes no sense. A single row that is no object is rejected. */
static int check_shape(const struct json_value *v, struct err *e)
{
	static const enum json_type shape[] = { [AT_MEMBER] = JSON_OBJECT,
		[AT_TAXONOMY] = JSON_OBJECT,
		[AT_CONCEPT] = JSON_OBJECT,
		[AT_ABOUT] = JSON_OBJECT,
		[AT_UNIT] = JSON_ARRAY };

	if (v->type == shape[v->depth] || v->type == shape[v->depth] + 1)
		return 0;
	return err_set(
	        e, ERR_PARSE, "this is not how companyfacts are built: an %s was due", shape[v->depth] == JSON_ARRAY ? "array" : "object");
}

static void no_row(struct reader *r, struct json_stream *js, const struct json_value *v)
{
	sink_group(r->out, (long long)json_offset(js), buf_str(&r->held[PLACE]), json_index(js, AT_ROW));
	sink_reject(r->out, "shape", v->text, v->n, "a fact that is no object");
}

/* The rows of a concept, by unit. */
static int units(struct reader *r, struct json_stream *js, const struct json_value *v, struct err *e)
{
	if (v->depth == AT_FIELD)
		return json_key(js, AT_FIELD) ? row_field(r, js, v, e) : 0;
	if (v->depth == AT_ROW && v->type == JSON_OBJECT)
		begin_row(r, js);
	else if (v->depth == AT_ROW && v->type == JSON_OBJECT_END)
		end_row(r, js);
	else if (v->depth == AT_ROW && v->type != JSON_ARRAY_END)
		no_row(r, js, v);
	else if (v->depth == AT_UNIT && v->type == JSON_ARRAY)
		begin_unit(r, js);
	if (v->depth == AT_ROW && sink_full(r->out))
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
		return check_shape(v, e);
	} else if (v->depth == AT_ABOUT)
		about_concept(r, js, v);
	return 0;
}

static int on_value(void *arg, struct json_stream *js, const struct json_value *v, struct err *e)
{
	struct reader *r = arg;

	if (r->in_units && v->depth > AT_ABOUT)
		return v->depth == AT_UNIT && check_shape(v, e) ? -1 : units(r, js, v, e);
	if (v->depth < AT_MEMBER || !json_key(js, AT_MEMBER))
		return 0;
	if (strcmp(json_key(js, AT_MEMBER), "facts") != 0)
		return v->depth == AT_MEMBER ? top_member(r, js, v, e) : 0;
	if (v->depth < AT_ABOUT && check_shape(v, e))
		return -1;
	if (v->depth == AT_MEMBER && v->type == JSON_OBJECT)
		return begin_facts(r, js, e);
	return concept(r, js, v, e);
}

static int companyfacts_parse(
        const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	struct reader r = { .in = in, .limits = limits, .out = out };
	int rc;

	if (format_refuse_others(in, "JSON", e))
		return -1;
	for (int i = 0; i < HELD; i++)
		buf_init(&r.held[i], 4 * (size_t)limits->field); /* each holds a few fields */
	r.mem = arena_new();
	rc = json_stream(in->data, in->len, limits, on_value, &r, e);
	if (rc == 0 && !r.facts)
		rc = err_set(e, ERR_PARSE, "no member \"facts\": this is not companyfacts");
	for (int i = 0; i < HELD; i++)
		buf_release(&r.held[i]);
	arena_free(r.mem);
	if (sink_full(out)) { /* sink_finish says why */
		err_clear(e);
		return 0;
	}
	return rc;
}

const struct format format_edgar_companyfacts = {
	.name = "edgar-companyfacts",
	.help = "SEC companyfacts (JSON): every XBRL fact of one company",
	.media = "application/json",
	.version = 1,
	.whole = true,
	.parse = companyfacts_parse,
};
