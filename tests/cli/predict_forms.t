#!/bin/bash
# Records of every venue by hand and by feed, tables, and our own form there and back again.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
predict() { "$AIMARKET" predict "$@"; }
in_form() { # FORM JSON: imported, as CSV without its head
	printf '%s\n' "$2" >"$WORK/in.json"
	predict import "$1" "$WORK/in.json" --format csv | tail -n +2
}
asked() { # VENUE:ID COLUMN,…
	"$AIMARKET" query predictions --prediction "$(sql "SELECT slug FROM store.entity WHERE id = load.prediction_entity('$1')")" --columns "$2" --format csv | tail -n +2
}
said() { # VENUE:ID: the last forecast on it
	sql "SELECT w.slug, CASE WHEN cardinality(f.pmf) = 2 AND p.kind = 'binary' THEN f.pmf[2]::text ELSE f.pmf::text END, f.backfilled FROM store.forecast f JOIN store.forecaster w ON w.id = f.forecaster
		JOIN store.prediction p ON p.entity = f.prediction AND p.batch_to IS NULL WHERE f.prediction = load.prediction_entity('$1') ORDER BY f.claimed_at DESC LIMIT 1"
}

# ---- one record of each venue: questions, asked, forecasts, resolutions, refused

is "Manifold: an open market" "$(in_form manifold '{"id": "m1", "createdTime": 1700000000000, "closeTime": 4000000000000, "lastUpdatedTime": 1700000100000, "question": "Open?", "outcomeType": "BINARY",
	"probability": 0.8958175225896258, "isResolved": false}')" "1,1,1,0,0,"
is "its price is a forecast of Manifold, which this store did not see" "$(said manifold:m1)" "manifold|0.8958175225896258|t"
is "one of several answers" "$(in_form manifold '[{"id": "m2", "createdTime": 1700000000000, "closeTime": 1800000000000, "question": "Which?", "outcomeType": "MULTIPLE_CHOICE", "shouldAnswersSumToOne": true,
	"isResolved": true, "resolution": "x2", "resolutionTime": 1790000000000, "answers": [{"id": "x1", "text": "a", "index": 0, "probability": 0.1}, {"id": "x2", "text": "b", "index": 1, "probability": 0.9}]}]')" "1,1,0,1,0,"
is "came out so" "$(asked manifold:m2 kind,outcome)" "choice,b"
is "a market of another kind is refused" "$(in_form manifold '{"id": "m3", "question": "?", "outcomeType": "POLL"}')" '0,0,0,0,1,form: a market of type POLL is not read'
is "resolved to its price" "$(in_form manifold '{"id": "m1", "createdTime": 1700000000000, "closeTime": 1760000000000, "question": "Open?", "outcomeType": "BINARY", "probability": 0.9, "isResolved": true,
	"resolution": "MKT", "resolutionProbability": 0.25, "resolutionTime": 1760000000000}')" "1,0,0,1,0,"
is "the question that was there is settled, its earlier close came with it" "$(asked manifold:m1 outcome,closes_at)" "partial:0.25,2025-10-09 08:53:20+00"
is "both versions are kept" "$(sql "SELECT count(*), count(batch_to) FROM store.prediction WHERE venue_id = 'm1'")" "2|1"

figure='{"id": 7, "title": "How many?", "question": {"type": "numeric", "open_time": "2025-01-01T00:00:00Z", "scheduled_close_time": "2025-03-01T00:00:00Z", "scheduled_resolve_time": "2025-03-02T00:00:00Z",
	"actual_close_time": null, "scaling": {"range_min": 0, "range_max": 200, "zero_point": null}, "open_lower_bound": false, "open_upper_bound": true, "resolution": "above_upper_bound", "actual_resolve_time": "2025-03-01T12:00:00Z",
	"aggregations": {"recency_weighted": {"history": [{"start_time": 1736000000, "interval_lower_bounds": [0.25], "centers": [0.5], "interval_upper_bounds": [0.75]}]}}}}'
