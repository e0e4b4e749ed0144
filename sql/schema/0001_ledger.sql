-- The ledger: who said what, about what, when. Rows are only ever added.
--
-- Schemas: store = the tables, load = the functions that add to them, api = what readers see.
-- Three clocks: the period a figure is about; asserted_on, the day its source said it; tx, the order in which
-- this store took it in.

CREATE SCHEMA store;

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

CREATE TABLE store.version (
    step        int PRIMARY KEY,
    name        text NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE store.code (       -- what sql/load and sql/api were made from; one row
    one         bool PRIMARY KEY DEFAULT true CHECK (one),
    sha256      text NOT NULL
);

-- ---------------------------------------------------------------- transactions

-- A batch is drawn when a load begins and stamps every row it adds; its tx is drawn as the last act before commit, under
-- an advisory lock (load.close_batch), so tx follows commit order although loads run side by side.
CREATE SEQUENCE store.batch_seq AS int;

CREATE TABLE store.tx (
    batch       int PRIMARY KEY,
    tx          bigint NOT NULL UNIQUE,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    who         text NOT NULL DEFAULT session_user,
    tool        text NOT NULL,          -- program, version, parser and its version
    why         text                    -- ingest of feed x; judged by hand; …
);

-- ---------------------------------------------------------------- who says so

CREATE TABLE store.tier (               -- rank 1 is believed first
    tier        text PRIMARY KEY,
    rank        smallint NOT NULL UNIQUE,
    label       text NOT NULL
);
INSERT INTO store.tier VALUES
    ('regulator', 1, 'a public authority, from its own records (SEC EDGAR, ECB)'),
    ('issuer', 2, 'the subject itself: its filings, calls, data sheets, model cards'),
    ('dataset', 3, 'a curated data set that names its sources'),
    ('press', 4, 'own reporting of a newsroom'),
    ('relay', 5, 'a copy or digest of somebody else''s reporting'),
    ('aggregator', 6, 'tables collected by machine or without sources'),
    ('analyst', 7, 'an estimate or opinion'),
    ('social', 8, 'posts'),
    ('user', 9, 'notes typed in by a user of this store');

CREATE TABLE store.publisher (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug        text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name        text NOT NULL,
    tier        text NOT NULL REFERENCES store.tier,
    batch       int NOT NULL
);

CREATE TABLE store.document (           -- bytes once, by hash
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256      bytea NOT NULL UNIQUE CHECK (length(sha256) = 32),
    bytes       bigint NOT NULL,        -- before compression
    media       text,
    coding      text NOT NULL CHECK (coding IN ('identity', 'gzip', 'zstd')),
    first_seen  timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE store.document_part (      -- its body, coded as a whole, in pieces: no reader or writer needs it all in memory
    document    int NOT NULL REFERENCES store.document,
    part        int NOT NULL,           -- 0, 1, … ; none: kept in the archive folder under its hash
    bytes       bytea NOT NULL,
    PRIMARY KEY (document, part)
);
ALTER TABLE store.document_part ALTER bytes SET STORAGE EXTERNAL;       -- compressed already

CREATE TABLE store.feed (               -- as its definition says, plus what running it needs to remember
    name        text PRIMARY KEY,
    title       text,
    format      text NOT NULL,
    address     text,
    enabled     bool NOT NULL DEFAULT true
);

CREATE TABLE store.run (                -- one try to take one document in
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed        text NOT NULL,
    document    int REFERENCES store.document,
    parser      text NOT NULL,          -- format/version
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at    timestamptz,
    state       text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'loaded', 'failed')),
    batch       int,
    records     bigint NOT NULL DEFAULT 0,
    added       bigint NOT NULL DEFAULT 0,
    known       bigint NOT NULL DEFAULT 0,
    rejects     bigint NOT NULL DEFAULT 0,
    error       text
);
-- Exactly once: a feed loads the same bytes through the same parser one time.
CREATE UNIQUE INDEX run_once ON store.run (feed, document, parser) WHERE state = 'loaded';
CREATE INDEX ON store.run (feed, started_at DESC);
CREATE INDEX run_running ON store.run (feed) WHERE state = 'running';

