#include "aimarket/date.h"

#include <ctype.h>
#include <time.h>

#include "aimarket/text.h"

const char *const date_order_names[DATE_ORDERS] = {
	[DATE_YMD] = "ymd",
	[DATE_MDY] = "mdy",
	[DATE_DMY] = "dmy",
	[DATE_TEXT] = "text",
	[DATE_EPOCH] = "epoch",
};

enum {
	EPOCH_FROM_UNIX = 10957, /* days from 1970-01-01 to 2000-01-01 */
	EPOCH_FROM_MARCH_0 = 730425, /* days from 0000-03-01 to 2000-01-01 */
	ERA_DAYS = 146097, /* of 400 years */
	CENTURY_PIVOT = 69,
	QUOTED_MAX = 60,
};

static const char *const months[] = { "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
	"november", "december" };
static const char *const weekdays[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday" };

/* ---- days */

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/* Years are taken to begin in March, so that the leap day is their last. */
int32_t date_make(int year, int month, int day)
{
	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
		return DATE_NONE;
	int y = year - (month < 3);
	int of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + of_year - EPOCH_FROM_MARCH_0;
}

void date_split(int32_t day, int *year, int *month, int *date)
{
	int n = day + EPOCH_FROM_MARCH_0;
	int era = n / ERA_DAYS, of_era = n % ERA_DAYS;
	int y = (of_era - of_era / 1460 + of_era / 36524 - of_era / (ERA_DAYS - 1)) / 365;
	int of_year = of_era - (365 * y + y / 4 - y / 100);
	int march_month = (5 * of_year + 2) / 153;

	*date = of_year - (153 * march_month + 2) / 5 + 1;
	*month = march_month < 10 ? march_month + 3 : march_month - 9;
	*year = era * 400 + y + (*month < 3);
}

static void put_number(char *out, int digits, int value)
{
	for (int i = digits - 1; i >= 0; i--, value /= 10)
		out[i] = (char)('0' + value % 10);
}

static bool is_writable(int32_t day)
{
	return day >= date_make(1, 1, 1) && day <= date_make(9999, 12, 31);
}

int32_t date_month_end(int32_t day)
{
	int year, month, date;

	date_split(day, &year, &month, &date);
	int32_t before = day - date, after = date_make(year + month / 12, month % 12 + 1, 1) - 1;

	return day - before < after - day ? before : after;
}

int32_t date_months_to(int32_t last, int n)
{
	int year, month, date;

	date_split(last, &year, &month, &date);
	int first = year * 12 + month - n; /* counted from 0 */
	return date_make(first / 12, first % 12 + 1, 1);
}

void date_iso(int32_t day, char out[11])
{
	int year, month, date;

	out[0] = '\0';
	if (day == DATE_OPEN)
		memcpy(out, "infinity", 9);
	if (!is_writable(day))
		return;
	date_split(day, &year, &month, &date);
	memcpy(out, "0000-00-00", 11);
	put_number(out, 4, year);
	put_number(out + 5, 2, month);
	put_number(out + 8, 2, date);
}

void date_iso_prec(struct date_span s, char out[11])
{
	int year, month, date;

	date_iso(s.first, out);
	if (!out[0])
		return;
	date_split(s.first, &year, &month, &date);
	switch (s.prec) {
	case PREC_MONTH:
		out[7] = '\0';
		break;
	case PREC_QUARTER:
	case PREC_HALF:
		out[5] = s.prec == PREC_QUARTER ? 'Q' : 'H';
		put_number(out + 6, 1, s.prec == PREC_QUARTER ? (month + 2) / 3 : (month + 5) / 6);
		out[7] = '\0';
		break;
	case PREC_YEAR:
		out[4] = '\0';
		break;
	case PREC_DAY:
	case PREC_UNKNOWN:
		break;
	}
}

/* ---- reading: a text becomes a shape, and a table says what the shape means */

enum { PARTS_MAX = 4, SHAPE_MAX = 2 * PARTS_MAX };

/*
 * In a shape Y is a number of four digits, n one of one or two, M a month's name, Q and H a quarter or half; s is one of
 * - / . (the same in the whole text), a blank stands for blanks or a comma. Whatever else there is becomes x, which no row has.
 */
struct shape {
	char text[SHAPE_MAX + 1];
	int values[PARTS_MAX];
	int digits[PARTS_MAX];
	int n; /* parts */
	char separator; /* the one all of them are */
};

enum { YMD = 1 << DATE_YMD, MDY = 1 << DATE_MDY, DMY = 1 << DATE_DMY, TEXT = 1 << DATE_TEXT, ALL = YMD | MDY | DMY | TEXT };

static const struct meaning {
	const char *shape;
	unsigned orders;
	const char *fields; /* what each part is: year, month, day, quarter, half */
} meanings[] = {
	{ "Ysnsn", YMD | TEXT, "ymd" },
	{ "nsnsn", YMD, "ymd" },
	{ "nsnsY", MDY, "mdy" },
	{ "nsnsn", MDY, "mdy" },
	{ "nsnsY", DMY, "dmy" },
	{ "nsnsn", DMY, "dmy" },
	{ "n M Y", TEXT, "dmy" },
	{ "n M n", TEXT, "dmy" },
	{ "nsMsY", TEXT, "dmy" },
	{ "nsMsn", TEXT, "dmy" },
	{ "M n Y", TEXT, "mdy" },
	{ "Y M n", TEXT, "ymd" },
	{ "M Y", TEXT, "my" },
	{ "MsY", TEXT, "my" },
	{ "Y M", TEXT, "ym" },
	{ "Y", ALL, "y" },
	{ "Ysn", ALL, "ym" },
	{ "nsY", MDY | DMY, "my" },
	{ "YsQ", ALL, "yq" },
	{ "YQ", ALL, "yq" },
	{ "Y Q", ALL, "yq" },
	{ "Q Y", ALL, "qy" },
	{ "YsH", ALL, "yh" },
	{ "YH", ALL, "yh" },
	{ "Y H", ALL, "yh" },
	{ "H Y", ALL, "hy" },
};

static bool is_digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

static bool is_letter(const char *p, const char *end)
{
	return p < end && isalpha((unsigned char)*p);
}

static bool is_blank(const char *p, const char *end)
{
	return p < end && (*p == ' ' || *p == '\t');
}

static bool is_clock(const char *p, const char *end)
{
	p += is_digit(p, end);
	p += is_digit(p, end);
	return end - p >= 3 && p[0] == ':' && is_digit(p + 1, end) && is_digit(p + 2, end) && is_digit(p - 1, end);
}

/* The rest is a time of day (behind T or a blank) or a time zone, which do not matter to a day. */
static bool is_tail(const char *p, const char *end)
{
	if (p < end && (*p == 'Z' || *p == 'z'))
		return p + 1 == end;
	if (p < end && (*p == '+' || *p == '-'))
		return end - p == 6 && is_clock(p + 1, end);
	if (p < end && (*p == 'T' || *p == 't'))
		return is_clock(p + 1, end);
	if (!is_blank(p, end))
		return false;
	while (is_blank(p, end))
		p++;
	return is_clock(p, end);
}

/* 1 + index of the name that word abbreviates with three letters or more; 0 when there is none. */
static int name_index(const char *word, size_t n, const char *const *names, int n_names)
{
	for (int i = 0; n >= 3 && i < n_names; i++) {
		if (n <= strlen(names[i]) && strncasecmp(word, names[i], n) == 0)
			return i + 1;
	}
	return 0;
}

static void add_part(struct shape *s, char letter, int value, int digits)
{
	size_t len = strlen(s->text);

	if (s->n == PARTS_MAX || len == SHAPE_MAX) {
		s->text[0] = 'x';
		return;
	}
	s->text[len] = letter;
	s->values[s->n] = value;
	s->digits[s->n++] = digits;
}

static const char *read_digits(const char *p, const char *end, int *value, int *digits)
{
	*value = *digits = 0;
	for (; is_digit(p, end); p++) {
		if (++*digits <= 8)
			*value = 10 * *value + (*p - '0');
	}
	return p;
}

/* Eight digits in a row are three parts. */
static void add_packed(struct shape *s, int value, enum date_order order)
{
	bool year_first = order == DATE_YMD || order == DATE_TEXT;
	int a = year_first ? value / 10000 : value / 1000000;
	int b = year_first ? value / 100 % 100 : value / 10000 % 100;
	int c = year_first ? value % 100 : value % 10000;

	*s = (struct shape){ .values = { a, b, c }, .digits = { year_first ? 4 : 2, 2, year_first ? 2 : 4 }, .n = 3 };
	memcpy(s->text, year_first ? "Ysnsn" : "nsnsY", 6);
}

static const char *read_number(struct shape *s, const char *p, const char *end, enum date_order order)
{
	int value, digits;

	p = read_digits(p, end, &value, &digits);
	if (digits == 8 && s->n == 0)
		add_packed(s, value, order);
	else
		add_part(s, digits == 4 ? 'Y' : digits <= 2 ? 'n' : 'x', value, digits);
	return p;
}

static const char *read_word(struct shape *s, const char *p, const char *end)
{
	const char *start = p;

	while (is_letter(p, end))
		p++;
	size_t n = (size_t)(p - start);
	char letter = (char)toupper((unsigned char)*start);
	int most = letter == 'Q' ? 4 : letter == 'H' ? 2 : 0;
	if (n == 1 && is_digit(p, end) && *p >= '1' && *p <= '0' + most) {
		add_part(s, letter, *p - '0', 1);
		return p + 1;
	}
	int month = name_index(start, n, months, 12);
	if (month || !name_index(start, n, weekdays, 7) || s->n > 0) {
		add_part(s, month ? 'M' : 'x', month, 0);
		return p;
	}
	/* a weekday in front says nothing new */
	while (p < end && (*p == ',' || *p == '.' || is_blank(p, end)))
		p++;
	return p;
}

/* Blanks, with a comma or the point of an abbreviation before them, or one separator. */
static const char *read_separator(struct shape *s, const char *p, const char *end)
{
	const char *start = p;
	size_t len = strlen(s->text);
	char kind = 'x';

	p += *p == ',' || (*p == '.' && is_blank(p + 1, end));
	while (is_blank(p, end))
		p++;
	if (p > start) {
		kind = ' ';
	} else if (strchr("-/.", *p) && (!s->separator || s->separator == *p)) {
		s->separator = *p++;
		kind = 's';
	} else {
		p++;
	}
	if (len < SHAPE_MAX)
		s->text[len] = kind;
	return p;
}

static void read_shape(struct shape *s, const char *p, const char *end, enum date_order order)
{
	*s = (struct shape){ 0 };
	while (p < end && s->text[0] != 'x') {
		if (s->n > 0 && is_tail(p, end))
			return;
		if (is_digit(p, end))
			p = read_number(s, p, end, order);
		else if (is_letter(p, end))
			p = read_word(s, p, end);
		else
			p = read_separator(s, p, end);
	}
}

static int not_a_date(const char *why, const char *s, size_t n, struct err *e)
{
	return err_set(e, ERR_PARSE, "%s: \"%.*s\"%s", why, n > QUOTED_MAX ? QUOTED_MAX : (int)n, s, n > QUOTED_MAX ? " ..." : "");
}

static const char outside_limits[] = "the year is outside 1800..2200 (limit date-years)";

static bool is_within_limits(int64_t day)
{
	return day >= date_make(DATE_YEAR_MIN, 1, 1) && day <= date_make(DATE_YEAR_MAX, 12, 31);
}

/* The value of the part that a meaning gives to field, or fallback. */
static int value_of(const struct shape *s, const char *fields, char field, int fallback)
{
	const char *at = strchr(fields, field);

	return at ? s->values[at - fields] : fallback;
}

/* Two digits are a year from 1969 to 2068; 0 stands for what is no year. */
static int year_of(const struct shape *s, const char *fields)
{
	ptrdiff_t i = strchr(fields, 'y') - fields;

	if (s->digits[i] == 4)
		return s->values[i];
	return s->digits[i] == 2 ? s->values[i] + (s->values[i] < CENTURY_PIVOT ? 2000 : 1900) : 0;
}

/* The span of so many months, beginning with one that may not exist. */
static void span_months(int year, int first_month, int n, enum date_prec prec, struct date_span *out)
{
	int last_month = first_month + n - 1;

	out->prec = prec;
	out->first = out->last = date_make(year, first_month, 1);
	if (out->first != DATE_NONE)
		out->last = date_make(year, last_month, days_in_month(year, last_month));
}

/* NULL with the span filled, or why not. */
static const char *span_of(const struct shape *s, const char *fields, struct date_span *out)
{
	static const struct {
		char field;
		enum date_prec prec;
		int months;
	} units[] = { { 'm', PREC_MONTH, 1 }, { 'q', PREC_QUARTER, 3 }, { 'h', PREC_HALF, 6 } };
	int year = year_of(s, fields);

	if (year < DATE_YEAR_MIN || year > DATE_YEAR_MAX)
		return outside_limits;
	span_months(year, 1, 12, PREC_YEAR, out);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		int nth = value_of(s, fields, units[i].field, 0);

		if (strchr(fields, units[i].field))
			span_months(year, (nth - 1) * units[i].months + 1, units[i].months, units[i].prec, out);
	}
	if (strchr(fields, 'd')) {
		out->first = out->last = date_make(year, value_of(s, fields, 'm', 1), value_of(s, fields, 'd', 1));
		out->prec = PREC_DAY;
	}
	return out->first == DATE_NONE ? "no such day" : NULL;
}

