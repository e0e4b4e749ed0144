-- One row of scores for a forecaster on a question, its values by rule: a million forecasts are scored in seconds, and most of
-- that was writing eight rows where one will do. And a question may say when its spot scores are taken.

ALTER TABLE store.prediction ADD spot_at timestamptz;
COMMENT ON COLUMN store.prediction.spot_at IS 'when spot scores look at what stands; NULL: when scoring ends';

CREATE TABLE store.score_set (          -- the rules a version of the program keeps, in the order of values
    id          smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rules       smallint[] NOT NULL UNIQUE      -- store.score_rule
);

ALTER TABLE store.score RENAME TO score_by_rule;
CREATE TABLE store.score (              -- one forecaster on one question; a new resolution, or another set of rules, adds new rows
    resolution  bigint NOT NULL,
    prediction  int NOT NULL,
    forecaster  int NOT NULL,
    backfilled  bool NOT NULL,          -- rests on forecasts this store cannot vouch for
    set         smallint NOT NULL REFERENCES store.score_set,
    coverage    float8 NOT NULL,        -- time forecast / time open
    n           int NOT NULL,           -- forecasts it rests on
    values      float8[] NOT NULL,      -- NULL: the rule does not apply
    batch       int NOT NULL,
    PRIMARY KEY (resolution, backfilled, set, forecaster)
);
CREATE INDEX ON store.score (prediction);

INSERT INTO store.score_set (rules) SELECT array_agg(id ORDER BY id) FROM store.score_rule HAVING count(*) > 0;
INSERT INTO store.score
    SELECT o.resolution, o.prediction, o.forecaster, o.backfilled, w.id, max(o.coverage), max(o.n),
           (SELECT array_agg(v.value ORDER BY r.place) FROM unnest(w.rules) WITH ORDINALITY r (rule, place)
              LEFT JOIN store.score_by_rule v ON v.rule = r.rule AND (v.resolution, v.forecaster, v.backfilled) = (o.resolution, o.forecaster, o.backfilled)), o.batch
      FROM store.score_by_rule o CROSS JOIN store.score_set w
     GROUP BY o.resolution, o.prediction, o.forecaster, o.backfilled, o.batch, w.id, w.rules;
DROP TABLE store.score_by_rule CASCADE;    -- takes api.scores along, which every migration makes anew

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['score_set', 'score'] LOOP
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON store.%I EXECUTE FUNCTION store.refuse_change()', t);
        EXECUTE format('CREATE TRIGGER no_delete BEFORE DELETE ON store.%I FOR EACH ROW EXECUTE FUNCTION store.refuse_change()', t);
        EXECUTE format('CREATE TRIGGER no_update BEFORE UPDATE ON store.%I FOR EACH ROW EXECUTE FUNCTION store.refuse_change()', t);
    END LOOP;
END $$;
