#!/bin/bash
# Migrations: each step once, whoever comes together; data stays; a newer store and foreign objects are left alone.
. "$(dirname "$0")/../lib.sh"
cluster_start

steps=$(ls "$ROOT"/sql/schema/*.sql | wc -l)
newest=$(basename "$(ls "$ROOT"/sql/schema/*.sql | tail -1)" | sed 's/^0*\([0-9]*\).*/\1/')
fresh() { # DATABASE: an empty one becomes the store
	psql -Xqd postgres -c "CREATE DATABASE $1"
	export PGDATABASE=$1 AIMARKET_DB="host=$PGHOST user=aimarket dbname=$1"
}

# ---- somebody's server is not migrated by the way

fresh empty
exits "a server that holds no store is not filled unasked" 1 "$AIMARKET" query metrics
like "but named" "$err" 'holds no aimarket store yet'
like "with what to do" "$err" 'hint: Run `aimarket db migrate`'
is "nothing was made" "$(sql "SELECT count(*) FROM pg_namespace WHERE nspname IN ('store', 'load', 'api')")" 0

# ---- several at once

for i in 1 2 3 4; do "$AIMARKET" db migrate >"$WORK/migrate.$i" 2>&1 & pids[i]=$!; done
failed=0
for i in 1 2 3 4; do wait "${pids[i]}" || { failed=$((failed + 1)); diag "$(cat "$WORK/migrate.$i")"; }; done
is "four migrations at once: all succeed" "$failed" 0
is "each step ran once" "$(sql 'SELECT count(*), max(step) FROM store.version')" "$steps|$newest"
exits "once more: nothing to do" 0 "$AIMARKET" db migrate
like "and says so" "$out" '^up to date'

# ---- by somebody who is no superuser, as in the private cluster

sql 'CREATE ROLE plain LOGIN' && psql -Xqd postgres -c 'CREATE DATABASE plains OWNER plain'
export AIMARKET_DB="host=$PGHOST user=plain dbname=plains"
exits "the owner of a database needs no more rights" 0 "$AIMARKET" db migrate
psql -Xqd plains -U plain -c "UPDATE store.code SET sha256 = 'another'"
exits "also in a session that only makes the functions anew" 0 "$AIMARKET" db migrate

# ---- data stays

fresh old
psql -Xq1 -v ON_ERROR_STOP=1 -f "$ROOT/sql/schema/0001_ledger.sql" -c "INSERT INTO store.version (step, name) VALUES (1, '0001_ledger')" >"$WORK/old" 2>&1
sql "INSERT INTO store.publisher (slug, name, tier, batch) VALUES ('sec', 'SEC', 'regulator', 1), ('press', 'Press', 'press', 1);
	INSERT INTO store.note (text) SELECT 'note ' || i FROM generate_series(1, 1000) i"
exits "a store of the first step is brought up" 0 "$AIMARKET" db migrate
is "to the newest" "$(sql 'SELECT max(step) FROM store.version')" "$newest"
is "with what it held" "$(sql "SELECT string_agg(slug, ',' ORDER BY id) FILTER (WHERE slug IN ('sec', 'press')), (SELECT count(*) FROM store.note) FROM store.publisher")" "sec,press|1000"

# ---- sql/load and sql/api are made anew, and only they

sql "CREATE FUNCTION load.of_old() RETURNS int LANGUAGE sql AS 'SELECT 1'; UPDATE store.code SET sha256 = 'another'"
exits "functions of another version are not used" 1 "$AIMARKET" query metrics
like "and the message says so" "$err" 'made by another version of aimarket'
sql "CREATE VIEW public.report AS SELECT load.of_old() AS n"
exits "what a user built on them is not dropped" 1 "$AIMARKET" db migrate
like "but named" "$err" 'view report'
is "it still works" "$(sql 'SELECT n FROM report')" 1
sql "DROP VIEW report"
exits "without it, they are made anew" 0 "$AIMARKET" db migrate
like "and the answer says so" "$out" '^functions and views made anew'
is "the old ones are gone" "$(sql "SELECT to_regproc('load.of_old') IS NULL")" t
is "the data is not" "$(sql 'SELECT count(*) FROM store.note')" 1000
is "no table of the store stands on them" "$(sql "$(sed "s/\$1::text\[\]/'{load,api}'::text[]/" "$ROOT/sql/query/store_dependents.sql")")" ""

# ---- a store from the future

sql "INSERT INTO store.version (step, name) VALUES (9999, '9999_future')"
for command in "db migrate" "query metrics"; do
	# shellcheck disable=SC2086
	exits "a newer store is refused by $command" 1 "$AIMARKET" $command
	like "with its step" "$err" "the store is at schema step 9999, this program knows only $newest"
	like "and a way on" "$err" 'hint: Use a newer aimarket'
done
is "and left alone" "$(sql 'SELECT count(*) FROM store.note')" 1000

# ---- a step that fails

fresh taken
sql 'CREATE SCHEMA store'
exits "a step that fails" 1 "$AIMARKET" db migrate
like "is named, with the reason" "$err" 'schema step 0001_ledger: schema "store" already exists'
is "and leaves nothing" "$(sql "SELECT to_regclass('store.version') IS NULL")" t

# ---- no server, no rights

exits "a server out of reach is exit code 4" 4 env AIMARKET_DB='host=/nowhere user=x' "$AIMARKET" query metrics
exits "so is one that is not there for --db" 4 "$AIMARKET" db migrate --db 'host=/nowhere'
exits "a malformed --db" 1 "$AIMARKET" db status --db 'host=x password=top secret'
like "is said" "$err" 'connection string is malformed'
unlike "without its words" "$err$out" 'top|secret'

# ---- scores of before step 19, a row a rule, become a row a forecaster

fresh scored
for f in "$ROOT"/sql/schema/000[1-7]_*.sql; do
	psql -Xq1 -v ON_ERROR_STOP=1 -f "$f" -c "INSERT INTO store.version (step, name) VALUES ($(basename "$f" | sed 's/^0*\([0-9]*\).*/\1/'), '$(basename "$f" .sql)')" >"$WORK/old" 2>&1
done
sql "INSERT INTO store.score_rule (rule, version, baseline) VALUES ('brier_binary', 1, 'a'), ('log_loss', 1, 'b');
	INSERT INTO store.score (resolution, prediction, forecaster, rule, backfilled, value, coverage, n, batch)
		VALUES (1, 5, 7, 1, true, 0.25, 0.5, 2, 9), (1, 5, 7, 2, true, 0.75, 1, 2, 9), (1, 5, 8, 2, true, 0.125, 1, 1, 9)"
exits "a store with scores is brought up" 0 "$AIMARKET" db migrate
is "with its scores" "$(sql "SELECT s.forecaster, s.coverage, s.n, string_agg(k.rule || '=' || v.value, ' ' ORDER BY k.rule) FROM store.score s JOIN store.score_set w ON w.id = s.set,
	unnest(w.rules, s.values) v (rule, value) JOIN store.score_rule k ON k.id = v.rule WHERE v.value IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1")" "7|1|2|brier_binary=0.25 log_loss=0.75
8|1|1|log_loss=0.125"

done_testing
