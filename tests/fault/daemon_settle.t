#!/bin/bash
# Questions with a criterion settle by themselves while the daemon runs: when the figure arrives, and when they close.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/fault/daemon.sh"
cp "$ROOT"/etc/feeds.d/{catalogue,by-hand-*}.conf "$WORK/feeds/"
printf '[daemon]\nworkers = 2\nidle = 1s\n[api]\nworkers = 0\n' >"$AIMARKET_CONFIG"
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the catalogue" "$AIMARKET" ingest -q catalogue
ok "a company" "$AIMARKET" add entity --name Acme --kind company --asserted 2020-01-01
ok "a figure" "$AIMARKET" add observation --entity Acme --metric market_cap --value 800M --unit USD --on 2021-06-30 --asserted 2021-07-01
next_year=$(($(date +%Y) + 1))
ok "a question" "$AIMARKET" predict add "A billion?" --id billion --when "observation entity=Acme metric=market_cap >= 1e9 USD by $next_year-12-31"
ok "one that nothing answers" "$AIMARKET" predict add "Ten?" --id ten --when "observation entity=Acme metric=market_cap >= 1e10 USD by $next_year-12-31"
ok "one by hand, which waits" "$AIMARKET" predict add "Said?" --id said --closes $next_year
is "proposed" "$(sql "SELECT step FROM load.propose('said', 'yes', '4 s', NULL, '{}', 'anna', 'everybody saw it', 'test', NULL)")" proposed
daemon_start
status() { "$AIMARKET" query predictions --prediction "$1" --columns status,outcome --format csv | tail -1; }
stands() { # ID TEXT
	local end=$((SECONDS + 60))
	while [ $SECONDS -lt $end ]; do [ "$(status "$1")" = "$2" ] && return; sleep 0.2; done
	diag "$1 is $(status "$1"), not $2"
	return 1
}
ok "what was proposed becomes final when it has waited" stands said resolved,yes
is "the others are open" "$(status billion)$(status ten)" "open,open,"
ok "a figure below" "$AIMARKET" add observation --entity Acme --metric market_cap --value 900M --unit USD --on "$(date +%F)" --asserted "$(date +%F)"
ok "a figure above" "$AIMARKET" add observation --entity Acme --metric market_cap --value 1.5B --unit USD --on "$(date +%F)" --asserted "$(date +%F)"
ok "settles it" stands billion resolved,yes
is "by its criterion, once" "$(sql "SELECT count(*), bool_and(automatic) FROM store.resolution r JOIN store.entity e ON e.id = r.prediction WHERE e.slug = 'billion' AND r.step = 'final'")" "1|t"
is "the other stays open" "$(status ten)" "open,"
like "the log tells" "$(cat "$WORK/daemon.log")" 'questions.*billion: settled, yes'
claim=$(sql "SELECT 'o:' || max(id) FROM store.observation")
ok "the figure is taken back" "$AIMARKET" retract "$claim" --why "misread" --by anna
ok "and the question opens again" stands billion open,
sleep 3
is "nobody looks without a reason" "$(sql "SELECT tx = (SELECT max(tx) FROM store.tx) FROM store.settle_watch")" t
daemon_stop
done_testing
