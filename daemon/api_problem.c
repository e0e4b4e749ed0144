/* api_problem: from errors to problems (RFC 9457). What was written for the command line is said in the API's words. */
#include "api_inside.h"

#include <ctype.h>

#include <jansson.h>

#include "aimarket/log.h"

/* ---- the words of the API */

/* The API's name of an option: "group-by" is group_by there, "columns" is fields. */
static const char *api_name(const char *option, size_t n, struct arena *mem)
{
	char *name = arena_strndup(mem, option, n);

	for (const struct ask_word *w = ask_words; w->name; w++)
		if (strcmp(w->name, name) == 0)
			return w->api;
	for (char *p = name; (p = strchr(p, '-')); p++)
		*p = '_';
	return name;
}

static bool is_option(const char *s)
{
	return s[0] == '-' && s[1] == '-' && islower((unsigned char)s[2]);
}

/* Options become parameters; the first one is the one at fault. */
static const char *reworded(const char *text, const char **param, struct arena *mem)
{
	struct buf out;

	buf_init(&out, 4 * sizeof((struct err *)NULL)->text);
	while (*text) {
		if (!is_option(text)) {
			buf_addc(&out, *text++);
			continue;
		}
		size_t n = strspn(text += 2, "abcdefghijklmnopqrstuvwxyz-");
		const char *name = api_name(text, n, mem);

		if (param && !*param)
			*param = name;
		buf_adds(&out, name);
		text += n;
	}
	const char *said = arena_strdup(mem, buf_str(&out));
	buf_release(&out);
	return said;
}

/* What stands between two marks, in mem; NULL. */
static const char *between(const char *text, const char *before, const char *after, struct arena *mem)
{
	const char *start = strstr(text, before), *end = start ? strpbrk(start + strlen(before), after) : NULL;

	return end ? arena_strndup(mem, start + strlen(before), (size_t)(end - start) - strlen(before)) : NULL;
}

static const char *nearest(const struct err *e, struct arena *mem)
{
	const char *near = between(e->text, "did you mean \"", "\"", mem);

	if (!near && strncmp(e->hint, "Nearest: ", 9) == 0)
		near = between(e->hint, "(", ")", mem);
	return near ? near : between(e->hint, "Nearest: ", ",.", mem);
}

/* Advice that only makes sense at a command line is left out. */
static const char *advice(const struct err *e, struct arena *mem)
{
	return !*e->hint || strchr(e->hint, '`') ? NULL : reworded(e->hint, NULL, mem);
}

/* ---- problems */

static json_t *members(const struct err *e, const char *param, struct arena *mem)
{
	json_t *m = json_object();
	const char *near = nearest(e, mem), *hint = advice(e, mem);

	if (!param)
		param = between(e->text, " has no filter \"", "\"", mem);
	if (!param && e->kind == ERR_USAGE) { /* "limit: …" */
		size_t n = strspn(e->text, "abcdefghijklmnopqrstuvwxyz_");

		param = n > 0 && e->text[n] == ':' ? arena_strndup(mem, e->text, n) : NULL;
	}
	if (param)
		json_object_set_new(m, "parameter", json_string(param));
	if (near)
		json_object_set_new(m, "nearest", json_string(near));
	if (hint)
		json_object_set_new(m, "advice", json_string(hint));
	return m;
}

void problem_status(struct http_request *r, int status, const struct err *e)
{
	const char *param = NULL, *detail = reworded(e->text, &param, r->mem);
	const char *type = arena_printf(r->mem, "urn:aimarket:problem:%s", err_table[e->kind].name);

	http_header(r, "Cache-Control", "no-store");
	if (status == 503)
		http_header(r, "Retry-After", "%d", e->kind == ERR_DB_DOWN ? 1 : 30);
	http_problem(r, status, type, detail, members(e, param, r->mem));
}

/* What the database said that the client can do nothing about. */
static void hide(const struct err *e, struct err *shown)
{
	log_at(LOG_LEVEL_ERROR, "module=api", "a statement failed: %s (%s)", e->text, e->sqlstate);
	err_set(shown, ERR_DB, "the question failed in the database");
	err_hint(shown, "The log of the daemon says why.");
}

void problem_send(struct http_request *r, const struct err *e)
{
	struct err shown = { 0 };

	if (e->kind == ERR_DB && strcmp(e->sqlstate, "57014") == 0) {
		err_set(&shown, ERR_LIMIT, "the question took too long and was cancelled");
		err_hint(&shown, "Narrow it: by entity, metric or time; or ask for fewer rows.");
		problem_status(r, 503, &shown);
		return;
	}
	if (e->kind == ERR_DB && strncmp(e->sqlstate, "22", 2) == 0) { /* a value that no column can be compared with */
		err_set(&shown, ERR_USAGE, "%s", e->text);
		problem_status(r, 400, &shown);
		return;
	}
	if (e->kind == ERR_DB_DOWN) {
		log_at(LOG_LEVEL_DEBUG, "module=api", "%s", e->text);
		err_set(&shown, ERR_DB_DOWN, "the database is out of reach; try again in a moment");
	} else if (e->kind == ERR_DB || e->kind == ERR_FAIL || e->kind == ERR_CONFIG) {
		hide(e, &shown);
	} else {
		shown = *e;
	}
	problem_status(r, err_table[shown.kind].http_status, &shown);
}
