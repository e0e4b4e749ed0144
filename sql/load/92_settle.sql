-- How questions come out: propose, wait, dispute, final. Rows are only added; the last final one that was not reopened stands.

CREATE FUNCTION load.add_resolution(r store.resolution, run_batch int) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    r.id := nextval(pg_get_serial_sequence('store.resolution', 'id'));
    r.batch := run_batch;
    r.at := coalesce(r.at, clock_timestamp());
    r.claims := coalesce(r.claims, '{}');
    r.automatic := coalesce(r.automatic, false);
    SELECT coalesce(array_agg(DISTINCT encode(d.sha256, 'hex')), r.documents, '{}') INTO r.documents
      FROM (SELECT o.document FROM store.observation o WHERE o.id IN (SELECT substr(c, 3)::bigint FROM unnest(r.claims) c WHERE c LIKE 'o:%')
            UNION SELECT s.document FROM store.statement s WHERE s.id IN (SELECT substr(c, 3)::bigint FROM unnest(r.claims) c WHERE c LIKE 's:%')) x
      JOIN store.document d ON d.id = x.document;
    r.snapshot := coalesce(r.snapshot, (SELECT max(t.tx) FROM store.tx t));
    INSERT INTO store.resolution OVERRIDING SYSTEM VALUE SELECT r.*;
    RETURN r.id;
END $$;

-- Where a question stands: its last row, of what this store knew at a transaction (NULL: now).
CREATE FUNCTION load.standing(asked int, snapshot bigint) RETURNS store.resolution LANGUAGE sql STABLE AS $$
    SELECT r FROM store.resolution r LEFT JOIN store.tx t ON t.batch = r.batch
     WHERE r.prediction = asked AND (standing.snapshot IS NULL OR t.tx <= standing.snapshot) ORDER BY r.id DESC LIMIT 1
$$;

-- How a question came out, as people say it: yes, no, an option, a figure, a date, below or above an open range, partial:0.4 for a share, or one
-- of the other outcomes.
CREATE FUNCTION load.outcome_of(p store.prediction, said text) RETURNS store.resolution LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    r store.resolution;
BEGIN
    IF said ~ '^partial:' THEN
        r.outcome := 'partial'; r.value := substr(said, 9)::numeric;
    ELSIF said IN ('annulled', 'ambiguous', 'too_early', 'source_gone') OR (p.kind = 'binary' AND said IN ('yes', 'no')) THEN
        r.outcome := said;
    ELSIF p.kind = 'choice' AND said = ANY (p.options) THEN
        r.outcome := 'option'; r.option := said;
    ELSIF p.kind = 'numeric' AND said ~ '^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$' THEN
        r.outcome := 'value'; r.value := said::numeric;
    ELSIF p.kind = 'date' AND said ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
        r.outcome := 'value'; r.value := said::date - date '1970-01-01';
    ELSIF p.kind IN ('numeric', 'date') AND (said = 'below' AND p.open_low OR said = 'above' AND p.open_high) THEN
        r.outcome := 'value'; r.value := CASE said WHEN 'below' THEN '-Infinity' ELSE 'Infinity' END;
    ELSE
        PERFORM load.refuse('outcome', format('"%s" is no outcome of a %s question', said, p.kind),
            CASE p.kind WHEN 'choice' THEN 'Options: ' || array_to_string(p.options, ', ') || '.' ELSE 'Also: partial:SHARE, annulled, ambiguous, too_early, source_gone.' END);
    END IF;
    IF r.outcome = 'partial' AND (p.kind <> 'binary' OR r.value NOT BETWEEN 0 AND 1) THEN
        PERFORM load.refuse('outcome', 'a share between 0 and 1 is for yes-or-no questions');
    ELSIF r.outcome = 'value' AND p.kind IN ('numeric', 'date') AND (r.value < p.low AND NOT p.open_low OR r.value > p.high AND NOT p.open_high) THEN
        PERFORM load.refuse('outcome', format('%s lies outside of the range, whose end is not open', said));
    END IF;
    RETURN r;
