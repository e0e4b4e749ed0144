/* sink: groups, undoing them, and what the loader reads; see sink.h and spool.h. The checks are in sink_record.c. */
#include "aimarket/sink.h"

#include <assert.h>
#include <stdarg.h>

#include "aimarket/arena.h"
#include "aimarket/text.h"
#include "sink_inside.h"

enum {
	PROGRESS_STEP = 1 << 20,
};

/* ---------------------------------------------------------------- life */

struct sink *sink_new(const struct limits *limits, int32_t default_asserted)
{
	struct sink *s = xzalloc(sizeof *s);

	s->limits = *limits;
	s->default_asserted = default_asserted;
	for (int i = 0; i < TABLES; i++)
		intern_init(&s->table[i]);
	for (int i = 0; i < TEXTS; i++)
		buf_init(&s->buf[i], (size_t)limits->group_size);
	for (int k = 0; k < REC_KINDS; k++)
		spill_init(&s->rows[k], (size_t)(limits->spool_memory + limits->group_size));
	return s;
}

static void reject_release(struct spool_reject *r)
{
	const char *texts[] = { r->locator, r->rule, r->reason, r->raw };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		free((void *)(uintptr_t)texts[i]);
}

void sink_free(struct sink *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->n_rejects; i++)
		reject_release(&s->rejects[i]);
	for (int i = 0; i < TABLES; i++)
		intern_release(&s->table[i]);
	for (int i = 0; i < TEXTS; i++)
		buf_release(&s->buf[i]);
	for (int k = 0; k < REC_STATEMENT; k++)
		free(s->repeat[k].said.text);
	free(s->primitive.text);
	free(s->typed.text);
	for (int k = 0; k < REC_KINDS; k++)
		spill_release(&s->rows[k]);
	free(s->source_info);
	free(s->series_info);
	free(s->declared);
	free(s->rejects);
	free(s->texts[0]);
	free(s->texts[1]);
	free(s);
}

void *sink_room(void *array, uint32_t n, uint32_t *cap, size_t size)
{
	if (n < *cap)
		return array;
	*cap = *cap ? *cap * 2 : 32;
	return xrealloc(array, *cap * size);
}

/* ---------------------------------------------------------------- groups */

static void mark_take(struct sink *s)
{
	struct mark *m = &s->mark;

	for (int k = 0; k < REC_KINDS; k++) {
		m->bytes[k] = s->rows[k].mem.len;
		m->rows[k] = s->n_rows[k];
	}
	for (int i = 0; i < TABLES; i++)
		m->items[i] = s->table[i].n;
	m->counts = s->counts;
	s->n_declared = 0;
}

/* As if the group had never begun; entities, series and sources that only it named are gone too. */
static void mark_undo(struct sink *s)
{
	const struct mark *m = &s->mark;

	for (int k = 0; k < REC_KINDS; k++) {
		s->rows[k].mem.len = m->bytes[k];
		s->rows[k].mem.overflow = false;
		s->n_rows[k] = m->rows[k];
	}
	for (uint32_t i = 0; i < s->n_declared; i++)
		s->source_info[s->declared[i]].declared = false;
	for (int i = 0; i < TABLES; i++)
		intern_cut(&s->table[i], m->items[i]);
	s->counts = m->counts;
	s->last.valid = s->last.valid && s->last.series < s->table[T_SERIES].n;
	for (int k = 0; k < REC_STATEMENT; k++)
		s->repeat[k].valid = false;
}

/* To the file with all rows when they outgrow the memory they may take. Between groups, so that an undo never needs the file. */
static void keep_within_memory(struct sink *s)
{
	size_t bytes = 0;
	int rc = 0;

	for (int k = 0; k < REC_KINDS; k++)
		bytes += s->rows[k].mem.len;
	if (bytes <= (size_t)s->limits.spool_memory)
		return;
	for (int k = 0; k < REC_KINDS && !rc; k++)
		rc = spill_flush(&s->rows[k], &s->broken);
}

static void group_end(struct sink *s)
{
	if (s->state == GROUP_OPEN) {
		s->counts.groups += s->counts.records > s->mark.counts.records;
		keep_within_memory(s);
	}
	s->state = GROUP_NONE;
	s->raw = NULL;
	s->raw_n = 0;
}

void sink_progress(struct sink *s, void (*fn)(void *arg, size_t upto), void *arg)
{
	s->progress = fn;
	s->progress_arg = arg;
}

static void tell_progress(struct sink *s, long long offset)
{
	if (!s->progress || offset < s->progress_at)
		return;
	s->progress(s->progress_arg, (size_t)offset);
	s->progress_at = offset + PROGRESS_STEP;
}

void sink_group(struct sink *s, long long offset, const char *text, long long n)
{
	group_end(s);
	tell_progress(s, offset);
	s->offset = offset;
	s->number = n;
	buf_reset(&s->buf[B_LOCATOR]);
	buf_adds(&s->buf[B_LOCATOR], text);
	s->state = sink_full(s) ? GROUP_DEAD : GROUP_OPEN;
	mark_take(s);
}

void sink_raw(struct sink *s, const char *raw, size_t n)
{
	s->raw = raw;
	s->raw_n = n;
}

bool sink_full(const struct sink *s)
{
	return s->broken.kind != ERR_NONE;
}

int sink_finish(struct sink *s, struct err *e)
{
	group_end(s);
	if (!sink_full(s))
		return 0;
	*e = s->broken;
	return -1;
}

void sink_counts(const struct sink *s, struct sink_counts *out)
{
	*out = s->counts;
}

/* ---------------------------------------------------------------- rejects */

