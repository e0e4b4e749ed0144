/* record: what the typed kinds come to in primitive ones. */
#include "aimarket/record.h"

#include "aimarket/buf.h"
#include "aimarket/sink.h"
#include "aimarket/text.h"

enum { NONE = -1 };

/* A statement that one field of a typed record becomes. */
struct statement_part {
	int field; /* made when this one is there; ends with NONE */
	const char *property;
	int as; /* STATEMENT_CODE, _TEXT, _OBJECT; _END: the field is the day */
	const char *dims;
};

/* A figure about a deal. Field numbers; NONE: has none. Timeless: the date is the stage's, so that sources which date a deal differently still meet. */
struct figure_part {
	const char *metric;
	int value, high, comparator, decimals, state, component;
	const char *component_default; /* NULL: the metric has no components */
	int unit;
	const char *unit_default;
};

/* Where a typed kind keeps what all its claims share. */
struct common_part {
	int nature, asserted, source, note;
};

static const struct common_part deal_common = { DEAL_NATURE, DEAL_ASSERTED, DEAL_SOURCE, DEAL_NOTE };
static const struct statement_part deal_statements[] = {
	{ DEAL_TYPE, "deal_type", STATEMENT_CODE },
	{ DEAL_TARGET, "party", STATEMENT_OBJECT, "role=target" },
	{ DEAL_ACQUIRER, "party", STATEMENT_OBJECT, "role=acquirer" },
	{ DEAL_ROUND, "round", STATEMENT_TEXT },
	{ DEAL_PEOPLE_TEXT, "people", STATEMENT_TEXT },
	{ NONE },
};
static const struct figure_part deal_figures[] = {
	{ "deal_amount", DEAL_AMOUNT, DEAL_HIGH, DEAL_COMPARATOR, DEAL_DECIMALS, DEAL_STATE, DEAL_COMPONENT, "total", DEAL_CURRENCY, NULL },
	{ "deal_amount", DEAL_VALUATION, DEAL_VALUATION_HIGH, DEAL_VALUATION_COMPARATOR, NONE, NONE, DEAL_VALUATION_KIND,
	        "implied_valuation", DEAL_CURRENCY, NULL },
	{ "deal_people", DEAL_PEOPLE, NONE, NONE, NONE, NONE, NONE, NULL, NONE, "people" },
	{ "deal_people_share", DEAL_PEOPLE_SHARE, NONE, NONE, NONE, NONE, NONE, NULL, NONE, "percent" },
};

static const struct common_part filing_common = { NONE, NONE, FILING_SOURCE, FILING_NOTE };
static const struct statement_part filing_statements[] = {
	{ FILING_FORM, "filing_form", STATEMENT_CODE },
	{ FILING_FILER, "filer", STATEMENT_OBJECT },
	{ FILING_FILED, "filed_on", STATEMENT_END },
	{ FILING_ACCEPTED, "accepted_at", STATEMENT_TEXT },
	{ FILING_PERIOD, "report_period", STATEMENT_END },
	{ FILING_DOCUMENT, "document", STATEMENT_TEXT },
	{ FILING_ITEMS, "items", STATEMENT_TEXT },
	{ FILING_FILE_NUMBER, "file_number", STATEMENT_TEXT },
	{ NONE },
};

static bool given(const struct record_value *v, int field)
{
	return field != NONE && v[field].n > 0;
}

static void set_from(struct sink *out, int to, const struct record_value *v, int field)
{
	if (given(v, field))
		sink_set(out, to, v[field].text, v[field].n);
}

static void statement_begin(
        struct sink *out, const char *entity, const char *property, const struct common_part *c, const struct record_value *v)
{
	sink_record(out, REC_STATEMENT);
	sink_setz(out, STATEMENT_ENTITY, entity);
	sink_setz(out, STATEMENT_PROPERTY, property);
	set_from(out, STATEMENT_NATURE, v, c->nature);
	set_from(out, STATEMENT_ASSERTED, v, c->asserted);
	set_from(out, STATEMENT_SOURCE, v, c->source);
	set_from(out, STATEMENT_NOTE, v, c->note);
}

