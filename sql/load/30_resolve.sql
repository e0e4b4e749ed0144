-- From the words of a document to rows of the store: publishers, sources, entities and their keys, metrics, units, series, notes.
-- Everything is set-based. What is new is inserted in the order of its key, so that two loads wait for each other instead of
-- dying in each other's arms; where they nevertheless do (40P01, 40001, 23505) the caller runs its transaction again.
--
-- The store is asked by correlated subqueries (with OFFSET 0 where the planner would make a join of them): one index probe a
-- word, whatever the planner thinks of temporary tables, and however large the store.

-- Joins among temporary tables are another matter: beyond some ten thousand rows the planner had better know how many there are.
-- Below, it knows enough: with load.plan_for_any_size it makes hash joins of them. Each look makes it plan anew. So does a load that is
-- a good deal larger than any before in the session: what was planned for a few rows would go through thousands in loops.
CREATE FUNCTION load.know_staging() RETURNS void LANGUAGE plpgsql SET default_statistics_target = 10 AS $$
DECLARE
    t regclass;
    size bigint := (SELECT sum(pg_relation_size(c.oid)) FROM pg_class c WHERE c.relnamespace = pg_my_temp_schema() AND c.relkind = 'r' AND c.relname LIKE 'staging\_%');
BEGIN
    IF size > 4 * coalesce(nullif(current_setting('aimarket.planned_for', true), '')::bigint, 65536) THEN
        DISCARD PLANS;
        PERFORM set_config('aimarket.planned_for', size::text, false);
    END IF;
    FOR t IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = pg_my_temp_schema() AND c.relkind = 'r' AND c.relname LIKE 'staging\_%'
             AND pg_relation_size(c.oid) > 4194304 LOOP
        EXECUTE 'ANALYZE ' || t;
    END LOOP;
END $$;

