#include "aimarket/log.h"

#include <unistd.h>

#include "aimarket/buf.h"

enum { TEXT_MAX = 2000 };

enum log_level log_level = LOG_LEVEL_NOTICE;
bool log_json, log_journal;

static const char *const names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_NOTICE] = "notice",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_SQL] = "sql",
};

static const char *const journal_levels[] = {
	[LOG_LEVEL_ERROR] = "<3>",
	[LOG_LEVEL_WARNING] = "<4>",
	[LOG_LEVEL_NOTICE] = "<5>",
	[LOG_LEVEL_INFO] = "<6>",
	[LOG_LEVEL_DEBUG] = "<7>",
	[LOG_LEVEL_SQL] = "<7>",
};

/* A quoted value: whatever the message quotes, it cannot begin a line of its own. */
static void add_quoted(struct buf *line, const char *s, size_t n)
{
	buf_addc(line, '"');
	for (; n; s++, n--) {
		if (*s == '"' || *s == '\\')
			buf_addc(line, '\\');
		buf_addc(line, (unsigned char)*s < ' ' || *s == 0x7f ? ' ' : *s);
	}
	buf_addc(line, '"');
}

/* "feed=formd run=42" as members of a JSON object. */
static void add_members(struct buf *line, const char *object)
{
	while (*object) {
		size_t n = strcspn(object, " "), key = strcspn(object, "=");

		if (key < n) {
			add_quoted(line, object, key);
			buf_addc(line, ':');
			add_quoted(line, object + key + 1, n - key - 1);
		} else {
			add_quoted(line, "about", 5);
			buf_addc(line, ':');
			add_quoted(line, object, n);
		}
		buf_addc(line, ',');
		object += n + strspn(object + n, " ");
	}
}

static void add_line(struct buf *line, enum log_level level, const char *object, const char *text)
{
	if (log_journal)
		buf_adds(line, journal_levels[level]);
	if (log_json) {
		buf_printf(line, "{\"level\":\"%s\",", names[level]);
		add_members(line, object ? object : "");
		buf_adds(line, "\"text\":");
	} else {
		buf_printf(line, "level=%s %s%stext=", names[level], object ? object : "", object ? " " : "");
	}
	add_quoted(line, text, strlen(text));
	buf_adds(line, log_json ? "}\n" : "\n");
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
	add_line(&line, level, object, text);
	/* one write, so that lines of several processes do not mix; where a log cannot be written there is nobody to tell */
	ssize_t ignored = write(STDERR_FILENO, line.data, line.len);
	(void)ignored;
	buf_release(&line);
}
