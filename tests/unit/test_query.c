/* The registry and the statement built from it. */
#include "unit.h"

#include "aimarket/date.h"
#include "aimarket/query.h"

static const struct column deal_columns[] = { { "id" }, { "type" }, { "amount", COL_NUMBER }, { "amount_usd", COL_NUMBER }, { "currency" }, { "announced_on" },
	{ "announced_first" }, { "disputed", COL_BOOL } };
enum { N_COLUMNS = COUNT(deal_columns) };

struct fixture {
	struct arena *mem;
	struct ask ask;
	struct query query;
	struct err e;
};

static int setup(void **state)
{
	struct fixture *f = xzalloc(sizeof(*f));

	f->mem = arena_new();
	f->ask.resource = resource_find("deals");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->mem);
	free(f);
	return 0;
}

static int filter(struct fixture *f, const char *name, const char *value)
{
	return ask_filter(&f->ask, name, value, date_make(2024, 10, 10), f->mem, &f->e);
}

static int build(struct fixture *f)
{
	return query_build(&f->ask, deal_columns, N_COLUMNS, f->mem, &f->query, &f->e);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in \"%s\"", part, text);
}

static void test_plain(void **state)
{
	struct fixture *f = *state;

	assert_false(ask_names_columns(&f->ask));
	assert_int_equal(query_build(&f->ask, NULL, 0, f->mem, &f->query, &f->e), 0);
	assert_has(f->query.sql, "SELECT id, type, status");
	assert_has(f->query.sql, " FROM api.deals ORDER BY announced_first DESC NULLS LAST, id");
	assert_null(strstr(f->query.sql, "WHERE"));
	assert_null(strstr(f->query.sql, "LIMIT"));
	assert_int_equal(f->query.n, 0);
}

/* What is computed when asked is only asked for when few rows can be meant. */
static void test_narrow_questions_ask_the_wide_view(void **state)
{
	struct fixture *f = *state;

	f->ask.resource = resource_find("observations");
	assert_int_equal(filter(f, "entity", "nvidia"), 0);
	assert_int_equal(build(f), 0);
	assert_has(f->query.sql, " FROM api.observations WHERE");
	assert_int_equal(filter(f, "period", "ttm"), 0);
	assert_int_equal(build(f), 0);
	assert_has(f->query.sql, " FROM api.figures WHERE");
	f->ask.n_filters = 0;
	assert_int_equal(filter(f, "metric", "revenue"), 0);
	f->ask.as_of = "2024-10-10";
	assert_int_equal(build(f), 0);
	assert_has(f->query.sql, " FROM api.figures_asof(");
	f->ask.n_filters = 0;
	assert_int_equal(filter(f, "not-metric", "revenue"), 0);
	assert_int_equal(build(f), 0);
	assert_has(f->query.sql, " FROM api.observations_asof(");
}

static void test_filters_are_parameters(void **state)
{
	struct fixture *f = *state;

	f->ask.limit = 10;
	f->ask.all_columns = true;
	assert_int_equal(filter(f, "type", "Acquihire,IPO"), 0);
	assert_int_equal(filter(f, "min_amount", "2.5B"), 0);
	assert_int_equal(filter(f, "disputed", NULL), 0);
	assert_int_equal(build(f), 0);
	assert_has(f->query.sql,
		"SELECT * FROM api.deals WHERE (type = ANY ($1::text[]) OR family = ANY ($1::text[])) AND amount >= $2::numeric AND disputed ORDER BY");
	assert_has(f->query.sql, " LIMIT $3::bigint");
	assert_string_equal(f->query.params[0], "{\"acquihire\",\"ipo\"}");
	assert_string_equal(f->query.params[1], "2500000000");
	assert_string_equal(f->query.params[2], "10");
}

