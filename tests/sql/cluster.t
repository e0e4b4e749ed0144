#!/bin/bash
# The private PostgreSQL: who gets in, several starters at once, kill -9, stale files, other versions, deep folders.
. "$(dirname "$0")/../lib.sh"

states=()
stop_all() {
	for s in "${states[@]}"; do AIMARKET_STATE=$s "$AIMARKET" db stop >/dev/null 2>&1; done
	_at_exit
}
trap stop_all EXIT
use() { # FOLDER
	export AIMARKET_STATE=$1
	states+=("$1")
	data=$1/pgdata
}
ask() { "$AIMARKET" db psql -- -XAtqc "$1"; }
postmaster() { head -1 "$data/postmaster.pid"; }
root() { [ "$(id -u)" = 0 ]; }
no_sync() { printf 'fsync = off\nfull_page_writes = off\nshared_buffers = 32MB\n' >>"$data/local.conf"; }

# ---- made and closed

use "$WORK/one/state"
exits "status of nothing is an answer" 0 "$AIMARKET" db status --format json
like "which says so" "$out" '"state":"absent"'
ok "and makes nothing" test ! -e "$AIMARKET_STATE"
exits "init makes it" 0 "$AIMARKET" db init
no_sync
is "the state folder is closed" "$(stat -c %a "$AIMARKET_STATE" "$data" "$data/socket" | xargs)" "700 700 700"
is "no network" "$(ask 'SHOW listen_addresses')" ""
is "one line lets people in" "$(grep -v '^#' "$data/pg_hba.conf")" "local all all peer map=aimarket"
is "who owns the store is no superuser" "$(ask 'SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user')" "aimarket|f"
is "bytes are checked" "$(ask 'SHOW data_checksums')" "on"
is "names of every language are folded" "$(ask "SELECT lower('ÄÉŽ')")" "äéž"
exits "a second init changes nothing" 0 "$AIMARKET" db init
like "and says so" "$out" '^up to date'
is "status tells" "$("$AIMARKET" db status --format json | grep -o '"state":"[a-z]*"')" '"state":"running"'
exits "the private one cannot be stopped through --db" 2 "$AIMARKET" db stop --db host=/nowhere

if root; then
	is "started by root it runs as" "$(stat -c %U "/proc/$(postmaster)")" "${AIMARKET_PGUSER:-postgres}"
	# even where every folder is open, the map keeps others out
	chmod 755 "$WORK/one" "$AIMARKET_STATE" "$data" "$data/socket" && chmod 777 "$data/socket/.s.PGSQL.5432"
	run runuser -u nobody -- psql -X "host=$data/socket dbname=aimarket user=aimarket" -c 'SELECT 1'
	like "nobody else gets in" "$err" 'Peer authentication failed'
	chmod 700 "$WORK/one" "$AIMARKET_STATE" "$data" "$data/socket" && chmod 700 "$data/socket/.s.PGSQL.5432"
else
	diag "NOT TESTED: other users are kept out, root's server runs as postgres (this is not root)"
fi

# ---- settings of one's own

exits "stop" 0 "$AIMARKET" db stop
exits "stop again is fine" 0 "$AIMARKET" db stop
echo "work_mem = 5MB" >>"$data/local.conf"
exits "start" 0 "$AIMARKET" db start
is "local.conf wins" "$(ask 'SHOW work_mem')" "5MB"
is "and survives" "$(ask 'SHOW fsync')" "off"
echo "work_mem = 6MB" >>"$data/local.conf"
psql -XAtq "host=$data/socket dbname=postgres user=postgres" -c 'SELECT pg_reload_conf()' >/dev/null
sleep 0.3
is "a reload finds the files again" "$(ask 'SHOW work_mem')" "6MB"

# ---- killed

ask "CREATE TABLE kept (n int); INSERT INTO kept SELECT generate_series(1, 1000)"
for how in postmaster all; do
	pid=$(postmaster)
	children=$(pgrep -P "$pid" | xargs)
	# shellcheck disable=SC2086
	if [ $how = all ]; then kill -9 "$pid" $children; else kill -9 "$pid"; fi
	exits "after kill -9 of the $how it starts again" 0 "$AIMARKET" db start
	is "with its rows" "$(ask 'SELECT count(*) FROM kept')" "1000"
