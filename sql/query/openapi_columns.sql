-- Columns of views and of functions that answer, with their types and what is said of them.
SELECT c.relname AS name, a.attname AS "column", format_type(a.atttypid, NULL) AS type, col_description(c.oid, a.attnum) AS comment, a.attnum::int AS place
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relnamespace = 'api'::regnamespace AND c.relkind = 'v' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT p.proname, o.name, format_type(o.type, NULL), NULL, o.place::int
  FROM pg_proc p CROSS JOIN LATERAL unnest(p.proargnames, p.proallargtypes, p.proargmodes) WITH ORDINALITY AS o (name, type, mode, place)
 WHERE p.pronamespace = 'api'::regnamespace AND p.proname IN ('claims_about', 'search') AND o.mode = 't'
ORDER BY 1, 5
