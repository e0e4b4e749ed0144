/*
 * aimarket predict score: the whole forecast log into scores. The log is read once, ordered by question and forecaster;
 * a question is scored when its last forecast has been read, and the scores go back in one COPY, a row a forecaster.
 */
#include "predict.h"

#include <math.h>

#include "aimarket/copy.h"
#include "aimarket/pg.h"
#include "aimarket/score.h"
#include "aimarket/store.h"
#include "change.h"

enum {
	SCORES_MAX = 1 << 30,
	MICRO = 1000000,
	EPOCH = 946684800, /* PostgreSQL counts from 2000 */
	DAY = 86400,
	TURN = 5000, /* questions scored in one transaction: what is in memory at once stays small */
	LOG_RULES = 4,
};

/* What is kept of a forecaster on a question, and what each rule measures against. Those of Metaculus come from the log over time, in this order. */
enum kept {
	KEPT_BRIER_BINARY,
	KEPT_LOG_LOSS,
	KEPT_BRIER_VS_CROWD,
	KEPT_BRIER_MULTI,
	KEPT_LOG_LOSS_MULTI,
	KEPT_SPHERICAL,
	KEPT_RPS,
	KEPT_CRPS_CDF_LINEAR,
	KEPT_WIS,
	KEPT_BRIER_TIME_AVERAGED,
	KEPT_GJP_DAY_AVERAGED,
	KEPT_GJP_RELATIVE,
	KEPT_METACULUS_BASELINE,
	KEPT_METACULUS_PEER,
	KEPT_METACULUS_SPOT_BASELINE,
	KEPT_METACULUS_SPOT_PEER,
	KEPT_RULES
};
static const struct {
	const char *rule, *baseline;
} kept[KEPT_RULES] = {
	[KEPT_BRIER_BINARY] = { "brier_binary", "0 is certain and right, 0.25 always-0.5" },
	[KEPT_LOG_LOSS] = { "log_loss", "0 is certain and right, 0.693 always-0.5" },
	[KEPT_BRIER_VS_CROWD] = { "brier_vs_crowd", "mean of all that stood at the close" },
	[KEPT_BRIER_MULTI] = { "brier_multi", "0 is certain and right, 2 the worst" },
	[KEPT_LOG_LOSS_MULTI] = { "log_loss_multi", "0 is certain and right" },
	[KEPT_SPHERICAL] = { "spherical", "1 is certain and right" },
	[KEPT_RPS] = { "rps", "0 is certain and right; options in their order" },
	[KEPT_CRPS_CDF_LINEAR] = { "crps_cdf_linear", "0 is certain and right; in widths of the range" },
	[KEPT_WIS] = { "wis", "0 is certain and right; 23 quantiles, in widths of the range" },
	[KEPT_BRIER_TIME_AVERAGED] = { "brier_time_averaged", "0 is certain and right, 0.25 always-0.5" },
	[KEPT_GJP_DAY_AVERAGED] = { "gjp_day_averaged",
		"0 is certain and right, 0.5 always-0.5; over the days of the question, days without a word add 0" },
	[KEPT_GJP_RELATIVE] = { "gjp_relative", "median of each day" },
	[KEPT_METACULUS_BASELINE] = { "metaculus_baseline", "every outcome alike" },
	[KEPT_METACULUS_PEER] = { "metaculus_peer", "the others" },
	[KEPT_METACULUS_SPOT_BASELINE] = { "metaculus_spot_baseline", "every outcome alike" },
	[KEPT_METACULUS_SPOT_PEER] = { "metaculus_spot_peer", "the others" },
};

struct asked { /* a question that came out and has no scores under its resolution yet */
	int prediction;
	long long resolution;
	char kind; /* b c n d */
	struct score_question q; /* times in seconds; close is where scoring ends */
	double spot; /* when spot scores look; at the close when not before */
	double share; /* of yes: 1, 0, or between for partial; only binary */
	double place; /* of the value in the range, 0..1; only numeric and date */
};

struct segment {
	int forecaster;
	double start, end;
	size_t pmf;
	int n;
	bool said;
}; /* pmf: offset into the masses */

struct tale { /* one forecaster's part of the log */
	int first, last; /* segments */
	int n; /* that say something */
	int standing; /* what stood at the close; -1 nothing */
	double covered; /* seconds */
	double values[KEPT_RULES];
};

