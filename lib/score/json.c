#include "json.h"

#include <stdarg.h>

int (in_bad)(struct err *e, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_set(e, ERR_PARSE, "%s", text);
}

static int to_double(const json_t *v, const char *key, double *out, struct err *e)
{
	if (json_is_null(v)) {
		*out = NAN;
		return 0;
	}
	if (!json_is_number(v))
		return in_bad(e, "\"%s\" must be a number", key);
	*out = json_number_value(v);
	return 0;
}

int in_number(const json_t *in, const char *key, double *out, struct err *e)
{
	const json_t *v = json_object_get(in, key);

	if (!v)
		return in_bad(e, "\"%s\" is missing", key);
	return to_double(v, key, out, e);
}

int in_number_or(const json_t *in, const char *key, double fallback, double *out, struct err *e)
{
	const json_t *v = json_object_get(in, key);

	if (!v || json_is_null(v)) {
		*out = fallback;
		return 0;
	}
	return to_double(v, key, out, e);
}

int in_range(const json_t *in, const char *key, double low, double high, double *out, struct err *e)
{
	if (in_number(in, key, out, e))
		return -1;
	if (!(*out >= low && *out <= high))
		return in_bad(e, "\"%s\" must lie in %g to %g", key, low, high);
	return 0;
}

int in_array(const json_t *array, const char *key, struct arena *mem, struct nums *out, struct err *e)
{
	if (!json_is_array(array) || !json_array_size(array))
		return in_bad(e, "\"%s\" must be a list of numbers", key);
	out->n = (int)json_array_size(array);
	out->v = arena_alloc(mem, (size_t)out->n * sizeof *out->v);
	for (int i = 0; i < out->n; i++)
		if (to_double(json_array_get(array, (size_t)i), key, &out->v[i], e))
			return -1;
	return 0;
}

int in_numbers(const json_t *in, const char *key, struct arena *mem, struct nums *out, struct err *e)
{
	return in_array(json_object_get(in, key), key, mem, out, e);
}

int in_probs(const json_t *array, const char *key, bool nullable, struct arena *mem, struct nums *out, struct err *e)
{
	double sum = 0;
	bool nulls = false;

	if (in_array(array, key, mem, out, e))
		return -1;
	for (int i = 0; i < out->n; i++) {
		if (isnan(out->v[i])) {
			nulls = true;
			continue;
		}
		if (out->v[i] < 0 || out->v[i] > 1)
			return in_bad(e, "a probability must lie in 0 to 1, not %g", out->v[i]);
		sum += out->v[i];
	}
	if (nulls && !nullable)
		return in_bad(e, "\"%s\" must not hold null", key);
	if (sum > 1 + SCORE_SUM_TOLERANCE || (!nulls && sum < 1 - SCORE_SUM_TOLERANCE))
		return in_bad(e, "probabilities sum to %.9g, not to 1 (tolerance %g)", sum, SCORE_SUM_TOLERANCE);
	return 0;
}

int in_outcome(const json_t *value, int n, int *out, struct err *e)
{
	*out = -1;
	if (!value)
		return in_bad(e, "\"outcome\" is missing");
	if (json_is_null(value))
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) >= n)
		return in_bad(e, "\"outcome\" must be an index below %d", n);
	*out = (int)json_integer_value(value);
	return 0;
}

json_t *out_number(double v)
{
	if (isnan(v))
		return json_null();
	if (isinf(v))
		return json_string(v > 0 ? "inf" : "-inf");
	return json_real(v == 0 ? 0 : v);
}

json_t *out_numbers(const double *v, int n)
{
	json_t *a = json_array();

	for (int i = 0; i < n; i++)
		json_array_append_new(a, out_number(v[i]));
	return a;
}
