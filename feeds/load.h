/* load: parsed documents into the ledger, all of a load in one transaction; the C half of sql/load. */
#ifndef AIMARKET_LOAD_H
#define AIMARKET_LOAD_H

#include "aimarket/body.h"
#include "aimarket/feed.h"
#include "aimarket/pg.h"
#include "aimarket/spool.h"

struct load_run { /* what is loaded, and whose run it is; borrowed */
	const struct feed *feed;
	struct sink *sink; /* finished */
	struct body *body; /* for the text of rejected records */
	const struct limits *limits;
	const char *tool, *why; /* of the ledger's transaction, when the document is loaded alone */
	const char *fetched; /* the day the document came */
	long long run, document;
};

struct load_result {
	long long tx; /* 0: nothing was added */
	long long added, known, rejects;
};

/*
 * Adds what the store does not know: n documents, in their order, as if they had been loaded one after the other. All or nothing;
 * deadlocks and races with other loads are tried again. Rejected records become rows of store.reject (the sink's own ones too).
 * ERR_LIMIT when there are too many of one document. out has one result a document. Each document is another one (other bytes).
 */
int load_documents(struct pg *db, const struct load_run *runs, size_t n, struct load_result *out, struct err *e) must_check;

/* Has the server make ready for a load, while documents are parsed: a session's first one takes a tenth of a second of it. Waits for nothing. */
void load_warm_up(struct pg *db);

/*
 * Documents that may be loaded together. takes: this one may be loaded with those taken before it, and is one of them now. The first
 * always is; a document stays alone whose feed takes all or nothing, or that makes deals, and none joins those that describe one of
 * its references as a thing of another kind, or define a metric otherwise. What one of them describes, the others may name.
 */
struct load_group;
struct load_group *load_group_new(void);
void load_group_free(struct load_group *g);
bool load_group_takes(struct load_group *g, const struct load_run *run);

/* Writes the sink's rejects alone, for a run that failed; in the open transaction. */
int load_rejects(struct pg *db, const struct load_run *run, struct err *e) must_check;

#endif
