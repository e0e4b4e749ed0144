# promises.sh: what the tests of the store's promises share: a feed of their own, and companyfacts of our own making.

# Figures of made-up companies: company,metric,day,value
promise_feeds() {
	mkdir -p "$WORK/feeds"
	cat >"$WORK/feeds/figures.conf" <<'CONF'
[feed]
title = figures of a test
format = csv
publisher = test-desk
tier = dataset
asserted_on = 2025-01-01

[entity]
ref = ref:test/{company|slug}
kind = company
name = {company}

[observation]
entity = ref:test/{company|slug}
metric = {metric}
unit = USD
end = {day}
value = {value}
CONF
	cp "$ROOT"/etc/feeds.d/{catalogue,edgar-companyfacts}.conf "$WORK/feeds"
	export AIMARKET_FEEDS=$WORK/feeds
}

# companyfacts of one company: N concepts with 40 quarters each, from filings a quarter apart; SEED varies the figures
companyfacts() { # CIK CONCEPTS SEED
	awk -v cik="$1" -v concepts="$2" -v seed="$3" 'BEGIN {
		printf "{\"cik\":%d,\"entityName\":\"COMPANY %d INC\",\"facts\":{\"us-gaap\":{", cik, cik
		for (c = 0; c < concepts; c++) {
			printf "%s\"Concept%04d\":{\"label\":\"Concept %d\",\"description\":\"A measure of a test.\",\"units\":{\"USD\":[", c ? "," : "", c, c
			for (q = 0; q < 40; q++) {
				year = 2014 + int(q / 4); m = q % 4 * 3
				printf "%s{\"end\":\"%d-%02d-28\",\"val\":%d,\"accn\":\"%010d-%02d-%06d\",\"fy\":%d,\"fp\":\"Q%d\",\"form\":\"10-Q\",\"filed\":\"%d-%02d-%02d\"}",
					q ? "," : "", year, m + 2, (c + 1) * 1000000 + q * 1000 + (c % 7 == 0 ? seed : 0), cik, year % 100, q + 1, year, q % 4 + 1, year, m + 3, 15
			}
			printf "]}}"
		}
		printf "}}}\n"
	}'
}

fingerprint() {
	"$AIMARKET" fingerprint --format csv
}

# An empty, migrated store in the same cluster; the one before is dropped.
new_store() { # NAME
	psql -Xqd postgres -c "DROP DATABASE IF EXISTS $1 WITH (FORCE)" -c "CREATE DATABASE $1" 2>/dev/null
	export AIMARKET_DB="$CONNINFO dbname=$1" PGDATABASE=$1
	"$AIMARKET" db migrate >/dev/null
	"$AIMARKET" ingest -q --feed catalogue --file "$ROOT/data/metric_catalogue.csv"
}
