/* query_face: one question, three faces: the statement, the command line and the address that ask it. */
#include "aimarket/query.h"

enum { VALUE_MAX = 64 << 10, TEXT_MAX = 64 << 10, FACE_MAX = 1 << 20 };

/* ---- SQL */

static void add_quoted(struct buf *out, const char *value)
{
	if (!value) {
		buf_adds(out, "NULL");
		return;
	}
	buf_addc(out, '\'');
	for (; *value; value++) {
		if (*value == '\'')
			buf_addc(out, '\'');
		buf_addc(out, *value);
	}
	buf_addc(out, '\'');
}

const char *query_text(const struct query *q, struct arena *mem)
{
	const char *s = q->sql, *text;
	struct buf out;

	buf_init(&out, TEXT_MAX + (size_t)QUERY_PARAMS_MAX * 2 * VALUE_MAX);
	while (*s) {
		char *end;
		long n = *s == '$' ? strtol(s + 1, &end, 10) : 0;

		if (n >= 1 && n <= q->n) {
			add_quoted(&out, q->params[n - 1]);
			s = end;
		} else {
			buf_addc(&out, *s++);
		}
	}
	text = arena_strdup(mem, buf_str(&out));
	buf_release(&out);
	return text;
}

/* ---- what was asked, word by word */

typedef void add_word(struct buf *out, const char *before, const char *name, const char *value);

static const char *word_of(const struct ask *a, const struct ask_word *w)
{
	return *(const char *const *)((const char *)a + w->at);
}

static void each_filter(const struct ask *a, struct buf *out, add_word *add)
{
	for (int i = 0; i < a->n_filters; i++)
		add(out, a->filters[i].negate ? "not-" : "", a->filters[i].param->name, a->filters[i].typed);
	if (a->view)
		add(out, "", a->view->name, NULL);
}

static const char *taken(struct buf *out, struct arena *mem)
{
	const char *text = arena_strdup(mem, buf_str(out));

	buf_release(out);
	return text;
}

/* ---- a command line */

static bool is_plain(const char *s)
{
	return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:,=@%+-")] == '\0';
}

void face_word(struct buf *out, const char *value)
{
	if (is_plain(value)) {
		buf_adds(out, value);
		return;
	}
	buf_addc(out, '\'');
	for (; *value; value++)
		*value == '\'' ? buf_adds(out, "'\\''") : buf_addc(out, *value);
	buf_addc(out, '\'');
}

/* A value that could be taken for an option stands behind =. */
static void add_option(struct buf *out, const char *before, const char *name, const char *value)
{
	buf_printf(out, " --%s%s", before, name);
	if (!value)
		return;
	buf_addc(out, *value == '-' ? '=' : ' ');
	face_word(out, value);
}

void face_option(struct buf *out, const char *name, const char *value)
{
	char option[64];

	snprintf(option, sizeof option, "%s", name);
	for (char *p = option; (p = strchr(p, '_')); p++)
		*p = '-';
	add_option(out, "", option, value);
}

const char *ask_command(const struct ask *a, const char *format, struct arena *mem)
{
	struct buf out;

	buf_init(&out, FACE_MAX);
	buf_printf(&out, "aimarket query %s", a->resource->name);
	each_filter(a, &out, add_option);
	for (const struct ask_word *w = ask_words; w->name; w++) {
		if (word_of(a, w))
			add_option(&out, "", w->name, word_of(a, w));
	}
	if (a->limit != ASK_LIMIT)
		buf_printf(&out, " --limit %ld", a->limit);
	if (a->offset)
		buf_printf(&out, " --offset %ld", a->offset);
	if (a->cursor)
		add_option(&out, "", "cursor", a->cursor);
	if (format)
		add_option(&out, "", "format", format);
	return taken(&out, mem);
}

/* ---- an address */

static void add_encoded(struct buf *out, const char *value)
{
	for (; *value; value++) {
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:,", *value))
			buf_addc(out, *value);
		else
			buf_printf(out, "%%%02X", (unsigned char)*value);
	}
}

/* Names have _ there, and a flag is true. */
static void add_parameter(struct buf *out, const char *before, const char *name, const char *value)
{
	size_t at;

	buf_addc(out, memchr(out->data, '?', out->len) ? '&' : '?');
	at = out->len;
	buf_printf(out, "%s%s", before, name);
	for (char *p = out->data + at; (p = strchr(p, '-')); p++)
		*p = '_';
	buf_addc(out, '=');
	add_encoded(out, value ? value : "true");
}

const char *ask_url(const struct ask *a, const char *format, struct arena *mem)
{
	struct buf out;

	buf_init(&out, FACE_MAX);
	buf_printf(&out, "/v1/%s", a->resource->name);
	each_filter(a, &out, add_parameter);
	for (const struct ask_word *w = ask_words; w->name; w++) {
		if (word_of(a, w))
			add_parameter(&out, "", w->api, word_of(a, w));
	}
	if (a->limit != ASK_LIMIT)
		add_parameter(&out, "", "limit", arena_printf(mem, "%ld", a->limit));
	if (a->cursor)
		add_parameter(&out, "", "cursor", a->cursor);
	if (format)
		add_parameter(&out, "", "format", format);
	return taken(&out, mem);
}

uint64_t ask_digest(const struct ask *a, struct arena *mem)
{
	struct ask same = *a;
	uint64_t sum = 0, word = 0;

	same.columns = same.snapshot = same.cursor = NULL;
	same.limit = ASK_LIMIT;
	for (const char *s = ask_url(&same, NULL, mem);; s++) { /* in whatever order it was said */
		if (!*s || *s == '&') {
			sum += word;
			word = 0;
		}
		if (!*s)
			return sum;
		word = ((word ? word : 0xcbf29ce484222325) ^ (unsigned char)(*s == '?' ? '&' : *s)) * 0x100000001b3;
	}
}
