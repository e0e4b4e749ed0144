/*
 * edgar-document: the main document of a filing alone, as it lies in the filing's folder, without the header of the submission: a
 * registration's or prospectus' page, a report in inline XBRL.
 *
 *	…/data/1364742/000119312523048785/d435686d8k.htm, 000119312523048785_d435686d8k.htm	the filing's number, and perhaps whose it is
 *	<ix:nonNumeric name="dei:EntityCentralIndexKey">0001364742</ix:nonNumeric>		whose it is, its form, name and file number
 *	As filed with the Securities and Exchange Commission on March 2, 2026 … FORM S-1	the day of filing and the form
 *
 * Of a prospectus the day of filing is not told, so such a filing counts from the day it bears, any other from the day it was fetched, and
 * is known by its number until a list or a header tells more. What a cover says of an IPO is read as of a whole submission.
 */
#include "aimarket/arena.h"
#include "aimarket/date.h"
#include "aimarket/text.h"
#include "edgar_filing.h"
#include "edgar_offering.h"
#include "formats.h"
#include "markup.h"
#include "prose.h"

enum {
	FACING = 6000, /* bytes of text in which form and days stand */
	FACT_MAX = 2000, /* bytes of a fact of inline XBRL, with its tags */
};

struct reader {
	const struct input *in;
	struct arena *mem;
	struct prose t; /* the facing page */
	struct submission s;
	struct submission_party party;
	struct submission_document document;
};

static struct record_value keep(struct reader *r, const char *text, size_t n)
{
	text_trim(&text, &n);
	return (struct record_value){ arena_strndup(r->mem, n ? text : "", n), n };
}

/* ---------------------------------------------------------------- inline XBRL */

/* The words of the first fact of this name. */
static struct record_value fact(struct reader *r, const char *name)
{
	const char *tag = arena_printf(r->mem, "name=\"dei:%s\"", name), *end = r->in->data + r->in->len;
	const char *p = memmem(r->in->data, r->in->len, tag, strlen(tag)), *close;
	struct buf text;

	p = p ? memchr(p, '>', (size_t)(end - p)) : NULL;
	close = p ? memmem(p, end - p > FACT_MAX ? FACT_MAX : (size_t)(end - p), "</ix:", 5) : NULL;
	if (!close)
		return (struct record_value){ 0 };
	buf_init(&text, FACT_MAX);
	markup_text(p + 1, (size_t)(close - p) - 1, &text);
	struct record_value v = keep(r, buf_str(&text), text.len);
	buf_release(&text);
	return v;
}

static void read_facts(struct reader *r)
{
	r->party.cik = fact(r, "EntityCentralIndexKey");
	r->party.name = fact(r, "EntityRegistrantName");
	r->party.file_number = fact(r, "EntityFileNumber");
	r->s.form = fact(r, "DocumentType");
}

/* ---------------------------------------------------------------- the facing page */

static const struct word_row {
	const char *word, *form;
	bool amended; /* the form of an amendment has /A */
} word_rows[] = {
	{ "pursuant to rule 424(b)(1)", "424B1", false },
	{ "pursuant to rule 424(b)(3)", "424B3", false },
	{ "pursuant to rule 424(b)(4)", "424B4", false },
	{ "confidentially submitted to the securities and exchange commission", "DRS", true },
	{ "submitted confidentially to the securities and exchange commission", "DRS", true },
	{ "form s-11", "S-11", true },
	{ "form s-1", "S-1", true },
	{ "form f-1", "F-1", true },
};

static void read_form(struct reader *r)
{
	bool amendment = prose_find(r->t.text, r->t.end, "amendment no") != NULL;

	for (size_t i = 0; !r->s.form.n && i < sizeof(word_rows) / sizeof(*word_rows); i++) {
		const struct word_row *row = &word_rows[i];

		if (!prose_find(r->t.text, r->t.end, row->word))
			continue;
		char *form = arena_printf(r->mem, "%s%s", row->form, row->amended && amendment ? "/A" : "");
		r->s.form = (struct record_value){ form, strlen(form) };
	}
}

/* The day behind one of these words, as the ledger writes it; n 0: none. */
static struct record_value day_behind(struct reader *r, const char *const *words)
{
	char *iso = arena_alloc(r->mem, 11);
	struct date_span day;

