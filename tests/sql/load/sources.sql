-- Who says so: publishers with their tiers, sources once each, what only repeats another.
\set doc first
\i begin.inc
INSERT INTO staging_source (at, ref, publisher, publisher_name, tier, kind, title, date, origin) VALUES
    (1, 'art1', 'nyt', 'New York Times', 'press', 'article', 'T', '2024-05-01', NULL), (2, 'art2', 'Some Blog!', NULL, 'relay', 'article', 'U', NULL, 'art1'),
    (3, 'wire', 'nyt', NULL, 'relay', 'article', 'a copy of an agency''s', NULL, NULL), (4, 'own', NULL, NULL, NULL, 'dataset', 'the feed''s publisher', NULL, NULL),
    (5, 'bad', 'nyt', NULL, 'oracle', 'article', 'no such tier', NULL, NULL), (6, 'art1', 'nyt', NULL, 'press', 'article', 'said twice', NULL, NULL);
INSERT INTO staging_entity VALUES (10, 'name:A', 'company', 'A', NULL);
INSERT INTO staging_statement (at, entity, property, text, asserted, source) VALUES
    (11, 'name:A', 'p', 'by art1', '2025-01-01', 'art1'), (12, 'name:A', 'p', 'by the feed', '2025-01-01', NULL), (13, 'name:A', 'p', 'by nobody', '2025-01-01', 'gone'),
    (14, 'name:A', 'p', 'by wire', '2025-01-01', 'wire');
\i end.inc
SELECT p.slug, p.name, p.tier FROM store.publisher p ORDER BY 1;
SELECT p.slug, s.ref, s.kind, s.tier, s.title, o.ref AS repeats FROM store.source s JOIN store.publisher p ON p.id = s.publisher LEFT JOIN store.source o ON o.id = s.origin ORDER BY 1, 2;
SELECT t.text, s.ref, t.tier FROM store.statement t JOIN store.source s ON s.id = t.source ORDER BY t.at;

\echo '-- known sources are cited without being described'
\set doc second
\i begin.inc
INSERT INTO staging_statement (at, entity, property, text, asserted, source) VALUES (11, 'name:A', 'p', 'again by art1', '2025-01-01', 'art1');
\i end.inc
SELECT count(*) FROM store.source;
SELECT t.text, s.ref FROM store.statement t JOIN store.source s ON s.id = t.source WHERE t.text LIKE 'again%';
