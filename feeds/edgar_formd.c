/*
 * edgar-formd: a notice on Form D or D/A, the XML that its issuer handed in (primary_doc.xml). Its own accession number is not in
 * it: it is taken from the name or address the document comes under, when it is there.
 *
 *	/edgarSubmission/{submissionType, testOrLive, primaryIssuer, issuerList/issuer, relatedPersonsList/relatedPersonInfo, offeringData}
 */
#include "edgar_formd.h"

#include "aimarket/arena.h"
#include "formats.h"
#include "xmlleaf.h"

struct form {
	struct arena *mem;
	const struct limits *limits;
	struct formd f;
	struct formd_issuer *issuers;
	struct formd_person *persons;
	bool root; /* its root is edgarSubmission */
	bool test;
	struct record_value kind;
};

/* Elements with one value each. */
static const struct leaf_row {
	const char *path;
	size_t offset; /* of the record_value in struct formd */
	bool list; /* several make a list parted by ; */
} leaf_rows[] = {
	{ "/offeringData/industryGroup/industryGroupType", offsetof(struct formd, industry), false },
	{ "/offeringData/federalExemptionsExclusions/item", offsetof(struct formd, exemptions), true },
	{ "/offeringData/typeOfFiling/newOrAmendment/previousAccessionNumber", offsetof(struct formd, previous), false },
	{ "/offeringData/typeOfFiling/dateOfFirstSale/value", offsetof(struct formd, first_sale), false },
	{ "/offeringData/offeringSalesAmounts/totalOfferingAmount", offsetof(struct formd, offering), false },
	{ "/offeringData/offeringSalesAmounts/totalAmountSold", offsetof(struct formd, sold), false },
	{ "/offeringData/offeringSalesAmounts/totalRemaining", offsetof(struct formd, remaining), false },
	{ "/offeringData/investors/totalNumberAlreadyInvested", offsetof(struct formd, investors), false },
};

/* Kinds of security: each an element that says true. */
static const struct {
	const char *element, *word;
} securities[] = {
	{ "isEquityType", "equity" },
	{ "isDebtType", "debt" },
	{ "isOptionToAcquireType", "option" },
	{ "isSecurityToBeAcquiredType", "security_acquired" },
	{ "isPooledInvestmentFundType", "pooled" },
	{ "isTenantInCommonType", "tenant_in_common" },
	{ "isMineralPropertyType", "mineral" },
	{ "isOtherType", "other" },
};

static struct record_value keep(const struct form *form, const char *text, size_t n)
{
	return (struct record_value){ arena_strndup(form->mem, text, n), n };
}

static void add_item(const struct form *form, struct record_value *list, const char *text, size_t n)
{
	const char *all =
		list->n ? arena_printf(form->mem, "%.*s;%.*s", (int)list->n, list->text, (int)n, text) : arena_strndup(form->mem, text, n);

	*list = (struct record_value){ all, strlen(all) };
}

static bool says_true(const struct xml_leaf *leaf)
{
	return !strcmp(leaf->text, "true");
}

/* An issuer or person has ended: the next one's values go to the next place. */
static int next(const struct form *form, size_t *n, const char *what, const struct xml_leaf *leaf, struct err *e)
{
	if ((long long)++*n > form->limits->issuers)
		return err_set(e, ERR_LIMIT, "line %ld: more than %lld %s (limit issuers)", leaf->line, form->limits->issuers, what);
	return 0;
}

static int issuer_leaf(struct form *form, const char *name, const struct xml_leaf *leaf, struct err *e)
{
	struct formd_issuer *issuer = &form->issuers[form->f.n_issuers];
	const struct {
		const char *name;
		struct record_value *to;
	} rows[] = {
		{ "/cik", &issuer->cik },
		{ "/entityName", &issuer->name },
		{ "/jurisdictionOfInc", &issuer->jurisdiction },
		{ "/entityType", &issuer->entity_type },
	};

	if (!*name)
		return next(form, &form->f.n_issuers, "issuers", leaf, e);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(name, rows[i].name))
			*rows[i].to = keep(form, leaf->text, leaf->n);
	return 0;
}

static int person_leaf(struct form *form, const char *name, const struct xml_leaf *leaf, struct err *e)
{
	struct formd_person *person = &form->persons[form->f.n_persons];

	if (!*name)
		return next(form, &form->f.n_persons, "related persons", leaf, e);
	if (!strcmp(name, "/relatedPersonName/firstName"))
		person->first = keep(form, leaf->text, leaf->n);
	else if (!strcmp(name, "/relatedPersonName/middleName"))
		person->middle = keep(form, leaf->text, leaf->n);
	else if (!strcmp(name, "/relatedPersonName/lastName"))
		person->last = keep(form, leaf->text, leaf->n);
	else if (!strcmp(name, "/relatedPersonRelationshipList/relationship"))
		add_item(form, &person->roles, leaf->text, leaf->n);
	return 0;
}

