-- What a deal's row was on earlier days: one row for each stretch of days between two on which somebody said something about it. The
-- last stretch has no end. Written with store.deal (load.refresh_deals), from the same function; never a source of truth.
-- Dollars of other currencies are worked out when asked: their rates may become known on days of their own.
CREATE TABLE store.deal_version (
    LIKE store.deal,
    known_from  date NOT NULL,
    known_to    date NOT NULL           -- the day after the last
);
CREATE INDEX ON store.deal_version (deal);
CREATE INDEX ON store.deal_version (id);
CREATE INDEX ON store.deal_version (announced_first DESC NULLS LAST, id);
CREATE INDEX ON store.deal_version (target_id);
CREATE INDEX ON store.deal_version (acquirer_id);
