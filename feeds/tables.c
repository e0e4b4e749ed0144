#include "tables.h"

#include <strings.h>

#include "aimarket/text.h"

static const char title_begins[] = "==> ", title_ends[] = " <==";

/* The end of the line that begins at p, at the latest end. */
static const char *line_end(const char *p, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p));

	return lf ? lf : end;
}

/* The next title at or behind p; end when there is none. */
static const char *next_title(const char *p, const char *end)
{
	size_t n = strlen(title_begins);

	while (end - p >= (ptrdiff_t)n && memcmp(p, title_begins, n) != 0) {
		const char *lf = memmem(p, (size_t)(end - p), "\n==> ", n + 1);

		p = lf ? lf + 1 : end;
	}
	return end - p >= (ptrdiff_t)n ? p : end;
}

/* The file name in a title: without the folder. */
static struct record_value title_name(const char *p, const char *end)
{
	const char *stop = line_end(p, end), *name;

	p += strlen(title_begins);
	name = memmem(p, (size_t)(stop - p), title_ends, strlen(title_ends));
	stop = name ? name : stop;
	name = memrchr(p, '/', (size_t)(stop - p));
	p = name ? name + 1 : p;
	return (struct record_value){ p, (size_t)(stop - p) };
}

static bool is_named(struct record_value file, const char *name)
{
	size_t n = strlen(name);

	return file.n > n && file.text[n] == '.' && !strncasecmp(file.text, name, n);
}

/* The title of the part; the end of the document when there is none. */
static const char *find_title(const struct input *in, const char *name)
{
	const char *end = in->data + in->len, *p = next_title(in->data, end);

	while (p < end && !is_named(title_name(p, end), name))
		p = next_title(line_end(p, end), end);
	return p;
}

bool table_is_there(const struct input *in, const char *name)
{
	return find_title(in, name) < in->data + in->len;
}

static int find_part(struct table *t, const struct input *in, const char *name, struct err *e)
{
	const char *end = in->data + in->len, *p = find_title(in, name);

	if (p == end)
		return err_set(e, ERR_PARSE, "there is no table \"%s\" among the parts", name);
	struct record_value file = title_name(p, end);
	snprintf(t->title, sizeof t->title, "%.*s line ", (int)(file.n < 60 ? file.n : 60), file.text);
	t->name = name;
	t->base = in->data;
	t->at = line_end(p, end);
	t->at += t->at < end;
	t->end = next_title(t->at, end);
	return 0;
}

static struct record_value cut_field(const char **p, const char *end)
{
	const char *tab = memchr(*p, '\t', (size_t)(end - *p));
	struct record_value v = { *p, (size_t)((tab ? tab : end) - *p) };

	*p = tab ? tab + 1 : end + 1;
	if (v.n && ((unsigned char)v.text[0] <= ' ' || (unsigned char)v.text[v.n - 1] <= ' '))
		text_trim(&v.text, &v.n);
	return v;
}

/* The next line that is not empty. */
static bool next_line(struct table *t, const char **p, const char **end)
{
	do {
		if (t->at >= t->end)
			return false;
		*p = t->at;
		*end = line_end(t->at, t->end);
		t->at = *end + 1;
		t->line++;
		if (*end > *p && (*end)[-1] == '\r')
			--*end;
	} while (*p == *end);
	t->offset = (size_t)(*p - t->base);
	t->n = (size_t)(*end - *p);
	return true;
}

static int read_names(struct table *t, const struct table_column *columns, struct err *e)
{
	const char *p, *end;

	for (t->n_columns = 0; columns[t->n_columns].name; t->n_columns++)
		t->places[t->n_columns] = -1;
	if (!next_line(t, &p, &end))
		return err_set(e, ERR_PARSE, "the table \"%s\" is empty", t->name);
	for (t->n_fields = 0; p <= end; t->n_fields++) {
		struct record_value v = cut_field(&p, end);

		for (size_t c = 0; c < t->n_columns; c++)
			if (strlen(columns[c].name) == v.n && !strncasecmp(columns[c].name, v.text, v.n))
				t->places[c] = t->n_fields;
	}
	for (size_t c = 0; c < t->n_columns; c++)
		if (columns[c].required && t->places[c] < 0)
			return err_set(e, ERR_PARSE, "the table \"%s\" has no column \"%s\"", t->name, columns[c].name);
	return 0;
}

int table_open(struct table *t, const struct input *in, const char *name, const struct table_column *columns, struct err *e)
{
	*t = (struct table){ 0 };
	return find_part(t, in, name, e) || read_names(t, columns, e) ? -1 : 0;
}

bool table_next(struct table *t)
{
	struct record_value all[TABLE_COLUMNS_MAX];
	const char *p, *end;
	int n = 0;

	if (!next_line(t, &p, &end))
		return false;
	for (; p <= end; n++) {
		struct record_value v = cut_field(&p, end);

		if (n < TABLE_COLUMNS_MAX)
			all[n] = v;
	}
	for (size_t c = 0; c < t->n_columns; c++)
		t->fields[c] = t->places[c] >= 0 && t->places[c] < n && t->places[c] < TABLE_COLUMNS_MAX
				       ? all[t->places[c]]
				       : (struct record_value){ .text = "" };
	t->ragged = n != t->n_fields;
	return true;
}

void table_seek(struct table *t, size_t offset)
{
	t->at = t->base + offset;
}

bool table_group(struct table *t, struct sink *out)
{
	sink_group(out, (long long)t->offset, t->title, t->line);
	sink_raw(out, t->base + t->offset, t->n);
	if (t->ragged)
		sink_reject(out, "shape", NULL, 0, "the row has another number of fields than the table has columns");
	return !t->ragged;
}
