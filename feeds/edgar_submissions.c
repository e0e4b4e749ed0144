/*
 * edgar-submissions: a company (or person, or fund) as EDGAR knows it, with its names and identifiers, and the list of its
 * filings. An older page has the arrays of the list at top level, and tells whose they are by its file name alone.
 *
 *	{"cik": …, "name": …, "formerNames": […], …, "filings": {"recent": {"accessionNumber": [], "form": [], …}, "files": []}}
 *
 * The list comes column by column, so it is held until the end, within the limit line.
 */
#include "aimarket/arena.h"
#include "aimarket/date.h"
#include "aimarket/edgar.h"
#include "aimarket/jsonstream.h"
#include "aimarket/text.h"
#include "formats.h"

/* Single values of the document. */
enum about { CIK, NAME, TYPE, EIN, SIC, SIC_TEXT, LEI, CATEGORY, YEAR_END, STATE, STATE_TEXT, ABOUTS };
static const char *const about_names[ABOUTS] = {
	[CIK] = "cik",
	[NAME] = "name",
	[TYPE] = "entityType",
	[EIN] = "ein",
	[SIC] = "sic",
	[SIC_TEXT] = "sicDescription",
	[LEI] = "lei",
	[CATEGORY] = "category",
	[YEAR_END] = "fiscalYearEnd",
	[STATE] = "stateOfIncorporation",
	[STATE_TEXT] = "stateOfIncorporationDescription",
};

/* Lists; those of filings first. */
enum column {
	ACCESSION,
	FILED,
	PERIOD,
	ACCEPTED,
	FORM,
	FILE_NUMBER,
	ITEMS,
	DOCUMENT,
	FILING_COLUMNS,
	TICKER = FILING_COLUMNS,
	EXCHANGE,
	FORMER_NAME,
	FORMER_FROM,
	FORMER_TO,
	OLDER_PAGE,
	COLUMNS
};
static const char *const column_names[COLUMNS] = {
	[ACCESSION] = "accessionNumber",
	[FILED] = "filingDate",
	[PERIOD] = "reportDate",
	[ACCEPTED] = "acceptanceDateTime",
	[FORM] = "form",
	[FILE_NUMBER] = "fileNumber",
	[ITEMS] = "items",
	[DOCUMENT] = "primaryDocument",
	[TICKER] = "tickers",
	[EXCHANGE] = "exchanges",
	[FORMER_NAME] = "name",
	[FORMER_FROM] = "from",
	[FORMER_TO] = "to",
	[OLDER_PAGE] = "name",
};

struct cell {
	struct record_value v;
	long long at; /* its byte */
};
struct list {
	struct cell *cells;
	size_t n, room;
	bool seen; /* there is such an array, perhaps an empty one */
};

struct reader {
	const struct input *in;
	const struct limits *limits;
	struct sink *out;
	struct arena *mem;
	char cik[EDGAR_CIK_SIZE], entity[EDGAR_CIK_SIZE + 4];
	struct record_value about[ABOUTS];
	struct list lists[COLUMNS];
	long long held; /* bytes */
	bool page; /* arrays at top level */
	char as_of[11]; /* the newest day the document speaks of */
	char source[48]; /* ref of the document's own statements; "" when it has no day */
};

/* ---------------------------------------------------------------- reading */

static int hold(struct reader *r, const struct json_value *v, struct record_value *out, struct err *e)
{
	r->held += (long long)(v->n + sizeof(struct cell));
	if (r->held > r->limits->line)
		return err_set(e, ERR_LIMIT, "the list is over the limit line = %lld", r->limits->line);
	*out = (struct record_value){ .text = arena_strndup(r->mem, v->n ? v->text : "", v->n), .n = v->n };
	return 0;
}

