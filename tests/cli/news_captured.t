#!/bin/bash
# Every captured feed of news loads, and has as many items as another parser finds in it: RSS, Atom, JSON Feed, Finnhub's list, the headlines
# of Reuters. What is no feed, or broken, is refused with the reason.
. "$(dirname "$0")/../lib.sh"
need_shared data/market/news
command -v python3 >/dev/null || { echo "# NOT TESTED: python3 is absent" >&2; skip_all "no python3"; }
M=$SHARED/data/market
cluster_start
ok "migrate" "$AIMARKET" db migrate
exits "the catalogue" 0 "$AIMARKET" ingest catalogue

# Sorts the captured files by what they are, as links, and counts what another parser finds in each: hash, kind, items, path.
python3 - "$M/news" "$WORK/sorted" >"$WORK/files" <<'PYTHON'
import hashlib, json, os, sys
import xml.etree.ElementTree as tree
M, OUT = sys.argv[1:]
def local(tag): return tag.rsplit('}', 1)[-1] if isinstance(tag, str) else ''
def look(path):
    data = open(path, 'rb').read()
    if 'finnhub_json' in path: return 'finnhub', len(json.loads(data))
    if path.endswith('.tsv'): return 'dates', data.count(b'\n') - 1
    if path.endswith('.json'):
        try: doc = json.loads(data)
        except ValueError: return 'jsonfeed', None
        if isinstance(doc, dict) and isinstance(doc.get('items'), list) and 'jsonfeed.org' in str(doc.get('version')): return 'jsonfeed', len(doc['items'])
        return 'expected', None     # what their makers' parsers made of a feed
    if b'<' not in data: return 'text', None
    try: root = tree.fromstring(data.lstrip() if data.lstrip().startswith(b'<?xml') else data)
    except (tree.ParseError, ValueError, LookupError): return 'broken', None
    if local(root.tag) == 'feed': return 'atom', sum(local(c.tag) == 'entry' for c in root)
    return 'rss', sum(local(e.tag) == 'item' for e in root.iter())
n = 0
for folder, _, names in sorted(os.walk(M)):
    for name in sorted(names):
        path = os.path.join(folder, name)
        kind, count = look(path)
        n += 1
        os.makedirs(f'{OUT}/{kind}', exist_ok=True)
        os.symlink(path, f'{OUT}/{kind}/{n:04d}-{name}')
        print(hashlib.sha256(open(path, 'rb').read()).hexdigest(), kind, '' if count is None else count, os.path.relpath(path, M), sep='|')
PYTHON
for feed in rss atom jsonfeed finnhub; do
	"$AIMARKET" ingest --feed "news-$feed" --file "$WORK/sorted/$feed" --fetched 2026-01-01 >/dev/null 2>&1
done
"$AIMARKET" ingest --feed news-rss --file "$WORK/sorted/broken" --fetched 2026-01-01 >/dev/null 2>&1
"$AIMARKET" ingest --feed news-rss --file "$WORK/sorted/text" --fetched 2026-01-01 >/dev/null 2>&1
exits "headlines" 0 "$AIMARKET" ingest --feed headlines-reuters --file "$M/headlines/reuters21578_train_titles.tsv"
is "each a source" "$(sql "SELECT records, rejects FROM store.run WHERE feed = 'headlines-reuters'")" "$(($(wc -l <"$M/headlines/reuters21578_train_titles.tsv") - 1))|0"
sql "CREATE TABLE captured (sha text, kind text, items int, path text)"
psql -Xq -c "\copy captured FROM '$WORK/files' WITH (FORMAT csv, DELIMITER '|')"
ran="captured c LEFT JOIN store.document d ON encode(d.sha256, 'hex') = c.sha LEFT JOIN store.run r ON r.document = d.id"
is "every file was looked at" "$(sql "SELECT count(*) FROM captured")" "$(find "$M/news" -type f | wc -l)"
is "and tried, but for licences and what other parsers made of them" "$(sql "SELECT DISTINCT c.kind FROM $ran WHERE r.id IS NULL ORDER BY 1")" "dates
expected"
is "feeds with items, all but one of a document type" "$(sql "SELECT c.path, r.error FROM $ran WHERE c.items > 0 AND c.kind <> 'dates' AND r.state <> 'loaded'")" \
	"corpora/feedparser/tests/wellformed/rss/entity_in_doctype.xml|line 6: document type declarations are refused"
is "have as many as another parser counts, each taken or rejected" "$(sql "SELECT c.path, c.items, r.records, r.rejects FROM $ran WHERE c.items > 0 AND r.state = 'loaded' AND r.records + r.rejects <> c.items")" ""
ok "which are a thousand and more" test "$(sql "SELECT sum(c.items) FROM $ran WHERE r.state = 'loaded'")" -gt 1000
is "rejected are those that have no name to be known by, and days that are none" "$(sql "SELECT DISTINCT rule, CASE rule WHEN 'required' THEN reason END FROM store.reject ORDER BY 1")" 'date|
required|source without "ref"'
is "of a feed without items nothing is made" "$(sql "SELECT count(*) FROM $ran WHERE c.items = 0 AND r.records > 0")" 0
is "what has no items is no RSS feed, and a feed of Atom may have none" "$(sql "SELECT DISTINCT c.kind, r.state FROM $ran WHERE c.items = 0 ORDER BY 1, 2")" "atom|loaded
rss|failed"
is "what another parser cannot read is not read, unless it only lacks the name of a prefix" "$(sql "SELECT count(*) FROM $ran WHERE c.kind = 'broken' AND r.state = 'loaded'")" 3
is "each with its reason" "$(sql "SELECT count(*) FROM $ran WHERE r.state = 'failed' AND (r.error IS NULL OR r.error = '')")" 0
is "podcasts that begin with an empty line are read" "$(sql "SELECT count(*) FROM $ran WHERE r.error LIKE '%XML declaration allowed only%'")" 0

# ---- days, in all spellings another parser was tried with: that of the words in their own zone, or none

cat >"$WORK/dates.conf" <<'CONF'
[feed]
format = csv
publisher = test
tier = dataset
[csv]
delimiter = tab
quote = none
dates = text
[source]
ref = {input}
kind = article
date = {input}
CONF
mkdir "$WORK/feeds" && mv "$WORK/dates.conf" "$WORK/feeds/"
AIMARKET_FEEDS=$WORK/feeds "$AIMARKET" ingest --feed dates --file "$M/news/date_strings_oracle.tsv" --dry-run >"$WORK/days" 2>/dev/null
is "no day is another than the words say, of those that are read" "$(python3 - "$M/news/date_strings_oracle.tsv" "$WORK/days" <<'PYTHON'
import datetime, json, re, sys
got = {r['ref']: r['date'] for r in map(json.loads, open(sys.argv[2])) if r['record'] == 'source'}
read = 0
for line in open(sys.argv[1], encoding='utf-8').read().split('\n')[1:]:
    _, text, want = (line.split('\t') + ['', ''])[:3]
    if text not in got or not want: continue
    day, utc = datetime.date.fromisoformat(got[text]), datetime.date.fromisoformat(want[:10])
    if re.fullmatch(r'\d{4}(-\d\d)?', text): utc = day if got[text].startswith(text) else utc     # a month, a year: its last day
    read += 1
    if abs((day - utc).days) > 1: print(text, got[text], want)
print(read)
PYTHON
)" 33
done_testing
