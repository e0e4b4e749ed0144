#include "aimarket/inifile.h"

#include <ini.h>

#include "aimarket/file.h"

enum { FILE_MAX = 4 << 20, LINE_MAX_BYTES = 64 << 10, VALUE_MAX = 1 << 20 };

struct reading {
	inifile_key *key;
	void *arg;
	struct err *e;
	const char *rest; /* of the text */
	int line; /* the last one given to inih, from 1 */
	bool indented; /* it begins with a blank */
	/* the key that may go on in the next line */
	struct buf section, name, value;
	int begun; /* its line; 0: there is none */
};

/* Hands over the key that is complete now. inih wants 0 for failure. */
static int hand_over(struct reading *r)
{
	int line = r->begun;

	r->begun = 0;
	if (!line || !r->key(r->arg, buf_str(&r->section), buf_str(&r->name), buf_str(&r->value), r->e))
		return 1;
	r->line = line;
	return 0;
}

static void put(struct buf *b, const char *text)
{
	buf_reset(b);
	buf_adds(b, text);
}

static int on_key(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *r = arg;

	if (r->begun && r->indented && strcmp(section, buf_str(&r->section)) == 0 && strcmp(name, buf_str(&r->name)) == 0) {
		buf_addc(&r->value, ' ');
		buf_adds(&r->value, value);
		return 1;
	}
	if (!hand_over(r))
		return 0;
	put(&r->section, section);
	put(&r->name, name);
	put(&r->value, value);
	r->begun = r->line;
	return 1;
}

/* fgets over the text. */
static char *next_line(char *out, int size, void *arg)
{
	struct reading *r = arg;
	const char *end = strchr(r->rest, '\n');
	size_t n = end ? (size_t)(end - r->rest) + 1 : strlen(r->rest);

	if (!n)
		return NULL;
	if (n > (size_t)size - 1)
		n = (size_t)size - 1;
	memcpy(out, r->rest, n);
	out[n] = '\0';
	r->line++;
	r->indented = *r->rest == ' ' || *r->rest == '\t';
	r->rest += n;
	return out;
}

/* inih cuts lines at 200 bytes and takes " ;" for a comment unless told otherwise: a connection string may have both. */
static void set_up_inih(void)
{
	ini_use_stack = false;
	ini_allow_realloc = true;
	ini_max_line = LINE_MAX_BYTES;
	ini_allow_inline_comments = false;
	ini_stop_on_first_error = true;
}

static int parse(struct reading *r)
{
	if (ini_parse_stream(next_line, r, on_key, r) || !hand_over(r))
		return err_set(r->e, ERR_CONFIG, "neither [section] nor key = value, or too long");
	return 0;
}

int inifile_read(const char *path, inifile_key *key, void *arg, struct err *e)
{
	struct reading r = { .key = key, .arg = arg, .e = e };
	struct buf text, *bufs[] = { &r.section, &r.name, &r.value };
	int rc;

	set_up_inih();
	buf_init(&text, FILE_MAX);
	for (int i = 0; i < 3; i++)
		buf_init(bufs[i], VALUE_MAX);
	rc = file_read(path, false, &text, e);
	r.rest = buf_str(&text);
	if (!rc && (rc = parse(&r)))
		rc = err_prefix(e, "%s:%d", path, r.line);
	for (int i = 0; i < 3; i++)
		buf_release(bufs[i]);
	buf_release(&text);
	return rc;
}
