#!/bin/bash
# The archive: every body as it came, in the database or in a folder; what is missing or damaged is told; what is cited is never dropped.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/promises.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
promise_feeds
ok "the catalogue" "$AIMARKET" ingest -q catalogue
take() { "$AIMARKET" ingest -q --feed figures --file "$1"; }
figures() { printf 'company,metric,day,value\n%s,revenue_gap,2020-06-30,%s\n' "$1" "$2"; }
hash_of() { sha256sum "$1" | cut -d' ' -f1; }

# ---- both places

figures Base 1 >"$WORK/base.csv"
ok "one in the database" take "$WORK/base.csv"
mkdir "$WORK/folder"
export AIMARKET_ARCHIVE=$WORK/folder
figures Folder 2 >"$WORK/folder.csv"
ok "one in the folder" take "$WORK/folder.csv"
seq 30000 | awk '{ print "Row" $1 ",revenue_gap,2020-06-30," $1 }' | { echo company,metric,day,value; head -4000; } >"$WORK/large.csv"
ok "a larger one" take "$WORK/large.csv"
file=$WORK/folder/$(hash_of "$WORK/folder.csv" | cut -c1-2)/$(hash_of "$WORK/folder.csv").zst
ok "it has its hash's name" test -s "$file"
is "and is not in the database" "$(sql "SELECT count(*) FROM store.document d JOIN store.document_part p ON p.document = d.id WHERE encode(d.sha256, 'hex') = '$(hash_of "$WORK/folder.csv")'")" 0
is "nothing else is in the folder" "$(find "$WORK/folder" -type f | wc -l)" 2
for f in base folder large; do
	"$AIMARKET" document "$(hash_of "$WORK/$f.csv")" --raw >"$WORK/raw"
	same_file "$f: the very bytes" "$WORK/raw" "$WORK/$f.csv"
done
ok "the same once more" take "$WORK/folder.csv"
exits "doctor finds them whole" 0 "$AIMARKET" doctor --format csv
like "all of them" "$out" 'archive,fine,4 documents are whole'
exits "rebuild reads both" 0 "$AIMARKET" rebuild
like "to the same" "$out" 'the fingerprint is the same'
like "all" "$out" '4 documents parsed again'

# ---- what is wrong with it

exits "without the folder's name" 3 env -u AIMARKET_ARCHIVE "$AIMARKET" document "$(hash_of "$WORK/folder.csv")" --raw
like "it is told" "$err" 'not in the database.*archive folder'
cp "$file" "$WORK/kept"
rm "$file"
exits "a missing file" 3 "$AIMARKET" document "$(hash_of "$WORK/folder.csv")" --raw
like "is told by name" "$err" "is missing: \"$file\""
exits "doctor tells it, too" 1 "$AIMARKET" doctor --format csv
like "as broken" "$out" "archive,broken,.*is missing"
exits "rebuild carries over what it said" 6 "$AIMARKET" rebuild
like "and tells" "$err" 'is missing.*what it said is carried over'
like "nothing is lost" "$out" 'the fingerprint is the same'
head -c 20 "$WORK/kept" >"$file"
exits "one cut short" 1 "$AIMARKET" document "$(hash_of "$WORK/folder.csv")" --raw
like "is damaged" "$err" 'damaged'
figures Other 3 | zstd -q -c >"$file" 2>/dev/null || cp "$(find "$WORK/folder" -name '*.zst' ! -samefile "$file" | head -1)" "$file"
exits "one that is another" 1 "$AIMARKET" document "$(hash_of "$WORK/folder.csv")" --raw
like "is damaged, too" "$err" 'not those that were archived'
cp "$WORK/kept" "$file"
ok "whole again" "$AIMARKET" document "$(hash_of "$WORK/folder.csv")" --raw
export AIMARKET_ARCHIVE=$WORK/nowhere/at/all
figures Nowhere 4 >"$WORK/nowhere.csv"
exits "a folder that is not there" 1 take "$WORK/nowhere.csv"
like "is told" "$err" 'archive folder: No such file'
is "and nothing is written down as archived" "$(sql "SELECT count(*) FROM store.document WHERE encode(sha256, 'hex') = '$(hash_of "$WORK/nowhere.csv")'")" 0
export AIMARKET_ARCHIVE=$WORK/folder

