/* The day a file came: what its name says, or its folder. */
#include <string.h>
#include <sys/stat.h>

#include "aimarket/date.h"
#include "aimarket/feed.h"

/* 2024-06-07 or 20240607, no digits beside it; how long, 0: there is none. */
static size_t read_day(const char *p, char iso[11])
{
	static const char *const shapes[] = { "dddd-dd-dd", "dddddddd" };
	struct err ignored = { 0 };
	struct date_span span;

	for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
		size_t n = 0, digits = 0;
		char text[11] = "";

		for (; shapes[s][n] && (shapes[s][n] == 'd' ? p[n] >= '0' && p[n] <= '9' : p[n] == '-'); n++) {
			if (shapes[s][n] != 'd')
				continue;
			if (digits == 4 || digits == 7)
				text[digits++] = '-';
			text[digits++] = p[n];
		}
		if (shapes[s][n] || (p[n] >= '0' && p[n] <= '9') || date_read(text, digits, DATE_YMD, &span, &ignored)) {
			err_clear(&ignored);
			continue;
		}
		date_iso(span.first, iso);
		return n;
	}
	return 0;
}

/* Of several days in a name the last: a table from one day to another was fetched behind both. */
static bool day_in_name(const char *name, char iso[11])
{
	bool found = false;

	for (const char *p = name; *p; p++) {
		size_t n = p > name && p[-1] >= '0' && p[-1] <= '9' ? 0 : read_day(p, iso);

		found |= n > 0;
		p += n ? n - 1 : 0;
	}
	return found;
}

static bool day_of_change(const char *path, char iso[11])
{
	enum { DAY = 24 * 60 * 60 };
	struct stat st;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return false;
	date_iso(date_make(1970, 1, 1) + (int32_t)(st.st_mtime / DAY), iso);
	return true;
}

const char *feed_file_day(const struct feed *f, const char *path, char iso[11])
{
	const char *slash = strrchr(path, '/');

	if (f->fetched_on == FETCHED_TAKEN)
		return NULL;
	if (f->fetched_on == FETCHED_NAME && day_in_name(slash ? slash + 1 : path, iso))
		return iso;
	return day_of_change(path, iso) ? iso : NULL;
}
