/* sink: what a record must be to be kept, and the row it becomes. */
#include <assert.h>
#include <strings.h>

#include "aimarket/arena.h"
#include "aimarket/date.h"
#include "aimarket/decimal.h"
#include "sink_inside.h"

enum {
	DECIMALS_EXACT = INT16_MAX,
	DECIMALS_MAX = DECIMAL_DIGITS_MAX,
};

/* ---------------------------------------------------------------- setting */

void sink_record(struct sink *s, enum record_kind kind)
{
	struct draft *d = kind >= REC_DEAL ? &s->typed : &s->primitive;

	assert(s->state != GROUP_NONE);
	d->kind = kind;
	d->len = 0;
	memset(d->value, 0, sizeof d->value);
	s->draft = d;
}

void sink_set(struct sink *s, int field, const char *value, size_t n)
{
	struct draft *d = s->draft;

	if (!n || s->state != GROUP_OPEN)
		return;
	if (n > (size_t)s->limits.field) {
		sink_fail(s, "size", "field \"%s\" has %zu bytes, more than %lld (limit field)", record_infos[d->kind].fields[field].name,
			n, s->limits.field);
		return;
	}
	if (d->len + n + 1 > d->cap) {
		d->cap = 2 * (d->len + n + 1);
		d->text = xrealloc(d->text, d->cap);
	}
	d->value[field].at = (uint32_t)d->len;
	d->value[field].n = (uint32_t)n;
	memcpy(d->text + d->len, value, n);
	d->text[d->len + n] = '\0';
	d->len += n + 1;
}

void sink_setz(struct sink *s, int field, const char *value)
{
	if (value)
		sink_set(s, field, value, strlen(value));
}

/* ---------------------------------------------------------------- sources */

/* Local number of a source; a claim without one cites the document itself, whose ref is "". */
static uint32_t source_number(struct sink *s, const struct record_value *ref)
{
	bool added;
	uint32_t n = intern_add(&s->table[T_SOURCES], ref->n ? ref->text : "", ref->n, &added);

	if (added) {
		s->source_info = sink_room(s->source_info, n, &s->source_cap, sizeof *s->source_info);
		s->source_info[n] = (struct source_info){ .date = DATE_NONE };
	}
	return n;
}

/* The day a claim was said: its own, else its source's, else the feed's. */
static int asserted_on(struct sink *s, const struct record_value *own, uint32_t source, int32_t *out)
{
	const struct source_info *info = &s->source_info[source];

	if (sink_read_day(s, "asserted", own, out))
		return -1;
	if (*out == DATE_NONE && info->declared)
		*out = info->date;
	if (*out == DATE_NONE)
		*out = s->default_asserted;
	if (*out == DATE_NONE)
		return sink_fail(s, "asserted", "no day on which it was said: neither the record nor its source nor the feed tells");
	return 0;
}

/* ---------------------------------------------------------------- rows of text */

static void add_copy_text(struct buf *out, const char *p, size_t n)
{
	static const char special[] = "\\\t\n\r", letter[] = "\\tnr";

	while (n) {
		size_t plain = 0;

		while (plain < n && (p[plain] > '\r' || p[plain] < '\t') && p[plain] != '\\')
			plain++;
		buf_add(out, p, plain);
		p += plain;
		n -= plain;
		if (!n)
			break;
		const char *c = strchr(special, *p);
		if (c)
			buf_addc(out, '\\');
		buf_addc(out, c ? letter[c - special] : *p);
		p++;
		n--;
	}
}

/* The fields of a row as COPY text, each after a tab, into buf[B_ROW]. */
static const struct buf *row_text(struct sink *s, enum record_kind kind, const struct record_value *v)
{
	const struct record_field *f = record_infos[kind].fields;
	struct buf *b = &s->buf[B_ROW];

	buf_reset(b);
	for (int i = 0; f[i].name; i++) {
		buf_addc(b, '\t');
		if (!v[i].n) {
			buf_adds(b, "\\N");
			continue;
		}
		if (f[i].type == FIELD_REF && !record_ref_has_scheme(v[i].text, v[i].n))
			buf_adds(b, "name:");
		add_copy_text(b, v[i].text, v[i].n);
	}
	buf_addc(b, '\n');
	return b;
}

