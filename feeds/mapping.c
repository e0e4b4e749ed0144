/* mapping: reads the mapping sections of a feed file; see mapping.h for the language. mapping_run.c works it. */
#include "aimarket/mapping.h"

#include <ctype.h>
#include <iconv.h>
#include <strings.h>

#include "aimarket/text.h"
#include "mapping_inside.h"

enum {
	WORDS_MAX = 128, /* candidates for the nearest right word */
	SKIP_MAX = 10000,
	KEY_MAX = 48, /* inih cuts keys at 49 */
};

static int one_of(struct err *e, const char *what, const char *word, const char *const *words, size_t n)
{
	const char *near = text_nearest(word, words, n);

	err_set(e, ERR_CONFIG, "unknown %s \"%s\"", what, word);
	return near ? err_hint(e, "Did you mean \"%s\"?", near) : -1;
}

void mapping_lower(const char *text, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(out, (char)tolower((unsigned char)text[i]));
}

/* ---------------------------------------------------------------- lists */

/* The items of "a | b | c", trimmed, in mem. An item of nothing is "". */
static const char **split_list(struct arena *mem, const char *text, const char *separator, size_t *n)
{
	size_t len = strlen(separator), most = 1;
	const char **items;

	for (const char *p = text; (p = strstr(p, separator)); p += len)
		most++;
	items = arena_alloc(mem, most * sizeof *items);
	for (*n = 0; *n < most; (*n)++) {
		const char *end = strstr(text, separator), *item = text;
		size_t item_n = end ? (size_t)(end - text) : strlen(text);

		text_trim(&item, &item_n);
		items[*n] = arena_strndup(mem, item, item_n);
		text = end ? end + len : text;
	}
	return items;
}

/* ---------------------------------------------------------------- templates */

/* Copies up to an unescaped character of stops (or the end) into mem; a backslash takes the next character as it is. */
static const char *take_until(struct arena *mem, const char **p, const char *stops, size_t *n)
{
	char *copy = arena_alloc(mem, strlen(*p) + 1);

	for (*n = 0; **p && !strchr(stops, **p); (*p)++) {
		if (**p == '\\' && (*p)[1])
			(*p)++;
		copy[(*n)++] = **p;
	}
	copy[*n] = '\0';
	return copy;
}

static size_t reference(struct mapping *m, const char *name, size_t n, bool optional)
{
	bool added;
	uint32_t ref = intern_add(&m->refs, name, n, &added);

	if (ref >= m->optional_cap) {
		m->optional_cap = m->optional_cap ? 2 * m->optional_cap : 32;
		m->optional = xrealloc(m->optional, m->optional_cap * sizeof *m->optional);
	}
	m->optional[ref] = optional && (added || m->optional[ref]);
	return ref;
}

/* Pointers that begin like this may be asked for when the row is there. */
static void want_prefix(struct mapping *m, const char *prefix)
{
	if (m->n_prefixes == m->prefix_cap) {
		m->prefix_cap = m->prefix_cap ? 2 * m->prefix_cap : 8;
		m->prefixes = xrealloc(m->prefixes, m->prefix_cap * sizeof *m->prefixes);
	}
	m->prefixes[m->n_prefixes++] = prefix;
}

static int word_number(const char *word, const char *const *words, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}

static struct table *table_get(struct mapping *m, const char *name)
{
	struct table **t = &m->tables;

	while (*t && strcmp((*t)->name, name))
		t = &(*t)->next;
	if (!*t) {
		*t = arena_zalloc(m->mem, sizeof **t);
		(*t)->name = arena_strdup(m->mem, name);
		intern_init(&(*t)->spellings);
	}
	return *t;
}

