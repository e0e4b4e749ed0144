#!/bin/bash
# Tables of the market as others save them: other line ends, a mark before the first letter, semicolons, every cell quoted, columns in another
# order, other encodings, blank lines at the end. They say the same. What cannot be read is refused, with the reason.
. "$(dirname "$0")/../lib.sh"
command -v python3 >/dev/null || { echo "# NOT TESTED: python3 is absent" >&2; skip_all "no python3"; }
mkdir "$WORK/in" "$WORK/forms"
cat >"$WORK/in/price-stooq=NVDA.csv" <<'ROWS'
Date,Open,High,Low,Close,Volume
2024-06-06,124.05,125.59,118.32,121.00,664696000
2024-06-07,119.77,121.69,118.02,120.89,412386000
ROWS
cat >"$WORK/in/price-yahoo-csv=NVDA.csv" <<'ROWS'
Date,Open,High,Low,Close,Adj Close,Volume
2024-06-06,124.05,125.59,118.32,121.00,120.97,664696000
2024-06-07,null,null,null,null,null,null
ROWS
cat >"$WORK/in/price-nasdaq=HistoricalData_GOOG.csv" <<'ROWS'
Date,Close/Last,Volume,Open,High,Low
12/13/2024,$191.38,18883220,$192.71,$194.34,$191.26
12/12/2024,$193.63,N/A,$196.30,$196.7053,$193.28
ROWS
cat >"$WORK/in/price-investing=NVDA Historical Data.csv" <<'ROWS'
"Date","Price","Open","High","Low","Vol.","Change %"
"07/05/2024","1,125.83","127.38","1,128.85","125.68","214.18M","-1.91%"
"07/03/2024","128.28","121.66","128.28","121.36","","4.57%"
ROWS
cat >"$WORK/in/ecb-csv=eurofxref.csv" <<'ROWS'
Date, USD, JPY, CYP, 
27 October 2016, 1.0927, 114.39, N/A, 
ROWS
cat >"$WORK/in/epoch-revenue=revenue.csv" <<'ROWS'
Company,Date,Revenue amount (normalize to annual),,,
OpenAI,12/31/2022,2.8E+07,,,
Anthropic,10/21/2025,"7,000,000,000",,,
ROWS
cat >"$WORK/in/lmarena=lmarena.csv" <<'ROWS'
rank,rank_stylectrl,model,arena_score,95_pct_ci,votes,organization,license,knowledge_cutoff,url
1,1,Kestrel-2,1470,+5/-5,26019,Acme AI,Proprietary,,https://example.com/k
2,2,"Harbour, large",1446,+6/-4,13715,Sea Labs,MIT,2024-06,https://example.com/h
ROWS
cat >"$WORK/in/nvidia-revenue=revenue.csv" <<'ROWS'
quarter,fiscal_year,quarter_number,data_center,gaming,professional_visualization,automotive,oem_other,total_revenue,imported_at,source_pdf
Q2 FY21,2021,2,1752,1654,203,111,146,3866,2025-11-17 10:51:00,a.pdf
ROWS
cat >"$WORK/in/funding-india=startup_funding.csv" <<'ROWS'
Date,Startup Name,Industry / Vertical,Sub-Vertical,City / Location,Investors’ Name,Investment Type,Amount (In USD)
09/01/2020,Acme,E-Tech,E-learning,Bengaluru,Sea Capital,Private Equity Round,"20,00,00,000"
13/01/2020,Pier,Transportation,App,Gurgaon,"Quay, Jetty",Series C,undisclosed
ROWS

# FORM=FEED=FILE for each form of each table
python3 - "$WORK/in" "$WORK/forms" <<'PYTHON'
import csv, io, os, sys
source, out = sys.argv[1:]
def write(rows, delimiter=',', quoting=csv.QUOTE_MINIMAL, end='\n'):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    return text.getvalue()
def moved(rows, shift): return [r[shift:] + r[:shift] for r in rows]
for name in os.listdir(source):
    rows = list(csv.reader(open(f'{source}/{name}', newline=''), skipinitialspace=True))
    full = all(len(r) == len(rows[0]) and all(rows[0]) for r in rows)
    forms = {
        'plain': write(rows), 'crlf': write(rows, end='\r\n'), 'mark': '\ufeff' + write(rows), 'semicolon': write(rows, delimiter=';'), 'tab': write(rows, delimiter='\t'),
        'quoted': write(rows, quoting=csv.QUOTE_ALL), 'no-end': write(rows).rstrip('\n'), 'blank-end': write(rows) + '\n\n', 'cut': write(rows)[:-1] + '\x00',
        'empty': '', 'spaces': '\n\n', 'header': write(rows[:1]), 'page': '<!DOCTYPE html><html><body>Too many requests</body></html>\n',
    }
    if full: forms['moved'] = write(moved(rows, 2))
    forms['missing'] = write([r[1:] for r in rows])
    for form, text in forms.items(): open(f'{out}/{form}={name}', 'w', newline='', encoding='utf-8').write(text)
    open(f'{out}/utf-16={name}', 'w', newline='', encoding='utf-16').write(write(rows, end='\r\n'))
PYTHON
take() { # FORM FEED FILE: what is claimed, without the places; exit code to $rc
	run "$AIMARKET" ingest --feed "$2" --file "$WORK/forms/$1=$2=$3" --as "$3" --fetched 2026-01-02 --dry-run
	jq -Sc 'del(.at, .locator, .raw)' "$WORK/out" 2>/dev/null | sort >"$WORK/took"
}
same='crlf mark semicolon tab quoted no-end blank-end utf-16 moved'
for path in "$WORK"/in/*; do
	name=$(basename "$path") feed=${name%%=*}
	file=${name#*=}
	take plain "$feed" "$file"
	is "$feed: is read" "$rc $([ -s "$WORK/took" ] && echo some)" "0 some"
	cp "$WORK/took" "$WORK/plain"
	differ=
	for form in $same; do
		[ -f "$WORK/forms/$form=$feed=$file" ] || continue
		take "$form" "$feed" "$file"
		cmp -s "$WORK/took" "$WORK/plain" || differ+=" $form ($rc: ${err:0:200})"
	done
	is "$feed: says the same in other forms" "$differ" ""
	silent=
	for form in empty spaces missing page; do
		take "$form" "$feed" "$file"
		[ "$rc" != 0 ] && [[ $err =~ (empty|column|HTML|document) ]] || silent+=" $form ($rc: ${err:0:200})"
	done
	is "$feed: what is none of it is refused, with the reason" "$silent" ""
	take header "$feed" "$file"
	is "$feed: a table without rows claims nothing" "$(jq -s 'map(select(.record == "observation" or .record == "deal")) | length' "$WORK/took")" 0
done
done_testing