# ---- what need not be kept

say() { # NAME TEXT: the file NAME says this now
	printf '%s\n' "$2" >"$WORK/$1"
	take "$WORK/$1"
}
header=company,metric,day,value
say page.csv "$header"$'\nPage,revenue_gap,2020-06-30,1'
say page.csv "$header"$'\nPage,revenue_gap,2020-06-30,1\n'
idle=$(hash_of "$WORK/page.csv")
say page.csv "$header"$'\n\nPage,revenue_gap,2020-06-30,1'
exits "listed" 0 "$AIMARKET" db prune --days 0 --dry-run --format csv
is "only what said nothing new and is not the last of its address" "$(echo "$out" | tail -n +2 | cut -d, -f2)" "$idle"
exits "it is too young" 0 "$AIMARKET" db prune --days 1
like "so it stays" "$out" 'of 0 documents'
files=$(find "$WORK/folder" -type f | wc -l)
exits "dropped" 0 "$AIMARKET" db prune --days 0
like "one" "$out" 'bytes of 1 documents'
is "its file is gone" "$(find "$WORK/folder" -type f | wc -l)" $((files - 1))
exits "asked for" 3 "$AIMARKET" document "$idle" --raw
like "it is told why" "$err" 'were dropped on .*nothing was claimed'
exits "dropped from the database, too" 0 env -u AIMARKET_ARCHIVE "$AIMARKET" db prune --days 0
is "what is cited stays" "$("$AIMARKET" document "$(hash_of "$WORK/base.csv")" --raw | cksum)" "$(cksum <"$WORK/base.csv")"
run psql -XAtqc "INSERT INTO store.document_dropped (document) SELECT document FROM store.run WHERE added > 0 LIMIT 1"
like "the database itself refuses" "$err" 'is kept: claims cite it'
run psql -XAtqc 'DELETE FROM store.document_part'
like "whoever tries" "$err" 'append-only'
exits "doctor is content" 0 "$AIMARKET" doctor
exits "rebuild, too" 0 "$AIMARKET" rebuild
like "with what is there" "$out" 'the fingerprint is the same'
exits "without a time" 2 "$AIMARKET" db prune
like "it is asked for" "$err" 'Give --days'

# ---- doctor

sql 'ALTER TABLE store.reject DISABLE TRIGGER no_delete'
exits "a guard that is off" 1 "$AIMARKET" doctor --quick --format csv
like "is told" "$out" 'guards,broken,store.reject may be changed'
sql 'ALTER TABLE store.reject ENABLE TRIGGER no_delete'
printf '[feed]\nformat = csv\npath = nowhere/*.csv\npublisher = me\n[entity]\nref = {a}\nname = {a}\nkind = company\n' >"$WORK/feeds/absent.conf"
printf '[feed]\nformat = sv\n' >"$WORK/feeds/bad.conf"
printf '[feed]\nformatt = csv\n' >"$WORK/feeds/worse.conf"
exits "definitions that cannot be read" 1 "$AIMARKET" doctor --quick --format csv
like "each is told" "$out" 'bad.conf.*worse.conf'
like "and files that are not there" "$out" 'definitions,warning,"feed absent: could not find'
exits "config check finds them, too" 1 "$AIMARKET" config check
like "all of them, with their lines" "$err" 'bad.conf:2: .*worse.conf:2: '
rm "$WORK/feeds/bad.conf" "$WORK/feeds/worse.conf"
exits "and is content without" 0 "$AIMARKET" config check
like "it says how many" "$out" 'fine; [0-9]+ feeds'
printf '[daemon]\nworkers = many\n' >"$WORK/bad.conf"
exits "a setting that is none" 1 "$AIMARKET" --config "$WORK/bad.conf" config check
like "with its line" "$err" 'bad.conf:2: workers takes a whole number'
printf '[feed]\nformat = edgar-submissions\naddress = https://data.sec.gov/x.json\n' >"$WORK/feeds/sec.conf"
exits "an EDGAR feed without a contact" 1 "$AIMARKET" config check
like "would keep the daemon from starting" "$err" 'Set contact'
AIMARKET_DB="host=$WORK/none dbname=x" exits "a database out of reach" 1 "$AIMARKET" doctor
like "is the finding" "$out" 'database +broken'
done_testing
