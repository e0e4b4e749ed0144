-- One hash per table over what it says: not over numbers, times, and the order of rows. Two stores that took in the same
-- documents print the same, in whatever order they did.
--
-- Every row becomes a text without the store's own numbers, the text a 128-bit hash, and the halves of the hashes are added up:
-- sums need no order and no memory. The sums, with the number of rows, are hashed once more.

-- What an entity is known by, however it came into the store: its surest identifier, else the first of its names.
CREATE FUNCTION load.entity_words() RETURNS TABLE (entity int, word text) LANGUAGE sql STABLE AS $$
    SELECT e.id, concat_ws(' ', e.kind, coalesce(
               (SELECT k.scheme || ':' || k.norm FROM store.entity_key k JOIN store.key_scheme s USING (scheme)
                 WHERE k.entity = e.id AND k.batch_to IS NULL
                 ORDER BY s.single DESC, s.lasting DESC, s.exclusive DESC, k.scheme, k.norm LIMIT 1), 'slug:' || e.slug))
      FROM store.entity e
$$;

-- The rows of each table as texts. Numbers are compared as numbers: 83.830 is 83.83.
CREATE FUNCTION load.fingerprint_rows() RETURNS TABLE ("table" text, content text) LANGUAGE sql STABLE AS $$
    WITH entity AS MATERIALIZED (
        SELECT * FROM load.entity_words()
    ), source AS MATERIALIZED (
        SELECT s.id, concat_ws(E'\t', p.slug, s.ref) AS word FROM store.source s JOIN store.publisher p ON p.id = s.publisher
    ), series AS MATERIALIZED (
        SELECT s.id, concat_ws(E'\t', e.word, m.taxonomy, m.name, u.code, s.period_kind, s.dims) AS word
          FROM store.series s JOIN entity e ON e.entity = s.subject JOIN store.metric m ON m.id = s.metric JOIN store.unit u ON u.id = s.unit
    ), observation AS NOT MATERIALIZED (
        SELECT o.id, concat_ws(E'\t', s.word, o.period_start, o.period_end, o.prec, w.word, o.comparator, o.state, o.nature,
                               coalesce(o.decimals::text, 'exact'), coalesce(trim_scale(o.value)::text, '-'),
                               coalesce(trim_scale(o.value_high)::text, '-')) AS word, o.batch_to IS NOT NULL AS closed
          FROM store.observation o JOIN series s ON s.id = o.series JOIN source w ON w.id = o.source
         -- a claim that came rounded, and then exact (42_rounded.sql), may as well have come exact at first
         WHERE NOT (o.batch_to IS NOT NULL AND o.prec = 'm' AND EXISTS (
                    SELECT FROM store.observation d
                     WHERE d.subject = o.subject AND d.series = o.series AND d.source = o.source AND d.prec = 'd'
                       AND d.period_end BETWEEN o.period_end - 16 AND o.period_end + 16 AND d.value IS NOT DISTINCT FROM o.value))
    ), statement AS NOT MATERIALIZED (
        SELECT t.id, concat_ws(E'\t', e.word, t.property, coalesce(t.code, '-'), coalesce(t.text, '-'), coalesce(b.word, '-'), t.dims,
                               coalesce(t.period_start::text, '-'), coalesce(t.period_end::text, '-'), t.prec, t.nature, w.word) AS word,
               t.batch_to IS NOT NULL AS closed
          FROM store.statement t JOIN entity e ON e.entity = t.subject LEFT JOIN entity b ON b.entity = t.object
          JOIN source w ON w.id = t.source
    )
    SELECT 'documents', encode(sha256, 'hex') FROM store.document
    UNION ALL
    SELECT 'entities', word FROM entity
    UNION ALL
    SELECT 'keys', concat_ws(E'\t', e.word, k.scheme, k.norm, k.valid, k.batch_to IS NOT NULL) FROM store.entity_key k JOIN entity e USING (entity)
     WHERE k.batch_to IS NULL OR k.lasting OR NOT k.exclusive        -- how long one was thought to hold that passed later depends on what came when
    UNION ALL
    SELECT 'merges', concat_ws(E'\t', f.word, i.word, m.batch_to IS NOT NULL)
      FROM store.entity_merge m JOIN entity f ON f.entity = m.entity_from JOIN entity i ON i.entity = m.entity_into
    UNION ALL
    SELECT 'sources', word FROM source
    UNION ALL
    SELECT 'series', word FROM series s
     WHERE s.id IN (SELECT o.series FROM store.observation o)    -- a merge may leave one that nothing was ever claimed in
    UNION ALL
    SELECT 'observations', concat_ws(E'\t', word, closed) FROM observation
    UNION ALL
    SELECT 'statements', concat_ws(E'\t', word, closed) FROM statement
    UNION ALL
    SELECT 'judgements', concat_ws(E'\t', coalesce(o.word, t.word), j.verdict, j.why, j.who, j.batch_to IS NOT NULL)
      FROM store.judgement j LEFT JOIN observation o ON j.shape = 'o' AND o.id = j.claim
      LEFT JOIN statement t ON j.shape = 's' AND t.id = j.claim
     WHERE j.who NOT LIKE 'rule:%'      -- computed from claims (85_rules.sql)
    UNION ALL
    -- Questions: what is asked, said and settled, by whom. recorded_at, and with it backfilled, is this store's own time.
    SELECT 'predictions', jsonb_build_array(e.word, p.kind, p.question, p.criteria, p.fine_print, extract(epoch FROM p.opens_at), extract(epoch FROM p.closes_at),
                                    extract(epoch FROM p.resolve_by), p.truth, p.options, trim_scale(p.low), trim_scale(p.high), p.open_low, p.open_high, trim_scale(p.zero_point),
                                    p.unit, p.tags, (SELECT array_agg(a.word ORDER BY a.word) FROM entity a WHERE a.entity = ANY (p.about)), p.criterion, p.vintage, p.venue,
                                    p.venue_id, p.url, p.extra, p.who, p.batch_to IS NOT NULL)::text
      FROM store.prediction p JOIN entity e ON e.entity = p.entity
    UNION ALL
    SELECT 'links', jsonb_build_array(e.word, o.word, l.relation, l.why, l.batch_to IS NOT NULL)::text
      FROM store.prediction_link l JOIN entity e ON e.entity = l.prediction JOIN entity o ON o.entity = l.other
    UNION ALL
    SELECT 'forecasts', jsonb_build_array(e.word, w.slug, w.kind, extract(epoch FROM f.claimed_at), extract(epoch FROM f.expires_at), f.pmf,
                                  f.spec, encode(f.seal, 'hex'), u.text, f.why, f.batch_to IS NOT NULL)::text
      FROM store.forecast f JOIN entity e ON e.entity = f.prediction JOIN store.forecaster w ON w.id = f.forecaster LEFT JOIN store.unsealing u ON u.forecast = f.id
    UNION ALL
    -- what a criterion settles is computed; it counts by outcome and evidence, not by the moment it was looked at
    SELECT 'resolutions', jsonb_build_array(e.word, r.step, r.outcome, trim_scale(r.value), r.option, CASE WHEN NOT r.automatic THEN extract(epoch FROM r.known_at) END, r.automatic,
                                    (SELECT array_agg(d ORDER BY d) FROM unnest(r.documents) d), r.who, r.why)::text
      FROM store.resolution r JOIN entity e ON e.entity = r.prediction
$$;

-- Everything is read once and hashed together: a planner that knows nothing of a new store's tables must not go through them in loops.
CREATE FUNCTION load.fingerprint() RETURNS TABLE ("table" text, rows bigint, hash text) LANGUAGE sql STABLE
    SET enable_nestloop = off AS $$
    SELECT t.name, coalesce(s.rows, 0), encode(sha256(convert_to(concat_ws(' ', t.name, coalesce(s.rows, 0), s.high, s.low), 'UTF8')), 'hex')
      FROM unnest(ARRAY['documents', 'entities', 'keys', 'merges', 'sources', 'series', 'observations', 'statements', 'judgements',
                      'predictions', 'links', 'forecasts', 'resolutions'])
           WITH ORDINALITY t (name, place)
      LEFT JOIN (SELECT r."table", count(*) AS rows, sum(('x' || substr(md5, 1, 16))::bit(64)::bigint) AS high,
                        sum(('x' || substr(md5, 17))::bit(64)::bigint) AS low
                   FROM (SELECT "table", md5(content) FROM load.fingerprint_rows()) r
                  GROUP BY 1) s ON s."table" = t.name
     ORDER BY t.place
$$;
