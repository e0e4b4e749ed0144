/* mapping: a mapping at work: from the cells of one row to records. */
#include <strings.h>

#include "aimarket/text.h"
#include "mapping_inside.h"

enum {
	VALUE_MAX = 64 << 20,
};

struct mapping_run *mapping_run_new(const struct mapping *m, const struct mapping_row *row, struct sink *out)
{
	struct mapping_run *run = xzalloc(sizeof *run);

	run->m = m;
	run->row = row;
	run->out = out;
	run->mem = arena_new();
	run->lets = xzalloc((m->n_lets + 1) * sizeof *run->lets);
	buf_init(&run->buf, VALUE_MAX);
	return run;
}

void mapping_run_free(struct mapping_run *run)
{
	if (!run)
		return;
	arena_free(run->mem);
	buf_release(&run->buf);
	free(run->lets);
	free(run);
}

/* ---------------------------------------------------------------- templates */

/* A pointer with the item's key in the place of each $n. */
static struct record_value find_pointer(struct mapping_run *run, const struct piece *piece)
{
	const char *p = piece->text, *at;

	buf_reset(&run->buf);
	for (; (at = strstr(p, "/$n")); p = at + 3) {
		buf_add(&run->buf, p, (size_t)(at - p) + 1);
		buf_add(&run->buf, run->item_n.text, run->item_n.n);
	}
	buf_adds(&run->buf, p);
	return run->row->find(run->row->arg, buf_str(&run->buf), run->buf.len);
}

static struct record_value find_in_item(struct mapping_run *run, const struct piece *piece)
{
	if (piece->n == 5 || !run->item_pointer)
		return run->item;
	buf_reset(&run->buf);
	buf_adds(&run->buf, run->item_pointer);
	buf_add(&run->buf, piece->text + 5, piece->n - 5);
	return run->row->find(run->row->arg, buf_str(&run->buf), run->buf.len);
}

/* The step of a pointer as the key it is: ~1 is /, ~0 is ~. */
static struct record_value unescaped_n(struct mapping_run *run)
{
	struct buf *b = &run->buf;

	if (!run->item_pointer || !memchr(run->item_n.text, '~', run->item_n.n))
		return run->item_n;
	buf_reset(b);
	for (size_t i = 0; i < run->item_n.n; i++) {
		char c = run->item_n.text[i], next = run->item_n.text[i + 1];
		bool escape = c == '~' && (next == '0' || next == '1');
		buf_addc(b, !escape ? c : next == '1' ? '/' : '~');
		i += escape;
	}
	return (struct record_value){ arena_strndup(run->mem, b->data, b->len), b->len };
}

static struct record_value fetch(struct mapping_run *run, const struct piece *piece)
{
	switch (piece->kind) {
	case PIECE_REF:
		return run->row->get(run->row->arg, piece->ref);
	case PIECE_VARIABLE:
		return run->row->variable(run->row->arg, piece->text, piece->n);
	case PIECE_ITEM:
		return find_in_item(run, piece);
	case PIECE_N:
		return unescaped_n(run);
	case PIECE_POINTER:
		return find_pointer(run, piece);
	default:
		return (struct record_value){ piece->text, piece->n };
	}
}

static int eval(struct mapping_run *run, const struct template *t, bool dims, struct value *v);

int mapping_eval_let(struct mapping_run *run, const struct let *let, struct value *v)
{
	struct let_value *kept = &run->lets[let->number];

	if (!kept->known && eval(run, &let->value, false, &kept->value))
		return -1;
	kept->known = true;
	*v = kept->value;
	return 0;
}

static int eval_piece(struct mapping_run *run, const struct piece *piece, struct value *v)
{
	if (piece->kind == PIECE_LET) {
		if (mapping_eval_let(run, piece->let, v))
			return -1;
	} else {
		*v = mapping_clean(run, fetch(run, piece));
		v->read = piece->kind == PIECE_VARIABLE && mapping_is_iso(piece->text);
	}
	for (size_t i = 0; i < piece->n_mods; i++) {
		const struct modifier *mod = &piece->mods[i];

		if ((v->n || mapping_fills(mod)) && mod->row->apply && mod->row->apply(run, mod, v))
			return -1;
	}
	return 0;
}

