#!/bin/bash
# Who is who: two that are one and are not after all, other names, identifiers, and who belonged to whom on a day.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the starter set" "$AIMARKET" ingest -q
tx() { sql 'SELECT max(tx) FROM store.tx'; }
today() { sql "SELECT md5(string_agg(d::text, E'\n' ORDER BY d.id)) FROM store.deal d"; }
column() { # NAME COMMAND…: a column of CSV rows
	local name=$1
	shift
	"$AIMARKET" "$@" --format csv --columns "$name" | tail -n +2 | tr '\n' ' ' | sed 's/ $//'
}
tree() { "$AIMARKET" entity tree "$@" --format csv | tail -n +2 | cut -d, -f2 | tr '\n' ' ' | sed 's/ $//'; }

# ---- who belongs to whom

is "Copilot, GitHub, Microsoft" "$(tree github-copilot)" "microsoft github github-copilot"
is "on the day GitHub changed hands" "$(tree github-copilot --on 2018-10-26)" "microsoft github github-copilot"
is "and the day before" "$(tree github-copilot --on 2018-10-25)" "github github-copilot"
is "before anybody had said so, nobody knew" "$(tree github-copilot --as-of 2018-10-01)" "github-copilot"
like "from above, all of it, each under its owner" "$(tree microsoft)" '^microsoft .*github github-copilot-enterprise github-copilot '
like "with the days where they are known" "$("$AIMARKET" entity tree github)" 'GitHub .*parent +2018-10-26'
exits "nobody of that name" 3 "$AIMARKET" entity tree gihtub
exits "show is show" 0 "$AIMARKET" entity show github

# ---- two that are one

before=$(tx)
kept=$(today)
prints=$("$AIMARKET" fingerprint | grep -v merges)
exits "a merge needs a reason" 2 "$AIMARKET" entity merge anthropic openai
exits "not into itself" 2 "$AIMARKET" entity merge anthropic anthropic --why x
like "by the name of its rule" "$err" 'merge-itself'
exits "not a company into a deal" 2 "$AIMARKET" entity merge anthropic cerebras-ipo --why x --force
like "by the name of its rule, even when forced" "$err" 'merge-kinds'
exits "not a product into a company, without insisting" 2 "$AIMARKET" entity merge github-copilot github --why x
like "which can be insisted on" "$err" '--force'
exits "not two filers" 2 "$AIMARKET" entity merge nvidia microsoft --why x
like "two CIKs are two" "$err" 'merge-identifiers: .*cik'
exits "nothing was done" 0 test "$(tx)" = "$before"