CREATE TABLE store.capture (            -- every attempt to fetch, failed ones too
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed        text NOT NULL,
    address     text NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    http_status int,
    etag        text,
    last_modified text,
    bytes       bigint,
    document    int REFERENCES store.document,
    error       text
);
CREATE INDEX ON store.capture (document);
CREATE INDEX ON store.capture (feed, at DESC);

CREATE TABLE store.reject (             -- nothing lost: what a run could not take, and why
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run         bigint NOT NULL REFERENCES store.run,
    locator     text NOT NULL,
    rule        text NOT NULL,
    reason      text NOT NULL,
    raw         text
);
CREATE INDEX ON store.reject (run);

-- ---------------------------------------------------------------- what claims are about

CREATE TABLE store.entity_kind (kind text PRIMARY KEY, label text NOT NULL);
INSERT INTO store.entity_kind VALUES
    ('company', 'company or other organisation'), ('product', 'product or service'), ('model', 'AI model'), ('chip', 'chip'),
    ('system', 'machine made of chips'), ('design', 'published hardware design'), ('person', 'person'), ('benchmark', 'benchmark'),
    ('government', 'government or public body'), ('fund', 'fund or special purpose vehicle'), ('deal', 'deal'),
    ('filing', 'filing with a regulator'), ('prediction', 'prediction'), ('other', 'anything else');

CREATE TABLE store.entity (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL REFERENCES store.entity_kind,
    slug        text NOT NULL UNIQUE,
    name        text NOT NULL,
    batch       int NOT NULL
);
CREATE INDEX ON store.entity (kind, name);

-- exclusive: one value belongs to one entity at one time; lasting: to one entity for ever (an exchange gives tickers to
-- others later, nobody does so with an accession number); single: an entity has one of it, so two make two entities.
CREATE TABLE store.key_scheme (
    scheme      text PRIMARY KEY,
    exclusive   bool NOT NULL,
    pattern     text NOT NULL,          -- of the value as load.norm_key writes it
    label       text NOT NULL,
    lasting     bool NOT NULL DEFAULT false,
    single      bool NOT NULL DEFAULT false,
    CHECK (exclusive OR NOT lasting), CHECK (lasting OR NOT single)
);
INSERT INTO store.key_scheme (scheme, exclusive, pattern, label) VALUES
    ('cik', true, '^[1-9][0-9]{0,9}$', 'SEC Central Index Key, without leading zeros'),
    ('lei', true, '^[A-Z0-9]{18}[0-9]{2}$', 'Legal Entity Identifier'),
    ('isin', true, '^[A-Z]{2}[A-Z0-9]{9}[0-9]$', 'International Securities Identification Number'),
    ('figi', true, '^[B-DF-HJ-NP-TV-Z]{2}G[B-DF-HJ-NP-TV-Z0-9]{8}[0-9]$', 'Financial Instrument Global Identifier'),
    ('ticker', true, '^[A-Z0-9][A-Z0-9.=^-]{0,14}(@[A-Z0-9]+)?$', 'ticker symbol, optionally @venue'),
    ('accession', true, '^[0-9]{10}-[0-9]{2}-[0-9]{6}$', 'SEC accession number'),
    ('wikidata', true, '^Q[1-9][0-9]*$', 'Wikidata item'),
    ('domain', true, '^([a-z0-9-]+\.)+[a-z]{2,}$', 'internet domain'),
    ('deal', true, '^[a-z0-9]+(-[a-z0-9]+)*$', 'deal key of a data set'),
    ('ref', true, '^.+$', 'key of a feed of its own, feed/key'),
    ('name', false, '^.+$', 'name'),
    ('alias', false, '^.+$', 'other name'),
    ('former-name', false, '^.+$', 'name of an earlier time');
UPDATE store.key_scheme SET lasting = exclusive AND scheme NOT IN ('ticker', 'domain'),
    single = scheme IN ('cik', 'lei', 'wikidata', 'accession');

