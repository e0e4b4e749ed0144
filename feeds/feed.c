/* feed: reads the definitions in feeds.d. */
#include "aimarket/feed.h"

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aimarket/inifile.h"
#include "aimarket/text.h"
#include "feed_inside.h"
#include "mapping_inside.h"

enum { KEYS_MAX = 32 };

struct reading {
	struct feed *feed;
	struct arena *mem;
	bool timed; /* it has a key of the schedule */
};

/* ---------------------------------------------------------------- [feed] */

static int set_format(struct feed *f, const char *value, struct err *e)
{
	const char *names[KEYS_MAX];
	size_t n = 0;

	f->format = format_find(value);
	for (size_t i = 0; formats[i] && n < KEYS_MAX; i++)
		names[n++] = formats[i]->name;
	return f->format ? 0 : mapping_unknown(e, "format", value, names, n);
}

static int read_answer(const char *value, bool *out, struct err *e)
{
	static const char *const words[] = { "yes", "no" };

	*out = !strcmp(value, "yes");
	return *out || !strcmp(value, "no") ? 0 : mapping_unknown(e, "answer", value, words, 2);
}

static int set_enabled(struct feed *f, const char *value, struct err *e)
{
	return read_answer(value, &f->enabled, e);
}

static int set_whole(struct feed *f, const char *value, struct err *e)
{
	return read_answer(value, &f->whole, e);
}

static int set_complete(struct feed *f, const char *value, struct err *e)
{
	return read_answer(value, &f->complete, e);
}

static int set_fetched_on(struct feed *f, const char *value, struct err *e)
{
	static const char *const words[] = { [FETCHED_CHANGED] = "changed", [FETCHED_NAME] = "name", [FETCHED_TAKEN] = "taken" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!strcmp(value, words[i])) {
			f->fetched_on = (enum fetched_on)i;
			return 0;
		}
	}
	return mapping_unknown(e, "day", value, words, sizeof words / sizeof *words);
}

static int set_tier(struct feed *f, const char *value, struct err *e)
{
	const char *names[KEYS_MAX];
	size_t n = 0;

	for (const struct record_code *c = record_infos[REC_SOURCE].fields[SOURCE_TIER].codes; c->word; c++) {
		names[n++] = c->word;
		if (!strcmp(c->word, value)) {
			f->tier = c->word;
			return 0;
		}
	}
	return mapping_unknown(e, "tier", value, names, n);
}

static int set_asserted(struct feed *f, const char *value, struct err *e)
{
	struct err why = { 0 };
	struct date_span span;

	if (date_read(value, strlen(value), DATE_YMD, &span, &why))
		return err_set(e, ERR_CONFIG, "%s", why.text);
	f->asserted_on = span.last;
	return 0;
}

static const struct feed_key {
	struct mapping_word word;
	size_t text; /* where the text goes */
	int (*set)(struct feed *f, const char *value, struct err *e); /* or what reads it */
} feed_keys[] = {
	{ { "title", "TEXT", "what the feed is, for people" }, offsetof(struct feed, title), NULL },
	{ { "format", "NAME", "how its documents are read; needed" }, 0, set_format },
	{ { "path", "FILE", "file, glob or folder it reads, relative to the data folder" }, offsetof(struct feed, path), NULL },
	{ { "address", "URL", "http or https address the daemon fetches" }, offsetof(struct feed, address), NULL },
	{ { "enabled", "yes|no", "whether it runs without being named; yes unless said" }, 0, set_enabled },
	{ { "whole", "yes|no", "whether one rejected record keeps its whole document out; no unless said" }, 0, set_whole },
	{ { "complete", "yes|no",
		  "whether each document lists all there is: what one before it told until further notice (end = open) and it does not name any more ended on its day, unless it has "
		  "rejected records; no unless said" },
		0, set_complete },
	{ { "fetched_on", "changed|name|taken",
		  "the day a file was fetched, on which the basis of adjusted prices depends: when it was last changed (unless said), the last date in its name "
		  "(2024-06-07, 20240607; else when it was changed), or when it is taken in; --fetched goes before it" },
		0, set_fetched_on },
	{ { "publisher", "SLUG", "who says so, for sources that name no publisher; the feed itself unless said" },
		offsetof(struct feed, publisher), NULL },
	{ { "publisher_name", "TEXT", "the publisher's name" }, offsetof(struct feed, publisher_name), NULL },
	{ { "tier", "WORD", "regulator issuer dataset press relay aggregator analyst social user: how far it is believed" }, 0, set_tier },
	{ { "asserted_on", "DAY", "day its claims were said when neither record nor source tells; without it such claims are rejected" }, 0,
		set_asserted },
	/* these are read by the schedule */
	{ { "interval", "TIME", "time between two runs: 90s, 15m, 6h, 1d; 1h for an address and 1m for files unless said" }, 0, NULL },
	{ { "fastest", "TIME", "instead of interval: the shortest time, while the source publishes" }, 0, NULL },
	{ { "slowest", "TIME", "and the longest, while it is quiet" }, 0, NULL },
	{ { "jitter", "TIME", "how far runs are spread behind the round time; a whole interval unless said" }, 0, NULL },
	{ { "calendar", "TIMES", "instead of interval: Mon..Fri 06..21:00/15 America/New_York" }, 0, NULL },
	{ { "hours", "TIMES", "minutes in which the source publishes; at other times the slowest pace" }, 0, NULL },
	{ { 0 }, 0, NULL },
};

