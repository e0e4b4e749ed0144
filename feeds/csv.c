/*
 * csv: tables of text by a mapping. libcsv parts cells and rows; this file feeds it line by line, so that every row has its
 * byte offset, whatever the encoding, and no row or cell grows beyond its limit.
 */
#include <csv.h>
#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <strings.h>

#include "aimarket/arena.h"
#include "aimarket/format.h"
#include "aimarket/mapping.h"
#include "aimarket/text.h"
#include "formats.h"
#include "intern.h"

enum {
	PIECE = 64 * 1024, /* bytes fed at once when there is no end of line */
	AFTER_MAX = 9, /* rows after the header that are remembered: ^1 … ^9 */
	HEADER_ROWS = 100, /* the header is among the first rows, or nowhere */
};

struct cell {
	size_t at, n; /* in csv.cells */
};

struct csv {
	const struct input *in;
	const struct csv_options *options;
	const struct mapping *map;
	const struct limits *limits;
	struct sink *out;
	struct mapping_run *run;
	struct err *e;

	struct csv_parser lib;
	iconv_t conv; /* (iconv_t)-1: bytes go as they are */
	int unit; /* bytes of the encoding's smallest character */
	bool little; /* the first of them is the low one */

	size_t pos, piece_end; /* the piece that is being fed */
	long line; /* it lies in, from 1 */
	size_t row_at; /* where the row began */
	long row_line, quote_line; /* the row's first line; that of the open quote */
	long bad_at; /* byte of the row that its encoding does not know; -1 */

	struct buf cells;
	struct cell *cell;
	size_t n_cells, cell_cap;
	bool extra; /* the row has more than the header, and they are not blank */
	long rows; /* so far */

	enum { SKIPPING, HEADER, AFTER, DATA } state;
	long left; /* rows to skip in this state */
	struct buf number; /* $line as text */
	struct arena *mem;
	struct intern names; /* of the columns */
	int *column_of; /* by reference; -1: the body has none; -2 and less: that of a row after the header, see outer */
	struct outer {
		size_t row; /* from 0 */
		int column;
	} * outer;
	struct record_value **after; /* cells of the rows after the header that are no data */
	long n_after;
	bool failed;
};

/* ---------------------------------------------------------------- columns */

/* A name that no column before has: name, name#2, name#3; a blank one is #3 in third place. */
static void add_name(struct csv *c, const char *name, size_t n)
{
	char number[24];
	int times = 1;
	bool added;

	snprintf(number, sizeof number, "#%u", c->names.n + 1);
	if (n)
		intern_add(&c->names, name, n, &added);
	else
		intern_add(&c->names, number, strlen(number), &added);
	while (!added) {
		char *more = arena_printf(c->mem, "%.*s#%d", (int)n, name, ++times);
		intern_add(&c->names, more, strlen(more), &added);
	}
}

/* By name, or by place: #3. -1: there is none. */
static int find_column(const struct csv *c, const char *name, size_t n)
{
	char number[24];
	uint32_t column;
	long place;

	if (intern_find(&c->names, name, n, &column))
		return (int)column;
	if (n < 2 || n >= sizeof number || *name != '#')
		return -1;
	snprintf(number, sizeof number, "%.*s", (int)n - 1, name + 1);
	place = strtol(number, NULL, 10);
	return place >= 1 && place <= (long)c->names.n ? (int)place - 1 : -1;
}

static int missing_column(struct csv *c, const char *name)
{
	const char **names = xzalloc((c->names.n + 1) * sizeof *names), *near;

	for (uint32_t i = 0; i < c->names.n; i++)
		names[i] = c->names.items[i].text;
	near = text_nearest(name, names, c->names.n);
	free(names);
	err_set(c->e, ERR_PARSE, "line %ld: no column \"%s\" in the header", c->row_line, name);
	if (near)
		err_hint(c->e, "Did you mean \"%s\"? A column that may be missing is {%s|optional}.", near, name);
	return -1;
}

/* ^1/Close: the column Close of the first row after the header. false: it names no such row. */
static bool find_outer(const struct csv *c, const char *name, size_t n, struct outer *out)
{
	long row = n > 3 && *name == '^' && name[2] == '/' && isdigit((unsigned char)name[1]) ? name[1] - '0' : 0;

	if (row < 1 || row > c->options->skip_after)
		return false;
	*out = (struct outer){ (size_t)row - 1, find_column(c, name + 3, n - 3) };
	return true;
}

