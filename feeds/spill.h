/* spill: rows of bytes that may outgrow memory. The newest are in memory; what was flushed lies in an unlinked temporary file. */
#ifndef AIMARKET_SPILL_H
#define AIMARKET_SPILL_H

#include "aimarket/buf.h"

struct spill {
	struct buf mem; /* append here; may be cut back as far as the last flush */
	long long filed; /* bytes in the file, which come before those in mem */
	int fd; /* -1: no file yet */
};

void spill_init(struct spill *sp, size_t max);
void spill_release(struct spill *sp);
/* Moves what is in memory, which must be whole rows, to the file. ERR_FAIL when it cannot be written. */
int spill_flush(struct spill *sp, struct err *e) must_check;

/*
 * Walks all bytes from the first: fn gets a stretch that begins with a row and says in *used how many bytes it took (whole
 * rows; 0 = needs a longer stretch). Returns what fn returned when not 0; ERR_FAIL when the file cannot be read.
 */
typedef int spill_fn(void *arg, const char *data, size_t n, size_t *used, struct err *e);
int spill_walk(const struct spill *sp, spill_fn *fn, void *arg, struct err *e) must_check;

#endif
