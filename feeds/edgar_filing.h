/*
 * edgar_filing: a filing whole, as its header, the page about it, or both tell of it: who stands in it and in what role, its days
 * and times, its documents. The readers of EDGAR's shapes fill a struct submission; one function makes records of it.
 */
#ifndef AIMARKET_EDGAR_FILING_H
#define AIMARKET_EDGAR_FILING_H

#include "aimarket/edgar.h"

enum { SUBMISSION_FORMER = 50 };

struct submission_party {
	const char *role; /* filer, issuer, subject, filed_for, reporting, filed_by, depositor …; never NULL */
	struct record_value cik, name, sic, sic_text, state, year_end, employer; /* employer: the IRS number */
	struct record_value form, file_number;
	struct record_value former[SUBMISSION_FORMER], former_until[SUBMISSION_FORMER];
	size_t n_former;
	long long offset;
};

struct submission_document {
	struct record_value type, sequence, name, description;
	const char *text; /* what stands between <TEXT> and </TEXT>; NULL: only named here */
	size_t n;
	long long offset;
};

/* Absent texts have n 0; all borrowed. Days and times as EDGAR writes them, 20240516 or 2024-05-16. */
struct submission {
	struct record_value accession, form, filed, accepted, period, effective;
	struct record_value dated; /* where the day of filing is not told: when its document spoke */
	struct record_value items; /* numbers, parted by commas */
	struct submission_party *parties;
	size_t n_parties;
	struct submission_document *documents;
	size_t n_documents;
};

/* The word for a role that EDGAR writes in some way ("SUBJECT-COMPANY", "Filed by"); NULL: none of ours. */
const char *submission_role(const char *text, size_t n);
/* Whose filing it is: the first filer, issuer, subject or addressee, else whoever comes first; NULL when there is nobody. */
const struct submission_party *submission_main(const struct submission *s);
/* ERR_PARSE when number, form, day or filer are missing: what it is, is not told then. */
int submission_check(const struct submission *s, struct err *e) must_check;
/*
 * Emits the filing, its parties, what the header says about each, and its documents, in groups of their own. Parts of it that
 * are no good cost only themselves; -1 when the filing itself was rejected.
 */
int submission_emit(struct sink *out, const struct submission *s);

#endif
