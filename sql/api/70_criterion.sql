-- Criteria: what a question's expression over the ledger comes to. The plan is JSON as lib/criterion.c writes it; its words
-- are only ever compared with, never run.
--
-- Every expression is true, false or open (NULL): what asks whether something happened by a day is true once it did, false
-- once the day is over, open until then; what needs the whole time (sums below a bound, last figures) is open until then.
-- "Happened" goes by the day a thing is about; what counts as known goes by asserted_on and the store's transactions.

CREATE TYPE api.finding AS (truth bool, claims text[], known_on date, said text);

-- Facts of one entity and metric in a period of time, in the unit asked for, whole figures only (no parts of them).
-- first: as each was first released.
CREATE FUNCTION api.criterion_facts(filters jsonb, unit text, since date, until date, as_of date, snapshot bigint, vintage text)
RETURNS TABLE (claim bigint, value numeric, period_end date, asserted_on date) LANGUAGE sql STABLE AS $$
    WITH subject AS MATERIALIZED (
        SELECT api.entity_ids(filters ->> 'entity', NULL, as_of) AS ids
    ), metric AS MATERIALIZED (
        SELECT m.id, 0 AS rank FROM store.metric m WHERE api.metric_code(m.taxonomy, m.name) = filters ->> 'metric'
        UNION ALL
        SELECT m.id, c.rank FROM store.metric_map c JOIN store.metric m ON m.taxonomy = c.taxonomy AND m.name = c.concept WHERE c.metric = filters ->> 'metric'
    ), series AS MATERIALIZED (
        SELECT r.id, r.subject, m.rank FROM store.series r JOIN metric m ON m.id = r.metric JOIN store.unit u ON u.id = r.unit
        WHERE r.subject = ANY ((SELECT ids FROM subject)::int[]) AND (criterion_facts.unit IS NULL OR u.code = criterion_facts.unit)
          AND NOT EXISTS (SELECT FROM jsonb_object_keys(r.dims) k JOIN store.metric_dimension d ON d.dimension = k AND d.metric = r.metric WHERE d.role = 'part')
    ), known AS (
        SELECT f.claim, f.value, f.period_start, f.period_end, f.asserted_on, s.rank
        FROM series s CROSS JOIN LATERAL (SELECT z.* FROM api.facts_asof(as_of, snapshot) z WHERE z.series = s.id AND z.subject = s.subject OFFSET 0) f
        WHERE vintage <> 'first' AND f.state = 'v' AND f.nature NOT IN ('f', 'g')
        UNION ALL
        (SELECT DISTINCT ON (o.series, o.period_start, o.period_end) o.id, o.value, o.period_start, o.period_end, o.asserted_on, s.rank
        FROM store.observation o JOIN series s ON s.id = o.series AND s.subject = o.subject
        LEFT JOIN store.tx b ON b.batch = o.batch LEFT JOIN store.tx e ON e.batch = o.batch_to
        WHERE vintage = 'first' AND o.state = 'v' AND o.nature NOT IN ('f', 'g') AND (as_of IS NULL OR o.asserted_on <= as_of)
          AND CASE WHEN snapshot IS NULL THEN o.batch_to IS NULL ELSE b.tx <= snapshot AND (e.tx IS NULL OR e.tx > snapshot) END
          AND NOT EXISTS (SELECT FROM store.judgement j LEFT JOIN store.tx jb ON jb.batch = j.batch WHERE j.claim = o.id AND j.shape = 'o' AND j.verdict = 'deprecated'
                          AND j.batch_to IS NULL AND (snapshot IS NULL OR jb.tx <= snapshot))
        ORDER BY o.series, o.period_start, o.period_end, o.asserted_on, o.tier, o.id)
    )
    SELECT DISTINCT ON (k.period_start, k.period_end) k.claim, k.value, k.period_end, k.asserted_on FROM known k
    WHERE k.period_end > '-infinity' AND (since IS NULL OR k.period_end >= since) AND (until IS NULL OR k.period_end <= until)
      AND (NOT filters ? 'period' OR api.period_name(k.period_start, k.period_end) = filters ->> 'period')
    ORDER BY k.period_start, k.period_end, k.rank, k.claim
