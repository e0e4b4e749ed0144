/* edgar: what the formats of the SEC's EDGAR share: identifiers, and a filing as source and entity. */
#ifndef AIMARKET_EDGAR_H
#define AIMARKET_EDGAR_H

#include "aimarket/arena.h"
#include "aimarket/sink.h"

enum { EDGAR_CIK_SIZE = 11, EDGAR_ACCESSION_SIZE = 21, EDGAR_TIME_SIZE = 26 }; /* with the NUL */

/* A Central Index Key as EDGAR writes it (1045810, "0001045810") without its zeros; false when it is none. */
bool edgar_cik(const char *text, size_t n, char cik[EDGAR_CIK_SIZE]);
/* The same from a file's name or address: ".../CIK0001318605-submissions-001.json". */
bool edgar_cik_in_name(const char *name, char cik[EDGAR_CIK_SIZE]);
/* 0001045810-26-000021 */
bool edgar_accession(const char *text, size_t n);

/*
 * The rounding (as XBRL's decimals) of a fact that EDGAR's API gives without it. Companies report in ones, thousands or
 * millions: 16810000000 means millions as 16805000000 does, although it ends in more zeros, and a restated figure must not
 * lose to the old one for that. So whole numbers are to the million, thousand or unit (zero: to the million), and figures
 * per share and fractions have two decimals at least.
 */
int edgar_decimals(const char *value, size_t n, bool per_share);

/* The same from a file's name or address: with its hyphens, or as the folder of 18 digits that a filing's documents lie in. */
bool edgar_accession_in_name(const char *name, char accession[EDGAR_ACCESSION_SIZE]);
/*
 * The clock of the SEC (US/Eastern) as its headers and pages write it, 20240516153610 or 2024-05-16 15:36:10, with its
 * offset: 2024-05-16T15:36:10-04:00. By the rules of daylight saving time since 1967. False when it is no such time.
 */
bool edgar_time(const char *text, size_t n, char out[EDGAR_TIME_SIZE]);

/* A day as EDGAR writes it, 20240516 or 2024-05-16, in the second way, kept in iso; what is no day stays, for the sink to refuse. */
struct record_value edgar_day(struct record_value v, char iso[11]);

/* A text that is ISO 8859-1 where it is not UTF-8, as names in old headers and in indexes are: as UTF-8, a NUL as a blank. */
struct record_value edgar_utf8(struct record_value v, struct arena *mem);

/* A filing as one of EDGAR's lists tells of it; a text that is empty was not told. All borrowed. */
struct edgar_filing {
	const char *cik; /* in whose list it stands; without zeros */
	struct record_value accession, form, filed, accepted, period, document, items, file_number;
	struct record_value dated; /* where the day of filing is not told: when its document spoke. Such a filing is known by its number alone */
};

/* Somebody who stands in a filing, as a header or list names them. */
struct edgar_filer {
	struct record_value cik, name;
	const char *role; /* issuer, reporting, subject, filed_by, depositor …; NULL: the filer */
	bool person;
};

/*
 * Says in the open group that the filing exists: as a source of the publisher sec, dated by its day of filing, whose ref
 * is the accession number, and as an entity with its form, filer and dates. 0, or -1 when the group was rejected.
 */
int edgar_filing(struct sink *out, const struct edgar_filing *f);
/* Says in the open group who stands in the filing, and in what role. 0, or -1 when the group was rejected. */
int edgar_filer(struct sink *out, const char *accession, const struct edgar_filer *who);
/* Describes an entity by its CIK; without a name it is called by that. 0, or -1 as above. */
int edgar_entity(struct sink *out, const char *cik, const char *kind, struct record_value name);
/* Sets the fields of an open source record that tell of the SEC as its publisher. */
void edgar_publisher(struct sink *out);

/* What the stages of an IPO are read from: a list of filings, newest first as EDGAR gives it. */
struct edgar_list {
	const char *cik;
	const char *name; /* of the company; NULL: not told */
	bool oldest; /* nothing older is kept elsewhere; not known of a page of older filings */
	size_t n;
	const struct edgar_filing *filings;
	const long long *offsets; /* of each in the document */
	const char *place; /* pointer to their array, with a slash at the end */
};

/*
 * Emits the stages of the company's IPO, one group each, all on the deal deal:cik-N-ipo: draft (the first DRS), filed
 * (S-1, F-1, S-11), withdrawn (RW of that registration), refiled (the next registration after it), priced (424B1 or
 * 424B4 of the registration; dated by its EFFECT when that came within a week before). Nothing when
 *  - a periodic report, an 8-K or 6-K, a Form 10 or 20-F registration or an S-4 comes before the first registration:
 *    such a company was public already;
 *  - the list does not reach back to the first filing. Of a page of older filings that is only believed when an
 *    8-A12B (registration with an exchange) follows and nothing periodic came before.
 * Limits: a first registration for the resale of shares or of a blank-check company looks the same; the day of listing
 * and the price range are not in the list of forms.
 */
void edgar_ipo(struct sink *out, const struct edgar_list *list);

#endif
