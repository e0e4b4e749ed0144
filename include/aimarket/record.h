/*
 * record: the closed set of things a parser can say. Field values are text; feeds/record.c holds the one table
 * that names fields, their types and which are required: it drives the checks, the mapping files' vocabulary, the
 * staging tables' columns (a test compares them) and aimarket-feeds(5).
 *
 * A reference (type FIELD_REF) names an entity of this document or of the store: "cik:1045810", "ticker:NVDA",
 * "accession:0001045810-26-000021", "slug:nvidia", "deal:characterai-google-2024", or "name:NVIDIA" (kind from the
 * entity record of the same ref; the prefix name: is added to values that have no scheme).
 */
#ifndef AIMARKET_RECORD_H
#define AIMARKET_RECORD_H

#include <stddef.h>

#include "aimarket/err.h"

enum record_kind {
	/* primitive: one staging table each */
	REC_ENTITY, REC_KEY, REC_SOURCE, REC_METRIC, REC_STATEMENT, REC_QUESTION, REC_OBSERVATION,
	/* typed: expanded by feeds/record_expand.c into primitive ones; parsers and mappings use them for convenience */
	REC_DEAL, REC_FILING,
	REC_KINDS
};

enum field_type {
	FIELD_TEXT,
	FIELD_NAME,	/* text by which something is found: at most RECORD_NAME_MAX bytes, as all types below */
	FIELD_REF,
	FIELD_CODE,	/* a word: one of the field's codes, or lower-case letters, digits, - and _ */
	FIELD_DATE,	/* 2024-06-18, 2024-06, 2024-Q2, 2024-H1, 2024; a partial date stands for its last day … */
	FIELD_DATE_FROM,	/* … or its first */
	FIELD_NUMBER,	/* plain decimal, 3.8e25 allowed */
	FIELD_INT, FIELD_DIMS,
	FIELD_LIST	/* items parted by ; (any length) */
};
enum { RECORD_NAME_MAX = 1000 };	/* limit name-length: what the ledger's indexes hold */

/* A word a source may use and what the ledger stores for it; NULL = the word itself. Lists end with a NULL word. */
struct record_code {
	const char *word;
	const char *stored;
};

struct record_field {
	const char *name;
	enum field_type type;
	bool required;
	const char *help;
	const struct record_code *codes;	/* FIELD_CODE: the only words allowed; NULL = any lower-case word */
	const char *rounding;			/* FIELD_NUMBER: the field that says how it is rounded; NULL = none */
};

struct record_info {
	enum record_kind kind;
	const char *name;			/* "observation" */
	const char *help;
	const struct record_field *fields;	/* ends with NULL name */
};

extern const struct record_info record_infos[REC_KINDS];
const struct record_info *record_find(const char *name);		/* NULL when unknown */
int record_field_find(const struct record_info *r, const char *name);	/* index, or -1 */

/* The text the ledger stores for a code ("day" -> "d", ">=" -> "g"; stored forms are taken too), or NULL when codes has no such word. */
const char *record_code_find(const struct record_code *codes, const char *word, size_t n);
/* Has the value a scheme of its own ("cik:1045810")? Else it is a name: "name:" goes before it (deal: for the ref of a deal). */
bool record_ref_has_scheme(const char *value, size_t n);

/* One field of a record that is being made; n 0: absent. Borrowed. */
struct record_value {
	const char *text;
	size_t n;
};
struct sink;
/*
 * Emits the primitive records a typed one stands for. 0, or -1 when one of them was not well formed (the sink has noted
 * the reject then). v has one value per field of the kind.
 */
int record_expand(enum record_kind kind, const struct record_value *v, struct sink *out);

/* Indexes into the fields of the primitive kinds, in the order of record_infos and of the staging tables. */
enum entity_field { ENTITY_REF, ENTITY_KIND, ENTITY_NAME, ENTITY_SLUG, ENTITY_FIELDS };
enum key_field { KEY_ENTITY, KEY_SCHEME, KEY_VALUE, KEY_FROM, KEY_TO, KEY_SOURCE, KEY_FIELDS };
enum source_field {
	SOURCE_REF,		/* unique within the publisher: accession, address, or title#locator */
	SOURCE_PUBLISHER,	/* slug of the publisher: sec, msft-ir, nyt … */
	SOURCE_PUBLISHER_NAME,
	SOURCE_TIER,		/* regulator issuer dataset press relay aggregator analyst social user */
	SOURCE_KIND,		/* filing article dataset row call notes page model */
	SOURCE_TITLE, SOURCE_ADDRESS,
	SOURCE_LOCATOR,		/* where in the source: slide 117, page 3 */
	SOURCE_DATE,		/* when it was said: the default asserted_on of its claims */
	SOURCE_ENTITY,		/* the filing (or report) as an entity, when it is one */
	SOURCE_ORIGIN,		/* ref of the source it only repeats */
	SOURCE_LANG, SOURCE_QUOTE,
	SOURCE_FIELDS
};
enum metric_field { METRIC_NAME, METRIC_TAXONOMY, METRIC_LABEL, METRIC_DEFINITION, METRIC_KIND, METRIC_UNIT_KIND, METRIC_UNIT,
	METRIC_PERIOD_KIND, METRIC_DIMS, METRIC_SUPERSEDES, METRIC_FIELDS };
