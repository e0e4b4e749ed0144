/*
 * api_write: requests to write, each with a token, and once only when it bears an Idempotency-Key. The functions they are put to
 * (sql/api/99_write.sql) look at the token themselves: an API worker has no right beyond asking them. A question or a forecast
 * is written by that; a fact waits for the writer, and its request here for the writer's word:
 *
 *	sent → (answered | waiting → looking → …) → answered, or told where to look for the answer when it takes long
 */
#include "api_inside.h"

#include <strings.h>

#include <jansson.h>

#include "aimarket/byhand.h"
#include "aimarket/log.h"
#include "aimarket/store.h"
#include "aimarket/writes.h"

static const char written_sql[] = "SELECT status, answer FROM api.written($1, decode($2, 'hex'), $3)";

enum { LOOK_MS = 1000, LOOKS_MAX = 5, TABLE_MAX = 4 << 20, KEY_MAX = 255, TIMEOUT_MS = 15000 };

/* A request to write, from the moment it is put to the database. It outlives its client: what is asked is done. */
struct post {
	struct api *api;
	struct http_request *r; /* NULL: the client is gone */
	struct arena *mem;
	struct token token;
	bool is_write; /* not only a look at what became of one */
	const char *place; /* of what is made, up to its id; NULL: it has none */
	const char *id; /* of the request in the store; NULL: not known yet */
	bool looking, again; /* the answer is looked for; and word came meanwhile */
	int looks;
	struct event *clock; /* NULL: it does not wait for the writer */
	TAILQ_ENTRY(post) link;
};

/* ---- the end */

static void on_gone(void *arg)
{
	struct post *p = arg;

	p->r = NULL;
}

static void post_free(struct post *p)
{
	TAILQ_REMOVE(&p->api->posts, p, link);
	if (p->clock)
		event_free(p->clock);
	if (p->r)
		http_watch(p->r, NULL, NULL, NULL);
	arena_free(p->mem);
}

/* What was written, or where that will be told. */
static void reply(struct post *p, int status, const char *answer)
{
	struct http_request *r = p->r;
	json_t *data = json_loads(answer, JSON_DECODE_ANY, NULL), *id = json_object_get(data, "id");

	http_header(r, "Cache-Control", "no-store");
	if (p->place && json_is_string(id))
		http_header(r, "Location", "%s%s", p->place, json_string_value(id));
	else if (p->place && json_is_integer(id))
		http_header(r, "Location", "%s%lld", p->place, (long long)json_integer_value(id));
	else if (!p->place)
		http_header(r, "Location", "/v1/writes/%s", p->id);
	const char *body = arena_printf(p->mem, "{\"data\":%s,\"meta\":{\"write\":%s}}\n", answer, p->id);
	http_reply(r, status, format_media[OUT_JSON], body, strlen(body));
	json_decref(data);
}

static void refuse(struct post *p, int status, const char *answer)
{
	json_t *why = json_loads(answer, 0, NULL);
	const char *detail = json_string_value(json_object_get(why, "detail")), *hint = json_string_value(json_object_get(why, "hint"));
	struct err e = { 0 };

	if (status == 401 || status == 403) {
		token_refuse(p->r, status, status == 401 ? "invalid_token" : "insufficient_scope", detail);
	} else {
		err_set(&e, status == 404 ? ERR_NOT_FOUND : ERR_USAGE, "%s", detail);
		if (hint)
			err_hint(&e, "%s", hint);
		problem_status(p->r, status, &e);
	}
	json_decref(why);
}

static void count(const struct post *p, enum board_write state)
{
	if (p->is_write)
		p->api->slot->writes[state]++;
}

static void settle(struct post *p, int status, const char *answer)
{
	count(p, status >= 400 ? BOARD_REFUSED : status == 202 ? BOARD_WAITING : BOARD_DONE);
	if (p->r && status >= 400)
		refuse(p, status, answer);
	else if (p->r)
		reply(p, status, answer);
	p->r = NULL;
	post_free(p);
}

static void fail(struct post *p, const struct err *e)
{
	struct err shown = { 0 };

	count(p, BOARD_FAILED);
	if (p->r && e->kind == ERR_DB && strncmp(e->sqlstate, "25", 2) == 0) {
		err_set(&shown, ERR_DB_DOWN, "the database takes no changes at present: it is a standby, or set to read only");
		problem_status(p->r, 503, &shown);
	} else if (p->r) {
		problem_send(p->r, e);
	}
	p->r = NULL;
	post_free(p);
}

