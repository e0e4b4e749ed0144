/*
 * Metaculus scores, as the project's scoring code and its scores FAQ define them: natural logarithms times 100, halved
 * for continuous questions; a score counts for the share of the question's scheduled life its forecast stood.
 */
#include "json.h"

#define OUTER_BUCKET 0.05	/* baseline probability of a continuous question's open ends */

static bool stands(const struct score_forecast *f, double at)
{
	return f->start <= at && f->end > at;
}

/* Probability given to what came true; an option that was not open then had its mass in the last one. */
static double at_bucket(const double *pmf, int n, int bucket)
{
	return isnan(pmf[bucket]) ? pmf[n - 1] : pmf[bucket];
}

static double baseline(const struct score_question *q, const struct score_forecast *f)
{
	double p = at_bucket(f->pmf, f->n, q->bucket), even;
	int open = 0;

	if (q->continuous) {
		even = q->bucket == 0 || q->bucket == f->n - 1 ? OUTER_BUCKET : (1 - OUTER_BUCKET * q->open_bounds) / (f->n - 2);
		return 100 * log(p / even) / 2;
	}
	for (int i = 0; i < f->n; i++)
		open += !isnan(f->pmf[i]);
	return 100 * log(p * open) / log(open);
}

static double life(const struct score_question *q)
{
	return q->scheduled_close - q->open;
}

static double first(const struct score_question *q, const struct score_forecast *f)
{
	return fmax(f->start, q->open);
}

static double last(const struct score_question *q, const struct score_forecast *f)
{
	return fmin(f->end, q->close);
}

static double coverage(const struct score_question *q, const struct score_forecast *f)
{
	return fmax(last(q, f) - first(q, f), 0) / life(q);
}

void score_metaculus_baseline(const struct score_question *q, const struct score_forecast *f, int n, struct score_point *out)
{
	for (int i = 0; i < n; i++) {
		out[i].coverage = coverage(q, &f[i]);
		out[i].score = out[i].coverage > 0 ? baseline(q, &f[i]) * out[i].coverage : 0;
	}
}

/* Mean logarithm of the standing forecasts' probability of the bucket, and how many stand; one alone counts as none. */
static int standing(const struct score_forecast *f, int n, int bucket, double at, double *mean_log)
{
	double sum = 0;
	int count = 0;

	for (int i = 0; i < n; i++) {
		if (!stands(&f[i], at))
			continue;
		sum += log(at_bucket(f[i].pmf, f[i].n, bucket));
		count++;
	}
	*mean_log = count ? sum / count : 0;
	return count > 1 ? count : 0;
}

static double peer_of(const struct score_question *q, const struct score_forecast *f, int count, double mean_log)
{
	if (!count)
		return 0;
	return 100.0 * count / (count - 1) * (log(at_bucket(f->pmf, f->n, q->bucket)) - mean_log) / (q->continuous ? 2 : 1);
}

static double peer_at(const struct score_question *q, const struct score_forecast *f, int n, int who, double at)
{
	double mean_log;
	int count = standing(f, n, q->bucket, at, &mean_log);

	return peer_of(q, &f[who], count, mean_log);
}

static int by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Every moment at which the set of standing forecasts may change, in order; returns how many. */
static int changes(const struct score_forecast *f, int n, double *t)
{
	int k = 0, kept = 0;

	for (int i = 0; i < n; i++) {
		t[k++] = f[i].start;
		if (!isinf(f[i].end))
			t[k++] = f[i].end;
	}
	qsort(t, (size_t)k, sizeof *t, by_time);
	for (int i = 0; i < k; i++)
		if (!kept || t[i] != t[kept - 1])
			t[kept++] = t[i];
	return kept;
}

/* Moment by moment, as it is defined. */
static void peer_by_moments(const struct score_question *q, const struct score_forecast *f, int n, struct score_point *out)
{
	double *t = xmalloc((size_t)n * 2 * sizeof *t + 1);
	int moments = changes(f, n, t);

	for (int i = 0; i < n; i++) {
		double from = first(q, &f[i]), to = last(q, &f[i]);

		out[i] = (struct score_point){ .coverage = coverage(q, &f[i]) };
		for (int k = 0; k < moments; k++) {
			double a = fmax(from, t[k]), b = fmin(to, k + 1 < moments ? t[k + 1] : q->close);

			if (b > a)
				out[i].score += peer_at(q, f, n, i, t[k]) * (b - a) / life(q);
		}
	}
	free(t);
}

