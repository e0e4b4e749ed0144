-- What a load brought that may be known already under another name. Names that look alike wait for a person (store.review);
-- two sources' names for one deal meet when it is clear that they mean one. Only what is new is looked at, so that a load of
-- things already known pays nothing.

-- Days that may lie between two announcements of one deal.
CREATE FUNCTION load.match_window() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 45 $$;
-- New entities for which a load looks for others of a like name. Beyond that, as in a register of a whole market, those come
-- first that no identifier tells from all others.
CREATE FUNCTION load.propose_limit() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 500 $$;
-- Where all names are alike, as those of one issuer's thousand funds, nobody would read each beside each. So many others are
-- looked at for a name, the nearest of them proposed, and so many looked at in all: whoever comes behind that is left alone.
CREATE FUNCTION load.propose_looks() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 500 $$;
CREATE FUNCTION load.propose_most() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 10 $$;
CREATE FUNCTION load.propose_looks_in_all() RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT 50000 $$;

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

-- Proposes those whose names resemble one's names. Numbers make another: "Fund II" is spelt like "Fund III" and "Series 4" like
-- "Series 5", but nobody means the one by the other. What takes longer to find out is asked of the nearest one by one, until there
-- are enough. Returns how many were looked at.
CREATE FUNCTION load.propose_like(fresh int, fresh_kind text, run_batch int, OUT looked bigint) LANGUAGE plpgsql AS $$
BEGIN
    WITH near AS MATERIALIZED (
        SELECT k.id AS key, k.norm, k.value, o.id AS other_key, o.norm AS other_norm, o.value AS other_value, o.entity AS other
          FROM (SELECT * FROM store.entity_key k WHERE k.entity = fresh AND NOT k.exclusive AND k.batch_to IS NULL OFFSET 0) k
          CROSS JOIN LATERAL (SELECT * FROM store.entity_key o WHERE NOT o.exclusive AND o.norm OPERATOR(public.%) k.norm AND o.batch_to IS NULL
                              LIMIT load.propose_looks()) o
    ), alike AS (
        SELECT DISTINCT ON (n.other) n.other, public.similarity(n.norm, n.other_norm) AS likeness, format('"%s" is like "%s"', n.value, n.other_value) AS why
          FROM near n JOIN store.entity e ON e.id = n.other AND e.kind = fresh_kind
         WHERE n.other <> fresh AND (n.other < fresh OR e.batch <> run_batch)
           AND regexp_replace(n.norm, '[^0-9]+', ' ', 'g') = regexp_replace(n.other_norm, '[^0-9]+', ' ', 'g')
           AND substring(n.norm FROM ' [ivx]+$') IS NOT DISTINCT FROM substring(n.other_norm FROM ' [ivx]+$')
         ORDER BY n.other, public.similarity(n.norm, n.other_norm) DESC, n.key, n.other_key
    ), nearest AS (
        SELECT a.*
          FROM (SELECT *, count(*) OVER () AS alike FROM alike ORDER BY likeness DESC, other OFFSET 0) a
         WHERE load.final_entity(fresh) <> load.final_entity(a.other) AND NOT load.told_apart(fresh, a.other) AND NOT load.pair_known(fresh, a.other)
         ORDER BY a.likeness DESC, a.other LIMIT load.propose_most()
    ), proposed AS (
        INSERT INTO store.review (entity_from, entity_into, likeness, why, batch)
            SELECT fresh, n.other, n.likeness,
                   n.why || CASE WHEN n.alike > load.propose_most() THEN format('; of %s or more such the nearest are proposed', n.alike) ELSE '' END, run_batch
              FROM nearest n ORDER BY n.other
            ON CONFLICT DO NOTHING
    )
    SELECT count(*) INTO looked FROM near;
END $$;

-- Companies, people and the like that a load brought. Name by name through the index of trigrams, whatever the planner thinks of a
-- store it has no figures of yet.
CREATE FUNCTION load.propose_entities(run_batch int) RETURNS void LANGUAGE plpgsql
    SET pg_trgm.similarity_threshold = 0.6 SET enable_seqscan = off SET jit = off AS $$
DECLARE
    looked bigint := 0;
    fresh record;
BEGIN
    FOR fresh IN
        SELECT e.id, e.kind
          FROM (SELECT DISTINCT r.id FROM pg_temp.staging_ref r WHERE r.kind IN ('company', 'fund', 'government', 'person', 'other')) r
          JOIN store.entity e ON e.id = r.id AND e.batch = run_batch
         ORDER BY EXISTS (SELECT FROM store.entity_key k JOIN store.key_scheme s ON s.scheme = k.scheme AND s.single WHERE k.entity = e.id), e.id
         LIMIT load.propose_limit() * (SELECT count(*) FROM pg_temp.staging_document)
    LOOP
        looked := looked + load.propose_like(fresh.id, fresh.kind, run_batch);
        EXIT WHEN looked > load.propose_looks_in_all();
    END LOOP;
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
