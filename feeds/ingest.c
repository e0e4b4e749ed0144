#include "aimarket/ingest.h"

#include "aimarket/archive.h"
#include "aimarket/date.h"
#include "aimarket/file.h"
#include "container.h"
#include "load.h"
#include "spool_print.h"

enum { ARRAY_MAX = 64 << 20 };

/* One document on its way. */
struct job {
	struct pg *db;
	const struct feed *feed;
	struct body *body;
	const struct ingest_origin *from;
	const struct limits *limits;
	struct arena *mem;
	struct ingest_result *result;
	struct err *why; /* why it failed; kind ERR_NONE while it did not */
	struct sink *sink;
	const char *sha256; /* "\x" and digits: as SQL takes bytes */
	const char *parser;
	bool entered; /* its lock is ours */
};

/* ---------------------------------------------------------------- the runs */

static int hash_body(struct job *j, struct err *e)
{
	unsigned char sha256[32];
	char hex[65];

	if (archive_hash(j->body, sha256, e))
		return -1;
	file_hex(sha256, sizeof sha256, hex);
	j->sha256 = arena_printf(j->mem, "\\x%s", hex);
	j->parser = feed_parser(j->feed, j->mem);
	return 0;
}

static const char *fetched_day(const struct ingest_origin *from, struct arena *mem)
{
	char today[11];

	date_iso(date_today(), today);
	return from->fetched ? from->fetched : arena_strdup(mem, today);
}

/*
 * Bytes that come back on a later day, after others of their feed, say it again where the feed tells the day they came: a price that
 * returns to what it was. They are read under that day, once.
 */
static int tell_day(struct job *j, struct err *e)
{
	const char *fetched = fetched_day(j->from, j->mem);
	PGresult *res;

	if (!j->feed->mapping || !mapping_tells_day(j->feed->mapping))
		return 0;
	if (pg_exec(j->db, "SELECT load.came_back($1, $2, $3)", 3, (const char *const[]){ j->feed->name, j->sha256, fetched }, &res, e))
		return -1;
	if (*PQgetvalue(res, 0, 0) == 't')
		j->parser = arena_printf(j->mem, "%s@%s", j->parser, fetched);
	PQclear(res);
	return 0;
}

/* The columns of a statement that is about several documents. */
typedef const char *job_text(const struct job *j);

static const char *feed_name(const struct job *j)
{
	return j->feed->name;
}

static const char *hash_text(const struct job *j)
{
	return j->sha256;
}

static const char *parser_text(const struct job *j)
{
	return j->parser;
}

static const char *document_text(const struct job *j)
{
	return arena_printf(j->mem, "%lld", j->result->document);
}

static const char *address_text(const struct job *j)
{
	return j->from->address ? j->from->address : "";
}

static const char *status_text(const struct job *j)
{
	return j->from->http_status ? arena_printf(j->mem, "%ld", j->from->http_status) : NULL;
}

static const char *etag_text(const struct job *j)
{
	return j->from->etag;
}

static const char *modified_text(const struct job *j)
{
	return j->from->last_modified;
}

static const char *container_text(const struct job *j)
{
	return j->from->container ? arena_printf(j->mem, "%d", j->from->container) : NULL;
}

static const char *fetched_text(const struct job *j)
{
	return j->from->fetched;
}

/* An array parameter with what text tells of each job. */
static const char *column(struct job *const *jobs, size_t n, job_text *text)
{
	struct buf b;

	buf_init(&b, ARRAY_MAX);
	for (size_t i = 0; i < n; i++)
		pg_array_add(&b, text(jobs[i]));
	const char *array = arena_strdup(jobs[0]->mem, pg_array(&b));
	buf_release(&b);
	return array;
}

