#include "aimarket/zone.h"

#include <ctype.h>
#include <limits.h>

#include "aimarket/arena.h"
#include "aimarket/date.h"
#include "aimarket/file.h"

/*
 * The file format is RFC 9636: a block with 32-bit times, which we pass over, the same with 64-bit times, and a footer
 * with the rule for all that comes after, in the form of POSIX's TZ variable.
 */
enum { FILE_MAX = 256 * 1024, TYPES_MAX = 256, LAST_YEAR = 2199, DAY = 86400, EPOCH_DAY = 10957 /* 2000-01-01 since 1970 */ };

struct change {
	int64_t at;
	int32_t offset; /* from then on */
};

struct zone {
	char *name;
	int32_t first; /* offset before the first change */
	struct change *changes; /* ascending; each changes the offset */
	size_t n, cap;
};

static int64_t be(const unsigned char *p, int n)
{
	uint64_t v = p[0] & 0x80 ? UINT64_MAX : 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return (int64_t)v;
}

static int32_t last_offset(const struct zone *z)
{
	return z->n ? z->changes[z->n - 1].offset : z->first;
}

static void add_change(struct zone *z, int64_t at, int32_t offset)
{
	if (offset == last_offset(z) || (z->n && at <= z->changes[z->n - 1].at))
		return;
	if (z->n == z->cap) {
		z->cap = z->cap ? z->cap * 2 : 64;
		z->changes = xrealloc(z->changes, z->cap * sizeof *z->changes);
	}
	z->changes[z->n++] = (struct change){ .at = at, .offset = offset };
}

/* ---- the block */

enum { HEAD = 44 };
struct counts {
	size_t isut, isstd, leap, time, type, chars;
};

static int read_head(const struct buf *file, size_t at, struct counts *c)
{
	size_t *const fields[] = { &c->isut, &c->isstd, &c->leap, &c->time, &c->type, &c->chars };
	const unsigned char *p = (const unsigned char *)file->data + at;

	if (file->len < at + HEAD || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return -1;
	for (size_t i = 0; i < 6; i++) {
		int64_t n = be(p + 20 + 4 * i, 4);
		if (n < 0 || n > FILE_MAX)
			return -1;
		*fields[i] = (size_t)n;
	}
	return c->type > 0 && c->type <= TYPES_MAX ? 0 : -1;
}

static size_t block_size(const struct counts *c, size_t time_size)
{
	return c->time * time_size + c->time + c->type * 6 + c->chars + c->leap * (time_size + 4) + c->isstd + c->isut;
}

static int read_changes(struct zone *z, const unsigned char *p, const struct counts *c)
{
	const unsigned char *index = p + c->time * 8, *types = index + c->time;

	z->first = (int32_t)be(types, 4);
	for (size_t i = 0; i < c->time; i++) {
		if (index[i] >= c->type)
			return -1;
		add_change(z, be(p + 8 * i, 8), (int32_t)be(types + (size_t)6 * index[i], 4));
	}
	return 0;
}

/* ---- the rule: std offset [dst [offset] , Mmonth.week.day[/time] , Mmonth.week.day[/time]] */

struct turn {
	int month, week, weekday;
	int32_t time;
}; /* week 5 is the last; time in seconds of the local day */

static int read_int(const char **p, int least, int most, int *out)
{
	char *end;
	long v = strtol(*p, &end, 10);

	if (end == *p || !isdigit((unsigned char)**p) || v < least || v > most)
		return -1;
	*p = end;
	*out = (int)v;
	return 0;
}

/* [+-]hours[:minutes[:seconds]] */
static int read_hms(const char **p, int32_t *out)
{
	int part[3] = { 0 }, sign = **p == '-' ? -1 : 1;

	if (**p == '-' || **p == '+')
		++*p;
	for (int i = 0; i < 3; i++) {
		if (read_int(p, 0, i ? 59 : 167, &part[i]))
			return -1;
		if (**p != ':')
			break;
		++*p;
	}
	*out = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
	return 0;
}

static int skip_name(const char **p)
{
	const char *begin = *p;

	if (**p == '<')
		*p += strcspn(*p, ">");
	while (isalpha((unsigned char)**p) || **p == '>')
		++*p;
	return *p > begin ? 0 : -1;
}

static int read_turn(const char **p, struct turn *t)
{
	t->time = 2 * 3600;
	if (*(*p)++ != ',' || *(*p)++ != 'M' || read_int(p, 1, 12, &t->month))
		return -1;
	if (*(*p)++ != '.' || read_int(p, 1, 5, &t->week) || *(*p)++ != '.' || read_int(p, 0, 6, &t->weekday))
		return -1;
	if (**p != '/')
		return 0;
	++*p;
	return read_hms(p, &t->time);
}

static int64_t turn_at(const struct turn *t, int year, int32_t offset)
{
	int64_t first = (int64_t)date_make(year, t->month, 1) + EPOCH_DAY;
	int64_t next = (int64_t)date_make(year + t->month / 12, t->month % 12 + 1, 1) + EPOCH_DAY;
	int64_t day = first + (t->weekday - (first + 4) % 7 + 7) % 7 + 7LL * (t->week - 1); /* 1970-01-01 was a Thursday */

	if (day >= next)
		day -= 7;
	return day * DAY + t->time - offset;
}

static int add_years(struct zone *z, const char *rule, int32_t standard, int32_t summer)
{
	struct turn begin, end;

	if (read_turn(&rule, &begin) || read_turn(&rule, &end) || *rule)
		return -1;
	for (int year = 1970; year <= LAST_YEAR; year++) {
		int64_t b = turn_at(&begin, year, standard), e = turn_at(&end, year, summer);

		if (b < e)
			add_change(z, b, summer);
		add_change(z, e, standard);
		if (b > e)
			add_change(z, b, summer);
	}
	return 0;
}

static int read_rule(struct zone *z, const char *rule)
{
	int32_t standard, summer;

	if (skip_name(&rule) || read_hms(&rule, &standard))
		return -1;
	if (!*rule)
		return 0;
	if (skip_name(&rule))
		return -1;
	summer = standard - 3600;
	if (*rule != ',' && read_hms(&rule, &summer))
		return -1;
	return add_years(z, rule, -standard, -summer); /* POSIX counts west of Greenwich */
}

/* ---- the whole file */

static int read_zone(struct zone *z, struct buf *file)
{
	struct counts c;
	size_t at = 0;

	if (read_head(file, at, &c))
		return -1;
	at += HEAD + block_size(&c, 4);
	if (read_head(file, at, &c) || file->len < at + HEAD + block_size(&c, 8))
		return -1;
	if (read_changes(z, (const unsigned char *)file->data + at + HEAD, &c))
		return -1;
	at += HEAD + block_size(&c, 8);
	if (file->len < at + 2 || file->data[at] != '\n' || file->data[file->len - 1] != '\n')
		return -1;
	file->data[file->len - 1] = '\0';
	return file->len == at + 2 ? 0 : read_rule(z, file->data + at + 1);
}

/* A name is a path below the folder; nothing else may be named. */
static bool good_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";

	return isalpha((unsigned char)name[0]) && name[strspn(name, letters)] == '\0';
}

