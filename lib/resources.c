/* resources: what can be asked for and how. What comes back is said by the views in sql/api and their comments. */
#include "aimarket/resource.h"

#include "aimarket/text.h"

const char *const param_args[PARAM_TYPES] = {
	[PARAM_TEXT] = "TEXT",
	[PARAM_CODE] = "WORD,…",
	[PARAM_ENTITY] = "ENTITY,…",
	[PARAM_METRIC] = "METRIC,…",
	[PARAM_DATE_FROM] = "DATE",
	[PARAM_DATE_TO] = "DATE",
	[PARAM_AMOUNT] = "AMOUNT",
	[PARAM_INT] = "N",
};

#define TIERS "regulator issuer dataset press relay aggregator analyst social user"

static const struct param deal_params[] = {
	{ "type", PARAM_CODE, "(type = ANY ($::text[]) OR family = ANY ($::text[]))", "of this type; acquihire finds licence_and_hire too",
		"acquihire licence_and_hire acquisition merger licensing ipo funding_round debt investment compute_contract spinoff fund_offering private_offering" },
	{ "target", PARAM_ENTITY, "target_id = ANY ($::text[])", "about this company, the one bought, funded or listed" },
	{ "acquirer", PARAM_ENTITY, "acquirer_id = ANY ($::text[])", "by this acquirer" },
	{ "party", PARAM_ENTITY, "party_ids ?| $::text[]", "with this entity in any role" },
	{ "status", PARAM_CODE, "status = ANY ($::text[])", "at this stage now",
		"rumoured draft filed range priced listed announced signed completed withdrawn blocked refiled" },
	{ "since", PARAM_DATE_FROM, "announced_first >= $::date", "announced on or after this day" },
	{ "until", PARAM_DATE_TO, "announced_first <= $::date", "announced on or before this day" },
	{ "min-amount", PARAM_AMOUNT, "amount >= $::numeric", "of at least this amount, in the deal's currency" },
	{ "max-amount", PARAM_AMOUNT, "amount <= $::numeric", "of at most this amount" },
	{ "min-amount-usd", PARAM_AMOUNT, "amount_usd >= $::numeric", "of at least this amount in US dollars" },
	{ "max-amount-usd", PARAM_AMOUNT, "amount_usd <= $::numeric", "of at most this amount in US dollars" },
	{ "min-valuation-usd", PARAM_AMOUNT, "valuation_usd >= $::numeric", "at a valuation of at least this, in US dollars" },
	{ "max-valuation-usd", PARAM_AMOUNT, "valuation_usd <= $::numeric", "at a valuation of at most this, in US dollars" },
	{ "min-claims", PARAM_INT, "claims >= $::bigint", "whose amount so many claims tell, or more" },
	{ "currency", PARAM_CODE, "currency = ANY (upper($)::text[])", "in this currency" },
	{ "disputed", PARAM_FLAG, "disputed", "whose amount is disputed" },
	{ "parts", PARAM_VIEW, "deal_parts", "one row for each component of the amount; JSON carries them anyway, as parts" },
	{ 0 },
};

static const struct param entity_params[] = {
	{ "entity", PARAM_ENTITY, "id = ANY ($::text[])", "this one, by slug, name, alias or scheme:value" },
	{ "kind", PARAM_CODE, "kind = ANY ($::text[])", "of this kind",
		"company product model chip system design person benchmark government fund deal filing prediction other" },
	{ "name", PARAM_TEXT, "name ILIKE '%' || $ || '%'", "whose name contains this" },
	{ "parent", PARAM_ENTITY, "parent_id = ANY ($::text[])", "that belong to this one" },
	{ "country", PARAM_TEXT, "country ILIKE $", "of this country" },
	{ "cik", PARAM_TEXT, "id IN (SELECT k.id FROM api.entity_keys k WHERE k.scheme = 'cik' AND k.norm = api.key_norm('cik', $))",
		"with this SEC Central Index Key" },
	{ "ticker", PARAM_TEXT,
		"id IN (SELECT k.id FROM api.entity_keys k WHERE k.scheme = 'ticker' AND k.norm = api.key_norm('ticker', $))",
		"with this ticker symbol, now or then" },
	{ 0 },
};

