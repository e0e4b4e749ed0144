#!/bin/bash
# The three ways in which a claim stops being taken at its word: judged, taken back, corrected. Nothing is overwritten.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the starter set" "$AIMARKET" ingest -q
deal="characterai-google-2024"

claim() { # VALUE: a figure claimed for the deal's total, the earliest taken in
	sql "SELECT 'o:' || min(o.id) FROM store.observation o JOIN store.series r ON r.id = o.series JOIN store.entity e ON e.id = r.subject
	     WHERE e.slug = '$deal' AND r.dims ->> 'component' = 'total' AND o.value = $1"
}
shown() { # [OPTION…]: the amount shown and whether it is disputed
	"$AIMARKET" query deals --target character-ai --type acquihire --columns amount,disputed --format csv "$@" | tail -n +2
}
tx() { sql 'SELECT max(tx) FROM store.tx'; }

before=$(tx)
first=$(shown)
nyt=$(claim 3000000000)

exits "a verdict without a reason is refused" 2 "$AIMARKET" judge "$nyt" preferred
exits "so is a word that is no verdict" 2 "$AIMARKET" judge "$nyt" good --why x
exits "and what is no claim" 2 "$AIMARKET" judge nvidia preferred --why x
exits "a claim that does not exist" 3 "$AIMARKET" judge o:1 preferred --why x

exits "judge" 0 "$AIMARKET" judge "$nyt" preferred --why "had the papers" --by anna
is "the preferred claim is shown, and still disputed" "$(shown)" "3000000000,true"
is "an answer at the transaction before has not moved" "$(shown --snapshot "$before")" "$first"
is "who and why are kept" "$(sql 'SELECT who || $$: $$ || why FROM store.tx ORDER BY tx DESC LIMIT 1')" "anna: anna judged $nyt preferred: had the papers"
exits "back to normal" 0 "$AIMARKET" judge "$nyt" normal --why "too kind" --by anna
is "then the rule decides again" "$(shown)" "$first"
is "both verdicts are kept" "$(sql 'SELECT string_agg(verdict, $$ $$ ORDER BY id) FROM store.judgement WHERE who = $$anna$$')" "preferred normal"

wrong=$(claim 2500000000)
middle=$(tx)
exits "retract" 0 "$AIMARKET" retract "$wrong" --why "the page gives a valuation" --by ben
is "the claim is closed, not deleted" "$(sql "SELECT count(*) FROM store.observation WHERE 'o:' || id = '$wrong' AND batch_to IS NOT NULL")" 1
is "and still there for an earlier transaction" "$(shown --snapshot "$middle")" "$first"
exits "it can not be taken back twice" 2 "$AIMARKET" retract "$wrong" --why "again"

exits "correct" 0 "$AIMARKET" correct "$nyt" --value 3.1B --why "slip of the pen" --by ben
new=$(claim 3100000000)
like "the reply names the claim that takes over" "$out" "$new"
is "with the evidence of the old one" \
	"$(sql "SELECT count(*) FROM store.observation a JOIN store.observation b USING (source, document, at, series, asserted_on) WHERE 'o:' || a.id = '$nyt' AND 'o:' || b.id = '$new'")" 1
is "and the rounding its spelling implies" "$(sql "SELECT decimals FROM store.observation WHERE 'o:' || id = '$new'")" -8
exits "a statement's field does not fit a figure" 2 "$AIMARKET" correct "$new" --code x --why y
exits "nothing to correct" 2 "$AIMARKET" correct "$new" --why y
exits "a period that ends before it starts" 2 "$AIMARKET" correct "$new" --start 2024-02-01 --end 2024-01-01 --why y

stage=$(sql "SELECT 's:' || min(s.id) FROM store.statement s JOIN store.entity e ON e.id = s.subject WHERE e.slug = '$deal' AND s.property = 'stage' AND s.code = 'announced'")
exits "a statement is corrected too" 0 "$AIMARKET" correct "$stage" --code rumoured --why "only rumoured" --by ben
is "and keeps its day" "$(sql "SELECT count(DISTINCT (period_start, period_end)) FROM store.statement WHERE source = (SELECT source FROM store.statement WHERE 's:' || id = '$stage') AND property = 'stage' AND (batch_to IS NOT NULL OR code = 'rumoured')")" 1

# what is kept ready is what the claims come to
is "facts kept ready agree with the rule worked out anew" "$(sql 'SELECT count(*) FROM (TABLE store.fact EXCEPT SELECT * FROM api.facts_asof(NULL, NULL)) d')" 0
is "none is missing" "$(sql 'SELECT count(*) FROM (SELECT * FROM api.facts_asof(NULL, NULL) EXCEPT TABLE store.fact) d')" 0
is "the database refuses to change a claim" "$(psql -XAtqc 'UPDATE store.observation SET value = 1' 2>&1 | grep -c append-only)" 1
done_testing
