-- Which of the series that were asked for the store has: by their numbers in the load.
SELECT a.n, o.id
FROM pg_temp.staging_asked a
JOIN pg_temp.staging_measured m ON m.n = a.measure
-- OFFSET 0: one look into the index for each, whatever the planner expects
CROSS JOIN LATERAL (SELECT s.id FROM store.series s
                    WHERE s.subject = a.subject AND s.metric = m.metric AND s.unit = m.unit AND s.period_kind = m.period_kind AND s.dims = m.dims
                    OFFSET 0) o