static void test_dates(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(filter(f, "since", "2024-Q3"), 0);
	assert_int_equal(filter(f, "until", "2024-08"), 0);
	assert_int_equal(filter(f, "since", "-90d"), 0);
	assert_int_equal(build(f), 0);
	assert_string_equal(f->query.params[0], "2024-07-01");
	assert_string_equal(f->query.params[1], "2024-08-31");
	assert_string_equal(f->query.params[2], "2024-07-12");
}

static void test_values_never_enter_the_text(void **state)
{
	static const char nasty[] = "x'; DROP TABLE store.deal; -- $1";
	struct fixture *f = *state;

	assert_int_equal(filter(f, "currency", nasty), 0);
	assert_int_equal(filter(f, "target", nasty), 0);
	assert_int_equal(build(f), 0);
	assert_null(strstr(f->query.sql, "DROP"));
	assert_string_equal(f->query.params[1], nasty);
	assert_has(query_text(&f->query, f->mem), "x''; DROP TABLE store.deal; -- $1'");
}

static void test_array_elements_are_quoted(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(filter(f, "currency", "a\"b\\c{},NULL"), 0);
	assert_int_equal(build(f), 0);
	assert_string_equal(f->query.params[0], "{\"a\\\"b\\\\c{}\",\"NULL\"}");
}

static void test_negation(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(filter(f, "not-type", "ipo"), 0);
	assert_int_equal(build(f), 0);
	assert_has(f->query.sql, "WHERE ((type = ANY ($1::text[]) OR family = ANY ($1::text[]))) IS NOT TRUE");
}

static void test_past(void **state)
{
	struct fixture *f = *state;

	f->ask.as_of = "2024-08-31";
	assert_int_equal(filter(f, "disputed", NULL), 0);
	assert_int_equal(build(f), 0);
	assert_has(f->query.sql, " FROM api.deals_asof($1::date, $2::bigint) WHERE disputed");
	assert_string_equal(f->query.params[0], "2024-08-31");
	assert_null(f->query.params[1]);
	f->ask.resource = resource_find("runs");
	f->ask.n_filters = 0;
	assert_int_equal(build(f), -1);
	assert_int_equal(f->e.kind, ERR_USAGE);
}

static void test_columns_and_order(void **state)
{
	struct fixture *f = *state;

	f->ask.columns = "id, amount";
	f->ask.sort = "-amount,announced_on";
	assert_true(ask_names_columns(&f->ask));
	assert_int_equal(build(f), 0);
	assert_has(f->query.sql, "SELECT \"id\", \"amount\" FROM");
	/* a date as written sorts by its first day, and the resource's own order makes the whole total */
	assert_has(f->query.sql,
		"ORDER BY \"amount\" DESC NULLS LAST, \"announced_first\", announced_first DESC NULLS LAST, id");
}

static void test_strict_adds_a_column(void **state)
{
	struct fixture *f = *state;

	f->ask.strict = true;
	assert_int_equal(build(f), 0);
	assert_has(f->query.sql, ", disputed AS \"" QUERY_STRICT "\" FROM");
}

static void test_parts_ask_another_view(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(filter(f, "type", "acquihire"), 0);
	assert_int_equal(filter(f, "parts", NULL), 0);
	assert_int_equal(build(f), 0);
	assert_has(f->query.sql, " FROM api.deal_parts WHERE");
	f->ask.nested = true;
	assert_string_equal(ask_resource(&f->ask)->name, "deals");
}

