#include "edgar_fees.h"

#include <ctype.h>
#include <string.h>

enum {
	TABLE_MAX = 6000, /* bytes of text behind its heading */
	BETWEEN = 4, /* amounts of money from the aggregate to its fee: the rate stands there, too */
	FIGURES = 64,
};

/* A number of the table: of money, or a count. */
struct figure {
	struct prose_money money; /* currency NULL: a count */
	long long parts;
};

struct table {
	struct figure figures[FIGURES];
	size_t n;
};

/* The table's begin and end; false when there is none. */
static bool find_table(const struct prose *t, bool exhibit, const char **from, const char **to)
{
	static const char *const headings[] = { "calculation of registration fee", "calculation of filing fee",
		"calculation of the registration fee", NULL };
	static const char *const ends[] = { "\n(1)", "\n1 ", "carry forward securities", "table 2", NULL };
	const char *at = exhibit ? t->text : NULL;

	for (const char *const *word = headings; !at && *word; word++)
		at = prose_find(t->text, t->end, *word);
	if (!at)
		return false;
	*from = at;
	*to = t->end - at > TABLE_MAX ? at + TABLE_MAX : t->end;
	for (const char *const *word = ends; !exhibit && *word; word++) {
		const char *end = prose_find(at, *to, *word);

		*to = end ? end : *to;
	}
	return true;
}

/* Marks of footnotes, "(1)", and rules, "457(a)", are no figures. */
static bool is_mark(const char *p, const char *from, const char *behind, const char *end)
{
	return (p > from && (p[-1] == '(' || isalnum((unsigned char)p[-1]) || p[-1] == '.')) || (behind < end && *behind == '(');
}

/* The million of "$153.10 per $1,000,000" is none, either. */
static bool is_base(const char *p, const char *from)
{
	return p - from > 4 && !memcmp(p - 4, "per", 3);
}

/* The figure that begins at p, with parts 0 when there is none; the place behind it. */
static const char *take_figure(const char *p, const char *from, const char *to, struct figure *f)
{
	const char *behind;

	*f = (struct figure){ 0 };
	if (!prose_money(p, to, &f->money)) {
		behind = isdigit((unsigned char)*p) ? prose_number(p, to, f->money.number) : NULL;
		if (!behind || is_mark(p, from, behind, to))
			return behind ? behind : p + 1;
		f->money.at = p;
		f->money.behind = behind;
		f->money.currency = NULL;
	}
	if (!is_base(p, from))
		f->parts = prose_parts(f->money.number);
	return f->money.behind;
}

static void read_figures(const char *from, const char *to, struct table *table)
{
	for (const char *p = from; p < to && table->n < FIGURES;) {
		p = take_figure(p, from, to, &table->figures[table->n]);
		table->n += table->figures[table->n].parts > 0;
	}
}

static bool is_dollars(const struct figure *f)
{
	return f->money.currency && !strcmp(f->money.currency, "USD");
}

/* Does a fee for so much follow? */
static bool has_fee(const struct table *table, size_t i)
{
	long long amount = table->figures[i].parts;

	for (size_t k = i + 1; k < table->n && k <= i + BETWEEN; k++) {
		long long fee = table->figures[k].parts;

		if (is_dollars(&table->figures[k]) && fee >= amount / 100000 && fee <= amount / 2000)
			return true;
	}
	return false;
}

/* A count and a price that come to the amount at i, right before it. */
static bool read_count(const struct table *table, size_t i, struct edgar_fees *out)
{
	const struct figure *count = i > 1 ? &table->figures[i - 2] : NULL, *price = count ? &table->figures[i - 1] : NULL;
	long long product, amount = table->figures[i].parts;

	if (!count || count->money.currency || !is_dollars(price) || count->parts % 10000 ||
		__builtin_mul_overflow(count->parts / 10000, price->parts, &product))
		return false;
	if (product - amount >= 10000 || amount - product >= 10000) /* to the dollar */
		return false;
	memcpy(out->count, count->money.number, sizeof(out->count));
	out->count_at = count->money.at;
	return true;
}

/* The largest is the total, where there are several classes. */
bool edgar_fees_read(const struct prose *t, bool exhibit, struct edgar_fees *out)
{
	struct table table = { .n = 0 };
	const char *from, *to;
	size_t best = FIGURES;

	*out = (struct edgar_fees){ 0 };
	if (!find_table(t, exhibit, &from, &to))
		return false;
	read_figures(from, to, &table);
	for (size_t i = 0; i < table.n; i++)
		if (is_dollars(&table.figures[i]) && has_fee(&table, i) &&
			(best == FIGURES || table.figures[i].parts > table.figures[best].parts))
			best = i;
	if (best == FIGURES)
		return false;
	out->aggregate = table.figures[best].money;
	for (size_t i = 0; i < table.n && !*out->count; i++)
		if (table.figures[i].parts == table.figures[best].parts)
			(void)read_count(&table, i, out);
	return true;
}
