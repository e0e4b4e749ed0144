/*
 * formd: an offering without registration as a notice on Form D tells of it. The XML of the form, the submission that holds it
 * and the quarterly tables say the same in other shapes: each fills a struct formd, and one function makes records of it.
 *
 * What becomes of it: the deal of the offering. A notice and its amendments share one deal: its key is made of the offering's
 * file number where that is known, of the accession number else, and every notice brings its own number and that of the notice
 * it amends as further keys. Figures are those of the day of signature, so an amendment's cumulative sums stand beside the
 * original's as later readings of one quantity: never added up, never rivals.
 *
 *	deal_type	fund_offering (a fund, or a vehicle for one investment), debt, private_offering (a merger, an exchange, mineral
 *			or other rights), else funding_round
 *	deal_amount	component total: sold so far; offering: on offer in all; remaining. Indefinite is state none
 *	stage		signed on the day of the first sale; announced on the day of the notice when there was none yet
 *	party		the primary issuer in the role issuer, others as co_issuer; each is described as an entity by its CIK
 *	statements	filing, industry, exemption (a rule each), security (a kind each), related_person (role=…), amends
 */
#ifndef AIMARKET_FORMD_H
#define AIMARKET_FORMD_H

#include "aimarket/edgar.h"

struct formd_issuer {
	struct record_value cik, name, jurisdiction, entity_type;
};
struct formd_person {
	struct record_value first, middle, last;
	struct record_value roles; /* parted by ; as in "Executive Officer;Director" */
};

/* Absent texts have n 0; all borrowed. Numbers and dates as the form writes them: 5725051 or Indefinite, 2023-01-31. */
struct formd {
	struct record_value accession, file_number; /* of the submission; the form itself tells neither */
	struct record_value filed; /* day of filing */
	struct record_value form; /* D, D/A */
	struct record_value previous; /* accession number of the notice that this one amends */
	struct record_value industry; /* industryGroupType */
	struct record_value securities; /* kinds parted by ; from equity debt option security_acquired pooled tenant_in_common mineral other */
	struct record_value exemptions; /* parted by ; as in "06b;3C;3C.7" */
	struct record_value first_sale; /* a day; absent: yet to occur */
	struct record_value signed_on; /* the latest day of signature */
	struct record_value offering, sold, remaining;
	struct record_value investors; /* number of those who have invested already */
	bool combination; /* part of a merger, acquisition or exchange offer */
	const struct formd_issuer *issuers; /* the primary one first */
	size_t n_issuers;
	const struct formd_person *persons;
	size_t n_persons;
	struct record_value raw; /* its row or document, for a reject */
	bool listed; /* only that it was made is known */
};

/*
 * Emits it, in groups of its own: the notice at offset, and the keys that chain it to others behind it, apart, so that a
 * wrong number costs no more than itself. place and number as for sink_group. 0, or -1 when the notice was rejected.
 */
int formd_emit(struct sink *out, const struct formd *f, long long offset, const char *place, long long number);

/*
 * A notice of which a list of filings tells no more than that it was made: in the open group, after its source. Its deal is a
 * private_offering until the notice itself is read; a second issuer in the list is a co_issuer.
 */
void formd_emit_listed(struct sink *out, const char *accession, const char *cik, struct record_value name, struct record_value filed);

#endif
