#!/bin/bash
# why: from a figure down to who said it, and how every other claim stands to it.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the starter set" "$AIMARKET" ingest -q

why() { # ARGUMENT…: the answer as JSON, one figure a line
	"$AIMARKET" why "$@" --format ndjson >"$WORK/why.json"
}
ask() { # PATH: of the first figure, by PostgreSQL's jsonpath
	sql "SELECT string_agg(x #>> '{}', ' ') FROM jsonb_path_query((SELECT \$json\$$(head -1 "$WORK/why.json")\$json\$::jsonb), '$1') x"
}

why characterai-google-2024
is "a deal's amount is meant when no metric is named" "$(ask '$.metric') $(ask '$.dimensions.component')" "deal_amount total"
like "the rule is named" "$(ask '$.rule')" 'precise|tier'
is "the claim shown comes first" "$(ask '$.claims[0].verdict')" shown
like "one differs" "$(ask '$.claims[*].verdict')" 'differs'
like "a valuation is not comparable with a price" "$(ask '$.claims[*].verdict')" 'not comparable: component'
like "a copy of another report is no witness" "$(ask '$.claims[*] ? (@.witness == false).verdict')" 'same origin'
is "every claim leads to bytes" "$(ask '$.claims[*] ? (@.document == null).claim')" ""
is "the interval of 2.7 billion to the nearest 100 million" "$(ask '$.claims[0].low') $(ask '$.claims[0].high')" "2650000000 2750000000"

why characterai-google-2024 amount --as-of 2024-08-31
is "by the end of August 2024 the public knew one total in the press" "$(ask '$.claims[*] ? (@.tier == "press" && @.dimensions.component == "total").value')" 3000000000

why github-copilot revenue_run_rate
is "two billion is told of Copilot by the notes alone" "$(ask '$.claims[*].tier')" user
like "the same number is GitHub's, in Microsoft's own words" "$(ask '$.elsewhere[*] ? (@.tier == "issuer").entity_id')" 'github'

why o1 score
claim=$(sql "SELECT 'o:' || o.id FROM store.observation o JOIN store.series r ON r.id = o.series WHERE o.value = 83.83")
why "$claim"
is "83.83 is asked about by its claim" "$(ask '$.value')" 83.83
like "it does not say how it was measured" "$(ask '$.claims[*].verdict')" 'not comparable: setting not said'

exits "an entity without a metric: which figure?" 2 "$AIMARKET" why nvidia
like "its metrics are named" "$err" 'market_cap'
exits "unknown metric" 3 "$AIMARKET" why nvidia marketcap
exits "unknown claim" 3 "$AIMARKET" why o:1
exits "nothing at that time" 3 "$AIMARKET" why nvidia market_cap 1990
exits "CSV does not nest" 2 "$AIMARKET" why nvidia market_cap --format csv
exits "for people" 0 "$AIMARKET" why nvidia market_cap 2024-06-18
like "the answer names sources" "$out" 'Nvidia passes Microsoft'

# origins by chain, echoes by text
is "titles that differ in a word are one article" "$(sql "SELECT api.is_echo('Google hires Character.AI founders in licence deal', '2024-08-02', 'Google hires Character.AI''s founders in licence deal', '2024-08-03')")" t
is "not when weeks lie between" "$(sql "SELECT api.is_echo('Google hires Character.AI founders', '2024-08-02', 'Google hires Character.AI founders', '2024-09-03')")" f
done_testing
