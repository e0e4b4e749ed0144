/*
 * chart: series by bucket as bars, lines or sparklines of a terminal, and as one SVG picture. Doubles are fine here and only here:
 * a picture is read to its width, the figures themselves stand in the table.
 */
#ifndef AIMARKET_CHART_H
#define AIMARKET_CHART_H

#include <stdio.h>

#include "aimarket/arena.h"
#include "aimarket/err.h"

enum chart_kind { CHART_BARS, CHART_LINES, CHART_SPARKS, CHART_KINDS };
extern const char *const chart_kinds[CHART_KINDS];	/* "bars", "lines", "sparks" */

struct chart_point { double v; bool has, disputed; };	/* !has: a gap, drawn as one */

struct chart {
	const char *title, *unit;	/* the unit is told beside the scale; may be "" */
	const char **buckets;
	int n_buckets;
	const char **labels;
	int n_series;
	struct chart_point *points;	/* n_series rows of n_buckets */
	bool disputed;			/* a point is: they are marked ! and the mark is told */
};

/* The chart of a PGresult that has the column value (or a derived one) behind those that name its series. Everything lives in mem. */
int chart_read(const void *pgresult, struct arena *mem, struct chart *out, struct err *e) must_check;
/* Draws within so many columns; fancy: braille and blocks, else ASCII. */
void chart_print(const struct chart *ch, enum chart_kind kind, bool fancy, int width, FILE *out);
/* The picture with notes (sources, citation) below it, one a line. */
void chart_svg(const struct chart *ch, enum chart_kind kind, const char *const *notes, int n_notes, FILE *out);
/* 2.7B, 450M, 12, 0.15: three digits. */
const char *chart_number(double v, char out[24]);

#endif
