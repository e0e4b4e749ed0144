#!/bin/bash
# Two daemons on one store share the work, keep one pace, and take over from each other; the database goes away and comes back.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/fault/daemon.sh"

feeds=30
document_make 1 10 >"$WORK/doc.csv"
printf '/slow* delay=150 file=%s\n/same* etag="\\"1\\"" file=%s\n/moved status=301 location=http://127.0.0.1:{port}/same9\n' "$WORK/doc.csv" "$WORK/doc.csv" >"$WORK/rules"
printf '/busy times=1 status=429 retry=4\n/busy file=%s\n/inside status=302 location=http://127.0.0.1:1/\n/circle status=302 location=/circle\n' "$WORK/doc.csv" >>"$WORK/rules"
server_start
settings() { # [LINE for [fetch]]...
	printf '[api]\nworkers = 0\n[daemon]\nretry_first = 1s\nretry_most = 2s\nidle = 1s\nworkers = 2\nfailing = 2\n[fetch]\n' >"$AIMARKET_CONFIG"
	printf '%s\n' "$@" >>"$AIMARKET_CONFIG"
}
asked() { # PATH: how often
	awk -v p="$1" '$4 ~ "^" p "$"' "$WORK/server.log" | wc -l
}

# ---- two daemons

settings 'rate = 20' 'feeds = 1000'
for i in $(seq $feeds); do feed_make "slow$i" "http://127.0.0.1:$port/slow$i" 'interval = 1d'; done
cluster_start
ok "the store is made" "$AIMARKET" db migrate
sql 'CREATE ROLE feeder LOGIN IN ROLE aimarket'
export AIMARKET_DB="host=$_cluster dbname=aimarket user=feeder"
daemon_start -v
first=$daemon
for _ in $(seq 100); do [ -s "$WORK/daemon.log" ] && break; sleep 0.1; done
mv "$WORK/daemon.log" "$WORK/first.log"
daemon_start -v
ok "all is taken in" until_sql 60 "SELECT count(*) = $feeds FROM store.feed_state WHERE last_run IS NOT NULL"
is "no feed was fetched twice" "$(sort -k4,4 "$WORK/server.log" | awk '{ print $4 }' | uniq -d | wc -l) $(wc -l <"$WORK/server.log")" "0 $feeds"
# the machine may be late with one request and not with the next: a fifth is allowed for that
is "no more than 20 requests in any second, by four workers of two daemons" \
	"$(awk '{ t[NR] = $1 } END { for (i = 21; i <= NR; i++) if (t[i] - t[i - 20] < 0.8) bad++; print bad + 0 }' "$WORK/server.log")" 0
ok "the one had its share" grep -q loaded "$WORK/first.log"
ok "and the other" grep -q loaded "$WORK/daemon.log"

settings 'rate = 0' 'feeds = 1000'
before=$(sql 'SELECT now()')
kill -HUP "$first" "$daemon"
ok "a reload puts new workers in the place of the old" until_sql 20 "SELECT count(*) = 4 AND min(backend_start) > '$before' FROM pg_stat_activity WHERE application_name = 'aimarketd'"
sql "UPDATE store.feed_state SET next_due = now()"
sleep 0.3
kill -9 "$first"
ok "one is killed, the other takes over what it had" until_sql 30 "SELECT count(*) = 0 FROM store.feed_state WHERE worker IS NOT NULL OR next_due <= now()"
ok "the other goes on" kill -0 "$daemon"

# ---- conditional requests, orders of servers, addresses that are refused