done
# (one backend deep in a computation does not notice, and outlives its server)
ask "DO \$\$ BEGIN PERFORM set_config('application_name', 'busy', false); FOR i IN 1..2000000000 LOOP END LOOP; END \$\$" >/dev/null 2>&1 &
busy=$!
until [ "$(ask "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'busy'")" = 1 ]; do sleep 0.1; done
sleep 0.5
kill -9 "$(postmaster)"
exits "an orphan at work does not keep the next server out" 0 "$AIMARKET" db start
is "whose rows are there" "$(ask 'SELECT count(*) FROM kept')" "1000"
wait "$busy"

kill -9 "$(postmaster)"
exits "any command that needs it does that" 0 "$AIMARKET" query metrics --limit 1

"$AIMARKET" db stop >/dev/null
as_server sh -c 'echo $$; exec sleep 300 >/dev/null 2>&1' >"$WORK/sleeper" 2>/dev/null &
disown
until [ -s "$WORK/sleeper" ]; do sleep 0.05; done
other=$(cat "$WORK/sleeper")
printf '%s\n%s\n1700000000\n5432\nsocket\n\n 11100169 36\nready\n' "$other" "$data" >"$WORK/stale"
stale() { cp "$WORK/stale" "$data/postmaster.pid" && cp "$WORK/stale" "$data/socket/.s.PGSQL.5432.lock" && chmod 644 "$data/postmaster.pid" && { ! root || chown --reference="$data" "$data/postmaster.pid" "$data/socket/.s.PGSQL.5432.lock"; }; }
stale
exits "a stale pid file whose number lives again as something else" 0 "$AIMARKET" db start
ok "that something is left alone" kill -0 "$other"
kill "$other"
"$AIMARKET" db stop >/dev/null
sed -i 1s/.*/4194303/ "$WORK/stale"
stale
exits "a stale pid file of nobody" 0 "$AIMARKET" db start

# ---- several at once

"$AIMARKET" db stop >/dev/null
for i in 1 2 3 4; do "$AIMARKET" db start >"$WORK/start.$i" 2>&1 & pids[i]=$!; done
failed=0
for i in 1 2 3 4; do wait "${pids[i]}" || failed=$((failed + 1)); done
is "four starters at once: all succeed" "$failed" 0
is "and there is one server" "$(for p in $(pgrep -x postgres); do [ "$(readlink "/proc/$p/cwd")" = "$data" ] && [ "$(ps -o ppid= -p "$p" | xargs)" != "$(postmaster)" ] && echo "$p"; done)" "$(postmaster)"
"$AIMARKET" db stop >/dev/null

use "$WORK/crowd"
for i in 1 2 3; do "$AIMARKET" query metrics --format csv >"$WORK/init.$i" 2>&1 & pids[i]=$!; done
failed=0
for i in 1 2 3; do wait "${pids[i]}" || { failed=$((failed + 1)); diag "$(cat "$WORK/init.$i")"; }; done
is "three first commands at once: all succeed" "$failed" 0
is "and each schema step ran once" "$(ask 'SELECT count(*) - count(DISTINCT step) FROM store.version')" 0
"$AIMARKET" db stop >/dev/null

# ---- what else may lie there

use "$WORK/one/state"
version=$(cat "$data/PG_VERSION")
echo 14 >"$data/PG_VERSION"
exits "a cluster of another version is refused" 1 "$AIMARKET" db start
like "which is named" "$err" 'made by version 14: the programs of PostgreSQL 14 are not installed'
like "with a way on" "$err" 'hint: Install that version'
like "status tells too" "$("$AIMARKET" db status)" 'needs its PostgreSQL version'
echo "$version" >"$data/PG_VERSION"
exits "programs that are not where AIMARKET_PGBIN says" 1 env AIMARKET_PGBIN=/nowhere "$AIMARKET" db start
like "are named" "$err" 'are not installed \(found: none\)'
echo 'work_mem = much' >>"$data/local.conf"
exits "a bad setting" 4 "$AIMARKET" db start
like "is told as PostgreSQL tells it" "$err" 'invalid value for parameter "work_mem"|contains errors'
sed -i '$d' "$data/local.conf"

