#!/bin/bash
# What one daemon does with its workers and feeds: hung and dying workers, files that are watched, pages and lists that go on where they
# were broken off.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/fault/daemon.sh"

document_make 1 10 >"$WORK/doc.csv"
printf '/doc* file=%s\n/hang* delay=20000 file=%s\n' "$WORK/doc.csv" "$WORK/doc.csv" >"$WORK/rules"
for p in 1 2 3; do
	next=$((p + 1))
	[ $p = 3 ] && link='' || link="header=\"Link: </page$next>; rel=\\\"next\\\"\""
	document_make $p 5 >"$WORK/page$p.csv"
	echo "/page$p $link delay=300 file=$WORK/page$p.csv"
done >>"$WORK/rules"
for i in 11 22 33 44; do
	document_make $i 5 >"$WORK/item$i.csv"
	echo "/item$i.csv delay=300 file=$WORK/item$i.csv"
done >>"$WORK/rules"
echo '/item55.csv status=404' >>"$WORK/rules"
echo "/filer* file=$WORK/doc.csv" >>"$WORK/rules"
server_start
printf '[daemon]\nretry_first = 1s\nretry_most = 2s\nidle = 1s\nworkers = 1\nrun_timeout = 3s\ndrain = 3s\n[fetch]\nrate = 0\n' >"$AIMARKET_CONFIG"
mkdir "$WORK/files"

# A feed that watches files; those of the name's order come before.
file_feed() { # NAME PATH
	feed_make "$1" "http://unused/" 'interval = 1s'
	sed -i -e "s#^address = .*#path = $2#" -e '/^\[fetch\]/d' -e '/^private/d' "$WORK/feeds/$1.conf"
}

cluster_start
ok "the store is made" "$AIMARKET" db migrate

# ---- files

file_feed watched "$WORK/files"
cp "$WORK/doc.csv" "$WORK/files/a.csv"
daemon_start -v
ok "a file is taken in" until_sql 20 "SELECT count(*) = 1 FROM store.run WHERE feed = 'watched' AND state = 'loaded'"
cp "$WORK/page1.csv" "$WORK/files/b.csv"
ok "one that comes later, too" until_sql 20 "SELECT count(*) = 2 FROM store.run WHERE feed = 'watched' AND state = 'loaded'"
echo 'Company 1,1990-01-01,1990-12-31,5' >>"$WORK/files/b.csv"
ok "and one that changes" until_sql 20 "SELECT count(*) = 3 FROM store.run WHERE feed = 'watched' AND state = 'loaded'"
until_sql 20 "SELECT count(etag) = 2 FROM store.address WHERE feed = 'watched'"
is "what has not changed is not even read" "$(sleep 3; strace -f -qq -e trace=openat -p "$(workers_of $daemon)" -o "$WORK/trace" & s=$!; sleep 3; kill $s; grep -c '\.csv' "$WORK/trace")" 0

# ---- workers

worker=$(workers_of "$daemon")
kill -9 "$worker"
again() { # one look for both: between two the dead one may go
	local n=$((SECONDS + 20)) now
	until now=$(workers_of "$daemon") && [ -n "$now" ] && [ "$now" != "$worker" ]; do [ $SECONDS -lt $n ] || return 1; sleep 0.1; done
}
ok "a worker that dies is started again" again
like "and the reason is told" "$(cat "$WORK/daemon.log")" "process $worker was ended by signal 9"
worker=$(workers_of "$daemon")
kill -STOP "$worker"
sleep 5
like "a worker that hangs is noticed" "$(cat "$WORK/daemon.log")" "process $worker has not moved for 3 s"
until_sql 20 "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'aimarketd'"
ok "and replaced" test "$(workers_of "$daemon")" != "$worker"

# ---- pages and lists

