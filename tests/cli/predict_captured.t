#!/bin/bash
# Captured tournaments, by feeds: the Metaculus professionals of 2025 Q1 score as their rules define it, worked out apart; crowd values of ForecastBench.
. "$(dirname "$0")/../lib.sh"
need_shared data/predictions/metaculus_pro_2025q1_forecasts.csv
cluster_start
ok "migrate" "$AIMARKET" db migrate
data=$SHARED/data/predictions
predict() { "$AIMARKET" predict "$@"; }

exits "questions" 0 "$AIMARKET" ingest -q --feed predictions-metaculus-pro-questions --file "$data/metaculus_pro_2025q1_questions.csv"
exits "forecasts" 0 "$AIMARKET" ingest -q --feed predictions-metaculus-pro-forecasts --file "$data/metaculus_pro_2025q1_forecasts.csv"
is "all of both, but those of figures, whose distributions the table leaves out" "$(sql "SELECT count(*), (SELECT count(*) FROM store.forecast) FROM store.prediction")" "100|2131"
# a forecaster who says 0.5 on each yes-or-no question, from its opening to its close
{ echo ref,venue,by,made,said; sql "SELECT venue_id, venue, 'always half', opens_at, 0.5 FROM store.prediction WHERE kind = 'binary' ORDER BY 1" --csv; } >"$WORK/half.csv"
exits "without it" 0 predict score --backfilled --prediction nobody

# worked out apart by the formulas of the rules: a forecast stands until its successor or the close
cat >"$WORK/apart.awk" <<'A'
function seconds(t,   d) { split(t, d, /[-: +]/); return mktime(d[1] " " d[2] " " int(d[3]) " " d[4] " " d[5] " 0") + d[6] }
BEGIN { FS = "\t" }
NR == FNR { open_[$1] = seconds($2); close_[$1] = seconds($3); bucket[$1] = $4; n_options[$1] = $5; next }
{
	k = $1 SUBSEP $2
	if (k == last) { stop[n] = seconds($3) }
	n++; last = k; question[n] = $1; who[n] = $2; start[n] = seconds($3); stop[n] = close_[$1]; p[n] = $4
}
END {
	for (i = 1; i <= n; i++) {
		q = question[i]; k = q SUBSEP who[i]
		b = 100 * log(p[i] * n_options[q]) / log(n_options[q])
		baseline[k] += b * (stop[i] - start[i]) / (close_[q] - open_[q])
		if (stop[i] == close_[q]) { spot[k] = b; sum[q] += log(p[i]); count[q]++; logp[k] = log(p[i]) }
		keys[k] = q "\t" who[i]
	}
	for (k in keys) {
		split(keys[k], w, "\t"); q = w[1]; m = count[q]
		printf "%s\t%s\t%.6f\t%.6f\t%.6f\n", q, w[2], baseline[k], spot[k], (m > 1 ? 100 * m / (m - 1) * (logp[k] - sum[q] / m) : 0)
	}
}
A
psql -XAtqF $'\t' -c "SELECT p.venue_id, to_char(p.opens_at, 'YYYY-MM-DD HH24:MI:SS'), to_char(p.closes_at, 'YYYY-MM-DD HH24:MI:SS'), r.outcome, coalesce(cardinality(p.options), 2) FROM store.prediction p
	JOIN store.resolution r ON r.prediction = p.entity AND r.step = 'final' WHERE r.outcome IN ('yes', 'no', 'option')" >"$WORK/q.tsv"
psql -XAtqF $'\t' -c "SELECT p.venue_id, w.slug, to_char(f.claimed_at, 'YYYY-MM-DD HH24:MI:SS.US'), f.pmf[CASE r.outcome WHEN 'yes' THEN 2 WHEN 'no' THEN 1 ELSE array_position(p.options, r.option) END]
	FROM store.forecast f JOIN store.prediction p ON p.entity = f.prediction JOIN store.forecaster w ON w.id = f.forecaster JOIN store.resolution r ON r.prediction = p.entity AND r.step = 'final'
	WHERE r.outcome IN ('yes', 'no', 'option') ORDER BY p.venue_id, w.slug, f.claimed_at" >"$WORK/f.tsv"
TZ=UTC awk -f "$WORK/apart.awk" "$WORK/q.tsv" "$WORK/f.tsv" 2>"$WORK/awk.err" | sort >"$WORK/apart" || diag "$(cat "$WORK/awk.err")"
psql -XAtqF $'\t' -c "SELECT p.venue_id, s.forecaster, round(max(s.value) FILTER (WHERE s.rule = 'metaculus_baseline'), 6), round(max(s.value) FILTER (WHERE s.rule = 'metaculus_spot_baseline'), 6),
	round(max(s.value) FILTER (WHERE s.rule = 'metaculus_spot_peer'), 6) FROM api.scores s JOIN store.entity e ON e.slug = s.prediction JOIN store.prediction p ON p.entity = e.id AND p.batch_to IS NULL WHERE s.standing GROUP BY 1, 2" | sort >"$WORK/ours"
