#!/bin/bash
# Real captures of EDGAR: every file counted by another tool too, figures known from the filings, captures in either order.
. "$(dirname "$0")/../lib.sh"
need_shared data/edgar/companyfacts
command -v jq >/dev/null || skip_all "no jq"
facts=$SHARED/data/edgar/companyfacts lists=$SHARED/data/edgar/submissions
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the catalogue" "$AIMARKET" ingest catalogue

# ---- companyfacts

exits "all captured companyfacts" 0 "$AIMARKET" ingest --feed edgar-companyfacts --file "$facts"
rows_of() { # FILE…: one line a fact, as jq reads them
	jq -r '.facts | to_entries[] | .key as $t | .value | to_entries[] | .key as $c | .value.units | to_entries[] | .key as $u | .value[] |
	       [$t, $c, $u, .start // "", .end, .accn, .val] | @tsv' "$@" | sort -u
}
for cik in 80424 320193 1045810 1640147 1997711; do
	files=("$facts/CIK$(printf %010d $cik)".*)
	is "CIK $cik: as many claims as rows in ${#files[@]} captures" \
		"$(sql "SELECT count(*) FROM store.observation o JOIN store.entity_key k ON k.entity = o.subject WHERE k.scheme = 'cik' AND k.norm = '$cik'")" \
		"$(rows_of "${files[@]}" | wc -l)"
done
is "every document is counted" "$(sql "SELECT count(*) FROM store.run WHERE feed = 'edgar-companyfacts' AND state = 'loaded' AND rejects = 0")" "$(ls "$facts" | wc -l)"
exits "again" 0 "$AIMARKET" ingest --feed edgar-companyfacts --file "$facts"
like "nothing is taken in twice" "$out$err" " 0 claims added"

nvidia() { # METRIC PERIOD COLUMNS [ARGUMENT…]
	local metric=$1 period=$2 columns=$3
	shift 3
	"$AIMARKET" query observations --entity cik:1045810 --metric "$metric" --period "$period" --columns "$columns" --format csv "$@" | tail -n +2
}
is "NVIDIA: the year, and the fourth quarter that no row gives" \
	"$(nvidia revenue annual,quarter period,period_start,period_end,value,nature --since 2026-01-25 --until 2026-01-25 --sort period)" \
	"annual,2025-01-27,2026-01-25,215938000000,reported
quarter,2025-10-27,2026-01-25,68127000000,derived"
is "with its formula and inputs" "$(nvidia revenue quarter formula,inputs --until 2026-01-25 --limit 1 | grep -o 'annual - nine_months\|215938000000\|147811000000' | sort -u | tr '\n' ' ')" \
	"147811000000 215938000000 annual - nine_months "
is "the year that its own report gives under another concept" "$(nvidia revenue annual value,concept --since 2021-01-31 --until 2021-01-31)" "16675000000,us-gaap:Revenues"
is "and as the public knew it in the month of that report" "$(nvidia revenue annual value,concept --since 2021-01-31 --until 2021-01-31 --as-of 2021-03-01)" \
	"16675000000,us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax"
is "earnings per share after a split, and before it" "$(nvidia eps_diluted annual value --since 2021-01-31 --until 2021-01-31; nvidia eps_diluted annual value --since 2021-01-31 --until 2021-01-31 --as-of 2021-03-01)" \
	"1.73
6.9"
context() { "$AIMARKET" query observations --entity cik:1045810 --metric us-gaap:Revenues --since 2017-07-30 --until 2017-07-30 --columns period_start,value,claims,disputed --format csv "$@" | grep ^2017-01; }
is "a value under the wrong context is a rival claim with a verdict, no silent winner" "$(context)" "2017-01-30,4167000000,2,false"
is "also not on the day when it was the newest" "$(context --as-of 2018-03-01)" "2017-01-30,4167000000,1,false"
like "why says so" "$("$AIMARKET" why cik:1045810 us-gaap:Revenues 2017-07-30)" "2230000000.*figure of 2017-05-01 to 2017-07-30"
is "shares that a filer reported in thousands for two years do not outweigh the others" "$(sql "
	SELECT count(*), min(o.value) FROM store.judgement j JOIN store.observation o ON o.id = j.claim JOIN store.series s ON s.id = o.series JOIN store.metric m ON m.id = s.metric
	 WHERE j.who = 'rule:scale-slip' AND m.name = 'WeightedAverageNumberOfSharesOutstandingBasic' AND o.value > 1000000")" "0|"
is "no gap in the quarters of any captured company's revenue" "$(sql "
	WITH q AS (SELECT subject, period_end, lead(period_start) OVER (PARTITION BY subject, unit ORDER BY period_end) AS next
	           FROM api.canonical WHERE metric = 'revenue' AND period = 'quarter' AND period_end > '2011-02-01')
	SELECT count(*) FROM q WHERE next <> period_end + 1")" 0
is "where a row gives the quarter, the difference of two spans is the same to the rounding" "$(sql "
	WITH f AS (SELECT o.series, o.period_start, o.period_end, o.value FROM store.fact o JOIN store.series s ON s.id = o.series
	           JOIN store.metric m ON m.id = s.metric JOIN store.unit u ON u.id = s.unit
	           WHERE m.name IN ('Revenues', 'RevenueFromContractWithCustomerExcludingAssessedTax') AND u.code = 'USD' AND NOT o.disputed)
	SELECT count(*) > 50, count(*) FILTER (WHERE abs(b.value - a.value - q.value) > 2000000) FROM f a
	JOIN f b ON b.series = a.series AND b.period_start = a.period_start
	JOIN f q ON q.series = a.series AND q.period_start = a.period_end + 1 AND q.period_end = b.period_end")" "t|0"

# ---- two captures of one company, in either order

apple=("$facts"/CIK0000320193.*)
other() { # DATABASE FILE…: loads captures into a store of its own and prints what it comes to
	local db=$1 file
	shift
	psql -Xqd postgres -c "CREATE DATABASE $db"
	export AIMARKET_DB="host=$PGHOST user=$PGUSER dbname=$db"
	"$AIMARKET" db migrate >/dev/null
	for file; do "$AIMARKET" ingest --feed edgar-companyfacts --file "$file" >/dev/null 2>&1; done
	"$AIMARKET" fingerprint --format csv
}
one=$(other one "${apple[0]}" "${apple[1]}")
like "two captures of Apple, a year apart, come to something" "$one" 'observations,2[0-9]{4},'
is "and to the same in either order" "$(other two "${apple[1]}" "${apple[0]}")" "$one"

# ---- submissions

some=()
for name in CIK0000315090 CIK0000320193.20260305 CIK0000320193.edgarkit CIK0000350001 CIK0001045810 CIK0001318605-submissions-001 CIK0001318605.20260305 \
	CIK0001677077.20260310 CIK0001847577 CIK0001881551; do
	for file in "$lists/$name"*; do some+=("$file"); done
done
mkdir "$WORK/lists"
cp "${some[@]}" "$WORK/lists"
exits "captured lists of filings; the SEC's test filer has two former names that end before they begin" 6 \
	"$AIMARKET" ingest --feed edgar-submissions --file "$WORK/lists"
is "told as what they are" "$(sql "SELECT count(*), min(rule), min(reason) FROM store.reject")" "2|period|to 2001-08-01 is before from 2001-08-10"
numbers_of() { jq -r '(.filings.recent // .).accessionNumber[]' "$@" | sort -u; }
is "every accession number is a filing" \
	"$(sql "SELECT accession FROM api.filings WHERE accession IN (SELECT k.norm FROM store.entity_key k JOIN store.source w ON w.ref = k.norm JOIN store.statement s ON s.source = w.id AND s.property = 'accepted_at')" | sort | md5sum)" \
	"$(numbers_of "${some[@]}" | md5sum)"
is "an IPO told by its forms; the older page of Tesla has one, too" \
	"$("$AIMARKET" query deals --type ipo --columns id,status,target,announced_on --format csv --sort id | tail -n +2)" \
	"cik-1318605-ipo,priced,\"Tesla, Inc.\",2010-01-29
cik-1677077-ipo,priced,\"Alzamend Neuro, Inc.\",2021-05-10
cik-1847577-ipo,priced,Learn CW Investment Corp,2021-03-29
cik-1881551-ipo,priced,Solidion Technology Inc.,2021-11-16"
is "as of a day in between it was filed" "$("$AIMARKET" query deals --type ipo --target cik:1881551 --as-of 2022-03-09 --columns status --format csv | tail -1)" filed
is "a company by ticker, with and without its venue" \
	"$("$AIMARKET" query entities --entity ticker:NVDA --columns cik --format csv | tail -1) $("$AIMARKET" query entities --entity ticker:NVDA@Nasdaq --columns cik --format csv | tail -1)" "1045810 1045810"
is "by a former name" "$("$AIMARKET" query entities --entity 'TESLA MOTORS INC' --columns cik --format csv | tail -1)" 1318605
is "a person is one" "$("$AIMARKET" query entities --entity cik:315090 --columns kind --format csv | tail -1)" person
done_testing
