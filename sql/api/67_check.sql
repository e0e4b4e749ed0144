-- What the plausibility rules (etc/checks.d) ask: claims as they stand, with the interval each allows. A claim that a person has
-- deprecated is settled and no longer looked at; one that only a rule doubts still is.

CREATE VIEW api.claims AS
    SELECT 'o:' || o.id AS claim, e.slug AS subject, e.name AS subject_name, e.kind AS subject_kind,
           CASE WHEN m.taxonomy = 'aimarket' THEN m.name ELSE m.taxonomy || ':' || m.name END AS metric, r.dims AS dimensions, u.code AS unit,
           o.period_start, o.period_end, o.value, o.value_high AS value_to, api.comparator_text(o.comparator) AS comparator, o.decimals,
           api.claim_low(o.value, o.comparator, o.state, o.decimals) AS low,
           api.claim_high(o.value, o.value_high, o.comparator, o.state, o.decimals) AS high,
           api.state_name(o.state) AS state, api.nature_name(o.nature) AS nature, o.asserted_on, o.tier AS tier_rank, j.verdict AS judged,
           o.series::bigint AS series, o.subject AS subject_no, o.source AS source_no, o.note AS note_no
      FROM store.metric m
      JOIN store.series r ON r.metric = m.id
      JOIN store.observation o ON o.series = r.id AND o.subject = r.subject
      JOIN store.entity e ON e.id = r.subject
      JOIN store.unit u ON u.id = r.unit
      LEFT JOIN store.judgement j ON j.claim = o.id AND j.shape = 'o' AND j.batch_to IS NULL
     WHERE o.batch_to IS NULL AND (j.verdict IS DISTINCT FROM 'deprecated' OR j.who LIKE 'rule:%');
COMMENT ON VIEW api.claims IS 'Figures as claimed, one a row, with the interval each allows; without those a person has deprecated';
COMMENT ON COLUMN api.claims.claim IS 'the claim, for `aimarket show`';
COMMENT ON COLUMN api.claims.subject IS 'slug of what it is about';
COMMENT ON COLUMN api.claims.subject_name IS 'its name';
COMMENT ON COLUMN api.claims.subject_kind IS 'its kind: company, product, model …';
COMMENT ON COLUMN api.claims.metric IS 'name of the metric; those of other taxonomies as taxonomy:concept';
COMMENT ON COLUMN api.claims.dimensions IS 'what narrows or sets the figure';
COMMENT ON COLUMN api.claims.unit IS 'its unit';
COMMENT ON COLUMN api.claims.period_start IS 'first day; -infinity for a figure without time';
COMMENT ON COLUMN api.claims.period_end IS 'last day';
COMMENT ON COLUMN api.claims.value IS 'the figure, exact';
COMMENT ON COLUMN api.claims.value_to IS 'upper end of a range';
COMMENT ON COLUMN api.claims.comparator IS 'how it was told: = ~ > >= < <= ..';
COMMENT ON COLUMN api.claims.decimals IS 'rounding, as in XBRL; NULL: exact';
COMMENT ON COLUMN api.claims.low IS 'lower end of what it allows';
COMMENT ON COLUMN api.claims.high IS 'upper end of what it allows';
COMMENT ON COLUMN api.claims.state IS 'value, undisclosed or none';
COMMENT ON COLUMN api.claims.nature IS 'reported, derived, estimated, forecast, guidance or assertion';
COMMENT ON COLUMN api.claims.asserted_on IS 'day its source said it';
COMMENT ON COLUMN api.claims.tier_rank IS 'rank of its source''s tier, 1 is believed first';
COMMENT ON COLUMN api.claims.judged IS 'verdict on it, when there is one';
COMMENT ON COLUMN api.claims.series IS 'number that ties the points of one series together';
COMMENT ON COLUMN api.claims.subject_no IS 'number of the subject; only within this store';
COMMENT ON COLUMN api.claims.source_no IS 'number of the source; only within this store';
COMMENT ON COLUMN api.claims.note_no IS 'number of the words beside it; only within this store';

-- What belongs to what: a product to its maker, a company to its parent.
CREATE VIEW api.owners AS
    SELECT DISTINCT s.subject AS part_no, s.object AS owner_no, p.slug AS part, o.slug AS owner, o.name AS owner_name
      FROM api.statements_asof(NULL, NULL) s
      JOIN store.entity p ON p.id = s.subject
      JOIN store.entity o ON o.id = s.object
     WHERE s.property IN ('parent', 'product_of', 'developer', 'made_by');
