#!/bin/bash
# Lists of tickers in both shapes; one concept, and one period of many companies, as the SEC gives them out beside companyfacts:
# whatever comes twice is there once.
. "$(dirname "$0")/../lib.sh"
need_shared data/edgar/tickers
tickers=$SHARED/data/edgar/tickers facts=$SHARED/data/edgar/companyfacts/CIK0000320193.edgarkit.json
concept=$SHARED/data/edgar/companyconcept/CIK0000320193_dei_EntityCommonStockSharesOutstanding.edgarkit.json
cluster_start
ok "migrate" "$AIMARKET" db migrate

# ---- tickers

exits "the list" 0 "$AIMARKET" ingest --feed edgar-tickers --file "$tickers/company_tickers.finalysis-30162fa.json" --fetched 2026-09-01
is "a company for each CIK" "$(sql "SELECT count(*), count(DISTINCT entity) FROM store.entity_key WHERE scheme = 'cik'")" \
	"$(jq -r '[.[].cik_str] | unique | length | "\(.)|\(.)"' "$tickers/company_tickers.finalysis-30162fa.json")"
is "a key for each ticker" "$(sql "SELECT count(*) FROM store.entity_key WHERE scheme = 'ticker'")" "$(jq '[.[].ticker] | unique | length' "$tickers/company_tickers.finalysis-30162fa.json")"
is "several of one company" "$("$AIMARKET" query entities --entity ticker:GOOG --columns cik --format csv | tail -1) $("$AIMARKET" query entities --entity ticker:GOOGL --columns cik --format csv | tail -1)" "1652044 1652044"
exits "the other shape, of an earlier year" 0 "$AIMARKET" ingest --feed edgar-tickers-exchange --file "$tickers/company_tickers_exchange.edgarkit.json" --fetched 2025-01-01
is "every CIK of either is a company of its own" "$(sql "SELECT count(*), count(DISTINCT entity) FROM store.entity_key WHERE scheme = 'cik'")" \
	"$(jq -sr '[.[0][].cik_str, .[1].data[][0]] | unique | length | "\(.)|\(.)"' "$tickers/company_tickers.finalysis-30162fa.json" "$tickers/company_tickers_exchange.edgarkit.json")"
is "nothing is refused" "$(sql "SELECT count(*) FROM store.reject")" 0
is "with the exchange, where there is one" "$(sql "SELECT count(*) FROM store.entity_key WHERE scheme = 'ticker' AND value LIKE '%@%'")" \
	"$(jq '[.data[] | select(.[3] != null)] | length' "$tickers/company_tickers_exchange.edgarkit.json")"
sql "SELECT split_part(k.norm, '@', 1) FROM store.entity_key k WHERE k.scheme = 'ticker' AND k.batch_to IS NULL AND upper(k.valid) = '2026-09-01' ORDER BY 1" >"$WORK/passed"
jq -nr --slurpfile new "$tickers/company_tickers.finalysis-30162fa.json" --slurpfile old "$tickers/company_tickers_exchange.edgarkit.json" \
	'($new[0] | map({(.ticker): .cik_str}) | add) as $now | $old[0].data[] | select($now[.[2]] != null and $now[.[2]] != .[0]) | .[2]' | LC_ALL=C sort >"$WORK/want"
same_file "what passed from one company to another between the two, by another tool" "$WORK/passed" "$WORK/want"
is "and is looked up by day" "$(for day in 2025-06-01 2026-10-01; do "$AIMARKET" query entities --entity ticker:GOLD --as-of $day --columns id --format csv | tail -1; done | tr '\n' ' ')" "barrick-mining-corp gold-com-inc "

# ---- one concept

exits "one concept" 0 "$AIMARKET" ingest --feed edgar-companyconcept --file "$concept"
is "every row of it" "$(sql "SELECT count(*) FROM store.observation")" "$(jq '[.units[][]] | length' "$concept")"
exits "then all facts of the company" 0 "$AIMARKET" ingest --feed edgar-companyfacts --file "$facts"
is "the concept's are among them, once" "$(sql "SELECT count(*) FROM store.observation")" "$(jq '[.facts[][].units[][]] | length' "$facts")"

# ---- a frame of the newest facts, made from them

frame() { # CONCEPT NAME: the facts that point to a frame
	jq -c --arg tag "$1" --arg frame "$2" '. as $all |
		[.facts["us-gaap"][$tag].units.USD[] | select(.frame == $frame) |
		 {accn: .accn, cik: $all.cik, entityName: $all.entityName, loc: "US-CA", start: .start, end: .end, val: .val} | with_entries(select(.value != null))] |
		{taxonomy: "us-gaap", tag: $tag, ccp: $frame, uom: "USD", label: "x", pts: length, data: .}' "$facts"
}
frame Assets CY2023Q4I >"$WORK/instant.json"
frame NetIncomeLoss CY2023 >"$WORK/span.json"
is "each has a row" "$(jq -s '[.[].data | length] | add' "$WORK/instant.json" "$WORK/span.json")" 2
exits "frames" 0 "$AIMARKET" ingest --feed edgar-frames --file "$WORK/instant.json" --file "$WORK/span.json"
like "say what is known already" "$err" '2 documents \(0 known already, 0 failed\), [0-9]+ records, 0 claims added'
psql -Xqd postgres -c "CREATE DATABASE other"
export AIMARKET_DB="host=$PGHOST user=$PGUSER dbname=other" PGDATABASE=other
"$AIMARKET" db migrate >/dev/null
exits "a frame alone" 0 "$AIMARKET" ingest --fetched 2025-02-01 --feed edgar-frames --file "$WORK/instant.json"
is "is known from the day it was fetched" "$(sql "SELECT asserted_on FROM store.observation")" 2025-02-01
exits "then all facts" 0 "$AIMARKET" ingest --feed edgar-companyfacts --file "$facts"
is "and nothing is there twice" "$(sql "SELECT count(*) FROM store.observation")" "$(jq '[.facts[][].units[][]] | length' "$facts")"
done_testing
