-- Who belongs to whom on a day.

-- Ties that make a hierarchy, with the days on which they held. Where one source says since when and another only that, the first
-- is the more precise one and counts; of two owners at one time the written rule chooses.
CREATE FUNCTION api.ties_asof(day date, as_of date, snapshot bigint)
RETURNS TABLE (lower int, upper int, relation text, since date, until date, claim text) LANGUAGE sql STABLE AS $$
    WITH canon AS MATERIALIZED (
        SELECT * FROM api.canon(snapshot)
    ), tie AS (
        SELECT s.*, coalesce(a.canon, s.subject) AS lower, coalesce(b.canon, s.object) AS upper,
               bool_or(s.period_start IS NOT NULL OR s.period_end IS NOT NULL) OVER (PARTITION BY coalesce(a.canon, s.subject), coalesce(b.canon, s.object)) AS dated
        FROM api.statements_asof(as_of, snapshot) s
        LEFT JOIN canon a ON a.entity = s.subject
        LEFT JOIN canon b ON b.entity = s.object
        WHERE s.property IN ('parent', 'product_of', 'variant_of') AND s.object IS NOT NULL
    )
    SELECT DISTINCT ON (t.lower) t.lower, t.upper, t.property, t.period_start, t.period_end, 's:' || t.id
    FROM tie t
    WHERE t.lower <> t.upper AND (t.period_start IS NOT NULL OR t.period_end IS NOT NULL OR NOT t.dated)
      AND coalesce(t.period_start <= day, true) AND coalesce(t.period_end >= day, true)
    ORDER BY t.lower, t.preferred DESC, t.tier, (t.property = 'variant_of'), t.asserted_on DESC, t.tx DESC NULLS FIRST, t.id DESC
$$;

-- An entity under those it belongs to, and above those that belong to it; name is indented by its depth.
CREATE FUNCTION api.entity_tree(word text, day date, as_of date, snapshot bigint)
RETURNS TABLE (name text, id text, kind text, relation text, since date, until date, depth int, claim text) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE tie AS MATERIALIZED (
        SELECT * FROM api.ties_asof(coalesce(day, as_of, current_date), as_of, snapshot)
    ), self AS (
        SELECT i.id FROM unnest((SELECT api.entity_ids(word, snapshot, coalesce(day, as_of)))) AS i(id) WHERE NOT EXISTS (SELECT FROM api.canon(snapshot) c WHERE c.entity = i.id)
    ), up AS (
        SELECT s.id, ARRAY[s.id] AS path FROM self s
        UNION ALL
        SELECT t.upper, t.upper || u.path FROM up u JOIN tie t ON t.lower = u.id WHERE t.upper <> ALL (u.path)
    ), above AS (               -- the whole way up, once for each entity of that name
        SELECT DISTINCT ON (u.path[cardinality(u.path)]) u.path FROM up u ORDER BY u.path[cardinality(u.path)], cardinality(u.path) DESC
    ), down AS (
        SELECT p.node AS id, a.path[:p.n] AS path, p.n = cardinality(a.path) AS open
        FROM above a CROSS JOIN LATERAL unnest(a.path) WITH ORDINALITY AS p(node, n)
        UNION ALL
        SELECT t.lower, d.path || t.lower, true FROM down d JOIN tie t ON t.upper = d.id WHERE d.open AND t.lower <> ALL (d.path)
    )
    SELECT repeat('  ', cardinality(d.path) - 1) || e.name, e.slug, e.kind, t.relation, t.since, t.until, cardinality(d.path) - 1, t.claim
    FROM down d
    JOIN store.entity e ON e.id = d.id
    LEFT JOIN tie t ON t.lower = d.id AND cardinality(d.path) > 1
    ORDER BY (SELECT array_agg(n.name || ' ' || n.slug ORDER BY p.n) FROM unnest(d.path) WITH ORDINALITY AS p(node, n) JOIN store.entity n ON n.id = p.node)
$$;
COMMENT ON FUNCTION api.entity_tree(text, date, date, bigint) IS 'Who an entity belonged to on a day, and what belonged to it (NULL: today)';
