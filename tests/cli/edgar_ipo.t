#!/bin/bash
# An IPO over two registrations, told by its filings one by one and by the company's list, in either order.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the catalogue" "$AIMARKET" ingest catalogue

filing() { # ACCESSION FORM FILED FILE-NUMBER HTML: a submission in a file of its own
	printf '<SEC-HEADER>%s.hdr.sgml : %s\n<ACCEPTANCE-DATETIME>%s170512\nACCESSION NUMBER:\t\t%s\nCONFORMED SUBMISSION TYPE:\t%s\nFILED AS OF DATE:\t\t%s\n\nFILER:\n\n\tCOMPANY DATA:\n\t\tCOMPANY CONFORMED NAME:\t\t\tKestrel Chips, Inc.\n\t\tCENTRAL INDEX KEY:\t\t\t0000000077\n\n\tFILING VALUES:\n\t\tFORM TYPE:\t\t%s\n\t\tSEC FILE NUMBER:\t%s\n</SEC-HEADER>\n<DOCUMENT>\n<TYPE>%s\n<SEQUENCE>1\n<FILENAME>cover.htm\n<TEXT>\n<html><body>%s</body></html>\n</TEXT>\n</DOCUMENT>\n' \
		"$1" "$3" "$3" "$1" "$2" "$3" "$2" "$4" "$2" "$5" >"$WORK/filings/$1.txt"
}
mkdir "$WORK/filings"
first='<p>This is our initial public offering. Prior to this offering, there has been no public market for our common stock.</p>'
filing 0000009000-24-000010 S-1 20240930 333-1 "$first<p>We are offering &nbsp; shares of common stock.</p>"
filing 0000009000-25-000012 RW 20251003 333-1 '<p>The Company requests the withdrawal of its Registration Statement on Form S-1. It no longer wishes to conduct its initial public offering.</p>'
filing 0000009000-26-000013 S-1 20260417 333-2 "$first"
filing 0000009000-26-000014 S-1/A 20260504 333-2 "<p>28,000,000 Shares</p>$first<p>The initial public offering price is expected to be between \$115.00 and \$125.00 per share.</p>"
filing 0000009000-26-000015 S-1/A 20260511 333-2 "<p>30,000,000 Shares</p>$first<p>The initial public offering price is expected to be between \$150.00 and \$160.00 per share.</p>"
filing 0000009000-26-000017 424B4 20260514 333-2 "<p>30,000,000 Shares</p>$first<p>The initial public offering price is \$185.00 per share.</p><p>Prospectus dated May 13, 2026</p>"
cat >"$WORK/CIK0000000077.json" <<'X'
{"cik":"0000000077","entityType":"operating","name":"Kestrel Chips, Inc.","ein":"1","tickers":[],"exchanges":[],"formerNames":[],"filings":{"recent":{
"accessionNumber":["0000009000-26-000017","9999999995-26-000016","0000009000-26-000015","0000009000-26-000014","0000009000-26-000013","0000009000-25-000012","0000009000-24-000010"],
"filingDate":["2026-05-14","2026-05-13","2026-05-11","2026-05-04","2026-04-17","2025-10-03","2024-09-30"],
"acceptanceDateTime":["2026-05-14T21:05:12.000Z","2026-05-13T20:00:00.000Z","2026-05-11T17:05:12.000Z","2026-05-04T21:05:12.000Z","2026-04-17T21:05:12.000Z","2025-10-03T21:05:12.000Z","2024-09-30T21:05:12.000Z"],
"form":["424B4","EFFECT","S-1/A","S-1/A","S-1","RW","S-1"],"fileNumber":["333-2","333-2","333-2","333-2","333-2","333-1","333-1"]},"files":[]}}
X

