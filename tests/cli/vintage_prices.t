#!/bin/bash
# Prices that splits and dividends are taken off are told on the basis of the day they were fetched: tables of two days are two vintages,
# of which the later counts, and no rivals. What was paid is compared as ever.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
mkdir "$WORK/feeds"
cp "$ROOT"/etc/feeds.d/{catalogue,price-stooq,price-yahoo-csv,price-alpha-vantage}.conf "$WORK/feeds/"
sed 's/^publisher = .*/publisher = other/; s/^publisher_name = .*/publisher_name = Another vendor/; s|^ref = prices|ref = other|' "$ROOT/etc/feeds.d/price-stooq.conf" >"$WORK/feeds/price-other.conf"
export AIMARKET_FEEDS=$WORK/feeds AIMARKET_DATA=$ROOT/data
"$AIMARKET" ingest catalogue >/dev/null 2>&1

table() { # FEED FILE FETCHED ROW…: Date,Close; the other columns say the same
	local feed=$1 file=$2 day=$3 row
	shift 3
	echo 'Date,Open,High,Low,Close,Volume' >"$WORK/$file.csv"
	for row in "$@"; do echo "${row%,*},${row#*,},${row#*,},${row#*,},${row#*,},100"; done >>"$WORK/$file.csv"
	"$AIMARKET" ingest --feed "$feed" --file "$WORK/$file.csv" --fetched "$day" >/dev/null 2>&1
}
close() { "$AIMARKET" query observations --entity "ticker:$1" --metric price --dimension field=close --sort period_end --columns period_end,value,value_low,value_high,claims,disputed,rule,asserted_on --format csv "${@:2}" | tail -n +2; }

table price-stooq SPL 2024-06-09 2024-06-06,1200 2024-06-07,1210
table price-stooq SPL 2024-06-12 2024-06-06,123 2024-06-07,121 2024-06-10,122
is "of a series fetched before a split and after it the later vintage counts, undisputed" "$(close SPL)" "2024-06-06,123,123,123,1,false,later vintage,2024-06-12
2024-06-07,121,121,121,1,false,later vintage,2024-06-12
2024-06-10,122,122,122,1,false,only claim,2024-06-12"
is "as of a day between, the earlier one" "$(close SPL --as-of 2024-06-11)" "2024-06-06,1200,1200,1200,1,false,only claim,2024-06-09
2024-06-07,1210,1210,1210,1,false,only claim,2024-06-09"
table price-stooq SPL 2024-06-01 2024-06-06,1199
is "a table that is taken in late but was fetched early does not" "$(close SPL | head -1)" "2024-06-06,123,123,123,1,false,later vintage,2024-06-12"
table price-other SPL 2024-06-12 2024-06-06,124.7 2024-06-07,121
is "two vendors on one day are compared, on their own day" "$(close SPL | head -2)" "2024-06-06,124.7,123,124.7,2,true,more precise,2024-06-12
2024-06-07,121,121,121,2,false,taken in later,2024-06-12"
table price-other SPL 2024-06-20 2024-06-06,119
is "and are no rivals of a later day" "$(close SPL | head -1)" "2024-06-06,119,119,119,1,false,later vintage,2024-06-20"
claim=$(sql "SELECT 'o:' || o.id FROM store.observation o JOIN store.series s ON s.id = o.series WHERE o.value = 1200 AND s.dims ->> 'field' = 'close'")
later=$(sql "SELECT 'o:' || o.id FROM store.observation o JOIN store.series s ON s.id = o.series WHERE o.value = 119 AND s.dims ->> 'field' = 'close'")
like "show says what the earlier one is" "$("$AIMARKET" show "$later" --format json | jq -r '[.claims[] | "\(.value) \(.standing)"] | join(", ")')" '119 shown.*1200 not comparable: vintage'
like "why too" "$("$AIMARKET" why "$later" --format json | jq -r '[.[].claims[] | "\(.value) \(.verdict)"] | join(", ")')" '119 shown.*1200 not comparable: vintage'
exits "a person may prefer it nevertheless" 0 "$AIMARKET" judge "$claim" preferred --why 'the table of that day' --by tester
is "and it is shown" "$(close SPL | head -1)" "2024-06-06,1200,1200,1200,1,false,preferred by judgement,2024-06-09"
exits "or deprecate the later one" 0 "$AIMARKET" judge "$claim" normal --why 'no' --by tester
exits "of the other day" 0 "$AIMARKET" judge "$later" deprecated --why 'a slip' --by tester
is "then those of the day before it are compared" "$(close SPL | head -1)" "2024-06-06,124.7,123,124.7,2,true,more precise,2024-06-12"