/* Finds out which are in already, and keeps others from taking the same bytes in. With wait, waits for those who do so now. */
static int enter(struct job *const *jobs, size_t n, bool wait, struct err *e)
{
	const char *params[] = { column(jobs, n, feed_name), column(jobs, n, hash_text), column(jobs, n, parser_text), wait ? "t" : "f" };
	PGresult *res;

	if (pg_exec(jobs[0]->db, "SELECT document, loaded, entered FROM load.enter($1, $2, $3, $4) ORDER BY n", 4, params, &res, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct job *j = jobs[i];

		j->result->document = strtoll(PQgetvalue(res, (int)i, 0), NULL, 10);
		j->result->run = strtoll(PQgetvalue(res, (int)i, 1), NULL, 10);
		j->result->state = PQgetisnull(res, (int)i, 1) ? INGEST_FAILED : INGEST_KNOWN;
		j->entered = *PQgetvalue(res, (int)i, 2) == 't';
	}
	PQclear(res);
	return 0;
}

static void leave(struct job *const *jobs, size_t n)
{
	const char *params[] = { column(jobs, n, feed_name), column(jobs, n, hash_text), column(jobs, n, parser_text) };
	struct err ignored = { 0 };

	(void)!pg_exec(jobs[0]->db, "SELECT load.leave($1::text[], $2::bytea[], $3::text[])", 3, params, NULL, &ignored);
}

static int begin_runs(struct job *const *jobs, size_t n, struct err *e)
{
	static job_text *const texts[] = { feed_name, document_text, parser_text, address_text, status_text, etag_text, modified_text,
		container_text, fetched_text };
	const char *params[sizeof texts / sizeof *texts];
	PGresult *res;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		params[i] = column(jobs, n, texts[i]);
	if (pg_exec(jobs[0]->db, "SELECT run FROM load.begin_runs($1, $2, $3, $4, $5, $6, $7, $8, $9) ORDER BY n", 9, params, &res, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		jobs[i]->result->run = strtoll(PQgetvalue(res, (int)i, 0), NULL, 10);
	PQclear(res);
	return 0;
}

static int put_bodies(struct job *const *jobs, size_t n, struct err *e)
{
	struct archive_body *bodies = arena_zalloc(jobs[0]->mem, n * sizeof *bodies);

	for (size_t i = 0; i < n; i++)
		bodies[i] = (struct archive_body){ .body = jobs[i]->body,
			.sha256_hex = jobs[i]->sha256,
			.media = jobs[i]->from->media ? jobs[i]->from->media : jobs[i]->feed->format->media };
	if (archive_put(jobs[0]->db, bodies, n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		jobs[i]->result->document = bodies[i].document;
	return 0;
}

/* A small transaction of its own: what was fetched stays, whatever becomes of it. */
static int archive(struct job *const *jobs, size_t n, struct err *e)
{
	struct pg *db = jobs[0]->db;

	if (pg_begin(db, e))
		return -1;
	if (!put_bodies(jobs, n, e) && !begin_runs(jobs, n, e) && !pg_commit(db, e))
		return 0;
	pg_rollback(db);
	return -1;
}

/* ---------------------------------------------------------------- parse and load */

static void forget(void *arg, size_t upto)
{
	body_forget(arg, upto);
}

static int parse(const struct feed *feed, struct body *body, const struct ingest_origin *from, const struct limits *limits,
	struct sink *sink, struct err *e)
{
	char today[11];
	struct input in = { .data = body->data, .len = body->len, .name = from->address ? from->address : "", .fetched = from->fetched };

	date_iso(date_today(), today);
	if (!in.fetched)
		in.fetched = today;
	sink_progress(sink, forget, body);
	if (feed->format->parse(&in, feed->mapping, limits, sink, e))
		return -1;
	body_forget(body, body->len);
	return sink_finish(sink, e);
}

static struct load_run run_of(struct job *j)
{
	return (struct load_run){
		.feed = j->feed,
		.sink = j->sink,
		.body = j->body,
		.limits = j->limits,
		.tool = arena_printf(j->mem, "aimarket %s %s", AIMARKET_VERSION, j->parser),
		.why = arena_printf(j->mem, "feed %s: %s", j->feed->name, j->from->address ? j->from->address : ""),
		.fetched = fetched_day(j->from, j->mem),
		.run = j->result->run,
		.document = j->result->document,
	};
}

/* The failure goes to the run's row, with what the sink rejected before it. */
static void note_failure(struct job *j)
{
	struct load_run run = run_of(j);
	struct sink_counts counts;
	struct err ignored = { 0 };

	sink_counts(j->sink, &counts);
	const char *params[] = { arena_printf(j->mem, "%lld", run.run), arena_printf(j->mem, "%lld", counts.rejects), j->why->text };
	if (pg_begin(j->db, &ignored) || load_rejects(j->db, &run, &ignored) ||
		pg_exec(j->db, "SELECT load.fail_run($1, $2, $3)", 3, params, NULL, &ignored) || pg_commit(j->db, &ignored))
		pg_rollback(j->db); /* the run stays open: the next one of the feed closes it */
}

static void note_result(struct job *j, const struct load_result *loaded)
{
	j->result->state = INGEST_LOADED;
	j->result->tx = loaded->tx;
	j->result->added = loaded->added;
	j->result->known = loaded->known;
	j->result->rejects = loaded->rejects;
}

/* In one transaction, or none of them. */
static int load_together(struct job *const *jobs, size_t n, struct err *e)
{
	struct load_run *runs = arena_zalloc(jobs[0]->mem, n * sizeof *runs);
	struct load_result *loaded = arena_zalloc(jobs[0]->mem, n * sizeof *loaded);

	for (size_t i = 0; i < n; i++)
		runs[i] = run_of(jobs[i]);
	if (load_documents(jobs[0]->db, runs, n, loaded, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		note_result(jobs[i], &loaded[i]);
	return 0;
}

/* When they cannot be loaded together they are one by one, so that what is wrong with one of them is its own affair. */
static void load_group(struct job *const *jobs, size_t n)
{
	struct err e = { 0 };

	if (!load_together(jobs, n, &e))
		return;
	for (size_t i = 0; i < n; i++) {
		if (n == 1 || e.kind == ERR_DB_DOWN)
			*jobs[i]->why = e;
		else
			(void)!load_together(&jobs[i], 1, jobs[i]->why);
		if (jobs[i]->why->kind != ERR_NONE)
			note_failure(jobs[i]);
	}
}

/* How many from the first on may be loaded in one transaction. */
static size_t group_of(struct job *const *jobs, size_t n)
{
	struct load_group *g = load_group_new();
	size_t taken = 0;

	for (; taken < n; taken++) {
		struct load_run run = run_of(jobs[taken]);

		if (!load_group_takes(g, &run))
			break;
	}
	load_group_free(g);
	return taken;
}

static void load_all(struct job *const *jobs, size_t n)
{
	for (size_t done = 0, group; done < n; done += group) {
		group = n == 1 ? 1 : group_of(&jobs[done], n - done);
		load_group(&jobs[done], group);
	}
}

/* Returns how many of them are there to be loaded, the first ones of parsed. */
static size_t parse_all(struct job *const *jobs, size_t n, struct job **parsed)
{
	size_t n_parsed = 0;

	for (size_t i = 0; i < n; i++) {
		struct job *j = jobs[i];

		j->sink = sink_new(j->limits, j->feed->asserted_on);
		if (parse(j->feed, j->body, j->from, j->limits, j->sink, j->why))
			note_failure(j);
		else
			parsed[n_parsed++] = j;
		sink_counts(j->sink, &j->result->counts);
		j->result->records = j->result->counts.records;
	}
	return n_parsed;
}

static void fail_all(struct job *const *jobs, size_t n, const struct err *e)
{
	for (size_t i = 0; i < n; i++)
		*jobs[i]->why = *e;
}

/* Little is parsed before the server could have begun. */
static void warm_up(struct job *const *jobs, size_t n)
{
	enum { MUCH = 1 << 20 };
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += jobs[i]->body->len;
	if (bytes >= MUCH)
		load_warm_up(jobs[0]->db);
}

/* Those whose locks are ours. */
static void take_entered(struct job *const *jobs, size_t n)
{
	struct job **parsed = arena_zalloc(jobs[0]->mem, n * sizeof *parsed);
	struct err e = { 0 };

	if (archive(jobs, n, &e)) {
		fail_all(jobs, n, &e);
	} else {
		warm_up(jobs, n);
		load_all(parsed, parse_all(jobs, n, parsed));
		for (size_t i = 0; i < n; i++)
			sink_free(jobs[i]->sink);
	}
	leave(jobs, n);
}

/* Each has other bytes than all others. Returns how many are left: somebody else takes them in just now; they are the first ones of rest. */
static size_t take_distinct(struct job *const *jobs, size_t n, bool wait, struct job **rest)
{
	struct job **entered = arena_zalloc(jobs[0]->mem, n * sizeof *entered);
	size_t n_entered = 0, n_rest = 0;
	struct err e = { 0 };

	if (enter(jobs, n, wait, &e)) {
		fail_all(jobs, n, &e);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (jobs[i]->entered)
			entered[n_entered++] = jobs[i];
		else if (jobs[i]->result->state != INGEST_KNOWN)
			rest[n_rest++] = jobs[i];
	}
	if (n_entered)
		take_entered(entered, n_entered);
	return n_rest;
}

static void take_alone(struct job *j)
{
	struct job *rest;

	(void)take_distinct(&j, 1, true, &rest);
}

int ingest_document(struct pg *db, const struct feed *feed, struct body *body, const struct ingest_origin *from,
	const struct limits *limits, struct ingest_result *result, struct err *e)
{
	struct job j = {
		.db = db, .feed = feed, .body = body, .from = from, .limits = limits, .mem = arena_new(), .result = result, .why = e
	};

	*result = (struct ingest_result){ .state = INGEST_FAILED };
	if (!hash_body(&j, e) && !tell_day(&j, e))
		take_alone(&j);
	arena_free(j.mem);
	return e->kind == ERR_NONE ? 0 : -1;
}

/* ---------------------------------------------------------------- several at once */

/* Whether the same bytes come in one of those before. */
static bool comes_again(struct job *const *jobs, size_t n, const struct job *j)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(jobs[i]->sha256, j->sha256))
			return true;
	return false;
}

/* Sorts out what cannot be taken in together with others: jobs keeps the rest, later gets the others. */
static size_t sort_out(struct job **jobs, size_t n, struct job **later, size_t *n_later)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct job *j = jobs[i];

		if (container_is(j->feed, j->body) || (!hash_body(j, j->why) && !tell_day(j, j->why) && comes_again(jobs, kept, j)))
			later[(*n_later)++] = j;
		else if (j->why->kind == ERR_NONE)
			jobs[kept++] = j;
	}
	return kept;
}

static void take_later(struct job *j)
{
	(void)!ingest_body(j->db, j->feed, j->body, j->from, j->limits, j->result, j->why);
}

void ingest_bodies(struct pg *db, struct ingest_item *items, size_t n, const struct limits *limits)
{
	struct arena *mem = arena_new();
	struct job *all = arena_zalloc(mem, n * sizeof *all), **jobs = arena_zalloc(mem, (n + 1) * sizeof *jobs),
		   **later = arena_zalloc(mem, (n + 1) * sizeof *later);
	size_t n_later = 0;

	for (size_t i = 0; i < n; i++) {
		struct ingest_item *it = &items[i];

		it->result = (struct ingest_result){ .state = INGEST_FAILED };
		err_clear(&it->why);
		all[i] = (struct job){ db, it->feed, it->body, &it->from, limits, mem, &it->result, &it->why, NULL, NULL, NULL, false };
		jobs[i] = &all[i];
	}
	size_t kept = sort_out(jobs, n, later, &n_later);
	if (kept)
		n_later += take_distinct(jobs, kept, false, &later[n_later]);
	for (size_t i = 0; i < n_later; i++)
		take_later(later[i]);
	arena_free(mem);
}

int ingest_body(struct pg *db, const struct feed *feed, struct body *body, const struct ingest_origin *from, const struct limits *limits,
	struct ingest_result *result, struct err *e)
{
	return (container_is(feed, body) ? container_ingest : ingest_document)(db, feed, body, from, limits, result, e);
}

size_t ingest_body_max(const struct feed *feed, const struct limits *limits)
{
	return (size_t)(feed->archive.n && limits->archive > limits->body ? limits->archive : limits->body);
}

/* ---------------------------------------------------------------- once more */

static struct load_run again_of(const struct ingest_again *d, const struct limits *limits, struct sink *sink, struct arena *mem)
{
	return (struct load_run){
		.feed = d->feed,
		.sink = sink,
		.body = d->body,
		.limits = limits,
		.tool = arena_printf(mem, "aimarket %s %s", AIMARKET_VERSION, feed_parser(d->feed, mem)),
		.why = arena_printf(mem, "feed %s: %s", d->feed->name, d->from.address),
		.fetched = fetched_day(&d->from, mem),
		.run = d->run,
		.document = d->document,
	};
}

static int parse_anew(const struct ingest_again *docs, size_t n, const struct limits *limits, struct sink **sinks, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		sinks[i] = sink_new(limits, docs[i].feed->asserted_on);
		if (parse(docs[i].feed, docs[i].body, &docs[i].from, limits, sinks[i], e))
			return err_prefix(e, "%s", docs[i].from.address);
	}
	return 0;
}

static int load_anew(struct pg *db, struct ingest_again *docs, size_t n, const struct limits *limits, struct sink **sinks,
	struct arena *mem, struct err *e)
{
	struct load_run *runs = arena_zalloc(mem, n * sizeof *runs);
	struct load_result *results = arena_zalloc(mem, n * sizeof *results);

	for (size_t i = 0; i < n; i++)
		runs[i] = again_of(&docs[i], limits, sinks[i], mem);
	if (load_documents(db, runs, n, results, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct sink_counts counts;

		sink_counts(sinks[i], &counts);
		docs[i].records = counts.records;
		docs[i].rejects = results[i].rejects;
	}
	return 0;
}

int ingest_again(struct pg *db, struct ingest_again *docs, size_t n, const struct limits *limits, struct err *e)
{
	struct arena *mem = arena_new();
	struct sink **sinks = arena_zalloc(mem, n * sizeof(struct sink *));
	int rc = parse_anew(docs, n, limits, sinks, e) || load_anew(db, docs, n, limits, sinks, mem, e) ? -1 : 0;

	for (size_t i = 0; i < n; i++)
		sink_free(sinks[i]);
	arena_free(mem);
	return rc;
}

/* ---------------------------------------------------------------- without a document */

int ingest_register(struct pg *db, const struct feed_set *feeds, struct err *e)
{
	static const char sql[] =
		"INSERT INTO store.feed AS f (name, title, format, address, enabled)"
		" SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bool[]) ORDER BY 1"
		" ON CONFLICT (name) DO UPDATE SET title = EXCLUDED.title, format = EXCLUDED.format, address = EXCLUDED.address,"
		" enabled = EXCLUDED.enabled WHERE (f.title, f.format, f.address, f.enabled) IS DISTINCT FROM"
		" (EXCLUDED.title, EXCLUDED.format, EXCLUDED.address, EXCLUDED.enabled)";
	enum { COLUMNS = 5 };
	struct buf columns[COLUMNS];
	const char *params[COLUMNS];

	for (int c = 0; c < COLUMNS; c++)
		buf_init(&columns[c], ARRAY_MAX);
	for (size_t i = 0; i < feeds->n; i++) {
		const struct feed *f = feeds->feeds[i];
		const char *const values[COLUMNS] = { f->name, f->title, f->format->name, f->address, f->enabled ? "t" : "f" };

		for (int c = 0; c < COLUMNS; c++)
			pg_array_add(&columns[c], values[c]);
	}
	for (int c = 0; c < COLUMNS; c++)
		params[c] = pg_array(&columns[c]);
	int rc = pg_exec(db, sql, COLUMNS, params, NULL, e);
	for (int c = 0; c < COLUMNS; c++)
		buf_release(&columns[c]);
	return rc;
}

int ingest_dry_document(const struct feed *feed, struct body *body, const struct ingest_origin *from, const struct limits *limits,
	FILE *out, struct ingest_result *result, struct err *e)
{
	struct sink *sink = sink_new(limits, feed->asserted_on);
	int rc;

	*result = (struct ingest_result){ .state = INGEST_FAILED };
	rc = parse(feed, body, from, limits, sink, e) || spool_print(sink, out, e) ? -1 : 0;
	sink_counts(sink, &result->counts);
	result->records = result->counts.records;
	result->rejects = result->counts.rejects;
	sink_free(sink);
	return rc;
}

int ingest_dry_run(const struct feed *feed, struct body *body, const struct ingest_origin *from, const struct limits *limits, FILE *out,
	struct ingest_result *result, struct err *e)
{
	return (container_is(feed, body) ? container_dry_run : ingest_dry_document)(feed, body, from, limits, out, result, e);
}
