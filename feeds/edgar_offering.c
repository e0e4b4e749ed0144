#include "edgar_offering.h"

#include "aimarket/date.h"
#include "aimarket/text.h"
#include "edgar_fees.h"
#include "markup.h"
#include "prose.h"

enum {
	COVER_MAX = 60000, /* bytes of text that are the cover and what stands around it */
	NOTE_MAX = 160,
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
	char low[PROSE_NUMBER], high[PROSE_NUMBER]; /* plain decimals; high "" for one figure */
	const char *currency; /* of money */
	const char *quote;
	size_t quote_n;
	const char *note; /* how it was worked out; NULL: it is what the page says */
};

struct cover {
	const struct submission *s;
	struct sink *out;
	const struct form_row *form;
	const struct submission_document *document; /* whose text it is */
	const char *part; /* of the filing: cover, fee table */
	struct prose t;
	char deal[EDGAR_CIK_SIZE + 16], source[EDGAR_ACCESSION_SIZE], cik[EDGAR_CIK_SIZE];
	char filed[11], priced[11]; /* ISO days */
};

/* A price of one share: at least 0.10, at most 10,000, and in yen and won a hundred times that. */
static bool is_price(const struct prose_money *m)
{
	long long price = prose_parts(m->number), least = !strcmp(m->currency, "JPY") || !strcmp(m->currency, "KRW") ? 100000 : 1000;

	return price >= least && price <= least * 100000;
}

static bool is_range(const struct prose_money *low, const struct prose_money *high)
{
	return is_price(low) && is_price(high) && !strcmp(low->currency, high->currency) &&
	       prose_parts(low->number) < prose_parts(high->number) && prose_parts(high->number) <= 3 * prose_parts(low->number);
}

static void quote(const struct cover *c, const char *at, struct figure *f)
{
	prose_quote(&c->t, at, &f->quote, &f->quote_n);
}

static void set_money(const struct cover *c, const struct prose_money *m, struct figure *f)
{
	*f = (struct figure){ .currency = m->currency };
	memcpy(f->low, m->number, sizeof(f->low));
	quote(c, m->at, f);
}

/* ---------------------------------------------------------------- figures */

/* The amount behind "between $28.00 and", "$28.00 to". */
static bool read_upper(const struct cover *c, const struct prose_money *low, struct prose_money *high)
{
	static const char *const between[] = { " and ", " to ", " - ", " \u2013 ", NULL };
	const char *end = c->t.end, *from = low->behind;

	for (const char *const *word = between; *word; word++) {
		size_t n = strlen(*word);

		if ((size_t)(end - from) > n && prose_find(from, from + n, *word) &&
			prose_money(prose_skip_blanks(from + n, end), end, high))
			return is_range(low, high);
	}
	return false;
}

/* "between $28.00 and $30.00" or "$28.00 to $30.00" behind the words "offering price", "price range" or before "per share". */
static bool read_range(const struct cover *c, struct figure *f)
{
	static const char *const about[] = { "offering price", "price range", "price per", "price of our", NULL };
	struct prose_money low, high;

	for (const char *p = c->t.text; prose_next_money(p, c->t.end, &low); p = low.behind) {
		const char *from = low.at - c->t.text > NEAR ? low.at - NEAR : c->t.text;

		if (!prose_has(from, low.at, about) || !read_upper(c, &low, &high))
			continue;
		set_money(c, &low, f);
		memcpy(f->high, high.number, sizeof(f->high));
		return true;
	}
	return false;
}

/* The amount that follows p within so many bytes. */
static bool money_within(const struct cover *c, const char *p, size_t n, struct prose_money *m)
{
	const char *stop = (size_t)(c->t.end - p) > n ? p + n : c->t.end;

	return prose_next_money(p, stop, m) && prose_money(m->at, c->t.end, m); /* which may go on behind the stop */
}

/* "The initial public offering price is $30.00 per share": behind those words and near them, and no assumption. */
static bool read_price(const struct cover *c, struct figure *f)
{
	static const char *const unsure[] = { "assum", "estimat", "anticipat", "expect", "will be", "between", "exercise", "midpoint",
		"last reported", NULL };
	static const char *const each[] = { "per share", "per class", "per ads", "per american", "per ordinary", "per common", "a share",
		"per unit", "each unit", "each share", NULL };
	const char *end = c->t.end;
	struct prose_money m;

	for (const char *p = c->t.text; (p = prose_find(p, end, "offering price")); p++) {
		const char *from = p - c->t.text > 60 ? p - 60 : c->t.text;

		if (!money_within(c, p, NEAR, &m) || !is_price(&m) || prose_has(from, m.at, unsure) || memchr(p, '.', (size_t)(m.at - p)))
			continue;
		if (!prose_has(from, end - m.behind > 40 ? m.behind + 40 : end, each))
			continue;
		set_money(c, &m, f);
		return true;
	}
	return false;
}