/* ---- waiting for the writer */

static void look(struct post *p);

static void on_looked(void *arg, const PGresult *res, const struct err *e)
{
	struct post *p = arg;

	p->looking = false;
	if (res && PQntuples(res) == 1 && !PQgetisnull(res, 0, 0))
		settle(p, (int)strtol(PQgetvalue(res, 0, 0), NULL, 10), PQgetvalue(res, 0, 1));
	else if (p->again)
		look(p);
}

/* Fails silently: the clock looks again. */
static void look(struct post *p)
{
	const char *params[] = { p->token.handle, p->token.digest, p->id };
	const struct pgpipe_ask ask = {
		.lane = PGPIPE_SLOW, .sql = written_sql, .n = 3, .params = params, .writes = true, .done = on_looked, .arg = p
	};
	struct err e = { 0 };

	p->again = p->looking;
	if (!p->looking)
		p->looking = pgpipe_ask(p->api->writing, &ask, NULL, &e) == 0;
}

static void on_clock(int fd, short what, void *arg)
{
	struct post *p = arg;

	if (p->looking)
		return;
	if (!p->r) {
		count(p, BOARD_WAITING);
		post_free(p);
	} else if (++p->looks >= LOOKS_MAX) {
		settle(p, 202, "{\"state\":\"waiting\"}");
	} else {
		look(p);
	}
}

static void wait_for_writer(struct post *p)
{
	const struct timeval every = { .tv_sec = LOOK_MS / 1000 };

	p->clock = event_new(p->api->base, -1, EV_PERSIST, on_clock, p);
	event_add(p->clock, &every);
	look(p); /* the word may have come before this */
}

/* The writer is done with a request, perhaps one of ours. */
static void on_written(void *arg, const char *channel, const char *payload)
{
	struct api *api = arg;
	struct post *p, *next;

	for (p = TAILQ_FIRST(&api->posts); p; p = next) {
		next = TAILQ_NEXT(p, link);
		if (p->clock && (!channel || strcmp(p->id, payload) == 0))
			look(p);
	}
}

/* ---- putting it to the database */

static void on_posted(void *arg, const PGresult *res, const struct err *e)
{
	struct post *p = arg;

	if (e) {
		fail(p, e);
		return;
	}
	p->id = arena_strdup(p->mem, PQgetisnull(res, 0, 0) ? "null" : PQgetvalue(res, 0, 0));
	if (!PQgetisnull(res, 0, 1))
		settle(p, (int)strtol(PQgetvalue(res, 0, 1), NULL, 10), PQgetvalue(res, 0, 2));
	else
		wait_for_writer(p);
}

static struct post *post_new(struct api *api, struct http_request *r, const struct token *token)
{
	struct arena *mem = arena_new();
	struct post *p = arena_zalloc(mem, sizeof *p);

	*p = (struct post){ .api = api, .r = r, .mem = mem, .token = *token };
	TAILQ_INSERT_TAIL(&api->posts, p, link);
	http_watch(r, on_gone, NULL, p);
	return p;
}

static void ask_store(struct post *p, const char *sql, int n, const char *const *params, pgpipe_done *done)
{
	const struct pgpipe_ask ask = { .lane = PGPIPE_SLOW, .sql = sql, .n = n, .params = params, .writes = true, .done = done, .arg = p };
	struct err e = { 0 };

	if (pgpipe_ask(p->api->writing, &ask, NULL, &e))
		fail(p, &e);
}

/* ---- the request */

static bool is_json(struct http_request *r)
{
	const char *media = http_head_field(r->head, "content-type", r->mem);
	size_t n = media ? strcspn(media, "; ") : 0;
	struct err e = { 0 };

	if (n == strlen("application/json") && strncasecmp(media, "application/json", n) == 0)
		return true;
	err_set(&e, ERR_USAGE, "the body is to be JSON, and to say so: Content-Type: application/json");
	http_header(r, "Accept-Post", "application/json");
	problem_status(r, 415, &e);
	return false;
}

/* *key NULL: there is none. */
static bool read_key(struct http_request *r, const char **key)
{
	struct err e = { 0 };

	*key = http_head_field(r->head, "idempotency-key", r->mem);
	if (!*key || (**key && strlen(*key) <= KEY_MAX &&
			     (size_t)strspn(*key,
				     " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~") ==
				     strlen(*key)))
		return true;
	err_set(&e, ERR_USAGE, "the Idempotency-Key has no more than %d printable characters, and one at least", KEY_MAX);
	problem_status(r, 400, &e);
	return false;
}

