#include "aimarket/decimal.h"

#include "aimarket/text.h"

const char *const decimal_style_names[DECIMAL_STYLES] = {
	[DECIMAL_PLAIN] = "plain",
	[DECIMAL_COMMA] = "comma",
	[DECIMAL_EURO] = "euro",
};

enum { EXPONENT_MAX = 100000, BASE_DIGITS = 4, QUOTED_MAX = 60 };

static const struct style {
	char point, group;
	int group_digits; /* 0: any number, Indian grouping is 2 and 3 */
	bool marks; /* currency signs, percent and plus may stand around the number */
} styles[DECIMAL_STYLES] = {
	[DECIMAL_PLAIN] = { .point = '.' },
	[DECIMAL_COMMA] = { .point = '.', .group = ',', .marks = true },
	[DECIMAL_EURO] = { .point = ',', .group = '.', .group_digits = 3, .marks = true },
};

static const char *const currency_signs[] = { "$", "€", "£", "¥", "₹" };

/* A number as digits × 10^-scale. */
struct number {
	bool negative;
	char digits[DECIMAL_DIGITS_MAX]; /* without leading zeros */
	int n;
	long scale;
	int fraction; /* digits written behind the point */
	bool too_long;
};

struct cursor {
	const char *p, *end;
};

static bool at(const struct cursor *c, char wanted)
{
	return wanted && c->p < c->end && *c->p == wanted;
}

static bool at_digit(const struct cursor *c)
{
	return c->p < c->end && *c->p >= '0' && *c->p <= '9';
}

static bool skip(struct cursor *c, char wanted)
{
	bool yes = at(c, wanted);

	c->p += yes;
	return yes;
}

static bool skip_first(struct cursor *c, const char *word)
{
	size_t n = strlen(word);
	bool yes = (size_t)(c->end - c->p) >= n && memcmp(c->p, word, n) == 0;

	c->p += yes ? n : 0;
	return yes;
}

static bool skip_last(struct cursor *c, const char *word)
{
	size_t n = strlen(word);
	bool yes = (size_t)(c->end - c->p) >= n && memcmp(c->end - n, word, n) == 0;

	c->end -= yes ? n : 0;
	return yes;
}

static void skip_blanks(struct cursor *c)
{
	size_t n = (size_t)(c->end - c->p);

	text_trim(&c->p, &n);
	c->end = c->p + n;
}

/* One currency sign, before or behind the number. */
static void skip_currency(struct cursor *c)
{
	for (size_t i = 0; i < sizeof currency_signs / sizeof *currency_signs; i++) {
		if (skip_first(c, currency_signs[i]) || skip_last(c, currency_signs[i]))
			break;
	}
	skip_blanks(c);
}

/* -$5, $-5, +1.5%, 5 € */
static void read_marks(struct cursor *c, struct number *v)
{
	skip_last(c, "%");
	v->negative = skip(c, '-');
	bool sign = v->negative || skip(c, '+');
	skip_blanks(c);
	skip_currency(c);
	if (!sign)
		v->negative = skip(c, '-');
}

static void add_digit(struct number *v, char digit)
{
	if (v->n == 0 && digit == '0')
		return;
	if (v->n == DECIMAL_DIGITS_MAX)
		v->too_long = true;
	else
		v->digits[v->n++] = digit;
}

/* A run of digits; returns how many. */
static int read_digits(struct cursor *c, struct number *v)
{
	const char *start = c->p;

	for (; at_digit(c); c->p++)
		add_digit(v, *c->p);
	return c->p - start > EXPONENT_MAX ? EXPONENT_MAX : (int)(c->p - start);
}

/*
 * The digits before the point. A grouping sign stands between digits; after a lone zero it cannot be grouping ("0,35"
 * is a decimal comma, and taking it for 35 would be wrong without a sound).
 */
