/*
 * Observations into the ledger: what the store knows of the document's older series and sources is read first, and only what is
 * new is copied, straight into the table. A large document is done in parts, by the hash of the fact, so that what must be in
 * memory at once stays small whatever its size.
 *
 * Facts are made by SQL, from the written rule (sql/api/00_rule.sql), but for one case that is most of a filing's data: where nothing
 * but claims of this load is known, and they are plain figures. There rank and rounding alone decide (load_settle.c), and one COPY of
 * finished facts costs a third of working them out (tests hold both ways against each other).
 */
#include <endian.h>

#include "aimarket/arena.h"
#include "aimarket/copy.h"
#include "aimarket/date.h"
#include "aimarket/store.h"
#include "claims.h"
#include "load_inside.h"

enum {
	PART_ROWS = 1 << 16, /* rows of the documents in one part, more or less */
	BLOCK = 64 * 1024, /* bytes sent at a time */
	FIELDS = 19, /* of both tables */
	FIXED_MAX = 2 + FIELDS * 4 + 12 * 8, /* bytes of a row without its figures */
};

static const char copy_sql[] =
	"COPY store.observation (id, subject, series, period_start, period_end, asserted_on, source, document, at, batch, note,"
	" decimals, tier, prec, comparator, state, nature, value, value_high) FROM STDIN (FORMAT binary)";
static const char copy_facts_sql[] =
	"COPY store.fact (subject, series, period_start, period_end, claim, value, value_high, low, high, asserted_on,"
	" source, claims, disputed, rule, prec, comparator, state, nature, decimals) FROM STDIN (FORMAT binary)";

struct rows {
	struct load *l;
	struct claim_set set;
	struct claim_set told; /* facts of older series that the store has; see read_told */
	bool told_read;
	uint32_t document; /* that is being read */
	unsigned part, parts;
	struct series_place {
		int32_t id;
		uint32_t place;
	} * older; /* series of which the store may know claims, by their numbers */
	size_t n_older;
	bool header_read; /* of the stream of what is known */
	bool rounded; /* the load has claims that are known to the month … */
	bool known_rounded; /* … or the store has */
	struct arena *mem; /* of the part */
	struct new_row *new;
	size_t n_new, new_cap;
	size_t n_older_new; /* of older series */
	unsigned char *block; /* rows on their way */
	size_t len, cap;
	struct buf touched; /* facts for SQL to work out, for the part */
	long long row; /* numbers given so far */
};

/* ---------------------------------------------------------------- what the store knows */

struct reader {
	const unsigned char *p, *end;
};

static int32_t read_be32(struct reader *r)
{
	uint32_t v = 0;

	if (r->end - r->p >= 4)
		memcpy(&v, r->p, 4);
	r->p += 4;
	return (int32_t)be32toh(v);
}

/* The next field; *n is 0 for NULL. */
static const unsigned char *read_field(struct reader *r, int32_t *n)
{
	const unsigned char *field;

	*n = read_be32(r);
	if (*n < 0 || *n > r->end - r->p)
		*n = 0;
	field = r->p;
	r->p += *n;
	return field;
}

static int32_t read_int4(struct reader *r)
{
	int32_t n;
	struct reader field = { .p = read_field(r, &n) };

	field.end = field.p + n;
	return read_be32(&field);
}

static char read_char(struct reader *r)
{
	int32_t n;
	const unsigned char *field = read_field(r, &n);

	return n ? (char)*field : 0;
}

static const unsigned char *read_numeric(struct reader *r, uint16_t *n)
{
	int32_t len;
	const unsigned char *field = read_field(r, &len);

	*n = (uint16_t)len;
	return field;
}

static int16_t read_decimals(struct reader *r)
{
	int32_t n;
	const unsigned char *field = read_field(r, &n);

	return n == 2 ? (int16_t)(field[0] << 8 | field[1]) : INT16_MAX;
}

static int by_id(const void *left, const void *right)
{
	const struct series_place *a = left, *b = right;

	return (a->id > b->id) - (a->id < b->id);
}

static void note_older(struct rows *r)
{
	const struct load *l = r->l;

	r->older = xzalloc((l->n_series + 1) * sizeof *r->older);
	for (size_t i = 0; i < l->n_series; i++)
		if (l->series[i].id && !l->series[i].fresh)
			r->older[r->n_older++] = (struct series_place){ l->series[i].id, l->series[i].place };
	qsort(r->older, r->n_older, sizeof *r->older, by_id);
}

