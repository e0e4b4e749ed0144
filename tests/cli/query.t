#!/bin/bash
# aimarket query: filters, columns, order, pages, the past.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
sql "$(cat "$ROOT/tests/cli/fixture.sql")" >/dev/null

# The ids (first column) of an answer, in its order.
ids() { # RESOURCE [OPTION…]
	"$AIMARKET" query "$@" --format csv | tail -n +2 | cut -d, -f1 | tr '\n' ' '
}
field() { # NAME RESOURCE [OPTION…]: of the first row
	local name=$1
	shift
	"$AIMARKET" query "$@" --columns "$name" --format csv | sed -n 2p
}

is "all deals, newest first" "$(ids deals)" "cerebras-ipo characterai-google-2024 "
is "a family finds its types" "$(ids deals --type acquihire)" "characterai-google-2024 "
is "a type finds itself" "$(ids deals --type licence_and_hire)" "characterai-google-2024 "
is "several words" "$(ids deals --type ipo,acquihire)" "cerebras-ipo characterai-google-2024 "
is "not- leaves out what the filter finds" "$(ids deals --not-type acquihire)" "cerebras-ipo "
is "target by name" "$(ids deals --target 'character.ai')" "characterai-google-2024 "
is "acquirer by slug" "$(ids deals --acquirer slug:google)" "characterai-google-2024 "
is "a party in any role" "$(ids deals --party 'Andreessen Horowitz')" "characterai-google-2024 "
is "an issuer is the target of its listing" "$(ids deals --target cik:0002021728)" "cerebras-ipo "
is "several entities" "$(ids deals --target 'character.ai, cik:2021728')" "cerebras-ipo characterai-google-2024 "
is "a name with a comma is one" "$(ids deals --target 'Cerebras Systems, Inc.')" "cerebras-ipo "
like "of several the unknown one is told" "$("$AIMARKET" query deals --target cerebras-systems,character-aj 2>&1)" 'no entity called "character-aj"'
is "status" "$(ids deals --status withdrawn)" "cerebras-ipo "
is "since and until" "$(ids deals --since 2024-08 --until 2024-08)" "characterai-google-2024 "
is "amounts as people write them" "$(ids deals --min-amount 2.5B --max-amount 2,700,000,000)" "characterai-google-2024 "
is "amounts leave out deals without one" "$(ids deals --max-amount 1T)" "characterai-google-2024 "
is "disputed" "$(ids deals --disputed)" "characterai-google-2024 "
is "currency in any case" "$(ids deals --currency usd)" "characterai-google-2024 "
is "filters hold together" "$(ids deals --type ipo --disputed)" ""

is "the shown amount is the later and more precise of the higher tier" "$(field amount deals --disputed)" "2700000000"
is "lowest and highest claim" "$(field amount_low,amount_high,claims deals --disputed)" "2500000000,3000000000,3"
is "the valuation is kept apart" "$(field valuation_usd deals --disputed)" "2500000000"
is "the most precise of the first days" "$(field announced_on,date_precision deals --disputed)" "2024-08-02,day"
is "a withdrawal after the filing" "$(field status,status_on deals --type ipo)" "withdrawn,2025-10"
is "as of a day only what was said by then" "$(field amount,claims,announced_on,disputed deals --type acquihire --as-of 2024-09-30)" "2700000000,2,2024-08-02,false"
is "a partial day is its last" "$(field amount,claims,announced_on deals --type acquihire --as-of 2024-08)" "3000000000,1,2024-08"
is "before it was told there is no deal" "$(ids deals --as-of 2024-07)" ""
is "the past and today agree" "$("$AIMARKET" query deals --format json)" "$("$AIMARKET" query deals --as-of 2026-01-01 --format json)"
is "filings too" "$("$AIMARKET" query filings --format json)" "$("$AIMARKET" query filings --as-of 2026-01-01 --format json)"
is "observations too" "$("$AIMARKET" query observations --format json)" "$("$AIMARKET" query observations --as-of 2026-01-01 --format json)"
is "a snapshot knows what the store knew" "$(field value,claims observations --metric revenue --period annual --until 2024-02 --snapshot 1)" "60922000000,1"
is "now it knows more" "$(field value,claims,disputed observations --metric revenue --period annual --until 2024-02)" "60900000000,2,true"