struct tally {
	struct asked *asked;
	int n_asked, at;
	struct segment *segments;
	int n, room;
	struct tale *tales;
	int n_tales, room_tales;
	double *masses;
	size_t n_masses, room_masses;
	struct score_forecast *log; /* the segments that say something, for the rules */
	struct score_point *points[LOG_RULES];
	struct score_said *said;
	struct score_speaker *speakers;
	int room_log;
	struct buf rows;
	long long n_forecasts, n_scores;
	int batch, set; /* the number of kept in the store */
	bool backfilled;
};

/* ---- rules of what stood at the close */

/* Against yes and against no, weighted by the share that came true. */
static double brier(const struct asked *a, const double *pmf)
{
	return a->share * score_brier_binary(pmf[1], 1) + (1 - a->share) * score_brier_binary(pmf[1], 0);
}

static double surprise(const struct asked *a, const double *pmf)
{
	return (a->share > 0 ? a->share * score_log(pmf[1]) : 0) + (a->share < 1 ? (1 - a->share) * score_log(pmf[0]) : 0);
}

static double spherical(const struct asked *a, const double *pmf)
{
	return a->share * score_spherical(pmf, 2, 1) + (1 - a->share) * score_spherical(pmf, 2, 0);
}

enum { KNOTS_MAX = 256 };

/* The distribution function at the edges of the buckets inside the range; returns how many. */
static int knots_of(const double *pmf, int n, double *x, double *cdf)
{
	double sum = 0;
	int knots = n - 1;

	if (knots > KNOTS_MAX)
		return 0;
	for (int i = 0; i < knots; i++) {
		sum += pmf[i];
		x[i] = (double)i / (knots - 1);
		cdf[i] = fmin(sum, 1);
	}
	return knots;
}

/* Quantiles at rising levels; those beyond the range are its ends. */
static void quantiles_of(const double *x, const double *cdf, int knots, const double *levels, int n, double *q)
{
	int k = 0;

	for (int i = 0; i < n; i++) {
		while (k < knots && cdf[k] < levels[i])
			k++;
		if (k == 0 || k == knots)
			q[i] = k ? 1 : 0;
		else
			q[i] = x[k - 1] + (x[k] - x[k - 1]) * (levels[i] - cdf[k - 1]) / (cdf[k] - cdf[k - 1]);
	}
}

/* The levels of the COVID-19 Forecast Hub, whose score WIS is. */
static const double wis_levels[] = { 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8,
	0.85, 0.9, 0.95, 0.975, 0.99 };
enum { WIS_LEVELS = sizeof wis_levels / sizeof *wis_levels };

static void score_figure(const struct asked *a, const double *pmf, int n, double *values)
{
	double x[KNOTS_MAX], cdf[KNOTS_MAX], q[WIS_LEVELS], place = fmin(fmax(a->place, 0), 1);
	int knots = knots_of(pmf, n, x, cdf);

	if (!knots)
		return;
	values[KEPT_CRPS_CDF_LINEAR] = score_crps_cdf(x, cdf, knots, place);
	quantiles_of(x, cdf, knots, wis_levels, WIS_LEVELS, q);
	values[KEPT_WIS] = score_wis(place, wis_levels, q, WIS_LEVELS, false);
}

static void score_standing(const struct tally *t, const struct asked *a, struct tale *w, const double *crowd)
{
	const struct segment *s = &t->segments[w->standing];
	const double *pmf = t->masses + s->pmf;

	if (a->kind == 'b') {
		w->values[KEPT_BRIER_BINARY] = brier(a, pmf);
		w->values[KEPT_LOG_LOSS] = surprise(a, pmf);
		w->values[KEPT_BRIER_VS_CROWD] = brier(a, pmf) - brier(a, crowd);
		w->values[KEPT_SPHERICAL] = spherical(a, pmf);
	} else if (a->kind == 'c') {
		w->values[KEPT_BRIER_MULTI] = score_brier_multi(pmf, s->n, a->q.bucket);
		w->values[KEPT_LOG_LOSS_MULTI] = score_log(pmf[a->q.bucket]);
		w->values[KEPT_SPHERICAL] = score_spherical(pmf, s->n, a->q.bucket);
		w->values[KEPT_RPS] = score_rps(pmf, s->n, a->q.bucket);
	} else {
		score_figure(a, pmf, s->n, w->values);
	}
}

/* ---- rules of the log over time */

static double averaged_brier(const struct tally *t, const struct asked *a, const struct tale *w)
{
	double sum = 0;

	for (int i = w->first; i < w->last; i++)
		if (t->segments[i].said)
			sum += (t->segments[i].end - t->segments[i].start) * brier(a, t->masses + t->segments[i].pmf);
	return w->covered > 0 ? sum / w->covered : NAN;
}

