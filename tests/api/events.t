#!/bin/bash
# /v1/events: what is new as it comes; nothing missed and nothing twice, across clients that break off, and a database that does.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/api.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
"$AIMARKET" ingest --feed catalogue -q >/dev/null
add() { # VALUE [OPTION…]
	local value=$1
	shift
	"$AIMARKET" add observation --entity acme --metric revenue --value "$value" --unit USD --start 2024-01-01 --end 2024-12-31 --decimals -5 \
		--source "https://s$value.example/x" --tier press --asserted 2025-02-01 "$@" >/dev/null
}
"$AIMARKET" add entity --name Acme --kind company >/dev/null
add 100M
api_start 'workers = 1'

follow() { # FILE QUERY [curl argument]…: in the background; $follower
	local file=$1 query=$2
	shift 2
	curl -sN -m 60 --unix-socket "$WORK/api.sock" -D "$file.head" "$@" "http://localhost/v1/events$query" >"$file" 2>/dev/null &
	follower=$!
	for _ in $(seq 50); do grep -q retry "$file" 2>/dev/null && break; sleep 0.1; done
}
ids() { sed -n 's/^id: //p' "$@"; }
names() { sed -n 's/^event: //p' "$@" | tr '\n' ' '; }
until_ids() { # FILE COUNT
	for _ in $(seq 100); do [ "$(ids "$1" | wc -l)" -ge "$2" ] && return; sleep 0.1; done
}
all() { "$AIMARKET" query changes --limit 0 --columns id --format csv "$@" | tail -n +2; }

# ---- from now on
follow "$WORK/live" ''
live=$follower
like "a stream of events" "$(tr -d '\r' <"$WORK/live.head")" 'HTTP/1.1 200 .*Content-Type: text/event-stream'
add 150M
until_ids "$WORK/live" 3
is "what comes is told" "$(names "$WORK/live")" "claim restatement conflict "
is "as the resource has it" "$(sed -n 's/^data: //p' "$WORK/live" | head -1 | jq -c '[.entity_id, .value, .change]')" '["acme",150000000,"claim"]'
is "row by row" "$(sed -n 's/^data: //p' "$WORK/live" | jq -c .)" \
	"$("$AIMARKET" query changes --since $(($(sql 'SELECT max(tx) FROM store.tx') - 1)) --format ndjson | jq -c .)"

ask /metrics
is "who follows is counted, and what was sent" "$(sed -n 's/^aimarket_api_events_[a-z_]* //p' "$WORK/body" | tr '\n' ' ')" '3 1 '

# ---- resume
follow "$WORK/old" '?since=0'
until_ids "$WORK/old" "$(all | wc -l)"
is "from the first on" "$(ids "$WORK/old")" "$(all)"
kill "$follower"
half=$(all | sed -n 2p)
follow "$WORK/resumed" '' -H "Last-Event-ID: $half"
until_ids "$WORK/resumed" "$(all | sed 1,2d | wc -l)"
is "behind the last one seen" "$(ids "$WORK/resumed")" "$(all | sed '1,2d')"
kill "$follower"
follow "$WORK/param" "?last_event_id=$half"
until_ids "$WORK/param" "$(all | sed 1,2d | wc -l)"
is "the same, for who cannot send headers" "$(ids "$WORK/param")" "$(all | sed '1,2d')"
kill "$follower"

# ---- filters
follow "$WORK/conflicts" '?since=0&change=conflict,restatement'
until_ids "$WORK/conflicts" 2
is "only what was asked for" "$(names "$WORK/conflicts")" "restatement conflict "
conflicts=$follower
follow "$WORK/entity" '?since=0&entity=ACME'
until_ids "$WORK/entity" 3
is "by whatever name" "$(ids "$WORK/entity" | wc -l)" "$(all --entity acme | wc -l)"
kill "$follower"
ask '/v1/events?chnge=conflict'
is "an unknown filter" "$status $(json .nearest)" '400 change'
ask '/v1/events?entity=nobody'
is "an unknown entity" "$status" 404
ask '/v1/events?last_event_id=x'
is "an id that is none" "$status $(json .parameter)" '400 last_event_id'

# ---- several at a time, and many at once: each gets each
for i in 1 2 3 4 5; do follow "$WORK/many.$i" ''; many[i]=$follower; done
adds=()
for i in $(seq 1 12); do
	add "20${i}M" &
	adds+=($!)
done
wait "${adds[@]}"
total=$(all | wc -l)
until_ids "$WORK/live" $((total - 2))
for i in 1 2 3 4 5; do until_ids "$WORK/many.$i" 12; kill "${many[i]}"; done
is "twelve loads side by side: none missed, none twice" "$(ids "$WORK/live")" "$(all | sed -n "/^$(ids "$WORK/live" | head -1)\$/,\$p")"
is "by nobody" "$(for i in 1 2 3 4 5; do ids "$WORK/many.$i" | md5sum; done | sort -u | wc -l)" 1

# ---- the database goes and comes back
last=$(ids "$WORK/live" | tail -1)
cluster_stop fast
cluster_start
add 300M
for _ in $(seq 200); do [ "$(ids "$WORK/live" | tail -1)" != "$last" ] && break; sleep 0.1; done
sleep 0.3
is "what came meanwhile is told when it is back" "$(ids "$WORK/live" | sed "1,/^$last\$/d")" "$(all | sed "1,/^$last\$/d")"

# ---- much at once: more than a client is given at a time
sql "INSERT INTO store.statement (id, subject, property, text, tier, asserted_on, source, batch)
	SELECT (1000::bigint << 24) + i, (SELECT id FROM store.entity WHERE slug = 'acme'), 'people', repeat('x', 500), 9, '2025-01-01', 1, 1000 FROM generate_series(1, 3000) i;
	INSERT INTO store.run (feed, document, parser, state, batch, added) SELECT feed, document, 'much', 'loaded', 1000, 3000 FROM store.run LIMIT 1;
	INSERT INTO store.fact_change (batch, kind, series, period_start, period_end, claim, rule) SELECT 1000, 'settled', series, period_start, period_end, claim, 'o' FROM store.fact LIMIT 1;
	SELECT load.close_batch(1000, 'test', 'much')" >/dev/null
follow "$WORK/slow" "?last_event_id=$(all | tail -3002 | head -1)" --limit-rate 1M
until_ids "$WORK/live" $(($(ids "$WORK/live" | wc -l) + 1))
for _ in $(seq 150); do [ "$(ids "$WORK/slow" | wc -l)" -ge 3001 ] && break; sleep 0.1; done
is "a slow reader gets all of it, in its order" "$(ids "$WORK/slow" | md5sum)" "$(all | tail -3001 | md5sum)"
add 400M
for _ in $(seq 100); do [ "$(ids "$WORK/slow" | tail -1)" = "$(all | tail -1)" ] && break; sleep 0.1; done
is "and what comes after it" "$(ids "$WORK/slow" | md5sum)" "$(all | sed "1,/^$(ids "$WORK/slow" | head -1)\$/d" | cat <(ids "$WORK/slow" | head -1) - | md5sum)"
is "as does a quick one" "$(ids "$WORK/live" | tail -1)" "$(all | tail -1)"
kill "$follower" "$live" "$conflicts"
api_stop
unlike "with nothing to complain of" "$(cat "$WORK/daemon.log")" 'AddressSanitizer|runtime error|level=error.*module=api'
done_testing