$$;

CREATE FUNCTION api.compare(a numeric, op text, b numeric) RETURNS bool LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE op WHEN '>' THEN a > b WHEN '>=' THEN a >= b WHEN '<' THEN a < b WHEN '<=' THEN a <= b WHEN '=' THEN a = b WHEN '!=' THEN a <> b END
$$;

-- One figure out of many, with the claims it rests on.
CREATE FUNCTION api.criterion_measure(plan jsonb, filters jsonb, as_of date, snapshot bigint, vintage text, OUT value numeric, OUT claims text[], OUT known_on date)
LANGUAGE sql STABLE AS $$
    WITH f AS (
        SELECT *, row_number() OVER (ORDER BY period_end DESC, claim DESC) AS from_end, row_number() OVER (ORDER BY period_end, claim) AS from_start
        FROM api.criterion_facts(filters, plan ->> 'unit', (plan ->> 'since')::date, (plan ->> 'by')::date, as_of, snapshot, vintage)
    ), m AS (
        SELECT CASE plan ->> 'measure' WHEN 'count' THEN count(*) WHEN 'sum' THEN sum(f.value) WHEN 'max' THEN max(f.value) WHEN 'min' THEN min(f.value)
                    WHEN 'first' THEN max(f.value) FILTER (WHERE f.from_start = 1) ELSE max(f.value) FILTER (WHERE f.from_end = 1) END AS value FROM f
    )
    SELECT m.value, coalesce(array_agg('o:' || f.claim ORDER BY f.claim) FILTER (WHERE f.claim IS NOT NULL), '{}'), max(f.asserted_on)
    FROM m LEFT JOIN f ON CASE plan ->> 'measure' WHEN 'count' THEN true WHEN 'sum' THEN true WHEN 'first' THEN f.from_start = 1 WHEN 'last' THEN f.from_end = 1
                               ELSE f.value = m.value END
    GROUP BY m.value
$$;

CREATE FUNCTION api.criterion_observation(plan jsonb, today date, as_of date, snapshot bigint, vintage text) RETURNS api.finding LANGUAGE plpgsql STABLE AS $$
DECLARE
    f api.finding;
    a record;
    b record;
    over bool := coalesce(today > (plan ->> 'by')::date, false);
    bound numeric := (plan ->> 'number')::numeric;
BEGIN
    IF plan ? 'other' THEN
        a := api.criterion_measure(plan, plan -> 'filters', as_of, snapshot, vintage);
        b := api.criterion_measure(plan, plan -> 'other', as_of, snapshot, vintage);
        f.truth := CASE WHEN over THEN coalesce(api.compare(a.value, plan ->> 'cmp', b.value), false) END;
        RETURN (f.truth, a.claims || b.claims, greatest(a.known_on, b.known_on), format('%s %s %s', coalesce(a.value::text, 'nothing'), plan ->> 'cmp', coalesce(b.value::text, 'nothing')));
    ELSIF plan ->> 'measure' = 'any' THEN
        SELECT true, ARRAY['o:' || c.claim], c.asserted_on, format('%s on %s', c.value, c.period_end) INTO f
        FROM api.criterion_facts(plan -> 'filters', plan ->> 'unit', (plan ->> 'since')::date, (plan ->> 'by')::date, as_of, snapshot, vintage) c
        WHERE api.compare(c.value, plan ->> 'cmp', bound) ORDER BY c.asserted_on, c.period_end, c.claim LIMIT 1;
        IF f.truth OR NOT over THEN
            RETURN f;
        END IF;
        SELECT false, coalesce(array_agg('o:' || c.claim ORDER BY c.claim), '{}'), (plan ->> 'by')::date, coalesce(format('nearest was %s', (array_agg(c.value))[1]), 'no figure') INTO f
        FROM (SELECT * FROM api.criterion_facts(plan -> 'filters', plan ->> 'unit', (plan ->> 'since')::date, (plan ->> 'by')::date, as_of, snapshot, vintage) x
              ORDER BY abs(x.value - bound), x.claim LIMIT 1) c;
        RETURN f;
    END IF;
    a := api.criterion_measure(plan, plan -> 'filters', as_of, snapshot, vintage);
    -- what can only grow is true as soon as it is reached
    f.truth := CASE WHEN over THEN coalesce(api.compare(a.value, plan ->> 'cmp', bound), false)
                    WHEN plan ->> 'measure' IN ('count', 'max') AND plan ->> 'cmp' IN ('>', '>=') AND api.compare(a.value, plan ->> 'cmp', bound) THEN true END;
    RETURN (f.truth, a.claims, a.known_on, format('%s is %s', plan ->> 'measure', coalesce(a.value::text, 'not known')));
