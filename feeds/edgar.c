#include "aimarket/edgar.h"

#include <ctype.h>

#include "aimarket/date.h"
#include "aimarket/text.h"

static size_t digits(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && isdigit((unsigned char)s[i]))
		i++;
	return i;
}

bool edgar_cik(const char *text, size_t n, char cik[EDGAR_CIK_SIZE])
{
	if (!n || digits(text, n) != n)
		return false;
	while (n && *text == '0')
		text++, n--;
	if (!n || n >= EDGAR_CIK_SIZE)
		return false;
	memcpy(cik, text, n);
	cik[n] = '\0';
	return true;
}

bool edgar_cik_in_name(const char *name, char cik[EDGAR_CIK_SIZE])
{
	const char *base = strrchr(name, '/');

	base = base ? base + 1 : name;
	return strncmp(base, "CIK", 3) == 0 && edgar_cik(base + 3, digits(base + 3, EDGAR_CIK_SIZE), cik);
}

bool edgar_accession(const char *text, size_t n)
{
	return n == 20 && digits(text, n) == 10 && text[10] == '-' && digits(text + 11, 9) == 2 && text[13] == '-' &&
	       digits(text + 14, 6) == 6;
}

bool edgar_accession_in_name(const char *name, char accession[EDGAR_ACCESSION_SIZE])
{
	for (const char *p = name; *p; p++) {
		if (p > name && isdigit((unsigned char)p[-1]))
			continue;
		if (edgar_accession(p, strnlen(p, 20)) && !isdigit((unsigned char)p[20])) {
			memcpy(accession, p, 20);
			accession[20] = '\0';
			return true;
		}
		if (digits(p, strnlen(p, 19)) == 18) {
			snprintf(accession, EDGAR_ACCESSION_SIZE, "%.10s-%.2s-%.6s", p, p + 10, p + 12);
			return true;
		}
	}
	return false;
}

/* ---------------------------------------------------------------- the clock of the SEC */

/* Day number of the nth Sunday of a month (1 …), or of its last (0). */
static int32_t sunday(int year, int month, int nth)
{
	int32_t first = date_make(year, month, 1), next = month == 12 ? date_make(year + 1, 1, 1) : date_make(year, month + 1, 1);
	int32_t to_sunday = ((8 - first % 7) % 7 + 7) % 7; /* 2000-01-02 was a Sunday: day 1 */

	if (nth)
		return first + to_sunday + 7 * (nth - 1);
	return next - 7 + ((8 - (next - 7) % 7) % 7 + 7) % 7;
}

/* Is the clock of that day and hour one of summer? It is set forward and back at two o'clock. */
static bool is_summer(int32_t day, int hour)
{
	int year, month, date;
	int32_t begin, end;

	date_split(day, &year, &month, &date);
	begin = year >= 2007 ? sunday(year, 3, 2) : year >= 1987 ? sunday(year, 4, 1) : sunday(year, 4, 0);
	end = year >= 2007 ? sunday(year, 11, 1) : sunday(year, 10, 0);
	return (day > begin || (day == begin && hour >= 2)) && (day < end || (day == end && hour < 2));
}

/* The 14 digits of a time, whatever stands between them. */
static bool time_digits(const char *text, size_t n, char out[15])
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (isdigit((unsigned char)text[i]) && len < 14)
			out[len++] = text[i];
		else if (isdigit((unsigned char)text[i]) || !strchr("-: T", text[i]) || !text[i])
			return false;
	}
	out[len] = '\0';
	return len == 14;
}

bool edgar_time(const char *text, size_t n, char out[EDGAR_TIME_SIZE])
{
	int year, month, date, hour, minute, second;
	char all[15];
	int32_t day;

	if (!time_digits(text, n, all) || sscanf(all, "%4d%2d%2d%2d%2d%2d", &year, &month, &date, &hour, &minute, &second) != 6)
		return false;
	day = date_make(year, month, date);
	if (day == DATE_NONE || year < DATE_YEAR_MIN || year > DATE_YEAR_MAX || hour > 23 || minute > 59 || second > 60)
		return false;
	snprintf(out, EDGAR_TIME_SIZE, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s-0%d:00", all, all + 4, all + 6, all + 8, all + 10, all + 12,
		is_summer(day, hour) ? 4 : 5);
	return true;
}