/* The total is so many times the price, a whole number of shares. */
static bool is_total(const struct prose_money *total, const struct figure *price)
{
	long long all = prose_parts(total->number), one = prose_parts(price->low);

	return !strcmp(total->currency, price->currency) && all > 0 && all % one == 0 && all / one >= 10000;
}

/* "Public offering price  $185.00  $5,550,000,000", a line of the table on the cover: for each share, and for all. */
static bool read_total(const struct cover *c, const struct figure *price, struct figure *f)
{
	static const char *const labels[] = { "offering price", "price to public", "price to the public", NULL };
	struct prose_money one, all;

	for (const char *const *label = labels; *label; label++) {
		for (const char *p = c->t.text; (p = prose_find(p, c->t.end, *label)); p++) {
			if (!money_within(c, p, NEAR, &one) || strcmp(one.number, price->low) != 0 ||
				!money_within(c, one.behind, 40, &all) || !is_total(&all, price))
				continue;
			set_money(c, &all, f);
			return true;
		}
	}
	return false;
}

/* Price times shares, where the page says no total: worked out, and noted as that. */
static bool work_out_total(const struct figure *price, const struct figure *shares, char note[NOTE_MAX], struct figure *f)
{
	long long all;

	if (!*price->low || !*shares->low || __builtin_mul_overflow(prose_parts(price->low), strtoll(shares->low, NULL, 10), &all))
		return false;
	*f = *price;
	snprintf(f->low, sizeof(f->low), all % 10000 ? "%lld.%04lld" : "%lld", all / 10000, all % 10000);
	snprintf(note, NOTE_MAX, "offer price * shares offered, both as the cover states them: %s %s * %s", price->currency, price->low,
		shares->low);
	f->note = note;
	return true;
}

/* How many words on from p a kind of share stands; counts of other things are none. */
static bool are_shares(const char *p, const char *end)
{
	static const char *const kinds[] = { "shares", "ordinary shares", "american depositary shares", "adss", "common shares", "class a",
		"units", NULL };

	return prose_has(p, end - p > 40 ? p + 40 : end, kinds);
}

/* A count of shares at p, of at least five digits; the place behind it, or NULL. */
static const char *take_count(const char *p, const char *end, char out[PROSE_NUMBER])
{
	const char *q = prose_number(p, end, out);

	return q && strlen(out) >= 5 && !strchr(out, '.') && are_shares(q, end) ? q : NULL;
}

