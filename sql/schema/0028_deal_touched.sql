-- The last batch that touched a deal: made its row anew (load.refresh_deals). What was not touched since a number of the store is what it
-- was then. Never a source of truth. Of deals that were there before this was noted, nothing is known but that it was no later than now.
CREATE TABLE store.deal_touched (
    deal        int PRIMARY KEY,
    batch       int NOT NULL
);
CREATE INDEX ON store.deal_touched (batch);
INSERT INTO store.deal_touched (deal, batch) SELECT e.id, (SELECT t.batch FROM store.tx t ORDER BY t.tx DESC LIMIT 1) FROM store.entity e WHERE e.kind = 'deal' AND EXISTS (SELECT FROM store.tx);
