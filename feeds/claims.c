#include "claims.h"

#include <assert.h>
#include <sys/random.h>

#include "aimarket/arena.h"
#include "aimarket/date.h"

enum {
	HEAD = 2 * sizeof(uint16_t) + 4 * sizeof(int32_t) + sizeof(int16_t) + 4,
	KEYS_MORE = 1 << 16,
	DSCALE_AT = 6,
	DSCALE_SIZE = 2, /* in a numeric_send body: digits shown, which do not count: 83.83 is 83.830 */
	SLOTS_MIN = 1 << 12,
};

void claim_set_init(struct claim_set *s)
{
	*s = (struct claim_set){ .mask = SLOTS_MIN - 1 };
	if (getrandom(&s->seed, sizeof s->seed, 0) != sizeof s->seed)
		s->seed = (uintptr_t)s;
	s->slots = xzalloc(SLOTS_MIN * sizeof *s->slots);
}

void claim_set_release(struct claim_set *s)
{
	free(s->keys);
	free(s->slots);
	free(s->key);
}

void claim_set_clear(struct claim_set *s)
{
	s->len = 0;
	s->n = 0;
	memset(s->slots, 0, (s->mask + 1) * sizeof *s->slots);
}

static unsigned char *put(unsigned char *to, const void *from, size_t n)
{
	memcpy(to, from, n);
	return to + n;
}

static unsigned char *put_numeric(unsigned char *to, const unsigned char *body, size_t n)
{
	to = put(to, body, n);
	if (n >= DSCALE_AT + DSCALE_SIZE)
		memset(to - n + DSCALE_AT, 0, DSCALE_SIZE);
	return to;
}

/* The key in s->key; returns its length. */
static size_t make_key(struct claim_set *s, const struct claim *c)
{
	const int32_t numbers[] = { c->series, c->source, c->start, c->end };
	const uint16_t lengths[] = { c->value_len, c->high_len };
	const char letters[] = { c->prec, c->comparator, c->state, c->nature };
	size_t n = HEAD + (size_t)c->value_len + c->high_len;

	if (n > s->key_cap) {
		s->key_cap = n * 2;
		s->key = xrealloc(s->key, s->key_cap);
	}
	unsigned char *to = put(s->key, lengths, sizeof lengths);
	to = put(to, numbers, sizeof numbers);
	to = put(to, &c->decimals, sizeof c->decimals);
	to = put(to, letters, sizeof letters);
	to = put_numeric(to, c->value, c->value_len);
	put_numeric(to, c->high, c->high_len);
	return n;
}

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15;
	return h ^ (h >> 29);
}

static uint64_t hash_key(uint64_t seed, const unsigned char *key, size_t n)
{
	uint64_t h = seed ^ n, word;

	for (; n >= sizeof word; key += sizeof word, n -= sizeof word) {
		memcpy(&word, key, sizeof word);
		h = mix(h, word);
	}
	word = 0;
	memcpy(&word, key, n);
	return mix(mix(h, word), seed);
}

static void grow_slots(struct claim_set *s)
{
	uint32_t mask = s->mask * 2 + 1;
	struct claim_slot *slots = xzalloc((mask + 1) * sizeof *slots);

	for (uint32_t i = 0; i <= s->mask; i++) {
		uint32_t at = s->slots[i].hash & mask;

		if (!s->slots[i].at)
			continue;
		while (slots[at].at)
			at = (at + 1) & mask;
		slots[at] = s->slots[i];
	}
	free(s->slots);
	s->slots = slots;
	s->mask = mask;
}

/* Keeps the key; returns its position plus one. */
static uint32_t keep_key(struct claim_set *s, uint32_t n)
{
	uint32_t at = (uint32_t)s->len;

	assert(s->len + n < UINT32_MAX - KEYS_MORE);
	if (s->cap < s->len + sizeof n + n) {
		s->cap = s->cap * 3 / 2 + n + KEYS_MORE;
		s->keys = xrealloc(s->keys, s->cap);
	}
	memcpy(s->keys + s->len, &n, sizeof n);
	memcpy(s->keys + s->len + sizeof n, s->key, n);
	s->len += sizeof n + n;
	return at + 1;
}

static bool same_key(const struct claim_set *s, uint32_t at, uint32_t n)
{
	uint32_t have;

	memcpy(&have, s->keys + at - 1, sizeof have);
	return have == n && !memcmp(s->keys + at - 1 + sizeof have, s->key, n);
}

bool claim_set_add(struct claim_set *s, const struct claim *c)
{
	uint32_t n = (uint32_t)make_key(s, c);
	uint32_t hash = (uint32_t)hash_key(s->seed, s->key, n);
	uint32_t at = hash & s->mask;

	for (; s->slots[at].at; at = (at + 1) & s->mask)
		if (s->slots[at].hash == hash && same_key(s, s->slots[at].at, n))
			return false;
	s->slots[at] = (struct claim_slot){ hash, keep_key(s, n) };
	if (++s->n > s->mask / 2)
		grow_slots(s);
	return true;
}

unsigned claim_part(uint32_t place, const struct claim *c, unsigned n)
{
	uint64_t period = (uint64_t)(uint32_t)c->start << 32 | (uint32_t)c->end;

	return n == 1 ? 0 : (unsigned)((mix(mix(n, place), period) >> 32) % n);
}

bool claim_same_number(const unsigned char *a, uint16_t a_len, const unsigned char *b, uint16_t b_len)
{
	const size_t after = DSCALE_AT + DSCALE_SIZE;

	if (a_len != b_len || a_len < after)
		return a_len == b_len && !memcmp(a, b, a_len);
	return !memcmp(a, b, DSCALE_AT) && !memcmp(a + after, b + after, a_len - after);
}

bool claim_rounded(const struct claim *c, struct claim *out)
{
	enum { SIXTEEN_QUARTERS = 1461 }; /* days */

	if (c->prec != PREC_DAY || c->end == DATE_NONE)
		return false;
	int quarters = (int)((32LL * (c->end - c->start + 1) + SIXTEEN_QUARTERS) / (2 * SIXTEEN_QUARTERS)); /* to the nearest */
	*out = *c;
	out->prec = PREC_MONTH;
	out->end = date_month_end(c->end);
	out->start = c->start == c->end ? out->end : date_months_to(out->end, quarters ? 3 * quarters : 1);
	return true;
}
