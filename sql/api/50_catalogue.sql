-- The metrics, and the evidence: sources, documents, feeds, runs, rejects.

CALL api.define('metrics', $$
    SELECT CASE WHEN m.taxonomy = 'aimarket' THEN m.name ELSE m.taxonomy || ':' || m.name END AS metric, m.label, m.definition, m.kind, m.unit_kind,
        m.unit, CASE m.period_kind WHEN 'i' THEN 'instant' WHEN 'd' THEN 'duration' WHEN 't' THEN 'timeless' ELSE 'any' END AS period,
        (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', d.dimension, 'role', d.role, 'definition', d.definition)) ORDER BY d.dimension), '[]')
         FROM store.metric_dimension d WHERE d.metric = m.id) AS dimensions,
        (SELECT coalesce(jsonb_agg(x.taxonomy || ':' || x.concept ORDER BY x.rank), '[]') FROM store.metric_map x WHERE m.taxonomy = 'aimarket' AND x.metric = m.name) AS concepts,
        (SELECT s.name FROM store.metric s WHERE s.id = m.supersedes) AS supersedes, m.taxonomy, m.name
    FROM store.metric m WHERE {m}
$$, ARRAY[['{m}', 'true', '(snapshot IS NULL OR m.batch IN (SELECT t.batch FROM store.tx t WHERE t.tx <= snapshot))']]);
COMMENT ON VIEW api.metrics IS 'The catalogue of metrics: what each one means, in which unit, over which kind of period';
COMMENT ON COLUMN api.metrics.metric IS 'name; those of other taxonomies as taxonomy:concept';
COMMENT ON COLUMN api.metrics.label IS 'name for people';
COMMENT ON COLUMN api.metrics.definition IS 'what is measured, and what is not';
COMMENT ON COLUMN api.metrics.kind IS 'flow, stock, ratio, price, score, count, rank or other';
COMMENT ON COLUMN api.metrics.unit_kind IS 'kind of unit a claim must have; NULL: any';
COMMENT ON COLUMN api.metrics.unit IS 'usual unit';
COMMENT ON COLUMN api.metrics.period IS 'instant, duration, timeless or any';
COMMENT ON COLUMN api.metrics.dimensions IS 'dimensions a claim may carry: name, role (key: must be given; part: absent means the whole; setting: absent means not said), definition';
COMMENT ON COLUMN api.metrics.concepts IS 'concepts of other taxonomies that stand for it, best first';
COMMENT ON COLUMN api.metrics.supersedes IS 'the metric whose definition this one changes';
COMMENT ON COLUMN api.metrics.taxonomy IS 'whose word it is: aimarket, us-gaap, dei …';
COMMENT ON COLUMN api.metrics.name IS 'name within the taxonomy';