COMMENT ON VIEW api.owners IS 'Who is said to own or make what';
COMMENT ON COLUMN api.owners.part_no IS 'number of the part; only within this store';
COMMENT ON COLUMN api.owners.owner_no IS 'number of the owner';
COMMENT ON COLUMN api.owners.part IS 'slug of what is owned or made';
COMMENT ON COLUMN api.owners.owner IS 'slug of the owner or maker';
COMMENT ON COLUMN api.owners.owner_name IS 'its name';

-- Figures of a product that a better source gives to its owner: same metric, unit and dimensions, the very same number, periods
-- that meet. NULL: of all subjects; else of those and of what belongs to them.
CREATE FUNCTION api.same_number_on_owner(subjects int[])
RETURNS TABLE (claim bigint, subject int, series int, owner text, owner_claim bigint, why text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    IF subjects = '{}' THEN
        RETURN;     -- most loads: nothing is planned for them
    END IF;
    RETURN QUERY
    SELECT DISTINCT ON (o.id) o.id, o.subject, o.series, e.slug, b.id,
           format('the same number is said of %s, which it belongs to, by a better source (%s, %s)', e.name, api.source_text(w.title, w.ref, w.locator), b.asserted_on)
      FROM (SELECT DISTINCT s.subject AS part, s.object AS owner
              FROM store.statement s
             WHERE s.property IN ('parent', 'product_of', 'developer', 'made_by') AND s.batch_to IS NULL AND s.object IS NOT NULL
               AND (subjects IS NULL OR s.subject = ANY (subjects) OR s.object = ANY (subjects))) tie
      JOIN store.entity p ON p.id = tie.part AND p.kind IN ('product', 'model', 'chip', 'system', 'design')
      JOIN store.entity e ON e.id = tie.owner
      JOIN store.series r ON r.subject = tie.part
      JOIN store.metric m ON m.id = r.metric AND m.kind IN ('flow', 'stock')
      JOIN store.series q ON q.subject = tie.owner AND q.metric = r.metric AND q.unit = r.unit AND q.dims = r.dims
      JOIN store.observation o ON o.series = r.id AND o.subject = r.subject AND o.batch_to IS NULL
      JOIN store.observation b ON b.series = q.id AND b.subject = q.subject AND b.batch_to IS NULL AND b.value = o.value AND b.tier < o.tier
           AND b.period_start <= o.period_end AND b.period_end >= o.period_start
      JOIN store.source w ON w.id = b.source
     WHERE o.state = 'v' AND o.value <> 0 AND o.nature NOT IN ('f', 'g') AND b.nature NOT IN ('f', 'g')
       AND NOT EXISTS (SELECT FROM store.judgement j WHERE j.claim = b.id AND j.batch_to IS NULL AND j.verdict = 'deprecated')
     ORDER BY o.id, b.tier, b.asserted_on, b.id;
END $$;
COMMENT ON FUNCTION api.same_number_on_owner(int[]) IS 'Figures of a product that a better source gives to its owner; the rule same-number-on-owner judges by it';

-- Claims of these series (NULL: of all) that rules have judged to be slips, and the judgement stands. Claims are found by their series:
-- the numbers of new ones have no place in their index yet.
CREATE FUNCTION api.judged_slips(asked int[])
RETURNS TABLE (claim bigint, subject int, series int, period_start date, period_end date, who text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    rules CONSTANT text[] := ARRAY['rule:amended-same-day', 'rule:part-for-whole', 'rule:scale-slip'];
    subjects int[];
BEGIN
    IF asked IS NULL THEN
        subjects := ARRAY(SELECT DISTINCT j.subject FROM store.judgement j WHERE j.batch_to IS NULL AND j.who LIKE 'rule:%' AND j.who = ANY (rules));
    ELSE
        subjects := ARRAY(SELECT w.subject FROM (SELECT DISTINCT s.subject FROM unnest(asked) x (id) JOIN store.series s ON s.id = x.id) w
                           WHERE EXISTS (SELECT FROM store.judgement j WHERE j.subject = w.subject AND j.batch_to IS NULL AND j.who LIKE 'rule:%'
                                            AND j.who = ANY (rules) OFFSET 0));
    END IF;
    IF subjects <> '{}' THEN
        RETURN QUERY
            SELECT o.id, o.subject, o.series, o.period_start, o.period_end, j.who
              FROM (SELECT s.id, s.subject FROM unnest(asked) x (id) JOIN store.series s ON s.id = x.id
                    UNION ALL
                    SELECT s.id, s.subject FROM store.series s WHERE asked IS NULL) a
             CROSS JOIN LATERAL (SELECT * FROM store.observation z WHERE z.series = a.id AND z.subject = a.subject OFFSET 0) o
              JOIN store.judgement j ON j.claim = o.id AND j.subject = a.subject AND j.batch_to IS NULL AND j.who = ANY (rules)
             WHERE a.subject = ANY (subjects);
    END IF;
END $$;
COMMENT ON FUNCTION api.judged_slips(int[]) IS 'Claims that rules have judged to be slips, of some series';

-- Slips of filers that other claims about the same fact prove: of the facts that are disputed, or would be without a judgement by
-- one of these rules. asked: of these series; NULL: of all.
--   amended-same-day  a report and its amendment of the same day give different figures: the amendment's is meant
--   part-for-whole    a figure is that of a shorter time with the same end (or of a longer one), and with the time before it makes
--                     what another filing says: it stands under the wrong time
--   scale-slip        two filings differ by thousands, millions …: the one of the size that the figures of other times have is meant
CREATE FUNCTION api.filing_slips(asked int[]) RETURNS TABLE (claim bigint, subject int, series int, rule text, why text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    doubted record;
BEGIN
    SELECT array_agg(f.series) AS series_ids, array_agg(f.subject) AS subjects, array_agg(f.period_start) AS starts, array_agg(f.period_end) AS ends INTO doubted
      FROM (SELECT f.series, f.subject, f.period_start, f.period_end      -- each by an index, however many there are in the store
              FROM unnest(asked) x (id) CROSS JOIN LATERAL (SELECT * FROM store.fact z WHERE z.series = x.id AND z.disputed OFFSET 0) f
            UNION
            SELECT f.series, f.subject, f.period_start, f.period_end FROM store.fact f WHERE asked IS NULL AND f.disputed
            UNION
            SELECT j.series, j.subject, j.period_start, j.period_end FROM api.judged_slips(asked) j) f;
    IF doubted.series_ids IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
WITH candidate AS (
    SELECT * FROM unnest(doubted.series_ids, doubted.subjects, doubted.starts, doubted.ends) c (series, subject, period_start, period_end)
), said AS MATERIALIZED (
    SELECT o.id, o.series, o.subject, o.period_start, o.period_end, o.value, o.decimals, o.asserted_on, o.source,
           api.source_text(w.title, w.ref, w.locator) AS text, w.entity AS filing
      FROM candidate c
     CROSS JOIN LATERAL (SELECT * FROM store.observation z WHERE z.series = c.series AND z.subject = c.subject AND z.period_start = c.period_start
                            AND z.period_end = c.period_end OFFSET 0) o
      JOIN store.source w ON w.id = o.source AND w.kind = 'filing'
     WHERE o.batch_to IS NULL AND o.state = 'v' AND o.comparator = '=' AND o.nature = 'r' AND o.value <> 0
       AND NOT EXISTS (SELECT FROM store.judgement j WHERE j.claim = o.id AND j.batch_to IS NULL AND j.verdict = 'deprecated' AND j.who NOT LIKE 'rule:%')
), fact AS (    -- by arrays: a join of claims with claims would be planned for the one row that nobody expects more than
    SELECT s.series, s.subject, s.period_start, s.period_end, array_agg(s.id) AS ids, array_agg(s.value) AS vals, array_agg(coalesce(s.decimals, 0)) AS roundings,
           array_agg(s.asserted_on) AS days, array_agg(s.text) AS texts, array_agg(s.filing) AS filings,
           count(DISTINCT s.asserted_on) < count(*) AS same_day, max(abs(s.value)) >= 1000 * min(abs(s.value)) AS far_apart
      FROM said s GROUP BY s.series, s.subject, s.period_start, s.period_end HAVING min(s.value) <> max(s.value)
), rival AS MATERIALIZED (
    SELECT f.series, f.subject, f.period_start, f.period_end, a.*, b.*
      FROM fact f
     CROSS JOIN LATERAL unnest(f.ids, f.vals, f.roundings, f.days, f.filings) AS a (id, value, decimals, day, filing)
     CROSS JOIN LATERAL unnest(f.vals, f.roundings, f.days, f.texts, f.filings) AS b (other, other_decimals, other_day, other_text, other_filing)
     WHERE b.other <> a.value
       AND (f.same_day OR f.far_apart      -- else none of the rules below can find anything, and claims need not be set against claims
            OR EXISTS (SELECT FROM store.fact x WHERE x.series = f.series AND x.period_end = f.period_end AND x.period_start <> f.period_start
                          AND x.state = 'v' AND x.value = ANY (f.vals)))
), found AS (
    SELECT r.id, r.subject, r.series, 1 AS place, 'amended-same-day' AS rule, format('amended on the same day: %s says %s', r.other_text, trim_scale(r.other)) AS why
      FROM rival r
     WHERE r.other_day = r.day
       AND EXISTS (SELECT FROM store.statement x JOIN store.statement y ON y.subject = r.other_filing AND y.property = 'filing_form' AND y.code = x.code || '/A'
                    WHERE x.subject = r.filing AND x.property = 'filing_form' AND x.batch_to IS NULL AND y.batch_to IS NULL)
    UNION ALL
    SELECT r.id, r.subject, r.series, 2, 'part-for-whole',
           format('it is the figure of %s to %s; %s says %s, which fits the time between (%s)', p.period_start, r.period_end, r.other_text, trim_scale(r.other), trim_scale(q.value))
      FROM rival r     -- a time with the same end, and the time between the two beginnings
     CROSS JOIN LATERAL (SELECT f.* FROM store.fact f WHERE f.series = r.series AND f.period_end = r.period_end AND f.period_start <> r.period_start
                            AND f.state = 'v' AND f.value = r.value OFFSET 0) AS p
     CROSS JOIN LATERAL (SELECT f.* FROM store.fact f WHERE f.series = r.series AND f.period_start = least(p.period_start, r.period_start)
                            AND f.period_end = greatest(p.period_start, r.period_start) - 1 AND f.state = 'v' AND f.value <> 0 OFFSET 0) AS q
     WHERE abs(CASE WHEN p.period_start > r.period_start THEN q.value + r.value - r.other ELSE q.value + r.other - r.value END)
           <= 2 * power(10::numeric, -least(r.decimals, r.other_decimals))
    UNION ALL
    SELECT r.id, r.subject, r.series, 3, 'scale-slip', format('off by a factor of %s against %s and the figures of other times', trim_scale(k.factor), r.other_text)
      FROM rival r
      JOIN LATERAL (SELECT power(10::numeric, e) AS factor FROM unnest(ARRAY[3, 6, 9, 12]) e
                     WHERE r.value = r.other * power(10::numeric, e) OR r.other = r.value * power(10::numeric, e)) AS k ON true
      JOIN LATERAL (SELECT count(*) FILTER (WHERE abs(n.value) BETWEEN abs(r.other) / 30 AND abs(r.other) * 30) AS with_other,
                           count(*) FILTER (WHERE abs(n.value) BETWEEN abs(r.value) / 30 AND abs(r.value) * 30) AS with_it
                      FROM store.fact n         -- not the nearest alone: a filer may be off for years
                     WHERE n.series = r.series AND n.state = 'v' AND n.value <> 0 AND (n.period_start, n.period_end) <> (r.period_start, r.period_end)
                       AND (n.period_end - n.period_start) / 25 = (r.period_end - r.period_start) / 25) AS s
           ON s.with_other >= 2 AND s.with_other >= 3 * s.with_it
     WHERE greatest(abs(r.value), abs(r.other)) >= 1000 * least(abs(r.value), abs(r.other))
)
SELECT DISTINCT ON (f.id) f.id, f.subject, f.series, f.rule, f.why FROM found f ORDER BY f.id, f.place, f.why;
END $$;
COMMENT ON FUNCTION api.filing_slips(int[]) IS 'Figures of filings that others prove to be slips; the rules amended-same-day, part-for-whole and scale-slip judge by it';
