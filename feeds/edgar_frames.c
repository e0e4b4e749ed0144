/*
 * edgar-frames: one concept for one period of all companies: of each the fact that was filed last.
 *
 *	{"taxonomy": …, "tag": …, "ccp": "CY2019Q1I", "uom": …, "label": …, "description": …, "pts": 3388, "data": [row, …]}
 *	row: {"accn": …, "cik": 1750, "entityName": …, "loc": …, "start": …, "end": "2019-02-28", "val": 218600000}
 *
 * A row is the claim that companyfacts has of the same filing, but for the day on which it was filed, which is not told: where
 * the store knows the claim, nothing is added; else it counts from the day the document was fetched, so that no figure gets
 * into the past before it was known. That late day stays when companyfacts comes afterwards: a claim is known by what it says and
 * never changed, and to close it for another that says the same a day earlier would be a change of the record on every load of
 * either. Late is safe: questions as of a day between see less, never what was not public. Where the past matters, load
 * companyfacts first. ccp is a calendar's quarter or year to which the periods come near; theirs are in the rows.
 */
#include "aimarket/arena.h"
#include "aimarket/edgar.h"
#include "aimarket/jsonstream.h"
#include "formats.h"

enum { AT_MEMBER = 1, AT_ROW, AT_FIELD }; /* depths */

enum text { TAXONOMY, TAG, UNIT, LABEL, DESCRIPTION, TEXTS };
static const char *const text_names[TEXTS] = {
	[TAXONOMY] = "taxonomy",
	[TAG] = "tag",
	[UNIT] = "uom",
	[LABEL] = "label",
	[DESCRIPTION] = "description",
};

enum field { ACCESSION, FILER, NAME, START, END, VALUE, FIELDS };
static const struct {
	const char *name;
	bool required;
} field_rows[FIELDS] = {
	[ACCESSION] = { "accn", true },
	[FILER] = { "cik", true },
	[NAME] = { "entityName" },
	[START] = { "start" },
	[END] = { "end", true },
	[VALUE] = { "val", true },
};

struct reader {
	const struct input *in;
	const struct limits *limits;
	struct sink *out;
	struct buf texts[TEXTS];
	bool data; /* the member was there */
	bool per_share;
	size_t at; /* of the row */
	struct record_value fields[FIELDS];
	struct arena *mem; /* of the row */
};

static bool in_data(struct json_stream *js)
{
	const char *key = json_key(js, AT_MEMBER);

	return key && !strcmp(key, "data");
}

static void take_text(struct reader *r, struct json_stream *js, const struct json_value *v)
{
	for (int i = 0; v->text && i < TEXTS; i++) {
		if (strcmp(json_key(js, AT_MEMBER), text_names[i]) != 0)
			continue;
		buf_reset(&r->texts[i]);
		(void)buf_add(&r->texts[i], v->text, v->n);
	}
}

/* USD-per-shares, as the address has it, is USD/shares. */
static void settle_unit(struct reader *r)
{
	static const char per[] = "-per-";
	const char *text = buf_str(&r->texts[UNIT]), *at = strstr(text, per);

	if (at) {
		char *unit = arena_printf(r->mem, "%.*s/%s", (int)(at - text), text, at + strlen(per));

		buf_reset(&r->texts[UNIT]);
		(void)buf_adds(&r->texts[UNIT], unit);
	}
	r->per_share = strstr(buf_str(&r->texts[UNIT]), "/shares") != NULL;
}

/* What the rows are of is known from here on. */
static int begin_data(struct reader *r, struct json_stream *js, const struct json_value *v, struct err *e)
{
	static const enum text needed[] = { TAXONOMY, TAG, UNIT };

	if (v->type != JSON_ARRAY)
		return err_set(e, ERR_PARSE, "this is not how frames are built: an array was due");
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!r->texts[needed[i]].len)
			return err_set(e, ERR_PARSE, "of what the figures are is not said before them (%s)", text_names[needed[i]]);
	r->data = true;
	settle_unit(r);
	return 0;
}

static void set_text(struct reader *r, int field, enum text text)
{
	sink_set(r->out, field, buf_str(&r->texts[text]), r->texts[text].len);
}

static void end_data(struct reader *r, struct json_stream *js)
{
	sink_group(r->out, (long long)json_offset(js), "/data", -1);
	sink_record(r->out, REC_METRIC);
	set_text(r, METRIC_TAXONOMY, TAXONOMY);
	set_text(r, METRIC_NAME, TAG);
	set_text(r, METRIC_LABEL, LABEL);
	set_text(r, METRIC_DEFINITION, DESCRIPTION);
	(void)sink_end(r->out);
}

/* ---------------------------------------------------------------- rows */

static void begin_row(struct reader *r, struct json_stream *js)
{
	r->at = json_offset(js);
	arena_reset(r->mem);
	memset(r->fields, 0, sizeof r->fields);
}

static void take_field(struct reader *r, struct json_stream *js, const struct json_value *v)
{
	const char *key = json_key(js, AT_FIELD);

	for (int i = 0; key && v->n && i < FIELDS; i++)
		if (!strcmp(key, field_rows[i].name))
			r->fields[i] = (struct record_value){ arena_strndup(r->mem, v->text, v->n), v->n };
}

