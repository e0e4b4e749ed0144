-- Keys that pass from one bearer to another: tickers, domains. Nobody tells when one does; captures tell who bears it on their day. So it
-- is held until the day another is seen to bear it, and by the first one seen since ever. Two who are seen with one key on one day, or
-- one within the time of another, exclude each other: the later told is refused.

-- What others were seen with that excludes this entity's bearing the key: the same, or a ticker with its venue against one without,
-- where that one can be no other.
CREATE FUNCTION load.key_rivals(key_scheme text, key_norm text, bearer int, day date) RETURNS SETOF store.key_seen LANGUAGE sql STABLE AS $$
    WITH one AS (
        SELECT load.final_entity(bearer) AS entity, split_part(key_norm, '@', 1) AS base
    ), other AS (
        SELECT k.*, load.final_entity(k.entity) AS final,
               EXISTS (SELECT FROM store.entity_key e WHERE e.entity = k.entity AND e.scheme = k.scheme AND e.norm = k.norm AND e.batch_to IS NULL AND e.valid @> day) AS today
          FROM one, store.key_seen k
         WHERE key_scheme = 'ticker' AND k.scheme = 'ticker' AND k.norm >= one.base AND k.norm < one.base || 'A' AND k.norm <> key_norm
           AND (k.norm = one.base OR k.norm LIKE one.base || '@%')
    )
    SELECT k.* FROM one, store.key_seen k WHERE k.norm = key_norm AND k.scheme = key_scheme AND load.final_entity(k.entity) <> one.entity
    UNION ALL
    SELECT o.norm, o.scheme, o.entity, o.first, o.last, o.told_from, o.told_to, o.batch FROM one, other o
     WHERE o.final <> one.entity AND one.base IN (o.norm, key_norm)
       -- who has a venue of his own in this name is called by it alone
       AND NOT EXISTS (SELECT FROM other v WHERE v.today AND v.norm <> one.base AND v.final = CASE WHEN o.norm = one.base THEN o.final ELSE one.entity END)
       AND (SELECT count(DISTINCT v.final) FROM other v WHERE v.today AND v.norm <> one.base) <= 1
$$;

-- How long a key holds by what was seen of it.
CREATE FUNCTION load.key_span(seen store.key_seen) RETURNS daterange LANGUAGE sql STABLE AS $$
    SELECT daterange(coalesce(seen.told_from, CASE WHEN bool_or(r.first < seen.first) THEN seen.first END),
                     least(seen.told_to + 1, min(r.first) FILTER (WHERE r.first > seen.first)))
      FROM load.key_rivals(seen.scheme, seen.norm, seen.entity, seen.first) r
$$;

-- Makes the rows of these runs say how long they hold now.
CREATE FUNCTION load.key_hold_again(run_batch int, runs store.key_seen[], value text, source int) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    seen store.key_seen;
    span daterange;
    old store.entity_key;
    ready store.entity_key[] := '{}';
BEGIN
    FOREACH seen IN ARRAY runs LOOP
        span := load.key_span(seen);
        SELECT * INTO old FROM store.entity_key k
         WHERE k.entity = seen.entity AND k.scheme = seen.scheme AND k.norm = seen.norm AND k.batch_to IS NULL AND k.valid && daterange(seen.first, seen.last, '[]')
         ORDER BY k.valid @> span DESC, k.id LIMIT 1;
        CONTINUE WHEN old.valid = span;
        IF old.id IS NULL THEN
            old := (NULL, seen.entity, seen.scheme, value, seen.norm, NULL, source, NULL, NULL, true, false);
        ELSE
            UPDATE store.entity_key k SET batch_to = run_batch WHERE k.id = old.id;
        END IF;
        old.valid := span;
        ready := ready || old;
    END LOOP;
    FOREACH old IN ARRAY ready LOOP     -- those that end make room for those that begin
        INSERT INTO store.entity_key (entity, scheme, value, norm, valid, source, batch, exclusive, lasting)
            VALUES (old.entity, old.scheme, old.value, old.norm, old.valid, old.source, run_batch, true, false) ON CONFLICT DO NOTHING;
    END LOOP;
END $$;

-- An entity is seen with a key on a day, or said to have borne it from one day to another. NULL, or the entity whose it is.
CREATE FUNCTION load.hold_key(run_batch int, key_scheme text, key_norm text, value text, bearer int, day date, told_from date, told_to date, source int)
RETURNS int LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    seen store.key_seen := (key_norm, key_scheme, bearer, coalesce(told_from, least(day, told_to)), coalesce(told_to, greatest(day, told_from)), told_from, told_to, run_batch);
    was store.key_seen;
    rivals store.key_seen[];
    taken int;
BEGIN
    PERFORM load.lock_each('key', ARRAY[hashtext(split_part(key_norm, '@', 1))]);
    rivals := ARRAY(SELECT r FROM load.key_rivals(key_scheme, key_norm, bearer, seen.first) r ORDER BY r.first, r.norm, r.entity);
    SELECT r.entity INTO taken FROM unnest(rivals) r WHERE r.first <= seen.last AND r.last >= seen.first LIMIT 1;
    IF FOUND THEN
        RETURN taken;
    END IF;
    SELECT o.* INTO was FROM store.key_seen o       -- a run of its own that nobody else parts from this
     WHERE o.norm = key_norm AND o.scheme = key_scheme AND o.entity = bearer
       AND coalesce(seen.first <= o.told_to, true) AND coalesce(seen.last >= o.told_from, true)
       AND NOT EXISTS (SELECT FROM unnest(rivals) r WHERE r.first BETWEEN least(o.first, seen.first) AND greatest(o.last, seen.last))
     ORDER BY o.first LIMIT 1;
    IF FOUND THEN
        seen.first := least(was.first, seen.first);
        seen.last := greatest(was.last, seen.last);
        seen.told_from := least(was.told_from, told_from);
        seen.told_to := greatest(was.told_to, told_to);
        UPDATE store.key_seen o SET (first, last, told_from, told_to) = (seen.first, seen.last, seen.told_from, seen.told_to)
         WHERE (o.norm, o.scheme, o.entity, o.first) = (was.norm, was.scheme, was.entity, was.first);
    ELSE
        INSERT INTO store.key_seen SELECT seen.*;
    END IF;
    PERFORM load.key_hold_again(run_batch, rivals || seen, value, source);
    RETURN NULL;
