-- What a listed company was worth on a day: the closing price of that day times the shares outstanding as the public knew them then.
--
--   price   unadjusted; else adjusted for splits, put back on the basis of the day by the splits between it and the day the table was
--           fetched; else with dividends taken off as well, which is then only about right. A table that is fetched later still
--           witnesses what the market showed that day, so the day counts and not that of the table. Of several the higher tier, the
--           finer rounding, the later table.
--   shares  the count with the latest day among those published by then and not older than 200 days: cover page before balance
--           sheet, classes added up, with the splits between the count and the day. A balance sheet tells the past in the shares of the
--           day it is filed; a cover page does not.
--   classes each at the price under its own ticker, where class_ratio tells which class a ticker quotes and there is a price that day; else
--           as what it converts into; a class of which nothing is known at the price of the one that has one, which the formula says.
--   splits  the same split told as of its distribution and of the first day of trading is one: the last day of such a week counts.
--
-- No price, no count that is new enough, a depositary share whose ratio nobody told, or a count that jumps where no split is known:
-- no figure. Nothing is guessed.

CREATE AGGREGATE api.product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1');

-- Each once, where it stands first.
CREATE FUNCTION api.distinct_in_order(items bigint[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(i.item ORDER BY i.place), '{}') FROM (SELECT u.item, min(u.place) AS place FROM unnest(items) WITH ORDINALITY u (item, place) GROUP BY u.item) i
$$;

-- Concepts that count shares: rank decides between counts of one day, restated: told in the shares of the day of publication.
CREATE VIEW api.share_concepts AS
    SELECT m.id AS metric, x.rank, x.taxonomy IN ('us-gaap', 'ifrs-full') AS restated
      FROM (SELECT taxonomy, concept, rank FROM store.metric_map WHERE metric = 'shares_outstanding'
            UNION ALL SELECT 'aimarket', 'shares_outstanding', 0) x
      JOIN store.metric m ON (m.taxonomy, m.name) = (x.taxonomy, x.concept);
COMMENT ON VIEW api.share_concepts IS 'Metrics that count shares outstanding, best first';
COMMENT ON COLUMN api.share_concepts.metric IS 'number of the metric; only within this store';
COMMENT ON COLUMN api.share_concepts.rank IS 'which of two counts of one day is taken: the lower';
COMMENT ON COLUMN api.share_concepts.restated IS 'the past is told in the shares of the day of publication';

-- A class of shares, however it is called: "us-gaap:CommonClassAMember", "Class A", "CapitalClassC" and "c" are A, A, C and C.
CREATE FUNCTION api.share_class(word text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT upper(coalesce(substring(word FROM '(?i)class[ _-]?([a-z0-9])(?:member)?(?:commonstock(?:member)?)?$'), regexp_replace(word, '^.*:', '')))
$$;

-- The days of one owner (as which it reads), with the claims each figure comes from. first, last: days; NULL: all.
CREATE FUNCTION api.market_values(as_of date, snapshot bigint, owner int, first date, last date)
RETURNS SETOF store.market_value LANGUAGE sql STABLE AS $$
    WITH past AS MATERIALIZED (
        SELECT t.batch FROM store.tx t WHERE t.tx <= snapshot
    ), kin AS MATERIALIZED (
        SELECT owner AS id UNION SELECT c.entity FROM api.canon(snapshot) c WHERE c.canon = owner
    ), deprecated AS MATERIALIZED (
        SELECT j.claim FROM store.judgement j
         WHERE j.shape = 'o' AND j.verdict = 'deprecated' AND j.subject IN (SELECT k.id FROM kin k)
           AND CASE WHEN snapshot IS NULL THEN j.batch_to IS NULL ELSE j.batch IN (TABLE past) AND coalesce(j.batch_to NOT IN (TABLE past), true) END
    ), series AS MATERIALIZED (
        SELECT r.id, r.subject, r.dims, m.name AS metric, c.rank, c.restated, split_part(u.code, '/', 1) AS unit
          FROM kin k
          JOIN store.series r ON r.subject = k.id
          JOIN store.metric m ON m.id = r.metric
          JOIN store.unit u ON u.id = r.unit
          LEFT JOIN api.share_concepts c ON c.metric = m.id
         WHERE CASE WHEN c.rank IS NOT NULL
                    THEN u.code = 'shares' AND NOT EXISTS (SELECT FROM jsonb_each_text(r.dims) d WHERE d.key !~* 'class' OR d.value ~* 'prefer')
                    ELSE m.taxonomy = 'aimarket' AND (m.name IN ('split_factor', 'ads_ratio', 'class_ratio')
                         OR m.name = 'price' AND u.kind = 'per-share' AND r.dims ->> 'field' = 'close' AND NOT r.dims ? 'bar'
                            AND r.dims ->> 'basis' IN ('unadjusted', 'split', 'total_return')) END
    ), split_told AS MATERIALIZED (
        SELECT DISTINCT ON (o.period_end) o.period_end AS day, o.value AS factor, o.id
          FROM series s JOIN store.observation o ON o.series = s.id AND o.subject = s.subject
         WHERE s.metric = 'split_factor' AND o.state = 'v' AND o.value > 0 AND o.id NOT IN (TABLE deprecated)
           AND CASE WHEN snapshot IS NULL THEN o.batch_to IS NULL ELSE o.batch IN (TABLE past) AND coalesce(o.batch_to NOT IN (TABLE past), true) END
         ORDER BY o.period_end, o.tier, o.asserted_on DESC, o.id DESC
    ), split AS MATERIALIZED (
        SELECT a.* FROM split_told a
         WHERE NOT EXISTS (SELECT FROM split_told b WHERE b.factor = a.factor AND b.day > a.day AND b.day <= a.day + 7)
    ), counted AS MATERIALIZED (    -- the counts of one document: the whole, or its classes
        SELECT c.rank, c.restated, c.period_end AS day, c.asserted_on, c.source,
               coalesce(max(c.value) FILTER (WHERE c.dims = '{}'), sum(c.value)) AS shares,
               coalesce(array_agg(c.id) FILTER (WHERE c.dims = '{}'), array_agg(c.id ORDER BY c.id)) AS claims,
               coalesce(array_agg(c.value) FILTER (WHERE c.dims = '{}'), array_agg(c.value ORDER BY c.id)) AS amounts,
               coalesce(array_agg(NULL::text) FILTER (WHERE c.dims = '{}'), array_agg(api.share_class(
                   (SELECT min(d.value) FROM jsonb_each_text(c.dims) d)) ORDER BY c.id)) AS classes,
               max(CASE WHEN c.decimals IS NOT NULL THEN power(10::numeric, -c.decimals) / 2 END) AS half,
               CASE WHEN c.restated THEN c.asserted_on ELSE c.period_end END AS basis
          FROM (SELECT DISTINCT ON (s.rank, o.period_end, o.source, s.dims) s.rank, s.restated, s.dims, o.*
                  FROM series s JOIN store.observation o ON o.series = s.id AND o.subject = s.subject
                 WHERE s.rank IS NOT NULL AND o.state = 'v' AND o.comparator = '=' AND o.value > 0 AND o.nature NOT IN ('f', 'g')
                   AND o.period_end > '-infinity' AND o.id NOT IN (TABLE deprecated)
                   AND CASE WHEN snapshot IS NULL THEN o.batch_to IS NULL ELSE o.batch IN (TABLE past) AND coalesce(o.batch_to NOT IN (TABLE past), true) END
                 ORDER BY s.rank, o.period_end, o.source, s.dims, o.id DESC) c
         GROUP BY c.rank, c.restated, c.period_end, c.asserted_on, c.source
    ), jump AS MATERIALIZED (       -- from one count to the next, more than any split that is known explains
        SELECT j.before, j.day
          FROM (SELECT c.day, c.shares, c.basis, lag(c.day) OVER w AS before, lag(c.shares) OVER w AS had, lag(c.basis) OVER w AS from_basis
                  FROM (SELECT DISTINCT ON (c.day) c.* FROM counted c ORDER BY c.day, c.rank, c.asserted_on) c
                WINDOW w AS (ORDER BY c.day)) j
         WHERE j.day - j.before <= 200
           AND j.shares / (j.had * (SELECT api.product(s.factor) FROM split s WHERE s.day > j.from_basis AND s.day <= j.basis)) NOT BETWEEN 0.6 AND 1.8
    ), ratio AS MATERIALIZED (
        SELECT o.value, o.id, o.period_end AS day
          FROM series s JOIN store.observation o ON o.series = s.id AND o.subject = s.subject
         WHERE s.metric = 'ads_ratio' AND o.state = 'v' AND o.value > 0 AND o.id NOT IN (TABLE deprecated)
           AND CASE WHEN snapshot IS NULL THEN o.batch_to IS NULL ELSE o.batch IN (TABLE past) AND coalesce(o.batch_to NOT IN (TABLE past), true) END
    ), quotes AS MATERIALIZED (     -- which class a ticker quotes, and what others convert into
        SELECT DISTINCT ON (api.share_class(s.dims ->> 'class'), s.dims ->> 'ticker', o.period_end)
               api.share_class(s.dims ->> 'class') AS class, s.dims ->> 'ticker' AS ticker, o.value, o.id, o.period_end AS day
          FROM series s JOIN store.observation o ON o.series = s.id AND o.subject = s.subject
         WHERE s.metric = 'class_ratio' AND o.state = 'v' AND o.value > 0 AND o.id NOT IN (TABLE deprecated) AND (as_of IS NULL OR o.asserted_on <= as_of)
           AND CASE WHEN snapshot IS NULL THEN o.batch_to IS NULL ELSE o.batch IN (TABLE past) AND coalesce(o.batch_to NOT IN (TABLE past), true) END
         ORDER BY api.share_class(s.dims ->> 'class'), s.dims ->> 'ticker', o.period_end, o.tier, o.asserted_on DESC, o.id DESC
    ), quote AS MATERIALIZED (      -- the best price under each ticker
        SELECT DISTINCT ON (s.unit, o.period_end, s.dims ->> 'ticker') s.unit, o.period_end AS day, s.dims ->> 'ticker' AS ticker, o.id, o.value, o.decimals, o.source,
               s.dims ->> 'basis' AS basis, o.tier, o.asserted_on,
               CASE WHEN s.dims ->> 'basis' = 'unadjusted' THEN o.period_end ELSE greatest(o.asserted_on, o.period_end) END AS told_on
          FROM series s JOIN store.observation o ON o.series = s.id AND o.subject = s.subject
         WHERE s.metric = 'price' AND o.state = 'v' AND o.comparator = '=' AND o.value > 0 AND o.nature NOT IN ('f', 'g') AND o.prec = 'd'
           AND o.period_end > '-infinity' AND (as_of IS NULL OR o.period_end <= as_of)
           AND (first IS NULL OR o.period_end >= first) AND (last IS NULL OR o.period_end <= last) AND o.id NOT IN (TABLE deprecated)
           AND CASE WHEN snapshot IS NULL THEN o.batch_to IS NULL ELSE o.batch IN (TABLE past) AND coalesce(o.batch_to NOT IN (TABLE past), true) END
         ORDER BY s.unit, o.period_end, s.dims ->> 'ticker', array_position(ARRAY['unadjusted', 'split', 'total_return'], s.dims ->> 'basis'),
                  o.tier, o.decimals DESC NULLS FIRST, o.asserted_on DESC, o.id DESC
    ), price AS (                   -- the one that counts where nothing tells of classes
        SELECT DISTINCT ON (q.unit, q.day) q.* FROM quote q
         ORDER BY q.unit, q.day, array_position(ARRAY['unadjusted', 'split', 'total_return'], q.basis), q.ticker NULLS FIRST
    )
    SELECT owner, p.day, p.unit, v.value, CASE WHEN v.half > 0 THEN -ceil(log(2 * v.half))::smallint END, v.about, v.prices[1], n.claims,
           ARRAY(SELECT s.id FROM split s WHERE s.day > p.day AND s.day <= v.told_on ORDER BY s.day), since.claims, d.id, p.day, p.source, v.prices[2:], v.quoted, v.unpriced
      FROM price p
     CROSS JOIN LATERAL (
           SELECT c.* FROM counted c WHERE c.day BETWEEN p.day - 200 AND p.day AND c.asserted_on <= p.day ORDER BY c.day DESC, c.rank, c.asserted_on DESC LIMIT 1) n
     CROSS JOIN LATERAL (
           SELECT api.product(s.factor) AS factor, coalesce(array_agg(s.id ORDER BY s.day), '{}') AS claims FROM split s WHERE s.day > n.basis AND s.day <= p.day) since
      LEFT JOIN LATERAL (SELECT r.* FROM ratio r WHERE r.day <= p.day ORDER BY r.day DESC, r.id DESC LIMIT 1) d ON true
     CROSS JOIN LATERAL (
           SELECT round(sum(b.value * b.times * w.amount * back.factor) * since.factor / coalesce(d.value, 1)) AS value,
                  sum((coalesce(power(10::numeric, -b.decimals) / 2, 0) * w.amount + b.value * coalesce(n.half, 0)) * b.times * back.factor) * since.factor / coalesce(d.value, 1) AS half,
                  bool_or(b.basis = 'total_return') AS about, api.distinct_in_order(array_agg(b.id ORDER BY w.place)) AS prices,
                  api.distinct_in_order(array_agg(b.quoted ORDER BY w.place) FILTER (WHERE b.quoted IS NOT NULL)) AS quoted,
                  count(*) FILTER (WHERE cardinality(n.classes) > 1 AND b.quoted IS NULL)::int AS unpriced,
                  max(b.told_on) AS told_on
             FROM unnest(n.classes, n.amounts) WITH ORDINALITY w (class, amount, place)
            CROSS JOIN LATERAL (    -- its own ticker, what it converts into, another's price
                  SELECT b.* FROM (
                         (SELECT q.id, q.value, q.decimals, q.basis, q.told_on, k.id AS quoted, k.value AS times
                            FROM quote q JOIN quotes k ON k.ticker = q.ticker WHERE q.unit = p.unit AND q.day = p.day AND k.class = w.class AND k.day <= p.day
                           ORDER BY k.value <> 1, k.day DESC, q.ticker LIMIT 1)
                         UNION ALL SELECT p.id, p.value, p.decimals, p.basis, p.told_on, NULL, 1) b
                   ORDER BY b.quoted IS NULL LIMIT 1) b
            CROSS JOIN LATERAL (
                  SELECT api.product(s.factor) AS factor FROM split s WHERE s.day > p.day AND s.day <= b.told_on) back) v
     WHERE NOT EXISTS (SELECT FROM jump j WHERE j.day > p.day AND (j.before <= p.day OR p.basis <> 'unadjusted' AND j.before < p.told_on))
       AND (d.id IS NOT NULL OR NOT EXISTS (SELECT FROM store.source w JOIN store.filing f ON f.filing = w.entity WHERE w.id = n.source AND f.form LIKE '20-F%'))
$$;
COMMENT ON FUNCTION api.market_values(date, bigint, int, date, date) IS
    'What an entity was worth, day by day: closing price times shares outstanding known that day, with the claims it comes from; NULL: no limit';

-- The same, not to be inlined: it is planned only by whom it is asked, and most figures of the past are of other metrics.
CREATE FUNCTION api.market_values_past(as_of date, snapshot bigint, owner int) RETURNS SETOF store.market_value LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT * FROM api.market_values(as_of, snapshot, owner, NULL, NULL);
END $$;

-- Entities with a price of their own, as which they read.
CREATE FUNCTION api.priced(snapshot bigint) RETURNS TABLE (owner int) LANGUAGE sql STABLE ROWS 100 AS $$
    SELECT DISTINCT coalesce(c.canon, r.subject)
      FROM store.metric m JOIN store.series r ON r.metric = m.id LEFT JOIN api.canon(snapshot) c ON c.entity = r.subject
     WHERE m.taxonomy = 'aimarket' AND m.name = 'price'
$$;

-- How such a figure came about, in words, and from which claims.
CREATE FUNCTION api.market_formula(v store.market_value) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN v.about THEN 'price without dividends' ELSE 'price' END || CASE WHEN v.quoted <> '{}' THEN ' of each class' ELSE '' END || CASE WHEN v.undone <> '{}' THEN ' * splits undone' ELSE '' END
           || CASE WHEN cardinality(v.shares) = 1 THEN ' * shares'
                   WHEN v.quoted = '{}' THEN ' * (' || cardinality(v.shares) || ' classes of shares)'
                   ELSE ' * its shares' || CASE WHEN v.unpriced > 0 THEN ' (' || v.unpriced || ' without a price at another''s)' ELSE '' END END
           || CASE WHEN v.later <> '{}' THEN ' * splits since' ELSE '' END || CASE WHEN v.ratio IS NOT NULL THEN ' / shares of a depositary share' ELSE '' END
$$;
CREATE FUNCTION api.market_inputs(v store.market_value) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_agg(jsonb_build_object('role', i.role, 'claim', 'o:' || i.claim) ORDER BY i.place, i.n)
      FROM (SELECT 1 AS place, 'price' AS role, v.price AS claim, 1::bigint AS n
            UNION ALL SELECT 1, 'price', q.claim, 1 + q.n FROM unnest(v.prices) WITH ORDINALITY q(claim, n)
            UNION ALL SELECT 2, 'split undone', u.claim, u.n FROM unnest(v.undone) WITH ORDINALITY u(claim, n)
            UNION ALL SELECT 3, 'shares', s.claim, s.n FROM unnest(v.shares) WITH ORDINALITY s(claim, n)
            UNION ALL SELECT 4, 'split since', l.claim, l.n FROM unnest(v.later) WITH ORDINALITY l(claim, n)
            UNION ALL SELECT 4, 'class of a ticker', q.claim, q.n FROM unnest(v.quoted) WITH ORDINALITY q(claim, n)
            UNION ALL SELECT 5, 'depositary ratio', v.ratio, 1 WHERE v.ratio IS NOT NULL) i
$$;

-- The figures as observations. Their series are numbered below those of api.canonical (sql/api/45_canonical.sql): by owner, metric
-- and unit. A claim of the very same fact stands in their place.
CALL api.define('market', $$
    SELECT e.name AS entity, m.name AS metric, k.dimensions, (k.v).day AS period_start, (k.v).day AS period_end, k.value, k.unit, (k.v).asserted_on, 0 AS claims,
        false AS disputed, api.source_text(w.title, w.ref, w.locator) AS source, w.address AS source_url, 'instant' AS period, 'day' AS period_precision,
        NULL::numeric AS value_to, k.comparator, k.decimals, k.value AS value_low, k.value AS value_high,
        'value' AS state, 'derived' AS nature, 'computed' AS rule, w.tier, p.slug AS publisher, m.label, e.slug AS entity_id, e.slug AS subject,
        'd:' || array_to_string((k.v).price || (k.v).undone || (k.v).shares || (k.v).later || (k.v).ratio || (k.v).prices || (k.v).quoted, '*') || k.mark AS claim,
        -(1::bigint << 62) + ((k.v).subject::bigint << 24) + (m.id << 8) + ascii((k.v).unit) AS series,
        NULL::text AS concept, k.formula, api.market_inputs(k.v) AS inputs
    FROM (SELECT x.v, 'market_cap' AS metric, '{"basis": "close"}'::jsonb AS dimensions, (x.v).value AS value, (x.v).unit AS unit, (x.v).decimals AS decimals,
                 CASE WHEN (x.v).about THEN '~' ELSE '=' END AS comparator, '' AS mark, api.market_formula(x.v) AS formula
          FROM {values} x
          UNION ALL
          SELECT x.v, 'market_cap_rank', '{"universe": "store"}', x.place, 'rank', 0::smallint, '=', '#rank',
                 'place of market_cap in ' || (x.v).unit || ' among the entities of the store'
          FROM {places} x) k
    JOIN store.metric m ON m.taxonomy = 'aimarket' AND m.name = k.metric
    JOIN store.entity e ON e.id = (k.v).subject
    JOIN store.source w ON w.id = (k.v).source
    JOIN store.publisher p ON p.id = w.publisher
    WHERE NOT EXISTS (SELECT FROM store.series r JOIN store.unit u ON u.id = r.unit JOIN store.observation o ON o.series = r.id AND o.subject = r.subject
                      WHERE r.subject = (k.v).subject AND r.metric = m.id AND r.dims = k.dimensions AND u.code = k.unit
                        AND o.period_end = (k.v).day AND o.period_start = (k.v).day AND {told})
$$, ARRAY[['{values}', '(SELECT z AS v FROM store.market_value z)',
        '(SELECT z AS v FROM api.priced(snapshot) q CROSS JOIN LATERAL api.market_values_past(as_of, snapshot, q.owner) z)'],
    ['{places}', '(SELECT z AS v, (SELECT count(*) + 1 FROM store.market_value o WHERE o.day = z.day AND o.unit = z.unit AND o.value > z.value) AS place FROM store.market_value z)',
        '(SELECT z AS v, z.day, rank() OVER (PARTITION BY z.day, z.unit ORDER BY z.value DESC) AS place FROM api.priced(snapshot) q CROSS JOIN LATERAL api.market_values_past(as_of, snapshot, q.owner) z)'],
    ['{told}', 'o.batch_to IS NULL', '(as_of IS NULL OR o.asserted_on <= as_of) AND CASE WHEN snapshot IS NULL THEN o.batch_to IS NULL
        ELSE o.batch IN (SELECT t.batch FROM store.tx t WHERE t.tx <= snapshot)
             AND coalesce(o.batch_to NOT IN (SELECT t.batch FROM store.tx t WHERE t.tx <= snapshot), true) END']]);
CALL api.comment_like('api.observations', 'api.market');
COMMENT ON VIEW api.market IS 'Market value and its rank, computed from prices, shares outstanding and splits; the rank is that among the entities of this store';
