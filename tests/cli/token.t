#!/bin/bash
# aimarket token: made once, shown once, kept as a hash; and the functions that ask for one.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null

exits "one is made" 0 "$AIMARKET" token create robot --scope predict --scope add
token=$out
like "it looks like one, so that scanners find it where it should not be" "$token" '^aim_[0-9a-f]{10}_[0-9a-f]{64}$'
like "that it is shown once is told beside it" "$err" 'shown once'
handle=${token:4:10}
is "the store has the hash of it, and not itself" "$(sql "SELECT digest = sha256('$token'), to_jsonb(t)::text ~ '${token:15}' FROM store.api_token t")" "t|f"
is "it is good for a year" "$(sql "SELECT expires_at::date - current_date FROM store.api_token")" 365
is "the list tells all but it" "$("$AIMARKET" token list --format csv | cut -d, -f1-4 | tail -1)" "$handle,robot,predict add,good"
unlike "nowhere in it" "$("$AIMARKET" token list --format json)" "${token:15:20}"

digest=$(printf %s "$token" | sha256sum | cut -d' ' -f1)
check() { sql "SELECT name, scopes, problem FROM api.token('$1', decode('$2', 'hex'))"; }
is "who holds it is known by it" "$(check "$handle" "$digest")" "robot|{predict,add}|"
is "the day of its use is kept" "$(sql 'SELECT used_on = current_date FROM store.api_token')" t
is "the name alone is of no use" "$(check "$handle" "$(printf x | sha256sum | cut -d' ' -f1)")" ""
is "nor half a hash" "$(check "$handle" "${digest:0:32}")" ""
is "nor nobody's" "$(check 0000000000 "$(printf '' | sha256sum | cut -d' ' -f1)")" ""
is "bytes are compared to the last one" "$(sql "SELECT load.same_bytes('\\x0102', '\\x0102'), load.same_bytes('\\x0102', '\\x0103'), load.same_bytes('\\x0202', '\\x0102'), load.same_bytes('', ''), load.same_bytes('\\x01', '')")" "t|f|f|t|f"

# ---- what may be wrong
exits "without a scope" 2 "$AIMARKET" token create x
exits "with one that is none" 2 "$AIMARKET" token create x --scope rule
like "it is named" "$err" '"rule" is no scope'
exits "expired before it was made" 2 "$AIMARKET" token create x --scope read --expires 2020
exits "without a name" 2 "$AIMARKET" token create "" --scope read
exits "revoking nobody's" 3 "$AIMARKET" token revoke nobody

# ---- the end
exits "revoked by its name" 0 "$AIMARKET" token revoke robot --why "left"
is "it is told so" "$(check "$handle" "$digest")" "robot|{predict,add}|was revoked"
is "and why" "$("$AIMARKET" token list --format csv | tail -1 | cut -d, -f4,9)" "revoked,left"
"$AIMARKET" token create twin --scope read --expires never >"$WORK/one" 2>/dev/null
"$AIMARKET" token create twin --scope read >/dev/null 2>&1
exits "a name that two bear is no name" 2 "$AIMARKET" token revoke twin
exits "a handle is" 0 "$AIMARKET" token revoke "$(cut -c5-14 "$WORK/one")"
sql "UPDATE store.api_token SET expires_at = now() - interval '1 second' WHERE revoked_at IS NULL"
is "one that expired is not good" "$("$AIMARKET" token list --format csv | tail -1 | cut -d, -f4)" expired

# ---- writing
writer=$("$AIMARKET" token create oracle --scope predict 2>/dev/null)
post() { # TOKEN KEY WHAT TARGET BODY
	sql "SELECT status, answer FROM api.post('${1:4:10}', sha256('$1'), nullif('$2', ''), '$3', nullif('$4', ''), \$body\${\"request\":$5}\$body\$)"
}
question='{"question": "Will Acme be listed by 2030?", "closes_at": "2030-01-01"}'
is "a revoked token writes nothing" "$(post "$token" k1 question '' "$question" | cut -d'|' -f1)" 401
is "nor one for reading" "$(post "$("$AIMARKET" token create reader --scope read 2>/dev/null)" k1 question '' "$question" | cut -d'|' -f1)" 403
is "nor one for forecasts a deal" "$(post "$writer" k1 deal '' '"x"' | cut -d'|' -f1)" 403
first=$(post "$writer" k1 question '' "$question")
like "a question is asked" "$first" '^201\|\{"id": "will-acme-be-listed-by-2030", "tx": [0-9]+\}$'
is "asked again under the same key, the same answer" "$(post "$writer" k1 question '' "$question")" "$first"
is "and nothing more was written" "$(sql 'SELECT count(*) FROM store.prediction')" 1
like "another under that key is refused" "$(post "$writer" k1 question '' '{"question": "x"}')" '^422\|.*used for another'
like "a forecast" "$(post "$writer" '' forecast will-acme-be-listed-by-2030 '{"said": {"p": 0.3}, "why": "hunch"}')" '^201'
is "stands in the name of the token" "$(sql "SELECT forecaster, p FROM api.forecasts")" "oracle|0.3"
is "and the ledger knows by whom it came" "$(sql "SELECT DISTINCT who FROM store.tx")" oracle
like "what cannot be is refused with the reason" "$(post "$writer" '' forecast will-acme-be-listed-by-2030 '{"said": {"p": 1.5}}')" '^422.*probability-range'
like "also on a question nobody asked" "$(post "$writer" '' forecast nothing '{"said": {"p": 0.5}}')" '^404'
is "a refusal leaves no transaction behind" "$(sql 'SELECT count(*) FROM store.tx')" 2
like "the same refusal again under its key" "$(post "$writer" k2 forecast nothing '{"said": {"p": 0.5}}'; post "$writer" k2 forecast nothing '{"said": {"p": 0.5}}')" $'^404\\|(.*)\n404\\|'
like "a resolution" "$(post "$writer" '' resolution will-acme-be-listed-by-2030 '{"outcome": "no", "why": "it folded"}')" '^201\|.*"step": "final"'
for i in 1 2 3 4; do post "$writer" k9 question '' '{"question": "Twice?", "closes_at": "2030-01-01"}' >"$WORK/twice.$i" & done
wait
is "four at once under one key write once" "$(sql "SELECT count(*) FROM store.prediction WHERE question = 'Twice?'") $(cat "$WORK"/twice.* | sort -u | wc -l)" "1 1"
done_testing
