/* aimarket predict score, leaderboard, calibration: what forecasters were worth. */
#include "predict.h"

#include <math.h>
#include <unistd.h>

#include "aimarket/pg.h"
#include "aimarket/score.h"
#include "change.h"

enum { BINS = 10, BAR = 40, ADJUSTED_MAX = 2000 };

static int bring_up_to_date(struct cmd *c, struct err *e)
{
	long long forecasts, scores;

	if (predict_tally(c, cmd_flag(c, "backfilled"), &forecasts, &scores, e))
		return -1;
	if (scores && !cmd_flag(c, "quiet"))
		fprintf(stderr, "%lld forecasts scored, %lld scores\n", forecasts, scores);
	return 0;
}

int predict_scores_run(struct cmd *c, struct err *e)
{
	const char *params[] = { cmd_opt(c, "prediction"), cmd_opt(c, "forecaster"), cmd_opt(c, "rule"),
		cmd_flag(c, "backfilled") ? "t" : "f" };

	if (bring_up_to_date(c, e))
		return -1;
	return predict_rows(c,
		"SELECT prediction, forecaster, rule, value, coverage, n, baseline, outcome FROM api.scores WHERE standing AND backfilled = $4 AND ($1::text IS NULL OR prediction = $1) "
		"AND ($2::text IS NULL OR forecaster = load.slug($2)) AND ($3::text IS NULL OR rule = $3) ORDER BY prediction, rule, value, forecaster LIMIT 10000",
		4, params, e);
}

/* ---- leaderboard. The mean, and by how much it might have been another had other questions been asked: bootstrap over questions. */

static double be_value(const char *p)
{
	uint64_t bits = 0;
	double v;

	for (int i = 0; i < 8; i++)
		bits = bits << 8 | (unsigned char)p[i];
	memcpy(&v, &bits, sizeof v);
	return v;
}

static int be_int(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (int)((uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3]);
}

enum { ARRAY_HEAD = 20, FLOAT8_ITEM = 12, INT4_ITEM = 8 }; /* of a binary array: dimensions and the like; length and value */

static int array_length(const PGresult *res, int row, int column)
{
	return PQgetlength(res, row, column) >= ARRAY_HEAD ? be_int(PQgetvalue(res, row, column) + 12) : 0;
}

static double score_at(const PGresult *res, int row, int column, int i)
{
	return be_value(PQgetvalue(res, row, column) + ARRAY_HEAD + FLOAT8_ITEM * i + 4);
}

static int question_at(const PGresult *res, int row, int column, int i)
{
	return be_int(PQgetvalue(res, row, column) + ARRAY_HEAD + INT4_ITEM * i + 4);
}

/* Who was scored on what: columns slug, questions, scores. */
enum { WHO, QUESTIONS, SCORES };

static const char *interval_text(struct cmd *c, const PGresult *values, int row)
{
	int n = array_length(values, row, SCORES);
	double *v = xmalloc((size_t)n * sizeof *v + 1), low, high;

	for (int i = 0; i < n; i++)
		v[i] = score_at(values, row, SCORES, i);
	score_bootstrap(v, n, &low, &high);
	free(v);
	return n > 1 ? arena_printf(cmd_mem(c), "[%.4g, %.4g]", low, high) : "";
}

/* What each would have got on all the questions; NULL when there are too many forecasters for it. */
static double *adjusted(struct cmd *c, const PGresult *values)
{
	int names = PQntuples(values), n = 0, k = 0, base = 0;
	double *effect = arena_zalloc(cmd_mem(c), (size_t)names * sizeof *effect + 1), middle;

	for (int i = 0; i < names; i++) {
		n += array_length(values, i, SCORES);
		if (array_length(values, i, SCORES) > array_length(values, base, SCORES))
			base = i;
	}
	if (names > ADJUSTED_MAX || !n)
		return NULL;
	struct score_seen *rows = xmalloc((size_t)n * sizeof *rows);
	for (int i = 0; i < names; i++)
		for (int q = 0; q < array_length(values, i, SCORES); q++)
			rows[k++] = (struct score_seen){ question_at(values, i, QUESTIONS, q), i, score_at(values, i, SCORES, q) };
	middle = score_two_way(rows, n, names, base, effect);
	free(rows);
	for (int i = 0; i < names; i++)
		effect[i] += middle;
	return effect;
}

