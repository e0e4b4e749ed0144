#!/bin/bash
# A captured quarter of the SEC's statement data sets: every row counted by another tool too; what companyfacts says of the same
# filings is there once, whichever comes first.
. "$(dirname "$0")/../lib.sh"
need_shared data/edgar/fsds/2009q3.zip
command -v unzip >/dev/null || skip_all "no unzip"
set=$SHARED/data/edgar/fsds/2009q3.zip facts=$SHARED/data/edgar/companyfacts/CIK0001045810.finalysis-13d3bf3.json
table() { unzip -p "$set" "$1.txt" | tail -n +2; }
cluster_start
ok "migrate" "$AIMARKET" db migrate
exits "the quarter" 0 "$AIMARKET" ingest --feed edgar-fsds --file "$set"
is "a claim for each row of num" "$(sql "SELECT count(*) FROM store.observation")" "$(table num | wc -l)"
is "a source for each row of sub" "$(sql "SELECT count(*) FROM store.source WHERE kind = 'filing'")" "$(table sub | wc -l)"
is "rows without a value are told to be none" "$(sql "SELECT count(*) FROM store.observation WHERE state = 'n'")" "$(table num | awk -F'\t' '$9 == ""' | wc -l)"
is "rows of dimensions have dimensions" "$(sql "SELECT count(*) FROM store.observation o JOIN store.series s ON s.id = o.series WHERE s.dims <> '{}'")" \
	"$(table num | awk -F'\t' '$7 $8 != ""' | wc -l)"
is "figures add up" "$(sql "SELECT sum(value) FROM store.observation o JOIN store.series s ON s.id = o.series JOIN store.metric m ON m.id = s.metric
	WHERE m.name = 'Assets' AND m.taxonomy = 'us-gaap' AND s.dims = '{}'" | sed 's/\..*//')" \
	"$(table num | awk -F'\t' '$2 == "Assets" && $3 ~ /^us-gaap/ && $7 $8 == "" { print $9 }' | perl -ne 'use bigint; $s += 0 + (/^(-?\d+)/ ? $1 : 0); END { print $s }')"
is "each said by its filing on the day it was filed" \
	"$(sql "SELECT DISTINCT o.asserted_on FROM store.observation o JOIN store.source s ON s.id = o.source WHERE s.ref = '0001045810-09-000024'")" \
	"$(table sub | awk -F'\t' '$1 == "0001045810-09-000024" { print substr($30, 1, 4) "-" substr($30, 5, 2) "-" substr($30, 7) }')"
is "nothing was rejected" "$(sql "SELECT count(*) FROM store.reject")" 0
if command -v python3 >/dev/null; then
	is "every figure of one filing, read by Python" "$(sql "SELECT coalesce(trim_scale(value)::text, '') FROM store.observation o JOIN store.source s ON s.id = o.source
		WHERE s.ref = '0001047469-09-007384' " | LC_ALL=C sort | md5sum)" "$(python3 - "$set" <<-'EOF' | md5sum
		import csv, decimal, io, sys, zipfile
		rows = csv.DictReader(io.TextIOWrapper(zipfile.ZipFile(sys.argv[1]).open("num.txt"), "utf8"), delimiter="\t", quoting=csv.QUOTE_NONE)
		plain = lambda v: v and (format(decimal.Decimal(v).normalize(), "f") if decimal.Decimal(v) else "0")
		print("\n".join(sorted(plain(r["value"]) for r in rows if r["adsh"] == "0001047469-09-007384")))
		EOF
	)"
fi

# ---- NVIDIA's quarter ended on July 26th: the set says July 31st

assets() { "$AIMARKET" query observations --entity cik:1045810 --metric us-gaap:Assets --until 2009-10-01 --columns period_end,value,claims --format csv "$@" | tail -n +2; }
is "a period is known to the month" "$(assets)" "2009-07-31,3298409000,1
2009-01-31,3350727000,1"
exits "then comes companyfacts" 0 "$AIMARKET" ingest --feed edgar-companyfacts --file "$facts"
is "and the same claims with their days stand in their place" "$(assets)" "2009-07-26,3298409000,1
2009-01-25,3350727000,3"
is "a figure per share, too" "$("$AIMARKET" query observations --entity cik:1045810 --metric us-gaap:EarningsPerShareDiluted --until 2009-07-31 --since 2009-07-01 \
	--columns period_start,period_end,value,unit --format csv | grep 2009-0[45] | sort)" "2009-04-27,2009-07-26,-0.19,USD/shares"
is "what dimensions and the filer's own concepts say is only in the set" "$(sql "SELECT count(*) FROM store.observation o JOIN store.source s ON s.id = o.source
	WHERE s.ref = '0001045810-09-000024' AND o.prec = 'm' AND o.batch_to IS NULL")" \
	"$(table num | awk -F'\t' '$1 == "0001045810-09-000024" && ($7 $8 != "" || $3 == $1)' | wc -l)"
is "no facts are left of what was replaced" "$(sql "SELECT count(*) FROM store.fact f JOIN store.observation o ON o.id = f.claim WHERE o.batch_to IS NOT NULL")" 0
first=$("$AIMARKET" fingerprint --format csv)
psql -Xqd postgres -c "CREATE DATABASE other"
export AIMARKET_DB="host=$PGHOST user=$PGUSER dbname=other" PGDATABASE=other
"$AIMARKET" db migrate >/dev/null
exits "the other way round" 0 "$AIMARKET" ingest --feed edgar-companyfacts --file "$facts"
exits "first companyfacts, then the set" 0 "$AIMARKET" ingest --feed edgar-fsds --file "$set"
is "it comes to the same" "$("$AIMARKET" fingerprint --format csv)" "$first"
exits "again" 0 "$AIMARKET" ingest --feed edgar-fsds --file "$set"
like "nothing is taken in twice" "$err" '1 documents \(1 known already'

# ---- a document that is loaded in parts: its claims have the numbers of their places whenever it is read

numbers() { sql "SELECT md5(string_agg(o.id || ' ' || o.document || ' ' || o.at || ' ' || coalesce(o.value::text, ''), ',' ORDER BY o.id)) FROM store.observation o"; }
before=$(numbers)
exits "read once more" 0 "$AIMARKET" rebuild
is "claims keep their numbers" "$(numbers)" "$before"
done_testing
