#include "aimarket/keyset.h"

#include <ctype.h>
#include <inttypes.h>
#include <strings.h>

#include <jansson.h>

#include "aimarket/text.h"

enum { TEXT_MAX = 64 << 10 };

/* ---- the order */

/* Takes word off the end of the term, with the blanks before it. */
static bool take_word(const char *s, size_t *n, const char *word)
{
	size_t len = strlen(word);

	if (*n <= len || strncasecmp(s + *n - len, word, len) != 0 || !isspace((unsigned char)s[*n - len - 1]))
		return false;
	*n -= len;
	while (*n > 0 && isspace((unsigned char)s[*n - 1]))
		--*n;
	return true;
}

static void add_term(struct keyset *k, const char *s, size_t n, struct arena *mem)
{
	text_trim(&s, &n);
	if (k->n == KEYSET_MAX || n == 0)
		return;
	bool last = take_word(s, &n, "NULLS LAST"), first = take_word(s, &n, "NULLS FIRST"), down = take_word(s, &n, "DESC");

	k->keys[k->n].sql = arena_strndup(mem, s, n);
	k->keys[k->n].down = down;
	k->keys[k->n++].nulls_first = first || (down && !last);
}

void keyset_add(struct keyset *k, const char *order, struct arena *mem)
{
	const char *start = order;
	int depth = 0;

	for (const char *p = order;; p++) {
		depth += (*p == '(') - (*p == ')');
		if (*p && (*p != ',' || depth > 0))
			continue;
		add_term(k, start, (size_t)(p - start), mem);
		if (!*p)
			return;
		start = p + 1;
	}
}

bool keyset_has(const struct keyset *k, const char *sql)
{
	for (int i = 0; i < k->n; i++)
		if (strcmp(k->keys[i].sql, sql) == 0)
			return true;
	return false;
}

void keyset_order(const struct keyset *k, struct buf *sql)
{
	for (int i = 0; i < k->n; i++)
		buf_printf(sql, "%s%s%s%s", i ? ", " : "", k->keys[i].sql, k->keys[i].down ? " DESC" : "",
			k->keys[i].nulls_first == k->keys[i].down ? ""
			: k->keys[i].nulls_first                  ? " NULLS FIRST"
								  : " NULLS LAST");
}

/* ---- behind a row */

static void add_behind_one(const struct keyset *k, int i, const char *value, int place, struct buf *sql)
{
	const char *key = k->keys[i].sql;

	if (!value)
		buf_printf(sql, k->keys[i].nulls_first ? "(%s) IS NOT NULL" : "false", key);
	else if (k->keys[i].nulls_first)
		buf_printf(sql, "(%s) %c $%d", key, k->keys[i].down ? '<' : '>', place);
	else
		buf_printf(sql, "((%s) %c $%d OR (%s) IS NULL)", key, k->keys[i].down ? '<' : '>', place, key);
}

/* Behind by the first key; or equal there, and behind by the others. */
void keyset_behind(const struct keyset *k, const char *const *values, const int *place, struct buf *sql)
{
	for (int i = 0; i < k->n; i++) {
		buf_adds(sql, "(");
		add_behind_one(k, i, values[i], place[i], sql);
		if (i + 1 == k->n)
			break;
		if (values[i])
			buf_printf(sql, " OR (%s) = $%d AND ", k->keys[i].sql, place[i]);
		else
			buf_printf(sql, " OR (%s) IS NULL AND ", k->keys[i].sql);
	}
	for (int i = 0; i < k->n; i++)
		buf_addc(sql, ')');
}

/* ---- cursors: a JSON array in the letters of base64url */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static char *to_letters(const char *s, size_t n, struct arena *mem)
{
	char *out = arena_alloc(mem, n * 4 / 3 + 4), *p = out;
	unsigned bits = 0;
	int have = 0;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | (unsigned char)s[i];
		for (have += 8; have >= 6; have -= 6)
			*p++ = letters[bits >> (have - 6) & 63];
	}
	if (have > 0)
		*p++ = letters[bits << (6 - have) & 63];
	*p = '\0';
	return out;
}

/* NULL when there is something else in it. */
static char *from_letters(const char *s, size_t *n, struct arena *mem)
{
	char *out = arena_alloc(mem, strlen(s) + 1), *p = out;
	unsigned bits = 0;
	int have = 0;

	for (; *s; s++) {
		const char *at = strchr(letters, *s);

		if (!at)
			return NULL;
		bits = bits << 6 | (unsigned)(at - letters);
		have += 6;
		if (have >= 8)
			*p++ = (char)(bits >> (have -= 8) & 255);
	}
	*n = (size_t)(p - out);
	return out;
}

char *cursor_text(const struct cursor *c, struct arena *mem)
{
	json_t *all = json_array();
	char question[20];

	snprintf(question, sizeof question, "%016" PRIx64, c->question);
	json_array_append_new(all, json_string(question));
	json_array_append_new(all, json_string(c->snapshot));
	for (int i = 0; i < c->n; i++)
		json_array_append_new(all, c->values[i] ? json_string(c->values[i]) : json_null());
	char *text = json_dumps(all, JSON_COMPACT);
	char *out = to_letters(text, strlen(text), mem);
	free(text);
	json_decref(all);
	return out;
}

static bool read_values(const json_t *all, struct arena *mem, struct cursor *out)
{
	size_t n = json_array_size(all);

	if (n < 3 || n > KEYSET_MAX + 2 || !json_is_string(json_array_get(all, 0)) || !json_is_string(json_array_get(all, 1)))
		return false;
	out->question = strtoull(json_string_value(json_array_get(all, 0)), NULL, 16);
	out->snapshot = arena_strdup(mem, json_string_value(json_array_get(all, 1)));
	for (size_t i = 2; i < n; i++) {
		const json_t *v = json_array_get(all, i);

		if (!json_is_string(v) && !json_is_null(v))
			return false;
		out->values[out->n++] = json_is_string(v) ? arena_strdup(mem, json_string_value(v)) : NULL;
	}
	return strspn(out->snapshot, "0123456789") == strlen(out->snapshot) && strlen(out->snapshot) < 19;
}

int cursor_read(const char *text, uint64_t question, struct arena *mem, struct cursor *out, struct err *e)
{
	size_t n = 0;
	char *bytes = strlen(text) < TEXT_MAX ? from_letters(text, &n, mem) : NULL;
	json_t *all = bytes ? json_loadb(bytes, n, JSON_REJECT_DUPLICATES, NULL) : NULL;

	*out = (struct cursor){ 0 };
	bool good = json_is_array(all) && read_values(all, mem, out);
	json_decref(all);
	if (!good)
		return err_set(e, ERR_USAGE, "cursor: this is none that was given out here");
	if (out->question != question) {
		err_set(e, ERR_USAGE, "cursor: it belongs to another question");
		return err_hint(e, "Ask with the same filters, order and day as for the page it came with.");
	}
	return 0;
}
