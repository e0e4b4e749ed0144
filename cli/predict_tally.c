/*
 * aimarket predict score: the whole forecast log into scores. The log is read once, ordered by question and forecaster;
 * a question is scored when its last forecast has been read, and the scores go back in one COPY.
 */
#include "predict.h"

#include <math.h>

#include "aimarket/copy.h"
#include "aimarket/pg.h"
#include "aimarket/score.h"
#include "aimarket/store.h"
#include "change.h"

enum { SCORES_MAX = 1 << 30, MICRO = 1000000 };

/* What is kept of a forecaster on a question, and what each rule measures against. The last four come from the log over time, in this order. */
enum kept { KEPT_BRIER_BINARY, KEPT_LOG_LOSS, KEPT_BRIER_VS_CROWD, KEPT_BRIER_MULTI, KEPT_LOG_LOSS_MULTI, KEPT_RPS, KEPT_CRPS_CDF_LINEAR, KEPT_BRIER_TIME_AVERAGED, KEPT_METACULUS_BASELINE, KEPT_METACULUS_PEER, KEPT_METACULUS_SPOT_BASELINE, KEPT_METACULUS_SPOT_PEER, KEPT_RULES };
static const struct { const char *rule, *baseline; } kept[KEPT_RULES] = {
	[KEPT_BRIER_BINARY] = { "brier_binary", "0 is certain and right, 0.25 always-0.5" },
	[KEPT_LOG_LOSS] = { "log_loss", "0 is certain and right, 0.693 always-0.5" },
	[KEPT_BRIER_VS_CROWD] = { "brier_vs_crowd", "mean of all that stood at the close" },
	[KEPT_BRIER_MULTI] = { "brier_multi", "0 is certain and right, 2 the worst" },
	[KEPT_LOG_LOSS_MULTI] = { "log_loss_multi", "0 is certain and right" },
	[KEPT_RPS] = { "rps", "0 is certain and right; options in their order" },
	[KEPT_CRPS_CDF_LINEAR] = { "crps_cdf_linear", "0 is certain and right; in widths of the range" },
	[KEPT_BRIER_TIME_AVERAGED] = { "brier_time_averaged", "0 is certain and right, 0.25 always-0.5" },
	[KEPT_METACULUS_BASELINE] = { "metaculus_baseline", "every outcome alike" },
	[KEPT_METACULUS_PEER] = { "metaculus_peer", "the others" },
	[KEPT_METACULUS_SPOT_BASELINE] = { "metaculus_spot_baseline", "every outcome alike" },
	[KEPT_METACULUS_SPOT_PEER] = { "metaculus_spot_peer", "the others" },
};

struct asked {		/* a question that came out and has no scores under its resolution yet */
	int prediction;
	long long resolution;
	char kind;	/* b c n d */
	struct score_question q;	/* times in seconds; close is where scoring ends */
	double share;	/* of yes: 1, 0, or between for partial; only binary */
	double place;	/* of the value in the range, 0..1; only numeric and date */
};

struct segment { int forecaster; double start, end; size_t pmf; int n; bool said; };	/* pmf: offset into the masses */

struct tally {
	struct asked *asked;
	int n_asked, at;
	struct segment *segments;
	int n, room;
	double *masses;
	size_t n_masses, room_masses;
	struct score_forecast *log;	/* the segments that say something, for the rules */
	struct score_point *points[4];
	int room_log;
	struct buf rows;
	long long n_forecasts, n_scores;
	int batch;
	int rules[KEPT_RULES];	/* their numbers in the store */
	bool backfilled;
};

/* ---- one question */

struct tale { const struct asked *a; int first, last; double covered; int n; int standing; };	/* one forecaster's part of the log; standing: index at the close, -1 none */

