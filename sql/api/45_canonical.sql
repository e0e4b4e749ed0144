-- Canonical metrics: what XBRL facts come to under our own names, whatever concept a company reports them under, with the
-- quarters and the trailing twelve months that no row gives. Nothing here is stored: a question pays for what it asks.
--
-- A company's concepts for one metric are ranked by store.metric_map. Each of its series is taken by itself, so that a figure
-- is only ever computed from figures of one concept:
--   quarter  the difference of two spans with the same first day (annual less nine months is the fourth quarter that nobody
--            tags; cash flows are often only given since the start of the year), or annual less the other three quarters
--   ttm      twelve months up to the end of a quarter: the annual figure, or annual plus the span since the start of the year
--            less the same span a year before, or four quarters
-- Only flows can be added up: shares and figures per share are shown as reported. Lengths are told by first and last day
-- (api.period_name), so years of 52 and 53 weeks and any fiscal year will do.
--
-- For one period the best concept is taken, a reported figure before a computed one. Claims made under the metric's own name
-- (a newspaper's, the issuer's) then stand beside it under the written rule, as if all had been said of one series.

CALL api.define('canonical', $$
    WITH concept AS NOT MATERIALIZED (     -- rank 0: the metric's own name
        SELECT x.metric, x.taxonomy, x.concept, x.rank FROM store.metric_map x
        UNION ALL
        SELECT DISTINCT x.metric, 'aimarket', x.metric, 0::smallint FROM store.metric_map x
    ), candidate AS NOT MATERIALIZED (     -- a figure: the facts to add, and those to take away
        SELECT s.slug AS subject, x.metric, u.code AS unit, c.period_start, c.period_end, c.period, s.id AS subject_id, k.id AS metric_id, k.label,
            c.place, x.rank, CASE WHEN x.rank > 0 THEN x.taxonomy || ':' || x.concept END AS concept, c.plus, c.minus
        FROM concept x
        JOIN store.metric k ON k.taxonomy = 'aimarket' AND k.name = x.metric
        JOIN store.metric m ON m.taxonomy = x.taxonomy AND m.name = x.concept
        JOIN store.series r ON r.metric = m.id AND r.dims = '{}'
        JOIN store.entity s ON s.id = r.subject
        JOIN store.unit u ON u.id = r.unit
        CROSS JOIN LATERAL (
            WITH f AS MATERIALIZED (
                SELECT z AS fact, z.period_start AS first, z.period_end AS last, api.period_name(z.period_start, z.period_end) AS period,
                    k.kind = 'flow' AND z.period_start < z.period_end AND z.state = 'v' AND z.comparator = '=' AND z.nature NOT IN ('f', 'g') AS adds
                FROM {facts}
            ), span AS NOT MATERIALIZED (SELECT * FROM f WHERE f.adds AND f.period IN ('annual', 'nine_months', 'half', 'quarter')),
            year AS NOT MATERIALIZED (SELECT * FROM f WHERE f.adds AND f.period = 'annual'),
            quarter AS NOT MATERIALIZED (SELECT * FROM f WHERE f.adds AND f.period = 'quarter')
            SELECT f.first AS period_start, f.last AS period_end, f.period, 0 AS place, ARRAY[f.fact] AS plus, '{}'::store.fact[] AS minus
            FROM f
            UNION ALL
            SELECT a.last + 1, b.last, 'quarter', 1, ARRAY[b.fact], ARRAY[a.fact]
            FROM span b JOIN span a ON a.first = b.first WHERE api.period_name(a.last + 1, b.last) = 'quarter'
            UNION ALL
            SELECT c.last + 1, y.last, 'quarter', 2, ARRAY[y.fact], ARRAY[a.fact, b.fact, c.fact]
            FROM year y JOIN quarter a ON a.first = y.first JOIN quarter b ON b.first = a.last + 1 JOIN quarter c ON c.first = b.last + 1
            WHERE api.period_name(c.last + 1, y.last) = 'quarter'
            UNION ALL
            SELECT y.first, y.last, 'ttm', 1, ARRAY[y.fact], '{}' FROM year y
            UNION ALL
            SELECT a.last + 1, b.last, 'ttm', 2, ARRAY[y.fact, b.fact], ARRAY[a.fact]
            FROM year y JOIN span b ON b.first = y.last + 1 JOIN span a ON a.first = y.first AND a.period = b.period
            WHERE b.period IN ('quarter', 'half', 'nine_months') AND api.period_name(a.last + 1, b.last) = 'annual'
            UNION ALL
            SELECT a.first, d.last, 'ttm', 3, ARRAY[a.fact, b.fact, c.fact, d.fact], '{}'
            FROM quarter a JOIN quarter b ON b.first = a.last + 1 JOIN quarter c ON c.first = b.last + 1 JOIN quarter d ON d.first = c.last + 1
        ) c
    ), best AS NOT MATERIALIZED (          -- of each concept's figures for a period, and of the metric's own, the first
        SELECT c.*, c.plus[1] AS head, t.rank AS tier,
            row_number() OVER (PARTITION BY c.subject, c.metric, c.unit, c.period_start, c.period_end, c.period, c.rank = 0 ORDER BY c.place, c.rank) AS choice
        FROM candidate c JOIN store.source w ON w.id = (c.plus[1]).source JOIN store.tier t ON t.tier = w.tier
    ), bounded AS NOT MATERIALIZED (
        SELECT b.*, b.place > 0 AS computed, api.rank_key(NULL, (b.head).state, (b.head).nature, b.tier, (b.head).comparator, (b.head).decimals, (b.head).asserted_on) AS key,
            api.claim_low((b.head).value, (b.head).comparator, (b.head).state, (b.head).decimals) AS least,
            api.claim_high((b.head).value, (b.head).value_high, (b.head).comparator, (b.head).state, (b.head).decimals) AS most
        FROM best b WHERE b.choice = 1
    ), beside AS NOT MATERIALIZED (        -- the two beside each other, a computed one only when alone
        SELECT b.*, row_number() OVER w AS standing, lead(b.key) OVER w AS next_key, sum((b.head).claims) OVER a AS claims, bool_or((b.head).disputed) OVER a AS quarrel,
            max(b.least) OVER a > min(b.most) OVER a AS apart, min((b.head).low) OVER a AS low, max((b.head).high) OVER a AS high
        FROM bounded b
        WINDOW a AS (PARTITION BY b.subject, b.metric, b.unit, b.period_start, b.period_end, b.period, b.computed),
               w AS (PARTITION BY b.subject, b.metric, b.unit, b.period_start, b.period_end, b.period ORDER BY b.computed, b.key, b.rank
                     ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    )
    SELECT e.name AS entity, d.metric, '{}'::jsonb AS dimensions, nullif(d.period_start, '-infinity') AS period_start, nullif(d.period_end, '-infinity') AS period_end,
        v.value, d.unit, v.asserted_on, CASE WHEN d.computed THEN 0 ELSE d.claims END::int AS claims, coalesce(CASE WHEN d.computed THEN v.disputed ELSE d.quarrel OR d.apart END, false) AS disputed,
        api.source_text(w.title, w.ref, w.locator) AS source, w.address AS source_url, d.period, api.prec_name((d.head).prec) AS period_precision,
        CASE WHEN NOT d.computed THEN (d.head).value_high END AS value_to, api.comparator_text((d.head).comparator) AS comparator, v.decimals,
        CASE WHEN d.computed THEN v.value ELSE d.low END AS value_low, CASE WHEN d.computed THEN v.value ELSE d.high END AS value_high,
        api.state_name((d.head).state) AS state, CASE WHEN d.computed THEN 'derived' ELSE api.nature_name((d.head).nature) END AS nature,
        CASE WHEN d.computed THEN 'computed' WHEN d.claims = (d.head).claims THEN api.rule_name((d.head).rule) ELSE api.rule_name(api.rank_letter(d.key, d.next_key)) END AS rule,
        w.tier, p.slug AS publisher, d.label, e.slug AS entity_id, d.subject, v.claim,
        -(d.subject_id::bigint << 22) - (d.metric_id << 1) - (d.period = 'ttm')::int AS series,
        d.concept, CASE WHEN d.computed THEN v.formula END AS formula, CASE WHEN d.computed THEN v.inputs END AS inputs
    FROM beside d
    CROSS JOIN LATERAL (
        SELECT sum(i.sign * i.value) AS value, max(i.asserted_on) AS asserted_on, min(i.decimals) AS decimals, bool_or(i.disputed) AS disputed,
            (array_agg(i.source ORDER BY i.asserted_on DESC, i.claim DESC))[1] AS source,
            string_agg(CASE WHEN i.sign < 0 THEN ' - ' WHEN i.n > 1 THEN ' + ' ELSE '' END || i.role, '' ORDER BY i.sign DESC, i.n) AS formula,
            CASE WHEN d.computed THEN 'd:' ELSE 'o:' END || string_agg(CASE WHEN i.sign < 0 THEN '-' WHEN i.n > 1 THEN '+' ELSE '' END || i.claim, '' ORDER BY i.sign DESC, i.n) AS claim,
            jsonb_agg(jsonb_build_object('role', i.role, 'sign', i.sign, 'claim', 'o:' || i.claim, 'value', i.value, 'period_start', i.period_start,
                'period_end', i.period_end) ORDER BY i.sign DESC, i.n) AS inputs
        FROM (SELECT 1 AS sign, api.period_name(f.period_start, f.period_end) AS role, f.n, f.claim, f.value, f.asserted_on, f.decimals, f.disputed, f.source,
                  f.period_start, f.period_end FROM unnest(d.plus) WITH ORDINALITY f(subject, series, period_start, period_end, claim, value, value_high, low, high, asserted_on, source, claims, disputed, rule, prec, comparator, state, nature, decimals, n)
              UNION ALL
              SELECT -1, api.period_name(f.period_start, f.period_end), f.n, f.claim, f.value, f.asserted_on, f.decimals, f.disputed, f.source,
                  f.period_start, f.period_end FROM unnest(d.minus) WITH ORDINALITY f(subject, series, period_start, period_end, claim, value, value_high, low, high, asserted_on, source, claims, disputed, rule, prec, comparator, state, nature, decimals, n)) i
    ) v
    JOIN store.source w ON w.id = v.source
    JOIN store.publisher p ON p.id = w.publisher
    LEFT JOIN {canon} n ON n.entity = d.subject_id
    JOIN store.entity e ON e.id = coalesce(n.canon, d.subject_id)
    WHERE d.standing = 1
$$, ARRAY[['{facts}', 'store.fact z WHERE z.series = r.id AND z.subject = r.subject', 'api.series_facts(as_of, snapshot, r.subject, r.id) z'], ['{canon}', 'store.entity_canon', 'api.canon(snapshot)']]);
CALL api.comment_like('api.observations', 'api.canonical');
COMMENT ON VIEW api.canonical IS 'Canonical metrics: XBRL facts under our own names, with the quarters and trailing twelve months that no row gives, computed when asked';

-- All figures: those of canonical metrics from above, market values (42_market.sql), everything else as filed.
CALL api.define('figures', $$
    SELECT o.* FROM {observations} o WHERE o.dimensions <> '{}' OR o.metric NOT IN (SELECT x.metric FROM store.metric_map x)
    UNION ALL
    SELECT c.* FROM {canonical} c
    UNION ALL
    SELECT v.* FROM {market} v
$$, ARRAY[['{observations}', 'api.observations', 'api.observations_asof(as_of, snapshot)'], ['{canonical}', 'api.canonical', 'api.canonical_asof(as_of, snapshot)'],
    ['{market}', 'api.market', 'api.market_asof(as_of, snapshot)']]);
CALL api.comment_like('api.observations', 'api.figures');
COMMENT ON VIEW api.figures IS 'Observations with those of canonical metrics and market values; for questions narrowed to few metrics or entities, as some are computed when asked';

CALL api.define('revenue', $$
    SELECT o.* FROM {figures} o
    WHERE o.metric IN ('revenue', 'revenue_run_rate', 'arr', 'revenue_guidance', 'share_of_revenue', 'share_of_revenue_growth')
$$, ARRAY[['{figures}', 'api.figures', 'api.figures_asof(as_of, snapshot)']]);
CALL api.comment_like('api.observations', 'api.revenue');
COMMENT ON VIEW api.revenue IS 'Revenue in all its definitions, each under its own name: recognised, run-rate, recurring, guided, and shares of it';
