#!/bin/bash
# The settings of [fetch] hold what a server may do to us: what passes one is refused with its name, and comes in once it is raised.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/fault/daemon.sh"

document_make 1 40 >"$WORK/doc.csv"
{
	cat "$WORK/doc.csv"
	yes 'Company 1,1950-01-01,1950-12-31,1000' | head -n 60000
} >"$WORK/many.csv"
head -c 30000 "$WORK/many.csv" | sed '$d' >"$WORK/large.csv"
{
	echo "/large file=$WORK/large.csv"
	echo "/packed file=$WORK/many.csv gzip"
	for i in 1 2 3; do echo "/go$i status=302 location=http://127.0.0.1:{port}/go$((i + 1))"; done
	echo "/go4 file=$WORK/doc.csv"
	echo "/late delay=3000 file=$WORK/doc.csv"
	echo "/drip drip=5 file=$WORK/doc.csv"
} >"$WORK/rules"
server_start
for feed in large packed go1 late drip; do
	feed_make "$feed" "http://127.0.0.1:$port/$feed" 'interval = 1d'
done
printf '[fetch]\ntimeout = 60\n' >>"$WORK/feeds/drip.conf"
settings() { # WIRE RATIO REDIRECTS TIMEOUT LOW-SPEED LOW-SPEED-TIME
	printf '[api]\nworkers = 0\n[daemon]\nretry_first = 1h\nretry_most = 2h\nidle = 1s\nworkers = 1\n[fetch]\nrate = 0\nfeeds = 100\n' >"$AIMARKET_CONFIG"
	printf 'wire = %s\nratio = %s\nredirects = %s\ntimeout = %s\nlow_speed = %s\nlow_speed_time = %s\n' "$@" >>"$AIMARKET_CONFIG"
}
settings 20K 50 2 2s 1000 4s
cluster_start
ok "migrate" "$AIMARKET" db migrate
daemon_start
ok "all were tried" until_sql 60 "SELECT count(*) = 5 FROM store.feed_state WHERE last_run IS NOT NULL"
told() { sql "SELECT error FROM store.feed_state WHERE feed = '$1'"; }
like "wire: bytes as they come" "$(told large)" 'over the limit wire = 20480'
like "ratio: bytes of a packed one" "$(told packed)" 'over the limit ratio = 50'
like "redirects: steps to the body" "$(told go1)" 'over 2 redirects'
like "timeout: from the request to its end" "$(told late)" '[Tt]ime'
like "low_speed: what moves too slowly" "$(told drip)" 'slow'
is "nothing of them came in" "$(sql "SELECT count(*) FROM store.observation")" 0
settings 1M 1000 3 30s 10 30s
kill -HUP "$daemon"
for feed in large packed go1 late drip; do "$AIMARKET" feeds run "$feed"; done
ok "with each of them raised all come in" until_sql 90 "SELECT count(*) = 5 FROM store.feed_state WHERE error IS NULL AND last_run IS NOT NULL AND NOT wanted AND worker IS NULL"
[ "$(sql "SELECT count(*) FROM store.feed_state WHERE error IS NULL")" = 5 ] || diag "$(sql "SELECT feed, error FROM store.feed_state")"
"$AIMARKET" config sample >"$WORK/sample"
for setting in wire ratio redirects connect_timeout timeout low_speed low_speed_time rate feeds contact; do
	grep -q "^#$setting = " "$WORK/sample" || diag "no $setting"
done >"$WORK/missing"
is "all are in the sample" "$(cat "$WORK/missing")" ""
done_testing