static void put(struct tally *t, const struct tale *w, int forecaster, int rule, double value, double coverage)
{
	if (isnan(value))
		return;
	copy_text_int(&t->rows, w->a->resolution);
	copy_text_int(&t->rows, w->a->prediction);
	copy_text_int(&t->rows, forecaster);
	copy_text_int(&t->rows, t->rules[rule]);
	copy_text(&t->rows, t->backfilled ? "t" : "f");
	if (isinf(value))
		copy_text(&t->rows, value < 0 ? "-Infinity" : "Infinity");
	else
		buf_printf(&t->rows, "%.15g\t", value);
	buf_printf(&t->rows, "%.6g\t", coverage);
	copy_text_int(&t->rows, w->n);
	copy_text_int(&t->rows, t->batch);
	copy_text_end(&t->rows);
	t->n_scores++;
}

/* Against yes and against no, weighted by the share that came true. */
static double brier(const struct asked *a, const double *pmf)
{
	return a->share * score_brier_binary(pmf[1], 1) + (1 - a->share) * score_brier_binary(pmf[1], 0);
}

static double surprise(const struct asked *a, const double *pmf)
{
	return (a->share > 0 ? a->share * score_log(pmf[1]) : 0) + (a->share < 1 ? (1 - a->share) * score_log(pmf[0]) : 0);
}

static double crps(const struct asked *a, const double *pmf, int n)
{
	double x[256], cdf[256], sum = 0;
	int knots = n - 1;

	if (knots > 256)
		return NAN;
	for (int i = 0; i < knots; i++) {
		sum += pmf[i];
		x[i] = (double)i / (knots - 1);
		cdf[i] = fmin(sum, 1);
	}
	return score_crps_cdf(x, cdf, knots, fmin(fmax(a->place, 0), 1));
}

/* Rules of what stood at the close. */
static void score_standing(struct tally *t, const struct tale *w, const double *crowd)
{
	const struct segment *s = &t->segments[w->standing];
	const double *pmf = t->masses + s->pmf;

	if (w->a->kind == 'b') {
		put(t, w, s->forecaster, KEPT_BRIER_BINARY, brier(w->a, pmf), 1);
		put(t, w, s->forecaster, KEPT_LOG_LOSS, surprise(w->a, pmf), 1);
		put(t, w, s->forecaster, KEPT_BRIER_VS_CROWD, brier(w->a, pmf) - brier(w->a, crowd), 1);
	} else if (w->a->kind == 'c') {
		put(t, w, s->forecaster, KEPT_BRIER_MULTI, score_brier_multi(pmf, s->n, w->a->q.bucket), 1);
		put(t, w, s->forecaster, KEPT_LOG_LOSS_MULTI, score_log(pmf[w->a->q.bucket]), 1);
		put(t, w, s->forecaster, KEPT_RPS, score_rps(pmf, s->n, w->a->q.bucket), 1);
	} else {
		put(t, w, s->forecaster, KEPT_CRPS_CDF_LINEAR, crps(w->a, pmf, s->n), 1);
	}
}

static double averaged_brier(const struct tally *t, const struct tale *w)
{
	double sum = 0;

	for (int i = w->first; i < w->last; i++)
		if (t->segments[i].said)
			sum += (t->segments[i].end - t->segments[i].start) * brier(w->a, t->masses + t->segments[i].pmf);
	return w->covered > 0 ? sum / w->covered : NAN;
}

/* Metaculus' scores of the log, for the outcome in q: totals of one forecaster over his segments, which begin at from. */
static double total_of(const struct score_point *p, int from, int n)
{
	double sum = 0;

	for (int i = from; i < from + n; i++)
		sum += p[i].score;
	return sum;
}

static void run_log_rules(struct tally *t, const struct score_question *q, int n)
{
	score_metaculus_baseline(q, t->log, n, t->points[0]);
	score_metaculus_peer(q, t->log, n, t->points[1]);
	score_metaculus_spot(q, q->close, false, t->log, n, t->points[2]);
	score_metaculus_spot(q, q->close, true, t->log, n, t->points[3]);
}

