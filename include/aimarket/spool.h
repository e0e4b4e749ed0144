/*
 * spool: the inside of a sink, as the loader reads it: entities, keys, sources, metrics and statements as rows of text,
 * observations as packed rows that already have the shape of store.observation. Only the sink and its readers include this.
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

/*
 * The series an observation belongs to, before the store knows it. Strings are borrowed from the sink. dims is canonical:
 * k=v;k=v sorted by key (bytes), no key twice, "" for none; ; = % in a key or value are written %3B %3D %25.
 */
struct local_series {
	const char *entity_ref, *metric, *dims, *unit;
	uint32_t measure_len;	/* of metric, dims, unit and period_kind, which lie at metric in one piece, each text with its NUL */
	char period_kind;	/* i d t */
};

/*
 * Hands over the rows of a primitive kind (not REC_OBSERVATION) as COPY text, in blocks of whole lines, in the order they
 * came: the byte offset of the group, then the fields in the order of the kind's enum. Absent is \N, dates are ISO,
 * dimensions canonical, codes as the ledger stores them. Equal rows come once (statements as often as they were said).
 * fn returns non-zero to stop; that is handed on (-1 with e set, as everywhere).
 */
typedef int spool_block(void *arg, const char *data, size_t n, struct err *e);
int spool_rows(const struct sink *s, enum record_kind kind, spool_block *fn, void *arg, struct err *e) must_check;
long long spool_count(const struct sink *s, enum record_kind kind);	/* rows of it, or packed observations */

size_t spool_series(const struct sink *s, const struct local_series **out);
/* By local number. A ref "" stands for the document itself: claims that cite no source. Not every ref has a source row here: it may be in the store. */
size_t spool_sources(struct sink *s, const char *const **refs);
size_t spool_notes(struct sink *s, const char *const **texts);
/* Walks the packed observations from the start; fn returns non-zero to stop (handed on). */
typedef int spool_packed(void *arg, const struct packed *row, struct err *e);
int spool_each(const struct sink *s, spool_packed *fn, void *arg, struct err *e) must_check;

struct spool_reject { long long offset; const char *locator, *rule, *reason, *raw; };	/* valid UTF-8 without NUL, whatever the document held */
size_t spool_rejects(const struct sink *s, const struct spool_reject **out);

#endif