/* Words and their ends: what expires is taken back then. */
static int words_of(const struct tally *t, const struct asked *a, const struct tale *w, struct score_said *said)
{
	int n = 0;

	for (int i = w->first; i < w->last; i++) {
		const struct segment *s = &t->segments[i];
		bool ends = s->said && (i + 1 < w->last ? t->segments[i + 1].start > s->end : s->end < a->q.close);

		said[n++] = (struct score_said){ (s->start - a->q.open) / DAY, s->said ? t->masses[s->pmf + 1] : NAN };
		if (ends)
			said[n++] = (struct score_said){ (s->end - a->q.open) / DAY, NAN };
	}
	return n;
}

static void score_days(struct tally *t, const struct asked *a)
{
	int n = 0, words = 0;

	for (int i = 0; i < t->n_tales; i++) {
		struct tale *w = &t->tales[i];

		w->values[KEPT_BRIER_TIME_AVERAGED] = averaged_brier(t, a, w);
		t->speakers[n] = (struct score_speaker){ .said = t->said + words, .n = words_of(t, a, w, t->said + words) };
		words += t->speakers[n++].n;
	}
	score_gjp_day_averaged((a->q.close - a->q.open) / DAY, a->share, t->speakers, n);
	for (int i = 0; i < n; i++) {
		t->tales[i].values[KEPT_GJP_DAY_AVERAGED] = t->speakers[i].absolute;
		t->tales[i].values[KEPT_GJP_RELATIVE] = t->speakers[i].relative;
	}
}

static void run_log_rules(struct tally *t, const struct score_question *q, double spot, int n)
{
	score_metaculus_baseline(q, t->log, n, t->points[0]);
	score_metaculus_peer(q, t->log, n, t->points[1]);
	score_metaculus_spot(q, spot, false, t->log, n, t->points[2]);
	score_metaculus_spot(q, spot, true, t->log, n, t->points[3]);
}

/* The segments that say something, as the rules take them: what stands at the close stands for ever. Returns how many. */
static int make_log(struct tally *t, const struct asked *a)
{
	int n = 0;

	for (int i = 0; i < t->n; i++) {
		struct segment *s = &t->segments[i];

		if (s->said)
			t->log[n++] =
				(struct score_forecast){ t->masses + s->pmf, s->n, s->start, s->end >= a->q.close ? INFINITY : s->end };
	}
	return n;
}

/* Adds what each forecaster earns for one outcome, by the weight with which it came true. Who does not stand at the spot has no spot score. */
static void add_points(struct tally *t, double weight)
{
	int from = 0;

	for (int i = 0; i < t->n_tales; i++) {
		struct tale *w = &t->tales[i];

		for (int r = 0; r < LOG_RULES; r++) {
			double sum = 0, covered = 0;

			for (int k = from; k < from + w->n; k++) {
				sum += t->points[r][k].score;
				covered += t->points[r][k].coverage;
			}
			if (r < 2 || covered > 0)
				w->values[KEPT_METACULUS_BASELINE + r] =
					(isnan(w->values[KEPT_METACULUS_BASELINE + r]) ? 0 : w->values[KEPT_METACULUS_BASELINE + r]) +
					weight * sum;
		}
		from += w->n;
	}
}

static void score_over_time(struct tally *t, const struct asked *a)
{
	struct score_question q = a->q;
	int n = make_log(t, a);

	for (int yes = 1; yes >= 0; yes--) {
		double weight = a->kind != 'b' ? yes : yes ? a->share : 1 - a->share;

		if (a->kind == 'b')
			q.bucket = yes;
		if (weight <= 0) /* an outcome that did not come at all is not scored: 0 times infinity */
			continue;
		run_log_rules(t, &q, a->spot, n);
		add_points(t, weight);
	}
}

/* ---- one question */

static void mean_standing(const struct tally *t, const struct asked *a, double crowd[2])
{
	double sum = 0;
	int n = 0;

	for (int i = 0; i < t->n_tales && a->kind == 'b'; i++)
		if (t->tales[i].standing >= 0) {
			sum += t->masses[t->segments[t->tales[i].standing].pmf + 1];
			n++;
		}
	crowd[1] = n ? sum / n : 0.5;
	crowd[0] = 1 - crowd[1];
}

static struct tale tale_at(const struct tally *t, const struct asked *a, int first)
{
	struct tale w = { .first = first, .last = first, .standing = -1 };