static void test_names_are_resolved(void **state)
{
	struct fixture *f = *state;
	struct query q;

	assert_int_equal(ask_resolve(&f->ask, f->mem, &q), 0);
	f->ask.resource = resource_find("observations");
	assert_int_equal(filter(f, "since", "2024"), 0);
	assert_int_equal(filter(f, "entity", "NVDA"), 0);
	assert_int_equal(filter(f, "metric", "revenue,capex"), 0);
	assert_int_equal(ask_resolve(&f->ask, f->mem, &q), 2);
	assert_string_equal(q.sql, "SELECT api.entities_slugs($1), api.metric_names($2)");
	assert_string_equal(q.params[0], "NVDA");
	assert_string_equal(q.params[1], "{\"revenue\",\"capex\"}");
	f->ask.snapshot = "7"; /* who was one with whom, then */
	assert_int_equal(ask_resolve(&f->ask, f->mem, &q), 2);
	assert_string_equal(q.sql, "SELECT api.entities_slugs($1, $2::bigint, NULL), api.metric_names($3)");
	f->ask.as_of = "2025-01-10"; /* whose a ticker was */
	assert_int_equal(ask_resolve(&f->ask, f->mem, &q), 2);
	assert_string_equal(q.sql, "SELECT api.entities_slugs($1, $2::bigint, $3::date), api.metric_names($4)");
	assert_string_equal(q.params[2], "2025-01-10");
	f->ask.as_of = f->ask.snapshot = NULL;
	ask_resolved(&f->ask, 0, "{nvidia}");
	ask_resolved(&f->ask, 1, "{revenue,capex}");
	assert_int_equal(build(f), 0);
	assert_string_equal(f->query.params[1], "{nvidia}");
	assert_string_equal(f->query.params[2], "{revenue,capex}");
}

static void test_groups(void **state)
{
	struct fixture *f = *state;

	f->ask.group_by = "type, quarter:announced_on";
	f->ask.measure = "count,sum:amount_usd,p90:amount_usd,count_distinct:type";
	f->ask.having = "count>=3, sum:amount_usd > 1B";
	f->ask.sort = "-sum:amount_usd";
	f->ask.limit = 5;
	assert_true(ask_names_columns(&f->ask));
	assert_int_equal(filter(f, "min-amount", "1M"), 0);
	assert_int_equal(build(f), 0);
	assert_has(f->query.sql, "SELECT \"type\" AS \"type\", CASE WHEN api.bucket_fits(date_precision, 'quarter') THEN ");
	assert_has(f->query.sql, "AS \"quarter_announced_on\", count(*) AS \"count\", sum(\"amount_usd\") AS \"sum_amount_usd\", percentile_disc($1::float8 / 100)");
	assert_has(f->query.sql, "count(DISTINCT \"type\") AS \"count_distinct_type\", count(*) FILTER (WHERE disputed) AS \"disputed\" FROM api.deals WHERE ");
	assert_has(f->query.sql, " GROUP BY 1, 2 HAVING count(*) >= $2::numeric AND sum(\"amount_usd\") > $3::numeric ORDER BY \"sum_amount_usd\" DESC NULLS LAST, 1 ");
	assert_string_equal(f->query.params[0], "90");
	assert_string_equal(f->query.params[1], "3");
	assert_string_equal(f->query.params[2], "1000000000");
	assert_string_equal(f->query.params[3], "1000000");
}

/* Dollars and euros do not add up. */
static void test_groups_keep_units_apart(void **state)
{
	struct fixture *f = *state;

	f->ask.measure = "median:amount";
	assert_int_equal(build(f), 0);
	assert_has(f->query.sql, "SELECT \"currency\" AS \"currency\", trim_scale(");
	assert_has(f->query.sql, " GROUP BY 1 ORDER BY 1");
	f->ask.measure = "count:amount,count";
	assert_int_equal(build(f), 0);
	assert_null(strstr(f->query.sql, "currency"));
	assert_null(strstr(f->query.sql, "GROUP"));
}

/* A bare bucket is one of the resource's first day; what JSON nests is a row of its own in groups. */
static void test_groups_of_parts(void **state)
{
	struct fixture *f = *state;

	f->ask.nested = true;
	f->ask.group_by = "year";
	assert_int_equal(filter(f, "parts", NULL), 0);
	assert_string_equal(ask_resource(&f->ask)->name, "deal_parts");
	assert_int_equal(build(f), 0);
	assert_has(f->query.sql, "api.bucket(announced_first, 'year'), 'year') END AS \"year\"");
	assert_has(f->query.sql, "count(*) FILTER (WHERE part_disputed) AS \"part_disputed\" FROM api.deal_parts");
}