is "Metaculus: a figure" "$(in_form metaculus "$figure")" "1,1,1,1,0,"
is "it came out above" "$(asked metaculus:7 kind,outcome,low,high,open_high)" "numeric,above,0,200,true"
is "the crowd's quartiles are quantiles of its scale" "$(sql "SELECT spec FROM store.forecast WHERE prediction = load.prediction_entity('metaculus:7')" | jq -c .quantiles)" '{"0.5":100,"0.25":50,"0.75":150}'
is "a group of questions" "$(in_form metaculus '{"results": [{"id": 8, "title": "Who", "group_of_questions": {"questions": [
	{"id": 81, "label": "a", "type": "binary", "open_time": "2025-01-01T00:00:00Z", "scheduled_close_time": "2025-03-01T00:00:00Z", "resolution": "no", "actual_close_time": "2025-02-01T00:00:00Z"},
	{"id": 82, "label": "b", "type": "multiple_choice", "options": ["x", "y", "z"], "open_time": "2025-01-01T00:00:00Z", "scheduled_close_time": "2025-03-01T00:00:00Z",
	 "aggregations": {"recency_weighted": {"history": [{"start_time": 1736000000, "centers": [0.2, 0.3, 0.5]}]}}}]}}]}')" "2,2,1,1,0,"
is "each by its own name" "$(asked metaculus:8/82 question)" "Who: b"
is "Polymarket: names that are no yes and no make a choice" "$(in_form polymarket '{"id": "p1", "question": "Who wins?", "slug": "s", "outcomes": "[\"A\", \"B\"]", "outcomePrices": "[\"0.4\", \"0.61\"]",
	"createdAt": "2025-01-01T00:00:00Z", "endDate": "2099-01-01T00:00:00Z", "updatedAt": "2025-01-02T00:00:00Z"}')" "1,1,1,0,0,"
is "prices that do not quite sum to 1 are shares of their sum" "$(said polymarket:p1)" "polymarket|{0.396039604,0.603960396}|t"
is "Kalshi: cents" "$(in_form kalshi '{"markets": [{"ticker": "K-1", "title": "Rain?", "yes_sub_title": "Yes", "open_time": "2025-01-01T00:00:00Z", "close_time": "2099-01-01T00:00:00Z", "last_price": 37, "result": "",
	"updated_time": "2025-01-02T00:00:00Z", "rules_primary": "If it rains"}]}')" "1,1,1,0,0,"
is "are hundredths" "$(said kalshi:K-1)" "kalshi|0.37|t"
is "dollars, and settled" "$(in_form kalshi '{"ticker": "K-2", "title": "Snow?", "open_time": "2025-01-01T00:00:00Z", "close_time": "2025-02-01T00:00:00Z", "last_price_dollars": "0.9900", "result": "yes"}')" "1,1,0,1,0,"
is "Fatebook: forecasts of several" "$(in_form fatebook '{"items": [{"id": "f1", "title": "Shipped?", "type": "BINARY", "createdAt": "2025-01-01T00:00:00Z", "resolveBy": "2025-02-01T00:00:00Z", "resolution": "YES",
	"resolvedAt": "2025-01-20T00:00:00Z", "forecasts": [{"forecast": "0.6", "createdAt": "2025-01-02T00:00:00Z", "user": {"name": "Ann"}}, {"forecast": "0.7", "createdAt": "2025-01-03T00:00:00Z", "user": {"name": "Bob"}},
	{"forecast": "1", "createdAt": "2025-01-03T00:00:00Z", "user": {"name": "Cyd"}}]}], "nextCursor": null}')" '1,1,2,1,1,"probability-range: a probability lies between 0 and 1, both excluded"'
is "INFER" "$(in_form infer '{"question": {"id": 9, "name": "Will it?", "starts_at": "2025-01-01T00:00:00Z", "ends_at": "2099-01-01T00:00:00Z", "updated_at": "2025-01-05T00:00:00Z", "answers": [
	{"id": 1, "name": "Yes", "probability": 0.65}, {"id": 2, "name": "No", "probability": 0.35}]}}')" "1,1,1,0,0,"
is "a benchmark that asks the venue's question is linked to it" "$(in_form forecastbench '{"questions": [{"id": "m1", "source": "manifold", "question": "Open?", "market_info_open_datetime": "2025-01-01T00:00:00Z",
	"market_info_close_datetime": "2025-06-01T00:00:00Z", "freeze_datetime": "2025-02-01T00:00:00Z", "freeze_datetime_value": "0.3"}]}'; sql "SELECT e.slug, relation FROM store.prediction_link l JOIN store.entity e ON e.id = l.other")" "1,1,1,0,0,
