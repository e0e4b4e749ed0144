/* chart: drawn by hand, as no packaged C library draws braille, and those that draw SVG bring a canvas and fonts along. */
#include "aimarket/chart.h"

#include <libpq-fe.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aimarket/text.h"

const char *const chart_kinds[CHART_KINDS] = { "bars", "lines", "sparks" };

enum { ROWS = 12, WIDTH_MAX = 200, LABEL_MAX = 30 };

const char *chart_number(double v, char out[24])
{
	static const struct { double from; const char *letter; } scales[] = { { 1e12, "T" }, { 1e9, "B" }, { 1e6, "M" }, { 1e4, "k" } };

	for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
		if (fabs(v) >= scales[i].from) {
			double s = strcmp(scales[i].letter, "k") == 0 ? 1e3 : scales[i].from;

			snprintf(out, 24, fabs(v / s) >= 100 ? "%.0f%s" : "%.3g%s", v / s, scales[i].letter);
			return out;
		}
	}
	snprintf(out, 24, fabs(v) >= 1000 ? "%.0f" : "%.3g", v);
	return out;
}

/* ---- from rows to series */

static int figure_column(const PGresult *res)
{
	static const char *const names[] = { "growth_percent", "share_percent", "index", "cagr_percent", "value" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (PQfnumber(res, names[i]) >= 0)
			return PQfnumber(res, names[i]);
	}
	return -1;
}

static bool is_word_column(const PGresult *res, int column)
{
	static const char *const words[] = { "entity", "metric", "dimensions", "period", "type", "family", "status", "party", "acquirer", "target", "currency",
		"round", "tier", "component", "form", "cik", "publisher", "nature" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(PQfname(res, column), words[i]) == 0)
			return true;
	}
	return false;
}

static bool is_constant(const PGresult *res, int column)
{
	for (int row = 1; row < PQntuples(res); row++) {
		if (strcmp(PQgetvalue(res, row, column), PQgetvalue(res, 0, column)) != 0)
			return false;
	}
	return true;
}

/* What names a row's series (or, of all rows together, the chart): the cells that differ (or do not). */
static const char *name_of(const PGresult *res, int row, bool constant, struct arena *mem)
{
	int unit = PQfnumber(res, "unit");
	const char *name = "";

	for (int i = 0; i < PQnfields(res); i++) {
		const char *cell = PQgetvalue(res, row, i);

		if ((is_word_column(res, i) || (i == unit && !constant)) && *cell && strcmp(cell, "{}") != 0 && is_constant(res, i) == constant)
			name = arena_printf(mem, "%s%s%s", name, *name ? ", " : "", cell);
	}
	return name;
}

static int place_of(const char *word, const char **list, int *n)
{
	for (int i = 0; i < *n; i++) {
		if (strcmp(list[i], word) == 0)
			return i;
	}
	list[*n] = word;
	return (*n)++;
}

/* A canonical decimal to the nearest pixel; nowhere else may a figure become a double. */
static double pixels_of(const char *s)
{
	double v = 0, unit = 1;
	bool minus = *s == '-', fraction = false;

	for (s += minus; *s; s++) {
		if (*s == '.') {
			fraction = true;
			continue;
		}
		v = v * 10 + (*s - '0');
		unit *= fraction ? 10 : 1;
	}
	return (minus ? -v : v) / unit;
}

static void add_point(const PGresult *res, int row, int figure, struct chart_point *p)
{
	int k = PQfnumber(res, "disputed");
	const char *disputed = k < 0 ? "0" : PQgetvalue(res, row, k);

	if (PQgetisnull(res, row, figure))
		return;
	p->v = pixels_of(PQgetvalue(res, row, figure));
	p->has = isfinite(p->v);
	p->disputed = strcmp(disputed, "0") != 0 && strcmp(disputed, "f") != 0;
}

