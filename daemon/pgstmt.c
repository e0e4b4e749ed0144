#include "pgstmt.h"

#include "aimarket/arena.h"

void pgstmts_init(struct pgstmts *s, unsigned max)
{
	*s = (struct pgstmts){ .max = max };
	TAILQ_INIT(&s->list);
}

void pgstmts_release(struct pgstmts *s)
{
	for (struct pgstmt *stmt = TAILQ_FIRST(&s->list), *next; stmt; stmt = next) {
		next = TAILQ_NEXT(stmt, link);
		free(stmt);
	}
	TAILQ_INIT(&s->list);
	s->n = 0;
}

struct pgstmt *pgstmts_find(struct pgstmts *s, const char *sql)
{
	size_t n = strlen(sql);
	struct pgstmt *stmt;

	TAILQ_FOREACH(stmt, &s->list, link)
	{
		if (stmt->n != n || memcmp(stmt->sql, sql, n))
			continue;
		TAILQ_REMOVE(&s->list, stmt, link);
		TAILQ_INSERT_HEAD(&s->list, stmt, link);
		return stmt;
	}
	return NULL;
}

struct pgstmt *pgstmts_add(struct pgstmts *s, const char *sql)
{
	size_t n = strlen(sql);

	if (s->n >= s->max)
		return NULL;
	struct pgstmt *stmt = xzalloc(sizeof *stmt + n + 1);
	stmt->n = n;
	memcpy(stmt->sql, sql, n);
	snprintf(stmt->name, sizeof stmt->name, "s%u", s->named++);
	TAILQ_INSERT_HEAD(&s->list, stmt, link);
	s->n++;
	return stmt;
}

struct pgstmt *pgstmts_oldest(struct pgstmts *s)
{
	struct pgstmt *stmt, *oldest = NULL;

	if (s->n < s->max)
		return NULL;
	TAILQ_FOREACH(stmt, &s->list, link)
	if (stmt->ready)
		oldest = stmt;
	return oldest;
}

void pgstmts_remove(struct pgstmts *s, struct pgstmt *stmt)
{
	TAILQ_REMOVE(&s->list, stmt, link);
	s->n--;
	free(stmt);
}
