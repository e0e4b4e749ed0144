-- A small store for the tests of the command line: a disputed acqui-hire, an IPO that was withdrawn, a filing, figures of one company.
SET search_path = store, public;
INSERT INTO publisher (slug, name, tier, batch) VALUES ('nyt', 'New York Times', 'press', 1), ('notes', 'Reader''s notes', 'user', 1),
    ('wsj', 'Wall Street Journal', 'press', 1), ('sec', 'SEC', 'regulator', 1);
INSERT INTO source (publisher, ref, kind, tier, title, address, locator, said_on, batch) VALUES
    (1, 'a1', 'article', 'press', 'Character.AI founders return', 'https://nyt.example/1', NULL, '2024-08-08', 1),
    (2, 'notes#152', 'notes', 'user', 'Notes on a report', NULL, 'slide 152', '2024-10-10', 1),
    (3, 'w1', 'article', 'press', 'A $2.7 billion rehire', 'https://wsj.example/1', NULL, '2024-09-25', 1),
    (4, '0001628280-24-041596', 'filing', 'regulator', NULL, 'https://sec.example/s1', NULL, '2024-09-30', 1);
INSERT INTO entity (kind, slug, name, batch) VALUES ('deal', 'characterai-google-2024', 'Character.AI / Google', 1),     -- 1
    ('company', 'character-ai', 'Character.AI', 1), ('company', 'google', 'Google', 1), ('company', 'a16z', 'Andreessen Horowitz', 1),
    ('filing', '0001628280-24-041596', 'S-1 0001628280-24-041596', 1), ('company', 'cerebras-systems', 'Cerebras Systems', 1),
    ('deal', 'cerebras-ipo', 'Cerebras IPO', 1), ('company', 'nvidia', 'NVIDIA', 1),                                    -- 7, 8
    ('model', 'mercury', 'Mercury', 1), ('company', 'mercury-2', 'Mercury', 1);
INSERT INTO entity_key (entity, scheme, value, norm, batch, exclusive, lasting)
    SELECT id, 'name', name, load.norm_name(name), 1, false, false FROM entity WHERE kind <> 'filing';
INSERT INTO entity_key (entity, scheme, value, norm, batch, exclusive, lasting) VALUES (6, 'cik', '2021728', '2021728', 1, true, true),
    (8, 'cik', '1045810', '1045810', 1, true, true), (8, 'ticker', 'NVDA@NASDAQ', 'NVDA@NASDAQ', 1, true, false),
    (8, 'alias', 'NVIDIA Corporation', load.norm_name('NVIDIA Corporation'), 1, false, false),
    (5, 'accession', '0001628280-24-041596', '0001628280-24-041596', 1, true, true);
INSERT INTO metric (name, label, definition, unit, kind, period_kind, batch) VALUES ('deal_amount', 'Amount of a deal', 'Money that changes hands.', 'USD', 'stock', 'a', 1),
    ('revenue', 'Revenue', 'Sales of the period.', 'USD', 'flow', 'd', 1), ('training_compute', 'Training compute', 'Operations.', 'FLOP', 'count', 'a', 1);
INSERT INTO unit (code, kind) VALUES ('USD', 'money'), ('FLOP', 'count');
INSERT INTO series (subject, metric, unit, period_kind, dims, batch) VALUES (1, 1, 1, 't', '{"component": "total"}', 1),
    (1, 1, 1, 't', '{"component": "implied_valuation"}', 1), (8, 2, 1, 'd', '{}', 1), (8, 3, 2, 't', '{}', 1);
