#include "container.h"

#include "aimarket/archive.h"
#include "aimarket/file.h"
#include "aimarket/zip.h"

enum { VERSION = 1 /* raised when the same archive gives other documents */ };

/* An archive that is open, and which of its members are read. */
struct container {
	const struct feed *feed;
	const struct limits *limits;
	const char *name;
	struct zip *zip;
	size_t *picks; /* numbers of members */
	size_t n;
	size_t *ends, n_groups; /* of documents that are taken in together: behind the last of each */
	struct arena *mem; /* of the documents at hand */
};

/* ---------------------------------------------------------------- members */

/* What the feed reads, and what is there instead: often an archive of another feed. */
static int no_member(const struct container *c, size_t n, struct err *e)
{
	const struct feed_archive *a = &c->feed->archive;
	struct err ignored = { 0 };
	struct zip_member m = { .name = "" };
	struct buf reads;

	buf_init(&reads, sizeof(e->hint));
	for (size_t i = 0; i < a->n; i++)
		(void)buf_printf(&reads, "%s%s", i ? ", " : "", a->patterns[i]);
	if (n && zip_member(c->zip, 0, &m, &ignored))
		m.name = "";
	err_set(e, ERR_PARSE, "none of the %zu members of the archive is one that feed %s reads", n, c->feed->name);
	err_hint(e, "It reads %s; the archive begins with \"%.60s\".", buf_str(&reads), m.name);
	buf_release(&reads);
	return -1;
}

/* Those that fit the patterns: in the archive's order, or, for one document of all, in that of the patterns. */
static int pick(struct container *c, struct err *e)
{
	const struct feed_archive *a = &c->feed->archive;
	size_t n = zip_count(c->zip), rounds = a->together ? a->n : 1;
	struct zip_member m;

	c->picks = xzalloc((n * rounds + 1) * sizeof *c->picks);
	for (size_t round = 0; round < rounds; round++) {
		for (size_t i = 0; i < n; i++) {
			if (zip_member(c->zip, i, &m, e))
				return -1;
			size_t fits = feed_archive_find(a, m.name);
			if (fits < a->n && (!a->together || fits == round))
				c->picks[c->n++] = i;
		}
	}
	return c->n ? 0 : no_member(c, n, e);
}

static size_t documents_of(const struct container *c)
{
	return c->feed->archive.together ? 1 : c->n;
}

static int size_of(struct container *c, size_t i, long long *bytes, struct err *e)
{
	struct zip_member m;

	if (zip_member(c->zip, c->picks[i], &m, e))
		return -1;
	*bytes += m.size;
	return 0;
}

/* Small ones together; of a small archive there are some groups all the same, for several processes. */
static int group(struct container *c, struct err *e)
{
	enum { GROUPS = 16 };
	long long all = 0, bytes = 0;
	size_t n = documents_of(c);

	c->ends = xzalloc((n + 1) * sizeof *c->ends);
	for (size_t i = 0; i < c->n; i++)
		if (size_of(c, i, &all, e))
			return -1;
	long long most = all / GROUPS < INGEST_TOGETHER_BYTES ? all / GROUPS : INGEST_TOGETHER_BYTES;
	for (size_t i = 0, first = 0; i < n; i++) {
		if (size_of(c, i, &bytes, e))
			return -1;
		if (bytes < most && i + 1 - first < INGEST_TOGETHER && i + 1 < n)
			continue;
		c->ends[c->n_groups++] = first = i + 1;
		bytes = 0;
	}
	return 0;
}

static int container_open(struct container *c, struct body *body, struct err *e)
{
	return zip_open(body, c->limits, &c->zip, e) || pick(c, e) || group(c, e) ? -1 : 0;
}

static void container_close(struct container *c)
{
	zip_close(c->zip);
	free(c->picks);
	free(c->ends);
	arena_free(c->mem);
}

struct filling {
	struct container *c;
	size_t i;
};

static int fill_member(void *arg, body_block *add, void *to, struct err *e)
{
	const struct filling *f = arg;

	return zip_read(f->c->zip, f->c->picks[f->i], add, to, e);
}

/* Each part under a line with its name, as head(1) prints several files. */
static int fill_together(void *arg, body_block *add, void *to, struct err *e)
{
	struct container *c = ((struct filling *)arg)->c;
	struct zip_member m;
	long long total = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (zip_member(c->zip, c->picks[i], &m, e))
			return -1;
		const char *title = arena_printf(c->mem, "%s==> %s <==\n", i ? "\n" : "", m.name);
		total += m.size + (long long)strlen(title);
		if (total > c->limits->body)
			return err_set(e, ERR_LIMIT, "the parts of the document have more than %lld bytes together (limit body)",
				c->limits->body);
		if (add(to, title, strlen(title), e) || zip_read(c->zip, c->picks[i], add, to, e))
			return -1;
	}
	return 0;
}

