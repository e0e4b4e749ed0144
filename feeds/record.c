/* record: the table of what parsers can say, and what the typed kinds come to in primitive ones. */
#include "aimarket/record.h"

#include "aimarket/buf.h"
#include "aimarket/sink.h"
#include "aimarket/text.h"

/* ---------------------------------------------------------------- words */

static const struct record_code precisions[] = {
	{ "day", "d" },
	{ "month", "m" },
	{ "quarter", "q" },
	{ "half", "h" },
	{ "year", "y" },
	{ "unknown", "u" },
	{ 0 },
};
static const struct record_code comparators[] = {
	{ "=", "=" },
	{ "~", "~" },
	{ ">", ">" },
	{ ">=", "g" },
	{ "<", "<" },
	{ "<=", "l" },
	{ "..", "r" },
	{ "exactly", "=" },
	{ "about", "~" },
	{ "over", ">" },
	{ "at_least", "g" },
	{ "under", "<" },
	{ "at_most", "l" },
	{ "range", "r" },
	{ 0 },
};
static const struct record_code states[] = { { "value", "v" }, { "undisclosed", "u" }, { "none", "n" }, { 0 } };
static const struct record_code natures[] = {
	{ "reported", "r" },
	{ "derived", "d" },
	{ "estimated", "e" },
	{ "forecast", "f" },
	{ "guidance", "g" },
	{ "assertion", "a" },
	{ 0 },
};
static const struct record_code period_kinds[] = { { "instant", "i" }, { "duration", "d" }, { "timeless", "t" }, { "any", "a" }, { 0 } };
static const struct record_code stages[] = {
	{ "rumoured" },
	{ "draft" },
	{ "filed" },
	{ "range" },
	{ "priced" },
	{ "listed" },
	{ "announced" },
	{ "signed" },
	{ "completed" },
	{ "withdrawn" },
	{ "blocked" },
	{ "refiled" },
	{ 0 },
};
static const struct record_code components[] = {
	{ "total" },
	{ "licence_fee" },
	{ "retention" },
	{ "waiver" },
	{ "investor_buyout" },
	{ "equity" },
	{ "debt" },
	{ "earn_out" },
	{ "implied_valuation" },
	{ "pre_money" },
	{ "post_money" },
	{ 0 },
};
static const struct record_code valuations[] = { { "implied_valuation" }, { "pre_money" }, { "post_money" }, { 0 } };

static const struct record_code tiers[] = {
	{ "regulator" },
	{ "issuer" },
	{ "dataset" },
	{ "press" },
	{ "relay" },
	{ "aggregator" },
	{ "analyst" },
	{ "social" },
	{ "user" },
	{ 0 },
};
static const struct record_code source_kinds[] = {
	{ "filing" },
	{ "article" },
	{ "dataset" },
	{ "row" },
	{ "call" },
	{ "notes" },
	{ "page" },
	{ "model" },
	{ 0 },
};

const char *record_code_find(const struct record_code *codes, const char *word, size_t n)
{
	for (const struct record_code *c = codes; c->word; c++) {
		const char *stored = c->stored ? c->stored : c->word;

		if ((strlen(c->word) == n && !memcmp(c->word, word, n)) || (strlen(stored) == n && !memcmp(stored, word, n)))
			return stored;
	}
	return NULL;
}

/* ---------------------------------------------------------------- references */

static const char *const schemes[] = {
	"cik",
	"lei",
	"isin",
	"figi",
	"ticker",
	"accession",
	"wikidata",
	"domain",
	"deal",
	"ref",
	"name",
	"alias",
	"former-name",
	"slug",
	NULL,
};

bool record_ref_has_scheme(const char *value, size_t n)
{
	const char *colon = memchr(value, ':', n);
	size_t len = colon ? (size_t)(colon - value) : 0;

	for (int i = 0; len && schemes[i]; i++)
		if (strlen(schemes[i]) == len && !memcmp(schemes[i], value, len))
			return len + 1 < n;
	return false;
}

/* ---------------------------------------------------------------- the table */

