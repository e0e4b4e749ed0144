-- The written rule: which of several claims about one fact is shown, and whether they exclude each other. Here once:
-- store.fact is made by it when claims arrive (load.refresh_facts), questions of the past ask it directly.
--
-- A fact is a series and a period. Its claims are of one kind or another: what a judgement deprecates is only shown when nothing
-- else is left; what was foreseen (forecast, guidance) only until something was reported. Only claims of one kind are compared
-- and counted. Among them the one comes first that
--   j  a judgement prefers
--   s  says a figure, or that there is none; "undisclosed" and "no longer listed" only beat silence
--   t  comes from the higher tier
--   p  is more precise: a figure before an approximate one, that before a bound or range; then the finer rounding
--   a  was asserted later
--   x  was taken in later (loads about one subject follow each other, load.lock_subjects)
-- Prices that splits, or splits and dividends, are taken off (dimension basis: split, total_return) are told on the basis of the day they are
-- said: two that were said on different days are two vintages of one table, no rivals. Only those of the last day are compared and
-- counted, and where there were earlier ones the letter is v. What was paid (unadjusted) is compared as all else is.
-- The letter says what decided; o: there was no other claim of its kind; d: nothing but deprecated claims is left. Such a fact
-- is contested whatever its claims say: it counts as disputed.

-- All of it but the last step as one number, smallest first: the kind, then one field of bits for each letter above.
CREATE FUNCTION api.rank_key(verdict text, state "char", nature "char", tier smallint, comparator "char", decimals smallint, asserted_on date)
RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (CASE verdict WHEN 'deprecated' THEN 9::bigint WHEN 'preferred' THEN 0 ELSE 1 END
            + CASE WHEN nature IN ('f', 'g') THEN 4 ELSE 0 END << 59)
         | (CASE WHEN state IN ('u', 'e') THEN 1::bigint ELSE 0 END << 58)
         | (tier::bigint << 50)
         | (CASE comparator WHEN '=' THEN 0::bigint WHEN '~' THEN 1 ELSE 2 END << 48)
         | (coalesce(32767 - decimals, 0)::bigint << 32)
         | (date '2500-01-01' - asserted_on)
$$;
-- The same two bits by themselves. 0: what was, 1: what is foreseen; 2 and 3: the same, deprecated.
CREATE FUNCTION api.rank_kind(verdict text, nature "char") RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE verdict WHEN 'deprecated' THEN 2 ELSE 0 END + CASE WHEN nature IN ('f', 'g') THEN 1 ELSE 0 END
$$;

-- The letter, from the keys of the claim shown and the next one of its kind (NULL: none).
CREATE FUNCTION api.rank_letter(key bigint, next bigint)
RETURNS "char" LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN next IS NULL THEN 'o'
                WHEN key = next THEN 'x'
                WHEN key # next < 1::bigint << 32 THEN 'a'
                WHEN key # next < 1::bigint << 50 THEN 'p'
                WHEN key # next < 1::bigint << 58 THEN 't'
                WHEN key # next < 1::bigint << 59 THEN 's'
                ELSE 'j' END::"char"
$$;

-- Half the width of the interval a rounded figure stands for: 5 at the first digit that is not known; twice that for ~.
-- power() keeps 16 digits behind the point; a quotient keeps what counts.
CREATE FUNCTION api.half_width(comparator "char", decimals smallint)
RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN decimals IS NULL THEN 0 ELSE CASE WHEN decimals > 16 THEN 1 / power(10::numeric, decimals) ELSE power(10::numeric, -decimals) END
                * CASE comparator WHEN '~' THEN 1 ELSE 0.5 END END
$$;

-- The closed interval a claim allows. Bounds are taken as said, with their end: "over 100" and "100" do not exclude each
-- other. "There is none" is zero; "undisclosed" and "no longer listed" allow everything (NULL).
CREATE FUNCTION api.claim_low(value numeric, comparator "char", state "char", decimals smallint)
RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN state = 'n' THEN 0 WHEN state IN ('u', 'e') THEN NULL
                WHEN comparator IN ('<', 'l') THEN '-infinity' WHEN comparator IN ('>', 'g') THEN value
                ELSE value - api.half_width(comparator, decimals) END
