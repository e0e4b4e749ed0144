-- Parsing the archive again (aimarket rebuild): a fresh store is filled inside one transaction, in which the standing one is called
-- store_old, and takes its place at the commit. Nobody else sees anything of it before.
--
-- The ledger's transactions are gone through in their order, each under its own batch, number and time: those of documents by parsing
-- these again, all others (what people did; feeds that were not asked for) by carrying their rows over. So every claim, and every
-- --snapshot, has the number it had before as long as the parser says the same.

-- What becomes of each table. said: rows of batches, made anew or carried over; words: what the schema begins with, and rows without
-- a batch that claims lean on; today: kept ready, made anew; kept: as it stands. A table that is new to the schema needs a place here.
CREATE FUNCTION load.rebuild_tables() RETURNS TABLE (name name, part text) LANGUAGE sql STABLE AS $$
    SELECT c.relname,
           CASE WHEN c.relname IN ('version', 'code', 'document', 'document_part', 'document_dropped', 'feed', 'run', 'capture', 'reject', 'feed_state', 'address', 'host', 'change', 'container', 'api_token',
                                   'api_write', 'settle_watch') THEN 'kept'
                WHEN c.relname IN ('tier', 'entity_kind', 'key_scheme', 'unit_kind', 'unit', 'note', 'deal_type', 'deal_stage', 'deal_component', 'party_role',
                                   'metric_map', 'outcome_kind', 'score_rule', 'score_set') THEN 'words'
                WHEN c.relname IN ('fact', 'deal', 'deal_version', 'deal_touched', 'filing', 'entity_canon', 'series_canon', 'market_value', 'settle_look') THEN 'today'
                WHEN c.relname = 'metric_dimension' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'batch' AND NOT a.attisdropped) THEN 'said' END
      FROM pg_class c WHERE c.relnamespace = 'store'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
$$;

-- Those that are said, what others refer to before these.
CREATE FUNCTION load.rebuild_said() RETURNS TABLE (name name) LANGUAGE sql STABLE AS $$
    WITH RECURSIVE said AS (
        SELECT t.name, ('store.' || quote_ident(t.name))::regclass AS oid FROM load.rebuild_tables() t WHERE t.part = 'said'
    ), deep AS (
        SELECT s.name, s.oid, 0 AS depth FROM said s
        UNION
        SELECT s.name, s.oid, d.depth + 1 FROM deep d JOIN pg_constraint k ON k.confrelid = d.oid AND k.contype = 'f' AND k.conrelid <> d.oid JOIN said s ON s.oid = k.conrelid
    )
    SELECT d.name FROM deep d GROUP BY d.name ORDER BY max(d.depth), d.name <> 'tx', d.name
$$;

-- Columns that hold numbers of the store, by their names: the one table of what refers to what.
CREATE FUNCTION load.rebuild_columns() RETURNS TABLE (name name, col name, kind text, many bool) LANGUAGE sql STABLE AS $$
    SELECT t.name, a.attname, k.kind, a.atttypid IN ('int[]'::regtype, 'text[]'::regtype)
      FROM load.rebuild_tables() t
      JOIN pg_attribute a ON a.attrelid = ('store.' || quote_ident(t.name))::regclass AND a.attnum > 0 AND NOT a.attisdropped
      JOIN (VALUES ('subject', 'int', 'entity'), ('object', 'int', 'entity'), ('entity', 'int', 'entity'), ('entity_from', 'int', 'entity'),
                   ('entity_into', 'int', 'entity'), ('prediction', 'int', 'entity'), ('other', 'int', 'entity'), ('about', 'int[]', 'entity'),
                   ('publisher', 'int', 'publisher'), ('metric', 'int', 'metric'), ('supersedes', 'int', 'metric'),
                   ('source', 'int', 'source'), ('origin', 'int', 'source'), ('series', 'int', 'series'), ('review', 'int', 'review'),
                   ('claim', 'bigint', 'claim'), ('before_claim', 'bigint', 'claim'), ('input', 'bigint', 'claim'), ('claims', 'text[]', 'claim')) AS k (col, type, kind)
        ON k.col = a.attname AND k.type::regtype = a.atttypid
     WHERE t.part = 'said'
$$;

-- ---------------------------------------------------------------- setting out

