#include "api_inside.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "aimarket/cluster.h"
#include "aimarket/log.h"
#include "aimarket/store.h"
#include "worker.h"

enum {
	PULSE_MS = 1000,
	CATALOG_PULSES = 30,
	FAST_MS = 400 /* then a statement goes by the other lane */,
	LIST_MAX = 64,
	DESCRIPTORS_SPARE = 64
};

/* ---- the columns of views: what users may name */

struct catalog {
	struct arena *mem;
	struct view {
		const char *name;
		struct column *columns;
		size_t n;
	} * views;
	size_t n;
};

static const char catalog_sql[] =
	"SELECT format('api.%s', c.relname), a.attname, a.atttypid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
	"WHERE c.relnamespace = 'api'::regnamespace AND c.relkind = 'v' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, a.attnum";

static struct catalog *catalog_read(const PGresult *res)
{
	struct arena *mem = arena_new();
	struct catalog *c = arena_zalloc(mem, sizeof *c);
	size_t rows = (size_t)PQntuples(res);
	struct column *columns = arena_alloc(mem, (rows + 1) * sizeof *columns);

	c->mem = mem;
	c->views = arena_zalloc(mem, (rows + 1) * sizeof *c->views);
	for (size_t i = 0; i < rows; i++) {
		const char *view = PQgetvalue(res, (int)i, 0);

		if (c->n == 0 || strcmp(c->views[c->n - 1].name, view) != 0)
			c->views[c->n++] = (struct view){ .name = arena_strdup(mem, view), .columns = &columns[i] };
		c->views[c->n - 1].n++;
		columns[i] = (struct column){ arena_strdup(mem, PQgetvalue(res, (int)i, 1)),
			writer_kind_of((unsigned)strtoul(PQgetvalue(res, (int)i, 2), NULL, 10)) };
	}
	return c;
}

static void catalog_free(struct catalog *c)
{
	if (c)
		arena_free(c->mem);
}

const struct column *api_columns(const struct api *api, const char *view, size_t *n)
{
	for (size_t i = 0; api->catalog && i < api->catalog->n; i++) {
		*n = api->catalog->views[i].n;
		if (strcmp(api->catalog->views[i].name, view) == 0)
			return api->catalog->views[i].columns;
	}
	*n = 0;
	return NULL;
}

/* ---- the database is there (again) */

void api_moved(struct api *api, long long tx)
{
	if (tx <= api->tx)
		return;
	api->tx = tx;
	events_news(api);
}

static void listen_now(struct api *api)
{
	for (int i = 0; i < api->duty->listen->n && !api->listening; i++)
		http_listen(api->http, api->duty->listen->fds[i]);
	api->listening = true;
	__atomic_store_n(&api->slot->accepting, 1, __ATOMIC_RELAXED);
}

static void on_version(void *arg, const PGresult *res, const struct err *e)
{
	struct api *api = arg;

	api->asking = false;
	if (res && PQntuples(res) == 1)
		api_moved(api, strtoll(PQgetvalue(res, 0, 0), NULL, 10));
}

static void on_catalog(void *arg, const PGresult *res, const struct err *e)
{
	struct api *api = arg;

	if (!res) {
		log_at(LOG_LEVEL_WARNING, "module=api", "could not read what there is: %s", e->text);
		return;
	}
	catalog_free(api->catalog);
	api->catalog = catalog_read(res);
	events_news(api);
	listen_now(api);
}

/* Who may do more than read is told of: a hole would then be one. */
static void on_rights(void *arg, const PGresult *res, const struct err *e)
{
	static bool told;

	if (!res || PQntuples(res) == 0 || told || strcmp(PQgetvalue(res, 0, 0), "t") != 0)
		return;
	told = true;
	log_at(LOG_LEVEL_WARNING, "module=api",
		"the API reads as \"%s\", who may do more than that; name a member of aimarket_reader in database of [api]",
		PQgetvalue(res, 0, 1));
}

static bool ask(struct api *api, const char *sql, pgpipe_done *done)
{
	const struct pgpipe_ask question = { .lane = PGPIPE_FAST, .sql = sql, .done = done, .arg = api };
	struct err ignored = { 0 };

	return pgpipe_ask(api->db, &question, NULL, &ignored) == 0;
}

static void ask_version(struct api *api)
{
	api->asking = ask(api, "SELECT tx FROM api.data_version", on_version);
}

/* After a loss nobody knows what was missed. */
static void on_notified(void *arg, const char *channel, const char *payload)
{
	struct api *api = arg;

	if (channel) {
		api_moved(api, strtoll(payload, NULL, 10));
		return;
	}
	api->tx = -1;
	answers_drop(api);
	ask_version(api);
	(void)ask(api, catalog_sql, on_catalog);
	(void)ask(api, "SELECT has_schema_privilege(current_user, 'store', 'USAGE'), current_user", on_rights);
}

/* Who reads: the one named in the configuration; for the private database its own reader; else the store's user, less his rights where that can be. */
static int find_reader(const struct api *api, const char **conninfo, struct err *e)
{
	struct cluster *c;

	*conninfo = api->conf->api.database ? api->conf->api.database : api->conf->database;
	if (*conninfo)
		return 0;
	if (cluster_open(NULL, &c, e))
		return -1;
	*conninfo = arena_strdup(api->mem, cluster_reader_conninfo(c));
	cluster_free(c);
	return 0;
}

