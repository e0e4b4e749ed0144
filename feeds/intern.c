#include "intern.h"

#include <sys/random.h>

#include "aimarket/arena.h"

enum { SLOTS_FIRST = 64 };

void intern_init(struct intern *t)
{
	*t = (struct intern){ .n_slots = SLOTS_FIRST, .slots = xzalloc(SLOTS_FIRST * sizeof *t->slots) };
	/* without entropy (early boot) the seed stays 0: slower under attack, never wrong */
	if (getrandom(&t->seed, sizeof t->seed, GRND_NONBLOCK) != sizeof t->seed)
		t->seed = 0;
}

void intern_release(struct intern *t)
{
	intern_cut(t, 0);
	free(t->items);
	free(t->slots);
}

static uint64_t mix(uint64_t h, uint64_t word, uint64_t odd)
{
	h = (h ^ word) * odd;
	return h ^ (h >> 32);
}

static uint64_t hash64(uint64_t seed, const char *p, size_t n, uint64_t odd)
{
	uint64_t h = mix(seed, n, odd), word;

	for (; n >= 8; p += 8, n -= 8) {
		memcpy(&word, p, 8);
		h = mix(h, word, odd);
	}
	word = 0;
	memcpy(&word, p, n);
	h = mix(h, word, odd);
	return h ^ (h >> 29);
}

static uint32_t hash(const struct intern *t, const char *p, size_t n)
{
	return (uint32_t)hash64(t->seed, p, n, 0x9e3779b97f4a7c15u);
}

void intern_digest(const struct intern *t, const void *text, size_t n, unsigned char out[16])
{
	uint64_t h[] = { hash64(t->seed, text, n, 0x9e3779b97f4a7c15u), hash64(~t->seed, text, n, 0xd6e8feb86659fd93u) };

	memcpy(out, h, sizeof h);
}

/* The slot of a string, or the free one where it would go. */
static uint32_t *slot_of(const struct intern *t, const char *text, size_t n, uint32_t h)
{
	uint32_t i = h & (t->n_slots - 1);

	for (; t->slots[i]; i = (i + 1) & (t->n_slots - 1)) {
		const struct intern_item *it = &t->items[t->slots[i] - 1];

		if (it->hash == h && it->len == n && !memcmp(it->text, text, n))
			break;
	}
	return &t->slots[i];
}

/* Doubles the slots. Numbers go in again in order, so that the newest are still the last of their chains: see intern_cut. */
static void grow(struct intern *t)
{
	t->n_slots *= 2;
	free(t->slots);
	t->slots = xzalloc(t->n_slots * sizeof *t->slots);
	for (uint32_t i = 0; i < t->n; i++)
		*slot_of(t, t->items[i].text, t->items[i].len, t->items[i].hash) = i + 1;
}

uint32_t intern_add(struct intern *t, const void *text, size_t n, bool *added)
{
	uint32_t h = hash(t, text, n);
	uint32_t *slot = slot_of(t, text, n, h);
	char *copy;

	if (added)
		*added = !*slot;
	if (*slot)
		return *slot - 1;
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : SLOTS_FIRST / 2;
		t->items = xrealloc(t->items, t->cap * sizeof *t->items);
	}
	copy = xmalloc(n + 1);
	memcpy(copy, text, n);
	copy[n] = '\0';
	t->items[t->n++] = (struct intern_item){ .text = copy, .len = (uint32_t)n, .hash = h };
	*slot = t->n;
	if (t->n * 2 > t->n_slots)
		grow(t);
	return t->n - 1;
}

bool intern_find(const struct intern *t, const void *text, size_t n, uint32_t *number)
{
	uint32_t slot = *slot_of(t, text, n, hash(t, text, n));

	if (!slot)
		return false;
	*number = slot - 1;
	return true;
}

void intern_cut(struct intern *t, uint32_t n)
{
	/* newest first: nothing was put behind it in its chain, so its slot can simply be freed */
	while (t->n > n) {
		struct intern_item *it = &t->items[--t->n];

		*slot_of(t, it->text, it->len, it->hash) = 0;
		free(it->text);
	}
}
