#include "edgar_filing.h"

#include <ctype.h>
#include <strings.h>

enum { TEXT_MAX = 1200 };

/* Roles as headers and pages write them, blanks and underscores as hyphens. main: the filing is about, or of, this one. */
static const struct role_row {
	const char *text, *role;
	bool main;
} role_rows[] = {
	{ "FILER", "filer", true },
	{ "ISSUER", "issuer", true },
	{ "SUBJECT-COMPANY", "subject", true },
	{ "SUBJECT", "subject", true },
	{ "FILED-FOR", "filed_for", true },
	{ "SERIAL-COMPANY", "serial_company", true },
	{ "FILED-BY", "filed_by", false },
	{ "REPORTING-OWNER", "reporting", false },
	{ "REPORTING", "reporting", false },
	{ "DEPOSITOR", "depositor", false },
	{ "SECURITIZER", "securitizer", false },
	{ "ISSUING-ENTITY", "issuing_entity", false },
	{ "UNDERWRITER", "underwriter", false },
	{ "RELATED-PERSON", "related_person", false },
};

const char *submission_role(const char *text, size_t n)
{
	char key[32];

	if (n >= sizeof(key))
		return NULL;
	for (size_t i = 0; i < n; i++)
		key[i] = text[i] == ' ' || text[i] == '_' ? '-' : text[i];
	key[n] = '\0';
	for (size_t i = 0; i < sizeof(role_rows) / sizeof(*role_rows); i++)
		if (!strcasecmp(key, role_rows[i].text))
			return role_rows[i].role;
	return NULL;
}

static bool is_main(const char *role)
{
	for (size_t i = 0; i < sizeof(role_rows) / sizeof(*role_rows); i++)
		if (!strcmp(role, role_rows[i].role))
			return role_rows[i].main;
	return false;
}

const struct submission_party *submission_main(const struct submission *s)
{
	for (size_t i = 0; i < s->n_parties; i++)
		if (is_main(s->parties[i].role))
			return &s->parties[i];
	return s->n_parties ? &s->parties[0] : NULL;
}

int submission_check(const struct submission *s, struct err *e)
{
	const struct submission_party *party = submission_main(s);
	const struct {
		struct record_value v;
		const char *what;
	} needed[] = {
		{ s->accession, "accession number" },
		{ s->form, "form" },
		{ s->filed, "day of filing" },
		{ party ? party->cik : (struct record_value){ 0 }, "filer" },
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (!needed[i].v.n)
			return err_set(e, ERR_PARSE, "the header tells no %s: this is no filing of EDGAR, or only a part of one",
				needed[i].what);
	return 0;
}

/* ---------------------------------------------------------------- records */

static void statement(struct sink *out, const char *entity, const char *property, const char *source)
{
	sink_record(out, REC_STATEMENT);
	sink_setz(out, STATEMENT_ENTITY, entity);
	sink_setz(out, STATEMENT_PROPERTY, property);
	sink_setz(out, STATEMENT_SOURCE, source);
}

/* Organisations have an employer's number or a state; of who only reports, persons have neither. */
static bool is_person(const struct submission_party *p)
{
	return !strcmp(p->role, "reporting") && !p->employer.n && !p->state.n;
}

static void emit_fact(struct sink *out, const char *entity, const char *property, struct record_value code, struct record_value text,
	const char *source)
{
	if (!code.n && !text.n)
		return;
	statement(out, entity, property, source);
	sink_set(out, STATEMENT_CODE, code.text, code.n);
	sink_set(out, STATEMENT_TEXT, text.text, text.n);
	(void)sink_end(out);
}

/* What the header says about somebody, apart from the filing: a slip in it costs no more than itself. */
static void emit_facts(struct sink *out, const struct submission_party *p, size_t number, const char *source)
{
	static const struct record_value none;
	char cik[EDGAR_CIK_SIZE], ref[EDGAR_CIK_SIZE + 4];

	if (!edgar_cik(p->cik.text, p->cik.n, cik))
		return;
	snprintf(ref, sizeof(ref), "cik:%s", cik);
	sink_group(out, p->offset, "header, party ", (long long)number + 1);
	emit_fact(out, ref, "sic", p->sic, p->sic_text, source);
	emit_fact(out, ref, "state_of_incorporation", p->state, none, source);
	emit_fact(out, ref, "fiscal_year_end", p->year_end, none, source);
	for (size_t i = 0; i < p->n_former; i++) {
		char until[11];

		sink_record(out, REC_KEY);
		sink_setz(out, KEY_ENTITY, ref);
		sink_setz(out, KEY_SCHEME, "former-name");
		sink_set(out, KEY_VALUE, p->former[i].text, p->former[i].n);
		struct record_value day = edgar_day(p->former_until[i], until);
		sink_set(out, KEY_TO, day.text, day.n);
		sink_setz(out, KEY_SOURCE, source);
		(void)sink_end(out);
	}
}

static void emit_document(struct sink *out, const struct submission_document *d, size_t number, const char *filing, const char *source)
{
	char dims[160];
	size_t len = 0;

	if (!d->name.n)
		return;
	for (size_t i = 0; i < d->type.n && i < 60; i++) /* a value of a dimension has no = ; or % of its own */
		dims[len++] = strchr("=;%", d->type.text[i]) || iscntrl((unsigned char)d->type.text[i]) ? '-' : d->type.text[i];
	dims[len] = '\0';
	sink_group(out, d->offset, "document ", (long long)number + 1);
	statement(out, filing, "attachment", source);
	sink_set(out, STATEMENT_TEXT, d->name.text, d->name.n);
	if (len) {
		char type[180];

		snprintf(type, sizeof(type), "type=%s", dims);
		sink_setz(out, STATEMENT_DIMS, type);
	}
	sink_set(out, STATEMENT_NOTE, d->description.text, d->description.n);
	(void)sink_end(out);
}

static bool told_before(const struct submission *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(s->parties[k].role, s->parties[i].role) && s->parties[i].cik.n && s->parties[k].cik.n == s->parties[i].cik.n &&
			!memcmp(s->parties[k].cik.text, s->parties[i].cik.text, s->parties[i].cik.n))
			return true;
	return false;
}

