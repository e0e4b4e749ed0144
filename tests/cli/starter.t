#!/bin/bash
# The starter set, loaded as a user loads it: nothing is refused, nothing is lost, and what it is known to say is what is answered.
. "$(dirname "$0")/../lib.sh"
cluster_start
"$AIMARKET" db migrate >/dev/null

# One column (or several, by comma) of an answer, a row a line.
column() { # NAMES RESOURCE [OPTION…]
	local names=$1
	shift
	"$AIMARKET" query "$@" --columns "$names" --limit 0 --format csv | tail -n +2
}
count() { # RESOURCE [OPTION…]
	"$AIMARKET" query "$@" --limit 0 --format ndjson | wc -l
}

# ---- the load

exits "every feed that reads files, without being named" 0 "$AIMARKET" ingest
is "nothing is refused" "$(count rejects)" 0
is "each feed took its file in" "$(column feed feeds --state fine | tr '\n' ' ')" \
	"catalogue starter-1-entities starter-2-filings starter-3-predictions starter-4-deals starter-5-metrics starter-6-statements starter-7-notes "
prints=$("$AIMARKET" fingerprint)
exits "again" 0 "$AIMARKET" ingest
like "all of it is known" "$out$err" '8 known already'
is "and nothing changes" "$("$AIMARKET" fingerprint)" "$prints"

# ---- nothing lost

rows() { # FILE, whose cells hold no line ends
	tail -n +2 "$ROOT/data/$1" | wc -l
}
is "every deal of the table" "$(sql "SELECT count(*) FROM store.entity WHERE kind = 'deal'")" "$(cut -d, -f2 "$ROOT/data/deals.csv" | tail -n +2 | sort -u | wc -l)"
is "every prediction, and the one of the notes" "$(count entities --kind prediction)" $(($(rows predictions.csv) + 1))
is "the 87 claims of the notes, four of them said by the same source in another table" \
	"$(column added,known runs --feed starter-7-notes | head -1)" "83,4"
is "every source is told by title or address" "$(sql "SELECT count(*) FROM store.source WHERE title IS NULL AND address IS NULL")" 0
is "every claim leads to its document" "$(sql "SELECT count(*) FROM store.observation WHERE document IS NULL OR at IS NULL")" 0
is "every metric is defined" "$(sql "SELECT count(*) FROM store.series s JOIN store.metric m ON m.id = s.metric WHERE m.definition IS NULL")" 0

# ---- exact

value() { # ENTITY METRIC [OPTION…]
	"$AIMARKET" query observations --entity "$1" --metric "$2" "${@:3}" --format json | grep -o '"value":[^,]*' | cut -d: -f2
}
like "83.83 stays itself" "$(value o1 score)" '83\.83'
is "0.15 dollars" "$(value 'GPT-4o mini' api_price | sort | head -1)" 0.15

# ---- deals taken apart

is "all acqui-hires, by their family" "$(count deals --type acquihire)" 12
is "the licences among them" "$(count deals --type licence_and_hire)" 9
is "announced on the day, as soon as somebody who agrees knows it" "$(column announced_on,date_precision deals --target Character.AI --type acquihire)" "2024-08-02,day"
is "also where another only knows the year" "$(column announced_on deals --target 'Inflection AI')" "2024-03-19"
is "also by the keys they had" "$("$AIMARKET" show deal:cerebras-ipo-2026 --format csv | head -1)" "$("$AIMARKET" show cerebras-ipo --format csv | head -1)"

# ---- as of a day

is "nothing was said before anybody spoke" "$(count observations --as-of 2019-12-31)" 0
is "and nothing by sources whose day is unknown, before the set was finished" \
	"$(column tier observations --entity 'Reality Labs' --as-of 2026-10-05)" ""

# ---- who belongs to whom

is "Copilot is GitHub's" "$(column parent entities --entity 'GitHub Copilot')" GitHub
is "GitHub Microsoft's" "$(column parent entities --entity GitHub)" Microsoft
is "but not yet then" "$(column parent entities --entity GitHub --as-of 2018-10-01)" ""
is "names meet: a ticker, an alias, a number" "$(for e in ticker:NVDA 'NVIDIA Corporation' cik:0001045810; do column id entities --entity "$e"; done | sort -u)" nvidia

done_testing
