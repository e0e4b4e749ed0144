-- name: thousandfold
-- severity: warning
-- text: a figure is not off by a thousand against those before and after it in its series
WITH near AS (
    SELECT f.*, lag(abs(value)) OVER w AS before, lead(abs(value)) OVER w AS after
      FROM store.fact f
     WHERE f.value <> 0 AND f.period_end > '-infinity'
    WINDOW w AS (PARTITION BY f.series, (f.period_end - f.period_start) / 25 ORDER BY f.period_end, f.period_start))
SELECT e.slug, format('%s %s on %s, between %s and %s', trim_scale(n.value), api.metric_code(m.taxonomy, m.name), n.period_end, trim_scale(n.before), trim_scale(n.after)),
       ARRAY['o:' || n.claim]
  FROM near n
  JOIN store.series r ON r.id = n.series
  JOIN store.metric m ON m.id = r.metric
  JOIN store.entity e ON e.id = n.subject
 WHERE (abs(n.value) / n.before BETWEEN 500 AND 2000 AND abs(n.value) / n.after BETWEEN 500 AND 2000)
    OR (n.before / abs(n.value) BETWEEN 500 AND 2000 AND n.after / abs(n.value) BETWEEN 500 AND 2000)
