#!/bin/sh
# demo.sh [clean]: from a built tree to answers, in a store of its own under build/demo; clean removes every trace of that store.
# Run again it loads nothing twice and answers the same. Captured EDGAR documents are loaded too where AIMARKET_SHARED (or
# ../shared) has them.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
aimarket=$root/build/aimarket
shared=${AIMARKET_SHARED:-$root/../shared}
state=$root/build/demo
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

# The captured documents of a few companies, one feed after the other.
ingest_captured() { # FEED FILE…
	feed=$1
	shift
	for file; do
		[ ! -e "$file" ] || "$aimarket" ingest --quiet --feed "$feed" --file "$file"
	done
}

load() {
	"$aimarket" db migrate >/dev/null
	"$aimarket" ingest --quiet
	[ -d "$shared/data/edgar" ] || return 0
	for cik in 0001045810 0000789019 0000320193; do
		ingest_captured edgar-submissions "$shared"/data/edgar/submissions/CIK$cik.*.json
		ingest_captured edgar-companyfacts "$shared"/data/edgar/companyfacts/CIK$cik.*.json
	done
}

FIGURE=entity,metric,period_end,comparator,value,unit,claims,disputed,tier,source

# Each question of the tour, with the command that answers it.
answers() {
	echo
	echo 'All acqui-hires, whatever the form they took:'
	tour query deals --type acquihire --columns id,type,announced_on,amount,claims,disputed,source
	echo
	echo 'One of them, with everybody who spoke of it: one number, three meanings.'
	tour show characterai-google-2024
	echo
	echo 'An offering in two registrations:'
	tour show cerebras-ipo
	echo
	echo 'Is the run-rate of Copilot USD 2 billion? One reader said so; Microsoft said it of GitHub as a whole:'
	tour query observations --entity github-copilot --metric revenue_run_rate,share_of_revenue,share_of_revenue_growth --columns "$FIGURE"
	tour query observations --entity github --metric revenue_run_rate --columns "$FIGURE"
	echo
	echo 'The market value of NVIDIA on the day it became the largest company, in four roundings that agree:'
	tour query observations --entity nvidia --metric market_cap --since 2024-06-18 --until 2024-06-18 --columns "$FIGURE,rule"
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