/* Puts a value into its place of a list; elements passed over (null, or a member left out) are empty. */
static int put(struct reader *r, struct json_stream *js, enum column column, size_t index, const struct json_value *v, struct err *e)
{
	struct list *l = &r->lists[column];

	if (index >= l->room) {
		l->room = index + index / 2 + 64;
		l->cells = xrealloc(l->cells, l->room * sizeof(*l->cells));
	}
	while (l->n <= index)
		l->cells[l->n++] = (struct cell){ .v = { .text = "" } };
	l->cells[index].at = (long long)json_offset(js);
	return hold(r, v, &l->cells[index].v, e);
}

static int about(struct reader *r, struct json_stream *js, const struct json_value *v, struct err *e)
{
	const char *key = json_key(js, 1);

	for (int i = 0; i < ABOUTS; i++)
		if (strcmp(key, about_names[i]) == 0)
			return hold(r, v, &r->about[i], e);
	return 0;
}

/* The column that an array called key is, among those from first on; COLUMNS: none of ours. */
static enum column column_find(const char *key, enum column first, enum column end)
{
	while (first < end && strcmp(key, column_names[first]) != 0)
		first++;
	return first < end ? first : COLUMNS;
}

static int filing_cell(struct reader *r, struct json_stream *js, const struct json_value *v, enum column column, struct err *e)
{
	if (v->type == JSON_OBJECT || v->type == JSON_ARRAY)
		return err_set(e, ERR_PARSE, "a column of the list of filings holds something nested");
	return put(r, js, column, (size_t)json_index(js, v->depth), v, e);
}

/* An array of the list of filings, at depth 1 (page) or 3; its cells one deeper. */
static int filings_at(struct reader *r, struct json_stream *js, const struct json_value *v, int depth, struct err *e)
{
	enum column column = column_find(json_key(js, depth), ACCESSION, FILING_COLUMNS);

	if (column == COLUMNS)
		return 0;
	if (v->depth == depth && v->type == JSON_ARRAY) {
		r->lists[column].seen = true;
		r->page |= depth == 1;
	}
	return v->depth == depth + 1 && json_index(js, v->depth) >= 0 ? filing_cell(r, js, v, column, e) : 0;
}

/* The members of an array of objects: formerNames at depth 1, filings.files at depth 2. */
static int member_at(
        struct reader *r, struct json_stream *js, const struct json_value *v, int depth, enum column first, enum column end, struct err *e)
{
	enum column column;

	if (v->depth != depth + 2 || !v->text || json_index(js, depth + 1) < 0 || !json_key(js, depth + 2))
		return 0;
	column = column_find(json_key(js, depth + 2), first, end);
	return column == COLUMNS ? 0 : put(r, js, column, (size_t)json_index(js, depth + 1), v, e);
}

static bool is_key(struct json_stream *js, const struct json_value *v, int step, const char *key)
{
	return v->depth >= step && json_key(js, step) && strcmp(json_key(js, step), key) == 0;
}

static int on_value(void *arg, struct json_stream *js, const struct json_value *v, struct err *e)
{
	struct reader *r = arg;

	if (v->depth < 1 || !json_key(js, 1) || v->type == JSON_OBJECT_END || v->type == JSON_ARRAY_END)
		return 0;
	if (is_key(js, v, 1, "filings")) {
		if (v->depth >= 3 && is_key(js, v, 2, "recent") && json_key(js, 3))
			return filings_at(r, js, v, 3, e);
		return is_key(js, v, 2, "files") ? member_at(r, js, v, 2, OLDER_PAGE, COLUMNS, e) : 0;
	}
	if (is_key(js, v, 1, "formerNames"))
		return member_at(r, js, v, 1, FORMER_NAME, OLDER_PAGE, e);
	if (v->depth == 2 && json_index(js, 2) >= 0 && v->text) {
		enum column column = column_find(json_key(js, 1), TICKER, FORMER_NAME);

		if (column != COLUMNS)
			return put(r, js, column, (size_t)json_index(js, 2), v, e);
	}
	if (v->depth == 1 && v->text)
		return about(r, js, v, e);
	return filings_at(r, js, v, 1, e);
}

/* ---------------------------------------------------------------- what it comes to */