static const struct record_field entity_fields[] = {
	[ENTITY_REF] = { "ref", FIELD_REF, true, "what this document calls it: scheme:value, or a name" },
	[ENTITY_KIND] = { "kind", FIELD_CODE, true, "company, product, model, chip, person, benchmark, deal, filing …" },
	[ENTITY_NAME] = { "name", FIELD_NAME, true, "its name" },
	[ENTITY_SLUG] = { "slug", FIELD_NAME, false, "its short name in addresses; left out = made from the name" },
	[ENTITY_FIELDS] = { 0 },
};
static const struct record_field key_fields[] = {
	[KEY_ENTITY] = { "entity", FIELD_REF, true, "whose key it is" },
	[KEY_SCHEME] = { "scheme", FIELD_CODE, true, "cik, ticker, isin, domain, name, alias, former-name …" },
	[KEY_VALUE] = { "value", FIELD_NAME, true, "the key itself" },
	[KEY_FROM] = { "from", FIELD_DATE_FROM, false, "first day on which it held" },
	[KEY_TO] = { "to", FIELD_DATE, false, "last day on which it held" },
	[KEY_SOURCE] = { "source", FIELD_NAME, false, "ref of the source that says so" },
	[KEY_FIELDS] = { 0 },
};
static const struct record_field source_fields[] = {
	[SOURCE_REF] = { "ref", FIELD_NAME, true, "unique for its publisher: accession number, address, or title#locator" },
	[SOURCE_PUBLISHER] = { "publisher", FIELD_NAME, false, "slug of the publisher; left out = the feed's" },
	[SOURCE_PUBLISHER_NAME] = { "publisher_name", FIELD_NAME, false, "name of the publisher" },
	[SOURCE_TIER] = { "tier", FIELD_CODE, false,
	        "of the publisher: regulator issuer dataset press relay aggregator analyst social user", .codes = tiers },
	[SOURCE_KIND] = { "kind", FIELD_CODE, true, "filing article dataset row call notes page model", .codes = source_kinds },
	[SOURCE_TITLE] = { "title", FIELD_TEXT, false, "its title" },
	[SOURCE_ADDRESS] = { "address", FIELD_TEXT, false, "where it can be read" },
	[SOURCE_LOCATOR] = { "locator", FIELD_TEXT, false, "where in it: slide 117, page 3" },
	[SOURCE_DATE] = { "date", FIELD_DATE, false, "when it was said: the default asserted day of its claims" },
	[SOURCE_ENTITY] = { "entity", FIELD_REF, false, "the filing (or report) as an entity, when it is one" },
	[SOURCE_ORIGIN] = { "origin", FIELD_NAME, false, "ref of the source it only repeats" },
	[SOURCE_LANG] = { "lang", FIELD_NAME, false, "its language: en, fr …" },
	[SOURCE_QUOTE] = { "quote", FIELD_TEXT, false, "the words themselves" },
	[SOURCE_FIELDS] = { 0 },
};
static const struct record_field metric_fields[] = {
	[METRIC_NAME] = { "name", FIELD_NAME, true, "its name: revenue, us-gaap concept …" },
	[METRIC_TAXONOMY] = { "taxonomy", FIELD_NAME, false, "whose word it is; left out = aimarket" },
	[METRIC_LABEL] = { "label", FIELD_TEXT, false, "its name for people" },
	[METRIC_DEFINITION] = { "definition", FIELD_TEXT, false, "what is measured, and how" },
	[METRIC_KIND] = { "kind", FIELD_CODE, false, "flow stock ratio price score count rank other" },
	[METRIC_UNIT_KIND] = { "unit_kind", FIELD_CODE, false, "money ratio count per-share price rate size rank score date other" },
	[METRIC_UNIT] = { "unit", FIELD_NAME, false, "its usual unit" },
	[METRIC_PERIOD_KIND] = { "period_kind", FIELD_CODE, false, "instant duration timeless any", .codes = period_kinds },
	[METRIC_DIMS] = { "dims", FIELD_DIMS, false,
	        "dimensions a claim may carry and their roles: component=key;segment=part;basis=setting" },
	[METRIC_SUPERSEDES] = { "supersedes", FIELD_NAME, false, "name of the metric whose definition this one changes" },
	[METRIC_FIELDS] = { 0 },
};
static const struct record_field statement_fields[] = {
	[STATEMENT_ENTITY] = { "entity", FIELD_REF, true, "what it is about" },
	[STATEMENT_PROPERTY] = { "property", FIELD_CODE, true, "what is said: parent, stage, party …" },
	[STATEMENT_CODE] = { "code", FIELD_NAME, false, "the value, when it is a fixed word (taken as it stands)" },
	[STATEMENT_TEXT] = { "text", FIELD_TEXT, false, "the value, when it is free text" },
	[STATEMENT_OBJECT] = { "object", FIELD_REF, false, "the value, when it is another entity" },
	[STATEMENT_DIMS] = { "dims", FIELD_DIMS, false, "k=v;k=v" },
	[STATEMENT_START] = { "start", FIELD_DATE_FROM, false, "first day of the time it is about; alone: since then" },
	[STATEMENT_END] = { "end", FIELD_DATE, false, "last day of the time it is about; alone: until then" },
	[STATEMENT_PREC] = { "prec", FIELD_CODE, false, "how exactly the time is known; left out = as the dates are spelt",
	        .codes = precisions },
	[STATEMENT_NATURE] = { "nature", FIELD_CODE, false, "reported derived estimated forecast guidance assertion", .codes = natures },
	[STATEMENT_ASSERTED] = { "asserted", FIELD_DATE, false, "day it was said; left out = the source's date" },
	[STATEMENT_SOURCE] = { "source", FIELD_NAME, false, "ref of the source; left out = the document itself" },
	[STATEMENT_NOTE] = { "note", FIELD_TEXT, false, "words of the source beside it" },
	[STATEMENT_FIELDS] = { 0 },
};
static const struct record_field observation_fields[] = {
	[OBS_ENTITY] = { "entity", FIELD_REF, true, "what is measured" },
	[OBS_METRIC] = { "metric", FIELD_NAME, true, "revenue, or taxonomy:concept" },
	[OBS_DIMS] = { "dims", FIELD_DIMS, false, "k=v;k=v" },
	[OBS_UNIT] = { "unit", FIELD_NAME, true, "USD, shares, USD/shares, percent, 1, token …" },
	[OBS_START] = { "start", FIELD_DATE_FROM, false, "first day; with end: a span" },
	[OBS_END] = { "end", FIELD_DATE, false, "last day; alone: an instant; neither: a figure without time" },
	[OBS_PREC] = { "prec", FIELD_CODE, false, "how exactly the time is known; left out = as the dates are spelt", .codes = precisions },
	[OBS_VALUE] = { "value", FIELD_NUMBER, false, "the figure", .rounding = "decimals" },
	[OBS_HIGH] = { "high", FIELD_NUMBER, false, "upper end when the source gave a range" },
	[OBS_DECIMALS] = { "decimals", FIELD_INT, false,
	        "rounding as in XBRL: -6 = to the million, inf = exact; left out = as the value is spelt" },
	[OBS_COMPARATOR] = { "comparator", FIELD_CODE, false, "= ~ > >= < <= .. or exactly about over at_least under at_most range",
	        .codes = comparators },
	[OBS_STATE] = { "state", FIELD_CODE, false, "value, undisclosed or none; the last two have no value", .codes = states },
	[OBS_NATURE] = { "nature", FIELD_CODE, false, "reported derived estimated forecast guidance assertion", .codes = natures },
	[OBS_ASSERTED] = { "asserted", FIELD_DATE, false, "day it was said; left out = the source's date" },
	[OBS_SOURCE] = { "source", FIELD_NAME, false, "ref of the source; left out = the document itself" },
	[OBS_NOTE] = { "note", FIELD_TEXT, false, "words of the source beside it" },
	[OBS_FIELDS] = { 0 },
};
static const struct record_field deal_fields[] = {
	[DEAL_REF] = { "ref", FIELD_NAME, true, "key of the deal: characterai-google-2024, or scheme:value" },
	[DEAL_TYPE] = { "type", FIELD_CODE, true, "acquisition, licence_and_hire, funding_round, ipo …" },
	[DEAL_NAME] = { "name", FIELD_NAME, false, "left out = target / acquirer" },
	[DEAL_TARGET] = { "target", FIELD_REF, false, "party in the role target" },
	[DEAL_ACQUIRER] = { "acquirer", FIELD_REF, false, "party in the role acquirer" },
	[DEAL_PARTIES] = { "parties", FIELD_LIST, false, "other parties: Name:role;Name:role" },
	[DEAL_STATUS] = { "status", FIELD_CODE, false, "a stage; left out = announced when there is a date", .codes = stages },
	[DEAL_DATE] = { "date", FIELD_DATE, false, "day (month, quarter, year) of that stage" },
	[DEAL_PREC] = { "prec", FIELD_CODE, false, "how exactly the date is known", .codes = precisions },
	[DEAL_AMOUNT] = { "amount", FIELD_NUMBER, false, "the sum", .rounding = "decimals" },
	[DEAL_HIGH] = { "high", FIELD_NUMBER, false, "its upper end when the source gave a range" },
	[DEAL_COMPONENT] = { "component", FIELD_CODE, false, "what part of the deal the amount is; left out = total", .codes = components },
	[DEAL_CURRENCY] = { "currency", FIELD_NAME, false, "of amount and valuation" },
	[DEAL_COMPARATOR] = { "comparator", FIELD_CODE, false, "of the amount", .codes = comparators },
	[DEAL_DECIMALS] = { "decimals", FIELD_INT, false, "rounding of the amount" },
	[DEAL_STATE] = { "state", FIELD_CODE, false, "of the amount: value, undisclosed or none", .codes = states },
	[DEAL_VALUATION] = { "valuation", FIELD_NUMBER, false, "what the deal says the target is worth" },
	[DEAL_VALUATION_KIND] = { "valuation_kind", FIELD_CODE, false, "left out = implied_valuation", .codes = valuations },
	[DEAL_VALUATION_HIGH] = { "valuation_high", FIELD_NUMBER, false, "its upper end" },
	[DEAL_VALUATION_COMPARATOR] = { "valuation_comparator", FIELD_CODE, false, "of the valuation", .codes = comparators },
	[DEAL_ROUND] = { "round", FIELD_TEXT, false, "name of the funding round" },
	[DEAL_PEOPLE] = { "people", FIELD_NUMBER, false, "how many people moved" },
	[DEAL_PEOPLE_SHARE] = { "people_share", FIELD_NUMBER, false, "which share of the staff moved, in percent" },
	[DEAL_PEOPLE_TEXT] = { "people_text", FIELD_TEXT, false, "who moved, in the source's words" },
	[DEAL_ASSERTED] = { "asserted", FIELD_DATE, false, "day it was said; left out = the source's date" },
	[DEAL_SOURCE] = { "source", FIELD_NAME, false, "ref of the source; left out = the document itself" },
	[DEAL_NATURE] = { "nature", FIELD_CODE, false, "of all it says", .codes = natures },
	[DEAL_NOTE] = { "note", FIELD_TEXT, false, "words of the source beside it" },
	[DEAL_FIELDS] = { 0 },
};
static const struct record_field filing_fields[] = {
	[FILING_ACCESSION] = { "accession", FIELD_NAME, true, "0001045810-26-000021" },
	[FILING_FORM] = { "form", FIELD_NAME, true, "S-1/A, 10-K … as the regulator writes it" },
	[FILING_FILER] = { "filer", FIELD_REF, true, "who filed it" },
	[FILING_FILED] = { "filed", FIELD_DATE, true, "day of filing" },
	[FILING_ACCEPTED] = { "accepted", FIELD_TEXT, false, "time of acceptance, as written" },
	[FILING_PERIOD] = { "period", FIELD_DATE, false, "day the report is about" },
	[FILING_DOCUMENT] = { "document", FIELD_TEXT, false, "path of the primary document" },
	[FILING_ITEMS] = { "items", FIELD_TEXT, false, "item numbers, as written" },
	[FILING_FILE_NUMBER] = { "file_number", FIELD_TEXT, false, "number of the registration" },
	[FILING_SOURCE] = { "source", FIELD_NAME, false, "ref of the source; left out = the document itself" },
	[FILING_NOTE] = { "note", FIELD_TEXT, false, "words of the source beside it" },
	[FILING_FIELDS] = { 0 },
};

