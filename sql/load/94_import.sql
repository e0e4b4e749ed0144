-- Questions, forecasts and resolutions from elsewhere. Each form is read record by record into one normal shape:
--   question    as load.prediction_from takes it, with venue and venue_id
--   forecasts   [{by, kind, at, expires, said, seal, why}, …]; said null and no seal: a withdrawal
--   resolution  {outcome, known, why} or NULL; or, of our own form, every step
-- seen is when the record was fetched: what it says without a time of its own, it says of then. What claims an earlier time is
-- backfilled: the venue vouches for it, this store cannot.

CREATE FUNCTION load.ms(t text) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT to_timestamp(t::numeric / 1000) $$;

-- The records of a document: one record, a list of them, or an object that holds the list.
CREATE FUNCTION load.records_of(form text, doc jsonb) RETURNS SETOF jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT r FROM (SELECT jsonb_array_elements(CASE WHEN jsonb_typeof(doc) = 'array' THEN doc ELSE coalesce(
               (SELECT doc -> m FROM unnest(ARRAY['markets', 'results', 'items', 'questions', 'resolutions', 'predictions']) m
                 WHERE jsonb_typeof(doc -> m) = 'array' AND (m <> 'questions' OR NOT doc ? 'question') LIMIT 1), jsonb_build_array(doc)) END) AS r) x
    ORDER BY r ->> 'resolution_date' NULLS FIRST
$$;

CREATE FUNCTION load.refuse_record(what text) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    PERFORM load.refuse('form', what);
    RETURN NULL;
END $$;