rm -f "$WORK"/feeds/*
for f in same busy inside circle; do feed_make $f "http://127.0.0.1:$port/$f" 'interval = 1d'; done
feed_make closed "http://127.0.0.1:$port/same2" 'interval = 1d'
sed -i '/private/d' "$WORK/feeds/closed.conf"
kill -HUP "$daemon"
ok "new feeds run after a reload" until_sql 30 "SELECT count(*) = 5 FROM store.feed_state WHERE feed IN ('same', 'busy', 'inside', 'circle', 'closed') AND last_run IS NOT NULL"
like "a redirect into the machine is refused" "$(sql "SELECT error FROM store.feed_state WHERE feed = 'inside'")" 'not a public address'
like "an address that the feed does not allow is refused" "$(sql "SELECT error FROM store.feed_state WHERE feed = 'closed'")" 'not a public address'
is "and was never asked" "$(asked /same2)" 0
like "a circle ends" "$(sql "SELECT error FROM store.feed_state WHERE feed = 'circle'")" 'redirect'
until_sql 20 "SELECT error IS NULL FROM store.feed_state WHERE feed = 'busy'"
is "Retry-After is obeyed" "$(awk '$4 == "/busy" { t[++n] = $1 } END { print (n >= 2 && t[2] - t[1] >= 4) }' "$WORK/server.log")" 1
ok "run out of turn" "$AIMARKET" feeds run same
ok "and so it is" until_sql 20 "SELECT count(*) = 1 FROM store.capture WHERE feed = 'same' AND http_status = 304"
is "unchanged: one small row, no document, no run" "$(sql "SELECT count(*), count(document), (SELECT count(*) FROM store.run WHERE feed = 'same') FROM store.capture WHERE feed = 'same'")" "2|1|1"
"$AIMARKET" feeds run inside
until_sql 20 "SELECT state = 'broken' FROM store.feed_state WHERE feed = 'inside'"
is "who fails for good is broken, and that is news" "$(sql "SELECT DISTINCT kind FROM store.change WHERE feed = 'inside'")" feed-broken
ok "disabled" "$AIMARKET" feeds disable same
is "is seen" "$("$AIMARKET" query feeds --feed same --columns state --format csv | tail -1)" disabled

# ---- the database

rm -f "$WORK"/feeds/*
feed_make same "http://127.0.0.1:$port/same7" 'interval = 1s'
ok "enabled" "$AIMARKET" feeds enable same
kill -HUP "$daemon"
ok "runs" until_sql 20 "SELECT next_due < now() + interval '2 s' AND error IS NULL FROM store.feed_state WHERE feed = 'same'"
cluster_stop fast
sleep 3
like "the database is away: it is told" "$(cat "$WORK/daemon.log")" 'database=lost'
ok "and waited for" kill -0 "$daemon"
cluster_start
ok "it is back: it goes on" until_sql 60 "SELECT last_run > pg_postmaster_start_time() FROM store.feed_state WHERE feed = 'same'"
like "and says so" "$(cat "$WORK/daemon.log")" 'database=back'

lost=$(grep -c database=lost "$WORK/daemon.log")
sql 'ALTER DATABASE aimarket SET default_transaction_read_only = on' >/dev/null
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'aimarketd'" >/dev/null
sleep 2
ok "a database that takes no changes is told" test "$(grep -c database=lost "$WORK/daemon.log")" -gt "$lost"
PGOPTIONS='-c default_transaction_read_only=off' psql -Xqc 'ALTER DATABASE aimarket RESET default_transaction_read_only'
now=$(sql 'SELECT now()')
ok "when it takes them again, it goes on" until_sql 60 "SELECT last_run > '$now' FROM store.feed_state WHERE feed = 'same'"

lost=$(grep -c database=lost "$WORK/daemon.log")
sql 'ALTER ROLE feeder CONNECTION LIMIT 0'
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'aimarketd'" >/dev/null
sleep 2
like "no connection is left for it: it is told" "$(tail -5 "$WORK/daemon.log")" 'too many connections'
sql 'ALTER ROLE feeder CONNECTION LIMIT -1'
now=$(sql 'SELECT now()')
ok "when there is one, it goes on" until_sql 60 "SELECT last_run > '$now' FROM store.feed_state WHERE feed = 'same'"

# ---- the end

kill "$daemon"
ok "told to stop, it ends at once" timeout 10 tail --pid="$daemon" -f /dev/null
wait "$daemon"
is "with exit code 0" $? 0
unlike "the log holds no report of a sanitizer" "$(cat "$WORK"/*.log)" "Sanitizer|runtime error"
done_testing
