/* aimarket ingest: documents into the store, once each. */
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "aimarket/cmd.h"
#include "aimarket/conf.h"
#include "aimarket/date.h"
#include "aimarket/file.h"
#include "aimarket/ingest.h"
#include "aimarket/log.h"
#include "aimarket/store.h"
#include "daemon.h"
#include "workers.h"

/* Summed up by all processes. */
struct sums {
	atomic_llong documents, known_documents, failed;
	atomic_llong records, added, known, rejects;
};

struct ingest {
	struct cmd *c;
	const struct conf *conf;
	struct pg *db; /* NULL: dry run */
	struct feed_set feeds;
	long jobs;
	const char *fetched; /* as --fetched says; NULL */
	struct sums *sums; /* shared */
	struct timespec begun;
	bool terminal, shown; /* progress is shown on it; something stands there */
};

/* The files of one feed. */
struct files {
	struct ingest *in;
	const struct feed *feed;
	char **names;
	size_t n;
	size_t *ends; /* those before ends[i] and not before ends[i - 1] are taken in together */
	size_t n_ends;
};

/* ---------------------------------------------------------------- what is told */

static bool long_enough(const struct ingest *in)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > in->begun.tv_sec;
}

/* n 0: how many there are is not known. */
static void show_progress(struct ingest *in, const char *path, size_t i, size_t n)
{
	if (!in->terminal || !long_enough(in))
		return;
	if (n)
		fprintf(stderr, "\r\033[K%zu of %zu: %s", i + 1, n, path);
	else
		fprintf(stderr, "\r\033[K%zu: %s", i + 1, path);
	in->shown = true;
}

static void hide_progress(struct ingest *in)
{
	if (in->shown)
		fputs("\r\033[K", stderr);
	in->shown = false;
}

static void tell_document(struct ingest *in, const struct feed *feed, const char *path, const struct ingest_result *r)
{
	static const char *const states[] = {
		[INGEST_LOADED] = "loaded", [INGEST_KNOWN] = "known already", [INGEST_FAILED] = "read", [INGEST_STOPPED] = "stopped"
	};

	hide_progress(in);
	log_at(LOG_LEVEL_INFO, arena_printf(cmd_mem(in->c), "feed=%s", feed->name),
		"%s: %s, %lld records, %lld claims added, %lld known, %lld rejected", path, states[r->state], r->records, r->added,
		r->known, r->rejects);
}

static void tell_sums(struct ingest *in)
{
	const struct sums *s = in->sums;

	hide_progress(in);
	if (log_level >= LOG_LEVEL_NOTICE)
		fprintf(stderr,
			"%lld documents (%lld known already, %lld failed), %lld records, %lld claims added, %lld known, %lld rejected\n",
			s->documents, s->known_documents, s->failed, s->records, s->added, s->known, s->rejects);
}

static void add_up(struct ingest *in, const struct ingest_result *r, bool failed)
{
	struct sums *s = in->sums;

	s->documents++;
	s->known_documents += r->state == INGEST_KNOWN;
	s->failed += failed;
	s->records += r->records;
	s->added += r->added;
	s->known += r->known;
	s->rejects += r->rejects;
}

/* ---------------------------------------------------------------- documents */

/* An archive whose members come in. */
struct members {
	struct ingest *in;
	const struct feed *feed;
	ingest_job *job; /* spread over processes */
	void *of;
};

static int see_member(void *arg, const char *name, const struct ingest_result *r, const struct err *why)
{
	struct members *m = arg;

	add_up(m->in, r, why != NULL);
	show_progress(m->in, name, (size_t)m->in->sums->documents - 1, 0);
	if (!why) {
		tell_document(m->in, m->feed, name, r);
		return 0;
	}
	hide_progress(m->in);
	if (m->in->sums->failed > 1) /* the first is shown at the end */
		log_at(LOG_LEVEL_ERROR, NULL, "feed %s: %s", m->feed->name, why->text);
	return 0;
}

static int connect_process(struct ingest *in, struct err *e)
{
	const char *conninfo;

	return cmd_conninfo(in->c, &conninfo, e) || store_open(conninfo, STORE_READ, &in->db, e) ? -1 : 0;
}

static int connect_for_members(void *arg, struct err *e)
{
	return connect_process(((struct members *)arg)->in, e);
}

static int take_member(void *arg, size_t i, struct err *e)
{
	struct members *m = arg;

	return m->job(m->of, m->in->db, i, e);
}