is "one row a component" "$(field id,part,part_amount deals --parts --sort part)" "characterai-google-2024,implied_valuation,2500000000"
like "JSON carries the parts anyway" "$("$AIMARKET" query deals --type acquihire --format json)" '"parts":\[\{.*"component": "total"'

is "filings by filer" "$(ids filings --entity 'Cerebras Systems Inc.')" "0001628280-24-041596 "
is "the address of a filing" "$(field url filings --form s-1)" "https://www.sec.gov/Archives/edgar/data/2021728/000162828024041596/s1.htm"
is "annual figures by their length" "$(field period_end,value observations --entity NVDA --metric revenue --period annual)" "2025-01-26,130497000000"
is "ticker without venue" "$(field value observations --entity ticker:NVDA --metric revenue --period quarter)" "123456789012345678.90"
is "revenue is a resource" "$(ids revenue --entity nvidia --period annual)" "NVIDIA NVIDIA "
is "entities by kind" "$(ids entities --kind model)" "mercury "
is "entities by identifier" "$(ids entities --cik 01045810)" "nvidia "
is "metrics by text" "$(ids metrics --search sales)" "revenue "
is "sources by tier" "$(field publisher,said_on sources --tier press)" "wsj,2024-09-25"
for r in documents feeds runs rejects funding; do
	exits "$r answers though it is empty" 0 "$AIMARKET" query $r
done

is "order by a column" "$(ids deals --sort id)" "cerebras-ipo characterai-google-2024 "
is "the largest first, nothing last" "$(ids deals --sort -amount)" "characterai-google-2024 cerebras-ipo "
is "a date as written sorts as a date" "$(ids deals --sort announced_on)" "characterai-google-2024 cerebras-ipo "
is "limit" "$(ids deals --limit 1)" "cerebras-ipo "
is "offset" "$(ids deals -n 1 --offset 1)" "characterai-google-2024 "
is "columns in the order given" "$(field amount,id deals --disputed)" "2700000000,characterai-google-2024"

# ---- groups

is "a group a type, counted" "$("$AIMARKET" query deals --group-by type --format csv | tr '\n' ' ')" "type,count,disputed ipo,1,0 licence_and_hire,1,1 "
is "a total of nothing is nothing, not zero" "$("$AIMARKET" query deals --measure sum:amount_usd,count --since 2090 --format csv | tail -1)" ",0,0"
is "deals without an amount add nothing" "$("$AIMARKET" query deals --measure sum:amount_usd,count,count:amount_usd --format csv | tail -1)" "2700000000,2,1,1"
is "the sums of the groups are those of the rows" "$("$AIMARKET" query observations --group-by entity --measure sum:value --format csv | tail -n +2 | LC_ALL=C sort)" \
	"$(sql "SELECT entity || ',' || metric || ',' || coalesce(unit, '') || ',' || period || ',' || sum(value) || ',' || count(*) FILTER (WHERE disputed) FROM api.observations GROUP BY entity, metric, unit, period" | LC_ALL=C sort)"
is "a median of two is the middle" "$("$AIMARKET" query observations --metric revenue --entity nvidia --period annual --until 2025-02 --measure median:value,p100:value --format csv | tail -1 | cut -d, -f4,5)" \
	"$(sql "SELECT trim_scale(percentile_cont(0.5) WITHIN GROUP (ORDER BY value::float8)::numeric) || ',' || max(value) FROM api.observations WHERE metric = 'revenue' AND subject = 'nvidia' AND period = 'annual' AND period_end <= '2025-02-28'")"
