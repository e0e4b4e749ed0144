/*
 * format: one way bytes can be records. A format is one row in feeds/feeds.c and one pure function.
 * parse sees bytes and a mapping and fills a sink: no clock, network, database, global or log.
 */
#ifndef AIMARKET_FORMAT_H
#define AIMARKET_FORMAT_H

#include "aimarket/sink.h"

struct mapping;		/* mapping.h; NULL for formats that need none */

struct input {
	const char *data;
	size_t len;
	const char *name;	/* file name or address, for messages and for formats whose name carries meaning; never NULL */
	const char *fetched;	/* day it came, YYYY-MM-DD; NULL: nobody said */
};

struct format {
	const char *name;	/* "edgar-companyfacts": in feeds.d and in tx.tool */
	const char *help;
	const char *media;	/* application/json */
	int version;		/* raised when the same bytes give other records */
	bool mapped;		/* takes a mapping (and refuses to run without) */
	bool whole;		/* each document describes all it speaks of: the order of loading does not matter, several may go side by side */
	/*
	 * 0: the body made sense (single rows may have been rejected); -1: it did not, e says why with the locator.
	 * Never crashes, never takes more than O(largest record) memory of its own.
	 */
	int (*parse)(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e);
};

extern const struct format *const formats[];	/* feeds/feeds.c; ends with NULL */
const struct format *format_find(const char *name);

#endif