-- Keeps other loads away from these until the commit. Who wants few takes each, and shares its stripe; who wants many takes whole
-- stripes, so that the server's table of locks holds. All in order, so that nobody waits in a circle.
CREATE FUNCTION load.lock_each(what text, wanted int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    few CONSTANT int := 256;
    item int;
BEGIN
    FOR item IN SELECT DISTINCT w & 63 FROM unnest(wanted) w ORDER BY 1 LOOP
        IF cardinality(wanted) > few THEN
            PERFORM pg_advisory_xact_lock(hashtext('aimarket ' || what), item);
        ELSE
            PERFORM pg_advisory_xact_lock_shared(hashtext('aimarket ' || what), item);
        END IF;
    END LOOP;
    IF cardinality(wanted) <= few THEN
        FOR item IN SELECT DISTINCT w FROM unnest(wanted) w ORDER BY 1 LOOP
            PERFORM pg_advisory_xact_lock(hashtext('aimarket one ' || what), item);
        END LOOP;
    END IF;
END $$;

-- ---------------------------------------------------------------- publishers and sources

-- Finds or makes publishers, finds sources and reserves numbers for new ones (their rows come after the entities they name).
-- Rows that name no publisher are their feed's; ref '' stands for the feed itself as a source.
CREATE FUNCTION load.resolve_sources(run_batch int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    numbers regclass := pg_get_serial_sequence('store.source', 'id');
    added bigint;
BEGIN
    UPDATE pg_temp.staging_document SET own_publisher = coalesce(load.slug(publisher), load.slug(feed));
    INSERT INTO pg_temp.staging_cite (document, ref)
        SELECT load.document_of(at), coalesce(source, '') FROM pg_temp.staging_statement EXCEPT SELECT document, ref FROM pg_temp.staging_cite;
    IF EXISTS (SELECT FROM pg_temp.staging_cite WHERE ref = '') THEN
        INSERT INTO pg_temp.staging_source (at, ref, kind, title, date)
            SELECT load.end_of(d.n), 'feed:' || d.feed, 'dataset', d.title, d.asserted FROM pg_temp.staging_document d
             WHERE EXISTS (SELECT FROM pg_temp.staging_cite c WHERE c.document = d.n AND c.ref = '');
        UPDATE pg_temp.staging_cite c SET ref = 'feed:' || d.feed FROM pg_temp.staging_document d WHERE c.ref = '' AND d.n = c.document;
        UPDATE pg_temp.staging_statement s SET source = 'feed:' || d.feed FROM pg_temp.staging_document d
         WHERE s.source IS NULL AND d.n = load.document_of(s.at);
    END IF;

    INSERT INTO pg_temp.staging_reject
        SELECT at, 'tier', format('there is no tier "%s"', tier) FROM pg_temp.staging_source
         WHERE tier NOT IN (SELECT t.tier FROM store.tier t);
    DELETE FROM pg_temp.staging_source WHERE tier NOT IN (SELECT t.tier FROM store.tier t);
    UPDATE pg_temp.staging_source s
       SET publisher = coalesce(load.slug(s.publisher), d.own_publisher),
           publisher_name = coalesce(s.publisher_name, s.publisher, d.publisher_name, d.publisher, d.feed)
      FROM pg_temp.staging_document d WHERE d.n = load.document_of(s.at);
    INSERT INTO store.publisher (slug, name, tier, batch)
        SELECT DISTINCT ON (s.publisher) s.publisher, s.publisher_name,
               coalesce(s.tier, CASE WHEN s.publisher = d.own_publisher THEN d.tier END, 'aggregator'), run_batch
          FROM pg_temp.staging_source s JOIN pg_temp.staging_document d ON d.n = load.document_of(s.at)
         WHERE NOT EXISTS (SELECT FROM store.publisher p WHERE p.slug = s.publisher OFFSET 0)
         ORDER BY s.publisher, s.at
        ON CONFLICT (slug) DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    UPDATE pg_temp.staging_source s
       SET (publisher_id, tier, id, fresh) = (
           SELECT p.id, coalesce(o.tier, s.tier, p.tier), o.id, o.id IS NULL
             FROM store.publisher p LEFT JOIN store.source o ON o.publisher = p.id AND o.ref = s.ref
            WHERE p.slug = s.publisher);
    PERFORM load.know_staging();    -- a document may bring a source a row
    WITH numbered AS MATERIALIZED (
        SELECT publisher_id, ref, tier, nextval(numbers) AS id
          FROM (SELECT DISTINCT ON (publisher_id, ref) publisher_id, ref, tier FROM pg_temp.staging_source WHERE fresh ORDER BY 1, 2, at) d
    )
    UPDATE pg_temp.staging_source s SET id = n.id, tier = n.tier FROM numbered n WHERE s.fresh AND s.publisher_id = n.publisher_id AND s.ref = n.ref;
    PERFORM load.resolve_cites();
    INSERT INTO pg_temp.staging_reject
        SELECT t.at, 'source', format('no source has the reference "%s"', t.source)
          FROM pg_temp.staging_statement t JOIN pg_temp.staging_cite c ON c.ref = t.source AND c.document = load.document_of(t.at) WHERE c.id IS NULL;
    RETURN added;
END $$;

-- What a document does not describe may be in the store or have come with a document before it: of its feed's own publisher first.
CREATE FUNCTION load.resolve_cites() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pg_temp.staging_cite c SET id = s.id, fresh = s.fresh, tier = s.rank
      FROM (SELECT DISTINCT ON (load.document_of(s.at), s.ref) load.document_of(s.at) AS document, s.ref, s.id, s.fresh, t.rank
              FROM pg_temp.staging_source s JOIN store.tier t USING (tier) ORDER BY load.document_of(s.at), s.ref, s.at) s
     WHERE s.ref = c.ref AND s.document = c.document;
    UPDATE pg_temp.staging_cite c
       SET (id, fresh, tier) = (
           SELECT s.id, s.fresh, t.rank
             FROM (SELECT k.id, k.tier, p.slug, false AS fresh FROM store.source k JOIN store.publisher p ON p.id = k.publisher WHERE k.ref = c.ref
                   UNION ALL
                   SELECT k.id, k.tier, k.publisher, true FROM pg_temp.staging_source k
                    WHERE c.document > 0 AND k.fresh AND k.ref = c.ref AND load.document_of(k.at) < c.document) s
             JOIN store.tier t ON t.tier = s.tier
            ORDER BY s.slug <> d.own_publisher, s.id LIMIT 1)
      FROM pg_temp.staging_document d
     WHERE d.n = c.document AND c.id IS NULL;
END $$;

CREATE FUNCTION load.staged_sources() RETURNS TABLE (document int, ref text, id int) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT load.document_of(s.at), s.ref, min(s.id) FROM pg_temp.staging_source s GROUP BY 1, 2;
END $$;

CREATE FUNCTION load.insert_sources(run_batch int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint;
    added bigint;
BEGIN
    SELECT count(DISTINCT id) INTO wanted FROM pg_temp.staging_source WHERE fresh;
    INSERT INTO store.source (id, publisher, ref, kind, tier, title, address, locator, said_on, entity, origin, lang, quote, batch)
        OVERRIDING SYSTEM VALUE
        SELECT DISTINCT ON (s.publisher_id, s.ref) s.id, s.publisher_id, s.ref, s.kind, s.tier, s.title, s.address, s.locator, s.date, r.id,
               coalesce(o.id, CASE WHEN s.origin IS NOT NULL THEN (SELECT min(x.id) FROM store.source x WHERE x.ref = s.origin) END),
               s.lang, s.quote, run_batch
          FROM pg_temp.staging_source s
          LEFT JOIN pg_temp.staging_ref r ON r.ref = s.entity
          LEFT JOIN load.staged_sources() o ON o.ref = s.origin AND o.document = load.document_of(s.at) AND o.id <> s.id
         WHERE s.fresh
         ORDER BY s.publisher_id, s.ref, s.at
        ON CONFLICT (publisher, ref) DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    IF added <> wanted THEN     -- another load was faster, and ours are known by numbers that do not exist
        RAISE EXCEPTION 'a source was added by another load meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN added;
END $$;

-- ---------------------------------------------------------------- entities

-- Collects every reference of the document, what describes it, and the keys by which it can be found or that it is to get.
CREATE FUNCTION load.collect_refs() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    -- A document speaks of the day that its feed says, else of the one it came; what is only mentioned, of that of the last one.
    last_day date := (SELECT max(coalesce(d.asserted, d.fetched)) FROM pg_temp.staging_document d);
BEGIN
    INSERT INTO pg_temp.staging_ref (ref, scheme, norm, kind, name, name_norm, slug, at)
        SELECT r.ref, r.scheme, load.norm_key(r.scheme, substr(r.ref, length(r.scheme) + 2)), d.kind, d.name, load.norm_name(d.name), d.slug, d.at
          FROM (SELECT ref, split_part(ref, ':', 1) AS scheme
                  FROM (SELECT ref FROM pg_temp.staging_entity UNION SELECT entity FROM pg_temp.staging_key
                        UNION SELECT entity FROM pg_temp.staging_source UNION SELECT entity FROM pg_temp.staging_statement
                        UNION SELECT object FROM pg_temp.staging_statement UNION SELECT ref FROM pg_temp.staging_subject) u
                 WHERE ref IS NOT NULL) r
          LEFT JOIN (SELECT DISTINCT ON (ref) * FROM pg_temp.staging_entity ORDER BY ref, at) d USING (ref);
    UPDATE pg_temp.staging_ref SET name_norm = norm WHERE scheme = 'name' AND name_norm IS NULL;
    UPDATE pg_temp.staging_ref SET kind = NULL, rule = 'kind', reason = format('there is no kind of entity "%s"', kind)
     WHERE kind NOT IN (SELECT k.kind FROM store.entity_kind k);
    UPDATE pg_temp.staging_ref SET rule = 'key', reason = format('"%s" is no %s', substr(ref, length(scheme) + 2), scheme) WHERE norm IS NULL;
    UPDATE pg_temp.staging_ref SET rule = 'check-digit', reason = load.check_digit_text(scheme, norm), norm = NULL
     WHERE scheme IN ('lei', 'isin', 'figi') AND NOT load.key_holds(scheme, norm);

    INSERT INTO pg_temp.staging_ident (at, ref, scheme, value, norm, valid, source, own, exclusive, lasting, single, day, told_from, told_to)
        SELECT k.at, k.entity, k.scheme, k.value, load.norm_key(k.scheme, k.value),
               CASE WHEN s.lasting THEN '(,)' ELSE daterange(k."from", k."to", '[]') END, k.source, false, s.exclusive, s.lasting, s.single,
               coalesce(w.day, d.asserted, d.fetched, last_day), k."from", k."to"
          FROM pg_temp.staging_key k JOIN store.key_scheme s USING (scheme)
          LEFT JOIN pg_temp.staging_document d ON d.n = load.document_of(k.at)
          LEFT JOIN (SELECT load.document_of(o.at) AS document, o.ref, min(o.date) AS day FROM pg_temp.staging_source o GROUP BY 1, 2) w
            ON w.ref = k.source AND w.document = load.document_of(k.at)
         WHERE k."from" <= k."to" IS NOT false
        UNION ALL
        SELECT r.at, r.ref, r.scheme, substr(r.ref, length(r.scheme) + 2), r.norm, '(,)', NULL, true, true, s.lasting, s.single,
               coalesce(d.asserted, d.fetched, last_day), NULL, NULL
          FROM pg_temp.staging_ref r JOIN store.key_scheme s USING (scheme) LEFT JOIN pg_temp.staging_document d ON d.n = load.document_of(r.at)
         WHERE s.exclusive AND r.norm IS NOT NULL
        UNION ALL   -- how it is called here is one of its names (the name of a filing is only its form and number)
        SELECT at, ref, 'name', name, load.norm_name(name), '(,)', NULL, false, false, false, false, NULL, NULL, NULL
          FROM (SELECT DISTINCT ON (ref, name) at, ref, name FROM pg_temp.staging_entity WHERE kind <> 'filing' ORDER BY ref, name, at) n;
    INSERT INTO pg_temp.staging_reject
        SELECT at, 'key', CASE WHEN k."from" > k."to" THEN format('%s "%s" ends before it begins', k.scheme, k.value)
                               WHEN s.scheme IS NULL THEN format('there is no key scheme "%s"', k.scheme)
                               ELSE format('"%s" is no %s', k.value, k.scheme) END
          FROM pg_temp.staging_key k LEFT JOIN store.key_scheme s USING (scheme)
         WHERE s.scheme IS NULL OR k."from" > k."to" OR load.norm_key(k.scheme, k.value) IS NULL;
    DELETE FROM pg_temp.staging_ident WHERE norm IS NULL;
    WITH wrong AS (
        DELETE FROM pg_temp.staging_ident WHERE scheme IN ('lei', 'isin', 'figi') AND NOT load.key_holds(scheme, norm) RETURNING *
    )
    INSERT INTO pg_temp.staging_reject SELECT at, 'check-digit', load.check_digit_text(scheme, value) FROM wrong;
END $$;

-- Whose the exclusive keys are that were nobody's when last looked at; of those that pass, whose on the day of the document, else
-- whose last. A ticker with its venue and one without are the same when there is only one it can be.
CREATE FUNCTION load.find_idents() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pg_temp.staging_ident i
       SET entity = (SELECT k.entity FROM store.entity_key k
                      WHERE k.norm = i.norm AND k.scheme = i.scheme AND k.exclusive AND k.valid && i.valid AND k.batch_to IS NULL
                      ORDER BY k.valid @> i.day DESC, upper(k.valid) DESC NULLS FIRST LIMIT 1)
     WHERE exclusive AND entity IS NULL;
    UPDATE pg_temp.staging_ident i
       SET entity = (SELECT min(k.entity) FROM store.entity_key k
                      WHERE k.scheme = 'ticker' AND k.valid && i.valid AND k.valid @> i.day AND k.batch_to IS NULL
                        AND k.norm >= split_part(i.norm, '@', 1) AND k.norm < split_part(i.norm, '@', 1) || 'A'
                        AND (k.norm = split_part(i.norm, '@', 1) OR strpos(i.norm, '@') = 0 AND k.norm LIKE i.norm || '@%')
                     HAVING min(k.entity) = max(k.entity))
     WHERE scheme = 'ticker' AND entity IS NULL;
END $$;

-- By name, for what is known by name: an entity of the same kind (references that are not described: of any), its names before
-- its aliases before its former names. Who has another identifier where one has only one of a kind is somebody else.
CREATE FUNCTION load.find_names() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH candidate AS (
        SELECT r.ref, k.entity, rank() OVER (PARTITION BY r.ref ORDER BY array_position(ARRAY['name', 'alias', 'former-name'], k.scheme))
          FROM pg_temp.staging_ref r
         CROSS JOIN LATERAL (SELECT k.entity, k.scheme FROM store.entity_key k JOIN store.entity e ON e.id = k.entity
                              WHERE k.norm = r.name_norm AND k.scheme IN ('name', 'alias', 'former-name') AND k.batch_to IS NULL
                                AND e.kind = coalesce(r.kind, e.kind) AND e.kind NOT IN ('deal', 'filing', 'prediction') OFFSET 0) k
         WHERE r.id IS NULL AND r.rule IS NULL AND coalesce(r.kind, '') NOT IN ('deal', 'filing', 'prediction')
           AND NOT EXISTS (SELECT FROM pg_temp.staging_ident i JOIN store.entity_key o ON o.entity = k.entity AND o.scheme = i.scheme AND o.batch_to IS NULL
                            WHERE i.ref = r.ref AND i.single AND o.norm <> i.norm)
    ), best AS (
        SELECT ref, CASE WHEN min(entity) = max(entity) THEN min(entity) ELSE min(coalesce(m.canon, entity)) END AS entity,
               count(DISTINCT coalesce(m.canon, entity)) AS n
          FROM candidate LEFT JOIN store.entity_canon m USING (entity) WHERE rank = 1 GROUP BY ref
    )
    UPDATE pg_temp.staging_ref r
       SET id = CASE WHEN b.n = 1 THEN b.entity END, rule = CASE WHEN b.n > 1 THEN 'ambiguous' END,
           reason = CASE WHEN b.n > 1 THEN format('%s entities are called "%s"', b.n, coalesce(r.name, r.norm)) END
      FROM best b WHERE b.ref = r.ref;
END $$;

-- An identifier does not tell when it belongs to an entity of another kind, or to one of another name while the name given
-- belongs to somebody else: then the name holds, and the identifier is refused.
CREATE FUNCTION load.refuse_taken() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH taken AS (
        DELETE FROM pg_temp.staging_ident i
         USING pg_temp.staging_ref r, store.entity e
         WHERE r.ref = i.ref AND r.id IS NULL AND r.kind IS NOT NULL AND i.exclusive AND NOT i.own AND e.id = i.entity
           AND (e.kind <> r.kind
                OR r.scheme = 'name'
                   AND NOT EXISTS (SELECT FROM store.entity_key n WHERE n.entity = e.id AND n.norm = r.name_norm AND NOT n.exclusive OFFSET 0)
                   AND EXISTS (SELECT FROM store.entity_key n JOIN store.entity o ON o.id = n.entity
                                WHERE n.norm = r.name_norm AND n.scheme = 'name' AND n.batch_to IS NULL AND o.kind = r.kind OFFSET 0))
        RETURNING i.at, i.scheme, i.value, e.slug
    )
    INSERT INTO pg_temp.staging_reject
        SELECT DISTINCT at, 'identifier-taken', format('%s "%s" belongs to %s', scheme, value, slug) FROM taken;
END $$;

-- Looks up what is not found yet: by its own key, by the other keys the document gives it, by name. What was merged keeps
-- getting its own claims: they read as the other's while the merge stands, and are its own again when it is undone.
CREATE FUNCTION load.find_refs() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pg_temp.staging_ref r SET id = (SELECT e.id FROM store.entity e WHERE e.slug = r.norm) WHERE r.id IS NULL AND r.scheme = 'slug';
    PERFORM load.find_idents();
    IF EXISTS (SELECT FROM pg_temp.staging_ident WHERE exclusive AND NOT own) THEN
        PERFORM load.refuse_taken();
    END IF;
    WITH single AS MATERIALIZED (
        SELECT ref, array_agg(scheme) AS schemes, array_agg(scheme || ':' || norm) AS keys FROM pg_temp.staging_ident WHERE single GROUP BY ref
    )
    UPDATE pg_temp.staging_ref r SET id = f.entity
      FROM (SELECT DISTINCT ON (ref) i.ref, i.entity FROM pg_temp.staging_ident i LEFT JOIN single s USING (ref)
             WHERE i.entity IS NOT NULL
               -- a ticker passes from company to company: who has another CIK is another one
               AND (i.lasting OR NOT EXISTS (SELECT FROM store.entity_key o
                                              WHERE o.entity = i.entity AND o.scheme = ANY (s.schemes) AND o.scheme || ':' || o.norm <> ALL (s.keys)
                                                AND o.batch_to IS NULL OFFSET 0))
             ORDER BY ref, own DESC, single DESC, lasting DESC, scheme, norm) f
     WHERE f.ref = r.ref AND r.id IS NULL;
    IF EXISTS (SELECT FROM pg_temp.staging_ref WHERE id IS NULL AND name_norm IS NOT NULL) THEN
        PERFORM load.find_names();
    END IF;
END $$;

-- Gives each row of staging_new the first slug of its wishes that is free. They are made from content, so that it seldom
-- matters who came first.
CREATE FUNCTION load.choose_slugs() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH words AS MATERIALIZED (
        SELECT id, coalesce(load.slug(own_slug), CASE WHEN kind IN ('deal', 'filing') THEN load.slug(norm) END, load.slug(name),
                            kind || '-' || left(md5(name), 8)) AS base, coalesce(load.slug(norm), left(md5(name), 6)) AS tail
          FROM pg_temp.staging_new
    )
    UPDATE pg_temp.staging_new n
       SET wish = ARRAY[w.base, CASE WHEN scheme <> 'name' THEN w.base || '-' || w.tail END, w.base || '-' || kind, w.base || '-' || left(md5(kind || w.tail), 6), w.base || '-' || n.id]
      FROM words w WHERE w.id = n.id;
    FOR k IN 1..5 LOOP
        UPDATE pg_temp.staging_new n SET slug = w.slug
          FROM (SELECT DISTINCT ON (wish[k]) id, wish[k] AS slug FROM pg_temp.staging_new WHERE slug IS NULL ORDER BY wish[k], at, ref) w
         WHERE n.id = w.id
           AND NOT EXISTS (SELECT FROM store.entity e WHERE e.slug = w.slug OFFSET 0)
           AND NOT EXISTS (SELECT FROM pg_temp.staging_new t WHERE t.slug = w.slug);
        EXIT WHEN NOT EXISTS (SELECT FROM pg_temp.staging_new WHERE slug IS NULL);
    END LOOP;
END $$;

-- Makes the entities of staging_new, one for each identifier. The key is won first: where another load was faster nothing is
-- made, and the next look finds the other's.
CREATE FUNCTION load.make_entities(run_batch int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE added bigint;
BEGIN
    PERFORM load.choose_slugs();
    WITH won AS (
        INSERT INTO store.entity_key (entity, scheme, value, norm, valid, source, batch, exclusive, lasting)
            SELECT n.id, n.scheme, n.value, n.norm, n.valid, s.id, run_batch, k.exclusive, k.lasting
              FROM pg_temp.staging_new n JOIN store.key_scheme k ON k.scheme = n.scheme
              LEFT JOIN load.staged_sources() s ON s.ref = n.source AND s.document = load.document_of(n.at)
             ORDER BY n.norm
            ON CONFLICT DO NOTHING
            RETURNING entity
    ), made AS (
        INSERT INTO store.entity (id, kind, slug, name, batch) OVERRIDING SYSTEM VALUE
            SELECT id, kind, slug, name, run_batch FROM pg_temp.staging_new WHERE id IN (SELECT entity FROM won) ORDER BY slug
            RETURNING id
    )
    UPDATE pg_temp.staging_ref r SET id = n.id FROM pg_temp.staging_new n WHERE n.ref = r.ref AND n.id IN (SELECT m.id FROM made m);
    GET DIAGNOSTICS added = ROW_COUNT;
    DELETE FROM pg_temp.staging_new;
    RETURN added;
END $$;

-- Adds the keys of what was found or made that it has not got yet. refused: that belong to others. Those that pass: load.hold_keys.
CREATE FUNCTION load.insert_keys(run_batch int, OUT added bigint, OUT refused bigint) LANGUAGE plpgsql AS $$
BEGIN
    WITH wanted AS MATERIALIZED (
        SELECT DISTINCT ON (i.norm, i.scheme, r.id, i.valid) r.id, i.scheme, i.value, i.norm, i.valid, s.id AS source, i.exclusive, i.lasting
          FROM pg_temp.staging_ident i JOIN pg_temp.staging_ref r USING (ref)
          LEFT JOIN load.staged_sources() s ON s.ref = i.source AND s.document = load.document_of(i.at)
         WHERE r.id IS NOT NULL AND (i.lasting OR NOT i.exclusive)
           AND (i.entity IS NULL OR i.entity = r.id OR load.final_entity(i.entity) = load.final_entity(r.id))   -- load.reject_refs tells of others
           AND NOT EXISTS (SELECT FROM store.entity_key o
                            WHERE o.entity = r.id AND o.scheme = i.scheme AND o.norm = i.norm AND o.valid = i.valid OFFSET 0)
         ORDER BY i.norm, i.scheme, r.id, i.valid, i.at
    ), done AS (
        INSERT INTO store.entity_key (entity, scheme, value, norm, valid, source, batch, exclusive, lasting)
            SELECT id, scheme, value, norm, valid, source, run_batch, exclusive, lasting FROM wanted
            ON CONFLICT DO NOTHING
            RETURNING 1
    )
    SELECT (SELECT count(*) FROM done), (SELECT count(*) FROM wanted) INTO added, refused;
    refused := refused - added;
    added := added + load.hold_keys(run_batch);
END $$;

-- What an entity reads as today: itself, or what it was merged into.
CREATE FUNCTION load.final_entity(entity int) RETURNS int LANGUAGE sql STABLE AS $$
    WITH RECURSIVE step AS (
        SELECT entity AS id, 0 AS n
        UNION ALL
        SELECT m.entity_into, n + 1 FROM step JOIN store.entity_merge m ON m.entity_from = step.id AND m.batch_to IS NULL
    )
    SELECT id FROM step ORDER BY n DESC LIMIT 1
$$;

CREATE FUNCTION load.reject_refs() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_temp.staging_ref WHERE id IS NULL) THEN
        UPDATE pg_temp.staging_ref
           SET rule = 'entity', reason = CASE WHEN kind IS NULL THEN format('nothing is known about "%s"', ref)
                                              ELSE format('a %s needs a key of its own, "%s" is none', kind, ref) END
         WHERE id IS NULL AND rule IS NULL;
        INSERT INTO pg_temp.staging_reject
            SELECT u.at, r.rule, r.reason
              FROM (SELECT at, ref FROM pg_temp.staging_entity UNION SELECT at, entity FROM pg_temp.staging_key
                    UNION SELECT at, entity FROM pg_temp.staging_statement UNION SELECT at, object FROM pg_temp.staging_statement) u
              JOIN pg_temp.staging_ref r USING (ref) WHERE r.id IS NULL;
    END IF;
    INSERT INTO pg_temp.staging_reject
        SELECT i.at, 'identifier-taken', format('%s "%s" belongs to %s', i.scheme, i.value, (SELECT e.slug FROM store.entity e WHERE e.id = i.entity))
               || CASE WHEN i.lasting THEN '' ELSE format(' on %s', coalesce(i.told_from, i.day)) END
          FROM pg_temp.staging_ident i JOIN pg_temp.staging_ref r USING (ref)
         WHERE r.id IS NOT NULL AND i.entity <> r.id AND load.final_entity(i.entity) <> load.final_entity(r.id)
           AND NOT (r.kind = 'deal' AND load.is_notice_key(i.scheme, i.norm));     -- load.chain_offerings merges them
END $$;

-- All of it: find, make what is described and new (identifier by identifier, the surest first, then by name), find again what
-- the new ones' keys tell.
CREATE FUNCTION load.resolve_entities(run_batch int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    numbers regclass := pg_get_serial_sequence('store.entity', 'id');
    by_scheme text;
    keys record;
    added bigint := 0;
BEGIN
    PERFORM load.collect_refs();
    PERFORM load.know_staging();
    PERFORM load.find_refs();
    FOR by_scheme IN SELECT scheme FROM store.key_scheme s
                      WHERE exclusive AND EXISTS (SELECT FROM pg_temp.staging_ident i WHERE i.scheme = s.scheme)
                      ORDER BY single DESC, lasting DESC, scheme LOOP
        INSERT INTO pg_temp.staging_new (id, ref, at, kind, name, own_slug, scheme, value, norm, valid, source)
            SELECT nextval(numbers), n.*
              FROM (SELECT DISTINCT ON (norm) *
                      FROM (SELECT DISTINCT ON (r.ref) r.ref, r.at, r.kind, r.name, r.slug, i.scheme, i.value, i.norm, i.valid, i.source
                              FROM pg_temp.staging_ref r JOIN pg_temp.staging_ident i USING (ref)
                             WHERE r.id IS NULL AND r.kind IS NOT NULL AND r.rule IS NULL AND i.scheme = by_scheme
                             ORDER BY r.ref, i.own DESC, i.norm) one_each
                     ORDER BY norm, at) n;
        CONTINUE WHEN NOT FOUND;
        added := added + load.make_entities(run_batch);
        EXIT WHEN NOT EXISTS (SELECT FROM pg_temp.staging_ref WHERE id IS NULL);
        SELECT * INTO keys FROM load.insert_keys(run_batch);
        added := added + keys.added;
        PERFORM load.find_refs();
    END LOOP;
    IF EXISTS (SELECT FROM pg_temp.staging_ref WHERE id IS NULL AND rule IS NULL AND kind NOT IN ('deal', 'filing', 'prediction')) THEN
        -- No constraint says that a name is one entity: who makes one by its name keeps others with that name waiting.
        PERFORM load.lock_each('name', ARRAY(SELECT DISTINCT hashtext(name_norm) FROM pg_temp.staging_ref WHERE id IS NULL AND rule IS NULL AND kind IS NOT NULL));
        PERFORM load.find_refs();
        INSERT INTO pg_temp.staging_new (id, ref, at, kind, name, own_slug, scheme, value, norm, valid)
            SELECT nextval(numbers), n.*
              FROM (SELECT DISTINCT ON (kind, name_norm) ref, at, kind, name, slug, 'name', name, name_norm, '(,)'::daterange
                      FROM pg_temp.staging_ref WHERE id IS NULL AND rule IS NULL AND kind NOT IN ('deal', 'filing', 'prediction')
                     ORDER BY kind, name_norm, at) n;
        added := added + load.make_entities(run_batch);
        PERFORM load.find_refs();       -- other spellings of the same name
    END IF;
    LOOP    -- names and aliases that came with this document may be what others in it are called by
        SELECT * INTO keys FROM load.insert_keys(run_batch);
        added := added + keys.added;
        EXIT WHEN keys.added = 0 OR NOT EXISTS (SELECT FROM pg_temp.staging_ref WHERE id IS NULL AND rule IS NULL);
        PERFORM load.find_refs();
    END LOOP;
    IF keys.refused > 0 THEN
        PERFORM load.find_idents();
    END IF;
    PERFORM load.reject_refs();
    RETURN added;
END $$;

-- ---------------------------------------------------------------- metrics, measures and subjects

-- Metrics the document defines. A name that is taken keeps its definition: a changed one is a new metric that supersedes it.
CREATE FUNCTION load.define_metrics(run_batch int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    round bigint;
    added bigint := 0;
BEGIN
    UPDATE pg_temp.staging_metric SET taxonomy = 'aimarket' WHERE taxonomy IS NULL;
    DELETE FROM pg_temp.staging_metric s
     WHERE s.taxonomy <> 'aimarket' AND EXISTS (SELECT FROM store.metric m WHERE m.taxonomy = s.taxonomy AND m.name = s.name OFFSET 0);
    IF NOT EXISTS (SELECT FROM pg_temp.staging_metric) THEN
        RETURN 0;
    END IF;
    INSERT INTO pg_temp.staging_reject
        SELECT at, 'metric', format('there is no %s "%s"', what, word)
          FROM (SELECT at, 'kind of metric' AS what, kind AS word FROM pg_temp.staging_metric
                 WHERE kind NOT IN ('flow', 'stock', 'ratio', 'price', 'score', 'count', 'rank', 'other')
                UNION ALL
                SELECT at, 'kind of unit', unit_kind FROM pg_temp.staging_metric WHERE unit_kind NOT IN (SELECT k.kind FROM store.unit_kind k)
                UNION ALL
                SELECT at, 'role of a dimension', r.value FROM pg_temp.staging_metric, jsonb_each_text(load.dims(dims)) r
                 WHERE dims <> '' AND r.value NOT IN ('key', 'part', 'setting')) bad;
    INSERT INTO pg_temp.staging_reject
        SELECT s.at, 'metric-changed', format('"%s" is defined otherwise; what is measured otherwise needs a name of its own', s.name)
          FROM pg_temp.staging_metric s
         WHERE EXISTS (SELECT FROM store.metric m WHERE m.taxonomy = s.taxonomy AND m.name = s.name
                          AND (m.definition, m.unit_kind) IS DISTINCT FROM (s.definition, s.unit_kind) OFFSET 0);
    DELETE FROM pg_temp.staging_metric s USING pg_temp.staging_reject r WHERE r.at = s.at;
    LOOP    -- those a new one supersedes must be there first
        INSERT INTO store.metric (taxonomy, name, label, definition, kind, unit_kind, unit, period_kind, supersedes, batch)
            SELECT DISTINCT ON (s.taxonomy COLLATE "C", s.name COLLATE "C") s.taxonomy, s.name, s.label, s.definition, coalesce(s.kind, 'other'),
                   s.unit_kind, s.unit, coalesce(s.period_kind, 'a')::"char",
                   CASE WHEN s.supersedes IS NOT NULL THEN (SELECT o.id FROM store.metric o WHERE o.taxonomy = s.taxonomy AND o.name = s.supersedes) END, run_batch
              FROM pg_temp.staging_metric s
             WHERE (s.supersedes IS NULL OR EXISTS (SELECT FROM store.metric o WHERE o.taxonomy = s.taxonomy AND o.name = s.supersedes OFFSET 0))
               AND NOT EXISTS (SELECT FROM store.metric m WHERE m.taxonomy = s.taxonomy AND m.name = s.name OFFSET 0)
             ORDER BY s.taxonomy COLLATE "C", s.name COLLATE "C", s.at
            ON CONFLICT (taxonomy, name) DO NOTHING;
        GET DIAGNOSTICS round = ROW_COUNT;
        added := added + round;
        EXIT WHEN round = 0 OR NOT EXISTS (SELECT FROM pg_temp.staging_metric WHERE supersedes IS NOT NULL);
    END LOOP;
    INSERT INTO pg_temp.staging_reject
        SELECT s.at, 'metric', format('there is no metric "%s" to supersede', s.supersedes)
          FROM pg_temp.staging_metric s
         WHERE s.supersedes IS NOT NULL
           AND NOT EXISTS (SELECT FROM store.metric m WHERE m.taxonomy = s.taxonomy AND m.name = s.name OFFSET 0);
    INSERT INTO store.metric_dimension (metric, dimension, role)
        SELECT m.id, d.key, d.value
          FROM (SELECT DISTINCT ON (taxonomy, name) * FROM pg_temp.staging_metric WHERE dims <> '' ORDER BY taxonomy, name, at) s
          JOIN store.metric m ON m.taxonomy = s.taxonomy AND m.name = s.name AND m.batch = run_batch
          CROSS JOIN LATERAL jsonb_each_text(load.dims(s.dims)) d
        ON CONFLICT DO NOTHING;
    RETURN added;
END $$;

-- Concepts of filings that are not in the store yet: defined in a transaction of their own, which ends at once. Another load that
-- names the same ones would wait for this one's end otherwise. defined: the transaction has brought something, and staging has to be
-- filled again once it is committed, with what defines concepts only if some were refused.
CREATE FUNCTION load.define_ahead(run_batch int, tool text, why text, OUT defined bool, OUT refused bool) LANGUAGE plpgsql AS $$
DECLARE
    metrics bigint;
    new record;
BEGIN
    defined := false;
    IF EXISTS (SELECT FROM pg_temp.staging_metric WHERE coalesce(taxonomy, 'aimarket') = 'aimarket') THEN
        RETURN;   -- our own metrics come and go with their document
    END IF;
    metrics := load.define_metrics(run_batch);
    SELECT * INTO new FROM load.add_concepts(run_batch);
    IF metrics + new.concepts > 0 THEN
        PERFORM load.close_batch(run_batch, tool, why || ': concepts');
    END IF;
    defined := metrics + new.concepts + new.units > 0;
    refused := EXISTS (SELECT FROM pg_temp.staging_reject);
END $$;

-- What the words of a measure come to, and the checks a figure must pass, once for each measure: the first that fails is told.
CREATE FUNCTION load.find_measures() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pg_temp.staging_measured (n, metric, unit, period_kind, dims, watched, rule, reason)
        SELECT x.n, x.metric_id, x.unit_id, x.period_kind, x.dims, x.metric_id IN (SELECT * FROM load.watched_metrics()), x.rule,
               CASE x.rule
               WHEN 'unknown-metric' THEN format('there is no metric "%s"', x.metric)
               WHEN 'unit' THEN format('%s is a %s, not a %s, which %s is measured in', x.unit, x.kind, x.unit_kind, x.metric)
               WHEN 'period' THEN format('%s is %s, not %s', x.metric, load.period_word(x.of_kind), load.period_word(x.period_kind)) END
          FROM (SELECT s.n, s.metric, s.unit, s.period_kind::"char" AS period_kind, w.dims, m.id AS metric_id, m.unit_kind, m.period_kind AS of_kind,
                       u.id AS unit_id, u.kind,
                       CASE WHEN m.id IS NULL THEN 'unknown-metric'
                            WHEN m.unit_kind <> u.kind AND 'other' NOT IN (m.unit_kind, u.kind) THEN 'unit'
                            WHEN m.period_kind NOT IN ('a', s.period_kind::"char") THEN 'period' END AS rule
                  FROM pg_temp.staging_measure s
                 CROSS JOIN LATERAL (SELECT CASE WHEN s.metric LIKE '_%:_%' THEN split_part(s.metric, ':', 1) ELSE 'aimarket' END AS taxonomy,
                                            substr(s.metric, CASE WHEN s.metric LIKE '_%:_%' THEN strpos(s.metric, ':') + 1 ELSE 1 END) AS name,
                                            CASE s.dims WHEN '' THEN '{}' ELSE load.dims(s.dims) END AS dims) w
                  LEFT JOIN LATERAL (SELECT * FROM store.metric m WHERE m.taxonomy = w.taxonomy AND m.name = w.name LIMIT 1) m ON true
                  LEFT JOIN LATERAL (SELECT * FROM store.unit u WHERE u.code = s.unit LIMIT 1) u ON true) x;
END $$;

CREATE FUNCTION load.described_metrics() RETURNS SETOF int LANGUAGE sql STABLE AS $$
    SELECT m.id FROM store.metric m WHERE m.taxonomy = 'aimarket' UNION SELECT x.metric FROM store.metric_dimension x
$$;

-- Dimensions: only those the metric has, and all it needs. A concept of a filing nobody described takes any.
CREATE FUNCTION load.check_dimensions() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pg_temp.staging_measured s SET rule = 'dimension', reason = format('%s has no dimension "%s"', w.metric, d.key)
      FROM (SELECT k.n, k.metric, key
              FROM (SELECT * FROM pg_temp.staging_measured WHERE metric IN (SELECT * FROM load.described_metrics()) OFFSET 0) k, jsonb_object_keys(k.dims) key) d,
           pg_temp.staging_measure w
     WHERE d.n = s.n AND w.n = s.n AND s.rule IS NULL
       AND NOT EXISTS (SELECT FROM store.metric_dimension x WHERE x.metric = d.metric AND x.dimension = d.key);
    UPDATE pg_temp.staging_measured s SET rule = 'dimension-missing', reason = format('%s needs the dimension "%s"', w.metric, d.dimension)
      FROM pg_temp.staging_measure w, store.metric_dimension d
     WHERE s.rule IS NULL AND w.n = s.n AND d.metric = s.metric AND d.role = 'key' AND NOT s.dims ? d.dimension;
END $$;

-- Concepts of filings and units come into being with their first use; aimarket's own metrics are defined first.
CREATE FUNCTION load.add_concepts(run_batch int, OUT concepts bigint, OUT units bigint) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO store.metric (taxonomy, name, batch)
        SELECT w.taxonomy, w.name, run_batch
          FROM (SELECT DISTINCT split_part(s.metric, ':', 1) COLLATE "C" AS taxonomy, substr(s.metric, strpos(s.metric, ':') + 1) COLLATE "C" AS name
                  FROM pg_temp.staging_measure s WHERE s.metric LIKE '_%:_%' AND s.metric NOT LIKE 'aimarket:%') w
         WHERE NOT EXISTS (SELECT FROM pg_temp.staging_metric d WHERE (d.taxonomy, d.name) = (w.taxonomy, w.name) AND d.supersedes IS NULL)   -- just defined
           AND NOT EXISTS (SELECT FROM store.metric m WHERE m.taxonomy = w.taxonomy COLLATE "default" AND m.name = w.name COLLATE "default" OFFSET 0)
         ORDER BY w.taxonomy, w.name
        ON CONFLICT (taxonomy, name) DO NOTHING;
    GET DIAGNOSTICS concepts = ROW_COUNT;
    INSERT INTO store.unit (code, kind)
        SELECT s.unit, load.unit_kind(s.unit) FROM (SELECT DISTINCT unit FROM pg_temp.staging_measure) s
         WHERE NOT EXISTS (SELECT FROM store.unit u WHERE u.code = s.unit OFFSET 0) ORDER BY s.unit
        ON CONFLICT (code) DO NOTHING;
    GET DIAGNOSTICS units = ROW_COUNT;
END $$;

-- Numbers for new series: the first of n that follow each other. Nobody else draws meanwhile; the lock is given back at once, whatever
-- happens, for the transaction may last long.
CREATE FUNCTION load.draw_series(n bigint) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    numbers regclass := pg_get_serial_sequence('store.series', 'id');
    first int;
BEGIN
    PERFORM pg_advisory_lock(hashtext('aimarket series'));
    first := nextval(numbers);
    PERFORM setval(numbers, first + n - 1), pg_advisory_unlock(hashtext('aimarket series'));
    RETURN first;
EXCEPTION WHEN OTHERS OR query_canceled THEN
    PERFORM pg_advisory_unlock(hashtext('aimarket series'));
    RAISE;
END $$;

-- Whom observations are about. From here to the commit their series are this load's alone (load.lock_subjects), and nobody merges them.
CREATE FUNCTION load.resolve_subjects(run_batch int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pg_temp.staging_subject s SET id = r.id, fresh = e.batch = run_batch, rule = r.rule, reason = r.reason
      FROM pg_temp.staging_ref r LEFT JOIN store.entity e ON e.id = r.id WHERE r.ref = s.ref;
    PERFORM load.lock_subjects(run_batch);
    UPDATE pg_temp.staging_subject s SET canon = c.canon FROM store.entity_canon c WHERE c.entity = s.id;
END $$;

CREATE FUNCTION load.period_word(kind "char") RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE kind WHEN 'i' THEN 'measured at a moment' WHEN 'd' THEN 'measured over a time' WHEN 't' THEN 'without time' END
$$;

-- ---------------------------------------------------------------- notes, and the whole

CREATE FUNCTION load.resolve_notes() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pg_temp.staging_note (text)
        SELECT note FROM pg_temp.staging_statement WHERE note IS NOT NULL EXCEPT SELECT text FROM pg_temp.staging_note;
    INSERT INTO store.note (text)
        SELECT text FROM pg_temp.staging_note n
         WHERE NOT EXISTS (SELECT FROM store.note o WHERE md5(o.text) = md5(n.text) OFFSET 0) ORDER BY md5(text)
        ON CONFLICT (md5(text)) DO NOTHING;
    UPDATE pg_temp.staging_note n SET id = (SELECT o.id FROM store.note o WHERE md5(o.text) = md5(n.text));
END $$;

-- defined: all metrics and units are there already (load.define_ahead). Returns how many rows it added. Afterwards staging_subject, staging_measured, staging_cite and staging_note know the store's ids.
CREATE FUNCTION load.resolve(run_batch int, defined bool DEFAULT false) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE added bigint;
BEGIN
    PERFORM load.know_staging();
    added := load.resolve_sources(run_batch);
    added := added + load.resolve_entities(run_batch);
    added := added + load.insert_sources(run_batch);
    IF NOT defined THEN
        added := added + load.define_metrics(run_batch);
        added := added + (SELECT c.concepts + c.units FROM load.add_concepts(run_batch) c);
    END IF;
    PERFORM load.find_measures();
    PERFORM load.check_dimensions();
    PERFORM load.resolve_notes();
    PERFORM load.resolve_subjects(run_batch);
    RETURN added;
END $$;