enum board_column { B_PLACE, B_FORECASTER, B_KIND, B_MEAN, B_INTERVAL, B_ADJUSTED, B_REST, B_COLUMNS = B_REST + 8 };

static int print_board(struct cmd *c, const PGresult *rows, const PGresult *values, struct err *e)
{
	static const struct column cols[B_COLUMNS] = { { "place", COL_NUMBER }, { "forecaster", COL_TEXT }, { "kind", COL_TEXT },
		{ "mean", COL_NUMBER }, { "interval", COL_TEXT }, { "adjusted", COL_NUMBER }, { "scored", COL_NUMBER },
		{ "coverage", COL_NUMBER }, { "forecasts", COL_NUMBER }, { "asked", COL_NUMBER }, { "resolved", COL_NUMBER },
		{ "resolved_share", COL_NUMBER }, { "overdue", COL_NUMBER }, { "baseline", COL_TEXT } };
	const double *level = adjusted(c, values);
	struct writer *w;
	int gone = 0;

	if (cmd_writer(c, cols, B_COLUMNS, &w, e))
		return -1;
	for (int i = 0; i < PQntuples(rows) && !gone; i++) {
		const char *cells[B_COLUMNS];

		if (*PQgetvalue(rows, i, B_COLUMNS - 3) == 'f')
			continue;
		cells[B_PLACE] = arena_printf(cmd_mem(c), "%d", i + 1);
		for (int k = 0; k < 3; k++)
			cells[B_FORECASTER + k] = PQgetvalue(rows, i, k);
		cells[B_INTERVAL] = interval_text(c, values, i);
		cells[B_ADJUSTED] = level && isfinite(level[i]) ? arena_printf(cmd_mem(c), "%.4f", level[i]) : NULL;
		for (int k = B_REST; k < B_COLUMNS; k++)
			cells[k] = PQgetisnull(rows, i, k - 3) ? NULL : PQgetvalue(rows, i, k - 3);
		gone = writer_row(w, cells, NULL);
	}
	if (!gone)
		gone = writer_end(w);
	writer_free(w);
	return gone ? err_set(e, ERR_FAIL, "could not write to standard output") : 0;
}

static int board(struct cmd *c, const char *rule, struct err *e)
{
	const char *params[] = { rule, cmd_flag(c, "backfilled") ? "t" : "f", cmd_opt(c, "tag"),
		cmd_opt(c, "min") ? cmd_opt(c, "min") : "1", predict_now(c) };
	const char *only[] = { cmd_opt(c, "forecaster") };
	PGresult *rows = NULL, *values = NULL;
	struct pg *db;
	int rc = cmd_store(c, &db, e) || pg_begin(db, e) ? -1 : 0;

	/* kept for the two readings of it: names and numbers for people, figures for counting */
	rc = rc ||
			     pg_exec(db,
				     "CREATE TEMP TABLE board ON COMMIT DROP AS SELECT row_number() OVER () AS place, b.* FROM api.leaderboard($1, $2, $3, $4, $5) b",
				     5, params, NULL, e) ||
			     pg_exec(db,
				     "SELECT forecaster, kind, mean, scored, coverage, forecasts, asked, resolved, resolved_share, overdue, baseline, "
				     "$1::text IS NULL OR forecaster = load.slug($1) FROM pg_temp.board ORDER BY place",
				     1, only, &rows, e) ||
			     pg_exec_binary(db, "SELECT forecaster, questions, scores FROM pg_temp.board ORDER BY place", 0, NULL, &values,
				     e) ||
			     print_board(c, rows, values, e)
		     ? -1
		     : 0;
	pg_rollback(db);
	PQclear(rows);
	PQclear(values);
	return rc;
}