INSERT INTO observation (id, subject, series, period_start, period_end, asserted_on, source, document, at, batch, tier, prec, comparator, state, nature, value, decimals)
    VALUES
    (16777217, 1, 1, '-infinity', '-infinity', '2024-08-08', 1, 1, 1, 1, 4, 'd', '=', 'v', 'r', 3000000000, -9),
    (16777218, 1, 1, '-infinity', '-infinity', '2024-10-10', 2, 1, 1, 1, 9, 'd', '=', 'v', 'r', 2500000000, -8),
    (16777219, 1, 1, '-infinity', '-infinity', '2024-09-25', 3, 1, 1, 1, 4, 'd', '=', 'v', 'r', 2700000000, -8),
    (16777220, 1, 2, '-infinity', '-infinity', '2024-08-08', 1, 1, 1, 1, 4, 'd', '=', 'v', 'r', 2500000000, -8),
    (16777221, 8, 3, '2023-01-30', '2024-01-28', '2024-02-21', 4, 1, 1, 1, 2, 'd', '=', 'v', 'r', 60922000000, -6),
    (16777222, 8, 3, '2024-01-29', '2025-01-26', '2025-02-26', 4, 1, 1, 1, 2, 'd', '=', 'v', 'r', 130497000000, -6),
    (16777223, 8, 3, '2024-10-28', '2025-01-26', '2025-02-26', 4, 1, 1, 1, 2, 'd', '=', 'v', 'r', 123456789012345678.90, 2),
    (16777224, 8, 4, '-infinity', '-infinity', '2024-07-23', 4, 1, 1, 1, 2, 'd', '=', 'v', 'r', 3.8e25, -24);
INSERT INTO statement (id, subject, property, code, text, object, dims, period_start, period_end, prec, asserted_on, source, batch, tier) VALUES
    (16777301, 1, 'deal_type', 'licence_and_hire', NULL, NULL, '{}', NULL, NULL, 'd', '2024-08-08', 1, 1, 4),
    (16777302, 1, 'party', NULL, NULL, 2, '{"role": "target"}', NULL, NULL, 'd', '2024-08-08', 1, 1, 4),
    (16777303, 1, 'party', NULL, NULL, 3, '{"role": "acquirer"}', NULL, NULL, 'd', '2024-08-08', 1, 1, 4),
    (16777304, 1, 'party', NULL, NULL, 4, '{"role": "investor"}', NULL, NULL, 'd', '2024-10-10', 2, 1, 9),
    (16777305, 1, 'stage', 'announced', NULL, NULL, '{}', '2024-08-01', '2024-08-31', 'm', '2024-08-08', 1, 1, 4),
    (16777306, 1, 'stage', 'announced', NULL, NULL, '{}', '2024-08-02', '2024-08-02', 'd', '2024-09-25', 3, 1, 4),
    (16777307, 1, 'stage', 'completed', NULL, NULL, '{}', '2024-01-01', '2024-12-31', 'y', '2024-10-10', 2, 1, 9),
    (16777308, 7, 'deal_type', 'ipo', NULL, NULL, '{}', NULL, NULL, 'd', '2024-09-30', 4, 1, 1),
    (16777309, 7, 'party', NULL, NULL, 6, '{"role": "issuer"}', NULL, NULL, 'd', '2024-09-30', 4, 1, 1),
    (16777310, 7, 'stage', 'filed', NULL, NULL, '{}', '2024-09-30', '2024-09-30', 'd', '2024-09-30', 4, 1, 1),
    (16777311, 7, 'stage', 'withdrawn', NULL, NULL, '{}', '2025-10-01', '2025-10-31', 'm', '2025-11-30', 2, 1, 9),
    (16777312, 5, 'filing_form', 'S-1', NULL, NULL, '{}', NULL, NULL, 'd', '2024-09-30', 4, 1, 1),
    (16777313, 5, 'filer', NULL, NULL, 6, '{}', NULL, NULL, 'd', '2024-09-30', 4, 1, 1),
    (16777314, 5, 'filed_on', NULL, NULL, NULL, '{}', '2024-09-30', '2024-09-30', 'd', '2024-09-30', 4, 1, 1),
    (16777315, 5, 'document', NULL, 's1.htm', NULL, '{}', NULL, NULL, 'd', '2024-09-30', 4, 1, 1),
    (16777316, 2, 'country', NULL, 'United States', NULL, '{}', NULL, NULL, 'd', '2024-08-08', 1, 1, 4);
INSERT INTO tx (batch, tx, tool) VALUES (1, 1, 'fixture');
-- a second load: one figure more
INSERT INTO observation (id, subject, series, period_start, period_end, asserted_on, source, document, at, batch, tier, prec, comparator, state, nature, value, decimals)
    VALUES (33554433, 8, 3, '2023-01-30', '2024-01-28', '2025-02-26', 4, 1, 1, 2, 2, 'd', '=', 'v', 'r', 60900000000, -6);
INSERT INTO tx (batch, tx, tool) VALUES (2, 2, 'fixture');
INSERT INTO fact SELECT * FROM api.facts_asof(NULL, NULL);
SELECT load.refresh_all_today();
