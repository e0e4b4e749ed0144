-- Who may do what through the API, and what they asked it to do.

CREATE TABLE store.api_token (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL CHECK (name <> '' AND length(name) <= 100),       -- whose it is: stands in the ledger beside what is written with it
    handle      text NOT NULL UNIQUE CHECK (handle ~ '^[0-9a-f]{10}$'),         -- the part of it that is no secret
    digest      bytea NOT NULL CHECK (length(digest) = 32),                     -- SHA-256 of the whole; 256 random bits need no slower hash
    scopes      text[] NOT NULL CHECK (scopes <@ '{read,predict,add}' AND cardinality(scopes) > 0),
    made_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    made_by     text NOT NULL,
    expires_at  timestamptz,
    revoked_at  timestamptz,
    revoked_why text,
    used_on     date                    -- last day it was of use
);

-- Each request to write, once: whoever asks again under the same key gets the answer that was given. Facts wait here for the
-- writer, who takes them in like any document; questions and forecasts are written at once.
CREATE TABLE store.api_write (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token       int NOT NULL REFERENCES store.api_token,
    key         text CHECK (length(key) BETWEEN 1 AND 255),     -- Idempotency-Key
    what        text NOT NULL,
    target      text,                   -- the question that a forecast is about, …
    body        text NOT NULL,          -- JSON; of facts the document that is to be taken in
    status      int,                    -- of HTTP; NULL: it is waiting
    answer      jsonb,
    asked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at     timestamptz,
    UNIQUE (token, key),
    CHECK ((status IS NULL) = (answer IS NULL))
);
CREATE INDEX ON store.api_write (id) WHERE status IS NULL;
