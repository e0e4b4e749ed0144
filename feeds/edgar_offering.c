#include "edgar_offering.h"

#include <ctype.h>
#include <strings.h>

#include "aimarket/date.h"
#include "aimarket/text.h"
#include "markup.h"

enum {
	COVER_MAX = 60000, /* bytes of text that are the cover and what stands around it */
	QUOTE_MAX = 600,
	NUMBER_MAX = 32,
	NEAR = 160, /* how far a figure may be from the words that say what it is */
};

enum kind { DRAFT, REGISTRATION, PROSPECTUS, WITHDRAWAL };
static const struct form_row {
	const char *form;
	enum kind kind;
	const char *stage; /* of the deal, by the form alone; NULL: only what the cover tells makes one */
} form_rows[] = {
	{ "DRS", DRAFT, "draft" },
	{ "DRS/A", DRAFT, NULL },
	{ "S-1", REGISTRATION, "filed" },
	{ "F-1", REGISTRATION, "filed" },
	{ "S-11", REGISTRATION, "filed" },
	{ "S-1/A", REGISTRATION, NULL },
	{ "F-1/A", REGISTRATION, NULL },
	{ "S-11/A", REGISTRATION, NULL },
	{ "424B1", PROSPECTUS, "priced" },
	{ "424B3", PROSPECTUS, NULL },
	{ "424B4", PROSPECTUS, "priced" },
	{ "RW", WITHDRAWAL, "withdrawn" },
};

/* A passage and the figures in it. */
struct figure {
	char low[NUMBER_MAX], high[NUMBER_MAX]; /* plain decimals; high "" for one figure */
	const char *quote;
	size_t quote_n;
};

struct cover {
	const struct submission *s;
	struct sink *out;
	const struct form_row *form;
	const char *text;
	size_t n;
	char deal[EDGAR_CIK_SIZE + 16], source[EDGAR_ACCESSION_SIZE], cik[EDGAR_CIK_SIZE];
	char filed[11], priced[11]; /* ISO days */
};

/* ---------------------------------------------------------------- words */

/* The place of word (blanks in it stand for any blank) at or after from and before end; NULL: not there. */
static const char *find(const char *from, const char *end, const char *word)
{
	size_t n = strlen(word);

	for (; from + n <= end; from++) {
		size_t i = 0;

		while (i < n && (tolower((unsigned char)from[i]) == word[i] || (word[i] == ' ' && from[i] == '\n')))
			i++;
		if (i == n)
			return from;
	}
	return NULL;
}

static bool has_any(const char *from, const char *end, const char *const *words)
{
	for (; *words; words++)
		if (find(from, end, *words))
			return true;
	return false;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && isspace((unsigned char)*p))
		p++;
	return p;
}

/* A number with commas at p, in plain form; NULL when there is none. The place behind it else. */
static const char *take_number(const char *p, const char *end, char out[NUMBER_MAX])
{
	const char *from = p;
	size_t len = 0;

	while (p < end &&
		(isdigit((unsigned char)*p) || ((*p == ',' || *p == '.') && p > from && p + 1 < end && isdigit((unsigned char)p[1])))) {
		if (*p != ',' && len + 1 < NUMBER_MAX)
			out[len++] = *p;
		p++;
	}
	out[len] = '\0';
	return len ? p : NULL;
}

/* "$28.00", "US$ 28": the figure; NULL when none begins here. */
static const char *take_dollars(const char *p, const char *end, char out[NUMBER_MAX])
{
	if (end - p > 2 && !strncasecmp(p, "US", 2))
		p += 2;
	if (p == end || *p != '$')
		return NULL;
	return take_number(skip_blanks(p + 1, end), end, out);
}

/* Ten-thousandths of a dollar, to compare by; -1: no number with one point at most, or too large to be a price. */
static long price_of(const char *number)
{
	size_t whole = strspn(number, "0123456789"), part = number[whole] == '.' ? strspn(number + whole + 1, "0123456789") : 0;
	char digits[NUMBER_MAX];

	if (whole > 5 || part > 4 || number[whole + (number[whole] == '.') + part])
		return -1;
	snprintf(digits, sizeof(digits), "%.*s%.*s%.*s", (int)whole, number, (int)part, number[whole] ? number + whole + 1 : "",
		(int)(4 - part), "0000");
	return strtol(digits, NULL, 10);
}

/* A price of one share: at least 0.10, at most 10,000. */
static bool is_price(const char *number)
{
	long price = price_of(number);

	return price >= 1000 && price <= 10000 * 10000L;
}

static bool is_range(const struct figure *f)
{
	return is_price(f->low) && is_price(f->high) && price_of(f->low) < price_of(f->high) && price_of(f->high) <= 3 * price_of(f->low);
}

