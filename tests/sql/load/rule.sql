-- The written rule: which claim is shown and why, and when claims exclude each other.
\set doc first
\i begin.inc
INSERT INTO staging_metric VALUES (1, 'worth', NULL, 'Worth', 'What it is worth', 'stock', 'money', 'USD', 'a', '', NULL);
INSERT INTO staging_source (at, ref, publisher, tier, kind) VALUES
    (1, 'filing', 'sec', 'regulator', 'filing'), (2, 'paper', 'nyt', 'press', 'article'), (3, 'post', 'x', 'social', 'article');
INSERT INTO staging_cite (n, ref) VALUES (0, 'filing'), (1, 'paper'), (2, 'post');
CREATE TEMP TABLE fact_case (n int, name text);
INSERT INTO fact_case SELECT row_number() OVER () - 1, w FROM unnest(ARRAY['only', 'tier', 'precision', 'figure before about', 'asserted later', 'taken in later',
    'undisclosed gives way', 'only undisclosed', 'forecast gives way', 'roundings meet', 'roundings do not meet', 'about is wider', 'over meets more',
    'over excludes less', 'under excludes more', 'range meets', 'none excludes a sum', 'exact figures differ']) w;
INSERT INTO staging_entity SELECT 10, 'name:' || name, 'company', name, NULL FROM fact_case;
INSERT INTO said SELECT n, 'name:' || name, 'worth', '', 'USD', 'i' FROM fact_case;
INSERT INTO claim (at, n, cite, asserted, value, high, decimals, comparator, state, nature)
    SELECT v.at, c.n, v.cite, v.asserted::date, v.value, v.high, v.decimals::smallint, v.comparator::"char", v.state::"char", v.nature::"char"
      FROM (VALUES
        (1, 'only', 0, '2025-01-01', 100, NULL, 0, '=', 'v', 'r'),
        (2, 'tier', 0, '2025-01-01', 100, NULL, 0, '=', 'v', 'r'), (3, 'tier', 1, '2025-02-01', 200, NULL, NULL, '=', 'v', 'r'),
        (4, 'precision', 1, '2025-02-01', 100, NULL, -2, '=', 'v', 'r'), (5, 'precision', 1, '2025-01-01', 110, NULL, -1, '=', 'v', 'r'),
        (6, 'figure before about', 1, '2025-01-01', 100, NULL, -2, '=', 'v', 'r'), (7, 'figure before about', 1, '2025-02-01', 110, NULL, 0, '~', 'v', 'r'),
        (8, 'asserted later', 1, '2025-01-01', 100, NULL, 0, '=', 'v', 'r'), (9, 'asserted later', 1, '2025-02-01', 101, NULL, 0, '=', 'v', 'r'),
        (10, 'taken in later', 1, '2025-01-01', 100, NULL, 0, '=', 'v', 'r'), (11, 'taken in later', 1, '2025-01-01', 101, NULL, 0, '=', 'v', 'r'),
        (12, 'undisclosed gives way', 0, '2025-01-01', NULL, NULL, NULL, '=', 'u', 'r'), (13, 'undisclosed gives way', 2, '2025-01-01', 5, NULL, 0, '=', 'v', 'r'),
        (14, 'only undisclosed', 0, '2025-01-01', NULL, NULL, NULL, '=', 'u', 'r'),
        (15, 'forecast gives way', 0, '2025-01-01', 90, NULL, 0, '=', 'v', 'f'), (16, 'forecast gives way', 2, '2025-01-01', 100, NULL, 0, '=', 'v', 'r'),
        (17, 'roundings meet', 1, '2025-01-01', 16000, NULL, -3, '=', 'v', 'r'), (18, 'roundings meet', 1, '2025-01-01', 16432, NULL, 0, '=', 'v', 'r'),
        (19, 'roundings do not meet', 1, '2025-01-01', 16000, NULL, -3, '=', 'v', 'r'), (20, 'roundings do not meet', 1, '2025-01-01', 16501, NULL, 0, '=', 'v', 'r'),
        (21, 'about is wider', 1, '2025-01-01', 16000, NULL, -3, '~', 'v', 'r'), (22, 'about is wider', 1, '2025-01-01', 16501, NULL, 0, '=', 'v', 'r'),
        (23, 'over meets more', 1, '2025-01-01', 100, NULL, 0, '>', 'v', 'r'), (24, 'over meets more', 1, '2025-01-01', 500, NULL, 0, '=', 'v', 'r'),
        (25, 'over excludes less', 1, '2025-01-01', 100, NULL, 0, '>', 'v', 'r'), (26, 'over excludes less', 1, '2025-01-01', 50, NULL, 0, '=', 'v', 'r'),
        (27, 'under excludes more', 1, '2025-01-01', 100, NULL, 0, 'l', 'v', 'r'), (28, 'under excludes more', 1, '2025-01-01', 150, NULL, 0, '=', 'v', 'r'),
        (29, 'range meets', 1, '2025-01-01', 100, 200, 0, 'r', 'v', 'r'), (30, 'range meets', 1, '2025-01-01', 150, NULL, 0, '=', 'v', 'r'),
        (31, 'none excludes a sum', 1, '2025-01-01', NULL, NULL, NULL, '=', 'n', 'r'), (32, 'none excludes a sum', 1, '2025-01-01', 150, NULL, 0, '=', 'v', 'r'),
        (33, 'exact figures differ', 1, '2025-01-01', 83.83, NULL, NULL, '=', 'v', 'r'), (34, 'exact figures differ', 1, '2025-01-01', 83.3, NULL, NULL, '=', 'v', 'r')
      ) v (at, name, cite, asserted, value, high, decimals, comparator, state, nature) JOIN fact_case c USING (name);
