/*
 * What observations share. A series is a subject and a measure: metric, dimensions, unit and kind of period. SQL says what the words
 * of both come to and whether they may be taken (load.resolve), each once in the load, be it of a hundred documents. What is left for
 * each series is to look it up or to give it a number, and of a new filer all are new: that is done here, for one COPY of them costs
 * a third of staging, joining and reading back as many rows.
 *
 * New series are numbered in the order in which the documents name them: claims are numbered by it, and a rebuild comes to the same
 * (sql/load/95_rebuild.sql). Nobody else makes one of these subjects meanwhile (load.lock_subjects).
 */
#include "aimarket/copy.h"
#include "aimarket/store.h"
#include "load_inside.h"

enum { BLOCK = 64 * 1024, ROWS_MAX = 64 << 20 };

/* Subject and meaning of a measure: what makes two series one. */
struct series_key {
	int32_t subject;
	uint32_t meaning;
};

/* The series of the load, each once. */
struct distinct {
	struct load *l;
	struct intern keys;
	struct series_of_key {
		uint32_t who, what;
		int32_t id;
		bool fresh;
	} * series;
};

/* ---------------------------------------------------------------- words into staging */

static int note_period(void *arg, const struct packed *row, struct err *e)
{
	struct loaded_series *s = (struct loaded_series *)arg + row->series;

	if (row->end < s->first_end)
		s->first_end = row->end;
	if (row->end > s->last_end)
		s->last_end = row->end;
	return 0;
}

static int note_series_of(struct load *l, const struct loaded_document *d, struct err *e)
{
	struct loaded_series *own = &l->series[d->series];

	for (size_t i = 0; i < d->n_series; i++) {
		const struct local_series *s = &d->local_series[i];

		own[i] = (struct loaded_series){
			.who = intern_add(&l->subject_refs, s->entity_ref, strlen(s->entity_ref), NULL),
			.what = intern_add(&l->measure_words, s->metric, s->measure_len, NULL),
			.first_end = INT32_MAX,
			.last_end = INT32_MIN,
		};
	}
	return spool_each(d->run->sink, note_period, own, e);
}

int load_note_series(struct load *l, struct err *e)
{
	for (size_t i = 0; i < l->n; i++)
		if (note_series_of(l, &l->documents[i], e))
			return -1;
	return 0;
}

/* Appends row i of n, or nothing. */
typedef void write_row(void *arg, size_t i, struct buf *rows);