static uint32_t place_of(const struct rows *r, int32_t series)
{
	const struct series_place key = { .id = series }, *found = bsearch(&key, r->older, r->n_older, sizeof key, by_id);

	return found ? found->place : 0;
}

/* What is known to the day is known to the month, too: a source that says it again with its periods rounded says nothing new. */
static void add_claim(struct rows *r, const struct claim *c)
{
	uint32_t place = r->parts > 1 ? place_of(r, c->series) : 0;
	struct claim rounded;

	if (claim_part(place, c, r->parts) == r->part)
		claim_set_add(&r->set, c);
	if (r->rounded && claim_rounded(c, &rounded) && claim_part(place, &rounded, r->parts) == r->part)
		claim_set_add(&r->set, &rounded);
	r->known_rounded |= c->prec == PREC_MONTH;
}

/* The fields of a row of COPY TO; false: it is the trailer. */
static bool open_row(struct rows *r, const char *data, size_t n, struct reader *in)
{
	enum { HEADER = 19, FIELDS_SIZE = 2 };

	*in = (struct reader){ (const unsigned char *)data, (const unsigned char *)data + n };
	if (!r->header_read)
		in->p += HEADER;
	r->header_read = true;
	if (in->end - in->p <= FIELDS_SIZE)
		return false;
	in->p += FIELDS_SIZE;
	return true;
}

static int add_known(void *arg, const char *data, size_t n, struct err *e)
{
	struct rows *r = arg;
	struct reader in;
	struct claim c;

	if (!open_row(r, data, n, &in))
		return 0;
	c.series = read_int4(&in);
	c.source = read_int4(&in);
	c.start = read_int4(&in);
	c.end = read_int4(&in);
	c.decimals = read_decimals(&in);
	c.prec = read_char(&in);
	c.comparator = read_char(&in);
	c.state = read_char(&in);
	c.nature = read_char(&in);
	c.value = read_numeric(&in, &c.value_len);
	c.high = read_numeric(&in, &c.high_len);
	add_claim(r, &c);
	return 0;
}

static int read_known(struct rows *r, struct err *e)
{
	claim_set_clear(&r->set);
	r->header_read = false;
	if (!r->l->older_series || !r->l->older_sources)
		return 0;
	return pg_copy_out(r->l->db, sql_query("load_known_claims"), add_known, r, e);
}

/* A fact as a claim that says nothing. */
static struct claim fact_of(int32_t series, int32_t start, int32_t end)
{
	static const unsigned char nothing[1];

	return (struct claim){ .series = series, .start = start, .end = end, .value = nothing, .high = nothing };
}

static int add_told(void *arg, const char *data, size_t n, struct err *e)
{
	struct rows *r = arg;
	struct reader in;

	if (!open_row(r, data, n, &in))
		return 0;
	int32_t series = read_int4(&in), start = read_int4(&in), end = read_int4(&in);
	const struct claim fact = fact_of(series, start, end);
	if (claim_part(r->parts > 1 ? place_of(r, fact.series) : 0, &fact, r->parts) == r->part)
		claim_set_add(&r->told, &fact);
	return 0;
}

static bool any_merged(const struct load *l)
{
	for (uint32_t i = 0; i < l->subject_refs.n; i++)
		if (l->subjects[i].merged)
			return true;
	return false;
}

/*
 * What older series tell already, when much of it is new: a company's next filings are about new periods of the same series, of which
 * nobody has spoken yet. A few facts are sooner worked out by SQL; so are all where claims of one entity may count for another.
 */
static int read_told(struct rows *r, struct err *e)
{
	enum { FEW = 256 };

	claim_set_clear(&r->told);
	r->header_read = false;
	r->told_read = r->n_older_new >= FEW && !any_merged(r->l);
	return r->told_read ? pg_copy_out(r->l->db, sql_query("load_known_facts"), add_told, r, e) : 0;
}

/* Is nothing known of a fact but what this load says? What holds until further notice may be closed yet (load.close_repeated). */
static bool is_untold(struct rows *r, const struct new_row *n)
{
	const struct claim fact = fact_of(n->series->id, n->row.start, n->row.end);

	return n->series->fresh || (r->told_read && n->row.end != DATE_OPEN && claim_set_add(&r->told, &fact));
}

/* ---------------------------------------------------------------- what is new */