static int read_argument(struct mapping *m, struct modifier *mod, struct err *e)
{
	const char *word = mod->row->word.word;
	char *end;

	mod->number = -1;
	if (!mod->n && mod->row->arg != ARG_NONE && !mod->row->arg_optional)
		return err_set(e, ERR_CONFIG, "modifier \"%s\" needs %s after a colon", word, mod->row->word.arg);
	if (mod->row->arg == ARG_NONE && mod->text)
		return err_set(e, ERR_CONFIG, "modifier \"%s\" takes nothing after it", word);
	if (!mod->n)
		return 0;
	switch (mod->row->arg) {
	case ARG_ORDER:
		mod->number = word_number(mod->text, date_order_names, DATE_ORDERS);
		return mod->number < 0 ? one_of(e, "order of dates", mod->text, date_order_names, DATE_ORDERS) : 0;
	case ARG_STYLE:
		mod->number = word_number(mod->text, decimal_style_names, DECIMAL_STYLES);
		return mod->number < 0 ? one_of(e, "style of numbers", mod->text, decimal_style_names, DECIMAL_STYLES) : 0;
	case ARG_NUMBER:
		mod->number = strtol(mod->text, &end, 10);
		return *end || mod->number < -100 || mod->number > 100
		               ? err_set(e, ERR_CONFIG, "modifier \"%s\": \"%s\" is not a whole number", word, mod->text)
		               : 0;
	case ARG_TABLE:
		mod->table = table_get(m, mod->text);
		return 0;
	case ARG_COLUMN:
		mod->ref = reference(m, mod->text, mod->n, false);
		return 0;
	default:
		return 0;
	}
}

static int read_modifier(struct mapping *m, const char **p, struct modifier *mod, struct err *e)
{
	const char *names[WORDS_MAX];
	size_t n, count = 0;
	const char *name = take_until(m->mem, p, ":|}", &n);

	text_trim(&name, &n);
	name = arena_strndup(m->mem, name, n);
	*mod = (struct modifier){ 0 };
	if (**p == ':') {
		(*p)++;
		mod->text = take_until(m->mem, p, "|}", &mod->n);
	}
	for (const struct modifier_row *row = modifier_rows; row->word.word; row++) {
		names[count++] = row->word.word;
		if (!strcmp(row->word.word, name))
			mod->row = row;
	}
	return mod->row ? read_argument(m, mod, e) : one_of(e, "modifier", name, names, count);
}

static bool has_modifier(const struct piece *piece, const char *word)
{
	for (size_t i = 0; i < piece->n_mods; i++)
		if (!strcmp(piece->mods[i].row->word.word, word))
			return true;
	return false;
}

/* What a name in braces is: a column or pointer, a variable, or something of the item of each. */
static int place_name(struct mapping *m, struct piece *piece, struct err *e)
{
	const char *names[WORDS_MAX], *dollar;
	const struct mapping_word *w;
	size_t count = 0;

	if (piece->text[0] == '/' && (dollar = strstr(piece->text, "/$n"))) {
		piece->kind = PIECE_POINTER;
		want_prefix(m, arena_strndup(m->mem, piece->text, (size_t)(dollar - piece->text) + 1));
	} else if (!strcmp(piece->text, "$item") || !strncmp(piece->text, "$item/", 6)) {
		piece->kind = PIECE_ITEM;
	} else if (!strcmp(piece->text, "$n")) {
		piece->kind = PIECE_N;
	} else if (piece->text[0] == '$') {
		piece->kind = PIECE_VARIABLE;
		for (size_t i = 0; (w = mapping_word(TOPIC_VARIABLE, i)); i++) {
			names[count++] = w->word;
			if (!strcmp(w->word, piece->text))
				return 0;
		}
		return isdigit((unsigned char)piece->text[1]) ? 0 : one_of(e, "variable", piece->text, names, count);
	} else {
		piece->kind = PIECE_REF;
		piece->ref = reference(m, piece->text, piece->n, has_modifier(piece, "optional"));
	}
	return 0;
}

/* {name|modifier:argument|…}, from behind the brace. */
static int read_reference(struct mapping *m, const char **p, struct piece *piece, struct err *e)
{
	size_t most = 0;

	piece->text = take_until(m->mem, p, "|}", &piece->n);
	text_trim(&piece->text, &piece->n);
	piece->text = arena_strndup(m->mem, piece->text, piece->n);
	for (const char *q = *p; *q && *q != '}'; q++)
		most += *q == '|';
	piece->mods = arena_alloc(m->mem, (most + 1) * sizeof *piece->mods);
	while (**p == '|') {
		(*p)++;
		if (read_modifier(m, p, &piece->mods[piece->n_mods], e))
			return -1;
		piece->n_mods++;
	}
	if (**p != '}')
		return err_set(e, ERR_CONFIG, "\"{%s\" is not closed", piece->text);
	(*p)++;
	if (!piece->n)
		return err_set(e, ERR_CONFIG, "{} without a name");
	return place_name(m, piece, e);
}

