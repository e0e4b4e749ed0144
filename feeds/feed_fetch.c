/* How the address of a feed is asked. */
#include <stddef.h>

#include "aimarket/date.h"
#include "feed_inside.h"
#include "mapping_inside.h"

enum { ITEMS_MAX = 100000 };

static int add_header(const struct feed_header **list, const char *name, const char *value, struct arena *mem, struct err *e)
{
	size_t n = 0;

	if (!*name)
		return err_set(e, ERR_CONFIG, "it needs the name of a header: header.Accept");
	while (*list && (*list)[n].name)
		n++;
	struct feed_header *grown = arena_zalloc(mem, (n + 2) * sizeof *grown);
	for (size_t i = 0; i < n; i++)
		grown[i] = (*list)[i];
	grown[n] = (struct feed_header){ arena_strdup(mem, name), arena_strdup(mem, value) };
	*list = grown;
	return 0;
}

static int set_header(struct feed_fetch *f, const char *name, const char *value, struct arena *mem, struct err *e)
{
	return add_header(&f->headers, name, value, mem, e);
}

static int set_secret(struct feed_fetch *f, const char *name, const char *value, struct arena *mem, struct err *e)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	if (*value != '/')
		value = arena_printf(mem, "%s/%s", folder && *folder ? folder : ".", value);
	return add_header(&f->secrets, name, value, mem, e);
}

static int set_private(struct feed_fetch *f, const char *name, const char *value, struct arena *mem, struct err *e)
{
	static const char *const words[] = { "yes", "no" };

	f->allow_private = !strcmp(value, "yes");
	return f->allow_private || !strcmp(value, "no") ? 0 : mapping_unknown(e, "answer", value, words, 2);
}

static int read_count(const char *value, long long most, long long *out, struct err *e)
{
	char *end;

	*out = strtoll(value, &end, 10);
	return end != value && !*end && *out > 0 && *out <= most ? 0 : err_set(e, ERR_CONFIG, "\"%s\" is not a count from 1 to %lld", value, most);
}

static int set_most(struct feed_fetch *f, const char *name, const char *value, struct arena *mem, struct err *e)
{
	return read_count(value, INT32_MAX, &f->most, e);
}

static int set_timeout(struct feed_fetch *f, const char *name, const char *value, struct arena *mem, struct err *e)
{
	long long n = 0;

	if (read_count(value, 86400, &n, e))
		return -1;
	f->timeout = (long)n;
	return 0;
}

static int add_items(struct feed_fetch *f, const char *text, struct arena *mem, struct err *e)
{
	static const char between[] = " ,\t\r\n";
	size_t n = f->n_items, room = n;

	for (const char *p = text + strspn(text, between); *p; p += strcspn(p, between), p += strspn(p, between))
		room++;
	if (room > ITEMS_MAX)
		return err_set(e, ERR_CONFIG, "it has more than %d items", ITEMS_MAX);
	const char **items = arena_zalloc(mem, (room + 1) * sizeof *items);
	for (size_t i = 0; i < n; i++)
		items[i] = f->items[i];
	for (const char *p = text + strspn(text, between); *p; p += strcspn(p, between), p += strspn(p, between))
		items[n++] = arena_strndup(mem, p, strcspn(p, between));
	f->items = items;
	f->n_items = n;
	return 0;
}

static int set_items(struct feed_fetch *f, const char *name, const char *value, struct arena *mem, struct err *e)
{
	return add_items(f, value, mem, e);
}

static int set_filers(struct feed_fetch *f, const char *name, const char *value, struct arena *mem, struct err *e)
{
	f->filers = arena_strdup(mem, value);
	return *value ? 0 : err_set(e, ERR_CONFIG, "it names no form");
}

static int set_filers_since(struct feed_fetch *f, const char *name, const char *value, struct arena *mem, struct err *e)
{
	struct err why = { 0 };
	struct date_span day;

	if (date_read(value, strlen(value), DATE_YMD, &day, &why))
		return err_set(e, ERR_CONFIG, "%s", why.text);
	f->filers_since = day.first;
	return 0;
}

static const struct fetch_key {
	struct mapping_word word;	/* a name that ends with a point goes on with the name of a header */
	int (*set)(struct feed_fetch *f, const char *name, const char *value, struct arena *mem, struct err *e);
} fetch_keys[] = {
	{ { "header.", "NAME = TEXT", "a header to send: header.Accept = application/json" }, set_header },
	{ { "secret.", "NAME = FILE", "the same, its value in a file (of the service's credentials, unless it begins with /); never shown" }, set_secret },
	{ { "private", "yes|no", "whether its host may have a private address; no unless said" }, set_private },
	{ { "most", "BYTES", "largest body" }, set_most },
	{ { "timeout", "SECONDS", "longest time for one request" }, set_timeout },
	{ { "items", "LIST", "what {item} in the address stands for, a request each, separated by blanks; a run that is broken off goes on where it was" },
	        set_items },
	{ { "filers", "FORMS", "instead of items: the ten-digit numbers (CIK) of all who filed one of these forms, by what the store holds: S-1 F-1" }, set_filers },
	{ { "filers_since", "DAY", "only filings of this day or later" }, set_filers_since },
	{ { 0 }, NULL },
};

const struct mapping_word *feed_fetch_word(size_t i)
{
	return i < sizeof fetch_keys / sizeof *fetch_keys - 1 ? &fetch_keys[i].word : NULL;
}

int feed_fetch_set(struct feed_fetch *f, const char *key, const char *value, struct arena *mem, struct err *e)
{
	const char *names[16];
	size_t n = 0;

	for (const struct fetch_key *k = fetch_keys; k->word.word; k++) {
		size_t len = strlen(k->word.word);
		bool open = k->word.word[len - 1] == '.';

		names[n++] = k->word.word;
		if (open ? !strncmp(k->word.word, key, len) : !strcmp(k->word.word, key))
			return k->set(f, key + len, value, mem, e);
	}
	return mapping_unknown(e, "key of [fetch]", key, names, n);
}

int feed_fetch_check(const struct feed *feed, struct err *e)
{
	const struct feed_fetch *f = &feed->fetch;
	bool item = feed->address && strstr(feed->address, "{item}");

	if (!feed->address && (f->headers || f->secrets || f->most || f->timeout || f->n_items || f->filers || feed->paging.kind || feed->paging.from))
		return err_set(e, ERR_CONFIG, "[fetch] and [paging] are about an address, and there is none");
	if (f->n_items && f->filers)
		return err_set(e, ERR_CONFIG, "[fetch] has items or filers, not both");
	if (item && !f->n_items && !f->filers)
		return err_set(e, ERR_CONFIG, "the address has {item}, and [fetch] has neither items nor filers");
	if (!item && (f->n_items || f->filers))
		return err_set(e, ERR_CONFIG, "[fetch] has items, and the address has no {item}");
	return 0;
}