static void keep_row(struct rows *r, const struct packed *row, const struct loaded_series *series, const struct loaded_source *source)
{
	unsigned char *figures = arena_alloc(r->mem, (size_t)row->value_len + row->high_len + 1);

	if (r->n_new == r->new_cap) {
		r->new_cap = r->new_cap ? r->new_cap * 2 : 1024;
		r->new = xrealloc(r->new, r->new_cap * sizeof *r->new);
	}
	struct new_row *n = &r->new[r->n_new++];
	*n = (struct new_row){ *row, r->document, series, source, 0 };
	memcpy(figures, row->value, row->value_len);
	memcpy(figures + row->value_len, row->high, row->high_len);
	n->row.value = figures;
	n->row.high = figures + row->value_len;
}

static int take_row(void *arg, const struct packed *row, struct err *e)
{
	struct rows *r = arg;
	struct load *l = r->l;
	struct loaded_document *d = &l->documents[r->document];
	const struct loaded_series *series = &l->series[d->series + row->series];
	const struct loaded_source *source = &l->sources[d->sources + row->source];
	struct claim c = {
		series->id,
		source->id,
		row->start,
		row->end,
		row->decimals,
		row->prec,
		row->comparator,
		row->state,
		row->nature,
		row->value_len,
		row->high_len,
		row->value,
		row->high,
	};

	if (claim_part(series->place, &c, r->parts) != r->part || (l->n_bad && load_is_bad(l, load_place(r->document, row->offset))))
		return 0;
	if (claim_set_add(&r->set, &c)) {
		keep_row(r, row, series, source);
		r->n_older_new += !series->fresh;
		d->added++;
	} else {
		d->known++;
	}
	return 0;
}

/* By fact; within one the last comes first under the rule when they say the same: asserted later, then later in the documents. */
static int by_fact(const void *left, const void *right)
{
	const struct new_row *a = left, *b = right;
	int order = COMPARE(a->series->id, b->series->id);

	if (!order)
		order = COMPARE(a->row.end, b->row.end);
	if (!order)
		order = COMPARE(a->row.start, b->row.start);
	if (!order)
		order = COMPARE(a->row.asserted, b->row.asserted);
	if (!order)
		order = COMPARE(a->document, b->document);
	return order ? order : COMPARE(a->row.offset, b->row.offset);
}

static int collect_new(struct rows *r, struct err *e)
{
	arena_reset(r->mem);
	r->n_new = r->n_older_new = 0;
	for (r->document = 0; r->document < r->l->n; r->document++)
		if (spool_each(r->l->documents[r->document].run->sink, take_row, r, e))
			return -1;
	if (r->n_new)
		qsort(r->new, r->n_new, sizeof *r->new, by_fact);
	r->l->added += (long long)r->n_new;
	return 0;
}

/* ---------------------------------------------------------------- binary rows */

static unsigned char *put_be16(unsigned char *p, uint16_t v)
{
	v = htobe16(v);
	memcpy(p, &v, sizeof v);
	return p + sizeof v;
}

static unsigned char *put_be32(unsigned char *p, uint32_t v)
{
	v = htobe32(v);
	memcpy(p, &v, sizeof v);
	return p + sizeof v;
}

static unsigned char *put_int8(unsigned char *p, int64_t v)
{
	p = put_be32(p, 8);
	p = put_be32(p, (uint32_t)((uint64_t)v >> 32));
	return put_be32(p, (uint32_t)v);
}

static unsigned char *put_int4(unsigned char *p, int32_t v)
{
	return put_be32(put_be32(p, 4), (uint32_t)v);
}

static unsigned char *put_int2(unsigned char *p, int16_t v)
{
	return put_be16(put_be32(p, 2), (uint16_t)v);
}

static unsigned char *put_char(unsigned char *p, char c)
{
	p = put_be32(p, 1);
	*p = (unsigned char)c;
	return p + 1;
}

static unsigned char *put_null(unsigned char *p)
{
	return put_be32(p, UINT32_MAX);
}

static unsigned char *put_numeric(unsigned char *p, const unsigned char *body, uint16_t n)
{
	if (!n)
		return put_null(p);
	p = put_be32(p, n);
	memcpy(p, body, n);
	return p + n;
}

static int send_block(struct rows *r, struct err *e)
{
	int rc = pg_copy_data(r->l->db, r->block, r->len, e);

	r->len = 0;
	return rc;
}

/* Room for one more row, with more bytes of figures than its own. */
static unsigned char *room(struct rows *r, const struct packed *row, size_t more)
{
	size_t need = r->len + FIXED_MAX + row->value_len + row->high_len + more;

	if (need > r->cap) {
		r->cap = need + BLOCK;
		r->block = xrealloc(r->block, r->cap);
	}
	return r->block + r->len;
}