/* What a value must not say by itself where k=v;k=v is expected. */
static void add_dimension_text(struct buf *out, const struct value *v)
{
	for (size_t i = 0; i < v->n; i++) {
		if (strchr(";=%", v->text[i]))
			buf_printf(out, "%%%02X", (unsigned char)v->text[i]);
		else
			buf_addc(out, v->text[i]);
	}
}

/* Several pieces as one text; blank when there are references and all of them are. */
static int eval_pieces(struct mapping_run *run, const struct template *t, bool dims, struct value *v)
{
	struct buf all;
	bool any = false, refs = false;
	int rc = 0;

	buf_init(&all, VALUE_MAX);
	for (size_t i = 0; i < t->n && !rc; i++) {
		const struct piece *piece = &t->pieces[i];
		if (piece->kind == PIECE_TEXT) {
			buf_add(&all, piece->text, piece->n);
			continue;
		}
		rc = eval_piece(run, piece, v);
		refs = true;
		any |= v->n > 0;
		if (dims)
			add_dimension_text(&all, v);
		else
			buf_add(&all, v->text, v->n);
	}
	*v = (struct value){ .n = any || !refs ? all.len : 0 };
	v->text = arena_strndup(run->mem, buf_str(&all), v->n);
	buf_release(&all);
	return rc;
}

static int eval(struct mapping_run *run, const struct template *t, bool dims, struct value *v)
{
	if (t->alone) /* of dimensions too: the column says k=v;k=v itself */
		return eval_piece(run, &t->pieces[0], v);
	if (t->n == 1 && t->pieces[0].kind == PIECE_TEXT) {
		*v = (struct value){ .text = t->pieces[0].text, .n = t->pieces[0].n };
		return 0;
	}
	return eval_pieces(run, t, dims, v);
}

/* ---------------------------------------------------------------- conditions */

static bool contains(const struct value *v, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; n && i + n <= v->n; i++)
		if (!strncasecmp(v->text + i, word, n))
			return true;
	return false;
}

static bool holds(struct mapping_run *run, const struct condition *c)
{
	bool has = c->kind == HAS || c->kind == HAS_NOT, found = false;
	struct value v = { 0 };

	run->field = "when";
	if (eval(run, &c->left, false, &v))
		return false;
	for (size_t i = 0; i < c->n && !found; i++)
		found = has ? contains(&v, c->words[i]) : strlen(c->words[i]) == v.n && !strncasecmp(c->words[i], v.text, v.n);
	return found == (c->kind == IS || c->kind == HAS);
}

static bool all_hold(struct mapping_run *run, const struct condition *c)
{
	while (c && holds(run, c))
		c = c->next;
	return !c;
}

/* ---------------------------------------------------------------- records */

/* A value that is one reference is read as the field's type wants it, in the styles of the feed. */
static int read_as(struct mapping_run *run, enum field_type type, struct value *v)
{
	if (v->read || !v->n)
		return 0;
	if ((type == FIELD_DATE || type == FIELD_DATE_FROM) && run->m->dates != DATE_YMD)
		return mapping_read_date(run, v);
	if (type == FIELD_NUMBER && run->m->numbers != DECIMAL_PLAIN)
		return mapping_read_number(run, v);
	return 0;
}

static bool sets_field(const struct section *s, int field)
{
	for (const struct setting *set = s->settings; set; set = set->next)
		if (set->field == field)
			return true;
	return false;
}

/* Scaling makes digits that say nothing about the rounding: it goes along in a field of its own. */
static void set_rounding(struct mapping_run *run, const struct section *s, const struct record_field *f, const struct value *v)
{
	char text[16];
	int field;

	if (!f->rounding || !v->scaled)
		return;
	field = record_field_find(s->info, f->rounding);
	if (sets_field(s, field))
		return;
	snprintf(text, sizeof text, "%d", v->decimals);
	sink_setz(run->out, field, text);
}