/* Seconds since 1970; a fraction is cut off. */
static const char *read_epoch(const char *p, const char *end, struct date_span *out)
{
	bool negative = p < end && *p == '-';
	int64_t seconds = 0;

	p += negative;
	if (!is_digit(p, end))
		return "not seconds since 1970";
	for (; is_digit(p, end); p++) {
		if (seconds < INT64_C(1000000000000))
			seconds = 10 * seconds + (*p - '0');
	}
	if (p < end && *p == '.')
		for (p++; is_digit(p, end);)
			p++;
	if (p != end)
		return "not seconds since 1970";
	int64_t day = (negative ? -(seconds + 86399) / 86400 : seconds / 86400) - EPOCH_FROM_UNIX;
	if (!is_within_limits(day))
		return outside_limits;
	*out = (struct date_span){ (int32_t)day, (int32_t)day, PREC_DAY };
	return NULL;
}

static const char *read_shaped(const char *p, const char *end, enum date_order order, struct date_span *out)
{
	static const char *const wrong[DATE_ORDERS] = { "not a date in ymd order", "not a date in mdy order", "not a date in dmy order",
		"not a date in words" };
	struct shape s;

	read_shape(&s, p, end, order);
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
		if (meanings[i].orders & 1U << order && strcmp(meanings[i].shape, s.text) == 0)
			return span_of(&s, meanings[i].fields, out);
	}
	return wrong[order];
}

