#include "job.h"

#include <sys/stat.h>
#include <time.h>

#include "aimarket/backoff.h"
#include "aimarket/file.h"
#include "aimarket/ingest.h"
#include "aimarket/log.h"
#include "aimarket/weburl.h"

enum {
	RENEW_AFTER = 20 * 1000, /* milliseconds between two renewals of a lease */
	SETTLED = 2, /* seconds after its last change a file may be taken for known by its times */
	MEMORY = 1 << 20, /* of a body under way; what is larger goes to a file */
};

/* ---------------------------------------------------------------- how it goes */

static const struct feed *feed_of(const struct job *j)
{
	return j->lease.feed;
}

/* A document that failed. The first is told in the feed's row, all are in the log. */
static void note_failure(struct job *j, const struct err *why)
{
	log_at(LOG_LEVEL_WARNING, j->log, "%s", why->text);
	j->failed++;
	if (!j->error) {
		j->error = arena_strdup(j->mem, why->text);
		j->hopeless = !err_table[why->kind].retry;
		if (j->w->first.kind == ERR_NONE)
			j->w->first = *why;
	}
}

static int finish(struct job *j, const char *resume, struct err *e)
{
	struct lease_end end = { .changed = j->changed, .error = j->error, .hopeless = j->hopeless, .retry_after = j->retry_after, .resume = resume };

	if (j->error && j->n_items && !resume)
		end.error = arena_printf(j->mem, "%lld of %zu requests failed, the first: %s", j->failed, j->n_items, j->error);
	j->w->rejects += j->rejects;
	if (lease_done(&j->w->leases, &j->lease, &end, e))
		return -1;
	log_at(j->documents ? LOG_LEVEL_NOTICE : LOG_LEVEL_INFO, j->log, "%s: %lld new documents, %lld records, %lld claims added, %lld rejected",
	        end.error ? "failed" : "done", j->documents, j->records, j->added, j->rejects);
	return 0;
}

int job_put_down(struct job *j, struct err *e)
{
	return lease_give_back(&j->w->leases, &j->lease, e);
}

/* ---------------------------------------------------------------- documents */

static const char *parser_of(const struct job *j)
{
	return feed_parser(feed_of(j), j->mem);
}

static int validators(struct job *j, const char *address, const char **etag, const char **modified, struct err *e)
{
	PGresult *res;

	if (pg_exec(j->w->db, "SELECT etag, last_modified FROM load.validators($1, $2, $3)", 3,
	            (const char *const[]){ feed_of(j)->name, address, parser_of(j) }, &res, e))
		return -1;
	*etag = PQgetisnull(res, 0, 0) ? NULL : arena_strdup(j->mem, PQgetvalue(res, 0, 0));
	*modified = PQgetisnull(res, 0, 1) ? NULL : arena_strdup(j->mem, PQgetvalue(res, 0, 1));
	PQclear(res);
	return 0;
}

static int remember(struct job *j, const char *address, const char *etag, const char *modified, const char *moved, struct err *e)
{
	const char *params[] = { feed_of(j)->name, address, parser_of(j), etag, modified, moved };

	return pg_exec(j->w->db, "SELECT load.address_is($1, $2, $3, $4, $5, $6)", 6, params, NULL, e);
}

static int renew(struct job *j, const char *resume, struct err *e);

static void add_up(struct job *j, const struct ingest_result *r)
{
	j->changed |= r->tx != 0;
	j->documents += r->state == INGEST_LOADED;
	j->records += r->records;
	j->added += r->added;
	j->rejects += r->rejects;
}

/* An archive may take hours: the lease is kept, the master sees that we move, and a stop is heard between two members. */
static int see_member(void *arg, const char *name, const struct ingest_result *r, const struct err *why)
{
	struct job *j = arg;
	struct err ignored = { 0 }; /* a lease that is lost is found out at the end, too */

	add_up(j, r);
	worker_beat(j->w, BEAT_DOCUMENT);
	if (why)
		log_at(LOG_LEVEL_WARNING, j->log, "%s", why->text);
	return (worker_clock() - j->renewed > RENEW_AFTER && renew(j, NULL, &ignored)) || worker_stopping(j->w);
}