const struct mapping_word *feed_word(size_t i)
{
	return i < sizeof feed_keys / sizeof *feed_keys - 1 ? &feed_keys[i].word : NULL;
}

static int set_key(struct reading *r, const struct feed_key *k, const char *value, struct err *e)
{
	if (k->set)
		return k->set(r->feed, value, e);
	if (k->text) {
		char *at = (char *)r->feed + k->text;
		*(const char **)(void *)at = arena_strdup(r->mem, value);
		return 0;
	}
	r->timed = true;
	return schedule_set(&r->feed->schedule, k->word.word, value, e);
}

static int set_feed_key(struct reading *r, const char *key, const char *value, struct err *e)
{
	const char *names[KEYS_MAX];
	size_t n = 0;

	for (const struct feed_key *k = feed_keys; k->word.word; k++) {
		names[n++] = k->word.word;
		if (!strcmp(k->word.word, key))
			return set_key(r, k, value, e) ? err_prefix(e, "[feed] %s", key) : 0;
	}
	return mapping_unknown(e, "key of [feed]", key, names, n);
}

/* FNV-1a, each text with its NUL. */
static uint64_t hash_text(uint64_t h, const char *s)
{
	do {
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	} while (*s++);
	return h;
}

/* Where a feed lies and when it runs does not change what it says; which members of an archive it takes, not what they say. */
static void hash_key(struct feed *f, const char *section, const char *key, const char *value)
{
	static const char *const says[] = { "format", "publisher", "publisher_name", "tier", "asserted_on", "complete" };
	bool archive = !strcmp(section, "archive");
	bool counts = strcmp(section, "feed") != 0 && strcmp(section, "fetch") != 0 && strcmp(section, "paging") != 0 && !archive;

	if (archive)
		f->archive.reading = hash_text(hash_text(f->archive.reading, key), value);
	for (size_t i = 0; i < sizeof says / sizeof *says; i++)
		counts |= !strcmp(key, says[i]);
	if (counts)
		f->reading = hash_text(hash_text(hash_text(f->reading, section), key), value);
}

static int on_key(void *arg, const char *section, const char *key, const char *value, struct err *e)
{
	struct reading *r = arg;

	hash_key(r->feed, section, key, value);
	if (!strcmp(section, "feed"))
		return set_feed_key(r, key, value, e);
	if (!strcmp(section, "fetch"))
		return feed_fetch_set(&r->feed->fetch, key, value, r->mem, e) ? err_prefix(e, "[fetch] %s", key) : 0;
	if (!strcmp(section, "archive"))
		return feed_archive_set(&r->feed->archive, key, value, r->mem, e) ? err_prefix(e, "[archive] %s", key) : 0;
	if (!strcmp(section, "paging"))
		return paging_set(&r->feed->paging, key, value, e) ? err_prefix(e, "[paging]") : 0;
	return mapping_add(r->feed->mapping, section, key, value, e);
}

/* ---------------------------------------------------------------- one definition */

/* The file's name without folder and .conf. */
static const char *name_of(const char *path, struct arena *mem)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');

	return arena_strndup(mem, base, dot && dot > base ? (size_t)(dot - base) : strlen(base));
}

static int check(struct reading *r, struct err *e)
{
	struct feed *f = r->feed;

	if (!f->format)
		return err_set(e, ERR_CONFIG, "no format in [feed]");
	if (f->path && f->address)
		return err_set(e, ERR_CONFIG, "path and address exclude each other");
	if (f->format->mapped && mapping_check(f->mapping, f->format, e))
		return -1;
	if (!f->format->mapped && !mapping_is_empty(f->mapping))
		return err_set(e, ERR_CONFIG, "format %s takes no mapping, only [feed]", f->format->name);
	if (r->timed && !f->address && !f->path)
		return err_set(e, ERR_CONFIG, "a schedule without an address or path");
	if (!r->timed && schedule_set(&f->schedule, "interval", f->address ? "1h" : "1m", e))
		return -1;
	if (feed_fetch_check(f, e) || paging_check(&f->paging, e))
		return -1;
	return schedule_check(&f->schedule, f->name, e);
}

