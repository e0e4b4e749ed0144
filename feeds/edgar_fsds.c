/*
 * edgar-fsds: the SEC's financial statement data sets, a quarter of filings each: sub (filings), tag (concepts) and num (figures),
 * tables in one archive. A figure is said by its filing on the day that was filed, as in companyfacts, where most of them are too.
 *
 * Periods are rounded: ddate to the nearest month's end, lengths to quarters (qtrs; 0 is a point in time). So they are known to
 * the month, and a figure of the same filing whose exact days come to them is the same claim (feeds/load_rows.c). What companyfacts
 * leaves out is here: members of dimensions (segments), co-registrants, and concepts of the filer's own.
 *
 * The "financial statement and notes" sets hold the same tables with more in them. Theirs are told by their columns: num names members of
 * dimensions by a hash, which the table dim spells out, and has a further row (iprx above 0) for each figure whose exact period comes
 * to the same rounded one as another's: those are left out, as the statement sets leave them out.
 */
#include "aimarket/arena.h"
#include "aimarket/buf.h"
#include "aimarket/date.h"
#include "aimarket/edgar.h"
#include "intern.h"
#include "tables.h"

enum sub { SUB_ADSH, SUB_CIK, SUB_NAME, SUB_FORM, SUB_FILED, SUB_ACCEPTED, SUB_COLUMNS };
static const struct table_column sub_columns[] = {
	[SUB_ADSH] = { "adsh", true },
	[SUB_CIK] = { "cik", true },
	[SUB_NAME] = { "name", true },
	[SUB_FORM] = { "form", true },
	[SUB_FILED] = { "filed", true },
	[SUB_ACCEPTED] = { "accepted", false },
	[SUB_COLUMNS] = { NULL },
};

enum tag { TAG_NAME, TAG_VERSION, TAG_TYPE, TAG_KIND, TAG_LABEL, TAG_DOC, TAG_COLUMNS };
static const struct table_column tag_columns[] = {
	[TAG_NAME] = { "tag", true },
	[TAG_VERSION] = { "version", true },
	[TAG_TYPE] = { "datatype", true },
	[TAG_KIND] = { "iord", true },
	[TAG_LABEL] = { "tlabel", true },
	[TAG_DOC] = { "doc", true },
	[TAG_COLUMNS] = { NULL },
};

enum dim { DIM_HASH, DIM_SEGMENTS, DIM_COLUMNS };
static const struct table_column dim_columns[] = {
	[DIM_HASH] = { "dimhash", true },
	[DIM_SEGMENTS] = { "segments", true },
	[DIM_COLUMNS] = { NULL },
};

enum num {
	NUM_ADSH,
	NUM_TAG,
	NUM_VERSION,
	NUM_DATE,
	NUM_QUARTERS,
	NUM_UNIT,
	NUM_SEGMENTS,
	NUM_COREG,
	NUM_VALUE,
	NUM_NOTE,
	NUM_HASH,
	NUM_RANK,
	NUM_COLUMNS
};
static const struct table_column num_columns[] = {
	[NUM_ADSH] = { "adsh", true },
	[NUM_TAG] = { "tag", true },
	[NUM_VERSION] = { "version", true },
	[NUM_DATE] = { "ddate", true },
	[NUM_QUARTERS] = { "qtrs", true },
	[NUM_UNIT] = { "uom", true },
	[NUM_SEGMENTS] = { "segments", false },
	[NUM_COREG] = { "coreg", false },
	[NUM_VALUE] = { "value", true },
	[NUM_NOTE] = { "footnote", false },
	[NUM_HASH] = { "dimh", false },
	[NUM_RANK] = { "iprx", false },
	[NUM_COLUMNS] = { NULL },
};

enum { QUARTERS_MAX = 400, NAME_SIZE = 600, SPANS = 256 /* a power of two */, SPAN_KEY = 16 };

struct filing {
	char entity[EDGAR_CIK_SIZE + 4]; /* cik:1045810 */
	bool good; /* its row was taken */
};

struct concept {
	bool per_share; /* its unit is money for a share, which the figures' rows do not say */
	bool lasting; /* it is of a span, not of a moment */
	const char *metric; /* us-gaap:Assets, once a figure has it */
};

/* The days that a date and a number of quarters stand for: of a quarter's filings they are few. */
struct span {
	char said[SPAN_KEY]; /* all of it: 20090630, quarters, a letter */
	char start[11], end[11];
};