/* Where one column may stand for another, one of them has to be there. */
static int need_one_of(struct csv *c)
{
	const size_t *refs;
	bool optional;
	size_t n;

	for (size_t i = 0; (refs = mapping_one_of(c->map, i, &n)); i++) {
		bool found = false;

		for (size_t k = 0; k < n; k++)
			found |= c->column_of[refs[k]] != -1;
		if (!found)
			return missing_column(c, mapping_ref(c->map, refs[0], &optional));
	}
	return 0;
}

/* Joins the mapping's references to the columns of this body. */
static int join_columns(struct csv *c)
{
	bool optional;
	const char *name;
	size_t n = 0;

	while (mapping_ref(c->map, n, &optional))
		n++;
	c->column_of = arena_alloc(c->mem, (n + 1) * sizeof *c->column_of);
	c->outer = arena_zalloc(c->mem, (n + 1) * sizeof *c->outer);
	for (size_t i = 0; i < n; i++) {
		bool outer;

		name = mapping_ref(c->map, i, &optional);
		outer = find_outer(c, name, strlen(name), &c->outer[i]);
		c->column_of[i] = outer ? c->outer[i].column : find_column(c, name, strlen(name));
		if (c->column_of[i] < 0 && !optional)
			return missing_column(c, name);
		if (outer)
			c->column_of[i] = -2 - (int)i;
	}
	return need_one_of(c);
}

static int take_header(struct csv *c)
{
	for (size_t i = 0; i < c->n_cells; i++) {
		const char *name = c->options->header ? c->cells.data + c->cell[i].at : "";
		size_t n = c->options->header ? c->cell[i].n : 0, good = text_utf8_check(name, n);

		if (good < n)
			return err_set(c->e, ERR_PARSE, "line %ld: column %zu of the header is not UTF-8 text at its byte %zu", c->row_line,
				i + 1, good);
		text_trim(&name, &n);
		add_name(c, name, n);
	}
	return join_columns(c);
}

static bool row_has(const struct csv *c, const char *text)
{
	for (size_t i = 0; i < c->n_cells; i++) {
		const char *cell = c->cells.data + c->cell[i].at;
		size_t n = c->cell[i].n;

		text_trim(&cell, &n);
		if (strlen(text) == n && !memcmp(text, cell, n))
			return true;
	}
	return false;
}

/* ---------------------------------------------------------------- rows */

static struct record_value cell_value(const struct csv *c, int column)
{
	if (column < 0 || (size_t)column >= c->n_cells)
		return (struct record_value){ 0 };
	return (struct record_value){ c->cells.data + c->cell[column].at, c->cell[column].n };
}

static struct record_value outer_value(const struct csv *c, const struct outer *o)
{
	if (o->column < 0 || o->row >= (size_t)c->n_after)
		return (struct record_value){ 0 };
	return c->after[o->row][o->column];
}

static struct record_value row_get(void *arg, size_t ref)
{
	const struct csv *c = arg;
	int column = c->column_of[ref];

	return column < -1 ? outer_value(c, &c->outer[-2 - column]) : cell_value(c, column);
}

static struct record_value row_find(void *arg, const char *name, size_t n)
{
	const struct csv *c = arg;
	struct outer o;

	return find_outer(c, name, n, &o) ? outer_value(c, &o) : cell_value(c, find_column(c, name, n));
}

static struct record_value row_child(void *arg, const char *name, size_t n, size_t i)
{
	const struct csv *c = arg;

	return i < c->names.n ? (struct record_value){ c->names.items[i].text, c->names.items[i].len } : (struct record_value){ 0 };
}

static struct record_value row_variable(void *arg, const char *name, size_t n)
{
	struct csv *c = arg;

	if (strcmp(name, "$line"))
		return format_variable(c->in, name);
	buf_reset(&c->number);
	buf_printf(&c->number, "%ld", c->row_line);
	return (struct record_value){ c->number.data, c->number.len };
}

/* Bytes of the row in the document, without the end of its line. */
static size_t row_size(const struct csv *c)
{
	size_t n = c->piece_end - c->row_at;

	while (c->unit == 1 && n && strchr("\r\n", c->in->data[c->row_at + n - 1]))
		n--;
	return n;
}

