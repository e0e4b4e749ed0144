-- Questions, forecasts, scores, as readers see them.

-- Does a row stand, now or as this store had it at a transaction?
CREATE FUNCTION api.stands(batch int, batch_to int, snapshot bigint) RETURNS bool LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN $3 IS NULL THEN $2 IS NULL
           ELSE EXISTS (SELECT FROM store.tx t WHERE t.batch = $1 AND t.tx <= $3)
                AND NOT EXISTS (SELECT FROM store.tx t WHERE t.batch = $2 AND t.tx <= $3) END
$$;

-- What the crowd thinks: the mean of what each forecaster said last, of those that still stand. One row, which the planner sees: it
-- leaves this out where nobody wants it.
CREATE FUNCTION api.crowd(asked int, at timestamptz, snapshot bigint) RETURNS TABLE (p numeric, forecasters bigint, forecasts bigint) LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT round(avg(l.pmf[2]) FILTER (WHERE cardinality(l.pmf) = 2)::numeric, 4), count(*) FILTER (WHERE l.pmf IS NOT NULL), coalesce(sum(l.n), 0)::bigint
    FROM (SELECT DISTINCT ON (f.forecaster) coalesce(f.pmf, u.pmf) AS pmf, count(*) FILTER (WHERE f.pmf IS NOT NULL OR f.seal IS NOT NULL) OVER (PARTITION BY f.forecaster) AS n
          FROM store.forecast f LEFT JOIN store.unsealing u ON u.forecast = f.id AND api.stands(u.batch, NULL, $3)
          WHERE f.prediction = $1 AND f.claimed_at <= $2 AND api.stands(f.batch, f.batch_to, $3) AND (f.expires_at IS NULL OR f.expires_at > $2)
          ORDER BY f.forecaster, f.claimed_at DESC, f.id DESC) l
$$;