ok "there are scores" test "$(wc -l <"$WORK/ours")" -gt 600
is "baseline, spot baseline and spot peer of every forecaster on every question are those worked out apart" \
	"$(paste "$WORK/apart" "$WORK/ours" | TZ=UTC awk -F'\t' 'function far(a, b) { return a - b > 1e-4 || b - a > 1e-4 } $1 != $6 || $2 != $7 || far($3, $8) || far($4, $9) || far($5, $10)' | head -3)" ""
is "peer scores of each question sum to zero" "$(sql "SELECT count(*) FILTER (WHERE abs(s) > 1e-6), count(*) > 70 FROM (SELECT sum(value) AS s FROM api.scores WHERE rule = 'metaculus_peer' AND standing GROUP BY prediction) x")" "0|t"
is "spot peer scores too" "$(sql "SELECT count(*) FROM (SELECT sum(value) AS s FROM api.scores WHERE rule = 'metaculus_spot_peer' AND standing GROUP BY prediction) x WHERE abs(s) > 1e-6")" 0
is "coverage is a share" "$(sql "SELECT min(coverage) >= 0 AND max(coverage) <= 1 FROM api.scores")" t
exits "a forecaster of always 0.5 comes too late for the scores that are there" 0 predict import csv "$WORK/half.csv"
predict resolve "metaculus:pro/31270" "$(sql "SELECT outcome FROM store.resolution WHERE prediction = load.prediction_entity('metaculus:pro/31270') AND step = 'final'")" --why "looked at once more" --wait 0 >/dev/null
predict score --backfilled --prediction nobody >/dev/null 2>&1
is "and has a baseline of 0 where the question is scored anew" "$(sql "SELECT count(*), sum(abs(value)) FROM api.scores WHERE forecaster = 'always-half' AND rule IN ('metaculus_baseline', 'metaculus_spot_baseline') AND standing" | sed 's/\.0*$//')" "2|0"
is "where peer scores sum to zero with it" "$(sql "SELECT abs(sum(value)) < 1e-6, count(*) > 5 FROM api.scores s WHERE rule = 'metaculus_peer' AND standing AND EXISTS (SELECT FROM api.scores h WHERE h.forecaster = 'always-half' AND h.prediction = s.prediction)")" "t|t"
exits "leaderboard" 0 predict leaderboard --rule metaculus_peer --backfilled --format json
is "ten professionals" "$(jq '[.[] | select(.forecaster | startswith("metaculus-pro-"))] | length' "$WORK/out")" 10

# ---- dated crowd values as forecasts of the venues

"$AIMARKET" ingest -q --feed predictions-forecastbench-table --file "$data/forecastbench_ai_questions.csv" 2>/dev/null
"$AIMARKET" ingest -q --feed predictions-forecastbench-series --file "$data/forecastbench_market_series.csv" 2>/dev/null
predict score --backfilled --prediction nobody >/dev/null 2>&1
# worked out apart: the last value of each question before its close against how it came out
sql "COPY (SELECT p.venue_id, extract(epoch FROM least(p.closes_at, r.known_at)), CASE r.outcome WHEN 'yes' THEN 1 ELSE 0 END FROM store.prediction p JOIN store.resolution r ON r.prediction = p.entity AND r.step = 'final'
	WHERE p.venue = 'forecastbench') TO STDOUT (FORMAT csv)" >"$WORK/out.csv"
is "each venue's Brier is that worked out apart" "$(sql "SELECT s.forecaster, count(*), round(avg(s.value)::numeric, 9) FROM api.scores s JOIN store.entity e ON e.slug = s.prediction JOIN store.prediction p ON p.entity = e.id AND p.batch_to IS NULL
	WHERE p.venue = 'forecastbench' AND s.rule = 'brier_binary' AND s.standing GROUP BY 1 ORDER BY 1")" \
	"$(awk -F, 'NR == FNR { ends[$1] = $2; came[$1] = $3; next } FNR > 1 && ($4 == "freeze" || $4 == "mark") && $5 > 0 && $5 < 1 { k = $1 "/" $2; split($3, d, "-"); at = mktime(d[1] " " d[2] " " d[3] " 0 0 0")
		if (k in ends && at < ends[k] && at >= last[k]) { last[k] = at; p[k] = $5; venue[k] = $1 } }
		END { for (k in p) { n[venue[k]]++; sum[venue[k]] += (p[k] - came[k]) ^ 2 } for (v in n) printf "%s|%d|%.9f\n", v, n[v], sum[v] / n[v] }' "$WORK/out.csv" "$data/forecastbench_market_series.csv" | sort)"
done_testing
