#include "aimarket/err.h"

#include <utf8proc.h>

const struct err_row err_table[ERR_KINDS] = {
	[ERR_NONE] = { .name = "none", .exit_code = 0, .http_status = 200 },
	[ERR_FAIL] = { .name = "failed", .exit_code = 1, .http_status = 500 },
	[ERR_USAGE] = { .name = "usage", .exit_code = 2, .http_status = 400 },
	[ERR_CONFIG] = { .name = "config", .exit_code = 1, .http_status = 500 },
	[ERR_PARSE] = { .name = "parse", .exit_code = 1, .http_status = 422 },
	[ERR_LIMIT] = { .name = "limit", .exit_code = 1, .http_status = 413 },
	[ERR_NOT_FOUND] = { .name = "not-found", .exit_code = 3, .http_status = 404 },
	[ERR_DB] = { .name = "database", .exit_code = 1, .http_status = 500 },
	[ERR_DB_DOWN] = { .name = "database-down", .exit_code = 4, .http_status = 503, .retry = true },
	[ERR_NET] = { .name = "network", .exit_code = 5, .http_status = 502, .retry = true },
	[ERR_REJECTS] = { .name = "rejects", .exit_code = 6, .http_status = 422 },
	[ERR_DISPUTED] = { .name = "disputed", .exit_code = 7, .http_status = 409 },
	[ERR_STALE] = { .name = "stale", .exit_code = 8, .http_status = 503, .retry = true },
};

/* Errors end up in log lines, JSON and text columns: one line of valid UTF-8, whatever bytes of a document they quote. */
static void tidy(char *text)
{
	size_t left = strlen(text);

	for (char *p = text; left > 0;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)p, (utf8proc_ssize_t)left, &c);

		if (n < 0 || c < ' ' || c == 0x7f) {
			*p = n < 0 ? '?' : ' ';
			n = 1;
		}
		p += n;
		left -= (size_t)n;
	}
}

/* A character cut in half by the end of the storage goes altogether. */
static void cut_partial(char *text, size_t size)
{
	size_t len = strlen(text), back = 1;

	if (len < size - 1)
		return;
	while (back < 4 && back < len && ((unsigned char)text[len - back] & 0xc0) == 0x80)
		back++;
	unsigned char lead = (unsigned char)text[len - back];
	size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
	if (need > back)
		text[len - back] = '\0';
}

static void printf_like(3, 0) fill(char *out, size_t size, const char *fmt, va_list ap)
{
	vsnprintf(out, size, fmt, ap);
	cut_partial(out, size);
	tidy(out);
}

int (err_set)(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (e->kind != ERR_NONE)
		return -1;
	err_clear(e);
	e->kind = kind;
	va_start(ap, fmt);
	fill(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	return -1;
}

int (err_hint)(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e->hint, sizeof e->hint, fmt, ap);
	va_end(ap);
	return -1;
}

int (err_prefix)(struct err *e, const char *fmt, ...)
{
	char old[sizeof e->text];
	va_list ap;

	memcpy(old, e->text, sizeof old);
	va_start(ap, fmt);
	fill(e->text, sizeof e->text, fmt, ap);
	va_end(ap);

	size_t len = strlen(e->text);
	snprintf(e->text + len, sizeof e->text - len, ": %s", old);
	cut_partial(e->text, sizeof e->text);
	return -1;
}

void err_clear(struct err *e)
{
	e->kind = ERR_NONE;
	e->sqlstate[0] = e->text[0] = e->hint[0] = '\0';
}
