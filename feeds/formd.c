#include "formd.h"

#include <ctype.h>
#include <strings.h>

#include "aimarket/buf.h"

enum { REF_MAX = 200, TEXT_MAX = 1200 };

static void set(struct sink *out, int field, struct record_value v)
{
	sink_set(out, field, v.text, v.n);
}

static bool is(struct record_value v, const char *text)
{
	return v.n == strlen(text) && !strncasecmp(v.text, text, v.n);
}

static bool has(struct record_value v, const char *part)
{
	for (size_t n = strlen(part), i = 0; i + n <= v.n; i++)
		if (!strncasecmp(v.text + i, part, n))
			return true;
	return false;
}

/* A figure is that of the day of signature; without one, of the day of filing. */
static struct record_value day_of(const struct formd *f)
{
	return f->signed_on.n ? f->signed_on : f->filed;
}

/* "None", "N/A": the form has no other way of leaving a name out. */
static bool is_blank(struct record_value v)
{
	return !v.n || is(v, "None") || is(v, "N/A");
}

/* ---------------------------------------------------------------- which deal */

/* Appends what may stand in the key of a deal: lower-case letters and digits, single hyphens between them. */
static void add_key_part(struct buf *key, struct record_value v)
{
	for (size_t i = 0; i < v.n; i++) {
		if (isalnum((unsigned char)v.text[i]))
			buf_addc(key, (char)tolower((unsigned char)v.text[i]));
		else if (key->len && key->data[key->len - 1] != '-')
			buf_addc(key, '-');
	}
}

static const char *key_of(struct buf *key, const char *prefix, struct record_value a, struct record_value b)
{
	buf_reset(key);
	buf_adds(key, prefix);
	add_key_part(key, a);
	if (b.n)
		buf_addc(key, '-');
	add_key_part(key, b);
	return buf_str(key);
}

/* The surest key there is: the offering's number, the notice's own, the amended one's, else the issuer and the day. */
static void name_deal(const struct formd *f, struct buf *key)
{
	static const struct record_value none;

	if (f->file_number.n)
		key_of(key, "deal:formd-", f->file_number, none);
	else if (f->accession.n)
		key_of(key, "deal:formd-", f->accession, none);
	else if (f->previous.n)
		key_of(key, "deal:formd-", f->previous, none);
	else
		key_of(key, "deal:formd-cik-", f->issuers[0].cik, day_of(f));
}

static void emit_key(struct sink *out, const char *deal, struct record_value number, const char *source)
{
	static const struct record_value none;
	struct buf key;

	buf_init(&key, REF_MAX);
	sink_record(out, REC_KEY);
	sink_setz(out, KEY_ENTITY, deal);
	sink_setz(out, KEY_SCHEME, "deal");
	sink_setz(out, KEY_VALUE, key_of(&key, "formd-", number, none));
	sink_setz(out, KEY_SOURCE, source);
	(void)sink_end(out);
	buf_release(&key);
}

/* ---------------------------------------------------------------- what it is */

/* A vehicle for one investment often ticks another industry than funds do, but says what it is in its name. */
static bool is_vehicle(const struct formd *f)
{
	return has(f->industry, "Pooled Investment Fund") || has(f->securities, "pooled") || has(f->issuers[0].name, " a series of ") ||
	       has(f->issuers[0].name, " SPV");
}

static const char *deal_type(const struct formd *f)
{
	if (f->listed)
		return "private_offering";
	if (is_vehicle(f))
		return "fund_offering";
	if (f->combination)
		return "private_offering";
	if (has(f->securities, "equity") || has(f->securities, "option") || has(f->securities, "security_acquired"))
		return "funding_round";
	if (has(f->securities, "debt"))
		return "debt";
	return f->securities.n ? "private_offering" : "funding_round";
}

/* ---------------------------------------------------------------- records */

static void statement(struct sink *out, const char *deal, const char *property, const char *source)
{
	sink_record(out, REC_STATEMENT);
	sink_setz(out, STATEMENT_ENTITY, deal);
	sink_setz(out, STATEMENT_PROPERTY, property);
	sink_setz(out, STATEMENT_SOURCE, source);
}