CALL api.define('sources', $$
    SELECT w.id, p.slug AS publisher, w.tier, w.kind, w.said_on, w.title, w.address AS url, w.locator, w.ref, p.name AS publisher_name, w.lang, w.quote,
        e.slug AS filing_id, o.id AS origin
    FROM store.source w
    JOIN store.publisher p ON p.id = w.publisher
    LEFT JOIN store.entity e ON e.id = w.entity
    LEFT JOIN store.source o ON o.id = w.origin
    WHERE {w}
$$, ARRAY[['{w}', 'true', '(as_of IS NULL OR coalesce(w.said_on, (SELECT t.at::date FROM store.tx t WHERE t.batch = w.batch)) <= as_of)
    AND (snapshot IS NULL OR w.batch IN (SELECT t.batch FROM store.tx t WHERE t.tx <= snapshot))']]);
COMMENT ON VIEW api.sources IS 'Who says so: filings, articles, rows of data sets, calls';
COMMENT ON COLUMN api.sources.id IS 'number in this store, for `aimarket show source:N`';
COMMENT ON COLUMN api.sources.publisher IS 'slug of the publisher';
COMMENT ON COLUMN api.sources.tier IS 'how near to the matter: regulator, issuer, dataset, press, relay, aggregator, analyst, social or user';
COMMENT ON COLUMN api.sources.kind IS 'filing, article, dataset, row, call, notes, page or model';
COMMENT ON COLUMN api.sources.said_on IS 'day it was said; one without a day counts from the day this store took it in';
COMMENT ON COLUMN api.sources.title IS 'title';
COMMENT ON COLUMN api.sources.url IS 'where it can be read';
COMMENT ON COLUMN api.sources.locator IS 'where in it: slide 117, page 3';
COMMENT ON COLUMN api.sources.ref IS 'its reference, unique for the publisher: accession number, address, or title#locator';
COMMENT ON COLUMN api.sources.publisher_name IS 'name of the publisher';
COMMENT ON COLUMN api.sources.lang IS 'its language';
COMMENT ON COLUMN api.sources.quote IS 'the words themselves';
COMMENT ON COLUMN api.sources.filing_id IS 'the filing or report as an entity, when it is one';
COMMENT ON COLUMN api.sources.origin IS 'number of the source it only repeats';

CREATE VIEW api.documents AS
    SELECT encode(d.sha256, 'hex') AS sha256, d.media, d.bytes, d.first_seen, c.feed, c.address,
        (SELECT count(*) FROM store.capture a WHERE a.document = d.id) AS captures,
        (SELECT count(*) FROM store.run r WHERE r.document = d.id AND r.state = 'loaded') AS loads, d.id
    FROM store.document d
    LEFT JOIN LATERAL (SELECT a.feed, a.address FROM store.capture a WHERE a.document = d.id ORDER BY a.id LIMIT 1) AS c ON true;
COMMENT ON VIEW api.documents IS 'The bytes everything was read from, kept as they came, once each';
COMMENT ON COLUMN api.documents.sha256 IS 'SHA-256 of the bytes';
COMMENT ON COLUMN api.documents.media IS 'media type';
COMMENT ON COLUMN api.documents.bytes IS 'size, before compression';
COMMENT ON COLUMN api.documents.first_seen IS 'when it first came';
COMMENT ON COLUMN api.documents.feed IS 'feed that fetched it first';
COMMENT ON COLUMN api.documents.address IS 'where it came from first';
COMMENT ON COLUMN api.documents.captures IS 'how many times it came';
COMMENT ON COLUMN api.documents.loads IS 'how many runs loaded it';
COMMENT ON COLUMN api.documents.id IS 'number in this store, for `aimarket show document:N`';

CREATE VIEW api.feeds AS
    SELECT f.name AS feed, f.title, f.format,
        CASE WHEN NOT coalesce(s.switched, f.enabled) THEN 'disabled' WHEN s.last_run IS NOT NULL THEN s.state
             WHEN r.state IS NULL THEN 'never' WHEN r.state = 'failed' THEN 'failing' ELSE 'fine' END AS state,
        greatest(s.last_run, r.started_at) AS last_run,
        CASE WHEN NOT coalesce(s.switched, f.enabled) OR s.next_due = 'infinity' THEN NULL ELSE s.next_due END AS next_run,
        coalesce(s.last_change, t.last_change) AS last_change, t.documents, t.records, t.rejects, coalesce(s.errors, 0) AS errors,
        coalesce(s.error, CASE WHEN s.last_run IS NULL THEN r.error END) AS error, t.runs, t.added, f.address, coalesce(s.switched, f.enabled) AS enabled
    FROM store.feed f
    LEFT JOIN store.feed_state s ON s.feed = f.name
    LEFT JOIN LATERAL (SELECT * FROM store.run r WHERE r.feed = f.name ORDER BY r.started_at DESC, r.id DESC LIMIT 1) AS r ON true
    CROSS JOIN LATERAL (SELECT count(*) AS runs, count(DISTINCT a.document) AS documents, coalesce(sum(a.records), 0) AS records,
                            coalesce(sum(a.added), 0) AS added, coalesce(sum(a.rejects), 0) AS rejects, max(a.started_at) FILTER (WHERE a.added > 0) AS last_change
                        FROM store.run a WHERE a.feed = f.name) AS t;
COMMENT ON VIEW api.feeds IS 'What is taken in, and how it went';
COMMENT ON COLUMN api.feeds.feed IS 'name';
COMMENT ON COLUMN api.feeds.title IS 'what it is';
COMMENT ON COLUMN api.feeds.format IS 'how its bytes are read';
COMMENT ON COLUMN api.feeds.state IS 'fine; quiet: nothing new for longer than it is used to; failing: several runs in a row; broken: somebody has to look at it; never: no run yet; disabled';
COMMENT ON COLUMN api.feeds.last_run IS 'when it was last looked at';
COMMENT ON COLUMN api.feeds.next_run IS 'when it is due next';
COMMENT ON COLUMN api.feeds.last_change IS 'when it last brought something new';
COMMENT ON COLUMN api.feeds.errors IS 'runs that failed since the last that did not';
COMMENT ON COLUMN api.feeds.error IS 'why the last run failed';
COMMENT ON COLUMN api.feeds.runs IS 'runs so far';
COMMENT ON COLUMN api.feeds.documents IS 'different documents it brought';
COMMENT ON COLUMN api.feeds.records IS 'records read';
COMMENT ON COLUMN api.feeds.added IS 'claims that were new';
COMMENT ON COLUMN api.feeds.rejects IS 'records refused';
COMMENT ON COLUMN api.feeds.address IS 'where it is fetched';
COMMENT ON COLUMN api.feeds.enabled IS 'taken in when nothing else is said';

CREATE VIEW api.runs AS
    SELECT r.id, r.feed, r.state, r.started_at, r.ended_at, round(extract(epoch FROM r.ended_at - r.started_at), 3) AS seconds, r.records, r.added, r.known,
        r.rejects, r.error, r.parser, encode(coalesce(d.sha256, a.sha256), 'hex') AS document, t.tx
    FROM store.run r
    LEFT JOIN store.document d ON d.id = r.document
    LEFT JOIN store.container a ON a.id = r.container
    LEFT JOIN store.tx t ON t.batch = r.batch;
COMMENT ON VIEW api.runs IS 'Every try to take a document in';
COMMENT ON COLUMN api.runs.id IS 'number of the run';
COMMENT ON COLUMN api.runs.feed IS 'feed';
COMMENT ON COLUMN api.runs.state IS 'running, loaded or failed';
COMMENT ON COLUMN api.runs.started_at IS 'begin';
COMMENT ON COLUMN api.runs.ended_at IS 'end';
COMMENT ON COLUMN api.runs.seconds IS 'how long it took';
COMMENT ON COLUMN api.runs.records IS 'records read';
COMMENT ON COLUMN api.runs.added IS 'claims that were new';
COMMENT ON COLUMN api.runs.known IS 'claims that were there already';
COMMENT ON COLUMN api.runs.rejects IS 'records refused';
COMMENT ON COLUMN api.runs.error IS 'why it failed';
COMMENT ON COLUMN api.runs.parser IS 'format and its version';
COMMENT ON COLUMN api.runs.document IS 'SHA-256 of the document, or of the archive whose members came in';
COMMENT ON COLUMN api.runs.tx IS 'transaction that added its claims';

CREATE VIEW api.rejects AS
    SELECT j.id, j.run, r.feed, j.locator, j.rule, j.reason, j.raw, encode(d.sha256, 'hex') AS document
    FROM store.reject j
    JOIN store.run r ON r.id = j.run
    LEFT JOIN store.document d ON d.id = r.document;
COMMENT ON VIEW api.rejects IS 'What a run could not take, and why';
COMMENT ON COLUMN api.rejects.id IS 'number';
COMMENT ON COLUMN api.rejects.run IS 'run that refused it';
COMMENT ON COLUMN api.rejects.feed IS 'feed';
COMMENT ON COLUMN api.rejects.locator IS 'where it stands in the document: line 17';
COMMENT ON COLUMN api.rejects.rule IS 'rule it broke';
COMMENT ON COLUMN api.rejects.reason IS 'what was wrong';
COMMENT ON COLUMN api.rejects.raw IS 'the text itself, cut to 1,000 bytes';
COMMENT ON COLUMN api.rejects.document IS 'SHA-256 of the document';
