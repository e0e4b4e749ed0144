#!/bin/bash
# What filers said first, what they say now, and what was a slip: restatements are rival claims, slips that other claims prove
# are judged by rules, and end when the proof does.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the catalogue" "$AIMARKET" ingest catalogue

row() { # VALUE ACCESSION FORM FILED END [START]
	printf '{%s"end":"%s","val":%s,"accn":"%s","fy":2025,"fp":"FY","form":"%s","filed":"%s"},' "${6:+\"start\":\"$6\",}" "$5" "$1" "$2" "$3" "$4"
}
facts() { # CIK CONCEPT ROWS: loads them
	printf '{"cik":%s,"entityName":"Kestrel %s","facts":{"us-gaap":{"%s":{"label":"x","description":"x","units":{"USD":[%s]}}}}}' "$1" "$1" "$2" "${3%,}" >"$WORK/CIK$1.json"
	"$AIMARKET" ingest --feed edgar-companyfacts --file "$WORK/CIK$1.json" >/dev/null 2>&1
}
shown() { # CIK CONCEPT END [ARGUMENT…]
	local cik=$1 concept=$2 end=$3
	shift 3
	"$AIMARKET" query observations --entity "cik:$cik" --metric "us-gaap:$concept" --since "$end" --until "$end" --columns period_start,value,claims,disputed --format csv "$@" | tail -n +2
}
verdicts() { # CIK
	sql "SELECT j.who, trim_scale(o.value) FROM store.judgement j JOIN store.observation o ON o.id = j.claim AND o.subject = j.subject
	       JOIN store.entity_key k ON k.entity = o.subject AND k.scheme = 'cik' AND k.norm = '$1' WHERE j.batch_to IS NULL ORDER BY 1, 2"
}

# ---- a report and its amendment of the same day

report=$(row 1630410843 0000009000-26-000018 10-K 2026-02-04 2025-12-31) amended=$(row 1650410843 0000009000-26-000021 10-K/A 2026-02-04 2025-12-31)
facts 71 Assets "$report$amended"
facts 72 Assets "$amended$report"
facts 73 Assets "$amended"
facts 73 Assets "$report"
for cik in 71 72 73; do
	is "CIK $cik: the amendment of the same day is shown, in whatever order they came" "$(shown $cik Assets 2025-12-31)" "2025-12-31,1650410843,1,false"
	is "the figure it replaced is kept, with a verdict" "$(verdicts $cik)" "rule:amended-same-day|1630410843"
done
like "which is told with the figure" "$("$AIMARKET" why cik:71 us-gaap:Assets 2025-12-31)" "amended on the same day.*1650410843"

# ---- a slip of scale: the last to be filed, among years of the right size

others=
for year in 2014 2015 2016 2017 2019; do others+=$(row 1200000000 "0000009000-$((year - 1999))-000001" 10-K "$((year + 1))-02-04" "$year-12-31"); done
facts 74 Liabilities "$others$(row 1200000000 0000009000-19-000001 10-K 2019-02-04 2018-12-31)$(row 1200000000000000 0000009000-19-000002 10-Q 2019-05-04 2018-12-31)$(
	row 1200000000000000 0000009000-19-000003 10-Q 2019-08-04 2018-12-31)"
is "a figure a million times too large does not win by being the last" "$(shown 74 Liabilities 2018-12-31)" "2018-12-31,1200000000,1,false"
is "both filings that have it are judged" "$(verdicts 74)" "rule:scale-slip|1200000000000000
rule:scale-slip|1200000000000000"
facts 75 Liabilities "$(row 5 0000009000-19-000001 10-K 2019-02-04 2018-12-31)$(row 5000 0000009000-19-000002 10-Q 2019-05-04 2018-12-31)"
is "without any other figure nobody knows which is right: they stand as rivals" "$(shown 75 Liabilities 2018-12-31) $(verdicts 75)" "2018-12-31,5,2,true "

# ---- the figure of a quarter under the half year

half=$(row 4167000000 0000009000-17-000002 10-Q 2017-08-23 2017-07-30 2017-01-30)$(row 2230000000 0000009000-18-000001 10-K 2018-02-28 2017-07-30 2017-01-30)
quarters=$(row 1937000000 0000009000-17-000001 10-Q 2017-05-23 2017-04-30 2017-01-30)$(row 2230000000 0000009000-17-000002 10-Q 2017-08-23 2017-07-30 2017-05-01)
facts 76 Revenues "$half"
is "alone it is a rival, and the last to be filed" "$(shown 76 Revenues 2017-07-30) $(verdicts 76)" "2017-01-30,2230000000,2,true "
facts 76 Revenues "$half$quarters"
is "with the quarters it is proved to be one of them" "$(shown 76 Revenues 2017-07-30 --sort period_start)" "2017-01-30,4167000000,1,false
2017-05-01,2230000000,1,false"
is "by rule" "$(verdicts 76)" "rule:part-for-whole|2230000000"
is "at no time does it win, also not before the next report" "$(shown 76 Revenues 2017-07-30 --as-of 2018-03-01 --sort period_start | head -1)" "2017-01-30,4167000000,1,false"
claim=$(sql "SELECT o.id FROM store.observation o JOIN store.entity_key k ON k.entity = o.subject AND k.scheme = 'cik' AND k.norm = '76'
              WHERE o.value = 2230000000 AND o.period_start = '2017-01-30'")
ok "a person who knows better" "$AIMARKET" judge "o:$claim" preferred --why 'the half year was restated'
is "is believed" "$(shown 76 Revenues 2017-07-30 --sort period_start | head -1)" "2017-01-30,2230000000,2,true"
facts 77 Revenues "$(row 181 0000009000-24-000001 10-Q 2024-01-23 2023-12-31 2023-07-01)$(row 92 0000009000-23-000001 10-Q 2023-10-23 2023-09-30 2023-07-01)$(
	row 89 0000009000-24-000001 10-Q 2024-01-23 2023-12-31 2023-10-01)$(row 181 0000009000-25-000001 10-Q 2025-01-23 2023-12-31 2023-10-01)"
is "the other way round: the half year under the quarter" "$(shown 77 Revenues 2023-12-31 --sort period_start | tail -1) $(verdicts 77)" "2023-10-01,89,1,false rule:part-for-whole|181"

# ---- what is no slip

facts 78 Revenues "$(row 20058000000 0000009000-25-000001 10-K 2025-02-13 2024-12-31 2024-01-01)$(row 16805000000 0000009000-25-000002 8-K 2025-12-04 2024-12-31 2024-01-01)$(
	row 16805000000 0000009000-26-000001 10-K 2026-02-12 2024-12-31 2024-01-01)"
is "a restatement: the newest is shown, and contested" "$(shown 78 Revenues 2024-12-31) $(verdicts 78)" "2024-01-01,16805000000,3,true "
is "as it was told first" "$(shown 78 Revenues 2024-12-31 --as-of 2025-06-01)" "2024-01-01,20058000000,1,false"
facts 79 Revenues "$(row 758989000 0000009000-16-000001 10-K 2016-03-13 2015-12-31 2015-01-01)$(row 759000000 0000009000-17-000001 10-K 2017-03-12 2015-12-31 2015-01-01)"
is "a coarser rounding is no restatement" "$(shown 79 Revenues 2015-12-31)" "2015-01-01,758989000,2,false"
is "what the rules found is what the check lists" "$("$AIMARKET" check filing-slips --format csv 2>/dev/null | grep -c 'amended-same-day\|scale-slip\|part-for-whole')" 6
done_testing
