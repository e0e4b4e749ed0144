/* record: the table of what parsers can say. What typed records come to is in record_expand.c. */
#include "aimarket/record.h"
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
/* What these texts mean is SQL, once for all forms (sql/load/94_import.sql). */
static const struct record_field question_fields[] = {
	[QUESTION_FORM] = { "form", FIELD_CODE, false, "whose record it is: manifold, metaculus …; left out = the fields below say it" },
	[QUESTION_RECORD] = { "record", FIELD_TEXT, false, "the record as it came, in JSON: {$record}" },
	[QUESTION_VENUE] = { "venue", FIELD_NAME, false, "where the question is asked" },
	[QUESTION_REF] = { "ref", FIELD_NAME, false, "what the venue calls it" },
	[QUESTION_KIND] = { "kind", FIELD_CODE, false, "binary, choice, numeric or date; left out = binary" },
	[QUESTION_TEXT] = { "question", FIELD_TEXT, false, "its text; left out = a question that is there already" },
	[QUESTION_CRITERIA] = { "criteria", FIELD_TEXT, false, "when it counts as come true" },
	[QUESTION_URL] = { "url", FIELD_TEXT, false, "where it can be read" },
	[QUESTION_OPENS] = { "opens", FIELD_TEXT, false, "time, as ISO 8601, from which forecasts count" },
	[QUESTION_CLOSES] = { "closes", FIELD_TEXT, false, "time until which they do" },
	[QUESTION_RESOLVE_BY] = { "resolve_by", FIELD_TEXT, false, "time by which it is settled; left out = the close" },
	[QUESTION_SPOT] = { "spot", FIELD_TEXT, false, "time at which spot scores look; left out = the close" },
	[QUESTION_OPTIONS] = { "options", FIELD_TEXT, false, "of a choice: a JSON array, or names parted by ;" },
	[QUESTION_LOW] = { "low", FIELD_TEXT, false, "lower end of the range" },
	[QUESTION_HIGH] = { "high", FIELD_TEXT, false, "upper end" },
	[QUESTION_OPEN_LOW] = { "open_low", FIELD_TEXT, false, "true: it may come out below" },
	[QUESTION_OPEN_HIGH] = { "open_high", FIELD_TEXT, false, "true: it may come out above" },
	[QUESTION_ZERO_POINT] = { "zero_point", FIELD_TEXT, false, "of a log scale" },
	[QUESTION_UNIT] = { "unit", FIELD_TEXT, false, "of the figure" },
	[QUESTION_TAGS] = { "tags", FIELD_TEXT, false, "words parted by ;" },
	[QUESTION_BY] = { "by", FIELD_NAME, false, "who forecasts" },
	[QUESTION_BY_KIND] = { "by_kind", FIELD_CODE, false, "person, model, crowd, market or report; left out = person" },
	[QUESTION_MADE] = { "made", FIELD_TEXT, false, "when the forecast was made; left out = when the document was fetched" },
	[QUESTION_EXPIRES] = { "expires", FIELD_TEXT, false, "when it ceases to stand" },
	[QUESTION_SAID] = { "said", FIELD_TEXT, false, "probability of yes; of a choice an array in the order of options; or JSON as `predict forecast --input` takes it" },
	[QUESTION_WHY] = { "why", FIELD_TEXT, false, "the reason given" },
	[QUESTION_OUTCOME] = { "outcome", FIELD_TEXT, false, "how it came out, as `predict resolve` takes it" },
	[QUESTION_KNOWN] = { "known", FIELD_TEXT, false, "when the outcome was there to be known" },
	[QUESTION_FIELDS] = { 0 },
};
static const struct record_field observation_fields[] = {
	[OBS_ENTITY] = { "entity", FIELD_REF, true, "what is measured" },
	[OBS_METRIC] = { "metric", FIELD_NAME, true, "revenue, or taxonomy:concept" },
	[OBS_DIMS] = { "dims", FIELD_DIMS, false, "k=v;k=v" },
	[OBS_UNIT] = { "unit", FIELD_NAME, true, "USD, shares, USD/shares, percent, 1, token …" },
	[OBS_START] = { "start", FIELD_DATE_FROM, false, "first day; with end: a span" },
	[OBS_END] = { "end", FIELD_DATE, false, "last day; alone: an instant; neither: a figure without time; open: it holds until the same source gives another value" },
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
	[REC_QUESTION] = { REC_QUESTION, "question", "a question about the future, a forecast on it, how it came out", question_fields },
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