/* Each item of a list parted by ; as a statement of its own. */
static void emit_words(struct sink *out, const char *deal, const char *property, int field, struct record_value list, const char *source)
{
	const char *p = list.text, *end = list.n ? p + list.n : p;

	while (p < end) {
		const char *semi = memchr(p, ';', (size_t)(end - p));
		size_t n = (size_t)((semi ? semi : end) - p);

		if (n) {
			statement(out, deal, property, source);
			sink_set(out, field, p, n);
			(void)sink_end(out);
		}
		p = semi ? semi + 1 : end;
	}
}

/* "Executive Officer" as the value of a dimension: executive_officer. */
static void role_dims(const char *p, size_t n, char dims[64])
{
	size_t len = (size_t)snprintf(dims, 64, "role=");

	for (size_t i = 0; i < n && len < 60; i++)
		dims[len++] = isalnum((unsigned char)p[i]) ? (char)tolower((unsigned char)p[i]) : '_';
	dims[len] = '\0';
}

static void emit_person(struct sink *out, const char *deal, const struct formd_person *person, const char *source)
{
	const struct record_value parts[] = { person->first, person->middle, person->last };
	const char *p = person->roles.text, *end = p + person->roles.n;
	char name[TEXT_MAX] = "", dims[64];
	size_t len = 0;

	for (int i = 0; i < 3; i++)
		if (!is_blank(parts[i]) && len < sizeof(name))
			len += (size_t)snprintf(name + len, sizeof(name) - len, "%s%.*s", len ? " " : "",
				(int)(parts[i].n < 300 ? parts[i].n : 300), parts[i].text);
	while (len && person->roles.n && p < end) {
		const char *semi = memchr(p, ';', (size_t)(end - p));

		role_dims(p, (size_t)((semi ? semi : end) - p), dims);
		statement(out, deal, "related_person", source);
		sink_setz(out, STATEMENT_TEXT, name);
		sink_setz(out, STATEMENT_DIMS, dims);
		(void)sink_end(out);
		p = semi ? semi + 1 : end;
	}
}

static int emit_issuer(struct sink *out, const char *deal, const struct formd *f, size_t i, const char *source)
{
	const struct formd_issuer *issuer = &f->issuers[i];
	char cik[EDGAR_CIK_SIZE], ref[EDGAR_CIK_SIZE + 4];

	if (!edgar_cik(issuer->cik.text, issuer->cik.n, cik)) {
		sink_reject(out, "cik", NULL, 0, "issuer %zu: \"%.*s\" is no Central Index Key", i + 1,
			(int)(issuer->cik.n < 40 ? issuer->cik.n : 40), issuer->cik.n ? issuer->cik.text : "");
		return -1;
	}
	snprintf(ref, sizeof(ref), "cik:%s", cik);
	if (edgar_entity(out, cik, is_vehicle(f) ? "fund" : "company", issuer->name))
		return -1;
	if (issuer->jurisdiction.n) {
		statement(out, ref, "state_of_incorporation", source);
		set(out, STATEMENT_TEXT, issuer->jurisdiction);
		(void)sink_end(out);
	}
	if (issuer->entity_type.n) {
		statement(out, ref, "legal_form", source);
		set(out, STATEMENT_TEXT, issuer->entity_type);
		(void)sink_end(out);
	}
	statement(out, deal, "party", source);
	sink_setz(out, STATEMENT_OBJECT, ref);
	sink_setz(out, STATEMENT_DIMS, i ? "role=co_issuer" : "role=issuer");
	return sink_end(out);
}