/* Document i of the archive: its bytes, and its address: the archive's, an exclamation mark, and the member's name. */
static int document_of(struct container *c, size_t i, struct body *out, const char **address, struct err *e)
{
	struct filling f = { c, i };
	struct zip_member m;

	if (c->feed->archive.together) {
		*address = c->name;
		return body_make(fill_together, &f, out, e);
	}
	if (zip_member(c->zip, c->picks[i], &m, e))
		return -1;
	*address = arena_printf(c->mem, "%s!/%s", c->name, m.name);
	return body_make(fill_member, &f, out, e);
}

/* ---------------------------------------------------------------- the run */

struct run {
	struct container c;
	const struct ingest_origin *from;
	struct ingest_result *result;
	struct arena *mem;
	const char *sha256, *parser;
	int container;
	struct err *first; /* failure of the group at hand */
	bool stopped;
};

static int identify(struct run *r, struct body *body, struct err *e)
{
	const struct feed *f = r->c.feed;
	unsigned char sha256[32];
	char hex[65];

	if (archive_hash(body, sha256, e))
		return -1;
	file_hex(sha256, sizeof sha256, hex);
	r->sha256 = arena_printf(r->mem, "\\x%s", hex);
	r->parser = arena_printf(r->mem, "zip/%d %s/%d/%08x", VERSION, f->format->name, f->format->version,
		(unsigned)(f->reading ^ f->archive.reading));
	return 0;
}

static int enter(struct run *r, struct pg *db, struct err *e)
{
	PGresult *res;

	if (pg_exec(db, "SELECT load.enter_container($1, $2, $3)", 3, (const char *const[]){ r->c.feed->name, r->sha256, r->parser }, &res,
		    e))
		return -1;
	if (!PQgetisnull(res, 0, 0)) {
		r->result->state = INGEST_KNOWN;
		r->result->run = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
	}
	PQclear(res);
	return 0;
}

static int begin(struct run *r, struct pg *db, const struct body *body, struct err *e)
{
	const struct ingest_origin *from = r->from;
	const char *bytes = arena_printf(r->mem, "%zu", body->len);
	const char *status = from->http_status ? arena_printf(r->mem, "%ld", from->http_status) : NULL;
	const char *params[] = { r->c.feed->name, r->sha256, r->parser, bytes, from->media ? from->media : "application/zip",
		from->address ? from->address : "", status, from->etag, from->last_modified };
	PGresult *res;

	if (pg_exec(db, "SELECT container, run FROM load.begin_container($1, $2, $3, $4, $5, $6, $7, $8, $9)", 9, params, &res, e))
		return -1;
	r->container = (int)strtol(PQgetvalue(res, 0, 0), NULL, 10);
	r->result->run = strtoll(PQgetvalue(res, 0, 1), NULL, 10);
	PQclear(res);
	return 0;
}

/* What became of a document, to whoever watches; the first failure is the group's. */
static void note_document(struct run *r, struct ingest_item *it)
{
	const struct ingest_watch *watch = r->from->watch;
	bool failed = it->why.kind != ERR_NONE, named = strlen(it->from.address) > strlen(r->c.name);

	if (failed && named)
		err_prefix(&it->why, "archive member \"%s\"", it->from.address + strlen(r->c.name) + strlen("!/"));
	r->stopped |= watch && watch->member && watch->member(watch->arg, it->from.address, &it->result, failed ? &it->why : NULL);
	if (failed && (r->first->kind == ERR_NONE || it->why.kind == ERR_DB_DOWN))
		*r->first = it->why;
}

/* Documents first to end: a body for each that can be unpacked; n of them. What is wrong with the others stands in their why. */
static size_t unpack_group(struct run *r, size_t first, size_t end, struct ingest_item *items, struct body *bodies)
{
	size_t n = 0;

	for (size_t i = first; i < end; i++) {
		struct ingest_item *it = &items[n];

		*it = (struct ingest_item){ .feed = r->c.feed, .body = &bodies[n], .result.state = INGEST_FAILED };
		it->from = (struct ingest_origin){ .address = r->c.name, .container = r->container, .fetched = r->from->fetched };
		if (!document_of(&r->c, i, it->body, &it->from.address, &it->why)) {
			n++;
			continue;
		}
		it->from.address = r->c.name; /* the reason has the member's name already */
		note_document(r, it);
	}
	return n;
}

