-- A ticker or a domain passes from one bearer to another. On which days somebody was seen to bear one: a run of sightings that no other
-- bearer's falls into. How long a key holds (entity_key.valid) follows from the runs, and changes as more is seen: then its row is
-- closed and another takes its place. told_from, told_to: what a source said of the first and the last day.
CREATE TABLE store.key_seen (
    norm        text COLLATE "C" NOT NULL,
    scheme      text NOT NULL,
    entity      int NOT NULL,
    first       date NOT NULL,
    last        date NOT NULL CHECK (last >= first),
    told_from   date,
    told_to     date,
    batch       int NOT NULL,
    PRIMARY KEY (norm, scheme, entity, first)
);

-- What was seen so far: on the day their documents came.
INSERT INTO store.key_seen
    SELECT DISTINCT ON (norm, scheme, entity, first) * FROM (
        SELECT k.norm, k.scheme, k.entity, coalesce(w.told_from, least(w.day, w.told_to)) AS first, coalesce(w.told_to, greatest(w.day, w.told_from)) AS last,
               w.told_from, w.told_to, k.batch
          FROM store.entity_key k
         CROSS JOIN LATERAL (
               SELECT lower(k.valid) AS told_from, upper(k.valid) - 1 AS told_to,
                      coalesce((SELECT min(c.at)::date FROM store.run r JOIN store.capture c ON c.document = r.document AND c.feed = r.feed WHERE r.batch = k.batch),
                               (SELECT t.at::date FROM store.tx t WHERE t.batch = k.batch), current_date) AS day) w
         WHERE k.exclusive AND NOT k.lasting AND k.batch_to IS NULL) s
     ORDER BY norm, scheme, entity, first, last DESC;

-- The same span may come back after it was closed.
ALTER TABLE store.entity_key DROP CONSTRAINT entity_key_entity_scheme_norm_valid_key;
CREATE UNIQUE INDEX entity_key_once ON store.entity_key (entity, scheme, norm, valid, (coalesce(batch_to, 0)));
