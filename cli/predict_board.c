/* aimarket predict score, leaderboard, calibration: what forecasters were worth. */
#include "predict.h"

#include <math.h>
#include <unistd.h>

#include "aimarket/pg.h"
#include "aimarket/score.h"

enum { RESAMPLES = 1000, BINS = 10, BAR = 40 };

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
	const char *params[] = { cmd_opt(c, "prediction"), cmd_opt(c, "forecaster"), cmd_opt(c, "rule"), cmd_flag(c, "backfilled") ? "t" : "f" };

	if (bring_up_to_date(c, e))
		return -1;
	return predict_rows(c,
		"SELECT prediction, forecaster, rule, value, coverage, n, baseline, outcome FROM api.scores WHERE standing AND backfilled = $4 AND ($1::text IS NULL OR prediction = $1) "
		"AND ($2::text IS NULL OR forecaster = load.slug($2)) AND ($3::text IS NULL OR rule = $3) ORDER BY prediction, rule, value, forecaster LIMIT 10000",
		4, params, e);
}

/* ---- leaderboard. The mean, and by how much it might have been another had other questions been asked: bootstrap over questions. */

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The 2.5 % and 97.5 % points of the mean over resampled questions; the same for the same scores, as the seed is fixed. */
static void bootstrap(const double *v, int n, double *low, double *high)
{
	static double means[RESAMPLES];
	uint64_t state = 88172645463325252u;

	for (int r = 0; r < RESAMPLES; r++) {
		double sum = 0;

		for (int i = 0; i < n; i++)
			sum += v[next_random(&state) % (uint64_t)n];
		means[r] = sum / n;
	}
	qsort(means, RESAMPLES, sizeof *means, by_size);
	*low = means[RESAMPLES / 40];
	*high = means[RESAMPLES - RESAMPLES / 40 - 1];
}

static double be_value(const char *p)
{
	uint64_t bits = 0;
	double v;

	for (int i = 0; i < 8; i++)
		bits = bits << 8 | (unsigned char)p[i];
	memcpy(&v, &bits, sizeof v);
	return v;
}

static int read_values(const PGresult *res, int row, double *v)
{
	const char *p = PQgetvalue(res, row, 1) + 20;
	int n = PQgetlength(res, row, 1) >= 20 ? (PQgetlength(res, row, 1) - 20) / 12 : 0;

	for (int i = 0; i < n; i++)
		v[i] = be_value(p + 12 * i + 4);
	return n;
}

static const char *interval_text(struct cmd *c, const PGresult *res, int row)
{
	double *v = xmalloc((size_t)PQgetlength(res, row, 1) + 1), low, high;
	int n = read_values(res, row, v);

	bootstrap(v, n, &low, &high);
	free(v);
	return n > 1 ? arena_printf(cmd_mem(c), "[%.4g, %.4g]", low, high) : "";
}

static int print_board(struct cmd *c, const PGresult *rows, const PGresult *values, struct err *e)
{
	static const struct column cols[] = { { "place", COL_NUMBER }, { "forecaster", COL_TEXT }, { "kind", COL_TEXT }, { "mean", COL_NUMBER }, { "interval", COL_TEXT }, { "scored", COL_NUMBER },
		{ "coverage", COL_NUMBER }, { "forecasts", COL_NUMBER }, { "asked", COL_NUMBER }, { "resolved", COL_NUMBER }, { "resolved_share", COL_NUMBER }, { "overdue", COL_NUMBER }, { "baseline", COL_TEXT } };
	enum { N = sizeof cols / sizeof cols[0] };
	struct writer *w;
	int gone = 0;

	if (cmd_writer(c, cols, N, &w, e))
		return -1;
	for (int i = 0; i < PQntuples(rows) && !gone; i++) {
		const char *cells[N];

		cells[0] = arena_printf(cmd_mem(c), "%d", i + 1);
		for (int k = 1; k < N; k++) {
			int from = k < 4 ? k - 1 : k - 2;

			cells[k] = k == 4 ? interval_text(c, values, i) : PQgetisnull(rows, i, from) ? NULL : PQgetvalue(rows, i, from);
		}
		gone = writer_row(w, cells, NULL);
	}
	if (!gone)
		gone = writer_end(w);
	writer_free(w);
	return gone ? err_set(e, ERR_FAIL, "could not write to standard output") : 0;
}

