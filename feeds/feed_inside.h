/* [fetch] and [archive] of a feed's definition, which feed.c reads with the rest. */
#ifndef AIMARKET_FEED_INSIDE_H
#define AIMARKET_FEED_INSIDE_H

#include "aimarket/feed.h"

/* One key. What it says lives in mem. ERR_CONFIG. */
int feed_fetch_set(struct feed_fetch *f, const char *key, const char *value, struct arena *mem, struct err *e) must_check;
int feed_fetch_check(const struct feed *feed, struct err *e) must_check;
int feed_archive_set(struct feed_archive *a, const char *key, const char *value, struct arena *mem, struct err *e) must_check;

#endif
