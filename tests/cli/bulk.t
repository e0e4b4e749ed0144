#!/bin/bash
# ZIP archives whose members are documents: each comes in by itself, an archive that was broken off goes on, a bad one is refused.
. "$(dirname "$0")/../lib.sh"
command -v zip >/dev/null || skip_all "no zip"
cluster_start
ok "migrate" "$AIMARKET" db migrate

facts() { # CIK VALUE: a small companyfacts document
	printf '{"cik":%d,"entityName":"Company %d","facts":{"us-gaap":{"Revenues":{"label":"Revenues","description":"All of it.","units":{"USD":[' "$1" "$1"
	printf '{"start":"2023-01-01","end":"2023-12-31","val":%d,"accn":"0000000001-24-%06d","fy":2023,"fp":"FY","form":"10-K","filed":"2024-02-01"}' "$2" "$1"
	printf ']}}}}}'
}
mkdir "$WORK/m"
cd "$WORK/m" || exit 1
for i in 1 2 3 4 5; do facts $i $((i * 1000)) >"CIK000000000$i.json"; done
echo "not for us" >notes.txt
zip -q "$WORK/facts.zip" CIK*.json notes.txt

exits "an archive" 0 "$AIMARKET" ingest -v --feed edgar-companyfacts --file "$WORK/facts.zip"
like "its members are documents" "$err" '5 documents \(0 known already, 0 failed\), 5 records, 10 claims added|5 documents \(0 known already, 0 failed\)'
is "every one has a run, the archive has one over them" "$(sql "SELECT count(document), count(container), count(*) FILTER (WHERE state <> 'loaded') FROM store.run")" "5|1|0"
is "they lead to the archive" "$(sql "SELECT DISTINCT regexp_replace(k.address, '.*/facts.zip', ''), encode(c.sha256, 'hex') FROM store.capture k JOIN store.container c ON c.id = k.container
	WHERE k.document IS NOT NULL ORDER BY 1 LIMIT 1")" "!/CIK0000000001.json|$(sha256sum <"$WORK/facts.zip" | cut -d' ' -f1)"
is "the archive's bytes are not kept, its members' are" "$(sql "SELECT count(*), count(DISTINCT p.document) FROM store.document d LEFT JOIN store.document_part p ON p.document = d.id")" "5|5"
is "a figure leads to the member's bytes" "$("$AIMARKET" document "$(sql "SELECT 'o:' || id FROM store.observation WHERE value = 3000")" --raw)" "$(cat CIK0000000003.json)"
exits "the same archive" 0 "$AIMARKET" ingest --feed edgar-companyfacts --file "$WORK/facts.zip"
like "is known as a whole" "$err" '1 documents \(1 known already, 0 failed\), 0 records'

# ---- one member changes: what is known costs its hash

facts 3 3333 >CIK0000000003.json
zip -q "$WORK/next.zip" CIK*.json
exits "the archive of the next day" 0 "$AIMARKET" ingest --feed edgar-companyfacts --file "$WORK/next.zip"
like "only one of its members is new" "$err" '5 documents \(4 known already, 0 failed\), . records, 1 claims added'
is "captures tell of what changed" "$(sql "SELECT count(*) FROM store.capture")" "$((1 + 5 + 1 + 1))"

# ---- the same in a folder and in an archive, one process or several

fingerprint_of() { # DATABASE ARGUMENT…: what a store of its own comes to
	local db=$1
	shift
	psql -Xqd postgres -c "CREATE DATABASE $db"
	AIMARKET_DB="host=$PGHOST user=$PGUSER dbname=$db" "$AIMARKET" db migrate >/dev/null
	AIMARKET_DB="host=$PGHOST user=$PGUSER dbname=$db" "$AIMARKET" ingest -q --feed edgar-companyfacts "$@" >&2
	AIMARKET_DB="host=$PGHOST user=$PGUSER dbname=$db" "$AIMARKET" fingerprint --format csv
}
folder=$(fingerprint_of folder --file "$WORK/m/CIK*.json")
is "one process" "$(fingerprint_of one --jobs 1 --file "$WORK/next.zip")" "$folder"
is "several" "$(fingerprint_of several --jobs 3 --file "$WORK/next.zip")" "$folder"
run "$AIMARKET" ingest --dry-run --feed edgar-companyfacts --file "$WORK/next.zip"
is "a dry run prints what all members say" "$(grep -c '"kind":"observation"\|"observation"' "$WORK/out")" 5