feed_make paged "http://127.0.0.1:$port/page1" 'interval = 1d'
printf '[paging]\nkind = link\n' >>"$WORK/feeds/paged.conf"
feed_make listed "http://127.0.0.1:$port/item{item}.csv" 'interval = 1d'
sed -i 's/^private = yes/private = yes\nitems = 11 22 55 33, 44/' "$WORK/feeds/listed.conf"
kill -HUP "$daemon"
until_sql 20 "SELECT resume IS NOT NULL FROM store.feed_state WHERE feed = 'paged'"
kill -9 "$(workers_of "$daemon" | tail -1)"
ok "all pages came" until_sql 30 "SELECT count(DISTINCT document) = 3 FROM store.capture WHERE feed = 'paged'"
ok "all items of the list came" until_sql 30 "SELECT count(DISTINCT document) = 4 FROM store.capture WHERE feed = 'listed'"
ok "both runs ended" until_sql 30 "SELECT count(*) = 2 FROM store.feed_state WHERE feed IN ('paged', 'listed') AND last_run IS NOT NULL AND resume IS NULL"
like "an item that is not there keeps no other out, and is told" "$(sql "SELECT error FROM store.feed_state WHERE feed = 'listed'")" '1 of 5 requests failed.*404'
is "what came before the worker was killed was not asked for again" "$(awk '$4 == "/page1"' "$WORK/server.log" | wc -l)" 1

sql "INSERT INTO store.filing (filing, accession, form, cik, filed_on) VALUES (-1, 'a', 'S-1', '1045810', '2024-05-01'), (-2, 'b', 'S-1', '1045810', '2024-06-01'),
	(-3, 'c', 'F-1', '77', '2024-07-01'), (-4, 'd', 'S-1', '88', '2023-07-01'), (-5, 'e', '10-K', '99', '2024-07-01')"
feed_make filers "http://127.0.0.1:$port/filer{item}" 'interval = 1d'
sed -i 's/^private = yes/private = yes\nfilers = S-1 F-1\nfilers_since = 2024-01-01/' "$WORK/feeds/filers.conf"
kill -HUP "$daemon"
ok "all filers of a form since a day" until_sql 20 "SELECT last_run IS NOT NULL FROM store.feed_state WHERE feed = 'filers'"
is "each by its ten digits" "$(grep -o '/filer[0-9]*' "$WORK/server.log" | tr '\n' ' ')" "/filer0000000077 /filer0001045810 "

# ---- told to stop while a server does not answer

feed_make hanging "http://127.0.0.1:$port/hang" 'interval = 1d'
kill -HUP "$daemon"
until_sql 20 "SELECT worker IS NOT NULL FROM store.feed_state WHERE feed = 'hanging'"
sleep 1
kill "$daemon"
ok "it ends in time" timeout 6 tail --pid="$daemon" -f /dev/null
wait "$daemon"
is "as it should" $? 0
is "and gives back what it had" "$(sql 'SELECT count(*) FROM store.feed_state WHERE worker IS NOT NULL')" 0

# ---- once, without a daemon

rm "$WORK/feeds/hanging.conf" "$WORK/feeds/listed.conf"
exits "what is due, once" 0 "$AIMARKET" ingest --due
exits "a feed by its name" 0 "$AIMARKET" ingest paged
is "asks for all of it again" "$(awk '$4 == "/page1"' "$WORK/server.log" | wc -l)" 2
is "and loads nothing twice" "$(sql "SELECT count(*) FROM store.run WHERE feed = 'paged' AND state = 'loaded'")" 3

# ---- a feed that goes quiet beyond its habit

sql "UPDATE store.feed_state SET gaps = 3, habit = '1 hour', last_change = now() - interval '3 hours' WHERE feed = 'paged'"
exits "a look that brings nothing, after three hours where it used to be one" 0 "$AIMARKET" ingest paged
is "it is quiet" "$("$AIMARKET" query feeds --feed paged --columns state --format csv | tail -1)" quiet
like "that is news" "$(sql "SELECT text FROM store.change WHERE feed = 'paged' AND kind = 'feed-quiet'")" 'brought nothing new since .*so far it did at least every 0 days 01:00'
is "and measured" "$(sql "SELECT count(*) FROM api.metric_samples s WHERE s::text LIKE '%aimarket_feed_state%paged%quiet%'")" 1
like "doctor asks about it" "$("$AIMARKET" doctor --quick --format csv)" 'feed paged is quiet'

exits "an unknown feed" 3 "$AIMARKET" ingest pagde
like "gets the nearest one" "$err" 'paged'
unlike "the log holds no report of a sanitizer" "$(cat "$WORK"/*.log)" "Sanitizer|runtime error"
done_testing