static int read_template(struct mapping *m, const char *text, struct template *t, struct err *e)
{
	size_t most = 1;

	for (const char *p = text; *p; p++)
		most += *p == '{' ? 2 : 0;
	*t = (struct template){ .pieces = arena_zalloc(m->mem, most * sizeof *t->pieces) };
	while (*text) {
		struct piece *piece = &t->pieces[t->n++];

		if (*text == '{') {
			text++;
			if (read_reference(m, &text, piece, e))
				return -1;
		} else {
			piece->kind = PIECE_TEXT;
			piece->text = take_until(m->mem, &text, "{", &piece->n);
		}
	}
	t->alone = t->n == 1 && t->pieces[0].kind != PIECE_TEXT;
	return 0;
}

/* ---------------------------------------------------------------- conditions */

static const struct {
	struct mapping_word word;
	const char *mark;
	enum condition_kind kind;
} condition_rows[] = {
	/* longer ones first: "is not" is also "is" */
	{ { "VALUE is not", "WORD or WORD …", "the value is none of these; \"blank\" stands for no value" }, " is not ", IS_NOT },
	{ { "VALUE is", "WORD or WORD …", "the value is one of these; \"blank\" stands for no value" }, " is ", IS },
	{ { "VALUE has not", "TEXT or TEXT …", "the value contains none of these" }, " has not ", HAS_NOT },
	{ { "VALUE has", "TEXT or TEXT …", "the value contains one of these" }, " has ", HAS },
	{ { "CONDITION and", "CONDITION", "both hold; the second begins with a brace" }, NULL, IS },
};
enum { CONDITIONS = sizeof condition_rows / sizeof *condition_rows - 1 }; /* and is no mark of one */

/* The first place outside of braces where mark stands. */
static const char *find_outside(const char *text, const char *mark)
{
	int depth = 0;

	for (; *text; text++) {
		depth += *text == '{' ? 1 : *text == '}' ? -1 : 0;
		if (!depth && !strncmp(text, mark, strlen(mark)))
			return text;
	}
	return NULL;
}

static int read_condition(struct mapping *m, const char *text, struct condition *c, struct err *e)
{
	for (int i = 0; i < CONDITIONS; i++) {
		const char *at = find_outside(text, condition_rows[i].mark);

		if (!at)
			continue;
		c->kind = condition_rows[i].kind;
		c->words = split_list(m->mem, at + strlen(condition_rows[i].mark), " or ", &c->n);
		for (size_t w = 0; w < c->n; w++)
			c->words[w] = strcmp(c->words[w], "blank") ? c->words[w] : "";
		return read_template(m, arena_strndup(m->mem, text, (size_t)(at - text)), &c->left, e);
	}
	err_set(e, ERR_CONFIG, "\"%s\" is no condition", text);
	return err_hint(e, "Write for example: when = {Type} is Merger or Acquisition and {Price} is not blank");
}

/* Conditions joined by " and ": the next one begins with its brace, so that words may contain "and". */
static int add_conditions(struct mapping *m, struct condition **list, const char *text, struct err *e)
{
	while (text) {
		const char *and = find_outside(text, " and {");
		struct condition *c = arena_zalloc(m->mem, sizeof *c);

		while (*list)
			list = &(*list)->next;
		*list = c;
		if (read_condition(m, arena_strndup(m->mem, text, and? (size_t)(and-text) : strlen(text)), c, e))
			return -1;
		text = and? and+strlen(" and ") : NULL;
	}
	return 0;
}

/* ---------------------------------------------------------------- [csv] and [json] */

static int read_choice(const char *what, const char *value, const char *const *words, int n, struct err *e)
{
	int i = word_number(value, words, n);

	return i < 0 ? one_of(e, what, value, words, (size_t)n) : i;
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
	items = split_list(m->mem, value, "|", &n);
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
	return add_conditions(m, &m->when, value, e);
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
	{ { "skip_after", "N", "rows right after the header that are no data" }, true, false, set_skip_after },
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

static int add_reader_key(struct mapping *m, bool csv, const char *key, const char *value, struct err *e)
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
	return one_of(e, "key", key, names, n);
}

