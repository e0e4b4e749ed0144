/*
 * json, ndjson: values of a JSON document by a mapping. The document is read as a stream: of the record that is being read
 * only what the mapping asks for is kept.
 */
#include <ctype.h>

#include "aimarket/arena.h"
#include "aimarket/format.h"
#include "aimarket/jsonstream.h"
#include "aimarket/mapping.h"
#include "formats.h"
#include "intern.h"

enum {
	STEPS_MAX = 16, /* of a pointer in a feed file */
	KEPT_COST = 48, /* bytes that keeping a value takes beside its text */
};

/* A pointer as a feed file writes it, with * steps. */
struct pattern {
	const char *step[STEPS_MAX + 1]; /* from 1; NULL: any */
	int n;
	int last_star; /* 0: none */
};

/* A value outside of the records: {^/meta/currency}. */
struct outer {
	struct pattern pattern;
	size_t ref;
};

struct kept {
	size_t at, n; /* in json.text; n 0 = blank, or a container */
};

struct json {
	const struct input *in;
	const struct mapping *map;
	const struct limits *limits;
	struct sink *out;
	struct mapping_run *run;
	struct arena *mem; /* of the parse */
	struct arena *record_mem;
	struct json_stream *js;

	struct pattern records;
	bool fits[STEPS_MAX + 1]; /* the path to here fits the pattern up to this step */
	bool found; /* the place of the records is there, though it may be empty */
	bool just_begun; /* a list on the way to it has begun, and nothing in it yet */
	size_t base; /* of the text that is read: a line of ndjson */
	long line; /* of ndjson; 0: not by lines */

	bool in_record;
	bool grouped; /* the line has begun a group */
	size_t begin, end; /* of the record */
	const char *fault; /* why the record cannot be taken */
	struct buf text, pointer;
	struct kept *by_ref; /* values by number of the reference */
	bool *has_ref;
	size_t n_refs;
	struct intern names; /* pointers of the values that the mapping may put together */
	struct kept *by_name;
	uint32_t by_name_cap;
	struct {
		const char *name;
		size_t i;
		uint32_t next;
	} child; /* where the last call for a child was */

	struct outer *outers;
	char **outer_text; /* by outer; NULL = blank */
	size_t n_outers;
	bool looked_ahead;
};

/* ---------------------------------------------------------------- patterns */

static char *unescape(struct arena *mem, const char *p, size_t n)
{
	char *out = arena_alloc(mem, n + 1), *to = out;

	for (size_t i = 0; i < n; i++) {
		bool escape = p[i] == '~' && i + 1 < n && (p[i + 1] == '0' || p[i + 1] == '1');
		*to++ = !escape ? p[i] : p[i + 1] == '1' ? '/' : '~';
		i += escape;
	}
	*to = '\0';
	return out;
}

static int read_pattern(struct arena *mem, const char *text, struct pattern *p, struct err *e)
{
	*p = (struct pattern){ 0 };
	while (*text == '/') {
		size_t n = strcspn(++text, "/");

		if (p->n == STEPS_MAX)
			return err_set(e, ERR_CONFIG, "pointer of more than %d steps", STEPS_MAX);
		p->n++;
		p->step[p->n] = n == 1 && *text == '*' ? NULL : unescape(mem, text, n);
		p->last_star = p->step[p->n] ? p->last_star : p->n;
		text += n;
	}
	return 0;
}

static bool step_fits(const struct json *j, const struct pattern *p, int step)
{
	const char *wanted = p->step[step], *key = json_key(j->js, step);
	char number[24];

	if (!wanted)
		return true;
	if (key)
		return !strcmp(key, wanted);
	snprintf(number, sizeof number, "%lld", json_index(j->js, step));
	return !strcmp(number, wanted);
}

/* ---------------------------------------------------------------- what a row gives to the mapping */

