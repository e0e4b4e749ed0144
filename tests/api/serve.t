#!/bin/bash
# The API: its routes, errors and signs of life; workers that die, a reload, an end in peace.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/api.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
sql "$(cat "$ROOT/tests/cli/fixture.sql")" >/dev/null
api_start 'workers = 2'

ask /healthz
is "the worker lives" "$status $body" '200 {"status":"pass"}'
ask /readyz
is "and is ready" "$status" 200

# ---- rows
ask '/v1/deals?type=acquihire&fields=id,type'
is "rows in an envelope" "$status $(json .data)" '200 [{"id":"characterai-google-2024","type":"licence_and_hire"}]'
is "that says what it is" "$(json '.meta.resource, .meta.rows, .next')" $'deals\n1\nnull'
is "and how to ask the same" "$(json .meta.command)" "aimarket query deals --type acquihire --columns id,type --format json"
is "which does" "$(eval "$(json .meta.command | sed "s#^aimarket#$AIMARKET#")" | jq -c .)" "$(json .data)"
for resource in entities deals funding filings revenue observations metrics predictions forecasts scores sources documents feeds runs rejects; do
	ask "/v1/$resource"
	is "$resource: the command line and the API tell the same" "$status $(json .data)" "200 $("$AIMARKET" query "$resource" --format json | jq -c .)"
done
ask '/v1/observations?entity=nvidia&metric=revenue&numbers=string&fields=value&period=quarter'
is "numbers as text, digit by digit" "$(json '.data[0].value')" 123456789012345678.90
ask '/v1/observations?entity=nvidia&metric=revenue&fields=value&period=quarter'
like "or as numbers, digit by digit" "$body" '"value":123456789012345678.90[,}]'
ask '/v1/deals?min_amount=2.5B&format=csv&fields=id,amount'
is "CSV" "$(header content-type) $body" $'text/csv; charset=utf-8; header=present id,amount\ncharacterai-google-2024,2700000000'
ask '/v1/deals?fields=id' -H 'Accept: text/csv;q=0.5, application/x-ndjson'
is "the format that is liked best" "$(header content-type) $body" $'application/x-ndjson {"id":"cerebras-ipo"}\n{"id":"characterai-google-2024"}'
ask '/v1/deals' -H 'Accept: image/png'
is "one that is not there" "$status $(header content-type)" '406 application/problem+json'
ask '/v1/deals?as_of=2024-09-01&fields=id,amount'
is "the past" "$(json .data)" '[{"id":"characterai-google-2024","amount":3000000000}]'
ask '/v1/deals?count=exact&limit=1&fields=id'
is "a count" "$(json '.meta.count, (.data | length)')" $'2\n1'

# ---- one
ask '/v1/deals/cerebras-ipo?fields=id,type'
is "one by its key" "$status $(json .data)" '200 {"id":"cerebras-ipo","type":"ipo"}'
ask '/v1/deals/nothing'
is "none" "$status $(json .type)" '404 urn:aimarket:problem:not-found'

# ---- errors name the parameter and the nearest right one
ask '/v1/deals?tpye=ipo'
is "an unknown parameter" "$status $(header content-type) $(json '.parameter, .nearest')" $'400 application/problem+json tpye\ntype'
ask '/v1/deals?type=ipp'
is "an unknown word" "$status $(json '.parameter, .nearest')" $'400 type\nipo'
ask '/v1/deals?since=20245'
is "a date that is none" "$status $(json .parameter)" '400 since'
ask '/v1/deals?target=cerebas-systems'
is "an entity nobody knows" "$status $(json .nearest)" '404 cerebras-systems'
ask '/v1/deels'
is "an unknown resource" "$status $(json .nearest)" '404 deals'
ask '/v1/deals?limit=0x'
is "a limit that is none" "$status $(json .parameter)" '400 limit'
ask '/v1/deals?limit=1&limit=2'
is "said twice" "$status" 400
ask '/v1/deals?type=%ff'
is "not UTF-8" "$status" 400
ask '/nothing'
is "no such address" "$status" 404

# ---- methods and hosts
ask /v1/deals -X DELETE
is "a method that is not for it" "$status $(header allow)" '405 GET, HEAD, POST, OPTIONS'
ask /v1/deals -X OPTIONS
is "what is for it" "$status $(header allow)" '204 GET, HEAD, POST, OPTIONS'
ask '/v1/deals?fields=id' --head
like "HEAD tells what GET would" "$status $(header content-length) $(header etag)" '^200 [0-9]+ "'
ask /v1/deals -H 'Host: evil.example'
is "another name of ours is not ours" "$status" 421

# ---- what it counts
ask /metrics
if command -v promtool >/dev/null; then
	ok "Prometheus has nothing to say about the metrics" promtool check metrics <"$WORK/body"
fi
like "answers are counted" "$body" 'aimarket_api_answers_total\{status="4xx"\} [1-9]'
like "beside what the command line tells" "$body" 'aimarket_transactions_total'

