/* mapping: the right side of a key as a template, and the conditions of when. */
#include <ctype.h>
#include <strings.h>

#include "aimarket/text.h"
#include "mapping_inside.h"

enum { WORDS_MAX = 128 }; /* candidates for the nearest right word */

int mapping_unknown(struct err *e, const char *what, const char *word, const char *const *words, size_t n)
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

const char **mapping_list(struct arena *mem, const char *text, const char *separator, size_t *n)
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

const struct let *mapping_let(const struct mapping *m, const char *name)
{
	const struct let *let = m->lets;

	while (let && strcmp(let->name, name) != 0)
		let = let->next;
	return let;
}

/* Is it a variable of the row or its document? */
static int check_variable(struct mapping *m, const char *name, struct err *e)
{
	const char *names[WORDS_MAX];
	const struct mapping_word *w;
	size_t n = 0;

	m->tells_day |= mapping_is_iso(name);
	for (size_t i = 0; (w = mapping_word(TOPIC_VARIABLE, i)); i++) {
		if (!strcmp(w->word, "$item") || !strcmp(w->word, "$n"))
			continue;
		names[n++] = w->word;
		if (!strcmp(w->word, name))
			return 0;
	}
	return isdigit((unsigned char)name[1]) ? 0 : mapping_unknown(e, "variable", name, names, n);
}

void mapping_want_prefix(struct mapping *m, const char *prefix)
{
	if (m->n_prefixes == m->prefix_cap) {
		m->prefix_cap = m->prefix_cap ? 2 * m->prefix_cap : 8;
		m->prefixes = xrealloc(m->prefixes, m->prefix_cap * sizeof *m->prefixes);
	}
	m->prefixes[m->n_prefixes++] = prefix;
}

int mapping_word_number(const char *word, const char *const *words, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}

struct table *mapping_table(struct mapping *m, const char *name)
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

static int read_pattern(struct mapping *m, struct modifier *mod, struct err *e)
{
	struct pattern *p = arena_zalloc(m->mem, sizeof *p);
	char why[120];
	int rc = regcomp(&p->regex, mod->text, REG_EXTENDED);

	if (rc) {
		regerror(rc, &p->regex, why, sizeof why);
		return err_set(e, ERR_CONFIG, "modifier \"%s\": \"%s\" is no regular expression: %s", mod->row->word.word, mod->text, why);
	}
	p->next = m->patterns;
	m->patterns = p;
	mod->pattern = p;
	return 0;
}

/* A column or pointer, or a variable that does not need an each. */
static int read_other(struct mapping *m, struct modifier *mod, bool optional, struct err *e)
{
	mod->let = mapping_let(m, mod->text);
	if (mod->let)
		return 0;
	if (*mod->text == '$')
		return check_variable(m, mod->text, e);
	mod->ref = reference(m, mod->text, mod->n, optional);
	return 0;
}

static int read_argument(struct mapping *m, struct modifier *mod, bool optional, struct err *e)
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
		mod->number = mapping_word_number(mod->text, date_order_names, DATE_ORDERS);
		return mod->number < 0 ? mapping_unknown(e, "order of dates", mod->text, date_order_names, DATE_ORDERS) : 0;
	case ARG_STYLE:
		mod->number = mapping_word_number(mod->text, decimal_style_names, DECIMAL_STYLES);
		return mod->number < 0 ? mapping_unknown(e, "style of numbers", mod->text, decimal_style_names, DECIMAL_STYLES) : 0;
	case ARG_NUMBER:
		mod->number = strtol(mod->text, &end, 10);
		return *end || mod->number < -100 || mod->number > 100
			       ? err_set(e, ERR_CONFIG, "modifier \"%s\": \"%s\" is not a whole number", word, mod->text)
			       : 0;
	case ARG_TABLE:
		mod->table = mapping_table(m, mod->text);
		return 0;
	case ARG_COLUMN:
		return read_other(m, mod, optional, e);
	case ARG_PATTERN:
		return read_pattern(m, mod, e);
	default:
		return 0;
	}
}