/* The segments that say something, as the rules take them: what stands at the close stands for ever. Returns how many. */
static int make_log(struct tally *t, const struct asked *a)
{
	int n = 0;

	if (t->n > t->room_log) {
		t->room_log = t->n * 2;
		t->log = xrealloc(t->log, sizeof *t->log * (size_t)t->room_log);
		for (int r = 0; r < 4; r++)
			t->points[r] = xrealloc(t->points[r], sizeof *t->points[r] * (size_t)t->room_log);
	}
	for (int i = 0; i < t->n; i++) {
		struct segment *s = &t->segments[i];

		if (s->said)
			t->log[n++] = (struct score_forecast){ t->masses + s->pmf, s->n, s->start, s->end >= a->q.close ? INFINITY : s->end };
	}
	return n;
}

static void mean_standing(struct tally *t, const struct asked *a, double crowd[2])
{
	double sum = 0;
	int n = 0;

	for (int i = 0; i < t->n && a->kind == 'b'; i++)
		if (t->segments[i].said && t->segments[i].end >= a->q.close) {
			sum += t->masses[t->segments[i].pmf + 1];
			n++;
		}
	crowd[1] = n ? sum / n : 0.5;
	crowd[0] = 1 - crowd[1];
}

static struct tale tale_at(struct tally *t, const struct asked *a, int first)
{
	struct tale w = { .a = a, .first = first, .last = first, .standing = -1 };

	for (; w.last < t->n && t->segments[w.last].forecaster == t->segments[first].forecaster; w.last++) {
		const struct segment *s = &t->segments[w.last];

		if (!s->said)
			continue;
		w.n++;
		w.covered += s->end - s->start;
		if (s->end >= a->q.close)
			w.standing = w.last;
	}
	return w;
}

static void score_log_rules(struct tally *t, const struct asked *a, const double *weights, const struct score_question *outcomes, int n_outcomes, int n_log)
{
	double *sums = xmalloc(((size_t)t->n * 4 + 1) * sizeof *sums);

	memset(sums, 0, ((size_t)t->n * 4 + 1) * sizeof *sums);
	for (int o = 0; o < n_outcomes; o++) {
		int from = 0, k = 0;

		run_log_rules(t, &outcomes[o], n_log);
		for (int first = 0; first < t->n; k++) {
			struct tale w = tale_at(t, a, first);

			for (int r = 0; r < 4; r++)
				sums[k * 4 + r] += weights[o] * total_of(t->points[r], from, w.n);
			from += w.n;
			first = w.last;
		}
	}
	for (int first = 0, k = 0; first < t->n; k++) {
		struct tale w = tale_at(t, a, first);
		double coverage = w.covered / (a->q.close - a->q.open);

		for (int r = 0; r < 4 && w.n; r++)
			if (r < 2 || w.standing >= 0)
				put(t, &w, t->segments[first].forecaster, KEPT_METACULUS_BASELINE + r, sums[k * 4 + r], r < 2 ? coverage : 1);
		first = w.last;
	}
	free(sums);
}

static void score_question(struct tally *t, const struct asked *a)
{
	struct score_question outcomes[2] = { a->q, a->q };
	double weights[2] = { 1, 0 }, crowd[2];
	int n_log = make_log(t, a), n_outcomes = 1;

	if (a->kind == 'b') {
		outcomes[0].bucket = 1;
		outcomes[1].bucket = 0;
		weights[0] = a->share;
		weights[1] = 1 - a->share;
		n_outcomes = 2;
	}
	for (int o = 0; o < n_outcomes; o++)	/* an outcome that did not come at all is not scored: 0 times infinity */
		if (weights[o] <= 0) {
			outcomes[o] = outcomes[n_outcomes - 1];
			weights[o] = weights[n_outcomes - 1];
			n_outcomes--;
			o--;
		}
	mean_standing(t, a, crowd);
	for (int first = 0; first < t->n;) {
		struct tale w = tale_at(t, a, first);

		if (w.standing >= 0)
			score_standing(t, &w, crowd);
		if (a->kind == 'b' && w.n)
			put(t, &w, t->segments[first].forecaster, KEPT_BRIER_TIME_AVERAGED, averaged_brier(t, &w), w.covered / (a->q.close - a->q.open));
		first = w.last;
	}
	score_log_rules(t, a, weights, outcomes, n_outcomes, n_log);
	t->n = 0;
	t->n_masses = 0;
}

