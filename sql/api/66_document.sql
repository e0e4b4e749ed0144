-- The document behind a reference: a claim's, or the one a hash names.
CREATE FUNCTION api.document_of(word text)
RETURNS TABLE (document int, sha256 text, bytes bigint, media text, first_seen timestamptz, captured_from text, feed text, byte int) LANGUAGE plpgsql STABLE AS $$
DECLARE
    found int;
    place int;
BEGIN
    IF word ~ '^o:[0-9]{1,18}$' THEN
        SELECT o.document, o.at INTO found, place FROM store.observation o WHERE o.id = substr(word, 3)::bigint;
    ELSIF word ~ '^s:[0-9]{1,18}$' THEN
        SELECT s.document, s.at INTO found, place FROM store.statement s WHERE s.id = substr(word, 3)::bigint;
    ELSIF (SELECT count(*) FROM api.reference(word) r WHERE r.what = 'document') = 1 THEN
        SELECT r.key::int INTO found FROM api.reference(word) r;
    END IF;
    IF found IS NULL THEN
        RAISE no_data_found USING MESSAGE = format('no document is behind "%s"', word),
            HINT = 'Name a claim (o:ID, s:ID), document:N, or at least eight digits of a SHA-256 that no other begins with.';
    END IF;
    RETURN QUERY
        SELECT d.id, encode(d.sha256, 'hex'), d.bytes, d.media, d.first_seen, c.address, c.feed, place
          FROM store.document d LEFT JOIN LATERAL (SELECT k.address, k.feed FROM store.capture k WHERE k.document = d.id ORDER BY k.id LIMIT 1) c ON true
         WHERE d.id = found;
END $$;
COMMENT ON FUNCTION api.document_of(text) IS 'The archived document a claim or a hash leads to; for a claim the byte at which its record begins';
