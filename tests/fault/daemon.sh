# daemon.sh: what the tests of the daemon share; sourced after lib.sh. Feeds over a scripted server, the daemon, and waiting for it.
AIMARKETD=$BUILD/aimarketd
_pids=

# Starts the scripted server with the rules in $WORK/rules; $port is where it listens, $WORK/server.log what it was asked.
server_start() { # [COMMAND it runs under...] [-- ARGUMENT...]
	local under=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do under+=("$1"); shift; done
	"${under[@]}" "$BUILD/tests/httpd" -s "$WORK/rules" -l "$WORK/server.log" "${@:2}" >"$WORK/port" &
	_pids+=" $!"
	for _ in $(seq 100); do [ -s "$WORK/port" ] && break; sleep 0.05; done
	port=$(cat "$WORK/port")
}

# A feed of CSV documents: entity,quarter,value.
feed_make() { # NAME ADDRESS [LINE for [feed]]...
	local name=$1 address=$2
	shift 2
	mkdir -p "$WORK/feeds"
	{
		printf '[feed]\nformat = csv\naddress = %s\nasserted_on = 2026-01-01\npublisher = test\n' "$address"
		printf '%s\n' "$@"
		printf '[fetch]\nprivate = yes\n[metric m]\nname = sold\nkind = flow\nunit_kind = count\nperiod_kind = d\n'
		printf '[entity e]\nref = {who}\nkind = company\nname = {who}\n'
		printf '[observation o]\nentity = {who}\nmetric = sold\nunit = user\nstart = {start}\nend = {end}\nvalue = {value}\n'
	} >"$WORK/feeds/$name.conf"
}

# A document with rows about a few companies, the same for the same number.
document_make() { # NUMBER ROWS
	awk -v n="$1" -v rows="$2" 'BEGIN { print "who,start,end,value"
		for (i = 0; i < rows; i++) printf "Company %d,%d-01-01,%d-12-31,%d\n", (n * 7 + i) % 40, 1950 + i % 70, 1950 + i % 70, n * 1000 + i }'
}

daemon_start() { # [ARGUMENT...]: its process is $daemon, its log $WORK/daemon.log
	"$AIMARKETD" "$@" 2>>"$WORK/daemon.log" &
	daemon=$!
	_pids+=" $daemon"
}

daemon_stop() {
	kill "$daemon" 2>/dev/null
	wait "$daemon" 2>/dev/null
}

workers_of() { # MASTER
	pgrep -P "$1" -x ingest || :
}

until_sql() { # SECONDS STATEMENT: until it answers t
	local end=$((SECONDS + $1))
	while [ "$(sql "$2" 2>/dev/null)" != t ]; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

_end_all() {
	for p in $_pids; do kill -9 "$p" 2>/dev/null; done
	_at_exit
}
trap _end_all EXIT

export AIMARKET_FEEDS=$WORK/feeds AIMARKET_CONFIG=$WORK/aimarket.conf
mkdir -p "$WORK/feeds"
