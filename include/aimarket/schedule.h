/*
 * schedule: when a feed is due. Pure: the caller brings the clock and keeps the pace. Times are seconds since 1970 UTC.
 *
 * Due times are slots on a fixed grid (or a calendar), never "so long after the last run": so nothing drifts, whoever
 * works them out gets the same ones, and none comes twice. Slots that passed while nobody was there are made up for by one run.
 */
#ifndef AIMARKET_SCHEDULE_H
#define AIMARKET_SCHEDULE_H

#include "aimarket/calendar.h"

struct schedule {
	/* as schedule_set leaves them; seconds, 0 = not given */
	int64_t interval, fastest, slowest, jitter;
	struct calendar *calendar;	/* instead of an interval */
	struct calendar *hours;		/* minutes in which the source publishes; at other times it is asked at the slowest pace */
	/* worked out by schedule_check */
	int64_t base;			/* shortest distance of slots; a pace of level k takes every 2^k-th */
	int64_t offset;			/* of the feed's slots, the same for ever: from its name */
	int level, levels;		/* where the pace begins; how many there are */
};

/* How often a feed is asked at present; kept with the feed, { 0 } forgotten is fine too: schedule_start. */
struct schedule_pace {
	int level;	/* 0 is fastest */
	int quiet;	/* runs in a row that brought nothing new */
};

void schedule_init(struct schedule *s);
void schedule_release(struct schedule *s);

/* One key of a feed's definition: interval, fastest, slowest, jitter ("90s", "15m", "6h", "1d"), calendar, hours. ERR_CONFIG. */
int schedule_set(struct schedule *s, const char *key, const char *value, struct err *e) must_check;
/*
 * Checks the whole and works out the grid for the feed of this name. An interval feed has either one interval or one between
 * fastest and slowest; hours needs slowest. jitter spreads slots over this much time after the round one: a whole interval
 * when left out, nothing for a calendar.
 */
int schedule_check(struct schedule *s, const char *feed, struct err *e) must_check;

void schedule_start(const struct schedule *s, struct schedule_pace *pace);
/* The first slot later than both due, the slot served last (0: none yet), and now; CALENDAR_NEVER at the end of a calendar. */
int64_t schedule_next(const struct schedule *s, const struct schedule_pace *pace, int64_t due, int64_t now);
/* After a run at this time: faster when it brought something, slower after SCHEDULE_QUIET that did not (outside hours none counts). */
void schedule_adapt(const struct schedule *s, struct schedule_pace *pace, int64_t at, bool changed);
/* Seconds between slots at this pace; 0 for a calendar. */
int64_t schedule_interval(const struct schedule *s, const struct schedule_pace *pace);

enum { SCHEDULE_QUIET = 4 };

#endif
