#!/bin/bash
# Captures of EDGAR's indexes, feeds, filings and pages: every file loads, and what it comes to agrees with a count by another tool.
# The bodies that EDGAR sends instead of data are refused by every feed.
. "$(dirname "$0")/../lib.sh"
need_shared data/edgar/index
for tool in jq xmllint; do command -v $tool >/dev/null || skip_all "no $tool"; done
edgar=$SHARED/data/edgar
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the catalogue" "$AIMARKET" ingest catalogue

: >"$WORK/want"
# All filings so far, as another tool counts them, are the filings there are.
filings_are() { # NAME; numbers of this step on stdin
	sort -u -o "$WORK/want" - "$WORK/want"
	sql "SELECT accession FROM api.filings" | sort >"$WORK/got"
	same_file "$1 ($(wc -l <"$WORK/want") filings)" "$WORK/got" "$WORK/want"
}
rejects() { sql "SELECT count(*) FROM store.reject"; }
take() { # NAME CODE FEED FILE…
	local name=$1 code=$2 feed=$3 file worst=0
	shift 3
	for file; do
		"$AIMARKET" ingest --feed "$feed" --file "$file" >"$WORK/out" 2>"$WORK/err" || worst=$?
	done
	is "$name: exit code" "$worst" "$code"
}

# ---- indexes

