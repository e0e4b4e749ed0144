#!/bin/bash
# Replayable: the archive parsed again comes to the same store, with what people did between the documents; a better parser changes
# what it reads and nothing else; who breaks it off has the old store.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/promises.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the starter set" "$AIMARKET" ingest -q
state() { # all a reader may hold on to: numbers of claims and transactions, answers today and earlier, judgements, questions
	"$AIMARKET" query deals --limit 0 --format csv
	"$AIMARKET" query deals --limit 0 --snapshot 9 --columns id,amount,claim --format csv
	"$AIMARKET" query observations --limit 0 --columns entity,metric,dimensions,period_start,period_end,value,unit,asserted_on,claims,disputed,rule,source,claim --format csv | sort
	"$AIMARKET" query predictions --limit 0 --format csv
	"$AIMARKET" query forecasts --limit 0 --format csv
	sql 'SELECT tx, at, who, why FROM store.tx ORDER BY tx'
	sql "SELECT claim, verdict, why, batch, batch_to FROM store.judgement WHERE who NOT LIKE 'rule:%' ORDER BY id"
	sql 'SELECT id, feed, document, state, batch, records, added, rejects FROM store.run ORDER BY id'
	sql "SELECT 'observations', count(*), count(batch_to) FROM store.observation UNION ALL SELECT 'statements', count(*), count(batch_to) FROM store.statement ORDER BY 1"
	"$AIMARKET" fingerprint --format csv
}
today=2026-10-10
predict() { AIMARKET_TODAY=$today "$AIMARKET" predict "$@" >/dev/null; }

# ---- what people did, between documents

