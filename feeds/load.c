/* load: the protocol of one document, step by step as sql/load/ has it. */
#include "load.h"

#include "aimarket/arena.h"
#include "aimarket/copy.h"
#include "aimarket/date.h"
#include "aimarket/log.h"
#include "load_inside.h"

enum { TRIES = 6, ROW_MAX = 64 << 20 };

static const char *number(struct load *l, long long n)
{
	return arena_printf(l->mem, "%lld", n);
}

/* ---------------------------------------------------------------- into staging */

static const struct {
	enum record_kind kind;
	const char *copy;
} stages[] = {
	{ REC_ENTITY, "COPY pg_temp.staging_entity FROM STDIN" },
	{ REC_KEY, "COPY pg_temp.staging_key FROM STDIN" },
	{ REC_SOURCE,
		"COPY pg_temp.staging_source (at, ref, publisher, publisher_name, tier, kind, title, address, locator, date, entity, origin,"
		" lang, quote) FROM STDIN" },
	{ REC_METRIC, "COPY pg_temp.staging_metric FROM STDIN" },
	{ REC_STATEMENT, "COPY pg_temp.staging_statement FROM STDIN" },
};

static int send_block(void *arg, const char *data, size_t n, struct err *e)
{
	return pg_copy_data(arg, data, n, e);
}

static int stage_rows(struct load *l, size_t stage, struct err *e)
{
	if (!spool_count(l->run->sink, stages[stage].kind))
		return 0;
	if (pg_copy_in(l->db, stages[stage].copy, e))
		return -1;
	if (spool_rows(l->run->sink, stages[stage].kind, send_block, l->db, e)) {
		pg_copy_abort(l->db);
		return -1;
	}
	return pg_copy_end(l->db, NULL, e);
}

/* Copies rows 0 to n that write appends to a buf. */
static int stage_numbered(struct load *l, const char *copy, size_t n, void (*write)(struct load *l, size_t i, struct buf *row),
	struct err *e)
{
	struct buf row;
	int rc = 0;

	if (!n)
		return 0;
	if (pg_copy_in(l->db, copy, e))
		return -1;
	buf_init(&row, ROW_MAX);
	for (size_t i = 0; !rc && i < n; i++) {
		write(l, i, &row);
		if (row.len > 64 * 1024 || i == n - 1) {
			rc = pg_copy_data(l->db, row.data, row.len, e);
			buf_reset(&row);
		}
	}
	buf_release(&row);
	if (rc) {
		pg_copy_abort(l->db);
		return -1;
	}
	return pg_copy_end(l->db, NULL, e);
}

static void write_day(struct buf *row, int32_t day)
{
	char iso[11];

	date_iso(day, iso);
	copy_text(row, day == DATE_NONE ? "-infinity" : iso);
}

static void write_series(struct load *l, size_t i, struct buf *row)
{
	const struct local_series *s = &l->local_series[i];

	copy_text_int(row, (long long)i);
	copy_text(row, s->entity_ref);
	copy_text(row, s->metric);
	copy_text(row, s->dims);
	copy_text(row, s->unit);
	copy_text_n(row, &s->period_kind, 1);
	write_day(row, l->series[i].first_end);
	write_day(row, l->series[i].last_end);
	copy_text_end(row);
}

static void write_source(struct load *l, size_t i, struct buf *row)
{
	copy_text_int(row, (long long)i);
	copy_text(row, l->refs[i]);
	copy_text_end(row);
}

static void write_note(struct load *l, size_t i, struct buf *row)
{
	copy_text_int(row, (long long)i);
	copy_text(row, l->texts[i]);
	copy_text_end(row);
}

static int note_period(void *arg, const struct packed *row, struct err *e)
{
	struct loaded_series *s = &((struct load *)arg)->series[row->series];

	if (row->end < s->first_end)
		s->first_end = row->end;
	if (row->end > s->last_end)
		s->last_end = row->end;
	return 0;
}

static int stage(struct load *l, struct err *e)
{
	for (size_t i = 0; i < l->n_series; i++)
		l->series[i] = (struct loaded_series){ .first_end = INT32_MAX, .last_end = INT32_MIN };
	if (spool_each(l->run->sink, note_period, l, e))
		return -1;
	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
		if (stage_rows(l, i, e))
			return -1;
	if (stage_numbered(l, "COPY pg_temp.staging_series (n, entity, metric, dims, unit, period_kind, first_end, last_end) FROM STDIN",
		    l->n_series, write_series, e))
		return -1;
	if (stage_numbered(l, "COPY pg_temp.staging_cite (n, ref) FROM STDIN", l->n_sources, write_source, e))
		return -1;
	return stage_numbered(l, "COPY pg_temp.staging_note (n, text) FROM STDIN", l->n_notes, write_note, e);
}

/* ---------------------------------------------------------------- what the words come to */

static int32_t int_of(const PGresult *res, int row, int column)
{
	return (int32_t)strtol(PQgetvalue(res, row, column), NULL, 10);
}

static bool flag_of(const PGresult *res, int row, int column)
{
	return *PQgetvalue(res, row, column) == 't';
}

static int read_series(struct load *l, struct err *e)
{
	PGresult *res;

	if (!l->n_series)
		return 0;
	if (pg_exec(l->db, "SELECT n, coalesce(id, 0), subject, fresh, rule, reason FROM pg_temp.staging_series", 0, NULL, &res, e))
		return -1;
	for (int i = 0; i < PQntuples(res); i++) {
		struct loaded_series *s = &l->series[int_of(res, i, 0)];

		s->id = int_of(res, i, 1);
		s->subject = int_of(res, i, 2);
		s->fresh = flag_of(res, i, 3);
		if (!s->id) {
			s->rule = arena_strdup(l->mem, PQgetvalue(res, i, 4));
			s->reason = arena_strdup(l->mem, PQgetvalue(res, i, 5));
		}
		l->older_series |= s->id && !s->fresh;
		l->something_rejected |= !s->id;
	}
	PQclear(res);
	return 0;
}