CREATE TABLE store.entity_key (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity      int NOT NULL,
    scheme      text NOT NULL,
    value       text NOT NULL,
    norm        text COLLATE "C" NOT NULL,      -- what is compared: load.norm_key(scheme, value)
    valid       daterange NOT NULL DEFAULT '(,)',
    source      int,
    batch       int NOT NULL,
    batch_to    int,                    -- set once when it turns out that we were wrong
    exclusive   bool NOT NULL,          -- both of its scheme
    lasting     bool NOT NULL,
    UNIQUE (entity, scheme, norm, valid),
    EXCLUDE USING gist (norm WITH =, scheme WITH =, entity WITH <>, valid WITH &&) WHERE (exclusive AND NOT lasting AND batch_to IS NULL)
);
CREATE UNIQUE INDEX ON store.entity_key (norm, scheme) WHERE lasting AND batch_to IS NULL;
CREATE INDEX ON store.entity_key (norm, scheme);
CREATE INDEX ON store.entity_key USING gin (norm gin_trgm_ops) WHERE NOT exclusive;

CREATE TABLE store.entity_merge (       -- two entities were one: from reads as into while this stands; undone by batch_to
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity_from int NOT NULL REFERENCES store.entity,
    entity_into int NOT NULL REFERENCES store.entity CHECK (entity_into <> entity_from),
    why         text NOT NULL,
    batch       int NOT NULL,
    batch_to    int
);
CREATE UNIQUE INDEX ON store.entity_merge (entity_from) WHERE batch_to IS NULL;

-- ---------------------------------------------------------------- sources

CREATE TABLE store.source (             -- the filing, article or row of a data set that says so
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    publisher   int NOT NULL,
    ref         text NOT NULL,          -- unique for its publisher: accession number, address, title#locator
    kind        text NOT NULL,          -- filing article dataset row call notes page model
    tier        text NOT NULL,          -- of what stands here; usually the publisher's
    title       text,
    address     text,
    locator     text,                   -- where in it: slide 117
    said_on     date,
    entity      int,                    -- the filing, as an entity
    origin      int,                    -- the source it only repeats
    lang        text,
    quote       text,
    batch       int NOT NULL,
    UNIQUE (publisher, ref)
);
CREATE INDEX ON store.source (ref);

-- ---------------------------------------------------------------- metrics and series

CREATE TABLE store.unit_kind (kind text PRIMARY KEY, label text NOT NULL);
INSERT INTO store.unit_kind VALUES ('money', 'an ISO 4217 currency'), ('ratio', 'a share or factor (1) or percent'), ('count', 'a number of things'),
    ('per-share', 'money per share'), ('price', 'money per thing'), ('rate', 'amount per time'), ('size', 'bytes, watts and other sizes'),
    ('rank', 'a position, 1 is first'), ('score', 'points of a test'), ('date', 'a day'), ('other', 'free');

CREATE TABLE store.unit (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text NOT NULL UNIQUE,   -- USD, USD/shares, shares, percent, 1, token
    kind        text NOT NULL REFERENCES store.unit_kind
);

CREATE TABLE store.metric (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    taxonomy    text NOT NULL DEFAULT 'aimarket',       -- aimarket, us-gaap, dei, ifrs-full, ecd …
    name        text NOT NULL,
    label       text,
    definition  text,
    kind        text NOT NULL DEFAULT 'other' CHECK (kind IN ('flow', 'stock', 'ratio', 'price', 'score', 'count', 'rank', 'other')),
    unit_kind   text REFERENCES store.unit_kind,        -- NULL: any
    unit        text,                                   -- usual unit
    period_kind "char" NOT NULL DEFAULT 'a' CHECK (period_kind IN ('i', 'd', 't', 'a')),   -- instant, duration, timeless, any
    supersedes  int REFERENCES store.metric,
    batch       int NOT NULL,
    UNIQUE (taxonomy, name)
);