/* Takes one body in. A body that fails is the run's affair, *taken says so; trouble with the database is everybody's. */
static int take(struct job *j, struct body *body, const struct ingest_origin *origin, struct ingest_result *r, bool *taken, struct err *e)
{
	const struct ingest_watch watch = { .member = see_member, .arg = j };
	struct ingest_origin from = *origin;
	struct err why = { 0 };
	int64_t begun = worker_clock();

	from.watch = &watch;
	*taken = !ingest_body(j->w->db, feed_of(j), body, &from, &j->w->conf->limits, r, &why);
	worker_beat(j->w, BEAT_DOCUMENT);
	if (!*taken && worker_db_trouble(&why)) {
		*e = why;
		return -1;
	}
	if (!*taken) {
		note_failure(j, &why);
		return 0;
	}
	if (!r->archive)
		add_up(j, r);
	log_at(LOG_LEVEL_INFO, j->log, "%s: %s, run %lld, %zu bytes, %lld records, %lld claims added, %lld rejected, %lld ms", from.address,
	        r->state == INGEST_STOPPED ? "stopped" : r->state == INGEST_LOADED ? "loaded" : "known already", r->run, body->len, r->records, r->added, r->rejects, (long long)(worker_clock() - begun));
	return 0;
}

static int renew(struct job *j, const char *resume, struct err *e)
{
	j->renewed = worker_clock();
	return lease_go_on(&j->w->leases, &j->lease, resume, e);
}

/* ---------------------------------------------------------------- files */

