#!/bin/bash
# A ticker passes from company to company. Lists tell whose it is on the day they were fetched: it is held until the day another list says
# otherwise, whatever order they come in, and looked up by the day that is asked about.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
mkdir "$WORK/feeds"
cp "$ROOT"/etc/feeds.d/{catalogue,edgar-tickers,edgar-tickers-exchange,price-stooq}.conf "$WORK/feeds/"
export AIMARKET_FEEDS=$WORK/feeds AIMARKET_DATA=$ROOT/data
"$AIMARKET" ingest catalogue >/dev/null 2>&1

list() { # DAY CIK:NAME:TICKER…: the list of that day is taken in; exit code to $rc
	local day=$1 i=0 one json=
	shift
	for one in "$@"; do
		IFS=: read -r cik name ticker <<<"$one"
		json+="${json:+,}\"$((i++))\":{\"cik_str\":$cik,\"ticker\":\"$ticker\",\"title\":\"$name\"}"
	done
	echo "{$json}" >"$WORK/$day.json"
	run "$AIMARKET" ingest --feed edgar-tickers --file "$WORK/$day.json" --fetched "$day"
}
traded() { # DAY CIK:NAME:TICKER:EXCHANGE…
	local day=$1 one json=
	shift
	for one in "$@"; do
		IFS=: read -r cik name ticker exchange <<<"$one"
		json+="${json:+,}[$cik,\"$name\",\"$ticker\",\"$exchange\"]"
	done
	echo "{\"fields\":[\"cik\",\"name\",\"ticker\",\"exchange\"],\"data\":[$json]}" >"$WORK/$day.x.json"
	run "$AIMARKET" ingest --feed edgar-tickers-exchange --file "$WORK/$day.x.json" --fetched "$day"
}
whose() { "$AIMARKET" query entities --entity "ticker:$1" ${2:+--as-of "$2"} --columns id --format csv 2>&1 | tail -n +2 | tr '\n' ' '; }
keys() { sql "SELECT e.slug, k.value, k.valid FROM store.entity_key k JOIN store.entity e ON e.id = k.entity WHERE k.scheme = 'ticker' AND k.batch_to IS NULL AND k.norm ~ '$1' ORDER BY k.norm, k.valid"; }

# ---- one list after the other

list 2024-01-10 1:"Old Gold Corp":GLD 2:"Copper Inc":CPR
is "a first list" "$rc" 0
is "held since ever, and until another day says otherwise" "$(keys GLD)" 'old-gold-corp|GLD|(,)'
list 2024-03-10 2:"Copper Inc":CPR 1:"Old Gold Corp":GLD
before=$(sql 'SELECT max(tx) FROM store.tx')
list 2024-06-10 1:"Old Gold Corp":OGC 3:"New Gold Corp":GLD 2:"Copper Inc":CPR
is "one that passed is no reject" "$rc $(sql 'SELECT count(*) FROM store.reject')" "0 0"
is "the old one's ends that day, the new one's begins" "$(keys GLD)" 'old-gold-corp|GLD|(,2024-06-10)
new-gold-corp|GLD|[2024-06-10,)'
is "looked up by the day" "$(whose GLD 2024-01-01)$(whose GLD 2024-06-09)$(whose GLD 2024-06-10)$(whose GLD)" "old-gold-corp old-gold-corp new-gold-corp new-gold-corp "
is "at the number before it is who it was" "$("$AIMARKET" query entities --entity ticker:GLD --snapshot "$before" --columns id --format csv | tail -n +2)" old-gold-corp
run "$AIMARKET" entity show old-gold-corp
like "the transfer is told with the company" "$out" 'ticker  GLD +2024-06-10'
like "and what it has instead" "$out" 'ticker  OGC'
run "$AIMARKET" show ticker:GLD --as-of 2024-02-01
like "show asks for the day, too" "$out" 'Old Gold Corp'
is "who keeps one keeps one row" "$(keys CPR)" 'copper-inc|CPR|(,)'

# ---- a list that comes late

