/*
 * edgar-filing-page: EDGAR's page about one filing (…-index.htm): form, number, days and time, parties, documents.
 *
 *	<div id="formName"><strong>Form 8-K</strong> …  <div id="secNum">… 0001193125-23-048785
 *	<div class="infoHead">Filing Date</div><div class="info">2023-02-24</div>
 *	<span class="companyName">Name (Filer) CIK: <a …>0001364742</a>  <p class="identInfo">EIN: … | State of Incorp.: … | File No.: …
 *	<table class="tableFile"><tr><td>1</td><td>description</td><td><a>name</a></td><td>type</td> …
 */
#include <ctype.h>
#include <strings.h>

#include "aimarket/arena.h"
#include "aimarket/text.h"
#include "edgar_filing.h"
#include "formats.h"
#include "markup.h"

enum { CELLS = 5, ATTRIBUTE_MAX = 40 };

struct page {
	const struct limits *limits;
	struct arena *mem;
	struct err *e;
	htmlParserCtxtPtr ctxt;
	struct submission s;
	struct buf text; /* of the element being read */
	const struct element_row *open; /* whose text that is; NULL: nobody's */
	int depth, open_depth;
	char head[ATTRIBUTE_MAX]; /* what the next value is called */
	struct record_value cells[CELLS];
	int n_cells;
	bool table; /* inside of a table of documents */
	size_t len; /* of the document */
	long long offset; /* of the last group: no two have one place */
};

static struct record_value keep(struct page *p, const char *text, size_t n)
{
	text_trim(&text, &n);
	return (struct record_value){ arena_strndup(p->mem, n ? text : "", n), n };
}

/* Where the parser is, or behind the place before it; within the document. */
static long long offset_of(struct page *p)
{
	long long at = xmlByteConsumed(p->ctxt);

	p->offset = at > p->offset ? at : p->offset + 1;
	return p->offset < (long long)p->len ? p->offset : (long long)p->len;
}

static void fail(struct page *p, const char *what, long long most)
{
	err_set(p->e, ERR_LIMIT, "a page with more than %lld %s (limit %s)", most, what, what);
	xmlStopParser(p->ctxt);
}

/* ---------------------------------------------------------------- what an element says at its end */

/* "Form 8-K - Current report": its first words. */
static void end_form(struct page *p, const char *text, size_t n)
{
	const char *dash;

	if (n < 5 || strncasecmp(text, "Form ", 5) != 0)
		return;
	dash = memmem(text + 4, n - 4, " - ", 3); /* it may be all that follows */
	if (dash)
		n = (size_t)(dash - text);
	if (n > 5)
		p->s.form = keep(p, text + 5, n - 5);
}

static void end_number(struct page *p, const char *text, size_t n)
{
	char accession[EDGAR_ACCESSION_SIZE];

	if (edgar_accession_in_name(text, accession))
		p->s.accession = keep(p, accession, strlen(accession));
}

static void end_head(struct page *p, const char *text, size_t n)
{
	snprintf(p->head, sizeof(p->head), "%.*s", (int)n, text);
}

/* "Item 2.02: Results …" a line each: the numbers. */
static struct record_value item_numbers(struct page *p, const char *text, size_t n)
{
	struct buf all;
	struct record_value v;

	buf_init(&all, 1000);
	for (const char *at = text, *end = text + n; (at = memmem(at, (size_t)(end - at), "Item ", 5)); at += 5) {
		size_t len = strcspn(at + 5, ": \n");

		if (len && len < 10)
			buf_printf(&all, "%s%.*s", all.len ? "," : "", (int)len, at + 5);
	}
	v = keep(p, buf_str(&all), all.len);
	buf_release(&all);
	return v;
}