static int open_database(struct api *api, struct err *e)
{
	static const char *const channels[] = { "aimarket_tx", NULL };
	struct pgpipe_options o = pgpipe_options;

	if (find_reader(api, &o.conninfo, e))
		return -1;
	o.application = "aimarketd api";
	o.setup = arena_printf(api->mem,
		"%s; SET default_transaction_read_only = on; SET jit = off;"
		"DO $$ BEGIN SET ROLE aimarket_reader; EXCEPTION WHEN OTHERS THEN NULL; END $$",
		store_session_sql);
	o.channels = channels;
	o.notified = on_notified;
	o.arg = api;
	o.timeout_ms[PGPIPE_FAST] = FAST_MS;
	o.timeout_ms[PGPIPE_SLOW] = (int)api->conf->api.timeout * 1000;
	o.stream_ms = (int)api->conf->api.stream_timeout * 1000;
	api->db = pgpipe_new(api->base, &o);
	writing_open(api, o.conninfo);
	return 0;
}

/* ---- serving */

static void on_answer(void *arg, const struct http_answer *answer)
{
	struct api *api = arg;
	const struct http_request *r = answer->request;

	board_took(api->slot, answer->status, answer->bytes, answer->usec);
	if (log_level < LOG_LEVEL_INFO || !r)
		return;
	const char *trace = http_head_field(r->head, "traceparent", r->mem);
	log_at(LOG_LEVEL_INFO,
		arena_printf(r->mem, "peer=%s status=%d bytes=%zu usec=%lld%s%.32s", r->peer, answer->status, answer->bytes, answer->usec,
			trace && strlen(trace) > 36 ? " trace=" : "", trace && strlen(trace) > 36 ? trace + 3 : ""),
		"%s %s", http_methods[r->head->method].name, r->head->target);
}

/* Blank separated words; ends with NULL. */
static const char *const *words_of(struct arena *mem, const char *text)
{
	const char **list = arena_zalloc(mem, (LIST_MAX + 1) * sizeof *list);
	char *rest = arena_strdup(mem, text ? text : ""), *word;
	size_t n = 0;

	while (n < LIST_MAX && (word = strsep(&rest, " ,")))
		if (*word)
			list[n++] = word;
	return list;
}

static void on_opened(void *arg, unsigned open)
{
	struct api *api = arg;

	__atomic_store_n(&api->slot->open, open, __ATOMIC_RELAXED);
}

static bool on_connection(void *arg)
{
	const struct api *api = arg;

	return board_is_crowded(api->duty->board, api->slot);
}

/* As many descriptors as connections need, as far as we may. */
static unsigned connections(const struct conf *conf)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t)conf->api.connections + DESCRIPTORS_SPARE;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return (unsigned)conf->api.connections;
	if (limit.rlim_cur < wanted) {
		limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	return (unsigned)(limit.rlim_cur < wanted ? limit.rlim_cur - DESCRIPTORS_SPARE : (rlim_t)conf->api.connections);
}

static void open_server(struct api *api)
{
	struct http_options o = { .limits = http_limits,
		.hosts = words_of(api->mem, api->conf->api.hosts),
		.handler = api_handle,
		.observer = on_answer,
		.opened = on_opened,
		.leaves = on_connection,
		.arg = api };

	o.limits.conns = connections(api->conf);
	o.limits.conns_per_address = (unsigned)api->conf->api.per_address;
	o.limits.answer_ms = (int)api->conf->api.timeout * 1000 + 30000;
	api->http = http_new(api->base, &o);
}

/* ---- orders and signs of life */

static void on_drained(void *arg)
{
	struct api *api = arg;

	event_base_loopbreak(api->base);
}

static void on_told(int fd, short what, void *arg)
{
	struct api *api = arg;

	event_del(api->told);
	api->draining = true;
	__atomic_store_n(&api->slot->accepting, 0, __ATOMIC_RELAXED);
	http_drain(api->http, on_drained, api);
}

static void on_pulse(int fd, short what, void *arg)
{
	struct api *api = arg;
	char alive = BEAT_ALIVE;

	if (what && !api->asking) /* a standby does not tell of transactions: there this clock is what finds them */
		ask_version(api);
	if (what && ++api->pulses % CATALOG_PULSES == 0)
		(void)ask(api, catalog_sql, on_catalog);
	if (write(api->duty->beat_fd, &alive, 1) < 0 && errno == EPIPE)
		_exit(0);
	api_count(api);
	if (!api->listening && what)
		listen_now(api);
}

static void watch(struct api *api)
{
	struct timeval second = { .tv_sec = PULSE_MS / 1000 };

	api->told = event_new(api->base, api->duty->stop_fd, EV_READ | EV_PERSIST, on_told, api);
	event_add(api->told, NULL);
	api->pulse = event_new(api->base, -1, EV_PERSIST, on_pulse, api);
	event_add(api->pulse, &second);
	on_pulse(-1, 0, api);
}

int api_run(const struct duty *d, struct err *e)
{
	struct api *api = xzalloc(sizeof *api);

	event_set_mem_functions(xmalloc, xrealloc, free);
	api->duty = d;
	api->conf = &d->setup->conf;
	api->mem = arena_new();
	api->tx = -1;
	api->origins = words_of(api->mem, api->conf->api.origins);
	api->slot = board_join(d->board);
	api->base = event_base_new();
	TAILQ_INIT(&api->by_use);
	TAILQ_INIT(&api->followers);
	if (open_database(api, e))
		return -1;
	open_server(api);
	watch(api);
	event_base_dispatch(api->base);
	http_free(api->http);
	pgpipe_free(api->db);
	writing_close(api);
	answers_drop(api);
	if (api->description)
		answer_put(api->description);
	catalog_free(api->catalog);
	event_free(api->told);
	event_free(api->pulse);
	event_base_free(api->base);
	arena_free(api->mem);
	free(api);
	return 0;
}