/* ---- reading: binary COPY, fields prediction, forecaster, start, expiry (microseconds), pmf */

struct field { const unsigned char *at; int n; };	/* n -1: NULL */

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t be64(const unsigned char *p)
{
	return (uint64_t)be32(p) << 32 | be32(p + 4);
}

static double be_double(const unsigned char *p)
{
	uint64_t bits = be64(p);
	double v;

	memcpy(&v, &bits, sizeof v);
	return v;
}

static double seconds(const struct field *f)
{
	return (double)(int64_t)be64(f->at) / MICRO;
}

static void add_masses(struct tally *t, const struct field *f, struct segment *s)
{
	int n = f->n >= 20 ? (int)be32(f->at + 12) : 0;	/* one dimension: 20 bytes of head, then length and 8 bytes each */

	if (t->n_masses + (size_t)n > t->room_masses) {
		t->room_masses = (t->n_masses + (size_t)n) * 2;
		t->masses = xrealloc(t->masses, sizeof *t->masses * t->room_masses);
	}
	s->pmf = t->n_masses;
	s->n = n;
	s->said = n > 0;
	for (int i = 0; i < n; i++)
		t->masses[t->n_masses++] = be_double(f->at + 20 + 12 * i + 4);
}

/* The one before stands until this one, at most. */
static void add_segment(struct tally *t, const struct asked *a, const struct field *f)
{
	struct segment s = { .forecaster = (int)be32(f[1].at), .start = fmax(seconds(&f[2]), a->q.open), .end = a->q.close };
	struct segment *before = t->n ? &t->segments[t->n - 1] : NULL;

	if (f[3].n > 0)
		s.end = fmin(s.end, seconds(&f[3]));
	if (before && before->forecaster == s.forecaster)
		before->end = fmax(before->start, fmin(before->end, s.start));
	if (t->n == t->room) {
		t->room = t->room ? t->room * 2 : 1024;
		t->segments = xrealloc(t->segments, sizeof *t->segments * (size_t)t->room);
	}
	add_masses(t, &f[4], &s);
	t->segments[t->n++] = s;
	t->n_forecasts++;
}

static int on_row(void *arg, const char *data, size_t n, struct err *e)
{
	struct tally *t = arg;
	const unsigned char *p = (const unsigned char *)data, *end = p + n;
	struct field f[5];

	if (n >= 19 && memcmp(data, "PGCOPY\n", 7) == 0)
		p += 19;
	if (end - p < 2 || (p[0] == 0xff && p[1] == 0xff))
		return 0;
	p += 2;
	for (int i = 0; i < 5; i++) {
		f[i] = (struct field){ p + 4, (int)be32(p) };
		p += 4 + (f[i].n > 0 ? f[i].n : 0);
	}
	while (t->at < t->n_asked && t->asked[t->at].prediction != (int)be32(f[0].at)) {
		if (t->n)
			score_question(t, &t->asked[t->at]);
		t->at++;
	}
	if (t->at == t->n_asked)
		return err_set(e, ERR_FAIL, "the forecast log is out of order");
	add_segment(t, &t->asked[t->at], f);
	return 0;
}

static long long number_at(const PGresult *res, int row, int column)
{
	return strtoll(PQgetvalue(res, row, column), NULL, 10);
}