struct record_value edgar_day(struct record_value v, char iso[11])
{
	struct date_span span;
	struct err e = { 0 };

	if (!v.n || date_read(v.text, v.n, DATE_YMD, &span, &e) || span.prec != PREC_DAY)
		return v;
	date_iso(span.first, iso);
	return (struct record_value){ iso, strlen(iso) };
}

struct record_value edgar_utf8(struct record_value v, struct arena *mem)
{
	char *text;
	size_t len = 0;

	if (text_utf8_check(v.text, v.n) == v.n)
		return v;
	text = arena_alloc(mem, 2 * v.n + 1);
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.text[i];

		if (c >= 0x80)
			text[len++] = (char)(0xc0 | c >> 6);
		text[len++] = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c ? c : ' ');
	}
	return (struct record_value){ text, len };
}

/* ---------------------------------------------------------------- figures */

/* Of "e-05"; "" counts as 0. */
static int exponent(const char *s, size_t n)
{
	char text[8] = "0";

	if (n > 1)
		snprintf(text, sizeof(text), "%.*s", (int)(n - 1), s + 1);
	return (int)strtol(text, NULL, 10);
}

/* The power of ten of the last digit that is not zero: 1200 -> 2, 1.50 -> -1, 1e-05 -> -5; false for zero and no number. */
static bool last_digit(const char *value, size_t n, int *power)
{
	bool fraction = false, found = false;
	int place = 0;
	size_t i;

	for (i = 0; i < n && value[i] != 'e' && value[i] != 'E'; i++) {
		if (value[i] == '.') {
			fraction = true;
			continue;
		}
		if (!isdigit((unsigned char)value[i]))
			continue;
		if (!fraction && found) /* one more digit before the point moves the last one up */
			++*power;
		if (fraction)
			place--;
		if (value[i] != '0') {
			found = true;
			*power = place;
		}
	}
	*power += exponent(value + i, n - i);
	return found;
}

int edgar_decimals(const char *value, size_t n, bool per_share)
{
	int power = 0, least = per_share ? 2 : -6;

	if (!last_digit(value, n, &power))
		return least;
	if (power < 0)
		return power < -2 ? -power : 2;
	return per_share ? 2 : power >= 6 ? -6 : power >= 3 ? -3 : 0;
}

static void set(struct sink *out, int field, struct record_value v)
{
	sink_set(out, field, v.text, v.n);
}

/* The page that lists the filing's documents, under the number of the filer we met it with. */
static void set_address(struct sink *out, const struct edgar_filing *f)
{
	const char *a = f->accession.text;
	char address[128];
	int n = snprintf(address, sizeof(address), "https://www.sec.gov/Archives/edgar/data/%s/%.10s%.2s%.6s/%.20s-index.htm", f->cik, a,
		a + 11, a + 14, a);

	sink_set(out, SOURCE_ADDRESS, address, (size_t)n);
}

void edgar_publisher(struct sink *out)
{
	sink_setz(out, SOURCE_PUBLISHER, "sec");
	sink_setz(out, SOURCE_PUBLISHER_NAME, "U.S. Securities and Exchange Commission");
	sink_setz(out, SOURCE_TIER, "regulator");
}

