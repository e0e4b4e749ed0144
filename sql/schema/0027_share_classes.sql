-- Of companies with several classes of shares: each at its own price where it has one. The prices of the other classes, what tells which
-- class a ticker quotes (class_ratio), and how many classes had no price and stand at that of another.
ALTER TABLE store.market_value
    ADD COLUMN prices   bigint[] NOT NULL DEFAULT '{}',
    ADD COLUMN quoted   bigint[] NOT NULL DEFAULT '{}',
    ADD COLUMN unpriced int NOT NULL DEFAULT 0;
