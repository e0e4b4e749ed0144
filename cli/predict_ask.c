/* aimarket predict add, edit, link, list, show: questions. */
#include "predict.h"

#include "aimarket/criterion.h"
#include "aimarket/date.h"
#include "aimarket/decimal.h"
#include "aimarket/pg.h"
#include "change.h"

static const struct option_row question_options[] = {
	{ "kind", 0, OPT_TEXT, "binary|choice|numeric|date", "what may come out; binary unless given" },
	{ "when", 0, OPT_TEXT, "EXPRESSION", "criterion over the ledger that settles it, see below" },
	{ "vintage", 0, OPT_TEXT, "first|known|latest", "which state of a figure counts: first release, as known at the close (unless given), latest" },
	{ "opens", 0, OPT_TEXT, "DATE", "forecasts count from then (a date: its beginning, in UTC); now unless given" },
	{ "closes", 0, OPT_TEXT, "DATE", "and until then (a date: its end); the last day of the criterion unless given" },
	{ "resolve-by", 0, OPT_TEXT, "DATE", "when it is to be settled (a date: its end); the close unless given" },
	{ "criteria", 0, OPT_TEXT, "TEXT", "when it counts as come true, in words" },
	{ "fine-print", 0, OPT_TEXT, "TEXT", "what else is to be minded" },
	{ "truth", 0, OPT_TEXT, "TEXT", "source of truth" },
	{ "option", 0, OPT_MANY, "NAME", "choice: an option; give each" },
	{ "low", 0, OPT_TEXT, "NUMBER", "numeric: lower end of the range (date: a day)" },
	{ "high", 0, OPT_TEXT, "NUMBER", "numeric: upper end" },
	{ "open-low", 0, OPT_FLAG, NULL, "it may come out below the range" },
	{ "open-high", 0, OPT_FLAG, NULL, "it may come out above" },
	{ "zero-point", 0, OPT_TEXT, "NUMBER", "numeric: a log scale that begins there" },
	{ "unit", 0, OPT_TEXT, "UNIT", "numeric: of the figure" },
	{ "tag", 0, OPT_MANY, "WORD", "to find it by; give each" },
	{ "about", 0, OPT_MANY, "ENTITY", "what it is about; give each" },
	{ "id", 0, OPT_TEXT, "SLUG", "its name; made from the text unless given" },
	{ "question", 0, OPT_TEXT, "TEXT", "edit: the text" },
	{ "by", 0, OPT_TEXT, "NAME", "who asks; the user of this system unless given" },
	{ "no-base-rate", 0, OPT_FLAG, NULL, "do not tell how often the like came true before" },
	{ 0 },
};

enum { LISTED = 20 };	/* of those a base rate rests on */

/* Options whose text goes into the field of the same meaning as it is. */
static const char *const text_fields[][2] = { { "kind", "kind" }, { "vintage", "vintage" }, { "criteria", "criteria" }, { "fine-print", "fine_print" }, { "truth", "truth" },
	{ "unit", "unit" }, { "id", "id" }, { "question", "question" }, { NULL, NULL } };
static const char *const list_fields[][2] = { { "option", "options" }, { "tag", "tags" }, { "about", "about" }, { NULL, NULL } };
static const char *const number_fields[][2] = { { "low", "low" }, { "high", "high" }, { "zero-point", "zero_point" }, { NULL, NULL } };

static void set_text(json_t *fields, const char *name, const char *value)
{
	if (value)
		json_object_set_new(fields, name, json_string(value));
}

static void collect_words(struct cmd *c, json_t *fields)
{
	const char *const *values;

	for (int i = 0; text_fields[i][0]; i++)
		set_text(fields, text_fields[i][1], cmd_opt(c, text_fields[i][0]));
	for (int i = 0; list_fields[i][0]; i++) {
		int n = cmd_many(c, list_fields[i][0], &values);
		json_t *list = n ? json_array() : NULL;

		for (int k = 0; k < n; k++)
			json_array_append_new(list, json_string(values[k]));
		if (list)
			json_object_set_new(fields, list_fields[i][1], list);
	}
	if (cmd_flag(c, "open-low"))
		json_object_set_new(fields, "open_low", json_true());
	if (cmd_flag(c, "open-high"))
		json_object_set_new(fields, "open_high", json_true());
}

