-- name: score-out-of-range
-- severity: error
-- text: a score in percent lies between 0 and 100, a share between 0 and 1
SELECT subject, format('%s %s of %s', trim_scale(value), unit, dimensions ->> 'benchmark'), ARRAY[claim]
  FROM api.claims
 WHERE metric = 'score' AND unit IN ('percent', '1')
   AND (value < 0 OR coalesce(value_to, value) > CASE unit WHEN 'percent' THEN 100 ELSE 1 END)