const struct record_info record_infos[REC_KINDS] = {
	[REC_ENTITY] = { REC_ENTITY, "entity", "something claims are about", entity_fields },
	[REC_KEY] = { REC_KEY, "key", "a name or identifier of an entity", key_fields },
	[REC_SOURCE] = { REC_SOURCE, "source", "the filing, article or row that says so", source_fields },
	[REC_METRIC] = { REC_METRIC, "metric", "a named measure", metric_fields },
	[REC_STATEMENT] = { REC_STATEMENT, "statement", "a claim that is no number", statement_fields },
	[REC_OBSERVATION] = { REC_OBSERVATION, "observation", "a claim that is a number", observation_fields },
	[REC_DEAL] = { REC_DEAL, "deal", "a deal: its type, parties, stage and sums", deal_fields },
	[REC_FILING] = { REC_FILING, "filing", "a filing with a regulator", filing_fields },
};

const struct record_info *record_find(const char *name)
{
	for (int i = 0; i < REC_KINDS; i++)
		if (!strcmp(record_infos[i].name, name))
			return &record_infos[i];
	return NULL;
}

int record_field_find(const struct record_info *r, const char *name)
{
	for (int i = 0; r->fields[i].name; i++)
		if (!strcmp(r->fields[i].name, name))
			return i;
	return -1;
}

/* ---------------------------------------------------------------- what typed records come to */

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