struct reader {
	const struct input *in;
	struct sink *out;
	struct table t;
	struct intern accessions, names, dims; /* names: concept, tab, version; dims: hashes */
	struct record_value *segments; /* by hash */
	uint32_t segments_cap;
	long long left_out, left_out_line; /* figures of a second period, the line of the first */
	size_t left_out_at;
	struct filing *filings;
	struct concept *concepts;
	uint32_t filings_cap, concepts_cap;
	struct buf text; /* of whatever is put together */
	struct arena *mem; /* of the set */
	struct span spans[SPANS]; /* read already, each at its place or pushed out by another */
	/* Of the figure before: they come filing by filing, concept by concept. */
	struct record_value last_adsh, last_tag, last_version;
	const struct filing *last_filing;
	struct concept *last_concept;
};

/* ---------------------------------------------------------------- filings */

static void *room(void *array, uint32_t n, uint32_t *cap, size_t size)
{
	if (n < *cap)
		return array;
	*cap = *cap ? *cap * 2 : 256;
	return xrealloc(array, *cap * size);
}

static bool emit_filing(struct reader *r, const char *cik)
{
	const struct record_value *v = r->t.fields;
	char accepted[EDGAR_TIME_SIZE], filed[11];
	struct edgar_filing f = { .cik = cik, .accession = v[SUB_ADSH], .form = v[SUB_FORM], .filed = edgar_day(v[SUB_FILED], filed) };
	size_t n = v[SUB_ACCEPTED].n;

	/* 2009-08-07 09:10:00.0 */
	if (edgar_time(v[SUB_ACCEPTED].text, n > 2 && v[SUB_ACCEPTED].text[n - 2] == '.' ? n - 2 : n, accepted))
		f.accepted = (struct record_value){ accepted, strlen(accepted) };
	return !edgar_entity(r->out, cik, "company", v[SUB_NAME]) && !edgar_filing(r->out, &f);
}

static void take_filing(struct reader *r)
{
	const struct record_value *v = r->t.fields;
	struct filing f = { .entity = "cik:" };
	char cik[EDGAR_CIK_SIZE];
	bool fresh;

	if (!table_group(&r->t, r->out))
		return;
	if (!edgar_accession(v[SUB_ADSH].text, v[SUB_ADSH].n) || !edgar_cik(v[SUB_CIK].text, v[SUB_CIK].n, cik)) {
		sink_reject(r->out, "identifier", NULL, 0, "a filing without a proper accession number and CIK");
		return;
	}
	f.good = emit_filing(r, cik);
	snprintf(f.entity, sizeof f.entity, "cik:%s", cik);
	uint32_t i = intern_add(&r->accessions, v[SUB_ADSH].text, v[SUB_ADSH].n, &fresh);
	r->filings = room(r->filings, i, &r->filings_cap, sizeof *r->filings);
	if (fresh)
		r->filings[i] = f;
}

/* ---------------------------------------------------------------- concepts */

static bool is(struct record_value v, const char *text)
{
	return v.n == strlen(text) && !memcmp(v.text, text, v.n);
}

static const struct buf *concept_key(struct reader *r, struct record_value name, struct record_value version)
{
	buf_reset(&r->text);
	buf_add(&r->text, name.text, name.n);
	buf_addc(&r->text, '\t');
	buf_add(&r->text, version.text, version.n);
	return &r->text;
}

static struct concept *find_concept(struct reader *r, struct record_value name, struct record_value version)
{
	const struct buf *key = concept_key(r, name, version);
	uint32_t i;

	return intern_find(&r->names, buf_str(key), key->len, &i) ? &r->concepts[i] : NULL;
}

static void note_concept(struct reader *r)
{
	const struct record_value *v = r->t.fields;
	const struct buf *key = concept_key(r, v[TAG_NAME], v[TAG_VERSION]);
	uint32_t i = intern_add(&r->names, buf_str(key), key->len, NULL);

	r->concepts = room(r->concepts, i, &r->concepts_cap, sizeof *r->concepts);
	r->concepts[i] = (struct concept){ .per_share = is(v[TAG_TYPE], "perShare"), .lasting = is(v[TAG_KIND], "D") };
}

/* us-gaap/2009 is a year of a taxonomy; the accession number of a filing means its filer's own. */
static struct record_value taxonomy_of(struct reader *r, struct record_value version, char text[NAME_SIZE])
{
	const char *slash = memchr(version.text, '/', version.n);
	int n = (int)(slash ? (size_t)(slash - version.text) : version.n);
	uint32_t i;

