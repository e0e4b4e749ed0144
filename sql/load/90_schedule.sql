-- Running feeds: leases, what came of them, and turns at hosts. All clocks are the database's.

-- ---------------------------------------------------------------- workers

-- A worker's number lives as long as its session: nobody has to clean up after one that died. Leases are numbered from the same
-- sequence, so that none has the number of another.
CREATE FUNCTION load.enrol() RETURNS int LANGUAGE plpgsql AS $$
DECLARE worker int := nextval('store.worker_seq');
BEGIN
    PERFORM pg_advisory_lock(hashtext('aimarket worker'), worker);
    RETURN worker;
END $$;

CREATE FUNCTION load.live_workers() RETURNS int[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(objid::bigint::int), '{}') FROM pg_locks
     WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::bigint = (hashtext('aimarket worker')::bigint & 4294967295)
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
$$;

-- ---------------------------------------------------------------- hosts

CREATE FUNCTION load.host_key(host text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT h.host FROM store.host h
                      WHERE h.domain AND (host_key.host = h.host OR right(host_key.host, length(h.host) + 1) = '.' || h.host)
                      ORDER BY length(h.host) DESC LIMIT 1), host_key.host)
$$;

-- A turn at a host: how many milliseconds to wait before the request goes out; -1 and why when it must not. unbound: nothing limits
-- the pace there.
CREATE FUNCTION load.host_turn(asked text, usual_rate real, OUT wait int, OUT why text, OUT unbound bool) LANGUAGE plpgsql AS $$
DECLARE
    key text := load.host_key(asked);
    h store.host;
    at timestamptz;
    pace real;
BEGIN
    SELECT * INTO h FROM store.host WHERE host = key FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO store.host (host) VALUES (key) ON CONFLICT DO NOTHING;
        SELECT * INTO h FROM store.host WHERE host = key FOR UPDATE;
    END IF;
    IF h.stopped_until > clock_timestamp() THEN
        wait := -1;
        why := format('%s is left alone until %s: %s', key, to_char(h.stopped_until, 'HH24:MI:SS'), coalesce(h.why, 'it asked for it'));
        RETURN;
    END IF;
    at := greatest(h.next_at, clock_timestamp());
    wait := ceil(1000 * extract(epoch FROM at - clock_timestamp()));
    pace := coalesce(h.rate, least(nullif(usual_rate, 0), h.rate_most));
    unbound := pace IS NULL;
    IF pace IS NOT NULL THEN
        UPDATE store.host SET next_at = at + make_interval(secs => 1 / pace) WHERE host = key;
    END IF;
END $$;

