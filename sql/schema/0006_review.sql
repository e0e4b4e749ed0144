-- Pairs of entities, deals among them, that may be one: proposed by the loads that brought the later one (load.propose), decided
-- by people, once. A pair is proposed one time only, whatever became of it.

CREATE TABLE store.review (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity_from int NOT NULL REFERENCES store.entity,           -- the later one
    entity_into int NOT NULL REFERENCES store.entity CHECK (entity_into <> entity_from),
    likeness    real NOT NULL,          -- of their names, 0 to 1
    why         text NOT NULL,
    batch       int NOT NULL
);
CREATE UNIQUE INDEX review_pair ON store.review (least(entity_from, entity_into), greatest(entity_from, entity_into));

CREATE TABLE store.review_decision (
    review      int PRIMARY KEY REFERENCES store.review,
    verdict     text NOT NULL CHECK (verdict IN ('accepted', 'rejected')),
    why         text NOT NULL,
    who         text NOT NULL,
    batch       int NOT NULL
);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['review', 'review_decision'] LOOP
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON store.%I EXECUTE FUNCTION store.refuse_change()', t);
        EXECUTE format('CREATE TRIGGER no_delete BEFORE DELETE ON store.%I FOR EACH ROW EXECUTE FUNCTION store.refuse_change()', t);
        EXECUTE format('CREATE TRIGGER no_update BEFORE UPDATE ON store.%I FOR EACH ROW EXECUTE FUNCTION store.refuse_change()', t);
    END LOOP;
END $$;

-- Which feed brought a batch's entities.
CREATE INDEX run_batch ON store.run (batch);