/* Beside the score: what should have been settled by now and is not. */
static int print_overdue(struct cmd *c, struct err *e)
{
	const char *params[] = { predict_now(c) };
	enum format_kind format;
	PGresult *res = NULL;
	struct pg *db;
	int rc;

	if (cmd_format(c, &format, e) || format != OUT_TABLE)
		return 0;
	if (cmd_store(c, &db, e) ||
		pg_exec(db,
			"SELECT id AS overdue, resolve_by, status, question FROM api.predictions WHERE status IN ('overdue', 'proposed', 'disputed') AND resolve_by < coalesce($1::timestamptz, now()) "
			"ORDER BY resolve_by, id LIMIT 20",
			1, params, &res, e))
		return -1;
	putchar('\n');
	rc = PQntuples(res) ? cmd_print(c, res, e) : (puts("nothing is overdue"), 0);
	PQclear(res);
	return rc;
}

/* Predictions of reports that the ledger holds as claims and nobody has made questions of yet. */
static int take_reports(struct cmd *c, struct err *e)
{
	const char *params[] = { change_author(c), CHANGE_TOOL, predict_now(c) };
	PGresult *res = NULL;
	struct pg *db;

	if (cmd_store(c, &db, e) || pg_exec(db, "SELECT load.take_reports($1, $2, $3)", 3, params, &res, e))
		return -1;
	if (strcmp(PQgetvalue(res, 0, 0), "0") != 0 && !cmd_flag(c, "quiet"))
		fprintf(stderr, "%s predictions of reports taken in as forecasts\n", PQgetvalue(res, 0, 0));
	PQclear(res);
	return 0;
}

static int leaderboard_run(struct cmd *c, struct err *e)
{
	const char *rule = cmd_opt(c, "rule") ? cmd_opt(c, "rule") : "brier_binary";
	const char *params[] = { cmd_opt(c, "forecaster"), cmd_flag(c, "backfilled") ? "t" : "f" };
	long min;

	if (cmd_int(c, "min", 1, &min, e) || (cmd_flag(c, "by-year") && take_reports(c, e)) || bring_up_to_date(c, e))
		return -1;
	if (cmd_flag(c, "by-year"))
		return predict_rows(c, "SELECT * FROM api.record_by_year($1, $2)", 2, params, e);
	return board(c, rule, e) || print_overdue(c, e) ? -1 : 0;
}

/* ---- two forecasters on the questions both were scored on */

/* Two-sided, by Student's t with n - 1 degrees of freedom. */
static double t_chance(double t, int n)
{
	return 2 * score_t_cdf(-fabs(t), n - 1);
}

static int print_pair(struct cmd *c, const PGresult *res, struct err *e)
{
	static const struct column cols[] = { { "rule", COL_TEXT }, { "questions", COL_NUMBER }, { "mean_a", COL_NUMBER },
		{ "mean_b", COL_NUMBER }, { "difference", COL_NUMBER }, { "interval", COL_TEXT }, { "signflip_p", COL_NUMBER },
		{ "dm_hln", COL_NUMBER }, { "dm_hln_p", COL_NUMBER }, { "better", COL_TEXT } };
	enum { N = sizeof cols / sizeof *cols };
	int n = PQntuples(res);
	double *d = xmalloc((size_t)n * sizeof *d + 1), a = 0, low, high, mean, dm, p;
	bool higher = n && *PQgetvalue(res, 0, 2);
	struct writer *w;

	for (int i = 0; i < n; i++) {
		d[i] = be_value(PQgetvalue(res, i, 0)) - be_value(PQgetvalue(res, i, 1));
		a += be_value(PQgetvalue(res, i, 0)) / n;
	}
	score_bootstrap(d, n, &low, &high);
	p = score_signflip(d, n);
	dm = score_dm_hln(d, n, 1, &mean);
	free(d);
	if (cmd_writer(c, cols, N, &w, e))
		return -1;
	const char *cells[N] = { cmd_opt(c, "rule") ? cmd_opt(c, "rule") : "brier_binary", arena_printf(cmd_mem(c), "%d", n),
		arena_printf(cmd_mem(c), "%.6g", a), arena_printf(cmd_mem(c), "%.6g", a - mean), arena_printf(cmd_mem(c), "%.6g", mean),
		n > 1 ? arena_printf(cmd_mem(c), "[%.4g, %.4g]", low, high) : "", arena_printf(cmd_mem(c), "%.4g", p),
		isnan(dm) ? NULL : arena_printf(cmd_mem(c), "%.4g", dm),
		isnan(dm) ? NULL : arena_printf(cmd_mem(c), "%.4g", t_chance(dm, n)),
		mean == 0              ? ""
		: (mean > 0) == higher ? cmd_arg(c, 0)
				       : cmd_arg(c, 1) };
	int gone = writer_row(w, cells, NULL) || writer_end(w);
	writer_free(w);
	return gone ? err_set(e, ERR_FAIL, "could not write to standard output") : 0;
}

