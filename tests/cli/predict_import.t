#!/bin/bash
# Questions and forecasts of other places, and what they score: records of our own making, and captured sets when they are there.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the starter set" "$AIMARKET" ingest -q
predict() { "$AIMARKET" predict "$@"; }
cell() { # COLUMN: of the CSV in $out, first row
	sed -n 2p <<<"$out" | cut -d, -f"$1"
}

# ---- three forecasters, one question: the invariants of the scores

cat >"$WORK/book.json" <<'J'
[{"number": 1, "event": "It rains", "outcome": "right", "time_created": "2020-01-01 00:00:00+00:00", "time_known": "2020-01-11 00:00:00+00:00", "responses": [
  {"user": "a", "time": "2020-01-01 00:00:00+00:00", "credence": 50}, {"user": "b", "time": "2020-01-01 00:00:00+00:00", "credence": 80},
  {"user": "c", "time": "2020-01-03 00:00:00+00:00", "credence": 30}, {"user": "b", "time": "2020-01-06 00:00:00+00:00", "credence": 90},
  {"user": "d", "time": "2020-01-06 00:00:00+00:00", "credence": 100}, {"user": "d", "time": "2020-02-06 00:00:00+00:00", "credence": 40}]}]
J
exits "import" 0 predict import predictionbook "$WORK/book.json" --format csv
is "one question, four forecasts, certainty and hindsight refused" "$(cut -d, -f1-3,5 <<<"$(sed -n 2p <<<"$out")")" "1,1,4,2"
exits "once more" 0 predict import predictionbook "$WORK/book.json" --format csv
is "adds nothing" "$(cut -d, -f1-3 <<<"$(sed -n 2p <<<"$out")")" "1,0,0"
exits "what is backfilled is not scored unasked" 0 predict score --format csv
is "nothing" "$(wc -l <<<"$out")" 1
exits "when asked" 0 predict score --backfilled --format json
is "an always-0.5 forecaster has baseline 0" "$(jq -r '.[] | select(.rule == "metaculus_baseline" and .forecaster == "predictionbook-a") | .value' "$WORK/out")" 0
is "peer scores sum to 0" "$(jq '[.[] | select(.rule == "metaculus_peer") | .value] | add | if fabs < 1e-9 then 0 else . end' "$WORK/out")" 0
is "spot peer scores too" "$(jq '[.[] | select(.rule == "metaculus_spot_peer") | .value] | add | if fabs < 1e-9 then 0 else . end' "$WORK/out")" 0
is "Brier of the last word" "$(jq -c '[.[] | select(.rule == "brier_binary") | .value * 10000 | round] | sort' "$WORK/out")" "[100,2500,4900]"
is "coverage is the time forecast" "$(jq '.[] | select(.rule == "metaculus_baseline" and .forecaster == "predictionbook-c") | .coverage' "$WORK/out")" 0.8
exits "what came out is resolved anew" 0 predict resolve predictionbook:1 no --why "it did not" --wait 0
predict score --backfilled >/dev/null 2>&1
is "old scores are kept beside the new" "$(sql "SELECT count(*), count(DISTINCT resolution) FROM api.scores WHERE rule = 'brier_binary'")" "6|2"
is "those of the last resolution stand" "$(sql "SELECT count(*), count(*) FILTER (WHERE s.standing) > 0, count(*) FILTER (WHERE NOT s.standing) > 0 FROM api.scores s JOIN store.entity e ON e.slug = s.prediction
	WHERE s.standing = (s.resolution = (SELECT max(r.id) FROM store.resolution r WHERE r.prediction = e.id AND r.step IN ('final', 'reopened')))")" "$(sql "SELECT count(*), true, true FROM api.scores")"
unlike "who does not ask what the crowd says does not have it worked out" \
	"$(sql "EXPLAIN SELECT s.value, p.question FROM api.scores s JOIN api.predictions p ON p.id = s.prediction WHERE s.standing")" 'Scan.* forecast '
