/* Probabilities of a yes/no or one-of-several outcome. */
#include "json.h"

double score_brier_binary(double p, int outcome)
{
	return (p - outcome) * (p - outcome);
}

double score_brier_multi(const double *p, int n, int outcome)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += score_brier_binary(p[i], i == outcome);
	return sum;
}

double score_log(double p_of_outcome)
{
	return p_of_outcome == 1 ? 0 : -log(p_of_outcome);
}

double score_spherical(const double *p, int n, int outcome)
{
	double square = 0;

	for (int i = 0; i < n; i++)
		square += p[i] * p[i];
	return p[outcome] / sqrt(square);
}

double score_rps(const double *p, int n, int outcome)
{
	double sum = 0, below = 0;

	for (int k = 0; k < n; k++) {
		below += p[k];
		sum += (below - (outcome <= k)) * (below - (outcome <= k));
	}
	return sum;
}

double score_ranked_log(const double *p, int n, int outcome)
{
	double sum = 0, below = 0;

	for (int k = 0; k < n - 1; k++) {
		below += p[k];
		sum += score_log(outcome <= k ? below : 1 - below);
	}
	return sum;
}

/* p and o of a binary rule; either may be NAN, which is not scored. */
static int binary(const json_t *in, double *p, double *o, struct err *e)
{
	if (in_number(in, "p", p, e) || in_number(in, "o", o, e))
		return -1;
	if (*p < 0 || *p > 1)
		return in_bad(e, "\"p\" must lie in 0 to 1, not %g", *p);
	if (!isnan(*o) && *o != 0 && *o != 1)
		return in_bad(e, "\"o\" must be 0, 1 or null");
	return 0;
}

static int brier_binary(const json_t *in, json_t **out, struct err *e)
{
	double p, o;

	if (binary(in, &p, &o, e))
		return -1;
	*out = out_number(isnan(p) || isnan(o) ? NAN : score_brier_binary(p, (int)o));
	return 0;
}

static int log_loss(const json_t *in, json_t **out, struct err *e)
{
	double p, o;

	if (binary(in, &p, &o, e))
		return -1;
	*out = out_number(isnan(p) || isnan(o) ? NAN : score_log(o == 1 ? p : 1 - p));
	return 0;
}

static int brier_mean(const json_t *in, json_t **out, struct err *e)
{
	const json_t *pairs = json_object_get(in, "pairs"), *pair;
	double sum = 0;
	size_t i;
	int n = 0;

	if (!json_is_array(pairs))
		return in_bad(e, "\"pairs\" must be a list of [p, o]");
	json_array_foreach (pairs, i, pair) {
		const json_t *p = json_array_get(pair, 0), *o = json_array_get(pair, 1);

		if (json_array_size(pair) != 2)
			return in_bad(e, "pair %zu must be [p, o]", i);
		if (json_is_null(p) || json_is_null(o))
			continue;
		if (!json_is_number(p) || json_number_value(p) < 0 || json_number_value(p) > 1)
			return in_bad(e, "pair %zu: p must lie in 0 to 1", i);
		if (!json_is_number(o) || (json_number_value(o) != 0 && json_number_value(o) != 1))
			return in_bad(e, "pair %zu: o must be 0, 1 or null", i);
		sum += score_brier_binary(json_number_value(p), (int)json_number_value(o));
		n++;
	}
	*out = out_number(n ? sum / n : NAN);
	return 0;
}

/* The rules over {"probs": […], "outcome": k} share this reading; fn gives the number. */
static int over_probs(const json_t *in, bool nullable, double (*fn)(const double *p, int n, int outcome), json_t **out, struct err *e)
{
	struct arena *mem = arena_new();
	struct nums p;
	int outcome, rc;

	rc = in_probs(json_object_get(in, "probs"), "probs", nullable, mem, &p, e);
	if (!rc)
		rc = in_outcome(json_object_get(in, "outcome"), p.n, &outcome, e);
	if (!rc)
		*out = out_number(outcome < 0 ? NAN : fn(p.v, p.n, outcome));
	arena_free(mem);
	return rc;
}

static double log_of_outcome(const double *p, int n, int outcome)
{
	return isnan(p[outcome]) ? NAN : score_log(p[outcome]);
}

static int brier_multi(const json_t *in, json_t **out, struct err *e)
{
	return over_probs(in, false, score_brier_multi, out, e);
}

static int log_loss_multi(const json_t *in, json_t **out, struct err *e)
{
	return over_probs(in, true, log_of_outcome, out, e);
}

static int spherical(const json_t *in, json_t **out, struct err *e)
{
	return over_probs(in, false, score_spherical, out, e);
}

static int rps(const json_t *in, json_t **out, struct err *e)
{
	return over_probs(in, false, score_rps, out, e);
}

static int ranked_log(const json_t *in, json_t **out, struct err *e)
{
	return over_probs(in, false, score_ranked_log, out, e);
}

static int log_loss_mean(const json_t *in, json_t **out, struct err *e)
{
	const json_t *cases = json_object_get(in, "cases"), *one;
	struct arena *mem = arena_new();
	double sum = 0;
	int n = 0, rc = 0;
	size_t i;

	if (!json_is_array(cases))
		rc = in_bad(e, "\"cases\" must be a list of [[p, …], outcome]");
	json_array_foreach (cases, i, one) {
		struct nums p;
		int outcome;

		rc = in_probs(json_array_get(one, 0), "cases", true, mem, &p, e);
		if (!rc)
			rc = in_outcome(json_array_get(one, 1), p.n, &outcome, e);
		if (rc)
			break;
		if (outcome < 0 || isnan(p.v[outcome]))
			continue;
		sum += score_log(p.v[outcome]);
		n++;
	}
	if (!rc)
		*out = out_number(n ? sum / n : NAN);
	arena_free(mem);
	return rc;
}

const struct score_rule score_prob_rules[] = {
	ROW("brier_binary", "(p-o)^2, 0..1", "Brier 1950, Monthly Weather Review 78:1, half his sum", brier_binary),
	ROW("brier_mean", "mean of (p-o)^2 over pairs with both present", "Brier 1950", brier_mean),
	ROW("brier_multi", "sum over categories of (p_i-o_i)^2, 0..2", "Brier 1950 eq. 2", brier_multi),
	ROW("log_loss", "-ln p(outcome)", "Good 1952, J. R. Stat. Soc. B 14:107", log_loss),
	ROW("log_loss_multi", "-ln p(outcome); null where the outcome has no probability", "Good 1952", log_loss_multi),
	ROW("log_loss_mean", "mean of log_loss_multi", "Good 1952", log_loss_mean),
	ROW("spherical", "p_k / sqrt(sum p_i^2), higher is better", "Roby 1965; Gneiting & Raftery 2007 ex. 4", spherical),
	ROW("rps", "sum over k of (P(X<=k) - 1{y<=k})^2, not divided by K-1", "Epstein 1969, J. Appl. Meteorol. 8:985", rps),
	ROW("ranked_log", "-sum over k<K of ln of the cumulative probability given to the side that occurred", "ignorance form of the RPS, Toedter & Ahrens 2012", ranked_log),
	{ 0 }
};
