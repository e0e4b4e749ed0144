-- Deals: one row each, made of the claims about it. api.deal_rows is the only place that says how; store.deal keeps what it
-- says today (load.refresh_deals), api.deals_asof asks it about the past.

-- A partial date as it is written: 2024, 2024-H1, 2024-Q3, 2024-08, 2024-08-02.
CREATE FUNCTION api.date_text(day date, prec "char") RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE prec WHEN 'y' THEN to_char(day, 'YYYY')
                     WHEN 'h' THEN to_char(day, 'YYYY-"H"') || CASE WHEN extract(month FROM day) < 7 THEN '1' ELSE '2' END
                     WHEN 'q' THEN to_char(day, 'YYYY-"Q"Q')
                     WHEN 'm' THEN to_char(day, 'YYYY-MM')
                     ELSE to_char(day, 'YYYY-MM-DD') END
$$;
CREATE FUNCTION api.prec_name(prec "char") RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE prec WHEN 'd' THEN 'day' WHEN 'm' THEN 'month' WHEN 'q' THEN 'quarter' WHEN 'h' THEN 'half' WHEN 'y' THEN 'year' ELSE 'unknown' END
$$;
CREATE FUNCTION api.comparator_text(comparator "char") RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE comparator WHEN 'g' THEN '>=' WHEN 'l' THEN '<=' WHEN 'r' THEN '..' ELSE comparator::text END
$$;
CREATE FUNCTION api.nature_name(nature "char") RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE nature WHEN 'r' THEN 'reported' WHEN 'd' THEN 'derived' WHEN 'e' THEN 'estimated' WHEN 'f' THEN 'forecast' WHEN 'g' THEN 'guidance'
           ELSE 'assertion' END
$$;
CREATE FUNCTION api.state_name(state "char") RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE state WHEN 'v' THEN 'value' WHEN 'u' THEN 'undisclosed' WHEN 'e' THEN 'no longer listed' ELSE 'none' END
$$;
CREATE FUNCTION api.rule_name(rule "char") RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE rule WHEN 'o' THEN 'only claim' WHEN 'j' THEN 'preferred by judgement' WHEN 's' THEN 'says a figure' WHEN 'n' THEN 'tells what was'
           WHEN 't' THEN 'higher tier' WHEN 'p' THEN 'more precise' WHEN 'a' THEN 'asserted later'
           WHEN 'v' THEN 'later vintage' WHEN 'd' THEN 'contested: only deprecated claims' ELSE 'taken in later' END
