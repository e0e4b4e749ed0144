-- One row: the store as a whole, and estimates of how many rows each table has (partitions count for their table); for people, of the
-- tables they have words for.
SELECT current_setting('server_version') AS postgresql,
       current_database() AS database,
       pg_database_size(current_database()) AS bytes,
       jsonb_object_agg(t.name, t.n) AS rows,
       'about ' || string_agg(t.n || ' in ' || t.name, ', ' ORDER BY t.n DESC, t.name)
           FILTER (WHERE t.n > 0 AND t.name IN ('document', 'source', 'entity', 'observation', 'statement', 'fact')) AS tables
FROM (SELECT coalesce(p.relname, s.relname) AS name, sum(greatest(s.n_live_tup, c.reltuples::bigint)) AS n
      FROM pg_stat_user_tables s
      JOIN pg_class c ON c.oid = s.relid
      LEFT JOIN pg_inherits i ON i.inhrelid = s.relid
      LEFT JOIN pg_class p ON p.oid = i.inhparent
      WHERE s.schemaname = 'store' AND c.relkind = 'r'
      GROUP BY 1) t
