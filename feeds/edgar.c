#include "aimarket/edgar.h"

#include <ctype.h>

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

static int emit_source(struct sink *out, const struct edgar_filing *f)
{
	char text[160];
	int n;

	sink_record(out, REC_SOURCE);
	set(out, SOURCE_REF, f->accession);
	sink_setz(out, SOURCE_PUBLISHER, "sec");
	sink_setz(out, SOURCE_PUBLISHER_NAME, "U.S. Securities and Exchange Commission");
	sink_setz(out, SOURCE_TIER, "regulator");
	sink_setz(out, SOURCE_KIND, "filing");
	n = snprintf(text, sizeof(text), "%.*s of %.*s", (int)f->form.n, f->form.text, (int)f->filed.n, f->filed.text);
	sink_set(out, SOURCE_TITLE, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
	set_address(out, f);
	set(out, SOURCE_DATE, f->filed);
	n = snprintf(text, sizeof(text), "accession:%.*s", (int)f->accession.n, f->accession.text);
	sink_set(out, SOURCE_ENTITY, text, (size_t)n);
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
