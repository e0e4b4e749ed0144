SELECT {split} AS part, {day}::date AS day, api.bucket_fits({precision}, {by}) AS fits, {key}::text AS key, ''::text AS entity, NULL::text AS name, ''::text AS metric,
        '{}'::jsonb AS dimensions, ''::text AS period, ''::text AS nature, {unit} AS unit,
        {value}::numeric AS v, CASE WHEN {disputed} THEN {low} ELSE {value} END::numeric AS low, CASE WHEN {disputed} THEN {high} ELSE {value} END::numeric AS high,
        {claims} AS claims, {disputed} AS disputed, {asserted}::date AS asserted_on
    FROM told
