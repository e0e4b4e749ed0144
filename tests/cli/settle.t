#!/bin/bash
# What claims of a new series come to is told by the loader where they are plain figures (feeds/load_settle.c), by SQL elsewhere: both
# follow the written rule, and nothing tells which it was.
. "$(dirname "$0")/../lib.sh"
cluster_start
export AIMARKET_FEEDS=$WORK/feeds
mkdir "$WORK/feeds"
cat >"$WORK/feeds/said.conf" <<'CONF'
[feed]
format = csv
publisher = test
[metric m]
name = sold
kind = flow
unit_kind = count
period_kind = d
[source s]
ref = {paper}
kind = article
tier = {tier}
title = {paper}
[entity e]
ref = {who}
kind = company
name = {who}
[observation o]
entity = {who}
metric = sold
unit = user
start = {year}-01-01
end = {year}-12-31
value = {value}
decimals = {decimals}
nature = {nature}
asserted = {said}
source = {paper}
CONF
# Each company its own series, each year a fact.
facts() {
	cat <<-'ROWS'
		alone 2001 regulator 83.83 2 r 2002-01-01
		same 2001 regulator 100 0 r 2002-01-01
		same 2001 press 100.0 0 r 2002-02-01
		later 2001 press 100 0 r 2002-01-01
		later 2001 press 100 0 r 2003-01-01
		sameday 2001 press 100 0 r 2002-01-01
		sameday 2001 press 120 0 r 2002-01-01
		tier 2001 regulator 100 -1 r 2002-01-01
		tier 2001 press 90 0 r 2004-01-01
		finer 2001 press 1234567 0 r 2002-01-01
		finer 2001 press 1200000 -5 r 2003-01-01
		finer 2002 press 1234567 0 r 2002-01-01
		finer 2002 press 1300000 -5 r 2003-01-01
		exact 2001 press 12.5 1 r 2002-01-01
		exact 2001 press 12.55 . r 2001-01-01
		edge 2001 press 10 -1 r 2002-01-01
		edge 2001 press 20 -1 r 2002-01-02
		edge 2002 press 10 -1 r 2002-01-01
		edge 2002 press 20.00000001 -1 r 2002-01-02
		below 2001 press -5.5 1 r 2002-01-01
		below 2001 press -0.00000001 8 r 2002-01-02
		below 2001 press 0 0 r 2002-01-03
		three 2001 press 7 0 r 2002-01-01
		three 2001 regulator 8 0 r 2002-01-01
		three 2001 press 9 0 r 2005-01-01
		foreseen 2001 press 10 0 f 2000-01-01
		foreseen 2001 press 12 0 r 2002-01-01
		foreseen 2002 press 10 0 f 2000-01-01
		foreseen 2002 press 12 0 g 2001-01-01
		large 2001 press 999999999999999999999999 0 r 2002-01-01
		large 2001 press 999999999999999999999998 0 r 2002-01-02
		huge 2001 press 38000000000000000000000000000000000000000 0 r 2002-01-01
		huge 2001 press 38000000000000000000000000000000000000001 0 r 2002-01-02
		fine 2001 press 0.000000000000000000001 21 r 2002-01-01
		fine 2001 press 0.000000000000000000002 21 r 2002-01-02
		rough 2001 press 1 -30 r 2002-01-01
		rough 2001 press 2 -15 r 2002-01-02
	ROWS
}
{
	echo "who,year,tier,value,decimals,nature,said,paper"
	facts | awk '{ print $1 "," $2 "," $3 "," $4 "," ($5 == "." ? "" : $5) "," $6 "," $7 ",paper-" NR }'
} >"$WORK/said.csv"
"$AIMARKET" db migrate >/dev/null
exits "claims are taken in" 0 "$AIMARKET" ingest --feed said --file "$WORK/said.csv"
is "all of them" "$(sql 'SELECT count(*) FROM store.observation')" "$(facts | wc -l)"

