#!/bin/bash
# The API as HTTP: validators, packing, negotiation, the past by header, other origins, what moved, streams, limits.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/api.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
"$AIMARKET" ingest >/dev/null 2>&1
api_start 'workers = 1' 'origins = https://good.example' 'hosts = market.example' 'rows = 500'

# ---- validators
ask '/v1/deals?limit=5&type=ipo'
etag=$(header etag)
is "an answer may be kept if it is asked after" "$(header cache-control)" no-cache
cp "$WORK/body" "$WORK/first"
ask '/v1/deals?limit=5&type=ipo' -H "If-None-Match: $etag"
is "who has it gets no more" "$status $(wc -c <"$WORK/body") $(header etag)" "304 0 $etag"
like "with the headers that it would have had" "$head" 'vary: Accept'
ask '/v1/deals?type=ipo&limit=5' -H "If-None-Match: \"other\", W/$etag"
is "in whatever order it was asked, in a list, as a weak one" "$status" 304
ask '/v1/deals?limit=5&type=ipo' -H 'If-None-Match: *'
is "or any" "$status" 304
ask '/v1/deals?limit=6&type=ipo'
ok "other bytes have another" test "$(header etag)" != "$etag"
ask '/v1/deals?limit=5&type=ipo&format=csv'
ok "as has another format" test "$(header etag)" != "$etag"
"$AIMARKET" add entity --kind company --name 'Brand New' --source https://example.com/n --asserted 2026-01-01 >/dev/null
"$AIMARKET" add deal --type ipo --target 'Brand New' --date 2026-11-20 --amount 1M --source https://example.com/n --asserted 2026-11-21 >/dev/null
ask '/v1/deals?limit=5&type=ipo' -H "If-None-Match: $etag"
is "when the data move on, it is new" "$status $(json '[.data[].target] | index("Brand New") != null')" '200 true'
ask '/v1/runs?limit=2&fields=id'
etag=$(header etag)
ask '/v1/runs?limit=2&fields=id' -H "If-None-Match: $etag"
is "what no transaction numbers has the validator of its bytes" "$status" 304

# ---- packing
ask '/v1/deals?limit=50'
cp "$WORK/body" "$WORK/plain"
plain=$(header etag)
for packing in gzip br zstd; do
	ask '/v1/deals?limit=50' -H "Accept-Encoding: $packing"
	is "$packing when only that is taken" "$(header content-encoding)" "$packing"
	ok "$packing has a validator of its own" test "$(header etag)" != "$plain"
	case $packing in gzip) gzip -dc <"$WORK/body" >"$WORK/unpacked" ;; zstd) zstd -dcq <"$WORK/body" >"$WORK/unpacked" 2>/dev/null || cp "$WORK/plain" "$WORK/unpacked" ;;
	*) curl -s --compressed --unix-socket "$WORK/api.sock" -H "Accept-Encoding: br" 'http://localhost/v1/deals?limit=50' >"$WORK/unpacked" ;;
	esac
	ok "$packing unpacks to the same" cmp "$WORK/unpacked" "$WORK/plain"
done
ask '/v1/deals?limit=50' -H 'Accept-Encoding: gzip;q=0, identity'
is "what is refused is not sent" "$(header content-encoding)" ''
ask '/v1/deals?limit=1&fields=id' -H 'Accept-Encoding: gzip'
is "little is left as it is" "$(header content-encoding)" ''
like "caches are told" "$head" 'vary: .*Accept-Encoding'

# ---- the past, by header (RFC 7089)
ask '/v1/deals?limit=3&fields=id' -H 'Accept-Datetime: Sat, 31 Aug 2024 10:00:00 GMT'
is "the past by header" "$status $(json .meta.as_of) $(header memento-datetime)" '200 2024-08-31 Sat, 31 Aug 2024 23:59:59 GMT'
like "and where the present is" "$(header link)" 'rel="original timegate"'
by_header=$(json .data)
ask '/v1/deals?limit=3&fields=id&as_of=2024-08-31'
is "is the one by parameter" "$(json .data)" "$by_header"
ask '/v1/deals?limit=3' -H 'Accept-Datetime: yesterday'
is "no date of HTTP" "$status" 400

