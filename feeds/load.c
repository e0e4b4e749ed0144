/* load: the protocol of a load, step by step as sql/load/ has it. */
#include "load.h"

#include "aimarket/arena.h"
#include "aimarket/copy.h"
#include "aimarket/date.h"
#include "aimarket/log.h"
#include "intern.h"
#include "load_inside.h"

enum { TRIES = 6, BLOCK = 64 * 1024, ROWS_MAX = 64 << 20 };

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
	{ REC_STATEMENT, "COPY pg_temp.staging_statement FROM STDIN" },
	{ REC_QUESTION, "COPY pg_temp.staging_question FROM STDIN" },
};
static const char metrics_copy[] = "COPY pg_temp.staging_metric FROM STDIN";

/* Rows of one document on their way: those of one alone go as they are, of several the offsets become places. */
struct sender {
	struct load *l;
	enum record_kind kind;
	size_t document;
	struct buf rows;
	struct intern seen;
};

/* Hundreds of documents may describe the same concepts: the first one's words count, the others' need not be sent. */
static bool repeats(struct sender *s, const char *fields)
{
	size_t name_and_taxonomy = strcspn(fields, "\t");
	bool added;

	if (s->kind != REC_METRIC)
		return false;
	name_and_taxonomy += 1 + strcspn(fields + name_and_taxonomy + 1, "\t");
	intern_add(&s->seen, fields, name_and_taxonomy, &added);
	return !added;
}

static int send_block(void *arg, const char *data, size_t n, struct err *e)
{
	struct sender *s = arg;
	const char *end = data + n, *rest;

	if (s->l->n == 1)
		return pg_copy_data(s->l->db, data, n, e);
	buf_reset(&s->rows);
	for (const char *line = data; line < end; line = rest) {
		char *after_offset;
		int32_t offset = (int32_t)strtol(line, &after_offset, 10);

		rest = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1;
		if (repeats(s, after_offset + 1))
			continue;
		copy_text_int(&s->rows, load_place(s->document, offset));
		buf_add(&s->rows, after_offset + 1, (size_t)(rest - after_offset) - 1);
	}
	return s->rows.len ? pg_copy_data(s->l->db, s->rows.data, s->rows.len, e) : 0;
}

static int send_rows(struct load *l, enum record_kind kind, struct err *e)
{
	struct sender s = { .l = l, .kind = kind };
	int rc = 0;

	buf_init(&s.rows, ROWS_MAX);
	intern_init(&s.seen);
	for (; !rc && s.document < l->n; s.document++)
		rc = spool_rows(l->documents[s.document].run->sink, kind, send_block, &s, e);
	buf_release(&s.rows);
	intern_release(&s.seen);
	return rc;
}

static bool has_rows(const struct load *l, enum record_kind kind)
{
	for (size_t i = 0; i < l->n; i++)
		if (spool_count(l->documents[i].run->sink, kind))
			return true;
	return false;
}

static int stage_rows(struct load *l, enum record_kind kind, const char *copy, struct err *e)
{
	if (!has_rows(l, kind))
		return 0;
	if (pg_copy_in(l->db, copy, e))
		return -1;
	if (send_rows(l, kind, e)) {
		pg_copy_abort(l->db);
		return -1;
	}
	return pg_copy_end(l->db, NULL, e);
}

/* What is numbered in a document goes with the number it has in the load. */
struct numbered {
	const char *copy;
	size_t (*count)(const struct loaded_document *d);
	void (*write)(struct load *l, const struct loaded_document *d, size_t i, struct buf *row);
};

static int send_numbered(struct load *l, const struct numbered *what, struct buf *row, struct err *e)
{
	for (size_t d = 0; d < l->n; d++) {
		for (size_t i = 0; i < what->count(&l->documents[d]); i++) {
			what->write(l, &l->documents[d], i, row);
			if (row->len < BLOCK)
				continue;
			if (pg_copy_data(l->db, row->data, row->len, e))
				return -1;
			buf_reset(row);
		}
	}
	return row->len ? pg_copy_data(l->db, row->data, row->len, e) : 0;
}

static int stage_numbered(struct load *l, const struct numbered *what, struct err *e)
{
	struct buf row;
	size_t n = 0;

	for (size_t d = 0; d < l->n; d++)
		n += what->count(&l->documents[d]);
	if (!n)
		return 0;
	if (pg_copy_in(l->db, what->copy, e))
		return -1;
	buf_init(&row, ROWS_MAX);
	int rc = send_numbered(l, what, &row, e);
	buf_release(&row);
	if (rc) {
		pg_copy_abort(l->db);
		return -1;
	}
	return pg_copy_end(l->db, NULL, e);
}

static size_t count_itself(const struct loaded_document *d)
{
	return 1;
}