/* What a file's folder says of it: the same text, the same bytes. A file that was changed just now may still be written to. */
static const char *file_state(struct job *j, const char *path)
{
	struct timespec now;
	struct stat st;

	clock_gettime(CLOCK_REALTIME, &now);
	if (stat(path, &st) || now.tv_sec - st.st_mtim.tv_sec < SETTLED || now.tv_sec - st.st_ctim.tv_sec < SETTLED)
		return NULL;
	return arena_printf(j->mem, "%lld bytes, inode %llu, %lld.%09ld %lld.%09ld", (long long)st.st_size, (unsigned long long)st.st_ino,
	        (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
}

static int take_file(struct job *j, const char *path, const char *state, struct err *e)
{
	const struct ingest_origin from = { .address = path };
	struct ingest_result r;
	struct err why = { 0 };
	struct body body;
	bool taken;

	if (body_open(path, true, ingest_body_max(feed_of(j), &j->w->conf->limits), &body, &why)) {
		note_failure(j, &why);
		return 0;
	}
	int rc = take(j, &body, &from, &r, &taken, e);
	body_release(&body);
	return rc || !taken || r.state == INGEST_STOPPED ? rc : remember(j, path, state, NULL, NULL, e);
}

static int look_at_file(struct job *j, const char *path, struct err *e)
{
	const char *state = file_state(j, path), *known, *unused;

	worker_beat(j->w, BEAT_ALIVE);
	if (worker_clock() - j->renewed > RENEW_AFTER && renew(j, NULL, e))
		return -1;
	if (validators(j, path, &known, &unused, e))
		return -1;
	return state && known && !strcmp(state, known) ? 0 : take_file(j, path, state, e);
}

int job_files(struct job *j, struct err *e)
{
	const char *path = feed_of(j)->path;
	struct err why = { 0 };
	char **names;
	size_t n = 0;

	j->renewed = worker_clock();
	if (*path != '/')
		path = arena_printf(j->mem, "%s/%s", j->w->data_folder, path);
	if (file_list(path, j->mem, &names, &n, &why))
		note_failure(j, &why);
	for (size_t i = 0; i < n; i++) {
		if (worker_stopping(j->w))
			return job_put_down(j, e);
		if (look_at_file(j, names[i], e))
			return -1;
	}
	return finish(j, NULL, e);
}

/* ---------------------------------------------------------------- requests */

static const char *address_of(struct job *j)
{
	const struct feed *f = feed_of(j);
	const char *mark = strstr(f->address, "{item}");

	if (!mark)
		return f->address;
	return arena_printf(j->mem, "%.*s%s%s", (int)(mark - f->address), f->address, j->items[j->item], mark + strlen("{item}"));
}

static bool pages(const struct job *j)
{
	return feed_of(j)->paging.kind != PAGING_NONE || feed_of(j)->paging.from;
}

/* What a page holds is only left out when what comes behind it is known then, too. */
static bool may_be_same(const struct job *j)
{
	return !pages(j) || (feed_of(j)->paging.until_known && j->page == 1);
}

static int ask(struct job *j, struct err *e)
{
	const struct feed_fetch *f = &feed_of(j)->fetch;
	const struct fetch_limits *usual = &fetch_limits_default;
	struct fetch_limits limits = *usual;
	struct fetch_request rq = { .url = j->url, .allow_private = f->allow_private, .limits = &limits, .arg = j };
	size_t n = 0, m = 0;

	limits.memory = MEMORY;
	limits.body = f->most ? f->most : (long long)ingest_body_max(feed_of(j), &j->w->conf->limits);
	limits.total_ms = f->timeout ? f->timeout * 1000L : usual->total_ms;
	while (f->headers && f->headers[n].name)
		n++;
	while (f->secrets && f->secrets[m].name)
		m++;
	const char **headers = arena_zalloc(j->mem, (n + 1) * sizeof *headers);
	struct fetch_secret *secrets = arena_zalloc(j->mem, (m + 1) * sizeof *secrets);
	for (size_t i = 0; i < n; i++)
		headers[i] = arena_printf(j->mem, "%s: %s", f->headers[i].name, f->headers[i].value);
	for (size_t i = 0; i < m; i++)
		secrets[i] = (struct fetch_secret){ f->secrets[i].name, f->secrets[i].value };
	rq.headers = headers;
	rq.secrets = secrets;
	if (may_be_same(j) && validators(j, j->url, &rq.etag, &rq.last_modified, e))
		return -1;
	fetch_start(j->w->fetcher, &rq);
	return 0;
}

/* Where to go on: the item, a blank, the URL. */
static const char *resume_text(struct job *j)
{
	if (!j->n_items && !pages(j))
		return NULL;
	return arena_printf(j->mem, "%s %s", j->n_items ? j->items[j->item] : "-", j->url);
}

static int first_url(struct job *j, const char **url, struct err *e)
{
	return paging_first(&feed_of(j)->paging, address_of(j), (int32_t)(j->lease.now / 86400), j->mem, url, e);
}

/* Who filed such forms, by what the store holds now. */
static int find_filers(struct job *j, struct err *e)
{
	const struct feed_fetch *f = &feed_of(j)->fetch;
	char since[11] = "";
	PGresult *res;

	if (f->filers_since != DATE_NONE)
		date_iso(f->filers_since, since);
	if (pg_exec(j->w->db, "SELECT cik FROM load.filers($1, $2)", 2, (const char *const[]){ f->filers, *since ? since : NULL }, &res, e))
		return -1;
	j->n_items = (size_t)PQntuples(res);
	const char **items = arena_zalloc(j->mem, (j->n_items + 1) * sizeof *items);
	for (size_t i = 0; i < j->n_items; i++)
		items[i] = arena_strdup(j->mem, PQgetvalue(res, (int)i, 0));
	j->items = items;
	PQclear(res);
	return 0;
}

static int find_items(struct job *j, struct err *e)
{
	const struct feed_fetch *f = &feed_of(j)->fetch;

	j->items = f->items;
	j->n_items = f->n_items;
	return f->filers ? find_filers(j, e) : 0;
}

/* Whether the run before was broken off here: the item, or that there are none. */
static bool was_at(const struct job *j, size_t item, size_t n)
{
	const char *at = j->n_items ? j->items[item] : "-";

	return strlen(at) == n && !strncmp(at, j->lease.resume, n);
}

/* Goes to where the run before was broken off; from the start when that is no more in the list. */
static int find_start(struct job *j, struct err *e)
{
	const char *blank = j->lease.resume ? strchr(j->lease.resume, ' ') : NULL;
	size_t i = 0;

	j->page = 1;
	while (blank && i < j->n_items && !was_at(j, i, (size_t)(blank - j->lease.resume)))
		i++;
	if (!blank || (j->n_items && i == j->n_items) || !was_at(j, i, (size_t)(blank - j->lease.resume)))
		return first_url(j, &j->url, e);
	j->item = i;
	j->url = blank + 1;
	return 0;
}

int job_start(struct job *j, struct err *e)
{
	struct err why = { 0 };

	j->renewed = worker_clock();
	if (find_items(j, e))
		return -1;
	if (feed_of(j)->fetch.filers && !j->n_items)
		return finish(j, NULL, e);
	if (!find_start(j, &why))
		return ask(j, e);
	note_failure(j, &why);
	return finish(j, NULL, e);
}

/* On to the next URL, of this item or the next one; none: the run is over. */
static int go_on(struct job *j, const char *url, bool *over, struct err *e)
{
	struct err why = { 0 };

	j->page = url ? j->page + 1 : 1;
	while (!url && ++j->item < j->n_items)
		if (first_url(j, &url, &why))
			note_failure(j, &why);
	*over = !url;
	if (*over)
		return finish(j, NULL, e);
	j->url = url;
	if (worker_stopping(j->w)) {
		*over = true;
		return renew(j, resume_text(j), e) || job_put_down(j, e) ? -1 : 0;
	}
	return renew(j, resume_text(j), e) || ask(j, e) ? -1 : 0;
}

static int attempt(struct job *j, const struct fetch_result *r, struct err *e)
{
	const char *status = r->status ? arena_printf(j->mem, "%ld", r->status) : NULL;
	const char *params[] = { feed_of(j)->name, j->url, status, r->why.kind ? r->why.text : NULL };

	return pg_exec(j->w->db, "SELECT load.attempt($1, $2, $3, $4)", 4, params, NULL, e);
}

static int next_page(struct job *j, const struct fetch_result *r, long long added, bool *over, struct err *e)
{
	const struct paging_page page = { .url = j->url, .n = j->page, .data = r->data, .len = r->len, .link = r->link, .added = added };
	const char *url = NULL;
	enum paging_end end;
	struct err why = { 0 };

	if (pages(j) && paging_next(&feed_of(j)->paging, &page, j->mem, &url, &end, &why))
		note_failure(j, &why);
	else if (pages(j) && end == PAGING_CAPPED)
		log_at(LOG_LEVEL_WARNING, j->log, "there are more than %ld pages: the rest is left out", j->page);
	return go_on(j, url, over, e);
}

static int came(struct job *j, const struct fetch_result *r, bool *over, struct err *e)
{
	const struct ingest_origin from = { .address = j->url, .etag = r->etag, .last_modified = r->last_modified, .media = r->media, .http_status = r->status };
	struct ingest_result in;
	struct body body;
	bool taken;

	body_borrow(&body, r->data, r->len);
	body.mapped = r->mapped;
	if (r->moved)
		log_at(LOG_LEVEL_WARNING, j->log, "%s has moved for good to %s", j->url, r->moved);
	if (take(j, &body, &from, &in, &taken, e))
		return -1;
	if (taken && in.state == INGEST_STOPPED) {
		*over = true;
		return renew(j, resume_text(j), e) || job_put_down(j, e) ? -1 : 0;
	}
	if (!taken)
		return go_on(j, NULL, over, e);
	if (remember(j, j->url, r->etag, r->last_modified, r->moved, e))
		return -1;
	return next_page(j, r, in.state == INGEST_LOADED ? in.added : 0, over, e);
}

/* The whole host is left alone for as long as it asks; the run goes on from here afterwards. */
static int host_failed(struct job *j, const struct fetch_result *r, bool *over, struct err *e)
{
	const char *host = weburl_host(r->url, j->mem);
	int64_t stop = r->retry_after ? backoff_clamp(r->retry_after) : 0;

	j->retry_after = stop;
	*over = true;
	if (r->outcome == FETCH_BUSY && !r->status)	/* the gate was closed: nobody was asked */
		return job_put_down(j, e);
	if (stop && host && pg_exec(j->w->db, "SELECT load.host_stop($1, $2, $3)", 3,
	                            (const char *const[]){ host, arena_printf(j->mem, "%lld", (long long)stop), r->why.text }, NULL, e))
		return -1;
	return finish(j, resume_text(j), e);
}

int job_fetched(struct job *j, const struct fetch_result *r, bool *over, struct err *e)
{
	bool asked = r->outcome != FETCH_BUSY || r->status;

	*over = false;
	if (r->outcome == FETCH_OK)
		return came(j, r, over, e);
	if (asked && attempt(j, r, e))
		return -1;
	if (r->outcome == FETCH_SAME) {
		log_at(LOG_LEVEL_INFO, j->log, "%s: unchanged", j->url);
		return go_on(j, NULL, over, e);
	}
	if (asked)
		note_failure(j, &r->why);
	j->hopeless = !fetch_outcomes[r->outcome].retry;
	return fetch_outcomes[r->outcome].whole_host ? host_failed(j, r, over, e) : go_on(j, NULL, over, e);
}
