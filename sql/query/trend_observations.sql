SELECT coalesce({split}::text, '') AS part, CASE m.kind WHEN 'price' THEN t.period_start ELSE t.period_end END AS day,
        m.kind = 'flow' OR api.bucket_fits(t.period_precision, {by}) AS fits, t.claim || ':' || t.series AS key, t.entity_id AS entity, t.entity AS name,
        t.metric, t.dimensions,
        CASE WHEN m.kind = 'flow' THEN t.period ELSE '' END AS period,      -- a year is no quarter, but an instant may be told as a month
        CASE WHEN t.nature IN ('forecast', 'guidance') THEN t.nature ELSE '' END AS nature, coalesce(t.unit, '') AS unit,
        {value}::numeric AS v, CASE WHEN t.disputed THEN {low} ELSE {value} END::numeric AS low, CASE WHEN t.disputed THEN {high} ELSE {value} END::numeric AS high,
        t.claims, t.disputed, t.asserted_on
    FROM told t JOIN api.metrics m ON m.metric = t.metric
