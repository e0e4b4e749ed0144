/* mapping: what stands behind the bars of a reference. */
#include <ctype.h>
#include <strings.h>

#include "aimarket/edgar.h"
#include "aimarket/text.h"
#include "mapping_inside.h"

enum {
	SLUG_MAX = 80,
	MISSING_MAX = 200, /* bytes; longer cells are no spelling of "no value" */
	GROUPS_MAX = 10,
	MATCH_MAX = 64 * 1024, /* bytes that are searched for a pattern */
	RATIO_DIGITS = 9, /* of each side of a ratio */
	QUOTIENT_DIGITS = 20, /* behind its point, where it does not end */
};

/* What was put together in run->buf is the value now. */
static void take_buf(struct mapping_run *run, struct value *v)
{
	v->n = run->buf.len;
	v->text = arena_strndup(run->mem, buf_str(&run->buf), v->n);
}

static int refuse(struct mapping_run *run, const char *rule, const char *why)
{
	sink_reject(run->out, rule, NULL, 0, "field \"%s\": %s", run->field, why);
	return -1;
}

static bool is_missing(struct mapping_run *run, const struct value *v)
{
	uint32_t ignored;

	if (!run->m->missing.n || v->n > MISSING_MAX)
		return false;
	buf_reset(&run->buf);
	mapping_lower(v->text, v->n, &run->buf);
	return intern_find(&run->m->missing, buf_str(&run->buf), run->buf.len, &ignored);
}

struct value mapping_clean(struct mapping_run *run, struct record_value cell)
{
	struct value v = { .text = cell.n ? cell.text : "", .n = cell.n };

	text_trim(&v.text, &v.n);
	if (v.n && is_missing(run, &v))
		v.n = 0;
	return v;
}

bool mapping_is_iso(const char *variable)
{
	return !strcmp(variable, "$fetched");
}

/* The column, pointer or variable that a modifier names. */
static int other(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	const struct mapping_row *row = run->row;
	bool variable = *mod->text == '$';

	if (mod->let)
		return mapping_eval_let(run, mod->let, v);
	*v = mapping_clean(run, variable ? row->variable(row->arg, mod->text, mod->n) : row->get(row->arg, mod->ref));
	v->read = variable && mapping_is_iso(mod->text);
	return 0;
}

static int apply_or(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	return v->n ? 0 : other(run, mod, v);
}

static int apply_default(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	if (!v->n)
		*v = (struct value){ .text = mod->text, .n = mod->n, .read = true };
	return 0;
}

static void trim(struct value *v)
{
	text_trim(&v->text, &v->n);
}

static int apply_before(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	const char *at = memmem(v->text, v->n, mod->text, mod->n);

	if (at)
		v->n = (size_t)(at - v->text);
	trim(v);
	return 0;
}

static void skip_to(struct value *v, const char *at)
{
	v->n = at ? (size_t)(v->text + v->n - at) : 0;
	v->text = at ? at : v->text;
	trim(v);
}

static int apply_after(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	const char *at = memmem(v->text, v->n, mod->text, mod->n);

	skip_to(v, at ? at + mod->n : NULL);
	return 0;
}

static const char *find_last(const struct modifier *mod, const struct value *v)
{
	const char *last = NULL, *end = v->text + v->n;

	for (const char *p = v->text; (p = memmem(p, (size_t)(end - p), mod->text, mod->n)); p += mod->n)
		last = p;
	return last;
}

static int apply_before_last(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	const char *at = find_last(mod, v);

	if (at)
		v->n = (size_t)(at - v->text);
	trim(v);
	return 0;
}

static int apply_after_last(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	const char *at = find_last(mod, v);

	skip_to(v, at ? at + mod->n : NULL);
	return 0;
}