static struct record_value kept_value(const struct json *j, const struct kept *k)
{
	return (struct record_value){ j->text.data + k->at, k->n };
}

static struct record_value outer_value(const struct json *j, size_t ref)
{
	for (size_t i = 0; i < j->n_outers; i++)
		if (j->outers[i].ref == ref && j->outer_text[i])
			return (struct record_value){ j->outer_text[i], strlen(j->outer_text[i]) };
	return (struct record_value){ 0 };
}

static struct record_value row_get(void *arg, size_t ref)
{
	const struct json *j = arg;

	return j->has_ref[ref] ? kept_value(j, &j->by_ref[ref]) : outer_value(j, ref);
}

static struct record_value row_find(void *arg, const char *name, size_t n)
{
	const struct json *j = arg;
	uint32_t number;

	if (!intern_find(&j->names, name, n, &number))
		return (struct record_value){ 0 };
	return kept_value(j, &j->by_name[number]);
}

/* Children are asked for one after the other: the search goes on where it was. */
static struct record_value row_child(void *arg, const char *name, size_t n, size_t i)
{
	struct json *j = arg;
	uint32_t at = i && j->child.name == name && j->child.i + 1 == i ? j->child.next : 0;

	for (; at < j->names.n; at++) {
		const struct intern_item *item = &j->names.items[at];

		if (item->len <= n + 1 || memcmp(item->text, name, n) || item->text[n] != '/' || strchr(item->text + n + 1, '/'))
			continue;
		j->child.name = name;
		j->child.i = i;
		j->child.next = at + 1;
		return (struct record_value){ item->text + n + 1, item->len - n - 1 };
	}
	return (struct record_value){ 0 };
}

/* What the star number wanted (from 1; 0 = the last) stands for here. */
static struct record_value star_value(struct json *j, long wanted)
{
	const char *key = NULL;
	long stars = 0;

	for (int step = 1; step <= j->records.n; step++) {
		if (j->records.step[step] || (++stars != wanted && (wanted || step != j->records.last_star)))
			continue;
		key = json_key(j->js, step);
		if (!key)
			key = arena_printf(j->record_mem, "%lld", json_index(j->js, step));
	}
	return (struct record_value){ key, key ? strlen(key) : 0 };
}

static struct record_value row_variable(void *arg, const char *name, size_t n)
{
	struct json *j = arg;
	char *text;

	if (!strcmp(name, "$key"))
		return star_value(j, 0);
	if (isdigit((unsigned char)name[1]))
		return star_value(j, strtol(name + 1, NULL, 10));
	if (!strcmp(name, "$value"))
		return row_find(j, "", 0);
	if (!strcmp(name, "$record"))
		return (struct record_value){ j->in->data + j->base + j->begin, j->end - j->begin };
	if (strcmp(name, "$line") || !j->line)
		return format_variable(j->in, name);
	text = arena_printf(j->record_mem, "%ld", j->line);
	return (struct record_value){ text, strlen(text) };
}

/* ---------------------------------------------------------------- records */

static void look_ahead(struct json *j);

static void record_begin(struct json *j)
{
	j->in_record = true;
	j->begin = json_offset(j->js);
	j->fault = NULL;
	arena_reset(j->record_mem);
	buf_reset(&j->text);
	intern_cut(&j->names, 0);
	memset(j->has_ref, 0, j->n_refs * sizeof *j->has_ref);
}

static void group(struct json *j)
{
	long long index = j->records.n ? json_index(j->js, j->records.n) : -1;

	buf_reset(&j->pointer);
	j->grouped = true;
	if (j->line) {
		sink_group(j->out, (long long)j->base, "line ", j->line);
		return;
	}
	json_pointer(j->js, 0, &j->pointer);
	if (index >= 0) { /* the number is put behind again, where somebody reads it */
		j->pointer.len = (size_t)((char *)memrchr(j->pointer.data, '/', j->pointer.len) - j->pointer.data) + 1;
		j->pointer.data[j->pointer.len] = '\0';
	}
	sink_group(j->out, (long long)(j->base + j->begin), j->pointer.len ? j->pointer.data : "document", index);
}

