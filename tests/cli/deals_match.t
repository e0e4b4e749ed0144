#!/bin/bash
# Two sources' names for one deal meet in one deal when it is clear that they mean one; what is not clear waits for a person.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the starter set" "$AIMARKET" ingest -q
columns() { # NAMES QUERY…: of CSV rows
	local names=$1
	shift
	"$AIMARKET" query "$@" --format csv --columns "$names" --limit 0 | tail -n +2
}
add() { "$AIMARKET" add deal "$@" >/dev/null; }
pairs() { sql "SELECT one || ' ' || other FROM api.reviews WHERE of = 'deals' AND verdict IS NULL ORDER BY id"; }
deals=$(sql 'SELECT count(*) FROM store.deal')

is "the starter set proposes nothing about itself" "$(pairs)" ""
add --deal shazeer --type acquihire --target character-ai --acquirer google --date 2024-08-05 --amount 2.6B --source https://a.example.com/1 --asserted 2024-08-06
is "another key, the same parties, the same days: the same deal" "$(sql 'SELECT count(*) FROM store.deal')" "$deals"
is "whose name stays" "$(columns id deals --target character-ai --type acquihire)" "characterai-google-2024"
like "with the claim of the new one" "$("$AIMARKET" show shazeer)" '2600000000'
is "which can be undone" "$("$AIMARKET" entity unmerge shazeer --why "another one" >/dev/null && columns id deals --target character-ai --type acquihire | sort | tr '\n' ' ')" "characterai-google-2024 shazeer "
is "and is not done again" "$(add --deal shazeer --type acquihire --target character-ai --acquirer google --date 2024-08-05 --amount 2.61B --source https://a.example.com/2 --asserted 2024-08-06
	columns id deals --target character-ai --type acquihire | wc -l)" 2

add --deal inflection-later --type acquihire --target inflection-ai --acquirer microsoft --date 2024-09-01 --source https://a.example.com/3 --asserted 2024-09-02
is "too late to be clear" "$(pairs)" "inflection-later inflection-microsoft-2024"
add --deal adept-other --type acquihire --target adept-ai --acquirer google --date 2024-06-28 --source https://a.example.com/4 --asserted 2024-06-29
is "another acquirer is another deal" "$(pairs)" "inflection-later inflection-microsoft-2024"
add --deal covariant-big --type acquihire --target covariant --acquirer amazon --date 2024-08-30 --amount 4B --source https://a.example.com/5 --asserted 2024-09-02
is "ten times the sum is not clear" "$(pairs | tail -1)" "covariant-big covariant-amazon-2024"
id=$(sql "SELECT id FROM api.reviews WHERE one = 'covariant-big'")
exits "accepted" 0 "$AIMARKET" review accept "$id" --why "a typo, it is 400M" --by anna
is "they are one" "$(columns id,disputed deals --target covariant)" "covariant-amazon-2024,true"
id=$(sql "SELECT id FROM api.reviews WHERE one = 'inflection-later'")
exits "rejected" 0 "$AIMARKET" review reject "$id" --why "a second one" --by anna
is "they are two" "$(columns id deals --target inflection-ai | sort | tr '\n' ' ')" "inflection-later inflection-microsoft-2024 "

# ---- the offerings that filings tell of
exits "a filer's list of filings, one row of which is no good" 6 "$AIMARKET" ingest --feed edgar-submissions --file "$ROOT/tests/feeds/edgar-submissions/ipo/input.json"
ipo=$(sql "SELECT e.slug FROM store.entity e WHERE e.slug LIKE 'cik-%-ipo'")
day=$(columns announced_on deals --type ipo --target "cik:${ipo//[a-z-]/}")
add --deal some-ipo --type ipo --target "cik:${ipo//[a-z-]/}" --stage filed --date "$day" --amount 100M --source https://a.example.com/6 --asserted 2026-01-01
is "meet what the press says of them" "$(columns id,amount deals --type ipo --target "cik:${ipo//[a-z-]/}")" "$ipo,100000000"
done_testing
