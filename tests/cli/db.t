#!/bin/bash
# aimarket db: backup and restore, psql, status, whatever server holds the store.
. "$(dirname "$0")/../lib.sh"
cluster_start

fresh() { # DATABASE
	psql -Xqd postgres -c "CREATE DATABASE $1"
	export PGDATABASE=$1 AIMARKET_DB="host=$PGHOST user=aimarket dbname=$1"
}
# every table of the store: name, rows, hash of their text
contents() {
	psql -XAtq -v ON_ERROR_STOP=1 <<-'END'
		SELECT format('SELECT %L, count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM store.%I t', relname, relname)
		FROM pg_class WHERE relnamespace = 'store'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'code' ORDER BY 1 \gexec
	END
}

fresh one
exits "a backup of nothing is refused" 3 "$AIMARKET" db backup "$WORK/none"
ok "and leaves no file" test ! -e "$WORK/none" -a ! -e "$WORK/none.part"
"$AIMARKET" db migrate >/dev/null
sql "INSERT INTO store.publisher (slug, name, tier, batch) VALUES ('wire', 'Wire', 'press', 1);
	INSERT INTO store.note (text) SELECT 'note ' || i FROM generate_series(1, 5000) i;
	INSERT INTO store.tx (batch, tx, tool) VALUES (1, 1, 'test')"
contents >"$WORK/before"
like "the store holds rows" "$(cat "$WORK/before")" 'note\|5000'

exits "backup" 0 "$AIMARKET" db backup "$WORK/store.backup"
is "is for its owner only" "$(stat -c %a "$WORK/store.backup")" 600
exits "a folder that is not there" 1 "$AIMARKET" db backup "$WORK/no/store.backup"

exits "restore does not write over a store that is not empty" 1 "$AIMARKET" db restore "$WORK/store.backup"
like "and says how" "$err" 'hint: Back it up first; --force replaces'
sql "INSERT INTO store.note (text) VALUES ('later')"
exits "--force does" 0 "$AIMARKET" db restore --force "$WORK/store.backup"
contents >"$WORK/after"
same_file "back as it was" "$WORK/after" "$WORK/before"
exits "and in use" 0 "$AIMARKET" db migrate
like "at once" "$out" '^up to date'

fresh two
exits "into an empty database" 0 "$AIMARKET" db restore "$WORK/store.backup"
contents >"$WORK/after"
same_file "the same rows" "$WORK/after" "$WORK/before"
is "it still refuses changes" "$(sql "DELETE FROM store.note" 2>&1 | grep -c append-only)" 1

# ---- a bad file changes nothing

size=$(stat -c %s "$WORK/store.backup")
for part in 10 50 90 99; do
	head -c $((size * part / 100)) "$WORK/store.backup" >"$WORK/short.backup"
	run "$AIMARKET" db restore --force "$WORK/short.backup"
	is "cut at $part %: refused" "$((rc != 0))" 1
	contents >"$WORK/after"
	same_file "and nothing changed" "$WORK/after" "$WORK/before"
done
exits "no such file" 3 "$AIMARKET" db restore "$WORK/nothing"
echo hello >"$WORK/hello"
exits "not a backup" 2 "$AIMARKET" db restore "$WORK/hello"
like "is said" "$err" 'hello" is not a backup of an aimarket store'
pg_dump -Fc -n public -f "$WORK/other.dump"
exits "a dump of something else" 2 "$AIMARKET" db restore --force "$WORK/other.dump"
sql "CREATE TABLE public.future AS SELECT 1"
fresh future
"$AIMARKET" db migrate >/dev/null
sql "INSERT INTO store.version VALUES (9999, '9999_future')"
pg_dump -Fc -n store -f "$WORK/future.dump"
fresh three
exits "a backup of a newer aimarket" 1 "$AIMARKET" db restore "$WORK/future.dump"
like "is refused" "$err" 'the backup is of a newer aimarket'
is "and leaves nothing" "$(sql "SELECT to_regnamespace('store') IS NULL")" t
export PGDATABASE=two AIMARKET_DB="host=$PGHOST user=aimarket dbname=two"
sql "CREATE VIEW public.mine AS SELECT * FROM store.publisher"
exits "a user's view on the store is not dropped by the way" 1 "$AIMARKET" db restore --force "$WORK/store.backup"
like "but named" "$err" 'view mine'

# ---- psql and status

is "psql sees the views by name" "$("$AIMARKET" db psql -- -XAtc 'SHOW search_path')" 'api,store,load,public'
exits "and its exit code is ours" 1 "$AIMARKET" db psql -- -X -c 'SELECT nonsense'
exits "status as JSON" 0 "$AIMARKET" db status --format json
like "names the step" "$out" '"schema_step":[1-9]'
export AIMARKET_DB="$AIMARKET_DB password=hush"
unlike "no password is shown" "$("$AIMARKET" db status 2>&1)" 'hush'
exits "nothing to start on another server" 2 "$AIMARKET" db start
like "and it says why" "$err" 'not ours to start or stop'

done_testing