	for (; *words; words++) {
		const char *p = prose_find(r->t.text, r->t.end, *words);

		if (!p || !prose_day(p + strlen(*words), r->t.end, &day))
			continue;
		date_iso(day.first, iso);
		return (struct record_value){ iso, 10 };
	}
	return (struct record_value){ 0 };
}

static void read_days(struct reader *r)
{
	static const char *const filed[] = { "filed with the securities and exchange commission on ",
		"submitted to the securities and exchange commission on ",
		"submitted confidentially to the securities and exchange commission on ", NULL };
	const char *fetched = r->in->fetched ? r->in->fetched : "";

	r->s.filed = day_behind(r, filed);
	r->s.dated = day_behind(r, prose_dated);
	if (!r->s.dated.n)
		r->s.dated = (struct record_value){ fetched, strlen(fetched) };
}

/* ---------------------------------------------------------------- its name */

/* ".../data/1364742/…": whose folder it lies in. */
static void read_address(struct reader *r)
{
	const char *base = strrchr(r->in->name, '/'), *folder = strstr(r->in->name, "/data/");
	char accession[EDGAR_ACCESSION_SIZE], cik[EDGAR_CIK_SIZE];
	size_t n = folder ? strcspn(folder + 6, "/") : 0;

	if (edgar_accession_in_name(r->in->name, accession))
		r->s.accession = keep(r, accession, strlen(accession));
	if (n && edgar_cik(folder + 6, n, cik))
		r->party.cik = keep(r, cik, strlen(cik));
	base = base ? base + 1 : r->in->name;
	if (strspn(base, "0123456789") == 18 && base[18] == '_')
		base += 19;
	r->document.name = keep(r, base, strlen(base));
}

static int check(const struct reader *r, struct err *e)
{
	if (!r->s.accession.n)
		err_set(e, ERR_PARSE, "\"%s\" has no accession number, and the page tells none", r->in->name);
	else if (!r->s.form.n) /* an error page may come under any address */
		return err_set(e, ERR_PARSE,
			"the page does not say of what form it is: neither in inline XBRL nor as the first pages of S-1, F-1, S-11, DRS and 424B do");
	else if (!r->party.cik.n)
		err_set(e, ERR_PARSE, "neither the page nor \"%s\" tells whose it is (CIK)", r->in->name);
	else if (!r->s.filed.n && !r->s.dated.n)
		err_set(e, ERR_PARSE, "neither the day of filing nor the day it was fetched is known");
	else
		return 0;
	return err_hint(e,
		"Keep the file as it lies at the SEC, data/CIK/NUMBER/FILE, or take the whole submission (.txt, feed edgar-filing).");
}

static int read_all(struct reader *r, struct sink *out, struct err *e)
{
	struct buf text;

	buf_init(&text, FACING);
	markup_text(r->in->data, r->in->len, &text);
	r->t = (struct prose){ buf_str(&text), buf_str(&text) + text.len };
	read_facts(r);
	read_address(r);
	read_form(r);
	read_days(r);
	buf_release(&text);
	r->party.role = "filer";
	r->document.type = r->s.form;
	r->document.text = r->in->data;
	r->document.n = r->in->len;
	r->document.offset = 1;
	r->s.parties = &r->party;
	r->s.documents = &r->document;
	r->s.n_parties = r->s.n_documents = 1;
	if (check(r, e))
		return -1;
	if (!submission_emit(out, &r->s))
		edgar_offering(out, &r->s);
	markup_tell_fault(r->in->data, r->in->len, out);
	return 0;
}

static bool is_page(const struct input *in)
{
	return in->len && memmem(in->data, in->len < FACING ? in->len : FACING, "<", 1);
}

static int document_parse(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	struct reader r = { .in = in };
	int rc;

	if (!is_page(in))
		return in->len ? err_set(e, ERR_PARSE, "document is no page") : err_set(e, ERR_PARSE, "document is empty");
	r.mem = arena_new();
	rc = read_all(&r, out, e);
	arena_free(r.mem);
	return rc;
}

const struct format format_edgar_document = {
	.name = "edgar-document",
	.help = "SEC filing's main document alone (.htm): whose it is, its form, and the terms of an IPO on its cover",
	.media = "text/html",
	.version = 1,
	.parse = document_parse,
};
