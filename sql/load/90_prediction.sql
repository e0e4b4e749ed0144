-- Questions and forecasts. What is off is refused by the name of the rule it breaks.

-- The question a word names: slug, or venue:id.
CREATE FUNCTION load.prediction_entity(word text) RETURNS int LANGUAGE plpgsql STABLE AS $$
DECLARE
    found int;
BEGIN
    SELECT p.entity INTO found FROM store.prediction p JOIN store.entity e ON e.id = p.entity
     WHERE p.batch_to IS NULL AND (e.slug = word OR p.venue || ':' || p.venue_id = word) ORDER BY e.slug <> word LIMIT 1;
    IF found IS NULL THEN
        RAISE no_data_found USING MESSAGE = format('there is no question "%s"', word), HINT = 'aimarket predict list shows them.';
    END IF;
    RETURN found;
END $$;
CREATE FUNCTION load.prediction_row(word text) RETURNS store.prediction LANGUAGE sql STABLE AS $$
    SELECT p FROM store.prediction p WHERE p.entity = load.prediction_entity(word) AND p.batch_to IS NULL
$$;

CREATE FUNCTION load.forecaster(who text, kind text, run_batch int) RETURNS int LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    found int;
BEGIN
    IF load.slug(who) IS NULL THEN
        PERFORM load.refuse('forecaster', format('"%s" is no name', who), 'Say who forecasts: --by NAME.');
    END IF;
    INSERT INTO store.forecaster (slug, name, kind, batch) VALUES (load.slug(who), who, coalesce(forecaster.kind, 'person'), run_batch)
        ON CONFLICT (slug) DO NOTHING RETURNING id INTO found;
    RETURN coalesce(found, (SELECT f.id FROM store.forecaster f WHERE f.slug = load.slug(who)));
END $$;

-- ---------------------------------------------------------------- questions

-- fields as store.prediction has them, entities in about by name. A field that is not given stays as in base.
CREATE FUNCTION load.prediction_from(fields jsonb, base store.prediction) RETURNS store.prediction LANGUAGE plpgsql STABLE AS $$
DECLARE
    p store.prediction;
    wrong text;
BEGIN
    SELECT k INTO wrong FROM jsonb_object_keys(fields) k
     WHERE k NOT IN ('kind', 'question', 'criteria', 'fine_print', 'opens_at', 'closes_at', 'resolve_by', 'spot_at', 'truth', 'options', 'low', 'high', 'open_low', 'open_high',
                     'zero_point', 'unit', 'tags', 'about', 'criterion', 'plan', 'vintage', 'venue', 'venue_id', 'url', 'extra', 'id') LIMIT 1;
    IF wrong IS NOT NULL THEN
        PERFORM load.refuse('field', format('a question has no %s', wrong));
    END IF;
    p := jsonb_populate_record(base, fields - 'about' - 'id');
    p.tags := coalesce(p.tags, '{}'); p.extra := coalesce(p.extra, '{}'); p.about := coalesce(p.about, '{}');
    p.open_low := coalesce(p.open_low, false); p.open_high := coalesce(p.open_high, false);
    p.kind := coalesce(p.kind, 'binary');
    p.resolve_by := coalesce(p.resolve_by, p.closes_at);
    IF fields ? 'about' THEN
        SELECT coalesce(array_agg(DISTINCT (api.entity_ids(w))[1]), '{}') INTO p.about FROM jsonb_array_elements_text(fields -> 'about') w;
    END IF;
    IF coalesce(p.question, '') = '' THEN
        PERFORM load.refuse('question', 'a question needs its text');
    ELSIF p.kind NOT IN ('binary', 'choice', 'numeric', 'date') THEN
        PERFORM load.refuse('kind', format('"%s" is no kind of question', p.kind), 'A question is binary, choice, numeric or date.');
    ELSIF p.closes_at IS NULL OR p.closes_at <= p.opens_at THEN
        PERFORM load.refuse('closing', 'a question closes after it opens', 'Give --closes DATE.');
    ELSIF p.resolve_by < p.closes_at THEN
        PERFORM load.refuse('resolve-by', 'a question cannot be resolved before it closes');
    ELSIF p.kind = 'choice' AND (coalesce(cardinality(p.options), 0) < 2 OR (SELECT count(DISTINCT o) FROM unnest(p.options) o) < cardinality(p.options)) THEN
        PERFORM load.refuse('options', 'a choice needs at least two different options');
    ELSIF p.kind <> 'choice' AND p.options IS NOT NULL THEN
        PERFORM load.refuse('options', format('a %s question has no options', p.kind));
    ELSIF p.kind IN ('numeric', 'date') AND (p.low IS NULL OR p.high IS NULL OR p.low >= p.high) THEN
        PERFORM load.refuse('range', 'a numeric or date question needs a range: low below high');
    ELSIF p.zero_point IS NOT NULL AND p.zero_point >= p.low THEN
        PERFORM load.refuse('zero-point', 'the zero point of a log scale lies below the range');
    END IF;
    RETURN p;
