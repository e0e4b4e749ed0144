/*
 * aimarket judge, retract, correct: what people do about claims that should not be taken at their word. The three are
 * kept apart: the source was wrong, we misread and it said nothing, we misread and it said something else.
 */
#include <jansson.h>

#include "aimarket/cmd.h"
#include "aimarket/date.h"
#include "aimarket/decimal.h"
#include "aimarket/pg.h"
#include "change.h"

static const struct option_row correct_options[] = {
	{ "value", 0, OPT_TEXT, "NUMBER", "figure: what the source did say (100M, 2.5B and the like are understood)" },
	{ "high", 0, OPT_TEXT, "NUMBER", "figure: upper end, when it said a range" },
	{ "decimals", 0, OPT_TEXT, "N", "figure: rounding, -8 is to the nearest 100 million; left out with --value: as the number is written" },
	{ "comparator", 0, OPT_TEXT, "SIGN", "figure: one of = ~ > >= < <= .." },
	{ "code", 0, OPT_TEXT, "WORD", "statement: the code" },
	{ "text", 0, OPT_TEXT, "TEXT", "statement: the words" },
	{ "object", 0, OPT_TEXT, "ENTITY", "statement: the other entity" },
	{ "start", 0, OPT_TEXT, "DATE", "the period's first day" },
	{ "end", 0, OPT_TEXT, "DATE", "the period's last day, or the day" },
	{ 0 },
};

/* Runs sql, which gives the transaction's number (and, for correct, the claim that replaces), and tells what was done. */
static int change(struct cmd *c, const char *sql, int n, const char *const *params, const char *done, struct err *e)
{
	PGresult *res = NULL;
	struct pg *db;

	if (cmd_store(c, &db, e) || pg_exec(db, sql, n, params, &res, e))
		return -1;
	printf("%s %s%s%s, transaction %s\n", cmd_arg(c, 0), done, PQnfields(res) > 1 ? " " : "", PQnfields(res) > 1 ? PQgetvalue(res, 0, 1) : "",
	       PQgetvalue(res, 0, 0));
	PQclear(res);
	return 0;
}

static int judge_run(struct cmd *c, struct err *e)
{
	const char *why;

	if (change_why(c, &why, e))
		return -1;
	const char *params[] = { cmd_arg(c, 0), cmd_arg(c, 1), why, change_author(c), CHANGE_TOOL };
	return change(c, "SELECT load.judge($1, $2, $3, $4, $5)", 5, params, arena_printf(cmd_mem(c), "is now %s", cmd_arg(c, 1)), e);
}

static int retract_run(struct cmd *c, struct err *e)
{
	const char *why;

	if (change_why(c, &why, e))
		return -1;
	const char *params[] = { cmd_arg(c, 0), why, change_author(c), CHANGE_TOOL };
	return change(c, "SELECT load.retract($1, $2, $3, $4)", 4, params, "is taken back", e);
}

/* ---- correct: the given fields as a JSON object of texts, numbers and days in their canonical form */

static int number_field(json_t *fields, const char *name, const char *given, int *decimals, struct err *e)
{
	struct buf out;
	int rc;

	buf_init(&out, 2 * DECIMAL_DIGITS_MAX);
	rc = decimal_read_human(given, &out, e);
	if (!rc) {
		json_object_set_new(fields, name, json_string(buf_str(&out)));
		buf_reset(&out);
		/* the rounding the plain spelling implies; amounts with a letter say theirs by the digits before it */
		if (decimals && decimal_read(json_string_value(json_object_get(fields, name)), strlen(json_string_value(json_object_get(fields, name))),
		                             DECIMAL_PLAIN, 0, &out, decimals, e))
			rc = -1;
	}
	buf_release(&out);
	return rc ? err_prefix(e, "--%s", name) : 0;
}

static int day_field(json_t *fields, const char *name, const char *given, bool last, struct err *e)
{
	struct date_span span;
	char iso[11];

	if (date_read_human(given, date_today(), &span, e))
		return err_prefix(e, "--%s", name);
	date_iso(last ? span.last : span.first, iso);
	json_object_set_new(fields, name, json_string(iso));
	return 0;
}

static int rounding_field(struct cmd *c, json_t *fields, int implied, struct err *e)
{
	long decimals;

	if (cmd_int(c, "decimals", implied, &decimals, e))
		return -1;
	if (cmd_opt(c, "decimals") || cmd_opt(c, "value"))
		json_object_set_new(fields, "decimals", json_integer(decimals));
	return 0;
}

static int collect(struct cmd *c, json_t *fields, struct err *e)
{
	static const char *const words[] = { "comparator", "code", "text", "object", NULL };
	int implied = 0;

	for (int i = 0; words[i]; i++)
		if (cmd_opt(c, words[i]))
			json_object_set_new(fields, words[i], json_string(cmd_opt(c, words[i])));
	if (cmd_opt(c, "value") && number_field(fields, "value", cmd_opt(c, "value"), &implied, e))
		return -1;
	if (cmd_opt(c, "high") && number_field(fields, "high", cmd_opt(c, "high"), NULL, e))
		return -1;
	if (cmd_opt(c, "start") && day_field(fields, "start", cmd_opt(c, "start"), false, e))
		return -1;
	if (cmd_opt(c, "end") && day_field(fields, "end", cmd_opt(c, "end"), true, e))
		return -1;
	return rounding_field(c, fields, implied, e);
}

static int correct_run(struct cmd *c, struct err *e)
{
	json_t *fields = json_object();
	const char *why;
	int rc = -1;

	if (!change_why(c, &why, e) && !collect(c, fields, e)) {
		char *text = json_dumps(fields, JSON_COMPACT);
		const char *params[] = { cmd_arg(c, 0), text, why, change_author(c), CHANGE_TOOL };

		rc = change(c, "SELECT tx, replaced_by FROM load.correct($1, $2::jsonb, $3, $4, $5)", 5, params, "is replaced by", e);
		free(text);
	}
	json_decref(fields);
	return rc;
}

extern const struct command cmd_judge, cmd_retract, cmd_correct;
const struct command cmd_judge = {
	.name = "judge",
	.args = "CLAIM VERDICT",
	.summary = "say what a claim is worth: preferred, normal or deprecated",
	.text = "The claim stays as its source made it; the verdict stands beside it with its reason and decides what is shown. "
		"A preferred claim is shown before all others, a deprecated one only when nothing else is left.\n"
		"For a source that was wrong. When the source never said it, see `aimarket help retract` and `aimarket help correct`.",
	.options = change_options,
	.min_args = 2,
	.max_args = 2,
	.run = judge_run,
};
const struct command cmd_retract = {
	.name = "retract",
	.args = "CLAIM",
	.summary = "take a claim back that its source never made: we misread",
	.text = "The claim is closed, not deleted: an answer as of an earlier transaction still has it.",
	.options = change_options,
	.min_args = 1,
	.max_args = 1,
	.run = retract_run,
};
const struct command cmd_correct = {
	.name = "correct",
	.args = "CLAIM",
	.summary = "replace a claim by what its source did say: we misread",
	.text = "The claim is closed and a new one with the same source, document and place takes over. Fields that are not given stay as they were.",
	.options = correct_options,
	.shared = (const struct option_row *const[]){ change_options, NULL },
	.min_args = 1,
	.max_args = 1,
	.run = correct_run,
};
