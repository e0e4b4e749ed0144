/* sink: checks of single fields, and the canonical forms of dates and dimensions. */
#include "aimarket/date.h"
#include "aimarket/text.h"
#include "sink_inside.h"


/* ---------------------------------------------------------------- fields, each by itself */

static bool is_word(const struct record_value *v)
{
	for (size_t i = 0; i < v->n; i++) {
		char c = v->text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
			return false;
	}
	return true;
}

/* A code becomes what the ledger stores for it. */
static int check_code(struct sink *s, const struct record_field *f, struct record_value *v)
{
	const char *stored = f->codes ? record_code_find(f->codes, v->text, v->n) : NULL;

	if (f->codes && !stored)
		return sink_fail(s, "code", "field \"%s\": unknown word \"%.*s\"", f->name, QUOTED(v));
	if (!f->codes && !is_word(v))
		return sink_fail(s, "code", "field \"%s\": \"%.*s\" is not a lower-case word", f->name, QUOTED(v));
	if (stored)
		*v = (struct record_value){ stored, strlen(stored) };
	return 0;
}

static int check_field(struct sink *s, const struct record_field *f, struct record_value *v)
{
	size_t good = text_utf8_check(v->text, v->n);

	if (good < v->n)
		return sink_fail(s, "utf8", "field \"%s\": %s at its byte %zu", f->name, v->text[good] ? "invalid UTF-8" : "a NUL", good);
	if (f->type != FIELD_TEXT && f->type != FIELD_LIST && f->type != FIELD_NUMBER && v->n > (size_t)s->limits.name_length)
		return sink_fail(s, "size", "field \"%s\" has %zu bytes, more than %lld (limit name_length)", f->name, v->n, s->limits.name_length);
	return f->type == FIELD_CODE ? check_code(s, f, v) : 0;
}

int sink_check_fields(struct sink *s, const struct draft *d, struct record_value *v)
{
	const struct record_info *info = &record_infos[d->kind];

	for (int i = 0; info->fields[i].name; i++) {
		v[i] = (struct record_value){ d->value[i].n ? d->text + d->value[i].at : "", d->value[i].n };
		if (!v[i].n && info->fields[i].required)
			return sink_fail(s, "required", "%s without \"%s\"", info->name, info->fields[i].name);
		if (v[i].n && check_field(s, &info->fields[i], &v[i]))
			return -1;
	}
	return 0;
}

/* ---------------------------------------------------------------- dates */

/* A number of n digits; *good is cleared when one of them is none. */
static int read_digits(const char *p, int n, bool *good)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		unsigned digit = (unsigned)(p[i] - '0');

		*good &= digit <= 9;
		value = 10 * value + (int)digit;
	}
	return value;
}

/* 2024-06-18, the spelling nearly all dates have by the time they come here. */
static bool read_iso_day(const struct record_value *v, int32_t *day)
{
	const char *p = v->text;
	bool good = v->n == 10 && p[4] == '-' && p[7] == '-';

	if (!good)
		return false;
	int year = read_digits(p, 4, &good), month = read_digits(p + 5, 2, &good), date = read_digits(p + 8, 2, &good);
	if (!good || year < DATE_YEAR_MIN || year > DATE_YEAR_MAX)
		return false;
	*day = date_make(year, month, date);
	return *day != DATE_NONE;
}

int sink_read_span(struct sink *s, const char *field, const struct record_value *v, struct date_span *out)
{
	struct err e; /* cleared when needed: it is large, and this is called for every date */
	int32_t day;

	if (read_iso_day(v, &day)) {
		*out = (struct date_span){ day, day, PREC_DAY };
		return 0;
	}
	err_clear(&e);
	if (date_read(v->text, v->n, DATE_YMD, out, &e))
		return sink_fail(s, "date", "field \"%s\": %s", field, e.text);
	return 0;
}

int sink_read_day(struct sink *s, const char *field, const struct record_value *v, int32_t *out)
{
	struct date_span span = { .last = DATE_NONE };

	if (v->n && sink_read_span(s, field, v, &span))
		return -1;
	*out = span.last;
	return 0;
}

static char coarser(char a, char b)
{
	static const char order[] = "dmqhyu";

	return a == b || strchr(order, a) > strchr(order, b) ? a : b;
}

int sink_read_period(struct sink *s, const struct record_value *start, const struct record_value *end, const struct record_value *prec,
        struct period *out)
{
	struct date_span from = { DATE_NONE, DATE_NONE, PREC_DAY }, to = from;

	if ((start->n && sink_read_span(s, "start", start, &from)) || (end->n && sink_read_span(s, "end", end, &to)))
		return -1;
	if (from.first != DATE_NONE && to.last != DATE_NONE && from.first > to.last)
		return sink_fail(s, "period", "end \"%.*s\" is before start \"%.*s\"", QUOTED(end), QUOTED(start));
	*out = (struct period){ from.first, to.last, coarser((char)from.prec, (char)to.prec) };
	if (prec->n)
		out->prec = coarser(out->prec, prec->text[0]);
	return 0;
}