int chart_read(const void *pgresult, struct arena *mem, struct chart *ch, struct err *e)
{
	const PGresult *res = pgresult;
	int figure = figure_column(res), bucket = PQfnumber(res, "bucket"), unit = PQfnumber(res, "unit"), rows = PQntuples(res);
	size_t room = (size_t)rows + 1;

	if (figure < 0 || rows == 0)
		return err_set(e, ERR_NOT_FOUND, "there is nothing to draw");
	*ch = (struct chart){ .title = name_of(res, 0, true, mem) };
	ch->unit = strcmp(PQfname(res, figure), "value") ? "%" : unit >= 0 && is_constant(res, unit) ? arena_strdup(mem, PQgetvalue(res, 0, unit)) : "";
	ch->buckets = arena_alloc(mem, sizeof(*ch->buckets) * room);
	ch->labels = arena_alloc(mem, sizeof(*ch->labels) * room);
	for (int row = 0; row < rows; row++) {
		place_of(name_of(res, row, false, mem), ch->labels, &ch->n_series);
		place_of(bucket < 0 ? "" : arena_strdup(mem, PQgetvalue(res, row, bucket)), ch->buckets, &ch->n_buckets);
	}
	ch->points = arena_zalloc(mem, sizeof(*ch->points) * (size_t)ch->n_series * (size_t)ch->n_buckets);
	for (int row = 0; row < rows; row++) {
		int s = place_of(name_of(res, row, false, mem), ch->labels, &ch->n_series);
		int b = place_of(bucket < 0 ? "" : PQgetvalue(res, row, bucket), ch->buckets, &ch->n_buckets);
		struct chart_point *p = &ch->points[s * ch->n_buckets + b];

		add_point(res, row, figure, p);
		ch->disputed |= p->disputed;
	}
	return 0;
}

static const struct chart_point *point(const struct chart *ch, int series, int bucket)
{
	return &ch->points[series * ch->n_buckets + bucket];
}

/* The ends of the scale. Bars begin at zero; lines too, unless that would flatten them. */
static void scale_of(const struct chart *ch, bool zero, double *low, double *high)
{
	bool any = false;

	*low = *high = 0;
	for (int i = 0; i < ch->n_series * ch->n_buckets; i++) {
		double v = ch->points[i].v;

		if (!ch->points[i].has)
			continue;
		*low = any ? fmin(*low, v) : v;
		*high = any ? fmax(*high, v) : v;
		any = true;
	}
	if (*low > 0 && (zero || *low < *high / 2))
		*low = 0;
	if (*high < 0)
		*high = 0;
	if (*high == *low)
		*high = *low + 1;
}

/* ---- terminal: bars */

static void print_padded(const char *text, int width, FILE *out)
{
	size_t n = text_fit(text, strlen(text), width);

	fprintf(out, "%.*s%*s", (int)n, text, width - text_width(text, n), "");
}

static void print_bar(double share, int width, bool fancy, FILE *out)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	int parts = (int)lround(share * width * (fancy ? 8 : 1)), whole = fancy ? parts / 8 : parts;

	for (int i = 0; i < whole; i++)
		fputs(fancy ? "█" : "#", out);
	if (fancy)
		fputs(eighths[parts % 8], out);
	fputc(' ', out);
}

static int label_width(const struct chart *ch)
{
	int width = 0;

	for (int i = 0; i < ch->n_series; i++) {
		int w = text_width(ch->labels[i], strlen(ch->labels[i]));

		width = w > width ? w : width;
	}
	return width > LABEL_MAX ? LABEL_MAX : width;
}

