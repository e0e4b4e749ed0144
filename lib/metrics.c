#include "aimarket/metrics.h"

#include <string.h>

enum { NAME, TYPE, HELP, SUFFIX, LABELS, VALUE };

/* What a metric is stands once, above its samples. */
static void add_head(struct buf *out, const PGresult *res, int row)
{
	const char *name = PQgetvalue(res, row, NAME);

	if (row > 0 && !strcmp(name, PQgetvalue(res, row - 1, NAME)))
		return;
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, PQgetvalue(res, row, HELP), name, PQgetvalue(res, row, TYPE));
}

/* Labels come as pairs of name and value in turn, one a line: no value has a line end. */
static void add_labels(struct buf *out, const char *pairs)
{
	bool name = true;

	buf_addc(out, '{');
	for (const char *p = pairs; *p; p++) {
		if (*p == '\n') {
			buf_adds(out, name ? "=\"" : "\",");
			name = !name;
		} else {
			if (!name && (*p == '"' || *p == '\\'))
				buf_addc(out, '\\');
			buf_addc(out, *p);
		}
	}
	buf_adds(out, "\"}");
}

void metrics_text(const PGresult *samples, struct buf *out)
{
	for (int i = 0; i < PQntuples(samples); i++) {
		add_head(out, samples, i);
		buf_printf(out, "%s%s", PQgetvalue(samples, i, NAME), PQgetvalue(samples, i, SUFFIX));
		if (*PQgetvalue(samples, i, LABELS))
			add_labels(out, PQgetvalue(samples, i, LABELS));
		buf_printf(out, " %s\n", PQgetvalue(samples, i, VALUE));
	}
}