# ---- reading only
is "the reader sees the schema api, and no other" \
	"$(sql "SELECT has_schema_privilege('aimarket_reader', 'api', 'USAGE'), has_schema_privilege('aimarket_reader', 'store', 'USAGE'), has_schema_privilege('aimarket_reader', 'load', 'USAGE')")" 't|f|f'
is "and may write nowhere" "$(sql "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p', 'v') AND relnamespace IN ('api'::regnamespace, 'store'::regnamespace)
	AND (has_table_privilege('aimarket_reader', oid, 'INSERT') OR has_table_privilege('aimarket_reader', oid, 'UPDATE') OR has_table_privilege('aimarket_reader', oid, 'DELETE'))")" 0
is "workers read as it" "$(sql "SELECT DISTINCT current_setting('is_superuser') FROM pg_stat_activity WHERE application_name LIKE 'aimarketd%' LIMIT 1")" on

# ---- connections are shared out, so that clients of one worker do not wait while the other is idle
exec {first_fd}<>"/dev/tcp/127.0.0.1/$port"
fds=$first_fd
for _ in $(seq 31); do exec {fd}<>"/dev/tcp/127.0.0.1/$port"; fds+=" $fd"; done
held() { for w in $(pgrep -x api -P "$api_daemon"); do find "/proc/$w/fd" -lname 'socket:*' | wc -l; done | sort -n | tr '\n' ' '; }
for _ in $(seq 50); do ask /metrics; [ "$(printf '%s\n' "$body" | awk '/^aimarket_api_connections / { print ($2 >= 32) }')" = 1 ] && break; sleep 0.1; done
read -r least most <<<"$(held)"
ok "connections are shared out among workers ($least and $most sockets)" test $((most - least)) -le 10
for fd in $fds; do exec {fd}>&-; done

# ---- workers come and go
first=$(pgrep -x api -P "$api_daemon" | head -1)
kill -9 "$first"
workers_now() { # how many there are, and whether the first is among them, of one look
	pgrep -x api -P "$api_daemon" | awk -v first="$first" '$1 == first { old = 1 } END { print NR, old + 0 }'
}
for _ in $(seq 100); do [ "$(workers_now)" = "2 0" ] && break; sleep 0.1; done
is "a dead worker is replaced" "$(workers_now)" "2 0"

# requests without end, over connections that are kept and over new ones, while the configuration is read again
for i in $(seq 400); do printf 'url = "http://localhost/v1/deals?limit=%d&fields=id"\noutput = "%s/.kept"\n' $((i % 7 + 1)) "$WORK"; done >"$WORK/kept.conf"
(
	curl -s --unix-socket "$WORK/api.sock" -w '%{http_code}\n' -K "$WORK/kept.conf" >"$WORK/kept" &
	for i in $(seq 60); do curl -s -o "$WORK/.r" -w '%{http_code}\n' --unix-socket "$WORK/api.sock" "http://localhost/v1/deals?limit=$((i % 7 + 1))"; done >"$WORK/reload"
	wait
) &
loop=$!
sleep 0.2
before=$(pgrep -x api -P "$api_daemon" | sort | tr '\n' ' ')
kill -HUP "$api_daemon"
wait $loop
is "a reload drops no request" "$(sort "$WORK/reload" | uniq -c | tr -s ' ')" " 60 200"
is "nor one of a connection that was kept" "$(sort "$WORK/kept" | uniq -c | tr -s ' ')" " 400 200"
for _ in $(seq 50); do [ "$(pgrep -c -x api -P "$api_daemon")" = 2 ] && break; sleep 0.1; done
unlike "and has new workers" "$(pgrep -x api -P "$api_daemon" | sort | tr '\n' ' ')" "^$before$"
kill "$api_daemon"
wait "$api_daemon"
is "it ends in peace" $? 0
api_daemon=
# ---- a socket that the service manager opened
if command -v systemd-socket-activate >/dev/null; then
	handed=$(_free_port)
	systemd-socket-activate -E "AIMARKET_DB=$AIMARKET_DB" -E "AIMARKET_CONFIG=$AIMARKET_CONFIG" -E "AIMARKET_STATE=$AIMARKET_STATE" -l "127.0.0.1:$handed" "$AIMARKETD" 2>>"$WORK/daemon.log" &
	api_daemon=$!
	for _ in $(seq 100); do
		[ "$(curl -s -o "$WORK/.r" -w '%{http_code}' "http://127.0.0.1:$handed/readyz")" = 200 ] && break
		sleep 0.1
	done
	is "a socket that was handed over" "$(curl -s "http://127.0.0.1:$handed/v1/deals/cerebras-ipo?fields=id" | jq -c .data)" '{"id":"cerebras-ipo"}'
	api_stop
fi
unlike "with nothing to complain of" "$(cat "$WORK/daemon.log")" 'AddressSanitizer|runtime error|level=error.*module=api'
done_testing