static int read_sources(struct load *l, struct err *e)
{
	PGresult *res;

	if (!l->n_sources)
		return 0;
	if (pg_exec(l->db, "SELECT n, coalesce(id, 0), tier, fresh FROM pg_temp.staging_cite WHERE n IS NOT NULL", 0, NULL, &res, e))
		return -1;
	for (int i = 0; i < PQntuples(res); i++) {
		struct loaded_source *s = &l->sources[int_of(res, i, 0)];

		*s = (struct loaded_source){ int_of(res, i, 1), (int16_t)int_of(res, i, 2), flag_of(res, i, 3) };
		l->older_sources |= s->id && !s->fresh;
		l->something_rejected |= !s->id;
	}
	PQclear(res);
	return 0;
}

static int read_notes(struct load *l, struct err *e)
{
	PGresult *res;

	if (!l->n_notes)
		return 0;
	if (pg_exec(l->db, "SELECT n, id FROM pg_temp.staging_note WHERE n IS NOT NULL", 0, NULL, &res, e))
		return -1;
	for (int i = 0; i < PQntuples(res); i++)
		l->notes[int_of(res, i, 0)] = int_of(res, i, 1);
	PQclear(res);
	return 0;
}

static int resolve(struct load *l, long long *added, struct err *e)
{
	const struct feed *f = l->run->feed;
	char day[11];
	PGresult *res;

	date_iso(f->asserted_on, day);
	const char *params[] = { number(l, l->batch), f->name, f->title, f->publisher, f->publisher_name, f->tier, *day ? day : NULL };
	if (pg_exec(l->db, "SELECT load.resolve($1, $2, $3, $4, $5, $6, $7)", 7, params, &res, e))
		return -1;
	*added = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
	PQclear(res);
	return read_series(l, e) || read_sources(l, e) || read_notes(l, e) ? -1 : 0;
}

/* ---------------------------------------------------------------- one transaction */

static int open_batch(struct load *l, struct err *e)
{
	PGresult *res;

	if (pg_exec(l->db, "SELECT load.stage(), load.open_batch()", 0, NULL, &res, e))
		return -1;
	l->batch = int_of(res, 0, 1);
	PQclear(res);
	return 0;
}

static int finish(struct load *l, long long others, struct load_result *out, struct err *e)
{
	const struct load_run *run = l->run;
	struct sink_counts counts;
	PGresult *res;

	sink_counts(run->sink, &counts);
	const char *params[] = { number(l, l->batch), number(l, run->run), run->tool, run->why, number(l, l->added),
		number(l, counts.records), number(l, l->added), number(l, l->known), number(l, others), number(l, l->rejects) };
	if (pg_exec(l->db, "SELECT tx, added, known FROM load.finish($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", 10, params, &res, e))
		return -1;
	out->tx = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
	out->added = strtoll(PQgetvalue(res, 0, 1), NULL, 10);
	out->known = strtoll(PQgetvalue(res, 0, 2), NULL, 10);
	out->rejects = l->rejects;
	PQclear(res);
	return 0;
}

static int load_in_transaction(struct load *l, struct load_result *out, struct err *e)
{
	long long others;

	if (open_batch(l, e) || stage(l, e) || resolve(l, &others, e) || load_settle_rejects(l, e))
		return -1;
	if (pg_script(l->db, "SELECT load.lock_subjects()", e) || load_observations(l, e))
		return -1;
	return finish(l, others, out, e);
}

static void load_init(struct load *l, struct pg *db, const struct load_run *run)
{
	*l = (struct load){ .db = db, .run = run, .mem = arena_new() };
	l->n_series = spool_series(run->sink, &l->local_series);
	l->n_sources = spool_sources(run->sink, &l->refs);
	l->n_notes = spool_notes(run->sink, &l->texts);
	l->series = xzalloc((l->n_series + 1) * sizeof *l->series);
	l->sources = xzalloc((l->n_sources + 1) * sizeof *l->sources);
	l->notes = xzalloc((l->n_notes + 1) * sizeof *l->notes);
}

static void load_release(struct load *l)
{
	arena_free(l->mem);
	free(l->series);
	free(l->sources);
	free(l->notes);
	free(l->bad);
}

static int load_once(struct pg *db, const struct load_run *run, struct load_result *out, struct err *e)
{
	struct load l;
	int rc;

	load_init(&l, db, run);
	rc = pg_begin(db, e) || load_in_transaction(&l, out, e) || pg_commit(db, e) ? -1 : 0;
	if (rc)
		pg_rollback(db);
	load_release(&l);
	return rc;
}

/* Deadlock, serialisation, and a name that another load took between our look and our insert. */
static bool worth_retry(const struct err *e)
{
	static const char *const states[] = { "40001", "40P01", "23505" };

	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (e->kind == ERR_DB && !strcmp(e->sqlstate, states[i]))
			return true;
	return false;
}

int load_document(struct pg *db, const struct load_run *run, struct load_result *out, struct err *e)
{
	for (int try = 1;; try++) {
		struct err once = { 0 };

		if (!load_once(db, run, out, &once))
			return 0;
		if (try == TRIES || !worth_retry(&once)) {
			*e = once;
			return -1;
		}
		log_at(LOG_LEVEL_INFO, NULL, "feed %s: load tried again: %s", run->feed->name, once.text);
	}
}

int load_rejects(struct pg *db, const struct load_run *run, struct err *e)
{
	struct load l = { .db = db, .run = run };

	return load_send_rejects(&l, NULL, e);
}
