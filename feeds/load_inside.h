/* The inside of the loader, shared by load.c (the protocol), load_rows.c (observations) and load_reject.c. */
#ifndef AIMARKET_LOAD_INSIDE_H
#define AIMARKET_LOAD_INSIDE_H

#include "load.h"

struct loaded_series { /* a series of the document, by its local number */
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

struct load {
	struct pg *db;
	const struct load_run *run;
	struct arena *mem;
	int32_t batch;
	const struct local_series *local_series; /* of the sink */
	const char *const *refs, *const *texts;
	struct loaded_series *series;
	struct loaded_source *sources;
	int32_t *notes; /* ids */
	size_t n_series, n_sources, n_notes;
	bool something_rejected, older_series, older_sources;
	int32_t *bad; /* offsets of groups that are not taken, ascending */
	size_t n_bad;
	long long rejects; /* rows of store.reject */
	long long added, known; /* observations */
};

/* load_reject.c: the groups of observations whose series or source was rejected join those that SQL rejected; all go to store.reject. */
int load_settle_rejects(struct load *l, struct err *e) must_check;
/* Writes the sink's rejects and l->bad, whose rules and reasons are in by_sql (at, rule, reason). */
int load_send_rejects(struct load *l, const PGresult *by_sql, struct err *e) must_check;
bool load_is_bad(const struct load *l, int32_t offset);

/* load_rows.c: copies the observations that are new into the ledger. */
int load_observations(struct load *l, struct err *e) must_check;

#endif
