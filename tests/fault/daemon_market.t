#!/bin/bash
# The definitions of the market's feeds at work in the daemon, as they stand but for the server: prices as CSV and as a chart, the ECB's rates
# as XML and as the archive of all days, prices of models. Packed, with validators: asked again they are not sent again. And a folder of
# tables, each of which tells in its name when it was fetched.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/fault/daemon.sh"
command -v zip >/dev/null || skip_all "no zip"

cat >"$WORK/nvda.csv" <<'E'
Date,Open,High,Low,Close,Volume
2024-06-06,124.05,125.59,118.32,121.00,664696000
2024-06-07,119.77,121.69,118.02,120.89,412386000
E
cp "$ROOT/tests/feeds/price-yahoo-chart/daily_with_events/NVDA.json" "$WORK/chart.json"
cat >"$WORK/daily.xml" <<'E'
<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<gesmes:subject>Reference rates</gesmes:subject>
	<Cube><Cube time='2024-06-07'><Cube currency='USD' rate='1.0898'/><Cube currency='JPY' rate='169.72'/></Cube></Cube>
</gesmes:Envelope>
E
printf 'Date,USD,JPY,CYP,\n2024-06-06,1.0865,169.36,N/A,\n2024-06-07,1.0898,169.72,N/A,\n' >"$WORK/eurofxref-hist.csv"
(cd "$WORK" && zip -q hist.zip eurofxref-hist.csv)
echo '{"model-x": {"litellm_provider": "maker", "mode": "chat", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05}}' >"$WORK/models.json"
{
	echo "/q/d/l/* file=$WORK/nvda.csv gzip etag=\"\\\"p1\\\"\""
	echo "/v8/finance/chart/* file=$WORK/chart.json gzip etag=\"\\\"c1\\\"\""
	echo "/stats/eurofxref/eurofxref-daily.xml file=$WORK/daily.xml gzip etag=\"\\\"d1\\\"\" modified=\"Fri, 07 Jun 2024 14:15:00 GMT\""
	echo "/stats/eurofxref/eurofxref-hist.zip file=$WORK/hist.zip etag=\"\\\"h1\\\"\""
	echo "/BerriAI/* file=$WORK/models.json gzip etag=\"\\\"m1\\\"\""
} >"$WORK/rules"
server_start
printf '[daemon]\nretry_first = 1h\nretry_most = 2h\nidle = 1s\nworkers = 1\n[fetch]\nrate = 0\n' >"$AIMARKET_CONFIG"
cp "$ROOT/etc/feeds.d/catalogue.conf" "$WORK/feeds/"
export AIMARKET_DATA=$WORK/data
mkdir -p "$WORK/data/prices"
cp "$ROOT/data/metric_catalogue.csv" "$WORK/data/"

served() { # FEED [ITEMS]: our definition, on, led to the server
	sed -e "s#^address = https://[^/]*#address = http://127.0.0.1:$port#; s/^enabled = no/enabled = yes/; /^calendar/d; /^jitter/d; /^interval/d" \
		-e "s/^items = .*/items = ${2:-}\nprivate = yes/; s/^\[feed\]/[feed]\ninterval = 1d/" "$ROOT/etc/feeds.d/$1.conf" >"$WORK/feeds/$1.conf"
	grep -q '^private' "$WORK/feeds/$1.conf" || printf '[fetch]\nprivate = yes\n' >>"$WORK/feeds/$1.conf"
}
feeds='price-stooq price-yahoo-chart ecb-daily ecb-hist litellm-prices'
served price-stooq nvda
served price-yahoo-chart NVDA
for f in ecb-daily ecb-hist litellm-prices; do served $f; done
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the catalogue" "$AIMARKET" ingest catalogue

# the folder: one table fetched before a split, one after it, both found by the daemon today
sed -e '/^address/d; /^enabled/d; /^items/d; /^\[fetch\]/d' -e 's/^\[feed\]/[feed]\npath = prices\nfetched_on = name/' -e 's/^interval.*/interval = 1d/' "$ROOT/etc/feeds.d/price-stooq.conf" >"$WORK/feeds/folder.conf"
printf 'Date,Open,High,Low,Close,Volume\n2024-06-06,1210,1256,1183,1210,66469600\n' >"$WORK/data/prices/SPLT_2024-06-09.csv"
printf 'Date,Open,High,Low,Close,Volume\n2024-06-06,121,125.6,118.3,121,664696000\n' >"$WORK/data/prices/SPLT_2024-06-12.csv"

daemon_start
loaded() { until_sql 40 "SELECT count(*) = $1 FROM store.feed_state WHERE feed = ANY (string_to_array('$feeds', ' ')) AND last_run IS NOT NULL AND worker IS NULL AND NOT wanted"; }
ok "all of them run" loaded 5
is "none fails" "$(sql "SELECT string_agg(feed || ': ' || error, '; ') FROM store.feed_state WHERE error IS NOT NULL")" ""
is "each document is taken in, once" "$(sql "SELECT string_agg(feed || ' ' || n, ' ' ORDER BY feed) FROM (SELECT feed, count(*) AS n FROM store.run WHERE document IS NOT NULL AND state = 'loaded' AND feed = ANY (string_to_array('$feeds', ' ')) GROUP BY 1) r")" \
	"ecb-daily 1 ecb-hist 1 litellm-prices 1 price-stooq 1 price-yahoo-chart 1"
is "nothing is refused" "$(sql 'SELECT count(*) FROM store.reject')" 0
q() { "$AIMARKET" query observations "$@" --format csv | tail -n +2; }
is "prices from the table" "$(q --entity ticker:NVDA --metric price --dimension field=close --dimension basis=total_return --since 2024-06-07 --until 2024-06-07 --columns value)" 120.89
is "from the chart, with its split" "$(q --entity ticker:NVDA --metric split_factor --columns value)" "$(jq '[.chart.result[0].events.splits[] | .numerator / .denominator] | .[0]' "$WORK/chart.json")"
is "rates, of the day and of all days; one that says the same is known" "$(q --entity eur --metric fx_rate --dimension quote=USD --sort period_end --columns period_end,value,claims)" "2024-06-06,1.0865,1
2024-06-07,1.0898,1"
is "prices of models hold from the day they are fetched" "$(q --entity model-x --metric api_price --dimension direction=input --columns period_start,period_end,value)" "$(date -u +%F),,3"

answers() { awk -v path="$1" 'index($4, path) { print $5 }' "$WORK/server.log" | paste -sd' '; }
claims=$(sql 'SELECT count(*) FROM store.observation')
for f in $feeds; do "$AIMARKET" feeds run "$f" >/dev/null; done
ok "again" loaded 5
for path in /q/d/l /v8/finance/chart eurofxref-daily.xml eurofxref-hist.zip /BerriAI; do
	is "$path is not sent again" "$(answers $path)" "200 304"
done
is "and nothing is added" "$(sql 'SELECT count(*) FROM store.observation')" "$claims"

# ---- tables of a folder

ok "the folder is read" until_sql 30 "SELECT count(*) = 2 FROM store.run WHERE feed = 'folder' AND state = 'loaded'"
is "its tables were fetched on the days in their names: two vintages, no rivals" \
	"$(q --entity ticker:SPLT --metric price --dimension field=close --columns value,asserted_on,disputed,rule)" "121,2024-06-12,false,later vintage"
is "so their captures say" "$(sql "SELECT string_agg(at::date::text, ' ' ORDER BY at) FROM store.capture WHERE feed = 'folder'")" "2024-06-09 2024-06-12"
daemon_stop
done_testing
