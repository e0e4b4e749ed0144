/* Aggregates, references and site-specific scores. */
#include "json.h"

/* ------------------------------------------------------------ aggregates of a crowd */

struct weighted { double v, w; };

static int by_v(const void *a, const void *b)
{
	double x = ((const struct weighted *)a)->v, y = ((const struct weighted *)b)->v;

	return (x > y) - (x < y);
}

/* The value at which the cumulative weight passes the level; the midpoint to the next when it is hit exactly. */
static double percentile(struct weighted *a, int n, double level)
{
	double total = 0, sum = 0, target;

	qsort(a, (size_t)n, sizeof *a, by_v);
	for (int i = 0; i < n; i++)
		total += a[i].w;
	target = total * level / 100;
	for (int i = 0; i < n; i++) {
		sum += a[i].w;
		if (i + 1 < n && fabs(sum - target) < 1e-12 * total)
			return (a[i].v + a[i + 1].v) / 2;
		if (sum > target)
			return a[i].v;
	}
	return a[n - 1].v;
}

static int percentile_columns(const json_t *rows, struct nums weights, double level, struct arena *mem, json_t **out, struct err *e)
{
	int n = (int)json_array_size(rows), width;
	struct nums *row = arena_alloc(mem, (size_t)n * sizeof *row);
	struct weighted *column = arena_alloc(mem, (size_t)n * sizeof *column);

	for (int i = 0; i < n; i++) {
		if (in_array(json_array_get(rows, (size_t)i), "values", mem, &row[i], e))
			return -1;
		if (row[i].n != row[0].n)
			return in_bad(e, "row %d of \"values\" has another length than the first", i);
	}
	width = row[0].n;
	*out = json_array();
	for (int k = 0; k < width; k++) {
		for (int i = 0; i < n; i++)
			column[i] = (struct weighted){ row[i].v[k], weights.v ? weights.v[i] : 1 };
		json_array_append_new(*out, out_number(percentile(column, n, level)));
	}
	return 0;
}

static int weighted_percentile(const json_t *in, json_t **out, struct err *e)
{
	const json_t *rows = json_object_get(in, "values"), *w = json_object_get(in, "weights");
	struct arena *mem = arena_new();
	struct nums weights = { 0 };
	double level;
	int rc = 0;

	if (!json_is_array(rows) || !json_array_size(rows))
		rc = in_bad(e, "\"values\" must be a list of rows");
	if (!rc && w && !json_is_null(w))
		rc = in_array(w, "weights", mem, &weights, e);
	if (!rc && weights.v && (size_t)weights.n != json_array_size(rows))
		rc = in_bad(e, "%d weights for %zu rows", weights.n, json_array_size(rows));
	if (!rc)
		rc = in_range(in, "percentile", 0, 100, &level, e);
	if (!rc)
		rc = percentile_columns(rows, weights, level, mem, out, e);
	arena_free(mem);
	return rc;
}

static int recency_weights(const json_t *in, json_t **out, struct err *e)
{
	double n;

	if (in_range(in, "n", 0, 1e6, &n, e))
		return -1;
	if (n <= 2) {
		*out = json_null();
		return 0;
	}
	*out = json_array();
	for (int i = 1; i <= (int)n; i++)
		json_array_append_new(*out, out_number(exp(sqrt(i) - sqrt(n))));
	return 0;
}

static int relative_log2(const json_t *in, json_t **out, struct err *e)
{
	double p, median;

	if (in_range(in, "p", 0, 1, &p, e) || in_range(in, "median", 0, 1, &median, e))
		return -1;
	*out = out_number(log2(p / median));
	return 0;
}

/* ------------------------------------------------------------ outcomes and small formulas of single sites */

static int resolve_value_metaculus(const json_t *in, json_t **out, struct err *e)
{
	const char *text = json_string_value(json_object_get(in, "resolution"));

	*out = text && !strcmp(text, "yes") ? json_integer(1) : text && !strcmp(text, "no") ? json_integer(0) : json_null();
	return 0;
}

