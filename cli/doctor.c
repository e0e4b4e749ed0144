/* aimarket doctor: looks at all that an installation stands on, and says what is wrong and what to do. */
#include <time.h>
#include <unistd.h>

#include "aimarket/archive.h"
#include "aimarket/cluster.h"
#include "aimarket/cmd.h"
#include "aimarket/conf.h"
#include "aimarket/feed.h"
#include "aimarket/file.h"
#include "aimarket/store.h"

enum verdict { FINE, WARNING, BROKEN };

struct doctor {
	struct cmd *c;
	const struct conf *conf;
	struct pg *db; /* NULL: out of reach */
	struct writer *w;
	const char *check; /* at hand */
	int broken;
	bool gone; /* nobody reads */
	bool quick;
};

/* One line of the report. */
static void say(struct doctor *d, enum verdict verdict, const char *finding, const char *advice)
{
	static const char *const words[] = { "fine", "warning", "broken" };
	const char *values[] = { d->check, words[verdict], finding, *advice ? advice : NULL };
	int lengths[4];

	for (int i = 0; i < 4; i++)
		lengths[i] = values[i] ? (int)strlen(values[i]) : 0;
	d->broken += verdict == BROKEN;
	if (!d->gone)
		d->gone = writer_row(d->w, values, lengths);
}

static void say_error(struct doctor *d, const struct err *why)
{
	say(d, BROKEN, why->text, why->hint);
}

/* ---------------------------------------------------------------- what it looks at */

static void look_at_database(struct doctor *d)
{
	struct err e = { 0 };

	if (store_open(d->conf->database, STORE_RAW, &d->db, &e)) {
		say_error(d, &e);
		return;
	}
	int version = PQserverVersion(pg_conn(d->db));
	say(d, FINE, arena_printf(cmd_mem(d->c), "%s, PostgreSQL %d.%d", d->conf->database ? "a server" : "the private one", version / 10000, version % 10000), "");
}

static void look_at_schema(struct doctor *d)
{
	struct store_version v;
	struct err e = { 0 };

	if (store_version(d->db, &v, &e))
		say_error(d, &e);
	else if (v.have > v.want)
		say(d, BROKEN, arena_printf(cmd_mem(d->c), "schema step %d, this program knows only %d", v.have, v.want), "Use a newer aimarket.");
	else if (v.have < v.want || strcmp(v.code_have, v.code_want) != 0)
		say(d, BROKEN, arena_printf(cmd_mem(d->c), "schema step %d of %d%s", v.have, v.want, v.have == v.want ? ", with the functions of another version" : ""),
		        "Run `aimarket db migrate`; it keeps all data.");
	else
		say(d, FINE, arena_printf(cmd_mem(d->c), "schema step %d, functions up to date", v.have), "");
}

/* Each row of the statement is a finding: verdict, text, advice. None: fine says so. */
static void ask(struct doctor *d, const char *sql, const char *fine)
{
	static const char *const words[] = { "fine", "warning", "broken" };
	struct err e = { 0 };
	PGresult *res;

	if (pg_exec(d->db, sql, 0, NULL, &res, &e)) {
		say_error(d, &e);
		return;
	}
	for (int i = 0; i < PQntuples(res); i++) {
		enum verdict v = FINE;

		while (v < BROKEN && strcmp(words[v], PQgetvalue(res, i, 0)) != 0)
			v++;
		say(d, v, PQgetvalue(res, i, 1), PQgetvalue(res, i, 2));
	}
	if (PQntuples(res) == 0)
		say(d, FINE, fine, "");
	PQclear(res);
}

static void look_at_guards(struct doctor *d)
{
	ask(d, sql_query("doctor_guards"), "the ledger is append-only, its indexes are valid");
}

static void look_at_feeds_state(struct doctor *d)
{
	ask(d, sql_query("doctor_feeds"), "no feed is failing, quiet or stuck");
}

static void look_at_clock(struct doctor *d)
{
	const char *now = arena_printf(cmd_mem(d->c), "%lld", (long long)time(NULL));
	struct err e = { 0 };
	struct buf text;

	buf_init(&text, 64);
	if (pg_value(d->db, "SELECT abs(extract(epoch FROM clock_timestamp()) - $1)::bigint", 1, &now, &text, &e)) {
		say_error(d, &e);
	} else {
		bool apart = strtol(buf_str(&text), NULL, 10) > 5;

		say(d, apart ? WARNING : FINE, arena_printf(cmd_mem(d->c), "the database's clock and this machine's are %s s apart", buf_str(&text)),
		        apart ? "Set both by NTP: schedules go by the database's clock." : "");
	}
	buf_release(&text);
}

static void tell_bad_feed(void *arg, const struct err *why)
{
	say_error(arg, why);
}