$$;
-- What a reader is told of a source that has no title.
CREATE FUNCTION api.source_text(title text, ref text, locator text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(title, ref) || coalesce(', ' || locator, '')
$$;

-- deals: entities to make rows of, NULL: all. A deal that nothing was known of yet has no row.
CREATE FUNCTION api.deal_rows(as_of date, snapshot bigint, deals int[]) RETURNS SETOF store.deal LANGUAGE sql STABLE AS $$
WITH canon AS MATERIALIZED (
    SELECT * FROM api.canon(snapshot)
), said AS MATERIALIZED (       -- what is said about them in words
    SELECT s.*, coalesce(c.canon, s.subject) AS deal FROM api.statements_asof(as_of, snapshot) s LEFT JOIN canon c ON c.entity = s.subject
    WHERE s.property IN ('deal_type', 'party', 'stage', 'round', 'people') AND (deals IS NULL OR s.subject = ANY (deals))
), series AS MATERIALIZED (
    SELECT r.id, r.subject, coalesce(c.canon, r.subject) AS deal, m.name AS metric, coalesce(r.dims ->> 'component', 'total') AS component, u.code AS currency
    FROM store.series r
    JOIN store.metric m ON m.id = r.metric AND m.taxonomy = 'aimarket' AND m.name IN ('deal_amount', 'deal_people', 'deal_people_share')
    JOIN store.unit u ON u.id = r.unit
    LEFT JOIN canon c ON c.entity = r.subject
    WHERE deals IS NULL OR r.subject = ANY (deals)
), figure AS MATERIALIZED (     -- and in figures: the facts of today are at hand, those of the past are worked out
    SELECT f.*, r.deal, r.metric, r.component, r.currency, w.tier, g.rank AS tier_rank
    FROM (SELECT t.* FROM store.fact t WHERE t.series IN (SELECT id FROM series) AND as_of IS NULL AND snapshot IS NULL
          UNION ALL
          SELECT t.* FROM series z CROSS JOIN LATERAL (SELECT y.* FROM api.facts_asof(as_of, snapshot) y WHERE y.series = z.id AND y.subject = z.subject OFFSET 0) t
           WHERE as_of IS NOT NULL OR snapshot IS NOT NULL) AS f
    JOIN series r ON r.id = f.series
    JOIN store.source w ON w.id = f.source
    JOIN store.tier g ON g.tier = w.tier
), subject AS (                 -- the deals something is known of
    SELECT d.deal, count(DISTINCT d.source)::int AS sources
    FROM (SELECT deal, source FROM said UNION ALL SELECT deal, source FROM figure) AS d
    JOIN store.entity e ON e.id = d.deal AND e.kind = 'deal'
    GROUP BY d.deal
), kind AS (                    -- the narrower type is the more precise one
    SELECT DISTINCT ON (s.deal) s.deal, s.code AS type, coalesce(t.family, s.code) AS family, s.id, s.source, s.asserted_on
    FROM said s LEFT JOIN store.deal_type t ON t.type = s.code WHERE s.property = 'deal_type'
    ORDER BY s.deal, s.preferred DESC, s.tier, (t.family <> t.type) DESC NULLS LAST, s.asserted_on DESC, s.tx DESC NULLS FIRST, s.id DESC
), round AS (
    SELECT DISTINCT ON (s.deal) s.deal, s.text FROM said s WHERE s.property = 'round'
    ORDER BY s.deal, s.preferred DESC, s.tier, s.asserted_on DESC, s.tx DESC NULLS FIRST, s.id DESC
), party AS (                   -- everybody in every role, once
    SELECT DISTINCT ON (s.deal, e.id, s.dims ->> 'role') s.deal, e.name, e.slug, s.dims ->> 'role' AS role, coalesce(p.rank, 99) AS rank, p.side,
           s.preferred, s.tier, s.asserted_on, s.tx, s.id
    FROM said s LEFT JOIN canon c ON c.entity = s.object JOIN store.entity e ON e.id = coalesce(c.canon, s.object)
    LEFT JOIN store.party_role p ON p.role = s.dims ->> 'role'
    WHERE s.property = 'party'
    ORDER BY s.deal, e.id, s.dims ->> 'role', s.preferred DESC, s.tier, s.asserted_on DESC, s.tx DESC NULLS FIRST, s.id DESC
), parties AS (
    SELECT deal, jsonb_agg(jsonb_build_object('name', name, 'role', role, 'id', slug) ORDER BY rank, role, name, slug) AS parties,
           jsonb_agg(DISTINCT slug) AS ids
    FROM party GROUP BY deal
), side AS (
    SELECT DISTINCT ON (deal, side) deal, side, name, slug FROM party WHERE side IS NOT NULL
    ORDER BY deal, side, rank, preferred DESC, tier, asserted_on DESC, tx DESC NULLS FIRST, id DESC
), stage AS (                   -- an event cannot be later than its telling: what is, is a plan and no event
    SELECT s.deal, g.stage, g.rank, g.announces, s.preferred, s.tier, s.prec, s.period_start, s.period_end,
           coalesce(s.period_start, '-infinity') AS first, least(s.period_end, s.asserted_on) AS last
    FROM said s JOIN store.deal_stage g ON g.stage = s.code
    WHERE s.property = 'stage' AND s.nature NOT IN ('f', 'g') AND coalesce(s.period_start <= s.asserted_on, true)
), latest AS (                  -- of the stages that may be the last one, the highest
    SELECT DISTINCT ON (g.deal) g.deal, g.stage, api.date_text(g.period_start, g.prec) AS day
    FROM (SELECT *, max(first) OVER (PARTITION BY deal) AS latest FROM stage) AS g WHERE g.last >= g.latest
    ORDER BY g.deal, g.rank DESC, g.first DESC, g.last
), told AS (                    -- each stage's day by its best source
    SELECT g.*, dense_rank() OVER (PARTITION BY g.deal, g.stage ORDER BY g.preferred DESC, g.tier) AS belief,
           bool_or(g.announces) OVER (PARTITION BY g.deal) AS public
    FROM stage g WHERE g.period_start IS NOT NULL
), public AS (                  -- of the days that may be the first one, the most precise
    SELECT DISTINCT ON (t.deal) t.deal, t.stage, t.period_start, t.period_end, t.prec
    FROM (SELECT *, min(last) OVER (PARTITION BY deal) AS earliest FROM told WHERE belief = 1 AND announces = public) AS t
    WHERE t.first <= t.earliest
    ORDER BY t.deal, t.period_end - t.period_start, t.period_start
), announced AS (               -- which a lesser source may know more exactly, if it agrees
    SELECT DISTINCT ON (p.deal) p.deal, coalesce(t.period_start, p.period_start) AS day, coalesce(t.prec, p.prec) AS prec
    FROM public p LEFT JOIN told t ON t.deal = p.deal AND t.stage = p.stage AND t.period_start >= p.period_start AND t.period_end <= p.period_end
         AND t.period_end - t.period_start < p.period_end - p.period_start
    ORDER BY p.deal, t.preferred DESC NULLS LAST, t.tier, t.period_end - t.period_start, t.period_start
), part AS (                    -- one row a component and currency; several series of one only where they differ in time
    SELECT DISTINCT ON (f.deal, f.component, f.currency) f.deal, f.component, coalesce(k.rank, 99) AS rank, coalesce(k.valuation, false) AS valuation,
           f.currency, f.value, f.value_high, f.comparator, f.state, f.nature, f.source, f.tier, f.tier_rank, f.asserted_on, f.claim,
           sum(f.claims) OVER w AS claims, min(f.low) OVER w AS low, max(f.high) OVER w AS high, bool_or(f.disputed OR f.apart) OVER w AS disputed
    FROM (SELECT *, max(api.claim_low(value, comparator, state, decimals)) OVER same     -- of deals that were merged, facts of one time may differ
                    > min(api.claim_high(value, value_high, comparator, state, decimals)) OVER same AS apart,
                 api.rank_key(NULL, state, nature, tier_rank, comparator, decimals, asserted_on) AS key
            FROM figure WHERE metric = 'deal_amount'
          WINDOW same AS (PARTITION BY deal, component, currency, period_end, period_start, nature IN ('f', 'g'))) AS f
    LEFT JOIN store.deal_component k ON k.component = f.component
    WINDOW w AS (PARTITION BY f.deal, f.component, f.currency)
    ORDER BY f.deal, f.component, f.currency, f.state = 'u', f.period_end DESC, f.key, f.claim DESC
), parts AS (
    SELECT p.deal, jsonb_agg(jsonb_build_object('component', p.component, 'amount', p.value, 'amount_to', p.value_high,
               'comparator', api.comparator_text(p.comparator), 'currency', nullif(p.currency, 'XXX'), 'state', api.state_name(p.state), 'claims', p.claims,
               'amount_low', p.low, 'amount_high', p.high, 'disputed', p.disputed, 'nature', api.nature_name(p.nature), 'asserted_on', p.asserted_on,
               'source', api.source_text(w.title, w.ref, w.locator), 'source_url', w.address, 'claim', 'o:' || p.claim)
               ORDER BY p.rank, p.component, p.currency) AS parts
    FROM part p JOIN store.source w ON w.id = p.source GROUP BY p.deal
), amount AS (                  -- the total; without one, the only component there is. Of two currencies the one that tells what was
    SELECT DISTINCT ON (p.deal) p.* FROM (
        SELECT *, min(rank) OVER (PARTITION BY deal) AS best, dense_rank() OVER up + dense_rank() OVER down - 1 AS components
        FROM part WHERE NOT valuation
        WINDOW up AS (PARTITION BY deal ORDER BY component), down AS (PARTITION BY deal ORDER BY component DESC)) AS p
    WHERE p.component = 'total' OR (p.components = 1)
    ORDER BY p.deal, p.state = 'u', p.nature IN ('f', 'g'), p.tier_rank, p.asserted_on DESC, p.claim DESC
), valuation AS (
    SELECT DISTINCT ON (p.deal) p.* FROM part p WHERE p.valuation ORDER BY p.deal, p.value IS NULL, p.rank, p.asserted_on DESC, p.claim DESC
), people AS (
    SELECT f.deal, (array_agg(f.value ORDER BY f.asserted_on DESC, f.claim DESC) FILTER (WHERE f.metric = 'deal_people'))[1] AS people,
           (array_agg(f.value ORDER BY f.asserted_on DESC, f.claim DESC) FILTER (WHERE f.metric = 'deal_people_share'))[1] AS share
    FROM figure f WHERE f.metric <> 'deal_amount' GROUP BY f.deal
)
SELECT e.id, e.slug, e.name, k.type, k.family, l.stage, l.day, t.name, t.slug, a.name, a.slug,
       coalesce(p.parties, '[]'), coalesce(p.ids, '[]'), api.date_text(n.day, n.prec), api.prec_name(n.prec), n.day,
       m.value, m.value_high, api.comparator_text(m.comparator), m.component, nullif(m.currency, 'XXX'), api.usd(m.value, m.currency, CASE n.prec WHEN 'd' THEN n.day END, as_of, snapshot),
       coalesce(m.claims, 0)::int, m.low, m.high, coalesce(m.disputed, false),
       v.value, v.component, api.usd(v.value, v.currency, CASE n.prec WHEN 'd' THEN n.day END, as_of, snapshot), r.text, h.people, h.share, coalesce(x.parts, '[]'), s.sources,
       api.source_text(w.title, w.ref, w.locator), w.address, w.tier, coalesce(m.asserted_on, v.asserted_on, k.asserted_on),
       coalesce('o:' || m.claim, 'o:' || v.claim, 's:' || k.id)
FROM subject s
JOIN store.entity e ON e.id = s.deal
LEFT JOIN kind k ON k.deal = s.deal
LEFT JOIN latest l ON l.deal = s.deal
LEFT JOIN side t ON t.deal = s.deal AND t.side = 'target'
LEFT JOIN side a ON a.deal = s.deal AND a.side = 'acquirer'
LEFT JOIN parties p ON p.deal = s.deal
LEFT JOIN announced n ON n.deal = s.deal
LEFT JOIN amount m ON m.deal = s.deal
LEFT JOIN valuation v ON v.deal = s.deal
LEFT JOIN people h ON h.deal = s.deal
LEFT JOIN round r ON r.deal = s.deal
LEFT JOIN parts x ON x.deal = s.deal
LEFT JOIN store.source w ON w.id = coalesce(m.source, v.source, k.source)
$$;
COMMENT ON FUNCTION api.deal_rows(date, bigint, int[]) IS 'The rows of api.deals, worked out from the claims';

-- Whether nothing has touched a deal since.
CREATE FUNCTION api.deal_stays(deal int, snapshot bigint) RETURNS bool LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM store.deal_touched d JOIN store.tx t ON t.batch = d.batch WHERE d.deal = deal_stays.deal AND t.tx <= snapshot)
$$;

