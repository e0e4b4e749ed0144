/* How rules read their JSON input and write their answer; used by the score files only. */
#ifndef SCORE_JSON_H
#define SCORE_JSON_H

#include <math.h>

#include "aimarket/arena.h"
#include "aimarket/score.h"

struct nums { double *v; int n; };

int in_bad(struct err *e, const char *fmt, ...) printf_like(2, 3);		/* ERR_PARSE; returns -1 */
#define in_bad(...) (in_bad(__VA_ARGS__), err_failed())
/* A number by key; NAN when it is null, an error when it is missing or anything else. */
int in_number(const json_t *in, const char *key, double *out, struct err *e) must_check;
/* The same, with a fallback for a key that is not there. */
int in_number_or(const json_t *in, const char *key, double fallback, double *out, struct err *e) must_check;
/* A number that must not be null and must lie in [low, high]. */
int in_range(const json_t *in, const char *key, double low, double high, double *out, struct err *e) must_check;
int in_array(const json_t *array, const char *key, struct arena *mem, struct nums *out, struct err *e) must_check;
int in_numbers(const json_t *in, const char *key, struct arena *mem, struct nums *out, struct err *e) must_check;
/* Probabilities in [0,1] that sum to 1; NAN entries (null) are allowed when nullable, then the rest may sum to 1 or less. */
int in_probs(const json_t *array, const char *key, bool nullable, struct arena *mem, struct nums *out, struct err *e) must_check;
/* An outcome index below n; -1 for null. */
int in_outcome(const json_t *value, int n, int *out, struct err *e) must_check;

json_t *out_number(double v);			/* null for NAN, "inf" and "-inf" for infinities */
json_t *out_numbers(const double *v, int n);

#define ROW(rule, formula_text, source_text, fn) { .name = rule, .formula = formula_text, .source = source_text, .version = 1, .run = fn }

extern const struct score_rule score_prob_rules[], score_crps_rules[], score_quantile_rules[], score_metaculus_rules[], score_skill_rules[],
	score_gjp_rules[], score_panel_rules[], score_test_rules[];

#endif