END $$;

-- Deals that fit the filters, and when: the day they reached the stage asked for, or were announced.
CREATE FUNCTION api.criterion_deals(filters jsonb, since date, until date, as_of date, snapshot bigint)
RETURNS TABLE (deal int, slug text, amount numeric, currency text, reached bool, claims text[], happened date, known_on date, last_stage text) LANGUAGE sql STABLE AS $$
    WITH canon AS MATERIALIZED (
        SELECT * FROM api.canon(snapshot)
    ), deal AS MATERIALIZED (
        SELECT e.id, d.id AS slug, d.amount, d.currency, d.announced_first, d.asserted_on, d.claim
        FROM api.deals_asof(as_of, snapshot) d JOIN store.entity e ON e.slug = d.id
        WHERE (NOT filters ? 'type' OR d.type = ANY (string_to_array(filters ->> 'type', ',')) OR d.family = ANY (string_to_array(filters ->> 'type', ',')))
          AND (NOT filters ? 'target' OR d.target_id = ANY (api.entity_slugs(filters ->> 'target', NULL, as_of)))
          AND (NOT filters ? 'acquirer' OR d.acquirer_id = ANY (api.entity_slugs(filters ->> 'acquirer', NULL, as_of)))
          AND (NOT filters ? 'party' OR d.party_ids ?| api.entity_slugs(filters ->> 'party', NULL, as_of))
          AND (NOT filters ? 'currency' OR d.currency = upper(filters ->> 'currency'))
          AND (NOT filters ? 'min_amount' OR d.amount >= (filters ->> 'min_amount')::numeric)
          AND (NOT filters ? 'max_amount' OR d.amount <= (filters ->> 'max_amount')::numeric)
    ), stage AS MATERIALIZED (     -- that came to pass
        SELECT coalesce(c.canon, s.subject) AS deal, s.id, s.code, s.period_end, s.asserted_on, s.tier, g.rank
        FROM api.statements_asof(as_of, snapshot) s LEFT JOIN canon c ON c.entity = s.subject LEFT JOIN store.deal_stage g ON g.stage = s.code
        WHERE s.property = 'stage' AND s.nature NOT IN ('f', 'g') AND s.period_end IS NOT NULL AND (until IS NULL OR s.period_end <= until)
    )
    SELECT d.id, d.slug, d.amount, d.currency, coalesce(hit.id IS NOT NULL, false),
        CASE WHEN hit.id IS NOT NULL THEN ARRAY['s:' || hit.id] WHEN last.id IS NOT NULL THEN ARRAY['s:' || last.id]
             WHEN d.claim IS NOT NULL THEN ARRAY[d.claim] ELSE '{}' END,
        hit.period_end, hit.asserted_on, last.code
    FROM deal d
    LEFT JOIN LATERAL (SELECT * FROM stage s WHERE s.deal = d.id AND (since IS NULL OR s.period_end >= since)
                       AND CASE WHEN filters ? 'status' THEN s.code = ANY (string_to_array(filters ->> 'status', ','))
                                ELSE s.code IN (SELECT g.stage FROM store.deal_stage g WHERE g.announces) END
                       ORDER BY s.tier, s.period_end, s.id LIMIT 1) hit ON true
    -- why it did not: an end put to it, by the best source that says so, else where it stood last
    LEFT JOIN LATERAL (SELECT * FROM stage s WHERE s.deal = d.id
                       ORDER BY (s.code IN ('withdrawn', 'blocked')) DESC, s.tier, s.period_end DESC, s.rank DESC, s.id LIMIT 1) last ON true
