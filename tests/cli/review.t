#!/bin/bash
# What may be one waits for a person: names that look alike are proposed once, and both answers are kept.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
add() { "$AIMARKET" add entity --kind company --asserted 2026-01-01 "$@" >/dev/null; }
pairs() { "$AIMARKET" review entities --format ndjson | grep -o '"one":"[^"]*","other":"[^"]*"' | sed 's/"one":"//; s/","other":"/ /; s/"//' | sort; }
number() { sql "SELECT id FROM api.reviews WHERE one = '$1' AND other = '$2'"; }
tx() { sql 'SELECT max(tx) FROM store.tx'; }

add --name "Google"
add --name "Google Ventures"
add --name "Apple Inc."
add --name "Apple iSports Group"
is "what only begins alike is not proposed" "$(pairs)" ""
add --name "Stability AI"
add --name "Stabilty AI Ltd"
is "a slip of the pen is" "$(pairs)" "stabilty-ai-ltd stability-ai"
add --name "Sequoia Fund II" --key lei:529900T8BM49AURSDO55
add --name "Sequoia Fund III"
is "numbers make another" "$(pairs)" "stabilty-ai-ltd stability-ai"
add --name "Nvidia Corp" --key cik:1045810
add --name "Nvidia Corpp" --key cik:1045811
is "so do identifiers of which one has only one" "$(pairs)" "stabilty-ai-ltd stability-ai"
add --name "Anthropic" --former-name "Anthropik Research"
add --name "Anthropik Research Labs"
is "former names count" "$(pairs | head -1)" "anthropik-research-labs anthropic"
add --name "Société Générale"
add --name "SOCIETE GENERALE SA"
is "accents, case and legal forms are no difference at all" "$(sql "SELECT count(*) FROM store.entity WHERE slug LIKE 'societe%'")" 1

add --name "百度股份有限公司"
add --name "百度"
add --name "ООО Яндекс"
add --name "Яндекс"
add --name "Ｐｆｎ 株式会社"
add --name "PFN"
is "in any script" "$(sql "SELECT string_agg(norm, ' ' ORDER BY norm) FROM (SELECT norm FROM store.entity_key WHERE norm ~ '百度|яндекс|pfn' GROUP BY norm HAVING count(DISTINCT entity) = 1) n")" "pfn яндекс 百度"
exits "a decision needs a reason" 2 "$AIMARKET" review accept 1
exits "no such number" 3 "$AIMARKET" review accept 99 --why x
exits "no number" 2 "$AIMARKET" review accept one --why x
id=$(number stabilty-ai-ltd stability-ai)
exits "accepted" 0 "$AIMARKET" review accept "$id" --why "a typo" --by anna
is "they are one" "$("$AIMARKET" show stabilty-ai-ltd --format json | grep -o '"id":"[^"]*"' | head -1)" '"id":"stability-ai"'
exits "once" 2 "$AIMARKET" review reject "$id" --why x
like "by the name of the rule" "$err" 'decided: .*anna accepted'
other=$(number anthropik-research-labs anthropic)
exits "rejected" 0 "$AIMARKET" review reject "$other" --why "no relation" --by ben
is "nothing waits any more" "$(pairs)" ""
is "both are kept" "$(sql "SELECT string_agg(concat_ws(' ', d.verdict, d.who, d.why), '; ' ORDER BY d.review) FROM store.review_decision d")" \
	"accepted anna a typo; rejected ben no relation"
like "and listed" "$("$AIMARKET" review entities --all)" 'rejected'
exits "a merge that was accepted can be undone" 0 "$AIMARKET" entity unmerge stabilty-ai-ltd --why "two after all"
add --name "Stabilty AI Ltd" --alias "Stability A.I."
add --name "Anthropik Research Labs" --alias "Anthropic Research"
is "what was decided is not proposed again" "$(pairs)" ""
is "the database refuses to forget" "$(psql -XAtqc 'DELETE FROM store.review_decision' 2>&1 | grep -c append-only)" 1

# ---- names that are all alike: the nearest of each, and an end
awk 'BEGIN { print "name,kind,asserted"; for (i = 0; i < 1200; i++) printf "Northern Lights Infrastructure Holdings %c%c%c,company,2026-01-01\n", 97 + i % 26, 97 + i / 26 % 26, 98 + i / 676 % 26 }' >"$WORK/alike.csv"
exits "a thousand that are spelt alike" 0 "$AIMARKET" add entity --from "$WORK/alike.csv"
is "of each the nearest are proposed, of all no more than somebody will read" "$(sql "SELECT max(n), sum(n) BETWEEN 500 AND 2000 FROM (SELECT count(*) AS n FROM store.review r JOIN store.entity e ON e.id = r.entity_from
	WHERE e.slug LIKE 'northern-lights%' GROUP BY e.id) x")" '10|t'
like "which is told" "$(sql "SELECT why FROM store.review ORDER BY id DESC LIMIT 1")" '; of [0-9]+ or more such the nearest are proposed$'
done_testing