static void write_document(struct load *l, const struct loaded_document *d, size_t i, struct buf *row)
{
	const struct feed *f = d->run->feed;
	const char *texts[] = { f->name, f->title, f->publisher, f->publisher_name, f->tier };
	char day[11];

	copy_text_int(row, (long long)(d - l->documents));
	copy_text_int(row, d->run->run);
	copy_text_int(row, d->run->document);
	for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
		copy_text(row, texts[t]);
	date_iso(f->asserted_on, day);
	copy_text(row, *day ? day : NULL);
	copy_text(row, d->run->fetched);
	copy_text(row, f->complete ? "t" : "f");
	copy_text_end(row);
}

static size_t count_sources(const struct loaded_document *d)
{
	return d->n_sources;
}

static void write_source(struct load *l, const struct loaded_document *d, size_t i, struct buf *row)
{
	copy_text_int(row, (long long)(d->sources + i));
	copy_text_int(row, (long long)(d - l->documents));
	copy_text(row, d->refs[i]);
	copy_text_end(row);
}

static size_t count_notes(const struct loaded_document *d)
{
	return d->n_notes;
}

static void write_note(struct load *l, const struct loaded_document *d, size_t i, struct buf *row)
{
	copy_text_int(row, (long long)(d->notes + i));
	copy_text(row, d->texts[i]);
	copy_text_end(row);
}

static const struct numbered documents_stage = {
	"COPY pg_temp.staging_document (n, run, document, feed, title, publisher, publisher_name, tier, asserted, fetched, complete) FROM STDIN",
	count_itself, write_document
};
static const struct numbered sources_stage = { "COPY pg_temp.staging_cite (n, document, ref) FROM STDIN", count_sources, write_source };
static const struct numbered notes_stage = { "COPY pg_temp.staging_note (n, text) FROM STDIN", count_notes, write_note };

/* What concepts are named in. */
static int stage_concepts(struct load *l, struct err *e)
{
	return stage_rows(l, REC_METRIC, metrics_copy, e) || load_stage_measures(l, e) ? -1 : 0;
}

static int stage_rest(struct load *l, struct err *e)
{
	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
		if (stage_rows(l, stages[i].kind, stages[i].copy, e))
			return -1;
	return load_stage_subjects(l, e) || stage_numbered(l, &documents_stage, e) || stage_numbered(l, &sources_stage, e) ||
			       stage_numbered(l, &notes_stage, e)
		       ? -1
		       : 0;
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
	const char *params[] = { number(l, l->batch), l->defined ? "t" : "f" };
	PGresult *res;

	if (pg_exec(l->db, "SELECT load.resolve($1, $2)", 2, params, &res, e))
		return -1;
	*added = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
	PQclear(res);
	return load_series(l, added, e) || read_sources(l, e) || read_notes(l, e) ? -1 : 0;
}

/* ---------------------------------------------------------------- one transaction */

/* What the ledger's transaction says of itself. */
static const char *tool_of(const struct load *l)
{
	const struct load_run *first = l->documents[0].run;

	for (size_t i = 1; i < l->n; i++)
		if (strcmp(l->documents[i].run->tool, first->tool) != 0)
			return "aimarket " AIMARKET_VERSION;
	return first->tool;
}

static const char *why_of(struct load *l)
{
	const char *first = l->documents[0].run->why;

	return l->n == 1 ? first : arena_printf(l->mem, "%zu documents, the first: %s", l->n, first);
}

static int open_batch(struct load *l, struct err *e)
{
	PGresult *res;

	if (pg_exec(l->db, "SELECT load.stage(), load.open_batch()", 0, NULL, &res, e))
		return -1;
	l->batch = int_of(res, 0, 1);
	PQclear(res);
	return 0;
}

/* Concepts that nobody has defined are defined in a transaction of their own, where the load has one, unless a feed takes all or nothing. */
static int define_ahead(struct load *l, bool *defined, bool *refused, struct err *e)
{
	const char *params[] = { number(l, l->batch), tool_of(l), why_of(l) };
	PGresult *res;

	*defined = *refused = false;
	if (!l->alone)
		return 0;
	for (size_t i = 0; i < l->n; i++)
		if (l->documents[i].run->feed->whole)
			return 0;
	if (pg_exec(l->db, "SELECT defined, refused FROM load.define_ahead($1, $2, $3)", 3, params, &res, e))
		return -1;
	*defined = flag_of(res, 0, 0);
	*refused = flag_of(res, 0, 1);
	PQclear(res);
	return 0;
}

static int stage(struct load *l, struct err *e)
{
	bool defined, refused;

	if (load_note_series(l, e) || open_batch(l, e) || stage_concepts(l, e) || define_ahead(l, &defined, &refused, e))
		return -1;
	l->defined = defined && !refused;
	if (defined && (pg_commit(l->db, e) || pg_begin(l->db, e) || open_batch(l, e) ||
			       (l->defined ? load_stage_measures(l, e) : stage_concepts(l, e))))
		return -1;
	return stage_rest(l, e);
}

static const char *counts_of(struct load *l, long long (*count)(const struct loaded_document *d))
{
	const char *list = "{";

	for (size_t i = 0; i < l->n; i++)
		list = arena_printf(l->mem, "%s%s%lld", list, i ? "," : "", count(&l->documents[i]));
	return arena_printf(l->mem, "%s}", list);
}