/* The last group that took part; all that fits when there is none. */
static int apply_match(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	regmatch_t at[GROUPS_MAX] = { { .rm_so = 0, .rm_eo = (regoff_t)v->n } };
	size_t last = 0;

	if (v->n > MATCH_MAX)
		return refuse(run, "match", "text is too long to be matched");
	if (regexec(&mod->pattern->regex, v->text, GROUPS_MAX, at, REG_STARTEND)) {
		v->n = 0;
		return 0;
	}
	for (size_t i = 1; i < GROUPS_MAX && i <= mod->pattern->regex.re_nsub; i++)
		last = at[i].rm_so >= 0 ? i : last;
	v->text += at[last].rm_so;
	v->n = (size_t)(at[last].rm_eo - at[last].rm_so);
	trim(v);
	return 0;
}

static int apply_without(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	const char *p = v->text, *end = p + v->n, *at;

	buf_reset(&run->buf);
	for (; (at = memmem(p, (size_t)(end - p), mod->text, mod->n)); p = at + mod->n)
		buf_add(&run->buf, p, (size_t)(at - p));
	buf_add(&run->buf, p, (size_t)(end - p));
	take_buf(run, v);
	trim(v);
	return 0;
}

static int apply_slug(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	buf_reset(&run->buf);
	text_slug(v->text, v->n, SLUG_MAX, &run->buf);
	take_buf(run, v);
	return 0;
}

static int apply_lower(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	buf_reset(&run->buf);
	mapping_lower(v->text, v->n, &run->buf);
	take_buf(run, v);
	return 0;
}

static int apply_upper(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	buf_reset(&run->buf);
	for (size_t i = 0; i < v->n; i++)
		buf_addc(&run->buf, (char)toupper((unsigned char)v->text[i]));
	take_buf(run, v);
	return 0;
}

static int apply_host(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	const char *scheme = memmem(v->text, v->n, "://", 3);

	if (scheme)
		skip_to(v, scheme + 3);
	for (size_t i = 0; i < v->n; i++)
		if (strchr("/?#:", v->text[i]))
			v->n = i;
	if (v->n > 4 && !strncasecmp(v->text, "www.", 4))
		skip_to(v, v->text + 4);
	return apply_lower(run, mod, v);
}

static int apply_map(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	const struct table *t = mod->table;
	const char *word = t->other;
	char why[200];
	uint32_t n;

	buf_reset(&run->buf);
	mapping_lower(v->text, v->n, &run->buf);
	if (intern_find(&t->spellings, buf_str(&run->buf), run->buf.len, &n))
		word = t->words[n];
	else if (t->keep_other)
		return 0;
	if (!word) {
		snprintf(why, sizeof why, "\"%.*s\" is not in [map %s]", v->n < 60 ? (int)v->n : 60, v->text, t->name);
		return refuse(run, "map", why);
	}
	*v = (struct value){ .text = word, .n = strlen(word), .read = true };
	return 0;
}

/* ---- dates */

static int read_date(struct mapping_run *run, const struct value *v, long order, struct date_span *span)
{
	struct err e = { 0 };

	if (order < 0)
		order = v->read ? DATE_YMD : run->m->dates;
	return date_read(v->text, v->n, (enum date_order)order, span, &e) ? refuse(run, "date", e.text) : 0;
}

static int apply_date(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	struct date_span span;
	char iso[11];

	if (read_date(run, v, mod ? mod->number : -1, &span))
		return -1;
	date_iso_prec(span, iso);
	*v = (struct value){ .text = arena_strdup(run->mem, iso), .n = strlen(iso), .read = true };
	return 0;
}

/* The year, month or quarter a date lies in; a date that is known less exactly stays as it is. */
static int apply_part(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	static const char order[] = "dmqhyu";
	struct date_span span;
	char iso[11];

	if (read_date(run, v, -1, &span))
		return -1;
	if (strchr(order, (int)span.prec) < strchr(order, *mod->row->word.word))
		span.prec = (enum date_prec) * mod->row->word.word;
	date_iso_prec(span, iso);
	*v = (struct value){ .text = arena_strdup(run->mem, iso), .n = strlen(iso), .read = true };
	return 0;
}

/* The clock of New York, with its offset. */
static int apply_eastern(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	char text[EDGAR_TIME_SIZE];

	if (!edgar_time(v->text, v->n, text))
		return refuse(run, "time", "it is no time of day as in 20240516153610");
	*v = (struct value){ .text = arena_strdup(run->mem, text), .n = strlen(text), .read = true };
	return 0;
}