static int row_add(struct sink *s, enum record_kind kind, const struct buf *row)
{
	struct buf *to = &s->rows[kind].mem;

	if (buf_printf(to, "%lld", s->offset) || buf_add(to, row->data, row->len))
		return sink_fail(s, "size", "group has too many rows (limit group_size)");
	s->n_rows[kind]++;
	return 0;
}

/* Adds a row unless the same one is there already. *added may be NULL. */
static int row_add_once(struct sink *s, enum record_kind kind, const struct record_value *v)
{
	const struct buf *row = row_text(s, kind, v);
	unsigned char digest[17];
	bool added;

	intern_digest(&s->table[T_SEEN], row->data, row->len, digest);
	digest[16] = (unsigned char)kind;
	intern_add(&s->table[T_SEEN], digest, sizeof digest, &added);
	return added ? row_add(s, kind, row) : 0;
}

/* A reference as it is written into rows, as a string of its own in buf[B_KEY]. */
static const struct buf *full_ref(struct sink *s, const char *ref, size_t n)
{
	struct buf *b = &s->buf[B_KEY];

	buf_reset(b);
	if (!record_ref_has_scheme(ref, n))
		buf_adds(b, "name:");
	buf_add(b, ref, n);
	return b;
}

/* ---------------------------------------------------------------- the kinds */

static int finish_entity(struct sink *s, struct record_value *v)
{
	const struct buf *ref = full_ref(s, v[ENTITY_REF].text, v[ENTITY_REF].n);
	bool added;

	intern_add(&s->table[T_ENTITIES], ref->data, ref->len, &added);
	s->counts.entities += added;
	return row_add_once(s, REC_ENTITY, v);
}

/* Replaces a date by the ISO day it stands for. */
static int iso_day(struct sink *s, const struct record_field *f, struct record_value *v, char iso[11])
{
	struct date_span span;

	if (!v->n)
		return 0;
	if (sink_read_span(s, f->name, v, &span))
		return -1;
	date_iso(f->type == FIELD_DATE_FROM ? span.first : span.last, iso);
	*v = (struct record_value){ iso, strlen(iso) };
	return 0;
}

static int finish_key(struct sink *s, struct record_value *v)
{
	char from[11], to[11];

	if (iso_day(s, &record_infos[REC_KEY].fields[KEY_FROM], &v[KEY_FROM], from) ||
		iso_day(s, &record_infos[REC_KEY].fields[KEY_TO], &v[KEY_TO], to))
		return -1;
	source_number(s, &v[KEY_SOURCE]);
	if (v[KEY_FROM].n && v[KEY_TO].n && strcmp(from, to) > 0)
		return sink_fail(s, "period", "to %s is before from %s", to, from);
	return row_add_once(s, REC_KEY, v);
}

/* A source that comes again must say the same of what its claims depend on. */
static int declare_source(struct sink *s, const struct record_value *v, int32_t date)
{
	uint32_t n = source_number(s, &v[SOURCE_REF]);
	uint32_t publisher =
		intern_add(&s->table[T_PUBLISHERS], v[SOURCE_PUBLISHER].n ? v[SOURCE_PUBLISHER].text : "", v[SOURCE_PUBLISHER].n, NULL);
	struct source_info *info = &s->source_info[n];

	if (info->declared && (info->publisher != publisher || info->date != date))
		return sink_fail(s, "source", "source \"%.*s\" was here before with another %s", QUOTED(&v[SOURCE_REF]),
			info->date != date ? "date" : "publisher");
	if (info->declared)
		return 0;
	*info = (struct source_info){ true, publisher, date };
	s->declared = sink_room(s->declared, s->n_declared, &s->declared_cap, sizeof *s->declared);
	s->declared[s->n_declared++] = n;
	s->counts.sources++;
	return 0;
}

