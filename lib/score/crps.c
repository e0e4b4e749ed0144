/* Continuous ranked probability score of samples and of laws with a closed form: integral of (F(x) - 1{x >= y})^2 dx. */
#include "json.h"

static double phi(double z)		/* standard normal density */
{
	return exp(-z * z / 2) / sqrt(2 * M_PI);
}

double score_normal_cdf(double z)
{
	return erfc(-z / M_SQRT2) / 2;
}

/* ------------------------------------------------------------ samples */

struct member { double x, w; };

static int by_value(const void *a, const void *b)
{
	double x = ((const struct member *)a)->x, y = ((const struct member *)b)->x;

	return (x > y) - (x < y);
}

/* Half the mean absolute difference of weighted members in O(n log n): sum of w_i x_i (weight below - weight above). */
static double half_spread(struct member *m, int n)
{
	double below = 0, sum = 0;

	qsort(m, (size_t)n, sizeof *m, by_value);
	for (int i = 0; i < n; i++) {
		sum += m[i].w * m[i].x * (2 * below + m[i].w - 1);
		below += m[i].w;
	}
	return sum;
}

static double crps_members(struct member *m, int n, double y, bool fair)
{
	double total = 0, distance = 0, spread;

	for (int i = 0; i < n; i++)
		total += m[i].w;
	if (!n || total <= 0 || (fair && n < 2))
		return NAN;
	for (int i = 0; i < n; i++) {
		m[i].w /= total;
		distance += m[i].w * fabs(m[i].x - y);
	}
	spread = half_spread(m, n);
	return distance - (fair ? spread * n / (n - 1) : spread);
}

double score_crps_sample(double *x, double *w, int n, double y, bool fair)
{
	struct member *m = xmalloc((size_t)n * sizeof *m + 1);
	double score;
	int k = 0;

	for (int i = 0; i < n; i++)
		if (!isnan(x[i]))
			m[k++] = (struct member){ .x = x[i], .w = w ? w[i] : 1 };
	score = isnan(y) ? NAN : crps_members(m, k, y, fair);
	free(m);
	return score;
}

static int sample(const json_t *in, bool fair, json_t **out, struct err *e)
{
	struct arena *mem = arena_new();
	const json_t *weights = json_object_get(in, "weights");
	struct nums x, w = { 0 };
	double y;
	int rc;

	rc = in_number(in, "y", &y, e);
	if (!rc)
		rc = in_numbers(in, "members", mem, &x, e);
	if (!rc && weights && !json_is_null(weights))
		rc = in_array(weights, "weights", mem, &w, e);
	if (!rc && w.v && w.n != x.n)
		rc = in_bad(e, "%d weights for %d members", w.n, x.n);
	for (int i = 0; !rc && w.v && i < w.n; i++)
		if (!(w.v[i] >= 0))
			rc = in_bad(e, "weight %d is negative or null", i);
	if (!rc)
		*out = out_number(score_crps_sample(x.v, w.v, x.n, y, fair));
	arena_free(mem);
	return rc;
}

static int crps_sample(const json_t *in, json_t **out, struct err *e)
{
	return sample(in, false, out, e);
}

static int crps_sample_fair(const json_t *in, json_t **out, struct err *e)
{
	return sample(in, true, out, e);
}

/* ------------------------------------------------------------ laws with a closed form */

/* E|X - m| of X ~ N(0, sd^2) shifted by m: the A of Grimit et al. 2006. */
static double normal_distance(double m, double sd)
{
	return sd == 0 ? fabs(m) : 2 * sd * phi(m / sd) + m * (2 * score_normal_cdf(m / sd) - 1);
}

double score_crps_normal(double y, double mean, double sd)
{
	return normal_distance(y - mean, sd) - sd / sqrt(M_PI);
}

static double lognormal(double y, const double *a)
{
	double z = y > 0 ? (log(y) - a[0]) / a[1] : -INFINITY, mean = exp(a[0] + a[1] * a[1] / 2);

	return y * (2 * score_normal_cdf(z) - 1) - 2 * mean * (score_normal_cdf(z - a[1]) + score_normal_cdf(a[1] / M_SQRT2) - 1);
}

