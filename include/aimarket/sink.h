/*
 * sink: where a parser puts its records, and the compact form in which they travel to the loader.
 *
 * Records come in groups (one row of a CSV, one fact of an XBRL array): a group is kept whole or not at all. The sink
 * checks required fields, codes, dates, numbers and ranges as they come, interns what repeats (entities, sources, series)
 * and keeps observations as packed rows, in memory up to spool_memory and beyond that in an unlinked temporary file: a
 * document of any size parses in constant memory. Nothing here touches a database.
 */
#ifndef AIMARKET_SINK_H
#define AIMARKET_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "aimarket/record.h"

struct sink;

enum { LIMIT_NAME = RECORD_NAME_MAX, LIMIT_DIGITS = 400, LIMIT_DIMENSIONS = 64, LIMIT_CLAIMS = (1 << 24) - 1 };

struct limits {			/* named settings with defaults, etc. in lib/conf.c: [limits] */
	long long body;		/* largest document, bytes as stored and after unpacking: 2 GiB - 1 */
	long long field;	/* largest single field: 1 MiB */
	long long line;		/* largest record (CSV row, JSON value): 16 MiB */
	long long depth;	/* JSON/XML nesting: 128 */
	long long rejects;	/* rejected records kept per run before the run fails: 10,000 */
	long long spool_memory;	/* bytes of packed rows kept in memory: 8 MiB */
	long long archive;	/* largest ZIP archive, whose members are documents: 16 GiB */
	long long members;	/* of one archive: 2,000,000 */
	long long unpacked;	/* bytes that all members of an archive may come to: 1 TiB */
	long long ratio;	/* bytes that one packed byte of a member may come to: 200 */
	long long columns;	/* of a table: 2,000 */
	long long group_size;	/* bytes of rows that one record may come to, a kind: 64 MiB */
	long long name_length;	/* bytes of what things are found by: LIMIT_NAME, what the ledger's indexes hold */
	long long number_digits; /* of a figure's plain form: LIMIT_DIGITS */
	long long dimensions;	/* of one claim: 16 */
	long long claims;	/* figures of one document: LIMIT_CLAIMS, for a claim's number has 24 bits in its batch */
	long long documents;	/* of one filing, as a header or page of EDGAR lists them: 20,000 */
	long long parties;	/* of one filing, filers and whoever else stands in its header: 2,000 */
	long long issuers;	/* of one notice on Form D; of its persons, too: 1,000 */
	long long reject_text;	/* bytes kept of a rejected record: 1,000 */
};
extern const struct limits limits_default;

struct sink *sink_new(const struct limits *limits, int32_t default_asserted /* DATE_NONE: a claim without a date is rejected */);
void sink_free(struct sink *s);

/*
 * Begins a group that stands at byte offset of the document. What people read as its place is text (copied), followed by
 * n unless n is negative: ("line ", 17), ("/facts/us-gaap/Revenues/units/USD/", 3). A group that is still open is ended first.
 */
void sink_group(struct sink *s, long long offset, const char *text, long long n);
/* Begins a record in the group. Then any order of sink_set / sink_setz; a field left out or empty is absent. */
void sink_record(struct sink *s, enum record_kind kind);
void sink_set(struct sink *s, int field, const char *value, size_t n);	/* copied */
void sink_setz(struct sink *s, int field, const char *value);	/* NULL counts as absent */
/* Ends the record: 0 when it is well formed; -1 when not, then the whole group is undone and noted as a reject with the reason. */
int sink_end(struct sink *s);
/* Gives up the open group with a reason of the parser's own. raw is the text of the row, cut to the limit reject_text; NULL: as sink_raw said. Also works with no group open. */
void sink_reject(struct sink *s, const char *rule, const char *raw, size_t n, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The raw text of the open group, kept only if it is rejected; borrowed until the group ends. */
void sink_raw(struct sink *s, const char *raw, size_t n);

/*
 * Is this entity or source (by its ref, as it was set) here already? What repeats need not be sent again, though
 * that does no harm: an equal row is kept once. A source's record comes before the claims that cite it.
 */
bool sink_knows(const struct sink *s, enum record_kind kind, const char *ref, size_t n);
/* True when reading on is of no use (too many rejects, spool not writable): the parser may return; sink_finish says why. */
bool sink_full(const struct sink *s);

/* fn is told, every megabyte or so, up to where the document has been read: what lies before is not needed soon. */
void sink_progress(struct sink *s, void (*fn)(void *arg, size_t upto), void *arg);

/* Ends the last group. Fails (ERR_FAIL) when the spool could not be written, ERR_LIMIT when there were too many rejects. */
int sink_finish(struct sink *s, struct err *e) must_check;

struct sink_counts { long long groups, records, observations, statements, entities, sources, rejects; };	/* of what was kept */
void sink_counts(const struct sink *s, struct sink_counts *out);

#endif
