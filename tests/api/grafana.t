#!/bin/bash
# The dashboard of etc/grafana works against the API as it is: every address in it answers, with every field it shows.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/api.sh"
cluster_start
"$AIMARKET" -q db migrate >/dev/null
"$AIMARKET" -q ingest >/dev/null
api_start 'workers = 1'
dashboard=$ROOT/etc/grafana/dashboards/aimarket.json
source_file=$ROOT/etc/grafana/provisioning/datasources/aimarket.yaml

ok "the dashboard is JSON" jq -e . "$dashboard"
is "all of it asks the data source that is provisioned" "$(jq -r '[.panels[] | .datasource, .targets[].datasource | "\(.type) \(.uid)"] | unique[]' "$dashboard")" \
	"$(sed -n 's/^    type: //p' "$source_file") $(sed -n 's/^    uid: //p' "$source_file")"
is "panels do not lie over each other" "$(jq '[.panels[].gridPos | . as $g | [range($g.x; $g.x + $g.w)] [] as $x | [range($g.y; $g.y + $g.h)][] as $y | [$x, $y]] | length - (unique | length)' "$dashboard")" 0
ask "$(sed -n 's#.*customHealthCheckUrl: ${AIMARKET_URL}##p' "$source_file")"
is "its health check is there" "$status" 200
defaults=$(jq -c '[.templating.list[] | {key: .name, value: .current.value}] | from_entries' "$dashboard")

# The parameters as Grafana would send them, with the variables as they are at first and a range of time.
arguments() { # TARGET
	jq -r --argjson v "$defaults" '.url_options.params[] | "\(.key)=\(.value)"
		| gsub("[$][{]__from:date:YYYY-MM-DD[}]"; "2022-01-01") | gsub("[$][{]__to:date:YYYY-MM-DD[}]"; "2026-12-31")
		| reduce ($v | to_entries[]) as $one (.; gsub("[$][{]" + $one.key + "[}]"; $one.value))' <<<"$1"
}
while read -r target; do
	url=$(jq -r .url <<<"$target") args=()
	while IFS= read -r one; do args+=(--data-urlencode "$one"); done < <(arguments "$target")
	ask "$url" -G "${args[@]}"
	is "$url ${args[*]}: rows, and no variable left" "$status $([[ ${args[*]} != *'${'* ]] && json "$(jq -r '"." + .root_selector' <<<"$target") | length > 0")" "200 true"
	is "every field is in them" "$(jq -r '.columns[].selector' <<<"$target" | while read -r field; do
		json --arg f "$field" '.data | map(has($f)) | all' | grep -q true || echo "$field"
	done)" ""
	is "times are such" "$(jq -r '.columns[] | select(.type == "timestamp") | .selector' <<<"$target" | while read -r field; do
		json --arg f "$field" '.data[][$f] // empty' | grep -v '^[0-9]\{4\}-[0-9][0-9]-[0-9][0-9]$'
	done)" ""
done < <(jq -c '.panels[].targets[]' "$dashboard")
api_stop
done_testing