/* Rules of which more is better; of the others less is. */
static bool higher_is_better(const char *rule)
{
	return strncmp(rule, "metaculus_", 10) == 0 || strcmp(rule, "spherical") == 0;
}

static const char board_sql[] =
	"WITH score AS (SELECT s.forecaster, s.prediction, s.value, s.coverage, s.n, k.baseline FROM store.score s JOIN store.score_rule k ON k.id = s.rule "
	"  WHERE k.rule = $1 AND s.backfilled = $2 AND s.resolution = (SELECT max(x.id) FROM store.resolution x WHERE x.prediction = s.prediction AND x.step IN ('final', 'reopened')) "
	"    AND ($3::text IS NULL OR EXISTS (SELECT FROM store.prediction p WHERE p.entity = s.prediction AND p.batch_to IS NULL AND $3 = ANY (p.tags)))"
	"), mean AS (SELECT forecaster, avg(value)::numeric AS mean, count(*) AS scored, avg(coverage)::numeric AS coverage, sum(n) AS forecasts, min(baseline) AS baseline, "
	"    array_agg(value ORDER BY prediction) AS values FROM score GROUP BY forecaster HAVING count(*) >= $4::int) "
	/* what they forecast on altogether: who only shows what went well is seen by that */
	", record AS (SELECT f.forecaster, count(DISTINCT f.prediction) AS asked, count(DISTINCT f.prediction) FILTER (WHERE r.step = 'final' AND k.settled) AS resolved, "
	"    count(DISTINCT f.prediction) FILTER (WHERE (r.step IS NULL OR r.step <> 'final') AND p.resolve_by < coalesce($5::timestamptz, now())) AS overdue "
	"  FROM (SELECT DISTINCT forecaster, prediction FROM store.forecast WHERE batch_to IS NULL) f JOIN store.prediction p ON p.entity = f.prediction AND p.batch_to IS NULL "
	"  LEFT JOIN LATERAL (SELECT z.* FROM store.resolution z WHERE z.prediction = f.prediction ORDER BY z.id DESC LIMIT 1) r ON true "
	"  LEFT JOIN store.outcome_kind k ON k.outcome = r.outcome GROUP BY f.forecaster) ";

static int board(struct cmd *c, const char *rule, struct err *e)
{
	const char *order = higher_is_better(rule) ? "mean DESC" : "mean";
	const char *params[] = { rule, cmd_flag(c, "backfilled") ? "t" : "f", cmd_opt(c, "tag"), cmd_opt(c, "min") ? cmd_opt(c, "min") : "1", predict_now(c) };
	const char *text = arena_printf(cmd_mem(c),
		"%sSELECT w.slug, w.kind, round(m.mean, 4), m.scored, round(m.coverage, 3), m.forecasts, d.asked, d.resolved, round(d.resolved::numeric / d.asked, 3), d.overdue, m.baseline "
		"FROM mean m JOIN store.forecaster w ON w.id = m.forecaster JOIN record d USING (forecaster) ORDER BY %s, w.slug", board_sql, order);
	const char *binary = arena_printf(cmd_mem(c), "%sSELECT w.slug, m.values FROM mean m JOIN store.forecaster w ON w.id = m.forecaster JOIN record d USING (forecaster) "
		"ORDER BY %s, w.slug", board_sql, order);
	PGresult *rows = NULL, *values = NULL;
	struct pg *db;
	int rc = cmd_store(c, &db, e) || pg_exec(db, text, 5, params, &rows, e) || pg_exec_binary(db, binary, 5, params, &values, e) || print_board(c, rows, values, e) ? -1 : 0;

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
		pg_exec(db, "SELECT id AS overdue, resolve_by, status, question FROM api.predictions WHERE status IN ('overdue', 'proposed', 'disputed') AND resolve_by < coalesce($1::timestamptz, now()) "
			    "ORDER BY resolve_by, id LIMIT 20", 1, params, &res, e))
		return -1;
	putchar('\n');
	rc = PQntuples(res) ? cmd_print(c, res, e) : (puts("nothing is overdue"), 0);
	PQclear(res);
	return rc;
}