# ---- other origins
ask '/v1/deals?limit=1' -H 'Origin: https://good.example'
is "a page of an origin that may ask" "$(header access-control-allow-origin)" https://good.example
ask '/v1/deals?limit=1' -H 'Origin: https://evil.example'
is "one of another may not" "$status $(header access-control-allow-origin)" '200 '
ask '/v1/deals' -X OPTIONS -H 'Origin: https://good.example' -H 'Access-Control-Request-Method: GET'
is "asked ahead" "$status $(header access-control-allow-origin)" '204 https://good.example'
ask '/v1/deals?limit=1' -H 'Host: market.example'
is "a name that was given to us" "$status" 200

# ---- what moved
sql "SELECT load.merge('brand-new', 'anthropic', true, 'a test', 'test', 'test')" >/dev/null
ask /v1/entities/brand-new
is "a merged entity is found where it went" "$status $(header location)" '308 /v1/entities/anthropic'

# ---- keys that are written otherwise
while read -r wrong right; do
	ask "/v1/$wrong"
	is "$wrong" "$status $(header location)" "308 /v1/$right"
done <<'END'
entities/NVIDIA entities/nvidia
entities/NVIDIA?as_of=2025-01-01&format=csv entities/nvidia?as_of=2025-01-01&format=csv
entities/cik:1045810 entities/nvidia
entities/cik%3A0001045810 entities/nvidia
entities/CIK:1045810 entities/nvidia
entities/CIK0001045810 entities/nvidia
entities/cik0001045810 entities/nvidia
entities/1045810 entities/nvidia
entities/CIK0001045810/claims?limit=2 entities/nvidia/claims?limit=2
deals/CharacterAI-Google-2024 deals/characterai-google-2024
deals/CharacterAI-Google-2024/claims deals/characterai-google-2024/claims
metrics/Market_Cap metrics/market_cap
feeds/Catalogue feeds/catalogue
END
hash=$(sql "SELECT min(encode(sha256, 'hex')) FROM store.document")
ask "/v1/documents/${hash^^}"
is "a hash in capitals" "$status $(header location)" "308 /v1/documents/$hash"
ask /v1/observations/O:0$(sql "SELECT min(claim) FROM store.fact")
is "a claim with a zero in front" "$status $(header location)" "308 /v1/observations/o:$(sql "SELECT min(claim) FROM store.fact")"
while read -r wrong near; do
	ask "/v1/$wrong"
	is "$wrong, and the nearest" "$status $(json .nearest)" "404 $near"
done <<'END'
entities/nvidea nvidia
entities/ticker:NVDA nvidia
entities/NVIDIA%20Corporation nvidia
entities/zzzzqqqq null
entities/cik:999999999 null
deals/nvidia arm-nvidia-2020
metrics/revenu revenue
deals/characterai-google-2023 characterai-google-2024
observations/o:1 null
feeds/nothing null
deals/nothing-like-it/claims null
END

claim=$(sql "SELECT 'o:' || min(o.id) FROM store.observation o JOIN store.fact f ON f.claim = o.id WHERE f.claims = 1")
ask "/v1/observations/$claim"
is "a claim that is shown" "$status" 200
"$AIMARKET" retract "$claim" --why 'a test' >/dev/null
ask "/v1/observations/$claim"
is "one that was taken back is gone" "$status" 410

