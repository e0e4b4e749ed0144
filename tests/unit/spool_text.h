/* spool_text: what a sink holds as lines of text, for tests to compare. */
#ifndef AIMARKET_TESTS_SPOOL_TEXT_H
#define AIMARKET_TESTS_SPOOL_TEXT_H

#include "aimarket/buf.h"
#include "aimarket/date.h"
#include "aimarket/decimal.h"
#include "aimarket/spool.h"

struct spool_text {
	struct buf *out;
	const char *kind;
	const struct local_series *series;
	const char *const *sources, *const *notes;
};

/* Each line of a block with the name of its kind before it. */
static int spool_text_block(void *arg, const char *data, size_t n, struct err *e)
{
	struct spool_text *t = arg;

	for (const char *end = data + n, *p = data; p < end;) {
		const char *next = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
		buf_printf(t->out, "%s ", t->kind);
		buf_add(t->out, p, (size_t)(next - p));
		p = next;
	}
	return 0;
}

static void spool_text_number(struct buf *out, const unsigned char *p, size_t n)
{
	struct err e = { 0 };

	buf_adds(out, n ? "" : "\\N");
	if (n && decimal_from_pg(p, n, out, &e))
		buf_adds(out, e.text);
	buf_addc(out, '\t');
}

static int spool_text_packed(void *arg, const struct packed *p, struct err *e)
{
	struct spool_text *t = arg;
	const struct local_series *s = &t->series[p->series];
	char start[11], end[11], asserted[11];

	date_iso(p->start, start);
	date_iso(p->end, end);
	date_iso(p->asserted, asserted);
	buf_printf(t->out, "observation %d\t%s\t%s\t%s\t%s\t%c %s..%s %c\t%c", p->offset, s->entity_ref, s->metric, s->dims, s->unit,
	        s->period_kind, start, end, p->prec, p->comparator);
	spool_text_number(t->out, p->value, p->value_len);
	spool_text_number(t->out, p->high, p->high_len);
	buf_printf(t->out, "%d\t%c%c\t%s\t%s\t%s\n", p->decimals, p->state, p->nature, asserted, t->sources[p->source],
	        p->note < 0 ? "\\N" : t->notes[p->note]);
	return 0;
}

/* Appends all rows of all kinds, then the rejects. Fails only when a temporary file does. */
static int spool_text(struct sink *s, struct buf *out, struct err *e)
{
	struct spool_text t = { .out = out };
	const struct spool_reject *rejects;
	size_t n_rejects = spool_rejects(s, &rejects);

	for (int k = 0; k < REC_OBSERVATION; k++) {
		t.kind = record_infos[k].name;
		if (spool_rows(s, (enum record_kind)k, spool_text_block, &t, e))
			return -1;
	}
	spool_series(s, &t.series);
	spool_sources(s, &t.sources);
	spool_notes(s, &t.notes);
	if (spool_each(s, spool_text_packed, &t, e))
		return -1;
	for (size_t i = 0; i < n_rejects; i++)
		buf_printf(out, "reject %lld\t%s\t%s\t%s\t%s\n", rejects[i].offset, rejects[i].locator, rejects[i].rule, rejects[i].reason,
		        rejects[i].raw ? rejects[i].raw : "\\N");
	return 0;
}

#endif
