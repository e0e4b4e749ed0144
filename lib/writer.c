#include "aimarket/writer.h"

#include <stdint.h>

#include "aimarket/arena.h"
#include "aimarket/buf.h"
#include "aimarket/text.h"

const char *const out_names[OUT_KINDS] = {
	[OUT_TABLE] = "table",
	[OUT_JSON] = "json",
	[OUT_NDJSON] = "ndjson",
	[OUT_CSV] = "csv",
	[OUT_MARKDOWN] = "markdown",
};

enum {
	FLUSH_AT = 65536,
	HELD_ROWS_MAX = 1000,
	HELD_BYTES_MAX = 8 << 20,
	GAP = 2, /* blanks between the columns of a table */
	NARROWEST = 10, /* a text column is not cut below this */
	NARROWEST_FIRST = 20, /* the first one, which tells rows apart, not below this where there is room */
};

static const char ellipsis[] = "…";

struct value {
	const char *s; /* NULL: SQL NULL */
	size_t n;
};

struct cell {
	const char *s;
	size_t n;
	int width;
};

struct writer {
	struct writer_options o;
	const struct form *form;
	struct column *cols;
	struct value *keys; /* of JSON: {"name": or ,"name": */
	int n;
	struct arena *names;
	writer_out *out;
	void *arg;
	struct buf pending; /* bytes not yet handed to out */
	struct value *row; /* the one being written */
	long long rows;
	bool gone; /* out said -1 */

	/* tables only */
	struct arena *mem; /* of the cells held back */
	struct cell *held; /* HELD_ROWS_MAX rows of n cells */
	int n_held;
	bool streaming; /* the widths are settled; rows go straight out */
	int *widths;
	int fit; /* columns that find room, from the left */
};

/* A format: how it begins, what a row is, how it ends. */
struct form {
	void (*begin)(struct writer *w);
	void (*row)(struct writer *w, const struct value *values);
	void (*end)(struct writer *w);
};

static void flush(struct writer *w)
{
	if (w->pending.len > 0 && !w->gone)
		w->gone = w->out(w->arg, w->pending.data, w->pending.len) != 0;
	buf_reset(&w->pending);
}

static void add(struct writer *w, const char *s, size_t n)
{
	buf_add(&w->pending, s, n);
}

static void adds(struct writer *w, const char *s)
{
	add(w, s, strlen(s));
}

static void addc(struct writer *w, char c)
{
	buf_addc(&w->pending, c);
}

static bool is_true(const struct value *v)
{
	return v->n > 0 && v->s[0] == 't';
}

/* What people and spreadsheets see of a value. */
static struct value shown(enum column_kind kind, const struct value *v)
{
	if (v->s && kind == COL_BOOL)
		return is_true(v) ? (struct value){ "true", 4 } : (struct value){ "false", 5 };
	return *v;
}

/* ---- JSON and NDJSON */

static void add_json_escape(struct writer *w, unsigned char c)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *p = letters; *p; p += 2) {
		if ((unsigned char)*p == c) {
			addc(w, '\\');
			addc(w, p[1]);
			return;
		}
	}
	buf_printf(&w->pending, "\\u%04x", c);
}

/* Characters that stand for themselves between quotes. */
static const bool plain[256] = { [' ' ... '!'] = true, ['#' ... '['] = true, [']' ... '~'] = true, [0x80 ... 0xff] = true };

static void add_json_string(struct writer *w, const char *s, size_t n)
{
	size_t done = 0;

	addc(w, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (plain[c])
			continue;
		add(w, s + done, i - done);
		add_json_escape(w, c);
		done = i + 1;
	}
	add(w, s + done, n - done);
	addc(w, '"');
}

/* Moves *p over digits; whether there were any. */
static bool skip_digits(const char **p, const char *end)
{
	const char *start = *p;

	while (*p < end && **p >= '0' && **p <= '9')
		++*p;
	return *p > start;
}

