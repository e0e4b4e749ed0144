#include "aimarket/jsonstream.h"

#include <yajl/yajl_parse.h>

#include "aimarket/arena.h"

/*
 * yajl gets the document in pieces of this size: a string that crosses pieces is gathered in yajl's buffer, and between
 * two pieces we can refuse one that became too long.
 */
enum { PIECE = 256 * 1024 };

/* One step of the way to the current value; steps[0], the root's, is no step. */
struct step {
	bool element; /* of an array; else a member of an object */
	long long index; /* of the element, -1 before the first */
	size_t key; /* where its key begins in keys; for an element where it would */
};

struct json_stream {
	const char *data;
	size_t len, base; /* base: where the piece yajl works on begins */
	yajl_handle yajl;
	const struct limits *limits;
	json_fn *fn;
	void *arg;
	struct err *e;
	struct step *steps; /* limits->depth + 2 of them */
	int depth; /* of the value to come */
	struct buf keys; /* of all steps that are members, one after the other, each with a NUL */
	size_t last; /* end of the value or key before the current one */
	size_t end; /* end of the current one */
};

/* Skips what stands between two values. */
static size_t skip_between(const struct json_stream *js, size_t at)
{
	static const char between[] = { ' ', '\t', '\r', '\n', ',', ':' };

	while (at < js->len && memchr(between, js->data[at], sizeof(between)))
		at++;
	return at;
}

size_t json_offset(const struct json_stream *js)
{
	return skip_between(js, js->last);
}

const char *json_key(const struct json_stream *js, int step)
{
	return js->steps[step].element ? NULL : js->keys.data + js->steps[step].key;
}

long long json_index(const struct json_stream *js, int step)
{
	return js->steps[step].element ? js->steps[step].index : -1;
}

static void add_escaped(struct buf *out, const char *key)
{
	for (; *key; key++) {
		if (*key == '~')
			(void)buf_adds(out, "~0");
		else if (*key == '/')
			(void)buf_adds(out, "~1");
		else
			(void)buf_addc(out, *key);
	}
}

void json_pointer(const struct json_stream *js, int steps, struct buf *out)
{
	for (int i = steps + 1; i <= js->depth; i++) {
		(void)buf_addc(out, '/');
		if (json_key(js, i))
			add_escaped(out, json_key(js, i));
		else
			(void)buf_printf(out, "%lld", js->steps[i].index);
	}
}

/* Puts where the reading is before an error's text. */
static int placed(struct json_stream *js)
{
	struct buf pointer;

	buf_init(&pointer, 200);
	json_pointer(js, 0, &pointer);
	err_prefix(js->e, "byte %zu, at %s%s", js->end, pointer.len ? buf_str(&pointer) : "/", pointer.overflow ? "…" : "");
	buf_release(&pointer);
	return -1;
}

static void arrived(struct json_stream *js)
{
	js->last = js->end;
	js->end = js->base + yajl_get_bytes_consumed(js->yajl);
}

static int give(struct json_stream *js, enum json_type type, const char *text, size_t n)
{
	struct json_value v = { .type = type, .depth = js->depth, .text = text, .n = n };

	if (n > (size_t)js->limits->field)
		return err_set(js->e, ERR_LIMIT, "a value of %zu bytes is over the limit field = %lld", n, js->limits->field);
	return js->fn(js->arg, js, &v, js->e);
}

static void begin_value(struct json_stream *js)
{
	arrived(js);
	js->steps[js->depth].index++;
}

static int scalar(struct json_stream *js, enum json_type type, const char *text, size_t n)
{
	begin_value(js);
	return give(js, type, text, n) == 0;
}

static int on_null(void *ctx)
{
	return scalar(ctx, JSON_NULL, NULL, 0);
}

static int on_bool(void *ctx, int value)
{
	return scalar(ctx, value ? JSON_TRUE : JSON_FALSE, NULL, 0);
}

static int on_number(void *ctx, const char *text, size_t n)
{
	return scalar(ctx, JSON_NUMBER, text, n);
}

static int on_string(void *ctx, const unsigned char *text, size_t n)
{
	return scalar(ctx, JSON_STRING, (const char *)text, n);
}

