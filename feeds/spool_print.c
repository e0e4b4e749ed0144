#include "spool_print.h"

#include "aimarket/arena.h"
#include "aimarket/date.h"
#include "aimarket/decimal.h"
#include "aimarket/writer.h"

enum { COLUMNS_MAX = 2 + SOURCE_FIELDS + STATEMENT_FIELDS + OBS_FIELDS, NUMBER_MAX = 4096 };

static const struct writer_options ndjson = { .format = OUT_NDJSON };

/* The word people use for what the ledger stores: "d" -> "day". */
static const char *word_of(const struct record_code *codes, const char *stored)
{
	for (const struct record_code *c = codes; c && c->word && stored; c++)
		if (!strcmp(c->stored ? c->stored : c->word, stored))
			return c->word;
	return stored;
}

/* Columns "record", "at" and the fields of the kind; returns how many. */
static int columns_of(enum record_kind kind, struct column *cols)
{
	const struct record_field *f = record_infos[kind].fields;
	int n = 2;

	cols[0] = (struct column){ "record", COL_TEXT };
	cols[1] = (struct column){ "at", COL_NUMBER };
	for (; f->name; f++)
		cols[n++] = (struct column){ f->name, f->type == FIELD_NUMBER ? COL_NUMBER : COL_TEXT };
	return n;
}

/* ---------------------------------------------------------------- rows of text */

struct row_printer {
	struct writer *w;
	enum record_kind kind;
};

/* Undoes COPY's escapes in place; ends the field with a NUL. Returns where the next one begins. */
static char *read_field(char *p, const char **value)
{
	static const char letters[] = "tnr", plain[] = "\t\n\r";
	char *to = p;

	*value = p[0] == '\\' && p[1] == 'N' ? NULL : p;
	for (; *p != '\t' && *p != '\n'; p++) {
		const char *letter;

		if (*p == '\\' && *++p && (letter = strchr(letters, *p)))
			*to++ = plain[letter - letters];
		else
			*to++ = *p;
	}
	*to = '\0';
	return p + 1;
}

static int print_line(const struct row_printer *r, char *line)
{
	const struct record_info *info = &record_infos[r->kind];
	const char *values[COLUMNS_MAX] = { info->name };
	int n = 1;

	line = read_field(line, &values[n++]);
	for (const struct record_field *f = info->fields; f->name; f++, n++) {
		line = read_field(line, &values[n]);
		values[n] = word_of(f->codes, values[n]);
	}
	return writer_row(r->w, values, NULL);
}

static int print_block(void *arg, const char *data, size_t n, struct err *e)
{
	char *copy = xmalloc(n), *end;
	int rc = 0;

	memcpy(copy, data, n);
	for (char *line = copy; !rc && line < copy + n; line = end + 1) {
		end = memchr(line, '\n', (size_t)(copy + n - line));
		rc = print_line(arg, line);
	}
	free(copy);
	return rc;
}

static int print_rows(const struct sink *s, enum record_kind kind, FILE *out, struct err *e)
{
	struct column cols[COLUMNS_MAX];
	struct row_printer r = { writer_new(&ndjson, cols, columns_of(kind, cols), writer_to_file, out), kind };
	int rc = spool_rows(s, kind, print_block, &r, e) || writer_end(r.w) ? -1 : 0;

	writer_free(r.w);
	return rc;
}

/* ---------------------------------------------------------------- observations */

struct observation_printer {
	struct writer *w;
	const struct local_series *series;
	const char *const *sources, *const *notes;
	struct buf value, high;
};

static const char *number_of(const unsigned char *body, uint16_t n, struct buf *out, struct err *e)
{
	buf_reset(out);
	return n && !decimal_from_pg(body, n, out, e) ? buf_str(out) : NULL;
}

static const char *day_of(int32_t day, char iso[11])
{
	date_iso(day, iso);
	return *iso ? iso : NULL;
}