static int read_whole(struct cursor *c, const struct style *style, struct number *v)
{
	bool zero = at(c, '0');
	int n = read_digits(c, v);

	for (bool grouped = false; n > 0 && at(c, style->group); grouped = true) {
		if (zero || (style->group_digits && !grouped && n > style->group_digits))
			return -1;
		c->p++;
		int more = read_digits(c, v);
		if (more == 0 || (style->group_digits && more != style->group_digits))
			return -1;
	}
	return n;
}

static int read_exponent(struct cursor *c, struct number *v)
{
	int exponent = 0;

	c->p++;
	bool negative = skip(c, '-');
	if (!negative)
		skip(c, '+');
	if (!at_digit(c))
		return -1;
	for (; at_digit(c); c->p++) {
		if (exponent < EXPONENT_MAX)
			exponent = 10 * exponent + (*c->p - '0');
	}
	v->scale += negative ? exponent : -exponent;
	return 0;
}

/* The whole text is one number, or -1. */
static int read_number(struct cursor *c, const struct style *style, struct number *v)
{
	skip_blanks(c);
	if (style->marks)
		read_marks(c, v);
	else
		v->negative = skip(c, '-');
	int whole = read_whole(c, style, v);
	if (whole < 0)
		return -1;
	if (skip(c, style->point))
		v->fraction = read_digits(c, v);
	if (whole + v->fraction == 0)
		return -1;
	v->scale = v->fraction;
	if ((at(c, 'e') || at(c, 'E')) && read_exponent(c, v))
		return -1;
	return c->p == c->end ? 0 : -1;
}

/* What XBRL calls decimals: 83.83 is right to 2 digits behind the point, 16000 to 3 before it. */
static int implied_decimals(const struct number *v)
{
	int zeros = 0;

	while (v->fraction == 0 && zeros < v->n && v->digits[v->n - 1 - zeros] == '0')
		zeros++;
	return (int)v->scale - zeros;
}

static void put(char **p, const char *digits, long n)
{
	if (n <= 0)
		return;
	if (digits)
		memcpy(*p, digits, (size_t)n);
	else
		memset(*p, '0', (size_t)n);
	*p += n;
}

static long at_least(long value, long least)
{
	return value < least ? least : value;
}

/* Appends the plain form. -1 when it has more digits than are allowed. */
static int add_plain(const struct number *v, struct buf *out)
{
	char plain[DECIMAL_DIGITS_MAX + 2], *p = plain;
	long scale = v->n == 0 ? at_least(v->scale, 0) : v->scale;
	long whole = v->n - scale; /* digits before the point; below 0: zeros right behind it */

	if (v->too_long || at_least(whole, 1) + at_least(scale, 0) > DECIMAL_DIGITS_MAX)
		return -1;
	if (v->negative && v->n > 0)
		*p++ = '-';
	put(&p, v->digits, whole < v->n ? whole : v->n);
	put(&p, NULL, -scale);
	put(&p, NULL, whole <= 0);
	if (scale > 0)
		*p++ = '.';
	put(&p, NULL, -whole);
	put(&p, v->digits + at_least(whole, 0), scale + (whole < 0 ? whole : 0));
	return buf_add(out, plain, (size_t)(p - plain));
}

static int not_a_number(const char *s, size_t n, enum decimal_style style, struct err *e)
{
	return err_set(e, ERR_PARSE, "not a number in %s style: \"%.*s\"%s", decimal_style_names[style],
	        n > QUOTED_MAX ? QUOTED_MAX : (int)n, s, n > QUOTED_MAX ? " ..." : "");
}

int decimal_read(const char *s, size_t n, enum decimal_style style, int shift, struct buf *out, int *decimals, struct err *e)
{
	struct cursor c = { s, s + n };
	struct number v;

	/* not the digits: they are many, and this is called for every number of every document */
	v.negative = v.too_long = false;
	v.n = v.fraction = 0;
	v.scale = 0;
	if (read_number(&c, &styles[style], &v))
		return not_a_number(s, n, style, e);
	v.scale -= shift;
	if (add_plain(&v, out))
		return err_set(e, ERR_LIMIT, "number of more than %d digits (limit number_digits)", DECIMAL_DIGITS_MAX);
	if (decimals)
		*decimals = implied_decimals(&v);
	return 0;
}

