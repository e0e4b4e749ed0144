#!/bin/bash
# Questions from asking to settling: criteria, both clocks, refusals by name, seals, disputes, restated figures.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the starter set" "$AIMARKET" ingest -q
predict() { "$AIMARKET" predict "$@"; }
on() { # DAY COMMAND…: as if it were that day
	AIMARKET_TODAY=$1 "${@:2}"
}
outcome() { # ID [OPTION…]
	"$AIMARKET" query predictions --prediction "$@" --columns status,outcome --format csv | tail -n +2
}

# ---- the Cerebras question settles from the withdrawal, and stays settled

exits "ask" 0 on 2024-10-10 predict add "Will Cerebras list by the end of 2025?" --id cerebras-2025 --when 'deals type=ipo target=cerebras status=listed by 2025-12-31' --by anna
like "what it comes to at present is told" "$out" 'as things stand: open'
like "and how often the like came true" "$out" 'base rate: [0-9]+ of [0-9]+ before came true'
like "with the list" "$out" 'did not +[a-z-]+-ipo'
exits "a forecast" 0 on 2024-10-11 predict forecast cerebras-2025 --p 0.7 --by ben --why "the S-1 is out"
exits "another" 0 on 2025-11-01 predict forecast cerebras-2025 --p 0.05 --by ben
exits "nothing to settle before the deadline" 0 on 2025-11-02 predict due --settle --format csv
unlike "the withdrawal alone leaves it open" "$out" cerebras
exits "after it" 0 on 2026-01-02 predict due --settle --format csv
like "it settles no" "$out" 'cerebras-2025,settled,no'
is "from the withdrawal" "$(sql "SELECT DISTINCT s.code || ' ' || s.period_end || ' ' || s.tier FROM store.resolution r, unnest(r.claims) c
	JOIN store.statement s ON 's:' || s.id = c")" "withdrawn 2025-10-03 1"
is "with the bytes it was read from" "$(sql "SELECT bool_and(cardinality(documents) > 0) FROM store.resolution WHERE step = 'final'")" t
exits "the second registration and the listing of 2026" 0 on 2026-06-01 predict due --settle --format csv
unlike "do not disturb it" "$out" cerebras
is "it stays no" "$(outcome cerebras-2025)" "resolved,no"
is "as of a day before it was open" "$(outcome cerebras-2025 --as-of 2025-12-01)" "open,"

# ---- no look-ahead

exits "a question about what happened in 2026, as known at a close before" 0 on 2025-01-01 predict add "Listed in May 2026?" --id cheat \
	--when 'deals type=ipo target=cerebras status=listed by 2026-05-31' --closes 2026-05-20 --vintage known
on 2026-06-02 predict due --settle >/dev/null
is "what was only said after the close does not count" "$(outcome cheat)" "resolved,no"
exits "the same by what is known at last" 0 on 2025-01-01 predict add "Listed in May 2026, by latest knowledge?" --id latest \
	--when 'deals type=ipo target=cerebras status=listed by 2026-05-31' --vintage latest
on 2026-06-02 predict due --settle >/dev/null
is "on that day not yet said either" "$(outcome latest)" "resolved,no"
exits "months later it was" 0 on 2026-11-01 predict due --settle --format csv
like "and the question is looked at again" "$out" 'latest,reopened,yes'
is "the one that asks for the knowledge at its close is not" "$(outcome cheat)" "resolved,no"
is "what it was before is kept" "$(sql "SELECT string_agg(step || coalesce(' ' || outcome, ''), ', ' ORDER BY r.id) FROM store.resolution r JOIN store.entity e ON e.id = r.prediction
	WHERE e.slug = 'latest'")" "proposed no, final no, reopened, proposed yes, final yes"
before=$(sql 'SELECT max(tx) FROM store.tx')

