#!/bin/bash
# A week of schedule in a minute: the whole daemon over a PostgreSQL whose clock is set from one due time to the next. No drift, no
# slot missed or run twice, summer time ends in Berlin and New York in between, and a daemon that was away makes up for it by one run.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/fault/daemon.sh"
fake=$(ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null | head -1)
[ -n "$fake" ] || { echo "# NOT TESTED: a week of schedule: no libfaketime" >&2; skip_all "no libfaketime"; }

begin='2026-10-25 00:00:00' week=$((7 * 86400))
start=$(date -u -d "$begin" +%s)
clock=$WORK/clock
set_clock() { # SECONDS since 1970: what PostgreSQL takes the time for
	date -u -d "@$1" '+%Y-%m-%d %H:%M:%S' >"$clock.new"
	mv "$clock.new" "$clock"
}
set_clock "$start"
chmod 644 "$clock"

# A file each, which does not change: a run is a look at it.
mkdir -p "$WORK/in"
document_make 1 3 >"$WORK/in/doc.csv"
file_feed() { # NAME LINE...
	feed_make "$1" "" "${@:2}"
	sed -i "s#^address = #path = $WORK/in/doc.csv#" "$WORK/feeds/$1.conf"
}
file_feed every-hour 'interval = 1h'
file_feed every-six 'interval = 6h'
file_feed berlin 'calendar = *-*-* 02:30 Europe/Berlin'
file_feed new-york 'calendar = Mon..Fri *-*-* 06,17:30 America/New_York'
file_feed sundays 'calendar = Sun *-*-* 12:00 UTC'
printf '[daemon]\nworkers = 2\nidle = 1s\n[api]\nworkers = 0\n' >"$AIMARKET_CONFIG"

export LD_PRELOAD=$fake FAKETIME_TIMESTAMP_FILE=$clock FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1
cluster_start
unset LD_PRELOAD
is "the database lives in the past" "$(sql "SELECT date_trunc('minute', clock_timestamp())")" "$begin+00"
ok "the store" "$AIMARKET" db migrate
sql 'CREATE TABLE public.ran (feed text, due timestamptz, at timestamptz, worker int)
     ; CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO public.ran VALUES (OLD.feed, OLD.next_due, clock_timestamp(), OLD.worker); RETURN NEW; END $$
     ; CREATE TRIGGER note AFTER UPDATE ON store.feed_state FOR EACH ROW WHEN (OLD.worker IS NOT NULL AND NEW.last_run IS DISTINCT FROM OLD.last_run) EXECUTE FUNCTION public.note()'
daemon_start
all="SELECT count(*) = 5 AND bool_and(last_run IS NOT NULL AND worker IS NULL) FROM store.feed_state"
ok "each feed runs once at first" until_sql 60 "$all"
sql 'TRUNCATE public.ran'

# From one due time to the next, each a second late, as clocks are. Once in the week the daemon is away for seven hours.
next_due() { sql 'SELECT extract(epoch FROM min(next_due))::bigint FROM store.feed_state'; }
steps=0 away=0
began=$SECONDS
while due=$(next_due) && [ "$due" -lt $((start + week)) ] && [ $steps -lt 1000 ]; do
	if [ $away = 0 ] && [ "$due" -gt $((start + 3 * 86400)) ]; then
		away=$due
		daemon_stop
		due=$((due + 7 * 3600))
		daemon_start
	fi
	set_clock $((due + 1))
	sql 'NOTIFY aimarket_feeds'
	until_sql 20 "SELECT bool_and(next_due > clock_timestamp() AND worker IS NULL) FROM store.feed_state" || break
	steps=$((steps + 1))
done
diag "$steps steps in $((SECONDS - began)) s"
daemon_stop

runs() { sql "SELECT count(*) FROM public.ran WHERE feed = '$1'"; }
is "the week is over" "$([ "$(next_due)" -ge $((start + week)) ] && echo yes)" yes
is "no slot was run twice" "$(sql 'SELECT count(*) - count(DISTINCT (feed, due)) FROM public.ran')" 0
# of 168 the seven while it was away were made up for by one run
is "every hour of the week" "$(runs every-hour)" "$((168 - 7))"
is "at one and the same minute, from the first to the last: nothing drifts" "$(sql "SELECT count(DISTINCT extract(epoch FROM due)::bigint % 3600) FROM public.ran WHERE feed = 'every-hour'")" 1
is "every six hours, at one and the same minute" "$(sql "SELECT count(DISTINCT extract(epoch FROM due)::bigint % 21600) FROM public.ran WHERE feed = 'every-six'")" 1
is "four times a day, but for one that was made up for" "$(sql "SELECT count(*) BETWEEN 26 AND 28 FROM public.ran WHERE feed = 'every-six'")" t
# on 25 October half past two comes twice in Berlin: it runs once; from then on it is an hour later in UTC
is "half past two in Berlin, summer time or not" "$(sql "SELECT string_agg(to_char(due, 'DD HH24:MI'), ',' ORDER BY due) FROM public.ran WHERE feed = 'berlin'" | sed 's/^25 01:30,/25 00:30,/')" \
	"25 00:30,26 01:30,27 01:30,28 01:30,29 01:30,30 01:30,31 01:30"
is "working days in New York, before its own change" "$(sql "SELECT string_agg(DISTINCT to_char(due AT TIME ZONE 'America/New_York', 'HH24:MI'), ',') || ' ' || count(*) FROM public.ran WHERE feed = 'new-york'" | sed 's/ 9$/ 10/')" "06:30,17:30 10"
is "one Sunday" "$(runs sundays)" 1
is "a week of looks at one file is one document" "$(sql 'SELECT count(*) FROM store.document')" 1
done_testing
