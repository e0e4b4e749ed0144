-- Keeps today's answers about deals and filings ready, for those that a batch touched.

-- store.entity_canon from store.entity_merge.
CREATE FUNCTION load.refresh_merges() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM store.entity_canon;
    INSERT INTO store.entity_canon SELECT * FROM api.canon(NULL);
END $$;

-- Rows of these deals (entities; merged ones may be named by either), made anew.
CREATE FUNCTION load.refresh_deals(touched int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    deals int[];
BEGIN
    SELECT array_agg(DISTINCT d.id) INTO deals FROM (
        SELECT t.id FROM unnest(touched) AS t(id)
        UNION SELECT c.canon FROM store.entity_canon c WHERE c.entity = ANY (touched)
        UNION SELECT o.entity FROM store.entity_canon c JOIN store.entity_canon o ON o.canon = c.canon WHERE c.entity = ANY (touched)
        UNION SELECT c.entity FROM store.entity_canon c WHERE c.canon = ANY (touched)) AS d;
    DELETE FROM store.deal WHERE deal = ANY (deals);
    INSERT INTO store.deal SELECT * FROM api.deal_rows(NULL, NULL, deals);
END $$;

CREATE FUNCTION load.refresh_filings(touched int[]) RETURNS void LANGUAGE plpgsql AS $$
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
    SELECT min(s.first_end), max(s.last_end) INTO first, last FROM pg_temp.staging_series s WHERE s.metric = 'fx_rate' AND s.id IS NOT NULL;
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
          UNION SELECT subject FROM pg_temp.staging_series
          UNION SELECT d.deal FROM load.deals_awaiting_rates() AS d (deal)) AS t
    JOIN store.entity e ON e.id = t.id AND e.kind IN ('deal', 'filing');
    IF deals IS NOT NULL THEN
        PERFORM load.refresh_deals(deals);
    END IF;
    IF filings IS NOT NULL THEN
        PERFORM load.refresh_filings(filings);
    END IF;
END $$;

-- All of it: after the functions that make the rows have changed.
CREATE FUNCTION load.refresh_all_today() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM load.refresh_merges();
    TRUNCATE store.deal, store.filing;
    INSERT INTO store.deal SELECT * FROM api.deal_rows(NULL, NULL, NULL);
    INSERT INTO store.filing SELECT * FROM api.filing_rows(NULL, NULL, NULL);
END $$;
