-- What the archive need not keep: bytes older than a span from which nothing was claimed, because all they said was known, and which are
-- not the last that their address gave. What a claim cites stays, and what nobody could read yet.

CREATE FUNCTION load.prunable(keep interval) RETURNS TABLE (document int, sha256 text, bytes bigint) LANGUAGE sql STABLE AS $$
    SELECT d.id, encode(d.sha256, 'hex'), d.bytes
      FROM store.document d
     WHERE d.first_seen < now() - keep
       AND NOT EXISTS (SELECT FROM store.run r WHERE r.document = d.id AND (r.added > 0 OR r.state <> 'loaded'))
       AND EXISTS (SELECT FROM store.run r WHERE r.document = d.id)
       AND NOT EXISTS (SELECT FROM store.capture c WHERE c.document = d.id
                          AND NOT EXISTS (SELECT FROM store.capture n WHERE n.feed = c.feed AND n.address = c.address AND n.id > c.id AND n.document IS NOT NULL))
       AND NOT EXISTS (SELECT FROM store.resolution s WHERE encode(d.sha256, 'hex') = ANY (s.documents))
       AND NOT EXISTS (SELECT FROM store.document_dropped x WHERE x.document = d.id)
$$;

-- Drops them. Returns those whose bytes are not in the database: the caller's to remove from the folder.
CREATE FUNCTION load.prune(keep interval) RETURNS TABLE (document int, sha256 text, bytes bigint, in_folder bool) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM load.refuse_while_rebuilt();
    RETURN QUERY
        WITH old AS MATERIALIZED (SELECT * FROM load.prunable(keep)),
        noted AS (INSERT INTO store.document_dropped (document) SELECT o.document FROM old o ON CONFLICT DO NOTHING RETURNING document)
        SELECT o.document, o.sha256, o.bytes, NOT EXISTS (SELECT FROM store.document_part p WHERE p.document = o.document)
          FROM old o JOIN noted n ON n.document = o.document;
    DELETE FROM store.document_part p USING store.document_dropped d WHERE p.document = d.document;
END $$;
