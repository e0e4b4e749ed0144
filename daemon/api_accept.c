/* api_accept: what the client takes, from Accept and its like (RFC 9110, 12.5). */
#include "api_inside.h"

#include <ctype.h>
#include <strings.h>

#include "aimarket/text.h"

const char *const format_media[OUT_KINDS] = {
	[OUT_JSON] = "application/json",
	[OUT_NDJSON] = "application/x-ndjson",
	[OUT_CSV] = "text/csv; charset=utf-8; header=present",
	[OUT_MARKDOWN] = "text/markdown; charset=utf-8",
};

/* "q=0.8" behind an element: 0 to 1000. Parameters other than q do not count. */
static int weight_of(const char *params, const char *end)
{
	for (const char *p = params; p < end; p++) {
		if (*p != ';')
			continue;
		do
			p++;
		while (p < end && isspace((unsigned char)*p));
		if (p + 2 < end && (*p == 'q' || *p == 'Q') && p[1] == '=') {
			int w = p[2] == '1' ? 1000 : 0, place = 100;

			for (p += 3; *p == '.' || (p < end && isdigit((unsigned char)*p)); p++)
				if (*p != '.' && w < 1000) {
					w += (*p - '0') * place;
					place /= 10;
				}
			return w > 1000 ? 1000 : w;
		}
		p--;
	}
	return 1000;
}

/* Calls with each element of a comma separated list, blanks cut off, without its parameters, and its weight. */
typedef void each_element(void *arg, const char *word, size_t n, int weight);

static void each(const char *list, each_element *call, void *arg)
{
	while (*list) {
		const char *end = list + strcspn(list, ","), *start = list + strspn(list, " \t");
		size_t n = 0;

		while (start + n < end && start[n] != ';' && !isspace((unsigned char)start[n]))
			n++;
		if (n > 0)
			call(arg, start, n, weight_of(start + n, end));
		list = end + (*end == ',');
	}
}

/* ---- one word */

struct wanted {
	const char *word;
	int weight;
};

static void look_for(void *arg, const char *word, size_t n, int weight)
{
	struct wanted *w = arg;

	if (strlen(w->word) == n && strncasecmp(w->word, word, n) == 0)
		w->weight = weight;
}

int accept_weight(const char *list, const char *word)
{
	struct wanted w = { word, -1 };

	each(list, look_for, &w);
	return w.weight;
}

/* ---- formats */

struct offer {
	unsigned offered;
	int weights[OUT_KINDS], closeness[OUT_KINDS]; /* a range that says more counts more: 3 type/subtype, 2 type/ *, 1 anything */
};

static int closeness(const char *media, const char *word, size_t n)
{
	size_t type = strcspn(media, "/"), all = strcspn(media, ";");

	if (n == 3 && strncmp(word, "*/*", 3) == 0)
		return 1;
	if (n == type + 2 && strncasecmp(word, media, type + 1) == 0 && word[n - 1] == '*')
		return 2;
	return n == all && strncasecmp(word, media, all) == 0 ? 3 : 0;
}

static void match(void *arg, const char *word, size_t n, int weight)
{
	struct offer *o = arg;

	if (n == 18 && strncasecmp(word, "application/ndjson", n) == 0) { /* what some call it */
		word = format_media[OUT_NDJSON];
		n = strlen(word);
	}
	for (int i = 0; i < OUT_KINDS; i++) {
		int close = o->offered & BIT(i) && format_media[i] ? closeness(format_media[i], word, n) : 0;

		if (close == 0 || close < o->closeness[i])
			continue;
		o->closeness[i] = close;
		o->weights[i] = weight;
	}
}

static int by_name(const char *name, unsigned offered, enum format_kind *out, struct err *e)
{
	const char *names[OUT_KINDS], *near;
	char list[96] = "";
	size_t n = 0, len = 0;

	for (int i = 0; i < OUT_KINDS; i++) {
		if (!(offered & BIT(i)))
			continue;
		*out = (enum format_kind)i;
		if (strcmp(name, out_names[i]) == 0)
			return 0;
		len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", n ? ", " : "", out_names[i]);
		names[n++] = out_names[i];
	}
	near = text_nearest(name, names, n);
	err_set(e, ERR_USAGE, near ? "--format does not know \"%s\", did you mean \"%s\"?" : "--format does not know \"%s\"", name, near);
	return err_hint(e, "It takes: %s.", list);
}

int accept_format(const struct http_request *r, unsigned offered, enum format_kind *out, int *status, struct err *e)
{
	const char *accept = http_head_field(r->head, "accept", r->mem);
	struct offer o = { .offered = offered };
	int best = 0;

	*status = 400;
	for (size_t i = 0; i < r->head->n_params; i++)
		if (strcmp(r->head->params[i].name, "format") == 0)
			return by_name(r->head->params[i].value, offered, out, e);
	*out = OUT_JSON;
	if (!accept || !*accept || strcmp(accept, "*/*") == 0)
		return 0;
	each(accept, match, &o);
	for (int i = 0; i < OUT_KINDS; i++) {
		if (o.weights[i] <= best)
			continue;
		best = o.weights[i];
		*out = (enum format_kind)i;
	}
	if (best > 0)
		return 0;
	*status = 406;
	err_set(e, ERR_USAGE, "no format of this answer is acceptable to the client");
	return err_hint(e, "Ask for application/json%s, or say format= in the address.",
		offered & BIT(OUT_CSV) ? ", application/x-ndjson or text/csv" : "");
}