static const struct param filing_params[] = {
	{ "entity", PARAM_ENTITY, "(entity_id = ANY ($::text[]) OR filer_ids ?| $::text[])", "of this filer" },
	{ "cik", PARAM_TEXT, "cik = ltrim($, '0')", "of the filer with this SEC Central Index Key" },
	{ "form", PARAM_CODE, "form = ANY (upper($)::text[])", "of this form: 10-K, S-1, S-1/A …" },
	{ "accession", PARAM_TEXT, "accession = $", "with this accession number" },
	{ "since", PARAM_DATE_FROM, "filed_on >= $::date", "filed on or after this day" },
	{ "until", PARAM_DATE_TO, "filed_on <= $::date", "filed on or before this day" },
	{ 0 },
};

static const struct param observation_params[] = {
	{ "entity", PARAM_ENTITY, "subject = ANY ($::text[])", "about this entity", .narrows = 1 },
	{ "metric", PARAM_METRIC, "metric = ANY ($::text[])", "of this metric: revenue, market_cap, us-gaap:Revenues …", .narrows = 2 },
	{ "since", PARAM_DATE_FROM, "(period_end >= $::date OR period_end IS NULL AND period = 'open')",
		"whose period ends on or after this day, or is still open" },
	{ "until", PARAM_DATE_TO, "period_end <= $::date", "whose period ends on or before this day" },
	{ "min-value", PARAM_AMOUNT, "value >= $::numeric", "of at least this figure" },
	{ "max-value", PARAM_AMOUNT, "value <= $::numeric", "of at most this figure" },
	{ "unit", PARAM_CODE, "unit = ANY ($::text[])", "in this unit: USD, shares, percent …" },
	{ "period", PARAM_CODE, "period = ANY ($::text[])", "over a period of this length, told by its first and last day",
		"annual half quarter nine_months ttm month instant timeless open other", .narrows = 1 },
	{ "nature", PARAM_CODE, "nature = ANY ($::text[])", "of this nature", "reported derived estimated forecast guidance assertion" },
	{ "dimension", PARAM_CODE,
		"dimensions @> (SELECT jsonb_object_agg(split_part(d, '=', 1), substr(d, strpos(d, '=') + 1)) FROM unnest($::text[]) AS d)",
		"with this dimension: direction=input, segment=Data Center …" },
	{ "disputed", PARAM_FLAG, "disputed", "with claims that differ" },
	{ 0 },
};

static const struct param metric_params[] = {
	{ "metric", PARAM_METRIC, "metric = ANY ($::text[])", "this one" },
	{ "taxonomy", PARAM_CODE, "taxonomy = ANY ($::text[])", "of this taxonomy: aimarket, us-gaap, dei …" },
	{ "kind", PARAM_CODE, "kind = ANY ($::text[])", "of this kind", "flow stock ratio price score count rank other" },
	{ "search", PARAM_TEXT, "concat_ws(' ', metric, label, definition) ILIKE '%' || $ || '%'",
		"with this text in name, label or definition" },
	{ 0 },
};

static const struct param prediction_params[] = {
	{ "prediction", PARAM_TEXT, "id = $", "this question, by slug" },
	{ "kind", PARAM_CODE, "kind = ANY ($::text[])", "of this kind", "binary choice numeric date" },
	{ "status", PARAM_CODE, "status = ANY ($::text[])", "where it stands", "coming open closed overdue proposed disputed resolved" },
	{ "outcome", PARAM_CODE, "outcome = ANY ($::text[])", "that came out so" },
	{ "tag", PARAM_TEXT, "tags ? $", "with this tag" },
	{ "about", PARAM_ENTITY, "about ?| $::text[]", "about this entity" },
	{ "venue", PARAM_CODE, "venue = ANY ($::text[])", "asked there: manifold, metaculus …" },
	{ "since", PARAM_DATE_FROM, "closes_at >= $::date", "that closes on or after this day" },
	{ "until", PARAM_DATE_TO, "closes_at < $::date + 1", "that closes on or before this day" },
	{ "search", PARAM_TEXT, "concat_ws(' ', question, criteria, id) ILIKE '%' || $ || '%'", "with this text" },
	{ 0 },
};

static const struct param forecast_params[] = {
	{ "prediction", PARAM_TEXT, "prediction = $", "on this question, by slug" },
	{ "forecaster", PARAM_CODE, "forecaster = ANY ($::text[])", "by this forecaster, by slug" },
	{ "state", PARAM_CODE, "state = ANY ($::text[])", "in this state", "forecast withdrawal sealed opened" },
	{ "backfilled", PARAM_FLAG, "backfilled", "recorded later than claimed" },
	{ "since", PARAM_DATE_FROM, "claimed_at >= $::date", "made on or after this day" },
	{ "until", PARAM_DATE_TO, "claimed_at < $::date + 1", "made on or before this day" },
	{ 0 },
};