static int read_modifier(struct mapping *m, const char **p, struct modifier *mod, bool optional, struct err *e)
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
	return mod->row ? read_argument(m, mod, optional, e) : mapping_unknown(e, "modifier", name, names, count);
}

bool mapping_has_modifier(const struct piece *piece, const char *word)
{
	for (size_t i = 0; i < piece->n_mods; i++)
		if (!strcmp(piece->mods[i].row->word.word, word))
			return true;
	return false;
}

/* What a name in braces is: a column or pointer, a variable, or something of the item of each. */
static int place_name(struct mapping *m, struct piece *piece, struct err *e)
{
	const char *dollar;

	piece->let = mapping_let(m, piece->text);
	if (piece->let) {
		piece->kind = PIECE_LET;
		return 0;
	}
	if (strchr("/^", piece->text[0]) && (dollar = strstr(piece->text, "/$n"))) {
		piece->kind = PIECE_POINTER;
		mapping_want_prefix(m, arena_strndup(m->mem, piece->text, (size_t)(dollar - piece->text) + 1));
	} else if (!strcmp(piece->text, "$item") || !strncmp(piece->text, "$item/", 6)) {
		piece->kind = PIECE_ITEM;
	} else if (!strcmp(piece->text, "$n")) {
		piece->kind = PIECE_N;
	} else if (piece->text[0] == '$') {
		piece->kind = PIECE_VARIABLE;
		return check_variable(m, piece->text, e);
	} else {
		piece->kind = PIECE_REF;
		piece->ref = reference(m, piece->text, piece->n, mapping_has_modifier(piece, "optional"));
	}
	return 0;
}

/* A column that may be missing, with others in its place: one of them must be there, unless something else stands in at the end. */
static void note_one_of(struct mapping *m, const struct piece *piece)
{
	struct one_of *set;
	size_t n = 1;

	if (piece->kind != PIECE_REF || !mapping_has_modifier(piece, "optional"))
		return;
	for (size_t i = 0; i < piece->n_mods; i++) {
		const struct modifier *mod = &piece->mods[i];

		if (mapping_fills(mod) && (mod->row->arg != ARG_COLUMN || mod->let || *mod->text == '$'))
			return;
		n += mapping_fills(mod);
	}
	if (n == 1)
		return;
	set = arena_zalloc(m->mem, sizeof *set);
	set->refs = arena_alloc(m->mem, n * sizeof *set->refs);
	set->refs[set->n++] = piece->ref;
	for (size_t i = 0; i < piece->n_mods; i++)
		if (mapping_fills(&piece->mods[i]))
			set->refs[set->n++] = piece->mods[i].ref;
	set->next = m->one_of;
	m->one_of = set;
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
		if (read_modifier(m, p, &piece->mods[piece->n_mods], mapping_has_modifier(piece, "optional"), e))
			return -1;
		piece->n_mods++;
	}
	if (**p != '}')
		return err_set(e, ERR_CONFIG, "\"{%s\" is not closed", piece->text);
	(*p)++;
	if (!piece->n)
		return err_set(e, ERR_CONFIG, "{} without a name");
	if (place_name(m, piece, e))
		return -1;
	note_one_of(m, piece);
	return 0;
}

int mapping_read_template(struct mapping *m, const char *text, struct template *t, struct err *e)
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
		c->words = mapping_list(m->mem, at + strlen(condition_rows[i].mark), " or ", &c->n);
		for (size_t w = 0; w < c->n; w++)
			c->words[w] = strcmp(c->words[w], "blank") ? c->words[w] : "";
		return mapping_read_template(m, arena_strndup(m->mem, text, (size_t)(at - text)), &c->left, e);
	}
	err_set(e, ERR_CONFIG, "\"%s\" is no condition", text);
	return err_hint(e, "Write for example: when = {Type} is Merger or Acquisition and {Price} is not blank");
}

int mapping_add_conditions(struct mapping *m, struct condition **list, const char *text, struct err *e)
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

const struct mapping_word *mapping_condition_word(size_t i)
{
	return i <= CONDITIONS ? &condition_rows[i].word : NULL;
}