static int finish_source(struct sink *s, struct record_value *v)
{
	int32_t date;
	char iso[11];

	if (sink_read_day(s, "date", &v[SOURCE_DATE], &date) || declare_source(s, v, date))
		return -1;
	date_iso(date, iso);
	v[SOURCE_DATE] = (struct record_value){ iso, strlen(iso) };
	return row_add_once(s, REC_SOURCE, v);
}

static int finish_metric(struct sink *s, struct record_value *v)
{
	if (sink_canonical_dims(s, &v[METRIC_DIMS], &v[METRIC_DIMS]))
		return -1;
	return row_add_once(s, REC_METRIC, v);
}

static int finish_statement(struct sink *s, struct record_value *v)
{
	char start[11], end[11], asserted[11], prec[2] = { 0 };
	struct period p;
	int32_t day;

	/* a time alone says something too: filed_on */
	if (!v[STATEMENT_CODE].n && !v[STATEMENT_TEXT].n && !v[STATEMENT_OBJECT].n && !v[STATEMENT_START].n && !v[STATEMENT_END].n)
		return sink_fail(s, "required", "statement without \"code\", \"text\", \"object\" or a time");
	if (sink_read_period(s, &v[STATEMENT_START], &v[STATEMENT_END], &v[STATEMENT_PREC], &p) ||
		asserted_on(s, &v[STATEMENT_ASSERTED], source_number(s, &v[STATEMENT_SOURCE]), &day) ||
		sink_canonical_dims(s, &v[STATEMENT_DIMS], &v[STATEMENT_DIMS]))
		return -1;
	sink_widen(&p);
	date_iso(p.start, start);
	date_iso(p.end, end);
	date_iso(day, asserted);
	prec[0] = p.prec;
	v[STATEMENT_START] = (struct record_value){ start, strlen(start) };
	v[STATEMENT_END] = (struct record_value){ end, strlen(end) };
	v[STATEMENT_ASSERTED] = (struct record_value){ asserted, strlen(asserted) };
	v[STATEMENT_PREC] = (struct record_value){ prec, 1 };
	if (!v[STATEMENT_NATURE].n)
		v[STATEMENT_NATURE] = (struct record_value){ "r", 1 };
	s->counts.statements++;
	return row_add(s, REC_STATEMENT, row_text(s, REC_STATEMENT, v));
}

static int finish_question(struct sink *s, struct record_value *v)
{
	if (v[QUESTION_FORM].n ? !v[QUESTION_RECORD].n : !v[QUESTION_REF].n)
		return sink_fail(s, "required", v[QUESTION_FORM].n ? "question of a form without \"record\"" : "question without \"ref\"");
	return row_add(s, REC_QUESTION, row_text(s, REC_QUESTION, v));
}

/* ---------------------------------------------------------------- observations */

static const int series_fields[SERIES_PARTS] = { OBS_ENTITY, OBS_METRIC, OBS_DIMS, OBS_UNIT };

static bool same_as_last(const struct sink *s, const struct record_value *v, char period_kind)
{
	const char *last = s->buf[B_LAST].data;
	uint32_t at = 0;

	if (!s->last.valid || s->last.period_kind != period_kind)
		return false;
	for (int i = 0; i < SERIES_PARTS; i++) {
		const struct record_value *part = &v[series_fields[i]];

		if (s->last.end[i] - at != part->n || (part->n && memcmp(last + at, part->text, part->n)))
			return false;
		at = s->last.end[i];
	}
	return true;
}

static void remember_last(struct sink *s, const struct record_value *v, char period_kind, uint32_t series)
{
	struct buf *b = &s->buf[B_LAST];

	buf_reset(b);
	for (int i = 0; i < SERIES_PARTS; i++) {
		buf_add(b, v[series_fields[i]].text, v[series_fields[i]].n);
		s->last.end[i] = (uint32_t)b->len;
	}
	s->last.valid = true;
	s->last.period_kind = period_kind;
	s->last.series = series;
}

