/* The inside of the loader, shared by load.c (the protocol), load_series.c, load_rows.c (observations) and load_reject.c. */
#ifndef AIMARKET_LOAD_INSIDE_H
#define AIMARKET_LOAD_INSIDE_H

#include "intern.h"
#include "load.h"

/* Of two values, for sorting. */
#define COMPARE(x, y) ((x) < (y) ? -1 : (x) > (y))

struct loaded_subject { /* whom observations are about */
	int32_t id; /* 0 = rejected */
	bool fresh; /* made by this load: the store has none of its series */
	bool merged; /* reads as another */
	const char *rule, *reason; /* of a rejected one */
};

struct loaded_measure { /* metric, dimensions, unit and kind of period of a series */
	int32_t metric, unit;
	uint32_t meaning; /* the same for all words that come to the same */
	char period_kind;
	bool watched; /* the end of the load looks at its series, however new */
	bool by_day; /* what is said on another day is another vintage */
	const char *dims; /* JSON */
	const char *rule, *reason; /* of a rejected one */
};

struct loaded_series { /* a series of the document, by its local number */
	uint32_t who, what; /* numbers of subject and measure in the load */
	uint32_t place; /* among the load's series, each once, in the order in which the documents name them */
	int32_t id; /* in the store; 0 = rejected */
	int32_t subject;
	bool fresh; /* made by this load: nothing can be known of it */
	int32_t first_end, last_end; /* of the periods of its observations */
	const char *rule, *reason; /* of a rejected one */
};

struct loaded_source {
	int32_t id; /* 0 = nobody knows it */
	int16_t tier;
	bool fresh;
};

struct loaded_document {
	const struct load_run *run;
	const struct local_series *local_series; /* of its sink */
	const char *const *refs, *const *texts;
	size_t n_series, n_sources, n_notes;
	size_t series, sources, notes; /* where its own begin in the arrays of the load */
	long long rejects; /* rows of store.reject */
	long long added, known; /* observations, and questions with their forecasts */
};

struct load {
	struct pg *db;
	struct arena *mem;
	int32_t batch;
	bool alone; /* the transaction is its own, and no part of a larger one */
	bool defined; /* all its metrics and units are there */
	struct loaded_document *documents;
	size_t n;
	struct intern subject_refs, measure_words; /* by their numbers in the load */
	struct loaded_subject *subjects;
	struct loaded_measure *measures;
	struct loaded_series *series;
	struct loaded_source *sources;
	int32_t *notes; /* ids */
	size_t n_series, n_sources, n_notes;
	bool something_rejected, older_series, older_sources;
	int64_t *bad; /* places of groups that are not taken, ascending; see load_place */
	size_t n_bad;
	long long added; /* observations of all documents */
};

/* Where a group stands: as sql/load/20_stage.sql has it. */
static inline int64_t load_place(size_t document, int32_t offset)
{
	return (int64_t)document << 32 | (uint32_t)offset;
}
static inline size_t load_document_of(int64_t place)
{
	return (size_t)(place >> 32);
}
static inline uint32_t load_offset_of(int64_t place)
{
	return (uint32_t)place;
}

/* load_series.c: what observations share. Numbers subjects and measures, once the series' numbers are known. */
int load_note_series(struct load *l, struct err *e) must_check;
int load_stage_measures(struct load *l, struct err *e) must_check;
int load_stage_subjects(struct load *l, struct err *e) must_check;
/* Once load.resolve has been: finds and makes series; adds to *added how many are new. */
int load_series(struct load *l, long long *added, struct err *e) must_check;

/* load_reject.c: the groups of observations whose series or source was rejected join those that SQL rejected; all go to store.reject. */
int load_settle_rejects(struct load *l, struct err *e) must_check;
/* Writes the sink's rejects and l->bad, whose rules and reasons are in by_sql (at, rule, reason). */
int load_send_rejects(struct load *l, const PGresult *by_sql, struct err *e) must_check;
bool load_is_bad(const struct load *l, int64_t place);

/* A row that is new. */
struct new_row {
	struct packed row; /* its figures lie in the part's memory */
	uint32_t document; /* of the load */
	const struct loaded_series *series;
	const struct loaded_source *source;
	int64_t claim; /* number in the ledger, once it is sent */
};

/* load_settle.c: what n claims of one fact come to, in the order they are taken in, where they are all there are. False: SQL has to tell. */
struct settled {
	const struct new_row *shown, *low, *high;
	char rule; /* the letter of what put the first one first */
	bool disputed;
};
bool load_settle(const struct new_row *claims, size_t n, struct settled *out);

/* load_rows.c: copies the observations that are new into the ledger. */
int load_observations(struct load *l, struct err *e) must_check;

#endif
