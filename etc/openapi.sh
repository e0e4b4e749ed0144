#!/bin/sh
# openapi.sh FILE: writes the description of the API, with examples from a store of the starter set that is made for it and removed.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
aimarket=${BUILD:-$root/build}/aimarket
state=$(mktemp -d)
unset AIMARKET_DB AIMARKET_FEEDS	# nothing of the user's is read or touched
export AIMARKET_STATE="$state" AIMARKET_CONFIG=/dev/null AIMARKET_DATA=data	# no path of this machine is in the examples
cd "$root"
case $1 in /*) file=$1 ;; *) file=$OLDPWD/$1 ;; esac
chmod 755 "$state"

clean() {
	"$aimarket" -q db stop >/dev/null 2>&1 || :
	rm -rf "$state"
}
trap clean EXIT

"$aimarket" -q ingest >/dev/null
"$aimarket" openapi >"$file.new"
mv "$file.new" "$file"
