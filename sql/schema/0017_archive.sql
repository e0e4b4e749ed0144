-- What is no longer kept of the archive. Bytes may be dropped from which nothing was claimed; those that a claim cites never are, and
-- the database sees to it. The document's row, with hash and size, stays.

CREATE TABLE store.document_dropped (
    document    int PRIMARY KEY REFERENCES store.document,
    at          timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION store.refuse_dropping_cited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM store.run r WHERE r.document = NEW.document AND r.added > 0)
       OR NOT EXISTS (SELECT FROM store.run r WHERE r.document = NEW.document AND r.state = 'loaded') THEN
        RAISE EXCEPTION 'document % is kept: claims cite it, or nobody could read it yet', NEW.document USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cited_stays BEFORE INSERT ON store.document_dropped FOR EACH ROW EXECUTE FUNCTION store.refuse_dropping_cited();

CREATE FUNCTION store.allow_dropping_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM store.document_dropped d WHERE d.document = OLD.document) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'store.document_part is append-only: DELETE refused'
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Only bytes that nothing was claimed from are dropped, by `aimarket db prune`.';
END $$;
DROP TRIGGER no_delete ON store.document_part;
CREATE TRIGGER no_delete BEFORE DELETE ON store.document_part FOR EACH ROW EXECUTE FUNCTION store.allow_dropping_only();

DO $$
BEGIN
    CREATE TRIGGER no_truncate BEFORE TRUNCATE ON store.document_dropped EXECUTE FUNCTION store.refuse_change();
    CREATE TRIGGER no_delete BEFORE DELETE ON store.document_dropped FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
    CREATE TRIGGER no_update BEFORE UPDATE ON store.document_dropped FOR EACH ROW EXECUTE FUNCTION store.refuse_change();
END $$;
