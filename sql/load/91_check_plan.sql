-- What a criterion names is checked when its question is made.

-- own: the question being edited, NULL for a new one, which no other can refer to yet.
CREATE FUNCTION load.check_plan(plan jsonb, own int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    op text := plan ->> 'op';
    part jsonb;
    m store.metric;
    word text;
BEGIN
    IF plan IS NULL THEN
        RETURN;
    ELSIF op IN ('and', 'or', 'not') THEN
        FOR part IN SELECT jsonb_array_elements(plan -> 'args') LOOP
            PERFORM load.check_plan(part, own);
        END LOOP;
        RETURN;
    ELSIF op = 'question' THEN
        PERFORM load.check_cycle(load.prediction_entity(plan ->> 'id'), own, 0);
        RETURN;
    END IF;
    FOR word IN SELECT v FROM jsonb_each_text(plan -> 'filters') AS x (k, v) WHERE k IN ('entity', 'target', 'acquirer', 'party') LOOP
        PERFORM api.entity_ids(word);
    END LOOP;
    IF op = 'deals' THEN
        SELECT w INTO word FROM string_to_table(plan -> 'filters' ->> 'type', ',') w WHERE w NOT IN (SELECT type FROM store.deal_type UNION SELECT family FROM store.deal_type) LIMIT 1;
        IF word IS NOT NULL THEN PERFORM load.refuse('unknown-type', format('"%s" is no type of deal', word)); END IF;
        SELECT w INTO word FROM string_to_table(plan -> 'filters' ->> 'status', ',') w WHERE w NOT IN (SELECT stage FROM store.deal_stage) LIMIT 1;
        IF word IS NOT NULL THEN PERFORM load.refuse('unknown-status', format('"%s" is no stage of a deal', word)); END IF;
        RETURN;
    END IF;
    FOREACH part IN ARRAY ARRAY[plan -> 'filters', plan -> 'other'] LOOP
        CONTINUE WHEN part IS NULL;
        PERFORM api.entity_ids(part ->> 'entity');
        SELECT x.* INTO m FROM store.metric x WHERE api.metric_code(x.taxonomy, x.name) = part ->> 'metric';
        IF m.id IS NULL THEN
            PERFORM load.refuse('unknown-metric', format('no metric is called "%s"', part ->> 'metric'), 'aimarket query metrics lists them.');
        ELSIF plan ? 'unit' AND plan ->> 'measure' <> 'count' AND m.unit_kind IS NOT NULL
              AND m.unit_kind IS DISTINCT FROM (SELECT u.kind FROM store.unit u WHERE u.code = plan ->> 'unit') THEN
            PERFORM load.refuse('unit-fit', format('%s is not counted in %s', part ->> 'metric', plan ->> 'unit'), 'Its units are of the kind ' || m.unit_kind || '.');
        END IF;
    END LOOP;
END $$;

-- A question that waits for itself, through others, would never settle.
CREATE FUNCTION load.check_cycle(asked int, own int, depth int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    next text;
BEGIN
    IF asked = own OR depth > 32 THEN
        PERFORM load.refuse('cycle', 'the question would wait for itself', 'A criterion may only ask about questions that do not ask about it.');
    END IF;
    FOR next IN SELECT jsonb_path_query(p.plan, 'strict $.** ? (@.op == "question").id') #>> '{}' FROM store.prediction p WHERE p.entity = asked AND p.batch_to IS NULL AND p.plan IS NOT NULL LOOP
        PERFORM load.check_cycle(load.prediction_entity(next), own, depth + 1);
    END LOOP;
END $$;