/* A number, or for ends of a date question a day, kept as days since 1970. */
static int collect_number(struct cmd *c, json_t *fields, const char *option, const char *field, struct err *e)
{
	const char *given = cmd_opt(c, option), *kind = cmd_opt(c, "kind");
	struct date_span span;
	struct buf canon;
	int rc = 0;

	if (!given)
		return 0;
	if (kind && strcmp(kind, "date") == 0) {
		if (date_read_human(given, date_today(), &span, e))
			return err_prefix(e, "--%s", option);
		json_object_set_new(fields, field, json_integer(span.first - date_make(1970, 1, 1)));
		return 0;
	}
	buf_init(&canon, 2 * DECIMAL_DIGITS_MAX);
	rc = decimal_read_human(given, &canon, e) ? err_prefix(e, "--%s", option) : 0;
	set_text(fields, field, rc ? NULL : buf_str(&canon));
	buf_release(&canon);
	return rc;
}

static int collect_times(struct cmd *c, json_t *fields, struct err *e)
{
	const char *opens, *closes, *by;

	if (predict_time(c, "opens", true, &opens, e) || predict_time(c, "closes", false, &closes, e) || predict_time(c, "resolve-by", false, &by, e))
		return -1;
	set_text(fields, "opens_at", opens);
	set_text(fields, "closes_at", closes);
	set_text(fields, "resolve_by", by);
	return 0;
}

static int collect_criterion(struct cmd *c, json_t *fields, struct err *e)
{
	const char *when = cmd_opt(c, "when"), *last;
	json_t *plan;

	if (!when)
		return 0;
	if (criterion_parse(when, &plan, e))
		return -1;
	last = criterion_deadline(plan);
	if (last && !json_object_get(fields, "closes_at"))
		set_text(fields, "closes_at", arena_printf(cmd_mem(c), "%s 23:59:59", last));
	set_text(fields, "criterion", when);
	json_object_set_new(fields, "plan", plan);
	if (!json_object_get(fields, "vintage"))
		set_text(fields, "vintage", "known");
	return 0;
}

static int collect(struct cmd *c, json_t *fields, struct err *e)
{
	collect_words(c, fields);
	for (int i = 0; number_fields[i][0]; i++)
		if (collect_number(c, fields, number_fields[i][0], number_fields[i][1], e))
			return -1;
	return collect_times(c, fields, e) || collect_criterion(c, fields, e) ? -1 : 0;
}

/* How often the like came true before, with the list. params: question, now. */
static int tell_base_rate(struct pg *db, const char *const *params, struct err *e)
{
	PGresult *res = NULL;
	int came = 0, n;

	if (pg_exec(db,
			"SELECT coalesce(b.came_true, false), b.thing, b.at FROM load.prediction_row($1) p, api.base_rate(p.plan, coalesce($2::timestamptz, now())::date) b WHERE p.plan IS NOT NULL "
			"ORDER BY b.at DESC NULLS LAST, b.thing",
			2, params, &res, e))
		return -1;
	n = PQntuples(res);
	for (int i = 0; i < n; i++)
		came += *PQgetvalue(res, i, 0) == 't';
	if (n)
		printf("base rate: %d of %d before came true\n", came, n);
	for (int i = 0; i < n && i < LISTED; i++)
		printf("  %-9s  %-10s  %s\n", *PQgetvalue(res, i, 0) == 't' ? "came true" : "did not", PQgetvalue(res, i, 2), PQgetvalue(res, i, 1));
	if (n > LISTED)
		printf("  and %d more\n", n - LISTED);
	PQclear(res);
	return 0;
}