static void test_wrong_groups(void **state)
{
	static const struct {
		const char *group_by, *measure, *having, *sort, *text;
	} cases[] = {
		{ "tpye", NULL, NULL, NULL, "deals has no column \"tpye\", did you mean \"type\"?" },
		{ "quater:announced_on", NULL, NULL, NULL, "no bucket of time is called \"quater\", did you mean \"quarter\"?" },
		{ "year:anounced_on", NULL, NULL, NULL, "deals has no day \"anounced_on\", did you mean \"announced_on\"?" },
		{ NULL, "sum", NULL, NULL, "sum of which column? Say it as in sum:COLUMN" },
		{ NULL, "summ:amount", NULL, NULL, "no measure is called \"summ\", did you mean \"sum\"?" },
		{ NULL, "p101:amount", NULL, NULL, "no measure is called \"p101\"" },
		{ NULL, "sum:amuont", NULL, NULL, "deals has no column \"amuont\", did you mean \"amount\"?" },
		{ NULL, "sum:type", NULL, NULL, "sum needs figures: type of deals is none" },
		{ NULL, "min:disputed", NULL, NULL, "min needs figures: disputed of deals is none" },
		{ NULL, "", NULL, NULL, "--measure names no measure" },
		{ NULL, NULL, "count", NULL, "--having: \"count\" is no condition" },
		{ NULL, NULL, ">3", NULL, "--having: \">3\" is no condition" },
		{ NULL, NULL, "count>many", NULL, "--having count>many: " },
		{ "type", NULL, NULL, "-amount", "the answer has no column \"amount\", did you mean \"count\"?" },
		{ "a\" FROM x; --", NULL, NULL, NULL, "deals has no column" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fixture *f = *state;

		err_clear(&f->e);
		f->ask.group_by = cases[i].group_by;
		f->ask.measure = cases[i].measure;
		f->ask.having = cases[i].having;
		f->ask.sort = cases[i].sort;
		assert_int_equal(build(f), -1);
		assert_int_equal(f->e.kind, ERR_USAGE);
		assert_has(f->e.text, cases[i].text);
	}
}

static void test_too_many_groups(void **state)
{
	struct fixture *f = *state;
	const char *many = "count";

	f->ask.group_by = "id,type,amount,amount_usd,currency,announced_on,announced_first,disputed,year";
	assert_int_equal(build(f), -1);
	assert_has(f->e.text, "groups by more than 8 columns");
	err_clear(&f->e);
	for (int i = 0; i < ASK_MEASURES_MAX; i++)
		many = arena_printf(f->mem, "%s,p%d:amount", many, i);
	f->ask.group_by = NULL;
	f->ask.measure = many;
	assert_int_equal(build(f), -1);
	assert_has(f->e.text, "more than 16 measures");
}

/* ---- faces */

static void test_faces(void **state)
{
	struct fixture *f = *state;

	f->ask.limit = ASK_LIMIT;
	assert_string_equal(ask_command(&f->ask, NULL, f->mem), "aimarket query deals");
	assert_string_equal(ask_url(&f->ask, NULL, f->mem), "/v1/deals");
	f->ask.limit = 0;
	f->ask.sort = "-amount,id";
	f->ask.as_of = "2024-10-10";
	assert_int_equal(filter(f, "not_type", "IPO,acquihire"), 0);
	assert_int_equal(filter(f, "min_amount", "$2.5B"), 0);
	assert_int_equal(filter(f, "target", "O'Reilly & Söhne"), 0);
	assert_int_equal(filter(f, "since", "-90d"), 0);
	assert_int_equal(filter(f, "disputed", "true"), 0);
	assert_int_equal(filter(f, "parts", NULL), 0);
	assert_string_equal(ask_command(&f->ask, "json", f->mem),
		"aimarket query deals --not-type IPO,acquihire --min-amount '$2.5B' --target 'O'\\''Reilly & Söhne' --since=-90d --disputed --parts "
		"--sort=-amount,id --as-of 2024-10-10 --limit 0 --format json");
	assert_string_equal(ask_url(&f->ask, "csv", f->mem),
		"/v1/deals?not_type=IPO,acquihire&min_amount=%242.5B&target=O%27Reilly%20%26%20S%C3%B6hne&since=-90d&disputed=true&parts=true"
		"&sort=-amount,id&as_of=2024-10-10&limit=0&format=csv");
}

struct wrong {
	const char *name, *value, *text;
};

static void test_wrong_filters(void **state)
{
	static const struct wrong cases[] = {
		{ "tpye", "ipo", "did you mean \"type\"?" },
		{ "type", "acquihier", "did you mean \"acquihire\"?" },
		{ "type", "", "--type needs a value" },
		{ "type", NULL, "--type needs a value: WORD" },
		{ "min-amount", "lots", "--min-amount: " },
		{ "since", "2024-13", "--since: " },
		{ "target", "\xff", "not UTF-8" },
		{ "zzzzzz", "x", "deals has no filter \"zzzzzz\"" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fixture *f = *state;

		err_clear(&f->e);
		assert_int_equal(filter(f, cases[i].name, cases[i].value), -1);
		assert_int_equal(f->e.kind, ERR_USAGE);
		assert_has(f->e.text, cases[i].text);
	}
}

static void test_wrong_columns(void **state)
{
	struct fixture *f = *state;

	f->ask.columns = "id,amont";
	assert_int_equal(build(f), -1);
	assert_string_equal(f->e.text, "deals has no column \"amont\", did you mean \"amount\"?");
	assert_string_equal(f->e.hint, "It has: id, type, amount, amount_usd, currency, announced_on, announced_first, disputed.");
	err_clear(&f->e);
	f->ask.columns = "\"id\"; DROP TABLE x";
	assert_int_equal(build(f), -1);
	err_clear(&f->e);
	f->ask.columns = NULL;
	f->ask.sort = "-typ";
	assert_int_equal(build(f), -1);
	assert_has(f->e.text, "did you mean \"type\"?");
}

static void test_unknown_resource(void **state)
{
	struct fixture *f = *state;

	assert_null(resource_find("dael"));
	assert_int_equal(resource_unknown("dael", &f->e), -1);
	assert_string_equal(f->e.text, "unknown resource \"dael\", did you mean \"deals\"?");
}

/* What the rows of the registry promise to each other. */
static void test_registry(void **state)
{
	for (const struct resource *r = resources; r->name; r++) {
		assert_non_null(r->view);
		assert_non_null(r->columns);
		assert_non_null(r->order);
		assert_non_null(r->help);
		for (const struct param *p = r->params; p->name; p++) {
			assert_non_null(p->sql);
			assert_non_null(p->help);
			assert_true(!p->values || p->type == PARAM_CODE);
			assert_ptr_equal(resource_param(r, p->name), p);
			if (p->type == PARAM_VIEW)
				assert_ptr_equal(resource_find(p->sql)->params, r->params);
			else
				assert_int_equal(strchr(p->sql, '$') != NULL, p->type != PARAM_FLAG);
		}
	}
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_plain),
		TEST(test_filters_are_parameters),
		TEST(test_narrow_questions_ask_the_wide_view),
		TEST(test_dates),
		TEST(test_values_never_enter_the_text),
		TEST(test_array_elements_are_quoted),
		TEST(test_negation),
		TEST(test_past),
		TEST(test_columns_and_order),
		TEST(test_strict_adds_a_column),
		TEST(test_parts_ask_another_view),
		TEST(test_names_are_resolved),
		TEST(test_groups),
		TEST(test_groups_keep_units_apart),
		TEST(test_groups_of_parts),
		TEST(test_wrong_groups),
		TEST(test_too_many_groups),
		TEST(test_faces),
		TEST(test_wrong_filters),
		TEST(test_wrong_columns),
		TEST(test_unknown_resource),
		TEST(test_registry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
