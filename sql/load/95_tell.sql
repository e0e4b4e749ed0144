-- Whoever keeps answers is told that the ledger has moved on: the number of each transaction, at its commit. Trigger and
-- function belong to the store, for what stands on this schema would keep it from being made anew.
CREATE OR REPLACE FUNCTION store.tell_tx() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('aimarket_tx', NEW.tx::text);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER tell AFTER INSERT ON store.tx FOR EACH ROW EXECUTE FUNCTION store.tell_tx();
