#!/bin/bash
# The disk of the database is full: the daemon says so, waits, goes on when there is room, and nothing is lost or doubled.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/fault/daemon.sh"

mkdir "$WORK/small"
mount -t tmpfs -o size=220m tmpfs "$WORK/small" 2>/dev/null || skip_all "no file system can be mounted here"
chmod 755 "$WORK/small"
_end_disk() {
	for p in $_pids; do kill -9 "$p" 2>/dev/null; done
	cluster_stop
	umount "$small"
	WORK=$outer
	_at_exit
}
outer=$WORK small=$WORK/small
trap _end_disk EXIT

feeds=12
for i in $(seq $feeds); do
	document_make "$i" 400 >"$WORK/doc$i.csv"
	echo "/doc$i delay=200 file=$WORK/doc$i.csv"
done >"$WORK/rules"
server_start
for i in $(seq $feeds); do feed_make "feed$i" "http://127.0.0.1:$port/doc$i" 'interval = 1d'; done
printf '[daemon]\nretry_first = 1s\nretry_most = 2s\nidle = 1s\nworkers = 2\ntransfers = 2\n[fetch]\nrate = 0\n' >"$AIMARKET_CONFIG"
WORK=$small
cluster_start max_wal_size=64MB
WORK=$outer
ok "the store is made" "$AIMARKET" db migrate
dd if=/dev/zero of="$small/filler" bs=64k 2>/dev/null
daemon_start -v
for _ in $(seq 100); do grep -q database=lost "$WORK/daemon.log" && break; sleep 0.2; done
like "the disk is full: it is told" "$(cat "$WORK/daemon.log")" 'database=lost'
diag "$(grep -m 1 database=lost "$WORK/daemon.log")"
ok "and waited for" kill -0 "$daemon"
rm "$small/filler"
sql 'SELECT 1' >/dev/null 2>&1 || { WORK=$small; cluster_start max_wal_size=64MB; WORK=$outer; }	# it ends itself when its log has no room
ok "when there is room, all is taken in" until_sql 60 "SELECT count(*) = $feeds FROM store.run WHERE state = 'loaded'"
is "once" "$(sql 'SELECT count(*), count(DISTINCT document) FROM store.capture WHERE document IS NOT NULL')" "$feeds|$feeds"
daemon_stop
done_testing
