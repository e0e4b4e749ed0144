-- What became of something that is not there under the name it was asked by: moved_to: the name it has now; gone: what happened.
CREATE FUNCTION api.trace(resource text, key text) RETURNS TABLE (moved_to text, gone text) LANGUAGE sql STABLE AS $$
    SELECT n.slug, NULL::text FROM store.entity e JOIN store.entity_canon c ON c.entity = e.id JOIN store.entity n ON n.id = c.canon
    WHERE e.slug = key AND resource IN ('entities', 'deals', 'funding', 'filings', 'predictions')
    UNION ALL
    SELECT NULL, 'was taken back' FROM store.observation o
    WHERE resource IN ('observations', 'revenue') AND key ~ '^o:[0-9]{1,18}$' AND o.id = substr(key, 3)::bigint AND o.batch_to IS NOT NULL
    LIMIT 1
$$;
COMMENT ON FUNCTION api.trace(text, text) IS 'Where something went that is not found any more: merged into another, or taken back';
