-- How far the claims of a large batch reach, so that whoever reads along need not look for it: claims have an index of ranges only.
-- Written by load.finish; a batch that has no row is looked through.
CREATE TABLE store.large_batch (
    batch       int PRIMARY KEY,
    last        bigint NOT NULL         -- number of its last claim within it
);
INSERT INTO store.large_batch (batch, last)
    SELECT o.id >> 24, max(o.id) & 16777215 FROM store.observation o
     WHERE o.id >> 24 IN (SELECT r.batch FROM store.run r GROUP BY r.batch HAVING sum(r.added) > 2048) GROUP BY 1;
UPDATE store.large_batch b SET last = greatest(b.last, s.last)
  FROM (SELECT s.batch, max(s.id) & 16777215 AS last FROM store.statement s GROUP BY s.batch) s WHERE s.batch = b.batch;
