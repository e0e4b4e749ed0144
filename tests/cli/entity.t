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