# ---- what was paid

paid() { # FILE CLOSE
	cat >"$WORK/$1.json" <<-JSON
		{"Meta Data": {"1. Information": "Daily Prices (open, high, low, close) and Volumes", "2. Symbol": "PAID"},
		 "Time Series (Daily)": {"2024-06-07": {"1. open": "$2", "2. high": "$2", "3. low": "$2", "4. close": "$2", "5. volume": "10"}}}
	JSON
}
paid a 1210.00
paid b 1211.00
"$AIMARKET" ingest --feed price-alpha-vantage --file "$WORK/a.json" --fetched 2024-06-08 >/dev/null 2>&1
"$AIMARKET" ingest --feed price-alpha-vantage --file "$WORK/b.json" --fetched 2024-06-20 >/dev/null 2>&1
is "is one figure, whenever it is told: two that differ are disputed" "$("$AIMARKET" query observations --entity ticker:PAID --metric price --dimension field=close --dimension basis=unadjusted --columns value_low,value_high,claims,disputed --format csv | tail -n +2)" "1210.00,1211.00,2,true"
is "every fact is what it would be made anew" "$(sql "SELECT count(*) FROM (TABLE store.fact EXCEPT SELECT * FROM api.facts_asof(NULL, NULL)) x") $(sql "SELECT count(*) FROM (SELECT * FROM api.facts_asof(NULL, NULL) EXCEPT TABLE store.fact) x")" "0 0"

# ---- as captured: the same days of NVIDIA in tables of several days

if [ ! -d "$SHARED/data/market/prices" ]; then
	diag "NOT TESTED: $SHARED/data/market/prices is absent; AIMARKET_SHARED says where captured data lies"
	done_testing
	exit
fi
prices=$SHARED/data/market/prices
cp "$ROOT"/etc/feeds.d/{price-investing,price-yfinance}.conf "$WORK/feeds/"
"$AIMARKET" ingest --feed price-investing --file "$prices/investing_com/NVDA_historical_excerpt.csv" --fetched 2024-07-06 >/dev/null 2>&1
"$AIMARKET" ingest --feed price-yfinance --file "$prices/yfinance_multiheader/NVIDIA_STOCK.csv" --fetched 2024-09-30 >/dev/null 2>&1
"$AIMARKET" ingest --feed price-stooq --file "$prices/daily_ohlcv_2024_2026/NVDA.csv" --fetched 2026-03-20 >/dev/null 2>&1
is "no price of theirs is disputed" "$("$AIMARKET" query observations --entity ticker:NVDA --metric price --disputed --format csv | tail -n +2 | wc -l)" 0
both=$(join -t, <(cut -d, -f1 "$prices/yfinance_multiheader/NVIDIA_STOCK.csv" | grep ^20 | sort) <(cut -d, -f1 "$prices/daily_ohlcv_2024_2026/NVDA.csv" | grep ^20 | sort) | wc -l)
is "of the days that two tables have, the later one's dividends count" "$("$AIMARKET" query observations --entity ticker:NVDA --metric price --dimension field=close --dimension basis=total_return --until 2024-09-30 --limit 0 --columns rule --format csv | grep -c 'later vintage')" "$both"
is "and as of a day between them the earlier one's" "$("$AIMARKET" query observations --entity ticker:NVDA --metric price --dimension field=close --dimension basis=total_return --since 2024-06-07 --until 2024-06-07 --as-of 2025-01-01 --columns value --format csv | tail -n +2)" 120.85940551757812
done_testing
