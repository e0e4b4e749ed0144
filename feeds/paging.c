#include "aimarket/paging.h"

#include <limits.h>
#include <strings.h>

#include "aimarket/date.h"
#include "aimarket/jsonstream.h"
#include "aimarket/weburl.h"

/* ---- what the body says */

struct found {
	const struct paging *p;
	struct arena *mem;
	const char *text; /* at pointer; NULL when there is nothing, null or false */
	long long total; /* -1: not there */
	long long items; /* -1: not there */
	int items_depth; /* while inside that array; else -1 */
};

static int depth_of(const char *pointer)
{
	int n = 0;

	for (; *pointer; pointer++)
		n += *pointer == '/';
	return n;
}

static bool is_at(struct json_stream *js, int depth, const char *pointer)
{
	struct buf here;

	if (!pointer || depth_of(pointer) != depth)
		return false;
	buf_init(&here, 4096);
	json_pointer(js, 0, &here);
	bool same = strcmp(buf_str(&here), pointer) == 0;
	buf_release(&here);
	return same;
}

static bool is_end(enum json_type type)
{
	return type == JSON_ARRAY_END || type == JSON_OBJECT_END;
}

static void note_items(struct found *f, struct json_stream *js, const struct json_value *v)
{
	if (f->items_depth >= 0 && v->depth == f->items_depth + 1)
		f->items += !is_end(v->type);
	else if (f->items_depth == v->depth)
		f->items_depth = -1;
	else if (v->type == JSON_ARRAY && is_at(js, v->depth, f->p->items)) {
		f->items_depth = v->depth;
		f->items = 0;
	}
}

static int note_value(void *arg, struct json_stream *js, const struct json_value *v, struct err *e)
{
	struct found *f = arg;

	note_items(f, js, v);
	if (v->type != JSON_STRING && v->type != JSON_NUMBER)
		return 0;
	if (is_at(js, v->depth, f->p->pointer) && v->n > 0)
		f->text = arena_strndup(f->mem, v->text, v->n);
	if (is_at(js, v->depth, f->p->total))
		f->total = strtoll(arena_strndup(f->mem, v->text, v->n), NULL, 10);
	return 0;
}

static int look(const struct paging *p, const struct paging_page *page, struct found *f, struct err *e)
{
	*f = (struct found){ .p = p, .total = -1, .items = -1, .items_depth = -1, .mem = f->mem };
	if (!p->pointer && !p->items && !p->total)
		return 0;
	if (json_stream(page->data, page->len, &limits_default, note_value, f, e))
		return -1;
	if (p->items && f->items < 0)
		return err_set(e, ERR_PARSE, "there is no array at %s", p->items);
	if (p->total && f->total < 0)
		return err_set(e, ERR_PARSE, "there is no number at %s", p->total);
	return 0;
}

/* ---- the next page; NULL in *out: this was the last */

static int next_none(const struct paging *p, const struct paging_page *page, const struct found *f, const char **out, struct err *e)
{
	return 0;
}

static int next_cursor(const struct paging *p, const struct paging_page *page, const struct found *f, const char **out, struct err *e)
{
	return f->text ? weburl_set(page->url, p->param, f->text, f->mem, out, e) : 0;
}

static int next_next(const struct paging *p, const struct paging_page *page, const struct found *f, const char **out, struct err *e)
{
	return f->text ? weburl_join(page->url, f->text, f->mem, out, e) : 0;
}

static long first_count(const struct paging *p)
{
	return p->first >= 0 ? p->first : p->kind == PAGING_PAGE;
}

static int next_count(const struct paging *p, const struct paging_page *page, const struct found *f, const char **out, struct err *e)
{
	long long step = p->kind == PAGING_PAGE ? 1 : p->size ? p->size : f->items, size = p->kind == PAGING_PAGE ? p->size : 1, at;
	const char *text;

	if (weburl_get(page->url, p->param, f->mem, &text, e))
		return -1;
	at = text ? strtoll(text, NULL, 10) : first_count(p);
	if (at < 0 || at > INT_MAX)
		return err_set(e, ERR_PARSE, "\"%s\" has no count in %s", page->url, p->param);
	if (f->items == 0 || (f->items > 0 && f->items < p->size))
		return 0;
	at += step;
	long long seen = (at - first_count(p)) * size;
	if (f->total >= 0 && seen >= f->total)
		return 0;
	if (p->reach && seen >= p->reach)
		return err_set(
		        e, ERR_LIMIT, "the shortest window has %lld records, and the source shows only reach = %ld", f->total, p->reach);
	return weburl_set(page->url, p->param, arena_printf(f->mem, "%lld", at), f->mem, out, e);
}

