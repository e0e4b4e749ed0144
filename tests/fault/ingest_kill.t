#!/bin/bash
# Killed at any moment: the process, or the backend that works for it. After a rerun the store is as if nothing had happened.
# AIMARKET_KILLS says how often each (10; AIMARKET_SOAK=1: 50).
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/promises.sh"
cluster_start
promise_feeds
kills=${AIMARKET_KILLS:-$([ -n "${AIMARKET_SOAK:-}" ] && echo 50 || echo 10)}

mkdir "$WORK/in"
for i in 1 2 3; do companyfacts $i $((60 * i)) 0 >"$WORK/in/$i.json"; done
take() {
	"$AIMARKET" ingest -q --feed edgar-companyfacts --file "$WORK/in"
}

new_store undisturbed
start=$(date +%s%N)
ok "undisturbed" take
span=$((($(date +%s%N) - start) / 1000000))	# milliseconds; kills fall anywhere in it
fingerprint >"$WORK/want"

# Kills after a random part of the span; then one whole run puts things right.
disturbed() { # NAME KILL
	local n late hit=0
	new_store "$1"
	for ((n = 0; n < kills; n++)); do
		take 2>/dev/null &
		late=$((n ? RANDOM * span / 32768 : span / 5))	# the first surely while there is something to kill
		sleep "$((late / 1000)).$(printf %03d $((late % 1000)))"
		$2 $!
		wait $! 2>/dev/null || hit=$((hit + 1))
	done
	ok "$1: $hit of $kills kills hit a load" test "$hit" -gt 0
	ok "$1: the rerun succeeds" take
	fingerprint >"$WORK/got"
	same_file "$1: the store after $kills kills is the undisturbed one" "$WORK/got" "$WORK/want"
	is "$1: no run is left running" "$(sql "SELECT count(*) FROM store.run WHERE state = 'running'")" 0
	is "$1: nothing is captured twice" "$(sql "SELECT count(*) - count(DISTINCT (feed, address, document)) FROM store.capture WHERE feed = 'edgar-companyfacts'")" 0
	is "$1: facts kept ready are what the claims come to" "$(sql 'SELECT count(*) FROM (TABLE store.fact EXCEPT SELECT * FROM api.facts_asof(NULL, NULL)) d')" 0
}
kill_process() {
	kill -9 "$1" 2>/dev/null
}
kill_backend() { # the connection breaks under the program, which has to say so and end
	sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'aimarket%' AND datname = current_database()" >/dev/null
}
disturbed process_killed kill_process
disturbed backend_killed kill_backend

# The hard way: kill -9 of a backend makes PostgreSQL restart all of them.
new_store backend_shot
shoot() {
	local pid
	pid=$(sql "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'aimarket%' AND datname = current_database() LIMIT 1" 2>/dev/null)
	[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
}
for ((n = 0; n < 3; n++)); do
	take 2>/dev/null &
	sleep "0.$(printf %03d $((RANDOM % (span > 999 ? 999 : span))))"
	shoot
	wait $! 2>/dev/null
	for ((i = 0; i < 50; i++)); do sql 'SELECT 1' >/dev/null 2>&1 && break; sleep 0.2; done
done
ok "after kill -9 of backends the rerun succeeds" take
fingerprint >"$WORK/got"
same_file "and the store is the undisturbed one" "$WORK/got" "$WORK/want"
done_testing