is "by quarter, the latest first" "$("$AIMARKET" query deals --group-by quarter --sort=-quarter --format csv | tail -n +2 | cut -d, -f1 | tr '\n' ' ')" \
	"$(sql "SELECT DISTINCT CASE WHEN date_precision IN ('day', 'month', 'quarter') THEN to_char(announced_first, 'YYYY-\"Q\"Q') END AS q FROM api.deals ORDER BY q DESC NULLS LAST" | tr '\n' ' ')"
is "having" "$("$AIMARKET" query deals --group-by type --having 'sum:amount_usd>=2.7B' --format csv | sed -n 2p)" "licence_and_hire,1,1"
is "as of an earlier day" "$("$AIMARKET" query deals --measure sum:amount_usd --as-of 2024-08 --format csv | tail -1)" "3000000000,0"
is "of the parts" "$("$AIMARKET" query deals --parts --group-by part --format csv | tail -n +2 | wc -l)" "$("$AIMARKET" query deals --parts --sort part --columns part --format csv | tail -n +2 | sort -u | wc -l)"
exits "strictly, groups with a dispute in them" 7 "$AIMARKET" query deals --group-by type --strict
exits "columns and groups do not go together" 2 "$AIMARKET" query deals --group-by type --columns id

# ---- faces

is "--url asks no store" "$(AIMARKET_DB=host=/nowhere "$AIMARKET" query deals --type acquihire --min-amount 1B --group-by quarter --limit 5 --url)" \
	"http://127.0.0.1:8377/v1/deals?type=acquihire&min_amount=1B&group_by=quarter&limit=5"
is "--url knows where the API listens" "$(AIMARKET_LISTEN='/run/x.sock data.example.org:80' "$AIMARKET" query deals --format csv --url)" "http://data.example.org:80/v1/deals?format=csv"
exits "an offset has no address" 2 "$AIMARKET" query deals --offset 5 --url
like "it says what has" "$err" 'cursors'
is "ranges of figures" "$(ids observations --min-value 130,497,000,000 --max-value 130.497B)" "$(sql "SELECT entity FROM api.observations WHERE value = 130497000000" | tr '\n' ' ')"
for r in $("$AIMARKET" help query | sed -n '/^resources:/,/^$/s/^  *\([a-z]*\)  .*/\1/p'); do
	exits "$r can be counted" 0 "$AIMARKET" query "$r" --measure count
	run "$AIMARKET" query "$r" --group-by year --measure count --strict
	like "$r by year, or it tells no days" "$rc $err" '^0 |^7 |tells no days'
done

is "every view of the api is told" "$(sql "SELECT relname FROM pg_class c WHERE relnamespace = 'api'::regnamespace AND relkind = 'v' AND obj_description(oid) IS NULL")" ""
is "and every column" "$(sql "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
	WHERE c.relnamespace = 'api'::regnamespace AND c.relkind = 'v' AND a.attnum > 0 AND col_description(c.oid, a.attnum) IS NULL")" ""
is "the words of --type are those of the store" \
	"$("$AIMARKET" query deals --type x 2>&1 | sed -n 's/.*It takes: \(.*\)\./\1/p' | tr ' ' '\n' | sort)" "$(sql 'SELECT type FROM store.deal_type ORDER BY type COLLATE "C"')"
is "those of --status too" \
	"$("$AIMARKET" query deals --status x 2>&1 | sed -n 's/.*It takes: \(.*\)\./\1/p' | tr ' ' '\n' | sort)" "$(sql 'SELECT stage FROM store.deal_stage ORDER BY stage COLLATE "C"')"
is "those of --kind too" \
	"$("$AIMARKET" query entities --kind x 2>&1 | sed -n 's/.*It takes: \(.*\)\./\1/p' | tr ' ' '\n' | sort)" "$(sql 'SELECT kind FROM store.entity_kind ORDER BY kind COLLATE "C"')"

sqltext=$("$AIMARKET" query deals --type acquihire --min-amount 1B --sql)
is "--sql is what psql can run" "$(sql "${sqltext%;}" | cut -d'|' -f1)" "characterai-google-2024"
done_testing