exits "parsed again from the archive of documents" 0 "$AIMARKET" rebuild
like "they come to the same" "$out$err" 'the fingerprint is the same'
like "a member shows the archive it came in" "$("$AIMARKET" show "document:$(sql "SELECT id FROM store.document ORDER BY id LIMIT 1")")" "$(sha256sum <"$WORK/facts.zip" | cut -d' ' -f1)"

# ---- killed in the middle, the rerun goes on

rm CIK*.json
for i in $(seq 101 220); do facts "$i" $((i * 1000)) >"CIK0000000$i.json"; done
zip -q "$WORK/many.zip" CIK*.json
"$AIMARKET" ingest -q --jobs 2 --feed edgar-companyfacts --file "$WORK/many.zip" >/dev/null 2>&1 &
victim=$!
for _ in $(seq 500); do
	[ "$(sql "SELECT count(*) FROM store.run WHERE state = 'loaded'")" -ge 20 ] && break
	sleep 0.01
done
kill -9 "$victim"
wait "$victim" 2>/dev/null
done_before=$(sql "SELECT count(*) FROM store.run r JOIN store.capture k USING (document) WHERE r.state = 'loaded' AND k.address ~ '/many.zip!/'")
ok "some members are in, others are not ($done_before)" test "$done_before" -ge 10 -a "$done_before" -lt 120
for _ in $(seq 200); do # a server process whose client died ends with its statement
	[ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'aimarket' AND state <> 'idle'")" = 0 ] && break
	sleep 0.05
done
exits "the rerun goes on" 0 "$AIMARKET" ingest --feed edgar-companyfacts --file "$WORK/many.zip"
like "with what is not in yet" "$err" '120 documents \([1-9][0-9]* known already, 0 failed\)'
is "and all is there once" "$(sql "SELECT count(*), count(DISTINCT value) FROM store.observation WHERE value >= 101000")" "120|120"
is "the run that was killed says so" "$(sql "SELECT state, count(*) FROM store.run WHERE container = (SELECT container FROM store.capture WHERE address ~ '/many.zip$') GROUP BY 1 ORDER BY 1")" \
	"failed|1
loaded|1"

# ---- a member that fails keeps no other out

facts 6 6000 | head -c 200 >CIK0000000006.json
facts 7 7000 >CIK0000000007.json
zip -q "$WORK/bad.zip" CIK0000000006.json CIK0000000007.json
exits "a member that makes no sense" 1 "$AIMARKET" ingest --feed edgar-companyfacts --file "$WORK/bad.zip"
like "is named" "$err" 'bad\.zip: archive member "CIK0000000006\.json": '
is "the one behind it is in" "$(sql "SELECT count(*) FROM store.observation WHERE value = 7000")" 1
is "the archive's run says why it is not whole" "$(sql "SELECT state, error ~ '^archive member \"CIK0000000006.json\"' FROM store.run WHERE container IS NOT NULL ORDER BY id DESC LIMIT 1")" "failed|t"
exits "an archive with nothing for the feed" 1 "$AIMARKET" ingest --feed edgar-companyfacts --file <(zip -q - notes.txt)
like "says so" "$err" 'none of the 1 members of the archive is one that feed edgar-companyfacts reads'
like "and what it reads" "$err" 'It reads CIK[*].json; the archive begins with "'

# ---- submissions.zip: a filer's list, and its page of older filings

filer() { # NUMBER: of the filing
	printf '"accessionNumber":["0000000001-24-%06d"],"filingDate":["2024-03-0%d"],"form":["8-K"]' "$1" "$1"
}
printf '{"cik":"0000000001","name":"Company 1","entityType":"operating","filings":{"recent":{%s},"files":[{"name":"CIK0000000001-submissions-001.json"}]}}' "$(filer 1)" >CIK0000000001.json
printf '{%s}' "$(filer 2)" >CIK0000000001-submissions-001.json
zip -q "$WORK/submissions.zip" CIK0000000001.json CIK0000000001-submissions-001.json
exits "lists of filings" 0 "$AIMARKET" ingest --feed edgar-submissions --file "$WORK/submissions.zip"
is "the older page knows whose it is by its name in the archive" "$("$AIMARKET" query filings --cik 1 --form 8-K --columns accession --sort accession --format csv | tail -n +2)" \
	"0000000001-24-000001
0000000001-24-000002"

# ---- any format, by the feed's definition alone: the ECB's history is a CSV in an archive

