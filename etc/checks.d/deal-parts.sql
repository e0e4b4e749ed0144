-- name: deal-parts
-- severity: error
-- text: the parts of a deal come to no more than its total, within their roundings
WITH part AS (      -- of each component, what its claims allow: the widest reading that any of them gives
    SELECT subject, unit, dimensions ->> 'component' AS component, min(low) AS low, max(high) AS high, array_agg(claim ORDER BY claim) AS claims
      FROM api.claims
     WHERE metric = 'deal_amount' AND state = 'value' AND judged IS DISTINCT FROM 'deprecated' AND nature NOT IN ('forecast', 'guidance')
       AND dimensions ->> 'component' IN ('total', 'licence_fee', 'retention', 'waiver', 'investor_buyout', 'cash', 'stock', 'earn_out')
     GROUP BY 1, 2, 3)
SELECT t.subject, format('parts come to at least %s, the total is at most %s %s', trim_scale(sum(p.low)), trim_scale(t.high), t.unit),
       t.claims || array_agg(c ORDER BY c)
  FROM part t
  JOIN part p ON p.subject = t.subject AND p.unit = t.unit AND p.component NOT IN ('total', 'investor_buyout')
 CROSS JOIN LATERAL (SELECT unnest(p.claims) LIMIT 1) AS first (c)
 WHERE t.component = 'total'
 GROUP BY t.subject, t.unit, t.high, t.claims
HAVING sum(p.low) > t.high
