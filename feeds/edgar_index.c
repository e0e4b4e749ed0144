/*
 * edgar-index: the lists of all filings of a day or quarter: master, form, company, crawler and xbrl, daily and full. After some lines
 * about itself, a header and a line of dashes comes a filing a line, once for each filer:
 *
 *	CIK|Company Name|Form Type|Date Filed|Filename			master, xbrl
 *	Company Name      Form Type   CIK      Date Filed  File Name	company, crawler: in columns of fixed width
 *	Form Type   Company Name      CIK      Date Filed  File Name	form
 *
 * The header may be broken over two lines, names are cut to their column, and a list may be empty. Only a new notice on Form D is
 * a deal by its form alone: of other forms, what they mean is in the company's list of filings or in the filing.
 */
#include <ctype.h>

#include "aimarket/arena.h"
#include "aimarket/edgar.h"
#include "aimarket/text.h"
#include "formats.h"
#include "formd.h"

enum {
	HEADER_MAX = 40, /* lines before the dashes */
	COLUMN_MAX = 100, /* where the second column begins at most */
};

struct line {
	const char *text;
	size_t n;
	long number;
};

enum layout { BARS, NAME_FIRST, FORM_FIRST };
struct index {
	const struct input *in;
	const struct limits *limits;
	struct sink *out;
	struct arena *mem; /* of one row */
	size_t at;
	long lines;
	enum layout layout;
	size_t second; /* where the second column begins */
};

struct row {
	struct record_value cik, name, form, filed, file;
};

/* ---------------------------------------------------------------- lines */

/* The next line without its end and the blanks before that; false after the last. */
static bool next_line(struct index *x, struct line *l)
{
	const char *data = x->in->data + x->at, *end;
	size_t left = x->in->len - x->at;

	if (!left)
		return false;
	end = memchr(data, '\n', left);
	*l = (struct line){ .text = data, .n = end ? (size_t)(end - data) : left, .number = ++x->lines };
	x->at += l->n + (end ? 1 : 0);
	while (l->n && isspace((unsigned char)l->text[l->n - 1]))
		l->n--;
	return true;
}

static bool is_dashes(const struct line *l)
{
	size_t n = 0;

	while (n < l->n && l->text[n] == '-')
		n++;
	return n == l->n && n >= 20;
}

static const char *find(const struct line *l, const char *text)
{
	return l->n ? memmem(l->text, l->n, text, strlen(text)) : NULL;
}

/* What the line of the header says about the rows. */
static bool read_header(struct index *x, const struct line *l)
{
	const char *name = find(l, "Company Name"), *form = find(l, "Form Type");
	size_t name_at, form_at;

	if (!name || !form)
		return false;
	name_at = (size_t)(name - l->text);
	form_at = (size_t)(form - l->text);
	x->layout = find(l, "|") ? BARS : form_at < name_at ? FORM_FIRST : NAME_FIRST;
	x->second = form_at < name_at ? name_at : form_at;
	return x->layout == BARS || x->second <= COLUMN_MAX;
}

static int skip_header(struct index *x, struct err *e)
{
	bool header = false;
	struct line l;

	while (x->lines < HEADER_MAX && next_line(x, &l)) {
		if (header && is_dashes(&l))
			return 0;
		header |= read_header(x, &l);
	}
	return err_set(e, ERR_PARSE, "%s: this is no index of EDGAR",
		header ? "no line of dashes under the header" : "no header with Company Name and Form Type");
}

/* ---------------------------------------------------------------- rows */

static bool split_bars(const struct line *l, struct row *r)
{
	struct record_value *cells[] = { &r->cik, &r->name, &r->form, &r->filed, &r->file };
	const char *p = l->text, *end = p + l->n;
	int n = 0;

	for (; n < 5; n++) {
		const char *bar = n < 4 ? memchr(p, '|', (size_t)(end - p)) : end;

		if (!bar)
			return false;
		*cells[n] = (struct record_value){ p, (size_t)(bar - p) };
		text_trim(&cells[n]->text, &cells[n]->n);
		p = bar + 1;
	}
	return !memchr(r->file.text, '|', r->file.n);
}

