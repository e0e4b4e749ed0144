-- Observations: one row a fact, with the claim the written rule chooses (00_rule.sql) and what stands beside it.

-- What a span is called, by its first and last day, never by what a filer calls it.
CREATE FUNCTION api.period_name(first date, last date) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN last = '-infinity' THEN 'timeless'
                WHEN last = 'infinity' THEN 'open'
                WHEN first = last THEN 'instant'
                WHEN last - first BETWEEN 349 AND 379 THEN 'annual'
                WHEN last - first BETWEEN 260 AND 290 THEN 'nine_months'
                WHEN last - first BETWEEN 170 AND 195 THEN 'half'
                WHEN last - first BETWEEN 79 AND 100 THEN 'quarter'
                WHEN last - first BETWEEN 27 AND 34 THEN 'month'
                ELSE 'other' END
$$;

CALL api.define('observations', $$
    SELECT e.name AS entity, CASE WHEN m.taxonomy = 'aimarket' THEN m.name ELSE m.taxonomy || ':' || m.name END AS metric, r.dims AS dimensions,
        nullif(f.period_start, '-infinity') AS period_start,
        -- what holds until further notice ends on the day before another value begins
        CASE WHEN f.period_end = 'infinity' THEN {closed} ELSE nullif(f.period_end, '-infinity') END AS period_end, f.value, u.code AS unit, f.asserted_on,
        f.claims, f.disputed, api.source_text(w.title, w.ref, w.locator) AS source, w.address AS source_url,
        api.period_name(f.period_start, f.period_end) AS period, api.prec_name(f.prec) AS period_precision, f.value_high AS value_to,
        api.comparator_text(f.comparator) AS comparator, f.decimals, f.low AS value_low, f.high AS value_high, api.state_name(f.state) AS state,
        api.nature_name(f.nature) AS nature, api.rule_name(f.rule) AS rule, w.tier, p.slug AS publisher, m.label, e.slug AS entity_id, s.slug AS subject,
        'o:' || f.claim AS claim, f.series::bigint AS series,
        NULL::text AS concept, CASE WHEN f.nature = 'd' THEN (SELECT min(d.formula) FROM store.derivation d WHERE d.claim = f.claim) END AS formula,
        CASE WHEN f.nature = 'd' THEN (SELECT jsonb_agg(jsonb_build_object('role', d.role, 'claim', 'o:' || d.input) ORDER BY d.role, d.input)
                                       FROM store.derivation d WHERE d.claim = f.claim) END AS inputs
    FROM store.series r
    {facts}
    JOIN store.metric m ON m.id = r.metric
    JOIN store.unit u ON u.id = r.unit
    JOIN store.entity s ON s.id = r.subject
    LEFT JOIN {canon} c ON c.entity = s.id
    JOIN store.entity e ON e.id = coalesce(c.canon, s.id)
    JOIN store.source w ON w.id = f.source
    JOIN store.publisher p ON p.id = w.publisher
$$, ARRAY[['{facts}', 'JOIN store.fact f ON f.series = r.id',
        -- series by series: conditions on entity and metric then narrow what is worked out
        'CROSS JOIN api.series_facts(as_of, snapshot, r.subject, r.id) f'],
    ['{closed}', '(SELECT min(n.period_start) - 1 FROM store.fact n WHERE n.series = f.series AND n.period_end = ''infinity'' AND n.period_start > f.period_start AND n.value IS DISTINCT FROM f.value)',
        '(SELECT min(n.period_start) - 1 FROM api.series_facts(as_of, snapshot, r.subject, r.id) n WHERE n.period_end = ''infinity'' AND n.period_start > f.period_start AND n.value IS DISTINCT FROM f.value)'],
    ['{canon}', 'store.entity_canon', 'api.canon(snapshot)']]);

COMMENT ON VIEW api.observations IS 'Figures: entity, metric, dimensions and period, with the value the written rule chooses among the claims';
COMMENT ON COLUMN api.observations.entity IS 'name of what the figure is about';
COMMENT ON COLUMN api.observations.metric IS 'name of the metric, see the resource metrics; those of other taxonomies as taxonomy:concept';
COMMENT ON COLUMN api.observations.dimensions IS 'what narrows or sets the figure: segment, component, benchmark, setting …';
COMMENT ON COLUMN api.observations.period_start IS 'first day; the same as period_end for an instant, NULL for a figure without time';
COMMENT ON COLUMN api.observations.period_end IS 'last day; NULL: no time at all, or, with a period_start, still in force';
COMMENT ON COLUMN api.observations.value IS 'the figure, exact; of several claims the one the written rule chooses';
COMMENT ON COLUMN api.observations.unit IS 'its unit: a currency, shares, USD/shares, percent …';
COMMENT ON COLUMN api.observations.asserted_on IS 'day its source said it';
COMMENT ON COLUMN api.observations.claims IS 'claims about this fact';
COMMENT ON COLUMN api.observations.disputed IS 'two claims exclude each other, or only deprecated claims are left';
COMMENT ON COLUMN api.observations.source IS 'who says so';
COMMENT ON COLUMN api.observations.source_url IS 'where that can be read';
COMMENT ON COLUMN api.observations.period IS 'length told by first and last day: annual, nine_months, half, quarter, month, instant, timeless, open (holds until another value begins) or other';
COMMENT ON COLUMN api.observations.period_precision IS 'how exactly the period is known: day, month, quarter, half, year or unknown';
COMMENT ON COLUMN api.observations.value_to IS 'upper end when the source gave a range';
COMMENT ON COLUMN api.observations.comparator IS 'how it was told: = ~ (about) > >= < <= .. (a range)';
COMMENT ON COLUMN api.observations.decimals IS 'rounding, as in XBRL: -6 is to the million; NULL: exact';
COMMENT ON COLUMN api.observations.value_low IS 'lowest figure claimed';
COMMENT ON COLUMN api.observations.value_high IS 'highest figure claimed';
COMMENT ON COLUMN api.observations.state IS 'value, undisclosed, none, or no longer listed: from period_start on the list that told it until then names it no more';
COMMENT ON COLUMN api.observations.nature IS 'reported, derived, estimated, forecast, guidance or assertion';
COMMENT ON COLUMN api.observations.rule IS 'why this claim and no other';
COMMENT ON COLUMN api.observations.tier IS 'tier of the source: regulator, issuer, dataset, press, relay, aggregator, analyst, social or user';
COMMENT ON COLUMN api.observations.publisher IS 'slug of the publisher';
COMMENT ON COLUMN api.observations.label IS 'name of the metric for people';
COMMENT ON COLUMN api.observations.entity_id IS 'slug of the entity';
COMMENT ON COLUMN api.observations.subject IS 'slug of the entity whose claims these are; figures of merged entities are one fact, of the entity they read as';
COMMENT ON COLUMN api.observations.claim IS 'the claim shown, for `aimarket show`';
COMMENT ON COLUMN api.observations.series IS 'number that ties the points of one series together; only within this store';
COMMENT ON COLUMN api.observations.concept IS 'XBRL concept under which a figure of a canonical metric was filed';
COMMENT ON COLUMN api.observations.formula IS 'how a computed figure came about: annual - nine_months';
COMMENT ON COLUMN api.observations.inputs IS 'the claims it was computed from: role, sign, claim, value, period_start, period_end';