/* The interned text is entity NUL metric NUL dims NUL unit NUL kind: the strings of local_series point into it. */
static void describe_series(struct sink *s, uint32_t n)
{
	const char *p = s->table[T_SERIES].items[n].text;
	struct local_series *l;

	s->series_info = sink_room(s->series_info, n, &s->series_cap, sizeof *s->series_info);
	l = &s->series_info[n];
	l->entity_ref = p;
	l->metric = p += strlen(p) + 1;
	l->dims = p += strlen(p) + 1;
	l->unit = p += strlen(p) + 1;
	p += strlen(p) + 1;
	l->measure_len = (uint32_t)(p + 1 - l->metric);
	l->period_kind = *p;
}

static int series_number(struct sink *s, const struct record_value *v, char period_kind, uint32_t *out)
{
	struct record_value dims;
	struct buf *key;
	bool added;

	if (same_as_last(s, v, period_kind)) {
		*out = s->last.series;
		return 0;
	}
	if (sink_canonical_dims(s, &v[OBS_DIMS], &dims))
		return -1;
	full_ref(s, v[OBS_ENTITY].text, v[OBS_ENTITY].n);
	key = &s->buf[B_KEY];
	buf_addc(key, '\0');
	buf_add(key, v[OBS_METRIC].text, v[OBS_METRIC].n + 1);
	buf_add(key, dims.text, dims.n + 1);
	buf_add(key, v[OBS_UNIT].text, v[OBS_UNIT].n + 1);
	buf_addc(key, period_kind);
	*out = intern_add(&s->table[T_SERIES], key->data, key->len, &added);
	if (added)
		describe_series(s, *out);
	remember_last(s, v, period_kind, *out);
	return 0;
}

static long long digits_of(const struct buf *plain)
{
	long long n = 0;

	for (size_t i = 0; i < plain->len; i++)
		n += plain->data[i] >= '0' && plain->data[i] <= '9';
	return n;
}

/* Appends a number's binary form to the rows; its plain form stays in text until the next. */
static int add_number(struct sink *s, const char *field, const struct record_value *v, struct buf *text, uint16_t *len, int *decimals)
{
	struct buf *to = &s->rows[REC_OBSERVATION].mem;
	size_t before = to->len;
	struct err e;

	err_clear(&e);
	buf_reset(text);
	*len = 0;
	if (!v->n)
		return 0;
	if (decimal_read(v->text, v->n, DECIMAL_PLAIN, 0, text, decimals, &e))
		return sink_fail(s, "number", "field \"%s\": %s", field, e.text);
	if (digits_of(text) > s->limits.number_digits)
		return sink_fail(s, "number", "field \"%s\": number of more than %lld digits (limit number_digits)", field,
			s->limits.number_digits);
	decimal_to_pg(text->data, text->len, to);
	*len = (uint16_t)(to->len - before);
	return 0;
}

static int add_numbers(struct sink *s, const struct record_value *v, struct packed *row, int *decimals)
{
	struct buf *low = &s->buf[B_NUMBER], *high = &s->buf[B_KEY];

	if (add_number(s, "value", &v[OBS_VALUE], low, &row->value_len, decimals) ||
		add_number(s, "high", &v[OBS_HIGH], high, &row->high_len, NULL))
		return -1;
	if (row->high_len && decimal_cmp(low->data, high->data) > 0)
		return sink_fail(s, "range", "high %.*s is below value %.*s", QUOTED(&v[OBS_HIGH]), QUOTED(&v[OBS_VALUE]));
	return 0;
}

