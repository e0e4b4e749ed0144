), setting AS (
    SELECT m.metric, d ->> 'name' AS setting FROM api.metrics m CROSS JOIN jsonb_array_elements(m.dimensions) AS d WHERE d ->> 'role' = 'setting'
), way AS (
    SELECT {over} AS subject, 'definition' AS what, metric AS said FROM placed
    UNION ALL SELECT {over}, 'unit', unit FROM placed
    UNION ALL SELECT {over}, 'nature', coalesce(nullif(nature, ''), 'reported') FROM placed
    UNION ALL SELECT {over}, 'setting ' || s.setting, coalesce(p.dimensions ->> s.setting, 'not said') FROM placed p JOIN setting s ON s.metric = p.metric
)
SELECT subject, what, string_agg(DISTINCT said, ' against ' ORDER BY said) AS said FROM way
GROUP BY subject, what HAVING count(DISTINCT said) > 1 ORDER BY subject, what LIMIT 4
