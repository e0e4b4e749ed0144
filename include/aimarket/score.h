/*
 * score: proper scoring rules and the statistics around them, as pure functions of numbers.
 *
 * Two faces of one table: score_run() takes and gives JSON (the CLI's `predict score`, the tests' vectors); the plain
 * functions below are what bulk scoring calls. Probabilities are fractions of 1, times are in any one unit.
 * NAN stands for "not scored / undefined" (JSON null); INFINITY is a result, written "inf".
 */
#ifndef AIMARKET_SCORE_H
#define AIMARKET_SCORE_H

#include <jansson.h>

#include "aimarket/err.h"

enum { SCORE_EXACT_MAX = 22 };		/* limit exact-tests: longest series the exact sign-flip test enumerates */
#define SCORE_SUM_TOLERANCE 1e-6	/* probabilities of one forecast must sum to 1 within this */

struct score_rule {
	const char *name;
	const char *formula;	/* one line, in the terms of its source */
	const char *source;	/* where the formula is from */
	int version;		/* raised when the same input gives another number */
	/* Fills *out (a new reference: number, null, "inf", array or object). ERR_PARSE when the input must be refused. */
	int (*run)(const json_t *in, json_t **out, struct err *e);
};

/* Calls fn with every rule, in the order of the documentation. */
void score_each(void (*fn)(void *arg, const struct score_rule *rule), void *arg);
const struct score_rule *score_find(const char *name);	/* NULL when unknown */
/* Runs a rule by name. ERR_NOT_FOUND names the nearest; ERR_PARSE says what is wrong with the input. */
int score_run(const char *name, const json_t *in, json_t **out, struct err *e) must_check;

/* ---- one forecast, one outcome */

double score_brier_binary(double p, int outcome);				/* (p-o)^2, 0..1. Brier 1950, half his sum */
double score_brier_multi(const double *p, int n, int outcome);			/* sum (p_i-o_i)^2, 0..2. Brier 1950 */
double score_log(double p_of_outcome);						/* -ln p; INFINITY at 0. Good 1952 */
double score_spherical(const double *p, int n, int outcome);			/* p_k/|p|, higher is better. Roby 1965 */
double score_rps(const double *p, int n, int outcome);				/* sum (P_k-O_k)^2. Epstein 1969, not divided by K-1 */
double score_ranked_log(const double *p, int n, int outcome);			/* -sum ln(cumulative probability of the side that occurred) */
/* Continuous ranked probability score of a weighted sample (weights NULL = equal; fair = 1/(n(n-1))). Sorts x and w in place. Gneiting & Raftery 2007 eq. 20; fair: Ferro 2014. */
double score_crps_sample(double *x, double *w, int n, double y, bool fair);
double score_crps_normal(double y, double mean, double sd);			/* Gneiting et al. 2005 eq. 5 */
double score_crps_cdf(const double *x, const double *cdf, int n, double y);	/* F linear between knots, integrated over their range */
double score_pinball(double y, double q, double level);				/* Koenker & Bassett 1978 */
double score_interval(double y, double lower, double upper, double alpha);	/* Gneiting & Raftery 2007 eq. 43 */
/* Weighted interval score of quantiles at rising levels, each with its partner 1 - level. Bracher et al. 2021 eq. 2. */
double score_wis(double y, const double *levels, const double *q, int n, bool median_twice);

/* ---- Metaculus: a question's log of forecasts over time (scores FAQ and scoring code of the project) */

struct score_forecast {
	double *pmf;		/* NAN = option not open at the time; its mass is in the last one ("Other") */
	int n;
	double start, end;	/* end INFINITY = stands until the close */
};
struct score_question {
	bool continuous;
	double open, close, scheduled_close;
	int bucket;		/* index into the pmf that came true */
	int open_bounds;	/* of a continuous question: 0, 1, 2 */
};
struct score_point { double score, coverage; };

/* One point a forecast segment. */
void score_metaculus_baseline(const struct score_question *q, const struct score_forecast *f, int n, struct score_point *out);
void score_metaculus_peer(const struct score_question *q, const struct score_forecast *f, int n, struct score_point *out);
void score_metaculus_spot(const struct score_question *q, double at, bool peer, const struct score_forecast *f, int n, struct score_point *out);

/* ---- Good Judgment Project: the Brier score of each day, as Fatebook implements it */

struct score_said { double at, p; };	/* in days since the question opened, rising; p NAN = taken back */
struct score_speaker { const struct score_said *said; int n; double absolute, relative; };	/* the last two are results; NAN: said nothing, or nobody to compare with */
/* outcome: 1, 0, or the share that came true. Divides by the whole length of the question; relative is less the day's median. */
void score_gjp_day_averaged(double days, double outcome, struct score_speaker *speakers, int n);

/* ---- many forecasts */

struct score_murphy { double brier, reliability, resolution, uncertainty; };
struct score_murphy score_murphy(const double *p, const int *outcome, int n);	/* Murphy 1973, one bin a distinct value */
/* Diebold-Mariano statistic of differences in order, horizon h; NAN when their long-run variance is not positive. Harvey, Leybourne & Newbold 1997 eq. 9. */
double score_dm_hln(const double *d, int n, int h, double *mean);
/* Share of sign changes whose sum is as far from 0, two-sided: all of them up to SCORE_EXACT_MAX, else 100,000 drawn with a fixed seed. Fisher 1935, section 21. */
double score_signflip(const double *d, int n);
/* Where 95 % of the means of 1,000 resamples lie; drawn with a fixed seed. Efron 1979. */
void score_bootstrap(const double *v, int n, double *low, double *high);

struct score_seen { int question, who; double score; };
/*
 * Effects of forecasters 0 to names - 1 on the score, with that of base fixed at 0; NAN for who shares no question with it,
 * not even through others. Returns the mean over questions of what one without effect would have got. Sorts rows by question.
 */
double score_two_way(struct score_seen *rows, int n, int names, int base, double *effect);
/* Standard normal and Student t distribution functions. DLMF 7.1 and 8.17.22. */
double score_normal_cdf(double z);
double score_t_cdf(double t, double df);

#endif
