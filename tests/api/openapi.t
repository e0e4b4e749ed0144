#!/bin/bash
# The description of the API: made of what is there and committed, found good by two checkers, served, true in its examples, and
# good enough to make a client of.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/api.sh"
cluster_start
"$AIMARKET" -q db migrate >/dev/null
(cd "$ROOT" && AIMARKET_DATA=data "$AIMARKET" -q ingest >/dev/null)

"$AIMARKET" openapi >"$WORK/openapi.json"
same_file "etc/openapi.json is what the program makes of the starter set (make openapi)" "$WORK/openapi.json" "$ROOT/etc/openapi.json"
is "it tells nothing of the machine it was made on" "$(grep -c -F "$ROOT" "$ROOT/etc/openapi.json")" 0
is "every parameter of every resource is in it" "$(for r in $("$AIMARKET" help query | sed -n '/^resources:/,/^$/s/^  *\([a-z]*\)  .*/\1/p'); do
	"$AIMARKET" help query "$r" | sed -n '/^filters:/,/^$/s/^ *--\([a-z0-9-]*\).*/\1/p' | tr - _ | while read -r p; do
		jq -e --arg p "$r.$p" '.components.parameters | has($p)' "$ROOT/etc/openapi.json" >/dev/null || echo "$r.$p"
	done
done)" ""
is "and every column has its comment" "$(jq -r '.components.schemas | to_entries[] | select(.key | test("^(Deals|Observations|Entities|Filings|Changes|Predictions)$")) | .key as $k | .value.properties | to_entries[] | select(.value.description == null) | "\($k).\(.key)"' "$ROOT/etc/openapi.json")" ""

if npm_tools; then
	is "Redocly finds no fault with it but that no licence is stated: there is none yet" \
		"$("$NPM_TOOLS/node_modules/.bin/redocly" lint --format=json "$ROOT/etc/openapi.json" 2>/dev/null | jq -c '[.totals.errors, .problems[].ruleId]')" '[0,"info-license"]'
	ok "nor does Spectral any" "$NPM_TOOLS/node_modules/.bin/spectral" lint --fail-severity=hint -r "$ROOT/etc/npm/spectral.yaml" "$ROOT/etc/openapi.json"
fi

token=$("$AIMARKET" token create client --scope predict 2>/dev/null)
api_start 'workers = 1'
ask /openapi.json
is "it is served" "$status $(header content-type)" "200 application/json"
same_file "as it is" "$WORK/body" "$ROOT/etc/openapi.json"
ask /openapi.json -H "If-None-Match: $(header etag)"
is "once" "$status" 304

# each example is what the API answers, but for times and what came since
for path in $(jq -r '.paths | to_entries[] | select(.value.get.responses["200"].content["application/json"].example != null) | .key' "$ROOT/etc/openapi.json"); do
	ask "$path?limit=1"
	case $path in
	/v1/feeds | /v1/runs | /v1/documents | /v1/changes | /v1/predictions | /v1/forecasts | /v1/scores) what='.data[0] // {} | keys' ;;	# times of its own
	*) what='.data, .next, (.meta | del(.snapshot))' ;;
	esac
	is "the example of $path is a real answer" "$(json "$what")" \
		"$(jq -c -r --arg p "$path" ".paths[\$p].get.responses[\"200\"].content[\"application/json\"].example | $what" "$ROOT/etc/openapi.json")"
done

# every path of it is there
jq -r '.paths | to_entries[] | select(.value.get != null) | .key' "$ROOT/etc/openapi.json" | grep -v -e '{id}' -e events -e '^/v1/writes' | while read -r path; do
	ask "$path"
	[ "$status" = 200 ] || { [ "$status" = 400 ] && json .parameter | grep -q .; } || echo "$path: $status"
done >"$WORK/missing"
is "every path of it is answered" "$(cat "$WORK/missing")" ""

# ---- a client
if npm_tools; then
	bin=$NPM_TOOLS/node_modules/.bin
	cp "$ROOT/tests/api/client/client.ts" "$WORK/client.ts"
	ln -s "$NPM_TOOLS/node_modules" "$WORK/node_modules"
	ok "a client is made of it" "$bin/openapi-typescript" "$ROOT/etc/openapi.json" -o "$WORK/api.d.ts"
	printf '{"type":"module"}' >"$WORK/package.json"
	printf 'declare const process: { argv: string[]; exit(code: number): never };\n' >"$WORK/node.d.ts"
	ok "which compiles" "$bin/tsc" --strict --target es2022 --module nodenext --moduleResolution nodenext --lib es2022,dom --skipLibCheck --outDir "$WORK/js" "$WORK/client.ts" "$WORK/api.d.ts" "$WORK/node.d.ts"
	printf '{"type":"module"}' >"$WORK/js/package.json"
	exits "and asks" 0 node "$WORK/js/client.js" "http://127.0.0.1:$port" "$token"
	is "what it was made to" "$out" 'list 2 aimarket query deals --since 2024 --type acquihire --sort=-amount --limit 2 --format json
one licence_and_hire 4
groups [{"type":"funding_round","count":93,"disputed":3}]
trend true
wrong 404 urn:aimarket:problem:not-found
made 201 will-the-client-compile'
fi
api_stop
done_testing
