/* arena: the memory of one job (a run, a request, a command); everything in it dies with it. */
#ifndef AIMARKET_ARENA_H
#define AIMARKET_ARENA_H

#include <stddef.h>

#include "aimarket/err.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);	/* NULL is fine */
void arena_reset(struct arena *a);	/* forgets all, keeps one block */
size_t arena_used(const struct arena *a);	/* bytes handed out since the start or the last reset */

/* All of these end the program (status 1, one line to stderr) when memory is out; the result is aligned, zeroed only by arena_zalloc. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_zalloc(struct arena *a, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) printf_like(2, 3);

/* malloc and friends that end the program when memory is out, for objects that outlive a job. */
void *xmalloc(size_t size);
void *xzalloc(size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);

#endif