static void record_end(struct json *j, size_t end)
{
	j->in_record = false;
	j->child.name = NULL;
	j->end = end;
	group(j);
	sink_raw(j->out, j->in->data + j->base + j->begin, end - j->begin);
	if (j->n_outers && !j->looked_ahead)
		look_ahead(j);
	if (j->fault)
		sink_reject(j->out, "json", NULL, 0, "%s", j->fault);
	else
		mapping_run_emit(j->run);
}

static struct kept keep_text(struct json *j, const struct json_value *v)
{
	static const char *const words[] = { [JSON_FALSE] = "false", [JSON_TRUE] = "true" };
	const char *text = v->type == JSON_FALSE || v->type == JSON_TRUE ? words[v->type] : v->text;
	size_t n = v->text ? v->n : text ? strlen(text) : 0;
	struct kept k = { j->text.len, n };

	buf_add(&j->text, text, n);
	return k;
}

static void keep_by_name(struct json *j, const struct json_value *v)
{
	bool added;
	uint32_t number = intern_add(&j->names, buf_str(&j->pointer), j->pointer.len, &added);

	if (!added) {
		j->fault = arena_printf(j->record_mem, "member \"%s\" is there twice", buf_str(&j->pointer));
		return;
	}
	if (number >= j->by_name_cap) {
		j->by_name_cap = j->by_name_cap ? 2 * j->by_name_cap : 64;
		j->by_name = xrealloc(j->by_name, j->by_name_cap * sizeof *j->by_name);
	}
	j->by_name[number] = keep_text(j, v);
}

/* A value in a record: kept when the mapping may ask for it. null counts as not there. */
static void keep(struct json *j, const struct json_value *v)
{
	int ref;

	if (v->type == JSON_NULL || v->type == JSON_OBJECT_END || v->type == JSON_ARRAY_END || j->fault)
		return;
	buf_reset(&j->pointer);
	json_pointer(j->js, j->records.n, &j->pointer);
	if ((long long)(j->text.len + j->pointer.len + v->n + j->names.n * KEPT_COST) > j->limits->line) {
		j->fault = arena_printf(j->record_mem, "record is larger than %lld bytes (limit line)", j->limits->line);
		return;
	}
	ref = mapping_find_ref(j->map, buf_str(&j->pointer), j->pointer.len);
	if (ref >= 0 && v->type > JSON_ARRAY_END) {
		if (j->has_ref[ref])
			j->fault = arena_printf(j->record_mem, "member \"%s\" is there twice", buf_str(&j->pointer));
		j->has_ref[ref] = true;
		j->by_ref[ref] = keep_text(j, v);
	}
	if (!j->pointer.len || mapping_may_ask(j->map, buf_str(&j->pointer), j->pointer.len))
		keep_by_name(j, v);
}

/* ---------------------------------------------------------------- outside of records */

static bool path_fits(const struct json *j, const struct pattern *p, int depth)
{
	for (int step = depth; step > 0; step--)
		if (!step_fits(j, p, step))
			return false;
	return true;
}

/* What the mapping wants from around the records: forgotten when the * before it stands for the next. */
static void note_outer(struct json *j, const struct json_value *v)
{
	for (size_t i = 0; i < j->n_outers; i++) {
		const struct pattern *p = &j->outers[i].pattern;
		bool renewed = p->last_star && v->depth == p->last_star && v->type != JSON_OBJECT_END && v->type != JSON_ARRAY_END;

		if ((v->depth != p->n && !renewed) || !path_fits(j, p, v->depth))
			continue;
		free(j->outer_text[i]);
		j->outer_text[i] = v->depth == p->n && v->text ? strndup(v->text, v->n) : NULL;
	}
}