/* ---------------------------------------------------------------- [map …] */

static int add_spelling(struct table *t, const char *word, const char *spelling, struct buf *lower, struct err *e)
{
	bool added;
	uint32_t n;

	if (!strcmp(spelling, "*")) {
		if (t->other || t->keep_other)
			return err_set(e, ERR_CONFIG, "* is there twice");
		t->keep_other = !strcmp(word, "*");
		t->other = t->keep_other ? NULL : word;
		return 0;
	}
	buf_reset(lower);
	mapping_lower(spelling, strlen(spelling), lower);
	n = intern_add(&t->spellings, buf_str(lower), lower->len, &added);
	if (!added)
		return err_set(e, ERR_CONFIG, "\"%s\" is there twice", spelling);
	if (n >= t->cap) {
		t->cap = t->cap ? 2 * t->cap : 32;
		t->words = xrealloc(t->words, t->cap * sizeof *t->words);
	}
	t->words[n] = word;
	return 0;
}

/* word = spelling | spelling …; the word - stands for no value. */
static int add_map_key(struct mapping *m, const char *name, const char *key, const char *value, struct err *e)
{
	struct table *t = table_get(m, name);
	const char *word = strcmp(key, "-") ? arena_strdup(m->mem, key) : "", **items;
	struct buf lower;
	size_t n;
	int rc = 0;

	if (strlen(key) > KEY_MAX)
		return err_set(e, ERR_CONFIG, "word is longer than %d bytes", KEY_MAX);
	buf_init(&lower, SIZE_MAX / 2);
	items = split_list(m->mem, value, "|", &n);
	for (size_t i = 0; i < n && !rc; i++)
		rc = add_spelling(t, word, items[i], &lower, e);
	buf_release(&lower);
	return rc;
}

/* ---------------------------------------------------------------- records */

static struct section *section_get(struct mapping *m, const char *title, const struct record_info *info)
{
	struct section **s = &m->sections;

	while (*s && strcmp((*s)->title, title))
		s = &(*s)->next;
	if (!*s) {
		*s = arena_zalloc(m->mem, sizeof **s);
		(*s)->title = arena_strdup(m->mem, title);
		(*s)->info = info;
	}
	return *s;
}

static int set_section_when(struct mapping *m, struct section *s, const char *value, struct err *e)
{
	return add_conditions(m, &s->when, value, e);
}

/* each = columns | {/pointer/\*} | {reference|split:x} */
static int set_each(struct mapping *m, struct section *s, const char *value, struct err *e)
{
	struct template *t = &s->each_of;
	struct piece *p;

	if (!strcmp(value, "columns")) {
		s->each = EACH_COLUMN;
		return 0;
	}
	if (read_template(m, value, t, e))
		return -1;
	p = t->pieces;
	if (t->alone && p->kind == PIECE_REF && p->text[0] == '/' && p->n > 1 && !strcmp(p->text + p->n - 2, "/*") && !p->n_mods) {
		s->each = EACH_CHILD;
		s->pointer = arena_strndup(m->mem, p->text, p->n - 2);
		want_prefix(m, arena_strndup(m->mem, p->text, p->n - 1));
		return 0;
	}
	if (t->alone && p->n_mods && !strcmp(p->mods[p->n_mods - 1].row->word.word, "split")) {
		s->each = EACH_SPLIT;
		s->separator = p->mods[--p->n_mods].text;
		return 0;
	}
	return err_set(e, ERR_CONFIG, "each is \"columns\", {/pointer/*} or {reference|split:SEPARATOR}, not \"%s\"", value);
}

static int set_only(struct mapping *m, struct section *s, const char *value, struct err *e)
{
	s->only = split_list(m->mem, value, "|", &s->n_only);
	return 0;
}

static int set_except(struct mapping *m, struct section *s, const char *value, struct err *e)
{
	s->except = split_list(m->mem, value, "|", &s->n_except);
	return 0;
}

