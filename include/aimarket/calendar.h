/*
 * calendar: points in time as people write them, a subset of systemd's OnCalendar:
 *
 *     [weekdays] [year-month-day] [hour:minute[:second]] [zone]
 *
 *     Mon..Fri 06..21:00/15 America/New_York      every quarter of an hour on business days
 *     *-*-01,15 03:30                             twice a month, UTC
 *     Sat 10:00 America/New_York                  when EDGAR has rebuilt its indexes
 *     hourly, daily, weekly, monthly, quarterly, yearly (at their first second), with or without a zone
 *
 * Each field is * or a list of N, N..M, N/STEP, N..M/STEP; the year is always *. What is left out is * for days and
 * 00:00:00 for times. The zone is a name of the IANA database, or UTC, which is the default.
 */
#ifndef AIMARKET_CALENDAR_H
#define AIMARKET_CALENDAR_H

#include "aimarket/zone.h"

struct calendar {		/* bit n of a field: n belongs to it */
	uint64_t seconds, minutes;
	uint32_t hours, days;	/* of the month, from bit 1 */
	uint16_t months;	/* from bit 1 */
	uint8_t weekdays;	/* from bit 0 = Monday */
	struct zone *zone;	/* NULL: UTC */
};

enum { CALENDAR_NEVER = -1 };

/* ERR_CONFIG says what is off, also when such a day never comes. Release it with calendar_release. */
int calendar_read(const char *text, struct calendar *out, struct err *e) must_check;
void calendar_release(struct calendar *c);

/*
 * The first point after t, both in seconds since 1970 UTC; CALENDAR_NEVER when there is none before the year 2200.
 * When clocks change, nothing is missed and nothing comes twice (systemd misses both hours): a named hour that clocks
 * pass twice counts the first time, one that they skip comes at the moment of the change. With * for the hour real time
 * counts: both passings, and nothing for the hour that was not there.
 */
int64_t calendar_next(const struct calendar *c, int64_t t);
/* Whether the minute that holds t matches, whatever the seconds say: for windows such as "Mon..Fri 06..21:*". */
bool calendar_holds(const struct calendar *c, int64_t t);

#endif
