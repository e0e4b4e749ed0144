-- Who is who. A first document makes entities, by identifier and by name; a second one finds them again.
\set doc first
\i begin.inc
INSERT INTO staging_source (at, ref, kind) VALUES (1, 'art1', 'article');
INSERT INTO staging_entity VALUES
    (10, 'name:NVIDIA', 'company', 'NVIDIA', NULL), (11, 'cik:0001652044', 'company', 'Alphabet Inc.', NULL), (12, 'name:Google', 'company', 'Google', NULL),
    (13, 'name:Google Ventures', 'company', 'Google Ventures', NULL), (14, 'cik:77', 'company', 'Mercury Inc', NULL),
    (15, 'cik:78', 'company', 'Mercury Corp', NULL), (16, 'name:Gemini', 'product', 'Gemini', NULL), (17, 'name:深度求索', 'company', '深度求索', NULL),
    (18, 'deal:a-b-2024', 'deal', 'A / B', NULL), (19, 'accession:0001045810-26-000021', 'filing', '10-K 0001045810-26-000021', NULL);
INSERT INTO staging_key VALUES
    (10, 'name:NVIDIA', 'cik', '0001045810', NULL, NULL, 'art1'), (10, 'name:NVIDIA', 'ticker', 'NVDA@NASDAQ', NULL, NULL, NULL),
    (11, 'cik:0001652044', 'ticker', 'GOOGL', NULL, NULL, NULL), (11, 'cik:0001652044', 'alias', 'Google parent', NULL, NULL, NULL),
    (14, 'cik:77', 'ticker', 'MERC', NULL, '2019-12-31', NULL), (15, 'cik:78', 'ticker', 'MERC', '2020-01-01', NULL, NULL),
    (18, 'deal:a-b-2024', 'deal', 'a-b-2024', NULL, NULL, NULL);
\i end.inc
SELECT slug, kind, name FROM store.entity ORDER BY slug;
SELECT e.slug, k.scheme, k.norm, k.valid, s.ref FROM store.entity_key k JOIN store.entity e ON e.id = k.entity LEFT JOIN store.source s ON s.id = k.source
 WHERE k.scheme <> 'name' ORDER BY 1, 2, 3;

\echo '-- found again'
\set doc second
\i begin.inc
INSERT INTO staging_entity VALUES
    (20, 'cik:1045810', 'company', 'NVIDIA CORP', NULL), (21, 'name:nvidia corporation', 'company', 'Nvidia Corporation', NULL),
    (22, 'name:GOOGLE PARENT', 'company', 'Google Parent, Inc.', NULL), (23, 'name:Mercury', 'company', 'Mercury', NULL),
    (24, 'name:gemini', 'company', 'Gemini', NULL), (25, 'cik:79', 'company', 'Mercury LLC', NULL), (26, 'name:Intel', 'company', 'Intel', NULL),
    (27, 'name:Google', 'company', 'Google', NULL), (28, 'name:Nobody', 'starship', 'Nobody', NULL), (29, 'name:A deal', 'deal', 'A deal', NULL);
INSERT INTO staging_key VALUES
    (26, 'name:Intel', 'alias', 'Chipzilla', NULL, NULL, NULL),
    (27, 'name:Google', 'cik', '1045810', NULL, NULL, NULL),    -- NVIDIA's
    (30, 'name:Intel', 'spell', 'x', NULL, NULL, NULL), (31, 'name:Intel', 'cik', 'none', NULL, NULL, NULL),
    (32, 'name:Intel', 'ticker', 'INTC', '2020-01-02', '2020-01-01', NULL), (33, 'name:Nowhere', 'ticker', 'NOW', NULL, NULL, NULL);
INSERT INTO staging_statement (at, entity, property, text, asserted) VALUES
    (40, 'ticker:NVDA', 'note', 'bare ticker', '2025-01-01'), (41, 'ticker:GOOGL@NASDAQ', 'note', 'with venue', '2025-01-01'),
    (42, 'slug:google-ventures', 'note', 'slug', '2025-01-01'), (43, 'ticker:MERC', 'note', 'the one who has it now', '2025-01-01'),
    (44, 'name:Gemini', 'note', 'two kinds', '2025-01-01'), (45, 'deal:a-b-2024', 'note', 'deal', '2025-01-01'),
    (46, 'name:Chipzilla', 'note', 'alias', '2025-01-01'), (47, 'cik:5', 'note', 'unknown', '2025-01-01');
\i end.inc
SELECT slug, kind, name FROM store.entity WHERE batch = (SELECT max(batch) FROM store.tx) ORDER BY slug;
SELECT e.slug, t.text FROM store.statement t JOIN store.entity e ON e.id = t.subject ORDER BY t.at;

\echo '-- a third time there is nothing to add'
\set doc third
\i begin.inc
INSERT INTO staging_entity VALUES (20, 'cik:1045810', 'company', 'NVIDIA CORP', NULL), (26, 'name:Intel', 'company', 'Intel', NULL);
INSERT INTO staging_statement (at, entity, property, text, asserted) VALUES (40, 'ticker:NVDA', 'note', 'bare ticker', '2025-06-01');
\i end.inc
\echo tx :tx, added :added, known :known