/*
 * The same in one sweep. Between two changes a forecast earns 100 n/(n-1) (ln p - S/n), S the sum of the standing logarithms:
 * ln p times an integral all share, less another one. Needs every ln p finite.
 */
struct change { double at, log, own, others; int count; };	/* what begins or ends; the two integrals up to there */

static int by_moment(const void *a, const void *b)
{
	return by_time(&((const struct change *)a)->at, &((const struct change *)b)->at);
}

static void integrate(struct change *c, int n)
{
	double sum = 0;
	int count = 0;

	for (int i = 0; i < n; i++) {
		if (i) {
			double dt = count > 1 ? 100 * (c[i].at - c[i - 1].at) / (count - 1) : 0;

			c[i].own = c[i - 1].own + dt * count;
			c[i].others = c[i - 1].others + dt * sum;
		}
		count += c[i].count;
		sum = count ? sum + c[i].log : 0;
	}
}

static void peer_swept(const struct score_question *q, const struct score_forecast *f, int n, struct score_point *out)
{
	struct change *c = xmalloc(((size_t)n * 2 + 1) * sizeof *c);
	int k = 0;

	for (int i = 0; i < n; i++) {
		double from = first(q, &f[i]), to = last(q, &f[i]), l = log(at_bucket(f[i].pmf, f[i].n, q->bucket));

		if (to <= from)
			continue;
		c[k++] = (struct change){ .at = from, .log = l, .count = 1 };
		c[k++] = (struct change){ .at = to, .log = -l, .count = -1 };
	}
	qsort(c, (size_t)k, sizeof *c, by_moment);
	integrate(c, k);
	for (int i = 0; i < n; i++) {
		struct change from = { .at = first(q, &f[i]) }, to = { .at = last(q, &f[i]) }, *a, *b;

		out[i] = (struct score_point){ .coverage = coverage(q, &f[i]) };
		if (to.at <= from.at)
			continue;
		a = bsearch(&from, c, (size_t)k, sizeof *c, by_moment);
		b = bsearch(&to, c, (size_t)k, sizeof *c, by_moment);
		out[i].score = ((b->own - a->own) * log(at_bucket(f[i].pmf, f[i].n, q->bucket)) - (b->others - a->others)) / life(q) / (q->continuous ? 2 : 1);
	}
	free(c);
}

static bool all_finite(const struct score_question *q, const struct score_forecast *f, int n)
{
	for (int i = 0; i < n; i++)
		if (!(at_bucket(f[i].pmf, f[i].n, q->bucket) > 0) || isnan(f[i].start))
			return false;
	return true;
}

void score_metaculus_peer(const struct score_question *q, const struct score_forecast *f, int n, struct score_point *out)
{
	(all_finite(q, f, n) ? peer_swept : peer_by_moments)(q, f, n, out);
}

void score_metaculus_spot(const struct score_question *q, double at, bool peer, const struct score_forecast *f, int n, struct score_point *out)
{
	double mean_log = 0;
	int count = peer ? standing(f, n, q->bucket, at, &mean_log) : 0;

	for (int i = 0; i < n; i++) {
		out[i] = (struct score_point){ 0 };
		if (stands(&f[i], at))
			out[i] = (struct score_point){ peer ? peer_of(q, &f[i], count, mean_log) : baseline(q, &f[i]), 1 };
	}
}

/* ------------------------------------------------------------ JSON */

struct record { struct score_question q; struct score_forecast *f; int n; bool settled; };

static int read_forecast(const json_t *in, int index, struct arena *mem, struct score_forecast *f, struct err *e)
{
	struct nums pmf;

	if (in_numbers(in, "pmf", mem, &pmf, e) || in_number(in, "start", &f->start, e) || in_number_or(in, "end", INFINITY, &f->end, e))
		return -1;
	if (isnan(f->start) || f->end < f->start)
		return in_bad(e, "forecast %d ends before it starts", index);
	if (isnan(pmf.v[pmf.n - 1]))
		return in_bad(e, "forecast %d: the last probability must not be null", index);
	f->pmf = pmf.v;
	f->n = pmf.n;
	return 0;
}

static int read_forecasts(const json_t *in, struct arena *mem, struct record *rec, struct err *e)
{
	const json_t *list = json_object_get(in, "forecasts");

	if (!json_is_array(list) || !json_array_size(list))
		return in_bad(e, "\"forecasts\" must be a list");
	rec->n = (int)json_array_size(list);
	rec->f = arena_zalloc(mem, (size_t)rec->n * sizeof *rec->f);
	for (int i = 0; i < rec->n; i++) {
		if (read_forecast(json_array_get(list, (size_t)i), i, mem, &rec->f[i], e))
			return -1;
		if (rec->f[i].n != rec->f[0].n)
			return in_bad(e, "forecast %d has %d probabilities, the first has %d", i, rec->f[i].n, rec->f[0].n);
	}
	return 0;
}