END $$;

-- A proposal by hand.
CREATE FUNCTION load.propose(word text, said text, wait interval, known timestamptz, claims text[], who text, why text, tool text, now timestamptz,
                             OUT outcome text, OUT step text, OUT tx bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    run_batch int := load.open_batch();
    p store.prediction := load.prediction_row(word);
    last store.resolution := load.standing(p.entity, NULL);
    r store.resolution := load.outcome_of(p, said);
    claim text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('aimarket prediction'), p.entity);
    r.prediction := p.entity; r.step := 'proposed'; r.who := who; r.why := why; r.claims := claims; r.at := coalesce(now, clock_timestamp());
    r.known_at := coalesce(known, r.at);
    r.waits_until := r.at + wait;
    IF coalesce(why, '') = '' THEN
        PERFORM load.refuse('reason', 'a resolution needs a reason', 'Give --why.');
    ELSIF r.known_at > r.at THEN
        PERFORM load.refuse('known-at', 'an outcome cannot have been known in the future');
    END IF;
    FOREACH claim IN ARRAY coalesce(claims, '{}') LOOP
        PERFORM load.standing_claim(claim);
    END LOOP;
    IF last.step = 'final' AND (SELECT k.settled FROM store.outcome_kind k WHERE k.outcome = last.outcome) THEN
        PERFORM load.reopen(p.entity, who, format('resolved anew: %s', why), r.at, run_batch);
    END IF;
    PERFORM load.add_resolution(r, run_batch);
    outcome := r.outcome; step := 'proposed';
    IF wait <= interval '0' THEN
        r.step := 'final';
        PERFORM load.add_resolution(r, run_batch);
        step := 'final';
    END IF;
    tx := load.close_batch(run_batch, tool, format('%s: %s %s by %s: %s', word, step, said, who, why), who);
END $$;