/* NaN and infinities are numbers to PostgreSQL, but not to JSON. */
static bool is_json_number(const char *s, size_t n)
{
	const char *p = s, *end = s + n;

	p += p < end && *p == '-';
	const char *whole = p;
	if (!skip_digits(&p, end) || (*whole == '0' && p > whole + 1))
		return false;
	if (p < end && *p == '.') {
		p++;
		if (!skip_digits(&p, end))
			return false;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		p += p < end && (*p == '+' || *p == '-');
		if (!skip_digits(&p, end))
			return false;
	}
	return p == end;
}

/* JSON as it is, but on one line: in valid JSON a raw line end is only ever white space. */
static void add_json_value(struct writer *w, const char *s, size_t n)
{
	size_t start = w->pending.len;

	add(w, s, n);
	for (size_t i = start; i < w->pending.len; i++) {
		if (w->pending.data[i] == '\n' || w->pending.data[i] == '\r')
			w->pending.data[i] = ' ';
	}
}

static void add_json(struct writer *w, enum column_kind kind, const struct value *v)
{
	if (!v->s)
		adds(w, "null");
	else if (kind == COL_BOOL)
		adds(w, is_true(v) ? "true" : "false");
	else if (kind == COL_NUMBER && !w->o.numbers_as_strings && is_json_number(v->s, v->n))
		add(w, v->s, v->n);
	else if (kind == COL_JSON)
		add_json_value(w, v->s, v->n);
	else
		add_json_string(w, v->s, v->n);
}

static void add_json_object(struct writer *w, const struct value *values)
{
	for (int i = 0; i < w->n; i++) {
		add(w, w->keys[i].s, w->keys[i].n);
		add_json(w, w->cols[i].kind, &values[i]);
	}
	adds(w, w->n ? "}" : "{}");
}

/* The names as keys, escaped once, with what stands before them. */
static void json_begin(struct writer *w)
{
	for (int i = 0; i < w->n; i++) {
		addc(w, i ? ',' : '{');
		add_json_string(w, w->cols[i].name, strlen(w->cols[i].name));
		addc(w, ':');
		w->keys[i] = (struct value){ arena_strndup(w->names, w->pending.data, w->pending.len), w->pending.len };
		buf_reset(&w->pending);
	}
}

static void json_row(struct writer *w, const struct value *values)
{
	adds(w, w->rows ? ",\n" : "[\n");
	add_json_object(w, values);
}

static void json_end(struct writer *w)
{
	adds(w, w->rows ? "\n]\n" : "[]\n");
}

static void ndjson_row(struct writer *w, const struct value *values)
{
	add_json_object(w, values);
	addc(w, '\n');
}

static void no_end(struct writer *w)
{
}

/* ---- CSV */

/* NULL is nothing and the empty text is "", as COPY has it. */
static void add_csv(struct writer *w, enum column_kind kind, const struct value *v)
{
	if (!v->s)
		return;
	bool guard = w->o.csv_guard && kind == COL_TEXT && v->n > 0 && strchr("=+-@\t\r\n", v->s[0]);
	bool quote = v->n == 0;
	for (size_t i = 0; i < v->n && !quote; i++)
		quote = v->s[i] == '"' || v->s[i] == ',' || v->s[i] == '\n' || v->s[i] == '\r';
	if (quote)
		addc(w, '"');
	if (guard)
		addc(w, '\'');
	const char *s = v->s, *end = v->s + v->n;
	for (const char *at; quote && (at = memchr(s, '"', (size_t)(end - s))); s = at + 1) {
		add(w, s, (size_t)(at + 1 - s));
		addc(w, '"');
	}
	add(w, s, (size_t)(end - s));
	if (quote)
		addc(w, '"');
}

static void csv_begin(struct writer *w)
{
	for (int i = 0; i < w->n; i++) {
		if (i)
			addc(w, ',');
		add_csv(w, COL_TEXT, &(struct value){ w->cols[i].name, strlen(w->cols[i].name) });
	}
	addc(w, '\n');
}

static void csv_row(struct writer *w, const struct value *values)
{
	for (int i = 0; i < w->n; i++) {
		struct value v = shown(w->cols[i].kind, &values[i]);

		if (i)
			addc(w, ',');
		add_csv(w, w->cols[i].kind, &v);
	}
	addc(w, '\n');
}

