/* Which documents may be loaded in one transaction, as if they had been loaded one after the other. */
#include "aimarket/arena.h"
#include "intern.h"
#include "load.h"

enum { DESCRIBED_MAX = 4096 /* entities of a document that shares its load */ };

/* What was said of something, by its name. */
struct words {
	struct intern names; /* as they stand in the rows */
	const char **said;
	uint32_t cap;
};

struct load_group {
	struct words kinds; /* of the entities that the documents describe */
	struct words metrics; /* of our own that they define */
	struct arena *mem;
	size_t n;
	bool closed; /* its only document is one that is loaded alone */
};

struct load_group *load_group_new(void)
{
	struct load_group *g = xzalloc(sizeof *g);

	intern_init(&g->kinds.names);
	intern_init(&g->metrics.names);
	g->mem = arena_new();
	return g;
}

void load_group_free(struct load_group *g)
{
	intern_release(&g->kinds.names);
	intern_release(&g->metrics.names);
	free(g->kinds.said);
	free(g->metrics.said);
	arena_free(g->mem);
	free(g);
}

static bool is(const char *text, size_t n, const char *word)
{
	return n == strlen(word) && !memcmp(text, word, n);
}

static bool says_otherwise(const struct words *w, const char *name, size_t n, const char *said, size_t said_n)
{
	uint32_t i;

	return intern_find(&w->names, name, n, &i) && !is(said, said_n, w->said[i]);
}

static void note(struct load_group *g, struct words *w, const char *name, size_t n, const char *said, size_t said_n)
{
	bool added;
	uint32_t i = intern_add(&w->names, name, n, &added);

	if (!added)
		return;
	if (i == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 64;
		w->said = xrealloc(w->said, w->cap * sizeof *w->said);
	}
	w->said[i] = arena_printf(g->mem, "%.*s", (int)said_n, said);
}

/* A column of a row of COPY text, counted from 0; n is its length. */
static const char *column(const char *row, int i, size_t *n)
{
	while (i--)
		row = strchr(row, '\t') + 1;
	*n = strcspn(row, "\t\n");
	return row;
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

enum {
	ENTITY_COLUMN_REF = 1 + ENTITY_REF,
	ENTITY_COLUMN_KIND = 1 + ENTITY_KIND,
	METRIC_COLUMN_NAME = 1 + METRIC_NAME,
	METRIC_COLUMN_TAXONOMY = 1 + METRIC_TAXONOMY
};

/* Deals are matched with what the store has. */
static int is_no_deal(struct load_group *g, const char *row)
{
	size_t n;
	const char *kind = column(row, ENTITY_COLUMN_KIND, &n);

	return is(kind, n, "deal") ? -1 : 0;
}

/* One reference, described as things of two kinds, would be one thing. */
static int entity_fits(struct load_group *g, const char *row)
{
	size_t ref_n, kind_n;
	const char *ref = column(row, ENTITY_COLUMN_REF, &ref_n), *kind = column(row, ENTITY_COLUMN_KIND, &kind_n);

	return says_otherwise(&g->kinds, ref, ref_n, kind, kind_n) ? -1 : 0;
}

static int note_entity(struct load_group *g, const char *row)
{
	size_t ref_n, kind_n;
	const char *ref = column(row, ENTITY_COLUMN_REF, &ref_n), *kind = column(row, ENTITY_COLUMN_KIND, &kind_n);

	note(g, &g->kinds, ref, ref_n, kind, kind_n);
	return 0;
}

/* Concepts of filings are as the first one has them; ours are defined once, and who defines one otherwise is told. */
static bool is_ours(const char *row)
{
	size_t n;
	const char *taxonomy = column(row, METRIC_COLUMN_TAXONOMY, &n);

	return is(taxonomy, n, "\\N") || is(taxonomy, n, "aimarket");
}

static int metric_fits(struct load_group *g, const char *row)
{
	size_t name_n;
	const char *name = column(row, METRIC_COLUMN_NAME, &name_n);

	return is_ours(row) && says_otherwise(&g->metrics, name, name_n, name, strcspn(name, "\n")) ? -1 : 0;
}

static int note_metric(struct load_group *g, const char *row)
{
	size_t name_n;
	const char *name = column(row, METRIC_COLUMN_NAME, &name_n);

	if (is_ours(row))
		note(g, &g->metrics, name, name_n, name, strcspn(name, "\n"));
	return 0;
}

static bool may_share(struct load_group *g, const struct load_run *run)
{
	return !run->feed->whole && !run->feed->complete && spool_count(run->sink, REC_ENTITY) <= DESCRIBED_MAX && all_rows(g, run, REC_ENTITY, is_no_deal);
}

bool load_group_takes(struct load_group *g, const struct load_run *run)
{
	bool shares = may_share(g, run);

	if (g->closed || (g->n && !shares) || !all_rows(g, run, REC_ENTITY, entity_fits) || !all_rows(g, run, REC_METRIC, metric_fits))
		return false;
	g->closed = !shares;
	g->n++;
	return all_rows(g, run, REC_ENTITY, note_entity) && all_rows(g, run, REC_METRIC, note_metric);
}
