/*
 * claims: a set of observations by what makes a claim the same: series, period, source, comparator, state, nature, rounding and
 * figures; not where or when it was said. Keys are kept whole, so that no claim is lost to a hash.
 */
#ifndef AIMARKET_CLAIMS_H
#define AIMARKET_CLAIMS_H

#include <stdbool.h>

#include "aimarket/buf.h"

struct claim { /* series and source by the store's numbers */
	int32_t series, source, start, end;
	int16_t decimals; /* INT16_MAX = exact */
	char prec, comparator, state, nature;
	uint16_t value_len, high_len; /* numeric_send bodies; 0 = NULL */
	const unsigned char *value, *high;
};

struct claim_slot {
	uint32_t hash, at; /* at: position in the keys plus one; 0 = free */
};

struct claim_set {
	uint64_t seed; /* nobody outside can know which keys meet in one slot */
	char *keys; /* each with its length before it */
	size_t len, cap;
	struct claim_slot *slots;
	uint32_t n, mask;
	unsigned char *key; /* the one being looked at */
	size_t key_cap;
};

void claim_set_init(struct claim_set *s);
void claim_set_release(struct claim_set *s);
void claim_set_clear(struct claim_set *s); /* empty, memory kept */
/* True when it was not there before. */
bool claim_set_add(struct claim_set *s, const struct claim *c);
/*
 * In which of n parts a claim falls: all claims about one fact into the same. place stands for its series, a number that is the same
 * whenever the documents are loaded: claims are numbered part by part, and a rebuild must come to the same numbers.
 */
unsigned claim_part(uint32_t place, const struct claim *c, unsigned n);
/*
 * The same claim as a source has it that rounds its periods, to the end of the nearest month and a number of quarters (of less
 * than half of one: to the month): known to the month. False: it is not of known days.
 */
bool claim_rounded(const struct claim *c, struct claim *out);
/* Do two numeric_send bodies stand for the same number? */
bool claim_same_number(const unsigned char *a, uint16_t a_len, const unsigned char *b, uint16_t b_len);

#endif
