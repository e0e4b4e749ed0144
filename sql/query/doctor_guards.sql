-- What should guard the ledger and does not; what a rebuild has left.
SELECT 'broken', format('store.%s may be changed: its trigger %s is off', c.relname, t.tgname), format('ALTER TABLE store.%I ENABLE TRIGGER %I.', c.relname, t.tgname)
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE c.relnamespace = 'store'::regnamespace AND NOT t.tgisinternal AND t.tgenabled = 'D'
UNION ALL
SELECT 'broken', format('store.%s may be changed: it has no trigger that refuses to delete', c.relname), 'Restore the store from a backup into an empty one.'
  FROM unnest(ARRAY['tx', 'document', 'observation', 'statement', 'judgement', 'entity', 'entity_key', 'source', 'reject', 'prediction', 'forecast', 'resolution']) n
  JOIN pg_class c ON c.relnamespace = 'store'::regnamespace AND c.relname = n
 WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'no_delete')
UNION ALL
SELECT 'broken', format('index %s is not valid', i.indexrelid::regclass), format('REINDEX INDEX %s.', i.indexrelid::regclass)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'store'::regnamespace AND NOT i.indisvalid
UNION ALL
SELECT 'broken', format('transactions have a gap: %s, but the last is %s', count(*), max(tx)), 'Restore the store from a backup.'
  FROM store.tx HAVING max(tx) <> count(*)
UNION ALL
SELECT 'warning', 'what a rebuild replaced is still there, in schema store_old', 'The next `aimarket rebuild` removes it.'
 WHERE to_regnamespace('store_old') IS NOT NULL