static int set_key(struct json_stream *js, const char *key, size_t n)
{
	js->keys.len = js->steps[js->depth].key;
	if (n <= (size_t)js->limits->field && js->keys.cap > js->keys.len + n + 1) { /* nearly always */
		memcpy(js->keys.data + js->keys.len, key, n);
		js->keys.data[js->keys.len + n] = '\0';
		js->keys.len += n + 1;
		return 0;
	}
	if (n > (size_t)js->limits->field || buf_add(&js->keys, key, n) || buf_addc(&js->keys, '\0'))
		return err_set(js->e, ERR_LIMIT, "keys of %zu bytes are over the limit field = %lld", js->keys.len + n, js->limits->field);
	return 0;
}

static int on_key(void *ctx, const unsigned char *key, size_t n)
{
	struct json_stream *js = ctx;

	arrived(js);
	return set_key(js, (const char *)key, n) == 0;
}

static int open_container(struct json_stream *js, enum json_type type)
{
	struct step *inner = &js->steps[js->depth + 1];

	begin_value(js);
	if (give(js, type, NULL, 0))
		return 0;
	if (js->depth >= js->limits->depth)
		return err_set(js->e, ERR_LIMIT, "nested deeper than the limit depth = %lld", js->limits->depth), 0;
	js->depth++;
	*inner = (struct step){ .element = type == JSON_ARRAY, .index = -1, .key = js->keys.len };
	return inner->element || set_key(js, "", 0) == 0;
}

static int close_container(struct json_stream *js, enum json_type type)
{
	arrived(js);
	js->keys.len = js->steps[js->depth].key;
	js->depth--;
	return give(js, type, NULL, 0) == 0;
}

static int on_object(void *ctx)
{
	return open_container(ctx, JSON_OBJECT);
}

static int on_object_end(void *ctx)
{
	return close_container(ctx, JSON_OBJECT_END);
}

static int on_array(void *ctx)
{
	return open_container(ctx, JSON_ARRAY);
}

static int on_array_end(void *ctx)
{
	return close_container(ctx, JSON_ARRAY_END);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_map_key = on_key,
	.yajl_start_map = on_object,
	.yajl_end_map = on_object_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_array_end,
};

/* What yajl objects to, in its own words: "lexical error: invalid char in json text." plus a newline. */
static int syntax_error(struct json_stream *js)
{
	unsigned char *text = yajl_get_error(js->yajl, 0, NULL, 0);

	js->end = js->base + yajl_get_bytes_consumed(js->yajl);
	if (js->end > js->len) /* yajl ends the text with a blank of its own */
		js->end = js->len;
	err_set(js->e, ERR_PARSE, "%.*s", (int)strcspn((const char *)text, ".\n"), (const char *)text);
	yajl_free_error(js->yajl, text);
	return placed(js);
}

static int checked(struct json_stream *js, yajl_status status)
{
	if (status == yajl_status_ok)
		return 0;
	return status == yajl_status_client_canceled ? placed(js) : syntax_error(js);
}

static int feed(struct json_stream *js)
{
	while (js->base < js->len) {
		size_t left = js->len - js->base, n = left < PIECE ? left : PIECE;

		if (checked(js, yajl_parse(js->yajl, (const unsigned char *)js->data + js->base, n)))
			return -1;
		js->base += n;
		if (js->base > js->end + (size_t)js->limits->field + PIECE) {
			err_set(js->e, ERR_LIMIT, "a value is over the limit field = %lld", js->limits->field);
			return placed(js);
		}
	}
	return checked(js, yajl_complete_parse(js->yajl));
}

int json_stream(const char *data, size_t n, const struct limits *limits, json_fn *fn, void *arg, struct err *e)
{
	struct json_stream js = { .data = data, .len = n, .limits = limits, .fn = fn, .arg = arg, .e = e };
	int rc;

	if (n >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
		js.base = js.last = js.end = 3;
	buf_init(&js.keys, 2 * (size_t)limits->field);
	js.steps = xzalloc(((size_t)limits->depth + 2) * sizeof(*js.steps));
	js.yajl = yajl_alloc(&callbacks, NULL, &js);
	yajl_config(js.yajl, yajl_dont_validate_strings, 1);
	rc = feed(&js);
	yajl_free(js.yajl);
	free(js.steps);
	buf_release(&js.keys);
	return rc;
}