static void emit_figure(struct reader *r, const char *cik)
{
	const struct record_value *v = r->fields;
	const char *metric = arena_printf(r->mem, "%s:%s", buf_str(&r->texts[TAXONOMY]), buf_str(&r->texts[TAG]));
	const char *entity = arena_printf(r->mem, "cik:%s", cik);
	const char *decimals = arena_printf(r->mem, "%d", edgar_decimals(v[VALUE].text, v[VALUE].n, r->per_share));

	sink_record(r->out, REC_OBSERVATION);
	sink_setz(r->out, OBS_ENTITY, entity);
	sink_setz(r->out, OBS_METRIC, metric);
	set_text(r, OBS_UNIT, UNIT);
	sink_set(r->out, OBS_START, v[START].text, v[START].n);
	sink_set(r->out, OBS_END, v[END].text, v[END].n);
	sink_set(r->out, OBS_VALUE, v[VALUE].text, v[VALUE].n);
	sink_setz(r->out, OBS_DECIMALS, decimals);
	sink_setz(r->out, OBS_ASSERTED, r->in->fetched);
	sink_set(r->out, OBS_SOURCE, v[ACCESSION].text, v[ACCESSION].n);
	(void)sink_end(r->out);
}

static void emit_row(struct reader *r)
{
	const struct record_value *v = r->fields;
	struct edgar_filing f = { .accession = v[ACCESSION] };
	char cik[EDGAR_CIK_SIZE];

	for (int i = 0; i < FIELDS; i++) {
		if (field_rows[i].required && !v[i].n) {
			sink_reject(r->out, "required", NULL, 0, "a fact without %s", field_rows[i].name);
			return;
		}
	}
	if (!edgar_cik(v[FILER].text, v[FILER].n, cik)) {
		sink_reject(r->out, "cik", NULL, 0, "\"%.*s\" is no Central Index Key", (int)(v[FILER].n < 40 ? v[FILER].n : 40),
			v[FILER].text);
		return;
	}
	f.cik = cik;
	if (!edgar_entity(r->out, cik, "company", v[NAME]) &&
		(sink_knows(r->out, REC_SOURCE, v[ACCESSION].text, v[ACCESSION].n) || !edgar_filing(r->out, &f)))
		emit_figure(r, cik);
}

static void end_row(struct reader *r, struct json_stream *js)
{
	sink_group(r->out, (long long)r->at, "/data/", json_index(js, AT_ROW));
	sink_raw(r->out, r->in->data + r->at, json_offset(js) + 1 - r->at);
	emit_row(r);
}

static void no_row(struct reader *r, struct json_stream *js, const struct json_value *v)
{
	sink_group(r->out, (long long)json_offset(js), "/data/", json_index(js, AT_ROW));
	sink_reject(r->out, "shape", v->text, v->n, "a fact that is no object");
}

static int on_row(struct reader *r, struct json_stream *js, const struct json_value *v, struct err *e)
{
	if (v->type == JSON_OBJECT)
		begin_row(r, js);
	else if (v->type == JSON_OBJECT_END)
		end_row(r, js);
	else if (v->type != JSON_ARRAY_END)
		no_row(r, js, v);
	return sink_full(r->out) ? err_set(e, ERR_LIMIT, "nothing more is taken") : 0;
}

static int on_value(void *arg, struct json_stream *js, const struct json_value *v, struct err *e)
{
	struct reader *r = arg;

	if (v->depth < AT_MEMBER || !json_key(js, AT_MEMBER))
		return 0;
	if (v->depth == AT_MEMBER && v->type == JSON_ARRAY_END && in_data(js))
		end_data(r, js);
	else if (v->depth == AT_MEMBER && in_data(js))
		return begin_data(r, js, v, e);
	else if (v->depth == AT_MEMBER)
		take_text(r, js, v);
	else if (v->depth == AT_ROW && in_data(js))
		return on_row(r, js, v, e);
	else if (v->depth == AT_FIELD && in_data(js))
		take_field(r, js, v);
	return 0;
}

static int frames_parse(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	struct reader r = { .in = in, .limits = limits, .out = out };
	int rc;

	if (format_refuse_others(in, "JSON", e))
		return -1;
	for (int i = 0; i < TEXTS; i++)
		buf_init(&r.texts[i], 2 * (size_t)limits->field);
	r.mem = arena_new();
	rc = json_stream(in->data, in->len, limits, on_value, &r, e);
	if (rc == 0 && !r.data)
		rc = err_set(e, ERR_PARSE, "no member \"data\": this is not a frame");
	for (int i = 0; i < TEXTS; i++)
		buf_release(&r.texts[i]);
	arena_free(r.mem);
	if (sink_full(out)) { /* sink_finish says why */
		err_clear(e);
		return 0;
	}
	return rc;
}

const struct format format_edgar_frames = {
	.name = "edgar-frames",
	.help = "SEC frames (JSON): one concept and period of all companies",
	.media = "application/json",
	.version = 1,
	.whole = true,
	.parse = frames_parse,
};
