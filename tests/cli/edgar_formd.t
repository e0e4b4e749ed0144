#!/bin/bash
# Notices on Form D: an offering and its amendments are one deal, whose figures grow and are never added up.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
ok "the catalogue" "$AIMARKET" ingest catalogue

notice() { # ACCESSION FORM CIK NAME OFFERING SOLD REMAINING SIGNED [AMENDED]
	cat <<X
<?xml version="1.0"?>
<edgarSubmission><submissionType>$2</submissionType><testOrLive>LIVE</testOrLive>
<primaryIssuer><cik>$3</cik><entityName>$4</entityName><entityType>Corporation</entityType></primaryIssuer>
<offeringData><industryGroup><industryGroupType>${INDUSTRY:-Other Technology}</industryGroupType></industryGroup>
<typeOfFiling><newOrAmendment><isAmendment>${9:+true}</isAmendment><previousAccessionNumber>${9:-}</previousAccessionNumber></newOrAmendment>
<dateOfFirstSale><value>2024-01-10</value></dateOfFirstSale></typeOfFiling>
<typesOfSecuritiesOffered><isEquityType>true</isEquityType></typesOfSecuritiesOffered>
<offeringSalesAmounts><totalOfferingAmount>$5</totalOfferingAmount><totalAmountSold>$6</totalAmountSold><totalRemaining>$7</totalRemaining></offeringSalesAmounts>
<signatureBlock><signature><signatureDate>$8</signatureDate></signature></signatureBlock></offeringData></edgarSubmission>
X
}
xml() { notice "$@" >"$WORK/$1_primary_doc.xml" && "$AIMARKET" ingest --feed edgar-formd --file "$WORK/$1_primary_doc.xml" 2>&1 | grep -v documents; }
submission() { # FILE-NUMBER FILED ACCESSION …: the same inside of a submission
	local file=$1 filed=$2
	shift 2
	{
		printf '<SUBMISSION>\n<ACCESSION-NUMBER>%s\n<TYPE>%s\n<FILING-DATE>%s\n<FILER>\n<COMPANY-DATA>\n<CONFORMED-NAME>%s\n<CIK>%s\n</COMPANY-DATA>\n<FILING-VALUES>\n<FILE-NUMBER>%s\n</FILING-VALUES>\n</FILER>\n' \
			"$1" "$2" "$filed" "$4" "$3" "$file"
		printf '<DOCUMENT>\n<TYPE>%s\n<SEQUENCE>1\n<FILENAME>primary_doc.xml\n<TEXT>\n<XML>\n%s\n</XML>\n</TEXT>\n</DOCUMENT>\n</SUBMISSION>\n' "$2" "$(notice "$@")"
	} >"$WORK/$1.nc"
	"$AIMARKET" ingest --feed edgar-filing --file "$WORK/$1.nc" 2>&1 | grep -v documents
}
deal() { # TARGET [ARGUMENT…]
	local target=$1
	shift
	"$AIMARKET" query deals --target "$target" --columns id,type,status,amount,disputed --format csv "$@" | tail -n +2
}
part() { # TARGET COMPONENT
	sql "SELECT p ->> 'amount', p ->> 'state' FROM api.deals d, jsonb_array_elements(d.parts) p WHERE d.target = '$1' AND p ->> 'component' = '$2'"
}

# ---- a notice and its amendments, one after the other

xml 0009000001-24-000001 D 101 'Kestrel Chips' 10000000 4000000 6000000 2024-01-20
xml 0009000001-25-000002 D/A 101 'Kestrel Chips' 12000000 9000000 3000000 2025-01-20 0009000001-24-000001
xml 0009000001-26-000003 D/A 101 'Kestrel Chips' Indefinite 15000000 Indefinite 2026-01-20 0009000001-25-000002
is "one deal, with what is sold by now, and no dispute" "$(deal 'Kestrel Chips')" "formd-0009000001-24-000001,funding_round,signed,15000000,false"
is "as of a year before" "$(deal 'Kestrel Chips' --as-of 2025-06-01)" "formd-0009000001-24-000001,funding_round,signed,9000000,false"
is "what is on offer is indefinite now" "$(part 'Kestrel Chips' offering)" "|none"
is "in a sum it counts once" "$("$AIMARKET" trend deals --type funding_round --by year --measure sum:amount --until 2024 --format ndjson 2>/dev/null | grep -c '[^0-9]15000000[^0-9]')" 1

