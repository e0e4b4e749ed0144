), sole AS (        -- what has no amount has no currency: it is counted with the only one there is
    SELECT CASE WHEN count(DISTINCT nullif(unit, '')) = 1 THEN max(unit) END AS unit FROM placed
), grid AS (        -- every bucket of every group, so that gaps are seen
    SELECT g.*, b::date AS bucket, {after} AS after
    FROM (SELECT min(bucket)::timestamp AS first, max(bucket)::timestamp AS last FROM placed) AS s
    CROSS JOIN LATERAL generate_series(s.first, s.last, api.bucket_step({by})) AS b
    CROSS JOIN (SELECT DISTINCT entity, name, metric, dimensions, period, nature, part, coalesce(nullif(p.unit, ''), o.unit, '') AS unit FROM placed p, sole o) AS g
), measured AS MATERIALIZED (
    SELECT g.entity, g.name, g.metric, g.dimensions, g.period, g.nature, g.part, g.unit, g.bucket,
        count(p.key) AS n, count(p.key) FILTER (WHERE p.v IS NULL) AS without,
        {measure}, sum(p.claims) AS claims, count(p.key) FILTER (WHERE p.disputed) AS disputed,
        row_number() OVER (PARTITION BY g.entity, g.metric, g.dimensions, g.period, g.nature, g.part, g.unit ORDER BY g.bucket) AS place
    FROM grid g CROSS JOIN sole o
    LEFT JOIN placed p ON p.entity = g.entity AND p.metric = g.metric AND p.dimensions = g.dimensions AND p.period = g.period AND p.nature = g.nature
         AND p.part = g.part AND coalesce(nullif(p.unit, ''), o.unit, '') = g.unit AND {within}
    GROUP BY g.entity, g.name, g.metric, g.dimensions, g.period, g.nature, g.part, g.unit, g.bucket
), once AS (       -- a deal that stands under several parties is still one
    SELECT DISTINCT p.entity, p.metric, coalesce(nullif(p.unit, ''), o.unit, '') AS unit, p.key, p.claims, p.disputed, p.v IS NULL AS silent
    FROM placed p CROSS JOIN sole o
), total AS (
    SELECT entity, metric, unit, count(*) AS n, count(*) FILTER (WHERE silent) AS without, sum(claims) AS claims, count(*) FILTER (WHERE disputed) AS disputed
    FROM once GROUP BY entity, metric, unit
), answer AS (
    SELECT m.*, b.basis FROM measured m
    JOIN LATERAL (
        SELECT jsonb_strip_nulls(jsonb_build_object('measure', {asked}, 'definition', {definition}, 'unit', nullif(t.unit, ''),
            'rows', t.n, 'without_figure', nullif({without}, 0), 'claims', t.claims, 'disputed', t.disputed,
            'left_out', (SELECT nullif(count(DISTINCT key), 0) FROM shaped WHERE day IS NULL OR fits IS NOT TRUE),
            'as_of', {as_of}, 'snapshot', {snapshot})) AS basis
        FROM total t WHERE t.entity = m.entity AND t.metric = m.metric AND t.unit = m.unit) AS b ON true
)