static unsigned char *put_decimals(unsigned char *p, int16_t decimals)
{
	return decimals == INT16_MAX ? put_null(p) : put_int2(p, decimals);
}

static int end_row(struct rows *r, const unsigned char *end, struct err *e)
{
	r->len = (size_t)(end - r->block);
	return r->len < BLOCK ? 0 : send_block(r, e);
}

static int send_claim(struct rows *r, struct new_row *n, struct err *e)
{
	const struct load *l = r->l;
	const struct loaded_document *d = &l->documents[n->document];
	const struct packed *row = &n->row;
	unsigned char *p = room(r, row, 0);

	n->claim = (int64_t)l->batch << 24 | ++r->row;
	p = put_be16(p, FIELDS);
	p = put_int8(p, n->claim);
	p = put_int4(p, n->series->subject);
	p = put_int4(p, n->series->id);
	p = put_int4(p, row->start);
	p = put_int4(p, row->end);
	p = put_int4(p, row->asserted);
	p = put_int4(p, n->source->id);
	p = put_int4(p, (int32_t)d->run->document);
	p = put_int4(p, row->offset);
	p = put_int4(p, l->batch);
	p = row->note < 0 ? put_null(p) : put_int4(p, l->notes[d->notes + (size_t)row->note]);
	p = put_decimals(p, row->decimals);
	p = put_int2(p, n->source->tier);
	p = put_char(p, row->prec);
	p = put_char(p, row->comparator);
	p = put_char(p, row->state);
	p = put_char(p, row->nature);
	p = put_numeric(p, row->value, row->value_len);
	p = put_numeric(p, row->high, row->high_len);
	return end_row(r, p, e);
}

static int send_claims(struct rows *r, struct err *e)
{
	for (size_t i = 0; i < r->n_new; i++)
		if (send_claim(r, &r->new[i], e))
			return -1;
	return 0;
}

/* ---------------------------------------------------------------- facts */

static bool same_fact(const struct new_row *a, const struct new_row *b)
{
	return a->series->id == b->series->id && a->row.end == b->row.end && a->row.start == b->row.start;
}

/* Of adjusted prices those of a later day take the place of those before: SQL sorts vintages. */
static bool has_vintages(const struct rows *r, const struct new_row *first, size_t n)
{
	return r->l->measures[first->series->what].by_day && first->row.asserted != first[n - 1].row.asserted;
}

static void note_touched(struct rows *r, const struct new_row *n)
{
	copy_binary_row(&r->touched, 4);
	copy_binary_int4(&r->touched, n->series->subject);
	copy_binary_int4(&r->touched, n->series->id);
	copy_binary_int4(&r->touched, n->row.start);
	copy_binary_int4(&r->touched, n->row.end);
}

static int send_fact(struct rows *r, const struct settled *f, size_t n, struct err *e)
{
	const struct packed *row = &f->shown->row, *low = &f->low->row, *high = &f->high->row;
	unsigned char *p = room(r, row, low->value_len + (size_t)high->value_len);

	p = put_be16(p, FIELDS);
	p = put_int4(p, f->shown->series->subject);
	p = put_int4(p, f->shown->series->id);
	p = put_int4(p, row->start);
	p = put_int4(p, row->end);
	p = put_int8(p, f->shown->claim);
	p = put_numeric(p, row->value, row->value_len);
	p = put_null(p);
	p = put_numeric(p, low->value, low->value_len);
	p = put_numeric(p, high->value, high->value_len);
	p = put_int4(p, row->asserted);
	p = put_int4(p, f->shown->source->id);
	p = put_int4(p, (int32_t)n);
	p = put_char(p, (char)f->disputed);
	p = put_char(p, f->rule);
	p = put_char(p, row->prec);
	p = put_char(p, row->comparator);
	p = put_char(p, row->state);
	p = put_char(p, row->nature);
	p = put_decimals(p, row->decimals);
	return end_row(r, p, e);
}

static int send_facts(struct rows *r, struct err *e)
{
	struct settled fact;
	size_t n;

	for (size_t i = 0; i < r->n_new; i += n) {
		for (n = 1; i + n < r->n_new && same_fact(&r->new[i], &r->new[i + n]); n++)
			;
		if (!is_untold(r, &r->new[i]) || has_vintages(r, &r->new[i], n) || !load_settle(&r->new[i], n, &fact))
			note_touched(r, &r->new[i]);
		else if (send_fact(r, &fact, n, e))
			return -1;
	}
	return 0;
}