list 2024-05-01 4:"Between Ltd":GLD
is "of a day between" "$rc $(keys GLD)" '0 old-gold-corp|GLD|(,2024-05-01)
between-ltd|GLD|[2024-05-01,2024-06-10)
new-gold-corp|GLD|[2024-06-10,)'
list 2023-05-01 5:"Ancient Gold":GLD
is "of a day before all" "$(keys GLD | head -2)" 'ancient-gold|GLD|(,2024-01-10)
old-gold-corp|GLD|[2024-01-10,2024-05-01)'
list 2024-02-01 6:"Impostor Ltd":GLD
is "of a day between two on which another was seen with it: refused" "$rc $(sql 'SELECT reason FROM store.reject')" '6 ticker "GLD" belongs to old-gold-corp on 2024-02-01'
list 2024-07-01 1:"Old Gold Corp":GLD
is "it may come back" "$rc $(keys GLD | tail -1)" '0 old-gold-corp|GLD|[2024-07-01,)'
list 2024-08-01 1:"Old Gold Corp":AAA 7:"Twice Ltd":AAA
is "of two on one list the first has it" "$rc $(keys AAA) $(sql "SELECT reason FROM store.reject WHERE reason ~ 'AAA'")" '6 old-gold-corp|AAA|(,) ticker "AAA" belongs to old-gold-corp on 2024-08-01'

# ---- with exchanges

traded 2024-01-10 1:"Old Gold Corp":XAU:NYSE 2:"Copper Inc":CPR:Nasdaq 8:"Class Corp":CLA:Nasdaq 8:"Class Corp":CLB:Nasdaq
list 2024-09-10 3:"New Gold Corp":XAU 8:"Class Corp":CLA 8:"Class Corp":CLB
is "what a list without exchanges says ends what one with them said" "$rc $(keys XAU)" '0 new-gold-corp|XAU|[2024-09-10,)
old-gold-corp|XAU@NYSE|(,2024-09-10)'
is "classes of one company stay side by side" "$(whose CLA)$(whose CLB)" "class-corp class-corp "
traded 2024-10-10 9:"London Plc":CPR:LSE
is "another venue is another ticker where each has its own" "$rc $(keys '^CPR')" '0 copper-inc|CPR|(,)
london-plc|CPR@LSE|(,)
copper-inc|CPR@NASDAQ|(,)'

# ---- prices are those of who bore it when they were fetched

prices() { # DAY CLOSE
	printf 'Date,Open,High,Low,Close,Volume\n%s,%s,%s,%s,%s,10\n' "$1" "$2" "$2" "$2" "$2" >"$WORK/GLD.csv"
	"$AIMARKET" ingest --feed price-stooq --file "$WORK/GLD.csv" --fetched "$1" >/dev/null 2>&1
}
prices 2024-06-20 11
prices 2024-07-20 12
is "by the day of the table" "$("$AIMARKET" query observations --metric price --dimension field=close --sort period_end --columns entity_id,value --format csv | tail -n +2)" "new-gold-corp,11
old-gold-corp,12"

# ---- by hand

exits "what another has today" 2 "$AIMARKET" entity key copper-inc ticker:AAA
like "is refused, and what to say is told" "$err" 'identifier-taken: .*old-gold-corp.*--from'
exits "since a day on which nobody was seen with it" 0 "$AIMARKET" entity key copper-inc ticker:AAA --from 2025-02-01
is "it passed" "$(keys AAA)" 'old-gold-corp|AAA|(,2025-02-01)
copper-inc|AAA|[2025-02-01,)'
exits "since a day on which another was" 2 "$AIMARKET" entity key between-ltd ticker:AAA --from 2024-07-15
exits "parsed again it is the same" 0 "$AIMARKET" rebuild --dry-run
like "all of it" "$out$err" 'the fingerprint is the same'
exits "and anew" 0 "$AIMARKET" rebuild
list 2024-06-01 3:"New Gold Corp":OGC
is "with what was seen, so that it passes as it would have" "$rc $(keys OGC)" '0 new-gold-corp|OGC|(,2024-06-10)
old-gold-corp|OGC|[2024-06-10,)'
is "runs of sightings of one key never meet" "$(sql "SELECT count(*) FROM store.key_seen a JOIN store.key_seen b USING (norm, scheme) WHERE a.entity <> b.entity AND a.first <= b.last AND b.first <= a.last")" 0
done_testing
