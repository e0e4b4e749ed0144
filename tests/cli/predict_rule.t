#!/bin/bash
# Every scoring vector through the command line: our own always, the captured collection when it is there.
. "$(dirname "$0")/../lib.sh"

# The answer as JSON: "error" for exit code 2, quotes around inf.
answer() { # RULE INPUT
	local rc=0 said
	said=$("$AIMARKET" predict score --rule "$1" --input "$2" 2>/dev/null) || rc=$?
	case $rc,$said in
	0,inf | 0,-inf) echo "\"$said\"" ;;
	0,*) echo "$said" ;;
	2,*) echo '"error"' ;;
	*) echo "\"exit code $rc\"" ;;
	esac
}

vectors() { # NAME FILE
	jq -r '.vectors[] | [.rule, (.input | tojson)] | join("\t")' "$2" >"$WORK/inputs"
	while IFS=$'\t' read -r rule input; do answer "$rule" "$input"; done <"$WORK/inputs" >"$WORK/answers"
	jq -nr --slurpfile file "$2" --slurpfile got "$WORK/answers" '
		def near($a; $b; $tol):
			if ($a | type) == "number" and ($b | type) == "number" then (($a - $b) | fabs) <= $tol + 1e-15 * ($a | fabs)
			elif ($a | type) == "array" and ($b | type) == "array" then
				($a | length) == ($b | length) and all(range($a | length); near($a[.]; $b[.]; $tol))
			elif ($a | type) == "object" and ($b | type) == "object" then all($a | keys[]; . as $k | near($a[$k]; $b[$k]; $tol))
			else $a == $b end;
		$file[0].vectors | to_entries[] | select(near(.value.expected; $got[.key]; .value.tol) | not)
		| "\(.value.id): want \(.value.expected), got \($got[.key])"' >"$WORK/wrong"
	is "$1: as many answers as vectors" "$(wc -l <"$WORK/answers")" "$(jq '.vectors | length' "$2")"
	is "$1: all agree" "$(cat "$WORK/wrong")" ""
}

vectors "our own vectors" "$ROOT/tests/unit/score_vectors.json"
if [ -e "$SHARED/data/predictions/scoring_vectors.json" ]; then
	vectors "the captured vectors" "$SHARED/data/predictions/scoring_vectors.json"
else
	diag "NOT TESTED: $SHARED/data/predictions/scoring_vectors.json is absent; AIMARKET_SHARED says where captured data lies"
fi

exits "a rule on a line" 0 "$AIMARKET" predict score --rule brier_binary --input '{"p": 0.7, "o": 1}'
is "prints the number" "$out" 0.09
exits "an unknown outcome is not scored" 0 "$AIMARKET" predict score --rule brier_binary --input '{"p": 0.7, "o": null}'
is "null is printed" "$out" null
exits "certainty that failed costs everything" 0 "$AIMARKET" predict score --rule log_loss --input '{"p": 0, "o": 1}'
is "inf is printed" "$out" inf
exits "1.2 is no probability" 2 "$AIMARKET" predict score --rule brier_binary --input '{"p": 1.2, "o": 1}'
is "one line says so" "$(wc -l <"$WORK/err")" 1
like "with the rule's name" "$err" brier_binary
exits "NaN is no JSON" 2 "$AIMARKET" predict score --rule brier_binary --input '{"p": NaN, "o": 1}'
exits "no rule" 2 "$AIMARKET" predict score --input '{}'
exits "an unknown rule" 3 "$AIMARKET" predict score --rule brier_binari --input '{}'
like "the nearest is named" "$err" brier_binary
echo '{"p": 0.7, "o": 0}' >"$WORK/in.json"
exits "input from a file" 0 "$AIMARKET" predict score --rule brier_binary --input "@$WORK/in.json"
is "scores the same" "$out" 0.49
is "and from standard input" "$("$AIMARKET" predict score --rule brier_binary --input - <"$WORK/in.json")" 0.49
exits "the rules" 0 "$AIMARKET" predict score --list --format json
is "each says formula and source" "$(jq '[.[] | select((.formula | length) < 3 or (.from | length) < 3)] | length' "$WORK/out")" 0
done_testing
