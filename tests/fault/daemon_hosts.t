#!/bin/bash
# Two daemons on two hosts, each in a network namespace of its own, with the server of the feeds on a third: they share one store, fetch
# nothing twice, keep one pace together, and one takes over when the other is gone.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/fault/daemon.sh"

# ---- three hosts: the server in the middle, a link to each of the others

tag=aim$$
hosts_end() {
	for host in server one two; do ip netns del "$tag-$host" 2>/dev/null; done
	_end_all
}
trap hosts_end EXIT
on() { # HOST COMMAND...
	local host=$1
	shift
	ip netns exec "$tag-$host" "$@"
}
link() { # HOST NUMBER: between the server and it
	ip link add "$tag$2" netns "$tag-$1" type veth peer name "$tag-s$2" netns "$tag-server" &&
		on "$1" ip addr add "10.88.$2.2/30" dev "$tag$2" && on "$1" ip link set "$tag$2" up && on "$1" ip link set lo up &&
		on server ip addr add "10.88.$2.1/30" dev "$tag-s$2" && on server ip link set "$tag-s$2" up &&
		on "$1" ip route add 10.88.0.1 via "10.88.$2.1"
}
[ "$(id -u)" = 0 ] && command -v ip >/dev/null || { echo "# NOT TESTED: network namespaces need root and iproute2" >&2; skip_all "no network namespaces"; }
for host in server one two; do
	ip netns add "$tag-$host" 2>"$WORK/ip" || { echo "# NOT TESTED: no network namespace can be made here: $(cat "$WORK/ip")" >&2; skip_all "no network namespaces"; }
done
ok "three hosts are linked" eval "on server ip link set lo up && on server ip addr add 10.88.0.1/32 dev lo && link one 1 && link two 2"

# ---- they share

feeds=40
document_make 1 10 >"$WORK/doc.csv"
printf '/slow* delay=150 file=%s\n' "$WORK/doc.csv" >"$WORK/rules"
server_start ip netns exec "$tag-server" -- -a 0.0.0.0
settings() { # [LINE for [fetch]]...
	printf '[api]\nworkers = 0\n[daemon]\nretry_first = 1s\nretry_most = 2s\nidle = 1s\nworkers = 2\n[fetch]\n' >"$AIMARKET_CONFIG"
	printf '%s\n' "$@" >>"$AIMARKET_CONFIG"
}
settings 'rate = 20' 'feeds = 1000'
for i in $(seq $feeds); do feed_make "slow$i" "http://10.88.0.1:$port/slow$i" 'interval = 1d'; done
cluster_start
ok "the store is made" "$AIMARKET" db migrate
for host in one two; do
	ip netns exec "$tag-$host" "$AIMARKETD" -v 2>"$WORK/$host.log" &	# the very process, so that it can be killed
	_pids+=" $!"
	[ $host = two ] || first=$!
done
ok "all is taken in" until_sql 60 "SELECT count(*) = $feeds FROM store.feed_state WHERE last_run IS NOT NULL"
is "no feed was fetched twice" "$(sort -k4,4 "$WORK/server.log" | awk '{ print $4 }' | uniq -d | wc -l) $(wc -l <"$WORK/server.log")" "0 $feeds"
is "no more than 20 requests in any second, by both together" \
	"$(awk '{ t[NR] = $1 } END { for (i = 21; i <= NR; i++) if (t[i] - t[i - 20] < 0.8) bad++; print bad + 0 }' "$WORK/server.log")" 0
for host in one two; do ok "host $host had its share" grep -q loaded "$WORK/$host.log"; done

# ---- a host is gone, in the middle of its work

settings 'rate = 0' 'feeds = 1000'
sql "UPDATE store.feed_state SET next_due = now()"
sleep 0.3
kill -9 "$first"
on one ip link set "${tag}1" down
ok "the other takes over what it had" until_sql 60 "SELECT count(*) = 0 FROM store.feed_state WHERE worker IS NOT NULL OR next_due <= now()"
is "and nothing is doubled" "$(sql "SELECT count(*), count(DISTINCT (series, period_end, source)) FROM store.observation" | awk -F'|' '{ print ($1 == $2) }')" 1
unlike "the logs hold no report of a sanitizer" "$(cat "$WORK"/*.log)" "Sanitizer|runtime error"
done_testing
