#!/bin/bash
# What can be asked beside rows: claims, why, search, trends, comparisons; they say what the command line says.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/api.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
"$AIMARKET" ingest >/dev/null 2>&1
api_start

# The answer, and that of the command line that it names.
same() { # NAME PATH
	ask "$2"
	"$AIMARKET" db status >/dev/null
	eval "$(json .meta.command | sed "s#^aimarket#$AIMARKET#")" 2>/dev/null | jq -cS . >"$WORK/said"
	printf '%s' "$body" | jq -cS .data >"$WORK/answered"
	[ "$status" = 200 ] || diag "$body"
	same_file "$1" "$WORK/answered" "$WORK/said"
}

same "why a figure is what it is" '/v1/why?ref=github-copilot&metric=revenue_run_rate'
is "with the number on its owner" "$(json '.data[0].elsewhere[0].entity')" GitHub
same "of a period, as of a day" '/v1/why?ref=nvidia&metric=revenue&as_of=2026-01-01'
ask '/v1/why'
is "of what?" "$status $(json .parameter)" '400 ref'
ask '/v1/why?ref=nvidai&metric=revenue'
is "nobody is called so" "$status $(json .nearest)" '404 nvidia'
ask '/v1/why?ref=nvidia&metric=revenue&format=csv'
is "why does not fit into CSV" "$status" 400

same "search by name" '/v1/search?q=character'
is "finds the company and the deal" "$(json '[.data[].id] | index("character-ai") != null and index("characterai-google-2024") != null')" true
same "by identifier" '/v1/search?q=cik:1045810'
is "exactly" "$(json '.data[0] | .id, .found')" $'nvidia\nexactly'
same "with a slip" '/v1/search?q=anthropc&kind=company'
is "finds what looks like it" "$(json '.data[0].id')" anthropic
ask '/v1/search?q=%25%5C_'
is "signs of patterns are none here" "$status" 200

same "deals by quarter" '/v1/trends/deals?by=quarter&measure=sum:amount_usd&split=family&since=2024'
same "a series and its growth" '/v1/trends/observations?entity=nvidia&metric=revenue&period=annual&growth=yoy'
same "filings are counted" '/v1/trends/filings?by=year&split=form&cumulative=true'
ask '/v1/trends/deals?by=quartr'
is "a bucket nobody knows" "$status $(json '.parameter, .nearest')" $'400 by\nquarter'
ask '/v1/trends/documents'
is "a resource without trends" "$status" 400
same "a price ratio as of a day" '/v1/compare?entities=o1-preview,gpt-4o&metric=api_price&ratio=true&on=2024-09-15'
is "three and four" "$(json '[.data[].value]')" '[3,4]'
same "a league table" '/v1/compare?metric=market_cap&top=5&on=2024-12-31&as_of=2025-01-31'
ask '/v1/compare?entities=nvidia,openai&metric=revenue,revenue_run_rate&cagr=true'
unlike "what is unlike is not set in relation, or is" "$status" 500

ask '/v1/deals/characterai-google-2024/claims'
is "claims of a deal: all of them" "$(json '[.data[] | select(.about == "deal_amount")] | length')" \
	"$(sql "SELECT count(*) FROM api.show_amounts('characterai-google-2024', NULL, NULL) WHERE part NOT LIKE 'deal_people%'")"
claim=$("$AIMARKET" query observations --entity ticker:NVDA --metric market_cap --since 2024-06-18 --until 2024-06-18 --columns claim --format csv | tail -1)
ask "/v1/observations/$claim/claims"
is "claims about one fact" "$(json '[.data[].standing] | length')" 5
ask '/v1/entities/no-such/claims'
is "of nothing" "$status" 404
ask '/v1'
is "what there is" "$(json '[.data[].name] | index("deals") != null')" true
unlike "nothing went wrong" "$(cat "$WORK/daemon.log")" 'AddressSanitizer|runtime error|level=error'
done_testing
