-- From resolved records to claims, facts and a number of the store.

-- Loads about one subject follow each other from here to their commit; loads about different ones run side by side. What this load
-- made itself is nobody else's yet.
CREATE FUNCTION load.lock_subjects(run_batch int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM load.lock_each('subject', ARRAY(
        SELECT s.id FROM (SELECT unnest(ARRAY[s.id, c.canon]) AS id
                            FROM pg_temp.staging_subject s LEFT JOIN store.entity_canon c ON c.entity = s.id
                           WHERE s.id IS NOT NULL
                          UNION SELECT r.id FROM pg_temp.staging_statement s JOIN pg_temp.staging_ref r ON r.ref = s.entity
                                 WHERE r.id IS NOT NULL) s
          JOIN store.entity e ON e.id = s.id AND e.batch <> run_batch));
END $$;

-- What makes a statement the same: all of it but when it was asserted, where it stands and the words beside it. Counted by document
-- of the load.
CREATE FUNCTION load.add_statements(run_batch int, first_row int) RETURNS TABLE (n int, added bigint, known bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH wanted AS MATERIALIZED (
        SELECT load.document_of(s.at) AS n, count(*) AS statements FROM pg_temp.staging_statement s
         WHERE NOT EXISTS (SELECT FROM pg_temp.staging_reject r WHERE r.at = s.at) GROUP BY 1
    ), fresh AS (
        SELECT DISTINCT ON (e.id, s.property, s.code, s.text, o.id, s.dims, s.start, s."end", s.prec, s.nature, c.id)
               e.id AS subject, s.property, s.code, s.text, o.id AS object, load.dims(coalesce(s.dims, '')) AS dims, s.start, s."end",
               c.tier, coalesce(s.prec, 'd')::"char" AS prec, coalesce(s.nature, 'r')::"char" AS nature,
               s.asserted, c.id AS source, d.document, s.at, w.id AS note
          FROM pg_temp.staging_statement s
          JOIN pg_temp.staging_document d ON d.n = load.document_of(s.at)
          JOIN pg_temp.staging_ref e ON e.ref = s.entity JOIN pg_temp.staging_cite c ON c.ref = s.source AND c.document = d.n
          LEFT JOIN pg_temp.staging_ref o ON o.ref = s.object LEFT JOIN pg_temp.staging_note w ON w.text = s.note
         WHERE NOT EXISTS (SELECT FROM pg_temp.staging_reject r WHERE r.at = s.at)
         ORDER BY e.id, s.property, s.code, s.text, o.id, s.dims, s.start, s."end", s.prec, s.nature, c.id, s.at
    ), new AS MATERIALIZED (
        SELECT (run_batch::bigint << 24) + first_row + row_number() OVER (ORDER BY f.at, f.property, f.code, f.text, f.object, f.start, f.dims) AS id, f.* FROM fresh f
         WHERE NOT EXISTS (SELECT FROM store.statement k
                            WHERE k.subject = f.subject AND k.property = f.property AND k.source = f.source
                              AND k.prec = f.prec AND k.nature = f.nature AND k.dims = f.dims
                              AND (k.code, k.text, k.object, k.period_start, k.period_end)
                                  IS NOT DISTINCT FROM (f.code, f.text, f.object, f.start, f."end") OFFSET 0)
    ), done AS (
        INSERT INTO store.statement (id, subject, property, code, text, object, dims, period_start, period_end, tier, prec, nature,
                                     asserted_on, source, document, at, note, batch)
            SELECT s.id, s.subject, s.property, s.code, s.text, s.object, s.dims, s.start, s."end", s.tier, s.prec, s.nature,
                   s.asserted, s.source, s.document, load.offset_of(s.at), s.note, run_batch FROM new s
    )
    SELECT w.n, coalesce(s.added, 0), w.statements - coalesce(s.added, 0)
      FROM wanted w LEFT JOIN (SELECT load.document_of(at) AS n, count(*) AS added FROM new GROUP BY 1) s ON s.n = w.n;
END $$;

-- Of figures that hold until further notice (a list of prices) a new one that says what its source said before says nothing: it is
-- closed by the load that brought it. One that says something else ends the one before by being there (api.observations).
CREATE FUNCTION load.close_repeated(run_batch int) RETURNS TABLE (document int, repeated bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM pg_temp.staging_series s WHERE s.last_end = 'infinity' AND NOT s.fresh) THEN
        RETURN;     -- most loads: nothing is planned for them
    END IF;
    RETURN QUERY WITH closed AS (
        UPDATE store.observation o SET batch_to = run_batch
          FROM (SELECT DISTINCT s.id, s.subject FROM pg_temp.staging_series s WHERE s.last_end = 'infinity' AND NOT s.fresh) t
         WHERE o.series = t.id AND o.subject = t.subject AND o.period_end = 'infinity' AND o.batch = run_batch AND o.batch_to IS NULL
           AND (SELECT (p.value, p.value_high, p.comparator, p.state) IS NOT DISTINCT FROM (o.value, o.value_high, o.comparator, o.state)
                  FROM store.observation p
                 WHERE p.series = o.series AND p.subject = o.subject AND p.period_end = 'infinity' AND p.source = o.source AND p.batch_to IS NULL
                   AND p.period_start < o.period_start
                 ORDER BY p.period_start DESC, p.id DESC LIMIT 1)
        RETURNING o.document
    )
    SELECT c.document, count(*) FROM closed c GROUP BY 1;
END $$;

-- What was told until further notice and a list that is complete does not name any more: on its day it was no longer listed, which is a
-- claim of its own, of no value (state e). Not by a list that was fetched before one that named it, nor by one with records that nobody
-- could read, which may have. Such a document is loaded alone. Returns how many there are.
CREATE FUNCTION load.end_unlisted(run_batch int, first_row int, rejects bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    list record;
    mark int;
    ended bigint;
BEGIN
    SELECT d.n, d.document, d.fetched AS day INTO list FROM pg_temp.staging_document d WHERE d.complete;
    IF NOT FOUND OR rejects > 0 THEN
        RETURN 0;
    END IF;
    INSERT INTO store.note (text) VALUES ('no longer listed') ON CONFLICT (md5(text)) DO NOTHING;
    SELECT w.id INTO mark FROM store.note w WHERE md5(w.text) = md5('no longer listed');
    WITH last AS (
        SELECT DISTINCT ON (o.series) o.series, o.subject, o.source, o.tier, o.state, o.period_start FROM store.observation o
         WHERE o.source IN (SELECT c.id FROM pg_temp.staging_cite c WHERE c.document = list.n) AND o.period_end = 'infinity' AND o.batch_to IS NULL
         ORDER BY o.series, o.period_start DESC, o.id DESC
    ), gone AS (
        INSERT INTO store.observation (id, subject, series, period_start, period_end, asserted_on, source, document, at, batch, note, tier, prec, comparator, state, nature)
            SELECT (run_batch::bigint << 24) + first_row + (SELECT count(*) FROM store.statement s WHERE s.batch = run_batch) + row_number() OVER (ORDER BY l.series),
                   l.subject, l.series, list.day, 'infinity', list.day, l.source, list.document, 0, run_batch, mark, l.tier, 'd', '=', 'e', 'r'
              FROM last l
             WHERE l.state <> 'e' AND l.period_start < list.day
               AND NOT EXISTS (SELECT FROM store.observation k WHERE k.series = l.series AND k.subject = l.subject AND k.source = l.source
                                  AND k.period_end = 'infinity' AND k.period_start >= list.day)
            RETURNING subject, series, period_start, period_end
    )
    INSERT INTO pg_temp.staging_touched (subject, series, period_start, period_end) SELECT * FROM gone;
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END $$;

-- Makes these facts, named by arrays of one length, what the rule says.
CREATE FUNCTION load.put_facts(subjects int[], series_ids int[], starts date[], ends date[]) RETURNS void LANGUAGE plpgsql
    -- one plan for many loads, so it must not be one for a partition that is empty yet
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
BEGIN
    IF subjects IS NULL THEN
        RETURN;     -- a load of new series settles their facts itself: nothing is planned for it
    END IF;
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
    IF EXISTS (SELECT FROM pg_temp.staging_subject s JOIN store.entity_canon c ON c.entity = s.id WHERE s.canon IS DISTINCT FROM c.canon) THEN
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

-- Ends a load: statements, facts, the runs' rows, the number. The counts are of the documents of the load, of observations; what
-- load.resolve added besides is others_added. Returns how each document's run went; tx is 0 for one that brought nothing. Entities,
-- sources and the like are not counted by document: a load of one alone is told of them.
CREATE FUNCTION load.finish(run_batch int, tool text, why text, first_row int, others_added bigint, records bigint[],
                            observations_added bigint[], observations_known bigint[], rejects bigint[])
RETURNS TABLE (n int, tx bigint, added bigint, known bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    claims bigint;
    last bigint;
    number bigint := 0;
BEGIN
    UPDATE store.run r SET state = 'loaded', ended_at = clock_timestamp(), batch = run_batch, records = finish.records[d.n + 1],
           added = observations_added[d.n + 1] + coalesce(s.added, 0), known = observations_known[d.n + 1] + coalesce(s.known, 0),
           rejects = finish.rejects[d.n + 1]
      FROM pg_temp.staging_document d LEFT JOIN load.add_statements(run_batch, first_row) s ON s.n = d.n WHERE r.id = d.run;
    UPDATE store.run r SET added = r.added - c.repeated, known = r.known + c.repeated
      FROM load.close_repeated(run_batch) c JOIN pg_temp.staging_document d ON d.document = c.document WHERE r.id = d.run;
    UPDATE store.run r SET added = r.added + load.end_unlisted(run_batch, first_row, finish.rejects[1])
      FROM pg_temp.staging_document d WHERE d.complete AND r.id = d.run;
    PERFORM load.refresh_facts();
    SELECT sum(r.added) INTO claims FROM pg_temp.staging_document d JOIN store.run r ON r.id = d.run;
    IF claims > 0 THEN
        PERFORM load.apply_rules_to_load(run_batch);
        PERFORM load.refresh_today();
    END IF;
    IF others_added > 0 THEN
        PERFORM load.propose_entities(run_batch);
        PERFORM load.match_deals(run_batch, d.feed) FROM pg_temp.staging_document d WHERE d.n = 0;
        PERFORM load.chain_offerings(run_batch);
    END IF;
    IF claims > 2048 THEN
        -- claims are numbered one behind the other: observations, statements, and what a complete list no longer names
        last := first_row + (SELECT count(*) FROM store.statement s WHERE s.batch = run_batch);
        IF EXISTS (SELECT FROM pg_temp.staging_document d WHERE d.complete) THEN
            last := api.last_claim(run_batch);
        END IF;
        INSERT INTO store.large_batch (batch, last) VALUES (run_batch, last);
    END IF;
    IF claims + others_added > 0 THEN
        number := load.close_batch(run_batch, tool, why);
    END IF;
    RETURN QUERY SELECT d.n, CASE WHEN r.added > 0 OR cardinality(finish.records) = 1 THEN number ELSE 0 END, r.added, r.known
                   FROM pg_temp.staging_document d JOIN store.run r ON r.id = d.run ORDER BY d.n;
END $$;

-- A load of nothing: makes the session's staging tables, compiles what it will call and lays out its plans. For a client that has
-- something to do meanwhile (feeds/ingest.c).
CREATE FUNCTION load.warm_up() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass('pg_temp.staging_document') IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM load.stage();
    PERFORM load.resolve(0);
    PERFORM load.finish(0, '', '', 0, 0, '{}', '{}', '{}', '{}');
    PERFORM load.apply_rules_to_load(0), load.apply_rules(0, '{}', '{}');
    PERFORM load.refresh_today();
    PERFORM load.propose_entities(0);
END $$;
