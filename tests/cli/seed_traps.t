#!/bin/bash
# The reader's notes are full of traps: numbers that are wrong, taken for others, out of date or not comparable. What a ledger
# that keeps who said what about what, and when, makes of them. T1, T2 … are the traps, in the order of the notes' review.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null

column() { # NAMES RESOURCE [OPTION…]: columns of an answer, a row a line
	local names=$1
	shift
	"$AIMARKET" query "$@" --columns "$names" --limit 0 --format csv | tail -n +2
}
ask() { # JQ WHY…: of the first figure
	local q=$1
	shift
	"$AIMARKET" why "$@" --format json | jq -r ".[0] | $q"
}
figure() { # ENTITY METRIC [OPTION…]
	column value observations --entity "$1" --metric "$2" "${@:3}"
}
flagged() { # RULE SUBJECT
	"$AIMARKET" check "$1" --format json 2>/dev/null | jq -r --arg s "$2" '[.[] | select(.subject == $s)] | length > 0'
}

# ---- loaded beside others: what is answered after each load stays what it was

loads="catalogue starter-1-entities starter-2-filings starter-3-predictions starter-4-deals starter-5-metrics starter-6-statements starter-7-notes"
answers() { # [--snapshot TX]
	"$AIMARKET" query observations --limit 0 --format csv --columns entity_id,metric,dimensions,period_start,period_end,value,value_to,claims,disputed,rule,claim "$@" | sort
	"$AIMARKET" query deals --limit 0 --format csv --columns id,type,status,amount,amount_low,amount_high,claims,disputed,announced_on "$@" | sort
}
wrong=
for feed in $loads; do
	run "$AIMARKET" ingest "$feed"
	tx=$(sql 'SELECT max(tx) FROM store.tx')
	answers >"$WORK/then.$tx"
done
for then in "$WORK"/then.*; do
	answers --snapshot "${then##*.}" | cmp -s - "$then" || wrong+=" ${then##*.}"
done
is "today's answer and that of a snapshot are the same, at every transaction" "$wrong" ""
is "and there were several" "$(find "$WORK" -name 'then.*' | wc -l)" "$(sql 'SELECT count(*) FROM store.tx')"
is "facts worked out for today are those kept ready" "$(sql "
	SELECT count(*) FROM ((SELECT * FROM store.fact EXCEPT SELECT * FROM api.facts_asof(NULL, NULL))
	               UNION ALL (SELECT * FROM api.facts_asof('9999-12-31', NULL) EXCEPT SELECT * FROM store.fact)) x")" 0
is "no deal is told otherwise as of tomorrow" "$(sql "SELECT count(*) FROM (SELECT * FROM api.deals EXCEPT SELECT * FROM api.deals_asof('9999-12-31', NULL)) x")" 0

# ---- T1: the two billion of Copilot

is "T1: never shown as plain fact" "$(column value,disputed,rule,tier observations --entity 'GitHub Copilot' --metric revenue_run_rate --since 2024)" \
	"2000000000,true,contested: only deprecated claims,user"
exits "T1: refused by --strict" 7 "$AIMARKET" query observations --entity 'GitHub Copilot' --metric revenue_run_rate --since 2024 --strict
is "T1: why says whose number it is" "$(ask '.elsewhere[0] | .entity, .relation, .tier, .source' 'GitHub Copilot' revenue_run_rate 2024-06 | tr '\n' '|')" \
	"GitHub|parent|issuer|Microsoft FY24 Q4 earnings call|"
like "T1: and why it is doubted" "$(ask '.claims[0].judgement' 'GitHub Copilot' revenue_run_rate 2024-06)" '^deprecated: .*GitHub.*Microsoft FY24 Q4'
is "T1: GitHub's stands" "$(column value,disputed,tier observations --entity GitHub --metric revenue_run_rate --since 2024 --until 2024)" "2000000000,false,issuer"
is "T1: 40% of it is not two billion" "$(flagged share-of-whole github-copilot)" true
is "T1: a share of growth is no share" "$(flagged share-of-growth github-copilot)" true
claim=$(column claim observations --entity 'GitHub Copilot' --metric revenue_run_rate --since 2024)

# ---- T2 to T4: three acqui-hires