static struct record_value cell(const struct reader *r, enum column column, size_t i)
{
	return i < r->lists[column].n ? r->lists[column].cells[i].v : (struct record_value){ .text = "" };
}

static int identify(struct reader *r, struct err *e)
{
	const struct record_value *cik = &r->about[CIK];

	if (!r->lists[ACCESSION].seen)
		return err_set(e, ERR_PARSE, "no array accessionNumber: this is no list of submissions");
	if (cik->n && !edgar_cik(cik->text, cik->n, r->cik))
		return err_set(e, ERR_PARSE, "/cik: \"%.40s\" is no Central Index Key", cik->text);
	if (!cik->n && !edgar_cik_in_name(r->in->name, r->cik)) {
		err_set(e, ERR_PARSE, "whose filings they are is told neither by the document (cik) nor by its name \"%s\"", r->in->name);
		return err_hint(e, "An older page must keep its name: CIK0001318605-submissions-001.json.");
	}
	snprintf(r->entity, sizeof(r->entity), "cik:%s", r->cik);
	return 0;
}

/* The columns stand side by side: one that is shorter or longer would give every filing another's dates. */
static int check_columns(const struct reader *r, struct err *e)
{
	static const enum column needed[] = { FILED, FORM };

	for (int i = 0; i < 2; i++)
		if (!r->lists[needed[i]].seen)
			return err_set(e, ERR_PARSE, "no array %s beside accessionNumber", column_names[needed[i]]);
	for (enum column c = FILED; c < FILING_COLUMNS; c++)
		if (r->lists[c].seen && r->lists[c].n != r->lists[ACCESSION].n)
			return err_set(e, ERR_PARSE, "array %s has %zu elements, accessionNumber %zu", column_names[c], r->lists[c].n,
			        r->lists[ACCESSION].n);
	return 0;
}

/* The newest day among the cells of a column, when it is newer than as_of. */
static void newest(struct reader *r, enum column column)
{
	for (size_t i = 0; i < r->lists[column].n; i++) {
		struct record_value v = cell(r, column, i);
		struct date_span day;
		struct err e = { 0 };

		if (v.n < 10 || memcmp(v.text, r->as_of, 10) <= 0 || date_read(v.text, 10, DATE_YMD, &day, &e) || day.prec != PREC_DAY)
			continue;
		date_iso(day.last, r->as_of);
	}
}

static bool says(struct record_value v, const char *text)
{
	return v.n == strlen(text) && !memcmp(v.text, text, v.n);
}

/*
 * EDGAR tells operating companies from all others only. Of the others, persons have no employer number at all (null,
 * where organisations have zeros), and a fund says so in its name.
 */
static const char *entity_kind(const struct reader *r)
{
	if (r->page || says(r->about[TYPE], "operating"))
		return "company";
	if (says(r->about[TYPE], "investment"))
		return "fund";
	if (!r->about[EIN].n)
		return "person";
	return strcasestr(r->about[NAME].text, "fund") ? "fund" : "company";
}

static void emit_entity(struct reader *r)
{
	char unnamed[EDGAR_CIK_SIZE + 4];

	snprintf(unnamed, sizeof(unnamed), "CIK %s", r->cik);
	sink_record(r->out, REC_ENTITY);
	sink_setz(r->out, ENTITY_REF, r->entity);
	sink_setz(r->out, ENTITY_KIND, entity_kind(r));
	sink_setz(r->out, ENTITY_NAME, r->about[NAME].n ? r->about[NAME].text : unnamed);
	(void)sink_end(r->out);
}

