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

-- Who bears an identifier, as this store had it at a transaction (NULL: now); of those that pass (tickers, domains), who does on a day
-- (NULL: today), else who did last. A ticker without a venue is that of any venue.
CREATE FUNCTION api.key_bearers(key_scheme text, key_norm text, day date, snapshot bigint) RETURNS SETOF int LANGUAGE sql STABLE AS $$
    WITH bearer AS (
        SELECT k.entity, k.lasting OR NOT k.exclusive OR k.valid @> coalesce(day, current_date) AS holds, rank() OVER (ORDER BY upper(k.valid) DESC) AS place
          FROM (SELECT k.* FROM store.entity_key k WHERE k.norm = key_norm AND k.scheme = key_scheme
                UNION ALL
                SELECT k.* FROM store.entity_key k
                 WHERE key_scheme = 'ticker' AND k.norm >= key_norm || '@' AND k.norm < key_norm || 'A' AND k.scheme = 'ticker') k
         WHERE CASE WHEN snapshot IS NULL OR NOT k.exclusive OR k.lasting THEN k.batch_to IS NULL
                    ELSE k.batch IN (SELECT t.batch FROM store.tx t WHERE t.tx <= snapshot)
                         AND coalesce(k.batch_to NOT IN (SELECT t.batch FROM store.tx t WHERE t.tx <= snapshot), true) END
    )
    SELECT b.entity FROM bearer b WHERE b.holds OR b.place = 1 AND NOT EXISTS (SELECT FROM bearer o WHERE o.holds)
$$;

-- The entities a word stands for, by the surest way that finds any: scheme:value, slug, name, alias, former name, any identifier.
CREATE FUNCTION api.entity_candidates(word text, day date DEFAULT NULL, snapshot bigint DEFAULT NULL) RETURNS SETOF int LANGUAGE plpgsql STABLE AS $$
DECLARE
    key_scheme text := split_part(word, ':', 1);
    key_norm text := load.norm_key(key_scheme, substr(word, length(key_scheme) + 2));
    name_norm text;
BEGIN
    IF word LIKE 'slug:%' THEN
        RETURN QUERY SELECT e.id FROM store.entity e WHERE e.slug = key_norm;
    ELSIF key_norm IS NOT NULL THEN
        RETURN QUERY SELECT * FROM api.key_bearers(key_scheme, key_norm, day, snapshot);
    END IF;
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT e.id FROM store.entity e WHERE e.slug = word;
    IF FOUND THEN
        RETURN;
    END IF;
    name_norm := load.norm_name(word);
    RETURN QUERY SELECT c.entity FROM (
        SELECT k.entity, rank() OVER (ORDER BY array_position(ARRAY['name', 'alias', 'former-name'], k.scheme)) AS place
        FROM store.entity_key k WHERE k.norm = name_norm AND k.scheme IN ('name', 'alias', 'former-name') AND k.batch_to IS NULL) AS c WHERE c.place = 1;
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT DISTINCT b.entity FROM store.key_scheme s CROSS JOIN LATERAL api.key_bearers(s.scheme, load.norm_key(s.scheme, word), day, snapshot) AS b(entity)
        WHERE s.exclusive;
END $$;

-- Names that look like word, the nearest first, for a message.
CREATE FUNCTION api.entity_nearest(word text) RETURNS text LANGUAGE sql STABLE SET pg_trgm.similarity_threshold = 0.2 AS $$
    SELECT string_agg(format('%s (%s)', name, slug), ', ' ORDER BY near DESC, slug)
    FROM (SELECT e.name, e.slug, max(public.similarity(k.norm, lower(word))) AS near
          FROM store.entity_key k JOIN store.entity e ON e.id = k.entity
          WHERE NOT k.exclusive AND k.batch_to IS NULL AND k.norm OPERATOR(public.%) lower(word) AND e.kind NOT IN ('deal', 'filing', 'prediction')
          GROUP BY e.id ORDER BY near DESC, e.slug LIMIT 3) AS nearest
$$;

CREATE FUNCTION api.entity_ids(word text, snapshot bigint DEFAULT NULL, day date DEFAULT NULL) RETURNS int[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    ids int[];
    near text;
BEGIN
    WITH one AS (
        SELECT n.entity, n.canon FROM store.entity_canon n WHERE snapshot IS NULL
        UNION ALL SELECT n.entity, n.canon FROM api.canon(snapshot) n WHERE snapshot IS NOT NULL
    ), best AS MATERIALIZED (
        SELECT coalesce(n.canon, c.id) AS id FROM api.entity_candidates(word, day, snapshot) AS c(id) LEFT JOIN one n ON n.entity = c.id)
    SELECT array_agg(u.id ORDER BY u.id) INTO ids
    FROM (SELECT b.id FROM best b UNION SELECT n.entity FROM best b JOIN one n ON n.canon = b.id) AS u;
    IF ids IS NULL THEN
        near := api.entity_nearest(word);
        RAISE no_data_found USING MESSAGE = format('no entity called "%s"', word),
            HINT = CASE WHEN near IS NULL THEN 'Nothing in the store is called like that; `aimarket query entities --name PART` searches.'
                        ELSE 'Nearest: ' || near || '.' END;
    END IF;
    RETURN ids;
END $$;
COMMENT ON FUNCTION api.entity_ids(text, bigint, date) IS
    'The entities a word stands for (slug, name, alias or scheme:value; a ticker by who bears it on a day, NULL: today), with all that were merged into them by a transaction (NULL: now); no_data_found names the nearest';

CREATE FUNCTION api.entity_slugs(word text, snapshot bigint DEFAULT NULL, day date DEFAULT NULL) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    ids int[] := api.entity_ids(word, snapshot, day);
BEGIN
    RETURN (SELECT array_agg(e.slug ORDER BY e.slug) FROM store.entity e WHERE e.id = ANY (ids));
END $$;
COMMENT ON FUNCTION api.entity_slugs(text, bigint, date) IS 'api.entity_ids as slugs';

-- A filter takes several entities with commas between them. Names have commas too (Cerebras Systems, Inc.): what stands for somebody
-- as a whole is not taken apart.
CREATE FUNCTION api.entities_slugs(words text, snapshot bigint DEFAULT NULL, day date DEFAULT NULL) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF words NOT LIKE '%,%' OR EXISTS (SELECT FROM api.entity_candidates(words, day, snapshot)) THEN
        RETURN api.entity_slugs(words, snapshot, day);
    END IF;
    RETURN (SELECT array_agg(DISTINCT s.slug ORDER BY s.slug)
              FROM regexp_split_to_table(words, '\s*,\s*') AS w(word) CROSS JOIN LATERAL unnest(api.entity_slugs(w.word, snapshot, day)) AS s(slug)
             WHERE w.word <> '');
END $$;
COMMENT ON FUNCTION api.entities_slugs(text, bigint, date) IS 'api.entity_slugs of each word of a list with commas';

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