is "T2: Character.AI is contested, by four figures" \
	"$(ask '[.claims[] | select(.value != null) | "\(.value / 1e9) \(.dimensions.component)"] | unique | join(", ")' characterai-google-2024)" \
	"2.5 implied_valuation, 2.5 investor_buyout, 2.5 total, 2.7 total, 3 total"
is "T2: one of them a valuation, never compared with the price" \
	"$(ask '[.claims[] | select(.dimensions.component == "implied_valuation").verdict] | unique | .[]' characterai-google-2024)" "not comparable: component"
is "T2: they differ" "$(column amount_low,amount_high,disputed,valuation deals --target Character.AI --type acquihire)" "2500000000,3000000000,true,2500000000"
is "T3: Adept: 330 and about 100 are 429 within their roundings" "$(flagged deal-parts adept-amazon-2024),$(flagged deal-parts-missing adept-amazon-2024)" "false,false"
is "T4: Inflection: 620 and 30 are 650" "$(column part,part_amount deals --parts --target 'Inflection AI')" "total,650000000
licence_fee,620000000
waiver,30000000"
is "T4: which agrees" "$(flagged deal-parts inflection-microsoft-2024),$(flagged deal-parts-missing inflection-microsoft-2024)" "false,false"
is "T2: before it was told" "$(column id deals --target Character.AI --type acquihire --as-of 2024-08-01)" ""
is "T2: by the end of August the NYT's figure alone" "$(column amount,disputed deals --target Character.AI --type acquihire --as-of 2024-08-31)" "3000000000,false"
is "T2: by October the WSJ's too" "$(column amount,disputed deals --target Character.AI --type acquihire --as-of 2024-10-10)" "2700000000,true"

# ---- T5: a score without its setting

is "T5: 83.83 is a figure of its own, not 83.3's rival" \
	"$(column value,dimensions observations --entity o1 --metric score | grep -c 'aime-2024')" 4
like "T5: it says that the setting was not said" "$("$AIMARKET" check setting-not-said 2>&1)" 'o1 .*83\.83 percent does not say its setting'
is "T5: and why keeps them apart" "$(ask '[.claims[] | select(.value == 83.83).verdict] | unique | .[]' "$(column claim,value observations --entity o1 --metric score | grep ',83.3$' | cut -d, -f1)")" \
	"not comparable: setting not said"

# ---- T6: a ratio is a question as of a day

price() { # MODEL DIRECTION DAY: the price that held, of what was known
	column value,dimensions observations --entity "$1" --metric api_price --until "$3" | grep "\"\"$2\"\"" | head -1 | cut -d, -f1
}
ratio() { # DIRECTION DAY
	sql "SELECT trim_scale($(price o1-preview "$1" "$2")::numeric / $(price GPT-4o "$1" "$2"))"
}
is "T6: three and four times GPT-4o when it came" "$(ratio input 2024-09-15) $(ratio output 2024-09-15)" "3 4"
is "T6: six times by the day of the report" "$(ratio input 2024-10-10) $(ratio output 2024-10-10)" "6 6"

# ---- T7, T8: rates of chips

is "T7: 312 is tensor and dense, and met by the data sheet" "$(flagged setting-not-said a100-sxm)" false
is "T8: a petaflop is met by none of the data sheet's" "$(flagged setting-not-said h100-sxm5)" true

# ---- T9, T10: number words, comparators, large numbers

is "T9: 1.7 trillion is an estimate" "$(ask '[.claims[] | select(.value == 1.7e12) | .comparator + " " + .nature] | unique | .[]' GPT-4 parameters)" "~ estimated"
is "T9: ten to fifteen a range" "$(column value,value_to,comparator observations --entity GPT-4 --metric training_tokens | grep '15000000000000,\.\.')" "10000000000000,15000000000000,.."
is "T10: 15T does not agree with 15.6T" "$(column value,disputed observations --entity 'Llama 3.1 405B' --metric training_tokens)" "15600000000000,true"
is "T10: and is told" "$(flagged claims-differ llama-3-1-405b)" true
is "T10: 16,000 to the thousand agrees with 16,384" "$(column value,disputed observations --entity 'Llama 3.1 405B' --metric training_chips)" "16384,false"
is "T10: six times parameters times tokens is the compute told" "$(flagged six-n-d llama-3-1-405b)" false
is "T10: 3.8e25 through JSON and jq, digit for digit" \
	"$("$AIMARKET" query observations --entity 'Llama 3.1 405B' --metric training_compute --numbers string --format json | jq -r '.[0].value')" 38000000000000000000000000