$$;
CREATE FUNCTION api.claim_high(value numeric, value_high numeric, comparator "char", state "char", decimals smallint)
RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN state = 'n' THEN 0 WHEN state IN ('u', 'e') THEN NULL
                WHEN comparator IN ('>', 'g') THEN 'infinity' WHEN comparator IN ('<', 'l') THEN value
                ELSE coalesce(value_high, value) + api.half_width(comparator, decimals) END
$$;

-- Are figures with these dimensions, those of this series, told on the basis of the day they are said?
CREATE FUNCTION api.told_by_day(dims jsonb) RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT dims ->> 'basis' IN ('split', 'total_return')
$$;
CREATE FUNCTION api.told_by_day(series int) RETURNS bool LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT EXISTS (SELECT FROM store.series r WHERE r.id = series AND r.dims ->> 'basis' IN ('split', 'total_return'))
$$;

-- Series of entities that read as another at a number of the store, and the series that their claims count for.
CREATE FUNCTION api.series_canon(snapshot bigint) RETURNS TABLE (series int, subject int, canon int, canon_subject int)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10 AS $$
#variable_conflict use_column
BEGIN
    IF EXISTS (SELECT FROM store.entity_merge) THEN
        RETURN QUERY SELECT s.id, s.subject, t.id, t.subject
                       FROM api.canon(snapshot) c
                       JOIN store.series s ON s.subject = c.entity
                       JOIN store.series t ON (t.subject, t.metric, t.unit, t.period_kind, t.dims) = (c.canon, s.metric, s.unit, s.period_kind, s.dims);
    END IF;
END $$;
-- The same, today's kept ready.
CREATE FUNCTION api.merged_series(snapshot bigint) RETURNS TABLE (series int, subject int, canon int, canon_subject int)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10 AS $$
    SELECT c.series, c.subject, c.canon, c.canon_subject FROM store.series_canon c WHERE snapshot IS NULL
    UNION ALL
    SELECT c.series, c.subject, c.canon, c.canon_subject FROM api.series_canon(snapshot) c WHERE snapshot IS NOT NULL
$$;

-- The rule at work: one text for the two functions below. {claims} is where claims come from, {narrow} which of them; the claims of
-- merged entities come from {merged}, narrowed by {merged_narrow}, and count as those of the entity they read as.
CREATE PROCEDURE api.define_facts(head text, claims text, narrow text, merged text, merged_narrow text) LANGUAGE plpgsql AS $define$
DECLARE
    claim text := $$
        SELECT o.id, {subject} AS subject, {series} AS series, o.period_start, o.period_end, o.asserted_on, o.source, o.decimals, o.prec, o.comparator, o.state,
               o.nature, o.value, o.value_high,
               api.rank_key(v.verdict, o.state, o.nature, o.tier, o.comparator, o.decimals, o.asserted_on) AS key, api.rank_kind(v.verdict, o.nature) AS kind,
               CASE WHEN api.told_by_day(o.series) THEN o.asserted_on END AS vintage
          FROM {claims}
          LEFT JOIN store.tx b ON b.batch = o.batch LEFT JOIN store.tx e ON e.batch = o.batch_to
          LEFT JOIN verdict v ON v.claim = o.id
         WHERE {narrow}
           AND (as_of IS NULL OR o.asserted_on <= as_of)
           AND CASE WHEN snapshot IS NULL THEN o.batch_to IS NULL
                    ELSE b.tx <= snapshot AND (e.tx IS NULL OR e.tx > snapshot) END
