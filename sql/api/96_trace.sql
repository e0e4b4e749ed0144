-- What became of something that is not there under the name it was asked by, or what was meant.

-- The key that another spelling stands for beyond doubt: other case, leading zeros, an identifier that one thing bears for ever
-- (cik:320193, CIK0000320193, an accession number without dashes). NULL: it stands for none. Names and tickers pass from one to
-- another and are no keys.
CREATE FUNCTION api.key_meant(resource text, key text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    typed text := lower(substring(key FROM '^([A-Za-z-]+):'));
    given text := CASE WHEN typed IS NULL THEN key ELSE substr(key, length(typed) + 2) END;
    meant text[];
BEGIN
    CASE
    WHEN resource IN ('entities', 'deals', 'funding', 'predictions') THEN
        SELECT array_agg(DISTINCT e.slug) INTO meant
          FROM (SELECT n.id FROM store.entity n WHERE n.slug = lower(key)
                UNION ALL
                SELECT coalesce(c.canon, k.entity)
                  FROM store.key_scheme s
                  JOIN store.entity_key k ON k.scheme = s.scheme AND k.batch_to IS NULL
                       AND k.norm IN (load.norm_key(s.scheme, given), load.norm_key(s.scheme, upper(given)))
                  LEFT JOIN store.entity_canon c ON c.entity = k.entity
                 WHERE s.lasting AND CASE WHEN typed IS NULL THEN s.single ELSE s.scheme = typed END) f (id)
          JOIN store.entity e ON e.id = f.id
         WHERE resource = 'entities' OR e.kind = CASE resource WHEN 'predictions' THEN 'prediction' ELSE 'deal' END;
    WHEN resource = 'filings' THEN
        meant := ARRAY(SELECT k.norm FROM store.entity_key k WHERE k.scheme = 'accession' AND k.batch_to IS NULL AND k.norm = load.norm_key('accession', given));
    WHEN resource IN ('observations', 'revenue') AND typed = 'o' AND given ~ '^[0-9]{1,30}$' THEN
        meant := ARRAY['o:' || trim_scale(given::numeric)];
    WHEN resource = 'metrics' THEN
        meant := ARRAY(SELECT m.metric FROM api.metrics m WHERE lower(m.metric) = lower(key));
    WHEN resource = 'documents' AND key ~* '^[0-9a-f]{64}$' OR resource = 'feeds' THEN
        meant := ARRAY[lower(key)];
    WHEN key ~ '^0+[1-9][0-9]{0,17}$' THEN
        meant := ARRAY[ltrim(key, '0')];
    ELSE
    END CASE;
    RETURN CASE WHEN cardinality(meant) = 1 AND meant[1] <> key THEN meant[1] END;
END $$;
COMMENT ON FUNCTION api.key_meant(text, text) IS 'The key of a row of a resource that another spelling of it stands for; NULL: none';

-- The key that looks most like it.
CREATE FUNCTION api.key_nearest(resource text, key text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF resource = 'metrics' THEN
        RETURN (SELECT m.metric FROM api.metrics m WHERE public.similarity(m.metric, lower(key)) > 0.4 ORDER BY public.similarity(m.metric, lower(key)) DESC, m.metric LIMIT 1);
    ELSIF resource NOT IN ('entities', 'deals', 'funding', 'predictions') THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT s.id FROM api.search(CASE WHEN key LIKE '%:%' THEN key ELSE translate(key, '-_', '  ') END,
                                        CASE resource WHEN 'predictions' THEN '{prediction}' WHEN 'entities' THEN NULL ELSE '{deal}' END::text[], 1) s WHERE s.likeness > 0.4);
END $$;
COMMENT ON FUNCTION api.key_nearest(text, text) IS 'The key of a row of a resource that looks most like a word; NULL: none does';

-- moved_to: the key it has, or has now; gone: what happened; nearest: what looks like it.
CREATE FUNCTION api.trace(resource text, key text) RETURNS TABLE (moved_to text, gone text, nearest text) LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT n.slug INTO moved_to FROM store.entity e JOIN store.entity_canon c ON c.entity = e.id JOIN store.entity n ON n.id = c.canon
     WHERE e.slug = key AND resource IN ('entities', 'deals', 'funding', 'filings', 'predictions');
    IF resource IN ('observations', 'revenue') AND key ~ '^o:[0-9]{1,18}$' THEN
        SELECT 'was taken back' INTO gone FROM store.observation o WHERE o.id = substr(key, 3)::bigint AND o.batch_to IS NOT NULL;
    END IF;
    IF moved_to IS NULL AND gone IS NULL THEN
        moved_to := api.key_meant(resource, key);
    END IF;
    IF moved_to IS NULL AND gone IS NULL THEN
        nearest := nullif(api.key_nearest(resource, key), key);
    END IF;
    RETURN NEXT;
END $$;
COMMENT ON FUNCTION api.trace(text, text) IS 'Where something is that is not found: under another spelling of its key, merged into another, or taken back; else what looks like it';
