/*
 * mapping: reads the mapping sections of a feed file; see mapping.h for the language. mapping_template.c reads the right sides,
 * mapping_reader.c [csv] and [json]; mapping_run.c and mapping_modifiers.c work it.
 */
#include "aimarket/mapping.h"

#include "mapping_inside.h"

enum {
	WORDS_MAX = 128,
	KEY_MAX = 48, /* inih cuts keys at 49 */
};

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
	struct table *t = mapping_table(m, name);
	const char *word = strcmp(key, "-") ? arena_strdup(m->mem, key) : "", **items;
	struct buf lower;
	size_t n;
	int rc = 0;

	if (strlen(key) > KEY_MAX)
		return err_set(e, ERR_CONFIG, "word is longer than %d bytes", KEY_MAX);
	buf_init(&lower, SIZE_MAX / 2);
	items = mapping_list(m->mem, value, "|", &n);
	for (size_t i = 0; i < n && !rc; i++)
		rc = add_spelling(t, word, items[i], &lower, e);
	buf_release(&lower);
	return rc;
}

/* ---------------------------------------------------------------- [let] */

/* A value is known from its line on, so that none can need itself. */
static int add_let(struct mapping *m, const char *key, const char *value, struct err *e)
{
	struct let *let = arena_zalloc(m->mem, sizeof *let);
	const struct mapping_word *w;

	let->name = arena_printf(m->mem, "$%s", key);
	for (size_t i = 0; (w = mapping_word(TOPIC_VARIABLE, i)); i++)
		if (!strcmp(w->word, let->name))
			return err_set(e, ERR_CONFIG, "%s is a variable of its own", let->name);
	if (mapping_let(m, let->name))
		return err_set(e, ERR_CONFIG, "it is there twice");
	if (mapping_read_template(m, value, &let->value, e))
		return -1;
	for (size_t i = 0; i < let->value.n; i++)
		if (let->value.pieces[i].kind == PIECE_ITEM || let->value.pieces[i].kind == PIECE_N ||
			let->value.pieces[i].kind == PIECE_POINTER)
			return err_set(e, ERR_CONFIG, "{%s} goes with each", let->value.pieces[i].text);
	let->number = m->n_lets++;
	let->next = m->lets;
	m->lets = let;
	return 0;
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
	return mapping_add_conditions(m, &s->when, value, e);
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
	if (mapping_read_template(m, value, t, e))
		return -1;
	p = t->pieces;
	if (t->alone && p->kind == PIECE_REF && p->text[0] == '/' && p->n > 1 && !strcmp(p->text + p->n - 2, "/*") && !p->n_mods) {
		s->each = EACH_CHILD;
		s->pointer = arena_strndup(m->mem, p->text, p->n - 2);
		mapping_want_prefix(m, arena_strndup(m->mem, p->text, p->n - 1));
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
	s->only = mapping_list(m->mem, value, "|", &s->n_only);
	return 0;
}

static int set_except(struct mapping *m, struct section *s, const char *value, struct err *e)
{
	s->except = mapping_list(m->mem, value, "|", &s->n_except);
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
	if (mapping_read_template(m, value, &(*at)->value, e))
		return -1;
	for (size_t i = 0; i < (*at)->value.n; i++)
		if (mapping_has_modifier(&(*at)->value.pieces[i], "split"))
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
	return mapping_unknown(e, "field", key, names, n);
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
	for (struct pattern *p = m->patterns; p; p = p->next)
		regfree(&p->regex);
	intern_release(&m->missing);
	intern_release(&m->refs);
	free(m->optional);
	free(m->prefixes);
	arena_free(m->mem);
	free(m);
}

static int add_to_section(struct mapping *m, const char *section, const char *key, const char *value, struct err *e)
{
	const char *blank = strchr(section, ' '), *names[REC_KINDS + 5] = { "csv", "json", "xml", "map", "let" };
	char *word = arena_strndup(m->mem, section, blank ? (size_t)(blank - section) : strlen(section));
	const struct record_info *info = record_find(word);

	m->has_xml |= !strcmp(section, "xml");
	if (!strcmp(section, "csv") || !strcmp(section, "json") || !strcmp(section, "xml"))
		return mapping_add_reader_key(m, !strcmp(section, "csv"), key, value, e);
	if (!strcmp(word, "map") && blank)
		return add_map_key(m, blank + 1, key, value, e);
	if (!strcmp(section, "let"))
		return add_let(m, key, value, e);
	if (info)
		return add_record_key(m, section_get(m, section, info), key, value, e);
	for (int i = 0; i < REC_KINDS; i++)
		names[i + 5] = record_infos[i].name;
	return mapping_unknown(e, "section", word, names, REC_KINDS + 5);
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

	s->source_field = record_field_find(s->info, "source");
	for (int i = 0; f[i].name; i++)
		if (f[i].required && !sets(s, i))
			return err_set(e, ERR_CONFIG, "[%s] needs \"%s\": %s", s->title, f[i].name, f[i].help);
	if ((s->only || s->except) && s->each != EACH_COLUMN)
		return err_set(e, ERR_CONFIG, "[%s] only and except go with each = columns", s->title);
	s->cites = s->source_field < 0 || sets(s, s->source_field);
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
	bool csv = !strcmp(format->name, "csv"), xml = !strcmp(format->name, "xml") || !strcmp(format->name, "html");

	if (csv ? m->has_json : m->has_csv)
		return err_set(e, ERR_CONFIG, "[%s] does not go with format %s", csv ? "json" : "csv", format->name);
	if (m->has_json && xml != m->has_xml)
		return err_set(e, ERR_CONFIG, "[%s] does not go with format %s", xml ? "json" : "xml", format->name);
	if (!m->sections)
		return err_set(e, ERR_CONFIG, "no record section: the feed would say nothing");
	for (const struct table *t = m->tables; t; t = t->next)
		if (!t->spellings.n && !t->other && !t->keep_other)
			return err_set(e, ERR_CONFIG, "a value goes through [map %s], which is not there", t->name);
	for (struct section *s = m->sections; s; s = s->next) {
		if (xml && s->each == EACH_CHILD)
			return err_set(e, ERR_CONFIG, "[%s] each = {/pointer/*} does not go with format %s: make the element the record",
				s->title, format->name);
		if (check_section(s, e))
			return -1;
	}
	sources_first(m);
	return 0;
}

bool mapping_is_empty(const struct mapping *m)
{
	return !m->sections && !m->tables && !m->has_csv && !m->has_json;
}

bool mapping_tells_day(const struct mapping *m)
{
	return m->tells_day;
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

const size_t *mapping_one_of(const struct mapping *m, size_t i, size_t *n)
{
	const struct one_of *set = m->one_of;

	while (set && i--)
		set = set->next;
	*n = set ? set->n : 0;
	return set ? set->refs : NULL;
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
	{ "$file", NULL, "name of the document, without folders" },
	{ "$address", NULL, "path or address of the document" },
	{ "$fetched", NULL, "day it was fetched: of a file, the day it was last changed unless --fetched or fetched_on says another" },
	{ "$value", NULL, "json: the record itself, when it is no object or array; xml: the text of the element" },
	{ "$record", NULL, "json: the whole record, as it came" },
	{ "$key", NULL, "json: what the last * of records stood for: the key of a member, the place of an element" },
	{ "$1", NULL, "json: what the first * stood for; $2 the second …" },
	{ "$item", NULL, "with each: the item, the element or the cell; {$item/name} is a member of the element" },
	{ "$n", NULL,
		"with each: the number of the item, the key of the element, the name of the column; also a step of a pointer: "
		"{/close/$n}" },
	{ 0 },
};

const struct mapping_word *mapping_word(enum mapping_topic topic, size_t i)
{
	size_t modifiers = 0;

	while (modifier_rows[modifiers].word.word)
		modifiers++;
	switch (topic) {
	case TOPIC_CSV:
	case TOPIC_JSON:
		return mapping_reader_word(topic == TOPIC_CSV, i);
	case TOPIC_RECORD:
		return i < sizeof record_keys / sizeof *record_keys - 1 ? &record_keys[i].word : NULL;
	case TOPIC_MODIFIER:
		return i < modifiers ? &modifier_rows[i].word : NULL;
	case TOPIC_VARIABLE:
		return i < sizeof variables / sizeof *variables - 1 ? &variables[i] : NULL;
	case TOPIC_CONDITION:
		return mapping_condition_word(i);
	default:
		return NULL;
	}
}