/* The sentence around at, for the quote: from the block's or sentence's begin to its end. */
static void quote(const struct cover *c, const char *at, struct figure *f)
{
	const char *begin = at, *end = at, *stop = c->text + c->n;

	while (begin > c->text && at - begin < QUOTE_MAX / 2 && begin[-1] != '\n' &&
		!(begin[-1] == ' ' && begin - c->text > 2 && begin[-2] == '.'))
		begin--;
	while (end < stop && end - begin < QUOTE_MAX && *end != '\n' &&
		!(*end == '.' && (end + 1 == stop || isspace((unsigned char)end[1]))))
		end++;
	if (end < stop && *end == '.')
		end++;
	while (begin < end && ((unsigned char)*begin & 0xc0) == 0x80) /* not from the middle of a character */
		begin++;
	while (end > begin && end < stop && ((unsigned char)*end & 0xc0) == 0x80)
		end--;
	f->quote = begin;
	f->quote_n = (size_t)(end - begin);
}

/* ---------------------------------------------------------------- figures */

/* "between $28.00 and $30.00" or "$28.00 to $30.00" behind the words "offering price", "price range" or before "per share". */
static bool read_range(const struct cover *c, struct figure *f)
{
	static const char *const about[] = { "offering price", "price range", "price per", "price of our", NULL };
	static const char *const between[] = { " and ", " to ", NULL };
	const char *end = c->text + c->n;

	for (const char *p = c->text; (p = memchr(p, '$', (size_t)(end - p))); p++) {
		const char *from = p - c->text > NEAR ? p - NEAR : c->text, *q = take_dollars(p, end, f->low);

		if (!q || !has_any(from, p, about))
			continue;
		for (const char *const *word = between; *word; word++) {
			const char *second = find(q, end < q + 6 ? end : q + 6, *word);

			if (second != q || !take_dollars(skip_blanks(second + strlen(*word), end), end, f->high) || !is_range(f))
				continue;
			quote(c, p, f);
			return true;
		}
	}
	return false;
}

/* "The initial public offering price is $30.00 per share": behind those words and near them, and no assumption. */
static bool read_price(const struct cover *c, struct figure *f)
{
	static const char *const unsure[] = { "assum", "estimat", "anticipat", "expect", "will be", "between", "exercise", "midpoint",
		"last reported", NULL };
	static const char *const each[] = { "per share", "per class", "per ads", "per american", "per ordinary", "per common", "a share",
		"per unit", "each unit", "each share", NULL };
	const char *end = c->text + c->n;

	f->high[0] = '\0';
	for (const char *p = c->text; (p = find(p, end, "offering price")); p++) {
		const char *stop = end - p > NEAR ? p + NEAR : end, *dollars = memchr(p, '$', (size_t)(stop - p)), *q;
		const char *from = p - c->text > 60 ? p - 60 : c->text;

		q = dollars ? take_dollars(dollars, end, f->low) : NULL;
		if (!q || !is_price(f->low) || has_any(from, dollars, unsure) || memchr(p, '.', (size_t)(dollars - p)))
			continue;
		if (!has_any(from, end - q > 40 ? q + 40 : end, each))
			continue;
		quote(c, dollars, f);
		return true;
	}
	return false;
}

/* How many words on from p a kind of share stands; counts of other things are none. */
static bool are_shares(const char *p, const char *end)
{
	static const char *const kinds[] = { "shares", "ordinary shares", "american depositary shares", "adss", "common shares", "class a",
		"units", NULL };
	const char *stop = end - p > 40 ? p + 40 : end;

	return has_any(p, stop, kinds);
}

/* A count of shares at p, of at least five digits; the place behind it, or NULL. */
static const char *take_count(const char *p, const char *end, char out[NUMBER_MAX])
{
	const char *q = take_number(p, end, out);

	return q && strlen(out) >= 5 && !strchr(out, '.') && are_shares(q, end) ? q : NULL;
}

/* "20,000,000 Shares", the first words of a line that says no more: all that are on sale. */
static bool read_headline(const struct cover *c, struct figure *f)
{
	const char *end = c->text + c->n;

	for (const char *p = c->text, *eol; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		eol = eol ? eol : end;
		if (eol - p > 60 || !take_count(p, eol, f->low))
			continue;
		quote(c, p, f);
		return true;
	}
	return false;
}

/* "We are offering 20,000,000 shares", unless holders sell beside the company: then that is not all. Not what may be bought on top. */
static bool read_sentence(const struct cover *c, struct figure *f)
{
	static const char *const verbs[] = { "is offering ", "are offering ", "are selling ", "is selling ", "we offer ", NULL };
	static const char *const holders[] = { "selling stockholders", "selling shareholders", "selling securityholders", NULL };
	static const char *const others[] = { "resale", "up to an additional", "from time to time", "warrants to purchase", NULL };
	const char *end = c->text + c->n;

	if (has_any(c->text, end, holders))
		return false;
	for (const char *const *verb = verbs; *verb; verb++) {
		for (const char *p = c->text; (p = find(p, end, *verb)); p++) {
			const char *q = take_count(p + strlen(*verb), end, f->low);

			if (!q || has_any(p - c->text > NEAR ? p - NEAR : c->text, q, others))
				continue;
			quote(c, p, f);
			return true;
		}
	}
	return false;
}

