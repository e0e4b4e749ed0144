-- What listed companies were worth day by day, kept ready: price times shares, worked out by api.market_values (sql/api/42_market.sql)
-- when prices, share counts or splits arrive (load.refresh_market); never a source of truth.

CREATE TABLE store.market_value (
    subject     int NOT NULL,           -- as which it reads today: merged entities have one row a day
    day         date NOT NULL,
    unit        text NOT NULL,          -- currency of the price
    value       numeric NOT NULL,
    decimals    smallint,               -- what the roundings of price and share count allow; NULL: both exact
    about       bool NOT NULL,          -- the price had dividends taken off that nobody has put back
    price       bigint NOT NULL,        -- claims it was computed from
    shares      bigint[] NOT NULL,      -- one for each class
    undone      bigint[] NOT NULL,      -- splits between the day and that of the price's basis
    later       bigint[] NOT NULL,      -- splits between the share count and the day
    ratio       bigint,                 -- shares one depositary share stands for
    asserted_on date NOT NULL,          -- when the public could know: the day itself
    source      int NOT NULL,           -- of the price
    PRIMARY KEY (subject, day, unit)
);
CREATE INDEX ON store.market_value (day, unit, value DESC);
