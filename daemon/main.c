/* aimarketd: the daemon. It takes in what is due, answers over HTTP, and stays in the foreground: whoever starts it watches it. */
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aimarket/cluster.h"
#include "aimarket/daemon_options.h"
#include "aimarket/fetch.h"
#include "aimarket/log.h"
#include "aimarket/store.h"
#include "aimarket/weburl.h"
#include "api.h"
#include "master.h"
#include "worker.h"
#include "writer.h"

/* ---------------------------------------------------------------- what was read */

/* The SEC wants to know whom to write to before anything is asked. */
static int check_contact(const struct setup *s, struct err *e)
{
	const char *contact = s->conf.fetch.contact;
	const char *agent = arena_printf(s->mem, "aimarket/%s%s%s", AIMARKET_VERSION, contact ? " " : "", contact ? contact : "");

	for (size_t i = 0; i < s->feeds.n; i++) {
		const struct feed *f = s->feeds.feeds[i];
		const char *host = f->address ? weburl_host(f->address, s->mem) : NULL;

		if (host && f->enabled && fetch_agent_check(agent, host, e)) {
			err_prefix(e, "feed %s", f->name);
			return err_hint(e, "Set contact in [fetch] of aimarket.conf to an address of electronic mail, or disable the feed.");
		}
	}
	return 0;
}

int setup_load(const char *path, const char *db, struct setup **out, struct err *e)
{
	struct arena *mem = arena_new();
	struct setup *s = arena_zalloc(mem, sizeof *s);

	s->mem = mem;
	if (conf_load(path, mem, &s->conf, e) || feed_load(s->conf.feeds ? s->conf.feeds : feed_dir(mem), mem, &s->feeds, e) || check_contact(s, e)) {
		setup_free(s);
		return -1;
	}
	if (db)
		s->conf.database = arena_strdup(mem, db);
	conf_export(&s->conf);
	log_json = s->conf.log.json;
	*out = s;
	return 0;
}

void setup_free(struct setup *s)
{
	if (!s)
		return;
	feed_release(&s->feeds);
	arena_free(s->mem);
}

static const char *data_folder(const struct setup *s)
{
	return s->conf.data ? s->conf.data : feed_data_dir(s->mem);
}

/* ---------------------------------------------------------------- roles */

static int open_store(const struct setup *s, struct err *e)
{
	struct pg *db;

	if (store_open(s->conf.database, STORE_AUTO, &db, e))
		return -1;
	pg_close(db);
	return 0;
}

static int run_open(const struct duty *d, struct err *e)
{
	return open_store(d->setup, e);
}

static int run_close(const struct duty *d, struct err *e)
{
	struct cluster *c;

	if (d->setup->conf.database)
		return 0;
	if (cluster_open(NULL, &c, e))
		return -1;
	int rc = cluster_stop(c, e);
	cluster_free(c);
	return rc;
}

const struct role role_open = { .name = "open", .run = run_open };
const struct role role_close = { .name = "close", .run = run_close };

static int count_ingest(const struct conf *conf)
{
	return (int)conf->daemon.workers;
}

static int run_ingest(const struct duty *d, struct err *e)
{
	const struct setup *s = d->setup;
	struct worker w = { .conf = &s->conf, .feeds = &s->feeds, .data_folder = data_folder(s), .beat_fd = d->beat_fd, .stop_fd = d->stop_fd };

	return worker_run(&w, e);
}

static int count_api(const struct conf *conf)
{
	return (int)conf->api.workers;
}

/* One is enough for what people and their programs type. */
static int count_writers(const struct conf *conf)
{
	return conf->api.workers > 0;
}

const struct role roles[] = {
	{ .name = "ingest", .count = count_ingest, .run = run_ingest },
	{ .name = "api", .listens = true, .count = count_api, .run = api_run },
	{ .name = "writer", .count = count_writers, .run = writer_run },
	{ 0 },
};

/* ---------------------------------------------------------------- once */

static int only_named(struct setup *s, char *const *names, int n, struct feed_set *out, struct err *e)
{
	*out = (struct feed_set){ .feeds = arena_zalloc(s->mem, ((size_t)n + 1) * sizeof *out->feeds) };
	for (int i = 0; i < n; i++) {
		const struct feed *f = feed_find(&s->feeds, names[i]);

		if (!f)
			return feed_unknown(&s->feeds, names[i], e);
		if (!f->address && !f->path)
			return err_set(e, ERR_USAGE, "feed %s has neither address nor path", f->name);
		out->feeds[out->n++] = (struct feed *)(uintptr_t)f;
	}
	return 0;
}

