-- A source whose periods came rounded (to the month: feeds/edgar_fsds.c), and then came with their days, has said one thing: the
-- exact claim stands, the rounded one is closed. In the other order the rounded one is not taken in (feeds/load_rows.c).

-- Claims that stand for one in staging_rounded. OFFSET 0: one look into the index for each, whatever the planner expects.
CREATE FUNCTION load.rounded_claims() RETURNS TABLE (id bigint, subject int, series int, period_start date, period_end date)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT m.id, m.subject, m.series, m.period_start, m.period_end
      FROM pg_temp.staging_rounded t
     CROSS JOIN LATERAL (SELECT * FROM store.observation c
                          WHERE c.subject = t.subject AND c.series = t.series AND c.period_end = t.period_end
                            AND c.period_start = t.period_start AND c.prec = 'm' AND c.batch_to IS NULL OFFSET 0) m
     CROSS JOIN LATERAL (SELECT * FROM store.observation c
                          WHERE c.subject = t.subject AND c.series = t.series AND c.id = t.claim
                            AND c.period_end BETWEEN t.period_end - 16 AND t.period_end + 16 OFFSET 0) d
     WHERE m.source = d.source AND (m.comparator, m.state, m.nature) = (d.comparator, d.state, d.nature)
       AND (m.value, m.value_high, m.decimals) IS NOT DISTINCT FROM (d.value, d.value_high, d.decimals);
END $$;

-- Facts that lose a claim are worked out again with the rest (load.refresh_facts).
CREATE FUNCTION load.close_rounded(run_batch int) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
DECLARE
    c record;
BEGIN
    FOR c IN SELECT DISTINCT r.* FROM load.rounded_claims() r ORDER BY r.series, r.period_end LOOP
        UPDATE store.observation o SET batch_to = run_batch
         WHERE o.subject = c.subject AND o.series = c.series AND o.period_end = c.period_end AND o.id = c.id;
        UPDATE store.judgement j SET batch_to = run_batch WHERE j.claim = c.id AND j.batch_to IS NULL;
        DELETE FROM store.fact f
         WHERE f.series = coalesce((SELECT g.canon FROM store.series_canon g WHERE g.series = c.series), c.series)
           AND f.period_start = c.period_start AND f.period_end = c.period_end;
        INSERT INTO pg_temp.staging_touched VALUES (c.subject, c.series, c.period_start, c.period_end);
    END LOOP;
END $$;