static int emit_statements(
        struct sink *out, const char *entity, const struct statement_part *part, const struct common_part *c, const struct record_value *v)
{
	for (; part->field != NONE; part++) {
		if (!given(v, part->field))
			continue;
		statement_begin(out, entity, part->property, c, v);
		set_from(out, part->as, v, part->field);
		sink_setz(out, STATEMENT_DIMS, part->dims);
		if (part->as == STATEMENT_END)
			set_from(out, STATEMENT_START, v, part->field);
		if (sink_end(out))
			return -1;
	}
	return 0;
}

static int emit_entity(struct sink *out, const char *ref, const char *kind, const char *name)
{
	sink_record(out, REC_ENTITY);
	sink_setz(out, ENTITY_REF, ref);
	sink_setz(out, ENTITY_KIND, kind);
	sink_setz(out, ENTITY_NAME, name);
	return sink_end(out);
}

static int emit_key(struct sink *out, const char *ref, const char *scheme, const char *value, const struct record_value *source)
{
	sink_record(out, REC_KEY);
	sink_setz(out, KEY_ENTITY, ref);
	sink_setz(out, KEY_SCHEME, scheme);
	sink_setz(out, KEY_VALUE, value);
	sink_set(out, KEY_SOURCE, source->text, source->n);
	return sink_end(out);
}

/* The stage of a deal; a date without a word for it is an announcement. */
static int emit_stage(struct sink *out, const char *deal, const struct record_value *v)
{
	if (!given(v, DEAL_STATUS) && !given(v, DEAL_DATE))
		return 0;
	statement_begin(out, deal, "stage", &deal_common, v);
	sink_setz(out, STATEMENT_CODE, "announced");
	set_from(out, STATEMENT_CODE, v, DEAL_STATUS);
	set_from(out, STATEMENT_START, v, DEAL_DATE);
	set_from(out, STATEMENT_END, v, DEAL_DATE);
	set_from(out, STATEMENT_PREC, v, DEAL_PREC);
	return sink_end(out);
}

static int emit_figure(struct sink *out, const char *deal, const struct figure_part *f, const struct record_value *v)
{
	char dims[64];

	if (!given(v, f->value) && !given(v, f->state))
		return 0;
	sink_record(out, REC_OBSERVATION);
	sink_setz(out, OBS_ENTITY, deal);
	sink_setz(out, OBS_METRIC, f->metric);
	if (f->component_default) {
		const struct record_value *c = &v[f->component];
		snprintf(dims, sizeof(dims), "component=%.*s", c->n ? (int)c->n : (int)strlen(f->component_default),
		        c->n ? c->text : f->component_default);
		sink_setz(out, OBS_DIMS, dims);
	}
	/* ISO 4217's "no currency" stands in where a sum is not disclosed at all */
	sink_setz(out, OBS_UNIT, f->unit_default ? f->unit_default : given(v, f->value) ? NULL : "XXX");
	set_from(out, OBS_UNIT, v, f->unit);
	set_from(out, OBS_VALUE, v, f->value);
	set_from(out, OBS_HIGH, v, f->high);
	set_from(out, OBS_COMPARATOR, v, f->comparator);
	set_from(out, OBS_DECIMALS, v, f->decimals);
	set_from(out, OBS_STATE, v, f->state);
	set_from(out, OBS_NATURE, v, deal_common.nature);
	set_from(out, OBS_ASSERTED, v, deal_common.asserted);
	set_from(out, OBS_SOURCE, v, deal_common.source);
	set_from(out, OBS_NOTE, v, deal_common.note);
	return sink_end(out);
}

