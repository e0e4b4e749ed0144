-- What a load brought that may be known already under another name. Names that look alike wait for a person (store.review);
-- two sources' names for one deal meet when it is clear that they mean one. Only what is new is looked at, so that a load of
-- things already known pays nothing.

-- Days that may lie between two announcements of one deal.
CREATE FUNCTION load.match_window() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 45 $$;
-- New entities for which a load looks for others of a like name. Beyond that, as in a register of a whole market, those come
-- first that no identifier tells from all others.
CREATE FUNCTION load.propose_limit() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 500 $$;

-- Have these two an identifier each of which anything has only one?
CREATE FUNCTION load.told_apart(one int, other int) RETURNS bool LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM store.entity_key a JOIN store.key_scheme s ON s.scheme = a.scheme AND s.single
                     JOIN store.entity_key b ON b.scheme = a.scheme AND b.norm <> a.norm AND b.entity = other AND b.batch_to IS NULL
                    WHERE a.entity = one AND a.batch_to IS NULL)
$$;

-- Was this pair proposed before, or merged, even if that was undone?
CREATE FUNCTION load.pair_known(one int, other int) RETURNS bool LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM store.review r WHERE least(r.entity_from, r.entity_into) = least(one, other) AND greatest(r.entity_from, r.entity_into) = greatest(one, other))
        OR EXISTS (SELECT FROM store.entity_merge m WHERE (m.entity_from, m.entity_into) IN ((one, other), (other, one)))
$$;

-- Companies, people and the like whose names resemble those of others of their kind. Numbers make another: "Fund II" is
-- spelt like "Fund III" and "Series 4" like "Series 5", but nobody means the one by the other. Name by name through the index of trigrams,
-- whatever the planner thinks of a store it has no figures of yet.
CREATE FUNCTION load.propose_entities(run_batch int) RETURNS void LANGUAGE plpgsql
    SET pg_trgm.similarity_threshold = 0.6 SET enable_seqscan = off SET jit = off AS $$
BEGIN
    INSERT INTO store.review (entity_from, entity_into, likeness, why, batch)
    WITH fresh AS MATERIALIZED (
        SELECT e.id, e.kind
          FROM (SELECT DISTINCT r.id FROM pg_temp.staging_ref r WHERE r.kind IN ('company', 'fund', 'government', 'person', 'other')) r
          JOIN store.entity e ON e.id = r.id AND e.batch = run_batch
         ORDER BY EXISTS (SELECT FROM store.entity_key k JOIN store.key_scheme s ON s.scheme = k.scheme AND s.single WHERE k.entity = e.id), e.id
         LIMIT load.propose_limit() * (SELECT count(*) FROM pg_temp.staging_document)
    ), alike AS (
        SELECT DISTINCT ON (least(f.id, o.entity), greatest(f.id, o.entity)) f.id, o.entity AS other, public.similarity(k.norm, o.norm) AS likeness,
               format('"%s" is like "%s"', k.value, o.value) AS why
          FROM fresh f
          CROSS JOIN LATERAL (SELECT * FROM store.entity_key k WHERE k.entity = f.id AND NOT k.exclusive AND k.batch_to IS NULL OFFSET 0) k
          CROSS JOIN LATERAL (SELECT * FROM store.entity_key o WHERE NOT o.exclusive AND o.norm OPERATOR(public.%) k.norm AND o.batch_to IS NULL OFFSET 0) o
          JOIN store.entity e ON e.id = o.entity AND e.kind = f.kind
         WHERE o.entity <> f.id AND (o.entity < f.id OR e.batch <> run_batch)
           AND regexp_replace(k.norm, '[^0-9]+', ' ', 'g') = regexp_replace(o.norm, '[^0-9]+', ' ', 'g')
           AND substring(k.norm FROM ' [ivx]+$') IS NOT DISTINCT FROM substring(o.norm FROM ' [ivx]+$')
         ORDER BY least(f.id, o.entity), greatest(f.id, o.entity), public.similarity(k.norm, o.norm) DESC, k.id, o.id
    )
    SELECT id, other, likeness, why, run_batch FROM alike
     WHERE load.final_entity(id) <> load.final_entity(other) AND NOT load.told_apart(id, other) AND NOT load.pair_known(id, other)
     ORDER BY id, other
    ON CONFLICT DO NOTHING;
END $$;