is "T11: more than 57 is not 57" "$(column comparator observations --entity MMLU --metric n_subjects | sort -u | tr '\n' ' ')" "> "
is "T12: an order without numbers" "$(column comparator,nature observations --entity GPT-4o --metric score_margin | sort -u | tr '\n' ' ')" "<,assertion >,assertion "

# ---- T13 to T18

is "T13: four roundings of one value agree" "$(column value,claims,disputed observations --entity nvidia --metric market_cap --since 2024-06-18 --until 2024-06-18)" "3335000000000,5,false"
is "T13: the largest on that day" "$(figure NVIDIA market_cap_rank --since 2024-06-18 --until 2024-06-18)" 1
is "T14: 256 of them, of one and one" "$(figure 'DGX GH200' contains) $(figure GH200 contains | tr '\n' ' ')" "256 1 1 "
is "T15: 25 times is a claim of somebody's" "$(column value,comparator,nature observations --entity B200 --metric improvement_factor | head -1)" "25,<=,assertion"
status() { # DAY
	column status,status_on deals --type ipo --target Cerebras --as-of "$1"
}
is "T16: filed is not done" "$(status 2024-10-10)" "filed,2024-09-30"
is "T16: then withdrawn" "$(status 2025-12-01)" "withdrawn,2025-10-03"
is "T16: filed again" "$(status 2026-04-20)" "refiled,2026-04-17"
is "T16: listed, and one deal all along" "$(status 2026-10-06) $(column id deals --target Cerebras --type ipo)" "listed,2026-05-14 cerebras-ipo"
like "T16: the chain of its stages" "$("$AIMARKET" show cerebras-ipo)" 'withdrawn.*refiled'
is "T17: the predictions of the reports, and the one of the notes" "$(column id entities --kind prediction | wc -l)" $(($(tail -n +2 "$ROOT/data/predictions.csv" | wc -l) + 1))
is "T18: designs with their forum" "$(sql "SELECT string_agg(e.name || ' ' || s.code || ' ' || (s.dims ->> 'forum'), ', ' ORDER BY e.name)
	FROM store.statement s JOIN store.entity e ON e.id = s.subject WHERE s.property = 'design_licence'")" "Catalina open ocp, Grand Teton open ocp"

# ---- what a feed may say that cannot be

mkdir "$WORK/feeds"
cp "$ROOT/etc/feeds.d/catalogue.conf" "$WORK/feeds"
feed() { # NAME HEADER <<ROWS: a feed of lines word,value
	{ printf '[feed]\nformat = csv\npath = %s\npublisher = test\nasserted_on = 2025-01-01\n' "$WORK/$1.csv"; cat; } >"$WORK/feeds/$1.conf"
}
feed words <<'CONF'
[source row]
ref = {ref}
title = {title}
date = {date}
lang = fr
kind = article
[entity]
ref = name:{who}
kind = model
name = {who}
[observation]
entity = name:{who}
metric = parameters
unit = parameter
value = {value}
CONF
printf 'ref,title,date,who,value\na,A,2024-10-10,Mistigri,"1,7 trillion"\n' >"$WORK/words.csv"
exits "T9: a number word is not guessed: the row waits" 6 env AIMARKET_FEEDS="$WORK/feeds" "$AIMARKET" ingest words
is "T9: neither as 10^12 nor as 10^18" "$(sql "SELECT count(*) FROM store.observation o JOIN store.entity e ON e.id = o.subject WHERE e.slug = 'mistigri'")" 0
like "T9: with its words and the reason" "$(sql "SELECT raw || ' ' || reason FROM store.reject ORDER BY id DESC LIMIT 1")" '1,7 trillion.*number'
feed keys <<'CONF'
[entity]
ref = name:{who}
kind = company
name = {who}
[key]
entity = name:{who}
scheme = cik
value = {cik}
CONF
printf 'who,cik\nLong Number Inc,123456789012345678901\n' >"$WORK/keys.csv"
exits "a CIK of 21 digits is refused" 6 env AIMARKET_FEEDS="$WORK/feeds" "$AIMARKET" ingest keys
is "and nobody bears it" "$(sql "SELECT count(*) FROM store.entity_key WHERE scheme = 'cik' AND length(norm) > 10")" 0

