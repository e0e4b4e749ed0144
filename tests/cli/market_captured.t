#!/bin/bash
# Every captured file of prices, exchange rates, AI industry and deals loads, and comes to what another tool counts in it: how many figures
# of which metric, and their sum, digit by digit. What is refused is named here, one by one.
. "$(dirname "$0")/../lib.sh"
need_shared data/market/prices
for tool in python3 jq xmllint; do
	command -v $tool >/dev/null || { echo "# NOT TESTED: $tool is absent" >&2; skip_all "no $tool"; }
done
M=$SHARED/data/market
cluster_start
ok "migrate" "$AIMARKET" db migrate
exits "the starter set" 0 "$AIMARKET" ingest

# feed, file, day it was fetched (as the manifest tells), exit code, more
while read -r feed file day code more; do
	# shellcheck disable=SC2086
	exits "$file" "$code" "$AIMARKET" ingest --feed "$feed" --file "$M/$file" --fetched "$day" $more
done <<'FILES'
price-yfinance prices/yfinance_multiheader/NVIDIA_STOCK.csv 2024-09-30 0
price-stooq prices/daily_ohlcv_2024_2026/NVDA.csv 2026-03-20 0
price-stooq prices/daily_ohlcv_2024_2026/MSFT.csv 2026-03-20 0
price-stooq prices/daily_ohlcv_2024_2026/GOOGL.csv 2026-03-20 0
price-stooq prices/daily_ohlcv_2024_2026/AMZN.csv 2026-03-20 0
price-stooq prices/daily_ohlcv_2024_2026/AAPL.csv 2026-03-20 0
price-yahoo-chart prices/yahoo_chart_v8/NVDA_1h_2024-05-03.json 2024-05-03 0
price-alpha-vantage prices/alpha_vantage/TIME_SERIES_DAILY_NVDA_2024-01-25_excerpt.json 2024-01-25 0
price-alpha-vantage prices/alpha_vantage/WEEKLY_ADJUSTED_NVDA_split_snippet.json 2026-08-20 0
price-nasdaq prices/nasdaq/HistoricalData_GOOG_2rows_excerpt.csv 2024-12-13 0
price-investing prices/investing_com/NVDA_historical_excerpt.csv 2024-07-06 0
price-yahoo-events prices/yahoo_events/response_yahoo_events.txt 2016-05-01 0 --as CBK.DE
ecb-daily fx/eurofxref-daily.xml 2014-06-10 0
ecb-90d fx/eurofxref-hist-90d.xml 2014-06-13 0
ecb-csv fx/eurofxref_single_day_2016-10-27.csv 2016-10-27 0
epoch-companies ai/epoch/ai_companies.csv 2026-01-02 0
epoch-funding ai/epoch/ai_companies_funding_rounds.csv 2026-01-02 0
epoch-revenue ai/epoch/ai_companies_revenue_reports.csv 2026-01-02 0
epoch-compute ai/epoch/ai_companies_compute_spend.csv 2026-01-02 6
epoch-hardware ai/epoch/ml_hardware.csv 2026-01-02 0
epoch-chip-sales ai/epoch_nvidia_chip_sales/quarter_sales.csv 2026-01-06 0
epoch-chip-timelines ai/epoch_nvidia_chip_sales/nvidia_chip_timelines.csv 2026-01-06 0
lmarena ai/lmarena/lmarena_text.csv 2025-08-04 0
litellm-prices ai/llm_prices/litellm_model_prices_subset.json 2026-07-24 0
nvidia-revenue ai/nvidia_revenue/revenue_export.csv 2025-11-17 0
nvidia-revenue-json ai/nvidia_revenue/revenue_export.json 2025-11-17 0
ipo-calendar-finnhub deals/finnhub/IPO-Calendar.json 2020-05-01 6
funding-india deals/india_startup_funding/startup_funding_v3.csv 2021-01-01 6
funding-crunchbase-vc deals/excerpts/crunchbase_investments_VC_excerpt.csv 2015-01-01 0
FILES
is "every file of these folders was taken in" "$(sql "SELECT count(DISTINCT c.document) FROM store.capture c JOIN store.run r ON r.document = c.document AND r.state = 'loaded' WHERE c.feed ~ '^(price|ecb|epoch|lmarena|litellm|nvidia|ipo|funding)'")" \
	"$(find "$M"/{prices,fx,ai,deals} -type f | wc -l)"