static int read_asked(struct tally *t, struct pg *db, struct arena *mem, struct err *e)
{
	PGresult *res;

	if (pg_exec(db, "SELECT * FROM pg_temp.staging_score ORDER BY prediction", 0, NULL, &res, e))
		return -1;
	t->n_asked = PQntuples(res);
	t->asked = arena_zalloc(mem, sizeof *t->asked * (size_t)t->n_asked + 1);
	for (int i = 0; i < t->n_asked; i++) {
		struct asked *a = &t->asked[i];

		a->prediction = (int)number_at(res, i, 0);
		a->resolution = number_at(res, i, 1);
		a->kind = *PQgetvalue(res, i, 2);
		a->q = (struct score_question){ .continuous = a->kind == 'n' || a->kind == 'd', .open = (double)number_at(res, i, 3) / MICRO, .close = (double)number_at(res, i, 4) / MICRO,
			.scheduled_close = (double)number_at(res, i, 5) / MICRO, .bucket = (int)number_at(res, i, 6), .open_bounds = (int)number_at(res, i, 7) };
		a->share = (double)number_at(res, i, 8) / MICRO;
		a->place = (double)number_at(res, i, 9) / MICRO;
	}
	PQclear(res);
	return 0;
}

static int write_scores(struct tally *t, struct pg *db, struct err *e)
{
	if (t->rows.overflow)
		return err_set(e, ERR_LIMIT, "more than %d bytes of scores at once", SCORES_MAX);
	if (pg_copy_in(db, "COPY store.score (resolution, prediction, forecaster, rule, backfilled, value, coverage, n, batch) FROM STDIN", e))
		return -1;
	if (pg_copy_data(db, buf_str(&t->rows), t->rows.len, e)) {
		pg_copy_abort(db);
		return -1;
	}
	return pg_copy_end(db, NULL, e);
}

static int number_rules(struct tally *t, struct pg *db, struct err *e)
{
	for (int i = 0; i < KEPT_RULES; i++) {
		const struct score_rule *known = score_find(kept[i].rule);
		char version[12];
		const char *params[] = { kept[i].rule, version, kept[i].baseline };
		PGresult *res;

		snprintf(version, sizeof version, "%d", known ? known->version : 1);
		if (pg_exec(db, "SELECT load.score_rule($1, $2::int, $3)", 3, params, &res, e))
			return -1;
		t->rules[i] = (int)number_at(res, 0, 0);
		PQclear(res);
	}
	return 0;
}

static int tally_all(struct cmd *c, struct tally *t, struct pg *db, struct err *e)
{
	const char *backfilled[] = { t->backfilled ? "t" : "f" };
	const char *params[] = { NULL, CHANGE_TOOL, change_author(c) };
	PGresult *res;

	if (pg_exec(db, "SELECT load.stage_scores($1)", 1, backfilled, &res, e))
		return -1;
	t->batch = (int)number_at(res, 0, 0);
	params[0] = arena_strdup(cmd_mem(c), PQgetvalue(res, 0, 0));
	PQclear(res);
	if (read_asked(t, db, cmd_mem(c), e) || number_rules(t, db, e) || pg_copy_out(db, sql_query("predict_log"), on_row, t, e))
		return -1;
	if (t->n)
		score_question(t, &t->asked[t->at]);
	if (!t->n_scores)
		return 0;
	return write_scores(t, db, e) || pg_exec(db, "SELECT load.close_batch($1, $2, 'scored what came out', $3)", 3, params, NULL, e) ? -1 : 0;
}

static void tally_release(struct tally *t)
{
	free(t->segments);
	free(t->masses);
	free(t->log);
	for (int r = 0; r < 4; r++)
		free(t->points[r]);
	buf_release(&t->rows);
}

int predict_tally(struct cmd *c, bool backfilled, long long *forecasts, long long *scores, struct err *e)
{
	struct tally t = { .backfilled = backfilled };
	struct pg *db;
	int rc;

	if (cmd_store(c, &db, e))
		return -1;
	buf_init(&t.rows, SCORES_MAX);
	rc = pg_begin(db, e);
	if (!rc) {
		rc = tally_all(c, &t, db, e) || pg_commit(db, e) ? -1 : 0;
		if (rc)
			pg_rollback(db);
	}
	*forecasts = t.n_forecasts;
	*scores = t.n_scores;
	tally_release(&t);
	return rc;
}