static int read_log(const json_t *in, bool timed, struct arena *mem, struct record *rec, struct err *e)
{
	const char *type = json_string_value(json_object_get(in, "type"));
	const json_t *bucket = json_object_get(in, "resolution_bucket");
	double bounds;

	if (read_forecasts(in, mem, rec, e) || in_number_or(in, "open_bounds", 0, &bounds, e))
		return -1;
	rec->q.continuous = type && !strcmp(type, "continuous");
	rec->q.open_bounds = (int)bounds;
	rec->settled = bucket && !json_is_null(bucket);
	if (rec->settled && in_outcome(bucket, rec->f[0].n, &rec->q.bucket, e))
		return -1;
	if (!timed)
		return 0;
	if (in_number(in, "open", &rec->q.open, e) || in_number(in, "close", &rec->q.close, e) ||
	    in_number_or(in, "scheduled_close", rec->q.close, &rec->q.scheduled_close, e))
		return -1;
	return rec->q.scheduled_close > rec->q.open ? 0 : in_bad(e, "the question closes before it opens");
}

static json_t *out_points(const struct score_point *p, int n)
{
	json_t *a = json_array();

	for (int i = 0; i < n; i++)
		json_array_append_new(a, json_pack("[o,o]", out_number(p[i].score), out_number(p[i].coverage)));
	return a;
}

typedef void over_time(const struct score_question *q, const struct score_forecast *f, int n, struct score_point *out);

static int timed_rule(const json_t *in, over_time *fn, bool total, json_t **out, struct err *e)
{
	struct arena *mem = arena_new();
	struct record rec = { 0 };
	int rc = read_log(in, true, mem, &rec, e);

	if (!rc && !rec.settled)
		*out = json_null();
	if (!rc && rec.settled) {
		struct score_point *p = arena_zalloc(mem, (size_t)rec.n * sizeof *p);
		double sum = 0;

		fn(&rec.q, rec.f, rec.n, p);
		for (int i = 0; i < rec.n; i++)
			sum += p[i].score;
		*out = total ? out_number(sum) : out_points(p, rec.n);
	}
	arena_free(mem);
	return rc;
}

static int metaculus_baseline(const json_t *in, json_t **out, struct err *e)
{
	return timed_rule(in, score_metaculus_baseline, false, out, e);
}

static int metaculus_baseline_total(const json_t *in, json_t **out, struct err *e)
{
	return timed_rule(in, score_metaculus_baseline, true, out, e);
}

static int metaculus_peer(const json_t *in, json_t **out, struct err *e)
{
	return timed_rule(in, score_metaculus_peer, false, out, e);
}

static int spot_rule(const json_t *in, bool peer, json_t **out, struct err *e)
{
	struct arena *mem = arena_new();
	struct record rec = { 0 };
	double at;
	int rc = read_log(in, false, mem, &rec, e);

	if (!rc)
		rc = in_number(in, "spot_time", &at, e);
	if (!rc && !rec.settled)
		*out = json_null();
	if (!rc && rec.settled) {
		struct score_point *p = arena_zalloc(mem, (size_t)rec.n * sizeof *p);

		score_metaculus_spot(&rec.q, at, peer, rec.f, rec.n, p);
		*out = out_points(p, rec.n);
	}
	arena_free(mem);
	return rc;
}

static int metaculus_spot_peer(const json_t *in, json_t **out, struct err *e)
{
	return spot_rule(in, true, out, e);
}

static int metaculus_spot_baseline(const json_t *in, json_t **out, struct err *e)
{
	return spot_rule(in, false, out, e);
}

/* [time, geometric mean of each option, how many stand] for every change; options nobody had open are null. */
static json_t *geomean_at(const struct record *rec, double at)
{
	json_t *means = json_array();
	double unused;

	for (int k = 0; k < rec->f[0].n; k++) {
		double sum = 0;
		int count = 0;

		for (int i = 0; i < rec->n; i++)
			if (stands(&rec->f[i], at) && !isnan(rec->f[i].pmf[k])) {
				sum += log(rec->f[i].pmf[k]);
				count++;
			}
		json_array_append_new(means, out_number(count ? exp(sum / count) : NAN));
	}
	return json_pack("[o,o,i]", out_number(at), means, standing(rec->f, rec->n, 0, at, &unused));
}