static int read_feed(const char *path, struct reading *r, struct err *e)
{
	if (inifile_read(path, on_key, r, e))
		return -1;
	if (check(r, e))
		return err_prefix(e, "%s", path);
	if (!r->feed->format->mapped) {
		mapping_free(r->feed->mapping);
		r->feed->mapping = NULL;
	}
	return 0;
}

int feed_load_file(const char *path, struct arena *mem, struct feed **out, struct err *e)
{
	struct feed *f = arena_zalloc(mem, sizeof *f);
	struct reading r = { .feed = f, .mem = mem };

	f->name = name_of(path, mem);
	f->enabled = true;
	f->asserted_on = DATE_NONE;
	f->mapping = mapping_new();
	schedule_init(&f->schedule);
	paging_init(&f->paging);
	f->fetch.filers_since = DATE_NONE;
	if (read_feed(path, &r, e)) {
		feed_free(f);
		return -1;
	}
	*out = f;
	return 0;
}

void feed_free(struct feed *feed)
{
	mapping_free(feed->mapping);
	schedule_release(&feed->schedule);
	paging_release(&feed->paging);
}

/* ---------------------------------------------------------------- all of them */

static int is_definition(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return *entry->d_name != '.' && n > 5 && !strcmp(entry->d_name + n - 5, ".conf");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int feed_load_good(const char *dir, struct arena *mem, feed_bad *bad, void *arg, struct feed_set *out, struct err *e)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, is_definition, by_name);

	*out = (struct feed_set){ 0 };
	if (n < 0)
		return err_set(e, ERR_CONFIG, "could not read the folder of feeds \"%s\": %s", dir, strerror(errno));
	out->feeds = arena_alloc(mem, ((size_t)n + 1) * sizeof *out->feeds);
	for (int i = 0; i < n; i++) {
		struct err why = { 0 };

		if (!feed_load_file(arena_printf(mem, "%s/%s", dir, entries[i]->d_name), mem, &out->feeds[out->n], &why))
			out->n++;
		else
			bad(arg, &why);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

static void keep_first(void *arg, const struct err *why)
{
	struct err *first = arg;

	if (first->kind == ERR_NONE)
		*first = *why;
}

int feed_load(const char *dir, struct arena *mem, struct feed_set *out, struct err *e)
{
	if (feed_load_good(dir, mem, keep_first, e, out, e))
		return -1;
	if (e->kind == ERR_NONE)
		return 0;
	feed_release(out);
	return -1;
}

const char *feed_parser(const struct feed *feed, struct arena *mem)
{
	return arena_printf(mem, "%s/%d/%08x", feed->format->name, feed->format->version, (unsigned)feed->reading);
}

void feed_release(struct feed_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		feed_free(set->feeds[i]);
	set->n = 0;
}

const struct feed *feed_find(const struct feed_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++)
		if (!strcmp(set->feeds[i]->name, name))
			return set->feeds[i];
	return NULL;
}

int feed_unknown(const struct feed_set *set, const char *name, struct err *e)
{
	const char **names = xmalloc((set->n + 1) * sizeof *names), *near;

	for (size_t i = 0; i < set->n; i++)
		names[i] = set->feeds[i]->name;
	near = text_nearest(name, names, set->n);
	free(names);
	err_set(e, ERR_NOT_FOUND, "unknown feed \"%s\"", name);
	return near ? err_hint(e, "Did you mean \"%s\"?", near) : -1;
}

/* ---------------------------------------------------------------- folders */

/* The tree this program was built in and runs from, or NULL: <tree>/build/…/program with <tree>/etc/feeds.d. */
static const char *tree_dir(struct arena *mem)
{
	char path[4096], *slash;
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	while ((slash = strrchr(path, '/')) && slash != path) {
		*slash = '\0';
		slash = strrchr(path, '/');
		if (!slash || strcmp(slash, "/build"))
			continue;
		*slash = '\0';
		return access(arena_printf(mem, "%s/etc/feeds.d", path), R_OK) ? NULL : arena_strdup(mem, path);
	}
	return NULL;
}

static const char *folder(struct arena *mem, const char *variable, const char *in_tree, const char *installed)
{
	const char *set = getenv(variable), *tree;

	if (set && *set)
		return arena_strdup(mem, set);
	tree = tree_dir(mem);
	return tree ? arena_printf(mem, "%s/%s", tree, in_tree) : arena_strdup(mem, installed);
}

const char *feed_dir(struct arena *mem)
{
	return folder(mem, "AIMARKET_FEEDS", "etc/feeds.d", AIMARKET_SYSCONFDIR "/aimarket/feeds.d");
}

const char *feed_data_dir(struct arena *mem)
{
	return folder(mem, "AIMARKET_DATA", "data", AIMARKET_PREFIX "/share/aimarket/data");
}

const char *feed_checks_dir(struct arena *mem)
{
	return folder(mem, "AIMARKET_CHECKS", "etc/checks.d", AIMARKET_SYSCONFDIR "/aimarket/checks.d");
}