deal() { "$AIMARKET" query deals --type ipo --columns id,status,status_on,announced_on --format csv "$@" | tail -n +2; }
stages() { sql "SELECT string_agg(DISTINCT s.code || ' ' || s.period_start, ', ') FROM store.statement s WHERE s.property = 'stage'"; }
price() { # of the offer, in time
	"$AIMARKET" query observations --entity deal:cik-77-ipo --metric offer_price --columns period_end,value,value_high,claims,disputed --format csv | tail -n +2 | sort
}
one_store() { # NAME FEED FILE FEED FILE
	export AIMARKET_DB="host=$PGHOST user=$PGUSER dbname=$1" PGDATABASE=$1
	psql -Xqd postgres -c "CREATE DATABASE $1"
	"$AIMARKET" db migrate >/dev/null 2>&1
	"$AIMARKET" ingest catalogue >/dev/null 2>&1
	exits "$1: first" 0 "$AIMARKET" ingest --feed "$2" --file "$3"
	exits "$1: then" 0 "$AIMARKET" ingest --feed "$4" --file "$5"
	is "$1: one deal, priced" "$(deal)" "cik-77-ipo,priced,2026-05-13,2024-09-30"
	is "$1: every stage on its day" "$(stages)" "filed 2024-09-30, filed 2026-04-17, priced 2026-05-13, range 2026-05-04, range 2026-05-11, refiled 2026-04-17, withdrawn 2025-10-03"
	is "$1: withdrawn, as of the spring after" "$(deal --as-of 2026-04-01)" "cik-77-ipo,withdrawn,2025-10-03,2024-09-30"
	is "$1: two ranges and a price, none against another" "$(price)" "2026-05-04,115.00,125.00,1,false
2026-05-11,150.00,160.00,1,false
2026-05-13,185.00,185.00,1,false"
	is "$1: what was raised, worked out of what the cover says" "$(deal --columns amount,currency)" "5550000000,USD"
	is "$1: and before the price nothing" "$(deal --columns amount,currency --as-of 2026-05-13)" ","
	is "$1: the clock of New York holds against the list" "$(sql "SELECT accepted_at FROM api.filings WHERE accession = '0000009000-26-000017'")" "2026-05-14T17:05:12-04:00"
}
one_store filings_first edgar-filing "$WORK/filings" edgar-submissions "$WORK/CIK0000000077.json"
one_store list_first edgar-submissions "$WORK/CIK0000000077.json" edgar-filing "$WORK/filings"
like "how it was worked out" "$("$AIMARKET" why deal:cik-77-ipo deal_amount)" "offer price \* shares offered, .*185.00 \* 30000000"
like "the words are there" "$("$AIMARKET" show deal:cik-77-ipo; "$AIMARKET" why deal:cik-77-ipo offer_price)" "The initial public offering price is .185.00 per share"
is "the same comes of both" "$("$AIMARKET" fingerprint --format csv)" "$(AIMARKET_DB="host=$PGHOST user=$PGUSER dbname=filings_first" "$AIMARKET" fingerprint --format csv)"
for case in other-currencies euros fee-exhibit; do
	exits "$case" 0 "$AIMARKET" ingest --feed edgar-filing --file "$ROOT/tests/feeds/edgar-filing/$case/input.txt"
done
is "prices in other money, and what a fee is reckoned by" "$("$AIMARKET" query observations --entity deal:cik-77-ipo --metric offer_price,deal_amount,registered_amount --columns metric,period_end,value,unit --format csv |
	grep -v USD/ | tail -n +2 | sort)" "deal_amount,2026-05-13,5550000000,USD
deal_amount,2026-06-10,181250000,EUR
offer_price,2026-06-09,159.00,HKD/shares
offer_price,2026-06-10,14.50,EUR/shares
registered_amount,2025-09-25,120000000.00,USD"

# ---- the page of a prospectus alone: its address tells the number and whose it is

psql -Xqd postgres -c "CREATE DATABASE alone"
export AIMARKET_DB="host=$PGHOST user=$PGUSER dbname=alone" PGDATABASE=alone
"$AIMARKET" db migrate >/dev/null 2>&1
"$AIMARKET" ingest catalogue >/dev/null 2>&1
page=$WORK/data/77/000000900026000050/d424b4.htm
mkdir -p "${page%/*}"
echo "<html><body><p>Filed Pursuant to Rule 424(b)(4)</p><p>30,000,000 Shares</p>$first<p>The initial public offering price is \$185.00 per share.</p><p>Prospectus dated May 13, 2026</p></body></html>" >"$page"
exits "a prospectus alone" 0 "$AIMARKET" ingest --feed edgar-document --file "$page"
is "is priced on the day it bears" "$(deal --columns id,status,status_on,amount)" "cik-77-ipo,priced,2026-05-13,5550000000"
is "of a filing that is known by its number" "$(sql "SELECT count(*) FROM store.entity_key WHERE scheme = 'accession' AND norm = '0000009000-26-000050'") $(sql "SELECT count(*) FROM api.filings")" "1 0"
mkdir -p "$WORK/data/77/000000900026000051"
cp "$ROOT/tests/feeds/edgar-filing/rate-exceeded/input.html" "$WORK/data/77/000000900026000051/d424b4.htm"
run "$AIMARKET" ingest --feed edgar-document --file "$WORK/data/77/000000900026000051/d424b4.htm"
like "an error page at such an address is no filing" "$rc $err" "1 .*does not say of what form it is"
done_testing