-- A host is left alone; a longer stop that was agreed on already stays.
CREATE FUNCTION load.host_stop(asked text, seconds bigint, reason text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO store.host AS h (host, stopped_until, why) VALUES (load.host_key(asked), clock_timestamp() + make_interval(secs => seconds), reason)
        ON CONFLICT (host) DO UPDATE SET stopped_until = EXCLUDED.stopped_until, why = EXCLUDED.why
        WHERE h.stopped_until IS NULL OR h.stopped_until < EXCLUDED.stopped_until
$$;

-- ---------------------------------------------------------------- what there is to run

-- Feeds as their definitions say: [{feed, host, plan, level, next}]; level and next (seconds since 1970) count for those whose plan
-- has changed. A new one is due at once.
CREATE FUNCTION load.plan_feeds(feeds jsonb) RETURNS void LANGUAGE sql AS $$
    WITH f AS (
        SELECT * FROM jsonb_to_recordset(feeds) f (feed text, host text, plan text, level int, next bigint)
    ), changed AS (
        UPDATE store.feed_state s SET host = load.host_key(f.host), plan = f.plan,
               (pace_level, pace_quiet, next_due) =
                   (SELECT f.level, 0, CASE WHEN f.next < 0 THEN 'infinity' ELSE to_timestamp(f.next) END WHERE s.plan NOT IN (f.plan, '')
                    UNION ALL SELECT s.pace_level, s.pace_quiet, s.next_due WHERE s.plan IN (f.plan, ''))
          FROM f WHERE s.feed = f.feed AND (s.plan, s.host) <> (f.plan, load.host_key(f.host))
    )
    INSERT INTO store.feed_state (feed, host, plan, pace_level, next_due)
        SELECT f.feed, load.host_key(f.host), f.plan, f.level, date_trunc('second', clock_timestamp()) FROM f ORDER BY f.feed
        ON CONFLICT (feed) DO NOTHING
$$;

CREATE FUNCTION load.enabled(s store.feed_state) RETURNS bool LANGUAGE sql STABLE AS $$
    SELECT coalesce(s.switched, (SELECT f.enabled FROM store.feed f WHERE f.name = s.feed))
$$;

-- Takes back leases whose time is over or whose worker is gone. The first few are run again at once, as if nothing had happened; a
-- feed that takes worker after worker down has to wait.
CREATE FUNCTION load.reclaim(first_wait int, most_wait int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    held bigint[];
    live int[];
    n int;
BEGIN
    -- Who is alive is asked after who has something: a worker that enrols in between must not be taken for dead.
    SELECT array_agg(s.token) INTO held FROM store.feed_state s WHERE s.worker IS NOT NULL;
    IF held IS NULL THEN
        RETURN 0;
    END IF;
    live := load.live_workers();
    UPDATE store.feed_state s SET worker = NULL, lease_until = NULL, attempts = s.attempts + 1,
           errors = CASE WHEN s.attempts >= 5 THEN s.errors + 1 ELSE s.errors END,
           error = CASE WHEN s.attempts >= 5 THEN format('%s runs in a row were broken off: a worker ended, or took too long', s.attempts + 1) ELSE s.error END,
           next_due = CASE WHEN s.attempts >= 5 THEN clock_timestamp() + make_interval(secs => least(most_wait, first_wait * 2 ^ (least(s.attempts, 25) - 5)))
                           ELSE s.next_due END
      FROM (SELECT feed FROM store.feed_state
             WHERE worker IS NOT NULL AND token = ANY (held) AND (lease_until < clock_timestamp() OR worker <> ALL (live)) FOR UPDATE SKIP LOCKED) AS dead
     WHERE s.feed = dead.feed;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

-- Gives a worker at most so many of these feeds that are due, soonest first. Files come before what is fetched from elsewhere until
-- each was read once: they say what the words of the others mean.
CREATE FUNCTION load.lease(by_worker int, names text[], most int, usual_concurrency int, span int)
RETURNS TABLE (feed text, token bigint, due bigint, now bigint, level int, quiet int, errors int, resume text) LANGUAGE plpgsql
    SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    picked text[];
BEGIN
    PERFORM load.refuse_while_rebuilt();
    PERFORM pg_advisory_xact_lock(hashtext('aimarket lease'));
    SELECT array_agg(p.feed) INTO picked FROM (
        SELECT s.feed
          FROM (SELECT s.feed, s.host, s.next_due, row_number() OVER (PARTITION BY s.host ORDER BY s.next_due, s.feed) AS nth
                  FROM store.feed_state s
                 WHERE s.worker IS NULL AND s.feed = ANY (names) AND (s.wanted OR s.next_due <= clock_timestamp() AND load.enabled(s))) s
          LEFT JOIN store.host h USING (host)
          LEFT JOIN (SELECT r.host, count(*) AS n FROM store.feed_state r WHERE r.worker IS NOT NULL GROUP BY 1) r USING (host)
         WHERE s.nth <= coalesce(h.concurrency, usual_concurrency) - coalesce(r.n, 0)
           AND (h.stopped_until IS NULL OR h.stopped_until <= clock_timestamp())
           AND (s.host = 'file:' OR NOT EXISTS (SELECT FROM store.feed_state x
                                                 WHERE x.host = 'file:' AND x.last_run IS NULL AND x.feed = ANY (names) AND load.enabled(x)))
         ORDER BY s.next_due, s.feed LIMIT most) p;
    RETURN QUERY
        UPDATE store.feed_state s SET worker = by_worker, token = nextval('store.worker_seq'), lease_until = clock_timestamp() + make_interval(secs => span)
          FROM (SELECT f.feed FROM store.feed_state f WHERE f.feed = ANY (picked) AND f.worker IS NULL FOR UPDATE SKIP LOCKED) AS mine
         WHERE s.feed = mine.feed
        RETURNING s.feed, s.token, extract(epoch FROM s.next_due)::bigint, extract(epoch FROM clock_timestamp())::bigint,
            s.pace_level, s.pace_quiet, s.errors, s.resume;
END $$;

-- In how many milliseconds one of these is due; NULL: none.
CREATE FUNCTION load.next_due(names text[]) RETURNS bigint LANGUAGE sql AS $$
    SELECT greatest(0, ceil(1000 * extract(epoch FROM min(CASE WHEN s.wanted THEN clock_timestamp()
                       ELSE greatest(s.next_due, (SELECT h.stopped_until FROM store.host h WHERE h.host = s.host)) END) - clock_timestamp())))::bigint
      FROM store.feed_state s WHERE s.feed = ANY (names) AND (s.wanted OR load.enabled(s)) AND s.next_due < 'infinity'
$$;

-- ---------------------------------------------------------------- what came of it

-- The lease goes on: a run of many requests says how far it has come. False: it is somebody else's by now.
CREATE FUNCTION load.lease_goes_on(feed text, token bigint, span int, resume text) RETURNS bool LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    UPDATE store.feed_state s SET lease_until = clock_timestamp() + make_interval(secs => span), resume = lease_goes_on.resume, attempts = 0
     WHERE s.feed = lease_goes_on.feed AND s.token = lease_goes_on.token AND s.worker IS NOT NULL;
    RETURN FOUND;
END $$;

-- Given back as it was taken: nothing was tried.
CREATE FUNCTION load.lease_back(feed text, token bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE store.feed_state s SET worker = NULL, lease_until = NULL
     WHERE s.feed = lease_back.feed AND s.token = lease_back.token
$$;

-- What the state of a feed is now.
CREATE FUNCTION load.feed_judged(s store.feed_state, failing_after int, hopeless bool) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN s.errors >= 4 * failing_after OR hopeless AND s.errors >= failing_after THEN 'broken'
                WHEN s.errors >= failing_after THEN 'failing'
                WHEN s.errors > 0 AND s.state IN ('failing', 'broken') THEN s.state
                WHEN s.gaps >= 3 AND clock_timestamp() - s.last_change > 2 * s.habit THEN 'quiet'
                ELSE 'fine' END
$$;

-- A state that has changed is something that somebody may want to hear of.
CREATE FUNCTION load.judge_feed(feed text, failing_after int, hopeless bool) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    s store.feed_state;
    now_state text;
BEGIN
    SELECT * INTO STRICT s FROM store.feed_state f WHERE f.feed = judge_feed.feed;
    now_state := load.feed_judged(s, failing_after, hopeless);
    IF now_state = s.state THEN
        RETURN;
    END IF;
    UPDATE store.feed_state f SET state = now_state WHERE f.feed = judge_feed.feed;
    INSERT INTO store.change (kind, feed, text) VALUES ('feed-' || now_state, s.feed, CASE now_state
        WHEN 'fine' THEN format('feed %s is fine again', s.feed)
        WHEN 'quiet' THEN format('feed %s has brought nothing new since %s; so far it did at least every %s', s.feed,
                                 to_char(s.last_change, 'YYYY-MM-DD HH24:MI'), to_char(justify_hours(s.habit), 'FMDDD" days "HH24:MI'))
        ELSE format('feed %s failed %s times in a row: %s', s.feed, s.errors, s.error) END);
END $$;

-- Ends a lease. error NULL: it went well. False: the lease is somebody else's by now, and nothing was written.
CREATE FUNCTION load.feed_done(feed text, token bigint, next_due bigint, level int, quiet int, changed bool, error text, hopeless bool,
                               failing_after int, resume text) RETURNS bool LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    UPDATE store.feed_state s SET worker = NULL, lease_until = NULL, attempts = 0, wanted = false, last_run = clock_timestamp(),
           next_due = CASE WHEN feed_done.next_due < 0 THEN 'infinity' ELSE to_timestamp(feed_done.next_due) END,
           pace_level = level, pace_quiet = quiet, resume = feed_done.resume, error = feed_done.error,
           errors = CASE WHEN feed_done.error IS NULL THEN 0 ELSE s.errors + 1 END,
           last_change = CASE WHEN changed THEN clock_timestamp() ELSE s.last_change END,
           gaps = s.gaps + (changed AND s.last_change IS NOT NULL)::int,
           habit = CASE WHEN changed AND s.last_change IS NOT NULL
                        THEN greatest(clock_timestamp() - s.last_change, coalesce(s.habit, '0') * 0.95) ELSE s.habit END
     WHERE s.feed = feed_done.feed AND s.token = feed_done.token AND s.worker IS NOT NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM load.judge_feed(feed_done.feed, failing_after, hopeless);
    RETURN true;
END $$;

-- The same for several.
CREATE FUNCTION load.feeds_done(feeds text[], tokens bigint[], nexts bigint[], levels int[], quiets int[], changes bool[], errors text[], hopeless bool[],
                                resumes text[], failing_after int) RETURNS TABLE (n int, ours bool) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. cardinality(feeds) LOOP
        n := i;
        ours := load.feed_done(feeds[i], tokens[i], nexts[i], levels[i], quiets[i], changes[i], errors[i], hopeless[i], failing_after, resumes[i]);
        RETURN NEXT;
    END LOOP;
END $$;

-- ---------------------------------------------------------------- addresses

CREATE FUNCTION load.validators(feed text, address text, parser text, OUT etag text, OUT last_modified text) LANGUAGE sql STABLE AS $$
    SELECT a.etag, a.last_modified FROM store.address a
     WHERE a.feed = validators.feed AND a.address = validators.address AND a.parser = validators.parser
$$;

CREATE FUNCTION load.addresses_are(feeds text[], addresses text[], parsers text[], etags text[], modifieds text[], moves text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO store.address AS a (feed, address, parser, etag, last_modified, moved)
        SELECT * FROM unnest(feeds, addresses, parsers, etags, modifieds, moves) ORDER BY 1, 2
        ON CONFLICT (feed, address) DO UPDATE SET parser = EXCLUDED.parser, etag = EXCLUDED.etag, last_modified = EXCLUDED.last_modified,
            moved = EXCLUDED.moved, checked_at = clock_timestamp()
$$;
CREATE FUNCTION load.address_is(feed text, address text, parser text, etag text, last_modified text, moved text) RETURNS void LANGUAGE sql AS $$
    SELECT load.addresses_are(ARRAY[feed], ARRAY[address], ARRAY[parser], ARRAY[etag], ARRAY[last_modified], ARRAY[moved])
$$;

-- An attempt that brought no document: unchanged (304), or failed.
CREATE FUNCTION load.attempt(feed text, address text, http_status int, error text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO store.capture (feed, address, http_status, error) VALUES (attempt.feed, attempt.address, attempt.http_status, attempt.error)
$$;

-- The ten-digit numbers of those who filed one of these forms (separated by blanks or commas).
CREATE FUNCTION load.filers(forms text, since date) RETURNS TABLE (cik text) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT lpad(f.cik, 10, '0') FROM store.filing f
     WHERE f.form = ANY (regexp_split_to_array(trim(filers.forms), '[ ,]+')) AND (filers.since IS NULL OR f.filed_on >= filers.since) AND f.cik IS NOT NULL
     ORDER BY 1
$$;

-- ---------------------------------------------------------------- what an operator says

-- Fails (no_data_found) for a feed that there is not. NOTIFY wakes the daemons.
CREATE FUNCTION load.feed_said(feed text, what text) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    -- one that no worker has seen yet is planned when one does
    INSERT INTO store.feed_state (feed, host, plan, next_due) SELECT f.name, '', '', date_trunc('second', clock_timestamp())
      FROM store.feed f WHERE f.name = feed_said.feed ON CONFLICT DO NOTHING;
    UPDATE store.feed_state s SET
           switched = CASE what WHEN 'enable' THEN true WHEN 'disable' THEN false ELSE s.switched END,
           wanted = what = 'run' OR s.wanted AND what <> 'disable',
           (errors, error, state, attempts, resume, next_due) = (SELECT 0, NULL, 'fine', 0, NULL, date_trunc('second', clock_timestamp()) WHERE what = 'reset'
               UNION ALL SELECT s.errors, s.error, s.state, s.attempts, s.resume, s.next_due WHERE what <> 'reset')
     WHERE s.feed = feed_said.feed;
    IF NOT FOUND THEN
        RAISE no_data_found USING MESSAGE = format('unknown feed "%s"', feed_said.feed);
    END IF;
    IF what = 'reset' THEN
        DELETE FROM store.address a WHERE a.feed = feed_said.feed;
    END IF;
    NOTIFY aimarket_feeds;
END $$;
