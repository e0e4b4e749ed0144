-- Series of merged entities, and the series their claims count for today: the one of the same kind that the entity they read as has
-- (load.refresh_merges makes one where there is none). Kept like store.entity_canon; the past asks api.series_canon.
CREATE TABLE store.series_canon (
    series      int PRIMARY KEY,
    subject     int NOT NULL,
    canon       int NOT NULL,
    canon_subject int NOT NULL
);
CREATE INDEX ON store.series_canon (canon);