static const char by_year_sql[] =
	"SELECT w.slug AS forecaster, extract(year FROM p.opens_at)::int AS year, count(*) AS predictions, count(*) FILTER (WHERE r.outcome IS NOT NULL) AS settled, "
	"count(*) FILTER (WHERE r.outcome = 'yes') AS came_true, count(*) FILTER (WHERE r.outcome = 'no') AS did_not, count(*) FILTER (WHERE r.outcome = 'partial') AS partly, "
	"count(*) FILTER (WHERE r.outcome IS NULL) AS unsettled, "
	"round(sum(CASE r.outcome WHEN 'yes' THEN 1 WHEN 'partial' THEN r.value WHEN 'no' THEN 0 END) / nullif(count(*) FILTER (WHERE r.outcome IN ('yes', 'no', 'partial')), 0), 3) AS hit_rate, "
	"count(*) FILTER (WHERE own.code = 'yes') AS own_yes, count(*) FILTER (WHERE own.code = 'no') AS own_no, count(*) FILTER (WHERE own.code IS NOT NULL AND own.code NOT IN ('yes', 'no')) AS own_other, "
	"round(avg(s.value)::numeric, 4) AS brier "
	"FROM (SELECT DISTINCT forecaster, prediction FROM store.forecast WHERE batch_to IS NULL) f JOIN store.forecaster w ON w.id = f.forecaster "
	"JOIN store.prediction p ON p.entity = f.prediction AND p.batch_to IS NULL "
	"LEFT JOIN LATERAL (SELECT z.* FROM store.resolution z WHERE z.prediction = f.prediction ORDER BY z.id DESC LIMIT 1) l ON true "
	"LEFT JOIN store.resolution r ON r.id = l.id AND r.step = 'final' "
	"LEFT JOIN LATERAL (SELECT t.code FROM store.statement t WHERE t.subject = f.prediction AND t.property = 'outcome' AND t.batch_to IS NULL ORDER BY t.tier, t.id LIMIT 1) own ON true "
	"LEFT JOIN store.score s ON s.resolution = r.id AND s.forecaster = f.forecaster AND s.rule IN (SELECT k.id FROM store.score_rule k WHERE k.rule = 'brier_binary') AND s.backfilled = $1 "
	"WHERE ($2::text IS NULL OR w.slug = load.slug($2)) GROUP BY w.slug, 2 ORDER BY w.slug, 2";

static int leaderboard_run(struct cmd *c, struct err *e)
{
	const char *rule = cmd_opt(c, "rule") ? cmd_opt(c, "rule") : "brier_binary";
	const char *params[] = { cmd_flag(c, "backfilled") ? "t" : "f", cmd_opt(c, "forecaster") };
	long min;

	if (cmd_int(c, "min", 1, &min, e) || bring_up_to_date(c, e))
		return -1;
	if (cmd_flag(c, "by-year"))
		return predict_rows(c, by_year_sql, 2, params, e);
	return board(c, rule, e) || print_overdue(c, e) ? -1 : 0;
}

/* ---- calibration */

struct bin { double said, came; int n; };

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
		int came = bins[b].n ? (int)lround(bins[b].came / bins[b].n * BAR) : -1, said = bins[b].n ? (int)lround(bins[b].said / bins[b].n * BAR) : -1;

		for (int i = 0; i <= BAR; i++)
			bar[i] = i == said ? '|' : i < came ? '#' : ' ';	/* a bar that ends at its mark is calibrated */
		bar[BAR + 1] = '\0';
		if (bins[b].n)
			printf("%.1f-%.1f  %5d  %.3f  %.3f  %s\n", b / 10.0, (b + 1) / 10.0, bins[b].n, bins[b].said / bins[b].n, bins[b].came / bins[b].n, bar);
	}
}

