/*
 * edgar-formd-sets: the SEC's quarterly tables of all notices on Form D: FORMDSUBMISSION, ISSUERS, OFFERING, RELATEDPERSONS and SIGNATURES
 * in one archive, joined by accession number. A notice says here what its XML says (formd.h), and its filing's number and day.
 */
#include "aimarket/arena.h"
#include "aimarket/buf.h"
#include "aimarket/date.h"
#include "formd.h"
#include "intern.h"
#include "tables.h"

/* The accession number is the first column of each. */
enum submission { SUB_ACCESSION, SUB_FILE, SUB_FILED, SUB_FORM, SUB_LIVE, SUB_COLUMNS };
static const struct table_column submission_columns[] = {
	[SUB_ACCESSION] = { "ACCESSIONNUMBER", true },
	[SUB_FILE] = { "FILE_NUM", true },
	[SUB_FILED] = { "FILING_DATE", true },
	[SUB_FORM] = { "SUBMISSIONTYPE", true },
	[SUB_LIVE] = { "TESTORLIVE", false },
	[SUB_COLUMNS] = { NULL },
};

enum issuer { ISS_ACCESSION, ISS_PRIMARY, ISS_CIK, ISS_NAME, ISS_JURISDICTION, ISS_TYPE, ISS_COLUMNS };
static const struct table_column issuer_columns[] = {
	[ISS_ACCESSION] = { "ACCESSIONNUMBER", true },
	[ISS_PRIMARY] = { "IS_PRIMARYISSUER_FLAG", true },
	[ISS_CIK] = { "CIK", true },
	[ISS_NAME] = { "ENTITYNAME", true },
	[ISS_JURISDICTION] = { "JURISDICTIONOFINC", false },
	[ISS_TYPE] = { "ENTITYTYPE", false },
	[ISS_COLUMNS] = { NULL },
};

enum offering {
	OFF_ACCESSION,
	OFF_INDUSTRY,
	OFF_EXEMPTIONS,
	OFF_PREVIOUS,
	OFF_FIRST_SALE,
	OFF_COMBINATION,
	OFF_OFFERING,
	OFF_SOLD,
	OFF_REMAINING,
	OFF_INVESTORS,
	OFF_SECURITIES, /* and those that follow, in the order of security_words */
	OFF_COLUMNS = OFF_SECURITIES + 8
};
static const struct table_column offering_columns[] = {
	[OFF_ACCESSION] = { "ACCESSIONNUMBER", true },
	[OFF_INDUSTRY] = { "INDUSTRYGROUPTYPE", true },
	[OFF_EXEMPTIONS] = { "FEDERALEXEMPTIONS_ITEMS_LIST", false },
	[OFF_PREVIOUS] = { "PREVIOUSACCESSIONNUMBER", false },
	[OFF_FIRST_SALE] = { "SALE_DATE", true },
	[OFF_COMBINATION] = { "ISBUSINESSCOMBINATIONTRANS", false },
	[OFF_OFFERING] = { "TOTALOFFERINGAMOUNT", true },
	[OFF_SOLD] = { "TOTALAMOUNTSOLD", true },
	[OFF_REMAINING] = { "TOTALREMAINING", true },
	[OFF_INVESTORS] = { "TOTALNUMBERALREADYINVESTED", false },
	[OFF_SECURITIES + 0] = { "ISEQUITYTYPE", true },
	[OFF_SECURITIES + 1] = { "ISDEBTTYPE", true },
	[OFF_SECURITIES + 2] = { "ISOPTIONTOACQUIRETYPE", true },
	[OFF_SECURITIES + 3] = { "ISSECURITYTOBEACQUIREDTYPE", true },
	[OFF_SECURITIES + 4] = { "ISPOOLEDINVESTMENTFUNDTYPE", true },
	[OFF_SECURITIES + 5] = { "ISTENANTINCOMMONTYPE", true },
	[OFF_SECURITIES + 6] = { "ISMINERALPROPERTYTYPE", true },
	[OFF_SECURITIES + 7] = { "ISOTHERTYPE", true },
	[OFF_COLUMNS] = { NULL },
};
static const char *const security_words[] = { "equity", "debt", "option", "security_acquired", "pooled", "tenant_in_common", "mineral",
	"other" };

