-- name: deal-parts-missing
-- severity: info
-- text: where two parts of a deal or more are told, they come to its total
WITH part AS (
    SELECT subject, unit, dimensions ->> 'component' AS component, min(low) AS low, max(high) AS high, array_agg(claim ORDER BY claim) AS claims
      FROM api.claims
     WHERE metric = 'deal_amount' AND state = 'value' AND judged IS DISTINCT FROM 'deprecated' AND nature NOT IN ('forecast', 'guidance')
       AND dimensions ->> 'component' IN ('total', 'licence_fee', 'retention', 'waiver', 'cash', 'stock', 'earn_out')
     GROUP BY 1, 2, 3)
SELECT t.subject, format('parts come to at most %s, the total is at least %s %s', trim_scale(sum(p.high)), trim_scale(t.low), t.unit),
       t.claims || array_agg(p.claims[1] ORDER BY p.claims[1])
  FROM part t
  JOIN part p ON p.subject = t.subject AND p.unit = t.unit AND p.component <> 'total'
 WHERE t.component = 'total'
 GROUP BY t.subject, t.unit, t.low, t.claims
HAVING sum(p.high) < t.low AND count(*) > 1
