/* The inside of a sink, shared by sink.c (groups, undoing, what the loader reads) and sink_record.c (checks and rows). */
#ifndef AIMARKET_SINK_INSIDE_H
#define AIMARKET_SINK_INSIDE_H

#include "aimarket/buf.h"
#include "aimarket/date.h"
#include "aimarket/sink.h"
#include "aimarket/spool.h"
#include "intern.h"
#include "spill.h"

enum {
	VALUES_MAX = DEAL_FIELDS, /* the widest kind */
	SERIES_PARTS = 4, /* texts that name a series: entity, metric, dimensions, unit */
	PACKED_HEAD = offsetof(struct packed, value), /* of a packed row; its numbers follow */
};

/* What repeats and is kept once. */
enum sink_table { T_ENTITIES, T_SOURCES, T_PUBLISHERS, T_SERIES, T_NOTES, T_SEEN /* digests of rows */, TABLES };
/* Texts that are being put together. */
enum sink_text { B_LOCATOR, B_LAST /* raw texts of the last series */, B_ROW, B_KEY, B_NUMBER, B_DIMS, TEXTS };

/* The record that is being made: its values lie one after the other in text, each followed by a NUL. */
struct draft {
	enum record_kind kind;
	char *text;
	size_t len, cap;
	struct {
		uint32_t at, n;
	} value[VALUES_MAX]; /* n 0: absent */
};

struct source_info {
	bool declared; /* a source record of this ref was kept */
	uint32_t publisher; /* of it */
	int32_t date;
};

/* How far everything was when the group began: an undo cuts it back to there. */
struct mark {
	size_t bytes[REC_KINDS];
	long long rows[REC_KINDS];
	uint32_t items[TABLES];
	struct sink_counts counts;
};

struct sink {
	struct limits limits;
	int32_t default_asserted;

	enum { GROUP_NONE, GROUP_OPEN, GROUP_DEAD /* undone: what still comes for it is dropped */ } state;
	void (*progress)(void *arg, size_t upto);
	void *progress_arg;
	long long progress_at; /* offset at which it is told next */

	long long offset, number; /* of the group; its locator is buf[B_LOCATOR] and the number */
	const char *raw;
	size_t raw_n;
	struct mark mark;

	struct draft primitive, typed;
	struct draft *draft; /* the one that is being made */
	bool expanding; /* a typed record is being taken apart */

	struct spill rows[REC_KINDS]; /* by primitive kind; of observations, packed */
	long long n_rows[REC_KINDS];

	struct intern table[TABLES];
	struct buf buf[TEXTS];
	struct source_info *source_info; /* by number of the source */
	struct local_series *series_info;
	uint32_t source_cap, series_cap;
	uint32_t *declared; /* sources that the open group declared */
	uint32_t n_declared, declared_cap;

	/* The series of the observation before, by the raw texts that named it: they come in runs. */
	struct {
		bool valid;
		uint32_t series;
		char period_kind;
		uint32_t end[SERIES_PARTS]; /* in buf[B_LAST] */
	} last;

	/* The entity, key, source and metric before, as they were said: a table names the same in every row. */
	struct repeat {
		bool valid;
		struct draft said;
	} repeat[REC_STATEMENT];

	struct spool_reject *rejects;
	uint32_t n_rejects, reject_cap;
	struct sink_counts counts;
	struct err broken; /* why nothing more is taken */
	const char **texts[2]; /* arrays made for spool_sources and spool_notes */
};

/* Undoes the open group and notes why; returns -1. The text is one line, without a full stop. */
int sink_fail(struct sink *s, const char *rule, const char *fmt, ...) printf_like(3, 4);
/* Room for item n (counted from 0) of an array. */
void *sink_room(void *array, uint32_t n, uint32_t *cap, size_t size);

/* What a document may say its records' texts are, cut to what fits a reason: for "%.*s". */
#define QUOTED(v) (int)((v)->n < QUOTED_MAX ? (v)->n : QUOTED_MAX), (v)->text
enum { QUOTED_MAX = 60 };

/* Checks of sink_fields.c. Those that fail have undone the group and return -1. */

/* Hands over the draft's values, each checked by itself; codes are as the ledger stores them then. */
int sink_check_fields(struct sink *s, const struct draft *d, struct record_value *v);
int sink_read_span(struct sink *s, const char *field, const struct record_value *v, struct date_span *out);
/* The last day a date stands for; DATE_NONE when it is absent. */
int sink_read_day(struct sink *s, const char *field, const struct record_value *v, int32_t *out);

struct period { /* when a claim is about */
	int32_t start, end; /* DATE_NONE: not said */
	char prec;
};
/* The precision is what the dates' spelling and the field for it allow: the coarser of the two. */
int sink_read_period(struct sink *s, const struct record_value *start, const struct record_value *end, const struct record_value *prec,
        struct period *out);
/* A single day that is known only to the month (quarter …) means that month. */
void sink_widen(struct period *p);

/* The canonical form of dimensions, in buf[B_DIMS]: sorted by key, each key once. */
int sink_canonical_dims(struct sink *s, const struct record_value *v, struct record_value *out);

#endif
