-- name: market-cap
-- severity: warning
-- text: market capitalisation is the price of a share times the shares outstanding, within one part in twenty
SELECT c.subject, format('%s on %s, but %s times %s shares is %s', trim_scale(c.value), c.period_end, trim_scale(p.value), trim_scale(n.value), trim_scale(p.value * n.value)),
       ARRAY[c.claim, p.claim, n.claim]
  FROM api.claims c
  JOIN api.claims p ON p.subject = c.subject AND p.metric = 'price' AND p.period_end = c.period_end
       AND p.dimensions ->> 'field' = 'close' AND p.dimensions ->> 'basis' = 'unadjusted'
  JOIN LATERAL (
        SELECT n.* FROM api.claims n
         WHERE n.subject = c.subject AND n.metric IN ('shares_outstanding', 'dei:EntityCommonStockSharesOutstanding') AND n.dimensions = '{}'
           AND n.period_end BETWEEN c.period_end - 200 AND c.period_end AND n.value IS NOT NULL
         ORDER BY n.period_end DESC, n.tier_rank, n.claim LIMIT 1) n ON true
 WHERE c.metric = 'market_cap' AND c.value IS NOT NULL AND coalesce(c.dimensions ->> 'basis', 'close') = 'close'
   AND (p.low * n.low > c.high * 1.05 OR p.high * n.high < c.low * 0.95)
   AND NOT EXISTS (SELECT FROM api.claims x WHERE x.subject = c.subject AND x.metric = 'split_factor' AND x.period_end > n.period_end AND x.period_end <= c.period_end)