static const struct param score_params[] = {
	{ "prediction", PARAM_TEXT, "prediction = $", "on this question, by slug" },
	{ "forecaster", PARAM_CODE, "forecaster = ANY ($::text[])", "of this forecaster, by slug" },
	{ "rule", PARAM_CODE, "rule = ANY ($::text[])", "under this rule" },
	{ "standing", PARAM_FLAG, "standing", "whose resolution stands" },
	{ 0 },
};

static const struct param source_params[] = {
	{ "publisher", PARAM_CODE, "publisher = ANY ($::text[])", "of this publisher, by slug" },
	{ "tier", PARAM_CODE, "tier = ANY ($::text[])", "of this tier", TIERS },
	{ "kind", PARAM_CODE, "kind = ANY ($::text[])", "of this kind", "filing article dataset row call notes page model" },
	{ "since", PARAM_DATE_FROM, "said_on >= $::date", "of this day or later" },
	{ "until", PARAM_DATE_TO, "said_on <= $::date", "of this day or earlier" },
	{ "search", PARAM_TEXT, "concat_ws(' ', title, url, ref) ILIKE '%' || $ || '%'", "with this text in title, address or reference" },
	{ 0 },
};

static const struct param document_params[] = {
	{ "feed", PARAM_CODE, "feed = ANY ($::text[])", "fetched by this feed" },
	{ "sha256", PARAM_TEXT, "sha256 LIKE lower($) || '%'", "whose hash begins so" },
	{ "since", PARAM_DATE_FROM, "first_seen >= $::date", "first seen on or after this day" },
	{ "until", PARAM_DATE_TO, "first_seen < $::date + 1", "first seen on or before this day" },
	{ 0 },
};

static const struct param feed_params[] = {
	{ "feed", PARAM_CODE, "feed = ANY ($::text[])", "this one" },
	{ "state", PARAM_CODE, "state = ANY ($::text[])", "in this state", "fine quiet failing broken never disabled" },
	{ 0 },
};

static const struct param run_params[] = {
	{ "feed", PARAM_CODE, "feed = ANY ($::text[])", "of this feed" },
	{ "state", PARAM_CODE, "state = ANY ($::text[])", "in this state", "running loaded failed" },
	{ "since", PARAM_DATE_FROM, "started_at >= $::date", "begun on or after this day" },
	{ "until", PARAM_DATE_TO, "started_at < $::date + 1", "begun on or before this day" },
	{ 0 },
};

static const struct param reject_params[] = {
	{ "feed", PARAM_CODE, "feed = ANY ($::text[])", "of this feed" },
	{ "run", PARAM_INT, "run = $::bigint", "of this run" },
	{ "rule", PARAM_CODE, "rule = ANY ($::text[])", "refused by this rule" },
	{ 0 },
};

static const struct param change_params[] = {
	{ "since", PARAM_INT, "tx > $::bigint", "of later transactions than this" },
	{ "until", PARAM_INT, "tx <= $::bigint", "of no later transaction than this" },
	{ "change", PARAM_CODE, "change = ANY ($::text[])", "of this kind", "claim retraction restatement conflict settled question resolution" },
	{ "entity", PARAM_ENTITY, "entity_id = ANY ($::text[])", "about this entity, deal or prediction" },
	{ "metric", PARAM_CODE, "metric = ANY ($::text[])", "of this metric, or this property of what is said in words" },
	{ "publisher", PARAM_CODE, "publisher = ANY ($::text[])", "told by this publisher, by slug" },
	{ "tier", PARAM_CODE, "tier = ANY ($::text[])", "told by sources of this tier", TIERS },
	{ 0 },
};

static const struct day deal_days[] = { { "announced_on", "announced_first", "date_precision" }, { "asserted_on", "asserted_on", "'day'" }, { 0 } };
static const struct day filing_days[] = { { "filed_on", "filed_on", "'day'" }, { "report_period", "report_period", "'day'" }, { 0 } };
static const struct day observation_days[] = {
	{ "period_end", "period_end", "period_precision" },
	{ "period_start", "period_start", "period_precision" },
	{ "asserted_on", "asserted_on", "'day'" },
	{ 0 },
};
static const struct day prediction_days[] = {
	{ "closes_at", "closes_at::date", "'day'" },
	{ "opens_at", "opens_at::date", "'day'" },
	{ "resolved_at", "resolved_at::date", "'day'" },
	{ 0 },
};
static const struct day forecast_days[] = { { "claimed_at", "claimed_at::date", "'day'" }, { "recorded_at", "recorded_at::date", "'day'" }, { 0 } };
static const struct day score_days[] = { { "resolved_at", "resolved_at::date", "'day'" }, { 0 } };
static const struct day source_days[] = { { "said_on", "said_on", "'day'" }, { 0 } };
static const struct day document_days[] = { { "first_seen", "first_seen::date", "'day'" }, { 0 } };
static const struct day change_days[] = { { "at", "at::date", "'day'" }, { "asserted_on", "asserted_on", "'day'" }, { 0 } };
static const struct day run_days[] = { { "started_at", "started_at::date", "'day'" }, { 0 } };

