#!/bin/bash
# Many documents in one transaction: the store is what it would be had they come one by one, each has a run and rejects of its own,
# and a bad one costs only itself.
. "$(dirname "$0")/../lib.sh"
cluster_start
export AIMARKET_FEEDS=$WORK/feeds
mkdir "$WORK/feeds" "$WORK/docs"
cat >"$WORK/feeds/sales.conf" <<'CONF'
[feed]
format = csv
asserted_on = 2026-01-01
publisher = test
[source s]
ref = {paper}
kind = article
title = {title}
[entity e]
ref = {who}
kind = {kind}
name = {who}
[statement t]
entity = {who}
property = sector
text = {sector}
source = {paper}
[observation o]
entity = {who}
metric = sold
unit = user
start = {year}-01-01
end = {year}-12-31
value = {value}
source = {paper}
CONF
document() { # NUMBER: a company of its own, one that all speak of, and papers that some share
	echo "who,kind,sector,year,value,paper,title"
	for year in $(seq 2001 2012); do echo "Company $1,company,chips,$year,$(($1 * 100 + year)),paper-$1,Paper $1"; done
	echo "Everybody's,company,cloud,2010,$((1000 + $1 % 3)),paper-$(($1 % 4)),Paper $(($1 % 4))"
}
for i in $(seq 10 39); do document "$i" >"$WORK/docs/$i.csv"; done
sed -i '3s/2002/20x2/; 4s/2003/never/' "$WORK/docs/15.csv"		# two bad rows
printf 'who,kind\n"broken' >"$WORK/docs/16.csv"				# no document at all
cp "$WORK/docs/20.csv" "$WORK/docs/21.csv"				# the same bytes twice
sed -i 's/^Company 25,company/Company 25,nonesuch/' "$WORK/docs/25.csv"	# a kind that there is not
sed -i "s/^Everybody's,company/Everybody's,person/" "$WORK/docs/30.csv"	# one name, another kind

load() { # STORE FILES…: each argument by a command of its own
	local store=$1 f
	shift
	psql -XAtqd postgres -c "CREATE DATABASE $store"
	export AIMARKET_DB="$CONNINFO dbname=$store"
	export PGDATABASE=$store
	"$AIMARKET" db migrate >/dev/null
	# a document that defines metrics of our own is loaded alone: here they are there
	sql "INSERT INTO store.metric (name, kind, unit_kind, period_kind, batch) VALUES ('sold', 'flow', 'count', 'd', 0)"
	for f in "$@"; do run "$AIMARKET" ingest --jobs 1 --feed sales --file "$f"; done
}
rejects() {
	sql "SELECT c.address, j.locator, j.rule, j.reason FROM store.reject j JOIN store.run r ON r.id = j.run JOIN store.capture c ON c.document = r.document
	      ORDER BY 1, 2" | sed "s,$WORK/,,"
}
runs() {
	sql "SELECT c.address, r.state, r.records, r.added, r.known, r.rejects, r.error FROM store.run r JOIN store.capture c ON c.document = r.document ORDER BY 1" |
		sed "s,$WORK/,,"
}
facts() {
	sql "SELECT e.slug, f.period_end, f.value, f.low, f.high, f.claims, f.disputed, f.rule, w.ref FROM store.fact f JOIN store.entity e ON e.id = f.subject
	       JOIN store.source w ON w.id = f.source ORDER BY 1, 2"
}
load singly "$WORK"/docs/*.csv
singly=$("$AIMARKET" fingerprint) singly_rejects=$(rejects) singly_runs=$(runs) singly_facts=$(facts)
load together "$WORK/docs"
ok "one document failed" test "$rc" != 0
like "which is named" "$err" 'docs/16\.csv'
ok "few transactions ($(sql 'SELECT count(*) FROM store.tx'))" test "$(sql 'SELECT count(*) FROM store.tx')" -le 6
is "the fingerprint is that of one by one" "$("$AIMARKET" fingerprint)" "$singly"
is "so are the runs" "$(runs)" "$singly_runs"
is "the rejects, each with its document" "$(rejects)" "$singly_rejects"
ok "and there are some" test "$(rejects | wc -l)" -ge 3
is "and the facts" "$(facts)" "$singly_facts"
is "every loaded run has its transaction" "$(sql "SELECT count(*) FROM store.run r WHERE state = 'loaded' AND added > 0 AND NOT EXISTS (SELECT FROM store.tx t WHERE t.batch = r.batch)")" 0
like "the transaction says how many documents it is of" "$(sql "SELECT why FROM store.tx ORDER BY length(why) DESC LIMIT 1")" '^[0-9]+ documents, the first: feed sales: '
run "$AIMARKET" ingest --feed sales --file "$WORK/docs"
like "again: all but the bad one are known" "$err" '29 known already, 1 failed'
is "nothing changed" "$("$AIMARKET" fingerprint)" "$singly"

# What the database refuses for one document is undone for all, and done again one by one.
sql "CREATE FUNCTION public.no_13() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN IF NEW.value = 1313 THEN RAISE 'no thirteens'; END IF; RETURN NEW; END \$\$;
	CREATE TRIGGER no_13 BEFORE INSERT ON store.observation FOR EACH ROW EXECUTE FUNCTION public.no_13()" 2>/dev/null
mkdir "$WORK/more"
for i in 50 51 52; do document $i >"$WORK/more/$i.csv"; done
sed -i '5s/,[0-9]*,paper/,1313,paper/' "$WORK/more/51.csv"
run "$AIMARKET" ingest --feed sales --file "$WORK/more"
like "one document is refused" "$err" '51\.csv: no thirteens'
is "the others are in" "$(sql "SELECT string_agg(state, ' ' ORDER BY id) FROM (SELECT * FROM store.run ORDER BY id DESC LIMIT 3) r")" "loaded failed loaded"
is "with all their claims" "$(sql "SELECT count(*) FROM store.observation o JOIN store.entity e ON e.id = o.subject WHERE e.name IN ('Company 50', 'Company 52')")" 24
done_testing
