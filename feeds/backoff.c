#include "aimarket/backoff.h"

const struct backoff backoff_default = { .first = 30 * 1000LL, .most = 6 * 3600LL * 1000 };

/* A number from 0 to most, from 64 random bits; the bias of the remainder is below most / 2^64. */
static int64_t roll(uint64_t dice, int64_t most)
{
	return (int64_t)(dice % ((uint64_t)most + 1));
}

int64_t backoff_delay(const struct backoff *b, unsigned failures, uint64_t dice)
{
	int64_t span = b->first;

	if (failures == 0)
		return 0;
	while (--failures > 0 && span < b->most)
		span *= 2;
	if (span > b->most)
		span = b->most;
	return span / 2 + roll(dice, span - span / 2);
}

int64_t backoff_clamp(int64_t retry_after)
{
	if (retry_after < RETRY_AFTER_MIN)
		return RETRY_AFTER_MIN;
	return retry_after > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : retry_after;
}

int64_t backoff_merge(int64_t delay, int64_t retry_after, uint64_t dice)
{
	if (retry_after == 0)
		return delay;

	int64_t asked = backoff_clamp(retry_after) * 1000;

	asked += roll(dice, asked / 10);
	return delay > asked ? delay : asked;
}
