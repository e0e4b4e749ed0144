/* feed: a configured source: an address or file, a format, a mapping, an interval. One file of feeds.d each. */
#ifndef AIMARKET_FEED_H
#define AIMARKET_FEED_H

#include "aimarket/arena.h"
#include "aimarket/mapping.h"

struct feed {
	const char *name;		/* the file's name without .conf */
	const char *title;
	const struct format *format;
	struct mapping *mapping;	/* NULL when the format takes none */
	const char *path;		/* file:, glob or folder this feed reads; relative to the data folder; NULL when it only takes --file */
	const char *address;		/* http(s) address for the daemon; NULL for file feeds */
	bool enabled;
	const char *publisher, *publisher_name, *tier;	/* of sources that name none */
	int32_t asserted_on;		/* day its claims were said when neither row nor source tells; DATE_NONE = reject them */
};

struct feed_set { struct feed **feeds; size_t n; };	/* sorted by name */

/* Loads every *.conf of dir (AIMARKET_FEEDS, else beside the program: tree or installed). ERR_CONFIG as file:line: reason. */
int feed_load(const char *dir, struct arena *mem, struct feed_set *out, struct err *e) must_check;
const struct feed *feed_find(const struct feed_set *set, const char *name);
void feed_release(struct feed_set *set);	/* frees the mappings */

/* Folders of the running program: the build tree's when it runs from there, else the installed ones. In mem. */
const char *feed_dir(struct arena *mem);	/* …/etc/feeds.d  or /etc/aimarket/feeds.d */
const char *feed_data_dir(struct arena *mem);	/* …/data         or PREFIX/share/aimarket/data */

#endif
