/* A mapping as it was read and is worked. All of it lies in the mapping's arena. */
#ifndef AIMARKET_MAPPING_INSIDE_H
#define AIMARKET_MAPPING_INSIDE_H

#include <regex.h>

#include "aimarket/arena.h"
#include "aimarket/date.h"
#include "aimarket/decimal.h"
#include "aimarket/mapping.h"
#include "intern.h"

struct mapping_run;
struct modifier;

/* A text on its way through the modifiers; n 0 = blank. */
struct value {
	const char *text;
	size_t n;
	bool read; /* a date or number modifier has been at it: it is ISO or plain by now */
	bool scaled; /* decimals says how it is rounded, which its digits no longer tell */
	int decimals;
};

/* What a modifier does: 0, or -1 when the sink was told that the row is no good. */
typedef int modifier_fn(struct mapping_run *run, const struct modifier *mod, struct value *v);

enum modifier_arg { ARG_NONE, ARG_TEXT, ARG_ORDER, ARG_STYLE, ARG_NUMBER, ARG_TABLE, ARG_COLUMN, ARG_PATTERN };

struct modifier_row {
	struct mapping_word word;
	enum modifier_arg arg;
	bool arg_optional;
	modifier_fn *apply; /* NULL: only for the reader of the mapping */
};
extern const struct modifier_row modifier_rows[]; /* mapping_modifiers.c */

struct modifier {
	const struct modifier_row *row;
	const char *text; /* the argument */
	size_t n;
	long number; /* ARG_NUMBER, ARG_ORDER, ARG_STYLE; -1 = left out */
	size_t ref; /* ARG_COLUMN; when text is a variable, nothing */
	const struct let *let; /* ARG_COLUMN, when text is one of [let] */
	const struct pattern *pattern; /* ARG_PATTERN */
	const struct table *table; /* ARG_TABLE */
};

enum piece_kind {
	PIECE_TEXT,
	PIECE_REF, /* a column or pointer */
	PIECE_VARIABLE, /* $line */
	PIECE_LET, /* $name of [let] */
	PIECE_ITEM, /* $item, $item/name */
	PIECE_N, /* $n */
	PIECE_POINTER, /* a pointer with $n in it */
};
struct piece {
	enum piece_kind kind;
	const char *text; /* literal text, or the name */
	size_t n;
	size_t ref; /* PIECE_REF */
	const struct let *let; /* PIECE_LET */
	struct modifier *mods;
	size_t n_mods;
};

/* The right side of a key: text and references. */
struct template
{
	struct piece *pieces;
	size_t n;
	bool alone; /* one reference and nothing else */
};

struct one_of { /* {A|optional|or:B|or:C}: a body has one of them */
	struct one_of *next;
	size_t *refs, n;
};

struct let { /* a value of [let]: worked out once a row */
	struct let *next;
	const char *name; /* "$symbol" */
	size_t number;
	struct template value;
};

struct table { /* [map name] */
	struct table *next;
	const char *name;
	struct intern spellings; /* in lower case */
	const char **words; /* by number of the spelling */
	uint32_t cap;
	const char *other; /* the word for all other spellings; NULL = there is none */
	bool keep_other; /* they stay as they are */
};

struct pattern { /* of a modifier match */
	struct pattern *next;
	regex_t regex;
};

enum condition_kind { IS, IS_NOT, HAS, HAS_NOT };
struct condition {
	struct condition *next;
	struct template left;
	enum condition_kind kind;
	const char **words; /* any of these; "" = blank */
	size_t n;
};

struct setting { /* field = template */
	struct setting *next;
	int field;
	struct template value;
};

enum each_kind { EACH_NONE, EACH_SPLIT, EACH_CHILD, EACH_COLUMN };
struct section {
	struct section *next;
	const char *title; /* "deal main" */
	const struct record_info *info;
	struct setting *settings;
	struct condition *when;
	enum each_kind each;
	struct template each_of; /* EACH_SPLIT: what is split */
	const char *separator, *pointer;
	const char **only, **except; /* EACH_COLUMN: names; NULL = no such key */
	size_t n_only, n_except;
	int source_field; /* -1: it cannot name a source */
	bool cites; /* it names its source, or cannot */
};

struct mapping {
	struct arena *mem;
	struct csv_options csv;
	const char *records;
	bool tells_day; /* $fetched is in it */
	bool has_csv, has_json, has_xml; /* [xml] has the keys of [json], and sets both */
	enum date_order dates;
	enum decimal_style numbers;
	struct intern missing; /* in lower case */
	struct condition *when;
	struct one_of *one_of;
	struct let *lets; /* the last one first */
	size_t n_lets;
	struct table *tables;
	struct pattern *patterns;
	struct section *sections; /* sources first */
	struct intern refs;
	bool *optional; /* by number of the reference */
	uint32_t optional_cap;
	const char **prefixes; /* pointers that references may be put together under */
	uint32_t n_prefixes, prefix_cap;
};

struct mapping_run { /* a mapping at work */
	const struct mapping *m;
	const struct mapping_row *row;
	struct sink *out;
	struct arena *mem; /* of one row */
	struct buf buf; /* of one step */
	const char *field; /* that is being made, for reasons */
	struct record_value source; /* ref of the row's first source */
	struct let_value {
		bool known;
		struct value value;
	} * lets; /* of the row */
	/* with each: where it is */
	struct record_value item, item_n;
	const char *item_pointer; /* of the element, EACH_CHILD */
};

/* Lower-case copy of ASCII letters; words are compared without case. */
void mapping_lower(const char *text, size_t n, struct buf *out);
/* ERR_CONFIG: unknown WHAT "word", with the nearest of words as the hint. */
int mapping_unknown(struct err *e, const char *what, const char *word, const char *const *words, size_t n);
int mapping_word_number(const char *word, const char *const *words, int n); /* -1: none of them */
/* The items of "a | b | c", trimmed, in mem. An item of nothing is "". */
const char **mapping_list(struct arena *mem, const char *text, const char *separator, size_t *n);

const struct let *mapping_let(const struct mapping *m, const char *name); /* NULL: there is none */
int mapping_read_template(struct mapping *m, const char *text, struct template *t, struct err *e);
bool mapping_has_modifier(const struct piece *piece, const char *word);
/* Pointers that begin like this may be asked for when the row is there. */
void mapping_want_prefix(struct mapping *m, const char *prefix);
struct table *mapping_table(struct mapping *m, const char *name); /* made when it is not there */
/* Conditions joined by " and ": the next one begins with its brace, so that words may contain "and". */
int mapping_add_conditions(struct mapping *m, struct condition **list, const char *text, struct err *e);
int mapping_add_reader_key(struct mapping *m, bool csv, const char *key, const char *value, struct err *e);

/* Of mapping_run.c: a value of [let], worked out once a row. */
int mapping_eval_let(struct mapping_run *run, const struct let *let, struct value *v);

/* Of mapping_modifiers.c. A cell as the modifiers get it: without blanks around it, and blank when it spells "no value". */
struct value mapping_clean(struct mapping_run *run, struct record_value cell);
/* Is this variable a day in ISO form, whatever the order of the feed's dates? */
bool mapping_is_iso(const char *variable);
/* Is this a modifier that makes something out of nothing? */
bool mapping_fills(const struct modifier *mod);
/* A date, a number in the feed's own order and style, read: as the modifiers date and number do. */
int mapping_read_date(struct mapping_run *run, struct value *v);
int mapping_read_number(struct mapping_run *run, struct value *v);

const struct mapping_word *mapping_condition_word(size_t i);
const struct mapping_word *mapping_reader_word(bool csv, size_t i);

#endif
