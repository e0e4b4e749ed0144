/* intern: strings of bytes, each once, numbered in the order they came; the newest can be taken back. */
#ifndef AIMARKET_INTERN_H
#define AIMARKET_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct intern {
	struct intern_item {
		char *text; /* NUL-terminated, stays where it is until taken back */
		uint32_t len;
		uint32_t hash;
	} * items;
	uint32_t n, cap;
	uint32_t *slots; /* item number + 1; 0 = free. Open addressing, linear probing */
	uint32_t n_slots; /* a power of two, at most half full */
	uint64_t seed; /* of the hash, drawn at start: a document cannot choose strings that collide */
};

void intern_init(struct intern *t);
void intern_release(struct intern *t);
/* The number of a string, added when new (*added says so, may be NULL). */
uint32_t intern_add(struct intern *t, const void *text, size_t n, bool *added);
bool intern_find(const struct intern *t, const void *text, size_t n, uint32_t *number);
/* Forgets all but the first n strings. */
void intern_cut(struct intern *t, uint32_t n);

/* 16 bytes that stand for a string: by the seed of t, so only good for comparing within it. */
void intern_digest(const struct intern *t, const void *text, size_t n, unsigned char out[16]);

#endif