static int compare_run(struct cmd *c, struct err *e)
{
	const char *params[] = { cmd_opt(c, "rule") ? cmd_opt(c, "rule") : "brier_binary", cmd_flag(c, "backfilled") ? "t" : "f",
		cmd_arg(c, 0), cmd_arg(c, 1) };
	PGresult *res = NULL;
	struct pg *db;
	int rc;

	if (bring_up_to_date(c, e) || cmd_store(c, &db, e) ||
		pg_exec_binary(db, "SELECT score_a, score_b, higher FROM api.score_pairs($1, $2, $3, $4)", 4, params, &res, e))
		return -1;
	rc = PQntuples(res) ? print_pair(c, res, e)
			    : err_set(e, ERR_NOT_FOUND, "%s and %s share no question scored by %s", params[2], params[3], params[0]);
	PQclear(res);
	return rc;
}

/* ---- calibration */

struct bin {
	double said, came;
	int n;
};

static const char calibration_sql[] =
	"SELECT l.p, CASE r.outcome WHEN 'yes' THEN 1 ELSE 0 END FROM (SELECT DISTINCT ON (f.prediction, f.forecaster) f.prediction, (coalesce(f.pmf, u.pmf))[2] AS p "
	"  FROM store.forecast f JOIN store.forecaster w ON w.id = f.forecaster JOIN store.prediction q ON q.entity = f.prediction AND q.batch_to IS NULL AND q.kind = 'binary' "
	"  JOIN LATERAL (SELECT z.* FROM store.resolution z WHERE z.prediction = f.prediction ORDER BY z.id DESC LIMIT 1) x ON x.step = 'final' "
	"  LEFT JOIN store.unsealing u ON u.forecast = f.id "
	"  WHERE f.batch_to IS NULL AND ($1 OR NOT f.backfilled) AND ($2::text IS NULL OR w.slug = load.slug($2)) AND f.claimed_at < least(q.closes_at, x.known_at) "
	"    AND (f.seal IS NULL OR u.forecast IS NOT NULL) "
	"  ORDER BY f.prediction, f.forecaster, f.claimed_at DESC, f.id DESC) l "
	"JOIN LATERAL (SELECT z.* FROM store.resolution z WHERE z.prediction = l.prediction ORDER BY z.id DESC LIMIT 1) r ON r.outcome IN ('yes', 'no') WHERE l.p IS NOT NULL";

static void print_chart(const struct bin *bins)
{
	puts("said      n      mean   came true");
	for (int b = 0; b < BINS; b++) {
		char bar[BAR + 2];
		int came = bins[b].n ? (int)lround(bins[b].came / bins[b].n * BAR) : -1,
		    said = bins[b].n ? (int)lround(bins[b].said / bins[b].n * BAR) : -1;

		for (int i = 0; i <= BAR; i++)
			bar[i] = i == said ? '|' : i < came ? '#' : ' '; /* a bar that ends at its mark is calibrated */
		bar[BAR + 1] = '\0';
		if (bins[b].n)
			printf("%.1f-%.1f  %5d  %.3f  %.3f  %s\n", b / 10.0, (b + 1) / 10.0, bins[b].n, bins[b].said / bins[b].n,
				bins[b].came / bins[b].n, bar);
	}
}