	for (int r = 0; r < KEPT_RULES; r++)
		w.values[r] = NAN;
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

static void make_tales(struct tally *t, const struct asked *a)
{
	t->n_tales = 0;
	for (int first = 0; first < t->n;) {
		struct tale w = tale_at(t, a, first);

		if (t->n_tales == t->room_tales) {
			t->room_tales = t->room_tales ? t->room_tales * 2 : 256;
			t->tales = xrealloc(t->tales, sizeof *t->tales * (size_t)t->room_tales);
			t->speakers = xrealloc(t->speakers, sizeof *t->speakers * (size_t)t->room_tales);
		}
		if (w.n)
			t->tales[t->n_tales++] = w;
		first = w.last;
	}
}

static void make_room(struct tally *t)
{
	if (t->n <= t->room_log)
		return;
	t->room_log = t->n * 2;
	t->log = xrealloc(t->log, sizeof *t->log * (size_t)t->room_log);
	t->said = xrealloc(t->said, 2 * sizeof *t->said * (size_t)t->room_log);
	for (int r = 0; r < LOG_RULES; r++)
		t->points[r] = xrealloc(t->points[r], sizeof *t->points[r] * (size_t)t->room_log);
}

static void put_double(struct buf *row, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	buf_add_be32(row, 8);
	buf_add_be64(row, bits);
}

/* An array of float8: dimensions, has it NULLs, type, length, first index, values. */
static void put_values(struct tally *t, const double *values)
{
	enum { HEAD = 20, FLOAT8 = 701 };
	int nulls = 0;

	for (int r = 0; r < KEPT_RULES; r++)
		nulls += isnan(values[r]);
	buf_add_be32(&t->rows, HEAD + 4 * KEPT_RULES + 8 * (KEPT_RULES - (uint32_t)nulls));
	buf_add_be32(&t->rows, 1);
	buf_add_be32(&t->rows, nulls > 0);
	buf_add_be32(&t->rows, FLOAT8);
	buf_add_be32(&t->rows, KEPT_RULES);
	buf_add_be32(&t->rows, 1);
	for (int r = 0; r < KEPT_RULES; r++)
		if (isnan(values[r]))
			buf_add_be32(&t->rows, UINT32_MAX);
		else
			put_double(&t->rows, values[r]);
	t->n_scores += KEPT_RULES - nulls;
}

/* Columns as write_scores names them. */
static void put_row(struct tally *t, const struct asked *a, const struct tale *w)
{
	enum { FIELDS = 9 };

	copy_binary_row(&t->rows, FIELDS);
	buf_add_be32(&t->rows, 8);
	buf_add_be64(&t->rows, (uint64_t)a->resolution);
	copy_binary_int4(&t->rows, a->prediction);
	copy_binary_int4(&t->rows, t->segments[w->first].forecaster);
	buf_add_be32(&t->rows, 1);
	buf_addc(&t->rows, t->backfilled);
	buf_add_be32(&t->rows, 2);
	buf_add_be16(&t->rows, (uint16_t)t->set);
	put_double(&t->rows, w->covered / (a->q.close - a->q.open));
	copy_binary_int4(&t->rows, w->n);
	put_values(t, w->values);
	copy_binary_int4(&t->rows, t->batch);
}

static void score_question(struct tally *t, const struct asked *a)
{
	double crowd[2];

	make_room(t);
	make_tales(t, a);
	mean_standing(t, a, crowd);
	for (int i = 0; i < t->n_tales; i++)
		if (t->tales[i].standing >= 0)
			score_standing(t, a, &t->tales[i], crowd);
	if (a->kind == 'b')
		score_days(t, a);
	score_over_time(t, a);
	for (int i = 0; i < t->n_tales; i++)
		put_row(t, a, &t->tales[i]);
	t->n = 0;
	t->n_masses = 0;
}

/* ---- reading: binary COPY, fields prediction, forecaster, start, expiry, pmf */

struct field {
	const unsigned char *at;
	int n;
}; /* n -1: NULL */

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
	return (double)(int64_t)be64(f->at) / MICRO + EPOCH;
}