static bool read_shares(const struct cover *c, struct figure *f)
{
	f->high[0] = '\0';
	return read_headline(c, f) || read_sentence(c, f);
}

/* "Prospectus dated March 27, 2025", "The date of this prospectus is …": the day of pricing, when it lies within a week before the filing. */
static void read_priced(struct cover *c)
{
	static const char *const words[] = { "prospectus dated ", "date of this prospectus is ", NULL };
	const char *end = c->text + c->n;
	struct date_span filed, day;

	snprintf(c->priced, sizeof(c->priced), "%s", c->filed);
	for (const char *const *word = words; *word; word++) {
		struct err e = { 0 };
		const char *p = find(c->text, end, *word), *comma, *stop;

		p = p ? p + strlen(*word) : NULL;
		comma = p ? memchr(p, ',', end - p > 20 ? 20 : (size_t)(end - p)) : NULL;
		stop = comma && end - comma > 6 ? comma + 6 : NULL;
		if (!stop || date_read(p, (size_t)(stop - p), DATE_TEXT, &day, &e) ||
			date_read(c->filed, strlen(c->filed), DATE_YMD, &filed, &e))
			continue;
		if (day.prec == PREC_DAY && day.first <= filed.first && filed.first - day.first <= 7) {
			date_iso(day.first, c->priced);
			return;
		}
	}
}

/* ---------------------------------------------------------------- records */

static int emit_deal(struct cover *c)
{
	const struct submission_party *first = submission_main(c->s);
	char name[RECORD_NAME_MAX];

	snprintf(name, sizeof(name), "%.*s IPO", (int)(first->name.n < 900 ? first->name.n : 900),
		first->name.n ? first->name.text : c->deal);
	sink_record(c->out, REC_DEAL);
	sink_setz(c->out, DEAL_REF, c->deal + 5);
	sink_setz(c->out, DEAL_TYPE, "ipo");
	sink_setz(c->out, DEAL_NAME, name);
	snprintf(name, sizeof(name), "cik:%s", c->cik);
	sink_setz(c->out, DEAL_TARGET, name);
	sink_setz(c->out, DEAL_SOURCE, c->source);
	if (sink_end(c->out))
		return -1;
	sink_record(c->out, REC_STATEMENT);
	sink_setz(c->out, STATEMENT_ENTITY, c->deal);
	sink_setz(c->out, STATEMENT_PROPERTY, "filing");
	snprintf(name, sizeof(name), "accession:%s", c->source);
	sink_setz(c->out, STATEMENT_OBJECT, name);
	sink_setz(c->out, STATEMENT_SOURCE, c->source);
	return sink_end(c->out);
}

static void emit_stage(struct cover *c, const char *stage, const char *day, const char *source)
{
	sink_record(c->out, REC_STATEMENT);
	sink_setz(c->out, STATEMENT_ENTITY, c->deal);
	sink_setz(c->out, STATEMENT_PROPERTY, "stage");
	sink_setz(c->out, STATEMENT_CODE, stage);
	sink_setz(c->out, STATEMENT_START, day);
	sink_setz(c->out, STATEMENT_END, day);
	sink_setz(c->out, STATEMENT_SOURCE, source);
	(void)sink_end(c->out);
}

/* The passage as a source: the document of the filing in which it stands, with its words. */
static int emit_quote(struct cover *c, const char *what, const struct figure *f, char ref[80])
{
	const struct record_value *file = &c->s->documents[0].name;
	char text[400];

	snprintf(ref, 80, "%s#%s", c->source, what);
	sink_record(c->out, REC_SOURCE);
	sink_setz(c->out, SOURCE_REF, ref);
	edgar_publisher(c->out);
	sink_setz(c->out, SOURCE_KIND, "filing");
	snprintf(text, sizeof(text), "%.*s of %s, cover", (int)c->s->form.n, c->s->form.text, c->filed);
	sink_setz(c->out, SOURCE_TITLE, text);
	snprintf(text, sizeof(text), "https://www.sec.gov/Archives/edgar/data/%s/%.10s%.2s%.6s/%.*s", c->cik, c->source, c->source + 11,
		c->source + 14, (int)(file->n < 200 ? file->n : 200), file->n ? file->text : "");
	sink_setz(c->out, SOURCE_ADDRESS, text);
	sink_setz(c->out, SOURCE_LOCATOR, "cover");
	sink_setz(c->out, SOURCE_DATE, c->filed);
	snprintf(text, sizeof(text), "accession:%s", c->source);
	sink_setz(c->out, SOURCE_ENTITY, text);
	sink_set(c->out, SOURCE_QUOTE, f->quote, f->quote_n);
	return sink_end(c->out);
}