/* One "Name:role" of the list of parties. */
static int emit_party(struct sink *out, const char *deal, const char *item, size_t n, const struct record_value *v)
{
	const char *colon = memrchr(item, ':', n);
	size_t role = colon ? (size_t)(item + n - colon - 1) : 0;
	char dims[64];

	if (!role || colon == item || role > 40) {
		sink_reject(out, "parties", NULL, 0, "\"%.*s\" is not Name:role", (int)(n < 100 ? n : 100), item);
		return -1;
	}
	snprintf(dims, sizeof(dims), "role=%.*s", (int)role, colon + 1);
	statement_begin(out, deal, "party", &deal_common, v);
	sink_set(out, STATEMENT_OBJECT, item, (size_t)(colon - item));
	sink_setz(out, STATEMENT_DIMS, dims);
	return sink_end(out);
}

static int emit_parties(struct sink *out, const char *deal, const struct record_value *v)
{
	const char *p = v[DEAL_PARTIES].n ? v[DEAL_PARTIES].text : "", *end = p + v[DEAL_PARTIES].n;

	while (p < end) {
		const char *semi = memchr(p, ';', (size_t)(end - p));
		const char *item = p;
		size_t n = (size_t)((semi ? semi : end) - p);

		text_trim(&item, &n);
		if (n && emit_party(out, deal, item, n, v))
			return -1;
		p = semi ? semi + 1 : end;
	}
	return 0;
}

/* What a deal without a name is called: target / acquirer, whichever are known, else its key. */
static void deal_name(const struct record_value *v, const char *key, struct buf *out)
{
	static const int parties[] = { DEAL_TARGET, DEAL_ACQUIRER };

	if (given(v, DEAL_NAME)) {
		buf_add(out, v[DEAL_NAME].text, v[DEAL_NAME].n);
		return;
	}
	for (int i = 0; i < 2; i++) {
		const struct record_value *party = &v[parties[i]];
		size_t skip = party->n > 5 && !memcmp(party->text, "name:", 5) ? 5 : 0;

		if (party->n && out->len)
			buf_adds(out, " / ");
		buf_add(out, party->text + skip, party->n - skip);
	}
	if (!out->len)
		buf_adds(out, key);
}

static int expand_deal(const struct record_value *v, struct sink *out)
{
	char ref[RECORD_NAME_MAX + 8];
	const char *prefix = record_ref_has_scheme(v[DEAL_REF].text, v[DEAL_REF].n) ? "" : "deal:";
	bool own_key = !*prefix ? !strncmp(v[DEAL_REF].text, "deal:", 5) : true;
	struct buf name;
	int rc;

	snprintf(ref, sizeof(ref), "%s%.*s", prefix, (int)v[DEAL_REF].n, v[DEAL_REF].text);
	buf_init(&name, 3 * RECORD_NAME_MAX);
	deal_name(v, ref + (own_key ? 5 : 0), &name);
	rc = emit_entity(out, ref, "deal", buf_str(&name));
	buf_release(&name);
	if (rc || (own_key && emit_key(out, ref, "deal", ref + 5, &v[DEAL_SOURCE])))
		return -1;
	if (emit_statements(out, ref, deal_statements, &deal_common, v) || emit_parties(out, ref, v) || emit_stage(out, ref, v))
		return -1;
	for (size_t i = 0; i < sizeof(deal_figures) / sizeof(*deal_figures); i++)
		if (emit_figure(out, ref, &deal_figures[i], v))
			return -1;
	return 0;
}

static int expand_filing(const struct record_value *v, struct sink *out)
{
	char ref[RECORD_NAME_MAX + 16], name[2 * RECORD_NAME_MAX + 8];

	snprintf(ref, sizeof(ref), "accession:%.*s", (int)v[FILING_ACCESSION].n, v[FILING_ACCESSION].text);
	snprintf(name, sizeof(name), "%.*s %s", (int)v[FILING_FORM].n, v[FILING_FORM].text, ref + 10);
	if (emit_entity(out, ref, "filing", name) || emit_key(out, ref, "accession", ref + 10, &v[FILING_SOURCE]))
		return -1;
	return emit_statements(out, ref, filing_statements, &filing_common, v);
}

int record_expand(enum record_kind kind, const struct record_value *v, struct sink *out)
{
	return kind == REC_DEAL ? expand_deal(v, out) : expand_filing(v, out);
}