static int set_field(struct mapping_run *run, const struct section *s, const struct setting *set)
{
	const struct record_field *f = &s->info->fields[set->field];
	struct value v;

	run->field = f->name;
	if (eval(run, &set->value, f->type == FIELD_DIMS, &v) || (set->value.alone && read_as(run, f->type, &v)))
		return -1;
	sink_set(run->out, set->field, v.text, v.n);
	set_rounding(run, s, f, &v);
	if (s->info->kind == REC_SOURCE && set->field == SOURCE_REF && !run->source.n)
		run->source = (struct record_value){ v.text, v.n };
	return 0;
}

static int emit_record(struct mapping_run *run, const struct section *s)
{
	if (!all_hold(run, s->when))
		return 0;
	sink_record(run->out, s->info->kind);
	for (const struct setting *set = s->settings; set; set = set->next)
		if (set_field(run, s, set))
			return -1;
	if (!s->cites && run->source.n)
		sink_set(run->out, s->source_field, run->source.text, run->source.n);
	return sink_end(run->out);
}

static int emit_split(struct mapping_run *run, const struct section *s)
{
	size_t n = strlen(s->separator), number = 0;
	struct value list, item;
	char text[24];

	run->field = "each";
	if (eval(run, &s->each_of, false, &list))
		return -1;
	for (const char *p = list.text, *end = p + list.n, *next; p < end; p = next) {
		const char *at = memmem(p, (size_t)(end - p), s->separator, n);

		next = at ? at + n : end;
		item = mapping_clean(run, (struct record_value){ p, (size_t)((at ? at : end) - p) });
		if (!item.n)
			continue;
		snprintf(text, sizeof text, "%zu", ++number);
		run->item = (struct record_value){ item.text, item.n };
		run->item_n = (struct record_value){ arena_strdup(run->mem, text), strlen(text) };
		if (emit_record(run, s))
			return -1;
	}
	return 0;
}

static int emit_children(struct mapping_run *run, const struct section *s)
{
	const struct mapping_row *row = run->row;
	struct record_value step;

	for (size_t i = 0; (step = row->child(row->arg, s->pointer, strlen(s->pointer), i)).text; i++) {
		run->item_n = step;
		run->item_pointer = arena_printf(run->mem, "%s/%.*s", s->pointer, (int)step.n, step.text);
		run->item = row->find(row->arg, run->item_pointer, strlen(run->item_pointer));
		if (emit_record(run, s))
			return -1;
	}
	return 0;
}

static bool listed(const struct record_value *name, const char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(names[i]) == name->n && !memcmp(names[i], name->text, name->n))
			return true;
	return false;
}

static int emit_columns(struct mapping_run *run, const struct section *s)
{
	const struct mapping_row *row = run->row;
	struct record_value name;

	for (size_t i = 0; (name = row->child(row->arg, "", 0, i)).text; i++) {
		if ((s->only && !listed(&name, s->only, s->n_only)) || listed(&name, s->except, s->n_except))
			continue;
		struct value v = mapping_clean(run, row->find(row->arg, name.text, name.n));
		run->item_n = name;
		run->item = (struct record_value){ v.text, v.n };
		if (v.n && emit_record(run, s))
			return -1;
	}
	return 0;
}

static int (*const emitters[])(struct mapping_run *, const struct section *) = {
	[EACH_NONE] = emit_record,
	[EACH_SPLIT] = emit_split,
	[EACH_CHILD] = emit_children,
	[EACH_COLUMN] = emit_columns,
};

void mapping_run_emit(struct mapping_run *run)
{
	arena_reset(run->mem);
	run->source.n = 0;
	memset(run->lets, 0, run->m->n_lets * sizeof *run->lets);
	if (!all_hold(run, run->m->when))
		return;
	for (const struct section *s = run->m->sections; s; s = s->next) {
		run->item = run->item_n = (struct record_value){ 0 };
		run->item_pointer = NULL;
		if (emitters[s->each](run, s))
			return;
	}
}
