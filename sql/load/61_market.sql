-- Keeps what listed companies were worth ready (store.market_value), for the days a load or a decision came to.

-- What a market value is made of.
CREATE FUNCTION load.market_metrics() RETURNS SETOF int LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT m.id FROM store.metric m WHERE m.taxonomy = 'aimarket' AND m.name IN ('price', 'split_factor', 'ads_ratio', 'class_ratio')
                 UNION SELECT x.metric FROM api.share_concepts x;
END $$;

-- Metrics on which more rests than facts: a load that brings one looks for what is to be made anew, however new the series.
CREATE FUNCTION load.watched_metrics() RETURNS SETOF int LANGUAGE sql STABLE AS $$
    SELECT * FROM load.market_metrics() UNION SELECT m.id FROM store.metric m WHERE m.taxonomy = 'aimarket' AND m.name = 'fx_rate'
$$;

-- Days of one owner, made anew; NULL: all of them.
CREATE FUNCTION load.refresh_market_of(owner int, first date, last date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM store.market_value v WHERE v.subject = owner AND (first IS NULL OR v.day >= first) AND (last IS NULL OR v.day <= last);
    INSERT INTO store.market_value SELECT * FROM api.market_values(NULL, NULL, owner, first, last);
END $$;

-- Those of entities that are, or read as, one of these.
CREATE FUNCTION load.refresh_market_about(entities int[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM store.market_value v WHERE v.subject = ANY (entities);      -- merged ones have none
    PERFORM load.refresh_market_of(q.owner, NULL, NULL) FROM api.priced(NULL) q
     WHERE q.owner IN (SELECT coalesce(c.canon, e.id) FROM unnest(entities) e(id) LEFT JOIN store.entity_canon c ON c.entity = e.id);
END $$;

-- What rests on these claims, of these subjects and series: of a price its day, of a count or a split all days.
CREATE FUNCTION load.refresh_market_claims(claims bigint[], abouts int[], series_ids int[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM load.refresh_market_of(r.owner, CASE WHEN r.is_price THEN o.period_end END, CASE WHEN r.is_price THEN o.period_end END)
       FROM (SELECT r.id, r.subject, coalesce(c.canon, r.subject) AS owner, m.name = 'price' AS is_price
               FROM store.series r JOIN store.metric m ON m.id = r.metric LEFT JOIN store.entity_canon c ON c.entity = r.subject
              WHERE r.id = ANY (series_ids)
                AND (m.taxonomy = 'aimarket' AND m.name IN ('price', 'split_factor', 'ads_ratio', 'class_ratio') OR m.id IN (SELECT x.metric FROM api.share_concepts x))
                AND coalesce(c.canon, r.subject) IN (SELECT q.owner FROM api.priced(NULL) q) OFFSET 0) r
       JOIN store.observation o ON o.series = r.id AND o.subject = r.subject
      WHERE o.id = ANY (claims) AND o.subject = ANY (abouts);
END $$;

-- What a load came to: a new price changes its day, a share count or a split what follows or precedes it.
CREATE FUNCTION load.refresh_market() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM load.refresh_market_of(t.owner, CASE WHEN t.prices_only THEN t.first END, CASE WHEN t.prices_only THEN t.last END)
       FROM (SELECT coalesce(c.canon, s.subject) AS owner, min(s.first_end) AS first, max(s.last_end) AS last, bool_and(m.name = 'price') AS prices_only
               FROM pg_temp.staging_series s JOIN store.metric m ON m.id = s.metric LEFT JOIN store.entity_canon c ON c.entity = s.subject
              WHERE m.id IN (SELECT * FROM load.market_metrics())
              GROUP BY 1) t
      WHERE t.owner IN (SELECT q.owner FROM api.priced(NULL) q);
END $$;

-- All of it: after the functions that make the rows have changed.
CREATE FUNCTION load.refresh_all_market() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE store.market_value;
    INSERT INTO store.market_value SELECT v.* FROM api.priced(NULL) q CROSS JOIN LATERAL api.market_values(NULL, NULL, q.owner, NULL, NULL) v;
END $$;