/* Does a value of the whole document stand behind the record? What belongs to one * among others is no such value. */
static bool is_due(const struct json *j, size_t i)
{
	return !j->outer_text[i] && !j->outers[i].pattern.last_star;
}

static int note_ahead(void *arg, struct json_stream *js, const struct json_value *v, struct err *e)
{
	struct json *j = arg;

	j->js = js;
	for (size_t i = 0; v->text && i < j->n_outers; i++)
		if (is_due(j, i) && v->depth == j->outers[i].pattern.n && path_fits(j, &j->outers[i].pattern, v->depth))
			j->outer_text[i] = strndup(v->text, v->n);
	return 0;
}

/* Writers put members in any order: what the records want from around them is looked for once behind the first of them, too. */
static void look_ahead(struct json *j)
{
	struct json_stream *here = j->js;
	struct err ignored = { 0 }; /* reading on finds it, too */
	bool due = false;

	j->looked_ahead = true;
	for (size_t i = 0; i < j->n_outers; i++)
		due |= is_due(j, i);
	if (due && !j->line && json_stream(j->in->data, j->in->len, j->limits, note_ahead, j, &ignored))
		err_clear(&ignored);
	j->js = here;
}

static bool is_record(struct json *j, const struct json_value *v)
{
	const struct pattern *p = &j->records;

	if (v->depth > p->n)
		return false;
	j->fits[v->depth] = !v->depth || (j->fits[v->depth - 1] && step_fits(j, p, v->depth));
	/* an empty list is a place, null or a message in its stead is none */
	bool list = v->depth < p->n && !p->step[v->depth + 1] && (v->type == JSON_OBJECT || v->type == JSON_ARRAY);
	if (j->fits[v->depth] && (v->depth == p->n || (list && v->depth == p->n - 1)))
		j->found = true;
	j->just_begun = list && j->fits[v->depth];
	return j->fits[v->depth] && v->depth == p->n;
}

static int on_value(void *arg, struct json_stream *js, const struct json_value *v, struct err *e)
{
	struct json *j = arg;
	bool ends = v->type == JSON_OBJECT_END || v->type == JSON_ARRAY_END;

	j->js = js;
	j->found |= ends && j->just_begun;
	j->just_begun = false;
	if (j->n_outers)
		note_outer(j, v);
	if (sink_full(j->out))
		return err_set(e, ERR_LIMIT, "the rest was not read");
	if (!j->in_record && !ends && is_record(j, v) && v->type != JSON_NULL) {
		record_begin(j);
		keep(j, v);
		if (v->type > JSON_ARRAY_END)
			record_end(j, j->begin + v->n);
	} else if (j->in_record && ends && v->depth == j->records.n) {
		record_end(j, json_offset(js) + 1);
	} else if (j->in_record) {
		keep(j, v);
	}
	return 0;
}

/* ---------------------------------------------------------------- the body */

static int read_outers(struct json *j, struct err *e)
{
	bool optional;
	const char *name;

	for (; (name = mapping_ref(j->map, j->n_refs, &optional)); j->n_refs++)
		j->n_outers += *name == '^';
	j->outers = arena_alloc(j->mem, (j->n_outers + 1) * sizeof *j->outers);
	j->outer_text = arena_zalloc(j->mem, (j->n_outers + 1) * sizeof *j->outer_text);
	j->by_ref = arena_zalloc(j->mem, (j->n_refs + 1) * sizeof *j->by_ref);
	j->has_ref = arena_zalloc(j->mem, (j->n_refs + 1) * sizeof *j->has_ref);
	j->n_outers = 0;
	for (size_t ref = 0; ref < j->n_refs; ref++) {
		name = mapping_ref(j->map, ref, &optional);
		if (*name != '^')
			continue;
		j->outers[j->n_outers].ref = ref;
		if (read_pattern(j->mem, name + 1, &j->outers[j->n_outers++].pattern, e))
			return -1;
	}
	return 0;
}

