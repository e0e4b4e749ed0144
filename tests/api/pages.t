#!/bin/bash
# Pages: walked to the end while data load, they are the snapshot of the first one, row by row.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/api.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
"$AIMARKET" ingest >/dev/null 2>&1
api_start 'workers = 2'

# Follows next to the end. The rows go to $WORK/walked, one a line; $snapshot is the first page's, $pages how many there were.
walk() { # PATH with at least one parameter
	local next='' path=$1
	: >"$WORK/walked"
	pages=0 snapshot=
	while :; do
		ask "$path${next:+&cursor=$next}"
		[ "$status" = 200 ] || { diag "page $pages: $status $body"; return 1; }
		jq -c '.data[]' <"$WORK/body" >>"$WORK/walked"
		[ -n "$snapshot" ] || snapshot=$(json .meta.snapshot)
		[ "$(json .meta.snapshot)" = "$snapshot" ] || { diag "page $pages is of transaction $(json .meta.snapshot), not $snapshot"; return 1; }
		pages=$((pages + 1))
		next=$(json .next)
		[ "$next" != null ] || return 0
	done
}

whole() { # RESOURCE [OPTION]...: all rows of the snapshot, by the command line
	"$AIMARKET" query "$@" --snapshot "$snapshot" --limit 0 --format ndjson | jq -c . >"$WORK/whole"
}

# One deal after the other, each a transaction, some of them in the middle of what is walked.
before=$(sql "SELECT max(tx) FROM store.tx")
(
	n=0 who=(anthropic openai google nvidia microsoft amazon meta)
	while [ ! -e "$WORK/enough" ] && [ $n -lt 60 ]; do
		n=$((n + 1))
		"$AIMARKET" add deal --type acquisition --target "${who[n % 7]}" --acquirer "${who[n % 5]}" --date "$((2018 + n % 9))-0$((1 + n % 9))-1$((n % 9))" \
			--amount "$((n * 7))M" --source "https://example.com/$n" --asserted 2026-01-01 >/dev/null 2>>"$WORK/loader.err"
		sleep 0.2
	done
) &
loader=$!

walk '/v1/deals?limit=45&fields=id,announced_on,amount,claims' || :
whole deals --columns id,announced_on,amount,claims
same_file "deals in their own order" "$WORK/walked" "$WORK/whole"
ok "of several pages" test "$pages" -ge 4
walk '/v1/deals?limit=60&sort=-amount&fields=id,amount' || :
whole deals --sort -amount --columns id,amount
same_file "by a column that is not there in every row" "$WORK/walked" "$WORK/whole"
walk '/v1/deals?limit=60&sort=amount,type&fields=id,amount,type' || :
whole deals --sort amount,type --columns id,amount,type
same_file "by two, upwards" "$WORK/walked" "$WORK/whole"
walk '/v1/deals?limit=40&type=funding_round,ipo&not_status=withdrawn&fields=id' || :
whole deals --type funding_round,ipo --not-status withdrawn --columns id
same_file "with filters" "$WORK/walked" "$WORK/whole"
walk '/v1/entities?limit=400&fields=id,kind' || :
whole entities --columns id,kind
same_file "entities, ordered by an expression" "$WORK/walked" "$WORK/whole"
walk '/v1/observations?limit=300&since=2025&fields=entity,metric,value,claim' || :
whole observations --since 2025 --columns entity,metric,value,claim
same_file "figures" "$WORK/walked" "$WORK/whole"
walk '/v1/deals/characterai-google-2024/claims?limit=7' || :
ok "claims, too" test "$(sort -u "$WORK/walked" | wc -l) -gt 7 -a $pages -gt 2"
touch "$WORK/enough"
wait $loader
is "meanwhile data came" "$(sql "SELECT max(tx) > $before + 5 FROM store.tx") $(head -3 "$WORK/loader.err")" "t "

# ---- a worker that did not hear of a transaction finds out by what it reads
ask '/v1/observations?entity=nvidia&metric=market_cap&limit=2&fields=value,claim'
snapshot=$(json .meta.snapshot) next=$(json .next)
sql "ALTER TABLE store.tx DISABLE TRIGGER tell"
"$AIMARKET" add deal --type acquisition --target nvidia --acquirer meta --date 2020-02-02 --amount 1M --source https://example.com/late --asserted 2026-01-01 >/dev/null
for _ in 1 2 3; do # within the second after which it asks anyway
	ask "/v1/observations?entity=nvidia&metric=market_cap&limit=2&fields=value,claim&cursor=$next"
	is "its page is the one of the snapshot" "$status $(json .meta.snapshot) $(json .data)" \
		"200 $snapshot $("$AIMARKET" query observations --entity nvidia --metric market_cap --snapshot "$snapshot" --limit 2 --offset 2 --columns value,claim --format json | jq -c .)"
	[ "$(json .next)" != null ] || break
	sql "SELECT pg_sleep(0.1)" >/dev/null
done
sql "ALTER TABLE store.tx ENABLE TRIGGER tell"

# ---- of a day, and of a transaction
walk '/v1/deals?limit=30&as_of=2024-12-31&fields=id' || :
"$AIMARKET" query deals --as-of 2024-12-31 --limit 0 --columns id --format ndjson >"$WORK/whole"
same_file "pages of a day" "$WORK/walked" "$WORK/whole"
walk '/v1/metrics?limit=40&snapshot=3&fields=metric' || :
is "pages of a transaction" "$snapshot $(wc -l <"$WORK/walked")" "3 $("$AIMARKET" query metrics --snapshot 3 --limit 0 --columns metric --format ndjson | wc -l)"
walk '/v1/runs?limit=3&fields=id' || :
is "pages of what has no past" "$(wc -l <"$WORK/walked")" "$("$AIMARKET" query runs --limit 0 --columns id --format ndjson | wc -l)"

# ---- cursors
ask '/v1/deals?limit=2&fields=id'
like "the next page is in a header, too" "$(header link)" "^</v1/deals\?cursor=$(json .next)&fields=id&limit=2>; rel=\"next\"$"
next=$(json .next)
ask "/v1/deals?limit=5&fields=id,type&cursor=$next"
is "rows of a page and its fields are free" "$status $(json '.data | length')" "200 5"
is "the command line goes on from there, too" "$(json .data)" "$(eval "$(json .meta.command | sed "s#^aimarket#$AIMARKET#")" | jq -c .)"
ask "/v1/deals?type=ipo&cursor=$next"
is "a cursor belongs to its filters" "$status $(json .parameter)" '400 cursor'
ask "/v1/deals?sort=amount&cursor=$next"
is "to its order" "$status $(json .parameter)" '400 cursor'
ask "/v1/entities?cursor=$next"
is "to its resource" "$status $(json .parameter)" '400 cursor'
for bad in x "${next%????}" W10 WzEsMl0 "$(printf '["0","9","a","b","c","d","e","f","g","h","i","j","k","l","m"]' | base64 -w0 | tr -d =)"; do
	ask "/v1/deals?cursor=$bad"
	is "no cursor: ${bad:0:20}" "$status $(json .parameter)" '400 cursor'
done
unlike "nothing went wrong meanwhile" "$(cat "$WORK/daemon.log")" 'AddressSanitizer|runtime error|level=error'
done_testing
