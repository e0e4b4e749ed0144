-- What a word may mean, and all that was said about one thing: for those who look around.

-- Entities a word may stand for: first those it does stand for, by identifier, slug or name; then those whose name begins with it, holds it or looks like it.
CREATE FUNCTION api.search(word text, kinds text[], most int)
RETURNS TABLE (id text, kind text, name text, found text, told text, likeness real) LANGUAGE plpgsql STABLE SET pg_trgm.similarity_threshold = 0.3 AS $$
#variable_conflict use_column
DECLARE
    wanted text := load.norm_name(word);
    pattern text := replace(replace(replace(wanted, '\', '\\'), '%', '\%'), '_', '\_');
BEGIN
    RETURN QUERY
    WITH hit (entity, place, told, likeness) AS (
        SELECT c.id, 1, search.word, 1::real FROM api.entity_candidates(search.word) AS c(id)
        UNION ALL
        (SELECT k.entity, CASE WHEN k.norm LIKE pattern || '%' THEN 2 ELSE 3 END, k.value, public.similarity(k.norm, wanted)
         FROM store.entity_key k WHERE NOT k.exclusive AND k.batch_to IS NULL AND length(wanted) > 1 AND k.norm LIKE '%' || pattern || '%'
         ORDER BY 2, 4 DESC LIMIT 500)
        UNION ALL
        (SELECT k.entity, 4, k.value, public.similarity(k.norm, wanted)
         FROM store.entity_key k WHERE NOT k.exclusive AND k.batch_to IS NULL AND k.norm OPERATOR(public.%) wanted ORDER BY 4 DESC LIMIT 500)
    ), best AS (
        SELECT DISTINCT ON (coalesce(c.canon, h.entity)) coalesce(c.canon, h.entity) AS entity, h.place, h.told, h.likeness
        FROM hit h LEFT JOIN store.entity_canon c ON c.entity = h.entity
        ORDER BY coalesce(c.canon, h.entity), h.place, h.likeness DESC, h.told
    )
    SELECT e.slug, e.kind, e.name, (ARRAY['exactly', 'begins so', 'holds it', 'looks like it'])[b.place], b.told, b.likeness
    FROM best b JOIN store.entity e ON e.id = b.entity
    WHERE kinds IS NULL OR e.kind = ANY (kinds)
    ORDER BY b.place, e.kind IN ('filing', 'deal', 'prediction'), b.likeness DESC, e.slug LIMIT most;
END $$;
COMMENT ON FUNCTION api.search(text, text[], int) IS 'Entities and deals a word may stand for, the surest first';

-- Claims about an entity, a deal, a filing, or the fact that a claim is about: figures first, then what is said in words.
CREATE FUNCTION api.claims_about(resource text, key text, as_of date, snapshot bigint)
RETURNS TABLE (claim text, about text, standing text, value numeric, value_to numeric, text text, comparator text, unit text, decimals smallint, dimensions jsonb,
    period_start date, period_end date, period text, state text, nature text, asserted_on date, tier text, source text, source_url text, judgement text, note text,
    document text, at int, tx bigint) LANGUAGE sql STABLE AS $$
    SELECT c.claim, c.metric, c.standing, c.value, c.value_to, NULL::text, c.comparator, c.unit, c.decimals, c.dimensions, c.period_start, c.period_end, NULL::text, c.state,
           c.nature, c.asserted_on, c.tier, c.source, c.source_url, nullif(c.judgement, ''), c.note, c.document, c.at, c.tx
    FROM api.claims_of_series(ARRAY(SELECT r.id FROM store.series r WHERE r.subject = ANY ((SELECT api.slug_ids(key))::int[])
                                    UNION ALL SELECT o.series FROM store.observation o WHERE key ~ '^o:[0-9]{1,18}$' AND o.id = substr(key, 3)::bigint), as_of, snapshot) c
    WHERE key !~ '^o:[0-9]{1,18}$' OR EXISTS (
        SELECT FROM store.observation o WHERE o.id = substr(key, 3)::bigint AND c.period_start IS NOT DISTINCT FROM nullif(o.period_start, '-infinity')
            AND c.period_end IS NOT DISTINCT FROM nullif(o.period_end, '-infinity'))
    UNION ALL
    SELECT s.claim, s.property, NULL, NULL, NULL, s.value, NULL, NULL, NULL, CASE WHEN s.detail IS NOT NULL THEN jsonb_build_object('detail', s.detail) END, NULL, NULL,
           s.period, NULL, s.nature, s.asserted_on, s.tier, s.source, s.source_url, NULL, s.note, s.document, s.at, NULL
    FROM api.statements_of((SELECT api.slug_ids(key))::int[], as_of, snapshot) s
$$;
COMMENT ON FUNCTION api.claims_about(text, text, date, bigint) IS 'All claims about one thing: figures with their standing, then statements';
