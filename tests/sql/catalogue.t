#!/bin/bash
# The catalogue of metrics: whole, defined, and the names that other tables and the deal record use are in it.
. "$(dirname "$0")/../lib.sh"
cluster_start
ok "migrate" "$AIMARKET" db migrate
exits "the catalogue is a feed like any other" 0 "$AIMARKET" ingest catalogue
is "every row of the file became a metric" "$(sql "SELECT count(*) FROM store.metric WHERE taxonomy = 'aimarket'")" "$(tail -n +2 "$ROOT/data/metric_catalogue.csv" | wc -l)"
is "every metric has words for people" "$(sql "SELECT string_agg(name, ' ') FROM store.metric WHERE label IS NULL OR definition !~ '[.]$'")" ""
is "what concepts are mapped to is in it" "$(sql "SELECT string_agg(DISTINCT x.metric, ' ') FROM store.metric_map x WHERE NOT EXISTS (
	SELECT FROM store.metric m WHERE m.taxonomy = 'aimarket' AND m.name = x.metric)")" ""
is "a metric ranks each of its concepts differently" "$(sql "SELECT count(*) FROM (SELECT FROM store.metric_map GROUP BY metric, rank HAVING count(*) > 1) d")" 0
is "what deals say is in it" "$(sql "SELECT string_agg(n, ' ') FROM unnest(ARRAY['deal_amount', 'deal_people', 'deal_people_share']) n WHERE NOT EXISTS (
	SELECT FROM store.metric m WHERE m.taxonomy = 'aimarket' AND m.name = n)")" ""
is "the usual unit of each is of the kind it is measured in" "$(sql "SELECT string_agg(name || ' ' || unit, ', ') FROM store.metric
	WHERE unit_kind IS NOT NULL AND unit IS NOT NULL AND load.unit_kind(unit) <> unit_kind")" ""
exits "it can be asked" 0 "$AIMARKET" query metrics --metric revenue --format ndjson
like "with the concepts behind a metric" "$out" '"us-gaap:Revenues"'
done_testing
