/* feed: a configured source: an address or file, a format, a mapping, an interval. One file of feeds.d each. */
#ifndef AIMARKET_FEED_H
#define AIMARKET_FEED_H

#include "aimarket/arena.h"
#include "aimarket/mapping.h"
#include "aimarket/paging.h"
#include "aimarket/schedule.h"

struct feed_header { const char *name, *value; };

struct feed_fetch {			/* [fetch]: how its address is asked */
	const struct feed_header *headers;	/* to send; NULL name at the end */
	const struct feed_header *secrets;	/* the same, values are the files that hold them */
	bool allow_private;		/* its host may have a private address */
	long long most, memory;		/* bytes of a body; of it in memory; 0 = the usual */
	long timeout;			/* seconds for one request; 0 = the usual */
	const char *const *items;	/* what {item} in the address stands for, one request each; NULL at the end, or NULL */
	size_t n_items;
	const char *filers;		/* instead: the CIKs of all who filed such forms, separated by blanks; or NULL */
	int32_t filers_since;		/* on or after this day; DATE_NONE: ever */
};

struct feed_archive {			/* [archive]: what of a ZIP archive is read */
	const char **patterns;		/* of names of members */
	size_t n;			/* 0: archives are not opened */
	bool together;			/* one document of all of them; else one of each */
	uint64_t reading;		/* hash of this */
};

enum fetched_on { FETCHED_CHANGED, FETCHED_NAME, FETCHED_TAKEN };

struct feed {
	const char *name;		/* the file's name without .conf */
	const char *title;
	const struct format *format;
	struct mapping *mapping;	/* NULL when the format takes none */
	const char *path;		/* file:, glob or folder this feed reads; relative to the data folder; NULL when it only takes --file */
	const char *address;		/* http(s) address for the daemon; NULL for file feeds */
	bool enabled;
	bool whole;			/* one rejected record fails its whole document */
	bool complete;			/* its documents list all there is: what one does not name any more has ended */
	enum fetched_on fetched_on;	/* what tells the day a file came */
	const char *publisher, *publisher_name, *tier;	/* of sources that name none */
	int32_t asserted_on;		/* day its claims were said when neither row nor source tells; DATE_NONE = reject them */
	uint64_t reading;		/* hash of all that decides what its bytes say: another one reads known bytes again */
	struct schedule schedule;	/* when its address is asked, or its files are looked at; always has one */
	struct paging paging;
	struct feed_fetch fetch;
	struct feed_archive archive;
};

struct feed_set { struct feed **feeds; size_t n; };	/* sorted by name */

/* Loads every *.conf of dir. ERR_CONFIG as file:line: reason. */
int feed_load(const char *dir, struct arena *mem, struct feed_set *out, struct err *e) must_check;
/* The same, but those that are wrong are left out, and told to bad. */
typedef void feed_bad(void *arg, const struct err *why);
int feed_load_good(const char *dir, struct arena *mem, feed_bad *bad, void *arg, struct feed_set *out, struct err *e) must_check;
/* Loads one definition. */
int feed_load_file(const char *path, struct arena *mem, struct feed **out, struct err *e) must_check;
const struct feed *feed_find(const struct feed_set *set, const char *name);
/* Fills *e with "unknown feed "x"", ERR_NOT_FOUND, and the nearest right one; returns -1. */
int feed_unknown(const struct feed_set *set, const char *name, struct err *e);
/* The day a file of it came, in iso; NULL: today. */
const char *feed_file_day(const struct feed *f, const char *path, char iso[11]);
/* What reads its bytes, "format/version/hash", in mem: another text reads known bytes again. */
const char *feed_parser(const struct feed *feed, struct arena *mem);
void feed_release(struct feed_set *set);	/* frees what the arena does not */
void feed_free(struct feed *feed);

/*
 * Folders of the running program, in mem: AIMARKET_FEEDS, AIMARKET_DATA and AIMARKET_CHECKS, else those of the tree when it runs from
 * <tree>/build or a folder in it, else the installed ones.
 */
const char *feed_dir(struct arena *mem);	/* …/etc/feeds.d  or /etc/aimarket/feeds.d */
const char *feed_data_dir(struct arena *mem);	/* …/data         or PREFIX/share/aimarket/data */
const char *feed_checks_dir(struct arena *mem);	/* …/etc/checks.d or /etc/aimarket/checks.d: plausibility rules */

/* The first pattern that the name of an archive's member fits; the number of patterns when there is none. */
size_t feed_archive_find(const struct feed_archive *a, const char *name);

/* The keys of [feed], [fetch] and [archive], for the manual page; NULL after the last. */
const struct mapping_word *feed_word(size_t i);
const struct mapping_word *feed_fetch_word(size_t i);
const struct mapping_word *feed_archive_word(size_t i);

#endif
