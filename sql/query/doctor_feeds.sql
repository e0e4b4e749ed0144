-- Feeds that somebody should look at, and runs that nobody works on.
SELECT CASE state WHEN 'broken' THEN 'broken' ELSE 'warning' END, format('feed %s is %s%s', feed, state, ': ' || error),
       CASE state WHEN 'quiet' THEN 'Has its source moved, or ended?' ELSE format('When it is mended: `aimarket feeds reset %s`.', feed) END
  FROM api.feeds WHERE state IN ('quiet', 'failing', 'broken')
UNION ALL
SELECT 'warning', format('feed %s is leased to a worker that is gone', s.feed), 'The next worker takes it over.'
  FROM store.feed_state s WHERE s.worker IS NOT NULL AND s.worker <> ALL (load.live_workers())
UNION ALL
SELECT 'warning', format('feed %s should have run at %s, and no daemon is at work', s.feed, to_char(s.next_due, 'YYYY-MM-DD HH24:MI')), 'Start aimarketd, or run `aimarket ingest --due`.'
  FROM store.feed_state s WHERE s.next_due < clock_timestamp() - interval '1 day' AND load.enabled(s) AND load.live_workers() = '{}'
