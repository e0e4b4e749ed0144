#!/bin/bash
# Restatements: what was said of a fact first, what last, and the path between; amendments of one day, a wrong context and a wrong scale stay
# as rivals of what was right.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
mkdir "$WORK/feeds"
cp "$ROOT"/etc/feeds.d/{catalogue,edgar-companyfacts}.conf "$WORK/feeds/"
export AIMARKET_FEEDS=$WORK/feeds AIMARKET_DATA=$ROOT/data
"$AIMARKET" ingest catalogue >/dev/null 2>&1
cat >"$WORK/CIK0000000077.json" <<'JSON'
{ "cik": 77, "entityName": "Restater Inc", "facts": { "dei": { "EntityCommonStockSharesOutstanding": { "label": "Shares", "description": "", "units": { "shares": [
  { "end": "2026-01-30", "val": 1630410843, "accn": "0000000077-26-000018", "fy": 2025, "fp": "FY", "form": "10-K", "filed": "2026-02-04" },
  { "end": "2026-01-30", "val": 1630410843, "accn": "0000000077-26-000021", "fy": 2025, "fp": "FY", "form": "10-K/A", "filed": "2026-02-04" } ] } } },
 "us-gaap": { "Revenues": { "label": "Revenues", "description": "", "units": { "USD": [
  { "start": "2017-01-30", "end": "2017-07-30", "val": 4167000000, "accn": "0000000077-17-000008", "fy": 2018, "fp": "Q2", "form": "10-Q", "filed": "2017-08-23" },
  { "start": "2017-01-30", "end": "2017-07-30", "val": 2230000000, "accn": "0000000077-18-000002", "fy": 2018, "fp": "FY", "form": "10-K", "filed": "2018-02-28" },
  { "start": "2017-01-30", "end": "2017-07-30", "val": 4167000000, "accn": "0000000077-18-000009", "fy": 2019, "fp": "Q2", "form": "10-Q", "filed": "2018-08-16" } ] } },
  "CommonStockSharesAuthorized": { "label": "Authorized", "description": "", "units": { "shares": [
  { "end": "2018-12-31", "val": 1200000000, "accn": "0000000077-19-000001", "fy": 2018, "fp": "FY", "form": "10-K", "filed": "2019-02-07" },
  { "end": "2018-12-31", "val": 1200000000000000, "accn": "0000000077-19-000005", "fy": 2019, "fp": "Q1", "form": "10-Q", "filed": "2019-04-23" } ] } },
  "CommonStockSharesOutstanding": { "label": "Outstanding", "description": "", "units": { "shares": [
  { "end": "2024-01-28", "val": 2464000000, "accn": "0000000077-24-000029", "fy": 2024, "fp": "FY", "form": "10-K", "filed": "2024-02-21" },
  { "end": "2024-01-28", "val": 24643000000, "accn": "0000000077-25-000023", "fy": 2025, "fp": "FY", "form": "10-K", "filed": "2025-02-26" } ] } } } } }
JSON
exits "facts that were told more than once" 0 "$AIMARKET" ingest --feed edgar-companyfacts --file "$WORK/CIK0000000077.json"
q() { # METRIC [ARGUMENT…]: value,claims,disputed
	local metric=$1
	shift
	"$AIMARKET" query observations --entity cik:77 --metric "$metric" --columns value,claims,disputed --format csv "$@" | tail -n +2
}
path() { # METRIC DAY…: what was known on each of these days
	local metric=$1 day
	shift
	for day; do echo "$day $(q "$metric" --as-of "$day" | cut -d, -f1)"; done
}
is "nothing before anybody spoke" "$(path us-gaap:Revenues 2017-08-22)" "2017-08-22 "
is "first, in between and last: a value under the wrong context holds no longer than until it is put right" \
	"$(path us-gaap:Revenues 2017-08-23 2018-02-27 2018-02-28 2018-08-15 2018-08-16)" "2017-08-23 4167000000
2018-02-27 4167000000
2018-02-28 2230000000
2018-08-15 2230000000
2018-08-16 4167000000"
is "and is told as a rival, never silently" "$(q us-gaap:Revenues)" "4167000000,3,true"
is "each with its verdict" "$("$AIMARKET" why cik:77 us-gaap:Revenues 2017-07-30 --format json | jq -r '.[].claims | sort_by(.asserted_on)[] | .asserted_on + " " + .verdict')" \
	"2017-08-23 agrees
2018-02-28 differs
2018-08-16 shown"
is "a count restated after a split: the path" "$(path us-gaap:CommonStockSharesOutstanding 2024-03-01 2025-02-25 2025-02-26)" "2024-03-01 2464000000
2025-02-25 2464000000
2025-02-26 24643000000"
is "a filing amended the same day that says the same is another witness" "$(q dei:EntityCommonStockSharesOutstanding)" "1630410843,2,false"
is "a wrong scale is a rival" "$(q us-gaap:CommonStockSharesAuthorized)" "1200000000000000,2,true"
claim=$("$AIMARKET" query observations --entity cik:77 --metric us-gaap:CommonStockSharesAuthorized --columns claim --format csv | tail -1)
exits "that a person can set right" 0 "$AIMARKET" judge "$claim" deprecated --why 'a thousand thousand times too much' --by tester
is "then the other holds" "$(q us-gaap:CommonStockSharesAuthorized)" "1200000000,1,false"
like "why still tells of it" "$("$AIMARKET" why cik:77 us-gaap:CommonStockSharesAuthorized 2018-12-31)" 'deprecated: a thousand thousand'
sed 's/0000000077-26-000021", "fy": 2025, "fp": "FY", "form": "10-K\/A", "filed": "2026-02-04"/0000000077-26-000022", "fy": 2025, "fp": "FY", "form": "10-K\/A", "filed": "2026-02-04"/; s/1630410843/1630410840/2' \
	"$WORK/CIK0000000077.json" | sed '3s/1630410843/1630410840/' >"$WORK/again.json"
exits "an amendment of that day that says something else" 0 "$AIMARKET" ingest --feed edgar-companyfacts --file "$WORK/again.json"
is "is a rival of the other amendment; what both amend yields to them by rule" "$(q dei:EntityCommonStockSharesOutstanding)" "1630410840,2,true"
is "by its name" "$(sql "SELECT who FROM store.judgement WHERE who <> 'tester'")" rule:amended-same-day
done_testing
