-- Archives whose members come in as documents of their own. The members' bytes are kept, the archive's are not: its hash and size
-- say which one it was, and captures say what came in it.

CREATE TABLE store.container (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256      bytea NOT NULL UNIQUE CHECK (length(sha256) = 32),
    bytes       bigint NOT NULL,
    media       text,
    first_seen  timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE store.capture ADD COLUMN container int REFERENCES store.container;   -- the archive that came, or in which the document came
CREATE INDEX capture_address ON store.capture (feed, address, id);

-- A run is one try to take a document in, or all members of an archive.
ALTER TABLE store.run ADD COLUMN container int REFERENCES store.container;
CREATE UNIQUE INDEX run_container_once ON store.run (feed, container, parser) WHERE state = 'loaded' AND container IS NOT NULL;