/* SIGINT and SIGTERM make the returned descriptor readable. */
static int orders(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int run_once(struct setup *s, char *const *names, int n, struct err *e)
{
	struct worker w = { .conf = &s->conf, .feeds = &s->feeds, .data_folder = data_folder(s), .beat_fd = -1, .once = true };
	struct feed_set named;

	if (n && only_named(s, names, n, &named, e))
		return -1;
	if (n) {
		w.feeds = &named;
		w.wanted = true;
	}
	if (open_store(s, e))
		return -1;
	w.stop_fd = orders();
	if (worker_run(&w, e))
		return -1;
	return w.rejects ? err_set(e, ERR_REJECTS, "%lld records were rejected", w.rejects) : 0;
}

/* ---------------------------------------------------------------- the command line */

static void print_help(void)
{
	printf("usage: %s\n\n%s\n\n", daemon_usage, daemon_text);
	for (const struct option_row *o = daemon_options; o->name; o++)
		printf("  -%c, --%-10s %-9s %s\n", o->letter, o->name, o->arg ? o->arg : "", o->help);
	printf("\n%s\n", daemon_signals);
}

struct options {
	const char *config, *db;
	bool check, once;
	int done;	/* -1: go on; else the exit code */
};

static void set_option(struct options *o, int c)
{
	switch (c) {
	case 'c': o->config = optarg; break;
	case 'd': o->db = optarg; break;
	case 'k': o->check = true; break;
	case 'o': o->once = true; break;
	case 'v': log_level += log_level < LOG_LEVEL_SQL; break;
	case 'q': log_level = LOG_LEVEL_ERROR; break;
	case 'h': print_help(); o->done = 0; break;
	case 'V': puts("aimarketd " AIMARKET_VERSION); o->done = 0; break;
	default: fputs("aimarketd --help shows the options\n", stderr); o->done = err_table[ERR_USAGE].exit_code;
	}
}

enum { OPTIONS_MAX = 16 };

/* The table as getopt wants it. */
static void make_options(struct option longs[OPTIONS_MAX + 1], char shorts[2 * OPTIONS_MAX + 1])
{
	size_t n = 0;

	for (const struct option_row *o = daemon_options; o->name && n < OPTIONS_MAX; o++, n++) {
		longs[n] = (struct option){ o->name, o->arg ? required_argument : no_argument, NULL, o->letter };
		*shorts++ = o->letter;
		if (o->arg)
			*shorts++ = ':';
	}
	longs[n] = (struct option){ 0 };
	*shorts = '\0';
}

static struct options read_options(int argc, char **argv)
{
	struct options o = { .done = -1 };
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 1];
	int c;

	make_options(longs, shorts);
	while (o.done < 0 && (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1)
		set_option(&o, c);
	if (o.done < 0 && optind < argc && !o.once) {
		fprintf(stderr, "aimarketd: \"%s\" is one word too many\n", argv[optind]);
		o.done = err_table[ERR_USAGE].exit_code;
	}
	return o;
}

/* Whether standard error is the journal's own stream, and not merely that of somebody further up. */
static bool to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char ours[64];
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st))
		return false;
	snprintf(ours, sizeof ours, "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return !strcmp(stream, ours);
}

static int fail(const struct err *e)
{
	log_at(LOG_LEVEL_ERROR, NULL, "%s%s%s", e->text, *e->hint ? "; " : "", e->hint);
	return err_table[e->kind].exit_code;
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	struct setup *s;

	log_journal = to_journal();
	struct options o = read_options(argc, argv);
	if (o.done >= 0)
		return o.done;
	if (setup_load(o.config, o.db, &s, &e))
		return fail(&e);
	if (!o.check && !o.once)
		return master_run(o.config, o.db, s);
	if (o.check && log_level > LOG_LEVEL_ERROR)
		printf("%s: fine, %zu feeds\n", s->conf.file ? s->conf.file : "no configuration file", s->feeds.n);
	int rc = o.once ? run_once(s, argv + optind, argc - optind, &e) : 0;
	setup_free(s);
	return rc ? fail(&e) : 0;
}