static double logistic(double y, const double *a)
{
	double z = (y - a[0]) / a[1];

	/* z - 2 ln F(z) - 1, with -ln F(z) = ln(1 + e^-z) kept finite for very negative z */
	return a[1] * (z + 2 * (z > 0 ? log1p(exp(-z)) : -z + log1p(exp(z))) - 1);
}

static double exponential(double y, const double *a)
{
	double rate = a[0], below = y > 0 ? -expm1(-rate * y) : 0;

	return fabs(y) - 2 * below / rate + 1 / (2 * rate);
}

static double laplace(double y, const double *a)
{
	double z = fabs(y - a[0]) / a[1];

	return a[1] * (z + exp(-z) - 0.75);
}

static double normal(double y, const double *a)
{
	return score_crps_normal(y, a[0], a[1]);
}

/* name of the rule, its parameters in order, which of them must be positive (or not negative), and the law */
struct law {
	const char *rule;
	const char *param[2];
	int n, scale;		/* scale: index of the parameter that must be > 0 */
	bool zero_ok;		/* scale 0 = a point mass */
	double (*fn)(double y, const double *a);
};
static const struct law laws[] = {
	{ "crps_normal", { "mean", "sd" }, 2, 1, true, normal },
	{ "crps_lognormal", { "meanlog", "sdlog" }, 2, 1, false, lognormal },
	{ "crps_logistic", { "location", "scale" }, 2, 1, false, logistic },
	{ "crps_exponential", { "rate" }, 1, 0, false, exponential },
	{ "crps_laplace", { "location", "scale" }, 2, 1, false, laplace },
};

static int run_law(const struct law *law, const json_t *in, json_t **out, struct err *e)
{
	double y, a[2];

	if (in_number(in, "y", &y, e))
		return -1;
	for (int i = 0; i < law->n; i++)
		if (in_number(in, law->param[i], &a[i], e))
			return -1;
	if (a[law->scale] < 0 || (a[law->scale] == 0 && !law->zero_ok))
		return in_bad(e, "\"%s\" must be positive", law->param[law->scale]);
	*out = out_number(isnan(y) ? NAN : law->fn(y, a));
	return 0;
}

static int crps_normal(const json_t *in, json_t **out, struct err *e)
{
	return run_law(&laws[0], in, out, e);
}

static int crps_lognormal(const json_t *in, json_t **out, struct err *e)
{
	return run_law(&laws[1], in, out, e);
}

static int crps_logistic(const json_t *in, json_t **out, struct err *e)
{
	return run_law(&laws[2], in, out, e);
}

static int crps_exponential(const json_t *in, json_t **out, struct err *e)
{
	return run_law(&laws[3], in, out, e);
}

static int crps_laplace(const json_t *in, json_t **out, struct err *e)
{
	return run_law(&laws[4], in, out, e);
}

/* Uniform on [min, max] with point masses at its ends. Jordan, Krueger & Lerch 2019, appendix A. */
static int crps_uniform(const json_t *in, json_t **out, struct err *e)
{
	double y, min, max, low, high, z, inside, p;

	if (in_number(in, "y", &y, e) || in_number(in, "min", &min, e) || in_number(in, "max", &max, e) ||
	    in_number_or(in, "lmass", 0, &low, e) || in_number_or(in, "umass", 0, &high, e))
		return -1;
	if (!(max > min))
		return in_bad(e, "\"max\" must be above \"min\"");
	if (low < 0 || high < 0 || low + high > 1)
		return in_bad(e, "point masses must not be negative and sum to 1 at most");
	p = 1 - low - high;
	z = (y - min) / (max - min);
	inside = fmin(fmax(z, 0), 1);
	*out = out_number((max - min) * (fabs(z - inside) + inside * inside * p - inside * (1 - 2 * low) + p * p / 3 + (1 - low) * high));
	return 0;
}

static double mixture(double y, struct nums means, struct nums sds, struct nums weights)
{
	double total = 0, sum = 0;

	for (int i = 0; i < weights.n; i++)
		total += weights.v[i];
	for (int i = 0; i < means.n; i++) {
		double w = weights.v[i] / total;

		sum += w * normal_distance(y - means.v[i], sds.v[i]);
		for (int j = 0; j < means.n; j++)
			sum -= w * weights.v[j] / total / 2 * normal_distance(means.v[i] - means.v[j], hypot(sds.v[i], sds.v[j]));
	}
	return sum;
}