static int write_svg(const char *path, const struct bin *bins, struct err *e)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return err_set(e, ERR_FAIL, "could not write \"%s\": %m", path);
	fprintf(f,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-40 -20 460 460\" font-family=\"sans-serif\" font-size=\"12\">\n"
		"<rect x=\"0\" y=\"0\" width=\"400\" height=\"400\" fill=\"none\" stroke=\"#888\"/><path d=\"M0 400L400 0\" stroke=\"#888\" stroke-dasharray=\"4\"/>\n"
		"<text x=\"200\" y=\"430\" text-anchor=\"middle\">said</text><text x=\"-25\" y=\"200\" text-anchor=\"middle\" transform=\"rotate(-90 -25 200)\">came true</text>\n");
	for (int b = 0; b < BINS; b++)
		if (bins[b].n)
			fprintf(f,
				"<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"#2b6cb0\"><title>said %.3f, came true %.3f, n %d</title></circle>\n",
				400 * bins[b].said / bins[b].n, 400 - 400 * bins[b].came / bins[b].n, fmin(3 + sqrt(bins[b].n), 15),
				bins[b].said / bins[b].n, bins[b].came / bins[b].n, bins[b].n);
	fputs("</svg>\n", f);
	return fclose(f) ? err_set(e, ERR_FAIL, "could not write \"%s\": %m", path) : 0;
}

static int calibrate(struct cmd *c, const double *p, const int *o, int n, struct err *e)
{
	struct bin bins[BINS] = { 0 };
	struct score_murphy m = score_murphy(p, o, n);
	double ece = 0, yes = 0, base;

	for (int i = 0; i < n; i++) {
		struct bin *b = &bins[p[i] >= 1 ? BINS - 1 : (int)(p[i] * BINS)];

		b->n++;
		b->said += p[i];
		b->came += o[i];
		yes += o[i];
	}
	for (int b = 0; b < BINS; b++)
		ece += fabs(bins[b].said - bins[b].came) / n;
	base = yes / n * (1 - yes / n);
	print_chart(bins);
	printf("\nforecasts %d, came true %.3f\nBrier (0-1) %.4f = reliability %.4f - resolution %.4f + uncertainty %.4f\nECE (%d bins) %.4f\n",
		n, yes / n, m.brier, m.reliability, m.resolution, m.uncertainty, BINS, ece);
	printf("skill against always-0.5: %.4f\n", 1 - m.brier / 0.25);
	if (base > 0)
		printf("skill against the base rate: %.4f\n", 1 - m.brier / base);
	return cmd_opt(c, "svg") ? write_svg(cmd_opt(c, "svg"), bins, e) : 0;
}

/* One forecaster's Brier score against that of the mean of all, on the questions he stood on. */
static int against_crowd(struct cmd *c, struct pg *db, const char *const *params, struct err *e)
{
	PGresult *res = NULL;

	if (!params[1])
		return 0;
	if (pg_exec(db,
		    "SELECT round((1 - avg(b.value) / nullif(avg(b.value - v.value), 0))::numeric, 4) FROM api.standing_scores('brier_binary', $1) b "
		    "JOIN api.standing_scores('brier_vs_crowd', $1) v USING (prediction, forecaster) JOIN store.forecaster w ON w.id = b.forecaster WHERE w.slug = load.slug($2)",
		    2, params, &res, e))
		return -1;
	if (!PQgetisnull(res, 0, 0))
		printf("skill against the crowd: %s\n", PQgetvalue(res, 0, 0));
	PQclear(res);
	return 0;
}

