#include "prose.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *prose_find(const char *from, const char *end, const char *word)
{
	size_t n = strlen(word);

	for (; from + n <= end; from++) {
		size_t i = 0;

		while (i < n && (tolower((unsigned char)from[i]) == word[i] || (word[i] == ' ' && from[i] == '\n')))
			i++;
		if (i == n)
			return from;
	}
	return NULL;
}

bool prose_has(const char *from, const char *end, const char *const *words)
{
	for (; *words; words++)
		if (prose_find(from, end, *words))
			return true;
	return false;
}

const char *prose_skip_blanks(const char *p, const char *end)
{
	while (p < end && isspace((unsigned char)*p))
		p++;
	return p;
}

const char *prose_number(const char *p, const char *end, char out[PROSE_NUMBER])
{
	const char *from = p;
	size_t len = 0;

	while (p < end &&
		(isdigit((unsigned char)*p) || ((*p == ',' || *p == '.') && p > from && p + 1 < end && isdigit((unsigned char)p[1])))) {
		if (*p != ',' && len + 1 < PROSE_NUMBER)
			out[len++] = *p;
		p++;
	}
	out[len] = '\0';
	return len ? p : NULL;
}

/* ---------------------------------------------------------------- money */

/* Longer ones first where one begins as another. */
static const struct currency_row {
	const char *sign, *code;
} currency_rows[] = {
	{ "US$", "USD" },
	{ "USD", "USD" },
	{ "$", "USD" },
	{ "HK$", "HKD" },
	{ "HKD", "HKD" },
	{ "RMB", "CNY" },
	{ "CNY", "CNY" },
	{ "NT$", "TWD" },
	{ "S$", "SGD" },
	{ "C$", "CAD" },
	{ "CA$", "CAD" },
	{ "CAD", "CAD" },
	{ "A$", "AUD" },
	{ "AU$", "AUD" },
	{ "NZ$", "NZD" },
	{ "R$", "BRL" },
	{ "\u20ac", "EUR" },
	{ "EUR", "EUR" },
	{ "\u00a3", "GBP" },
	{ "GBP", "GBP" },
	{ "JPY", "JPY" },
	{ "CHF", "CHF" },
	{ "SEK", "SEK" },
	{ "NOK", "NOK" },
	{ "DKK", "DKK" },
	{ "NIS", "ILS" },
	{ "\u20aa", "ILS" },
	{ "INR", "INR" },
	{ "Rs.", "INR" },
	{ "\u20b9", "INR" },
	{ "KRW", "KRW" },
	{ "\u20a9", "KRW" },
};

bool prose_money(const char *p, const char *end, struct prose_money *out)
{
	for (size_t i = 0; i < sizeof(currency_rows) / sizeof(*currency_rows); i++) {
		const struct currency_row *row = &currency_rows[i];
		size_t n = strlen(row->sign);

		if ((size_t)(end - p) <= n || memcmp(p, row->sign, n) != 0)
			continue;
		*out = (struct prose_money){ .currency = row->code, .at = p };
		out->behind = prose_number(prose_skip_blanks(p + n, end), end, out->number);
		return out->behind != NULL;
	}
	return false;
}

/* "$" behind a letter is the end of a currency that is not known here. */
bool prose_next_money(const char *from, const char *end, struct prose_money *out)
{
	for (const char *p = from; p < end; p++)
		if ((p == from || !isalnum((unsigned char)p[-1])) && prose_money(p, end, out))
			return true;
	return false;
}

long long prose_parts(const char *number)
{
	size_t whole = strspn(number, "0123456789"), part = number[whole] == '.' ? strspn(number + whole + 1, "0123456789") : 0;
	char digits[PROSE_NUMBER];

	if (!whole || whole > 13 || part > 4 || number[whole + (number[whole] == '.') + part])
		return -1;
	snprintf(digits, sizeof(digits), "%.*s%.*s%.*s", (int)whole, number, (int)part, number[whole] ? number + whole + 1 : "",
		(int)(4 - part), "0000");
	return strtoll(digits, NULL, 10);
}

/* ---------------------------------------------------------------- days */

const char *const prose_dated[] = { "prospectus dated ", "date of this prospectus is ", NULL };

bool prose_day(const char *p, const char *end, struct date_span *out)
{
	const char *comma = memchr(p, ',', end - p > 20 ? 20 : (size_t)(end - p)), *stop = comma && end - comma > 6 ? comma + 6 : NULL;
	struct err e = { 0 };

	return stop && !date_read(p, (size_t)(stop - p), DATE_TEXT, out, &e) && out->prec == PREC_DAY;
}

/* ---------------------------------------------------------------- quotes */

void prose_quote(const struct prose *t, const char *at, const char **from, size_t *n)
{
	const char *begin = at, *end = at;

	while (begin > t->text && at - begin < PROSE_QUOTE / 2 && begin[-1] != '\n' &&
		!(begin[-1] == ' ' && begin - t->text > 2 && begin[-2] == '.'))
		begin--;
	while (end < t->end && end - begin < PROSE_QUOTE && *end != '\n' &&
		!(*end == '.' && (end + 1 == t->end || isspace((unsigned char)end[1]))))
		end++;
	if (end < t->end && *end == '.')
		end++;
	while (begin < end && ((unsigned char)*begin & 0xc0) == 0x80) /* not from the middle of a character */
		begin++;
	while (end > begin && end < t->end && ((unsigned char)*end & 0xc0) == 0x80)
		end--;
	*from = begin;
	*n = (size_t)(end - begin);
}