static int crps_mixnormal(const json_t *in, json_t **out, struct err *e)
{
	struct arena *mem = arena_new();
	struct nums means, sds, weights;
	double y;
	int rc;

	rc = in_number(in, "y", &y, e);
	if (!rc)
		rc = in_numbers(in, "means", mem, &means, e);
	if (!rc)
		rc = in_numbers(in, "sds", mem, &sds, e);
	if (!rc)
		rc = in_numbers(in, "weights", mem, &weights, e);
	if (!rc && (means.n != sds.n || means.n != weights.n))
		rc = in_bad(e, "\"means\", \"sds\" and \"weights\" must be of one length");
	for (int i = 0; !rc && i < means.n; i++)
		if (!(sds.v[i] >= 0) || !(weights.v[i] >= 0))
			rc = in_bad(e, "component %d: sd and weight must not be negative", i);
	if (!rc)
		*out = out_number(mixture(y, means, sds, weights));
	arena_free(mem);
	return rc;
}

/* ------------------------------------------------------------ normal between bounds */

/* Integral of (Phi(t) - c)^2 dt up to z. */
static double below_integral(double z, double c)
{
	double f = score_normal_cdf(z);

	return z * f * f + 2 * f * phi(z) - score_normal_cdf(M_SQRT2 * z) / sqrt(M_PI) - 2 * c * (z * f + phi(z)) + c * c * z;
}

struct bounded { double y, mean, sd, lower, upper; };

static int read_bounded(const json_t *in, struct bounded *b, struct err *e)
{
	if (in_number(in, "y", &b->y, e) || in_number(in, "mean", &b->mean, e) || in_number(in, "sd", &b->sd, e) ||
	    in_number_or(in, "lower", -INFINITY, &b->lower, e) || in_number_or(in, "upper", INFINITY, &b->upper, e))
		return -1;
	if (!(b->sd > 0) || !(b->upper > b->lower))
		return in_bad(e, "\"sd\" must be positive and \"upper\" above \"lower\"");
	return 0;
}

/*
 * F = (Phi - cut) / mass inside the bounds, 0 below, 1 above. With cut 0 and mass 1 what lies outside is piled on the
 * bounds (censored); with the bounds' own cut and mass it is renormalised (truncated).
 */
static double bounded_crps(const struct bounded *b, double cut, double mass)
{
	enum { FAR = 38 };	/* beyond, Phi is 0 or 1 to the last bit */
	double y = fmin(fmax(b->y, b->lower), b->upper), z = (y - b->mean) / b->sd;
	double low = fmax((b->lower - b->mean) / b->sd, -FAR), high = fmin((b->upper - b->mean) / b->sd, FAR);
	double left = below_integral(z, cut) - below_integral(low, cut);
	/* the right side by symmetry: 1 - F(t) = (Phi(-t) - (1 - cut - mass)) / mass */
	double right = below_integral(-z, 1 - cut - mass) - below_integral(-high, 1 - cut - mass);

	return fabs(b->y - y) + b->sd * (left + right) / (mass * mass);
}

static int crps_censored_normal(const json_t *in, json_t **out, struct err *e)
{
	struct bounded b;

	if (read_bounded(in, &b, e))
		return -1;
	*out = out_number(bounded_crps(&b, 0, 1));
	return 0;
}

static int crps_truncated_normal(const json_t *in, json_t **out, struct err *e)
{
	struct bounded b;
	double cut;

	if (read_bounded(in, &b, e))
		return -1;
	cut = score_normal_cdf((b.lower - b.mean) / b.sd);
	*out = out_number(bounded_crps(&b, cut, score_normal_cdf((b.upper - b.mean) / b.sd) - cut));
	return 0;
}

/* ------------------------------------------------------------ a CDF on points */

/* Integral of (F - step)^2 over a stretch of width w on which F runs straight from a to b. */
static double stretch(double w, double a, double b, double step)
{
	a -= step;
	b -= step;
	return w * (a * a + a * b + b * b) / 3;
}