/* The first one's part is told with the filing. */
static int emit_parties(struct sink *out, const struct submission *s, const struct submission_party *first, const char *cik,
	const char *source)
{
	if (edgar_entity(out, cik, is_person(first) ? "person" : "company", first->name))
		return -1;
	for (size_t i = 0; i < s->n_parties; i++) {
		const struct submission_party *p = &s->parties[i];
		bool main = is_main(p->role);

		if (!p->cik.n || p == first || told_before(s, i))
			continue;
		if (edgar_filer(out, source,
			    &(struct edgar_filer){ .cik = p->cik, .name = p->name, .role = main ? NULL : p->role, .person = is_person(p) }))
			return -1;
	}
	return 0;
}

static int emit_filing(struct sink *out, const struct submission *s, const struct submission_party *first, const char *source)
{
	char filed[11], period[11], effective[11];
	char cik[EDGAR_CIK_SIZE], time[EDGAR_TIME_SIZE], ref[EDGAR_ACCESSION_SIZE + 10];
	bool timed = edgar_time(s->accepted.text, s->accepted.n, time);
	struct record_value day;

	if (!edgar_cik(first->cik.text, first->cik.n, cik)) {
		sink_reject(out, "cik", NULL, 0, "\"%.*s\" is no Central Index Key", (int)(first->cik.n < 40 ? first->cik.n : 40),
			first->cik.text);
		return -1;
	}
	if (edgar_filing(out, &(struct edgar_filing){ .cik = cik,
				      .accession = s->accession,
				      .form = s->form,
				      .filed = edgar_day(s->filed, filed),
				      .dated = s->dated,
				      .accepted = timed ? (struct record_value){ time, strlen(time) } : s->accepted,
				      .period = edgar_day(s->period, period),
				      .document = s->n_documents ? s->documents[0].name : (struct record_value){ 0 },
				      .items = s->items,
				      .file_number = first->file_number }) ||
		emit_parties(out, s, first, cik, source))
		return -1;
	day = edgar_day(s->effective, effective);
	if (!day.n)
		return 0;
	snprintf(ref, sizeof(ref), "accession:%s", source);
	statement(out, ref, "effective_on", source);
	sink_set(out, STATEMENT_START, day.text, day.n);
	sink_set(out, STATEMENT_END, day.text, day.n);
	return sink_end(out);
}

int submission_emit(struct sink *out, const struct submission *s)
{
	const struct submission_party *first = submission_main(s);
	char source[EDGAR_ACCESSION_SIZE], filing[EDGAR_ACCESSION_SIZE + 10];

	sink_group(out, 0, "header", -1);
	snprintf(source, sizeof(source), "%.*s", (int)s->accession.n, s->accession.text);
	snprintf(filing, sizeof(filing), "accession:%s", source);
	if (emit_filing(out, s, first, source))
		return -1;
	for (size_t i = 0; i < s->n_parties; i++)
		if (!told_before(s, i))
			emit_facts(out, &s->parties[i], i, source);
	for (size_t i = 0; i < s->n_documents && !sink_full(out); i++)
		emit_document(out, &s->documents[i], i, filing, source);
	return 0;
}
