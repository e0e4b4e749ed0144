/* pgstmt: which statements are prepared in one connection, by their text; those used longest ago make way. No libpq in it. */
#ifndef AIMARKET_PGSTMT_H
#define AIMARKET_PGSTMT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

struct pgstmt {
	TAILQ_ENTRY(pgstmt) link;
	char name[16];
	bool ready; /* the server said so: before that, nobody else may use it, for it may fail */
	size_t n;
	char sql[];
};

struct pgstmts {
	TAILQ_HEAD(pgstmt_list, pgstmt) list; /* used last first */
	unsigned n, max, named;
};

void pgstmts_init(struct pgstmts *s, unsigned max);
void pgstmts_release(struct pgstmts *s);
/* The one of this text, which now counts as used last; NULL when there is none. */
struct pgstmt *pgstmts_find(struct pgstmts *s, const char *sql);
/* A new one, with a name that was never used. NULL when there is no place: see pgstmts_oldest. */
struct pgstmt *pgstmts_add(struct pgstmts *s, const char *sql);
/* The one to make way when all places are taken; NULL when there is a place, or none that is ready. */
struct pgstmt *pgstmts_oldest(struct pgstmts *s);
void pgstmts_remove(struct pgstmts *s, struct pgstmt *stmt);

#endif