indexes=("$edgar"/index/*idx*)
take "all captured indexes" 0 edgar-index "${indexes[@]}"
filings_are "every number of an index is a filing" < <(cat "${indexes[@]}" | grep -o 'edgar/data/.*[0-9]' | grep -o '[0-9]\{10\}-[0-9][0-9]-[0-9]\{6\}')
is "nothing of them was rejected" "$(rejects)" 0
is "each filer of each filing is told" \
	"$(sql "SELECT count(*) FROM store.statement WHERE property = 'filer'")" \
	"$(cat "${indexes[@]}" | grep -o 'edgar/data/[0-9]*/[0-9-]*' | sort -u | wc -l)"
is "a filer that one index writes with all its name" "$(sql "SELECT name FROM api.entities WHERE cik = '1001807'")" \
	"$(grep -h '^1001807|' "$edgar"/index/sec-edgar_master.20181231.idx | cut -d'|' -f2)"
notices=$(grep -hE '^.{62}D  |^[0-9]+\|[^|]*\|D\|' "${indexes[@]}" | grep -o '[0-9]\{10\}-[0-9][0-9]-[0-9]\{6\}' | sort -u | wc -l)
is "new notices on Form D, and nothing else, are deals: $notices" "$(sql "SELECT count(*), count(*) FILTER (WHERE type = 'private_offering') FROM api.deals")" "$notices|$notices"
gzip -c "$edgar/index/sec-edgar_master.20181231.idx" >"$WORK/master.gz"
take "the same, packed" 0 edgar-index "$WORK/master.gz"
like "brings nothing new" "$(cat "$WORK/err")" "1 known already| 0 claims added"

# ---- Atom, RSS, search

current=("$edgar"/atom/getcurrent/*.xml "$edgar"/atom/*getcurrent*.xml)
take "pages of the latest filings" 0 edgar-current "${current[@]}"
filings_are "one for each number, whatever the roles" < <(cat "${current[@]}" | grep -o 'accession-number=[0-9-]*' | cut -d= -f2)
is "who only reports is told beside the one it is about" \
	"$(sql "SELECT count(*) FROM store.statement WHERE property = 'filer' AND dims = '{\"role\": \"reporting\"}'")" \
	"$(cat "${current[@]}" | awk '/<title>.*\(Reporting\)<\/title>/ { who = $0 } /accession-number=/ { if (who != "") print $0 who; who = "" }' | sort -u | wc -l)"
is "a filing of two roles shows the issuer, and both" "$("$AIMARKET" query filings --cik 1690820 --form 4 --limit 1 --columns entity,filer_ids --format csv | tail -1 | grep -c 'CARVANA CO.*,.*carvana-co')" 1
companies=("$edgar"/atom/*getcompany*.xml "$edgar"/atom/edgarkit*.xml)
take "filings of a company, and searches by name" 0 edgar-company "${companies[@]}"
filings_are "the filings of companies" < <(cat "${companies[@]}" | grep -o '<accession-number>[0-9-]*' | cut -d'>' -f2)
is "every company that a search found is there" "$(sql "SELECT count(*) FROM store.source WHERE ref LIKE 'browse-edgar/%'")" \
	"$(for f in "${companies[@]}"; do xmllint --xpath "//*[local-name()='entry']//*[local-name()='company-info']/*[local-name()='cik']/text()" "$f" 2>/dev/null; done | sort -u | wc -l)"
old=$edgar/atom/sec-edgar_aapl_10q_filings.output-xml.xml
take "the older answer, three links of which lead nowhere" 6 edgar-company-xml "$old"
filings_are "the filings it links to" < <(grep -o '[0-9]*-[0-9]*-[0-9]*-index' "$old" | sed 's/-index//')
is "each of its own form" "$(sql "SELECT DISTINCT form FROM api.filings WHERE accession IN ($(grep -o '[0-9]*-[0-9]*-[0-9]*-index' "$old" | sed "s/-index/'/; s/^/'/" | paste -sd,))")" 10-Q
is "what was rejected" "$(sql "SELECT count(*), min(reason) FROM store.reject WHERE raw LIKE '%BAD_LINK%'")" '3|source without "ref"'
take "press releases and testimony" 0 edgar-press "$edgar"/rss/*.rss
is "an item, a source" "$(sql "SELECT count(*) FROM store.source WHERE kind = 'page' AND ref LIKE 'http%'")" \
	"$(for f in "$edgar"/rss/*.rss; do xmllint --xpath '//item/link/text()' "$f"; done | sort -u | wc -l)"
take "full-text searches of both vintages: one hit has neither filer nor number" 6 edgar-search "$edgar"/efts/*.json
filings_are "the filings that were found" < <(jq -r '.hits.hits[]._source.adsh // empty' "$edgar"/efts/*.json)
is "each document that was found is a source" "$(sql "SELECT count(*) FROM store.source WHERE ref ~ '^[0-9-]{20}:'")" \
	"$(jq -r '.hits.hits[] | select(._source.adsh) | ._id' "$edgar"/efts/*.json | sort -u | wc -l)"
is "what was rejected says why" "$(sql "SELECT locator, rule, reason FROM store.reject WHERE raw NOT LIKE '%BAD_LINK%'")" '/hits/hits/67|required|source without "ref"'

# ---- filings whole

texts=("$edgar"/filings/*.txt "$edgar"/filings/edgartools_sgml/*) headers=("$edgar"/filing_index/*headers*)
take "filings in all dialects; one is two bare documents" 1 edgar-filing "${texts[@]}" "${headers[@]}"
is "which is told" "$(sql "SELECT regexp_replace(error, '.*: the', 'the') FROM store.run WHERE state = 'failed'")" \
	"the header tells no form: this is no filing of EDGAR, or only a part of one"
filings_are "each is a filing" < <(for f in "${texts[@]}" "${headers[@]}"; do tr '\r' '\n' <"$f" | grep -a -m1 -oE '^(ACCESSION NUMBER:|<ACCESSION-NUMBER>).*' | grep -oE '[0-9-]{20}'; done)
is "every file of a filing is named" "$(sql "SELECT count(DISTINCT (subject, text)) FROM store.statement WHERE property = 'attachment'")" \
	"$(for f in "${texts[@]}" "${headers[@]}"; do
		number=$(tr '\r' '\n' <"$f" | grep -a -m1 -oE '^(ACCESSION NUMBER:|<ACCESSION-NUMBER>).*' | grep -oE '[0-9-]{20}')
		tr '\r' '\n' <"$f" | sed -n 's/^<FILENAME>//p; s/^&lt;FILENAME&gt;//p' | sed "s/^/$number /"
	done | sort -u | grep -c '[0-9] .')"
for f in "${texts[@]}"; do
	tr '\r' '\n' <"$f" | awk '/^<ACCEPTANCE-DATETIME>/ { t = substr($0, 22, 14) } /^ACCESSION NUMBER:/ { if (t != "") print $3, t; exit }'
done | sort -u >"$WORK/want.times"
sql "SELECT accession || ' ' || regexp_replace(left(accepted_at, 19), '[-:T]', '', 'g') FROM api.filings
      WHERE accepted_at ~ '-0[45]:00$' AND accession IN ($(sed "s/ .*//; s/.*/'&'/" "$WORK/want.times" | paste -sd,))" | sort >"$WORK/got.times"
same_file "the clock of New York, as the header has it ($(wc -l <"$WORK/want.times") times)" "$WORK/got.times" "$WORK/want.times"
pages=("$edgar"/filing_index/*index.htm*)
take "pages about filings" 0 edgar-filing-page "${pages[@]}"
filings_are "the filings of the pages" < <(for f in "${pages[@]}"; do tr '\n' ' ' <"$f" | grep -o 'Accession <acronym[^<]*No.</acronym></strong> [0-9-]*' | grep -o '[0-9-]\{20\}'; done)
is "both readings of a clock are kept, the one with its offset is shown" "$(
	"$AIMARKET" ingest --feed edgar-submissions --file "$edgar/submissions/CIK0000320193.20260305.edgartools.json" >/dev/null 2>&1
	sql "SELECT (SELECT accepted_at FROM api.filings WHERE accession = '0000320193-24-005673'),
	            (SELECT accepted_at FROM api.filings WHERE accession = '0000000000-24-005673'),
	            (SELECT count(*) FROM store.statement s JOIN store.entity_key k ON k.entity = s.subject WHERE k.norm = '0000000000-24-005673' AND s.property = 'accepted_at')")" \
	"|2024-05-16T15:36:10-04:00|2"

take "folders of filings" 0 edgar-folder "$edgar"/filing_index/*.json
is "every file in them, every filing of a company" "$(sql "SELECT count(*) FROM store.statement s JOIN store.source w ON w.id = s.source WHERE w.ref LIKE 'folder/%'")" \
	"$(jq -r '.directory | .name as $n | .item[].name | select(($n | test("/[0-9]{18}$")) or test("[0-9]{18}|[0-9]{10}-[0-9]{2}-[0-9]{6}")) | $n + " " + .' "$edgar"/filing_index/*.json | sort -u | wc -l)"
take "folders of indexes" 0 edgar-index-folder "$edgar"/index/directory_json/*.json
is "every index in them" "$(sql "SELECT count(*) FROM store.source WHERE kind = 'dataset' AND ref LIKE '%-index/%@%'")" \
	"$(jq -r '.directory | .name as $n | .item[] | $n + .href' "$edgar"/index/directory_json/*.json | sort -u | wc -l)"
pages=("$edgar"/index/html/*.htm*)
take "the same as pages" 0 edgar-folder-page "${pages[@]}"
is "every index in those" "$(sql "SELECT count(DISTINCT w.ref) FROM store.source w WHERE w.ref ~ '^(daily-index/2018/QTR4|full-index/1993/QTR4)/.*@'")" \
	"$(cat "${pages[@]}" | tr '>' '\n' | grep -c '^<a href="\?[^/.][^/]*\.[a-zA-Z0-9.]*"\?$')"
documents=("$edgar"/filings/primary_html/*)
take "main documents alone" 0 edgar-document "${documents[@]}"
is "each is of the filing it names, and of whom it names" "$(sql "SELECT DISTINCT k.value FROM store.entity_key k WHERE k.scheme = 'cik' AND k.value IN (
		SELECT substring(w.address FROM 'data/([0-9]+)/') FROM store.source w WHERE w.ref IN (SELECT a.value FROM store.entity_key a WHERE a.scheme = 'accession'
			AND replace(a.value, '-', '') IN ($(printf '%s\n' "${documents[@]##*/}" | sed "s/_.*/'/; s/^/'/" | paste -sd,)))) ORDER BY 1")" \
	"$(cat "${documents[@]}" | grep -o 'name="dei:EntityCentralIndexKey"[^>]*>[0-9]*' | sed 's/.*>0*//' | sort)"

# ---- Form D

take "notices on Form D" 0 edgar-formd "$edgar"/formd/*.xml
for f in "$edgar"/formd/*.xml; do
	sed '/^$/d' "$f" | xmllint --xpath 'concat(string(//primaryIssuer/entityName), "|", string(//totalAmountSold), "|", string(//totalOfferingAmount), "|", string(//industryGroupType))' -
	echo
done | sed 's/|Indefinite|/||/; s/|Pooled Investment Fund$/|fund_offering/; s/|[A-Z][^|]*$/|funding_round/' | grep . | sort >"$WORK/want.d"
sql "SELECT d.parties -> 0 ->> 'name', d.amount, (SELECT p ->> 'amount' FROM jsonb_array_elements(d.parts) p WHERE p ->> 'component' = 'offering'), d.type
       FROM api.deals d WHERE d.amount IS NOT NULL AND d.id LIKE 'formd-%'" | sort >"$WORK/got.d"
same_file "what is sold, what is on offer, and whether by a fund" "$WORK/got.d" "$WORK/want.d"

# ---- what EDGAR sends instead

refused=0
feeds=(edgar-index edgar-folder edgar-index-folder edgar-current edgar-company edgar-company-xml edgar-effect edgar-folder-page edgar-xbrl-rss edgar-press edgar-search edgar-filing edgar-filing-page edgar-document edgar-formd edgar-submissions edgar-companyfacts)
for f in "$edgar"/http_errors/*; do
	for feed in "${feeds[@]}"; do
		run "$AIMARKET" ingest --feed "$feed" --file "$f" --dry-run
		if [ "$rc" = 1 ] && [ "$(grep -vc '^hint:' "$WORK/err")" -le 2 ] && [ -z "$out" ]; then
			refused=$((refused + 1))
		else
			diag "$feed took $(basename "$f"): $rc: $err"
		fi
	done
done
is "every error page is refused by every feed, in a line" "$refused" $((${#feeds[@]} * $(ls "$edgar/http_errors" | wc -l)))
done_testing
