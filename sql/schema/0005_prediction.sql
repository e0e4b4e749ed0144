-- Predictions: questions about the future, what forecasters said, how it came out, what the forecasts were worth. Like
-- claims, rows are only ever added: an edit, a withdrawal, a resolution or a new score is a row of its own.

CREATE TABLE store.prediction (         -- a question as it stands since this row; its entity is of kind prediction
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity      int NOT NULL REFERENCES store.entity,
    kind        text NOT NULL CHECK (kind IN ('binary', 'choice', 'numeric', 'date')),
    question    text NOT NULL CHECK (question <> ''),
    criteria    text,                   -- when it counts as come true, in words
    fine_print  text,
    opens_at    timestamptz NOT NULL,
    closes_at   timestamptz NOT NULL CHECK (closes_at > opens_at),
    resolve_by  timestamptz NOT NULL CHECK (resolve_by >= closes_at),
    truth       text,                   -- source of truth
    options     text[],                 -- choice: in order
    low         numeric,                -- numeric and date (days since 1970-01-01): the range, which of its ends are open, zero point of a log scale
    high        numeric,
    open_low    bool NOT NULL DEFAULT false,
    open_high   bool NOT NULL DEFAULT false,
    zero_point  numeric,
    unit        text,
    tags        text[] NOT NULL DEFAULT '{}',
    about       int[] NOT NULL DEFAULT '{}',    -- entities
    criterion   text,                   -- expression over the ledger, as typed
    plan        jsonb,                  -- the same as read (lib/criterion.c); api.criterion works it out
    vintage     text CHECK (vintage IN ('first', 'known', 'latest')),
    venue       text,                   -- where it was asked, and under what name there
    venue_id    text,
    url         text,
    extra       jsonb NOT NULL DEFAULT '{}',    -- what the form it came in says beyond this
    who         text NOT NULL,
    batch       int NOT NULL,
    batch_to    int,
    CHECK ((kind = 'choice') = (options IS NOT NULL)),
    CHECK (kind IN ('binary', 'choice') OR low < high),
    CHECK ((criterion IS NULL) = (plan IS NULL) AND (plan IS NULL) = (vintage IS NULL))
);
COMMENT ON COLUMN store.prediction.vintage IS
    'which of several states of a figure counts. first: as first released; known: as the public knew it at the close; latest: as known when settled, restatements reopen it';
CREATE UNIQUE INDEX ON store.prediction (entity) WHERE batch_to IS NULL;
CREATE UNIQUE INDEX ON store.prediction (venue, venue_id) WHERE batch_to IS NULL AND venue_id IS NOT NULL;

CREATE TABLE store.prediction_link (    -- the same matter asked elsewhere
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    prediction  int NOT NULL REFERENCES store.entity,
    other       int NOT NULL REFERENCES store.entity CHECK (other <> prediction),
    relation    text NOT NULL CHECK (relation IN ('same', 'similar', 'inverted')),
    why         text,
    batch       int NOT NULL,
    batch_to    int
);
CREATE UNIQUE INDEX ON store.prediction_link (prediction, other) WHERE batch_to IS NULL;

CREATE TABLE store.forecaster (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug        text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name        text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('person', 'model', 'crowd', 'market', 'report')),
    batch       int NOT NULL
);

-- A forecast stands from claimed_at until the same forecaster's next one, its expiry or the close; a row without pmf and
-- spec withdraws. Lean and without foreign keys: a log of millions is loaded and scored at once.
CREATE TABLE store.forecast (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    prediction  int NOT NULL,
    forecaster  int NOT NULL,
    claimed_at  timestamptz NOT NULL,   -- when it was made, as claimed
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz CHECK (expires_at > claimed_at),
    backfilled  bool NOT NULL,          -- recorded so much later than claimed that this store cannot vouch for it
    pmf         float8[],               -- binary: {no, yes}; choice: one an option; numeric and date: mass of below, each bucket, above
    spec        jsonb,                  -- numeric and date as it was said: quantiles, interval, sample, cdf
    seal        bytea CHECK (length(seal) = 32),        -- SHA-256 of what is said later (store.unsealing)
    why         text,
    batch       int NOT NULL,
    batch_to    int
);
CREATE INDEX ON store.forecast (prediction, forecaster, claimed_at);

