/* mapping: the sections [csv] and [json], which say how a body is read. */
#include <ctype.h>
#include <iconv.h>

#include "mapping_inside.h"

enum { WORDS_MAX = 32, SKIP_MAX = 10000 };

static int read_choice(const char *what, const char *value, const char *const *words, int n, struct err *e)
{
	int i = mapping_word_number(value, words, n);

	return i < 0 ? mapping_unknown(e, what, value, words, (size_t)n) : i;
}

static int set_delimiter(struct mapping *m, const char *value, struct err *e)
{
	static const char *const names[] = { "comma", "semicolon", "tab", "pipe", "auto" };
	static const char signs[] = ",;\t|";
	int i;

	if (strlen(value) == 1 && ispunct((unsigned char)*value)) {
		m->csv.delimiter = *value;
		return 0;
	}
	if ((i = read_choice("delimiter", value, names, 5, e)) < 0)
		return -1;
	m->csv.delimiter = signs[i];
	return 0;
}

static int set_quote(struct mapping *m, const char *value, struct err *e)
{
	static const char *const names[] = { "double", "none" };
	int i = read_choice("quote", value, names, 2, e);

	m->csv.quotes = i == 0;
	return i < 0 ? -1 : 0;
}

static int set_encoding(struct mapping *m, const char *value, struct err *e)
{
	iconv_t known = iconv_open("UTF-8", value);

	if (known == (iconv_t)-1)
		return err_set(e, ERR_CONFIG, "unknown encoding \"%s\"", value);
	iconv_close(known);
	m->csv.encoding = arena_strdup(m->mem, value);
	return 0;
}

static int set_header(struct mapping *m, const char *value, struct err *e)
{
	static const char *const names[] = { "first", "none", "has COLUMN" };
	int i;

	m->csv.header = true;
	if (!strncmp(value, "has ", 4)) {
		m->csv.header_has = arena_strdup(m->mem, value + 4);
		return 0;
	}
	if ((i = read_choice("header", value, names, 3, e)) < 0)
		return -1;
	m->csv.header = i == 0;
	return 0;
}

static int read_count(const char *value, long *out, struct err *e)
{
	char *end;

	*out = strtol(value, &end, 10);
	if (end == value || *end || *out < 0 || *out > SKIP_MAX)
		return err_set(e, ERR_CONFIG, "\"%s\" is not a number from 0 to %d", value, SKIP_MAX);
	return 0;
}

static int set_skip(struct mapping *m, const char *value, struct err *e)
{
	return read_count(value, &m->csv.skip, e);
}

static int set_skip_after(struct mapping *m, const char *value, struct err *e)
{
	return read_count(value, &m->csv.skip_after, e);
}

static int set_records(struct mapping *m, const char *value, struct err *e)
{
	if (*value && *value != '/')
		return err_set(e, ERR_CONFIG, "records \"%s\" is not a JSON Pointer: it begins with /", value);
	m->records = arena_strdup(m->mem, value);
	return 0;
}

static int set_missing(struct mapping *m, const char *value, struct err *e)
{
	const char **items;
	struct buf b;
	size_t n;

	buf_init(&b, SIZE_MAX / 2);
	items = mapping_list(m->mem, value, "|", &n);
	for (size_t i = 0; i < n; i++) {
		buf_reset(&b);
		mapping_lower(items[i], strlen(items[i]), &b);
		intern_add(&m->missing, buf_str(&b), b.len, NULL);
	}
	buf_release(&b);
	return 0;
}

static int set_dates(struct mapping *m, const char *value, struct err *e)
{
	int i = read_choice("order of dates", value, date_order_names, DATE_ORDERS, e);

	m->dates = i < 0 ? DATE_YMD : (enum date_order)i;
	return i < 0 ? -1 : 0;
}

static int set_numbers(struct mapping *m, const char *value, struct err *e)
{
	int i = read_choice("style of numbers", value, decimal_style_names, DECIMAL_STYLES, e);

	m->numbers = i < 0 ? DECIMAL_PLAIN : (enum decimal_style)i;
	return i < 0 ? -1 : 0;
}

static int set_when(struct mapping *m, const char *value, struct err *e)
{
	return mapping_add_conditions(m, &m->when, value, e);
}

static const struct reader_key {
	struct mapping_word word;
	bool csv, json;
	int (*set)(struct mapping *m, const char *value, struct err *e);
} reader_keys[] = {
	{ { "delimiter", "comma|semicolon|tab|pipe|auto|SIGN", "what parts cells; comma unless said, auto = counted in the first line" },
	        true, false, set_delimiter },
	{ { "quote", "double|none", "none: a quote is a character like any other" }, true, false, set_quote },
	{ { "encoding", "NAME", "as iconv knows it: windows-1252, latin1 …; UTF-8 unless said. A byte order mark goes before it" }, true,
	        false, set_encoding },
	{ { "header", "first|none|has COLUMN", "where the names are: first row, nowhere (columns are #1, #2 …), first row with this cell" },
	        true, false, set_header },
	{ { "skip", "N", "rows before the header that are none" }, true, false, set_skip },
	{ { "skip_after", "N", "rows right after the header that are no data; {^1/COLUMN} is a cell of the first of them, {^1/$n} with each = columns, up to ^9" }, true, false, set_skip_after },
	{ { "records", "POINTER",
	          "where the records are: JSON Pointer, a step * stands for every element or member; /* unless said (ndjson: the line)" },
	        false, true, set_records },
	{ { "missing", "TEXT | TEXT …", "spellings that mean no value, beside nothing at all" }, true, true, set_missing },
	{ { "dates", "ymd|mdy|dmy|text|epoch", "order of the dates; ymd unless said" }, true, true, set_dates },
	{ { "numbers", "plain|comma|euro", "style of the numbers: 1234.5, 1,234.5 (17,50,000 too), 1.234,5; plain unless said" }, true,
	        true, set_numbers },
	{ { "when", "CONDITION", "only rows of which this holds are taken" }, true, true, set_when },
	{ { 0 } },
};

int mapping_add_reader_key(struct mapping *m, bool csv, const char *key, const char *value, struct err *e)
{
	const char *names[WORDS_MAX];
	size_t n = 0;

	m->has_csv |= csv;
	m->has_json |= !csv;
	for (const struct reader_key *k = reader_keys; k->word.word; k++) {
		if (csv ? !k->csv : !k->json)
			continue;
		names[n++] = k->word.word;
		if (!strcmp(k->word.word, key))
			return k->set(m, value, e);
	}
	return mapping_unknown(e, "key", key, names, n);
}

const struct mapping_word *mapping_reader_word(bool csv, size_t i)
{
	for (const struct reader_key *k = reader_keys; k->word.word; k++)
		if ((csv ? k->csv : k->json) && !i--)
			return &k->word;
	return NULL;
}