int zone_new(const char *name, struct zone **out, struct err *e)
{
	const char *dir = getenv("TZDIR");
	char path[PATH_MAX];
	struct buf file;
	struct err why = { 0 };
	int rc = 0;

	buf_init(&file, FILE_MAX);
	struct zone *z = xzalloc(sizeof *z);
	z->name = xstrdup(name);
	snprintf(path, sizeof path, "%s/%s", dir && *dir ? dir : "/usr/share/zoneinfo", name);
	if (!good_name(name) || file_read(path, false, &file, &why))
		rc = err_set(e, ERR_CONFIG, "unknown time zone \"%s\"", name);
	else if (read_zone(z, &file))
		rc = err_set(e, ERR_CONFIG, "\"%s\" is not a time zone file we can read", path);
	if (rc) {
		zone_free(z);
		err_hint(e,
		        "Zones are named as in the IANA database, America/New_York or Europe/Berlin; they come with the package tzdata.");
	} else {
		*out = z;
	}
	buf_release(&file);
	return rc;
}

void zone_free(struct zone *z)
{
	if (!z)
		return;
	free(z->name);
	free(z->changes);
	free(z);
}

const char *zone_name(const struct zone *z)
{
	return z ? z->name : "UTC";
}

struct zone_span zone_span(const struct zone *z, int64_t t)
{
	size_t low = 0, high = z ? z->n : 0; /* low becomes the number of changes at or before t */

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (z->changes[mid].at <= t)
			low = mid + 1;
		else
			high = mid;
	}
	int32_t first = z ? z->first : 0;
	return (struct zone_span){
		.start = low ? z->changes[low - 1].at : INT64_MIN,
		.end = z && low < z->n ? z->changes[low].at : INT64_MAX,
		.offset = low ? z->changes[low - 1].offset : first,
		.before = low > 1 ? z->changes[low - 2].offset : first,
	};
}
