-- Money in US dollars, at the reference rates of the European Central Bank: units of a currency for one euro (fx_rate, base EUR).
--
-- The rate of a day is that of the day itself, else of the last day before on which both legs were set, up to five days back
-- (weekends, holidays). No such rate, no dollars: nothing is guessed. The native amount stays what it is.

-- What to multiply by, the day of the rates, and the claims they are. as_of, snapshot: what was known of them; NULL: now.
CREATE FUNCTION api.usd_rate(currency text, day date, as_of date, snapshot bigint, OUT factor numeric, OUT rate_day date, OUT inputs jsonb)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    IF currency IS NULL OR day IS NULL THEN
        RETURN;
    END IF;
    WITH series AS MATERIALIZED (
        SELECT r.id, r.subject, r.dims ->> 'quote' AS quote
          FROM store.metric m JOIN store.series r ON r.metric = m.id
         WHERE m.taxonomy = 'aimarket' AND m.name = 'fx_rate' AND r.dims ->> 'base' = 'EUR' AND r.dims ->> 'quote' IN ('USD', usd_rate.currency)
    ), told AS (
        SELECT f.* FROM store.fact f
         WHERE as_of IS NULL AND snapshot IS NULL AND f.series IN (SELECT id FROM series) AND f.period_end BETWEEN day - 5 AND day
        UNION ALL
        SELECT f.* FROM series s CROSS JOIN LATERAL (SELECT z.* FROM api.facts_asof(as_of, snapshot) z
                    WHERE z.series = s.id AND z.subject = s.subject AND z.period_end BETWEEN day - 5 AND day OFFSET 0) f
         WHERE as_of IS NOT NULL OR snapshot IS NOT NULL
    ), leg AS (
        SELECT DISTINCT ON (s.quote, f.period_end) s.quote, f.period_end AS on_day, f.value, f.claim
          FROM told f JOIN series s ON s.id = f.series WHERE f.value > 0 ORDER BY s.quote, f.period_end, f.claim DESC
    )
    SELECT CASE WHEN usd_rate.currency = 'EUR' THEN u.value ELSE u.value / c.value END, u.on_day,
           jsonb_build_array(jsonb_build_object('role', 'USD for 1 EUR', 'claim', 'o:' || u.claim))
           || CASE WHEN c.claim IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object('role', usd_rate.currency || ' for 1 EUR', 'claim', 'o:' || c.claim)) END
      INTO factor, rate_day, inputs
      FROM leg u LEFT JOIN leg c ON c.quote = usd_rate.currency AND c.on_day = u.on_day
     WHERE u.quote = 'USD' AND (usd_rate.currency = 'EUR' OR c.claim IS NOT NULL)
     ORDER BY u.on_day DESC LIMIT 1;
END $$;
COMMENT ON FUNCTION api.usd_rate(text, date, date, bigint) IS
    'US dollars for one unit of a currency on a day, by the euro reference rates of that day or the last before it, up to five days; NULL: no rate';

-- An amount in dollars: to the cent.
CREATE FUNCTION api.usd(amount numeric, currency text, day date, as_of date, snapshot bigint) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF amount IS NULL OR currency = 'USD' THEN
        RETURN amount;
    END IF;
    RETURN (SELECT trim_scale(round(amount * r.factor, 2)) FROM api.usd_rate(currency, day, as_of, snapshot) r);
END $$;
