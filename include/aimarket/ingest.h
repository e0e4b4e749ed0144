/* ingest: one document from bytes to ledger: archive, parse, load, write down the run. The daemon and the CLI call the same code. */
#ifndef AIMARKET_INGEST_H
#define AIMARKET_INGEST_H

#include <stdio.h>

#include "aimarket/body.h"
#include "aimarket/feed.h"
#include "aimarket/pg.h"

enum ingest_state {
	INGEST_LOADED,
	INGEST_KNOWN, /* same bytes, same feed, same parser: nothing done */
	INGEST_FAILED,
	INGEST_STOPPED, /* an archive, by the one who watches it: some of its members are in, another run takes the rest */
};

struct ingest_result {
	enum ingest_state state;
	bool archive; /* it was one and was opened: all else was told of its members, one by one (struct ingest_watch) */
	long long run, document, tx; /* tx: the ledger's number, 0 when nothing was claimed */
	long long records, added, known, rejects;
	struct sink_counts counts;
};

/* Whoever wants to see the members of an archive come in. */
typedef int ingest_job(void *of, struct pg *db, size_t i, struct err *e);
struct ingest_watch {
	/* After each one: what became of it; why is NULL when nothing was wrong. Not 0: stop, and leave the rest to another run. */
	int (*member)(void *arg, const char *name, const struct ingest_result *r, const struct err *why);
	/* Does jobs 0 to n (each some members) in several processes, each with a connection of its own; NULL: they are done one after the other. */
	int (*spread)(void *arg, size_t n, ingest_job *job, void *of, struct err *e);
	void *arg;
};

struct ingest_origin { /* how the bytes came here; all may be NULL or 0 */
	const char *address; /* file path or URL, written to capture; also the name that formats see */
	const char *fetched; /* day it came, YYYY-MM-DD; NULL: today */
	const char *etag, *last_modified, *media;
	long http_status;
	int container; /* number of the archive it came in */
	const struct ingest_watch *watch;
};

/*
 * Takes one body in: archives it (kept even when it does not parse), parses, and loads it in one transaction.
 * Idempotent: killed anywhere and run again, the store is the same. -1 with the reason when the run failed (also written
 * to the run's row); rows that were rejected are not a failure, see result->rejects. Of a mapped body the memory is given
 * back as it is read. A ZIP archive of a feed that has a section [archive] is opened: each of its members is a document.
 */
int ingest_body(struct pg *db, const struct feed *feed, struct body *body, const struct ingest_origin *from, const struct limits *limits,
	struct ingest_result *result, struct err *e) must_check;

/* One of several bodies that are taken in together. */
struct ingest_item {
	const struct feed *feed;
	struct body *body;
	struct ingest_origin from;
	struct ingest_result result; /* what became of it */
	struct err why; /* of a failure; empty otherwise */
};
enum {
	INGEST_TOGETHER = 64, /* most bodies that are worth taking in together */
	INGEST_TOGETHER_BYTES = 8 << 20, /* and their bytes, if one alone does not have as many */
};
/*
 * Takes n bodies in as ingest_body would one after the other, but in few transactions: those that go together are loaded in one,
 * each with a run of its own. Where that fails they are done again one by one, so that a bad one costs only itself. For many
 * small documents; all of them are in memory at once, parsed.
 */
void ingest_bodies(struct pg *db, struct ingest_item *items, size_t n, const struct limits *limits);
/* How many bytes such a body may have, packed as it comes. */
size_t ingest_body_max(const struct feed *feed, const struct limits *limits);

struct ingest_again { /* a document that the store has, to be parsed once more; borrowed */
	const struct feed *feed;
	struct body *body;
	struct ingest_origin from; /* address and fetched, as they were */
	long long run, document; /* the run is open for it */
	long long records, rejects; /* filled */
};
/*
 * Parses and loads documents again as one load, as they were once: archives and captures nothing, and leaves a failure for the caller
 * to note. In the caller's transaction, which stays whole when it fails.
 */
int ingest_again(struct pg *db, struct ingest_again *docs, size_t n, const struct limits *limits, struct err *e) must_check;

/* Parses only and prints to out what would be claimed, one JSON object a line, the rejected records last. */
int ingest_dry_run(const struct feed *feed, struct body *body, const struct ingest_origin *from, const struct limits *limits, FILE *out,
	struct ingest_result *result, struct err *e) must_check;

/* Writes the feed's row (store.feed) as its definition says. */
int ingest_register(struct pg *db, const struct feed_set *feeds, struct err *e) must_check;

#endif
