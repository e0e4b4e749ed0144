-- Why a figure is what it is: the claims behind it, how each stands to the one shown, and who said it first.

-- ---------------------------------------------------------------- witnesses

-- The source another one only repeats, followed to the end of the chain; itself when it repeats nobody.
CREATE FUNCTION api.source_root(source int) RETURNS int LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH RECURSIVE chain AS (
        SELECT s.id, s.origin, 1 AS steps FROM store.source s WHERE s.id = source_root.source
        UNION ALL
        SELECT s.id, s.origin, c.steps + 1 FROM chain c JOIN store.source s ON s.id = c.origin WHERE c.steps < 16
    )
    SELECT id FROM chain ORDER BY steps DESC LIMIT 1
$$;

-- Is one article the other in all but a word? Same figure is taken for granted; near in time, and titles near-identical.
CREATE FUNCTION api.is_echo(title text, said_on date, other_title text, other_said_on date) RETURNS bool LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT abs(said_on - other_said_on) <= 7 AND public.similarity(lower(title), lower(other_title)) >= 0.75
$$;

-- ---------------------------------------------------------------- how two claims stand to each other

-- In what the dimensions of two claims of one metric differ; NULL: in nothing. Roles are those of store.metric_dimension.
CREATE FUNCTION api.dims_verdict(metric int, a jsonb, b jsonb) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN bool_or(role <> 'setting') THEN 'not comparable: component'
                WHEN bool_or(said IS NOT NULL AND other IS NOT NULL) THEN 'not comparable: setting'
                WHEN count(*) > 0 THEN 'not comparable: setting not said' END
      FROM (SELECT coalesce(d.role, 'part') AS role, a ->> k AS said, b ->> k AS other
              FROM (SELECT jsonb_object_keys(a) UNION SELECT jsonb_object_keys(b)) AS keys(k)
              LEFT JOIN store.metric_dimension d ON d.metric = dims_verdict.metric AND d.dimension = k
             WHERE a ->> k IS DISTINCT FROM b ->> k) differing
$$;

