#!/bin/bash
# The API in front of a hot standby, which takes no changes and tells of none: it answers as the primary would, sees what is new
# within its interval, follows, and says that it cannot write; and it goes on when the standby becomes the primary.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/api.sh"
cluster_start
"$AIMARKET" -q db migrate >/dev/null
AIMARKET_FEEDS=$ROOT/etc/feeds.d AIMARKET_DATA=$ROOT/data "$AIMARKET" -q ingest >/dev/null
"$AIMARKET" add entity --kind company --name Zephyr --source https://example.com/n --asserted 2026-01-01 >/dev/null
token=$("$AIMARKET" token create robot --scope predict --scope read 2>/dev/null)

standby_stop() { [ ! -f "$WORK/pg/standby/postmaster.pid" ] || as_server "$PGBIN/pg_ctl" -D "$WORK/pg/standby" -m immediate -w stop >/dev/null; }
trap 'standby_stop; _end_api' EXIT
as_server "$PGBIN/pg_basebackup" -h "$PGHOST" -U aimarket -D "$WORK/pg/standby" -R -X stream --checkpoint=fast --no-sync >/dev/null 2>"$WORK/basebackup" ||
	diag "$(cat "$WORK/basebackup")"
mkdir -m 777 "$WORK/pg/two"
ok "a standby" as_server "$PGBIN/pg_ctl" -D "$WORK/pg/standby" -l "$WORK/pg/standby.log" -w \
	-o "-c listen_addresses='' -c fsync=off -c shared_buffers=32MB -c max_connections=50 -c jit=off -k $WORK/pg/two" start
is "is one" "$(sql 'SELECT pg_is_in_recovery()' -h "$WORK/pg/two")" t

export AIMARKET_API_DB="host=$WORK/pg/two dbname=aimarket user=aimarket"
api_start 'workers = 1'

# ---- it answers
for path in $(jq -r '.paths | to_entries[] | select(.value.get != null) | .key' "$ROOT/etc/openapi.json" | grep -v -e '{' -e events -e '/why' -e '/search' -e '/compare' -e '/trends' -e metrics$) \
	'/v1/deals?as_of=2025-01-01' '/v1/deals?snapshot=3' '/v1/observations?entity=nvidia&metric=revenue' '/v1/observations?entity=nvidia&metric=revenue&as_of=2025-06-30' \
	'/v1/deals/characterai-google-2024' '/v1/deals/characterai-google-2024/claims' '/v1/why?ref=github-copilot&metric=revenue_run_rate' '/v1/search?q=open' \
	'/v1/trends/deals?by=quarter' '/v1/compare?entities=o1-preview,gpt-4o&metric=api_price&ratio=true&on=2024-09-15' '/v1/deals?group_by=type&measure=count' '/metrics'; do
	ask "$path"
	[ "$status" = 200 ] || echo "$path: $status $(json .detail)"
done >"$WORK/missing"
is "every kind of question is answered" "$(cat "$WORK/missing")" ''
ask '/v1/deals?limit=3&fields=id,amount'
is "as the primary would" "$(json .data)" "$("$AIMARKET" query deals --limit 3 --columns id,amount --format json | jq -c .)"

# ---- it sees what is new
curl -sN -m 60 --unix-socket "$WORK/api.sock" 'http://localhost/v1/events?change=claim' >"$WORK/events" 2>/dev/null & follower=$!
for _ in $(seq 50); do grep -q retry "$WORK/events" 2>/dev/null && break; sleep 0.1; done
"$AIMARKET" add deal --type ipo --target Zephyr --date 2026-11-20 --amount 1M --source https://example.com/n --asserted 2026-11-21 >/dev/null
from=${EPOCHREALTIME/./}
for _ in $(seq 100); do
	ask '/v1/deals?limit=1&fields=target'
	[ "$(json '.data[0].target')" != Zephyr ] || break
	sleep 0.1
done
took=$(((${EPOCHREALTIME/./} - from) / 1000))
is "a deal that the primary took in" "$(json '.data[0].target')" Zephyr
ok "is seen within seconds ($took ms)" test "$took" -lt 4000
for _ in $(seq 50); do grep -q '^event: claim' "$WORK/events" && break; sleep 0.1; done
like "and told to those who follow" "$(cat "$WORK/events")" 'zephyr'
kill "$follower"

# ---- it cannot write, but knows its readers
ask /v1/predictions -X POST -H "Authorization: Bearer $token" -H 'Content-Type: application/json' --data-binary '{"question": "Writes?", "closes_at": "2030-01-01"}'
is "what would be written is refused, with the reason" "$status $(json .detail)" '503 the database takes no changes at present: it is a standby, or set to read only'
is "a token is known there" "$(sql "SELECT name, problem FROM api.token(left('${token#aim_}', 10), sha256('$token'))" -h "$WORK/pg/two")" 'robot|'

# ---- it goes on when the standby takes over
cluster_stop immediate
as_server "$PGBIN/pg_ctl" -D "$WORK/pg/standby" -w promote >/dev/null
export AIMARKET_DB=$AIMARKET_API_DB
for _ in $(seq 50); do
	ask /v1/predictions -X POST -H "Authorization: Bearer $token" -H 'Content-Type: application/json' --data-binary '{"question": "Writes now?", "closes_at": "2030-01-01"}'
	[ "$status" = 503 ] || break
	sleep 0.2
done
is "as the primary it takes them" "$status" 201
ask '/v1/predictions/writes-now?fields=question'
is "and tells them" "$status $(json .data.question)" '200 Writes now?'
api_stop
unlike "nothing went wrong with us" "$(cat "$WORK/daemon.log")" 'AddressSanitizer|runtime error|signal'
done_testing
