-- What the store tells already of the periods that this document speaks of, in series it had before.
COPY (
    SELECT f.series, f.period_start, f.period_end
    FROM (SELECT id, min(first_end) AS first_end, max(last_end) AS last_end FROM pg_temp.staging_series WHERE NOT fresh GROUP BY id) s
    -- OFFSET 0: one look into the index for each series, whatever the planner expects
    CROSS JOIN LATERAL (SELECT * FROM store.fact c WHERE c.series = s.id AND c.period_end BETWEEN s.first_end AND s.last_end OFFSET 0) f
) TO STDOUT (FORMAT binary)