/* Whether a list of words separated by blanks has this one. */
static bool has_word(const char *list, size_t n, const char *word)
{
	size_t len = strlen(word);

	for (size_t at = 0; at + len <= n; at++)
		if (strncasecmp(list + at, word, len) == 0 && (at == 0 || list[at - 1] == ' ') && (at + len == n || list[at + len] == ' '))
			return true;
	return false;
}

/* One parameter of a link, from its ; on: true when it is rel and names next. */
static bool read_link_param(const char **s)
{
	const char *name = *s + 1 + strspn(*s + 1, " \t"), *value, *end;
	size_t n = strcspn(name, "=;,\" \t");

	value = name + n + strspn(name + n, " \t");
	if (*value != '=') {
		*s = value;
		return false;
	}
	value += 1 + strspn(value + 1, " \t");
	bool quoted = *value == '"';
	value += quoted;
	end = value + strcspn(value, quoted ? "\"" : ";, \t");
	*s = end + (quoted && *end);
	return n == 3 && strncasecmp(name, "rel", 3) == 0 && has_word(value, (size_t)(end - value), "next");
}

/* RFC 8288: <address>; name=value; name="value", <address>; … */
static int next_link(const struct paging *p, const struct paging_page *page, const struct found *f, const char **out, struct err *e)
{
	const char *s = page->link ? page->link : "";

	while ((s = strchr(s, '<'))) {
		size_t n = strcspn(s + 1, ">");
		const char *to = arena_strndup(f->mem, s + 1, n);
		bool is_next = false;

		s += n + 1;
		s += *s == '>';
		for (s += strspn(s, " \t"); *s == ';'; s += strspn(s, " \t"))
			is_next |= read_link_param(&s);
		if (is_next)
			return weburl_join(page->url, to, f->mem, out, e);
	}
	return 0;
}

static int (*const steps[PAGING_KINDS])(
        const struct paging *p, const struct paging_page *page, const struct found *f, const char **out, struct err *e) = {
	[PAGING_NONE] = next_none,
	[PAGING_CURSOR] = next_cursor,
	[PAGING_NEXT] = next_next,
	[PAGING_PAGE] = next_count,
	[PAGING_OFFSET] = next_count,
	[PAGING_LINK] = next_link,
	[PAGING_LIST] = next_none,
};

/* ---- a list of pages */

struct lister {
	const struct paging *p;
	const struct paging_page *page;
	struct arena *mem;
	struct paging_list *list;
	size_t room;
	int depth; /* of the list's elements */
	const char *address; /* of the element that is read; NULL: not yet */
	struct buf here, tells;
};

/* Is the value part of an element of the list? Then *rest is where in it: "/name". */
static bool is_listed(struct lister *l, struct json_stream *js, const struct json_value *v, const char **rest)
{
	const char *star = strstr(l->p->pointer, "/*");
	size_t n = (size_t)(star - l->p->pointer) + 1;

	if (v->depth < l->depth)
		return false;
	buf_reset(&l->here);
	json_pointer(js, 0, &l->here);
	if (l->here.len < n || memcmp(l->here.data, l->p->pointer, n) != 0)
		return false;
	*rest = buf_str(&l->here) + n;
	*rest += strcspn(*rest, "/");
	return true;
}

static int add_entry(struct lister *l, struct err *e)
{
	struct paging_list *list = l->list;
	struct paging_entry entry = { .tells = l->tells.len ? arena_strdup(l->mem, buf_str(&l->tells)) : NULL };
	const char *address = l->address;

	l->address = NULL;
	buf_reset(&l->tells);
	if (!address)
		return 0;
	list->capped = (long)list->n >= l->p->pages - 1;
	if (list->capped)
		return 0;
	if (weburl_join(l->page->url, address, l->mem, &entry.url, e))
		return -1;
	if (strcmp(entry.url, l->page->url) == 0)
		return 0;
	if (list->n == l->room) {
		l->room = l->room ? 2 * l->room : 16;
		struct paging_entry *more = arena_alloc(l->mem, l->room * sizeof *more);
		if (list->n)
			memcpy(more, list->entries, list->n * sizeof *more);
		list->entries = more;
	}
	list->entries[list->n++] = entry;
	return 0;
}

static int note_listed(void *arg, struct json_stream *js, const struct json_value *v, struct err *e)
{
	struct lister *l = arg;
	const char *rest, *last = strrchr(l->p->pointer, '*') + 1;

	if (!is_listed(l, js, v, &rest))
		return 0;
	if (v->text && v->n && strcmp(rest, last) == 0)
		l->address = arena_strndup(l->mem, v->text, v->n);
	else if (v->text && *rest && buf_printf(&l->tells, "%s %.*s ", rest + 1, (int)v->n, v->text))
		return err_set(e, ERR_LIMIT, "an entry of the list of pages is larger than %lld bytes", limits_default.field);
	return v->depth == l->depth && (v->text || is_end(v->type)) ? add_entry(l, e) : 0;
}