exits "a forecast that claims to be older than the outcome" 0 on 2026-02-01 predict forecast cerebras-2025 --p 0.01 --by cheat --at 2025-10-01
exits "score" 0 predict score --prediction cerebras-2025 --format csv
unlike "does not count" "$out" ',cheat,'
like "that of the time does" "$out" 'cerebras-2025,ben,brier_binary,0.0025,'
exits "unless asked for" 0 predict score --prediction cerebras-2025 --backfilled --format csv
like "it counts" "$out" ',cheat,brier_binary,0.0001,'
on 2025-06-01 predict add "Known before its close?" --id early --closes 2026-12-31 >/dev/null
on 2025-07-01 predict forecast early --p 0.4 --by ben >/dev/null
on 2026-03-02 predict resolve early yes --why "seen" --known 2026-03-01 --wait 0 >/dev/null
exits "a forecast after the outcome was known, before the close" 0 on 2026-06-01 predict forecast early --p 0.99 --by ben
exits "score" 0 predict score --prediction early --rule brier_binary --format csv
is "is not looked at" "$(sed -n 2p <<<"$out" | cut -d, -f2,4,6)" "ben,0.36,1"
scored=$(sql 'SELECT max(tx) FROM store.tx')
was=$("$AIMARKET" query scores --prediction early --snapshot "$scored" --format csv)
on 2026-06-02 predict resolve early no --why "it was not so" --known 2026-03-01 --wait 0 >/dev/null
exits "resolved anew" 0 predict score --prediction early --rule brier_binary --format csv
is "it scores anew" "$(sed -n 2p <<<"$out" | cut -d, -f2,4,6)" "ben,0.16,1"
is "at the transaction before, scores are as they were" "$("$AIMARKET" query scores --prediction early --snapshot "$scored" --format csv)" "$was"
is "and before it was scored there were none" "$("$AIMARKET" query scores --prediction early --snapshot "$before" --format csv | wc -l)" 1
is "a criterion asked for an earlier state of the store does not see what came later" \
	"$(sql "SELECT (api.try_criterion(p, '2026-11-01', 1)).truth IS NULL OR NOT (api.try_criterion(p, '2026-11-01', 1)).truth, (api.try_criterion(p, '2026-11-01', NULL)).truth FROM load.prediction_row('latest') p")" "t|t"
exits "settling while nothing has happened" 0 on 2026-11-01 predict due --settle --format csv
is "does nothing" "$(on 2026-11-01 predict due --settle --format csv | wc -l)" 1
is "and need not look" "$(sql "SELECT count(*) FROM store.prediction q WHERE q.batch_to IS NULL AND NOT EXISTS (SELECT FROM store.settle_look k WHERE k.prediction = q.entity AND k.tx = (SELECT max(tx) FROM store.tx)
	AND k.day = '2026-11-01')")" 0

# ---- a figure that is judged or taken back reopens

exits "a figure" 0 on 2025-01-01 predict add "NVIDIA at 5 trillion in 2025?" --id nvidia-5t --when 'observation entity=NVIDIA metric=market_cap >= 5e12 USD by 2025-12-31' --vintage latest
on 2026-11-02 predict due --settle >/dev/null
is "came true" "$(outcome nvidia-5t)" "resolved,yes"
claim=$(sql "SELECT r.claims[1] FROM store.resolution r JOIN store.entity e ON e.id = r.prediction WHERE e.slug = 'nvidia-5t' AND r.step = 'final'")
ok "its claim is corrected" "$AIMARKET" correct "$claim" --value 4.9e12 --why "misread"
exits "settle again" 0 on 2026-11-03 predict due --settle --format csv
like "it is reopened and comes out otherwise" "$out" 'nvidia-5t,reopened,no'
is "at the transaction before it had not been asked" "$(outcome nvidia-5t --snapshot "$before")" ""

