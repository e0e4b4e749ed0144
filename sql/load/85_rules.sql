-- Judgements that rules make. A rule's judgement bears its name (who = rule:NAME), says why, and stands as long as what it rests on:
-- when the finding is gone, so is the judgement. A person outranks it: a claim that anybody has judged is never judged by a rule,
-- and a person's verdict closes that of a rule like any other.
--
-- Made at the end of each load for the subjects it touched (load.finish), with every change to one claim (load.claim_changed), and for
-- the whole store by `aimarket check --judge`. Computed from claims, they are made again by a rebuild and are no part of the fingerprint.
--
-- What is found is deprecated, so that it is only shown when nothing else is left, and then as contested:
--   same-number-on-owner (api.same_number_on_owner): the very same figure, for a product and for its owner, where the owner's comes
--   from a better source: the product's
--   amended-same-day, part-for-whole, scale-slip (api.filing_slips): slips of filers that other claims about the fact prove

-- What rules have judged of these subjects and series (NULL: of all), and stands.
CREATE FUNCTION load.standing_by_rules(subjects int[], asked int[]) RETURNS TABLE (claim bigint, subject int, series int, who text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    IF subjects IS DISTINCT FROM '{}' THEN
        RETURN QUERY
            SELECT j.claim, j.subject, (SELECT o.series FROM store.observation o WHERE o.id = j.claim AND o.subject = j.subject), j.who
              FROM store.judgement j
             WHERE j.who = 'rule:same-number-on-owner' AND j.batch_to IS NULL
               AND (subjects IS NULL OR j.subject = ANY (subjects)
                    OR EXISTS (SELECT FROM store.statement t WHERE t.subject = j.subject AND t.object = ANY (subjects)));
    END IF;
    RETURN QUERY SELECT j.claim, j.subject, j.series, j.who FROM api.judged_slips(asked) j;
END $$;

-- Judges within a batch of the caller's; subjects and series: those a load touched, NULL: all. Returns how many judgements it made
-- or ended.
CREATE FUNCTION load.apply_rules(run_batch int, subjects int[], series int[]) RETURNS int LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    c record;
    claims bigint[] := '{}';
    abouts int[] := '{}';
    series_ids int[] := '{}';
    deals int[];
BEGIN
    FOR c IN
        WITH found AS MATERIALIZED (
            SELECT DISTINCT ON (a.claim) a.*
              FROM (SELECT s.claim, s.subject, s.series, 'rule:same-number-on-owner' AS who, s.why FROM api.same_number_on_owner(apply_rules.subjects) s
                    UNION ALL
                    SELECT s.claim, s.subject, s.series, 'rule:' || s.rule, s.why FROM api.filing_slips(apply_rules.series) s) a
             ORDER BY a.claim, a.who
        )
        SELECT coalesce(f.claim, s.claim) AS claim, coalesce(f.subject, s.subject) AS subject, coalesce(f.series, s.series) AS series, f.who, f.why
          FROM found f FULL JOIN load.standing_by_rules(apply_rules.subjects, apply_rules.series) s ON s.claim = f.claim AND s.who = f.who
         WHERE f.claim IS NULL
            OR (s.claim IS NULL AND NOT EXISTS (SELECT FROM store.judgement j WHERE j.claim = f.claim AND j.who NOT LIKE 'rule:%'))
         ORDER BY 1, f.why NULLS FIRST      -- what ends goes before what takes its place
    LOOP
        PERFORM pg_advisory_xact_lock(hashtext('aimarket subject'), c.subject & 63);
        IF c.why IS NULL THEN
            UPDATE store.judgement j SET batch_to = run_batch WHERE j.claim = c.claim AND j.batch_to IS NULL;
        ELSE
            INSERT INTO store.judgement (claim, shape, subject, verdict, why, who, batch)
                VALUES (c.claim, 'o', c.subject, 'deprecated', c.why, c.who, run_batch);
        END IF;
        claims := claims || c.claim;
        abouts := abouts || c.subject;
        series_ids := series_ids || c.series;
    END LOOP;
    IF claims <> '{}' THEN
        PERFORM load.refresh_figures(claims, abouts, series_ids);
        SELECT array_agg(e.id) INTO deals FROM store.entity e WHERE e.id = ANY (abouts) AND e.kind = 'deal';
        IF deals IS NOT NULL THEN
            PERFORM load.refresh_deals(deals);
        END IF;
    END IF;
    RETURN cardinality(claims);
END $$;

-- For a load: what its document touched and is said to belong to something, or to own it; and those of its series that have a contested
-- fact: of new series store.fact_change tells, for the load has settled their facts itself (feeds/load_settle.c). Most do neither, and
-- pay some looks into small indexes.
CREATE FUNCTION load.apply_rules_to_load(run_batch int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    ties CONSTANT text[] := ARRAY['parent', 'product_of', 'developer', 'made_by'];
    touched int[];
    contested int[];
BEGIN
    SELECT array_agg(s.id) INTO contested
      FROM (SELECT id, subject FROM pg_temp.staging_series UNION SELECT series, subject FROM pg_temp.staging_touched
            UNION SELECT c.series, r.subject FROM store.fact_change c JOIN store.series r ON r.id = c.series WHERE c.batch = run_batch) s
     WHERE EXISTS (SELECT FROM store.fact f WHERE f.series = s.id AND f.disputed OFFSET 0)
        OR EXISTS (SELECT FROM store.judgement j WHERE j.subject = s.subject AND j.who LIKE 'rule:%' AND j.batch_to IS NULL OFFSET 0);
    SELECT array_agg(t.id) INTO touched
      FROM (SELECT s.id FROM pg_temp.staging_subject s WHERE s.id IS NOT NULL
            UNION SELECT r.id FROM pg_temp.staging_statement s JOIN pg_temp.staging_ref r ON r.ref IN (s.entity, s.object)
                   WHERE s.property = ANY (ties)) t
     WHERE EXISTS (SELECT FROM store.statement o WHERE o.subject = t.id AND o.property = ANY (ties) OFFSET 0)
        OR EXISTS (SELECT FROM store.statement o WHERE o.object = t.id AND o.property = ANY (ties) OFFSET 0);
    RETURN CASE WHEN touched IS NULL AND contested IS NULL THEN 0 ELSE load.apply_rules(run_batch, coalesce(touched, '{}'), coalesce(contested, '{}')) END;
END $$;

-- For the whole store, in a transaction of its own.
CREATE FUNCTION load.judge_by_rules(tool text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    run_batch int := load.open_batch();
    changed int := load.apply_rules(run_batch, NULL, NULL);
BEGIN
    IF changed > 0 THEN
        PERFORM load.close_batch(run_batch, tool, format('rules made or ended %s judgements', changed), 'rules');
    END IF;
    RETURN changed;
END $$;
