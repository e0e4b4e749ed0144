-- name: same-number-on-owner
-- severity: warning
-- text: a figure of a product is not the very number a better source gives to its owner; `check --judge` and each load deprecate it
SELECT e.slug, s.why, ARRAY['o:' || s.claim, 'o:' || s.owner_claim]
  FROM api.same_number_on_owner(NULL) s
  JOIN store.entity e ON e.id = s.subject
 WHERE NOT EXISTS (SELECT FROM store.judgement j WHERE j.claim = s.claim AND j.batch_to IS NULL AND j.who NOT LIKE 'rule:%')