static int spread_members(void *arg, size_t n, ingest_job *job, void *of, struct err *e)
{
	struct members *m = arg;
	long jobs = m->in->jobs;

	m->job = job;
	m->of = of;
	return workers_run((int)(jobs < (long)n ? jobs : (long)n), n, connect_for_members, take_member, m, e);
}

/* Errors come up; what is not shown at the end, because it is not the first, is shown now. */
static void note_file(struct ingest *in, const struct feed *feed, const char *path, const struct ingest_result *r, struct err *why,
	struct err *e)
{
	bool failed = why->kind != ERR_NONE;

	if (!r->archive) /* its members have been counted, and told of */
		add_up(in, r, failed);
	if (!failed && !r->archive)
		tell_document(in, feed, path, r);
	if (!failed)
		return;
	err_prefix(why, "feed %s: %s", feed->name, path);
	hide_progress(in);
	if (in->sums->failed > 1)
		log_at(LOG_LEVEL_ERROR, NULL, "%s", why->text);
	if (e->kind == ERR_NONE || why->kind == ERR_DB_DOWN)
		*e = *why;
}

/* Some files, and what becomes of them. */
struct batch {
	struct members members;
	struct ingest_watch watch;
	struct body bodies[INGEST_TOGETHER];
	const char *paths[INGEST_TOGETHER];
	char days[INGEST_TOGETHER][11]; /* on which they were fetched */
	struct ingest_item items[INGEST_TOGETHER];
	size_t n;
};

static int open_file(struct ingest *in, const struct feed *feed, const char *path, struct batch *b, struct err *e)
{
	struct ingest_result none = { .state = INGEST_FAILED };
	struct err why = { 0 };

	if (body_open(path, true, ingest_body_max(feed, &in->conf->limits), &b->bodies[b->n], &why)) {
		note_file(in, feed, path, &none, &why, e);
		return -1;
	}
	b->items[b->n] = (struct ingest_item){ .feed = feed, .body = &b->bodies[b->n], .from = { .address = path, .watch = &b->watch } };
	if (cmd_opt(in->c, "as"))
		b->items[b->n].from.address = cmd_opt(in->c, "as");
	b->items[b->n].from.fetched = in->fetched ? in->fetched : feed_file_day(feed, path, b->days[b->n]);
	b->paths[b->n++] = path;
	return 0;
}

static void dry_run(struct ingest *in, struct ingest_item *it)
{
	err_clear(&it->why);
	(void)!ingest_dry_run(it->feed, it->body, &it->from, &in->conf->limits, stdout, &it->result, &it->why);
}

/* Those of ends[i]. */
static int take_some(void *arg, size_t i, struct err *e)
{
	struct files *f = arg;
	struct ingest *in = f->in;
	struct batch *b = xzalloc(sizeof *b);

	b->members = (struct members){ .in = in, .feed = f->feed };
	b->watch = (struct ingest_watch){ .member = see_member, .spread = in->jobs > 1 ? spread_members : NULL, .arg = &b->members };
	for (size_t k = i ? f->ends[i - 1] : 0; k < f->ends[i]; k++) {
		show_progress(in, f->names[k], k, f->n);
		(void)!open_file(in, f->feed, f->names[k], b, e);
	}
	if (in->db)
		ingest_bodies(in->db, b->items, b->n, &in->conf->limits);
	for (size_t k = 0; k < b->n; k++) {
		if (!in->db)
			dry_run(in, &b->items[k]);
		note_file(in, f->feed, b->paths[k], &b->items[k].result, &b->items[k].why, e);
		body_release(&b->bodies[k]);
	}
	free(b);
	return e->kind == ERR_NONE ? 0 : -1;
}

static int connect_worker(void *arg, struct err *e)
{
	return connect_process(((struct files *)arg)->in, e);
}

/* One document that fails does not keep the others out; without a database none gets in. */
static int take_in_order(struct files *f, struct err *e)
{
	for (size_t i = 0; i < f->n_ends; i++) {
		struct err one = { 0 };

		if (!take_some(f, i, &one))
			continue;
		if (e->kind == ERR_NONE)
			*e = one;
		if (one.kind == ERR_DB_DOWN)
			break;
	}
	return e->kind == ERR_NONE ? 0 : -1;
}

/* Bytes of a file; of one that cannot be told, as many as make it stay alone. */
static long long size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) || !S_ISREG(st.st_mode) ? INGEST_TOGETHER_BYTES : st.st_size;
}