int date_read(const char *s, size_t n, enum date_order order, struct date_span *out, struct err *e)
{
	const char *p = s;
	size_t len = n;

	text_trim(&p, &len);
	const char *why = order == DATE_EPOCH ? read_epoch(p, p + len, out) : read_shaped(p, p + len, order, out);
	return why ? not_a_date(why, s, n, e) : 0;
}

/* ---- people */

/* So many months on; the 31st becomes the last of a shorter month. */
static int32_t add_months(int32_t day, int n)
{
	int year, month, date;

	date_split(day, &year, &month, &date);
	n += 12 * year + month - 1;
	if (n < 12)
		return DATE_NONE;
	int most = days_in_month(n / 12, n % 12 + 1);
	return date_make(n / 12, n % 12 + 1, date < most ? date : most);
}

/* -90d, -2w, -6m, +1y; DATE_NONE when s is not of this form. */
static int32_t relative_day(const char *s, int32_t today)
{
	const char *end = s + strlen(s);
	int n, digits;

	if (*s != '-' && *s != '+')
		return DATE_NONE;
	const char *p = read_digits(s + 1, end, &n, &digits);
	if (digits < 1 || digits > 5 || end - p != 1)
		return DATE_NONE;
	n = *s == '-' ? -n : n;
	switch (*p) {
	case 'd':
		return today + n;
	case 'w':
		return today + 7 * n;
	case 'm':
		return add_months(today, n);
	case 'y':
		return n > -9999 && n < 9999 ? add_months(today, 12 * n) : DATE_NONE;
	default:
		return DATE_NONE;
	}
}