# ---- six copies of one wire story

feed wire <<'CONF'
[source row]
ref = {ref}
publisher = {who}
tier = press
title = {title}
date = {date}
kind = article
[entity]
ref = name:Wired Robots
kind = company
name = Wired Robots
[observation]
entity = name:Wired Robots
metric = total_funding
unit = USD
end = 2025-01-10
value = {value}
CONF
{
	echo 'ref,who,title,date,value'
	for paper in herald times post globe star echo; do echo "$paper/1,$paper,Wired Robots raises 70 million in new funds,2025-01-1$((RANDOM % 4)),70000000"; done
} >"$WORK/wire.csv"
AIMARKET_FEEDS=$WORK/feeds "$AIMARKET" ingest wire >/dev/null 2>&1
is "six claims are one witness" "$(ask '"\(.claims | length) \(.witnesses)"' 'Wired Robots' total_funding)" "6 1"

# ---- two writers at once

for n in 1 2; do
	feed "writer$n" <<-CONF
	[source row]
	ref = {ref}
	kind = article
	date = {date}
	[entity]
	ref = name:{who}
	kind = company
	name = {who}
	[observation]
	entity = name:{who}
	metric = headcount
	unit = people
	end = {date}
	value = {value}
	CONF
	{ echo 'ref,date,who,value'; for i in $(seq 200); do echo "$n/$i,2024-01-0$((i % 9 + 1)),Shared Firm,$((n * 1000 + i % 3))"; done; } >"$WORK/writer$n.csv"
done
for n in 1 2; do AIMARKET_FEEDS=$WORK/feeds "$AIMARKET" ingest "writer$n" >/dev/null 2>&1 & done
wait
at() { # TX
	column period_end,value,claims,disputed,claim observations --entity 'Shared Firm' --snapshot "$1"
}
last=$(sql 'SELECT max(tx) FROM store.tx')
first=$(at $((last - 1))) second=$(at "$last")
is "two writers: their numbers follow their commits" "$(sql "SELECT count(DISTINCT o.batch) FROM store.observation o JOIN store.entity e ON e.id = o.subject WHERE e.slug = 'shared-firm'")" 2
is "two writers: the second saw what the first had written" "$second" "$(column period_end,value,claims,disputed,claim observations --entity 'Shared Firm')"
"$AIMARKET" judge "$(sql "SELECT 'o:' || o.id FROM store.observation o JOIN store.entity e ON e.id = o.subject WHERE e.slug = 'shared-firm' LIMIT 1")" deprecated --why x --by tester >/dev/null
is "two writers: the answer at a printed number never changes" "$(at $((last - 1)))|$(at "$last")" "$first|$second"

# ---- limits and identifiers that somebody made up

exits "20 requests a second are not what the SEC allows" 1 psql -Xq -v ON_ERROR_STOP=1 -c "UPDATE store.host SET rate = 20 WHERE host = 'sec.gov'"
like "by the limit's name" "$err" 'host_rate_most'
exits "a CIK has ten digits, not 21" 2 "$AIMARKET" entity key nvidia cik:123456789012345678901 --why 'an answer from somewhere'
like "which is said" "$err" '"123456789012345678901" is no cik'

# ---- the notes alone

psql -Xqd postgres -c 'CREATE DATABASE notes'
export AIMARKET_DB="host=$PGHOST dbname=notes user=aimarket"
"$AIMARKET" db migrate >/dev/null
exits "the notes need no other table" 0 "$AIMARKET" ingest catalogue starter-7-notes
is "T1: contested by the notes themselves" "$(column disputed,rule observations --entity 'GitHub Copilot' --metric revenue_run_rate)" "true,contested: only deprecated claims"
is "exactly three acqui-hires" "$(column id deals --type acquihire | sort | tr '\n' ' ')" "adept-amazon-2024 characterai-google-2024 inflection-microsoft-2024 "
is "T2: by the end of August 2024 one of them, by one figure" "$(column id,amount,claims deals --as-of 2024-08-31)" "characterai-google-2024,3000000000,1"
exits "check fails on them" 1 "$AIMARKET" check
like "for the share that is none" "$err" 'share-of-whole'
done_testing