-- Probabilities by name that sum to 1, of weights that nearly do.
CREATE FUNCTION load.shares(names jsonb, weights jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_object_agg(n, round(w / total, 9)) FROM (
        SELECT n, w::numeric AS w, sum(w::numeric) OVER () AS total FROM jsonb_array_elements_text(names) WITH ORDINALITY a (n, i) JOIN jsonb_array_elements_text(weights) WITH ORDINALITY b (w, i) USING (i)) x
$$;

CREATE FUNCTION load.form_manifold(m jsonb, seen timestamptz) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    WITH choice AS (
        SELECT jsonb_agg(a -> 'text' ORDER BY a ->> 'index', a ->> 'text') AS names, jsonb_agg(a -> 'probability' ORDER BY a ->> 'index', a ->> 'text') AS shares,
               max(a ->> 'text') FILTER (WHERE a ->> 'id' = m ->> 'resolution') AS won FROM jsonb_array_elements(CASE WHEN jsonb_typeof(m -> 'answers') = 'array' THEN m -> 'answers' END) a
    )
    SELECT jsonb_strip_nulls(jsonb_build_object('venue', 'manifold', 'venue_id', m ->> 'id', 'url', m ->> 'url', 'question', m ->> 'question', 'criteria', m ->> 'textDescription',
               'opens_at', load.ms(m ->> 'createdTime'), 'closes_at', load.ms(m ->> 'closeTime'),
               'kind', CASE m ->> 'outcomeType' WHEN 'BINARY' THEN 'binary' WHEN 'MULTIPLE_CHOICE' THEN 'choice' END, 'options', c.names)),
           CASE WHEN m ->> 'isResolved' = 'true' OR (c.names IS NULL AND NOT m ? 'probability') THEN '[]' ELSE jsonb_build_array(jsonb_build_object('by', 'manifold', 'kind', 'market',
               'at', coalesce(seen, load.ms(m ->> 'lastUpdatedTime')), 'said', jsonb_build_object('p', CASE WHEN c.names IS NULL THEN m -> 'probability' ELSE load.shares(c.names, c.shares) END))) END,
           CASE WHEN m ->> 'isResolved' = 'true' THEN jsonb_build_object('outcome', CASE WHEN m ->> 'resolution' = 'YES' THEN 'yes' WHEN m ->> 'resolution' = 'NO' THEN 'no'
               WHEN m ->> 'resolution' = 'CANCEL' THEN 'annulled' WHEN c.names IS NOT NULL THEN coalesce(c.won, 'ambiguous')
               ELSE 'partial:' || (m ->> 'resolutionProbability') END, 'known', load.ms(m ->> 'resolutionTime'), 'why', 'as resolved on Manifold') END
    FROM choice c
    WHERE (m ->> 'outcomeType' IN ('BINARY', 'MULTIPLE_CHOICE') AND (m ->> 'outcomeType' = 'BINARY' OR (c.names IS NOT NULL AND m ->> 'shouldAnswersSumToOne' IS DISTINCT FROM 'false')))
       OR load.refuse_record(format('a market of type %s%s is not read', m ->> 'outcomeType', CASE WHEN m ->> 'outcomeType' = 'MULTIPLE_CHOICE' THEN ' without answers that sum to 1' END)) IS NOT NULL
$$;

-- A place between 0 and 1 on the scale of a Metaculus question, as the figure it stands for.
CREATE FUNCTION load.metaculus_figure(scale jsonb, place numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN zero IS NULL THEN low + (high - low) * place ELSE zero + (low - zero) * power((high - zero) / (low - zero), place) END
    FROM (SELECT (scale ->> 'range_min')::numeric AS low, (scale ->> 'range_max')::numeric AS high, (scale ->> 'zero_point')::numeric AS zero) s
$$;

-- What the crowd of a Metaculus question said, of one row of its history.
CREATE FUNCTION load.metaculus_said(q jsonb, h jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE q ->> 'type' WHEN 'binary' THEN jsonb_build_object('p', h -> 'centers' -> 0)
        WHEN 'multiple_choice' THEN jsonb_build_object('p', load.shares(q -> 'options', coalesce(nullif(h -> 'forecast_values', 'null'), h -> 'centers')))
        ELSE CASE WHEN jsonb_array_length(nullif(h -> 'forecast_values', 'null')) > 2 THEN jsonb_build_object('cdf', h -> 'forecast_values')
             ELSE jsonb_build_object('quantiles', (SELECT jsonb_object_agg(level, load.metaculus_figure(q -> 'scaling', (h -> side ->> 0)::numeric) / CASE q ->> 'type' WHEN 'date' THEN 86400 ELSE 1 END)
                  FROM (VALUES ('0.25', 'interval_lower_bounds'), ('0.5', 'centers'), ('0.75', 'interval_upper_bounds')) v (level, side) WHERE h -> side ->> 0 IS NOT NULL)) END END
$$;

-- A post holds a question or a group of them.
CREATE FUNCTION load.form_metaculus(m jsonb, seen timestamptz) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('venue', 'metaculus', 'venue_id', concat_ws('/', m ->> 'id', CASE WHEN x.of_group THEN q ->> 'id' END), 'question',
               concat_ws(': ', m ->> 'title', CASE WHEN x.of_group THEN q ->> 'label' END), 'url', 'https://www.metaculus.com/questions/' || (m ->> 'id') || '/',
               'kind', CASE q ->> 'type' WHEN 'multiple_choice' THEN 'choice' WHEN 'discrete' THEN 'numeric' ELSE q ->> 'type' END, 'criteria', nullif(q ->> 'resolution_criteria', ''),
               'fine_print', nullif(q ->> 'fine_print', ''), 'opens_at', q ->> 'open_time', 'closes_at', coalesce(q ->> 'actual_close_time', q ->> 'scheduled_close_time'),
               'resolve_by', greatest((q ->> 'scheduled_resolve_time')::timestamptz, (q ->> 'actual_close_time')::timestamptz), 'spot_at', q ->> 'spot_scoring_time',
               'options', CASE q ->> 'type' WHEN 'multiple_choice' THEN q -> 'options' END, 'low', trim_scale((q -> 'scaling' ->> 'range_min')::numeric / x.unit), 'high', trim_scale((q -> 'scaling' ->> 'range_max')::numeric / x.unit),
               'zero_point', CASE q ->> 'type' WHEN 'date' THEN NULL ELSE (q -> 'scaling' ->> 'zero_point')::numeric END, 'open_low', q -> 'open_lower_bound', 'open_high', q -> 'open_upper_bound', 'unit', nullif(q ->> 'unit', ''))),
           coalesce((SELECT jsonb_agg(jsonb_build_object('by', 'metaculus', 'kind', 'crowd', 'at', to_timestamp((h ->> 'start_time')::numeric), 'said', load.metaculus_said(q, h)) ORDER BY h ->> 'start_time')
                     FROM jsonb_array_elements(nullif(q -> 'aggregations' -> 'recency_weighted' -> 'history', 'null')) h), '[]'),
           CASE WHEN q ->> 'resolution' IS NOT NULL THEN jsonb_build_object('outcome', CASE q ->> 'resolution' WHEN 'below_lower_bound' THEN 'below' WHEN 'above_upper_bound' THEN 'above'
               ELSE CASE q ->> 'type' WHEN 'date' THEN left(q ->> 'resolution', 10) ELSE q ->> 'resolution' END END,
               'known', coalesce(q ->> 'actual_resolve_time', q ->> 'actual_close_time'), 'why', 'as resolved on Metaculus') END
    FROM (SELECT q, of_group, CASE q ->> 'type' WHEN 'date' THEN 86400 ELSE 1 END AS unit
            FROM (SELECT m -> 'question' AS q, false AS of_group WHERE jsonb_typeof(m -> 'question') = 'object'
                  UNION ALL SELECT g, true FROM jsonb_array_elements(nullif(m -> 'group_of_questions' -> 'questions', 'null')) g) y) x
    WHERE q ->> 'type' IN ('binary', 'multiple_choice', 'numeric', 'date', 'discrete') OR load.refuse_record(format('a question of type %s is not read', q ->> 'type')) IS NOT NULL
$$;

CREATE FUNCTION load.json_list(v jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$ SELECT CASE jsonb_typeof(v) WHEN 'array' THEN v WHEN 'string' THEN (v #>> '{}')::jsonb END $$;

CREATE FUNCTION load.form_polymarket(m jsonb, seen timestamptz) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('venue', 'polymarket', 'venue_id', m ->> 'id', 'question', m ->> 'question', 'criteria', m ->> 'description', 'truth', nullif(m ->> 'resolutionSource', ''),
               'url', 'https://polymarket.com/market/' || (m ->> 'slug'), 'opens_at', coalesce(m ->> 'createdAt', m ->> 'startDate'), 'closes_at', greatest((m ->> 'endDate')::timestamptz, (m ->> 'closedTime')::timestamptz),
               'kind', CASE WHEN x.binary THEN 'binary' ELSE 'choice' END, 'options', CASE WHEN NOT x.binary THEN x.names END)),
           CASE WHEN m ->> 'umaResolutionStatus' = 'resolved' OR x.prices IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object('by', 'polymarket', 'kind', 'market', 'at',
               coalesce(seen::text, m ->> 'updatedAt'), 'said', jsonb_build_object('p', CASE WHEN x.binary THEN to_jsonb((x.prices ->> 0)::numeric) ELSE load.shares(x.names, x.prices) END))) END,
           CASE WHEN m ->> 'umaResolutionStatus' = 'resolved' THEN jsonb_build_object('outcome', CASE WHEN NOT x.binary THEN coalesce((SELECT n FROM jsonb_array_elements_text(x.names) WITH ORDINALITY a (n, i)
                   WHERE (x.prices ->> (i - 1)::int)::numeric = 1), 'ambiguous') WHEN (x.prices ->> 0)::numeric = 1 THEN 'yes' WHEN (x.prices ->> 0)::numeric = 0 THEN 'no'
               ELSE 'partial:' || (x.prices ->> 0) END, 'known', coalesce(m ->> 'umaEndDate', m ->> 'closedTime'), 'why', 'as resolved on Polymarket') END
    FROM (SELECT names, load.json_list(m -> 'outcomePrices') AS prices, lower(names ->> 0) = 'yes' AND lower(names ->> 1) = 'no' AS binary FROM (SELECT load.json_list(m -> 'outcomes') AS names) y) x
    WHERE jsonb_array_length(x.names) > 1 OR load.refuse_record('a market without outcomes') IS NOT NULL
$$;

-- Kalshi gives prices in cents or, since 2025, as text in dollars; a market alone, or beside its event and series. A record without times is about
-- the day in its ticker.
CREATE FUNCTION load.form_kalshi(r jsonb, seen timestamptz) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('venue', 'kalshi', 'venue_id', m ->> 'ticker', 'question',
               concat_ws(': ', coalesce(nullif(m ->> 'title', ''), r -> 'event' ->> 'title', m ->> 'rules_primary'), coalesce(nullif(m ->> 'yes_sub_title', ''), nullif(m ->> 'subtitle', ''))),
               'criteria', nullif(concat_ws(E'\n', nullif(m ->> 'rules_primary', ''), nullif(m ->> 'rules_secondary', '')), ''), 'url', 'https://kalshi.com/markets/' || (m ->> 'ticker'),
               'truth', r -> 'event' -> 'settlement_sources' -> 0 ->> 'name', 'opens_at', coalesce((m ->> 'open_time')::timestamptz, (m ->> 'created_time')::timestamptz, x.day::timestamptz), 'closes_at', x.closes, 'resolve_by', greatest(x.closes, coalesce(m ->> 'expected_expiration_time', m ->> 'expiration_time')::timestamptz))),
           CASE WHEN coalesce(m ->> 'result', '') <> '' OR x.price IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object('by', 'kalshi', 'kind', 'market',
               'at', coalesce(seen::text, m ->> 'updated_time'), 'said', jsonb_build_object('p', x.price))) END,
           CASE WHEN coalesce(m ->> 'result', '') <> '' THEN jsonb_build_object('outcome', CASE m ->> 'result' WHEN 'yes' THEN 'yes' WHEN 'no' THEN 'no'
               WHEN 'scalar' THEN 'partial:' || coalesce((m ->> 'settlement_value_dollars')::numeric, (m ->> 'settlement_value')::numeric / 100) ELSE 'annulled' END,
               'known', coalesce(m ->> 'settlement_ts', m ->> 'expiration_time', m ->> 'close_time'), 'why', 'as settled on Kalshi') END
    FROM (SELECT m, coalesce(nullif((m ->> 'last_price_dollars')::numeric, 0), nullif((m ->> 'last_price')::numeric / 100, 0),
                             (nullif((m ->> 'yes_bid_dollars')::numeric, 0) + (m ->> 'yes_ask_dollars')::numeric) / 2, (nullif((m ->> 'yes_bid')::numeric, 0) + (m ->> 'yes_ask')::numeric) / 200) AS price,
                 coalesce((m ->> 'close_time')::timestamptz, (day + 1)::timestamptz) AS closes, day
            FROM (SELECT m, to_date(substring(m ->> 'ticker' FROM '-([0-9]{2}(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[0-9]{2})'), 'YYMONDD') AS day FROM (SELECT CASE WHEN jsonb_typeof(r -> 'market') = 'object' THEN r -> 'market' ELSE r END AS m) z) y) x
    WHERE coalesce(m ->> 'market_type', 'binary') = 'binary' OR load.refuse_record(format('a market of type %s is not read', m ->> 'market_type')) IS NOT NULL