static int32_t named_day(const char *s, int32_t today)
{
	static const struct {
		const char *name;
		int offset;
	} days[] = { { "yesterday", -1 }, { "today", 0 }, { "tomorrow", 1 } };

	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		if (strcasecmp(s, days[i].name) == 0)
			return today + days[i].offset;
	}
	return relative_day(s, today);
}

int date_read_human(const char *s, int32_t today, struct date_span *out, struct err *e)
{
	int32_t day = named_day(s, today);
	struct err why = { 0 };

	if (is_within_limits(day)) {
		*out = (struct date_span){ day, day, PREC_DAY };
		return 0;
	}
	if (date_read(s, strlen(s), DATE_YMD, out, &why) == 0)
		return 0;
	err_set(e, ERR_USAGE, "%s", why.text);
	return err_hint(e, "Write a date like 2024-06-18, 2024-08, 2024-Q3, 2024, today, -90d, -6m or -1y.");
}

int date_read_time(const char *s, int32_t today, bool begin, char room[DATE_TIME_SIZE], const char **out, struct err *e)
{
	struct date_span span;
	char iso[11];

	*out = s;
	if (strchr(s, ':'))
		return 0;
	if (date_read_human(s, today, &span, e))
		return -1;
	date_iso(begin ? span.first : span.last, iso);
	snprintf(room, DATE_TIME_SIZE, "%s %s+00", iso, begin ? "00:00:00" : "23:59:59");
	*out = room;
	return 0;
}

int32_t date_today(void)
{
	const char *fixed = getenv("AIMARKET_TODAY");
	struct date_span span;
	struct err ignored = { 0 };

	if (fixed && date_read(fixed, strlen(fixed), DATE_YMD, &span, &ignored) == 0)
		return span.first;
	return (int32_t)(time(NULL) / 86400) - EPOCH_FROM_UNIX;
}
