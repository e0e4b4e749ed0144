-- name: six-n-d
-- severity: warning
-- text: the compute a model was trained with is near six times its parameters times its tokens, within a factor of two
WITH figure AS (
    SELECT subject, metric, min(low) AS low, max(high) AS high, array_agg(claim ORDER BY claim) AS claims
      FROM api.claims
     WHERE metric IN ('parameters', 'training_tokens', 'training_compute') AND value IS NOT NULL AND low > '-infinity' AND high < 'infinity'
       AND NOT dimensions ? 'bound' AND NOT dimensions ? 'phase' AND judged IS DISTINCT FROM 'deprecated'
     GROUP BY subject, metric)
SELECT n.subject, format('six times parameters times tokens is %s to %s, the compute told %s to %s FLOP', to_char(6 * n.low * d.low, '9.99EEEE'),
                         to_char(6 * n.high * d.high, '9.99EEEE'), to_char(c.low, '9.99EEEE'), to_char(c.high, '9.99EEEE')), n.claims || d.claims || c.claims
  FROM figure n
  JOIN figure d ON d.subject = n.subject AND d.metric = 'training_tokens'
  JOIN figure c ON c.subject = n.subject AND c.metric = 'training_compute'
 WHERE n.metric = 'parameters' AND (3 * n.low * d.low > c.high OR 12 * n.high * d.high < c.low)