static const struct record_key {
	struct mapping_word word;
	int (*set)(struct mapping *m, struct section *s, const char *value, struct err *e);
} record_keys[] = {
	{ { "when", "CONDITION", "only rows of which this holds make this record" }, set_section_when },
	{ { "each", "{REFERENCE|split:TEXT}, {/POINTER/*} or columns",
	          "a record for each item of a list, each element of a JSON array or object, each column" },
	        set_each },
	{ { "only", "COLUMN | COLUMN …", "with each = columns: these" }, set_only },
	{ { "except", "COLUMN | COLUMN …", "with each = columns: all but these" }, set_except },
	{ { 0 } },
};

static int add_field(struct mapping *m, struct section *s, int field, const char *value, struct err *e)
{
	struct setting **at = &s->settings;

	for (; *at; at = &(*at)->next)
		if ((*at)->field == field)
			return err_set(e, ERR_CONFIG, "it is there twice");
	*at = arena_zalloc(m->mem, sizeof **at);
	(*at)->field = field;
	if (read_template(m, value, &(*at)->value, e))
		return -1;
	for (size_t i = 0; i < (*at)->value.n; i++)
		if (has_modifier(&(*at)->value.pieces[i], "split"))
			return err_set(e, ERR_CONFIG, "split goes with each");
	return 0;
}

static int add_record_key(struct mapping *m, struct section *s, const char *key, const char *value, struct err *e)
{
	const char *names[WORDS_MAX];
	int field = record_field_find(s->info, key);
	size_t n = 0;

	if (field >= 0)
		return add_field(m, s, field, value, e);
	for (const struct record_key *k = record_keys; k->word.word; k++) {
		names[n++] = k->word.word;
		if (!strcmp(k->word.word, key))
			return k->set(m, s, value, e);
	}
	for (const struct record_field *f = s->info->fields; f->name; f++)
		names[n++] = f->name;
	return one_of(e, "field", key, names, n);
}

/* ---------------------------------------------------------------- the whole */

struct mapping *mapping_new(void)
{
	struct mapping *m = xzalloc(sizeof *m);

	m->mem = arena_new();
	m->csv = (struct csv_options){ .delimiter = ',', .quotes = true, .header = true };
	intern_init(&m->missing);
	intern_init(&m->refs);
	return m;
}

void mapping_free(struct mapping *m)
{
	if (!m)
		return;
	for (struct table *t = m->tables; t; t = t->next) {
		intern_release(&t->spellings);
		free(t->words);
	}
	intern_release(&m->missing);
	intern_release(&m->refs);
	free(m->optional);
	free(m->prefixes);
	arena_free(m->mem);
	free(m);
}

static int add_to_section(struct mapping *m, const char *section, const char *key, const char *value, struct err *e)
{
	const char *blank = strchr(section, ' '), *names[REC_KINDS + 3] = { "csv", "json", "map" };
	char *word = arena_strndup(m->mem, section, blank ? (size_t)(blank - section) : strlen(section));
	const struct record_info *info = record_find(word);

	if (!strcmp(section, "csv") || !strcmp(section, "json"))
		return add_reader_key(m, !strcmp(section, "csv"), key, value, e);
	if (!strcmp(word, "map") && blank)
		return add_map_key(m, blank + 1, key, value, e);
	if (info)
		return add_record_key(m, section_get(m, section, info), key, value, e);
	for (int i = 0; i < REC_KINDS; i++)
		names[i + 3] = record_infos[i].name;
	return one_of(e, "section", word, names, REC_KINDS + 3);
}

int mapping_add(struct mapping *m, const char *section, const char *key, const char *value, struct err *e)
{
	if (add_to_section(m, section, key, value, e))
		return err_prefix(e, "[%s] %s", section, key);
	return 0;
}

static bool sets(const struct section *s, int field)
{
	for (const struct setting *set = s->settings; set; set = set->next)
		if (set->field == field)
			return true;
	return false;
}

static int check_section(struct section *s, struct err *e)
{
	const struct record_field *f = s->info->fields;
	int source = record_field_find(s->info, "source");

	for (int i = 0; f[i].name; i++)
		if (f[i].required && !sets(s, i))
			return err_set(e, ERR_CONFIG, "[%s] needs \"%s\": %s", s->title, f[i].name, f[i].help);
	if ((s->only || s->except) && s->each != EACH_COLUMN)
		return err_set(e, ERR_CONFIG, "[%s] only and except go with each = columns", s->title);
	s->cites = source < 0 || sets(s, source);
	return 0;
}

