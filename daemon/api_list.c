/*
 * api_list: rows of a resource, page by page.
 *
 * A page says which transaction it was seen at; the pages behind it are of the same. As long as nothing new has come they are
 * asked of today's views, which is quick; whether that was so, each row says itself.
 */
#include "api_inside.h"

#include <jansson.h>

enum { TRIES = 3 };

static void build(struct inquiry *q);

/* ---- the end of it */

static void finish(struct inquiry *q)
{
	json_t *meta = rows_meta(q);

	if (q->counted)
		json_object_set_new(meta, q->count == COUNT_EXACT ? "count" : "count_estimate",
			json_integer(strtoll(q->counted, NULL, 10)));
	json_object_set_new(meta, "command", json_string(ask_command(&q->ask, "json", q->mem)));
	rows_done(q, meta);
}

/* ---- counting */

static void on_counted(struct inquiry *q, const PGresult *res)
{
	const char *rows = q->count == COUNT_EXACT ? PQgetvalue(res, 0, 0) : strstr(PQgetvalue(res, 0, 0), "rows=");

	q->counted = arena_strdup(q->mem, !rows ? "0" : q->count == COUNT_EXACT ? rows : rows + strlen("rows="));
	finish(q);
}

static void count(struct inquiry *q)
{
	struct ask all = q->ask;
	struct query query;
	struct err e = { 0 };
	size_t n;

	all.limit = all.offset = 0;
	all.keyed = false;
	all.behind = NULL;
	all.any_order = true;
	const struct column *view = api_columns(q->api, ask_resource(&all)->view, &n);
	if (!ask_groups(&all))
		all.columns = all.resource->key;
	if (query_build(&all, view, n, q->mem, &query, &e) == 0) {
		query.sql =
			arena_printf(q->mem, q->count == COUNT_EXACT ? "SELECT count(*) FROM (%s) AS counted" : "EXPLAIN %s", query.sql);
		if (inquiry_ask(q, &query, on_counted, &e) == 0)
			return;
	}
	inquiry_fail(q, &e);
}

static void go_on(struct inquiry *q)
{
	if (q->count == COUNT_NONE)
		finish(q);
	else
		count(q);
}

/* ---- rows */

/* The cursor of the last row shown. Hidden columns begin behind `shown`. */
static void make_cursor(struct inquiry *q, const PGresult *res, int row, int shown)
{
	struct cursor c = { .question = words_digest(q) };

	for (int i = shown; i < PQnfields(res) && strcmp(PQfname(res, i), SEEN) != 0; i++)
		c.values[c.n++] = rows_cell(res, row, i);
	c.snapshot = q->ask.snapshot                ? q->ask.snapshot
		     : q->ask.behind && q->seen < 0 ? q->cursor.snapshot
						    : arena_printf(q->mem, "%lld", q->seen < 0 ? 0 : q->seen);
	q->next_cursor = cursor_text(&c, q->mem);
}

/* Rows of a later transaction than the cursor's are of no use: asked again, of the past. */
static bool is_of_another(const struct inquiry *q)
{
	return q->ask.behind && !q->ask.snapshot && q->ask.resource->asof && q->seen != strtoll(q->cursor.snapshot, NULL, 10);
}

/* Names were looked up before the rows were, and may stand for others since. */
static bool is_named_otherwise(struct inquiry *q)
{
	return q->resolving_key && q->seen >= 0 && q->seen != q->named_at && !q->ask.snapshot && q->tries++ < TRIES;
}

static void on_rows(struct inquiry *q, const PGresult *res)
{
	int n = rows_shown(res), rows = PQntuples(res), seen = PQfnumber(res, SEEN_QUOTED);

	q->seen = seen >= 0 && rows > 0 ? strtoll(PQgetvalue(res, 0, seen), NULL, 10) : -1;
	if (q->seen >= 0)
		api_moved(q->api, q->seen);
	if (is_of_another(q)) {
		q->ask.snapshot = q->cursor.snapshot;
		resolve_names(q, &q->ask, build);
		return;
	}
	if (is_named_otherwise(q)) {
		resolve_names(q, &q->ask, build);
		return;
	}
	bool more = rows > q->ask.limit;
	q->rows = more ? q->ask.limit : rows;
	if (q->format == OUT_JSON)
		buf_adds(&q->body, "{\"data\":");
	rows_write(q, res, (int)q->rows, n);
	if (more && q->ask.keyed)
		make_cursor(q, res, (int)q->rows - 1, n);
	if (rows == 0 && q->ask.resource->asof && q->tx >= 0)
		inquiry_label(q, go_on); /* no row could tell */
	else
		go_on(q);
}

/* ---- the question */

/* The last column tells what the rows were seen at: one look for all of them. */
static const char *with_version(struct inquiry *q, const char *sql)
{
	return arena_printf(q->mem, "SELECT *, (SELECT tx FROM api.data_version) AS " SEEN_QUOTED " FROM (%s) AS page", sql);
}

static void build(struct inquiry *q)
{
	const struct resource *r = ask_resource(&q->ask);
	struct ask one_more = q->ask;
	struct err e = { 0 };
	size_t n;
	const struct column *view = api_columns(q->api, r->view, &n);

	if (q->streams)
		one_more.keyed = false;
	else
		one_more.limit++;
	q->tx = q->api->tx;
	if (query_build(&one_more, view, n, q->mem, &q->query, &e) == 0) {
		if (r->asof)
			q->query.sql = with_version(q, q->query.sql);
		if (q->streams) {
			stream_begin(q, &q->query);
			return;
		}
		if (inquiry_ask(q, &q->query, on_rows, &e) == 0)
			return;
	}
	inquiry_fail(q, &e);
}

/* As long as the cursor's transaction is the last, today's views tell the same as those of the past. */
static void choose_time(struct inquiry *q)
{
	if (q->ask.behind && q->ask.resource->asof && strtoll(q->cursor.snapshot, NULL, 10) != q->api->tx)
		q->ask.snapshot = q->cursor.snapshot;
}

int list_begin(struct inquiry *q, struct err *e)
{
	if (words_resource(q, e) || words_read(q, e))
		return -1;
	q->streams = q->ask.limit == 0 || q->ask.limit > q->api->conf->api.rows;
	if (q->streams && (q->cursor_typed || q->count))
		return err_set(e, ERR_USAGE, "limit: cursor and count go with pages, of at most %lld rows", q->api->conf->api.rows);
	if (q->streams)
		inquiry_hide(q);
	q->ask.keyed = !ask_groups(&q->ask);
	q->ask.any_order = q->ask.limit == 0 && q->ask.keyed && !q->ask.sort; /* to order ten million rows takes longer than to send them */
	choose_time(q);
	resolve_names(q, &q->ask, build);
	return 0;
}
