#!/bin/bash
# aimarket show: one thing with all its claims.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
sql "$(cat "$ROOT/tests/cli/fixture.sql")" >/dev/null

# Blanks in a row count once.
squeeze() { tr -s ' -' | sed 's/ $//'; }

exits "a deal" 0 "$AIMARKET" show characterai-google-2024
shown=$(printf '%s\n' "$out" | squeeze)
like "its amount" "$shown" $'\namount 2700000000\n'
like "is disputed" "$shown" $'\ndisputed true\n'
like "the claim shown" "$shown" $'\ntotal 2700000000 = USD shown 2024-09-25 press o:16777219 A \$2.7 billion rehire\n'
like "one that agrees with it and differs from another" "$shown" $'\ntotal 3000000000 = USD agrees 2024-08-08 press '
like "one that differs" "$shown" $'\ntotal 2500000000 = USD differs 2024-10-10 user o:16777218 Notes on a report, slide 152\n'
like "the valuation is a component of its own" "$shown" $'\nimplied_valuation 2500000000 = USD shown '
like "the chain of stages" "$shown" $'\n2024-08-02 announced 1 .*\n2024-08 announced 1 .*\n2024 completed 1 '
like "what else is said, each answer once" "$shown" $'\ndeal_type licence_and_hire 1 2024-08-08 press s:16777301 '
like "the parties" "$shown" $'\nGoogle acquirer google 1 2024-08-08\n'
exits "by a name" 0 "$AIMARKET" show "Character.AI / Google"
exits "as of a day" 0 "$AIMARKET" show characterai-google-2024 --as-of 2024-08-31
unlike "knows nothing of later claims" "$out" '2700000000|completed'
exits "before anything was said" 3 "$AIMARKET" show characterai-google-2024 --as-of 2024-01-01
like "says so" "$err" 'nothing was known of it then'

exits "an entity" 0 "$AIMARKET" show NVDA
shown=$(printf '%s\n' "$out" | squeeze)
like "its identifiers" "$shown" $'\ncik 1045810\n'
like "its latest figures" "$shown" $'\nrevenue quarter 2025-01-26 123456789012345678.90 USD '
exits "an entity of a deal" 0 "$AIMARKET" show google
like "lists the deal" "$(printf '%s\n' "$out" | squeeze)" $'\ncharacterai-google-2024 licence_and_hire completed acquirer 2024-08-02 2700000000 USD true'
exits "a name of several" 2 "$AIMARKET" show Mercury
like "lists them" "$err" 'mercury, mercury-2'
exits "a filing by its number" 0 "$AIMARKET" show 0001628280-24-041596
like "with its address" "$out" 'https://www.sec.gov/Archives/edgar/data/2021728/000162828024041596/s1.htm'
exits "a source" 0 "$AIMARKET" show source:1
like "with its claims" "$out" 'o:16777217'
exits "a figure claimed" 0 "$AIMARKET" show o:16777218
like "with the one shown" "$(printf '%s\n' "$out" | squeeze)" $'\no:16777219 shown 2700000000 = USD -8 '
exits "a statement" 0 "$AIMARKET" show s:16777303
like "with its rivals" "$out" 's:16777304'

for ref in characterai-google-2024 NVDA 0001628280-24-041596 source:1 o:16777218 s:16777303; do
	exits "$ref as JSON" 0 "$AIMARKET" show $ref --format json
	command -v jq >/dev/null && ok "is one object with its kind and claims or statements" jq -e '.kind as $k | .[$k] and (.claims // .statements | type == "array")' "$WORK/out"
done
exits "CSV has the claims alone" 0 "$AIMARKET" show characterai-google-2024 --format csv
is "a line each" "$(printf '%s\n' "$out" | wc -l)" "5"
exits "markdown" 0 "$AIMARKET" show characterai-google-2024 --format markdown
like "has headings" "$out" $'\n## stages\n'
done_testing