enum person { PER_ACCESSION, PER_FIRST, PER_MIDDLE, PER_LAST, PER_ROLE, PER_COLUMNS = PER_ROLE + 3 };
static const struct table_column person_columns[] = {
	[PER_ACCESSION] = { "ACCESSIONNUMBER", true },
	[PER_FIRST] = { "FIRSTNAME", true },
	[PER_MIDDLE] = { "MIDDLENAME", false },
	[PER_LAST] = { "LASTNAME", true },
	[PER_ROLE + 0] = { "RELATIONSHIP_1", true },
	[PER_ROLE + 1] = { "RELATIONSHIP_2", false },
	[PER_ROLE + 2] = { "RELATIONSHIP_3", false },
	[PER_COLUMNS] = { NULL },
};

enum signature { SIG_ACCESSION, SIG_DATE, SIG_COLUMNS };
static const struct table_column signature_columns[] = {
	[SIG_ACCESSION] = { "ACCESSIONNUMBER", true },
	[SIG_DATE] = { "SIGNATUREDATE", true },
	[SIG_COLUMNS] = { NULL },
};

/* The tables that say more of a notice. */
enum part { ISSUERS, OFFERING, PERSONS, SIGNATURES, PARTS };
static const struct {
	const char *name;
	const struct table_column *columns;
} parts[PARTS] = {
	[ISSUERS] = { "ISSUERS", issuer_columns },
	[OFFERING] = { "OFFERING", offering_columns },
	[PERSONS] = { "RELATEDPERSONS", person_columns },
	[SIGNATURES] = { "SIGNATURES", signature_columns },
};

/* A row of a part, by the notice it belongs to. */
struct row {
	uint32_t notice, offset;
};

struct linked {
	struct table t;
	struct row *rows; /* sorted */
	size_t n, cap;
};

struct reader {
	const struct input *in;
	const struct limits *limits;
	struct sink *out;
	struct table notices;
	struct intern accessions; /* of the notices, in their order */
	struct linked parts[PARTS];
	struct formd f;
	struct arena *mem; /* of the notice */
};

/* ---------------------------------------------------------------- which rows are whose */

static int number_notices(struct reader *r, struct err *e)
{
	if (table_open(&r->notices, r->in, "FORMDSUBMISSION", submission_columns, e))
		return -1;
	while (table_next(&r->notices))
		intern_add(&r->accessions, r->notices.fields[SUB_ACCESSION].text, r->notices.fields[SUB_ACCESSION].n, NULL);
	return table_open(&r->notices, r->in, "FORMDSUBMISSION", submission_columns, e);
}

static void link_row(struct reader *r, struct linked *l)
{
	struct record_value accession = l->t.fields[0];
	uint32_t notice;

	if (!intern_find(&r->accessions, accession.text, accession.n, &notice)) {
		if (table_group(&l->t, r->out))
			sink_reject(r->out, "filing", NULL, 0, "the row belongs to no notice of the set");
		return;
	}
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 256;
		l->rows = xrealloc(l->rows, l->cap * sizeof *l->rows);
	}
	l->rows[l->n++] = (struct row){ notice, (uint32_t)l->t.offset };
}

static int by_notice(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->notice != y->notice)
		return x->notice < y->notice ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

static int link_rows(struct reader *r, enum part part, struct err *e)
{
	struct linked *l = &r->parts[part];

	if (table_open(&l->t, r->in, parts[part].name, parts[part].columns, e))
		return -1;
	while (!sink_full(r->out) && table_next(&l->t))
		link_row(r, l);
	if (l->n)
		qsort(l->rows, l->n, sizeof *l->rows, by_notice);
	return 0;
}

