-- One thing with all its claims: what `aimarket show` prints, section by section. Each takes a key, a day and a transaction.

-- What a reference means: its kind (deal, filing, entity, source, document, observation, figure, statement) and its key there.
CREATE FUNCTION api.reference(word text, day date DEFAULT NULL) RETURNS TABLE (what text, key text) LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF word ~ '^[os]:[0-9]{1,18}$' THEN
        RETURN QUERY SELECT CASE left(word, 1) WHEN 'o' THEN 'observation' ELSE 'statement' END, substr(word, 3);
    ELSIF word ~ '^d:[0-9]{1,18}([+-][0-9]{1,18})*$' THEN
        RETURN QUERY SELECT 'figure', word;
    ELSIF word ~ '^source:[0-9]{1,9}$' THEN
        RETURN QUERY SELECT 'source', w.id::text FROM store.source w WHERE w.id = substr(word, 8)::int;
    ELSIF word ~ '^document:[0-9]{1,9}$' THEN
        RETURN QUERY SELECT 'document', d.id::text FROM store.document d WHERE d.id = substr(word, 10)::int;
    ELSIF word ~ '^(document:)?[0-9a-f]{8,64}$' AND NOT EXISTS (SELECT FROM api.entity_candidates(word, day)) THEN
        RETURN QUERY SELECT 'document', d.id::text FROM store.document d WHERE encode(d.sha256, 'hex') LIKE replace(word, 'document:', '') || '%';
    ELSIF EXISTS (SELECT FROM api.entity_candidates(word, day)) THEN
        RETURN QUERY SELECT CASE WHEN e.kind IN ('deal', 'filing') THEN e.kind ELSE 'entity' END, e.slug
            FROM store.entity e WHERE e.id = ANY ((SELECT api.entity_ids(word, NULL, day))::int[]) AND NOT EXISTS (SELECT FROM store.entity_canon c WHERE c.entity = e.id)
            ORDER BY e.kind IN ('deal', 'filing'), e.slug;
    ELSE
        RETURN QUERY SELECT 'source', w.id::text FROM store.source w WHERE w.ref = word ORDER BY w.id LIMIT 1;
    END IF;
    IF NOT FOUND THEN
        RAISE no_data_found USING MESSAGE = format('nothing is called "%s"', word),
            HINT = coalesce('Nearest: ' || api.entity_nearest(word) || '.', 'A slug, a name, scheme:value, o:ID, s:ID, source:N, document:N or a SHA-256 will do.');
    END IF;
END $$;
COMMENT ON FUNCTION api.reference(text, date) IS 'What a reference means on a day (NULL: today): kind and key; several rows when a name is borne by several; no_data_found names the nearest';

