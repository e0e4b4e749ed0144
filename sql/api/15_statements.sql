-- Statements that stand as of a day and a transaction, each with what the written rule (00_rule.sql) orders them by:
-- preferred, tier, asserted_on, tx. A statement taken in by the running transaction has no tx yet and is the latest.

CREATE FUNCTION api.statements_asof(as_of date, snapshot bigint)
RETURNS TABLE (id bigint, subject int, property text, code text, text text, object int, dims jsonb, period_start date, period_end date, prec "char",
    nature "char", asserted_on date, source int, document int, at int, note int, preferred bool, tier smallint, tx bigint)
LANGUAGE sql STABLE AS $$
    SELECT s.id, s.subject, s.property, s.code, s.text, s.object, s.dims, s.period_start, s.period_end, s.prec, s.nature, s.asserted_on, s.source,
           s.document, s.at, s.note, j.verdict IS NOT DISTINCT FROM 'preferred', s.tier, x.tx
    FROM store.statement s
    LEFT JOIN store.tx x ON x.batch = s.batch
    LEFT JOIN store.judgement j ON j.claim = s.id AND j.shape = 's'
          AND CASE WHEN snapshot IS NULL THEN j.batch_to IS NULL
              ELSE j.batch IN (SELECT k.batch FROM store.tx k WHERE k.tx <= snapshot)
                   AND coalesce(j.batch_to NOT IN (SELECT k.batch FROM store.tx k WHERE k.tx <= snapshot), true) END
    WHERE (as_of IS NULL OR s.asserted_on <= as_of)
      AND CASE WHEN snapshot IS NULL THEN s.batch_to IS NULL
          ELSE x.tx <= snapshot AND coalesce(s.batch_to NOT IN (SELECT k.batch FROM store.tx k WHERE k.tx <= snapshot), true) END
      AND j.verdict IS DISTINCT FROM 'deprecated'
$$;
COMMENT ON FUNCTION api.statements_asof(date, bigint) IS
    'Statements known to the public on a day and to this store at a transaction (NULL: now), without the deprecated';
