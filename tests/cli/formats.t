#!/bin/bash
# The formats of an answer: exact, and streamed.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
sql "$(cat "$ROOT/tests/cli/fixture.sql")" >/dev/null
query() { "$AIMARKET" query "$@"; }

# ---- exact: the same digits out of every format
for pair in revenue=123456789012345678.90 training_compute=38000000000000000000000000; do
	metric=${pair%=*} digits=${pair#*=}
	for format in table json ndjson csv markdown; do
		like "$digits in $format" "$(query observations --metric $metric --columns value,unit --format $format)" "(^|[^0-9.])${digits//./\\.}([^0-9.]|\$)"
	done
	like "as a string when asked" "$(query observations --metric $metric --columns value --format json --numbers string)" "\"value\":\"${digits//./\\.}\""
done

# ---- shapes
is "csv has a header and all columns" "$(query deals --type ipo --format csv | head -1 | cut -d, -f1-8)" "id,type,status,target,acquirer,parties,announced_on,date_precision"
is "csv keeps an empty cell for nothing" "$(query deals --type ipo --columns id,amount,status --format csv)" $'id,amount,status\ncerebras-ipo,,withdrawn'
is "ndjson is one object a line" "$(query deals --columns id --format ndjson)" $'{"id":"cerebras-ipo"}\n{"id":"characterai-google-2024"}'
is "json is an array of objects" "$(query deals --columns id,disputed --format json | tr -d '\n')" '[{"id":"cerebras-ipo","disputed":false},{"id":"characterai-google-2024","disputed":true}]'
is "json of nothing is an empty array" "$(query deals --type merger --format json | tr -d '\n')" '[]'
is "a table has a head" "$(query deals --columns id,amount --sort id)" "id                           amount
-----------------------  ----------
cerebras-ipo
characterai-google-2024  2700000000"
is "markdown" "$(query deals --type ipo --columns id,status --format markdown)" "| id | status |
| --- | --- |
| cerebras-ipo | withdrawn |"
unlike "no colour in a pipe" "$(query deals)" $'\e'
is "a table as narrow as asked" "$(query deals --width 60 | wc -L)" "60"
like "that tells what it has no room for" "$(query deals --width 60)" '\(no room for amount, currency, disputed, .*…\)'
if command -v jq >/dev/null; then
	for r in deals entities filings funding revenue metrics observations sources documents feeds runs rejects; do
		ok "$r is JSON" jq -e 'type == "array"' <(query $r --format json)
	done
fi

# ---- streamed: many rows in constant memory
sql "INSERT INTO store.fact SELECT 8, 4, date '1700-01-01' + n, date '1700-01-01' + n, 16777224, n, NULL, n, n, '2025-02-26', 4, 1, false, 'o', 'd', '=', 'v', 'r', 0
	FROM generate_series(1, 100000) n"
peak=0
"$AIMARKET" query observations --metric training_compute --limit 0 --sort value --format ndjson >"$WORK/rows" &
while kb=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' /proc/$!/status 2>/dev/null) && [ -n "$kb" ]; do
	peak=$kb
	sleep 0.02
done
wait $! && rc=0 || rc=$?
is "a large answer arrives whole" "$rc $(wc -l <"$WORK/rows")" "0 100001"
case $BUILD in
*san*) ;;	# the sanitizers' own memory is not ours
*) ok "in less than 24 MiB ($peak KiB)" test "$peak" -lt 24576 ;;
esac
is "a reader that has enough ends it quietly" "$(query observations --limit 0 --format csv 2>&1 | head -2 | wc -l)" "2"
done_testing
