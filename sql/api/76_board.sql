-- Who was worth what: leaderboards, records, pairs of forecasters on the questions they share. They rest on scores that stand: those
-- of the resolution that stands, by the newest set of rules it was scored with.

-- How each question came out, as it stands: the last final resolution that was not reopened. r NULL: it has not.
CREATE FUNCTION api.standing_outcomes() RETURNS TABLE (prediction int, kind text, tags text[], opens_at timestamptz, resolve_by timestamptz, resolution bigint, outcome text,
    value numeric, settled bool) LANGUAGE sql STABLE AS $$
    SELECT p.entity, p.kind, p.tags, p.opens_at, p.resolve_by, r.id, r.outcome, r.value, coalesce(k.settled, false)
    FROM store.prediction p
    LEFT JOIN LATERAL (SELECT z.* FROM store.resolution z WHERE z.prediction = p.entity AND z.step IN ('final', 'reopened') ORDER BY z.id DESC LIMIT 1) r ON r.step = 'final'
    LEFT JOIN store.outcome_kind k ON k.outcome = r.outcome
    WHERE p.batch_to IS NULL
$$;

-- The scores under one rule that stand.
CREATE FUNCTION api.standing_scores(rule text, backfilled bool) RETURNS TABLE (prediction int, forecaster int, value float8, coverage float8, n int, baseline text)
LANGUAGE sql STABLE AS $$
    WITH ruled AS (
        SELECT q.id AS set, r.place, k.baseline FROM store.score_set q, unnest(q.rules) WITH ORDINALITY r (rule, place) JOIN store.score_rule k ON k.id = r.rule WHERE k.rule = standing_scores.rule
    ), scored AS MATERIALIZED (
        SELECT o.resolution, (SELECT max(y.set) FROM store.score y WHERE y.resolution = o.resolution AND y.backfilled = standing_scores.backfilled) AS set
        FROM api.standing_outcomes() o WHERE o.resolution IS NOT NULL
    )
    SELECT s.prediction, s.forecaster, s.values[w.place], s.coverage, s.n, w.baseline
    FROM scored c JOIN store.score s ON s.resolution = c.resolution AND s.set = c.set JOIN ruled w ON w.set = c.set
    WHERE s.backfilled = standing_scores.backfilled AND s.values[w.place] IS NOT NULL
$$;

-- Rules of which more is better; of the others less is.
CREATE FUNCTION api.higher_is_better(rule text) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT rule LIKE 'metaculus\_%' OR rule = 'spherical' $$;

-- asked, resolved and overdue count every question somebody ever forecast on: who only shows what went well is seen by that.
CREATE FUNCTION api.leaderboard(rule text, backfilled bool, tag text, fewest int, now timestamptz)
RETURNS TABLE (forecaster text, kind text, mean numeric, scored bigint, coverage numeric, forecasts bigint, asked bigint, resolved bigint, resolved_share numeric, overdue bigint, baseline text,
    questions int[], scores float8[]) LANGUAGE sql STABLE SET work_mem = '64MB' AS $$
    WITH outcome AS MATERIALIZED (
        SELECT * FROM api.standing_outcomes() o WHERE leaderboard.tag IS NULL OR leaderboard.tag = ANY (o.tags)
    ), mean AS (
        SELECT s.forecaster, avg(s.value) AS mean, count(*) AS scored, avg(s.coverage) AS coverage, sum(s.n) AS n, min(s.baseline) AS baseline,
               array_agg(s.prediction ORDER BY s.prediction) AS questions, array_agg(s.value ORDER BY s.prediction) AS scores
          FROM api.standing_scores(leaderboard.rule, leaderboard.backfilled) s WHERE leaderboard.tag IS NULL OR s.prediction IN (SELECT o.prediction FROM outcome o)
         GROUP BY s.forecaster HAVING count(*) >= fewest
    ), record AS (
        SELECT f.forecaster, count(*) AS asked, count(*) FILTER (WHERE o.settled) AS resolved,
               count(*) FILTER (WHERE NOT o.settled AND o.resolve_by < coalesce(leaderboard.now, now())) AS overdue
          FROM (SELECT DISTINCT f.forecaster, f.prediction FROM store.forecast f WHERE f.batch_to IS NULL) f JOIN outcome o ON o.prediction = f.prediction
         GROUP BY f.forecaster
    )
    SELECT w.slug, w.kind, round(m.mean::numeric, 4), m.scored, round(m.coverage::numeric, 3), m.n, d.asked, d.resolved, round(d.resolved::numeric / d.asked, 3), d.overdue, m.baseline,
           m.questions, m.scores
      FROM mean m JOIN store.forecaster w ON w.id = m.forecaster JOIN record d ON d.forecaster = m.forecaster
     ORDER BY m.mean * CASE WHEN api.higher_is_better(leaderboard.rule) THEN -1 ELSE 1 END, w.slug
