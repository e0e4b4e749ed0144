-- From resolved records to claims, facts and a number of the store.

-- Loads about one subject follow each other from here to their commit; loads about different ones run side by side (but for
-- those whose subjects share one of 64 stripes). In order, so that nobody waits in a circle.
CREATE FUNCTION load.lock_subjects() RETURNS void LANGUAGE plpgsql AS $$
DECLARE stripe int;
BEGIN
    FOR stripe IN SELECT DISTINCT subject & 63
                    FROM (SELECT unnest(ARRAY[s.subject, c.canon]) AS subject FROM pg_temp.staging_series s LEFT JOIN store.entity_canon c ON c.entity = s.subject
                           WHERE s.id IS NOT NULL
                          UNION SELECT r.id FROM pg_temp.staging_statement s JOIN pg_temp.staging_ref r ON r.ref = s.entity
                                 WHERE r.id IS NOT NULL) s
                   WHERE subject IS NOT NULL ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock(hashtext('aimarket subject'), stripe);
    END LOOP;
END $$;

-- What makes a statement the same: all of it but when it was asserted, where it stands and the words beside it.
CREATE FUNCTION load.add_statements(run_batch int, document int, first_row int, OUT added bigint, OUT known bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE total bigint;
BEGIN
    SELECT count(*) INTO total FROM pg_temp.staging_statement s WHERE NOT EXISTS (SELECT FROM pg_temp.staging_reject r WHERE r.at = s.at);
    INSERT INTO store.statement (id, subject, property, code, text, object, dims, period_start, period_end, tier, prec, nature,
                                 asserted_on, source, document, at, note, batch)
        SELECT (run_batch::bigint << 24) + first_row + row_number() OVER (ORDER BY n.at, n.property), n.*, run_batch
          FROM (SELECT DISTINCT ON (e.id, s.property, s.code, s.text, o.id, s.dims, s.start, s."end", s.prec, s.nature, c.id)
                       e.id AS subject, s.property, s.code, s.text, o.id AS object, load.dims(coalesce(s.dims, '')) AS dims, s.start, s."end",
                       c.tier, coalesce(s.prec, 'd')::"char" AS prec, coalesce(s.nature, 'r')::"char" AS nature,
                       s.asserted, c.id AS source, add_statements.document, s.at, w.id AS note
                  FROM pg_temp.staging_statement s
                  JOIN pg_temp.staging_ref e ON e.ref = s.entity JOIN pg_temp.staging_cite c ON c.ref = s.source
                  LEFT JOIN pg_temp.staging_ref o ON o.ref = s.object LEFT JOIN pg_temp.staging_note w ON w.text = s.note
                 WHERE NOT EXISTS (SELECT FROM pg_temp.staging_reject r WHERE r.at = s.at)
                 ORDER BY e.id, s.property, s.code, s.text, o.id, s.dims, s.start, s."end", s.prec, s.nature, c.id, s.at) n
         WHERE NOT EXISTS (SELECT FROM store.statement k
                            WHERE k.subject = n.subject AND k.property = n.property AND k.source = n.source
                              AND k.prec = n.prec AND k.nature = n.nature AND k.dims = n.dims
                              AND (k.code, k.text, k.object, k.period_start, k.period_end)
                                  IS NOT DISTINCT FROM (n.code, n.text, n.object, n.start, n."end") OFFSET 0);
    GET DIAGNOSTICS added = ROW_COUNT;
    known := total - added;
END $$;

-- Makes these facts, named by arrays of one length, what the rule says.
CREATE FUNCTION load.put_facts(subjects int[], series_ids int[], starts date[], ends date[]) RETURNS void LANGUAGE plpgsql
    -- one plan for many loads, so it must not be one for a partition that is empty yet
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
BEGIN
    INSERT INTO store.fact
        SELECT * FROM api.facts_of(NULL, NULL, subjects, series_ids, starts, ends)
        ON CONFLICT (series, period_end, period_start) DO UPDATE SET
            (claim, value, value_high, low, high, asserted_on, source, claims, disputed, rule, prec, comparator, state, nature, decimals) =
            (EXCLUDED.claim, EXCLUDED.value, EXCLUDED.value_high, EXCLUDED.low, EXCLUDED.high, EXCLUDED.asserted_on, EXCLUDED.source,
             EXCLUDED.claims, EXCLUDED.disputed, EXCLUDED.rule, EXCLUDED.prec, EXCLUDED.comparator, EXCLUDED.state, EXCLUDED.nature,
             EXCLUDED.decimals);
END $$;

-- The same for the facts this load came to and did not settle itself (feeds/load_rows.c).
CREATE FUNCTION load.refresh_facts() RETURNS void LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
DECLARE
    f record;
BEGIN
    IF EXISTS (SELECT FROM pg_temp.staging_series s JOIN store.entity_canon c ON c.entity = s.subject WHERE s.fresh) THEN
        RAISE EXCEPTION 'an entity was merged meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    SELECT array_agg(subject) AS subjects, array_agg(series) AS series_ids, array_agg(period_start) AS starts, array_agg(period_end) AS ends INTO f
      FROM (SELECT DISTINCT coalesce(g.canon_subject, t.subject) AS subject, coalesce(g.canon, t.series) AS series, t.period_start, t.period_end
              FROM pg_temp.staging_touched t LEFT JOIN store.series_canon g ON g.series = t.series ORDER BY 2, 4, 3) t;
    PERFORM load.put_facts(f.subjects, f.series_ids, f.starts, f.ends);
END $$;

-- The last act before commit: the store's next number, under a lock that is held from here on only. 0: nothing was added.
CREATE FUNCTION load.close_batch(run_batch int, tool text, why text, who text DEFAULT session_user) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE number bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('aimarket tx'));
    INSERT INTO store.tx (batch, tx, who, tool, why)
        SELECT run_batch, coalesce(max(t.tx), 0) + 1, close_batch.who, close_batch.tool, close_batch.why FROM store.tx t
        RETURNING store.tx.tx INTO number;
    RETURN number;
END $$;

-- Ends a load: statements, facts, the run's row, the number. The counts are of observations and what load.resolve added.
CREATE FUNCTION load.finish(run_batch int, run bigint, tool text, why text, first_row int, records bigint, observations_added bigint,
                            observations_known bigint, others_added bigint, rejects bigint,
                            OUT tx bigint, OUT added bigint, OUT known bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    run_document int;
    run_feed text;
BEGIN
    SELECT r.document, r.feed INTO STRICT run_document, run_feed FROM store.run r WHERE r.id = run;
    SELECT observations_added + s.added, observations_known + s.known INTO added, known
      FROM load.add_statements(run_batch, run_document, first_row) s;
    PERFORM load.refresh_facts();
    IF finish.added > 0 THEN
        PERFORM load.apply_rules_to_load(run_batch);
        PERFORM load.refresh_today();
    END IF;
    IF others_added > 0 THEN
        PERFORM load.propose_entities(run_batch);
        PERFORM load.match_deals(run_batch, run_feed);
    END IF;
    UPDATE store.run r SET state = 'loaded', ended_at = clock_timestamp(), batch = run_batch, records = finish.records,
           added = finish.added, known = finish.known, rejects = finish.rejects
     WHERE r.id = run;
    tx := CASE WHEN finish.added + others_added > 0 THEN load.close_batch(run_batch, tool, why) ELSE 0 END;
END $$;
