/*
 * decimal: exact decimal numbers as text, from a document's spelling to PostgreSQL's numeric.
 * No binary floating point anywhere on this path.
 */
#ifndef AIMARKET_DECIMAL_H
#define AIMARKET_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#include "aimarket/buf.h"

enum { DECIMAL_DIGITS_MAX = 400 };	/* limit number_digits at most: significant digits plus zeros of the plain form */

/*
 * How a source writes numbers. Blanks around a number (U+00A0 too) are dropped and an exponent is read in every style.
 * Comma and euro also take a sign +, and drop one of $ € £ ¥ ₹ on either side and a trailing %: the unit is the source's affair.
 */
enum decimal_style {
	DECIMAL_PLAIN,	/* 1234.5, -3, 3.8e25; nothing else */
	DECIMAL_COMMA,	/* commas between digits are grouping, wherever they stand (1,234.5; 17,50,000), but not after a lone zero (0,35) */
	DECIMAL_EURO,	/* 1.234,5: points group by threes, the comma is the decimal sign */
	DECIMAL_STYLES
};
extern const char *const decimal_style_names[DECIMAL_STYLES];	/* "plain", "comma", "euro" */

/*
 * Reads a number and appends its canonical plain form to out: optional minus, digits, optional fraction
 * with the digits as written (83.830 keeps its zero), no exponent, no leading zeros, never "-0".
 * shift moves the decimal point right (6 = the source writes millions; -2 = percent into a fraction).
 * *decimals, when not NULL, gets the rounding the spelling implies, as XBRL's decimals attribute:
 * 83.83 -> 2, 16000 -> -3, 3.8e25 -> -24, 0 -> 0 (before shift: 0, then minus shift).
 * Errors: ERR_PARSE (not a number: NaN, inf, empty, 7.5×109, 14,342,000+ and the like), ERR_LIMIT (too many digits, or
 * out is full).
 */
int decimal_read(const char *s, size_t n, enum decimal_style style, int shift, struct buf *out, int *decimals, struct err *e) must_check;

/*
 * Appends the canonical form of an amount as people type it: "100M", "2.5B", "$1,000,000", "3.8e25", "40%" (40).
 * k, M, B, T in either case = 10^3, 10^6, 10^9, 10^12. ERR_USAGE, with a hint, when it is none.
 */
int decimal_read_human(const char *s, struct buf *out, struct err *e) must_check;

/* Compares two canonical decimals by value (1.50 equals 1.5): <0, 0, >0. */
int decimal_cmp(const char *a, const char *b);

/* Appends the body of PostgreSQL's binary numeric (numeric_send: ndigits, weight, sign, dscale, digits) of a canonical decimal. */
void decimal_to_pg(const char *canon, size_t n, struct buf *out);
/* The reverse: appends the canonical text of a numeric_send body. ERR_PARSE when the bytes are not one, or are NaN or infinity. */
int decimal_from_pg(const unsigned char *p, size_t n, struct buf *out, struct err *e) must_check;

#endif
