/* load_settle: the written rule (sql/api/00_rule.sql) for plain claims, of which nothing but their rank and their rounding counts. */
#include <endian.h>

#include "claims.h"
#include "load_inside.h"

/* ---------------------------------------------------------------- numbers to reckon with */

/* A figure in units of 10^-8: all that a filing tells fits. */
__extension__ typedef __int128 figure;
enum { GROUP = 10000, PLACES_BEHIND = 2, PLACES_BEFORE = 5, DECIMALS = 8, DIGITS_MAX = 28, NEGATIVE = 0x4000 };
enum { NUMERIC_NDIGITS, NUMERIC_WEIGHT, NUMERIC_SIGN, NUMERIC_DSCALE, NUMERIC_DIGITS }; /* 16 bits each, in a numeric_send body */

static int word(const unsigned char *numeric, int i)
{
	uint16_t v;

	memcpy(&v, numeric + 2 * i, sizeof v);
	return be16toh(v);
}

/* False: it is too large, too fine, or no number. */
static bool read_figure(const unsigned char *numeric, figure *out)
{
	const int digits = word(numeric, NUMERIC_NDIGITS), weight = (int16_t)word(numeric, NUMERIC_WEIGHT),
		  sign = word(numeric, NUMERIC_SIGN);
	figure v = 0;

	if (weight > PLACES_BEFORE || digits - 1 - weight > PLACES_BEHIND || (sign && sign != NEGATIVE))
		return false;
	for (int place = weight; place >= -PLACES_BEHIND; place--)
		v = v * GROUP + (weight - place < digits ? word(numeric, NUMERIC_DIGITS + weight - place) : 0);
	*out = sign ? -v : v;
	return true;
}

/* What a last digit that counts is worth; 0 where all do. */
static bool read_rounding(int16_t decimals, figure *out)
{
	*out = decimals != INT16_MAX;
	if (!*out)
		return true;
	if (decimals > DECIMALS || decimals < DECIMALS - DIGITS_MAX)
		return false;
	for (int i = decimals; i < DECIMALS; i++)
		*out *= 10;
	return true;
}

/* ---------------------------------------------------------------- the rule */

static bool foreseen(const struct new_row *c)
{
	return c->row.nature == 'f' || c->row.nature == 'g';
}

static bool is_plain(const struct new_row *c)
{
	return c->row.state == 'v' && c->row.comparator == '=' && c->row.value_len && !c->row.high_len;
}

/* Below 0: a comes before b. The letter says why; claims lie in the order they are taken in. */
static int compare_rank(const struct new_row *a, const struct new_row *b, char *letter)
{
	const struct {
		char letter;
		int order;
	} steps[] = {
		{ 't', COMPARE(a->source->tier, b->source->tier) },
		{ 'p', COMPARE(b->row.decimals, a->row.decimals) },
		{ 'a', COMPARE(b->row.asserted, a->row.asserted) },
		{ 'x', COMPARE(b, a) },
	};
	size_t i = 0;

	while (!steps[i].order && steps[i].letter != 'x')
		i++;
	*letter = steps[i].letter;
	return steps[i].order;
}

/* The first one and the one behind it. */
static void choose(const struct new_row *claims, size_t n, struct settled *out)
{
	const struct new_row *next = NULL;
	char letter;

	out->shown = claims;
	for (size_t i = 1; i < n; i++) {
		if (compare_rank(&claims[i], out->shown, &letter) < 0) {
			next = out->shown;
			out->shown = &claims[i];
		} else if (!next || compare_rank(&claims[i], next, &letter) < 0) {
			next = &claims[i];
		}
	}
	out->rule = 'o';
	if (next)
		compare_rank(out->shown, next, &out->rule);
}

/* Lowest and highest figure, and whether all can be true: the highest lower end is not above the lowest upper end. Ends are doubled. */
static bool weigh(const struct new_row *claims, size_t n, struct settled *out)
{
	figure low = 0, high = 0, lower_end = 0, upper_end = 0;

	for (size_t i = 0; i < n; i++) {
		figure value, rounding;

		if (!read_figure(claims[i].row.value, &value) || !read_rounding(claims[i].row.decimals, &rounding))
			return false;
		if (!i || value < low)
			low = value, out->low = &claims[i];
		if (!i || value > high)
			high = value, out->high = &claims[i];
		if (!i || 2 * value - rounding > lower_end)
			lower_end = 2 * value - rounding;
		if (!i || 2 * value + rounding < upper_end)
			upper_end = 2 * value + rounding;
	}
	out->disputed = lower_end > upper_end;
	return true;
}

static bool same_numbers(const struct new_row *claims, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (!claim_same_number(claims->row.value, claims->row.value_len, claims[i].row.value, claims[i].row.value_len))
			return false;
	return true;
}

bool load_settle(const struct new_row *claims, size_t n, struct settled *out)
{
	for (size_t i = 0; i < n; i++)
		if (!is_plain(&claims[i]) || foreseen(&claims[i]) != foreseen(claims))
			return false;
	choose(claims, n, out);
	out->low = out->high = out->shown;
	out->disputed = false;
	return same_numbers(claims, n) || weigh(claims, n, out);
}