static void post_body(struct api *api, struct http_request *r, const struct token *token, const char *what, const char *target,
	const char *place, const char *body)
{
	const char *key;

	if (!read_key(r, &key))
		return;
	const char *params[] = { token->handle, token->digest, key, what, target, body };
	struct post *p = post_new(api, r, token);
	p->is_write = true;
	p->place = place;
	ask_store(p, "SELECT id, status, answer FROM api.post($1, decode($2, 'hex'), $3, $4, $5, $6)", 6, params, on_posted);
}

static const struct write *find_write(const struct http_head *head)
{
	for (const struct write *w = writes; w->path; w++)
		if (api_fits(w->path, head, NULL))
			return w;
	return NULL;
}

void api_post(struct api *api, struct http_request *r, const char *const *words)
{
	const struct write *w = find_write(r->head);
	struct token token;
	struct err e = { 0 };
	const char *body;

	if (!token_find(r, &token) || !is_json(r))
		return;
	if (write_body(w, r->body, r->n_body, r->mem, &body, &e))
		problem_status(r, 400, &e);
	else
		post_body(api, r, &token, w->what, words[0], w->place, body);
}

void api_post_fact(struct api *api, struct http_request *r, const char *const *words)
{
	const struct byhand *b = byhand_find(r->head->segments[1]);
	struct token token;
	struct buf table;
	struct err e = { 0 };

	if (!token_find(r, &token) || !is_json(r))
		return;
	buf_init(&table, TABLE_MAX);
	if (byhand_table_of_json(b, r->body, r->n_body, r->mem, &table, &e))
		problem_status(r, e.kind == ERR_LIMIT ? 413 : 400, &e);
	else
		post_body(api, r, &token, b->name, NULL, NULL, buf_str(&table));
	buf_release(&table);
}

/* ---- what became of a request */

static void on_told(void *arg, const PGresult *res, const struct err *e)
{
	struct post *p = arg;

	if (e) {
		fail(p, e);
	} else if (PQntuples(res) == 0) {
		settle(p, 404, "{\"detail\":\"no request of this token has that number, or it was done too long ago\"}");
	} else if (p->r) {
		bool done = !PQgetisnull(res, 0, 0);
		const char *body = done ? arena_printf(p->mem, "{\"data\":{\"state\":\"done\",\"status\":%s,\"answer\":%s}}\n",
						  PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1))
					: "{\"data\":{\"state\":\"waiting\",\"status\":null,\"answer\":null}}\n";

		http_header(p->r, "Cache-Control", "no-store");
		http_reply(p->r, 200, format_media[OUT_JSON], body, strlen(body));
		p->r = NULL;
		post_free(p);
	} else {
		post_free(p);
	}
}

void api_written(struct api *api, struct http_request *r, const char *const *words)
{
	struct token token;
	struct err e = { 0 };

	if (!token_find(r, &token))
		return;
	if (strlen(words[0]) > 18 || strspn(words[0], "0123456789") != strlen(words[0])) {
		err_set(&e, ERR_NOT_FOUND, "no request of this token has that number");
		problem_send(r, &e);
		return;
	}
	const char *params[] = { token.handle, token.digest, words[0] };
	ask_store(post_new(api, r, &token), written_sql, 3, params, on_told);
}

/* ---- the connection */

void writing_open(struct api *api, const char *conninfo)
{
	static const char *const channels[] = { "aimarket_written", NULL };
	struct pgpipe_options o = pgpipe_options;

	TAILQ_INIT(&api->posts);
	o.conninfo = conninfo;
	o.application = "aimarketd api, writing";
	o.setup = arena_printf(api->mem, "%s; SET jit = off; DO $$ BEGIN SET ROLE aimarket_reader; EXCEPTION WHEN OTHERS THEN NULL; END $$",
		store_session_sql);
	o.channels = channels;
	o.notified = on_written;
	o.arg = api;
	o.slow_conns = 1;
	o.timeout_ms[PGPIPE_SLOW] = TIMEOUT_MS;
	api->writing = pgpipe_new(api->base, &o);
}

void writing_close(struct api *api)
{
	struct post *p;

	pgpipe_free(api->writing);
	while ((p = TAILQ_FIRST(&api->posts)))
		post_free(p);
	tokens_forget(api);
}
