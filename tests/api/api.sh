# api.sh: what the tests of the API share; sourced after lib.sh. A daemon that only answers, and asking it.
#
#	api_start [LINE for [api]]...	on a Unix socket and on a TCP port of its own; waits until it is ready
#	ask PATH [curl argument]...	$status, $head (small letters in names), $body
#	json FILTER			jq over $body
#	done_testing			also holds every answer that ask got against etc/openapi.json
AIMARKETD=$BUILD/aimarketd
command -v curl >/dev/null || skip_all "curl is not installed"
api_daemon='' port=''
: >"$WORK/aimarket.conf"
export AIMARKET_CONFIG=$WORK/aimarket.conf

# A port nobody listens on; another test may be quicker, so it is tried again.
_free_port() {
	local p
	while :; do
		p=$((20000 + RANDOM % 12000))
		(exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { echo "$p"; return; }
	done
}

_start_once() {
	port=$(_free_port)
	export AIMARKET_LISTEN="$WORK/api.sock 127.0.0.1:$port"
	"$AIMARKETD" 2>>"$WORK/daemon.log" &
	api_daemon=$!
	for _ in $(seq 300); do
		[ "$(curl -s -o "$WORK/.ready" -w '%{http_code}' "http://127.0.0.1:$port/readyz")" != 200 ] || return 0
		grep -q '^State:.[^Z]' "/proc/$api_daemon/status" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

api_start() { # [LINE]...
	{
		printf '[daemon]\nworkers = 0\n[api]\n'
		[ $# = 0 ] || printf '%s\n' "$@"
	} >"$AIMARKET_CONFIG"
	for _ in 1 2 3; do _start_once && return; done
	diag "$(tail -20 "$WORK/daemon.log")"
	echo "Bail out! the daemon does not answer"
	exit 1
}

api_stop() {
	[ -n "$api_daemon" ] || return 0
	kill "$api_daemon" 2>/dev/null
	wait "$api_daemon"
	api_daemon=
}

ask() { # PATH [curl argument]...
	local path=$1
	shift
	: >"$WORK/body"
	status=$(curl -s -m 60 --unix-socket "$WORK/api.sock" -D "$WORK/head" -o "$WORK/body" -w '%{http_code}' "$@" "http://localhost$path")
	head=$(sed -E 's/\r$//; s/^([A-Za-z-]+):/\L\1:/' "$WORK/head")
	body=$(tr -d '\0' <"$WORK/body")
	_remember "$path" "$@"
}

# Each answer is kept, with what was asked, to be held against the description at the end.
_asked=0
_remember() { # PATH [curl argument]...
	local path=$1 method=GET
	shift
	[ -z "$(header content-encoding)" ] || return 0
	while [ $# -gt 0 ]; do
		case $1 in
		-X | --request) method=$2 ;;
		-I | --head) method=HEAD ;;
		esac
		shift
	done
	_asked=$((_asked + 1))
	cp "$WORK/body" "$WORK/seen.$_asked"
	printf '%s\t%s\t%s\t%s\t%s\n' "$method" "$path" "$status" "$(header content-type)" "$WORK/seen.$_asked" >>"$WORK/seen"
}

# What was installed by etc/install-deps check: $NPM_TOOLS, or a word that it is not there.
NPM_TOOLS=${NPM_TOOLS:-$ROOT/build/npm}
export NPM_TOOLS
npm_tools() {
	[ -d "$NPM_TOOLS/node_modules/ajv" ] && return
	diag "NOT TESTED: $NPM_TOOLS has no checkers of descriptions (etc/install-deps check)"
	return 1
}

# Beside what lib.sh does: every answer seen fits the description.
done_testing() {
	if [ -s "$WORK/seen" ] && npm_tools; then
		ok "every answer seen is as etc/openapi.json describes it" node "$ROOT/tests/api/schema.mjs" "$ROOT/etc/openapi.json" "$WORK/seen"
	fi
	[ -n "$_planned" ] || echo "1..$_n"
}

header() { # NAME in small letters: its value in the last answer
	printf '%s\n' "$head" | sed -n "s/^$1: //p" | head -1
}

json() { # FILTER [jq argument]...
	printf '%s' "$body" | jq -c -r "$@"
}

_end_api() {
	[ -z "$api_daemon" ] || { kill -9 "$api_daemon"; wait "$api_daemon"; } 2>/dev/null
	_at_exit
}
trap _end_api EXIT