/* What the criterion comes to today, and how often the like came true before. */
static int tell_past(struct cmd *c, const char *slug, struct err *e)
{
	const char *params[] = { slug, predict_now(c) };
	PGresult *res = NULL;
	struct pg *db;

	if (cmd_store(c, &db, e) ||
		pg_exec(db, "SELECT f.truth, f.said FROM load.prediction_row($1) p, api.try_criterion(p, coalesce($2::timestamptz, now())::date, NULL) f WHERE p.plan IS NOT NULL", 2,
			params, &res, e))
		return -1;
	if (PQntuples(res))
		printf("as things stand: %s (%s)\n", PQgetisnull(res, 0, 0) ? "open" : *PQgetvalue(res, 0, 0) == 't' ? "yes" : "no", PQgetvalue(res, 0, 1));
	PQclear(res);
	return tell_base_rate(db, params, e);
}

static int add(struct cmd *c, json_t *fields, struct err *e)
{
	char *text = json_dumps(fields, JSON_COMPACT);
	const char *params[] = { text, change_author(c), CHANGE_TOOL, predict_now(c) };
	PGresult *res = NULL;
	struct pg *db;
	int rc = cmd_store(c, &db, e) || pg_exec(db, "SELECT slug, tx FROM load.add_prediction($1, $2, $3, $4)", 4, params, &res, e) ? -1 : 0;

	free(text);
	if (rc)
		return -1;
	const char *slug = arena_strdup(cmd_mem(c), PQgetvalue(res, 0, 0));
	printf("asked %s, transaction %s\n", slug, PQgetvalue(res, 0, 1));
	PQclear(res);
	return cmd_flag(c, "no-base-rate") || !cmd_opt(c, "when") ? 0 : tell_past(c, slug, e);
}

static int add_run(struct cmd *c, struct err *e)
{
	json_t *fields = json_object();
	int rc;

	set_text(fields, "question", cmd_arg(c, 0));
	rc = collect(c, fields, e) || add(c, fields, e) ? -1 : 0;
	json_decref(fields);
	return rc;
}

static int edit_run(struct cmd *c, struct err *e)
{
	json_t *fields = json_object();
	int rc = collect(c, fields, e);

	if (!rc) {
		char *text = json_dumps(fields, JSON_COMPACT);
		const char *params[] = { cmd_arg(c, 0), text, change_author(c), CHANGE_TOOL };

		rc = predict_change(c, "SELECT load.edit_prediction($1, $2, $3, $4) AS tx", 4, params, "edited", e);
		free(text);
	}
	json_decref(fields);
	return rc;
}

static int link_run(struct cmd *c, struct err *e)
{
	const char *params[] = { cmd_arg(c, 0), cmd_arg(c, 1), cmd_opt(c, "as") ? cmd_opt(c, "as") : "same", cmd_opt(c, "why"), change_author(c), CHANGE_TOOL };

	return predict_change(c, "SELECT load.link_predictions($1, $2, $3, $4, $5, $6) AS tx", 6, params, "linked", e);
}

static int list_run(struct cmd *c, struct err *e)
{
	const char *params[] = { cmd_opt(c, "status"), cmd_opt(c, "tag") };

	return predict_rows(c,
		"SELECT id, kind, status, outcome, crowd, forecasters, closes_at, question FROM api.predictions "
		"WHERE ($1::text IS NULL OR status = ANY (string_to_array($1, ','))) AND ($2::text IS NULL OR tags ? $2) ORDER BY closes_at DESC, id",
		2, params, e);
}

