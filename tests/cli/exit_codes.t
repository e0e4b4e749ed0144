#!/bin/bash
# Exit codes and messages: the same for everybody's scripts.
. "$(dirname "$0")/../lib.sh"

# ---- before any database is asked
exits "wrong usage is 2" 2 "$AIMARKET" query
is "and says what is missing" "$err" "aimarket: missing RESOURCE [--FILTER VALUE …]
hint: \`aimarket help query\` tells what it takes."
exits "unknown command" 2 "$AIMARKET" qurey
is "names the nearest" "$err" "aimarket: unknown command \"qurey\"
hint: Did you mean \"query\"?"
exits "unknown resource" 2 "$AIMARKET" query dael
like "names the nearest" "$err" 'unknown resource "dael", did you mean "deals"\?'
exits "unknown filter" 2 "$AIMARKET" query deals --tpye ipo
like "names the nearest" "$err" 'deals has no filter "tpye", did you mean "type"\?'
exits "filter of another resource" 2 "$AIMARKET" query deals --accession x
exits "unknown option" 2 "$AIMARKET" show --fromat json x
like "names the nearest" "$err" 'Did you mean --format\?'
exits "unknown word of a filter" 2 "$AIMARKET" query deals --type acquihier
like "names the nearest" "$err" 'did you mean "acquihire"\?'
exits "unknown format" 2 "$AIMARKET" query deals --format jsno
exits "an option without its value" 2 "$AIMARKET" query deals --type
exits "a flag with a value" 2 "$AIMARKET" query deals --disputed=yes
exits "a number that is none" 2 "$AIMARKET" query deals --limit ten
exits "a negative limit" 2 "$AIMARKET" query deals --limit -1
exits "a date that is none" 2 "$AIMARKET" query deals --since 2024-13-01
exits "a day that is none" 2 "$AIMARKET" query deals --as-of soon
exits "an amount that is none" 2 "$AIMARKET" query deals --min-amount much
exits "one argument too many" 2 "$AIMARKET" query deals filings
exits "no past where there is none" 2 "$AIMARKET" query runs --as-of 2024 --db "host=/nowhere"
is "nothing on standard output" "$out" ""

exits "database out of reach" 4 "$AIMARKET" query deals --db "host=$WORK/nowhere dbname=x"
exits "a configuration file that is not there" 3 "$AIMARKET" query deals --config "$WORK/none.conf"
like "is named" "$err" 'none\.conf'

# ---- with a store
cluster_start
exits "a database without a store" 1 "$AIMARKET" query deals
like "says what to do" "$err" 'aimarket db migrate'
"$AIMARKET" db migrate >/dev/null
sql "$(cat "$ROOT/tests/cli/fixture.sql")" >/dev/null
exits "fine is 0" 0 "$AIMARKET" query deals
exits "an empty answer is fine" 0 "$AIMARKET" query deals --type merger
exits "unknown entity" 3 "$AIMARKET" query deals --target gogle
is "names the nearest" "$err" "aimarket: no entity called \"gogle\"
hint: Nearest: Google (google)."
exits "unknown metric" 3 "$AIMARKET" query observations --metric revnue
like "names the nearest" "$err" 'Nearest: revenue,'
exits "unknown thing" 3 "$AIMARKET" show gogle
exits "a claim nobody made" 3 "$AIMARKET" show o:1
exits "unknown column" 2 "$AIMARKET" query deals --columns id,amont
like "names the nearest" "$err" 'did you mean "amount"\?'
exits "unknown column to sort by" 2 "$AIMARKET" query deals --sort -amont
exits "disputed, and nobody minds" 0 "$AIMARKET" query deals --disputed
exits "disputed, with --strict" 7 "$AIMARKET" query deals --strict
like "the answer is there all the same" "$out" 'characterai-google-2024'
unlike "without a column more" "$out" 'strict'
exits "also when the column is not shown" 7 "$AIMARKET" query deals --columns id --strict
exits "not when no shown figure is" 0 "$AIMARKET" query deals --type ipo --strict
exits "standard output that cannot be written" 1 bash -c '"$1" query deals >/dev/full' - "$AIMARKET"
like "says so" "$err" 'No space left on device'
done_testing
