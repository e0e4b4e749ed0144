-- Up to where somebody has looked for questions that the ledger answers: daemons share it, so that each transaction is looked at once.

CREATE TABLE store.settle_watch (
    one         bool PRIMARY KEY DEFAULT true CHECK (one),
    tx          bigint NOT NULL DEFAULT 0,
    at          timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO store.settle_watch DEFAULT VALUES;
