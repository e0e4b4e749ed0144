/* aimarket predict: questions about the future, forecasts, and what they were worth. The tree of its commands. */
#include "predict.h"

static const struct option_row score_options[] = {
	{ "rule", 0, OPT_TEXT, "NAME", "the scoring rule" },
	{ "input", 0, OPT_TEXT, "JSON|@FILE|-", "run the rule on this and print what comes out; needs no store" },
	{ "list", 0, OPT_FLAG, NULL, "the rules: formula and where it is from" },
	{ 0 },
};

static int score_run_command(struct cmd *c, struct err *e)
{
	if (cmd_flag(c, "list"))
		return predict_rule_list(c, e);
	if (cmd_opt(c, "input"))
		return predict_rule_run(c, e);
	err_set(e, ERR_USAGE, "nothing to score");
	return err_hint(e, "Give --rule NAME and --input JSON, or --list for the rules.");
}

static const struct command predict_score = {
	.name = "score",
	.summary = "what forecasts were worth, by any of many scoring rules",
	.text = "With --rule and --input one rule works on numbers given as JSON: a number, null (not scored), inf, or JSON is printed; "
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
	.children = (const struct command *const[]){ &predict_score, NULL },
};