/* ---- Markdown */

static void add_markdown(struct writer *w, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n') {
			adds(w, "<br>");
			continue;
		}
		if (s[i] && strchr("\\|`*<[", s[i]))
			addc(w, '\\');
		addc(w, s[i] == '\r' ? ' ' : s[i]);
	}
}

static void markdown_begin(struct writer *w)
{
	for (int i = 0; i < w->n; i++) {
		adds(w, "| ");
		add_markdown(w, w->cols[i].name, strlen(w->cols[i].name));
		addc(w, ' ');
	}
	adds(w, "|\n");
	for (int i = 0; i < w->n; i++)
		adds(w, w->cols[i].kind == COL_NUMBER ? "| ---: " : "| --- ");
	adds(w, "|\n");
}

static void markdown_row(struct writer *w, const struct value *values)
{
	for (int i = 0; i < w->n; i++) {
		struct value v = shown(w->cols[i].kind, &values[i]);

		adds(w, "| ");
		add_markdown(w, v.s, v.s ? v.n : 0);
		addc(w, ' ');
	}
	adds(w, "|\n");
}

/* ---- table */

static void pad(struct writer *w, int columns)
{
	for (; columns > 0; columns--)
		addc(w, ' ');
}

/* Copies s with every control character as a blank: a cell is one line, and no document talks to the terminal. */
static char *one_line(struct arena *mem, const char *s, size_t n)
{
	char *copy = arena_strndup(mem, s, n);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)copy[i];
		bool c1 = c == 0xc2 && i + 1 < n && (unsigned char)copy[i + 1] < 0xa0 && (unsigned char)copy[i + 1] >= 0x80;

		if (c < ' ' || c == 0x7f || c1)
			copy[i] = ' ';
		if (c1)
			copy[++i] = ' ';
	}
	return copy;
}

/* JSON for people: ["a", "b"] as a, b and {"k": "v"} as k: v. Only what stands within keeps its brackets. */
static struct value plain_json(struct arena *mem, const struct value *v)
{
	char *out = arena_alloc(mem, v->n + 1);
	size_t n = 0;
	int depth = 0;
	bool text = false;

	for (size_t i = 0; i < v->n; i++) {
		char c = v->s[i];
		bool opens = !text && (c == '[' || c == '{'), closes = !text && (c == ']' || c == '}');

		depth += opens;
		if (text && c == '\\' && i + 1 < v->n && v->s[i + 1] != 'u')
			out[n++] = strchr("nrtbf", v->s[++i]) ? ' ' : v->s[i];
		else if (c == '"')
			text = !text;
		else if (depth != 1 || !(opens || closes))
			out[n++] = c;
		depth -= closes;
	}
	return (struct value){ out, n };
}

static struct cell cell_of(struct writer *w, enum column_kind kind, const struct value *value)
{
	struct value v = shown(kind, value);
	struct cell c = { .s = "" };

	if (!v.s)
		return c;
	if (kind == COL_JSON)
		v = plain_json(w->mem, &v);
	/* what the terminal cannot show need not be held: one column more than fits, so that it is seen to be cut */
	c.n = w->o.width > 0 && kind != COL_NUMBER ? text_fit(v.s, v.n, w->o.width + 1) : v.n;
	c.s = one_line(w->mem, v.s, c.n);
	c.width = text_width(c.s, c.n);
	return c;
}

static bool can_be_cut(const struct writer *w, int i)
{
	return w->cols[i].kind != COL_NUMBER;
}

/* One cell. A number is never cut. */
static void put_cell(struct writer *w, int i, const struct cell *c)
{
	int room = w->widths[i];
	bool cut = w->o.width > 0 && can_be_cut(w, i) && c->width > room;
	size_t n = cut ? text_fit(c->s, c->n, room - 1) : c->n;
	int width = cut ? text_width(c->s, n) + 1 : c->width;

	if (i)
		pad(w, GAP);
	if (w->cols[i].kind == COL_NUMBER)
		pad(w, room - width);
	add(w, c->s, n);
	if (cut)
		adds(w, ellipsis);
	if (w->cols[i].kind != COL_NUMBER)
		pad(w, room - width);
}

