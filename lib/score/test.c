/* Calibration, decomposition, and tests of whether one forecaster is better than another. */
#include <stdint.h>

#include "json.h"

#define SAME 1e-12	/* sums that differ by less are one value */

/* ------------------------------------------------------------ shared reading */

struct sample { struct nums p; int *o; };

static int read_sample(const json_t *in, struct arena *mem, struct sample *s, struct err *e)
{
	struct nums o;

	if (in_numbers(in, "probs", mem, &s->p, e) || in_numbers(in, "outcomes", mem, &o, e))
		return -1;
	if (s->p.n != o.n)
		return in_bad(e, "%d outcomes for %d probabilities", o.n, s->p.n);
	s->o = arena_alloc(mem, (size_t)o.n * sizeof *s->o);
	for (int i = 0; i < o.n; i++) {
		if (!(s->p.v[i] >= 0 && s->p.v[i] <= 1))
			return in_bad(e, "probability %d must lie in 0 to 1", i);
		if (o.v[i] != 0 && o.v[i] != 1)
			return in_bad(e, "outcome %d must be 0 or 1", i);
		s->o[i] = (int)o.v[i];
	}
	return 0;
}

struct bin { double predicted, observed; int n; };

/* ------------------------------------------------------------ Murphy's decomposition */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct pair { double p; int o; };

static int by_p(const void *a, const void *b)
{
	return by_value(&((const struct pair *)a)->p, &((const struct pair *)b)->p);
}

struct score_murphy score_murphy(const double *p, const int *outcome, int n)
{
	struct pair *pairs = xmalloc((size_t)n * sizeof *pairs + 1);
	struct score_murphy m = { 0 };
	double base = 0;

	for (int i = 0; i < n; i++) {
		pairs[i] = (struct pair){ p[i], outcome[i] };
		base += (double)outcome[i] / n;
		m.brier += score_brier_binary(p[i], outcome[i]) / n;
	}
	qsort(pairs, (size_t)n, sizeof *pairs, by_p);
	for (int i = 0, k; i < n; i = k) {
		double rate = 0;

		for (k = i; k < n && pairs[k].p == pairs[i].p; k++)
			rate += pairs[k].o;
		rate /= k - i;
		m.reliability += (k - i) * (pairs[i].p - rate) * (pairs[i].p - rate) / n;
		m.resolution += (k - i) * (rate - base) * (rate - base) / n;
	}
	m.uncertainty = base * (1 - base);
	free(pairs);
	return m;
}

static int murphy(const json_t *in, json_t **out, struct err *e)
{
	struct arena *mem = arena_new();
	struct sample s;
	int rc = read_sample(in, mem, &s, e);

	if (!rc) {
		struct score_murphy m = score_murphy(s.p.v, s.o, s.p.n);

		*out = json_pack("{s:o,s:o,s:o,s:o}", "brier", out_number(m.brier), "reliability", out_number(m.reliability), "resolution",
				out_number(m.resolution), "uncertainty", out_number(m.uncertainty));
	}
	arena_free(mem);
	return rc;
}

/* ------------------------------------------------------------ calibration */

/* Linear interpolation between order statistics, as numpy's default. */
static double sorted_quantile(const double *sorted, int n, double level)
{
	double at = level * (n - 1);
	int below = (int)at;

	return below + 1 < n ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[n - 1];
}

/* bins + 1 edges, even over 0..1 or over the forecasts' quantiles. */
static double *edges_of(const struct sample *s, int bins, bool quantile, struct arena *mem)
{
	double *edges = arena_alloc(mem, (size_t)(bins + 1) * sizeof *edges);
	double *sorted = arena_alloc(mem, (size_t)s->p.n * sizeof *sorted);

	memcpy(sorted, s->p.v, (size_t)s->p.n * sizeof *sorted);
	qsort(sorted, (size_t)s->p.n, sizeof *sorted, by_value);
	for (int i = 0; i <= bins; i++)
		edges[i] = quantile ? sorted_quantile(sorted, s->p.n, (double)i / bins) : (double)i / bins;
	return edges;
}

/* An edge belongs to the bin above, the last one to the last bin. */
static int bin_above(const double *edges, int bins, double p)
{
	int k = 0;

	while (k + 1 < bins && p >= edges[k + 1])
		k++;
	return k;
}

/* Bins (k/n, (k+1)/n]; 0 belongs to the first. */
static int bin_below(int bins, double p)
{
	int k = (int)ceil(p * bins - SAME) - 1;

	return k < 0 ? 0 : k;
}