open|same"
exits "what is no JSON" 2 predict import manifold <(echo '{"id": ')
like "is refused with its place" "$err" 'no JSON: .*line 2'
exits "an unknown form" 2 predict import manifolt "$WORK/in.json"
like "the nearest is named" "$err" 'Did you mean "manifold"'
for venue in manifold metaculus polymarket kalshi fatebook infer; do
	predict export $venue | jq -cS '.[]' >"$WORK/first"
	predict import $venue <(predict export $venue) >/dev/null
	predict export $venue | jq -cS '.[]' >"$WORK/second"
	ok "$venue: records" test -s "$WORK/first"
	same_file "$venue: exported, imported, exported: the same" "$WORK/second" "$WORK/first"
done

# ---- a table

cat >"$WORK/t.csv" <<'C'
ref,question,kind,options,opens,closes,by,by_kind,made,said,why,outcome,known
q1,"Will it rain, or not?",,,2025-01-01T00:00Z,2025-02-01T00:00Z,ann,,2025-01-02T00:00Z,0.7,"clouds, ""dark""",,
q1,,,,,,bob,model,2025-01-03T00:00Z,0.2,,,
q1,,,,,,bob,model,2025-01-10T00:00Z,,,,
q2,Which?,choice,a;b;c,2025-01-01T00:00Z,2025-02-01T00:00Z,ann,,2025-01-02T00:00Z,"[0.5,0.3,0.2]",,b,2025-01-31T00:00Z
q3,How many?,numeric,,2025-01-01T00:00Z,2025-02-01T00:00Z,,,,,,,
q1,,,,,,ann,,2025-01-04T00:00Z,1.2,,,
C
exits "a table by hand" 0 predict import csv "$WORK/t.csv" --format csv
is "four forecasts (one takes back); a figure without a range and 1.2 are refused" "$(sed -n 2p "$WORK/out" | cut -d, -f2-5)" "2,4,1,2"
is "a row without a probability withdraws" "$(sql "SELECT count(*) FROM store.forecast WHERE pmf IS NULL")" 1
is "the same by feed: nothing new" "$("$AIMARKET" ingest --feed predictions-csv --file "$WORK/t.csv" >/dev/null 2>&1; sql "SELECT added, known, rejects FROM store.run ORDER BY id DESC LIMIT 1")" "0|5|2"
is "what it refused has its line and rule" "$("$AIMARKET" query rejects --format csv --columns rule,locator | tail -n +2 | sort | cut -d' ' -f1-2)" "probability-range,line 7
range,line 6"

# ---- feeds: what is said without a time is said when it was fetched, and the archive vouches for it

cat >"$WORK/live.json" <<'J'
[{"id": "live", "createdTime": 1700000000000, "closeTime": 4000000000000, "question": "Live?", "outcomeType": "BINARY", "probability": 0.25, "isResolved": false},
 {"id": "poll", "createdTime": 1700000000000, "question": "Poll?", "outcomeType": "POLL"}]
J
exits "a feed of Manifold" 6 "$AIMARKET" ingest --feed predictions-manifold --file "$WORK/live.json"
is "its forecast is not backfilled" "$(said manifold:live)" "manifold|0.25|f"
is "it was made when the document came" "$(sql "SELECT f.claimed_at = r.started_at AND f.recorded_at = r.started_at FROM store.forecast f, store.run r WHERE r.feed = 'predictions-manifold'
	AND f.prediction = load.prediction_entity('manifold:live')")" t
is "a record that is not read is a reject, its neighbours load" "$("$AIMARKET" query rejects --run "$(sql 'SELECT max(id) FROM store.run')" --columns rule,reason --format csv | tail -1)" 'form,a market of type POLL is not read'
exits "the same document again" 0 "$AIMARKET" ingest --feed predictions-manifold --file "$WORK/live.json"
is "adds nothing" "$(sql "SELECT count(*) FROM store.forecast WHERE prediction = load.prediction_entity('manifold:live')")" 1
sed -i 's/0\.25/0.35/' "$WORK/live.json"
"$AIMARKET" ingest --feed predictions-manifold --file "$WORK/live.json" >/dev/null 2>&1
is "another price is another forecast" "$(said manifold:live)" "manifold|0.35|f"
is "no new version of the question" "$(sql "SELECT count(*) FROM store.prediction WHERE venue_id = 'live'")" 1

