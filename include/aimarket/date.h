/* date: calendar days, partial dates, and the ways sources and people write them. Proleptic Gregorian, no time zones. */
#ifndef AIMARKET_DATE_H
#define AIMARKET_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aimarket/err.h"

/* How exactly a source knows a day; the letter is what the ledger stores. */
enum date_prec { PREC_DAY = 'd', PREC_MONTH = 'm', PREC_QUARTER = 'q', PREC_HALF = 'h', PREC_YEAR = 'y', PREC_UNKNOWN = 'u' };

struct date_span {	/* both ends belong to it */
	int32_t first, last;	/* days since 2000-01-01, PostgreSQL's epoch */
	enum date_prec prec;
};

enum { DATE_NONE = INT32_MIN };		/* "no day": sent as -infinity */
enum { DATE_OPEN = INT32_MAX };		/* "no end yet": sent as infinity */
enum { DATE_YEAR_MIN = 1800, DATE_YEAR_MAX = 2200 };	/* limit date-years: outside, a date is a slip of the source. No setting: what the ledger holds was judged by it */

/* Orders a source may use; fixed per source, never guessed per row. */
enum date_order { DATE_YMD, DATE_MDY, DATE_DMY, DATE_TEXT /* 27 October 2016, Oct 26, 2018 */, DATE_EPOCH /* seconds since 1970, UTC */, DATE_ORDERS };
extern const char *const date_order_names[DATE_ORDERS];	/* "ymd", "mdy", "dmy", "text", "epoch" */

int32_t date_make(int year, int month, int day);	/* DATE_NONE when there is no such day in the years 1..9999 */
void date_split(int32_t day, int *year, int *month, int *date);	/* of a day in these years */
int32_t date_month_end(int32_t day);	/* the last day of a month that is nearest; of two, the later one */
int32_t date_months_to(int32_t last, int n);	/* the first day of so many months that end on the last day of one */
void date_iso(int32_t day, char out[11]);		/* "2024-06-18", "" for DATE_NONE, "infinity" for DATE_OPEN */
void date_iso_prec(struct date_span s, char out[11]);	/* "2024", "2024-08", "2024-Q3", "2024-H1", "2024-06-18": the first day's */

/*
 * Reads a date as a source writes it: separators - / . (the same throughout) or none (20240930); partial dates in every
 * order (2024, 2024-08, 2024-Q3, Q3 2024, 2024-H1; 08/2024 in mdy and dmy, August 2024 in text). Two-digit years: 69..99
 * are 19xx. A weekday in front, a time behind T or a blank and a time zone are cut off. Text also reads the full ymd form,
 * which is clear anywhere; mdy and dmy do not: a source that mixes orders is one to look at.
 * ERR_PARSE says what was wrong (no such day, year out of range, not a date in the order). *out is undefined then.
 */
int date_read(const char *s, size_t n, enum date_order order, struct date_span *out, struct err *e) must_check;

/*
 * Reads a date as people type it: all ymd forms above; today, yesterday, tomorrow; -90d, -2w, -6m, +1y from the day today
 * (the 31st becomes the last of a shorter month). ERR_USAGE, with a hint, when it is none.
 */
int date_read_human(const char *s, int32_t today, struct date_span *out, struct err *e) must_check;

/*
 * A time as people type it: of a date its last second, or with begin its first one, in UTC; what has a clock in it (a colon) is
 * for PostgreSQL to read, and stays as it is. *out is s, or lies in room. ERR_USAGE as above.
 */
enum { DATE_TIME_SIZE = 32 };
int date_read_time(const char *s, int32_t today, bool begin, char room[DATE_TIME_SIZE], const char **out, struct err *e) must_check;

int32_t date_today(void);	/* UTC; AIMARKET_TODAY=YYYY-MM-DD in the environment overrides it, for tests; what is no date there is ignored */

#endif
