-- What is new, in the order in which the store took it in. An address in it (id) stays what it is: nothing is ever put before it,
-- because transaction numbers follow the order of commits.

-- It is taken part by part, so that a page costs the same wherever it begins and however large its transaction is: a part is up to
-- 2,048 claims by their numbers (8,192 parts hold all that a batch can have), the last one what became of facts through them, and the like.
CREATE FUNCTION api.last_claim(batch int) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT greatest((SELECT max(o.id) FROM store.observation o WHERE o.id >= last_claim.batch::bigint << 24 AND o.id < (last_claim.batch + 1)::bigint << 24),
                    (SELECT max(s.id) FROM store.statement s WHERE s.id >= last_claim.batch::bigint << 24 AND s.id < (last_claim.batch + 1)::bigint << 24)) & 16777215
$$;
CREATE FUNCTION api.parts_of(batch int) RETURNS SETOF int LANGUAGE sql STABLE ROWS 10 AS $$
    SELECT generate_series(0, coalesce((SELECT b.last FROM store.large_batch b WHERE b.batch = parts_of.batch), api.last_claim(parts_of.batch), -1)::int >> 11)
    UNION ALL SELECT 8192
$$;

-- What one part of a batch did, by step: claims first, then what became of facts through them.
CREATE FUNCTION api.changes_of(batch int, part int)
RETURNS TABLE (step int, nth bigint, no bigint, change text, claim text, subject int, series int, property text, dims jsonb, period_start date, period_end date,
    value numeric, said text, asserted_on date, source int, before numeric, before_claim text, rule "char")
LANGUAGE sql STABLE ROWS 100 AS $$
    WITH figure AS NOT MATERIALIZED (
        SELECT 1 AS step, o.id & 16777215 AS nth, 'claim' AS change, o.* FROM store.observation o
         WHERE part < 8192 AND o.id >= (changes_of.batch::bigint << 24) + (part::bigint << 11) AND o.id < (changes_of.batch::bigint << 24) + ((part + 1)::bigint << 11)
        UNION ALL
        SELECT 2, o.id, 'retraction', o.* FROM store.observation o WHERE part = 8192 AND o.batch_to = changes_of.batch
    ), word AS NOT MATERIALIZED (
        SELECT 1 AS step, s.id & 16777215 AS nth, 'claim' AS change, s.* FROM store.statement s
         WHERE part < 8192 AND s.id >= (changes_of.batch::bigint << 24) + (part::bigint << 11) AND s.id < (changes_of.batch::bigint << 24) + ((part + 1)::bigint << 11)
        UNION ALL
        SELECT 2, s.id, 'retraction', s.* FROM store.statement s WHERE part = 8192 AND s.batch_to = changes_of.batch
    )
    SELECT f.step, f.nth, f.id, f.change, 'o:' || f.id, f.subject, f.series, NULL::text, NULL::jsonb, f.period_start, f.period_end, f.value, NULL::text,
           f.asserted_on, f.source, NULL::numeric, NULL::text, NULL::"char"
      FROM figure f
    UNION ALL
    SELECT w.step, w.nth, w.id, w.change, 's:' || w.id, w.subject, NULL, w.property, w.dims, w.period_start, w.period_end, NULL,
           coalesce((SELECT e.name FROM store.entity e WHERE e.id = w.object), w.code, w.text), w.asserted_on, w.source, NULL, NULL, NULL
      FROM word w
    UNION ALL
    SELECT 3, c.id, c.id, c.kind, 'o:' || c.claim, (SELECT r.subject FROM store.series r WHERE r.id = c.series), c.series, NULL, NULL, c.period_start, c.period_end,
           c.value, NULL, o.asserted_on, o.source, c.before_value, 'o:' || c.before_claim, c.rule
      FROM store.fact_change c LEFT JOIN store.observation o ON o.id = c.claim WHERE part = 8192 AND c.batch = changes_of.batch
    UNION ALL
    SELECT 4, p.id, p.id, 'question', NULL, p.entity, NULL, NULL, NULL, NULL, NULL, NULL, p.question, NULL, NULL, NULL, NULL, NULL
      FROM store.prediction p WHERE part = 8192 AND p.batch = changes_of.batch
    UNION ALL
    SELECT 5, r.id, r.id, 'resolution', NULL, r.prediction, NULL, NULL, NULL, NULL, NULL, NULL, concat_ws(' ', r.step, r.outcome), NULL, NULL, NULL, NULL, NULL
      FROM store.resolution r WHERE part = 8192 AND r.batch = changes_of.batch
$$;