/* The number of a filing in a name or address, with its hyphens; blank when there is none. */
static int apply_accession(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	char text[EDGAR_ACCESSION_SIZE] = "";

	(void)edgar_accession_in_name(arena_strndup(run->mem, v->text, v->n), text);
	*v = (struct value){ .text = arena_strdup(run->mem, text), .n = strlen(text) };
	return 0;
}

/* ---- numbers */

static int read_number(struct mapping_run *run, struct value *v, long style, int shift)
{
	int decimals = 0;
	struct err e;

	err_clear(&e);
	if (style < 0)
		style = v->read ? DECIMAL_PLAIN : run->m->numbers;
	buf_reset(&run->buf);
	if (decimal_read(v->text, v->n, (enum decimal_style)style, shift, &run->buf, &decimals, &e))
		return refuse(run, "number", e.text);
	v->decimals = v->scaled ? v->decimals - shift : decimals;
	v->scaled |= shift != 0;
	v->read = true;
	take_buf(run, v);
	return 0;
}

static int apply_number(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	return read_number(run, v, mod ? mod->number : -1, 0);
}

static int apply_scale(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	return read_number(run, v, -1, (int)mod->number);
}

static int apply_human(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	struct err e = { 0 };

	buf_reset(&run->buf);
	if (decimal_read_human(arena_strndup(run->mem, v->text, v->n), &run->buf, &e))
		return refuse(run, "number", e.text);
	take_buf(run, v);
	v->read = true;
	return 0;
}

/* Whole seconds plus those of another column: of a time zone's distance. */
static int apply_plus(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	struct value more;
	long long sum = 0, part;
	char *end;

	if (other(run, mod, &more))
		return -1;
	for (int i = 0; i < 2; i++) {
		const struct value *from = i ? &more : v;
		const char *text = arena_strndup(run->mem, from->text, from->n);

		part = strtoll(text, &end, 10);
		if (*end || from->n > 17)
			return refuse(run, "number", "plus goes with whole numbers");
		sum += part;
	}
	v->text = arena_printf(run->mem, "%lld", sum);
	v->n = strlen(v->text);
	return 0;
}

/* Digits of one side of a ratio, and where they end. */
static unsigned long long ratio_side(const char **p, const char *end)
{
	unsigned long long side = 0;

	for (int n = 0; *p < end && isdigit((unsigned char)**p) && n < RATIO_DIGITS; n++, (*p)++)
		side = 10 * side + (unsigned long long)(**p - '0');
	while (*p < end && **p == ' ')
		(*p)++;
	return side;
}

/* 3:2 becomes 1.5; exactly, or to so many digits. */
static int apply_ratio(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	const char *p = v->text, *end = p + v->n;
	unsigned long long a = ratio_side(&p, end), b = 1, rest;
	int digits = 0;

	if (p < end && strchr(":/", *p)) {
		p++;
		while (p < end && *p == ' ')
			p++;
		b = ratio_side(&p, end);
	}
	if (p < end || !a || !b)
		return refuse(run, "number", "not a ratio A:B of whole numbers");
	buf_reset(&run->buf);
	buf_printf(&run->buf, "%llu", a / b);
	for (rest = a % b; rest && digits < QUOTIENT_DIGITS; rest = rest * 10 % b, digits++)
		buf_printf(&run->buf, "%s%llu", digits ? "" : ".", rest * 10 / b);
	take_buf(run, v);
	v->read = true;
	return 0;
}

/* 30000.0 is how a program writes the whole number 30000: the zero behind the point tells nothing about its rounding. */
static int apply_whole(struct mapping_run *run, const struct modifier *mod, struct value *v)
{
	const char *point = memchr(v->text, '.', v->n);
	size_t zeros = point ? (size_t)(v->text + v->n - point) - 1 : 0;

	if (zeros && strspn(point + 1, "0") >= zeros)
		v->n = (size_t)(point - v->text);
	return 0;
}

