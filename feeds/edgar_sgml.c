/*
 * edgar-filing: a filing as it was submitted, header and documents in one text, in all its dialects:
 *
 *	<SEC-HEADER> … ACCESSION NUMBER: …		the archive's .txt, with labels; before 2001 inside a privacy-enhanced message
 *	<SUBMISSION> <ACCESSION-NUMBER>…			the feed's .nc, with tags; some lines end with a lone carriage return
 *	<HTML> … <!-- <SEC-HEADER> … --> &lt;DOCUMENT&gt;	-index-headers.html: the tags again, and the documents by name only
 *
 * Of the documents only those that say something of a deal are read: the XML of a Form D, the cover of a prospectus.
 */
#include <ctype.h>

#include "aimarket/arena.h"
#include "aimarket/text.h"
#include "edgar_filing.h"
#include "edgar_formd.h"
#include "edgar_offering.h"
#include "formats.h"

struct reader {
	const struct input *in;
	const struct limits *limits;
	struct arena *mem;
	struct submission s;
	struct submission_party *party; /* whose lines these are; NULL before the first */
	size_t at;
	bool open; /* the submission has begun, and not ended */
};

struct line {
	const char *text;
	size_t n, at;
};

/* ---------------------------------------------------------------- lines */

/* The next line: ends are LF, CR LF or CR. Blanks around it are cut off. */
static bool next_line(struct reader *r, struct line *l)
{
	const char *data = r->in->data;
	size_t at = r->at, len = r->in->len, end = at;

	if (at >= len)
		return false;
	while (end < len && data[end] != '\n' && data[end] != '\r')
		end++;
	*l = (struct line){ .text = data + at, .n = end - at, .at = at };
	r->at = end + 1 < len && data[end] == '\r' && data[end + 1] == '\n' ? end + 2 : end + 1;
	text_trim(&l->text, &l->n);
	return true;
}

static bool begins(const struct line *l, const char *text)
{
	size_t n = strlen(text);

	return l->n >= n && !memcmp(l->text, text, n);
}

/* Does a document begin or end here? Both as it is written and as a page quotes it. */
static bool is_mark(const struct line *l, const char *name)
{
	char tag[40], quoted[60];

	snprintf(tag, sizeof(tag), "<%s>", name);
	snprintf(quoted, sizeof(quoted), "&lt;%s&gt;", name);
	return begins(l, tag) || begins(l, quoted);
}

/* ---------------------------------------------------------------- the header */

/* A line of the header: its key, with hyphens for blanks, and what is behind it. */
static bool split_tag(const struct line *l, struct record_value *key, struct record_value *value)
{
	bool quoted = begins(l, "&lt;");
	size_t open = quoted ? 4 : 1;
	const char *close;

	if (!l->n || (!quoted && *l->text != '<'))
		return false;
	close = quoted ? memmem(l->text, l->n, "&gt;", 4) : memchr(l->text, '>', l->n);
	if (!close)
		return false;
	*key = (struct record_value){ l->text + open, (size_t)(close - l->text) - open };
	close += quoted ? 4 : 1;
	*value = (struct record_value){ close, (size_t)(l->text + l->n - close) };
	return true;
}

static bool split_label(const struct line *l, struct record_value *key, struct record_value *value)
{
	const char *colon = l->n ? memchr(l->text, ':', l->n) : NULL;

	if (!colon || colon == l->text || colon - l->text > 60)
		return false;
	*key = (struct record_value){ l->text, (size_t)(colon - l->text) };
	*value = (struct record_value){ colon + 1, (size_t)(l->text + l->n - colon) - 1 };
	return true;
}

static bool split_line(const struct line *l, char key[64], struct record_value *value)
{
	struct record_value k;

	if (!split_tag(l, &k, value) && !split_label(l, &k, value))
		return false;
	if (!k.n || k.n > 60)
		return false;
	text_trim(&k.text, &k.n);
	for (size_t i = 0; i < k.n; i++)
		key[i] = k.text[i] == ' ' || k.text[i] == '_' ? '-' : (char)toupper((unsigned char)k.text[i]);
	key[k.n] = '\0';
	text_trim(&value->text, &value->n);
	return true;
}

