#!/bin/bash
# EDGAR's definitions at work in the daemon: pages of the latest filings that shift while they are read, an index of the day that does
# not exist yet, and the page that EDGAR sends to those who ask too often.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/fault/daemon.sh"

page() { # FIRST LAST: entries from number LAST down to FIRST, each filing in two roles
	local i
	printf '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<feed xmlns="http://www.w3.org/2005/Atom"><title>Latest Filings</title>\n'
	for ((i = $2; i >= $1; i--)); do
		for role in '77) (Issuer' '78) (Reporting'; do
			printf '<entry><title>4 - Kestrel %s)</title><link rel="alternate" type="text/html" href="https://www.sec.gov/%d-index.htm"/>
<summary type="html"> &lt;b&gt;Filed:&lt;/b&gt; 2026-11-20 &lt;b&gt;AccNo:&lt;/b&gt; x &lt;b&gt;Size:&lt;/b&gt; 1 KB</summary><updated>2026-11-20T12:00:00-05:00</updated>
<category scheme="https://www.sec.gov/" label="form type" term="4"/><id>urn:tag:sec.gov,2008:accession-number=0000009000-26-%06d</id></entry>\n' \
				"(00000000$role" "$i" "$i"
		done
	done
	printf '</feed>\n'
}
page 51 100 >"$WORK/one.xml"
page 6 55 >"$WORK/two.xml" # five came in between: what was last on the first page is first on the second
printf '<html><head><title>SEC.gov | Request Rate Threshold Exceeded</title></head><body>Your request rate has exceeded the SEC limit.</body></html>\n' >"$WORK/exceeded.html"
sed 's/0000009000-18/0000009000-17/' "$ROOT/tests/feeds/edgar-index/master/input.idx" | gzip >"$WORK/packed.gz"
list='"filingDate":["%s"],"form":["10-K"]'
printf '{"cik":"77","name":"Kestrel","filings":{"recent":{"accessionNumber":["0000009000-25-900002"],'"$list"'},"files":[' 2025-02-01 >"$WORK/recent.json"
for n in 1 2 3; do
	printf '%s{"name":"CIK0000000077-submissions-00%d.json","filingCount":1,"filingTo":"200%d-02-01"}' "${comma:-}" $n $n >>"$WORK/recent.json"
	printf '{"accessionNumber":["0000009000-0%d-900001"],'"$list"'}' $n "200$n-02-01" >"$WORK/older$n.json"
	comma=,
done
echo ']}}' >>"$WORK/recent.json"
{
	echo "/current* times=1 file=$WORK/one.xml"
	echo "/current* times=1 file=$WORK/two.xml"
	echo "/current* file=$WORK/two.xml"
	echo '/index/today* status=403 body="<Error><Code>AccessDenied</Code></Error>"'
	echo "/index/packed* file=$WORK/packed.gz"
	echo "/index/master* file=$ROOT/tests/feeds/edgar-index/master/input.idx gzip"
	echo "/submissions/CIK0000000077.json file=$WORK/recent.json"
	for n in 1 2 3; do
		[ $n != 2 ] || printf '%s\n' "/submissions/CIK0000000077-submissions-002.json times=1 "{status=404,'status=429 retry=1'}
		echo "/submissions/CIK0000000077-submissions-00$n.json file=$WORK/older$n.json"
	done
	echo "/exceeded* status=200 file=$WORK/exceeded.html"
} >"$WORK/rules"
server_start
printf '[daemon]\nretry_first = 1h\nretry_most = 2h\nidle = 1s\nworkers = 1\n[fetch]\nrate = 0\n' >"$AIMARKET_CONFIG"

ours() { # NAME FEED ADDRESS [LINE of [fetch]]: a definition of ours, led to the server
	mkdir -p "$WORK/feeds"
	sed -e "/^address = /d; /^enabled = /d; /^interval = /d; /^fastest = /d; /^slowest = /d; /^hours = /d; /^calendar = /d" \
		-e "s#^\[feed\]#[feed]\naddress = http://127.0.0.1:$port$3\ninterval = 1d#" "$ROOT/etc/feeds.d/$2.conf" >"$WORK/feeds/$1.conf"
	printf '[fetch]\nprivate = yes\n%s\n' "${4:-}" >>"$WORK/feeds/$1.conf"
}
cluster_start
ok "migrate" "$AIMARKET" db migrate
ours current edgar-current '/current?action=getcurrent'
ours index edgar-index '/index/{item}.idx' 'items = master packed today'
ours blocked edgar-company '/exceeded{item}' 'items = 1'
ours list edgar-submissions '/submissions/CIK{item}.json' 'items = 0000000077'
sed -i '/^filers/d' "$WORK/feeds/blocked.conf" "$WORK/feeds/list.conf"
daemon_start
ok "pages that shift are read until one brings nothing new" until_sql 30 "SELECT last_run IS NOT NULL FROM store.feed_state WHERE feed = 'current'"
is "each further by a page" "$(awk '$4 ~ /current/ { sub(/.*start=/, "", $4); print $4 + 0 }' "$WORK/server.log" | paste -sd' ')" "0 100 200"
is "each filing is there once" "$(sql "SELECT count(*), min(accession), max(accession) FROM api.filings WHERE form = '4' AND accession LIKE '0000009000-26-%'")" \
	"95|0000009000-26-000006|0000009000-26-000100"
ok "an index that comes packed, by the server or as it lies there" until_sql 30 "SELECT count(*) = 2 FROM store.run WHERE feed = 'index' AND state = 'loaded' AND added > 0"
ok "one that is not there yet keeps it from nothing" until_sql 30 "SELECT error LIKE '%403%' FROM store.feed_state WHERE feed = 'index'"
asked() { awk '$4 ~ /submissions/ { gsub(/.*CIK0000000077|-submissions-|[.]json/, "", $4); print $4 == "" ? "list" : $4 }' "$WORK/server.log" | paste -sd' '; }
runs() { # N: the list has been run so often, and its run is over
	until_sql 30 "SELECT last_run IS NOT NULL AND worker IS NULL AND NOT wanted FROM store.feed_state WHERE feed = 'list' AND last_run > '${last_run:-1999-01-01}'" || return 1
	last_run=$(sql "SELECT last_run FROM store.feed_state WHERE feed = 'list'")
}
again() { "$AIMARKET" feeds run list && runs; }
ok "a list of filings, and its pages of older ones" runs
is "one that failed keeps no other from coming" "$(sql "SELECT string_agg(accession, ' ' ORDER BY accession) FROM api.filings WHERE cik = '77' AND form = '10-K'")" \
	"0000009000-01-900001 0000009000-03-900001 0000009000-25-900002"
like "the failure is told" "$(sql "SELECT error FROM store.feed_state WHERE feed = 'list'")" 404
ok "the run after it is broken off within the list" again
ok "and goes on" again
ok "and once more" again
is "only what is not known is asked for" "$(asked)" "list 001 002 003 list 002 list 002 list"
is "all are there" "$(sql "SELECT count(*) FROM api.filings WHERE cik = '77' AND form = '10-K'")" 4
is "all is well" "$(sql "SELECT error IS NULL AND resume IS NULL FROM store.feed_state WHERE feed = 'list'")" t
ok "the page for those who ask too often is no data" until_sql 30 "SELECT error IS NOT NULL FROM store.feed_state WHERE feed = 'blocked'"
done_testing