exits "a merge" 0 "$AIMARKET" entity merge character-ai inflection-ai --why "for the test" --by anna
is "its deals are the other's" "$(column target_id query deals --target inflection-ai | tr ' ' '\n' | sort -u)" "inflection-ai"
is "by either name" "$(column id query deals --target character-ai)" "$(column id query deals --target inflection-ai)"
is "show leads to the other" "$("$AIMARKET" show character-ai --format json | head -2 | tail -1 | grep -o '"id":"[^"]*"')" '"id":"inflection-ai"'
is "as of the transaction before they are two" "$(column id query deals --target inflection-ai --snapshot "$before")" "inflection-microsoft-2024"
exits "not the other way round as well" 2 "$AIMARKET" entity merge inflection-ai character-ai --why x
like "which would be a circle" "$err" 'merge-cycle'
exits "not once more" 2 "$AIMARKET" entity merge character-ai adept-ai --why x
like "while the merge stands" "$err" 'merge-twice'
exits "a chain" 0 "$AIMARKET" entity merge inflection-ai adept-ai --why "for the test" --by anna
is "is followed to its end" "$(column target_id query deals --target character-ai | tr ' ' '\n' | sort -u)" "adept-ai"
exits "and is no circle" 2 "$AIMARKET" entity merge adept-ai character-ai --why x
like "by the name of the rule" "$err" 'merge-cycle'
exits "undone" 0 "$AIMARKET" entity unmerge inflection-ai --why "of course not" --by ben
exits "both" 0 "$AIMARKET" entity unmerge character-ai --why "of course not" --by ben
is "completely" "$(today)" "$kept"
is "nothing else has changed" "$("$AIMARKET" fingerprint | grep -v merges)" "$prints"
exits "what is not merged" 2 "$AIMARKET" entity unmerge character-ai --why x
like "cannot be undone" "$err" 'not-merged'
is "who, when and why are kept" "$(sql "SELECT string_agg(who || ': ' || why, '; ' ORDER BY tx) FROM store.tx WHERE tx > $before" | grep -o 'anna\|ben' | tr '\n' ' ')" "anna anna anna anna ben ben ben ben "

# ---- two deals that are one
exits "a deal merged into another" 0 "$AIMARKET" entity merge adept-amazon-2024 covariant-amazon-2024 --why "for the test"
is "is one row" "$(column id query deals --acquirer amazon --type acquihire)" "covariant-amazon-2024"
is "whose figures differ" "$(column disputed query deals --acquirer amazon --type acquihire)" "true"
exits "and two again" 0 "$AIMARKET" entity unmerge adept-amazon-2024 --why "of course not"
is "as before" "$(today)" "$kept"

# ---- figures of two companies that are one meet

figure() { # ENTITY [OPTION…]: its revenue of 2025: value, claims, disputed
	"$AIMARKET" query observations --entity "$1" --metric revenue --period annual --since 2025 --until 2025 "${@:2}" --columns entity_id,value,claims,disputed --format csv | tail -n +2
}
add() { "$AIMARKET" add observation -q --entity "$1" --metric revenue --value "$2" --unit USD --start 2025-01-01 --end 2025-12-31 --source "$3" --asserted 2026-02-01; }
"$AIMARKET" add entity -q --name "Acme Robots" --kind company --source https://example.com/a
"$AIMARKET" add entity -q --name "The Acme Robot Works" --kind company --source https://example.com/b
ok "a figure of each" add acme-robots 120M https://example.com/one
ok "and of the other" add the-acme-robot-works 150M https://example.com/two
prints=$("$AIMARKET" fingerprint | grep -v merges)
facts() { sql "SELECT md5(string_agg(f::text, E'\n' ORDER BY f.series, f.period_end, f.period_start)) FROM store.fact f"; }
facts=$(facts) before=$(tx)
exits "they are one" 0 "$AIMARKET" entity merge the-acme-robot-works acme-robots --why "one register entry"
is "one fact, of both claims, which differ" "$(figure acme-robots)" "acme-robots,150000000,2,true"
is "by either name" "$(figure the-acme-robot-works)" "acme-robots,150000000,2,true"
is "as of tomorrow as today" "$(figure acme-robots --as-of +1d)" "$(figure acme-robots)"
is "two at the number before" "$(figure acme-robots --snapshot "$before") $(figure the-acme-robot-works --snapshot "$before")" \
	"acme-robots,120000000,1,false the-acme-robot-works,150000000,1,false"
run "$AIMARKET" why acme-robots revenue 2025
like "why tells both" "$out" 'https://example.com/one.*https://example.com/two|https://example.com/two.*https://example.com/one'
like "and that they differ" "$out" 'differs'
ok "a load that speaks of the one merged" add the-acme-robot-works 151M https://example.com/three
is "counts for the one it reads as" "$(figure acme-robots)" "acme-robots,151000000,3,true"
ok "so does one in a new series" "$AIMARKET" add observation -q --entity the-acme-robot-works --metric headcount --value 70 --unit people --end 2025-12-31 \
	--source https://example.com/four --asserted 2026-02-01
is "as today's facts" "$(sql "SELECT e.slug, f.value FROM store.fact f JOIN store.entity e ON e.id = f.subject JOIN store.series s ON s.id = f.series
	JOIN store.metric m ON m.id = s.metric WHERE m.name = 'headcount' AND f.value = 70")" "acme-robots|70"
claim=$(sql "SELECT 'o:' || id FROM store.observation WHERE value = 151000000")
like "why of a claim filed under the other" "$("$AIMARKET" why "$claim")" '151000000.*shown|shown.*151000000'
ok "one of them is taken back" "$AIMARKET" retract "$claim" --why misread
is "and the rest stands" "$(figure acme-robots)" "acme-robots,150000000,2,true"
is "all facts are what they would be made anew" "$(sql "SELECT count(*) FROM (TABLE store.fact EXCEPT SELECT * FROM api.facts_asof(NULL, NULL)) x") \
$(sql "SELECT count(*) FROM (SELECT * FROM api.facts_asof(NULL, NULL) EXCEPT TABLE store.fact) x")" "0 0"
ok "a figure of the merged one, taken back" "$AIMARKET" retract "$(sql "SELECT 'o:' || id FROM store.observation WHERE value = 70 AND asserted_on = '2026-02-01'")" --why misread
exits "two again" 0 "$AIMARKET" entity unmerge the-acme-robot-works --why "two registers"
is "with a figure each" "$(figure acme-robots) $(figure the-acme-robot-works)" "acme-robots,120000000,1,false the-acme-robot-works,150000000,1,false"
is "and every fact as before" "$(facts)" "$facts"

# ---- names and identifiers

exits "another name" 0 "$AIMARKET" entity alias meta "The Zuck Company" --why "slang"
exits "finds it" 0 "$AIMARKET" entity show "the zuck company, inc."
exits "again" 0 "$AIMARKET" entity alias meta "The Zuck Company" --why "slang"
like "it had it" "$out" 'already'
exits "a former name, with its days" 0 "$AIMARKET" entity alias meta "TheFacebook" --from 2004-02-04 --to 2005-09-20
is "days and all" "$(sql "SELECT scheme || ' ' || valid FROM store.entity_key WHERE norm = 'thefacebook'")" "former-name [2004-02-04,2005-09-21)"
exits "that ends before it begins" 2 "$AIMARKET" entity alias meta "Foo" --from 2005 --to 2004
exits "an LEI" 0 "$AIMARKET" entity key nvidia lei:549300S4KLFTLO7GSQ80
exits "whose check digits are wrong" 2 "$AIMARKET" entity key nvidia lei:549300S4KLFTLO7GSQ81
like "by the name of the rule" "$err" 'check-digit'
exits "that is somebody else's" 2 "$AIMARKET" entity key amd lei:549300S4KLFTLO7GSQ80
like "by the name of the rule" "$err" 'identifier-taken: .*nvidia'
exits "a ticker at a time when it was nobody's" 0 "$AIMARKET" entity key meta ticker:XYZW@NASDAQ --from 2001 --to 2003
exits "at a later time it may be another's" 0 "$AIMARKET" entity key nvidia ticker:XYZW@NASDAQ --from 2004 --to 2005
exits "but not at the same" 2 "$AIMARKET" entity key nvidia ticker:XYZW@NASDAQ --from 2002 --to 2005
like "by the name of the rule" "$err" 'identifier-taken'
exits "no such scheme" 2 "$AIMARKET" entity key nvidia cusip:67066G104
done_testing
