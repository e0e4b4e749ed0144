/* fuzz_format: what must hold of every format, whatever the bytes: no crash, good rows or a reason, a sink that ends. */
#ifndef AIMARKET_TESTS_FUZZ_FORMAT_H
#define AIMARKET_TESTS_FUZZ_FORMAT_H

#include "aimarket/buf.h"
#include "aimarket/date.h"
#include "aimarket/decimal.h"
#include "aimarket/mapping.h"
#include "aimarket/spool.h"
#include "aimarket/text.h"
#include "fuzz.h"

static const struct limits fuzz_limits = {
	.body = 1 << 20, .field = 1 << 12, .line = 1 << 16, .depth = 16, .rejects = 20, .spool_memory = 1 << 9, .columns = 2000, .group_size = 1 << 20, .name_length = LIMIT_NAME, .number_digits = LIMIT_DIGITS, .dimensions = 16,
	.claims = LIMIT_CLAIMS, .reject_text = 1000
};

struct fuzz_rows {
	const struct sink *sink;
	enum record_kind kind;
	long long rows;
	size_t series, sources, notes;
	size_t document; /* its bytes */
};

/* COPY text: one tab before each field, valid UTF-8, no row that is none. */
static int fuzz_check_lines(void *arg, const char *data, size_t n, struct err *e)
{
	struct fuzz_rows *r = arg;
	int fields = 0;

	FUZZ_CHECK(n && data[n - 1] == '\n' && text_utf8_check(data, n) == n);
	while (record_infos[r->kind].fields[fields].name)
		fields++;
	for (const char *p = data, *end = data + n, *next; p < end; p = next) {
		int tabs = 0;

		next = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
		for (; p < next; p++)
			tabs += *p == '\t';
		FUZZ_CHECK(tabs == fields);
		r->rows++;
	}
	return 0;
}

static void fuzz_check_number(const unsigned char *p, size_t n)
{
	struct err e = { 0 };
	struct buf text;

	buf_init(&text, 4096);
	FUZZ_CHECK(!n || decimal_from_pg(p, n, &text, &e) == 0);
	buf_release(&text);
}

static int fuzz_check_packed(void *arg, const struct packed *p, struct err *e)
{
	struct fuzz_rows *r = arg;

	FUZZ_CHECK(p->series < r->series && p->source < r->sources && (p->note == -1 || (size_t)p->note < r->notes));
	FUZZ_CHECK(p->start <= p->end && p->offset >= 0 && (size_t)p->offset <= r->document);
	FUZZ_CHECK(strchr("dmqhyu", p->prec) && strchr("=~>g<lr", p->comparator) && strchr("vun", p->state) && strchr("rdefga", p->nature));
	FUZZ_CHECK((p->state == 'v') == (p->value_len > 0) && (p->comparator == 'r') == (p->high_len > 0));
	fuzz_check_number(p->value, p->value_len);
	fuzz_check_number(p->high, p->high_len);
	r->rows++;
	return 0;
}

static void fuzz_check_rejects(const struct sink *s)
{
	const struct spool_reject *rejects;
	size_t n = spool_rejects(s, &rejects);

	for (size_t i = 0; i < n; i++) {
		const char *texts[] = { rejects[i].locator, rejects[i].rule, rejects[i].reason, rejects[i].raw ? rejects[i].raw : "" };

		for (int t = 0; t < 4; t++)
			FUZZ_CHECK(text_utf8_check(texts[t], strlen(texts[t])) == strlen(texts[t]));
	}
}

static void fuzz_check_sink(struct sink *s, size_t document)
{
	struct fuzz_rows r = { .sink = s, .document = document };
	const struct local_series *series;
	const char *const *texts;
	struct err e = { 0 };

	for (int k = 0; k < REC_OBSERVATION; k++) {
		r.kind = (enum record_kind)k;
		r.rows = 0;
		FUZZ_CHECK(spool_rows(s, r.kind, fuzz_check_lines, &r, &e) == 0 && r.rows == spool_count(s, r.kind));
	}
	r.series = spool_series(s, &series);
	r.sources = spool_sources(s, &texts);
	r.notes = spool_notes(s, &texts);
	r.rows = 0;
	FUZZ_CHECK(spool_each(s, fuzz_check_packed, &r, &e) == 0 && r.rows == spool_count(s, REC_OBSERVATION));
	fuzz_check_rejects(s);
}

static void fuzz_format(const struct format *format, const struct mapping *map, const char *name, const uint8_t *data, size_t size)
{
	struct sink *sink = sink_new(&fuzz_limits, DATE_NONE);
	struct input in = { .data = (const char *)data, .len = size, .name = name };
	struct sink_counts counts;
	struct err e = { 0 };

	if (format->parse(&in, map, &fuzz_limits, sink, &e))
		FUZZ_CHECK((e.kind == ERR_PARSE || e.kind == ERR_LIMIT) && text_utf8_check(e.text, strlen(e.text)) == strlen(e.text));
	else
		FUZZ_CHECK(e.kind == ERR_NONE);
	err_clear(&e);
	if (sink_finish(sink, &e))
		FUZZ_CHECK(e.kind == ERR_LIMIT);
	sink_counts(sink, &counts);
	FUZZ_CHECK(counts.groups <= (long long)size + 8 && counts.rejects <= fuzz_limits.rejects + 1);
	fuzz_check_sink(sink, size);
	sink_free(sink);
}

#endif
