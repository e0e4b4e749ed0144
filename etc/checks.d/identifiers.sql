-- name: identifiers
-- severity: error
-- text: identifiers that carry a check digit pass it: LEI, ISIN, FIGI
SELECT e.slug, format('%s %s fails its check', k.scheme, k.value), ARRAY[]::text[]
  FROM store.entity_key k
  JOIN store.entity e ON e.id = k.entity
 WHERE k.batch_to IS NULL AND k.scheme IN ('lei', 'isin', 'figi') AND NOT load.key_holds(k.scheme, k.norm)