static int emit_amount(struct sink *out, const char *deal, const struct formd *f, const char *component, struct record_value amount,
	const char *source)
{
	char dims[40];

	if (!amount.n)
		return 0;
	snprintf(dims, sizeof(dims), "component=%s", component);
	sink_record(out, REC_OBSERVATION);
	sink_setz(out, OBS_ENTITY, deal);
	sink_setz(out, OBS_METRIC, "deal_amount");
	sink_setz(out, OBS_DIMS, dims);
	sink_setz(out, OBS_UNIT, "USD");
	set(out, OBS_END, day_of(f));
	sink_setz(out, OBS_SOURCE, source);
	if (is(amount, "Indefinite")) {
		sink_setz(out, OBS_STATE, "none");
		sink_setz(out, OBS_NOTE, "Indefinite");
	} else {
		set(out, OBS_VALUE, amount);
		sink_setz(out, OBS_DECIMALS, memchr(amount.text, '.', amount.n) ? "2" : "0");
	}
	return sink_end(out);
}

static int emit_investors(struct sink *out, const char *deal, const struct formd *f, const char *source)
{
	if (!f->investors.n)
		return 0;
	sink_record(out, REC_OBSERVATION);
	sink_setz(out, OBS_ENTITY, deal);
	sink_setz(out, OBS_METRIC, "deal_investors");
	sink_setz(out, OBS_UNIT, "investors");
	set(out, OBS_END, day_of(f));
	set(out, OBS_VALUE, f->investors);
	sink_setz(out, OBS_DECIMALS, "0");
	sink_setz(out, OBS_SOURCE, source);
	return sink_end(out);
}

static int emit_stage(struct sink *out, const char *deal, const struct formd *f, const char *source)
{
	struct record_value day = f->first_sale.n ? f->first_sale : f->filed.n ? f->filed : f->signed_on;

	if (!day.n)
		return 0;
	statement(out, deal, "stage", source);
	sink_setz(out, STATEMENT_CODE, f->first_sale.n ? "signed" : "announced");
	set(out, STATEMENT_START, day);
	set(out, STATEMENT_END, day);
	return sink_end(out);
}

/* The notice as a filing; known by the issuer and the day alone where its number is not told. */
static int emit_source(struct sink *out, const struct formd *f, char ref[REF_MAX])
{
	char cik[EDGAR_CIK_SIZE] = "0", title[TEXT_MAX], filed[11];

	(void)edgar_cik(f->issuers[0].cik.text, f->issuers[0].cik.n, cik);
	if (f->accession.n) {
		snprintf(ref, REF_MAX, "%.*s", (int)f->accession.n, f->accession.text);
		return edgar_filing(out, &(struct edgar_filing){ .cik = cik,
						 .accession = f->accession,
						 .form = f->form,
						 .filed = edgar_day(f->filed, filed),
						 .dated = f->signed_on,
						 .file_number = f->file_number });
	}
	snprintf(ref, REF_MAX, "formd/CIK%010lld/%.*s", strtoll(cik, NULL, 10), (int)(day_of(f).n < 40 ? day_of(f).n : 40),
		day_of(f).n ? day_of(f).text : "");
	snprintf(title, sizeof(title), "Form %.*s of %.*s", (int)(f->form.n < 20 ? f->form.n : 20), f->form.n ? f->form.text : "",
		(int)(f->issuers[0].name.n < TEXT_MAX - 40 ? f->issuers[0].name.n : TEXT_MAX - 40),
		f->issuers[0].name.n ? f->issuers[0].name.text : "");
	sink_record(out, REC_SOURCE);
	sink_setz(out, SOURCE_REF, ref);
	edgar_publisher(out);
	sink_setz(out, SOURCE_KIND, "filing");
	sink_setz(out, SOURCE_TITLE, title);
	set(out, SOURCE_DATE, f->filed.n ? f->filed : f->signed_on);
	return sink_end(out);
}