static void end_info(struct page *p, const char *text, size_t n)
{
	const struct {
		const char *head;
		struct record_value *to;
	} rows[] = {
		{ "Filing Date", &p->s.filed },
		{ "Accepted", &p->s.accepted },
		{ "Period of Report", &p->s.period },
		{ "Effectiveness Date", &p->s.effective },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcasecmp(p->head, rows[i].head))
			*rows[i].to = keep(p, text, n);
	if (!strcasecmp(p->head, "Items"))
		p->s.items = item_numbers(p, text, n);
}

/* "Apple Inc. (Filed for) CIK: 0000320193 (see all company filings)" */
static void end_company(struct page *p, const char *text, size_t n)
{
	const char *cik = memmem(text, n, "CIK", 3), *open, *close, *role;
	struct submission_party *party;

	if (!cik || (long long)p->s.n_parties == p->limits->parties) {
		if (cik)
			fail(p, "parties", p->limits->parties);
		return;
	}
	open = memrchr(text, '(', (size_t)(cik - text));
	close = open ? memchr(open, ')', (size_t)(cik - open)) : NULL;
	role = close ? submission_role(open + 1, (size_t)(close - open) - 1) : NULL;
	if (p->s.n_parties % 64 == 0) {
		party = arena_zalloc(p->mem, (p->s.n_parties + 64) * sizeof(*party));
		if (p->s.n_parties)
			memcpy(party, p->s.parties, p->s.n_parties * sizeof(*party));
		p->s.parties = party;
	}
	party = &p->s.parties[p->s.n_parties++];
	*party = (struct submission_party){ .role = role ? role : "filer", .offset = offset_of(p) };
	party->name = keep(p, text, (size_t)((role ? open : cik) - text));
	cik += 3 + strcspn(cik + 3, "0123456789");
	party->cik = keep(p, cik, strspn(cik, "0123456789"));
}

/* What stands behind a label, up to a bar or the next label. */
static struct record_value behind(struct page *p, const char *text, size_t n, const char *label)
{
	const char *at = memmem(text, n, label, strlen(label));

	if (!at)
		return (struct record_value){ 0 };
	at += strlen(label);
	at += strspn(at, ": ");
	return keep(p, at, strcspn(at, " |\n"));
}

static void end_identity(struct page *p, const char *text, size_t n)
{
	struct submission_party *party = p->s.n_parties ? &p->s.parties[p->s.n_parties - 1] : NULL;

	if (!party)
		return;
	party->employer = behind(p, text, n, "EIN.");
	if (!party->employer.n)
		party->employer = behind(p, text, n, "IRS No.");
	party->state = behind(p, text, n, "State of Incorp.");
	party->year_end = behind(p, text, n, "Fiscal Year End");
	party->file_number = behind(p, text, n, "File No.");
	party->sic = behind(p, text, n, "SIC");
}

static void end_cell(struct page *p, const char *text, size_t n)
{
	if (p->table && p->n_cells < CELLS)
		p->cells[p->n_cells++] = keep(p, text, n);
}

static void end_row(struct page *p)
{
	struct submission_document *d;
	struct record_value name;

	if (p->n_cells < 4 || !p->cells[0].n) /* the header, and the submission itself, have no number */
		return;
	if ((long long)p->s.n_documents == p->limits->documents) {
		fail(p, "documents", p->limits->documents);
		return;
	}
	if (p->s.n_documents % 64 == 0) {
		d = arena_alloc(p->mem, (p->s.n_documents + 64) * sizeof(*d));
		if (p->s.n_documents)
			memcpy(d, p->s.documents, p->s.n_documents * sizeof(*d));
		p->s.documents = d;
	}
	d = &p->s.documents[p->s.n_documents++];
	name = p->cells[2];
	name.n = strcspn(name.text, " \n"); /* "x.htm iXBRL" */
	*d = (struct submission_document){ .sequence = p->cells[0], .description = p->cells[1], .name = name, .type = p->cells[3] };
	d->offset = offset_of(p);
}

/* ---------------------------------------------------------------- the parser */