static void emit_figure(struct cover *c, const char *metric, const char *unit, const struct figure *f, const char *day, bool guidance)
{
	char ref[80];

	if (emit_quote(c, metric, f, ref))
		return;
	sink_record(c->out, REC_OBSERVATION);
	sink_setz(c->out, OBS_ENTITY, c->deal);
	sink_setz(c->out, OBS_METRIC, metric);
	sink_setz(c->out, OBS_UNIT, unit);
	sink_setz(c->out, OBS_END, day);
	sink_setz(c->out, OBS_VALUE, f->low);
	if (*f->high) {
		sink_setz(c->out, OBS_HIGH, f->high);
		sink_setz(c->out, OBS_COMPARATOR, "..");
	}
	sink_setz(c->out, OBS_DECIMALS, "inf");
	sink_setz(c->out, OBS_NATURE, guidance ? "guidance" : "reported");
	sink_setz(c->out, OBS_SOURCE, ref);
	(void)sink_end(c->out);
}

/* A group of its own, at a place of its own, so that a slip in one costs no other. */
static void begin(struct cover *c, const char *what, int number)
{
	sink_group(c->out, c->s->documents[0].offset + number, what, -1);
}

static void emit_terms(struct cover *c)
{
	bool final = c->form->kind == PROSPECTUS;
	struct figure f;
	char ref[80];

	if (final && read_price(c, &f)) {
		begin(c, "cover, price", 2);
		emit_figure(c, "offer_price", "USD/shares", &f, c->priced, false);
	} else if (!final && read_range(c, &f)) {
		begin(c, "cover, price range", 2);
		if (c->form->kind == REGISTRATION && !emit_quote(c, "offer_price", &f, ref))
			emit_stage(c, "range", c->filed, ref);
		emit_figure(c, "offer_price", "USD/shares", &f, c->filed, true);
	}
	if (read_shares(c, &f)) {
		begin(c, "cover, shares", 3);
		emit_figure(c, "shares_offered", "shares", &f, final ? c->priced : c->filed, !final);
	}
}

/* Only what says that it is an initial public offering, and that there was no market before, is one. */
static bool is_ipo(const struct cover *c)
{
	static const char *const first[] = { "initial public offering", NULL };
	static const char *const no_market[] = { "no public market", "no established public market", "not been a public market",
		"no established trading market", "no public trading market", NULL };
	const char *end = c->text + c->n;

	if (!has_any(c->text, end, first))
		return false;
	return c->form->kind == WITHDRAWAL || has_any(c->text, end, no_market);
}

static const struct form_row *find_form(struct record_value form)
{
	for (size_t i = 0; i < sizeof(form_rows) / sizeof(*form_rows); i++)
		if (strlen(form_rows[i].form) == form.n && !memcmp(form_rows[i].form, form.text, form.n))
			return &form_rows[i];
	return NULL;
}

static bool read_days(struct cover *c)
{
	struct date_span filed;
	struct err e = { 0 };

	if (date_read(c->s->filed.text, c->s->filed.n, DATE_YMD, &filed, &e) || filed.prec != PREC_DAY)
		return false;
	date_iso(filed.first, c->filed);
	read_priced(c);
	return true;
}

static void emit_cover(struct cover *c)
{
	const struct submission_party *first = submission_main(c->s);

	if (!is_ipo(c) || !edgar_cik(first->cik.text, first->cik.n, c->cik) || !read_days(c))
		return;
	snprintf(c->deal, sizeof(c->deal), "deal:cik-%s-ipo", c->cik);
	snprintf(c->source, sizeof(c->source), "%.*s", (int)c->s->accession.n, c->s->accession.text);
	sink_group(c->out, c->s->documents[0].offset + 1, "cover", -1);
	if (emit_deal(c))
		return;
	if (c->form->stage)
		emit_stage(c, c->form->stage, c->form->kind == PROSPECTUS ? c->priced : c->filed, c->source);
	if (c->form->kind != WITHDRAWAL)
		emit_terms(c);
}

void edgar_offering(struct sink *out, const struct submission *s)
{
	struct cover c = { .s = s, .out = out, .form = find_form(s->form) };
	const struct submission_document *d = s->documents;
	struct buf text;

	if (!c.form || !s->n_documents || !d->n)
		return;
	buf_init(&text, COVER_MAX);
	markup_text(d->text, d->n, &text);
	c.text = buf_str(&text);
	c.n = text_utf8_check(c.text, text.len); /* it may have been cut inside of a character */
	emit_cover(&c);
	buf_release(&text);
}
