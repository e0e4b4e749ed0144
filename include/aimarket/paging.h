/*
 * paging: sources that hand out their records page by page, declared and not coded. Pure: from the declaration, the request
 * before and its answer to the next request. All there is to know lies in the URL, so that a fetch of many pages can go on
 * from any of them, after a restart too.
 */
#ifndef AIMARKET_PAGING_H
#define AIMARKET_PAGING_H

#include <stddef.h>
#include <stdint.h>

#include "aimarket/arena.h"

enum paging_kind {
	PAGING_NONE,	/* one page, or only windows of dates */
	PAGING_CURSOR,	/* the body holds a text that goes into a parameter */
	PAGING_NEXT,	/* the body holds the address of the next page */
	PAGING_PAGE,	/* a parameter counts pages */
	PAGING_OFFSET,	/* a parameter counts records */
	PAGING_LINK,	/* the header Link: <…>; rel="next" has it */
	PAGING_LIST,	/* the body of the first page holds the addresses of all others: paging_list */
	PAGING_KINDS
};
extern const char *const paging_kind_names[PAGING_KINDS];	/* "none", "cursor", "next", "page", "offset", "link", "list" */

struct paging {			/* as paging_set leaves it; release it with paging_release */
	enum paging_kind kind;
	char *param;		/* query parameter of cursor, page, offset */
	char *pointer;		/* JSON Pointer to cursor or next; of a list to the address in its elements, whose step is a star */
	char *items;		/* JSON Pointer to the array of records: the end is where it is empty, or shorter than size */
	char *total;		/* JSON Pointer to how many records there are in all */
	long first;		/* number of the first page (1), or offset (0); -1 = not given */
	long size;		/* records of a full page; 0 = unknown */
	long reach;		/* a source shows no more than so many records of one query: a window with more is halved; 0 = no such limit */
	long pages;		/* most requests in a row: 100 */
	bool until_known;	/* newest first: ends at a page that brought nothing new */
	char *from, *to;	/* query parameters for windows of dates, YYYY-MM-DD, both ends in them */
	long window;		/* days of one window */
	int32_t since;		/* the oldest day asked for */
};

void paging_init(struct paging *p);
void paging_release(struct paging *p);
/*
 * One key of [paging] in a feed's definition: kind, param, pointer, items, total, first, size, reach, pages, until ("known"),
 * from, to, window, since. ERR_CONFIG.
 */
int paging_set(struct paging *p, const char *key, const char *value, struct err *e) must_check;
struct mapping_word;
const struct mapping_word *paging_word(size_t i);	/* the keys, for the manual page; NULL after the last */
int paging_check(const struct paging *p, struct err *e) must_check;
bool paging_counts(const struct paging *p);	/* by pages or records */

/* The first request for a feed's address. today is the newest day asked for. Out lives in mem, as everywhere here. */
int paging_first(const struct paging *p, const char *address, int32_t today, struct arena *mem, const char **out, struct err *e) must_check;

struct paging_page {		/* a page that came */
	const char *url;	/* as it was asked for */
	long n;			/* 1 for the first of this run */
	const char *data;
	size_t len;
	const char *link;	/* values of its Link headers, or NULL */
	long long added;	/* claims that the ledger did not have before; -1: unknown */
};

enum paging_end {
	PAGING_MORE,	/* there is a next page */
	PAGING_DONE,	/* the source has no more */
	PAGING_KNOWN,	/* what is older is known already */
	PAGING_CAPPED,	/* there is more, but pages were taken */
};

/*
 * The request after this page; *out is NULL at the end, and *why says which. ERR_PARSE: the answer does not hold what the
 * declaration says, leads elsewhere or in a circle.
 */
int paging_next(const struct paging *p, const struct paging_page *page, struct arena *mem, const char **out, enum paging_end *why,
	struct err *e) must_check;

struct paging_entry {		/* a page that a list names */
	const char *url;
	const char *tells;	/* all else that its element of the list says, "filingCount 2000 filingTo 2024-02-10 ": the same text, the same page; NULL: nothing */
};
struct paging_list {
	struct paging_entry *entries;
	size_t n;
	bool capped;		/* there are more than pages allow: the rest is left out */
};
/*
 * The pages that a first page lists, in its order; none for a page without such a list, and for other kinds than PAGING_LIST. An
 * entry that leads back to the page is left out. ERR_PARSE: it is not JSON, or an entry leads elsewhere.
 */
int paging_list(const struct paging *p, const struct paging_page *page, struct arena *mem, struct paging_list *out, struct err *e) must_check;

#endif