/* A group of documents. One that fails is told and counted; only trouble with the database keeps the others out. */
static int take_group(void *arg, struct pg *db, size_t i, struct err *e)
{
	struct run *r = arg;
	struct ingest_item *items = xzalloc((INGEST_TOGETHER + 1) * sizeof *items);
	struct body *bodies = xzalloc((INGEST_TOGETHER + 1) * sizeof *bodies);

	arena_reset(r->c.mem);
	r->first = e;
	size_t n = unpack_group(r, i ? r->c.ends[i - 1] : 0, r->c.ends[i], items, bodies);
	ingest_bodies(db, items, n, r->c.limits);
	for (size_t k = 0; k < n; k++) {
		body_release(items[k].body);
		note_document(r, &items[k]);
	}
	free(items);
	free(bodies);
	return e->kind == ERR_NONE ? 0 : -1;
}

static int take_in_order(struct run *r, struct pg *db, struct err *e)
{
	for (size_t i = 0; i < r->c.n_groups && !r->stopped && e->kind != ERR_DB_DOWN; i++) {
		struct err one = { 0 };

		if (take_group(r, db, i, &one) && (e->kind == ERR_NONE || one.kind == ERR_DB_DOWN))
			*e = one;
	}
	return e->kind == ERR_NONE ? 0 : -1;
}

static int take_members(struct run *r, struct pg *db, struct err *e)
{
	const struct ingest_watch *watch = r->from->watch;

	if (watch && watch->spread && r->c.feed->format->whole && r->c.n_groups > 1)
		return watch->spread(watch->arg, r->c.n_groups, take_group, r, e);
	return take_in_order(r, db, e);
}

static void note_failure(struct run *r, struct pg *db, const char *why)
{
	struct err ignored = { 0 };

	(void)!pg_exec(db, "SELECT load.fail_run($1, 0, $2)", 2, (const char *const[]){ arena_printf(r->mem, "%lld", r->result->run), why },
		NULL, &ignored); /* the run stays open: the next one of the feed closes it */
}

static int end(struct run *r, struct pg *db, struct err *e)
{
	if (r->stopped) {
		note_failure(r, db, "stopped before its end: the next run takes the rest in");
		r->result->state = INGEST_STOPPED;
		return 0;
	}
	if (pg_exec(db, "SELECT load.end_container($1)", 1, (const char *const[]){ arena_printf(r->mem, "%lld", r->result->run) }, NULL, e))
		return -1;
	r->result->state = INGEST_LOADED;
	return 0;
}

static int take_in(struct run *r, struct pg *db, struct body *body, struct err *e)
{
	if (begin(r, db, body, e))
		return -1;
	r->result->archive = !container_open(&r->c, body, e);
	if (!r->result->archive || take_members(r, db, e)) {
		note_failure(r, db, e->text);
		return -1;
	}
	return end(r, db, e);
}

static void leave(struct run *r, struct pg *db)
{
	struct err ignored = { 0 };

	(void)!pg_exec(db, "SELECT load.leave($1::text, $2::bytea, $3::text)", 3,
		(const char *const[]){ r->c.feed->name, r->sha256, r->parser }, NULL, &ignored);
}

/* ---------------------------------------------------------------- */

bool container_is(const struct feed *feed, const struct body *body)
{
	return feed->archive.n && zip_is(body);
}

int container_ingest(struct pg *db, const struct feed *feed, struct body *body, const struct ingest_origin *from,
	const struct limits *limits, struct ingest_result *result, struct err *e)
{
	struct run r = { .c = { .feed = feed, .limits = limits, .name = from->address ? from->address : feed->name, .mem = arena_new() },
		.from = from,
		.result = result,
		.mem = arena_new() };

	*result = (struct ingest_result){ .state = INGEST_FAILED };
	int rc = identify(&r, body, e) || enter(&r, db, e) ? -1 : 0;
	if (!rc && result->state != INGEST_KNOWN) {
		rc = take_in(&r, db, body, e);
		leave(&r, db);
	}
	container_close(&r.c);
	arena_free(r.mem);
	return rc;
}

static int dry_document(struct container *c, size_t i, const char *fetched, FILE *out, struct ingest_result *one, struct err *e)
{
	struct ingest_origin from = { .fetched = fetched };
	struct body body;

	arena_reset(c->mem);
	if (document_of(c, i, &body, &from.address, e))
		return -1;
	int rc = ingest_dry_document(c->feed, &body, &from, c->limits, out, one, e);
	body_release(&body);
	return rc;
}

int container_dry_run(const struct feed *feed, struct body *body, const struct ingest_origin *from, const struct limits *limits, FILE *out,
	struct ingest_result *result, struct err *e)
{
	struct container c = { .feed = feed, .limits = limits, .name = from->address ? from->address : feed->name, .mem = arena_new() };
	struct ingest_result one;
	int rc = container_open(&c, body, e);

	*result = (struct ingest_result){ .state = INGEST_FAILED };
	for (size_t i = 0; !rc && i < documents_of(&c); i++) {
		rc = dry_document(&c, i, from->fetched, out, &one, e);
		result->records += one.records;
		result->rejects += one.rejects;
	}
	container_close(&c);
	return rc;
}
