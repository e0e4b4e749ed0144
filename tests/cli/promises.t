#!/bin/bash
# The promises of a ledger, from outside: exact, exactly once, nothing lost, nothing overwritten.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/promises.sh"
cluster_start
promise_feeds
new_store exact

# ---- exact: what goes in comes out, digit by digit, of every format
cat >"$WORK/exact.csv" <<'CSV'
company,metric,day,value
Heron,market_cap,2024-01-01,83.83
Heron,market_cap,2024-01-02,123456789012345678.90
Heron,market_cap,2024-01-03,3.8e25
Heron,market_cap,2024-01-04,0.000003
Heron,market_cap,2024-01-05,1e-05
Heron,market_cap,2024-01-06,-0.10
CSV
exits "numbers of every shape load" 0 "$AIMARKET" ingest -q --feed figures --file "$WORK/exact.csv"
want='83.83
123456789012345678.90
38000000000000000000000000
0.000003
0.00001
-0.10'
values() { # FORMAT
	"$AIMARKET" query observations --entity heron --columns value --sort period_end --format "$1"
}
is "csv" "$(values csv | tail -n +2)" "$want"
is "ndjson" "$(values ndjson | sed 's/.*:\(.*\)}/\1/')" "$want"
is "json" "$(values json | grep -o '[-0-9.]\{3,\}')" "$want"
is "table" "$(values table | tail -n +3 | tr -d ' ')" "$want"
is "markdown" "$(values markdown | tail -n +3 | tr -d '| ')" "$want"
is "the store holds them as numeric" "$(sql "SELECT value FROM store.observation ORDER BY period_end")" "$want"

# ---- exactly once
before=$(fingerprint)
tx=$(sql 'SELECT max(tx) FROM store.tx')
exits "the same file again" 0 "$AIMARKET" ingest --feed figures --file "$WORK/exact.csv"
like "is known" "$err" '1 known already'
is "nothing is doubled" "$(fingerprint)" "$before"
is "and no transaction was drawn" "$(sql 'SELECT max(tx) FROM store.tx')" "$tx"

companyfacts 11 20 0 >"$WORK/first.json"
companyfacts 11 25 5 >"$WORK/second.json"	# some figures changed, new ones came
for order in "first second" "second first"; do
	new_store "order_${order%% *}"
	for capture in $order; do "$AIMARKET" ingest -q --feed edgar-companyfacts --file "$WORK/$capture.json"; done
	fingerprint >"$WORK/${order%% *}.print"
done
same_file "two captures of one company in either order end in one store" "$WORK/second.print" "$WORK/first.print"
is "figures that changed are kept as new claims beside the old" \
	"$(sql "SELECT count(*) FROM store.observation")" "$((25 * 40 + 3 * 40))"

# ---- nothing lost
new_store lost
awk 'BEGIN { print "company,metric,day,value"; for (i = 1; i <= 1000; i++) { v = i; d = "2024-01-01"
	if (i == 100) v = "7.5×109"; if (i == 300) d = "0026-11-14"; if (i == 500) v = "n/k"; if (i == 700) d = "2024-02-30"; if (i == 900) v = ""
	printf "Company %d,market_cap,%s,%s\n", i, d, v } }' >"$WORK/five.csv"
exits "five bad rows of a thousand: exit code 6" 6 "$AIMARKET" ingest --feed figures --file "$WORK/five.csv"
is "995 load" "$(sql 'SELECT count(*) FROM store.observation')" 995
is "five are listed with line, rule and reason" \
	"$("$AIMARKET" query rejects --columns locator,rule --format csv | tail -n +2 | sort -t' ' -k2n | tr '\n' ' ')" \
	"line 101,number line 301,date line 501,number line 701,date line 901,required "
like "and with their text" "$("$AIMARKET" query rejects --columns raw --format csv)" '7.5×109'

before=$(fingerprint | grep -v document)
head -c 5000 "$WORK/first.json" >"$WORK/cut.json"
exits "a truncated JSON fails the run" 1 "$AIMARKET" ingest --feed edgar-companyfacts --file "$WORK/cut.json"
is "changes nothing" "$(fingerprint | grep -v document)" "$before"
ok "and the document is kept" cmp <("$AIMARKET" document "$(sha256sum <"$WORK/cut.json" | cut -d' ' -f1)" --raw) "$WORK/cut.json"
like "the run tells why" "$("$AIMARKET" query runs --format csv --columns state,error | grep failed)" 'parse error'

# ---- nothing overwritten
for table in observation statement source entity tx document capture reject; do
	like "no row of $table can be deleted" "$(psql -XAtqc "INSERT INTO store.statement (id, subject, property, asserted_on, source, tier, batch) VALUES (1, 1, 'x', now(), 1, 1, 1) ON CONFLICT DO NOTHING; DELETE FROM store.$table" 2>&1)" 'append-only'
done
like "nor a figure changed" "$(psql -XAtqc 'UPDATE store.observation SET value = value + 1' 2>&1)" 'append-only'
like "nor a table emptied" "$(psql -XAtqc 'TRUNCATE store.observation' 2>&1)" 'append-only'
done_testing
