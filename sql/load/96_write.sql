-- Tokens, and what the API asks to have written. What it may call itself stands in sql/api/99_write.sql.

CREATE FUNCTION load.make_token(name text, handle text, digest bytea, scopes text[], expires timestamptz, who text) RETURNS int LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    made int;
    wrong text := (SELECT s FROM unnest(scopes) s WHERE s <> ALL ('{read,predict,add}') LIMIT 1);
BEGIN
    IF coalesce(name, '') = '' OR length(name) > 100 THEN
        PERFORM load.refuse('token', 'a token needs a name of at most 100 characters', 'Say whose it is: it stands in the ledger beside what is written with it.');
    ELSIF wrong IS NOT NULL OR coalesce(cardinality(scopes), 0) = 0 THEN
        PERFORM load.refuse('scope', coalesce(format('"%s" is no scope', wrong), 'no scope is given'), 'Scopes: read, predict, add.');
    ELSIF expires <= clock_timestamp() THEN
        PERFORM load.refuse('expiry', format('%s is in the past', expires));
    END IF;
    INSERT INTO store.api_token (name, handle, digest, scopes, expires_at, made_by)
        VALUES (make_token.name, make_token.handle, make_token.digest, make_token.scopes, expires, who) RETURNING id INTO made;
    RETURN made;
END $$;