static int write_svg(const char *path, const struct bin *bins, struct err *e)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return err_set(e, ERR_FAIL, "could not write \"%s\": %m", path);
	fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-40 -20 460 460\" font-family=\"sans-serif\" font-size=\"12\">\n"
		   "<rect x=\"0\" y=\"0\" width=\"400\" height=\"400\" fill=\"none\" stroke=\"#888\"/><path d=\"M0 400L400 0\" stroke=\"#888\" stroke-dasharray=\"4\"/>\n"
		   "<text x=\"200\" y=\"430\" text-anchor=\"middle\">said</text><text x=\"-25\" y=\"200\" text-anchor=\"middle\" transform=\"rotate(-90 -25 200)\">came true</text>\n");
	for (int b = 0; b < BINS; b++)
		if (bins[b].n)
			fprintf(f, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"#2b6cb0\"><title>said %.3f, came true %.3f, n %d</title></circle>\n", 400 * bins[b].said / bins[b].n,
				400 - 400 * bins[b].came / bins[b].n, fmin(3 + sqrt(bins[b].n), 15), bins[b].said / bins[b].n, bins[b].came / bins[b].n, bins[b].n);
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
	printf("\nforecasts %d, came true %.3f\nBrier (0-1) %.4f = reliability %.4f - resolution %.4f + uncertainty %.4f\nECE (%d bins) %.4f\n", n, yes / n, m.brier, m.reliability, m.resolution,
		m.uncertainty, BINS, ece);
	printf("skill against always-0.5: %.4f\n", 1 - m.brier / 0.25);
	if (base > 0)
		printf("skill against the base rate: %.4f\n", 1 - m.brier / base);
	return cmd_opt(c, "svg") ? write_svg(cmd_opt(c, "svg"), bins, e) : 0;
}

static int calibration_run(struct cmd *c, struct err *e)
{
	const char *params[] = { cmd_flag(c, "backfilled") ? "t" : "f", cmd_opt(c, "forecaster") };
	PGresult *res = NULL;
	struct pg *db;

	if (cmd_store(c, &db, e) || pg_exec_binary(db, calibration_sql, 2, params, &res, e))
		return -1;
	int n = PQntuples(res);
	double *p = xmalloc(sizeof *p * (size_t)n + 1);
	int *o = xmalloc(sizeof *o * (size_t)n + 1), rc;
	for (int i = 0; i < n; i++) {
		p[i] = be_value(PQgetvalue(res, i, 0));
		o[i] = PQgetvalue(res, i, 1)[3];
	}
	PQclear(res);
	rc = n ? calibrate(c, p, o, n, e) : err_set(e, ERR_NOT_FOUND, "no forecast on a question that came out yes or no");
	free(p);
	free(o);
	return rc;
}

static const struct option_row board_options[] = {
	{ "rule", 0, OPT_TEXT, "NAME", "brier_binary unless given; also brier_time_averaged, brier_vs_crowd, log_loss, brier_multi, rps, crps_cdf_linear, metaculus_peer …" },
	{ "backfilled", 0, OPT_FLAG, NULL, "let in forecasts that were recorded later than they claim to be" },
	{ "forecaster", 0, OPT_TEXT, "NAME", "this one alone" },
	{ "tag", 0, OPT_TEXT, "WORD", "questions with this tag" },
	{ "min", 0, OPT_INT, "N", "forecasters with at least N scored questions" },
	{ "by-year", 0, OPT_FLAG, NULL, "the record of each forecaster by the year of the questions, its own verdicts beside ours" },
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
		"every question a forecaster ever forecast on.",
	.options = board_options,
	.shared = (const struct option_row *const[]){ format_options, NULL },
	.run = leaderboard_run,
};
const struct command predict_calibration = {
	.name = "calibration",
	.summary = "of what was said to be 70 % likely, how much came true",
	.text = "The last word of each forecaster before the close counts. Bars end where things came true, | stands where they were said to.",
	.options = calibration_options,
	.run = calibration_run,
};
