-- name: market-cap
-- severity: warning
-- text: market capitalisation is the price of a share times the shares outstanding, both put on the count of the day by the splits between, within one part in twenty
SELECT c.subject, format('%s on %s, but %s times %s shares%s is %s', trim_scale(c.value), c.period_end, trim_scale(p.value), trim_scale(n.value),
                         CASE WHEN f.factor <> 1 THEN ' times ' || trim_scale(f.factor) || ' by splits' ELSE '' END, trim_scale(p.value * n.value * f.factor)),
       ARRAY[c.claim, p.claim, n.claim] || f.claims
  FROM api.claims c
  JOIN LATERAL (     -- paid that day; or on the share count of the day the table was fetched
        SELECT p.*, CASE WHEN p.dimensions ->> 'basis' = 'unadjusted' THEN p.period_end ELSE greatest(p.asserted_on, p.period_end) END AS basis_day FROM api.claims p
         WHERE p.subject = c.subject AND p.metric = 'price' AND p.period_end = c.period_end AND p.unit = c.unit || '/shares'
           AND p.dimensions ->> 'field' = 'close' AND p.dimensions ->> 'basis' IN ('unadjusted', 'split') AND NOT p.dimensions ? 'bar'
         ORDER BY p.dimensions ->> 'basis' DESC, p.tier_rank, p.claim LIMIT 1) p ON true
  JOIN LATERAL (
        SELECT n.* FROM api.claims n
         WHERE n.subject = c.subject AND n.metric IN ('shares_outstanding', 'dei:EntityCommonStockSharesOutstanding') AND n.dimensions = '{}'
           AND n.period_end BETWEEN c.period_end - 200 AND c.period_end AND n.value IS NOT NULL
         ORDER BY n.period_end DESC, n.tier_rank, n.claim LIMIT 1) n ON true
  CROSS JOIN LATERAL (
        SELECT api.product(s.value) AS factor, coalesce(array_agg(s.claim), '{}') AS claims
          FROM (SELECT DISTINCT ON (x.period_end) x.value, x.claim, x.period_end FROM api.claims x
                 WHERE x.subject = c.subject AND x.metric = 'split_factor' AND x.value > 0
                   AND (x.period_end > n.period_end AND x.period_end <= c.period_end OR x.period_end > c.period_end AND x.period_end <= p.basis_day)
                   AND NOT EXISTS (SELECT FROM api.claims y     -- the same one, told as of its distribution
                                    WHERE y.subject = x.subject AND y.metric = 'split_factor' AND y.value = x.value
                                      AND y.period_end > x.period_end AND y.period_end <= x.period_end + 7)
                 ORDER BY x.period_end, x.tier_rank, x.claim) s) f
 WHERE c.metric = 'market_cap' AND c.value IS NOT NULL AND coalesce(c.dimensions ->> 'basis', 'close') = 'close'
   AND (p.low * n.low * f.factor > c.high * 1.05 OR p.high * n.high * f.factor < c.low * 0.95)
