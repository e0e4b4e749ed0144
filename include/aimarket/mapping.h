/*
 * mapping: which column or JSON pointer feeds which field of which record kind; the declarative half of a feed
 * file. The tables below are the language: they drive the parser, the messages and aimarket-feeds(5).
 *
 *	[csv]
 *	missing = N/A | - | Undisclosed
 *	dates = mdy
 *	numbers = comma
 *
 *	[map status]				the word we want = the words of the source
 *	completed = Closed | Completed
 *	announced = *
 *
 *	[source row]				a section = a record per row; its second word only tells sections apart
 *	ref = {Link}
 *	kind = article
 *	date = {Published}
 *
 *	[deal]
 *	when = {Type} is Acquisition or Merger
 *	ref = {Target|slug}-{Buyer|slug}-{Date|year}
 *	type = acquisition
 *	target = {Target}
 *	status = {State|map:status}
 *	date = {Date}
 *	amount = {Price, $m|scale:6}
 *	currency = USD
 *
 *	[statement investor]
 *	each = {Investors|split:,}		a record per item
 *	entity = deal:{Target|slug}-{Buyer|slug}-{Date|year}
 *	property = party
 *	object = {$item}
 *	dims = role=investor
 *
 *	[let]					names for values: {$symbol}, worked out once a row
 *	symbol = {$file|before:.|upper}
 *
 * A value is text with references {column|modifier|modifier:argument}. When all references of a value are blank, the
 * field is left out. A record that names no source cites the row's own source section, when there is one.
 * dims = {column} takes k=v;k=v as the column has it; within a text (dims = role={column}) a cell is one value.
 */
#ifndef AIMARKET_MAPPING_H
#define AIMARKET_MAPPING_H

#include "aimarket/date.h"
#include "aimarket/decimal.h"
#include "aimarket/format.h"

/* One word of the language, for messages and the manual page. */
struct mapping_word {
	const char *word;
	const char *arg;	/* what follows it; NULL = nothing */
	const char *help;
};
enum mapping_topic {
	TOPIC_CSV,		/* keys of [csv] */
	TOPIC_JSON,		/* keys of [json] */
	TOPIC_RECORD,		/* keys of a record section beside the fields of its kind */
	TOPIC_MODIFIER,
	TOPIC_VARIABLE,
	TOPIC_CONDITION,	/* what may stand in when */
	TOPICS
};
const struct mapping_word *mapping_word(enum mapping_topic topic, size_t i);	/* NULL after the last */

/* How the csv format reads a body, from [csv]. */
struct csv_options {
	char delimiter;			/* 0: sniffed in the first line */
	bool quotes;			/* false: a quote is a character like any other */
	const char *encoding;		/* for iconv; NULL = UTF-8. A byte order mark goes before it */
	bool header;			/* false: columns are #1, #2 … */
	const char *header_has;		/* the header is the first row with this cell; NULL = the first row */
	long skip, skip_after;		/* rows before the header and right after it */
};

struct mapping *mapping_new(void);
void mapping_free(struct mapping *m);
/* One key of the file; ERR_CONFIG names what was wrong and the nearest right word.. */
int mapping_add(struct mapping *m, const char *section, const char *key, const char *value, struct err *e) must_check;
/* Ends the adding and checks the whole: every record has its required fields, every table a value goes through exists. */
int mapping_check(struct mapping *m, const struct format *format, struct err *e) must_check;

bool mapping_is_empty(const struct mapping *m);	/* nothing was added */
bool mapping_tells_day(const struct mapping *m);	/* $fetched is in it: what the bytes say depends on the day they came */
const struct csv_options *mapping_csv(const struct mapping *m);
/* Where the records of a JSON document are, from [json]: a pointer with * steps; what fallback says when it is not there. */
const char *mapping_records(const struct mapping *m, const char *fallback);

/* The columns or pointers that the mapping names, numbered from 0; NULL after the last. optional: the body need not have it. */
const char *mapping_ref(const struct mapping *m, size_t n, bool *optional);
/* Of these references the body needs one, number i of such sets; NULL after the last. *n of them. */
const size_t *mapping_one_of(const struct mapping *m, size_t i, size_t *n);
int mapping_find_ref(const struct mapping *m, const char *name, size_t n);	/* its number, or -1 */
/* May the mapping ask for this pointer by name (find and child below)? Lets a reader forget the rest. */
bool mapping_may_ask(const struct mapping *m, const char *pointer, size_t n);

/* What the csv and json formats hand over for one row. Texts are borrowed until mapping_emit returns; n 0 = blank. */
struct mapping_row {
	/* The value of reference number ref. */
	struct record_value (*get)(void *arg, size_t ref);
	/* The value of a column or pointer that was put together at run time. */
	struct record_value (*find)(void *arg, const char *name, size_t n);
	/* Name of child number i of the container at pointer name (JSON), or of column i (CSV, name ""); text NULL = no more. */
	struct record_value (*child)(void *arg, const char *name, size_t n, size_t i);
	/* $key, $1, $line …: n 0 when this format has none. */
	struct record_value (*variable)(void *arg, const char *name, size_t n);
	void *arg;
};
/* The mapping at work on one body: scratch memory, and what one record of a row leaves for the next. */
struct mapping_run;
struct mapping_run *mapping_run_new(const struct mapping *m, const struct mapping_row *row, struct sink *out);	/* borrows all three */
void mapping_run_free(struct mapping_run *run);
/* Emits the records of the current row, if it is taken at all, into the sink's open group; rejects are the sink's affair. */
void mapping_run_emit(struct mapping_run *run);

#endif
