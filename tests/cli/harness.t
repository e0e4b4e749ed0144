#!/bin/bash
# The test helpers themselves: a check that cannot fail proves nothing.
. "$(dirname "$0")/../lib.sh"

# What a script of checks prints, run by a shell of its own.
checks() {
	bash -c '. "$1"; eval "$2"' "$0" "$ROOT/tests/lib.sh" "$1" 2>/dev/null
}

is "checks that pass" "$(checks 'ok a true; is b x x; like c abc "^a"; unlike d abc z; exits e 3 bash -c "exit 3"; done_testing')" "ok 1 - a
ok 2 - b
ok 3 - c
ok 4 - d
ok 5 - e
1..5"
is "checks that fail" "$(checks 'plan 5; ok a false; is b x y; like c abc "^b"; unlike d abc b; exits e 0 false; done_testing')" "1..5
not ok 1 - a
not ok 2 - b
not ok 3 - c
not ok 4 - d
not ok 5 - e"
like "skipping says why" "$(checks 'SHARED=/nowhere; need_shared data/x')" '^1\.\.0 # SKIP .*/nowhere/data/x'

run bash -c 'echo out; echo err >&2; exit 7'
is "run keeps all three" "$rc $out $err" "7 out err"

left=$(checks 'echo $WORK; cluster_start; sql "SELECT 1"')
like "a cluster starts and answers" "$left" $'\n1$'
ok "its folder is gone afterwards" test ! -e "${left%%$'\n'*}"

cluster_start
is "the database is empty and ours" "$(sql "SELECT current_user, current_database(), count(*) FROM pg_tables WHERE schemaname = 'public'")" "aimarket|aimarket|0"
is "no network" "$(sql 'SHOW listen_addresses')" ""
sql 'CREATE TABLE t AS SELECT 42 AS n'
cluster_stop fast
exits "stopped" 2 psql -c 'SELECT 1'
cluster_start max_connections=21
is "a restart keeps the data and takes settings" "$(sql 'SELECT n FROM t'; sql 'SHOW max_connections')" $'42\n21'
exits "sql fails on an error" 1 sql 'SELECT nonsense'
done_testing
