/*
 * job: one run of one feed: its files, or its requests one after the other, each document taken in as it comes. What a feed of a single
 * request brought is held instead, and taken in together with what others brought: a transaction for many small documents.
 */
#ifndef AIMARKET_DAEMON_JOB_H
#define AIMARKET_DAEMON_JOB_H

#include "aimarket/fetch.h"
#include "aimarket/paging.h"
#include "worker.h"

struct job {
	struct worker *w;
	struct arena *mem;
	struct lease lease;
	const char *log;	/* "feed=x", for log lines */
	const char *const *items;	/* what {item} stands for, n_items of them */
	size_t n_items, item;	/* the one we are at */
	const char *url;	/* asked for at present */
	long page;		/* of this item, from 1 */
	struct paging_list list;	/* what the first page of this item names, and how far we are in it */
	size_t listed;
	const char *list_url;	/* the first page */
	const struct paging_entry *entry;	/* that url is; NULL: it is no page of a list */
	long long documents, records, added, rejects, failed;
	bool changed, hopeless;
	const char *error;	/* the first */
	int64_t retry_after, renewed;
	struct fetch_result *held;	/* what came, its own; NULL while nothing waits to be taken in */
	const char *etag, *last_modified;	/* of the url, when they are known before it is asked for */
	bool looked_up;		/* they are */
	struct job *next;
};

/* Sets out. ERR_DB_DOWN and the like: nothing is known of the lease any more; all else is the run's own affair. */
int job_start(struct job *j, struct err *e) must_check;
/* Finds out for many at once what is known of their addresses, before they set out. */
int job_look_up(struct job *const *jobs, size_t n, struct err *e) must_check;
/* What was fetched for it; the caller's, unless the job holds it then. *over: the run has ended and was written down. */
int job_fetched(struct job *j, struct fetch_result *r, bool *over, struct err *e) must_check;
/* Takes in what these hold, all together. Their runs have ended then and were written down. */
int job_take_held(struct job *const *jobs, size_t n, struct err *e) must_check;
/* Reads a feed of files from the first to the last, and ends. */
int job_files(struct job *j, struct err *e) must_check;
/* Put down unfinished: the lease is given back, the next run goes on where this one was. */
int job_put_down(struct job *j, struct err *e) must_check;

#endif