static int resolve_value_manifold(const json_t *in, json_t **out, struct err *e)
{
	const char *text = json_string_value(json_object_get(in, "resolution"));
	double p;

	if (in_number_or(in, "probability", NAN, &p, e))
		return -1;
	if (text && !strcmp(text, "YES"))
		p = 1;
	else if (text && !strcmp(text, "NO"))
		p = 0;
	else if (!text || strcmp(text, "MKT") != 0)
		p = NAN;
	*out = out_number(p);
	return 0;
}

static int brier_index(const json_t *in, json_t **out, struct err *e)
{
	double brier;

	if (in_number(in, "adjusted_brier", &brier, e))
		return -1;
	if (brier < 0)
		return in_bad(e, "\"adjusted_brier\" must not be negative");
	*out = out_number((1 - sqrt(brier)) * 100);
	return 0;
}

static int impute(const json_t *in, json_t **out, struct err *e)
{
	double forecast, market;

	if (in_number_or(in, "market_value", NAN, &market, e) || in_number_or(in, "forecast", NAN, &forecast, e))
		return -1;
	*out = out_number(!isnan(forecast) ? forecast : !isnan(market) ? market : 0.5);
	return 0;
}

static int fb_peer(const json_t *in, json_t **out, struct err *e)
{
	struct arena *mem = arena_new();
	struct nums b;
	double mean = 0;
	int rc = in_numbers(in, "briers", mem, &b, e);

	for (int i = 0; !rc && i < b.n; i++)
		mean += b.v[i] / b.n;
	for (int i = 0; !rc && i < b.n; i++)
		b.v[i] = mean - b.v[i];
	if (!rc)
		*out = out_numbers(b.v, b.n);
	arena_free(mem);
	return rc;
}

static int skill_absolute(const json_t *in, json_t **out, struct err *e)
{
	double ref, score;

	if (in_number(in, "ref", &ref, e) || in_number(in, "score", &score, e))
		return -1;
	*out = out_number(ref - score);
	return 0;
}

static int skill_relative(const json_t *in, json_t **out, struct err *e)
{
	double ref, score;

	if (in_number(in, "ref", &ref, e) || in_number(in, "score", &score, e))
		return -1;
	*out = out_number(ref == 0 ? NAN : 1 - score / ref);
	return 0;
}

static int manifold_site_bin(const json_t *in, json_t **out, struct err *e)
{
	static const int points[] = { 1, 3, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 97, 99 };
	double p;
	int best = 0;

	if (in_range(in, "p", 0, 1, &p, e))
		return -1;
	for (size_t i = 1; i < sizeof points / sizeof points[0]; i++)
		if (fabs(points[i] - p * 100) < fabs(points[best] - p * 100))
			best = (int)i;
	*out = json_integer(points[best]);
	return 0;
}

const struct score_rule score_skill_rules[] = {
	ROW("weighted_percentile", "per column; midpoint when the cumulative weight hits the level exactly", "Metaculus aggregation code", weighted_percentile),
	ROW("recency_weights", "e^(sqrt(i)-sqrt(N)), i = 1..N oldest to newest; null for two or fewer", "Metaculus aggregation code", recency_weights),
	ROW("relative_log2", "log2(p/median)", "Metaculus legacy relative score", relative_log2),
	ROW("resolve_value_metaculus", "yes 1, no 0, else null", "ForecastBench", resolve_value_metaculus),
	ROW("resolve_value_manifold", "YES 1, NO 0, MKT the probability, else null", "ForecastBench", resolve_value_manifold),
	ROW("brier_index", "(1 - sqrt(difficulty-adjusted Brier)) 100", "ForecastBench leaderboard", brier_index),
	ROW("impute", "a missing forecast becomes the market's value, else 0.5", "ForecastBench", impute),
	ROW("fb_peer", "question mean Brier minus own", "ForecastBench", fb_peer),
	ROW("skill_absolute", "ref - score", "Murphy 1988", skill_absolute),
	ROW("skill_relative", "1 - score/ref", "Murphy 1988", skill_relative),
	ROW("manifold_site_bin", "nearest of the published points, ties to the lower", "Manifold calibration page", manifold_site_bin),
	{ 0 }
};