void sink_widen(struct period *p)
{
	static const struct {
		char prec;
		int months;
	} sizes[] = { { 'm', 1 }, { 'q', 3 }, { 'h', 6 }, { 'y', 12 } };
	int year, month, day;

	if (p->start == DATE_NONE || p->start != p->end)
		return;
	date_split(p->start, &year, &month, &day);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		if (sizes[i].prec != p->prec)
			continue;
		int first = (month - 1) / sizes[i].months * sizes[i].months + 1, next = first + sizes[i].months;
		p->start = date_make(year, first, 1);
		p->end = date_make(year + (next > 12), next > 12 ? next - 12 : next, 1) - 1;
	}
}

/* ---------------------------------------------------------------- dimensions */

struct dimension {
	size_t at, key, n; /* in the scratch text: where k=v begins, length of k, length of all */
};

static const char hex_of[] = ";=%";

/* Appends text with %3B %3D %25 undone and done again: one spelling for each text. */
static void add_escaped(struct buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = p[i];

		if (c == '%' && n - i > 2) {
			char upper = (char)(p[i + 2] & ~0x20);
			c = p[i + 1] == '3' && upper == 'B'      ? ';'
			    : p[i + 1] == '3' && upper == 'D'    ? '='
			    : p[i + 1] == '2' && p[i + 2] == '5' ? '%'
			                                         : 0;
			i += c ? 2 : 0;
			c = c ? c : '%';
		}
		if (strchr(hex_of, c))
			buf_printf(out, "%%%02X", (unsigned)c);
		else
			buf_addc(out, c);
	}
}

/* Reads one k=v into the scratch text. 1: it has no value, so it is left out. */
static int read_dimension(struct sink *s, const char *p, size_t n, struct dimension *d)
{
	struct buf *b = &s->buf[B_KEY];
	const char *equals = memchr(p, '=', n), *value = equals ? equals + 1 : p + n;
	size_t key_n = equals ? (size_t)(equals - p) : n, value_n = equals ? n - key_n - 1 : 0;

	text_trim(&p, &key_n);
	if (!equals || !key_n)
		return sink_fail(s, "dims", "\"%.*s\" is not dimension=value", (int)(n < QUOTED_MAX ? n : QUOTED_MAX), p);
	text_trim(&value, &value_n);
	d->at = b->len;
	add_escaped(b, p, key_n);
	d->key = b->len - d->at;
	buf_addc(b, '=');
	add_escaped(b, value, value_n);
	d->n = b->len - d->at;
	return value_n ? 0 : 1;
}

/* Puts d where it belongs among the n sorted ones; -1 when its key is there already. */
static int place_dimension(const struct buf *b, struct dimension *sorted, int n, struct dimension d)
{
	int i = n;

	for (; i > 0; i--) {
		const struct dimension *o = &sorted[i - 1];
		int order = memcmp(b->data + o->at, b->data + d.at, o->key < d.key ? o->key : d.key);

		if (!order && o->key == d.key)
			return -1;
		if (order < 0 || (!order && o->key < d.key))
			break;
		sorted[i] = *o;
	}
	sorted[i] = d;
	return 0;
}

int sink_canonical_dims(struct sink *s, const struct record_value *v, struct record_value *out)
{
	struct buf *b = &s->buf[B_KEY], *to = &s->buf[B_DIMS];
	struct dimension sorted[LIMIT_DIMENSIONS], d = { 0 };
	const char *p = v->n ? v->text : "", *end = p + v->n;
	int n = 0;

	buf_reset(b);
	buf_reset(to);
	while (p < end) {
		const char *semi = memchr(p, ';', (size_t)(end - p));
		size_t len = (size_t)((semi ? semi : end) - p);
		const char *item = p;

		p += len + 1;
		text_trim(&item, &len);
		int rc = len ? read_dimension(s, item, len, &d) : 1;
		if (rc < 0)
			return -1;
		if (rc > 0)
			continue;
		if (n == s->limits.dimensions)
			return sink_fail(s, "dims", "more than %lld dimensions (limit dimensions)", s->limits.dimensions);
		if (place_dimension(b, sorted, n++, d))
			return sink_fail(s, "dims", "dimension \"%.*s\" is there twice", (int)d.key, b->data + d.at);
	}
	for (int i = 0; i < n; i++) {
		if (i)
			buf_addc(to, ';');
		buf_add(to, b->data + sorted[i].at, sorted[i].n);
	}
	*out = (struct record_value){ buf_str(to), to->len };
	return 0;
}
