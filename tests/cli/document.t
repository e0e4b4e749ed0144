#!/bin/bash
# document: every figure leads to the very bytes it was read from.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the starter set" "$AIMARKET" ingest -q

for file in deals metrics seed_claims; do
	hash=$(sha256sum <"$ROOT/data/$file.csv" | cut -d' ' -f1)
	"$AIMARKET" document "$hash" --raw >"$WORK/raw"
	ok "data/$file.csv comes back byte for byte" cmp "$WORK/raw" "$ROOT/data/$file.csv"
done

claim=$(sql "SELECT 'o:' || id FROM store.observation WHERE value = 83.83")
"$AIMARKET" document "$claim" --raw >"$WORK/raw"
at=$("$AIMARKET" document "$claim" --format csv | tail -1 | awk -F, '{print $NF}')
like "the claim of 83.83 stands where the ledger says" "$(tail -c +$((at + 1)) "$WORK/raw" | head -1)" '83\.83'
stage=$(sql "SELECT 's:' || min(id) FROM store.statement WHERE property = 'stage'")
exits "a statement leads to its document too" 0 "$AIMARKET" document "$stage"
exits "eight digits of the hash are enough" 0 "$AIMARKET" document "${hash:0:8}"
exits "no such document" 3 "$AIMARKET" document 0123456789abcdef
exits "an entity is no document" 3 "$AIMARKET" document nvidia --raw
exits "no such claim" 3 "$AIMARKET" document o:1 --raw
done_testing