/* Neighbours are taken in together until they are enough; of few files, no process gets more than its share. */
static void put_together(struct files *f, long jobs)
{
	long long all = 0, most, bytes = 0;

	for (size_t i = 0; i < f->n; i++)
		all += size_of(f->names[i]);
	most = all / jobs < INGEST_TOGETHER_BYTES ? all / jobs : INGEST_TOGETHER_BYTES;
	f->ends = arena_zalloc(cmd_mem(f->in->c), (f->n + 1) * sizeof *f->ends);
	for (size_t i = 0, first = 0; i < f->n; i++) {
		bytes += size_of(f->names[i]);
		if (bytes < most && i + 1 - first < INGEST_TOGETHER && i + 1 < f->n)
			continue;
		f->ends[f->n_ends++] = first = i + 1;
		bytes = 0;
	}
}

static int take_files(struct ingest *in, const struct feed *feed, const char *path, struct err *e)
{
	struct files f = { .in = in, .feed = feed };
	long jobs = in->db && feed->format->whole && in->jobs > 1 ? in->jobs : 1;

	if (file_list(path, cmd_mem(in->c), &f.names, &f.n, e))
		return err_prefix(e, "feed %s", feed->name);
	put_together(&f, jobs);
	if (jobs > 1 && f.n_ends > 1)
		return workers_run((int)(jobs < (long)f.n_ends ? jobs : (long)f.n_ends), f.n_ends, connect_worker, take_some, &f, e);
	return take_in_order(&f, e);
}

/* ---------------------------------------------------------------- what is fetched */

/* By the daemon, run once: it has all that fetching needs, which the command line starts faster without. name NULL: what is due. */
static int fetch_feeds(struct cmd *c, const char *name, struct err *e)
{
	const char *argv[8] = { "", "--once" }, *file = cmd_opt(c, "config");
	const struct conf *conf;
	size_t n = 2;

	if (cmd_conf(c, &conf, e))
		return -1;
	if (conf->database) /* not as an argument, where others would read a password */
		setenv("AIMARKET_DB", conf->database, 1);
	if (log_level != LOG_LEVEL_NOTICE)
		argv[n++] = log_level > LOG_LEVEL_NOTICE ? "-v" : "-q";
	if (file) {
		argv[n++] = "--config";
		argv[n++] = file;
	}
	argv[n] = name;
	return daemon_run(argv, "not all of it could be taken in", e);
}

/* ---------------------------------------------------------------- feeds */

static int take_feed(struct ingest *in, const struct feed *feed, struct err *e)
{
	const struct conf *conf = in->conf;
	const char *folder = conf->data ? conf->data : feed_data_dir(cmd_mem(in->c));
	struct err one = { 0 };

	if (feed->address)
		return fetch_feeds(in->c, feed->name, e);
	if (!feed->path) {
		err_set(e, ERR_USAGE, "feed %s has no file of its own", feed->name);
		return err_hint(e, "Name one with --file.");
	}
	if (!take_files(in, feed, *feed->path == '/' ? feed->path : arena_printf(cmd_mem(in->c), "%s/%s", folder, feed->path), &one))
		return 0;
	if (e->kind != ERR_NONE)
		log_at(LOG_LEVEL_ERROR, NULL, "%s", one.text);
	else
		*e = one;
	return -1;
}

static int take_every_feed(struct ingest *in, struct err *e)
{
	for (size_t i = 0; i < in->feeds.n; i++) {
		const struct feed *f = in->feeds.feeds[i];

		if (f->enabled && f->path && take_feed(in, f, e) && e->kind == ERR_DB_DOWN)
			break;
	}
	return e->kind == ERR_NONE ? 0 : -1;
}

/* Names come as arguments and by --feed. */
static int named_feeds(struct ingest *in, const struct feed **out, int *n, struct err *e)
{
	const char *const *more;
	int n_more = cmd_many(in->c, "feed", &more), n_args = cmd_n_args(in->c);

	for (*n = 0; *n < n_args + n_more; ++*n) {
		const char *name = *n < n_args ? cmd_arg(in->c, *n) : more[*n - n_args];

		out[*n] = feed_find(&in->feeds, name);
		if (!out[*n])
			return feed_unknown(&in->feeds, name, e);
	}
	return 0;
}

