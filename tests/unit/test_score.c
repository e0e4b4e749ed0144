/* Scoring rules against vectors: our own small file always, the shared collection when it is there. */
#include "unit.h"

#include <math.h>

#include "aimarket/score.h"

static double as_number(const json_t *v)
{
	const char *s = json_string_value(v);

	return s && !strcmp(s, "inf") ? INFINITY : s && !strcmp(s, "-inf") ? -INFINITY : json_number_value(v);
}

/* Equal within tol, into arrays and those object members that want names. */
static bool agrees(const json_t *want, const json_t *got, double tol)
{
	const char *key;
	json_t *member;
	double a, b;

	if (json_is_null(want) || json_is_null(got))
		return json_is_null(want) && json_is_null(got);
	if (json_is_array(want)) {
		if (json_array_size(want) != json_array_size(got))
			return false;
		for (size_t i = 0; i < json_array_size(want); i++)
			if (!agrees(json_array_get(want, i), json_array_get(got, i), tol))
				return false;
		return true;
	}
	if (json_is_object(want)) {
		void *iter;
		for (iter = json_object_iter((json_t *)(uintptr_t)want); iter; iter = json_object_iter_next((json_t *)(uintptr_t)want, iter)) {
			key = json_object_iter_key(iter);
			member = json_object_get(got, key);
			if (!member || !agrees(json_object_iter_value(iter), member, tol))
				return false;
		}
		return true;
	}
	a = as_number(want);
	b = as_number(got);
	return a == b || fabs(a - b) <= tol + 1e-15 * fabs(a);
}

static void one_vector(const json_t *v)
{
	const char *rule = json_string_value(json_object_get(v, "rule")), *id = json_string_value(json_object_get(v, "id"));
	const json_t *want = json_object_get(v, "expected");
	const char *word = json_string_value(want);
	struct err e = { 0 };
	json_t *got = NULL;
	int rc = score_run(rule, json_object_get(v, "input"), &got, &e);

	if (word && !strcmp(word, "error")) {
		if (!rc || e.kind != ERR_PARSE)
			fail_msg("%s: the input must be refused", id);
	} else if (rc || !agrees(want, got, json_number_value(json_object_get(v, "tol")))) {
		char *w = json_dumps(want, JSON_ENCODE_ANY), *g = got ? json_dumps(got, JSON_ENCODE_ANY) : NULL;

		fail_msg("%s: expected %s, got %s %s", id, w, g ? g : "nothing", e.text);
	}
	json_decref(got);
}

static void vectors_of(const char *path, bool required)
{
	json_error_t error;
	json_t *file = json_load_file(path, 0, &error), *list = json_object_get(file, "vectors");

	if (!file && !required) {
		print_message("SKIPPED: %s is not here, so its scoring vectors were not tried\n", path);
		skip();
	}
	assert_non_null(file);
	assert_true(json_array_size(list) > 0);
	for (size_t i = 0; i < json_array_size(list); i++)
		one_vector(json_array_get(list, i));
	json_decref(file);
}

static void own_vectors(void **state)
{
	vectors_of("tests/unit/score_vectors.json", true);
}

static void shared_vectors(void **state)
{
	const char *shared = getenv("AIMARKET_SHARED");
	char path[512];

	snprintf(path, sizeof path, "%s/data/predictions/scoring_vectors.json", shared ? shared : "../shared");
	vectors_of(path, false);
}