figure() { # VALUE DAY: what the company said of its year, and when
	"$AIMARKET" add observation --entity acme-chips --metric revenue --value "$1" --unit USD --start 2025-01-01 --end 2025-06-30 --source "https://example.com/$2" --asserted "$2" >/dev/null
}
"$AIMARKET" add entity --name "Acme Chips" --kind company --source https://example.com/acme >/dev/null
ok "a company says a figure" figure 100M 2025-07-15
on 2025-01-01 predict add "90 million in half a year?" --id restated --when 'observation entity=acme-chips metric=revenue >= 90M USD by 2025-12-31' --vintage latest --no-base-rate >/dev/null
on 2025-01-01 predict add "90 million, as first said?" --id first-said --when 'observation entity=acme-chips metric=revenue >= 90M USD by 2025-12-31' --vintage first --no-base-rate >/dev/null
on 2025-08-01 predict due --settle >/dev/null
is "both came true" "$(outcome restated) $(outcome first-said)" "resolved,yes resolved,yes"
ok "it says another" figure 80M 2025-09-01
exits "settle again" 0 on 2026-01-05 predict due --settle --format csv
like "a restated figure reopens the question" "$out" 'restated,reopened,no'
is "not the one that asks for the first release" "$(outcome restated) $(outcome first-said)" "resolved,no resolved,yes"
second=$(sql "SELECT 'o:' || o.id FROM store.observation o JOIN store.entity e ON e.id = o.subject WHERE e.slug = 'acme-chips' ORDER BY o.id DESC LIMIT 1")
ok "the second figure is judged wrong" "$AIMARKET" judge "$second" deprecated --why "a slip of the press office"
exits "settle once more" 0 on 2026-01-06 predict due --settle --format csv
like "a judgement reopens it" "$out" 'restated,reopened,yes'
is "all of it is kept" "$(sql "SELECT string_agg(step || coalesce(' ' || outcome, ''), ', ' ORDER BY r.id) FROM store.resolution r JOIN store.entity e ON e.id = r.prediction WHERE e.slug = 'restated'")" \
	"proposed yes, final yes, reopened, proposed no, final no, reopened, proposed yes, final yes"
exits "the sum of two halves against a bound, and two series against each other" 0 on 2025-01-01 predict add "x" --id both --no-base-rate \
	--when '(sum observation entity=acme-chips metric=revenue > 50M USD by 2025-12-31) and not (last observation entity=acme-chips metric=revenue > observation entity=nvidia metric=revenue by 2025-12-31)'
on 2026-01-06 predict due --settle >/dev/null
is "come out, too" "$(outcome both)" "resolved,yes"

# ---- refused, by name

refused() { # NAME RULE COMMAND…
	exits "$1" 2 "${@:3}"
	like "by name" "$err" "^aimarket: $2:"
}
on 2025-01-01 predict add "Choice?" --kind choice --option a --option b --option c --id choice --closes 2027 >/dev/null
on 2025-01-01 predict add "Figure?" --kind numeric --low 0 --high 100 --open-high --id figure --closes 2027 >/dev/null
on 2025-01-01 predict add "Open?" --id open --closes 2027 >/dev/null
for p in 0 1 1.2; do refused "p = $p" probability-range predict forecast open --p $p; done
refused "p = NaN" forecast-form predict forecast open --p NaN
refused "probabilities that do not sum to 1" probability-sum predict forecast choice --p a=0.5 --p b=0.2 --p c=0.2
refused "an unknown option" unknown-option predict forecast choice --p a=0.5 --p d=0.5
refused "a distribution that falls" cdf-falls predict forecast figure --input '{"cdf": [0, 0.5, 0.4, 0.9]}'
refused "a distribution that does not begin at a closed end" cdf-bounds predict forecast figure --input '{"cdf": [0.1, 0.5, 0.9]}'
refused "probabilities that are none" probability-range predict forecast choice --p a=1.5 --p b=-0.3 --p c=-0.2
refused "a sum that is off by more than the tolerance" probability-sum predict forecast choice --p a=0.5 --p b=0.3 --p c=0.200002
refused "a question that is linked to itself" relation predict link open open --as same
refused "an unknown relation" relation predict link open choice --as cousin
refused "a choice of one" options predict add "x" --kind choice --option a --closes 2027
refused "a range upside down" range predict add "x" --kind numeric --low 5 --high 1 --closes 2027
refused "a close before the opening" closing predict add "x" --opens 2027-01-01 --closes 2026-01-01
refused "an expiry in the past" expiry predict forecast open --p 0.5 --expires 2020-01-01
refused "a share of a choice" outcome predict resolve choice partial:0.5 --why x
refused "a figure below a closed end" outcome predict resolve figure below --why x
refused "an outcome known in the future" known-at predict resolve open yes --why x --known 2099-01-01
refused "quantiles that fall" quantiles-fall predict forecast figure --quantile 0.1=50 --quantile 0.5=40
refused "before the opening" before-open on 2024-01-01 predict forecast open --p 0.5
refused "after the close" after-close on 2028-01-01 predict forecast open --p 0.5
refused "an unknown metric" unknown-metric predict add "x" --when 'observation entity=NVIDIA metric=market_kap >= 5 USD by 2027'
refused "a unit that does not fit" unit-fit predict add "x" --when 'observation entity=NVIDIA metric=market_cap >= 5 shares by 2027'
refused "words that make no criterion" criterion predict add "x" --when "deals type=ipo; DROP TABLE store.deal"
exits "an unknown entity" 3 predict add "x" --when 'deals target=nobodyknows by 2027'
exits "a question about a question" 0 on 2025-01-01 predict add "Second?" --id second --closes 2027 --when 'question open = yes'
refused "which must not ask about it in turn" cycle predict edit open --when 'question second = yes'
refused "an outcome it cannot have" outcome predict resolve open maybe --why x
refused "nothing to dispute" dispute predict dispute open --why x