CREATE TABLE store.unsealing (          -- the text of a sealed forecast: what was hashed, and what it says
    forecast    bigint PRIMARY KEY REFERENCES store.forecast,
    text        text NOT NULL,
    pmf         float8[] NOT NULL,
    opened_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    batch       int NOT NULL
);

CREATE TABLE store.outcome_kind (
    outcome     text PRIMARY KEY,
    scored      bool NOT NULL,
    settled     bool NOT NULL,          -- nothing more is to come
    effect      text NOT NULL
);
INSERT INTO store.outcome_kind VALUES
    ('yes', true, true, 'binary: scored against 1'),
    ('no', true, true, 'binary: scored against 0'),
    ('option', true, true, 'choice: scored against the option that came true'),
    ('value', true, true, 'numeric and date: scored against the value, by bucket of the range'),
    ('partial', true, true, 'binary: a share between 0 and 1 came true; the score is the mean of those against yes and no, weighted by it'),
    ('annulled', false, true, 'the question fell away: nobody is scored'),
    ('ambiguous', false, true, 'it cannot be told: nobody is scored'),
    ('too_early', false, false, 'asked to resolve before its time: nobody is scored, the question stays open'),
    ('source_gone', false, true, 'the source of truth is no more: nobody is scored');

-- propose, wait, dispute, final. The last row with step final stands; reopened ends it until the next final.
CREATE TABLE store.resolution (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    prediction  int NOT NULL REFERENCES store.entity,
    step        text NOT NULL CHECK (step IN ('proposed', 'disputed', 'final', 'reopened')),
    outcome     text REFERENCES store.outcome_kind,
    value       numeric,                -- partial: the share; value: the figure (dates: days since 1970-01-01)
    option      text,
    known_at    timestamptz,            -- when the outcome was there to be known: scoring ends here if before the close
    waits_until timestamptz,            -- proposed: final after that unless disputed
    automatic   bool NOT NULL DEFAULT false,
    claims      text[] NOT NULL DEFAULT '{}',   -- that settled it
    documents   text[] NOT NULL DEFAULT '{}',   -- SHA-256 of the bytes those were read from
    snapshot    bigint,                 -- transaction up to which the ledger was asked
    as_of       date,                   -- day up to which the public's knowledge counted
    who         text NOT NULL,
    why         text NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    batch       int NOT NULL,
    CHECK ((step IN ('proposed', 'final')) = (outcome IS NOT NULL)),
    CHECK ((outcome IN ('partial', 'value')) = (value IS NOT NULL) OR outcome IS NULL),
    CHECK (outcome <> 'partial' OR value BETWEEN 0 AND 1),
    CHECK ((outcome = 'option') = (option IS NOT NULL) OR outcome IS NULL)
);
CREATE INDEX ON store.resolution (prediction, id);

CREATE TABLE store.score (              -- one forecaster on one question under one rule; a new resolution adds new rows
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    resolution  bigint NOT NULL,
    prediction  int NOT NULL,
    forecaster  int NOT NULL,
    rule        text NOT NULL,
    version     smallint NOT NULL,      -- of the rule
    value       float8 NOT NULL,
    coverage    float8 NOT NULL,        -- time forecast / time open
    n           int NOT NULL,           -- forecasts it rests on
    baseline    text NOT NULL,          -- what the rule measures against
    backfilled  bool NOT NULL,          -- rests on forecasts this store cannot vouch for
    batch       int NOT NULL
);
CREATE INDEX ON store.score (prediction);
CREATE UNIQUE INDEX ON store.score (resolution, forecaster, rule, version, backfilled);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['prediction', 'prediction_link', 'forecaster', 'forecast', 'unsealing', 'resolution', 'score'] LOOP
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON store.%I EXECUTE FUNCTION store.refuse_change()', t);
        EXECUTE format('CREATE TRIGGER no_delete BEFORE DELETE ON store.%I FOR EACH ROW EXECUTE FUNCTION store.refuse_change()', t);
        EXECUTE format('CREATE TRIGGER no_update BEFORE UPDATE ON store.%I FOR EACH ROW EXECUTE FUNCTION store.%I()', t,
                       CASE WHEN t IN ('prediction', 'prediction_link', 'forecast') THEN 'allow_closing_only' ELSE 'refuse_change' END);
    END LOOP;
END $$;
