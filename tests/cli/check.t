#!/bin/bash
# aimarket check: rules as files, each fed figures that break it and figures that do not; and the rule that judges.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null

mkdir "$WORK/feeds"
cp "$ROOT/etc/feeds.d/catalogue.conf" "$WORK/feeds/"
export AIMARKET_FEEDS=$WORK/feeds AIMARKET_DATA=$ROOT/data

# A table of claims: entity,kind,name,metric,dims,unit,date,value,decimals,comparator,publisher,tier,lang,note,parent
feed() { # NAME <ROWS
	cat >"$WORK/feeds/$1.conf" <<-CONF
		[feed]
		format = csv
		path = $WORK/$1.csv
		publisher = test
		asserted_on = 2025-01-01
		[source row]
		ref = {publisher}
		publisher = {publisher}
		tier = {tier}
		lang = {lang}
		kind = article
		[entity]
		when = {kind} is not blank
		ref = {entity}
		kind = {kind}
		name = {name}
		[observation]
		when = {metric} is not blank
		entity = {entity}
		metric = {metric}
		dims = {dims}
		unit = {unit}
		end = {date}
		value = {value}
		decimals = {decimals}
		comparator = {comparator}
		note = {note}
		[statement]
		when = {parent} is not blank
		entity = {entity}
		property = parent
		object = {parent}
	CONF
	{ echo 'entity,kind,name,metric,dims,unit,date,value,decimals,comparator,publisher,tier,lang,note,parent'; cat; } >"$WORK/$1.csv"
	"$AIMARKET" ingest "$1" >"$WORK/out" 2>&1 || diag "$(cat "$WORK/out"; "$AIMARKET" query rejects)"
}
"$AIMARKET" ingest catalogue >/dev/null 2>&1

# ---- what the command is

exits "rules are listed" 0 "$AIMARKET" check --list --format csv
like "with severity, text and file" "$out" 'dense-above-sparse,error,a chip is not faster.*checks.d/dense-above-sparse.sql'
exits "an empty store breaks none" 0 "$AIMARKET" check --format json
is "and the answer is an empty list" "$out" "[]"
exits "an unknown rule" 3 "$AIMARKET" check dense-above-sparsee
like "is answered with the nearest" "$err" 'dense-above-sparse"'

# ---- each rule, on figures that break it

