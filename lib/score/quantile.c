/* Quantiles and intervals. */
#include "json.h"

double score_pinball(double y, double q, double level)
{
	return (y >= q ? level : level - 1) * (y - q);
}

double score_interval(double y, double lower, double upper, double alpha)
{
	return upper - lower + 2 / alpha * (fmax(lower - y, 0) + fmax(y - upper, 0));
}

static int pinball(const json_t *in, json_t **out, struct err *e)
{
	double y, q, level;

	if (in_number(in, "y", &y, e) || in_number(in, "quantile", &q, e) || in_range(in, "level", 0, 1, &level, e))
		return -1;
	*out = out_number(score_pinball(y, q, level));
	return 0;
}

/* y and an interval whose ends are in order. */
static int read_interval(const json_t *in, double *y, double *lower, double *upper, struct err *e)
{
	if (in_number(in, "y", y, e) || in_number(in, "lower", lower, e) || in_number(in, "upper", upper, e))
		return -1;
	if (*lower > *upper)
		return in_bad(e, "\"lower\" %g is above \"upper\" %g", *lower, *upper);
	return 0;
}

static int interval_score(const json_t *in, json_t **out, struct err *e)
{
	double y, lower, upper, coverage;

	if (read_interval(in, &y, &lower, &upper, e) || in_range(in, "coverage", 0, 1, &coverage, e))
		return -1;
	if (coverage <= 0 || coverage >= 1)
		return in_bad(e, "\"coverage\" must lie between 0 and 1");
	*out = out_number(score_interval(y, lower, upper, 1 - coverage));
	return 0;
}

static int quantile_interval_score(const json_t *in, json_t **out, struct err *e)
{
	double y, lower, upper, low, high, over, under;

	if (read_interval(in, &y, &lower, &upper, e) || in_range(in, "lower_level", 0, 1, &low, e) || in_range(in, "upper_level", 0, 1, &high, e))
		return -1;
	if (low <= 0 || high >= 1 || low >= high)
		return in_bad(e, "levels must lie between 0 and 1, the lower one below the upper one");
	over = fmax(lower - y, 0) / low;
	under = fmax(y - upper, 0) / (1 - high);
	*out = json_pack("{s:o,s:o,s:o,s:o}", "width", out_number(upper - lower), "over", out_number(over), "under", out_number(under), "total",
			out_number(upper - lower + over + under));
	return 0;
}

static int check_quantiles(struct nums levels, struct nums q, struct err *e)
{
	if (levels.n != q.n)
		return in_bad(e, "%d levels for %d quantiles", levels.n, q.n);
	for (int i = 0; i < q.n; i++) {
		if (!(levels.v[i] > 0 && levels.v[i] < 1))
			return in_bad(e, "level %d must lie between 0 and 1", i);
		if (i && levels.v[i] <= levels.v[i - 1])
			return in_bad(e, "level %d does not rise", i);
		if (i && q.v[i] < q.v[i - 1])
			return in_bad(e, "quantile %d falls below the one before", i);
		if (fabs(levels.v[i] + levels.v[q.n - 1 - i] - 1) > 1e-9)
			return in_bad(e, "level %g has no partner %g", levels.v[i], 1 - levels.v[i]);
	}
	return 0;
}

double score_wis(double y, const double *levels, const double *q, int n, bool median_twice)
{
	double sum = 0;
	int pairs = n / 2;

	for (int i = 0; i < pairs; i++)
		sum += levels[i] * score_interval(y, q[i], q[n - 1 - i], 2 * levels[i]);
	if (n % 2 == 0)
		return sum / pairs;
	sum += (median_twice ? 1 : 0.5) * fabs(y - q[pairs]);
	return sum / (pairs + (median_twice ? 1 : 0.5));
}

static int wis(const json_t *in, json_t **out, struct err *e)
{
	struct arena *mem = arena_new();
	struct nums levels, q;
	double y;
	int rc;

	rc = in_number(in, "y", &y, e);
	if (!rc)
		rc = in_numbers(in, "levels", mem, &levels, e);
	if (!rc)
		rc = in_numbers(in, "quantiles", mem, &q, e);
	if (!rc)
		rc = check_quantiles(levels, q, e);
	if (!rc)
		*out = out_number(score_wis(y, levels.v, q.v, q.n, json_is_true(json_object_get(in, "count_median_twice"))));
	arena_free(mem);
	return rc;
}

const struct score_rule score_quantile_rules[] = {
	ROW("pinball", "(1{y>=q} ? level : level-1) (y-q)", "Koenker & Bassett 1978", pinball),
	ROW("interval_score", "(u-l) + 2/a (l-y)+ + 2/a (y-u)+, a = 1-coverage", "Gneiting & Raftery 2007 eq. 43", interval_score),
	ROW("quantile_interval_score", "(u-l) + (l-y)+/lower_level + (y-u)+/(1-upper_level)", "Winkler 1972", quantile_interval_score),
	ROW("wis", "sum of a/2 IS plus |y-median|, over K+1/2 with half the median's weight, or K+1 with count_median_twice", "Bracher et al. 2021 eq. 2", wis),
	{ 0 }
};