/* Elements whose text is something, by name and by class or id. */
static const struct element_row {
	const char *element, *attribute, *value;
	void (*end)(struct page *p, const char *text, size_t n);
} element_rows[] = {
	{ "div", "id", "formName", end_form },
	{ "div", "id", "secNum", end_number },
	{ "div", "class", "infoHead", end_head },
	{ "div", "class", "info", end_info },
	{ "span", "class", "companyName", end_company },
	{ "p", "class", "identInfo", end_identity },
	{ "td", NULL, NULL, end_cell },
};

static bool has_attribute(const xmlChar **attributes, const char *name, const char *value)
{
	for (; attributes && attributes[0]; attributes += 2)
		if (!strcasecmp((const char *)attributes[0], name) && attributes[1] && !strcmp((const char *)attributes[1], value))
			return true;
	return false;
}

static void on_start(void *arg, const xmlChar *name, const xmlChar **attributes)
{
	struct page *p = arg;
	const char *element = (const char *)name;

	if (++p->depth > p->limits->depth) {
		err_set(p->e, ERR_LIMIT, "elements nested more than %lld deep (limit depth)", p->limits->depth);
		xmlStopParser(p->ctxt);
		return;
	}
	if (!strcasecmp(element, "table"))
		p->table = has_attribute(attributes, "class", "tableFile");
	else if (!strcasecmp(element, "tr"))
		p->n_cells = 0;
	else if (!strcasecmp(element, "br") && p->open)
		buf_addc(&p->text, '\n');
	for (size_t i = 0; !p->open && i < sizeof(element_rows) / sizeof(*element_rows); i++) {
		const struct element_row *row = &element_rows[i];

		if (strcasecmp(element, row->element) != 0 || (row->attribute && !has_attribute(attributes, row->attribute, row->value)))
			continue;
		p->open = row;
		p->open_depth = p->depth;
		buf_reset(&p->text);
	}
}

static void on_text(void *arg, const xmlChar *text, int n)
{
	struct page *p = arg;

	if (p->open && buf_add(&p->text, text, (size_t)n)) {
		err_set(p->e, ERR_LIMIT, "an element of more than %lld bytes (limit field)", p->limits->field);
		xmlStopParser(p->ctxt);
	}
}

static void on_end(void *arg, const xmlChar *name)
{
	struct page *p = arg;
	const struct element_row *row = p->open;

	if (row && p->depth == p->open_depth) {
		const char *text = buf_str(&p->text);
		size_t n = p->text.len;

		p->open = NULL;
		text_trim(&text, &n);
		row->end(p, text, n);
	}
	if (!strcasecmp((const char *)name, "tr") && p->table)
		end_row(p);
	else if (!strcasecmp((const char *)name, "table"))
		p->table = false;
	p->depth--;
}

static int read_page(struct page *p, const struct input *in)
{
	static const htmlSAXHandler sax = { .startElement = on_start, .endElement = on_end, .characters = on_text };

	markup_read(in->data, in->len, &sax, p, &p->ctxt);
	return p->e->kind ? -1 : 0;
}

static int page_parse(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	struct page p = { .limits = limits, .e = e, .len = in->len };
	int rc;

	if (format_refuse_others(in, "an HTML page", e))
		return -1;
	p.mem = arena_new();
	buf_init(&p.text, (size_t)limits->field);
	rc = read_page(&p, in);
	if (!rc)
		rc = submission_check(&p.s, e);
	if (!rc)
		(void)submission_emit(out, &p.s);
	if (!rc)
		markup_tell_fault(in->data, in->len, out);
	buf_release(&p.text);
	arena_free(p.mem);
	return rc;
}

const struct format format_edgar_filing_page = {
	.name = "edgar-filing-page",
	.help = "SEC page about one filing (-index.htm): form, parties, documents, exact time",
	.media = "text/html",
	.version = 1,
	.parse = page_parse,
};
