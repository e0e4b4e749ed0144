/*
 * The cases of the formats: every folder tests/feeds/FORMAT/CASE is a test, and tests/feeds/FEED/CASE for a feed of etc/feeds.d
 * that is a mapping. It holds the document (any name), feed.conf when the format takes a mapping, and either rows, what the sink must
 * hold, or error, what the message must be.
 * AIMARKET_UPDATE=1 in the environment writes what came out over what was expected.
 */
#include "unit.h"

#include <dirent.h>

#include "aimarket/feed.h"
#include "aimarket/file.h"
#include "spool_text.h"

static const char *root = "tests/feeds";

struct case_dir {
	const char *format, *name, *path;
};

static bool exists(const char *path)
{
	FILE *f = fopen(path, "r");

	if (f)
		fclose(f);
	return f != NULL;
}

static void read_file(const char *path, struct buf *out)
{
	struct err e = { 0 };

	buf_init(out, 64 << 20);
	if (file_read(path, true, out, &e))
		fail_msg("%s", e.text);
}

/* The one file of the folder that is not ours. */
static const char *document_of(const struct case_dir *c, struct arena *mem)
{
	static const char *const ours[] = { "feed.conf", "rows", "error", "README" };
	char **names;
	size_t n;
	struct err e = { 0 };

	assert_int_equal(file_list(c->path, mem, &names, &n, &e), 0);
	for (size_t i = 0; i < n; i++) {
		const char *base = strrchr(names[i], '/') + 1;
		bool own = false;

		for (size_t k = 0; k < COUNT(ours); k++)
			own |= !strcmp(base, ours[k]);
		if (!own)
			return names[i];
	}
	fail_msg("%s: no document", c->path);
	return NULL;
}

/* What comes out: rows or a message, in out. */
static int run_document(const struct case_dir *c, const struct feed *feed, struct arena *mem, struct buf *out, struct err *e)
{
	const char *path = document_of(c, mem), *base = strrchr(path, '/') + 1;
	const struct format *format = feed ? feed->format : format_find(c->format);
	struct sink *s = sink_new(&limits_default, feed ? feed->asserted_on : DATE_NONE);
	struct buf body;
	int rc;

	assert_non_null(format);
	read_file(path, &body);
	/* a copy of just these bytes, so that the sanitizers see a step too far */
	char *data = xmalloc(body.len ? body.len : 1);
	if (body.len)
		memcpy(data, body.data, body.len);
	struct input in = { .data = data, .len = body.len, .name = base, .fetched = "2024-09-30" };
	rc = format->parse(&in, feed ? feed->mapping : NULL, &limits_default, s, e) || sink_finish(s, e) || spool_text(s, out, e);
	free(data);
	buf_release(&body);
	sink_free(s);
	return rc;
}

/* The definition of the feed: the case's own, or for a folder that is named after one of ours, that. */
static const char *conf_of(const struct case_dir *c, struct arena *mem)
{
	const char *own = arena_printf(mem, "%s/feed.conf", c->path);

	return exists(own) || format_find(c->format) ? own : arena_printf(mem, "etc/feeds.d/%s.conf", c->format);
}

static bool run_feed(const struct case_dir *c, struct buf *out)
{
	struct arena *mem = arena_new();
	const char *conf = conf_of(c, mem);
	struct feed *feed = NULL;
	struct err e = { 0 };
	int rc = exists(conf) ? feed_load_file(conf, mem, &feed, &e) : 0;

	if (!rc)
		rc = run_document(c, feed, mem, out, &e);
	if (rc) {
		size_t skip = !strncmp(e.text, c->path, strlen(c->path)) ? strlen(c->path) + 1 : 0;

		buf_reset(out);
		buf_printf(out, "%s\n%s%s", e.text + skip, e.hint, *e.hint ? "\n" : "");
	}
	if (feed)
		feed_free(feed);
	arena_free(mem);
	return rc == 0;
}

static void update(const struct case_dir *c, const char *kind, const struct buf *out)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", c->path, kind);
	f = fopen(path, "w");
	assert_non_null(f);
	fwrite(buf_str(out), 1, out->len, f);
	fclose(f);
}

static void run_case(void **state)
{
	const struct case_dir *c = *state;
	struct buf out, expected;
	char path[4096];

	buf_init(&out, 64 << 20);
	const char *kind = run_feed(c, &out) ? "rows" : "error";
	if (getenv("AIMARKET_UPDATE"))
		update(c, kind, &out);
	snprintf(path, sizeof path, "%s/%s", c->path, kind);
	if (!exists(path))
		fail_msg("%s/%s: no \"%s\" here, but this came out:\n%s", c->format, c->name, kind, buf_str(&out));
	read_file(path, &expected);
	assert_string_equal(buf_str(&out), buf_str(&expected));
	buf_release(&expected);
	buf_release(&out);
}

static int visible(const struct dirent *entry)
{
	return *entry->d_name != '.' && entry->d_type != DT_REG;
}

/* The folders of a folder, sorted. */
static int folders(const char *path, struct arena *mem, const char ***names)
{
	struct dirent **entries;
	int n = scandir(path, &entries, visible, alphasort);

	if (n < 0) {
		fprintf(stderr, "could not read %s\n", path);
		exit(1);
	}
	*names = arena_alloc(mem, ((size_t)n + 1) * sizeof **names);
	for (int i = 0; i < n; i++) {
		(*names)[i] = arena_strdup(mem, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return n;
}

int main(int argc, char **argv)
{
	enum { CASES_MAX = 2000 };
	struct arena *mem = arena_new();
	struct CMUnitTest *tests = arena_zalloc(mem, CASES_MAX * sizeof *tests);
	const char **formats_of, **cases_of;
	size_t n = 0;

	root = argc > 1 ? argv[1] : root;
	int n_formats = folders(root, mem, &formats_of);
	for (int f = 0; f < n_formats; f++) {
		const char *dir = arena_printf(mem, "%s/%s", root, formats_of[f]);
		int n_cases = folders(dir, mem, &cases_of);

		for (int i = 0; i < n_cases && n < CASES_MAX; i++) {
			struct case_dir *c = arena_zalloc(mem, sizeof *c);

			*c = (struct case_dir){ formats_of[f], cases_of[i], arena_printf(mem, "%s/%s", dir, cases_of[i]) };
			tests[n++] = (struct CMUnitTest){ arena_printf(mem, "%s/%s", c->format, c->name), run_case, NULL, NULL, c };
		}
	}
	int failed = _cmocka_run_group_tests("cases", tests, n, NULL, NULL);
	arena_free(mem);
	return failed;
}
