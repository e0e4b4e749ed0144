#!/bin/bash
# An archive that is fetched: each member a document, told to stop in the middle of it, and going on; an archive of tables; one
# that is cut on the way, and one that is bad.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/fault/daemon.sh"
command -v zip >/dev/null || skip_all "no zip"

mkdir "$WORK/m"
for i in $(seq 1 60); do document_make "$i" 300 >"$WORK/m/part$(printf %03d "$i").csv"; done
(cd "$WORK/m" && zip -q "$WORK/all.zip" part*.csv)
(cd "$WORK/m" && zip -qP secret "$WORK/secret.zip" part001.csv)
head -c 20000 "$WORK/all.zip" >"$WORK/half.zip"
{
	echo "/all.zip etag=\"\\\"v1\\\"\" file=$WORK/all.zip"
	echo "/half.zip file=$WORK/half.zip"
	echo "/secret.zip file=$WORK/secret.zip"
} >"$WORK/rules"
server_start
printf '[daemon]\nretry_first = 1s\nretry_most = 2s\nidle = 1s\nworkers = 1\nrun_timeout = 3s\ndrain = 3s\n[fetch]\nrate = 0\n' >"$AIMARKET_CONFIG"
archive_feed() { # NAME PATH
	feed_make "$1" "http://127.0.0.1:$port$2" 'interval = 1s'
	printf '[archive]\nmembers = part*.csv\n' >>"$WORK/feeds/$1.conf"
}
cluster_start
ok "the store is made" "$AIMARKET" db migrate
archive_feed packed /all.zip

daemon_start -v
ok "members of a fetched archive come in" until_sql 30 "SELECT count(*) >= 5 FROM store.run WHERE document IS NOT NULL AND state = 'loaded'"
daemon_stop
some=$(sql "SELECT count(*) FROM store.run WHERE document IS NOT NULL AND state = 'loaded'")
ok "a stop is heard between two of them ($some are in)" test "$some" -ge 5
is "and nothing is left half done" "$(sql "SELECT count(*) FROM store.run WHERE document IS NOT NULL AND state <> 'loaded'")" 0
daemon_start -v
ok "the next run goes on until all are in" until_sql 60 "SELECT count(*) = 60 FROM store.run WHERE document IS NOT NULL AND state = 'loaded'"
ok "the archive is then" until_sql 20 "SELECT count(*) = 1 FROM store.run WHERE container IS NOT NULL AND state = 'loaded'"
is "it is remembered by its address, with what the server said of it" "$(sql "SELECT count(*) FILTER (WHERE etag = '\"v1\"'), count(*) FROM store.capture WHERE container IS NOT NULL AND document IS NULL")" "1|1"
daemon_stop

archive_feed cut /half.zip
archive_feed secret /secret.zip
daemon_start -v
ok "an archive that was cut is a run that failed, with the reason" until_sql 20 "SELECT count(*) >= 1 FROM store.run WHERE feed = 'cut' AND state = 'failed' AND error LIKE 'this is not a whole ZIP archive%'"
ok "so is one with a member that is encrypted" until_sql 20 "SELECT count(*) >= 1 FROM store.run WHERE feed = 'secret' AND state = 'failed' AND error LIKE '%is encrypted'"
daemon_stop
done_testing