/* The document as a source: EDGAR's own record of the company as it was on a day. */
static void emit_source(struct reader *r)
{
	char text[200];

	if (!*r->as_of || r->page)
		return;
	snprintf(r->source, sizeof(r->source), "submissions/CIK%010lld/%s", strtoll(r->cik, NULL, 10), r->as_of);
	sink_record(r->out, REC_SOURCE);
	sink_setz(r->out, SOURCE_REF, r->source);
	sink_setz(r->out, SOURCE_PUBLISHER, "sec");
	sink_setz(r->out, SOURCE_PUBLISHER_NAME, "U.S. Securities and Exchange Commission");
	sink_setz(r->out, SOURCE_TIER, "regulator");
	sink_setz(r->out, SOURCE_KIND, "dataset");
	snprintf(text, sizeof(text), "EDGAR's record of CIK %s as of %s", r->cik, r->as_of);
	sink_setz(r->out, SOURCE_TITLE, text);
	snprintf(text, sizeof(text), "https://data.sec.gov/submissions/CIK%010lld.json", strtoll(r->cik, NULL, 10));
	sink_setz(r->out, SOURCE_ADDRESS, text);
	sink_setz(r->out, SOURCE_DATE, r->as_of);
	(void)sink_end(r->out);
}

static void emit_key(struct reader *r, const char *scheme, const char *value, struct record_value from, struct record_value to)
{
	sink_record(r->out, REC_KEY);
	sink_setz(r->out, KEY_ENTITY, r->entity);
	sink_setz(r->out, KEY_SCHEME, scheme);
	sink_setz(r->out, KEY_VALUE, value);
	sink_set(r->out, KEY_FROM, from.text, from.n);
	sink_set(r->out, KEY_TO, to.text, to.n);
	sink_setz(r->out, KEY_SOURCE, r->source);
	(void)sink_end(r->out);
}

/* NVDA@NASDAQ: exchanges stand beside tickers. */
static void emit_tickers(struct reader *r)
{
	static const struct record_value open_end = { .text = "" };

	for (size_t i = 0; i < r->lists[TICKER].n; i++) {
		struct record_value ticker = cell(r, TICKER, i), venue = cell(r, EXCHANGE, i);
		char *key = arena_printf(r->mem, "%s%s%s", ticker.text, venue.n ? "@" : "", venue.text);

		for (char *p = key; *p; p++)
			if (*p >= 'a' && *p <= 'z')
				*p = (char)(*p - 'a' + 'A');
		sink_group(r->out, r->lists[TICKER].cells[i].at, "/tickers/", (long long)i);
		emit_key(r, "ticker", key, open_end, open_end);
	}
}

static void emit_former_names(struct reader *r)
{
	for (size_t i = 0; i < r->lists[FORMER_NAME].n; i++) {
		sink_group(r->out, r->lists[FORMER_NAME].cells[i].at, "/formerNames/", (long long)i);
		emit_key(r, "former-name", cell(r, FORMER_NAME, i).text, cell(r, FORMER_FROM, i), cell(r, FORMER_TO, i));
	}
}

static void state(struct reader *r, const char *property, struct record_value code, struct record_value text)
{
	if (!code.n && !text.n)
		return;
	sink_record(r->out, REC_STATEMENT);
	sink_setz(r->out, STATEMENT_ENTITY, r->entity);
	sink_setz(r->out, STATEMENT_PROPERTY, property);
	sink_set(r->out, STATEMENT_CODE, code.text, code.n);
	sink_set(r->out, STATEMENT_TEXT, text.text, text.n);
	sink_setz(r->out, STATEMENT_SOURCE, r->source);
	(void)sink_end(r->out);
}

/* "Non-accelerated filer<br>Smaller reporting company" says two things. */
static void emit_categories(struct reader *r)
{
	const char *p = r->about[CATEGORY].text, *br;

	for (; p; p = br ? br + 4 : NULL) {
		struct record_value none = { .text = "" }, one = { .text = p };

		br = strstr(p, "<br>");
		one.n = br ? (size_t)(br - p) : strlen(p);
		text_trim(&one.text, &one.n);
		state(r, "filer_category", none, one);
	}
}

