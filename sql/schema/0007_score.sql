-- Scores by the million: rules by number, one narrow index.

DROP TABLE store.score CASCADE;    -- takes api.scores along, which every migration makes anew

CREATE TABLE store.score_rule (
    id          smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule        text NOT NULL,
    version     smallint NOT NULL,
    baseline    text NOT NULL,          -- what the rule measures against
    UNIQUE (rule, version, baseline)
);

CREATE TABLE store.score (              -- one forecaster on one question under one rule; a new resolution adds new rows
    resolution  bigint NOT NULL,
    prediction  int NOT NULL,
    forecaster  int NOT NULL,
    rule        smallint NOT NULL,
    backfilled  bool NOT NULL,          -- rests on forecasts this store cannot vouch for
    value       float8 NOT NULL,
    coverage    float8 NOT NULL,        -- time forecast / time open
    n           int NOT NULL,           -- forecasts it rests on
    batch       int NOT NULL,
    PRIMARY KEY (resolution, forecaster, rule, backfilled)
);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['score_rule', 'score'] LOOP
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON store.%I EXECUTE FUNCTION store.refuse_change()', t);
        EXECUTE format('CREATE TRIGGER no_delete BEFORE DELETE ON store.%I FOR EACH ROW EXECUTE FUNCTION store.refuse_change()', t);
        EXECUTE format('CREATE TRIGGER no_update BEFORE UPDATE ON store.%I FOR EACH ROW EXECUTE FUNCTION store.refuse_change()', t);
    END LOOP;
END $$;