sed 's/live/older/; s/0\.35/0.45/' "$WORK/live.json" >"$WORK/older.json"
"$AIMARKET" ingest --feed predictions-manifold --file "$WORK/older.json" --fetched 2026-01-05 >/dev/null 2>&1
is "a file that was fetched long ago says what was said then; this store did not see it" "$(sql "SELECT claimed_at, backfilled FROM store.forecast WHERE prediction = load.prediction_entity('manifold:older')")" "2026-01-05 00:00:00+00|t"
"$AIMARKET" fingerprint --format csv >"$WORK/before"
exits "the archive parsed again" 0 "$AIMARKET" rebuild
"$AIMARKET" fingerprint --format csv >"$WORK/after"
same_file "says the same, questions and forecasts too" "$WORK/after" "$WORK/before"

# ---- our own form holds all

AIMARKET_TODAY=2025-01-01 predict add "Sealed?" --id sealed --closes 2099 --tag t >/dev/null
AIMARKET_TODAY=2025-01-01 predict add "Figure?" --kind numeric --low 1 --high 1000 --zero-point 0 --open-high --id figure --closes 2099 >/dev/null
AIMARKET_TODAY=2025-02-01 predict forecast figure --quantile 0.1=20 --quantile 0.5=40 --quantile 0.9=80 --by ben --why "so it looks" >/dev/null
text=$(AIMARKET_TODAY=2025-02-01 predict seal sealed --p 0.9 --by dora | sed -n 's/^keep this, it opens the seal: //p')
predict open "$(sql 'SELECT max(id) FROM store.forecast')" --text "$text" >/dev/null
AIMARKET_TODAY=2025-03-01 predict seal sealed --p 0.8 --by dora >/dev/null
AIMARKET_TODAY=2025-03-01 predict resolve sealed yes --why "seen" --by anna >/dev/null
AIMARKET_TODAY=2025-03-01 predict dispute sealed --why "not seen" --by ben >/dev/null
predict link sealed figure --as similar --why "the same matter" >/dev/null
print_of() { "$AIMARKET" fingerprint --format csv | grep -E '^(predictions|links|forecasts|resolutions),'; }
sql "SELECT count(*) FROM store.prediction WHERE batch_to IS NOT NULL" >"$WORK/versions"
predict export aimarket >"$WORK/all.json"
predict export csv >"$WORK/all.csv"
print_of >"$WORK/want"
psql -Xqd postgres -c 'CREATE DATABASE other'
export PGDATABASE=other AIMARKET_DB="host=$PGHOST user=aimarket dbname=other"
"$AIMARKET" db migrate >/dev/null
exits "into an empty store" 0 predict import aimarket "$WORK/all.json" --format csv
is "nothing is refused" "$(sed -n 2p "$WORK/out" | cut -d, -f5)" 0
print_of >"$WORK/got"
is "the fingerprints are the same, but for versions that no longer stand" "$(grep -v predictions "$WORK/got")" "$(grep -v predictions "$WORK/want")"
predict export aimarket | jq -S 'map(del(.forecasts[].recorded_at))' >"$WORK/again.json"
jq -S 'map(del(.forecasts[].recorded_at))' "$WORK/all.json" >"$WORK/all.sorted"
same_file "exported again: the same, but for when it was recorded" "$WORK/again.json" "$WORK/all.sorted"
exits "once more" 0 predict import aimarket "$WORK/all.json" --format csv
is "adds nothing" "$(sed -n 2p "$WORK/out" | cut -d, -f2-5)" "0,0,0,0"
psql -Xqd postgres -c 'CREATE DATABASE third'
export PGDATABASE=third AIMARKET_DB="host=$PGHOST user=aimarket dbname=third"
"$AIMARKET" db migrate >/dev/null
exits "the table into a third" 0 predict import csv "$WORK/all.csv" --format csv
predict export csv >"$WORK/third.csv"
same_file "gives the same table" "$WORK/third.csv" "$WORK/all.csv"
done_testing
