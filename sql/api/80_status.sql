-- How the store and what feeds it are doing: for people (api.status) and for Prometheus (api.metric_samples).

-- Labels are name and value in turn, a line each.
CREATE FUNCTION api.labels(VARIADIC pairs text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(translate(p, E'\n\r', '  '), E'\n' ORDER BY n) FROM unnest(pairs) WITH ORDINALITY AS u (p, n)
$$;

CREATE VIEW api.metric_samples AS
    WITH run AS MATERIALIZED (
        SELECT feed, state, count(*) AS n, sum(records) AS records, sum(added) AS added, sum(rejects) AS rejects, count(DISTINCT document) AS documents
          FROM store.run GROUP BY 1, 2
    ), took AS MATERIALIZED (
        SELECT extract(epoch FROM ended_at - started_at) AS seconds FROM store.run WHERE ended_at IS NOT NULL
    ), bucket (n, le) AS (
        VALUES (1, 0.05), (2, 0.1), (3, 0.25), (4, 0.5), (5, 1), (6, 2.5), (7, 5), (8, 10), (9, 30), (10, 60), (11, 300), (12, 1800)
    ), state AS MATERIALIZED (
        SELECT s.*, coalesce(s.switched, f.enabled) AS enabled FROM store.feed_state s JOIN store.feed f ON f.name = s.feed
    ), sample (place, name, type, help, nth, suffix, labels, value) AS (
        SELECT 1, 'aimarket_runs_total', 'counter', 'Tries to take a document in, by how they ended.', row_number() OVER (ORDER BY feed, state), '',
               api.labels('feed', feed, 'state', state), n::numeric FROM run
        UNION ALL
        SELECT 2, 'aimarket_documents_total', 'counter', 'Documents that were loaded.', row_number() OVER (ORDER BY feed), '', api.labels('feed', feed), documents
          FROM run WHERE state = 'loaded'
        UNION ALL
        SELECT 3, 'aimarket_records_total', 'counter', 'Records that were read.', row_number() OVER (ORDER BY feed), '', api.labels('feed', feed), sum(records)
          FROM run GROUP BY feed
        UNION ALL
        SELECT 4, 'aimarket_claims_added_total', 'counter', 'Claims that were new.', row_number() OVER (ORDER BY feed), '', api.labels('feed', feed), sum(added)
          FROM run GROUP BY feed
        UNION ALL
        SELECT 5, 'aimarket_rejects_total', 'counter', 'Records that were refused.', row_number() OVER (ORDER BY feed), '', api.labels('feed', feed), sum(rejects)
          FROM run GROUP BY feed
        UNION ALL
        SELECT 6, 'aimarket_run_seconds', 'histogram', 'How long runs took.', b.n, '_bucket', api.labels('le', b.le::text),
               (SELECT count(*) FROM took WHERE seconds <= b.le) FROM bucket b
        UNION ALL
        SELECT 6, 'aimarket_run_seconds', 'histogram', 'How long runs took.', 100 + u.n, u.suffix, u.labels, u.value
          FROM (SELECT count(*) AS n, coalesce(round(sum(seconds), 6), 0) AS sum FROM took) t,
               LATERAL (VALUES (1, '_bucket', api.labels('le', '+Inf'), t.n::numeric), (2, '_sum', '', t.sum), (3, '_count', '', t.n)) AS u (n, suffix, labels, value)
        UNION ALL
        SELECT 7, 'aimarket_fetches_total', 'counter', 'Answers to requests that brought something else than what was known, or failed; by HTTP status, none for no answer.',
               row_number() OVER (ORDER BY http_status), '', api.labels('status', coalesce(http_status::text, 'none')), count(*)
          FROM store.capture GROUP BY http_status
        UNION ALL
        SELECT 8, 'aimarket_feed_lag_seconds', 'gauge', 'How long the feed has been due.', row_number() OVER (ORDER BY feed), '', api.labels('feed', feed),
               CASE WHEN worker IS NULL THEN greatest(0, round(extract(epoch FROM clock_timestamp() - next_due), 3)) ELSE 0 END
          FROM state WHERE enabled AND next_due < 'infinity'
        UNION ALL
        SELECT 9, 'aimarket_feed_errors', 'gauge', 'Failures in a row.', row_number() OVER (ORDER BY feed), '', api.labels('feed', feed), errors FROM state
        UNION ALL
        SELECT 10, 'aimarket_feed_state', 'gauge', 'One for the state the feed is in.', row_number() OVER (ORDER BY feed), '',
               api.labels('feed', feed, 'state', CASE WHEN enabled THEN state.state ELSE 'disabled' END), 1 FROM state
        UNION ALL
        SELECT 11, 'aimarket_feed_last_run_timestamp_seconds', 'gauge', 'When the feed was last looked at.', row_number() OVER (ORDER BY feed), '',
               api.labels('feed', feed), round(extract(epoch FROM last_run), 3) FROM state WHERE last_run IS NOT NULL
        UNION ALL
        SELECT 12, 'aimarket_leases', 'gauge', 'Feeds that a worker has at present.', 1, '', '', count(*) FROM state WHERE worker IS NOT NULL
        UNION ALL
        SELECT 13, 'aimarket_workers', 'gauge', 'Workers that are connected, of all daemons.', 1, '', '', cardinality(load.live_workers())
        UNION ALL
        SELECT 14, 'aimarket_hosts_stopped', 'gauge', 'Hosts that are left alone for a while.', 1, '', '', count(*) FROM store.host WHERE stopped_until > clock_timestamp()
        UNION ALL
        SELECT 15, 'aimarket_changes_total', 'counter', 'Feeds that went quiet, failing, broken or fine.', row_number() OVER (ORDER BY kind), '',
               api.labels('kind', kind), count(*) FROM store.change GROUP BY kind
        UNION ALL
        SELECT 16, 'aimarket_transactions_total', 'counter', 'Transactions of the ledger.', 1, '', '', coalesce(max(tx), 0) FROM store.tx
        UNION ALL
        SELECT 17, 'aimarket_database_bytes', 'gauge', 'Size of the database.', 1, '', '', pg_database_size(current_database())
        UNION ALL
        SELECT 18, 'aimarket_database_read_only', 'gauge', 'One when the database takes no changes.', 1, '', '', (current_setting('transaction_read_only') = 'on')::int
        UNION ALL
        SELECT 19, 'aimarket_database_sessions', 'gauge', 'Sessions of this database.', 1, '', '', count(*) FROM pg_stat_activity WHERE datname = current_database()
    )
    SELECT place, name, type, help, nth, suffix, labels, value FROM sample;
COMMENT ON VIEW api.metric_samples IS 'The state of the store as samples for Prometheus';

CREATE VIEW api.status AS
    SELECT place, what, value FROM (VALUES
        (1, 'feeds', (SELECT coalesce(string_agg(n || ' ' || state, ', ' ORDER BY n DESC), 'none') FROM (SELECT state, count(*) AS n FROM api.feeds GROUP BY 1) f)),
        (2, 'due now', (SELECT count(*)::text FROM store.feed_state s WHERE load.enabled(s) AND s.next_due <= clock_timestamp())),
        (3, 'next due', (SELECT coalesce(min(next_run)::text, 'nothing') FROM api.feeds)),
        (4, 'workers', cardinality(load.live_workers())::text),
        (5, 'leases', (SELECT count(*)::text FROM store.feed_state WHERE worker IS NOT NULL)),
        (6, 'hosts left alone', (SELECT count(*)::text FROM store.host WHERE stopped_until > clock_timestamp())),
        (7, 'last run', (SELECT coalesce(max(started_at)::text, 'never') FROM store.run)),
        (8, 'runs', (SELECT count(*)::text FROM store.run)),
        (9, 'documents', (SELECT count(*)::text FROM store.document)),
        (10, 'rejects', (SELECT count(*)::text FROM store.reject)),
        (11, 'transactions', (SELECT coalesce(max(tx), 0)::text FROM store.tx)),
        (12, 'database', pg_size_pretty(pg_database_size(current_database())) || CASE WHEN current_setting('transaction_read_only') = 'on' THEN ', read only' ELSE '' END)
    ) AS s (place, what, value);
COMMENT ON VIEW api.status IS 'How the store and what feeds it are doing';
COMMENT ON COLUMN api.status.place IS 'order';
COMMENT ON COLUMN api.status.what IS 'what is told';
COMMENT ON COLUMN api.status.value IS 'how it is';
COMMENT ON COLUMN api.metric_samples.place IS 'order of the metrics';
COMMENT ON COLUMN api.metric_samples.name IS 'the metric';
COMMENT ON COLUMN api.metric_samples.type IS 'counter, gauge or histogram';
COMMENT ON COLUMN api.metric_samples.help IS 'what it measures';
COMMENT ON COLUMN api.metric_samples.nth IS 'order of its samples';
COMMENT ON COLUMN api.metric_samples.suffix IS 'what the sample''s name has behind the metric''s';
COMMENT ON COLUMN api.metric_samples.labels IS 'name and value in turn, a line each';
COMMENT ON COLUMN api.metric_samples.value IS 'the value';