$$;

-- The record of each forecaster by the year of the questions, and what it said of them itself (own_…), where it did.
CREATE FUNCTION api.record_by_year(whom text, backfilled bool) RETURNS TABLE (forecaster text, year int, predictions bigint, settled bigint, came_true bigint, did_not bigint, partly bigint,
    unsettled bigint, hit_rate numeric, own_yes bigint, own_no bigint, own_other bigint, brier numeric) LANGUAGE sql STABLE SET work_mem = '64MB' AS $$
    WITH question AS MATERIALIZED (
        SELECT o.prediction, extract(year FROM o.opens_at)::int AS year, o.outcome, o.value, o.settled, v.code AS own
          FROM api.standing_outcomes() o
          LEFT JOIN (SELECT DISTINCT ON (t.subject) t.subject, t.code FROM store.statement t WHERE t.property = 'outcome' AND t.batch_to IS NULL ORDER BY t.subject, t.tier, t.id) v
                 ON v.subject = o.prediction
    ), said AS (
        SELECT f.forecaster, q.year, count(*) AS n, count(*) FILTER (WHERE q.settled) AS settled, count(*) FILTER (WHERE q.outcome = 'yes') AS yes, count(*) FILTER (WHERE q.outcome = 'no') AS no,
               count(*) FILTER (WHERE q.outcome = 'partial') AS partly, sum(CASE q.outcome WHEN 'yes' THEN 1 WHEN 'partial' THEN q.value ELSE 0 END) AS hits,
               count(*) FILTER (WHERE q.own = 'yes') AS own_yes, count(*) FILTER (WHERE q.own = 'no') AS own_no, count(*) FILTER (WHERE q.own NOT IN ('yes', 'no')) AS own_other
          FROM (SELECT DISTINCT f.forecaster, f.prediction FROM store.forecast f WHERE f.batch_to IS NULL) f JOIN question q ON q.prediction = f.prediction
         GROUP BY f.forecaster, q.year
    ), score AS (
        SELECT s.forecaster, q.year, avg(s.value) AS brier FROM api.standing_scores('brier_binary', record_by_year.backfilled) s JOIN question q ON q.prediction = s.prediction
         GROUP BY s.forecaster, q.year
    )
    SELECT w.slug, f.year, f.n, f.settled, f.yes, f.no, f.partly, f.n - f.settled, round(f.hits / nullif(f.yes + f.no + f.partly, 0), 3), f.own_yes, f.own_no, f.own_other,
           round(s.brier::numeric, 4)
      FROM said f JOIN store.forecaster w ON w.id = f.forecaster LEFT JOIN score s ON s.forecaster = f.forecaster AND s.year = f.year
     WHERE whom IS NULL OR w.slug = load.slug(whom) ORDER BY w.slug, f.year
$$;

-- What two forecasters got on the questions both were scored on, in the order of their close.
CREATE FUNCTION api.score_pairs(rule text, backfilled bool, a text, b text) RETURNS TABLE (prediction int, score_a float8, score_b float8, higher bool) LANGUAGE sql STABLE AS $$
    SELECT p.entity, x.a, x.b, api.higher_is_better(score_pairs.rule)
      FROM (SELECT s.prediction, max(s.value) FILTER (WHERE w.slug = load.slug(score_pairs.a)) AS a, max(s.value) FILTER (WHERE w.slug = load.slug(score_pairs.b)) AS b
              FROM api.standing_scores(score_pairs.rule, score_pairs.backfilled) s JOIN store.forecaster w ON w.id = s.forecaster
             WHERE w.slug IN (load.slug(score_pairs.a), load.slug(score_pairs.b)) GROUP BY s.prediction) x
      JOIN store.prediction p ON p.entity = x.prediction AND p.batch_to IS NULL
     WHERE x.a IS NOT NULL AND x.b IS NOT NULL ORDER BY p.closes_at, p.entity
$$;