/* Sources are told before the claims that cite them, wherever their sections stand. */
static void sources_first(struct mapping *m)
{
	struct section *sources = NULL, **last_source = &sources, *others = NULL, **last_other = &others;

	for (struct section *s = m->sections; s; s = s->next) {
		struct section ***last = s->info->kind == REC_SOURCE ? &last_source : &last_other;
		**last = s;
		*last = &s->next;
	}
	*last_other = NULL;
	*last_source = others;
	m->sections = sources;
}

int mapping_check(struct mapping *m, const struct format *format, struct err *e)
{
	bool csv = !strcmp(format->name, "csv");

	if (csv ? m->has_json : m->has_csv)
		return err_set(e, ERR_CONFIG, "[%s] does not go with format %s", csv ? "json" : "csv", format->name);
	if (!m->sections)
		return err_set(e, ERR_CONFIG, "no record section: the feed would say nothing");
	for (const struct table *t = m->tables; t; t = t->next)
		if (!t->spellings.n && !t->other && !t->keep_other)
			return err_set(e, ERR_CONFIG, "a value goes through [map %s], which is not there", t->name);
	for (struct section *s = m->sections; s; s = s->next)
		if (check_section(s, e))
			return -1;
	sources_first(m);
	return 0;
}

bool mapping_is_empty(const struct mapping *m)
{
	return !m->sections && !m->tables && !m->has_csv && !m->has_json;
}

const struct csv_options *mapping_csv(const struct mapping *m)
{
	return &m->csv;
}

const char *mapping_records(const struct mapping *m, const char *fallback)
{
	return m->records ? m->records : fallback;
}

const char *mapping_ref(const struct mapping *m, size_t n, bool *optional)
{
	if (n >= m->refs.n)
		return NULL;
	*optional = m->optional[n];
	return m->refs.items[n].text;
}

int mapping_find_ref(const struct mapping *m, const char *name, size_t n)
{
	uint32_t ref;

	return intern_find(&m->refs, name, n, &ref) ? (int)ref : -1;
}

bool mapping_may_ask(const struct mapping *m, const char *pointer, size_t n)
{
	for (uint32_t i = 0; i < m->n_prefixes; i++) {
		size_t len = strlen(m->prefixes[i]);

		if (n >= len && !memcmp(pointer, m->prefixes[i], len))
			return true;
	}
	return false;
}

/* ---------------------------------------------------------------- the words, for messages and the manual */

static const struct mapping_word variables[] = {
	{ "$line", NULL, "csv and ndjson: the line on which the row begins" },
	{ "$file", NULL, "name of the document" },
	{ "$value", NULL, "json: the record itself, when it is no object or array" },
	{ "$key", NULL, "json: what the last * of records stood for: the key of a member, the place of an element" },
	{ "$1", NULL, "json: what the first * stood for; $2 the second …" },
	{ "$item", NULL, "with each: the item, the element or the cell; {$item/name} is a member of the element" },
	{ "$n", NULL,
	        "with each: the number of the item, the key of the element, the name of the column; also a step of a pointer: "
	        "{/close/$n}" },
	{ 0 },
};

static const struct mapping_word *reader_word(bool csv, size_t i)
{
	for (const struct reader_key *k = reader_keys; k->word.word; k++)
		if ((csv ? k->csv : k->json) && !i--)
			return &k->word;
	return NULL;
}

const struct mapping_word *mapping_word(enum mapping_topic topic, size_t i)
{
	size_t modifiers = 0;

	while (modifier_rows[modifiers].word.word)
		modifiers++;
	switch (topic) {
	case TOPIC_CSV:
	case TOPIC_JSON:
		return reader_word(topic == TOPIC_CSV, i);
	case TOPIC_RECORD:
		return i < sizeof record_keys / sizeof *record_keys - 1 ? &record_keys[i].word : NULL;
	case TOPIC_MODIFIER:
		return i < modifiers ? &modifier_rows[i].word : NULL;
	case TOPIC_VARIABLE:
		return i < sizeof variables / sizeof *variables - 1 ? &variables[i] : NULL;
	case TOPIC_CONDITION:
		return i <= CONDITIONS ? &condition_rows[i].word : NULL;
	default:
		return NULL;
	}
}