/* Keys of both dialects, of the filing and of a party. */
static const struct key_row {
	const char *key;
	size_t offset;
} filing_keys[] = {
	{ "ACCESSION-NUMBER", offsetof(struct submission, accession) },
	{ "CONFORMED-SUBMISSION-TYPE", offsetof(struct submission, form) },
	{ "TYPE", offsetof(struct submission, form) },
	{ "FILED-AS-OF-DATE", offsetof(struct submission, filed) },
	{ "FILING-DATE", offsetof(struct submission, filed) },
	{ "ACCEPTANCE-DATETIME", offsetof(struct submission, accepted) },
	{ "CONFORMED-PERIOD-OF-REPORT", offsetof(struct submission, period) },
	{ "PERIOD", offsetof(struct submission, period) },
	{ "EFFECTIVENESS-DATE", offsetof(struct submission, effective) },
};
static const struct key_row party_keys[] = {
	{ "COMPANY-CONFORMED-NAME", offsetof(struct submission_party, name) },
	{ "CONFORMED-NAME", offsetof(struct submission_party, name) },
	{ "CENTRAL-INDEX-KEY", offsetof(struct submission_party, cik) },
	{ "CIK", offsetof(struct submission_party, cik) },
	{ "STANDARD-INDUSTRIAL-CLASSIFICATION", offsetof(struct submission_party, sic_text) },
	{ "ASSIGNED-SIC", offsetof(struct submission_party, sic) },
	{ "STATE-OF-INCORPORATION", offsetof(struct submission_party, state) },
	{ "FISCAL-YEAR-END", offsetof(struct submission_party, year_end) },
	{ "IRS-NUMBER", offsetof(struct submission_party, employer) },
	{ "EIN", offsetof(struct submission_party, employer) },
	{ "FORM-TYPE", offsetof(struct submission_party, form) },
	{ "SEC-FILE-NUMBER", offsetof(struct submission_party, file_number) },
	{ "FILE-NUMBER", offsetof(struct submission_party, file_number) },
};

/* The first of its kind holds: what comes again is of another party, or repeats. */
static bool set_key(struct reader *r, void *base, const struct key_row *rows, size_t n, const char *key, struct record_value value)
{
	for (size_t i = 0; i < n; i++) {
		struct record_value *to = (struct record_value *)(void *)((char *)base + rows[i].offset);

		if (strcmp(rows[i].key, key) != 0)
			continue;
		if (!to->n)
			*to = edgar_utf8(value, r->mem);
		return true;
	}
	return false;
}

static int begin_party(struct reader *r, const char *role, size_t at, struct err *e)
{
	if ((long long)r->s.n_parties == r->limits->parties)
		return err_set(e, ERR_LIMIT, "a header with more than %lld parties (limit parties)", r->limits->parties);
	if (r->s.n_parties % 64 == 0) {
		struct submission_party *more = arena_zalloc(r->mem, (r->s.n_parties + 64) * sizeof(*more));

		if (r->s.n_parties)
			memcpy(more, r->s.parties, r->s.n_parties * sizeof(*more));
		r->s.parties = more;
	}
	r->party = &r->s.parties[r->s.n_parties++];
	*r->party = (struct submission_party){ .role = role, .offset = (long long)at };
	return 0;
}

static void add_item(struct reader *r, struct record_value value)
{
	const char *all = r->s.items.n ? arena_printf(r->mem, "%.*s,%.*s", (int)r->s.items.n, r->s.items.text, (int)value.n, value.text)
				       : arena_strndup(r->mem, value.text, value.n);

	r->s.items = (struct record_value){ all, strlen(all) };
}

