-- Today's answers, kept ready: what the claims about deals and filings come to now. Written by load.refresh_today when claims
-- arrive, from the same functions that answer for an earlier day; never a source of truth. And the words deals are told in.

CREATE TABLE store.deal_type (          -- asking for a family finds all its types
    type        text PRIMARY KEY,
    family      text NOT NULL,
    label       text NOT NULL
);
INSERT INTO store.deal_type VALUES
    ('acquihire', 'acquihire', 'people hired away as a team, with whatever is paid for it'),
    ('licence_and_hire', 'acquihire', 'a licence to the technology, with the team hired beside it'),
    ('acquisition', 'acquisition', 'a company bought'),
    ('merger', 'merger', 'two companies become one'),
    ('licensing', 'licensing', 'a licence alone'),
    ('ipo', 'ipo', 'shares offered to the public for the first time'),
    ('funding_round', 'funding', 'new shares for money'),
    ('investment', 'funding', 'a stake taken outside a round'),
    ('debt', 'funding', 'money borrowed'),
    ('compute_contract', 'compute_contract', 'computing or chips ordered over time'),
    ('spinoff', 'spinoff', 'a part made a company of its own');

CREATE TABLE store.deal_stage (         -- of two stages at one time, the higher rank is where the deal stands
    stage       text PRIMARY KEY,
    rank        smallint NOT NULL UNIQUE,
    announces   bool NOT NULL,          -- the deal is public from then on, by the doing of its parties
    label       text NOT NULL
);
INSERT INTO store.deal_stage VALUES
    ('rumoured', 1, false, 'said by others to be in the making'),
    ('draft', 2, false, 'registration handed in confidentially'),
    ('announced', 3, true, 'made public by a party'),
    ('filed', 4, true, 'registration public'),
    ('refiled', 5, true, 'registered again after a withdrawal'),
    ('range', 6, true, 'price range set'),
    ('signed', 7, true, 'agreement signed'),
    ('priced', 8, true, 'price set'),
    ('listed', 9, true, 'first day of trading'),
    ('completed', 10, true, 'closed'),
    ('blocked', 11, false, 'stopped by an authority'),
    ('withdrawn', 12, false, 'given up by its parties');

CREATE TABLE store.deal_component (     -- what an amount of a deal is; valuations are never added to the others
    component   text PRIMARY KEY,
    rank        smallint NOT NULL UNIQUE,
    valuation   bool NOT NULL,
    label       text NOT NULL
);
INSERT INTO store.deal_component VALUES
    ('total', 1, false, 'the whole'),
    ('licence_fee', 2, false, 'for a licence'),
    ('retention', 3, false, 'to keep the people'),
    ('waiver', 4, false, 'for claims given up'),
    ('investor_buyout', 5, false, 'to the holders of shares'),
    ('equity', 6, false, 'for new shares'),
    ('debt', 7, false, 'borrowed'),
    ('earn_out', 8, false, 'if goals are met'),
    ('cash', 9, false, 'paid in money'),
    ('stock', 10, false, 'paid in shares'),
    ('post_money', 11, true, 'worth of the whole with the new money'),
    ('implied_valuation', 12, true, 'worth of the whole at the price paid'),
    ('pre_money', 13, true, 'worth of the whole without the new money');

CREATE TABLE store.party_role (         -- side: whose place in a deal's row the role takes when nobody has a nearer one
    role        text PRIMARY KEY,
    rank        smallint NOT NULL UNIQUE,
    side        text CHECK (side IN ('target', 'acquirer'))
);
INSERT INTO store.party_role VALUES
    ('target', 1, 'target'), ('issuer', 2, 'target'), ('licensor', 3, 'target'), ('borrower', 4, 'target'),
    ('acquirer', 5, 'acquirer'), ('hirer', 6, 'acquirer'), ('buyer', 7, 'acquirer'), ('licensee', 8, 'acquirer'), ('bidder', 9, 'acquirer'),
    ('lead', 10, NULL), ('co-lead', 11, NULL), ('investor', 12, NULL), ('lender', 13, NULL), ('backer', 14, NULL), ('shareholder', 15, NULL),
    ('supplier', 16, NULL), ('customer', 17, NULL), ('underwriter', 18, NULL), ('regulator', 19, NULL);

-- Entities that read as another today: store.entity_merge with its chains followed to the end (load.refresh_merges).
CREATE TABLE store.entity_canon (
    entity      int PRIMARY KEY,
    canon       int NOT NULL
);
CREATE INDEX ON store.entity_canon (canon);

-- A deal's row as api.deal_rows makes it; its columns are told in sql/api/30_deals.sql.
CREATE TABLE store.deal (
    deal        int PRIMARY KEY,
    id          text NOT NULL,
    name        text NOT NULL,
    type        text,
    family      text,
    status      text,
    status_on   text,
    target      text,
    target_id   text,
    acquirer    text,
    acquirer_id text,
    parties     jsonb NOT NULL,
    party_ids   jsonb NOT NULL,
    announced_on text,
    date_precision text,
    announced_first date,
    amount      numeric,
    amount_to   numeric,
    comparator  text,
    component   text,
    currency    text,
    amount_usd  numeric,
    claims      int NOT NULL,
    amount_low  numeric,
    amount_high numeric,
    disputed    bool NOT NULL,
    valuation   numeric,
    valuation_kind text,
    valuation_usd numeric,
    round       text,
    people      numeric,
    people_share numeric,
    parts       jsonb NOT NULL,
    sources     int NOT NULL,
    source      text,
    source_url  text,
    tier        text,
    asserted_on date,
    claim       text
);
CREATE UNIQUE INDEX ON store.deal (id);
CREATE INDEX ON store.deal (announced_first DESC NULLS LAST, id);
CREATE INDEX ON store.deal (target_id);
CREATE INDEX ON store.deal (acquirer_id);

-- A filing's row as api.filing_rows makes it.
CREATE TABLE store.filing (
    filing      int PRIMARY KEY,
    accession   text NOT NULL,
    form        text,
    entity      text,
    entity_id   text,
    cik         text,
    filed_on    date,
    accepted_at text,
    report_period date,
    items       text,
    file_number text,
    document    text,
    url         text,
    filer_ids   jsonb,                  -- when there is more than one
    source      text,
    source_url  text
);
CREATE INDEX ON store.filing (accession);
CREATE INDEX ON store.filing (entity_id, filed_on DESC);
CREATE INDEX ON store.filing (filed_on DESC NULLS LAST, accession DESC);
CREATE INDEX ON store.filing USING gin (filer_ids) WHERE filer_ids IS NOT NULL;

-- A metric's name as users write it: bare when it is ours, else taxonomy:name.
CREATE INDEX metric_code ON store.metric ((CASE WHEN taxonomy = 'aimarket' THEN name ELSE taxonomy || ':' || name END));