static void add_masses(struct tally *t, const struct field *f, struct segment *s)
{
	int n = f->n >= 20 ? (int)be32(f->at + 12) : 0; /* one dimension: 20 bytes of head, then length and 8 bytes each */

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
	t->at = 0;
	t->n_asked = PQntuples(res);
	t->asked = arena_zalloc(mem, sizeof *t->asked * (size_t)t->n_asked + 1);
	for (int i = 0; i < t->n_asked; i++) {
		struct asked *a = &t->asked[i];

		a->prediction = (int)number_at(res, i, 0);
		a->resolution = number_at(res, i, 1);
		a->kind = *PQgetvalue(res, i, 2);
		a->q = (struct score_question){ .continuous = a->kind == 'n' || a->kind == 'd',
			.open = (double)number_at(res, i, 3) / MICRO,
			.close = (double)number_at(res, i, 4) / MICRO,
			.scheduled_close = (double)number_at(res, i, 5) / MICRO,
			.bucket = (int)number_at(res, i, 6),
			.open_bounds = (int)number_at(res, i, 7) };
		a->share = (double)number_at(res, i, 8) / MICRO;
		a->place = (double)number_at(res, i, 9) / MICRO;
		a->spot = PQgetisnull(res, i, 10) ? a->q.close : (double)number_at(res, i, 10) / MICRO;
	}
	PQclear(res);
	return 0;
}

static int write_scores(struct tally *t, struct pg *db, struct err *e)
{
	if (t->rows.overflow)
		return err_set(e, ERR_LIMIT, "more than %d bytes of scores at once", SCORES_MAX);
	if (pg_copy_in(db,
		    "COPY store.score (resolution, prediction, forecaster, backfilled, set, coverage, n, values, batch) FROM STDIN (FORMAT binary)",
		    e))
		return -1;
	if (copy_binary_begin(db, e) || pg_copy_data(db, t->rows.data, t->rows.len, e) || copy_binary_end(db, e)) {
		pg_copy_abort(db);
		return -1;
	}
	return pg_copy_end(db, NULL, e);
}

static int number_rules(struct tally *t, struct pg *db, struct err *e)
{
	json_t *list = json_array();
	PGresult *res = NULL;

	for (int i = 0; i < KEPT_RULES; i++) {
		const struct score_rule *known = score_find(kept[i].rule);

		json_array_append_new(list, json_pack("[s,i,s]", kept[i].rule, known ? known->version : 1, kept[i].baseline));
	}
	char *text = json_dumps(list, JSON_COMPACT);
	const char *params[] = { text };
	int rc = pg_exec(db, "SELECT load.score_set($1)", 1, params, &res, e);
	free(text);
	json_decref(list);
	t->set = rc ? 0 : (int)number_at(res, 0, 0);
	PQclear(res);
	return rc;
}

/* One transaction: the next questions behind *behind, which becomes the last of them; 0 when there are none. */
static int tally_turn(struct cmd *c, struct tally *t, struct pg *db, int *behind, struct err *e)
{
	struct arena *mem = arena_new();
	const char *params[] = { t->backfilled ? "t" : "f", arena_printf(mem, "%d", t->set), arena_printf(mem, "%d", *behind),
		arena_printf(mem, "%d", TURN) };
	const char *closing[] = { NULL, CHANGE_TOOL, change_author(c) };
	PGresult *res = NULL;
	int rc = pg_exec(db, "SELECT load.stage_scores($1, $2, $3, $4)", 4, params, &res, e);

	if (!rc) {
		t->batch = (int)number_at(res, 0, 0);
		closing[0] = arena_printf(mem, "%d", t->batch);
	}
	PQclear(res);
	rc = rc || read_asked(t, db, mem, e) || pg_copy_out(db, sql_query("predict_log"), on_row, t, e) ? -1 : 0;
	if (!rc && t->n)
		score_question(t, &t->asked[t->at]);
	if (!rc && t->rows.len)
		rc = write_scores(t, db, e) ||
				     pg_exec(db, "SELECT load.close_batch($1, $2, 'scored what came out', $3)", 3, closing, NULL, e)
			     ? -1
			     : 0;
	*behind = !rc && t->n_asked ? t->asked[t->n_asked - 1].prediction : 0;
	buf_reset(&t->rows);
	arena_free(mem);
	return rc;
}

static int tally_all(struct cmd *c, struct tally *t, struct pg *db, struct err *e)
{
	int behind = 0;

	do {
		if (pg_begin(db, e))
			return -1;
		if (number_rules(t, db, e) || tally_turn(c, t, db, &behind, e) || pg_commit(db, e)) {
			pg_rollback(db);
			return -1;
		}
	} while (behind);
	return 0;
}

static void tally_release(struct tally *t)
{
	free(t->segments);
	free(t->masses);
	free(t->tales);
	free(t->speakers);
	free(t->said);
	free(t->log);
	for (int r = 0; r < LOG_RULES; r++)
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
	rc = tally_all(c, &t, db, e);
	*forecasts = t.n_forecasts;
	*scores = t.n_scores;
	tally_release(&t);
	return rc;
}
