-- name: setting-not-said
-- severity: warning
-- text: a figure whose setting its source did not say meets at least one of those whose setting is known
SELECT a.subject, format('%s %s %s%s does not say its setting (%s) and meets none of %s', a.metric, a.comparator, trim_scale(a.value), coalesce(' ' || a.unit, ''), d.settings,
                         string_agg(DISTINCT trim_scale(b.value)::text, ', ')), ARRAY[a.claim] || array_agg(b.claim ORDER BY b.claim)
  FROM api.claims a
  JOIN (SELECT m.name, string_agg(x.dimension, ', ' ORDER BY x.dimension) AS settings, array_agg(x.dimension) AS names
          FROM store.metric_dimension x JOIN store.metric m ON m.id = x.metric AND m.taxonomy = 'aimarket' WHERE x.role = 'setting' GROUP BY 1) d ON d.name = a.metric
  JOIN api.claims b ON b.subject = a.subject AND b.metric = a.metric AND b.unit = a.unit AND b.dimensions @> a.dimensions AND b.dimensions <> a.dimensions
       AND b.dimensions - d.names = a.dimensions - d.names AND b.period_start <= a.period_end AND b.period_end >= a.period_start AND b.low IS NOT NULL
 WHERE a.metric IN ('score', 'peak_rate') AND a.state = 'value' AND a.judged IS NULL AND b.judged IS DISTINCT FROM 'deprecated'
   AND NOT EXISTS (SELECT FROM jsonb_object_keys(a.dimensions) k WHERE k = ANY (d.names))
 GROUP BY a.subject, a.metric, a.comparator, a.value, a.unit, a.claim, a.low, a.high, d.settings
HAVING bool_and(b.low > a.high OR b.high < a.low)
