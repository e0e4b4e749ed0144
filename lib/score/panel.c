/*
 * Difficulty: who answered hard questions is not to look bad for it. ForecastBench's two-way model: score = effect of the
 * question + effect of the forecaster, by least squares.
 */
#include "json.h"

#define TINY 1e-10 /* of the largest number: smaller pivots are none */

/* Solves a x = b in place by elimination with pivoting; a free column (forecasters without a common question) stays NAN. */
static void solve(double *a, double *b, int n)
{
	double tiny = 0;

	for (int i = 0; i < n * n; i++)
		tiny = fmax(tiny, TINY * fabs(a[i]));
	for (int k = 0; k < n; k++) {
		int best = k;

		for (int i = k + 1; i < n; i++)
			if (fabs(a[i * n + k]) > fabs(a[best * n + k]))
				best = i;
		for (int j = 0; j < n; j++) {
			double swap = a[k * n + j];

			a[k * n + j] = a[best * n + j];
			a[best * n + j] = swap;
		}
		double swap = b[k];
		b[k] = b[best];
		b[best] = swap;
		for (int i = k + 1; i < n && fabs(a[k * n + k]) > tiny; i++) {
			double factor = a[i * n + k] / a[k * n + k];

			for (int j = k; j < n; j++)
				a[i * n + j] -= factor * a[k * n + j];
			b[i] -= factor * b[k];
		}
	}
	for (int k = n - 1; k >= 0; k--) {
		for (int j = k + 1; j < n; j++)
			if (fabs(a[k * n + j]) > tiny)
				b[k] -= a[k * n + j] * b[j];
		b[k] = fabs(a[k * n + k]) > tiny ? b[k] / a[k * n + k] : NAN;
	}
}

/* Normal equations of the forecasters' effects once each question's mean is taken out; rows from first to last are of one question. */
static void add_question(const struct score_seen *rows, int first, int last, int n, double *a, double *b)
{
	double mean = 0;

	for (int i = first; i < last; i++)
		mean += rows[i].score / (last - first);
	for (int i = first; i < last; i++) {
		a[rows[i].who * n + rows[i].who] += 1;
		b[rows[i].who] += rows[i].score - mean;
		for (int j = first; j < last; j++)
			a[rows[i].who * n + rows[j].who] -= 1.0 / (last - first);
	}
}

static int by_question(const void *a, const void *b)
{
	const struct score_seen *x = a, *y = b;

	return (x->question > y->question) - (x->question < y->question);
}

/* Mean over questions of what a forecaster without effect would have got. */
static double mean_difficulty(const struct score_seen *rows, int n, const double *effect)
{
	double sum = 0;
	int questions = 0;

	for (int first = 0, last; first < n; first = last) {
		double own = 0;
		int count = 0;

		for (last = first; last < n && rows[last].question == rows[first].question; last++)
			if (!isnan(effect[rows[last].who])) {
				own += rows[last].score - effect[rows[last].who];
				count++;
			}
		if (count) {
			sum += own / count;
			questions++;
		}
	}
	return questions ? sum / questions : NAN;
}

double score_two_way(struct score_seen *rows, int n, int names, int base, double *effect)
{
	double *a = xzalloc((size_t)names * (size_t)names * sizeof *a + 1);

	memset(effect, 0, (size_t)names * sizeof *effect);
	qsort(rows, (size_t)n, sizeof *rows, by_question);
	for (int first = 0, last; first < n; first = last) {
		for (last = first; last < n && rows[last].question == rows[first].question; last++)
			;
		add_question(rows, first, last, names, a, effect);
	}
	for (int j = 0; j < names; j++)
		a[base * names + j] = j == base;
	effect[base] = 0;
	solve(a, effect, names);
	free(a);
	return mean_difficulty(rows, n, effect);
}

/* ------------------------------------------------------------ JSON */

struct panel {
	struct score_seen *rows;
	int n;
	const char **questions, **names;
	int n_questions, n_names;
};

static int name_index(const char **names, int *n, const char *name)
{
	for (int i = 0; i < *n; i++)
		if (!strcmp(names[i], name))
			return i;
	names[*n] = name;
	return (*n)++;
}

static int read_panel(const json_t *in, struct arena *mem, struct panel *p, struct err *e)
{
	const json_t *list = json_object_get(in, "observations"), *row;
	size_t i, n = json_array_size(list);

	if (!n)
		return in_bad(e, "\"observations\" must be a list of [question, forecaster, score]");
	p->rows = arena_alloc(mem, n * sizeof *p->rows);
	p->questions = arena_alloc(mem, n * sizeof *p->questions);
	p->names = arena_alloc(mem, n * sizeof *p->names);
	json_array_foreach(list, i, row)
	{
		const char *question = json_string_value(json_array_get(row, 0)), *name = json_string_value(json_array_get(row, 1));
		const json_t *score = json_array_get(row, 2);

		if (!question || !name || !json_is_number(score))
			return in_bad(e, "observation %zu must be [question, forecaster, score]", i);
		p->rows[p->n++] = (struct score_seen){ name_index(p->questions, &p->n_questions, question),
			name_index(p->names, &p->n_names, name), json_number_value(score) };
	}
	return 0;
}

static int base_name(const struct panel *p)
{
	int base = 0;

	for (int i = 1; i < p->n_names; i++)
		if (strcmp(p->names[i], p->names[base]) < 0)
			base = i;
	return base;
}

static int difficulty_adjusted_brier(const json_t *in, json_t **out, struct err *e)
{
	struct arena *mem = arena_new();
	struct panel p = { 0 };
	int rc = read_panel(in, mem, &p, e);

	if (!rc) {
		double *effect = arena_zalloc(mem, (size_t)p.n_names * sizeof *effect);

		(void)score_two_way(p.rows, p.n, p.n_names, base_name(&p), effect);
		*out = json_object();
		for (int i = 0; i < p.n_names; i++)
			json_object_set_new(*out, p.names[i], out_number(effect[i]));
	}
	arena_free(mem);
	return rc;
}

const struct score_rule score_panel_rules[] = {
	ROW("difficulty_adjusted_brier", "score = question + forecaster effects by least squares, the first forecaster fixed at 0",
		"ForecastBench", difficulty_adjusted_brier),
	{ 0 }
};