static int send_rows(struct pg *db, size_t n, write_row *write, void *arg, struct buf *rows, struct err *e)
{
	if (copy_binary_begin(db, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		write(arg, i, rows);
		if (rows->len < BLOCK)
			continue;
		if (pg_copy_data(db, rows->data, rows->len, e))
			return -1;
		buf_reset(rows);
	}
	return (rows->len && pg_copy_data(db, rows->data, rows->len, e)) || copy_binary_end(db, e) ? -1 : 0;
}

static int copy_rows(struct pg *db, const char *sql, size_t n, write_row *write, void *arg, struct err *e)
{
	struct buf rows;

	if (!n)
		return 0;
	if (pg_copy_in(db, sql, e))
		return -1;
	buf_init(&rows, ROWS_MAX);
	int rc = send_rows(db, n, write, arg, &rows, e);
	buf_release(&rows);
	if (rc) {
		pg_copy_abort(db);
		return -1;
	}
	return pg_copy_end(db, NULL, e);
}

static void write_subject(void *arg, size_t i, struct buf *rows)
{
	const struct intern_item *ref = &((struct load *)arg)->subject_refs.items[i];

	copy_binary_row(rows, 2);
	copy_binary_int4(rows, (int32_t)i);
	copy_binary_text(rows, ref->text, ref->len);
}

static void write_measure(void *arg, size_t i, struct buf *rows)
{
	const char *word = ((struct load *)arg)->measure_words.items[i].text;
	enum { TEXTS = 3 /* metric, dimensions, unit; the kind of period is a letter behind them */ };

	copy_binary_row(rows, 2 + TEXTS);
	copy_binary_int4(rows, (int32_t)i);
	for (int t = 0; t < TEXTS; t++) {
		size_t n = strlen(word);

		copy_binary_text(rows, word, n);
		word += n + 1;
	}
	copy_binary_text(rows, word, 1);
}

int load_stage_subjects(struct load *l, struct err *e)
{
	static const char sql[] = "COPY pg_temp.staging_subject (n, ref) FROM STDIN (FORMAT binary)";

	return copy_rows(l->db, sql, l->subject_refs.n, write_subject, l, e);
}

int load_stage_measures(struct load *l, struct err *e)
{
	static const char sql[] = "COPY pg_temp.staging_measure (n, metric, dims, unit, period_kind) FROM STDIN (FORMAT binary)";

	return copy_rows(l->db, sql, l->measure_words.n, write_measure, l, e);
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

/* NULL when it is NULL. */
static const char *text_of(struct load *l, const PGresult *res, int row, int column)
{
	return PQgetisnull(res, row, column) ? NULL : arena_strdup(l->mem, PQgetvalue(res, row, column));
}

static int read_subjects(struct load *l, struct err *e)
{
	PGresult *res;

	if (pg_exec(l->db, "SELECT n, coalesce(id, 0), fresh, canon IS NOT NULL, rule, reason FROM pg_temp.staging_subject", 0, NULL, &res,
		    e))
		return -1;
	l->subjects = arena_zalloc(l->mem, l->subject_refs.n * sizeof *l->subjects);
	for (int i = 0; i < PQntuples(res); i++)
		l->subjects[int_of(res, i, 0)] = (struct loaded_subject){
			.id = int_of(res, i, 1),
			.fresh = flag_of(res, i, 2),
			.merged = flag_of(res, i, 3),
			.rule = text_of(l, res, i, 4),
			.reason = text_of(l, res, i, 5),
		};
	PQclear(res);
	return 0;
}

/* Words for the same metric, unit, kind of period and dimensions mean the same, however they are spelt. */
static uint32_t meaning_of(struct intern *meanings, const struct loaded_measure *m, struct buf *key)
{
	buf_reset(key);
	buf_add(key, &m->metric, sizeof m->metric);
	buf_add(key, &m->unit, sizeof m->unit);
	buf_addc(key, m->period_kind);
	buf_adds(key, m->dims);
	return intern_add(meanings, key->data, key->len, NULL);
}

static void take_measures(struct load *l, const PGresult *res)
{
	struct intern meanings;
	struct buf key;

	intern_init(&meanings);
	buf_init(&key, ROWS_MAX);
	for (int i = 0; i < PQntuples(res); i++) {
		struct loaded_measure *m = &l->measures[int_of(res, i, 0)];

		*m = (struct loaded_measure){
			.metric = int_of(res, i, 1),
			.unit = int_of(res, i, 2),
			.period_kind = *PQgetvalue(res, i, 3),
			.dims = text_of(l, res, i, 4),
			.watched = flag_of(res, i, 5),
			.rule = text_of(l, res, i, 6),
			.reason = text_of(l, res, i, 7),
			.by_day = flag_of(res, i, 8),
		};
		m->meaning = meaning_of(&meanings, m, &key);
	}
	buf_release(&key);
	intern_release(&meanings);
}

static int read_measures(struct load *l, struct err *e)
{
	static const char sql[] =
		"SELECT n, metric, unit, period_kind, dims, watched, rule, reason, "
		"coalesce(api.told_by_day(dims), false) FROM pg_temp.staging_measured";
	PGresult *res;

	if (pg_exec(l->db, sql, 0, NULL, &res, e))
		return -1;
	l->measures = arena_zalloc(l->mem, l->measure_words.n * sizeof *l->measures);
	take_measures(l, res);
	PQclear(res);
	return 0;
}

/* ---------------------------------------------------------------- series */

static void add_key(struct distinct *d, struct loaded_series *s)
{
	const struct load *l = d->l;
	const struct series_key key = { l->subjects[s->who].id, l->measures[s->what].meaning };
	bool added;

	s->place = intern_add(&d->keys, &key, sizeof key, &added);
	if (added)
		d->series[s->place] = (struct series_of_key){ .who = s->who, .what = s->what };
}

static void collect(struct distinct *d)
{
	struct load *l = d->l;

	for (size_t i = 0; i < l->n_series; i++) {
		struct loaded_series *s = &l->series[i];
		const struct loaded_subject *who = &l->subjects[s->who];
		const struct loaded_measure *what = &l->measures[s->what];

		s->subject = who->id;
		s->rule = who->id ? what->rule : who->rule;
		s->reason = who->id ? what->reason : who->reason;
		if (s->rule)
			l->something_rejected = true;
		else
			add_key(d, s);
	}
}

static void write_asked(void *arg, size_t i, struct buf *rows)
{
	const struct distinct *d = arg;
	const struct series_of_key *s = &d->series[i];
	const struct loaded_subject *who = &d->l->subjects[s->who];

	if (who->fresh)
		return;
	copy_binary_row(rows, 3);
	copy_binary_int4(rows, (int32_t)i);
	copy_binary_int4(rows, who->id);
	copy_binary_int4(rows, (int32_t)s->what);
}

static bool any_known_subject(const struct load *l)
{
	for (uint32_t i = 0; i < l->subject_refs.n; i++)
		if (l->subjects[i].id && !l->subjects[i].fresh)
			return true;
	return false;
}

static int find_known(struct distinct *d, struct err *e)
{
	static const char sql[] = "COPY pg_temp.staging_asked (n, subject, measure) FROM STDIN (FORMAT binary)";
	struct load *l = d->l;
	PGresult *res;

	if (!any_known_subject(l))
		return 0;
	if (copy_rows(l->db, sql, d->keys.n, write_asked, d, e) || pg_exec(l->db, sql_query("load_known_series"), 0, NULL, &res, e))
		return -1;
	for (int i = 0; i < PQntuples(res); i++)
		d->series[int_of(res, i, 0)].id = int_of(res, i, 1);
	PQclear(res);
	return 0;
}

/* Numbers for those that are new, in their order. */
static int number_new(struct distinct *d, long long *n, struct err *e)
{
	struct load *l = d->l;
	PGresult *res;

	*n = 0;
	for (uint32_t i = 0; i < d->keys.n; i++)
		*n += !d->series[i].id;
	if (!*n)
		return 0;
	const char *params[] = { arena_printf(l->mem, "%lld", *n) };
	if (pg_exec(l->db, "SELECT load.draw_series($1)", 1, params, &res, e))
		return -1;
	int32_t next = int_of(res, 0, 0);
	PQclear(res);
	for (uint32_t i = 0; i < d->keys.n; i++) {
		struct series_of_key *s = &d->series[i];

		s->fresh = !s->id;
		s->id = s->fresh ? next++ : s->id;
	}
	return 0;
}

static void write_series(void *arg, size_t i, struct buf *rows)
{
	const struct distinct *d = arg;
	const struct series_of_key *s = &d->series[i];
	const struct loaded_measure *what = &d->l->measures[s->what];

	if (!s->fresh)
		return;
	copy_binary_row(rows, 7);
	copy_binary_int4(rows, s->id);
	copy_binary_int4(rows, d->l->subjects[s->who].id);
	copy_binary_int4(rows, what->metric);
	copy_binary_int4(rows, what->unit);
	copy_binary_text(rows, &what->period_kind, 1);
	copy_binary_jsonb(rows, what->dims, strlen(what->dims));
	copy_binary_int4(rows, d->l->batch);
}

/* Claims of what was merged count for the entity it reads as: none of its facts is new for certain. */
static int map_merged(struct distinct *d, struct err *e)
{
	const char *batch = arena_printf(d->l->mem, "%d", d->l->batch);
	bool any = false;

	for (uint32_t i = 0; i < d->keys.n; i++) {
		struct series_of_key *s = &d->series[i];

		any |= s->fresh && d->l->subjects[s->who].merged;
		s->fresh &= !d->l->subjects[s->who].merged;
	}
	return any ? pg_exec(d->l->db, "SELECT load.map_series($1)", 1, &batch, NULL, e) : 0;
}

static void settle(struct distinct *d)
{
	struct load *l = d->l;

	for (size_t i = 0; i < l->n_series; i++) {
		struct loaded_series *s = &l->series[i];

		if (s->rule)
			continue;
		s->id = d->series[s->place].id;
		s->fresh = d->series[s->place].fresh;
		l->older_series |= !s->fresh;
	}
}

/* What the end of the load looks at. */
static void write_noted(void *arg, size_t i, struct buf *rows)
{
	const struct load *l = arg;
	const struct loaded_series *s = &l->series[i];
	const struct loaded_measure *what = &l->measures[s->what];

	if (!s->id || (s->fresh && !what->watched))
		return;
	copy_binary_row(rows, 6);
	copy_binary_int4(rows, s->id);
	copy_binary_int4(rows, s->subject);
	copy_binary_int4(rows, what->metric);
	copy_binary_int4(rows, s->first_end);
	copy_binary_int4(rows, s->last_end);
	copy_binary_bool(rows, s->fresh);
}

static int make_series(struct distinct *d, long long *added, struct err *e)
{
	static const char new_sql[] = "COPY store.series (id, subject, metric, unit, period_kind, dims, batch) FROM STDIN (FORMAT binary)";
	static const char noted_sql[] =
		"COPY pg_temp.staging_series (id, subject, metric, first_end, last_end, fresh) FROM STDIN (FORMAT binary)";
	struct load *l = d->l;
	long long n;

	collect(d);
	if (find_known(d, e) || number_new(d, &n, e) || (n && copy_rows(l->db, new_sql, d->keys.n, write_series, d, e)) || map_merged(d, e))
		return -1;
	settle(d);
	*added += n;
	return copy_rows(l->db, noted_sql, l->n_series, write_noted, l, e);
}

int load_series(struct load *l, long long *added, struct err *e)
{
	struct distinct d = { .l = l };

	if (!l->n_series)
		return 0;
	if (read_subjects(l, e) || read_measures(l, e))
		return -1;
	intern_init(&d.keys);
	d.series = xzalloc(l->n_series * sizeof *d.series);
	int rc = make_series(&d, added, e);
	intern_release(&d.keys);
	free(d.series);
	return rc;
}