static void put_line(struct writer *w, const struct cell *cells)
{
	size_t start = w->pending.len;

	for (int i = 0; i < w->fit; i++)
		put_cell(w, i, &cells[i]);
	while (w->pending.len > start && w->pending.data[w->pending.len - 1] == ' ')
		w->pending.len--;
	addc(w, '\n');
}

static void put_header(struct writer *w)
{
	struct cell *names = arena_alloc(w->mem, (size_t)w->n * sizeof *names);

	for (int i = 0; i < w->n; i++)
		names[i] = cell_of(w, COL_TEXT, &(struct value){ w->cols[i].name, strlen(w->cols[i].name) });
	adds(w, w->o.color ? "\x1b[1m" : "");
	put_line(w, names);
	adds(w, w->o.color ? "\x1b[0m" : "");
	for (int i = 0; i < w->fit; i++) {
		pad(w, i ? GAP : 0);
		for (int k = 0; k < w->widths[i]; k++)
			addc(w, '-');
	}
	addc(w, '\n');
}

static int narrowest(const struct writer *w, int i)
{
	int least = i ? NARROWEST : w->o.width / 4 < NARROWEST_FIRST ? w->o.width / 4 : NARROWEST_FIRST;

	if (least < NARROWEST)
		least = NARROWEST;
	return can_be_cut(w, i) && w->widths[i] > least ? least : w->widths[i];
}

/* Columns that find room when every text is cut as far as it may be; the first one always does. */
static int count_fitting(const struct writer *w)
{
	int total = 0;

	for (int i = 0; i < w->n; i++) {
		total += narrowest(w, i) + (i ? GAP : 0);
		if (total > w->o.width)
			return i ? i : 1;
	}
	return w->n;
}

/* Takes columns off the widest texts, one at a time, until the line fits. */
static void fit_widths(struct writer *w)
{
	int total = -GAP;

	w->fit = count_fitting(w);
	for (int i = 0; i < w->fit; i++)
		total += w->widths[i] + GAP;
	for (; total > w->o.width; total--) {
		int widest = -1;

		for (int i = 0; i < w->fit; i++) {
			if (w->widths[i] > narrowest(w, i) && (widest < 0 || w->widths[i] > w->widths[widest]))
				widest = i;
		}
		if (widest < 0)
			break;
		w->widths[widest]--;
	}
}

static void settle_widths(struct writer *w)
{
	for (int i = 0; i < w->n; i++) {
		w->widths[i] = text_width(w->cols[i].name, strlen(w->cols[i].name));
		for (int r = 0; r < w->n_held; r++) {
			const struct cell *c = &w->held[r * w->n + i];

			if (c->width > w->widths[i])
				w->widths[i] = c->width;
		}
	}
	if (w->o.width > 0)
		fit_widths(w);
}

/* Prints what was held back; from here on rows go straight out. */
static void table_release(struct writer *w)
{
	settle_widths(w);
	put_header(w);
	for (int r = 0; r < w->n_held && !w->gone; r++) {
		put_line(w, &w->held[r * w->n]);
		if (w->pending.len >= FLUSH_AT)
			flush(w);
	}
	w->n_held = 0;
	w->streaming = true;
	arena_reset(w->mem);
}

static void table_begin(struct writer *w)
{
	w->fit = w->n;
	w->widths = xzalloc((size_t)w->n * sizeof *w->widths);
	w->held = xmalloc((size_t)w->n * HELD_ROWS_MAX * sizeof *w->held);
}

static void table_row(struct writer *w, const struct value *values)
{
	struct cell *cells = &w->held[w->n_held * w->n];

	for (int i = 0; i < w->n; i++)
		cells[i] = cell_of(w, w->cols[i].kind, &values[i]);
	if (w->streaming) {
		put_line(w, cells);
		arena_reset(w->mem);
	} else if (++w->n_held == HELD_ROWS_MAX || arena_used(w->mem) > HELD_BYTES_MAX) {
		table_release(w);
	}
}

