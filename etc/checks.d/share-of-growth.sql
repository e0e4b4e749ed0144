-- name: share-of-growth
-- severity: warning
-- text: a share of revenue is not the share of the growth of revenue told as something else
SELECT DISTINCT ON (s.claim) s.subject, format('%s%% is told as a share of the revenue of %s, and as a share of its growth', trim_scale(s.value), s.dimensions ->> 'whole'),
       ARRAY[s.claim, g.claim]
  FROM api.claims s
  JOIN api.claims g ON g.subject = s.subject AND g.metric = 'share_of_revenue_growth' AND g.value = s.value
       AND g.dimensions ->> 'whole' IS NOT DISTINCT FROM s.dimensions ->> 'whole' AND g.period_start <= s.period_end AND g.period_end >= s.period_start
 WHERE s.metric = 'share_of_revenue'
 ORDER BY s.claim, g.tier_rank, g.claim