static const struct unit deal_units[] = {
	{ "amount", "currency" },
	{ "amount_low", "currency" },
	{ "amount_high", "currency" },
	{ "amount_to", "currency" },
	{ "valuation", "currency" },
	{ 0 },
};
static const struct unit part_units[] = {
	{ "part_amount", "part part_currency" },
	{ "part_low", "part part_currency" },
	{ "part_high", "part part_currency" },
	{ 0 },
};
static const struct unit observation_units[] = {
	{ "value", "metric unit period" },
	{ "value_low", "metric unit period" },
	{ "value_high", "metric unit period" },
	{ "value_to", "metric unit period" },
	{ 0 },
};
static const struct unit score_units[] = { { "value", "rule" }, { 0 } };

#define DEAL_ORDER "announced_first DESC NULLS LAST, id"
#define OBSERVATION_COLUMNS "entity metric dimensions period period_end value unit disputed claims period_start source"
#define OBSERVATION_ORDER "period_end DESC NULLS LAST, series, period_start"

const struct resource resources[] = {
	{ .name = "entities",
		.view = "api.entities",
		.asof = "api.entities_asof",
		.key = "id",
		.help = "companies, products, models, chips, people … with their identifiers",
		.columns = "id name kind ticker cik country parent aliases",
		.order = "api.kind_rank(kind), id",
		.params = entity_params },
	{ .name = "deals",
		.view = "api.deals",
		.asof = "api.deals_asof",
		.key = "id",
		.help = "acquisitions, acqui-hires, IPOs, funding rounds, contracts; newest first",
		.columns = "id type status announced_on amount currency disputed target acquirer claims source",
		.order = DEAL_ORDER,
		.flag = "disputed",
		.sort_as = "announced_on announced_first",
		.days = deal_days,
		.units = deal_units,
		.params = deal_params },
	{ .name = "deal_parts",
		.view = "api.deal_parts",
		.asof = "api.deal_parts_asof",
		.key = "id",
		.hidden = true,
		.help = "deals, one row for each component of the amount",
		.columns = "id announced_on part part_amount part_currency part_low part_high part_disputed part_claims part_source",
		.order = DEAL_ORDER ", part_rank, part, part_currency",
		.flag = "part_disputed",
		.sort_as = "announced_on announced_first",
		.days = deal_days,
		.units = part_units,
		.params = deal_params },
	{ .name = "funding",
		.view = "api.funding",
		.asof = "api.funding_asof",
		.key = "id",
		.help = "funding rounds, investments and debt; newest first",
		.columns = "id round announced_on amount currency valuation_usd disputed investors target source",
		.order = DEAL_ORDER,
		.flag = "disputed",
		.sort_as = "announced_on announced_first",
		.days = deal_days,
		.units = deal_units,
		.params = deal_params },
	{ .name = "filings",
		.view = "api.filings",
		.asof = "api.filings_asof",
		.key = "accession",
		.help = "filings with regulators; newest first",
		.columns = "accession form filed_on entity cik url report_period",
		.order = "filed_on DESC NULLS LAST, accession DESC",
		.days = filing_days,
		.params = filing_params },
	{ .name = "revenue",
		.view = "api.revenue",
		.asof = "api.revenue_asof",
		.key = "claim",
		.help = "revenue in all its definitions, each under its own name",
		.columns = OBSERVATION_COLUMNS,
		.order = OBSERVATION_ORDER,
		.flag = "disputed",
		.days = observation_days,
		.units = observation_units,
		.params = observation_params },
	{ .name = "observations",
		.view = "api.observations",
		.asof = "api.observations_asof",
		.wide = "api.figures",
		.wide_asof = "api.figures_asof",
		.key = "claim",
		.help = "figures: entity, metric, period, value; latest period first",
		.columns = OBSERVATION_COLUMNS,
		.order = OBSERVATION_ORDER,
		.flag = "disputed",
		.days = observation_days,
		.units = observation_units,
		.params = observation_params },
	{ .name = "metrics",
		.view = "api.metrics",
		.asof = "api.metrics_asof",
		.key = "metric",
		.help = "the catalogue of metrics, with definitions",
		.columns = "metric kind unit period definition",
		.order = "taxonomy <> 'aimarket', metric",
		.params = metric_params },
	{ .name = "predictions",
		.view = "api.predictions",
		.asof = "api.predictions_asof",
		.key = "id",
		.help = "questions about the future and how they came out; last to close first",
		.columns = "id kind status outcome crowd forecasters closes_at question",
		.order = "closes_at DESC, id",
		.days = prediction_days,
		.params = prediction_params },
	{ .name = "forecasts",
		.view = "api.forecasts",
		.asof = "api.forecasts_asof",
		.key = "id",
		.help = "what forecasters said; latest first",
		.columns = "id prediction forecaster claimed_at state p backfilled why",
		.order = "claimed_at DESC, id DESC",
		.days = forecast_days,
		.params = forecast_params },
	{ .name = "scores",
		.view = "api.scores",
		.asof = "api.scores_asof",
		.key = "id",
		.help = "what forecasts were worth, by rule; latest first",
		.columns = "prediction forecaster rule value coverage n baseline outcome standing",
		.order = "resolution DESC, forecaster, rule, backfilled",
		.days = score_days,
		.units = score_units,
		.params = score_params },
	{ .name = "sources",
		.view = "api.sources",
		.asof = "api.sources_asof",
		.key = "id",
		.help = "who says so: filings, articles, rows of data sets; latest first",
		.columns = "id publisher tier kind said_on title url",
		.order = "said_on DESC NULLS LAST, id DESC",
		.days = source_days,
		.params = source_params },
	{ .name = "changes",
		.view = "api.changes",
		.key = "id",
		.help = "what is new, in the order in which it was taken in: claims, conflicts, restatements",
		.columns = "id change entity metric period_end value unit said before source",
		.order = "tx, part, step, nth",
		.ahead = "tx >= $1::bigint AND (tx > $1::bigint OR part >= $2::int)",
		.days = change_days,
		.params = change_params },
	{ .name = "documents",
		.view = "api.documents",
		.key = "sha256",
		.help = "the bytes everything was read from, once each; latest first",
		.columns = "sha256 media bytes first_seen feed address",
		.order = "first_seen DESC, sha256",
		.days = document_days,
		.params = document_params },
	{ .name = "feeds",
		.view = "api.feeds",
		.key = "feed",
		.help = "what is taken in, and how it went",
		.columns = "feed state last_run next_run last_change documents records rejects errors",
		.order = "feed",
		.params = feed_params },
	{ .name = "runs",
		.view = "api.runs",
		.key = "id",
		.help = "every try to take a document in; latest first",
		.columns = "id feed state started_at seconds records added known rejects error",
		.order = "id DESC",
		.days = run_days,
		.params = run_params },
	{ .name = "rejects",
		.view = "api.rejects",
		.key = "id",
		.help = "what a run could not take, and why; latest first",
		.columns = "id run feed locator rule reason raw",
		.order = "id DESC",
		.params = reject_params },
	{ 0 },
};

const struct resource *resource_find(const char *name)
{
	for (const struct resource *r = resources; r->name; r++) {
		if (strcmp(r->name, name) == 0)
			return r;
	}
	return NULL;
}

static bool same_name(const char *a, const char *b)
{
	while (*a && (*a == *b || (*a == '-' && *b == '_') || (*a == '_' && *b == '-')))
		a++, b++;
	return *a == *b;
}

const struct param *resource_param(const struct resource *r, const char *name)
{
	for (const struct param *p = r->params; p->name; p++) {
		if (same_name(p->name, name))
			return p;
	}
	return NULL;
}

int resource_unknown(const char *name, struct err *e)
{
	const char *names[RESOURCES_MAX], *near;
	size_t n = 0;

	for (const struct resource *r = resources; r->name; r++) {
		if (!r->hidden)
			names[n++] = r->name;
	}
	near = text_nearest(name, names, n);
	err_set(e, ERR_USAGE, near ? "unknown resource \"%s\", did you mean \"%s\"?" : "unknown resource \"%s\"", name, near);
	return err_hint(e, "`aimarket help query` lists the resources.");
}
