#!/bin/bash
# The units: systemd reads them, they are closed as far as promised, and `make install` puts them in place.
. "$(dirname "$0")/../lib.sh"
command -v systemd-analyze >/dev/null || skip_all "no systemd-analyze here"

# With the programs where the units look for them, systemd can be asked about all of it.
mkdir -p "$WORK/bin" "$WORK/units"
cp "$BUILD/aimarketd" "$BUILD/aimarket" "$WORK/bin/"
for u in "$ROOT"/etc/systemd/*; do sed "s#@BINDIR@#$WORK/bin#" "$u" >"$WORK/units/$(basename "$u")"; done
cd "$WORK/units" || exit 1

run systemd-analyze verify --man=no ./aimarketd.service ./aimarketd.socket ./aimarketd-api.service ./aimarketd-api.socket ./aimarket-ingest@feed.service ./aimarket-ingest@feed.timer
is "systemd has nothing to say about the units" "$rc$out$err" 0
for u in aimarketd.service aimarket-ingest@.service; do
	ok "$u: exposed no more than 1.2" systemd-analyze security --offline=true --threshold=12 "./$u"
done
ok "aimarketd-api.service: no more than 0.5" systemd-analyze security --offline=true --threshold=5 ./aimarketd-api.service
like "the configuration is checked before the daemon starts" "$(cat aimarketd.service)" 'ExecStartPre=.*/aimarket config check'
ok "the timer's times are times" systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' aimarket-ingest@.timer)"
like "a run that was missed is made up for" "$(cat aimarket-ingest@.timer)" 'Persistent=yes'
like "not all at the same second" "$(cat aimarket-ingest@.timer)" 'RandomizedDelaySec='

exits "the daemon tells what it can do" 0 "$BUILD/aimarketd" --help
like "its version" "$("$BUILD/aimarketd" --version)" '^aimarketd [0-9]'
exits "an unknown option is wrong usage" 2 "$BUILD/aimarketd" --nonsense
mkdir -p "$WORK/feeds"
AIMARKET_FEEDS=$WORK/feeds exits "configuration and feeds are checked" 0 "$BUILD/aimarketd" --check
printf '[daemon]\nworkers = many\n' >"$WORK/bad.conf"
exits "a bad setting is named" 1 "$BUILD/aimarketd" --check --config "$WORK/bad.conf"
like "with its line" "$err" 'bad.conf:2: workers takes a whole number'
printf '[feed]\nformat = edgar-submissions\naddress = https://data.sec.gov/submissions/CIK{item}.json\n[fetch]\nitems = 0001045810 0001318605\n' >"$WORK/feeds/filers.conf"
AIMARKET_FEEDS=$WORK/feeds exits "no EDGAR feed without a contact" 1 "$BUILD/aimarketd" --check
like "and what to do about it" "$err" 'Set contact'
printf '[fetch]\ncontact = someone@example.org\n' >"$WORK/good.conf"
AIMARKET_FEEDS=$WORK/feeds exits "with one it runs" 0 "$BUILD/aimarketd" --check --config "$WORK/good.conf"
done_testing
