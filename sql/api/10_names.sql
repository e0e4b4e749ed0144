-- From what people type to entities and metrics, and from entities to the ones they read as.

-- Whom each merged entity reads as, as this store had it at a transaction (NULL: now).
CREATE FUNCTION api.canon(snapshot bigint) RETURNS TABLE (entity int, canon int) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE merged AS (
        SELECT m.entity_from, m.entity_into FROM store.entity_merge m
        WHERE CASE WHEN snapshot IS NULL THEN m.batch_to IS NULL
              ELSE m.batch IN (SELECT t.batch FROM store.tx t WHERE t.tx <= snapshot)
                   AND coalesce(m.batch_to NOT IN (SELECT t.batch FROM store.tx t WHERE t.tx <= snapshot), true) END
    ), step AS (
        SELECT m.entity_from, m.entity_into, 1 AS steps FROM merged m
        UNION ALL
        SELECT s.entity_from, m.entity_into, s.steps + 1 FROM step s JOIN merged m ON m.entity_from = s.entity_into WHERE s.steps < 32
    )
    SELECT DISTINCT ON (s.entity_from) s.entity_from, s.entity_into FROM step s ORDER BY s.entity_from, s.steps DESC
$$;

-- The identifiers and names that bear on a word, best first: rank 1 what scheme:value says, then slug, name, alias, former name, any identifier.
CREATE FUNCTION api.entity_candidates(word text) RETURNS TABLE (entity int, rank int) LANGUAGE sql STABLE AS $$
    SELECT e.id, 1 FROM store.entity e WHERE word LIKE 'slug:%' AND e.slug = substr(word, 6)
    UNION ALL
    SELECT k.entity, 1 FROM store.key_scheme s JOIN store.entity_key k ON k.scheme = s.scheme AND k.norm = load.norm_key(s.scheme, substr(word, length(s.scheme) + 2))
    WHERE s.scheme = split_part(word, ':', 1) AND word LIKE '%:%' AND k.batch_to IS NULL
    UNION ALL   -- a ticker without its venue
    SELECT k.entity, 1 FROM store.entity_key k
    WHERE word LIKE 'ticker:%' AND word NOT LIKE '%@%' AND k.scheme = 'ticker' AND k.batch_to IS NULL
      AND k.norm >= load.norm_key('ticker', substr(word, 8)) || '@' AND k.norm < load.norm_key('ticker', substr(word, 8)) || 'A'
    UNION ALL
    SELECT e.id, 2 FROM store.entity e WHERE e.slug = word
    UNION ALL
    SELECT k.entity, array_position(ARRAY['name', 'alias', 'former-name'], s.scheme) + 2
    FROM store.key_scheme s JOIN store.entity_key k ON k.scheme = s.scheme AND k.norm = load.norm_key(s.scheme, word)
    WHERE NOT s.exclusive AND k.batch_to IS NULL
    UNION ALL
    SELECT k.entity, 6 FROM store.key_scheme s JOIN store.entity_key k ON k.scheme = s.scheme AND k.norm = load.norm_key(s.scheme, word)
    WHERE s.exclusive AND k.batch_to IS NULL
$$;

-- Names that look like word, the nearest first, for a message.
CREATE FUNCTION api.entity_nearest(word text) RETURNS text LANGUAGE sql STABLE SET pg_trgm.similarity_threshold = 0.2 AS $$
    SELECT string_agg(format('%s (%s)', name, slug), ', ' ORDER BY near DESC, slug)
    FROM (SELECT e.name, e.slug, max(public.similarity(k.norm, lower(word))) AS near
          FROM store.entity_key k JOIN store.entity e ON e.id = k.entity
          WHERE NOT k.exclusive AND k.batch_to IS NULL AND k.norm OPERATOR(public.%) lower(word) AND e.kind NOT IN ('deal', 'filing', 'prediction')
          GROUP BY e.id ORDER BY near DESC, e.slug LIMIT 3) AS nearest
$$;

CREATE FUNCTION api.entity_ids(word text) RETURNS int[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    ids int[];
    near text;
BEGIN
    WITH c AS (SELECT * FROM api.entity_candidates(word)),
         best AS (SELECT DISTINCT coalesce(n.canon, c.entity) AS id FROM c LEFT JOIN store.entity_canon n ON n.entity = c.entity
                  WHERE c.rank = (SELECT min(c2.rank) FROM c c2))
    SELECT array_agg(u.id ORDER BY u.id) INTO ids
    FROM (SELECT b.id FROM best b UNION SELECT n.entity FROM best b JOIN store.entity_canon n ON n.canon = b.id) AS u;
    IF ids IS NULL THEN
        near := api.entity_nearest(word);
        RAISE no_data_found USING MESSAGE = format('no entity called "%s"', word),
            HINT = CASE WHEN near IS NULL THEN 'Nothing in the store is called like that; `aimarket query entities --name PART` searches.'
                        ELSE 'Nearest: ' || near || '.' END;
    END IF;
    RETURN ids;
END $$;
COMMENT ON FUNCTION api.entity_ids(text) IS
    'The entities a word stands for (slug, name, alias or scheme:value), with all that were merged into them; no_data_found names the nearest';

CREATE FUNCTION api.entity_slugs(word text) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(e.slug ORDER BY e.slug) FROM store.entity e WHERE e.id = ANY ((SELECT api.entity_ids(word))::int[])
$$;
COMMENT ON FUNCTION api.entity_slugs(text) IS 'api.entity_ids as slugs';

CREATE FUNCTION api.metric_code(taxonomy text, name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN taxonomy = 'aimarket' THEN name ELSE taxonomy || ':' || name END
$$;

CREATE FUNCTION api.metric_names(words text[]) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    word text;
    near text;
BEGIN
    FOREACH word IN ARRAY words LOOP
        CONTINUE WHEN EXISTS (SELECT FROM store.metric m WHERE CASE WHEN m.taxonomy = 'aimarket' THEN m.name ELSE m.taxonomy || ':' || m.name END = word);
        SELECT string_agg(n.code, ', ') INTO near
        FROM (SELECT api.metric_code(m.taxonomy, m.name) AS code FROM store.metric m
              ORDER BY public.similarity(api.metric_code(m.taxonomy, m.name), word) DESC, m.taxonomy <> 'aimarket', m.name LIMIT 3) AS n;
        RAISE no_data_found USING MESSAGE = format('no metric called "%s"', word),
            HINT = CASE WHEN near IS NULL THEN 'The store has no metrics yet.' ELSE 'Nearest: ' || near || '.' END;
    END LOOP;
    RETURN words;
END $$;
COMMENT ON FUNCTION api.metric_names(text[]) IS 'The words themselves, when each names a metric; no_data_found names the nearest';
