#!/bin/bash
# Loads run side by side, their numbers follow the order of commits, and what was answered at a number never changes.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/promises.sh"
cluster_start
promise_feeds
new_store side_by_side
sql "CREATE FUNCTION public.one_claim(word text, pause float) RETURNS bigint LANGUAGE plpgsql AS \$\$
DECLARE b int := load.open_batch();
BEGIN
	INSERT INTO store.entity (kind, slug, name, batch) VALUES ('company', word, word, b);
	PERFORM pg_sleep(pause);
	RETURN load.close_batch(b, 'test', word);
END \$\$"

# Two sessions at once: the slow one begins first and ends last.
psql -XAtqc "SELECT public.one_claim('slow', 1.5)" >"$WORK/slow" &
sleep 0.4
start=$(date +%s%N)
psql -XAtqc "SELECT public.one_claim('fast', 0)" >"$WORK/fast"
took=$((($(date +%s%N) - start) / 1000000))
wait
ok "the later, faster load does not wait for the slow one ($took ms)" test "$took" -lt 900
ok "batches are numbered as they began" test "$(sql "SELECT batch FROM store.entity WHERE slug = 'slow'")" -lt "$(sql "SELECT batch FROM store.entity WHERE slug = 'fast'")"
ok "transactions as they ended" test "$(cat "$WORK/slow")" -gt "$(cat "$WORK/fast")"

# A transaction that has its number but has not committed holds the next one back, so no number is ever passed over.
psql -XAtq <<'SQL' >"$WORK/holder" &
BEGIN;
SELECT public.one_claim('holder', 0);
SELECT pg_sleep(1.2);
COMMIT;
SQL
sleep 0.4
psql -XAtqc "SELECT public.one_claim('next', 0)" >"$WORK/next"
wait
is "numbers have no gap" "$(cat "$WORK/next")" "$(($(head -1 "$WORK/holder") + 1))"

# Numbers for series are drawn in rows: nobody gets one twice, and who fails keeps nobody waiting.
draw() { # WHERE THEY GO
	for _ in $(seq 50); do echo "SELECT f || ' ' || f + 99 FROM load.draw_series(100) f;"; done | psql -XAtq >"$1"
}
draw "$WORK/drawn.1" & draw "$WORK/drawn.2" & draw "$WORK/drawn.3"
wait
is "rows of numbers do not meet" "$(sort -n "$WORK"/drawn.? | awk '$1 <= last { bad++ } { last = $2 } END { print NR, bad + 0 }')" "150 0"
psql -XAtq >"$WORK/failed" 2>&1 <<'SQL'
SELECT load.draw_series(3000000000);
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory';
SQL
is "a row that is too long is refused, and the lock given back" "$(sed 's/.*\(out of bounds\|out of range\).*/refused/; /^CONTEXT\|^PL\|^SQL/d' "$WORK/failed")" "refused
0"

# Many writers, and a reader that asks again at numbers it has seen.
for i in 1 2 3 4; do
	companyfacts $((100 + i)) 8 0 >"$WORK/$i.json"
	companyfacts $((100 + i)) 8 3 >"$WORK/${i}b.json"
done
answer() { # TX: what the store knew then
	sql "SELECT count(*), md5(string_agg(f::text, '|' ORDER BY f.series, f.period_end)) FROM (SELECT series, period_end, value, claims, disputed FROM api.facts_asof(NULL, $1)) f"
}
for i in 1 2 3 4; do
	("$AIMARKET" ingest -q --feed edgar-companyfacts --file "$WORK/$i.json"; "$AIMARKET" ingest -q --feed edgar-companyfacts --file "$WORK/${i}b.json") &
done
while [ -n "$(jobs -rp)" ]; do
	seen=$(sql 'SELECT max(tx) FROM store.tx')
	[ -f "$WORK/at.$seen" ] || answer "$seen" >"$WORK/at.$seen"
	sleep 0.1
	jobs >/dev/null
done
wait
changed=0 seen=0
for file in "$WORK"/at.*; do
	seen=$((seen + 1))
	[ "$(answer "${file##*.}")" = "$(cat "$file")" ] || changed=$((changed + 1))
done
ok "a reader saw the store at several numbers ($seen)" test "$seen" -ge 2
is "and each answer is the same later" "$changed" 0
is "all eight loads are there" "$(sql "SELECT count(*) FROM store.run WHERE feed = 'edgar-companyfacts' AND state = 'loaded'")" 8
is "every number once, none left out" "$(sql 'SELECT count(*) = max(tx) AND min(tx) = 1 FROM store.tx')" t
done_testing
