/* The declaration: read and checked without libcurl, which only walking the pages needs. */
#include "aimarket/paging.h"

#include <limits.h>
#include <stddef.h>

#include "aimarket/date.h"
#include "aimarket/mapping.h"

const char *const paging_kind_names[PAGING_KINDS] = { "none", "cursor", "next", "page", "offset", "link", "list" };

enum { PAGES_DEFAULT = 100, NOT_GIVEN = -1 };

void paging_init(struct paging *p)
{
	*p = (struct paging){ .first = NOT_GIVEN, .pages = PAGES_DEFAULT, .since = DATE_NONE };
}

void paging_release(struct paging *p)
{
	char *const texts[] = { p->param, p->pointer, p->items, p->total, p->from, p->to };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		free(texts[i]);
	paging_init(p);
}

/* ---- reading */

static int set_kind(void *field, const char *value, struct err *e)
{
	for (int i = 0; i < PAGING_KINDS; i++) {
		if (strcmp(value, paging_kind_names[i]) == 0) {
			*(enum paging_kind *)field = (enum paging_kind)i;
			return 0;
		}
	}
	err_set(e, ERR_CONFIG, "\"%s\" is not a way of paging", value);
	return err_hint(e, "The ways are none, cursor, next, page, offset, link and list.");
}

static int set_text(void *field, const char *value, struct err *e)
{
	free(*(char **)field);
	*(char **)field = xstrdup(value);
	return *value ? 0 : err_set(e, ERR_CONFIG, "it is empty");
}

static int set_pointer(void *field, const char *value, struct err *e)
{
	if (*value != '/')
		return err_set(e, ERR_CONFIG, "\"%s\" is not a JSON Pointer, which begins with /", value);
	return set_text(field, value, e);
}

static int set_number(void *field, const char *value, struct err *e)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (end == value || *end || n < 0 || n > INT_MAX)
		return err_set(e, ERR_CONFIG, "\"%s\" is not a count", value);
	*(long *)field = n;
	return 0;
}

static int set_known(void *field, const char *value, struct err *e)
{
	*(bool *)field = true;
	return strcmp(value, "known") == 0 ? 0 : err_set(e, ERR_CONFIG, "\"%s\" is not \"known\", which is all there is", value);
}

static int set_day(void *field, const char *value, struct err *e)
{
	struct date_span day;

	if (date_read(value, strlen(value), DATE_YMD, &day, e))
		return -1;
	*(int32_t *)field = day.first;
	return 0;
}

static const struct key {
	struct mapping_word word;
	size_t field;
	int (*set)(void *field, const char *value, struct err *e);
} keys[] = {
	{ { "kind", "WAY", "none, cursor, next, page, offset, link or list: how the next page is found" }, offsetof(struct paging, kind), set_kind },
	{ { "param", "NAME", "query parameter that takes the cursor, the page's or the first record's number" }, offsetof(struct paging, param), set_text },
	{ { "pointer", "POINTER", "JSON Pointer to the cursor, to the address of the next page, or to each address of a list: /files/*/name" }, offsetof(struct paging, pointer), set_pointer },
	{ { "items", "POINTER", "JSON Pointer to the array of records: the end is where it is empty, or shorter than size" }, offsetof(struct paging, items), set_pointer },
	{ { "total", "POINTER", "JSON Pointer to how many records there are in all" }, offsetof(struct paging, total), set_pointer },
	{ { "first", "N", "number of the first page (1) or record (0)" }, offsetof(struct paging, first), set_number },
	{ { "size", "N", "records of a full page" }, offsetof(struct paging, size), set_number },
	{ { "reach", "N", "records that the source shows of one query at most: a window of dates with more is halved" }, offsetof(struct paging, reach), set_number },
	{ { "pages", "N", "most requests in a row; 100 unless said" }, offsetof(struct paging, pages), set_number },
	{ { "until", "known", "newest first: ends at a page that brought nothing new" }, offsetof(struct paging, until_known), set_known },
	{ { "from", "NAME", "query parameter for the first day of a window of dates" }, offsetof(struct paging, from), set_text },
	{ { "to", "NAME", "and for its last day" }, offsetof(struct paging, to), set_text },
	{ { "window", "DAYS", "days of one window" }, offsetof(struct paging, window), set_number },
	{ { "since", "DAY", "the oldest day asked for" }, offsetof(struct paging, since), set_day },
};

const struct mapping_word *paging_word(size_t i)
{
	return i < sizeof keys / sizeof *keys ? &keys[i].word : NULL;
}

int paging_set(struct paging *p, const char *key, const char *value, struct err *e)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcmp(key, keys[i].word.word) == 0)
			return keys[i].set((char *)p + keys[i].field, value, e) ? err_prefix(e, "%s", key) : 0;
	return err_set(e, ERR_CONFIG, "unknown key \"%s\" of paging", key);
}

/* ---- checking */

bool paging_counts(const struct paging *p)
{
	return p->kind == PAGING_PAGE || p->kind == PAGING_OFFSET;
}

static int check_windows(const struct paging *p, struct err *e)
{
	if (!p->from && !p->to && !p->window && p->since == DATE_NONE)
		return p->reach ? err_set(e, ERR_CONFIG, "reach needs windows of dates, which it halves") : 0;
	if (!p->from || !p->to || p->window < 1 || p->since == DATE_NONE)
		return err_set(e, ERR_CONFIG, "windows of dates need from, to, window and since");
	if (p->reach && !p->total)
		return err_set(e, ERR_CONFIG, "reach needs total, to know what is beyond it");
	return 0;
}

/* Is one step of the pointer, and no other, a star? */
static bool is_list(const char *pointer)
{
	const char *star = strstr(pointer, "/*");

	return star && (!star[2] || star[2] == '/') && !strstr(star + 2, "/*");
}

int paging_check(const struct paging *p, struct err *e)
{
	const char *kind = paging_kind_names[p->kind];
	bool needs_size = p->kind == PAGING_OFFSET ? !p->items : p->kind == PAGING_PAGE && p->total;

	if ((p->kind == PAGING_CURSOR || paging_counts(p)) && !p->param)
		return err_set(e, ERR_CONFIG, "paging by %s needs param, the name of its parameter", kind);
	if ((p->kind == PAGING_CURSOR || p->kind == PAGING_NEXT || p->kind == PAGING_LIST) && !p->pointer)
		return err_set(e, ERR_CONFIG, "paging by %s needs pointer, where the body has it", kind);
	if (paging_counts(p) && !p->items && !p->total && !p->until_known)
		return err_set(e, ERR_CONFIG, "paging by %s never ends without items, total or until = known", kind);
	if (needs_size && !p->size)
		return err_set(e, ERR_CONFIG, "paging by %s needs size here, the records of a full page", kind);
	if (p->kind == PAGING_LIST && !is_list(p->pointer))
		return err_set(e, ERR_CONFIG, "pointer = %s has not one *, the element of the list", p->pointer);
	if (p->kind == PAGING_LIST && (p->until_known || p->from))
		return err_set(e, ERR_CONFIG, "paging by list knows neither until nor windows of dates: all pages that it names are looked at");
	if (p->pages < 1)
		return err_set(e, ERR_CONFIG, "pages must be at least 1");
	return check_windows(p, e);
}