	if (n == 4 && !memcmp(version.text, "ifrs", 4)) /* as the SEC calls it everywhere else */
		n = snprintf(text, NAME_SIZE, "ifrs-full");
	else if (!slash && intern_find(&r->accessions, version.text, version.n, &i) && r->filings[i].good)
		n = snprintf(text, NAME_SIZE, "cik-%s", r->filings[i].entity + strlen("cik:"));
	else
		n = snprintf(text, NAME_SIZE, "%.*s", n < 100 ? n : 100, version.text);
	return (struct record_value){ text, (size_t)n };
}

static void emit_concept(struct reader *r)
{
	const struct record_value *v = r->t.fields;
	char taxonomy[NAME_SIZE];
	const struct concept *c = find_concept(r, v[TAG_NAME], v[TAG_VERSION]);

	if (!c || !c->metric || !table_group(&r->t, r->out))
		return;
	struct record_value of = taxonomy_of(r, v[TAG_VERSION], taxonomy);
	sink_record(r->out, REC_METRIC);
	sink_set(r->out, METRIC_TAXONOMY, of.text, of.n);
	sink_set(r->out, METRIC_NAME, v[TAG_NAME].text, v[TAG_NAME].n);
	sink_set(r->out, METRIC_LABEL, v[TAG_LABEL].text, v[TAG_LABEL].n);
	sink_set(r->out, METRIC_DEFINITION, v[TAG_DOC].text, v[TAG_DOC].n);
	(void)sink_end(r->out);
}

/* ---------------------------------------------------------------- dimensions */

static void note_dims(struct reader *r)
{
	const struct record_value *v = r->t.fields;
	bool fresh;
	uint32_t i = intern_add(&r->dims, v[DIM_HASH].text, v[DIM_HASH].n, &fresh);

	r->segments = room(r->segments, i, &r->segments_cap, sizeof *r->segments);
	if (fresh)
		r->segments[i] = v[DIM_SEGMENTS];
}

/* A hash of zeros stands for none. */
static bool read_hash(struct reader *r, struct record_value *segments)
{
	struct record_value hash = r->t.fields[NUM_HASH];
	uint32_t i;

	while (hash.n && (*hash.text == '0' || *hash.text == 'x'))
		hash.text++, hash.n--;
	if (!hash.n)
		return true;
	hash = r->t.fields[NUM_HASH];
	if (!intern_find(&r->dims, hash.text, hash.n, &i))
		return false;
	*segments = r->segments[i];
	return true;
}

/* ---------------------------------------------------------------- figures */

/* Of 20090630 and a number of quarters: the first day of the span that ends there; of less than half a quarter, that of its month. */
static bool read_span(struct record_value date, struct record_value quarters, bool lasting, char start[11], char end[11])
{
	struct date_span day;
	struct err e = { 0 };
	char text[8];

	snprintf(text, sizeof text, "%.*s", (int)(quarters.n < 7 ? quarters.n : 7), quarters.text);
	long n = strtol(text, NULL, 10);
	if (date_read(date.text, date.n, DATE_YMD, &day, &e) || day.prec != PREC_DAY || n < 0 || n > QUARTERS_MAX)
		return false;
	int32_t last = date_month_end(day.first);
	date_iso(last, end);
	*start = '\0';
	if (n || lasting)
		date_iso(date_months_to(last, n ? 3 * (int)n : 1), start);
	return true;
}

/* Where a span is, or goes that is not there yet. */
static struct span *span_place(struct reader *r, const char key[SPAN_KEY])
{
	uint64_t h[SPAN_KEY / sizeof(uint64_t)];

	memcpy(h, key, SPAN_KEY);
	return &r->spans[((h[0] * 0x9e3779b97f4a7c15u) ^ (h[1] * 0xd6e8feb86659fd93u)) >> 40 & (SPANS - 1)];
}

/* NULL: they are no period. The answer holds until the next one is asked for. */
static const struct span *span_of(struct reader *r, struct record_value date, struct record_value quarters, bool lasting)
{
	char key[SPAN_KEY] = { 0 };
	struct span *s, fresh;

	if (date.n + quarters.n + 2 > SPAN_KEY)
		return NULL;
	memcpy(key, date.text, date.n);
	key[date.n] = lasting ? 'D' : 'I';
	memcpy(key + date.n + 1, quarters.text, quarters.n);
	s = span_place(r, key);
	if (!memcmp(s->said, key, SPAN_KEY))
		return s;
	if (!read_span(date, quarters, lasting, fresh.start, fresh.end))
		return NULL;
	memcpy(fresh.said, key, SPAN_KEY);
	*s = fresh;
	return s;
}