static void take_row(struct csv *c)
{
	sink_group(c->out, (long long)c->row_at, "line ", c->row_line);
	sink_raw(c->out, c->in->data + c->row_at, row_size(c));
	if (c->bad_at >= 0)
		sink_reject(c->out, "encoding", NULL, 0, "byte %ld is not %s", c->bad_at,
			c->options->encoding ? c->options->encoding : "Unicode");
	else if (c->extra)
		sink_reject(c->out, "extra-cells", NULL, 0, "more cells than the header has columns (%u)", c->names.n);
	else
		mapping_run_emit(c->run);
}

static bool all_blank(const struct csv *c)
{
	for (size_t i = 0; i < c->n_cells; i++) {
		const char *cell = c->cells.data + c->cell[i].at;
		size_t n = c->cell[i].n;

		text_trim(&cell, &n);
		if (n)
			return false;
	}
	return !c->extra && c->bad_at < 0;
}

static void on_cell(void *data, size_t n, void *arg)
{
	struct csv *c = arg;
	size_t most = c->state == DATA ? c->names.n : (size_t)c->limits->columns + 1;

	if (c->n_cells >= most) {
		const char *text = data;
		text_trim(&text, &n);
		c->extra |= n > 0;
		return;
	}
	if (c->n_cells == c->cell_cap) {
		c->cell_cap = c->cell_cap ? 2 * c->cell_cap : 64;
		c->cell = xrealloc(c->cell, c->cell_cap * sizeof *c->cell);
	}
	c->cell[c->n_cells++] = (struct cell){ c->cells.len, n };
	buf_add(&c->cells, data, n);
}

static void set_state(struct csv *c, int state, long left)
{
	c->state = state;
	c->left = left;
}

static int take_header_row(struct csv *c)
{
	if (c->n_cells > (size_t)c->limits->columns)
		return err_set(c->e, ERR_LIMIT, "line %ld: more than %lld columns (limit columns)", c->row_line, c->limits->columns);
	if (c->options->header && c->options->header_has && !row_has(c, c->options->header_has)) {
		if (c->rows > HEADER_ROWS)
			return err_set(c->e, ERR_PARSE, "no header: none of the first %d rows has a cell \"%s\"", HEADER_ROWS,
				c->options->header_has);
		return 0;
	}
	if (take_header(c))
		return -1;
	set_state(c, c->options->skip_after ? AFTER : DATA, c->options->skip_after);
	if (!c->options->header)
		take_row(c);
	return 0;
}

/* A row after the header that is no data may still name what the columns are of. */
static void keep_after(struct csv *c)
{
	struct record_value *cells;

	if (c->n_after == AFTER_MAX)
		return;
	if (!c->after)
		c->after = arena_alloc(c->mem, AFTER_MAX * sizeof *c->after);
	cells = c->after[c->n_after++] = arena_zalloc(c->mem, (c->names.n + 1) * sizeof *cells);
	for (size_t i = 0; i < c->names.n && i < c->n_cells; i++)
		cells[i] = (struct record_value){ arena_strndup(c->mem, c->cells.data + c->cell[i].at, c->cell[i].n), c->cell[i].n };
}

static void on_row(int terminator, void *arg)
{
	struct csv *c = arg;

	if (c->failed || all_blank(c)) {
		/* nothing to take */
	} else if (c->state == SKIPPING || c->state == AFTER) {
		if (c->state == AFTER)
			keep_after(c);
		if (--c->left == 0)
			set_state(c, c->state == SKIPPING ? HEADER : DATA, 0);
	} else if (c->state == HEADER) {
		c->rows++;
		c->failed = take_header_row(c) != 0;
	} else {
		take_row(c);
	}
	c->n_cells = 0;
	c->extra = false;
	c->bad_at = -1;
	buf_reset(&c->cells);
}

/* ---------------------------------------------------------------- pieces */

static unsigned unit_at(const struct csv *c, size_t pos)
{
	const unsigned char *p = (const unsigned char *)c->in->data + pos;
	unsigned v = 0;

	for (int i = 0; i < c->unit; i++)
		v = v << 8 | p[c->little ? c->unit - 1 - i : i];
	return v;
}