static void former_name(struct reader *r, const char *key, struct record_value value)
{
	struct submission_party *p = r->party;

	if (!strcmp(key, "FORMER-CONFORMED-NAME") && p->n_former < SUBMISSION_FORMER)
		p->former[p->n_former++] = edgar_utf8(value, r->mem);
	else if ((!strcmp(key, "DATE-OF-NAME-CHANGE") || !strcmp(key, "DATE-CHANGED")) && p->n_former)
		p->former_until[p->n_former - 1] = value;
}

/* "SERVICES-PREPACKAGED SOFTWARE [7372]" says both. */
static void split_sic(struct submission_party *p)
{
	const char *bracket = p->sic_text.n ? memrchr(p->sic_text.text, '[', p->sic_text.n) : NULL;
	size_t at;

	if (!bracket || p->sic.n)
		return;
	at = (size_t)(bracket - p->sic_text.text);
	p->sic = (struct record_value){ bracket + 1, strspn(bracket + 1, "0123456789") };
	p->sic_text.n = at;
	text_trim(&p->sic_text.text, &p->sic_text.n);
}

static int header_line(struct reader *r, const struct line *l, struct err *e)
{
	struct record_value value;
	const char *role;
	char key[64];

	if (!split_line(l, key, &value))
		return 0;
	role = submission_role(key, strlen(key));
	if (role && !value.n)
		return begin_party(r, role, l->at, e);
	if (!value.n)
		return 0;
	if (!strcmp(key, "ITEMS"))
		add_item(r, value);
	else if (!r->party)
		set_key(r, &r->s, filing_keys, sizeof(filing_keys) / sizeof(*filing_keys), key, value);
	else if (!set_key(r, r->party, party_keys, sizeof(party_keys) / sizeof(*party_keys), key, value))
		former_name(r, key, value);
	return 0;
}

/* ---------------------------------------------------------------- the documents */

/* A page names a file inside of a link. */
static struct record_value without_link(struct record_value v)
{
	const char *close = v.n && *v.text == '<' ? memchr(v.text, '>', v.n) : NULL, *end;

	if (!close)
		return v;
	v = (struct record_value){ close + 1, (size_t)(v.text + v.n - close) - 1 };
	end = v.n ? memchr(v.text, '<', v.n) : NULL;
	if (end)
		v.n = (size_t)(end - v.text);
	return v;
}

static void document_line(struct reader *r, struct submission_document *d, const struct line *l)
{
	static const struct key_row rows[] = {
		{ "TYPE", offsetof(struct submission_document, type) },
		{ "SEQUENCE", offsetof(struct submission_document, sequence) },
		{ "FILENAME", offsetof(struct submission_document, name) },
		{ "DESCRIPTION", offsetof(struct submission_document, description) },
	};
	struct record_value value;
	char key[64];

	if (split_line(l, key, &value) && value.n)
		set_key(r, d, rows, sizeof(rows) / sizeof(*rows), key, without_link(value));
}

/* The text lies between marks at the beginning of a line; what is left out of it ends the document. */
static void skip_text(struct reader *r, struct submission_document *d)
{
	struct line l;
	size_t begin = r->at;

	d->text = r->in->data + begin;
	while (next_line(r, &l)) {
		if (is_mark(&l, "/TEXT") || is_mark(&l, "/DOCUMENT")) {
			d->n = l.at - begin;
			return;
		}
	}
	d->n = r->in->len - begin;
}

static int read_document(struct reader *r, size_t at, struct err *e)
{
	struct submission_document *d;
	struct line l;

	if ((long long)r->s.n_documents == r->limits->documents)
		return err_set(e, ERR_LIMIT, "a filing with more than %lld documents (limit documents)", r->limits->documents);
	if (r->s.n_documents % 64 == 0) {
		d = arena_alloc(r->mem, (r->s.n_documents + 64) * sizeof(*d));
		if (r->s.n_documents)
			memcpy(d, r->s.documents, r->s.n_documents * sizeof(*d));
		r->s.documents = d;
	}
	d = &r->s.documents[r->s.n_documents++];
	*d = (struct submission_document){ .offset = (long long)at };
	while (next_line(r, &l)) {
		if (is_mark(&l, "TEXT")) {
			skip_text(r, d);
			return 0;
		}
		if (is_mark(&l, "/DOCUMENT"))
			return 0;
		document_line(r, d, &l);
	}
	return 0;
}