/* The parts of a question, each a statement about its entity ($1: slug). */
static const struct { const char *title, *sql; } parts[] = {
	{ "", "SELECT d.key, d.value FROM api.predictions p, json_each_text(json_strip_nulls(to_json(p))) WITH ORDINALITY d WHERE p.id = $1 ORDER BY d.ordinality" },
	{ "resolutions", "SELECT r.at, r.step, api.outcome_text(p.kind, r.outcome, r.value, r.option) AS outcome, r.who, r.why, array_to_string(r.claims, ' ') AS claims, r.snapshot, r.as_of "
			 "FROM store.resolution r JOIN store.prediction p ON p.entity = r.prediction AND p.batch_to IS NULL WHERE r.prediction = load.prediction_entity($1) ORDER BY r.id" },
	{ "forecasts", "SELECT id, forecaster, claimed_at, state, p, said, backfilled, why FROM api.forecasts WHERE prediction = $1 ORDER BY claimed_at, id" },
	{ "linked", "SELECT l.relation, o.slug AS other, l.why FROM store.prediction_link l JOIN store.entity o ON o.id = l.other WHERE l.prediction = load.prediction_entity($1) "
		    "AND l.batch_to IS NULL ORDER BY o.slug" },
	{ "scores", "SELECT forecaster, rule, value, coverage, n, baseline, standing FROM api.scores WHERE prediction = $1 ORDER BY standing DESC, rule, forecaster" },
};

static int show_run(struct cmd *c, struct err *e)
{
	const char *params[] = { cmd_arg(c, 0) };
	PGresult *res = NULL;
	struct pg *db;

	if (cmd_store(c, &db, e) || pg_exec(db, "SELECT e.slug FROM store.entity e WHERE e.id = load.prediction_entity($1)", 1, params, &res, e))
		return -1;
	params[0] = arena_strdup(cmd_mem(c), PQgetvalue(res, 0, 0));
	PQclear(res);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		int rc = 0;

		if (pg_exec(db, parts[i].sql, 1, params, &res, e))
			return -1;
		if (PQntuples(res)) {
			printf(i ? "\n%s\n" : "%s", parts[i].title);
			rc = cmd_print(c, res, e);
		}
		PQclear(res);
		if (rc)
			return -1;
	}
	return 0;
}

static const struct option_row link_options[] = {
	{ "as", 0, OPT_TEXT, "same|similar|inverted", "how the other stands to this one; same contract unless given" },
	{ "why", 0, OPT_TEXT, "TEXT", "the reason" },
	{ "by", 0, OPT_TEXT, "NAME", "who says so" },
	{ 0 },
};
static const struct option_row list_question_options[] = {
	{ "status", 0, OPT_TEXT, "WORD,…", "coming, open, closed, overdue, proposed, disputed, resolved" },
	{ "tag", 0, OPT_TEXT, "WORD", "with this tag" },
	{ 0 },
};

const struct command predict_add = {
	.name = "add",
	.args = "QUESTION",
	.summary = "ask a question",
	.text = "A criterion settles it by what the ledger knows: deals type=ipo target=cerebras status=priced by 2025-12-31; observation entity=NVIDIA "
		"metric=market_cap >= 5e12 USD by 2025-12-31; count deals type=acquihire >= 3 since 2025 by 2025-12-31; last observation entity=A metric=revenue > "
		"observation entity=B metric=revenue by 2026-06-30; question ID = yes; with and, or, not and ( ).\n"
		"It is checked, and tried on what is known, when the question is asked; how often the like came true before is told.",
	.options = question_options,
	.min_args = 1,
	.max_args = 1,
	.run = add_run,
};
const struct command predict_edit = {
	.name = "edit",
	.args = "ID",
	.summary = "change a question; the text before is kept",
	.options = question_options,
	.min_args = 1,
	.max_args = 1,
	.run = edit_run,
};
const struct command predict_link = {
	.name = "link",
	.args = "ID OTHER",
	.summary = "say that another question is the same contract, similar, or its opposite",
	.options = link_options,
	.min_args = 2,
	.max_args = 2,
	.run = link_run,
};
const struct command predict_list = {
	.name = "list",
	.summary = "questions, the last to close first",
	.options = list_question_options,
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.run = list_run,
};
const struct command predict_show = {
	.name = "show",
	.args = "ID",
	.summary = "a question with all that was said and done about it",
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.min_args = 1,
	.max_args = 1,
	.run = show_run,
};