static int read_decimals(struct sink *s, const struct record_value *v, int implied, int16_t *out)
{
	char *end;
	long n;

	*out = (int16_t)implied;
	if (!v->n)
		return 0;
	if (!strcasecmp(v->text, "inf") || !strcasecmp(v->text, "exact")) {
		*out = DECIMALS_EXACT;
		return 0;
	}
	n = strtol(v->text, &end, 10);
	if (*end || n < -DECIMALS_MAX || n > DECIMALS_MAX)
		return sink_fail(s, "decimals", "\"%.*s\" is not a rounding: an integer from %d to %d, or inf", QUOTED(v), -DECIMALS_MAX,
			DECIMALS_MAX);
	*out = (int16_t)n;
	return 0;
}

/* Value, range, comparator and state have to fit together. */
static int check_figure(struct sink *s, const struct record_value *v, struct packed *row)
{
	bool value = v[OBS_VALUE].n, high = v[OBS_HIGH].n;

	row->state = v[OBS_STATE].n ? v[OBS_STATE].text[0] : 'v';
	row->nature = v[OBS_NATURE].n ? v[OBS_NATURE].text[0] : 'r';
	row->comparator = v[OBS_COMPARATOR].n ? v[OBS_COMPARATOR].text[0] : high ? 'r' : '=';
	if (row->state == 'v' && !value)
		return sink_fail(s, "required", "observation without \"value\"");
	if (row->state != 'v' && (value || high))
		return sink_fail(s, "state", "a figure that is %s has no value", row->state == 'u' ? "undisclosed" : "none");
	if (high != (row->comparator == 'r'))
		return sink_fail(s, "range", "%s", high ? "\"high\" is for ranges only (comparator ..)" : "a range without \"high\"");
	return 0;
}

/* Which kind of period the dates make: none, an instant, or a span. */
static int place_in_time(struct sink *s, const struct record_value *v, struct packed *row, char *kind)
{
	bool open = v[OBS_END].n == 4 && !memcmp(v[OBS_END].text, "open", 4);
	struct record_value nothing = { "", 0 };
	struct period p;

	if (sink_read_period(s, &v[OBS_START], open ? &nothing : &v[OBS_END], &v[OBS_PREC], &p))
		return -1;
	if (open)
		p.end = DATE_OPEN;
	if (p.start != DATE_NONE && p.end == DATE_NONE)
		return sink_fail(s, "period", "start without end");
	if (open && p.start == DATE_NONE)
		return sink_fail(s, "period", "an open end without a start");
	*kind = p.start != DATE_NONE ? 'd' : p.end != DATE_NONE ? 'i' : 't';
	row->start = *kind == 'd' ? p.start : p.end;
	row->end = p.end;
	row->prec = *kind == 't' ? 'd' : p.prec;
	return 0;
}

/* A record that gives one sum of a deal twice, and not the same, has been misread: which one would be the sum? */
static int check_sums(struct sink *s, const struct packed *row, size_t at)
{
	const struct buf *rows = &s->rows[REC_OBSERVATION].mem;
	const struct local_series *series = &s->series_info[row->series];
	size_t n = rows->len - at - PACKED_HEAD;
	struct packed other;

	if (strcmp(series->metric, "deal_amount") != 0)
		return 0;
	for (size_t i = s->mark.bytes[REC_OBSERVATION]; i < at; i += PACKED_HEAD + other.value_len + other.high_len) {
		memcpy(&other, rows->data + i, PACKED_HEAD);
		if (other.series == row->series && other.source == row->source && other.start == row->start && other.end == row->end &&
			(other.value_len != row->value_len || other.high_len != row->high_len ||
				memcmp(rows->data + i + PACKED_HEAD, rows->data + at + PACKED_HEAD, n) != 0))
			return sink_fail(s, "two-totals", "two sums for %s of %s", series->dims, series->entity_ref);
	}
	return 0;
}