mkdir -p "$WORK/odd/pgdata.new/base" && : >"$WORK/odd/pgdata.new/base/1" && : >"$WORK/odd/mine"
chmod 755 "$WORK/odd"
use "$WORK/odd"
exits "what a killed init left is cleared" 0 "$AIMARKET" db init
is "a folder that held something keeps its rights" "$(stat -c %a "$WORK/odd")" 755
"$AIMARKET" db stop >/dev/null
mkdir -p "$WORK/wrong/pgdata" && : >"$WORK/wrong/pgdata/thesis.txt"
AIMARKET_STATE=$WORK/wrong exits "a pgdata of somebody's own is not touched" 1 "$AIMARKET" db init
like "and named" "$err" 'wrong/pgdata" is there, but holds no PostgreSQL cluster'

# ---- folders

deep=$WORK/deep$(printf '/%030d' 1 2 3 4)
use "$deep"
exits "a path too long for a socket" 0 "$AIMARKET" db init
short=$(ask '\conninfo' | grep -o '/tmp/aimarket-[^"]*')
is "has its socket in a closed short folder" "$(stat -c %a "$short")" 700
"$AIMARKET" db stop >/dev/null
ok "which goes with the server" test ! -e "$short"
mkdir -m 777 "$short"
exits "a short folder that is somebody else's is not used" 1 "$AIMARKET" db start
like "and named" "$err" 'is not for user'
rmdir "$short"

if root; then
	mkdir -m 700 "$WORK/closed"
	use "$WORK/closed/state with 'quotes'"
	exits "root: below a folder only root may enter" 0 "$AIMARKET" db init
	is "which stays closed" "$(stat -c '%a %U' "$WORK/closed")" "700 root"
	is "parallel workers and all" "$(ask 'SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SELECT count(*) > 0 FROM pg_class')" t
	"$AIMARKET" db stop >/dev/null
	exits "root: no such user" 1 env AIMARKET_STATE="$WORK/x" AIMARKET_PGUSER=nosuchuser "$AIMARKET" db init
	like "is named" "$err" 'user nosuchuser, who should run the private PostgreSQL, does not exist'
	exits "root: never as root" 1 env AIMARKET_STATE="$WORK/x" AIMARKET_PGUSER=root "$AIMARKET" db init

	# a normal user, with a program he can reach
	mkdir -m 755 "$WORK/bin" && install -m 755 "$AIMARKET" "$WORK/bin/"
	mkdir "$WORK/his" && chown nobody "$WORK/his"
	as_nobody() { (cd / && runuser -u nobody -- env HOME="$WORK/his" XDG_STATE_HOME= AIMARKET_STATE= "$WORK/bin/aimarket" "$@"); }
	exits "a normal user makes his own" 0 as_nobody db init
	states+=("$WORK/his/.local/state/aimarket")
	is "which runs as him" "$(stat -c %U "$WORK/his/.local/state/aimarket/pgdata")" nobody
	is "and lets root in" "$(AIMARKET_STATE=$WORK/his/.local/state/aimarket ask 'SELECT 1')" 1
	as_nobody db stop >/dev/null
	AIMARKET_STATE=$WORK/his/.local/state/aimarket exits "root starts it as him" 0 "$AIMARKET" db start
	is "not as postgres" "$(stat -c %U "/proc/$(head -1 "$WORK/his/.local/state/aimarket/pgdata/postmaster.pid")")" nobody
	as_nobody db stop >/dev/null
	chmod 755 "$WORK/odd"
	exits "a normal user does not start somebody else's" 1 runuser -u nobody -- env AIMARKET_STATE="$WORK/odd" "$WORK/bin/aimarket" db start
	like "and is told" "$err" 'belongs to another user'
else
	diag "NOT TESTED: folders only root may enter, root and normal users side by side (this is not root)"
fi

done_testing