static int read_document(struct json *j, struct err *e)
{
	if (format_refuse_others(j->in, "JSON", e))
		return -1;
	if (json_stream(j->in->data, j->in->len, j->limits, on_value, j, e)) {
		if (!sink_full(j->out))
			return -1;
		err_clear(e); /* sink_finish says why */
		return 0;
	}
	if (!j->found)
		return err_set(e, ERR_PARSE, "nothing at \"%s\": not the document this feed is for", mapping_records(j->map, "/*"));
	return 0;
}

/* One line; *good counts those that were JSON. */
static void read_line(struct json *j, const char *line, size_t n, long *good, struct err *first)
{
	struct err e = { 0 };

	j->in_record = j->grouped = false;
	if (!json_stream(line, n, j->limits, on_value, j, &e)) {
		++*good;
		return;
	}
	err_set(first, e.kind, "line %ld: %s", j->line, e.text);
	/* a record that came before the fault goes with it: its group is still open */
	if (!j->grouped)
		sink_group(j->out, (long long)j->base, "line ", j->line);
	sink_reject(j->out, "json", line, n, "%s", e.text);
}

static bool is_blank(const char *p, size_t n)
{
	while (n && strchr(" \t\r", *p) && *p)
		p++, n--;
	return !n;
}

static int read_lines(struct json *j, struct err *e)
{
	struct err first = { 0 };
	long good = 0;

	if (format_refuse_others(j->in, "JSON", e))
		return -1;
	for (const char *p = j->in->data, *end = p + j->in->len, *next; p < end && !sink_full(j->out); p = next) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((newline ? newline : end) - p);

		next = newline ? newline + 1 : end;
		j->line++;
		j->base = (size_t)(p - j->in->data);
		if ((long long)n > j->limits->line)
			return err_set(e, ERR_LIMIT, "line %ld is longer than %lld bytes (limit line)", j->line, j->limits->line);
		if (!is_blank(p, n))
			read_line(j, p, n, &good, &first);
	}
	if (good || !first.kind || sink_full(j->out))
		return 0;
	*e = first;
	return -1;
}

static int read_body(struct json *j, bool lines, struct err *e)
{
	if (read_pattern(j->mem, mapping_records(j->map, lines ? "" : "/*"), &j->records, e) || read_outers(j, e))
		return -1;
	return lines ? read_lines(j, e) : read_document(j, e);
}

static int parse(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, bool lines,
	struct err *e)
{
	struct json j = { .in = in, .map = map, .limits = limits, .out = out };
	const struct mapping_row row = { row_get, row_find, row_child, row_variable, &j };
	int rc;

	j.mem = arena_new();
	j.record_mem = arena_new();
	j.run = mapping_run_new(map, &row, out);
	intern_init(&j.names);
	buf_init(&j.text, (size_t)limits->line + (size_t)limits->field);
	buf_init(&j.pointer, SIZE_MAX / 2);
	rc = read_body(&j, lines, e);
	for (size_t i = 0; i < j.n_outers; i++)
		free(j.outer_text[i]);
	free(j.by_name);
	intern_release(&j.names);
	buf_release(&j.text);
	buf_release(&j.pointer);
	mapping_run_free(j.run);
	arena_free(j.record_mem);
	arena_free(j.mem);
	return rc;
}

static int json_parse(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	return parse(in, map, limits, out, false, e);
}

static int ndjson_parse(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	return parse(in, map, limits, out, true, e);
}

const struct format format_json = {
	.name = "json",
	.help = "one JSON document, by a mapping",
	.media = "application/json",
	.version = 1,
	.mapped = true,
	.parse = json_parse,
};

const struct format format_ndjson = {
	.name = "ndjson",
	.help = "a JSON value a line, by a mapping",
	.media = "application/x-ndjson",
	.version = 1,
	.mapped = true,
	.parse = ndjson_parse,
};