/* 500000.0000 says four decimals that nobody meant. */
static struct record_value plain_number(struct record_value v)
{
	if (memchr(v.text, '.', v.n)) {
		while (v.n && v.text[v.n - 1] == '0')
			v.n--;
		v.n -= v.n && v.text[v.n - 1] == '.';
	}
	return v;
}

static void set_dims(struct reader *r)
{
	const struct record_value *v = r->t.fields;

	if (!v[NUM_COREG].n) {
		sink_set(r->out, OBS_DIMS, v[NUM_SEGMENTS].text, v[NUM_SEGMENTS].n);
		return;
	}
	buf_reset(&r->text);
	buf_add(&r->text, v[NUM_SEGMENTS].text, v[NUM_SEGMENTS].n);
	buf_adds(&r->text, ";coregistrant=");
	for (size_t i = 0; i < v[NUM_COREG].n; i++)
		if (v[NUM_COREG].text[i] == ';')
			buf_adds(&r->text, "%3B");
		else
			buf_addc(&r->text, v[NUM_COREG].text[i]);
	sink_set(r->out, OBS_DIMS, buf_str(&r->text), r->text.len);
}

/* USD of a figure per share is USD/shares everywhere else. */
static bool set_unit(struct reader *r, const struct concept *c)
{
	struct record_value unit = r->t.fields[NUM_UNIT];
	bool money = unit.n == 3 && unit.text[0] >= 'A' && unit.text[0] <= 'Z', per_share = c->per_share && money;
	char text[16];

	if (per_share)
		unit = (struct record_value){ text, (size_t)snprintf(text, sizeof text, "%.3s/shares", unit.text) };
	sink_set(r->out, OBS_UNIT, unit.text, unit.n);
	return per_share || (!money && memmem(unit.text, unit.n, "/shares", strlen("/shares")));
}

/* A number of few digits, a hundred thousand times over; returns its length. */
static size_t write_decimals(int n, char out[16])
{
	if (n < -9 || n > 9)
		return (size_t)snprintf(out, 16, "%d", n);
	out[0] = '-';
	out[n < 0] = (char)('0' + (n < 0 ? -n : n));
	return n < 0 ? 2 : 1;
}

/* An empty value is a fact that was tagged to be nil: the filer says that there is none. */
static void set_value(struct reader *r, bool per_share)
{
	struct record_value v = plain_number(r->t.fields[NUM_VALUE]);
	char decimals[16];

	if (!v.n) {
		sink_setz(r->out, OBS_STATE, "none");
		return;
	}
	sink_set(r->out, OBS_VALUE, v.text, v.n);
	sink_set(r->out, OBS_DECIMALS, decimals, write_decimals(edgar_decimals(v.text, v.n, per_share), decimals));
}

static void name_metric(struct reader *r, struct concept *c)
{
	const struct record_value *v = r->t.fields;
	char text[NAME_SIZE];

	if (c->metric)
		return;
	struct record_value taxonomy = taxonomy_of(r, v[NUM_VERSION], text);
	c->metric = arena_printf(r->mem, "%.*s:%.*s", (int)taxonomy.n, taxonomy.text, (int)v[NUM_TAG].n, v[NUM_TAG].text);
}

static void emit_figure(struct reader *r, const struct filing *f, const struct concept *c, const struct span *s)
{
	const struct record_value *v = r->t.fields;

	sink_record(r->out, REC_OBSERVATION);
	sink_setz(r->out, OBS_ENTITY, f->entity);
	sink_setz(r->out, OBS_METRIC, c->metric);
	set_dims(r);
	set_value(r, set_unit(r, c));
	sink_setz(r->out, OBS_START, s->start);
	sink_setz(r->out, OBS_END, s->end);
	sink_setz(r->out, OBS_PREC, "month");
	sink_set(r->out, OBS_SOURCE, v[NUM_ADSH].text, v[NUM_ADSH].n);
	sink_set(r->out, OBS_NOTE, v[NUM_NOTE].text, v[NUM_NOTE].n);
	(void)sink_end(r->out);
}

static bool same(struct record_value a, struct record_value b)
{
	return a.n == b.n && a.n && !memcmp(a.text, b.text, a.n);
}

/* NULL: it is not among those of the set. */
static const struct filing *filing_of(struct reader *r, struct record_value adsh)
{
	uint32_t i;

	if (!same(adsh, r->last_adsh)) {
		bool known = intern_find(&r->accessions, adsh.text, adsh.n, &i) && r->filings[i].good;

		r->last_filing = known ? &r->filings[i] : NULL;
		r->last_adsh = adsh;
	}
	return r->last_filing;
}