cat >eurofxref-hist.csv <<-'EOF'
	Date,USD,JPY,BGN,CYP,
	2024-06-18,1.0723,169.44,1.9558,N/A,
	2024-06-17,1.0712,169.05,1.9558,N/A,
	1999-01-04,1.1789,133.73,N/A,0.58231,
EOF
zip -q "$WORK/eurofxref-hist.zip" eurofxref-hist.csv
ok "the catalogue" "$AIMARKET" ingest catalogue
exits "the ECB's history" 0 "$AIMARKET" ingest --feed ecb-csv --file "$WORK/eurofxref-hist.zip"
is "every rate but those that are not available" "$(sql "SELECT count(*), round(sum(value), 5) FROM store.observation o JOIN store.series s ON s.id = o.series JOIN store.metric m ON m.id = s.metric WHERE m.name = 'fx_rate'")" \
	"$(awk -F, 'NR > 1 { for (i = 2; i <= NF; i++) if ($i != "" && $i != "N/A") { n++; s += $i } } END { printf "%d|%.5f", n, s }' eurofxref-hist.csv)"

# ---- tables of one archive are one document: the notice its XML told of already is the same deal, and says nothing new

mkdir 2026Q2_d
awk '/^==> / { f = $2; next } NF { print >f }' "$ROOT/tests/feeds/edgar-formd-sets/quarter/input.txt"
zip -qr "$WORK/2026q2_d.zip" 2026Q2_d
exits "a notice on Form D" 0 "$AIMARKET" ingest --feed edgar-formd --file "$ROOT/tests/feeds/edgar-formd/round"/0009000001*
round() { "$AIMARKET" query deals --target cik:77 --columns id,type,amount,claims --format csv | tail -n +2; sql "SELECT count(*) FROM store.observation o JOIN store.entity e ON e.id = o.subject WHERE e.kind = 'deal'"; }
one=$(round)
exits "the quarter's tables, of which some rows are not to be taken" 6 "$AIMARKET" ingest --feed edgar-formd-sets --file "$WORK/2026q2_d.zip"
like "come as one document" "$err" '^1 documents'
is "the round is there once" "$(round | head -1)" "$(echo "$one" | head -1)"
is "with the fund's figures beside it" "$(round | tail -1)" "$(($(echo "$one" | tail -1) + 4))"
before_archives=$(sql "SELECT count(*) FROM store.run WHERE container IS NOT NULL AND state = 'failed'")

# ---- archives that are no good: one line, the reason on the run's row, nothing taken in

claims() { sql "SELECT count(*) FROM store.observation"; }
before=$(claims)
head -c 900 "$WORK/facts.zip" >"$WORK/cut.zip"
exits "an archive that is cut short" 1 "$AIMARKET" ingest --feed edgar-companyfacts --file "$WORK/cut.zip"
like "is told as such" "$err" 'cut\.zip: this is not a whole ZIP archive'
facts 8 8000 >CIK0000000008.json
zip -qP secret "$WORK/secret.zip" CIK0000000008.json
exits "an encrypted member" 1 "$AIMARKET" ingest --feed edgar-companyfacts --file "$WORK/secret.zip"
like "is named" "$err" 'archive member "CIK0000000008.json": it is encrypted'
{ printf '{"cik":9,"facts":{},"x":"'; head -c 3000000 /dev/zero | tr '\0' x; echo '"}'; } >CIK0000000009.json
zip -q "$WORK/bomb.zip" CIK0000000009.json
exits "a member that unpacks to far more than it is" 1 "$AIMARKET" ingest --feed edgar-companyfacts --file "$WORK/bomb.zip"
like "passes a limit that is named" "$err" 'times its size, more than 200 \(limit ratio\)'
printf '[limits]\nratio = 100,000\nunpacked = 1M\n' >"$WORK/limits.conf"
exits "so does all of it together" 1 "$AIMARKET" ingest --config "$WORK/limits.conf" --feed edgar-companyfacts --file "$WORK/bomb.zip"
like "under another name" "$err" 'unpacks to more than 1048576 bytes \(limit unpacked\)'
is "none of them left anything but a run that says why" "$(claims) $(sql "SELECT count(*) FROM store.run WHERE container IS NOT NULL AND state = 'failed' AND error IS NOT NULL")" "$before $((before_archives + 4))"
is "and all can be asked for" "$("$AIMARKET" query runs --format csv --columns state,error | grep -c limit)" 2
done_testing
