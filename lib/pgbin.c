/* Where PostgreSQL's own programs are: found, never assumed. */
#include <glob.h>
#include <unistd.h>

#include "aimarket/cluster.h"
#include "aimarket/run.h"

enum { MAJOR_MIN = 15 };

static const char *const places[] = {
	"/usr/lib/postgresql/*/bin", /* Debian, Ubuntu, Alpine, Arch */
	"/usr/lib/postgresql*/bin", /* SUSE */
	"/usr/pgsql-*/bin", /* PostgreSQL's own RPMs */
	"/usr/libexec/postgresql*",
	"/usr/local/pgsql/bin",
	"/usr/local/bin",
	"/usr/bin",
};
static const char *const needed[] = { "postgres", "initdb", "pg_ctl", "pg_dump", "pg_restore", "psql" };

struct search {
	struct arena *mem;
	int want; /* this major; 0: the newest from MAJOR_MIN on */
	int major; /* of what was found */
	const char *dir;
	char seen[128]; /* majors that were met, for the message */
};

static bool complete(const char *dir, struct arena *mem)
{
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (access(arena_printf(mem, "%s/%s", dir, needed[i]), X_OK))
			return false;
	return true;
}

/* "postgres (PostgreSQL) 15.20 (Debian …)" */
static int major_of(const char *dir, struct arena *mem)
{
	const char *argv[] = { arena_printf(mem, "%s/postgres", dir), "--version", NULL };
	struct run r = { .argv = argv };
	struct err ignored = { 0 };
	struct buf output;
	int status = -1, major = 0;

	buf_init(&output, 256);
	if (!run_collect(&r, &output, &status, &ignored) && status == 0) {
		const char *after = strstr(buf_str(&output), "(PostgreSQL) ");
		major = after ? (int)strtol(after + strlen("(PostgreSQL) "), NULL, 10) : 0;
	}
	buf_release(&output);
	return major;
}

static void consider(struct search *s, const char *dir)
{
	int major = complete(dir, s->mem) ? major_of(dir, s->mem) : 0;
	size_t len = strlen(s->seen);

	if (major == 0)
		return;
	snprintf(s->seen + len, sizeof s->seen - len, "%s%d in %s", len ? ", " : "", major, dir);
	if (s->want ? major != s->want : major < MAJOR_MIN)
		return;
	if (major > s->major) {
		s->major = major;
		s->dir = arena_strdup(s->mem, dir);
	}
}

static void consider_all(struct search *s)
{
	glob_t found;

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		if (glob(places[i], 0, NULL, &found) == 0)
			for (size_t j = 0; j < found.gl_pathc; j++)
				consider(s, found.gl_pathv[j]);
		globfree(&found);
	}
}

static int not_found(const struct search *s, struct err *e)
{
	if (s->want)
		err_set(e, ERR_CONFIG, "the programs of PostgreSQL %d are not installed (found: %s)", s->want, *s->seen ? s->seen : "none");
	else
		err_set(e, ERR_CONFIG, "PostgreSQL %d or newer is not installed (found: %s)", MAJOR_MIN, *s->seen ? s->seen : "none");
	return err_hint(e, "Install the server package, or name its folder of programs in AIMARKET_PGBIN.");
}

int cluster_bindir(int major, struct arena *mem, const char **out, struct err *e)
{
	struct search s = { .mem = mem, .want = major };
	const char *named = getenv("AIMARKET_PGBIN");

	if (named && *named)
		consider(&s, named);
	else
		consider_all(&s);
	*out = s.dir;
	return s.dir ? 0 : not_found(&s, e);
}