# ---- the amendments first

xml 0009000002-26-000003 D/A 102 'Heron AI' 12000000 11000000 1000000 2026-01-20 0009000002-25-000002
xml 0009000002-25-000002 D/A 102 'Heron AI' 12000000 9000000 3000000 2025-01-20 0009000002-24-000001
xml 0009000002-24-000001 D 102 'Heron AI' 10000000 4000000 6000000 2024-01-20
is "newest first: one deal too" "$(deal 'Heron AI' | cut -d, -f2-)" "funding_round,signed,11000000,false"
xml 0009000003-24-000001 D 103 'Osprey Labs' 10000000 4000000 6000000 2024-01-20
xml 0009000003-26-000003 D/A 103 'Osprey Labs' 12000000 11000000 1000000 2026-01-20 0009000003-25-000002
is "two deals, as long as nobody knows better" "$(deal 'Osprey Labs' | wc -l)" 2
xml 0009000003-25-000002 D/A 103 'Osprey Labs' 12000000 9000000 3000000 2025-01-20 0009000003-24-000001
is "where the link of the chain comes last, they are one from then on" "$(deal 'Osprey Labs')" "formd-0009000003-24-000001,funding_round,signed,11000000,false"
is "by a merger, which can be undone" "$(sql "SELECT why FROM store.entity_merge"; sql "SELECT count(*) FROM store.reject")" "notices of one offering: one amends the other
0"

# ---- by the number of the offering, which the submission has

submission 021-500104 20240121 0009000004-24-000001 D 104 'Merlin Robotics' 10000000 4000000 6000000 2024-01-20
submission 021-500104 20260121 0009000004-26-000003 D/A 104 'Merlin Robotics' 12000000 11000000 1000000 2026-01-20 0009000004-25-000002
submission 021-500104 20250121 0009000004-25-000002 D/A 104 'Merlin Robotics' 12000000 9000000 3000000 2025-01-20 0009000004-24-000001
is "in any order one deal" "$(deal 'Merlin Robotics')" "formd-021-500104,funding_round,signed,11000000,false"
is "and filings of it" "$(sql "SELECT string_agg(form, ' ' ORDER BY filed_on) FROM api.filings WHERE cik = '104'")" "D D/A D/A"

# ---- the list of filings before the notice itself

printf 'CIK|Company Name|Form Type|Date Filed|File Name\n--------------------------------------------------------------------------------\n105|HARRIER FUND II|D|20240121|edgar/data/105/0009000005-24-000001.txt\n106|PEREGRINE AI|D|20240121|edgar/data/106/0009000006-24-000001.txt\n106|PEREGRINE AI|D/A|20250121|edgar/data/106/0009000006-25-000001.txt\n' >"$WORK/master.idx"
ok "an index" "$AIMARKET" ingest --feed edgar-index --file "$WORK/master.idx"
is "of two new notices, whose kind is not known yet" "$(deal 'HARRIER FUND II'; deal 'PEREGRINE AI')" "formd-0009000005-24-000001,private_offering,announced,,false
formd-0009000006-24-000001,private_offering,announced,,false"
INDUSTRY='Pooled Investment Fund' xml 0009000005-24-000001 D 105 'Harrier Fund II' 500000000 100000000 400000000 2024-01-20
submission 021-500106 20250121 0009000006-25-000001 D/A 106 'Peregrine AI' 5000000 5000000 0 2025-01-20 0009000006-24-000001
is "and is known then: of a fund, and of a company whose amendment came first" "$(deal 'HARRIER FUND II'; deal 'PEREGRINE AI')" "formd-0009000005-24-000001,fund_offering,announced,100000000,false
formd-0009000006-24-000001,funding_round,announced,5000000,false"
is "rounds are found without funds, private offerings with them" \
	"$("$AIMARKET" query deals --type funding_round --columns target --format csv | tail -n +2 | sort -u | paste -sd'|'); $("$AIMARKET" query deals --type private_offering --columns target --format csv | tail -n +2 | sort -u | paste -sd'|')" \
	"Heron AI|Kestrel Chips|Merlin Robotics|Osprey Labs|PEREGRINE AI; HARRIER FUND II"
done_testing
