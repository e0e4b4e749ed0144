-- The three ways in which a claim stops being taken at its word, kept apart:
--   judge    the source was wrong, or is to be trusted over others: the claim stays, a judgement says why
--   retract  we misread: the source never said it; the claim is closed
--   correct  we misread: the claim is closed and what the source did say takes its place, with the same evidence
-- The fourth, the source spoke again, is a new claim like any other. Who did it and why is kept with the transaction.

-- The claim a reference names: o:ID (a figure) or s:ID (a statement), still standing.
CREATE FUNCTION load.standing_claim(claim text, OUT shape "char", OUT id bigint, OUT subject int) LANGUAGE plpgsql STABLE AS $$
DECLARE closed int;
BEGIN
    IF claim !~ '^[os]:[0-9]{1,18}$' THEN
        RAISE invalid_parameter_value USING MESSAGE = format('"%s" is no claim', claim),
            HINT = 'A claim is written o:ID or s:ID; `aimarket show` and `aimarket why` print them.';
    END IF;
    shape := left(claim, 1);
    id := substr(claim, 3)::bigint;
    IF shape = 'o' THEN
        SELECT o.subject, o.batch_to INTO subject, closed FROM store.observation o WHERE o.id = standing_claim.id;
    ELSE
        SELECT s.subject, s.batch_to INTO subject, closed FROM store.statement s WHERE s.id = standing_claim.id;
    END IF;
    IF subject IS NULL THEN
        RAISE no_data_found USING MESSAGE = format('there is no claim %s', claim);
    ELSIF closed IS NOT NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = format('claim %s was taken back by transaction %s', claim,
            (SELECT t.tx FROM store.tx t WHERE t.batch = closed)), HINT = 'A claim that was misread stays closed; what replaced it can be judged.';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('aimarket subject'), subject & 63);
END $$;