/* "20,000,000 Shares", the first words of a line that says no more: all that are on sale. */
static bool read_headline(const struct cover *c, struct figure *f)
{
	const char *end = c->t.end;

	for (const char *p = c->t.text, *eol; p < end; p = eol + 1) {
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
	const char *end = c->t.end;

	if (prose_has(c->t.text, end, holders))
		return false;
	for (const char *const *verb = verbs; *verb; verb++) {
		for (const char *p = c->t.text; (p = prose_find(p, end, *verb)); p++) {
			const char *q = take_count(p + strlen(*verb), end, f->low);

			if (!q || prose_has(p - c->t.text > NEAR ? p - NEAR : c->t.text, q, others))
				continue;
			quote(c, p, f);
			return true;
		}
	}
	return false;
}

static bool read_shares(const struct cover *c, struct figure *f)
{
	*f = (struct figure){ 0 };
	if (read_headline(c, f) || read_sentence(c, f))
		return true;
	*f->low = '\0';
	return false;
}

/* "Prospectus dated March 27, 2025", "The date of this prospectus is …": the day of pricing, when it lies within a week before the filing. */
static void read_priced(struct cover *c)
{
	struct date_span filed, day;
	struct err e = { 0 };

	snprintf(c->priced, sizeof(c->priced), "%s", c->filed);
	if (date_read(c->filed, strlen(c->filed), DATE_YMD, &filed, &e))
		return;
	for (const char *const *word = prose_dated; *word; word++) {
		const char *p = prose_find(c->t.text, c->t.end, *word);

		if (!p || !prose_day(p + strlen(*word), c->t.end, &day) || day.first > filed.first || filed.first - day.first > 7)
			continue;
		date_iso(day.first, c->priced);
		return;
	}
}

/* ---------------------------------------------------------------- records */

static int emit_deal(struct cover *c)
{
	const struct submission_party *first = submission_main(c->s);
	char name[RECORD_NAME_MAX];

	if (first->name.n)
		snprintf(name, sizeof(name), "%.*s IPO", (int)(first->name.n < 900 ? first->name.n : 900), first->name.text);
	else
		snprintf(name, sizeof(name), "CIK %s IPO", c->cik);
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
	const struct record_value *file = &c->document->name;
	char text[400];

	snprintf(ref, 80, "%s#%s", c->source, what);
	sink_record(c->out, REC_SOURCE);
	sink_setz(c->out, SOURCE_REF, ref);
	edgar_publisher(c->out);
	sink_setz(c->out, SOURCE_KIND, "filing");
	snprintf(text, sizeof(text), "%.*s of %s, %s", (int)c->s->form.n, c->s->form.text, c->filed, c->part);
	sink_setz(c->out, SOURCE_TITLE, text);
	snprintf(text, sizeof(text), "https://www.sec.gov/Archives/edgar/data/%s/%.10s%.2s%.6s/%.*s", c->cik, c->source, c->source + 11,
		c->source + 14, (int)(file->n < 200 ? file->n : 200), file->n ? file->text : "");
	sink_setz(c->out, SOURCE_ADDRESS, text);
	sink_setz(c->out, SOURCE_LOCATOR, c->part);
	sink_setz(c->out, SOURCE_DATE, c->filed);
	snprintf(text, sizeof(text), "accession:%s", c->source);
	sink_setz(c->out, SOURCE_ENTITY, text);
	sink_set(c->out, SOURCE_QUOTE, f->quote, f->quote_n);
	return sink_end(c->out);
}

/* What a figure is said of. */
static const struct term {
	const char *metric, *dims, *unit; /* unit: behind the currency, or all of it where that begins with none */
	bool money;
} offer_price = { "offer_price", NULL, "/shares", true }, shares_offered = { "shares_offered", NULL, "shares", false },
  raised = { "deal_amount", "component=total", "", true }, registered_amount = { "registered_amount", NULL, "", true },
  shares_registered = { "shares_registered", NULL, "shares", false };

static void emit_figure(struct cover *c, const struct term *t, const struct figure *f, const char *day, const char *nature)
{
	char ref[80], unit[20];

	if (emit_quote(c, t->metric, f, ref))
		return;
	snprintf(unit, sizeof(unit), "%s%s", t->money ? f->currency : "", t->unit);
	sink_record(c->out, REC_OBSERVATION);
	sink_setz(c->out, OBS_ENTITY, c->deal);
	sink_setz(c->out, OBS_METRIC, t->metric);
	sink_setz(c->out, OBS_DIMS, t->dims);
	sink_setz(c->out, OBS_UNIT, unit);
	sink_setz(c->out, OBS_END, day);
	sink_setz(c->out, OBS_VALUE, f->low);
	if (*f->high) {
		sink_setz(c->out, OBS_HIGH, f->high);
		sink_setz(c->out, OBS_COMPARATOR, "..");
	}
	sink_setz(c->out, OBS_DECIMALS, "inf");
	sink_setz(c->out, OBS_NATURE, nature);
	sink_setz(c->out, OBS_SOURCE, ref);
	sink_setz(c->out, OBS_NOTE, f->note);
	(void)sink_end(c->out);
}

/* A group of its own, at a place of its own, so that a slip in one costs no other. */
static void begin(struct cover *c, const char *what, int number)
{
	char text[60];

	snprintf(text, sizeof(text), "%s, %s", c->part, what);
	sink_group(c->out, c->document->offset + number, text, -1);
}

/* What a prospectus says of the price that was settled. */
static void emit_price(struct cover *c)
{
	struct figure price = { 0 }, shares, total;
	bool counted = read_shares(c, &shares);
	char note[NOTE_MAX];

	if (read_price(c, &price)) {
		begin(c, "price", 2);
		emit_figure(c, &offer_price, &price, c->priced, "reported");
	}
	if (counted) {
		begin(c, "shares", 3);
		emit_figure(c, &shares_offered, &shares, c->priced, "reported");
	}
	if (*price.low && (read_total(c, &price, &total) || work_out_total(&price, &shares, note, &total))) {
		begin(c, "total", 4);
		emit_figure(c, &raised, &total, c->priced, total.note ? "derived" : "reported");
	}
}

/* What a registration expects. */
static void emit_plans(struct cover *c)
{
	struct figure f;
	char ref[80];

	if (read_range(c, &f)) {
		begin(c, "price range", 2);
		if (c->form->kind == REGISTRATION && !emit_quote(c, "offer_price", &f, ref))
			emit_stage(c, "range", c->filed, ref);
		emit_figure(c, &offer_price, &f, c->filed, "guidance");
	}
	if (read_shares(c, &f)) {
		begin(c, "shares", 3);
		emit_figure(c, &shares_offered, &f, c->filed, "guidance");
	}
}

/* One table is enough: a page that repeats it says nothing else. */
static bool emit_fees(struct cover *c, bool exhibit)
{
	struct edgar_fees fees;
	struct figure f;

	if (!edgar_fees_read(&c->t, exhibit, &fees))
		return false;
	c->part = "fee table";
	set_money(c, &fees.aggregate, &f);
	begin(c, "amount registered", 5);
	emit_figure(c, &registered_amount, &f, c->filed, "reported");
	if (!*fees.count)
		return true;
	f = (struct figure){ 0 };
	memcpy(f.low, fees.count, sizeof(f.low));
	quote(c, fees.count_at, &f);
	begin(c, "shares registered", 6);
	emit_figure(c, &shares_registered, &f, c->filed, "reported");
	return true;
}

/* Only what says that it is an initial public offering, and that there was no market before, is one. */
static bool is_ipo(const struct cover *c)
{
	static const char *const first[] = { "initial public offering", NULL };
	static const char *const no_market[] = { "no public market", "no established public market", "not been a public market",
		"no established trading market", "no public trading market", NULL };
	const char *end = c->t.end;

	if (!prose_has(c->t.text, end, first))
		return false;
	return c->form->kind == WITHDRAWAL || prose_has(c->t.text, end, no_market);
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
	struct record_value said = c->s->filed.n ? c->s->filed : c->s->dated;
	struct date_span filed;
	struct err e = { 0 };

	if (date_read(said.text, said.n, DATE_YMD, &filed, &e) || filed.prec != PREC_DAY)
		return false;
	date_iso(filed.first, c->filed);
	read_priced(c);
	return true;
}

static bool emit_cover(struct cover *c)
{
	const struct submission_party *first = submission_main(c->s);

	if (!is_ipo(c) || !edgar_cik(first->cik.text, first->cik.n, c->cik) || !read_days(c))
		return false;
	snprintf(c->deal, sizeof(c->deal), "deal:cik-%s-ipo", c->cik);
	snprintf(c->source, sizeof(c->source), "%.*s", (int)c->s->accession.n, c->s->accession.text);
	sink_group(c->out, c->document->offset + 1, c->part, -1);
	if (emit_deal(c))
		return false;
	if (c->form->stage)
		emit_stage(c, c->form->stage, c->form->kind == PROSPECTUS ? c->priced : c->filed, c->source);
	if (c->form->kind == PROSPECTUS)
		emit_price(c);
	else if (c->form->kind != WITHDRAWAL)
		emit_plans(c);
	return c->form->kind == REGISTRATION;
}

static void read_document(struct cover *c, const struct submission_document *d, const char *part, struct buf *text)
{
	buf_reset(text);
	markup_text(d->text, d->n, text);
	c->document = d;
	c->part = part;
	c->t.text = buf_str(text);
	c->t.end = c->t.text + text_utf8_check(c->t.text, text->len); /* it may have been cut inside of a character */
}

/* "EX-FILING FEES", "EX-107", "EX-107.1" */
static bool is_about_fees(const struct submission_document *d)
{
	static const char *const types[] = { "EX-FILING FEES", "EX-107", NULL };

	for (const char *const *type = types; d->n && *type; type++)
		if (d->type.n >= strlen(*type) && !memcmp(d->type.text, *type, strlen(*type)))
			return true;
	return false;
}

void edgar_offering(struct sink *out, const struct submission *s)
{
	struct cover c = { .s = s, .out = out, .form = find_form(s->form) };
	struct buf text;

	if (!c.form || !s->n_documents || !s->documents[0].n)
		return;
	buf_init(&text, COVER_MAX);
	read_document(&c, &s->documents[0], "cover", &text);
	if (emit_cover(&c)) {
		bool found = emit_fees(&c, false);

		for (size_t i = 1; !found && i < s->n_documents; i++) {
			if (!is_about_fees(&s->documents[i]))
				continue;
			read_document(&c, &s->documents[i], "fee table", &text);
			found = emit_fees(&c, true);
		}
	}
	buf_release(&text);
}
