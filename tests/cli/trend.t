#!/bin/bash
# aimarket trend and compare: buckets, gaps, ranges, what is counted apart, what is refused.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null
# the small store, whose figures are counted by hand below
sql "$(cat "$ROOT/tests/cli/fixture.sql")" >/dev/null
trend() { "$AIMARKET" trend "$@" --format csv 2>/dev/null; }
row() { tr '\n' ' '; }
is "deals are counted, with the ones of no amount apart" "$(trend deals --by quarter | row)" \
	"bucket,value,without,claims,disputed 2024-Q3,2,1,3,1 "
is "what is known too roughly for a month is in none" "$(trend deals --type acquihire --by month | row)" "bucket,value,without,claims,disputed 2024-08,1,0,3,1 "
is "a sum, as chosen and if the disputed were the lowest or the highest" "$(trend deals --measure sum:amount | row)" \
	"bucket,unit,value,low,high,rows,without,claims,disputed 2024,USD,2700000000,2500000000,3000000000,2,1,3,1 "
is "as of a day only what was said by then" "$(trend deals --type acquihire --measure sum:amount --as-of 2024-08 | row)" \
	"bucket,unit,value,low,high,rows,without,claims,disputed 2024,USD,3000000000,3000000000,3000000000,1,0,1,0 "
is "a deal stands under each of its parties" "$(trend deals --split party --type acquihire | tail -n +2 | wc -l)" 3
like "but is one" "$("$AIMARKET" trend deals --split party --type acquihire --format json)" '"rows": 1[,}]'
is "a split" "$(trend deals --split type | row)" "bucket,type,value,without,claims,disputed 2024,ipo,1,1,0,0 2024,licence_and_hire,1,0,3,1 "
is "a share" "$(trend deals --split type --share --columns 2>/dev/null | row; trend deals --split type --share | cut -d, -f4 | row)" "share_percent 50 50 "
is "filings" "$(trend filings --by month | row)" "bucket,value 2024-09,1 "
is "a year is no quarter, and a gap is empty" "$(trend observations --entity nvidia --metric revenue --not-period ttm | cut -d, -f1,5,7 | row)" \
	"bucket,period,value 2024,annual,60900000000 2024,quarter, 2025,annual,130497000000 2025,quarter,123456789012345678.90 "
is "the first of them, by --measure" "$(trend observations --entity nvidia --metric revenue --period annual --measure max --by year | tail -1 | cut -d, -f7)" 130497000000
is "growth over a year" "$(trend observations --entity nvidia --metric revenue --period annual --growth yoy | cut -d, -f10,11 | row)" "before,growth_percent , 60900000000,114.280788 "
is "an index" "$(trend observations --entity nvidia --metric revenue --period annual --index 2024-12 | cut -d, -f10 | row)" "index 100 214.280788 "
is "growth a year" "$(trend observations --entity nvidia --metric revenue --ttm --cagr | cut -d, -f1,2,8-11 | row)" \
	"since,until,years,first,last,cagr_percent 2024,2025,1,60900000000,130497000000,114.280788 "
is "a gap grows nothing" "$(trend observations --entity nvidia --metric revenue --period annual --by quarter --growth qoq | tail -n +2 | cut -d, -f11 | sort -u | row)" " "
is "a window that is not full says nothing" "$(trend observations --entity nvidia --metric revenue --period annual --rolling 2 --measure sum | cut -d, -f7 | row)" "value  191397000000 "
like "JSON says what each row stands on" "$("$AIMARKET" trend deals --measure sum:amount --format json)" '"basis":\{.*"unit": "USD".*"claims": 3.*"disputed": 1'
run "$AIMARKET" trend deals --measure sum:amount
like "a table on standard error" "$err" '^basis: sum:amount, USD; .*2 rows; 1 of them without a figure; 3 claims; 1 disputed'
unlike "and no column of it" "$out" 'basis'

# ---- measures, over figures of our own

