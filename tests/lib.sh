# lib.sh: what every shell test sources first: TAP, a folder of its own, and a throw-away PostgreSQL when it asks for one.
#
#	#!/bin/bash
#	. "$(dirname "$0")/../lib.sh"
#	cluster_start
#	exits "an unknown resource is wrong usage" 2 "$AIMARKET" query dael
#	like "and names the nearest one" "$err" 'deals'
#	done_testing
#
# A test is run by prove or by hand, from any folder. What it may use:
#	$ROOT $BUILD $AIMARKET	the source tree, the build folder (build, or as BUILD says), the program
#	$SHARED			captured data (AIMARKET_SHARED, else ../shared beside the tree); see need_shared
#	$WORK			a new folder, removed at the end; also the state folder, so that nothing of the user's is touched
#	$CONNINFO		after cluster_start; AIMARKET_DB and PGHOST, PGUSER, PGDATABASE say the same

set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$(realpath -m "${BUILD:-$ROOT/build}")
AIMARKET=$BUILD/aimarket
SHARED=$(realpath -m "${AIMARKET_SHARED:-$ROOT/../shared}")

# The caller's settings do not reach the programs under test.
unset "${!AIMARKET_DB@}" "${!AIMARKET_CONFIG@}" "${!AIMARKET_TODAY@}" PGHOST PGPORT PGUSER PGDATABASE PGPASSWORD PGSERVICE PGOPTIONS
export LC_ALL=C.UTF-8 TZ=UTC TERM=dumb

