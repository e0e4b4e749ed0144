/* Numbers, dates and text: what is accepted has one form that is accepted again. */
#include "fuzz.h"

#include "aimarket/date.h"
#include "aimarket/decimal.h"
#include "aimarket/text.h"

enum { OUT_MAX = 1 << 18 };

static void canonical_numbers_stay(const struct buf *canon)
{
	struct buf again, wire;
	struct err e = { 0 };

	buf_init(&again, OUT_MAX);
	buf_init(&wire, OUT_MAX);
	FUZZ_CHECK(decimal_read(buf_str(canon), canon->len, DECIMAL_PLAIN, 0, &again, NULL, &e) == 0);
	FUZZ_CHECK(strcmp(buf_str(canon), buf_str(&again)) == 0);
	buf_reset(&again);
	decimal_to_pg(buf_str(canon), canon->len, &wire);
	FUZZ_CHECK(decimal_from_pg((const unsigned char *)wire.data, wire.len, &again, &e) == 0);
	FUZZ_CHECK(strcmp(buf_str(canon), buf_str(&again)) == 0);
	FUZZ_CHECK(decimal_cmp(buf_str(canon), buf_str(&again)) == 0);
	buf_release(&again);
	buf_release(&wire);
}

static void numbers(const char *s, size_t n, int shift)
{
	for (int style = 0; style < DECIMAL_STYLES; style++) {
		struct buf out;
		struct err e = { 0 };

		buf_init(&out, OUT_MAX);
		if (decimal_read(s, n, (enum decimal_style)style, shift, &out, NULL, &e) == 0)
			canonical_numbers_stay(&out);
		else
			FUZZ_CHECK(out.len == 0 && (e.kind == ERR_PARSE || e.kind == ERR_LIMIT));
		buf_release(&out);
	}
}

static void numbers_on_the_wire(const char *s, size_t n)
{
	struct buf out, wire;
	struct err e = { 0 };

	buf_init(&out, OUT_MAX);
	buf_init(&wire, OUT_MAX);
	if (decimal_from_pg((const unsigned char *)s, n, &out, &e) == 0) {
		decimal_to_pg(buf_str(&out), out.len, &wire);
		FUZZ_CHECK(wire.len == n && memcmp(wire.data, s, n) == 0);
	}
	buf_release(&out);
	buf_release(&wire);
}

static void dates(const char *s, size_t n)
{
	for (int order = 0; order < DATE_ORDERS; order++) {
		struct date_span span, again;
		struct err e = { 0 };
		char iso[11];

		if (date_read(s, n, (enum date_order)order, &span, &e))
			continue;
		FUZZ_CHECK(span.first <= span.last);
		date_iso_prec(span, iso);
		FUZZ_CHECK(date_read(iso, strlen(iso), DATE_YMD, &again, &e) == 0);
		FUZZ_CHECK(again.first == span.first && again.last == span.last && again.prec == span.prec);
	}
}

static void typed(const char *s, size_t n)
{
	char *line = strndup(s, n);
	struct buf out;
	struct date_span span;
	struct err e = { 0 };

	buf_init(&out, OUT_MAX);
	if (decimal_read_human(line, &out, &e) == 0)
		canonical_numbers_stay(&out);
	err_clear(&e);
	if (date_read_human(line, 8935, &span, &e))
		FUZZ_CHECK(text_utf8_check(e.text, strlen(e.text)) == strlen(e.text));
	text_nearest(line, (const char *const[]){ "deals", "observations" }, 2);
	buf_release(&out);
	free(line);
}

static void texts(const char *s, size_t n)
{
	struct buf slug;
	const char *trimmed = s;
	size_t n_trimmed = n;

	FUZZ_CHECK(text_utf8_check(s, n) <= n);
	FUZZ_CHECK(text_fit(s, n, text_width(s, n)) == n);
	FUZZ_CHECK(text_width(s, text_fit(s, n, 10)) <= 10);
	text_trim(&trimmed, &n_trimmed);
	FUZZ_CHECK(trimmed >= s && trimmed + n_trimmed <= s + n);
	buf_init(&slug, OUT_MAX);
	text_slug(s, n, 40, &slug);
	FUZZ_CHECK(slug.len <= 40 && strspn(buf_str(&slug), "abcdefghijklmnopqrstuvwxyz0123456789-") == slug.len);
	FUZZ_CHECK(slug.len == 0 || (slug.data[0] != '-' && slug.data[slug.len - 1] != '-'));
	buf_release(&slug);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;

	numbers(s, size, size ? data[0] % 25 - 12 : 0);
	numbers_on_the_wire(s, size);
	dates(s, size);
	typed(s, size);
	texts(s, size);
	return 0;
}