static const char *letter_of(int field, char stored, char text[2])
{
	text[0] = stored;
	text[1] = '\0';
	return word_of(record_infos[REC_OBSERVATION].fields[field].codes, text);
}

static int print_packed(void *arg, const struct packed *row, struct err *e)
{
	struct observation_printer *p = arg;
	const struct local_series *s = &p->series[row->series];
	char at[16], decimals[16], start[11], end[11], asserted[11], letters[4][2];

	snprintf(at, sizeof at, "%d", row->offset);
	snprintf(decimals, sizeof decimals, "%d", row->decimals);
	const char *const values[2 + OBS_FIELDS] = {
		"observation",
		at,
		[2 + OBS_ENTITY] = s->entity_ref,
		[2 + OBS_METRIC] = s->metric,
		[2 + OBS_DIMS] = *s->dims ? s->dims : NULL,
		[2 + OBS_UNIT] = s->unit,
		[2 + OBS_START] = s->period_kind == 'd' ? day_of(row->start, start) : NULL,
		[2 + OBS_END] = day_of(row->end, end),
		[2 + OBS_PREC] = letter_of(OBS_PREC, row->prec, letters[0]),
		[2 + OBS_VALUE] = number_of(row->value, row->value_len, &p->value, e),
		[2 + OBS_HIGH] = number_of(row->high, row->high_len, &p->high, e),
		[2 + OBS_DECIMALS] = row->decimals == INT16_MAX ? "inf" : decimals,
		[2 + OBS_COMPARATOR] = letter_of(OBS_COMPARATOR, row->comparator, letters[1]),
		[2 + OBS_STATE] = letter_of(OBS_STATE, row->state, letters[2]),
		[2 + OBS_NATURE] = letter_of(OBS_NATURE, row->nature, letters[3]),
		[2 + OBS_ASSERTED] = day_of(row->asserted, asserted),
		[2 + OBS_SOURCE] = *p->sources[row->source] ? p->sources[row->source] : NULL,
		[2 + OBS_NOTE] = row->note < 0 ? NULL : p->notes[row->note],
	};
	return writer_row(p->w, values, NULL);
}

static int print_observations(struct sink *s, FILE *out, struct err *e)
{
	struct column cols[COLUMNS_MAX];
	struct observation_printer p = { .w = writer_new(&ndjson, cols, columns_of(REC_OBSERVATION, cols), writer_to_file, out) };

	spool_series(s, &p.series);
	spool_sources(s, &p.sources);
	spool_notes(s, &p.notes);
	buf_init(&p.value, NUMBER_MAX);
	buf_init(&p.high, NUMBER_MAX);
	int rc = spool_each(s, print_packed, &p, e) || writer_end(p.w) ? -1 : 0;
	buf_release(&p.value);
	buf_release(&p.high);
	writer_free(p.w);
	return rc;
}

/* ---------------------------------------------------------------- rejects, and all */

static int print_rejects(const struct sink *s, FILE *out)
{
	static const struct column cols[] = { { "record", COL_TEXT }, { "locator", COL_TEXT }, { "rule", COL_TEXT }, { "reason", COL_TEXT },
		{ "raw", COL_TEXT } };
	struct writer *w = writer_new(&ndjson, cols, 5, writer_to_file, out);
	const struct spool_reject *rejects;
	size_t n = spool_rejects(s, &rejects);
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++)
		rc = writer_row(w,
			(const char *const[]){ "reject", rejects[i].locator, rejects[i].rule, rejects[i].reason, rejects[i].raw }, NULL);
	rc = rc || writer_end(w) ? -1 : 0;
	writer_free(w);
	return rc;
}

int spool_print(struct sink *s, FILE *out, struct err *e)
{
	for (enum record_kind kind = REC_ENTITY; kind < REC_OBSERVATION; kind++)
		if (print_rows(s, kind, out, e))
			return -1;
	return print_observations(s, out, e) || print_rejects(s, out) ? -1 : 0;
}
