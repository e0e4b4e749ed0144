#!/bin/bash
# The API while things go wrong: 32 clients read while PostgreSQL restarts, crashes and runs out of connections: each answer is the
# right one or a clean 503; ten thousand idle connections; clients that are slow or leave.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/api.sh"
settings="max_connections=14 superuser_reserved_connections=3"
# shellcheck disable=SC2086
cluster_start $settings
"$AIMARKET" db migrate >/dev/null
"$AIMARKET" ingest >/dev/null 2>&1
sql "CREATE ROLE web LOGIN IN ROLE aimarket_reader"
export AIMARKET_API_DB="host=$PGHOST dbname=aimarket user=web"
api_start 'workers = 2' 'connections = 20000' 'per_address = 20000'

# ---- 32 clients, each with a connection of its own, ask for one entity after the other, as of a day of their own, so that none
# is answered from memory.
mapfile -t slugs < <(sql "SELECT slug FROM store.entity WHERE kind = 'company' ORDER BY slug LIMIT 40")
client() { # NUMBER
	local i slug
	for i in $(seq 60); do
		slug=${slugs[($1 * 7 + i) % ${#slugs[@]}]}
		printf 'url = "http://127.0.0.1:%s/v1/entities/%s?fields=id&as_of=2026-%02d-%02d&numbers=%s"\noutput = "%s"\n' "$port" "$slug" \
			$((1 + i % 11)) $((1 + $1 % 28)) "$([ "$1" -gt 28 ] && echo string || echo number)" "$WORK/c/$1.$i.$slug"
	done >"$WORK/c/$1.conf"
	curl -s -m 20 --rate 8/s -w '%{http_code} %header{retry-after} %{content_type} %{filename_effective}\n' -K "$WORK/c/$1.conf" >"$WORK/c/$1.log"
}
storm() { # COMMAND...: what happens meanwhile. The answers' statuses go to $statuses, what is wrong to $wrong
	rm -rf "$WORK/c"
	mkdir "$WORK/c"
	local pids=''
	for c in $(seq 32); do client "$c" & pids+=" $!"; done
	sleep 1.5
	"$@"
	# shellcheck disable=SC2086
	wait $pids
	statuses=$(cat "$WORK"/c/*.log | cut -d' ' -f1 | sort | uniq -c | awk '{ printf "%s:%d ", $2, $1 }')
	wrong=$(cat "$WORK"/c/*.log | awk '!($1 == 200 && $2 == "application/json" || $1 == 503 && $2 ~ /^[0-9]+$/ && $3 == "application/problem+json")' | head -5
		perl -0777 -ne '($slug) = $ARGV =~ m{/[0-9]+\.[0-9]+\.([^/]+)$} or next;
			print "mixed up: $slug: ", substr($_, 0, 200), "\n" if /^\{"data"/ && !/"id":"\Q$slug\E"/' "$WORK"/c/* | head -5)
}
served() { # whether it answers again
	for _ in $(seq 100); do
		ask '/v1/deals?limit=3&fields=id&sort=-amount'
		[ "$status" = 200 ] && return
		sleep 0.1
	done
	return 1
}

restart() {
	cluster_stop fast
	sleep 1
	# shellcheck disable=SC2086
	cluster_start $settings
}
storm restart
is "restarted under way: nothing but right answers and clean 503" "$wrong" ''
like "of both kinds" "$statuses" '200:[0-9]+ 503:[0-9]+ $'
ok "then it serves" served
crash() {
	cluster_stop immediate
	sleep 0.5
	# shellcheck disable=SC2086
	cluster_start $settings
}
storm crash
is "crashed under way: the same" "$wrong" ''
ok "then it serves" served
crowd() { # all places but those for superusers are taken, and the workers' own are lost
	local crowd='' i
	sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'web'" -d postgres >/dev/null
	for i in $(seq 14); do psql -XAtq -U web -c 'SELECT pg_sleep(3)' >"$WORK/crowd.$i" 2>&1 & crowd+=" $!"; done
	# shellcheck disable=SC2086
	wait $crowd
}
storm crowd
is "no connection to be had: the same" "$wrong" ''
like "mostly served" "$statuses" '200:'
ok "then it serves" served

# ---- a standby takes over
as_server "$PGBIN/pg_basebackup" -h "$PGHOST" -U aimarket -D "$WORK/pg/standby" -R -X stream --checkpoint=fast --no-sync >/dev/null 2>"$WORK/basebackup" &&
	mkdir -m 777 "$WORK/pg/two" &&
	as_server "$PGBIN/pg_ctl" -D "$WORK/pg/standby" -l "$WORK/pg/standby.log" -w -o "-c listen_addresses='' -c fsync=off -c max_connections=14 -k $WORK/pg/two" start >/dev/null
api_stop
export AIMARKET_API_DB="host=$PGHOST,$WORK/pg/two dbname=aimarket user=web target_session_attrs=read-write"
export AIMARKET_DB="host=$PGHOST,$WORK/pg/two dbname=aimarket user=aimarket target_session_attrs=read-write"
api_start 'workers = 2' 'connections = 20000' 'per_address = 20000'
failover() {
	cluster_stop immediate
	sleep 0.5
	as_server "$PGBIN/pg_ctl" -D "$WORK/pg/standby" -w promote >/dev/null
}
storm failover
is "the primary dies, a standby is promoted: the same" "$wrong" ''
ok "then it serves, from the standby" served
like "with both kinds of answers" "$statuses" '200:[0-9]+ 503:[0-9]+ $'

# ---- idle connections, as many as may be opened here
ulimit -n "$(ulimit -Hn)" 2>/dev/null || :
most=$(($(ulimit -n) - 100))
[ "$most" -lt 10000 ] || most=10000
mkfifo "$WORK/hold"
perl -MSocket -e '
	$| = 1;
	my ($port, $n, $to) = (shift, shift);
	$to = sockaddr_in($port, inet_aton("127.0.0.1"));
	my @all;
	for (1 .. $n) { socket(my $s, PF_INET, SOCK_STREAM, 0) or last; connect($s, $to) or last; push @all, $s }
	print scalar(@all), "\n";
	my $end = <STDIN>;' "$port" "$most" <"$WORK/hold" >"$WORK/idle" &
idle=$!
exec 8>"$WORK/hold"
for _ in $(seq 300); do [ -s "$WORK/idle" ] && break; sleep 0.1; done
is "$most idle connections" "$(cat "$WORK/idle")" "$most"
open_now() { ask /metrics && printf '%s\n' "$body" | awk '/^aimarket_api_connections / { print $2 }'; }
for _ in $(seq 60); do [ "$(open_now)" -ge $((most - 50)) ] && break; sleep 0.2; done # workers tell each second
ok "are open" test "$(open_now)" -ge $((most - 50))
ok "and hurt nobody" served
took=$(for _ in $(seq 20); do curl -s -o "$WORK/.t" -w '%{time_total}\n' "http://127.0.0.1:$port/v1/deals?limit=3&fields=id&sort=-amount"; done | sort -n | sed -n 10p)
ok "an answer takes a few milliseconds ($took s)" awk "BEGIN { exit !($took < 0.25) }"
exec 8>&-
wait $idle

# ---- clients that leave in the middle
sql "SELECT 1" -h "$WORK/pg/two" >/dev/null
for _ in $(seq 8); do (exec 3<>"/dev/tcp/127.0.0.1/$port"; printf 'GET /v1/observations?limit=0&as_of=2025-06-%02d HTTP/1.1\r\nHost: localhost\r\n\r\n' $((RANDOM % 28 + 1)) >&3; head -c 100 <&3 >"$WORK/.left"); done
ok "those who leave are forgotten" served
for _ in $(seq 50); do
	busy=$(psql -XAtq -h "$WORK/pg/two" -c "SELECT count(*) FROM pg_stat_activity WHERE usename = 'web' AND state = 'active'")
	[ "$busy" = 0 ] && break
	sleep 0.2
done
is "and what they asked is cancelled" "$busy" 0
api_stop
as_server "$PGBIN/pg_ctl" -D "$WORK/pg/standby" -m immediate stop >/dev/null
unlike "nothing went wrong with us" "$(cat "$WORK/daemon.log")" 'AddressSanitizer|runtime error|signal'
done_testing
