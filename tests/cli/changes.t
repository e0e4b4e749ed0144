#!/bin/bash
# aimarket query changes: what is new, in the order in which the store took it in; nothing twice, nothing missing.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
"$AIMARKET" ingest --feed catalogue -q >/dev/null
"$AIMARKET" add entity --name Acme --kind company >/dev/null

add() { # VALUE SOURCE TIER [OPTION…]
	local value=$1 source=$2 tier=$3
	shift 3
	"$AIMARKET" add observation --entity acme --metric revenue --value "$value" --unit USD --start 2024-01-01 --end 2024-12-31 --source "https://$source/x" \
		--tier "$tier" --asserted 2025-02-01 "$@" >/dev/null
}
last_tx() { sql 'SELECT max(tx) FROM store.tx'; }
new() { # what came after $tx: the columns named
	"$AIMARKET" query changes --since "$tx" --columns "$1" --format csv --limit 0 | tail -n +2 | grep -v '^claim,,\|,parent,' | tr '\n' ' '
}

tx=$(last_tx)
add 100M a.example press --decimals -5
is "a claim is news" "$(new change,entity_id,metric,value)" "claim,acme,revenue,100000000 "
tx=$(last_tx)
add 100M a.example press --decimals -5 --note again
is "said again by the same source, it is none" "$(new change)" ""
add 150M b.example analyst --decimals -5
is "another that excludes it is a conflict, too" "$(new change,value,before)" "claim,150000000, conflict,100000000,100000000 "
tx=$(last_tx)
add 150,000,000 c.example issuer --decimals 0
is "a better source restates the figure" "$(new change,value,before,rule)" "claim,150000000,, restatement,150000000,100000000,higher tier "
claim=$("$AIMARKET" query changes --change claim --metric revenue -n 1 --columns claim --format csv | tail -1)
tx=$(last_tx)
"$AIMARKET" judge "$claim" deprecated --why "misprint" >/dev/null
is "a judgement settles it" "$(new change,value)" "settled,150000000 "
tx=$(last_tx)
"$AIMARKET" judge "$claim" normal --why "no misprint" >/dev/null
is "and its end is a conflict again" "$(new change)" "conflict "
tx=$(last_tx)
"$AIMARKET" retract "$claim" --why "misread" >/dev/null
is "a claim that was misread is taken back" "$(new change,value)" "retraction,100000000 settled,150000000 "

tx=$(last_tx)
"$AIMARKET" predict add "Will Acme be listed by 2027?" --closes 2027-01-01 --no-base-rate >/dev/null
like "questions are news" "$(new change,said)" '^question,Will Acme be listed by 2027\? $'

is "the order is that of transactions, and within them of steps" "$("$AIMARKET" query changes --columns tx,step,nth --format csv --limit 0 | tail -n +2)" \
	"$("$AIMARKET" query changes --columns tx,step,nth --format csv --limit 0 | tail -n +2 | sort -t, -k1,1n -k2,2n -k3,3n)"
is "no place is given twice" "$("$AIMARKET" query changes --columns id --format csv --limit 0 | sort | uniq -d)" ""
is "pages behind each other are the whole" "$(for t in 0 $(sql 'SELECT tx FROM store.tx ORDER BY tx'); do "$AIMARKET" query changes --since "$t" --until $((t + 1)) --columns id --format csv --limit 0 | tail -n +2; done)" \
	"$("$AIMARKET" query changes --columns id --format csv --limit 0 | tail -n +2)"
is "every claim of the ledger is there" "$("$AIMARKET" query changes --change claim --measure count --format csv | tail -1)" \
	"$(sql 'SELECT (SELECT count(*) FROM store.observation) + (SELECT count(*) FROM store.statement)')"
before=$("$AIMARKET" query changes --measure count --format csv)
sql 'SELECT load.refresh_all_today()' >/dev/null
is "making facts anew is no news" "$("$AIMARKET" query changes --measure count --format csv)" "$before"

# Two that were one: what they said excludes each other.
"$AIMARKET" add entity --name "Acme Holdings" --kind company >/dev/null
"$AIMARKET" add observation --entity acme-holdings --metric revenue --value 90M --decimals -5 --unit USD --start 2024-01-01 --end 2024-12-31 --source https://d.example/x --tier press --asserted 2025-02-01 >/dev/null
tx=$(last_tx)
"$AIMARKET" entity merge acme-holdings acme --why "the same" >/dev/null
is "a merger may bring a conflict" "$(new change,entity_id)" "conflict,acme "

# A large transaction is taken part by part: all of it, in order, and a page of it costs no more than a page.
awk 'BEGIN { print "entity,metric,value,unit,on,source,asserted,tier"; for (i = 0; i < 5000; i++) printf "acme,headcount,%d,count,%s,https://e.example/x,2026-01-01,press\n", i + 1, strftime("%Y-%m-%d", 86400 * i + 43200) }' >"$WORK/many.csv"
tx=$(last_tx)
exits "thousands at once" 0 "$AIMARKET" add observation --from "$WORK/many.csv"
all=$("$AIMARKET" query changes --since "$tx" --change claim --columns id,value --format csv --limit 0 | tail -n +2)
is "are told one after the other" "$(grep -c . <<<"$all") $(cut -d, -f1 <<<"$all" | sort -t. -k1,1n -k2,2n -k3,3n | cksum)" "5000 $(cut -d, -f1 <<<"$all" | cksum)"
is "each once" "$(cut -d, -f2 <<<"$all" | sort -n | uniq | tr '\n' ' ')" "$(seq -s ' ' 5000) "
sql 'DELETE FROM store.large_batch'
is "also where nobody noted how far they reach" "$("$AIMARKET" query changes --since "$tx" --change claim --columns id,value --format csv --limit 0 | tail -n +2 | cksum)" "$(cksum <<<"$all")"
is "a page in the middle reads one part of them, perhaps two" "$(sql "EXPLAIN (ANALYZE, TIMING off, COSTS off) SELECT * FROM api.changes WHERE tx >= $tx + 1 AND (tx > $tx + 1 OR part >= 1)
	AND (tx, part, step, nth) > ($tx + 1, 1, 1, 2500) ORDER BY tx, part, step, nth LIMIT 100" | sed -n 's/.*actual rows=\([0-9]*\).*/\1/p' | awk '$1 > most { most = $1 } END { print most < 2500 }')" 1
exits "an unknown kind is refused" 2 "$AIMARKET" query changes --change conflicts
like "with the nearest" "$err" 'did you mean "conflict"'
done_testing