const struct modifier_row modifier_rows[] = {
	{ { "or", "COLUMN", "when blank, the value of this column, pointer or variable" }, ARG_COLUMN, false, apply_or },
	{ { "default", "TEXT", "when blank, this text" }, ARG_TEXT, false, apply_default },
	{ { "optional", NULL, "csv: the column may be missing altogether; with or behind it, one of them has to be there" }, ARG_NONE,
		false, NULL },
	{ { "before", "TEXT", "what stands before the first TEXT; all of it when there is none" }, ARG_TEXT, false, apply_before },
	{ { "before_last", "TEXT", "what stands before the last TEXT; all of it when there is none" }, ARG_TEXT, false, apply_before_last },
	{ { "after", "TEXT", "what stands after the first TEXT; blank when there is none" }, ARG_TEXT, false, apply_after },
	{ { "after_last", "TEXT", "what stands after the last TEXT; blank when there is none" }, ARG_TEXT, false, apply_after_last },
	{ { "match", "PATTERN",
		  "what fits the last group of this extended regular expression, or all of it; blank when nothing does. | } and \\ stand "
		  "behind a backslash" },
		ARG_PATTERN, false, apply_match },
	{ { "without", "TEXT", "every TEXT taken out" }, ARG_TEXT, false, apply_without },
	{ { "slug", NULL, "lower-case words joined by -: Character.AI becomes character-ai" }, ARG_NONE, false, apply_slug },
	{ { "lower", NULL, "ASCII letters in lower case" }, ARG_NONE, false, apply_lower },
	{ { "upper", NULL, "ASCII letters in upper case" }, ARG_NONE, false, apply_upper },
	{ { "host", NULL, "of an address: https://www.nytimes.com/x becomes nytimes.com" }, ARG_NONE, false, apply_host },
	{ { "map", "TABLE", "the word that [map TABLE] has for it" }, ARG_TABLE, false, apply_map },
	{ { "date", "ORDER", "a date in this order (left out: that of dates), as 2024-06-18, 2024-06, 2024-Q2 or 2024" }, ARG_ORDER, true,
		apply_date },
	{ { "year", NULL, "of a date: 2024" }, ARG_NONE, false, apply_part },
	{ { "quarter", NULL, "of a date: 2024-Q2" }, ARG_NONE, false, apply_part },
	{ { "month", NULL, "of a date: 2024-06" }, ARG_NONE, false, apply_part },
	{ { "eastern", NULL, "a time by the clock of New York, 20240516153610, with its offset: 2024-05-16T15:36:10-04:00" }, ARG_NONE,
		false, apply_eastern },
	{ { "accession", NULL,
		  "the accession number in a name or address, with its hyphens: 0001213900-24-004875; blank when there is none" },
		ARG_NONE, false, apply_accession },
	{ { "number", "STYLE", "a number in this style (left out: that of numbers), in plain form" }, ARG_STYLE, true, apply_number },
	{ { "scale", "N", "a number times 10^N: 6 for millions, -2 for percent into a share" }, ARG_NUMBER, false, apply_scale },
	{ { "plus", "COLUMN", "a whole number plus that of this column, pointer or variable: seconds plus a zone's distance" }, ARG_COLUMN,
		false, apply_plus },
	{ { "whole", NULL, "30000.0 as 30000; other numbers stay as they are" }, ARG_NONE, false, apply_whole },
	{ { "ratio", NULL, "3:2 or 3/2 as the number 1.5" }, ARG_NONE, false, apply_ratio },
	{ { "human", NULL, "a number with k, M, B or T behind it: 412.39M" }, ARG_NONE, false, apply_human },
	{ { "split", "TEXT", "with each: the items between TEXT" }, ARG_TEXT, false, NULL },
	{ { 0 }, ARG_NONE, false, NULL },
};

bool mapping_fills(const struct modifier *mod)
{
	return mod->row->apply == apply_or || mod->row->apply == apply_default;
}

int mapping_read_date(struct mapping_run *run, struct value *v)
{
	return apply_date(run, NULL, v);
}

int mapping_read_number(struct mapping_run *run, struct value *v)
{
	return apply_number(run, NULL, v);
}