static long long count_records(const struct loaded_document *d)
{
	struct sink_counts counts;

	sink_counts(d->run->sink, &counts);
	return counts.records;
}

static long long count_added(const struct loaded_document *d)
{
	return d->added;
}

static long long count_known(const struct loaded_document *d)
{
	return d->known;
}

static long long count_rejects(const struct loaded_document *d)
{
	return d->rejects;
}

/* Questions are no claims: they go where `aimarket predict import` puts them. */
static int take_questions(struct load *l, struct err *e)
{
	const char *params[] = { number(l, l->batch) };
	PGresult *res;

	if (!has_rows(l, REC_QUESTION))
		return 0;
	if (pg_exec(l->db, "SELECT n, added, known FROM load.take_questions($1)", 1, params, &res, e))
		return -1;
	for (int i = 0; i < PQntuples(res); i++) {
		struct loaded_document *d = &l->documents[int_of(res, i, 0)];

		d->added += int_of(res, i, 1);
		d->known += int_of(res, i, 2);
	}
	PQclear(res);
	return 0;
}

static int finish(struct load *l, long long others, struct load_result *out, struct err *e)
{
	const char *params[] = { number(l, l->batch), tool_of(l), why_of(l), number(l, l->added), number(l, others),
		counts_of(l, count_records), counts_of(l, count_added), counts_of(l, count_known), counts_of(l, count_rejects) };
	PGresult *res;

	if (pg_exec(l->db, "SELECT tx, added, known FROM load.finish($1, $2, $3, $4, $5, $6, $7, $8, $9)", 9, params, &res, e))
		return -1;
	for (int i = 0; i < PQntuples(res); i++) {
		out[i].tx = strtoll(PQgetvalue(res, i, 0), NULL, 10);
		out[i].added = strtoll(PQgetvalue(res, i, 1), NULL, 10);
		out[i].known = strtoll(PQgetvalue(res, i, 2), NULL, 10);
		out[i].rejects = l->documents[i].rejects;
	}
	PQclear(res);
	return 0;
}

static int load_in_transaction(struct load *l, struct load_result *out, struct err *e)
{
	long long others;

	if (stage(l, e) || resolve(l, &others, e) || take_questions(l, e) || load_settle_rejects(l, e) || load_observations(l, e))
		return -1;
	return finish(l, others, out, e);
}

static void document_init(struct load *l, struct loaded_document *d, const struct load_run *run)
{
	*d = (struct loaded_document){ .run = run, .series = l->n_series, .sources = l->n_sources, .notes = l->n_notes };
	d->n_series = spool_series(run->sink, &d->local_series);
	d->n_sources = spool_sources(run->sink, &d->refs);
	d->n_notes = spool_notes(run->sink, &d->texts);
	l->n_series += d->n_series;
	l->n_sources += d->n_sources;
	l->n_notes += d->n_notes;
}

static void load_init(struct load *l, struct pg *db, const struct load_run *runs, size_t n)
{
	*l = (struct load){ .db = db, .mem = arena_new(), .n = n };
	l->documents = arena_zalloc(l->mem, n * sizeof *l->documents);
	for (size_t i = 0; i < n; i++)
		document_init(l, &l->documents[i], &runs[i]);
	l->series = xzalloc((l->n_series + 1) * sizeof *l->series);
	intern_init(&l->subject_refs);
	intern_init(&l->measure_words);
	l->sources = xzalloc((l->n_sources + 1) * sizeof *l->sources);
	l->notes = xzalloc((l->n_notes + 1) * sizeof *l->notes);
}

static void load_release(struct load *l)
{
	arena_free(l->mem);
	intern_release(&l->subject_refs);
	intern_release(&l->measure_words);
	free(l->series);
	free(l->sources);
	free(l->notes);
	free(l->bad);
}

void load_warm_up(struct pg *db)
{
	if (!pg_in_transaction(db))
		pg_send(db, "SELECT load.warm_up()");
}

static int load_once(struct pg *db, const struct load_run *runs, size_t n, struct load_result *out, struct err *e)
{
	struct load l;
	int rc;

	load_init(&l, db, runs, n);
	l.alone = !pg_in_transaction(db);
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

int load_documents(struct pg *db, const struct load_run *runs, size_t n, struct load_result *out, struct err *e)
{
	for (int try = 1;; try++) {
		struct err once = { 0 };

		if (!load_once(db, runs, n, out, &once))
			return 0;
		if (try == TRIES || !worth_retry(&once)) {
			*e = once;
			return -1;
		}
		log_at(LOG_LEVEL_INFO, NULL, "feed %s: load tried again: %s", runs->feed->name, once.text);
	}
}

int load_rejects(struct pg *db, const struct load_run *run, struct err *e)
{
	struct load l;

	load_init(&l, db, run, 1);
	int rc = load_send_rejects(&l, NULL, e);
	load_release(&l);
	return rc;
}