/* The first row of a notice; l->n when it has none. */
static size_t first_row(const struct linked *l, uint32_t notice)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->rows[mid].notice < notice)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Calls fn for each row of a notice, read into the part's table. */
static void each_row(struct reader *r, enum part part, uint32_t notice, void (*fn)(struct reader *r, const struct record_value *v))
{
	struct linked *l = &r->parts[part];

	for (size_t i = first_row(l, notice); i < l->n && l->rows[i].notice == notice; i++) {
		table_seek(&l->t, l->rows[i].offset);
		if (table_next(&l->t))
			fn(r, l->t.fields);
	}
}

static size_t count_rows(const struct reader *r, enum part part, uint32_t notice)
{
	const struct linked *l = &r->parts[part];

	return first_row(l, notice + 1) - first_row(l, notice);
}

/* ---------------------------------------------------------------- a notice */

static bool says(struct record_value v, const char *word)
{
	return v.n == strlen(word) && !strncasecmp(v.text, word, v.n);
}

/* 29-MAR-2022, or as ISO has it. What is no day stays as it is, and is refused where it is used. */
static struct record_value day_of(struct reader *r, struct record_value v)
{
	char *text = arena_strndup(r->mem, v.n ? v.text : "", v.n), *iso = arena_alloc(r->mem, 11);
	struct date_span day;
	struct err e = { 0 };

	for (char *p = text; v.n == strlen("29-MAR-2022") && *p; p++)
		*p = *p == '-' ? ' ' : *p;
	if (!v.n || date_read(text, strlen(text), DATE_TEXT, &day, &e) || day.prec != PREC_DAY)
		return v;
	date_iso(day.first, iso);
	return (struct record_value){ iso, strlen(iso) };
}

static void add_item(struct reader *r, struct record_value *list, const char *text, size_t n)
{
	const char *all =
		list->n ? arena_printf(r->mem, "%.*s;%.*s", (int)list->n, list->text, (int)n, text) : arena_strndup(r->mem, text, n);

	*list = (struct record_value){ all, strlen(all) };
}

/* "06b,3C,3C.7" */
static void add_items(struct reader *r, struct record_value *list, struct record_value v)
{
	static const char between[] = ",; ";
	const char *text = arena_strndup(r->mem, v.n ? v.text : "", v.n);

	for (const char *p = text + strspn(text, between); *p; p += strspn(p, between)) {
		size_t n = strcspn(p, between);

		add_item(r, list, p, n);
		p += n;
	}
}

static void take_issuer(struct reader *r, const struct record_value *v)
{
	struct formd_issuer *all = (struct formd_issuer *)(uintptr_t)r->f.issuers;
	size_t at = r->f.n_issuers;

	if (says(v[ISS_PRIMARY], "YES") || says(v[ISS_PRIMARY], "true")) {
		memmove(all + 1, all, at * sizeof *all);
		at = 0;
	}
	all[at] = (struct formd_issuer){
		.cik = v[ISS_CIK], .name = v[ISS_NAME], .jurisdiction = v[ISS_JURISDICTION], .entity_type = v[ISS_TYPE]
	};
	r->f.n_issuers++;
}

static void take_person(struct reader *r, const struct record_value *v)
{
	struct formd_person *all = (struct formd_person *)(uintptr_t)r->f.persons, *p = &all[r->f.n_persons];

	*p = (struct formd_person){ .first = v[PER_FIRST], .middle = v[PER_MIDDLE], .last = v[PER_LAST] };
	for (int i = PER_ROLE; i < PER_COLUMNS; i++)
		if (v[i].n)
			add_item(r, &p->roles, v[i].text, v[i].n);
	r->f.n_persons++;
}

static void take_offering(struct reader *r, const struct record_value *v)
{
	struct formd *f = &r->f;

	f->industry = v[OFF_INDUSTRY];
	f->previous = v[OFF_PREVIOUS];
	f->first_sale = day_of(r, v[OFF_FIRST_SALE]);
	f->combination = says(v[OFF_COMBINATION], "true");
	f->offering = v[OFF_OFFERING];
	f->sold = v[OFF_SOLD];
	f->remaining = v[OFF_REMAINING];
	f->investors = v[OFF_INVESTORS];
	add_items(r, &f->exemptions, v[OFF_EXEMPTIONS]);
	for (int i = 0; i < OFF_COLUMNS - OFF_SECURITIES; i++)
		if (says(v[OFF_SECURITIES + i], "true"))
			add_item(r, &f->securities, security_words[i], strlen(security_words[i]));
}