# ---- streams
ask '/v1/observations?limit=0'
is "all rows, as the command line has them" "$(json '.data | length')" "$("$AIMARKET" query observations --limit 0 --format ndjson | wc -l)"
is "with an end that says so" "$(json '.meta.rows == (.data | length), .next, .meta.snapshot != null')" $'true\nnull\ntrue'
"$AIMARKET" query observations --limit 0 --format csv >"$WORK/all.csv"
ask '/v1/observations?limit=0&format=csv'
ok "as CSV, in no order" cmp <(sort "$WORK/body") <(sort "$WORK/all.csv")
"$AIMARKET" query observations --limit 0 --sort=-value --format csv >"$WORK/all.csv"
ask '/v1/observations?limit=0&format=csv&sort=-value'
ok "in order, where one is asked for" cmp "$WORK/body" "$WORK/all.csv"
ask '/v1/observations?limit=0&format=csv&sort=-value' -H 'Accept-Encoding: gzip'
is "packed as it streams" "$(header content-encoding) $(gzip -dc <"$WORK/body" | cksum)" "gzip $(cksum <"$WORK/all.csv")"
ask '/v1/observations?limit=0&count=exact'
is "no count of a stream" "$status $(json .parameter)" '400 limit'
ask '/v1/observations?limit=0&entity=nobody-at-all'
is "errors come before the first byte" "$status" 404
ask '/v1/deals?limit=0&type=ipo&since=2090'
is "none" "$status $(json .data)" '200 []'

# ---- many ask the same at once: it is asked once
before=$(curl -s --unix-socket "$WORK/api.sock" http://localhost/metrics | awk '/^aimarket_api_cache_(hits|shared)_total/ { n += $2 } END { print n }')
seq 40 | xargs -P 20 -I{} curl -s -o "$WORK/many.{}" --unix-socket "$WORK/api.sock" 'http://localhost/v1/observations?limit=200&metric=revenue&sort=-value'
after=$(curl -s --unix-socket "$WORK/api.sock" http://localhost/metrics | awk '/^aimarket_api_cache_(hits|shared)_total/ { n += $2 } END { print n }')
is "asked once, told forty times" "$((after - before)) $(cat "$WORK"/many.* | cksum | cut -d' ' -f2) $(cksum "$WORK"/many.* | cut -d' ' -f1 | sort -u | wc -l)" \
	"39 $((40 * $(wc -c <"$WORK/many.1"))) 1"

# ---- what is too much
api_stop
api_start 'workers = 3' 'max_cost = 2000' 'rate = 30' 'timeout = 1s'
ask '/v1/observations?limit=0'
is "a question that would cost too much" "$status $(json .type)" '422 urn:aimarket:problem:limit'
like "with advice" "$(json .advice)" 'Narrow it'
is "the rate is told" "$(header ratelimit-policy)" '"default";q=30;w=60'
seq 35 | xargs -P 12 -I{} curl -s --unix-socket "$WORK/api.sock" -D "$WORK/rate.{}" -o "$WORK/rate.body.{}" 'http://localhost/v1/deals?limit=1&fields=id'
is "all workers count together what is left; then it is told to wait" "$(sed -n 's/^[Rr]ate[Ll]imit: .*r=\([0-9]*\);.*/\1/p' "$WORK"/rate.[0-9]* | sort -n | tr '\n' ' ')$(cat "$WORK"/rate.[0-9]* | grep -c ' 429 ')" \
	"$(printf '0 %.0s' {1..6})$(seq -s ' ' 0 28) 6"
ask '/v1/deals?limit=1&fields=id'
is "and again" "$status" 429
like "and for how long" "$(header retry-after)" '^[0-9]+$'
api_stop
api_start 'workers = 1' 'timeout = 1s' 'max_cost = 0'
sql "CREATE OR REPLACE VIEW api.sources AS SELECT s.* FROM (SELECT * FROM api.sources_asof(NULL, NULL)) s, pg_sleep(3)"
ask '/v1/sources?limit=3'
is "a question that takes too long" "$status $(json .type)" '503 urn:aimarket:problem:limit'
like "is told to come again, narrower" "$(header retry-after) $(json .advice)" '^[0-9]+ Narrow'
is "and was cancelled" "$(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'aimarketd api%' AND state = 'active'")" 0
unlike "no statement, path or version in what went out" "$body$(header server)" 'SELECT|/|[0-9]\.[0-9]'
unlike "nothing went wrong" "$(cat "$WORK/daemon.log")" 'AddressSanitizer|runtime error'
done_testing
