-- The few functions through which the API writes, each of which asks for a token itself: whoever only reads has nothing to gain
-- by calling them. They run as their owner; nothing else is granted.

-- Who holds this token (handle and SHA-256 of the whole), and what it is good for. No row: nobody.
CREATE FUNCTION api.token(handle text, digest bytea) RETURNS TABLE (id int, name text, scopes text[], problem text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    t store.api_token;
BEGIN
    SELECT * INTO t FROM store.api_token x WHERE x.handle = token.handle;
    IF NOT load.same_bytes(coalesce(t.digest, sha256('')), digest) OR t.id IS NULL THEN
        RETURN;
    END IF;
    IF t.revoked_at IS NULL AND t.used_on IS DISTINCT FROM current_date AND NOT current_setting('transaction_read_only')::bool THEN    -- a standby is
        UPDATE store.api_token x SET used_on = current_date WHERE x.id = t.id;
    END IF;
    RETURN QUERY SELECT t.id, t.name, t.scopes,
        CASE WHEN t.revoked_at IS NOT NULL THEN 'was revoked' WHEN t.expires_at <= clock_timestamp() THEN format('expired %s', t.expires_at::date) END;
END $$;

-- Takes a request to write: a question, a forecast and the like at once; a fact is put down for the writer (status NULL).
-- key: asked again with the same one, the same request gets the same answer, another is refused. problem: why it may not.
CREATE FUNCTION api.post(handle text, digest bytea, key text, what text, target text, body text, OUT id bigint, OUT status int, OUT answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    is_fact constant bool := what IN ('deal', 'observation', 'entity', 'statement', 'source');
    holder record;
    old store.api_write;
    message text;
    hint text;
BEGIN
    SELECT * INTO holder FROM api.token(handle, digest);
    IF holder.id IS NULL OR holder.problem IS NOT NULL THEN
        status := 401; answer := jsonb_build_object('detail', coalesce('the token ' || holder.problem, 'nobody holds this token'));
        RETURN;
    ELSIF NOT (CASE WHEN is_fact THEN 'add' ELSE 'predict' END) = ANY (holder.scopes) THEN
        status := 403; answer := jsonb_build_object('detail', format('the token is not for this: it has the scopes %s', array_to_string(holder.scopes, ', ')));
        RETURN;
    END IF;
    IF key IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('aimarket write ' || holder.id), hashtext(key));
        SELECT * INTO old FROM store.api_write w WHERE w.token = holder.id AND w.key = post.key;
    END IF;
    IF old.id IS NOT NULL THEN
        id := old.id; status := old.status; answer := old.answer;
        IF (old.what, old.target, old.body) IS DISTINCT FROM (post.what, post.target, post.body) THEN
            status := 422; answer := jsonb_build_object('detail', 'this Idempotency-Key was used for another request');
        END IF;
        RETURN;
    END IF;
    IF is_fact THEN
        INSERT INTO store.api_write (token, key, what, target, body) VALUES (holder.id, post.key, post.what, post.target, post.body) RETURNING store.api_write.id INTO id;
        PERFORM pg_notify('aimarket_write', id::text);
        RETURN;
    END IF;
    BEGIN
        answer := load.write_prediction(what, target, body::jsonb, holder.name);
        status := 201;
    EXCEPTION WHEN invalid_parameter_value OR check_violation OR not_null_violation OR unique_violation OR invalid_text_representation OR invalid_datetime_format
            OR datetime_field_overflow OR numeric_value_out_of_range THEN
        GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
        status := 422; answer := jsonb_strip_nulls(jsonb_build_object('detail', message, 'hint', nullif(hint, '')));
    WHEN no_data_found THEN
        GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
        status := 404; answer := jsonb_strip_nulls(jsonb_build_object('detail', message, 'hint', nullif(hint, '')));
    END;
    INSERT INTO store.api_write (token, key, what, target, body, status, answer, done_at)
        VALUES (holder.id, post.key, post.what, post.target, post.body, post.status, post.answer, clock_timestamp()) RETURNING store.api_write.id INTO id;
END $$;

-- What became of a request to write; no row: it is not of this token.
CREATE FUNCTION api.written(handle text, digest bytea, id bigint) RETURNS TABLE (status int, answer jsonb)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT w.status, w.answer FROM api.token(handle, digest) t JOIN store.api_write w ON w.token = t.id WHERE w.id = written.id AND t.problem IS NULL
$$;

-- Called at every migrate, and by api.grant_reading.
CREATE PROCEDURE api.grant_writing() LANGUAGE plpgsql AS $$
DECLARE
    f regprocedure;
BEGIN
    FOREACH f IN ARRAY ARRAY['api.token(text, bytea)', 'api.post(text, bytea, text, text, text, text)', 'api.written(text, bytea, bigint)']::regprocedure[] LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'aimarket_reader') THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO aimarket_reader', f);
        END IF;
    END LOOP;
END $$;
REVOKE EXECUTE ON PROCEDURE api.grant_writing() FROM PUBLIC;
CALL api.grant_writing();
