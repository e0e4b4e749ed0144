-- name: life-cycle
-- severity: error
-- text: the stages of a deal follow each other: nothing is completed before it was announced, or listed before it was filed
WITH stage AS (     -- of each stage, the earliest first and the latest last day that anybody tells
    SELECT s.subject, s.code AS stage, min(s.period_start) AS first, max(s.period_end) AS last, array_agg('s:' || s.id ORDER BY s.id) AS claims
      FROM api.statements_asof(NULL, NULL) s
     WHERE s.property = 'stage' AND s.period_start IS NOT NULL AND s.nature NOT IN ('f', 'g')
     GROUP BY 1, 2)
SELECT e.slug, format('%s by %s, but %s not before %s', late.stage, late.last, early.stage, early.first), early.claims || late.claims
  FROM (VALUES ('draft', 'filed'), ('filed', 'priced'), ('filed', 'listed'), ('priced', 'listed'), ('announced', 'completed'), ('signed', 'completed'),
               ('filed', 'withdrawn'), ('withdrawn', 'refiled')) AS rule (early, late)
  JOIN stage early ON early.stage = rule.early
  JOIN stage late ON late.stage = rule.late AND late.subject = early.subject
  JOIN store.entity e ON e.id = early.subject
 WHERE late.last < early.first