sql "INSERT INTO store.metric (name, label, definition, unit, kind, period_kind, batch) VALUES ('headcount', 'Headcount', 'People.', 'people', 'stock', 'a', 1), ('seats', 'Seats', 'Seats.', 'people', 'stock', 'a', 1);
	INSERT INTO store.metric_dimension (metric, dimension, role, definition) SELECT id, 'users', 'setting', 'active or all_time' FROM store.metric WHERE name = 'seats';
	INSERT INTO store.unit (code, kind) VALUES ('people', 'count');
	INSERT INTO store.series (subject, metric, unit, period_kind, dims, batch) SELECT 8, m.id, u.id, 'i', d.dims, 1 FROM store.metric m, store.unit u, (VALUES ('headcount', '{}'::jsonb),
		('seats', '{\"users\": \"all_time\"}'), ('seats', '{\"users\": \"active\"}')) d(name, dims) WHERE m.name = d.name AND u.code = 'people';
	INSERT INTO store.observation (id, subject, series, period_start, period_end, asserted_on, source, document, at, batch, tier, prec, comparator, state, nature, value)
	SELECT 50000000 + row_number() OVER (), 8, s.id, f.day, f.day, f.day, 4, 1, 1, 2, 2, 'd', '=', 'v', 'r', f.value FROM store.series s JOIN store.metric m ON m.id = s.metric
	JOIN (VALUES ('headcount', 'none', date '2022-01-10', 1), ('headcount', 'none', '2022-02-10', 2), ('headcount', 'none', '2022-03-10', 4), ('headcount', 'none', '2022-11-10', 9),
		('headcount', 'none', '2024-05-10', 5), ('seats', 'all_time', '2022-05-10', 100), ('seats', 'active', '2023-05-10', 50)) AS f(name, users, day, value)
		ON f.name = m.name AND f.users = coalesce(s.dims ->> 'users', 'none');
	TRUNCATE store.fact; INSERT INTO store.fact SELECT * FROM api.facts_asof(NULL, NULL)" >/dev/null
measured() { # MEASURE: the years' values
	trend observations --entity nvidia --metric headcount --measure "$1" | tail -n +2 | cut -d, -f7 | row
}
for want in "first:1  5 " "last:9  5 " "min:1  5 " "max:9  5 " "mean:4  5 " "median:3  5 " "p50:2  5 " "p75:4  5 " "p90:9  5 " "sum:16  5 " "count:"; do
	[ "${want%%:*}" = count ] || is "${want%%:*}: and a year without figures is a gap, not zero" "$(measured "${want%%:*}")" "${want#*:}"
done
is "figures are counted, and none is zero" "$(trend observations --entity nvidia --metric headcount --measure count | tail -n +2 | cut -d, -f6 | row)" "4 0 1 "
is "so far" "$(trend observations --entity nvidia --metric headcount --measure max --cumulative | tail -n +2 | cut -d, -f7 | row)" "9 9 9 "

# ---- charts

exits "bars" 0 "$AIMARKET" trend deals --type acquihire --measure sum:amount --chart
is "in a pipe in ASCII, the disputed marked" "$out" "deals, sum:amount (USD)
2024    ############################################################ 2.7B !
!  disputed"
exits "lines" 0 "$AIMARKET" trend observations --entity nvidia --metric headcount --by quarter --chart
is "no line is wider than a terminal" "$(("$(wc -L <"$WORK/out")" <= 80))" 1
unlike "and all is ASCII" "$(LC_ALL=C tr -d '[:print:]\n' <"$WORK/out" | wc -c)" '[1-9]'
like "a scale that begins at zero" "$out" '       0 \|'
is "and a gap is one: nothing joins points that are not neighbours" "$(grep -c '\*\.\|\.\*' "$WORK/out")" 0
is "sparks" "$("$AIMARKET" trend observations --entity nvidia --metric headcount --measure max --chart --chart-as sparks 2>/dev/null)" "NVIDIA, headcount (people)
@ + 5
2022 to 2024"
if command -v script >/dev/null; then
	on_terminal=$(script -qc "$AIMARKET trend observations --entity nvidia --metric headcount --by quarter --chart" /dev/null 2>/dev/null)
	ok "braille on a terminal" grep -qP '[\x{2801}-\x{28FF}]' <<<"$on_terminal"
	ok "blocks too" grep -q '█' <<<"$(script -qc "$AIMARKET trend deals --chart" /dev/null 2>/dev/null)"
	is "80 columns there" "$(($(sed '/basis/d' <<<"$on_terminal" | tr -d '\r' | wc -L) <= 80))" 1
