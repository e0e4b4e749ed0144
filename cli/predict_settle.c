/* aimarket predict resolve, dispute, due: how questions come out. */
#include "predict.h"

#include "aimarket/pg.h"
#include "change.h"

static const struct option_row resolve_options[] = {
	{ "why", 0, OPT_TEXT, "TEXT", "the reason; kept" },
	{ "by", 0, OPT_TEXT, "NAME", "who resolves; the user of this system unless given" },
	{ "wait", 0, OPT_TEXT, "HOURS", "how long it may be disputed before it is final: 24 unless given; 0: final at once" },
	{ "known", 0, OPT_TEXT, "DATE", "when the outcome was there to be known (a date: its end, in UTC); scoring ends there" },
	{ "claim", 0, OPT_MANY, "CLAIM", "evidence: a claim of the ledger (o:ID, s:ID); give each" },
	{ 0 },
};
static const struct option_row due_options[] = {
	{ "settle", 0, OPT_FLAG, NULL, "settle what can be settled: criteria that came out, proposals that waited, evidence that changed" },
	{ "by", 0, OPT_TEXT, "NAME", "who settles; the user of this system unless given" },
	{ 0 },
};

/* Claims as a PostgreSQL array: they are o:ID and s:ID, or refused by the ledger. */
static const char *claims_of(struct cmd *c)
{
	const char *const *values;
	int n = cmd_many(c, "claim", &values);
	const char *list = "";

	for (int i = 0; i < n; i++)
		list = arena_printf(cmd_mem(c), "%s%s%s", list, i ? "," : "", values[i]);
	return n ? list : NULL;
}

static int resolve_run(struct cmd *c, struct err *e)
{
	const char *why, *known;
	long wait;

	if (change_why(c, &why, e) || cmd_int(c, "wait", 24, &wait, e) || predict_time(c, "known", false, &known, e))
		return -1;
	const char *params[] = { cmd_arg(c, 0), cmd_arg(c, 1), arena_printf(cmd_mem(c), "%ld", wait), known, claims_of(c), change_author(c), why, CHANGE_TOOL, predict_now(c) };
	return predict_change(c, "SELECT step AS value, tx FROM load.propose($1, $2, $3::int * interval '1 hour', $4, string_to_array($5, ','), $6, $7, $8, $9)", 9, params,
		arena_printf(cmd_mem(c), "%s,", cmd_arg(c, 1)), e);
}

static int dispute_run(struct cmd *c, struct err *e)
{
	const char *why;

	if (change_why(c, &why, e))
		return -1;
	const char *params[] = { cmd_arg(c, 0), change_author(c), why, CHANGE_TOOL, predict_now(c) };
	return predict_change(c, "SELECT load.dispute($1, $2, $3, $4, $5) AS tx", 5, params, "disputed", e);
}

static int due_run(struct cmd *c, struct err *e)
{
	const char *params[] = { change_author(c), CHANGE_TOOL, predict_now(c) };
	const char *now[] = { predict_now(c) };

	if (cmd_flag(c, "settle"))
		return predict_rows(c, "SELECT * FROM load.settle_due($1, $2, $3)", 3, params, e);
	return predict_rows(c,
		"SELECT id, status, resolve_by, criterion, question FROM api.predictions WHERE status IN ('closed', 'overdue', 'proposed', 'disputed') "
		"AND closes_at <= coalesce($1::timestamptz, now()) ORDER BY resolve_by, id",
		1, now, e);
}

const struct command predict_resolve = {
	.name = "resolve",
	.args = "ID OUTCOME",
	.summary = "propose how a question came out",
	.text = "OUTCOME is yes or no; an option; a figure or day; partial:SHARE; or annulled, ambiguous, too_early, source_gone, which score nobody. "
		"It becomes final after the wait unless somebody disputes it. A final one is resolved anew by proposing another: old scores are kept.",
	.options = resolve_options,
	.min_args = 2,
	.max_args = 2,
	.run = resolve_run,
};
const struct command predict_dispute = {
	.name = "dispute",
	.args = "ID",
	.summary = "doubt a proposal before it is final",
	.options = resolve_options,
	.min_args = 1,
	.max_args = 1,
	.run = dispute_run,
};
const struct command predict_due = {
	.name = "due",
	.summary = "questions that closed and are not settled; with --settle: settles what can be",
	.options = due_options,
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.run = due_run,
};