static void unknown_rule(void **state)
{
	struct err e = { 0 };
	json_t *in = json_object(), *out;

	assert_int_equal(score_run("brier_binari", in, &out, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_non_null(strstr(e.text, "brier_binary"));
	json_decref(in);
}

/* Proper: the expected score is best when the forecast is the truth. */
static void brier_and_log_are_proper(void **state)
{
	for (double truth = 0.05; truth < 1; truth += 0.05)
		for (double p = 0.01; p < 1; p += 0.01) {
			double honest = truth * score_brier_binary(truth, 1) + (1 - truth) * score_brier_binary(truth, 0);
			double said = truth * score_brier_binary(p, 1) + (1 - truth) * score_brier_binary(p, 0);

			assert_true(honest <= said + 1e-12);
			honest = truth * score_log(truth) + (1 - truth) * score_log(1 - truth);
			said = truth * score_log(p) + (1 - truth) * score_log(1 - p);
			assert_true(honest <= said + 1e-12);
		}
}

/* Peer scores of one instant sum to zero over those who stand. */
static void peer_scores_sum_to_zero(void **state)
{
	double a[] = { 0.9, 0.1 }, b[] = { 0.5, 0.5 }, c[] = { 0.2, 0.8 };
	struct score_forecast f[] = { { a, 2, 0, INFINITY }, { b, 2, 0, INFINITY }, { c, 2, 0, INFINITY } };
	struct score_question q = { .close = 10, .scheduled_close = 10, .bucket = 1 };
	struct score_point p[3];

	score_metaculus_peer(&q, f, 3, p);
	assert_true(fabs(p[0].score + p[1].score + p[2].score) < 1e-9);
}

/* A sample's CRPS nears the law's as it grows: the midpoints of 2,000 equal slices of a normal. */
static void sample_crps_nears_the_law(void **state)
{
	enum { N = 2000 };
	double *x = calloc(N, sizeof *x), low, high;

	for (int i = 0; i < N; i++) {
		low = -9;
		high = 9;
		for (int k = 0; k < 80; k++)
			*(score_normal_cdf((low + high) / 2) < (i + 0.5) / N ? &low : &high) = (low + high) / 2;
		x[i] = low;
	}
	assert_true(fabs(score_crps_sample(x, NULL, N, 0.7, false) - score_crps_normal(0.7, 0, 1)) < 1e-3);
	free(x);
}

static void assert_near(double got, double want, double tol)
{
	if (!(fabs(got - want) <= tol))
		fail_msg("%.15g, not %.15g", got, want);
}

static void days_end_when_a_word_is_taken_back(void **state)
{
	const struct score_said back[] = { { 0, 0.5 }, { 1, NAN } }, stays[] = { { 0, 0.5 } }, late[] = { { 1.5, 1 } };
	struct score_speaker s[] = { { .said = back, .n = 2 }, { .said = stays, .n = 1 }, { .said = late, .n = 1 }, { .n = 0 } };

	score_gjp_day_averaged(2, 1, s, 4);
	assert_near(s[0].absolute, 0.25, 1e-12);	/* one of two days at 2 x 0.25 */
	assert_near(s[1].absolute, 0.5, 1e-12);
	assert_near(s[1].relative, 0.125, 1e-12);	/* alone with its like, then 0.5 against a median of 0.25 */
	assert_near(s[2].absolute, 0, 1e-12);
	assert_near(s[3].absolute, 0, 1e-12);
}

static void signs_are_drawn_when_they_are_too_many(void **state)
{
	enum { MANY = 100 };
	double same[MANY], turned[MANY];

	for (int i = 0; i < MANY; i++) {
		same[i] = 1;
		turned[i] = i % 2 ? 1 : -1;
	}
	assert_true(score_signflip(same, MANY) < 1e-4);
	assert_near(score_signflip(turned, MANY), 1, 1e-12);
	/* of 22 ones 2 of 2^22 sign changes come as far; of 23 none is likely to be drawn */
	assert_near(score_signflip(same, SCORE_EXACT_MAX), 2.0 / (1 << SCORE_EXACT_MAX), 1e-12);
	assert_true(score_signflip(same, SCORE_EXACT_MAX + 1) < 1e-4);
}

static void resamples_of_one_value_are_that_value(void **state)
{
	const double v[] = { 0.25, 0.25, 0.25 }, spread[] = { 0, 1, 0, 1, 0, 1, 0, 1 };
	double low, high;

	score_bootstrap(v, 3, &low, &high);
	assert_near(low, 0.25, 1e-12);
	assert_near(high, 0.25, 1e-12);
	score_bootstrap(spread, 8, &low, &high);
	assert_true(low < 0.3 && high > 0.7);
}

static void hard_questions_are_allowed_for(void **state)
{
	/* question 1 is easy (0.1), question 2 hard (0.5); forecaster 1 is worse by 0.2 and answered only the hard one, 2 shares nothing */
	struct score_seen rows[] = { { 2, 1, 0.7 }, { 1, 0, 0.1 }, { 2, 0, 0.5 }, { 3, 2, 0.3 } };
	double effect[3];

	assert_near(score_two_way(rows, 3, 2, 0, effect), 0.3, 1e-9);
	assert_near(effect[0], 0, 1e-12);
	assert_near(effect[1], 0.2, 1e-9);
	(void)score_two_way(rows, 4, 3, 0, effect);
	assert_true(isnan(effect[2]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_vectors),
		cmocka_unit_test(shared_vectors),
		cmocka_unit_test(unknown_rule),
		cmocka_unit_test(brier_and_log_are_proper),
		cmocka_unit_test(peer_scores_sum_to_zero),
		cmocka_unit_test(sample_crps_nears_the_law),
		cmocka_unit_test(days_end_when_a_word_is_taken_back),
		cmocka_unit_test(signs_are_drawn_when_they_are_too_many),
		cmocka_unit_test(resamples_of_one_value_are_that_value),
		cmocka_unit_test(hard_questions_are_allowed_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
