-- Entities with their identifiers. What they are said to be (country, parent …) is the statement the written rule chooses.

-- The usual order of kinds: companies first, filings last.
CREATE FUNCTION api.kind_rank(kind text) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_position(ARRAY['company', 'product', 'model', 'chip', 'system', 'design', 'person', 'government', 'fund', 'benchmark', 'other', 'deal',
                                'prediction', 'filing'], kind)
$$;

CALL api.define('entities', $$
    SELECT e.slug AS id, e.name, e.kind,
        (SELECT k.value FROM store.entity_key k WHERE k.entity = e.id AND k.scheme = 'ticker' AND {k}
         ORDER BY (k.valid @> {day}) DESC, upper(k.valid) DESC, k.id DESC LIMIT 1) AS ticker,
        (SELECT k.value FROM store.entity_key k WHERE k.entity = e.id AND k.scheme = 'cik' AND {k} ORDER BY k.id LIMIT 1) AS cik,
        (SELECT s.text FROM {said} s WHERE s.subject = e.id AND s.property = 'country' AND s.text IS NOT NULL
         ORDER BY s.preferred DESC, s.tier, s.asserted_on DESC, s.tx DESC NULLS FIRST, s.id DESC LIMIT 1) AS country,
        (SELECT p.name FROM {said} s JOIN store.entity p ON p.id = s.object WHERE s.subject = e.id AND s.property = 'parent'
            AND coalesce(s.period_start <= {day}, true) AND coalesce(s.period_end >= {day}, true)
         ORDER BY s.preferred DESC, s.tier, s.asserted_on DESC, s.tx DESC NULLS FIRST, s.id DESC LIMIT 1) AS parent,
        (SELECT p.slug FROM {said} s JOIN store.entity p ON p.id = s.object WHERE s.subject = e.id AND s.property = 'parent'
            AND coalesce(s.period_start <= {day}, true) AND coalesce(s.period_end >= {day}, true)
         ORDER BY s.preferred DESC, s.tier, s.asserted_on DESC, s.tx DESC NULLS FIRST, s.id DESC LIMIT 1) AS parent_id,
        (SELECT k.value FROM store.entity_key k WHERE k.entity = e.id AND k.scheme = 'domain' AND {k}
         ORDER BY (k.valid @> {day}) DESC, upper(k.valid) DESC, k.id DESC LIMIT 1) AS domain,
        (SELECT coalesce(jsonb_agg(DISTINCT k.value), '[]') FROM store.entity_key k
         WHERE k.entity = ANY (ARRAY(SELECT c.entity FROM {canon} c WHERE c.canon = e.id) || e.id)
            AND NOT k.exclusive AND k.value <> e.name AND {k}) AS aliases,
        (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('scheme', k.scheme, 'value', k.value, 'from', lower(k.valid), 'until', upper(k.valid)))
                         ORDER BY k.scheme, lower(k.valid) NULLS FIRST, k.value), '[]')
         FROM store.entity_key k WHERE k.entity = ANY (ARRAY(SELECT c.entity FROM {canon} c WHERE c.canon = e.id) || e.id)
            AND k.exclusive AND {k}) AS keys
    FROM store.entity e
    WHERE NOT EXISTS (SELECT FROM {canon} c WHERE c.entity = e.id) AND {e}
$$, ARRAY[
    ['{canon}', 'store.entity_canon', 'api.canon(snapshot)'],
    ['{said}', 'api.statements_asof(NULL, NULL)', 'api.statements_asof(as_of, snapshot)'],
    ['{day}', 'current_date', 'coalesce(as_of, current_date)'],
    ['{k}', 'k.batch_to IS NULL', '(snapshot IS NULL AND k.batch_to IS NULL OR k.batch IN (SELECT t.batch FROM store.tx t WHERE t.tx <= snapshot)
        AND coalesce(k.batch_to NOT IN (SELECT t.batch FROM store.tx t WHERE t.tx <= snapshot), true))'],
    ['{e}', 'true', '(snapshot IS NULL OR e.batch IN (SELECT t.batch FROM store.tx t WHERE t.tx <= snapshot))']]);

COMMENT ON VIEW api.entities IS 'What claims are about: companies, products, models, chips, people, deals, filings …';
COMMENT ON COLUMN api.entities.id IS 'slug: stable, unique, used wherever an entity is named';
COMMENT ON COLUMN api.entities.name IS 'name';
COMMENT ON COLUMN api.entities.kind IS 'company, product, model, chip, system, design, person, benchmark, government, fund, deal, filing, prediction or other';
COMMENT ON COLUMN api.entities.ticker IS 'ticker symbol on the day asked for, else the last one; @venue behind it where known';
COMMENT ON COLUMN api.entities.cik IS 'SEC Central Index Key, without leading zeros';
COMMENT ON COLUMN api.entities.country IS 'country, as its best source writes it';
COMMENT ON COLUMN api.entities.parent IS 'whom it belongs to on the day asked for';
COMMENT ON COLUMN api.entities.parent_id IS 'slug of the parent';
COMMENT ON COLUMN api.entities.domain IS 'internet domain';
COMMENT ON COLUMN api.entities.aliases IS 'other and former names';
COMMENT ON COLUMN api.entities.keys IS 'identifiers: scheme, value, from and until (exclusive) where the time is known';

-- Identifiers, for conditions: which entities bear one.
CREATE FUNCTION api.key_norm(scheme text, value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT load.norm_key(scheme, value) $$;
CREATE VIEW api.entity_keys AS
    SELECT coalesce(n.slug, e.slug) AS id, k.scheme, k.value, k.norm, k.valid
    FROM store.entity_key k
    JOIN store.entity e ON e.id = k.entity
    LEFT JOIN store.entity_canon c ON c.entity = e.id
    LEFT JOIN store.entity n ON n.id = c.canon
    WHERE k.batch_to IS NULL;
COMMENT ON VIEW api.entity_keys IS 'names and identifiers of entities, one a row';
COMMENT ON COLUMN api.entity_keys.id IS 'slug of the entity';
COMMENT ON COLUMN api.entity_keys.scheme IS 'cik, lei, isin, figi, ticker, accession, wikidata, domain, name, alias, former-name …';
COMMENT ON COLUMN api.entity_keys.value IS 'as its source writes it';
COMMENT ON COLUMN api.entity_keys.norm IS 'as it is compared';
COMMENT ON COLUMN api.entity_keys.valid IS 'days on which it held';