$$;

CREATE FUNCTION api.criterion_deal(plan jsonb, today date, as_of date, snapshot bigint) RETURNS api.finding LANGUAGE plpgsql STABLE AS $$
DECLARE
    f api.finding;
    over bool := coalesce(today > (plan ->> 'by')::date, false);
    measure text := plan ->> 'measure';
    figure numeric;
    slugs text;
    wanting text;
BEGIN
    SELECT CASE measure WHEN 'sum' THEN sum(d.amount) FILTER (WHERE d.reached AND (NOT plan ? 'unit' OR d.currency = plan ->> 'unit')) ELSE count(*) FILTER (WHERE d.reached) END,
           coalesce((SELECT array_agg(c) FROM (SELECT unnest(x.claims) AS c FROM api.criterion_deals(plan -> 'filters', (plan ->> 'since')::date, (plan ->> 'by')::date, as_of, snapshot) x
                     WHERE x.reached LIMIT 100) u), '{}'),
           max(d.known_on) FILTER (WHERE d.reached), string_agg(d.slug, ', ' ORDER BY d.slug) FILTER (WHERE d.reached),
           string_agg(d.slug || coalesce(': ' || d.last_stage, ''), ', ' ORDER BY d.slug) FILTER (WHERE NOT d.reached)
      INTO figure, f.claims, f.known_on, slugs, wanting
      FROM api.criterion_deals(plan -> 'filters', (plan ->> 'since')::date, (plan ->> 'by')::date, as_of, snapshot) d;
    f.truth := CASE WHEN measure = 'exists' THEN CASE WHEN figure > 0 THEN true WHEN over THEN false END
                    WHEN over THEN coalesce(api.compare(coalesce(figure, 0), plan ->> 'cmp', (plan ->> 'number')::numeric), false)
                    WHEN plan ->> 'cmp' IN ('>', '>=') AND api.compare(figure, plan ->> 'cmp', (plan ->> 'number')::numeric) THEN true END;
    IF f.claims = '{}' AND measure = 'exists' THEN
        SELECT coalesce(array_agg(DISTINCT u.c), '{}') INTO f.claims
        FROM (SELECT unnest(x.claims) AS c FROM api.criterion_deals(plan -> 'filters', (plan ->> 'since')::date, (plan ->> 'by')::date, as_of, snapshot) x LIMIT 100) u;
        f.known_on := CASE WHEN over THEN (plan ->> 'by')::date END;
    END IF;
    f.said := CASE WHEN measure = 'exists' THEN left(coalesce(slugs, 'not reached by ' || wanting, 'no such deal'), 300) ELSE format('%s is %s', measure, coalesce(figure, 0)) END;
    RETURN f;
END $$;

CREATE FUNCTION api.criterion_question(plan jsonb, snapshot bigint) RETURNS api.finding LANGUAGE plpgsql STABLE AS $$
DECLARE
    asked int := load.prediction_entity(plan ->> 'id');
    r store.resolution;
