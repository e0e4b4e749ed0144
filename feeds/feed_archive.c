/* [archive] of a feed: which members of a ZIP archive it reads, and how. */
#include <fnmatch.h>

#include "feed_inside.h"
#include "mapping_inside.h"

enum { PATTERNS_MAX = 32 };

static const struct mapping_word archive_words[] = {
	{ "members", "PATTERNS",
		"a ZIP archive is opened, and each member that one of these names fits is a document: CIK*.json; without a slash in the"
		" pattern it is held against the name behind the last slash" },
	{ "together", "PATTERNS", "instead: one document is made of them, in this order, each under a line \"==> NAME <==\"" },
	{ NULL },
};

const struct mapping_word *feed_archive_word(size_t i)
{
	return i < sizeof archive_words / sizeof *archive_words - 1 ? &archive_words[i] : NULL;
}

static int add_patterns(struct feed_archive *a, const char *value, struct arena *mem, struct err *e)
{
	static const char blanks[] = " \t\r\n";

	if (!a->patterns)
		a->patterns = arena_zalloc(mem, PATTERNS_MAX * sizeof *a->patterns);
	for (const char *p = value + strspn(value, blanks); *p; p += strspn(p, blanks)) {
		size_t n = strcspn(p, blanks);

		if (a->n == PATTERNS_MAX)
			return err_set(e, ERR_CONFIG, "more than %d patterns", PATTERNS_MAX);
		a->patterns[a->n++] = arena_strndup(mem, p, n);
		p += n;
	}
	return a->n ? 0 : err_set(e, ERR_CONFIG, "it names no member");
}

int feed_archive_set(struct feed_archive *a, const char *key, const char *value, struct arena *mem, struct err *e)
{
	const char *names[] = { archive_words[0].word, archive_words[1].word };
	bool together = !strcmp(key, names[1]);

	if (!together && strcmp(key, names[0]) != 0)
		return mapping_unknown(e, "key of [archive]", key, names, 2);
	if (a->n && a->together != together)
		return err_set(e, ERR_CONFIG, "[archive] has members or together, not both");
	a->together = together;
	return add_patterns(a, value, mem, e);
}

size_t feed_archive_find(const struct feed_archive *a, const char *name)
{
	const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
	size_t i = 0;

	while (i < a->n && fnmatch(a->patterns[i], strchr(a->patterns[i], '/') ? name : base, FNM_PATHNAME))
		i++;
	return i;
}