# ---- forecasts of all kinds

exits "a choice" 0 on 2025-02-01 predict forecast choice --p a=0.5 --p b=0.3 --p c=0.2 --by ben
exits "quantiles" 0 on 2025-02-01 predict forecast figure --quantile 0.1=20 --quantile 0.5=40 --quantile 0.9=80 --by ben
on 2025-01-01 predict add "When?" --kind date --low 2026-01-01 --high 2026-12-31 --open-high --id when --closes 2027 >/dev/null
exits "days" 0 on 2025-02-01 predict forecast when --quantile 0.25=2026-03-01 --quantile 0.75=2026-09-01 --by ben
exits "an interval of days" 0 on 2025-02-02 predict forecast when --interval 2026-03-01,2026-09-01,0.5 --by ben
is "are the same distribution" "$(sql "SELECT count(DISTINCT pmf), count(*) FROM store.forecast WHERE prediction = load.prediction_entity('when')")" "1|2"
refused "no day" forecast-form predict forecast when --quantile 0.5=soon
exits "a sample" 0 on 2025-02-01 predict forecast figure --input '{"sample": [10, 20, 30, 40, 120]}' --by carl
exits "a distribution at points of its own" 0 on 2025-02-03 predict forecast figure --input '{"cdf": [[10, 0.1], [50, 0.5], [90, 0.9]]}' --by carl
exits "an interval" 0 on 2025-02-01 predict forecast figure --interval 20,80 --by anna
exits "a distribution at five points" 0 on 2025-02-02 predict forecast figure --input '{"cdf": [0, 0.25, 0.5, 0.75, 0.9]}' --by anna
is "each is a mass of 1 over 202 outcomes" "$(sql "SELECT DISTINCT round((SELECT sum(m) FROM unnest(pmf) m)::numeric, 9) || ' ' || cardinality(pmf) FROM store.forecast WHERE spec IS NOT NULL")" "1.000000000 202"
exits "one of last month" 0 on 2025-03-01 predict forecast open --p 0.6 --by carl --at 2025-02-01
is "is marked" "$("$AIMARKET" query forecasts --forecaster carl --columns backfilled --format csv | tail -1)" true
exits "a withdrawal" 0 on 2025-04-01 predict withdraw open --by carl
is "leaves nothing standing" "$("$AIMARKET" query predictions --prediction open --columns forecasters --format csv | tail -1)" 0

# ---- seals

