-- Where a document's records wait for their merge: temporary tables of the session, empty at every commit. The columns of a
-- record kind have the names and the order of its fields (feeds/record.c); at is the byte offset of its group.

CREATE FUNCTION load.stage() RETURNS void LANGUAGE plpgsql AS $$
DECLARE loads int := coalesce(nullif(current_setting('aimarket.loads', true), ''), '0')::int;
BEGIN
    -- Plans are kept for the session, but the tables grow: made for an empty one they would scan it for ever. So all are made
    -- anew before the session's 2nd, 3rd, 5th, 9th … load.
    IF loads > 0 AND loads & (loads - 1) = 0 THEN
        DISCARD PLANS;
    END IF;
    PERFORM set_config('aimarket.loads', (loads + 1)::text, false);
    IF loads > 0 THEN
        RETURN;
    END IF;
    CREATE TEMP TABLE staging_entity (at int, ref text, kind text, name text, slug text) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_key (at int, entity text, scheme text, value text, "from" date, "to" date, source text)
        ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_source (at int, ref text, publisher text, publisher_name text, tier text, kind text, title text,
        address text, locator text, date date, entity text, origin text, lang text, quote text,
        -- made by load.resolve
        publisher_id int, id int, fresh bool) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_metric (at int, name text, taxonomy text, label text, definition text, kind text, unit_kind text,
        unit text, period_kind text, dims text, supersedes text) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_statement (at int, entity text, property text, code text, text text, object text, dims text,
        start date, "end" date, prec text, nature text, asserted date, source text, note text) ON COMMIT DELETE ROWS;

    -- Observations never come here: only what they share, by its number in the document. id NULL: rejected, rule and reason say why.
    CREATE TEMP TABLE staging_series (n int, entity text, metric text, dims text, unit text, period_kind text,
        first_end date, last_end date,  -- of its observations'' periods
        subject int, metric_id int, unit_id int, dims_object jsonb, id int, fresh bool, rule text, reason text) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_cite (n int, ref text, id int, tier smallint, fresh bool) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_note (n int, text text, id int) ON COMMIT DELETE ROWS;
    -- Facts of older series that new observations came to.
    CREATE TEMP TABLE staging_touched (subject int, series int, period_start date, period_end date) ON COMMIT DELETE ROWS;

    -- What references come to; their keys, and whose the exclusive ones are.
    CREATE TEMP TABLE staging_ref (ref text, scheme text, norm text, at int, kind text, name text, name_norm text, slug text,
        id int, rule text, reason text) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE staging_ident (at int, ref text, scheme text, value text, norm text, valid daterange, source text, own bool,
        exclusive bool, lasting bool, single bool, entity int) ON COMMIT DELETE ROWS;
    CREATE INDEX ON pg_temp.staging_ident (ref);
    CREATE TEMP TABLE staging_new (id int, ref text, at int, kind text, name text, own_slug text, scheme text, value text, norm text,
        valid daterange, source text, wish text[], slug text) ON COMMIT DELETE ROWS;
    -- Groups that are not taken, and why.
    CREATE TEMP TABLE staging_reject (at int, rule text, reason text) ON COMMIT DELETE ROWS;
END $$;

-- The transaction remembers it, for what notes its doings (store.note_change).
CREATE FUNCTION load.open_batch() RETURNS int LANGUAGE sql AS $$ SELECT set_config('aimarket.batch', nextval('store.batch_seq')::text, true)::int $$;
