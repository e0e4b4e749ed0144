-- What a figure must be to be taken: set-based, once for each series, the first failure told.
\set doc metrics
\i begin.inc
INSERT INTO staging_metric VALUES
    (1, 'revenue', NULL, 'Revenue', 'Sales', 'flow', 'money', 'USD', 'd', 'segment=part', NULL),
    (2, 'deal_amount', NULL, 'Amount', 'Sum', 'flow', 'money', 'USD', 'a', 'component=key', NULL),
    (3, 'arr', NULL, 'ARR', 'Old way', 'stock', 'money', 'USD', 'i', '', NULL),
    (4, 'arr_2', NULL, 'ARR', 'New way', 'stock', 'money', 'USD', 'i', '', 'arr'),
    (5, 'odd', NULL, NULL, NULL, 'feeling', NULL, NULL, NULL, '', NULL), (6, 'odd2', NULL, NULL, NULL, NULL, 'feelings', NULL, NULL, '', NULL),
    (7, 'odd3', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'a=lock', NULL), (8, 'odd4', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', 'nonesuch');
\i end.inc
SELECT m.name, m.kind, m.unit_kind, m.period_kind, s.name AS supersedes, string_agg(d.dimension || '=' || d.role, ';') AS dims
  FROM store.metric m LEFT JOIN store.metric s ON s.id = m.supersedes LEFT JOIN store.metric_dimension d ON d.metric = m.id GROUP BY m.id, s.name ORDER BY m.id;

\echo '-- a defined metric stays as it is; what filings bring defines itself'
\set doc figures
\i begin.inc
INSERT INTO staging_metric VALUES
    (1, 'revenue', NULL, 'Revenue', 'Sales', 'flow', 'money', 'USD', 'd', 'segment=part', NULL), (2, 'arr', NULL, 'ARR', 'Another way', 'stock', 'money', 'USD', 'i', '', NULL),
    (3, 'Assets', 'us-gaap', 'Assets', 'What is owned', NULL, NULL, NULL, NULL, '', NULL);
INSERT INTO staging_entity VALUES (10, 'name:A', 'company', 'A', NULL), (10, 'deal:d-1', 'deal', 'D', NULL);
INSERT INTO staging_cite (n, ref) VALUES (0, '');
INSERT INTO said VALUES
    (0, 'name:A', 'revenue', '', 'USD', 'd'), (1, 'name:A', 'revenue', 'segment=cloud', 'EUR', 'd'), (2, 'name:A', 'revenue', 'region=eu', 'USD', 'd'),
    (3, 'name:A', 'revenue', '', 'people', 'd'), (4, 'name:A', 'revenue', '', 'USD', 'i'), (5, 'deal:d-1', 'deal_amount', '', 'USD', 't'),
    (6, 'deal:d-1', 'deal_amount', 'component=total', 'USD', 't'), (7, 'name:A', 'nonesuch', '', 'USD', 'd'), (8, 'name:B', 'revenue', '', 'USD', 'd'),
    (9, 'name:A', 'us-gaap:Assets', '', 'USD', 'i'), (10, 'name:A', 'us-gaap:Liabilities', 'legal=x', 'USD', 'i'), (11, 'name:A', 'aimarket:revenue', '', 'USD', 'd');
INSERT INTO claim (at, n, cite, start, finish, asserted, value, decimals)
    SELECT 100 + n, n, 0, '2024-01-01', '2024-12-31', '2025-01-01', n, 0 FROM generate_series(0, 11) n;
\i end.inc
SELECT m.taxonomy, m.name, s.dims, u.code, s.period_kind, count(o.id)
  FROM store.series s JOIN store.metric m ON m.id = s.metric JOIN store.unit u ON u.id = s.unit LEFT JOIN store.observation o ON o.series = s.id
 GROUP BY s.id, m.id, u.id ORDER BY m.name, s.dims::text;