exits "seal" 0 on 2025-02-01 predict seal open --p 0.9 --by dora
text=$(sed -n 's/^keep this, it opens the seal: //p' <<<"$out")
id=$(sql 'SELECT max(id) FROM store.forecast')
is "only a hash is kept" "$("$AIMARKET" query forecasts --state sealed --columns p,seal --format csv | tail -1)" ",$(printf %s "$text" | sha256sum | cut -d' ' -f1)"
refused "another text does not open it" seal predict open "$id" --text "${text/0.9/0.8}"
exits "its own does" 0 predict open "$id" --text "$text"
is "and tells" "$("$AIMARKET" query forecasts --forecaster dora --columns state,p --format csv | tail -1)" "opened,0.9"

# ---- the fingerprint covers what was asked, said and settled

prints=$("$AIMARKET" fingerprint --format csv)
is "predictions, links, forecasts and resolutions are counted" "$(cut -d, -f1,2 <<<"$prints" | tail -4 | tr '\n' ' ')" "$(for t in prediction prediction_link forecast resolution; do
	name=${t#prediction_} && echo "${name}s,$(sql "SELECT count(*) FROM store.$t")"; done | tr '\n' ' ')"
exits "one more forecast" 0 on 2025-02-02 predict forecast choice --p a=0.5 --p b=0.3 --p c=0.2 --by ben
is "changes that of the forecasts alone" "$(diff <(echo "$prints") <("$AIMARKET" fingerprint --format csv) | grep '^>' | cut -d, -f1)" "> forecasts"
prints=$("$AIMARKET" fingerprint)
sql "SET session_replication_role = replica; UPDATE store.forecast SET recorded_at = recorded_at + interval '1 day'"
is "the time of intake changes nothing" "$("$AIMARKET" fingerprint)" "$prints"

# ---- by hand: propose, dispute, wait, final

exits "propose" 0 on 2027-01-02 predict resolve open yes --why "it was in the papers" --by anna
is "it waits" "$(outcome open)" "proposed,yes"
exits "dispute" 0 on 2027-01-02 predict dispute open --why "it was not" --by ben
on 2027-01-09 predict due --settle >/dev/null
is "a disputed one does not become final" "$(outcome open)" "disputed,"
exits "propose anew" 0 on 2027-01-09 predict resolve open no --why "agreed" --by anna
on 2027-01-09 predict due --settle >/dev/null
is "not before its time" "$(outcome open)" "proposed,no"
on 2027-01-11 predict due --settle >/dev/null
is "then final" "$(outcome open)" "resolved,no"
is "and what asked about it settles too" "$(on 2027-01-12 predict due --settle >/dev/null; outcome second)" "resolved,no"
exits "resolve anew" 0 on 2027-02-01 predict resolve open partial:0.4 --why "half of it" --wait 0
is "the new one stands" "$(outcome open)" "resolved,partial:0.4"
exits "a day" 0 on 2027-02-01 predict resolve when 2026-06-01 --why "seen" --wait 0
is "is an outcome" "$(outcome when)" "resolved,2026-06-01"
exits "above an open end" 0 on 2027-02-01 predict resolve figure above --why "seen" --wait 0
is "is one, too" "$(outcome figure)" "resolved,above"
exits "figures score" 0 predict score --rule wis --format csv
is "by quantiles, whoever forecast them, each on what stood" "$(tail -n +2 <<<"$out" | cut -d, -f1,2 | sort | tr '\n' ' ')" "figure,anna figure,ben figure,carl when,ben "
exits "a choice" 0 on 2027-02-01 predict resolve choice b --why "seen" --wait 0
is "by option" "$(outcome choice)" "resolved,b"

is "the database refuses to change a forecast" "$(psql -XAtqc 'UPDATE store.forecast SET pmf = NULL' 2>&1 | grep -c append-only)" 1
is "and to delete a score" "$(psql -XAtqc 'TRUNCATE store.score' 2>&1 | grep -c append-only)" 1
exits "show" 0 predict show open
like "tells the steps" "$out" 'disputed'
exits "list" 0 predict list --status resolved --format json
done_testing
