-- What is to be scored: questions that came out and have no scores by these rules under the resolution that stands.

-- The rules as this program keeps them, [[rule, version, baseline], …], and the number of the whole; made when it is used first.
CREATE FUNCTION load.score_set(kept jsonb) RETURNS smallint LANGUAGE plpgsql AS $$
DECLARE
    numbers smallint[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('aimarket score'));
    INSERT INTO store.score_rule (rule, version, baseline) SELECT k ->> 0, (k ->> 1)::smallint, k ->> 2 FROM jsonb_array_elements(kept) k ON CONFLICT DO NOTHING;
    SELECT array_agg(r.id ORDER BY k.place) INTO numbers FROM jsonb_array_elements(kept) WITH ORDINALITY k (row, place)
      JOIN store.score_rule r ON (r.rule, r.version, r.baseline) = (k.row ->> 0, (k.row ->> 1)::smallint, k.row ->> 2);
    INSERT INTO store.score_set (rules) VALUES (numbers) ON CONFLICT DO NOTHING;
    RETURN (SELECT w.id FROM store.score_set w WHERE w.rules = numbers);
END $$;

-- Makes pg_temp.staging_score for this transaction, of at most so many questions behind one and about a million forecasts, and opens its batch. Times in
-- microseconds, shares and places in millionths.
CREATE FUNCTION load.stage_scores(backfilled bool, rules smallint, behind int, most int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('aimarket score'));
    SET LOCAL work_mem = '128MB';
    CREATE TEMP TABLE staging_score ON COMMIT DROP AS
    SELECT p.entity AS prediction, r.id AS resolution, p.kind, load.micros(p.opens_at) AS opens, load.micros(x.ends) AS closes, load.micros(p.closes_at) AS scheduled,
        CASE WHEN p.kind = 'choice' THEN array_position(p.options, r.option) - 1
             -- the upper edge belongs to its bucket; a hair of rounding must not lift it into the next
             WHEN p.kind IN ('numeric', 'date') THEN CASE WHEN x.place < 0 THEN 0 WHEN x.place > 1 THEN 201 ELSE greatest(1, ceil(x.place * 200 - 1e-10))::int END ELSE 0 END AS bucket,
        p.open_low::int + p.open_high::int AS bounds,
        (CASE r.outcome WHEN 'yes' THEN 1 WHEN 'partial' THEN r.value ELSE 0 END * 1000000)::bigint AS share,
        (least(greatest(x.place, -1), 2) * 1000000)::bigint AS place, load.micros(least(p.spot_at, x.ends)) AS spot, x.ends, stage_scores.backfilled AS backfilled
    FROM store.prediction p
    CROSS JOIN LATERAL (SELECT z.* FROM store.resolution z WHERE z.prediction = p.entity ORDER BY z.id DESC LIMIT 1) r
    JOIN store.outcome_kind k ON k.outcome = r.outcome AND k.scored
    CROSS JOIN LATERAL (SELECT least(p.closes_at, coalesce(r.known_at, p.closes_at)) AS ends,
                               CASE WHEN r.outcome = 'value' THEN load.range_place(p, r.value::float8) END AS place) x
    WHERE p.batch_to IS NULL AND r.step = 'final' AND x.ends > p.opens_at AND p.entity > behind
      AND NOT EXISTS (SELECT FROM store.score s WHERE s.resolution = r.id AND s.backfilled = stage_scores.backfilled AND s.set = stage_scores.rules)
    ORDER BY p.entity LIMIT most;
    -- what is in memory at once stays small however many forecast: no further question once there are a million forecasts
    DELETE FROM pg_temp.staging_score s
     USING (SELECT q.prediction, sum(q.n) OVER (ORDER BY q.prediction) - q.n AS before
              FROM (SELECT x.prediction, (SELECT count(*) FROM store.forecast f WHERE f.prediction = x.prediction) AS n FROM pg_temp.staging_score x) q) c
     WHERE c.prediction = s.prediction AND c.before >= 1000000;
    ANALYZE pg_temp.staging_score;
    RETURN load.open_batch();
END $$;
CREATE FUNCTION load.micros(t timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT (extract(epoch FROM t) * 1000000)::bigint $$;