UPDATE claim SET start = '2024-12-31', finish = '2024-12-31';
\i end.inc
CREATE FUNCTION pg_temp.show(f store.fact) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', e.name || ':', coalesce(f.value::text, f.state::text), 'rule ' || f.rule::text, 'claims ' || f.claims,
                     coalesce(f.low || '..' || f.high, '-'), CASE WHEN f.disputed THEN 'DISPUTED' END)
      FROM store.entity e WHERE e.id = f.subject
$$;
SELECT pg_temp.show(f) FROM store.fact f ORDER BY f.subject;

\echo '-- what a second load adds, and what was known before it'
\set before :tx
\set doc second
\i begin.inc
INSERT INTO staging_cite (n, ref) VALUES (0, 'filing');
INSERT INTO said VALUES (0, 'name:only', 'worth', '', 'USD', 'i');
INSERT INTO claim (at, n, cite, start, finish, asserted, value, decimals) VALUES (1, 0, 0, '2024-12-31', '2024-12-31', '2025-03-01', 120, 0);
\i end.inc
SELECT pg_temp.show(f) FROM store.fact f JOIN store.entity e ON e.id = f.subject AND e.name = 'only';
SELECT pg_temp.show(f) FROM api.facts_asof(NULL, :before) f JOIN store.entity e ON e.id = f.subject AND e.name = 'only';
SELECT pg_temp.show(f) FROM api.facts_asof('2025-02-28', NULL) f JOIN store.entity e ON e.id = f.subject AND e.name IN ('only', 'asserted later', 'tier') ORDER BY e.name;
SELECT count(*) AS unknown_then FROM api.facts_asof('2024-12-31', NULL);

\echo '-- judgements'
INSERT INTO store.judgement (claim, shape, subject, verdict, why, batch)
    SELECT o.id, 'o', o.subject, v.verdict, 'test', :batch FROM store.observation o JOIN store.entity e ON e.id = o.subject
      JOIN (VALUES ('tier', 200, 'preferred'), ('asserted later', 101, 'deprecated'), ('only undisclosed', NULL, 'deprecated')) v (name, value, verdict)
        ON v.name = e.name AND v.value IS NOT DISTINCT FROM o.value::int;
SELECT pg_temp.show(f) FROM api.facts_asof(NULL, NULL) f JOIN store.entity e ON e.id = f.subject AND e.name IN ('tier', 'asserted later', 'only undisclosed') ORDER BY e.name;

\echo '-- every way to ask gives the same'
SELECT count(*) FROM (SELECT * FROM api.facts_asof(NULL, NULL) EXCEPT
    SELECT f.* FROM (SELECT array_agg(subject) a, array_agg(series) b, array_agg(period_start) c, array_agg(period_end) d FROM store.fact) k, api.facts_of(NULL, NULL, a, b, c, d) f) x;
SELECT count(*) FROM (SELECT * FROM api.facts_asof(NULL, NULL) EXCEPT SELECT * FROM api.facts_asof('9999-01-01', 999999)) x;

\echo '-- half a unit of the last digit, wherever it stands'
SELECT d, api.half_width('=', d::smallint) = ('5e' || -d - 1)::numeric AS half, api.half_width('~', d::smallint) = ('1e' || -d)::numeric AS whole
  FROM unnest(ARRAY[-30, -8, 0, 2, 16, 17, 21, 38]) d;