static int emit_source(struct sink *out, const struct edgar_filing *f)
{
	struct record_value day = f->filed.n ? f->filed : f->dated;
	char text[160];
	int n;

	sink_record(out, REC_SOURCE);
	set(out, SOURCE_REF, f->accession);
	edgar_publisher(out);
	sink_setz(out, SOURCE_KIND, "filing");
	const struct record_value form = f->form.n ? f->form : (struct record_value){ "Filing", strlen("Filing") };
	n = snprintf(text, sizeof(text), "%.*s%s%.*s", (int)form.n, form.text, day.n ? " of " : "", (int)day.n, day.n ? day.text : "");
	sink_set(out, SOURCE_TITLE, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
	set_address(out, f);
	set(out, SOURCE_DATE, day);
	n = snprintf(text, sizeof(text), "accession:%.*s", (int)f->accession.n, f->accession.text);
	sink_set(out, SOURCE_ENTITY, text, (size_t)n);
	return sink_end(out);
}

/* A filing of which the day is not told is no row of filings yet, but there is one with this number. */
static int emit_number(struct sink *out, const struct edgar_filing *f)
{
	char ref[EDGAR_ACCESSION_SIZE + 10], name[80];

	snprintf(ref, sizeof(ref), "accession:%.*s", (int)f->accession.n, f->accession.text);
	snprintf(name, sizeof(name), "%.*s%s%s", (int)(f->form.n < 40 ? f->form.n : 40), f->form.n ? f->form.text : "",
		f->form.n ? " " : "", ref + 10);
	sink_record(out, REC_ENTITY);
	sink_setz(out, ENTITY_REF, ref);
	sink_setz(out, ENTITY_KIND, "filing");
	sink_setz(out, ENTITY_NAME, name);
	return sink_end(out);
}

int edgar_entity(struct sink *out, const char *cik, const char *kind, struct record_value name)
{
	char ref[EDGAR_CIK_SIZE + 4], unnamed[EDGAR_CIK_SIZE + 4];

	snprintf(ref, sizeof(ref), "cik:%s", cik);
	snprintf(unnamed, sizeof(unnamed), "CIK %s", cik);
	sink_record(out, REC_ENTITY);
	sink_setz(out, ENTITY_REF, ref);
	sink_setz(out, ENTITY_KIND, kind);
	sink_setz(out, ENTITY_NAME, unnamed);
	if (name.n)
		set(out, ENTITY_NAME, name);
	return sink_end(out);
}

int edgar_filer(struct sink *out, const char *accession, const struct edgar_filer *who)
{
	char cik[EDGAR_CIK_SIZE], text[64];

	if (!edgar_cik(who->cik.text, who->cik.n, cik)) {
		sink_reject(out, "cik", NULL, 0, "\"%.*s\" is no Central Index Key", (int)(who->cik.n < 40 ? who->cik.n : 40),
			who->cik.n ? who->cik.text : "");
		return -1;
	}
	if (edgar_entity(out, cik, who->person ? "person" : "company", who->name))
		return -1;
	sink_record(out, REC_STATEMENT);
	snprintf(text, sizeof(text), "accession:%s", accession);
	sink_setz(out, STATEMENT_ENTITY, text);
	sink_setz(out, STATEMENT_PROPERTY, "filer");
	snprintf(text, sizeof(text), "cik:%s", cik);
	sink_setz(out, STATEMENT_OBJECT, text);
	if (who->role) {
		snprintf(text, sizeof(text), "role=%s", who->role);
		sink_setz(out, STATEMENT_DIMS, text);
	}
	sink_setz(out, STATEMENT_SOURCE, accession);
	return sink_end(out);
}

int edgar_filing(struct sink *out, const struct edgar_filing *f)
{
	char filer[EDGAR_CIK_SIZE + 4];

	if (!edgar_accession(f->accession.text, f->accession.n)) {
		sink_reject(out, "accession", NULL, 0, "\"%.*s\" is no accession number", (int)(f->accession.n < 40 ? f->accession.n : 40),
			f->accession.n ? f->accession.text : "");
		return -1;
	}
	if (emit_source(out, f))
		return -1;
	if (!f->filed.n)
		return emit_number(out, f);
	snprintf(filer, sizeof(filer), "cik:%s", f->cik);
	sink_record(out, REC_FILING);
	set(out, FILING_ACCESSION, f->accession);
	set(out, FILING_FORM, f->form);
	sink_setz(out, FILING_FILER, filer);
	set(out, FILING_FILED, f->filed);
	set(out, FILING_ACCEPTED, f->accepted);
	set(out, FILING_PERIOD, f->period);
	set(out, FILING_DOCUMENT, f->document);
	set(out, FILING_ITEMS, f->items);
	set(out, FILING_FILE_NUMBER, f->file_number);
	set(out, FILING_SOURCE, f->accession);
	return sink_end(out);
}