CREATE TABLE store.metric_dimension (
    metric      int NOT NULL REFERENCES store.metric,
    dimension   text NOT NULL,
    role        text NOT NULL CHECK (role IN ('key', 'part', 'setting')),
    definition  text,
    PRIMARY KEY (metric, dimension)
);
COMMENT ON COLUMN store.metric_dimension.role IS
    'key: must be given; part: absent means the whole; setting: absent means the source did not say';

CREATE TABLE store.series (             -- subject × metric × dimensions × unit × kind of period: the small key of an observation
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject     int NOT NULL,           -- no foreign keys here either: load.resolve has looked them up
    metric      int NOT NULL,
    unit        int NOT NULL,
    period_kind "char" NOT NULL CHECK (period_kind IN ('i', 'd', 't')),
    dims        jsonb NOT NULL DEFAULT '{}',
    batch       int NOT NULL,
    UNIQUE (subject, metric, unit, period_kind, dims)
);
CREATE INDEX ON store.series (metric, subject);

CREATE TABLE store.note (               -- words of the source beside a claim, once each
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text        text NOT NULL
);
CREATE UNIQUE INDEX ON store.note (md5(text));

-- ---------------------------------------------------------------- claims

-- A number. id = batch * 2^24 + row number, so it is unique without a sequence and a BRIN index finds it.
-- Periods: start = end for an instant; both -infinity for a figure without time (parameters of a model).
CREATE TABLE store.observation (
    id          bigint NOT NULL,
    subject     int NOT NULL,           -- of the series; the partition key
    series      int NOT NULL,
    period_start date NOT NULL,
    period_end  date NOT NULL,
    asserted_on date NOT NULL,
    source      int NOT NULL,
    document    int NOT NULL,
    at          int NOT NULL,           -- byte offset of the record in the document
    batch       int NOT NULL,
    batch_to    int,                    -- we misread: closed by this batch
    note        int,
    decimals    smallint,               -- as XBRL: -8 = to the nearest 10^8; NULL = exact
    tier        smallint NOT NULL,      -- rank of its source's tier, kept here so that ranking claims joins nothing
    prec        "char" NOT NULL,        -- of the period: d m q h y u
    comparator  "char" NOT NULL,        -- = ~ > g(>=) < l(<=) r(..)
    state       "char" NOT NULL,        -- v value, u undisclosed, n none
    nature      "char" NOT NULL,        -- r reported, d derived, e estimated, f forecast, g guidance, a assertion
    value       numeric,
    value_high  numeric
) PARTITION BY HASH (subject);

DO $$
BEGIN
    FOR i IN 0..7 LOOP
        EXECUTE format('CREATE TABLE store.observation_%s PARTITION OF store.observation FOR VALUES WITH (MODULUS 8, REMAINDER %s)', i, i);
    END LOOP;
END $$;
CREATE INDEX observation_series ON store.observation (series, period_end);
CREATE INDEX observation_id ON store.observation USING brin (id) WITH (pages_per_range = 32, autosummarize = on);

-- Anything else: a deal's type, a party in a role, a dated stage, a parent company, a filing's form. Like observations
-- without foreign keys: load.resolve has just looked the ids up, and a row trigger each would cost more than the row.
CREATE TABLE store.statement (
    id          bigint NOT NULL PRIMARY KEY,    -- batch * 2^24 + row number
    subject     int NOT NULL,
    property    text NOT NULL,
    code        text,
    text        text,
    object      int,
    dims        jsonb NOT NULL DEFAULT '{}',
    period_start date,
    period_end  date,
    tier        smallint NOT NULL,      -- as in observation
    prec        "char" NOT NULL DEFAULT 'd',
    nature      "char" NOT NULL DEFAULT 'r',
    asserted_on date NOT NULL,
    source      int NOT NULL,
    document    int,
    at          int,
    note        int,
    batch       int NOT NULL,
    batch_to    int
);
CREATE INDEX ON store.statement (subject, property);
CREATE INDEX ON store.statement (object, property) WHERE object IS NOT NULL;
CREATE INDEX ON store.statement (batch);

