-- Runs: one try to take one document in. While it lasts its session holds a lock on feed, bytes and parser: nobody tries the
-- same twice at a time, and a run that says "running" without its lock is dead.

CREATE FUNCTION load.run_key(feed text, sha256 bytea, parser text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT hashtextextended(concat_ws(E'\n', feed, encode(sha256, 'hex'), parser), 0)
$$;

-- Waits for the lock. loaded: the run that took these bytes in already; then the lock is not kept.
CREATE FUNCTION load.enter(feed text, sha256 bytea, parser text, OUT document int, OUT loaded bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM pg_advisory_lock(load.run_key(feed, sha256, parser));
    SELECT d.id INTO document FROM store.document d WHERE d.sha256 = enter.sha256;
    SELECT r.id INTO loaded FROM store.run r
     WHERE r.feed = enter.feed AND r.document = enter.document AND r.parser = enter.parser AND r.state = 'loaded';
    IF loaded IS NOT NULL THEN
        PERFORM load.leave(feed, sha256, parser);
    END IF;
END $$;

CREATE FUNCTION load.leave(feed text, sha256 bytea, parser text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_unlock(load.run_key(feed, sha256, parser))
$$;

-- The document's row; fresh: it is new, its parts are to follow in the same transaction.
CREATE FUNCTION load.archive(sha256 bytea, bytes bigint, media text, coding text, OUT document int, OUT fresh bool) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO store.document (sha256, bytes, media, coding) VALUES (archive.sha256, archive.bytes, archive.media, archive.coding)
        ON CONFLICT (sha256) DO NOTHING RETURNING id INTO document;
    fresh := FOUND;
    IF NOT fresh THEN
        SELECT d.id INTO STRICT document FROM store.document d WHERE d.sha256 = archive.sha256;
    END IF;
END $$;

-- One row for each time an address gave something else than the time before; what was cut off by a crash is not written twice.
-- container: the archive it came in; fetched: the day it came, when that was not now.
CREATE FUNCTION load.capture(feed text, address text, http_status int, etag text, last_modified text, document int, container int,
                             fetched date DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO store.capture (feed, address, at, http_status, etag, last_modified, bytes, document, container)
        SELECT capture.feed, capture.address, coalesce(capture.fetched::timestamptz, clock_timestamp()), capture.http_status, capture.etag,
               capture.last_modified, d.bytes, d.id, capture.container
          FROM store.document d
         WHERE d.id = capture.document
           AND d.id IS DISTINCT FROM (SELECT c.document FROM store.capture c
                                       WHERE c.feed = capture.feed AND c.address = capture.address ORDER BY c.id DESC LIMIT 1)
$$;

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

-- Opens a run, after closing those of the feed that died.
CREATE FUNCTION load.begin_run(feed text, document int, parser text) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    run bigint;
BEGIN
    PERFORM load.close_dead(r.id, load.run_key(r.feed, d.sha256, r.parser))
       FROM store.run r JOIN store.document d ON d.id = r.document WHERE r.feed = begin_run.feed AND r.state = 'running';
    INSERT INTO store.run (feed, document, parser) VALUES (begin_run.feed, begin_run.document, begin_run.parser) RETURNING id INTO run;
    RETURN run;
END $$;

CREATE FUNCTION load.fail_run(run bigint, rejects bigint, error text) RETURNS void LANGUAGE sql AS $$
    UPDATE store.run r SET state = 'failed', ended_at = clock_timestamp(), rejects = fail_run.rejects, error = fail_run.error
     WHERE r.id = run AND r.state = 'running'
$$;