-- Claims about one subject and one metric (with the concepts that stand for it) whose periods meet that of a claim: the
-- claim shown first, each other one with its verdict. key is o:ID of the claim shown.
CREATE FUNCTION api.why_claims(key text, as_of date, snapshot bigint)
RETURNS TABLE (claim text, verdict text, value numeric, value_to numeric, comparator text, unit text, low numeric, high numeric, dimensions jsonb,
    metric text, period_start date, period_end date, nature text, state text, decimals smallint, asserted_on date, tier text, publisher text, source text,
    source_url text, locator text, quote text, note text, document text, at int, fetched_at timestamptz, fetched_from text, judgement text, origin text,
    witness bool, tx bigint)
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE shown AS (
        SELECT o.*, r.metric, r.dims, r.unit, CASE WHEN m.taxonomy = 'aimarket' THEN m.name ELSE (
                   SELECT min(x.metric) FROM store.metric_map x WHERE (x.taxonomy, x.concept) = (m.taxonomy, m.name)) END AS canonical
          FROM store.observation o JOIN store.series r ON r.id = o.series JOIN store.metric m ON m.id = r.metric
         WHERE o.id = substring(why_claims.key FROM '^o:([0-9]+)$')::bigint
    ), kin AS (      -- the metric itself, the one it stands for, and what else stands for that
        SELECT s.metric FROM shown s
        UNION SELECT m.id FROM shown s JOIN store.metric m ON m.taxonomy = 'aimarket' AND m.name = s.canonical
        UNION SELECT m.id FROM shown s JOIN store.metric_map x ON x.metric = s.canonical JOIN store.metric m ON (m.taxonomy, m.name) = (x.taxonomy, x.concept)
    ), past AS (
        SELECT t.batch FROM store.tx t WHERE t.tx <= snapshot
    ), canon AS MATERIALIZED (
        SELECT * FROM api.canon(snapshot)
    ), one AS (      -- the subject, and who was merged with it
        SELECT s.subject AS id FROM shown s
        UNION SELECT c.canon FROM canon c JOIN shown s ON s.subject = c.entity
        UNION SELECT c.entity FROM canon c JOIN shown s ON c.canon IN (s.subject, (SELECT x.canon FROM canon x WHERE x.entity = s.subject))
    ), near AS (
        SELECT o.*, r.metric, r.dims, r.unit, j.verdict AS judged, j.why, s.id = o.id AS is_shown, s.series AS shown_series, s.dims AS shown_dims, s.unit AS shown_unit,
               s.period_start AS shown_start, s.period_end AS shown_end, s.nature IN ('f', 'g') AS shown_plan, s.asserted_on AS shown_day, api.source_root(o.source) AS root,
               api.claim_low(s.value, s.comparator, s.state, s.decimals) AS shown_low,
               api.claim_high(s.value, s.value_high, s.comparator, s.state, s.decimals) AS shown_high,
               api.claim_low(o.value, o.comparator, o.state, o.decimals) AS low,
               api.claim_high(o.value, o.value_high, o.comparator, o.state, o.decimals) AS high
          FROM shown s
          JOIN store.series r ON r.subject IN (SELECT i.id FROM one i) AND r.metric IN (SELECT k.metric FROM kin k)
          JOIN store.observation o ON o.series = r.id AND o.subject = r.subject AND o.period_end >= s.period_start AND o.period_start <= s.period_end
          LEFT JOIN store.judgement j ON j.claim = o.id AND j.shape = 'o'
               AND CASE WHEN snapshot IS NULL THEN j.batch_to IS NULL
                   ELSE j.batch IN (TABLE past) AND coalesce(j.batch_to NOT IN (TABLE past), true) END
         WHERE (as_of IS NULL OR o.asserted_on <= as_of)
           AND CASE WHEN snapshot IS NULL THEN o.batch_to IS NULL
               ELSE o.batch IN (TABLE past) AND coalesce(o.batch_to NOT IN (TABLE past), true) END
    ), told AS (
        SELECT n.*, w.title, w.ref, w.locator, w.address, w.quote, w.tier AS tier_name, w.said_on, p.slug AS publisher,
               coalesce(api.dims_verdict(n.metric, n.shown_dims, n.dims),
                   CASE WHEN n.unit <> n.shown_unit THEN 'not comparable: unit'
                        WHEN (n.period_start, n.period_end) <> (n.shown_start, n.shown_end) THEN 'not comparable: period'
                        WHEN n.nature IN ('f', 'g') <> n.shown_plan THEN 'not comparable: nature'
                        WHEN n.asserted_on <> n.shown_day AND n.series = n.shown_series AND api.told_by_day(n.series) THEN 'not comparable: vintage' END) AS apart
          FROM near n JOIN store.source w ON w.id = n.source JOIN store.publisher p ON p.id = w.publisher
    ), traced AS (   -- an echo repeats an earlier claim of the same figure: marked by its origin, or found
        SELECT t.*, (SELECT e.id FROM told e
                      WHERE e.id <> t.id AND e.apart IS NOT DISTINCT FROM t.apart AND (e.metric, e.unit, e.dims) = (t.metric, t.unit, t.dims) AND e.period_end = t.period_end
                        AND e.value = t.value AND (e.asserted_on, e.id) < (t.asserted_on, t.id)
                        AND (e.root = t.root OR api.is_echo(t.title, t.asserted_on, e.title, e.asserted_on))
                      ORDER BY e.asserted_on, e.id LIMIT 1) AS echo_of
          FROM told t
    )
    SELECT 'o:' || t.id,
           CASE WHEN t.is_shown THEN 'shown' WHEN t.judged = 'deprecated' THEN 'deprecated' WHEN t.apart IS NOT NULL THEN t.apart
                WHEN t.low IS NULL OR t.shown_low IS NULL THEN 'not comparable: undisclosed'
                WHEN t.low > t.shown_high OR t.high < t.shown_low THEN 'differs'
                WHEN t.echo_of IS NOT NULL THEN 'not comparable: same origin' ELSE 'agrees' END,
           t.value, t.value_high, api.comparator_text(t.comparator), u.code, trim_scale(t.low), trim_scale(t.high), t.dims, api.metric_code(m.taxonomy, m.name),
           nullif(t.period_start, '-infinity'), nullif(t.period_end, '-infinity'), api.nature_name(t.nature), api.state_name(t.state), t.decimals, t.asserted_on,
           t.tier_name, t.publisher, api.source_text(t.title, t.ref, NULL), t.address, t.locator, t.quote, n.text, encode(d.sha256, 'hex'), t.at, c.at, c.address,
           nullif(concat_ws(': ', t.judged, t.why), ''),
           CASE WHEN t.root <> t.source THEN (SELECT api.source_text(r.title, r.ref, r.locator) FROM store.source r WHERE r.id = t.root)
                WHEN t.echo_of IS NOT NULL THEN 'o:' || t.echo_of END,
           t.echo_of IS NULL AND t.apart IS NULL, x.tx
      FROM traced t
      JOIN store.unit u ON u.id = t.unit JOIN store.metric m ON m.id = t.metric
      LEFT JOIN store.note n ON n.id = t.note LEFT JOIN store.document d ON d.id = t.document LEFT JOIN store.tx x ON x.batch = t.batch
      LEFT JOIN LATERAL (SELECT k.at, k.address FROM store.capture k WHERE k.document = t.document ORDER BY k.id LIMIT 1) c ON true
     ORDER BY NOT t.is_shown, t.apart IS NOT NULL, t.judged IS NOT DISTINCT FROM 'deprecated',
              api.rank_key(t.judged, t.state, t.nature, t.tier, t.comparator, t.decimals, t.asserted_on), t.id DESC