claims() { sql "SELECT 'o:' || o.id FROM store.observation o JOIN store.entity e ON e.id = o.subject WHERE e.slug = '$1' AND o.batch_to IS NULL ORDER BY o.id"; }
mapfile -t claim < <(claims characterai-google-2024)
ok "a judgement" "$AIMARKET" judge "${claim[0]}" deprecated --why "copied" --by anna
ok "a claim taken back" "$AIMARKET" retract "${claim[3]}" --why "it does not say so" --by anna
ok "a claim corrected" "$AIMARKET" correct "${claim[5]}" --value 21 --why "misread" --by ben
ok "a judgement of the corrected one" "$AIMARKET" judge "$(sql 'SELECT max(id) FROM store.observation' | sed 's/^/o:/')" preferred --why "read twice" --by ben
ok "a verdict that ends another" "$AIMARKET" judge "${claim[0]}" normal --why "not copied after all" --by anna
ok "two are one" "$AIMARKET" entity merge meta-ai meta --why "a part of it" --by anna
ok "two are one, too" "$AIMARKET" entity merge xai spacex --why "merged" --by anna --force
ok "and are not, after all" "$AIMARKET" entity unmerge xai --why "not yet" --by anna
ok "another name" "$AIMARKET" entity alias nvidia "Nvidia the chip maker" --why "people say so"
ok "a figure by hand" "$AIMARKET" add observation --entity nvidia --metric revenue --value 1234.5M --unit USD --start 2019-01-01 --end 2019-12-31 --asserted 2020-01-01
ok "a company by hand" "$AIMARKET" add entity --name "Foo Robotics" --kind company --asserted 2026-01-01
ok "a deal by hand" "$AIMARKET" add deal --type licence_and_hire --target "Foo Robotics" --acquirer Amazon --date 2026-01-05 --licence-fee 330M --source https://a.example.com/foo --asserted 2026-01-06
ok "a pair looked at" "$AIMARKET" review reject 3 --why "two funds" --by anna
today=2024-10-10 predict add "Will Cerebras list by the end of 2025?" --id cerebras-2025 --when 'deals type=ipo target=cerebras status=listed by 2025-12-31' --by anna
today=2024-10-11 predict forecast cerebras-2025 --p 0.7 --by ben --why "the S-1 is out"
today=2024-10-12 predict forecast cerebras-2025 --p 0.4 --by carla
today=2026-01-02 predict due --settle
is "a question settled by claims" "$(sql "SELECT count(*) FROM store.resolution WHERE step = 'final' AND cardinality(claims) > 0")" 1
printf 'company,metric,day,value\nNVIDIA,revenue,2001-12-31,1\nAcme,market_cap,2020-06-30,12345678901234567890.12\nBroken,market_cap,never,1\n' >"$WORK/figures.csv"
promise_feeds
cp "$ROOT"/etc/feeds.d/*.conf "$WORK/feeds/"
exits "a document with a bad record, after all that" 6 "$AIMARKET" ingest --feed figures --file "$WORK/figures.csv"
echo '{"cik":' >"$WORK/broken.json"
exits "a document that makes no sense" 1 "$AIMARKET" ingest --feed edgar-companyfacts --file "$WORK/broken.json"
companyfacts 7 20 0 >"$WORK/7.json"
ok "figures of a filer" "$AIMARKET" ingest --feed edgar-companyfacts --file "$WORK/7.json"

# ---- the same

state >"$WORK/want"
exits "rebuild" 0 "$AIMARKET" rebuild
like "the fingerprint is the same" "$out" 'the fingerprint is the same'
state >"$WORK/got"
same_file "so is every answer, by the same numbers" "$WORK/got" "$WORK/want"
is "nothing of the old store is left" "$(sql "SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%\_old'")" 0
is "facts kept ready are what the claims come to" "$(sql 'SELECT count(*) FROM (TABLE store.fact EXCEPT SELECT * FROM api.facts_asof(NULL, NULL)) d')" 0
is "deals kept ready, too" "$(sql 'SELECT count(*) FROM (TABLE store.deal EXCEPT SELECT * FROM api.deal_rows(NULL, NULL, NULL)) d')" 0
is "the database guards the ledger as before" "$(sql "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'")" \
	"$(createdb fresh && AIMARKET_DB="host=$_cluster dbname=fresh user=aimarket" "$AIMARKET" db migrate >/dev/null && sql "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'" -d fresh)"
run psql -XAtqc 'DELETE FROM store.reject'
like "also what was carried over" "$err" 'append-only'
exits "and takes documents as before: those it has, it knows" 0 "$AIMARKET" ingest
like "all known" "$err" ' 0 claims added'
exits "and new ones" 0 "$AIMARKET" add observation --entity nvidia --metric revenue --value 99M --unit USD --start 2018-01-01 --end 2018-12-31 --asserted 2020-01-01

# ---- a part of it

state >"$WORK/want"
exits "one feed" 0 "$AIMARKET" rebuild --feed starter-4-deals
like "one document is parsed, the others stay" "$out" $'\n1 documents parsed again, [0-9]+ transactions carried over'
state >"$WORK/got"
same_file "to the same answers" "$WORK/got" "$WORK/want"
exits "an unknown feed" 3 "$AIMARKET" rebuild --feed starter-4-deal
like "is told, with the nearest" "$err" 'starter-4-deals'
exits "a day that is none" 2 "$AIMARKET" rebuild --since whenever

# ---- broken off

state >"$WORK/want"
for late in 0.2 0.9 2.2; do
	"$AIMARKET" rebuild >/dev/null 2>&1 &
	sleep $late
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
done
for _ in $(seq 50); do [ "$(sql "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")" = 0 ] && break; sleep 0.2; done
state >"$WORK/got"
same_file "killed at any moment: the store is as it was" "$WORK/got" "$WORK/want"

# ---- a smaller store, for what is tried often

createdb small
export AIMARKET_DB="host=$_cluster dbname=small user=aimarket" PGDATABASE=small
ok "migrate" "$AIMARKET" db migrate
ok "the catalogue" "$AIMARKET" ingest -q catalogue
exits "figures" 6 "$AIMARKET" ingest --feed figures --file "$WORK/figures.csv"
acme() { sql "SELECT 'o:' || o.id FROM store.observation o JOIN store.entity e ON e.id = o.subject WHERE e.name = 'Acme'"; }
exits "dry" 0 "$AIMARKET" rebuild --dry-run
like "nothing would change" "$out" 'the fingerprint is the same'
is "and nothing did" "$(sql "SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%\_old'")" 0
exits "from a day on" 0 "$AIMARKET" rebuild --since tomorrow
like "that nothing came after" "$out" $'same\n0 documents parsed again'

# ---- read better

sed -i 's/^value = {value}/value = {value|scale:3}/' "$WORK/feeds/figures.conf"
before=$(sql "SELECT tool FROM store.tx WHERE why LIKE 'feed figures%'")
exits "a better definition" 0 "$AIMARKET" rebuild
like "changes what it reads" "$out" 'observations changed'
unlike "and nothing else" "$out" '(statements|judgements|predictions|entities) changed'
is "the figure is what it says now" "$("$AIMARKET" query observations --entity Acme --metric market_cap --columns value --format csv | tail -1)" 12345678901234567890120
is "one claim, not two" "$(acme | wc -l)" 1
unlike "its transaction says what it was read with" "$(sql "SELECT tool FROM store.tx WHERE why LIKE 'feed figures%'")" "^$before\$"
is "the run, too" "$(sql "SELECT r.parser = split_part(t.tool, ' ', 3) FROM store.run r JOIN store.tx t USING (batch) WHERE r.feed = 'figures'")" t
"$AIMARKET" judge "$(acme)" deprecated --why "too much" --by anna >/dev/null
sed -i 's/^value = .*/value = {value|scale:6}/' "$WORK/feeds/figures.conf"
exits "a claim that was judged is not made any more" 0 "$AIMARKET" rebuild
like "that is told" "$err" 'judgement of claim [0-9]+ fell away with it \(anna judged it deprecated: too much\)'
sed -i 's/^format = csv/format = json/; s/^value = .*/value = {value}/' "$WORK/feeds/figures.conf"
exits "a parser that cannot read it any more" 6 "$AIMARKET" rebuild --feed figures
like "is told" "$err" 'feed=figures .*what it said is carried over'
like "and loses nothing" "$out" 'the fingerprint is the same'
sed -i 's/^format = json/format = csv/; s/^value = .*/value = {value|scale:6}/' "$WORK/feeds/figures.conf"
mv "$WORK/feeds/figures.conf" "$WORK/"
exits "a feed that is defined no more" 0 "$AIMARKET" rebuild
like "keeps what it said" "$out" 'the fingerprint is the same'
mv "$WORK/figures.conf" "$WORK/feeds/"