/* Files that feeds name: nobody misses them until the feed runs. */
static void look_for_files(struct doctor *d, const struct feed_set *feeds)
{
	const char *data = d->conf->data ? d->conf->data : feed_data_dir(cmd_mem(d->c));

	for (size_t i = 0; i < feeds->n; i++) {
		const struct feed *f = feeds->feeds[i];
		struct err e = { 0 };
		char **names;
		size_t n;

		if (f->enabled && f->path && file_list(*f->path == '/' ? f->path : arena_printf(cmd_mem(d->c), "%s/%s", data, f->path), cmd_mem(d->c), &names, &n, &e))
			say(d, WARNING, arena_printf(cmd_mem(d->c), "feed %s: %s", f->name, e.text), "Put it there, or disable the feed.");
	}
}

static void look_at_feeds(struct doctor *d)
{
	const char *dir = d->conf->feeds ? d->conf->feeds : feed_dir(cmd_mem(d->c));
	struct feed_set feeds;
	struct err e = { 0 };

	if (feed_load_good(dir, cmd_mem(d->c), tell_bad_feed, d, &feeds, &e)) {
		say_error(d, &e);
		return;
	}
	look_for_files(d, &feeds);
	say(d, FINE, arena_printf(cmd_mem(d->c), "%zu definitions can be read, in %s", feeds.n, dir), "");
	feed_release(&feeds);
}

static int drop(void *arg, const void *data, size_t n, struct err *e)
{
	return 0;
}

static void read_documents(struct doctor *d, const PGresult *res)
{
	int bad = 0;

	for (int i = 0; i < PQntuples(res); i++) {
		struct err e = { 0 };

		if (isatty(STDERR_FILENO) && i % 100 == 99)
			fprintf(stderr, "\r\033[Karchive: %d of %d documents", i + 1, PQntuples(res));
		if (!archive_get(d->db, strtoll(PQgetvalue(res, i, 0), NULL, 10), drop, NULL, &e))
			continue;
		bad++;
		say(d, BROKEN, e.text, *e.hint ? e.hint : "Bring it back from a backup; `aimarket document` says where it came from.");
		if (e.kind == ERR_DB_DOWN)
			break;
	}
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (!bad)
		say(d, FINE, arena_printf(cmd_mem(d->c), "%d documents are whole", PQntuples(res)), "");
}

static void look_at_archive(struct doctor *d)
{
	static const char sql[] = "SELECT id FROM store.document d WHERE NOT EXISTS (SELECT FROM store.document_dropped x WHERE x.document = d.id) ORDER BY id";
	struct err e = { 0 };
	PGresult *res;

	if (d->quick) {
		say(d, FINE, "not looked at (--quick)", "");
	} else if (pg_exec(d->db, sql, 0, NULL, &res, &e)) {
		say_error(d, &e);
	} else {
		read_documents(d, res);
		PQclear(res);
	}
}

static const struct look {
	const char *name;
	void (*at)(struct doctor *d);
	bool stored; /* needs a store of this version */
} looks[] = {
	{ "database", look_at_database, false },
	{ "schema", look_at_schema, false },
	{ "clock", look_at_clock, false },
	{ "definitions", look_at_feeds, false },
	{ "guards", look_at_guards, true },
	{ "feeds", look_at_feeds_state, true },
	{ "archive", look_at_archive, true },
};

static void look_at_all(struct doctor *d)
{
	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
		const struct look *l = &looks[i];

		d->check = l->name;
		if (l->at == look_at_database || l->at == look_at_feeds || (d->db && (!l->stored || !d->broken)))
			l->at(d);
	}
}

static int run_doctor(struct cmd *c, struct err *e)
{
	static const struct column columns[] = { { "check", COL_TEXT }, { "state", COL_TEXT }, { "finding", COL_TEXT }, { "advice", COL_TEXT } };
	struct doctor d = { .c = c, .quick = cmd_flag(c, "quick") };

	if (cmd_conf(c, &d.conf, e) || cmd_writer(c, columns, 4, &d.w, e))
		return -1;
	look_at_all(&d);
	if (!d.gone)
		(void)!writer_end(d.w);
	writer_free(d.w);
	pg_close(d.db);
	return d.broken ? err_set(e, ERR_FAIL, "%d things are broken", d.broken) : 0;
}

extern const struct command cmd_doctor;
const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "look at all that this installation stands on, and say what is wrong",
	.text = "The database and its schema, what guards the ledger, the clocks, feed definitions and the files they name, feeds that fail or are quiet, and every archived document by its hash, in the "
		"database or the folder. Changes nothing. The exit code is 1 when something is broken.",
	.options = (const struct option_row[]){ { "quick", 0, OPT_FLAG, NULL, "leave the archive out" }, { 0 } },
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.run = run_doctor,
};