$$;

CREATE FUNCTION load.form_fatebook(m jsonb, seen timestamptz) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('venue', 'fatebook', 'venue_id', coalesce(m ->> 'id', m ->> 'questionId'), 'question', m ->> 'title', 'fine_print', nullif(m ->> 'notes', ''),
               'url', m ->> 'questionUrl', 'opens_at', m ->> 'createdAt', 'closes_at', coalesce(m ->> 'resolveBy', m ->> 'resolvedAt'),
               'tags', (SELECT jsonb_agg(coalesce(t ->> 'name', t #>> '{}')) FROM jsonb_array_elements(nullif(m -> 'tags', 'null')) t))),
           coalesce((SELECT jsonb_agg(jsonb_build_object('by', 'fatebook ' || coalesce(f -> 'user' ->> 'name', f ->> 'userName', f ->> 'userId', m -> 'user' ->> 'name', 'somebody'), 'kind', 'person', 'at', f ->> 'createdAt',
                             'said', jsonb_build_object('p', (f ->> 'forecast')::numeric)) ORDER BY f ->> 'createdAt') FROM jsonb_array_elements(nullif(m -> 'forecasts', 'null')) f), '[]'),
           CASE WHEN m ->> 'resolution' IS NOT NULL THEN jsonb_build_object('outcome', CASE m ->> 'resolution' WHEN 'YES' THEN 'yes' WHEN 'NO' THEN 'no' ELSE 'ambiguous' END,
               'known', m ->> 'resolvedAt', 'why', 'as resolved on Fatebook') END
    WHERE coalesce(m ->> 'type', 'BINARY') = 'BINARY' OR load.refuse_record(format('a question of type %s is not read', m ->> 'type')) IS NOT NULL
$$;

CREATE FUNCTION load.form_predictionbook(m jsonb, seen timestamptz) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('venue', 'predictionbook', 'venue_id', m ->> 'number', 'question', m ->> 'event', 'opens_at', m ->> 'time_created', 'closes_at', m ->> 'time_known'),
           coalesce((SELECT jsonb_agg(jsonb_build_object('by', 'predictionbook ' || (r ->> 'user'), 'kind', 'person', 'at', r ->> 'time', 'said',
               jsonb_build_object('p', (r ->> 'credence')::numeric / 100))) FROM jsonb_array_elements(m -> 'responses') r WHERE r ? 'credence'), '[]'),
           CASE WHEN m ->> 'outcome' IN ('right', 'wrong') THEN jsonb_build_object('outcome', CASE m ->> 'outcome' WHEN 'right' THEN 'yes' ELSE 'no' END, 'known', m ->> 'time_known',
               'why', 'as judged on PredictionBook') END
$$;

-- Questions of INFER and other sites of its maker: yes or no, or one of several answers.
CREATE FUNCTION load.form_infer(r jsonb, seen timestamptz) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('venue', 'infer', 'venue_id', m ->> 'id', 'question', m ->> 'name', 'criteria', m ->> 'description', 'kind', CASE WHEN x.yes IS NULL THEN 'choice' ELSE 'binary' END,
               'opens_at', coalesce(m ->> 'starts_at', m ->> 'scoring_start_time', m ->> 'created_at'), 'closes_at', coalesce(m ->> 'closed_at', m ->> 'ends_at'), 'options', CASE WHEN x.yes IS NULL THEN x.names END)),
           CASE WHEN m ->> 'resolved?' = 'true' OR m ->> 'voided_at' IS NOT NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object('by', 'infer', 'kind', 'crowd', 'at', coalesce(seen::text, m ->> 'updated_at'),
               'said', jsonb_build_object('p', coalesce(x.yes, load.shares(x.names, x.shares))))) END,
           CASE WHEN m ->> 'voided_at' IS NOT NULL THEN jsonb_build_object('outcome', 'annulled', 'known', m ->> 'voided_at', 'why', 'as voided on INFER')
                WHEN m ->> 'resolved?' = 'true' THEN jsonb_build_object('outcome', CASE WHEN x.yes IS NULL THEN coalesce(x.won, 'ambiguous') WHEN x.yes = '1' THEN 'yes' WHEN x.yes = '0' THEN 'no' ELSE 'ambiguous' END,
                    'known', m ->> 'resolved_at', 'why', 'as resolved on INFER') END
    FROM (SELECT m, max(a -> 'probability' #>> '{}') FILTER (WHERE lower(a ->> 'name') = 'yes' AND jsonb_array_length(m -> 'answers') <= 2)::jsonb AS yes, jsonb_agg(a -> 'name' ORDER BY a ->> 'id') AS names,
                 jsonb_agg(a -> 'probability' ORDER BY a ->> 'id') AS shares, max(a ->> 'name') FILTER (WHERE (a ->> 'probability')::numeric = 1) AS won
            FROM (SELECT CASE WHEN jsonb_typeof(r -> 'question') = 'object' THEN r -> 'question' ELSE r END AS m) y, jsonb_array_elements(m -> 'answers') a GROUP BY m) x
$$;

-- A question set gives market questions with the crowd's value when frozen; a resolution set settles those that are there. The others, about
-- series of figures, are no questions one can forecast here.
CREATE FUNCTION load.form_forecastbench(m jsonb, seen timestamptz) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('venue', 'forecastbench', 'venue_id', (m ->> 'source') || '/' || (m ->> 'id'), 'url', m ->> 'url', 'question', m ->> 'question', 'criteria', m ->> 'resolution_criteria',
               'opens_at', m ->> 'market_info_open_datetime', 'closes_at', m ->> 'market_info_close_datetime'),
           jsonb_build_array(jsonb_build_object('by', m ->> 'source', 'kind', CASE WHEN m ->> 'source' IN ('manifold', 'polymarket') THEN 'market' ELSE 'crowd' END,
               'at', m ->> 'freeze_datetime', 'said', jsonb_build_object('p', (m ->> 'freeze_datetime_value')::numeric))),
           NULL::jsonb
    WHERE NOT m ? 'resolved_to' AND m ->> 'source' IN ('manifold', 'metaculus', 'polymarket', 'infer') AND m ->> 'freeze_datetime_value' ~ '^[0-9.eE-]+$'
      AND jsonb_typeof(m -> 'id') = 'string' AND m ->> 'market_info_close_datetime' ~ '^[0-9]{4}' AND m ->> 'market_info_open_datetime' ~ '^[0-9]{4}'
    UNION ALL
    SELECT jsonb_build_object('venue', 'forecastbench', 'venue_id', (m ->> 'source') || '/' || (m ->> 'id')), '[]',
           jsonb_build_object('outcome', CASE (m ->> 'resolved_to')::numeric WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'partial:' || (m ->> 'resolved_to') END,
               'known', (m ->> 'resolution_date') || ' 23:59:59', 'why', 'as resolved by ForecastBench')
    WHERE m ->> 'resolved' = 'true' AND m ->> 'resolved_to' IS NOT NULL AND jsonb_typeof(m -> 'id') = 'string' AND m ->> 'source' IN ('manifold', 'metaculus', 'polymarket', 'infer')
$$;

-- A row of a table: its columns are those of the record kind `question` of feeds. Empty is not said; a forecaster and a time without a
-- probability take back what was said before.
CREATE FUNCTION load.words(list text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN list ~ '^\s*\[' THEN list::jsonb ELSE (SELECT jsonb_agg(trim(w)) FROM unnest(string_to_array(list, ';')) w) END
$$;
CREATE FUNCTION load.said_in_row(said text, kind text, options jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN said IS NULL THEN NULL WHEN said ~ '^\s*\{' THEN said::jsonb
        WHEN said ~ '^\s*\[' THEN CASE WHEN kind = 'choice' THEN jsonb_build_object('p', (SELECT jsonb_object_agg(options ->> (i - 1)::int, v) FROM jsonb_array_elements(said::jsonb) WITH ORDINALITY a (v, i)))
                                  ELSE jsonb_build_object('cdf', said::jsonb) END
        ELSE jsonb_build_object('p', said::numeric) END
$$;
CREATE FUNCTION load.form_csv(r jsonb, seen timestamptz) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('id', coalesce(m ->> 'id', CASE WHEN m ->> 'venue' = 'aimarket' THEN m ->> 'ref' END),
               'venue', nullif(coalesce(m ->> 'venue', 'csv'), 'aimarket'), 'venue_id', CASE WHEN m ->> 'venue' IS DISTINCT FROM 'aimarket' THEN m ->> 'ref' END, 'question', m ->> 'question', 'kind', m ->> 'kind', 'criteria', m ->> 'criteria',
               'url', m ->> 'url', 'opens_at', m ->> 'opens', 'closes_at', m ->> 'closes', 'resolve_by', m ->> 'resolve_by', 'spot_at', m ->> 'spot', 'options', CASE m ->> 'kind' WHEN 'choice' THEN load.words(m ->> 'options') END, 'low', m ->> 'low',
               'high', m ->> 'high', 'open_low', (m ->> 'open_low')::bool, 'open_high', (m ->> 'open_high')::bool, 'zero_point', m ->> 'zero_point', 'unit', m ->> 'unit', 'tags', load.words(m ->> 'tags'))),
           CASE WHEN m ? 'by' AND (m ? 'said' OR m ? 'made') THEN jsonb_build_array(jsonb_build_object('by', m ->> 'by', 'kind', m ->> 'by_kind', 'at', coalesce(m ->> 'made', seen::text), 'expires', m ->> 'expires',
               'why', m ->> 'why', 'said', load.said_in_row(m ->> 'said', coalesce(m ->> 'kind', p.kind), coalesce(load.words(m ->> 'options'), to_jsonb(p.options))))) ELSE '[]' END,
           CASE WHEN m ? 'outcome' THEN jsonb_build_object('outcome', m ->> 'outcome', 'known', m ->> 'known', 'why', coalesce(m ->> 'why', 'as the table says')) END
    FROM (SELECT coalesce(jsonb_object_agg(k, v) FILTER (WHERE v <> ''), '{}') AS m FROM jsonb_each_text(r) e (k, v)) x
    LEFT JOIN store.prediction p ON p.batch_to IS NULL AND CASE WHEN m ->> 'venue' = 'aimarket' THEN p.entity = (SELECT e.id FROM store.entity e WHERE e.slug = m ->> 'ref')
                                                          ELSE p.venue = coalesce(m ->> 'venue', 'csv') AND p.venue_id = m ->> 'ref' END
$$;

-- Our own form: all there is about a question, as api.export_prediction gives it.
CREATE FUNCTION load.form_aimarket(m jsonb, seen timestamptz) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    SELECT (m -> 'question') || jsonb_strip_nulls(jsonb_build_object('asked_by', m -> 'asked_by')), coalesce(m -> 'forecasts', '[]'), CASE WHEN jsonb_array_length(m -> 'resolutions') > 0 THEN jsonb_build_object('steps', m -> 'resolutions') END
    WHERE jsonb_typeof(m -> 'question') = 'object' OR load.refuse_record('a record holds a question, its forecasts and its resolutions') IS NOT NULL
$$;

-- Predictions of reports that the ledger holds as claims. A report asserts without a probability: taken as 0.9, and said so. A verdict is
-- taken over when a named source gives it; the others stay for a person to settle.
CREATE FUNCTION load.form_ledger() RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
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

CREATE FUNCTION load.form_rows(form text, record jsonb, seen timestamptz) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE plpgsql STABLE AS $$
BEGIN
    CASE form
    WHEN 'manifold' THEN RETURN QUERY SELECT * FROM load.form_manifold(record, seen);
    WHEN 'metaculus' THEN RETURN QUERY SELECT * FROM load.form_metaculus(record, seen);
    WHEN 'polymarket' THEN RETURN QUERY SELECT * FROM load.form_polymarket(record, seen);
    WHEN 'kalshi' THEN RETURN QUERY SELECT * FROM load.form_kalshi(record, seen);
    WHEN 'fatebook' THEN RETURN QUERY SELECT * FROM load.form_fatebook(record, seen);
    WHEN 'predictionbook' THEN RETURN QUERY SELECT * FROM load.form_predictionbook(record, seen);
    WHEN 'infer' THEN RETURN QUERY SELECT * FROM load.form_infer(record, seen);
    WHEN 'forecastbench' THEN RETURN QUERY SELECT * FROM load.form_forecastbench(record, seen);
    WHEN 'csv' THEN RETURN QUERY SELECT * FROM load.form_csv(record, seen);
    WHEN 'aimarket' THEN RETURN QUERY SELECT * FROM load.form_aimarket(record, seen);
    ELSE PERFORM load.refuse('form', format('"%s" is no form of questions', form));
    END CASE;
END $$;

-- The question as it is in the store afterwards. One that is there already gets a new version when it changed; its kind, options and range
-- stay once somebody has forecast.
CREATE FUNCTION load.import_question(ask jsonb, record jsonb, who text, run_batch int, OUT p store.prediction, OUT fresh bool) LANGUAGE plpgsql AS $$
DECLARE
    old store.prediction;
BEGIN
    SELECT q.* INTO old FROM store.prediction q WHERE q.venue = ask ->> 'venue' AND q.venue_id = ask ->> 'venue_id' AND q.batch_to IS NULL;
    IF old.entity IS NULL THEN      -- our own form names questions that were asked here
        SELECT q.* INTO old FROM store.prediction q JOIN store.entity e ON e.id = q.entity WHERE NOT ask ? 'venue' AND e.slug = ask ->> 'id' AND q.batch_to IS NULL;
    END IF;
    fresh := false; p := old;
    IF NOT ask ? 'question' THEN    -- a forecast or resolution of what may never have been asked here
        RETURN;
    END IF;
    who := coalesce(ask ->> 'asked_by', who);
    ask := ask - 'asked_by';
    IF record IS NOT NULL THEN
        ask := ask || jsonb_build_object('extra', jsonb_build_object('record', record));
    END IF;
    p := load.prediction_from(ask, old);
    IF old.entity IS NULL THEN
        PERFORM load.check_plan(p.plan, NULL);
        p.entity := load.insert_prediction(p, ask ->> 'id', who, run_batch);
        PERFORM load.link_same(p, run_batch);
        fresh := true;
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM store.forecast f WHERE f.prediction = old.entity) THEN
        p.kind := old.kind; p.options := old.options; p.low := old.low; p.high := old.high; p.zero_point := old.zero_point; p.opens_at := old.opens_at;
    END IF;
    IF p IS DISTINCT FROM old THEN
        UPDATE store.prediction q SET batch_to = run_batch WHERE q.id = old.id;
        PERFORM load.insert_prediction_version(p, who, run_batch);
    END IF;
END $$;

-- A benchmark asks what a venue asks: SOURCE/ID there is ID at the venue.
CREATE FUNCTION load.link_same(p store.prediction, run_batch int) RETURNS void LANGUAGE sql AS $$
    INSERT INTO store.prediction_link (prediction, other, relation, why, batch)
    SELECT CASE WHEN p.venue = 'forecastbench' THEN p.entity ELSE o.entity END, CASE WHEN p.venue = 'forecastbench' THEN o.entity ELSE p.entity END, 'same', 'the benchmark names the venue''s question', run_batch
      FROM store.prediction o
     WHERE o.batch_to IS NULL AND CASE WHEN p.venue = 'forecastbench' THEN o.venue || '/' || o.venue_id = p.venue_id ELSE o.venue = 'forecastbench' AND o.venue_id = p.venue || '/' || p.venue_id END
$$;

CREATE FUNCTION load.import_forecast(p store.prediction, f jsonb, run_batch int, now timestamptz) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
    made timestamptz := coalesce((f ->> 'at')::timestamptz, now);
    said jsonb := nullif(f -> 'said', 'null');
    speaker int := load.forecaster(f ->> 'by', f ->> 'kind', run_batch);
    made_row bigint;
BEGIN
    IF EXISTS (SELECT FROM store.forecast x WHERE x.prediction = p.entity AND x.forecaster = speaker AND x.claimed_at = made) THEN
        RETURN false;
    ELSIF made < p.opens_at THEN
        PERFORM load.refuse('before-open', format('made %s, the question opens %s', made, p.opens_at));
    ELSIF made >= p.closes_at THEN
        PERFORM load.refuse('after-close', format('made %s, the question closed %s', made, p.closes_at));
    ELSIF made > now + interval '5 minutes' THEN
        PERFORM load.refuse('claimed-at', 'a forecast cannot have been made in the future');
    END IF;
    INSERT INTO store.forecast (prediction, forecaster, claimed_at, recorded_at, expires_at, backfilled, pmf, spec, seal, why, batch)
        VALUES (p.entity, speaker, made, now, (f ->> 'expires')::timestamptz, load.is_backfilled(made, now), CASE WHEN said IS NOT NULL AND NOT f ? 'seal' THEN load.pmf(p, said) END,
                CASE WHEN p.kind IN ('numeric', 'date') AND NOT f ? 'seal' THEN said END, decode(f ->> 'seal', 'hex'), f ->> 'why', run_batch)
        RETURNING id INTO made_row;
    IF f ? 'opened' THEN
        INSERT INTO store.unsealing (forecast, text, pmf, batch) VALUES (made_row, f ->> 'opened', load.pmf(p, (f ->> 'opened')::jsonb - 'salt'), run_batch);
    END IF;
    RETURN true;
END $$;

-- A verdict from elsewhere is final at once; steps of our own form come as they were. A question that has any resolution keeps it.
CREATE FUNCTION load.import_resolution(p store.prediction, verdict jsonb, who text, run_batch int, now timestamptz) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
    r store.resolution;
    step jsonb;
BEGIN
    r := load.standing(p.entity, NULL);
    IF r.id IS NOT NULL THEN
        RETURN false;
    END IF;
    FOR step IN SELECT jsonb_array_elements(verdict -> 'steps') LOOP
        r := jsonb_populate_record(NULL::store.resolution, step || jsonb_build_object('prediction', p.entity));
        PERFORM load.add_resolution(r, run_batch);
    END LOOP;
    IF verdict ? 'outcome' THEN
        r := load.outcome_of(p, verdict ->> 'outcome');
        r.prediction := p.entity; r.step := 'proposed'; r.known_at := least((verdict ->> 'known')::timestamptz, now); r.waits_until := now; r.who := import_resolution.who; r.why := verdict ->> 'why';
        r.at := now; r.claims := ARRAY(SELECT jsonb_array_elements_text(verdict -> 'claims'));
        PERFORM load.add_resolution(r, run_batch);
        r.step := 'final';
        PERFORM load.add_resolution(r, run_batch);
    END IF;
    RETURN true;
END $$;

-- What was refused: rule and reason of an error, as load.refuse words it.
CREATE FUNCTION load.refusal(message text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN message ~ '^[a-z0-9-]+: ' THEN ARRAY[split_part(message, ': ', 1), substr(message, strpos(message, ': ') + 2)] ELSE ARRAY['form', message] END
$$;

-- One question with its forecasts, known ones left alone. record: kept with the question, so that it can be given back as it came; NULL: the
-- archive has it. refusals: {rule, reason, place or NULL, …}.
CREATE FUNCTION load.import_one(ask jsonb, sayings jsonb, verdict jsonb, record jsonb, who text, run_batch int, now timestamptz, OUT asked int, OUT said int, OUT settled int, OUT known int,
                                OUT refusals text[]) LANGUAGE plpgsql AS $$
DECLARE
    q record;
    f jsonb;
BEGIN
    asked := 0; said := 0; settled := 0; known := 0; refusals := '{}';
    q := load.import_question(ask, record, who, run_batch);
    IF (q.p).entity IS NULL THEN
        refusals := ARRAY['unknown-question', format('%s:%s is not here', ask ->> 'venue', ask ->> 'venue_id'), NULL];
        RETURN;
    END IF;
    asked := q.fresh::int;
    FOR f IN SELECT jsonb_array_elements(sayings) LOOP
        BEGIN
            IF load.import_forecast(q.p, f, run_batch, now) THEN
                said := said + 1;
            ELSE
                known := known + 1;
            END IF;
        EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
            refusals := refusals || load.refusal(SQLERRM) || (f ->> 'place');
        END;
    END LOOP;
    IF verdict IS NOT NULL THEN
        IF load.import_resolution(q.p, verdict, who, run_batch, now) THEN
            settled := 1;
        ELSE
            known := known + 1;
        END IF;
    END IF;
END $$;

-- Links of our own form, once all questions are there; pairs that are linked keep their link.
CREATE FUNCTION load.import_links(doc jsonb, run_batch int) RETURNS void LANGUAGE sql AS $$
    INSERT INTO store.prediction_link (prediction, other, relation, why, batch)
    SELECT a.id, b.id, l ->> 'relation', l ->> 'why', run_batch
      FROM load.records_of('aimarket', doc) m, jsonb_array_elements(m -> 'links') l JOIN store.entity b ON b.slug = l ->> 'other' AND b.kind = 'prediction', store.entity a
     WHERE a.slug = m -> 'question' ->> 'id' AND a.kind = 'prediction'
       AND NOT EXISTS (SELECT FROM store.prediction_link k WHERE k.prediction = a.id AND k.other = b.id AND k.batch_to IS NULL)
$$;

CREATE FUNCTION load.import_predictions(form text, doc jsonb, who text, tool text, now timestamptz, OUT questions bigint, OUT asked bigint, OUT forecasts bigint, OUT resolutions bigint, OUT refused bigint,
                                        OUT why text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    run_batch int := load.open_batch();
    at timestamptz := coalesce(now, clock_timestamp());
    item jsonb;
    q record;
    one record;
BEGIN
    questions := 0; asked := 0; forecasts := 0; resolutions := 0; refused := 0;
    FOR item IN SELECT * FROM load.records_of(form, doc) LOOP
        BEGIN
            FOR q IN SELECT * FROM load.form_rows(form, item, NULL) WHERE form <> 'ledger' UNION ALL SELECT * FROM load.form_ledger() WHERE form = 'ledger' LOOP
                questions := questions + 1;
                one := load.import_one(q.question, q.forecasts, q.resolution, CASE WHEN form NOT IN ('ledger', 'csv', 'aimarket') THEN item END, who, run_batch, at);
                asked := asked + one.asked; forecasts := forecasts + one.said; resolutions := resolutions + one.settled; refused := refused + cardinality(one.refusals) / 3;
                why := coalesce(why, one.refusals[1] || ': ' || one.refusals[2]);
            END LOOP;
        EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
            refused := refused + 1; why := coalesce(why, SQLERRM);
        END;
    END LOOP;
    IF form = 'aimarket' THEN
        PERFORM load.import_links(doc, run_batch);
    END IF;
    PERFORM load.close_batch(run_batch, tool, format('imported questions from %s', form), who);
END $$;

-- The predictions of reports that no question was made of yet. Returns how many.
CREATE FUNCTION load.take_reports(who text, tool text, now timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM store.entity e WHERE e.kind = 'prediction' AND NOT EXISTS (SELECT FROM store.prediction p WHERE p.entity = e.id)) THEN
        RETURN 0;
    END IF;
    RETURN (SELECT i.asked FROM load.import_predictions('ledger', '{}', who, tool, now) i);
END $$;

-- The questions of the documents that are being loaded. What they say without a time, they say of when their document came: that is when
-- the first run began that tried to take it in, or the day before that on which it was fetched. So parsing the archive again says the
-- same. What was added and what was known, by document.
CREATE FUNCTION load.take_questions(run_batch int) RETURNS TABLE (n int, added bigint, known bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    d record;
    item record;
    q record;
    one record;
BEGIN
    PERFORM load.plan_as_usual();
    FOR d IN SELECT s.n, s.feed, r.began, CASE WHEN c.at < date_trunc('day', r.began) THEN c.at ELSE r.began END AS seen FROM pg_temp.staging_document s
               CROSS JOIN LATERAL (SELECT min(x.started_at) AS began FROM store.run x WHERE x.feed = s.feed AND x.document = s.document) r
               CROSS JOIN LATERAL (SELECT min(x.at) AS at FROM store.capture x WHERE x.feed = s.feed AND x.document = s.document) c ORDER BY s.n LOOP
        n := d.n; added := 0; known := 0;
        -- rows of a table about one question are one record
        FOR item IN SELECT min(s.at) AS at, coalesce(s.form, 'csv') AS form, s.record, jsonb_agg(to_jsonb(s) - 'form' - 'record' ORDER BY s.at) AS rows
                      FROM pg_temp.staging_question s WHERE load.document_of(s.at) = d.n
                     GROUP BY s.form, s.record, CASE WHEN s.form IS NULL THEN s.venue END, CASE WHEN s.form IS NULL THEN s.ref ELSE s.at::text END
                     ORDER BY s.record::jsonb ->> 'resolution_date' NULLS FIRST, 1 LOOP
            BEGIN
                FOR q IN SELECT f.* FROM load.form_rows(item.form, item.record::jsonb, d.seen) f WHERE item.record IS NOT NULL
                         UNION ALL SELECT t.* FROM load.table_rows(item.rows, d.seen) t WHERE item.record IS NULL LOOP
                    one := load.import_one(q.question, q.forecasts, q.resolution, NULL, d.feed, run_batch, d.began);
                    added := added + one.asked + one.said + one.settled; known := known + one.known;
                    INSERT INTO pg_temp.staging_reject SELECT coalesce(one.refusals[i + 2]::bigint, item.at), one.refusals[i], one.refusals[i + 1] FROM generate_series(1, cardinality(one.refusals), 3) i;
                END LOOP;
            EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
                INSERT INTO pg_temp.staging_reject SELECT item.at, w[1], w[2] FROM load.refusal(SQLERRM) w;
            END;
        END LOOP;
        RETURN NEXT;
    END LOOP;
    PERFORM load.plan_for_any_size();
END $$;

-- Rows about one question: it is what the first that asks it says, all forecasts, the first outcome.
CREATE FUNCTION load.table_rows(rows jsonb, seen timestamptz) RETURNS TABLE (question jsonb, forecasts jsonb, resolution jsonb) LANGUAGE sql STABLE AS $$
    WITH head AS (
        SELECT coalesce((SELECT jsonb_strip_nulls(r - 'at') FROM jsonb_array_elements(rows) r WHERE r ->> 'question' IS NOT NULL LIMIT 1), '{}') AS r
    ), row AS (
        SELECT f.*, i, x.r -> 'at' AS at FROM head h, jsonb_array_elements(rows) WITH ORDINALITY x (r, i), load.form_csv(jsonb_build_object('kind', h.r -> 'kind', 'options', h.r -> 'options') || jsonb_strip_nulls(x.r - 'at'), seen) f
    )
    SELECT (SELECT question FROM row ORDER BY (question ? 'question') DESC, i LIMIT 1), coalesce((SELECT jsonb_agg(f || jsonb_build_object('place', row.at) ORDER BY i, o) FROM row, jsonb_array_elements(row.forecasts) WITH ORDINALITY y (f, o)), '[]'),
           (SELECT resolution FROM row WHERE resolution IS NOT NULL ORDER BY i LIMIT 1)
$$;
