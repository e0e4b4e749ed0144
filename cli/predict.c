/* aimarket predict: questions about the future, forecasts, and what they were worth. The tree of its commands. */
#include "predict.h"

#include "aimarket/date.h"
#include "aimarket/pg.h"

const char *predict_now(struct cmd *c)
{
	char iso[11];

	if (!getenv("AIMARKET_TODAY"))
		return NULL;
	date_iso(date_today(), iso);
	return arena_printf(cmd_mem(c), "%s 12:00:00+00", iso);
}

int predict_time(struct cmd *c, const char *option, bool begin, const char **out, struct err *e)
{
	char room[DATE_TIME_SIZE];

	*out = cmd_opt(c, option);
	if (!*out)
		return 0;
	if (date_read_time(*out, date_today(), begin, room, out, e))
		return err_prefix(e, "--%s", option);
	*out = arena_strdup(cmd_mem(c), *out);
	return 0;
}

int predict_change(struct cmd *c, const char *sql, int n, const char *const *params, const char *text, struct err *e)
{
	PGresult *res = NULL;
	struct pg *db;
	int value, tx;

	if (cmd_store(c, &db, e) || pg_exec(db, sql, n, params, &res, e))
		return -1;
	value = PQfnumber(res, "value");
	tx = PQfnumber(res, "tx");
	printf("%s: %s%s%s, transaction %s\n", cmd_arg(c, 0), text, value < 0 ? "" : " ", value < 0 ? "" : PQgetvalue(res, 0, value), PQgetvalue(res, 0, tx));
	PQclear(res);
	return 0;
}

int predict_rows(struct cmd *c, const char *sql, int n, const char *const *params, struct err *e)
{
	PGresult *res = NULL;
	struct pg *db;
	int rc;

	if (cmd_store(c, &db, e) || pg_exec(db, sql, n, params, &res, e))
		return -1;
	rc = cmd_print(c, res, e);
	PQclear(res);
	return rc;
}

static const struct option_row score_options[] = {
	{ "rule", 0, OPT_TEXT, "NAME", "the scoring rule" },
	{ "input", 0, OPT_TEXT, "JSON|@FILE|-", "run the rule on this and print what comes out; needs no store" },
	{ "list", 0, OPT_FLAG, NULL, "the rules: formula and where it is from" },
	{ "prediction", 0, OPT_TEXT, "ID", "scores on this question" },
	{ "forecaster", 0, OPT_TEXT, "NAME", "scores of this forecaster" },
	{ "backfilled", 0, OPT_FLAG, NULL, "let in forecasts that were recorded later than they claim to be" },
	{ 0 },
};

static int score_run_command(struct cmd *c, struct err *e)
{
	if (cmd_flag(c, "list"))
		return predict_rule_list(c, e);
	return cmd_opt(c, "input") ? predict_rule_run(c, e) : predict_scores_run(c, e);
}

static const struct command predict_score = {
	.name = "score",
	.summary = "what forecasts were worth, by any of many scoring rules",
	.text = "Scores every question that came out and has no scores yet, in one pass over the forecast log, and prints scores that stand.\n"
		"With --rule and --input one rule works on numbers given as JSON: a number, null (not scored), inf, or JSON is printed; "
		"input that breaks the rule's terms (probabilities outside 0..1 or that do not sum to 1 within 1e-6, falling "
		"distributions …) is refused with exit code 2.",
	.options = score_options,
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.run = score_run_command,
};

extern const struct command cmd_predict;
const struct command cmd_predict = {
	.name = "predict",
	.summary = "questions, forecasts, and scores one can trust",
	.children = (const struct command *const[]){ &predict_add, &predict_edit, &predict_link, &predict_forecast, &predict_withdraw, &predict_seal,
		&predict_open, &predict_resolve, &predict_dispute, &predict_due, &predict_list, &predict_show, &predict_score, &predict_leaderboard, &predict_compare, &predict_calibration, &predict_import,
		&predict_export, NULL },
};