static void print_bars(const struct chart *ch, bool fancy, int width, FILE *out)
{
	int label = label_width(ch), head = *ch->buckets[0] ? 8 : 0, room = width - label - head - 12;
	double low, high;

	scale_of(ch, true, &low, &high);
	high = fmax(fabs(low), fabs(high));
	for (int b = 0; b < ch->n_buckets; b++) {
		for (int s = 0; s < ch->n_series; s++) {
			const struct chart_point *p = point(ch, s, b);
			char number[24];

			print_padded(s ? "" : ch->buckets[b], head, out);
			print_padded(ch->labels[s], label + (label > 0), out);
			if (p->has)
				print_bar(fabs(p->v) / high, room, fancy, out);
			fprintf(out, "%s%s\n", p->has ? chart_number(p->v, number) : fancy ? "—" : "-", p->disputed ? " !" : "");
		}
	}
}

/* ---- terminal: lines */

struct canvas {
	bool fancy;
	int columns;
	unsigned char dots[ROWS][WIDTH_MAX];
	char over[ROWS][WIDTH_MAX];
};

static void put_dot(struct canvas *cv, int x, int y)
{
	static const unsigned char bits[4][2] = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } };

	if (cv->fancy)
		cv->dots[y / 4][x / 2] |= bits[y % 4][x % 2];
	else if (!cv->over[y][x])
		cv->over[y][x] = '.';
}

static void put_line(struct canvas *cv, int x0, int y0, int x1, int y1)
{
	int steps = abs(x1 - x0) > abs(y1 - y0) ? abs(x1 - x0) : abs(y1 - y0);

	for (int i = 0; i <= steps; i++)
		put_dot(cv, x0 + (steps ? (x1 - x0) * i / steps : 0), y0 + (steps ? (y1 - y0) * i / steps : 0));
}

/* One series; a gap parts its line. Its letter stands at its last point. */
static void put_series(struct canvas *cv, const struct chart *ch, int s, double low, double high)
{
	int sx = cv->fancy ? 2 : 1, sy = cv->fancy ? 4 : 1, w = cv->columns * sx - 1, h = ROWS * sy - 1, last = -1, px = 0, py = 0;

	for (int b = 0; b < ch->n_buckets; b++) {
		const struct chart_point *p = point(ch, s, b);
		int x = ch->n_buckets > 1 ? b * w / (ch->n_buckets - 1) : 0, y = h - (int)lround((p->v - low) / (high - low) * h);

		if (!p->has)
			continue;
		put_line(cv, last == b - 1 && last >= 0 ? px : x, last == b - 1 && last >= 0 ? py : y, x, y);
		if (p->disputed)
			cv->over[y / sy][x / sx] = '!';
		else if (!cv->fancy)
			cv->over[y][x] = ch->n_series > 1 ? (char)('a' + s % 26) : '*';
		last = b;
		px = x;
		py = y;
	}
	if (last >= 0 && ch->n_series > 1 && !point(ch, s, last)->disputed)
		cv->over[py / sy][px / sx] = (char)('a' + s % 26);
}

static void print_canvas_row(const struct canvas *cv, int row, FILE *out)
{
	int end = cv->columns;

	while (end > 0 && !cv->dots[row][end - 1] && !cv->over[row][end - 1])
		end--;
	for (int x = 0; x < end; x++) {
		if (cv->over[row][x])
			fputc(cv->over[row][x], out);
		else if (cv->dots[row][x]) /* U+2800 and the dots, as UTF-8 */
			fprintf(out, "\xe2%c%c", 0xa0 | cv->dots[row][x] >> 6, 0x80 | (cv->dots[row][x] & 0x3f));
		else
			fputc(' ', out);
	}
	fputc('\n', out);
}