static void bin_add(struct bin *b, double p, int o)
{
	b->predicted += p;
	b->observed += o;
	b->n++;
}

static int read_bins(const json_t *in, double *bins, struct err *e)
{
	return in_range(in, "bins", 1, 10000, bins, e);
}

static int calibration_curve(const json_t *in, json_t **out, struct err *e)
{
	const char *strategy = json_string_value(json_object_get(in, "strategy"));
	struct arena *mem = arena_new();
	struct sample s;
	double bins;
	int rc = read_sample(in, mem, &s, e);

	if (!rc)
		rc = read_bins(in, &bins, e);
	if (!rc && strategy && strcmp(strategy, "uniform") != 0 && strcmp(strategy, "quantile") != 0)
		rc = in_bad(e, "\"strategy\" must be uniform or quantile");
	if (!rc) {
		double *edges = edges_of(&s, (int)bins, strategy && !strcmp(strategy, "quantile"), mem);
		struct bin *b = arena_zalloc(mem, (size_t)bins * sizeof *b);
		json_t *observed = json_array(), *predicted = json_array();

		for (int i = 0; i < s.p.n; i++)
			bin_add(&b[bin_above(edges, (int)bins, s.p.v[i])], s.p.v[i], s.o[i]);
		for (int i = 0; i < (int)bins; i++) {
			if (!b[i].n)
				continue;
			json_array_append_new(observed, out_number(b[i].observed / b[i].n));
			json_array_append_new(predicted, out_number(b[i].predicted / b[i].n));
		}
		*out = json_pack("{s:o,s:o}", "observed", observed, "predicted", predicted);
	}
	arena_free(mem);
	return rc;
}

static double gap_l1(double sum, double gap, double share)
{
	return sum + share * gap;
}

static double gap_l2(double sum, double gap, double share)
{
	return sum + share * gap * gap;
}

static double gap_max(double sum, double gap, double share)
{
	return fmax(sum, gap);
}

static const struct norm { const char *name; double (*add)(double sum, double gap, double share); bool root; } norms[] = {
	{ "l1", gap_l1, false }, { "l2", gap_l2, true }, { "max", gap_max, false },
};

static const struct norm *find_norm(const char *name)
{
	for (size_t i = 0; i < sizeof norms / sizeof norms[0]; i++)
		if (!strcmp(norms[i].name, name ? name : "l1"))
			return &norms[i];
	return NULL;
}

static int ece(const json_t *in, json_t **out, struct err *e)
{
	const struct norm *norm = find_norm(json_string_value(json_object_get(in, "norm")));
	struct arena *mem = arena_new();
	struct sample s;
	double bins, sum = 0;
	int rc = read_sample(in, mem, &s, e);

	if (!rc)
		rc = read_bins(in, &bins, e);
	if (!rc && !norm)
		rc = in_bad(e, "\"norm\" must be l1, l2 or max");
	if (!rc) {
		struct bin *b = arena_zalloc(mem, (size_t)bins * sizeof *b);

		for (int i = 0; i < s.p.n; i++)
			bin_add(&b[bin_below((int)bins, s.p.v[i])], s.p.v[i], s.o[i]);
		for (int i = 0; i < (int)bins; i++)
			if (b[i].n)
				sum = norm->add(sum, fabs(b[i].predicted - b[i].observed) / b[i].n, (double)b[i].n / s.p.n);
		*out = out_number(norm->root ? sqrt(sum) : sum);
	}
	arena_free(mem);
	return rc;
}

/* ------------------------------------------------------------ Student t */

/* Regularised incomplete beta function by its continued fraction (DLMF 8.17.22, Lentz's method). */
static double incomplete_beta(double a, double b, double x)
{
	double front, f = 1, c = 1, d = 0;

	if (x <= 0 || x >= 1)
		return x <= 0 ? 0 : 1;
	if (x > (a + 1) / (a + b + 2))
		return 1 - incomplete_beta(b, a, 1 - x);
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a;
	for (int i = 0; i <= 500; i++) {
		int m = i / 2;
		double term = !i ? 1 : i % 2 ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)) : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));

		d = 1 + term * d;
		c = 1 + term / c;
		d = 1 / (fabs(d) < 1e-300 ? 1e-300 : d);
		c = fabs(c) < 1e-300 ? 1e-300 : c;
		f *= c * d;
		if (fabs(1 - c * d) < 1e-15)
			break;
	}
	return front * (f - 1);
}

