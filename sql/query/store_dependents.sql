-- What outside these schemas ($1: text[]) stands on something inside them, described for people.
WITH space AS (
    SELECT oid FROM pg_namespace WHERE nspname = ANY ($1::text[])
), mine AS (
    SELECT 'pg_class'::regclass AS class, c.oid FROM pg_class c JOIN space s ON s.oid = relnamespace
    UNION ALL SELECT 'pg_proc'::regclass, p.oid FROM pg_proc p JOIN space s ON s.oid = pronamespace
    UNION ALL SELECT 'pg_type'::regclass, t.oid FROM pg_type t JOIN space s ON s.oid = typnamespace
    UNION ALL SELECT 'pg_operator'::regclass, o.oid FROM pg_operator o JOIN space s ON s.oid = oprnamespace
), dependent AS (       -- rules, defaults, checks and triggers belong to a table or view: owner
    SELECT d.classid, d.objid, d.objsubid, coalesce(r.ev_class, a.adrelid, nullif(c.conrelid, 0), t.tgrelid) AS owner
    FROM mine m
    JOIN pg_depend d ON d.refclassid = m.class AND d.refobjid = m.oid AND d.deptype <> 'i'
    LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
    LEFT JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
    LEFT JOIN pg_constraint c ON d.classid = 'pg_constraint'::regclass AND c.oid = d.objid
    LEFT JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
)
SELECT DISTINCT pg_describe_object(classid, objid, objsubid)
FROM dependent d
WHERE NOT EXISTS (SELECT FROM mine m WHERE m.class = d.classid AND m.oid = d.objid)
  AND NOT EXISTS (SELECT FROM mine m WHERE m.class = 'pg_class'::regclass AND m.oid = d.owner)
ORDER BY 1
