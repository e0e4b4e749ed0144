-- What held on a day: of each series the figure whose period was the last to end by then; of prices, the last to begin.
WITH told AS ({rows}
), held AS MATERIALIZED (
    SELECT DISTINCT ON (t.entity_id, t.metric, {same}, t.unit, f.span) t.*, f.span, m.definition
    FROM told t JOIN api.metrics m ON m.metric = t.metric
    CROSS JOIN LATERAL (SELECT CASE WHEN m.kind = 'flow' THEN t.period ELSE '' END AS span,
        t.dimensions - ARRAY(SELECT d ->> 'name' FROM jsonb_array_elements(m.dimensions) d WHERE d ->> 'role' = 'setting') AS core) AS f
    WHERE t.value IS NOT NULL AND t.nature NOT IN ('forecast', 'guidance')
      AND CASE m.kind WHEN 'price' THEN t.period_start ELSE t.period_end END <= {on}::date
      AND (t.period <> 'open' OR t.period_end IS NULL OR t.period_end >= {on}::date)  -- what is listed no longer has no price
    ORDER BY t.entity_id, t.metric, {same}, t.unit, f.span, CASE m.kind WHEN 'price' THEN t.period_start ELSE t.period_end END DESC,
        t.period_precision <> 'day', t.asserted_on DESC, t.claim DESC     -- a figure of the day before one of its year
), basis AS (
    SELECT metric, unit, jsonb_strip_nulls(jsonb_build_object('measure', 'on ' || {on}, 'definition', min(definition), 'unit', unit, 'rows', count(*),
        'claims', sum(claims), 'disputed', count(*) FILTER (WHERE disputed), 'as_of', {as_of}, 'snapshot', {snapshot})) AS basis
    FROM held GROUP BY metric, unit
)