int paging_list(const struct paging *p, const struct paging_page *page, struct arena *mem, struct paging_list *out, struct err *e)
{
	struct lister l = { .p = p, .page = page, .mem = mem, .list = out };

	*out = (struct paging_list){ 0 };
	if (p->kind != PAGING_LIST)
		return 0;
	l.depth = depth_of(p->pointer) - depth_of(strrchr(p->pointer, '*'));
	buf_init(&l.here, (size_t)limits_default.field);
	buf_init(&l.tells, (size_t)limits_default.field);
	int rc = json_stream(page->data, page->len, &limits_default, note_listed, &l, e);
	buf_release(&l.here);
	buf_release(&l.tells);
	return rc;
}

/* ---- windows of dates, newest first */

static int set_window(const struct paging *p, const char *url, int32_t from, int32_t to, struct arena *mem, const char **out, struct err *e)
{
	char first[11], last[11];

	date_iso(from < p->since ? p->since : from, first);
	date_iso(to, last);
	if (weburl_set(url, p->from, first, mem, out, e) || weburl_set(*out, p->to, last, mem, out, e))
		return -1;
	if (paging_counts(p))
		return weburl_set(*out, p->param, arena_printf(mem, "%ld", first_count(p)), mem, out, e);
	return p->kind == PAGING_CURSOR ? weburl_set(*out, p->param, NULL, mem, out, e) : 0;
}

static int read_day(const char *url, const char *param, struct arena *mem, int32_t *out, struct err *e)
{
	struct date_span day;
	const char *text;

	if (weburl_get(url, param, mem, &text, e))
		return -1;
	if (!text || date_read(text, strlen(text), DATE_YMD, &day, e))
		return err_set(e, ERR_PARSE, "\"%s\" has no day in %s", url, param);
	*out = day.first;
	return 0;
}

static int read_window(const struct paging *p, const char *url, struct arena *mem, int32_t *from, int32_t *to, struct err *e)
{
	return read_day(url, p->from, mem, from, e) || read_day(url, p->to, mem, to, e) ? -1 : 0;
}

/* A source that shows only so much of a window is asked for its newer half; what is older comes with the windows after it. */
static int halve_window(const struct paging *p, const struct paging_page *page, const struct found *f, const char **out, struct err *e)
{
	int32_t from = 0, to = 0;

	if (read_window(p, page->url, f->mem, &from, &to, e))
		return -1;
	return from < to ? set_window(p, page->url, from + (to - from) / 2 + 1, to, f->mem, out, e) : 0;
}

static int next_window(const struct paging *p, const struct paging_page *page, const struct found *f, const char **out, struct err *e)
{
	int32_t from = 0, to = 0;

	if (read_window(p, page->url, f->mem, &from, &to, e))
		return -1;
	return from > p->since ? set_window(p, page->url, from - (int32_t)p->window, from - 1, f->mem, out, e) : 0;
}

/* ---- the whole */

int paging_first(const struct paging *p, const char *address, int32_t today, struct arena *mem, const char **out, struct err *e)
{
	if (p->from)
		return set_window(p, address, today - (int32_t)p->window + 1, today, mem, out, e);
	if (paging_counts(p))
		return weburl_set(address, p->param, arena_printf(mem, "%ld", first_count(p)), mem, out, e);
	*out = arena_strdup(mem, address);
	return 0;
}

int paging_next(
        const struct paging *p, const struct paging_page *page, struct arena *mem, const char **out, enum paging_end *why, struct err *e)
{
	struct found f = { .mem = mem };

	*out = NULL;
	*why = PAGING_KNOWN;
	if (p->until_known && page->added == 0)
		return 0;
	if (look(p, page, &f, e))
		return -1;
	if (p->reach && f.total > p->reach && halve_window(p, page, &f, out, e))
		return -1;
	if (!*out && steps[p->kind](p, page, &f, out, e))
		return -1;
	if (!*out && p->from && next_window(p, page, &f, out, e))
		return -1;
	if (*out && strcmp(*out, page->url) == 0)
		return err_set(e, ERR_PARSE, "the page after \"%s\" is itself", page->url);
	*why = *out ? PAGING_MORE : PAGING_DONE;
	if (*out && page->n >= p->pages) {
		*out = NULL;
		*why = PAGING_CAPPED;
	}
	return 0;
}
