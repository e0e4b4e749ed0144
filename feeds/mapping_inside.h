/* A mapping as mapping.c has read it and mapping_run.c works it. All of it lies in the mapping's arena. */
#ifndef AIMARKET_MAPPING_INSIDE_H
#define AIMARKET_MAPPING_INSIDE_H

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

enum modifier_arg { ARG_NONE, ARG_TEXT, ARG_ORDER, ARG_STYLE, ARG_NUMBER, ARG_TABLE, ARG_COLUMN };

struct modifier_row {
	struct mapping_word word;
	enum modifier_arg arg;
	bool arg_optional;
	modifier_fn *apply; /* NULL: only for the reader of the mapping */
};
extern const struct modifier_row modifier_rows[]; /* mapping_run.c */

struct modifier {
	const struct modifier_row *row;
	const char *text; /* the argument */
	size_t n;
	long number; /* ARG_NUMBER, ARG_ORDER, ARG_STYLE; -1 = left out */
	size_t ref; /* ARG_COLUMN */
	const struct table *table; /* ARG_TABLE */
};

enum piece_kind {
	PIECE_TEXT,
	PIECE_REF, /* a column or pointer */
	PIECE_VARIABLE, /* $line */
	PIECE_ITEM, /* $item, $item/name */
	PIECE_N, /* $n */
	PIECE_POINTER, /* a pointer with $n in it */
};
struct piece {
	enum piece_kind kind;
	const char *text; /* literal text, or the name */
	size_t n;
	size_t ref; /* PIECE_REF */
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

struct table { /* [map name] */
	struct table *next;
	const char *name;
	struct intern spellings; /* in lower case */
	const char **words; /* by number of the spelling */
	uint32_t cap;
	const char *other; /* the word for all other spellings; NULL = there is none */
	bool keep_other; /* they stay as they are */
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
	bool cites; /* it names its source, or cannot */
};

struct mapping {
	struct arena *mem;
	struct csv_options csv;
	const char *records;
	bool has_csv, has_json;
	enum date_order dates;
	enum decimal_style numbers;
	struct intern missing; /* in lower case */
	struct condition *when;
	struct table *tables;
	struct section *sections; /* sources first */
	struct intern refs;
	bool *optional; /* by number of the reference */
	uint32_t optional_cap;
	const char **prefixes; /* pointers that references may be put together under */
	uint32_t n_prefixes, prefix_cap;
};

/* Lower-case copy of ASCII letters; words are compared without case. */
void mapping_lower(const char *text, size_t n, struct buf *out);

#endif