$$;
COMMENT ON FUNCTION api.why_claims(text, date, bigint) IS
    'Every claim near the one shown (same subject and metric, periods that meet) with its interval, verdict, evidence and origin';

-- ---------------------------------------------------------------- the fact

-- Figures a question may mean: of an entity or deal, a metric (NULL: a deal's amount) and a stretch of days; the newest period
-- when none is named. A claim, o:ID or d:…, means its own fact.
CREATE FUNCTION api.why_facts(word text, metric_name text, first date, last date, as_of date, snapshot bigint)
RETURNS TABLE (claim text, entity text, entity_id text, metric text, label text, definition text, dimensions jsonb, period text, period_start date,
    period_end date, value numeric, value_to numeric, comparator text, unit text, decimals smallint, state text, nature text, rule text, claims int, disputed bool,
    value_low numeric, value_high numeric, asserted_on date, tier text, source text, source_url text, formula text, inputs jsonb)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    slugs text[];
    wanted text := metric_name;
    component text;     -- a deal's amount is its total, when somebody told one
BEGIN
    IF word ~ '^[od]:[0-9]' THEN
        SELECT ARRAY[e.slug, (SELECT x.slug FROM api.canon(snapshot) c JOIN store.entity x ON x.id = c.canon WHERE c.entity = e.id)],
               api.metric_code(m.taxonomy, m.name) INTO slugs, wanted
          FROM store.observation o JOIN store.series r ON r.id = o.series JOIN store.metric m ON m.id = r.metric JOIN store.entity e ON e.id = r.subject
         WHERE o.id = substring(word FROM '[0-9]+')::bigint;
        IF slugs IS NULL THEN
            RAISE no_data_found USING MESSAGE = format('there is no claim %s', word);
        END IF;
        IF word LIKE '%*%' THEN     -- computed from a price (42_market.sql): of the entity as which that reads
            slugs := api.entity_slugs(slugs[1]);
            wanted := CASE WHEN word LIKE '%#rank' THEN 'market_cap_rank' ELSE 'market_cap' END;
        END IF;
    ELSE
        slugs := api.entity_slugs(word, NULL, as_of);
        IF coalesce(wanted, 'amount') = 'amount' AND (SELECT bool_and(e.kind = 'deal') FROM store.entity e WHERE e.slug = ANY (slugs)) THEN
            wanted := 'deal_amount';
            IF as_of IS NULL AND snapshot IS NULL THEN
                component := (SELECT d.component FROM api.deals d WHERE d.id = ANY (slugs) AND d.component IS NOT NULL LIMIT 1);
            ELSE
                component := (SELECT d.component FROM api.deals_asof(as_of, snapshot) d WHERE d.id = ANY (slugs) AND d.component IS NOT NULL LIMIT 1);
            END IF;
        END IF;
        IF wanted IS NULL THEN
            RAISE invalid_parameter_value USING MESSAGE = format('which figure of %s?', word),
                HINT = coalesce('Name a metric: ' || (SELECT string_agg(n.code, ', ') FROM (
                    SELECT DISTINCT api.metric_code(m.taxonomy, m.name) AS code, m.taxonomy <> 'aimarket' AS foreign_name
                      FROM store.series r JOIN store.metric m ON m.id = r.metric JOIN store.entity e ON e.id = r.subject
                     WHERE e.slug = ANY (slugs) ORDER BY 2, 1 LIMIT 12) n) || '.', 'Nothing is claimed about it in numbers.');
        END IF;
        PERFORM api.metric_names(ARRAY[wanted]);
    END IF;
    RETURN QUERY
        SELECT f.claim, f.entity, f.entity_id, f.metric, f.label, m.definition, f.dimensions, f.period, f.period_start, f.period_end, f.value, f.value_to,
               f.comparator, f.unit, f.decimals, f.state, f.nature, f.rule, f.claims, f.disputed, f.value_low, f.value_high, f.asserted_on, f.tier, f.source,
               f.source_url, coalesce(f.formula, r.formula), coalesce(f.inputs, r.inputs)
          FROM api.why_figures(slugs, wanted, as_of, snapshot) f
          LEFT JOIN store.metric m ON api.metric_code(m.taxonomy, m.name) = f.metric
          LEFT JOIN LATERAL api.why_dollars(f.metric, f.entity_id, f.value, f.unit, as_of, snapshot) r ON true
         WHERE (component IS NULL OR f.dimensions ->> 'component' = component)
           AND CASE WHEN word ~ '^d:' THEN f.claim = word
                    WHEN word ~ '^o:' THEN EXISTS (SELECT FROM store.observation o WHERE o.id = substr(word, 3)::bigint
                                                      AND nullif(o.period_start, '-infinity') IS NOT DISTINCT FROM f.period_start
                                                      AND CASE o.period_end WHEN 'infinity' THEN f.period = 'open'
                                                               ELSE nullif(o.period_end, '-infinity') IS NOT DISTINCT FROM f.period_end END
                                                      AND f.dimensions = (SELECT r.dims FROM store.series r WHERE r.id = o.series))
                    WHEN first IS NOT NULL THEN f.period_end IS NULL OR f.period_end BETWEEN first AND last OR (f.period_start <= last AND f.period_end >= first)
                    ELSE f.period_end IS NOT DISTINCT FROM f.newest END
         ORDER BY f.period_end DESC NULLS LAST, f.dimensions, f.period_start DESC;
    IF NOT FOUND THEN
        RAISE no_data_found USING MESSAGE = format('nothing is claimed about %s of %s%s', wanted, word, coalesce(' from ' || first || ' to ' || last, ''));
    END IF;
END $$;
COMMENT ON FUNCTION api.why_facts(text, text, date, date, date, bigint) IS 'The figures a question "why" means, with the rule that chose each';

-- An amount of a deal in another currency: what it is in dollars, by which rates of which day.
CREATE FUNCTION api.why_dollars(metric text, deal text, value numeric, currency text, as_of date, snapshot bigint)
RETURNS TABLE (formula text, inputs jsonb) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    day date;
BEGIN
    IF why_dollars.metric <> 'deal_amount' OR value IS NULL OR currency = 'USD' OR currency !~ '^[A-Z]{3}$' THEN
        RETURN;
    END IF;
    IF as_of IS NULL AND snapshot IS NULL THEN
        SELECT d.announced_first INTO day FROM store.deal d WHERE d.id = why_dollars.deal AND d.date_precision = 'day';
    ELSE
        SELECT d.announced_first INTO day FROM api.deal_rows(as_of, snapshot, ARRAY(SELECT e.id FROM store.entity e WHERE e.slug = why_dollars.deal)) d
         WHERE d.date_precision = 'day';
    END IF;
    RETURN QUERY SELECT format('%s USD at the rates of %s', trim_scale(round(value * r.factor, 2)), r.rate_day), r.inputs
                   FROM api.usd_rate(currency, day, as_of, snapshot) r WHERE r.factor IS NOT NULL;
END $$;

-- Figures of a metric of some entities, with the end of the newest period that is over a figure of its kind.
CREATE FUNCTION api.why_figures(slugs text[], wanted text, as_of date, snapshot bigint)
RETURNS TABLE (claim text, entity text, entity_id text, metric text, label text, dimensions jsonb, period text, period_start date, period_end date,
    value numeric, value_to numeric, comparator text, unit text, decimals smallint, state text, nature text, rule text, claims int, disputed bool,
    value_low numeric, value_high numeric, asserted_on date, tier text, source text, source_url text, formula text, inputs jsonb, newest date)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT f.claim, f.entity, f.entity_id, f.metric, f.label, f.dimensions, f.period, f.period_start, f.period_end, f.value, f.value_to, f.comparator,
                f.unit, f.decimals, f.state, f.nature, f.rule, f.claims, f.disputed, f.value_low, f.value_high, f.asserted_on, f.tier, f.source, f.source_url,
                f.formula, f.inputs, max(f.period_end) FILTER (WHERE f.nature NOT IN (''forecast'', ''guidance'')) OVER ()
           FROM %s f WHERE f.subject = ANY ($1) AND f.metric = $2',
        -- these are partly computed; all others need not pay for planning that
        CASE WHEN wanted IN ('market_cap', 'market_cap_rank') OR EXISTS (SELECT FROM store.metric_map x WHERE x.metric = wanted) THEN 'api.figures' ELSE 'api.observations' END
        || CASE WHEN as_of IS NULL AND snapshot IS NULL THEN '' ELSE '_asof($3, $4)' END) USING slugs, wanted, as_of, snapshot;
