/*
 * spool: the inside of a sink, as the loader reads it: interned entities, sources, series, statements … as rows of text,
 * observations as packed rows that already have the shape of store.observation. Only feeds/sink.c and feeds/load.c include this.
 */
#ifndef AIMARKET_SPOOL_H
#define AIMARKET_SPOOL_H

#include "aimarket/sink.h"

/* One packed observation. series and source are numbers local to this document; the loader puts the store's in their place. */
struct packed {
	uint32_t series, source;
	int32_t start, end;		/* days since 2000-01-01; start == end for an instant; DATE_NONE for timeless */
	int32_t asserted;
	int32_t offset;			/* byte offset of the group in the document */
	int32_t note;			/* local number of the note text, -1 for none */
	int16_t decimals;		/* INT16_MAX = exact */
	char prec, comparator, state, nature;
	uint16_t value_len, high_len;	/* numeric_send bodies follow: value, then high; 0 = NULL */
	const unsigned char *value, *high;
};

/* The series an observation belongs to, before the store knows it. Strings are borrowed from the sink. */
struct local_series { const char *entity_ref, *metric, *dims /* canonical k=v;k=v */, *unit; char period_kind; /* i d t */ };

/* Rows of a primitive kind as ready COPY text lines (fields in the order of its enum; the first column is the row's locator offset). */
const struct buf *spool_rows(const struct sink *s, enum record_kind kind);
size_t spool_series(const struct sink *s, const struct local_series **out);
size_t spool_sources(const struct sink *s, const char *const **refs);
size_t spool_notes(const struct sink *s, const char *const **texts);
/* Walks the packed observations from the start; fn returns non-zero to stop (handed on). */
int spool_each(const struct sink *s, int (*fn)(void *arg, const struct packed *row), void *arg, struct err *e) must_check;

struct spool_reject { long long offset; const char *locator, *rule, *reason, *raw; };
size_t spool_rejects(const struct sink *s, const struct spool_reject **out);

#endif