double score_crps_cdf(const double *x, const double *cdf, int n, double y)
{
	double sum = 0;

	for (int i = 0; i + 1 < n; i++) {
		double w = x[i + 1] - x[i], at;

		if (y <= x[i] || y >= x[i + 1]) {
			sum += stretch(w, cdf[i], cdf[i + 1], y <= x[i]);
			continue;
		}
		at = cdf[i] + (cdf[i + 1] - cdf[i]) * (y - x[i]) / w;
		sum += stretch(y - x[i], cdf[i], at, 0) + stretch(x[i + 1] - y, at, cdf[i + 1], 1);
	}
	return sum;
}

static int check_cdf(struct nums x, struct nums cdf, struct err *e)
{
	if (x.n != cdf.n || x.n < 2)
		return in_bad(e, "\"x\" and \"cdf\" must be of one length, two points at least");
	for (int i = 0; i < x.n; i++) {
		if (isnan(x.v[i]) || !(cdf.v[i] >= 0 && cdf.v[i] <= 1))
			return in_bad(e, "point %d: a CDF lies in 0 to 1", i);
		if (i && !(x.v[i] > x.v[i - 1]))
			return in_bad(e, "point %d: \"x\" must rise", i);
		if (i && cdf.v[i] < cdf.v[i - 1])
			return in_bad(e, "point %d: the CDF falls", i);
	}
	return 0;
}

static int crps_cdf_linear(const json_t *in, json_t **out, struct err *e)
{
	struct arena *mem = arena_new();
	struct nums x, cdf;
	double y;
	int rc;

	rc = in_number(in, "y", &y, e);
	if (!rc)
		rc = in_numbers(in, "x", mem, &x, e);
	if (!rc)
		rc = in_numbers(in, "cdf", mem, &cdf, e);
	if (!rc)
		rc = check_cdf(x, cdf, e);
	if (!rc)
		*out = out_number(isnan(y) ? NAN : score_crps_cdf(x.v, cdf.v, x.n, y));
	arena_free(mem);
	return rc;
}

const struct score_rule score_crps_rules[] = {
	ROW("crps_sample", "E|X-y| - E|X-X'|/2 with 1/n^2; weights normalised, null members dropped", "Gneiting & Raftery 2007 eq. 20", crps_sample),
	ROW("crps_sample_fair", "the same with 1/(n(n-1))", "Ferro 2014, Q. J. R. Meteorol. Soc. 140:1917", crps_sample_fair),
	ROW("crps_normal", "sd (z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi))", "Gneiting et al. 2005 eq. 5", crps_normal),
	ROW("crps_lognormal", "closed form", "Baran & Lerch 2015", crps_lognormal),
	ROW("crps_logistic", "s (z - 2 ln F(z) - 1)", "Taillardat et al. 2016", crps_logistic),
	ROW("crps_uniform", "uniform on [min,max] with point masses lmass and umass at its ends", "Jordan, Krueger & Lerch 2019, appendix A", crps_uniform),
	ROW("crps_mixnormal", "sum w_i A(y-m_i, s_i) - 1/2 sum sum w_i w_j A(m_i-m_j, sqrt(s_i^2+s_j^2))", "Grimit et al. 2006 eq. 5", crps_mixnormal),
	ROW("crps_exponential", "|y| - 2 F(y)/rate + 1/(2 rate)", "Jordan, Krueger & Lerch 2019, appendix A", crps_exponential),
	ROW("crps_laplace", "s (|z| + e^-|z| - 3/4)", "Jordan, Krueger & Lerch 2019, appendix A", crps_laplace),
	ROW("crps_censored_normal", "mass outside the bounds is put on them", "Thorarinsdottir & Gneiting 2010; integrated directly", crps_censored_normal),
	ROW("crps_truncated_normal", "renormalised inside the bounds", "Gneiting et al. 2006; integrated directly", crps_truncated_normal),
	ROW("crps_cdf_linear", "F linear between knots, integrated over the knots' range", "Hersbach 2000", crps_cdf_linear),
	{ 0 }
};
