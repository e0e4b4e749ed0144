-- What is to be scored: questions that came out and have no scores under the resolution that stands.

-- Makes pg_temp.staging_score for this transaction and opens its batch. Times in microseconds, shares and places in millionths.
CREATE FUNCTION load.stage_scores(backfilled bool) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('aimarket score'));
    SET LOCAL work_mem = '128MB';
    CREATE TEMP TABLE staging_score ON COMMIT DROP AS
    SELECT p.entity AS prediction, r.id AS resolution, p.kind, (extract(epoch FROM p.opens_at) * 1000000)::bigint AS opens, (extract(epoch FROM x.ends) * 1000000)::bigint AS closes,
        (extract(epoch FROM p.closes_at) * 1000000)::bigint AS scheduled,
        CASE WHEN p.kind = 'choice' THEN array_position(p.options, r.option) - 1
             WHEN p.kind IN ('numeric', 'date') THEN CASE WHEN x.place < 0 THEN 0 WHEN x.place > 1 THEN 201 ELSE greatest(1, ceil(x.place * 200))::int END ELSE 0 END AS bucket,
        p.open_low::int + p.open_high::int AS bounds,
        (CASE r.outcome WHEN 'yes' THEN 1 WHEN 'partial' THEN r.value ELSE 0 END * 1000000)::bigint AS share,
        (least(greatest(x.place, -1), 2) * 1000000)::bigint AS place, x.ends, stage_scores.backfilled AS backfilled
    FROM store.prediction p
    CROSS JOIN LATERAL (SELECT z.* FROM store.resolution z WHERE z.prediction = p.entity ORDER BY z.id DESC LIMIT 1) r
    JOIN store.outcome_kind k ON k.outcome = r.outcome AND k.scored
    CROSS JOIN LATERAL (SELECT least(p.closes_at, coalesce(r.known_at, p.closes_at)) AS ends,
                               CASE WHEN r.outcome = 'value' THEN load.range_place(p, r.value::float8) END AS place) x
    WHERE p.batch_to IS NULL AND r.step = 'final' AND x.ends > p.opens_at
      AND NOT EXISTS (SELECT FROM store.score s WHERE s.resolution = r.id AND s.backfilled = stage_scores.backfilled);
    ANALYZE pg_temp.staging_score;
    RETURN load.open_batch();
END $$;

-- The number of a rule, made when it is used for the first time.
CREATE FUNCTION load.score_rule(rule text, version int, baseline text) RETURNS smallint LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO store.score_rule (rule, version, baseline) VALUES (score_rule.rule, score_rule.version, score_rule.baseline) ON CONFLICT DO NOTHING;
    RETURN (SELECT r.id FROM store.score_rule r WHERE r.rule = score_rule.rule AND r.version = score_rule.version AND r.baseline = score_rule.baseline);
END $$;