int decimal_read_human(const char *s, struct buf *out, struct err *e)
{
	static const struct {
		char letter;
		int shift;
	} units[] = { { 'k', 3 }, { 'm', 6 }, { 'b', 9 }, { 't', 12 } };
	struct err why = { 0 };
	const char *p = s;
	size_t n = strlen(s);
	int shift = 0;

	text_trim(&p, &n);
	for (size_t i = 0; n > 0 && i < sizeof units / sizeof *units; i++) {
		if ((p[n - 1] | 0x20) == units[i].letter)
			shift = units[i].shift;
	}
	if (decimal_read(p, n - (shift > 0), DECIMAL_COMMA, shift, out, NULL, &why) == 0)
		return 0;
	if (why.kind == ERR_LIMIT)
		return err_set(e, ERR_USAGE, "%s", why.text);
	err_set(e, ERR_USAGE, "not an amount: \"%s\"", s);
	return err_hint(e, "Write an amount like 1000000, 1,000,000, 100M, 2.5B or 3.8e25.");
}

/* A canonical decimal taken apart; borrowed. */
struct parts {
	bool negative;
	const char *whole, *fraction;
	size_t n_whole, n_fraction;
};

static struct parts split(const char *s, size_t n)
{
	struct parts p = { .negative = n > 0 && s[0] == '-' };

	p.whole = s + p.negative;
	n -= p.negative;
	const char *point = memchr(p.whole, '.', n);
	p.n_whole = point ? (size_t)(point - p.whole) : n;
	p.fraction = point ? point + 1 : p.whole + n;
	p.n_fraction = point ? n - p.n_whole - 1 : 0;
	return p;
}

static bool all_zeros(const char *s, size_t n)
{
	while (n > 0 && s[n - 1] == '0')
		n--;
	return n == 0;
}

static int cmp_fractions(const struct parts *a, const struct parts *b)
{
	size_t both = a->n_fraction < b->n_fraction ? a->n_fraction : b->n_fraction;
	int order = memcmp(a->fraction, b->fraction, both);

	if (order)
		return order;
	if (!all_zeros(a->fraction + both, a->n_fraction - both))
		return 1;
	return all_zeros(b->fraction + both, b->n_fraction - both) ? 0 : -1;
}

int decimal_cmp(const char *a, const char *b)
{
	struct parts x = split(a, strlen(a)), y = split(b, strlen(b));
	int order;

	if (x.negative != y.negative)
		return x.negative ? -1 : 1;
	if (x.n_whole != y.n_whole)
		order = x.n_whole < y.n_whole ? -1 : 1;
	else if ((order = memcmp(x.whole, y.whole, x.n_whole)) == 0)
		order = cmp_fractions(&x, &y);
	return x.negative ? -order : order;
}

/* numeric on the wire: four 16-bit words (digits in base 10,000; weight of the first; sign; decimals shown), then the digits. */
enum { PG_HEAD = 8, PG_BASE = 10000, PG_NEGATIVE = 0x4000, PG_SCALE_MAX = 0x3fff };

/* The base-10,000 digit number i, counted from the first of the whole part; the fraction's begin at whole_groups. */
static unsigned group_at(const struct parts *p, size_t i, size_t whole_groups)
{
	bool whole = i < whole_groups;
	const char *digits = whole ? p->whole : p->fraction;
	size_t n = whole ? p->n_whole : p->n_fraction;
	/* whole parts fill their groups from the right, fractions from the left */
	size_t pad = whole ? whole_groups * BASE_DIGITS - n : 0;
	size_t first = (whole ? i : i - whole_groups) * BASE_DIGITS;
	unsigned value = 0;

	for (size_t k = first; k < first + BASE_DIGITS; k++)
		value = 10 * value + (k >= pad && k - pad < n ? (unsigned)(digits[k - pad] - '0') : 0);
	return value;
}