double score_t_cdf(double t, double df)
{
	double tail = incomplete_beta(df / 2, 0.5, df / (df + t * t)) / 2;

	return t > 0 ? 1 - tail : tail;
}

static double normal_cdf(double z, double df)
{
	return score_normal_cdf(z);
}

/* The z with cdf(z) = level, by bisection: monotone, and exact to the last digits that matter. */
static double quantile(double (*cdf)(double z, double df), double df, double level)
{
	double low = -1e4, high = 1e4;

	for (int i = 0; i < 200; i++) {
		double middle = (low + high) / 2;

		*(cdf(middle, df) < level ? &low : &high) = middle;
	}
	return (low + high) / 2;
}

/* ------------------------------------------------------------ Diebold-Mariano */

double score_dm_hln(const double *d, int n, int h, double *mean)
{
	double variance = 0, m = 0;

	for (int i = 0; i < n; i++)
		m += d[i] / n;
	for (int lag = 0; lag < h; lag++) {
		double sum = 0;

		for (int i = lag; i < n; i++)
			sum += (d[i] - m) * (d[i - lag] - m) / n;
		variance += (lag ? 2 : 1) * sum;
	}
	*mean = m;
	if (!(variance > SAME * (m * m + 1e-300)))
		return NAN;
	return m / sqrt(variance / n) * sqrt((n + 1 - 2.0 * h + (double)h * (h - 1) / n) / n);
}

static int read_diffs(const json_t *in, struct arena *mem, struct nums *d, struct err *e)
{
	if (in_numbers(in, "diffs", mem, d, e))
		return -1;
	for (int i = 0; i < d->n; i++)
		if (isnan(d->v[i]))
			return in_bad(e, "difference %d is null", i);
	return 0;
}

static int read_dm(const json_t *in, struct arena *mem, struct nums *d, int *h, struct err *e)
{
	double horizon;

	if (read_diffs(in, mem, d, e) || in_range(in, "h", 1, 1e6, &horizon, e))
		return -1;
	*h = (int)horizon;
	return *h < d->n ? 0 : in_bad(e, "\"h\" must be below the number of differences");
}

static int dm_hln(const json_t *in, json_t **out, struct err *e)
{
	struct arena *mem = arena_new();
	struct nums d;
	double mean;
	int h, rc = read_dm(in, mem, &d, &h, e);

	if (!rc)
		*out = out_number(score_dm_hln(d.v, d.n, h, &mean));
	arena_free(mem);
	return rc;
}

static int dm_interval(const json_t *in, double (*cdf)(double z, double df), json_t **out, struct err *e)
{
	struct arena *mem = arena_new();
	struct nums d;
	double confidence;
	int h, rc = read_dm(in, mem, &d, &h, e);

	if (!rc)
		rc = in_range(in, "confidence", 0, 1, &confidence, e);
	if (!rc) {
		double mean, stat = score_dm_hln(d.v, d.n, h, &mean), half;

		half = fabs(mean / stat) * quantile(cdf, d.n - 1, (1 + confidence) / 2);
		*out = isnan(stat) ? json_null()
				   : json_pack("{s:o,s:o,s:o}", "confidence_gt_0", out_number(cdf(stat, d.n - 1)), "ci_lower", out_number(mean - half),
						     "ci_upper", out_number(mean + half));
	}
	arena_free(mem);
	return rc;
}

static int dm_hln_t(const json_t *in, json_t **out, struct err *e)
{
	return dm_interval(in, score_t_cdf, out, e);
}

static int dm_hln_normal(const json_t *in, json_t **out, struct err *e)
{
	return dm_interval(in, normal_cdf, out, e);
}

/* ------------------------------------------------------------ exact resampling */

/* The same numbers for the same input: the seed is fixed. Marsaglia 2003, xorshift. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

enum { FLIPS = 100000, RESAMPLES = 1000 };
#define SEED 88172645463325252u

/* The sum with the sign of each difference turned by a bit of flips, 64 at a time. */
static double flipped_sum(const double *d, int n, uint64_t flips)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += flips >> i & 1 ? -d[i] : d[i];
	return sum;
}

static double signflip_all(const double *d, int n, double seen)
{
	uint64_t as_far = 0, all = 1UL << n;

	for (uint64_t flips = 0; flips < all; flips++)
		as_far += fabs(flipped_sum(d, n, flips)) >= fabs(seen) - SAME;
	return (double)as_far / (double)all;
}