static int send_touched(struct rows *r, struct err *e)
{
	return pg_copy_data(r->l->db, r->touched.data, r->touched.len, e);
}

/* ---------------------------------------------------------------- part by part */

static int copy_rows(struct rows *r, const char *sql, int (*send)(struct rows *r, struct err *e), struct err *e)
{
	struct pg *db = r->l->db;

	if (pg_copy_in(db, sql, e))
		return -1;
	if (copy_binary_begin(db, e) || send(r, e) || send_block(r, e) || copy_binary_end(db, e)) {
		pg_copy_abort(db);
		return -1;
	}
	return pg_copy_end(db, NULL, e);
}

/* New claims of known days, as they are when they are rounded: the store may have one for which it stood (sql/load/42_rounded.sql). */
static int send_rounded(struct rows *r, struct err *e)
{
	for (size_t i = 0; i < r->n_new; i++) {
		const struct new_row *n = &r->new[i];
		const struct claim exact = { .start = n->row.start, .end = n->row.end, .prec = n->row.prec };
		struct claim rounded;
		unsigned char *p;

		if (!claim_rounded(&exact, &rounded))
			continue;
		p = put_be16(room(r, &n->row, 0), 5);
		p = put_int4(p, n->series->subject);
		p = put_int4(p, n->series->id);
		p = put_int4(p, rounded.start);
		p = put_int4(p, rounded.end);
		if (end_row(r, put_int8(p, n->claim), e))
			return -1;
	}
	return 0;
}

static int load_part(struct rows *r, struct err *e)
{
	static const char rounded_sql[] =
		"COPY pg_temp.staging_rounded (subject, series, period_start, period_end, claim) FROM STDIN (FORMAT binary)";
	static const char touched_sql[] =
		"COPY pg_temp.staging_touched (subject, series, period_start, period_end) FROM STDIN (FORMAT binary)";

	if (read_known(r, e) || collect_new(r, e) || read_told(r, e))
		return -1;
	if (r->n_new && (copy_rows(r, copy_sql, send_claims, e) || copy_rows(r, copy_facts_sql, send_facts, e)))
		return -1;
	if (r->touched.len && copy_rows(r, touched_sql, send_touched, e))
		return -1;
	buf_reset(&r->touched);
	return r->n_new && r->known_rounded ? copy_rows(r, rounded_sql, send_rounded, e) : 0;
}

static int note_precision(void *arg, const struct packed *row, struct err *e)
{
	*(bool *)arg |= row->prec == PREC_MONTH;
	return 0;
}

/* The exact ones come in the place of those that were rounded. */
static int close_rounded(struct load *l, struct err *e)
{
	const char *batch = arena_printf(l->mem, "%d", l->batch);

	return pg_exec(l->db, "SELECT load.close_rounded($1)", 1, &batch, NULL, e);
}

int load_observations(struct load *l, struct err *e)
{
	struct rows r = { .l = l };
	long long rows = 0;
	int rc = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct load_run *run = l->documents[i].run;
		long long n = spool_count(run->sink, REC_OBSERVATION);

		if (n > run->limits->claims)
			return err_set(e, ERR_LIMIT, "%lld observations in one document, more than %lld (limit claims)", n,
				run->limits->claims);
		rows += n;
	}
	if (!rows)
		return 0;
	if (rows > LIMIT_CLAIMS)
		return err_set(e, ERR_LIMIT, "%lld observations in one load, more than %d", rows, LIMIT_CLAIMS);
	r.parts = (unsigned)(rows / PART_ROWS) + 1;
	claim_set_init(&r.set);
	claim_set_init(&r.told);
	r.mem = arena_new();
	buf_init(&r.touched, (size_t)rows * 64 + BLOCK);
	for (size_t i = 0; !rc && i < l->n; i++)
		rc = spool_each(l->documents[i].run->sink, note_precision, &r.rounded, e);
	if (r.parts > 1)
		note_older(&r);
	for (r.part = 0; !rc && r.part < r.parts; r.part++)
		rc = load_part(&r, e);
	if (!rc && r.known_rounded)
		rc = close_rounded(l, e);
	buf_release(&r.touched);
	arena_free(r.mem);
	claim_set_release(&r.set);
	claim_set_release(&r.told);
	free(r.older);
	free(r.new);
	free(r.block);
	return rc;
}
