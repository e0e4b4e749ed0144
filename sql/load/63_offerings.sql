-- Notices on Form D name each other: one that amends two deals' notices tells that both are one offering. It was told apart only
-- because the notice between them came last.

-- Is this key one that a notice gives to the deal of another, so that both are one?
CREATE FUNCTION load.is_notice_key(scheme text, norm text) RETURNS bool LANGUAGE sql IMMUTABLE AS $$
    SELECT scheme = 'deal' AND norm ^@ 'formd-'
$$;

-- Merges the deals of this load that share such a key into what was known first, whose slug stays.
CREATE FUNCTION load.chain_offerings(run_batch int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE p record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_temp.staging_ident i WHERE load.is_notice_key(i.scheme, i.norm)) THEN
        RETURN;
    END IF;
    FOR p IN SELECT DISTINCT i.entity AS one, r.id AS other
               FROM pg_temp.staging_ident i JOIN pg_temp.staging_ref r USING (ref)
              WHERE load.is_notice_key(i.scheme, i.norm) AND r.kind = 'deal' AND i.entity <> r.id ORDER BY 1, 2 LOOP
        PERFORM pg_advisory_xact_lock(hashtext('aimarket merge'));
        IF load.final_entity(p.one) <> load.final_entity(p.other) THEN
            PERFORM load.add_merge(run_batch, greatest(load.final_entity(p.one), load.final_entity(p.other)), least(load.final_entity(p.one), load.final_entity(p.other)),
                'notices of one offering: one amends the other');
        END IF;
    END LOOP;
END $$;