fi
exits "nothing to draw" 3 "$AIMARKET" trend deals --type debt --chart
exits "no such drawing" 2 "$AIMARKET" trend deals --chart --chart-as pie
exits "a picture" 0 "$AIMARKET" trend deals --measure sum:amount --svg "$WORK/a.svg"
like "beside the table" "$out" '2700000000'
command -v xmllint >/dev/null && ok "is XML" xmllint --noout "$WORK/a.svg"
like "with its sources" "$(cat "$WORK/a.svg")" 'Sources: .*rehire'
like "and its citation" "$(cat "$WORK/a.svg")" 'aimarket, transaction 2, as of'
exits "that cannot be written" 1 "$AIMARKET" trend deals --svg "$WORK/no/where.svg"

# ---- what is refused, and why

exits "all-time against active does not grow" 2 "$AIMARKET" trend observations --entity nvidia --metric seats --growth yoy
like "and says why" "$err" 'setting users differs, active against all_time'
exits "but one of them does" 0 "$AIMARKET" trend observations --entity nvidia --metric seats --dimension users=active --growth yoy
exits "two definitions" 2 "$AIMARKET" trend observations --entity nvidia --metric headcount,seats --not-dimension users=active --cagr
like "are named" "$err" 'definition differs, headcount against seats'
exits "filings have no amount" 2 "$AIMARKET" trend filings --measure sum:amount
exits "no such measure" 2 "$AIMARKET" trend deals --measure medain:amount
like "the nearest is named" "$err" 'did you mean "median"'
exits "no such column" 2 "$AIMARKET" trend deals --measure 'sum:amount); DROP TABLE x'
exits "no such split" 2 "$AIMARKET" trend deals --split typ
exits "no such bucket" 2 "$AIMARKET" trend deals --by week
exits "no trends of sources" 2 "$AIMARKET" trend sources
exits "a ratio is of two" 2 "$AIMARKET" compare nvidia --metric headcount --ratio
exits "nothing alike" 3 "$AIMARKET" compare nvidia mercury-2 --metric headcount --ratio --on 2024-12-31
exits "nothing to index to" 3 "$AIMARKET" trend observations --entity nvidia --metric headcount --index 2019
like "--sql shows the values in place" "$("$AIMARKET" trend deals --type ipo --sql)" "'\{\"ipo\"\}'"

# ---- the starter set

psql -Xqd postgres -c 'CREATE DATABASE starter'
export AIMARKET_DB="host=$PGHOST dbname=starter user=aimarket"
"$AIMARKET" db migrate >/dev/null
"$AIMARKET" ingest >/dev/null 2>&1
prices() { "$AIMARKET" compare o1-preview gpt-4o --metric api_price --ratio --on "$1" --format csv 2>/dev/null | tail -n +2 | cut -d, -f5 | row; }
is "o1-preview cost three and four times as much as gpt-4o" "$(prices 2024-09-15)" "3 4 "
is "six times from October on" "$(prices 2024-10-10)" "6 6 "
is "every deal of a day known well enough is in the trend" "$(trend deals | tail -n +2 | cut -d, -f2 | awk '{ n += $1 } END { print n }')" \
	"$("$AIMARKET" query deals --limit 0 --columns date_precision --format csv | grep -cv 'date_precision\|unknown\|^$')"
is "a league table has one row for each" "$("$AIMARKET" compare --metric market_cap --top 10 --on 2024-12-31 --format csv 2>/dev/null | tail -n +2 | cut -d, -f2 | sort | uniq -d)" ""
is "and knows only what was known" "$("$AIMARKET" compare --metric market_cap --top 10 --on 2024-12-31 --as-of 2019-01-01 --format ndjson 2>/dev/null)" ""
done_testing
