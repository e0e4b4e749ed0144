/*
 * edgar_fees: the table by which the fee of a registration is reckoned. Before 2022 it stands on the facing page ("Calculation of
 * Registration Fee"), since then in an exhibit of its own (107, "Calculation of Filing Fee Tables"):
 *
 *	Equity  Class A common stock, $0.001 par value  457(a)  34,500,000  $47.00  $1,621,500,000  0.0001531  $248,251.65
 *	Common stock, $0.001 par value per share  $100,000,000  $10,910			by Rule 457(o): no count
 *	Total Offering Amounts  $1,621,500,000  $248,251.65
 *
 * It proves itself: an amount is only taken for the aggregate price when a fee at a rate of the SEC's (10 to 500 dollars for a million)
 * follows it, and a count only when count times price is that amount.
 */
#ifndef AIMARKET_EDGAR_FEES_H
#define AIMARKET_EDGAR_FEES_H

#include "prose.h"

struct edgar_fees {
	struct prose_money aggregate; /* maximum aggregate offering price, in dollars */
	char count[PROSE_NUMBER]; /* of securities registered; "": not told, or of several kinds */
	const char *count_at;
};

/* Reads the table of the page; exhibit: it is one about fees, and not a facing page that may hold one. False: there is none to be believed. */
bool edgar_fees_read(const struct prose *t, bool exhibit, struct edgar_fees *out);

#endif
