#include "aimarket/inifile.h"

#include <ini.h>

#include "aimarket/file.h"

enum { FILE_MAX = 4 << 20, LINE_MAX_BYTES = 64 << 10 };

struct reading {
	inifile_key *key;
	void *arg;
	struct err *e;
};

static int on_key(void *arg, const char *section, const char *key, const char *value)
{
	struct reading *r = arg;

	return r->key(r->arg, section, key, value, r->e) ? 0 : 1;
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

int inifile_read(const char *path, inifile_key *key, void *arg, struct err *e)
{
	struct reading r = { .key = key, .arg = arg, .e = e };
	struct buf text;

	set_up_inih();
	buf_init(&text, FILE_MAX);
	int rc = file_read(path, false, &text, e);
	int line = rc ? 0 : ini_parse_string(buf_str(&text), on_key, &r);
	if (line) {
		err_set(e, ERR_CONFIG, "neither [section] nor key = value, or too long");
		rc = err_prefix(e, "%s:%d", path, line);
	}
	buf_release(&text);
	return rc;
}
