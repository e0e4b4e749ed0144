#!/bin/bash
# Facts typed in by hand: they go the way of every document, all of it or nothing, and what is refused is refused by name.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the starter set" "$AIMARKET" ingest -q
columns() { # NAMES QUERY…: of CSV rows
	local names=$1
	shift
	"$AIMARKET" query "$@" --format csv --columns "$names" --limit 0 | tail -n +2
}
tx() { sql 'SELECT coalesce(max(tx), 0) FROM store.tx'; }

# ---- a company, a deal, a figure, a statement, a source

exits "a company" 0 "$AIMARKET" add entity --name "Foo Robotics, Inc." --kind company --alias "Foo Bots" --key lei:529900T8BM49AURSDO55 --country Germany \
	--source https://news.example.com/foo --asserted 2026-01-05 --title "Amazon hires Foo"
is "with its names" "$(columns id,name,country entities --entity 'foo bots')" 'foo-robotics-inc,"Foo Robotics, Inc.",Germany'
is "and its identifier" "$(columns id entities --entity lei:529900T8BM49AURSDO55)" "foo-robotics-inc"
exits "a deal, with its parts" 0 "$AIMARKET" add deal --type licence_and_hire --target "Foo Robotics" --acquirer Amazon --date 2026-01-05 --licence-fee 330M --retention 100M \
	--about --people-share 66 --source https://news.example.com/foo --asserted 2026-01-05 --by anna
is "which is one row" "$(columns id,type,status,target,acquirer,announced_on deals --target foo-robotics-inc)" \
	'foo-robotics-amazon-2026,licence_and_hire,announced,"Foo Robotics, Inc.",Amazon,2026-01-05'
is "and its parts, rounded as they were told" "$(columns part,part_amount,part_comparator deals --parts --target foo-robotics-inc)" "licence_fee,330000000,~
retention,100000000,~"
is "rounded" "$(sql "SELECT string_agg(DISTINCT decimals::text, ' ') FROM store.observation o JOIN store.series r ON r.id = o.series JOIN store.metric m ON m.id = r.metric
	JOIN store.entity e ON e.id = r.subject WHERE e.slug = 'foo-robotics-amazon-2026' AND m.name = 'deal_amount'")" "-7 -8"
is "by its source" "$(columns source,source_url deals --target foo-robotics-inc)" "Amazon hires Foo,https://news.example.com/foo"
exits "another source on the same deal" 0 "$AIMARKET" add deal --type licence_and_hire --deal foo-robotics-amazon-2026 --target foo-robotics-inc --amount 450M \
	--source https://other.example.org/foo --asserted 2026-01-06
is "joins it" "$(columns amount,claims deals --target foo-robotics-inc)" "450000000,1"
exits "a figure" 0 "$AIMARKET" add observation --entity foo-robotics-inc --metric revenue --value 12.5M --unit USD --start 2025-01-01 --end 2025-12-31 \
	--source https://foo.example.com/results --publisher "Foo Robotics" --tier issuer --asserted 2026-02-01
is "is a figure" "$(columns value,unit,period,tier observations --entity foo-robotics-inc)" "12500000,USD,annual,issuer"
exits "of a moment, and large" 0 "$AIMARKET" add observation --entity foo-robotics-inc --metric market_cap --value 3.8e25 --unit USD --on 2026-01-31 --asserted 2026-02-01
is "digit by digit" "$(columns value,period_end observations --entity foo-robotics-inc --metric market_cap)" "38000000000000000000000000,2026-01-31"
exits "a statement" 0 "$AIMARKET" add statement --entity foo-robotics-inc --property parent --object Amazon --start 2026-03-01 --asserted 2026-03-01
like "is known" "$("$AIMARKET" entity tree foo-robotics-inc --on 2026-03-02 --format csv)" 'foo-robotics-inc,company,parent,2026-03-01'
exits "a source" 0 "$AIMARKET" add source --source https://a.example.com/x --title "A page" --asserted 2026-01-01
is "is one" "$(columns title,said_on sources --search a.example.com)" "A page,2026-01-01"

# ---- traceable, once

claim=$(columns claim observations --entity foo-robotics-inc --metric revenue | grep ^o:)
like "a claim leads to who typed it" "$("$AIMARKET" query documents --feed by-hand-deal --format csv --columns address)" 'typed in by anna'
like "and to what was typed" "$("$AIMARKET" show "$claim" --format json)" '"document":"[0-9a-f]{64}"'
before=$(tx)
exits "the same again" 0 "$AIMARKET" add observation --entity foo-robotics-inc --metric revenue --value 12.5M --unit USD --start 2025-01-01 --end 2025-12-31 \
	--source https://foo.example.com/results --publisher "Foo Robotics" --tier issuer --asserted 2026-02-01