static int read_all(struct reader *r, struct err *e)
{
	bool header = true;
	struct line l;

	while (next_line(r, &l)) {
		r->open |= is_mark(&l, "SEC-DOCUMENT") || is_mark(&l, "SUBMISSION");
		if (is_mark(&l, "DOCUMENT")) {
			header = false;
			if (read_document(r, l.at, e))
				return -1;
		} else if (is_mark(&l, "/SEC-DOCUMENT") || is_mark(&l, "/SUBMISSION")) {
			r->open = false;
		} else if (is_mark(&l, "/SEC-HEADER") || is_mark(&l, "/IMS-HEADER")) {
			header = false;
		} else if (header && (long long)l.n > r->limits->field) {
			return err_set(e, ERR_LIMIT, "a line of the header of more than %lld bytes (limit field)", r->limits->field);
		} else if (header && header_line(r, &l, e)) {
			return -1;
		}
	}
	for (size_t i = 0; i < r->s.n_parties; i++)
		split_sic(&r->s.parties[i]);
	return 0;
}

/* ---------------------------------------------------------------- the whole */

/* The XML of a Form D lies between <XML> and </XML>. A form that cannot be read costs the filing nothing. */
static void read_notice(struct reader *r, const struct submission_document *d, struct sink *out)
{
	const char *begin = d->n ? memmem(d->text, d->n, "<XML>", 5) : NULL, *end;
	const struct submission_party *first = submission_main(&r->s);
	struct formd_filing filing = { .accession = r->s.accession,
		.file_number = first->file_number,
		.filed = r->s.filed,
		.offset = d->offset + 4, /* behind the group of the document */
		.place = "document, Form D" };
	struct err e = { 0 };

	if (!begin)
		return;
	begin += 5;
	end = memmem(begin, d->n - (size_t)(begin - d->text), "</XML>", 6);
	if (!end)
		end = d->text + d->n;
	if (!edgar_formd_read(begin, (size_t)(end - begin), r->limits, &filing, out, &e))
		return;
	sink_group(out, d->offset, "document, Form D", -1);
	sink_reject(out, "xml", begin, (size_t)(end - begin), "%s", e.text);
}

static bool is_notice(struct record_value form)
{
	return (form.n == 1 && *form.text == 'D') || (form.n == 3 && !memcmp(form.text, "D/A", 3));
}

static void tell_cut(const struct input *in, struct sink *out)
{
	sink_group(out, (long long)in->len, "end of the submission", -1);
	sink_reject(out, "cut", NULL, 0, "the submission begins and does not end: it was cut short, and documents of it may be missing");
}

static int filing_parse(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	struct reader r = { .in = in, .limits = limits, .mem = arena_new() };
	char accession[EDGAR_ACCESSION_SIZE];
	int rc = in->len ? read_all(&r, e) : err_set(e, ERR_PARSE, "document is empty");

	if (!rc && !r.s.accession.n && edgar_accession_in_name(in->name, accession))
		r.s.accession = (struct record_value){ accession, strlen(accession) };
	if (!rc)
		rc = submission_check(&r.s, e);
	if (!rc && !submission_emit(out, &r.s) && r.s.n_documents && r.s.documents[0].text) {
		if (is_notice(r.s.form))
			read_notice(&r, &r.s.documents[0], out);
		else
			edgar_offering(out, &r.s);
	}
	if (!rc && r.open)
		tell_cut(in, out);
	arena_free(r.mem);
	return rc;
}

const struct format format_edgar_filing = {
	.name = "edgar-filing",
	.help = "SEC filing whole (.txt, .nc, -index-headers.html): header, parties, documents, exact time; Form D and the terms of an IPO",
	.media = "text/plain",
	.version = 2,
	.parse = filing_parse,
};
