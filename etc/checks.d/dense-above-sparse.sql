-- name: dense-above-sparse
-- severity: error
-- text: a chip is not faster on dense matrices than on sparse ones
SELECT d.subject, format('dense %s is above sparse %s %s (%s)', trim_scale(d.value), trim_scale(s.value), s.unit, d.dimensions ->> 'format'), ARRAY[d.claim, s.claim]
  FROM api.claims d
  JOIN api.claims s ON s.subject = d.subject AND s.metric = d.metric AND s.unit = d.unit AND s.dimensions ->> 'sparsity' = 'sparse'
       AND s.dimensions - 'sparsity' = d.dimensions - 'sparsity'
 WHERE d.metric = 'peak_rate' AND d.dimensions ->> 'sparsity' = 'dense' AND d.low > s.high
