/* What a document said that is not taken: noted with its place, its words and the reason. */
#include "aimarket/copy.h"
#include "aimarket/text.h"
#include "load_inside.h"

enum { RAW_MAX = 300, ROW_MAX = 1 << 20, STEP = 1 << 20 };

/* ---------------------------------------------------------------- observations of rejected series */

struct rejected_rows {
	struct load *l;
	struct buf row;
	int32_t last; /* offset of the group noted last: one note a group is enough */
	long long n;
};

static int note_row(void *arg, const struct packed *p, struct err *e)
{
	struct rejected_rows *r = arg;
	const struct loaded_series *s = &r->l->series[p->series];
	bool unknown_source = !r->l->sources[p->source].id;

	if ((s->id && !unknown_source) || (r->n && p->offset == r->last))
		return 0;
	r->last = p->offset;
	if (++r->n > r->l->run->limits->rejects)
		return err_set(e, ERR_LIMIT, "more than %lld rejected records (limit rejects)", r->l->run->limits->rejects);
	buf_reset(&r->row);
	copy_text_int(&r->row, p->offset);
	copy_text(&r->row, s->id ? "source" : s->rule);
	copy_text(&r->row, s->id ? "no source has its reference" : s->reason);
	copy_text_end(&r->row);
	return pg_copy_data(r->l->db, r->row.data, r->row.len, e);
}

static int note_rows(struct load *l, struct err *e)
{
	struct rejected_rows r = { .l = l };

	if (!l->something_rejected)
		return 0;
	if (pg_copy_in(l->db, "COPY pg_temp.staging_reject FROM STDIN", e))
		return -1;
	buf_init(&r.row, ROW_MAX);
	int rc = spool_each(l->run->sink, note_row, &r, e);
	buf_release(&r.row);
	if (rc) {
		pg_copy_abort(l->db);
		return -1;
	}
	return pg_copy_end(l->db, NULL, e);
}

/* ---------------------------------------------------------------- places and words */

/* Counts lines up to ever later places; at is how far it looked. */
struct place {
	struct body *body;
	size_t at;
	long long line;
};

static long long line_of(struct place *p, size_t offset)
{
	while (p->at < offset) {
		size_t n = offset - p->at < STEP ? offset - p->at : STEP;
		const char *end = memchr(p->body->data + p->at, '\n', n);

		p->at = end ? (size_t)(end - p->body->data) + 1 : p->at + n;
		p->line += end != NULL;
		body_forget(p->body, p->at);
	}
	return p->line;
}

/* The line that begins there, or its first bytes, as far as they are text. */
static void write_raw(struct buf *row, const struct body *body, size_t offset)
{
	size_t n = body->len - offset < RAW_MAX ? body->len - offset : RAW_MAX;
	const char *end = memchr(body->data + offset, '\n', n);

	n = end ? (size_t)(end - (body->data + offset)) : n;
	copy_text_n(row, body->data + offset, text_utf8_check(body->data + offset, n));
}

static int send_sql_reject(struct load *l, struct place *place, const PGresult *res, int i, struct buf *row, struct err *e)
{
	size_t offset = (size_t)l->bad[i] < place->body->len ? (size_t)l->bad[i] : place->body->len;

	buf_reset(row);
	copy_text_int(row, l->run->run);
	buf_printf(row, "line %lld (byte %zu)\t", line_of(place, offset), offset);
	copy_text(row, PQgetvalue(res, i, 1));
	copy_text(row, PQgetvalue(res, i, 2));
	write_raw(row, place->body, offset);
	copy_text_end(row);
	return pg_copy_data(l->db, row->data, row->len, e);
}

static int send_sink_reject(struct load *l, const struct spool_reject *r, struct buf *row, struct err *e)
{
	buf_reset(row);
	copy_text_int(row, l->run->run);
	copy_text(row, r->locator);
	copy_text(row, r->rule);
	copy_text(row, r->reason);
	copy_text(row, r->raw);
	copy_text_end(row);
	return pg_copy_data(l->db, row->data, row->len, e);
}

/* ---------------------------------------------------------------- all of them */

int load_send_rejects(struct load *l, const PGresult *by_sql, struct err *e)
{
	const struct spool_reject *own;
	size_t n_own = spool_rejects(l->run->sink, &own);
	struct place place = { .body = l->run->body, .line = 1 };
	struct buf row;
	int rc = 0;

	if (n_own + l->n_bad == 0)
		return 0;
	if (pg_copy_in(l->db, "COPY store.reject (run, locator, rule, reason, raw) FROM STDIN", e))
		return -1;
	buf_init(&row, ROW_MAX);
	for (size_t i = 0; !rc && i < n_own; i++)
		rc = send_sink_reject(l, &own[i], &row, e);
	for (size_t i = 0; !rc && i < l->n_bad; i++)
		rc = send_sql_reject(l, &place, by_sql, (int)i, &row, e);
	buf_release(&row);
	if (rc) {
		pg_copy_abort(l->db);
		return -1;
	}
	return pg_copy_end(l->db, &l->rejects, e);
}

/* One reason for each group, in the order of their places. */
static int read_bad(struct load *l, PGresult **res, struct err *e)
{
	if (pg_exec(l->db,
		    "SELECT DISTINCT ON (at) coalesce(at, 0), rule, reason FROM pg_temp.staging_reject ORDER BY at NULLS FIRST, rule", 0,
		    NULL, res, e))
		return -1;
	l->n_bad = (size_t)PQntuples(*res);
	l->bad = xzalloc((l->n_bad + 1) * sizeof *l->bad);
	for (size_t i = 0; i < l->n_bad; i++)
		l->bad[i] = (int32_t)strtol(PQgetvalue(*res, (int)i, 0), NULL, 10);
	return 0;
}

/* The first reason, for a feed that takes all of a document or nothing. */
static int refuse_whole(const struct load *l, const PGresult *by_sql, struct err *e)
{
	const struct spool_reject *own;

	if (spool_rejects(l->run->sink, &own))
		return err_set(e, ERR_REJECTS, "%s: %s (%s)", own->rule, own->reason, own->locator);
	return err_set(e, ERR_REJECTS, "%s: %s", PQgetvalue(by_sql, 0, 1), PQgetvalue(by_sql, 0, 2));
}

int load_settle_rejects(struct load *l, struct err *e)
{
	PGresult *res;

	if (note_rows(l, e) || read_bad(l, &res, e))
		return -1;
	int rc = load_send_rejects(l, res, e);
	if (!rc && l->rejects && l->run->feed->whole)
		rc = refuse_whole(l, res, e);
	PQclear(res);
	if (!rc && l->rejects > l->run->limits->rejects)
		rc = err_set(e, ERR_LIMIT, "%lld rejected records, more than %lld (limit rejects)", l->rejects, l->run->limits->rejects);
	return rc;
}

bool load_is_bad(const struct load *l, int32_t offset)
{
	size_t low = 0, high = l->n_bad;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->bad[mid] < offset)
			low = mid + 1;
		else
			high = mid;
	}
	return low < l->n_bad && l->bad[low] == offset;
}
