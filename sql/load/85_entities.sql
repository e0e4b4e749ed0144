-- What people decide about who is who: two entities are one (and are not, after all), another name, another identifier. A merge
-- only changes how claims are read: they stay with the entity they were made about, so that undoing it leaves nothing behind.
-- Every refusal begins with the name of its rule.

CREATE FUNCTION load.refuse(rule text, reason text, hint text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF hint IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = format('%s: %s', rule, reason);
    END IF;
    RAISE invalid_parameter_value USING MESSAGE = format('%s: %s', rule, reason), HINT = hint;
END $$;

-- The one entity a word names, as it was taken in: a merged one is itself here.
CREATE FUNCTION load.named_entity(word text) RETURNS int LANGUAGE plpgsql STABLE AS $$
DECLARE
    ids int[] := ARRAY(SELECT * FROM api.entity_candidates(word));
    whole int[];
BEGIN
    IF ids = '{}' THEN
        PERFORM api.entity_ids(word);           -- says so, and names the nearest
    ELSIF cardinality(ids) > 1 THEN             -- of those that are one, the one they read as
        whole := ARRAY(SELECT DISTINCT load.final_entity(i) FROM unnest(ids) i);
        IF cardinality(whole) > 1 THEN
            PERFORM load.refuse('ambiguous', format('%s entities are called "%s"', cardinality(whole), word),
                'Say which by its slug: ' || (SELECT string_agg(e.slug, ', ' ORDER BY e.slug) FROM store.entity e WHERE e.id = ANY (whole)) || '.');
        END IF;
        ids := whole;
    END IF;
    RETURN ids[1];
END $$;

-- Entities that are this one today, itself included.
CREATE FUNCTION load.one_with(entity int) RETURNS int[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(i.id) FROM (
        SELECT load.final_entity(one_with.entity) AS id
        UNION SELECT c.entity FROM store.entity_canon c WHERE c.canon = load.final_entity(one_with.entity)) i
$$;

-- Loads about these, and about those they are one with, wait until this transaction has ended.
CREATE FUNCTION load.lock_entities(entities int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE stripe int;
BEGIN
    FOR stripe IN SELECT DISTINCT o.id & 63 FROM unnest(entities) e CROSS JOIN LATERAL unnest(load.one_with(e)) o (id) ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock(hashtext('aimarket subject'), stripe);
    END LOOP;
END $$;

-- Today's answers that name these entities: deals and filings that are one of them, or have one of them as a party.
CREATE FUNCTION load.refresh_about(entities int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    deals int[];
    filings int[];
BEGIN
    SELECT array_agg(e.id) FILTER (WHERE e.kind = 'deal'), array_agg(e.id) FILTER (WHERE e.kind = 'filing') INTO deals, filings
    FROM (SELECT unnest(entities) AS id
          UNION SELECT s.subject FROM store.statement s WHERE s.object = ANY (entities) AND s.property IN ('party', 'filer')) t
    JOIN store.entity e ON e.id = t.id AND e.kind IN ('deal', 'filing');
    IF deals IS NOT NULL THEN
        PERFORM load.refresh_deals(deals);
    END IF;
    IF filings IS NOT NULL THEN
        PERFORM load.refresh_filings(filings);
    END IF;
    PERFORM load.refresh_market_about(entities);
END $$;

-- ---------------------------------------------------------------- merge

-- Kinds that may turn out to be one, when somebody insists: what is one thing to some is another to others.
CREATE FUNCTION load.kinds_near(one text, other text) RETURNS bool LANGUAGE sql IMMUTABLE AS $$
    SELECT one = other OR NOT ARRAY[one, other] && ARRAY['deal', 'filing', 'prediction', 'person']
$$;

-- The reasons not to read one entity as another; raises the first.
CREATE FUNCTION load.check_merge(one_id int, other_id int, force bool) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
    one store.entity;
    other store.entity;
    k record;
BEGIN
    SELECT * INTO STRICT one FROM store.entity e WHERE e.id = one_id;
    SELECT * INTO STRICT other FROM store.entity e WHERE e.id = other_id;
    IF one.id = other.id THEN
        PERFORM load.refuse('merge-itself', format('%s is %s already', one.slug, other.slug));
    ELSIF load.final_entity(other.id) = one.id THEN
        PERFORM load.refuse('merge-cycle', format('%s reads as %s, which cannot read as it in turn', other.slug, one.slug),
            format('`aimarket entity unmerge %s` comes first.', other.slug));
    ELSIF load.final_entity(one.id) <> one.id THEN
        PERFORM load.refuse('merge-twice', format('%s is merged already, into %s', one.slug,
            (SELECT e.slug FROM store.entity e WHERE e.id = load.final_entity(one.id))), format('`aimarket entity unmerge %s` comes first.', one.slug));
    ELSIF NOT load.kinds_near(one.kind, other.kind) OR one.kind <> other.kind AND NOT force THEN
        PERFORM load.refuse('merge-kinds', format('%s is a %s, %s a %s', one.slug, one.kind, other.slug, other.kind),
            CASE WHEN load.kinds_near(one.kind, other.kind) THEN 'With --force they are merged all the same.' END);
    END IF;
    SELECT a.scheme, a.value AS had, b.value AS has INTO k
      FROM store.entity_key a JOIN store.key_scheme s ON s.scheme = a.scheme AND s.single
      JOIN store.entity_key b ON b.scheme = a.scheme AND b.norm <> a.norm AND b.batch_to IS NULL
     WHERE a.entity = ANY (load.one_with(one_id)) AND b.entity = ANY (load.one_with(other_id)) AND a.batch_to IS NULL
     ORDER BY a.scheme LIMIT 1;
    IF FOUND AND NOT force THEN
        PERFORM load.refuse('merge-identifiers', format('%s has the %s %s, %s has %s', one.slug, k.scheme, k.had, other.slug, k.has),
            'One of anything has one of these. With --force they are merged all the same.');
    END IF;
END $$;

CREATE FUNCTION load.add_merge(run_batch int, source int, target int, why text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO store.entity_merge (entity_from, entity_into, why, batch) VALUES (source, target, add_merge.why, run_batch);
    PERFORM load.lock_entities(ARRAY[source, target]);
    PERFORM load.refresh_merges(run_batch);
    PERFORM load.refresh_about(load.one_with(target));
END $$;

-- From here on source reads as target. One at a time, so that two of them cannot make a circle. Returns the transaction's number.
CREATE FUNCTION load.merge(source text, target text, force bool, why text, who text, tool text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    run_batch int := load.open_batch();
    one int := load.named_entity(source);
    other int := load.named_entity(target);
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('aimarket merge'));
    PERFORM load.check_merge(one, other, force);
    PERFORM load.add_merge(run_batch, one, other, why);
    RETURN load.close_batch(run_batch, tool, format('%s merged %s into %s: %s', who, source, target, why), who);
END $$;

-- source is itself again.
CREATE FUNCTION load.unmerge(source text, why text, who text, tool text) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    run_batch int := load.open_batch();
    one int := load.named_entity(source);
    all_of_them int[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('aimarket merge'));
    all_of_them := load.one_with(one);
    UPDATE store.entity_merge m SET batch_to = run_batch WHERE m.entity_from = one AND m.batch_to IS NULL;
    IF NOT FOUND THEN
        PERFORM load.refuse('not-merged', format('%s is merged into nothing', (SELECT e.slug FROM store.entity e WHERE e.id = one)),
            (SELECT 'Merged into it: ' || string_agg(e.slug, ', ' ORDER BY e.slug) || '.'
               FROM store.entity_merge m JOIN store.entity e ON e.id = m.entity_from WHERE m.entity_into = one AND m.batch_to IS NULL));
    END IF;
    PERFORM load.lock_entities(all_of_them);
    PERFORM load.refresh_merges(run_batch);
    PERFORM load.refresh_about(all_of_them);
    RETURN load.close_batch(run_batch, tool, format('%s unmerged %s: %s', who, source, why), who);
END $$;

-- ---------------------------------------------------------------- names and identifiers

-- Another name of an entity, or an identifier: scheme is alias, former-name, cik, lei, ticker … From and to are its first and last day.
CREATE FUNCTION load.add_key(entity text, scheme text, value text, first date, last date, why text, who text, tool text)
RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    run_batch int := load.open_batch();
    one int := load.named_entity(entity);
    key_norm text := load.norm_key(scheme, value);
    s store.key_scheme;
    span daterange;
    owner text;
BEGIN
    SELECT * INTO s FROM store.key_scheme k WHERE k.scheme = add_key.scheme;
    IF NOT FOUND OR scheme = 'name' THEN
        PERFORM load.refuse('key', format('there is no key scheme "%s"', scheme),
            (SELECT 'It is one of ' || string_agg(k.scheme, ', ' ORDER BY k.scheme) || '.' FROM store.key_scheme k WHERE k.scheme <> 'name'));
    ELSIF key_norm IS NULL THEN
        PERFORM load.refuse('key', format('"%s" is no %s', value, scheme));
    ELSIF NOT load.key_holds(scheme, key_norm) THEN
        PERFORM load.refuse('check-digit', load.check_digit_text(scheme, value));
    ELSIF last < first THEN
        PERFORM load.refuse('key', format('%s "%s" would end on %s, before it begins on %s', scheme, value, last, first));
    END IF;
    span := CASE WHEN s.lasting THEN '(,)' ELSE daterange(first, last, '[]') END;
    SELECT e.slug INTO owner FROM store.entity_key k JOIN store.entity e ON e.id = k.entity
     WHERE s.exclusive AND k.scheme = s.scheme AND k.norm = key_norm AND k.valid && span AND k.batch_to IS NULL AND k.entity <> ALL (load.one_with(one))
       AND (s.lasting OR first IS NULL) LIMIT 1;
    IF NOT FOUND AND EXISTS (SELECT FROM store.entity_key k WHERE k.entity = ANY (load.one_with(one)) AND k.scheme = s.scheme AND k.norm = key_norm AND k.valid @> span
                  AND k.batch_to IS NULL) THEN
        RETURN 0;
    END IF;
    IF owner IS NULL AND s.exclusive AND NOT s.lasting THEN     -- one that passes is his until then
        SELECT e.slug INTO owner FROM store.entity e WHERE e.id = load.hold_key(run_batch, s.scheme, key_norm, value, one, current_date, first, last, NULL);
    ELSIF owner IS NULL THEN
        INSERT INTO store.entity_key (entity, scheme, value, norm, valid, batch, exclusive, lasting)
            VALUES (one, s.scheme, add_key.value, key_norm, span, run_batch, s.exclusive, s.lasting);
    END IF;
    IF owner IS NOT NULL THEN
        PERFORM load.refuse('identifier-taken', format('%s "%s" belongs to %s', scheme, value, owner),
            CASE WHEN s.exclusive AND NOT s.lasting THEN 'One that has passed to it is given with --from, its first day.' END);
    END IF;
    RETURN load.close_batch(run_batch, tool, concat_ws(': ', format('%s gave %s the %s "%s"', who, entity, scheme, value), why), who);
END $$;
