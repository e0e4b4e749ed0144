#!/bin/bash
# The units under a real systemd, as installed: ready, kill -9, hung, a timer, sockets, the sandbox, an end. In namespaces of its own
# (tests/fault/systemd_boot); where the machine does not allow them nothing is tested, loudly.
. "$(dirname "$0")/../lib.sh"

cannot() {
	echo "# NOT TESTED: the units under a real systemd: $1" >&2
	skip_all "$1"
}
[ "$(id -u)" = 0 ] || cannot "only root may make the namespaces"
[ -x /lib/systemd/systemd ] || cannot "no systemd here"
command -v nsenter >/dev/null && command -v curl >/dev/null || cannot "no nsenter or no curl here"
[[ $BUILD != */san ]] || BUILD=$ROOT/build	# MemoryDenyWriteExecute and the limits are for the real program
[ -x "$BUILD/aimarketd" ] || cannot "build/aimarketd is not built"

# As installed, with a feed that reads a file.
mkdir -p "$WORK/mem" "$WORK/root" "$WORK/cg"
mkdir -p "$WORK/root"/usr/{bin,lib/systemd/system,lib/sysusers.d,lib/tmpfiles.d} "$WORK/root"/etc/aimarket/feeds.d "$WORK/root/etc/systemd/system"
cp "$BUILD/aimarket" "$BUILD/aimarketd" "$WORK/root/usr/bin/"
for u in "$ROOT"/etc/systemd/*; do sed 's#@BINDIR@#/usr/bin#' "$u" >"$WORK/root/usr/lib/systemd/system/$(basename "$u")"; done
cp "$ROOT"/etc/sysusers.d/aimarket.conf "$WORK/root/usr/lib/sysusers.d/"
cp "$ROOT"/etc/tmpfiles.d/aimarket.conf "$WORK/root/usr/lib/tmpfiles.d/"
cp "$ROOT"/etc/feeds.d/catalogue.conf "$WORK/root/etc/aimarket/feeds.d/"
mkdir -p "$WORK/root/srv/data"
cp "$ROOT"/data/metric_catalogue.csv "$WORK/root/srv/data/"
printf 'feeds = /etc/aimarket/feeds.d\ndata = /srv/data\n' >"$WORK/root/etc/aimarket/aimarket.conf"
drop_in() { # UNIT LINES
	mkdir -p "$WORK/root/etc/systemd/system/$1.d"
	printf '%s\n' "$2" >"$WORK/root/etc/systemd/system/$1.d/test.conf"
}
config='Environment=AIMARKET_CONFIG=/etc/aimarket/aimarket.conf'
drop_in aimarketd.service $'[Service]\n'"$config"$'\nWatchdogSec=3\nRestartSec=1'
drop_in aimarketd-api.service $'[Service]\n'"$config"
drop_in aimarket-ingest@.service $'[Service]\n'"$config"
drop_in aimarket-ingest@.timer $'[Timer]\nOnCalendar=\nOnCalendar=*:*:0/5\nRandomizedDelaySec=1'

# A group of its own for the cgroups below, then the namespaces.
unshare --mount bash -c "mount --make-rprivate / && mount -t cgroup2 none '$WORK/cg' && mkdir -p '$WORK/cg/aimarket-live' &&
	echo \$\$ >'$WORK/cg/aimarket-live/cgroup.procs' && umount '$WORK/cg' &&
	exec unshare --pid --fork --mount --net --uts --ipc --cgroup '$ROOT/tests/fault/systemd_boot' '$WORK'" >"$WORK/boot.log" 2>&1 &
shell=$!
inside() { nsenter -t "$init" -a "$@"; }
shut() {
	[ -z "${init:-}" ] || kill -9 "$init" 2>/dev/null
	wait $shell 2>/dev/null
	unshare --mount bash -c "mount --make-rprivate / && mount -t cgroup2 none '$WORK/cg' && find '$WORK/cg/aimarket-live' -depth -type d -exec rmdir {} \;" 2>/dev/null
}
trap 'shut; _at_exit' EXIT
wait_for() { # SECONDS COMMAND…
	local n
	for ((n = $1 * 5; n > 0; n--)); do
		"${@:2}" >/dev/null 2>&1 && return
		sleep 0.2
	done
	return 1
}
find_init() { init=$(pgrep -P $shell -x systemd); }
wait_for 10 find_init || cannot "namespaces, overlay or cgroup2 are not allowed: $(tail -1 "$WORK/boot.log")"
is_up() { [[ $(inside systemctl is-system-running) =~ running|degraded ]]; }
wait_for 60 is_up || cannot "systemd does not start in a namespace here"
inside systemd-sysusers
show() { inside systemctl show -P "$2" "$1"; }
active() { [ "$(show "$1" ActiveState)" = active ]; }
answers() { inside curl -sf "http://127.0.0.1:8377$1"; }

# ---- ready

exits "the daemon starts" 0 inside systemctl start aimarketd.service
is "and is ready" "$(show aimarketd SubState)" running
main=$(show aimarketd MainPID)
is "as its own user" "$(inside ps -o user= -p "$main" | tr -d ' ')" aimarket
works() { [[ $(show aimarketd StatusText) =~ workers,\ [1-9] ]]; }
ok "it tells what it does" wait_for 60 works
is "its state is its own" "$(inside stat -c '%U %a' /var/lib/aimarket)" "aimarket 700"
ok "it answers" wait_for 20 answers /readyz
run inside nsenter -t "$main" -m touch /etc/written
like "it may not write where it has no business" "$err" 'Read-only'
run inside nsenter -t "$main" -m ls /home
is "nor see homes" "$out" ""

# ---- kill -9, hung

restarted() { [ "$(show aimarketd NRestarts)" = "$1" ] && active aimarketd; }
inside kill -9 "$main"
ok "killed: it is started again" wait_for 20 restarted 1
ok "and answers" wait_for 20 answers /readyz
inside kill -STOP "$(show aimarketd MainPID)"
ok "hung: the watchdog ends it, and it is started again" wait_for 60 restarted 2
like "by SIGABRT" "$(inside journalctl -u aimarketd --no-pager)" 'Watchdog timeout'
exits "a reload" 0 inside systemctl reload aimarketd.service
ok "leaves it running" active aimarketd
exits "a stop" 0 inside systemctl stop aimarketd.service
is "is clean" "$(show aimarketd Result) $(show aimarketd ActiveState)" "success inactive"
is "with its database" "$(inside pgrep -cx postgres)" 0

# ---- sockets

exits "the socket listens" 0 inside systemctl start aimarketd.socket
is "for nobody yet" "$(show aimarketd ActiveState)" inactive
ok "the first request starts the daemon, and is answered" wait_for 60 answers /livez
ok "it runs" active aimarketd
inside systemctl stop aimarketd.socket aimarketd.service
exits "the socket of the unit that only answers" 0 inside systemctl start aimarketd-api.socket
ok "is answered, too" wait_for 60 answers /v1/metrics
like "with what is in the store" "$(answers /v1/metrics)" '"market_cap"'
api=$(show aimarketd-api MainPID)
is "it has no network but loopback of its own" "$(inside nsenter -t "$api" -n ip -o link | cut -d: -f2)" " lo"
unlike "and takes nothing in" "$(inside journalctl -u aimarketd-api --no-pager)" 'feed='
inside systemctl stop aimarketd-api.socket aimarketd-api.service

# ---- the timer

exits "a timer" 0 inside systemctl start aimarket-ingest@catalogue.timer
ran() { [ -n "$(show aimarket-ingest@catalogue.service ExecMainExitTimestamp)" ] && [ "$(show aimarket-ingest@catalogue.service Result)" = success ]; }
ok "takes its feed in" wait_for 40 ran
ok "and remembers when, for after a time off" inside test -e /var/lib/systemd/timers/stamp-aimarket-ingest@catalogue.timer
done_testing
