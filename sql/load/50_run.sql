-- Runs: one try to take one document in. While it lasts its session holds a lock on feed, bytes and parser: nobody tries the
-- same twice at a time, and a run that says "running" without its lock is dead.

CREATE FUNCTION load.run_key(feed text, sha256 bytea, parser text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT hashtextextended(concat_ws(E'\n', feed, encode(sha256, 'hex'), parser), 0)
$$;

-- Takes the locks of several documents (n counts them from 1): waits for those that others have, or passes them over. entered: the
-- lock is ours. loaded: the run that took these bytes in already; then the lock is not kept.
CREATE FUNCTION load.enter(feeds text[], hashes bytea[], parsers text[], wait bool)
RETURNS TABLE (n int, document int, loaded bigint, entered bool) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE key bigint;
BEGIN
    PERFORM load.refuse_while_rebuilt();
    FOR n, key IN SELECT g.n, load.run_key(g.feed, g.sha256, g.parser)
                    FROM unnest(feeds, hashes, parsers) WITH ORDINALITY g (feed, sha256, parser, n) ORDER BY 2 LOOP
        IF wait THEN
            PERFORM pg_advisory_lock(key);
        END IF;
        entered := wait OR pg_try_advisory_lock(key);
        SELECT d.id INTO document FROM store.document d WHERE d.sha256 = hashes[n];
        SELECT r.id INTO loaded FROM store.run r
         WHERE r.feed = feeds[n] AND r.document = enter.document AND r.parser = parsers[n] AND r.state = 'loaded';
        IF loaded IS NOT NULL AND entered THEN
            PERFORM pg_advisory_unlock(key);
            entered := false;
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;

CREATE FUNCTION load.leave(feed text, sha256 bytea, parser text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_unlock(load.run_key(feed, sha256, parser))
$$;

CREATE FUNCTION load.leave(feeds text[], hashes bytea[], parsers text[]) RETURNS void LANGUAGE sql AS $$
    SELECT load.leave(g.feed, g.sha256, g.parser) FROM unnest(feeds, hashes, parsers) g (feed, sha256, parser)
$$;

-- The documents' rows; fresh: it is new, its parts are to follow in the same transaction.
CREATE FUNCTION load.archive(hashes bytea[], sizes bigint[], medias text[], coding text) RETURNS TABLE (n int, document int, fresh bool) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE made int[];
BEGIN
    WITH added AS (
        INSERT INTO store.document (sha256, bytes, media, coding)
            SELECT g.sha256, g.bytes, g.media, archive.coding FROM unnest(hashes, sizes, medias) g (sha256, bytes, media) ORDER BY g.sha256
            ON CONFLICT (sha256) DO NOTHING RETURNING id
    )
    SELECT coalesce(array_agg(id), '{}') INTO made FROM added;
    RETURN QUERY SELECT g.n::int, d.id, d.id = ANY (made)
                   FROM unnest(hashes) WITH ORDINALITY g (sha256, n) JOIN store.document d ON d.sha256 = g.sha256 ORDER BY 1;
END $$;

-- Closes a run whose session is gone, and with it the lock.
CREATE FUNCTION load.close_dead(run bigint, key bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_lock(key) THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_unlock(key);
    UPDATE store.run r SET state = 'failed', ended_at = clock_timestamp(), error = 'interrupted: its process or its connection ended'
     WHERE r.id = run AND r.state = 'running';
END $$;

-- Have these bytes come back: on a later day than when they came last, after others that the feed loaded meanwhile?
CREATE FUNCTION load.came_back(feed text, sha256 bytea, fetched date) RETURNS bool LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT EXISTS (SELECT FROM store.run r WHERE r.feed = came_back.feed AND r.state = 'loaded' AND r.document <> d.id
                          AND r.id > (SELECT max(m.id) FROM store.run m WHERE m.feed = came_back.feed AND m.document = d.id AND m.state = 'loaded'))
               AND fetched > (SELECT max(c.at)::date FROM store.capture c WHERE c.feed = came_back.feed AND c.document = d.id)
          FROM store.document d WHERE d.sha256 = came_back.sha256), false)
$$;

-- Opens the runs of several documents, after closing those of their feeds that died. A capture is written for each time an address
-- gave something else than the time before; what was cut off by a crash is not written twice. containers: the archives they came in;
-- days: when they came, if that was not now.
CREATE FUNCTION load.begin_runs(feeds text[], documents int[], parsers text[], addresses text[], statuses int[], etags text[], modifieds text[],
                                containers int[], days date[]) RETURNS TABLE (n int, run bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO store.capture (feed, address, at, http_status, etag, last_modified, bytes, document, container)
        SELECT g.feed, g.address, coalesce(g.day::timestamptz, clock_timestamp()), g.status, g.etag, g.modified, d.bytes, d.id, g.container
          FROM unnest(feeds, documents, addresses, statuses, etags, modifieds, containers, days)
               WITH ORDINALITY g (feed, document, address, status, etag, modified, container, day, n)
          JOIN store.document d ON d.id = g.document
         WHERE d.id IS DISTINCT FROM (SELECT c.document FROM store.capture c WHERE c.feed = g.feed AND c.address = g.address ORDER BY c.id DESC LIMIT 1)
         ORDER BY g.n;
    PERFORM load.close_dead(r.id, load.run_key(r.feed, d.sha256, r.parser))
       FROM store.run r JOIN store.document d ON d.id = r.document WHERE r.feed = ANY (feeds) AND r.state = 'running';
    RETURN QUERY
        WITH opened AS (
            INSERT INTO store.run (feed, document, parser)
                SELECT g.feed, g.document, g.parser FROM unnest(feeds, documents, parsers) WITH ORDINALITY g (feed, document, parser, n) ORDER BY g.n
                RETURNING id, feed, document, parser
        )
        SELECT g.n::int, o.id FROM opened o
          JOIN unnest(feeds, documents, parsers) WITH ORDINALITY g (feed, document, parser, n) USING (feed, document, parser);
END $$;

CREATE FUNCTION load.fail_run(run bigint, rejects bigint, error text) RETURNS void LANGUAGE sql AS $$
    UPDATE store.run r SET state = 'failed', ended_at = clock_timestamp(), rejects = fail_run.rejects, error = fail_run.error
     WHERE r.id = run AND r.state = 'running'
$$;