# A folder that the server's user can reach and whose path fits into a socket address: $BUILD/tests if it is one, else /tmp.
as_server() {
	if [ "$(id -u)" = 0 ]; then (cd / && runuser -u "${AIMARKET_PGUSER:-postgres}" -- "$@"); else "$@"; fi
}
mkdir -p "$BUILD/tests"
_base=$BUILD/tests
if [ ${#_base} -gt 70 ] || ! as_server test -x "$_base"; then
	_base=${TMPDIR:-/tmp}/aimarket-tests.$(id -u)
	mkdir -p "$_base"
fi
WORK=$(mktemp -d "$_base/$(basename "$0" .t).XXXXXX")
chmod 711 "$WORK"
export AIMARKET_STATE=$WORK/state XDG_CONFIG_HOME=$WORK/config AIMARKET_LISTEN=$WORK/api.sock

_at_exit() {
	cluster_stop
	rm -rf "$WORK"
}
trap _at_exit EXIT
trap 'exit 130' INT TERM

# ---- TAP. The name of a check comes first.

_n=0 _planned=

plan() { # N
	_planned=$1
	echo "1..$1"
}

done_testing() {
	[ -n "$_planned" ] || echo "1..$_n"
}

skip_all() { # REASON
	echo "1..0 # SKIP $1"
	exit 0
}

# Skips the whole test, loudly, unless the captured file or folder is there.
need_shared() { # PATH under $SHARED
	[ -e "$SHARED/$1" ] && return
	echo "# NOT TESTED: $SHARED/$1 is absent; AIMARKET_SHARED says where captured data lies" >&2
	skip_all "no captured data at $SHARED/$1"
}

diag() { # TEXT: many lines are fine
	printf '%s\n' "$1" | sed 's/^/# /' >&2
}

_result() { # RC NAME
	_n=$((_n + 1))
	[ "$1" = 0 ] && echo "ok $_n - $2" || echo "not ok $_n - $2"
	return "$1"
}

ok() { # NAME COMMAND…: the command succeeds
	local name=$1 rc=0
	shift
	"$@" >"$WORK/.ok" 2>&1 || rc=1
	_result $rc "$name" || diag "$* failed: $(cat "$WORK/.ok")"
}

is() { # NAME GOT WANT
	local rc=0
	[ "$2" = "$3" ] || rc=1
	_result $rc "$1" || diag "$(diff -u --label want --label got <(printf '%s\n' "$3") <(printf '%s\n' "$2"))"
}

like() { # NAME TEXT REGEX (extended)
	local rc=0
	[[ $2 =~ $3 ]] || rc=1
	_result $rc "$1" || diag "no match of $3 in: $2"
}

unlike() { # NAME TEXT REGEX
	local rc=0
	[[ ! $2 =~ $3 ]] || rc=1
	_result $rc "$1" || diag "$3 matches: $2"
}

# Runs a command: its exit code goes to $rc, its output to $out and $err (without the last line end) and to $WORK/out and err.
run() { # COMMAND…
	rc=0
	"$@" >"$WORK/out" 2>"$WORK/err" || rc=$?
	out=$(tr -d '\0' <"$WORK/out")
	err=$(tr -d '\0' <"$WORK/err")
}

exits() { # NAME CODE COMMAND…: run, and the exit code is CODE
	local name=$1 want=$2 same=0
	shift 2
	run "$@"
	[ "$rc" = "$want" ] || same=1
	_result $same "$name" || diag "exit code $rc, not $want, from: $*"$'\n'"stdout: ${out:0:2000}"$'\n'"stderr: ${err:0:2000}"
}

same_file() { # NAME GOT WANT: two files
	local rc=0
	diff -u "$3" "$2" >"$WORK/.diff" 2>&1 || rc=1
	_result $rc "$1" || diag "$(head -50 "$WORK/.diff")"
}

# ---- a PostgreSQL of its own: on a Unix socket only, not synced to disk, stopped and removed at the end

PGBIN=${AIMARKET_PGBIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)}
PGBIN=${PGBIN:-$(dirname "$(command -v initdb || echo /nowhere/initdb)")}
_cluster=

# initdb is slow: one data folder is kept as a template and copied.
_cluster_make() { # FOLDER
	local template=$_base/template.$(basename "$(dirname "$PGBIN")")
	(
		flock 9
		[ -f "$template/PG_VERSION" ] && exit
		rm -rf "$template"
		mkdir -p "$template"
		[ "$(id -u)" != 0 ] || chown "${AIMARKET_PGUSER:-postgres}" "$template"
		as_server "$PGBIN/initdb" -D "$template" -U aimarket -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$_base/initdb.log" 2>&1 ||
			{ diag "$(cat "$_base/initdb.log")"; rm -rf "$template"; exit 1; }
	) 9>"$_base/template.lock" && cp -a "$template" "$1"
}

# Makes (at the first call) and starts it, with an empty database. Extra arguments are settings: cluster_start max_connections=20
# CLUSTER (a folder the server's user can reach) is where it lies, instead of $WORK; what is there already is found again.
cluster_start() { # [SETTING…]
	local options="-c listen_addresses='' -c fsync=off -c full_page_writes=off -c shared_buffers=32MB -c max_connections=50 -c jit=off" s
	local new=

	if [ -z "$_cluster" ]; then
		_cluster=${CLUSTER:-$WORK/pg}
		if [ ! -d "$_cluster/data" ]; then
			mkdir -p -m 700 "$_cluster"
			_cluster_make "$_cluster/data" || { echo "Bail out! no PostgreSQL to test with ($PGBIN)"; exit 1; }
			[ "$(id -u)" != 0 ] || chown "${AIMARKET_PGUSER:-postgres}" "$_cluster"
			new=1
		fi
	fi
	for s in "$@"; do options+=" -c $s"; done
	as_server "$PGBIN/pg_ctl" -D "$_cluster/data" -l "$_cluster/log" -o "$options -k '$_cluster'" -w -t 60 start >/dev/null ||
		{ diag "$(tail -20 "$_cluster/log")"; echo "Bail out! PostgreSQL does not start"; exit 1; }
	CONNINFO="host=$_cluster dbname=aimarket user=aimarket"
	export AIMARKET_DB=$CONNINFO PGHOST=$_cluster PGUSER=aimarket PGDATABASE=aimarket
	[ -z "$new" ] || psql -Xqd postgres -c 'CREATE DATABASE aimarket' || exit 1
}

cluster_stop() { # [fast|immediate]
	[ -n "$_cluster" ] && [ -f "$_cluster/data/postmaster.pid" ] || return 0
	as_server "$PGBIN/pg_ctl" -D "$_cluster/data" -m "${1:-immediate}" -w stop >/dev/null
}

# The answer of one statement (or several) as plain text: columns by |, rows by line. Fails on the first error.
sql() { # STATEMENT [psql argument…]
	local statement=$1
	shift
	psql -XAtq -v ON_ERROR_STOP=1 "$@" -c "$statement"
}