$$;
    body text := $$
    WITH verdict AS NOT MATERIALIZED (
        SELECT j.claim, j.verdict
          FROM store.judgement j LEFT JOIN store.tx b ON b.batch = j.batch LEFT JOIN store.tx e ON e.batch = j.batch_to
         WHERE j.shape = 'o' AND CASE WHEN snapshot IS NULL THEN j.batch_to IS NULL
                                      ELSE b.tx <= snapshot AND (e.tx IS NULL OR e.tx > snapshot) END
    ), claim AS ({own} UNION ALL {merged}
    ), ranked AS (
        SELECT *, row_number() OVER w AS place, lead(key) OVER w AS next, count(*) OVER w AS claims,
               min(value) OVER w AS low, max(coalesce(value_high, value)) OVER w AS high,
               bool_or(comparator <> '=' OR state = 'n') OVER w AS wide
          FROM claim
        WINDOW w AS (PARTITION BY subject, series, period_end, period_start, kind, vintage ORDER BY key, id DESC
                     ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ), weighed AS ( -- all pairs meet when the highest lower end is not above the lowest upper end
        SELECT *, max(CASE WHEN low <> high OR wide THEN api.claim_low(value, comparator, state, decimals) END) OVER w
                  > min(CASE WHEN low <> high OR wide THEN api.claim_high(value, value_high, comparator, state, decimals) END) OVER w
                  AS disputed
          FROM ranked
         WHERE place = 1 OR low <> high OR wide
        WINDOW w AS (PARTITION BY subject, series, period_end, period_start, kind, vintage ORDER BY key
                     ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    )
    SELECT DISTINCT ON (subject, series, period_end, period_start)
           subject, series, period_start, period_end, id, value, value_high, low, high, asserted_on, source, claims::int,
           coalesce(disputed, false) OR kind >= 2,
           CASE WHEN kind >= 2 THEN 'd'
                WHEN next IS NULL AND count(vintage) OVER (PARTITION BY subject, series, period_end, period_start, kind) > 1
                THEN CASE WHEN key >> 59 IN (0, 4) THEN 'j' ELSE 'v' END::"char"
                ELSE api.rank_letter(key, next) END, prec, comparator, state, nature, decimals
      FROM weighed
     WHERE place = 1
     ORDER BY subject, series, period_end, period_start, kind, key >> 59, vintage DESC, key
$$;
BEGIN
    body := replace(body, '{own}', replace(replace(replace(replace(claim, '{subject}', 'o.subject'), '{series}', 'o.series'), '{claims}', claims), '{narrow}',
        narrow || ' AND NOT EXISTS (SELECT FROM api.merged_series(snapshot) g WHERE g.series = o.series)'));
    body := replace(body, '{merged}', replace(replace(replace(replace(claim, '{subject}', 'g.canon_subject'), '{series}', 'g.canon'), '{claims}', merged),
        '{narrow}', merged_narrow));
    EXECUTE format('CREATE FUNCTION api.%s RETURNS SETOF store.fact LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000 AS %L', head, body);
END $define$;

-- Facts as the public could know them on a day and as the store knew them at a number; NULL: no limit. subjects and series_ids
-- only narrow the search (NULL: all); conditions of the caller on subject, series and period reach the index too. Where snapshot
-- is the constant NULL the planner drops the joins with store.tx.
CALL api.define_facts('facts_asof(as_of date, snapshot bigint, subjects int[] DEFAULT NULL, series_ids int[] DEFAULT NULL)',
    'store.observation o',
    '(subjects IS NULL OR o.subject = ANY (subjects)) AND (series_ids IS NULL OR o.series = ANY (series_ids))',
    'api.merged_series(snapshot) g JOIN store.observation o ON o.subject = g.subject AND o.series = g.series',
    '(subjects IS NULL OR g.canon_subject = ANY (subjects)) AND (series_ids IS NULL OR g.canon = ANY (series_ids))');

-- The facts of one series of the past. Not to be inlined: whoever asks about series after series plans this once, and the planner
-- expects more than the one row it would see in it otherwise.
CREATE FUNCTION api.series_facts(as_of date, snapshot bigint, subject int, series int) RETURNS SETOF store.fact LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100 COST 1000
    SET plan_cache_mode = force_generic_plan SET max_parallel_workers_per_gather = 0 AS $$
BEGIN
    IF snapshot IS NULL THEN
        RETURN QUERY SELECT * FROM api.facts_asof(as_of, NULL) f WHERE f.series = series_facts.series AND f.subject = series_facts.subject;
    ELSE
        RETURN QUERY SELECT * FROM api.facts_asof(as_of, snapshot) f WHERE f.series = series_facts.series AND f.subject = series_facts.subject;
    END IF;
END $$;

-- Single facts, named by arrays of one length.
CALL api.define_facts('facts_of(as_of date, snapshot bigint, subjects int[], series_ids int[], starts date[], ends date[])',
    'unnest(subjects, series_ids, starts, ends) f (subject, series, period_start, period_end)
          JOIN store.observation o ON o.subject = f.subject AND o.series = f.series AND o.period_end = f.period_end AND o.period_start = f.period_start',
    'true',
    'unnest(subjects, series_ids, starts, ends) f (subject, series, period_start, period_end) JOIN api.merged_series(snapshot) g ON g.canon = f.series
          JOIN store.observation o ON o.subject = g.subject AND o.series = g.series AND o.period_end = f.period_end AND o.period_start = f.period_start',
    'true');