static int emit_deal(struct sink *out, const struct formd *f, const char *deal, const char *source)
{
	char text[TEXT_MAX];

	snprintf(text, sizeof(text), "%.*s, Form D offering",
		(int)(f->issuers[0].name.n < RECORD_NAME_MAX - 20 ? f->issuers[0].name.n : RECORD_NAME_MAX - 20),
		f->issuers[0].name.n ? f->issuers[0].name.text : "");
	sink_record(out, REC_DEAL);
	sink_setz(out, DEAL_REF, deal);
	sink_setz(out, DEAL_TYPE, deal_type(f));
	sink_setz(out, DEAL_NAME, text);
	sink_setz(out, DEAL_SOURCE, source);
	if (sink_end(out))
		return -1;
	if (f->accession.n) {
		snprintf(text, sizeof(text), "accession:%.*s", (int)f->accession.n, f->accession.text);
		statement(out, deal, "filing", source);
		sink_setz(out, STATEMENT_OBJECT, text);
		(void)sink_end(out);
	}
	emit_words(out, deal, "industry", STATEMENT_TEXT, f->industry, source);
	emit_words(out, deal, "exemption", STATEMENT_CODE, f->exemptions, source);
	emit_words(out, deal, "security", STATEMENT_CODE, f->securities, source);
	emit_words(out, deal, "amends", STATEMENT_TEXT, f->previous, source);
	return emit_stage(out, deal, f, source);
}

static int emit_notice(struct sink *out, const struct formd *f, const char *deal, const char *source)
{
	for (size_t i = 0; i < f->n_issuers; i++)
		if (emit_issuer(out, deal, f, i, source))
			return -1;
	for (size_t i = 0; i < f->n_persons; i++)
		emit_person(out, deal, &f->persons[i], source);
	if (emit_amount(out, deal, f, "offering", f->offering, source) || emit_amount(out, deal, f, "total", f->sold, source) ||
		emit_amount(out, deal, f, "remaining", f->remaining, source))
		return -1;
	return emit_investors(out, deal, f, source);
}

void formd_emit_listed(struct sink *out, const char *accession, const char *cik, struct record_value name, struct record_value filed)
{
	struct formd_issuer issuer = { .cik = { cik, strlen(cik) }, .name = name };
	struct formd f = {
		.accession = { accession, strlen(accession) }, .filed = filed, .issuers = &issuer, .n_issuers = 1, .listed = true
	};
	char ref[EDGAR_CIK_SIZE + 4];
	struct buf deal;
	bool known;

	buf_init(&deal, REF_MAX);
	name_deal(&f, &deal);
	known = sink_knows(out, REC_ENTITY, buf_str(&deal), deal.len);
	if (known || !emit_deal(out, &f, buf_str(&deal), accession)) {
		statement(out, buf_str(&deal), "party", accession);
		snprintf(ref, sizeof(ref), "cik:%s", cik);
		sink_setz(out, STATEMENT_OBJECT, ref);
		sink_setz(out, STATEMENT_DIMS, known ? "role=co_issuer" : "role=issuer");
		(void)sink_end(out);
	}
	buf_release(&deal);
}

/* Numbers of one notice and of the one it amends lead to the same deal, whichever comes first. */
static void emit_chain(struct sink *out, const struct formd *f, const char *deal, const char *source, long long offset, const char *place,
	long long number)
{
	const struct record_value keys[] = { f->file_number, f->accession, f->previous };
	char own[REF_MAX];
	struct buf key;

	buf_init(&key, REF_MAX);
	snprintf(own, sizeof(own), "%s", deal);
	for (int i = 0; i < 3; i++) {
		static const struct record_value none;

		if (!keys[i].n || !strcmp(key_of(&key, "deal:formd-", keys[i], none), own))
			continue;
		sink_group(out, offset + 1 + i, place, number);
		emit_key(out, deal, keys[i], source);
	}
	buf_release(&key);
}

int formd_emit(struct sink *out, const struct formd *f, long long offset, const char *place, long long number)
{
	char source[REF_MAX];
	struct buf deal;
	int rc = -1;

	sink_group(out, offset, place, number);
	sink_raw(out, f->raw.text, f->raw.n);
	if (!f->n_issuers) {
		sink_reject(out, "issuer", NULL, 0, "a notice without an issuer");
		return -1;
	}
	buf_init(&deal, REF_MAX);
	name_deal(f, &deal);
	if (!emit_source(out, f, source) && !emit_deal(out, f, buf_str(&deal), source))
		rc = emit_notice(out, f, buf_str(&deal), source);
	if (!rc)
		emit_chain(out, f, buf_str(&deal), source, offset, place, number);
	buf_release(&deal);
	return rc;
}
