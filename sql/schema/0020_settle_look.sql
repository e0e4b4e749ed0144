-- Up to where a question with a criterion was looked at, so that looking again while nothing has happened costs nothing.
CREATE TABLE store.settle_look (
    prediction  int PRIMARY KEY,
    tx          bigint NOT NULL,        -- newest transaction there was
    day         date NOT NULL
);
