-- name: filing-slips
-- severity: warning
-- text: a figure of a filing is not one that an amendment of the same day, the figures of other times or other filings prove wrong; each load and `check --judge` deprecate it
SELECT e.slug, format('%s: %s', s.rule, s.why), ARRAY['o:' || s.claim]
  FROM api.filing_slips(NULL) s
  JOIN store.entity e ON e.id = s.subject
 WHERE NOT EXISTS (SELECT FROM store.judgement j WHERE j.claim = s.claim AND j.batch_to IS NULL AND j.who NOT LIKE 'rule:%')