double score_signflip(const double *d, int n)
{
	enum { WORD = 64 };
	uint64_t state = SEED;
	long as_far = 1;	/* the one that was seen */
	double seen = 0;

	for (int i = 0; i < n; i++)
		seen += d[i];
	if (n <= SCORE_EXACT_MAX)
		return signflip_all(d, n, seen);
	for (int r = 0; r < FLIPS; r++) {
		double sum = 0;

		for (int i = 0; i < n; i += WORD)
			sum += flipped_sum(d + i, n - i < WORD ? n - i : WORD, next_random(&state));
		as_far += fabs(sum) >= fabs(seen) - SAME;
	}
	return (double)as_far / (FLIPS + 1);
}

void score_bootstrap(const double *v, int n, double *low, double *high)
{
	static double means[RESAMPLES];
	uint64_t state = SEED;

	for (int r = 0; r < RESAMPLES; r++) {
		double sum = 0;

		for (int i = 0; i < n; i++)
			sum += v[(next_random(&state) >> 32) * (uint64_t)n >> 32];
		means[r] = sum / n;
	}
	qsort(means, RESAMPLES, sizeof *means, by_value);
	*low = means[RESAMPLES / 40];
	*high = means[RESAMPLES - RESAMPLES / 40 - 1];
}

static int signflip_exact(const json_t *in, json_t **out, struct err *e)
{
	struct arena *mem = arena_new();
	struct nums d;
	int rc = read_diffs(in, mem, &d, e);

	if (!rc && d.n > SCORE_EXACT_MAX)
		rc = err_set(e, ERR_LIMIT, "%d differences are too many to enumerate (limit exact-tests: %d)", d.n, SCORE_EXACT_MAX);
	if (!rc)
		*out = out_number(score_signflip(d.v, d.n));
	arena_free(mem);
	return rc;
}

static int bootstrap_exact(const json_t *in, json_t **out, struct err *e)
{
	enum { MOST = 7 };	/* 7^7 resamples are a million */
	struct arena *mem = arena_new();
	struct nums d;
	int rc = read_diffs(in, mem, &d, e);

	if (!rc && d.n > MOST)
		rc = err_set(e, ERR_LIMIT, "%d differences are too many to enumerate every resample (at most %d)", d.n, MOST);
	if (!rc) {
		double all = pow(d.n, d.n), not_above = 0, mean = 0, square = 0;

		for (long r = 0; r < (long)all; r++) {
			double m = 0;

			for (long k = 0, rest = r; k < d.n; k++, rest /= d.n)
				m += d.v[rest % d.n] / d.n;
			not_above += m <= SAME;
			mean += m / all;
			square += m * m / all;
		}
		*out = json_pack("{s:o,s:o,s:o}", "p_le_0", out_number(not_above / all), "mean_of_means", out_number(mean), "var_of_means",
				out_number(square - mean * mean));
	}
	arena_free(mem);
	return rc;
}

const struct score_rule score_test_rules[] = {
	ROW("murphy", "reliability - resolution + uncertainty over distinct forecast values", "Murphy 1973, J. Appl. Meteorol. 12:595", murphy),
	ROW("calibration_curve", "observed and mean predicted rate of each non-empty bin; an edge belongs to the bin above", "Dawid 1982; Niculescu-Mizil & Caruana 2005", calibration_curve),
	ROW("ece", "weighted mean (l1), root mean square (l2) or max of |mean p - rate| over bins (k/n, (k+1)/n]", "Naeini et al. 2015; Kumar et al. 2019", ece),
	ROW("dm_hln", "Diebold-Mariano statistic with the small-sample correction of Harvey, Leybourne & Newbold", "Harvey, Leybourne & Newbold 1997 eq. 9", dm_hln),
	ROW("dm_hln_t", "the same against Student t with n-1 degrees of freedom", "Harvey, Leybourne & Newbold 1997", dm_hln_t),
	ROW("dm_hln_normal", "the same against the normal law", "Diebold & Mariano 1995", dm_hln_normal),
	ROW("signflip_exact", "share of the 2^n sign changes whose sum is as far from 0, two-sided", "Fisher 1935, section 21", signflip_exact),
	ROW("bootstrap_exact", "distribution of the mean over all n^n resamples", "Efron 1979", bootstrap_exact),
	{ 0 }
};
