-- What the store knows already of what this document may say: claims of its older series, from its older sources, about its periods,
-- or about such as come to these when they are rounded to the end of the nearest month.
COPY (
    SELECT o.series, o.source, o.period_start, o.period_end, o.decimals, o.prec, o.comparator, o.state, o.nature, o.value, o.value_high
    FROM (SELECT id, subject, min(first_end) AS first_end, max(last_end) AS last_end
          FROM pg_temp.staging_series WHERE NOT fresh GROUP BY id, subject) s
    -- OFFSET 0: one look into the index for each series, whatever the planner expects
    CROSS JOIN LATERAL (SELECT * FROM store.observation c
                        WHERE c.subject = s.subject AND c.series = s.id AND c.period_end BETWEEN s.first_end - 16 AND s.last_end + 16 OFFSET 0) o
    WHERE o.source IN (SELECT id FROM pg_temp.staging_cite WHERE NOT fresh)
) TO STDOUT (FORMAT binary)
