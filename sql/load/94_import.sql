-- Questions, forecasts and resolutions from elsewhere. Each form is read into one normal shape, a row a question:
--   question    as load.prediction_from takes it, with venue and venue_id
--   forecasts   [{by, kind, at, expires, said, why}, …]
--   resolution  {outcome, known, why} or NULL
-- What comes in this way is backfilled: the venue vouches for its times, this store cannot.

CREATE FUNCTION load.ms(t text) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT to_timestamp(t::numeric / 1000) $$;

-- A document is one record, a list of them, or an object that holds the list.
CREATE FUNCTION load.records_of(doc jsonb, member text) RETURNS SETOF jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_array_elements(CASE WHEN jsonb_typeof(doc) = 'array' THEN doc WHEN jsonb_typeof(doc -> member) = 'array' THEN doc -> member ELSE jsonb_build_array(doc) END)
$$;

CREATE FUNCTION load.form_manifold(doc jsonb) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('venue', 'manifold', 'venue_id', m ->> 'id', 'url', m ->> 'url', 'question', m ->> 'question', 'opens_at', load.ms(m ->> 'createdTime'),
               'closes_at', load.ms(m ->> 'closeTime'), 'extra', jsonb_build_object('record', m)),
           CASE WHEN m ->> 'isResolved' = 'true' OR NOT m ? 'probability' THEN '[]' ELSE jsonb_build_array(jsonb_build_object('by', 'manifold', 'kind', 'market',
               'at', coalesce(load.ms(m ->> 'lastUpdatedTime'), now()), 'said', jsonb_build_object('p', m -> 'probability'))) END,
           CASE WHEN m ->> 'isResolved' = 'true' THEN jsonb_build_object('outcome', CASE m ->> 'resolution' WHEN 'YES' THEN 'yes' WHEN 'NO' THEN 'no' WHEN 'CANCEL' THEN 'annulled'
               ELSE 'partial:' || (m ->> 'resolutionProbability') END, 'known', load.ms(m ->> 'resolutionTime'), 'why', 'as resolved on Manifold') END
    FROM load.records_of(doc, 'markets') m WHERE m ->> 'outcomeType' = 'BINARY'
$$;

CREATE FUNCTION load.form_metaculus(doc jsonb) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('venue', 'metaculus', 'venue_id', m ->> 'id', 'question', m ->> 'title', 'opens_at', q ->> 'open_time', 'closes_at',
               coalesce(q ->> 'actual_close_time', q ->> 'scheduled_close_time'), 'resolve_by', greatest((q ->> 'scheduled_resolve_time')::timestamptz, (q ->> 'actual_close_time')::timestamptz),
               'extra', jsonb_build_object('record', m)),
           coalesce((SELECT jsonb_agg(jsonb_build_object('by', 'metaculus', 'kind', 'crowd', 'at', to_timestamp((h ->> 'start_time')::numeric), 'said', jsonb_build_object('p', h -> 'centers' -> 0)))
                     FROM jsonb_array_elements(q -> 'aggregations' -> 'recency_weighted' -> 'history') h), '[]'),
           CASE WHEN q ->> 'resolution' IN ('yes', 'no', 'annulled', 'ambiguous') THEN jsonb_build_object('outcome', q ->> 'resolution', 'known',
               coalesce(q ->> 'actual_resolve_time', q ->> 'actual_close_time'), 'why', 'as resolved on Metaculus') END
    FROM load.records_of(doc, 'results') m, LATERAL (SELECT m -> 'question') x (q) WHERE q ->> 'type' = 'binary'
$$;