-- Makes the facts of these claims what the rule says now, and what rests on them. Series they are of are found by index: the numbers of
-- claims that are new have no place in theirs yet.
CREATE FUNCTION load.refresh_figures(claims bigint[], abouts int[], series_ids int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    f record;
BEGIN
    SELECT array_agg(k.subject) AS subjects, array_agg(k.series) AS series_ids, array_agg(k.period_start) AS starts, array_agg(k.period_end) AS ends INTO f
      FROM (SELECT DISTINCT coalesce(g.canon_subject, o.subject) AS subject, coalesce(g.canon, o.series) AS series, o.period_start, o.period_end
              FROM store.observation o LEFT JOIN store.series_canon g ON g.series = o.series
             WHERE o.series = ANY (refresh_figures.series_ids) AND o.subject = ANY (abouts) AND o.id = ANY (claims)) k;
    PERFORM load.put_facts(f.subjects, f.series_ids, f.starts, f.ends);
    PERFORM load.refresh_market_claims(claims, abouts, refresh_figures.series_ids);
END $$;

-- Makes today's answers true again after a change to one claim: its fact, and the deal or filing it is about.
CREATE FUNCTION load.refresh_claim(shape "char", claim bigint, about int) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    kind text := (SELECT e.kind FROM store.entity e WHERE e.id = about);
    f record;
BEGIN
    IF shape = 'o' THEN
        SELECT o.series AS own, coalesce(g.canon_subject, o.subject) AS subject, coalesce(g.canon, o.series) AS series, o.period_start, o.period_end INTO f
          FROM store.observation o LEFT JOIN store.series_canon g ON g.series = o.series
         WHERE o.id = refresh_claim.claim AND o.subject = about;
        PERFORM load.refresh_figures(ARRAY[refresh_claim.claim], ARRAY[about], ARRAY[f.own]);
        DELETE FROM store.fact d       -- which nobody says any more
         WHERE (d.series, d.period_start, d.period_end) = (f.series, f.period_start, f.period_end)
           AND NOT EXISTS (SELECT FROM api.facts_of(NULL, NULL, ARRAY[f.subject], ARRAY[f.series], ARRAY[f.period_start], ARRAY[f.period_end]));
    END IF;
    IF kind = 'deal' THEN
        PERFORM load.refresh_deals(ARRAY[about]);
    ELSIF kind = 'filing' THEN
        PERFORM load.refresh_filings(ARRAY[about]);
    END IF;
END $$;

-- After a change to one claim: today's answers, and what rules think of it or of what rested on it.
CREATE FUNCTION load.claim_changed(run_batch int, shape "char", claim bigint, about int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM load.refresh_claim(shape, claim, about);
    PERFORM load.apply_rules(run_batch, ARRAY[about], ARRAY(SELECT s.id FROM store.series s WHERE s.subject = about));
END $$;

-- A verdict on a claim; the one before it is closed. Returns the transaction's number.
CREATE FUNCTION load.judge(claim text, verdict text, why text, who text, tool text) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    run_batch int := load.open_batch();
    c record;
BEGIN
    IF verdict NOT IN ('preferred', 'normal', 'deprecated') THEN
        RAISE invalid_parameter_value USING MESSAGE = format('"%s" is no verdict', verdict), HINT = 'A claim is preferred, normal or deprecated.';
    ELSIF who LIKE 'rule:%' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'names that begin with "rule:" are those of rules', HINT = 'Give the name of a person.';
    END IF;
    SELECT * INTO c FROM load.standing_claim(claim);
    UPDATE store.judgement j SET batch_to = run_batch WHERE j.claim = c.id AND j.batch_to IS NULL;
    INSERT INTO store.judgement (claim, shape, subject, verdict, why, who, batch)
        VALUES (c.id, c.shape, c.subject, judge.verdict, judge.why, judge.who, run_batch);
    PERFORM load.claim_changed(run_batch, c.shape, c.id, c.subject);
    RETURN load.close_batch(run_batch, tool, format('%s judged %s %s: %s', who, claim, verdict, why), who);
END $$;

-- We misread: the claim is closed. Judgements on it end with it.
CREATE FUNCTION load.close_claim(run_batch int, shape "char", claim bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF shape = 'o' THEN
        UPDATE store.observation o SET batch_to = run_batch WHERE o.id = claim;
    ELSE
        UPDATE store.statement s SET batch_to = run_batch WHERE s.id = claim;
    END IF;
    UPDATE store.judgement j SET batch_to = run_batch WHERE j.claim = close_claim.claim AND j.batch_to IS NULL;
END $$;

CREATE FUNCTION load.retract(claim text, why text, who text, tool text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    run_batch int := load.open_batch();
    c record;
BEGIN
    SELECT * INTO c FROM load.standing_claim(claim);
    PERFORM load.close_claim(run_batch, c.shape, c.id);
    PERFORM load.claim_changed(run_batch, c.shape, c.id, c.subject);
    RETURN load.close_batch(run_batch, tool, format('%s took back %s: %s', who, claim, why), who);
END $$;

-- The comparator as stored, from the symbol people write.
CREATE FUNCTION load.comparator_code(symbol text) RETURNS "char" LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE symbol WHEN '=' THEN '=' WHEN '~' THEN '~' WHEN '>' THEN '>' WHEN '>=' THEN 'g' WHEN '<' THEN '<' WHEN '<=' THEN 'l' WHEN '..' THEN 'r' END;
END $$;

-- What the source did say, field by field; a field that is not given stays. fields: value, high, decimals, comparator, start, end for
-- a figure; code, text, object, start, end for a statement. The new claim has the evidence of the old one. Returns its reference.
CREATE FUNCTION load.correct(claim text, fields jsonb, why text, who text, tool text, OUT replaced_by text, OUT tx bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    run_batch int := load.open_batch();
    new_id bigint := run_batch::bigint << 24;
    c record;
    o store.observation;
    s store.statement;
BEGIN
    SELECT * INTO c FROM load.standing_claim(claim);
    PERFORM load.check_fields(c.shape, fields);
    PERFORM load.close_claim(run_batch, c.shape, c.id);
    IF c.shape = 'o' THEN
        SELECT * INTO o FROM store.observation x WHERE x.id = c.id;
        o.id := new_id; o.batch := run_batch; o.batch_to := NULL;
        o.value := coalesce((fields ->> 'value')::numeric, o.value);
        o.value_high := coalesce((fields ->> 'high')::numeric, CASE WHEN fields ? 'value' THEN NULL ELSE o.value_high END);
        o.decimals := CASE WHEN fields ? 'decimals' THEN (fields ->> 'decimals')::smallint ELSE o.decimals END;
        o.comparator := coalesce(load.comparator_code(fields ->> 'comparator'), o.comparator);
        o.period_start := coalesce((fields ->> 'start')::date, CASE WHEN o.period_start = o.period_end THEN (fields ->> 'end')::date END, o.period_start);
        o.period_end := coalesce((fields ->> 'end')::date, o.period_end);
        IF o.period_end < o.period_start THEN
            RAISE invalid_parameter_value USING MESSAGE = format('the period would end on %s, before it starts on %s', o.period_end, o.period_start);
        END IF;
        INSERT INTO store.observation SELECT o.*;
    ELSE
        SELECT * INTO s FROM store.statement x WHERE x.id = c.id;
        s.id := new_id; s.batch := run_batch; s.batch_to := NULL;
        s.code := coalesce(fields ->> 'code', s.code);
        s.text := coalesce(fields ->> 'text', s.text);
        s.object := CASE WHEN fields ? 'object' THEN (api.entity_ids(fields ->> 'object'))[1] ELSE s.object END;
        s.period_start := coalesce((fields ->> 'start')::date, s.period_start);
        s.period_end := coalesce((fields ->> 'end')::date, s.period_end);
        IF s.period_end < s.period_start THEN
            RAISE invalid_parameter_value USING MESSAGE = format('the period would end on %s, before it starts on %s', s.period_end, s.period_start);
        END IF;
        INSERT INTO store.statement SELECT s.*;
    END IF;
    PERFORM load.refresh_claim(c.shape, c.id, c.subject);
    PERFORM load.claim_changed(run_batch, c.shape, new_id, c.subject);
    replaced_by := format('%s:%s', c.shape, new_id);
    tx := load.close_batch(run_batch, tool, format('%s corrected %s into %s: %s', who, claim, replaced_by, why), who);
END $$;

-- Only fields the claim has, and at least one of them.
CREATE FUNCTION load.check_fields(shape "char", fields jsonb) RETURNS void LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    allowed text[] := CASE shape WHEN 'o' THEN ARRAY['value', 'high', 'decimals', 'comparator', 'start', 'end']
                                 ELSE ARRAY['code', 'text', 'object', 'start', 'end'] END;
    wrong text;
BEGIN
    SELECT k INTO wrong FROM jsonb_object_keys(fields) k WHERE k <> ALL (allowed) ORDER BY k LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = format('a %s has no %s', CASE shape WHEN 'o' THEN 'figure' ELSE 'statement' END, wrong),
            HINT = 'It has: ' || array_to_string(allowed, ', ') || '.';
    ELSIF fields = '{}' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'nothing is to be corrected', HINT = 'Say what the source did say: ' || array_to_string(allowed, ', ') || '.';
    ELSIF fields ? 'comparator' AND load.comparator_code(fields ->> 'comparator') IS NULL THEN
        RAISE invalid_parameter_value USING MESSAGE = format('"%s" is no comparator', fields ->> 'comparator'), HINT = 'It is one of = ~ > >= < <= ..';
    END IF;
END $$;
