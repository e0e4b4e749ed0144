#!/bin/bash
# Today's answers are kept ready, those of the past are worked out: both ways agree, on the starter set.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
exits "the starter set loads" 0 "$AIMARKET" ingest

answer() { # RESOURCE [OPTION…]: all of it, in an order that does not depend on the way
	"$AIMARKET" query "$@" --limit 0 --format ndjson | sort
}
tomorrow=$(sql "SELECT current_date + 1")
last=$(sql "SELECT max(tx) FROM store.tx")
for r in entities deals funding filings revenue observations metrics sources; do
	answer $r >"$WORK/today"
	ok "$r: there are some" test -s "$WORK/today"
	answer $r --as-of "$tomorrow" >"$WORK/past"
	same_file "$r: as of tomorrow the same as today" "$WORK/past" "$WORK/today"
	answer $r --snapshot "$last" >"$WORK/past"
	same_file "$r: at the last number too" "$WORK/past" "$WORK/today"
done
for t in deal deal_version filing fact entity_canon; do
	sql "TABLE store.$t" | sort >"$WORK/$t.before"
done
sql "SELECT load.refresh_all_today()" >/dev/null
for t in deal deal_version filing entity_canon; do
	sql "TABLE store.$t" | sort >"$WORK/after"
	same_file "store.$t kept up load by load is what it would be made anew" "$WORK/after" "$WORK/$t.before"
done
sql "SELECT * FROM api.facts_asof(NULL, NULL)" | sort >"$WORK/after"
same_file "store.fact too" "$WORK/after" "$WORK/fact.before"

# what was kept of a deal's earlier days is what the claims of that day come to
sql "SELECT load.refresh_all_today()" >/dev/null
days=$(sql "SELECT DISTINCT asserted_on - (asserted_on - date '2000-01-01') % 2 FROM store.statement WHERE property = 'stage' ORDER BY 1 DESC LIMIT 16")
ok "there are days to ask about" test "$(wc -w <<<"$days")" -gt 8
for day in $days; do
	is "deals as of $day" "$(sql "SELECT count(*) FROM (SELECT * FROM api.deals_known('$day', NULL) EXCEPT SELECT * FROM api.deal_rows('$day', NULL, NULL)) x") \
$(sql "SELECT count(*) FROM (SELECT * FROM api.deal_rows('$day', NULL, NULL) EXCEPT SELECT * FROM api.deals_known('$day', NULL)) x")" "0 0"
done

# at any number what stayed and what was touched since come to what the claims say, with a day or without
deals_at_numbers() { # FROM
	local tx when
	for tx in $(sql "SELECT tx FROM store.tx WHERE tx >= $1 ORDER BY tx"); do
		for when in "NULL, $tx" "'2024-08-15', $tx"; do
			is "deals at ($when)" "$(sql "WITH kept AS MATERIALIZED (SELECT * FROM api.deals_known($when)), said AS MATERIALIZED (SELECT * FROM api.deal_rows($when, NULL))
				SELECT (SELECT count(*) FROM (TABLE kept EXCEPT TABLE said) x), (SELECT count(*) FROM (TABLE said EXCEPT TABLE kept) x)")" "0|0"
		done
	done
}
before=$(sql "SELECT max(tx) FROM store.tx")
deals_at_numbers 0
mapfile -t some < <(sql "SELECT d.id FROM store.deal d JOIN store.deal o ON o.family = d.family AND o.id > d.id AND d.amount IS NOT NULL AND o.amount IS NOT NULL ORDER BY d.id LIMIT 3")
"$AIMARKET" entity merge "${some[0]}" characterai-google-2024 --why 'a test' >/dev/null
"$AIMARKET" judge "$(sql "SELECT claim FROM store.deal WHERE id = 'characterai-google-2024'")" deprecated --why 'a test' >/dev/null
"$AIMARKET" entity unmerge "${some[0]}" --why 'after all' >/dev/null
"$AIMARKET" retract "$(sql "SELECT claim FROM store.deal WHERE id = '${some[0]}'")" --why 'a test' >/dev/null
"$AIMARKET" entity merge google-deepmind google --why 'a test' >/dev/null
"$AIMARKET" entity unmerge google-deepmind --why 'after all' >/dev/null
is "six things happened" "$(sql "SELECT max(tx) - $before FROM store.tx")" 6
deals_at_numbers "$before"
is "those that nothing touched stay as they are kept" "$(sql "SELECT count(*) > 100 FROM store.deal d WHERE api.deal_stays(d.deal, $before)")" t

# what one series was on a day or at a number is what the rule says of all of them
for when in "'2024-06-30', NULL" "NULL, 5" "'2024-06-30', 5" "NULL, NULL"; do
	is "series by series at ($when)" "$(sql "WITH one AS (SELECT f.* FROM store.series r CROSS JOIN api.series_facts($when, r.subject, r.id) f), whole AS (SELECT * FROM api.facts_asof($when))
		SELECT count(*), (SELECT count(*) FROM (TABLE one EXCEPT TABLE whole) x), (SELECT count(*) FROM (TABLE whole EXCEPT TABLE one) x) FROM one")" \
		"$(sql "SELECT count(*) FROM api.facts_asof($when)")|0|0"
done

# a day in the past: nothing that was said later
is "as of a day no claim is younger" "$("$AIMARKET" query observations --as-of 2024-09-30 --limit 0 --columns asserted_on --sort -asserted_on --format csv | sed -n 2p)" \
	"$(sql "SELECT max(asserted_on) FROM store.observation WHERE asserted_on <= '2024-09-30'")"
answer deals --snapshot 3 >"$WORK/before"
"$AIMARKET" ingest >/dev/null 2>&1
answer deals --snapshot 3 >"$WORK/after"
same_file "what a number answered stays" "$WORK/after" "$WORK/before"

# merged entities read as one
from=$(sql "SELECT id FROM store.entity WHERE slug = 'google-deepmind'") into=$(sql "SELECT id FROM store.entity WHERE slug = 'google'")
deals=$("$AIMARKET" query deals --acquirer google --limit 0 --columns id --format csv | wc -l)
sql "INSERT INTO store.entity_merge (entity_from, entity_into, why, batch) VALUES ($from, $into, 'test', 1);
	SELECT load.refresh_merges();
	SELECT load.refresh_deals(ARRAY(SELECT subject FROM store.statement WHERE object = $from))" >/dev/null
ok "a merger brings its deals along" test "$("$AIMARKET" query deals --acquirer google --limit 0 --columns id --format csv | wc -l)" -gt "$deals"
is "also for who asks by the old name" "$("$AIMARKET" query deals --acquirer 'Google DeepMind' --columns acquirer_id --format csv | sort -u | tail -1)" "google"
is "the one merged is no row of its own" "$("$AIMARKET" query entities --entity google-deepmind --columns id --format csv | tail -n +2)" "google"
answer deals >"$WORK/today"
answer deals --as-of "$tomorrow" >"$WORK/past"
same_file "and the past agrees" "$WORK/past" "$WORK/today"
done_testing