-- By handle, or by name when only one standing token bears it.
CREATE FUNCTION load.revoke_token(word text, why text, OUT handle text, OUT name text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    found int[] := ARRAY(SELECT t.id FROM store.api_token t WHERE t.handle = word OR t.name = word AND t.revoked_at IS NULL ORDER BY t.handle <> word);
BEGIN
    IF cardinality(found) = 0 THEN
        RAISE no_data_found USING MESSAGE = format('there is no token "%s"', word), HINT = '`aimarket token list` lists them.';
    ELSIF cardinality(found) > 1 AND NOT EXISTS (SELECT FROM store.api_token t WHERE t.handle = word) THEN
        PERFORM load.refuse('token', format('%s tokens are called "%s"', cardinality(found), word), 'Name it by its handle: `aimarket token list` tells it.');
    END IF;
    UPDATE store.api_token t SET revoked_at = coalesce(t.revoked_at, clock_timestamp()), revoked_why = coalesce(t.revoked_why, why)
     WHERE t.id = found[1] RETURNING t.handle, t.name INTO handle, name;
END $$;

-- Every byte is looked at, whatever the first ones are: how long it takes tells nothing of them.
CREATE FUNCTION load.same_bytes(a bytea, b bytea) RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT length(a) = length(b) AND coalesce((SELECT bit_or(get_byte(a, i) # get_byte(b, i)) FROM generate_series(0, length(a) - 1) i), 0) = 0
$$;

-- ---------------------------------------------------------------- questions and forecasts

-- What one request has written; refusals are raised. asked: {"request": as it came, "criterion", "times": what of it lib/writes.c
-- has read}.
CREATE FUNCTION load.write_prediction(what text, target text, asked jsonb, who text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    tool constant text := 'aimarket API';
    body constant jsonb := (asked -> 'request') || coalesce(asked -> 'times', '{}');
    fields constant jsonb := coalesce(asked -> 'criterion', '{}') || (body - 'when');
    said constant jsonb := coalesce(body -> 'said', jsonb_strip_nulls(jsonb_build_object('p', body -> 'p')));
    made record;
BEGIN
    CASE what
    WHEN 'question' THEN
        SELECT slug AS id, tx INTO made FROM load.add_prediction(fields, who, tool, NULL);
    WHEN 'edit' THEN
        SELECT target AS id, load.edit_prediction(target, fields, who, tool) AS tx INTO made;
    WHEN 'link' THEN
        SELECT target AS id, load.link_predictions(target, body ->> 'other', coalesce(body ->> 'relation', 'same'), body ->> 'why', who, tool) AS tx INTO made;
    WHEN 'forecast' THEN
        IF (said <> '{}')::int + (body ? 'seal')::int + coalesce((body ->> 'withdraw')::bool, false)::int <> 1 THEN
            PERFORM load.refuse('forecast-form', 'one of p, said, seal and withdraw is needed', 'Say {"p": 0.7}, or {"said": {"quantiles": {…}}}.');
        END IF;
        SELECT f.forecast AS id, f.tx INTO made FROM load.forecast(target, coalesce(body ->> 'by', who), body ->> 'by_kind', nullif(said, '{}'),
            decode(body ->> 'seal', 'hex'), (body ->> 'claimed_at')::timestamptz, (body ->> 'expires_at')::timestamptz, body ->> 'why', who, tool, NULL) f;
    WHEN 'opening' THEN
        SELECT target::bigint AS id, load.unseal(target::bigint, body ->> 'text', who, tool, NULL) AS tx INTO made;
    WHEN 'resolution' THEN
        SELECT target AS id, r.outcome, r.step, r.tx INTO made FROM load.propose(target, body ->> 'outcome', coalesce((body ->> 'wait')::interval, '0'),
            (body ->> 'known_at')::timestamptz, ARRAY(SELECT jsonb_array_elements_text(coalesce(body -> 'claims', '[]'))), who, body ->> 'why', tool, NULL) r;
    WHEN 'dispute' THEN
        SELECT target AS id, load.dispute(target, who, body ->> 'why', tool, NULL) AS tx INTO made;
    END CASE;
    RETURN to_jsonb(made);
END $$;

-- ---------------------------------------------------------------- facts: for the writer

-- The first that waits and that no other writer has in hand: its session holds a lock on it until load.end_write.
CREATE FUNCTION load.next_write() RETURNS TABLE (id bigint, feed text, document text, who text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    w record;
BEGIN
    FOR w IN SELECT a.id, a.what, a.body, t.name FROM store.api_write a JOIN store.api_token t ON t.id = a.token WHERE a.status IS NULL ORDER BY a.id LOOP
        CONTINUE WHEN NOT pg_try_advisory_lock(hashtext('aimarket write'), w.id::int);
        IF EXISTS (SELECT FROM store.api_write a WHERE a.id = w.id AND a.status IS NULL) THEN
            RETURN QUERY SELECT w.id, 'by-hand-' || w.what, w.body, w.name;
            RETURN;
        END IF;
        PERFORM pg_advisory_unlock(hashtext('aimarket write'), w.id::int);
    END LOOP;
END $$;

-- Whoever waits for it is told.
CREATE FUNCTION load.end_write(id bigint, status int, answer jsonb) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    UPDATE store.api_write w SET status = end_write.status, answer = end_write.answer, done_at = clock_timestamp() WHERE w.id = end_write.id;
    PERFORM pg_notify('aimarket_written', end_write.id::text);
    PERFORM pg_advisory_unlock(hashtext('aimarket write'), end_write.id::int);
END $$;

-- Forgets what was done longer ago, some at a time: its key is free again. How many there were.
CREATE FUNCTION load.prune_writes(keep interval, most int) RETURNS bigint LANGUAGE sql AS $$
    WITH gone AS (DELETE FROM store.api_write w WHERE w.id IN (SELECT o.id FROM store.api_write o WHERE o.done_at < now() - keep LIMIT most) RETURNING w.id)
    SELECT count(*) FROM gone
$$;

-- What a run that took posted facts in came to: its transaction, the claims it added and what they are about. Bytes that were
-- known before come to what the run before came to.
CREATE FUNCTION load.written_facts(run bigint) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT jsonb_build_object('tx', t.tx, 'added', r.added, 'known', r.known,
                'claims', (SELECT coalesce(jsonb_agg(c.claim ORDER BY c.step, c.nth), '[]') FROM api.changes c WHERE c.tx = t.tx AND c.change = 'claim'),
                'about', (SELECT coalesce(jsonb_agg(a.slug ORDER BY a.slug), '[]') FROM (
                     SELECT c.entity_id FROM api.changes c WHERE c.tx = t.tx AND c.change = 'claim' UNION SELECT e.slug FROM store.entity e WHERE e.batch = r.batch) AS a (slug)))
              FROM store.run r LEFT JOIN store.tx t ON t.batch = r.batch WHERE r.id = written_facts.run);
END $$;