END $$;

CREATE FUNCTION load.prediction_slug(wish text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    base text := coalesce(nullif(trim(both '-' FROM left(load.slug(wish), 60)), ''), 'question');
    free text := base;
    n int := 1;
BEGIN
    WHILE EXISTS (SELECT FROM store.entity e WHERE e.slug = free) LOOP
        n := n + 1;
        free := base || '-' || n;
    END LOOP;
    RETURN free;
END $$;

-- One question in an open batch; its entity: fields.id names one that is there already (of a loaded report), or the slug wished for.
CREATE FUNCTION load.insert_prediction(p store.prediction, wish text, who text, run_batch int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    SELECT e.id INTO p.entity FROM store.entity e WHERE e.slug = wish AND e.kind = 'prediction'
       AND NOT EXISTS (SELECT FROM store.prediction q WHERE q.entity = e.id);
    IF p.entity IS NULL THEN
        INSERT INTO store.entity (kind, slug, name, batch) VALUES ('prediction', load.prediction_slug(coalesce(wish, p.question)), p.question, run_batch)
            RETURNING id INTO p.entity;
    END IF;
    p.id := nextval(pg_get_serial_sequence('store.prediction', 'id'));
    p.who := insert_prediction.who; p.batch := run_batch; p.batch_to := NULL;
    INSERT INTO store.prediction OVERRIDING SYSTEM VALUE SELECT p.*;
    RETURN p.entity;
END $$;

CREATE FUNCTION load.add_prediction(fields jsonb, who text, tool text, now timestamptz, OUT slug text, OUT tx bigint) LANGUAGE plpgsql AS $$
DECLARE
    run_batch int := load.open_batch();
    p store.prediction;
    made int;
BEGIN
    p := load.prediction_from(jsonb_build_object('opens_at', coalesce(now, clock_timestamp())) || fields, NULL);
    PERFORM load.check_plan(p.plan, NULL);
    made := load.insert_prediction(p, fields ->> 'id', who, run_batch);
    SELECT e.slug INTO STRICT slug FROM store.entity e WHERE e.id = made;
    tx := load.close_batch(run_batch, tool, format('%s asked %s', who, slug), who);
END $$;

CREATE FUNCTION load.edit_prediction(word text, fields jsonb, who text, tool text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    run_batch int := load.open_batch();
    old store.prediction := load.prediction_row(word);
    p store.prediction := load.prediction_from(fields, old);
BEGIN
    IF EXISTS (SELECT FROM store.forecast f WHERE f.prediction = old.entity) AND (p.kind, p.options, p.low, p.high, p.zero_point)
       IS DISTINCT FROM (old.kind, old.options, old.low, old.high, old.zero_point) THEN
        PERFORM load.refuse('edit-forecast', 'kind, options and range stay once somebody has forecast', 'Ask a new question and link it.');
    END IF;
    PERFORM load.check_plan(p.plan, old.entity);
    UPDATE store.prediction q SET batch_to = run_batch WHERE q.id = old.id;
    PERFORM load.insert_prediction_version(p, who, run_batch);
    RETURN load.close_batch(run_batch, tool, format('%s edited %s', who, word), who);
END $$;
CREATE FUNCTION load.insert_prediction_version(p store.prediction, who text, run_batch int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    p.id := nextval(pg_get_serial_sequence('store.prediction', 'id'));
    p.who := insert_prediction_version.who; p.batch := run_batch; p.batch_to := NULL;
    INSERT INTO store.prediction OVERRIDING SYSTEM VALUE SELECT p.*;
END $$;

CREATE FUNCTION load.link_predictions(word text, other text, relation text, why text, who text, tool text) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    run_batch int := load.open_batch();
    a int := load.prediction_entity(word);
    b int := load.prediction_entity(other);
BEGIN
    IF relation NOT IN ('same', 'similar', 'inverted') THEN
        PERFORM load.refuse('relation', format('"%s" is no relation of questions', relation), 'Two questions are the same contract, similar or inverted.');
    ELSIF a = b THEN
        PERFORM load.refuse('relation', 'a question is not linked to itself');
    END IF;
    UPDATE store.prediction_link l SET batch_to = run_batch WHERE l.prediction = a AND l.other = b AND l.batch_to IS NULL;
    INSERT INTO store.prediction_link (prediction, other, relation, why, batch) VALUES (a, b, link_predictions.relation, link_predictions.why, run_batch);
    RETURN load.close_batch(run_batch, tool, format('%s linked %s and %s: %s', who, word, other, relation), who);
END $$;

-- ---------------------------------------------------------------- forecasts

-- Where in the range a value lies: 0 at low, 1 at high; on a log scale by its distance from the zero point.
CREATE FUNCTION load.range_place(p store.prediction, x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN (p).zero_point IS NULL THEN (x - (p).low) / ((p).high - (p).low)
                WHEN x <= (p).zero_point THEN '-infinity'
                ELSE ln((x - (p).zero_point) / ((p).low - (p).zero_point)::float8) / ln((((p).high - (p).zero_point) / ((p).low - (p).zero_point))::float8) END
$$;

-- The mass of below, 200 buckets and above from a distribution function given at points, {{place, F}, …} by rising place,
-- straight between them; ends of the range that are closed take no mass beyond. What only sketches a distribution is mixed
-- with 1 % spread evenly, as nobody means the gaps between their figures to be impossible.
CREATE FUNCTION load.pmf_of_knots(xs float8[], fs float8[], open_low bool, open_high bool) RETURNS float8[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    buckets constant int := 200;
    n int := cardinality(xs);
    k int := 1;
    x float8;
    f float8;
    last float8 := 0;
    pmf float8[] := '{}';
    ends int := open_low::int + open_high::int;
    total float8;
BEGIN
    FOR i IN 0 .. buckets LOOP
        x := i::float8 / buckets;
        WHILE k <= n AND xs[k] <= x LOOP k := k + 1; END LOOP;
        f := CASE WHEN k = 1 THEN CASE WHEN xs[1] > x THEN 0 ELSE fs[1] END
                  WHEN k > n THEN 1
                  WHEN xs[k] = xs[k - 1] THEN fs[k]
                  ELSE fs[k - 1] + (fs[k] - fs[k - 1]) * (x - xs[k - 1]) / (xs[k] - xs[k - 1]) END;
        IF i = 0 AND NOT open_low THEN f := 0; END IF;
        IF i = buckets AND NOT open_high THEN f := 1; END IF;
        pmf := pmf || greatest(f - last, 0);
        last := greatest(f, last);
    END LOOP;
    pmf := pmf || (1 - last);
    SELECT array_agg(0.99 * u.m + 0.01 * CASE WHEN u.i = 1 THEN 0.05 * open_low::int WHEN u.i = buckets + 2 THEN 0.05 * open_high::int
                                              ELSE (1 - 0.05 * ends) / buckets END ORDER BY u.i)
      INTO pmf FROM unnest(pmf) WITH ORDINALITY AS u (m, i);
    RETURN pmf;
END $$;

CREATE FUNCTION load.check_rising(rule text, values_ float8[], what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM unnest(values_) WITH ORDINALITY AS v (x, i) WHERE x IS NULL OR x = 'NaN' OR i > 1 AND x < values_[i - 1]) THEN
        PERFORM load.refuse(rule, format('%s must not fall', what));
    END IF;
END $$;

-- A figure on the scale of its question: of a date question a day, or a number of days since 1970-01-01.
CREATE FUNCTION load.figure(kind text, said text) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF kind = 'date' AND said ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
        RETURN said::date - date '1970-01-01';
    ELSIF said !~ '^-?[0-9]*\.?[0-9]+([eE][+-]?[0-9]+)?$' OR said IS NULL THEN
        PERFORM load.refuse('forecast-form', format('"%s" is no %s', said, CASE kind WHEN 'date' THEN 'day' ELSE 'figure' END));
    END IF;
    RETURN said::float8;
END $$;

CREATE FUNCTION load.pmf_numeric(p store.prediction, said jsonb) RETURNS float8[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    form text := (SELECT k FROM jsonb_object_keys(said) k LIMIT 1);
    arg jsonb := said -> form;
    xs float8[];
    fs float8[];
BEGIN
    IF form = 'cdf' AND jsonb_typeof(arg -> 0) = 'number' THEN         -- at evenly spaced places of the range, both ends
        SELECT array_agg(v::float8 ORDER BY i) INTO fs FROM jsonb_array_elements_text(arg) WITH ORDINALITY AS a (v, i);
        PERFORM load.check_rising('cdf-falls', fs, 'a distribution function');
        IF cardinality(fs) < 3 OR fs[1] < 0 OR fs[cardinality(fs)] > 1 THEN
            PERFORM load.refuse('cdf-range', 'a distribution function has at least 3 points between 0 and 1');
        ELSIF fs[1] > 0 AND NOT p.open_low OR fs[cardinality(fs)] < 1 AND NOT p.open_high THEN
            PERFORM load.refuse('cdf-bounds', 'where the range is closed a distribution function begins at 0 and ends at 1');
        ELSIF cardinality(fs) <> 201 THEN       -- another number of points: a sketch like any other
            RETURN load.pmf_of_knots((SELECT array_agg((i - 1)::float8 / (cardinality(fs) - 1) ORDER BY i) FROM generate_series(1, cardinality(fs)) i), fs, p.open_low, p.open_high);
        END IF;
        RETURN (SELECT array_agg(v - coalesce(b, 0) ORDER BY i) || (1 - fs[cardinality(fs)])
                  FROM (SELECT v, lag(v) OVER (ORDER BY i) AS b, i FROM unnest(fs) WITH ORDINALITY AS a (v, i)) d);
    ELSIF form = 'cdf' THEN
        SELECT array_agg(load.figure(p.kind, v ->> 0) ORDER BY i), array_agg((v ->> 1)::float8 ORDER BY i) INTO xs, fs
          FROM jsonb_array_elements(arg) WITH ORDINALITY AS a (v, i);
    ELSIF form = 'quantiles' THEN
        SELECT array_agg(load.figure(p.kind, v) ORDER BY k::float8), array_agg(k::float8 ORDER BY k::float8) INTO xs, fs FROM jsonb_each_text(arg) AS q (k, v);
    ELSIF form = 'interval' THEN            -- [low, high, level]
        xs := ARRAY[load.figure(p.kind, arg ->> 0), load.figure(p.kind, arg ->> 1)];
        fs := ARRAY[(1 - (arg ->> 2)::float8) / 2, (1 + (arg ->> 2)::float8) / 2];
    ELSIF form = 'sample' THEN
        SELECT array_agg(x ORDER BY x), array_agg((i - 0.5) / n ORDER BY x) INTO xs, fs
          FROM (SELECT x, row_number() OVER (ORDER BY x) AS i, count(*) OVER () AS n FROM (SELECT load.figure(p.kind, v) AS x FROM jsonb_array_elements_text(arg) v) f) s;
    ELSE
        PERFORM load.refuse('forecast-form', 'a figure is forecast by quantiles, interval, sample or cdf');
    END IF;
    IF fs IS NULL OR EXISTS (SELECT FROM unnest(fs) f WHERE f IS NULL OR f < 0 OR f > 1 OR f = 'NaN') THEN
        PERFORM load.refuse('probability-range', 'levels lie between 0 and 1');
    END IF;
    PERFORM load.check_rising('cdf-falls', fs, 'a distribution function');
    PERFORM load.check_rising('quantiles-fall', xs, 'quantiles');
    SELECT array_agg(load.range_place(p, x) ORDER BY i) INTO xs FROM unnest(xs) WITH ORDINALITY AS v (x, i);
    -- beyond the outermost figures: to the end of the range, and a tenth of it further where that is open
    IF fs[1] > 0 THEN
        xs := least(xs[1], CASE WHEN p.open_low THEN -0.1 ELSE 0 END) || xs; fs := 0::float8 || fs;
    END IF;
    IF fs[cardinality(fs)] < 1 THEN
        xs := xs || greatest(xs[cardinality(xs)], CASE WHEN p.open_high THEN 1.1 ELSE 1 END); fs := fs || 1::float8;
    END IF;
    RETURN load.pmf_of_knots(xs, fs, p.open_low, p.open_high);
END $$;

-- What was said, as the mass of each outcome. said: {"p": 0.7}; {"p": {"option": 0.2, …}}; {"quantiles": …} and the like.
CREATE FUNCTION load.pmf(p store.prediction, said jsonb) RETURNS float8[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    pmf float8[];
    wrong text;
BEGIN
    IF p.kind = 'binary' THEN
        IF jsonb_typeof(said -> 'p') IS DISTINCT FROM 'number' THEN
            PERFORM load.refuse('forecast-form', 'a yes-or-no question is forecast by one probability', 'Give --p 0.7.');
        END IF;
        pmf := ARRAY[1 - (said ->> 'p')::float8, (said ->> 'p')::float8];
    ELSIF p.kind = 'choice' THEN
        IF jsonb_typeof(said -> 'p') IS DISTINCT FROM 'object' THEN
            PERFORM load.refuse('forecast-form', 'a choice is forecast by a probability for each option', 'Give --p OPTION=0.2 for each.');
        END IF;
        SELECT k INTO wrong FROM jsonb_object_keys(said -> 'p') k WHERE k <> ALL (p.options) LIMIT 1;
        IF wrong IS NOT NULL THEN
            PERFORM load.refuse('unknown-option', format('"%s" is no option', wrong), 'Options: ' || array_to_string(p.options, ', ') || '.');
        END IF;
        SELECT array_agg(coalesce((said -> 'p' ->> o)::float8, 0) ORDER BY i) INTO pmf FROM unnest(p.options) WITH ORDINALITY AS a (o, i);
        IF abs((SELECT sum(v) FROM unnest(pmf) v) - 1) > 1e-6 THEN
            PERFORM load.refuse('probability-sum', format('the probabilities sum to %s, not to 1 (within 0.000001)', (SELECT round(sum(v)::numeric, 6) FROM unnest(pmf) v)));
        END IF;
    ELSE
        RETURN load.pmf_numeric(p, said);
    END IF;
    IF EXISTS (SELECT FROM unnest(pmf) v WHERE v IS NULL OR v = 'NaN' OR v <= 0 OR v >= 1) THEN
        PERFORM load.refuse('probability-range', 'a probability lies between 0 and 1, both excluded', 'Nothing about the future is certain: 0.01 and 0.99 are as good as said.');
    END IF;
    RETURN pmf;
END $$;

-- A forecast is backfilled when it is recorded more than five minutes after it claims to have been made.
CREATE FUNCTION load.is_backfilled(claimed_at timestamptz, now timestamptz) RETURNS bool LANGUAGE sql IMMUTABLE AS $$
    SELECT claimed_at < now - interval '5 minutes'
$$;

-- said NULL: withdraws, or seals when there is a hash.
CREATE FUNCTION load.forecast(word text, by text, by_kind text, said jsonb, seal bytea, claimed timestamptz, expires timestamptz, why text, who text, tool text,
                              now timestamptz, OUT forecast bigint, OUT tx bigint) LANGUAGE plpgsql AS $$
DECLARE
    run_batch int := load.open_batch();
    p store.prediction := load.prediction_row(word);
    at timestamptz := coalesce(claimed, now, clock_timestamp());
BEGIN
    IF at < p.opens_at THEN
        PERFORM load.refuse('before-open', format('the question opens %s', p.opens_at));
    ELSIF at >= p.closes_at THEN
        PERFORM load.refuse('after-close', format('the question closed %s', p.closes_at));
    ELSIF at > coalesce(now, clock_timestamp()) + interval '5 minutes' THEN
        PERFORM load.refuse('claimed-at', 'a forecast cannot have been made in the future');
    ELSIF expires <= at THEN
        PERFORM load.refuse('expiry', 'a forecast expires after it is made');
    END IF;
    INSERT INTO store.forecast (prediction, forecaster, claimed_at, recorded_at, expires_at, backfilled, pmf, spec, seal, why, batch)
        VALUES (p.entity, load.forecaster(by, by_kind, run_batch), at, coalesce(now, clock_timestamp()), expires, load.is_backfilled(at, coalesce(now, clock_timestamp())),
                CASE WHEN said IS NOT NULL THEN load.pmf(p, said) END, CASE WHEN p.kind IN ('numeric', 'date') THEN said END, seal, forecast.why, run_batch)
        RETURNING id INTO forecast;
    tx := load.close_batch(run_batch, tool, format('%s: %s by %s', word, CASE WHEN said IS NOT NULL THEN 'forecast' WHEN seal IS NULL THEN 'withdrawn' ELSE 'sealed forecast' END, by), who);
END $$;

-- The text of a seal is JSON with the forecast in it, as load.pmf takes it, and whatever makes it impossible to guess.
CREATE FUNCTION load.unseal(sealed bigint, text text, who text, tool text, now timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    run_batch int := load.open_batch();
    f store.forecast;
BEGIN
    SELECT * INTO f FROM store.forecast x WHERE x.id = sealed AND x.seal IS NOT NULL;
    IF f.id IS NULL THEN
        RAISE no_data_found USING MESSAGE = format('there is no sealed forecast %s', sealed);
    ELSIF EXISTS (SELECT FROM store.unsealing u WHERE u.forecast = sealed) THEN
        PERFORM load.refuse('seal', 'this seal is open already');
    ELSIF sha256(convert_to(text, 'UTF8')) <> f.seal THEN
        PERFORM load.refuse('seal', 'the text is not the one that was sealed: its hash differs');
    END IF;
    INSERT INTO store.unsealing (forecast, text, pmf, opened_at, batch)
        SELECT f.id, unseal.text, load.pmf(p, unseal.text::jsonb - 'salt'), coalesce(now, clock_timestamp()), run_batch
          FROM store.prediction p WHERE p.entity = f.prediction AND p.batch_to IS NULL;
    RETURN load.close_batch(run_batch, tool, format('%s opened the seal of forecast %s', who, sealed), who);
END $$;
