#include "aimarket/log.h"

#include <unistd.h>

#include "aimarket/buf.h"

enum { TEXT_MAX = 2000 };

enum log_level log_level = LOG_LEVEL_NOTICE;

static const char *const names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_NOTICE] = "notice",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_SQL] = "sql",
};

/* The quoted value of text="…": whatever the message quotes, it cannot begin a line of its own. */
static void add_quoted(struct buf *line, const char *s)
{
	buf_addc(line, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(line, '\\');
		buf_addc(line, (unsigned char)*s < ' ' || *s == 0x7f ? ' ' : *s);
	}
	buf_addc(line, '"');
}

void log_at(enum log_level level, const char *object, const char *fmt, ...)
{
	char text[TEXT_MAX + 1];
	struct buf line;
	va_list ap;

	if (level > log_level)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);

	buf_init(&line, 4 * TEXT_MAX);
	buf_printf(&line, "level=%s %s%stext=", names[level], object ? object : "", object ? " " : "");
	add_quoted(&line, text);
	buf_addc(&line, '\n');
	/* one write, so that lines of several processes do not mix; where a log cannot be written there is nobody to tell */
	ssize_t ignored = write(STDERR_FILENO, line.data, line.len);
	(void)ignored;
	buf_release(&line);
}