END $$;

-- ---------------------------------------------------------------- those of a load

-- Keys whose bearers are found by now. What is known, and what nobody else has, goes all at once; what may pass one by one, in the order
-- of days. A key by which a document merely calls an entity that has it is a look-up, no sighting. Returns how many rows it added.
CREATE FUNCTION load.hold_keys(run_batch int) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    WITH found AS (
        UPDATE pg_temp.staging_ident i SET held = true, entity = r.id FROM pg_temp.staging_ref r
         WHERE r.ref = i.ref AND r.id IS NOT NULL AND i.exclusive AND NOT i.lasting AND NOT i.held
        RETURNING i.*
    )
    INSERT INTO pg_temp.staging_seen (at, ref, scheme, norm, value, bearer, day, told_from, told_to, source, own)
        SELECT f.at, f.ref, f.scheme, f.norm, f.value, f.entity, f.day, f.told_from, f.told_to, s.id, f.own
          FROM found f LEFT JOIN load.staged_sources() s ON s.ref = f.source AND s.document = load.document_of(f.at);
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    PERFORM load.see_known_keys();
    RETURN load.hold_free_keys(run_batch) + load.hold_passing_keys(run_batch);
END $$;

CREATE FUNCTION load.see_known_keys() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pg_temp.staging_seen i
       SET run = (SELECT s.first FROM store.entity_key k JOIN store.key_seen s ON s.norm = k.norm AND s.scheme = k.scheme AND s.entity = k.entity
                   WHERE k.entity = i.bearer AND k.scheme = i.scheme AND k.norm = i.norm AND k.batch_to IS NULL AND k.valid && daterange(s.first, s.last, '[]')
                     AND (i.own OR k.valid @> i.day AND i.told_from IS NULL AND i.told_to IS NULL) LIMIT 1);
    UPDATE store.key_seen s SET first = least(s.first, i.first), last = greatest(s.last, i.last)
      FROM (SELECT bearer, scheme, norm, run, min(day) AS first, max(day) AS last FROM pg_temp.staging_seen
             WHERE run IS NOT NULL AND NOT own GROUP BY 1, 2, 3, 4 ORDER BY norm, scheme) i
     WHERE (s.norm, s.scheme, s.entity, s.first) = (i.norm, i.scheme, i.bearer, i.run) AND (i.first < s.first OR i.last > s.last);
    DELETE FROM pg_temp.staging_seen WHERE run IS NOT NULL;
END $$;

CREATE FUNCTION load.hold_free_keys(run_batch int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE added bigint;
BEGIN
    WITH free AS (
        DELETE FROM pg_temp.staging_seen i
         USING (SELECT DISTINCT ON (norm, scheme) ctid AS row FROM pg_temp.staging_seen ORDER BY norm, scheme, at) one
         WHERE i.ctid = one.row
           AND NOT EXISTS (SELECT FROM store.key_seen s
                            WHERE s.scheme = i.scheme AND s.norm >= split_part(i.norm, '@', 1) AND s.norm < split_part(i.norm, '@', 1) || 'A'
                              AND (s.norm = i.norm OR s.entity <> i.bearer AND (s.norm = split_part(i.norm, '@', 1) OR s.norm LIKE split_part(i.norm, '@', 1) || '@%')) OFFSET 0)
        RETURNING i.*
    ), seen AS (
        INSERT INTO store.key_seen
            SELECT norm, scheme, bearer, coalesce(told_from, least(day, told_to)), coalesce(told_to, greatest(day, told_from)), told_from, told_to, run_batch
              FROM free ORDER BY norm
    ), made AS (
        INSERT INTO store.entity_key (entity, scheme, value, norm, valid, source, batch, exclusive, lasting)
            SELECT bearer, scheme, value, norm, daterange(told_from, told_to, '[]'), source, run_batch, true, false FROM free ORDER BY norm
            ON CONFLICT DO NOTHING RETURNING 1
    )
    SELECT count(*) INTO added FROM made;
    RETURN added;
END $$;

CREATE FUNCTION load.hold_passing_keys(run_batch int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    added bigint := 0;
    w record;
    taken int;
BEGIN
    FOR w IN SELECT * FROM pg_temp.staging_seen ORDER BY coalesce(told_from, day), norm, at LOOP
        taken := load.hold_key(run_batch, w.scheme, w.norm, w.value, w.bearer, w.day, w.told_from, w.told_to, w.source);
        IF taken IS NULL THEN
            added := added + 1;
        ELSE                            -- load.reject_refs tells of it
            UPDATE pg_temp.staging_ident i SET entity = taken WHERE i.ref = w.ref AND i.scheme = w.scheme AND i.norm = w.norm AND i.day = w.day;
        END IF;
    END LOOP;
    DELETE FROM pg_temp.staging_seen;
    RETURN added;
END $$;