CREATE FUNCTION load.form_polymarket(doc jsonb) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('venue', 'polymarket', 'venue_id', m ->> 'id', 'question', m ->> 'question', 'truth', m ->> 'resolutionSource', 'opens_at', m ->> 'createdAt',
               'closes_at', greatest((m ->> 'endDate')::timestamptz, (m ->> 'closedTime')::timestamptz), 'extra', jsonb_build_object('record', m)),
           CASE WHEN m ->> 'umaResolutionStatus' = 'resolved' THEN '[]' ELSE jsonb_build_array(jsonb_build_object('by', 'polymarket', 'kind', 'market', 'at',
               coalesce(m ->> 'updatedAt', now()::text), 'said', jsonb_build_object('p', ((m ->> 'outcomePrices')::jsonb ->> 0)::numeric))) END,
           CASE WHEN m ->> 'umaResolutionStatus' = 'resolved' THEN jsonb_build_object('outcome', CASE ((m ->> 'outcomePrices')::jsonb ->> 0)::numeric WHEN 1 THEN 'yes' WHEN 0 THEN 'no'
               ELSE 'partial:' || ((m ->> 'outcomePrices')::jsonb ->> 0) END, 'known', coalesce(m ->> 'umaEndDate', m ->> 'closedTime'), 'why', 'as resolved on Polymarket') END
    FROM load.records_of(doc, 'markets') m WHERE (m ->> 'outcomes')::jsonb = '["Yes", "No"]'
$$;

CREATE FUNCTION load.form_predictionbook(doc jsonb) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('venue', 'predictionbook', 'venue_id', m ->> 'number', 'question', m ->> 'event', 'opens_at', m ->> 'time_created', 'closes_at', m ->> 'time_known',
               'extra', jsonb_build_object('record', m)),
           coalesce((SELECT jsonb_agg(jsonb_build_object('by', 'predictionbook ' || (r ->> 'user'), 'kind', 'person', 'at', r ->> 'time', 'said',
               jsonb_build_object('p', (r ->> 'credence')::numeric / 100))) FROM jsonb_array_elements(m -> 'responses') r WHERE r ? 'credence'), '[]'),
           CASE WHEN m ->> 'outcome' IN ('right', 'wrong') THEN jsonb_build_object('outcome', CASE m ->> 'outcome' WHEN 'right' THEN 'yes' ELSE 'no' END, 'known', m ->> 'time_known',
               'why', 'as judged on PredictionBook') END
    FROM load.records_of(doc, 'predictions') m
$$;

-- A question set gives market questions with the crowd's value when frozen; a resolution set settles those that are there.
CREATE FUNCTION load.form_forecastbench(doc jsonb) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('venue', 'forecastbench', 'venue_id', (m ->> 'source') || '/' || (m ->> 'id'), 'url', m ->> 'url', 'question', m ->> 'question', 'criteria', m ->> 'resolution_criteria',
               'opens_at', m ->> 'market_info_open_datetime', 'closes_at', m ->> 'market_info_close_datetime', 'extra', jsonb_build_object('record', m)),
           jsonb_build_array(jsonb_build_object('by', m ->> 'source', 'kind', CASE WHEN m ->> 'source' IN ('manifold', 'polymarket') THEN 'market' ELSE 'crowd' END,
               'at', m ->> 'freeze_datetime', 'said', jsonb_build_object('p', (m ->> 'freeze_datetime_value')::numeric))),
           NULL::jsonb
    FROM load.records_of(doc, 'questions') m
    WHERE doc ? 'questions' AND m ->> 'source' IN ('manifold', 'metaculus', 'polymarket', 'infer') AND m ->> 'freeze_datetime_value' ~ '^[0-9.eE-]+$'
      AND jsonb_typeof(m -> 'id') = 'string' AND m ->> 'market_info_close_datetime' ~ '^[0-9]{4}' AND m ->> 'market_info_open_datetime' ~ '^[0-9]{4}'
    UNION ALL
    SELECT jsonb_build_object('venue', 'forecastbench', 'venue_id', (m ->> 'source') || '/' || (m ->> 'id')), '[]',
           jsonb_build_object('outcome', CASE (m ->> 'resolved_to')::numeric WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'partial:' || (m ->> 'resolved_to') END,
               'known', (m ->> 'resolution_date') || ' 23:59:59', 'why', 'as resolved by ForecastBench')
    FROM (SELECT DISTINCT ON (m ->> 'source', m ->> 'id') m FROM load.records_of(doc, 'resolutions') m
          WHERE doc ? 'resolutions' AND m ->> 'resolved' = 'true' AND m ->> 'resolved_to' IS NOT NULL AND jsonb_typeof(m -> 'id') = 'string'
            AND m ->> 'source' IN ('manifold', 'metaculus', 'polymarket', 'infer') ORDER BY m ->> 'source', m ->> 'id', m ->> 'resolution_date') d (m)
