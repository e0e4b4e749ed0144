/* zone: a time zone of the IANA database as a list of offsets. Read once from the system's files, then pure. */
#ifndef AIMARKET_ZONE_H
#define AIMARKET_ZONE_H

#include <stdint.h>

#include "aimarket/err.h"

struct zone;

/*
 * Reads a zone by its name, "America/New_York", from TZDIR or /usr/share/zoneinfo. What the file does not list is computed
 * from its rule up to the year 2200. ERR_CONFIG: no such zone, or not a readable one.
 */
int zone_new(const char *name, struct zone **out, struct err *e) must_check;
void zone_free(struct zone *z);		/* NULL is fine */
const char *zone_name(const struct zone *z);

/* A stretch of time in which local = UTC + offset. Seconds since 1970; the first begins at INT64_MIN, the last ends at INT64_MAX. */
struct zone_span {
	int64_t start, end;	/* end does not belong to it */
	int32_t offset;		/* seconds east of UTC */
	int32_t before;		/* the offset of the span before; the same as offset in the first */
};

/* The span that holds t. A NULL zone is UTC. */
struct zone_span zone_span(const struct zone *z, int64_t t);

#endif