-- How a new deal stands to those known of the same target. one: nothing speaks against it being one of them, and everything that
-- is known says so: type family, parties, round, and announcements within the window; unclear: nothing speaks against it. Two keys
-- of one feed are two deals: who made them meant two.
CREATE FUNCTION load.deals_alike(fresh int[], feed text) RETURNS TABLE (deal int, other int, clear bool, why text) LANGUAGE sql STABLE AS $$
    WITH pair AS (
        SELECT n.deal, o.deal AS other, n.family = o.family AS same_family, abs(n.announced_first - o.announced_first) AS days,
               n.date_precision IN ('day', 'month') AND o.date_precision IN ('day', 'month') AS dated,
               n.acquirer_id IS NOT DISTINCT FROM o.acquirer_id OR o.party_ids ? n.acquirer_id OR n.party_ids ? o.acquirer_id AS same_acquirer,
               n.acquirer_id IS NULL OR o.acquirer_id IS NULL AS acquirer_unknown,
               lower(n.round) IS NOT DISTINCT FROM lower(o.round) AND (n.round IS NOT NULL OR n.family <> 'funding') AS same_round,
               n.round IS NULL OR o.round IS NULL AS round_unknown,
               coalesce(n.currency <> o.currency OR n.amount BETWEEN o.amount / 2 AND o.amount * 2, true) AS same_size,
               format('%s of %s: %s on %s, %s on %s', n.family, n.target, n.id, coalesce(n.announced_on, 'an unknown day'), o.id, coalesce(o.announced_on, 'an unknown day')) AS why
          FROM store.deal n
          JOIN store.deal o ON o.target_id = n.target_id AND o.deal <> n.deal
          JOIN store.entity e ON e.id = o.deal
         WHERE n.deal = ANY (fresh) AND o.deal <> ALL (fresh)
           AND NOT EXISTS (SELECT FROM store.run r WHERE r.batch = e.batch AND r.feed = deals_alike.feed)
           AND NOT load.pair_known(n.deal, o.deal)
    ), judged AS (
        SELECT p.*, same_family AND days <= load.match_window() AND dated AND coalesce(same_acquirer, false) AND same_round AND same_size AS clear
          FROM pair p
         WHERE (coalesce(same_acquirer, false) OR acquirer_unknown) AND (same_round OR round_unknown)
           AND (same_family AND coalesce(days, 0) <= 366 OR days <= load.match_window() AND coalesce(same_acquirer, false) AND NOT acquirer_unknown)
    )
    SELECT deal, other, clear AND count(*) FILTER (WHERE clear) OVER (PARTITION BY deal) = 1, why FROM judged
$$;

-- Merges the clear ones into what was known first, whose slug stays; the others wait for a person.
CREATE FUNCTION load.match_deals(run_batch int, feed text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    fresh int[] := ARRAY(SELECT DISTINCT e.id FROM pg_temp.staging_ref r JOIN store.entity e ON e.id = r.id AND e.batch = run_batch WHERE r.kind = 'deal');
    p record;
BEGIN
    IF fresh = '{}' THEN
        RETURN;
    END IF;
    FOR p IN SELECT * FROM load.deals_alike(fresh, feed) ORDER BY clear DESC, deal, other LOOP
        IF p.clear THEN
            PERFORM pg_advisory_xact_lock(hashtext('aimarket merge'));
            PERFORM load.add_merge(run_batch, p.deal, p.other, format('the same deal: type, parties and time agree: %s', p.why));
        ELSIF load.final_entity(p.deal) = p.deal THEN
            INSERT INTO store.review (entity_from, entity_into, likeness, why, batch)
                SELECT p.deal, p.other, public.similarity(a.name, b.name), p.why, run_batch FROM store.entity a, store.entity b WHERE a.id = p.deal AND b.id = p.other
                ON CONFLICT DO NOTHING;
        END IF;
    END LOOP;
END $$;

-- ---------------------------------------------------------------- decisions

-- accepted: the later one reads as the other from now on. Returns the transaction's number.
CREATE FUNCTION load.decide(review int, verdict text, why text, who text, tool text) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    run_batch int := load.open_batch();
    pair store.review;
    done store.review_decision;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('aimarket merge'));
    SELECT * INTO pair FROM store.review r WHERE r.id = decide.review;
    IF NOT FOUND THEN
        RAISE no_data_found USING MESSAGE = format('nothing waits under the number %s', decide.review), HINT = '`aimarket review entities` and `aimarket review deals` list what does.';
    END IF;
    SELECT * INTO done FROM store.review_decision d WHERE d.review = pair.id;
    IF FOUND THEN
        PERFORM load.refuse('decided', format('%s %s number %s: %s', done.who, done.verdict, pair.id, done.why),
            'A merge is undone by `aimarket entity unmerge`, and made by `aimarket entity merge`.');
    END IF;
    IF decide.verdict = 'accepted' THEN
        PERFORM load.check_merge(pair.entity_from, pair.entity_into, false);
        PERFORM load.add_merge(run_batch, pair.entity_from, pair.entity_into, decide.why);
    END IF;
    INSERT INTO store.review_decision (review, verdict, why, who, batch) VALUES (pair.id, decide.verdict, decide.why, decide.who, run_batch);
    RETURN load.close_batch(run_batch, tool, format('%s %s number %s of the review: %s', decide.who, decide.verdict, pair.id, decide.why), decide.who);
END $$;
