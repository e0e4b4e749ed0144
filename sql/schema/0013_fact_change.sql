-- What became of facts: written beside store.fact by the very statement that changes it, and never a source of truth: the
-- claims tell the same. Kept so that whoever follows the ledger need not work out every fact twice.
CREATE TABLE store.fact_change (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch       int NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('conflict', 'settled', 'restatement')),
    series      int NOT NULL,
    period_start date NOT NULL,
    period_end  date NOT NULL,
    claim       bigint NOT NULL,        -- shown from then on
    value       numeric,
    rule        "char" NOT NULL,        -- what put it first
    before_claim bigint,                -- shown until then; NULL: the fact is new
    before_value numeric
);
COMMENT ON COLUMN store.fact_change.kind IS
    'conflict: claims about it exclude each other since; settled: no longer; restatement: another figure is shown';
CREATE INDEX ON store.fact_change (batch);

-- Notes what becomes of facts, when a fact that is shown changes or a new one is disputed from the start. The batch is that of
-- the transaction (load.open_batch); where there is none, as when all facts are made anew by a new rule, nothing has happened
-- in the world.
CREATE FUNCTION store.note_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    run_batch int := nullif(current_setting('aimarket.batch', true), '')::int;
    was store.fact;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        was := OLD;
    END IF;
    IF run_batch IS NOT NULL THEN
        INSERT INTO store.fact_change (batch, kind, series, period_start, period_end, claim, value, rule, before_claim, before_value)
            SELECT run_batch, k.kind, NEW.series, NEW.period_start, NEW.period_end, NEW.claim, NEW.value, NEW.rule, was.claim, was.value
              FROM (VALUES (1, 'restatement', was.claim IS NOT NULL AND (was.value, was.value_high, was.state) IS DISTINCT FROM (NEW.value, NEW.value_high, NEW.state)),
                           (2, 'conflict', NEW.disputed AND was.disputed IS NOT TRUE),
                           (3, 'settled', was.disputed AND NOT NEW.disputed)) AS k (place, kind, happened)
             WHERE k.happened ORDER BY k.place;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note_new AFTER INSERT ON store.fact FOR EACH ROW WHEN (NEW.disputed) EXECUTE FUNCTION store.note_change();
CREATE TRIGGER note_change AFTER UPDATE ON store.fact FOR EACH ROW
    WHEN (OLD.disputed <> NEW.disputed OR (OLD.value, OLD.value_high, OLD.state) IS DISTINCT FROM (NEW.value, NEW.value_high, NEW.state))
    EXECUTE FUNCTION store.note_change();

-- What a transaction did is found from its batch; claims by their ids, which begin with it.
CREATE INDEX ON store.observation (batch_to) WHERE batch_to IS NOT NULL;
CREATE INDEX ON store.statement (batch_to) WHERE batch_to IS NOT NULL;
CREATE INDEX ON store.prediction (batch);
CREATE INDEX ON store.resolution (batch);
