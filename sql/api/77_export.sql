-- Questions on their way out, in forms that import takes back (sql/load/94_import.sql).

-- A row a forecast, with the columns of the form csv. What it cannot hold (fine print, criteria over the ledger, seals, the steps to a
-- resolution) is in our own form.
CREATE FUNCTION api.export_table() RETURNS TABLE (venue text, ref text, kind text, question text, criteria text, url text, opens timestamptz, closes timestamptz, resolve_by timestamptz, spot timestamptz,
    options text, low numeric, high numeric, open_low bool, open_high bool, zero_point numeric, unit text, tags text, by text, by_kind text, made timestamptz, expires timestamptz, said text, why text,
    outcome text, known timestamptz) LANGUAGE sql STABLE AS $$
    SELECT coalesce(p.venue, 'aimarket'), coalesce(p.venue_id, e.slug), p.kind, p.question, p.criteria, p.url, p.opens_at, p.closes_at, p.resolve_by, p.spot_at, to_json(p.options)::text, p.low, p.high,
           nullif(p.open_low, false), nullif(p.open_high, false), p.zero_point, p.unit, nullif(array_to_string(p.tags, ';'), ''), w.name, w.kind, f.claimed_at, f.expires_at,
           CASE WHEN f.pmf IS NULL THEN NULL WHEN p.kind = 'binary' THEN f.pmf[2]::text WHEN p.kind = 'choice' THEN to_json(f.pmf)::text ELSE f.spec::text END, coalesce(f.why, CASE WHEN w.id IS NULL THEN r.why END),
           api.outcome_text(p.kind, r.outcome, r.value, r.option), CASE WHEN r.outcome IS NOT NULL THEN r.known_at END
      FROM store.prediction p JOIN store.entity e ON e.id = p.entity
      LEFT JOIN store.forecast f ON f.prediction = p.entity AND f.batch_to IS NULL AND f.seal IS NULL LEFT JOIN store.forecaster w ON w.id = f.forecaster
      LEFT JOIN LATERAL (SELECT z.* FROM store.resolution z WHERE z.prediction = p.entity AND z.step IN ('final', 'reopened') ORDER BY z.id DESC LIMIT 1) r ON r.step = 'final'
     WHERE p.batch_to IS NULL ORDER BY 1, 2, f.claimed_at, f.id
$$;

-- All there is about a question, in our own form; import gives the same back.
CREATE FUNCTION api.export_prediction(asked int) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('question', jsonb_strip_nulls(to_jsonb(p) - ARRAY['id', 'entity', 'batch', 'batch_to', 'about', 'who', 'plan'] || jsonb_build_object('id', e.slug, 'plan', p.plan, 'about',
               coalesce((SELECT jsonb_agg(a.slug ORDER BY a.slug) FROM store.entity a WHERE a.id = ANY (p.about)), '[]'))),
           'asked_by', p.who,
           'forecasts', coalesce((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('by', w.name, 'kind', w.kind, 'at', f.claimed_at, 'recorded_at', f.recorded_at, 'expires', f.expires_at, 'why', f.why,
                   'seal', encode(f.seal, 'hex'), 'opened', u.text, 'said', CASE WHEN f.pmf IS NULL THEN NULL WHEN p.kind = 'binary' THEN jsonb_build_object('p', f.pmf[2])
                       WHEN p.kind = 'choice' THEN jsonb_build_object('p', (SELECT jsonb_object_agg(o, f.pmf[i]) FROM unnest(p.options) WITH ORDINALITY x (o, i))) ELSE f.spec END)) ORDER BY f.claimed_at, f.id)
               FROM store.forecast f JOIN store.forecaster w ON w.id = f.forecaster LEFT JOIN store.unsealing u ON u.forecast = f.id WHERE f.prediction = asked AND f.batch_to IS NULL), '[]'),
           'resolutions', coalesce((SELECT jsonb_agg(jsonb_strip_nulls(to_jsonb(r) - ARRAY['id', 'prediction', 'batch', 'claims', 'snapshot']) ORDER BY r.id) FROM store.resolution r WHERE r.prediction = asked), '[]'),
           'links', coalesce((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('other', o.slug, 'relation', l.relation, 'why', l.why)) ORDER BY o.slug) FROM store.prediction_link l
               JOIN store.entity o ON o.id = l.other WHERE l.prediction = asked AND l.batch_to IS NULL), '[]'))
    FROM store.prediction p JOIN store.entity e ON e.id = p.entity WHERE p.entity = asked AND p.batch_to IS NULL
$$;