/* Behind the first end of line, or PIECE bytes on. *ended: there was one. */
static size_t find_piece_end(const struct csv *c, bool *ended)
{
	size_t left = c->in->len - c->pos, most = left < PIECE ? left : PIECE, unit = (size_t)c->unit, n = 0;
	const char *p = c->in->data + c->pos, *at;

	if (unit == 1) {
		at = memchr(p, '\n', most);
		n = at ? (size_t)(at - p) : most;
		at = memchr(p, '\r', n);
		n = at ? (size_t)(at - p) : n;
	} else {
		while (n + unit <= most && unit_at(c, c->pos + n) != '\n' && unit_at(c, c->pos + n) != '\r')
			n += unit;
	}
	*ended = n + unit <= most;
	if (!*ended)
		return c->pos + most;
	if (unit_at(c, c->pos + n) == '\r' && left >= n + 2 * unit && unit_at(c, c->pos + n + unit) == '\n')
		n += unit;
	return c->pos + n + unit;
}

static int feed(struct csv *c, const char *text, size_t n)
{
	/* with quoting off, NUL plays the quote that libcsv must have */
	if (!c->options->quotes && memchr(text, 0, n))
		return err_set(c->e, ERR_PARSE, "line %ld: a NUL byte", c->line);
	if (csv_parse(&c->lib, text, n, on_cell, on_row, c) != n)
		return err_set(c->e, ERR_PARSE, "line %ld: %s", c->line, csv_strerror(csv_error(&c->lib)));
	return c->failed ? -1 : 0;
}

/* Feeds the piece in UTF-8. A character cut by the end of the piece is left for the next one, unless last. */
static int feed_converted(struct csv *c, bool last)
{
	char out[4096], *from = (char *)(uintptr_t)(c->in->data + c->pos);
	size_t left = c->piece_end - c->pos;

	while (left) {
		char *to = out;
		size_t room = sizeof out;
		bool stuck = iconv(c->conv, &from, &left, &to, &room) == (size_t)-1 && errno != E2BIG;

		if (feed(c, out, (size_t)(to - out)))
			return -1;
		if (!stuck)
			continue;
		if (errno == EINVAL && !last && left < c->piece_end - c->pos) {
			c->piece_end -= left;
			return 0;
		}
		/* not a character of this encoding: the row will be rejected */
		if (c->bad_at < 0)
			c->bad_at = (long)(from - c->in->data);
		size_t step = left < (size_t)c->unit ? left : (size_t)c->unit;
		from += step;
		left -= step;
	}
	return 0;
}

static int check_size(const struct csv *c)
{
	long long n = (long long)(c->pos - c->row_at);

	if (n <= c->limits->line)
		return 0;
	if (c->lib.quoted)
		return err_set(c->e, ERR_LIMIT, "line %ld: a quote opens here and is not closed within %lld bytes (limit line)",
			c->quote_line, c->limits->line);
	return err_set(c->e, ERR_LIMIT, "line %ld: row is longer than %lld bytes (limit line)", c->row_line, c->limits->line);
}

/* Feeds one line, or a piece of a long one. */
static int feed_piece(struct csv *c)
{
	bool ended, quoted = c->lib.quoted;
	size_t cells = c->n_cells;
	int rc;

	c->piece_end = find_piece_end(c, &ended);
	rc = c->conv == (iconv_t)-1 ? feed(c, c->in->data + c->pos, c->piece_end - c->pos)
				    : feed_converted(c, ended || c->piece_end == c->in->len);
	if (rc)
		return -1;
	if (c->lib.quoted && (!quoted || c->n_cells != cells))
		c->quote_line = c->line;
	c->pos = c->piece_end;
	c->line += ended;
	if (!c->n_cells && !c->lib.entry_pos && !c->lib.quoted) { /* between two rows */
		c->row_at = c->pos;
		c->row_line = c->line;
	}
	return check_size(c);
}

/* ---------------------------------------------------------------- the body */

