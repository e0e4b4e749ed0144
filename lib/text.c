#include "aimarket/text.h"

#include <ctype.h>
#include <stdint.h>
#include <utf8proc.h>

/* One character; bytes that are not UTF-8 are taken one by one as U+FFFD. Returns its length. */
static size_t next(const char *s, size_t n, utf8proc_int32_t *c)
{
	utf8proc_ssize_t len = utf8proc_iterate((const utf8proc_uint8_t *)s, n > INT32_MAX ? INT32_MAX : (utf8proc_ssize_t)n, c);

	if (len > 0)
		return (size_t)len;
	*c = 0xfffd;
	return 1;
}

/* Most of what we read is ASCII: eight bytes at a time, without NUL and without a high bit. */
static size_t ascii_prefix(const char *s, size_t n)
{
	const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t word;

		memcpy(&word, s + i, sizeof word);
		if (((word - ones) | word) & highs)
			break;
	}
	while (i < n && (signed char)s[i] > 0)
		i++;
	return i;
}

size_t text_utf8_check(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n) {
		utf8proc_int32_t c;

		i += ascii_prefix(s + i, n - i);
		if (i == n)
			break;
		size_t len = next(s + i, n - i, &c);
		if (c == 0 || (len == 1 && c == 0xfffd))
			break;
		i += len;
	}
	return i;
}

int text_width(const char *s, size_t n)
{
	int width = 0;

	for (size_t i = 0; i < n;) {
		utf8proc_int32_t c;

		i += next(s + i, n - i, &c);
		width += utf8proc_charwidth(c);
	}
	return width;
}

size_t text_fit(const char *s, size_t n, int columns)
{
	size_t i = 0;

	while (i < n) {
		utf8proc_int32_t c;
		size_t len = next(s + i, n - i, &c);

		columns -= utf8proc_charwidth(c);
		if (columns < 0)
			break;
		i += len;
	}
	return i;
}

/* Bytes of the blank s begins with (behind = false) or ends with. */
static size_t blank_len(const char *s, size_t n, bool behind)
{
	static const char nbsp[] = "\xc2\xa0";

	if (n == 0)
		return 0;
	unsigned char c = (unsigned char)s[behind ? n - 1 : 0];
	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return 1;
	return n >= 2 && memcmp(behind ? s + n - 2 : s, nbsp, 2) == 0 ? 2 : 0;
}

void text_trim(const char **s, size_t *n)
{
	size_t len;

	while ((len = blank_len(*s, *n, false)) > 0) {
		*s += len;
		*n -= len;
	}
	while ((len = blank_len(*s, *n, true)) > 0)
		*n -= len;
}

/* Letters that Unicode does not decompose but people write in ASCII. */
static const struct {
	utf8proc_int32_t c;
	const char *ascii;
} letters[] = {
	{ 0xe6, "ae" },
	{ 0xf0, "d" },
	{ 0xf8, "o" },
	{ 0xfe, "th" },
	{ 0x111, "d" },
	{ 0x131, "i" },
	{ 0x142, "l" },
	{ 0x153, "oe" },
};

struct slug {
	struct buf *out;
	size_t start, max; /* of this slug in out */
	size_t word_end; /* length of out after the last whole word */
	bool between; /* the next letter begins a word */
	bool full;
};

static void slug_char(struct slug *g, char c)
{
	bool dash = g->between && g->out->len > g->start;

	if (g->between)
		g->word_end = g->out->len;
	g->between = false;
	if (g->out->len - g->start + dash + 1 > g->max) {
		g->full = true;
		/* a single word longer than all there is room for is cut where it must be */
		if (g->word_end > g->start)
			g->out->data[g->out->len = g->word_end] = '\0';
		return;
	}
	if (dash)
		buf_addc(g->out, '-');
	buf_addc(g->out, c);
}

/* A decomposed, lower-case character: ASCII letters and digits make words, marks and apostrophes vanish, all else parts words. */
static void slug_code(struct slug *g, utf8proc_int32_t c)
{
	if (c < 0x80 && isalnum((unsigned char)c)) {
		slug_char(g, (char)c);
		return;
	}
	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
		if (letters[i].c != c)
			continue;
		for (const char *p = letters[i].ascii; *p && !g->full; p++)
			slug_char(g, *p);
		return;
	}
	if (c != '\'' && c != 0x2019)
		g->between = true;
}

void text_slug(const char *s, size_t n, size_t max, struct buf *out)
{
	struct slug g = { .out = out, .start = out->len, .max = max, .word_end = out->len, .between = true };

	for (size_t i = 0; i < n && !g.full;) {
		utf8proc_int32_t c, parts[32];
		int bound = 0;

		i += next(s + i, n - i, &c);
		utf8proc_ssize_t n_parts = utf8proc_decompose_char(c, parts, sizeof parts / sizeof *parts,
		        UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE, &bound);
		for (utf8proc_ssize_t k = 0; k < n_parts && !g.full; k++)
			slug_code(&g, parts[k]);
	}
}

enum { WORD_MAX = 64 };

static int min3(int a, int b, int c)
{
	int least = a < b ? a : b;

	return least < c ? least : c;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Damerau-Levenshtein without overlapping swaps: insert, delete, replace and swap cost 1 each. */
static int distance(const char *a, size_t n, const char *b, size_t m)
{
	int rows[3][WORD_MAX + 1], *two = rows[0], *one = rows[1], *row = rows[2];

	for (size_t k = 0; k <= m; k++)
		row[k] = (int)k;
	for (size_t i = 1; i <= n; i++) {
		int *old = two;

		two = one;
		one = row;
		row = old;
		row[0] = (int)i;
		for (size_t k = 1; k <= m; k++) {
			row[k] = min3(one[k] + 1, row[k - 1] + 1, one[k - 1] + !same(a[i - 1], b[k - 1]));
			if (i > 1 && k > 1 && same(a[i - 1], b[k - 2]) && same(a[i - 2], b[k - 1]) && two[k - 2] + 1 < row[k])
				row[k] = two[k - 2] + 1;
		}
	}
	return row[m];
}

const char *text_nearest(const char *word, const char *const *candidates, size_t n)
{
	size_t len = strlen(word);
	const char *nearest = NULL;
	int least = (int)((len + 2) / 3) + 1;

	for (size_t i = 0; len <= WORD_MAX && i < n; i++) {
		size_t m = strlen(candidates[i]);
		int d = m <= WORD_MAX ? distance(word, len, candidates[i], m) : least;

		if (d < least) {
			least = d;
			nearest = candidates[i];
		}
	}
	return nearest;
}
