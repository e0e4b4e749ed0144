/* backoff: how long to wait after failures. Pure: the caller brings the random number and the clock. */
#ifndef AIMARKET_BACKOFF_H
#define AIMARKET_BACKOFF_H

#include <stdint.h>

struct backoff {
	int64_t first;	/* milliseconds after the first failure; doubled with each further one in a row */
	int64_t most;	/* never longer than this, but for what a server asks for */
};

enum { RETRY_AFTER_MIN = 1, RETRY_AFTER_MAX = 3600 };	/* seconds: what a Retry-After may ask for is clamped to this */

extern const struct backoff backoff_default;	/* 30 s, at most 6 h */

/*
 * Milliseconds to wait after so many failures in a row (0: none, no wait). Half of the span is fixed and half is spread
 * by dice, any 64 random bits, so that those who failed together do not come back together.
 */
int64_t backoff_delay(const struct backoff *b, unsigned failures, uint64_t dice);

/*
 * Puts a server's Retry-After (seconds, any number; 0 = it gave none) over a delay in milliseconds: the wait is never shorter
 * than the server asked, and spread by a tenth beyond that.
 */
int64_t backoff_merge(int64_t delay, int64_t retry_after, uint64_t dice);

/* Seconds, clamped to RETRY_AFTER_MIN … RETRY_AFTER_MAX. */
int64_t backoff_clamp(int64_t retry_after);

#endif
