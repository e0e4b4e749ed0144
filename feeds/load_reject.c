/* What a document said that is not taken: noted with its place, its words and the reason. */
#include "aimarket/copy.h"
#include "aimarket/text.h"
#include "load_inside.h"

enum { ROW_MAX = 1 << 20, STEP = 1 << 20 };

/* ---------------------------------------------------------------- observations of rejected series */

struct rejected_rows {
	struct load *l;
	size_t document;
	struct buf row;
	int32_t last; /* offset of the group noted last: one note a group is enough */
	long long n;
};

static int note_row(void *arg, const struct packed *p, struct err *e)
{
	struct rejected_rows *r = arg;
	const struct loaded_document *d = &r->l->documents[r->document];
	const struct loaded_series *s = &r->l->series[d->series + p->series];
	bool unknown_source = !r->l->sources[d->sources + p->source].id;

	if ((s->id && !unknown_source) || (r->n && p->offset == r->last))
		return 0;
	r->last = p->offset;
	if (++r->n > d->run->limits->rejects)
		return err_set(e, ERR_LIMIT, "more than %lld rejected records (limit rejects)", d->run->limits->rejects);
	buf_reset(&r->row);
	copy_text_int(&r->row, load_place(r->document, p->offset));
	copy_text(&r->row, s->id ? "source" : s->rule);
	copy_text(&r->row, s->id ? "no source has its reference" : s->reason);
	copy_text_end(&r->row);
	return pg_copy_data(r->l->db, r->row.data, r->row.len, e);
}

static int note_rows_of(struct load *l, size_t document, struct err *e)
{
	struct rejected_rows r = { .l = l, .document = document };

	buf_init(&r.row, ROW_MAX);
	int rc = spool_each(l->documents[document].run->sink, note_row, &r, e);
	buf_release(&r.row);
	return rc;
}

static int note_rows(struct load *l, struct err *e)
{
	int rc = 0;

	if (!l->something_rejected)
		return 0;
	if (pg_copy_in(l->db, "COPY pg_temp.staging_reject FROM STDIN", e))
		return -1;
	for (size_t i = 0; !rc && i < l->n; i++)
		rc = note_rows_of(l, i, e);
	if (rc) {
		pg_copy_abort(l->db);
		return -1;
	}
	return pg_copy_end(l->db, NULL, e);
}

/* ---------------------------------------------------------------- places and words */

/* Counts the lines of a document up to ever later places; at is how far it looked. */
struct place {
	const struct loaded_document *document;
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
static void write_raw(struct buf *row, const struct body *body, size_t offset, size_t most)
{
	size_t n = body->len - offset < most ? body->len - offset : most;
	const char *end = memchr(body->data + offset, '\n', n);

	n = end ? (size_t)(end - (body->data + offset)) : n;
	copy_text_n(row, body->data + offset, text_utf8_check(body->data + offset, n));
}

static void go_to(struct place *place, struct loaded_document *d)
{
	if (place->document != d)
		*place = (struct place){ .document = d, .body = d->run->body, .line = 1 };
}

static int send_sql_reject(struct load *l, struct place *place, const PGresult *res, int i, struct buf *row, struct err *e)
{
	struct loaded_document *d = &l->documents[load_document_of(l->bad[i])];

	go_to(place, d);
	d->rejects++;
	size_t offset = load_offset_of(l->bad[i]) < place->body->len ? load_offset_of(l->bad[i]) : place->body->len;
	buf_reset(row);
	copy_text_int(row, d->run->run);
	buf_printf(row, "line %lld (byte %zu)\t", line_of(place, offset), offset);
	copy_text(row, PQgetvalue(res, i, 1));
	copy_text(row, PQgetvalue(res, i, 2));
	write_raw(row, place->body, offset, (size_t)d->run->limits->reject_text);
	copy_text_end(row);
	return pg_copy_data(l->db, row->data, row->len, e);
}

static int send_sink_reject(struct load *l, const struct load_run *run, const struct spool_reject *r, struct buf *row, struct err *e)
{
	buf_reset(row);
	copy_text_int(row, run->run);
	copy_text(row, r->locator);
	copy_text(row, r->rule);
	copy_text(row, r->reason);
	copy_text(row, r->raw);
	copy_text_end(row);
	return pg_copy_data(l->db, row->data, row->len, e);
}

/* ---------------------------------------------------------------- all of them */

static size_t own_rejects(const struct load *l)
{
	const struct spool_reject *own;
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += spool_rejects(l->documents[i].run->sink, &own);
	return n;
}

static int send_sink_rejects(struct load *l, struct loaded_document *d, struct buf *row, struct err *e)
{
	const struct spool_reject *own;
	size_t n = spool_rejects(d->run->sink, &own);

	d->rejects = (long long)n;
	for (size_t i = 0; i < n; i++)
		if (send_sink_reject(l, d->run, &own[i], row, e))
			return -1;
	return 0;
}

int load_send_rejects(struct load *l, const PGresult *by_sql, struct err *e)
{
	struct place place = { 0 };
	struct buf row;
	int rc = 0;

	if (own_rejects(l) + l->n_bad == 0)
		return 0;
	if (pg_copy_in(l->db, "COPY store.reject (run, locator, rule, reason, raw) FROM STDIN", e))
		return -1;
	buf_init(&row, ROW_MAX);
	for (size_t i = 0; !rc && i < l->n; i++)
		rc = send_sink_rejects(l, &l->documents[i], &row, e);
	for (size_t i = 0; !rc && i < l->n_bad; i++)
		rc = send_sql_reject(l, &place, by_sql, (int)i, &row, e);
	buf_release(&row);
	if (rc) {
		pg_copy_abort(l->db);
		return -1;
	}
	return pg_copy_end(l->db, NULL, e);
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
		l->bad[i] = strtoll(PQgetvalue(*res, (int)i, 0), NULL, 10);
	return 0;
}

/* The first reason, for a feed that takes all of a document or nothing. */
static int refuse_whole(const struct load *l, size_t document, const PGresult *by_sql, struct err *e)
{
	const struct spool_reject *own;
	size_t i = 0;

	if (spool_rejects(l->documents[document].run->sink, &own))
		return err_set(e, ERR_REJECTS, "%s: %s (%s)", own->rule, own->reason, own->locator);
	while (load_document_of(l->bad[i]) != document)
		i++;
	return err_set(e, ERR_REJECTS, "%s: %s", PQgetvalue(by_sql, (int)i, 1), PQgetvalue(by_sql, (int)i, 2));
}

static int judge_rejects(const struct load *l, size_t document, const PGresult *by_sql, struct err *e)
{
	const struct loaded_document *d = &l->documents[document];

	if (d->rejects && d->run->feed->whole)
		return refuse_whole(l, document, by_sql, e);
	if (d->rejects > d->run->limits->rejects)
		return err_set(e, ERR_LIMIT, "%lld rejected records, more than %lld (limit rejects)", d->rejects, d->run->limits->rejects);
	return 0;
}

int load_settle_rejects(struct load *l, struct err *e)
{
	PGresult *res;

	if (note_rows(l, e) || read_bad(l, &res, e))
		return -1;
	int rc = load_send_rejects(l, res, e);
	for (size_t i = 0; !rc && i < l->n; i++)
		rc = judge_rejects(l, i, res, e);
	PQclear(res);
	return rc;
}

bool load_is_bad(const struct load *l, int64_t place)
{
	size_t low = 0, high = l->n_bad;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->bad[mid] < place)
			low = mid + 1;
		else
			high = mid;
	}
	return low < l->n_bad && l->bad[low] == place;
}