-- The rows of those that something has touched since, worked out; all of them where no number is given. Not to be inlined: whoever
-- asks about a day need not plan it.
CREATE FUNCTION api.deal_rows_past(as_of date, snapshot bigint) RETURNS SETOF store.deal LANGUAGE plpgsql STABLE AS $$
DECLARE
    touched constant int[] := ARRAY(SELECT d.deal FROM store.tx t JOIN store.deal_touched d ON d.batch = t.batch WHERE t.tx > snapshot
                                    UNION ALL SELECT d.deal FROM store.deal d WHERE NOT EXISTS (SELECT FROM store.deal_touched x WHERE x.deal = d.deal));
BEGIN
    IF snapshot IS NULL THEN
        RETURN QUERY SELECT * FROM api.deal_rows(as_of, snapshot, NULL);
    ELSIF cardinality(touched) > 100 THEN   -- all at once is quicker then
        RETURN QUERY SELECT * FROM api.deal_rows(as_of, snapshot, NULL) r WHERE r.deal = ANY (touched);
    ELSIF cardinality(touched) > 0 THEN
        RETURN QUERY SELECT * FROM api.deal_rows(as_of, snapshot, touched);
    END IF;
END $$;

-- The same, of a day by what was kept for it, of a number of the store by what is kept of deals that stay, and working out the others.
CREATE FUNCTION api.deals_known(as_of date, snapshot bigint) RETURNS SETOF store.deal LANGUAGE sql STABLE ROWS 1000 AS $$
    SELECT v.deal, v.id, v.name, v.type, v.family, v.status, v.status_on, v.target, v.target_id, v.acquirer, v.acquirer_id, v.parties, v.party_ids,
           v.announced_on, v.date_precision, v.announced_first, v.amount, v.amount_to, v.comparator, v.component, v.currency,
           CASE WHEN v.currency = 'USD' THEN v.amount
                ELSE api.usd(v.amount, v.currency, CASE v.date_precision WHEN 'day' THEN v.announced_first END, as_of, snapshot) END AS amount_usd,
           v.claims, v.amount_low, v.amount_high, v.disputed, v.valuation, v.valuation_kind,
           CASE WHEN v.valuation_usd = v.valuation THEN v.valuation
                ELSE api.usd(v.valuation, (SELECT min(p ->> 'currency') FROM jsonb_array_elements(v.parts) p 
                                          WHERE p ->> 'component' = v.valuation_kind AND (p ->> 'amount')::numeric = v.valuation),
                             CASE v.date_precision WHEN 'day' THEN v.announced_first END, as_of, snapshot) END AS valuation_usd,
           v.round, v.people, v.people_share, v.parts, v.sources, v.source, v.source_url, v.tier, v.asserted_on, v.claim
      FROM store.deal_version v
     WHERE v.known_from <= as_of AND v.known_to > as_of AND (snapshot IS NULL OR api.deal_stays(v.deal, snapshot))
    UNION ALL
    SELECT d.* FROM store.deal d WHERE as_of IS NULL AND snapshot IS NOT NULL AND api.deal_stays(d.deal, snapshot)
    UNION ALL
    SELECT * FROM api.deal_rows_past(as_of, snapshot) WHERE snapshot IS NOT NULL OR as_of IS NULL