like "is known" "$out" 'known already'
exits "a dry run prints what would be claimed" 0 "$AIMARKET" add observation --entity foo-robotics-inc --metric revenue --value 1 --unit USD --on 2026-01-01 --asserted 2026-01-01 --dry-run
like "as records" "$out" '"revenue"'
is "neither changes anything" "$(tx)" "$before"

# ---- refused by name, nothing half done

refused() { # NAME RULE ARGUMENT…
	local name=$1 rule=$2
	shift 2
	exits "$name" 6 "$AIMARKET" add "$@" --asserted 2026-01-01
	like "by the rule $rule" "$err" "aimarket: $rule: "
}
refused "an unknown metric" unknown-metric observation --entity nvidia --metric reveneu --value 1 --unit USD --on 2026-01-01
refused "a dimension that is not allowed" dimension observation --entity nvidia --metric market_cap --dims colour=red --value 1 --unit USD --on 2026-01-01
refused "a unit that does not fit" unit observation --entity nvidia --metric market_cap --value 1 --unit people --on 2026-01-01
refused "an end before the start" period observation --entity nvidia --metric revenue --value 1 --unit USD --start 2026-02-01 --end 2026-01-01
refused "a moment of what takes time" period observation --entity nvidia --metric market_cap --value 1 --unit USD --start 2026-01-01 --end 2026-02-01
refused "nobody of that name" entity observation --entity nvidai-inc --metric revenue --value 1 --unit USD --on 2026-01-01
refused "an identifier that is somebody else's" identifier-taken entity --name "Bar Chips" --kind chip --key lei:529900T8BM49AURSDO55
refused "a check digit that is wrong" check-digit entity --name "Bar Chips" --kind company --key lei:529900T8BM49AURSDO56
is "nothing was done" "$(tx)" "$before"
is "no company was made" "$(sql "SELECT count(*) FROM store.entity WHERE name = 'Bar Chips'")" 0
exits "what is missing is wrong usage" 2 "$AIMARKET" add deal --type ipo
exits "so is what nobody knows" 2 "$AIMARKET" add deal --type ipo --target nvidia --amuont 3

# ---- many at once

cat >"$WORK/deals.csv" <<'END'
deal,type,target,acquirer,date,amount,parts,comparator,source,asserted
foo-bar-2026,acquisition,foo-robotics-inc,Amazon,2026-04,1.2B,,,https://a.example.com/1,2026-04-02
foo-baz-2026,licence_and_hire,foo-robotics-inc,Google,2026-05-06,,licence_fee=200M;retention=50M,about,https://a.example.com/2,2026-05-07
END
exits "a table" 0 "$AIMARKET" add deal --from "$WORK/deals.csv"
is "is that many deals" "$(columns id,amount deals --target foo-robotics-inc --since 2026-04)" "foo-baz-2026,
foo-bar-2026,1200000000"
cat >"$WORK/heads.csv" <<'END'
entity,metric,value,unit,on,source,asserted
nvidia,headcount,29600,people,2024-01-28,https://a.example.com/3,2024-02-21
nvidia,headcount,36000,people,2025-01-26,https://a.example.com/4,2025-02-26
END
exits "a table of figures" 0 "$AIMARKET" add observation --from "$WORK/heads.csv"
is "with the moments they are of" "$(columns period_end,value observations --entity nvidia --metric headcount --since 2024 --until 2025-01 --sort period_end | tr '\n' ' ')" "2024-01-28,29600 2025-01-26,36000 "
{ printf '\xff\xfe'; iconv -t UTF-16LE "$WORK/heads.csv"; } >"$WORK/wide.csv"
exits "in UTF-16, too" 0 "$AIMARKET" add observation --from "$WORK/wide.csv"
exits "with blanks around a name" 0 "$AIMARKET" add observation --dry-run --from <(sed '1s/value/" value "/' "$WORK/heads.csv")
sed 's/,asserted/,tiar/' "$WORK/heads.csv" >"$WORK/misspelt.csv"
exits "a column that nobody knows" 2 "$AIMARKET" add observation --from "$WORK/misspelt.csv"
like "is told, with the nearest" "$err" 'column "tiar".*"tier"'
sed -i 's/foo-ba/new-ba/; s/,1.2B,,/,1.3B,total=1.4B,/' "$WORK/deals.csv"
before=$(tx)
exits "with two totals in one record" 6 "$AIMARKET" add deal --from "$WORK/deals.csv"
like "by the name of the rule" "$err" 'two-totals'
is "none of it is taken" "$(sql "SELECT count(*) FROM store.entity WHERE slug LIKE 'new-ba%'") $(tx)" "0 $before"
is "the failed run says why" "$(columns state,error runs --feed by-hand-deal | head -1 | grep -o 'failed\|two-totals' | tr '\n' ' ')" "failed two-totals "
done_testing
