/* api_token: who asks, by Authorization: Bearer (RFC 6750). Reading needs a token only where the configuration says so. */
#include "api_inside.h"

#include <stdlib.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "worker.h"

enum { KNOWN_MAX = 64, KNOWN_MS = 60000 };

/* ---- the header */

void token_refuse(struct http_request *r, int status, const char *error, const char *detail)
{
	struct err e = { 0 };

	err_set(&e, ERR_USAGE, "%s", detail);
	if (status == 401)
		err_hint(&e, "A token is made by the one who runs this server, and sent as Authorization: Bearer aim_….");
	http_header(r, "WWW-Authenticate", error ? "Bearer realm=\"aimarket\", error=\"%s\"" : "Bearer realm=\"aimarket\"%s",
		error ? error : "");
	problem_status(r, status, &e);
}

bool token_find(struct http_request *r, struct token *out)
{
	const char *value = http_head_field(r->head, "authorization", r->mem);

	if (!value) {
		token_refuse(r, 401, NULL, "this needs a token");
		return false;
	}
	if (strncasecmp(value, "bearer ", 7) != 0) {
		token_refuse(r, 401, NULL, "the authorization is not of the kind Bearer");
		return false;
	}
	for (value += 7; *value == ' '; value++)
		;
	if (token_read(value, out))
		return true;
	token_refuse(r, 401, "invalid_token", "that is no token of this server");
	return false;
}

/* ---- reading */

/* Tokens that were good for reading a moment ago. */
struct known_token {
	char handle[TOKEN_HANDLE + 1], digest[65];
	long long until; /* milliseconds */
};

struct tokens {
	struct known_token known[KNOWN_MAX];
	unsigned next; /* to be replaced */
};

static bool is_known(struct api *api, const struct token *t)
{
	for (int i = 0; api->tokens && i < KNOWN_MAX; i++) {
		const struct known_token *k = &api->tokens->known[i];

		if (strcmp(k->handle, t->handle) == 0 && CRYPTO_memcmp(k->digest, t->digest, sizeof k->digest) == 0)
			return k->until > worker_clock();
	}
	return false;
}

static void remember(struct api *api, const struct token *t)
{
	struct known_token *k;

	if (!api->tokens)
		api->tokens = xzalloc(sizeof *api->tokens);
	k = &api->tokens->known[api->tokens->next++ % KNOWN_MAX];
	memcpy(k->handle, t->handle, sizeof k->handle);
	memcpy(k->digest, t->digest, sizeof k->digest);
	k->until = worker_clock() + KNOWN_MS;
}

void tokens_forget(struct api *api)
{
	free(api->tokens);
	api->tokens = NULL;
}

/* A request whose token is being looked at. */
struct gate {
	struct api *api;
	struct http_request *r;
	struct token token;
	struct pgpipe_query *asked;
};

static void on_gone(void *arg)
{
	struct gate *g = arg;

	if (g->asked)
		pgpipe_cancel(g->asked);
}

/* scopes is an array of words without blanks: {read,predict}. */
static bool has_scope(const char *scopes, const char *scope)
{
	size_t n = strlen(scope);

	for (const char *s = scopes + strspn(scopes, "{"); *s; s += strcspn(s, ",}"), s += *s != '\0')
		if (strncmp(s, scope, n) == 0 && strchr(",}", s[n]))
			return true;
	return false;
}

static void on_holder(void *arg, const PGresult *res, const struct err *e)
{
	struct gate *g = arg;

	g->asked = NULL;
	http_watch(g->r, NULL, NULL, NULL);
	if (e)
		problem_send(g->r, e);
	else if (PQntuples(res) == 0)
		token_refuse(g->r, 401, "invalid_token", "nobody holds this token");
	else if (!PQgetisnull(res, 0, 1))
		token_refuse(g->r, 401, "invalid_token", arena_printf(g->r->mem, "the token %s", PQgetvalue(res, 0, 1)));
	else if (!has_scope(PQgetvalue(res, 0, 0), "read"))
		token_refuse(g->r, 403, "insufficient_scope", "the token is not for reading");
	else {
		remember(g->api, &g->token);
		api_route(g->api, g->r);
	}
}

/* Pages on this machine, and whoever may open the socket, are trusted as the machine is. */
static bool is_near(const struct http_request *r)
{
	return strcmp(r->peer, "unix") == 0 || strncmp(r->peer, "127.", 4) == 0 || strcmp(r->peer, "::1") == 0 ||
	       strncmp(r->peer, "::ffff:127.", 11) == 0;
}

bool token_needed(const struct api *api, const struct http_request *r)
{
	return api->conf->api.read_token && !is_near(r) && r->head->n_segments > 0 && strcmp(r->head->segments[0], "v1") == 0 &&
	       r->head->method != HTTP_OPTIONS && r->head->method != HTTP_POST;
}

void token_then_route(struct api *api, struct http_request *r)
{
	struct gate *g = arena_zalloc(r->mem, sizeof *g);
	struct err e = { 0 };

	g->api = api;
	g->r = r;
	if (!token_find(r, &g->token))
		return;
	if (is_known(api, &g->token)) {
		api_route(api, r);
		return;
	}
	const char *params[] = { g->token.handle, g->token.digest };
	const struct pgpipe_ask ask = { .lane = PGPIPE_SLOW,
		.sql = "SELECT scopes, problem FROM api.token($1, decode($2, 'hex'))",
		.n = 2,
		.params = params,
		.writes = true,
		.done = on_holder,
		.arg = g };
	http_watch(r, on_gone, NULL, g);
	if (pgpipe_ask(api->writing, &ask, &g->asked, &e)) {
		http_watch(r, NULL, NULL, NULL);
		problem_send(r, &e);
	}
}
