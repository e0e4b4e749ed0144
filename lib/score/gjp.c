/*
 * The day-averaged Brier score of the Good Judgment Project, as Fatebook implements it: what somebody said on a day is the
 * mean over its hours, the last word is carried forward, and each day is compared with its median.
 */
#include "json.h"

enum { SECOND_CATEGORY = 2 }; /* both categories count: 0..2 */

struct speaking { /* a speaker while days go by */
	int next; /* the first word not used yet */
	double carried; /* what was said last before the day; NAN: nothing that stands */
	double brier; /* of the day */
};

static double brier(double p, double outcome)
{
	return SECOND_CATEGORY * (outcome * score_brier_binary(p, 1) + (1 - outcome) * score_brier_binary(p, 0));
}

/*
 * Mean over [from, to) of what is said. The hours before somebody's first word of the day belong to the last one, as the
 * source has it. Uses the words of the day up.
 */
static double said_on(const struct score_speaker *s, struct speaking *now, double from, double to)
{
	double p = now->carried, at = from, sum = 0, weight = 0;

	for (; now->next < s->n && s->said[now->next].at < to; now->next++) {
		double share = (s->said[now->next].at - at) / (to - from);

		if (!isnan(p) && share > 0) {
			sum += share * p;
			weight += share;
		}
		p = s->said[now->next].p;
		at = fmax(s->said[now->next].at, from);
	}
	now->carried = p;
	if (isnan(p))
		return weight > 0 ? sum / weight : NAN;
	return sum + (1 - weight) * p;
}

/* The k-th smallest, by Hoare's selection; v is put in another order. */
static double select_kth(double *v, int n, int k)
{
	for (int low = 0, high = n - 1; low < high;) {
		double pivot = v[(low + high) / 2];
		int i = low, j = high;

		while (i <= j) {
			while (v[i] < pivot)
				i++;
			while (v[j] > pivot)
				j--;
			if (i <= j) {
				double swap = v[i];

				v[i++] = v[j];
				v[j--] = swap;
			}
		}
		if (k <= j)
			high = j;
		else if (k >= i)
			low = i;
		else
			break;
	}
	return v[k];
}

static double median(double *v, int n)
{
	double upper = select_kth(v, n, n / 2), lower;

	if (n % 2)
		return upper;
	lower = v[0];
	for (int i = 1; i < n / 2; i++) /* what was selected stands behind all that is smaller */
		lower = fmax(lower, v[i]);
	return (lower + upper) / 2;
}

/* Adds one day, or its fraction, to everybody's sums. Who says nothing new keeps the Brier score of the day before. */
static void add_day(struct score_speaker *s, struct speaking *now, int n, double outcome, double from, double to, double *scratch)
{
	double middle;
	int k = 0;

	for (int i = 0; i < n; i++) {
		bool word = now[i].next < s[i].n && s[i].said[now[i].next].at < to;
		double p = word ? said_on(&s[i], &now[i], from, to) : now[i].carried;

		now[i].brier = isnan(p) ? NAN : brier(p, outcome);
		if (!isnan(p))
			scratch[k++] = now[i].brier;
	}
	middle = k ? median(scratch, k) : NAN;
	for (int i = 0; i < n; i++) {
		if (isnan(now[i].brier))
			continue;
		s[i].absolute += now[i].brier * (to - from);
		s[i].relative += (now[i].brier - middle) * (to - from);
	}
}

void score_gjp_day_averaged(double days, double outcome, struct score_speaker *s, int n)
{
	struct speaking *now = xmalloc((size_t)n * sizeof *now + 1);
	double *scratch = xmalloc((size_t)n * sizeof *scratch + 1);

	for (int i = 0; i < n; i++) {
		now[i] = (struct speaking){ .carried = NAN };
		s[i].absolute = s[i].relative = 0;
	}
	for (double day = 0; day < days; day++)
		add_day(s, now, n, outcome, day, fmin(day + 1, days), scratch);
	for (int i = 0; i < n; i++) {
		s[i].absolute /= days;
		s[i].relative = n == 1 ? NAN : s[i].relative / days;
	}
	free(scratch);
	free(now);
}

/* ------------------------------------------------------------ JSON */

static int by_at(const void *a, const void *b)
{
	double x = ((const struct score_said *)a)->at, y = ((const struct score_said *)b)->at;

	return (x > y) - (x < y);
}

static int read_speaker(const char *name, const json_t *list, struct arena *mem, struct score_speaker *s, struct err *e)
{
	struct score_said *said = arena_alloc(mem, (json_array_size(list) + 1) * sizeof *said);

	*s = (struct score_speaker){ .said = said, .n = (int)json_array_size(list) };
	for (int i = 0; i < s->n; i++) {
		const json_t *pair = json_array_get(list, (size_t)i);
		const json_t *at = json_array_get(pair, 0), *p = json_array_get(pair, 1);

		if (!json_is_number(at) || !json_is_number(p) || json_number_value(p) < 0 || json_number_value(p) > 1)
			return in_bad(e, "user %s: forecast %d must be [day, p] with p in 0 to 1", name, i);
		said[i] = (struct score_said){ json_number_value(at), json_number_value(p) };
	}
	qsort(said, (size_t)s->n, sizeof *said, by_at);
	return 0;
}

static json_t *out_users(json_t *users, const struct score_speaker *s)
{
	json_t *out = json_object(), *list;
	const char *name;

	json_object_foreach(users, name, list)
	{
		json_object_set_new(out, name,
			json_pack("{s:o,s:o}", "absolute", out_number(s->absolute), "relative", out_number(s->relative)));
		s++;
	}
	return out;
}

static int gjp_day_averaged(const json_t *in, json_t **out, struct err *e)
{
	json_t *users = json_object_get(in, "users"), *list;
	struct arena *mem = arena_new();
	struct score_speaker *s;
	const char *name;
	double days, outcome;
	int n = 0, rc;

	rc = in_range(in, "days", 1e-9, 1e5, &days, e);
	if (!rc)
		rc = in_range(in, "outcome", 0, 1, &outcome, e);
	if (!rc && !json_object_size(users))
		rc = in_bad(e, "\"users\" must be an object of lists");
	s = arena_zalloc(mem, (json_object_size(users) + 1) * sizeof *s);
	if (!rc)
		json_object_foreach(users, name, list) if ((rc = read_speaker(name, list, mem, &s[n++], e))) break;
	if (!rc) {
		score_gjp_day_averaged(days, outcome, s, n);
		*out = out_users(users, s);
	}
	arena_free(mem);
	return rc;
}

const struct score_rule score_gjp_rules[] = {
	ROW("gjp_day_averaged", "daily 2-category Brier averaged over the question's days; relative = minus the day's median",
		"Good Judgment Project scoring as implemented by Fatebook", gjp_day_averaged),
	{ 0 }
};