$$;

CALL api.define('deals', $$
    SELECT d.id, d.type, d.status, d.target, d.acquirer, d.parties, d.announced_on, d.date_precision, d.amount, d.currency, d.amount_usd,
        d.valuation_usd, d.round, d.claims, d.amount_low, d.amount_high, d.disputed, d.source, d.source_url,
        d.name, d.family, d.status_on, d.target_id, d.acquirer_id, d.party_ids, d.announced_first, d.comparator, d.amount_to, d.component,
        d.valuation, d.valuation_kind, d.people, d.people_share, d.parts, d.sources, d.tier, d.asserted_on, d.claim
    FROM {deals} d
$$, ARRAY[['{deals}', 'store.deal', 'api.deals_known(as_of, snapshot)']]);

COMMENT ON VIEW api.deals IS 'Deals: acquisitions, acqui-hires, IPOs, funding rounds, contracts …, each taken apart into claims and put together by the written rule';
COMMENT ON COLUMN api.deals.id IS 'slug of the deal: stable, unique';
COMMENT ON COLUMN api.deals.type IS 'acquihire, licence_and_hire, acquisition, merger, licensing, ipo, funding_round, investment, debt, compute_contract or spinoff';
COMMENT ON COLUMN api.deals.status IS 'stage it has reached: rumoured, draft, announced, filed, refiled, range, signed, priced, listed, completed, blocked or withdrawn';
COMMENT ON COLUMN api.deals.target IS 'name of the company bought, funded, listed or licensed from';
COMMENT ON COLUMN api.deals.acquirer IS 'name of the buyer or hirer';
COMMENT ON COLUMN api.deals.parties IS 'everybody in it: name, role, id (slug)';
COMMENT ON COLUMN api.deals.announced_on IS 'day it became public, by its best source, and as exactly as anybody who agrees with that knows: 2024, 2024-Q3, 2024-08 or 2024-08-02. Without an announcement: of the first stage told';
COMMENT ON COLUMN api.deals.date_precision IS 'day, month, quarter, half, year or unknown';
COMMENT ON COLUMN api.deals.amount IS 'the total, or the only component there is; of several claims the one the written rule chooses';
COMMENT ON COLUMN api.deals.currency IS 'of the amount, ISO 4217';
COMMENT ON COLUMN api.deals.amount_usd IS 'the amount in US dollars; of another currency by the euro reference rates of the day it was announced, or the last before it up to five days; NULL when there are none';
COMMENT ON COLUMN api.deals.valuation_usd IS 'worth of the target in US dollars that goes with the deal: post-money, else implied by the price, else pre-money';
COMMENT ON COLUMN api.deals.round IS 'name of the funding round';
COMMENT ON COLUMN api.deals.claims IS 'claims that say this amount or another';
COMMENT ON COLUMN api.deals.amount_low IS 'lowest amount claimed';
COMMENT ON COLUMN api.deals.amount_high IS 'highest amount claimed';
COMMENT ON COLUMN api.deals.disputed IS 'two claims about the amount exclude each other';
COMMENT ON COLUMN api.deals.source IS 'who says the amount (without one: the valuation, the deal itself)';
COMMENT ON COLUMN api.deals.source_url IS 'where that can be read';
COMMENT ON COLUMN api.deals.name IS 'name of the deal';
COMMENT ON COLUMN api.deals.family IS 'family of its type: acquihire takes in licence_and_hire, funding takes in rounds, investments and debt';
COMMENT ON COLUMN api.deals.status_on IS 'when it reached its status';
COMMENT ON COLUMN api.deals.target_id IS 'slug of the target';
COMMENT ON COLUMN api.deals.acquirer_id IS 'slug of the acquirer';
COMMENT ON COLUMN api.deals.party_ids IS 'slugs of all parties';
COMMENT ON COLUMN api.deals.announced_first IS 'first day of announced_on, for order and arithmetic';
COMMENT ON COLUMN api.deals.comparator IS 'how the amount was told: = ~ (about) > >= < <= .. (a range, up to amount_to)';
COMMENT ON COLUMN api.deals.amount_to IS 'upper end when the source gave a range';
COMMENT ON COLUMN api.deals.component IS 'what the amount is: total, or the only component there is';
COMMENT ON COLUMN api.deals.valuation IS 'worth of the target that goes with the deal, in its currency';
COMMENT ON COLUMN api.deals.valuation_kind IS 'post_money, implied_valuation or pre_money';
COMMENT ON COLUMN api.deals.people IS 'people who changed employer with it';
COMMENT ON COLUMN api.deals.people_share IS 'share of the staff who did';
COMMENT ON COLUMN api.deals.parts IS 'every component and valuation claimed, each with its own amount, claims, range, dispute and source';
COMMENT ON COLUMN api.deals.sources IS 'different sources that tell of the deal';
COMMENT ON COLUMN api.deals.tier IS 'tier of the source: regulator, issuer, dataset, press, relay, aggregator, analyst, social or user';
COMMENT ON COLUMN api.deals.asserted_on IS 'day the source said so';
COMMENT ON COLUMN api.deals.claim IS 'the claim shown, for `aimarket show`';