static int open_encoding(struct csv *c)
{
	static const struct {
		const char *mark, *encoding;
		size_t n;
		int unit;
		bool little;
	} marks[] = {
		{ "\xef\xbb\xbf", NULL, 3, 1, false },
		/* the longer one first: UTF-16's is its beginning */
		{ "\xff\xfe\0\0", "UTF-32LE", 4, 4, true },
		{ "\0\0\xfe\xff", "UTF-32BE", 4, 4, false },
		{ "\xff\xfe", "UTF-16LE", 2, 2, true },
		{ "\xfe\xff", "UTF-16BE", 2, 2, false },
	};
	const char *encoding = c->options->encoding;

	c->unit = encoding && !strncasecmp(encoding, "utf-16", 6) ? 2 : encoding && !strncasecmp(encoding, "utf-32", 6) ? 4 : 1;
	c->little = c->unit > 1 && !strcasecmp(encoding + strlen(encoding) - 2, "le");
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		if (c->in->len < marks[i].n || memcmp(c->in->data, marks[i].mark, marks[i].n))
			continue;
		encoding = marks[i].encoding;
		c->unit = marks[i].unit;
		c->little = marks[i].little;
		c->pos = c->row_at = marks[i].n;
		break;
	}
	c->conv = (iconv_t)-1;
	if (!encoding || !strcasecmp(encoding, "utf-8"))
		return 0;
	c->conv = iconv_open("UTF-8", encoding);
	return c->conv == (iconv_t)-1 ? err_set(c->e, ERR_CONFIG, "unknown encoding \"%s\"", encoding) : 0;
}

/* The sign that is most often in the first line, outside of quotes. */
static char sniff_delimiter(const struct csv *c)
{
	static const char signs[] = ",;\t|";
	long count[sizeof signs] = { 0 }, best = 0;
	bool quoted = false, ended;
	size_t end = find_piece_end(c, &ended), unit = (size_t)c->unit;

	for (size_t pos = c->pos; pos + unit <= end; pos += unit) {
		unsigned v = unit_at(c, pos);
		const char *sign = v && v < 128 ? strchr(signs, (int)v) : NULL;

		quoted ^= v == '"';
		if (sign && !quoted)
			count[sign - signs]++;
	}
	for (long i = 1; i < 4; i++)
		best = count[i] > count[best] ? i : best;
	return signs[best];
}

/* csv_fini hands over the last row when its line has no end. */
static int finish(struct csv *c)
{
	c->piece_end = c->in->len;
	csv_set_opts(&c->lib, CSV_APPEND_NULL | CSV_STRICT | CSV_STRICT_FINI);
	if (csv_fini(&c->lib, on_cell, on_row, c))
		return err_set(c->e, ERR_PARSE, "line %ld: a quote opens here and is never closed", c->quote_line);
	if (c->failed)
		return -1;
	if (c->state == HEADER && c->options->header && c->options->header_has)
		return err_set(c->e, ERR_PARSE, "no header: no row has a cell \"%s\"", c->options->header_has);
	if (c->state == SKIPPING || (c->state == HEADER && c->options->header))
		return err_set(c->e, ERR_PARSE, "no header row");
	return 0;
}

static int read_all(struct csv *c)
{
	if (format_refuse_others(c->in, "CSV", c->e) || open_encoding(c))
		return -1;
	csv_set_delim(&c->lib, (unsigned char)(c->options->delimiter ? c->options->delimiter : sniff_delimiter(c)));
	if (!c->options->quotes)
		csv_set_quote(&c->lib, 0);
	while (c->pos < c->in->len && !sink_full(c->out))
		if (feed_piece(c))
			return -1;
	return sink_full(c->out) ? 0 : finish(c);
}

static int csv_format_parse(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	struct csv c = { .in = in,
		.options = mapping_csv(map),
		.map = map,
		.limits = limits,
		.out = out,
		.e = e,
		.line = 1,
		.row_line = 1,
		.bad_at = -1 };
	const struct mapping_row row = { row_get, row_find, row_child, row_variable, &c };
	int rc;

	c.conv = (iconv_t)-1;
	c.mem = arena_new();
	c.run = mapping_run_new(map, &row, out);
	buf_init(&c.cells, (size_t)limits->line + PIECE);
	buf_init(&c.number, 64);
	intern_init(&c.names);
	set_state(&c, c.options->skip ? SKIPPING : HEADER, c.options->skip);
	csv_init(&c.lib, CSV_APPEND_NULL);
	csv_set_realloc_func(&c.lib, xrealloc);
	csv_set_blk_size(&c.lib, 4096);
	rc = read_all(&c);
	csv_free(&c.lib);
	if (c.conv != (iconv_t)-1)
		iconv_close(c.conv);
	buf_release(&c.cells);
	buf_release(&c.number);
	intern_release(&c.names);
	free(c.cell);
	mapping_run_free(c.run);
	arena_free(c.mem);
	return rc;
}

const struct format format_csv = {
	.name = "csv",
	.help = "table of text: CSV, TSV and their kin, by a mapping",
	.media = "text/csv",
	.version = 1,
	.mapped = true,
	.parse = csv_format_parse,
};