static int calibration_run(struct cmd *c, struct err *e)
{
	const char *params[] = { cmd_flag(c, "backfilled") ? "t" : "f", cmd_opt(c, "forecaster") };
	PGresult *res = NULL;
	struct pg *db;

	if (bring_up_to_date(c, e) || cmd_store(c, &db, e) || pg_exec_binary(db, calibration_sql, 2, params, &res, e))
		return -1;
	int n = PQntuples(res);
	double *p = xmalloc(sizeof *p * (size_t)n + 1);
	int *o = xmalloc(sizeof *o * (size_t)n + 1), rc;
	for (int i = 0; i < n; i++) {
		p[i] = be_value(PQgetvalue(res, i, 0));
		o[i] = (unsigned char)PQgetvalue(res, i, 1)[3];
	}
	PQclear(res);
	rc = n ? calibrate(c, p, o, n, e) || against_crowd(c, db, params, e) ? -1 : 0
	       : err_set(e, ERR_NOT_FOUND, "no forecast on a question that came out yes or no");
	free(p);
	free(o);
	return rc;
}

static const struct option_row board_options[] = {
	{ "rule", 0, OPT_TEXT, "NAME",
		"brier_binary unless given; also brier_time_averaged, brier_vs_crowd, log_loss, brier_multi, rps, crps_cdf_linear, metaculus_peer …" },
	{ "backfilled", 0, OPT_FLAG, NULL, "let in forecasts that were recorded later than they claim to be" },
	{ "forecaster", 0, OPT_TEXT, "NAME", "this one alone" },
	{ "tag", 0, OPT_TEXT, "WORD", "questions with this tag" },
	{ "min", 0, OPT_INT, "N", "forecasters with at least N scored questions" },
	{ "by-year", 0, OPT_FLAG, NULL,
		"the record of each forecaster by the year of the questions, its own verdicts beside ours; reports that were loaded as claims are forecasters, too" },
	{ 0 },
};
static const struct option_row compare_options[] = {
	{ "rule", 0, OPT_TEXT, "NAME", "brier_binary unless given" },
	{ "backfilled", 0, OPT_FLAG, NULL, "let in forecasts that were recorded later than they claim to be" },
	{ 0 },
};
static const struct option_row calibration_options[] = {
	{ "forecaster", 0, OPT_TEXT, "NAME", "this one alone" },
	{ "backfilled", 0, OPT_FLAG, NULL, "let in forecasts that were recorded later than they claim to be" },
	{ "svg", 0, OPT_TEXT, "FILE", "draw it there too" },
	{ 0 },
};

const struct command predict_leaderboard = {
	.name = "leaderboard",
	.summary = "forecasters by their mean score, with how sure it is, what they left unsettled, and what is overdue",
	.text = "The interval is where 95 % of the means lie when questions are drawn anew (bootstrap, 1000 times). asked, resolved and overdue count "
		"every question a forecaster ever forecast on. adjusted is the mean there would be had everybody answered every question: score = "
		"question + forecaster, by least squares.",
	.options = board_options,
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.run = leaderboard_run,
};
const struct command predict_compare = {
	.name = "compare",
	.args = "FORECASTER FORECASTER",
	.summary = "is one better than the other? tests on the questions both were scored on",
	.text = "The difference of the means with the interval in which 95 % of its resamples lie (bootstrap over questions); how often as large a difference "
		"comes about when the signs of the questions' differences are drawn (sign-flip, exact to 22 questions); and the Diebold-Mariano statistic with the small-sample "
		"correction of Harvey, Leybourne and Newbold, questions in the order of their close.",
	.options = compare_options,
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.min_args = 2,
	.max_args = 2,
	.run = compare_run,
};
const struct command predict_calibration = {
	.name = "calibration",
	.summary = "of what was said to be 70 % likely, how much came true",
	.text = "The last word of each forecaster before the close counts. Bars end where things came true, | stands where they were said to.",
	.options = calibration_options,
	.run = calibration_run,
};
