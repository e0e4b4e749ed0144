#!/bin/sh
# demo.sh [clean]: from a built tree to answers, in a store of its own under build/demo (DEMO_STATE names another folder); clean
# removes every trace of it. Run again it loads nothing twice and answers the same. Captured EDGAR documents are loaded too
# where AIMARKET_SHARED (or ../shared) has them.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
aimarket=${BUILD:-$root/build}/aimarket
shared=${AIMARKET_SHARED:-$root/../shared}
state=${DEMO_STATE:-$root/build/demo}
unset AIMARKET_DB AIMARKET_FEEDS AIMARKET_DATA	# nothing of the user's is read or touched
export AIMARKET_STATE="$state" AIMARKET_CONFIG=/dev/null

clean() {
	if [ -x "$aimarket" ] && [ -d "$state" ]; then
		"$aimarket" db stop
	fi
	rm -rf "$state"
}

# Words as one would type them: quoted where the shell needs it.
typed() {
	printf '\n$ aimarket'
	for word; do
		case $word in
		*[!A-Za-z0-9._:=,/-]*) printf " '%s'" "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
	printf '\n'
}

tour() {
	typed "$@"
	"$aimarket" "$@"
}

# The newest of some captured documents.
ingest_newest() { # FEED FILE…
	feed=$1
	shift
	for file; do :; done
	[ ! -e "$file" ] || "$aimarket" ingest --quiet --feed "$feed" --file "$file"
}

load() {
	"$aimarket" db migrate >/dev/null
	"$aimarket" ingest --quiet
	for cik in 0001045810 0000789019 0000320193; do	# NVIDIA, Microsoft, Apple
		ingest_newest edgar-submissions "$shared"/data/edgar/submissions/CIK$cik.*.json
		ingest_newest edgar-companyfacts "$shared"/data/edgar/companyfacts/CIK$cik.*.json
	done
}

FIGURE=entity,metric,period_end,comparator,value,unit,claims,disputed,tier,source

ask() { # what the next command answers
	printf '\n%s\n' "$1"
}

answers() {
	ask 'All acqui-hires, whatever form they took:'
	tour query deals --type acquihire --columns id,type,announced_on,amount,claims,disputed,source
	ask 'The Cerebras IPO: two registrations, and what was known of it on four days:'
	for day in 2024-10-10 2025-10-10 2026-04-20 2026-10-06; do
		tour query deals --type ipo --target cerebras --as-of $day --columns id,status,status_on,amount,disputed,source
	done
	ask 'Is the run-rate of Copilot USD 2 billion? One reader said so; Microsoft said it of GitHub as a whole:'
	tour query observations --entity github-copilot --metric revenue_run_rate,share_of_revenue,share_of_revenue_growth --columns "$FIGURE"
	tour query observations --entity github --metric revenue_run_rate --until 2024-12-31 --columns "$FIGURE"
	ask 'What NVIDIA was worth on the day it became the largest company: five sources, four roundings, no dispute:'
	tour query observations --entity nvidia --metric market_cap --since 2024-06-18 --until 2024-06-18 --columns "$FIGURE,rule"
	ask 'Its revenue by year, from its filings where they are at hand:'
	tour query revenue --entity nvidia --metric revenue --period annual --limit 4 --columns period_start,period_end,value,unit,claims,tier,source
	ask 'One deal with everybody who spoke of it. One number, three meanings:'
	tour show characterai-google-2024
	printf '\nTo ask more: AIMARKET_STATE=%s %s help query\n' "$state" "$aimarket"
}

case ${1:-} in
clean) clean ;;
'')
	load
	answers
	;;
*)
	echo "usage: demo.sh [clean]" >&2
	exit 2
	;;
esac
