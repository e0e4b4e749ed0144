#!/bin/bash
# Exactly once: workers, the master, server processes and the postmaster are killed at any moment while the daemon takes documents in;
# at the end the store is that of an undisturbed run. AIMARKET_SOAK=1: 500 kills over 200 documents.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/fault/daemon.sh"

documents=24 kills=20
[ -z "${AIMARKET_SOAK:-}" ] || documents=200 kills=500
RANDOM=${SEED:-$$}
diag "SEED=${SEED:-$$}"

for i in $(seq $documents); do
	document_make "$i" 150 >"$WORK/doc$i.csv"
	echo "/doc$i delay=$((RANDOM % 60)) file=$WORK/doc$i.csv"
done >"$WORK/rules"
server_start
for i in $(seq $documents); do feed_make "feed$i" "http://127.0.0.1:$port/doc$i" 'interval = 1d'; done
printf '[daemon]\nretry_first = 1s\nretry_most = 2s\nidle = 1s\ntransfers = 3\nworkers = 3\nrun_timeout = 30s\n[fetch]\nrate = 0\nfeeds = 1000\n' >"$AIMARKET_CONFIG"
cluster_start
ok "the store is made" "$AIMARKET" db migrate
sql 'CREATE DATABASE calm TEMPLATE aimarket'

exits "an undisturbed run" 0 "$AIMARKETD" --once --db "host=$_cluster dbname=calm user=aimarket"
calm=$(PGDATABASE=calm AIMARKET_DB="host=$_cluster dbname=calm user=aimarket" "$AIMARKET" fingerprint)

# Each kill tells what it hit; what it hits is started again as systemd would.
kill_one() {
	case $((RANDOM % 8)) in
	0) kill -9 "$daemon" 2>/dev/null; wait "$daemon" 2>/dev/null; daemon_start; echo master ;;
	1) kill -9 "$(head -1 "$_cluster/data/postmaster.pid")"; sleep 1
		for _ in 1 2 3 4 5; do (cluster_start) >/dev/null 2>&1 && break; sleep 1; done; echo postmaster ;;
	2 | 3) local p
		p=$(sql "SELECT pid FROM pg_stat_activity WHERE application_name = 'aimarketd' ORDER BY random() LIMIT 1" 2>/dev/null)
		[ -z "$p" ] || kill -9 "$p" 2>/dev/null
		echo backend ;;
	*) local w
		w=$(workers_of "$daemon" | shuf -n 1)
		[ -z "$w" ] || kill -9 "$w" 2>/dev/null
		echo worker ;;
	esac
}

done_sql="SELECT count(*) = $documents FROM store.run WHERE state = 'loaded'"
daemon_start
for k in $(seq $kills); do
	sleep "0.$((RANDOM % 90 + 10))"
	kill_one >>"$WORK/hit"
	# there must be something to disturb until the last kill: what is loaded is asked for once more
	[ $((k % 5)) != 0 ] || sql "UPDATE store.feed_state SET next_due = now() WHERE last_run IS NOT NULL" >/dev/null 2>&1
done
diag "killed: $(sort "$WORK/hit" | uniq -c | tr -s ' \n' ' ')"
ok "all is loaded in the end" until_sql 120 "$done_sql"
ok "no lease is stuck" until_sql 40 'SELECT count(*) = 0 FROM store.feed_state WHERE worker IS NOT NULL OR last_run IS NULL OR next_due < now()'
daemon_stop

is "the fingerprint is that of the undisturbed run" "$("$AIMARKET" fingerprint)" "$calm"
is "nothing is doubled in capture" "$(sql 'SELECT count(*), count(DISTINCT (feed, document)) FROM store.capture WHERE document IS NOT NULL')" "$documents|$documents"
is "each document was loaded once" "$(sql "SELECT max(n) FROM (SELECT count(*) n FROM store.run WHERE state = 'loaded' GROUP BY feed, document) x")" 1
is "no run is left open" "$(sql "SELECT count(*) FROM store.run WHERE state = 'running'" | awk '{ print ($1 <= 3) }')" 1
is "transactions have no gap" "$(sql 'SELECT max(tx) = count(*) FROM store.tx')" t
unlike "the log holds no report of a sanitizer" "$(cat "$WORK"/*.log)" "Sanitizer|runtime error"
done_testing