-- A value on the scale of its question, as people write it.
CREATE FUNCTION api.outcome_text(kind text, outcome text, value numeric, option text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN outcome = 'option' THEN option
                WHEN outcome = 'partial' THEN 'partial:' || trim_scale(value)
                WHEN outcome = 'value' AND value IN ('-Infinity', 'Infinity') THEN CASE WHEN value < 0 THEN 'below' ELSE 'above' END
                WHEN outcome = 'value' AND kind = 'date' THEN (date '1970-01-01' + value::int)::text
                WHEN outcome = 'value' THEN trim_scale(value)::text
                ELSE outcome END
$$;

CALL api.define('predictions', $$
    SELECT e.slug AS id, p.kind, p.question,
        CASE WHEN r.step = 'final' AND k.settled THEN 'resolved' WHEN r.step IN ('proposed', 'disputed') THEN r.step
             WHEN p.resolve_by < {now} THEN 'overdue' WHEN p.closes_at <= {now} THEN 'closed' WHEN p.opens_at > {now} THEN 'coming' ELSE 'open' END AS status,
        CASE WHEN r.step IN ('proposed', 'final') THEN api.outcome_text(p.kind, r.outcome, r.value, r.option) END AS outcome,
        c.p AS crowd, c.forecasters, c.forecasts, p.opens_at, p.closes_at, p.resolve_by, r.at AS resolved_at, r.known_at, r.automatic,
        p.spot_at, p.criteria, p.fine_print, p.truth AS source_of_truth, to_jsonb(p.options) AS options, p.low, p.high, p.open_low, p.open_high, p.zero_point, p.unit,
        to_jsonb(p.tags) AS tags, (SELECT jsonb_agg(a.slug ORDER BY a.slug) FROM store.entity a WHERE a.id = ANY (p.about)) AS about, p.criterion, p.vintage,
        to_jsonb(r.claims) AS evidence, to_jsonb(r.documents) AS evidence_documents, r.snapshot AS evidence_snapshot, r.why, r.who AS resolved_by,
        k.effect, p.venue, p.venue_id, p.url, p.who AS asked_by
    FROM store.prediction p
    JOIN store.entity e ON e.id = p.entity
    LEFT JOIN LATERAL (SELECT x.* FROM store.resolution x WHERE x.prediction = p.entity AND {r} ORDER BY x.id DESC LIMIT 1) r ON true
    LEFT JOIN store.outcome_kind k ON k.outcome = r.outcome
    LEFT JOIN LATERAL api.crowd(p.entity, {now}, {snapshot}) c ON true
    WHERE {p}
$$, ARRAY[['{now}', 'now()', 'coalesce(($1 + 1)::timestamptz, now())'], ['{snapshot}', 'NULL', '$2'],
    ['{p}', 'p.batch_to IS NULL', 'api.stands(p.batch, p.batch_to, $2) AND ($1 IS NULL OR p.opens_at < $1 + 1)'],
    ['{r}', 'true', 'api.stands(x.batch, NULL, $2) AND ($1 IS NULL OR x.at < $1 + 1)']]);

COMMENT ON VIEW api.predictions IS 'Questions about the future: what was asked, what the crowd says, how it came out and by which claims';
COMMENT ON COLUMN api.predictions.id IS 'slug of the question';
COMMENT ON COLUMN api.predictions.kind IS 'binary, choice, numeric or date';
COMMENT ON COLUMN api.predictions.question IS 'its text';
COMMENT ON COLUMN api.predictions.status IS 'coming, open, closed, overdue (to be resolved by now), proposed, disputed or resolved';
COMMENT ON COLUMN api.predictions.outcome IS 'yes, no, the option, figure or day that came true, partial:SHARE, annulled, ambiguous, too_early or source_gone';
COMMENT ON COLUMN api.predictions.crowd IS 'mean probability of yes over what each forecaster said last';
COMMENT ON COLUMN api.predictions.forecasters IS 'forecasters whose word stands';
COMMENT ON COLUMN api.predictions.forecasts IS 'forecasts made';
COMMENT ON COLUMN api.predictions.opens_at IS 'forecasts count from then';
COMMENT ON COLUMN api.predictions.closes_at IS 'and until then';
COMMENT ON COLUMN api.predictions.resolve_by IS 'when it is to be resolved';
COMMENT ON COLUMN api.predictions.resolved_at IS 'time of its last step';
COMMENT ON COLUMN api.predictions.known_at IS 'when the outcome was there to be known; scoring ends there';
COMMENT ON COLUMN api.predictions.automatic IS 'settled by its criterion';
COMMENT ON COLUMN api.predictions.spot_at IS 'when spot scores look at what stands; left out: when scoring ends';
COMMENT ON COLUMN api.predictions.criteria IS 'when it counts as come true, in words';
COMMENT ON COLUMN api.predictions.fine_print IS 'what else is to be minded';
COMMENT ON COLUMN api.predictions.source_of_truth IS 'who will know';
COMMENT ON COLUMN api.predictions.options IS 'of a choice, in order';
COMMENT ON COLUMN api.predictions.low IS 'lower end of the range; dates as days since 1970-01-01';
COMMENT ON COLUMN api.predictions.high IS 'upper end';
COMMENT ON COLUMN api.predictions.open_low IS 'it may come out below the range';
COMMENT ON COLUMN api.predictions.open_high IS 'it may come out above';
COMMENT ON COLUMN api.predictions.zero_point IS 'of a log scale';
COMMENT ON COLUMN api.predictions.unit IS 'of the figure';
COMMENT ON COLUMN api.predictions.tags IS 'words to find it by';
COMMENT ON COLUMN api.predictions.about IS 'slugs of the entities it is about';
COMMENT ON COLUMN api.predictions.criterion IS 'expression over the ledger that settles it';
COMMENT ON COLUMN api.predictions.vintage IS 'first: figures as first released; known: as known at the close; latest: as known when settled';
COMMENT ON COLUMN api.predictions.evidence IS 'claims that settled it';
COMMENT ON COLUMN api.predictions.evidence_documents IS 'SHA-256 of the bytes they were read from';
COMMENT ON COLUMN api.predictions.evidence_snapshot IS 'transaction up to which the ledger was asked';
COMMENT ON COLUMN api.predictions.why IS 'reason of the last step';
COMMENT ON COLUMN api.predictions.resolved_by IS 'who took it';
COMMENT ON COLUMN api.predictions.effect IS 'what the outcome does to scores';
COMMENT ON COLUMN api.predictions.venue IS 'where it was asked';
COMMENT ON COLUMN api.predictions.venue_id IS 'under what name there';
COMMENT ON COLUMN api.predictions.url IS 'address there';
COMMENT ON COLUMN api.predictions.asked_by IS 'who typed or brought it in';

CALL api.define('forecasts', $$
    SELECT f.id, e.slug AS prediction, p.question, w.slug AS forecaster, w.kind AS forecaster_kind, f.claimed_at, f.recorded_at, f.expires_at, f.backfilled,
        CASE WHEN coalesce(f.pmf, u.pmf) IS NOT NULL AND f.seal IS NOT NULL THEN 'opened' WHEN f.pmf IS NOT NULL THEN 'forecast' WHEN f.seal IS NOT NULL THEN 'sealed' ELSE 'withdrawal' END AS state,
        CASE WHEN p.kind = 'binary' THEN (coalesce(f.pmf, u.pmf))[2]::numeric END AS p,
        CASE WHEN p.kind = 'choice' THEN (SELECT jsonb_object_agg(o, (coalesce(f.pmf, u.pmf))[i]) FROM unnest(p.options) WITH ORDINALITY AS x (o, i)) ELSE f.spec END AS said,
        f.why, encode(f.seal, 'hex') AS seal
    FROM store.forecast f
    JOIN store.prediction p ON p.entity = f.prediction AND {p}
    JOIN store.entity e ON e.id = f.prediction
    JOIN store.forecaster w ON w.id = f.forecaster
    LEFT JOIN store.unsealing u ON u.forecast = f.id AND {u}
    WHERE {f}
$$, ARRAY[['{p}', 'p.batch_to IS NULL', 'api.stands(p.batch, p.batch_to, $2)'], ['{u}', 'true', 'api.stands(u.batch, NULL, $2)'],
    ['{f}', 'f.batch_to IS NULL', 'api.stands(f.batch, f.batch_to, $2) AND ($1 IS NULL OR f.claimed_at < $1 + 1)']]);

COMMENT ON VIEW api.forecasts IS 'What forecasters said, every time';
COMMENT ON COLUMN api.forecasts.id IS 'number of the forecast';
COMMENT ON COLUMN api.forecasts.prediction IS 'slug of the question';
COMMENT ON COLUMN api.forecasts.question IS 'its text';
COMMENT ON COLUMN api.forecasts.forecaster IS 'who forecast';
COMMENT ON COLUMN api.forecasts.forecaster_kind IS 'person, model, crowd, market or report';
COMMENT ON COLUMN api.forecasts.claimed_at IS 'when it was made, as claimed';
COMMENT ON COLUMN api.forecasts.recorded_at IS 'when this store took it in';
COMMENT ON COLUMN api.forecasts.expires_at IS 'it does not stand after that';
COMMENT ON COLUMN api.forecasts.backfilled IS 'recorded more than five minutes after it was claimed: left out of scores unless asked for';
COMMENT ON COLUMN api.forecasts.state IS 'forecast, withdrawal, sealed or opened';
COMMENT ON COLUMN api.forecasts.p IS 'probability of yes';
COMMENT ON COLUMN api.forecasts.said IS 'of a choice: probability of each option; of a figure or day: quantiles, interval, sample or cdf as given';
COMMENT ON COLUMN api.forecasts.why IS 'the forecaster''s reason';
COMMENT ON COLUMN api.forecasts.seal IS 'SHA-256 of what was sealed';

CALL api.define('scores', $$
    SELECT e.slug AS prediction, w.slug AS forecaster, k.rule, v.value::numeric AS value, s.coverage::numeric AS coverage, s.n, k.baseline, k.version, s.backfilled,
        api.outcome_text(p.kind, r.outcome, r.value, r.option) AS outcome, r.at AS resolved_at,
        l.is_last AND n.is_newest AS standing,
        s.resolution, concat_ws('-', s.resolution, s.forecaster, k.id, CASE WHEN s.backfilled THEN 'b' END) AS id, w.kind AS forecaster_kind, to_jsonb(p.tags) AS tags
    FROM store.score s
    JOIN store.score_set q ON q.id = s.set
    CROSS JOIN LATERAL unnest(q.rules, s.values) v (rule, value)
    JOIN store.score_rule k ON k.id = v.rule
    JOIN store.resolution r ON r.id = s.resolution
    JOIN store.prediction p ON p.entity = s.prediction AND {p}
    JOIN store.entity e ON e.id = s.prediction
    JOIN store.forecaster w ON w.id = s.forecaster
    LEFT JOIN LATERAL (SELECT s.resolution = max(x.id) AS is_last FROM store.resolution x
                       WHERE x.prediction = s.prediction AND x.step IN ('final', 'reopened') AND {x}) l ON true
    LEFT JOIN LATERAL (SELECT s.set = max(y.set) AS is_newest FROM store.score y WHERE y.resolution = s.resolution AND y.backfilled = s.backfilled AND {y}) n ON true
    WHERE v.value IS NOT NULL AND {s}
$$, ARRAY[['{p}', 'p.batch_to IS NULL', 'api.stands(p.batch, p.batch_to, $2)'], ['{x}', 'true', 'api.stands(x.batch, NULL, $2) AND ($1 IS NULL OR x.at < $1 + 1)'],
    ['{y}', 'true', 'api.stands(y.batch, NULL, $2)'], ['{s}', 'true', 'api.stands(s.batch, NULL, $2) AND ($1 IS NULL OR r.at < $1 + 1)']]);

COMMENT ON VIEW api.scores IS 'What forecasts were worth: one forecaster on one question under one rule; those of superseded resolutions are kept, standing says which count';
COMMENT ON COLUMN api.scores.prediction IS 'slug of the question';
COMMENT ON COLUMN api.scores.forecaster IS 'whose';
COMMENT ON COLUMN api.scores.rule IS 'scoring rule: aimarket predict score --list';
COMMENT ON COLUMN api.scores.value IS 'the score; whether high or low is good is the rule''s';
COMMENT ON COLUMN api.scores.coverage IS 'time forecast / time open';
COMMENT ON COLUMN api.scores.n IS 'forecasts it rests on';
COMMENT ON COLUMN api.scores.baseline IS 'what it is measured against';
COMMENT ON COLUMN api.scores.version IS 'version of the rule';
COMMENT ON COLUMN api.scores.backfilled IS 'backfilled forecasts were let in';
COMMENT ON COLUMN api.scores.outcome IS 'scored against this';
COMMENT ON COLUMN api.scores.resolved_at IS 'when that was settled';
COMMENT ON COLUMN api.scores.standing IS 'that resolution stands';
COMMENT ON COLUMN api.scores.resolution IS 'number of the resolution';
COMMENT ON COLUMN api.scores.id IS 'key of the score: resolution, forecaster, rule';
COMMENT ON COLUMN api.scores.forecaster_kind IS 'person, model, crowd, market or report';
COMMENT ON COLUMN api.scores.tags IS 'of the question';
