-- Where the records of documents wait for their merge: temporary tables of the session, empty at every commit. The columns of a
-- record kind have the names and the order of its fields (feeds/record.c). at is where its group stands: the document's number in
-- this load above 32 bits, the byte offset in it below. What one document describes, those behind it may refer to.

CREATE FUNCTION load.document_of(at bigint) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (at >> 32)::int $$;
CREATE FUNCTION load.offset_of(at bigint) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (at & 4294967295)::int $$;
-- Behind all else of the document: what comes of the feed and not of its bytes.
CREATE FUNCTION load.end_of(document int) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (document::bigint << 32) + 4294967295 $$;

-- Plans of the load: made once a session, for tables of any size. The store is asked by its indexes however small it is yet,
-- and no hash table is laid out for the rows that an empty staging table might have.
CREATE FUNCTION load.plan_for_any_size() RETURNS void LANGUAGE sql AS $$
    SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
           set_config('enable_hashagg', 'off', true), set_config('jit', 'off', true)
$$;

-- Back to everyday plans, for what follows a load in its transaction.
CREATE FUNCTION load.plan_as_usual() RETURNS void LANGUAGE sql AS $$
    SELECT set_config('plan_cache_mode', 'auto', true), set_config('enable_seqscan', 'on', true), set_config('enable_hashagg', 'on', true)
$$;

CREATE FUNCTION load.stage() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM load.plan_for_any_size();
    IF to_regclass('pg_temp.staging_document') IS NOT NULL THEN
        RETURN;
    END IF;
    CREATE TEMP TABLE staging_document (n int, run bigint, document int, feed text, title text, publisher text, publisher_name text,
        tier text, asserted date, fetched date, complete bool,
        own_publisher text) -- made by load.resolve
        ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_entity (at bigint, ref text, kind text, name text, slug text) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_key (at bigint, entity text, scheme text, value text, "from" date, "to" date, source text)
        ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_source (at bigint, ref text, publisher text, publisher_name text, tier text, kind text, title text,
        address text, locator text, date date, entity text, origin text, lang text, quote text,
        -- made by load.resolve
        publisher_id int, id int, fresh bool) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_metric (at bigint, name text, taxonomy text, label text, definition text, kind text, unit_kind text,
        unit text, period_kind text, dims text, supersedes text) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_statement (at bigint, entity text, property text, code text, text text, object text, dims text,
        start date, "end" date, prec text, nature text, asserted date, source text, note text) ON COMMIT DELETE ROWS;

    CREATE TEMP TABLE staging_question (at bigint, form text, record text, venue text, ref text, kind text, question text, criteria text,
        url text, opens text, closes text, resolve_by text, spot text, options text, low text, high text, open_low text, open_high text,
        zero_point text, unit text, tags text, "by" text, by_kind text, made text, expires text, said text, why text, outcome text,
        known text) ON COMMIT DELETE ROWS;

    -- Observations never come here: only what they share, by its number in the load. A series is a subject and a measure (feeds/load_series.c
    -- numbers them); of a new filer all are new, and thousands of rows need not come here to be told so.
    CREATE TEMP TABLE staging_subject (n int, ref text,
        -- made by load.resolve; id NULL: rejected, rule and reason say why. fresh: made by this load. canon: what it reads as, if that is another
        id int, fresh bool, canon int, rule text, reason text) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_measure (n int, metric text, dims text, unit text, period_kind text) ON COMMIT DELETE ROWS;
    -- What measures come to. watched: more than facts rests on it (load.watched_metrics).
    CREATE TEMP TABLE staging_measured (n int, metric int, unit int, period_kind "char", dims jsonb, watched bool, rule text, reason text)
        ON COMMIT DELETE ROWS;
    -- Series that the store may have, by their numbers in the load: those of subjects that are not fresh.
    CREATE TEMP TABLE staging_asked (n int, subject int, measure int) ON COMMIT DELETE ROWS;
    -- Series that the end of the load looks at: those the store had, and the watched ones.
    CREATE TEMP TABLE staging_series (id int, subject int, metric int,
        first_end date, last_end date,  -- of its observations'' periods
        fresh bool) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_cite (n int, document int NOT NULL DEFAULT 0, ref text, id int, tier smallint, fresh bool) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_note (n int, text text, id int) ON COMMIT DELETE ROWS;
    -- Facts of older series that new observations came to.
    CREATE TEMP TABLE staging_touched (subject int, series int, period_start date, period_end date) ON COMMIT DELETE ROWS;
    -- Claims of this load with the period they have when it is rounded.
    CREATE TEMP TABLE staging_rounded (subject int, series int, period_start date, period_end date, claim bigint) ON COMMIT DELETE ROWS;

    -- What references come to; their keys, and whose the exclusive ones are.
    CREATE TEMP TABLE staging_ref (ref text, scheme text, norm text, at bigint, kind text, name text, name_norm text, slug text,
        id int, rule text, reason text) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_ident (at bigint, ref text, scheme text, value text, norm text, valid daterange, source text, own bool,
        exclusive bool, lasting bool, single bool, day date, told_from date, told_to date, entity int, held bool NOT NULL DEFAULT false) ON COMMIT DELETE ROWS;
    -- Who was seen with keys that pass; run: the first day of the run of sightings it belongs to.
    CREATE TEMP TABLE staging_seen (at bigint, ref text, scheme text, norm text, value text, bearer int, day date, told_from date, told_to date,
        source int, own bool, run date) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_new (id int, ref text, at bigint, kind text, name text, own_slug text, scheme text, value text, norm text,
        valid daterange, source text, wish text[], slug text) ON COMMIT DELETE ROWS;
    -- Groups that are not taken, and why.
    CREATE TEMP TABLE staging_reject (at bigint, rule text, reason text) ON COMMIT DELETE ROWS;
END $$;

-- Held by a rebuild from its first look to its last (95_rebuild.sql): writers are told, instead of being kept waiting for hours.
CREATE FUNCTION load.refuse_while_rebuilt() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock_shared(hashtext('aimarket rebuild')) THEN
        RAISE object_in_use USING MESSAGE = 'the store is being rebuilt and takes nothing in meanwhile', HINT = 'Try again when `aimarket rebuild` has ended.';
    END IF;
END $$;

-- The transaction remembers it, for what notes its doings (store.note_change).
CREATE FUNCTION load.open_batch() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    PERFORM load.refuse_while_rebuilt();
    RETURN set_config('aimarket.batch', nextval('store.batch_seq')::text, true)::int;
END $$;
