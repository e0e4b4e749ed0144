-- Questions with a criterion settle by themselves: the daemon looks when claims have arrived since the last look, and when one closes, is to
-- be resolved, or has waited for long enough.

-- Whether there is a reason to look.
CREATE FUNCTION load.may_settle(seen store.settle_watch, newest bigint, look timestamptz) RETURNS bool LANGUAGE sql STABLE AS $$
    SELECT newest > seen.tx AND EXISTS (SELECT FROM store.prediction p WHERE p.batch_to IS NULL AND p.plan IS NOT NULL)
        OR EXISTS (SELECT FROM store.prediction p WHERE p.batch_to IS NULL AND p.plan IS NOT NULL
                      AND (p.opens_at > seen.at AND p.opens_at <= look OR p.closes_at > seen.at AND p.closes_at <= look OR p.resolve_by > seen.at AND p.resolve_by <= look))
        OR EXISTS (SELECT FROM store.resolution r WHERE r.step = 'proposed' AND r.waits_until > seen.at AND r.waits_until <= look)
$$;

-- Settles what is due, if there is a reason and nobody else is at it. Rows as of load.settle_due.
CREATE FUNCTION load.settle_when_due(tool text) RETURNS TABLE (prediction text, change text, outcome text, why text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    seen store.settle_watch;
    newest bigint := coalesce((SELECT max(t.tx) FROM store.tx t), 0);
    now_at timestamptz := clock_timestamp();
BEGIN
    SELECT * INTO seen FROM store.settle_watch;
    IF NOT load.may_settle(seen, newest, now_at) THEN
        RETURN;
    END IF;
    SELECT * INTO seen FROM store.settle_watch FOR UPDATE SKIP LOCKED;
    IF NOT FOUND OR NOT load.may_settle(seen, newest, now_at) THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT s.* FROM load.settle_due('daemon', tool, NULL) s;
    UPDATE store.settle_watch SET tx = (SELECT max(t.tx) FROM store.tx t), at = now_at;
END $$;
