-- Keeps today's answers about deals and filings ready, for those that a batch touched.

-- Series for the claims of merged entities to count for, where the entity they read as has none of that kind yet.
CREATE FUNCTION load.map_series(run_batch int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO store.series (id, subject, metric, unit, period_kind, dims, batch) OVERRIDING SYSTEM VALUE
        SELECT load.draw_series(1), m.*
          FROM (SELECT DISTINCT c.canon, s.metric, s.unit, s.period_kind, s.dims, run_batch
                  FROM store.entity_canon c JOIN store.series s ON s.subject = c.entity
                 WHERE NOT EXISTS (SELECT FROM store.series t
                                    WHERE (t.subject, t.metric, t.unit, t.period_kind, t.dims) = (c.canon, s.metric, s.unit, s.period_kind, s.dims))) m
        ON CONFLICT DO NOTHING;
    DELETE FROM store.series_canon;
    INSERT INTO store.series_canon SELECT * FROM api.series_canon(NULL);
END $$;

-- What follows from store.entity_merge: who reads as whom, which series count for which, and the facts of those that changed sides.
CREATE FUNCTION load.refresh_merges(run_batch int DEFAULT 0) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    before jsonb := (SELECT jsonb_object_agg(c.series, c.canon) FROM store.series_canon c);
    moved int[];
    now record;
BEGIN
    DELETE FROM store.entity_canon;
    INSERT INTO store.entity_canon SELECT * FROM api.canon(NULL);
    PERFORM load.map_series(run_batch);
    SELECT array_agg(DISTINCT m.id) INTO moved
      FROM jsonb_each_text(before) b FULL JOIN store.series_canon c ON c.series = b.key::int
     CROSS JOIN LATERAL (VALUES (b.key::int), (b.value::int), (c.series), (c.canon)) m (id)
     WHERE b.value::int IS DISTINCT FROM c.canon AND m.id IS NOT NULL;
    IF moved IS NOT NULL THEN
        SELECT array_agg(f.subject) AS subjects, array_agg(f.series) AS series_ids, array_agg(f.period_start) AS starts, array_agg(f.period_end) AS ends INTO now
          FROM api.facts_asof(NULL, NULL, ARRAY(SELECT DISTINCT s.subject FROM store.series s WHERE s.id = ANY (moved)), moved) f;
        PERFORM load.put_facts(now.subjects, now.series_ids, now.starts, now.ends);
        DELETE FROM store.fact f WHERE f.series = ANY (moved)
           AND NOT EXISTS (SELECT FROM unnest(now.series_ids, now.starts, now.ends) AS k (series, first, last)
                            WHERE (k.series, k.first, k.last) = (f.series, f.period_start, f.period_end));
    END IF;
END $$;

-- Days on which somebody said something about these deals, by what they read as today.
CREATE FUNCTION load.deal_days(deals int[]) RETURNS TABLE (deal int, day date) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT coalesce(c.canon, t.subject), t.asserted_on
      FROM (SELECT s.subject, s.asserted_on FROM store.statement s
             WHERE (deals IS NULL OR s.subject = ANY (deals)) AND s.property IN ('deal_type', 'party', 'stage', 'round', 'people') AND s.batch_to IS NULL
            UNION
            SELECT o.subject, o.asserted_on
              FROM store.series r JOIN store.metric m ON m.id = r.metric AND m.taxonomy = 'aimarket' AND m.name IN ('deal_amount', 'deal_people', 'deal_people_share')
              JOIN store.observation o ON o.subject = r.subject AND o.series = r.id AND o.batch_to IS NULL
             WHERE deals IS NULL OR r.subject = ANY (deals)) t
      LEFT JOIN store.entity_canon c ON c.entity = t.subject
$$;

-- The rows of earlier days: the last stretch is today's row, only those before it are worked out, day by day.
CREATE FUNCTION load.refresh_deal_versions(deals int[]) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    past record;
BEGIN
    DELETE FROM store.deal_version v WHERE deals IS NULL OR v.deal = ANY (deals);
    CREATE TEMP TABLE IF NOT EXISTS deal_span (deal int, known_from date, known_to date) ON COMMIT DELETE ROWS;
    TRUNCATE pg_temp.deal_span;
    INSERT INTO pg_temp.deal_span SELECT d.deal, d.day, coalesce(lead(d.day) OVER (PARTITION BY d.deal ORDER BY d.day), 'infinity') FROM load.deal_days(deals) d;
    INSERT INTO store.deal_version
        SELECT t.*, s.known_from, s.known_to FROM pg_temp.deal_span s JOIN store.deal t ON t.deal = s.deal WHERE s.known_to = 'infinity';
    FOR past IN SELECT s.known_from AS day, array_agg(s.deal) || array_agg(c.entity) FILTER (WHERE c.entity IS NOT NULL) AS known
                  FROM (SELECT d.*, (row_number() OVER (PARTITION BY d.known_from ORDER BY d.deal) - 1) / 50 AS part      -- some at a time, as below
                          FROM pg_temp.deal_span d WHERE d.known_to < 'infinity') s
                  LEFT JOIN store.entity_canon c ON c.canon = s.deal
                 GROUP BY s.known_from, s.part LOOP
        INSERT INTO store.deal_version
            SELECT r.*, s.known_from, s.known_to FROM api.deal_rows(past.day, NULL, past.known) r
              JOIN pg_temp.deal_span s ON s.deal = r.deal AND s.known_from = past.day;
    END LOOP;
END $$;

-- Rows of these deals (entities; merged ones may be named by either), made anew: some at a time, for what is joined in making them
-- grows with the square of their number. Those that are one stay together.
CREATE FUNCTION load.refresh_deals(touched int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    deals int[];
    handful int[];
    run_batch constant int := nullif(current_setting('aimarket.batch', true), '')::int;
BEGIN
    SELECT array_agg(DISTINCT d.id) INTO deals FROM (
        SELECT t.id FROM unnest(touched) AS t(id)
        UNION SELECT c.canon FROM store.entity_canon c WHERE c.entity = ANY (touched)
        UNION SELECT o.entity FROM store.entity_canon c JOIN store.entity_canon o ON o.canon = c.canon WHERE c.entity = ANY (touched)
        UNION SELECT c.entity FROM store.entity_canon c WHERE c.canon = ANY (touched)) AS d;
    DELETE FROM store.deal WHERE deal = ANY (deals);
    FOR handful IN SELECT array_agg(p.id)
                  FROM (SELECT d.id, (dense_rank() OVER (ORDER BY coalesce(c.canon, d.id)) - 1) / 50 AS part
                          FROM unnest(deals) AS d(id) LEFT JOIN store.entity_canon c ON c.entity = d.id) p
                 GROUP BY p.part LOOP
        INSERT INTO store.deal SELECT * FROM api.deal_rows(NULL, NULL, handful);
    END LOOP;
    PERFORM load.refresh_deal_versions(deals);
    IF run_batch IS NOT NULL THEN   -- made anew by a new rule, nothing has happened to them
        INSERT INTO store.deal_touched (deal, batch) SELECT e.id, run_batch FROM store.entity e WHERE e.id = ANY (deals) AND e.kind = 'deal'
            ON CONFLICT (deal) DO UPDATE SET batch = EXCLUDED.batch;
    END IF;
END $$;

-- After a rebuild nobody knows when deals were touched, but that it was no later than now.
CREATE FUNCTION load.touch_all_deals() RETURNS void LANGUAGE sql AS $$
    INSERT INTO store.deal_touched (deal, batch)
        SELECT e.id, t.batch FROM store.entity e CROSS JOIN (SELECT x.batch FROM store.tx x ORDER BY x.tx DESC LIMIT 1) t WHERE e.kind = 'deal'
        ON CONFLICT (deal) DO UPDATE SET batch = EXCLUDED.batch
$$;

CREATE FUNCTION load.refresh_filings(touched int[]) RETURNS void LANGUAGE plpgsql
    -- planned for these filings: one looks into an index, the thousands of an index of EDGAR are hashed
    SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    DELETE FROM store.filing WHERE filing = ANY (touched);
    INSERT INTO store.filing SELECT * FROM api.filing_rows(NULL, NULL, touched);
END $$;

-- Deals in another currency that exchange rates of this load may tell in dollars: announced on their days or up to five later.
CREATE FUNCTION load.deals_awaiting_rates() RETURNS SETOF int LANGUAGE plpgsql STABLE AS $$
DECLARE
    first date;
    last date;
BEGIN
    SELECT min(s.first_end), max(s.last_end) INTO first, last
      FROM pg_temp.staging_series s JOIN store.metric m ON m.id = s.metric WHERE m.taxonomy = 'aimarket' AND m.name = 'fx_rate';
    IF first IS NOT NULL THEN
        RETURN QUERY SELECT d.deal FROM store.deal d
                      WHERE d.announced_first BETWEEN first AND last + 5
                        AND (d.currency <> 'USD' AND d.amount IS NOT NULL OR d.valuation IS NOT NULL AND d.valuation_usd IS DISTINCT FROM d.valuation);
    END IF;
END $$;

-- Every deal and filing that a load spoke of. Called by load.finish once statements are merged and store.fact is refreshed.
CREATE FUNCTION load.refresh_today() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    deals int[];
    filings int[];
BEGIN
    SELECT array_agg(DISTINCT e.id) FILTER (WHERE e.kind = 'deal'), array_agg(e.id) FILTER (WHERE e.kind = 'filing') INTO deals, filings
    FROM (SELECT r.id FROM pg_temp.staging_statement s JOIN pg_temp.staging_ref r ON r.ref = s.entity
          UNION SELECT s.id FROM pg_temp.staging_subject s
          UNION SELECT d.deal FROM load.deals_awaiting_rates() AS d (deal)) AS t
    JOIN store.entity e ON e.id = t.id AND e.kind IN ('deal', 'filing');
    IF deals IS NOT NULL THEN
        PERFORM load.refresh_deals(deals);
    END IF;
    IF filings IS NOT NULL THEN
        PERFORM load.refresh_filings(filings);
    END IF;
    PERFORM load.refresh_market();
END $$;

-- All of it: after the functions that make the rows have changed.
CREATE FUNCTION load.refresh_all_today() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM load.refresh_merges();
    TRUNCATE store.deal, store.deal_version, store.filing;
    PERFORM load.refresh_deals(ARRAY(SELECT e.id FROM store.entity e WHERE e.kind = 'deal'));
    INSERT INTO store.filing SELECT * FROM api.filing_rows(NULL, NULL, NULL);
    PERFORM load.put_facts(array_agg(f.subject), array_agg(f.series), array_agg(f.period_start), array_agg(f.period_end))
       FROM store.fact f WHERE f.claims > 1 AND f.series IN (SELECT r.id FROM store.series r WHERE r.dims ->> 'basis' IN ('split', 'total_return'))
     HAVING count(*) > 0;
    PERFORM load.refresh_all_market();
END $$;