enum statement_field { STATEMENT_ENTITY, STATEMENT_PROPERTY, STATEMENT_CODE, STATEMENT_TEXT, STATEMENT_OBJECT, STATEMENT_DIMS,
	STATEMENT_START, STATEMENT_END, STATEMENT_PREC, STATEMENT_NATURE, STATEMENT_ASSERTED, STATEMENT_SOURCE, STATEMENT_NOTE, STATEMENT_FIELDS };
enum question_field { QUESTION_FORM, QUESTION_RECORD /* JSON, as the venue has it */, QUESTION_VENUE, QUESTION_REF, QUESTION_KIND, QUESTION_TEXT, QUESTION_CRITERIA,
	QUESTION_URL, QUESTION_OPENS, QUESTION_CLOSES, QUESTION_RESOLVE_BY, QUESTION_SPOT, QUESTION_OPTIONS, QUESTION_LOW, QUESTION_HIGH, QUESTION_OPEN_LOW,
	QUESTION_OPEN_HIGH, QUESTION_ZERO_POINT, QUESTION_UNIT, QUESTION_TAGS, QUESTION_BY, QUESTION_BY_KIND, QUESTION_MADE, QUESTION_EXPIRES, QUESTION_SAID,
	QUESTION_WHY, QUESTION_OUTCOME, QUESTION_KNOWN, QUESTION_FIELDS };
enum observation_field { OBS_ENTITY, OBS_METRIC,	/* "revenue", or "us-gaap:Revenues" */
	OBS_DIMS,			/* "component=total;of=x"; canonical order is made by the sink */
	OBS_UNIT,			/* USD, shares, USD/shares, percent, 1, token … */
	OBS_START, OBS_END,		/* both for a span, END alone for an instant, none for a timeless figure */
	OBS_PREC,			/* day month quarter half year unknown */
	OBS_VALUE, OBS_HIGH,		/* HIGH: upper end when the source gave a range */
	OBS_DECIMALS,			/* rounding; left out = as the spelling of VALUE implies; "inf" = exact */
	OBS_COMPARATOR,			/* = ~ > >= < <= .. */
	OBS_STATE,			/* value undisclosed none */
	OBS_NATURE,			/* reported derived estimated forecast guidance assertion */
	OBS_ASSERTED,			/* left out = the source's date */
	OBS_SOURCE, OBS_NOTE,
	OBS_FIELDS };

/* Fields of the typed kinds; feeds/record_expand.c says what each becomes. */
enum deal_field { DEAL_REF, DEAL_TYPE, DEAL_NAME, DEAL_TARGET, DEAL_ACQUIRER,
	DEAL_PARTIES,		/* list of "Name:role" */
	DEAL_STATUS,		/* a stage: rumoured draft filed range priced listed announced signed completed withdrawn blocked refiled */
	DEAL_DATE, DEAL_PREC,	/* of that stage */
	DEAL_AMOUNT, DEAL_HIGH, DEAL_COMPONENT /* of amount; default total */, DEAL_CURRENCY, DEAL_COMPARATOR, DEAL_DECIMALS, DEAL_STATE,
	DEAL_VALUATION, DEAL_VALUATION_KIND /* implied_valuation pre_money post_money */, DEAL_VALUATION_HIGH, DEAL_VALUATION_COMPARATOR,
	DEAL_ROUND, DEAL_PEOPLE, DEAL_PEOPLE_SHARE, DEAL_PEOPLE_TEXT, DEAL_ASSERTED, DEAL_SOURCE, DEAL_NATURE, DEAL_NOTE, DEAL_FIELDS };
enum filing_field { FILING_ACCESSION, FILING_FORM, FILING_FILER, FILING_FILED, FILING_ACCEPTED /* as written */, FILING_PERIOD,
	FILING_DOCUMENT /* path of the primary document */, FILING_ITEMS, FILING_FILE_NUMBER, FILING_SOURCE, FILING_NOTE, FILING_FIELDS };

#endif