/* A copy that a text column takes: bytes that are not UTF-8, and NULs, become \xNN. */
static char *clean_copy(const char *text, size_t n)
{
	struct buf b;

	buf_init(&b, 4 * n + 4);
	while (n) {
		size_t good = text_utf8_check(text, n);

		buf_add(&b, text, good);
		text += good;
		n -= good;
		if (n) {
			buf_printf(&b, "\\x%02x", (unsigned char)*text);
			text++;
			n--;
		}
	}
	return buf_take(&b);
}

/* At most that many of the first bytes, not ending inside of a character. */
static size_t raw_cut(const char *raw, size_t n, size_t most)
{
	if (n <= most)
		return n;
	n = most;
	while (n && n + 4 > most && ((unsigned char)raw[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* Where the group stands, for people. */
static void add_locator(const struct sink *s, struct buf *out)
{
	buf_adds(out, s->state == GROUP_NONE ? "document" : buf_str(&s->buf[B_LOCATOR]));
	if (s->state != GROUP_NONE && s->number >= 0)
		buf_printf(out, "%lld", s->number);
}

static void note_reject(struct sink *s, const char *rule, const char *raw, size_t n, const char *reason)
{
	struct buf *locator = &s->buf[B_ROW];

	buf_reset(locator);
	add_locator(s, locator);
	if (++s->counts.rejects > s->limits.rejects) {
		err_set(&s->broken, ERR_LIMIT, "more than %lld rejected records (limit rejects), the last one at %s: %s", s->limits.rejects,
			buf_str(locator), reason);
		return;
	}
	s->rejects = sink_room(s->rejects, s->n_rejects, &s->reject_cap, sizeof *s->rejects);
	s->rejects[s->n_rejects++] = (struct spool_reject){
		.offset = s->state == GROUP_NONE ? 0 : s->offset,
		.locator = clean_copy(buf_str(locator), locator->len),
		.rule = xstrdup(rule),
		.reason = clean_copy(reason, strlen(reason)),
		.raw = raw ? clean_copy(raw, raw_cut(raw, n, (size_t)s->limits.reject_text)) : NULL,
	};
}

static void printf_like(5, 0) give_up(struct sink *s, const char *rule, const char *raw, size_t n, const char *fmt, va_list ap)
{
	char reason[512];

	if (s->state == GROUP_DEAD)
		return;
	vsnprintf(reason, sizeof reason, fmt, ap);
	if (s->state == GROUP_OPEN)
		mark_undo(s);
	note_reject(s, rule, raw, n, reason);
	if (s->state == GROUP_OPEN)
		s->state = GROUP_DEAD;
}

int sink_fail(struct sink *s, const char *rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	give_up(s, rule, s->raw, s->raw_n, fmt, ap);
	va_end(ap);
	return -1;
}

void sink_reject(struct sink *s, const char *rule, const char *raw, size_t n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	give_up(s, rule, raw ? raw : s->raw, raw ? n : s->raw_n, fmt, ap);
	va_end(ap);
}

/* ---------------------------------------------------------------- what the loader reads */

struct block_reader {
	spool_block *fn;
	void *arg;
};

static int give_lines(void *arg, const char *data, size_t n, size_t *used, struct err *e)
{
	struct block_reader *r = arg;
	const char *end = memrchr(data, '\n', n);

	*used = end ? (size_t)(end - data) + 1 : 0;
	return *used ? r->fn(r->arg, data, *used, e) : 0;
}

int spool_rows(const struct sink *s, enum record_kind kind, spool_block *fn, void *arg, struct err *e)
{
	struct block_reader r = { fn, arg };

	assert(kind < REC_OBSERVATION);
	return spill_walk(&s->rows[kind], give_lines, &r, e);
}

long long spool_count(const struct sink *s, enum record_kind kind)
{
	return s->n_rows[kind];
}

struct packed_reader {
	spool_packed *fn;
	void *arg;
};

static int give_packed(void *arg, const char *data, size_t n, size_t *used, struct err *e)
{
	struct packed_reader *r = arg;
	struct packed row;
	int rc = 0;

	for (*used = 0; !rc && n - *used >= PACKED_HEAD;) {
		memcpy(&row, data + *used, PACKED_HEAD);
		size_t size = (size_t)PACKED_HEAD + row.value_len + row.high_len;
		if (n - *used < size)
			break;
		row.value = (const unsigned char *)data + *used + PACKED_HEAD;
		row.high = row.value + row.value_len;
		rc = r->fn(r->arg, &row, e);
		*used += size;
	}
	return rc;
}

int spool_each(const struct sink *s, spool_packed *fn, void *arg, struct err *e)
{
	struct packed_reader r = { fn, arg };

	return spill_walk(&s->rows[REC_OBSERVATION], give_packed, &r, e);
}

size_t spool_series(const struct sink *s, const struct local_series **out)
{
	*out = s->series_info;
	return s->table[T_SERIES].n;
}

static const char **texts_of(const struct intern *t, const char **texts)
{
	texts = xrealloc(texts, (t->n + 1) * sizeof *texts);
	for (uint32_t i = 0; i < t->n; i++)
		texts[i] = t->items[i].text;
	return texts;
}

size_t spool_sources(struct sink *s, const char *const **refs)
{
	*refs = s->texts[0] = texts_of(&s->table[T_SOURCES], s->texts[0]);
	return s->table[T_SOURCES].n;
}

size_t spool_notes(struct sink *s, const char *const **texts)
{
	*texts = s->texts[1] = texts_of(&s->table[T_NOTES], s->texts[1]);
	return s->table[T_NOTES].n;
}

size_t spool_rejects(const struct sink *s, const struct spool_reject **out)
{
	*out = s->rejects;
	return s->n_rejects;
}