feed figures <<'ROWS'
name:Chip A PCIe,chip,Chip A PCIe,peak_rate,format=fp16;sparsity=dense;unit=tensor,FLOP/s,2024-01-01,900,0,=,vendor,issuer,,,
name:Chip A PCIe,,,peak_rate,format=fp16;sparsity=sparse;unit=tensor,FLOP/s,2024-01-01,800,0,=,vendor,issuer,,,
name:Chip A SXM5,chip,Chip A SXM5,peak_rate,format=fp16;sparsity=dense;unit=tensor,FLOP/s,2024-01-01,700,0,=,vendor,issuer,,,
name:Chip B PCIe,chip,Chip B PCIe,peak_rate,format=fp16;sparsity=dense;unit=tensor,FLOP/s,2024-01-01,500,0,=,vendor,issuer,,,
name:Chip B SXM5,chip,Chip B SXM5,peak_rate,format=fp16;sparsity=dense;unit=tensor,FLOP/s,2024-01-01,700,0,=,vendor,issuer,,,
name:Model M,model,Model M,score,benchmark=x;setting=pass@1,percent,2024-01-01,101,0,=,vendor,issuer,,,
name:Model M,,,parameters,,parameter,2024-01-01,405000000000,-9,=,vendor,issuer,,,
name:Model M,,,training_tokens,,token,2024-01-01,15600000000000,-11,=,vendor,issuer,,,
name:Model M,,,training_compute,,FLOP,2024-01-01,38000000000000000000000000,-24,=,vendor,issuer,,,
name:Model N,model,Model N,parameters,,parameter,2024-01-01,405000000000,-9,=,vendor,issuer,,,
name:Model N,,,training_tokens,,token,2024-01-01,15600000000000,-11,=,vendor,issuer,,,
name:Model N,,,training_compute,,FLOP,2024-01-01,38000000000000000000000,-21,=,vendor,issuer,,,
name:Model F,model,Model F,parameters,,parameter,2024-01-01,1700000000000,-11,=,journal,press,fr,"1,7 trillion de paramètres",
name:Firm,company,Firm,headcount,,people,2021-12-31,100,0,=,vendor,issuer,,,
name:Firm,,,headcount,,people,2022-12-31,110000,0,=,vendor,issuer,,,
name:Firm,,,headcount,,people,2023-12-31,120,0,=,vendor,issuer,,,
name:Firm,,,market_cap,,USD,2024-06-18,3335000000000,-9,=,press,press,,,
name:Firm,,,price,basis=unadjusted;field=close,USD/shares,2024-06-18,135.58,2,=,venue,dataset,,,
name:Firm,,,shares_outstanding,,shares,2024-05-24,24600000000,-8,=,vendor,issuer,,,
name:Other,company,Other,market_cap,,USD,2024-06-18,335000000000,-9,=,press,press,,,
name:Other,,,price,basis=unadjusted;field=close,USD/shares,2024-06-18,135.58,2,=,venue,dataset,,,
name:Other,,,shares_outstanding,,shares,2024-05-24,24600000000,-8,=,vendor,issuer,,,
ROWS
exits "rules of severity error fail" 1 "$AIMARKET" check --format csv
found() { # RULE
	grep "^$1," "$WORK/found" | cut -d, -f3 | sort | tr '\n' ' '
}
cp "$WORK/out" "$WORK/found"
like "the message names those that fail" "$err" 'rules that fail: dense-above-sparse, pcie-above-sxm, score-out-of-range'
is "dense above sparse" "$(found dense-above-sparse)" "chip-a-pcie "
is "PCIe above SXM, and not where it is below" "$(found pcie-above-sxm)" "chip-a-pcie "
is "a score of 101 percent" "$(found score-out-of-range)" "model-m "
is "6ND: 3.79e25 is 3.8e25, and not 3.8e22" "$(found six-n-d)" "model-n "
is "a French trillion" "$(found number-words)" "model-f "
is "a figure a thousand times its neighbours" "$(found thousandfold)" "firm "
is "price times shares" "$(found market-cap)" "other "
exits "a warning does not fail" 0 "$AIMARKET" check number-words
exits "findings as JSON" 1 "$AIMARKET" check score-out-of-range --format json
is "name their claims" "$(jq -r '.[0].claims | length' "$WORK/out")" 1
is "and what the rule says" "$(jq -r '.[0].severity, .[0].text' "$WORK/out" | tr '\n' '|')" "error|a score in percent lies between 0 and 100, a share between 0 and 1|"
claim=$(jq -r '.[0].claims[0]' "$WORK/out")
"$AIMARKET" judge "$claim" deprecated --why 'a slip' --by tester >/dev/null
exits "what a person has deprecated is settled" 0 "$AIMARKET" check score-out-of-range

# ---- rules of one's own, and broken ones

mkdir "$WORK/own"
rule() { # NAME HEADER QUERY
	printf '%s\n%s\n' "$2" "$3" >"$WORK/own/$1.sql"
}
rule mine $'-- severity: error\n-- text: fine' "SELECT slug, name, NULL::text[] FROM store.entity WHERE slug = 'firm';"
rule broken '-- text: broken' 'SELECT nonsense'
rule writes '-- text: writes' "SELECT load.open_batch()::text, '', NULL::text[]"
rule two '-- text: two' 'SELECT 1) x; DROP TABLE store.fact; SELECT (1'
rule slow '-- text: slow' "SELECT pg_sleep(30)::text, '', NULL::text[]"
rule bare '' 'SELECT 1'
exits "rules of one's own, of a folder" 1 "$AIMARKET" check --rules "$WORK/own" --timeout 1 mine broken writes two slow bare --format csv
like "run" "$out" 'mine,error,firm,Firm'
like "a broken one is told, and the rest runs" "$out" 'broken,error,,"?the rule is broken: [^,]*nonsense'
like "one that writes is refused" "$out" 'writes,error,,"?the rule is broken: [^,]*read-only transaction'
like "one of two statements is refused" "$out" 'two,error,,"?the rule is broken: [^,]*(multiple commands|syntax error)'
like "one without end is cut" "$out" 'slow,error,,"?the rule is broken: [^,]*statement timeout'
like "one without a text is refused" "$out" 'bare,error,,"?the rule is broken: [^,]*the header has no'
is "nothing was written" "$(sql "SELECT to_regclass('store.fact') IS NOT NULL")" t
exits "AIMARKET_CHECKS takes the folder's place" 1 env AIMARKET_CHECKS="$WORK/own" "$AIMARKET" check mine
exits "a timeout of nothing" 2 "$AIMARKET" check --timeout 0