static int take_what_was_asked(struct ingest *in, struct err *e)
{
	const struct feed *feeds[256];
	const char *const *files;
	int n, n_files;

	if (named_feeds(in, feeds, &n, e))
		return -1;
	n_files = cmd_many(in->c, "file", &files);
	if (n_files && n != 1) {
		err_set(e, ERR_USAGE, n ? "a file is one feed's" : "which feed is the file of?");
		return err_hint(e, "Name one feed with --feed; `aimarket query feeds` lists them.");
	}
	if (cmd_opt(in->c, "as") && n_files != 1)
		return err_set(e, ERR_USAGE, "--as names one --file");
	if (!n)
		return take_every_feed(in, e);
	for (int i = 0; i < n && !n_files; i++)
		if (take_feed(in, feeds[i], e) && e->kind == ERR_DB_DOWN)
			break;
	for (int i = 0; i < n_files && e->kind != ERR_DB_DOWN; i++)
		(void)!take_files(in, feeds[0], files[i], e);
	return e->kind == ERR_NONE ? 0 : -1;
}

/* --fetched is one day, as people write it. */
static int read_fetched(struct ingest *in, struct err *e)
{
	const char *text = cmd_opt(in->c, "fetched");
	struct date_span day;
	char iso[11];

	if (!text)
		return 0;
	if (date_read_human(text, date_today(), &day, e))
		return err_prefix(e, "--fetched");
	if (day.first != day.last)
		return err_set(e, ERR_USAGE, "--fetched: \"%s\" is more than a day", text);
	date_iso(day.first, iso);
	in->fetched = arena_strdup(cmd_mem(in->c), iso);
	return 0;
}

static int with_feeds(struct ingest *in, struct err *e)
{
	if (!cmd_flag(in->c, "dry-run") && (cmd_store(in->c, &in->db, e) || ingest_register(in->db, &in->feeds, e)))
		return -1;
	int rc = take_what_was_asked(in, e);
	if (in->sums->documents)
		tell_sums(in);
	if (!rc && in->sums->rejects) {
		err_set(e, ERR_REJECTS, "%lld records were rejected", in->sums->rejects);
		rc = err_hint(e, "`aimarket query rejects` says which and why.");
	}
	return rc;
}

static int run_ingest(struct cmd *c, struct err *e)
{
	struct ingest in = { .c = c, .terminal = isatty(STDERR_FILENO), .sums = workers_shared(sizeof *in.sums) };

	clock_gettime(CLOCK_MONOTONIC, &in.begun);
	if (cmd_flag(c, "due"))
		return fetch_feeds(c, NULL, e);
	if (cmd_int(c, "jobs", workers_default(), &in.jobs, e) || read_fetched(&in, e))
		return -1;
	if (cmd_conf(c, &in.conf, e) || feed_load(in.conf->feeds ? in.conf->feeds : feed_dir(cmd_mem(c)), cmd_mem(c), &in.feeds, e))
		return -1;
	int rc = with_feeds(&in, e);
	feed_release(&in.feeds);
	return rc;
}

static const struct option_row options[] = {
	{ "file", 0, OPT_MANY, "PATH", "this file, the files of a folder, a glob in quotes, or - for standard input; .gz is unpacked" },
	{ "as", 0, OPT_TEXT, "NAME", "the file's name, for feeds that read from it what their table is about: --as NVDA.csv" },
	{ "fetched", 0, OPT_TEXT, "DAY", "when the file was fetched; the day it was last changed unless given, or fetched_on in the feed's definition tells another" },
	{ "feed", 0, OPT_MANY, "NAME", "the feed, as an argument would name it" },
	{ "due", 0, OPT_FLAG, NULL, "all feeds that are due now, as the daemon would, and nothing else" },
	{ "jobs", 'j', OPT_INT, "N",
		"processes that take documents in side by side, where their order does not matter; one a core unless given" },
	{ "dry-run", 0, OPT_FLAG, NULL, "print what would be claimed, a JSON object a line, and touch no store" },
	{ 0 },
};

extern const struct command cmd_ingest;
const struct command cmd_ingest = {
	.name = "ingest",
	.args = "[FEED…]",
	.summary = "take documents in",
	.text = "Reads the files of the feeds named, or of every enabled feed that reads files; feeds with an address are fetched when they are named. Each document is kept as it came, parsed, and\n"
		"loaded in one transaction; what the store knows already is not added again, so the same command may be run any time.\n"
		"Records that cannot be taken are listed by `aimarket query rejects`; then the exit code is 6.",
	.options = options,
	.max_args = -1,
	.run = run_ingest,
};
