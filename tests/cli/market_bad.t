#!/bin/bash
# Input that is wrong: refused, or rejected row by row, each with its reason and where it stands, in bounded memory.
. "$(dirname "$0")/../lib.sh"
mkdir "$WORK/feeds"
cp "$ROOT"/etc/feeds.d/{price-*,ecb-*,news-*,litellm-prices,epoch-revenue}.conf "$WORK/feeds/"
export AIMARKET_FEEDS=$WORK/feeds
cat >"$WORK/feeds/sums.conf" <<'CONF'
[feed]
format = csv
publisher = test
asserted_on = 2026-01-01
[csv]
numbers = comma
[entity]
ref = name:{Name}
kind = company
name = {Name}
[observation]
entity = name:{Name}
metric = debt
unit = USD
end = {Date}
value = {Sum}
CONF
rejects() { # FEED FILE: how the rows that are refused are told
	run "$AIMARKET" ingest --feed "$1" --file "$2" --dry-run
	jq -r 'select(.record == "reject") | .locator + ": " + .rule + ": " + .reason' "$WORK/out"
}
cat >"$WORK/sums.csv" <<'ROWS'
Name,Date,Sum
Good,2024-11-14,"17,50,000"
Superscript,2024-11-14,7.5×109
Crores,2024-11-14,₹100 Cr
Words,2024-11-14,$13.6B deal
Plus,2024-11-14,"14,342,000+"
Comma,2024-11-14,"9,9,9,"
Nothing,2024-11-14,inf
Slip,0026-11-14,1
Late,3201-10-21,1
Shape,05/072018,1
Good too,2024-11-15,1000
ROWS
is "sums and days that are none" "$(rejects sums "$WORK/sums.csv")" 'line 3: number: field "value": not a number in comma style: "7.5×109"
line 4: number: field "value": not a number in comma style: "₹100 Cr"
line 5: number: field "value": not a number in comma style: "$13.6B deal"
line 6: number: field "value": not a number in comma style: "14,342,000+"
line 7: number: field "value": not a number in comma style: "9,9,9,"
line 8: number: field "value": not a number in comma style: "inf"
line 9: date: field "end": the year is outside 1800..2200 (limit date-years): "0026-11-14"
line 10: date: field "end": the year is outside 1800..2200 (limit date-years): "3201-10-21"
line 11: date: field "end": not a date in ymd order: "05/072018"'
is "their neighbours come in" "$(jq -r 'select(.record == "observation") | .value' "$WORK/out" | tr '\n' ' ')" "1750000 1000 "

# ---- XML that means harm

refused() { # NAME FEED REGEX <BODY
	cat >"$WORK/body"
	exits "$1" 1 "$AIMARKET" ingest --feed "$2" --file "$WORK/body" --dry-run
	like "$1: why" "$err" "$3"
	ok "$1: at once" test "$SECONDS" -lt 120
}
for feed in ecb-daily news-rss news-atom; do
	refused "$feed: a bomb of entities" $feed 'document type declarations are refused' <<'XML'
<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaaaaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<rss><channel><item><title>&c;</title></item></channel></rss>
XML
	refused "$feed: an entity from outside" $feed 'document type declarations are refused' <<'XML'
<?xml version="1.0"?>
<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<rss><channel><item><title>&x;</title></item></channel></rss>
XML
	refused "$feed: a million elements in each other" $feed 'limit depth' < <(echo '<rss>'; yes '<item>' | head -1000000)
	refused "$feed: an unknown entity" $feed 'not well-formed|nothing at' <<<'<rss><channel><item><title>&nbsp;</title></item></channel></rss>'
done
{ echo '<rss><channel><item><title>'; head -c 40000000 /dev/zero | tr '\0' x; echo '</title></item><item><title>small</title><link>http://x/1</link></item></channel></rss>'; } >"$WORK/large.xml"
like "a record that is too large is refused, the next one comes in" "$(rejects news-rss "$WORK/large.xml")" 'xml: record is larger than [0-9]+ bytes \(limit line\)'
is "the next one" "$(jq -r 'select(.record == "source") | .title' "$WORK/out")" small

# ---- something else than what a feed is for

for feed in price-stooq price-yahoo-chart price-alpha-vantage litellm-prices ecb-daily ecb-csv news-atom epoch-revenue; do
	refused "$feed: a page of HTML" $feed 'HTML page|not the document|not well-formed|no column' <<<'<!DOCTYPE html><html><head><title>Access denied</title></head><body>Your Request Originates from an Undeclared Automated Tool</body></html>'
	refused "$feed: nothing" $feed 'empty|no header row' </dev/null
done
refused "a refusal in words, where prices were asked for" price-stooq 'no column "Date"' <<<'Exceeded the daily hits limit'
refused "one in JSON" price-alpha-vantage 'nothing at|no record|not the document' <<<'{"Information": "Thank you for using Alpha Vantage! Our standard API rate limit is 25 requests per day."}'
refused "a chart of nothing" price-yahoo-chart 'nothing at|not the document' <<<'{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}'

# ---- what servers of the SEC answered instead of data

if [ -d "$SHARED/data/edgar/http_errors" ]; then
	for body in "$SHARED"/data/edgar/http_errors/*; do
		for feed in price-stooq price-yahoo-chart ecb-daily news-rss; do
			run "$AIMARKET" ingest --feed $feed --file "$body" --dry-run
			[ "$rc" = 1 ] && [ -n "$err" ] || break
		done
		is "$(basename "$body") is no data" "$rc" 1
	done
else
	diag "NOT TESTED: $SHARED/data/edgar/http_errors is absent; AIMARKET_SHARED says where captured data lies"
fi
done_testing