static int finish_observation(struct sink *s, struct record_value *v)
{
	struct buf *to = &s->rows[REC_OBSERVATION].mem;
	struct packed row = { .offset = (int32_t)s->offset, .note = -1 };
	size_t at = to->len;
	int implied = DECIMALS_EXACT;
	char kind = 't';

	if (check_figure(s, v, &row) || place_in_time(s, v, &row, &kind) || series_number(s, v, kind, &row.series))
		return -1;
	row.source = source_number(s, &v[OBS_SOURCE]);
	if (asserted_on(s, &v[OBS_ASSERTED], row.source, &row.asserted))
		return -1;
	if (v[OBS_NOTE].n)
		row.note = (int32_t)intern_add(&s->table[T_NOTES], v[OBS_NOTE].text, v[OBS_NOTE].n, NULL);
	buf_add(to, &row, PACKED_HEAD);
	if (add_numbers(s, v, &row, &implied) || read_decimals(s, &v[OBS_DECIMALS], implied, &row.decimals))
		return -1;
	if (to->overflow)
		return sink_fail(s, "size", "group has too many rows (limit group_size)");
	memcpy(to->data + at, &row, PACKED_HEAD);
	if (check_sums(s, &row, at))
		return -1;
	s->n_rows[REC_OBSERVATION]++;
	s->counts.observations++;
	return 0;
}

/* ---------------------------------------------------------------- ending */

static int (*const finish[])(struct sink *, struct record_value *) = {
	[REC_ENTITY] = finish_entity,
	[REC_KEY] = finish_key,
	[REC_SOURCE] = finish_source,
	[REC_METRIC] = finish_metric,
	[REC_STATEMENT] = finish_statement,
	[REC_QUESTION] = finish_question,
	[REC_OBSERVATION] = finish_observation,
};

static int finish_typed(struct sink *s, enum record_kind kind, const struct record_value *v)
{
	int rc;

	s->expanding = true;
	rc = record_expand(kind, v, s);
	s->expanding = false;
	return rc;
}

/* Is the draft what was said last of its kind, and kept? */
static bool is_repeated(const struct sink *s)
{
	const struct draft *d = s->draft, *said = &s->repeat[d->kind].said;

	return s->repeat[d->kind].valid && d->len == said->len && !memcmp(d->value, said->value, sizeof d->value) &&
	       !memcmp(d->text, said->text, d->len);
}

static void note_said(struct sink *s)
{
	const struct draft *d = s->draft;
	struct repeat *r = &s->repeat[d->kind];

	if (d->len > r->said.cap) {
		r->said.cap = d->cap;
		r->said.text = xrealloc(r->said.text, d->cap);
	}
	memcpy(r->said.text, d->text, d->len);
	memcpy(r->said.value, d->value, sizeof d->value);
	r->said.len = d->len;
	r->valid = true;
}

static int end_record(struct sink *s, enum record_kind kind)
{
	struct record_value v[VALUES_MAX];

	if (kind < REC_STATEMENT && is_repeated(s))
		return 0;
	if (sink_check_fields(s, s->draft, v) || (kind >= REC_DEAL ? finish_typed(s, kind, v) : finish[kind](s, v)))
		return -1;
	if (kind < REC_STATEMENT)
		note_said(s);
	return 0;
}

int sink_end(struct sink *s)
{
	if (s->state != GROUP_OPEN || end_record(s, s->draft->kind))
		return -1;
	if (!s->expanding)
		s->counts.records++;
	return 0;
}

bool sink_knows(const struct sink *s, enum record_kind kind, const char *ref, size_t n)
{
	char full[RECORD_NAME_MAX + 8];
	uint32_t number;
	int len;

	if (n > RECORD_NAME_MAX)
		return false;
	if (kind == REC_SOURCE)
		return intern_find(&s->table[T_SOURCES], ref, n, &number) && s->source_info[number].declared;
	len = snprintf(full, sizeof full, "%s%.*s", record_ref_has_scheme(ref, n) ? "" : "name:", (int)n, ref);
	return intern_find(&s->table[T_ENTITIES], full, (size_t)len, &number);
}