BEGIN
    SELECT x.* INTO r FROM store.resolution x LEFT JOIN store.tx t ON t.batch = x.batch
     WHERE x.prediction = asked AND x.step IN ('final', 'reopened') AND (criterion_question.snapshot IS NULL OR t.tx <= criterion_question.snapshot) ORDER BY x.id DESC LIMIT 1;
    IF r.step IS DISTINCT FROM 'final' OR r.outcome NOT IN ('yes', 'no', 'option') THEN
        RETURN (NULL::bool, '{}'::text[], NULL::date, 'not settled'::text);
    END IF;
    RETURN (coalesce(r.option, r.outcome) = plan ->> 'outcome', r.claims, r.known_at::date, format('it was settled %s', coalesce(r.option, r.outcome)));
END $$;

-- today: the day the question is asked; as_of and snapshot: what may be known; both NULL: all.
CREATE FUNCTION api.criterion(plan jsonb, today date, as_of date, snapshot bigint, vintage text) RETURNS api.finding LANGUAGE plpgsql STABLE AS $$
DECLARE
    f api.finding;
    part api.finding;
    op text := plan ->> 'op';
    any_of bool := op = 'or';
BEGIN
    IF op = 'not' THEN
        f := api.criterion(plan -> 'args' -> 0, today, as_of, snapshot, vintage);
        f.truth := NOT f.truth;
        RETURN f;
    ELSIF op NOT IN ('and', 'or') THEN
        RETURN CASE op WHEN 'deals' THEN api.criterion_deal(plan, today, as_of, snapshot)
                       WHEN 'observation' THEN api.criterion_observation(plan, today, as_of, snapshot, vintage)
                       WHEN 'question' THEN api.criterion_question(plan, snapshot) END;
    END IF;
    f := (NOT any_of, '{}'::text[], NULL, '');
    FOR i IN 0 .. jsonb_array_length(plan -> 'args') - 1 LOOP
        part := api.criterion(plan -> 'args' -> i, today, as_of, snapshot, vintage);
        IF part.truth = any_of THEN        -- one is enough
            RETURN part;
        END IF;
        f := (CASE WHEN any_of THEN f.truth OR part.truth ELSE f.truth AND part.truth END, f.claims || part.claims, greatest(f.known_on, part.known_on),
              concat_ws('; ', nullif(f.said, ''), part.said));
    END LOOP;
    RETURN f;
END $$;

-- How often the like came true before: for deals, those of the same kind by whoever, which reached the stage; for figures,
-- the earlier periods of the same series that met the bound. One row each; came_true NULL: open.
CREATE FUNCTION api.base_rate(plan jsonb, before date) RETURNS TABLE (thing text, came_true bool, at date) LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF plan ->> 'op' = 'deals' AND plan -> 'filters' ? 'status' THEN
        RETURN QUERY SELECT d.slug, d.reached, d.happened
            FROM api.criterion_deals((plan -> 'filters') - ARRAY['target', 'acquirer', 'party'], NULL, before, NULL, NULL) d
            WHERE d.last_stage IS NOT NULL OR d.reached ORDER BY d.happened NULLS LAST, d.slug;
    ELSIF plan ->> 'op' = 'observation' AND plan ? 'number' THEN
        RETURN QUERY SELECT f.value::text, api.compare(f.value, plan ->> 'cmp', (plan ->> 'number')::numeric), f.period_end
            FROM api.criterion_facts(plan -> 'filters', plan ->> 'unit', NULL, before, NULL, NULL, 'known') f ORDER BY f.period_end;
    END IF;
END $$;

-- The day up to which the public's knowledge counts.
CREATE FUNCTION api.vintage_day(p store.prediction, today date) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE (p).vintage WHEN 'known' THEN least(today, (p).closes_at::date) ELSE today END
$$;

-- What the criterion of a question comes to on a day, with what the store knew at a transaction.
CREATE FUNCTION api.try_criterion(p store.prediction, today date, snapshot bigint) RETURNS api.finding LANGUAGE sql STABLE AS $$
    SELECT api.criterion((p).plan, today, api.vintage_day(p, today), snapshot, (p).vintage)
$$;