/* Takes the last word off the text. */
static struct record_value last_word(struct record_value *text)
{
	struct record_value word;
	size_t at = text->n;

	while (at && text->text[at - 1] != ' ')
		at--;
	word = (struct record_value){ text->text + at, text->n - at };
	text->n = at;
	while (text->n && text->text[text->n - 1] == ' ')
		text->n--;
	return word;
}

/* The columns behind the first two have no blanks inside: they are read from the end, wherever they stand. */
static bool split_columns(const struct index *x, const struct line *l, struct row *r)
{
	struct record_value rest = { l->text, l->n }, first, second;

	r->file = last_word(&rest);
	r->filed = last_word(&rest);
	r->cik = last_word(&rest);
	if (rest.n <= x->second || x->second == 0 || rest.text[x->second - 1] != ' ')
		return false;
	first = (struct record_value){ rest.text, x->second };
	second = (struct record_value){ rest.text + x->second, rest.n - x->second };
	text_trim(&first.text, &first.n);
	text_trim(&second.text, &second.n);
	r->form = x->layout == FORM_FIRST ? first : second;
	r->name = x->layout == FORM_FIRST ? second : first;
	return true;
}

static void emit_filer(struct index *x, const struct row *r, const char *cik, const char *accession)
{
	struct edgar_filing f = { .cik = cik, .accession = { accession, strlen(accession) }, .form = r->form, .filed = r->filed };
	struct edgar_filer who = { .cik = r->cik, .name = r->name };

	if (!sink_knows(x->out, REC_SOURCE, accession, strlen(accession))) {
		if (edgar_entity(x->out, cik, "company", r->name) || edgar_filing(x->out, &f))
			return;
	} else if (edgar_filer(x->out, accession, &who)) {
		return;
	}
	if (r->form.n == 1 && *r->form.text == 'D')
		formd_emit_listed(x->out, accession, cik, r->name, r->filed);
}

static void emit_row(struct index *x, const struct line *l)
{
	char cik[EDGAR_CIK_SIZE], accession[EDGAR_ACCESSION_SIZE], day[11];
	struct row r;

	sink_group(x->out, (long long)(l->text - x->in->data), "line ", l->number);
	sink_raw(x->out, l->text, l->n);
	if ((long long)l->n > x->limits->field) {
		sink_reject(x->out, "line", l->text, l->n, "a line of more than %lld bytes (limit field)", x->limits->field);
	} else if (!(x->layout == BARS ? split_bars(l, &r) : split_columns(x, l, &r))) {
		sink_reject(x->out, "columns", NULL, 0, "the line has not the columns of the header");
	} else if (!edgar_cik(r.cik.text, r.cik.n, cik)) {
		sink_reject(x->out, "cik", NULL, 0, "\"%.*s\" is no Central Index Key", (int)(r.cik.n < 40 ? r.cik.n : 40), r.cik.text);
	} else if (!edgar_accession_in_name(arena_strndup(x->mem, r.file.text, r.file.n), accession)) {
		sink_reject(x->out, "accession", NULL, 0, "there is no accession number in \"%.*s\"",
			(int)(r.file.n < 100 ? r.file.n : 100), r.file.text);
	} else {
		r.name = edgar_utf8(r.name, x->mem);
		r.filed = edgar_day(r.filed, day);
		emit_filer(x, &r, cik, accession);
	}
}

static int index_parse(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	struct index x = { .in = in, .limits = limits, .out = out };
	struct line l;

	if (format_refuse_others(in, "an index of EDGAR", e) || skip_header(&x, e))
		return -1;
	x.mem = arena_new();
	while (!sink_full(out) && next_line(&x, &l)) {
		if (l.n)
			emit_row(&x, &l);
		arena_reset(x.mem);
	}
	arena_free(x.mem);
	return 0;
}

const struct format format_edgar_index = {
	.name = "edgar-index",
	.help = "SEC daily and full indexes (.idx: master, form, company, crawler, xbrl): all filings of a day or quarter",
	.media = "text/plain",
	.version = 1,
	.parse = index_parse,
};
