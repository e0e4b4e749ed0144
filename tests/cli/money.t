#!/bin/bash
# Amounts in dollars: by the rates of the day a deal was announced, with their evidence, and never by a guess.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
mkdir "$WORK/feeds"
cp "$ROOT"/etc/feeds.d/{catalogue,ecb-*}.conf "$WORK/feeds/"
export AIMARKET_FEEDS=$WORK/feeds AIMARKET_DATA=$ROOT/data
cat >"$WORK/feeds/deals.conf" <<CONF
[feed]
format = csv
path = $WORK/deals.csv
publisher = test
tier = press
asserted_on = 2020-01-01
[entity]
ref = name:{target}
kind = company
name = {target}
[deal]
ref = {ref}
type = acquisition
target = name:{target}
status = announced
date = {date}
amount = {amount}
currency = {currency}
CONF
cat >"$WORK/deals.csv" <<'ROWS'
ref,target,date,amount,currency
on-the-day,Day Ltd,2014-06-13,100000000,GBP
on-saturday,Weekend SA,2014-06-14,100000000.10,EUR
too-late,Late AG,2014-06-20,100000000,EUR
at-five-days,Five AG,2014-06-18,100000000,EUR
in-the-month,Month AG,2014-06,100000000,EUR
no-such-rate,Rare Ltd,2014-06-13,100000000,BGL
dollars,Plain Inc,2014-06-13,100000000,USD
ROWS
"$AIMARKET" ingest catalogue >/dev/null 2>&1
exits "deals come first" 0 "$AIMARKET" ingest deals
dollars() { # [OPTION…]
	"$AIMARKET" query deals --columns id,amount,currency,amount_usd --sort id --limit 0 --format csv "$@" | tail -n +2
}
is "no rate, no guess" "$(dollars | grep -v '^dollars')" "at-five-days,100000000,EUR,
in-the-month,100000000,EUR,
no-such-rate,100000000,BGL,
on-saturday,100000000.10,EUR,
on-the-day,100000000,GBP,
too-late,100000000,EUR,"
cat >"$WORK/rates.xml" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<Cube>
		<Cube time='2014-06-13'>
			<Cube currency='USD' rate='1.3534'/>
			<Cube currency='GBP' rate='0.7979'/>
			<Cube currency='BGL' rate='N/A'/>
		</Cube>
	</Cube>
</gesmes:Envelope>
XML
before=$(sql 'SELECT max(tx) FROM store.tx')
exits "the rates come later" 0 "$AIMARKET" ingest --feed ecb-daily --file "$WORK/rates.xml"
want="at-five-days,100000000,EUR,135340000
dollars,100000000,USD,100000000
in-the-month,100000000,EUR,
no-such-rate,100000000,BGL,
on-saturday,100000000.10,EUR,135340000.14
on-the-day,100000000,GBP,169620253.16
too-late,100000000,EUR,"
is "and their deals are told in dollars: on the day, after a weekend, within five days" "$(dollars)" "$want"
is "as of a day worked out from the claims alike" "$(dollars --as-of 2024-01-01)" "$want"
is "before the rates were taken in there were none" "$(dollars --snapshot "$before" | grep -c ',$')" 6
run "$AIMARKET" why on-the-day
like "why tells the dollars and the day of the rates" "$out" '100000000 GBP .*169620253\.16 USD at the rates of 2014-06-13'
like "and cites both" "$out" 'GBP for 1 EUR .*0\.7979.*ECB euro foreign exchange reference rates'
is "as JSON" "$("$AIMARKET" why on-saturday --format json | jq -r '.[0].inputs | map(.role + " " + (.value | tostring)) | join(", ")')" "USD for 1 EUR 1.3534"
is "a dollar needs no rate" "$("$AIMARKET" why dollars --format json | jq -r '.[0].inputs | length')" 0

# ---- the forms in which the bank publishes

if [ ! -d "$SHARED/data/market/fx" ]; then
	diag "NOT TESTED: $SHARED/data/market/fx is absent; AIMARKET_SHARED says where captured data lies"
	done_testing
	exit
fi
fx=$SHARED/data/market/fx
exits "the daily document, with single quotes" 0 "$AIMARKET" ingest --feed ecb-daily --file "$fx/eurofxref-daily.xml"
exits "ninety days" 0 "$AIMARKET" ingest --feed ecb-90d --file "$fx/eurofxref-hist-90d.xml"
exits "the table" 0 "$AIMARKET" ingest --feed ecb-csv --file "$fx/eurofxref_single_day_2016-10-27.csv"
rate() { # CURRENCY DAY
	sql "SELECT f.value || ' ' || f.claims FROM store.fact f JOIN store.series r ON r.id = f.series WHERE r.dims = '{\"base\": \"EUR\", \"quote\": \"$1\"}' AND f.period_end = '$2'"
}
is "all rates of ninety days" "$(sql "SELECT count(DISTINCT period_end) FROM store.observation o JOIN store.series r ON r.id = o.series WHERE r.dims ->> 'quote' = 'USD' AND period_end < '2015-01-01'")" \
	"$(grep -c 'Cube time=' "$fx/eurofxref-hist-90d.xml")"
is "the table's" "$(rate USD 2016-10-27) $(rate ILS 2016-10-27)" "1.0927 1 4.1989 1"
is "and one day told twice is no dispute" "$(sql 'SELECT count(*) FROM store.fact WHERE disputed')" 0
done_testing