static void print_lines(const struct chart *ch, bool fancy, int width, FILE *out)
{
	struct canvas cv = { .fancy = fancy, .columns = (width > WIDTH_MAX ? WIDTH_MAX : width) - 11 };
	double low, high;
	char number[24];

	scale_of(ch, false, &low, &high);
	for (int s = 0; s < ch->n_series; s++)
		put_series(&cv, ch, s, low, high);
	for (int row = 0; row < ROWS; row++) {
		bool told = row == 0 || row == ROWS - 1 || row == ROWS / 2;

		fprintf(out, "%8s %s", told ? chart_number(high - (high - low) * row / (ROWS - 1), number) : "", fancy ? "┤" : "|");
		print_canvas_row(&cv, row, out);
	}
	fprintf(out, "%10s%-*s%s\n", "", cv.columns - (int)strlen(ch->buckets[ch->n_buckets - 1]), ch->buckets[0], ch->n_buckets > 1 ? ch->buckets[ch->n_buckets - 1] : "");
	for (int s = 0; s < ch->n_series && ch->n_series > 1; s++) {
		fprintf(out, "%10s%c  ", "", 'a' + s % 26);
		print_padded(ch->labels[s], width - 14, out);
		fputc('\n', out);
	}
}

/* ---- terminal: sparklines */

static void print_spark(const struct chart *ch, int s, int first, bool fancy, FILE *out)
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	double low = 0, high = 0;

	for (int b = 0; b < ch->n_buckets; b++) {
		low = fmin(low, point(ch, s, b)->v);
		high = fmax(high, point(ch, s, b)->v);
	}
	for (int b = first; b < ch->n_buckets; b++) {
		const struct chart_point *p = point(ch, s, b);
		int level = high > low ? (int)lround((p->v - low) / (high - low) * 7) : 0;

		if (!p->has)
			fputc(' ', out);
		else if (p->disputed)
			fputc('!', out);
		else if (fancy)
			fputs(blocks[level], out);
		else
			fputc("_.-=+*#@"[level], out);
	}
}

/* Each on a scale of its own, from zero; the last figure stands behind it. */
static void print_sparks(const struct chart *ch, bool fancy, int width, FILE *out)
{
	int label = label_width(ch), room = width - label - 12, first = ch->n_buckets > room ? ch->n_buckets - room : 0;

	for (int s = 0; s < ch->n_series; s++) {
		const struct chart_point *last = NULL;
		char number[24];

		for (int b = 0; b < ch->n_buckets; b++)
			last = point(ch, s, b)->has ? point(ch, s, b) : last;
		print_padded(ch->labels[s], label + (label > 0), out);
		print_spark(ch, s, first, fancy, out);
		fprintf(out, " %s\n", last ? chart_number(last->v, number) : fancy ? "—" : "-");
	}
	print_padded("", label + (label > 0), out);
	fprintf(out, "%s to %s\n", ch->buckets[first], ch->buckets[ch->n_buckets - 1]);
}

void chart_print(const struct chart *ch, enum chart_kind kind, bool fancy, int width, FILE *out)
{
	static void (*const prints[CHART_KINDS])(const struct chart *, bool, int, FILE *) = { print_bars, print_lines, print_sparks };

	width = width < 40 ? 40 : width;
	if (*ch->title || *ch->unit) {
		int unit = text_width(ch->unit, strlen(ch->unit)), room = width - unit - 3;

		fprintf(out, "%.*s%s%s%s\n", (int)text_fit(ch->title, strlen(ch->title), room), ch->title, *ch->title && unit ? " (" : "", ch->unit, *ch->title && unit ? ")" : "");
	}
	prints[kind](ch, fancy, width, out);
	if (ch->disputed)
		fputs("!  disputed\n", out);
}

/* ---- SVG */

enum { SVG_W = 960, SVG_H = 400, LEFT = 80, RIGHT = 20, TOP = 50, LINE = 16 };
static const char *const palette[] = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#999999" };

static void put_text(const char *s, FILE *out)
{
	for (; *s; s++) {
		const char *as = *s == '<' ? "&lt;" : *s == '>' ? "&gt;" : *s == '&' ? "&amp;" : *s == '"' ? "&quot;" : NULL;

		if (as)
			fputs(as, out);
		else
			fputc((unsigned char)*s < ' ' ? ' ' : *s, out);
	}
}

static void svg_text(double x, double y, const char *anchor, const char *text, FILE *out)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
	put_text(text, out);
	fputs("</text>\n", out);
}

