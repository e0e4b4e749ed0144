-- name: share-of-whole
-- severity: error
-- text: a share of the whole's revenue times the whole's revenue is the part's revenue
SELECT DISTINCT ON (s.claim, p.claim) s.subject,
       format('%s%% of %s (%s, %s %s) is %s to %s, but %s is said to be %s', trim_scale(s.value), trim_scale(w.value), w.subject_name, w.metric, w.period_end,
              trim_scale(s.low * w.low / 100), trim_scale(s.high * w.high / 100), s.subject_name, trim_scale(p.value)),
       ARRAY[s.claim, w.claim, p.claim]
  FROM api.claims s
  JOIN api.claims w ON w.subject = s.dimensions ->> 'whole' AND w.metric IN ('revenue', 'revenue_run_rate', 'arr') AND w.dimensions = '{}'
       AND w.period_start <= s.period_end AND w.period_end >= s.period_start
  JOIN api.claims p ON p.subject = s.subject AND p.metric = w.metric AND p.unit = w.unit AND p.dimensions = '{}'
       AND p.period_start <= w.period_end AND p.period_end >= w.period_start
 WHERE s.metric = 'share_of_revenue' AND s.unit = 'percent' AND s.dimensions - 'whole' = '{}'
   AND s.value IS NOT NULL AND w.value IS NOT NULL AND p.value IS NOT NULL AND p.subject <> w.subject
   AND (s.low * w.low / 100 > p.high OR s.high * w.high / 100 < p.low)
 ORDER BY s.claim, p.claim, w.tier_rank, w.asserted_on DESC, w.claim