static struct concept *concept_of(struct reader *r, struct record_value tag, struct record_value version)
{
	if (!same(tag, r->last_tag) || !same(version, r->last_version)) {
		r->last_concept = find_concept(r, tag, version);
		r->last_tag = tag;
		r->last_version = version;
	}
	return r->last_concept;
}

/* Is the figure's rounded period another's, too, which counts? Such ones are told of once, at the end. */
static bool is_second(struct reader *r)
{
	struct record_value rank = r->t.fields[NUM_RANK];

	if (!rank.n || is(rank, "0"))
		return false;
	if (!r->left_out++) {
		r->left_out_line = r->t.line;
		r->left_out_at = r->t.offset;
	}
	return true;
}

static void tell_left_out(struct reader *r)
{
	if (!r->left_out)
		return;
	sink_group(r->out, (long long)r->left_out_at, r->t.title, r->left_out_line);
	sink_reject(r->out, "iprx", NULL, 0,
		"%lld figures, of which this is the first, are left out: their exact period comes to the same rounded one as another's",
		r->left_out);
}

static void take_figure(struct reader *r)
{
	struct record_value *v = r->t.fields;
	const struct filing *f = filing_of(r, v[NUM_ADSH]);
	struct concept *c = concept_of(r, v[NUM_TAG], v[NUM_VERSION]);
	const struct span *s;

	if (is_second(r) || !table_group(&r->t, r->out))
		return;
	if (!read_hash(r, &v[NUM_SEGMENTS])) {
		sink_reject(r->out, "dimensions", NULL, 0, "\"%.*s\" is not among the dimensions of the set",
			(int)(v[NUM_HASH].n < 40 ? v[NUM_HASH].n : 40), v[NUM_HASH].text);
	} else if (!f) {
		sink_reject(r->out, "filing", NULL, 0, "a figure of a filing that is not among those of the set");
	} else if (!c) {
		sink_reject(r->out, "concept", NULL, 0, "a figure of a concept that is not among those of the set");
	} else if (!(s = span_of(r, v[NUM_DATE], v[NUM_QUARTERS], c->lasting))) {
		sink_reject(r->out, "period", NULL, 0, "\"%.*s\" and \"%.*s\" quarters are no period",
			(int)(v[NUM_DATE].n < 40 ? v[NUM_DATE].n : 40), v[NUM_DATE].text,
			(int)(v[NUM_QUARTERS].n < 40 ? v[NUM_QUARTERS].n : 40), v[NUM_QUARTERS].text);
	} else {
		name_metric(r, c);
		emit_figure(r, f, c, s);
	}
}

/* ---------------------------------------------------------------- the set */

static int each_row(struct reader *r, const char *name, const struct table_column *columns, void (*fn)(struct reader *r), struct err *e)
{
	if (table_open(&r->t, r->in, name, columns, e))
		return -1;
	while (!sink_full(r->out) && table_next(&r->t))
		fn(r);
	return 0;
}

static int read_figures(struct reader *r, struct err *e)
{
	if (each_row(r, "num", num_columns, take_figure, e))
		return -1;
	tell_left_out(r);
	return 0;
}

static int read_set(struct reader *r, struct err *e)
{
	if (each_row(r, "sub", sub_columns, take_filing, e) || each_row(r, "tag", tag_columns, note_concept, e))
		return -1;
	if (table_is_there(r->in, "dim") && each_row(r, "dim", dim_columns, note_dims, e))
		return -1;
	return read_figures(r, e) || each_row(r, "tag", tag_columns, emit_concept, e) ? -1 : 0;
}

static int fsds_parse(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	struct reader r = { .in = in, .out = out };
	int rc;

	if (format_refuse_others(in, "a set of tables", e))
		return -1;
	intern_init(&r.accessions);
	intern_init(&r.names);
	intern_init(&r.dims);
	buf_init(&r.text, 4 * (size_t)limits->field);
	r.mem = arena_new();
	rc = read_set(&r, e);
	buf_release(&r.text);
	arena_free(r.mem);
	intern_release(&r.dims);
	free(r.segments);
	intern_release(&r.names);
	intern_release(&r.accessions);
	free(r.filings);
	free(r.concepts);
	return rc;
}

const struct format format_edgar_fsds = {
	.name = "edgar-fsds",
	.help = "SEC financial statement data sets, and those with notes: the tables sub, tag, num (and dim) of one archive",
	.media = "text/plain",
	.version = 1,
	.whole = true,
	.parse = fsds_parse,
};
