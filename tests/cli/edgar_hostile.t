#!/bin/bash
# Bodies made to do harm, served to EDGAR's feeds: bombs of entities, entities from outside, a million nested elements.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate

awk 'BEGIN { for (i = 0; i < 1000000; i++) printf "<a>" }' >"$WORK/deep.xml"
{ printf '<?xml version="1.0"?>\n<!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa">'
	for i in b c d e f g h i; do printf '<!ENTITY %s "%s">' $i "$(printf "&$(tr b-i a-h <<<$i);%.0s" 1 2 3 4 5 6 7 8 9 10)"; done
	printf ']>\n<feed><entry>&i;</entry></feed>\n'; } >"$WORK/bomb.xml"
printf '<?xml version="1.0"?>\n<!DOCTYPE feed SYSTEM "file:///etc/hostname" [<!ENTITY x SYSTEM "file:///etc/hostname">]>\n<feed><entry>&x;</entry></feed>\n' >"$WORK/external.xml"
for feed in edgar-current edgar-company edgar-xbrl-rss edgar-press edgar-formd edgar-filing edgar-filing-page edgar-company-xml edgar-effect edgar-folder-page edgar-document; do
	for f in deep bomb external; do
		exits "$feed: $f" 1 "$AIMARKET" ingest --feed "$feed" --file "$WORK/$f.xml" --dry-run
	done
done
{ sed '/<TEXT>/q' "$ROOT/tests/feeds/edgar-filing/s-1/input.txt"; sed 's/a/div/g' "$WORK/deep.xml"; printf '\n</TEXT>\n</DOCUMENT>\n</SEC-DOCUMENT>\n'; } >"$WORK/deep.txt"
exits "a prospectus of a million elements, one in another" 0 timeout 60 "$AIMARKET" ingest --feed edgar-filing --file "$WORK/deep.txt" --dry-run
done_testing
