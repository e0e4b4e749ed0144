-- What running feeds needs to remember: when each is due, who has it, how it went, and what hosts may be asked.

-- One row for each feed that reads a file or an address. A lease is held while its time lasts and its worker's session lives
-- (load.live_workers); its token fences: who comes back with an old one is not heard.
CREATE TABLE store.feed_state (
    feed        text PRIMARY KEY REFERENCES store.feed ON DELETE CASCADE,
    host        text NOT NULL,          -- whose limits it runs under, as in store.host; file: for files
    plan        text NOT NULL,          -- hash of its schedule, to see that it was changed
    switched    bool,                   -- by an operator; NULL: as its definition says
    wanted      bool NOT NULL DEFAULT false,            -- to be run out of turn
    next_due    timestamptz NOT NULL,
    pace_level  int NOT NULL DEFAULT 0,
    pace_quiet  int NOT NULL DEFAULT 0,
    token       bigint NOT NULL DEFAULT 0,
    worker      int,                    -- NULL: nobody has it
    lease_until timestamptz,
    attempts    int NOT NULL DEFAULT 0, -- leases in a row whose worker ended without a word
    last_run    timestamptz,
    last_change timestamptz,
    habit       interval,               -- longest time between two changes, forgotten slowly
    gaps        int NOT NULL DEFAULT 0, -- how many such times were seen
    errors      int NOT NULL DEFAULT 0, -- in a row
    error       text,
    state       text NOT NULL DEFAULT 'fine' CHECK (state IN ('fine', 'quiet', 'failing', 'broken')),
    resume      text                    -- where a run of many requests goes on after an interruption
);
CREATE INDEX ON store.feed_state (worker) WHERE worker IS NOT NULL;
CREATE SEQUENCE store.worker_seq AS int CYCLE;

CREATE TABLE store.address (            -- what we have of an address, and how to ask whether it still holds
    feed        text NOT NULL REFERENCES store.feed ON DELETE CASCADE,
    address     text NOT NULL,          -- of files: the path
    parser      text NOT NULL,          -- that read it: to another one it is news again
    etag        text,                   -- of files: size and times
    last_modified text,
    moved       text,                   -- where it says it has moved for good
    checked_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (feed, address)
);

-- NULL limits are the daemon's settings. A domain's row is also that of all hosts in it: they count together.
CREATE TABLE store.host (
    host        text PRIMARY KEY,
    domain      bool NOT NULL DEFAULT false,
    rate        real CHECK (rate > 0),  -- requests a second
    concurrency int CHECK (concurrency > 0),            -- feeds at a time
    next_at     timestamptz NOT NULL DEFAULT '-infinity',       -- the next request goes out then
    stopped_until timestamptz,          -- we were told to stay away
    why         text
);
INSERT INTO store.host (host, domain, rate, concurrency) VALUES
    ('file:', false, NULL, 1),          -- one after the other, by name: later files stand on earlier ones
    ('sec.gov', true, 8, 4);            -- 10 a second is where they block

CREATE TABLE store.change (             -- what somebody may want to hear of
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind        text NOT NULL,          -- feed-quiet, feed-failing, feed-broken, feed-fine
    feed        text,
    text        text NOT NULL
);
CREATE INDEX ON store.change (feed, id DESC);
