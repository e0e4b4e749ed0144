-- Who only reads: the role aimarket_reader sees the schema api and nothing else, and can only select.
--
-- Views look at the store's tables with the rights of their owner, but the functions they call run with those of whoever asks.
-- So functions of SQL are bound to what their text names when they are made, which needs no right to name it later (and they
-- still become part of the query that calls them); those of PL/pgSQL run as their owner. The reader may select from the
-- tables, as the bound functions need, but not name them: it has no usage of their schemas.

CREATE VIEW api.data_version AS SELECT coalesce(max(tx), 0) AS tx, current_date AS today FROM store.tx;
COMMENT ON VIEW api.data_version IS 'What answers depend on: the last transaction, and the day';
COMMENT ON COLUMN api.data_version.tx IS 'number of the last transaction';
COMMENT ON COLUMN api.data_version.today IS 'the day, in UTC';

CREATE PROCEDURE api.bind_functions() LANGUAGE plpgsql AS $$
DECLARE
    f record;
BEGIN
    FOR f IN SELECT p.oid::regprocedure AS name, p.prosrc, l.lanname, p.pronamespace = 'api'::regnamespace AS is_api, pg_get_functiondef(p.oid) AS text
             FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
             WHERE p.pronamespace IN ('api'::regnamespace, 'load'::regnamespace) AND p.prokind = 'f'
               AND (p.provolatile <> 'v'
                    OR p.oid IN (SELECT d.refobjid FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
                                 JOIN pg_class c ON c.oid = r.ev_class WHERE d.refclassid = 'pg_proc'::regclass AND c.relnamespace = 'api'::regnamespace)) LOOP
        IF f.lanname = 'sql' THEN
            BEGIN
                EXECUTE replace(f.text, 'AS $function$' || f.prosrc || '$function$', E'BEGIN ATOMIC\n' || rtrim(f.prosrc, E' \n;') || E'\n;\nEND');
            EXCEPTION WHEN undefined_table OR undefined_column THEN     -- of staging, which is there only while something is loaded
                IF f.is_api THEN
                    RAISE;
                END IF;
            END;
        ELSIF f.lanname = 'plpgsql' AND f.is_api THEN
            EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp', f.name);
        END IF;
    END LOOP;
END $$;

-- What aimarket_reader may: called at every migrate; call it when the role was made later. Other roles read as members of it.
CREATE PROCEDURE api.grant_reading() LANGUAGE plpgsql AS $$
DECLARE
    t record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aimarket_reader') THEN
        RETURN;
    END IF;
    GRANT USAGE ON SCHEMA api TO aimarket_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA api TO aimarket_reader;
    FOR t IN SELECT c.oid::regclass AS name FROM pg_class c
             WHERE c.relnamespace = 'store'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname !~ 'token|document_part' LOOP
        EXECUTE format('GRANT SELECT ON %s TO aimarket_reader', t.name);
    END LOOP;
    FOR t IN SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = 'api'::regnamespace AND p.provolatile = 'v' LOOP
        EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', t.name);
    END LOOP;
    IF to_regproc('api.grant_writing') IS NOT NULL THEN     -- not yet there at a migrate, which calls it itself (99_write.sql)
        CALL api.grant_writing();
    END IF;
END $$;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aimarket_reader') THEN
        CREATE ROLE aimarket_reader;
    END IF;
EXCEPTION WHEN insufficient_privilege OR unique_violation OR duplicate_object THEN
    NULL;       -- somebody who may has to make it; until then the API reads with the rights of whom it connects as
END $$;
CALL api.bind_functions();
CALL api.grant_reading();