# ---- the same number on a product and its owner

standing() { # of the product's figure: rule, disputed
	"$AIMARKET" query observations --entity Gadget --metric revenue_run_rate --columns rule,disputed --format csv | tail -1
}
feed product <<'ROWS'
name:Gadget,product,Gadget,,,,,,,,notes,user,,,name:Maker
name:Maker,company,Maker,,,,,,,,notes,user,,,
name:Gadget,,,revenue_run_rate,,USD,2024-06-30,2000000000,-9,=,notes,user,,,
ROWS
is "alone it stands" "$(standing)" "only claim,false"
feed owner <<'ROWS'
name:Maker,company,Maker,revenue_run_rate,,USD,2024-06-30,2000000000,-9,=,call,issuer,,,
ROWS
is "once the owner's figure is there it is contested, in the load that brought it" "$(standing)" "contested: only deprecated claims,true"
is "by the rule's name, within one transaction" \
	"$(sql "SELECT who, batch = (SELECT max(batch) FROM store.tx) FROM store.judgement WHERE who LIKE 'rule:%'")" "rule:same-number-on-owner|t"
exits "--strict refuses it" 7 "$AIMARKET" query observations --entity Gadget --metric revenue_run_rate --strict
is "nothing was contested before" \
	"$("$AIMARKET" query observations --entity Gadget --metric revenue_run_rate --columns disputed --snapshot "$(sql 'SELECT max(tx) - 1 FROM store.tx')" --format csv | tail -1)" false
run "$AIMARKET" why Gadget revenue_run_rate
like "why tells whose number it is" "$out" 'the same number is said of Maker'
like "and where" "$out" 'the same number elsewhere'
prints=$("$AIMARKET" fingerprint)
exits "judging again" 0 "$AIMARKET" check same-number-on-owner --judge
like "changes nothing" "$err" '^0 judgements'
is "what rules think is no part of the fingerprint" "$("$AIMARKET" fingerprint)" "$prints"
claim=$(sql "SELECT 'o:' || claim FROM store.judgement WHERE who LIKE 'rule:%'")
exits "a rule's name is no person's" 2 "$AIMARKET" judge "$claim" normal --why x --by rule:me
exits "a person outranks the rule" 0 "$AIMARKET" judge "$claim" normal --why 'they do say so' --by tester
is "the figure stands" "$(standing)" "only claim,false"
"$AIMARKET" check --judge >/dev/null 2>&1
is "and is not judged again" "$(standing)" "only claim,false"
unlike "nor found again" "$("$AIMARKET" check same-number-on-owner 2>&1)" gadget

feed twin <<'ROWS'
name:Twin,product,Twin,revenue_run_rate,,USD,2024-06-30,7000000000,-9,=,notes,user,,,name:Maker
name:Maker,company,Maker,revenue_run_rate,,USD,2024-06-30,7000000000,-9,=,call,issuer,,,
ROWS
live() {
	sql "SELECT count(*) FROM store.judgement WHERE who LIKE 'rule:%' AND batch_to IS NULL"
}
is "both in one load" "$(live)" 1
owners=$(sql "SELECT 'o:' || id FROM store.observation WHERE value = 7000000000 AND tier = 2")
"$AIMARKET" judge "$owners" deprecated --why 'a slip of the tongue' --by tester >/dev/null
is "when what it rests on is deprecated, the judgement ends with it" "$(live)" 0
"$AIMARKET" judge "$owners" normal --why 'no slip' --by tester >/dev/null
is "and comes back with it" "$(live)" 1
"$AIMARKET" retract "$owners" --why misread --by tester >/dev/null
is "when what it rests on is gone, the judgement is" "$(live)" 0
exits "the manual page" 0 "$AIMARKET" man aimarket-checks
like "tells what to ask" "$out" 'api.claims'
done_testing