/* The latest one; days of one form compare as text. */
static void take_signature(struct reader *r, const struct record_value *v)
{
	struct record_value day = day_of(r, v[SIG_DATE]), *last = &r->f.signed_on;

	if (day.n && (!last->n || day.n != last->n || memcmp(day.text, last->text, day.n) > 0))
		*last = day;
}

static bool is_crowded(struct reader *r, uint32_t notice)
{
	size_t most = (size_t)r->limits->issuers;

	return count_rows(r, ISSUERS, notice) > most || count_rows(r, PERSONS, notice) > most;
}

static bool is_notice(struct reader *r, uint32_t notice)
{
	const struct record_value *v = r->notices.fields;
	const char *why = says(v[SUB_LIVE], "TEST")                              ? "a test filing, not a live one"
			  : !says(v[SUB_FORM], "D") && !says(v[SUB_FORM], "D/A") ? "a submission that is no Form D"
			  : count_rows(r, OFFERING, notice) != 1                 ? "a notice without its one offering"
			  : is_crowded(r, notice) ? "a notice with more issuers or persons than the limit issuers allows"
						  : NULL;

	if (why && table_group(&r->notices, r->out))
		sink_reject(r->out, "notice", NULL, 0, "%s", why);
	return !why;
}

static void emit_notice(struct reader *r)
{
	const struct record_value *v = r->notices.fields;
	const struct table *t = &r->notices;
	uint32_t notice;

	arena_reset(r->mem);
	if (!intern_find(&r->accessions, v[SUB_ACCESSION].text, v[SUB_ACCESSION].n, &notice) || !is_notice(r, notice))
		return;
	r->f = (struct formd){ .accession = v[SUB_ACCESSION],
		.file_number = v[SUB_FILE],
		.filed = day_of(r, v[SUB_FILED]),
		.form = v[SUB_FORM],
		.raw = { t->base + t->offset, t->n },
		.issuers = arena_zalloc(r->mem, (count_rows(r, ISSUERS, notice) + 1) * sizeof *r->f.issuers),
		.persons = arena_zalloc(r->mem, (count_rows(r, PERSONS, notice) + 1) * sizeof *r->f.persons) };
	each_row(r, ISSUERS, notice, take_issuer);
	each_row(r, OFFERING, notice, take_offering);
	each_row(r, PERSONS, notice, take_person);
	each_row(r, SIGNATURES, notice, take_signature);
	(void)formd_emit(r->out, &r->f, (long long)t->offset, t->title, t->line);
}

/* ---------------------------------------------------------------- the set */

static int read_set(struct reader *r, struct err *e)
{
	if (number_notices(r, e))
		return -1;
	for (int i = 0; i < PARTS; i++)
		if (link_rows(r, (enum part)i, e))
			return -1;
	while (!sink_full(r->out) && table_next(&r->notices))
		emit_notice(r);
	return 0;
}

static int formd_sets_parse(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	struct reader r = { .in = in, .limits = limits, .out = out };
	int rc;

	if (format_refuse_others(in, "a set of tables", e))
		return -1;
	intern_init(&r.accessions);
	r.mem = arena_new();
	rc = read_set(&r, e);
	for (int i = 0; i < PARTS; i++)
		free(r.parts[i].rows);
	arena_free(r.mem);
	intern_release(&r.accessions);
	return rc;
}

const struct format format_edgar_formd_sets = {
	.name = "edgar-formd-sets",
	.help = "SEC quarterly tables of Form D: all notices of a quarter, from the tables of one archive",
	.media = "text/plain",
	.version = 1,
	.parse = formd_sets_parse,
};