is "and no folder of captures is left to nobody (news_captured.t has news and headlines)" "$(cd "$M" && ls -d */ | tr -d '/' | tr '\n' ' ')" "ai deals fx headlines news prices "
is "what is refused, each with its reason" "$("$AIMARKET" query rejects --sort feed --columns feed,locator,rule,reason --format csv | tail -n +2)" \
	'epoch-compute,line 34,date,"field ""date"": not a date in mdy order: ""0202-07-30"""
funding-india,line 2054,number,"field ""value"": not a number in comma style: ""1,000,000,"""
ipo-calendar-finnhub,line 503 (byte 12603),key,"""IPV'"'"'U"" is no ticker"'

# ---- figures: file, metric, how many, their sum

sql "SELECT DISTINCT ON (d.id, m.name) regexp_replace(c.address, '.*/', ''), m.name, count(*) OVER w, trim_scale(sum(o.value) OVER w)
     FROM store.observation o JOIN store.series r ON r.id = o.series JOIN store.metric m ON m.id = r.metric JOIN store.document d ON d.id = o.document
     JOIN LATERAL (SELECT * FROM store.capture k WHERE k.document = d.id ORDER BY k.id LIMIT 1) c ON c.feed ~ '^(price|ecb|epoch|lmarena|litellm|nvidia|ipo|funding)'
     WINDOW w AS (PARTITION BY d.id, m.name)" | sort >"$WORK/got"
python3 - "$M" >"$WORK/want" <<'PYTHON'
import collections, csv, decimal, json, os, re, subprocess, sys
decimal.getcontext().prec = 400
D, M, out = decimal.Decimal, sys.argv[1], collections.defaultdict(list)
def number(text): return D(text.replace(',', '').replace('$', '').strip())
def rows(path, **kw):
    with open(f'{M}/{path}', newline='', encoding='utf-8-sig') as f: return list(csv.DictReader(f, **kw))
def add(path, metric, value): out[os.path.basename(path), metric].append(value)

path = 'prices/yfinance_multiheader/NVIDIA_STOCK.csv'
for r in rows(path)[2:]:
    for c in ('Adj Close', 'Close', 'High', 'Low', 'Open'): add(path, 'price', D(r[c]))
    add(path, 'trading_volume', D(r['Volume']))
for name in ('NVDA', 'MSFT', 'GOOGL', 'AMZN', 'AAPL'):
    path = f'prices/daily_ohlcv_2024_2026/{name}.csv'
    for r in rows(path):
        for c in ('Open', 'High', 'Low', 'Close'): add(path, 'price', D(r[c]))
        add(path, 'trading_volume', D(r['Volume']))
path = 'prices/nasdaq/HistoricalData_GOOG_2rows_excerpt.csv'
for r in rows(path):
    for c in ('Open', 'High', 'Low', 'Close/Last'): add(path, 'price', number(r[c]))
    add(path, 'trading_volume', D(r['Volume']))
path = 'prices/investing_com/NVDA_historical_excerpt.csv'
for r in rows(path):
    for c in ('Open', 'High', 'Low', 'Price'): add(path, 'price', number(r[c]))
    add(path, 'trading_volume', D(r['Vol.'][:-1]) * {'M': 10**6, 'B': 10**9}[r['Vol.'][-1]])
path = 'prices/yahoo_chart_v8/NVDA_1h_2024-05-03.json'
for result in json.load(open(f'{M}/{path}'), parse_float=D)['chart']['result']:
    for field, values in result['indicators']['quote'][0].items():
        for v in values:
            if v is not None: add(path, 'trading_volume' if field == 'volume' else 'price', D(v))
for name in os.listdir(f'{M}/prices/alpha_vantage'):
    for series, days in json.load(open(f'{M}/prices/alpha_vantage/{name}')).items():
        for day, bar in days.items() if series != 'Meta Data' else ():
            for field, v in bar.items(): add(name, 'trading_volume' if 'volume' in field else 'price', D(v))
for line in open(f'{M}/prices/yahoo_events/response_yahoo_events.txt'):
    f = [x.strip() for x in line.split(',')]
    if f[0] == 'DIVIDEND': add('CBK.DE', 'dividend', D(f[2]))
    if f[0] == 'SPLIT': add('CBK.DE', 'split_factor', D(f[2].split(':')[0]) / D(f[2].split(':')[1]))
# the daily document has one of the ninety days: its rates are known by then
for path in ('fx/eurofxref-daily.xml', 'fx/eurofxref-hist-90d.xml'):
    found = subprocess.run(['xmllint', '--xpath', '//*/@time | //*/@currency | //*/@rate', f'{M}/{path}'], capture_output=True, text=True).stdout
    day = currency = None
    seen = globals().setdefault('seen', set())
    for key, v in re.findall(r'(\w+)="([^"]*)"', found):
        if key == 'time': day = v
        elif key == 'currency': currency = v
        elif (day, currency, v) not in seen:     # 0.80750 says more than 0.8075
            seen.add((day, currency, v))
            add(path, 'fx_rate', D(v))
path = 'fx/eurofxref_single_day_2016-10-27.csv'
for r in rows(path, skipinitialspace=True):
    for c, v in r.items():
        if c not in ('Date', '', None) and v.strip() not in ('', 'N/A'): add(path, 'fx_rate', D(v.strip()))
path = 'ai/epoch/ai_companies_funding_rounds.csv'
for r in rows(path):
    for c in ('Funding (equity)', 'Funding (debt)', 'Valuation (post-money)'):
        if r[c]: add(path, 'deal_amount', D(r[c]))
path = 'ai/epoch/ai_companies_revenue_reports.csv'
for r in rows(path): add(path, 'revenue_run_rate', D(r['Revenue amount (normalize to annual)']))
path = 'ai/epoch/ai_companies_compute_spend.csv'
for r in rows(path):
    if r['Report date'] != '0202-07-30': add(path, 'compute_spend', D(r['Amount']))
path = 'ai/epoch/ml_hardware.csv'
for r in rows(path):
    for c, v in r.items():
        metric = {'Release price (USD)': 'unit_price', 'Memory size per board (Byte)': 'memory', 'Memory bandwidth (byte/s)': 'memory_bandwidth',
                  'Intranode bandwidth (byte/s)': 'interconnect_bandwidth', 'Die Size (mm^2)': 'die_size', 'TDP (W)': 'power', 'Base clock (MHz)': 'clock_rate',
                  'Boost clock (MHz)': 'clock_rate', 'Tensor cores': 'cores', 'Process size (nm)': 'process_node', 'Transistors (millions)': 'transistors'}.get(c)
        if re.search(r'\bperformance \((FL)?OP/s\)$', c): metric = 'peak_rate'
        if metric and v not in ('', 'inf'): add(path, metric, D(v) * (10**6 if metric in ('clock_rate', 'transistors') else 1))
path = 'ai/epoch_nvidia_chip_sales/quarter_sales.csv'
for r in rows(path):
    for c, v in r.items():
        if 'running_total' in c: continue
        if '_quantity' in c: add(path, 'units_sold', D(v))
        elif c.startswith('Total_'): add(path, 'h100_equivalents', D(v))
path = 'ai/epoch_nvidia_chip_sales/nvidia_chip_timelines.csv'
for r in rows(path):
    add(path, 'units_sold', D(r['# of Units']))
    for c in ('Compute estimate in H100e (median)', 'H100e (5th percentile)', 'H100e (95th percentile)'): add(path, 'h100_equivalents', D(r[c]))
path = 'ai/lmarena/lmarena_text.csv'
for metric, column in (('score', 'arena_score'), ('score_votes', 'votes')):
    for _, v in sorted({(r['model'], r[column]) for r in rows(path)}): add(path, metric, D(v))
for universe in ('rank', 'rank_stylectrl'):
    for _, v in sorted({(r['model'], r[universe]) for r in rows(path)}): add(path, 'score_rank', D(v))
path = 'ai/llm_prices/litellm_model_prices_subset.json'
prices = '''input_cost_per_token output_cost_per_token cache_read_input_token_cost cache_creation_input_token_cost input_cost_per_token_batches
    output_cost_per_token_batches input_cost_per_token_priority output_cost_per_token_priority input_cost_per_token_flex output_cost_per_token_flex
    cache_read_input_token_cost_priority cache_read_input_token_cost_flex input_cost_per_token_above_200k_tokens output_cost_per_token_above_200k_tokens
    cache_read_input_token_cost_above_200k_tokens input_cost_per_token_above_272k_tokens output_cost_per_token_above_272k_tokens
    input_cost_per_audio_token output_cost_per_audio_token output_cost_per_reasoning_token input_cost_per_image_token output_cost_per_image_token'''.split()
for model, m in json.load(open(f'{M}/{path}'), parse_float=D).items():
    for key in prices:
        if key in m: add(path, 'api_price', D(m[key]) * 10**6)
    for key, metric in (('max_input_tokens', 'context_window'), ('max_output_tokens', 'max_output')):
        if key in m: add(path, metric, D(m[key]))
path = 'ai/nvidia_revenue/revenue_export.csv'
for r in rows(path):
    for c in ('data_center', 'gaming', 'professional_visualization', 'automotive', 'oem_other', 'total_revenue'): add(path, 'revenue', D(r[c]) * 10**6)
path = 'deals/finnhub/IPO-Calendar.json'
for r in json.load(open(f'{M}/{path}'))['ipoCalendar']:
    if r['symbol'] == "IPV'U": continue
    if r['totalSharesValue']: add(path, 'deal_amount', D(r['totalSharesValue']))
    if r['numberOfShares']: add(path, 'shares_offered', D(r['numberOfShares']))
    if r['price']: add(path, 'offer_price', D(r['price']))
path = 'deals/india_startup_funding/startup_funding_v3.csv'
seen = set()
for r in rows(path):
    v = r['Amount (In USD)'].strip()
    if v == '1,000,000,': continue
    none = v in ('N/A', 'NA', 'Undisclosed', 'undisclosed', 'unknown', '')
    add(path, 'deal_amount', None if none else number(v))
path = 'deals/excerpts/crunchbase_investments_VC_excerpt.csv'
kinds = 'seed venture equity_crowdfunding undisclosed convertible_note debt_financing angel grant private_equity post_ipo_equity post_ipo_debt secondary_market product_crowdfunding'.split() \
    + [f'round_{x}' for x in 'ABCDEFGH']
for r in rows(path):
    v = r[' funding_total_usd '].strip()
    if v not in ('-', ''): add(path, 'total_funding', number(v))
    for c in kinds:
        if r[c] not in ('0', ''): add(path, 'total_funding', number(r[c]))

for (name, metric), values in out.items():
    total = sum(v for v in values if v is not None)
    text = f'{total:f}'
    print(f"{name}|{metric}|{len(values)}|{text.rstrip('0').rstrip('.') if '.' in text else text}")
PYTHON
sort -o "$WORK/want" "$WORK/want"
same_file "figures of every file, counted and added up by another tool" "$WORK/got" "$WORK/want"
is "NVIDIA's revenue as JSON says what it says as CSV" "$(sql "SELECT known || ' ' || added FROM store.run WHERE feed = 'nvidia-revenue-json'")" \
	"$(($(jq length "$M/ai/nvidia_revenue/revenue_export.json") * 6)) 0"

# ---- some of it by what it means

q() { "$AIMARKET" query "$@" --format csv | tail -n +2; }
is "a price has its basis and the day it was told: of each adjusted one the later table counts" "$(q observations --entity NVIDIA --metric price --since 2024-06-07 --until 2024-06-07 --dimension field=close --dimension ticker=NVDA --sort value --columns value,asserted_on | head -3)" \
	"120.6800,2026-08-20
120.88800048828125,2024-09-30
1208.8800,2024-06-07"
is "a bar of an hour is no close" "$(q observations --entity NVIDIA --metric price --since 2024-05-03 --until 2024-05-03 --dimension field=close --columns dimensions | grep -c bar)" 8
is "a split told as 1:10" "$(q observations --entity ticker:CBK.DE --metric split_factor --columns value)" 0.1
is "rounds of four companies, some of them known from others" "$(sql "SELECT count(*) FROM store.statement s JOIN store.run r ON r.document = s.document WHERE r.feed = 'epoch-funding' AND s.property = 'deal_type'")" "$(python3 -c "import csv, sys; print(sum(1 for _ in csv.DictReader(open(sys.argv[1], newline=''))))" "$M/ai/epoch/ai_companies_funding_rounds.csv")"
is "a tender brings the company no money" "$(q observations --entity deal:epoch-openai-14b-tender --metric deal_amount --dimension component=equity --columns state)" none
is "an offering that was withdrawn" "$(q deals --type ipo --target 'Father Time, Inc.' --columns status,status_on)" "withdrawn,2020-04-24"
is "other spellings of a name are the same company" "$(q entities --entity StyleDotMe --columns id)" "$(q entities --entity StyledotMe --columns id)"
exits "all of it again" 0 "$AIMARKET" ingest --feed funding-india --file "$M/deals/india_startup_funding/startup_funding_v3.csv" --fetched 2021-01-01
like "is known" "$err" '1 known already'
done_testing
