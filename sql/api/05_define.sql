-- A view and its past from one text, so that today's answer and an earlier day's cannot be told by different rules.

-- api.NAME, and the function api.NAME_asof(as_of, snapshot) with the same columns. Each row of swaps is {mark, text today, text then}.
CREATE PROCEDURE api.define(name text, body text, swaps text[]) LANGUAGE plpgsql AS $$
DECLARE
    today text := body;
    past text := body;
BEGIN
    FOR i IN 1 .. array_length(swaps, 1) LOOP
        today := replace(today, swaps[i][1], swaps[i][2]);
        past := replace(past, swaps[i][1], swaps[i][3]);
    END LOOP;
    EXECUTE format('CREATE VIEW api.%I AS %s', name, today);
    EXECUTE format('CREATE FUNCTION api.%I(as_of date, snapshot bigint) RETURNS SETOF api.%I LANGUAGE sql STABLE AS %L', name || '_asof', name, past);
    EXECUTE format('COMMENT ON FUNCTION api.%I(date, bigint) IS %L', name || '_asof',
        format('api.%s as the public could know it on a day, and as this store knew it after a transaction; NULL: now', name));
END $$;

-- Comments of columns that another view has under the same name.
CREATE PROCEDURE api.comment_like(model regclass, target regclass) LANGUAGE plpgsql AS $$
DECLARE
    c record;
BEGIN
    FOR c IN SELECT t.attname, col_description(model, m.attnum) AS text
             FROM pg_attribute t JOIN pg_attribute m ON m.attname = t.attname AND m.attrelid = model
             WHERE t.attrelid = target AND t.attnum > 0 AND col_description(model, m.attnum) IS NOT NULL LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', target, c.attname, c.text);
    END LOOP;
END $$;
