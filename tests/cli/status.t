#!/bin/bash
# How the store and its feeds are doing, for people and for Prometheus; what an operator says to feeds.
. "$(dirname "$0")/../lib.sh"

mkdir -p "$WORK/feeds" "$WORK/data"
export AIMARKET_FEEDS=$WORK/feeds AIMARKET_DATA=$WORK/data
printf 'who\nAcme\nBad\\\n"with ""quotes"""\n' >"$WORK/data/a.csv"
printf 'who,what\n' >"$WORK/data/b.csv"
for f in a b; do
	printf '[feed]\nformat = csv\npath = %s.csv\ninterval = 1d\npublisher = test\n[entity e]\nref = {who}\nkind = company\nname = {who}\n' $f >"$WORK/feeds/$f.conf"
done
sed -i 's/{who}/{nobody}/' "$WORK/feeds/b.conf"
cluster_start
ok "the store is made" "$AIMARKET" db migrate

exits "what is due, once: one feed fails" 1 "$AIMARKET" ingest --due
like "and says which" "$err" 'feed=b'
exits "the feeds" 0 "$AIMARKET" feeds --format csv
like "in the order promised" "$out" '^feed,state,last_run,next_run,last_change,documents,records,rejects,errors,error'
like "one is fine" "$out" $'\na,fine,2.*,1,3,0,0,'
like "one has failed once" "$out" $'\nb,fine,.*,1,"?.*nobody'
exits "disabled" 0 "$AIMARKET" feeds disable a
is "disabled it is" "$("$AIMARKET" query feeds --state disabled --columns feed --format csv | tail -1)" a
exits "an unknown feed" 3 "$AIMARKET" feeds enable aa
exits "reset" 0 "$AIMARKET" feeds reset b
is "its failures are forgotten" "$(sql "SELECT errors, next_due <= now() FROM store.feed_state WHERE feed = 'b'")" "0|t"
exits "nothing else is due but it" 1 "$AIMARKET" ingest --due
is "a was left alone" "$(sql "SELECT count(*) FROM store.run WHERE feed = 'a'")" 1
for _ in 1 2 3; do "$AIMARKET" ingest --due >/dev/null 2>&1; sql "UPDATE store.feed_state SET next_due = now() WHERE feed = 'b'"; done
is "a feed that fails again and again is broken, and that is news" "$(sql "SELECT state, (SELECT string_agg(kind, ' ' ORDER BY id) FROM store.change) FROM store.feed_state WHERE feed = 'b'")" "broken|feed-broken"

# a feed that was never quiet for longer than an hour has brought nothing for three
sql "UPDATE store.feed_state SET switched = true, gaps = 5, habit = '1 hour', last_change = now() - interval '3 hours', next_due = now() WHERE feed = 'a'"
"$AIMARKET" ingest --due >/dev/null 2>&1
is "quiet beyond its habit" "$(sql "SELECT state FROM store.feed_state WHERE feed = 'a'")" quiet
is "is news, too" "$(sql "SELECT count(*) FROM store.change WHERE kind = 'feed-quiet' AND feed = 'a'")" 1

exits "for people" 0 "$AIMARKET" status
like "how many feeds are how" "$out" 'feeds +1 (broken|quiet), 1 (broken|quiet)'
sql "INSERT INTO store.run (feed, parser) VALUES (E'a\"b\\\\c\\nd', 'x')"
exits "for Prometheus" 0 "$AIMARKET" status --metrics
like "every metric has its help" "$out" '# HELP aimarket_runs_total '
like "values of labels are quoted" "$out" 'feed="a\\"b\\\\c d"'
is "no sample stands without its head, none twice" "$(awk '/^# TYPE/ { t[$3]++; next } /^#/ { next } { n = $1; sub(/{.*/, "", n); sub(/_(bucket|sum|count)$/, "", n); if (!t[n]) print "no head: " n }
	{ k = $0; sub(/ [^ ]*$/, "", k); if (s[k]++) print "twice: " k }' <<<"$out")" ""
if command -v promtool >/dev/null; then
	ok "promtool finds nothing" promtool check metrics <"$WORK/out"
else
	diag "NOT TESTED by promtool, which is not installed"
fi
done_testing