static void emit_statements(struct reader *r)
{
	static const struct {
		const char *property;
		enum about code, text; /* ABOUTS: none */
	} rows[] = {
		{ "entity_type", TYPE, ABOUTS },
		{ "sic", SIC, SIC_TEXT },
		{ "state_of_incorporation", STATE, STATE_TEXT },
		{ "fiscal_year_end", YEAR_END, ABOUTS },
	};
	struct record_value none = { .text = "" };

	if (!*r->source)
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		state(r, rows[i].property, r->about[rows[i].code], rows[i].text == ABOUTS ? none : r->about[rows[i].text]);
	emit_categories(r);
}

static void emit_subject(struct reader *r)
{
	static const struct record_value open_end = { .text = "" };

	sink_group(r->out, 0, "/", -1);
	emit_source(r);
	emit_entity(r);
	emit_key(r, "cik", r->cik, open_end, open_end);
	sink_group(r->out, 0, "/", -1); /* a slip in these must not cost the subject */
	if (r->about[LEI].n)
		emit_key(r, "lei", r->about[LEI].text, open_end, open_end);
	emit_statements(r);
	emit_tickers(r);
	emit_former_names(r);
}

/* The row of a table that lies in columns has no text of its own: what tells it from others stands for it. */
static void emit_filing(struct reader *r, const struct edgar_filing *f)
{
	const char *raw = arena_printf(r->mem, "%s %s %s", f->accession.text, f->form.text, f->filed.text);

	sink_raw(r->out, raw, strlen(raw));
	(void)edgar_filing(r->out, f);
}

static void emit_filings(struct reader *r)
{
	const char *place = r->page ? "/accessionNumber/" : "/filings/recent/accessionNumber/";
	size_t n = r->lists[ACCESSION].n;
	struct edgar_filing *filings = arena_alloc(r->mem, (n + 1) * sizeof(*filings));
	long long *offsets = arena_alloc(r->mem, (n + 1) * sizeof(*offsets));

	for (size_t i = 0; i < n && !sink_full(r->out); i++) {
		filings[i] = (struct edgar_filing){ .cik = r->cik,
			.accession = cell(r, ACCESSION, i),
			.form = cell(r, FORM, i),
			.filed = cell(r, FILED, i),
			.accepted = cell(r, ACCEPTED, i),
			.period = cell(r, PERIOD, i),
			.document = cell(r, DOCUMENT, i),
			.items = cell(r, ITEMS, i),
			.file_number = cell(r, FILE_NUMBER, i) };
		offsets[i] = r->lists[ACCESSION].cells[i].at;
		sink_group(r->out, offsets[i], place, (long long)i);
		emit_filing(r, &filings[i]);
	}
	if (!sink_full(r->out) && strcmp(entity_kind(r), "company") == 0)
		edgar_ipo(r->out, &(struct edgar_list){ .cik = r->cik,
		                          .name = r->about[NAME].n ? r->about[NAME].text : NULL,
		                          .oldest = !r->page && !r->lists[OLDER_PAGE].n,
		                          .n = n,
		                          .filings = filings,
		                          .offsets = offsets,
		                          .place = place });
}

static int submissions_parse(
        const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	struct reader r = { .in = in, .limits = limits, .out = out };
	int rc;

	if (format_refuse_others(in, "JSON", e))
		return -1;
	r.mem = arena_new();
	for (int i = 0; i < ABOUTS; i++)
		r.about[i].text = "";
	rc = json_stream(in->data, in->len, limits, on_value, &r, e);
	if (rc == 0)
		rc = identify(&r, e) || check_columns(&r, e) ? -1 : 0;
	if (rc == 0) {
		newest(&r, FILED);
		newest(&r, FORMER_TO);
		emit_subject(&r);
		emit_filings(&r);
	}
	for (int i = 0; i < COLUMNS; i++)
		free(r.lists[i].cells);
	arena_free(r.mem);
	return rc;
}

const struct format format_edgar_submissions = {
	.name = "edgar-submissions",
	.help = "SEC submissions (JSON): a filer's names and identifiers, its filings and the stages of its IPO",
	.media = "application/json",
	.version = 1,
	.parse = submissions_parse,
};
