/* Which documents may be loaded in one transaction, as if they had been loaded one after the other. */
#include "aimarket/arena.h"
#include "intern.h"
#include "load.h"

enum { DESCRIBED_MAX = 4096 /* entities of a document that shares its load */ };

struct load_group {
	struct intern refs; /* references the documents describe, as they stand in the rows */
	const char **kinds; /* of them */
	uint32_t cap;
	struct arena *mem;
	size_t n;
	bool closed; /* its only document is one that is loaded alone */
};

struct load_group *load_group_new(void)
{
	struct load_group *g = xzalloc(sizeof *g);

	intern_init(&g->refs);
	g->mem = arena_new();
	return g;
}

void load_group_free(struct load_group *g)
{
	intern_release(&g->refs);
	free(g->kinds);
	arena_free(g->mem);
	free(g);
}

/* A column of a row of COPY text, counted from 0; n is its length. */
static const char *column(const char *row, int i, size_t *n)
{
	while (i--)
		row = strchr(row, '\t') + 1;
	*n = strcspn(row, "\t\n");
	return row;
}

static bool is(const char *text, size_t n, const char *word)
{
	return n == strlen(word) && !memcmp(text, word, n);
}

/* Calls fn for each row; non-zero from it is handed on. */
struct each_row {
	int (*fn)(struct load_group *g, const char *row);
	struct load_group *g;
};

static int each_in_block(void *arg, const char *data, size_t n, struct err *e)
{
	const struct each_row *each = arg;

	for (const char *row = data, *end = data + n; row < end; row = strchr(row, '\n') + 1)
		if (each->fn(each->g, row))
			return -1;
	return 0;
}

static bool all_rows(struct load_group *g, const struct load_run *run, enum record_kind kind,
	int (*fn)(struct load_group *g, const char *row))
{
	struct each_row each = { fn, g };
	struct err ignored = { 0 };

	return !spool_rows(run->sink, kind, each_in_block, &each, &ignored);
}

enum { ENTITY_COLUMN_REF = 1 + ENTITY_REF, ENTITY_COLUMN_KIND = 1 + ENTITY_KIND, METRIC_COLUMN_TAXONOMY = 1 + METRIC_TAXONOMY };

/* Deals are matched with what the store has. */
static int is_no_deal(struct load_group *g, const char *row)
{
	size_t n;
	const char *kind = column(row, ENTITY_COLUMN_KIND, &n);

	return is(kind, n, "deal") ? -1 : 0;
}

/* Metrics of our own are defined once, and all else is measured against that. */
static int is_concept(struct load_group *g, const char *row)
{
	size_t n;
	const char *taxonomy = column(row, METRIC_COLUMN_TAXONOMY, &n);

	return is(taxonomy, n, "\\N") ? -1 : 0;
}

/* One reference, described as things of two kinds, would be one thing. */
static int fits(struct load_group *g, const char *row)
{
	size_t ref_n, kind_n;
	const char *ref = column(row, ENTITY_COLUMN_REF, &ref_n), *kind = column(row, ENTITY_COLUMN_KIND, &kind_n);
	uint32_t i;

	return intern_find(&g->refs, ref, ref_n, &i) && !is(kind, kind_n, g->kinds[i]) ? -1 : 0;
}

static int remember(struct load_group *g, const char *row)
{
	size_t ref_n, kind_n;
	const char *ref = column(row, ENTITY_COLUMN_REF, &ref_n), *kind = column(row, ENTITY_COLUMN_KIND, &kind_n);
	bool added;
	uint32_t i = intern_add(&g->refs, ref, ref_n, &added);

	if (!added)
		return 0;
	if (i == g->cap) {
		g->cap = g->cap ? g->cap * 2 : 64;
		g->kinds = xrealloc(g->kinds, g->cap * sizeof *g->kinds);
	}
	g->kinds[i] = arena_printf(g->mem, "%.*s", (int)kind_n, kind);
	return 0;
}

static bool may_share(struct load_group *g, const struct load_run *run)
{
	return !run->feed->whole && spool_count(run->sink, REC_ENTITY) <= DESCRIBED_MAX && all_rows(g, run, REC_ENTITY, is_no_deal) &&
	       all_rows(g, run, REC_METRIC, is_concept);
}

bool load_group_takes(struct load_group *g, const struct load_run *run)
{
	bool shares = may_share(g, run);

	if (g->closed || (g->n && !shares) || !all_rows(g, run, REC_ENTITY, fits))
		return false;
	g->closed = !shares;
	g->n++;
	return all_rows(g, run, REC_ENTITY, remember);
}