static bool anybody(const struct record *rec, double at)
{
	for (int i = 0; i < rec->n; i++)
		if (stands(&rec->f[i], at))
			return true;
	return false;
}

static int metaculus_geomean(const json_t *in, json_t **out, struct err *e)
{
	struct arena *mem = arena_new();
	struct record rec = { 0 };
	int rc = read_log(in, false, mem, &rec, e);

	if (!rc) {
		double *t = arena_alloc(mem, (size_t)rec.n * 2 * sizeof *t);
		int moments = changes(rec.f, rec.n, t);

		*out = json_array();
		for (int i = 0; i < moments; i++)
			if (anybody(&rec, t[i]))
				json_array_append_new(*out, geomean_at(&rec, t[i]));
	}
	arena_free(mem);
	return rc;
}

/* ------------------------------------------------------------ outcomes to buckets */

/* Place of a value between the bounds, 0..1, on the question's linear or logarithmic scale. */
static double place(double v, double min, double max, double zero)
{
	double ratio;

	if (isnan(zero))
		return (v - min) / (max - min);
	ratio = (max - zero) / (min - zero);
	return (log((v - min) * (ratio - 1) + (max - min)) - log(max - min)) / log(ratio);
}

static int bucket_of(double x, int n)
{
	if (x < 0)
		return 0;
	if (x > 1)
		return n + 1;
	/* the upper edge belongs to its bucket; a hair of rounding must not lift it into the next */
	return (int)fmax(floor(x * n + 1 - 1e-10), 1);
}

static int word_bucket(const char *word, int n, json_t **out)
{
	static const char *const unscored[] = { "", "annulled", "ambiguous", NULL };

	for (int i = 0; unscored[i]; i++)
		if (!strcmp(word, unscored[i])) {
			*out = json_null();
			return 0;
		}
	if (!strcmp(word, "below_lower_bound"))
		*out = json_integer(0);
	else if (!strcmp(word, "above_upper_bound"))
		*out = json_integer(n + 1);
	return *out ? 0 : -1;
}

static int metaculus_bucket(const json_t *in, json_t **out, struct err *e)
{
	const json_t *value = json_object_get(in, "value");
	const char *word = json_string_value(value);
	double v = NAN, min, max, zero, n, x;

	if (in_number(in, "min", &min, e) || in_number(in, "max", &max, e) || in_number_or(in, "zero_point", NAN, &zero, e) ||
	    in_range(in, "n", 1, 1e6, &n, e))
		return -1;
	if (!(max > min))
		return in_bad(e, "\"max\" must be above \"min\"");
	if (!value || json_is_null(value)) {
		*out = json_null();
		return 0;
	}
	if (word && !word_bucket(word, (int)n, out))
		return 0;
	if (word) {
		json_t *number = json_loads(word, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);

		v = json_is_number(number) ? json_number_value(number) : NAN;
		json_decref(number);
	} else if (json_is_number(value)) {
		v = json_number_value(value);
	}
	if (isnan(v))
		return in_bad(e, "\"value\" must be a number or an outcome word");
	/* below the lower bound the logarithmic scale has no place at all */
	x = v < min ? -1 : place(v, min, max, zero);
	*out = json_integer(bucket_of(x, (int)n));
	return 0;
}

const struct score_rule score_metaculus_rules[] = {
	ROW("metaculus_baseline", "100 ln(p n)/ln(n), continuous 100 ln(pmf_k/b)/2; times the share of the scheduled life it stood", "Metaculus scores FAQ and scoring code", metaculus_baseline),
	ROW("metaculus_baseline_total", "sum of metaculus_baseline over a forecaster's segments", "Metaculus scores FAQ and scoring code", metaculus_baseline_total),
	ROW("metaculus_peer", "100 n/(n-1) ln(p/geometric mean), halved for continuous, weighted by time", "Metaculus scores FAQ and scoring code", metaculus_peer),
	ROW("metaculus_spot_peer", "peer score at one instant", "Metaculus scores FAQ and scoring code", metaculus_spot_peer),
	ROW("metaculus_spot_baseline", "baseline score at one instant", "Metaculus scores FAQ and scoring code", metaculus_spot_baseline),
	ROW("metaculus_geomean", "geometric mean of the standing forecasts at each change, not renormalised", "Metaculus scoring code", metaculus_geomean),
	ROW("metaculus_bucket", "0 below, 1..n inside, n+1 above; null when annulled or ambiguous", "Metaculus scoring code", metaculus_bucket),
	{ 0 }
};