$$;

-- Predictions of reports that the ledger holds as claims. A report asserts without a probability: taken as 0.9, and said so. A verdict is
-- taken over when a named source gives it; the others stay for a person to settle.
CREATE FUNCTION load.form_ledger(doc jsonb) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', e.slug, 'venue', 'ledger', 'venue_id', e.slug, 'question', t.text, 'opens_at', y.first, 'closes_at', y.first + interval '1 year', 'tags', jsonb_build_array('report')),
           jsonb_build_array(jsonb_build_object('by', regexp_replace(r.name, ' [0-9]{4}$', ''), 'kind', 'report', 'at', y.first, 'said', '{"p": 0.9}'::jsonb,
               'why', 'asserted without a probability; taken as 0.9')),
           CASE WHEN v.id IS NOT NULL THEN jsonb_build_object('outcome', CASE v.code WHEN 'partly' THEN 'partial:0.5' ELSE v.code END, 'known', y.first + interval '1 year',
               'why', 'verdict of ' || v.publisher, 'claims', jsonb_build_array('s:' || v.id)) END
    FROM store.entity e
    JOIN LATERAL (SELECT s.text FROM store.statement s WHERE s.subject = e.id AND s.property = 'prediction' AND s.batch_to IS NULL ORDER BY s.tier, s.id LIMIT 1) t ON true
    JOIN LATERAL (SELECT s.object, s.period_start FROM store.statement s WHERE s.subject = e.id AND s.property = 'made_in' AND s.batch_to IS NULL ORDER BY s.tier, s.id LIMIT 1) m ON true
    JOIN store.entity r ON r.id = m.object
    CROSS JOIN LATERAL (SELECT (date_trunc('year', m.period_start::timestamp) + interval '9 months') AT TIME ZONE 'UTC' AS first) y
    LEFT JOIN LATERAL (SELECT s.id, s.code, p.name AS publisher FROM store.statement s JOIN store.source w ON w.id = s.source JOIN store.publisher p ON p.id = w.publisher
                       WHERE s.subject = e.id AND s.property = 'outcome' AND s.batch_to IS NULL AND s.code IN ('yes', 'no', 'partly') AND p.slug <> 'unsourced' ORDER BY s.tier, s.id LIMIT 1) v ON true
    WHERE e.kind = 'prediction'
$$;

-- One question with its forecasts, known ones left alone. Returns what was added.
CREATE FUNCTION load.import_one(ask jsonb, sayings jsonb, verdict jsonb, who text, run_batch int, now timestamptz, OUT asked int, OUT said int, OUT refused int, OUT why text)
LANGUAGE plpgsql AS $$
DECLARE
    p store.prediction;
    f jsonb;
    speaker int;
    last store.resolution;
