#include "aimarket/ingest.h"

#include "aimarket/archive.h"
#include "aimarket/date.h"
#include "aimarket/file.h"
#include "container.h"
#include "load.h"
#include "spool_print.h"

/* One document on its way. */
struct job {
	struct pg *db;
	const struct feed *feed;
	struct body *body;
	const struct ingest_origin *from;
	const struct limits *limits;
	struct arena *mem;
	struct ingest_result *result;
	struct sink *sink;
	const char *sha256; /* "\x" and digits: as SQL takes bytes */
	const char *parser;
};

/* ---------------------------------------------------------------- the run */

static int hash_body(struct job *j, struct err *e)
{
	unsigned char sha256[32];
	char hex[65];

	if (archive_hash(j->body, sha256, e))
		return -1;
	file_hex(sha256, sizeof sha256, hex);
	j->sha256 = arena_printf(j->mem, "\\x%s", hex);
	j->parser = arena_printf(j->mem, "%s/%d/%08x", j->feed->format->name, j->feed->format->version, (unsigned)j->feed->reading);
	return 0;
}

/* Waits for whoever takes the same bytes in; finds out whether they are in. */
static int enter(struct job *j, struct err *e)
{
	PGresult *res;

	if (pg_exec(j->db, "SELECT document, loaded FROM load.enter($1, $2, $3)", 3,
		    (const char *const[]){ j->feed->name, j->sha256, j->parser }, &res, e))
		return -1;
	j->result->document = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
	j->result->run = strtoll(PQgetvalue(res, 0, 1), NULL, 10);
	j->result->state = PQgetisnull(res, 0, 1) ? INGEST_FAILED : INGEST_KNOWN;
	PQclear(res);
	return 0;
}

static void leave(struct job *j)
{
	struct err ignored = { 0 };

	(void)!pg_exec(j->db, "SELECT load.leave($1, $2, $3)", 3, (const char *const[]){ j->feed->name, j->sha256, j->parser }, NULL,
		&ignored);
}

static int begin_run(struct job *j, struct err *e)
{
	const struct ingest_origin *from = j->from;
	const char *document = arena_printf(j->mem, "%lld", j->result->document);
	const char *status = from->http_status ? arena_printf(j->mem, "%ld", from->http_status) : NULL;
	const char *container = from->container ? arena_printf(j->mem, "%d", from->container) : NULL;
	const char *capture[] = { j->feed->name, from->address ? from->address : "", status, from->etag, from->last_modified, document, container,
		from->fetched };
	PGresult *res;

	if (pg_exec(j->db, "SELECT load.capture($1, $2, $3, $4, $5, $6, $7, $8)", 8, capture, NULL, e) ||
		pg_exec(j->db, "SELECT load.begin_run($1, $2, $3)", 3, (const char *const[]){ j->feed->name, document, j->parser }, &res,
			e))
		return -1;
	j->result->run = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
	PQclear(res);
	return 0;
}

/* A small transaction of its own: what was fetched stays, whatever becomes of it. */
static int archive(struct job *j, struct err *e)
{
	const char *media = j->from->media ? j->from->media : j->feed->format->media;

	if (pg_begin(j->db, e))
		return -1;
	if (!archive_put(j->db, j->body, j->sha256, media, &j->result->document, e) && !begin_run(j, e) && !pg_commit(j->db, e))
		return 0;
	pg_rollback(j->db);
	return -1;
}

/* ---------------------------------------------------------------- parse and load */

static void forget(void *arg, size_t upto)
{
	body_forget(arg, upto);
}

static int parse(const struct feed *feed, struct body *body, const struct ingest_origin *from, const struct limits *limits, struct sink *sink,
	struct err *e)
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
		.run = j->result->run,
		.document = j->result->document,
	};
}

static int load(struct job *j, struct err *e)
{
	struct load_run run = run_of(j);
	struct load_result loaded;

	if (load_documents(j->db, &run, 1, &loaded, e))
		return -1;
	j->result->state = INGEST_LOADED;
	j->result->tx = loaded.tx;
	j->result->added = loaded.added;
	j->result->known = loaded.known;
	j->result->rejects = loaded.rejects;
	return 0;
}

/* The failure goes to the run's row, with what the sink rejected before it. */
static void note_failure(struct job *j, const struct err *why)
{
	struct load_run run = run_of(j);
	struct sink_counts counts;
	struct err ignored = { 0 };

	sink_counts(j->sink, &counts);
	const char *params[] = { arena_printf(j->mem, "%lld", run.run), arena_printf(j->mem, "%lld", counts.rejects), why->text };
	if (pg_begin(j->db, &ignored) || load_rejects(j->db, &run, &ignored) ||
		pg_exec(j->db, "SELECT load.fail_run($1, $2, $3)", 3, params, NULL, &ignored) || pg_commit(j->db, &ignored))
		pg_rollback(j->db); /* the run stays open: the next one of the feed closes it */
}

static int take_in(struct job *j, struct err *e)
{
	if (archive(j, e))
		return -1;
	j->sink = sink_new(j->limits, j->feed->asserted_on);
	int rc = parse(j->feed, j->body, j->from, j->limits, j->sink, e) || load(j, e) ? -1 : 0;
	sink_counts(j->sink, &j->result->counts);
	j->result->records = j->result->counts.records;
	if (rc)
		note_failure(j, e);
	sink_free(j->sink);
	return rc;
}

int ingest_document(struct pg *db, const struct feed *feed, struct body *body, const struct ingest_origin *from, const struct limits *limits,
	struct ingest_result *result, struct err *e)
{
	struct job j = { .db = db, .feed = feed, .body = body, .from = from, .limits = limits, .mem = arena_new(), .result = result };
	int rc;

	*result = (struct ingest_result){ .state = INGEST_FAILED };
	rc = hash_body(&j, e) || enter(&j, e) ? -1 : 0;
	if (!rc && result->state != INGEST_KNOWN) {
		rc = take_in(&j, e);
		leave(&j);
	}
	arena_free(j.mem);
	return rc;
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

/* ---------------------------------------------------------------- without a document */

static int register_feed(struct pg *db, const struct feed *f, struct err *e)
{
	static const char sql[] =
		"INSERT INTO store.feed AS f (name, title, format, address, enabled) VALUES ($1, $2, $3, $4, $5)"
		" ON CONFLICT (name) DO UPDATE SET title = EXCLUDED.title, format = EXCLUDED.format, address = EXCLUDED.address,"
		" enabled = EXCLUDED.enabled WHERE (f.title, f.format, f.address, f.enabled) IS DISTINCT FROM"
		" (EXCLUDED.title, EXCLUDED.format, EXCLUDED.address, EXCLUDED.enabled)";
	const char *params[] = { f->name, f->title, f->format->name, f->address, f->enabled ? "t" : "f" };

	return pg_exec(db, sql, 5, params, NULL, e);
}

int ingest_register(struct pg *db, const struct feed_set *feeds, struct err *e)
{
	if (pg_begin(db, e))
		return -1;
	for (size_t i = 0; i < feeds->n; i++) {
		if (register_feed(db, feeds->feeds[i], e)) {
			pg_rollback(db);
			return -1;
		}
	}
	return pg_commit(db, e);
}

int ingest_dry_document(const struct feed *feed, struct body *body, const struct ingest_origin *from, const struct limits *limits, FILE *out,
	struct ingest_result *result, struct err *e)
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