END $$;

-- ---------------------------------------------------------------- what stands beside it

-- The claims a figure was computed from.
CREATE FUNCTION api.why_inputs(inputs jsonb)
RETURNS TABLE (role text, sign int, value numeric, unit text, metric text, period_start date, period_end date, source text, source_url text, claim text)
LANGUAGE sql STABLE AS $$
    SELECT i ->> 'role', coalesce((i ->> 'sign')::int, 1), o.value, u.code, api.metric_code(m.taxonomy, m.name), nullif(o.period_start, '-infinity'),
           nullif(o.period_end, '-infinity'), api.source_text(w.title, w.ref, w.locator), w.address, i ->> 'claim'
      FROM jsonb_array_elements(inputs) WITH ORDINALITY x(i, n)
      JOIN store.observation o ON o.id = substr(i ->> 'claim', 3)::bigint
      JOIN store.series r ON r.id = o.series JOIN store.metric m ON m.id = r.metric JOIN store.unit u ON u.id = r.unit JOIN store.source w ON w.id = o.source
     ORDER BY x.n
$$;

-- The same number about something near: the owner, what it owns, the other products of the owner; for a deal its parties.
CREATE FUNCTION api.why_elsewhere(key text, as_of date, snapshot bigint)
RETURNS TABLE (entity text, entity_id text, relation text, metric text, dimensions jsonb, period_end date, value numeric, unit text, asserted_on date, tier text,
    source text, claim text)
