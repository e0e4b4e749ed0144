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

static struct lease_end end_of(struct job *j, const char *resume)
{
	struct lease_end end = { .changed = j->changed, .error = j->error, .hopeless = j->hopeless, .retry_after = j->retry_after, .resume = resume };

	if (j->error && j->n_items && !resume)
		end.error = arena_printf(j->mem, "%lld of %zu requests failed, the first: %s", j->failed, j->n_items, j->error);
	j->w->rejects += j->rejects;
	return end;
}

static void tell_end(const struct job *j)
{
	log_at(j->documents ? LOG_LEVEL_NOTICE : LOG_LEVEL_INFO, j->log, "%s: %lld new documents, %lld records, %lld claims added, %lld rejected",
	        j->error ? "failed" : "done", j->documents, j->records, j->added, j->rejects);
}

static int finish(struct job *j, const char *resume, struct err *e)
{
	const struct lease_end end = end_of(j, resume);

	if (lease_done(&j->w->leases, &j->lease, &end, e))
		return -1;
	tell_end(j);
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

static void tell_document(const struct job *j, const char *address, size_t bytes, const struct ingest_result *r, int64_t took)
{
	static const char *const states[] = { [INGEST_LOADED] = "loaded", [INGEST_KNOWN] = "known already", [INGEST_FAILED] = "failed", [INGEST_STOPPED] = "stopped" };

	log_at(LOG_LEVEL_INFO, j->log, "%s: %s, run %lld, %zu bytes, %lld records, %lld claims added, %lld rejected, %lld ms", address,
	        states[r->state], r->run, bytes, r->records, r->added, r->rejects, (long long)took);
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
	tell_document(j, from.address, body->len, r, worker_clock() - begun);
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
	char day[11];
	const struct ingest_origin from = { .address = path, .fetched = feed_file_day(feed_of(j), path, day) };
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

/* One request, and what it brings is one document. */
static bool is_single(const struct job *j)
{
	const struct feed *f = feed_of(j);

	return f->address && !pages(j) && !f->fetch.n_items && !f->fetch.filers && !f->archive.n;
}

/* What a page holds is only left out when what comes behind it is known then, too. */
static bool may_be_same(const struct job *j)
{
	return !pages(j) || (feed_of(j)->paging.until_known && j->page == 1);
}

static int ask(struct job *j, struct err *e)
{
	const struct feed_fetch *f = &feed_of(j)->fetch;
	const struct conf_fetch *c = &j->w->conf->fetch;
	struct fetch_limits limits = { .memory = MEMORY,
		.wire = c->wire,
		.ratio = (long)c->ratio,
		.redirects = (int)c->redirects,
		.connect_ms = (long)c->connect_timeout * 1000,
		.low_speed = (long)c->low_speed,
		.low_speed_s = (long)c->low_speed_time };
	struct fetch_request rq = { .url = j->url, .allow_private = f->allow_private, .limits = &limits, .arg = j };
	size_t n = 0, m = 0;

	limits.body = f->most ? f->most : (long long)ingest_body_max(feed_of(j), &j->w->conf->limits);
	limits.total_ms = f->timeout ? f->timeout * 1000L : (long)c->timeout * 1000;
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
	rq.etag = j->etag;
	rq.last_modified = j->last_modified;
	if (may_be_same(j) && !j->looked_up && validators(j, j->url, &rq.etag, &rq.last_modified, e))
		return -1;
	fetch_start(j->w->fetcher, &rq);
	return 0;
}

/* Where to go on: the item, a blank, the URL; within a list the page that has it, for what was read of it is known then. */
static const char *resume_text(struct job *j)
{
	if (!j->n_items && !pages(j))
		return NULL;
	return arena_printf(j->mem, "%s %s", j->n_items ? j->items[j->item] : "-", j->entry ? j->list_url : j->url);
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
	if (j->looked_up || !find_start(j, &why))
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

/* The next page of the list of which something else is told than when it was read; NULL: none is left. */
static int next_listed(struct job *j, const char **url, struct err *e)
{
	const char *known, *unused;

	*url = NULL;
	j->entry = NULL;
	while (!*url && j->listed < j->list.n) {
		const struct paging_entry *entry = &j->list.entries[j->listed++];

		if (validators(j, entry->url, &known, &unused, e))
			return -1;
		if (known && entry->tells && !strcmp(known, entry->tells))
			continue;
		j->entry = entry;
		*url = entry->url;
	}
	return 0;
}

/* What was asked for brought nothing: on to what the list names next, or to the next item. */
static int skip(struct job *j, bool *over, struct err *e)
{
	const char *url;

	return next_listed(j, &url, e) ? -1 : go_on(j, url, over, e);
}

static int attempt(struct job *j, const struct fetch_result *r, struct err *e)
{
	const char *status = r->status ? arena_printf(j->mem, "%ld", r->status) : NULL;
	const char *params[] = { feed_of(j)->name, j->url, status, r->why.kind ? r->why.text : NULL };

	return pg_exec(j->w->db, "SELECT load.attempt($1, $2, $3, $4)", 4, params, NULL, e);
}

static void tell_capped(const struct job *j)
{
	log_at(LOG_LEVEL_WARNING, j->log, "there are more than %ld pages: the rest is left out", feed_of(j)->paging.pages);
}

static int next_of_list(struct job *j, const struct paging_page *page, bool *over, struct err *e)
{
	struct err why = { 0 };

	if (!j->entry) {
		j->list_url = j->url;
		j->listed = 0;
		if (paging_list(&feed_of(j)->paging, page, j->mem, &j->list, &why)) {
			note_failure(j, &why);
			j->list.n = 0;
		}
		if (j->list.capped)
			tell_capped(j);
	}
	return skip(j, over, e);
}

static int next_page(struct job *j, const struct fetch_result *r, long long added, bool *over, struct err *e)
{
	const struct paging_page page = { .url = j->url, .n = j->page, .data = r->data, .len = r->len, .link = r->link, .added = added };
	const char *url = NULL;
	enum paging_end end;
	struct err why = { 0 };

	if (feed_of(j)->paging.kind == PAGING_LIST)
		return next_of_list(j, &page, over, e);
	if (pages(j) && paging_next(&feed_of(j)->paging, &page, j->mem, &url, &end, &why))
		note_failure(j, &why);
	else if (pages(j) && end == PAGING_CAPPED)
		tell_capped(j);
	return go_on(j, url, over, e);
}

static struct ingest_origin origin_of(const struct job *j, const struct fetch_result *r)
{
	return (struct ingest_origin){ .address = j->url, .etag = r->etag, .last_modified = r->last_modified, .media = r->media, .http_status = r->status };
}

static void body_of(const struct fetch_result *r, struct body *body)
{
	body_borrow(body, r->data, r->len);
	body->mapped = r->mapped;
}

static int came(struct job *j, struct fetch_result *r, bool *over, struct err *e)
{
	const struct ingest_origin from = origin_of(j, r);
	struct ingest_result in;
	struct body body;
	bool taken;

	if (r->moved)
		log_at(LOG_LEVEL_WARNING, j->log, "%s has moved for good to %s", j->url, r->moved);
	if (is_single(j)) {
		j->held = r;
		return 0;
	}
	body_of(r, &body);
	if (take(j, &body, &from, &in, &taken, e))
		return -1;
	if (taken && in.state == INGEST_STOPPED) {
		*over = true;
		return renew(j, resume_text(j), e) || job_put_down(j, e) ? -1 : 0;
	}
	if (!taken)
		return skip(j, over, e);
	if (remember(j, j->url, j->entry ? j->entry->tells : r->etag, j->entry ? NULL : r->last_modified, r->moved, e))
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

int job_fetched(struct job *j, struct fetch_result *r, bool *over, struct err *e)
{
	bool asked = r->outcome != FETCH_BUSY || r->status;

	*over = false;
	if (r->outcome == FETCH_OK)
		return came(j, r, over, e);
	if (asked && attempt(j, r, e))
		return -1;
	if (r->outcome == FETCH_SAME) {
		log_at(LOG_LEVEL_INFO, j->log, "%s: unchanged", j->url);
		return skip(j, over, e);
	}
	if (asked)
		note_failure(j, &r->why);
	j->hopeless = !fetch_outcomes[r->outcome].retry;
	return fetch_outcomes[r->outcome].whole_host ? host_failed(j, r, over, e) : skip(j, over, e);
}

/* ---------------------------------------------------------------- many at once */

enum { ARRAY_MAX = 64 << 20 };

/* An array parameter with what text tells of each job. */
static const char *column(struct job *const *jobs, size_t n, const char *(*text)(const struct job *j))
{
	struct buf b;

	buf_init(&b, ARRAY_MAX);
	for (size_t i = 0; i < n; i++)
		pg_array_add(&b, text(jobs[i]));
	const char *array = arena_strdup(jobs[0]->mem, pg_array(&b));
	buf_release(&b);
	return array;
}

static const char *name_of(const struct job *j)
{
	return feed_of(j)->name;
}

static const char *url_of(const struct job *j)
{
	return j->url;
}

static const char *etag_of(const struct job *j)
{
	return j->held->etag;
}

static const char *modified_of(const struct job *j)
{
	return j->held->last_modified;
}

static const char *moved_of(const struct job *j)
{
	return j->held->moved;
}

static int read_validators(struct job *const *jobs, size_t n, struct err *e)
{
	static const char sql[] = "SELECT v.etag, v.last_modified FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY g (feed, address, parser, n)"
				  " LEFT JOIN store.address v USING (feed, address, parser) ORDER BY g.n";
	PGresult *res;

	if (pg_exec(jobs[0]->w->db, sql, 3, (const char *const[]){ column(jobs, n, name_of), column(jobs, n, url_of), column(jobs, n, parser_of) }, &res, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct job *j = jobs[i];

		j->etag = PQgetisnull(res, (int)i, 0) ? NULL : arena_strdup(j->mem, PQgetvalue(res, (int)i, 0));
		j->last_modified = PQgetisnull(res, (int)i, 1) ? NULL : arena_strdup(j->mem, PQgetvalue(res, (int)i, 1));
		j->looked_up = true;
	}
	PQclear(res);
	return 0;
}

int job_look_up(struct job *const *jobs, size_t n, struct err *e)
{
	struct job **singles = xzalloc((n + 1) * sizeof *singles);
	size_t n_singles = 0;

	for (size_t i = 0; i < n; i++) {
		struct err ignored = { 0 }; /* it fails again when it sets out */

		if (is_single(jobs[i]) && !find_start(jobs[i], &ignored))
			singles[n_singles++] = jobs[i];
	}
	int rc = n_singles ? read_validators(singles, n_singles, e) : 0;
	free(singles);
	return rc;
}

/* What their addresses gave, and how their runs went. */
static int remember_held(struct job *const *jobs, size_t n, struct err *e)
{
	const char *params[] = { column(jobs, n, name_of), column(jobs, n, url_of), column(jobs, n, parser_of), column(jobs, n, etag_of),
		column(jobs, n, modified_of), column(jobs, n, moved_of) };

	return pg_exec(jobs[0]->w->db, "SELECT load.addresses_are($1, $2, $3, $4, $5, $6)", 6, params, NULL, e);
}

static int end_held(struct job *const *jobs, size_t n, struct err *e)
{
	struct lease **leases = xzalloc((n + 1) * sizeof *leases);
	struct lease_end *ends = xzalloc((n + 1) * sizeof *ends);
	bool *ours = xzalloc((n + 1) * sizeof *ours);

	for (size_t i = 0; i < n; i++) {
		leases[i] = &jobs[i]->lease;
		ends[i] = end_of(jobs[i], NULL);
	}
	int rc = leases_done(&jobs[0]->w->leases, leases, ends, n, ours, e);
	for (size_t i = 0; !rc && i < n; i++) {
		if (ours[i])
			tell_end(jobs[i]);
		else
			log_at(LOG_LEVEL_WARNING, jobs[i]->log, "the feed was given to another worker meanwhile");
	}
	free(leases);
	free(ends);
	free(ours);
	return rc;
}

/* Writes down for each what became of its document. Trouble with the database is everybody's. */
static int note_held(struct job *const *jobs, const struct ingest_item *items, size_t n, int64_t took, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct ingest_item *it = &items[i];

		worker_beat(jobs[i]->w, BEAT_DOCUMENT);
		if (it->why.kind != ERR_NONE && worker_db_trouble(&it->why)) {
			*e = it->why;
			return -1;
		}
		if (it->why.kind != ERR_NONE) {
			note_failure(jobs[i], &it->why);
			continue;
		}
		add_up(jobs[i], &it->result);
		tell_document(jobs[i], jobs[i]->url, it->body->len, &it->result, took);
	}
	return 0;
}

int job_take_held(struct job *const *jobs, size_t n, struct err *e)
{
	struct body *bodies = xzalloc(n * sizeof *bodies);
	struct ingest_item *items = xzalloc(n * sizeof *items);
	struct job **taken = xzalloc(n * sizeof *taken);
	int64_t begun = worker_clock();
	size_t n_taken = 0;

	for (size_t i = 0; i < n; i++) {
		body_of(jobs[i]->held, &bodies[i]);
		items[i] = (struct ingest_item){ .feed = feed_of(jobs[i]), .body = &bodies[i], .from = origin_of(jobs[i], jobs[i]->held) };
	}
	ingest_bodies(jobs[0]->w->db, items, n, &jobs[0]->w->conf->limits);
	int rc = note_held(jobs, items, n, worker_clock() - begun, e);
	for (size_t i = 0; i < n; i++)
		if (items[i].why.kind == ERR_NONE)
			taken[n_taken++] = jobs[i];
	rc = rc || (n_taken && remember_held(taken, n_taken, e)) || end_held(jobs, n, e) ? -1 : 0;
	free(bodies);
	free(items);
	free(taken);
	return rc;
}