/* Names the columns that found no room, as many of them as fit. */
static void put_left_out(struct writer *w)
{
	size_t start = w->pending.len, n;

	for (int i = w->fit; i < w->n; i++) {
		adds(w, i == w->fit ? "(no room for " : ", ");
		adds(w, w->cols[i].name);
	}
	n = text_fit(w->pending.data + start, w->pending.len - start, w->o.width - 2);
	if (start + n < w->pending.len) {
		w->pending.len = start + n;
		adds(w, ellipsis);
	}
	adds(w, ")\n");
}

static void table_end(struct writer *w)
{
	if (!w->streaming)
		table_release(w);
	if (w->fit < w->n)
		put_left_out(w);
}

/* ---- the whole */

static const struct form forms[OUT_KINDS] = {
	[OUT_TABLE] = { table_begin, table_row, table_end },
	[OUT_JSON] = { json_begin, json_row, json_end },
	[OUT_NDJSON] = { json_begin, ndjson_row, no_end },
	[OUT_CSV] = { csv_begin, csv_row, no_end },
	[OUT_MARKDOWN] = { markdown_begin, markdown_row, no_end },
};

struct writer *writer_new(const struct writer_options *o, const struct column *cols, int n, writer_out *out, void *arg)
{
	struct writer *w = xzalloc(sizeof *w);

	w->o = *o;
	w->form = &forms[o->format];
	w->out = out;
	w->arg = arg;
	w->n = n;
	w->cols = xmalloc((size_t)n * sizeof *w->cols);
	w->keys = xzalloc((size_t)n * sizeof *w->keys);
	w->row = xmalloc((size_t)n * sizeof *w->row);
	w->names = arena_new();
	w->mem = arena_new();
	for (int i = 0; i < n; i++)
		w->cols[i] = (struct column){ .name = arena_strdup(w->names, cols[i].name), .kind = cols[i].kind };
	buf_init(&w->pending, SIZE_MAX - 1);
	w->form->begin(w);
	return w;
}

int writer_row(struct writer *w, const char *const *values, const int *lengths)
{
	if (w->gone)
		return -1;
	for (int i = 0; i < w->n; i++) {
		size_t n = !values[i] ? 0 : lengths ? (size_t)lengths[i] : strlen(values[i]);

		w->row[i] = (struct value){ values[i], n };
	}
	w->form->row(w, w->row);
	w->rows++;
	if (w->pending.len >= FLUSH_AT)
		flush(w);
	return w->gone ? -1 : 0;
}

int writer_end(struct writer *w)
{
	if (!w->gone)
		w->form->end(w);
	flush(w);
	if (!w->gone)
		w->gone = w->out(w->arg, NULL, 0) != 0;
	return w->gone ? -1 : 0;
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	free(w->cols);
	free(w->keys);
	free(w->row);
	free(w->widths);
	free(w->held);
	arena_free(w->names);
	arena_free(w->mem);
	buf_release(&w->pending);
	free(w);
}

enum column_kind writer_kind_of(unsigned oid)
{
	/* fixed in PostgreSQL's pg_type.dat; libpq has no header for them */
	static const struct {
		unsigned oid;
		enum column_kind kind;
	} types[] = {
		{ 16, COL_BOOL }, /* bool */
		{ 20, COL_NUMBER }, /* int8 */
		{ 21, COL_NUMBER }, /* int2 */
		{ 23, COL_NUMBER }, /* int4 */
		{ 26, COL_NUMBER }, /* oid */
		{ 114, COL_JSON }, /* json */
		{ 700, COL_NUMBER }, /* float4 */
		{ 701, COL_NUMBER }, /* float8 */
		{ 1700, COL_NUMBER }, /* numeric */
		{ 3802, COL_JSON }, /* jsonb */
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (types[i].oid == oid)
			return types[i].kind;
	}
	return COL_TEXT;
}

int writer_to_file(void *file, const char *data, size_t n)
{
	return n == 0 ? fflush(file) : fwrite(data, 1, n, file) == n ? 0 : -1;
}