static void offering_leaf(struct form *form, const char *path, const struct xml_leaf *leaf)
{
	const char *base = strrchr(path, '/') + 1;

	for (size_t i = 0; i < sizeof(leaf_rows) / sizeof(*leaf_rows); i++) {
		struct record_value *to = (struct record_value *)(void *)((char *)&form->f + leaf_rows[i].offset);

		if (strcmp(path, leaf_rows[i].path) != 0 || !leaf->n)
			continue;
		if (leaf_rows[i].list)
			add_item(form, to, leaf->text, leaf->n);
		else
			*to = keep(form, leaf->text, leaf->n);
	}
	for (size_t i = 0; i < sizeof(securities) / sizeof(*securities); i++)
		if (!strcmp(base, securities[i].element) && says_true(leaf))
			add_item(form, &form->f.securities, securities[i].word, strlen(securities[i].word));
	if (!strcmp(base, "isBusinessCombinationTransaction"))
		form->f.combination = says_true(leaf);
	/* the latest signature; days in this form compare as text */
	if (!strcmp(base, "signatureDate") && (!form->f.signed_on.n || strcmp(leaf->text, form->f.signed_on.text) > 0))
		form->f.signed_on = keep(form, leaf->text, leaf->n);
}

static int on_leaf(void *arg, const struct xml_leaf *leaf, struct err *e)
{
	static const struct {
		const char *prefix;
		int (*fn)(struct form *form, const char *rest, const struct xml_leaf *leaf, struct err *e);
	} lists[] = {
		{ "/primaryIssuer", issuer_leaf },
		{ "/issuerList/issuer", issuer_leaf },
		{ "/relatedPersonsList/relatedPersonInfo", person_leaf },
	};
	struct form *form = arg;
	const char *path = leaf->path;

	if (strncmp(path, "/edgarSubmission", 16) != 0)
		return err_set(e, ERR_PARSE, "line %ld: \"%.60s\" instead of an edgarSubmission: this is no Form D", leaf->line, path);
	form->root = true;
	path += 16;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		size_t n = strlen(lists[i].prefix);

		if (!strncmp(path, lists[i].prefix, n) && (path[n] == '/' || !path[n]))
			return lists[i].fn(form, path + n, leaf, e);
	}
	if (!strcmp(path, "/submissionType"))
		form->f.form = keep(form, leaf->text, leaf->n);
	else if (!strcmp(path, "/testOrLive"))
		form->test = !strcmp(leaf->text, "TEST");
	else if (!strncmp(path, "/offeringData/", 14))
		offering_leaf(form, path, leaf);
	return 0;
}

static bool is_form_d(struct record_value form)
{
	return (form.n == 1 && *form.text == 'D') || (form.n == 3 && !memcmp(form.text, "D/A", 3));
}

int edgar_formd_read(const char *data, size_t n, const struct limits *limits, const struct formd_filing *filing, struct sink *out,
	struct err *e)
{
	struct form form = { .mem = arena_new(), .limits = limits };
	int rc;

	form.issuers = arena_zalloc(form.mem, ((size_t)limits->issuers + 1) * sizeof(*form.issuers));
	form.persons = arena_zalloc(form.mem, ((size_t)limits->issuers + 1) * sizeof(*form.persons));
	rc = xml_leaves(data, n, limits, on_leaf, &form, e);
	if (!rc && !is_form_d(form.f.form))
		rc = err_set(e, ERR_PARSE, "this is no Form D: its submissionType is \"%.20s\", not D or D/A",
			form.f.form.n ? form.f.form.text : "");
	if (!rc) {
		form.f.accession = filing->accession;
		form.f.file_number = filing->file_number;
		form.f.filed = filing->filed;
		form.f.raw = (struct record_value){ data, n };
		form.f.issuers = form.issuers;
		form.f.persons = form.persons;
		if (form.test)
			sink_reject(out, "test", data, n, "a test filing, not a live one");
		else
			(void)formd_emit(out, &form.f, filing->offset, filing->place, -1);
	}
	arena_free(form.mem);
	return rc;
}

static int formd_parse(const struct input *in, const struct mapping *map, const struct limits *limits, struct sink *out, struct err *e)
{
	struct formd_filing filing = { .place = "/edgarSubmission" };
	char accession[EDGAR_ACCESSION_SIZE];

	if (format_refuse_others(in, "an XML document", e))
		return -1;
	if (edgar_accession_in_name(in->name, accession))
		filing.accession = (struct record_value){ accession, strlen(accession) };
	return edgar_formd_read(in->data, in->len, limits, &filing, out, e);
}

const struct format format_edgar_formd = {
	.name = "edgar-formd",
	.help = "SEC Form D, D/A (XML): offerings without registration, as rounds of companies and of funds",
	.media = "application/xml",
	.version = 1,
	.parse = formd_parse,
};
