#!/bin/bash
# Every limit on what comes in is a setting with a name: what passes it is refused with that name, and goes through when it is raised.
. "$(dirname "$0")/../lib.sh"
export AIMARKET_FEEDS=$WORK/feeds AIMARKET_CONFIG=$WORK/aimarket.conf
mkdir "$WORK/feeds"
printf '[feed]\nformat = csv\nasserted_on = 2026-01-01\npublisher = test\n[entity]\nref = {who}\nkind = company\nname = {who}\n[observation]\nentity = {who}\nmetric = sold\nunit = user\nend = 2025-12-31\nvalue = {value}\ndims = {dims}\n' >"$WORK/feeds/wide.conf"
{
	echo 'who,value,dims,rest'
	for i in 1 2 3; do echo "Company $i,$((1000 * i)),a=1;b=2,"; done
} >"$WORK/doc.csv"
dry() { # LIMIT VALUE
	printf '[limits]\n%s = %s\n' "$1" "$2" >"$AIMARKET_CONFIG"
	run "$AIMARKET" ingest --dry-run --feed wide --file "$WORK/doc.csv"
}
refused() { # LIMIT VALUE TEXT
	dry "$1" "$2"
	like "$1 = $2 is passed" "$out$err" "$3"
}
passes() { # LIMIT VALUE
	dry "$1" "$2"
	is "$1 = $2 is not" "$rc" 0
}
refused columns 3 'line 1: more than 3 columns \(limit columns\)'
passes columns 4
refused dimensions 1 'more than 1 dimensions \(limit dimensions\)'
passes dimensions 2
refused number_digits 3 'number of more than 3 digits \(limit number_digits\)'
passes number_digits 4
refused name_length 8 'has 9 bytes, more than 8 \(limit name_length\)'
passes name_length 10
printf '[limits]\nreject_text = 4\ndimensions = 1\n' >"$AIMARKET_CONFIG"
run "$AIMARKET" ingest --dry-run --feed wide --file "$WORK/doc.csv"
like "so much is kept of a rejected record" "$out" '"Comp"'
edgar() { # LIMIT VALUE FEED FILE
	printf '[limits]\n%s = %s\n' "$1" "$2" >"$AIMARKET_CONFIG"
	AIMARKET_FEEDS=$ROOT/etc/feeds.d run "$AIMARKET" ingest --dry-run --feed "$3" --file "$ROOT/tests/feeds/$4"
}
edgar issuers 1 edgar-formd edgar-formd/amendment-indefinite/input.xml
like "issuers = 1 is passed" "$err" 'more than 1 issuers \(limit issuers\)'
edgar documents 1 edgar-filing edgar-filing/fee-exhibit/input.txt
like "documents = 1 is passed" "$err" 'more than 1 documents \(limit documents\)'
edgar documents 3 edgar-filing edgar-filing/fee-exhibit/input.txt
is "documents = 3 is not" "$rc" 0
edgar parties 1 edgar-filing-page edgar-filing-page/form-4/input.html
like "parties = 1 is passed" "$err" 'more than 1 parties \(limit parties\)'
exits "a limit has bounds" 1 env AIMARKET_CONFIG=<(printf '[limits]\nname_length = 5000\n') "$AIMARKET" config show
for limit in body field line depth rejects spool_memory columns group_size name_length number_digits dimensions claims documents parties issuers reject_text archive members unpacked ratio; do
	grep -q "^#$limit = " <("$AIMARKET" config sample) || echo "$limit"
done >"$WORK/missing"
is "all are in the sample" "$(cat "$WORK/missing")" ""
cluster_start
printf '[limits]\nclaims = 2\n' >"$AIMARKET_CONFIG"
"$AIMARKET" db migrate >/dev/null
run "$AIMARKET" ingest --feed wide --file "$WORK/doc.csv"
like "claims = 2 is passed" "$err" '3 observations in one document, more than 2 \(limit claims\)'
done_testing