static double svg_x(const struct chart *ch, double b)
{
	return LEFT + (b + 0.5) * (SVG_W - LEFT - RIGHT) / ch->n_buckets;
}

static double svg_y(double v, double low, double high)
{
	return SVG_H - 40 - (v - low) / (high - low) * (SVG_H - 40 - TOP);
}

static void svg_axes(const struct chart *ch, double low, double high, FILE *out)
{
	int every = (ch->n_buckets + 11) / 12;
	char number[24];

	for (int i = 0; i <= 4; i++) {
		double v = low + (high - low) * i / 4, y = svg_y(v, low, high);

		fprintf(out, "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>\n", LEFT, SVG_W - RIGHT, y, y);
		svg_text(LEFT - 6, y + 4, "end", chart_number(v, number), out);
	}
	for (int b = 0; b < ch->n_buckets; b += every)
		svg_text(svg_x(ch, b), SVG_H - 20, "middle", ch->buckets[b], out);
}

static void svg_mark(const struct chart_point *p, double x, double y, const char *color, FILE *out)
{
	fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" fill=\"%s\" stroke=\"%s\"/>\n", x, y, p->disputed ? 5 : 3, p->disputed ? "#fff" : color, p->disputed ? "#c00" : color);
}

static void svg_series(const struct chart *ch, enum chart_kind kind, int s, double low, double high, FILE *out)
{
	const char *color = palette[(size_t)s % (sizeof palette / sizeof *palette)];
	double w = 0.8 * (SVG_W - LEFT - RIGHT) / ch->n_buckets / ch->n_series;

	for (int b = 0; b < ch->n_buckets; b++) {
		const struct chart_point *p = point(ch, s, b);
		double x = svg_x(ch, b), y = svg_y(p->v, low, high), zero = svg_y(fmax(low, 0), low, high);

		if (!p->has)
			continue;
		if (kind == CHART_BARS) {
			x += (s - ch->n_series / 2.0) * w;
			fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n", x, fmin(y, zero), w, fabs(zero - y), color);
			if (p->disputed)
				svg_mark(p, x + w / 2, y, color, out);
			continue;
		}
		if (b > 0 && point(ch, s, b - 1)->has)
			fprintf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"2\"/>\n", svg_x(ch, b - 1),
				svg_y(point(ch, s, b - 1)->v, low, high), x, y, color);
		svg_mark(p, x, y, color, out);
	}
}

static void svg_legend(const struct chart *ch, FILE *out)
{
	for (int s = 0; s < ch->n_series && ch->n_series > 1; s++) {
		int y = SVG_H + 10 + s * LINE;

		fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"/>\n", LEFT, y - 9, palette[(size_t)s % (sizeof palette / sizeof *palette)]);
		svg_text(LEFT + 16, y, "start", ch->labels[s], out);
	}
}

void chart_svg(const struct chart *ch, enum chart_kind kind, const char *const *notes, int n_notes, FILE *out)
{
	int legend = ch->n_series > 1 ? ch->n_series * LINE : 0, height = SVG_H + 20 + legend + (n_notes + 1) * LINE;
	double low, high;

	scale_of(ch, kind == CHART_BARS, &low, &high);
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n<title>", SVG_W, height, SVG_W, height);
	put_text(ch->title, out);
	fprintf(out, "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", SVG_W, height);
	svg_text(LEFT, 22, "start", ch->title, out);
	svg_text(LEFT, 40, "start", ch->unit, out);
	svg_axes(ch, low, high, out);
	for (int s = 0; s < ch->n_series; s++)
		svg_series(ch, kind, s, low, high, out);
	svg_legend(ch, out);
	for (int i = 0; i < n_notes; i++)
		svg_text(LEFT, SVG_H + 20 + legend + i * LINE, "start", notes[i], out);
	if (ch->disputed)
		svg_text(SVG_W - RIGHT, 22, "end", "○ disputed", out);
	fputs("</svg>\n", out);
}