-- The entity of a slug with all that were merged into it.
CREATE FUNCTION api.slug_ids(slug text) RETURNS int[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(i.id) FROM (
        SELECT e.id FROM store.entity e WHERE e.slug = slug_ids.slug
        UNION SELECT c.entity FROM store.entity_canon c JOIN store.entity e ON e.id = c.canon WHERE e.slug = slug_ids.slug) AS i
$$;

-- All claims about the facts of some series, the shown one of each fact first, and how the others stand to it.
CREATE FUNCTION api.claims_of_series(series_ids int[], as_of date, snapshot bigint)
RETURNS TABLE (metric text, dimensions jsonb, period_start date, period_end date, value numeric, value_to numeric, comparator text, unit text,
    decimals smallint, state text, nature text, standing text, asserted_on date, tier text, source text, source_url text, judgement text, note text,
    document text, at int, tx bigint, claim text, series int)
LANGUAGE sql STABLE AS $$
    WITH past AS (
        SELECT t.batch FROM store.tx t WHERE t.tx <= snapshot
    ), claim AS (
        SELECT o.*, j.verdict, j.why, (j.verdict IS NOT DISTINCT FROM 'deprecated')::int * 2 + (o.nature IN ('f', 'g'))::int AS kind,
               api.rank_key(j.verdict, o.state, o.nature, o.tier, o.comparator, o.decimals, o.asserted_on) AS key,
               api.claim_low(o.value, o.comparator, o.state, o.decimals) AS least,
               api.claim_high(o.value, o.value_high, o.comparator, o.state, o.decimals) AS most,
               CASE WHEN api.told_by_day(o.series) THEN o.asserted_on END AS vintage
        FROM store.observation o
        LEFT JOIN store.judgement j ON j.claim = o.id AND j.shape = 'o'
             AND (snapshot IS NULL AND j.batch_to IS NULL OR snapshot IS NOT NULL
                  AND j.batch IN (SELECT p.batch FROM past p) AND (j.batch_to IS NULL OR j.batch_to NOT IN (SELECT p.batch FROM past p)))
        WHERE o.series = ANY (series_ids) AND (as_of IS NULL OR o.asserted_on <= as_of)
          AND (snapshot IS NULL AND o.batch_to IS NULL OR snapshot IS NOT NULL
               AND o.batch IN (SELECT p.batch FROM past p) AND (o.batch_to IS NULL OR o.batch_to NOT IN (SELECT p.batch FROM past p)))
    ), ranked AS (
        SELECT c.*, row_number() OVER w AS place, first_value(c.kind) OVER w AS shown_kind, first_value(c.vintage) OVER w AS shown_vintage, first_value(c.least) OVER w AS shown_least,
               first_value(c.most) OVER w AS shown_most, min(c.most) OVER k AS lowest, max(c.least) OVER k AS highest
        FROM claim c WINDOW w AS (PARTITION BY c.series, c.period_end, c.period_start ORDER BY c.kind, c.key >> 59, c.vintage DESC, c.key, c.id DESC),
            k AS (PARTITION BY c.series, c.period_end, c.period_start, c.kind, c.vintage)
    )
    SELECT CASE WHEN m.taxonomy = 'aimarket' THEN m.name ELSE m.taxonomy || ':' || m.name END, r.dims, nullif(c.period_start, '-infinity'),
           nullif(c.period_end, '-infinity'), c.value, c.value_high, api.comparator_text(c.comparator), u.code, c.decimals, api.state_name(c.state),
           api.nature_name(c.nature),
           CASE WHEN c.verdict = 'deprecated' THEN 'deprecated' WHEN c.place = 1 THEN 'shown' WHEN c.kind <> c.shown_kind THEN 'not comparable: nature'
                WHEN c.vintage <> c.shown_vintage THEN 'not comparable: vintage'
                WHEN c.least IS NULL OR c.shown_least IS NULL THEN 'not comparable: undisclosed'
                WHEN c.least > c.shown_most OR c.most < c.shown_least THEN 'differs'
                WHEN c.least > c.lowest OR c.most < c.highest THEN 'agrees, differs from another' ELSE 'agrees' END,
           c.asserted_on, w.tier, api.source_text(w.title, w.ref, w.locator), w.address, concat_ws(': ', c.verdict, c.why), n.text,
           encode(d.sha256, 'hex'), c.at, t.tx, 'o:' || c.id, c.series
    FROM ranked c
    JOIN store.series r ON r.id = c.series
    JOIN store.metric m ON m.id = r.metric
    JOIN store.unit u ON u.id = r.unit
    JOIN store.source w ON w.id = c.source
    LEFT JOIN store.document d ON d.id = c.document
    LEFT JOIN store.note n ON n.id = c.note
    LEFT JOIN store.tx t ON t.batch = c.batch
    ORDER BY m.taxonomy <> 'aimarket', m.name, r.dims, u.code, c.period_end DESC, c.period_start, c.place
$$;

-- Statements about entities, the chosen one of each property first.
CREATE FUNCTION api.statements_of(ids int[], as_of date, snapshot bigint)
RETURNS TABLE (property text, value text, detail text, period text, asserted_on date, tier text, source text, source_url text, nature text, note text,
    document text, at int, claim text)
LANGUAGE sql STABLE AS $$
    SELECT s.property, coalesce(e.name, s.code, s.text), (SELECT string_agg(x.key || ' ' || x.value, ', ' ORDER BY x.key) FROM jsonb_each_text(s.dims) x),
           CASE WHEN s.period_start = s.period_end OR s.prec <> 'd' THEN api.date_text(s.period_start, s.prec)
                ELSE nullif(concat_ws(' ', 'from ' || s.period_start, 'to ' || s.period_end), '') END,
           s.asserted_on, w.tier, api.source_text(w.title, w.ref, w.locator), w.address, api.nature_name(s.nature), n.text, encode(d.sha256, 'hex'), s.at,
           's:' || s.id
    FROM api.statements_asof(as_of, snapshot) s
    LEFT JOIN api.canon(snapshot) c ON c.entity = s.object
    LEFT JOIN store.entity e ON e.id = coalesce(c.canon, s.object)
    JOIN store.source w ON w.id = s.source
    LEFT JOIN store.document d ON d.id = s.document
    LEFT JOIN store.note n ON n.id = s.note
    WHERE s.subject = ANY (ids)
    ORDER BY s.property, s.preferred DESC, s.tier, s.asserted_on DESC, s.tx DESC NULLS FIRST, s.id DESC
$$;

-- ---------------------------------------------------------------- deals

-- The chain of stages, earliest first: each stage and day once, with its best source.
CREATE FUNCTION api.show_stages(key text, as_of date, snapshot bigint)
RETURNS TABLE (day text, stage text, claims bigint, asserted_on date, tier text, source text, source_url text, claim text) LANGUAGE sql STABLE AS $$
    SELECT g.day, g.stage, g.claims, g.asserted_on, w.tier, api.source_text(w.title, w.ref, w.locator), w.address, 's:' || g.id
    FROM (SELECT DISTINCT ON (s.period_start, s.period_end, s.code) api.date_text(s.period_start, s.prec) AS day, s.code AS stage, s.period_start, s.period_end,
              s.asserted_on, s.source, s.id, count(*) OVER (PARTITION BY s.period_start, s.period_end, s.code) AS claims
          FROM api.statements_asof(as_of, snapshot) s WHERE s.subject = ANY ((SELECT api.slug_ids(key))::int[]) AND s.property = 'stage'
          ORDER BY s.period_start, s.period_end, s.code, s.preferred DESC, s.tier, s.asserted_on DESC, s.tx DESC NULLS FIRST, s.id DESC) AS g
    JOIN store.source w ON w.id = g.source
    LEFT JOIN store.deal_stage r ON r.stage = g.stage
    ORDER BY g.period_end NULLS LAST, g.period_start, r.rank
$$;

CREATE FUNCTION api.show_parties(key text, as_of date, snapshot bigint)
RETURNS TABLE (name text, role text, id text, claims bigint, first_said date) LANGUAGE sql STABLE AS $$
    SELECT e.name, s.dims ->> 'role', e.slug, count(*), min(s.asserted_on)
    FROM api.statements_asof(as_of, snapshot) s
    LEFT JOIN api.canon(snapshot) c ON c.entity = s.object
    JOIN store.entity e ON e.id = coalesce(c.canon, s.object)
    LEFT JOIN store.party_role r ON r.role = s.dims ->> 'role'
    WHERE s.subject = ANY ((SELECT api.slug_ids(key))::int[]) AND s.property = 'party'
    GROUP BY e.id, s.dims ->> 'role', r.rank
    ORDER BY coalesce(r.rank, 99), s.dims ->> 'role', e.name
$$;

-- Claims by component, the amount shown first in each.
CREATE FUNCTION api.show_amounts(key text, as_of date, snapshot bigint)
RETURNS TABLE (part text, day date, amount numeric, amount_to numeric, comparator text, unit text, standing text, asserted_on date, tier text, source text,
    source_url text, decimals smallint, state text, nature text, judgement text, note text, document text, at int, tx bigint, claim text) LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN c.metric = 'deal_amount' THEN coalesce(c.dimensions ->> 'component', 'total') ELSE c.metric END, c.period_end, c.value, c.value_to, c.comparator, c.unit,
           c.standing, c.asserted_on, c.tier, c.source, c.source_url, c.decimals, c.state, c.nature, c.judgement, c.note, c.document, c.at, c.tx, c.claim
    FROM api.claims_of_series(ARRAY(SELECT r.id FROM store.series r WHERE r.subject = ANY ((SELECT api.slug_ids(key))::int[])), as_of, snapshot) c
    LEFT JOIN store.deal_component k ON k.component = coalesce(c.dimensions ->> 'component', 'total') AND c.metric = 'deal_amount'
    ORDER BY coalesce(k.rank, 99), 1, c.period_end, c.unit, array_position(ARRAY['shown', 'agrees', 'agrees, differs from another', 'differs'], c.standing), c.tier, c.asserted_on DESC, c.claim
$$;

-- What else is said: type, round, people, and whatever other properties a source told; each answer once, the chosen one first.
CREATE FUNCTION api.show_words(key text, as_of date, snapshot bigint)
RETURNS TABLE (property text, value text, claims bigint, first_said date, tier text, source text, source_url text, claim text) LANGUAGE sql STABLE AS $$
    SELECT w.property, w.value, w.claims, w.first_said, w.tier, w.source, w.source_url, w.claim
    FROM (SELECT s.*, row_number() OVER (PARTITION BY s.property, s.value ORDER BY s.place) AS n, count(*) OVER (PARTITION BY s.property, s.value) AS claims,
              min(s.asserted_on) OVER (PARTITION BY s.property, s.value) AS first_said
          FROM api.statements_of((SELECT api.slug_ids(key))::int[], as_of, snapshot)
              WITH ORDINALITY AS s(property, value, detail, period, asserted_on, tier, source, source_url, nature, note, document, at, claim, place)
          WHERE s.property NOT IN ('stage', 'party')) AS w
    WHERE w.n = 1 ORDER BY w.place
$$;

-- ---------------------------------------------------------------- entities and filings

CREATE FUNCTION api.show_statements(key text, as_of date, snapshot bigint)
RETURNS TABLE (property text, value text, detail text, period text, asserted_on date, tier text, source text, source_url text, claim text) LANGUAGE sql STABLE AS $$
    SELECT s.property, s.value, s.detail, s.period, s.asserted_on, s.tier, s.source, s.source_url, s.claim
    FROM api.statements_of((SELECT api.slug_ids(key))::int[], as_of, snapshot) s
$$;

-- The latest figure of each of our own metrics; those of other taxonomies are for `aimarket query observations`.
CREATE FUNCTION api.show_figures(key text, as_of date, snapshot bigint)
RETURNS TABLE (metric text, dimensions jsonb, period text, period_end date, value numeric, unit text, comparator text, claims int, disputed bool, tier text,
    source text, source_url text, claim text) LANGUAGE sql STABLE AS $$
    WITH who AS (
        SELECT array_agg(e.slug) AS slugs FROM store.entity e WHERE e.id = ANY ((SELECT api.slug_ids(key))::int[])
    ), ours AS (
        SELECT array_agg(m.name) AS names FROM store.metric m WHERE m.taxonomy = 'aimarket'
    )
    SELECT DISTINCT ON (f.metric, f.dimensions, f.unit) f.metric, f.dimensions, f.period, f.period_end, f.value, f.unit, f.comparator, f.claims, f.disputed,
           f.tier, f.source, f.source_url, f.claim
    FROM (SELECT t.* FROM api.figures t
          WHERE as_of IS NULL AND snapshot IS NULL AND t.subject = ANY ((SELECT slugs FROM who)::text[]) AND t.metric = ANY ((SELECT names FROM ours)::text[])
          UNION ALL
          SELECT t.* FROM api.figures_asof(as_of, snapshot) t
          WHERE (as_of IS NOT NULL OR snapshot IS NOT NULL) AND t.subject = ANY ((SELECT slugs FROM who)::text[]) AND t.metric = ANY ((SELECT names FROM ours)::text[])) AS f
    ORDER BY f.metric, f.dimensions, f.unit, f.period_end DESC NULLS LAST, f.claims = 0, f.period_start DESC
$$;

CREATE FUNCTION api.show_deals(key text, as_of date, snapshot bigint)
RETURNS TABLE (id text, type text, status text, role text, announced_on text, amount numeric, currency text, disputed bool) LANGUAGE sql STABLE AS $$
    SELECT d.id, d.type, d.status, (SELECT string_agg(p ->> 'role', ', ') FROM jsonb_array_elements(d.parties) p WHERE p ->> 'id' = key),
           d.announced_on, d.amount, d.currency, d.disputed
    FROM (SELECT t.* FROM api.deals t WHERE as_of IS NULL AND snapshot IS NULL
          UNION ALL SELECT t.* FROM api.deals_asof(as_of, snapshot) t WHERE as_of IS NOT NULL OR snapshot IS NOT NULL) AS d
    WHERE d.party_ids ? key ORDER BY d.announced_first DESC NULLS LAST, d.id
$$;

CREATE FUNCTION api.show_filings(key text, as_of date, snapshot bigint)
RETURNS TABLE (accession text, form text, filed_on date, report_period date, url text) LANGUAGE sql STABLE AS $$
    SELECT f.accession, f.form, f.filed_on, f.report_period, f.url FROM store.filing f
    WHERE f.entity_id = key AND (as_of IS NULL OR f.filed_on <= as_of) ORDER BY f.filed_on DESC, f.accession DESC LIMIT 10
$$;

CREATE FUNCTION api.show_keys(key text, as_of date, snapshot bigint)
RETURNS TABLE (scheme text, value text, valid_from date, valid_until date) LANGUAGE sql STABLE AS $$
    SELECT k.scheme, k.value, lower(k.valid), upper(k.valid) FROM store.entity_key k
    WHERE k.entity = ANY ((SELECT api.slug_ids(key))::int[]) AND k.batch_to IS NULL
    ORDER BY k.exclusive DESC, k.scheme, lower(k.valid) NULLS FIRST, k.value
$$;

-- ---------------------------------------------------------------- claims

-- The fact a claim is about, with all claims about it.
CREATE FUNCTION api.show_observation(key text, as_of date, snapshot bigint)
RETURNS TABLE (claim text, standing text, value numeric, value_to numeric, comparator text, unit text, decimals smallint, state text, nature text,
    asserted_on date, tier text, source text, source_url text, judgement text, note text, document text, at int, tx bigint) LANGUAGE sql STABLE AS $$
    SELECT c.claim, c.standing, c.value, c.value_to, c.comparator, c.unit, c.decimals, c.state, c.nature, c.asserted_on, c.tier, c.source, c.source_url,
           c.judgement, c.note, c.document, c.at, c.tx
    FROM store.observation o
    CROSS JOIN LATERAL api.claims_of_series(ARRAY[o.series], as_of, snapshot) c
    WHERE o.id = key::bigint AND c.period_start IS NOT DISTINCT FROM nullif(o.period_start, '-infinity')
      AND c.period_end IS NOT DISTINCT FROM nullif(o.period_end, '-infinity')
$$;

CREATE FUNCTION api.show_fact(key text, as_of date, snapshot bigint)
RETURNS TABLE (claim text, entity text, entity_id text, metric text, dimensions jsonb, period_start date, period_end date, value numeric, value_to numeric,
    comparator text, unit text, decimals smallint, state text, nature text, asserted_on date, source text, tier text, source_url text, quote text, note text,
    document text, at int, tx bigint) LANGUAGE sql STABLE AS $$
    SELECT 'o:' || o.id, e.name, e.slug, api.metric_code(m.taxonomy, m.name), r.dims, nullif(o.period_start, '-infinity'), nullif(o.period_end, '-infinity'),
           o.value, o.value_high, api.comparator_text(o.comparator), u.code, o.decimals, api.state_name(o.state), api.nature_name(o.nature), o.asserted_on,
           api.source_text(w.title, w.ref, w.locator), w.tier, w.address, w.quote, n.text, encode(d.sha256, 'hex'), o.at, t.tx
    FROM store.observation o
    JOIN store.series r ON r.id = o.series
    JOIN store.metric m ON m.id = r.metric
    JOIN store.unit u ON u.id = r.unit
    JOIN store.entity e ON e.id = r.subject
    JOIN store.source w ON w.id = o.source
    LEFT JOIN store.document d ON d.id = o.document
    LEFT JOIN store.note n ON n.id = o.note
    LEFT JOIN store.tx t ON t.batch = o.batch
    WHERE o.id = key::bigint
$$;

-- What a derived figure was computed from.
CREATE FUNCTION api.show_inputs(key text, as_of date, snapshot bigint)
RETURNS TABLE (role text, formula text, entity text, metric text, period_start date, period_end date, value numeric, unit text, source text, claim text)
LANGUAGE sql STABLE AS $$
    SELECT x.role, x.formula, f.entity, f.metric, f.period_start, f.period_end, f.value, f.unit, f.source, f.claim
    FROM store.derivation x CROSS JOIN LATERAL api.show_fact(x.input::text, as_of, snapshot) f
    WHERE x.claim = key::bigint ORDER BY x.role, f.period_end
$$;

-- A figure that is computed when asked (api.canonical): key is d: and the claims it comes from, the first of which tells where to look.
CREATE FUNCTION api.show_figure(key text, as_of date, snapshot bigint)
RETURNS TABLE (claim text, entity text, entity_id text, metric text, period text, period_start date, period_end date, value numeric, unit text, decimals smallint,
    nature text, formula text, concept text, asserted_on date, disputed bool, source text, tier text, source_url text, inputs jsonb) LANGUAGE sql STABLE AS $$
    SELECT c.claim, c.entity, c.entity_id, c.metric, c.period, c.period_start, c.period_end, c.value, c.unit, c.decimals, c.nature, c.formula, c.concept,
           c.asserted_on, c.disputed, c.source, c.tier, c.source_url, c.inputs
    FROM store.observation o
    JOIN store.series r ON r.id = o.series
    JOIN store.entity s ON s.id = r.subject
    JOIN store.metric m ON m.id = r.metric
    JOIN LATERAL (SELECT x.metric FROM store.metric_map x WHERE (x.taxonomy, x.concept) = (m.taxonomy, m.name)
                  UNION SELECT x.metric FROM store.metric_map x WHERE m.taxonomy = 'aimarket' AND x.metric = m.name) x ON true
    CROSS JOIN LATERAL (
        SELECT t.* FROM api.canonical t WHERE t.subject = s.slug AND t.metric = x.metric AND as_of IS NULL AND snapshot IS NULL
        UNION ALL
        SELECT t.* FROM api.canonical_asof(as_of, snapshot) t WHERE t.subject = s.slug AND t.metric = x.metric AND (as_of IS NOT NULL OR snapshot IS NOT NULL)) AS c
    WHERE o.id = substring(key FROM '[0-9]+')::bigint AND c.claim = key
    ORDER BY c.metric, c.period LIMIT 1
$$;

CREATE FUNCTION api.show_figure_inputs(key text, as_of date, snapshot bigint)
RETURNS TABLE (sign int, role text, metric text, period_start date, period_end date, value numeric, unit text, source text, source_url text, claim text)
LANGUAGE sql STABLE AS $$
    SELECT (i.input ->> 'sign')::int, i.input ->> 'role', f.metric, f.period_start, f.period_end, f.value, f.unit, f.source, f.source_url, f.claim
    FROM api.show_figure(key, as_of, snapshot) d
    CROSS JOIN LATERAL jsonb_array_elements(d.inputs) WITH ORDINALITY AS i(input, n)
    CROSS JOIN LATERAL api.show_fact(substr(i.input ->> 'claim', 3), as_of, snapshot) f
    ORDER BY i.n
$$;

CREATE FUNCTION api.show_statement(key text, as_of date, snapshot bigint)
RETURNS TABLE (claim text, entity text, entity_id text, property text, value text, detail text, period text, asserted_on date, source text, tier text,
    source_url text, nature text, note text, document text, at int) LANGUAGE sql STABLE AS $$
    SELECT x.claim, e.name, e.slug, x.property, x.value, x.detail, x.period, x.asserted_on, x.source, x.tier, x.source_url, x.nature, x.note, x.document, x.at
    FROM store.statement s
    JOIN store.entity e ON e.id = s.subject
    CROSS JOIN LATERAL api.statements_of(ARRAY[s.subject], as_of, snapshot) x
    WHERE s.id = key::bigint AND x.claim = 's:' || s.id
$$;

CREATE FUNCTION api.show_rivals(key text, as_of date, snapshot bigint)
RETURNS TABLE (claim text, value text, detail text, period text, asserted_on date, tier text, source text, source_url text) LANGUAGE sql STABLE AS $$
    SELECT x.claim, x.value, x.detail, x.period, x.asserted_on, x.tier, x.source, x.source_url
    FROM store.statement s CROSS JOIN LATERAL api.statements_of(ARRAY[s.subject], as_of, snapshot) x
    WHERE s.id = key::bigint AND x.property = s.property
$$;

-- ---------------------------------------------------------------- evidence

-- The first hundred claims that came in with a source.
CREATE FUNCTION api.show_source_claims(key text, as_of date, snapshot bigint)
RETURNS TABLE (claim text, entity text, entity_id text, what text, value text, unit text, period_end date, asserted_on date) LANGUAGE sql STABLE AS $$
    (SELECT 's:' || s.id, e.name, e.slug, s.property, coalesce(o.name, s.code, s.text), NULL, s.period_end, s.asserted_on
     FROM store.source w JOIN store.statement s ON s.batch = w.batch AND s.source = w.id
     JOIN store.entity e ON e.id = s.subject LEFT JOIN store.entity o ON o.id = s.object
     WHERE w.id = key::int AND s.batch_to IS NULL AND (as_of IS NULL OR s.asserted_on <= as_of) ORDER BY s.id LIMIT 100)
    UNION ALL
    (SELECT 'o:' || o.id, e.name, e.slug, api.metric_code(m.taxonomy, m.name), o.value::text, u.code, nullif(o.period_end, '-infinity'), o.asserted_on
     FROM store.source w JOIN store.observation o ON o.id >= w.batch::bigint << 24 AND o.id < (w.batch + 1)::bigint << 24 AND o.source = w.id
     JOIN store.series r ON r.id = o.series JOIN store.metric m ON m.id = r.metric JOIN store.unit u ON u.id = r.unit JOIN store.entity e ON e.id = r.subject
     WHERE w.id = key::int AND o.batch_to IS NULL AND (as_of IS NULL OR o.asserted_on <= as_of) ORDER BY o.id LIMIT 100)
$$;

CREATE FUNCTION api.show_captures(key text, as_of date, snapshot bigint)
RETURNS TABLE (at timestamptz, feed text, address text, http_status int, bytes bigint, etag text, last_modified text, archive text) LANGUAGE sql STABLE AS $$
    SELECT c.at, c.feed, c.address, c.http_status, c.bytes, c.etag, c.last_modified, encode(a.sha256, 'hex')
    FROM store.capture c LEFT JOIN store.container a ON a.id = c.container WHERE c.document = key::int ORDER BY c.at DESC LIMIT 20
$$;

CREATE FUNCTION api.show_runs(key text, as_of date, snapshot bigint)
RETURNS TABLE (id bigint, feed text, parser text, state text, started_at timestamptz, records bigint, added bigint, known bigint, rejects bigint, error text)
LANGUAGE sql STABLE AS $$
    SELECT r.id, r.feed, r.parser, r.state, r.started_at, r.records, r.added, r.known, r.rejects, r.error
    FROM store.run r WHERE r.document = key::int ORDER BY r.id DESC LIMIT 20
$$;