LANGUAGE sql STABLE AS $$
    WITH shown AS (
        SELECT o.subject, o.value, r.unit FROM store.observation o JOIN store.series r ON r.id = o.series
         WHERE o.id = substring(why_elsewhere.key FROM '^o:([0-9]+)$')::bigint AND o.value IS NOT NULL
    ), tie AS (
        SELECT s.subject, s.object, s.property FROM api.statements_asof(as_of, snapshot) s
         WHERE s.object IS NOT NULL AND s.property IN ('parent', 'product_of', 'developer', 'party')
           AND (s.subject IN (SELECT x.subject FROM shown x) OR s.object IN (SELECT x.subject FROM shown x))
    ), relative AS (
        SELECT t.object AS id, min(t.property) AS relation FROM tie t JOIN shown x ON x.subject = t.subject GROUP BY t.object
        UNION
        SELECT t.subject, min('has as ' || t.property) FROM tie t JOIN shown x ON x.subject = t.object GROUP BY t.subject
    )
    SELECT e.name, e.slug, n.relation, api.metric_code(m.taxonomy, m.name), r.dims, nullif(o.period_end, '-infinity'), o.value, u.code, o.asserted_on, w.tier,
           api.source_text(w.title, w.ref, w.locator), 'o:' || o.id
      FROM shown x
      JOIN relative n ON true
      JOIN store.entity e ON e.id = n.id
      JOIN store.series r ON r.subject = n.id AND r.unit = x.unit
      JOIN store.observation o ON o.series = r.id AND o.subject = n.id AND o.value = x.value
      JOIN store.metric m ON m.id = r.metric JOIN store.unit u ON u.id = r.unit JOIN store.source w ON w.id = o.source
     WHERE o.batch_to IS NULL AND (as_of IS NULL OR o.asserted_on <= as_of) AND x.value <> 0
     ORDER BY o.tier, o.asserted_on, o.id
$$;
COMMENT ON FUNCTION api.why_elsewhere(text, date, bigint) IS 'The same number told of an owner, a product or a party: a figure may have been copied to the wrong subject';

-- The whole answer as one object a figure, for --format json and the API.
CREATE FUNCTION api.why(word text, metric_name text, first date, last date, as_of date, snapshot bigint) RETURNS SETOF jsonb LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(f) - 'inputs' || jsonb_build_object('witnesses', (SELECT count(*) FROM api.why_claims(f.claim, as_of, snapshot) c WHERE c.witness),
               'claims', coalesce((SELECT jsonb_agg(to_jsonb(c)) FROM api.why_claims(f.claim, as_of, snapshot) c), '[]'),
               'inputs', coalesce((SELECT jsonb_agg(to_jsonb(i)) FROM api.why_inputs(f.inputs) i), '[]'),
               'elsewhere', coalesce((SELECT jsonb_agg(to_jsonb(x)) FROM api.why_elsewhere(f.claim, as_of, snapshot) x), '[]'))
      FROM api.why_facts(word, metric_name, first, last, as_of, snapshot) f
$$;
COMMENT ON FUNCTION api.why(text, text, date, date, date, bigint) IS 'Why a figure is what it is: rule, claims with verdicts and evidence, inputs, the same number elsewhere';
