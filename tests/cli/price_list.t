#!/bin/bash
# A list of prices, fetched again and again: each price is an interval, and one that changes ends the one before on that day.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
mkdir "$WORK/feeds"
cp "$ROOT"/etc/feeds.d/{catalogue,litellm-prices}.conf "$WORK/feeds/"
export AIMARKET_FEEDS=$WORK/feeds AIMARKET_DATA=$ROOT/data
"$AIMARKET" ingest catalogue >/dev/null 2>&1

list() { # DAY INPUT OUTPUT [MODEL]: a list of that day
	cat >"$WORK/$1.json" <<-JSON
		{ "sample_spec": { "litellm_provider": "one of", "input_cost_per_token": 0 },
		  "${4:-model-x}": { "litellm_provider": "maker", "mode": "chat", "input_cost_per_token": $2, "output_cost_per_token": $3, "max_input_tokens": 128000,
		    "deprecation_date": "2027-01-01" },
		  "azure/model-x": { "litellm_provider": "azure", "input_cost_per_token": 5e-06 } }
	JSON
	run "$AIMARKET" ingest --feed litellm-prices --file "$WORK/$1.json" --fetched "$1"
}
prices() { # DIRECTION [ARGUMENT…]
	local direction=$1
	shift
	"$AIMARKET" query observations --entity model-x --metric api_price --dimension "direction=$direction" --dimension vendor=maker --sort period_start \
		--columns period_start,period_end,value,period --format csv "$@" | tail -n +2
}
list 2026-01-01 3e-06 1.5e-05
is "the first list" "$rc $(prices input)" "0 2026-01-01,,3,open"
is "of another vendor, too" "$("$AIMARKET" query observations --entity model-x --metric api_price --dimension vendor=azure --columns value,unit --format csv | tail -1)" "5,USD/Mtok"
list 2026-01-02 3e-06 1.5e-05
like "a list that says the same, with other bytes, adds nothing" "$err" " 0 claims added"
is "and changes nothing" "$(prices input)" "2026-01-01,,3,open"
list 2026-02-01 2.5e-06 1.5e-05
like "a price that changes is one claim" "$err" " 1 claims added"
is "it ends the one before on that day" "$(prices input)" "2026-01-01,2026-01-31,3,open
2026-02-01,,2.5,open"
is "what did not change goes on" "$(prices output)" "2026-01-01,,15,open"
list 2026-03-01 3e-06 1.5e-05
is "a price that comes back is a third interval" "$(prices input)" "2026-01-01,2026-01-31,3,open
2026-02-01,2026-02-28,2.5,open
2026-03-01,,3,open"
is "as of a day in between nobody knew the end" "$(prices input --as-of 2026-01-15)" "2026-01-01,,3,open"
is "nor of the third" "$(prices input --as-of 2026-02-10)" "2026-01-01,2026-01-31,3,open
2026-02-01,,2.5,open"
first=$(sql 'SELECT min(t.tx) FROM store.tx t JOIN store.run r ON r.batch = t.batch WHERE r.feed = '"'litellm-prices'")
is "at the store's first number there was one" "$(prices input --snapshot "$first")" "2026-01-01,,3,open"
is "what is in force today is found by a day it began before" "$(prices input --since 2026-06-01 | tail -1)" "2026-03-01,,3,open"
is "what ended is not" "$(prices input --since 2026-06-01 | wc -l)" 1
is "nothing is disputed" "$(sql 'SELECT count(*) FROM store.fact WHERE disputed')" 0
is "the price on a day" "$("$AIMARKET" compare model-x --metric api_price --on 2026-02-15 --format ndjson 2>/dev/null | jq -r 'select(.dimensions.direction == "input" and .dimensions.vendor == "maker") | .value' | head -1)" 2.5
run "$AIMARKET" why model-x api_price 2026-02
like "why tells of it" "$out" '2\.5 USD/Mtok'