# ---- not alone

sql "SELECT pg_advisory_lock(hashtext('aimarket rebuild')), pg_sleep(20)" >/dev/null 2>&1 &
holder=$!
for _ in $(seq 50); do [ "$(sql "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")" = 1 ] && break; sleep 0.1; done
printf 'company,metric,day,value\nLater,market_cap,2020-06-30,1\n' >"$WORK/later.csv"
exits "meanwhile a writer is told" 1 "$AIMARKET" ingest --feed figures --file "$WORK/later.csv"
like "why" "$err" 'the store is being rebuilt'
exits "so is who judges" 1 "$AIMARKET" judge "$(acme)" deprecated --why "x" --by anna
exits "a reader reads" 0 "$AIMARKET" query observations --limit 1
sql "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()" >/dev/null
wait $holder 2>/dev/null
exits "afterwards the writer gets in" 0 "$AIMARKET" ingest --feed figures --file "$WORK/later.csv"
sql 'CREATE VIEW public.mine AS SELECT * FROM api.deals'
exits "a view of somebody else on ours" 1 "$AIMARKET" rebuild
like "is told, not taken along" "$err" 'view mine stands on'
sql 'DROP VIEW public.mine'

# ---- over captured documents, loaded in both orders

if [ -d "$SHARED/data/edgar/companyfacts" ]; then
	exits "captured figures and lists of filings" 0 "$AIMARKET" ingest -q --feed edgar-companyfacts --file "$SHARED/data/edgar/companyfacts/CIK000199*"
	"$AIMARKET" ingest -q --feed edgar-submissions --file "$SHARED/data/edgar/submissions/CIK0000315090*" 2>/dev/null
	state >"$WORK/want"
	exits "rebuild them" 0 "$AIMARKET" rebuild
	like "to the same" "$out" 'the fingerprint is the same'
	state >"$WORK/got"
	same_file "by the same numbers" "$WORK/got" "$WORK/want"
else
	diag "NOT TESTED over captured documents: $SHARED/data/edgar/companyfacts is absent"
fi
done_testing