CALL api.define('funding', $$
    SELECT d.*, (SELECT string_agg(p ->> 'name', ', ') FROM jsonb_array_elements(d.parties) p WHERE p ->> 'role' NOT IN ('target', 'issuer', 'borrower')) AS investors
    FROM {deals} d WHERE d.family = 'funding'
$$, ARRAY[['{deals}', 'api.deals', 'api.deals_asof(as_of, snapshot)']]);
CALL api.comment_like('api.deals', 'api.funding');
COMMENT ON VIEW api.funding IS 'Deals of the family funding: rounds, investments and debt';
COMMENT ON COLUMN api.funding.investors IS 'names of those who gave the money, leaders first';

CALL api.define('deal_parts', $$
    SELECT d.*, p.component AS part, coalesce(k.rank, 99) AS part_rank, p.amount AS part_amount, p.comparator AS part_comparator, p.currency AS part_currency,
        p.state AS part_state, p.claims AS part_claims, p.amount_low AS part_low, p.amount_high AS part_high, p.disputed AS part_disputed,
        p.source AS part_source, p.source_url AS part_source_url, p.claim AS part_claim
    FROM {deals} d
    CROSS JOIN jsonb_to_recordset(d.parts) AS p (component text, amount numeric, comparator text, currency text, state text, claims int, amount_low numeric,
        amount_high numeric, disputed bool, source text, source_url text, claim text)
    LEFT JOIN store.deal_component k ON k.component = p.component
$$, ARRAY[['{deals}', 'api.deals', 'api.deals_asof(as_of, snapshot)']]);
CALL api.comment_like('api.deals', 'api.deal_parts');
COMMENT ON VIEW api.deal_parts IS 'Deals, one row for each component and valuation claimed';
COMMENT ON COLUMN api.deal_parts.part IS 'total, licence_fee, retention, waiver, investor_buyout, equity, debt, earn_out, cash, stock, post_money, implied_valuation or pre_money';
COMMENT ON COLUMN api.deal_parts.part_rank IS 'place in that list';
COMMENT ON COLUMN api.deal_parts.part_amount IS 'amount of the component';
COMMENT ON COLUMN api.deal_parts.part_comparator IS 'how it was told: = ~ > >= < <= ..';
COMMENT ON COLUMN api.deal_parts.part_currency IS 'its currency';
COMMENT ON COLUMN api.deal_parts.part_state IS 'value, undisclosed or none';
COMMENT ON COLUMN api.deal_parts.part_claims IS 'claims about it';
COMMENT ON COLUMN api.deal_parts.part_low IS 'lowest amount claimed for it';
COMMENT ON COLUMN api.deal_parts.part_high IS 'highest amount claimed for it';
COMMENT ON COLUMN api.deal_parts.part_disputed IS 'two claims about it exclude each other';
COMMENT ON COLUMN api.deal_parts.part_source IS 'who says so';
COMMENT ON COLUMN api.deal_parts.part_source_url IS 'where that can be read';
COMMENT ON COLUMN api.deal_parts.part_claim IS 'the claim shown, for `aimarket show`';