# ---- a model that the list does not name any more

listed() { # DAY MODEL…: a list of these at 1 a million
	local day=$1
	shift
	printf '%s\n' "$@" | jq -Rn '[inputs | {(.): {litellm_provider: "maker", mode: "chat", input_cost_per_token: 1e-06, output_cost_per_token: 4e-06}}] | add' >"$WORK/$day.json"
	run "$AIMARKET" ingest --feed litellm-prices --file "$WORK/$day.json" --fetched "$day"
}
of() { # MODEL [ARGUMENT…]
	local model=$1
	shift
	"$AIMARKET" query observations --entity "$model" --metric api_price --dimension direction=input --sort period_start --columns period_start,period_end,value,state --format csv "$@" | tail -n +2
}
on() { "$AIMARKET" compare "$1" --metric api_price --on "$2" --format ndjson 2>/dev/null | jq -r 'select(.dimensions.direction == "input") | .value' | head -1; }
listed 2026-04-01 model-x model-y model-z
listed 2026-05-01 model-x model-y
is "ends on the day of that list" "$rc $(of model-z)" "0 2026-04-01,2026-04-30,1,value
2026-05-01,,,no longer listed"
like "which is a claim for each price" "$err" " 2 claims added"
is "what it names goes on" "$(of model-y)" "2026-04-01,,1,value"
is "before, it had a price" "$(on model-z 2026-04-15)" 1
is "afterwards a gap" "$(on model-z 2026-05-15)" ""
exits "so a ratio of that day has nothing to stand on" 3 "$AIMARKET" compare model-z model-y --metric api_price --ratio --on 2026-05-15
exits "one of the day before has" 0 "$AIMARKET" compare model-z model-y --metric api_price --ratio --on 2026-04-30
is "as of a day before the list nobody knew" "$(of model-z --as-of 2026-04-30)" "2026-04-01,,1,value"
claim=$("$AIMARKET" query observations --entity model-z --metric api_price --since 2026-05-01 --dimension direction=input --columns claim --format csv | tail -1)
like "why tells from which list" "$("$AIMARKET" why "$claim")" 'no longer listed'
listed 2026-05-15 model-x
listed 2026-06-01 model-x model-y model-z
is "listed again it has a price again, though it be the old one" "$(of model-z)" "2026-04-01,2026-04-30,1,value
2026-05-01,2026-05-31,,no longer listed
2026-06-01,,1,value"
is "twice missing is one end" "$(of model-z | grep -c listed)" 1
listed 2026-04-20 model-x model-w
is "a list that comes late ends nothing that a later one names" "$(of model-y)" "2026-04-01,2026-05-14,1,value
2026-05-15,2026-05-31,,no longer listed
2026-06-01,,1,value"
echo '{"model-x": {"litellm_provider": "maker", "mode": "chat", "input_cost_per_token": "free"}}' >"$WORK/bad.json"
exits "a list with a record that cannot be read" 6 "$AIMARKET" ingest --feed litellm-prices --file "$WORK/bad.json" --fetched 2026-07-01
is "ends nothing" "$(of model-z | tail -1)" "2026-06-01,,1,value"
run "$AIMARKET" rebuild --dry-run
like "parsed again it is the same, also what bytes said that came back" "$out$err" 'the fingerprint is the same'
sed -i '/^complete/d' "$WORK/feeds/litellm-prices.conf"
listed 2026-08-01 model-x
is "nor does one that is not said to be complete" "$(of model-z | tail -1)" "2026-06-01,,1,value"
is "every fact is what it would be made anew" "$(sql "SELECT count(*) FROM (TABLE store.fact EXCEPT SELECT * FROM api.facts_asof(NULL, NULL)) x")" 0

is "a retirement is told" "$(sql "SELECT period_end FROM store.statement WHERE property = 'retired' AND batch_to IS NULL")" 2027-01-01
done_testing