-- feeds NULL: all; parsers: what each feed that there is a definition of is read by now ({feed: parser}); since NULL: from the beginning.
CREATE FUNCTION load.rebuild_begin(feeds text[], since date, parsers jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE t record;
BEGIN
    SELECT string_agg('store.' || r.name, ', ') AS names INTO t FROM load.rebuild_tables() r WHERE r.part IS NULL;
    IF t.names IS NOT NULL THEN
        RAISE EXCEPTION 'rebuild does not know what to do with %', t.names;
    END IF;
    SELECT string_agg(k.conname, ', ') AS names INTO t
      FROM pg_constraint k JOIN load.rebuild_tables() a ON k.conrelid = ('store.' || quote_ident(a.name))::regclass
      JOIN load.rebuild_tables() b ON k.confrelid = ('store.' || quote_ident(b.name))::regclass
     WHERE k.contype = 'f' AND (a.part = 'kept') <> (b.part = 'kept');
    IF t.names IS NOT NULL THEN
        RAISE EXCEPTION 'rebuild cannot part what % ties together', t.names;
    END IF;
    FOR t IN SELECT r.name FROM load.rebuild_tables() r WHERE r.part = 'words'
             UNION ALL (SELECT n FROM unnest(ARRAY['feed', 'document', 'container', 'run', 'capture']) WITH ORDINALITY AS w (n, place) ORDER BY place) LOOP
        EXECUTE format('INSERT INTO store.%1$I OVERRIDING SYSTEM VALUE SELECT * FROM store_old.%1$I ON CONFLICT DO NOTHING', t.name);
    END LOOP;
    PERFORM load.rebuild_numbers();
    ALTER TABLE store.tx DISABLE TRIGGER no_update;
    PERFORM load.rebuild_plan(feeds, since, parsers);
END $$;

-- New numbers begin where the old ones ended, so that what is carried over keeps its own.
CREATE FUNCTION load.rebuild_numbers() RETURNS void LANGUAGE plpgsql AS $$
DECLARE s name;
BEGIN
    FOR s IN SELECT relname FROM pg_class WHERE relnamespace = 'store'::regnamespace AND relkind = 'S' LOOP
        EXECUTE format('SELECT setval(%L, o.last_value, o.is_called) FROM store_old.%I o', format('store.%I', s), s);
    END LOOP;
END $$;

-- The steps, in order; documents of one batch are loaded together, as they were. how: parse; carry, the batch's rows as they stand; skip: a
-- later reading of the same bytes, which has nothing of its own to say any more. Documents that failed every time are tried once more, last.
CREATE FUNCTION load.rebuild_plan(feeds text[], since date, parsers jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE t name;
BEGIN
    CREATE TEMP TABLE rebuild_step ON COMMIT DROP AS
    WITH wanted AS (
        SELECT r.* FROM store_old.run r
         WHERE r.state IN ('loaded', 'failed') AND r.document IS NOT NULL AND parsers ? r.feed AND (feeds IS NULL OR r.feed = ANY (feeds))
           AND (since IS NULL OR r.started_at >= since) AND NOT EXISTS (SELECT FROM store_old.document_dropped x WHERE x.document = r.document)
    ), anew AS (        -- batches of which every document can be read
        SELECT r.batch FROM store_old.run r WHERE r.state = 'loaded' AND r.batch IN (SELECT w.batch FROM wanted w WHERE w.state = 'loaded')
         GROUP BY r.batch HAVING bool_and(r.document IS NOT NULL AND parsers ? r.feed)
    ), loaded AS (      -- one run for each document of a feed, the first; and of each day on which it came back (load.came_back)
        SELECT DISTINCT ON (r.feed, r.document, substring(r.parser FROM '@(.*)')) r.*, substring(r.parser FROM '@(.*)') AS back FROM store_old.run r JOIN anew USING (batch)
         WHERE r.state = 'loaded' AND NOT EXISTS (SELECT FROM store_old.document_dropped x WHERE x.document = r.document)
         ORDER BY r.feed, r.document, substring(r.parser FROM '@(.*)'), r.id
    ), failed AS (      -- and the last of one that never was
        SELECT DISTINCT ON (w.feed, w.document) w.* FROM wanted w
         WHERE w.state = 'failed' AND NOT EXISTS (SELECT FROM store_old.run r WHERE r.feed = w.feed AND r.document = w.document AND r.state = 'loaded')
         ORDER BY w.feed, w.document, w.id DESC
    ), step AS (
        SELECT t.tx, coalesce(t.batch, l.batch) AS batch, l.id AS run, l.feed, l.document, l.state, l.back,
               CASE WHEN l.id IS NOT NULL THEN 'parse' WHEN t.batch IN (TABLE anew) THEN 'skip' ELSE 'carry' END AS how
          FROM store_old.tx t FULL JOIN loaded l ON l.batch = t.batch
        UNION ALL
        SELECT NULL, NULL, f.id, f.feed, f.document, f.state, NULL, 'parse' FROM failed f
    )
    SELECT row_number() OVER (ORDER BY s.tx NULLS LAST, s.batch NULLS LAST, s.run) AS step, s.*, concat_ws('@', parsers ->> s.feed, s.back) AS parser,
           c.address, coalesce(s.back::date, c.at::date) AS fetched
      FROM step s LEFT JOIN LATERAL (SELECT c.address, c.at FROM store_old.capture c WHERE c.document = s.document AND c.feed = s.feed ORDER BY c.id LIMIT 1) c ON true;
    CREATE INDEX ON pg_temp.rebuild_step (step);
    CREATE INDEX ON pg_temp.rebuild_step (batch);
    CREATE TEMP TABLE rebuild_now (kind text, was bigint, now bigint NOT NULL, PRIMARY KEY (kind, was)) ON COMMIT DROP;
    CREATE TEMP TABLE rebuild_lost (claim bigint, what text, told text) ON COMMIT DROP;
    -- where rows to carry over are, so that no table is looked through in vain
    CREATE TEMP TABLE rebuild_has (name name, batch int, closes bool) ON COMMIT DROP;
    FOR t IN SELECT s.name FROM load.rebuild_said() s WHERE s.name <> 'metric_dimension' LOOP
        EXECUTE format('INSERT INTO pg_temp.rebuild_has SELECT DISTINCT %L::name, o.batch, false FROM store_old.%I o JOIN pg_temp.rebuild_step s ON s.batch = o.batch AND s.how = ''carry''', t, t);
        IF load.rebuild_closable(t) THEN
            EXECUTE format('INSERT INTO pg_temp.rebuild_has SELECT DISTINCT %L::name, o.batch_to, true FROM store_old.%I o JOIN pg_temp.rebuild_step s ON s.batch = o.batch_to AND s.how = ''carry''', t, t);
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION load.rebuild_closable(t name) RETURNS bool LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = ('store.' || quote_ident(t))::regclass AND a.attname = 'batch_to' AND NOT a.attisdropped)
$$;

-- ---------------------------------------------------------------- documents of one batch: steps first to last

-- Before they are parsed: their runs are open again, and the next batch is their old one.
CREATE FUNCTION load.rebuild_open(first bigint, last bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    tables text := (SELECT string_agg('pg_temp.' || quote_ident(c.relname), ', ') FROM pg_class c
                     WHERE c.relnamespace = pg_my_temp_schema() AND c.relkind = 'r' AND c.relname LIKE 'staging\_%');
    old_batch int := (SELECT max(s.batch) FROM pg_temp.rebuild_step s WHERE s.step BETWEEN first AND last);
BEGIN
    EXECUTE 'TRUNCATE ' || tables;      -- which a commit would have done
    -- a run that read the same bytes later with the parser of today changes places with this one
    UPDATE store.run r SET parser = o.parser, added = 0, known = r.records
      FROM pg_temp.rebuild_step s JOIN store_old.run o ON o.id = s.run
     WHERE s.step BETWEEN first AND last AND r.feed = s.feed AND r.document = s.document AND r.parser = s.parser AND r.state = 'loaded' AND r.id <> s.run;
    UPDATE store.run r SET state = 'running', parser = s.parser, error = NULL, ended_at = NULL, batch = NULL, records = 0, added = 0, known = 0, rejects = 0
      FROM pg_temp.rebuild_step s WHERE s.step BETWEEN first AND last AND r.id = s.run;
    PERFORM setval('store.batch_seq', coalesce(old_batch, (SELECT greatest(o.last_value, (SELECT max(t.batch) FROM store.tx t)) + 1 FROM store_old.batch_seq o)), false);
END $$;

-- After they were loaded: their transaction has its old number, time and author, and the tool they were read with now. One that adds
-- nothing any more keeps its number all the same.
CREATE FUNCTION load.rebuild_close(first bigint, last bigint, program text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    old store.tx;
BEGIN
    PERFORM load.plan_as_usual();
    UPDATE store.run r SET ended_at = o.ended_at FROM pg_temp.rebuild_step s JOIN store_old.run o ON o.id = s.run
     WHERE s.step BETWEEN first AND last AND r.id = s.run AND s.state = 'loaded';
    SELECT t.* INTO old FROM store_old.tx t WHERE t.batch = (SELECT s.batch FROM pg_temp.rebuild_step s WHERE s.step = first);
    IF FOUND THEN
        SELECT concat_ws(' ', program, CASE WHEN count(DISTINCT s.parser) = 1 THEN min(s.parser) END) INTO old.tool
          FROM pg_temp.rebuild_step s WHERE s.step BETWEEN first AND last;
        INSERT INTO store.tx VALUES (old.*) ON CONFLICT (batch) DO UPDATE SET tx = EXCLUDED.tx, at = EXCLUDED.at, who = EXCLUDED.who, why = EXCLUDED.why;
    END IF;
END $$;

-- One of them could not be read: what they once said is carried over after all, and their runs stay as they were.
CREATE FUNCTION load.rebuild_give_up(first bigint, last bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    old_batch int := (SELECT s.batch FROM pg_temp.rebuild_step s JOIN store_old.tx t ON t.batch = s.batch WHERE s.step = first);
    t name;
BEGIN
    PERFORM load.plan_as_usual();
    UPDATE store.run r SET (parser, state, error, ended_at, batch, records, added, known, rejects)
         = (SELECT o.parser, o.state, o.error, o.ended_at, o.batch, o.records, o.added, o.known, o.rejects FROM store_old.run o WHERE o.id = r.id)
      FROM pg_temp.rebuild_step s WHERE s.step BETWEEN first AND last AND r.feed = s.feed AND r.document = s.document;
    UPDATE pg_temp.rebuild_step s SET how = 'carry', run = NULL WHERE s.step BETWEEN first AND last;
    IF old_batch IS NOT NULL THEN
        FOR t IN SELECT r.name FROM load.rebuild_said() r WHERE r.name <> 'metric_dimension' LOOP
            INSERT INTO pg_temp.rebuild_has VALUES (t, old_batch, false);
            IF load.rebuild_closable(t) THEN
                INSERT INTO pg_temp.rebuild_has VALUES (t, old_batch, true);
            END IF;
        END LOOP;
        PERFORM load.rebuild_carry(ARRAY[old_batch]);
    END IF;
END $$;

-- Only its number stays.
CREATE FUNCTION load.rebuild_skip(this_step bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO store.tx SELECT t.* FROM store_old.tx t JOIN pg_temp.rebuild_step s ON s.batch = t.batch WHERE s.step = this_step;
END $$;

-- ---------------------------------------------------------------- rows that are carried over

-- The number that something has now, as an expression over a row o of store_old.
CREATE FUNCTION load.rebuild_term(col name, kind text, many bool) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN kind IS NULL THEN format('o.%I', col)
                WHEN many AND kind = 'claim' THEN format('ARRAY(SELECT left(x, 2) || coalesce((SELECT n.now FROM pg_temp.rebuild_now n WHERE n.kind = ''claim'' AND n.was = substr(x, 3)::bigint), substr(x, 3)::bigint)'
                                                         ' FROM unnest(o.%I) WITH ORDINALITY u (x, place) ORDER BY place)', col)
                WHEN many THEN format('ARRAY(SELECT coalesce((SELECT n.now FROM pg_temp.rebuild_now n WHERE n.kind = %L AND n.was = x), x) FROM unnest(o.%I) WITH ORDINALITY u (x, place) ORDER BY place)', kind, col)
                ELSE format('coalesce((SELECT n.now FROM pg_temp.rebuild_now n WHERE n.kind = %L AND n.was = o.%I), o.%I)', kind, col, col) END
$$;

-- Copies rows of a table of store_old that meet a condition. They are open, but for what is closed by one of these batches: what closes
-- them later comes in its turn.
CREATE FUNCTION load.rebuild_copy(t name, condition text, batches int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    columns text;
    terms text;
BEGIN
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
           string_agg(CASE a.attname WHEN 'batch_to' THEN format('CASE WHEN o.batch_to = ANY (%L::int[]) THEN o.batch_to END', batches) ELSE load.rebuild_term(a.attname, c.kind, c.many) END, ', ' ORDER BY a.attnum) INTO columns, terms
      FROM pg_attribute a LEFT JOIN load.rebuild_columns() c ON c.name = t AND c.col = a.attname
     WHERE a.attrelid = ('store.' || quote_ident(t))::regclass AND a.attnum > 0 AND NOT a.attisdropped;
    EXECUTE format('INSERT INTO store.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM store_old.%I o WHERE %s %s', t, columns, terms, t, condition,
        CASE WHEN t IN ('entity_key', 'metric_dimension') THEN 'ON CONFLICT DO NOTHING' ELSE '' END);
END $$;

-- Rows of these batches; of figures their numbers tell where they lie.
CREATE FUNCTION load.rebuild_rows(t name, column_name name, batches int[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT format('o.%I = ANY (%L::int[])', column_name, batches)
        || CASE WHEN t IN ('observation', 'statement') AND column_name = 'batch'
                THEN format(' AND o.id >= %s AND o.id < %s', (SELECT min(b)::bigint << 24 FROM unnest(batches) b), (SELECT (max(b)::bigint + 1) << 24 FROM unnest(batches) b)) ELSE '' END
$$;

-- What the rows of these batches refer to, by its old numbers: (kind, was).
CREATE FUNCTION load.rebuild_referred(batches int[]) RETURNS TABLE (kind text, was bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    c record;
    condition text;
BEGIN
    FOR c IN SELECT k.*, h.closes FROM load.rebuild_columns() k
              JOIN (SELECT DISTINCT name, closes FROM pg_temp.rebuild_has WHERE batch = ANY (batches)) h USING (name) LOOP
        condition := load.rebuild_rows(c.name, CASE WHEN c.closes THEN 'batch_to' ELSE 'batch' END, batches);
        IF c.many THEN
            RETURN QUERY EXECUTE format('SELECT DISTINCT %L, %s FROM store_old.%I o, unnest(o.%I) x WHERE %s', c.kind,
                                        CASE c.kind WHEN 'claim' THEN 'substr(x, 3)::bigint' ELSE 'x::bigint' END, c.name, c.col, condition);
        ELSE
            RETURN QUERY EXECUTE format('SELECT DISTINCT %L, o.%I::bigint FROM store_old.%I o WHERE %s AND o.%I IS NOT NULL', c.kind, c.col, c.name, condition, c.col);
        END IF;
    END LOOP;
    FOR c IN SELECT DISTINCT h.name FROM pg_temp.rebuild_has h WHERE h.batch = ANY (batches) AND h.closes AND h.name IN ('observation', 'statement') LOOP
        RETURN QUERY EXECUTE format('SELECT ''claim'', o.id FROM store_old.%I o WHERE o.batch_to = ANY (%L::int[])', c.name, batches);
    END LOOP;
    FOR c IN SELECT DISTINCT h.name FROM pg_temp.rebuild_has h JOIN load.rebuild_columns() k ON k.kind = h.name::text WHERE h.batch = ANY (batches) AND NOT h.closes LOOP
        RETURN QUERY EXECUTE format('SELECT %L, o.id::bigint FROM store_old.%I o WHERE o.batch = ANY (%L::int[])', c.name, c.name, batches);
    END LOOP;
END $$;

-- Gives each thing referred to the number it has now: that of what is known by the same key. Copies what is not there any more.
CREATE FUNCTION load.rebuild_match(batches int[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE IF NOT EXISTS rebuild_ref (kind text, was bigint) ON COMMIT DROP;
    DELETE FROM pg_temp.rebuild_ref;
    INSERT INTO pg_temp.rebuild_ref SELECT * FROM load.rebuild_referred(batches);
    -- what these stand on themselves
    INSERT INTO pg_temp.rebuild_ref
        SELECT x.kind, x.was FROM pg_temp.rebuild_ref r JOIN store_old.observation o ON r.kind = 'claim' AND o.id = r.was
         CROSS JOIN LATERAL (VALUES ('series', o.series), ('source', o.source)) AS x (kind, was)
        UNION SELECT x.kind, x.was FROM pg_temp.rebuild_ref r JOIN store_old.statement s ON r.kind = 'claim' AND s.id = r.was
         CROSS JOIN LATERAL (VALUES ('entity', s.subject), ('entity', s.object), ('source', s.source)) AS x (kind, was) WHERE x.was IS NOT NULL;
    INSERT INTO pg_temp.rebuild_ref SELECT 'source', s.origin FROM pg_temp.rebuild_ref r JOIN store_old.source s ON r.kind = 'source' AND s.id = r.was WHERE s.origin IS NOT NULL;
    INSERT INTO pg_temp.rebuild_ref
        SELECT x.kind, x.was FROM pg_temp.rebuild_ref r JOIN store_old.series s ON r.kind = 'series' AND s.id = r.was
         CROSS JOIN LATERAL (VALUES ('entity', s.subject), ('metric', s.metric)) AS x (kind, was)
        UNION SELECT x.kind, x.was FROM pg_temp.rebuild_ref r JOIN store_old.source s ON r.kind = 'source' AND s.id = r.was
         CROSS JOIN LATERAL (VALUES ('entity', s.entity), ('publisher', s.publisher)) AS x (kind, was) WHERE x.was IS NOT NULL
        UNION SELECT 'entity', x.was FROM pg_temp.rebuild_ref r JOIN store_old.review v ON r.kind = 'review' AND v.id = r.was
         CROSS JOIN LATERAL (VALUES (v.entity_from), (v.entity_into)) AS x (was);
    DELETE FROM pg_temp.rebuild_ref r USING pg_temp.rebuild_now n WHERE n.kind = r.kind AND n.was = r.was;

    PERFORM load.rebuild_match_one(batches, 'publisher', 'SELECT o.id, n.id FROM store_old.publisher o JOIN store.publisher n USING (slug)');
    PERFORM load.rebuild_match_one(batches, 'metric', 'SELECT o.id, n.id FROM store_old.metric o JOIN store.metric n USING (taxonomy, name)');
    PERFORM load.rebuild_match_one(batches, 'entity', $q$
        SELECT o.id, coalesce((SELECT n.id FROM store_old.entity_key k JOIN store.key_scheme s ON s.scheme = k.scheme AND s.exclusive
                                 JOIN store.entity_key w ON w.scheme = k.scheme AND w.norm = k.norm AND w.valid && k.valid AND w.batch_to IS NULL JOIN store.entity n ON n.id = w.entity AND n.kind = o.kind
                                WHERE k.entity = o.id AND k.batch_to IS NULL ORDER BY n.slug = o.slug DESC, s.single DESC, s.lasting DESC, k.batch, k.id LIMIT 1),
                              (SELECT n.id FROM store.entity n WHERE n.slug = o.slug AND n.kind = o.kind)) FROM store_old.entity o $q$);
    PERFORM load.rebuild_match_one(batches, 'source', format('SELECT o.id, n.id FROM store_old.source o JOIN store.source n ON n.publisher = %s AND n.ref = o.ref',
        load.rebuild_term('publisher', 'publisher', false)));
    PERFORM load.rebuild_match_one(batches, 'series', format('SELECT o.id, n.id FROM store_old.series o JOIN store.series n ON n.subject = %s AND n.metric = %s'
        ' AND n.unit = o.unit AND n.period_kind = o.period_kind AND n.dims = o.dims', load.rebuild_term('subject', 'entity', false), load.rebuild_term('metric', 'metric', false)));
    PERFORM load.rebuild_match_one(batches, 'review', format('SELECT o.id, n.id FROM store_old.review o JOIN store.review n'
        ' ON least(n.entity_from, n.entity_into) = least(%1$s, %2$s) AND greatest(n.entity_from, n.entity_into) = greatest(%1$s, %2$s)',
        load.rebuild_term('entity_from', 'entity', false), load.rebuild_term('entity_into', 'entity', false)));
    PERFORM load.rebuild_match_claims();
END $$;

-- query: (was, now) of a kind. Where nothing has the key, it is carried over with its number: in these batches anyhow, else because
-- people spoke of it.
CREATE FUNCTION load.rebuild_match_one(batches int[], kind_of text, query text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE missing bigint[];
BEGIN
    EXECUTE format('INSERT INTO pg_temp.rebuild_now SELECT DISTINCT %1$L, o.id, o.id FROM pg_temp.rebuild_ref r JOIN store_old.%1$I o ON o.id = r.was'
                   ' WHERE r.kind = %1$L AND EXISTS (SELECT FROM store.%1$I n WHERE n.id = o.id AND n.batch = o.batch) ON CONFLICT DO NOTHING', kind_of);
    EXECUTE format('INSERT INTO pg_temp.rebuild_now SELECT %1$L, q.was, q.now FROM (%2$s WHERE o.id IN (SELECT r.was FROM pg_temp.rebuild_ref r WHERE r.kind = %1$L)) AS q (was, now)'
                   ' WHERE q.now IS NOT NULL ON CONFLICT DO NOTHING', kind_of, query);
    EXECUTE format('INSERT INTO pg_temp.rebuild_now SELECT DISTINCT %1$L, o.id, o.id FROM pg_temp.rebuild_ref r JOIN store_old.%1$I o ON o.id = r.was'
                   ' WHERE r.kind = %1$L AND o.batch = ANY (%2$L::int[]) ON CONFLICT DO NOTHING', kind_of, batches);
    SELECT array_agg(DISTINCT r.was) INTO missing FROM pg_temp.rebuild_ref r
     WHERE r.kind = kind_of AND NOT EXISTS (SELECT FROM pg_temp.rebuild_now n WHERE n.kind = r.kind AND n.was = r.was);
    IF missing IS NULL THEN
        RETURN;
    END IF;
    PERFORM load.rebuild_copy(kind_of, format('o.id = ANY (%L::bigint[])', missing), '{}');
    IF kind_of = 'entity' THEN
        PERFORM load.rebuild_copy('entity_key', format('o.entity = ANY (%L::int[]) AND o.batch_to IS NULL', missing), '{}');
    ELSIF kind_of = 'metric' THEN
        PERFORM load.rebuild_copy('metric_dimension', format('o.metric = ANY (%L::int[])', missing), '{}');
    END IF;
    INSERT INTO pg_temp.rebuild_now SELECT kind_of, m, m FROM unnest(missing) m ON CONFLICT DO NOTHING;
END $$;

-- Claims are the same when they say the same, whichever document brought them. One that nobody makes any more has no match.
CREATE FUNCTION load.rebuild_match_claims() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pg_temp.rebuild_now SELECT DISTINCT 'claim', r.was, r.was FROM pg_temp.rebuild_ref r JOIN pg_temp.rebuild_step s ON s.batch = r.was >> 24 AND s.how = 'carry'
     WHERE r.kind = 'claim' ON CONFLICT DO NOTHING;
    EXECUTE format($q$
        INSERT INTO pg_temp.rebuild_now SELECT DISTINCT ON (o.id) 'claim', o.id, n.id
          FROM (SELECT DISTINCT was FROM pg_temp.rebuild_ref WHERE kind = 'claim') r JOIN store_old.observation o ON o.id = r.was
          JOIN store.observation n ON n.subject = %s AND n.series = %s AND n.source = %s AND n.period_start = o.period_start AND n.period_end = o.period_end
           AND n.state = o.state AND n.nature = o.nature AND n.comparator = o.comparator AND n.prec = o.prec
           AND (n.value, n.value_high, n.decimals) IS NOT DISTINCT FROM (o.value, o.value_high, o.decimals)
         ORDER BY o.id, n.id = o.id DESC, n.batch_to IS NULL DESC, n.id
        ON CONFLICT DO NOTHING $q$, load.rebuild_term('subject', 'entity', false), load.rebuild_term('series', 'series', false), load.rebuild_term('source', 'source', false));
    EXECUTE format($q$
        INSERT INTO pg_temp.rebuild_now SELECT DISTINCT ON (o.id) 'claim', o.id, n.id
          FROM (SELECT DISTINCT was FROM pg_temp.rebuild_ref WHERE kind = 'claim') r JOIN store_old.statement o ON o.id = r.was
          JOIN store.statement n ON n.subject = %s AND n.property = o.property AND n.source = %s AND n.prec = o.prec AND n.nature = o.nature AND n.dims = o.dims
           AND (n.code, n.text, n.object, n.period_start, n.period_end) IS NOT DISTINCT FROM (o.code, o.text, %s, o.period_start, o.period_end)
         ORDER BY o.id, n.id = o.id DESC, n.batch_to IS NULL DESC, n.id
        ON CONFLICT DO NOTHING $q$, load.rebuild_term('subject', 'entity', false), load.rebuild_term('source', 'source', false), load.rebuild_term('object', 'entity', false));
END $$;

-- Closes what these batches closed.
CREATE FUNCTION load.rebuild_closings(t name, batches int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE same text := CASE t
    WHEN 'observation' THEN 'n.id = ' || load.rebuild_term('id', 'claim', false) || ' AND n.subject = ' || load.rebuild_term('subject', 'entity', false)
    WHEN 'statement' THEN 'n.id = ' || load.rebuild_term('id', 'claim', false)
    WHEN 'entity_key' THEN format('n.entity = %s AND n.scheme = o.scheme AND n.norm = o.norm AND n.valid = o.valid', load.rebuild_term('entity', 'entity', false))
    WHEN 'entity_merge' THEN format('n.entity_from = %s AND n.entity_into = %s', load.rebuild_term('entity_from', 'entity', false), load.rebuild_term('entity_into', 'entity', false))
    WHEN 'judgement' THEN format('n.claim = %s AND n.verdict = o.verdict AND n.who = o.who', load.rebuild_term('claim', 'claim', false))
    ELSE 'n.id = o.id' END;
BEGIN
    EXECUTE format('UPDATE store.%1$I n SET batch_to = o.batch_to FROM store_old.%1$I o WHERE o.batch_to = ANY (%2$L::int[]) AND n.batch_to IS NULL AND %3$s', t, batches, same);
END $$;

-- Today's answers for what the rows of these batches are about.
CREATE FUNCTION load.rebuild_refresh(batches int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    touched int[];
BEGIN
    PERFORM set_config('aimarket.batch', '', true);     -- what became of facts then is carried over, too
    IF EXISTS (SELECT FROM pg_temp.rebuild_has h WHERE h.name = 'entity_merge' AND h.batch = ANY (batches)) THEN
        PERFORM load.refresh_merges();
    END IF;
    SELECT array_agg(DISTINCT x.id) INTO touched
      FROM load.rebuild_referred(batches) r JOIN pg_temp.rebuild_now n ON n.kind = 'entity' AND n.was = r.was
      LEFT JOIN store.entity_canon c ON c.entity = n.now
     CROSS JOIN LATERAL (VALUES (n.now), (c.canon)) AS x (id)
     WHERE r.kind = 'entity' AND x.id IS NOT NULL;
    IF touched IS NULL THEN
        RETURN;
    END IF;
    DELETE FROM store.fact f WHERE f.series IN (SELECT s.id FROM store.series s WHERE s.subject = ANY (touched));
    INSERT INTO store.fact SELECT * FROM api.facts_asof(NULL, NULL, touched, NULL);
    PERFORM load.refresh_about(touched);
END $$;

-- The batches' rows, as they stand.
CREATE FUNCTION load.rebuild_carry(batches int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t record;
    condition text;
BEGIN
    PERFORM load.rebuild_match(batches);
    FOR t IN SELECT DISTINCT h.name FROM pg_temp.rebuild_has h WHERE h.closes AND h.batch = ANY (batches) LOOP        -- first: what comes may take the place of what ends
        PERFORM load.rebuild_closings(t.name, batches);
    END LOOP;
    FOR t IN SELECT s.name FROM load.rebuild_said() WITH ORDINALITY AS s (name, place)
              WHERE EXISTS (SELECT FROM pg_temp.rebuild_has h WHERE h.name = s.name AND NOT h.closes AND h.batch = ANY (batches)) ORDER BY s.place LOOP
        condition := load.rebuild_rows(t.name, 'batch', batches);
        IF t.name IN ('judgement', 'derivation') THEN   -- what was said of a claim that nobody makes any more goes with it
            EXECUTE format('INSERT INTO pg_temp.rebuild_lost SELECT o.claim, %L, %s FROM store_old.%I o WHERE %s'
                           ' AND NOT EXISTS (SELECT FROM pg_temp.rebuild_now n WHERE n.kind = ''claim'' AND n.was = o.claim)',
                           t.name, CASE t.name WHEN 'judgement' THEN 'format(''%s judged it %s: %s'', o.who, o.verdict, o.why)' ELSE 'o.formula' END, t.name, condition);
            condition := condition || ' AND EXISTS (SELECT FROM pg_temp.rebuild_now n WHERE n.kind = ''claim'' AND n.was = o.claim)';
        END IF;
        IF EXISTS (SELECT FROM load.rebuild_columns() k WHERE k.kind = t.name::text) THEN      -- what another document has brought already
            condition := condition || format(' AND EXISTS (SELECT FROM pg_temp.rebuild_now n WHERE n.kind = %L AND n.was = o.id AND n.now = o.id)', t.name);
        END IF;
        PERFORM load.rebuild_copy(t.name, condition, batches);
        IF t.name = 'metric' THEN
            PERFORM load.rebuild_copy('metric_dimension', format('o.metric IN (SELECT m.id FROM store_old.metric m WHERE m.batch = ANY (%L::int[]))', batches), batches);
        END IF;
    END LOOP;
    PERFORM load.rebuild_refresh(batches);
END $$;

-- ---------------------------------------------------------------- taking its place

-- The last act: what is kept moves over. From here on readers wait. Views and functions are to be made anew afterwards.
CREATE FUNCTION load.rebuild_end() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kept name[] := ARRAY(SELECT t.name FROM load.rebuild_tables() t WHERE t.part = 'kept' ORDER BY 1);
    t name;
    g record;
BEGIN
    ALTER TABLE store.tx ENABLE TRIGGER no_update;
    PERFORM load.touch_all_deals();
    ALTER TABLE store_old.reject DISABLE TRIGGER no_delete;
    DELETE FROM store_old.reject x USING pg_temp.rebuild_step s WHERE x.run = s.run;
    ALTER TABLE store_old.reject ENABLE TRIGGER no_delete;
    INSERT INTO store_old.reject (run, locator, rule, reason, raw) SELECT run, locator, rule, reason, raw FROM store.reject ORDER BY id;
    UPDATE store_old.run o SET (parser, state, error, ended_at, batch, records, added, known, rejects)
         = (r.parser, r.state, r.error, r.ended_at, r.batch, r.records, r.added, r.known, r.rejects)
      FROM store.run r WHERE o.id = r.id AND (r.parser, r.state, r.added, r.known, r.rejects, r.records) IS DISTINCT FROM (o.parser, o.state, o.added, o.known, o.rejects, o.records);
    PERFORM setval('store.batch_seq', greatest(o.last_value, (SELECT max(x.batch) FROM store.tx x))) FROM store_old.batch_seq o;
    PERFORM setval('store.worker_seq', o.last_value, o.is_called) FROM store_old.worker_seq o;
    FOREACH t IN ARRAY kept LOOP
        EXECUTE format('DROP TABLE store.%I CASCADE', t);
    END LOOP;
    FOREACH t IN ARRAY kept LOOP
        EXECUTE format('ALTER TABLE store_old.%I SET SCHEMA store', t);
    END LOOP;
    FOR g IN SELECT x.tgname, x.tgrelid::regclass AS on_table, replace(pg_get_triggerdef(x.oid), 'store_old.', 'store.') AS definition
               FROM pg_trigger x JOIN pg_proc f ON f.oid = x.tgfoid
              WHERE NOT x.tgisinternal AND x.tgrelid IN (SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'store'::regnamespace) AND f.pronamespace = 'store_old'::regnamespace LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', g.tgname, g.on_table);
        EXECUTE g.definition;
    END LOOP;
END $$;
