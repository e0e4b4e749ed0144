#include "aimarket/edgar.h"

#include "aimarket/date.h"

/* What a form means for a company on its way to the exchange. */
enum role {
	OTHER,
	PUBLIC, /* only who reports already files it, unless it comes after the registration */
	PERIODIC, /* the way is over, one way or the other */
	DRAFT,
	REGISTRATION,
	WITHDRAWAL,
	EFFECTIVE,
	PROSPECTUS, /* with the price */
	EXCHANGE,
};

static const struct form_role {
	const char *form;
	enum role role;
} form_roles[] = {
	{ "DRS", DRAFT },
	{ "S-1", REGISTRATION },
	{ "F-1", REGISTRATION },
	{ "S-11", REGISTRATION },
	{ "RW", WITHDRAWAL },
	{ "EFFECT", EFFECTIVE },
	{ "424B1", PROSPECTUS },
	{ "424B4", PROSPECTUS },
	{ "8-A12B", EXCHANGE },
	{ "10-K", PERIODIC },
	{ "10-K405", PERIODIC },
	{ "10-KSB", PERIODIC },
	{ "10-KT", PERIODIC },
	{ "10-Q", PERIODIC },
	{ "10-QSB", PERIODIC },
	{ "10-QT", PERIODIC },
	{ "20-F", PERIODIC },
	{ "40-F", PERIODIC },
	{ "N-CSR", PERIODIC },
	{ "8-K", PUBLIC },
	{ "6-K", PUBLIC },
	{ "10-12B", PUBLIC },
	{ "10-12G", PUBLIC },
	{ "20FR12B", PUBLIC },
	{ "20FR12G", PUBLIC },
	{ "S-4", PUBLIC },
	{ "F-4", PUBLIC },
	{ "N-2", PUBLIC },
	{ "15-12G", PUBLIC },
};

enum { STAGES_MAX = 16 };
struct stage {
	const char *name;
	const struct edgar_filing *filing;
	long long offset;
	size_t index;
	struct record_value date;
};

struct walk {
	const struct edgar_list *list;
	struct stage stages[STAGES_MAX];
	int n;
	const struct edgar_filing *open; /* the registration under way; NULL before the first and after a withdrawal */
	const struct edgar_filing *effective; /* its EFFECT */
	bool withdrawn; /* an earlier registration was */
	bool exchange; /* an 8-A12B was seen */
};

static bool same(struct record_value a, struct record_value b)
{
	return a.n == b.n && a.n && !memcmp(a.text, b.text, a.n);
}

static enum role role_of(struct record_value form)
{
	for (size_t i = 0; i < sizeof(form_roles) / sizeof(*form_roles); i++)
		if (strlen(form_roles[i].form) == form.n && !memcmp(form_roles[i].form, form.text, form.n))
			return form_roles[i].role;
	return OTHER;
}

static void add_stage(struct walk *w, const char *name, size_t i, struct record_value date)
{
	if (w->n < STAGES_MAX)
		w->stages[w->n++] = (struct stage){
			.name = name, .filing = &w->list->filings[i], .offset = w->list->offsets[i], .index = i, .date = date
		};
}

static int32_t day_of(struct record_value date)
{
	struct date_span span;
	struct err e = { 0 };

	return date_read(date.text, date.n, DATE_YMD, &span, &e) ? DATE_NONE : span.last;
}

/* A prospectus is filed up to some days after the price was set, in the evening on which the registration became effective. */
static struct record_value priced_on(const struct walk *w, const struct edgar_filing *prospectus)
{
	int32_t filed = day_of(prospectus->filed), effective = w->effective ? day_of(w->effective->filed) : DATE_NONE;

	if (filed != DATE_NONE && effective != DATE_NONE && effective <= filed && filed - effective <= 7)
		return w->effective->filed;
	return prospectus->filed;
}

