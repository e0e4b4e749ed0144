-- Pairs that may be one, for `aimarket review`.
CREATE VIEW api.reviews AS
    SELECT r.id, CASE WHEN a.kind = 'deal' THEN 'deals' ELSE 'entities' END AS of, a.slug AS one, b.slug AS other, a.name AS one_name, b.name AS other_name, a.kind,
        r.likeness, r.why, d.verdict, d.who AS decided_by, t.at AS decided_at, d.why AS decided_why, p.tx AS proposed_tx, t.tx AS decided_tx
    FROM store.review r
    JOIN store.entity a ON a.id = r.entity_from
    JOIN store.entity b ON b.id = r.entity_into
    LEFT JOIN store.tx p ON p.batch = r.batch
    LEFT JOIN store.review_decision d ON d.review = r.id
    LEFT JOIN store.tx t ON t.batch = d.batch;
COMMENT ON VIEW api.reviews IS 'pairs of entities that may be one, and what was decided about them';
COMMENT ON COLUMN api.reviews.id IS 'number, for review accept and review reject';
COMMENT ON COLUMN api.reviews.of IS 'entities or deals';
COMMENT ON COLUMN api.reviews.one IS 'slug of the later one, which would read as the other';
COMMENT ON COLUMN api.reviews.other IS 'slug of the one that was there first';
COMMENT ON COLUMN api.reviews.one_name IS 'name of the later one';
COMMENT ON COLUMN api.reviews.other_name IS 'name of the one that was there first';
COMMENT ON COLUMN api.reviews.kind IS 'kind of both';
COMMENT ON COLUMN api.reviews.likeness IS 'of their names, 0 to 1';
COMMENT ON COLUMN api.reviews.why IS 'what makes them look like one';
COMMENT ON COLUMN api.reviews.verdict IS 'accepted, rejected; NULL: undecided';
COMMENT ON COLUMN api.reviews.decided_by IS 'who decided';
COMMENT ON COLUMN api.reviews.decided_at IS 'when';
COMMENT ON COLUMN api.reviews.decided_why IS 'and why';
COMMENT ON COLUMN api.reviews.proposed_tx IS 'transaction that proposed it';
COMMENT ON COLUMN api.reviews.decided_tx IS 'transaction that decided it';