like "who asks does" "$(sql "EXPLAIN SELECT s.value, p.crowd FROM api.scores s JOIN api.predictions p ON p.id = s.prediction WHERE s.standing")" 'Scan.* forecast '
exits "leaderboard" 0 predict leaderboard --backfilled --format json
is "the best comes first now" "$(jq -r '.[0].forecaster' "$WORK/out")" predictionbook-c
is "with what each left unsettled" "$(jq -c '.[0] | [.asked, .resolved, .overdue]' "$WORK/out")" "[1,1,0]"
is "all on the same question: adjusting for difficulty changes nothing" "$(jq '[.[] | .adjusted - .mean | fabs < 1e-4] | all' "$WORK/out")" true
exits "two of them compared" 0 predict compare predictionbook-c predictionbook-b --backfilled --format json
is "by what they share" "$(jq -c '.[0] | [.questions, .difference, .signflip_p, .better]' "$WORK/out")" '[1,-0.72,1,"predictionbook-c"]'
exits "with nobody" 3 predict compare predictionbook-c nobody --backfilled
exits "by day" 0 predict score --rule gjp_day_averaged --backfilled --format json
is "days without a word add nothing: (8 days of 2 x 0.09) / 10" "$(jq '.[] | select(.forecaster == "predictionbook-c") | .value * 1e9 | round' "$WORK/out")" 144000000
exits "the records come back as they came" 0 predict export predictionbook --format json
is "every field" "$(jq -S . "$WORK/out")" "$(jq -S . "$WORK/book.json")"

# ---- the reports of the starter set

exits "their record by year, with one command" 0 predict leaderboard --by-year --backfilled --forecaster "State of AI Report" --format json
like "takes the reports in" "$err" '69 predictions of reports taken in'
is "2018 to 2025" "$(jq -r '[.[].year] | [min, max] | join(" ")' "$WORK/out")" "2018 2025"
is "own verdicts stand beside ours" "$(jq '[.[] | .own_yes + .own_no + .own_other] | add' "$WORK/out")" "$(sql "SELECT count(DISTINCT s.subject) FROM store.statement s JOIN store.prediction p ON p.entity = s.subject WHERE s.property = 'outcome'")"
exits "by hand" 0 predict import ledger --format csv
is "they are in already" "$(cut -d, -f1-3 <<<"$(sed -n 2p <<<"$out")")" "69,0,0"
exits "calibration of one" 0 predict calibration --backfilled --forecaster "State of AI Report"
like "against always-0.5, the base rate and the crowd, which here is he himself" "$out" 'always-0.5: .*base rate: .*against the crowd: 0.0000'
exits "calibration" 0 predict calibration --backfilled --svg "$WORK/c.svg"
like "says Brier, its parts and ECE" "$out" 'reliability.*ECE'
like "and is drawn" "$(head -c 4 "$WORK/c.svg")" '<svg'

# ---- captured sets

if [ -d "$SHARED/data/predictions/forecastbench" ]; then
	set=$SHARED/data/predictions/forecastbench/question_sets/2025-10-26-llm.json
	res=$SHARED/data/predictions/forecastbench/resolution_sets/2025-10-26_resolution_set.json
	ok "a ForecastBench question set" predict import forecastbench "$set"
	is "comes back as it came" "$(predict export forecastbench | jq -cS 'sort_by(.source + .id)' | sha256sum)" \
		"$(jq -cS '[.questions[] | select((.source | IN("manifold", "metaculus", "polymarket", "infer")) and (.id | type) == "string")] | sort_by(.source + .id)' "$set" | sha256sum)"
	ok "and its resolutions" predict import forecastbench "$res"
	predict score --backfilled >/dev/null 2>&1
	# worked out apart: the frozen value against what it resolved to, first resolution of each market question
	jq -n --slurpfile q "$set" --slurpfile r "$res" '([$r[0].resolutions[] | select(.resolved and .resolved_to != null and (.id | type) == "string")] | sort_by(.resolution_date)
		| reduce .[] as $x ({}; if has($x.source + "/" + $x.id) then . else .[$x.source + "/" + $x.id] = $x.resolved_to end)) as $out
		| [$q[0].questions[] | select(.source | IN("manifold", "metaculus", "polymarket", "infer")) | {k: (.source + "/" + .id), p: (.freeze_datetime_value | tonumber)}
		   | select($out[.k] != null) | $out[.k] as $o | $o * ((1 - .p) * (1 - .p)) + (1 - $o) * .p * .p]
		| [length, (add / length * 1e9 | round)] | join(" ")' -r >"$WORK/apart"
	is "scores to the Brier worked out apart" "$(sql "SELECT count(*), round((avg(s.value) * 1e9)::numeric) FROM api.scores s JOIN store.entity e ON e.slug = s.prediction JOIN store.prediction p ON p.entity = e.id AND p.batch_to IS NULL
		WHERE p.venue = 'forecastbench' AND s.rule = 'brier_binary' AND s.standing" | tr '|' ' ')" "$(cat "$WORK/apart")"
else
	diag "NOT TESTED: $SHARED/data/predictions/forecastbench is absent; AIMARKET_SHARED says where captured data lies"
fi
done_testing