BEGIN
    asked := 0; said := 0; refused := 0;
    SELECT q.* INTO p FROM store.prediction q WHERE q.venue = ask ->> 'venue' AND q.venue_id = ask ->> 'venue_id' AND q.batch_to IS NULL;
    IF p.entity IS NULL THEN
        IF NOT ask ? 'question' THEN       -- a resolution of what was never asked here
            RETURN;
        END IF;
        p := load.prediction_from(ask, NULL);
        p.entity := load.insert_prediction(p, ask ->> 'id', who, run_batch);
        asked := 1;
    END IF;
    FOR f IN SELECT jsonb_array_elements(sayings) LOOP
        BEGIN
            speaker := load.forecaster(f ->> 'by', f ->> 'kind', run_batch);
            CONTINUE WHEN EXISTS (SELECT FROM store.forecast x WHERE x.prediction = p.entity AND x.forecaster = speaker AND x.claimed_at = (f ->> 'at')::timestamptz);
            IF (f ->> 'at')::timestamptz < p.opens_at THEN
                PERFORM load.refuse('before-open', format('made %s, the question opens %s', f ->> 'at', p.opens_at));
            ELSIF (f ->> 'at')::timestamptz >= p.closes_at THEN
                PERFORM load.refuse('after-close', format('made %s, the question closed %s', f ->> 'at', p.closes_at));
            END IF;
            INSERT INTO store.forecast (prediction, forecaster, claimed_at, recorded_at, expires_at, backfilled, pmf, spec, why, batch)
                VALUES (p.entity, speaker, (f ->> 'at')::timestamptz, now, (f ->> 'expires')::timestamptz, load.is_backfilled((f ->> 'at')::timestamptz, now), load.pmf(p, f -> 'said'),
                        CASE WHEN p.kind IN ('numeric', 'date') THEN f -> 'said' END, f ->> 'why', run_batch);
            said := said + 1;
        EXCEPTION WHEN invalid_parameter_value THEN
            refused := refused + 1; import_one.why := SQLERRM;
        END;
    END LOOP;
    last := load.standing(p.entity, NULL);
    IF verdict IS NOT NULL AND last.id IS NULL THEN
        last := jsonb_populate_record(NULL::store.resolution, jsonb_build_object('prediction', p.entity, 'step', 'proposed', 'known_at', verdict ->> 'known', 'waits_until', now,
            'claims', coalesce(verdict -> 'claims', '[]'), 'who', who, 'why', verdict ->> 'why', 'at', now,
            'outcome', CASE WHEN verdict ->> 'outcome' LIKE 'partial:%' THEN 'partial' ELSE verdict ->> 'outcome' END,
            'value', CASE WHEN verdict ->> 'outcome' LIKE 'partial:%' THEN substr(verdict ->> 'outcome', 9) END));
        PERFORM load.add_resolution(last, run_batch);
        last.step := 'final';
        PERFORM load.add_resolution(last, run_batch);
    END IF;
END $$;

CREATE FUNCTION load.import_predictions(form text, doc jsonb, who text, tool text, now timestamptz, OUT questions bigint, OUT asked bigint, OUT forecasts bigint, OUT refused bigint,
                                        OUT why text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    run_batch int := load.open_batch();
    at timestamptz := coalesce(now, clock_timestamp());
    q record;
    one record;
BEGIN
    questions := 0; asked := 0; forecasts := 0; refused := 0;
    FOR q IN SELECT * FROM load.form_manifold(doc) WHERE form = 'manifold' UNION ALL SELECT * FROM load.form_metaculus(doc) WHERE form = 'metaculus'
             UNION ALL SELECT * FROM load.form_polymarket(doc) WHERE form = 'polymarket' UNION ALL SELECT * FROM load.form_predictionbook(doc) WHERE form = 'predictionbook'
             UNION ALL SELECT * FROM load.form_forecastbench(doc) WHERE form = 'forecastbench' UNION ALL SELECT * FROM load.form_ledger(doc) WHERE form = 'ledger' LOOP
        questions := questions + 1;
        BEGIN
            SELECT * INTO one FROM load.import_one(q.question, q.forecasts, q.resolution, who, run_batch, at);
            asked := asked + one.asked; forecasts := forecasts + one.said; refused := refused + one.refused; why := coalesce(why, one.why);
        EXCEPTION WHEN invalid_parameter_value THEN
            refused := refused + 1; why := coalesce(why, SQLERRM);
        END;
    END LOOP;
    PERFORM load.close_batch(run_batch, tool, format('imported questions from %s', form), who);
END $$;