CREATE VIEW api.changes AS
    SELECT concat_ws('.', t.tx, h.step, h.nth) AS id, t.tx, h.change, e.slug AS entity_id, e.name AS entity,
        coalesce(CASE WHEN m.taxonomy = 'aimarket' THEN m.name ELSE m.taxonomy || ':' || m.name END, h.property) AS metric,
        nullif(coalesce(r.dims, h.dims), '{}') AS dimensions, nullif(h.period_start, '-infinity') AS period_start,
        nullif(h.period_end, '-infinity') AS period_end, h.value, u.code AS unit, h.said, h.before, h.before_claim, CASE WHEN h.rule IS NOT NULL THEN api.rule_name(h.rule) END AS rule,
        h.claim, h.asserted_on, w.tier, b.slug AS publisher, api.source_text(w.title, w.ref, w.locator) AS source, w.address AS source_url,
        t.at, t.who, t.tool, t.why, h.step, h.nth, h.no, t.part
    -- in order: a page ends the search where it is full
    FROM (SELECT x.*, p.part FROM store.tx x CROSS JOIN LATERAL api.parts_of(x.batch) p (part) ORDER BY x.tx, p.part) t
    CROSS JOIN LATERAL api.changes_of(t.batch, t.part) h
    LEFT JOIN store.entity e ON e.id = h.subject
    LEFT JOIN store.series r ON r.id = h.series
    LEFT JOIN store.metric m ON m.id = r.metric
    LEFT JOIN store.unit u ON u.id = r.unit
    LEFT JOIN store.source w ON w.id = h.source
    LEFT JOIN store.publisher b ON b.id = w.publisher;

COMMENT ON VIEW api.changes IS 'What is new, in the order in which the store took it in: claims, retractions, and what became of facts through them';
COMMENT ON COLUMN api.changes.id IS 'place in this order: transaction, step, number; what to resume behind';
COMMENT ON COLUMN api.changes.tx IS 'transaction that did it';
COMMENT ON COLUMN api.changes.change IS 'claim, retraction, restatement (another figure is shown), conflict (claims exclude each other since), settled (no longer), question or resolution';
COMMENT ON COLUMN api.changes.entity_id IS 'slug of what it is about, as it was filed';
COMMENT ON COLUMN api.changes.entity IS 'its name';
COMMENT ON COLUMN api.changes.metric IS 'metric of a figure; property of what is said in words';
COMMENT ON COLUMN api.changes.dimensions IS 'what narrows it';
COMMENT ON COLUMN api.changes.period_start IS 'first day of the time it is about';
COMMENT ON COLUMN api.changes.period_end IS 'last day';
COMMENT ON COLUMN api.changes.value IS 'the figure; of a fact that changed: the one shown since';
COMMENT ON COLUMN api.changes.unit IS 'its unit';
COMMENT ON COLUMN api.changes.said IS 'what was said in words: a code, a text, a name; the text of a question, the step of a resolution';
COMMENT ON COLUMN api.changes.before IS 'of a fact that changed: the figure shown until then';
COMMENT ON COLUMN api.changes.before_claim IS 'and the claim that was';
COMMENT ON COLUMN api.changes.rule IS 'of a fact that changed: why the claim shown since stands first';
COMMENT ON COLUMN api.changes.claim IS 'the claim, for `aimarket show`';
COMMENT ON COLUMN api.changes.asserted_on IS 'day its source said it';
COMMENT ON COLUMN api.changes.tier IS 'tier of the source';
COMMENT ON COLUMN api.changes.publisher IS 'slug of the publisher';
COMMENT ON COLUMN api.changes.source IS 'who says so';
COMMENT ON COLUMN api.changes.source_url IS 'where that can be read';
COMMENT ON COLUMN api.changes.at IS 'when the store took it in';
COMMENT ON COLUMN api.changes.who IS 'who had it do so';
COMMENT ON COLUMN api.changes.tool IS 'with what';
COMMENT ON COLUMN api.changes.why IS 'and why';
COMMENT ON COLUMN api.changes.step IS 'claims, retractions, facts, questions, resolutions: 1 to 5';
COMMENT ON COLUMN api.changes.nth IS 'number within the step';
COMMENT ON COLUMN api.changes.part IS 'part of its transaction: claims by 2,048 numbers, then the rest; what is asked of some parts costs no more than they do';
COMMENT ON COLUMN api.changes.no IS 'number in this store of what it tells of; conditions on it reach the ledger''s index';

-- How much each transaction brought, for those who read along: a large one is read part by part.
CREATE VIEW api.tx_sizes AS
    SELECT t.tx, z.claims, coalesce((SELECT b.last FROM store.large_batch b WHERE b.batch = t.batch), CASE WHEN z.claims > 2048 THEN api.last_claim(t.batch) END, 0) >> 11 AS last_part
    FROM store.tx t CROSS JOIN LATERAL (SELECT coalesce(sum(r.added), 0)::bigint AS claims FROM store.run r WHERE r.batch = t.batch) z;
COMMENT ON VIEW api.tx_sizes IS 'How much each transaction brought';
COMMENT ON COLUMN api.tx_sizes.tx IS 'transaction';
COMMENT ON COLUMN api.tx_sizes.claims IS 'claims that its runs added';
COMMENT ON COLUMN api.tx_sizes.last_part IS 'last of its parts that hold claims, of those that added more than one part''s';
