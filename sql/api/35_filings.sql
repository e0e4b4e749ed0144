-- Filings: one row each, made of statements by api.filing_rows alone; store.filing keeps what it says today (load.refresh_filings).

-- filings: entities to make rows of, NULL: all.
CREATE FUNCTION api.filing_rows(as_of date, snapshot bigint, filings int[]) RETURNS SETOF store.filing LANGUAGE sql STABLE AS $$
WITH said AS MATERIALIZED (     -- of each property the statement the written rule chooses; of filers all, the chosen first
    SELECT s.*, row_number() OVER (PARTITION BY s.subject, s.property ORDER BY s.preferred DESC, s.tier,
               s.property = 'filer' AND s.dims ? 'role',        -- who only reports, or files for others, comes after the one it is about
               s.property = 'accepted_at' AND s.text LIKE '%Z', -- EDGAR's lists write Z behind the clock of New York, too: a time with its offset is surer
               s.asserted_on DESC, s.tx DESC NULLS FIRST, s.id DESC) AS place
    FROM api.statements_asof(as_of, snapshot) s
    WHERE s.property IN ('filing_form', 'filer', 'filed_on', 'accepted_at', 'report_period', 'document', 'items', 'file_number')
      AND (filings IS NULL OR s.subject = ANY (filings))
), filing AS (
    SELECT s.subject, max(s.code) FILTER (WHERE s.property = 'filing_form') AS form, max(s.object) FILTER (WHERE s.property = 'filer') AS filer,
           max(s.period_end) FILTER (WHERE s.property = 'filed_on') AS filed_on, max(s.text) FILTER (WHERE s.property = 'accepted_at') AS accepted_at,
           max(s.period_end) FILTER (WHERE s.property = 'report_period') AS report_period, max(s.text) FILTER (WHERE s.property = 'document') AS document,
           max(s.text) FILTER (WHERE s.property = 'items') AS items, max(s.text) FILTER (WHERE s.property = 'file_number') AS file_number,
           max(s.source) FILTER (WHERE s.property = 'filing_form') AS source
    FROM said s WHERE s.place = 1 GROUP BY s.subject
), filers AS MATERIALIZED (      -- few: only filings with several
    SELECT s.subject, jsonb_agg(DISTINCT e.slug) AS ids
    FROM said s LEFT JOIN api.canon(snapshot) c ON c.entity = s.object JOIN store.entity e ON e.id = coalesce(c.canon, s.object)
    WHERE s.property = 'filer' GROUP BY s.subject HAVING count(DISTINCT e.id) > 1
)
SELECT e.id, n.accession, f.form, w.name, w.slug, k.cik, f.filed_on, f.accepted_at, f.report_period, f.items, f.file_number, f.document,
       'https://www.sec.gov/Archives/edgar/data/' || k.cik || '/' || replace(n.accession, '-', '') || '/' || coalesce(f.document, n.accession || '-index.htm'),
       p.ids, api.source_text(o.title, o.ref, o.locator), o.address
FROM filing f
-- by its number, however few filings the planner may expect there to be: OFFSET 0
CROSS JOIN LATERAL (SELECT * FROM store.entity z WHERE z.id = f.subject AND z.kind = 'filing' OFFSET 0) e
CROSS JOIN LATERAL (SELECT coalesce((SELECT a.value FROM store.entity_key a WHERE a.entity = e.id AND a.scheme = 'accession' AND a.batch_to IS NULL LIMIT 1),
                                    e.name) AS accession) AS n
LEFT JOIN api.canon(snapshot) c ON c.entity = f.filer
LEFT JOIN store.entity w ON w.id = coalesce(c.canon, f.filer)
LEFT JOIN LATERAL (SELECT a.value AS cik FROM store.entity_key a WHERE a.entity IN (f.filer, w.id) AND a.scheme = 'cik' AND a.batch_to IS NULL
                   ORDER BY a.entity <> f.filer, a.id LIMIT 1) AS k ON true
LEFT JOIN filers p ON p.subject = f.subject
LEFT JOIN store.source o ON o.id = f.source
$$;
COMMENT ON FUNCTION api.filing_rows(date, bigint, int[]) IS 'The rows of api.filings, worked out from the statements';

CALL api.define('filings', $$
    SELECT f.accession, f.form, f.entity, f.cik, f.filed_on, f.accepted_at, f.url, f.report_period, f.items, f.file_number, f.document, f.entity_id,
        f.filer_ids, f.source, f.source_url
    FROM {filings} f
$$, ARRAY[['{filings}', 'store.filing', 'api.filing_rows(as_of, snapshot, NULL)']]);

COMMENT ON VIEW api.filings IS 'Filings with regulators';
COMMENT ON COLUMN api.filings.accession IS 'SEC accession number';
COMMENT ON COLUMN api.filings.form IS 'form type as the regulator writes it: 10-K, S-1/A, DRS …';
COMMENT ON COLUMN api.filings.entity IS 'name of the filer';
COMMENT ON COLUMN api.filings.cik IS 'the filer''s SEC Central Index Key, without leading zeros';
COMMENT ON COLUMN api.filings.filed_on IS 'day of filing';
COMMENT ON COLUMN api.filings.accepted_at IS 'time of acceptance, as the regulator writes it';
COMMENT ON COLUMN api.filings.url IS 'address of the primary document, or of the filing''s index where that is not known';
COMMENT ON COLUMN api.filings.report_period IS 'day the report is about';
COMMENT ON COLUMN api.filings.items IS 'item numbers, as written';
COMMENT ON COLUMN api.filings.file_number IS 'number of the registration';
COMMENT ON COLUMN api.filings.document IS 'name of the primary document';
COMMENT ON COLUMN api.filings.entity_id IS 'slug of the filer';
COMMENT ON COLUMN api.filings.filer_ids IS 'slugs of all filers, when there is more than one';
COMMENT ON COLUMN api.filings.source IS 'who says so';
COMMENT ON COLUMN api.filings.source_url IS 'where that can be read';