missing="SELECT count(*) FROM (SELECT * FROM api.facts_asof(NULL, NULL) EXCEPT TABLE store.fact) d"
excess="SELECT count(*) FROM (TABLE store.fact EXCEPT SELECT * FROM api.facts_asof(NULL, NULL)) d"
is "facts are what the rule says" "$(sql "$missing")" 0
is "and no others" "$(sql "$excess")" 0
shown() { # WHO YEAR
	sql "SELECT f.value, f.low, f.high, f.claims, f.disputed, f.rule FROM store.fact f JOIN store.entity e ON e.id = f.subject WHERE e.name = '$1' AND f.period_end = '$2-12-31'"
}
is "one claim" "$(shown alone 2001)" '83.83|83.83|83.83|1|f|o'
is "the higher tier" "$(shown tier 2001)" '100|90|100|2|t|t'
is "the finer rounding, which the rougher one agrees with" "$(shown finer 2001)" '1234567|1200000|1234567|2|f|p'
is "or not" "$(shown finer 2002)" '1234567|1234567|1300000|2|t|p'
is "two intervals that touch at their ends agree" "$(shown edge 2001 | cut -d'|' -f5)" f
is "and do not where there is something between them" "$(shown edge 2002 | cut -d'|' -f5)" t
is "the second one in rank says why" "$(shown three 2001)" '8|7|9|3|t|t'
is "what was before what is foreseen" "$(shown foreseen 2001)" '12|12|12|1|f|o'
is "numbers beyond any machine's are compared as exactly" "$(shown huge 2001 | cut -d'|' -f1,2)" \
	'38000000000000000000000000000000000000001|38000000000000000000000000000000000000000'
is "each conflict is told of" "$(sql "SELECT count(*) FROM store.fact_change WHERE kind = 'conflict'")" "$(sql 'SELECT count(*) FROM store.fact WHERE disputed')"

# The same claims, where the series are there already: all by SQL.
all_shown() {
	sql "SELECT e.name, f.period_end, f.value, trim_scale(f.low), trim_scale(f.high), f.claims, f.disputed, f.rule FROM store.fact f JOIN store.entity e ON e.id = f.subject
	      WHERE f.period_end > '2000-01-01' ORDER BY 1, 2"
}
by_loader=$(all_shown)
sql 'CREATE DATABASE sql' -d postgres
export AIMARKET_DB="$CONNINFO dbname=sql" PGDATABASE=sql
"$AIMARKET" db migrate >/dev/null
sed -E '2,$s/^([^,]*),[0-9]+/\1,1990/; 2,$s/paper-/first-/' "$WORK/said.csv" | awk -F, '!seen[$1]++' >"$WORK/before.csv"
exits "one claim of each series" 0 "$AIMARKET" ingest --feed said --file "$WORK/before.csv"
exits "and the others" 0 "$AIMARKET" ingest --feed said --file "$WORK/said.csv"
is "come to the same" "$(all_shown)" "$by_loader"

# Again, with so much of the older series that the loader asks which facts are told already, and settles the rest itself.
sql 'CREATE DATABASE told' -d postgres
export AIMARKET_DB="$CONNINFO dbname=told" PGDATABASE=told
"$AIMARKET" db migrate >/dev/null
{ cat "$WORK/before.csv"; grep -E '^(three|later|edge),2001' "$WORK/said.csv" | awk -F, '!seen[$1]++'; } >"$WORK/told.csv"
{ cat "$WORK/said.csv"; for who in alone same edge tier; do for ((year = 2101; year <= 2175; year++)); do echo "$who,$year,press,$year,0,r,2002-01-01,many"; done; done; } >"$WORK/many.csv"
exits "some are told" 0 "$AIMARKET" ingest --feed said --file "$WORK/told.csv"
exits "then all, and many more" 0 "$AIMARKET" ingest --feed said --file "$WORK/many.csv"
is "facts told by both are what the rule says" "$(sql "$missing")" 0
is "and no others, still" "$(sql "$excess")" 0
is "each fact once, as before" "$(all_shown | grep -v '|21[0-9][0-9]-')" "$by_loader"
is "and the many" "$(sql "SELECT count(*), sum(claims) FROM store.fact WHERE period_end > '2101-01-01'")" '300|300'
done_testing
