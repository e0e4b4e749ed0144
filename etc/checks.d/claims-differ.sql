-- name: claims-differ
-- severity: info
-- text: claims about one fact do not exclude each other; of those that do, the written rule shows one
SELECT e.slug, format('%s%s: %s to %s in %s claims', api.metric_code(m.taxonomy, m.name), coalesce(' ' || nullif(r.dims, '{}')::text, ''), trim_scale(f.low), trim_scale(f.high), f.claims),
       (SELECT array_agg('o:' || o.id ORDER BY o.id) FROM store.observation o
         WHERE o.series = f.series AND o.subject = f.subject AND o.period_end = f.period_end AND o.period_start = f.period_start AND o.batch_to IS NULL)
  FROM store.fact f
  JOIN store.series r ON r.id = f.series
  JOIN store.metric m ON m.id = r.metric AND m.taxonomy = 'aimarket'
  JOIN store.entity e ON e.id = f.subject
 WHERE f.disputed AND f.rule <> 'd'
