/*
 * edgar_offering: what the cover of a prospectus says of an IPO. Read are the registrations (S-1, F-1, S-11, DRS and their
 * amendments), prospectuses (424B1, 424B3, 424B4) and withdrawals (RW), and of their text only the first part: the cover comes
 * first, and behind it the same numbers stand for other things.
 *
 * A filing is taken for one of an IPO only if it says so: "initial public offering" together with "no public market". Then the
 * deal is deal:cik-N-ipo, as edgar_ipo names it, and of it are said
 *
 *	stage		draft (DRS), filed (S-1, F-1, S-11), range (an amendment that tells one), priced (424B, on the day its cover bears
 *			when that is within a week before), withdrawn (RW that speaks of an initial public offering)
 *	offer_price	a range as guidance, or the price, in the cover's currency (USD/shares, HKD/shares …), on the day of the filing or
 *			of pricing
 *	shares_offered	where the cover says how many are on sale in all
 *	deal_amount	what was raised, of a prospectus: the total of the table on its cover, price times a whole number of shares; where
 *			there is none, price times shares offered, as a derived figure whose note has both
 *	registered_amount, shares_registered	of a registration: what its fee is reckoned by (edgar_fees), on its facing page or in
 *			exhibit 107
 *
 * each from a source of its own that quotes the sentence. A figure that fits no wording known here, or that cannot be a price
 * (under 0.10, over 10,000, in yen and won a hundred times that, a range wider than threefold), is left out: nothing is better than a wrong one.
 */
#ifndef AIMARKET_EDGAR_OFFERING_H
#define AIMARKET_EDGAR_OFFERING_H

#include "edgar_filing.h"

/* Emits what the first document of the submission says, in groups of their own; nothing for other forms. */
void edgar_offering(struct sink *out, const struct submission *s);

#endif