CREATE TABLE store.judgement (          -- what a person or a rule thinks of a claim
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    claim       bigint NOT NULL,
    shape       "char" NOT NULL CHECK (shape IN ('o', 's')),
    subject     int NOT NULL,           -- of the claim
    verdict     text NOT NULL CHECK (verdict IN ('preferred', 'normal', 'deprecated')),
    why         text NOT NULL,
    who         text NOT NULL DEFAULT session_user,
    batch       int NOT NULL,
    batch_to    int
);
CREATE UNIQUE INDEX ON store.judgement (claim) WHERE batch_to IS NULL;  -- a new verdict closes the one before
CREATE INDEX ON store.judgement (claim);

CREATE TABLE store.derivation (         -- how a computed figure came about
    claim       bigint NOT NULL,        -- the observation
    input       bigint NOT NULL,        -- a claim it was computed from
    role        text NOT NULL,          -- price, shares, annual, nine_months …
    formula     text NOT NULL,
    batch       int NOT NULL,
    PRIMARY KEY (claim, role, input)
);

-- ---------------------------------------------------------------- what the claims come to today

-- One row a fact (series × period): the claim chosen by the written rule (api.ranked, sql/api/00_rule.sql), and what
-- stands beside it. Recomputed for the touched facts when claims arrive (load.refresh_facts); never a source of truth.
CREATE TABLE store.fact (
    subject     int NOT NULL,
    series      int NOT NULL,
    period_start date NOT NULL,
    period_end  date NOT NULL,
    claim       bigint NOT NULL,
    value       numeric,
    value_high  numeric,
    low         numeric,                -- lowest and highest figure of the claims comparable with the chosen one
    high        numeric,
    asserted_on date NOT NULL,
    source      int NOT NULL,
    claims      int NOT NULL,           -- all that were not deprecated
    disputed    bool NOT NULL,          -- two comparable claims exclude each other
    rule        "char" NOT NULL,        -- what put this one first: the letters of api.ranked
    prec        "char" NOT NULL,
    comparator  "char" NOT NULL,
    state       "char" NOT NULL,
    nature      "char" NOT NULL,
    decimals    smallint
);
CREATE UNIQUE INDEX fact_key ON store.fact (series, period_end, period_start);

-- ---------------------------------------------------------------- append-only, by the database

CREATE FUNCTION store.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'store.% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'A claim is corrected by a new claim, a judgement or a retraction.';
END $$;

-- The one change a claim allows: batch_to from NULL to the batch that closed it.
CREATE FUNCTION store.allow_closing_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.batch_to IS NULL AND NEW.batch_to IS NOT NULL
       AND (to_jsonb(OLD) - 'batch_to') = (to_jsonb(NEW) - 'batch_to') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'store.% is append-only: a row may only be closed, once', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'A claim is corrected by a new claim, a judgement or a retraction.';
END $$;

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['tx', 'publisher', 'document', 'document_part', 'capture', 'reject', 'entity', 'source', 'metric', 'metric_dimension',
                             'series', 'note', 'derivation', 'observation', 'statement', 'judgement', 'entity_key', 'entity_merge'] LOOP
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON store.%I EXECUTE FUNCTION store.refuse_change()', t);
        EXECUTE format('CREATE TRIGGER no_delete BEFORE DELETE ON store.%I FOR EACH ROW EXECUTE FUNCTION store.refuse_change()', t);
        IF t IN ('observation', 'statement', 'judgement', 'entity_key', 'entity_merge') THEN
            EXECUTE format('CREATE TRIGGER close_only BEFORE UPDATE ON store.%I FOR EACH ROW EXECUTE FUNCTION store.allow_closing_only()', t);
        ELSE
            EXECUTE format('CREATE TRIGGER no_update BEFORE UPDATE ON store.%I FOR EACH ROW EXECUTE FUNCTION store.refuse_change()', t);
        END IF;
    END LOOP;
    FOR i IN 0..7 LOOP      -- row triggers come down from the parent, statement triggers do not
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON store.observation_%s EXECUTE FUNCTION store.refuse_change()', i);
    END LOOP;
END $$;