CREATE FUNCTION load.reopen(asked int, who text, why text, at timestamptz, run_batch int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    r store.resolution;
BEGIN
    r.prediction := asked; r.step := 'reopened'; r.who := reopen.who; r.why := reopen.why; r.at := reopen.at;
    PERFORM load.add_resolution(r, run_batch);
END $$;

-- A proposal that is disputed does not become final by waiting; it needs a new one.
CREATE FUNCTION load.dispute(word text, who text, why text, tool text, now timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    run_batch int := load.open_batch();
    asked int := load.prediction_entity(word);
    last store.resolution := load.standing(asked, NULL);
    r store.resolution;
BEGIN
    IF last.step IS DISTINCT FROM 'proposed' THEN
        PERFORM load.refuse('dispute', 'there is no open proposal to dispute', 'What is final is resolved anew: aimarket predict resolve.');
    ELSIF coalesce(why, '') = '' THEN
        PERFORM load.refuse('reason', 'a dispute needs a reason', 'Give --why.');
    END IF;
    r.prediction := asked; r.step := 'disputed'; r.who := who; r.why := why; r.at := coalesce(now, clock_timestamp());
    PERFORM load.add_resolution(r, run_batch);
    RETURN load.close_batch(run_batch, tool, format('%s: disputed by %s: %s', word, who, why), who);
END $$;

-- A criterion that has come out is settled at once: who doubts it judges the claims, and the question is looked at again.
CREATE FUNCTION load.settle_one(p store.prediction, truth bool, claims text[], known_on date, said text, at timestamptz, run_batch int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    r store.resolution;
BEGIN
    r.prediction := p.entity; r.outcome := CASE WHEN settle_one.truth THEN 'yes' ELSE 'no' END; r.automatic := true; r.claims := settle_one.claims; r.at := settle_one.at;
    r.known_at := least(coalesce(settle_one.known_on + time '23:59:59', settle_one.at)::timestamptz, settle_one.at);
    r.as_of := api.vintage_day(p, settle_one.at::date); r.waits_until := settle_one.at; r.who := 'criterion'; r.why := format('%s: %s', p.criterion, settle_one.said);
    r.step := 'proposed';
    PERFORM load.add_resolution(r, run_batch);
    r.step := 'final';
    PERFORM load.add_resolution(r, run_batch);
END $$;

-- Everything that can be settled now: criteria that have come out, settled ones whose claims were restated, judged or taken
-- back since, proposals that waited long enough. One transaction, a row for each change; cheap to call again while nothing has happened.
CREATE FUNCTION load.settle_due(who text, tool text, now timestamptz) RETURNS TABLE (prediction text, change text, outcome text, why text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    run_batch int := load.open_batch();
    at timestamptz := coalesce(now, clock_timestamp());
    p store.prediction;
    last store.resolution;
    f record;
    changed bool := false;
    newest bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('aimarket settle'));
    newest := (SELECT coalesce(max(t.tx), 0) FROM store.tx t);
    FOR p IN SELECT q.* FROM store.prediction q WHERE q.batch_to IS NULL AND q.opens_at <= at
              AND NOT EXISTS (SELECT FROM store.settle_look k WHERE k.prediction = q.entity AND k.tx = newest AND k.day = at::date
                              AND NOT EXISTS (SELECT FROM store.resolution r WHERE r.prediction = q.entity AND r.step = 'proposed' AND r.waits_until <= coalesce(settle_due.now, clock_timestamp())
                                              AND r.id = (SELECT max(z.id) FROM store.resolution z WHERE z.prediction = q.entity))) ORDER BY q.entity LOOP
        last := load.standing(p.entity, NULL);
        SELECT e.slug INTO STRICT prediction FROM store.entity e WHERE e.id = p.entity;
        change := NULL;
        IF last.step = 'proposed' AND last.waits_until <= at THEN
            last.step := 'final'; last.at := at;
            PERFORM load.add_resolution(last, run_batch);
            change := 'final'; outcome := last.outcome; why := last.why;
        ELSIF p.plan IS NOT NULL AND (last.step IS NULL OR last.step = 'reopened' OR last.outcome = 'too_early') THEN
            SELECT * INTO f FROM api.try_criterion(p, at::date, NULL);
            IF f.truth IS NOT NULL THEN
                PERFORM load.settle_one(p, f.truth, f.claims, f.known_on, f.said, at, run_batch);
                change := 'settled'; outcome := CASE WHEN f.truth THEN 'yes' ELSE 'no' END; why := f.said;
            END IF;
        ELSIF p.plan IS NOT NULL AND last.step = 'final' AND last.automatic
              AND last.snapshot < (SELECT max(t.tx) FROM store.tx t) THEN
            SELECT * INTO f FROM api.try_criterion(p, at::date, NULL);
            IF (CASE WHEN f.truth THEN 'yes' WHEN NOT f.truth THEN 'no' END) IS DISTINCT FROM last.outcome THEN
                PERFORM load.reopen(p.entity, 'criterion', format('the ledger says otherwise now: %s', f.said), at, run_batch);
                change := 'reopened'; outcome := NULL; why := f.said;
                IF f.truth IS NOT NULL THEN
                    PERFORM load.settle_one(p, f.truth, f.claims, f.known_on, f.said, at, run_batch);
                    outcome := CASE WHEN f.truth THEN 'yes' ELSE 'no' END;
                END IF;
            END IF;
        END IF;
        INSERT INTO store.settle_look VALUES (p.entity, newest, at::date) ON CONFLICT (prediction) DO UPDATE SET tx = EXCLUDED.tx, day = EXCLUDED.day;
        IF change IS NOT NULL THEN
            changed := true;
            RETURN NEXT;
        END IF;
    END LOOP;
    IF changed THEN
        PERFORM load.close_batch(run_batch, tool, 'settled what was due', who);
    END IF;
END $$;
