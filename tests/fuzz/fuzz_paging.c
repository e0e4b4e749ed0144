/* Answers of paged sources: whatever a header or a body says, the next page is at the same place, or there is none. */
#include "fuzz.h"

#include "aimarket/paging.h"
#include "aimarket/weburl.h"

static const char url[] = "https://a.example/x?p=1&a=2026-11-01&b=2026-11-23";
static const char *const ways[][12] = {
	{ "kind", "link" },
	{ "kind", "cursor", "param", "p", "pointer", "/next" },
	{ "kind", "next", "pointer", "/n/0" },
	{ "kind", "list", "pointer", "/n/*/name", "pages", "9" },
	{ "kind", "offset", "param", "p", "items", "/d" },
	{ "from", "a", "to", "b", "window", "7", "since", "2020-01-01" },
};

/* What a list names lies at the same place, too. */
static void try_list(const struct paging *p, const struct paging_page *page, struct arena *mem)
{
	struct paging_list list;
	struct err e = { 0 };
	const char *joined;

	if (paging_list(p, page, mem, &list, &e)) {
		FUZZ_CHECK(e.kind == ERR_PARSE || e.kind == ERR_LIMIT);
		return;
	}
	FUZZ_CHECK(list.n < (size_t)p->pages);
	for (size_t i = 0; i < list.n; i++)
		FUZZ_CHECK(weburl_join(url, list.entries[i].url, mem, &joined, &e) == 0 && !strpbrk(list.entries[i].url, "\r\n"));
}

static void try(const char *const *way, const char *text, size_t n, struct arena *mem)
{
	const struct paging_page page = { .url = url, .n = 1, .data = text, .len = n, .link = text, .added = -1 };
	const char *next = NULL, *joined;
	enum paging_end why;
	struct paging p;
	struct err e = { 0 };

	paging_init(&p);
	for (; *way; way += 2)
		FUZZ_CHECK(paging_set(&p, way[0], way[1], &e) == 0);
	FUZZ_CHECK(paging_check(&p, &e) == 0);
	if (paging_next(&p, &page, mem, &next, &why, &e) == 0) {
		FUZZ_CHECK((next != NULL) == (why == PAGING_MORE));
		FUZZ_CHECK(!next || weburl_join(url, next, mem, &joined, &e) == 0);
		FUZZ_CHECK(!next || !strpbrk(next, "\r\n"));
	} else {
		FUZZ_CHECK(e.kind == ERR_PARSE || e.kind == ERR_LIMIT);
	}
	try_list(&p, &page, mem);
	paging_release(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *mem = arena_new();
	const char *text = arena_strndup(mem, (const char *)data, size);

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		try(ways[i], text, strlen(text), mem);
	arena_free(mem);
	return 0;
}