void decimal_to_pg(const char *canon, size_t n, struct buf *out)
{
	struct parts p = split(canon, n);
	size_t whole_groups = (p.n_whole + BASE_DIGITS - 1) / BASE_DIGITS;
	size_t first = 0, end = whole_groups + (p.n_fraction + BASE_DIGITS - 1) / BASE_DIGITS;

	while (first < end && group_at(&p, first, whole_groups) == 0)
		first++;
	while (end > first && group_at(&p, end - 1, whole_groups) == 0)
		end--;
	bool zero = first == end;
	buf_add_be16(out, (uint16_t)(end - first));
	buf_add_be16(out, zero ? 0 : (uint16_t)(whole_groups - 1 - first));
	buf_add_be16(out, p.negative ? PG_NEGATIVE : 0);
	buf_add_be16(out, (uint16_t)p.n_fraction);
	for (size_t i = first; i < end; i++)
		buf_add_be16(out, (uint16_t)group_at(&p, i, whole_groups));
}

static unsigned be16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

struct pg_numeric {
	long n, weight;
	unsigned sign;
	long scale;
	const unsigned char *digits;
};

/* The digit of weight w; those not sent are 0. */
static unsigned pg_digit(const struct pg_numeric *v, long w)
{
	long i = v->weight - w;

	return i >= 0 && i < v->n ? be16(v->digits + 2 * i) : 0;
}

/* The server sends no zeros at either end and no digits behind the scale; so a value has one form. */
static bool pg_numeric_is_stripped(const struct pg_numeric *v)
{
	static const unsigned tens[BASE_DIGITS] = { 1, 10, 100, 1000 };
	unsigned last = be16(v->digits + 2 * (v->n - 1));
	long hidden = (v->n - 1 - v->weight) * BASE_DIGITS - v->scale;

	if (be16(v->digits) == 0 || last == 0 || hidden >= BASE_DIGITS)
		return false;
	return hidden <= 0 || last % tens[hidden] == 0;
}

static bool pg_numeric_read(const unsigned char *p, size_t n, struct pg_numeric *v)
{
	if (n < PG_HEAD)
		return false;
	*v = (struct pg_numeric){
		.n = (long)be16(p),
		.weight = (int16_t)be16(p + 2),
		.sign = be16(p + 4),
		.scale = (long)be16(p + 6),
		.digits = p + PG_HEAD,
	};
	if (n != PG_HEAD + 2 * (size_t)v->n || v->scale > PG_SCALE_MAX || (v->sign != 0 && v->sign != PG_NEGATIVE))
		return false;
	for (long i = 0; i < v->n; i++) {
		if (be16(v->digits + 2 * i) >= PG_BASE)
			return false;
	}
	return v->n == 0 ? v->sign == 0 && v->weight == 0 : pg_numeric_is_stripped(v);
}

int decimal_from_pg(const unsigned char *p, size_t n, struct buf *out, struct err *e)
{
	struct pg_numeric v;
	char group[8];
	int full = 0;

	if (!pg_numeric_read(p, n, &v))
		return err_set(e, ERR_PARSE, "not a finite number in PostgreSQL's binary form");
	full |= buf_adds(out, v.sign ? "-" : "");
	full |= buf_printf(out, "%u", v.n && v.weight >= 0 ? be16(v.digits) : 0);
	for (long w = v.weight - 1; w >= 0; w--)
		full |= buf_printf(out, "%04u", pg_digit(&v, w));
	full |= buf_adds(out, v.scale ? "." : "");
	for (long done = 0, w = -1; done < v.scale; done += BASE_DIGITS, w--) {
		snprintf(group, sizeof group, "%04u", pg_digit(&v, w));
		full |= buf_add(out, group, v.scale - done < BASE_DIGITS ? (size_t)(v.scale - done) : BASE_DIGITS);
	}
	return full ? err_set(e, ERR_LIMIT, "number is longer than %zu bytes", out->max) : 0;
}
