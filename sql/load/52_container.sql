-- Archives: each member is a document with a run of its own (50_run.sql); the archive has a run over all of them. It is loaded
-- when every member is; until then the next try goes through all of them again, and what is known costs its hash.

-- Waits for whoever takes the same archive in. The run that took all of it in already; then the lock is not kept.
CREATE FUNCTION load.enter_container(feed text, sha256 bytea, parser text) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    loaded bigint;
BEGIN
    PERFORM pg_advisory_lock(load.run_key(feed, sha256, parser));
    SELECT r.id INTO loaded FROM store.run r JOIN store.container c ON c.id = r.container
     WHERE c.sha256 = enter_container.sha256 AND r.feed = enter_container.feed AND r.parser = enter_container.parser AND r.state = 'loaded';
    IF loaded IS NOT NULL THEN
        PERFORM load.leave(feed, sha256, parser);
    END IF;
    RETURN loaded;
END $$;

-- The archive's row, its capture, and its run, after closing those of the feed that died.
CREATE FUNCTION load.begin_container(feed text, sha256 bytea, parser text, bytes bigint, media text, address text, http_status int, etag text,
    last_modified text, OUT container int, OUT run bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO store.container (sha256, bytes, media) VALUES (begin_container.sha256, begin_container.bytes, begin_container.media)
        ON CONFLICT (sha256) DO NOTHING;
    SELECT c.id INTO STRICT container FROM store.container c WHERE c.sha256 = begin_container.sha256;
    INSERT INTO store.capture (feed, address, http_status, etag, last_modified, bytes, container)
        SELECT begin_container.feed, begin_container.address, begin_container.http_status, begin_container.etag, begin_container.last_modified,
               begin_container.bytes, begin_container.container
         WHERE begin_container.container IS DISTINCT FROM
               (SELECT c.container FROM store.capture c
                 WHERE c.feed = begin_container.feed AND c.address = begin_container.address ORDER BY c.id DESC LIMIT 1);
    PERFORM load.close_dead(r.id, load.run_key(r.feed, c.sha256, r.parser))
       FROM store.run r JOIN store.container c ON c.id = r.container WHERE r.feed = begin_container.feed AND r.state = 'running';
    INSERT INTO store.run (feed, container, parser) VALUES (begin_container.feed, begin_container.container, begin_container.parser)
        RETURNING id INTO run;
END $$;

CREATE FUNCTION load.end_container(run bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE store.run r SET state = 'loaded', ended_at = clock_timestamp() WHERE r.id = run AND r.state = 'running'
$$;