static void register_again(struct walk *w, size_t i)
{
	if (w->open) /* another registration beside the first: not this offering's */
		return;
	w->open = &w->list->filings[i];
	w->effective = NULL;
	add_stage(w, w->withdrawn ? "refiled" : "filed", i, w->open->filed);
}

/* Takes the next filing; false when the way to the exchange ends here. */
static bool step(struct walk *w, size_t i)
{
	const struct edgar_filing *f = &w->list->filings[i];
	enum role role = role_of(f->form);
	bool of_open = w->open && same(w->open->file_number, f->file_number);

	if (role == PERIODIC || (role == PUBLIC && !w->open && !w->withdrawn))
		return false;
	if (role == DRAFT && !w->open && (!w->n || strcmp(w->stages[w->n - 1].name, "draft") != 0))
		add_stage(w, "draft", i, f->filed);
	else if (role == REGISTRATION)
		register_again(w, i);
	else if (role == EXCHANGE)
		w->exchange = true;
	else if (role == EFFECTIVE && of_open)
		w->effective = f;
	else if (role == WITHDRAWAL && of_open) {
		add_stage(w, "withdrawn", i, f->filed);
		w->open = NULL;
		w->withdrawn = true;
	} else if (role == PROSPECTUS && of_open) {
		add_stage(w, "priced", i, priced_on(w, f));
		return false;
	}
	return true;
}

/* The deal itself, as the first of its filings tells of it. */
static void emit_deal(struct sink *out, const struct edgar_list *list, const struct stage *first)
{
	char text[1024];

	sink_record(out, REC_DEAL);
	snprintf(text, sizeof(text), "cik-%s-ipo", list->cik);
	sink_setz(out, DEAL_REF, text);
	sink_setz(out, DEAL_TYPE, "ipo");
	if (list->name)
		snprintf(text, sizeof(text), "%.1000s IPO", list->name);
	else
		snprintf(text, sizeof(text), "CIK %s IPO", list->cik);
	sink_setz(out, DEAL_NAME, text);
	snprintf(text, sizeof(text), "cik:%s", list->cik);
	sink_setz(out, DEAL_TARGET, text);
	sink_set(out, DEAL_SOURCE, first->filing->accession.text, first->filing->accession.n);
	(void)sink_end(out);
}

static void emit_stage(struct sink *out, const struct edgar_list *list, const struct stage *s)
{
	char deal[EDGAR_CIK_SIZE + 16];

	snprintf(deal, sizeof(deal), "deal:cik-%s-ipo", list->cik);
	sink_record(out, REC_STATEMENT);
	sink_setz(out, STATEMENT_ENTITY, deal);
	sink_setz(out, STATEMENT_PROPERTY, "stage");
	sink_setz(out, STATEMENT_CODE, s->name);
	sink_set(out, STATEMENT_START, s->date.text, s->date.n);
	sink_set(out, STATEMENT_END, s->date.text, s->date.n);
	sink_set(out, STATEMENT_SOURCE, s->filing->accession.text, s->filing->accession.n);
	if (!same(s->date, s->filing->filed)) {
		sink_setz(out, STATEMENT_NATURE, "derived");
		sink_setz(out, STATEMENT_NOTE, "dated by the day on which the registration became effective");
	}
	(void)sink_end(out);
}

void edgar_ipo(struct sink *out, const struct edgar_list *list)
{
	struct walk w = { .list = list };

	for (size_t i = list->n; i-- > 0;)
		if (!step(&w, i))
			break;
	if (!w.open && !w.withdrawn) /* nothing but drafts: of what, is not known yet */
		return;
	if (!list->oldest && !w.exchange)
		return;
	for (int i = 0; i < w.n; i++) {
		sink_group(out, w.stages[i].offset, list->place, (long long)w.stages[i].index);
		if (i == 0)
			emit_deal(out, list, &w.stages[i]);
		emit_stage(out, list, &w.stages[i]);
	}
}
